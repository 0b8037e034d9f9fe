"""Where a result comes from: the same words everywhere, a commit for every state of the code."""

import getpass
import json
import shlex
import shutil
import socket
import subprocess

import matplotlib
import pytest

import govlib
from govlib import catalog, provenance
from govlib.errors import BadParameter

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


def state():
    return provenance.code_state(STEM)


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


def test_the_state_is_that_of_the_code_that_counts(project):
    before = state()
    assert before == state()
    assert before != provenance.code_state("07-claims")
    # Neither stored outputs nor line endings nor modules that the notebook does not use count.
    path = project / "notebooks" / f"{STEM}.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], 77
    path.write_text(json.dumps(notebook), "utf-8")
    (project / "govlib" / "labels.py").write_bytes(
        (project / "govlib" / "labels.py").read_bytes().replace(b"\n", b"\r\n")
    )
    edit(project / "govlib" / "fetch.py", "import", "import  ")
    (project / "govlib" / "__pycache__").mkdir()
    (project / "govlib" / "__pycache__" / "x.toml").write_text("")
    (project / "govlib" / ".labels.py.swp").write_text("")
    assert state() == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("govlib/figures.py", "capsize=2", "capsize=3"),
        ("govlib/compare.py", "1.64", "1.65"),  # imported by figures, not named by the notebook
        ("govlib/paper.mplstyle", "font.size: 8", "font.size: 9"),
        ("data/claims.toml", "Government", "Goverment"),
        (f"notebooks/{STEM}.ipynb", "plt.subplots()", "plt.subplots(1)"),
    ],
)
def test_the_state_changes_with_what_counts(project, name, old, new):
    before = state()
    edit(project / name, old, new)
    assert state() != before


def test_a_state_is_found_in_history_and_uncommitted_changes_are_not(project):
    downloaded = state()
    assert provenance.describe_commit() is None
    assert provenance.find_commits({"notebook": STEM, "state": downloaded}) == []
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    first = git(project, "rev-parse", "HEAD")
    assert state() == downloaded  # in a clone as outside of one
    assert provenance.find_commits({"notebook": STEM, "state": state()}) == [first]
    assert provenance.describe_commit() == {"commit": first, "uncommitted_changes": False}
    edit(project / "govlib" / "figures.py", "capsize=2", "capsize=3")
    changed = {"notebook": STEM, "state": state()}
    assert provenance.find_commits(changed) == []
    assert provenance.describe_commit() == {"commit": first, "uncommitted_changes": True}
    git(project, "commit", "-q", "-a", "-m", "second")
    (project / "README.md").write_text("what does not count")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "third")
    assert provenance.find_commits(changed) == [git(project, "rev-parse", "HEAD~1")]
    assert provenance.find_commits({"notebook": STEM, "state": downloaded}) == [first]


def test_every_file_of_the_package_is_of_a_known_kind():
    files = [path for path in (catalog.project_folder() / "govlib").rglob("*") if path.is_file()]
    shown = {".html", ".css", ".js"}  # of pages: they show results and change none
    known = provenance.SUFFIXES | shown | {".pyc"}
    others = {path.name for path in files if path.suffix not in known}
    assert others == {"__init__.pyi", "OFL.txt", "DEJAVU.txt"}
