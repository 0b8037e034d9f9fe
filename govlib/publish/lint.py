"""Check a figure against a journal's requirements: what is drawn, before it is saved.

A live figure is laid out for its profile and drawn once into a recorder (`laid_out`), which notes
every text with the box of its ink, every line and every area; the rules are applied to that, and
`save` raises the first problem of those in `SAVED`.
"""

import itertools
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from textwrap import shorten
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import Collection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.path import Path as Outline
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

from govlib.plot._style import MM, headed, profile_of, style
from govlib.plot.profiles import Profile, find_profile

DEFICIENCIES = ("deuteranomaly", "protanomaly", "tritanomaly")  # each at its full severity
APART = 8.0  # the least distance of two colours in CAM02-UCS, where 1 can just be seen
BACKGROUND = 12.0  # areas nearer to white need not be distinguishable
CONTRAST = 4.5  # the least of text with what is behind it (WCAG 2.2, criterion 1.4.3)
Findings = Iterator[str]


class DrawnText(NamedTuple):
    """A line of text as it is drawn."""

    text: str
    size: float  # in points
    ink: Outline  # its corners, closed
    group: int  # one for all lines of a text
    artist: Any
    contrast: float


class Drawing(RendererBase):
    """Notes what a figure of 72 dots an inch is drawn as, in points: texts, lines, colours."""

    def __init__(self, figure: Figure, pixels: np.ndarray) -> None:
        super().__init__()
        self.figure, self.pixels = figure, pixels
        self.warnings: list[str] = []
        self.texts: list[DrawnText] = []
        self.lines: list[float] = []  # widths
        self.forms: dict[str, set[str]] = {}  # markers and dashes by colour
        self.fills: list[str] = []
        self.areas: list[tuple[Outline, str]] = []
        # One scale has shades that are near each other.
        self.shades = set[str]()
        for scale in figure.findobj(Collection):
            if isinstance(scale, Collection) and scale.get_array() is not None:
                self.shades |= {to_hex(face) for face in np.array(scale.get_facecolor())}
        self.groups = [""]
        self.opened = self.transparent = 0

    def flipy(self) -> bool:
        """Return False: the origin is below."""
        return False

    def open_group(self, *args: Any, **kwargs: Any) -> None:
        """Note which kind of artist is drawn."""
        self.groups.append(args[0])
        self.opened += 1

    def close_group(self, *args: Any, **kwargs: Any) -> None:
        """Forget it."""
        self.groups.pop()

    def draw_image(self, *args: Any, **kwargs: Any) -> None:
        """Leave images out."""

    def draw_markers(self, *args: Any, **kwargs: Any) -> None:
        """Note one stroke for all markers."""
        gc, marker, turned, _, _, face, *_ = *args, None
        self._note(gc, str(turned.transform(marker.vertices).round(2).tolist()), face)

    def draw_path(self, *args: Any, **kwargs: Any) -> None:
        """Note a stroke, and the area that a patch fills."""
        gc, path, transform, face, *_ = *args, None
        area = re.match("patch|.*Poly|FillBetween|QuadMesh", self.groups[-1])
        opaque = self._note(gc, "" if area else str(gc.get_dashes()[1]), face)
        if face is not None and area:
            seen = to_hex(tuple(opaque * np.array(face[:3]) + (1 - opaque)))
            self.areas.append((transform.transform_path(path), seen))
            self.fills += [to_hex(face)] * bool(opaque and to_hex(face) not in self.shades)

    def draw_text(self, *args: Any, **kwargs: Any) -> None:
        """Note a text, unless it is clipped away."""
        gc, x, y, text, prop, angle, *_ = args
        math = kwargs.get("ismath", args[6:] and args[6])
        letters = np.array(text_to_path.get_text_path(prop, text, ismath=math)[0], dtype=float)
        clip = gc.get_clip_rectangle()
        if not len(letters) or (clip is not None and not clip.contains(x, y)):
            return
        size = prop.get_size_in_points()
        place = Affine2D().scale(size / text_to_path.FONT_SCALE).rotate_deg(angle).translate(x, y)
        (x0, y0), (x1, y1) = letters.min(axis=0), letters.max(axis=0)
        corners = place.transform([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)])
        middle = corners[:4].mean(axis=0)
        behind = ["#ffffff", *(seen for area, seen in self.areas if area.contains_point(middle))]
        contrast = _contrast(to_hex(gc.get_rgb()), behind[-1])
        ink = Outline(corners, closed=True)
        self.texts.append(DrawnText(text, size, ink, self.opened, kwargs.get("mtext"), contrast))

    def _note(self, gc: Any, form: str, face: Any) -> float:
        """Note a stroke if it is visible; edges of areas have no form. Return how opaque a face is.

        A stroke or face that can be seen through is noted as well.
        """
        colour, width = gc.get_rgb(), float(gc.get_linewidth())
        line = (*colour, 1.0)[3] if width > 0 else 0.0
        if line > 0:
            self.lines.append(width)
            if form:
                self.forms.setdefault(to_hex(colour), set()).add(form)
        inside = 0.0 if face is None else (*face, 1.0)[3]
        if face is not None and gc.get_forced_alpha():
            inside = gc.get_alpha()
        self.transparent += 0 < line < 1 or 0 < inside < 1
        return float(inside)


