"""A row for each thing: a point with its interval, or a tile for each position.

Tables of economies have one edition, and 1 to 20 economies; estimates and errors are in standard
deviations, intervals are 90%. BadTable is raised as by `stats.check_table`, for several years or
dimensions where one is drawn, and for a table that lacks a column.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from govlib.errors import BadTable
from govlib.plot._style import DASHED, OWN, Pen, Point, drawing
from govlib.plot._text import (
    Say,
    Words,
    around,
    assumed,
    check_one,
    check_points,
    points_key,
    span_of,
)
from govlib.stats._tables import Z90, check_columns, check_table
from govlib.stats.ranks import position_probabilities

OTHERS, FOUND = "0.55", "0.2"
"""Shades of rows that are not highlighted, and of those that differ from zero."""
MOST = 20
"""The most economies that are drawn side by side."""
CHANGE_ENDS = ["change_lower", "change_upper"]

Row = Mapping[Any, Any]


def intervals(
    table: pd.DataFrame,
    *,
    order: Sequence[str] | None = None,
    ax: Axes | None = None,
    **options: Unpack[Words],
) -> Axes:
    """Draw the estimates of economies in one dimension and year.

    One row per economy, the highest estimate on top or in the `order` of codes; those without an
    estimate are listed at the bottom, with no point. The highlighted estimate is written beside its
    row. The table has `estimate` and `standard_error`.
    """
    say = Say(**options)
    check_table(table, ["estimate", "standard_error"])
    check_few(table, ["year", "dimension"])

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        return _write_places(drawn, "estimate", points_key(drawn["edition"].iloc[0]), say)

    rows = _rows(table, "estimate", around(table["estimate"], table["standard_error"]))
    rows["filled"] = rows["economy"] == say.highlight
    if order is not None:
        place = {code: i for i, code in enumerate(order)}
        rows = rows.sort_values("economy", key=lambda code: code.map(place), kind="stable")
    tell = say.hover_row
    return _show("intervals", table, rows, tell, write, ax, say, axis=say("axis.estimate"))


def changes(table: pd.DataFrame, *, ax: Axes | None = None, **options: Unpack[Words]) -> Axes:
    """Draw the changes of economies between two years in one dimension.

    One row per economy, the largest rise on top; filled where the interval leaves out zero.
    Economies that lack a year are listed at the bottom, with no point. The table is of
    `gov.wgi.change` or `stats.change`.
    """
    say = Say(**options)
    needed = ["change", *CHANGE_ENDS, "significant", "first_year", "last_year", "rho"]
    check_points(table, needed, ["economy", "dimension"])
    check_few(table, ["dimension", "first_year", "last_year"])
    span = {"first": table["first_year"].iloc[0], "last": table["last_year"].iloc[0]}

    def tell(row: Row) -> str:
        years = f"{row['first_year']}–{row['last_year']}"
        heads = [say.named(row["economy"]), f"{say('dimension.' + row['dimension'])}, {years}"]
        return _hover_change(heads, row, say)

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        known = drawn.dropna(subset="change").sort_values("change", ascending=False)
        found = {"count": int(known["significant"].eq(True).sum()), "all": len(known)}

        def listed(label: str, rows: pd.DataFrame) -> list[str]:
            told = rows[rows["economy"].eq(say.highlight) | rows["significant"].eq(True)]
            return _tell_changes(told, "economy", say) + tell_ends(rows, "change", say)

        points, chart = say("peers.points_changes", **span), say("peers.chart_changes")
        caption, text = write_panels(drawn, known, points, "peers.bars_changes", chart, listed, say)
        return caption, f"{say('peers.found_changes', **span, **found)} {text}"

    rows = _rows(table, "change", (table[end] for end in CHANGE_ENDS))
    rows["filled"] = rows["significant"].eq(True)
    axis = say("sources.change", **span)
    return _show("changes", table, rows, tell, write, ax, say, axis=axis)


def gaps(table: pd.DataFrame, *, ax: Axes | None = None, **options: Unpack[Words]) -> Axes:
    """Draw the gaps between effectiveness and voice in one year.

    As `changes`, the largest gap on top. The table is of `stats.gap`.
    """
    say = Say(**options)
    needed = ["gap", "gap_lower", "gap_upper", "rho", "assumed_error"]
    check_columns(table, needed)
    check_table(table.assign(dimension="ge-va", estimate=table["gap"]), ["standard_error"])
    check_few(table, ["year"])

    def tell(row: Row) -> str:
        heads = [say.named(row["economy"]), f"{say('gap.label')}, {row['year']}"]
        ends = row["gap_lower"], row["gap_upper"]
        return say.hover(heads, say("measure.estimate"), row["gap"], ends)

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        return _write_gaps(drawn, say)

    rows = _rows(table, "gap", (table["gap_lower"], table["gap_upper"]))
    return _show("gaps", table, rows, tell, write, ax, say, axis=say("gap.axis"))


def left_out(
    table: pd.DataFrame, *, country: str = "", ax: Axes | None = None, **options: Unpack[Words]
) -> Axes:
    """Draw the change of one country's estimate with each source left out, as `changes`.

    The table is of `stats.sources.drop`, of one dimension; `country` is the country's name in the
    language, for the caption; a source is highlighted, the estimate of all by default.
    """
    say = Say(**options)
    say.names, say.highlight = {"": say("sources.all"), **say.names}, say.highlight or ""
    needed = ["dimension", "dropped", "first", "last", "change", *CHANGE_ENDS]
    check_points(table, needed, ["dropped"])
    check_one(table, ["economy", "dimension"])

    def tell(row: Row) -> str:
        return _hover_change([say.name(row["dropped"])], row, say)

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        if drawn.empty:
            return f"{say('sources.none')}.", f"{say('sources.none')}."
        row = drawn.iloc[0]
        given: dict[str, Any] = {"first": int(row["first_year"]), "last": int(row["last_year"])}
        given |= {"name": country or "–", "rho": say.number(row["rho"])}
        caption = say("sources.head_left_out", dimension=_dimensions(drawn, say), **given)
        ordered = drawn.sort_values("change", ascending=False)
        values = "; ".join(_tell_changes(ordered, "dropped", say))
        most, least = ordered.iloc[[0, -1]].to_dict("records")
        ends = {"least": say.number(least["change"]), "most": say.number(most["change"])}
        ends |= {"low": say.name(least["dropped"]), "high": say.name(most["dropped"])}
        found = say("sources.found_left_out", **ends)
        return caption, f"{found} {say('sources.chart_left_out', values=values)}"

    known = table.dropna(subset="change")
    rows = _rows(known, "change", (known[end] for end in CHANGE_ENDS), code="dropped")
    years = known[["first_year", "last_year"]].head(1).to_numpy().tolist()
    axis = say("sources.change", first=years[0][0], last=years[0][1]) if years else ""
    return _show("left_out", known, rows, tell, write, ax, say, axis=axis, code="dropped")


def weights(
    table: pd.DataFrame, *, country: str = "", ax: Axes | None = None, **options: Unpack[Words]
) -> Axes:
    """Draw the weights of the sources of one country's estimates, a marker for each year.

    The table is of `stats.sources.weights`, of one dimension and at most four years; `country` as
    in `left_out`; the label of a highlighted source is in bold.
    """
    say = Say(**options)
    check_points(table, ["dimension", "year", "source", "weight"], ["year", "source"])
    check_one(table, ["economy", "dimension"])
    known = table.assign(share=100 * table["weight"]).dropna(subset="weight")
    with drawing(ax, say) as (ax, look):
        axis = say("sources.weight")
        places = draw_dumbbells(look, known, "source", "year", say, axis=axis)

    def tell(row: Row) -> str:
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
        if not listed:
            return caption, f"{say('sources.none')}."
        of_last = drawn[drawn["year"] == drawn["year"].max()]
        [most] = of_last.nlargest(1, "weight").to_dict("records")
        shown = {"year": most["year"], "name": say.name(most["source"])}
        found = say("sources.found_weights", value=say.number(100 * most["weight"], 1), **shown)
        return caption, f"{found} {say('sources.chart_weights', values='; '.join(listed))}"

    points = [Point(r["share"], places[r["source"]], tell(r)) for r in known.to_dict("records")]
    return look.keep("weights", known.drop(columns="share"), points, write)


def positions(league: pd.DataFrame, *, ax: Axes | None = None, **options: Unpack[Words]) -> Axes:
    """Draw how probable each position is: economies of one dimension and year down, tiles across.

    The first economy is on top, the first position on the left; the darker a tile the more
    probable, and 10% and more are written (percent). Dots that a line joins at the right are ties:
    economies of one of the `groups` of the table, which is of `stats.league`. Economies without a
    position are left out.
    """
    import seaborn as sns

    say = Say(**options)
    bounds = ["position_lower", "position_upper"]
    check_table(league, ["estimate", "standard_error", "position", *bounds, "ranked"])
    check_few(league, ["year", "dimension"])
    rows = league.dropna(subset="position").sort_values(["position", "economy"])
    chances = position_probabilities(rows)
    codes, ranked = list(chances.index), len(chances)

    def tell(row: Row) -> str:
        ends = say.ends(row[bounds[0]], row[bounds[1]], 0)
        given = {"position": int(row["position"]), "ranked": ranked}
        return say.hover_row(row, notes=[say("explorer.place", interval=ends, **given)])

    with drawing(ax, say) as (ax, look):
        if ranked:
            said = chances.map(lambda part: f"{100 * part:.0f}" if part >= 0.095 else "")
            room = look.measure("100", 6) * ranked < 0.6 * look.width
            shades = sns.light_palette("#3D95D0", as_cmap=True)  # black is read on all of them
            looks: dict[str, Any] = {"cmap": shades, "vmin": 0, "vmax": 1, "cbar": False}
            looks |= {"annot": said if room else None, "fmt": "", "linewidths": look.line(0.5)}
            looks |= {"annot_kws": {"fontsize": look.size(6), "color": "black"}}
            sns.heatmap(chances, xticklabels=False, yticklabels=False, ax=ax, **looks)
        ax.set_ylabel("")
        shown = range(1, ranked + 1, max(1, round(ranked / 6)))
        ax.set_xticks([place - 0.5 for place in shown], list(map(str, shown)), rotation=0)
        beside = look.name_rows([i + 0.5 for i in range(ranked)], codes)
        _bracket_ties(look, rows, ranked)
        if assumed(rows).any():
            frame: dict[str, Any] = {"linestyle": DASHED, "linewidth": look.line(0.8)}
            ax.add_patch(Rectangle((0, 0), ranked, ranked, fill=False, clip_on=False, **frame))
        look.label_axes(x=say("axis.position", count=ranked), beside=beside)
    points = [
        Point(row["position"] - 0.5, codes.index(row["economy"]) + 0.5, tell(row))
        for row in rows.to_dict("records")
    ]

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        caption, text = _write_places(drawn, "position", "peers.points_positions", say)
        return f"{caption} {say('peers.ties')}" if _ties(drawn) else caption, text

    return look.keep("positions", league, points, write)


def _ties(rows: pd.DataFrame) -> list[list[int]]:
    """Return the places of the economies of each group that has several, from the top."""
    if "groups" not in rows:
        return []
    ranked = rows.dropna(subset="position").sort_values(["position", "economy"])
    numbers = ranked["groups"].astype(str).str.split().reset_index(drop=True).explode()
    places = [list(of_one.index) for _, of_one in numbers.groupby(numbers.astype(int))]
    return [found for found in places if len(found) > 1]


def _bracket_ties(look: Pen, rows: pd.DataFrame, ranked: int) -> None:
    """Draw a line with dots at the right of each group, no two of which cover each other."""
    lanes: list[int] = []  # where the last group of each ends
    step = 1.8 * look.scale * ranked / (0.6 * look.width)
    for places in _ties(rows):
        lane = next((i for i, end in enumerate(lanes) if end < places[0]), len(lanes))
        lanes[lane : lane + 1] = [places[-1]]
        x = ranked + (lane + 0.8) * step
        at = [x] * len(places), [place + 0.5 for place in places]
        look.draw_points(*at, linestyle="-", color="0.4", linewidth=0.8, markersize=2)
    if lanes:
        look.ax.set_xlim(0, ranked + (len(lanes) + 0.4) * step)


def check_few(table: pd.DataFrame, columns: list[str]) -> None:
    """Check that there is one year or dimension, and not more economies than can be read."""
    check_one(table, columns)
    count = table["economy"].nunique()
    if count > MOST:
        raise BadTable(
            f"{count} countries cannot be read side by side: choose {MOST} or fewer, or draw all "
            "with distribution."
        )


def _rows(table: pd.DataFrame, value: str, ends: Any, code: str = "economy") -> pd.DataFrame:
    """Add `value`, its bounds and whether they leave out 0; the largest first, those without last.

    They are for `_draw`, which may be given other rows as `filled`.
    """
    lower, upper = (end.astype("float64") for end in ends)
    found = {"value": table[value].astype("float64"), "lower": lower, "upper": upper}
    rows = table.assign(**found, filled=(lower > 0) | (upper < 0))
    return rows.sort_values(["value", code], ascending=[False, True])


def _show(
    kind: str,
    table: pd.DataFrame,
    rows: pd.DataFrame,
    tell: Callable[[Row], str],
    write: Callable[[pd.DataFrame], tuple[str, str]],
    ax: Axes | None,
    say: Say,
    *,
    axis: str,
    code: str = "economy",
) -> Axes:
    """Draw rows from the top, a name, a point, filled or not, and its interval; keep the Axes.

    One ErrorbarContainer for all of one look, whose label lists their codes.
    """
    rows = rows.reset_index(drop=True)
    with drawing(ax, say) as (ax, look):
        if rows.empty:
            look.write_in_middle(say("sources.none"))
        else:
            _draw(look, rows, code, say, axis)
    points = [
        Point(row["value"], place, tell(row))
        for place, row in enumerate(rows.to_dict("records"))
        if pd.notna(row["value"])
    ]
    return look.keep(kind, table, points, write)


def _draw(look: Pen, rows: pd.DataFrame, code: str, say: Say, axis: str) -> None:
    ax, own = look.ax, rows[code] == say.highlight
    for (mine, filled, dashed), of_one in rows.groupby([own, "filled", assumed(rows)]):
        colour = OWN if mine else FOUND if filled else OTHERS
        looks: dict[str, Any] = {"color": colour, "markerfacecolor": colour if filled else "white"}
        looks |= {"elinewidth": 1.8 if mine else 0.9, "zorder": 3 if mine else 2}
        looks["assumed"] = dashed
        value = of_one["value"]
        reach = np.array([value - of_one["lower"], of_one["upper"] - value])
        look.draw_points(value, of_one.index, xerr=reach, label=" ".join(of_one[code]), **looks)
    pairs = zip(rows[code], rows["value"].isna(), strict=True)
    labels = [say("axis.none", name=say.name(c)) if empty else "" for c, empty in pairs]
    width = look.name_rows(list(rows.index), list(rows[code]), labels)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ends = rows["upper"].fillna(rows["value"])
    for place in rows.index[own & rows["value"].notna()]:
        looks = {"bold": True, "color": OWN, "beside": (look.line(3.5), 0)}
        look.write(ends[place], place, say.number(rows["value"][place]), **looks)
    look.draw_zero(ax.axvline)
    look.write_ticks(ax.xaxis)
    look.label_axes(x=axis, beside=width)


def draw_dumbbells(
    look: Pen,
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
    ax = look.ax
    kinds = sorted(set(table[marks]))
    if not kinds:
        look.write_in_middle(say("sources.none"))
        return {}
    wide = table.pivot_table("share", rows, marks, observed=True).reindex(columns=kinds)
    wide = wide.sort_values(kinds[::-1], ascending=False)
    wide = wide.reindex(list(order)) if order is not None else wide.dropna(how="all")
    count = len(wide)
    spans = wide.agg(["min", "max"], axis=1)
    ends = spans["min"], spans["max"]
    ax.hlines(range(count), *ends, color="0.8", linewidth=look.line(2), zorder=1)
    both = np.flatnonzero(wide.notna().all(axis=1))
    named = len(kinds) == 2 and len(both) > 0
    shades = ["#8AA9C4", "#4C93C9", OWN, "#003B6B"][-len(kinds) :] if len(kinds) > 1 else [OWN]
    for i, (kind, colour) in enumerate(zip(kinds, shades, strict=True)):
        of_kind = table[table[marks] == kind].set_index(rows).reindex(wide.index)
        share = of_kind["share"].to_numpy("float64")
        ends = of_kind.reindex(columns=["share_lower", "share_upper"]).to_numpy("float64").T
        looks: dict[str, Any] = {
            "markerfacecolor": "white" if i < len(kinds) - 1 else colour,
            "elinewidth": 0.8,
        }
        looks |= {"color": colour, "marker": "os^D"[i], "label": say.name(kind), "markersize": 4.5}
        look.draw_points(share, range(count), xerr=np.abs(ends - share), **looks)
        for place, (value, *bounds) in enumerate(zip(share, *ends, strict=True)):
            low, high = spans.iloc[place]
            if np.isnan(value) or low < value < high:
                continue
            left = value == low < high
            end = bounds[0 if left else 1]
            at = value if np.isnan(end) else end
            written: dict[str, Any] = {"ha": "right" if left else "left", "color": "0.25"}
            written["bold"] = i == len(kinds) - 1
            beside = look.line(3.5) * (-1 if left else 1)
            look.write(at, place, say.number(value, 0), beside=(beside, 0), **written)
            if named and name_marks and place == both[0]:  # above all rows, with no values
                if not left and look.measure(looks["label"]) > 0.2 * look.width:
                    at = 1.0
                    written |= {"ha": "right", "transform": ax.get_yaxis_transform()}
                look.write(at, 0, looks["label"], beside=(0, look.line(4)), va="bottom", **written)
    width = look.name_rows(list(range(count)), list(wide.index))
    ax.set_ylim(count - 0.5, -0.9)
    ax.tick_params(axis="y", length=0)
    ax.margins(x=0.12)
    look.write_ticks(ax.xaxis)
    look.label_axes(x=axis, beside=max(width + 8 * look.scale, 0.5 * look.width))
    if len(kinds) > 1 and not named:
        look.legend_below(ax.containers)
    return {code: place for place, code in enumerate(wide.index)}


def _dimensions(table: pd.DataFrame, say: Say) -> str:
    return ", ".join(say.dimensions(table).values())


def write_panels(
    table: pd.DataFrame,
    known: pd.DataFrame,
    points: str,
    errors: str,
    chart: str,
    listed: Callable[[str, pd.DataFrame], list[str]],
    say: Say,
) -> tuple[str, str]:
    """Write caption and alternative text of panels: what is shown, and what is listed of each.

    `points` and `chart` are sentences, `errors` the key of that on the intervals.
    """
    labels, edition = say.dimensions(table), table["edition"].iloc[0]
    counts = {c: known.loc[known["dimension"] == c, "economy"].nunique() for c in labels}
    alone = say.highlight is None
    heads = "; ".join(
        say("peers.counted", dimension=label, count=counts[code])
        if alone or len(set(counts.values())) > 1  # not all economies have all dimensions
        else label
        for code, label in labels.items()
    )
    dated = "year" in table
    years = span_of(table["year"] if dated else [*table["first_year"], *table["last_year"]])
    count = known["economy"].nunique()
    given = {"dimensions": heads, "name": say.own, "count": count}
    key = "peers.head" if count > 1 else "trend.head"
    head = f"{heads}, {years}." if alone else say(key, years=years, **given)
    parts = [head, points]
    if known["standard_error"].notna().any():
        parts += [say(errors, z=say.number(Z90))] if errors else []
    elif len(known):
        parts.append(say("trend.no_errors", edition=edition))
    parts += say.assumed(table)
    gone = sorted(set(table["economy"]) - set(known["economy"]))
    if gone and table["economy"].nunique() <= MOST:  # the world has too many to name
        parts.append(say("peers.none", names=", ".join(map(say.name, gone))))
    told = []
    for code, label in labels.items():
        values = "; ".join(listed(label, known[known["dimension"] == code]))
        told.append(say("peers.panel", dimension=label, year=years, values=values))
    told.insert(len(told) if alone else 0, chart)  # first what was found
    return " ".join([*parts, say("trend.source", edition=edition)]), " ".join(filter(None, told))


def _write_places(table: pd.DataFrame, column: str, points: str, say: Say) -> tuple[str, str]:
    """Write caption and alternative text of estimates or positions: first the own place of each."""
    placed, places = column == "position", []

    def listed(label: str, rows: pd.DataFrame) -> list[str]:
        values = tell_own(rows, say, _tell_position if placed else tell_estimate)
        for estimate in rows.loc[rows["economy"] == say.highlight, "estimate"]:
            place = int((rows["estimate"] > estimate).sum()) + 1
            places.append(f"{label} {say('claims.of', part=place, whole=len(rows))}")
        return values + tell_ends(rows, "estimate", say)

    known = table.dropna(subset=column).sort_values("estimate", ascending=False)
    errors = "" if placed else "trend.bars"
    chart = say("peers.chart_positions" if placed else "peers.chart_intervals")
    caption, text = write_panels(table, known, say(points), errors, chart, listed, say)
    if places:
        text = f"{say('peers.places', name=say.own, listed='; '.join(places))} {text}"
    return caption, text


def tell_own(rows: pd.DataFrame, say: Say, tell: Callable[[Row, Say], str]) -> list[str]:
    """Tell the highlighted row, or that there is none."""
    own = rows[rows["economy"] == say.highlight].to_dict("records")
    lacks = [say("peers.own_none", name=say.own)] if say.highlight and not own else []
    return [tell(row, say) for row in own] or lacks


def tell_estimate(row: Row, say: Say) -> str:
    """Tell an estimate with its interval."""
    given = {"name": say.name(row["economy"]), "value": say.number(row["estimate"])}
    if pd.isna(row["standard_error"]):
        return say("peers.own_bare", **given)
    ends = say.ends(*around(row["estimate"], row["standard_error"]))
    return say("peers.own", interval=ends, **given)


def _tell_changes(rows: pd.DataFrame, code: str, say: Say) -> list[str]:
    """Tell changes with their intervals."""
    told = []
    for row in rows.to_dict("records"):
        given = {"value": say.number(row["change"])}
        given["interval"] = say.ends(*(row[end] for end in CHANGE_ENDS))
        told.append(say("sources.row", name=say.name(row[code]), **given))
    return told


def _hover_change(heads: list[str], row: Row, say: Say) -> str:
    """Tell a change with its interval and both estimates, in lines."""
    both = {end: say.number(row[end]) for end in ("first", "last")}
    ends, notes = [row[end] for end in CHANGE_ENDS], [say("sources.estimates", **both)]
    return say.hover(heads, say("sources.changed"), row["change"], ends, notes=notes)


def _tell_position(row: Row, say: Say) -> str:
    ends = say.ends(row["position_lower"], row["position_upper"], 0)
    given = {"position": int(row["position"]), "count": int(row["ranked"])}
    return say("peers.place", name=say.own, interval=ends, **given)


def tell_ends(known: pd.DataFrame, column: str, say: Say) -> list[str]:
    """Tell the highest and the lowest of rows that descend."""
    return [
        say(f"peers.end_{key}", name=say.name(row["economy"]), value=say.number(row[column]))
        for key, place in (("highest", 0), ("lowest", -1))
        for row in known.iloc[[place] if len(known) else []].to_dict("records")
    ]


def _write_gaps(table: pd.DataFrame, say: Say) -> tuple[str, str]:
    """Write caption and alternative text of gaps: first how many leave out zero."""
    edition, year = table["edition"].iloc[0], table["year"].iloc[0]
    head = say("gap.head", name=say.own, year=year)
    parts = [head if say.highlight else f"{say('gap.label')}, {year}."]
    rows = table.dropna(subset="gap").sort_values(["gap", "economy"], ascending=[False, True])
    rho, values = float(table["rho"].iloc[0]), []
    for row in rows.to_dict("records"):
        ends = say("explorer.interval", interval=say.ends(row["gap_lower"], row["gap_upper"]))
        own = f" ({ends})" if row["economy"] == say.highlight else ""
        values.append(f"{say.name(row['economy'])} {say.number(row['gap'])}{own}")
    told = f"{'; '.join(values)}." if values else say("trend.none", edition=edition)
    parts += [say("gap.filled"), say("trend.bars", z=say.number(Z90))] if values else [told]
    parts.append(say("gap.correlated" if rho else "gap.uncorrelated", rho=say.number(rho)))
    parts += say.assumed(table)
    beyond = {"above": (rows["gap_lower"] > 0).sum(), "below": (rows["gap_upper"] < 0).sum()}
    first = say("gap.found", all=len(rows), **beyond)
    caption = " ".join([*parts, say("trend.source", edition=edition)])
    return caption, f"{first} {say('gap.chart', axis=say('gap.axis'))} {told}"
