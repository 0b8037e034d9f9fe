"""Published tables of survey shares, in files as their publishers give them out.

What a publisher's files look like is declared in a file of `layouts` (see `Layout`): a new
publisher is a new file there, not code. Words that many publishers use: ``survey_words.toml``.
"""

import datetime as dt
import json
import os
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec
import pandas as pd

from govlib.datasets import economies
from govlib.errors import BadParameter, BadTable, FailedFetch, UnknownName, did_you_mean
from govlib.ingest.download import download, hide_keys
from govlib.ingest.workbooks import (
    WORKBOOK,
    Row,
    cell_name,
    column_number,
    decode,
    named,
    no_table,
    open_workbook,
    read_bytes,
    split,
)
from govlib.stats.shares import COLUMNS, ITEM_KEYS, TOTAL, check_survey, sum_shares

Role = Literal[
    "year", "group", "country", "item", "answer", "label", "share", "unit", "title", "skip"
]


class Layout(msgspec.Struct, forbid_unknown_fields=True):
    """What is where in a publisher's files, and its words for items, answers and groups.

    Each column (CSV, JSON), row of headings and column of labels (workbook) has a role; ``label``
    is a year, group (of people), item or answer, told by its words; ``country`` is an economy. In
    names, titles and words capital letters are as small ones, and ``*`` stands for any letters.
    """

    publisher: str
    kind: Literal["csv", "json", "workbook"]
    units: list[str] = []
    # govlib's name for words of the publisher; groups by `group_by` (region, sex, ...)
    items: dict[str, list[str]] = {}
    answers: dict[str, list[str]] = {}
    groups: dict[str, dict[str, list[str]]] = {}
    # CSV, JSON: columns that tell the layout; roles, the first that fits; a list in each entry, one
    # value an element; ends of names ("_en") of which the first is read
    needs: list[str] = []
    columns: dict[str, Role] = {}
    explode: str = ""
    languages: list[str] = []
    # workbook: where a table is, rows from 1 and columns as "A"; without them tables are found on
    # every sheet, headings above the values and labels to the left of them
    sheet: str = "*"
    header_rows: list[int] = []
    header: list[Role] = []
    label_columns: list[Annotated[str, msgspec.Meta(pattern="^[A-Za-z]{1,3}$")]] = []
    labels: list[Role] = []
    last_row: int | None = None
    # workbook: titles of what is no table, headings of codes, notes among rows, headings among rows
    # that name no item, label of the cell that says who was asked
    skip_titles: list[str] = []
    skip_columns: list[str] = []
    notes: list[str] = []
    headlines: list[str] = []
    population: list[str] = []


class _Block(NamedTuple):
    """The cells of a table (place, value, and a column of labels by role) and what is around it."""

    cells: pd.DataFrame
    roles: dict[str, str]
    title: str
    dated: str = ""
    population: str = "not stated in the file"
    hidden: Sequence[str] = ()  # rows and columns, left out


def read_file(
    path: str | os.PathLike[str],
    *,
    layout: str | os.PathLike[str] | None = None,
    survey: str | None = None,
    table: str | None = None,
    wave: str | None = None,
    answer: str | None = None,
    skip_incomplete: bool = False,
) -> pd.DataFrame:
    """Read a table of survey shares from a file as its publisher gives it out.

    Parameters
    ----------
    path : path or str
        A workbook, CSV or JSON file, or the address (http, https) of one, which is not stored.
    layout : path, optional
        A TOML file of your own that says what is where (see `Layout`); by default the included
        one that fits. If none fits, the error has one to begin with.
    survey : str, optional
        Name for the survey; by default that of the file.
    table : str, optional
        Title of the table in a workbook, or part of it; needed if the workbook has several.
    wave : str, optional
        ``"2023"``, or ``"2023-10"`` for the month in which fieldwork began: needed if the file
        names no year; of several waves it chooses one.
    answer : str, optional
        Which answer the shares are of, in a table of one share per item ("% who trust"); the rest
        of each 100 gets the answer ``other``.
    skip_incomplete : bool
        Whether to leave out, and list in ``attrs["left_out"]``, items that have unpublished cells
        or do not sum to 100 within rounding; by default they raise BadTable.

    Returns
    -------
    DataFrame
        A survey table (see `check_survey`); ``base`` is ``all``, ``question`` the title. Groups
        have English names (``Abai region``, ``urban``, ``men``); regions divided in 2022 end in
        ``(to 2022)`` where they are meant as before. Known items and answers have govlib's names,
        others keep their labels. ``attrs``: ``source``; ``marks``, the footnote marks at values;
        ``left_out``, also hidden rows and columns. ``-`` is 0 (no cases); ``…`` (not available),
        ``x`` (confidential) and blank have no row.

    Raises
    ------
    BadTable
        If no layout fits or something cannot be read: names sheet, cell (or line, entry), reason.
    UnknownName, FailedFetch
        If no table, or more than one, has that title; if an address cannot be fetched.
    BadParameter
        If no wave is known, or the file is of another; if something is wrong in a layout of your
        own.
    """
    own = None if layout is None else _read_layout(Path(layout))
    address = str(path).lower().startswith(("http://", "https://"))
    source = hide_keys(str(path)).split("?")[0] if address else Path(path).name
    name = PurePosixPath(unquote(urlsplit(source).path) if address else source).stem
    with named(source):
        try:
            content = download(str(path)) if address else read_bytes(Path(path))
        except FailedFetch as error:
            raise FailedFetch(f"{error}\nOr save the file in a browser: give its path.") from error
        block, words = _read(content, name, own, table)
        rows = _tell(block, words, None if wave is None else str(wave), answer)
        made = _complete(rows, words, survey or name, skip_incomplete)
    made.attrs = {"source": source} | made.attrs
    return made


