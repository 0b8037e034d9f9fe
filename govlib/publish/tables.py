"""A table as text or document: Markdown, CSV, JSON, LaTeX, HTML, Word."""

import html
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from govlib.errors import UnknownName, did_you_mean


def format_table(
    table: pd.DataFrame,
    kind: str,
    *,
    caption: str = "",
    notes: Sequence[str] = (),
    right: Sequence[str] = (),
) -> bytes:
    r"""Write a table in one of several formats.

    Parameters
    ----------
    table : DataFrame
        Columns as they should be headed; numbers are written as they are, missing ones blank.
    kind : str
        ``md`` (Markdown), ``csv``, ``json`` (a list of rows), ``tex`` (a booktabs ``tabularx`` that
        needs ``\usepackage{booktabs,tabularx}``), ``html`` or ``docx`` (Word).
    caption : str
        Stands above the table; not in CSV and JSON, which hold the table alone.
    notes : sequence of str
        Paragraphs underneath; not in CSV and JSON.
    right : sequence of str
        Columns set flush right, so that numbers of equal decimals stand below each other.

    Returns
    -------
    bytes
        The file's content, UTF-8 where it is text.

    Raises
    ------
    UnknownName
        If the kind is not known.
    """
    if kind not in FORMATS:
        raise UnknownName(
            f"format {kind!r} is not known; known: {', '.join(FORMATS)}."
            f"{did_you_mean(kind, FORMATS)}"
        )
    return FORMATS[kind](table, Frame(caption, tuple(notes), frozenset(right)))


class Frame(NamedTuple):
    """What stands around a table, and which of its columns are flush right."""

    caption: str
    notes: tuple[str, ...]
    right: frozenset[str]


def _markdown(table: pd.DataFrame, frame: Frame) -> bytes:
    """Write a pipe table."""
    cells = table.astype(object).where(table.notna(), "").map(_escape_pipe)
    sides = ["right" if name in frame.right else "left" for name in table.columns]
    # Text stays as it is written: "0.10" is not turned into 0.1.
    text = cells.to_markdown(
        index=False, disable_numparse=True, colalign=sides if frame.right else None
    )
    parts = [f"**{frame.caption}**"] if frame.caption else []
    return ("\n\n".join([*parts, text, *frame.notes]) + "\n").encode()


def _escape_pipe(value: object) -> object:
    """Keep a pipe in a cell from ending it."""
    return value.replace("|", "\\|") if isinstance(value, str) else value


def _csv(table: pd.DataFrame, _: Frame) -> bytes:
    """Write comma-separated values."""
    return table.to_csv(index=False, lineterminator="\n").encode()


def _json(table: pd.DataFrame, _: Frame) -> bytes:
    """Write a list of rows."""
    text = table.to_json(orient="records", force_ascii=False, indent=2, double_precision=15)
    return (text + "\n").encode()


def _latex(table: pd.DataFrame, frame: Frame) -> bytes:
    """Write a table as wide as the line, in which columns of sentences wrap."""
    style = table.style.hide(axis="index").format(escape="latex", na_rep="")
    style.format_index(escape="latex", axis="columns")
    longest = [max(len(str(name)), table[name].astype(str).str.len().max()) for name in table]
    sides = ["r" if name in frame.right else "l" for name in table.columns]
    columns = "".join(
        "X" if length > 24 and side == "l" else side
        for length, side in zip(longest, sides, strict=True)
    )
    text = style.to_latex(hrules=True, column_format=columns)
    if "X" in columns:
        text = text.replace(r"\begin{tabular}", r"\begin{tabularx}{\linewidth}")
        text = text.replace(r"\end{tabular}", r"\end{tabularx}")
    for sign, code in LATEX_SIGNS.items():
        text = text.replace(sign, code)
    if frame.caption or frame.notes:
        head = [r"\begin{table}", r"\centering"]
        head += [rf"\caption{{{_escape_latex(frame.caption)}}}"] if frame.caption else []
        below = [rf"\par\smallskip\footnotesize {_escape_latex(note)}" for note in frame.notes]
        text = "\n".join([*head, text.rstrip(), *below, r"\end{table}", ""])
    return text.encode()


