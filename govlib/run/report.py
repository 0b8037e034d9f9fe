"""The report: the executed notebooks as pages that open from disk, without a network."""

import glob
import html
import itertools
import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import nbformat
from nbconvert import HTMLExporter
from nbconvert.preprocessors import ExtractOutputPreprocessor
from nbconvert.preprocessors.sanitize import SanitizeHTML
from PIL import Image

from govlib import __version__
from govlib.claims.ledger import VERDICTS
from govlib.claims.ledger import read as read_claims
from govlib.datasets import economies, wgi
from govlib.errors import BadParameter, UnknownName
from govlib.i18n import text as word
from govlib.project import UNFINISHED, project_folder, replace_file
from govlib.publish.metadata import read_metadata
from govlib.publish.provenance import CITATION, LICENCE, rebuild_command, shell_command
from govlib.run import notebooks as runs
from govlib.run.parameters import REGIONS
from govlib.stats._tables import DIMENSIONS

LEDGER = "07-claims"  # the notebook whose claims are listed on the first page
MARKER = '<meta name="generator" content="govlib '
SITE = Path(__file__).with_name("site")

# The elements of a drawing: scripts, styles and what would be loaded have no part in a page.
SHAPES = {"svg", "g", "defs", "use", "path", "circle", "rect", "clipPath", "pattern", "title"}

# The files of a figure, in the order in which they are offered.
KINDS = ("pdf", "svg", "png", "eps", "tiff", "csv", "json", "md")

# What Markdown and tables may become; any other markup is shown as the text that it is.
TAGS = "h1 h2 h3 h4 h5 h6 p br hr blockquote ul ol li table caption thead tbody tfoot tr th td a b"
TAGS += " strong i em del sub sup code pre div span"
SPANS = ["colspan", "rowspan"]
ATTRIBUTES = {"a": ["href"], "th": SPANS, "td": SPANS, "div": ["class"], "span": ["class"]}
TITLE = "{http://www.w3.org/2000/svg}title"
HEADING = re.compile(r'(?s)<h([1-3]) id="([^"]+)">(.*?)</h\1>')

Figures = dict[str, dict[str, Any]]
Page = dict[str, Any]
Result = tuple[Any, Figures, str]  # an executed notebook, what it saved, its name


def build_report(
    parameters: Mapping[str, Any],
    *,
    notebooks: Sequence[str] = (),
    output: str | Path = "build/report",
    tell: Callable[[str], None] = lambda line: None,
) -> Path:
    """Run the notebooks, write the report of their results, and return its first page.

    It replaces an earlier one once it is complete. Of the notebooks, by default all but the
    explorer, those that `plan_runs` skips are named on the first page. `output` is a folder, new,
    empty or an earlier report. `tell` is given each notebook's name.

    Raises UnknownName, BadParameter and FailedRun as `plan_runs` (before any notebook is run) and
    `run_notebook`; BadParameter also if something else is in the folder, or `figures_dir` is given.
    """
    place = Path.cwd() / output
    for left in place.parent.glob(f".{glob.escape(place.name)}.*{UNFINISHED}"):  # of a killed run
        if not place.exists() and (left / "old").exists():
            os.replace(left / "old", place)
        shutil.rmtree(left)
    start = place / "index.html"
    earlier = start.is_file() and MARKER in start.read_text("utf-8", errors="replace")[:2000]
    if place.exists() and not earlier and not (place.is_dir() and not any(place.iterdir())):
        raise BadParameter(
            f"{place} is not a report and would be replaced; name a new or empty folder, or an "
            "earlier report, with --output."
        )
    if "figures_dir" in parameters:
        raise BadParameter("figures_dir: a report keeps its figures in its own folder; leave it.")
    plan, reasons = runs.plan_runs(notebooks, {"figures_dir": "build/figures", **parameters})
    values = {notebook: runs.read_parameters(notebook) | given for notebook, given in plan}
    folders = {one: runs.find_output(one, v, "build/figures").parent for one, v in values.items()}
    for path in itertools.chain(*(folder.glob("*.*") for folder in set(folders.values()))):
        path.unlink()  # figures of an earlier run
    results: list[Result] = []
    for notebook, given in plan:
        tell(notebook.name)
        executed = nbformat.read(runs.run_notebook(notebook, given), as_version=4)
        results.append((executed, _read_figures(folders[notebook], notebook), notebook.stem))
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(UNFINISHED, f".{place.name}.", place.parent) as beside:
        old, new = Path(beside, "old"), Path(beside, "new")
        command = shell_command("govlib", "report", *notebooks, parameters=parameters)
        about = {"reasons": reasons, "command": command}
        _write_site(new, results, next(iter(values.values())), about)
        if place.exists():
            os.replace(place, old)
        os.replace(new, place)
    return start


