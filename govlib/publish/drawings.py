"""What is drawn in the file of a figure: sizes, texts, lines, colours, fonts."""

import ctypes
import io
import itertools
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from govlib.errors import BadFile, UnknownName
from govlib.publish.postscript import read_eps

MM = 25.4
POINT = 72 / MM
"""Points in a millimetre."""

KERNING = 0.08
"""How far two letters of one text reach into each other at most, in its size."""

Drawing = dict[str, Any]
"""As `read_drawing` returns it."""


def read_drawing(path: str | Path) -> Drawing:
    """Return what is drawn in a file.

    Parameters
    ----------
    path : str or Path
        A PDF, SVG, EPS, PNG or TIFF file of one page.

    Returns
    -------
    dict
        ``kind``, ``width_mm``, ``height_mm``. Of PDF, SVG and EPS ``texts`` (one mapping per line
        of text: ``text``, ``size_pt`` and, in PDF, ``box``: left, bottom, right, top in points),
        ``lines_pt`` (widths of strokes) and ``colours`` (of strokes, as ``#rrggbb``). Of PDF and
        EPS ``fonts`` (how each is held: "TrueType", "not TrueType", "not embedded"). Of SVG
        ``axes`` (one mapping per axis: ``direction`` x or y, ``ticks``, ``label``), ``labels`` of
        the whole figure (``direction``, ``label``), ``forms`` (by colour of stroke, the markers and
        dashes drawn in it) and ``fills`` (colours of bars and areas in the order they are drawn).
        Of pixels ``dpi``.

    Raises
    ------
    UnknownName
        If the ending is not one of these.
    BadFile
        If the file cannot be read as what its ending says.
    """
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".").replace("tif", "tiff").replace("tifff", "tiff")
    if kind not in READERS:
        raise UnknownName(
            f"{path.name} is not a figure that can be read; readable: {', '.join(READERS)}."
        )
    try:
        return parse_drawing(path.read_bytes(), kind)
    except OSError as error:
        raise BadFile(f"{path} cannot be read ({error.strerror or error}).") from error
    except (ValueError, RuntimeError, ElementTree.ParseError, AttributeError) as error:
        raise BadFile(f"{path.name} is no {kind.upper()} file of a figure: {error}.") from error


def parse_drawing(content: bytes, kind: str) -> Drawing:
    """Return what is drawn in the bytes of a file: as `read_drawing`, of one of its kinds."""
    return {"kind": kind} | READERS[kind](content)


def overlapping_texts(drawing: Drawing, *, clearance: float = -0.5) -> list[tuple[str, str]]:
    """Return the pairs of texts whose letters cover each other.

    Parameters
    ----------
    drawing : dict
        Of a PDF, as `read_drawing` returns it.
    clearance : float
        The least gap between one text and another below it, in points; below 0 an overlap that is
        let pass.

    Returns
    -------
    list of (str, str)
        Each pair once.
    """
    boxed = [(text["text"], text["box"]) for text in drawing["texts"]]
    found = []
    for (one, a), (other, b) in itertools.combinations(boxed, 2):
        across = min(a[2], b[2]) - max(a[0], b[0])
        up = min(a[3], b[3]) - max(a[1], b[1])
        if across > 0.5 and up > -clearance:
            found.append((one, other))
    return found


def leaving_texts(drawing: Drawing, *, tolerance: float = 0.2) -> list[str]:
    """Return the texts that reach beyond the page of a PDF, by more than some points."""
    width, height = drawing["width_mm"] * POINT, drawing["height_mm"] * POINT
    return [
        text["text"]
        for text in drawing["texts"]
        if min(text["box"][:2]) < -tolerance
        or text["box"][2] > width + tolerance
        or text["box"][3] > height + tolerance
    ]


def _read_pdf(content: bytes) -> Drawing:
    """Read a PDF of one page with PDFium."""
    import pypdfium2
    from pypdfium2 import raw

    document = pypdfium2.PdfDocument(content)
    try:
        if len(document) != 1:
            raise ValueError(f"it has {len(document)} pages")
        page = document[0]
        width, height = page.get_size()
        letters = page.get_textpage()
        pieces, lines, colours, fonts = [], [], set(), {}
        for item in page.get_objects(max_depth=8):
            if item.type == raw.FPDF_PAGEOBJ_TEXT:
                font = raw.FPDFTextObj_GetFont(item.raw)
                name = _font_name(raw, font)
                fonts[name] = _font_kind(raw, font)
                pieces.append(_read_text(raw, item, letters) | {"font": name})
            elif item.type == raw.FPDF_PAGEOBJ_PATH:
                stroke = _read_stroke(raw, item)
                if stroke is not None:
                    lines.append(stroke[0])
                    colours.add(stroke[1])
        return {
            "width_mm": width / POINT,
            "height_mm": height / POINT,
            "texts": _join_pieces([piece for piece in pieces if piece["text"]]),
            "lines_pt": lines,
            "colours": sorted(colours),
            "fonts": fonts,
        }
    finally:
        document.close()


