"""A row for each thing: a point with its interval, or a tile for each position.

Tables of economies have one edition, and 1 to 20 economies; estimates and errors are in standard
normal units, intervals are 90%. BadTable is raised as by `stats.check_table`, for several years or
dimensions where one is drawn, and for a table that lacks a column.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from govlib.errors import BadTable
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
from govlib.plot._text import Say, around, check_columns, check_one, points_key, span_of
from govlib.stats._tables import Z90, check_table
from govlib.stats.ranks import position_probabilities

OWN, OTHERS, FOUND = "#0072B2", "0.55", "0.2"
"""Colours of the highlighted row, of the others, and of those that differ from zero."""
MOST = 20
"""The most economies that are drawn side by side."""
CHANGE_ENDS = ["change_lower", "change_upper"]

Names = Mapping[str, str] | None


def intervals(
    table: pd.DataFrame,
    *,
    order: Sequence[str] | None = None,
    highlight: str | None = None,
    names: Names = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the estimates of economies in one dimension and year.

    One row per economy, the highest estimate on top; those without an estimate are listed at
    the bottom, with no point. The highlighted estimate is written beside its row.

    Parameters
    ----------
    table : DataFrame
        With `estimate` and `standard_error`.
    order : sequence of str, optional
        Codes from the top, for panels in one order.
    """
    say = Say(language, names, highlight)
    check_table(table, ["estimate", "standard_error"])
    check_few(table, ["year", "dimension"])
    rows = _rows(table, "economy", "estimate", around(table["estimate"], table["standard_error"]))
    if order is not None:
        place = {code: i for i, code in enumerate(order)}
        rows = rows.sort_values("code", key=lambda code: code.map(place), kind="stable")
        rows = rows.reset_index(drop=True)
    rows["filled"] = rows["code"] == highlight
    with drawing(ax) as (ax, look):
        _draw(ax, look, rows, say, axis=say("axis.estimate"))
    points = _points(rows, table, "economy", say.hover_row)
    return register(
        ax, Panel("intervals", table, language, points, lambda t: _write(t, "intervals", say))
    )


