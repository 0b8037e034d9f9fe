"""A figure made to fit a place: width, fonts, sizes of text, lines."""

import io
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from PIL import Image

from govlib.errors import BadParameter
from govlib.plot.copies import copy_figure, pickle_figure
from govlib.plot.panels import arrange_panels, column_edges, count_columns, place_legends
from govlib.plot.profiles import Profile, profile_style
from govlib.plot.texts import break_lines, find_labels, find_texts, shorten
from govlib.publish.drawings import MM, leaving_texts, overlapping_texts, parse_drawing

DRAWN_PT = 8.0
"""The size of axis labels that `paper.mplstyle` draws: a profile's is relative to it."""

DRAWN_FONT = ["DejaVu Sans"]
"""The font that `paper.mplstyle` draws with; every profile has its own copy or another one."""

STEPS = 4
"""Sizes of text that are tried, from the profile's own down to where the smallest is reached."""

ROOM = 0.97
"""The part of the room for a label that it may take: widths differ by a few percent with pixels."""

PNG_LEVEL = 3
"""How hard zlib tries: at 6 a picture takes a sixth less room, and three quarters more time."""

Drawn = tuple[bytes, np.ndarray]
"""A figure as PDF and in pixels (height, width, RGBA)."""


class Fitted(NamedTuple):
    """A figure made to fit a profile, as PDF and as PNG, both without metadata."""

    figure: Figure
    scale: float
    pdf: bytes
    png: bytes


_KEPT: WeakKeyDictionary[Figure, tuple[Any, Fitted]] = WeakKeyDictionary()
"""How each figure was fitted last, and what that was made of."""


def fit_figure(fig: Figure, profile: Profile) -> Fitted:
    """Make a figure fit a profile, without touching the figure itself.

    A figure that has not changed since it was last fitted is not fitted again.

    The copy is laid out anew at the profile's width; all lengths are then to be multiplied with
    the scale that is returned, so that text, lines, marks and gaps keep their proportions. A
    narrower figure keeps its height, so that rows keep their room; a wider one grows up to the
    profile's height. Where texts would cover each other, smaller text is tried, down to the
    profile's smallest, and then the panels are set in fewer columns. Where there is more width than
    height, as on a slide, one column of panels becomes two. Labels, titles and legends too long for
    the figure are broken into lines.

    Parameters
    ----------
    fig : Figure
        Drawn with the style `paper.mplstyle`.
    profile : dict
        As `profiles.find_profile` returns it.

    Returns
    -------
    figure : Figure
        A copy; to be saved with the profile's style (`profile_style`).
    scale : float
        What to multiply lengths with: the profile's size of text relative to the drawn one.
    pdf : bytes
        The copy as a PDF, in which the texts have been looked at.
    png : bytes
        The copy as a picture (RGB) at the profile's resolution.

    Raises
    ------
    BadParameter
        If the figure cannot be copied or does not fit: says what is too wide, high or long.
    """
    pickled = pickle_figure(fig)
    made_of = (pickled, dict(profile), mpl.rcParams.copy())
    kept = _KEPT.get(fig)
    if kept is None or kept[0] != made_of:
        copy, scale, (pdf, pixels) = _fit(fig, pickled, profile)
        kept = _KEPT[fig] = made_of, Fitted(copy, scale, pdf, _encode(pixels, profile["dpi"]))
    return kept[1]


def _fit(fig: Figure, pickled: bytes, profile: Profile) -> tuple[Figure, float, Drawn]:
    """Make a copy of a figure fit a profile; return the copy, its scale and drawing."""
    width, height = (float(side) * MM for side in fig.get_size_inches())
    where = f"the profile {profile['name']}"
    if "width_mm" not in profile:
        _check_size(width, height, profile)
        copy = copy_figure(pickled)
        try:
            problems, drawn = _lay_out(copy, (width, height), 1.0, profile)
        finally:
            plt.close(copy)
        if problems:
            raise BadParameter(f"The figure does not fit {where}: {problems}")
        return copy, 1.0, drawn
    problems = ""
    for columns in _columns_to_try(fig, profile):
        copy = copy_figure(pickled)
        try:
            higher = arrange_panels(copy, columns) if columns else 1.0
            scale, found, drawn = _fit_width(copy, (width, height * higher), profile)
        finally:
            plt.close(copy)
        if not found:
            return copy, scale, drawn
        problems = problems or found
    raise BadParameter(
        f"The figure does not fit {where} ({profile['width_mm']:g} mm wide, at most "
        f"{profile['max_height_mm']:g} mm high, text of {profile['smallest_pt']:g} pt or more): "
        f"{problems} Show fewer economies, years, dimensions or items, or take a wider profile."
    )


