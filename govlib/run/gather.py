"""What the runs of a grid have given: all numbers as one table, all figures on one page."""

import base64
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from govlib.datasets.economies import names as economy_names
from govlib.project import project_folder

COLUMNS = {
    "edition": "int64",
    "economy": "str",
    "notebook": "str",
    "figure": "str",
    "name": "str",
    "row": "Int64",
    "column": "str",
    "number": "float64",
    "text": "str",
}
"""The columns of `collect_numbers` and their types."""

LEFT_OUT = ("made_with", "parameters", "data")
"""What the files of numbers say of their making: the same in every row, and in the file itself."""


def collect_numbers(records: Sequence[Path]) -> pd.DataFrame:
    """Gather the numbers that runs have written into one tidy table.

    Parameters
    ----------
    records : sequence of Path
        Records of runs, as `grid.plan_grid` names them; one that does not exist is passed over:
        the run has failed.

    Returns
    -------
    DataFrame
        One row per number or word, sorted by run: `edition`, `economy`, `notebook`, `figure` (stem
        of the file), `name` (such as ``estimates``), `row` and `column` (place in a table of that
        name; missing for a single one), `number` (missing for words) and `text`.
    """
    rows = []
    for record in records:
        for path in _files(record, ".json"):
            about = json.loads(record.read_text("utf-8"))
            head = {
                "edition": about["parameters"]["edition"],
                "economy": about["parameters"]["economy"],
                "notebook": about["notebook"],
                "figure": path.stem,
            }
            numbers = json.loads(path.read_text("utf-8"))
            for name, row, column, value in _leaves(numbers):
                number = isinstance(value, (int, float)) and not isinstance(value, bool)
                rows.append(
                    {
                        **head,
                        "name": name,
                        "row": row,
                        "column": column or None,
                        "number": value if number else None,
                        # CSV knows no difference between an empty word and none.
                        "text": None if number or value in (None, "") else str(value),
                    }
                )
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _leaves(numbers: Mapping[str, Any]) -> Iterator[tuple[str, int | None, str, Any]]:
    """Give each value of a file of numbers with its name, row and column."""
    for name, value in numbers.items():
        if name in LEFT_OUT:
            continue
        table = value if isinstance(value, list) else [value]
        for row, entry in enumerate(table):
            place = row if isinstance(value, list) else None
            for column, item in _flat(entry):
                yield name, place, column, item


def _flat(entry: Any, column: str = "") -> Iterator[tuple[str, Any]]:
    """Give the values in any nesting, with a column joined by dots."""
    pairs: list[tuple[Any, Any]] | None = None
    if isinstance(entry, Mapping):
        pairs = list(entry.items())
    elif isinstance(entry, list):
        pairs = list(enumerate(entry))
    if pairs is None:
        yield column, entry
        return
    for name, item in pairs:
        yield from _flat(item, f"{column}.{name}" if column else str(name))


def make_atlas(records: Sequence[Path], failures: Mapping[Path, str]) -> str:
    """Make a page with the figures of all runs, small, in a table that can be sorted.

    Parameters
    ----------
    records : sequence of Path
        As `collect_numbers`; in the order of the table.
    failures : mapping of Path to str
        Reasons of the runs that failed, by record.

    Returns
    -------
    str
        An HTML page that needs no other file and no network. Links lead to the figures beside it
        in the project: the page is meant for ``build/``.
    """
    import jinja2

    names = economy_names()
    rows = []
    for record in records:
        # build/2023/KAZ/, and below it folders of another language or profile
        edition, economy = record.relative_to(project_folder()).parts[1:3]
        about = {}
        if record.exists() and record not in failures:
            about = json.loads(record.read_text("utf-8"))
            edition, economy = (about["parameters"][name] for name in ("edition", "economy"))
        figures = [
            {"picture": _thumbnail(path), "place": _place(path), "stem": path.stem}
            for path in (_files(record, ".png") if about else [])
        ]
        captions = []
        for path in _files(record, ".json") if about else []:
            captions.append(json.loads(path.read_text("utf-8")).get("caption") or "")
        rows.append(
            {
                "economy": economy,
                "name": names.get(str(economy), ""),
                "edition": edition,
                "notebook": record.name.removesuffix(".run.json"),
                "figures": figures,
                "says": failures.get(record) or " ".join(captions),
                "failed": not about,
            }
        )
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = (Path(__file__).parent / "atlas.html").read_text("utf-8")
    return environment.from_string(template).render(rows=rows)


def _files(record: Path, suffix: str) -> list[Path]:
    """Return the files of a run with an ending, none if it is not recorded."""
    if not record.exists():
        return []
    files = json.loads(record.read_text("utf-8"))["files"]
    return [project_folder() / name for name in files if name.endswith(suffix)]


def _thumbnail(path: Path) -> str:
    """Return a picture, 240 pixels wide, as the address of an image."""
    from PIL import Image

    with Image.open(path) as picture:
        small = picture.convert("RGB")
        small.thumbnail((240, 240), Image.Resampling.LANCZOS)
        content = io.BytesIO()
        small.quantize(64).save(content, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def _place(path: Path) -> str:
    """Return a link from the page in build/grid to a file of the project."""
    folder = project_folder()
    return f"../../{path.relative_to(folder).as_posix()}" if path.is_relative_to(folder) else ""
