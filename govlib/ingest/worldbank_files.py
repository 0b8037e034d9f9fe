"""Files of the Worldwide Governance Indicators as the World Bank publishes them.

A file is opened by its bytes, not by its name; each sheet is a list of rows of cells. The header
rows that are known are declared in ``worldbank.toml``: which columns name a row, and which have
values. What a column does not say of its values (dimension, year, measure) the row or the sheet
says, so that every sheet becomes one long table: a row per value, with the cell it is from.
"""

import datetime as dt
import hashlib
import io
import json
import math
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd

from govlib.datasets.economies import AGGREGATES, RENAMED_CODES
from govlib.datasets.economies import names as economy_names
from govlib.datasets.wgi import COLUMNS, DIMENSION_TYPE, MEASURES, RANGES
from govlib.errors import BadFile, BadParameter, BadTable
from govlib.ingest.editions import as_released, beyond_bounds, incomplete
from govlib.ingest.workbooks import (
    Row,
    cell_name,
    check_width,
    decode,
    named,
    no_table,
    open_workbook,
    read_bytes,
    split,
    unpack,
)
from govlib.stats._tables import DIMENSIONS, Z90

Headers = dict[str, list[int]]  # plain header -> its columns


class Layout(msgspec.Struct, forbid_unknown_fields=True):
    """A header row that the World Bank publishes; ``worldbank.toml`` says what the keys mean."""

    title: str
    keys: dict[str, list[str]]
    figures: dict[str, list[str]] | str
    years_above: bool = False
    optional: list[str] = []
    all_dimensions: bool = False
    all_rows: bool = False

    def __post_init__(self) -> None:
        """Write {d} out for each dimension."""
        if isinstance(self.figures, dict):
            self.figures = {
                what.format(d=d): [header.format(d=d) for header in headers]
                for d in DIMENSIONS
                for what, headers in self.figures.items()
            }


class _Declared(msgspec.Struct, forbid_unknown_fields=True):
    layout: list[Layout]
    also: dict[str, list[str]]
    suffixes: dict[str, str]
    names: dict[str, str]


_DECLARED = msgspec.toml.decode(
    Path(__file__).with_name("worldbank.toml").read_bytes(), type=_Declared
)
SUFFIXES = _DECLARED.suffixes
"""Measures by how the codes of series end."""

HEADER_ROWS = 60
"""How many rows from the top may be the header."""

FIRST_DAY = dt.date(1899, 12, 30).toordinal()

SERIES = re.compile(r"(?:WB_WGI_)?(GOV_WGI_)?(VA|PV|GE|RQ|RL|CC)(?:[._]([A-Z._]+))?")
YEAR = re.compile(r"(?:YR)?((?:19|20)\d\d)(?:\.0)?(?: *\[YR\1\])?")
NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)?|[.,]\d+)(e[+-]?\d+)?")
MISSING = {"", "..", ".", "#n/a", "n/a", "na", "nan", "null"}
FORMULA_ERROR = r"(?i:#(REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|N/A))"

OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
STATA = re.compile(rb"<stata_dta>|[\x68\x69\x6c\x6f\x71-\x73][\x01\x02]\x01\x00")

NAMED = re.compile(
    r"\b(?:governance indicators|WGI)\W+(?:the\W+)?(\d{4})\s+(?:update|edition|revision|release)\b",
    re.IGNORECASE,
)
DATED = re.compile(r"\blast updated\b.*?\b((?:19|20)\d\d)\b", re.IGNORECASE)

MARGIN = 0.3
"""How far two estimates, less or plus their intervals, must differ for their bounds to be compared:
a copy may have one decimal, and an edition may take 1.645 standard errors."""


def read_file(path: str | Path, edition: int | None = None) -> pd.DataFrame:
    """Read a file of the Worldwide Governance Indicators as the World Bank publishes it.

    The layout (docs/world-bank-files.md) is recognised by what is in the file, also inside a zip;
    columns and sheets may be in any order, those that are not of it are left out.

    Parameters
    ----------
    path : str or Path
        The file, or a zip with it.
    edition : int, optional
        Year of release; needed unless the file says it: where it is named ("Worldwide Governance
        Indicators, 2023 Update"), or by a date ("Last Updated", the time stamp of a Stata file)
        of the year after its last year. A later date does not say it: editions are revised.

    Returns
    -------
    DataFrame
        As `read_wgi`: one row per edition, economy, year and dimension that the file lists, with
        all columns; a measure that the file does not have is missing. Codes are today's;
        aggregates (World, regions) are left out, and so are years without any value.

    Raises
    ------
    BadFile
        If the file is of no known layout, a cell cannot be read without guessing (the error names
        sheet and cell), a row is repeated, rows or columns seem to be missing or mixed up, or the
        edition is neither given nor in the file, or contradicts it.
    BadParameter
        If `edition` is not a year of release.
    """
    return open_wgi_file(path, edition)[0]


