"""The report: the executed notebooks as pages that open from disk, without a network."""

import html
import itertools
import json
import os
import re
import shlex
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
from nbconvert import HTMLExporter
from nbconvert.preprocessors import ExtractOutputPreprocessor
from nbconvert.preprocessors.sanitize import SanitizeHTML
from PIL import Image

from govlib import __version__
from govlib.claims.ledger import VERDICTS, read_claims
from govlib.datasets.package import economy_names, figures_folder, project_folder
from govlib.errors import BadParameter, UnknownName
from govlib.i18n.words import word
from govlib.project import replace_file
from govlib.publish.metadata import read_metadata
from govlib.publish.provenance import CITATION, LICENCE, rebuild_command
from govlib.run.notebooks import (
    find_notebooks,
    leave_out_uncovered,
    plan_runs,
    read_parameters,
    run_notebook,
)

LEDGER = "07-claims"
"""The notebook whose claims are listed on the first page."""

EXPLORER = "00-"
"""Notebooks numbered like this are for exploring: their widgets need a kernel."""

GENERATOR = f"govlib {__version__}"
MARKER = '<meta name="generator" content="govlib '
SITE = Path(__file__).with_name("site")

KINDS = ("pdf", "svg", "png", "eps", "tiff", "csv", "json", "md")
"""The files of a figure, in the order in which they are offered."""

CLEANER = SanitizeHTML(
    tags=[
        *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "ul", "ol", "li"),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "a", "b", "strong"),
        *("i", "em", "del", "sub", "sup", "code", "pre", "div", "span"),
    ],
    attributes={
        "th": ["colspan", "rowspan"],
        "td": ["colspan", "rowspan"],
        "div": ["class"],
        "span": ["class"],
        "a": ["href"],
    },
)
"""Markup that notebooks and documents may use; other tags are shown as the text that they are."""

Page = dict[str, Any]


def build_report(
    parameters: Mapping[str, Any],
    *,
    notebooks: Sequence[str] = (),
    output: str | Path = "build/report",
    tell: Callable[[str], None] = lambda line: None,
) -> Path:
    """Run the notebooks and write the report of their results.

    The report is built next to its place and moved there once it is complete: after a failure the
    earlier one is as it was.

    Parameters
    ----------
    parameters : mapping
        What differs from the notebooks' defaults, as `run_notebook` takes it.
    notebooks : sequence of str
        As `find_notebooks` takes them. By default all but those for exploring; of these, the ones
        without a survey for the parameters are left out and named on the first page.
    output : str or Path
        Folder of the report, relative to the project: new, empty or an earlier report.
    tell : callable
        Is given a line of text about each notebook.

    Returns
    -------
    Path
        The first page, ``index.html``.

    Raises
    ------
    UnknownName, BadParameter
        As `plan_runs`, before any notebook is run; or if the folder has something else in it, or a
        folder of figures is named.
    FailedRun
        If a cell fails.
    """
    place = project_folder() / output
    _check_place(place)
    if "figures_dir" in parameters:
        raise BadParameter("figures_dir: a report keeps its figures in its own folder; leave it.")
    chosen = find_notebooks(notebooks)
    reasons: dict[Path, str] = {}
    if not notebooks:
        chosen = [path for path in chosen if not path.stem.startswith(EXPLORER)]
        chosen, reasons = leave_out_uncovered(chosen, parameters)
    plan = plan_runs(chosen, {"figures_dir": "build/figures", **parameters})
    values = {notebook: read_parameters(notebook) | given for notebook, given in plan}
    folders = {notebook: _folder_of(values[notebook]) for notebook in values}
    for folder in set(folders.values()):
        for path in folder.glob("*.*"):  # figures of an earlier run are not this one's
            path.unlink()
    results = []
    for notebook, given in plan:
        tell(notebook.name)
        executed = nbformat.read(run_notebook(notebook, given), as_version=4)
        figures = _read_figures(folders[notebook], notebook)
        results.append((notebook.stem, executed, figures))
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.name}.") as beside:
        site = Path(beside, "new")
        _write_site(
            site,
            results,
            values=next(iter(values.values())),
            reasons={path.stem: why for path, why in reasons.items()},
            command=_command(parameters, notebooks),
        )
        old = Path(beside, "old")
        if place.exists():
            os.replace(place, old)
        try:
            os.replace(site, place)
        except OSError:
            if old.exists():
                os.replace(old, place)
            raise
    return place / "index.html"


