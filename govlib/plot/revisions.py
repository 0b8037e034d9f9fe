"""What several editions say of the same years."""

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from govlib.errors import BadParameter, BadTable
from govlib.i18n import join_years, translate
from govlib.plot._style import (
    Panel,
    Point,
    draw_points,
    draw_zero,
    drawing,
    figure,
    label_axes,
    legend_below,
    legend_of_figure,
    register,
    title,
    write_ticks,
)
from govlib.plot._text import Say, check_one, span_of
from govlib.plot.lines import reach_of, year_ticks, years_without_estimate
from govlib.stats._tables import METHOD_CHANGED, Z90
from govlib.stats.editions import METHODS, check_editions

MEASURES = {"estimate": "axis.estimate_of_panel", "percentile_rank": "axis.percentile_rank"}
# An axis at least so long: without intervals, next to nothing would look like a leap.
SPANS = {"estimate": 0.5, "percentile_rank": 20.0}
MARKERS = "osD^vPXp"
# Hue and fill tell the method, shade and marker the edition; both ramps keep off pale tints.
RAMPS = {METHODS[0]: ("Blues", 0.4, 1.0), METHODS[1]: ("Oranges", 0.5, 0.75)}


def editions(
    table: pd.DataFrame,
    *,
    measure: str = "estimate",
    legend: bool = True,
    notes: str = "",
    highlight: str | int | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw one dimension of one economy as each edition has it, with 90% intervals.

    Within a year the editions stand side by side in the order of their release, joined by a thin
    line if their method is the same: a line that is not level is a revision. Editions from 2025
    have open markers. Years without an estimate in any edition are shaded. One ErrorbarContainer
    per edition with an estimate, labelled with the edition.

    Parameters
    ----------
    table : DataFrame
        Of one economy and dimension, as `stats.stack_editions` returns it.
    measure : str
        "estimate" (standard normal units; editions of one method only) or "percentile_rank"
        (0 to 100, the only measure that sets the methods side by side).
    legend : bool
        Whether to draw the legend below the Axes; panels of one figure share one.
    highlight : int, optional
        The edition whose markers are larger.

    Raises
    ------
    BadTable
        As `stats.check_editions`; also if there are several economies, dimensions or methods.
    """
    say = Say(language, names)
    _check(table, measure)
    years = np.arange(table["year"].min(), table["year"].max() + 1)
    estimates = table.dropna(subset=["estimate"])
    styles = _styles(table)
    step = 0.7 / max(len(styles), 1)
    offsets = {edition: (i - (len(styles) - 1) / 2) * step for i, edition in enumerate(styles)}
    x = estimates["year"] + estimates["edition"].map(offsets)
    with drawing(ax) as (ax, look):
        # Thinner where the points of many years share the width.
        size = float(np.clip(60 / (len(years) * len(styles)) * 2, 1.4, 4))
        joined = estimates.assign(x=x).sort_values(["year", "method", "edition"])
        for _, rows in joined.groupby(["year", "method"]):
            line = rows[["x", measure]].to_numpy("float64")
            if len(line) > 1:
                ax.plot(*line.T, color="0.55", linewidth=look.line(0.6), zorder=1)
        for edition, style in styles.items():
            rows = estimates[estimates["edition"] == edition]
            if rows.empty:
                continue
            reach = reach_of(rows, measure)
            larger = 1.5 if str(edition) == str(highlight) else 1
            across, up = x[rows.index].to_numpy("float64"), rows[measure].to_numpy("float64")
            looks = style | {"markersize": size * larger, "markeredgewidth": 0.8}
            looks |= {"elinewidth": min(0.8, size / 3), "capsize": min(1.5, size / 2)}
            draw_points(ax, look, across, up, yerr=reach, linestyle="none", **looks)
        for i, year in enumerate(years_without_estimate(table)):
            label = None if i else say("axis.no_estimate")
            ends = year - 0.5, year + 0.5
            ax.axvspan(*ends, label=label, facecolor="0.92", edgecolor="none", zorder=-1)
        for year, _ in pairwise(years):
            ax.axvline(year + 0.5, color="0.85", linewidth=look.line(0.4), zorder=0)
        ax.set_xlim(years[0] - 0.5, years[-1] + 0.5)
        middle, span = np.mean(ax.get_ylim()), np.ptp(ax.get_ylim())
        half = max(span, SPANS[measure]) / 2
        low, high = float(middle - half), float(middle + half)
        if estimates.empty:
            ax.set_ylim((0, 100) if measure == "percentile_rank" else (-2.5, 2.5))
        elif measure == "percentile_rank":
            ax.set_ylim(max(low, -2), min(high, 102))
        else:
            ax.set_ylim(low, high)
            if low < 0 < high:
                draw_zero(ax.axhline, look)
        year_ticks(ax, look, table["year"])
        label_axes(ax, look, x=say("axis.year"), y=say(MEASURES[measure]))
        write_ticks(ax.yaxis, language)
        if legend:
            legend_below(ax, look, ax.get_legend_handles_labels()[0], title=say("axis.edition"))
    known = estimates.dropna(subset=[measure])
    reaches = zip(known.to_dict("records"), x[known.index], *reach_of(known, measure), strict=True)
    points = []
    for row, place, below, above in reaches:
        of = f" ({say('axis.edition')} {row['edition']})"
        ends = row[measure] - below, row[measure] + above
        points.append(Point(place, row[measure], say.hover_row(row, measure, ends, of=of)))
    write = partial(_write, notes=notes, say=say)
    return register(ax, Panel("editions", table, language, points, write))


def by_method(
    table: pd.DataFrame,
    method: str,
    *,
    profile: str = "paper",
    highlight: str | int | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
) -> Figure:
    """Draw a row of two panels for each dimension: the estimates of one method, and all ranks.

    Its panels as `editions` draws them, with one legend below.

    Parameters
    ----------
    table : DataFrame
        Of one economy, as `stats.stack_editions` returns it.
    method : str
        The editions whose estimates are drawn on the left: a value of `method`.
    """
    say = Say(language, names)
    labels = say.dimensions(table)
    notes = say("editions.panels", method=translate(method, "method", language))
    options: dict[str, Any] = {"legend": False, "highlight": highlight, "names": names}
    options |= {"language": language, "notes": notes}
    fig, axes = figure(profile=profile, rows=len(labels), columns=2, panel_height=48, sharex=True)
    for (code, label), (left, right) in zip(labels.items(), axes.reshape(-1, 2), strict=True):
        rows = table[table["dimension"] == code]
        editions(rows[rows["method"] == method], ax=left, **options)
        editions(rows, measure="percentile_rank", ax=right, **options)
        title(left, label)
    for ax in axes[:-2]:
        ax.xaxis.label.set_visible(False)
    found = [zip(*ax.get_legend_handles_labels(), strict=True) for ax in axes[1::2]]
    marks = dict(sorted({label: mark for panel in found for mark, label in panel}.items()))
    legend_of_figure(fig, marks, title=say("axis.edition"), most=8)
    return fig


def _write(table: pd.DataFrame, notes: str, say: Say) -> tuple[str, str]:
    """Write caption and alternative text of one economy in one dimension or more."""
    labels, years = say.dimensions(table), span_of(table["year"])
    listed = join_years(table["edition"].unique().tolist())
    name = ", ".join(map(say.name, dict.fromkeys(table["economy"])))
    head = say("trend.head", dimensions="; ".join(labels.values()), name=name, years=years)
    source = f"{say('editions.source', editions=listed)} {notes}".strip()
    estimates = table.dropna(subset=["estimate"])
    with_errors = estimates["standard_error"].notna().groupby(estimates["edition"]).any()
    marks = say(f"editions.{'with' if with_errors.any() else 'without'}_bars")
    told = [say("editions.chart", name=name, years=years, editions=listed, marks=marks)]
    if estimates.empty:
        none = say("editions.none", editions=listed)
        return f"{head} {none} {source}", f"{told[0]} {none}"
    parts = [head, say("editions.points", editions=listed)]
    if with_errors.any():
        parts.append(say("editions.bars", z=say.number(Z90)))
    if not with_errors.all():
        without = join_years(with_errors.index[~with_errors].tolist())
        parts.append(say("editions.no_errors", editions=without))
    newer = table.loc[table["method"] == METHODS[1], "edition"].unique().tolist()
    if newer:
        parts.append(say("editions.open", editions=join_years(newer), year=METHOD_CHANGED))
    empty = years_without_estimate(table)
    if empty:
        parts.append(say("editions.shaded", years=join_years(empty)))
    for code, label in labels.items():
        rows = estimates[estimates["dimension"] == code]
        values = []
        ends = rows[rows["year"].isin(rows["year"].agg(["min", "max"]))]
        ends = ends.sort_values("year", kind="stable")
        for (year, method), of_one in ends.groupby(["year", "method"], sort=False):
            given = {"year": year, "method": translate(str(method), "method", say.language)}
            given |= {"estimates": _span(of_one["estimate"], 2, say)}
            given |= {"ranks": _span(of_one["percentile_rank"], 1, say)}
            values.append(say("editions.value", **given))
        if values:
            told.append(say("trend.values", dimension=label, values="; ".join(values)))
    return " ".join([*parts, source]), " ".join(told)


def _span(values: "pd.Series[Any]", digits: int, say: Say) -> str:
    """Write the least and the greatest of numbers, or the one that all are."""
    ends = {say.number(values.min(), digits), say.number(values.max(), digits)}
    return ends.pop() if len(ends) == 1 else say.ends(values.min(), values.max(), digits)


def _check(table: pd.DataFrame, measure: str) -> None:
    """Check that there is one economy and dimension, and nothing that must not share an axis."""
    if measure not in MEASURES:
        raise BadParameter(f"measure = {measure!r}: {' or '.join(MEASURES)} is needed.")
    columns = ["estimate", "standard_error", "percentile_rank"]
    check_editions(table, ["method", *columns, "percentile_rank_lower", "percentile_rank_upper"])
    check_one(table, ["economy", "dimension"])
    if measure == "estimate" and len(set(table["method"])) > 1:
        raise BadTable(
            f"The table has estimates of editions {' and '.join(METHODS)}, which differ in method: "
            'draw one method, or measure="percentile_rank".'
        )


def _styles(table: pd.DataFrame) -> dict[int, dict[str, Any]]:
    """Return label, colour and marker of each edition; equal in every panel of a method."""
    styles = {}
    for method, (ramp, first, last) in RAMPS.items():
        listed = sorted(set(table.loc[table["method"] == method, "edition"].tolist()))
        shades = np.linspace(last, first, len(listed))[::-1]  # the newest is the darkest
        for i, (edition, shade) in enumerate(zip(listed, shades, strict=True)):
            colour = to_hex(plt.get_cmap(ramp)(shade))
            styles[edition] = {
                "label": str(edition),
                "color": colour,
                "marker": MARKERS[i % len(MARKERS)],
                "markerfacecolor": "white" if method == METHODS[1] else colour,
            }
    return dict(sorted(styles.items()))
