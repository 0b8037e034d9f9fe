"""One economy over the years."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from govlib.errors import BadTable, UnknownName, did_you_mean
from govlib.i18n import join_years
from govlib.plot._style import (
    Look,
    Panel,
    Point,
    draw_points,
    draw_zero,
    drawing,
    label_axes,
    legend_below,
    register,
    write_ticks,
)
from govlib.plot._text import DIGITS, Say, check_one, points_key, span_of
from govlib.stats._tables import Z90, check_table

# Okabe and Ito's colours, apart for every common colour vision; marker and line differ as well.
STYLES: dict[str, tuple[str, str, Any]] = {
    "va": ("#D55E00", "s", "--"),
    "pv": ("#CC79A7", "^", ":"),
    "ge": ("#0072B2", "o", "-"),
    "rq": ("#009E73", "D", "-."),
    "rl": ("#56B4E9", "v", (0, (5, 1, 1, 1, 1, 1))),
    "cc": ("#000000", "P", (0, (1, 1))),
}


def trend(
    table: pd.DataFrame,
    *,
    measure: str = "estimate",
    highlight: str | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the estimates of one economy over the years with their 90% intervals.

    One labelled ErrorbarContainer per dimension, in the order va pv ge rq rl cc. Lines join
    consecutive calendar years only; a year in which no dimension has an estimate is shaded.
    Without standard errors no interval is drawn; the caption says so.

    Parameters
    ----------
    table : DataFrame
        One edition and one economy; one row per year and dimension with `estimate` and
        `standard_error` (standard normal units).
    measure : str
        "estimate"; or "percentile_rank" or "score" (0 to 100), with its bounds in the columns
        `<measure>_lower` and `<measure>_upper`.
    highlight : str, optional
        Code of a dimension whose line is thicker.

    Raises
    ------
    BadTable
        As `stats.check_table`; also if there are several economies, or no value of the measure.
    """
    say = Say(language, names, highlight)
    _check_measure(table, measure)
    with drawing(ax) as (ax, look):
        handles = draw_trend(ax, look, table, measure, say)
        label_axes(ax, look, x=say("axis.year"), y=say(f"axis.{measure}"))
        legend_below(ax, look, handles)
    kind = "trend" if measure == "estimate" else f"trend_{measure}"
    points = trend_points(table, measure, say)
    write = partial(_write, measure=measure, say=say)
    return register(ax, Panel(kind, table, language, points, write))


def draw_trend(ax: Axes, look: Look, table: pd.DataFrame, measure: str, say: Say) -> list[Any]:
    """Draw the lines of one economy; return the handles of a legend."""
    years = np.arange(table["year"].min(), table["year"].max() + 1)
    handles: list[Any] = []
    for dimension, (label, offset) in _places(table, say).items():
        rows = table.loc[table["dimension"] == dimension].set_index("year").reindex(years)
        colour, marker, line = STYLES[dimension]
        looks: dict[str, Any] = {"color": colour, "marker": marker, "label": label}
        looks |= {"capsize": 2, "elinewidth": 0.8}
        looks["linewidth"] = 2 if dimension == say.highlight else 1.2
        reach = reach_of(rows, measure)
        bars = draw_points(ax, look, years + offset, rows[measure], yerr=reach, **looks)
        bars.lines[0].set_linestyle(line)
        if rows["estimate"].notna().any():
            handles.append(bars)
    if measure == "estimate":
        draw_zero(ax.axhline, look)
    empty = years_without_estimate(table)
    for year in empty:
        ax.axvspan(year - 0.5, year + 0.5, facecolor="0.92", edgecolor="none", zorder=-1)
    if empty:
        handles.append(Patch(facecolor="0.92", edgecolor="none", label=say("axis.no_estimate")))
    ax.set_xlim(years[0] - 0.5, years[-1] + 0.5)
    if len(empty) == len(years):
        ax.set_ylim((-2.5, 2.5) if measure == "estimate" else (0, 100))
    year_ticks(ax, look)
    write_ticks(ax.yaxis, say.language)
    return handles


def trend_points(table: pd.DataFrame, measure: str, say: Say) -> list[Point]:
    """Return the points of one economy with their hover texts."""
    places = _places(table, say)
    rows = table[table["estimate"].notna() & table[measure].notna()]
    found = []
    for row, below, above in zip(rows.to_dict("records"), *reach_of(rows, measure), strict=True):
        label = say.hover_row(row, measure, (row[measure] - below, row[measure] + above))
        x = row["year"] + places[row["dimension"]][1]
        found.append(Point(x, row[measure], label))
    return found


def year_ticks(ax: Axes, look: Look) -> None:
    """Write whole years only, as many as the panel's width has room for."""
    room = int(min(max((look.width / look.scale - 16) / 9, 3), 12))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=room, min_n_ticks=1))


