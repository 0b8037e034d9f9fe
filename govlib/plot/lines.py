"""Lines: over the years, of one economy or several, and over the editions of the same years."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Unpack

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from govlib.errors import BadParameter, BadTable, UnknownName, did_you_mean
from govlib.i18n import join_years, translate
from govlib.plot._style import (
    MM,
    POINT,
    Look,
    Pen,
    Point,
    drawing,
    figure,
    legend_of_figure,
    letter,
    title,
)
from govlib.plot._text import (
    DIGITS,
    Say,
    Words,
    around,
    assumed,
    check_one,
    check_points,
    points_key,
    span_of,
)
from govlib.plot.rows import check_few, tell_own, write_panels
from govlib.stats._tables import METHOD_CHANGED, Z90, check_table
from govlib.stats.editions import METHODS, check_editions

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
"""Colours and markers of economies, or answers, of which none is highlighted."""
INDICATORS: list[tuple[str, str, Any]] = [
    *[("#0072B2", "o", "-"), ("#009E73", "^", "-."), ("#D55E00", "s", "--"), ("#CC79A7", "D", ":")]
]
"""Colour, marker and dashes of indicators of other publishers, in their order."""
BAND_DASHED = (0, (9, 5))  # thin edges of bands that rest on an assumed error
BOUNDS = ["percentile_lower", "percentile_upper"]
NOT_MEASURED = (1997, 1999, 2001)
"""Years without a WGI: no gap of an economy."""
MEASURES = {"estimate": "axis.estimate_of_panel", "percentile_rank": "axis.percentile_rank"}
# An axis at least so long: next to nothing would look like a leap.
SPANS = {"estimate": 0.5, "percentile_rank": 20.0}
MARKERS = "osD^vPXp"


def trend(
    table: pd.DataFrame,
    *,
    measure: str = "estimate",
    ax: Axes | None = None,
    **options: Unpack[Words],
) -> Axes:
    """Draw estimates over the years with their 90% intervals: lines, bands, names at their ends.

    One labelled ErrorbarContainer per dimension, in the order va pv ge rq rl cc, or per economy in
    the order of the table. A band joins what a line joins; a point alone has a bar. Lines break
    where an estimate lacks, other than in 1997, 1999 and 2001.
    Without standard errors no interval is drawn; the caption says so.

    Parameters
    ----------
    table : DataFrame
        One edition; one economy, or up to 8 in one dimension. One row per economy, year and
        dimension with `estimate` and `standard_error` (standard deviations); with `position`
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
    say = Say(**options)
    _check_measure(table, measure)
    with drawing(ax, say) as (ax, look):
        handles = _draw_trend(look, table, measure, say)
        _name_ends(look, table, measure, say)
        look.label_axes(x=say("axis.year"), y=say(f"axis.{measure}"))
        if handles:
            look.legend_below(handles)
    kind = "trend" if measure == "estimate" else f"trend_{measure}"
    points = _points(table, measure, say)
    return look.keep(kind, table, points, lambda drawn: _write(drawn, measure, say))


