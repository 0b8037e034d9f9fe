"""The layouts in which the World Bank publishes the WGI, recognised by their header rows.

A layout is a header row: which columns name a row (economy, year, series) and which hold values.
What a column does not say of its values (dimension, year, measure) the row or the sheet says, so
that one reader, `govlib.cells`, serves all layouts.
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from govlib.datasets.wgi import MEASURES
from govlib.errors import BadFile
from govlib.stats._tables import DIMENSIONS

Row = list[Any]
Column = tuple[int, str | None, int | None, str | None]
"""A column of values: its place, dimension, year and measure as far as its header says them."""

TITLES = {
    dimension: re.sub("[^a-z]", "", name.split(" and Absence")[0].casefold())
    for dimension, name in DIMENSIONS.items()
}
"""How titles of a dimension begin, letters only."""

HEADER_ROWS = 60
"""How far down a header row is looked for."""

SUFFIXES = {
    "EST": "estimate",
    "SE": "standard_error",
    "SR": "sources",
    "SC": "score",
    "SC.LB": "score_lower",
    "SC.UB": "score_upper",
    "STD.ERR": "standard_error",
    "NO.SRC": "sources",
    "PER.RNK": "percentile_rank",
    "PER.RNK.LOWER": "percentile_rank_lower",
    "PER.RNK.UPPER": "percentile_rank_upper",
}
"""How the codes of series end: today's, then those withdrawn in 2026."""

SERIES = re.compile(r"(?:WB_WGI_)?(GOV_WGI_)?(VA|PV|GE|RQ|RL|CC)(?:[._]([A-Z._]+))?")
YEAR = re.compile(r"(?:YR)?((?:19|20)\d\d)(?:\.0)?(?: *\[YR\1\])?")


class Layout(NamedTuple):
    """A header row: the published headers of the columns that name a row, and of the measures."""

    title: str
    keys: dict[str, str]
    measures: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 -- a constant of a constant
    arrangement: str = "measures"


class Found(NamedTuple):
    """A layout found in a sheet: its header row and columns."""

    layout: Layout
    header: int
    keys: dict[str, int]
    columns: list[Column]
    dimension: str | None  # of the whole sheet
    unused: list[str]


PUBLISHED = {
    "estimate": "Governance estimate (approx. -2.5 to +2.5)",
    "standard_error": "Standard error (estimate)",
    "sources": "Number of sources",
    "score": "Governance score (0-100)",
    "score_lower": "Lower threshold (90% conf. int. score)",
    "score_upper": "Upper threshold (90% conf. int. score)",
}
LONG = dict(
    zip(
        MEASURES,
        ["estimate", "stddev", "nsource", "pctrank", "pctranklower", "pctrankupper"],
        strict=False,
    )
)
DOWN = "series down, years across"
LAYOUTS = [
    Layout(
        "a sheet for each dimension, years across",
        {"Code": "economy"},
        dict(
            zip(
                MEASURES,
                [
                    ("Estimate",),
                    ("StdErr",),
                    ("NumSrc",),
                    ("Rank", "P-Rank"),
                    ("Lower",),
                    ("Upper",),
                ],
                strict=False,
            )
        ),
        "years above",
    ),
    Layout(
        "long table: a row per economy, year and dimension",
        {"code": "economy", "year": "year", "indicator": "series"},
        {measure: (header,) for measure, header in LONG.items()},
    ),
    Layout(
        "long sheets: a row per economy and year, governance score",
        {"Economy (code)": "economy", "Year": "year", "Governance dimension": "series"},
        {measure: (header,) for measure, header in PUBLISHED.items()},
    ),
    Layout(
        "a row per economy and year, six columns a dimension",
        {"code": "economy", "year": "year"},
        arrangement="letters",
    ),
    Layout(DOWN, {"Country Code": "economy", "Series Code": "series"}, arrangement="years"),
    Layout(DOWN, {"Country Code": "economy", "Indicator Code": "series"}, arrangement="years"),
    Layout(DOWN, {"economy": "economy", "series": "series"}, arrangement="years"),
    Layout(
        "years down, series across",
        {"Country Code": "economy", "Time": "year"},
        arrangement="codes",
    ),
    Layout(
        "Data360",
        {"REF_AREA": "economy", "INDICATOR": "series", "COMP_BREAKDOWN_1": "breakdown"}
        | {"TIME_PERIOD": "year", "OBS_VALUE": "value"},
        arrangement="value",
    ),
    Layout(
        "Data360, years across",
        {"REF_AREA": "economy", "INDICATOR": "series", "COMP_BREAKDOWN_1": "breakdown"},
        arrangement="years",
    ),
    Layout(
        "table of govlib",
        {"economy": "economy", "year": "year", "dimension": "series", "estimate": "estimate"},
        {measure: (measure,) for measure in MEASURES},
        "any measures",
    ),
]
OPTIONAL = {
    "countryterritory": "name",
    "countryname": "name",
    "economyname": "name",
    "refarealabel": "name",
    "edition": "edition",
    "unitmult": "multiplier",
}
"""Columns that are read where they are there, by plain header."""


