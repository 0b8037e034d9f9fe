"""The report: complete or not at all, of one run, and nothing of this machine in it."""

import json
import re
import subprocess
import sys

import pytest

from govlib.datasets import package as catalog
from govlib.errors import BadParameter, UnknownName
from govlib.run.report import build_report

NAME = "01-effectiveness-and-voice"


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Build a report of one notebook over one of another economy."""
    place = tmp_path_factory.mktemp("project") / "report"
    stale = catalog.project_folder() / "build" / "figures" / "2024" / "UZB" / f"{NAME}-old.json"
    stale.parent.mkdir(parents=True, exist_ok=True)
    stale.write_text("{}")
    stale.with_suffix(".svg").write_text('<svg viewBox="0 0 9 9"/>')
    build_report({}, notebooks=[NAME], output=place)
    parameters = {"economy": "UZB", "edition": 2024}
    assert build_report(parameters, notebooks=[NAME], output=place) == place / "index.html"
    return place


def test_a_report_replaces_the_earlier_one_and_holds_nothing_of_it(place):
    assert [path.name for path in place.parent.iterdir()] == ["report"]
    stems = {path.stem for path in (place / "figures").iterdir()}
    assert stems == {NAME}  # nothing of an earlier run in the same folder either
    numbers = json.loads((place / "figures" / f"{NAME}.json").read_text("utf-8"))
    assert numbers["parameters"]["economy"] == "UZB"
    page = (place / f"{NAME}.html").read_text("utf-8")
    assert "Uzbekistan" in page
    assert "Kazakhstan" not in page
    assert "Uzbekistan, WGI edition 2024" in (place / "index.html").read_text("utf-8")


def test_a_report_holds_the_files_that_the_notebook_saved(place):
    saved = catalog.project_folder() / "build" / "figures" / "2024" / "UZB"
    for path in saved.glob(f"{NAME}.*"):
        assert (place / "figures" / path.name).read_bytes() == path.read_bytes()
    page = (place / f"{NAME}.html").read_text("utf-8")
    for kind in ("pdf", "svg", "png", "csv", "json"):
        assert f'href="figures/{NAME}.{kind}"' in page
    edition = catalog.find_edition(2024)
    assert edition["hash"] in page
    assert edition["sources"][0]["citation"] in page
    assert f"govlib run {NAME} --economy UZB --edition 2024" in page
    assert 'class="provenance"' in page


def test_a_report_names_no_address_to_load_from_and_no_folder_of_this_machine(place):
    machine = [str(catalog.project_folder()), str(place.parent), sys.prefix]
    for path, content in contents(place).items():
        text = content.decode("utf-8", errors="replace")
        assert not [word for word in machine if word in text], path
        if path.suffix == ".html":
            loaded = re.findall(
                r'<(?:script|img|link|form)\b[^>]*(?:src|href|action)="([^"]+)', text
            )
            assert loaded, path
            assert not [one for one in loaded if re.match(r"\w+:|//", one)], path
            assert not re.search(r"<[a-z][^>]*\son\w+=", text), path
        if path.suffix in (".css", ".js") and path.stem != "search-index":
            assert "//" not in re.sub(r"(?m)^\s*//.*$", "", text), path


def test_every_column_of_the_data_is_described(place):
    page = (place / "data.html").read_text("utf-8")
    for field in catalog.find_edition(2023)["schema"]["fields"]:
        assert field["name"] in page


@pytest.mark.parametrize(
    ("parameters", "error", "answer"),
    [
        ({"economy": "KAZZ"}, UnknownName, "Did you mean KAZ"),
        ({"edition": 2018}, UnknownName, "held: 2019"),
        ({"econmy": "UZB"}, UnknownName, "Did you mean economy"),
        ({"last_year": 2031}, UnknownName, "no year 2031"),
        ({"economy": "../../x"}, UnknownName, "x"),
        ({"language": "../kk"}, UnknownName, "known: en"),
        ({"figures_dir": "elsewhere"}, BadParameter, "own folder"),
    ],
)
def test_a_wrong_parameter_is_answered_and_the_report_stands(place, parameters, error, answer):
    before = contents(place)
    with pytest.raises(error, match=answer):
        build_report(parameters, output=place)
    assert contents(place) == before
    assert [path.name for path in place.parent.iterdir()] == ["report"]


def test_a_failure_while_writing_leaves_the_report(place, monkeypatch):
    before = contents(place)

    def fail(*_, **__):
        raise OSError("no space left")

    monkeypatch.setattr("govlib.run.report.search_entries", fail)
    with pytest.raises(OSError, match="no space left"):
        build_report({}, notebooks=[NAME], output=place)
    assert contents(place) == before
    assert [path.name for path in place.parent.iterdir()] == ["report"]


def test_a_folder_that_is_not_a_report_is_never_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BadParameter, match="is not a report and would be replaced"):
        build_report({}, output=tmp_path)
    (tmp_path / "index.html").write_text("<title>Mine</title>")
    with pytest.raises(BadParameter, match="--output"):
        build_report({}, output=tmp_path)
    with pytest.raises(BadParameter, match="--output"):
        build_report({}, output=tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["--economy", "KAZZ"], "Did you mean KAZ"),
        (["--econmy", "UZB"], "Accepted: --economy"),
        (["--figures-dir", "x"], "No such option"),
        (["01-efectiveness-and-voice"], "Did you mean 01-effectiveness-and-voice"),
    ],
)
def test_the_command_answers_a_typo_in_one_line(arguments, answer, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "govlib", "report", *arguments, "--output", str(tmp_path / "r")],
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert answer in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "r").exists()
