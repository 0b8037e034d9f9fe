"""Figures of indicators of different publishers beside each other: tidy tables in, Axes out."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from govlib.errors import BadTable
from govlib.i18n import join_years
from govlib.i18n import check_language, number, interval, text, wrap
from govlib.plot.panels import legend_below
from govlib.plot.surveys import LEGEND_WIDTH, check_columns
from govlib.plot.ticks import write_ticks
from govlib.stats._tables import Z90

# Okabe and Ito's colours, apart for every common colour vision; marker and line differ as well.
STYLES: list[dict[str, Any]] = [
    {"color": "#0072B2", "marker": "o", "linestyle": "-"},
    {"color": "#E69F00", "marker": "^", "linestyle": "-."},
    {"color": "#D55E00", "marker": "s", "linestyle": "--"},
    {"color": "#009E73", "marker": "D", "linestyle": ":"},
]


def plot_standings(
    table: pd.DataFrame,
    *,
    labels: Mapping[str, str] | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the percentile ranks of one economy in several indicators over the years.

    Parameters
    ----------
    table : DataFrame
        One row per `indicator` (four at most) and `year` with `percentile` and its bounds
        `percentile_lower`, `percentile_upper` (0 to 100, the highest best; bounds missing where
        none are known). Without ranks the Axes says that none is held.
    labels : mapping of str to str, optional
        Words for the indicators; the values themselves by default.
    language : str
        Of the other words: "en", "ru" or "kk".
    ax : Axes, optional
        Where to draw; the current Axes by default.

    Returns
    -------
    Axes
        One labelled ErrorbarContainer per indicator; bars where bounds are known.

    Raises
    ------
    BadTable
        If a column is missing, an indicator has two rows of one year, or there are more than four.
    UnknownName
        If there is no such language.
    """
    check_language(language)
    bounds = ["percentile_lower", "percentile_upper"]
    check_columns(table, ["indicator", "year", "percentile", *bounds], ["indicator", "year"])
    ax = plt.gca() if ax is None else ax
    held = table.dropna(subset="percentile").sort_values("year")
    names = [name for name in dict.fromkeys(table["indicator"]) if name in set(held["indicator"])]
    if len(names) > len(STYLES):
        raise BadTable(f"{len(names)} indicators cannot be read in one figure: four or fewer.")
    for name, style in zip(names, STYLES, strict=False):
        points = held[held["indicator"] == name]
        known = points[bounds].notna().all(axis=1).any()
        reach = [points["percentile"] - points[bounds[0]], points[bounds[1]] - points["percentile"]]
        ax.errorbar(
            points["year"],
            points["percentile"],
            yerr=reach if known else None,
            label=wrap((labels or {}).get(name, name), LEGEND_WIDTH),
            capsize=2.5,
            elinewidth=0.8,
            **style,
        )
    if names:
        legend_below(ax, ax.containers)
    else:
        nothing = text("standing.no_ranks", language)
        ax.text(0.5, 0.5, nothing, transform=ax.transAxes, ha="center", va="center")
    ax.set_ylim(-3, 103)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12, min_n_ticks=1))
    ax.set_xlabel(text("axis.year", language))
    ax.set_ylabel(text("standing.percentile_rank", language))
    return ax