@contextmanager
def laid_out(fig: Figure, profile: Profile) -> Iterator[Drawing]:
    """Lay a figure out for a profile and give what is drawn; every format then shows the same.

    Within, the figure is white, has the profile's resolution and a fixed layout; afterwards all is
    as it was.
    """
    canvas, dpi, engine = fig.canvas, fig.dpi, fig.get_layout_engine()
    background = fig.get_facecolor()
    if isinstance(engine, ConstrainedLayoutEngine):
        # It begins where the last drawing left the Axes; equal figures are to end in one place.
        for ax in fig.axes:
            spec = ax.get_subplotspec()
            if spec is not None and ax.get_in_layout():
                ax.set_subplotspec(spec)
    pixels = FigureCanvasAgg(fig)
    try:
        with style(profile.name), headed(fig):
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                fig.set_dpi(profile.dpi)
                fig.set_facecolor("white")
                pixels.draw()
                if engine is not None:
                    fig.set_layout_engine("none")
                fig.set_dpi(72)
                drawing = Drawing(fig, np.array(pixels.buffer_rgba()))
                fig.draw(drawing)
                fig.set_dpi(profile.dpi)
            drawing.warnings = [str(one.message) for one in said]
            yield drawing
    finally:
        if engine is not None:
            fig.set_layout_engine(engine)
        fig.set_facecolor(background)
        fig.set_dpi(dpi)
        fig.set_canvas(canvas)


def lint_figure(figure: Figure, *, profile: str | None = None) -> pd.DataFrame:
    """Check a figure against a journal's requirements.

    By default those of the profile that it was made for. Returns at least one row a rule:
    ``check``, ``verdict`` (``passed``, ``failed``, ``not checked``) and ``finding`` (what is wrong
    and what to change, or why it was not checked).
    UnknownName is raised if there is no such profile.
    """
    chosen, rows = find_profile(profile or profile_of(figure)), []
    with laid_out(figure, chosen) as drawing:
        for rule, check in RULES.items():
            try:
                found = [("failed", text) for text in dict.fromkeys(check(drawing, chosen))]
            except ModuleNotFoundError as error:
                found = [("not checked", f'{error.name} is missing: pip install "govlib[lint]"')]
            rows += [(rule, *one) for one in found or [("passed", "")]]
    return pd.DataFrame(rows, columns=["check", "verdict", "finding"])


def colour_distance(one: str, other: str, vision: str = "normal") -> float:
    """Return how far apart two colours (``#rrggbb``) are to an eye; needs colorspacious.

    `vision` is normal, one of `DEFICIENCIES` (each complete; Machado, Oliveira and Fernandes 2009,
    doi:10.1109/TVCG.2009.113) or "grey" (lightness only). The distance is Euclidean in CAM02-UCS
    (Luo, Cui and Li 2006, doi:10.1002/col.20227).
    """
    from colorspacious import cspace_convert

    rgb = np.array([to_rgb(one), to_rgb(other)])
    if vision in DEFICIENCIES:
        space = {"name": "sRGB1+CVD", "cvd_type": vision, "severity": 100}
        rgb = np.clip(cspace_convert(rgb, space, "sRGB1"), 0, 1)
    first, second = cspace_convert(rgb, "sRGB1", "CAM02-UCS")[:, : 1 if vision == "grey" else 3]
    return float(np.linalg.norm(first - second))