def small_trends(
    table: pd.DataFrame, *, profile: str = "paper", **options: Unpack[Words]
) -> Figure:
    """Draw the trends of several economies in small panels of one scale.

    One panel per economy, as `trend` draws it, before all others in grey: the highlighted one
    first, then from the highest last estimates down. One legend below all. The table has `estimate`
    and `standard_error`, of several years and dimensions.
    """
    say = Say(**options)
    check_table(table, ["estimate", "standard_error"])
    check_few(table, [])
    last = table[table["year"] == table["year"].max()].groupby("economy")["estimate"].mean()
    last = last.reindex(sorted(set(table["economy"]))).fillna(-np.inf)
    economies = sorted(last.index, key=lambda code: (code != say.highlight, -last[code], code))
    size: dict[str, Any] = {"panels": len(economies), "panel_height": 36}
    size |= {"panel_width": 40, "narrowest": 30}
    fig, axes = figure(profile=profile, sharex=True, sharey=True, **size)
    handles: dict[str, Any] = {}
    for code, label in say.dimensions(table).items():
        colour, marker, dashes = STYLES[code]
        handles[label] = Line2D([], [], color=colour, marker=marker, linestyle=dashes)
    lines = [rows for _, rows in table.sort_values("year").groupby(["economy", "dimension"])]
    behind = [one[["year", "estimate"]].to_numpy("float64") for one in lines]
    for economy, panel in zip(economies, np.atleast_1d(axes), strict=True):
        rows = table.loc[table["economy"] == economy]
        with drawing(panel, say) as (ax, look):
            grey: dict[str, Any] = {"colors": "0.85", "linewidths": look.line(0.4), "zorder": 0.1}
            ax.add_collection(LineCollection(behind, **grey))
            keys = _draw_trend(look, rows, "estimate", say)
            handles |= {str(key.get_label()): key for key in keys}
            title(ax, say.name(economy), bold=economy == say.highlight)
        points = _points(rows, "estimate", say)
        look.keep("trends", rows, points, lambda drawn: _write_small(drawn, say))
    ax.autoscale_view(scalex=False)
    ax.set_xlim(table["year"].min() - 0.5, table["year"].max() + 0.5)
    with drawing(ax, say) as (ax, look):
        look.year_ticks(table["year"])
        room = 0.8 * float(fig.get_size_inches()[1]) * MM
        fig.supylabel(look.wrap(say("axis.estimate"), room))
    legend_of_figure(fig, handles)
    return fig


def _write_small(table: pd.DataFrame, say: Say) -> tuple[str, str]:
    """Write caption and alternative text of small trends: first how the own estimates moved."""

    def listed(label: str, rows: pd.DataFrame) -> list[str]:
        years = rows.sort_values("year").groupby("economy")["estimate"]
        ends = years.agg(["first", "last", "size"]).query("size > 1")
        ends = ends.reset_index()
        values = tell_own(ends, say, lambda own, say: _tell_move(own, say.own, "estimate", say))
        count = int((ends["last"] > ends["first"]).sum())
        return [*values, say("peers.rose", count=count, all=len(ends))]

    known, points = table.dropna(subset="estimate"), say(points_key(table["edition"].iloc[0]))
    caption, text = write_panels(table, known, points, "trend.bands", "", listed, say)
    return caption, f"{text} {say('peers.chart_trends', years=span_of(table['year']))}"


