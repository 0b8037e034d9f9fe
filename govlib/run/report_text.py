"""Text of notebooks and documents as HTML in which nothing but our own markup is markup.

Figures, labels and names come from files of others: whatever in them looks like HTML is shown as
the text that it is.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

import bleach
import mistune
from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

TABLE_TAGS = {
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
    *("p", "br", "b", "strong", "em", "code"),
}
"""The markup that a table of a notebook may have; other tags are shown as text."""


def render_markdown(
    text: str, *, targets: Mapping[str, str] | None = None, taken: set[str] | None = None
) -> Markup:
    """Turn Markdown into HTML, with HTML in it as text and images as their description.

    Parameters
    ----------
    text : str
        Markdown; tables with pipes are known.
    targets : mapping of str to str, optional
        Where links within the project lead, by the last part of their address: ``data.md`` to
        ``data.html``. A link to any other file of the project becomes text.
    taken : set of str, optional
        Ids on the page so far; those of the headings are added.

    Returns
    -------
    Markup
        Headings carry ids made of their words.
    """
    renderer = _Renderer(targets or {}, set() if taken is None else taken)
    return Markup(mistune.create_markdown(renderer=renderer, plugins=["table"])(text))


def render_table(html: str, label: str) -> Markup:
    """Turn the HTML of a pandas table into one that a screen reader can follow.

    Parameters
    ----------
    html : str
        As a notebook stores it.
    label : str
        What a screen reader calls the table.

    Returns
    -------
    Markup
        Styles and attributes are gone, cells of the head name their columns or rows, and the
        table scrolls in a frame that the keyboard reaches.
    """
    html = re.sub(r"(?s)<style\b.*?</style>", "", html)
    html = re.sub(r"</?div\b[^>]*>", "", html)
    spans = {cell: ["colspan", "rowspan"] for cell in ("th", "td")}
    clean = bleach.clean(html, tags=TABLE_TAGS, attributes=spans, strip_comments=True)
    clean = re.sub(r"<th([^>]*)></th>", r"<td\1></td>", clean)
    head, body, rest = clean.partition("<tbody>")
    head = head.replace("<th ", '<th scope="col" ').replace("<th>", '<th scope="col">')
    rest = _align_numbers(rest)
    rest = rest.replace("<th ", '<th scope="row" ').replace("<th>", '<th scope="row">')
    return _frame(Markup(head + body + rest), label)


def render_code(text: str, language: str = "python") -> Markup:
    """Turn code into HTML with its parts marked by Pygments' short classes."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        lexer = get_lexer_by_name("text")
    inner = highlight(text.strip("\n"), lexer, HtmlFormatter(nowrap=True))
    return Markup(f'<pre class="code" tabindex="0"><code>{inner}</code></pre>')


def render_output(data: Mapping[str, Any], label: str) -> Markup:
    """Turn an output of a cell, but not an image, into HTML: its richest form that is text."""
    forms = {kind: "".join(value) for kind, value in data.items() if isinstance(value, (str, list))}
    if "text/html" in forms:
        return render_table(forms["text/html"], label)
    if "text/markdown" in forms:
        return render_markdown(forms["text/markdown"])
    text = forms.get("text/plain", "")
    return Markup('<pre class="text" tabindex="0">{}</pre>').format(text) if text else Markup("")


def plain_text(html: str) -> str:
    """Return the words of HTML in one line, as a search reads them."""
    spaced = re.sub(r"(</(?:td|th|p|li|h\d|dd|dt|pre)>)", r"\1 ", html)
    return Markup(spaced).striptags()


def slug(words: str, taken: Collection[str] = ()) -> str:
    """Return an id made of some words that is not taken."""
    base = re.sub(r"\W+", "-", words.casefold()).strip("-") or "part"
    found, number = base, 1
    while found in taken:
        number += 1
        found = f"{base}-{number}"
    return found


def _align_numbers(body: str) -> str:
    """Mark the cells of the columns that hold numbers only; rows are counted from the right."""
    number = r"\s*(?:[-+−]?[\d.,\s]*\d%?|NaN|&lt;NA&gt;)?\s*"
    rows = [row.split("<td>") for row in body.split("</tr>")]
    numeric: dict[int, bool] = {}
    for row in rows:
        for place, cell in enumerate(reversed(row[1:])):
            fits = bool(re.fullmatch(number, cell.partition("</td>")[0]))
            numeric[place] = numeric.get(place, True) and fits
    marked = []
    for head, *cells in rows:
        places = reversed(range(len(cells)))
        tags = ['<td class="number">' if numeric[place] else "<td>" for place in places]
        marked.append(head + "".join(map(str.__add__, tags, cells)))
    return "</tr>".join(marked)


def _frame(table: Markup, label: str) -> Markup:
    """Let a table that is wider than the page scroll, by keyboard too."""
    frame = Markup('<div class="table" role="group" aria-label="{}" tabindex="0">{}</div>')
    return frame.format(label, table)


class _Renderer(mistune.HTMLRenderer):
    """Markdown's parts as HTML; it remembers the ids given on the page."""

    def __init__(self, targets: Mapping[str, str], taken: set[str]) -> None:
        super().__init__(escape=True)
        self.targets = targets
        self.ids = taken
        self.tables = 0

    def heading(self, text: str, level: int, **attributes: Any) -> str:
        found = slug(plain_text(text), self.ids)
        self.ids.add(found)
        return f'<h{level} id="{found}">{text}</h{level}>\n'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        outside = re.match(r"https?://", url)
        path, hash_, part = url.partition("#")
        if not outside and path:
            target = self.targets.get(path.rpartition("/")[2])
            if target is None:
                return text
            url = target + hash_ + part
        return f'<a href="{escape(url)}"{" rel=external" if outside else ""}>{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return text

    def block_code(self, code: str, info: str | None = None) -> str:
        return render_code(code, (info or "text").split()[0]) + "\n"

    def table(self, text: str) -> str:
        self.tables += 1
        return _frame(Markup(f"<table>{text}</table>"), f"Table {self.tables}")

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        return f'<th scope="col">{text}</th>' if head else f"<td>{text}</td>"
