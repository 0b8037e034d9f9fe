"""All economies: strips of a dimension each, a grid of tiles, one indicator against another."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Polygon

from govlib.errors import UnknownName, did_you_mean
from govlib.plot._style import OWN, POINT, ROOM, WIDE, Look, Pen, Point, drawing, figure
from govlib.plot._text import DIGITS, Say, Words, around, check_one, check_points, points_key
from govlib.plot.rows import tell_ends, tell_estimate, tell_own, write_panels
from govlib.stats._tables import Z90, check_table

PEER, WORLD = "0.2", "0.75"
"""Shades of economies that are named, and of all others."""
SHADES = {"estimate": np.arange(-2, 2.1, 0.5), "percentile_rank": np.linspace(0, 100, 9)}
"""The measures of tiles, and where one shade ends and the next begins."""


def distribution(
    table: pd.DataFrame,
    *,
    peers: Sequence[str] = (),
    ax: Axes | None = None,
    **options: Unpack[Words],
) -> Axes:
    """Draw one economy among all of one year: a strip for each dimension, every economy a point.

    The highlighted economy has its interval and its percentile rank; peers are dark, and named as
    far as there is room.
    The table is of `gov.wgi.ranked` or `stats.ranks`, of any number of economies; `peers` are
    codes.
    """
    import seaborn as sns

    say = Say(**options)
    highlight = say.highlight
    check_table(table, ["estimate", "standard_error", "percentile_rank", "ranked"])
    check_one(table, ["year"])
    known = table.dropna(subset=["estimate", "percentile_rank"])
    labels = say.dimensions(table)
    order = list(labels)
    with drawing(ax, say) as (ax, look):
        size = look.line(1.8)
        if len(known):
            looks: dict[str, Any] = {"color": WORLD, "size": size, "linewidth": 0, "legend": False}
            strips = known[~known["economy"].isin([*peers, highlight])].astype({"dimension": str})
            sns.swarmplot(strips, x="estimate", y="dimension", order=order, ax=ax, **looks)
        ax.set_ylabel("")
        beside = look.name_rows(range(len(order)), order, list(labels.values()))
        ax.set_ylim(len(order) - 0.8, -0.75)
        look.draw_zero(ax.axvline)
        named = known[known["economy"].isin([*peers, highlight])]
        mm = _scale(look, known, named, beside, say) if len(known) else 1.0
        left = known["estimate"].min() if len(known) else 0.0
        for place, code in enumerate(order):
            rows = known[known["dimension"] == code]
            others = rows[rows["economy"].isin(peers) & (rows["economy"] != highlight)]
            edge = {"markeredgecolor": "white", "markeredgewidth": 0.3}
            at = others["estimate"], [place] * len(others)
            look.draw_points(*at, color=PEER, markersize=2.6, **edge)
            own = rows[rows["economy"] == highlight]
            for row in own.to_dict("records"):
                looks = {"color": OWN, "markersize": 5, "elinewidth": 1.8, "zorder": 4} | edge
                looks |= {"label": f"{highlight} {code}", "xerr": Z90 * row["standard_error"]}
                looks["assumed"] = pd.notna(row.get("assumed_error"))
                look.draw_points(row["estimate"], place, **looks)
            _name_along(look, pd.concat([own, others]), place, len(order), mm, say)
        ax.set_xlim(left - 0.1, left - 0.1 + _room(look, beside) / mm)
        look.label_axes(x=say("axis.estimate"), beside=beside)
        look.write_ticks(ax.xaxis)
    points = [
        Point(row["estimate"], order.index(row["dimension"]), say.hover_row(row))
        for row in known.to_dict("records")
    ]

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        ranks = []

        def listed(label: str, rows: pd.DataFrame) -> list[str]:
            for own in rows.loc[rows["economy"] == highlight, "estimate"]:
                below = {"below": int((rows["estimate"] < own).sum()), "all": len(rows)}
                ranks.append(say("world.below", dimension=label, **below))
            return tell_own(rows, say, tell_estimate) or [str(len(rows))]

        known = drawn.dropna(subset=["estimate", "percentile_rank"])
        points, chart = say(points_key(drawn["edition"].iloc[0])), say("world.chart")
        caption, text = write_panels(drawn, known, points, "world.bar", chart, listed, say)
        if ranks:
            text = f"{say('world.found', name=say.own, listed='; '.join(ranks))} {text}"
        return caption, text

    return look.keep("distribution", table, points, write)


def _room(look: Look, beside: float) -> float:
    return ROOM * (look.width - beside - 4 * look.scale)


def _label(look: Look, row: Mapping[Any, Any], say: Say) -> tuple[str, float]:
    """Return the name of a point, with the rank of the highlighted one, and its width (mm)."""
    text, own = (
        look.cut(say.name(row["economy"]), 0.3 * look.width),
        row["economy"] == say.highlight,
    )
    rank = say("world.rank", rank=say.number(row["percentile_rank"], 0))
    if own and look.measure(f"{text} ({rank})", 6.5) < 0.35 * look.width:
        text += f" ({rank})"
    return text, look.measure(text, 6.5) * (1.12 if own else 1) + 1.5 * look.scale


def _scale(look: Look, known: pd.DataFrame, named: pd.DataFrame, beside: float, say: Say) -> float:
    """Return how many mm a unit has, if all points and the names right of them are to fit."""
    left, room = known["estimate"].min() - 0.1, _room(look, beside)
    scales = [room / (known["estimate"].max() + 0.2 - left)]
    for row in named.to_dict("records"):
        free = room - _label(look, row, say)[1]
        scales.append(max(free, 0.2 * room) / (row["estimate"] - left))
    return float(min(scales))


def _name_along(look: Pen, rows: pd.DataFrame, place: int, count: int, mm: float, say: Say) -> None:
    """Name points above their strip, each to the right of its line.

    From the right, a name is above all whose lines it would cross; where a strip has no room for
    more, a point stays without a name. The highlighted one always has its name.
    """
    ax = look.ax
    line = 1.25 * look.size(6.5) * POINT / ((look.height - 12 * look.scale) / (count + 0.1))
    most = max(1, int(0.72 / line))
    levels: list[tuple[float, int]] = []
    for row in rows.sort_values("estimate", ascending=False).to_dict("records"):
        own, x = row["economy"] == say.highlight, float(row["estimate"])
        text, width = _label(look, row, say)
        level = 1 + max([at for start, at in levels if start <= x + width / mm], default=0)
        if level > most and not own:
            continue
        levels.append((x, level))
        y = place - 0.12 - level * line
        at = x + 0.4 * look.scale / mm
        white = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        look.write(at, y, text, 6.5, bold=own, color=OWN if own else PEER, bbox=white)
        ax.vlines(x, y - 0.3 * line, place, color="0.6", linewidth=look.line(0.4), zorder=1)


def tiles(
    table: pd.DataFrame,
    *,
    profile: str = "paper",
    measure: str = "estimate",
    **options: Unpack[Words],
) -> Figure:
    """Draw the world as a grid: a tile for each economy near its place on the map, by measure.

    Small states are as large as others, the darker the higher, with their codes where there is
    room. Economies without an estimate, also those that the table lacks, are hatched. The
    highlighted one is outlined and named below. The places are in ``tiles.txt``.

    Parameters
    ----------
    table : DataFrame
        Of one edition, year and dimension, with `estimate`, `standard_error` and the measure.
    measure : str
        "estimate" (standard deviations) or "percentile_rank" (0 to 100).
    """
    places = _places(table["economy"])
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    shapes = {code: [square + place] for code, place in places.items()}
    return _draw_world("tiles", shapes, table, profile, measure, Say(**options))


def choropleth(
    table: pd.DataFrame,
    *,
    profile: str = "paper",
    measure: str = "estimate",
    **options: Unpack[Words],
) -> Figure:
    """Draw the map of the world, countries the darker the higher by measure; options as `tiles`.

    Outlines are Natural Earth's (public domain, 1:110 million; ``outlines.json``) and no statement
    on borders, the projection is Equal Earth (Šavrič, Patterson and Jenny 2018). Some forty
    economies are too small for it; the caption says how many, and `tiles` has them all.
    """
    text = Path(__file__).with_name("outlines.json").read_text("utf-8")
    rings = {
        code: [_project(np.array(ring)) for ring in of] for code, of in json.loads(text).items()
    }
    return _draw_world("choropleth", rings, table, profile, measure, Say(**options))


def _project(places: np.ndarray) -> np.ndarray:
    """Return where longitudes and latitudes (degrees) are on a map 28 wide, y downwards."""
    longitude, latitude = np.radians(places).T
    angle = np.arcsin(np.sqrt(3) / 2 * np.sin(latitude))
    terms = np.array([1.340264, -0.081106, 0.000893, 0.003796])
    powers = np.array([angle ** (n - 1) for n in (1, 3, 7, 9)])
    x = longitude * np.cos(angle) / (np.sqrt(3) / 2 * (np.array([1, 3, 7, 9]) * terms) @ powers)
    y = terms @ (powers * angle)
    return np.column_stack([14 + x * 28 / 5.413, 6.8 - y * 28 / 5.413])


def _draw_world(
    kind: str,
    shapes: Mapping[str, list[np.ndarray]],
    table: pd.DataFrame,
    profile: str,
    measure: str,
    say: Say,
) -> Figure:
    """Draw shapes, each economy's, in the shades of a measure."""
    if measure not in SHADES:
        raise UnknownName(
            f"measure = {measure!r} is not known; known: {', '.join(SHADES)}."
            f"{did_you_mean(measure, SHADES)}"
        )
    check_table(table, ["estimate", "standard_error", measure])
    check_one(table, ["year", "dimension"])
    known = table.dropna(subset=["estimate", measure])
    values = known.set_index("economy")[measure].astype("float64").to_dict()
    shown = [code for code in shapes if code in values]
    columns, rows = np.ceil(np.vstack([ring for of in shapes.values() for ring in of]).max(axis=0))
    look, tiled = Look(profile), kind == "tiles"
    side = 0.97 * (look.profile.width_mm or WIDE) / columns
    named = ""
    for own in table.loc[table["economy"] == say.highlight, measure].to_list():
        told = "" if pd.isna(own) else f"{say.own}: {say.number(own, DIGITS[measure])}"
        named = told or say("peers.own_none", name=say.own)
        named = look.wrap(named, 0.5 * columns * side)
    lines = named.count("\n") + 2.0
    below = max(1.2, 1.3 * lines * look.size(7) * POINT / side)  # tiles, for the words
    height = (side * (rows + below + 0.3) + 16 * look.scale) / look.scale
    fig, ax = figure(profile=profile, panels=1, panel_width=WIDE, panel_height=height)
    with drawing(ax, say) as (ax, look):
        ax.set(xlim=(-0.1, columns + 0.1), ylim=(rows + below, -0.1), aspect="equal")
        ax.set_axis_off()
        bins = SHADES[measure]
        norm = BoundaryNorm(bins, 256, extend="both" if measure == "estimate" else "neither")
        side = min(side, (look.height - 16 * look.scale) / (rows + below))
        for code in shapes.keys() - values.keys():
            grey: dict[str, Any] = {"facecolor": "white", "edgecolor": "0.6", "hatch": "////"}
            for ring in shapes[code]:
                inset = ring.mean(axis=0) + 0.8 * (ring - ring.mean(axis=0)) if tiled else ring
                patch = ax.add_patch(Polygon(inset, linewidth=look.line(0.5), **grey))
                patch.set_hatch_linewidth(look.line(0.5))
        drawn = [(values[code], ring) for code in shown for ring in shapes[code]]
        looks: dict[str, Any] = {"edgecolors": "white"}
        looks["linewidth"] = look.line(0.7 if tiled else 0.3)
        mesh = PolyCollection([ring for _, ring in drawn], cmap="YlGnBu", norm=norm, **looks)
        mesh.set_array([value for value, _ in drawn])
        ax.add_collection(mesh)
        if tiled and look.measure("MMM", 5) < 0.96 * side:
            for code in shown:
                shade = mesh.cmap(norm(values[code]))
                black = np.dot(np.power(shade[:3], 2.2), [0.2126, 0.7152, 0.0722]) > 0.18
                colour = "black" if black else "white"
                x, y = shapes[code][0].mean(axis=0)
                look.write(x, y, code, 5, ha="center", color=colour)
        for ring in shapes.get(say.highlight or "", []) if named else []:
            for edge, width in (("white", 0.2), (OWN, 0.11)):
                drawn_width = (width if tiled else 0.5 * width) * side / POINT
                outline: dict[str, Any] = {"edgecolor": edge, "linewidth": drawn_width}
                ax.add_patch(Polygon(ring, fill=False, zorder=3, **outline))
        if named:
            look.write(0, rows + below / 2, named, 7, bold=True, color=OWN)
        key = Patch(facecolor="white", edgecolor="0.6", hatch="////", label=say("axis.no_estimate"))
        ax.legend(handles=[key], loc="lower right", handlelength=1.5, borderpad=0)
        place: dict[str, Any] = {"location": "bottom", "shrink": 0.6, "aspect": 40, "pad": 0.01}
        bar = fig.colorbar(mesh, ax=ax, ticks=bins[::2], **place)
        bar.minorticks_off()
        bar.outline.set_linewidth(look.line(0.5))
        bar.set_label(look.wrap(say(f"axis.{measure}"), 0.6 * look.width))
        look.write_ticks(bar.ax.xaxis, few=False)
    points = []
    for row in known[known["economy"].isin(shown)].to_dict("records"):
        x, y = max(shapes[row["economy"]], key=len).mean(axis=0)
        points.append(Point(float(x), float(y), say.hover_row(row)))

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        known = drawn.dropna(subset=["estimate", measure])

        def listed(label: str, rows: pd.DataFrame) -> list[str]:
            rows = rows.sort_values("estimate", ascending=False)
            return tell_own(rows, say, tell_estimate) + tell_ends(rows, "estimate", say)

        key = points_key(drawn["edition"].iloc[0]) if measure == "estimate" else ""
        about = say(f"map.points_{kind}", count=len(known) - len(shown))
        _, meaning = say(key or "trend.points_percentile_rank").split(": ", 1)
        said = f"{say('map.shades', what=meaning)} {about}"
        caption, text = write_panels(drawn, known, said, "", say(f"map.chart_{kind}"), listed, say)
        found = say("tiles.found", above=int((known["estimate"] > 0).sum()), all=len(known))
        for own in known.loc[known["economy"] == say.highlight, "estimate"]:
            place = int((known["estimate"] > own).sum()) + 1
            of = say("claims.of", part=place, whole=len(known))
            label = ", ".join(say.dimensions(drawn).values())
            found = say("peers.places", name=say.own, listed=f"{label} {of}")
        return caption, f"{found} {text}"

    look.keep(kind, table, points, write)
    return fig