def changes(
    table: pd.DataFrame,
    *,
    highlight: str | None = None,
    names: Names = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the changes of economies between two years in one dimension.

    One row per economy, the largest rise on top; filled where the interval leaves out zero.
    Economies that lack a year are listed at the bottom, with no point.

    Parameters
    ----------
    table : DataFrame
        Rows of `gov.wgi.change` or `stats.change`.
    """
    say = Say(language, names, highlight)
    needed = ["change", *CHANGE_ENDS, "significant", "first_year", "last_year", "rho"]
    check_columns(table, needed, ["economy", "dimension"], hint="gov.wgi.change returns them")
    check_few(table, ["dimension", "first_year", "last_year"])
    rows = _rows(table, "economy", "change", (table[end] for end in CHANGE_ENDS))
    rows["filled"] = rows["code"].map(table.set_index("economy")["significant"]).eq(True)

    def tell(row: Mapping[Any, Any]) -> str:
        years = f"{row['first_year']}–{row['last_year']}"
        heads = [say.named(row["economy"]), f"{say('dimension.' + row['dimension'])}, {years}"]
        return _hover_change(heads, row, say)

    with drawing(ax) as (ax, look):
        years = {"first": table["first_year"].iloc[0], "last": table["last_year"].iloc[0]}
        _draw(ax, look, rows, say, axis=say("sources.change", **years))
    points = _points(rows, table, "economy", tell)
    panel = Panel("changes", table, language, points, lambda t: _write_changes(t, say))
    return register(ax, panel)


def gaps(
    table: pd.DataFrame,
    *,
    highlight: str | None = None,
    names: Names = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the gaps between effectiveness and voice in one year.

    As `changes`, the largest gap on top.

    Parameters
    ----------
    table : DataFrame
        Rows of `stats.gap`.
    """
    say = Say(language, names, highlight)
    needed = ["gap", "gap_lower", "gap_upper", "rho", "assumed_error"]
    check_columns(table, needed, hint="stats.gap returns them")
    check_table(table.assign(dimension="ge-va", estimate=table["gap"]), ["standard_error"])
    check_few(table, ["year"])
    rows = _rows(table, "economy", "gap", (table["gap_lower"], table["gap_upper"]))
    rows["filled"] = _beyond_zero(rows)

    def tell(row: Mapping[Any, Any]) -> str:
        heads = [say.named(row["economy"]), f"{say('gap.label')}, {row['year']}"]
        ends = row["gap_lower"], row["gap_upper"]
        return say.hover(heads, say("measure.estimate"), row["gap"], ends)

    with drawing(ax) as (ax, look):
        _draw(ax, look, rows, say, axis=say("gap.axis"))
    points = _points(rows, table, "economy", tell)
    return register(ax, Panel("gaps", table, language, points, lambda t: _write_gaps(t, say)))


def left_out(
    table: pd.DataFrame,
    *,
    country: str = "",
    notes: str = "",
    highlight: str | None = None,
    names: Names = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the change of one country's estimate with each source left out, as `changes`.

    Parameters
    ----------
    table : DataFrame
        As `stats.sources.drop` returns it, of one dimension.
    country : str
        The country's name in the language, for the caption.
    highlight : str, optional
        Code of a source; the estimate of all sources by default.
    """
    say = Say(language, {"": Say(language)("sources.all"), **(names or {})}, highlight or "")
    check_columns(
        table, ["dimension", "dropped", "first", "last", "change", *CHANGE_ENDS], ["dropped"]
    )
    check_one(table, ["economy", "dimension"])
    known = table.dropna(subset="change")
    rows = _rows(known, "dropped", "change", (known[end] for end in CHANGE_ENDS))
    rows["filled"] = _beyond_zero(rows)

    def tell(row: Mapping[Any, Any]) -> str:
        return _hover_change([say.name(row["dropped"])], row, say)

    with drawing(ax) as (ax, look):
        years = known[["first_year", "last_year"]].head(1).to_numpy().tolist()
        axis = say("sources.change", first=years[0][0], last=years[0][1]) if years else ""
        _draw(ax, look, rows, say, axis=axis)

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        if drawn.empty:
            return f"{say('sources.none')}. {notes}".strip(), f"{say('sources.none')}."
        row = drawn.iloc[0]
        given: dict[str, Any] = {"first": int(row["first_year"]), "last": int(row["last_year"])}
        given |= {"name": country or "–", "rho": say.number(row["rho"])}
        caption = say("sources.head_left_out", dimension=_dimensions(drawn, say), **given)
        values = "; ".join(
            _tell_change(one, "dropped", say)
            for one in drawn.sort_values("change").to_dict("records")
        )
        return f"{caption} {notes}".strip(), say("sources.chart_left_out", values=values)

    points = _points(rows, known, "dropped", tell)
    return register(ax, Panel("left_out", known, language, points, write))


def weights(
    table: pd.DataFrame,
    *,
    country: str = "",
    notes: str = "",
    highlight: str | None = None,
    names: Names = None,
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
    known = table.dropna(subset="weight").assign(share=100 * table["weight"])
    with drawing(ax) as (ax, look):
        axis = say("sources.weight")
        places = draw_dumbbells(ax, look, known, "source", "year", say, axis=axis)

    def tell(row: Mapping[Any, Any]) -> str:
        weight = f"{say('sources.weight')}: {say.number(row['share'], 1)}"
        return "\n".join([say.name(row["source"]), str(row["year"]), weight])

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        given = {"name": country or "–", "years": ", ".join(map(str, sorted(set(drawn["year"]))))}
        caption = say("sources.head_weights", dimension=_dimensions(drawn, say), **given)
        listed = []
        for year, rows in drawn.sort_values("weight", ascending=False).groupby("year"):
            shares = [(say.name(r["source"]), 100 * r["weight"]) for r in rows.to_dict("records")]
            told = (say("sources.share", name=n, value=say.number(x, 1)) for n, x in shares)
            listed.append(f"{year}: {', '.join(told)}")
        told_all = say("sources.chart_weights", values="; ".join(listed))
        return f"{caption} {notes}".strip(), told_all if listed else f"{say('sources.none')}."

    points = [Point(r["share"], places[r["source"]], tell(r)) for r in known.to_dict("records")]
    return register(ax, Panel("weights", known.drop(columns="share"), language, points, write))


def positions(
    league: pd.DataFrame,
    *,
    highlight: str | None = None,
    names: Names = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw how probable each position is: economies of one dimension and year down, tiles across.

    The first economy is on top, the first position on the left; the darker a tile the more
    probable, and 10% and more are written (percent). Economies without a position are left out.

    Parameters
    ----------
    league : DataFrame
        As `stats.league` returns it.
    """
    import seaborn as sns

    say = Say(language, names, highlight)
    bounds = ["position_lower", "position_upper"]
    check_table(league, ["estimate", "standard_error", "position", *bounds, "ranked"])
    check_few(league, ["year", "dimension"])
    rows = league.dropna(subset="position").sort_values(["position", "economy"])
    chances = position_probabilities(rows)
    codes, ranked = list(chances.index), len(chances)

    def tell(row: Mapping[Any, Any]) -> str:
        ends = say.ends(row[bounds[0]], row[bounds[1]], 0)
        given = {"position": int(row["position"]), "ranked": ranked}
        return say.hover_row(row, notes=[say("explorer.place", interval=ends, **given)])

    with drawing(ax) as (ax, look):
        if ranked:
            said = chances.map(lambda part: f"{100 * part:.0f}" if part >= 0.095 else "")
            room = look.measure("00", 6) * ranked < 0.6 * look.width
            shades = sns.light_palette("#3D95D0", as_cmap=True)  # black is read on all of them
            looks: dict[str, Any] = {"cmap": shades, "vmin": 0, "vmax": 1, "cbar": False}
            looks |= {"linewidths": look.line(0.5), "annot_kws": {"fontsize": look.size(6)}}
            looks["annot_kws"]["color"] = "black"
            looks |= {"xticklabels": False, "yticklabels": False}
            sns.heatmap(chances, annot=said if room else None, fmt="", ax=ax, **looks)
        ax.set_ylabel("")
        step = max(1, round(ranked / 6))
        shown = range(1, ranked + 1, step)
        ax.set_xticks([place - 0.5 for place in shown], list(map(str, shown)), rotation=0)
        beside = name_rows(ax, look, [i + 0.5 for i in range(ranked)], codes, say)
        label_axes(ax, look, x=say("axis.position", count=ranked), beside=beside)
    points = [
        Point(row["position"] - 0.5, codes.index(row["economy"]) + 0.5, tell(row))
        for row in rows.to_dict("records")
    ]
    panel = Panel("positions", league, language, points, lambda t: _write(t, "positions", say))
    return register(ax, panel)


def check_few(table: pd.DataFrame, columns: list[str]) -> None:
    """Check that there is one year or dimension, and not more economies than can be read."""
    check_one(table, columns)
    count = table["economy"].nunique()
    if count > MOST:
        raise BadTable(
            f"{count} economies cannot be read side by side: choose {MOST} or fewer, or draw all "
            "with distribution."
        )


def _rows(table: pd.DataFrame, code: str, value: str, ends: Any) -> pd.DataFrame:
    """Return codes, values and bounds, the largest value first, those without one last."""
    lower, upper = ends
    rows = {"code": table[code], "value": table[value], "lower": lower, "upper": upper}
    found = pd.DataFrame(rows).astype(dict.fromkeys(["value", "lower", "upper"], "float64"))
    return found.sort_values(["value", "code"], ascending=[False, True]).reset_index(drop=True)


def _beyond_zero(rows: pd.DataFrame) -> "pd.Series[bool]":
    return (rows["lower"] > 0) | (rows["upper"] < 0)


def _points(
    rows: pd.DataFrame, table: pd.DataFrame, code: str, tell: Callable[[Mapping[Any, Any]], str]
) -> list[Point]:
    """Return the points of rows."""
    told = {row[code]: row for row in table.to_dict("records")}
    return [
        Point(value, place, tell(told[one]))
        for place, (one, value) in enumerate(zip(rows["code"], rows["value"], strict=True))
        if pd.notna(value)
    ]


def _draw(ax: Axes, look: Look, rows: pd.DataFrame, say: Say, *, axis: str) -> None:
    """Draw rows from the top: a name, a point, filled or not, and its interval.

    One ErrorbarContainer for all of one look, whose label lists their codes.
    """
    if rows.empty:
        write_in_middle(ax, look, say("sources.none"))
        ax.set(xticks=[], yticks=[])
        return
    own = rows["code"] == say.highlight
    for (mine, filled), of_one in rows.groupby([own, "filled"]):
        colour = OWN if mine else FOUND if filled else OTHERS
        looks: dict[str, Any] = {"color": colour, "marker": "o", "linestyle": "none"}
        looks |= {"markerfacecolor": colour if filled else "white", "zorder": 3 if mine else 2}
        looks |= {"elinewidth": 1.8 if mine else 0.9, "label": " ".join(of_one["code"])}
        value = of_one["value"]
        reach = np.array([value - of_one["lower"], of_one["upper"] - value])
        draw_points(ax, look, value, of_one.index, xerr=reach, **looks)
    empty = rows.loc[rows["value"].isna(), "code"]
    labels = [say("axis.none", name=say.name(c)) if c in set(empty) else "" for c in rows["code"]]
    beside = name_rows(ax, look, list(rows.index), list(rows["code"]), say, labels)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    for place, row in rows[own].dropna(subset="value").iterrows():
        end = row["value"] if pd.isna(row["upper"]) else row["upper"]
        looks = {"color": OWN, "fontweight": "bold", "fontsize": look.size(7), "va": "center"}
        looks |= {"xytext": (look.line(3.5), 0), "textcoords": "offset points"}
        ax.annotate(say.number(row["value"]), (end, float(str(place))), **looks)
    draw_zero(ax.axvline, look)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))
    write_ticks(ax.xaxis, say.language)
    label_axes(ax, look, x=axis, beside=beside)


