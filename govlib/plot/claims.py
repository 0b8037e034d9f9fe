"""The ledger as a picture: the article's numbers against ours."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from govlib.errors import BadTable
from govlib.i18n import check_language, number as decimal, interval, translate, text
from govlib.plot.ticks import write_ticks

# Shade and marker both tell the verdicts apart, for print in grey as well.
VERDICTS = {
    "reproduced": ("#0072B2", "o"),
    "plausible": ("#56B4E9", "D"),
    "differs": ("#D55E00", "s"),
    "not supported": ("#CC79A7", "^"),
    "not checkable": ("#777777", "x"),
}


def plot_claims(table: pd.DataFrame, *, language: str = "en", ax: Axes | None = None) -> Axes:
    """Draw the numbers of one unit: the article's as a bar, ours as a point with its interval.

    Rows are grouped by verdict, from reproduced to not checkable. A statement of a direction or of
    "at least" is a bar that is open on one side; it ends at the edge of the Axes.

    Parameters
    ----------
    table : DataFrame
        Rows of `check_claims` that share one `unit`; those without a number of ours are left out.
    language : str
        Of words and numbers: "en", "ru" or "kk".
    ax : Axes, optional
        Where to draw; the current Axes by default.

    Returns
    -------
    Axes
        One row per claim, named by its id, the unit on the x axis.

    Raises
    ------
    BadTable
        If the rows have several units, or none has a number.
    UnknownName
        If there is no such language, or no word for the unit in it.
    """
    check_language(language)
    rows = table.dropna(subset="value")
    units = list(dict.fromkeys(rows["unit"]))
    if len(units) != 1:
        raise BadTable(f"One unit is drawn at a time; the table has {', '.join(units) or 'none'}.")
    order = {verdict: place for place, verdict in enumerate(VERDICTS)}
    rows = rows.sort_values("verdict", key=lambda verdict: verdict.map(order), kind="stable")
    ax = plt.gca() if ax is None else ax
    places = np.arange(len(rows))[::-1]
    numbers = rows[["article_lower", "article_upper", "value", "lower", "upper"]].to_numpy()
    low, high = np.nanmin(numbers), np.nanmax(numbers)
    counts = bool((numbers[~np.isnan(numbers)] % 1 == 0).all())
    margin = max(0.08 * (high - low), 1 if counts else 0.01)
    if counts:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    ax.set_xlim(low - margin, high + margin)
    for place, row in zip(places, rows.to_dict("records"), strict=True):
        start = low - margin if pd.isna(row["article_lower"]) else row["article_lower"]
        stop = high + margin if pd.isna(row["article_upper"]) else row["article_upper"]
        if pd.notna(row["article_lower"]) or pd.notna(row["article_upper"]):
            ax.plot([start, stop], [place, place], color="0.8", linewidth=7, solid_capstyle="butt")
            if start == stop:
                ax.plot([start], [place], color="0.6", marker="|", markersize=12, linestyle="none")
        colour, marker = VERDICTS[row["verdict"]]
        error = None
        if pd.notna(row["lower"]):
            error = [[row["value"] - row["lower"]], [row["upper"] - row["value"]]]
        ax.errorbar(
            row["value"], place, xerr=error, color=colour, marker=marker, capsize=2, elinewidth=0.8
        )
    ax.set_yticks(places, rows["claim"])
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.set_xlabel(translate(units[0], "unit", language))
    write_ticks(ax.xaxis, language)
    return ax


def plot_ledger(table: pd.DataFrame, *, language: str = "en") -> Figure:
    """Draw the whole ledger: one panel a unit, the verdicts' legend below.

    Parameters
    ----------
    table : DataFrame
        As `check_claims` returns it.
    language : str
        Of words and numbers: "en", "ru" or "kk".

    Returns
    -------
    Figure
        As `plot_claims` for each unit. Where no statement has a number of ours, one empty Axes
        that says so.

    Raises
    ------
    UnknownName
        As `plot_claims`.
    """
    check_language(language)
    panels = [rows for _, rows in table.dropna(subset="value").groupby("unit", sort=False)]
    heights = [len(rows) + 1.6 for rows in panels] or [4.0]
    fig, axes = plt.subplots(
        len(heights),
        figsize=(4.72, 0.24 * sum(heights) + 0.4),
        height_ratios=heights,
        squeeze=False,
    )
    for ax, rows in zip(axes.flat, panels, strict=False):
        plot_claims(rows, language=language, ax=ax)
    if panels:
        handles = verdict_handles(pd.concat(panels), language=language)
        fig.legend(handles=handles, loc="outside lower center", ncols=3)
    else:
        axes[0, 0].set_axis_off()
        words = text("claims.none", language, economy=table["economy"].iloc[0])
        axes[0, 0].text(0.5, 0.5, words, ha="center", transform=axes[0, 0].transAxes)
    return fig


def verdict_handles(table: pd.DataFrame, *, language: str = "en") -> list[Line2D]:
    """Return the legend of `plot_claims`: the verdicts that a table has, and the article's bar.

    Parameters
    ----------
    table : DataFrame
        Rows of `check_claims` that are drawn.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    list of Line2D
        Labelled handles, in the order of the verdicts.

    Raises
    ------
    UnknownName
        If there is no such language.
    """
    handles = [
        Line2D(
            *([], []),
            color=colour,
            marker=marker,
            linestyle="none",
            label=text(f"verdict.{verdict}", language),
        )
        for verdict, (colour, marker) in VERDICTS.items()
        if verdict in set(table["verdict"])
    ]
    article = text("claims.article", language)
    return [*handles, Line2D([], [], color="0.8", linewidth=7, label=article)]


def describe_claims(table: pd.DataFrame, name: str | None = None, *, language: str = "en") -> str:
    """Write the caption of the ledger's picture, built from its table.

    Parameters
    ----------
    table : DataFrame
        As `check_claims` returns it.
    name : str, optional
        The economy's name in the language; its code by default.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    str
        What is drawn, of whom, how many statements have which verdict, and which are not drawn.

    Raises
    ------
    UnknownName
        If there is no such language.
    """
    edition = table["edition"].iloc[0]
    counts = table["verdict"].value_counts()
    listed = ", ".join(
        text(
            "claims.count",
            language,
            count=counts[verdict],
            verdict=text(f"verdict.{verdict}", language),
        )
        for verdict in VERDICTS
        if verdict in counts
    )
    left_out = ", ".join(table.loc[table["value"].isna(), "claim"])
    parts = [
        text("claims.head", language, name=name or table["economy"].iloc[0], edition=edition),
        text("claims.bars", language),
        text("claims.points", language),
        text("claims.counts", language, count=len(table), listed=listed),
    ]
    if left_out:
        parts.append(text("claims.left_out", language, claims=left_out))
    return " ".join(parts)


def alternative_text_claims(table: pd.DataFrame, *, language: str = "en") -> str:
    """Write the alternative text of the ledger's picture.

    Parameters
    ----------
    table : DataFrame
        As `check_claims` returns it.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    str
        The kind of chart, its units and, for each statement that is drawn, the article's number,
        ours with its interval, and the verdict.

    Raises
    ------
    UnknownName
        As `plot_claims`.
    """
    check_language(language)
    drawn = table.dropna(subset="value")
    if drawn.empty:
        return text("claims.none", language, economy=table["economy"].iloc[0])
    units = "; ".join(translate(unit, "unit", language) for unit in dict.fromkeys(drawn["unit"]))
    rows = [
        text(
            "claims.row",
            language,
            claim=row["claim"],
            article=_article(row["article_lower"], row["article_upper"], language),
            ours=_ours(row, language),
            verdict=text(f"verdict.{row['verdict']}", language),
        )
        for row in drawn.to_dict("records")
    ]
    return f"{word('claims.chart', language, units=units)} {'; '.join(rows)}."


def _article(low: float, high: float, language: str) -> str:
    """Write what the article says: a number, a range, one end, or nothing."""
    if pd.isna(low) and pd.isna(high):
        return text("claims.unsaid", language)
    if pd.isna(low):
        return text("claims.at_most", language, number=_number(high, language))
    if pd.isna(high):
        return text("claims.at_least", language, number=_number(low, language))
    if low == high:
        return _number(low, language)
    return interval(low, high, language, 0 if low % 1 == high % 1 == 0 else 2)


def _ours(row: Mapping[Any, Any], language: str) -> str:
    """Write our number and its interval."""
    if pd.isna(row["lower"]):
        return _number(row["value"], language)
    ends = interval(row["lower"], row["upper"], language)
    return text("claims.ours", language, value=decimal(row["value"], language), interval=ends)


def _number(number: float, language: str) -> str:
    """Write a number, a whole one without decimals."""
    return decimal(number, language, 0 if number % 1 == 0 else 2)
