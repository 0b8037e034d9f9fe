"""One economy among others: estimates, positions, changes, gaps.

A table has one edition, and 1 to 20 economies unless a function says otherwise; estimates and
errors are in standard normal units, intervals are 90%. BadTable is raised as by
`stats.check_table`, and for several years or dimensions where one is drawn.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from govlib.errors import BadTable
from govlib.plot._style import (
    MM,
    POINT,
    Look,
    Panel,
    Point,
    draw_points,
    draw_zero,
    drawing,
    figure,
    label_axes,
    legend_of_figure,
    register,
    spread,
    title,
    write_ticks,
)
from govlib.plot._text import Say, around, check_columns, check_one, points_key, span_of
from govlib.plot.lines import STYLES, draw_trend, trend_points, year_ticks
from govlib.stats._tables import Z90, check_table

OWN: dict[str, Any] = {"color": "#0072B2", "marker": "o", "markerfacecolor": "#0072B2", "zorder": 3}
OTHERS: dict[str, Any] = {"color": "0.45", "marker": "o", "markerfacecolor": "white", "zorder": 2}
MOST = 20
"""The most economies that are drawn side by side."""

Names = Mapping[str, str] | None


def intervals(
    table: pd.DataFrame,
    *,
    highlight: str | None = None,
    names: Names = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the estimates of economies in one dimension and year.

    One row per economy, the highest estimate on top; those without an estimate are listed at
    the bottom, with no point.

    Parameters
    ----------
    table : DataFrame
        With `estimate` and `standard_error`.
    """
    say = Say(language, names, highlight)
    check_table(table, ["estimate", "standard_error"])
    _check_single(table, ["year", "dimension"])
    with drawing(ax) as (ax, look):
        _draw_estimates(ax, look, table, say("axis.estimate"), say)
    return _register(ax, "intervals", table, _points(table, "estimate", say.hover_row), say)


