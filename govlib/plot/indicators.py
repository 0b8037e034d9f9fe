"""Indicators of different publishers: ranks over the years, and one against another.

BadTable is raised for a table that lacks a column, or in which two rows are one point.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from govlib.errors import BadTable
from govlib.plot._style import (
    Panel,
    Point,
    draw_points,
    draw_zero,
    drawing,
    label_axes,
    legend_below,
    register,
    write_in_middle,
    write_ticks,
)
from govlib.plot._text import Say, around, check_columns, first_and_last, span_of
from govlib.plot.lines import year_ticks
from govlib.stats._tables import Z90

# Okabe and Ito's colours, apart for every common colour vision; marker and line differ as well.
STYLES: list[dict[str, Any]] = [
    {"color": "#0072B2", "marker": "o", "linestyle": "-"},
    {"color": "#E69F00", "marker": "^", "linestyle": "-."},
    {"color": "#D55E00", "marker": "s", "linestyle": "--"},
    {"color": "#009E73", "marker": "D", "linestyle": ":"},
]
OWN: dict[str, Any] = {"color": "#0072B2", "marker": "D", "linestyle": "none", "capsize": 2.5}
OWN["zorder"] = 3
BOUNDS = ["percentile_lower", "percentile_upper"]


def standings(
    table: pd.DataFrame,
    *,
    country: str = "",
    notes: str = "",
    highlight: str | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the percentile ranks of one economy in several indicators over the years.

    One labelled ErrorbarContainer per indicator; bars where bounds are known.

    Parameters
    ----------
    table : DataFrame
        One row per `indicator` (four at most) and `year` with `percentile` and its bounds
        `percentile_lower`, `percentile_upper` (0 to 100, the highest best; bounds missing where
        none are known), and for the caption `ranked`.
    country : str
        The economy's name in the language, for the caption.
    highlight : str, optional
        The indicator whose line is thicker.
    """
    say = Say(language, names, highlight)
    check_columns(table, ["indicator", "year", "percentile", *BOUNDS], ["indicator", "year"])
    known = table.dropna(subset="percentile").sort_values("year")
    there = set(known["indicator"])
    indicators = [code for code in dict.fromkeys(table["indicator"]) if code in there]
    if len(indicators) > len(STYLES):
        raise BadTable(f"{len(indicators)} indicators cannot be read in one figure: four or fewer.")
    with drawing(ax) as (ax, look):
        for code, style in zip(indicators, STYLES, strict=False):
            rows = known[known["indicator"] == code]
            value, lower, upper = (rows[c].astype("float64") for c in ["percentile", *BOUNDS])
            looks = style | {"label": say.name(code), "capsize": 2.5, "elinewidth": 0.8}
            looks["linewidth"] = 2 if code == highlight else 1.2
            reach = [value - lower, upper - value]
            draw_points(ax, look, rows["year"], value, yerr=reach, **looks)
        if not indicators:
            write_in_middle(ax, look, say("standing.no_ranks"))
        ax.set_ylim(-3, 103)
        year_ticks(ax, look, known["year"])
        label_axes(ax, look, x=say("axis.year"), y=say("standing.percentile_rank"))
        if indicators:
            legend_below(ax, look, ax.containers)

    def tell(row: Mapping[Any, Any]) -> str:
        heads = [f"{say.name(row['indicator'])}, {row['year']}"]
        ends = row[BOUNDS[0]], row[BOUNDS[1]]
        return say.hover(heads, say("measure.percentile_rank"), row["percentile"], ends, digits=1)

    write = partial(_write_standings, country=country, notes=notes, say=say)
    points = [Point(row["year"], row["percentile"], tell(row)) for row in known.to_dict("records")]
    return register(ax, Panel("standings", table, language, points, write))