def write_contact_sheet(folder: Path, page: Path) -> Path:
    """Write a Markdown page with a thumbnail of every figure in a folder; return the page.

    The `page` is a file in the folder or above it. Raises UnknownName if there is no figure in the
    folder, BadFile if one does not say how it was made.
    """
    images = sorted(folder.glob("*.png"))
    if not images:
        raise UnknownName(f"{folder} holds no figure (PNG). Make them with: govlib run")
    figures = []
    for image in images:
        near = quote(image.relative_to(page.parent).as_posix())[:-3]
        with Image.open(image) as opened:
            across, down = opened.info.get("dpi", (96, 96))
            size = opened.width / across, opened.height / down  # in inches
        about = {"stem": image.stem, "near": near, "size": size, "files": _files_of(image)}
        figures.append(read_metadata(image) | about)
    template = _make_exporter({}).environment.get_template("contact-sheet.md")
    replace_file(page, f"{template.render(figures=figures)}\n".encode())
    return page


def _read_figures(folder: Path, notebook: Path) -> Figures:
    """Read the figures that are named after a notebook, by stem."""
    figures: Figures = {}
    defaults = runs.read_parameters(notebook)
    for drawing in sorted(folder.glob(f"{notebook.stem}*.svg"), key=lambda path: path.stem):
        if f"{drawing.stem}-".startswith(f"{notebook.stem}-"):
            numbers = json.loads(drawing.with_suffix(".json").read_text("utf-8"))
            figures[drawing.stem] = {
                "stem": drawing.stem,
                "files": _files_of(drawing),
                "svg": _inline(drawing),
                "numbers": numbers,
                "command": rebuild_command(numbers["made_with"], defaults=defaults),
            }
    return figures


def _inline(path: Path) -> str:
    """Return an SVG as part of a page: looks as attributes, which the page's policy allows."""
    root = ElementTree.fromstring(path.read_bytes())
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] not in SHAPES or (child.tag, parent) == (TITLE, root):
                parent.remove(child)
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
        given = {name.rpartition("}")[2]: value for name, value in node.attrib.items()}
        looks = (part.partition(":") for part in given.pop("style", "").split(";"))
        given |= {name.strip(): value.strip() for name, _, value in looks if value}
        node.attrib.clear()
        for name, value in given.items():  # figures on one page have ids of their own
            if name == "id":
                node.set(name, f"{path.stem}-{value}")
            elif name != "href" and not name.lower().startswith("on"):
                node.set(name, value.replace("url(#", f"url(#{path.stem}-"))
            elif name == "href" and value.startswith("#"):
                node.set(name, f"#{path.stem}-{value[1:]}")
    for name in ("width", "height", "role", "version", "lang"):
        root.attrib.pop(name, None)
    return ElementTree.tostring(root, encoding="unicode")


def _files_of(image: Path) -> list[Path]:
    """Return the files of a figure, in the order of `KINDS`."""
    files = [image.with_suffix(f".{kind}") for kind in KINDS]
    return [path for path in files if path.is_file()]


