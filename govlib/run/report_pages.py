"""An executed notebook and a document as pages of the report."""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from govlib.i18n import text as word
from govlib.project import replace_file
from govlib.run.report_figures import match_pictures
from govlib.run.report_text import plain_text, render_code, render_markdown, render_output

Page = dict[str, Any]
Block = dict[str, Any]


def notebook_page(
    notebook: Mapping[str, Any],
    figures: Sequence[dict[str, Any]],
    folder: Path,
    *,
    name: str,
    language: str,
) -> Page:
    """Make a page of an executed notebook.

    Parameters
    ----------
    notebook : mapping
        The notebook's JSON, with outputs.
    figures : sequence of dict
        What it saved (`read_figures`).
    folder : Path
        Folder of the report: pictures of which no file was saved are written below it.
    name : str
        Of the notebook, without ending: that of the page.
    language : str
        Of labels; prose is in English.

    Returns
    -------
    dict
        ``href``, ``title``, ``parts`` (heading and id of each) and ``blocks``: dicts with ``kind``
        (text, code, output or figure), ``lang`` and ``html``; a figure has ``figure`` or, without
        files, ``picture`` and ``alternative_text``.
    """
    cells = notebook["cells"]
    pictures = [_decode(data) for cell in cells for data in _data_of(cell) if "image/png" in data]
    shown = iter(match_pictures(pictures, figures))
    blocks: list[Block] = []
    ids: set[str] = set()
    heading = name
    for cell in cells:
        if cell["cell_type"] == "markdown":
            html = render_markdown("".join(cell["source"]), taken=ids)
            heading = plain_text((re.findall(r"<h\d[^>]*>(.*?)</h\d>", html) or [heading])[-1])
            blocks.append({"kind": "text", "lang": "en", "html": html})
        if cell["cell_type"] != "code":
            continue
        label = word("report.code", language, cell=cell["id"])
        code = render_code("".join(cell["source"]))
        blocks.append({"kind": "code", "lang": language, "label": label, "html": code})
        for number, data in enumerate(_data_of(cell), 1):
            if "image/png" in data:
                figure = next(shown)
                block: Block = {"kind": "figure", "lang": language, "figure": figure}
                if figure is None:
                    picture = Path("figures") / f"{name}-{cell['id']}-{number}.png"
                    replace_file(folder / picture, _decode(data))
                    block |= {"picture": picture.as_posix(), "alternative_text": heading}
                blocks.append(block)
            elif not _is_caption(data, figures):
                what = f"{cell['id']} {number}" if number > 1 else cell["id"]
                html = render_output(data, word("report.table", language, cell=what))
                blocks.append({"kind": "output", "lang": language, "html": html})
    seen = [block["figure"]["stem"] for block in blocks if block.get("figure")]
    for figure in figures:
        if figure["stem"] not in seen:
            blocks.append({"kind": "figure", "lang": language, "figure": figure})
    return _page(name, blocks)


def document_page(path: Path, targets: Mapping[str, str]) -> Page:
    """Make a page of a Markdown document, as `notebook_page` does of a notebook.

    Parameters
    ----------
    path : Path
        The document.
    targets : mapping of str to str
        Where its links lead (`render_markdown`).
    """
    html = render_markdown(path.read_text("utf-8"), targets=targets)
    return _page(path.stem, [{"kind": "text", "lang": "en", "html": html}])


def search_entries(page: Page) -> Iterator[dict[str, str]]:
    """Give what a search finds on a page, code left out: one entry for each heading.

    Yields
    ------
    dict
        ``href``, ``title`` of the page, ``heading`` and ``text``.
    """
    found = {"href": page["href"], "title": page["title"], "heading": page["title"], "text": ""}
    for block in page["blocks"]:
        if block["kind"] == "code":
            continue
        html = block.get("html", "")
        if block.get("figure"):
            numbers = block["figure"]["numbers"]
            texts = [numbers.get(key, "") for key in ("caption", "alternative_text")]
            html = Markup("<p>{}</p><p>{}</p>").format(*texts)
        for part in re.split(r"(?=<h[1-3] id=)", html):
            head = re.match(r'<h([1-3]) id="([^"]+)">(.*?)</h\1>', part)
            if head and found["text"]:
                yield found
            if head:
                href = page["href"] if head[1] == "1" else f"{page['href']}#{head[2]}"
                found = found | {"href": href, "heading": plain_text(head[3]), "text": ""}
            text = plain_text(part[head.end() :] if head else part)
            found["text"] = f"{found['text']} {text}".strip()
    yield found


def _page(name: str, blocks: list[Block]) -> Page:
    """Put a page together: its title is its first heading."""
    heads = [
        (level, found, plain_text(text))
        for block in blocks
        if block["kind"] == "text"
        for level, found, text in re.findall(r'<h([12]) id="([^"]+)">(.*?)</h\1>', block["html"])
    ]
    title = next((text for level, _, text in heads if level == "1"), name)
    parts = [(found, text) for level, found, text in heads if level == "2"]
    return {"href": f"{name}.html", "title": title, "parts": parts, "blocks": blocks}


def _data_of(cell: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the outputs of a cell by form; what it printed is plain text."""
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream":
            yield {"text/plain": output["text"]}
        else:
            yield output.get("data", {})


def _decode(data: Mapping[str, Any]) -> bytes:
    """Return the bytes of a picture in a notebook."""
    return base64.b64decode("".join(data["image/png"]))


def _is_caption(data: Mapping[str, Any], figures: Sequence[dict[str, Any]]) -> bool:
    """Say whether an output repeats the caption that stands below a figure."""
    text = "".join(data.get("text/markdown", ""))
    captions = [figure["numbers"].get("caption") for figure in figures]
    return any(caption and text.startswith(caption) for caption in captions)
