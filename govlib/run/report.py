"""The report: the executed notebooks as pages that open from disk, without a network."""

import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from govlib import __version__
from govlib.claims.ledger import VERDICTS, read
from govlib.datasets.economies import names as economy_names
from govlib.project import figures_folder, project_folder
from govlib.errors import BadParameter
from govlib.i18n import read_words, text
from govlib.publish.provenance import (
    CITATION,
    LICENCE,
    describe_result,
    find_notebook,
    rebuild_command,
)
from govlib.run.notebooks import (
    find_notebooks,
    leave_out_uncovered,
    plan_runs,
    read_parameters,
    run_notebook,
)
from govlib.run.report_figures import read_figures
from govlib.run.report_pages import Page, document_page, notebook_page, search_entries
from govlib.run.report_text import slug

LEDGER = "07-claims"
"""The notebook whose statements stand on the first page."""

EXPLORER = "00-"
"""Notebooks so numbered are for exploring: their widgets need a kernel."""

GENERATOR = f"govlib {__version__}"
MARKER = '<meta name="generator" content="govlib '
SITE = Path(__file__).with_name("site")


def build_report(
    parameters: Mapping[str, Any],
    *,
    notebooks: Sequence[str] = (),
    output: str | Path = "build/report",
    tell: Callable[[str], None] = lambda line: None,
) -> Path:
    """Run the notebooks and write the report of their results.

    The report is built beside its place and takes it once it is complete: after a failure the
    earlier one stands as it was.

    Parameters
    ----------
    parameters : mapping
        What differs from the notebooks' defaults, as `run_notebook` takes it.
    notebooks : sequence of str
        As `find_notebooks` takes them. By default all but those for exploring; of these, the ones
        whose survey is not held are left out and named on the first page.
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
        As `plan_runs`, before any notebook is run; or if the folder holds something else, or a
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
    # What is not a notebook's own goes to all: a name that none accepts is refused here.
    plan = plan_runs(chosen, {"figures_dir": "build/figures", **parameters})
    values = {notebook: read_parameters(notebook) | given for notebook, given in plan}
    folders = {notebook: _folder_of(values[notebook]) for notebook in values}
    for folder in set(folders.values()):
        for path in folder.glob("*.*"):  # nothing of an earlier run is taken for this one's
            path.unlink()
    executed = {}
    for notebook, given in plan:
        tell(notebook.name)
        executed[notebook] = run_notebook(notebook, given)
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
    try:
        results = [
            {"values": values[notebook], "executed": executed[notebook], "figures": figures}
            for notebook in executed
            for figures in [_figures_of(notebook, folders[notebook], values[notebook])]
        ]
        _write_site(
            beside,
            results,
            reasons={path.stem: why for path, why in reasons.items()},
            command=_command(parameters, notebooks),
        )
        beside.chmod(0o755)
        _take_place(beside, place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return place / "index.html"


def _folder_of(values: Mapping[str, Any]) -> Path:
    """Return the folder that a run with these parameters saves its figures in."""
    profile = values.get("profile", "paper")
    return project_folder() / figures_folder(values) / ("" if profile == "paper" else profile)


def _check_place(place: Path) -> None:
    """Refuse to replace a folder that is not a report."""
    start = place / "index.html"
    if place.is_dir() and (not any(place.iterdir()) or start.is_file()):
        if not start.is_file() or MARKER in start.read_text("utf-8", errors="replace")[:2000]:
            return
    elif not place.exists():
        return
    raise BadParameter(
        f"{place} is not a report and would be replaced; name a new or empty folder, or an "
        "earlier report, with --output."
    )


def _take_place(beside: Path, place: Path) -> None:
    """Rename a complete report to its place; the earlier one returns if that fails."""
    old = beside.with_name(f"{beside.name}.old")
    if place.exists():
        os.replace(place, old)
    try:
        os.replace(beside, place)
    except OSError:
        if old.exists():
            os.replace(old, place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _command(parameters: Mapping[str, Any], notebooks: Sequence[str]) -> str:
    """Write the command that makes this report anew."""
    given = {
        name: ",".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in parameters.items()
    }
    if not notebooks:
        return shlex.join(["make", "report", *(f"{k.upper()}={v}" for k, v in given.items())])
    options = [text for k, v in given.items() for text in (f"--{k.replace('_', '-')}", v)]
    return shlex.join(["govlib", "report", *notebooks, *options])


def _figures_of(notebook: Path, folder: Path, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Read the figures that a notebook saved, each with what it was made with."""
    figures = [f for f in read_figures(folder) if find_notebook(f["stem"]) == notebook.stem]
    first = figures[0]["numbers"] if figures else {}
    for figure in figures:
        numbers = figure["numbers"]
        made = numbers.get("made_with") or describe_result(
            figure["stem"],
            parameters=numbers.get("parameters", values),
            data=numbers.get("data", first.get("data")),
        )
        command = rebuild_command(made, defaults=read_parameters(notebook))
        figure |= {"made": made, "command": command}
    return figures