def draw_dumbbells(
    ax: Axes,
    look: Look,
    table: pd.DataFrame,
    rows: str,
    marks: str,
    say: Say,
    *,
    axis: str,
    order: Sequence[str] | None = None,
    name_marks: bool = True,
) -> dict[str, int]:
    """Draw `share` (percent) in rows from the top by the last mark, joined; return their places.

    The first mark is open and grey, the last filled; both are named once, above the rows where the
    first row that has them has them, and their values are written beside them. One
    ErrorbarContainer per mark.
    """
    kinds = sorted(set(table[marks]))
    if not kinds:
        write_in_middle(ax, look, say("sources.none"))
        ax.set(xticks=[], yticks=[])
        return {}
    wide = table.pivot_table("share", rows, marks, observed=True).reindex(columns=kinds)
    wide = wide.sort_values(kinds[::-1], ascending=False)
    wide = wide.reindex(list(order)) if order is not None else wide.dropna(how="all")
    count = len(wide)
    spans = wide.agg(["min", "max"], axis=1)
    joins: dict[str, Any] = {"color": "0.8", "linewidth": look.line(2), "zorder": 1}
    ax.hlines(range(count), spans["min"], spans["max"], **joins)
    both = np.flatnonzero(wide.notna().all(axis=1))
    named = len(kinds) == 2 and len(both) > 0
    shades = ["#8AA9C4", "#4C93C9", OWN, "#003B6B"][-len(kinds) :] if len(kinds) > 1 else [OWN]
    for i, (kind, colour) in enumerate(zip(kinds, shades, strict=True)):
        of_kind = table[table[marks] == kind].set_index(rows).reindex(wide.index)
        share = of_kind["share"].to_numpy("float64")
        ends = of_kind.reindex(columns=["share_lower", "share_upper"]).to_numpy("float64").T
        looks: dict[str, Any] = {"color": colour, "marker": "os^D"[i], "linestyle": "none"}
        looks |= {"markerfacecolor": "white" if i < len(kinds) - 1 else colour}
        looks |= {"label": say.name(kind), "elinewidth": 0.8, "markersize": 4.5}
        draw_points(ax, look, share, range(count), xerr=np.abs(ends - share), **looks)
        for place, (value, *bounds) in enumerate(zip(share, *ends, strict=True)):
            low, high = spans.iloc[place]
            if np.isnan(value) or low < value < high:
                continue
            left = value == low < high
            end = bounds[0 if left else 1]
            at = (value if np.isnan(end) else end, place)
            written: dict[str, Any] = {"textcoords": "offset points", "fontsize": look.size(7)}
            written |= {"ha": "right" if left else "left", "color": "0.25"}
            written |= {"fontweight": "bold" if i == len(kinds) - 1 else "normal"}
            beside = look.line(3.5) * (-1 if left else 1)
            ax.annotate(say.number(value, 0), at, (beside, 0), va="center", **written)
            if named and name_marks and place == both[0]:
                top = (at[0], 0)  # above all rows, where no value is written
                ax.annotate(looks["label"], top, (0, look.line(4)), va="bottom", **written)
    name_rows(ax, look, list(range(count)), list(wide.index), say)
    ax.set_ylim(count - 0.5, -0.9)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
    ax.margins(x=0.12)
    write_ticks(ax.xaxis, say.language)
    label_axes(ax, look, x=axis, beside=0.3 * look.width)
    if len(kinds) > 1 and not named:
        legend_below(ax, look, ax.containers)
    return {code: place for place, code in enumerate(wide.index)}


