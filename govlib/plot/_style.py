"""Figures drawn for their journal from the start, and what is known of each panel.

`figure` and `style` set width, fonts, sizes and line weights of a profile before anything is drawn.
All sizes in this package are written for text of 8 points and scaled to the profile's own
(`Look`). Each plot function registers a `Panel`: the table it drew, the points with their hover
texts, and a function that writes caption and alternative text; `describe` reads them.
"""

import re
import textwrap
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from itertools import product, zip_longest
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from babel.numbers import get_decimal_symbol
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.textpath import TextToPath
from matplotlib.ticker import MaxNLocator, ScalarFormatter
from matplotlib.transforms import ScaledTranslation, Transform, blended_transform_factory
from scipy.optimize import isotonic_regression

from govlib.errors import BadTable
from govlib.i18n import text as word
from govlib.plot._text import Say
from govlib.plot.profiles import Profile, find_profile, register_fonts
from govlib.stats._tables import DIMENSIONS

MM = 25.4
POINT = MM / 72
"""A point in millimetres."""

OWN = "#0072B2"
"""The colour of what is highlighted."""

WIDE = 180.0
"""The width of a figure of several columns (mm)."""

DRAWN_PT = 8.0
"""The size of text that sizes in this package are written for."""

HEADING = 17.0
"""The height that figures leave for a heading, where their profile has one (mm at 8 points)."""

DASHED = (0, (2, 1.3))
"""The line of what rests on an assumed error."""

ROOM = 0.95
"""The part of its room that a text may take: widths differ by a few percent between formats."""

_active: ContextVar[tuple[str, float | None]] = ContextVar("profile", default=("paper", None))
"""Name of the profile that is drawn for, and the size of text if it is not the profile's."""
_made_for: WeakKeyDictionary[Figure, tuple[str, float | None]] = WeakKeyDictionary()
_panels: WeakKeyDictionary[Axes, "Panel"] = WeakKeyDictionary()


@dataclass(frozen=True)
class Point:
    """A point of a panel: where it is (data coordinates), and its hover text."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Panel:
    """What an Axes shows; `write` gives caption and alternative text of a table of this kind."""

    kind: str
    table: pd.DataFrame
    language: str
    points: Sequence[Point]
    write: Callable[[pd.DataFrame], tuple[str, str]]


@dataclass(frozen=True)
class Description:
    """Texts and tables of a figure; `title` is the first sentence of the caption."""

    caption: str
    alternative_text: str
    title: str
    language: str
    tables: list[pd.DataFrame]

    def _repr_markdown_(self) -> str:
        """Show caption and alternative text in a notebook."""
        return f"{self.caption}\n\nAlternative text: {self.alternative_text}"


class Look:
    """Sizes of a profile, and the room that a panel has (mm)."""

    def __init__(self, name: str, text_pt: float | None = None, ax: Axes | None = None) -> None:
        """Measure the part of the figure in which a panel is."""
        self.profile = find_profile(name)
        self.scale = (text_pt or self.profile.font_size_pt) / DRAWN_PT
        self.width = self.height = 0.0
        self.across = 0.5
        if ax is None:
            return
        fig = ax.figure.get_figure(root=True)
        self.width, self.height = (float(side) * MM for side in fig.get_size_inches())
        spec = ax.get_subplotspec()
        if spec is not None:
            whole = spec.get_topmost_subplotspec()
            rows, columns = whole.get_gridspec().get_geometry()
            given = whole.get_gridspec().get_height_ratios()
            ratios = np.ones(rows) if given is None else np.asarray(given, "float64")
            self.width *= len(whole.colspan) / columns
            self.height *= float(ratios[list(whole.rowspan)].sum() / ratios.sum())
            self.across = (whole.colspan.start + whole.colspan.stop) / 2 / columns

    def size(self, points: float) -> float:
        """Return a size of text in the profile's points, within its limits."""
        largest = self.profile.largest_pt or float("inf")
        return min(max(points * self.scale, self.profile.smallest_pt), largest)

    def line(self, points: float) -> float:
        """Return a line weight in the profile's points, at least its thinnest."""
        return max(points * self.scale, self.profile.thinnest_pt)

    def measure(self, text: str, points: float = 7) -> float:
        """Return the width of the longest line of a text (mm)."""
        widths = [_width(line, self.profile.fonts) for line in text.split("\n")]
        return max(widths) * self.size(points) * POINT

    def wrap(self, text: str, room: float, points: float = 8) -> str:
        """Break a text into lines of about the same length that fit a room (mm)."""
        if self.measure(text, points) <= room:
            return text
        words, found = " ".join(text.split()).replace("/", "/ "), [text]
        for letters in range(len(words), 4, -1):
            lines = textwrap.wrap(words, letters, break_long_words=False)
            long = self.measure("\n".join(found), points) > room
            if not long and len(lines) > len(found):
                break
            found = lines
        if long:  # even one word a line
            found = textwrap.wrap(words, max(8, int(len(text) * room / self.measure(text, points))))
        return "\n".join(found).replace("/ ", "/")

    def cut(self, text: str, room: float, points: float = 7) -> str:
        """Shorten a text that is wider than a room (mm)."""
        while self.measure(text, points) > room and len(text) > 4:
            text = text[:-2].rstrip() + "…"
        return text

    def legend_columns(self, labels: list[str], room: float) -> tuple[int, list[str]]:
        """Return how many columns leave every entry two lines in a room (mm), and the lines."""
        handle = 6.0 * self.size(7) * POINT  # with the gaps beside it
        words = [word for label in labels for word in label.split()]
        for columns in range(max(min(4, len(labels)), 1), 0, -1):
            free = ROOM * room / columns - handle
            lines = [self.wrap(label, free, 7) for label in labels]
            fits = free >= 8 * self.size(7) * POINT and self.measure("\n".join(words)) <= free
            if fits and all(line.count("\n") < 2 for line in lines):
                break
        return columns, lines