def _places(table: pd.DataFrame, say: Say) -> dict[str, tuple[str, float]]:
    """Return each dimension's name, and how far it is moved so that no interval hides another."""
    labels = say.dimensions(table)
    middle = (len(labels) - 1) / 2
    return {code: (labels[code], (i - middle) * 0.1) for i, code in enumerate(labels)}


def _write(table: pd.DataFrame, measure: str, say: Say) -> tuple[str, str]:
    """Write caption and alternative text."""
    edition, years = table["edition"].iloc[0], span_of(table["year"])
    labels = say.dimensions(table)
    name = ", ".join(map(say.name, dict.fromkeys(table["economy"])))
    head = say("trend.head", dimensions="; ".join(labels.values()), name=name, years=years)
    source = say("trend.source", edition=edition)
    chart = say("trend.chart", years=years, axis=say(f"axis.{measure}"))
    estimates = table.dropna(subset="estimate")
    if estimates.empty:
        none = say("trend.none", edition=edition)
        return f"{head} {none} {source}", f"{chart} {head} {none}"
    of_measure = "" if measure == "estimate" else f"_{measure}"
    parts = [head, say(f"trend.points{of_measure}" if of_measure else points_key(edition))]
    without = np.isnan(reach_of(estimates, measure)).any(axis=0)
    if without.all():
        parts.append(say("trend.no_errors", edition=edition))
    else:
        parts.append(say(f"trend.bars{of_measure}", z=say.number(Z90)))
        if without.any():
            parts.append(say("trend.some_errors"))
    empty = years_without_estimate(table)
    gaps = [say("trend.shaded", years=join_years(empty))] if empty else []
    values = []
    for code, label in labels.items():
        only = set(years_without_estimate(table[table["dimension"] == code])) - set(empty)
        if only:
            gaps.append(say("trend.lacking", dimension=label, years=join_years(sorted(only))))
        rows = estimates[estimates["dimension"] == code]
        if len(rows):
            listed = _values(rows, measure, say)
            values.append(say("trend.values", dimension=label, values=listed))
    return " ".join([*parts, *gaps, source]), " ".join([chart, head, *values, *gaps])


def _values(rows: pd.DataFrame, measure: str, say: Say) -> str:
    """Write up to eight values, or the first, last, lowest and highest of more."""
    digits = DIGITS[measure]
    values = []
    reaches = zip(rows["year"], rows[measure], *reach_of(rows, measure), strict=True)
    for year, value, below, above in reaches:
        given = {"value": say.number(value, digits), "year": year}
        if math.isnan(below) or math.isnan(above):
            values.append(say("trend.value", **given))
        else:
            ends = say.ends(value - below, value + above, digits)
            values.append(say("trend.value_interval", interval=ends, **given))
    if len(values) > 8:
        values = [values[0], values[-1]]
        known = rows.dropna(subset=measure).to_dict("records")
        for key, most in (("lowest", min), ("highest", max)):
            row = most(known, key=lambda one: one[measure])
            number = say.number(row[measure], digits)
            values.append(say(f"trend.end_{key}", value=number, year=row["year"]))
    return "; ".join(values)


def _check_measure(table: pd.DataFrame, measure: str) -> None:
    """Check that a table is of one edition and one economy, and has the measure."""
    if measure not in DIGITS:
        raise UnknownName(
            f"measure = {measure!r} is not known; known: {', '.join(DIGITS)}."
            f"{did_you_mean(measure, DIGITS)}"
        )
    columns = [] if measure == "estimate" else [f"{measure}{end}" for end in _ENDS]
    check_table(table, ["estimate", "standard_error", *columns])
    check_one(table, ["economy"])
    known = table["estimate"].notna()
    if known.any() and table.loc[known, measure].isna().all():
        there = [name for name in DIGITS if name in table and table[name].notna().any()]
        raise BadTable(
            f"Edition {table['edition'].iloc[0]} has no {measure}; it has {', '.join(there)}."
        )


_ENDS = ("", "_lower", "_upper")


def reach_of(rows: pd.DataFrame, measure: str) -> np.ndarray:
    """Return how far the 90% intervals reach below and above the values."""
    if measure == "estimate":
        half = Z90 * rows["standard_error"].to_numpy("float64")
        return np.array([half, half])
    value, lower, upper = (rows[f"{measure}{end}"].to_numpy("float64") for end in _ENDS)
    return np.array([value - lower, upper - value])


def years_without_estimate(table: pd.DataFrame) -> list[int]:
    """Return the years between the table's first and last that have no estimate."""
    years = table["year"]
    known = set(years[table["estimate"].notna()])
    return [year for year in range(int(years.min()), int(years.max()) + 1) if year not in known]
