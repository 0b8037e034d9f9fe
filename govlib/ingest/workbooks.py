"""The sheets of a workbook as its reader sees them.

What is hidden is left out and named; an error of a formula, a formula without a result and a
superscript (a footnote mark) are not lost, as they are to the fast reader.
"""

import io
import re
import zipfile
import zlib
from typing import Any, NamedTuple

from python_calamine import CalamineError, SheetVisibleEnum, load_workbook

from govlib.errors import BadTable

Row = list[Any]

LOST = re.compile(rb't="e"|<(?:\w+:)?f[\s/>]|hidden="(?:1|true)"|vertAlign')
"""Errors, formulas, what is hidden and superscripts, in the XML of a workbook."""

SUPERSCRIPTS = str.maketrans("0123456789)", "⁰¹²³⁴⁵⁶⁷⁸⁹⁾")


class Sheet(NamedTuple):
    """A sheet: its name, its rows of cells ("" where blank), and merged ranges of cells."""

    name: str
    rows: list[Row]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]


def open_workbook(content: bytes) -> tuple[list[Sheet], list[str]]:
    """Return the sheets that are not hidden, and what is left out, in words.

    The cells of hidden rows and columns are blank. BadTable if the workbook cannot be read.
    """
    try:
        book = load_workbook(io.BytesIO(content))
        visible = {m.name for m in book.sheets_metadata if m.visible is SheetVisibleEnum.Visible}
        sheets = []
        for name in (name for name in book.sheet_names if name in visible):
            page = book.get_sheet_by_name(name)
            rows: list[Row] = [list(row) for row in page.to_python(skip_empty_area=False)]
            sheets.append(Sheet(name, rows, page.merged_cell_ranges or []))
        left_out = [f"hidden sheet {name}" for name in book.sheet_names if name not in visible]
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                parts = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
                parts += [n for n in archive.namelist() if n == "xl/sharedStrings.xml"]
                lost = {found for n in parts for found in LOST.findall(archive.read(n))}
            if lost:
                left_out += _complete(content, sheets, any(f[0] in b"hv" for f in lost))
    # A damaged part ends in one of these, by the library that meets it (XML: a SyntaxError).
    except (
        *(CalamineError, OSError, ValueError, TypeError, LookupError, AttributeError),
        *(SyntaxError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error),
    ) as error:
        why = "it is damaged, protected by a password or not complete: download it again"
        raise BadTable(f"the workbook cannot be read ({error}); {why}.") from error
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
                for at in range(first - 1, column.max or first) if column.hidden else ():
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
