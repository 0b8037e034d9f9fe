"""Whether a figure is as a place asks: rules on what is drawn, each with what to change."""

import io
import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from govlib.errors import BadFile
from govlib.plot.profiles import Profile, find_profile, profile_style
from govlib.publish.drawings import (
    Drawing,
    leaving_texts,
    overlapping_texts,
    parse_drawing,
    read_drawing,
)
from govlib.publish.metadata import read_metadata

COLUMNS = ["file", "rule", "finding", "change"]

DEFICIENCIES = ("deuteranomaly", "protanomaly", "tritanomaly")
"""The colour-vision deficiencies that are simulated, each at its full severity (Machado 2009)."""

APART = 8.0
"""The least distance of two colours in CAM02-UCS, where 1 is about what can just be seen."""

BACKGROUND = 12.0
"""Areas nearer to white than this are background, whose colour need not be told apart."""

UNITS = (
    "percent|процент|пайыз|year|год|жыл|units|единиц|бірлік|points|пункт|балл|rank|ранг|"
    "position|место|позици|орын|number|число|саны|date|дата|күн|index|индекс"
)
"""Words that name a unit, or a quantity that has none, in the languages of the figures."""

Findings = Iterator[tuple[str, str]]


def lint_figure(figure: str | Path | Figure, *, profile: str | None = None) -> pd.DataFrame:
    """Check a figure against a profile.

    Parameters
    ----------
    figure : str, Path or Figure
        A PDF, SVG, PNG or TIFF file; or a figure, checked as it would be written at its own size.
    profile : str, optional
        A name in ``govlib/profiles.toml``; by default the one that the file was saved for, else
        ``paper``.

    Returns
    -------
    DataFrame
        One row per finding, none if the figure is as it should be: ``file``, ``rule``, ``finding``
        and ``change`` (what to do). `checked_rules` says which rules a format lets be checked.

    Raises
    ------
    UnknownName
        If the profile or the ending is not known.
    BadFile
        If the file cannot be read.
    """
    if isinstance(figure, Figure):
        chosen = find_profile(profile or "paper")
        drawings = [_draw(figure, kind, chosen) for kind in ("pdf", "svg")]
        rules = [rule for rule in RULES if rule != "alternative-text"]
        name = "figure"
    else:
        drawing = read_drawing(figure)
        about = _about(figure)
        parameters = about.get("made", {}).get("parameters", {})
        chosen = find_profile(profile or str(parameters.get("profile", "paper")))
        drawings = [drawing | {"about": about}]
        rules, name = list(RULES), Path(figure).name
    rows = []
    for rule in rules:
        kinds, check = RULES[rule]
        found = [pair for one in drawings if one["kind"] in kinds for pair in check(one, chosen)]
        rows += [(name, rule, *pair) for pair in dict.fromkeys(found)]
    return pd.DataFrame(rows, columns=COLUMNS)


def checked_rules(kind: str) -> tuple[list[str], list[str]]:
    """Return the rules that a format lets be checked, and those that need another format."""
    checked = [rule for rule, (kinds, _) in RULES.items() if kind in kinds]
    return checked, [rule for rule in RULES if rule not in checked]


def colour_distance(one: str, other: str, vision: str = "normal") -> float:
    """Return how far two colours are apart to an eye.

    Parameters
    ----------
    one, other : str
        As ``#rrggbb``.
    vision : str
        ``normal``, ``deuteranomaly``, ``protanomaly``, ``tritanomaly`` (each complete; Machado,
        Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113) or ``grey`` (lightness only).

    Returns
    -------
    float
        Euclidean distance in CAM02-UCS (Luo, Cui and Li 2006, doi:10.1002/col.20227).
    """
    places = np.array([_place(one, vision), _place(other, vision)])
    return float(np.linalg.norm(places[0] - places[1]))


def _place(colour: str, vision: str) -> Any:
    """Return where a colour is in CAM02-UCS as an eye sees it."""
    from colorspacious import cspace_convert

    rgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    if vision in DEFICIENCIES:
        space = {"name": "sRGB1+CVD", "cvd_type": vision, "severity": 100}
        rgb = np.clip(cspace_convert(rgb, space, "sRGB1"), 0, 1)
    place = cspace_convert(rgb, "sRGB1", "CAM02-UCS")
    return np.array([place[0], 0.0, 0.0]) if vision == "grey" else place


