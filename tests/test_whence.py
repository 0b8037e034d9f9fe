"""From a figure back to what made it: the command that is printed gives the same bytes."""

import shlex
import shutil
import subprocess
import sys

import pytest

from govlib.datasets import package as catalog
from govlib.errors import BadFile
from govlib.publish import provenance, whence

STEM = "01-effectiveness-and-voice"


def run(arguments, folder):
    done = subprocess.run(
        [sys.executable, "-m", "govlib", *arguments, "--figures-dir", str(folder)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_command_that_is_printed_rebuilds_the_same_bytes(tmp_path):
    asked = "--economy UZB --edition 2024 --last-year 2023 --dimensions ge,rl --profile web"
    first = run(["run", STEM, *asked.split()], tmp_path / "first")
    path = tmp_path / "first" / "2024" / "UZB" / "web" / f"{STEM}.png"
    printed = subprocess.run(
        [sys.executable, "-m", "govlib", "whence", str(path)], capture_output=True, text=True
    )
    command = shlex.split(printed.stdout.splitlines()[-1])
    assert command == ["govlib", "run", STEM, *asked.split()]
    assert run(command[1:], tmp_path / "second") == first
    assert "Worldwide Governance Indicators, 2024 edition (World Bank)" in printed.stdout
    assert catalog.find_edition(2024)["hash"].removeprefix("sha256:") in printed.stdout


@pytest.fixture
def made():
    return provenance.describe_result(STEM, parameters={"economy": "KAZ"})


def test_changed_data_and_versions_are_said(made, monkeypatch):
    edition = catalog.find_edition(2023)
    data = [
        {"name": "wgi-2023", "title": "T", "publisher": "P", "sha256": "0" * 64, "citation": ""},
        {"name": "gone", "title": "G", "publisher": "P", "sha256": "0" * 64, "citation": ""},
    ]
    old = made | {"data": data, "software": {"govlib": "0.0.1"}}
    about = {"title": "t", "made": old}
    monkeypatch.setattr(whence, "read_metadata", lambda path: about)
    text = whence.explain_figure("x.pdf")
    assert text.splitlines()[-1] == f"govlib run {STEM}"
    assert "CHANGED: other bytes are held here" in text
    assert "gone, sha256" in text and "not held here" in text
    assert "govlib 0.0.1 (here: " in text
    data[0]["sha256"] = edition["hash"].removeprefix("sha256:")
    assert "CHANGED" not in whence.explain_figure("x.pdf")


def test_a_figure_of_no_notebook_says_so(made, monkeypatch):
    about = {"title": "t", "made": made | {"notebook": None}}
    monkeypatch.setattr(whence, "read_metadata", lambda path: about)
    assert whence.explain_figure("x.pdf").endswith("no command rebuilds it.")


def test_a_file_from_elsewhere_is_answered(tmp_path):
    shutil.copy(catalog.project_folder() / "CITATION.cff", tmp_path / "x.svg")
    with pytest.raises(BadFile, match=r"x\.svg is damaged"):
        whence.explain_figure(tmp_path / "x.svg")