def gaps(
    table: pd.DataFrame,
    *,
    highlight: str | None = None,
    names: Names = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the gaps between effectiveness and voice in one year.

    As `intervals`, the largest gap on top.

    Parameters
    ----------
    table : DataFrame
        Rows of `stats.gap`.
    """
    say = Say(language, names, highlight)
    needed = ["gap", "gap_lower", "gap_upper", "rho", "assumed_error"]
    check_columns(table, needed, hint="stats.gap returns them")
    drawn = table.assign(dimension="ge-va", estimate=table["gap"])
    check_table(drawn, ["estimate", "standard_error"])
    _check_single(drawn, ["year"])

    def tell(row: Mapping[Any, Any]) -> str:
        heads = [say.named(row["economy"]), f"{say('gap.label')}, {row['year']}"]
        ends = row["gap_lower"], row["gap_upper"]
        return say.hover(heads, say("measure.estimate"), row["gap"], ends)

    with drawing(ax) as (ax, look):
        _draw_estimates(ax, look, drawn, say("gap.axis"), say)
    points = _points(drawn, "estimate", tell)
    panel = Panel("gaps", table, language, points, lambda rows: _write_gaps(rows, say))
    return register(ax, panel)


def positions(
    league: pd.DataFrame,
    *,
    highlight: str | None = None,
    names: Names = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the positions of economies in one dimension and year.

    One row per economy, the first position on top and to the right: right is better, as in
    `intervals`. Economies without a position are listed at the bottom.

    Parameters
    ----------
    league : DataFrame
        As `stats.league` returns it.
    """
    say = Say(language, names, highlight)
    bounds = ["position_lower", "position_upper"]
    check_table(league, ["position", *bounds, "ranked"])
    _check_single(league, ["year", "dimension"])
    rows = league.sort_values(["position", "economy"])
    place, lower, upper = (rows[c].astype("float64").to_numpy() for c in ["position", *bounds])
    # A position may lie outside its interval at the ends of a ranking, where draws go one way.
    reach = np.array([np.maximum(place - lower, 0), np.maximum(upper - place, 0)])
    ranked = int(rows["ranked"].iloc[0])

    def tell(row: Mapping[Any, Any]) -> str:
        ends = say.ends(row[bounds[0]], row[bounds[1]], 0)
        given = {"position": int(row["position"]), "ranked": ranked}
        note = say("explorer.place", interval=ends, **given)
        if "estimate" in row and "standard_error" in row:
            return say.hover_row(row, notes=[note])
        return "\n".join([say.named(row["economy"]), say.when(row), note])

    with drawing(ax) as (ax, look):
        _draw_rows(ax, look, rows, place, reach, say("axis.position", count=ranked), say)
        ax.set_xlim(ranked + 0.5, 0.5)
        ax.set_xticks(range(1, ranked + 1, max(1, round(ranked / 6))))
    return _register(ax, "positions", league, _points(league, "position", tell), say)


def slopes(
    table: pd.DataFrame,
    *,
    highlight: str | None = None,
    names: Names = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the estimates of economies in one dimension and two years, joined.

    One line per economy, named at its right end; one that lacks a year has a point only, those
    that lack both are listed below, as having none.

    Parameters
    ----------
    table : DataFrame
        With `estimate` and `standard_error`; BadTable is also raised if there are not two years.
    """
    say = Say(language, names, highlight)
    check_table(table, ["estimate", "standard_error"])
    _check_single(table, ["dimension"])
    years = sorted(set(table["year"]))
    if len(years) != 2:
        raise BadTable(f"A slope joins two years; the table has {', '.join(map(str, years))}.")
    values, errors = (
        table.pivot_table(index="economy", columns="year", values=column, dropna=False)
        .reindex(index=sorted(set(table["economy"])), columns=years)
        .astype("float64")
        for column in ("estimate", "standard_error")
    )
    gone = [say.name(code) for code in values.index.difference(values.dropna(how="all").index)]
    values = values.dropna(how="all")
    last = values[years[1]].fillna(values[years[0]]).sort_values()
    values = values.loc[last.index]
    economies, count = list(map(str, last.index)), len(last)
    # Side by side, so that the interval of one does not hide that of another.
    offsets = (np.arange(count) - (count - 1) / 2) * min(0.03, 0.24 / max(count - 1, 1))
    # A missing value after each pair, where the line of the next economy begins anew.
    pairs = (
        offsets[:, None] + [0.0, 1.0],
        values.to_numpy("float64"),
        Z90 * errors.loc[last.index].to_numpy(),
    )
    across, up, reach = (np.column_stack([pair, np.full(count, np.nan)]) for pair in pairs)
    with drawing(ax) as (ax, look):
        for own, rows in _by_colour(economies, highlight):
            x, y, error = (values[rows].ravel() for values in (across, up, reach))
            looks = (OWN if own else OTHERS) | {"label": " ".join(economies[i] for i in rows)}
            looks |= {"elinewidth": 0.6, "linewidth": 1.6 if own else 0.8, "markersize": 3}
            draw_points(ax, look, x, y, yerr=error, **looks)
        # To the foot of each name's line, so that it is plain whose name it is.
        starts = offsets + values[years[1]].notna().to_numpy()
        ax.hlines(last, starts, 1.14, color="0.8", linewidth=look.line(0.4), zorder=1)
        ax.set_xlim(-0.25, 1.27)
        ax.set_xticks([0, 1], [str(year) for year in years])
        none = say("axis.none_of", label=say("axis.year"), names=", ".join(gone))
        label_axes(ax, look, x=none if gone else say("axis.year"), y=say("axis.estimate"))
        write_ticks(ax.yaxis, language)
        ax.autoscale_view()
        _name_ends(ax, look, economies, last.tolist(), say)
    place = dict(zip(economies, offsets, strict=True))
    points = [
        Point(place[row["economy"]] + years.index(row["year"]), row["estimate"], say.hover_row(row))
        for row in table.dropna(subset="estimate").to_dict("records")
    ]
    return _register(ax, "slopes", table, points, say)


def distribution(
    table: pd.DataFrame,
    *,
    highlight: str | None = None,
    names: Names = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw one economy among all of one dimension and year: every economy a point.

    Estimates across, percentile ranks up; as many points as economies with an estimate. The
    economy in colour also has the bounds of its rank; without an estimate it is named as
    having none.

    Parameters
    ----------
    table : DataFrame
        Any number of economies, as `stats.ranks` returns them: with `estimate`,
        `standard_error`, `percentile_rank` and its bounds, `ranked`.
    """
    say = Say(language, names, highlight)
    bounds = ["percentile_rank_lower", "percentile_rank_upper"]
    check_table(table, ["estimate", "standard_error", "percentile_rank", *bounds, "ranked"])
    _check_single(table, ["year", "dimension"], most=None)
    known = table.dropna(subset=["estimate", "percentile_rank"])
    x, y = known["estimate"], known["percentile_rank"]
    own = known.loc[known["economy"] == highlight]
    with drawing(ax) as (ax, look):
        ends = around(x, known["standard_error"])
        ax.hlines(y, *ends, color="0.85", linewidth=look.line(0.5), zorder=1)
        ax.plot(x, y, "o", color="0.45", markersize=look.line(1.8), zorder=2)
        for row in own.to_dict("records"):
            rank, error = row["percentile_rank"], row["standard_error"]
            reach = [[rank - row[bounds[0]]], [row[bounds[1]] - rank]]
            looks = OWN | {"label": highlight, "capsize": 2, "xerr": Z90 * error}
            looks["yerr"] = reach if pd.notna(error) else None
            draw_points(ax, look, row["estimate"], rank, **looks)
        if highlight in set(table["economy"]):  # the upper left of a rising curve is empty
            said = say.own if len(own) else say("axis.none", name=say.own)
            corner = {"transform": ax.transAxes, "va": "top", "color": OWN["color"]}
            ax.text(0.03, 0.97, look.wrap(said, 0.28 * look.width), **corner)
        ax.set_ylim(-3, 103)
        count = int(known["ranked"].iloc[0]) if len(known) else 0
        among = say("axis.percentile_rank_among", count=count)
        label_axes(ax, look, x=say("axis.estimate"), y=among)
        write_ticks(ax.xaxis, language)
    points = [
        Point(row["estimate"], row["percentile_rank"], say.hover_row(row))
        for row in known.to_dict("records")
    ]
    return _register(ax, "distribution", table, points, say)


def small_trends(
    table: pd.DataFrame,
    *,
    profile: str = "paper",
    highlight: str | None = None,
    names: Names = None,
    language: str = "en",
) -> Figure:
    """Draw the trends of several economies in small panels of one scale.

    One panel per economy, each as `trend` draws it and named by its economy: the highlighted one
    first, then in the order of the table. One legend below all.

    Parameters
    ----------
    table : DataFrame
        With `estimate` and `standard_error`, of several years and dimensions.
    """
    say = Say(language, names, highlight)
    check_table(table, ["estimate", "standard_error"])
    _check_single(table, [])
    economies = sorted(dict.fromkeys(table["economy"]), key=lambda code: code != highlight)
    size: dict[str, Any] = {"panels": len(economies), "panel_height": 36}
    size |= {"panel_width": 40, "narrowest": 30}
    fig, axes = figure(profile=profile, sharex=True, sharey=True, **size)
    handles: dict[str, Any] = {}
    for economy, panel in zip(economies, np.atleast_1d(axes), strict=True):
        rows = table.loc[table["economy"] == economy]
        with drawing(panel) as (ax, look):
            for handle in draw_trend(ax, look, rows, "estimate", say):
                handles.setdefault(str(handle.get_label()), handle)
            for code, label in say.dimensions(rows).items():
                line = STYLES[code]
                handle = Line2D([], [], color=line[0], marker=line[1], linestyle=line[2])
                handles.setdefault(label, handle)
            title(ax, say.name(economy))
            if economy == highlight:
                ax.title.set(color=OWN["color"], fontweight="bold")
        _register(ax, "trends", rows, trend_points(rows, "estimate", say), say)
    ax.autoscale_view(scalex=False)
    ax.set_xlim(table["year"].min() - 0.5, table["year"].max() + 0.5)
    with drawing(ax) as (ax, look):
        year_ticks(ax, look, table["year"])
        room = 0.8 * float(fig.get_size_inches()[1]) * MM
        fig.supylabel(look.wrap(say("axis.estimate"), room))
    order = [*say.dimensions(table).values()]
    order += [say("trend.interval"), say("axis.no_estimate")]
    legend_of_figure(fig, {label: handles[label] for label in order if label in handles})
    return fig


def _register(ax: Axes, kind: str, table: pd.DataFrame, points: list[Point], say: Say) -> Axes:
    """Register a panel with the texts of its kind."""
    panel = Panel(kind, table, say.language, points, lambda rows: _write(rows, kind, say))
    return register(ax, panel)


def _check_single(table: pd.DataFrame, columns: list[str], *, most: int | None = MOST) -> None:
    """Check that there is one year or dimension, and not more economies than can be read."""
    check_one(table, columns)
    count = table["economy"].nunique()
    if most and count > most:
        raise BadTable(
            f"{count} economies cannot be read side by side: choose {most} or fewer, or draw all "
            "with distribution."
        )


def _points(
    table: pd.DataFrame, column: str, tell: Callable[[Mapping[Any, Any]], str]
) -> list[Point]:
    """Return the points of economies in rows, the best in row 0, on top."""
    rows = table.sort_values([column, "economy"], ascending=[column == "position", True])
    return [
        Point(float(row[column]), place, tell(row))
        for place, row in enumerate(rows.to_dict("records"))
        if pd.notna(row[column])
    ]


def _draw_estimates(ax: Axes, look: Look, table: pd.DataFrame, axis: str, say: Say) -> None:
    """Draw estimates, the highest on top, with their intervals."""
    rows = table.sort_values(["estimate", "economy"], ascending=[False, True])
    reach = np.array([Z90 * rows["standard_error"].to_numpy("float64")] * 2)
    _draw_rows(ax, look, rows, rows["estimate"].to_numpy("float64"), reach, axis, say)
    draw_zero(ax.axvline, look)
    write_ticks(ax.xaxis, say.language)


def _draw_rows(
    ax: Axes,
    look: Look,
    rows: pd.DataFrame,
    values: np.ndarray,
    reach: np.ndarray,
    axis: str,
    say: Say,
) -> None:
    """Draw one row per economy from the top: its name, a point and its interval."""
    economies = rows["economy"].tolist()
    for own, places in _by_colour(economies, say.highlight):
        looks = (OWN if own else OTHERS) | {"label": " ".join(economies[i] for i in places)}
        looks |= {"capsize": 1.5, "elinewidth": 1.2 if own else 0.8, "linestyle": "none"}
        draw_points(ax, look, values[places], places, xerr=reach[:, places], **looks)
    labels = [
        say("axis.none", name=say.name(economy)) if np.isnan(value) else say.name(economy)
        for economy, value in zip(economies, values, strict=True)
    ]
    ax.set_yticks(range(len(economies)), labels)
    for tick, economy in zip(ax.get_yticklabels(), economies, strict=True):
        if economy == say.highlight:
            tick.set(color=OWN["color"], fontweight="bold")
    ax.set_ylim(len(economies) - 0.5, -0.5)
    label_axes(ax, look, x=axis, beside=max(map(look.measure, labels)) + 4 * look.scale)


def _by_colour(economies: list[str], highlight: str | None) -> Iterator[tuple[bool, np.ndarray]]:
    """Give the places of the others, then of the highlighted one, to be drawn at once, for speed.

    The label of what is drawn lists their codes.
    """
    is_own = np.array([economy == highlight for economy in economies], bool)
    for own in (False, True):
        places = np.flatnonzero(is_own == own)
        if len(places):
            yield own, places


def _name_ends(ax: Axes, look: Look, economies: list[str], ends: list[float], say: Say) -> None:
    """Write names at the right ends of lines, moved apart so that none covers another."""
    if not ends:
        return
    low, high = ax.get_ylim()
    room = look.height - 22 * look.scale  # of the Axes, without its labels
    gap = (high - low) * max(1.3 * look.size(6.5) * POINT / room, 0.04)
    places = spread(ends, gap)
    for i, place in enumerate(places):
        looks: dict[str, Any] = {"va": "center", "fontsize": look.size(6.5), "color": "0.25"}
        if economies[i] == say.highlight:
            looks |= {"color": OWN["color"], "fontweight": "bold"}
        ax.text(1.3, place, say.name(economies[i]), **looks)
    # Plain lines: matplotlib takes a hundred times as long to clip the arrow of an annotation.
    leaders = [[(1.14, ends[i]), (1.27, place)] for i, place in enumerate(places)]
    lines = LineCollection(leaders, linewidths=look.line(0.4), colors="0.6")
    ax.add_collection(lines, autolim=False)
    ax.set_ylim(min(low, min(places) - gap), max(high, max(places) + gap))


def _write(table: pd.DataFrame, kind: str, say: Say) -> tuple[str, str]:
    """Write caption and alternative text of one economy among others."""
    labels, edition = say.dimensions(table), table["edition"].iloc[0]
    column = "position" if kind == "positions" else "estimate"
    values = table.groupby("economy")[column].count()
    rows = table.dropna(subset=column)
    counts = {code: rows.loc[rows["dimension"] == code, "economy"].nunique() for code in labels}
    alone = say.highlight is None
    listed = "; ".join(
        say("peers.counted", dimension=label, count=counts[code])
        if alone or len(set(counts.values())) > 1  # not all economies have all dimensions
        else label
        for code, label in labels.items()
    )
    years, total = _years(table, kind), int((values > 0).sum())
    head = say("peers.head", dimensions=listed, name=say.own, count=total, years=years)
    parts = [f"{listed}, {years}." if alone else head]
    if kind in ("intervals", "trends") or (kind == "distribution" and alone):
        parts.append(say(points_key(edition)))
    else:
        parts.append(say(f"peers.points_{kind}", name=say.own))
    if kind == "positions":
        assumed = table["assumed_error"].max() if "assumed_error" in table else None
        if pd.notna(assumed):
            parts.append(say("peers.assumed", error=say.number(assumed)))
    elif rows["standard_error"].notna().any():
        key = "trend.bands" if kind == "trends" else "trend.bars"
        parts.append(say(key, z=say.number(Z90)))
    elif len(rows):
        parts.append(say("trend.no_errors", edition=edition))
    none = [say.name(code) for code in values.index[values == 0]]
    if none and kind != "distribution":  # the world has too many to name
        parts.append(say("peers.none", names=", ".join(none)))
    parts.append(say("trend.source", edition=edition))
    tell = {"positions": _tell_positions, "slopes": _tell_change, "trends": _tell_change}
    told = [say(f"peers.chart_{kind}", years=years)]
    for code, label in labels.items():
        of_one = table[table["dimension"] == code]
        known = of_one.dropna(subset=column).sort_values([column, "economy"])
        said = tell.get(kind, _tell_estimates)(known, say)
        if not (say.highlight in set(known["economy"]) or alone):
            said = [say("peers.own_none", name=say.own), *said]
        given = {"year": _years(of_one, kind), "values": "; ".join(said)}
        told.append(say("peers.panel", dimension=label, **given))
    return " ".join(parts), " ".join(told)


def _years(table: pd.DataFrame, kind: str) -> str:
    """Write the years of a table: a slope has its two only."""
    years = sorted(set(table["year"]))
    return ", ".join(map(str, years)) if kind == "slopes" else span_of(years)


def _tell_estimates(known: pd.DataFrame, say: Say) -> list[str]:
    """Tell the own estimate (and percentile rank), the highest and the lowest estimate."""
    told = []
    for row in known[known["economy"] == say.highlight].to_dict("records"):
        given = {"name": say.own, "value": say.number(row["estimate"])}
        if "ranked" in row:
            rank = say.number(row["percentile_rank"], 1)
            told.append(say("peers.rank", rank=rank, count=row["ranked"], **given))
        elif pd.isna(row["standard_error"]):
            told.append(say("peers.own_bare", **given))
        else:
            ends = say.ends(*around(row["estimate"], row["standard_error"]))
            told.append(say("peers.own", interval=ends, **given))
    for key, place in (("highest", -1), ("lowest", 0)):
        for row in known.iloc[[place] if len(known) else []].to_dict("records"):
            given = {"name": say.name(row["economy"]), "value": say.number(row["estimate"])}
            told.append(say(f"peers.end_{key}", **given))
    return told


def _tell_positions(known: pd.DataFrame, say: Say) -> list[str]:
    """Tell the own position, and the economies at both ends."""
    told = []
    for row in known[known["economy"] == say.highlight].to_dict("records"):
        ends = say.ends(row["position_lower"], row["position_upper"], 0)
        given = {"position": int(row["position"]), "count": int(row["ranked"])}
        told.append(say("peers.place", name=say.own, interval=ends, **given))
    if len(known):
        for key, economy in zip(("first", "last"), known["economy"].iloc[[0, -1]], strict=True):
            told.append(say(f"peers.end_{key}", name=say.name(economy)))
    return told


def _tell_change(known: pd.DataFrame, say: Say) -> list[str]:
    """Tell the own first and last estimate, and in how many economies the last is higher."""
    found = known.sort_values("year").groupby("economy")["estimate"].agg(["first", "last", "size"])
    ends = found[found["size"] > 1]
    told = []
    for row in ends[ends.index == say.highlight].to_dict("records"):
        given = {"first": say.number(row["first"]), "last": say.number(row["last"])}
        told.append(say("peers.moved", name=say.own, **given))
    if len(ends):
        count = int((ends["last"] > ends["first"]).sum())
        told.append(say("peers.rose", count=count, all=len(ends)))
    return told


def _write_gaps(table: pd.DataFrame, say: Say) -> tuple[str, str]:
    """Write caption and alternative text of gaps."""
    edition, year = table["edition"].iloc[0], table["year"].iloc[0]
    nothing = say("trend.none", edition=edition)
    head = say("gap.head", name=say.own, year=year)
    parts = [head if say.highlight else f"{say('gap.label')}, {year}."]
    if table["gap"].isna().all():
        parts.append(nothing)
    else:
        rho = float(table["rho"].iloc[0])
        correlation = "gap.correlated" if rho else "gap.uncorrelated"
        parts.append(say("trend.bars", z=say.number(Z90)))
        parts.append(say(correlation, rho=say.number(rho)))
    for error in table["assumed_error"].dropna().head(1):
        parts.append(say("gap.assumed", edition=edition, error=say.number(error)))
    parts.append(say("trend.source", edition=edition))
    rows = table.dropna(subset="gap").sort_values(["gap", "economy"], ascending=[False, True])
    values = []
    for row in rows.to_dict("records"):
        ends = say("explorer.interval", interval=say.ends(row["gap_lower"], row["gap_upper"]))
        own = f" ({ends})" if row["economy"] == say.highlight else ""
        values.append(f"{say.name(row['economy'])} {say.number(row['gap'])}{own}")
    told = f"{'; '.join(values)}." if values else nothing
    return " ".join(parts), f"{say('gap.chart', axis=say('gap.axis'))} {told}"
