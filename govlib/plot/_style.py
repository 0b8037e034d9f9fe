"""Figures drawn for their journal from the start, and what is known of each panel.

`figure` and `style` set width, fonts, sizes and line weights of a profile before anything is drawn.
All sizes in this package are written for text of 8 points and scaled to the profile's own
(`Look`). Each plot function registers a `Panel`: the table it drew, the points with their hover
texts, and a function that writes caption and alternative text; `describe` reads them.

All plot functions take these options:

highlight : str, optional
    Code of the economy that is drawn in colour; one that is not in the table changes nothing.
names : mapping of str to str, optional
    Names by code; the codes themselves by default.
language : str
    Of text and numbers: "en", "ru" or "kk".
ax : Axes, optional
    Where to draw; by default the current Axes, or a new figure for the profile `paper`.

They return the Axes, and raise BadTable for a table that cannot be drawn and UnknownName for a
language that does not exist.
"""

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from babel.numbers import get_decimal_symbol
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.legend import Legend
from matplotlib.textpath import TextToPath
from matplotlib.ticker import ScalarFormatter
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from govlib.errors import BadTable
from govlib.i18n.labels import DIMENSIONS
from govlib.i18n.words import check_language, word
from govlib.plot.profiles import Profile, find_profile, register_fonts

MM = 25.4
POINT = MM / 72
"""A point in millimetres."""

DRAWN_PT = 8.0
"""The size of text that sizes in this package are written for."""

ROOM = 0.95
"""The part of its room that a text may take: widths differ by a few percent between formats."""

_active: ContextVar[str | None] = ContextVar("profile", default=None)
_made_for: WeakKeyDictionary[Figure, str] = WeakKeyDictionary()
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


class Look:
    """Sizes of a profile, and the room that a panel has (mm)."""

    def __init__(self, profile: Profile, ax: Axes | None = None) -> None:
        """Measure the part of the figure in which a panel is."""
        self.profile = profile
        self.scale = profile.font_size_pt / DRAWN_PT
        self.width = self.height = 0.0
        self.across = 0.5
        if ax is not None:
            width, height = (
                side * MM for side in ax.figure.get_figure(root=True).get_size_inches()
            )
            self.width, self.height = float(width), float(height)
            spec = ax.get_subplotspec()
            if spec is not None:
                whole = spec.get_topmost_subplotspec()
                rows, columns = whole.get_gridspec().get_geometry()
                self.width *= len(whole.colspan) / columns
                self.height *= len(whole.rowspan) / rows
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
        family = tuple(self.profile.fonts)
        return max((_width(line, family) for line in text.split("\n")), default=0) * (
            self.size(points) * POINT
        )

    def wrap(self, text: str, room: float, points: float = 8) -> str:
        """Break a text into lines that fit a room (mm), at spaces and hyphens."""
        if self.measure(text, points) <= room:
            return text
        words, found = " ".join(text.split()), [text]
        for letters in range(len(words), 7, -1):
            lines = textwrap.wrap(words, letters, break_long_words=letters == 8)
            if max(self.measure(line, points) for line in found) > room or len(lines) == len(found):
                found = lines
            else:
                break
        return "\n".join(found)


@cache
def _width(text: str, family: tuple[str, ...]) -> float:
    """Return the width of a line of text in multiples of its size."""
    register_fonts()
    prop = FontProperties(family=list(family), size=100)
    width, _, _ = TextToPath().get_text_width_height_descent(text, prop, ismath=False)
    return float(width) / 100


