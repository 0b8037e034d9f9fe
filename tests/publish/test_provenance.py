"""Where a result comes from: the same words everywhere, the data of its rows, the commit."""

import getpass
import json
import os
import shlex
import socket
import subprocess

import matplotlib
import pandas as pd
import pytest

import govlib
from govlib.datasets.package import find_edition, read_package
from govlib.datasets.rankings import read as read_ranking
from govlib.datasets.surveys import read as read_survey
from govlib.datasets.surveys import single_figures as read_single_figures
from govlib.errors import BadParameter, UnknownName
from govlib.project import data_folder, project_folder
from govlib.publish import provenance
from govlib.publish.provenance import describe_result, explain_figure, find_sources
from govlib.publish.save import save

STEM = "01-effectiveness-and-voice"
PARAMETERS = {"economy": "UZB", "edition": 2024, "dimensions": ["ge", "va"], "figures_dir": "/x"}
DEFAULTS = {"economy": "KAZ", "edition": 2024, "dimensions": ["ge"]}


@pytest.mark.parametrize("data", ["wgi-2024", ["wgi-2024"]])
def test_a_result_says_what_it_was_made_with(data):
    made = describe_result(STEM, parameters=PARAMETERS, data=data)
    assert made["notebook"] == STEM
    assert made["parameters"] == {"economy": "UZB", "edition": 2024, "dimensions": ["ge", "va"]}
    [one] = made["data"]
    assert (one["publisher"], one["edition"]) == ("World Bank", 2024)
    assert one["sha256"] == find_edition(2024)["hash"].removeprefix("sha256:")
    assert "Kaufmann" in one["citation"]
    assert made["licence"] == "CC-BY-4.0"
    assert made["software"] == {"govlib": govlib.__version__, "matplotlib": matplotlib.__version__}
    cited = (project_folder() / "CITATION.cff").read_text("utf-8")
    title = "govlib: a research compendium on good governance and public trust"
    for words in (title, "10.52123/1994"):
        assert words in made["citation"] and words in cited
    text = json.dumps(made)
    assert json.loads(text) == made
    for word in (socket.gethostname(), str(project_folder()), getpass.getuser() + "@"):
        assert word not in text


def test_a_notebook_may_read_all_that_is_included_and_what_must_not_be_recorded_is_named():
    made = describe_result("07-claims", parameters={})
    names = [one["name"] for one in made["data"]]
    assert names == [one["name"] for one in read_package()["resources"]] + ["claims"]
    assert describe_result("x", parameters={}, data=[])["data"] == []
    with pytest.raises(UnknownName, match=r"no data 'bns-trus'; included.*mean bns-trust"):
        describe_result("x", parameters={}, data="bns-trus")
    for path in ("/home/me/x", "~/x", "C:\\x", "\\\\server\\x"):
        with pytest.raises(BadParameter, match="absolute path"):
            describe_result(STEM, parameters={"data": [path]})


def of_claims(*claims):
    return pd.DataFrame({"claim": claims, "statement": "s", "economy": "KAZ", "edition": 2023})