def plot_against(
    x: pd.DataFrame,
    y: pd.DataFrame,
    *,
    named: Mapping[str, str] | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw a dimension of the WGI against a ranking: every economy a point, with its 90% interval.

    Parameters
    ----------
    x : DataFrame
        A ranking of one edition and measure: `economy`, `value`.
    y : DataFrame
        A WGI table of one edition, year and dimension: `economy`, `estimate`, `standard_error`
        (standard normal units).
    named : mapping of str to str, optional
        Economies that are drawn in colour and named, if both tables have them: names by World Bank
        code.
    language : str
        Of words and numbers: "en", "ru" or "kk".
    ax : Axes, optional
        Where to draw; the current Axes by default.

    Returns
    -------
    Axes
        As many points as economies with both values; without any the Axes says so.

    Raises
    ------
    BadTable
        If a column is missing, or an economy has two rows: choose one edition, year and measure.
    UnknownName
        If there is no such language.
    """
    check_language(language)
    check_columns(x, ["economy", "value"], ["economy"])
    check_columns(y, ["economy", "estimate", "standard_error"], ["economy"])
    ax = plt.gca() if ax is None else ax
    both = _both(x, y)
    half = Z90 * both["standard_error"]
    low, high = both["estimate"] - half, both["estimate"] + half
    ax.vlines(both["value"], low, high, color="0.85", linewidth=0.6, zorder=1)
    look: dict[str, Any] = {"marker": "o", "linestyle": "none", "color": "0.45", "markersize": 2.2}
    handles: list[Any] = ax.plot(
        both["value"], both["estimate"], label=text("standing.others", language), zorder=2, **look
    )
    for own in both[both["economy"].isin(named or {})].to_dict("records"):
        has_error = pd.notna(own["standard_error"])
        handles += [
            ax.errorbar(
                own["value"],
                own["estimate"],
                yerr=Z90 * own["standard_error"] if has_error else None,
                label=(named or {})[own["economy"]],
                color="#0072B2",
                marker="D",
                linestyle="none",
                capsize=2.5,
                zorder=3,
            )
        ]
    if both.empty:
        nothing = text("standing.no_both", language)
        ax.text(0.5, 0.5, nothing, transform=ax.transAxes, ha="center", va="center")
        ax.set_xticks([])
        ax.set_yticks([])
    else:
        write_ticks(ax.xaxis, language)
        write_ticks(ax.yaxis, language)
        legend_below(ax, handles[::-1])
        ax.axhline(0, color="0.6", linewidth=0.6, zorder=0)
    ax.set_ylabel(wrap(text("axis.estimate", language), 34))
    return ax


def alternative_text_standings(
    table: pd.DataFrame, *, labels: Mapping[str, str] | None = None, language: str = "en"
) -> str:
    """Write the alternative text of `plot_standings`.

    Parameters
    ----------
    table, labels
        As `plot_standings` takes them.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    str
        The kind of chart, its axes and, of each indicator, the first and the last rank, with its
        interval where one is known.

    Raises
    ------
    BadTable
        If a column is missing.
    UnknownName
        If there is no such language.
    """
    check_language(language)
    bounds = ["percentile_lower", "percentile_upper"]
    check_columns(table, ["indicator", "year", "percentile", *bounds])
    held = table.dropna(subset="percentile").sort_values("year")
    if held.empty:
        return text("shares.none", language)
    years = join_years(range(held["year"].min(), held["year"].max() + 1))
    parts = [text("standing.chart_ranks", language, years=years)]
    for name in dict.fromkeys(held["indicator"]):
        rows = held[held["indicator"] == name]
        told = []
        for row in rows.iloc[sorted({0, len(rows) - 1})].to_dict("records"):
            given = {"value": number(row["percentile"], language, 1), "year": row["year"]}
            if pd.isna(row[bounds[0]]):
                told.append(text("trend.value", language, **given))
                continue
            ends = interval(row[bounds[0]], row[bounds[1]], language, 1)
            told.append(text("trend.value_interval", language, interval=ends, **given))
        label = (labels or {}).get(name, name)
        parts.append(text("shares.row", language, row=label, values="; ".join(told)))
    return " ".join(parts)


def alternative_text_against(
    x: pd.DataFrame,
    y: pd.DataFrame,
    *,
    named: Mapping[str, str] | None = None,
    language: str = "en",
) -> str:
    """Write the alternative text of `plot_against`.

    Parameters
    ----------
    x, y, named
        As `plot_against` takes them.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    str
        The kind of chart, its axes, how many economies and the ranges of both, and where those
        named are.

    Raises
    ------
    BadTable
        If a column is missing.
    UnknownName
        If there is no such language.
    """
    check_language(language)
    check_columns(x, ["economy", "value"])
    check_columns(y, ["economy", "estimate", "standard_error"])
    both = _both(x, y)
    if both.empty:
        return f"{word('shares.none', language)} {word('standing.no_both', language)}."
    across = interval(both["value"].min(), both["value"].max(), language)
    up = interval(both["estimate"].min(), both["estimate"].max(), language)
    parts = [text("standing.chart_against", language, count=len(both), across=across, up=up)]
    for row in both[both["economy"].isin(named or {})].to_dict("records"):
        given = {"x": number(row["value"], language), "y": number(row["estimate"], language)}
        name = (named or {})[row["economy"]]
        parts.append(text("standing.point", language, name=name, **given))
    return " ".join(parts)


def _both(x: pd.DataFrame, y: pd.DataFrame) -> pd.DataFrame:
    """Return the economies that have both values."""
    columns = ["economy", "estimate", "standard_error"]
    both = x[["economy", "value"]].merge(y[columns], on="economy")
    return both.dropna(subset=["estimate", "value"])
