"""Figures: a tidy table in, Axes out."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from govlib.errors import BadTable, UnknownName, did_you_mean
from govlib.i18n import join_years
from govlib.plot._style import points_key
from govlib.i18n import check_language, number as decimal, interval, text as word, wrap
from govlib.plot.ticks import write_ticks
from govlib.stats._tables import DIMENSIONS, Z90, check_table

# Okabe and Ito's colours, apart for every common colour vision; marker and line differ as well.
STYLES: dict[str, tuple[str, str, Any]] = {
    "va": ("#D55E00", "s", "--"),
    "pv": ("#CC79A7", "^", ":"),
    "ge": ("#0072B2", "o", "-"),
    "rq": ("#009E73", "D", "-."),
    "rl": ("#56B4E9", "v", (0, (5, 1, 1, 1, 1, 1))),
    "cc": ("#000000", "P", (0, (1, 1))),
}
DIGITS = {"estimate": 2, "percentile_rank": 1, "score": 1}
"""The decimals that the measures are written with."""
SAID = {
    "percentile_rank": ("trend.points_percentile_rank", "trend.bars_percentile_rank"),
    "score": ("trend.points_score", "trend.bars_score"),
}
ENDS = ("", "_lower", "_upper")


def plot_trend(
    table: pd.DataFrame,
    *,
    measure: str = "estimate",
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the estimates of one economy over the years with their 90% intervals.

    Lines join consecutive calendar years only. A year in which no dimension has an estimate is
    shaded, so that a gap is seen. Without standard errors no interval is drawn; `describe_trend`
    says so.

    Parameters
    ----------
    table : DataFrame
        One edition and one economy; one row per year and dimension with `estimate` and
        `standard_error` (standard normal units).
    measure : str
        "estimate"; or "percentile_rank" or "score" (0 to 100), with its bounds in the columns
        `<measure>_lower` and `<measure>_upper`.
    language : str
        Of words and numbers: "en", "ru" or "kk".
    ax : Axes, optional
        Where to draw; the current Axes by default.

    Returns
    -------
    Axes
        One labelled ErrorbarContainer per dimension, in the order va pv ge rq rl cc.

    Raises
    ------
    BadTable
        As `compare.check_table`; also if the table has more than one economy, or estimates but
        none of the measure.
    UnknownName
        If there is no such language or measure.
    """
    check_language(language)
    _check_measure(table, measure)
    ax = plt.gca() if ax is None else ax
    years = np.arange(table["year"].min(), table["year"].max() + 1)
    dimensions = _dimensions(table)
    # Side by side by a fraction of a year, so that no interval hides another.
    offsets = (np.arange(len(dimensions)) - (len(dimensions) - 1) / 2) * 0.1
    for dimension, offset in zip(dimensions, offsets, strict=True):
        rows = table.loc[table["dimension"] == dimension].set_index("year").reindex(years)
        colour, marker, line = STYLES[dimension]
        reach = _reach(rows, measure)
        bars = ax.errorbar(
            years + offset,
            rows[measure],
            yerr=None if np.isnan(reach).all() else reach,
            label=_label(dimension, language),
            color=colour,
            marker=marker,
            capsize=2,
            elinewidth=0.8,
        )
        bars.lines[0].set_linestyle(line)
    if measure == "estimate":
        ax.axhline(0, color="0.6", linewidth=0.6, zorder=0)
    with_data = {_label(d, language) for d in table.dropna(subset="estimate")["dimension"].unique()}
    handles: list[Any] = [bars for bars in ax.containers if bars.get_label() in with_data]
    empty = _years_without_estimate(table)
    for year in empty:
        ax.axvspan(year - 0.5, year + 0.5, facecolor="0.92", edgecolor="none", zorder=-1)
    if len(empty):
        label = word("axis.no_estimate", language)
        handles.append(Patch(facecolor="0.92", edgecolor="none", label=label))
    ax.set_xlim(years[0] - 0.5, years[-1] + 0.5)
    if len(empty) == len(years):
        ax.set_ylim(-2.5, 2.5) if measure == "estimate" else ax.set_ylim(0, 100)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12, min_n_ticks=1))
    ax.set_xlabel(word("axis.year", language))
    ax.set_ylabel(wrap(word(f"axis.{measure}", language), 34))
    write_ticks(ax.yaxis, language)
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.17),
        ncols=1 if len(handles) == 1 else 2,
    )
    return ax