TABLES = {
    "estimates": (lambda: pd.DataFrame({"edition": [2019, 2025], "dimension": "ge"}),
                  ["wgi-2019", "wgi-2025"]),
    "survey": (lambda: read_survey("bns-trust").head(3), ["bns-trust"]),
    "ranking": (lambda: read_ranking("cpi").head(3), ["ranking-cpi"]),
    "standings": (lambda: pd.DataFrame({"indicator": ["egdi", "epi", "va"], "year": 2022}),
                  ["ranking-egdi", "wgi-2024"]),
    "single figures": (lambda: read_single_figures().head(3), ["single-figures"]),
    "claims on the WGI": (lambda: of_claims("C1"), ["wgi-2023", "claims"]),
    "claims on surveys": (lambda: of_claims("C12", "C11"),
                          ["single-figures", "wvs7-kaz", "wgi-2023", "claims"]),
    "another ledger": (lambda: of_claims("mine"), ["wgi-2023"]),
    "own table": (lambda: pd.DataFrame({"year": [2020], "value": 1}), []),
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_the_data_are_told_from_the_rows_of_a_table(kind):
    make, expected = TABLES[kind]
    assert find_sources([make()], edition=2024) == expected


def test_a_stem_leads_to_its_notebook_and_the_command_names_what_differs_from_the_defaults():
    for stem, notebook in [
        (STEM, STEM),
        ("03-position-among-peers-gap", "03-position-among-peers"),
        (f"{STEM}s", None),
        ("mine", None),
    ]:
        assert provenance.find_notebook(stem) == notebook
    made = describe_result(STEM, parameters=PARAMETERS | {"peers": ["it's", "b"]})
    command = provenance.rebuild_command(made, defaults=DEFAULTS)
    options = ["--economy", "UZB", "--dimensions", "ge,va", "--peers", "it's,b"]
    assert shlex.split(command) == ["govlib", "run", STEM, *options]
    assert "--edition 2024" in provenance.rebuild_command(made)
    assert provenance.rebuild_command(made | {"notebook": None}) is None


def test_the_commit_is_named_in_a_clone_only(tmp_path, monkeypatch):
    def git(*arguments):
        author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        command = ["git", *author, "-C", str(tmp_path), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    monkeypatch.setattr(provenance, "project_folder", lambda: tmp_path)
    assert provenance.describe_commit() is None
    code = tmp_path / "govlib"
    code.write_text("one")
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    first = git("rev-parse", "HEAD")
    assert provenance.describe_commit() == {"commit": first, "uncommitted_changes": False}
    code.write_text("two")
    assert provenance.describe_commit() == {"commit": first, "uncommitted_changes": True}
    if os.geteuid() == 0:  # a mount, whose owner is another
        os.chown(tmp_path, 65534, 65534)
        os.chown(tmp_path / ".git", 65534, 65534)
        with pytest.raises(subprocess.CalledProcessError):  # git's "dubious ownership"
            git("status")
        assert provenance.describe_commit() == {"commit": first, "uncommitted_changes": True}
    (tmp_path / ".git/HEAD").unlink()
    with pytest.raises(BadParameter, match="not a clone that git can read: fatal: not a git repo"):
        provenance.git("status")


def test_a_figure_leads_back_to_its_data_parameters_and_command(tmp_path, draw, data_copy):
    parameters = {"economy": "KAZ", "edition": 2023, "language": "kk"}
    [path, *_] = save(draw(language="kk"), STEM, parameters, folder=tmp_path / "x")
    text = explain_figure(path, defaults=lambda _: {"economy": "KAZ", "edition": 2023})
    assert text.splitlines()[-1] == f"govlib run {STEM} --language kk"
    assert explain_figure(path).endswith("--economy KAZ --edition 2023 --language kk")
    assert "Worldwide Governance Indicators, 2023 edition (World Bank)" in text
    assert "the same as included here" in text and "CHANGED" not in text
    record = data_folder() / "datapackage.json"
    package = json.loads(record.read_text("utf-8"))
    [edition] = [one for one in package["resources"] if one["name"] == "wgi-2023"]
    edition["hash"] = "sha256:" + "0" * 64
    record.write_text(json.dumps(package), "utf-8")
    assert "CHANGED: other bytes are included here" in explain_figure(path)
    package["resources"].remove(edition)
    record.write_text(json.dumps(package), "utf-8")
    assert "not included here" in explain_figure(path)


def test_other_versions_are_named(tmp_path, draw):
    path = tmp_path / "mine.json"
    save(draw(), "mine", folder=tmp_path, numbers={"data": []})
    assert explain_figure(path).endswith("there is no command that rebuilds it.")
    record = json.loads(path.read_text("utf-8"))
    record["made_with"]["software"]["govlib"] = "0.0.1"
    path.write_text(json.dumps(record), "utf-8")
    assert f"govlib 0.0.1 (here: {govlib.__version__})" in explain_figure(path)