def _places(economies: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return column and row of each tile; those that have no place of their own are below."""
    text = Path(__file__).with_name("tiles.txt").read_text("utf-8").splitlines()
    cells = [
        (line[i : i + 3], i // 4, y) for y, line in enumerate(text) for i in range(0, len(line), 4)
    ]
    places = {code: (x, y) for code, x, y in cells if code.strip()}
    more = sorted(set(economies) - set(places))
    return places | {code: (i % 28, len(text) + i // 28) for i, code in enumerate(more)}


def against(
    x: pd.DataFrame,
    y: pd.DataFrame,
    *,
    axis: str = "",
    about: str = "against",
    peers: Sequence[str] = (),
    ax: Axes | None = None,
    **options: Unpack[Words],
) -> Axes:
    """Draw a dimension of the WGI against a ranking: every economy a point, and a line through all.

    The line is fitted by least squares: what one may expect of an economy with such a value; there
    is none through fewer than ten. The highlighted economy and its peers are named, and have their
    intervals. Where no economy has both values the Axes says so.

    Parameters
    ----------
    x : DataFrame
        A ranking of one edition and measure: `economy`, `value`, and for the caption `edition`.
    y : DataFrame
        A WGI table of one edition, year and dimension: `economy`, `estimate`, `standard_error`
        (standard deviations).
    axis : str
        Label of the x axis.
    about : str
        What the caption is about: "against" (what `axis` says) or "trust" (in the government).
    peers : sequence of str
        Codes of economies to be named.
    """
    say = Say(**options)
    check_points(x, ["economy", "value"], ["economy"])
    check_points(y, ["economy", "estimate", "standard_error"], ["economy"])
    shown = say.dimensions(y) if "dimension" in y else {}
    columns = ["economy", "estimate", "standard_error", "assumed_error"]
    both = x[["economy", "value"]].merge(y.filter(columns), on="economy")
    both = both.dropna(subset=["estimate", "value"])
    with drawing(ax, say) as (ax, look):
        of_voice = set(shown) == {"va"}
        look.label_axes(x=axis, y=say("standing.axis_of_va" if of_voice else "axis.estimate"))
        if both.empty:
            look.write_in_middle(say("standing.no_both"))
        else:
            look.write_ticks(ax.xaxis)
            look.write_ticks(ax.yaxis)
            _draw_cloud(look, both, set(peers), say)
    year = x["edition"].iloc[0] if len(x) and "edition" in x else say("standing.no_edition")

    def tell(row: Mapping[Any, Any]) -> str:
        heads = [say.named(row["economy"]), f"{axis}: {say.number(row['value'])}"]
        ends = around(row["estimate"], row["standard_error"])
        heads = heads if axis else heads[:1]
        return say.hover(heads, say("measure.estimate"), row["estimate"], ends)

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        across = axis or say("standing.index")
        across = across if str(year) in across else f"{across}, {year}"
        up = ", ".join(shown.values()) or say("axis.estimate")
        caption = " ".join([say(f"standing.{about}", x=across, y=up), *say.assumed(drawn)])
        if drawn.empty:
            return caption, f"{say('shares.none')} {say('standing.no_both')}."
        parts, line = [], _fit(drawn)
        rho = drawn["value"].corr(drawn["estimate"], method="spearman")
        if about == "trust" and line is None and not np.isnan(rho):
            key = "level" if abs(rho) < 0.5 else "up" if rho > 0 else "down"
            parts.append(say(f"standing.{key}", count=len(drawn), rho=say.number(rho)))
        for row in drawn[drawn["economy"] == say.highlight].to_dict("records"):
            if line is not None:
                expected = float(np.polyval(line, row["value"]))
                key = f"standing.{'above' if row['estimate'] > expected else 'below'}"
                given = {"line": say.number(expected), "y": say.number(row["estimate"])}
                given["x"] = f"{axis or say('standing.index')}: {say.number(row['value'])}"
                parts.append(say(key, name=say.own, **given))
            given = {"x": say.number(row["value"]), "y": say.number(row["estimate"])}
            parts.append(say("standing.point", name=say.own, **given))
        spans = {
            key: say.ends(drawn[column].min(), drawn[column].max())
            for key, column in (("across", "value"), ("up", "estimate"))
        }
        parts.insert(1, say(f"standing.chart_{about}", count=len(drawn), **spans))
        return caption, " ".join(parts)

    points = [Point(row["value"], row["estimate"], tell(row)) for row in both.to_dict("records")]
    return look.keep("against", both, points, write)


def _fit(both: pd.DataFrame) -> Any:
    """Return slope and start of the line through the points, if there is one."""
    enough = len(both) >= 10 and np.ptp(both["value"])
    return np.polyfit(both["value"], both["estimate"], 1) if enough else None


def _draw_cloud(look: Pen, both: pd.DataFrame, peers: set[str], say: Say) -> None:
    """Draw points, the line through them, and the names of some to the right of theirs."""
    ax = look.ax
    ax.plot(both["value"], both["estimate"], "o", color=WORLD, markersize=look.line(2.2), zorder=2)
    line = _fit(both)
    if line is not None:
        ends = np.array([both["value"].min(), both["value"].max()])
        ax.plot(ends, np.polyval(line, ends), "--", color="0.4", linewidth=look.line(0.8), zorder=1)
    named = both[both["economy"].isin(peers | {say.highlight})]
    named = named.sort_values("economy", key=lambda code: code != say.highlight, kind="stable")
    for row in named.to_dict("records"):
        own = row["economy"] == say.highlight
        looks: dict[str, Any] = {"color": OWN if own else PEER, "zorder": 4 if own else 3}
        looks |= {"markersize": 5 if own else 2.6}
        looks |= {"yerr": Z90 * row["standard_error"], "elinewidth": 1.6 if own else 0.5}
        looks["assumed"] = pd.notna(row.get("assumed_error"))
        looks["label"] = say.name(row["economy"])
        look.draw_points(row["value"], row["estimate"], **looks)
    look.draw_zero(ax.axhline)
    names = [
        (row["value"], row["estimate"], say.name(row["economy"]), row["economy"] == say.highlight)
        for row in named.to_dict("records")
    ]
    across = np.linspace(*ax.get_xlim(), 100)
    lines = [np.column_stack([across, np.zeros(100)])]
    lines += [] if line is None else [np.column_stack([across, np.polyval(line, across)])]
    look.name_points(names, np.vstack([both[["value", "estimate"]].to_numpy("float64"), *lines]))