def write_contact_sheet(folder: Path, page: Path) -> Path:
    """Write a Markdown page with a thumbnail of every figure in a folder.

    Parameters
    ----------
    folder : Path
        Figures of one edition, economy and profile, as they were saved.
    page : Path
        The file to write, in the folder or above it; replaced if it exists.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    UnknownName
        If there is no figure in the folder.
    BadFile
        If a figure does not say how it was made.
    """
    images = sorted(folder.glob("*.png"))
    if not images:
        raise UnknownName(f"{folder} holds no figure (PNG). Make them with: govlib run")
    cells = []
    for image in images:
        about = read_metadata(image)
        near = quote(image.relative_to(page.parent).as_posix())
        files = [path for path in _files_of(image) if path.suffix[1:] in KINDS]
        links = [f'<a href="{near[:-4]}{path.suffix}">{path.suffix[1:]}</a>' for path in files]
        width, height = (25.4 * side for side in _size(image))
        cells.append(
            f'<td valign="top"><a href="{near}"><img src="{near}" width="260" '
            f'alt="{html.escape(about["alternative_text"] or about["title"])}"></a>'
            f"<br><b>{html.escape(image.stem)}</b><br>{html.escape(about['title'])}<br>"
            f"{width:.0f} × {height:.0f} mm; {' '.join(links)}</td>"
        )
    cells += ["<td></td>"] * (-len(cells) % 3)
    made = read_metadata(images[0])["made"]["parameters"]
    names = [name for name in ("economy", "edition", "profile", "language") if name in made]
    lines = [
        f"# Figures: {', '.join(f'{name} {made[name]}' for name in names)}",
        "",
        "Made by `govlib contact-sheet`, not by hand. Each figure is a PDF, an SVG and a PNG, with",
        "the plotted data (CSV), every number quoted (JSON) and its caption (Markdown);",
        "`govlib whence FILE` says where it comes from and how to rebuild it.",
        "",
        "<table>",
        *("\n".join(["<tr>", *row, "</tr>"]) for row in zip(*[iter(cells)] * 3, strict=True)),
        "</table>",
        "",
    ]
    replace_file(page, "\n".join(lines).encode())
    return page


def _check_place(place: Path) -> None:
    """Reject a folder that is not a report and would be replaced."""
    start = place / "index.html"
    if place.is_dir():
        if not any(place.iterdir()):
            return
        if start.is_file() and MARKER in start.read_text("utf-8", errors="replace")[:2000]:
            return
    elif not place.exists():
        return
    raise BadParameter(
        f"{place} is not a report and would be replaced; name a new or empty folder, or an "
        "earlier report, with --output."
    )


def _folder_of(values: Mapping[str, Any]) -> Path:
    """Return the folder that a run with these parameters saves its figures in."""
    profile = values.get("profile", "paper")
    return project_folder() / figures_folder(values) / ("" if profile == "paper" else profile)


def _command(parameters: Mapping[str, Any], notebooks: Sequence[str]) -> str:
    """Write the command that makes this report again."""
    given = {
        name: ",".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in parameters.items()
    }
    if not notebooks:
        return shlex.join(["make", "report", *(f"{k.upper()}={v}" for k, v in given.items())])
    options = [part for k, v in given.items() for part in (f"--{k.replace('_', '-')}", v)]
    return shlex.join(["govlib", "report", *notebooks, *options])