def _draw(fig: Figure, kind: str, profile: Profile) -> Drawing:
    """Return what a figure is drawn as in a format; the fonts are the figure's own choice."""
    content = io.BytesIO()
    style = profile_style(profile)
    fonts = ("font.family", "pdf.fonttype", "ps.fonttype")
    with mpl.rc_context({key: style[key] for key in style if key not in fonts}):
        fig.savefig(content, format=kind)
    return parse_drawing(content.getvalue(), kind)


def _about(path: str | Path) -> dict[str, Any]:
    """Return what a file says about itself; of a file from elsewhere its alternative text."""
    try:
        return read_metadata(path)
    except BadFile:
        if Path(path).suffix == ".svg" and Path(path).is_file():
            desc = re.search(r"<desc[^>]*>(.+?)</desc>", Path(path).read_text("utf-8"), re.DOTALL)
            return {"alternative_text": desc[1] if desc else ""}
        return {}


def _width(drawing: Drawing, profile: Profile) -> Findings:
    """Compare the width with the profile's."""
    width, most = drawing["width_mm"], profile["max_width_mm"]
    target = profile.get("width_mm")
    change = f"Save it with profile={profile['name']!r}, or set figsize (inches of 25.4 mm)."
    if width > most + 0.3:
        yield f"{width:.1f} mm wide; at most {most:g} mm", change
    elif target is not None and abs(width - target) > 0.3:
        yield f"{width:.1f} mm wide; {target:g} mm are asked for", change


def _height(drawing: Drawing, profile: Profile) -> Findings:
    """Compare the height with the profile's."""
    if drawing["height_mm"] > profile["max_height_mm"] + 0.3:
        yield (
            f"{drawing['height_mm']:.1f} mm high; at most {profile['max_height_mm']:g} mm",
            "Show fewer rows or panels, or lay panels side by side.",
        )


def _text_size(drawing: Drawing, profile: Profile) -> Findings:
    """Compare the sizes of texts with the profile's bounds."""
    least, most = profile["smallest_pt"], profile.get("largest_pt", float("inf"))
    for word, texts in (
        ("at least", [t for t in drawing["texts"] if t["size_pt"] < least - 0.02]),
        ("at most", [t for t in drawing["texts"] if t["size_pt"] > most + 0.02]),
    ):
        if texts:
            worst = (min if word == "at least" else max)(texts, key=lambda text: text["size_pt"])
            bound = least if word == "at least" else most
            yield (
                f"{len(texts)} texts, such as {worst['text'][:40]!r}, of {worst['size_pt']:g} pt",
                f"Use {word} {bound:g} pt (fontsize, or rcParams font.size and *.labelsize).",
            )


def _fonts(drawing: Drawing, profile: Profile) -> Findings:
    """Ask for fonts that are embedded, as TrueType outlines."""
    for name, kind in drawing["fonts"].items():
        if kind != "TrueType":
            yield (
                f"font {name} is {kind}",
                'Save with rcParams["pdf.fonttype"] = 42, which embeds fonts as TrueType.',
            )


def _resolution(drawing: Drawing, profile: Profile) -> Findings:
    """Ask for pixels enough."""
    if drawing["dpi"] < profile["dpi"] - 1:
        yield (
            f"{drawing['dpi']:.0f} dots per inch; {profile['dpi']} are asked for",
            f"Save with dpi={profile['dpi']}; an image that is enlarged gains nothing.",
        )


def _line_weight(drawing: Drawing, profile: Profile) -> Findings:
    """Ask for lines that print."""
    thin = [width for width in drawing["lines_pt"] if width < profile["thinnest_pt"] - 0.01]
    if thin:
        yield (
            f"{len(thin)} lines thinner than {profile['thinnest_pt']:g} pt, down to {min(thin):g}",
            f"Set linewidth to {profile['thinnest_pt']:g} or more.",
        )


def _colours(drawing: Drawing, profile: Profile) -> Findings:
    """Ask for colours apart for every common vision; in grey unless marks or dashes differ."""
    strokes = [colour for colour in drawing["colours"] if _is_coloured(colour)]
    for one, other in itertools.combinations(strokes, 2):
        for vision in DEFICIENCIES:
            yield from _too_near(one, other, vision, "Take colours further apart, such as Okabe's.")
        forms = drawing.get("forms")
        if forms is not None and forms.get(one, set()) == forms.get(other, set()):
            yield from _too_near(one, other, "grey", "Let markers or dashes differ, or lightness.")
    areas = [c for c in drawing.get("fills", []) if colour_distance(c, "#ffffff") > BACKGROUND]
    for one, other in itertools.pairwise(areas):
        for vision in (*DEFICIENCIES, "grey"):
            yield from _too_near(one, other, vision, "Take a lighter or darker colour for one.")


