"""Files of survey tables as publishers give them out -> one survey table."""

import csv
import io
import json
import os
import re
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import pandas as pd

from govlib.errors import BadParameter, BadTable, FailedFetch
from govlib.ingest.download import download
from govlib.ingest.survey_cells import Block, Cell, make_survey
from govlib.ingest.survey_words import clean, find_wave, fold
from govlib.ingest.survey_workbooks import read_workbook

KINDS = (
    "a workbook (.xls, .xlsx) or CSV (PERIOD, VAL) of the Bureau of National Statistics, CSV of "
    "the SDG platform (Year, UNIT_MEASURE, ..., Value), JSON of Taldau (termNames, periods) or "
    "JSON rows of data.egov.kz"
)
_VALUE = re.compile(r"value|val|share|percent\w*|доля|значение|процент|мәні|үлесі|пайыз|znachenie")
_NOT_LABELS = re.compile(r"_?id|uuid|n|№|npp|rownum|num|kato|code|kod|index|created\w*|updated\w*")
_UNITS = re.compile(r"pt|percent|%|процент\w*|пайыз\w*|в процентах")


def read_survey_file(
    path: str | os.PathLike[str],
    *,
    survey: str | None = None,
    table: str | None = None,
    wave: str | None = None,
    skip_incomplete: bool = False,
) -> pd.DataFrame:
    """Read a table of survey shares from a file as its publisher gives it out.

    What kind of file it is is told by its content, whatever its name. Only an address of the web
    (http, https) is fetched; nothing is stored.

    Parameters
    ----------
    path : path or str
        A workbook (.xls, .xlsx) or CSV of the Bureau of National Statistics of Kazakhstan, CSV of
        the SDG platform, JSON of Taldau or of data.egov.kz, as saved, or the address of one.
    survey : str, optional
        Name to give the survey; by default that of the file. Needed for an address that ends in
        no file's name.
    table : str, optional
        Title of the table in a workbook, or part of it, in Kazakh, Russian or English; needed if
        the workbook has several.
    wave : str, optional
        ``"2023"``, or ``"2023-10"`` for the month in which fieldwork began: needed if the file
        names no year; of several waves it chooses one.
    skip_incomplete : bool
        Whether to leave out, and list in ``attrs["left_out"]``, items of groups that have
        unpublished cells or do not sum to 100 within rounding. By default they are refused.

    Returns
    -------
    DataFrame
        A survey table in the columns that `check_survey` states, one row per wave, group, item
        and answer. Groups are named alike whatever the language: ``total``; regions
        (``Abai region``, ``Almaty`` for the city); ``urban``, ``rural``; ``men``, ``women``;
        ages. Regions divided in 2022 end in ``(to 2022)`` where they are meant as they were
        before. Bodies and answers of the surveys held get the names used there; others keep their
        labels. ``base`` is ``all``: publishers' percentages are of all who were asked. ``question``
        is the title. ``attrs``: ``source``; ``marks``, footnote marks at values; ``left_out``.

    Raises
    ------
    BadTable
        If it is no such file, or something in it cannot be read: names sheet, cell (or line,
        entry) and reason.
    UnknownName
        If no table, or more than one, has that title; names the titles.
    BadParameter
        If no wave is known, or the file is of another; if an address names no file and `survey`
        is not given.
    FailedFetch
        If an address cannot be fetched: after six attempts where asking again may help (no
        connection, too slow, cut off, 429, 5xx), at once otherwise; says what to do instead.

    Notes
    -----
    ``-`` is 0 (no cases); ``…`` (not available), ``x`` (confidential) and blank have no row: the
    item is kept if the other shares sum to 100 within rounding (the answer was not offered), else
    it is incomplete.
    """
    if str(path).lower().startswith(("http://", "https://")):
        content, source, name = _fetch(str(path), survey)
    else:
        path = Path(path)
        source, name = path.name, path.stem
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BadTable(f"{path} cannot be read ({error.strerror or error}).") from error
    block = _read_block(content, source, name, table)
    return make_survey(block, survey=survey or name, wave=wave, skip_incomplete=skip_incomplete)