def _read_figures(folder: Path, notebook: Path) -> dict[str, dict[str, Any]]:
    """Read the figures that a notebook saved, by stem, each with what it was made with."""
    figures = {}
    for record in sorted(folder.glob("*.json")):
        numbers = json.loads(record.read_text("utf-8"))
        made = numbers.get("made_with", {})
        image = record.with_suffix(".png")
        if made.get("notebook") == notebook.stem and image.is_file():
            vector = record.with_suffix(".svg")
            figures[record.stem] = {
                "stem": record.stem,
                "files": _files_of(image),
                "image": (vector if vector.is_file() else image).name,
                "size": [round(96 * side) for side in _size(image)],
                "numbers": numbers,
                "made": made,
                "command": rebuild_command(made, defaults=read_parameters(notebook)),
            }
    return figures


def _files_of(image: Path) -> list[Path]:
    """Return the files of a figure, those of `KINDS` first and in that order."""
    files = [path for path in image.parent.iterdir() if path.stem == image.stem]
    order = {f".{kind}": rank for rank, kind in enumerate(KINDS)}
    return sorted(files, key=lambda path: (order.get(path.suffix, len(KINDS)), path.suffix))


def _size(image: Path) -> tuple[float, float]:
    """Return the width and height of a PNG in inches."""
    with Image.open(image) as opened:
        across, down = opened.info["dpi"]
        return opened.width / across, opened.height / down


def _write_site(
    folder: Path,
    results: Sequence[tuple[str, Any, dict[str, dict[str, Any]]]],
    *,
    values: Mapping[str, Any],
    reasons: Mapping[str, str],
    command: str,
) -> None:
    """Write all pages and what they need."""
    for part in ("figures", "notebooks", "assets"):
        (folder / part).mkdir(parents=True)
    for path in SITE.glob("*.[cj]s"):
        shutil.copyfile(path, folder / "assets" / path.name)
    shutil.copyfile(SITE / "style.css", folder / "assets" / "style.css")
    language = values.get("language", "en")
    documents = sorted((project_folder() / "docs").glob("*.md"))
    targets = {path.name: f"{path.stem}.html" for path in documents}
    targets |= {f"{name}.ipynb": f"{name}.html" for name, _, _ in results}
    exporter = _make_exporter(folder, language, targets)
    pages = []
    for name, notebook, figures in results:
        notebook = _without_paths(notebook)
        nbformat.write(notebook, folder / "notebooks" / f"{name}.ipynb")
        for path in (path for figure in figures.values() for path in figure["files"]):
            shutil.copyfile(path, folder / "figures" / path.name)
        pages.append(_make_page(exporter, name, notebook, figures, folder))
    others = [
        _make_page(
            exporter,
            path.stem,
            nbformat.v4.new_notebook(
                cells=[nbformat.v4.new_markdown_cell(path.read_text("utf-8"))]
            ),
            {},
            folder,
        )
        for path in documents
    ]
    name = economy_names(language)[values["economy"]]
    subtitle = word("report.subtitle", language, name=name, edition=values["edition"])
    shared = {"notebooks": pages, "documents": others, "subtitle": subtitle}

    def write(template: str, href: str, title: str, **given: Any) -> None:
        made = exporter.environment.get_template(template)
        text = made.render(href=href, title=title, **shared, **given)
        (folder / href).write_text(text + "\n", "utf-8")

    for page in [*pages, *others]:
        write("page.html", page["href"], page["title"], page=page)
    claims = _list_claims(pages, language)
    counted = [(row["verdict"], row["word"]) for row in claims if not row.get("check_of")]
    write(
        "index.html",
        "index.html",
        word("report.title", language),
        claims=claims,
        counts=[(*key, counted.count(key)) for key in sorted(set(counted), key=_order)],
        figure=next((figure for page in pages for figure in page["figures"].values()), None),
        reasons=reasons,
        command=command,
    )
    write(
        "cite.html",
        "cite.html",
        word("report.cite", language),
        data={
            entry["name"]: entry
            for page in pages
            for figure in page["figures"].values()
            for entry in figure["made"]["data"]
        }.values(),
        article=read_claims().article.citation,
        citation=CITATION,
        licence=LICENCE,
    )
    write("search.html", "search.html", word("report.search", language))
    entries = [entry for page in [*pages, *others] for entry in _search_entries(page)]
    (folder / "assets" / "search-index.js").write_text(
        f"const ENTRIES = {json.dumps(entries, ensure_ascii=False, indent=0)};\n", "utf-8"
    )