class Pen(Look):
    """Draws into an Axes; sizes are written for text of 8 points."""

    def __init__(self, name: str, text_pt: float | None, ax: Axes, say: Say) -> None:
        """Take the sizes of a profile, and measure the room of the Axes."""
        super().__init__(name, text_pt, ax)
        self.ax, self.say = ax, say

    def keep(
        self,
        kind: str,
        table: pd.DataFrame,
        points: Sequence[Point],
        write: Callable[[pd.DataFrame], tuple[str, str]],
    ) -> Axes:
        """Register what the Axes shows, with the notes of its options; return the Axes."""

        def with_notes(drawn: pd.DataFrame) -> tuple[str, str]:
            caption, text = write(drawn)
            return f"{caption} {self.say.notes}".strip(), text

        return register(self.ax, Panel(kind, table, self.say.language, points, with_notes))

    def draw_points(
        self, x: Any, y: Any, *, xerr: Any = None, yerr: Any = None, **options: Any
    ) -> ErrorbarContainer:
        """Draw points, circles if not told, with intervals: dashed if errors are `assumed`."""
        options = {"marker": "o", "linestyle": "none"} | options
        assumed = options.pop("assumed", False)
        for key in options:
            if key.endswith(("width", "size")):
                options[key] = self.line(options[key])
        errors: dict[str, Any] = {
            key: None if error is None or np.isnan(np.asarray(error, "float64")).all() else error
            for key, error in (("xerr", xerr), ("yerr", yerr))
        }
        drawn = self.ax.errorbar(x, y, **errors, **options)
        for bars in drawn.lines[2] if assumed else ():
            bars.set_linestyle(DASHED)
        return drawn

    def write(
        self,
        x: float,
        y: float,
        text: str,
        points: float = 7,
        *,
        bold: bool = False,
        beside: tuple[float, float] = (0, 0),
        transform: Transform | None = None,
        **options: Any,
    ) -> None:
        """Write a text, by default in the panel's coordinates, `beside` them by so many points."""
        place = transform or self.ax.transData
        if any(beside):
            across, up = (points / 72 for points in beside)
            place += ScaledTranslation(across, up, self.ax.figure.dpi_scale_trans)
        looks: dict[str, Any] = {"va": "center", "fontsize": self.size(points)} | options
        looks["fontweight"] = "bold" if bold else "normal"
        self.ax.text(x, y, text, transform=place, **looks)

    def draw_zero(self, draw: Callable[..., Any]) -> None:
        """Draw the line of 0: ``ax.axhline`` or ``ax.axvline``."""
        draw(0, color="0.6", linewidth=self.line(0.6), zorder=0.9)  # over bands, under points

    def label_axes(self, *, x: str = "", y: str = "", beside: float = 12) -> None:
        """Label the axes, in lines that fit the panel; `beside`: width left of the Axes (mm)."""
        if x:
            self.ax.set_xlabel(self.wrap(x, ROOM * max(self.width - beside, self.width / 3)))
        if y:
            self.ax.set_ylabel(
                self.wrap(y, max(0.9 * self.height - 12 * self.scale, 25 * self.scale))
            )

    def legend_below(self, handles: Iterable[Any]) -> None:
        """Put the legend of a panel below it and its label, in as many columns as fit."""
        handles = list(handles)
        columns, labels = self.legend_columns([str(h.get_label()) for h in handles], self.width)
        lines = self.ax.get_xlabel().count("\n") + 1
        below = self.line(12) + 1.2 * (self.size(7) + lines * self.size(8))
        fig = self.ax.figure
        lower = self.ax.transAxes + ScaledTranslation(0, -below / 72, fig.dpi_scale_trans)
        place = blended_transform_factory(fig.transFigure, lower)
        looks: dict[str, Any] = {"loc": "upper center", "borderaxespad": 0, "ncols": columns}
        looks |= {"bbox_to_anchor": (self.across, 0), "bbox_transform": place}
        self.ax.legend(handles, labels, **looks)

    def write_in_middle(self, text: str) -> None:
        """Write into an empty Axes why it is empty."""
        lines = self.wrap(text, 0.6 * self.width, 8)
        self.ax.set(xticks=[], yticks=[])
        self.ax.text(0.5, 0.5, lines, transform=self.ax.transAxes, ha="center", va="center")

    def write_ticks(self, axis: Axis, *, few: bool = True) -> None:
        """Write the numbers of an axis, three to five, with the decimal symbol of the language."""
        symbol = get_decimal_symbol(self.say.language)
        if few:
            low = axis is self.ax.yaxis and self.height < 45 * self.scale
            bins = {"nbins": 3, "min_n_ticks": 2} if low else {"nbins": 4, "min_n_ticks": 3}
            axis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], **bins))

        class Formatter(ScalarFormatter):
            def __call__(self, x: float, pos: Any = None) -> str:
                return super().__call__(x, pos).replace(".", symbol)

        axis.set_major_formatter(Formatter())

    def name_rows(
        self, places: Sequence[float], codes: Sequence[Any], texts: Sequence[str] = ()
    ) -> float:
        """Name rows in lines, with other texts than their names; return how wide they are (mm)."""
        pairs = zip_longest(codes, texts, fillvalue="")
        labels = [
            self.wrap(text or self.say.name(code), 0.4 * self.width, 7) for code, text in pairs
        ]
        each = 0.85 * (self.height - 20 * self.scale) / max(len(labels), 1)
        for i, label in enumerate(labels):  # one that is higher than its row has one line
            if "\n" in label and (label.count("\n") + 1) * 1.2 * self.size(7) * POINT > each:
                labels[i] = self.cut(" ".join(label.split()), 0.5 * self.width)
        self.ax.set_yticks(places, labels, rotation=0)
        for tick, code in zip(self.ax.get_yticklabels(), codes, strict=True):
            if code == self.say.highlight:
                tick.set(color=OWN, fontweight="bold")
        return max(map(self.measure, labels), default=0) + 4 * self.scale

    def name_ends(self, texts: list[str], marks: list[tuple[Any, ...]]) -> None:
        """Write texts at the right of (colour, x, y, bold), moved apart so that none is covered."""
        if not texts:
            return
        texts = [self.wrap(text, 0.28 * self.width, 7) for text in texts]
        low, high = self.ax.get_ylim()
        labels = 34 if self.ax.get_title() else 26
        room = self.height - labels * self.scale  # of the Axes
        lines = np.array([text.count("\n") + 1.3 for text in texts])
        heights = (high - low) * 1.2 * lines * self.size(7) * POINT / room
        places = spread([y for _, _, y, _ in marks], heights, (low, high))
        start, end = self.ax.get_xlim()
        right, beside = end + 0.04 * (end - start), self.ax.get_yaxis_transform()
        for (colour, _, _, bold), text, place in zip(marks, texts, places, strict=True):
            dark = tuple(0.6 * np.array(to_rgb(colour)))  # to be read on white
            self.write(1.05, place, text, bold=bold, color=dark, transform=beside)
        ends = zip(marks, places, strict=True)
        leaders = [[(x, y), (right, place)] for (_, x, y, _), place in ends]
        thin: dict[str, Any] = {"linewidths": self.line(0.4), "colors": "0.6", "zorder": 1}
        self.ax.add_collection(LineCollection(leaders, clip_on=False, **thin), autolim=False)
        ends_of = np.array(places) - heights / 2, np.array(places) + heights / 2
        self.ax.set_ylim(min(low, ends_of[0].min()), max(high, ends_of[1].max()))

    def name_points(self, names: Iterable[tuple[float, float, str, bool]], crowd: Any) -> None:
        """Name points (x, y, text, whether it is the own), the first first, beside them.

        Each text covers no other, no named point with its interval, and the least of a crowd of
        others; one that is further away has a line to its point, one without room is left out.
        """
        fig, size = self.ax.figure.get_figure(root=True), self.size(6.5)
        assert fig is not None
        if engine := fig.get_layout_engine():
            engine.execute(fig)
        scale = 72 / fig.dpi
        room = self.ax.bbox.get_points() * scale
        others = self.ax.transData.transform(np.asarray(crowd, "float64")) * scale
        drawn = [bars for bars in self.ax.containers if isinstance(bars, ErrorbarContainer)]
        marks = [bars.lines[0].get_xydata() for bars in drawn]
        marks += [one for bars in drawn for part in bars.lines[2] for one in part.get_segments()]
        edge = np.array([[-0.4], [0.4]]) * size
        places = [self.ax.transData.transform(mark) * scale for mark in marks]
        taken = [np.array([xy.min(axis=0), xy.max(axis=0)]) + edge for xy in places]
        angles = np.radians([0, 180, 30, -30, 150, -150, 90, -90, 60, -60, 120, -120])
        for x, y, text, own in names:
            words = self.wrap(text, 0.3 * self.width, 6.5)
            point = self.ax.transData.transform((x, y)) * scale
            width = self.measure(words, 6.5) / POINT * (1.12 if own else 1)
            half = np.array([width, 1.2 * size * (words.count("\n") + 1)]) / 2
            found: list[Any] = []
            for far, angle in product(size * np.array([0.7, 1.5, 2.5, 4]), angles):
                away = np.array([np.cos(angle), np.sin(angle)]) * (far + half)
                low, high = box = np.array([point + away - half, point + away + half])
                free = all((high < a).any() or (b < low).any() for a, b in taken)
                if free and (room[0] < low).all() and (high < room[1]).all():
                    covered = ((low < others) & (others < high)).all(axis=1).sum()
                    found.append((covered + far / size, len(found), far, away, box))
            if not found:
                continue
            *_, far, away, box = min(found)
            taken.append(box)
            line: dict[str, Any] = {"arrowstyle": "-", "color": "0.6", "shrinkA": 0}
            line["linewidth"] = self.line(0.4)
            looks: dict[str, Any] = {"color": OWN if own else "0.2", "fontsize": size}
            looks |= {"fontweight": "bold" if own else "normal", "ha": "center", "va": "center"}
            looks |= {"arrowprops": line if far > size else None, "zorder": 5}
            self.ax.annotate(words, (x, y), away, textcoords="offset points", **looks)

    def year_ticks(self, years: Iterable[int], *, named: bool = False) -> None:
        """Write the first and the last year, and as many between as the panel has room for.

        `named` says that names stand at the ends of its lines (`name_ends`) and take a third of it.
        """
        found = sorted(set(years))
        if not found:
            return
        first, last = int(found[0]), int(found[-1])
        width = self.width * (2 / 3 if named else 1) / self.scale
        room = int(min(max((width - 14) / 8.5, 2), 12))
        step = max(1, -(-(last - first) // (room - 1)))
        self.ax.set_xticks(
            [first, *range(last, first + step - 1, -step)[::-1]] if last > first else [first]
        )


@cache
def _width(text: str, family: tuple[str, ...]) -> float:
    """Return the width of a line of text in multiples of its size."""
    register_fonts()
    prop = FontProperties(family=list(family), size=100)
    width, _, _ = TextToPath().get_text_width_height_descent(text, prop, ismath=False)
    return float(width) / 100


@cache
def _settings(name: str, text_pt: float | None) -> dict[str, Any]:
    """Return the rcParams of a profile, other than matplotlib's defaults (``style.toml``)."""
    register_fonts()
    look = Look(name, text_pt)
    path = Path(__file__).with_name("style.toml")
    kinds: dict[str, dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))
    texts = {key: look.size(points) for key, points in kinds["text"].items()}
    lines = {key: look.line(points) for key, points in kinds["lines"].items()}
    own = {
        "figure.figsize": (_whole_width(look.profile, 1) / MM, 80 * look.scale / MM),
        "savefig.dpi": look.profile.dpi,
        "savefig.bbox": None,
        "font.family": list(look.profile.fonts),
    }
    return texts | lines | kinds["plain"] | own


@contextmanager
def style(profile: str = "paper", text_pt: float | None = None) -> Iterator[None]:
    """Draw and save for a journal: fonts, sizes and line weights of a profile, or UnknownName.

    Starts from matplotlib's defaults, whatever the user's own settings are. Figures that pyplot
    makes meanwhile are known as made for this profile (`profile_of`). `text_pt` is the size of
    axis labels (points), the profile's by default; other sizes follow.
    """
    settings = _settings(profile, text_pt)
    before = set(plt.get_fignums())
    token = _active.set((profile, text_pt))
    try:
        with plt.style.context(["default", settings]):
            yield
    finally:
        _active.reset(token)
        new = [number for number in plt.get_fignums() if number not in before]
        current = plt.gcf().number if new else 0
        for number in new:
            _made_for.setdefault(plt.figure(number), (profile, text_pt))
        if new:
            plt.figure(current)


def profile_of(fig: Figure) -> str:
    """Return the profile that a figure was made for: "paper" for one made by plain pyplot."""
    return _made_for.get(fig, _active.get())[0]


def _whole_width(profile: Profile, columns: int, panel_width: float = 0) -> float:
    """Return the width of a figure (mm): the profile's, or 120 mm and 180 of several columns."""
    width = 120 if columns == 1 and panel_width <= 120 else WIDE
    return profile.width_mm or min(width, profile.max_width_mm)


def figure(
    *,
    profile: str = "paper",
    rows: int = 1,
    columns: int = 1,
    panels: int | None = None,
    panel_height: float | Sequence[float] | None = None,
    panel_width: float = 72,
    narrowest: float = 50,
    **grid: Any,
) -> tuple[Figure, Any]:
    """Make a figure for a journal (UnknownName if there is no such profile) and its panels.

    Parameters
    ----------
    rows, columns : int
        Of panels; not needed if `panels` is given.
    panels : int, optional
        How many panels; as many are side by side as the profile has room for. Where they would be
        higher than its page, more are, and then the text is smaller, down to the profile's least.
    panel_height : float or sequence of float, optional
        Of all panels or of each (mm at text of 8 points); the figure has at most the profile's.
    panel_width, narrowest : float
        With `panels`: the usual and the least width of a panel (mm at text of 8 points).
    **grid
        For ``pyplot.subplots``: ``sharex``, ``height_ratios``, ...

    Returns
    -------
    Figure
    Axes or ndarray of Axes
        Several in reading order.
    """
    found = find_profile(profile)
    highest = found.max_height_mm - found.headed * HEADING * found.font_size_pt / DRAWN_PT
    count = panels or rows * columns
    most = found.font_size_pt
    least = min(most, found.smallest_pt) if panels else most
    for text_pt in np.linspace(most, least, 4):
        scale = float(text_pt) / DRAWN_PT
        whole = _whole_width(found, count if panels else columns, panel_width) / scale
        if panels:
            columns = min(max(1, int(whole / panel_width)), count)
        while True:
            usual = 80 * max(1, _whole_width(found, columns, panel_width) / columns / scale / 120)
            each = usual if panel_height is None else panel_height
            listed = list(np.broadcast_to(np.asarray(each, "float64"), count))
            heights = [max(listed[i : i + columns]) for i in range(0, count, columns)]
            fits = sum(heights) * scale <= 1.2 * highest
            if fits or not panels or columns == count or whole / (columns + 1) < narrowest:
                break
            columns += 1
        if fits:
            break
    width = _whole_width(found, columns, panel_width)
    size = width / MM, min(sum(heights) * scale, highest) / MM
    grid = {"height_ratios": heights} | grid
    with style(profile, float(text_pt)):
        fig, axes = plt.subplots(len(heights), columns, figsize=size, squeeze=False, **grid)
        for ax in list(axes.flat)[count:]:
            ax.remove()
        shown = list(axes.flat)[:count]
        for ax in shown[-columns:]:  # the lowest that is drawn of each column
            ax.tick_params(labelbottom=True)
    return fig, shown[0] if count == 1 else np.array(shown)


@contextmanager
def drawing(ax: Axes | None, say: Say | None = None) -> Iterator[tuple[Axes, Pen]]:
    """Draw into an Axes, or the current one, in the style of its figure's profile."""
    if ax is None:
        ax = plt.gca() if plt.get_fignums() else figure(profile=_active.get()[0])[1]
    assert ax is not None
    fig = ax.figure.get_figure(root=True)
    assert fig is not None
    made_for = _made_for.get(fig, _active.get())
    with style(*made_for):
        look = Pen(*made_for, ax, say or Say())
        if say:  # ticks are made when they are drawn, outside of this style
            ax.tick_params(
                labelsize=look.size(7),
                labelfontfamily=list(look.profile.fonts),
                width=look.line(0.6),
                length=look.line(3.5),
                pad=look.line(3.5),
            )
        yield ax, look


def spread(
    places: Sequence[float], sizes: Any, within: tuple[float, float] | None = None
) -> list[float]:
    """Move places apart as little as gives each its size; the order stays.

    The squares of the moves are least: the isotonic regression of the places less the room that
    those before them take, kept within two bounds if there is room.
    """
    order = np.argsort(places, kind="stable")
    size = np.broadcast_to(np.asarray(sizes, "float64"), len(order))[order]
    taken = np.cumsum(size) - size / 2  # to the middle of each
    moved = isotonic_regression(np.asarray(places, "float64")[order] - taken).x
    if within and within[0] + size.sum() <= within[1]:
        moved = moved.clip(within[0], within[1] - size.sum())
    return [float(place) for place in (moved + taken)[np.argsort(order)]]


def register(ax: Axes, panel: Panel) -> Axes:
    """Keep what an Axes shows, as long as the Axes exists; return the Axes."""
    _panels[ax] = panel
    return ax


def panels(shown: Figure | Axes) -> list[tuple[Axes, Panel]]:
    """Return the visible Axes that show a registered panel, in reading order."""
    axes = [shown] if isinstance(shown, Axes) else shown.axes
    return [(ax, _panels[ax]) for ax in axes if ax in _panels and ax.get_visible()]


def describe(shown: Figure | Axes) -> Description:
    """Return caption, alternative text and tables of a figure or of one Axes.

    Panels of one kind that show dimensions are described together, each dimension by the letter of
    its panel, others and those of lines of several economies in turn, and what one caption has said
    the next leaves out. Without a registered panel all texts are empty.
    """
    shown_axes = panels(shown)
    found = [panel for _, panel in shown_axes]
    if not found:
        return Description("", "", "", "en", [])
    language = found[0].language
    tables = [panel.table for panel in found]
    kinds = {panel.kind for panel in found}
    lines = [panel.table for panel in found if panel.kind.startswith("trend")]
    several = any(len(set(table["economy"])) > 1 for table in lines)
    joined = len(kinds) == 1 and not several and all("dimension" in table for table in tables)
    if joined or not found[1:]:
        table = pd.concat(tables, ignore_index=True).drop_duplicates() if tables[1:] else tables[0]
        caption, text = found[0].write(table)
        signs: dict[str, list[str]] = {}
        for ax, panel in shown_axes:
            sign = ax.get_title(loc="left")
            if sign and "dimension" in panel.table:
                label = word(f"dimension.{panel.table['dimension'].iloc[0]}", language)
                signs.setdefault(label, []).append(sign)
        for label, of_one in signs.items():
            caption = caption.replace(label, f"({', '.join(of_one)}) {label}", 1)
    else:
        written, said = [], set[str]()
        for panel in found:
            caption, text = panel.write(panel.table)
            sentences = _sentences(caption)
            written.append((" ".join(s for s in sentences if s not in said), text))
            said |= set(sentences)
        letters = word("panel.letters", language)
        fig = shown_axes[0][0].figure.get_figure(root=True)
        lettered = fig is None or not find_profile(profile_of(fig)).headed
        caption, text = (
            " ".join(
                f"({sign}) {part}" if lettered else part
                for sign, part in zip(letters, parts, strict=False)
            )
            for parts in zip(*written, strict=True)
        )
    first = re.match(r".*?\.(?=\s|$)", caption, re.DOTALL)
    return Description(caption, text, first[0] if first else caption, language, tables)


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?]) (?=[^\Wа-яёәғқңөұүһіa-z])", text)