def cell_name(sheet: str, row: int, column: int) -> str:
    """Return where a cell is as a spreadsheet shows it: "sheet Data, cell G5"."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{f'sheet {sheet}, ' if sheet else ''}cell {letters}{row + 1}"


def parse_series(text: str) -> tuple[str, str | None] | None:
    """Return dimension and measure that a code or name of a series stands for.

    Parameters
    ----------
    text : str
        ``ge``, ``Government Effectiveness``, ``GOV_WGI_GE``, ``GOV_WGI_GE.EST``,
        ``GOV_WGI_GE_EST`` or ``GE.EST``.

    Returns
    -------
    tuple of (str, str or None) or None
        Dimension, and measure where the text has one: empty for a measure of the WGI that is
        not kept. None if the text is of another indicator.
    """
    match = SERIES.fullmatch(text.strip().upper())
    if match:
        prefix, dimension, suffix = match.groups()
        measure = SUFFIXES.get((suffix or "").replace("_", "."))
        if suffix is None:
            return dimension.lower(), None
        return (dimension.lower(), measure or "") if prefix or measure else None
    named = name_dimension(text)
    return (named, None) if named else None


def name_dimension(text: str) -> str | None:
    """Return the dimension that a title or the name of a sheet is, if it is one."""
    plain = re.sub("[^a-z]", "", text.casefold())
    for dimension, start in TITLES.items():
        # "PoliticalStabilityNoViolence", "Rule of Law, 1996-2022"; not a sentence about it
        if plain == dimension or (plain.startswith(start) and len(plain) < len(start) + 40):
            return dimension
    return None


def parse_year(cell: Any) -> int | None:
    """Return the year that a cell is: 1996, "1996", "1996 [YR1996]" or "YR1996"."""
    if isinstance(cell, (int, float)):
        return int(cell) if 1900 <= cell < 2100 and cell == int(cell) else None
    match = YEAR.fullmatch(cell.strip()) if isinstance(cell, str) and cell else None
    return int(match[1]) if match else None


def find_layout(sheet: str, rows: list[Row]) -> Found | None:
    """Find the header row of a known layout in a sheet.

    Parameters
    ----------
    sheet : str
        Name of the sheet; empty if the file has no sheets.
    rows : list of list
        Its cells.

    Returns
    -------
    Found or None
        None if the sheet has nothing of a known layout (a title page, descriptions).

    Raises
    ------
    BadFile
        If a header row is nearly one of a layout, if a column is there twice, or if it cannot
        be said of which dimension the sheet is.
    """
    nearest, best = "", 0.5
    headers: list[dict[str, list[int]]] = []
    for place, row in enumerate(rows[:HEADER_ROWS]):
        headers.append(beside := _headers(row))
        if not beside:
            continue
        # 'Code' may stand beside the years, above the row of the measures.
        earlier = headers[max(place - 3, 0) : place]
        above = {h: [c for e in earlier for c in e.get(h, [])] for e in earlier for h in e} | beside
        for layout in LAYOUTS:
            plain = above if layout.arrangement == "years above" else beside
            absent = [header for header in layout.keys if _plain(header) not in plain]
            if not layout.measures and len(absent) == len(layout.keys):
                continue
            values, lacking = _find_values(layout, rows, place, beside)
            if values and not absent and not lacking:
                return _describe(sheet, rows, place, layout, values, plain)
            named = layout.arrangement in ("measures", "years above")
            wanted = len(layout.keys) + (len(layout.measures) if named else 1)
            share = 1 - (len(absent) + len(lacking)) / wanted
            if values and share > best:
                best = share
                nearest = (
                    f"row {place + 1} looks like the header of the layout {layout.title!r}, but "
                    f"these are not in it: {', '.join(absent + lacking)}."
                )
    where = f"sheet {sheet}: " if sheet else ""
    if nearest:
        raise BadFile(f"{where}{nearest} Give the columns their published headers again.")
    if len(rows) > 1 and (name_dimension(sheet) or _has_figures(rows)):
        raise BadFile(
            f"{where}it is named after a dimension or has figures by economy, but no row of it is "
            "the header of a known layout (such as 'Code', 'Estimate', 'StdErr', ... below years). "
            "Give it that header, or take the sheet out."
        )
    return None


def _has_figures(rows: list[Row]) -> bool:
    """Say whether five rows or more have a code of three capitals and three decimal numbers."""
    count = 0
    for row in rows:
        decimals = sum(isinstance(cell, float) and not cell.is_integer() for cell in row)
        count += decimals > 2 and any(re.fullmatch("[A-Z]{3}", str(cell)) for cell in row)
    return count >= 5


@lru_cache(maxsize=4096)
def _plain(header: str) -> str:
    """Return a header without case, blanks and signs."""
    return re.sub(r"[^a-z0-9]", "", header.casefold())


def _headers(row: Row) -> dict[str, list[int]]:
    """Return the columns of each plain header of a row."""
    headers: dict[str, list[int]] = {}
    for column, cell in enumerate(row):
        if isinstance(cell, str) and not cell.isspace() and cell:
            headers.setdefault(_plain(cell), []).append(column)
    return headers


def _find_values(
    layout: Layout, rows: list[Row], place: int, plain: dict[str, list[int]]
) -> tuple[list[Column], list[str]]:
    """Return the columns that hold values, and which are lacking, in words."""
    row = rows[place]
    found: list[Column] = []
    if layout.arrangement == "years":
        years = ((column, parse_year(cell)) for column, cell in enumerate(row))
        return [(column, None, year, None) for column, year in years if year], []
    if layout.arrangement == "value":
        return [(column, None, None, None) for column in plain.get("obsvalue", [])[:1]], []
    if layout.arrangement == "codes":
        for column, cell in enumerate(row):
            code = re.search(r"\[([A-Z_.]+)\]$", str(cell).strip())
            series = parse_series(code[1]) if code else None
            if series and series[1]:
                found.append((column, series[0], None, series[1]))
        return found, []
    if layout.arrangement == "letters":
        lacking = []
        for dimension in DIMENSIONS:
            headers = {dimension + letter: measure for letter, measure in _letters()}
            there = [header for header in headers if header in plain]
            lacking += [header for header in headers if there and header not in plain]
            found += [(c, dimension, None, headers[h]) for h in there for c in plain[h]]
        return found, lacking
    columns = {
        measure: [column for header in headers for column in plain.get(_plain(header), [])]
        for measure, headers in layout.measures.items()
    }
    lacking = [headers[0] for m, headers in layout.measures.items() if not columns[m]]
    if layout.arrangement == "years above":
        return _find_years_above(rows, place, columns, lacking)
    if layout.arrangement == "any measures":
        lacking = []
    return [(c, None, None, measure) for measure, there in columns.items() for c in there], lacking


def _letters() -> list[tuple[str, str]]:
    """Return the endings of the columns of the Stata file by economy and year: vae, vas, ..."""
    return list(zip("esnrlu", MEASURES, strict=False))


def _find_years_above(
    rows: list[Row], place: int, columns: dict[str, list[int]], lacking: list[str]
) -> tuple[list[Column], list[str]]:
    """Return the columns under a row of years; a year may stand over its first column only."""
    if len(lacking) > len(columns) / 2:  # a legend or a note, not even nearly a header
        return [], lacking
    measure_of = {column: measure for measure, there in columns.items() for column in there}
    for above in range(place - 1, max(place - 4, -1), -1):
        found: list[Column] = []
        year: int | None = None
        for column, cell in enumerate(rows[above]):
            # A cell that is not blank and no year ends the reach of the year before it.
            year = parse_year(cell) or (year if cell is None or cell == "" else None)
            if column in measure_of:
                found.append((column, None, year, measure_of[column]))
        there = {(year, measure) for _, _, year, measure in found}
        years = sorted({year for year, _ in there if year})
        if years:
            short = {m: y for y in reversed(years) for m in columns if (y, m) not in there}
            lacking = lacking or [f"{measure} of {first}" for measure, first in short.items()]
            if any(year is None for year, _ in there):
                lacking.append("a year above each column")
            return found, lacking
    return [(c, None, None, m) for c, m in measure_of.items()], [*lacking, "a row of years above"]


def _describe(
    sheet: str,
    rows: list[Row],
    place: int,
    layout: Layout,
    values: list[Column],
    plain: dict[str, list[int]],
) -> Found:
    """Return a layout with its columns, each of which must be there once."""
    keys: dict[str, int] = {}
    optional = {header: role for header, role in OPTIONAL.items() if header in plain}
    for header, role in ({_plain(h): role for h, role in layout.keys.items()} | optional).items():
        if len(plain[header]) > 1:
            cells = " and ".join(cell_name(sheet, place, c) for c in plain[header])
            raise BadFile(f"{rows[place][plain[header][0]]!r} is in {cells}: keep one of them.")
        keys.setdefault(role, plain[header][0])
    seen: dict[Any, int] = {}
    for column, *what in values:
        if tuple(what) in seen:
            cells = " and ".join(cell_name(sheet, place, c) for c in (seen[tuple(what)], column))
            raise BadFile(f"{cells} hold the same measure: keep one of them.")
        seen[tuple(what)] = column
    above = [cell for row in rows[:place] for cell in row if cell and isinstance(cell, str)]
    titles = [sheet, *above]
    named = dict.fromkeys(dimension for dimension in map(name_dimension, titles) if dimension)
    if len(named) > 1:
        raise BadFile(f"sheet {sheet}: its name and titles say {' and '.join(named)}: say one.")
    if not named and layout.arrangement == "years above":
        raise BadFile(
            f"sheet {sheet}: neither its name nor a title above its header says of which dimension "
            f"it is; name it after one of: {', '.join(DIMENSIONS.values())}."
        )
    used = {*keys.values(), *(column for column, *_ in values)}
    unused = [
        str(cell)
        for column, cell in enumerate(rows[place])
        if column not in used and str(cell).strip()
    ]
    return Found(layout, place, keys, values, next(iter(named), None), unused)