def open_wgi_file(
    path: str | Path, edition: int | None = None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read a file as `read_file`, and describe it.

    Beside the table returns ``file`` (name), ``sha256``, ``layout`` (in words), ``edition_from``
    (how the edition is known), ``names`` (of economies by code, as far as the file has them) and
    ``left_out`` (sheets, columns, rows and years that were not read, in words).
    """
    check_edition(edition)
    path, left_out = Path(path), list[str]()
    with named(path.name, BadFile):
        content = read_bytes(path)
        try:
            table, notes = read_sheets(list(_open(content, left_out)), left_out)
            said, how = _find_edition(notes.statements, int(table["year"].max()), edition)
        except (BadFile, BadTable) as error:
            hidden = "; ".join(what for what in left_out if "hidden" in what)
            raise BadFile(
                f"{error} Hidden, and so not read: {hidden}." if hidden else str(error)
            ) from error
    table.insert(0, "edition", said)
    about: dict[str, Any] = {"file": path.name, "sha256": hashlib.sha256(content).hexdigest()}
    about |= {"edition_from": how, "layout": notes.layout}
    return as_released(table), about | {"names": notes.names, "left_out": notes.left_out}


def check_edition(edition: int | None) -> None:
    """Check that an edition is a year of release, or None; else BadParameter."""
    if edition is not None and edition not in range(1997, 2200):
        raise BadParameter(f"edition = {edition!r}: the year of release is needed, as 2026.")


# Opening a file: each sheet is its name and its rows of cells.

Sheets = Iterator[tuple[str, list[Row]]]


def _open(content: bytes, left_out: list[str]) -> Sheets:
    """Give the sheets of a file; append what is not read."""
    members = unpack(content) if content.startswith((b"PK\x03\x04", b"PK\x05\x06")) else {}
    if content.startswith(OLD_WORKBOOK) or {"content.xml", "xl/workbook.bin"} & set(members):
        raise BadFile(
            "the file is an .xls, .xlsb or .ods workbook, or one with a password: errors of "
            "formulas cannot be told from missing values in it. Save it as .xlsx without a "
            "password."
        )
    if STATA.match(content):
        yield from _open_stata(content)
    elif not content.startswith(b"PK"):
        text = decode(content, lossy=True)  # only names can have letters that are lost
        if text.lstrip()[:1] in "{[":
            yield from _read_answer(text, left_out)
        else:
            yield "", split(text, header=HEADER_ROWS)
    if "[Content_Types].xml" in members:
        sheets, hidden = open_workbook(content)
        left_out += hidden
        yield from ((sheet.name, sheet.rows) for sheet in sheets)
        members = {}
    for name, part in members.items():
        zipped = part.startswith(b"PK") and b"[Content_Types].xml" not in part
        table = part.startswith((b"PK\x03\x04", OLD_WORKBOOK)) or STATA.match(part)
        text_in_it = part and b"\0" not in part and not part.startswith(b"%PDF")
        if (table or text_in_it) and not zipped and not name.startswith("__MACOSX"):
            try:
                yield from ((sheet or name, rows) for sheet, rows in _open(part, left_out))
            except (BadFile, BadTable) as error:  # only the file with the data has to be whole
                left_out.append(f"file {name} ({error})")


def _open_stata(content: bytes) -> Sheets:
    """Give a Stata file as a sheet, after one that says when it was written."""
    from pandas.io.stata import StataReader

    try:
        reader: Any = StataReader(io.BytesIO(content))
        with reader:
            table: pd.DataFrame = reader.read()
            stamp = reader.time_stamp
    except (ValueError, LookupError, OSError, OverflowError, MemoryError, struct.error) as error:
        raise BadFile(f"the Stata file cannot be read ({error}); download it again.") from error
    yield "", [[f"Stata time stamp, last updated {stamp}"]]
    yield "", [list(table.columns), *table.astype(object).to_numpy().tolist()]


def _read_answer(text: str, left_out: list[str]) -> list[tuple[str, list[Row]]]:
    """Return an answer of the API's version 2 as a list; economies without a code by their name."""
    codes = {name: code for code, name in economy_names().items()} | _DECLARED.names
    rows: list[Row] = [["Country Name", "Country Code", "Indicator Code", "Year", "Value"]]
    nameless = dict[str, None]()
    try:
        header, entries = json.loads(text)
        date = [f"Last Updated: {header['lastupdated']}"]
        for entry in entries:
            name = entry["country"]["value"]
            if code := entry["countryiso3code"] or codes.get(name, ""):
                rows.append([name, code, entry["indicator"]["id"], entry["date"], entry["value"]])
            else:
                nameless[name] = None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise no_table(text) from error
    left_out += [f"rows of {name}, which have no code" for name in sorted(nameless)]
    return [("", [date]), ("", rows)]


# Cells.


def parse_series(text: str) -> tuple[str, str | None] | None:
    """Return dimension and measure of a code or name of a series, None if not of the WGI.

    Takes ``ge``, ``Government Effectiveness``, ``GOV_WGI_GE`` (no measure), ``GOV_WGI_GE.EST``,
    ``GOV_WGI_GE_EST`` and ``GE.EST``. The measure is "" if the WGI have it and govlib does not.
    """
    match = SERIES.fullmatch(text.strip().upper())
    if match:
        prefix, dimension, suffix = match.groups()
        if suffix is None:
            return dimension.lower(), None
        measure = SUFFIXES.get(suffix.replace("_", "."))
        return (dimension.lower(), measure or "") if prefix or measure else None
    dimension = _name_dimension(text)
    return (dimension, None) if dimension else None


def _plain(header: str) -> str:
    return re.sub(r"[^a-z0-9]", "", header.casefold())


def _name_dimension(text: str) -> str | None:
    """Return the dimension that a title or the name of a sheet is, if it is one."""
    plain = re.sub(r"\d", "", _plain(text))
    for dimension, name in DIMENSIONS.items():
        start = _plain(name.split(" and Absence")[0])
        # "PoliticalStabilityNoViolence", "Rule of Law, 1996-2022"; not a sentence about it
        if plain == dimension or (plain.startswith(start) and len(plain) < len(start) + 40):
            return dimension
    return None


def _parse_year(cell: Any) -> int | None:
    """Return the year that a cell is: 1996, "1996", "1996 [YR1996]", "YR1996" or a date."""
    if isinstance(cell, dt.date):
        # 2023 in a cell that is formatted as a date is a day of 1905.
        return cell.year if cell.year >= 1910 else cell.toordinal() - FIRST_DAY
    if isinstance(cell, (int, float)):
        return int(cell) if 1900 <= cell < 2100 and cell == int(cell) else None
    match = YEAR.fullmatch(cell.strip()) if isinstance(cell, str) else None
    return int(match[1]) if match else None


def _as_number(cell: Any) -> float:
    """Return a cell as a number: NaN where it is missing, infinity if it is not a number.

    No measure reaches a thousand, so that a single comma can only be a decimal one.
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return float(cell)
    if not isinstance(cell, str):
        return math.nan if cell is None else math.inf
    text = cell.strip().casefold().replace("\u2212", "-")
    if text in MISSING:
        return math.nan
    return float(text.replace(",", ".")) if NUMBER.fullmatch(text) else math.inf


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _text(row: Row) -> str:
    return " ".join(str(cell).strip() for cell in row if not _is_blank(cell))[:300]


# Header rows.


class Column(NamedTuple):
    """A column of values and what its header says of them."""

    column: int
    dimension: str | None
    year: int | None
    measure: str | None


class Found(NamedTuple):
    """A sheet of a layout: the row and columns of its header, the dimension of all of it."""

    sheet: str
    rows: list[Row]
    layout: Layout
    header: int
    keys: dict[str, int]
    columns: list[Column]
    dimension: str | None

    def cell(self, row: int, column: int) -> str:
        """Return where a cell is."""
        return cell_name(self.sheet, row, column)


def _at(head: Headers, headers: Sequence[str]) -> list[int]:
    """Return the columns of a header in any of its spellings, without case, blanks and signs."""
    return [
        column for header in dict.fromkeys(map(_plain, headers)) for column in head.get(header, [])
    ]


def _find_layout(sheet: str, rows: list[Row]) -> Found | None:
    """Find the header row of a known layout; None for a page of words.

    A sheet that is nearly of a layout, or has figures but no header, is an error.
    """
    nearest, best, heads = "", 0.5, list[Headers]()
    for place, row in enumerate(rows[:HEADER_ROWS]):
        head: Headers = {}
        for column, cell in enumerate(row):
            if isinstance(cell, str) and cell.strip():
                head.setdefault(_plain(cell), []).append(column)
        heads.append(head)
        # 'Code' may be next to the years, above the row of the measures.
        above = {plain: at for earlier in heads[-4:] for plain, at in earlier.items()}
        for layout in _DECLARED.layout if head else []:
            keys = above if layout.years_above else head
            absent = [headers[0] for headers in layout.keys.values() if not _at(keys, headers)]
            columns, lacking = _value_columns(layout, rows, place, head)
            if columns and not absent + lacking:
                return _describe(sheet, rows, place, layout, columns, keys)
            wanted = len(layout.keys) + max(len(layout.figures) - len(layout.optional), 1)
            share = 1 - len(absent + lacking) / wanted
            if columns and isinstance(layout.figures, dict) and share > best:
                best = share
                nearest = (
                    f"row {place + 1} looks like the header of the layout {layout.title!r}, but "
                    f"these are not in it: {', '.join(absent + lacking)}."
                )
    where = f"sheet {sheet}: " if sheet else ""
    if nearest:
        raise BadFile(f"{where}{nearest} Give the columns their published headers again.")
    figures = [
        row
        for row in rows
        if any(re.fullmatch("[A-Z]{3}", str(cell)) for cell in row)
        and sum(isinstance(n, float) and not n.is_integer() for n in row) > 2
    ]
    if len(rows) > 1 and (_name_dimension(sheet) or len(figures) >= 5):
        raise BadFile(
            f"{where}it is named after a dimension or has figures by country, but none of its rows "
            "is the header of a known layout (such as 'Code', 'Estimate', 'StdErr', ... below "
            "years). Give it that header, or take the sheet out."
        )
    return None


def _value_columns(
    layout: Layout, rows: list[Row], place: int, head: Headers
) -> tuple[list[Column], list[str]]:
    """Return the columns with values, and which are lacking, in words."""
    columns: list[Column] = []
    if isinstance(layout.figures, str):
        for column, cell in enumerate(rows[place]):
            code = re.search(r"\[([A-Z_.]+)\]$", str(cell).strip())
            series = parse_series(code[1]) if code else None
            if layout.figures == "years" and (year := _parse_year(cell)):
                columns.append(Column(column, None, year, None))
            elif layout.figures == "series" and series and series[1]:
                columns.append(Column(column, series[0], None, series[1]))
        return columns, []
    lacking = []
    for what, headers in layout.figures.items():
        dimension, measure = (None, None, *what.split())[-2:]
        at = _at(head, headers)
        columns += [Column(column, dimension, None, measure) for column in at]
        lacking += [headers[0]] if not at and what not in layout.optional else []
    return _add_years(rows, place, columns, lacking) if layout.years_above else (columns, lacking)


def _add_years(
    rows: list[Row], place: int, columns: list[Column], lacking: list[str]
) -> tuple[list[Column], list[str]]:
    """Give columns the years above them; a year may be above its first column only."""
    for row in reversed(rows[max(place - 3, 0) : place]):
        years = list[int | None]()
        for cell in row:
            # A cell that is neither blank nor a year ends the reach of the year before it.
            before = years[-1] if years and (cell is None or cell == "") else None
            years.append(_parse_year(cell) or before)
        years += [None] * len(rows[place])
        dated = [column._replace(year=years[column.column]) for column in columns]
        there = {(column.year, column.measure) for column in dated}
        if known := sorted({year for year, _ in there if year}):
            gone = ["a year above each column" for year, _ in there if not year]
            gone += [
                f"{column.measure} of {year}"
                for year in known
                for column in columns
                if (year, column.measure) not in there
            ]
            return dated, lacking or gone[:1]
    return columns, [*lacking, "a row of years above"]


def _describe(
    sheet: str, rows: list[Row], place: int, layout: Layout, columns: list[Column], head: Headers
) -> Found:
    """Check that the header says each thing once, and the sheet of which dimension it is."""
    keys: dict[str, int] = {}
    for role, headers in (layout.keys | _DECLARED.also).items():
        if len(at := _at(head, headers)) > 1 and role in layout.keys:
            cells = " and ".join(cell_name(sheet, place, column) for column in at)
            raise BadFile(f"{rows[place][at[0]]!r} is in {cells}: keep one of them.")
        keys |= {role: at[0]} if at else {}
    seen: dict[Any, int] = {}
    for column, *what in columns:
        first = seen.setdefault(tuple(what), column)
        if first != column:
            cells = " and ".join(cell_name(sheet, place, at) for at in (first, column))
            raise BadFile(f"{cells} hold the same measure: keep one of them.")
    titles = [sheet, *(cell for row in rows[:place] for cell in row if isinstance(cell, str))]
    said = list(dict.fromkeys(filter(None, map(_name_dimension, titles))))
    if len(said) > 1 or (layout.years_above and not said):
        raise BadFile(
            f"sheet {sheet}: its name and titles above its header say "
            f"{' and '.join(said) or 'no dimension'}: name it after one of "
            f"{', '.join(DIMENSIONS.values())}."
        )
    return Found(sheet, rows, layout, place, keys, columns, said[0] if said else None)


# From sheets to one table.


@dataclass
class Notes:
    """What a file says beside its values; `places` is where each name is first, with which code."""

    left_out: list[str]
    layout: str = ""
    names: dict[str, str] = field(default_factory=dict)
    statements: list[tuple[str, str]] = field(default_factory=list)  # may name the edition
    places: dict[str, tuple[str, str]] = field(default_factory=dict)


def read_sheets(
    sheets: Sequence[tuple[str, list[Row]]], left_out: Sequence[str] = ()
) -> tuple[pd.DataFrame, Notes]:
    """Bring the sheets of one file, each a name and rows of cells, to one table.

    Returns the columns of `read_wgi` without ``edition``, numbers as the file has them.
    """
    notes = Notes(list(left_out))
    for code, name in economy_names().items():
        notes.places[name.casefold()] = code, "the editions included"
    found: list[Found] = []
    for name, rows in sheets:
        match = _find_layout(name, rows)
        for row in rows[: match.header if match else HEADER_ROWS]:
            notes.statements.append((name or "head", _text(row)))
        if match:
            found.append(match)
        elif name:
            notes.left_out.append(f"sheet {name}")
    if not found:
        raise BadFile(
            "nothing in it is of a known layout of the WGI. Layouts are recognised by their header "
            "rows, for example 'Country Code', 'Series Code' and years, or 'Code' and 'Estimate' "
            "below years; docs/world-bank-files.md lists them."
            + "".join(f" Not read: {what}." for what in left_out)
        )
    titles = {match.layout.title: match.sheet for match in reversed(found)}
    if len(titles) > 1:
        parts = "; ".join(f"{name or 'head'} ({title})" for title, name in reversed(titles.items()))
        raise BadFile(f"sheets are of different layouts: {parts}. Keep those of one.")
    notes.layout = found[0].layout.title
    values = pd.concat([_read_sheet(one, notes) for one in found], ignore_index=True)
    return _assemble(values, found[0].layout, notes), notes


KEYS = ["economy", "year", "dimension", "measure"]


def _read_sheet(found: Found, notes: Notes) -> pd.DataFrame:
    """Return a row per value: sheet, row, column, economy, year, dimension, measure, value."""
    sheet, rows = found.sheet, found.rows
    used = {*found.keys.values(), *(column.column for column in found.columns)}
    unused = {at: cell for at, cell in enumerate(rows[found.header]) if at not in used}
    if own := [str(cell) for cell in unused.values() if str(cell).strip()]:
        notes.left_out.append(f"{f'sheet {sheet}, ' if sheet else ''}columns {', '.join(own)}")
    codes = _find_economies(found, notes)
    if isinstance(found.layout.figures, str):
        _check_headers(found, codes, unused)
    table = pd.DataFrame({"row": list(codes), "economy": list(codes.values())})
    series = pd.DataFrame(_read_series(found, codes, notes), dtype=object)
    table[["dimension", "measure"]] = series.reindex(columns=[0, 1])
    at = found.keys.get("year")
    years = [None if at is None else _parse_year(rows[row][at]) for row in codes]
    if at is not None and None in years:
        row = list(codes)[years.index(None)]
        raise BadFile(f"{found.cell(row, at)}: {rows[row][at]!r} is not a year.")
    table["year"] = pd.Series(years, dtype=object)
    table = table[table["measure"] != "left out"]
    said = pd.DataFrame(found.columns, dtype=object)
    values = table.merge(said, how="cross", suffixes=("", "_said")).assign(sheet=sheet)
    for key in ("dimension", "year", "measure"):
        values[key] = values[key].where(values[f"{key}_said"].isna(), values[f"{key}_said"])
    cells = [rows[r][c] for r, c in zip(values["row"], values["column"], strict=True)]
    values["value"] = [_as_number(cell) for cell in cells]
    low, high = (
        values["measure"].map({m: float(ends[n]) for m, ends in RANGES.items()}) for n in (0, 1)
    )
    within = values["value"].between(low, high)
    whole = (values["measure"] != "sources") | (values["value"] % 1 == 0)
    wrong = values["value"].notna() & ~(within & whole)
    if wrong.any():
        i = int(wrong.to_numpy().argmax())
        reason = f"is not between {low[i]} and {high[i]}, where {values['measure'][i]} is"
        if np.isinf(values["value"][i]):
            reason = "is not a number; a missing value is blank, '..' or '#N/A'"
        elif within[i]:
            reason = "is not a whole number of sources"
        raise BadFile(f"{_cell(values.loc[i])}: {cells[i]!r} {reason}.")
    columns = ["sheet", "row", "column", *KEYS, "value"]
    return values[columns].astype({"year": "int64", "dimension": DIMENSION_TYPE})


def _cell(value: Any, key: Any = None) -> str:
    """Return the cell of a row of `_read_sheet`, or of that of several with a key."""
    if key is not None:
        value = value[(value[KEYS] == list(key)).all(axis=1)].iloc[0]
    return cell_name(value["sheet"], int(value["row"]), int(value["column"]))


def _find_economies(found: Found, notes: Notes) -> dict[int, str]:
    """Return the rows of economies and today's code of each."""
    sheet, rows, keys = found.sheet, found.rows, found.keys
    width, at = len(rows[found.header]), keys["economy"]
    codes, aggregates = dict[int, str](), set()
    for i, row in enumerate(rows[found.header + 1 :], found.header + 1):
        code = str(row[at]).strip().upper() if at < len(row) else ""
        coded = re.fullmatch("[A-Z]{3}", code)
        if not coded:
            few = len(row) - row.count("") - row.count(None) <= 1  # blank, or a note
            whole = len(row) >= width and not code
            if few or (whole and all(_is_blank(row[c.column]) for c in found.columns)):
                notes.statements.append((sheet or "note", _text(row)))
                continue
        check_width(f"row {i + 1}{f' of sheet {sheet}' if sheet else ''}", row, width)
        if code in AGGREGATES:
            aggregates.add(code)
            continue
        if not coded:
            raise BadFile(
                f"{found.cell(i, at)}: {row[at]!r} is not the World Bank code of a country "
                "(three letters)."
            )
        codes[i] = today = RENAMED_CODES.get(code, code)
        name = str(row[keys["name"]] or "").strip() if "name" in keys else ""
        if name.casefold() not in MISSING and not re.match(rf"{FORMULA_ERROR}|.*\ufffd", name):
            place = found.cell(i, keys["name"])
            notes.names.setdefault(today, name)
            first, where = notes.places.setdefault(name.casefold(), (today, place))
            if first != today:
                raise BadFile(
                    f"{place}: {name!r} is next to the code {today}, but in {where} next to "
                    f"{first}: codes or names may have been changed or sorted apart."
                )
        if "edition" in keys:
            notes.statements.append(("column edition", f"WGI {row[keys['edition']]} edition"))
        if "multiplier" in keys and _as_number(row[keys["multiplier"]]) != 0:
            raise BadFile(f"{found.cell(i, keys['multiplier'])}: multiplied values are not read.")
    if aggregates:
        notes.left_out.append(f"aggregates {', '.join(sorted(aggregates))}")
    return codes


def _read_series(
    found: Found, codes: Iterable[int], notes: Notes
) -> list[tuple[str | None, str | None]]:
    """Return dimension and measure of each row; the measure "left out" for what is not kept."""
    at, breakdown = found.keys.get("series"), found.keys.get("breakdown")
    if at is None:
        return [(found.dimension, None) for _ in codes]
    # Where neither columns nor a breakdown say the measure, the series must.
    needed = any(column.measure is None for column in found.columns)
    known: dict[Any, tuple[str | None, str | None]] = {}
    series: list[tuple[str | None, str | None]] = []
    for row in codes:
        text = found.rows[row][at]
        ending = "" if breakdown is None else str(found.rows[row][breakdown])
        if (text, ending) not in known:
            place = f"{found.cell(row, at)}: {text!r}"
            dimension, measure = parse_series(str(text)) or (None, None)
            if breakdown is not None and measure is None:
                suffix = ending.strip().upper().removeprefix("WGI_").replace("_", ".")
                measure = SUFFIXES.get(suffix, "")
            if dimension is None or measure == "" or (needed and measure is None):
                if not needed or _is_blank(text):
                    every = ", ".join(DIMENSIONS)
                    raise BadFile(f"{place} is not a dimension or series of the WGI ({every}).")
                notes.left_out.append(f"series {text} {ending}".strip())
                measure = "left out"
            elif found.dimension and dimension != found.dimension:
                raise BadFile(f"{place} is in a sheet that is named after {found.dimension}.")
            known[text, ending] = dimension, measure
        series.append(known[text, ending])
    return series


def _check_headers(found: Found, codes: Iterable[int], unused: Mapping[int, Any]) -> None:
    """Reject a column with figures whose header, a year or series, is damaged."""
    across = found.layout.figures == "series"
    wanted = "a series, such as ... [GE.EST]" if across else "a year, such as 1996 or 1996 [YR1996]"
    for at, header in unused.items():
        lost = _is_blank(header) or re.match(FORMULA_ERROR, str(header))
        nearly = not across and re.match(r"\s*(YR)?(19|20)\d\d", str(header))
        figures = lost and any(math.isfinite(_as_number(found.rows[row][at])) for row in codes)
        if nearly or figures:
            raise BadFile(
                f"{found.cell(found.header, at)}: {header!r} is not {wanted}: write it, or another "
                "name if the column is yours."
            )


def _assemble(values: pd.DataFrame, layout: Layout, notes: Notes) -> pd.DataFrame:
    """Make the table of all values of a file, after checks that it is whole and in order."""
    repeated = values.duplicated(KEYS)
    if repeated.any():
        one = values.iloc[int(values.duplicated(KEYS, keep=False).to_numpy().argmax())]
        both = values[(values[KEYS] == one[KEYS]).all(axis=1)]
        raise BadFile(
            f"{one['measure']} of {one['economy']} {one['year']} {one['dimension']} is there "
            f"twice: {_cell(both.iloc[0])} and {_cell(both.iloc[1])}."
        )
    filled = values[values["value"].notna()]
    other = filled[(filled["year"] < 1996) | filled["year"].isin([1997, 1999, 2001])]
    if len(other):
        raise BadFile(
            f"{_cell(other.iloc[0])}: a value of {other['year'].iloc[0]}. The WGI describe 1996, "
            "1998, 2000 and each year from 2002 on: correct the year."
        )
    if filled.empty:
        more = "".join(f" Left out: {what}." for what in notes.left_out)
        raise BadFile(f"it has a known header, but no values of economies.{more}")
    if layout.figures == "years":
        listed = pd.crosstab(values["economy"], [values["dimension"], values["measure"]]) > 0
        for economy, row in listed[~listed.all(axis=1)].iterrows():
            gone = sorted(f"{dimension} {measure}" for dimension, measure in row.index[~row])
            raise BadFile(
                f"{economy} has no row for {', '.join(gone)}, as others have. {NOT_WHOLE}"
            )
    table = spread(values).set_index(KEYS[:3])
    _check_values(table, values)
    _check_order(table, values)
    empty = sorted(set(values["year"]) - set(filled["year"]))
    table = table[~table.index.get_level_values("year").isin(empty)]
    _check_whole(table, layout)
    if empty:
        notes.left_out.append(f"years without values {', '.join(map(str, empty))}")
    return table.astype(MEASURES).reset_index().astype({"economy": str})


def spread(values: pd.DataFrame) -> pd.DataFrame:
    """Return a row per economy, year and dimension, and a column per measure."""
    table = values.pivot(index=KEYS[:3], columns="measure", values="value").reset_index()
    # Sorted as columns: an index keeps the order in which categories were met.
    table = table.astype({"dimension": DIMENSION_TYPE}).sort_values(KEYS[:3], ignore_index=True)
    return table.reindex(columns=COLUMNS[1:]).rename_axis(columns=None)


NOT_WHOLE = (
    "The file is not whole: put back what was taken out or changed, or download it again; select "
    "after reading."
)


def _check_values(table: pd.DataFrame, values: pd.DataFrame) -> None:
    """Reject a rank or score outside its bounds, or a row that has some measures only."""
    for measure, wrong in beyond_bounds(table).items():
        if wrong.any():
            key: Any = wrong.idxmax()
            low, high = (table[measure + end][key] for end in ("_lower", "_upper"))
            raise BadFile(
                f"{_cell(values, (*key, measure))}: {measure} {table[measure][key]} is not between "
                f"its bounds {low} and {high}: columns or rows may be mixed up."
            )
    if (differ := incomplete(table)).any():
        key = differ.idxmax()
        there = table.loc[key].notna()
        has, lacks = there.index[there], there.index[~there & table.notna().any()]
        raise BadFile(
            f"{_cell(values, (*key, has[0]))}: {' '.join(map(str, key))} has {', '.join(has)}, but "
            f"no {', '.join(lacks)}: values may have been moved to a neighbouring year. Missing "
            "values are missing in every measure."
        )


def _check_order(table: pd.DataFrame, values: pd.DataFrame) -> None:
    """Reject ranks, bounds or scores that fall while the estimate rises: a value was changed.

    Within a year and dimension a rank follows the estimate, a bound the estimate less or plus its
    interval, and a score is linear in the estimate; rounding keeps the order.
    """
    estimate, interval = table["estimate"], Z90 * table["standard_error"]
    for measure, key, margin in (
        ("percentile_rank", estimate, 0.0),
        ("score", estimate, 0.0),
        ("percentile_rank_lower", estimate - interval, MARGIN),
        ("percentile_rank_upper", estimate + interval, MARGIN),
    ):
        pairs = pd.DataFrame({"key": key, "value": table[measure]}).dropna()
        for _, group in pairs.groupby(level=["year", "dimension"], observed=True):
            keys, found = group["key"].to_numpy(), group["value"].to_numpy()
            wrong = (keys[:, None] > keys + margin) & (found[:, None] < found - 1e-6)
            if not wrong.any():
                continue
            wrong |= wrong.T
            one = int(wrong.sum(axis=0).argmax())  # contradicts most others
            other = int(wrong[one].argmax())
            cells = [_cell(values, (*group.index[i], measure)) for i in (one, other)]
            raise BadFile(
                f"{cells[0]}: {measure} {found[one]} of {' '.join(map(str, group.index[one]))} "
                f"contradicts its estimate, as that of {group.index[other][0]} ({cells[1]}, "
                f"{found[other]}) shows: one was changed, or columns were sorted apart."
            )


def _check_whole(table: pd.DataFrame, layout: Layout) -> None:
    """Reject a file without a dimension, or a row, with which its layout is published."""
    there = set(table[table.notna().any(axis=1)].index.get_level_values("dimension"))
    lacking = [name for dimension, name in DIMENSIONS.items() if dimension not in there]
    if layout.all_dimensions and lacking:
        raise BadFile(f"it has no values of {', '.join(lacking)}. {NOT_WHOLE}")
    whole = pd.MultiIndex.from_product([table.index.unique(name) for name in table.index.names])
    if layout.all_rows and len(whole) > len(table):
        gone = whole[~whole.isin(table.index)].sort_values()
        first = " ".join(map(str, gone[0]))
        raise BadFile(f"{first} has no row (lacking in all: {len(gone)}). {NOT_WHOLE}")


def _find_edition(
    statements: list[tuple[str, str]], last_year: int, given: int | None
) -> tuple[int, str]:
    """Return the edition and how it is known."""
    said, dated = (
        {
            int(year): f"{where}: {text!r}"
            for where, text in statements
            for year in pattern.findall(text)
        }
        for pattern in (NAMED, DATED)
    )
    if len(said) > 1:
        raise BadFile(f"the file names several editions: {'; '.join(said.values())}.")
    if given is not None:
        edition, how = int(given), "given"
    elif said:
        [(edition, how)] = said.items()
    elif last_year + 1 in dated:
        edition, how = last_year + 1, f"last year {last_year} and {dated[last_year + 1]}"
    else:
        latest = max(dated, default=None)
        date = f" It was last updated in {latest}, which need not be its edition." if dated else ""
        raise BadFile(
            f"the file does not say of which edition it is.{date} Its last year "
            f"is {last_year}, which points to edition {last_year + 1}: pass "
            f"edition={last_year + 1} (--edition {last_year + 1}) if that is where it is from."
        )
    against = [text for year, text in said.items() if year != edition]
    against += [text for year, text in dated.items() if year < edition]
    if edition <= last_year:
        against.append(f"it has values of {last_year}")
    if against:
        raise BadFile(f"edition {edition} contradicts the file: {'; '.join(against)}.")
    return edition, how