def _fit_width(
    fig: Figure, size: tuple[float, float], profile: Profile
) -> tuple[float, str, Drawn]:
    """Lay a figure of a size in mm out at a profile's width; return scale, what is wrong, it."""
    sizes = [(text, text.get_fontsize()) for text in find_texts(fig)]
    for scale in _scales(profile):
        for text, points in sizes:
            text.set_fontsize(points)
        width, height = profile["width_mm"] / scale, size[1]
        if width > size[0]:
            height *= width / size[0]
        height = min(height, profile["max_height_mm"] / scale)
        problems, drawn = _lay_out(fig, (width, height), scale, profile)
        if not problems:
            break
    return scale, problems, drawn


def _columns_to_try(fig: Figure, profile: Profile) -> list[int]:
    """Return in how many columns a figure's panels may stand, 0 for as they were drawn."""
    columns = count_columns(fig)
    several = sum(ax.get_visible() for ax in fig.axes) > 1
    if columns == 1 and several and profile["width_mm"] > profile["max_height_mm"]:
        return [2, 0]
    return [0, *range(columns - 1, 0, -1)]


def _scales(profile: Profile) -> Iterator[float]:
    """Give the scales to try, the profile's own first."""
    most = profile["font_size_pt"] / DRAWN_PT
    least = min(most, profile["smallest_pt"] / DRAWN_PT)
    for step in range(STEPS if least < most else 1):
        yield most - (most - least) * step / (STEPS - 1)


def _check_size(width: float, height: float, profile: Profile) -> None:
    """Refuse a figure larger than the page."""
    for word, side, limit in (
        ("wide", width, profile["max_width_mm"]),
        ("high", height, profile["max_height_mm"]),
    ):
        if side > limit + 0.05:
            raise BadParameter(
                f"The figure is {side:.1f} mm {word}; the profile {profile['name']} allows "
                f"{limit:g} mm. Draw it smaller (figsize is in inches of 25.4 mm), or take a "
                "profile that fits it: another name in `profile`."
            )


def _encode(pixels: np.ndarray, dpi: int) -> bytes:
    """Return a drawing as PNG, without the opacity: all is opaque, and journals ask for that."""
    content = io.BytesIO()
    height, width = pixels.shape[:2]
    image = Image.frombytes("RGB", (width, height), pixels, "raw", "RGBX")
    image.save(content, format="png", dpi=(dpi, dpi), compress_level=PNG_LEVEL)
    return content.getvalue()


def _lay_out(
    fig: Figure, size: tuple[float, float], scale: float, profile: Profile
) -> tuple[str, Drawn]:
    """Lay a figure out at a size in mm with the profile's fonts; return what is wrong, and it.

    If nothing is wrong the layout is final: every format then shows the same, and drawing it does
    not repeat the layout.
    """
    fig.set_facecolor("white")
    fig.set_size_inches(size[0] / MM, size[1] / MM)
    fig.set_dpi(profile["dpi"] * scale)  # hinted letters are wider or narrower by the pixels
    smallest = profile["smallest_pt"] / scale
    largest = profile.get("largest_pt", float("inf")) / scale
    artists = fig.findobj()  # those at ticks too, which are written when they are drawn
    for text in (artist for artist in artists if isinstance(artist, Text)):
        if text.get_text():
            text.set_fontsize(min(max(text.get_fontsize(), smallest), largest))
        if "width_mm" in profile or text.get_fontfamily() == DRAWN_FONT:
            text.set_fontfamily(profile["fonts"])
    if "width_mm" in profile:
        _fit_ticks(fig, smallest, largest, profile)
        _fit_lines(artists, profile["thinnest_pt"] / scale)
    engine = fig.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        # It begins where the last drawing left the Axes; here it is to end in one place.
        for ax in fig.axes:
            spec = ax.get_subplotspec()
            if spec is not None and ax.get_in_layout():
                ax.set_subplotspec(spec)
    with mpl.rc_context(profile_style(profile)):
        for more in (True, True, True, False):  # lines of one label take room from another
            _narrow_legends(fig)
            pixels, collapsed = _measure(fig)
            long = _too_long(fig, panels="width_mm" in profile) if more else []
            if not long:
                break
            for text, length in long:
                break_lines(text, length)
            place_legends(fig.axes)
        if collapsed:  # an Axes without room for its labels
            longest = max((text.get_text() for text in find_texts(fig)), key=len)
            words = f"its texts leave no room for what is drawn; the longest is {shorten(longest)}."
            return words, (b"", pixels)
        fig.set_layout_engine(None)
        content = io.BytesIO()
        fig.savefig(content, format="pdf", metadata={"CreationDate": None})
    pdf = content.getvalue()
    drawing = parse_drawing(pdf, "pdf")
    problems = ""
    if leaving := leaving_texts(drawing):
        problems = f"{shorten(leaving[0])} reaches beyond the figure; shorten it."
    elif "width_mm" in profile and (pairs := overlapping_texts(drawing, clearance=0.5)):
        problems = " and ".join(map(shorten, pairs[0])) + " cover each other."
    if problems:
        fig.set_layout_engine(engine)  # it is laid out once more, with smaller text
    return problems, (pdf, pixels)