def _fetch(url: str, survey: str | None) -> tuple[bytes, str, str]:
    """Return what an address serves, the address without its query, and a name for the survey."""
    file = PurePosixPath(unquote(urlsplit(url).path))
    if survey is None and not file.suffix:
        raise BadParameter(
            f"{url.split('?')[0]} ends in no file's name, so that the survey has none: give one, "
            "as survey='bns-trust'."
        )
    try:
        content = download(url)
    except FailedFetch as error:
        raise FailedFetch(
            f"{error}\nNothing was read. Behind a proxy set HTTPS_PROXY, with your own "
            "certificates REQUESTS_CA_BUNDLE. Or save the file in a browser: give its path."
        ) from error
    return content, url.split("?")[0], file.stem if file.suffix else str(survey)


def _read_block(content: bytes, source: str, name: str, table: str | None) -> Block:
    """Read a file of any kind into labelled cells; its name is the title where it has none."""
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return read_workbook(content, source, table)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadTable(
            f"{source} is neither a workbook nor text in UTF-8 (byte {error.start + 1}). "
            f"Expected: {KINDS}."
        ) from error
    if not text.strip():
        raise BadTable(f"{source} is empty: download it again. Expected: {KINDS}.")
    if text.lstrip().startswith("<"):
        raise BadTable(
            f"{source} is a web page, not data: the address may have answered with an error or a "
            "login. Save the file that the page links to."
        )
    if text.lstrip().startswith(("[", "{")):
        return _read_json(text, source, name)
    return _read_csv(text, source, name)


def _read_csv(text: str, source: str, name: str) -> Block:
    """Read CSV of the Bureau or of the SDG platform."""
    delimiter = "\t" if "\t" in text.splitlines()[0] else ","
    lines = [line for line in csv.reader(io.StringIO(text), delimiter=delimiter) if any(line)]
    header, body = [name.strip() for name in lines[0]], lines[1:]
    bureau = {"PERIOD", "VAL"} <= set(header)
    if not bureau and not {"Year", "Value"} <= set(header):
        raise BadTable(
            f"{source}: the columns are {', '.join(header)}; expected PERIOD and VAL "
            "(tab-separated, Bureau of National Statistics) or Year and Value (SDG platform)."
        )
    for number, line in enumerate(body, 2):
        if len(line) != len(header):
            raise BadTable(
                f"{source}, line {number}: {len(line)} values for {len(header)} columns; the "
                "file is cut off or was saved with other separators."
            )
    rows = [dict(zip(header, line, strict=True)) for line in body]
    period = "PERIOD" if bureau else "Year"
    for number, row in enumerate(rows, 2):
        # Taken for a label, it would leave the file's name or title to say when it was.
        if row[period].strip() and not find_wave(row[period], whole=True):
            raise BadTable(
                f"{source}, line {number}, column {period}: {row[period]!r} is not one year, month "
                "or quarter."
            )
    if bureau:
        # A column L<name> beside <name> holds the level in the classification, not a label.
        levels = {f"L{name}" for name in header}
        labels = [n for n in header if n not in levels | {"NAM", "DAT", "PERIOD", "VAL"}]
        titles = list(dict.fromkeys(clean(row.get("NAM", "")) for row in rows))
        _one_title(titles, source)
        return _block(rows, ["PERIOD", *labels], "VAL", titles[0] if titles else "", source)
    units = {fold(row.get("UNIT_MEASURE", "")) for row in rows} - {""}
    if strange := sorted(unit for unit in units if not _UNITS.fullmatch(unit)):
        raise BadTable(
            f"{source}: UNIT_MEASURE is {', '.join(strange)}; shares in percent (PT) are needed."
        )
    apart = {"Value", "UNIT_MEASURE", "UNIT_MULT", "Units", "GeoCode", "OBS_STATUS"}
    labels = [name for name in header if name not in apart]
    return _block(rows, labels, "Value", name, source)


def _one_title(titles: list[str], source: str) -> None:
    """Refuse a file of several indicators."""
    if len(titles) > 1:
        raise BadTable(
            f"{source} has several indicators ({'; '.join(titles)}): save one at a time."
        )


def _block(
    rows: list[dict[str, Any]], labels: list[str], value: str, title: str, source: str
) -> Block:
    """Make labelled cells of rows, one value a row."""
    cells = [
        Cell(
            f"{source}, line {number}, column {value}",
            tuple(clean(row[name]) for name in labels),
            row[value],
        )
        for number, row in enumerate(rows, 2)
    ]
    return Block(tuple(labels), cells, title, source=source)


