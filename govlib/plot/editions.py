"""Figures of several editions: a tidy table in, Axes out."""

from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.ticker import MaxNLocator

from govlib.errors import BadParameter, BadTable
from govlib.stats._tables import METHOD_CHANGED
from govlib.i18n import join_years
from govlib.i18n import check_language, number as decimal, interval, translate, text, wrap
from govlib.plot.ticks import write_ticks
from govlib.stats._tables import DIMENSIONS, Z90
from govlib.stats.editions import METHODS, check_editions

MEASURES = {"estimate": "axis.estimate_of_panel", "percentile_rank": "axis.percentile_rank"}
# An axis at least so long: without intervals, next to nothing would look like a leap.
SPANS = {"estimate": 0.5, "percentile_rank": 20.0}
MARKERS = "osD^vPXp"
# Hue and fill tell the method, shade and marker the edition; both ramps keep off pale tints.
RAMPS = {METHODS[0]: ("Blues", 0.4, 1.0), METHODS[1]: ("Oranges", 0.5, 0.75)}


def plot_editions(
    table: pd.DataFrame,
    *,
    measure: str = "estimate",
    legend: bool = True,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw one dimension of one economy as each edition has it, with 90% intervals.

    Within a year the editions stand side by side in the order of their release, joined by a thin
    line if their method is the same: a line that is not level is a revision. Editions from 2025
    have open markers. Years without an estimate in any edition are shaded.

    Parameters
    ----------
    table : DataFrame
        Of one economy and dimension, as `revisions.stack_editions` returns it.
    measure : str
        "estimate" (standard normal units; editions of one method only) or "percentile_rank"
        (0 to 100, the only measure that sets the methods side by side).
    legend : bool
        Whether to draw the legend below the Axes; panels of one figure share one.
    language : str
        Of words and numbers: "en", "ru" or "kk".
    ax : Axes, optional
        Where to draw; the current Axes by default.

    Returns
    -------
    Axes
        One ErrorbarContainer per edition with an estimate, labelled with the edition.

    Raises
    ------
    BadTable
        As `revisions.check_editions`; also if the table has more than one economy or dimension, or
        estimates of both methods.
    BadParameter
        If there is no such measure.
    UnknownName
        If there is no such language.
    """
    check_language(language)
    _check(table, measure)
    ax = plt.gca() if ax is None else ax
    years = np.arange(table["year"].min(), table["year"].max() + 1)
    estimates = table.dropna(subset=["estimate"])
    styles = _styles(table)
    step = 0.7 / max(len(styles), 1)
    places = {edition: (i - (len(styles) - 1) / 2) * step for i, edition in enumerate(styles)}
    # Thinner where the points of many years share the width.
    size = float(np.clip(60 / (len(years) * len(styles)) * 2, 1.4, 4))
    # Arrays: matplotlib takes long to look at columns of a table.
    joined = estimates.sort_values(["year", "method", "edition"])
    x = (joined["year"] + joined["edition"].map(places)).to_numpy("float64")
    y = joined[measure].to_numpy("float64")
    group = joined.groupby(["year", "method"]).ngroup().to_numpy()
    for number in range(group.max(initial=-1) + 1):
        held = group == number
        ax.plot(x[held], y[held], color="0.55", linewidth=0.6, zorder=1)
    of_edition, reach = estimates["edition"].to_numpy(), _half_widths(estimates, measure)
    x, y = (estimates[name].to_numpy("float64") for name in ("year", measure))
    for edition, style in styles.items():
        held = of_edition == edition
        if not held.any():
            continue
        bars = reach[:, held]
        ax.errorbar(
            x[held] + places[edition],
            y[held],
            yerr=None if np.isnan(bars).all() else bars,
            linestyle="none",
            markersize=size,
            markeredgewidth=0.8,
            elinewidth=min(0.8, size / 3),
            capsize=min(1.5, size / 2),
            **style,
        )
    for i, year in enumerate(_years_without(table)):
        label = text("axis.no_estimate", language) if i == 0 else None
        ax.axvspan(
            year - 0.5, year + 0.5, facecolor="0.92", edgecolor="none", zorder=-1, label=label
        )
    for year, _ in pairwise(years):
        ax.axvline(year + 0.5, color="0.85", linewidth=0.4, zorder=0)
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
            ax.axhline(0, color="0.6", linewidth=0.6, zorder=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, min_n_ticks=1))
    ax.set_xlabel(text("axis.year", language))
    quantity, unit = text(MEASURES[measure], language).split(" (", 1)
    ax.set_ylabel(f"{quantity}\n{wrap(f'({unit}', 24)}")  # in lines: panels may be low
    write_ticks(ax.yaxis, language)
    if legend:
        title = text("axis.edition", language)
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=4, title=title)
    return ax


def describe_editions(table: pd.DataFrame, name: str, *, language: str = "en") -> str:
    """Write the caption of panels of `plot_editions`, built from their table.

    Parameters
    ----------
    table : DataFrame
        Of one economy and one dimension or more, as `revisions.stack_editions` returns it.
    name : str
        The economy's name in the language.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    str
        Who, what, when, how to read the points, what the bars are, which editions follow which
        method and lack errors, source and editions.

    Raises
    ------
    BadTable
        As `revisions.check_editions`; also if the table has more than one economy.
    UnknownName
        If there is no such language.
    """
    check_language(language)
    _check(table, "percentile_rank", one_dimension=False)
    found = set(table["dimension"])
    dimensions = "; ".join(text(f"dimension.{d}", language) for d in DIMENSIONS if d in found)
    editions = join_years(table["edition"].unique().tolist())
    years = join_years(range(table["year"].min(), table["year"].max() + 1))
    parts = [text("trend.head", language, dimensions=dimensions, name=name, years=years)]
    estimates = table.dropna(subset=["estimate"])
    if estimates.empty:
        parts.append(text("editions.none", language, editions=editions))
    else:
        parts.append(text("editions.points", language, editions=editions))
        held = estimates["standard_error"].notna().groupby(estimates["edition"]).any()
        if held.any():
            parts.append(text("editions.bars", language, z=decimal(Z90, language)))
        if not held.all():
            without = join_years(held.index[~held].tolist())
            parts.append(text("editions.no_errors", language, editions=without))
        other = sorted(set(table.loc[table["method"] == METHODS[1], "edition"]))
        if other:
            given = {"editions": join_years(other), "year": METHOD_CHANGED}
            parts.append(text("editions.open", language, **given))
        empty = _years_without(table)
        if empty:
            parts.append(text("editions.shaded", language, years=join_years(empty)))
    parts.append(text("editions.source", language, editions=editions))
    return " ".join(parts)


def alternative_text_editions(table: pd.DataFrame, name: str, *, language: str = "en") -> str:
    """Write the alternative text of panels of `plot_editions`.

    Parameters
    ----------
    table, name, language
        As in `describe_editions`.

    Returns
    -------
    str
        The kind of chart, its axes and, for each dimension in the first and the last year with an
        estimate, how far the editions on each method lie apart.

    Raises
    ------
    BadTable, UnknownName
        As `describe_editions`.
    """
    check_language(language)
    _check(table, "percentile_rank", one_dimension=False)
    years = join_years(range(table["year"].min(), table["year"].max() + 1))
    editions = join_years(table["edition"].unique().tolist())
    estimates = table.dropna(subset=["estimate"])
    bars = "with_bars" if estimates["standard_error"].notna().any() else "without_bars"
    given = {"name": name, "years": years, "editions": editions}
    given["marks"] = text(f"editions.{bars}", language)
    parts = [text("editions.chart", language, **given)]
    for dimension in DIMENSIONS:
        rows = estimates[estimates["dimension"] == dimension]
        if rows.empty:
            continue
        ends = sorted({rows["year"].min(), rows["year"].max()})
        values = [
            text(
                "editions.value",
                language,
                year=year,
                method=translate(str(method), "method", language),
                estimates=_span(of_one["estimate"], language, 2),
                ranks=_span(of_one["percentile_rank"], language, 1),
            )
            for year in ends
            for method, of_one in rows[rows["year"] == year].groupby("method", sort=False)
        ]
        label = text(f"dimension.{dimension}", language)
        parts.append(text("trend.values", language, dimension=label, values="; ".join(values)))
    if len(parts) == 1:
        parts.append(text("editions.none", language, editions=editions))
    return " ".join(parts)


def _span(values: "pd.Series[Any]", language: str, digits: int) -> str:
    """Write the least and the greatest of numbers, or the one that all are."""
    ends = {decimal(values.min(), language, digits), decimal(values.max(), language, digits)}
    return ends.pop() if len(ends) == 1 else interval(values.min(), values.max(), language, digits)


def _check(table: pd.DataFrame, measure: str, *, one_dimension: bool = True) -> None:
    """Refuse a table that has more than is drawn at a time, or what must not share an axis."""
    if measure not in MEASURES:
        raise BadParameter(f"measure = {measure!r}: {' or '.join(MEASURES)} is needed.")
    columns = ["estimate", "standard_error", "percentile_rank"]
    check_editions(table, ["method", *columns, "percentile_rank_lower", "percentile_rank_upper"])
    for column in ["economy", "dimension"] if one_dimension else ["economy"]:
        values = sorted(set(table[column]))
        if len(values) > 1:
            raise BadTable(
                f"One {column} is drawn at a time; the table has {len(values)}: "
                f"{', '.join(values[:10])}{', ...' if len(values) > 10 else ''}."
            )
    if measure == "estimate" and len(set(table["method"])) > 1:
        raise BadTable(
            f"The table has estimates of editions {' and '.join(METHODS)}, which differ in method: "
            'draw one method, or measure="percentile_rank".'
        )


def _styles(table: pd.DataFrame) -> dict[int, dict[str, Any]]:
    """Return label, colour and marker of each edition; equal in every panel of a method."""
    styles = {}
    for method, (ramp, first, last) in RAMPS.items():
        editions = sorted(set(table.loc[table["method"] == method, "edition"].tolist()))
        shades = np.linspace(last, first, len(editions))[::-1]  # the newest is the darkest
        colours = plt.get_cmap(ramp)(shades)
        for i, (edition, shade) in enumerate(zip(editions, colours, strict=True)):
            colour = to_hex(shade)
            styles[edition] = {
                "label": str(edition),
                "color": colour,
                "marker": MARKERS[i % len(MARKERS)],
                "markerfacecolor": "white" if method == METHODS[1] else colour,
            }
    return dict(sorted(styles.items()))


def _half_widths(rows: pd.DataFrame, measure: str) -> np.ndarray:
    """Return the two half-widths of the 90% intervals; missing where no error is held."""
    if measure == "estimate":
        half = Z90 * rows["standard_error"].to_numpy("float64")
        return np.array([half, half])
    ends = (measure, "percentile_rank_lower", "percentile_rank_upper")
    centre, lower, upper = (rows[name].to_numpy("float64") for name in ends)
    return np.array([centre - lower, upper - centre])


def _years_without(table: pd.DataFrame) -> list[int]:
    """Return the calendar years of the table's range without an estimate in any edition."""
    held = set(table.loc[table["estimate"].notna(), "year"])
    return [y for y in range(table["year"].min(), table["year"].max() + 1) if y not in held]
