"""Published tables of survey shares, in files as their publishers give them out.

What a publisher's files look like is declared in a file of `layouts` (see `Layout`): a new
publisher is a new file there, not code. Words that many publishers use: ``survey_words.toml``.
"""

import csv
import datetime as dt
import io
import json
import os
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec
import pandas as pd

from govlib.datasets import economies
from govlib.errors import BadParameter, BadTable, FailedFetch, UnknownName, did_you_mean
from govlib.ingest.download import download, hide_keys
from govlib.ingest.workbooks import Row, check_text, open_workbook, read_bytes
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
    label_columns: list[str] = []
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
        If no wave is known, or the file is of another; if an address names no file and `survey`
        is not given; if there is something wrong in a layout of your own.
    """
    if str(path).lower().startswith(("http://", "https://")):
        source = hide_keys(str(path)).split("?")[0]
        file = PurePosixPath(unquote(urlsplit(source).path))
        if survey is None and not file.suffix:
            why = "ends in no file's name, so that the survey has none"
            raise BadParameter(f"{source} {why}: give one, as survey='bns-trust'.")
        name = file.stem if file.suffix else str(survey)
        try:
            content = download(str(path))
        except FailedFetch as error:
            raise FailedFetch(f"{error}\nOr save the file in a browser: give its path.") from error
    else:
        source, name, content = Path(path).name, Path(path).stem, read_bytes(Path(path))
    own = None if layout is None else _read_layout(Path(layout))
    block, words = _read(content, source, name, own, table)
    rows = _tell(block, words, None if wave is None else str(wave), source, answer)
    return _complete(rows, words, survey or name, skip_incomplete)


@cache
def _common() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("survey_words.toml").read_text("utf-8"))


def _read_layout(path: Path) -> Layout:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Layout)
    except (OSError, msgspec.DecodeError) as error:
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
    rest = re.sub(rf"(\d\d\.\d\d\.)?{year}", " ", rest)
    said = re.findall(r"\w+", rest)
    if whole and not all(_fits(word, sum(known, _common()["periods"])) for word in said):
        return None
    months = [n for n, names in enumerate(known, 1) if any(_fits(word, names) for word in said)]
    if quarter:
        number = {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(quarter[1]) or int(quarter[1])
        months = [3 * number - 2, 3 * number]
    start, end = (f"{year}-{months[n]:02}" if months else year for n in (0, -1))
    return start, end


_MARKED = re.compile(r"(\d{1,3}(?:[.,]\d+)?)\s*%?\s*((?:[*†‡¹²³⁴⁵⁶⁷⁸⁹⁰⁾]|\d\))*)")
_MISSING = {"…": "not available", "..": "not available", "...": "not available",
            "x": "confidential", "х": "confidential"}  # fmt: skip
_DASHES = ("-", "–", "—", "−")


def read_share(value: object, place: str) -> tuple[float | None, str, str]:
    """Read a cell: its share in percent, or None and why; the footnote mark at it."""
    text = clean(value)
    if text.casefold() in ("", "nan", "null"):
        return None, "blank", ""
    if why := _MISSING.get(text.casefold()):
        return None, f"{text} ({why})", ""
    if text in _DASHES:
        return 0.0, "- (no cases)", ""
    number = None if isinstance(value, bool) else _MARKED.fullmatch(text)
    if isinstance(value, int | float) and not isinstance(value, bool):
        share, mark = float(value), ""
    elif number:
        share, mark = float(number[1].replace(",", ".")), number[2]
    else:
        raise BadTable(
            f"{place}: {value!r} is not a share. Expected a number such as 4,9, perhaps with a "
            "footnote mark (4,9*), or … (not available), x (confidential), - (no cases)."
        )
    if not 0 <= share <= 100:
        raise BadTable(f"{place}: {value!r} is not a percentage from 0 to 100.")
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
        self.order = list(dict.fromkeys([*common["groups"], "age", *layout.groups]))

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


def _unknown(source: str, why: str, rows: Iterable[str], starter: str) -> BadTable:
    """Show the first rows of a table that no layout fits, and a layout to begin with."""
    first = "\n".join(rows)
    return BadTable(
        f"{source}: {why}\nIts first rows:\n{first}\nSave what is where as a TOML file, "
        f"correct it, and pass layout=its path (help(govlib.ingest.survey_tables.Layout)):\n\n"
        f'publisher = "..."\n{starter}\n'
    )


def _read(
    content: bytes, source: str, name: str, own: Layout | None, table: str | None
) -> tuple[_Block, Words]:
    """Read a file of any kind into labelled cells; its name is the title where it has none."""
    folder = Path(__file__).with_name("layouts")
    layouts = [own] if own else [_read_layout(path) for path in sorted(folder.glob("*.toml"))]
    layouts.sort(key=lambda layout: -len(layout.needs))
    expected = f"Expected: {'; '.join(layout.publisher for layout in layouts)}."
    is_workbook = content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    try:
        text = "" if is_workbook else content.decode("utf-8-sig")
        begin = check_text(text).lstrip()[:1]
    except UnicodeDecodeError as error:
        raise BadTable(
            f"{source} is neither a workbook nor text in UTF-8 (byte {error.start + 1}). {expected}"
        ) from error
    except BadTable as error:
        raise BadTable(f"{source}: {error}") from error
    if begin == "<":
        raise BadTable(
            f"{source} is a web page, not data: the address may have answered with an error or "
            "a login. Save the file that the page links to."
        )
    if not begin and not is_workbook:
        raise BadTable(f"{source} is empty: download it again. {expected}")
    kind = "workbook" if is_workbook else "json" if begin in "[{" else "csv"
    layouts = [layout for layout in layouts if layout.kind == kind]
    if not layouts:
        raise BadParameter(f"{source} is a file of the kind {kind}; the layout is for another.")
    if is_workbook:
        words = Words(layouts[0])
        return _read_workbook(content, source, table, words), words
    entries = _read_csv(text, source) if kind == "csv" else _read_json(text, source)
    columns = {column for _, entry in entries for column in entry}
    layout = next((layout for layout in layouts if {*layout.needs} <= columns), layouts[-1])
    if layout.explode:
        entries = [row for place, entry in entries for row in _explode(place, entry, layout)]
    return _read_columns(entries, source, name, words := Words(layout)), words


Entries = list[tuple[str, dict[str, Any]]]
"""The rows of a file by the names of their columns, each with its place."""


def _read_csv(text: str, source: str) -> Entries:
    """Read the lines of a CSV file, parted as its first line is; those of comments are not."""
    first = next((line for line in text.splitlines() if not line.startswith("#")), "")
    try:
        read = csv.reader(io.StringIO(text, newline=""), delimiter=max("\t;,", key=first.count))
        lines = [line for line in read if any(line) and not line[0].startswith("#")]
    except csv.Error as error:
        raise BadTable(f"{source} is not a table of commas or tabs ({error}).") from error
    if not lines:
        raise BadTable(f"{source} has comments and no table: download it again.")
    header, *lines = lines
    for number, line in enumerate(lines, 2):
        if len(line) != len(header):
            why = f"{len(line)} values for {len(header)} columns; cut off, or saved with other"
            raise BadTable(f"{source}, line {number}: {why} separators.")
    names = [name.strip() for name in header]
    return [(f"{source}, line {number}", dict(zip(names, line, strict=True)))
            for number, line in enumerate(lines, 2)]  # fmt: skip


def _read_json(text: str, source: str) -> Entries:
    """Read the entries of the list in a JSON file."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadTable(f"{source} is not complete JSON ({error}): save it again.") from error
    if isinstance(read, dict):
        wrapped = [value for value in read.values() if isinstance(value, list) and value]
        if len(wrapped) != 1:
            raise BadTable(
                f"{source} is a JSON object, not a list of rows: {json.dumps(read)[:120]}. The "
                "server may have answered with an error (data.egov.kz needs an apiKey)."
            )
        read = wrapped[0]
    if not read:
        raise BadTable(f"{source} is an empty list: nothing was found under that address.")
    return _number(read, f"{source}, entry")


