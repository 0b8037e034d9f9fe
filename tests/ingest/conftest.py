"""Small editions in place of whole ones."""

import shutil

import pytest
import smalldata


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory):
    """Give a data folder of small editions, 2022, 2023 and 2025, that no test changes."""
    return smalldata.make_folder(tmp_path_factory.mktemp("small") / "data")


@pytest.fixture
def small_data(small_folder, monkeypatch):
    """Let govlib read the small editions."""
    monkeypatch.setenv("GOVLIB_DATA", str(small_folder))


@pytest.fixture
def data_copy(small_folder, tmp_path, monkeypatch):
    """Give a copy of the small editions that a test may damage."""
    folder = shutil.copytree(small_folder, tmp_path / "data")
    monkeypatch.setenv("GOVLIB_DATA", str(folder))
    return folder