@contextmanager
def headed(fig: Figure) -> Iterator[None]:
    """Write a heading meanwhile, where the figure's profile has one: title, subtitle, source.

    The title is what was found (the first sentence of the alternative text); the subtitle says what
    is shown and what the intervals are, or which errors are assumed.
    """
    made_for, said = _made_for.get(fig, _active.get()), describe(fig)
    look, engine = Look(*made_for), fig.get_layout_engine()
    if (
        not look.profile.headed
        or not said.caption
        or not isinstance(engine, ConstrainedLayoutEngine)
    ):
        yield
        return
    first, *others = _sentences(said.caption)
    keys = ["peers.assumed", "trend.no_errors", "trend.source"]
    all_words = (word(key, said.language, error="\0", edition="\0") for key in keys)
    *errors, source = (max(words.split("\0"), key=len) for words in all_words)
    publisher = source.partition(":")[0] + ":"
    for sentence in list(others[: not re.search(r"\d{4}", first)]):  # of whom and when
        first, others = f"{first} {sentence}", others[1:]
    told = [s for s in others if re.search(r"\b9[05]\b", s) or any(e in s for e in errors)]
    below = " ".join(dict.fromkeys(s for s in others if s.startswith(publisher)))
    title = _sentences(said.alternative_text)[0].rstrip(".")
    parts = [(title, 9.0, "bold", "black"), (" ".join([first, *told[:2]]), 6.5, "normal", "0.25")]
    (width, height) = before = [float(side) for side in fig.get_size_inches()]
    width *= MM
    gap, texts, heights = 2.0 * look.scale, [], []
    for words, points, weight, colour in [*parts, (below, 5.5, "normal", "0.35")]:
        looks: dict[str, Any] = {"fontsize": look.size(points), "fontweight": weight, "va": "top"}
        looks |= {"color": colour, "fontfamily": list(look.profile.fonts), "linespacing": 1.2}
        # Bold letters are wider.
        lines = look.wrap(words, (0.86 if weight == "bold" else ROOM) * (width - 2 * gap), points)
        texts.append(fig.text(gap / width, 0, lines, parse_math=False, **looks))
        heights.append((lines.count("\n") + 1) * 1.25 * look.size(points) * POINT if lines else 0)
    *above, under = heights
    top = sum(above) + 1.5 * gap
    height = min(height * MM + top + under + gap, look.profile.max_height_mm)
    fig.set_size_inches(before[0], height / MM, forward=False)
    for text, y in zip(texts, (gap / 2, gap + above[0], height - under - gap / 2), strict=True):
        text.set_y(1 - y / height)
    low = (under + gap) / height
    beside = 0.0
    for legend in fig.legends:  # the layout leaves no room for legends that have an anchor
        legend.set_bbox_to_anchor((0, low, 1, 1 - low))
        beside = float(legend.get_window_extent().height / fig.bbox.height) + gap / height
    engine.set(rect=(0, low + beside, 1, 1 - low - beside - top / height))
    try:
        yield
    finally:
        for text in texts:
            text.remove()
        for legend in fig.legends:
            legend.set_bbox_to_anchor(None)
        engine.set(rect=(0, 0, 1, 1))
        fig.set_size_inches(before[0], before[1], forward=False)


