"""The page of all figures: current, with every figure and its words."""

import re
import shutil

import matplotlib.pyplot as plt
import pytest

from govlib.datasets import package as catalog
from govlib.errors import BadFile, UnknownName
from govlib.run import contact_sheet

FIGURES = catalog.project_folder() / "figures"


def test_the_committed_page_is_current(tmp_path):
    shutil.copytree(FIGURES / "2023" / "KAZ", tmp_path / "2023" / "KAZ")
    page = contact_sheet.write_contact_sheet(tmp_path / "2023" / "KAZ", tmp_path / "README.md")
    assert page.read_text("utf-8") == (FIGURES / "README.md").read_text("utf-8")


def test_every_figure_is_shown_with_words_and_working_links():
    text = (FIGURES / "README.md").read_text("utf-8")
    images = re.findall(r'<img src="([^"]+)" width="\d+" alt="([^"]+)">', text)
    assert {name for name, _ in images} == {
        path.relative_to(FIGURES).as_posix() for path in (FIGURES / "2023" / "KAZ").glob("*.png")
    }
    assert all(len(words) > 20 for _, words in images)
    for link in re.findall(r'href="([^"]+)"', text):
        assert (FIGURES / link).is_file(), link


def test_a_folder_without_figures_and_a_figure_without_words_are_named(tmp_path):
    with pytest.raises(UnknownName, match=r"holds no figure .* govlib run"):
        contact_sheet.write_contact_sheet(tmp_path, tmp_path / "README.md")
    plt.figure().savefig(tmp_path / "x.png")
    with pytest.raises(BadFile, match=r"x\.png does not say how it was made"):
        contact_sheet.write_contact_sheet(tmp_path, tmp_path / "README.md")
    assert not (tmp_path / "README.md").exists()
