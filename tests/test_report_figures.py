"""Which saved figure a picture in a notebook shows."""

import io

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import govlib
from govlib.run.report_figures import match_pictures, read_figures


@pytest.fixture
def saved(tmp_path):
    """Save three figures and give the pictures that a notebook would show of them."""
    pictures = {}
    with plt.style.context("govlib.paper"):
        for stem, values in {"c-line": [1, 2, 3], "a-fall": [3, 2, 1], "b-peak": [1, 3, 1]}.items():
            fig, ax = plt.subplots()
            ax.plot(values, linewidth=6)
            numbers = {"caption": f"Caption of {stem}.", "parameters": {}}
            govlib.save_figure(
                fig, stem, tmp_path, data=pd.DataFrame({"year": [2022]}), numbers=numbers
            )
            content = io.BytesIO()
            # As Jupyter does: fewer pixels, margins cut.
            fig.savefig(content, format="png", dpi=100, bbox_inches="tight", pad_inches=0.1)
            pictures[stem] = content.getvalue()
            plt.close(fig)
    return tmp_path, pictures


def test_figures_are_read_with_all_their_files(saved):
    folder, _ = saved
    (folder / "ru").mkdir()
    (folder / "ru" / "x.json").write_text("{}")
    (folder / "notes.json").write_text("{}")
    figures = read_figures(folder)
    assert [figure["stem"] for figure in figures] == ["a-fall", "b-peak", "c-line"]
    suffixes = [path.suffix for path in figures[0]["files"]]
    assert suffixes[:5] == [".pdf", ".svg", ".png", ".csv", ".json"]
    assert figures[0]["numbers"]["caption"] == "Caption of a-fall."
    width, height = figures[0]["size"]
    assert (width, height) == (453, 302)  # 4.72 by 3.15 inches


def test_pictures_are_matched_by_how_they_look_whatever_the_order(saved):
    folder, pictures = saved
    figures = read_figures(folder)
    for order in (["c-line", "a-fall", "b-peak"], ["b-peak", "c-line", "a-fall"], ["b-peak"]):
        found = match_pictures([pictures[stem] for stem in order], figures)
        assert [figure["stem"] for figure in found] == order


def test_a_picture_of_which_no_file_was_saved_has_none(saved):
    folder, pictures = saved
    figures = [figure for figure in read_figures(folder) if figure["stem"] != "b-peak"]
    found = match_pictures([pictures["b-peak"], pictures["a-fall"], pictures["c-line"]], figures)
    assert found[0] is None
    assert [figure["stem"] for figure in found[1:]] == ["a-fall", "c-line"]
    assert match_pictures([pictures["b-peak"]], figures) == [None]
    assert match_pictures([pictures["b-peak"]], []) == [None]
    assert match_pictures([], figures) == []
