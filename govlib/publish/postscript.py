"""What is drawn in an EPS file of matplotlib: sizes, texts, lines, colours, fonts."""

import re
from typing import Any

NUMBER = r"(-?[\d.]+)"
BOX = rf"^%%{{}}BoundingBox: {NUMBER} {NUMBER} {NUMBER} {NUMBER}"


def read_eps(content: bytes) -> dict[str, Any]:
    """Read an EPS file of one page, as matplotlib writes it.

    Parameters
    ----------
    content : bytes
        The file. Of one that another program wrote, texts and lines may not be found.

    Returns
    -------
    dict
        ``width_mm``, ``height_mm``, ``texts`` (``text``, ``size_pt``), ``lines_pt``, ``colours``
        and ``fonts``, as `drawings.read_drawing` describes them.

    Raises
    ------
    ValueError
        If it is not an EPS file.
    """
    source = content.decode("latin-1")
    box = re.search(BOX.format("HiRes"), source, re.M) or re.search(BOX.format(""), source, re.M)
    if not source.startswith("%!PS-Adobe") or box is None:
        raise ValueError("it does not begin with %!PS-Adobe and a bounding box")
    left, bottom, right, top = (float(side) for side in box.groups())
    scaled = re.search(rf"^0 0 translate\n{NUMBER} {NUMBER} scale$", source, re.M)
    scale = float(scaled[1]) if scaled else 1.0
    texts, lines, colours, named = _read_page(source, scale)
    held = dict(re.findall(r"/FontType (\d+) def.*?/FontName /(\S+) def", source, re.DOTALL))
    kinds = {name: "TrueType" if kind == "42" else "not TrueType" for kind, name in held.items()}
    return {
        "width_mm": (right - left) / 72 * 25.4,
        "height_mm": (top - bottom) / 72 * 25.4,
        "texts": texts,
        "lines_pt": lines,
        "colours": sorted(colours),
        "fonts": {name: kinds.get(name, "not embedded") for name in sorted(named)},
    }


def _read_page(
    source: str, scale: float
) -> tuple[list[dict[str, Any]], list[float], set[str], set[str]]:
    """Follow the graphics state through the page; return texts, lines, colours, fonts' names."""
    from fontTools.agl import toUnicode

    texts: list[dict[str, Any]] = []
    lines: list[float] = []
    colours: set[str] = set()
    named: set[str] = set()
    width, colour, size, text = 1.0, "#000000", 0.0, ""
    kept: list[tuple[float, str]] = []
    for line in source.split("%%EndProlog")[-1].splitlines():
        *words, operator = line.split() or [""]
        numbers = [float(word) for word in words if re.fullmatch(NUMBER, word)]
        match operator, words, numbers:
            case "glyphshow", [*_, glyph], _:
                text += toUnicode(glyph.removeprefix("/"))
            case "selectfont", [font, _], [points]:
                size = points * scale
                named.add(font.removeprefix("/"))
            case "setlinewidth", [_], [points]:
                width = points * scale
            case "setgray", [_], [grey]:
                colour = _hexadecimal([grey] * 3)
            case "setrgbcolor", [_, _, _], [_, _, _]:
                colour = _hexadecimal(numbers)
            case "gsave", [], _:
                kept.append((width, colour))
            case "grestore", [], _ if kept:
                width, colour = kept.pop()
                if text:
                    texts.append({"text": text, "size_pt": round(size, 2)})
                    text = ""
            case "stroke", [], _ if width > 0:
                lines.append(round(width, 3))
                colours.add(colour)
    return texts, lines, colours, named


def _hexadecimal(parts: list[float]) -> str:
    """Write a colour of parts from 0 to 1."""
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)