def _write_site(folder: Path, results: list[Result], values: Page, about: Page) -> None:
    """Write all pages and what they need."""
    shutil.copytree(SITE, folder / "assets", ignore=shutil.ignore_patterns("*.html", "*.md"))
    for name in ("figures", "notebooks"):
        (folder / name).mkdir()
    language = values.get("language", "en")
    texts = sorted((project_folder() / "docs").glob("*.md"))
    targets = {path.name: f"{path.stem}.html" for path in texts}
    exporter = _make_exporter(targets | {f"{name}.ipynb": f"{name}.html" for *_, name in results})
    exporter.environment.globals.update(
        language=language,
        generator=f"govlib {__version__}",
        say=lambda name, /, **given: word(f"report.{name}", language, **given),
        verdicts={verdict: word(f"verdict.{verdict}", language) for verdict in VERDICTS},
        interval_of=_interval,
        bytes_of=lambda path: f"{(folder / path).stat().st_size / 1000:.0f} kB",
    )
    notebooks = []
    for notebook, figures, name in results:
        for part in [notebook, *notebook.cells]:  # papermill's record names folders
            part.metadata.pop("papermill", None)
            if "injected-parameters" in part.metadata.get("tags", []):
                part.id = "given"
        nbformat.write(notebook, folder / "notebooks" / f"{name}.ipynb")
        for path in itertools.chain(*(figure["files"] for figure in figures.values())):
            shutil.copyfile(path, folder / "figures" / path.name)
        notebooks.append(_make_page(exporter, notebook, figures, name, folder))
    cells = [nbformat.v4.new_markdown_cell(path.read_text("utf-8")) for path in texts]
    documents = [
        _make_page(exporter, nbformat.v4.new_notebook(cells=[cell]), {}, path.stem, folder)
        for path, cell in zip(texts, cells, strict=True)
    ]
    shown = [figure for page in notebooks for figure in page["figures"].values()]
    used = [entry for figure in shown for entry in figure["numbers"]["made_with"]["data"]]
    name = economies.names(language)[values["economy"]]
    common = about | {
        "notebooks": notebooks,
        "documents": documents,
        "subtitle": word("report.subtitle", language, name=name, edition=values["edition"]),
        "claims": next((page["claims"] for page in notebooks if page["name"] == LEDGER), {}),
        "figure": shown[0] if shown else None,
        "data": {entry["name"]: entry for entry in used},
        "article": read_claims().article,
        "citation": CITATION,
        "licence": LICENCE,
    }
    pages = [*notebooks, *documents]
    entries = [entry for page in pages for entry in _search_entries(page)]
    for key, stem in {"title": "index", "cite": "cite", "search": "search"}.items():
        pages.append({"href": f"{stem}.html", "title": word(f"report.{key}", language)})
    for page in pages:
        source = "page.html" if "body" in page else page["href"]
        text = exporter.environment.get_template(source).render(page | common, page=page)
        (folder / page["href"]).write_text(f"{text}\n", "utf-8")
    for name, given, stem in [
        ("ENTRIES", entries, "search-index"),
        ("EDITION", _edition_data(values), "edition"),
    ]:
        script = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
        (folder / "assets" / f"{stem}.js").write_text(f"const {name} = {script};\n", "utf-8")