def letter(axes: Iterable[Axes], *, language: str = "en") -> None:
    """Write the letters a, b, c, ... above panels, in bold, as `describe` names them.

    Not in profiles for which figures have a title of their own, `web` and `slides`.
    """
    for ax, sign in zip(axes, word("panel.letters", language), strict=False):
        with drawing(ax) as (_, look):
            if look.profile.headed:
                return
            ax.set_title(sign, loc="left", fontweight="bold", fontsize=look.size(8))


def by_dimension(
    table: pd.DataFrame,
    function: Callable[..., Axes],
    *,
    profile: str = "paper",
    dimensions: Sequence[str] | None = None,
    **options: Any,
) -> Figure:
    """Draw one panel for each dimension, titled with the dimension's name.

    The function is one of this package, such as `intervals`; it takes the table and the options.
    `dimensions` are codes, those of the table by default; one without rows is left out, and
    BadTable is raised if there are rows of none.
    """
    there = set(table["dimension"])
    codes = [code for code in DIMENSIONS if code in there and code in (dimensions or DIMENSIONS)]
    if not codes:
        raise BadTable(
            f"The table has no rows of {', '.join(dimensions or DIMENSIONS)}; it has "
            f"{', '.join(sorted(there)) or 'no dimension'}."
        )
    size: dict[str, Any] = {"sharex": True}
    names = options.get("names") or {}
    listed = [names.get(code, code) for code in table["economy"].unique()]
    if 1 < len(listed) <= 20:
        look = Look(profile)
        longest = max(map(look.measure, listed)) / look.scale
        wide = 55 if "year" in table and len(set(table["year"])) > 1 else 20  # lines, or points
        size |= {"panel_height": height_of_list(len(listed)), "narrowest": longest + wide}
    fig, axes = figure(profile=profile, panels=len(codes), **size)
    shown = np.atleast_1d(axes)
    if len(codes) > 1:
        letter(shown, language=options.get("language", "en"))
    for code, ax in zip(codes, shown, strict=True):
        ax.set_title(label := word(f"dimension.{code}", options.get("language", "en")))
        function(table[table["dimension"] == code], ax=ax, **options)
        title(ax, label)
    label_outer(list(shown))
    legends = [legend for ax in shown if (legend := ax.get_legend())]
    for legend in legends:
        legend.remove()
    keys = [key for of in legends for key in zip(of.texts, of.legend_handles, strict=True)]
    if keys:
        legend_of_figure(fig, {text.get_text(): handle for text, handle in keys})
    return fig