def _contrast(*colours: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    rgb = np.array([to_rgb(colour) for colour in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    dark, light = sorted(linear @ [0.2126, 0.7152, 0.0722] + 0.05)
    return float(light / dark)


def _short(text: str) -> str:
    return repr(shorten(text, 40, placeholder="…"))


def _size(drawing: Drawing, profile: Profile) -> Findings:
    width, height = drawing.figure.get_size_inches() * MM
    target, most, high = profile.width_mm, profile.max_width_mm, profile.max_height_mm
    draw = f'Draw it with gov.plot.figure(profile="{profile.name}"), or set figsize (inches).'
    if width > most + 0.3 or (target and abs(width - target) > 0.3):
        rule = f"allows {most:g}" if width > most + 0.3 else f"asks for {target:g}"
        yield f"It is {width:.1f} mm wide; {profile.name} {rule} mm. {draw}"
    if height > high + 0.3:
        yield f"It is {height:.1f} mm high; {profile.name} allows {high:g} mm. {draw}"


def _text_size(drawing: Drawing, profile: Profile) -> Findings:
    least, most = profile.smallest_pt, profile.largest_pt or float("inf")
    small = [text for text in drawing.texts if text.size < least - 0.02]
    large = [text for text in drawing.texts if text.size > most + 0.02]
    for texts, bound in ((small, f"at least {least:g}"), (large, f"at most {most:g}")):
        if texts:
            yield (
                f"{len(texts)} texts, such as {_short(texts[0].text)}, are of {texts[0].size:g} "
                f"pt; {profile.name} asks for {bound} pt. Set fontsize or labelsize."
            )


def _line_weight(drawing: Drawing, profile: Profile) -> Findings:
    least = profile.thinnest_pt
    if thin := [width for width in drawing.lines if width < least - 0.01]:
        yield (
            f"{len(thin)} lines are thinner than {least:g} pt, down to {min(thin):g}. "
            f"Set linewidth to {least:g} or more."
        )


def _overlap(drawing: Drawing, profile: Profile) -> Findings:
    boxes = [text.ink.get_extents().padded(-0.25) for text in drawing.texts]
    for (one, a), (other, b) in itertools.combinations(zip(drawing.texts, boxes, strict=True), 2):
        apart = one.group != other.group
        # Boxes of turned texts may overlap where their ink does not.
        if apart and a.overlaps(b) and one.ink.intersects_path(other.ink, filled=True):
            yield (
                f"{_short(one.text)} and {_short(other.text)} cover each other. Make the figure "
                "larger or its texts shorter, or show fewer countries, years, dimensions or items."
            )


def _tick_gap(drawing: Drawing, profile: Profile) -> Findings:
    """Ask for the width of a space between neighbours on an x axis: "2018 2020", not "20182020"."""
    shown = {text.artist: text for text in drawing.texts if text.artist is not None}
    for ax in drawing.figure.axes:
        labels = [shown[label] for label in ax.get_xticklabels() if label in shown]
        labels.sort(key=lambda text: text.ink.get_extents().x0)
        for one, other in itertools.pairwise(labels):
            gap = other.ink.get_extents().x0 - one.ink.get_extents().x1
            if -0.5 < gap < 0.28 * one.size:  # nearer ones cover each other
                yield (
                    f"{_short(one.text)} and {_short(other.text)} are {gap:.1f} pt apart on an x "
                    "axis. Show fewer ticks, or make the figure wider."
                )


def _canvas(drawing: Drawing, profile: Profile) -> Findings:
    if any("collapsed" in warning for warning in drawing.warnings):
        longest = max((text.text for text in drawing.texts), key=len, default="")
        yield f"Texts leave no room for what is drawn; the longest is {_short(longest)}."
    page = drawing.figure.get_size_inches() * 72
    for text in drawing.texts:
        low, high = text.ink.get_extents().get_points()
        if (low < -0.2).any() or (high > page + 0.2).any():
            yield (
                f"{_short(text.text)} reaches beyond the edge of the figure. Use constrained "
                "layout, break the text into lines, or shorten it."
            )


def _fonts(drawing: Drawing, profile: Profile) -> Findings:
    glyphs = (re.match(r"Glyph (\d+) .*missing from font", text) for text in drawing.warnings)
    for sign in dict.fromkeys(chr(int(glyph[1])) for glyph in glyphs if glyph):
        inside = next((text.text for text in drawing.texts if sign in text.text), sign)
        if unicodedata.category(sign) == "Cc":
            yield f"{_short(inside)} has the control character U+{ord(sign):04X}: take it out."
        else:
            name = f"U+{ord(sign):04X}, {unicodedata.name(sign, 'without a name')}"
            yield (
                f"No font of {profile.name} has {sign!r} ({name}), in {_short(inside)}. Write it "
                "with letters that they have, or set a font.family that has it."
            )


def _transparency(drawing: Drawing, profile: Profile) -> Findings:
    if drawing.transparent and "eps" in profile.formats:
        yield (
            f"{drawing.transparent} lines or areas can be seen through, which EPS does not know: "
            "it would show them opaque. Take light colours in place of alpha."
        )


def _axis_label(drawing: Drawing, profile: Profile) -> Findings:
    """Ask for a label of each axis of numbers other than years: its own or a shared one."""
    fig = drawing.figure
    axes = [ax for ax in fig.axes if ax.get_visible() and ax.axison]
    for axis in (axis for ax in axes for axis in (ax.xaxis, ax.yaxis) if axis.get_visible()):
        low, high = sorted(axis.get_view_interval())
        at = zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=False)
        shown = [label.get_text() for x, label in at if low <= x <= high and label.get_visible()]
        ticks = [text for text in shown if text]
        plain = [re.sub("[\u202f%]", "", t).replace("−", "-").replace(",", ".") for t in ticks]
        numeric = [number for number in plain if re.fullmatch(r"-?\d+(\.\d+)?", number)]
        years = [number for number in numeric if re.fullmatch(r"(19|20)\d\d", number)]
        if len(numeric) <= len(ticks) / 2 or len(years) == len(numeric):
            continue
        labels = [axis.label.get_text() * axis.label.get_visible(), fig.get_supxlabel()]
        if (name := axis.axis_name) == "y":  # once is enough in a row of panels
            row = [(ax.get_ylabel(), ax.get_subplotspec()) for ax in axes]
            spec = axis.axes.get_subplotspec()
            labels[1:] = [label for label, of in row if spec and of and of.rowspan == spec.rowspan]
            labels.append(fig.get_supylabel())
        if not any(labels):
            yield (
                f"The {name} axis ({', '.join(ticks[:3])}, ...) has no label. Call "
                f"ax.set_{name}label, or fig.sup{name}label once."
            )


def _text_contrast(drawing: Drawing, profile: Profile) -> Findings:
    if faint := [text for text in drawing.texts if text.contrast < CONTRAST]:
        yield (
            f"{len(faint)} texts, such as {_short(faint[0].text)}, have a contrast of "
            f"{faint[0].contrast:.1f}; {CONTRAST:g} is needed. Take a darker colour."
        )


def _colours(drawing: Drawing, profile: Profile) -> Findings:
    """Ask for colours apart for every common vision; in grey unless markers or dashes differ."""
    strokes = sorted(c for c in drawing.forms if np.ptp(to_rgb(c)) > 40 / 255)  # no greys
    for one, other in itertools.combinations(strokes, 2):
        yield from _too_near(one, other, DEFICIENCIES, "Take colours further apart, as Okabe's are")
        if drawing.forms[one] == drawing.forms[other]:
            yield from _too_near(one, other, ["grey"], "Let markers or dashes differ, or lightness")
    filled = dict.fromkeys(drawing.fills)
    areas = [colour for colour in filled if colour_distance(colour, "#ffffff") > BACKGROUND]
    visions = [*DEFICIENCIES, "grey"]
    for one, other in itertools.pairwise(areas):
        yield from _too_near(one, other, visions, "Take a lighter or darker colour for one")


def _too_near(one: str, other: str, visions: Iterable[str], change: str) -> Findings:
    for vision in visions:
        distance = colour_distance(one, other, vision)
        if distance < APART:
            seen = "in grey" if vision == "grey" else f"with {vision.replace('omaly', 'opia')}"
            near = f"{one} and {other} look alike {seen} ({distance:.1f}; {APART:g} is needed)"
            yield f"{near}. {change}."


RULES: dict[str, Callable[[Drawing, Profile], Findings]] = {
    "size": _size,
    "text-size": _text_size,
    "line-weight": _line_weight,
    "canvas": _canvas,
    "overlap": _overlap,
    "tick-gap": _tick_gap,
    "fonts": _fonts,
    "transparency": _transparency,
    "axis-label": _axis_label,
    "contrast": _text_contrast,
    "colours": _colours,
}
"""The rules, by name."""

SAVED = tuple(rule for rule in RULES if rule not in ("contrast", "colours"))
"""The rules that a figure must meet to be saved."""
