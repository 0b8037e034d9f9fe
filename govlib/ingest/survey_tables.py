"""Published tables of survey shares, in files as their publishers give them out.

What a publisher's files look like is declared in a file of `layouts` (see `Layout`): a new publisher
is a new file there, not code. Words that many publishers use are in ``survey_words.toml``.
"""

import csv
import datetime as dt
import io
import json
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cache
from itertools import chain
from pathlib import Path, PurePosixPath
from time import monotonic
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec
import pandas as pd
import requests
import tenacity
from python_calamine import CalamineError, CalamineWorkbook

from govlib.datasets.surveys import COLUMNS, ITEM_KEYS, TOTAL, check_survey, sum_shares
from govlib.errors import BadParameter, BadTable, FailedFetch, UnknownName, did_you_mean

FIRST_WAIT, ATTEMPTS, MOST_SECONDS, MOST_BYTES = 0.5, 6, 300, 200_000_000
"""Of an address: seconds before it is asked again (then doubled), how often it is asked, and the
longest and largest answer."""

Role = Literal["year", "group", "item", "answer", "label", "share", "unit", "title", "skip"]


class Layout(msgspec.Struct, forbid_unknown_fields=True):
    """What is where in a publisher's files, and its words for items, answers and groups.

    Names, titles and words are compared in small letters; ``*`` stands for any letters. Each column
    (CSV, JSON), row of headings and column of labels (workbook) has a role: ``year``, ``group``
    (of people), ``item``, ``answer``, ``share``, ``unit`` (must be one of `units`), ``title``,
    ``skip``, or ``label``: a year, group, item or answer, told by its words.

    Attributes
    ----------
    publisher, kind : str
        Name for messages; ``csv``, ``json`` or ``workbook`` (.xls, .xlsx).
    needs, columns : list, mapping
        CSV and JSON: columns by which the layout is recognised; the role of each column, the first
        that fits (``{name}``: any other column's name).
    explode, languages : str, list
        JSON: name of a list in each entry, one value an element, whose names are then
        ``periods.name``; endings of which the first is read where names differ only in them.
    sheet, header_rows, header, label_columns, labels, last_row
        Workbook: name of the sheet, rows of headings from 1 and their roles, columns of labels
        ("A") and their roles, last row. Without `header_rows` tables are found on every sheet:
        headings above values, labels to the left of them.
    skip_titles, skip_columns, notes, headlines, population, units : list
        Workbook: titles of what is not a table, headings of codes, notes among rows, headings among
        rows that name no item, label of the cell that says who was asked, units.
    items, answers, groups : mapping
        govlib's name for the publisher's words; groups by ``group_by`` (region, sex, ...).
    """

    publisher: str
    kind: Literal["csv", "json", "workbook"]
    needs: list[str] = []
    columns: dict[str, Role] = {}
    explode: str | None = None
    languages: list[str] = []
    sheet: str = "*"
    header_rows: list[int] = []
    header: list[Role] = []
    label_columns: list[str] = []
    labels: list[Role] = []
    last_row: int | None = None
    skip_titles: list[str] = []
    skip_columns: list[str] = []
    notes: list[str] = []
    headlines: list[str] = []
    population: list[str] = []
    units: list[str] = []
    items: dict[str, list[str]] = {}
    answers: dict[str, list[str]] = {}
    groups: dict[str, dict[str, list[str]]] = {}


class _Common(msgspec.Struct, forbid_unknown_fields=True):
    """The words of `survey_words.toml`."""

    ranks: list[str]
    including: list[str]
    months: list[list[str]]
    periods: list[str]
    divided: dict[str, str]
    ambiguous: dict[str, list[str]]
    groups: dict[str, dict[str, list[str]]]
    items: dict[str, list[str]]
    answers: dict[str, list[str]]


class Cell(NamedTuple):
    """A value, the labels that it is under, and where it is."""

    place: str
    labels: tuple[str, ...]
    value: object


class Block(NamedTuple):
    """The cells of one table, the name and role of each label, and what is said around them."""

    names: Sequence[str]
    roles: Sequence[Role]
    cells: list[Cell]
    title: str
    dated: str = ""
    population: str = "not stated in the file"