def against(
    x: pd.DataFrame,
    y: pd.DataFrame,
    *,
    axis: str = "",
    notes: str = "",
    highlight: str | Sequence[str] | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw a dimension of the WGI against a ranking: every economy a point, with its 90% interval.

    As many points as economies with both values; without any the Axes says so.

    Parameters
    ----------
    x : DataFrame
        A ranking of one edition and measure: `economy`, `value`, and for the caption `edition`.
    y : DataFrame
        A WGI table of one edition, year and dimension: `economy`, `estimate`, `standard_error`
        (standard normal units).
    axis : str
        Label of the x axis.
    highlight : str or sequence of str, optional
        Codes of economies that are drawn in colour and named, if both tables have them.
    """
    own = [highlight] if isinstance(highlight, str) else list(highlight or [])
    say = Say(language, names)
    check_columns(x, ["economy", "value"], ["economy"])
    check_columns(y, ["economy", "estimate", "standard_error"], ["economy"])
    columns = ["economy", "estimate", "standard_error"]
    both = x[["economy", "value"]].merge(y[columns], on="economy")
    both = both.dropna(subset=["estimate", "value"])
    with drawing(ax) as (ax, look):
        ends = around(both["estimate"], both["standard_error"])
        ax.vlines(both["value"], *ends, color="0.85", linewidth=look.line(0.6), zorder=1)
        looks: dict[str, Any] = {"color": "0.45", "markersize": look.line(2.2), "zorder": 2}
        looks["label"] = say("standing.others")
        handles: list[Any] = ax.plot(both["value"], both["estimate"], "o", **looks)
        for row in both[both["economy"].isin(own)].to_dict("records"):
            looks = OWN | {"label": say.name(row["economy"]), "yerr": Z90 * row["standard_error"]}
            handles.append(draw_points(ax, look, row["value"], row["estimate"], **looks))
        of_voice = "dimension" in y and set(y["dimension"]) == {"va"}
        label_axes(ax, look, x=axis, y=say("standing.axis_of_va" if of_voice else "axis.estimate"))
        if both.empty:
            write_in_middle(ax, look, say("standing.no_both"))
            ax.set(xticks=[], yticks=[])
        else:
            write_ticks(ax.xaxis, language)
            write_ticks(ax.yaxis, language)
            draw_zero(ax.axhline, look)
            legend_below(ax, look, handles[::-1])
    year = x["edition"].iloc[0] if len(x) and "edition" in x else say("standing.no_edition")

    def tell(row: Mapping[Any, Any]) -> str:
        heads = [say.named(row["economy"]), f"{axis}: {say.number(row['value'])}"]
        ends = around(row["estimate"], row["standard_error"])
        heads = heads if axis else heads[:1]
        return say.hover(heads, say("measure.estimate"), row["estimate"], ends)

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        caption = f"{say('standing.against', year=year)} {notes}".strip()
        if drawn.empty:
            return caption, f"{say('shares.none')} {say('standing.no_both')}."
        spans = {
            key: say.ends(drawn[column].min(), drawn[column].max())
            for key, column in (("across", "value"), ("up", "estimate"))
        }
        parts = [say("standing.chart_against", count=len(drawn), **spans)]
        for row in drawn[drawn["economy"].isin(own)].to_dict("records"):
            given = {"x": say.number(row["value"]), "y": say.number(row["estimate"])}
            parts.append(say("standing.point", name=say.name(row["economy"]), **given))
        return caption, " ".join(parts)

    points = [Point(row["value"], row["estimate"], tell(row)) for row in both.to_dict("records")]
    return register(ax, Panel("against", both, language, points, write))


def _write_standings(table: pd.DataFrame, country: str, notes: str, say: Say) -> tuple[str, str]:
    """Write caption and alternative text: of each indicator the first and the last rank."""
    known = table.dropna(subset="percentile").sort_values("year")
    counts = sorted(set(known["ranked"].dropna().astype(int))) if "ranked" in known else []
    count = "–".join(map(str, dict.fromkeys([*counts[:1], *counts[-1:]]))) or 0
    caption = f"{say('standing.ranks', name=country, count=count)} {notes}".strip()
    if known.empty:
        return caption, say("shares.none")
    parts = [say("standing.chart_ranks", years=span_of(known["year"]))]
    for code in dict.fromkeys(known["indicator"]):
        told = []
        for row in first_and_last(known[known["indicator"] == code]):
            given = {"value": say.number(row["percentile"], 1), "year": row["year"]}
            if pd.isna(row[BOUNDS[0]]):
                told.append(say("trend.value", **given))
            else:
                ends = say.ends(row[BOUNDS[0]], row[BOUNDS[1]], 1)
                told.append(say("trend.value_interval", interval=ends, **given))
        parts.append(say("shares.row", row=say.name(code), values="; ".join(told)))
    return caption, " ".join(parts)
