"""Figures of one economy among others: a tidy table in, Axes out."""

from collections.abc import Iterator, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from govlib.errors import BadTable, UnknownName, did_you_mean
from govlib.i18n import check_language, text, wrap
from govlib.plot.ticks import write_ticks
from govlib.stats._tables import DIMENSIONS, Z90, check_table

OWN: dict[str, Any] = {"color": "#0072B2", "marker": "o", "markerfacecolor": "#0072B2", "zorder": 3}
OTHERS: dict[str, Any] = {"color": "0.45", "marker": "o", "markerfacecolor": "white", "zorder": 2}
MOST = 20
"""The most economies that are drawn side by side."""


def plot_intervals(
    table: pd.DataFrame,
    *,
    highlight: str | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the estimates of economies in one dimension and year with their 90% intervals.

    Parameters
    ----------
    table : DataFrame
        One edition, year and dimension, 1 to 20 economies, with `estimate` and `standard_error`
        (standard normal units).
    highlight : str, optional
        World Bank code of the economy in the table drawn in colour.
    names : mapping of str to str, optional
        Words for the economies by their code; the codes by default.
    language : str
        Of words and numbers: "en", "ru" or "kk".
    ax : Axes, optional
        Where to draw; the current Axes by default.

    Returns
    -------
    Axes
        One row per economy, the highest estimate on top; those without an estimate are listed at
        the bottom, with no point.

    Raises
    ------
    BadTable
        As `compare.check_table`; also if there is more than one year or dimension, or more than
        20 economies.
    UnknownName
        If the economy to highlight is not in the table, or there is no such language.
    """
    check_language(language)
    check_table(table, ["estimate", "standard_error"])
    _check_single(table, ["year", "dimension"], highlight=highlight)
    ax = plt.gca() if ax is None else ax
    rows = table.sort_values(["estimate", "economy"], ascending=[False, True])
    _draw_rows(
        ax,
        rows,
        rows["estimate"].to_numpy("float64"),
        np.array([Z90 * rows["standard_error"].to_numpy("float64")] * 2),
        highlight=highlight,
        names=_names(rows, names, language),
    )
    ax.axvline(0, color="0.6", linewidth=0.6, zorder=0)
    ax.set_xlabel(wrap(text("axis.estimate", language), 34))
    write_ticks(ax.xaxis, language)
    return ax


def plot_positions(
    league: pd.DataFrame,
    *,
    highlight: str | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the positions of economies with their 90% intervals.

    Parameters
    ----------
    league : DataFrame
        As `positions.league_table` or `positions.simulate_positions` return it: one edition, year
        and dimension, 1 to 20 economies.
    highlight, names, language, ax
        As in `plot_intervals`.

    Returns
    -------
    Axes
        One row per economy, the first position on top and to the right: right is better, as in
        `plot_intervals`. Economies without a position are listed at the bottom.

    Raises
    ------
    BadTable, UnknownName
        As `plot_intervals`.
    """
    check_table(league, ["position", "position_lower", "position_upper", "ranked"])
    _check_single(league, ["year", "dimension"], highlight=highlight)
    ax = plt.gca() if ax is None else ax
    rows = league.sort_values(["position", "economy"])
    position, lower, upper = (
        rows[c].astype("float64").to_numpy()
        for c in ("position", "position_lower", "position_upper")
    )
    # A position may lie outside its interval at the ends of a ranking, where draws go one way.
    reach = np.array([np.maximum(position - lower, 0), np.maximum(upper - position, 0)])
    names = _names(rows, names, language)
    _draw_rows(ax, rows, position, reach, highlight=highlight, names=names)
    ranked = int(rows["ranked"].iloc[0])
    ax.set_xlim(ranked + 0.5, 0.5)
    ax.set_xticks(range(1, ranked + 1, max(1, round(ranked / 6))))
    ax.set_xlabel(text("axis.position", language, count=ranked))
    return ax


def plot_slopes(
    table: pd.DataFrame,
    *,
    highlight: str | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the estimates of economies in two years, joined, with their 90% intervals.

    Parameters
    ----------
    table : DataFrame
        One edition and dimension, two years, 1 to 20 economies, with `estimate` and
        `standard_error` (standard normal units).
    highlight, names, language, ax
        As in `plot_intervals`.

    Returns
    -------
    Axes
        One line per economy, named at its right end; one that lacks a year has a point only, those
        that lack both are listed below, as having none.

    Raises
    ------
    BadTable
        As `compare.check_table`; also if there are not two years and one dimension, or more than
        20 economies.
    UnknownName
        If the economy to highlight is not in the table.
    """
    check_table(table, ["estimate", "standard_error"])
    _check_single(table, ["dimension"], highlight=highlight)
    years = sorted(set(table["year"]))
    if len(years) != 2:
        raise BadTable(f"A slope joins two years; the table has {', '.join(map(str, years))}.")
    ax = plt.gca() if ax is None else ax
    # `pivot_table` takes ten times as long, to average what is one row each.
    values, errors = (
        table.pivot(index="economy", columns="year", values=c)[years]  # noqa: PD010
        for c in ("estimate", "standard_error")
    )
    gone = [(names or {}).get(e, e) for e in values.index[values.isna().all(axis=1)]]
    values = values.dropna(how="all")
    last = values[years[1]].fillna(values[years[0]])
    values = values.loc[last.sort_values().index]
    # Side by side, so that the interval of one does not hide that of another.
    count = len(values)
    offsets = (np.arange(count) - (count - 1) / 2) * min(0.03, 0.24 / max(count - 1, 1))
    economies = list(map(str, values.index))
    reaches = Z90 * errors.loc[values.index].to_numpy("float64")
    ends, starts = last.loc[values.index].tolist(), offsets + values[years[1]].notna()
    # A missing value after each pair, where the line of the next economy begins anew.
    pairs = (offsets[:, None] + [0.0, 1.0], values.to_numpy("float64"), reaches)
    across, up, reach = (np.column_stack([pair, np.full(count, np.nan)]) for pair in pairs)
    for own, rows in _by_colour(economies, highlight):
        error = reach[rows].ravel()
        ax.errorbar(
            across[rows].ravel(),
            up[rows].ravel(),
            yerr=None if np.isnan(error).all() else error,
            label=" ".join(economies[i] for i in rows),
            elinewidth=0.6,
            linewidth=1.6 if own else 0.8,
            markersize=3,
            **(OWN if own else OTHERS),
        )
    # To the foot of each name's line, so that it is plain whose name it is.
    ax.hlines(ends, starts, 1.14, color="0.8", linewidth=0.4, zorder=1)
    ax.set_xlim(-0.25, 1.7)
    ax.set_xticks([0, 1], [str(year) for year in years])
    year = text("axis.year", language)
    lacking = text("axis.none_of", language, label=year, names=", ".join(gone)) if gone else year
    ax.set_xlabel(lacking)
    ax.set_ylabel(wrap(text("axis.estimate", language), 34))
    write_ticks(ax.yaxis, language)
    ax.autoscale_view()
    _name_ends(ax, economies, ends, highlight, names or {})
    return ax


def plot_distribution(
    table: pd.DataFrame,
    *,
    highlight: str | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw one economy among all: every economy a point, with its 90% interval.

    Parameters
    ----------
    table : DataFrame
        One edition, year and dimension, as `compare.rank_economies` returns it: with `estimate`,
        `standard_error` (standard normal units), `percentile_rank` and its bounds, `ranked`.
    highlight, names, language, ax
        As in `plot_intervals`; the economy in colour also has the bounds of its percentile rank.

    Returns
    -------
    Axes
        Estimates across, percentile ranks up; as many points as economies with an estimate. An
        economy to highlight that has none is named as having none.

    Raises
    ------
    BadTable
        As `compare.check_table`; also if there is more than one year or dimension.
    UnknownName
        If the economy to highlight is not in the table.
    """
    bounds = ["percentile_rank_lower", "percentile_rank_upper"]
    check_table(table, ["estimate", "standard_error", "percentile_rank", *bounds, "ranked"])
    _check_single(table, ["year", "dimension"], highlight=highlight, most=None)
    ax = plt.gca() if ax is None else ax
    held = table.dropna(subset=["estimate", "percentile_rank"])
    half = Z90 * held["standard_error"]
    ax.hlines(
        held["percentile_rank"],
        held["estimate"] - half,
        held["estimate"] + half,
        color="0.85",
        linewidth=0.5,
        zorder=1,
    )
    ax.plot(held["estimate"], held["percentile_rank"], "o", color="0.45", markersize=1.8, zorder=2)
    own = held.loc[held["economy"] == highlight]
    if len(own):
        row = own.iloc[0]
        y = row["percentile_rank"]
        has_error = pd.notna(row["standard_error"])
        ax.errorbar(
            row["estimate"],
            y,
            xerr=Z90 * row["standard_error"] if has_error else None,
            yerr=[[y - row[bounds[0]]], [row[bounds[1]] - y]] if has_error else None,
            label=str(highlight),
            capsize=2,
            **OWN,
        )
    if highlight is not None:  # the upper left of a rising curve is empty
        name = (names or {}).get(str(highlight), str(highlight))
        said = name if len(own) else text("axis.none", language, name=name)
        corner = {"transform": ax.transAxes, "va": "top", "color": OWN["color"]}
        ax.text(0.03, 0.97, wrap(said, 14), **corner)
    ax.set_ylim(-3, 103)
    ax.set_xlabel(wrap(text("axis.estimate", language), 34))
    write_ticks(ax.xaxis, language)
    number = int(held["ranked"].iloc[0]) if len(held) else 0
    ax.set_ylabel(text("axis.percentile_rank_among", language, count=number))
    return ax


def _check_single(
    table: pd.DataFrame,
    columns: list[str],
    *,
    highlight: str | None = None,
    most: int | None = MOST,
) -> None:
    """Refuse several years or dimensions, more economies than can be read, and one unknown."""
    for column in columns:
        found = sorted(set(table[column].astype(str)))
        if len(found) > 1:
            words = [DIMENSIONS.get(text, text) for text in found[:6]]
            raise BadTable(f"One {column} is drawn at a time; the table has {', '.join(words)}.")
    count = table["economy"].nunique()
    if most is not None and count > most:
        raise BadTable(
            f"{count} economies cannot be read side by side: choose {most} or fewer, or draw all "
            "with plot_distribution."
        )
    known = sorted(table["economy"].unique())
    if highlight is not None and highlight not in known:
        raise UnknownName(
            f"highlight = {highlight!r} is not among the {count} economies of the table."
            f"{did_you_mean(highlight, known)}"
        )


def _names(rows: pd.DataFrame, names: Mapping[str, str] | None, language: str) -> dict[str, str]:
    """Return the words of rows; those without a value say so."""
    column = "position" if "position" in rows else "estimate"
    found = {}
    for economy, value in zip(rows["economy"], rows[column], strict=True):
        name = (names or {}).get(economy, economy)
        found[economy] = text("axis.none", language, name=name) if pd.isna(value) else name
    return found


def _draw_rows(
    ax: Axes,
    rows: pd.DataFrame,
    values: np.ndarray,
    reach: np.ndarray,
    *,
    highlight: str | None,
    names: Mapping[str, str],
) -> None:
    """Draw one row per economy from the top: a point and its interval."""
    economies = rows["economy"].tolist()
    for own, places in _by_colour(economies, highlight):
        error = reach[:, places]
        ax.errorbar(
            values[places],
            places,
            xerr=None if np.isnan(error).all() else error,
            label=" ".join(economies[i] for i in places),
            capsize=1.5,
            elinewidth=1.2 if own else 0.8,
            linestyle="none",
            **(OWN if own else OTHERS),
        )
    ax.set_yticks(range(len(economies)), [names[economy] for economy in economies])
    for tick, economy in zip(ax.get_yticklabels(), economies, strict=True):
        if economy == highlight:
            tick.set_color(str(OWN["color"]))
            tick.set_fontweight("bold")
    ax.set_ylim(len(economies) - 0.5, -0.5)


def _by_colour(economies: list[str], highlight: str | None) -> Iterator[tuple[bool, np.ndarray]]:
    """Give the places of the others, then of the highlighted one, to be drawn at once, for speed.

    The label of what is drawn lists their codes.
    """
    is_own = np.array([economy == highlight for economy in economies], bool)
    for own in (False, True):
        places = np.flatnonzero(is_own == own)
        if len(places):
            yield own, places


def _name_ends(
    ax: Axes,
    economies: list[str],
    ends: list[float],
    highlight: str | None,
    names: Mapping[str, str],
) -> None:
    """Write names at the right ends of lines, moved apart so that none covers another."""
    if not ends:
        return
    low, high = ax.get_ylim()
    gap = (high - low) * 0.052
    order = np.argsort(ends, kind="stable")
    places = np.array(ends)[order]
    for _ in range(200):  # push neighbours apart, half each, until all have room
        lack = gap - np.diff(places)
        if (lack <= 1e-9).all():
            break
        push = np.where(lack > 0, lack / 2, 0)
        places[:-1] -= push
        places[1:] += push
    for place, i in zip(places, order, strict=True):
        own = economies[i] == highlight
        ax.text(
            1.3,
            place,
            names.get(economies[i], economies[i]),
            va="center",
            fontsize=6.5,
            color=OWN["color"] if own else "0.25",
            fontweight="bold" if own else "normal",
        )
    # Plain lines: matplotlib takes a hundred times as long to clip the arrow of an annotation.
    leaders = [[(1.14, ends[i]), (1.27, place)] for place, i in zip(places, order, strict=True)]
    ax.add_collection(LineCollection(leaders, linewidths=0.4, colors="0.6"), autolim=False)
    ax.set_ylim(min(low, places.min() - gap), max(high, places.max() + gap))