@cache
def _settings(name: str) -> dict[str, Any]:
    """Return the rcParams of a profile, other than matplotlib's defaults."""
    register_fonts()
    profile = find_profile(name)
    look = Look(profile)
    ticks = {
        f"{axis}tick.{key}": value
        for axis in "xy"
        for key, value in {
            "labelsize": look.size(7),
            "major.width": look.line(0.6),
            "major.size": look.line(3.5),
            "major.pad": look.line(3.5),
        }.items()
    }
    return ticks | {
        "figure.figsize": (_whole_width(profile, 1) / MM, 80 * look.scale / MM),
        "figure.dpi": 150,
        "figure.constrained_layout.use": True,
        "savefig.dpi": profile.dpi,
        "savefig.bbox": None,
        "savefig.facecolor": "white",
        "savefig.transparent": False,
        "font.family": list(profile.fonts),
        "font.size": look.size(8),
        "text.hinting": "none",  # text is as wide at any number of pixels
        "axes.labelsize": look.size(8),
        "axes.labelpad": look.line(4),
        "axes.titlesize": look.size(7),
        "axes.titlepad": look.line(5),
        "axes.titley": 1.0,  # to look for ticks on top takes a tenth of all drawing
        "axes.linewidth": look.line(0.6),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "figure.labelsize": look.size(8),
        "figure.titlesize": look.size(8),
        "legend.fontsize": look.size(7),
        "legend.title_fontsize": look.size(7),
        "legend.frameon": False,
        "legend.handlelength": 3,
        "lines.linewidth": look.line(1.2),
        "lines.markersize": look.line(4),
        "lines.markeredgewidth": look.line(1.0),
        "patch.linewidth": look.line(1.0),
        "hatch.linewidth": look.line(1.0),
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
        "svg.fonttype": "path",
        "svg.hashsalt": "govlib",
    }


@contextmanager
def style(profile: str = "paper") -> Iterator[None]:
    """Draw and save for a journal: fonts, sizes and line weights of a profile.

    Starts from matplotlib's defaults, whatever the user's own settings are. Figures that pyplot
    makes meanwhile are known as made for this profile (`profile_of`).

    Parameters
    ----------
    profile : str
        Name of a profile, as `profiles.find_profile` takes it.

    Raises
    ------
    UnknownName
        If there is no such profile.
    """
    settings = _settings(profile)
    before = set(plt.get_fignums())
    token = _active.set(profile)
    try:
        with plt.style.context(["default", settings]):
            yield
    finally:
        _active.reset(token)
        new = [number for number in plt.get_fignums() if number not in before]
        current = plt.gcf().number if new else 0
        for number in new:
            _made_for.setdefault(plt.figure(number), profile)
        if new:
            plt.figure(current)


def profile_of(fig: Figure) -> str:
    """Return the profile that a figure was made for: "paper" for one made by plain pyplot."""
    return _made_for.get(fig) or _active.get() or "paper"


def _whole_width(profile: Profile, columns: int) -> float:
    """Return the width of a figure (mm): the profile's, or 120 mm and 180 of several columns."""
    return profile.width_mm or min(120 if columns == 1 else 180, profile.max_width_mm)