def _edition_data(values: Page) -> Page:
    """Return what the page's picker draws: an edition in hundredths, as a reader is shown it."""
    language, edition = values.get("language", "en"), values["edition"]
    table = wgi.ranked(edition)
    years = sorted(set(table["year"]))
    year = values.get("last_year", years[-1])
    kept = ["estimate", "estimate_lower", "estimate_upper", "position"]
    table[kept[:3]] = 100 * table[kept[:3]]
    table[kept] = table[kept].round().astype("Int64")
    series: dict[str, dict[str, Any]] = {}
    for (economy, dimension), rows in table.groupby(["economy", "dimension"], observed=True):
        columns = rows.set_index("year")[kept].reindex(years)
        if columns["estimate"].notna().any():
            numbers = columns.T.to_json(orient="values")
            series.setdefault(str(economy), {})[str(dimension)] = json.loads(numbers)
    names, groups = economies.names(language), economies.groups()
    members = {key: list(rows["economy"]) for key, rows in groups.groupby("group", sort=False)}
    titles = groups.set_index("group")["title"].str.split(" (", regex=False).str[0].to_dict()
    # The article's country has the article's peers, another one those of its region.
    first = ["article"] if values["economy"] == read_claims().article.economy else REGIONS
    return {
        "year": year if year in years else years[-1],
        "years": years,
        "economy": values["economy"],
        "names": {code: names.get(code, code) for code in series},
        "dimensions": {code: word(f"dimension.{code}", language) for code in DIMENSIONS},
        "titles": titles,
        "members": members,
        "group": next((key for key in [*first, *members] if values["economy"] in members[key]), ""),
        "series": series,
        "comma": language in ("ru", "kk"),
    }


def _interval(row: Page) -> dict[str, float] | None:
    """Place a claim's printed range and recomputed interval on a line from 0 to 100."""
    ends = ["article_lower", "article_upper", "value", "lower", "upper"]
    known = {end: float(row[end]) for end in ends if row.get(end) is not None}
    if len(set(known.values())) < 2 or "value" not in known or not {*ends[:2]} & {*known}:
        return None
    low, high = min(known.values()), max(known.values())
    placed = {end: round(6 + 88 * (value - low) / (high - low), 1) for end, value in known.items()}
    # "Up" or "at least" is open to one side, and so is the bar.
    return {"article_lower": 0, "article_upper": 100} | placed


def _make_exporter(targets: Mapping[str, str]) -> HTMLExporter:
    """Make nbconvert's exporter with our templates, which escape all text unless told not to.

    Their filters make clean HTML of Markdown and of tables; `targets` are pages by file.
    """
    exporter = HTMLExporter(
        extra_template_basedirs=[str(SITE.parent)],
        template_name=SITE.name,
        template_file="notebook.html",
        exclude_anchor_links=True,
    )
    exporter.environment.autoescape = True
    exporter.environment.trim_blocks = True
    exporter.register_preprocessor(ExtractOutputPreprocessor(), enabled=True)
    cleaner = SanitizeHTML(tags=TAGS.split(), attributes=ATTRIBUTES)
    numbers = itertools.count(1)

    def link(found: re.Match[str]) -> str:
        """Lead to a page of the report or outside; a link to another file is its text."""
        path, hash_, part = (found[1] or "").partition("#")
        if path and not re.match("https?:", path):
            path = targets.get(path.rpartition("/")[2], "")
            part = part if path else ""
        return f'<a href="{path}{hash_}{part}">{found[2]}</a>' if path or part else found[2]

    def table(text: str, label: str) -> str:
        """Make a table that scrolls in a frame and that a screen reader can follow."""
        text = re.sub(r"(?s)<style\b.*?</style>|</?div\b[^>]*>", "", text)
        text = re.sub(r"<th([^>]*)></th>", r"<td\1></td>", cleaner.sanitize_html_tags(text))
        text = re.sub(r"<td>(\s*[-+−]?[\d.,\s]*\d%?\s*)</td>", r'<td class="number">\1</td>', text)
        head, body, rest = text.partition("<tbody>")
        head = re.sub(r"<th\b", '<th scope="col"', head)
        text = head + body + re.sub(r"<th\b", '<th scope="row"', rest)
        label = html.escape(label)
        return f'<div class="table" role="group" aria-label="{label}" tabindex="0">{text}</div>'

    def prose(source: str) -> str:
        """Make HTML of Markdown, with images as their description."""
        text = exporter.markdown2html({}, source)
        text = re.sub(r'<img [^>]*?alt="([^"]*)"[^>]*>', r"\1", text)
        text = cleaner.sanitize_html_tags(text)
        text = re.sub(r'(?s)<a(?: href="([^"]*)")?>(.*?)</a>', link, text)
        label = (f"Table {number}" for number in numbers)
        return re.sub(r"(?s)<table>.*?</table>", lambda t: table(t[0], next(label)), text)

    exporter.register_filter("prose", prose)
    exporter.register_filter("table", table)
    return exporter