def _number(values: list[Any], place: str) -> Entries:
    """Give the objects of a list with their places."""
    for number, value in enumerate(values, 1):
        if not isinstance(value, dict):
            raise BadTable(f"{place} {number}: {value!r} is not an object with names.")
    return [(f"{place} {number}", value) for number, value in enumerate(values, 1)]


def _explode(place: str, entry: dict[str, Any], layout: Layout) -> Entries:
    """Give one entry for each element of a list in it, names in names parted by a dot."""
    name, flat = layout.explode, dict[str, Any]()
    for key in [*layout.needs, name]:
        if not isinstance(entry.get(key), list):
            raise BadTable(f"{place}: expected `{key}` (a list); it has {', '.join(entry)}.")
    for key, value in entry.items():
        several = isinstance(value, list) and key != name
        flat |= {f"{key}.{n}": v for n, v in enumerate(value, 1)} if several else {key: value}
    return [(at, flat | {f"{name}.{key}": value for key, value in inner.items()})
            for at, inner in _number(flat.pop(name), f"{place}, {name}")]  # fmt: skip


def _read_columns(entries: Entries, source: str, title: str, words: Words) -> _Block:
    """Make cells of rows, one value a row; the layout says what the columns are."""
    layout = words.layout
    table = list(dict.fromkeys(name for _, entry in entries for name in entry))
    globs = {glob.format(name=n).casefold(): role for glob, role in layout.columns.items()
             for n in (table if "{name}" in glob else [""])}  # fmt: skip
    roles: dict[str, str] = {
        name: next((r for glob, r in globs.items() if fnmatchcase(name.casefold(), glob)), "skip")
        for name in table
    }
    for at, end in enumerate(layout.languages):  # the same label in a language that is preferred
        for better in layout.languages[:at]:
            twins = (re.sub(rf"{end}$", better, name) for name in table if name.endswith(end))
            roles |= {re.sub(f"{better}$", end, twin): "skip" for twin in twins if twin in roles}
    shares = [name for name, role in roles.items() if role == "share"]
    if len(shares) != 1:
        declared = "\n".join(f'"{name}" = "label"' for name in table)
        raise _unknown(
            source,
            f"no layout fits. The columns are {', '.join(table)}; found with shares: "
            f"{' and '.join(shares) or 'none'}.",
            [str(list(entry.values())) for _, entry in entries[:3]],
            f'kind = "{layout.kind}"\n\n[columns] # year, group, item, answer, share\n{declared}',
        )
    [share] = shares
    used = {n: r for n, r in roles.items() if r not in ("skip", "year")}
    years = [name for name, role in roles.items() if role == "year"]
    axes = {n: r for n, r in used.items() if r not in ("share", "unit", "title")}
    cells: list[dict[str, Any]] = []
    for place, entry in entries:
        if missing := [name for name in used if name not in entry]:
            raise BadTable(f"{place} lacks {', '.join(missing)}.")
        said = [clean(entry.get(name)) for name in years]
        period = next((text for text in said if find_wave(text, whole=True)), "")
        if any(said) and not period:
            where = f"{place}, column {years[0]}"
            raise BadTable(f"{where}: {said[0]!r} is not one year, month or quarter.")
        cell = {"period": period} | {name: clean(entry[name]) for name in used}
        for name, role in used.items():
            if role == "unit" and cell[name] and not _fits(cell[name], layout.units):
                needed = f"shares in percent ({', '.join(layout.units)}) are needed"
                raise BadTable(f"{place}: {name} is {cell[name]}; {needed}.")
        cells.append(cell | {"place": f"{place}, column {share}", "value": entry[share]})
    made = pd.DataFrame(cells, dtype=object)
    titles = [title for name in used if used[name] == "title" for title in made[name].unique()]
    if len(titles) > 1:
        raise BadTable(
            f"{source} has several indicators ({'; '.join(titles)}): save one at a time."
        )
    return _Block(made, ({"period": "year"} if years else {}) | axes, "".join(titles) or title)


