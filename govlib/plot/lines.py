"""One economy over the years in several dimensions, or several economies in one."""

import math
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from govlib.errors import BadTable, UnknownName, did_you_mean
from govlib.i18n import join_years
from govlib.plot._style import (
    POINT,
    Look,
    Panel,
    Point,
    draw_points,
    draw_zero,
    drawing,
    label_axes,
    legend_below,
    register,
    spread,
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
ECONOMIES = [
    *[("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D")],
    *[("#000000", "v"), ("#56B4E9", "P"), ("#E69F00", "X"), ("#666666", "*")],
]
"""Colours and markers of several economies, of which none is highlighted."""
NOT_MEASURED = (1997, 1999, 2001)
"""Years without a WGI: no gap of an economy."""


def trend(
    table: pd.DataFrame,
    *,
    measure: str = "estimate",
    highlight: str | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw estimates over the years with their 90% intervals: lines, bands, names at their ends.

    One labelled ErrorbarContainer per dimension, in the order va pv ge rq rl cc, or per economy in
    the order of the table. A band joins what a line joins; a point alone has a bar. Lines break
    where an estimate lacks, other than in 1997, 1999 and 2001, and a year without any is shaded.
    Without standard errors no interval is drawn; the caption says so.

    Parameters
    ----------
    table : DataFrame
        One edition; one economy, or up to 8 in one dimension. One row per economy, year and
        dimension with `estimate` and `standard_error` (standard normal units); with `position`
        and `ranked`, up to three lines are also named by their rank.
    measure : str
        "estimate"; or "percentile_rank" or "score" (0 to 100), with its bounds in the columns
        `<measure>_lower` and `<measure>_upper`.
    highlight : str, optional
        Code of a dimension whose line is thicker, or of an economy: the others are grey.

    Raises
    ------
    BadTable
        As `stats.check_table`; also for several economies in several dimensions, for more than 8,
        or if there is no value of the measure.
    """
    say = Say(language, names, highlight)
    _check_measure(table, measure)
    with drawing(ax) as (ax, look):
        handles = draw_trend(ax, look, table, measure, say)
        _name_ends(ax, look, table, measure, say)
        label_axes(ax, look, x=say("axis.year"), y=say(f"axis.{measure}"))
        if handles:
            legend_below(ax, look, handles)
    kind = "trend" if measure == "estimate" else f"trend_{measure}"
    points = trend_points(table, measure, say)
    write = partial(_write, measure=measure, say=say)
    return register(ax, Panel(kind, table, language, points, write))


def draw_trend(ax: Axes, look: Look, table: pd.DataFrame, measure: str, say: Say) -> list[Any]:
    """Draw lines with bands; return the handles that explain bands and shades."""
    first, last = int(table["year"].min()), int(table["year"].max())
    years = np.setdiff1d(np.arange(first, last + 1), NOT_MEASURED)
    handles: list[Any] = []
    banded = False
    for code, (label, colour, marker, line) in _series(table, say).items():
        rows = table[table[_by(table)] == code].set_index("year").reindex(years)
        reach = reach_of(rows, measure)
        value = rows[measure].to_numpy("float64")
        known = np.pad(~np.isnan(value), 1)
        alone = ~(known[:-2] | known[2:])
        looks: dict[str, Any] = {"color": colour, "marker": marker, "label": label, "capsize": 2}
        looks |= {"elinewidth": 0.8, "linewidth": 2 if code == say.highlight else 1.2}
        bars = draw_points(ax, look, years, value, yerr=np.where(alone, reach, np.nan), **looks)
        bars.lines[0].set_linestyle(line)
        if not np.isnan(reach + value).all():
            # Light, not transparent: EPS knows no transparency. Edges show where bands overlap.
            light = tuple(1 - 0.15 * (1 - np.array(to_rgb(colour))))
            ends, thin = (value - reach[0], value + reach[1]), look.line(0.4)
            order = 0.3 if code == say.highlight else 0.2
            ax.fill_between(years, *ends, color=light, linewidth=thin, zorder=order)
            edge = tuple(1 - 0.5 * (1 - np.array(to_rgb(colour))))
            ax.fill_between(years, *ends, facecolor="none", edgecolor=edge, linewidth=thin)
            banded = True
    if banded:
        patch: dict[str, Any] = {
            "facecolor": "0.85",
            "edgecolor": "0.6",
            "linewidth": look.line(0.4),
        }
        handles.append(Patch(**patch, label=say("trend.interval")))
    if measure == "estimate":
        draw_zero(ax.axhline, look)
    empty = years_without_estimate(table)
    for year in empty:
        ax.axvspan(year - 0.5, year + 0.5, facecolor="0.92", edgecolor="none", zorder=-1)
    if empty:
        handles.append(Patch(facecolor="0.92", edgecolor="none", label=say("axis.no_estimate")))
    margin = max(0.25, 0.02 * (last - first))
    ax.set_xlim(first - margin, last + margin)
    if len(empty) == len(years):
        ax.set_ylim((-2.5, 2.5) if measure == "estimate" else (0, 100))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))
    year_ticks(ax, look, table["year"])
    write_ticks(ax.yaxis, say.language)
    return handles


def _name_ends(ax: Axes, look: Look, table: pd.DataFrame, measure: str, say: Say) -> None:
    """Name lines at their ends, with value and rank, and the line of zero."""
    known = table.dropna(subset=[measure, "estimate"]).sort_values("year")
    series = _series(table, say)
    ends = known.groupby(_by(table), observed=True).tail(1).to_dict("records")
    ends = [row for code in series for row in ends if row[_by(table)] == code]
    if not ends:
        return
    texts = []
    for row in ends:
        value = say.number(row[measure], DIGITS[measure])
        if len(ends) <= 3 and pd.notna(row.get("position")) and pd.notna(row.get("ranked")):
            counted = {"position": int(row["position"]), "ranked": int(row["ranked"])}
            value = say("trend.ranked", value=value, **counted)
        label = f"{series[row[_by(table)]][0]} {value}"
        texts.append(look.wrap(label, 0.28 * look.width, 7))
    low, high = ax.get_ylim()
    room = look.height - 26 * look.scale  # of the Axes, without its labels
    lines = max(text.count("\n") for text in texts) + 1
    gap = (high - low) * 1.35 * lines * look.size(7) * POINT / room
    marks = [(series[row[_by(table)]][1], row["year"], row[measure]) for row in ends]
    right, beside = ax.get_xlim()[1], ax.get_yaxis_transform()
    if measure == "estimate":
        texts.append(look.wrap(say("trend.average"), 0.28 * look.width, 7))
        marks.append(("0.4", right, 0.0))
    places = spread([y for _, _, y in marks], gap)
    own = series[say.highlight][0] if say.highlight in series else None
    for (colour, *_), text, place in zip(marks, texts, places, strict=True):
        looks: dict[str, Any] = {"va": "center", "fontsize": look.size(7), "transform": beside}
        bold = own is not None and " ".join(text.split()).startswith(f"{own} ")
        ax.text(1.02, place, text, color=colour, fontweight="bold" if bold else "normal", **looks)
    leaders = [[(x, y), (right, place)] for (_, x, y), place in zip(marks, places, strict=True)]
    thin: dict[str, Any] = {"linewidths": look.line(0.4), "colors": "0.6", "zorder": 1}
    ax.add_collection(LineCollection(leaders, **thin), autolim=False)
    ax.set_ylim(min(low, min(places) - gap / 2), max(high, max(places) + gap / 2))


def trend_points(table: pd.DataFrame, measure: str, say: Say) -> list[Point]:
    """Return the points of lines with their hover texts."""
    rows = table[table["estimate"].notna() & table[measure].notna()]
    found = []
    for row, below, above in zip(rows.to_dict("records"), *reach_of(rows, measure), strict=True):
        label = say.hover_row(row, measure, (row[measure] - below, row[measure] + above))
        found.append(Point(row["year"], row[measure], label))
    return found


def year_ticks(ax: Axes, look: Look, years: Iterable[int]) -> None:
    """Write the first and the last year, and as many between as the panel has room for."""
    found = sorted(set(years))
    if not found:
        return
    first, last = int(found[0]), int(found[-1])
    room = int(min(max((look.width / look.scale - 16) / 9, 3), 12))
    step = max(1, -(-(last - first) // (room - 1)))
    ax.set_xticks([first, *range(last, first + step - 1, -step)[::-1]] if last > first else [first])


def _by(table: pd.DataFrame) -> str:
    """Return what the lines are of: a dimension each, or an economy."""
    return "economy" if len(set(table["economy"])) > 1 else "dimension"


def _series(table: pd.DataFrame, say: Say) -> dict[str, tuple[str, str, str, Any]]:
    """Return name, colour, marker and line of each series by its code."""
    if _by(table) == "dimension":
        return {code: (label, *STYLES[code]) for code, label in say.dimensions(table).items()}
    codes = list(dict.fromkeys(table["economy"]))
    if say.highlight not in codes:
        marks = zip(codes, ECONOMIES, strict=False)
        return {code: (say.name(code), *mark, "-") for code, mark in marks}
    grey = {code: (say.name(code), "0.45", "o", "-") for code in codes}
    return grey | {str(say.highlight): (say.own, *ECONOMIES[0], "-")}


def _write(table: pd.DataFrame, measure: str, say: Say) -> tuple[str, str]:
    """Write caption and alternative text."""
    edition, years = table["edition"].iloc[0], span_of(table["year"])
    labels = say.dimensions(table)
    name = ", ".join(map(say.name, dict.fromkeys(table["economy"])))
    head = say("trend.head", dimensions="; ".join(labels.values()), name=name, years=years)
    source = say("trend.source", edition=edition)
    chart = "trend.chart" if _by(table) == "dimension" else "trend.chart_economies"
    chart = say(chart, years=years, axis=say(f"axis.{measure}"))
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
        parts.append(say(f"trend.bands{of_measure}", z=say.number(Z90)))
        if without.any():
            parts.append(say("trend.some_errors"))
    empty = years_without_estimate(table)
    gaps = [say("trend.shaded", years=join_years(empty))] if empty else []
    values = []
    for code, (label, *_) in _series(table, say).items():
        of_one = table[table[_by(table)] == code]
        only = set(years_without_estimate(of_one)) - set(empty)
        if only:
            gaps.append(say("trend.lacking", dimension=label, years=join_years(sorted(only))))
        rows = estimates[estimates[_by(table)] == code]
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
    """Check that a table has the measure, of one economy or of several in one dimension."""
    if measure not in DIGITS:
        raise UnknownName(
            f"measure = {measure!r} is not known; known: {', '.join(DIGITS)}."
            f"{did_you_mean(measure, DIGITS)}"
        )
    columns = [] if measure == "estimate" else [f"{measure}{end}" for end in _ENDS]
    check_table(table, ["estimate", "standard_error", *columns])
    count = table["economy"].nunique()
    if count > 1:
        check_one(table, ["dimension"])
    if count > len(ECONOMIES):
        raise BadTable(
            f"{count} economies cannot be read in one figure: choose {len(ECONOMIES)} or fewer, or "
            "draw them in panels with small_trends."
        )
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
    """Return the years from the first to the last without an estimate, though measured."""
    years = table["year"]
    known = {*years[table["estimate"].notna()], *NOT_MEASURED}
    return [year for year in range(int(years.min()), int(years.max()) + 1) if year not in known]