@cache
def _common() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("survey_words.toml").read_text("utf-8"))


def _read_layout(path: Path) -> Layout:
    try:
        return msgspec.toml.decode(read_bytes(path), type=Layout)
    except (BadTable, msgspec.DecodeError) as error:
        keys = ", ".join(Layout.__struct_fields__)
        raise BadParameter(f"layout {path}: {error}. A layout has the keys {keys}.") from error


# Letters that look alike in both scripts.
_IS_LATIN, _IS_CYRILLIC = "[A-Za-zƏəƟɵ]", "[\u0400-\u04ff]"
_LATIN, _CYRILLIC = "AaBCcEeHIiKkMOoPpTXxYyƏəhƟɵ", "АаВСсЕеНІіКкМОоРрТХхУуӘәһӨө"


def clean(text: object) -> str:
    """Write a label plainly: one kind of space, and each word in one script.

    Published files have words such as "Cеверо" with a Latin C, which would match nothing.
    """
    if isinstance(text, float) and text.is_integer():
        text = int(text)
    plain = unicodedata.normalize("NFC", "" if text is None else str(text))
    plain = " ".join(re.sub(r"[\u00ad\ufeff]", "", plain).replace("\u200b", " ").split())
    return re.sub(r"[^\W\d_]+", _one_script, plain)


def _one_script(found: "re.Match[str]") -> str:
    """Write a word that mixes two scripts in the one that its unmistakable letters are of."""
    word = found[0]
    if not (re.search(_IS_LATIN, word) and re.search(_IS_CYRILLIC, word)):
        return word
    cyrillic = word.translate(str.maketrans(_LATIN, _CYRILLIC))
    latin = word.translate(str.maketrans(_CYRILLIC, _LATIN))
    is_latin = re.search(_IS_LATIN, cyrillic) and not re.search(_IS_CYRILLIC, latin)
    return latin if is_latin else cyrillic


def fold(text: object) -> str:
    """Return a label as it is compared: cleaned, small letters, no footnote mark."""
    folded = re.sub(r"[–—‑]", "-", clean(text).casefold().replace("ё", "е"))
    return re.sub(r"[\s*†‡¹²³⁴⁵⁶⁷⁸⁹⁰⁾:]+$|(?<=\D)\s*\d\)$", "", folded)


def _fits(text: object, words: Iterable[str]) -> bool:
    """Return True if a text is one of some words, in which * stands for any letters."""
    folded = fold(text)
    return any(fnmatchcase(folded, word.casefold()) for word in words)


