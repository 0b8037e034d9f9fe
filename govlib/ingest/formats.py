"""Files of the World Bank: opened, recognised by content, and brought to one table.

`govlib.layouts` recognises a layout and `govlib.cells` reads it; this module opens files, by their
bytes and not by their names, and finds out which edition a file says it is.
"""

import csv
import hashlib
import io
import os
import re
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd

from govlib.datasets import wgi
from govlib.errors import BadFile, BadParameter
from govlib.ingest import cells
from govlib.ingest.layouts import Row

OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
OTHER_WORKBOOK = (
    "the file is an .xls, .xlsb or .ods workbook, or one with a password: errors of formulas "
    "cannot be told from missing values in it. Save it as .xlsx without a password."
)
STATA = re.compile(rb"<stata_dta>|[\x68\x69\x6c\x6f\x71-\x73][\x01\x02]\x01\x00")

LOST_CELL = re.compile(rb't="e"|<(?:\w+:)?f[\s/>]')
"""Marks of errors and formulas in a sheet of an .xlsx."""

NAMED = re.compile(
    r"\b(?:governance indicators|WGI)\W+(?:the\W+)?(\d{4})\s+(?:update|edition|revision|release)\b",
    re.IGNORECASE,
)
DATED = re.compile(r"\blast updated\b.*?\b((?:19|20)\d\d)\b", re.IGNORECASE)


def read_wgi_file(path: str | Path, edition: int | None = None) -> pd.DataFrame:
    """Read a file of the Worldwide Governance Indicators as the World Bank publishes it.

    The layout is recognised by what is in the file: the workbook with a sheet for each dimension
    (editions to 2023) or with long sheets (from 2025), the long workbook, CSV or Stata file
    (2024), the Stata file with a row per economy and year, the bulk CSV, DataBank exports and
    Data360 CSV, each also inside a zip; see docs/world-bank-files.md. Columns that are not of
    the layout are left out; columns and sheets may be in any order.

    Parameters
    ----------
    path : str or Path
        The file, or a zip with it.
    edition : int, optional
        Year of release; needed unless the file says it.

    Returns
    -------
    DataFrame
        As `read_wgi`: one row per edition, economy, year and dimension that the file lists, with
        all columns; a measure that the file does not have is missing. Codes are today's,
        aggregates (World, regions) are left out, and so are years without any value.

    Raises
    ------
    BadFile
        If the file is of no known layout, if a cell cannot be read without guessing (names the
        sheet and the cell), if a row is repeated, or if the edition is neither given nor said, or
        both and different.
    BadParameter
        If `edition` is no year of release.

    Notes
    -----
    A file says its edition where it is named ("Worldwide Governance Indicators, 2023 Update"), or
    where the date in it (DataBank's "Last Updated", the time stamp of a Stata file) is of the
    year after its last year. A date alone does not say it: editions are revised later. An
    edition that is not after the last year, or that is after the date, is a contradiction.
    """
    return open_wgi_file(path, edition)[0]