def name_rows(
    ax: Axes,
    look: Look,
    places: Sequence[float],
    codes: Sequence[Any],
    say: Say,
    texts: Sequence[str] = (),
) -> float:
    """Name rows in lines, with other texts than their names; return how wide they are (mm)."""
    pairs = zip_longest(codes, texts, fillvalue="")
    labels = [look.wrap(text or say.name(code), 0.4 * look.width, 7) for code, text in pairs]
    ax.set_yticks(places, labels, rotation=0)
    for tick, code in zip(ax.get_yticklabels(), codes, strict=True):
        if code == say.highlight:
            tick.set(color=OWN, fontweight="bold")
    return max(map(look.measure, labels), default=0) + 4 * look.scale


def _dimensions(table: pd.DataFrame, say: Say) -> str:
    return ", ".join(say.dimensions(table).values())


def write_head(table: pd.DataFrame, known: pd.DataFrame, say: Say) -> str:
    """Write what is shown of whom and when."""
    labels = say.dimensions(table)
    counts = {c: known.loc[known["dimension"] == c, "economy"].nunique() for c in labels}
    alone = say.highlight is None
    listed = "; ".join(
        say("peers.counted", dimension=label, count=counts[code])
        if alone or len(set(counts.values())) > 1  # not all economies have all dimensions
        else label
        for code, label in labels.items()
    )
    total = known["economy"].nunique()
    years = span_of(
        table["year"] if "year" in table else [*table["first_year"], *table["last_year"]]
    )
    head = say("peers.head", dimensions=listed, name=say.own, count=total, years=years)
    return f"{listed}, {years}." if alone else head