def find_wave(text: object, *, whole: bool = False) -> tuple[str, str] | None:
    """Read start and end (ISO 8601) of the one year, or its months, that a text names (is)."""
    folded = fold(text)
    if packed := re.fullmatch(r"((?:19|20)\d\d)-?(0[1-9]|1[0-2])", folded):
        return f"{packed[1]}-{packed[2]}", f"{packed[1]}-{packed[2]}"
    years = set(re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", folded))
    if len(years) != 1:
        return None
    year, known = years.pop(), _common()["months"]
    quarter = re.search(
        r"\b(iv|iii|ii|i|[1-4])[ -]*(?:й |ші |шы |th |st )?(?:кв\w*|тоқсан\w*|quarter)", folded
    )
    rest = folded.replace(quarter[0], " ") if quarter else folded
    said = re.findall(r"\w+", re.sub(rf"(\d\d\.\d\d\.)?{year}", " ", rest))
    if whole and not all(_fits(word, sum(known, _common()["periods"])) for word in said):
        return None
    months = [n for n, names in enumerate(known, 1) if any(_fits(word, names) for word in said)]
    if quarter:
        number = {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(quarter[1]) or int(quarter[1])
        months = [3 * number - 2, 3 * number]
    start, end = (f"{year}-{months[n]:02}" if months else year for n in (0, -1))
    return start, end


_MARKED = re.compile(r"(\d{1,3}(?:[.,]\d+)?)\s*%?\s*((?:[*†‡¹²³⁴⁵⁶⁷⁸⁹⁰⁾]|\d\))*)")
_MISSING = {
    "…": "not available",
    "..": "not available",
    "...": "not available",
    "x": "confidential",
    "х": "confidential",
}
_DASHES = ("-", "–", "—", "−")


def read_share(value: object, place: str) -> tuple[float | None, str, str]:
    """Read a cell: its share in percent, or None and why; the footnote mark at it."""
    text = clean(value)
    if text.casefold() in ("", "nan", "null"):
        return None, "blank", ""
    if why := _MISSING.get(text.casefold()):
        return None, f"{text} ({why})", ""
    number = None if isinstance(value, bool) else _MARKED.fullmatch(text)
    if isinstance(value, int | float) and not isinstance(value, bool):
        share, mark = float(value), ""
    elif number:
        share, mark = float(number[1].replace(",", ".")), number[2]
    elif text in _DASHES:  # no cases
        share, mark = 0.0, ""
    else:
        share, mark = -1.0, ""
    if not 0 <= share <= 100:
        raise BadTable(
            f"{place}: {value!r} is not a share. Expected a number from 0 to 100 such as 4,9, "
            "perhaps with a footnote mark (4,9*), or … (not available), x (confidential), - (no "
            "cases)."
        )
    return share, "", mark


class Words:
    """The words of a layout and of all publishers: what a label means."""

    def __init__(self, layout: Layout) -> None:
        """Put the layout's own words first."""
        common, self.layout = _common(), layout
        self.items, self.answers = (
            {name: own.get(name, []) + every.get(name, []) for name in own | every}
            for own, every in ((layout.items, common["items"]), (layout.answers, common["answers"]))
        )
        self.groups = {
            _key(word): (kind, group)
            for part in (common["groups"], layout.groups)
            for kind, groups in part.items()
            for group, words in groups.items()
            for word in (group, *words)
        }
        self.order = ["country", *common["groups"], "age", *layout.groups]

    def group(self, label: object) -> tuple[str, str] | None:
        """Return `group_by` and `group` of a label; it may have two languages, parted by / or |."""
        ranks = "|".join(_common()["ranks"])
        for key in map(_key, (str(label), *re.split(r"[\n/|]", str(label)))):
            bare = self.groups.get(re.sub(rf"^({ranks}) | ({ranks})$", "", key), ("", ""))
            if key in self.groups:
                return self.groups[key]
            if bare[0] == "region":
                return bare
            if age := re.fullmatch(r"y?(\d\d)(?:t| ?- ?)(\d\d)(?: ?(лет|жас\w*|years?))?", key):
                return "age", f"{age[1]}-{age[2]}"
            older = r"y ge(\d\d)|(\d\d)\+|(\d\d) (?:лет )?(?:и|жас|жастан|years|and) ?.*"
            if age := re.fullmatch(older, key):
                return "age", f"{age[1] or age[2] or age[3]}+"
        return None


def _named(label: str, names: dict[str, list[str]]) -> str:
    """Return the first name whose words a label fits, or the label itself."""
    return next((name for name, words in names.items() if _fits(label, words)), label)


def _key(text: object) -> str:
    """Return a label as the words for groups are compared."""
    return re.sub(r"[\s.,_]+", " ", fold(text)).strip()


def _unknown(why: str, rows: Iterable[str], starter: str) -> BadTable:
    """Show the first rows of a table that no layout fits, and a layout to begin with."""
    first = "\n".join(rows)
    return BadTable(
        f"{why}\nIts first rows:\n{first}\nSave what is where as a TOML file, "
        f"correct it, and pass layout=its path (help(govlib.ingest.survey_tables.Layout)):\n\n"
        f'publisher = "..."\n{starter}\n'
    )


def _read(content: bytes, name: str, own: Layout | None, table: str | None) -> tuple[_Block, Words]:
    """Read a file of any kind into labelled cells; its name is the title where it has none."""
    is_workbook = content.startswith(WORKBOOK)
    text = "" if is_workbook else decode(content)
    kind = "workbook" if is_workbook else "json" if text.lstrip()[0] in "[{" else "csv"
    folder = Path(__file__).with_name("layouts")
    layouts = [own] if own else [_read_layout(path) for path in sorted(folder.glob("*.toml"))]
    layouts = sorted((one for one in layouts if one.kind == kind), key=lambda one: -len(one.needs))
    if not layouts:
        raise BadParameter(f"it is a file of the kind {kind}; the layout is for another.")
    if is_workbook:
        words = Words(layouts[0])
        return _read_workbook(content, table, words), words
    entries = _read_csv(text) if kind == "csv" else _read_json(text)
    columns = {column for _, entry in entries for column in entry}
    layout = next((layout for layout in layouts if {*layout.needs} <= columns), layouts[-1])
    if layout.explode:
        entries = [row for place, entry in entries for row in _explode(place, entry, layout)]
    return _read_columns(entries, name, words := Words(layout)), words


Entries = list[tuple[str, dict[str, Any]]]
"""The rows of a file by the names of their columns, each with its place."""


def _read_csv(text: str) -> Entries:
    """Read the lines of a CSV file."""
    header, *lines = split(text, comment="#")
    names = [name.strip() for name in header]
    return [
        (f"line {number}", dict(zip(names, line, strict=False)))
        for number, line in enumerate(lines, 2)
    ]


def _read_json(text: str) -> Entries:
    """Read the entries of a list of objects, which may be in an object."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadTable(f"it is not complete JSON ({error}): save it again.") from error
    if isinstance(read, dict):
        read = next((value for value in read.values() if isinstance(value, list)), None)
    if not read or not all(isinstance(entry, dict) for entry in read):
        raise no_table(text)
    return [(f"entry {number}", entry) for number, entry in enumerate(read, 1)]


def _explode(place: str, entry: dict[str, Any], layout: Layout) -> Entries:
    """Give one entry for each element of a list in it, names in names parted by a dot."""
    name = layout.explode
    lists = {key: entry.get(key) for key in {*layout.needs, name}}
    parts: Any = lists.pop(name)
    if not all(isinstance(one, list) for one in (parts, *lists.values())) or not all(
        isinstance(part, dict) for part in parts
    ):
        wanted = ", ".join([*layout.needs, name])
        raise BadTable(f"{place}: expected lists {wanted}; it has {', '.join(entry)}.")
    flat = entry | {
        f"{key}.{n}": v for key, one in lists.items() for n, v in enumerate(one or [], 1)
    }
    return [
        (f"{place}, {name} {number}", flat | {f"{name}.{key}": v for key, v in part.items()})
        for number, part in enumerate(parts, 1)
    ]


def _read_columns(entries: Entries, title: str, words: Words) -> _Block:
    """Make cells of rows, one value a row; the layout says what the columns are."""
    layout = words.layout
    table = list(dict.fromkeys(name for _, entry in entries for name in entry))
    globs = {
        glob.format(name=n).casefold(): role
        for glob, role in layout.columns.items()
        for n in (table if "{name}" in glob else [""])
    }
    roles: dict[str, str] = {
        name: next((r for glob, r in globs.items() if fnmatchcase(name.casefold(), glob)), "skip")
        for name in table
    }
    for at, end in enumerate(layout.languages):  # the same label in a language that is preferred
        for better in layout.languages[:at]:
            twins = (re.sub(rf"{end}$", better, name) for name in table if name.endswith(end))
            roles |= {re.sub(f"{better}$", end, twin): "skip" for twin in twins if twin in roles}
    shares, years = (
        [name for name, role in roles.items() if role == wanted] for wanted in ("share", "year")
    )
    if len(shares) != 1:
        declared = "\n".join(f'"{name}" = "label"' for name in table)
        raise _unknown(
            f"no layout fits. The columns are {', '.join(table)}; found with shares: "
            f"{' and '.join(shares) or 'none'}.",
            [str(list(entry.values())) for _, entry in entries[:3]],
            f'kind = "{layout.kind}"\n\n[columns] # year, group, item, answer, share\n{declared}',
        )
    [share] = shares
    used = {n: r for n, r in roles.items() if r not in ("skip", "year", "share")}
    cells: list[dict[str, Any]] = []
    for place, entry in entries:
        if missing := [name for name in (*used, share) if name not in entry]:
            raise BadTable(f"{place} lacks {', '.join(missing)}.")
        cell = {name: clean(entry[name]) for name in used}
        said = [clean(entry.get(name)) for name in years]
        period = next((text for text in said if find_wave(text, whole=True)), "")
        if any(said) and not period:
            raise BadTable(
                f"{place}, column {years[0]}: {said[0]!r} is not one year, month or quarter."
            )
        for name, role in used.items():
            if role == "unit" and cell[name] and not _fits(cell[name], layout.units):
                needed = f"shares in percent ({', '.join(layout.units)}) are needed"
                raise BadTable(f"{place}: {name} is {cell[name]}; {needed}.")
        more = {"period": period, "place": f"{place}, column {share}", "value": entry[share]}
        cells.append(cell | more)
    made = pd.DataFrame(cells, dtype=object)
    titles = [said for name in used if used[name] == "title" for said in made[name].unique()]
    if len(titles) > 1:
        raise BadTable(f"it has several indicators ({'; '.join(titles)}): save one at a time.")
    axes = {"period": "year"} if years else {}
    axes |= {name: role for name, role in used.items() if role not in ("unit", "title")}
    return _Block(made, axes, "".join(titles) or title)


class _Table(NamedTuple):
    """Where a table is: its sheet (merged cells filled), the cells merged across, and its rows."""

    sheet: str
    rows: list[Row]
    wide: set[tuple[int, int]]
    title: str = ""
    head: Sequence[int] = ()
    body: Sequence[int] = ()

    def texts(self, number: int) -> list[str]:
        """Return the different texts of a row."""
        return list(dict.fromkeys(filter(None, map(clean, self.rows[number]))))


_STARTER = 'header_rows = [2, 3]\nheader = ["item", "answer"]\nlabels = ["group"]'
"""What a layout of a workbook may begin with."""


def _read_workbook(content: bytes, asked: str | None, words: Words) -> _Block:
    """Read the table of a workbook with a title, or its only one, into cells."""
    (sheets, hidden), layout = _read_sheets(content), words.layout
    tables = [
        table
        for sheet in sheets
        if fnmatchcase(sheet.sheet, layout.sheet)
        for table in _find_tables(sheet, layout)
    ]
    if not tables:
        fullest = max(sheets, key=lambda sheet: len(sheet.rows))
        raise _unknown(
            f"no table was found on the sheets {', '.join(sheet.sheet for sheet in sheets)}: "
            "headings over values, labels to the left of them.",
            [f"{n} {' | '.join(map(clean, row))}" for n, row in enumerate(fullest.rows[:8], 1)],
            f'kind = "workbook"\nsheet = "{fullest.sheet}"\nlabel_columns = ["A"]\n{_STARTER}',
        )
    found = [t for t in tables if asked is None or fold(asked) in fold(t.title)]
    found = [t for t in found if asked and fold(asked) in map(fold, t.title.split(" / "))] or found
    if len(found) != 1:
        listed = "".join(f"\n  {t.title!r} (sheet {t.sheet})" for t in tables)
        hint = "" if found or not asked else did_you_mean(asked, [t.title for t in tables])
        which = f"{len(found)} of its tables have the title table={asked!r}"
        raise UnknownName(f"{which}; name one by its title.{hint} There are:{listed}")
    [table] = found
    named_sheets = {one.sheet for one in tables}
    about = [p.texts(n) for p in sheets if p.sheet not in named_sheets for n in range(len(p.rows))]
    gone = [what for what in hidden if what.startswith(f"sheet {table.sheet}, ")]
    return _read_cells(table, words, about)._replace(hidden=gone)


def _read_sheets(content: bytes) -> tuple[list[_Table], list[str]]:
    """Read every sheet with its merged cells filled; say what is hidden and so left out."""
    book, hidden = open_workbook(content)
    sheets = [_Table(name, rows, set()) for name, rows, _ in book]
    for sheet, (_, rows, merged) in zip(sheets, book, strict=True):
        for (top, left), (bottom, right) in merged:
            # A long title may be merged beyond the last value of the sheet.
            for n, row in enumerate(rows[top : bottom + 1], top):
                columns = range(left, min(right + 1, len(row)))
                row[left : right + 1] = [rows[top][left]] * len(columns)
                sheet.wide.update((n, column) for column in columns if right > left)
    return sheets, hidden


def _kind(value: object) -> str:
    """Tell what a cell has: n(umber), m(issing mark), t(ext), or nothing."""
    if isinstance(value, int | float | dt.date | dt.time | dt.timedelta):
        return "n"  # a date is no share either, which is told with its place
    text = clean(value)
    if text.casefold() in _MISSING or text in _DASHES:
        return "m"
    return "" if not text else "n" if _MARKED.fullmatch(text) else "t"


def _row_kind(row: list[object], left: int) -> str:
    """Tell what a row is: D(ata), H(eadings), T(ext at the left), or nothing."""
    kinds = [_kind(value) for value in row]
    values = [clean(v) for v, kind in zip(row, kinds, strict=True) if kind == "n"]
    texts = [n for n, kind in enumerate(kinds) if kind == "t"]
    counted = [[str(n) for n in range(start, start + len(values))] for start in (1, 2)]
    if len(values) > 1 and values in counted and all(len(clean(row[n])) == 1 for n in texts):
        return ""  # the columns numbered: 1, 2, 3
    if values and all(find_wave(value, whole=True) for value in values):
        return "H"
    of_values = [n for n, kind in enumerate(kinds) if kind == ("n" if values else "m")]
    if of_values and (texts or values) and min(texts, default=-1) < of_values[-1]:
        return "D"
    at_left = texts and texts[0] == left and len({clean(row[n]) for n in texts}) == 1
    return "T" if at_left else "H" if any(kinds) else ""


def _find_tables(sheet: _Table, layout: Layout) -> list[_Table]:
    """Find the tables of a sheet: titles, headings, then data until the next headings."""
    if layout.header_rows:
        head = [row - 1 for row in layout.header_rows]
        said = [text for n in range(head[0]) for text in sheet.texts(n)]
        below = range(head[-1] + 1, len(sheet.rows[: layout.last_row]))
        body = [n for n in below if sheet.texts(n)]
        return [sheet._replace(title=" / ".join(dict.fromkeys(said)), head=head, body=body)]
    left = min((n for row in sheet.rows for n, v in enumerate(row) if clean(v)), default=0)
    kinds = [_row_kind(row, left) for row in sheet.rows]
    found: list[tuple[list[int], list[int]]] = []
    above: list[int] = []
    for n, kind in enumerate(kinds):
        if kind != "D":
            above += [n] if kind else []
            continue
        last = max((at for at, row in enumerate(above, 1) if kinds[row] == "H"), default=0)
        if last:
            found.append((above[:last], []))
        if found:
            found[-1][1].extend([*above[last:], n])
        above = []
    tables = []
    for before, body in found:
        first = next(at for at, row in enumerate(before) if kinds[row] == "H")
        titles, head = before[:first], before[first:]
        across = sheet.rows[head[0]][left : left + 2]
        merged = clean(across[0]) and across[0] == across[-1]  # over labels and values alike
        if not titles and len(head) > 1 and (merged or len(sheet.texts(head[0])) == 1):
            titles, head = head[:1], head[1:]
        head = [n for n in head if not all(_fits(text, layout.units) for text in sheet.texts(n))]
        said = [
            text
            for n in titles
            for text in sheet.texts(n)
            if not _fits(text, layout.units + layout.notes)
        ]
        title = " / ".join(dict.fromkeys(said)) or sheet.sheet
        if head and not _fits(title, layout.skip_titles):
            tables.append(sheet._replace(title=title, head=head, body=body))
    return tables


def _columns(table: _Table, layout: Layout) -> tuple[list[int], list[int]]:
    """Tell the columns of labels from those of values."""
    used = [*table.head, *table.body]
    width = max(len(table.rows[n]) for n in used)
    if layout.label_columns:
        before = [column_number(name) - 1 for name in layout.label_columns]
        values = list(range(max(before) + 1, width))
    else:
        kinds = [{_kind(table.rows[n][c]) for n in table.body} for c in range(width)]
        codes = {
            c
            for c in range(width)
            for n in table.head
            if _fits(table.rows[n][c], layout.skip_columns)
        }
        texts = [c for c in range(width) if "t" in kinds[c] and c not in codes]
        found = [
            c
            for c in range(min(texts, default=width), width)
            if {"n", "m"} & kinds[c] and c not in codes
        ]
        before = [c for c in texts if c < min(found, default=0)]
        values = list(range(found[0], found[-1] + 1)) if found else []
    if not (before and values):
        raise BadTable(f"{table.title!r}, sheet {table.sheet}: no labels before the values.")
    return before, [c for c in values if any(clean(table.rows[n][c]) for n in used)]


def _read_cells(table: _Table, words: Words, about: list[list[str]]) -> _Block:
    """Read the values of a table with the labels of their rows and headings."""
    layout, (before, columns) = words.layout, _columns(table, words.layout)
    head = pd.DataFrame([[clean(table.rows[n][c]) for c in columns] for n in table.head])
    for order, number in enumerate(table.head[:-1]):
        # A heading that is written once, not merged, is that of the columns after it.
        if not any((number, c) in table.wide for c in columns):
            head.loc[order] = head.loc[order].replace("", None).ffill().fillna("")
    section = outer = ""
    carried = [""] * len(before)
    cells = []
    for number in table.body:
        row = table.rows[number]
        if not any(_kind(row[c]) in ("n", "m") for c in columns):
            text = " ".join(table.texts(number))
            if not _fits(text, _common()["including"] + layout.notes):
                section, outer = "" if _fits(text, layout.headlines) else text, ""
            continue
        for order, label in enumerate(clean(row[c]) for c in before):
            if label:
                carried[order:] = [label] + [""] * (len(carried) - order - 1)
        kind = (words.group(carried[-1]) or ("", ""))[0]
        outer = carried[-1] if kind in (TOTAL, "region") else outer
        labels = {
            "section": section,
            "region above": outer if kind not in ("", TOTAL, "region") else "",
        }
        labels |= {f"label {n}": label for n, label in enumerate(carried, 1)}
        for column, headings in zip(columns, head.T.to_numpy(), strict=True):
            cell = {"place": cell_name(table.sheet, number, column), "value": row[column]}
            cell |= labels | {f"heading {n}": text for n, text in enumerate(headings, 1)}
            cells.append(cell)
    made, last = pd.DataFrame(cells, dtype=object), f"label {len(before)}"
    # "Urban" is of the region above it below several regions, or if there is one. In a list
    # such as Kazakhstan, urban, rural, Abai, Akmola, ..., men, women it is of the country.
    below = made.loc[made["region above"] != "", ["section", last, "region above"]]
    below = below.drop_duplicates()
    one_region = below["region above"].unique().tolist() == [made[last].iloc[0]]
    if not (below.duplicated(["section", last]).any() or one_region):
        made["region above"] = ""
    roles = dict.fromkeys(made.columns[2:], "label")
    for name, declared in (("label", layout.labels), ("heading", layout.header)):
        roles |= {f"{name} {n}": role for n, role in enumerate(declared, 1)}
    if len(roles) > made.shape[1] - 2:
        raise BadParameter("layout: more roles in `labels` or `header` than columns or rows.")
    who = (line[1] for line in about if len(line) > 1 and _fits(line[0], layout.population))
    dated = " ".join(text for line in about for text in line if find_wave(text))
    return _Block(made, roles, table.title, dated, next(who, "not stated in the file"))


def _roles(block: _Block, words: Words, one: bool) -> dict[str, str]:
    """Tell what each column of labels is: as declared, or by its words; `one`: of one answer."""
    roles, content = block.roles.copy(), dict[str, list[str]]()
    ambiguous = _common()["ambiguous"]
    for name, role in block.roles.items():
        where = block.cells.drop_duplicates(name).set_index(name)["place"]
        if not (said := [label for label in where.index if label]):
            roles[name] = "skip"
        elif role in ("label", "year") and all(find_wave(label, whole=True) for label in said):
            roles[name] = "year"
            if "" in where:
                raise BadTable(f"{where['']}: no year stands at this value.")
        elif role in ("label", "group"):
            known = {words.group(label) for label in said} - {None, (TOTAL, TOTAL)}
            strange = [x for x in said if not words.group(x) and fold(x) not in ambiguous]
            if strange and (known or role == "group"):
                hint = did_you_mean(strange[0], [group for _, group in words.groups.values()])
                raise BadTable(
                    f"{where[strange[0]]}: {strange[0]!r} stands among groups of people but is "
                    f"not a known region, locality, sex or age.{hint}"
                )
            roles[name] = "label" if strange else "group"
        if roles[name] in ("label", "answer", "item"):
            content[name] = said
    if one:
        return roles | dict.fromkeys(content, "item")

    def know(name: str, names: dict[str, list[str]]) -> list[bool]:
        return [_named(label, names) in names for label in content[name]]

    answers = [name for name in content if roles[name] == "answer"]
    told = [name for name in content if roles[name] == "label"]
    # Labels that are known as answers, or else not as items.
    answers = answers or [name for name in told if any(know(name, words.answers))]
    if len(answers) != 1:
        answers = [name for name in answers or told if not all(know(name, words.items))]
    if len(answers) != 1:
        kind = words.layout.kind
        several = [f"{name}: {', '.join(labels[:3])}, ..." for name, labels in content.items()]
        columns = "\n".join(f'"{name}" = "{role}"' for name, role in roles.items())
        declared = _STARTER if kind == "workbook" else f"[columns]\n{columns}"
        raise _unknown(
            "which labels are the answers cannot be told. If each share is of one answer, name it: "
            'answer="trust".',
            several,
            f'kind = "{kind}"\n{declared}',
        )
    return roles | dict.fromkeys(content, "item") | {answers[0]: "answer"}


def _tell(block: _Block, words: Words, wave: str | None, one_answer: str | None) -> pd.DataFrame:
    """Make rows of cells; `why` says why those without a share have none."""
    if block.cells.empty:
        raise BadTable("the table has no values.")
    roles, cells = _roles(block, words, one_answer is not None), block.cells
    axes = {role: [name for name in roles if roles[name] == role] for role in {*roles.values()}}
    years = axes.get("year", [])
    kinds = axes.get("group", []) + axes.get("country", [])
    one = None if years else _find_one_wave(block, wave)
    groups = {name: _groups(cells, name, words, roles[name] == "country") for name in kinds}
    rows, marks = [], []
    for cell in cells.to_dict("records"):
        share, why, mark = read_share(cell["value"], place := cell["place"])
        waves = {one} if one else {find_wave(cell[name], whole=True) for name in years}
        pairs = {groups[name][cell[name]] for name in kinds if cell[name]} - {(TOTAL, TOTAL)}
        people = dict(sorted(pairs, key=lambda pair: words.order.index(pair[0])))
        if len(waves) > 1 or len(people) < len(pairs):
            two = [w[0] for w in waves if w] if len(waves) > 1 else [group for _, group in pairs]
            raise BadTable(f"{place}: stands under {' and '.join(sorted(two))}.")
        start, end = waves.pop() or ("", "")
        item, answer = (
            " / ".join(
                TOTAL if not x or words.group(x) == (TOTAL, TOTAL) else x
                for x in (cell[name] for name in axes.get(role, []))
            )
            for role in ("item", "answer")
        )
        rows.append(
            {
                "wave": start,
                "start": start,
                "end": end,
                "place": place,
                "share": share,
                "group_by": ", ".join(people) or TOTAL,
                "group": ", ".join(people.values()) or TOTAL,
                "item": item or _named(block.title, words.items),
                "answer": one_answer or answer,
                "why": why,
            }
        )
        marks += [f"{place}: {clean(cell['value'])} is marked {mark}"] if mark else []
    if one_answer is not None:
        rows += [
            row | {"answer": "other", "share": round(100 - row["share"], 10)}
            for row in rows
            if row["share"] is not None
        ]
    table = pd.DataFrame(rows).assign(question=block.title, population=block.population)
    parts = table["group"].str.split(", ").explode()
    for old, formed in _common()["divided"].items():
        after = table["wave"].isin(table.loc[parts.index[parts == formed], "wave"])
        before = ~after & (table["wave"].str[:4] < "2023")
        pattern, new = rf"(^|, ){old}(?=,|$)", rf"\1{old} (to 2022)"
        former = table["group"].str.replace(pattern, new, regex=True)
        table["group"] = table["group"].mask(before, former)
    if wave is not None and one is None:
        if wave not in (known := sorted(set(table["wave"]))):
            raise BadParameter(f"wave = {wave!r}: there are {', '.join(known)}.")
        table = table[table["wave"] == wave]
    table.attrs = {"marks": marks, "left_out": [*block.hidden]}
    return table[table["answer"] != TOTAL]  # the sum itself: it is computed


def _find_one_wave(block: _Block, wave: str | None) -> tuple[str, str]:
    """Find the wave of a table whose cells are not labelled with it."""
    found = find_wave(block.title) or find_wave(block.dated)
    asked = None if wave is None else find_wave(wave, whole=True)
    one = asked or found
    if one is None or (wave is not None and asked is None):
        raise BadParameter(
            f"wave = {wave!r}, and neither the table nor its title ({block.title!r}) names one "
            'year. Name it: wave="2023", or wave="2023-10" for the month in which fieldwork began.'
        )
    if found and one[0][:4] != found[0][:4]:
        raise BadParameter(f"wave = {wave!r}, but it is of {found[0]} ({block.title!r}).")
    return one


def _groups(
    cells: pd.DataFrame, name: str, words: Words, country: bool
) -> dict[str, tuple[str, str]]:
    """Return the group of each label of a column: a bare "Алматы" is the one not listed in full."""
    labels = [label for label in cells[name].unique() if label]
    if country:
        known = economies.names()
        return {x: ("country", known[economies.find(x, partial=False)]) for x in labels}
    groups = {label: words.group(label) for label in labels}
    for label in [label for label, group in groups.items() if not group]:
        may_be = [("region", region) for region in _common()["ambiguous"][fold(label)]]
        left = [pair for pair in may_be if pair not in groups.values()]
        if len(left) != 1:
            place = cells.loc[cells[name] == label, "place"].iloc[0]
            raise BadTable(
                f"{place}: {label!r} is the region in Kazakh and the city in Russian, and the "
                "table does not tell which: write г. Алматы or Алматы облысы."
            )
        groups[label] = left[0]
    return {label: group for label, group in groups.items() if group}


def _complete(table: pd.DataFrame, words: Words, survey: str, skip: bool) -> pd.DataFrame:
    """Keep the items whose published shares are all there; reject or list the others."""
    none = pd.array([pd.NA] * len(table), "Int64")
    table = table.assign(survey=survey, base="all", respondents=none)
    _check_repeated(table)
    published = table.dropna(subset="share")
    sums = sum_shares(published)
    whole = sums.index[(sums["sum"] - 100).abs() <= sums["tolerance"]]
    cases = table.groupby(ITEM_KEYS, sort=False)
    left_out = []
    for key, rows in cases:
        if key in whole:
            continue
        gone = rows[rows["share"].isna()]
        values = ", ".join(f"{v:g}" for v in rows["share"].dropna()) or "nothing"
        why = f"from {rows['place'].iloc[0]} the shares"
        if len(gone):
            why = f"{gone['place'].iloc[0]} is {gone['why'].iloc[0]}, and the rest"
        _, when, _, group, item, _ = key
        total = f"sum to {rows['share'].sum():.10g}, not to 100 within rounding"
        left_out.append(f"{item}, {group}, {when}: {why} ({values}) {total}")
    kept = published[pd.MultiIndex.from_frame(published[ITEM_KEYS]).isin(whole)]
    if left_out and (kept.empty or not skip):
        raise BadTable(
            f"{left_out[0]} ({len(left_out)} such items of {cases.ngroups}). Compare with the "
            'publication, or leave such items out (listed in table.attrs["left_out"]): '
            "skip_incomplete=True."
        )
    for column, names in (("item", words.items), ("answer", words.answers)):
        kept = kept.assign(**{column: [_named(label, names) for label in kept[column]]})
    _check_repeated(kept)
    order = kept.groupby("wave")["answer"].transform(lambda given: pd.factorize(given)[0] + 1)
    made = kept.assign(answer_order=order)[list(COLUMNS)].astype(COLUMNS).reset_index(drop=True)
    check_survey(made)
    made.attrs = table.attrs | {"left_out": table.attrs["left_out"] + left_out}
    return made


def _check_repeated(table: pd.DataFrame) -> None:
    """Reject a value that is given twice, and say where."""
    keys = [*ITEM_KEYS, "answer"]
    repeated = table[table.duplicated(keys)]
    if len(repeated):
        row = repeated.iloc[0]
        first, second = table.loc[(table[keys] == row[keys]).all(axis=1), "place"].iloc[:2]
        raise BadTable(
            f"{first} and {second} are both {row['answer']} of {row['item']}, {row['group']}, "
            f"{row['wave']}. Save one table at a time, without repeated rows."
        )
