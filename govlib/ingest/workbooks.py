"""Files of a user, bounded before they are opened: texts, zips and workbooks as one sees them.

What is hidden is left out and named; an error of a formula, a formula without a result and a
superscript (a footnote mark) are not lost, as they are to the fast reader.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from python_calamine import CalamineError, SheetVisibleEnum, load_workbook

from govlib.errors import BadFile, BadParameter, BadTable, UnknownName

Row = list[Any]

WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How a workbook (.xlsx, .xls) begins."""

LOST = re.compile(rb't="e"|<(?:\w+:)?f[\s/>]|hidden="(?:1|true)"|vertAlign')
"""Errors, formulas, what is hidden and superscripts, in the XML of a workbook."""

MOST_BYTES, MOST_CELLS, MOST_FILES = 100_000_000, 5_000_000, 1_000
"""Bytes (also unpacked), cells, and files of a zip; the World Bank's: 16 MB, 360,000 cells."""

PLACE = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]*)(\d+)""")
"""Row or cell in the XML of a sheet."""

SUPERSCRIPTS = str.maketrans("0123456789)", "⁰¹²³⁴⁵⁶⁷⁸⁹⁾")


class Sheet(NamedTuple):
    """A sheet: its name, its rows of cells ("" where blank), and merged ranges of cells."""

    name: str
    rows: list[Row]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]


@contextmanager
def named(source: object, kind: type[BadFile | BadTable] | None = None) -> Iterator[None]:
    """Put the name of a file before what is wrong in it; of a table, as an error of one `kind`."""
    try:
        yield
    except (BadTable, BadFile) as error:
        raise (kind or type(error))(f"{source}: {error}") from error
    except (UnknownName, BadParameter) as error:
        raise type(error)(f"{source}: {error}") from error


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file; BadTable if it cannot be read, is no file, or is too large."""
    try:
        if path.exists() and not path.is_file():
            raise BadTable("it is not a file.")
        if path.stat().st_size > MOST_BYTES:
            raise BadTable(f"it is larger than {MOST_BYTES:,} bytes: too large for a table.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, BadTable):
            raise
        raise BadTable(
            f"it cannot be read ({getattr(error, 'strerror', None) or error})."
        ) from error


def decode(content: bytes, *, lossy: bool = False) -> str:
    """Return the text of a file, in UTF-8 or UTF-16; `lossy`: other letters than ASCII may be lost.

    BadTable if it is no such text, empty, a web page, or has too many cells for a table.
    """
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        if not lossy:
            raise BadTable(f"it is no workbook and no text in UTF-8 ({error}).") from error
        text = content.decode("ascii", errors="replace")
    cells = max(map(text.count, ",;\t\n\r[{"))
    if cells > MOST_CELLS:
        raise BadTable(f"it has {cells:,} cells: too many for a table ({MOST_CELLS:,}).")
    if not text.strip():
        raise BadTable("it is empty; download it again.")
    if text.lstrip().startswith("<"):
        raise no_table(text)
    return text


def no_table(text: str) -> BadTable:
    """Return the error of a text that is an answer, but not the one that was asked for."""
    start = " ".join(text[:200].split())
    return BadTable(
        f"it is a page or a message of a server, not a table: {start!r}; save it again."
    )


def split(text: str, *, header: int = 1, comment: str = "\0") -> list[Row]:
    """Return the rows of a text parted by commas, semicolons or tabs, whatever is most in its head.

    `header` lines from the top may be the head of the table. If it is the first line, blank lines
    and those of comments are left out, and each has as many cells. Else, and of broken quotes,
    BadTable.
    """
    head = [line for line in text.splitlines() if not line.startswith(comment)][:header]
    separator = max(",;\t", key="\n".join(head).count)
    try:
        read = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        rows: list[Row] = list(read)
    except csv.Error as error:
        raise BadTable(f"its quotes are broken ({error}).") from error
    if header > 1:
        return rows
    rows = [row for row in rows if any(row) and not row[0].startswith(comment)]
    if not rows:
        raise BadTable("it has comments and no table: download it again.")
    for number, row in enumerate(rows, 1):
        check_width(f"line {number}", row, len(rows[0]))
    return rows


def check_width(place: str, row: Row, width: int) -> None:
    """Reject a row that has more or fewer cells than the header; a last one may be blank."""
    if len(row) < width or any(cell not in ("", None) for cell in row[width:]):
        raise BadTable(
            f"{place} has {len(row)} cells, the header {width}: the file is cut off, or a text "
            "with the separator in it is not in quotes."
        )


def unpack(content: bytes) -> dict[str, bytes]:
    """Return the members of a zip by name; BadTable if it is torn, or too large when unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if (count := len(archive.namelist())) > MOST_FILES:
                raise BadTable(f"the zip has {count:,} files; at most {MOST_FILES:,} are read.")
            size = sum(member.file_size for member in archive.infolist())
            if size > MOST_BYTES:
                many = f"{size:,} bytes when unpacked; at most {MOST_BYTES:,} are read"
                raise BadTable(f"the zip has {many}.")
            if {member.compress_type for member in archive.infolist()} - {0, 8}:
                raise BadTable(
                    "the zip is packed in an unusual way: unpack it, give the file in it."
                )
            return {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, BadTable):
            raise
        raise BadTable(f"the file is torn ({error}); download it again.") from error


def column_number(letters: str) -> int:
    """Return the number, from 1, of the column that a spreadsheet calls A, ..., Z, AA, ..."""
    return sum(26**n * (ord(x) - 64) for n, x in enumerate(reversed(letters.upper())))


def cell_name(sheet: str, row: int, column: int) -> str:
    """Return where a cell, counted from 0, is: "sheet Data, cell G5"."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{f'sheet {sheet}, ' if sheet else ''}cell {letters}{row + 1}"


def _check_places(name: str, xml: bytes) -> None:
    """Reject a sheet whose cells reach so far that a table of them would fill the memory."""
    places = set(PLACE.findall(xml))
    last = max([xml.count(b"<row"), 1, *(int(number[:9]) for _, number in places)])
    width = max([1, *(column_number(letters.decode()[:9]) for letters, _ in places)])
    if last > 1 << 20 or width > 1 << 14 or max(last * width, xml.count(b"<c")) > MOST_CELLS:
        raise BadTable(
            f"{name} has cells to row {last:,} and column {width:,}, more than a table has "
            f"({MOST_CELLS:,} cells): delete what is far from the table, and save it again."
        )


def open_workbook(content: bytes) -> tuple[list[Sheet], list[str]]:
    """Return the sheets that are not hidden, and what is left out, in words.

    The cells of hidden rows and columns are blank. BadTable if the workbook cannot be read.
    """
    parts = unpack(content) if content.startswith(b"PK") else {}
    xml = {
        n: part for n, part in parts.items() if n.startswith("xl/worksheets/") and n[-4:] == ".xml"
    }
    for name, part in xml.items():
        _check_places(name, part)
    shared = parts.get("xl/sharedStrings.xml", b"")
    lost = {found for part in (*xml.values(), shared) for found in LOST.findall(part)}
    try:
        book = load_workbook(io.BytesIO(content))
        visible = {m.name for m in book.sheets_metadata if m.visible is SheetVisibleEnum.Visible}
        sheets = []
        for name in (name for name in book.sheet_names if name in visible):
            page = book.get_sheet_by_name(name)
            rows: list[Row] = [list(row) for row in page.to_python(skip_empty_area=False)]
            sheets.append(Sheet(name, rows, page.merged_cell_ranges or []))
        left_out = [f"hidden sheet {name}" for name in book.sheet_names if name not in visible]
        if lost:
            left_out += _complete(content, sheets, any(f[0] in b"hv" for f in lost))
    # A damaged part ends in one of these, by the library that meets it (XML: a SyntaxError).
    except (
        *(CalamineError, OSError, ValueError, TypeError, LookupError, AttributeError),
        *(SyntaxError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error),
    ) as error:
        why = "it is damaged, protected by a password or not complete: download it again"
        raise BadTable(f"the workbook cannot be read ({error}); {why}.") from error
    if not sheets:
        raise BadTable(f"the workbook has no sheet that is shown. {'; '.join(left_out)}")
    return sheets, left_out


def _complete(content: bytes, sheets: list[Sheet], slow: bool) -> list[str]:
    """Write in cells what was lost, blank what is hidden, and return what is, in words."""
    import openpyxl
    from openpyxl.cell.rich_text import CellRichText

    # What is hidden or raised is known only to the slow way of reading.
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=not slow, rich_text=True)
    left_out = dict[str, None]()
    for name, rows, _ in sheets:
        sheet = book[name]
        if not slow:
            sheet.reset_dimensions()  # some programs write a wrong one
        for row, seen in zip(rows, sheet.iter_rows(values_only=True), strict=False):
            for at, cell in enumerate(seen[: len(row)]):
                if isinstance(cell, CellRichText):
                    row[at] = _mark(cell)
                elif row[at] == "" and cell is not None:
                    row[at] = cell
        if not slow:
            continue
        gone = {n - 1 for n, row in sheet.row_dimensions.items() if row.hidden}
        spans = [(c.min - 1, c.max) for c in sheet.column_dimensions.values() if c.hidden]
        for n, row in enumerate(rows):
            for at, cell in enumerate(row):
                if cell != "" and (n in gone or any(first <= at < end for first, end in spans)):
                    letter = openpyxl.utils.get_column_letter(at + 1)
                    what = f"row {n + 1}" if n in gone else f"column {letter}"
                    left_out[f"sheet {name}, hidden {what}"] = None
                    row[at] = ""
    return [*left_out]


def _mark(cell: Any) -> str:
    """Write superscripts and subscripts of a text as such."""
    parts = []
    for part in cell:
        raised = getattr(getattr(part, "font", None), "vertAlign", None) not in (None, "baseline")
        parts.append(str(part).translate(SUPERSCRIPTS) if raised else str(part))
    return "".join(parts)