class _Table(NamedTuple):
    """Where a table is: its sheet (merged cells filled), the cells merged across, and its rows."""

    sheet: str
    rows: list[Row]
    wide: set[tuple[int, int]]
    title: str
    head: list[int]
    body: list[int]

    def texts(self, number: int) -> list[str]:
        """Return the different texts of a row."""
        return list(dict.fromkeys(clean(v) for v in self.rows[number] if clean(v)))


_STARTER = 'header_rows = [2, 3]\nheader = ["item", "answer"]\nlabels = ["group"]'
"""What a layout of a workbook may begin with."""


def _read_workbook(content: bytes, source: str, asked: str | None, words: Words) -> _Block:
    """Read the table of a workbook with a title, or its only one, into cells."""
    (sheets, hidden), layout = _read_sheets(content, source), words.layout
    if not sheets:
        raise BadTable(f"{source}: the workbook has no sheet with cells that are shown.")
    tables = [table for sheet in sheets if fnmatchcase(sheet.sheet, layout.sheet)
              for table in _find_tables(sheet, layout)]  # fmt: skip
    if not tables:
        fullest = max(sheets, key=lambda sheet: len(sheet.rows))
        first = enumerate(fullest.rows[:8], 1)
        raise _unknown(
            source,
            f"no table was found on the sheets {', '.join(sheet.sheet for sheet in sheets)}: "
            "headings over values, labels to the left of them.",
            [f"{n} {' | '.join(map(clean, row))}" for n, row in first],
            f'kind = "workbook"\nsheet = "{fullest.sheet}"\nlabel_columns = ["A"]\n{_STARTER}',
        )
    listed = "".join(f"\n  {t.title!r} (sheet {t.sheet})" for t in tables)
    found = [t for t in tables if asked is None or fold(asked) in fold(t.title)]
    found = [t for t in found if asked and fold(asked) in map(fold, t.title.split(" / "))] or found
    if len(found) != 1:
        why = f" has {len(tables)} tables; name one by its title, table=..."
        if asked is not None:
            hint = "" if found else did_you_mean(asked, [t.title for t in tables])
            many = "Several titles have" if found else "No title has"
            why = f": {many} the words {asked!r}.{hint} Its tables:"
        raise UnknownName(f"{source}{why}{listed}")
    named = {table.sheet for table in tables}
    about = [p.texts(n) for p in sheets if p.sheet not in named for n in range(len(p.rows))]
    block = _read_cells(found[0], source, words, about)
    gone = f"sheet {found[0].sheet}, "
    return block._replace(hidden=[what for what in hidden if what.startswith(gone)])