def label_outer(axes: Sequence[Axes]) -> None:
    """Label x axes on the lowest panel of a column only, y axes on the left, if all agree."""
    grid = axes[0].get_gridspec()
    columns = grid.ncols if grid else 1
    labels = {" ".join(ax.get_xlabel().split()) for ax in axes}
    rows = {tuple(tick.get_text() for tick in ax.get_yticklabels()) for ax in axes}
    sides = {" ".join(ax.get_ylabel().split()) for ax in axes}
    for i, ax in enumerate(axes):
        if len(labels) == 1 and i + columns < len(axes):
            ax.set_xlabel("")
        if len(rows) == 1 and i % columns:
            ax.tick_params(labelleft=False)
        if len(sides) == 1 and i % columns:
            ax.set_ylabel("")


def height_of_list(count: int) -> float:
    """Return the height of a panel that lists names, for `figure` (mm at text of 8 points)."""
    return 24 + 4.4 * count


def title(ax: Axes, text: str, *, bold: bool = False) -> None:
    """Write a title above a panel, beside its letter, in lines that fit the panel."""
    with drawing(ax) as (_, look):
        left = max((look.measure(label.get_text()) for label in ax.get_yticklabels()), default=0)
        if label := ax.get_ylabel():
            left += (label.count("\n") + 2) * look.size(8) * POINT
        letter = 4.0 * look.scale if ax.get_title(loc="left") else 0.0
        free = look.width - left - 4 * look.scale
        room = (0.86 if bold else ROOM) * (free - letter)  # bold letters are wider
        weight = "bold" if bold else "normal"
        written = ax.set_title(look.wrap(text, room, 7), x=0, ha="left", fontweight=weight)
        aside = ScaledTranslation(letter / MM, 0, ax.figure.dpi_scale_trans)
        written.set_transform(written.get_transform() + aside)


def legend_of_figure(fig: Figure, handles: Mapping[str, Any]) -> None:
    """Put one legend below all panels, in as many columns as fit."""
    made_for = _made_for.get(fig, _active.get())
    with style(*made_for):
        width = float(fig.get_size_inches()[0]) * MM
        columns, labels = Look(*made_for).legend_columns(list(handles), width)
        fig.legend(list(handles.values()), labels, loc="outside lower center", ncols=columns)