def _make_page(
    exporter: HTMLExporter, notebook: Any, figures: Figures, name: str, folder: Path
) -> Page:
    """Render a notebook, and write the pictures in it of which no file was saved."""
    captions = tuple(c for f in figures.values() if (c := f["numbers"].get("caption")))
    left, heading, answer = dict(figures), name, ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = (re.findall(r"(?m)^#+ +(.+)$", cell.source) or [heading])[-1]
        for output in cell.get("outputs", []):
            said = output.get("data", {}).get("text/markdown", "")
            if cell.id == "answer":  # the sentences that a notebook computes
                answer += f" {said}"
            if left.pop(output.get("metadata", {}).get("govlib", {}).get("figure"), None):
                output.data = {}
            elif "image/png" in output.get("data", {}):
                output.metadata["heading"] = heading
            elif captions and said.startswith(captions):
                output.data = {}  # the figure has its caption below it
    resources = {"unique_key": name, "output_files_dir": "figures", "figures": figures}
    body, found = exporter.from_notebook_node(notebook, resources | {"left": left})
    for path, content in found["outputs"].items():
        (folder / path).write_bytes(content)
    taken = Counter[str]()

    def give_id(head: re.Match[str]) -> str:
        base = re.sub(r"\W+", "-", _strip(head[2]).casefold()).strip("-") or "part"
        taken[base] += 1
        found = base if taken[base] == 1 else f"{base}-{taken[base]}"
        return f'<h{head[1]} id="{found}">{head[2]}</h{head[1]}>'

    body = re.sub(r"(?s)<h(\d)>(.*?)</h\1>", give_id, body.replace("<pre>", '<pre tabindex="0">'))
    heads = [(level, part, _strip(text)) for level, part, text in HEADING.findall(body)]
    listed = itertools.chain(*(f["numbers"].get("claims", []) for f in figures.values()))
    return {
        "name": name,
        "short": notebook.metadata.get("title")
        or re.sub(r"^\d+-", "", name).replace("-", " ").capitalize(),
        "answer": " ".join(re.sub(r"[*_`]|<br>", " ", answer).split()),
        "href": f"{name}.html",
        "number": int(name[:2]) if name[:2].isdigit() else "",
        "title": next((text for level, _, text in heads if level == "1"), name),
        "parts": [(part, text) for level, part, text in heads if level == "2"],
        "figures": figures,
        "claims": {row["claim"]: row for row in listed},
        "body": body,
    }


def _strip(text: str) -> str:
    """Return the text of HTML in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


def _search_entries(page: Page) -> Iterator[dict[str, str]]:
    """Give what a search finds on a page, an entry a heading; code and provenance left out."""
    text = re.sub(r'(?s)<details\b.*?</details>|<p class="downloads">.*?</p>', "", page["body"])
    named = r"""(?s)<div\b[^>]*aria-label=(["'])((?:(?!\1).)*)\1[^>]*>\s*<svg.*?</svg>"""
    text = re.sub(named, r"<p>\2</p>", text)
    text = re.sub(r"(</(?:td|th|p|li|h\d|pre|figcaption)>)", r"\1 ", text)
    found = {"href": page["href"], "title": page["title"], "heading": page["title"]}
    for part in re.split(r"(?=<h[1-3] id=)", text):
        head = HEADING.match(part)
        if head:
            href = page["href"] if head[1] == "1" else f"{page['href']}#{head[2]}"
            found = found | {"href": href, "heading": _strip(head[3])}
        words = _strip(part[head.end() :] if head else part)
        if head or words:
            yield found | {"text": words}