def read_survey_file(
    path: str | os.PathLike[str],
    *,
    layout: str | os.PathLike[str] | None = None,
    survey: str | None = None,
    table: str | None = None,
    wave: str | None = None,
    skip_incomplete: bool = False,
) -> pd.DataFrame:
    """Read a table of survey shares from a file as its publisher gives it out.

    Parameters
    ----------
    path : path or str
        A workbook, CSV or JSON file, whatever its name, or the address (http, https) of one, which
        is fetched and not stored.
    layout : path, optional
        A TOML file of your own that says what is where (see `Layout`); by default the included
        layout that fits. If none fits, the error has one to begin with.
    survey : str, optional
        Name for the survey; by default that of the file. Needed for an address without one.
    table : str, optional
        Title of the table in a workbook, or part of it; needed if the workbook has several.
    wave : str, optional
        ``"2023"``, or ``"2023-10"`` for the month in which fieldwork began: needed if the file
        names no year; of several waves it chooses one.
    skip_incomplete : bool
        Whether to leave out, and list in ``attrs["left_out"]``, items of groups that have
        unpublished cells or do not sum to 100 within rounding. By default they raise BadTable.

    Returns
    -------
    DataFrame
        A survey table (see `check_survey`), one row per wave, group, item and answer; ``base`` is
        ``all``, ``question`` the title. Groups have English names (``Abai region``, ``urban``,
        ``men``); regions divided in 2022 end in ``(to 2022)`` where they are meant as before. Known
        items and answers have govlib's names, others keep their labels. ``attrs``: ``source``;
        ``marks``, the footnote marks at values; ``left_out``.

    Raises
    ------
    BadTable
        If no layout fits or something cannot be read: names sheet, cell (or line, entry), reason.
    UnknownName
        If no table, or more than one, has that title; names the titles.
    BadParameter
        If no wave is known, or the file is of another; if an address names no file and `survey`
        is not given; if there is something wrong in a layout of your own.
    FailedFetch
        If an address cannot be fetched, after six attempts where asking again may help.

    Notes
    -----
    ``-`` is 0 (no cases); ``…`` (not available), ``x`` (confidential) and blank have no row: the
    item is kept if the other shares sum to 100 within rounding (the answer was not offered), else
    it is incomplete.
    """
    if str(path).lower().startswith(("http://", "https://")):
        source = str(path).split("?")[0]
        file = PurePosixPath(unquote(urlsplit(source).path))
        if survey is None and not file.suffix:
            raise BadParameter(
                f"{source} ends in no file's name, so that the survey has none: give one, "
                "as survey='bns-trust'."
            )
        content, name = _fetch(str(path)), file.stem if file.suffix else str(survey)
    else:
        path = Path(path)
        source, name = path.name, path.stem
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BadTable(f"{path} cannot be read ({error.strerror or error}).") from error
    own = None if layout is None else _read_layout(Path(layout))
    block, words = _read(content, source, name, own, table)
    found, reasons = _tell(block, words, None if wave is None else str(wave), source)
    return _complete(found, reasons, words, survey or name, source, skip_incomplete)


@cache
def _common() -> _Common:
    """Read the words that many publishers use."""
    content = Path(__file__).with_name("survey_words.toml").read_bytes()
    return msgspec.toml.decode(content, type=_Common)


def _read_layout(path: Path) -> Layout:
    """Read a layout; a wrong key or value in it is named."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Layout)
    except (OSError, msgspec.DecodeError) as error:
        keys = ", ".join(Layout.__struct_fields__)
        raise BadParameter(f"layout {path}: {error}. A layout has the keys {keys}.") from error


class _Again(Exception):
    """An answer that is worth asking for again, perhaps after the seconds the server names."""

    seconds: float | None = None


def _wait(state: tenacity.RetryCallState) -> float:
    """Return the seconds before an address is asked again: the server's, or twice as long."""
    seconds = getattr(state.outcome and state.outcome.exception(), "seconds", None)
    return float(seconds or tenacity.wait_random_exponential(FIRST_WAIT, 60)(state))


def _fetch(url: str) -> bytes:
    """Return what an address serves; its query, which may hold a key, is not shown."""
    shown = url.split("?")[0]
    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_Again),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=_wait,
        reraise=True,
    )
    try:
        return attempts(_fetch_once, url)
    except (_Again, requests.RequestException) as error:
        why = str(error).replace(url, shown) if isinstance(error, _Again) else type(error).__name__
        raise FailedFetch(
            f"{why}; asked {attempts.statistics['attempt_number']} times: {shown}\nNothing was read."
            " Behind a proxy set HTTPS_PROXY, with your own certificates REQUESTS_CA_BUNDLE. Or "
            "save the file in a browser: give its path."
        ) from error


def _fetch_once(url: str) -> bytes:
    """Ask an address once."""
    end, body = monotonic() + MOST_SECONDS, bytearray()
    try:
        with requests.get(url, timeout=(10, 60), stream=True) as response:
            answered = f"the server answered {response.status_code} {response.reason}"
            if response.status_code == 429 or response.status_code >= 500:
                again, after = _Again(answered), response.headers.get("Retry-After", "")
                again.seconds = min(float(after), 60.0) if after.isdigit() else None
                raise again
            if response.status_code != 200:
                raise requests.HTTPError(answered)
            for part in response.iter_content(1 << 18):
                body += part
                if len(body) > MOST_BYTES or monotonic() > end:
                    raise requests.HTTPError(f"over {MOST_BYTES:,} bytes or {MOST_SECONDS} s")
    except requests.exceptions.SSLError:
        raise
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError) as error:  # fmt: skip
        raise _Again(f"the connection failed ({type(error).__name__})") from error
    return bytes(body)


# Letters that look alike in both scripts; the longer list is for words known to be Cyrillic.
_LATIN, _CYRILLIC = "AaBCcEeHIiKkMOoPpTXxYyƏəhƟɵ", "АаВСсЕеНІіКкМОоРрТХхУуӘәһӨө"


def clean(text: object) -> str:
    """Write a label plainly: one kind of space, and each word in one script.

    Published files have words such as "Cеверо" with a Latin C, which would match nothing.
    """
    if isinstance(text, float) and text.is_integer():
        text = int(text)
    plain = unicodedata.normalize("NFC", "" if text is None else str(text))
    plain = " ".join(re.sub(r"[\u00ad\ufeff]", "", plain).replace("\u200b", " ").split())
    return re.sub(r"[^\W\d_]+", lambda word: _one_script(word[0]), plain)