def _read_sheets(content: bytes, source: str) -> tuple[list[_Table], list[str]]:
    """Read every sheet with its merged cells filled; say what is hidden and so left out."""
    try:
        book, hidden = open_workbook(content)
    except BadTable as error:
        raise BadTable(f"{source}: {error}") from error
    sheets = [_Table(name, rows, set(), "", [], []) for name, rows, _ in book]
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
        said = [text for n in titles for text in sheet.texts(n)
                if not _fits(text, layout.units + layout.notes)]  # fmt: skip
        title = " / ".join(dict.fromkeys(said)) or sheet.sheet
        if head and not _fits(title, layout.skip_titles):
            tables.append(sheet._replace(title=title, head=head, body=body))
    return tables


def _columns(table: _Table, layout: Layout) -> tuple[list[int], list[int]]:
    """Tell the columns of labels from those of values."""
    used = [*table.head, *table.body]
    width = max(len(table.rows[n]) for n in used)
    if layout.label_columns:
        before = [_NAMES.index(name.upper()) for name in layout.label_columns]
        values = list(range(max(before) + 1, width))
    else:
        kinds = [[_kind(table.rows[n][c]) for n in table.body] for c in range(width)]
        codes = [c for c in range(width) for n in table.head
                 if _fits(table.rows[n][c], layout.skip_columns)]  # fmt: skip
        texts = [c for c in range(width) if "t" in kinds[c] and c not in codes]
        values = [c for c in range(min(texts, default=width), width) if c not in codes
                  and {"n", "m"} & {*kinds[c]}]  # fmt: skip
        before = [c for c in texts if c < min(values, default=0)]
        if not before:
            raise BadTable(f"{table.title!r}, sheet {table.sheet}: no labels before the values.")
        values = list(range(values[0], values[-1] + 1))
    return before, [c for c in values if any(clean(table.rows[n][c]) for n in used)]


