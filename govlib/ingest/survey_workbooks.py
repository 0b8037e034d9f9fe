"""Workbooks of the Bureau of National Statistics, .xls and .xlsx -> labelled cells.

A workbook has a cover, a list of contents, metadata and tables. Tables are found by their form
(headings over values, labels before them) and chosen by their title, never by sheet number.
"""

import datetime as dt
import io
import re
from collections.abc import Sequence
from typing import NamedTuple

from python_calamine import CalamineError, CalamineWorkbook

from govlib.errors import BadTable, UnknownName, did_you_mean
from govlib.ingest.survey_cells import UNKNOWN_POPULATION, Block, Cell
from govlib.ingest.survey_words import INCLUDING, clean, find_group, find_wave, fold

_CONTENTS = re.compile(r"содержание|мазмұны|оглавление|contents|метаданн|метадерек|metadata")
_UNIT = re.compile(
    r"^[(]?(в )?(процент\w*|%|пайыз\w*|per ?cent\w*)[)]?|в процентах|пайызбен|in percent"
)
_POPULATION = re.compile(r"охват|қамту|совокупность|население обслед|population|coverage")
_NOTE = re.compile(r"[*†‡¹²³]|\d\)|примечан|ескерту|note|источник|дереккөз|source")
_HEADLINE = re.compile(r"^(по|by) |бойынша$")
_CODES = re.compile(r"\b(като|кato|код|коды|code|мәаж)\b|№|n п/п")
_MISSING = re.compile(r"…|\.{2,3}|[xXхХ]|[-–—−]")
_NUMBER = re.compile(r"\d{1,3}([.,]\d+)?\s*%?\s*([*†‡¹²³⁴⁵⁶⁷⁸⁹⁰⁾]|\d\))*")


class Sheet(NamedTuple):
    """A sheet: its rows, merged cells filled, and what was merged across columns."""

    name: str
    rows: list[list[object]]
    wide: set[tuple[int, int]]


class _Table(NamedTuple):
    """Where a table stands on its sheet: rows of title, headings and body."""

    sheet: Sheet
    title: str
    head: list[int]
    body: list[int]


def read_workbook(content: bytes, source: str, table: str | None = None) -> Block:
    """Read one table of a workbook into labelled cells.

    Parameters
    ----------
    content : bytes
        An .xls or .xlsx file.
    source : str
        Its name, for messages.
    table : str, optional
        Title of the table, or a part of it, in any of the workbook's languages; not needed if the
        workbook has one table.

    Returns
    -------
    Block
        The cells below the table's headings; labels are those of the rows and the headings.

    Raises
    ------
    BadTable
        If the file cannot be read or holds no table.
    UnknownName
        If no title, or more than one, has the words of `table`; names the titles.
    """
    sheets = _read_sheets(content, source)
    tables = [found for sheet in sheets for found in _find_tables(sheet)]
    tables = [found for found in tables if not _CONTENTS.search(fold(found.title))]
    if not tables:
        raise BadTable(
            f"{source}: no table was found on the sheets {', '.join(s.name for s in sheets)}. A "
            "table has a title, headings over its values, and labels to the left of them."
        )
    chosen = _choose(tables, table, source)
    with_tables = {found.sheet.name for found in tables}
    about = [sheet for sheet in sheets if sheet.name not in with_tables]
    return _read_cells(chosen, source, about)