def _is_coloured(colour: str) -> bool:
    """Say whether a colour is more than a grey."""
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return max(parts) - min(parts) > 40


def _too_near(one: str, other: str, vision: str, change: str) -> Findings:
    """Say that two colours look alike, if they do."""
    distance = colour_distance(one, other, vision)
    if distance < APART:
        seen = "in grey" if vision == "grey" else f"with {vision.replace('omaly', 'opia')}"
        yield f"{one} and {other} look alike {seen} ({distance:.1f}; {APART:g} is needed)", change


def _overlap(drawing: Drawing, profile: Profile) -> Findings:
    """Find texts that cover each other."""
    for one, other in overlapping_texts(drawing):
        yield (
            f"{one[:40]!r} and {other[:40]!r} cover each other",
            "Make the figure larger, the texts shorter, or show fewer.",
        )


def _canvas(drawing: Drawing, profile: Profile) -> Findings:
    """Find texts that are cut off at the edge."""
    for text in leaving_texts(drawing):
        yield (
            f"{text[:40]!r} reaches beyond the edge",
            "Use constrained layout, break the text into lines, or shorten it.",
        )


def _axis_label(drawing: Drawing, profile: Profile) -> Findings:
    """Ask for a label at each axis of numbers."""
    for axis, label in _numeric_axes(drawing):
        if not label:
            ticks = ", ".join(axis["ticks"][:3])
            yield (
                f"the {axis['direction']} axis ({ticks}, ...) has no label",
                f"Call ax.set_{axis['direction']}label, or fig.sup{axis['direction']}label once.",
            )


def _unit(drawing: Drawing, profile: Profile) -> Findings:
    """Ask for a unit in each label of an axis of numbers."""
    for axis, label in _numeric_axes(drawing):
        # An axis of 1, 2, 3 counts what its label names.
        whole = [int(tick) for tick in axis["ticks"] if tick.isdigit()]
        counts = len(whole) == len(axis["ticks"]) and set(np.diff(whole)) <= {1}
        if (
            label
            and not counts
            and not re.search(rf"\(.+\)|\[.+\]|%|\b({UNITS})", label, re.IGNORECASE)
        ):
            yield (
                f"the label {label[:40]!r} names no unit",
                'Write it in brackets, such as "Income (US dollars)"; "(number)" for counts.',
            )


def _numeric_axes(drawing: Drawing) -> Iterator[tuple[dict[str, Any], str]]:
    """Give each axis of numbers other than years, with its label or the whole figure's."""
    for axis in drawing["axes"]:
        numbers = [tick.replace("−", "-").replace(",", ".").strip("%") for tick in axis["ticks"]]
        numeric = [n for n in numbers if re.fullmatch(r"-?\d+(\.\d+)?", n.replace("\u202f", ""))]
        years = [n for n in numeric if re.fullmatch(r"(19|20)\d\d", n)]
        if len(numeric) > len(numbers) / 2 and len(years) < len(numeric):
            whole = [x["label"] for x in drawing["labels"] if x["direction"] == axis["direction"]]
            yield axis, axis["label"] or next(iter(whole), "")


def _alternative_text(drawing: Drawing, profile: Profile) -> Findings:
    """Ask for words for those who do not see the figure."""
    if not drawing.get("about", {}).get("alternative_text"):
        yield (
            "no alternative text",
            'Give save_figure numbers with the key "alternative_text".',
        )


Check = Callable[[Drawing, Profile], Findings]
VECTOR, PIXELS = {"pdf", "svg", "eps"}, {"png", "tiff"}
RULES: dict[str, tuple[set[str], Check]] = {
    "width": (VECTOR | PIXELS, _width),
    "height": (VECTOR | PIXELS, _height),
    "text-size": (VECTOR, _text_size),
    "fonts": ({"pdf", "eps"}, _fonts),
    "resolution": (PIXELS, _resolution),
    "line-weight": (VECTOR, _line_weight),
    "colours": (VECTOR, _colours),
    "overlap": ({"pdf"}, _overlap),
    "canvas": ({"pdf"}, _canvas),
    "axis-label": ({"svg"}, _axis_label),
    "unit": ({"svg"}, _unit),
    "alternative-text": (VECTOR | PIXELS, _alternative_text),
}
"""By name: the formats in which a rule can be checked, and the check."""