def open_wgi_file(
    path: str | Path, edition: int | None = None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read a file as `read_wgi_file` and say what it was.

    Parameters
    ----------
    path, edition
        As for `read_wgi_file`.

    Returns
    -------
    table : DataFrame
        As `read_wgi_file`.
    about : dict
        ``file`` (name), ``sha256``, ``bytes``, ``layout`` (in words), ``edition_from`` (how the
        edition is known), ``names`` (name of each economy by code, as far as the file has them),
        ``left_out`` (sheets, columns, rows and years that were not read, in words).

    Raises
    ------
    BadFile, BadParameter
        As `read_wgi_file`.
    """
    if edition is not None and edition not in range(1997, 2200):
        raise BadParameter(f"edition = {edition!r}: the year of release is needed, as 2026.")
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path} cannot be read ({error.strerror or error}).") from error
    try:
        table, about = cells.read_sheets(list(_open(content)))
        said, how = _find_edition(about.pop("statements"), int(table["year"].max()), edition)
    except BadFile as error:
        raise BadFile(f"{path.name}: {error}") from error
    table.insert(0, "edition", said)
    digest = hashlib.sha256(content).hexdigest()
    known = {"file": path.name, "sha256": digest, "bytes": len(content), "edition_from": how}
    return wgi.as_released(table), known | about


def _open(content: bytes) -> Iterator[tuple[str, list[Row]]]:
    """Give the sheets of a file: each its name and its rows of cells."""
    if not content:
        raise BadFile("the file is empty; download it again.")
    if content.startswith(b"PK\x03\x04"):
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
            members = archive.namelist()
            if {"content.xml", "xl/workbook.bin"} & set(members):
                raise BadFile(OTHER_WORKBOOK)
            if "[Content_Types].xml" in members:
                yield from _open_workbook(content)
                return
            for member in members:
                if not member.endswith("/") and not member.startswith("__MACOSX"):
                    yield from _open_member(archive.read(member), member)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            raise BadFile(f"the file is torn ({error}); download it again.") from error
    elif content.startswith(OLD_WORKBOOK):
        raise BadFile(OTHER_WORKBOOK)
    elif STATA.match(content):
        yield from _open_stata(content)
    else:
        yield from _open_text(content)


def _open_member(content: bytes, name: str) -> Iterator[tuple[str, list[Row]]]:
    """Give the sheets of a file inside a zip; of a document that is no table, none."""
    readable = content.startswith((b"PK\x03\x04", OLD_WORKBOOK)) or STATA.match(content)
    if readable or (content and b"\0" not in content and not content.startswith(b"%PDF")):
        for sheet, rows in _open(content):
            yield sheet or name, rows


def _open_workbook(content: bytes) -> Iterator[tuple[str, list[Row]]]:
    """Give the sheets of a workbook, parsed side by side: calamine lets other threads run."""
    import python_calamine

    own = threading.local()  # a workbook can be read by one thread at a time

    def read(name: str) -> list[Row]:
        """Return the rows of a sheet."""
        if not hasattr(own, "workbook"):
            own.workbook = python_calamine.load_workbook(io.BytesIO(content))
        rows: list[Row] = own.workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if any("" in row and any(map(_may_be_code, row)) for row in rows):
            _fill_lost_cells(content, name, rows)
        return rows

    try:
        names = python_calamine.load_workbook(io.BytesIO(content)).sheet_names
        with ThreadPoolExecutor(min(len(names), os.cpu_count() or 1)) as pool:
            yield from zip(names, pool.map(read, names), strict=True)
    except (python_calamine.CalamineError, OSError) as error:
        raise BadFile(f"the workbook cannot be read ({error}); download it again.") from error


def _may_be_code(cell: Any) -> bool:
    """Say whether a cell may be the code of an economy."""
    return isinstance(cell, str) and len(cell.strip()) == 3


def _fill_lost_cells(content: bytes, name: str, rows: list[Row]) -> None:
    """Write errors, and formulas without a result, where calamine says that there is nothing."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    sheets = [member for member in archive.namelist() if member.startswith("xl/worksheets/")]
    if not any(LOST_CELL.search(archive.read(member)) for member in sheets):
        return
    import openpyxl

    try:
        sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True)[name]
        sheet.reset_dimensions()  # some programs write a wrong one
        for row, seen in zip(rows, sheet.iter_rows(values_only=True), strict=False):
            for column, cell in enumerate(seen[: len(row)]):
                if row[column] == "" and cell is not None:
                    row[column] = cell
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise BadFile(f"the formulas of sheet {name} cannot be read ({error}).") from error


def _open_stata(content: bytes) -> Iterator[tuple[str, list[Row]]]:
    """Give a Stata file as a sheet, with when it was written before it."""
    from pandas.io.stata import StataReader

    try:
        reader: Any = StataReader(io.BytesIO(content))
        with reader:
            table: pd.DataFrame = reader.read()
            stamp: str = reader.time_stamp
    except (ValueError, KeyError, OSError, IndexError, struct.error) as error:
        raise BadFile(f"the Stata file cannot be read ({error}); download it again.") from error
    yield "", [[f"Stata time stamp, last updated {stamp}"]]
    yield "", [list(table.columns), *table.astype(object).to_numpy().tolist()]


def _open_text(content: bytes) -> Iterator[tuple[str, list[Row]]]:
    """Give a text file with separators (comma, semicolon, tab) as a sheet."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        # Only names can hold such letters; they are kept from the record by the replacement.
        text = content.decode("ascii", errors="replace")
    if text.lstrip()[:1] in ("<", "{", "["):
        raise BadFile(
            "the file is a page or a message of a server, not a table: "
            f"{' '.join(text[:200].split())!r}; download it again."
        )
    # The separator of the header is the one that occurs most in the first lines.
    head = "\n".join(text.splitlines()[:60])
    separator = max(",;\t", key=head.count)
    try:
        yield "", list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise BadFile(f"the quoting of the text is broken ({error}).") from error


def _find_edition(
    statements: list[tuple[str, str]], last_year: int, given: int | None
) -> tuple[int, str]:
    """Return the edition and how it is known, or say why it is not."""
    named: dict[int, str] = {}
    dated: dict[int, str] = {}
    for where, text in statements:
        named |= {int(year): f"{where}: {text!r}" for year in NAMED.findall(text)}
        dated |= {int(year): f"{where}: {text!r}" for year in DATED.findall(text)}
    if len(named) > 1:
        raise BadFile(f"the file names several editions: {'; '.join(named.values())}.")
    if given is not None:
        edition, how = int(given), "given"
    elif named:
        [(edition, how)] = named.items()
    elif last_year + 1 in dated:
        edition, how = last_year + 1, f"last year {last_year} and {dated[last_year + 1]}"
    else:
        date = (
            f" It was last updated in {max(dated)}, which need not be its edition." if dated else ""
        )
        raise BadFile(
            f"the file does not say of which edition it is.{date} Its last year is {last_year}, "
            f"which points to edition {last_year + 1}: pass edition={last_year + 1} "
            f"(--edition {last_year + 1}) if that is where it is from."
        )
    against = [text for year, text in named.items() if year != edition]
    against += [text for year, text in dated.items() if year < edition]
    if edition <= last_year:
        against.append(f"it has values of {last_year}")
    if against:
        raise BadFile(f"edition {edition} contradicts the file: {'; '.join(against)}.")
    return edition, how
