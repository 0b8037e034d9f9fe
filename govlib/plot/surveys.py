"""Figures of surveys: a tidy table in, Axes out."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from govlib.datasets.surveys import NO_OPINION
from govlib.errors import BadTable
from govlib.i18n import check_language, translate, text as word, wrap
from govlib.plot.panels import legend_below
from govlib.plot.ticks import write_ticks
from govlib.stats.shares import NO_OPINION

# Okabe and Ito's colours, apart for every common colour vision; the marker differs as well.
MARKS = [
    *[("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D")],
    *[("#000000", "v"), ("#56B4E9", "P"), ("#E69F00", "X"), ("#666666", "*")],
]
# From agreement to disagreement; those without an opinion are grey and hatched.
AGREEMENT = {
    2: ["#2166AC", "#EF8A62"],
    3: ["#2166AC", "#D9D9D9", "#B2182B"],
    4: ["#2166AC", "#92C5DE", "#FDDBC7", "#B2182B"],
}
DARK = ("#2166AC", "#B2182B", "#0072B2")
# Letters to a line: two columns of Kazakh or Russian words fit under a figure for print.
LEGEND_WIDTH = 26


def plot_shares(
    table: pd.DataFrame,
    *,
    rows: str = "item",
    marks: str = "wave",
    labels: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw shares as points with their intervals, one row of the figure per item or group.

    Parameters
    ----------
    table : DataFrame
        One row per `rows` and `marks` with `share`, `share_lower` and `share_upper` (percent), as
        `add_share_interval` returns them, in the order to be drawn.
    rows, marks : str
        Columns whose values become the rows of the figure and its points.
    labels : mapping of str to str, optional
        Words for values, as `survey.label_survey` returns them in a language, and for the axis
        (``share``); the values themselves and English by default.
    ax : Axes, optional
        Where to draw; the current Axes by default.

    Returns
    -------
    Axes
        One labelled ErrorbarContainer per mark.

    Raises
    ------
    BadTable
        If a column is missing, or two rows of the table are one point.
    """
    check_columns(table, [rows, marks, "share", "share_lower", "share_upper"], [rows, marks])
    ax = plt.gca() if ax is None else ax
    labels = labels or {}
    names = list(dict.fromkeys(table[rows]))
    kinds = list(dict.fromkeys(table[marks]))
    places = np.arange(len(names))[::-1]
    # One below the other, so that no interval hides another.
    offsets = ((len(kinds) - 1) / 2 - np.arange(len(kinds))) * 0.6 / max(len(kinds), 2)
    for i, kind in enumerate(kinds):
        points = table[table[marks] == kind].set_index(rows).reindex(names)
        colour, marker = MARKS[i % len(MARKS)]
        ax.errorbar(
            points["share"],
            places + offsets[i],
            xerr=[points["share"] - points["share_lower"], points["share_upper"] - points["share"]],
            label=wrap(labels.get(kind, kind), LEGEND_WIDTH),
            color=colour,
            marker=marker,
            linestyle="none",
            markersize=3,
            capsize=2.5,
            elinewidth=0.8,
        )
    ax.set_yticks(places, [wrap(labels.get(name, name), 22) for name in names])
    ax.set_ylim(-0.6, len(names) - 0.4)
    ax.set_xlim(0, 100)
    ax.grid(axis="x", color="0.9", linewidth=0.5)
    ax.set_xlabel(labels.get("share", word("axis.share")))
    legend_below(ax, ax.containers)
    return ax