def _write_site(
    folder: Path,
    results: Sequence[Mapping[str, Any]],
    *,
    reasons: Mapping[str, str],
    command: str,
) -> None:
    """Write all pages and what they need."""
    values = results[0]["values"]
    language = values.get("language", "en")
    for part in ("figures", "notebooks", "assets"):
        (folder / part).mkdir()
    for path in SITE.glob("*.[cj]s*"):
        shutil.copyfile(path, folder / "assets" / path.name)
    notebooks = []
    for result in results:
        name = result["executed"].stem
        notebook = _without_paths(json.loads(result["executed"].read_text("utf-8")))
        (folder / "notebooks" / f"{name}.ipynb").write_text(
            json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", "utf-8"
        )
        for figure in result["figures"]:
            for path in figure["files"]:
                shutil.copyfile(path, folder / "figures" / path.name)
        page = notebook_page(notebook, result["figures"], folder, name=name, language=language)
        number = int(name[:2]) if name[:2].isdigit() else ""
        notebooks.append(page | {"name": name, "number": number, "figures": result["figures"]})
    documents = _documents([page["name"] for page in notebooks])
    claims = _claims(notebooks, language)
    write = _writer(folder, language, notebooks, documents, values)
    write(
        "index.html",
        "index.html",
        text("report.title", language),
        claims=claims,
        counts=_counts(claims),
        figure=next((f for p in notebooks for f in p["figures"]), None),
        reasons=reasons,
        command=command,
    )
    for page in notebooks:
        write("notebook.html", page["href"], page["title"], page=page)
    for page in documents:
        write("document.html", page["href"], page["title"], page=page)
    data = {
        entry["name"]: entry
        for page in notebooks
        for figure in page["figures"]
        for entry in figure["made"]["data"]
    }
    write(
        "cite.html",
        "cite.html",
        text("report.cite", language),
        data=list(data.values()),
        article=read()["article"]["citation"],
        citation=CITATION,
        licence=LICENCE,
    )
    write("search.html", "search.html", text("report.search", language))
    entries = [entry for page in [*notebooks, *documents] for entry in search_entries(page)]
    (folder / "assets" / "search-index.js").write_text(
        f"const ENTRIES = {json.dumps(entries, ensure_ascii=False, indent=0)};\n", "utf-8"
    )


def _writer(
    folder: Path,
    language: str,
    notebooks: Sequence[Page],
    documents: Sequence[Page],
    values: Mapping[str, Any],
) -> Callable[..., None]:
    """Return a function that writes one page from a template."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SITE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = read_words()["report"]

    def say(name: str, /, **given: object) -> str:
        return text(f"report.{name}", language, **given) if name in words else name

    environment.globals |= {
        "say": say,
        "language": language,
        "notebooks": notebooks,
        "documents": documents,
        "generator": GENERATOR,
        "subtitle": say(
            "subtitle",
            name=economy_names(language)[values["economy"]],
            edition=values["edition"],
        ),
        "slug": slug,
        "bytes_of": lambda path: f"{(folder / path).stat().st_size / 1000:.0f} kB",
    }

    def write(template: str, href: str, title: str, **given: Any) -> None:
        html = environment.get_template(template).render(href=href, title=title, **given)
        (folder / href).write_text(html + "\n", "utf-8")

    return write


def _documents(names: Sequence[str]) -> list[Page]:
    """Make pages of the project's documents; links lead to the pages of this report."""
    paths = sorted((project_folder() / "docs").glob("*.md"))
    targets = {path.name: f"{path.stem}.html" for path in paths}
    targets |= {f"{name}.ipynb": f"{name}.html" for name in names}
    return [document_page(path, targets) for path in paths]


def _claims(notebooks: Sequence[Page], language: str) -> list[dict[str, Any]]:
    """Return the statements of the ledger, each with the pages that look at it."""
    ledger = [f["numbers"] for page in notebooks if page["name"] == LEDGER for f in page["figures"]]
    claims: list[dict[str, Any]] = ledger[0]["claims"] if ledger else []
    held = {
        page["href"]: {
            row["claim"] for f in page["figures"] for row in f["numbers"].get("claims", [])
        }
        for page in notebooks
    }
    # A page about all statements says nothing about one.
    pages = {href: ids for href, ids in held.items() if len(ids) < len(claims)}
    return [
        row
        | {
            "word": text(f"verdict.{row['verdict']}", language),
            "pages": [href for href, ids in pages.items() if row["claim"] in ids],
        }
        for row in claims
    ]


def _counts(claims: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Count the verdicts, in the order of the ledger's."""
    found = []
    for verdict in VERDICTS:
        words = [row["word"] for row in claims if row["verdict"] == verdict]
        if words:
            found.append({"verdict": verdict, "word": words[0], "count": len(words)})
    return found


def _without_paths(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook without what differs between machines and runs.

    Papermill's record names folders, and the cell that it injects has an id by chance.
    """
    cells = []
    for cell in notebook["cells"]:
        metadata = {k: v for k, v in cell["metadata"].items() if k != "papermill"}
        injected = "injected-parameters" in metadata.get("tags", [])
        cells.append(cell | {"metadata": metadata} | ({"id": "given"} if injected else {}))
    metadata = {k: v for k, v in notebook["metadata"].items() if k != "papermill"}
    return notebook | {"cells": cells, "metadata": metadata}