def plot_small_trends(
    table: pd.DataFrame,
    *,
    axes: Sequence[Axes],
    names: Mapping[str, str] | None = None,
    language: str = "en",
) -> list[Axes]:
    """Draw the trends of several economies in small Axes of one scale.

    Parameters
    ----------
    table : DataFrame
        One edition, 1 to 20 economies, with `estimate` and `standard_error` (standard normal
        units).
    axes : sequence of Axes
        As many as economies or more, of one figure (``plt.subplots(...)[1].flat``); those left
        over are hidden.
    names : mapping of str to str, optional
        Words for the economies by their code; the codes by default.
    language : str
        Of words and numbers: "en", "ru" or "kk".

    Returns
    -------
    list of Axes
        One per economy in the order of the table, each as `plot_trend` draws it, named by its
        economy; one legend below all.

    Raises
    ------
    BadTable
        As `compare.check_table`; also if there are more than 20 economies or too few Axes.
    """
    check_table(table, ["estimate", "standard_error"])
    economies = list(dict.fromkeys(table["economy"]))
    free = list(axes)
    if len(economies) > min(20, len(free)):
        raise BadTable(
            f"{len(economies)} economies do not fit: {len(free)} Axes are given, and 20 economies "
            "at most can be read side by side."
        )
    handles: dict[str, Any] = {}
    drawn = free[: len(economies)]
    figure = free[0].figure
    size = np.array(figure.get_window_extent().size) / figure.dpi  # inches
    panel = free[0].get_subplotspec()
    letters = int(11 * size[0] / (panel.get_gridspec().ncols if panel else 1))
    for ax, economy in zip(drawn, economies, strict=True):
        plot_trend(table.loc[table["economy"] == economy], language=language, ax=ax)
        legend = ax.get_legend()
        assert legend is not None
        shown = {str(bars.get_label()): bars for bars in ax.containers}
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True):
            handles.setdefault(text.get_text(), shown.get(text.get_text(), handle))
        legend.remove()
        ax.set_title(wrap((names or {}).get(economy, economy), letters), fontsize=7)
        ax.set(xlabel="", ylabel="")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=4, min_n_ticks=1))
    heights = np.array([ax.get_ylim() for ax in drawn])
    widths = np.array([ax.get_xlim() for ax in drawn])
    for i, ax in enumerate(drawn):
        ax.set_ylim(heights[:, 0].min(), heights[:, 1].max())
        ax.set_xlim(widths[:, 0].min(), widths[:, 1].max())
        spec = ax.get_subplotspec()
        if spec is not None and i + spec.get_gridspec().ncols >= len(drawn):
            ax.tick_params(labelbottom=True)  # the lowest that is drawn of its column
    for ax in free[len(economies) :]:
        ax.set_visible(False)
    order = [*(_label(d, language) for d in DIMENSIONS), word("axis.no_estimate", language)]
    words = sorted(handles, key=order.index)
    figure.legend([handles[word] for word in words], words, loc="outside lower center", ncols=2)
    label = wrap(word("axis.estimate", language), int(14 * size[1]))
    figure.supylabel(label, fontsize=8)
    return drawn


def describe_trend(
    table: pd.DataFrame, name: str, *, measure: str = "estimate", language: str = "en"
) -> str:
    """Write the caption of `plot_trend`, built from its table.

    Parameters
    ----------
    table, measure
        As `plot_trend` takes them.
    name : str
        The economy's name in the language.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    str
        Who, what, when, what the bars are, which years lack an estimate, source and edition.

    Raises
    ------
    BadTable, UnknownName
        As `plot_trend`.
    """
    check_language(language)
    _check_measure(table, measure)
    edition = table["edition"].iloc[0]
    parts = [_head(table, name, language)]
    estimates = table.dropna(subset="estimate")
    if estimates.empty:
        parts.append(word("trend.none", language, edition=edition))
    else:
        points, bars = SAID.get(measure, (points_key(edition), "trend.bars"))
        parts.append(word(points, language))
        without = np.isnan(_reach(estimates, measure)).any(axis=0)
        if without.all():
            parts.append(word("trend.no_errors", language, edition=edition))
        else:
            parts.append(word(bars, language, z=decimal(Z90, language)))
            if without.any():
                parts.append(word("trend.some_errors", language))
        parts.extend(_describe_gaps(table, language))
    parts.append(word("trend.source", language, edition=edition))
    return " ".join(parts)


def alternative_text_trend(
    table: pd.DataFrame, name: str, *, measure: str = "estimate", language: str = "en"
) -> str:
    """Write the alternative text of `plot_trend`: what one who does not see it needs to know.

    Parameters
    ----------
    table, name, measure, language
        As in `describe_trend`.

    Returns
    -------
    str
        The kind of chart, its axes and, for each dimension, the estimates of up to eight years with
        their intervals, or the first, the last, the lowest and the highest of more.

    Raises
    ------
    BadTable, UnknownName
        As `plot_trend`.
    """
    check_language(language)
    _check_measure(table, measure)
    axis = word(f"axis.{measure}", language)
    chart = word("trend.chart", language, years=_years(table), axis=axis)
    parts = [chart, _head(table, name, language)]
    known = table["estimate"].notna()
    for dimension in _dimensions(table):
        rows = table[known & (table["dimension"] == dimension)]
        if rows.empty:
            continue
        found = zip(rows["year"], rows[measure], *_reach(rows, measure), strict=True)
        values = [_value(point, measure, language) for point in found]
        if len(values) > 8:
            values = [values[0], values[-1]]
            for key, place in (("lowest", "idxmin"), ("highest", "idxmax")):
                row = rows.loc[getattr(rows[measure], place)()]
                number = decimal(row[measure], language, DIGITS[measure])
                values.append(word(f"trend.end_{key}", language, value=number, year=row["year"]))
        listed = "; ".join(values)
        dimension = word(f"dimension.{dimension}", language)
        parts.append(word("trend.values", language, dimension=dimension, values=listed))
    if len(parts) == 2:
        parts.append(word("trend.none", language, edition=table["edition"].iloc[0]))
    else:
        parts.extend(_describe_gaps(table, language))
    return " ".join(parts)