def _one_script(word: str) -> str:
    """Write a word that mixes two scripts in the one that its unmistakable letters are of."""
    latin, cyrillic = r"[A-Za-zƏəƟɵ]", r"[\u0400-\u04ff]"
    if not (re.search(latin, word) and re.search(cyrillic, word)):
        return word
    in_cyrillic = word.translate(str.maketrans(_LATIN, _CYRILLIC))
    in_latin = word.translate(str.maketrans(_CYRILLIC, _LATIN))
    return in_latin if re.search(latin, in_cyrillic) and not re.search(cyrillic, in_latin) else (
        in_cyrillic
    )


def fold(text: object) -> str:
    """Return a label as it is compared: cleaned, small letters, no footnote mark."""
    folded = re.sub(r"[–—‑]", "-", clean(text).casefold().replace("ё", "е"))
    return re.sub(r"[\s*†‡¹²³⁴⁵⁶⁷⁸⁹⁰⁾:]+$|(?<=\D)\s*\d\)$", "", folded)


def _fits(text: object, words: Iterable[str]) -> bool:
    """Return True if a text is one of some words, in which * stands for any letters."""
    folded = fold(text)
    return any(fnmatchcase(folded, word.casefold()) for word in words)


class Wave(NamedTuple):
    """When a survey was taken: name, first and last year or month (ISO 8601)."""

    name: str
    start: str
    end: str