def plot_answers(
    table: pd.DataFrame, *, labels: Mapping[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the answers of each item and wave as one stacked bar.

    Parameters
    ----------
    table : DataFrame
        A survey table of one question and one group: one row per wave, item and answer.
    labels : mapping of str to str, optional
        Words for items and answers, as `survey.label_survey` returns them in a language, and for
        the axis (``share_of_all``); their names and English by default.
    ax : Axes, optional
        Where to draw; the current Axes by default.

    Returns
    -------
    Axes
        One labelled BarContainer per answer; bars from the top by item and wave. Shares of 5
        percent and more are written into their bar.

    Raises
    ------
    BadTable
        If a column is missing or two rows of the table are one part of a bar.
    """
    check_columns(table, ["wave", "item", "answer", "share"], ["wave", "item", "answer"])
    ax = plt.gca() if ax is None else ax
    labels = labels or {}
    answers = list(dict.fromkeys(table["answer"]))
    opinions = [answer for answer in answers if answer not in NO_OPINION]
    answers = [*opinions, *(answer for answer in answers if answer in NO_OPINION)]
    colours = AGREEMENT.get(len(opinions)) or [c for c, _ in MARKS[: len(opinions)]]
    by_bar = table.set_index(["item", "wave"])
    items = list(dict.fromkeys(table["item"]))
    bars = sorted(dict.fromkeys(by_bar.index), key=lambda bar: items.index(bar[0]))
    # A gap between items.
    places = [-(i + 0.6 * items.index(item)) for i, (item, _) in enumerate(bars)]
    left = np.zeros(len(bars))
    for i, answer in enumerate(answers):
        of_one = by_bar.loc[by_bar["answer"] == answer, "share"].reindex(bars).fillna(0.0)
        style: dict[str, Any] = (
            {"color": colours[i]}
            if answer in opinions
            else {"color": "0.92", "hatch": "///" if answer == NO_OPINION[0] else "..."}
        )
        drawn = ax.barh(
            places, of_one, left=left, label=wrap(labels.get(answer, answer), LEGEND_WIDTH), **style
        )
        for bar in drawn:
            bar.set(edgecolor="0.7" if answer in NO_OPINION else "white", linewidth=0.4)
        dark = answer in opinions and colours[i] in DARK
        # Halves up, as printed tables do: formatting would make 39.5 a 40 but 30.5 a 30.
        texts = [f"{int(share + 0.5)}" if share >= 5 else "" for share in of_one]
        written = ax.bar_label(
            drawn, texts, label_type="center", fontsize=6, color="white" if dark else "black"
        )
        if "hatch" in style:  # no line runs through a number
            for text in filter(Text.get_text, written):
                text.set_bbox({"facecolor": style["color"], "edgecolor": "none", "pad": 0.8})
        left += of_one.to_numpy()
    named = [item for item, _ in bars]
    # The item is named at its first bar only; the bars below it are its later waves.
    ticks = [
        wave if item in named[:i] else f"{wrap(labels.get(item, item), 22)}, {wave}"
        for i, (item, wave) in enumerate(bars)
    ]
    ax.set_yticks(places, ticks)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, 100)
    ax.set_xlabel(labels.get("share_of_all", word("axis.share_of_all")))
    legend_below(ax, ax.containers)
    return ax


def plot_ranges(ranges: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Shade ranges of shares behind the points of `plot_shares`, in the colours of its marks.

    Parameters
    ----------
    ranges : DataFrame
        One row per range, in the order of the marks: `lower`, `upper` (percent).
    ax : Axes, optional
        Where to draw; the current Axes by default.

    Returns
    -------
    Axes
        With one patch per range.

    Raises
    ------
    BadTable
        If a column is missing.
    """
    check_columns(ranges, ["lower", "upper"])
    ax = plt.gca() if ax is None else ax
    for (lower, upper), (colour, _) in zip(
        ranges[["lower", "upper"]].to_numpy(), MARKS, strict=False
    ):
        # Light, not transparent: EPS knows no transparency.
        light = 1 - 0.15 * (1 - np.array(to_rgb(colour)))
        ax.axvspan(lower, upper, facecolor=tuple(light), edgecolor="none", zorder=0)
    return ax


def plot_single_figures(
    table: pd.DataFrame, *, language: str = "en", ax: Axes | None = None
) -> Axes:
    """Draw single published percentages over the years, one line per item.

    No interval is drawn, since none is published with them.

    Parameters
    ----------
    table : DataFrame
        Rows of `read_single_figures` in percent: `date`, `item`, `value`. Without rows the Axes
        says that none is held.
    language : str
        Of words and numbers: "en", "ru" or "kk".
    ax : Axes, optional
        Where to draw; the current Axes by default.

    Returns
    -------
    Axes
        One labelled Line2D per item.

    Raises
    ------
    BadTable
        If a column is missing or an item has two figures of one date.
    UnknownName
        If there is no such language, or no word for an item in it.
    """
    check_language(language)
    check_columns(table, ["date", "item", "value"], ["item", "date"])
    ax = plt.gca() if ax is None else ax
    for (item, points), (colour, marker) in zip(
        table.groupby("item", sort=False), MARKS, strict=False
    ):
        years = points["date"].str[:4].astype(int)
        label = wrap(translate(str(item), "item", language), LEGEND_WIDTH)
        ax.plot(years, points["value"], label=label, color=colour, marker=marker)
    if table.empty:
        nothing = word("axis.no_figures", language)
        ax.text(0.5, 0.5, nothing, transform=ax.transAxes, ha="center", va="center")
    else:
        legend_below(ax, ax.lines)
    ax.set_ylim(0, 100)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12, min_n_ticks=1))
    ax.set_xlabel(word("axis.year", language))
    ax.set_ylabel(word("axis.percent", language))
    write_ticks(ax.yaxis, language)
    return ax


def check_columns(table: pd.DataFrame, columns: list[str], key: Sequence[str] = ()) -> None:
    """Refuse a table that cannot be drawn.

    Parameters
    ----------
    table : DataFrame
        To be drawn.
    columns : list of str
        Columns that it needs.
    key : sequence of str
        Columns that name one point of the figure; none by default.

    Raises
    ------
    BadTable
        If a column is missing, or two rows are one point.
    """
    missing = [column for column in columns if column not in table]
    if missing:
        raise BadTable(f"The table lacks {', '.join(missing)}; it has {', '.join(table.columns)}.")
    if key and table.duplicated(list(key)).any():
        first = table.loc[table.duplicated(list(key)), list(key)].iloc[0]
        raise BadTable(
            f"Two rows are one point: {', '.join(map(str, first))}. Choose what tells them apart, "
            "such as one group, base and answer."
        )