def _order(key: tuple[str, str]) -> int:
    """Return the rank of a verdict."""
    return VERDICTS.index(key[0])


def _make_exporter(folder: Path, language: str, targets: Mapping[str, str]) -> HTMLExporter:
    """Make nbconvert's exporter with our templates, in which all text is escaped by default."""
    exporter = HTMLExporter(
        extra_template_basedirs=[str(SITE.parent)],
        template_name=SITE.name,
        template_file="notebook.html",
        exclude_anchor_links=True,
    )
    pictures = ExtractOutputPreprocessor(extract_output_types={"image/png"})
    exporter.register_preprocessor(pictures, enabled=True)
    tables = itertools.count(1)

    def prose(markdown: str) -> str:
        """Turn Markdown into clean HTML; links lead to the pages of this report."""
        text = re.sub(
            r'<img [^>]*?alt="([^"]*)"[^>]*>', r"\1", exporter.markdown2html({}, markdown)
        )
        text = re.sub(
            r'(?s)<a(?: href="([^"]*)")?>(.*?)</a>',
            lambda link: _retarget(link[1], link[2], targets),
            CLEANER.sanitize_html_tags(text),
        )
        return re.sub(
            r"(?s)<table>.*?</table>", lambda found: table(found[0], f"Table {next(tables)}"), text
        )

    def table(text: str, label: str) -> str:
        """Turn a table into one that scrolls in a frame and that a screen reader can follow."""
        text = re.sub(r"(?s)<style\b.*?</style>|</?div\b[^>]*>", "", text)
        text = _mark_cells(CLEANER.sanitize_html_tags(text))
        label = html.escape(label)
        return f'<div class="table" role="group" aria-label="{label}" tabindex="0">{text}</div>'

    exporter.register_filter("prose", prose)
    exporter.register_filter("table", table)
    exporter.environment.autoescape = True
    exporter.environment.globals.update(
        language=language,
        generator=GENERATOR,
        say=lambda name, /, **given: word(f"report.{name}", language, **given),
        bytes_of=lambda path: f"{(folder / path).stat().st_size / 1000:.0f} kB",
    )
    return exporter


def _retarget(href: str | None, text: str, targets: Mapping[str, str]) -> str:
    """Return a link outside, to a page of the report, or for any other file its text alone."""
    path, hash_, part = (href or "").partition("#")
    if href and path and not re.match(r"https?://", href):
        target = targets.get(path.rpartition("/")[2])
        href = target and target + hash_ + part
    return f'<a href="{href}">{text}</a>' if href else text


def _mark_cells(table: str) -> str:
    """Name the heads of columns and rows, and mark the cells that are numbers."""
    table = re.sub(r"<th([^>]*)></th>", r"<td\1></td>", table)
    head, body, rest = table.partition("<tbody>")
    number = r"<td>(\s*[-+−]?[\d.,\s]*\d%?\s*)</td>"
    rest = re.sub(number, r'<td class="number">\1</td>', rest)
    head, rest = (
        re.sub(r"<th\b", f'<th scope="{scope}"', part)
        for part, scope in ((head, "col"), (rest, "row"))
    )
    return head + body + rest