def write_end(table: pd.DataFrame, known: pd.DataFrame, say: Say, *, errors: str) -> list[str]:
    """Write what the intervals are, which economies are missing, and the source."""
    edition, parts = table["edition"].iloc[0], []
    assumed = table["assumed_error"].max() if "assumed_error" in table else None
    if pd.notna(assumed):
        parts.append(say("peers.assumed", error=say.number(assumed)))
    elif known["standard_error"].notna().any():
        parts += [say(errors, z=say.number(Z90))] if errors else []
    elif len(known):
        parts.append(say("trend.no_errors", edition=edition))
    gone = sorted(set(table["economy"]) - set(known["economy"]))
    if gone and table["economy"].nunique() <= MOST:  # the world has too many to name
        parts.append(say("peers.none", names=", ".join(map(say.name, gone))))
    return [*parts, say("trend.source", edition=edition)]


def _write(table: pd.DataFrame, kind: str, say: Say) -> tuple[str, str]:
    """Write caption and alternative text of estimates or positions: first the own place of each."""
    placed = kind == "positions"
    known = table.dropna(subset="position" if placed else "estimate")
    key = "peers.points_positions" if placed else points_key(table["edition"].iloc[0])
    parts = [write_head(table, known, say), say(key)]
    parts += write_end(table, known, say, errors="" if placed else "trend.bars")
    places, told = [], [say(f"peers.chart_{kind}")]
    for code, label in say.dimensions(table).items():
        rows = known[known["dimension"] == code].sort_values("estimate", ascending=False)
        own = rows[rows["economy"] == say.highlight].to_dict("records")
        values = [_tell_position(r, say) if placed else tell_own(r, say) for r in own]
        for row in own:
            place = int((rows["estimate"] > row["estimate"]).sum()) + 1
            places.append(f"{label} {say('claims.of', part=place, whole=len(rows))}")
        if say.highlight and not own:
            values.append(say("peers.own_none", name=say.own))
        values += _tell_ends(rows, "estimate", say)
        told.append(_panel(label, span_of(table["year"]), values, say))
    if places:
        told.insert(0, say("peers.places", name=say.own, listed="; ".join(places)))
    return " ".join(parts), " ".join(told)


def _panel(label: str, years: str, values: Sequence[str], say: Say) -> str:
    return say("peers.panel", dimension=label, year=years, values="; ".join(values))