def _read_sheets(content: bytes, source: str) -> list[Sheet]:
    """Read every sheet with its merged cells filled."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = []
        for name in book.sheet_names:
            page = book.get_sheet_by_name(name)
            rows: list[list[object]] = [list(row) for row in page.to_python(skip_empty_area=False)]
            wide = set()
            for (top, left), (bottom, right) in page.merged_cell_ranges or []:
                # A long title may be merged beyond the last value of the sheet.
                for row in range(top, min(bottom + 1, len(rows))):
                    for column in range(left, min(right + 1, len(rows[row]))):
                        rows[row][column] = rows[top][left]
                        if right > left:
                            wide.add((row, column))
            sheets.append(Sheet(name, rows, wide))
    except (CalamineError, OSError, ValueError) as error:
        raise BadTable(
            f"{source} cannot be read as a workbook ({error}): it is damaged, protected by a "
            "password or not complete. Download it again."
        ) from error
    return sheets


def _kind(value: object) -> str:
    """Say what a cell holds: n(umber), m(issing mark), t(ext), or nothing."""
    if isinstance(value, bool | dt.date | dt.time | dt.timedelta):
        return "n"  # not a share, which is told to the user with the place
    if isinstance(value, int | float):
        return "n"
    text = clean(value)
    if not text:
        return ""
    if _MISSING.fullmatch(text):
        return "m"
    return "n" if _NUMBER.fullmatch(text) else "t"


def _row_kind(sheet: Sheet, number: int) -> str:
    """Say what a row is: D(ata), H(eadings), T(ext before the values), or blank."""
    row = sheet.rows[number]
    kinds = [_kind(value) for value in row]
    values = [v for v, kind in zip(row, kinds, strict=True) if kind == "n"]
    texts = [n for n, kind in enumerate(kinds) if kind == "t"]
    if not any(kinds):
        return ""
    labelled = bool(texts) and texts[0] < len(row) - 1
    if values and all(find_wave(value, whole=True) for value in values):
        return "H"
    counted = [clean(value) for value in values]
    numbered = [[str(n) for n in range(s, s + len(values))] for s in (1, 2)]
    if len(values) > 1 and counted in numbered and all(len(clean(row[n])) == 1 for n in texts):
        return "N"  # the columns numbered: 1, 2, 3
    if values and texts and texts[0] < len(kinds) - kinds[::-1].index("n") - 1:
        return "D"
    if not values and "m" in kinds and labelled:
        return "D"
    if values and not texts:
        return "D"
    spans = {clean(row[n]) for n in texts}
    return "T" if texts[0] == _left(sheet) and len(spans) == 1 else "H"


def _left(sheet: Sheet) -> int:
    """Return the first column that holds anything."""
    return min(n for row in sheet.rows for n, value in enumerate(row) if clean(value))


def _find_tables(sheet: Sheet) -> list[_Table]:
    """Find the tables of a sheet: text, headings, then data until the next headings."""
    kinds = [_row_kind(sheet, number) for number in range(len(sheet.rows))]
    heads = [n for n, kind in enumerate(kinds) if kind == "H" and _leads_to_data(kinds, n)]
    groups: list[list[int]] = []
    for n in heads:
        if groups and not {"D", "T"} & set(kinds[groups[-1][-1] + 1 : n]):
            groups[-1].append(n)
        else:
            groups.append([n])
    tables: list[_Table] = []
    starts = [_title_start(kinds, group[0]) for group in groups]
    for group, start, end in zip(
        groups, starts, [*starts[1:], len(kinds)][: len(groups)], strict=True
    ):
        body = [n for n in range(group[-1] + 1, end) if kinds[n] in ("D", "T")]
        data = [n for n in body if kinds[n] == "D"]
        above = [n for n in group if data and _is_title(sheet, n, data)]
        titles = [n for n in range(start, group[0]) if kinds[n] == "T"] + above
        if not titles and len(group) > 1 and len(_texts(sheet, group[0])) == 1:
            titles = above = group[:1]
        units = [n for n in group if all(_UNIT.search(fold(t)) for t in _texts(sheet, n))]
        head = [n for n in group if n not in units and n not in above]
        texts = [text for n in titles for text in _texts(sheet, n)]
        texts = [t for t in texts if not (_UNIT.fullmatch(fold(t)) or _NOTE.match(fold(t)))]
        title = " / ".join(dict.fromkeys(texts))
        if head and data:
            tables.append(_Table(sheet, title or sheet.name, head, body))
    return tables


def _is_title(sheet: Sheet, number: int, data: Sequence[int]) -> bool:
    """Say whether a row is a title over labels and values alike, and not headings of values."""
    row = sheet.rows[number]
    values: set[int] = set()
    for line in data:  # all of them: the first value of one may be blank
        kinds = [_kind(value) for value in sheet.rows[line]]
        label = kinds.index("t") if "t" in kinds else -1
        values |= {n for n, kind in enumerate(kinds) if kind in ("n", "m") and n > label}
    first = min(values, default=0)
    over = [n for n in values if clean(row[n])]
    across = first and {(number, first - 1), (number, first)} <= sheet.wide
    return not over or bool(across and clean(row[first]) and row[first - 1] == row[first])


def _leads_to_data(kinds: Sequence[str], number: int) -> bool:
    """Say whether data follow headings before any other text does."""
    after = [kind for kind in kinds[number + 1 :] if kind not in ("", "N", "H")]
    if after[:1] == ["D"]:
        return True
    return len(after) > 1 and after[0] == "T" and "D" in after[1:4]


def _title_start(kinds: Sequence[str], head: int) -> int:
    """Return the first row of the text right above headings."""
    start = head
    while start and kinds[start - 1] in ("T", "", "H") and "D" not in kinds[start - 1 : head]:
        start -= 1
    return start


def _texts(sheet: Sheet, number: int) -> list[str]:
    """Return the different texts of a row."""
    return list(dict.fromkeys(clean(v) for v in sheet.rows[number] if clean(v)))


def _choose(tables: list[_Table], asked: str | None, source: str) -> _Table:
    """Choose a table by its title."""
    listed = "".join(f"\n  {t.title!r} (sheet {t.sheet.name})" for t in tables)
    if asked is None:
        if len(tables) == 1:
            return tables[0]
        raise UnknownName(
            f"{source} has {len(tables)} tables; name one by its title, table=...{listed}"
        )
    found = [t for t in tables if fold(asked) in fold(t.title)]
    found = [t for t in found if fold(asked) in map(fold, t.title.split(" / "))] or found
    if len(found) == 1:
        return found[0]
    many = "Several titles have" if found else "No title has"
    hint = "" if found else did_you_mean(asked, [t.title for t in tables])
    raise UnknownName(f"{source}: {many} the words {asked!r}.{hint} Its tables:{listed}")


def _read_cells(table: _Table, source: str, about: Sequence[Sheet]) -> Block:
    """Read the values of a table with the labels of their rows and headings."""
    sheet = table.sheet
    first, last, label_columns = _columns(table)
    columns = [c for c in range(first, last + 1) if _column_is_used(table, c)]
    head = [_heading(sheet, n, columns, final=n == table.head[-1]) for n in table.head]
    cells: list[Cell] = []
    section = outer = ""
    carried = [""] * len(label_columns)
    for at, number in enumerate(table.body):
        row = sheet.rows[number]
        said = [clean(row[c]) for c in label_columns]
        if not any(_kind(row[c]) in ("n", "m") for c in columns):
            text = " ".join(_texts(sheet, number))
            if not _is_empty_row(table, at, label_columns):
                plain = not text or fold(text).replace(" ", "_") in INCLUDING
                plain = plain or bool(_NOTE.match(fold(text)))
                section = section if plain else "" if _HEADLINE.search(fold(text)) else text
                outer = "" if not plain else outer
                continue
        for order, label in enumerate(said):
            if label:
                carried[order:] = [label] + [""] * (len(carried) - order - 1)
        kind = (find_group(carried[-1]) or ("", ""))[0]
        outer = carried[-1] if kind in ("total", "region") else outer
        within = outer if kind and kind not in ("total", "region") else ""
        for index, column in enumerate(columns):
            place = f"{source}, sheet {sheet.name}, cell {_name_column(column)}{number + 1}"
            names = (section, within, carried[-1], *carried[:-1], *(level[index] for level in head))
            cells.append(Cell(place, names, row[column]))
    cells = _forget_false_outer(cells)
    names = ("section", "region above", *(f"label {n + 1}" for n in range(len(label_columns))),
             *(f"heading {n + 1}" for n in range(len(head))))  # fmt: skip
    dated = " ".join(t for page in about for n in range(len(page.rows)) for t in _texts(page, n)
                     if find_wave(t))  # fmt: skip
    return Block(names, cells, table.title, dated, _find_population(about), source)


def _columns(table: _Table) -> tuple[int, int, list[int]]:
    """Tell the columns of values from those of labels before and behind them."""
    rows = [table.sheet.rows[n] for n in table.body]
    data = [r for r in rows if any(_kind(v) in ("n", "m") for v in r)]
    width = max(map(len, data))
    kinds = [[_kind(r[c]) if c < len(r) else "" for r in data] for c in range(width)]
    texts = [c for c in range(width) if kinds[c].count("t") * 2 >= len(data)]
    values = [c for c in range(width) if c not in texts and {"n", "m"} & set(kinds[c])]
    values = [c for c in values if c > min(texts, default=-1)]  # not the number of the row
    if not values:
        raise BadTable(f"{table.title!r}, sheet {table.sheet.name}: there are no values.")
    values = [c for c in values if not _is_code(table, c)]
    # A column of labels with gaps (merged or written once) has fewer texts than rows.
    before = [c for c in range(values[0]) if "t" in kinds[c] and not _is_code(table, c)]
    if not before:
        raise BadTable(f"{table.title!r}, sheet {table.sheet.name}: the rows have no labels.")
    return values[0], values[-1], before


def _is_code(table: _Table, column: int) -> bool:
    """Say whether the headings call a column one of codes or numbers of rows."""
    return any(_CODES.search(fold(table.sheet.rows[n][column])) for n in table.head)


def _column_is_used(table: _Table, column: int) -> bool:
    """Say whether a column has a heading or a value."""
    rows = table.sheet.rows
    return any(clean(rows[n][column]) for n in [*table.head, *table.body])


def _heading(sheet: Sheet, number: int, columns: Sequence[int], *, final: bool) -> list[str]:
    """Return the heading of each column; one that is written once stands for those after it."""
    row = sheet.rows[number]
    labels = [clean(row[c]) for c in columns]
    if not final and not any((number, c) in sheet.wide for c in columns):
        for n in range(1, len(labels)):
            labels[n] = labels[n] or labels[n - 1]
    return labels


def _is_empty_row(table: _Table, at: int, label_columns: Sequence[int]) -> bool:
    """Tell a row of a list that has no values from a heading of the rows below it."""
    row, below = table.sheet.rows[table.body[at]], table.body[at + 1 : at + 2]
    here = find_group(row[label_columns[-1]]) if label_columns else None
    if not (here and below):
        return False
    after = find_group(table.sheet.rows[below[0]][label_columns[-1]])
    return bool(after) and after[0] == here[0]  # type: ignore[index]  # not None, as bool says


def _forget_false_outer(cells: list[Cell]) -> list[Cell]:
    """Keep the region above "urban" and "rural" only where these stand below several regions.

    In a list such as Kazakhstan, urban, rural, Abai, Akmola, ..., men, women they are of the
    whole country.
    """
    below = {(c.labels[0], c.labels[2], c.labels[1]) for c in cells if c.labels[1]}
    outers = {outer for _, _, outer in below}
    one_region = len(outers) == 1 and cells[0].labels[2] in outers
    if len(below) > len({key[:2] for key in below}) or one_region:
        return cells
    return [c._replace(labels=(c.labels[0], "", *c.labels[2:])) for c in cells]


def _find_population(about: Sequence[Sheet]) -> str:
    """Return who was asked, as the metadata sheet says."""
    for sheet in about:
        for number in range(len(sheet.rows)):
            texts = _texts(sheet, number)
            if len(texts) > 1 and _POPULATION.search(fold(texts[0])):
                return texts[1]
    return UNKNOWN_POPULATION


def _name_column(number: int) -> str:
    """Name a column as spreadsheets do: 0 is A, 26 is AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
