"""An executed notebook as a page: what is shown, in which order, and what a search finds."""

import base64
import io

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import govlib
from govlib.run.report_figures import read_figures
from govlib.run.report_pages import document_page, notebook_page, search_entries


@pytest.fixture
def figure(tmp_path):
    """Save a figure and give the folder and the picture of it."""
    fig, ax = plt.subplots()
    ax.plot([1, 3, 2], linewidth=5)
    numbers = {"caption": "The caption.", "alternative_text": "Up, then down.", "parameters": {}}
    govlib.save_figure(
        fig, "x", tmp_path / "saved", data=pd.DataFrame({"year": [2022]}), numbers=numbers
    )
    content = io.BytesIO()
    fig.savefig(content, format="png")
    plt.close(fig)
    return tmp_path, content.getvalue()


def cell(kind, source, *outputs):
    base = {"cell_type": kind, "id": f"{kind}-id", "metadata": {}, "source": source}
    return base | ({"outputs": list(outputs)} if kind == "code" else {})


def shown(**data):
    kinds = {kind.replace("_", "/"): value for kind, value in data.items()}
    return {"output_type": "display_data", "data": kinds}


def page_of(cells, figures, folder, language="en"):
    return notebook_page({"cells": cells}, figures, folder, name="x", language=language)


def test_a_page_follows_the_notebook_and_shows_each_figure_once_with_its_caption(figure):
    folder, picture = figure
    cells = [
        cell("markdown", "# Why?\n\nProse."),
        cell("markdown", ["## Figure\n", "below"]),
        cell("code", "draw()", shown(image_png=base64.b64encode(picture).decode())),
        cell("code", "caption", shown(text_markdown="The caption.\n\nAlternative text: Up.")),
        cell("code", "1", {"output_type": "stream", "name": "stdout", "text": ["pri", "nted"]}),
    ]
    figures = read_figures(folder / "saved")
    page = page_of(cells, figures, folder)
    assert page["title"] == "Why?"
    assert page["href"] == "x.html"
    assert page["parts"] == [("figure", "Figure")]
    kinds = [block["kind"] for block in page["blocks"]]
    assert kinds == ["text", "text", "code", "figure", "code", "code", "output"]
    assert page["blocks"][3]["figure"]["stem"] == "x"
    assert "printed" in page["blocks"][-1]["html"]
    assert page_of(cells, figures, folder, "ru")["blocks"][2]["label"] == "Код: code-id"


def test_a_figure_that_is_not_shown_comes_last_and_a_picture_that_is_not_saved_is_kept(figure):
    folder, picture = figure
    figures = read_figures(folder / "saved")
    page = page_of([cell("markdown", "# T")], figures, folder)
    assert page["blocks"][-1]["figure"]["stem"] == "x"
    cells = [
        cell("markdown", "# T\n\n## Beside it"),
        cell("code", "draw()", shown(image_png=base64.b64encode(picture).decode())),
    ]
    block = page_of(cells, [], folder)["blocks"][-1]
    assert block["figure"] is None
    assert block["alternative_text"] == "Beside it"
    assert (folder / block["picture"]).read_bytes() == picture


def test_a_search_finds_prose_results_and_captions_but_no_code(figure):
    folder, picture = figure
    cells = [
        cell("markdown", "# Title & more\n\nIntroduction.\n\n## First part\n\nText of it."),
        cell("code", "secret()", shown(text_html="<table><tr><td>Result</td></tr></table>")),
        cell("markdown", "## Second part"),
        cell("code", "draw()", shown(image_png=base64.b64encode(picture).decode())),
    ]
    entries = list(search_entries(page_of(cells, read_figures(folder / "saved"), folder)))
    assert [entry["href"] for entry in entries] == [
        "x.html",
        "x.html#first-part",
        "x.html#second-part",
    ]
    assert [entry["heading"] for entry in entries] == ["Title & more", "First part", "Second part"]
    assert [entry["text"] for entry in entries] == [
        "Introduction.",
        "Text of it. Result",
        "The caption. Up, then down.",
    ]
    assert {entry["title"] for entry in entries} == {"Title & more"}


def test_a_document_is_a_page(tmp_path):
    path = tmp_path / "data.md"
    path.write_text("# Data\n\nSee [editions](editions.md#x), [gone](gone.md).\n\n## Columns\n")
    page = document_page(path, {"editions.md": "editions.html"})
    assert (page["href"], page["title"]) == ("data.html", "Data")
    assert page["parts"] == [("columns", "Columns")]
    [block] = page["blocks"]
    assert '<a href="editions.html#x">editions</a>, gone.' in block["html"]