LATEX_SIGNS = {"\u2212": "$-$", "±": r"$\pm$", "\u2007": r"\phantom{0}", "–": "--"}


def _escape_latex(text: str) -> str:
    """Keep signs of a sentence from being taken for commands, as pandas does for cells."""
    cell = pd.DataFrame([[text]]).style.format(escape="latex").hide(axis="index")
    body = cell.hide(axis="columns").to_latex()
    found = re.search(r"\\begin\{tabular\}\{.*?\}\n(.*) \\\\\n", body, re.DOTALL)
    assert found is not None
    escaped = found[1]
    for sign, code in LATEX_SIGNS.items():
        escaped = escaped.replace(sign, code)
    return escaped


def _html(table: pd.DataFrame, frame: Frame) -> bytes:
    """Write a page with one table, its notes in its foot."""
    style = table.style.hide(axis="index").format(escape="html", na_rep="")
    style.format_index(escape="html", axis="columns").set_uuid("govlib")
    heads = [f"th.col{i}" for i, name in enumerate(table.columns) if name in frame.right]
    aligned: Any = [{"selector": head, "props": "text-align: right"} for head in heads]
    style.set_table_styles([*HTML_STYLES, *aligned])
    if frame.caption:
        style.set_caption(html.escape(frame.caption))
    right: Any = [name for name in table.columns if name in frame.right]
    style.set_properties(subset=right, **{"text-align": "right"})
    text: str = style.to_html(doctype_html=True, encoding="utf-8")
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in frame.notes)
    if notes:
        foot = f'<tfoot><tr><td colspan="{len(table.columns)}">{notes}</td></tr></tfoot>'
        text = text.replace("</tbody>", f"</tbody>\n{foot}", 1)
    return text.encode()


HTML_STYLES: Any = [
    {
        "selector": "",
        "props": "border-collapse: collapse; font-family: sans-serif; "
        "font-variant-numeric: tabular-nums; border-bottom: 1.5px solid; border-top: 1.5px solid",
    },
    {"selector": "th", "props": "border-bottom: 1px solid; text-align: left; font-weight: bold"},
    {"selector": "th, td", "props": "padding: 0.2em 0.8em"},
    {"selector": "caption", "props": "text-align: left; font-weight: bold"},
    {"selector": "tfoot", "props": "border-top: 1px solid; font-size: smaller"},
]


def _word(table: pd.DataFrame, frame: Frame) -> bytes:
    """Write a Word document on a page across, the head row repeated on each page."""
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    document = docx.Document()
    document.core_properties.author = ""
    document.core_properties.title = frame.caption[:255]
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    if frame.caption:
        document.add_paragraph().add_run(frame.caption).bold = True
    grid = document.add_table(rows=1, cols=len(table.columns), style="Light List")
    cells = table.astype(object).where(table.notna(), "")
    for row, values in enumerate([list(table.columns), *cells.to_numpy().tolist()]):
        if row:
            grid.add_row()
        for cell, name, value in zip(grid.rows[row].cells, table.columns, values, strict=True):
            run = cell.paragraphs[0].add_run(str(value))
            run.font.size = Pt(8)
            if name in frame.right:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    head = grid.rows[0]._tr.get_or_add_trPr()
    head.append(OxmlElement("w:tblHeader"))
    for note in frame.notes:
        document.add_paragraph().add_run(note).font.size = Pt(8)
    content = io.BytesIO()
    document.save(content)
    return _without_times(content.getvalue())


def _without_times(archive: bytes) -> bytes:
    """Return a ZIP archive without the times of its parts: equal tables are equal bytes."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as held,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        for part in held.infolist():
            plain = zipfile.ZipInfo(part.filename, date_time=(1980, 1, 1, 0, 0, 0))
            written.writestr(plain, held.read(part), zipfile.ZIP_DEFLATED)
    return content.getvalue()


FORMATS: dict[str, Callable[[pd.DataFrame, Frame], bytes]] = {
    "md": _markdown,
    "csv": _csv,
    "json": _json,
    "tex": _latex,
    "html": _html,
    "docx": _word,
}
