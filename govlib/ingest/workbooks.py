"""Files of a user, bounded before they are opened, and the sheets of a workbook as one sees them.

What is hidden is left out and named; an error of a formula, a formula without a result and a
superscript (a footnote mark) are not lost, as they are to the fast reader.
"""

import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any, NamedTuple

from python_calamine import CalamineError, SheetVisibleEnum, load_workbook

from govlib.errors import BadTable

Row = list[Any]

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


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file; BadTable if it cannot be read, is no file, or is too large."""
    try:
        if path.exists() and not path.is_file():
            raise BadTable(f"{path} is not a file.")
        if path.stat().st_size > MOST_BYTES:
            raise BadTable(f"{path} is larger than {MOST_BYTES:,} bytes: too large for a table.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadTable(f"{path} cannot be read ({why}).") from error


def check_text(text: str) -> str:
    """Return a text that has not too many cells for a table; else BadTable."""
    cells = max(map(text.count, ",;\t\n\r[{"))
    if cells > MOST_CELLS:
        raise BadTable(f"it has {cells:,} cells: too many for a table ({MOST_CELLS:,}).")
    return text


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


def _check_places(name: str, xml: bytes) -> None:
    """Reject a sheet whose cells reach so far that a table of them would fill the memory."""
    last, width = max(xml.count(b"<row"), 1), 1
    for letters, number in set(PLACE.findall(xml)):
        at = 0
        for letter in letters.upper():
            at = 26 * at + letter - 64
        last, width = max(last, int(number[:9])), max(width, at)
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
    from openpyxl.utils import column_index_from_string

    # What is hidden or raised is known only to the slow way of reading.
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=not slow, rich_text=True)
    left_out = []
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
        if slow:
            gone = {n - 1 for n, row in sheet.row_dimensions.items() if row.hidden}
            for number in sorted(gone & set(range(len(rows)))):
                if any(cell != "" for cell in rows[number]):
                    left_out.append(f"sheet {name}, hidden row {number + 1}")
                rows[number][:] = [""] * len(rows[number])
            for letter, column in sheet.column_dimensions.items():
                first = column.min or column_index_from_string(letter)
                end = min(column.max or first, max(map(len, rows), default=0))
                for at in range(first - 1, end) if column.hidden else ():
                    if any(cell != "" for row in rows for cell in row[at : at + 1]):
                        name_of = openpyxl.utils.get_column_letter(at + 1)
                        left_out.append(f"sheet {name}, hidden column {name_of}")
                    for row in rows:
                        row[at : at + 1] = [""] * len(row[at : at + 1])
    return left_out


def _mark(cell: Any) -> str:
    """Write superscripts and subscripts of a text as such."""
    parts = []
    for part in cell:
        raised = getattr(getattr(part, "font", None), "vertAlign", None) not in (None, "baseline")
        parts.append(str(part).translate(SUPERSCRIPTS) if raised else str(part))
    return "".join(parts)