def find_wave(text: object, *, whole: bool = False) -> Wave | None:
    """Read the one year, with its months or quarter, that a text names (or, `whole`, is)."""
    folded = fold(text)
    if packed := re.fullmatch(r"((?:19|20)\d\d)-?(0[1-9]|1[0-2])", folded):
        return Wave(*[f"{packed[1]}-{packed[2]}"] * 3)
    years = set(re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", folded))
    if len(years) != 1:
        return None
    year = years.pop()
    quarter = re.search(
        r"\b(iv|iii|ii|i|[1-4])[ -]*(?:й |ші |шы |th |st )?(?:кв\w*|тоқсан\w*|quarter)", folded
    )
    said = re.findall(r"[^\W\d]+", folded)
    months = [n for n, names in enumerate(_common().months, 1) if any(_fits(w, names) for w in said)]
    if whole:
        known = [*chain(*_common().months), *_common().periods]
        rest = folded.replace(quarter[0], " ") if quarter else folded
        rest = re.sub(rf"(\d\d\.\d\d\.)?{year}", " ", rest)
        if not all(_fits(word, known) for word in re.findall(r"\w+", rest)):
            return None
    if quarter:
        number = {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(quarter[1]) or int(quarter[1])
        months = [3 * number - 2, 3 * number]
    start, end = (f"{year}-{months[n]:02}" if months else year for n in (0, -1))
    return Wave(start, start, end)


_MARKED = re.compile(r"(\d{1,3}(?:[.,]\d+)?)\s*%?\s*((?:[*†‡¹²³⁴⁵⁶⁷⁸⁹⁰⁾]|\d\))*)")
_MISSING = {"…": "not available", "..": "not available", "...": "not available",
            "x": "confidential", "х": "confidential"}  # fmt: skip
_DASHES = ("-", "–", "—", "−")


def read_share(value: object, place: str) -> tuple[float | None, str, str]:
    """Read a cell: its share in percent, or None and why; the footnote mark at it.

    Raises
    ------
    BadTable
        If it is not a number from 0 to 100, nor ``…`` (not available), ``x`` (confidential), ``-``
        (no cases: 0) or blank.
    """
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
        raise BadTable(
            f"{place}: {value!r} is not a percentage from 0 to 100. Choose a table of shares."
        )
    return share, "", mark


class Words:
    """The words of a layout and of all publishers: what a label means."""

    def __init__(self, layout: Layout) -> None:
        """Put the layout's own words first."""
        common = _common()
        self.layout = layout
        self.items = {n: [*layout.items.get(n, []), *common.items.get(n, [])]
                      for n in layout.items | common.items}  # fmt: skip
        self.answers = {n: [*layout.answers.get(n, []), *common.answers.get(n, [])]
                        for n in layout.answers | common.answers}  # fmt: skip
        self.groups: dict[str, tuple[str, str]] = {}
        self.order = list(dict.fromkeys([*common.groups, "sex", "age", *layout.groups]))
        for group_by, groups in chain(common.groups.items(), layout.groups.items()):
            for group, words in groups.items():
                self.groups |= {_key(word): (group_by, group) for word in words}

    def group(self, label: object) -> tuple[str, str] | None:
        """Return `group_by` and `group` of a label; it may have two languages, parted by / or |."""
        for part in (str(label), *re.split(r"[\n/|]", str(label))):
            key, ranks = _key(part), "|".join(_common().ranks)
            if key in self.groups:
                return self.groups[key]
            bare = self.groups.get(re.sub(rf"^({ranks}) | ({ranks})$", "", key), ("", ""))
            if bare[0] == "region":
                return bare
            if age := re.fullmatch(r"y?(\d\d)(?:t| ?- ?)(\d\d)(?: ?(лет|жас\w*|years?))?", key):
                return "age", f"{age[1]}-{age[2]}"
            older = r"y ge(\d\d)|(\d\d)\+|(\d\d) (?:лет )?(?:и|жас|жастан|years|and) ?.*"
            if age := re.fullmatch(older, key):
                return "age", f"{age[1] or age[2] or age[3]}+"
        return None

    def item(self, label: str) -> str:
        """Return govlib's name of an item, or the label itself."""
        return next((name for name, words in self.items.items() if _fits(label, words)), label)

    def answer(self, label: str) -> str:
        """Return govlib's name of an answer, or the label itself."""
        return next((name for name, words in self.answers.items() if _fits(label, words)), label)


def _key(text: object) -> str:
    """Return a label as the words for groups are compared."""
    return re.sub(r"[\s.,_]+", " ", fold(text)).strip()


def _unknown(source: str, why: str, rows: Iterable[object], starter: str) -> BadTable:
    """Show the first rows of a table that no layout fits, and a layout to begin with."""
    shown = "\n".join(f"  {str(row)[:160]}" for row in rows)
    return BadTable(
        f"{source}: {why}\nIts first rows:\n{shown}\nSave what is where as a TOML file, "
        f"correct it, and pass layout=its path (help(govlib.ingest.survey_tables.Layout)):\n\n"
        f"publisher = \"...\"\n{starter}\n"
    )


def _read(
    content: bytes, source: str, name: str, own: Layout | None, table: str | None
) -> tuple[Block, Words]:
    """Read a file of any kind into labelled cells; its name is the title where it has none."""
    folder = Path(__file__).with_name("layouts")
    layouts = [own] if own else [_read_layout(path) for path in sorted(folder.glob("*.toml"))]
    layouts.sort(key=lambda layout: -len(layout.needs))
    listed = "; ".join(layout.publisher for layout in layouts)
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        kind: str = "workbook"
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadTable(
                f"{source} is neither a workbook nor text in UTF-8 (byte {error.start + 1}). "
                f"Expected: {listed}."
            ) from error
        if not text.strip():
            raise BadTable(f"{source} is empty: download it again. Expected: {listed}.")
        if text.lstrip().startswith("<"):
            raise BadTable(
                f"{source} is a web page, not data: the address may have answered with an error or "
                "a login. Save the file that the page links to."
            )
        kind = "json" if text.lstrip().startswith(("[", "{")) else "csv"
    layouts = [layout for layout in layouts if layout.kind == kind]
    if not layouts:
        raise BadParameter(f"{source} is a file of the kind {kind}; the layout is for another.")
    if kind == "workbook":
        words = Words(layouts[0])
        return _read_workbook(content, source, table, words), words
    entries = _read_csv(text, source) if kind == "csv" else _read_json(text, source)
    names = list(dict.fromkeys(name for _, entry in entries for name in entry))
    fitting = (layout for layout in layouts if {*layout.needs} <= {*names})
    layout = next(fitting, layouts[-1])
    if layout.explode:
        entries = [(place, entry) for at in entries for place, entry in _explode(*at, layout)]
        names = list(dict.fromkeys(name for _, entry in entries for name in entry))
    words = Words(layout)
    return _read_columns(entries, names, source, name, kind, words), words


Entries = list[tuple[str, dict[str, Any]]]
"""The rows of a file by the names of their columns, each with its place."""


def _read_csv(text: str, source: str) -> Entries:
    """Read the lines of a CSV file, parted as its first line is."""
    delimiter = max("\t;,", key=text.splitlines()[0].count)
    lines = [line for line in csv.reader(io.StringIO(text), delimiter=delimiter) if any(line)]
    header = [name.strip() for name in lines[0]]
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(header):
            raise BadTable(
                f"{source}, line {number}: {len(line)} values for {len(header)} columns; the "
                "file is cut off or was saved with other separators."
            )
    rows = enumerate(lines[1:], 2)
    return [(f"{source}, line {n}", dict(zip(header, row, strict=True))) for n, row in rows]


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
    for number, entry in enumerate(read, 1):
        if not isinstance(entry, dict):
            raise BadTable(f"{source}, entry {number}: {entry!r} is not an object with names.")
    return [(f"{source}, entry {number}", entry) for number, entry in enumerate(read, 1)]


def _explode(place: str, entry: dict[str, Any], layout: Layout) -> Entries:
    """Give one entry for each element of a list in it, names in names parted by a dot."""
    name = str(layout.explode)
    flat = {}
    for key in layout.needs:
        if not isinstance(entry.get(key), list):
            raise BadTable(f"{place}: expected `{key}` (a list); it has {', '.join(entry)}.")
    for key, value in entry.items():
        several = enumerate(value, 1) if isinstance(value, list) and key != name else ()
        flat |= {f"{key}.{n}": inner for n, inner in several} or {key: value}
    rows = []
    for number, inner in enumerate(flat.pop(name), 1):
        if not isinstance(inner, dict):
            raise BadTable(f"{place}, {name} {number}: {inner!r} is not an object with names.")
        rows.append((f"{place}, {name} {number}", flat | {f"{name}.{k}": inner[k] for k in inner}))
    return rows


def _read_columns(
    entries: Entries, names: list[str], source: str, title: str, kind: str, words: Words
) -> Block:
    """Make labelled cells of rows, one value a row; the layout says what the columns are."""
    layout = words.layout
    globs = {glob.format(name=n).casefold(): role for glob, role in layout.columns.items()
             for n in (names if "{name}" in glob else [""])}  # fmt: skip
    roles = {name: next((role for glob, role in globs.items() if fnmatchcase(name.casefold(), glob)),
                        "skip") for name in names}  # fmt: skip
    for name in names:  # one label in several languages
        ends = [end for end in layout.languages if name.casefold().endswith(end)]
        stem = name[: -len(ends[0])].rstrip("_") if ends else None
        better = layout.languages[: layout.languages.index(ends[0])] if ends else []
        if any(f"{stem}{line}{end}" in names for end in better for line in ("_", "")):
            roles[name] = "skip"
    shares = [name for name, role in roles.items() if role == "share"]
    if len(shares) != 1 or not {*layout.needs} <= {*names, *(n.split(".")[0] for n in names)}:
        last = next((n for n in reversed(names) if all(_is_number(e.get(n)) for _, e in entries)),
                    names[-1])  # fmt: skip
        declared = "\n".join(
            f'"{n}" = "{"share" if n == last else "label"}"' for n in names
        )
        raise _unknown(
            source,
            f"no layout fits. The columns are {', '.join(names)}; the shares should be in one, "
            f"found: {' and '.join(shares) or 'none'}.",
            [list(entry.values()) for _, entry in entries[:3]],
            f'kind = "{kind}"\nneeds = {json.dumps(names, ensure_ascii=False)}\n\n[columns]\n{declared}',
        )
    used = {name: role for name, role in roles.items() if role != "skip"}
    cells = []
    for place, entry in entries:
        if missing := [name for name in used if name not in entry and used[name] != "year"]:
            raise BadTable(f"{place} lacks {', '.join(missing)}.")
        cells.append(entry[shares[0]])
    titles = list(dict.fromkeys(clean(e[n]) for _, e in entries for n in used if used[n] == "title"))
    if len(titles) > 1:
        raise BadTable(
            f"{source} has several indicators ({'; '.join(titles)}): save one at a time."
        )
    for place, entry in entries:
        for name, role in used.items():
            if role == "unit" and entry[name] and not _fits(entry[name], layout.units):
                raise BadTable(
                    f"{place}: {name} is {entry[name]}; shares in percent "
                    f"({layout.units[0]}) are needed."
                )
    labels = [name for name, role in used.items() if role not in ("share", "unit", "title", "year")]
    years = [name for name, role in used.items() if role == "year"]
    made = []
    for place, entry in entries:
        said = [clean(entry.get(name)) for name in years]
        period = next((text for text in said if find_wave(text, whole=True)), "")
        if any(said) and not period:
            raise BadTable(
                f"{place}, column {years[0]}: {said[0]!r} is not one year, month or quarter."
            )
        names_ = (period, *(clean(entry[name]) for name in labels))
        made.append(Cell(f"{place}, column {shares[0]}", names_, entry[shares[0]]))
    given: list[Role] = ["year" if years else "skip", *(used[name] for name in labels)]
    return Block(["period", *labels], given, made, "".join(titles) or title)


def _is_number(value: object) -> bool:
    """Return True if a value can be a share."""
    try:
        return read_share(value, "")[0] is not None
    except BadTable:
        return False


class _Sheet(NamedTuple):
    """A sheet: its rows, merged cells filled, and the cells that were merged across columns."""

    name: str
    rows: list[list[object]]
    wide: set[tuple[int, int]]

    def texts(self, number: int) -> list[str]:
        """Return the different texts of a row."""
        return list(dict.fromkeys(clean(v) for v in self.rows[number] if clean(v)))


class _Table(NamedTuple):
    """Where a table is on its sheet: rows of headings and body."""

    sheet: _Sheet
    title: str
    head: list[int]
    body: list[int]


def _read_workbook(content: bytes, source: str, asked: str | None, words: Words) -> Block:
    """Read the table of a workbook with a title, or its only one, into labelled cells."""
    sheets, layout = _read_sheets(content, source), words.layout
    tables = [table for sheet in sheets for table in _find_tables(sheet, layout)]
    if not tables:
        fullest = max(sheets, key=lambda sheet: len(sheet.rows))
        raise _unknown(
            source,
            f"no table was found on the sheets {', '.join(s.name for s in sheets)}. A table has a "
            f"title, headings over its values, and labels to the left of them; sheet "
            f"{fullest.name}:",
            [[clean(v) for v in row] for row in fullest.rows[:8]],
            f'kind = "workbook"\nsheet = "{fullest.name}"\nheader_rows = [2, 3]\n'
            'header = ["item", "answer"]\nlabel_columns = ["A"]\nlabels = ["group"]',
        )
    named = {table.sheet.name for table in tables}
    return _read_cells(_choose(tables, asked, source), source, words,
                       [sheet for sheet in sheets if sheet.name not in named])  # fmt: skip


def _read_sheets(content: bytes, source: str) -> list[_Sheet]:
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
            sheets.append(_Sheet(name, rows, wide))
    except (CalamineError, OSError, ValueError) as error:
        raise BadTable(
            f"{source} cannot be read as a workbook ({error}): it is damaged, protected by a "
            "password or not complete. Download it again."
        ) from error
    return sheets


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
    if not any(kinds) or (len(values) > 1 and values in counted and all(len(clean(row[n])) == 1 for n in texts)):
        return ""  # also the columns numbered: 1, 2, 3
    if values and all(find_wave(value, whole=True) for value in values):
        return "H"
    last = max((n for n, kind in enumerate(kinds) if kind == "n"), default=0)
    if values and (not texts or texts[0] < last):
        return "D"
    if not values and "m" in kinds and texts and texts[0] < len(row) - 1:
        return "D"
    return "T" if texts and texts[0] == left and len({clean(row[n]) for n in texts}) == 1 else "H"


def _find_tables(sheet: _Sheet, layout: Layout) -> list[_Table]:
    """Find the tables of a sheet: titles, headings, then data until the next headings."""
    if not fnmatchcase(sheet.name, layout.sheet) or not any(map(sheet.texts, range(len(sheet.rows)))):
        return []
    if layout.header_rows:
        head = [row - 1 for row in layout.header_rows]
        title = " / ".join(dict.fromkeys(t for n in range(head[0]) for t in sheet.texts(n)))
        body = range(head[-1] + 1, min(layout.last_row or len(sheet.rows), len(sheet.rows)))
        return [_Table(sheet, title or sheet.name, head, [n for n in body if sheet.texts(n)])]
    left = min(n for row in sheet.rows for n, value in enumerate(row) if clean(value))
    kinds = [_row_kind(row, left) for row in sheet.rows]
    tables: list[_Table] = []
    above: list[int] = []
    found: list[tuple[list[int], list[int]]] = []
    for n, kind in enumerate(kinds):
        if kind == "D":
            last = max((at for at, row in enumerate(above, 1) if kinds[row] == "H"), default=0)
            if last:
                found.append((above[:last], above[last:]))
            elif found:
                found[-1][1].extend(above)
            if found:
                found[-1][1].append(n)
            above = []
        elif kind:
            above.append(n)
    for before, body in found:
        data = [n for n in body if kinds[n] == "D"]
        first = next(at for at, row in enumerate(before) if kinds[row] == "H")
        group = before[first:]
        titles = before[:first] + [n for n in group if _is_title(sheet, n, data)]
        if not titles and len(group) > 1 and len(sheet.texts(group[0])) == 1:
            titles = group[:1]
        head = [n for n in group if n not in titles
                and not all(_fits(text, layout.units) for text in sheet.texts(n))]  # fmt: skip
        said = [text for n in titles for text in sheet.texts(n)]
        said = [text for text in said if not _fits(text, [*layout.units, *layout.notes])]
        title = " / ".join(dict.fromkeys(said)) or sheet.name
        if head and not _fits(title, layout.skip_titles):
            tables.append(_Table(sheet, title, head, body))
    return tables


def _is_title(sheet: _Sheet, number: int, data: Sequence[int]) -> bool:
    """Return True if a row is a title over labels and values alike, not headings of values."""
    row, values = sheet.rows[number], set[int]()
    for line in data:  # all of them: the first value of one may be blank
        kinds = [_kind(value) for value in sheet.rows[line]]
        label = kinds.index("t") if "t" in kinds else -1
        values |= {n for n, kind in enumerate(kinds) if kind in ("n", "m") and n > label}
    first = min(values, default=0)
    across = first and {(number, first - 1), (number, first)} <= sheet.wide
    over = any(clean(row[n]) for n in values)
    return not over or bool(across and clean(row[first]) and row[first - 1] == row[first])


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


def _columns(table: _Table, layout: Layout) -> tuple[list[int], list[int]]:
    """Tell the columns of labels from those of values."""
    sheet, used = table.sheet, [*table.head, *table.body]
    width = max(len(sheet.rows[n]) for n in used)
    if layout.label_columns:
        named = [_NAMES.index(name.upper()) for name in layout.label_columns]
        values = list(range(max(named) + 1, width))
    else:
        codes = {c for c in range(width) for n in table.head if c < len(sheet.rows[n])
                 if _fits(sheet.rows[n][c], layout.skip_columns)}  # fmt: skip
        body = [sheet.rows[n] for n in table.body]
        data = [row for row in body if {"n", "m"} & {_kind(value) for value in row}]
        kinds = [[_kind(row[c]) for row in data] for c in range(width)]
        texts = [c for c in range(width) if kinds[c].count("t") * 2 >= len(data)]
        values = [c for c in range(min(texts, default=-1) + 1, width)
                  if c not in (*texts, *codes) and {"n", "m"} & set(kinds[c])]  # fmt: skip
        first = values[0] if values else 0
        named = [c for c in range(first) if "t" in kinds[c] and c not in codes]
        if not named:
            raise BadTable(f"{table.title!r}, sheet {sheet.name}: no values with labels before.")
        values = list(range(first, values[-1] + 1))
    return named, [c for c in values if any(clean(sheet.rows[n][c]) for n in used)]


_NAMES = [a + b for a in ("", *"ABCDEFGHIJ") for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]


def _read_cells(table: _Table, source: str, words: Words, about: Sequence[_Sheet]) -> Block:
    """Read the values of a table with the labels of their rows and headings."""
    sheet, layout = table.sheet, words.layout
    before, columns = _columns(table, layout)
    head = []
    for number in table.head:
        labels = [clean(sheet.rows[number][c]) for c in columns]
        # A heading that is written once, not merged, is that of the columns after it.
        if number != table.head[-1] and not any((number, c) in sheet.wide for c in columns):
            for n in range(1, len(labels)):
                labels[n] = labels[n] or labels[n - 1]
        head.append(labels)
    cells: list[Cell] = []
    section = outer = ""
    carried = [""] * len(before)
    for at, number in enumerate(table.body):
        row = sheet.rows[number]
        if not any(_kind(row[c]) in ("n", "m") for c in columns):
            here, below = (words.group(sheet.rows[n][before[-1]]) or ("", "")
                           for n in [*table.body, number][at : at + 2])  # fmt: skip
            if not here[0] or at + 1 == len(table.body) or here[0] != below[0]:
                text = " ".join(sheet.texts(number))
                if _fits(text, [*_common().including, *layout.notes]):
                    continue
                section, outer = "" if _fits(text, layout.headlines) else text, ""
                continue
        for order, label in enumerate(clean(row[c]) for c in before):
            if label:
                carried[order:] = [label] + [""] * (len(carried) - order - 1)
        kind = (words.group(carried[-1]) or ("", ""))[0]
        outer = carried[-1] if kind in (TOTAL, "region") else outer
        within = outer if kind not in ("", TOTAL, "region") else ""
        for index, column in enumerate(columns):
            place = f"{source}, sheet {sheet.name}, cell {_NAMES[column]}{number + 1}"
            labels = [section, within, carried[-1], *carried[:-1], *(level[index] for level in head)]
            cells.append(Cell(place, tuple(labels), row[column]))
    cells = _forget_false_outer(cells)
    names = ["section", "region above", *(f"label {n}" for n in range(1, len(before) + 1)),
             *(f"heading {n}" for n in range(1, len(head) + 1))]  # fmt: skip
    given: list[Role] = ["label", "label", *(layout.labels[-1:] + layout.labels[:-1]
             or ["label"] * len(before)), *(layout.header or ["label"] * len(head))]  # fmt: skip
    if len(given) != len(names):
        raise BadParameter(
            f"layout: {len(layout.header)} roles in `header` for {len(head)} rows, "
            f"{len(layout.labels)} in `labels` for {len(before)} columns."
        )
    texts = [page.texts(n) for page in about for n in range(len(page.rows))]
    dated = " ".join(text for line in texts for text in line if find_wave(text))
    who = (line[1] for line in texts if len(line) > 1 and _fits(line[0], layout.population))
    return Block(names, given, cells, table.title, dated, next(who, "not stated in the file"))


def _forget_false_outer(cells: list[Cell]) -> list[Cell]:
    """Keep the region above "urban" and "rural" only where these are below several regions.

    In a list such as Kazakhstan, urban, rural, Abai, Akmola, ..., men, women they are of the
    whole country.
    """
    below = {(c.labels[0], c.labels[2], c.labels[1]) for c in cells if c.labels[1]}
    outers = {outer for _, _, outer in below}
    one_region = len(outers) == 1 and cells[0].labels[2] in outers
    if len(below) > len({key[:2] for key in below}) or one_region:
        return cells
    return [c._replace(labels=(c.labels[0], "", *c.labels[2:])) for c in cells]


def _roles(block: Block, words: Words, source: str) -> list[str]:
    """Tell what the labels at each place are: as the layout declares, or by their words."""
    roles: list[str] = []
    for number, role in enumerate(block.roles):
        places = dict[str, str]()
        for cell in block.cells:
            places.setdefault(cell.labels[number], cell.place)
        said = [label for label in places if label]
        if not said:
            role = "skip"
        elif role in ("label", "year") and all(find_wave(label, whole=True) for label in said):
            role = "year"
            if "" in places:
                raise BadTable(f"{places['']}: no year stands at this value.")
        elif role in ("label", "group"):
            known = {words.group(x) for x in said} - {None, (TOTAL, TOTAL)}
            strange = [x for x in said if not words.group(x) and fold(x) not in _common().ambiguous]
            if strange and (known or role == "group"):
                names = [group for _, group in words.groups.values()]
                raise BadTable(
                    f"{places[strange[0]]}: {strange[0]!r} stands among groups of people "
                    f"({', '.join(g for _, g in sorted(k for k in known if k)[:4])}, ...) but is "
                    f"not a known region, locality, sex or age.{did_you_mean(strange[0], names)}"
                )
            role = "label" if strange else "group"
        roles.append(role)
    content = {n: dict.fromkeys(c.labels[n] for c in block.cells if c.labels[n])
               for n, role in enumerate(roles) if role in ("label", "answer")}  # fmt: skip
    if not content:
        raise BadTable(
            f"{source}: no answers were found; the labels are only periods and groups of "
            "people. A table with one share for each answer is needed."
        )
    declared = [n for n in content if roles[n] == "answer"]
    known_ = [n for n in content if any(words.answer(x) in words.answers for x in content[n])]
    open_ = [n for n in known_ or content if not all(words.item(x) in words.items for x in content[n])]
    answers = declared or (known_ if len(known_) == 1 else open_)
    if len(answers) != 1:
        raise _unknown(
            source,
            "which labels are the answers cannot be told.",
            [f"{block.names[n]}: {', '.join(list(labels)[:3])}, ..." for n, labels in content.items()],
            "",
        )
    return ["answer" if n == answers[0] else "item" if n in content else role
            for n, role in enumerate(roles)]  # fmt: skip


def _tell(
    block: Block, words: Words, wave: str | None, source: str
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Make rows of labelled cells, and list why those without a share have none."""
    if not block.cells:
        raise BadTable(f"{source}: the table has no values.")
    roles = _roles(block, words, source)
    at = {role: [n for n, given in enumerate(roles) if given == role] for role in {*roles}}
    one = None if "year" in roles else _find_one_wave(block, wave, source)
    listed = {n: {words.group(c.labels[n]) for c in block.cells} for n in at.get("group", [])}
    rows, reasons, marks = [], {}, []
    for cell in block.cells:
        share, why, mark = read_share(cell.value, cell.place)
        waves = {find_wave(cell.labels[n], whole=True) for n in at.get("year", [])} - {None}
        if len(waves) > 1:
            names = sorted(when.name for when in waves if when)
            raise BadTable(f"{cell.place}: stands under two periods, {' and '.join(names)}.")
        when = one or next(iter(waves))
        assert when is not None
        groups = {words.group(cell.labels[n]) or _ambiguous(cell, n, listed[n])
                  for n in at.get("group", []) if cell.labels[n]} - {(TOTAL, TOTAL)}  # fmt: skip
        pairs = sorted(groups, key=lambda pair: words.order.index(pair[0]))
        kinds = [kind for kind, _ in pairs]
        if len(set(kinds)) < len(kinds):
            raise BadTable(f"{cell.place}: stands under {' and '.join(g for _, g in pairs)}.")
        named = [TOTAL if not x or words.group(x) == (TOTAL, TOTAL) else x
                 for x in (cell.labels[n] for n in [*at["answer"], *at.get("item", [])])]  # fmt: skip
        rows.append({
            "wave": when.name, "start": when.start, "end": when.end, "place": cell.place,
            "group_by": ", ".join(kinds) or TOTAL,
            "group": ", ".join(group for _, group in pairs) or TOTAL,
            "item": " / ".join(named[1:]) or words.item(block.title),
            "answer": named[0], "share": share,
        })  # fmt: skip
        if mark:
            marks.append(f"{cell.place}: {clean(cell.value)} is marked {mark}")
        if why:
            reasons[cell.place] = why
    table = pd.DataFrame(rows).assign(question=block.title, population=block.population)
    groups = table["group"].str.split(", ").explode()
    for old, formed in _common().divided.items():
        after = table["wave"].isin(table.loc[groups.index[groups == formed], "wave"])
        before = ~after & (table["wave"].str[:4] < "2023")
        table["group"] = table["group"].mask(before, table["group"].str.replace(
            rf"(^|, ){old}(?=,|$)", rf"\1{old} (to 2022)", regex=True))  # fmt: skip
    if wave is not None and one is None:
        if wave not in set(table["wave"]):
            raise BadParameter(
                f"wave = {wave!r}: {source} has {', '.join(sorted(set(table['wave'])))}."
            )
        table = table[table["wave"] == wave]
    table.attrs = {"source": source, "marks": marks}
    return table[table["answer"] != TOTAL], reasons  # the sum itself: it is computed


def _find_one_wave(block: Block, wave: str | None, source: str) -> Wave:
    """Find the wave of a table whose cells are not labelled with it."""
    found = find_wave(block.title) or find_wave(block.dated)
    asked = None if wave is None else find_wave(wave, whole=True)
    if wave is not None and asked is None:
        raise BadParameter(f"wave = {wave!r}: a year (2023) or a year and month (2023-10).")
    if found and asked and found.name[:4] != asked.name[:4]:
        raise BadParameter(f"wave = {wave!r}, but {source} is of {found.name} ({block.title!r}).")
    when = asked or found
    if when is None:
        raise BadParameter(
            f"{source}: neither the table nor its title ({block.title!r}) names one year. "
            'Name it: wave="2023", or wave="2023-10" for the month in which fieldwork began.'
        )
    return when


def _ambiguous(
    cell: Cell, number: int, listed: set[tuple[str, str] | None]
) -> tuple[str, str]:
    """Tell a bare "Алматы": the city in Russian lists, the region in Kazakh ones."""
    label = cell.labels[number]
    may_be = [("region", name) for name in _common().ambiguous[fold(label)]]
    left = [pair for pair in may_be if pair not in listed]
    if len(left) != 1:
        raise BadTable(
            f"{cell.place}: {label!r} is the region in Kazakh and the city in "
            "Russian, and the table does not tell which: write г. Алматы or Алматы облысы."
        )
    return left[0]


def _complete(
    table: pd.DataFrame, reasons: dict[str, str], words: Words, survey: str, source: str, skip: bool
) -> pd.DataFrame:
    """Keep the items whose published shares are all there; reject or list the others."""
    table = table.assign(survey=survey, base="all", respondents=pd.array([None] * len(table), "Int64"))
    _check_repeated(table)
    published = table.dropna(subset="share")
    sums = sum_shares(published)
    whole = sums.index[(sums["sum"] - 100).abs() <= sums["tolerance"]]
    cases = table.groupby(ITEM_KEYS, sort=False)
    left_out = []
    for key, rows in cases:
        if key in whole:
            continue
        gone = rows.loc[rows["share"].isna(), "place"].head(1)
        values = ", ".join(f"{v:g}" for v in rows["share"].dropna()) or "nothing"
        why = (f"{gone.item()} is {reasons[gone.item()]}, and the rest" if len(gone)
               else f"from {rows['place'].iloc[0]} the shares")  # fmt: skip
        _, when, _, group, item, _ = key
        left_out.append(
            f"{item}, {group}, {when}: {why} ({values}) sum to {rows['share'].sum():.10g}, "
            "not to 100 within rounding"
        )
    if left_out and not skip:
        more = f" ({len(left_out)} such items of {cases.ngroups})" if len(left_out) > 1 else ""
        raise BadTable(
            f"{left_out[0]}{more}. Compare with the publication, or leave such items out and list "
            'them in table.attrs["left_out"]: skip_incomplete=True.'
        )
    kept = published[pd.MultiIndex.from_frame(published[ITEM_KEYS]).isin(whole)]
    if kept.empty:
        raise BadTable(f"{source}: no item is complete; the first: {left_out[0]}.")
    kept = kept.assign(item=kept["item"].map(words.item), answer=kept["answer"].map(words.answer))
    _check_repeated(kept)
    order = kept.groupby("wave")["answer"].transform(lambda given: pd.factorize(given)[0] + 1)
    made = kept.assign(answer_order=order)[list(COLUMNS)].astype(COLUMNS).reset_index(drop=True)
    check_survey(made)
    made.attrs = table.attrs | {"left_out": left_out}
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
