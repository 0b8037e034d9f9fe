"""Where a result comes from: the same words everywhere, the commit of a clone."""

import getpass
import json
import shlex
import shutil
import socket
import subprocess

import matplotlib
import pytest

import govlib
from govlib.datasets import package as catalog
from govlib.errors import BadParameter
from govlib.publish import provenance

STEM = "01-effectiveness-and-voice"
PARAMETERS = {"economy": "UZB", "edition": 2024, "dimensions": ["ge", "va"], "figures_dir": "/x"}
DEFAULTS = {"economy": "KAZ", "edition": 2024, "dimensions": ["ge"]}


def git(folder, *arguments):
    author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    done = subprocess.run(
        ["git", *author, "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Give a copy of the project's code without history, as a download is."""
    folder = tmp_path / "copy"
    for name in ("govlib", "notebooks"):
        shutil.copytree(
            catalog.project_folder() / name,
            folder / name,
            ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"),
        )
    (folder / "data").mkdir()
    shutil.copy(catalog.data_folder() / "claims.toml", folder / "data")
    monkeypatch.setattr(provenance, "project_folder", lambda: folder)
    return folder


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_result_says_what_it_was_made_with():
    edition = catalog.find_edition(2024)
    made = provenance.describe_result(
        STEM, parameters=PARAMETERS, data={"sha256": {2024: edition["hash"]}}
    )
    assert made["notebook"] == STEM
    assert made["parameters"] == {"economy": "UZB", "edition": 2024, "dimensions": ["ge", "va"]}
    [data] = made["data"]
    assert (data["publisher"], data["edition"]) == ("World Bank", 2024)
    assert data["sha256"] == edition["hash"].removeprefix("sha256:")
    assert "Kaufmann" in data["citation"]
    assert made["licence"] == "CC-BY-4.0"
    assert made["software"] == {"govlib": govlib.__version__, "matplotlib": matplotlib.__version__}
    cited = (catalog.project_folder() / "CITATION.cff").read_text("utf-8")
    for word in (
        "govlib: a research compendium on good governance and public trust",
        "10.52123/1994",
    ):
        assert word in made["citation"] and word in cited
    assert json.loads(json.dumps(made)) == made


def test_without_hashes_every_file_held_is_named():
    made = provenance.describe_result("07-claims", parameters={})
    assert {d["name"] for d in made["data"]} == {
        r["name"] for r in catalog.read_package()["resources"]
    }


def test_nothing_says_who_where_or_when():
    made = provenance.describe_result(STEM, parameters=PARAMETERS)
    text = json.dumps(made)
    for word in (socket.gethostname(), str(catalog.project_folder()), getpass.getuser() + "@"):
        assert word not in text
    for path in ("/home/me/x", "~/x", "C:\\x", "\\\\server\\x"):
        with pytest.raises(BadParameter, match="absolute path"):
            provenance.describe_result(STEM, parameters={"data": [path]})


@pytest.mark.parametrize(
    ("stem", "notebook"),
    [
        (STEM, STEM),
        ("03-position-among-peers-change", "03-position-among-peers"),
        ("01-effectiveness-and-voices", None),
        ("mine", None),
    ],
)
def test_a_stem_leads_to_its_notebook(stem, notebook):
    assert provenance.find_notebook(stem) == notebook


def test_the_command_that_rebuilds_names_what_differs_from_the_defaults():
    made = provenance.describe_result(STEM, parameters=PARAMETERS | {"peers": ["it's", "b"]})
    command = provenance.rebuild_command(made, defaults=DEFAULTS)
    assert shlex.split(command) == [
        *["govlib", "run", STEM, "--economy", "UZB"],
        *["--dimensions", "ge,va", "--peers", "it's,b"],
    ]
    assert "--edition 2024" in provenance.rebuild_command(made)
    assert provenance.rebuild_command(made | {"notebook": None}) is None


def test_the_commit_is_named_in_a_clone_only(project):
    assert provenance.describe_commit() is None
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    first = git(project, "rev-parse", "HEAD")
    assert provenance.describe_commit() == {"commit": first, "uncommitted_changes": False}
    edit(project / "govlib" / "plot" / "trend.py", "capsize=2", "capsize=3")
    assert provenance.describe_commit() == {"commit": first, "uncommitted_changes": True}
