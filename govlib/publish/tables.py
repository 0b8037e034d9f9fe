"""A table as text or document: Markdown, CSV, JSON, LaTeX, HTML, Word."""

import html
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd

from govlib.errors import BadParameter, BadTable, UnknownName, did_you_mean
from govlib.i18n import check_language, text
from govlib.plot.profiles import find_profile
from govlib.stats._tables import DIMENSIONS

FORMATS = ("md", "csv", "json", "tex", "html", "docx")
"""The formats of a table."""

COMMA = frozenset({"ru", "kk"})  # languages with a decimal comma
FIGURE_SPACE = "\u2007"  # as wide as a digit

LATEX = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"\u2212": "$-$", "±": r"$\pm$", FIGURE_SPACE: r"\phantom{0}", "–": "--"}
)
"""How LaTeX writes signs that it would take for commands, or does not know."""

Uncertainty = Mapping[str, str | Sequence[str]]


def format_table(
    table: pd.DataFrame,
    kind: str,
    *,
    caption: str = "",
    notes: Sequence[str] = (),
    right: Sequence[str] = (),
) -> bytes:
    r"""Write a table in one of `FORMATS`, as bytes (UTF-8 where it is text).

    Numbers are written as they are, missing ones blank; the columns `right` are set flush right.
    The caption stands above, the notes underneath; not in CSV and JSON (a list of rows). LaTeX
    needs ``\usepackage{booktabs,tabularx}``; Word (docx) python-docx, BadParameter says so.
    UnknownName if the kind is not known, BadTable if a text to be read has a control character.
    """
    if kind not in FORMATS:
        known = f"known: {', '.join(FORMATS)}.{did_you_mean(kind, FORMATS)}"
        raise UnknownName(f"format {kind!r} is not known; {known}")
    if kind == "csv":
        return table.to_csv(index=False, lineterminator="\n").encode()
    if kind == "json":
        text = table.to_json(orient="records", force_ascii=False, indent=2, double_precision=15)
        return f"{text}\n".encode()
    cells = table.astype(object).where(table.notna(), "").astype(str)
    for words in map(str, (*cells.columns, *cells.to_numpy().flat, caption, *notes)):
        if sign := re.search(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", words):
            raise BadTable(
                f"{words!r} has the control character U+{ord(sign[0]):04X}: take it out."
            )
    return _WRITERS[kind](cells, caption, notes, set(right))


def _markdown(cells: pd.DataFrame, caption: str, notes: Sequence[str], right: set[str]) -> bytes:
    """Write a pipe table."""
    text = cells.map(lambda cell: cell.replace("|", "\\|")).to_markdown(
        index=False,
        disable_numparse=True,  # "0.10" is not turned into 0.1
        colalign=["right" if name in right else "left" for name in cells] if right else None,
    )
    return ("\n\n".join([*([f"**{caption}**"] if caption else []), text, *notes]) + "\n").encode()


def _latex(cells: pd.DataFrame, caption: str, notes: Sequence[str], right: set[str]) -> bytes:
    """Write a table as wide as the line, in which columns of sentences wrap."""
    sides = ""
    for name in cells:
        long = max(len(str(name)), cells[name].str.len().max()) > 24
        sides += "r" if name in right else "X" if long else "l"
    escaped = cells.map(lambda cell: cell.translate(LATEX))
    escaped.columns = [str(name).translate(LATEX) for name in cells]
    text = escaped.style.hide(axis="index").to_latex(hrules=True, column_format=sides)
    if "X" in sides:
        text = text.replace(r"\begin{tabular}", r"\begin{tabularx}{\linewidth}")
        text = text.replace(r"\end{tabular}", r"\end{tabularx}")
    if caption or notes:
        head = [r"\begin{table}", r"\centering"]
        head += [rf"\caption{{{caption.translate(LATEX)}}}"] if caption else []
        below = [rf"\par\smallskip\footnotesize {note.translate(LATEX)}" for note in notes]
        text = "\n".join([*head, text.rstrip(), *below, r"\end{table}", ""])
    return text.encode()


def _html(cells: pd.DataFrame, caption: str, notes: Sequence[str], right: set[str]) -> bytes:
    """Write a page with one table, its notes in its foot."""
    style = cells.style.hide(axis="index").format(escape="html")
    style.format_index(escape="html", axis="columns").set_uuid("govlib")
    columns = [f".col{i}" for i, name in enumerate(cells) if name in right]
    styles = HTML_STYLES | dict.fromkeys(columns, "text-align: right")
    style.set_table_styles([{"selector": key, "props": props} for key, props in styles.items()])
    if caption:
        style.set_caption(html.escape(caption))
    text: str = style.to_html(doctype_html=True, encoding="utf-8")
    if notes:
        below = "".join(f"<p>{html.escape(note)}</p>" for note in notes)
        foot = f'<tfoot><tr><td colspan="{len(cells.columns)}">{below}</td></tr></tfoot>'
        text = text.replace("</tbody>", f"</tbody>\n{foot}", 1)
    return text.encode()


HTML_STYLES = {
    "": "border-collapse: collapse; font-family: sans-serif; font-variant-numeric: tabular-nums; "
    "border-bottom: 1.5px solid; border-top: 1.5px solid",
    "th": "border-bottom: 1px solid; text-align: left; font-weight: bold",
    "th, td": "padding: 0.2em 0.8em",
    "caption": "text-align: left; font-weight: bold",
    "tfoot": "border-top: 1px solid; font-size: smaller",
}


def _word(cells: pd.DataFrame, caption: str, notes: Sequence[str], right: set[str]) -> bytes:
    """Write a Word document in landscape, the head row repeated on each page."""
    try:
        import docx
    except ModuleNotFoundError as error:
        missing = f'A Word table needs {error.name}: pip install "govlib[tables]".'
        raise BadParameter(missing) from error
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    document = docx.Document()
    document.core_properties.author = ""
    document.core_properties.title = caption[:255]
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    if caption:
        document.add_paragraph().add_run(caption).bold = True
    grid = document.add_table(rows=1 + len(cells), cols=len(cells.columns), style="Light List")
    for row, values in zip(grid.rows, [list(cells), *cells.to_numpy().tolist()], strict=True):
        for cell, name, value in zip(row.cells, cells, values, strict=True):
            cell.paragraphs[0].add_run(str(value)).font.size = Pt(8)
            if name in right:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    head: Any = next(document.element.iter(qn("w:tr")))
    head.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for note in notes:
        document.add_paragraph().add_run(note).font.size = Pt(8)
    saved, content = io.BytesIO(), io.BytesIO()
    document.save(saved)
    # Equal tables are equal bytes: without the times of the archive's parts.
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(content, "w") as new:
        for part in old.infolist():
            plain = zipfile.ZipInfo(part.filename, date_time=(1980, 1, 1, 0, 0, 0))
            new.writestr(plain, old.read(part), zipfile.ZIP_DEFLATED)
    return content.getvalue()


_Writer = Callable[[pd.DataFrame, str, Sequence[str], set[str]], bytes]
_WRITERS: dict[str, _Writer] = {"md": _markdown, "tex": _latex, "html": _html, "docx": _word}


@dataclass(frozen=True, repr=False)
class Shown:
    """A table laid out for readers, shown where it is the last line of a notebook's cell."""

    cells: pd.DataFrame
    sides: Sequence[str]  # "left" or "right" of each column

    def __repr__(self) -> str:
        """Return the table as text."""
        return self.cells.to_string(index=False)

    def _repr_html_(self) -> str:
        """Return the table without an index, its texts whole and flush left."""
        with pd.option_context("display.max_colwidth", None):
            text = self.cells.to_html(index=False, border=0)
        side = cycle(self.sides)
        return re.sub(r"<(t[dh])>", lambda c: f'<{c[1]} style="text-align: {next(side)}">', text)


def show_table(
    table: pd.DataFrame,
    *,
    uncertainty: Uncertainty | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
) -> Shown:
    """Show a table for readers: numbers rounded by their errors, missing ones blank, no index.

    Codes of dimensions are written by name, headings without underscores; a column with
    ``_lower`` and ``_upper`` next to it is shown with these bounds. A number with an error has as
    many decimals as give the column's middle error two digits; one without as many as give the
    column's largest value three. Russian and Kazakh have a decimal comma.

    Parameters
    ----------
    uncertainty : mapping, optional
        By column, that of its standard error, or those of its lower and upper bound.
    names : mapping of str to str, optional
        Names by code, for a column `economy`.

    Raises
    ------
    UnknownName, BadTable
        If there is no such language; if the table is empty, a heading is repeated, the index has a
        name (it would be lost), or `uncertainty` names no column of numbers.
    """
    if names is not None and "economy" in table:
        table = table.assign(economy=table["economy"].map(lambda code: names.get(code, code)))
    says = {code: text(f"dimension.{code}", language) for code in DIMENSIONS}
    if "dimension" in table:
        table = table.assign(dimension=table["dimension"].astype("str").replace(says))
    answers = {True: text("table.yes", language), False: text("table.no", language)}
    for name in table.select_dtypes(exclude="number"):
        if table[name].map(type).isin([bool, np.bool_]).any():
            table = table.copy(deep=False)
            table[name] = table[name].map(answers)
    ends = {str(name): [f"{name}_lower", f"{name}_upper"] for name in table}
    bounds: Uncertainty = {name: pair for name, pair in ends.items() if {*pair} <= {*table}}
    bounds = {**bounds, **(uncertainty or {})}
    shown = lay_out_table(table, uncertainty=bounds, language=language)
    sides = ["right" if name in shown.attrs["right"] else "left" for name in shown]
    heads = []
    for name in shown:
        head = re.sub(r" \[.*_lower; .*_upper\]", " [interval]", str(name))
        head = says.get(head, head).replace("_", " ").replace("position", "rank")
        heads.append(head[:1].upper() + head[1:])
    return Shown(shown.set_axis(heads, axis="columns"), sides)


def write_tables(
    table: pd.DataFrame, caption: str, notes: Sequence[str], **layout: Any
) -> dict[str, bytes]:
    """Return a table in the formats for reading (`lay_out_table` takes the layout's options)."""
    shown = lay_out_table(table, **layout)
    options = {"caption": caption, "notes": notes, "right": shown.attrs["right"]}
    return {kind: format_table(shown, kind, **options) for kind in _WRITERS}


def lay_out_table(
    table: pd.DataFrame,
    *,
    uncertainty: Uncertainty | None = None,
    profile: str = "paper",
    language: str = "en",
) -> pd.DataFrame:
    """Write the numbers of a table as text, as `show_table` says, each with its uncertainty.

    The profile decides between "0.14 (0.24)" and "0.14 ± 0.24"; bounds are "0.14 [−0.26; 0.55]". A
    column with its uncertainty is headed by the names of both; ``attrs["right"]`` lists the columns
    of numbers.
    """
    check_language(language)
    between = {"parentheses": "{} ({})", "plus-minus": "{} ± {}"}[find_profile(profile).uncertainty]
    given = (uncertainty or {}).items()
    parts = {name: [v] if isinstance(v, str) else list(v) for name, v in given}
    numeric = _check(table, parts)
    absorbed = {name for names in parts.values() for name in names} - set(parts)
    columns: dict[str, list[str]] = {}
    right = []
    for name in (name for name in table.columns if name not in absorbed):
        if name not in numeric:
            columns[name] = ["" if pd.isna(value) else str(value) for value in table[name]]
            continue
        errors = parts.get(name, [])
        form = ["{}", between, "{} [{}; {}]"][len(errors)]
        digits = _decimals(table[name], table[errors])
        written = (_write(table[one], digits, language) for one in [name, *errors])
        right.append(head := form.format(name, *errors))
        rows = zip(*written, strict=True)
        columns[head] = [form.format(*row) if all(row) else row[0] for row in rows]
    shown = pd.DataFrame(columns)
    shown.attrs["right"] = right
    return shown


def check_rows(name: str, table: Any) -> None:
    """Check that something is a table with rows; `name` is the argument's."""
    if not isinstance(table, pd.DataFrame):
        raise BadParameter(f"{name} is of type {type(table).__name__}; give a DataFrame.")
    if table.empty:
        raise BadTable(
            f"{name} has {len(table)} rows and {len(table.columns)} columns: there is nothing to "
            "save. Check the countries, years and dimensions that it was made of."
        )


def _check(table: pd.DataFrame, uncertainty: Mapping[str, list[str]]) -> set[Any]:
    """Check that a table can be laid out; return its columns of numbers."""
    check_rows("table", table)
    if twice := list(dict.fromkeys(table.columns[table.columns.duplicated()].astype(str))):
        raise BadTable(f"The table has two columns {', '.join(twice)}: head each differently.")
    if index := [str(name) for name in table.index.names if name is not None]:
        raise BadTable(
            f"{', '.join(index)} would be lost: it is the table's index. Call reset_index() first."
        )
    numeric = set(table.select_dtypes("number"))  # true and false are none
    for name, errors in uncertainty.items():
        if not {name, *errors} <= numeric or len(errors) not in (1, 2):
            raise BadTable(
                f"uncertainty: {name!r} and its error or two bounds are to be columns of numbers, "
                f"not {errors}; there are: {', '.join(sorted(map(str, numeric)))}."
            )
    return numeric


def _decimals(values: pd.Series, errors: pd.DataFrame) -> int:
    """Return how many decimals say what is known."""
    numbers, known = values.dropna().astype("float64"), errors.astype("float64")
    if (numbers % 1 == 0).all() and (known.dropna() % 1 == 0).all(axis=None):
        return 0
    digits = 2 if len(known.columns) else 3
    size = known.iloc[:, 0].abs().median() if len(known.columns) else numbers.abs().max()
    if len(known.columns) == 2:  # a 90% interval is about four standard errors wide
        size = (known.iloc[:, 1] - known.iloc[:, 0]).abs().median() / 4
    return int(min(max(digits - 1 - np.floor(np.log10(size)), 0), 6)) if size > 0 else 2


def _write(values: pd.Series, decimals: int, language: str) -> list[str]:
    """Write numbers with a minus sign (none at 0.00), padded to one width; missing ones empty."""
    signs = str.maketrans({"-": "−", ".": "," if language in COMMA else "."})
    rounded = ["" if pd.isna(v) else round(float(v), decimals) + 0.0 for v in values]
    texts = [f"{v:.{decimals}f}".translate(signs) if v != "" else "" for v in rounded]
    widest = max(map(len, texts), default=0)
    return [text and text.rjust(widest, FIGURE_SPACE) for text in texts]
