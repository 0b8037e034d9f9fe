"""The report: complete or not at all, of one run, safe, and nothing of this machine in it."""

import html
import json
import re
import shutil
from types import SimpleNamespace

import matplotlib.pyplot as plt
import nbformat
import pytest

from govlib.datasets import package as catalog
from govlib.errors import BadFile, BadParameter, FailedRun, UnknownName
from govlib.project import project_folder
from govlib.run.report import build_report, write_contact_sheet

FIGURES = project_folder() / "figures"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"

PARAMETERS = """
economy = "KAZ"
edition = 2023
language = "en"
figures_dir = "figures"
"""
DRAW = f"""
ROOT = {str(project_folder())!r}
caption = "The caption & {HOSTILE}."
SVG = '<script>alert(3)</script><image href="https://e.org/x.png"/><g onclick="alert(4)"/>'
"""
DRAW += """
import base64, io, json, pathlib
import matplotlib.pyplot as plt
from IPython.display import display

def save(stem):
    folder = pathlib.Path(figures_dir, str(edition), economy, "" if language == "en" else language)
    folder = pathlib.Path(ROOT) / folder
    folder.mkdir(parents=True, exist_ok=True)
    fig = plt.figure(figsize=(4, 3))
    fig.savefig(folder / f"{stem}.svg")
    text = (folder / f"{stem}.svg").read_text()
    text = text.replace("</svg>", SVG + "</svg>")
    (folder / f"{stem}.svg").write_text(text)
    fig.savefig(folder / f"{stem}.png", dpi=100)
    plt.close(fig)
    data = [{"name": "x", "title": "X", "citation": "C.", "licence": "L", "sha256": "abc"}]
    made = {"notebook": None, "parameters": {"economy": economy}, "data": data, "software": {}}
    about = {"caption": caption, "alternative_text": 'Up, then "down".', "made_with": made}
    (folder / f"{stem}.json").write_text(json.dumps(about))
    return base64.b64encode((folder / f"{stem}.png").read_bytes()).decode()
"""
CELLS = [
    f"# Why & how?\n\nProse {HOSTILE}, `{HOSTILE}`.\n\n> quoted\n\n```python\nx < {HOSTILE}\n```",
    "## Links\n\n[a](../docs/data.md#codes) [b](claims.py) [c](javascript:alert(1)) "
    '[d](https://e.org/?a&b) ![e](https://e.org/a.png) [f](https://e.org/"onclick="alert(1))',
    "## Links\n\n| a | b |\n|---|---|\n| word | 2 |",
    [
        """save("sample-late"); picture = save("sample")
display({"image/png": picture}, metadata={"govlib": {"figure": "sample"}}, raw=True)"""
    ],
    ["display({'text/markdown': caption + ' More.'}, raw=True)"],
    "## Without a file",
    ["display({'image/png': picture}, raw=True)"],
    [f"import pandas as pd; pd.DataFrame({{'n': [-0.5], 't': ['{HOSTILE}']}}, index=['r'])"],
    [f"print('{HOSTILE}')"],
    ["assert economy == 'KAZ'"],
]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """Build the report of a small notebook, in Russian and over it in English."""
    folder = tmp_path_factory.mktemp("sample")
    new = nbformat.v4
    cells = [new.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})]
    cells.append(new.new_code_cell(DRAW))
    for cell in CELLS:
        cells.append(
            new.new_markdown_cell(cell) if isinstance(cell, str) else new.new_code_cell(*cell)
        )
    notebook = folder / "sample.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new.new_notebook(cells=cells, metadata={"kernelspec": kernel}), notebook)
    place = folder / "place" / "report"
    build_report({"language": "ru"}, notebooks=[str(notebook)], output=place)
    russian = (place / "index.html").read_text("utf-8")
    (place / "figures" / "stale.svg").write_text("<svg/>")
    assert build_report({}, notebooks=[str(notebook)], output=place) == place / "index.html"
    page = (place / "sample.html").read_text("utf-8")
    return SimpleNamespace(notebook=notebook, place=place, page=page, russian=russian)


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_report_replaces_the_earlier_one_and_holds_nothing_of_it(sample):
    assert [path.name for path in sample.place.parent.iterdir()] == ["report"]
    names = {path.name for path in (sample.place / "figures").iterdir()}
    saved = {f"{stem}.{kind}" for stem in ("sample", "sample-late") for kind in ("svg", "png")}
    [picture] = names - saved - {"sample.json", "sample-late.json"}
    assert picture.startswith("sample_")
    assert "Казахстан, выпуск WGI 2023 года" in sample.russian
    assert "Kazakhstan, WGI edition 2023" in (sample.place / "index.html").read_text("utf-8")


def test_the_saved_figure_stands_for_the_picture_with_caption_downloads_and_provenance(sample):
    shown = re.findall(r'<figure id="figure-([^"]+)"', sample.page)
    assert shown == ["sample", "sample-late"]  # the one that is not shown comes last
    first = sample.page[: sample.page.index("</figure>")]
    assert '<svg viewbox="0 0 288 216">' in first
    assert "style=" not in first  # the page's policy would not let it work
    ids = re.findall(r'<\w+ id="([^"]+)"', first[first.index("<svg") :])
    assert ids and all(one.startswith("sample-") for one in ids)
    assert "Up, then" in first
    assert f"<figcaption>{html.escape(f'The caption & {HOSTILE}.', quote=False)}" in first
    for kind in ("svg", "png", "json"):
        assert f'href="figures/sample.{kind}"' in first
    assert "sha256:abc" in first
    assert sample.page.count(" More.") == 1  # in the code: the caption is not repeated
    [alt] = re.findall(r'<img alt="([^"]*)" src="figures/sample_', sample.page)
    assert alt == "Without a file"


