"""The cells of recognised sheets as one table: each number read for certain, or refused by cell."""

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from govlib.datasets.economies import AGGREGATES, RENAMED_CODES, names as economy_names
from govlib.datasets.wgi import MEASURES, RANGES
from govlib.errors import BadFile
from govlib.ingest.assembly import MEASURE_PLACES, PLACES, Values, assemble_values
from govlib.ingest.layouts import (
    HEADER_ROWS,
    SUFFIXES,
    Found,
    Row,
    cell_name,
    find_layout,
    parse_series,
    parse_year,
)
from govlib.stats._tables import DIMENSIONS

MISSING = {"", "..", ".", "#n/a", "n/a", "na", "nan", "null"}
"""How World Bank files and their copies write that there is no value."""

FORMULA_ERROR = re.compile(r"#(REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|N/A)", re.IGNORECASE)
"""How a spreadsheet writes an error of a formula; as a value only #N/A is the publisher's."""

NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)?|[.,]\d+)(e[+-]?\d+)?")

LIMITS = np.array([RANGES[name] for name in MEASURES], dtype="float64")


def read_sheets(sheets: Sequence[tuple[str, list[Row]]]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Bring the sheets of one file to one table.

    Parameters
    ----------
    sheets : sequence of (str, list of list)
        Name and rows of cells of each sheet, as the file has them.

    Returns
    -------
    table : DataFrame
        As `read_wgi`, without ``edition``; numbers as the file has them.
    about : dict
        ``layout`` and ``left_out`` in words, ``names`` by code, and ``statements``: pairs of a
        place and a text in which the edition may be named.

    Raises
    ------
    BadFile
        If no sheet is of a known layout, sheets are of different ones, a cell cannot be read, a
        value is out of its range or there twice, a name stands beside two codes, something of a
        layout that is published whole is lacking, or there are no values at all.
    """
    about: dict[str, Any] = {"layout": "", "left_out": [], "names": {}, "statements": []}
    # Where each name stands first, and beside which code.
    about["places"] = {
        name.casefold(): (code, "the editions held") for code, name in economy_names().items()
    }
    found: list[tuple[str, list[Row], Found]] = []
    for name, rows in sheets:
        match = find_layout(name, rows)
        head = rows[: match.header if match else HEADER_ROWS]
        about["statements"] += [(name or "head", _text(row)) for row in head]
        if match:
            found.append((name, rows, match))
        elif name:
            about["left_out"].append(f"sheet {name}")
    if not found:
        raise BadFile(
            "nothing in it is of a known layout of the WGI. Layouts are recognised by their header "
            "rows, for example 'Country Code', 'Series Code' and years, or 'Code' and 'Estimate' "
            "below years; docs/world-bank-files.md lists them."
        )
    titles: dict[str, str] = {}
    for name, _, match in found:
        titles.setdefault(match.layout.title, name)
    if len(titles) > 1:
        parts = "; ".join(f"{name or 'head'} ({title})" for title, name in titles.items())
        raise BadFile(f"sheets are of different layouts: {parts}. Keep those of one.")
    about["layout"] = found[0][2].layout.title
    numbers: dict[str, int] = {}
    pieces = [_read_sheet(name, rows, match, about, numbers) for name, rows, match in found]
    del about["places"]
    names, economies = [name for name, _, _ in found], list(numbers)
    if found[0][2].layout.arrangement == "years above":
        _check_sheets(pieces, names, economies)
    return assemble_values(pieces, names, economies, found[0][2].layout, about), about


def _text(row: Row) -> str:
    """Return the cells of a row as one line."""
    return " ".join(str(cell).strip() for cell in row if str(cell).strip())[:300]


def _read_sheet(
    sheet: str, rows: list[Row], match: Found, about: dict[str, Any], numbers: dict[str, int]
) -> Values:
    """Return the values of a sheet; number the economies that are new."""
    if match.unused:
        where = f"sheet {sheet}, " if sheet else ""
        about["left_out"].append(f"{where}columns {', '.join(match.unused)}")
    kept, codes = _find_economies(sheet, rows, match, about)
    if match.layout.arrangement in ("years", "codes"):
        _check_headers(sheet, rows, match, kept)
    years = _read_years(sheet, rows, match, kept)
    series = _read_series(sheet, rows, match, kept, about)
    chosen = [i for i, (dimension, _) in enumerate(series) if dimension is not None]
    if match.layout.arrangement == "years":
        _check_complete(sheet, codes, series)
    economies = [numbers.setdefault(codes[i], len(numbers)) for i in chosen]
    dimensions = [PLACES.get(series[i][0] or "", 0) for i in chosen]
    measures = [MEASURE_PLACES.get(series[i][1] or "", 0) for i in chosen]
    cells_of = list(zip(*(rows[kept[i]] for i in chosen), strict=False))
    columns = [column for column, *_ in match.columns]
    # What each column says of its values, -1 where the row says it.
    said = np.array(
        [
            (y or -1, PLACES.get(d or "", -1), MEASURE_PLACES.get(m or "", -1))
            for _, d, y, m in match.columns
        ]
    )
    by_row = np.array([[years[i] for i in chosen], dimensions, measures], dtype=np.int64).T
    both = np.where(said[:, None, :] < 0, by_row[None, :, :], said[:, None, :]).reshape(-1, 3)
    places = np.tile(np.array([kept[i] for i in chosen], dtype=np.int64), len(columns))
    found = Values(
        economy=np.tile(np.array(economies, dtype=np.int64), len(columns)),
        year=both[:, 0],
        dimension=both[:, 1],
        measure=both[:, 2],
        value=np.empty(len(places)),
        row=places,
        column=np.repeat(columns, len(chosen)),
    )
    cells = [cell for column in columns for cell in cells_of[column]] if chosen else []
    return found._replace(value=_read_numbers(sheet, cells, found))


def _find_economies(
    sheet: str, rows: list[Row], match: Found, about: dict[str, Any]
) -> tuple[list[int], list[str]]:
    """Return the rows that are an economy's and today's code of each."""
    width = len(rows[match.header])
    place, columns = match.keys["economy"], [column for column, *_ in match.columns]
    named = match.keys.get("name")
    kept, codes, aggregates, seen = [], [], set(), set()
    for i in range(match.header + 1, len(rows)):
        row = rows[i]
        code = str(row[place]).strip().upper() if place < len(row) else ""
        coded = re.fullmatch("[A-Z]{3}", code)
        if not coded and len(row) - row.count("") - row.count(None) <= 1:  # blank, or a note
            about["statements"].append((sheet or "note", _text(row)))
            continue
        if len(row) < width or not all(map(_is_blank, row[width:])):
            raise BadFile(
                f"row {i + 1}{f' of sheet {sheet}' if sheet else ''} has {len(row)} cells, the "
                f"header {width}: the file is cut off, or a text with the separator in it is not "
                "in quotes."
            )
        if code in AGGREGATES:
            aggregates.add(code)
            continue
        if not coded:
            if not code and all(_is_blank(row[column]) for column in columns):
                about["statements"].append((sheet or "note", _text(row)))
                continue
            raise BadFile(
                f"{cell_name(sheet, i, place)}: {row[place]!r} is not the World Bank code of an "
                "economy (three letters)."
            )
        code = RENAMED_CODES.get(code, code)
        kept.append(i)
        codes.append(code)
        if named is not None and (code, row[named]) not in seen:
            seen.add((code, row[named]))
            _note_name(code, row[named], cell_name(sheet, i, named), about)
        if "edition" in match.keys:
            about["statements"].append(
                ("column edition", f"WGI {row[match.keys['edition']]} edition")
            )
        if "multiplier" in match.keys and _as_number(row[match.keys["multiplier"]]) != 0:
            raise BadFile(
                f"{cell_name(sheet, i, match.keys['multiplier'])}: values multiplied by ten to the "
                f"power of {row[match.keys['multiplier']]!r} are not read."
            )
    if aggregates:
        about["left_out"].append(f"aggregates {', '.join(sorted(aggregates))}")
    return kept, codes


def _note_name(code: str, cell: Any, place: str, about: dict[str, Any]) -> None:
    """Keep the name of an economy; refuse one that stands beside two codes."""
    name = "" if cell is None else str(cell).strip()
    plain = name.casefold()
    if "\ufffd" in name or plain in MISSING or FORMULA_ERROR.match(name):
        return
    about["names"].setdefault(code, name)
    first, where = about["places"].setdefault(plain, (code, place))
    if first != code:
        raise BadFile(
            f"{place}: {name!r} stands beside the code {code}, but in {where} beside {first}: "
            "codes or names may have been changed or sorted apart."
        )


def _read_years(sheet: str, rows: list[Row], match: Found, kept: list[int]) -> list[int]:
    """Return the year of each row, 0 where the columns say it."""
    place = match.keys.get("year")
    if place is None:
        return [0] * len(kept)
    years = []
    for i in kept:
        year = parse_year(rows[i][place])
        if year is None:
            raise BadFile(f"{cell_name(sheet, i, place)}: {rows[i][place]!r} is not a year.")
        years.append(year)
    return years


def _read_series(
    sheet: str, rows: list[Row], match: Found, kept: list[int], about: dict[str, Any]
) -> list[tuple[str | None, str | None]]:
    """Return dimension and measure of each row; no dimension for what is not kept."""
    place, breakdown = match.keys.get("series"), match.keys.get("breakdown")
    if place is None:
        return [(match.dimension or "", None)] * len(kept)
    # Where neither columns nor a breakdown say the measure, the series must.
    needed = match.layout.arrangement == "years" or breakdown is not None
    known: dict[tuple[Any, Any], tuple[str | None, str | None]] = {}
    series = []
    for i in kept:
        key = (rows[i][place], rows[i][breakdown] if breakdown is not None else None)
        if key not in known:
            known[key] = _parse_pair(*key, needed=needed)
            if known[key][0] is None:
                if not needed or _is_blank(key[0]):
                    raise BadFile(
                        f"{cell_name(sheet, i, place)}: {key[0]!r} is no dimension or series of "
                        f"the WGI ({', '.join(DIMENSIONS)})."
                    )
                about["left_out"].append(f"series {' '.join(str(part) for part in key if part)}")
        if match.dimension and known[key][0] not in (None, match.dimension):
            raise BadFile(
                f"{cell_name(sheet, i, place)}: {key[0]!r} stands in a sheet that is named after "
                f"{match.dimension}."
            )
        series.append(known[key])
    return series


def _parse_pair(text: Any, breakdown: Any, *, needed: bool) -> tuple[str | None, str | None]:
    """Return dimension and measure of a series and its breakdown; none if it is not kept."""
    parsed = parse_series(str(text))
    if parsed is None:
        return None, None
    dimension, measure = parsed
    if breakdown is not None and measure is None:
        ending = str(breakdown).strip().upper().removeprefix("WGI_").replace("_", ".")
        measure = SUFFIXES.get(ending, "")
    if measure == "" or (needed and measure is None):
        return None, None
    return dimension, measure


def _check_complete(
    sheet: str, codes: list[str], series: list[tuple[str | None, str | None]]
) -> None:
    """Refuse a file in which an economy lacks a series that others have: it has been cut."""
    whole = {pair for pair in series if pair[0]}
    by_economy: dict[str, set[Any]] = {}
    for code, pair in zip(codes, series, strict=True):
        by_economy.setdefault(code, set()).add(pair)
    for code, there in by_economy.items():
        lacking = sorted(" ".join(map(str, pair)) for pair in whole - there)
        if lacking and there & whole:
            raise BadFile(
                f"{f'sheet {sheet}: ' if sheet else ''}{code} has no row for {', '.join(lacking)}, "
                "which other economies have: the file is not whole; download it again."
            )


def _check_headers(sheet: str, rows: list[Row], match: Found, kept: list[int]) -> None:
    """Refuse a column that would be of a year or series if its header were whole."""
    across = match.layout.arrangement == "codes"
    wanted = "a series, such as ... [GE.EST]" if across else "a year, such as 1996 or 1996 [YR1996]"
    used = {*match.keys.values(), *(column for column, *_ in match.columns)}
    for column in sorted({*range(len(rows[match.header]))} - used):
        header = rows[match.header][column]
        there = (_as_number(rows[i][column]) for i in kept if column < len(rows[i]))
        lost = _is_blank(header) or FORMULA_ERROR.match(str(header))
        nearly = not across and re.match(r"\s*(YR)?(19|20)\d\d", str(header))
        if nearly or (lost and any(map(math.isfinite, there))):
            raise BadFile(
                f"{cell_name(sheet, match.header, column)}: {header!r} is not {wanted}: write it, "
                "or another name if the column is yours."
            )


def _check_sheets(pieces: Sequence[Values], sheets: list[str], economies: list[str]) -> None:
    """Refuse a sheet that lacks an economy which others have: it has been cut."""
    listed = [set(piece.economy.tolist()) for piece in pieces]
    for sheet, there in zip(sheets, listed, strict=True):
        lacking = sorted(economies[place] for place in set().union(*listed) - there)
        if lacking:
            raise BadFile(
                f"sheet {sheet} has no row for {', '.join(lacking[:10])}, which other sheets have."
            )


def _read_numbers(sheet: str, cells: list[Any], found: Values) -> np.ndarray[Any, Any]:
    """Return cells as numbers; refuse one that is none or is out of its measure's range."""
    numbers = np.array([cell if type(cell) is float else _as_number(cell) for cell in cells])
    low, high = LIMITS[found.measure].T
    whole = (found.measure != MEASURE_PLACES["sources"]) | (numbers == np.floor(numbers))
    good = np.isnan(numbers) | ((low <= numbers) & (numbers <= high) & whole)
    if good.all():
        return numbers
    i = int(np.argmin(good))
    measure = list(MEASURES)[found.measure[i]]
    if np.isinf(numbers[i]):
        reason = "is not a number; a missing value is blank, '..' or '#N/A'"
    elif low[i] <= numbers[i] <= high[i]:
        reason = "is not a whole number of sources"
    else:
        reason = f"is not between {low[i]} and {high[i]}, where {measure} is"
    place = cell_name(sheet, int(found.row[i]), int(found.column[i]))
    raise BadFile(f"{place}: {cells[i]!r} {reason}.")


def _is_blank(cell: Any) -> bool:
    """Say whether a cell has nothing in it."""
    return cell is None or cell == "" or (isinstance(cell, str) and not cell.strip())


@lru_cache(maxsize=4096, typed=True)
def _as_number(cell: Any) -> float:
    """Return a cell as a number: NaN where there is no value, infinity if it is no number.

    No measure reaches a thousand, so that a single comma can only be a decimal one.
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return float(cell)
    if cell is None:
        return math.nan
    if not isinstance(cell, str):
        return math.inf
    text = cell.strip().casefold().replace("\u2212", "-")
    if text in MISSING:
        return math.nan
    return float(text.replace(",", ".")) if NUMBER.fullmatch(text) else math.inf