def figure(
    *,
    profile: str = "paper",
    rows: int = 1,
    columns: int = 1,
    panels: int | None = None,
    height: float | None = None,
    lines: int = 0,
    panel_width: float = 72,
    panel_height: float = 80,
    **grid: Any,
) -> tuple[Figure, Any]:
    """Make a figure for a journal: its width, fonts, sizes and line weights.

    Parameters
    ----------
    profile : str
        Name of a profile, as `profiles.find_profile` takes it.
    rows, columns : int
        Of panels; ignored if `panels` is given.
    panels : int, optional
        How many panels; as many stand side by side as the profile's width has room for.
    height : float, optional
        Of the figure (mm), at most the profile's; by default what the panels need.
    lines : int
        How many names each panel lists one below the other: with it the height grows.
    panel_width, panel_height : float
        Of a panel (mm at text of 8 points): the least width if `panels` is given, and the height
        without `lines`.
    **grid
        For ``pyplot.subplots``: ``sharex``, ``height_ratios``, ...

    Returns
    -------
    Figure
    Axes or ndarray of Axes
        Several in reading order.

    Raises
    ------
    UnknownName
        If there is no such profile.
    """
    found = find_profile(profile)
    scale = found.font_size_pt / DRAWN_PT

    def needed(columns: int) -> float:
        width = _whole_width(found, columns) / columns / scale
        return 24 + 4.4 * lines if lines else panel_height * max(1, width / 120)

    if panels is not None:
        widest = _whole_width(found, panels) / scale
        columns = min(max(1, int(widest / panel_width)), panels)
        while (
            -(-panels // columns) * needed(columns) * scale > found.max_height_mm
            and columns < panels
            and widest / (columns + 1) >= 0.75 * panel_width
        ):
            columns += 1
        rows = -(-panels // columns)
    if height is None:
        height = rows * needed(columns) * scale
    size = _whole_width(found, columns) / MM, min(height, found.max_height_mm) / MM
    with style(profile):
        fig, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, **grid)
        shown = list(axes.flat)[: panels or None]
        for ax in list(axes.flat)[len(shown) :]:
            ax.remove()
        for ax in shown[-columns:]:  # the lowest that is drawn of each column
            ax.tick_params(labelbottom=True)
    _made_for[fig] = profile
    return fig, shown[0] if len(shown) == 1 else np.array(shown)


@contextmanager
def drawing(ax: Axes | None) -> Iterator[tuple[Axes, Look]]:
    """Draw into an Axes, or the current one, in the style of its figure's profile."""
    if ax is None:
        ax = plt.gca() if plt.get_fignums() else figure(profile=_active.get() or "paper")[1]
    assert ax is not None
    fig = ax.figure.get_figure(root=True)
    assert fig is not None
    name = profile_of(fig)
    profile = find_profile(name)
    with style(name):
        look = Look(profile, ax)
        # Ticks are made when they are drawn, outside of this style.
        ax.tick_params(labelsize=look.size(7), labelfontfamily=list(profile.fonts))
        yield ax, look


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

    Panels of one kind are described together, from all their tables; panels of several kinds in
    turn, lettered. Without a registered panel all texts are empty.
    """
    found = [panel for _, panel in panels(shown)]
    if not found:
        return Description("", "", "", "en", [])
    language = found[0].language
    tables = [panel.table for panel in found]
    if len({panel.kind for panel in found}) == 1:
        table = pd.concat(tables, ignore_index=True).drop_duplicates() if tables[1:] else tables[0]
        caption, text = found[0].write(table)
    else:
        written = [panel.write(panel.table) for panel in found]
        signs = word("panel.letters", language)
        caption, text = (
            " ".join(f"({sign}) {part}" for sign, part in zip(signs, parts, strict=False))
            for parts in zip(*written, strict=True)
        )
    first = re.match(r".*?\.(?=\s|$)", caption, re.DOTALL)
    return Description(caption, text, first[0] if first else caption, language, tables)


def letter(axes: Iterable[Axes], *, language: str = "en") -> None:
    """Write the letters a, b, c, ... above panels, in bold, as `describe` names them."""
    for ax, sign in zip(axes, word("panel.letters", language), strict=False):
        with drawing(ax) as (_, look):
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

    Parameters
    ----------
    table : DataFrame
        As the function takes it, of several dimensions.
    function : function
        A plot function of this package, such as `intervals`.
    profile : str
        Name of a profile, as `figure` takes it.
    dimensions : sequence of str, optional
        Codes; those of the table by default. One without rows is left out.
    **options
        For the function: `highlight`, `names`, `language`, ...

    Returns
    -------
    Figure

    Raises
    ------
    BadTable
        If the table has none of the dimensions; otherwise as the function.
    """
    there = set(table["dimension"])
    codes = [code for code in dimensions or DIMENSIONS if code in there]
    if not codes:
        raise BadTable(
            f"The table has no rows of {', '.join(dimensions or DIMENSIONS)}; it has "
            f"{', '.join(sorted(there)) or 'no dimension'}."
        )
    economies = table["economy"].nunique()
    fig, axes = figure(
        profile=profile, panels=len(codes), lines=economies if 1 < economies <= 20 else 0
    )
    for code, ax in zip(codes, np.atleast_1d(axes), strict=True):
        function(table[table["dimension"] == code], ax=ax, **options)
        title(ax, word(f"dimension.{code}", options.get("language", "en")))
    return fig


def title(ax: Axes, text: str) -> None:
    """Write a title above a panel, in as many lines as it needs."""
    with drawing(ax) as (_, look):
        ax.set_title(look.wrap(text, ROOM * look.width, 7))


def label_axes(ax: Axes, look: Look, *, x: str = "", y: str = "", beside: float = 12) -> None:
    """Label the axes, in lines that fit the panel; `beside`: width left of the Axes (mm)."""
    if x:
        ax.set_xlabel(look.wrap(x, ROOM * max(look.width - beside, look.width / 3)))
    if y:
        ax.set_ylabel(look.wrap(y, max(0.85 * look.height - 25 * look.scale, 25 * look.scale)))


def legend_columns(
    look: Look, labels: Iterable[str], room: float, *, most: int = 4
) -> tuple[int, list[str]]:
    """Return in how many columns the entries of a legend fit a room (mm), and their lines.

    As many as leave every entry in two lines; one column if none does.
    """
    labels = list(labels)
    handle = 6.0 * look.size(7) * POINT  # with the gaps beside it
    for columns in range(max(min(most, len(labels)), 1), 0, -1):
        free = ROOM * room / columns - handle
        if free < 8 * look.size(7) * POINT and columns > 1:
            continue
        lines = [look.wrap(label, free, 7) for label in labels]
        fits = all(look.measure(line) <= free and line.count("\n") < 2 for line in lines)
        if fits or columns == 1:
            break
    return columns, lines


def legend_below(ax: Axes, look: Look, handles: Iterable[Any], **options: Any) -> Legend:
    """Put the legend of a panel below it and its label, in as many columns as fit."""
    handles = list(handles)
    columns, labels = legend_columns(look, (str(h.get_label()) for h in handles), look.width)
    lines = ax.get_xlabel().count("\n") + 1
    below = look.line(12) + 1.2 * (look.size(7) + lines * look.size(8))
    fig = ax.figure
    lower = ax.transAxes + ScaledTranslation(0, -below / 72, fig.dpi_scale_trans)
    return ax.legend(
        handles,
        labels,
        loc="upper center",
        bbox_to_anchor=(look.across, 0),
        bbox_transform=blended_transform_factory(fig.transFigure, lower),
        borderaxespad=0,
        ncols=columns,
        **options,
    )


def legend_of_figure(fig: Figure, handles: Mapping[str, Any], **options: Any) -> Legend:
    """Put one legend below all panels, in as many columns as fit."""
    with style(profile_of(fig)):
        look = Look(find_profile(profile_of(fig)))
        columns, labels = legend_columns(look, handles, float(fig.get_size_inches()[0]) * MM)
        return fig.legend(
            list(handles.values()), labels, loc="outside lower center", ncols=columns, **options
        )


def write_in_middle(ax: Axes, look: Look, text: str) -> None:
    """Write into an empty Axes why it is empty."""
    lines = look.wrap(text, 0.6 * look.width, 8)
    ax.text(0.5, 0.5, lines, transform=ax.transAxes, ha="center", va="center")


class _DecimalSymbol(ScalarFormatter):
    """Writes numbers as matplotlib does, with another decimal symbol."""

    def __init__(self, symbol: str) -> None:
        super().__init__()
        self._symbol = symbol

    def __call__(self, x: float, pos: Any = None) -> str:
        return super().__call__(x, pos).replace(".", self._symbol)


def write_ticks(axis: Axis, language: str) -> None:
    """Write the numbers of an axis with the decimal symbol of a language."""
    check_language(language)
    symbol = get_decimal_symbol(language)
    if symbol != ".":
        axis.set_major_formatter(_DecimalSymbol(symbol))