def standings(
    table: pd.DataFrame,
    *,
    country: str = "",
    ax: Axes | None = None,
    **options: Unpack[Words],
) -> Axes:
    """Draw the percentile ranks of one economy in several indicators, as `trend` draws lines.

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
    say = Say(**options)
    check_points(table, ["indicator", "year", "percentile", *BOUNDS], ["indicator", "year"])
    known = table.dropna(subset="percentile").sort_values("year")
    there = set(known["indicator"])
    indicators = [code for code in dict.fromkeys(table["indicator"]) if code in there]
    if len(indicators) > len(INDICATORS):
        raise BadTable(f"{len(indicators)} indicators cannot be read in one figure: four or fewer.")
    with drawing(ax, say) as (ax, look):
        texts, marks, banded = [], [], False
        for code, style in zip(indicators, INDICATORS, strict=False):
            rows = known[known["indicator"] == code]
            own, last = code == say.highlight, rows.iloc[-1]
            banded |= _draw_band(look, rows, "percentile", say.name(code), style, strong=own)
            texts.append(f"{say.name(code)} {say.number(last['percentile'], 0)}")
            marks.append((style[0], last["year"], last["percentile"], own))
        if not indicators:
            look.write_in_middle(say("standing.no_ranks"))
        ax.set(ylim=(-3, 103), yticks=range(0, 101, 25))
        look.year_ticks(known["year"], named=True)
        look.label_axes(x=say("axis.year"), y=say("axis.percentile_rank"))
        look.name_ends(texts, marks)
        if banded:
            look.legend_below([_band_key(look, table)])

    def tell(row: Mapping[Any, Any]) -> str:
        heads = [f"{say.name(row['indicator'])}, {row['year']}"]
        ends = [row[bound] for bound in BOUNDS]
        return say.hover(heads, say("measure.percentile_rank"), row["percentile"], ends, digits=1)

    points = [Point(row["year"], row["percentile"], tell(row)) for row in known.to_dict("records")]
    write = partial(_write_standings, country=country, say=say)
    return look.keep("standings", table, points, write)


def _write_standings(table: pd.DataFrame, country: str, say: Say) -> tuple[str, str]:
    """Write caption and alternative text: of each indicator the first and the last rank."""
    known = table.dropna(subset="percentile").sort_values("year")
    counts = sorted(set(known["ranked"].dropna().astype(int))) if "ranked" in known else []
    count = "–".join(map(str, dict.fromkeys([*counts[:1], *counts[-1:]]))) or 0
    caption = say("standing.ranks", name=country, count=count)
    if known.empty:
        return caption, say("shares.none")
    ranks, told = [], []
    for code in dict.fromkeys(known["indicator"]):
        rows = known[known["indicator"] == code]
        ends = rows.iloc[sorted({0, len(rows) - 1})]
        values = "; ".join(_values(ends, "percentile", say))
        told.append(say("shares.row", row=say.name(code), values=values))
        ranks.append(f"{say.name(code)} {say.number(rows['percentile'].iloc[-1], 0)}")
    parts = [say("standing.found", year=known["year"].max(), listed=", ".join(ranks))]
    parts.append(say("standing.chart_ranks", years=span_of(known["year"])))
    return caption, " ".join([*parts, *told])


def _draw_trend(look: Pen, table: pd.DataFrame, measure: str, say: Say) -> list[Any]:
    """Draw lines with bands; return the handles that explain them."""
    ax = look.ax
    first, last = int(table["year"].min()), int(table["year"].max())
    years = np.setdiff1d(np.arange(first, last + 1), NOT_MEASURED)
    banded = False
    for code, (label, *style) in _series(table, say).items():
        rows = table[table[_by(table)] == code].set_index("year", drop=False).reindex(years)
        rows["year"] = years
        banded |= _draw_band(look, rows, measure, label, style, strong=code == say.highlight)
    if measure == "estimate":
        look.draw_zero(ax.axhline)
    margin = max(0.25, 0.02 * (last - first))
    ax.set_xlim(first - margin, last + margin)
    if table["estimate"].isna().all():
        ax.set_ylim((-2.5, 2.5) if measure == "estimate" else (0, 100))
    look.year_ticks(table["year"], named=True)
    look.write_ticks(ax.yaxis)
    return [_band_key(look, table)] if banded else []


def _draw_band(
    look: Pen, rows: pd.DataFrame, measure: str, label: str, style: Any, *, strong: bool
) -> bool:
    """Draw a line with its band, a bar for a point alone; return whether there is a band.

    `style` is colour, marker and dashes.
    """
    ax = look.ax
    (colour, marker, dashes), years = style, rows["year"].to_numpy()
    value, ends = rows[measure].to_numpy("float64"), bounds_of(rows, measure)
    known = np.pad(~np.isnan(value), 1)
    alone = ~(known[:-2] | known[2:])
    looks: dict[str, Any] = {"elinewidth": 0.8, "capsize": 2, "linewidth": 2 if strong else 1.2}
    looks |= {"color": colour, "marker": marker, "label": label, "assumed": assumed(rows).any()}
    looks["markersize"] = 4 if len(rows) < 12 else 2.5
    reach = np.where(alone, np.abs(ends - value), np.nan)
    look.draw_points(years, value, yerr=reach, **looks).lines[0].set_linestyle(dashes)
    if np.isnan(ends).all():
        return False
    # Light, not transparent: EPS knows no transparency. Edges show where bands overlap.
    away = 1 - np.array(to_rgb(colour))
    thin: dict[str, Any] = {"linewidth": look.line(0.4)}
    order, fill = 0.3 if strong else 0.2, 0.06 if looks["assumed"] else 0.15
    ax.fill_between(years, *ends, color=tuple(1 - fill * away), zorder=order, **thin)
    edge: dict[str, Any] = {"edgecolor": tuple(1 - 0.5 * away), **thin}
    edge["linestyle"] = BAND_DASHED if looks["assumed"] else "-"
    ax.fill_between(years, *ends, facecolor="none", **edge)
    return True


def _band_key(look: Pen, table: pd.DataFrame) -> Patch:
    """Return what explains bands below a figure."""
    dashed = assumed(table).any()
    looks: dict[str, Any] = {"facecolor": "0.95" if dashed else "0.85", "edgecolor": "0.6"}
    looks |= {"linestyle": BAND_DASHED if dashed else "-", "linewidth": look.line(0.4)}
    return Patch(label=look.say("trend.interval"), **looks)


def _name_ends(look: Pen, table: pd.DataFrame, measure: str, say: Say) -> None:
    """Name lines at their ends, with value and rank, and the line of zero."""
    ax = look.ax
    known = table.dropna(subset=[measure, "estimate"]).sort_values("year")
    ends, texts, marks = known.groupby(_by(table), observed=True).tail(1), [], []
    for code, (label, colour, *_) in _series(table, say).items():
        for row in ends[ends[_by(table)] == code].to_dict("records"):
            value = say.number(row[measure], DIGITS[measure])
            if len(ends) <= 3 and pd.notna(row.get("position")) and pd.notna(row.get("ranked")):
                counted = {"position": int(row["position"]), "ranked": int(row["ranked"])}
                value = say("trend.ranked", value=value, **counted)
            text = f"{label} {value}"
            if ax.get_title() and len(ends) == 1:  # the title names it
                text = value
            elif ax.get_title() and len(ends) > 4 and look.measure(text) > 0.28 * look.width:
                text = label
            texts.append(text)
            marks.append((colour, row["year"], row[measure], code == say.highlight))
    if texts and measure == "estimate":
        texts.append(say("trend.average"))
        marks.append(("0.4", ax.get_xlim()[1], 0.0, False))
    look.name_ends(texts, marks)


def _points(table: pd.DataFrame, measure: str, say: Say, across: str = "year") -> list[Point]:
    """Return the points of lines across years or editions, with their hover texts."""
    rows, found = table.dropna(subset=["estimate", measure]), []
    for row, *ends in zip(rows.to_dict("records"), *bounds_of(rows, measure), strict=True):
        of = f" ({say('axis.edition')} {row['edition']})" if across == "edition" else ""
        found.append(Point(row[across], row[measure], say.hover_row(row, measure, ends, of=of)))
    return found


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
    without = np.isnan(bounds_of(estimates, measure)).any(axis=0)
    if without.all():
        parts.append(say("trend.no_errors", edition=edition))
    else:
        parts.append(say(f"trend.bands{of_measure}", z=say.number(Z90)))
        if without.any():
            parts.append(say("trend.some_errors"))
        parts += say.assumed(table)
    gaps, values, moves, rose = [], [], {}, 0
    every = set(range(table["year"].min(), table["year"].max() + 1)) - set(NOT_MEASURED)
    for code, (label, *_) in _series(table, say).items():
        rows = estimates[estimates[_by(table)] == code]
        if lacking := every - set(rows["year"]):
            gaps.append(say("trend.lacking", dimension=label, years=join_years(lacking)))
        if len(rows):
            ends = rows.sort_values("year").dropna(subset=measure)[measure].to_list()
            if len(ends) > 1:
                rose += ends[-1] > ends[0]
                moves[code] = _tell_move({"first": ends[0], "last": ends[-1]}, label, measure, say)
            listed = "; ".join(_values(rows, measure, say))
            values.append(say("trend.values", dimension=label, values=listed))
    told = [move for code, move in moves.items() if len(moves) <= 3 or code == say.highlight]
    told += [say("trend.rose", count=rose, all=len(moves))] if len(moves) > 3 else []
    found = [f"{years}: {'; '.join(told)}."] if told else []
    return " ".join([*parts, *gaps, source]), " ".join([*found, chart, head, *values, *gaps])


def _tell_move(ends: Mapping[Any, Any], name: str, measure: str, say: Say) -> str:
    both = {end: say.number(ends[end], DIGITS[measure]) for end in ("first", "last")}
    return say("peers.moved", name=name, **both)


def _values(rows: pd.DataFrame, measure: str, say: Say) -> list[str]:
    """Write up to eight values, or the first, last, lowest and highest of more."""
    digits, values = DIGITS.get(measure, 1), []
    for year, value, *ends in zip(
        rows["year"], rows[measure], *bounds_of(rows, measure), strict=True
    ):
        given = {"value": say.number(value, digits), "year": year}
        if np.isnan(ends).any():
            values.append(say("trend.value", **given))
        else:
            ends_told = say.ends(ends[0], ends[1], digits)
            values.append(say("trend.value_interval", interval=ends_told, **given))
    if len(values) > 8:
        values = [values[0], values[-1]]
        known = rows.dropna(subset=measure).sort_values(measure, kind="stable")
        for key, place in (("lowest", 0), ("highest", -1)):
            number = say.number(known[measure].iloc[place], digits)
            values.append(say(f"trend.end_{key}", value=number, year=known["year"].iloc[place]))
    return values


def _check_measure(table: pd.DataFrame, measure: str) -> None:
    """Check that a table has the measure, of one economy or of several in one dimension."""
    if measure not in DIGITS:
        raise UnknownName(
            f"measure = {measure!r} is not known; known: {', '.join(DIGITS)}."
            f"{did_you_mean(measure, DIGITS)}"
        )
    ends = [] if measure == "estimate" else [measure, f"{measure}_lower", f"{measure}_upper"]
    check_table(table, ["estimate", "standard_error", *ends])
    if (count := table["economy"].nunique()) > 1:
        check_one(table, ["dimension"])
    if count > len(ECONOMIES):
        raise BadTable(
            f"{count} countries cannot be read in one figure: choose {len(ECONOMIES)} or fewer, or "
            "draw them in panels with small_trends."
        )
    known = table["estimate"].notna()
    if known.any() and table.loc[known, measure].isna().all():
        there = [name for name in DIGITS if name in table and table[name].notna().any()]
        raise BadTable(
            f"Edition {table['edition'].iloc[0]} has no {measure}; it has {', '.join(there)}."
        )


def bounds_of(rows: pd.DataFrame, measure: str) -> np.ndarray:
    """Return the lower and the upper ends of the 90% intervals."""
    known = measure == "estimate"
    names = [measure, "standard_error"] if known else [f"{measure}_lower", f"{measure}_upper"]
    ends = [rows[name].to_numpy("float64") for name in names]
    return np.array(around(*ends) if known else ends)


def editions(
    table: pd.DataFrame,
    *,
    measure: str = "estimate",
    ax: Axes | None = None,
    **options: Unpack[Words],
) -> Axes:
    """Draw one dimension of one economy as each edition has it: a line for each year.

    A line that is not level is a revision; it breaks where the method changes, and editions from
    2025 have open markers. Lines are darker for later years and named at their right end. One 90%
    interval, of the last year in its first edition, tells how large revisions are beside it. One
    Line2D per year and method, labelled with the year.

    Parameters
    ----------
    table : DataFrame
        Of one economy and dimension, as `stats.stack_editions` returns it.
    measure : str
        "estimate" (standard deviations; editions of one method only) or "percentile_rank"
        (0 to 100, the only measure that sets the methods side by side).
    highlight : int, optional
        The year whose line is thicker.

    Raises
    ------
    BadTable
        As `stats.check_editions`; also if there are several economies, dimensions or methods.
    """
    say = Say(**options)
    _check_editions(table, measure)
    known = table.dropna(subset=["estimate", measure]).sort_values(["year", "edition"])
    years = sorted(set(known["year"]))
    shades = plt.get_cmap("viridis_r")(np.linspace(0.25, 1.0, len(years)))
    with drawing(ax, say) as (ax, look):
        texts, marks = [], []
        for i, (year, shade) in enumerate(zip(years, shades, strict=True)):
            own = str(year) == str(say.highlight)
            looks: dict[str, Any] = {"color": to_hex(shade), "marker": MARKERS[i % len(MARKERS)]}
            looks |= {"label": str(year), "linewidth": look.line(2 if own else 1)}
            looks |= {"markersize": look.line(3 if len(years) < 10 else 2)}
            for method, rows in known[known["year"] == year].groupby("method"):
                looks["markerfacecolor"] = "white" if method == METHODS[1] else looks["color"]
                ax.plot(rows["edition"], rows[measure], **looks)
            last = known[known["year"] == year].iloc[-1]
            if (len(years) - 1 - i) % max(1, -(-len(years) // 8)) == 0:
                texts.append(str(year))
                marks.append((looks["color"], last["edition"], last[measure], own))
        ends = sorted(set(table["edition"]))
        look.year_ticks(ends, named=True)
        ax.set_xlim(ends[0] - 0.9, ends[-1] + 0.3)
        sure = known[known["standard_error"].notna() & (known["year"] == max(years, default=0))]
        words = 0.0
        for row in sure.head(1).to_dict("records"):
            reach = np.abs(bounds_of(pd.DataFrame([row]), measure) - row[measure])
            bar: dict[str, Any] = {"marker": "none", "linestyle": "-", "elinewidth": 1}
            look.draw_points(
                [ends[0] - 0.6], [row[measure]], yerr=reach, color="0.5", capsize=2, **bar
            )
            said = look.wrap(say("editions.scale", year=row["year"]), 0.25 * look.width, 6.5)
            look.write(0.02, 0.99, said, 6.5, va="top", color="0.35", transform=ax.transAxes)
            lines = 1.4 * look.size(6.5) * POINT * (said.count("\n") + 1)
            words = min(0.6, lines / (look.height - 20 * look.scale))
        middle, span = np.mean(ax.get_ylim()), np.ptp(ax.get_ylim())
        half = max(span, SPANS[measure]) / 2
        above = 2 * half * words / (1 - words)  # for the words on the interval
        ax.set_ylim(float(middle - half), float(middle + half + above))
        if known.empty:
            ax.set_ylim((0, 100) if measure == "percentile_rank" else (-2.5, 2.5))
        look.label_axes(x=say("axis.edition"), y=say(MEASURES[measure]))
        look.write_ticks(ax.yaxis)
        look.name_ends(texts, marks)
    points = _points(known, measure, say, "edition")
    return look.keep("editions", table, points, lambda drawn: _write_editions(drawn, say))


def by_method(
    table: pd.DataFrame, method: str, *, profile: str = "paper", **options: Unpack[Words]
) -> Figure:
    """Draw a row of two panels for each dimension: the estimates of one method, and all ranks.

    As `editions` draws them. The table is of `stats.stack_editions`, of one economy; `method`, a
    value of its column, names the editions whose estimates are drawn on the left.
    """
    say = Say(**options)
    labels = say.dimensions(table)
    method_name = translate(method, "method", say.language)
    options["notes"] = f"{say('editions.panels', method=method_name)} {say.notes}".strip()
    narrow = Look(profile).profile.max_width_mm < 130
    shape = {"rows": (2 if narrow else 1) * len(labels), "columns": 1 if narrow else 2}
    fig, axes = figure(profile=profile, panel_height=52, **shape)
    letter(axes, language=say.language)
    for (code, label), (left, right) in zip(labels.items(), axes.reshape(-1, 2), strict=True):
        rows = table[table["dimension"] == code]
        editions(rows[rows["method"] == method], ax=left, **options)
        editions(rows, measure="percentile_rank", ax=right, **options)
        title(left, label)
    for ax in axes[: -shape["columns"]]:
        ax.xaxis.label.set_visible(False)
    return fig


def _write_editions(table: pd.DataFrame, say: Say) -> tuple[str, str]:
    """Write caption and alternative text of one economy in one dimension or more."""
    labels, years = say.dimensions(table), span_of(table["year"])
    listed = join_years(table["edition"].unique().tolist())
    name = ", ".join(map(say.name, dict.fromkeys(table["economy"])))
    head = say("trend.head", dimensions="; ".join(labels.values()), name=name, years=years)
    source = say("editions.source", editions=listed)
    estimates = table.dropna(subset=["estimate"])
    with_errors = estimates["standard_error"].notna().groupby(estimates["edition"]).any()
    told = [say("editions.chart", name=name, years=years, editions=listed)]
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
    moves = estimates[estimates["method"] == METHODS[0]].groupby(["dimension", "year"])
    spans = moves["estimate"].agg(["min", "max", "size"]).query("size > 1")
    if len(spans):
        widest = (spans["max"] - spans["min"]).max()
        told.insert(0, say("editions.found", value=say.number(widest)))
    return " ".join([*parts, source]), " ".join(told)


def _span(values: "pd.Series[Any]", digits: int, say: Say) -> str:
    """Write the least and the greatest of numbers, or the one that all are."""
    ends = {say.number(values.min(), digits), say.number(values.max(), digits)}
    return ends.pop() if len(ends) == 1 else say.ends(values.min(), values.max(), digits)


def _check_editions(table: pd.DataFrame, measure: str) -> None:
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
