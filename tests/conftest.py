"""What the tests share."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib
import pandas as pd
import pytest

from govlib.cli import main
from govlib.datasets.surveys import COLUMNS
from govlib.project import data_folder

matplotlib.use("agg")


@pytest.fixture
def data_copy(tmp_path, monkeypatch) -> Path:
    """Give a copy of the data folder that a test may damage."""
    folder = tmp_path / "data"
    shutil.copytree(data_folder(), folder)
    monkeypatch.setenv("GOVLIB_DATA", str(folder))
    return folder


@pytest.fixture
def govlib_command(tmp_path, monkeypatch, capsys):
    """Give a function that runs a command in an empty folder."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["govlib", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code or 0, out, err)

    monkeypatch.chdir(tmp_path)
    return call


@pytest.fixture
def official_files() -> Path:
    """Give the folder of official WGI files, which are never part of the project."""
    folder = os.environ.get("GOVLIB_OFFICIAL_FILES")
    if not folder:
        pytest.skip("GOVLIB_OFFICIAL_FILES does not name a folder of official WGI files")
    return Path(folder)


@pytest.fixture
def survey_of():
    """Give a function that makes a survey of one item from its shares by answer."""

    def make(respondents=100, wave="2022", **shares):
        rows = [
            dict.fromkeys(COLUMNS, "x")
            | {"wave": wave, "start": wave, "end": wave, "base": "all", "respondents": respondents}
            | {"answer": answer, "answer_order": i, "share": share}
            for i, (answer, share) in enumerate(shares.items(), 1)
        ]
        return pd.DataFrame(rows).astype(COLUMNS)

    return make