def _make_page(
    exporter: HTMLExporter,
    name: str,
    notebook: Any,
    figures: dict[str, dict[str, Any]],
    folder: Path,
) -> Page:
    """Render a notebook, and write the pictures in it of which no file was saved."""
    captions = tuple(c for f in figures.values() if (c := f["numbers"].get("caption")))
    shown = []
    heading = name
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = (re.findall(r"(?m)^#+ +(.+)$", cell.source) or [heading])[-1]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            stem = output.get("metadata", {}).get("govlib", {}).get("figure")
            if stem in figures:
                shown.append(stem)
                output.data = {}
            elif "image/png" in data:
                output.metadata["heading"] = heading
            elif captions and data.get("text/markdown", "").startswith(captions):
                output.data = {}  # the figure has its caption below it
    resources = {
        "unique_key": name,
        "output_files_dir": "figures",
        "figures": figures,
        "left": [figure for stem, figure in figures.items() if stem not in shown],
    }
    body, found = exporter.from_notebook_node(notebook, resources)
    for path, content in found["outputs"].items():
        (folder / path).write_bytes(content)
    body = _name_headings(body.replace("<pre>", '<pre tabindex="0">'))
    heads = re.findall(r'(?s)<h([12]) id="([^"]+)">(.*?)</h\1>', body)
    return {
        "name": name,
        "href": f"{name}.html",
        "number": int(name[:2]) if name[:2].isdigit() else "",
        "title": next((_strip(text) for level, _, text in heads if level == "1"), name),
        "parts": [(part, _strip(text)) for level, part, text in heads if level == "2"],
        "figures": figures,
        "body": body,
    }


def _name_headings(body: str) -> str:
    """Give each heading an id made of its words, no two the same."""
    taken = Counter[str]()

    def name(head: re.Match[str]) -> str:
        base = re.sub(r"\W+", "-", _strip(head[2]).casefold()).strip("-") or "part"
        taken[base] += 1
        found = base if taken[base] == 1 else f"{base}-{taken[base]}"
        return f'<h{head[1]} id="{found}">{head[2]}</h{head[1]}>'

    return re.sub(r"(?s)<h(\d)>(.*?)</h\1>", name, body)


def _strip(text: str) -> str:
    """Return the words of HTML in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


def _search_entries(page: Page) -> Iterator[dict[str, str]]:
    """Give what a search finds on a page, code and provenance left out: an entry a heading."""
    text = re.sub(r'(?s)<details\b.*?</details>|<p class="downloads">.*?</p>', "", page["body"])
    text = re.sub(r'<img\b[^>]*?\balt="([^"]*)"[^>]*>', r"<p>\1</p>", text)
    text = re.sub(r"(</(?:td|th|p|li|h\d|pre|figcaption)>)", r"\1 ", text)
    found = {"href": page["href"], "title": page["title"], "heading": page["title"]}
    for part in re.split(r"(?=<h[1-3] id=)", text):
        head = re.match(r'(?s)<h([1-3]) id="([^"]+)">(.*?)</h\1>', part)
        if head:
            href = page["href"] if head[1] == "1" else f"{page['href']}#{head[2]}"
            found = found | {"href": href, "heading": _strip(head[3])}
        words = _strip(part[head.end() :] if head else part)
        if head or words:
            yield found | {"text": words}


def _list_claims(pages: Sequence[Page], language: str) -> list[dict[str, Any]]:
    """Return the rows of the ledger, each with the pages that look at it."""
    tables = {
        page["href"]: [
            row for f in page["figures"].values() for row in f["numbers"].get("claims", [])
        ]
        for page in pages
    }
    claims = tables.pop(f"{LEDGER}.html", [])
    return [
        row
        | {
            "word": word(f"verdict.{row['verdict']}", language),
            # A page about all claims says nothing about one.
            "pages": [
                href
                for href, rows in tables.items()
                if row["claim"] in (ids := {other["claim"] for other in rows})
                and len(ids) < len(claims)
            ],
        }
        for row in claims
    ]


def _without_paths(notebook: Any) -> Any:
    """Remove what differs between machines and runs.

    Papermill's record names folders, and the cell that it injects has a random id.
    """
    for part in [notebook, *notebook.cells]:
        part.metadata.pop("papermill", None)
        if "injected-parameters" in part.metadata.get("tags", []):
            part.id = "given"
    return notebook