def _head(table: pd.DataFrame, name: str, language: str) -> str:
    """Write which dimensions, of whom and when."""
    dimensions = "; ".join(word(f"dimension.{d}", language) for d in _dimensions(table))
    return word("trend.head", language, dimensions=dimensions, name=name, years=_years(table))


def _value(point: tuple[int, float, float, float], measure: str, language: str) -> str:
    """Write a value with its year and, if it reaches anywhere below and above, its interval."""
    year, value, below, above = point
    digits = DIGITS[measure]
    written = decimal(value, language, digits)
    if math.isnan(below) or math.isnan(above):
        return word("trend.value", language, value=written, year=year)
    ends = interval(value - below, value + above, language, digits)
    return word("trend.value_interval", language, value=written, year=year, interval=ends)


def _years(table: pd.DataFrame) -> str:
    """Write the range of years of a table."""
    return join_years(range(table["year"].min(), table["year"].max() + 1))


def _label(dimension: str, language: str) -> str:
    """Return a dimension's name, broken into lines for a legend."""
    return wrap(word(f"dimension.{dimension}", language), 28)


def _check_one_economy(table: pd.DataFrame, columns: Iterable[str] = ()) -> None:
    """Refuse a table that is not of one edition and one economy, or lacks a column."""
    check_table(table, ["estimate", "standard_error", *columns])
    economies = sorted(table["economy"].unique())
    if len(economies) > 1:
        raise BadTable(
            f"One economy is drawn at a time; the table has {len(economies)}: "
            f"{', '.join(economies[:10])}{', ...' if len(economies) > 10 else ''}."
        )


def _check_measure(table: pd.DataFrame, measure: str) -> None:
    """Refuse a table that is not of one edition and one economy, or lacks a measure."""
    if measure not in DIGITS:
        raise UnknownName(
            f"measure = {measure!r} is not known; known: {', '.join(DIGITS)}."
            f"{did_you_mean(measure, DIGITS)}"
        )
    _check_one_economy(table, () if measure == "estimate" else [f"{measure}{end}" for end in ENDS])
    held = table["estimate"].notna()
    if held.any() and table.loc[held, measure].isna().all():
        known = [name for name in DIGITS if name in table and table[name].notna().any()]
        raise BadTable(
            f"Edition {table['edition'].iloc[0]} has no {measure}; it has {', '.join(known)}."
        )


def _reach(rows: pd.DataFrame, measure: str) -> np.ndarray:
    """Return how far the 90% intervals reach below and above the values."""
    if measure == "estimate":
        half = Z90 * rows["standard_error"].to_numpy("float64")
        return np.array([half, half])
    value, lower, upper = (rows[f"{measure}{end}"].to_numpy("float64") for end in ENDS)
    return np.array([value - lower, upper - value])


def _dimensions(table: pd.DataFrame) -> list[str]:
    """Return the dimensions of a table in their order."""
    held = set(table["dimension"].unique())
    return [code for code in DIMENSIONS if code in held]


def _years_without_estimate(table: pd.DataFrame, dimension: str | None = None) -> list[int]:
    """Return the years between the table's (or a dimension's) rows that have no estimate."""
    years, known = table["year"].to_numpy(), table["estimate"].notna().to_numpy()
    if dimension is not None:
        own = (table["dimension"] == dimension).to_numpy()
        years, known = years[own], known[own]
    held = set(years[known].tolist())
    return [year for year in range(int(years.min()), int(years.max()) + 1) if year not in held]


def _describe_gaps(table: pd.DataFrame, language: str) -> list[str]:
    """Say which years lack an estimate, of all dimensions or of one."""
    empty = _years_without_estimate(table)
    parts = [word("trend.shaded", language, years=join_years(empty))] if empty else []
    for dimension in _dimensions(table):
        of_one = _years_without_estimate(table, dimension)
        only = sorted(set(of_one) - set(empty))
        if only:
            given = {"dimension": word(f"dimension.{dimension}", language)}
            parts.append(word("trend.lacking", language, **given, years=join_years(only)))
    return parts
