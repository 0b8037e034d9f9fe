"""Sources of an estimate: how much each weighs, and what changes without it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

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
    write_in_middle,
    write_ticks,
)
from govlib.plot._text import Say, check_columns, check_one
from govlib.plot.indicators import STYLES

ENDS = ["change_lower", "change_upper"]


def weights(
    table: pd.DataFrame,
    *,
    country: str = "",
    notes: str = "",
    highlight: str | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the weights of the sources of one country's estimates, a marker for each year.

    Parameters
    ----------
    table : DataFrame
        As `stats.sources.weights` returns it, of one dimension and at most four years.
    country : str
        The country's name in the language, for the caption.
    highlight : str, optional
        Code of a source, whose label is in bold.
    """
    say = Say(language, names, highlight)
    check_columns(table, ["dimension", "year", "source", "weight"], ["year", "source"])
    check_one(table, ["economy", "dimension"])
    known = table.dropna(subset="weight").assign(percent=100 * table["weight"])
    heaviest = known.groupby("source")["percent"].max().sort_values()
    places = {source: place for place, source in enumerate(heaviest.index)}
    points = []
    with drawing(ax) as (ax, look):
        for style, (year, rows) in zip(STYLES, known.groupby("year"), strict=False):
            looks: dict[str, Any] = style | {"linestyle": "none", "label": str(year)}
            draw_points(ax, look, rows["percent"], rows["source"].map(places), **looks)
            for row in rows.to_dict("records"):
                lines = [say.name(row["source"]), str(year)]
                lines.append(f"{say('sources.weight')}: {say.number(row['percent'], 1)}")
                points.append(Point(row["percent"], places[row["source"]], "\n".join(lines)))
        _list_rows(ax, look, list(places), say)
        label_axes(ax, look, x=say("sources.weight"))
        if points:
            ax.set_xlim(left=0)
            legend_below(ax, look, ax.containers)

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        given = {"name": country or "–", "years": ", ".join(map(str, sorted(set(drawn["year"]))))}
        caption = say("sources.head_weights", dimension=_dimension(drawn, say), **given)
        listed = []
        for year, rows in drawn.sort_values("weight", ascending=False).groupby("year"):
            shares = [(say.name(r["source"]), 100 * r["weight"]) for r in rows.to_dict("records")]
            told = (say("sources.share", name=n, value=say.number(x, 1)) for n, x in shares)
            listed.append(f"{year}: {', '.join(told)}")
        told_all = say("sources.chart_weights", values="; ".join(listed))
        return f"{caption} {notes}".strip(), told_all if listed else f"{say('sources.none')}."

    shown = known.drop(columns="percent")
    return register(ax, Panel("weights", shown, language, points, write))


def left_out(
    table: pd.DataFrame,
    *,
    country: str = "",
    notes: str = "",
    highlight: str | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the change of one country's estimate with each source left out, with 90% intervals.

    Parameters
    ----------
    table : DataFrame
        As `stats.sources.drop` returns it, of one dimension.
    country : str
        The country's name in the language, for the caption.
    highlight : str, optional
        Code of a source, whose label is in bold.
    """
    say = Say(language, {"": Say(language)("sources.all"), **(names or {})}, highlight)
    check_columns(table, ["dimension", "dropped", "first", "last", "change", *ENDS], ["dropped"])
    check_one(table, ["economy", "dimension"])
    known = table.dropna(subset="change").sort_values("change", ascending=False, kind="stable")
    rows, points = known.to_dict("records"), []
    with drawing(ax) as (ax, look):
        for place, row in enumerate(rows):
            reach = [[row["change"] - row[ENDS[0]]], [row[ENDS[1]] - row["change"]]]
            looks: dict[str, Any] = STYLES[2] if row["dropped"] == "" else STYLES[0]
            looks = looks | {"linestyle": "none", "capsize": 2.5, "elinewidth": 0.8}
            draw_points(ax, look, row["change"], place, xerr=reach, **looks)
            points.append(Point(row["change"], place, _tell(row, say)))
        _list_rows(ax, look, [row["dropped"] for row in rows], say)
        if rows:
            draw_zero(ax.axvline, look)
            years = {"first": rows[0]["first_year"], "last": rows[0]["last_year"]}
            label_axes(ax, look, x=say("sources.change", **years))

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        if drawn.empty:
            return f"{say('sources.none')}. {notes}".strip(), f"{say('sources.none')}."
        row = drawn.iloc[0]
        given: dict[str, Any] = {"first": int(row["first_year"]), "last": int(row["last_year"])}
        given |= {"name": country or "–", "rho": say.number(row["rho"])}
        caption = say("sources.head_left_out", dimension=_dimension(drawn, say), **given)
        values = "; ".join(
            say(
                "sources.row",
                name=say.name(one["dropped"]),
                value=say.number(one["change"]),
                interval=say.ends(one[ENDS[0]], one[ENDS[1]]),
            )
            for one in drawn.iloc[::-1].to_dict("records")
        )
        return f"{caption} {notes}".strip(), say("sources.chart_left_out", values=values)

    return register(ax, Panel("left_out", known, language, points, write))


def _tell(row: Mapping[Any, Any], say: Say) -> str:
    """Return the hover text of a source left out."""
    ends = [row[end] for end in ENDS]
    both = {"first": say.number(row["first"]), "last": say.number(row["last"])}
    notes = [say("sources.estimates", **both)]
    return say.hover(
        [say.name(row["dropped"])], say("sources.changed"), row["change"], ends, notes=notes
    )


def _dimension(table: pd.DataFrame, say: Say) -> str:
    return ", ".join(say.dimensions(table).values())


def _list_rows(ax: Axes, look: Look, codes: list[str], say: Say) -> None:
    """Name the rows of sources; without any the Axes says so."""
    if not codes:
        write_in_middle(ax, look, say("sources.none"))
        ax.set(xticks=[], yticks=[])
        return
    room = 0.4 * look.width
    ax.set_yticks(range(len(codes)), [look.wrap(say.name(code), room, 7) for code in codes])
    for tick, code in zip(ax.get_yticklabels(), codes, strict=True):
        if code == say.highlight:
            tick.set_fontweight("bold")
    ax.set_ylim(-0.6, len(codes) - 0.4)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    write_ticks(ax.xaxis, say.language)