def tell_own(row: Mapping[Any, Any], say: Say) -> str:
    """Tell an estimate with its interval."""
    given = {"name": say.name(row["economy"]), "value": say.number(row["estimate"])}
    if pd.isna(row["standard_error"]):
        return say("peers.own_bare", **given)
    ends = say.ends(*around(row["estimate"], row["standard_error"]))
    return say("peers.own", interval=ends, **given)


def _tell_change(row: Mapping[Any, Any], code: str, say: Say) -> str:
    """Tell a change with its interval."""
    ends = say.ends(*(row[end] for end in CHANGE_ENDS))
    return say(
        "sources.row", name=say.name(row[code]), value=say.number(row["change"]), interval=ends
    )


def _hover_change(heads: list[str], row: Mapping[Any, Any], say: Say) -> str:
    """Tell a change with its interval and both estimates, in lines."""
    both = {end: say.number(row[end]) for end in ("first", "last")}
    ends, notes = [row[end] for end in CHANGE_ENDS], [say("sources.estimates", **both)]
    return say.hover(heads, say("sources.changed"), row["change"], ends, notes=notes)


def _tell_position(row: Mapping[Any, Any], say: Say) -> str:
    ends = say.ends(row["position_lower"], row["position_upper"], 0)
    given = {"position": int(row["position"]), "count": int(row["ranked"])}
    return say("peers.place", name=say.own, interval=ends, **given)


def _tell_ends(known: pd.DataFrame, column: str, say: Say) -> list[str]:
    """Tell the highest and the lowest of rows that descend."""
    return [
        say(f"peers.end_{key}", name=say.name(row["economy"]), value=say.number(row[column]))
        for key, place in (("highest", 0), ("lowest", -1))
        for row in known.iloc[[place] if len(known) else []].to_dict("records")
    ]


def _write_changes(table: pd.DataFrame, say: Say) -> tuple[str, str]:
    """Write caption and alternative text of changes: first how many exceed their error."""
    known = table.dropna(subset="change").sort_values("change", ascending=False)
    years = {"first": table["first_year"].iloc[0], "last": table["last_year"].iloc[0]}
    parts = [write_head(table, known, say), say("peers.points_changes", **years)]
    parts += write_end(table, known, say, errors="peers.bars_changes")
    found = {"count": int(known["significant"].eq(True).sum()), "all": len(known)}
    told = [say("peers.found_changes", **years, **found), say("peers.chart_changes")]
    for code, label in say.dimensions(table).items():
        rows = known[known["dimension"] == code]
        values = [
            _tell_change(row, "economy", say)
            for row in rows.to_dict("records")
            if row["economy"] == say.highlight or row["significant"] is True
        ]
        span = f"{years['first']}–{years['last']}"
        told.append(_panel(label, span, values + _tell_ends(rows, "change", say), say))
    return " ".join(parts), " ".join(told)


def _write_gaps(table: pd.DataFrame, say: Say) -> tuple[str, str]:
    """Write caption and alternative text of gaps: first how many leave out zero."""
    edition, year = table["edition"].iloc[0], table["year"].iloc[0]
    nothing = say("trend.none", edition=edition)
    head = say("gap.head", name=say.own, year=year)
    parts = [head if say.highlight else f"{say('gap.label')}, {year}."]
    rows = table.dropna(subset="gap").sort_values(["gap", "economy"], ascending=[False, True])
    if rows.empty:
        parts.append(nothing)
    else:
        rho = float(table["rho"].iloc[0])
        parts += [say("gap.filled"), say("trend.bars", z=say.number(Z90))]
        parts.append(say("gap.correlated" if rho else "gap.uncorrelated", rho=say.number(rho)))
    for error in table["assumed_error"].dropna().head(1):
        parts.append(say("gap.assumed", edition=edition, error=say.number(error)))
    parts.append(say("trend.source", edition=edition))
    values = []
    for row in rows.to_dict("records"):
        ends = say("explorer.interval", interval=say.ends(row["gap_lower"], row["gap_upper"]))
        own = f" ({ends})" if row["economy"] == say.highlight else ""
        values.append(f"{say.name(row['economy'])} {say.number(row['gap'])}{own}")
    told = f"{'; '.join(values)}." if values else nothing
    found = {
        "above": int((rows["gap_lower"] > 0).sum()),
        "below": int((rows["gap_upper"] < 0).sum()),
    }
    first = say("gap.found", all=len(rows), **found)
    return " ".join(parts), f"{first} {say('gap.chart', axis=say('gap.axis'))} {told}"