_NAMES = [a + b for a in ("", *"ABCDEFGHIJ") for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]


def _read_cells(table: _Table, source: str, words: Words, about: list[list[str]]) -> _Block:
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
        within = outer if kind not in ("", TOTAL, "region") else ""
        cells += [
            {"place": f"{source}, sheet {table.sheet}, cell {_NAMES[column]}{number + 1}",
             "value": row[column], "section": section, "region above": within}
            | {f"label {n}": label for n, label in enumerate(carried, 1)}
            | {f"heading {n}": label for n, label in enumerate(head[index], 1)}
            for index, column in enumerate(columns)
        ]  # fmt: skip
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


def _roles(block: _Block, words: Words, source: str, one: bool) -> dict[str, str]:
    """Tell what each column of labels is: as declared, or by its words; `one`: of one answer."""
    roles, content = block.roles.copy(), dict[str, list[str]]()
    for name, role in block.roles.items():
        said = [label for label in block.cells[name].unique() if label]
        where = block.cells.drop_duplicates(name).set_index(name)["place"]
        if not said:
            roles[name] = "skip"
        elif role in ("label", "year") and all(find_wave(label, whole=True) for label in said):
            roles[name] = "year"
            if "" in where:
                raise BadTable(f"{where['']}: no year stands at this value.")
        elif role in ("label", "group"):
            known = {words.group(label) for label in said} - {None, (TOTAL, TOTAL)}
            ambiguous = _common()["ambiguous"]
            strange = [x for x in said if not words.group(x) and fold(x) not in ambiguous]
            if strange and (known or role == "group"):
                some = ", ".join(group for _, group in sorted(k for k in known if k)[:4])
                hint = did_you_mean(strange[0], [group for _, group in words.groups.values()])
                raise BadTable(
                    f"{where[strange[0]]}: {strange[0]!r} stands among groups of people ({some}, "
                    f"...) but is not a known region, locality, sex or age.{hint}"
                )
            roles[name] = "label" if strange else "group"
        if roles[name] in ("label", "answer", "item"):
            content[name] = said
    if one:
        return roles | dict.fromkeys(content, "item")
    answers = [name for name in content if roles[name] == "answer"]
    told = {name: labels for name, labels in content.items() if roles[name] == "label"}
    if not answers:  # labels that are known as answers, or else not as items
        answers = [
            n for n in told if any(_named(x, words.answers) in words.answers for x in told[n])
        ]
    if len(answers) != 1:
        among = answers or told
        answers = [
            n for n in among if not all(_named(x, words.items) in words.items for x in content[n])
        ]
    hint = 'If each share is of one answer, name it: answer="trust".'
    if not content:
        only = "the labels are only periods and groups of people"
        raise BadTable(f"{source}: no answers were found; {only}. {hint}")
    if len(answers) != 1:
        kind = words.layout.kind
        several = [f"{name}: {', '.join(labels[:3])}, ..." for name, labels in content.items()]
        columns = "\n".join(f'"{name}" = "{role}"' for name, role in roles.items())
        declared = _STARTER if kind == "workbook" else f"[columns]\n{columns}"
        why = f"which labels are the answers cannot be told. {hint}"
        raise _unknown(source, why, several, f'kind = "{kind}"\n{declared}')
    return roles | dict.fromkeys(content, "item") | {answers[0]: "answer"}


