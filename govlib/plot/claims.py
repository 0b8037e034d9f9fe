"""The ledger: the article's numbers against those recomputed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from govlib.i18n import translate
from govlib.plot._style import (
    Look,
    Panel,
    Point,
    draw_points,
    drawing,
    figure,
    label_axes,
    legend_of_figure,
    register,
    write_in_middle,
    write_ticks,
)
from govlib.plot._text import Say

# Shade and marker both tell the verdicts apart, for print in grey as well.
VERDICTS = {
    "reproduced": ("#0072B2", "o"),
    "explained": ("#009E73", "P"),
    "plausible": ("#56B4E9", "D"),
    "undecided": ("#E69F00", "v"),
    "differs": ("#D55E00", "s"),
    "not supported": ("#CC79A7", "^"),
    "not comparable": ("#999999", "p"),
    "not checkable": ("#777777", "x"),
}
ENDS = ["article_lower", "article_upper", "value", "lower", "upper"]


def ledger(
    table: pd.DataFrame,
    *,
    profile: str = "paper",
    highlight: str | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
) -> Figure:
    """Draw the ledger: the article's numbers as bars, recomputed ones as points with intervals.

    One panel for each unit; rows are grouped by verdict, from reproduced to not checkable. A
    statement of a direction or of "at least" is a bar that is open on one side; it ends at the
    edge of the Axes. Statements without a recomputed number are left out, and named in the
    caption; where none has one, an empty Axes says so.

    Parameters
    ----------
    table : DataFrame
        As `claims.check` returns it.
    highlight : str, optional
        Id of the claim that is named in bold.
    """
    say = Say(language, names, highlight)
    drawn = table.dropna(subset="value")
    units = [rows for _, rows in drawn.groupby("unit", sort=False)]
    heights = [6.1 * len(rows) + 11 for rows in units] or [40.0]
    size: dict[str, Any] = {"panel_height": heights, "panel_width": 110, "narrowest": 60}
    fig, axes = figure(profile=profile, panels=len(heights), **size)
    for rows, panel in zip(units or [table], np.atleast_1d(axes), strict=True):
        with drawing(panel) as (ax, look):
            if units:
                points = _draw(ax, look, rows, say)
            else:
                points = []
                ax.set_axis_off()
                write_in_middle(ax, look, say("claims.none", economy=table["economy"].iloc[0]))
        # The texts are of the whole ledger, not only of the statements that are drawn.
        register(ax, Panel("ledger", rows, language, points, lambda _: _write(table, say)))
    if units:
        handles = {
            say(f"verdict.{verdict}"): Line2D([], [], color=colour, marker=marker, linestyle="none")
            for verdict, (colour, marker) in VERDICTS.items()
            if verdict in set(drawn["verdict"])
        }
        article = Line2D([], [], color="0.8", linewidth=look.line(7), solid_capstyle="butt")
        legend_of_figure(fig, handles | {say("claims.article"): article})
    return fig


def _draw(ax: Axes, look: Look, rows: pd.DataFrame, say: Say) -> list[Point]:
    """Draw the claims of one unit; return their points."""
    order = {verdict: place for place, verdict in enumerate(VERDICTS)}
    rows = rows.sort_values("verdict", key=lambda verdict: verdict.map(order), kind="stable")
    numbers = rows[ENDS].to_numpy("float64")
    low, high = np.nanmin(numbers), np.nanmax(numbers)
    counts = bool((numbers[~np.isnan(numbers)] % 1 == 0).all())
    margin = max(0.08 * (high - low), 1 if counts else 0.01)
    if counts:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    ax.set_xlim(low - margin, high + margin)
    places = range(len(rows) - 1, -1, -1)
    points = []
    for place, row in zip(places, rows.to_dict("records"), strict=True):
        below, above = row["article_lower"], row["article_upper"]
        if pd.notna(below) or pd.notna(above):
            start = low - margin if pd.isna(below) else below
            stop = high + margin if pd.isna(above) else above
            bar: dict[str, Any] = {"linewidth": look.line(7), "solid_capstyle": "butt"}
            ax.plot([start, stop], [place, place], color="0.8", **bar)
            if start == stop:
                size = look.line(12)
                ax.plot([start], [place], color="0.6", marker="|", markersize=size)
        colour, marker = VERDICTS[row["verdict"]]
        error = [[row["value"] - row["lower"]], [row["upper"] - row["value"]]]
        looks: dict[str, Any] = {"color": colour, "marker": marker}
        draw_points(ax, look, row["value"], place, xerr=error, capsize=2, elinewidth=0.8, **looks)
        points.append(Point(row["value"], place, _row(row, say)))
    ax.set_yticks(places, rows["claim"])
    for tick, claim in zip(ax.get_yticklabels(), rows["claim"], strict=True):
        if claim == say.highlight:
            tick.set_fontweight("bold")
    ax.set_ylim(-0.7, len(rows) - 0.3)
    beside = max(map(look.measure, rows["claim"])) + 4 * look.scale
    label_axes(ax, look, x=_unit(rows["unit"].iloc[0], say), beside=beside)
    write_ticks(ax.xaxis, say.language)
    return points


def _write(table: pd.DataFrame, say: Say) -> tuple[str, str]:
    """Write caption and alternative text of the whole ledger."""
    economy, edition = table["economy"].iloc[0], table["edition"].iloc[0]
    # Our own checks of a statement are no statements of the article.
    stated = table[table["check_of"] == ""] if "check_of" in table else table
    counts = stated["verdict"].value_counts()
    listed = ", ".join(
        say("claims.count", count=counts[verdict], verdict=say(f"verdict.{verdict}"))
        for verdict in VERDICTS
        if verdict in counts
    )
    parts = [
        say("claims.head", name=say.name(economy), edition=edition),
        say("claims.bars"),
        say("claims.points"),
        say("claims.counts", count=len(stated), listed=listed),
    ]
    left_out = ", ".join(table.loc[table["value"].isna(), "claim"])
    if left_out:
        parts.append(say("claims.left_out", claims=left_out))
    caption, drawn = " ".join(parts), table.dropna(subset="value")
    if drawn.empty:
        return caption, say("claims.none", economy=economy)
    units = [_unit(unit, say) for unit in dict.fromkeys(drawn["unit"]) if unit]
    rows = "; ".join(_row(row, say) for row in drawn.to_dict("records"))
    return caption, f"{say('claims.chart', units='; '.join(units))} {rows}."


def _unit(unit: str, say: Say) -> str:
    """Write a unit; a claim may have none."""
    return translate(unit, "unit", say.language) if unit else ""


def _row(row: Mapping[Any, Any], say: Say) -> str:
    """Write a claim: the article's number, the recomputed one with its interval, the verdict."""

    def number(value: float) -> str:
        return say.number(value, 0 if value % 1 == 0 else 2)

    low, high = row["article_lower"], row["article_upper"]
    if pd.isna(low) and pd.isna(high):
        article = say("claims.unsaid")
    elif pd.isna(low):
        article = say("claims.at_most", number=number(high))
    elif pd.isna(high):
        article = say("claims.at_least", number=number(low))
    elif low == high:
        article = number(low)
    else:
        article = say.ends(low, high, 0 if low % 1 == high % 1 == 0 else 2)
    ours = number(row["value"])
    if pd.notna(row["lower"]):
        ends = say.ends(row["lower"], row["upper"])
        ours = say("claims.ours", value=say.number(row["value"]), interval=ends)
    verdict = say(f"verdict.{row['verdict']}")
    return say("claims.row", claim=row["claim"], article=article, ours=ours, verdict=verdict)