def test_what_looks_like_html_is_shown_as_text(sample):
    for path in sample.place.glob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<[a-z][^>]*\son\w+=|<img src=x", text), path
        assert "<script>" not in text
        assert not re.search(r"<image|onclick=", "".join(re.findall(r"(?s)<svg.*?</svg>", text)))
    words = html.unescape(re.sub(r"</?(?!img|script)[a-z][^<>]*>", "", sample.page))
    assert words.count(HOSTILE) >= 6  # prose, code, fence, caption, table, printed


def test_links_lead_to_pages_or_outside_but_never_to_a_script_or_a_missing_file(sample):
    links = '<a href="data.html#codes">a</a> b c <a href="https://e.org/?a&amp;b">d</a> e <a'
    assert links in sample.page
    assert "javascript:" not in sample.page
    assert '"onclick' not in sample.page


def test_headings_have_ids_of_their_own_and_tables_name_columns_and_rows(sample):
    ids = re.findall(r'<h[12] id="([^"]+)"', sample.page)
    assert ids == ["why-how", "links", "links-2", "without-a-file"]
    for part in ids[1:]:
        assert f'<a href="#{part}">' in sample.page
    assert '<th scope="col">b</th>' in sample.page
    assert '<td class="number">2</td>' in sample.page
    assert '<th scope="row">r</th>' in sample.page
    assert '<td class="number">-0.5</td>' in sample.page
    assert re.search(r'<div aria-label="Table: \w+" class="table" role="group"', sample.page)
    assert "border=" not in sample.page


def test_a_search_finds_prose_results_and_captions_but_no_code(sample):
    script = (sample.place / "assets" / "search-index.js").read_text("utf-8")
    entries = json.loads(script.removeprefix("const ENTRIES = ").removesuffix(";\n"))
    found = {one["heading"]: one for one in entries if one["href"].startswith("sample.html")}
    assert list(found) == ["Why & how?", "Links", "Without a file"]
    assert found["Why & how?"]["href"] == "sample.html"
    assert found["Without a file"]["href"] == "sample.html#without-a-file"
    assert {one["title"] for one in found.values()} == {"Why & how?"}
    assert 'Up, then "down". The caption &' in found["Links"]["text"]
    assert "-0.5" in found["Without a file"]["text"]
    assert not [one for one in found.values() if "DataFrame" in one["text"] or "abc" in one["text"]]


def test_pages_load_nothing_from_outside_and_name_no_folder_of_this_machine(sample):
    for path in sample.place.glob("*.html"):
        text = path.read_text("utf-8")
        assert str(sample.place.parent) not in text, path
        assert "default-src 'none'" in text
        pattern = r'<(?:script|img|link|form)\b[^>]*\b(?:src|href|action)="([^"]+)'
        loaded = re.findall(pattern, text)
        assert loaded, path
        assert not [one for one in loaded if re.match(r"\w+:|//", one)], path
    executed = nbformat.read(sample.place / "notebooks" / "sample.ipynb", as_version=4)
    assert "papermill" not in executed.metadata
    assert {cell.metadata.get("papermill") for cell in executed.cells} == {None}
    for field in catalog.find_edition(2023)["schema"]["fields"]:  # documents are pages, too
        assert field["name"] in (sample.place / "data.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("parameters", "error", "answer"),
    [
        ({"economy": "KAZZ"}, UnknownName, "Did you mean KAZ"),
        ({"edition": 2018}, UnknownName, "available: 2019"),
        ({"econmy": "UZB"}, UnknownName, "Did you mean economy"),
        ({"language": "../kk"}, UnknownName, "known: en"),
        ({"figures_dir": "elsewhere"}, BadParameter, "own folder"),
        ({"economy": "UZB"}, FailedRun, "AssertionError"),
    ],
)
def test_a_wrong_parameter_or_a_failed_cell_leaves_the_earlier_report(
    sample, parameters, error, answer
):
    before = contents(sample.place)
    notebooks = [str(sample.notebook)] if error is FailedRun else []
    with pytest.raises(error, match=answer):
        build_report(parameters, notebooks=notebooks, output=sample.place)
    assert contents(sample.place) == before
    assert [path.name for path in sample.place.parent.iterdir()] == ["report"]


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


def test_the_committed_contact_sheet_is_current_and_shows_every_figure(tmp_path):
    shutil.copytree(FIGURES / "2023" / "KAZ", tmp_path / "2023" / "KAZ")
    page = write_contact_sheet(tmp_path / "2023" / "KAZ", tmp_path / "README.md")
    text = page.read_text("utf-8")
    assert html.unescape(text) == html.unescape((FIGURES / "README.md").read_text("utf-8"))
    images = re.findall(r'<img src="([^"]+)" width="\d+" alt="([^"]+)">', text)
    assert {tmp_path / name for name, _ in images} == set(tmp_path.glob("2023/KAZ/*.png"))
    assert all(len(words) > 20 for _, words in images)
    assert all((tmp_path / link).is_file() for link in re.findall(r'href="([^"]+)"', text))


def test_a_folder_without_figures_and_a_figure_without_text_are_named(tmp_path):
    with pytest.raises(UnknownName, match=r"holds no figure .* govlib run"):
        write_contact_sheet(tmp_path, tmp_path / "README.md")
    plt.figure().savefig(tmp_path / "x.png")
    with pytest.raises(BadFile, match=r"x\.png does not say how it was made"):
        write_contact_sheet(tmp_path, tmp_path / "README.md")
    assert not (tmp_path / "README.md").exists()