def _fit_ticks(fig: Figure, smallest: float, largest: float, profile: Profile) -> None:
    """Give ticks that are yet to be made the size and font of those there are."""
    for ax in fig.axes:
        for axis in (ax.xaxis, ax.yaxis):
            labels = axis.get_ticklabels()
            size = labels[0].get_fontsize() if labels else DRAWN_PT - 1
            axis.set_tick_params(
                labelsize=min(max(size, smallest), largest), labelfontfamily=profile["fonts"]
            )


def _fit_lines(artists: list[Artist], thinnest: float) -> None:
    """Draw no line thinner than allowed."""
    for mark in artists:
        if isinstance(mark, Collection):
            widths = [float(width) for width in np.atleast_1d(mark.get_linewidth())]
            if any(0 < width < thinnest for width in widths):
                mark.set_linewidth([max(w, thinnest) if w else 0.0 for w in widths])
        elif isinstance(mark, (Line2D, Patch)):
            if 0 < mark.get_linewidth() < thinnest:
                mark.set_linewidth(thinnest)
            if isinstance(mark, Line2D) and 0 < mark.get_markeredgewidth() < thinnest:
                mark.set_markeredgewidth(thinnest)


def _too_long(fig: Figure, *, panels: bool) -> list[tuple[Text, float]]:
    """Return labels, titles and entries of legends longer than the figure, and by how much.

    Titles and labels of panels are held against their panel's room if `panels` is true.
    """
    found = []
    shown = [ax for ax in fig.axes if ax.get_visible()]
    titles = {ax.title: ax.bbox.width for ax in shown} if len(shown) > 1 else {}
    columns = {ax.xaxis.label: column_edges(ax) for ax in shown if panels}
    for text in find_labels(fig):
        box = text.get_window_extent()
        turned = box.height > box.width
        length, whole = (box.height, fig.bbox.height) if turned else (box.width, fig.bbox.width)
        # The room from the label's middle to the nearer edge, twice.
        middle = (box.y0 + box.y1) / 2 if turned else (box.x0 + box.x1) / 2
        room = 2 * min(middle, whole - middle)
        if text in columns:
            start, end = columns[text]
            room = 2 * min(middle - start, end - middle)
        if panels and text in titles:
            room = min(room, 1.1 * titles[text])
        if text.get_visible() and room > 0 and length > ROOM * room:
            found.append((text, length / room))
    for legend in _legends(fig):
        if _is_wide(legend):
            room = _room(legend) / len(_columns(legend)) * 0.72  # the rest is for handles
            long = [(text, text.get_window_extent().width / room) for text in legend.get_texts()]
            found += [(text, length) for text, length in long if length > 1]
    return found


def _measure(fig: Figure) -> tuple[np.ndarray, bool]:
    """Lay a figure out and draw it; say if an Axes has no room, which matplotlib warns of."""
    canvas: Any = fig.canvas
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        canvas.draw()
    return np.asarray(canvas.buffer_rgba()), any("collapsed" in str(w.message) for w in said)


def _is_wide(legend: Legend) -> bool:
    """Say whether a legend is wider than its figure, or than its panel's column of the figure."""
    box = legend.get_window_extent()
    if legend.axes:
        return float(box.width) > ROOM * _room(legend)
    figure = legend.get_figure(root=True)
    return figure is not None and (box.x0 < -1 or box.x1 > figure.bbox.width + 1)


def _room(legend: Legend) -> float:
    """Return the width of the figure's column in which a legend stands, in pixels."""
    start, end = column_edges(legend.axes) if legend.axes else (0.0, legend.figure.bbox.width)
    return end - start


def _packer(legend: Legend) -> Any:
    """Return what holds the columns of a legend; `set_ncols` does not change a legend made."""
    return getattr(legend, "_legend_handle_box")  # noqa: B009


def _columns(legend: Legend) -> list[Any]:
    """Return the columns of a legend."""
    return list(_packer(legend).get_children())


def _narrow_legends(fig: Figure) -> None:
    """Give legends that are too wide fewer columns, two at least if the figure's."""
    for legend in _legends(fig):
        least = 1 if legend.axes else 2
        columns = _columns(legend)
        entries = [entry for column in columns for entry in column.get_children()]
        count = len(columns)
        while count > least and _is_wide(legend):
            count -= 1
            parts = np.array_split(np.arange(len(entries)), count)
            for column, part in zip(columns, parts, strict=False):
                column._children = [entries[i] for i in part]
            _packer(legend)._children = columns[:count]
            _measure(fig)


def _legends(fig: Figure) -> list[Legend]:
    """Return the legends of a figure and of its Axes."""
    of_axes = [ax.get_legend() for ax in fig.axes if ax.get_visible()]
    return [*fig.legends, *(legend for legend in of_axes if legend is not None)]