def _read_json(text: str, source: str, name: str) -> Block:
    """Read JSON of Taldau or of data.egov.kz."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadTable(f"{source} is not complete JSON ({error}): save it again.") from error
    if isinstance(read, dict):
        wrapped = [v for v in read.values() if isinstance(v, list) and v]
        if len(wrapped) != 1:
            raise BadTable(
                f"{source} is a JSON object, not a list of rows: {json.dumps(read)[:120]}. The "
                "server may have answered with an error (data.egov.kz needs an apiKey)."
            )
        read = wrapped[0]
    for number, entry in enumerate(read, 1):
        if not isinstance(entry, dict):
            raise BadTable(f"{source}, entry {number}: {entry!r} is not an object with names.")
    if not read:
        raise BadTable(f"{source} is an empty list: nothing was found under that address.")
    if any("termNames" in entry or "periods" in entry for entry in read):
        return _read_taldau(read, source, name)
    return _read_egov(read, source, name)


def _read_taldau(read: list[dict[str, Any]], source: str, title: str) -> Block:
    """Read slices of a cube: the labels of each, and its values by period."""
    cells = []
    lists = [entry.get("termNames") for entry in read]
    widths = {len(names) for names in lists if isinstance(names, list)}
    for number, entry in enumerate(read, 1):
        names, periods = entry.get("termNames"), entry.get("periods")
        if not isinstance(names, list) or not isinstance(periods, list) or len(widths) > 1:
            raise BadTable(
                f"{source}, entry {number}: expected `termNames` (a list as long as the others') "
                f"and `periods` (a list); it has {', '.join(entry)}."
            )
        for order, period in enumerate(periods, 1):
            place = f"{source}, entry {number}, period {order}"
            if not isinstance(period, dict) or "value" not in period:
                raise BadTable(f"{place}: {period!r} has no `value`.")
            when = find_wave(period.get("name", "")) or find_wave(period.get("date", ""))
            if when is None:
                raise BadTable(f"{place}: no year in {period.get('name') or period.get('date')!r}.")
            name = str(period.get("name", ""))
            label = name if find_wave(name, whole=True) else when.name.replace("-", "")
            cells.append(Cell(place, (label, *map(clean, names)), period["value"]))
    labels = tuple(f"term {n + 1}" for n in range(max(widths)))
    return Block(("period", *labels), cells, title, source=source)


def _read_egov(read: list[dict[str, Any]], source: str, title: str) -> Block:
    """Read rows of named values; one name is that of the shares, the others are labels."""
    names = list(dict.fromkeys(name for entry in read for name in entry))
    values = [name for name in names if _VALUE.fullmatch(fold(name))]
    if len(values) != 1:
        found = f"{' and '.join(values)}" if values else f"none among {', '.join(names)}"
        raise BadTable(
            f"{source}: the shares should stand under one name such as value or percent; found: "
            f"{found}. Rename it in the file."
        )
    labels = [n for n in names if n not in values and not _NOT_LABELS.fullmatch(fold(n))]
    labels = [n for n in labels if not _has_twin(n, names)]
    for number, entry in enumerate(read, 1):
        if missing := [name for name in [*labels, *values] if name not in entry]:
            raise BadTable(f"{source}, entry {number} lacks {', '.join(missing)}.")
    cells = [
        Cell(
            f"{source}, entry {number}, {values[0]}",
            tuple(clean("" if entry[n] is None else entry[n]) for n in labels),
            entry[values[0]],
        )
        for number, entry in enumerate(read, 1)
    ]
    return Block(tuple(labels), cells, title, source=source)


def _has_twin(name: str, names: list[str]) -> bool:
    """Say whether the same label stands beside in a language that is preferred: en, ru, kk."""
    order = {"en": 0, "ru": 1, "kk": 2, "kz": 2}
    match = re.fullmatch(r"(.*?)_?(en|ru|kk|kz)", name)
    if not match:
        return False
    others = (re.fullmatch(r"(.*?)_?(en|ru|kk|kz)", other) for other in names)
    twins = [other[2] for other in others if other and other[1] == match[1]]
    return min(order[twin] for twin in twins) < order[match[2]]