def _font_kind(raw: Any, font: Any) -> str:
    """Return how a font is held: TrueType outlines, other outlines, or not at all."""
    length = ctypes.c_size_t()
    raw.FPDFFont_GetFontData(font, None, 0, length)
    buffer = (ctypes.c_uint8 * max(4, length.value))()
    raw.FPDFFont_GetFontData(font, buffer, length.value, length)
    if not raw.FPDFFont_GetIsEmbedded(font):
        return "not embedded"
    return "TrueType" if bytes(buffer[:4]) in (b"\0\1\0\0", b"true") else "not TrueType"


def _font_name(raw: Any, font: Any) -> str:
    """Return the name of a font."""
    buffer = ctypes.create_string_buffer(256)
    raw.FPDFFont_GetBaseFontName(font, buffer, 256)
    return buffer.value.decode("utf-8", "replace")


def _read_text(raw: Any, item: Any, letters: Any) -> dict[str, Any]:
    """Read one text object: letters, size, box and where its baseline begins."""
    size = ctypes.c_float()
    raw.FPDFTextObj_GetFontSize(item.raw, size)
    length = raw.FPDFTextObj_GetText(item.raw, letters.raw, None, 0)
    buffer = ctypes.create_string_buffer(length)
    pointer = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
    raw.FPDFTextObj_GetText(item.raw, letters.raw, pointer, length)
    a, b, _, _, x, y = _total_matrix(item)
    return {
        "text": buffer.raw.decode("utf-16-le", "replace").rstrip("\0").strip(),
        "size_pt": round(size.value * (a * a + b * b) ** 0.5, 2),
        "box": item.get_bounds(),
        "turned": abs(b) > abs(a),
        "base": x if abs(b) > abs(a) else y,
    }


def _total_matrix(item: Any) -> tuple[float, ...]:
    """Return the matrix of an object on the page, through the forms that hold it."""
    matrix = item.get_matrix()
    holder = getattr(item, "container", None)
    while holder is not None:
        matrix = matrix.multiply(holder.get_matrix())
        holder = getattr(holder, "container", None)
    return tuple(matrix.get())


def _read_stroke(raw: Any, item: Any) -> tuple[float, str] | None:
    """Read the width and colour of a path's stroke; None if it has none or is invisible."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item.raw, fill, stroke)
    width = ctypes.c_float()
    raw.FPDFPageObj_GetStrokeWidth(item.raw, width)
    parts = [ctypes.c_uint() for _ in range(4)]
    raw.FPDFPageObj_GetStrokeColor(item.raw, *parts)
    red, green, blue, alpha = (part.value for part in parts)
    if not stroke.value or width.value == 0 or alpha == 0:
        return None
    a, b, *_ = _total_matrix(item)
    scale = (a * a + b * b) ** 0.5
    return round(width.value * scale, 3), f"#{red:02x}{green:02x}{blue:02x}"


def _join_pieces(pieces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join the parts of one line of text, which fonts and ligatures cut up."""
    joined: list[dict[str, Any]] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        side = 1 if piece["turned"] else 0
        if (
            last is not None
            and last["turned"] == piece["turned"]
            and abs(last["base"] - piece["base"]) < 0.05 * piece["size_pt"]
            and _is_next(last, piece, side)
        ):
            a, b = last["box"], piece["box"]
            last["box"] = (*map(min, a[:2], b[:2]), *map(max, a[2:], b[2:]))
            last["text"] += piece["text"]
            last["size_pt"] = max(last["size_pt"], piece["size_pt"])
            last["font"] = piece["font"]
        else:
            joined.append(dict(piece))
    return [{key: text[key] for key in ("text", "size_pt", "box")} for text in joined]


def _is_next(last: dict[str, Any], piece: dict[str, Any], side: int) -> bool:
    """Say whether a piece of a line goes on where the last one ends.

    Letters of two fonts may reach into each other; of one font, two that do are of two texts.
    """
    gap = (piece["box"][side] - last["box"][side + 2]) / piece["size_pt"]
    reach = KERNING if piece["font"] == last["font"] else 0.4
    return bool(-reach < gap < 0.45)


SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"