def _tell(
    block: _Block, words: Words, wave: str | None, source: str, one_answer: str | None
) -> pd.DataFrame:
    """Make rows of cells; `why` says why those without a share have none."""
    if block.cells.empty:
        raise BadTable(f"{source}: the table has no values.")
    roles, cells = _roles(block, words, source, one_answer is not None), block.cells
    axes = {role: [name for name in roles if roles[name] == role] for role in {*roles.values()}}
    years = axes.get("year", [])
    kinds = axes.get("group", []) + axes.get("country", [])
    one = None if years else _find_one_wave(block, wave, source)
    groups = {name: _groups(cells, name, words, roles[name] == "country") for name in kinds}
    rows, marks = [], []
    for cell in cells.to_dict("records"):
        share, why, mark = read_share(cell["value"], place := cell["place"])
        waves = {one} if one else {find_wave(cell[name], whole=True) for name in years}
        pairs = {groups[name][cell[name]] for name in kinds if cell[name]} - {(TOTAL, TOTAL)}
        people = sorted(pairs, key=lambda pair: ["country", *words.order].index(pair[0]))
        by = [kind for kind, _ in people]
        if len(waves) > 1 or len(set(by)) < len(by):
            two = [str(w and w[0]) for w in waves] if len(waves) > 1 else [g for _, g in people]
            raise BadTable(f"{place}: stands under {' and '.join(sorted(two))}.")
        start, end = waves.pop() or ("", "")
        item, answer = (
            " / ".join(TOTAL if not x or words.group(x) == (TOTAL, TOTAL) else x
                       for x in (cell[name] for name in axes.get(role, [])))
            for role in ("item", "answer")
        )  # fmt: skip
        rows.append({
            "wave": start, "start": start, "end": end, "place": place, "share": share,
            "group_by": ", ".join(by) or TOTAL, "group": ", ".join(g for _, g in people) or TOTAL,
            "item": item or _named(block.title, words.items), "answer": one_answer or answer,
            "why": why,
        })  # fmt: skip
        marks += [f"{place}: {clean(cell['value'])} is marked {mark}"] if mark else []
    if one_answer is not None:
        rows += [row | {"answer": "other", "share": round(100 - row["share"], 10)}
                 for row in rows if row["share"] is not None]  # fmt: skip
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
            raise BadParameter(f"wave = {wave!r}: {source} has {', '.join(known)}.")
        table = table[table["wave"] == wave]
    table.attrs = {"source": source, "marks": marks, "left_out": [*block.hidden]}
    return table[table["answer"] != TOTAL]  # the sum itself: it is computed


def _find_one_wave(block: _Block, wave: str | None, source: str) -> tuple[str, str]:
    """Find the wave of a table whose cells are not labelled with it."""
    found = find_wave(block.title) or find_wave(block.dated)
    asked = None if wave is None else find_wave(wave, whole=True)
    if wave is not None and asked is None:
        raise BadParameter(f"wave = {wave!r}: a year (2023) or a year and month (2023-10).")
    if found and asked and found[0][:4] != asked[0][:4]:
        raise BadParameter(f"wave = {wave!r}, but {source} is of {found[0]} ({block.title!r}).")
    if one := asked or found:
        return one
    raise BadParameter(
        f"{source}: neither the table nor its title ({block.title!r}) names one year. "
        'Name it: wave="2023", or wave="2023-10" for the month in which fieldwork began.'
    )


def _groups(
    cells: pd.DataFrame, name: str, words: Words, country: bool
) -> dict[str, tuple[str, str]]:
    """Return the group of each label of a column: a bare "Алматы" is the one not listed in full."""
    if country:
        labels, known = [label for label in cells[name].unique() if label], economies.names()
        try:
            return {
                label: ("country", known[economies.find(label, partial=False)]) for label in labels
            }
        except UnknownName as error:
            raise BadTable(f"column {name}: {error}") from error
    groups = {label: words.group(label) for label in cells[name].unique()}
    for label in [label for label, group in groups.items() if label and not group]:
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
    if left_out and not skip:
        more = f" ({len(left_out)} such items of {cases.ngroups})" if len(left_out) > 1 else ""
        listed = 'leave such items out (listed in table.attrs["left_out"]): skip_incomplete=True'
        raise BadTable(f"{left_out[0]}{more}. Compare with the publication, or {listed}.")
    kept = published[pd.MultiIndex.from_frame(published[ITEM_KEYS]).isin(whole)]
    if kept.empty:
        raise BadTable(f"{table.attrs['source']}: no item is complete; the first: {left_out[0]}.")
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