def _read_svg(content: bytes) -> Drawing:
    """Read an SVG as matplotlib writes it: text as paths with their letters in comments."""
    builder = ElementTree.TreeBuilder(insert_comments=True)
    root = ElementTree.fromstring(content, ElementTree.XMLParser(target=builder))
    if root.tag != f"{SVG}svg":
        raise ValueError(f"its root is {root.tag}")
    size = [_points(root.get(name, "")) for name in ("width", "height")]
    view = [float(number) for number in root.get("viewBox", "").split()]
    scale = size[0] / view[2] if len(view) == 4 else 1.0
    texts, lines = [], []
    forms: dict[str, set[str]] = {}
    markers = {_id(path): path.get("d", "") for path in root.iter(f"{SVG}path") if _id(path)}
    for group in root.iter(f"{SVG}g"):
        if group.get("id", "").startswith("text_"):
            texts += _svg_texts(group, scale)
    for mark in root.iter():
        style = mark.get("style", "") if isinstance(mark.tag, str) else ""
        stroke = re.search(r"stroke: (#[0-9a-f]{6})", style)
        if stroke and "stroke-opacity: 0;" not in f"{style};":
            width = re.search(r"stroke-width: ([\d.]+)", style)
            lines.append(round((float(width[1]) if width else 1.0) * scale, 3))
            dashes = re.search(r"stroke-dasharray: ([\d., ]+)", style)
            form = markers.get(mark.get(HREF, "#")[1:]) or (dashes[1] if dashes else "")
            forms.setdefault(stroke[1], set()).add(form)
    axes = [_svg_axis(g) for g in root.iter(f"{SVG}g") if re.match(r"matplotlib\.axis", _id(g))]
    figure = next((g for g in root.iter(f"{SVG}g") if _id(g).startswith("figure_")), root)
    return {
        "width_mm": size[0] / POINT,
        "height_mm": size[1] / POINT,
        "texts": texts,
        "lines_pt": lines,
        "colours": sorted(forms),
        "forms": forms,
        "fills": _svg_fills(root),
        "axes": axes,
        "labels": [_svg_label(g) for g in figure if _id(g).startswith("text_")],
    }


def _svg_fills(root: ElementTree.Element) -> list[str]:
    """Return the colours of bars and areas, each once, in the order they are drawn."""
    found = []
    for group in root.iter(f"{SVG}g"):
        if re.match(r"patch_|FillBetween|PolyCollection", _id(group)):
            for path in group.findall(f"{SVG}path"):
                fill = re.search(r"(?<!-)fill: (#[0-9a-f]{6})", path.get("style", ""))
                found += [fill[1]] if fill and fill[1] != "#ffffff" else []
    return list(dict.fromkeys(found))


def _id(element: ElementTree.Element) -> str:
    """Return the id of an element."""
    return element.get("id", "") if isinstance(element.tag, str) else ""


def _points(length: str) -> float:
    """Return a length of SVG in points."""
    number = re.fullmatch(r"([\d.]+)(pt|px|mm|in)?", length)
    if number is None:
        raise ValueError(f"its size {length!r} is not a length")
    units = {"pt": 1.0, "px": 0.75, "mm": POINT, "in": 72.0, None: 0.75}
    return float(number[1]) * units[number[2]]


def _svg_texts(group: ElementTree.Element, scale: float) -> list[dict[str, Any]]:
    """Read the lines of one text: letters from the comment, size from the glyphs' scale."""
    sizes = [
        float(found[1]) * 100 * scale
        for part in group.iter(f"{SVG}g")
        if (found := re.search(r"scale\(([\d.]+) -", part.get("transform", "")))
    ]
    return [{"text": _letters(group), "size_pt": round(size, 2)} for size in sizes[:1]]


def _letters(group: ElementTree.Element) -> str:
    """Return the letters of a text, which stand in its comments."""
    found = [part.text or "" for part in group.iter() if not isinstance(part.tag, str)]
    return " ".join(" ".join(found).split())


def _svg_axis(axis: ElementTree.Element) -> dict[str, Any]:
    """Read the texts at the ticks of an axis and its label."""
    ticks = [
        _letters(text)
        for tick in axis
        if re.match(r"[xy]tick_", _id(tick))
        for text in tick
        if _id(text).startswith("text_")
    ]
    labels = [_letters(text) for text in axis if _id(text).startswith("text_")]
    direction = next((_id(tick)[0] for tick in axis if _id(tick)[1:6] == "tick_"), "")
    return {
        "direction": direction,
        "ticks": [tick for tick in ticks if tick],
        "label": labels[0] if labels else "",
    }


def _svg_label(group: ElementTree.Element) -> dict[str, str]:
    """Read a label of the whole figure, and which axes it is along."""
    turned = any("rotate(-90" in part.get("transform", "") for part in group.iter(f"{SVG}g"))
    return {"direction": "y" if turned else "x", "label": _letters(group)}


def _read_pixels(content: bytes) -> Drawing:
    """Read the size of an image in pixels."""
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        dpi: Sequence[float] = image.info.get("dpi", (72.0, 72.0))
        width, height = image.size
        return {
            "width_mm": width / float(dpi[0]) * MM,
            "height_mm": height / float(dpi[1]) * MM,
            "dpi": float(min(dpi)),
        }


READERS: dict[str, Callable[[bytes], Drawing]] = {
    "pdf": _read_pdf,
    "svg": _read_svg,
    "eps": read_eps,
    "png": _read_pixels,
    "tiff": _read_pixels,
}
