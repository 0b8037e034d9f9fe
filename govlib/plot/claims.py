"""The ledger as a scoreboard: what the article says, what we find, the verdict."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import numpy as np
import pandas as pd
from babel.numbers import get_decimal_symbol
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from govlib.i18n import translate
from govlib.plot._style import POINT, WIDE, Look, Pen, Point, drawing, figure, spread
from govlib.plot._text import Say, Words

# Shade and marker both tell the verdicts apart, for print in grey as well.
VERDICTS = {
    "reproduced": ("#0072B2", "o"),
    "explained": ("#009E73", "P"),
    "plausible": ("#56B4E9", "D"),
    "undecided": ("#E69F00", "v"),
    "differs": ("#D55E00", "s"),
    "not supported": ("#882255", "^"),
    "not comparable": ("#999999", "p"),
    "not checkable": ("#777777", "X"),
}
ENDS = ["article_lower", "article_upper", "value", "lower", "upper"]
BROAD = {"statement": (0.05, 0.41), "article": (0.42, 0.55), "ours": (0.56, 0.7)}
BROAD |= {"picture": (0.71, 0.82), "verdict": (0.86, 1.0)}
NARROW = {"statement": (0.09, 1.0), "article": (0.09, 0.27), "ours": (0.28, 0.52)}
NARROW |= {"picture": (0.53, 0.68), "verdict": (0.75, 1.0)}
"""Where the columns are, as parts of the width; a narrow figure has the statement above."""
LINE = 1.3 * 7 * POINT
"""The height of a line of words (mm at text of 8 points)."""
TILE = 5.0

Cell = tuple[float, float, str]


def ledger(table: pd.DataFrame, *, profile: str = "paper", **options: Unpack[Words]) -> Figure:
    """Draw the ledger as a scoreboard: a tile and a row for each statement, by verdict.

    A row has the statement in words, the article's number, ours, both in a small picture on a
    scale of its own (grey the article, a bar that ends at the edge if it is open to one side; the
    point ours, with its interval), and the verdict. Our own checks of a statement have no tile.

    The table is of `claims.check`. `highlight` is the claim that is written in bold, `names` may
    have statements by claim, in other words than the table's.
    """
    say = Say(**options)
    own = table["check_of"].ne("") if "check_of" in table else table["claim"].eq("")
    place = table["verdict"].map(list(VERDICTS).index) + own * len(VERDICTS)
    rows = table.loc[place.sort_values(kind="stable").index].to_dict("records")
    counts = _counts(table)
    look = Look(profile)
    look.width = look.profile.width_mm or WIDE
    height = (
        _head(look, counts, say)[1] + sum(_row(look, row, say)[1] for row in rows)
    ) / look.scale
    fig, panel = figure(profile=profile, panels=1, panel_width=WIDE, panel_height=height + 3)
    points = []
    with drawing(panel, say) as (ax, look):
        ax.set_axis_off()
        cells, top = _head(look, counts, say)
        _write_cells(look, cells, 0.0, color="0.3")
        _draw_tiles(look, counts)
        for row in rows:
            ax.plot([0, look.width], [top, top], color="0.85", linewidth=look.line(0.4))
            cells, height = _row(look, row, say)
            bold = "bold" if row["claim"] == say.highlight else "normal"
            _write_cells(look, cells, top + look.scale, fontweight=bold)
            middle = top + look.scale + cells[-1][1] + 0.5 * LINE * look.scale
            points += _draw_numbers(look, row, middle, say)
            top += height
        ax.set(xlim=(0, look.width), ylim=(top, 0))
    look.keep("ledger", table, points, lambda rows: _write(rows, say))
    return fig


def _counts(table: pd.DataFrame) -> dict[str, int]:
    """Count the verdicts on the article's statements: our own checks are none of it."""
    stated = table[table["check_of"] == ""] if "check_of" in table else table
    found = stated["verdict"].value_counts()
    return {verdict: int(found[verdict]) for verdict in VERDICTS if verdict in found}


def _columns(look: Look) -> dict[str, tuple[float, float]]:
    """Return where the columns begin and end (mm)."""
    columns = NARROW if look.width < 130 * look.scale else BROAD
    return {name: (a * look.width, b * look.width) for name, (a, b) in columns.items()}


def _fill(look: Look, texts: Mapping[str, str]) -> dict[str, str]:
    """Break texts into lines that fit their columns."""
    room = {name: 0.92 * (stop - start) for name, (start, stop) in _columns(look).items()}
    return {name: look.wrap(text, room[name], 7) for name, text in texts.items()}


def _lines(text: str) -> int:
    return text.count("\n") + 1


def _head(look: Look, counts: dict[str, int], say: Say) -> tuple[list[Cell], float]:
    """Return the words of the tiles and of the columns, and how high they are (mm)."""
    texts = [say("claims.count", count=n, verdict=say(f"verdict.{v}")) for v, n in counts.items()]
    numbers = list(map(str, counts.values()))
    for room in np.linspace(look.width / 2, 1, 40):  # as wide as all fit beside each other
        whole = all(look.measure(word) <= room for text in texts for word in text.split())
        # The rows below name the verdicts, where tiles have no room for it.
        labels = [look.wrap(text, float(room), 7) for text in (texts if whole else numbers)]
        taken = [look.measure(label) + 2 * look.scale for label in labels]
        if sum(taken) <= look.width:
            break
    middles = _tiles(look, counts) + np.array(taken) / 2
    starts = np.array(spread(list(middles), taken, (0, look.width))) - np.array(taken) / 2
    top = (TILE + 1) * look.scale
    cells = [(x, top, label) for x, label in zip(starts, labels, strict=True)]
    top += LINE * look.scale * max(map(_lines, labels), default=0) + 2 * look.scale
    columns = _columns(look)
    names = ["statement", "article", "ours", "verdict"]
    names = names[columns["article"][0] == columns["statement"][0] :]  # no two in one place
    heads = _fill(look, {name: say(f"report.{name}") for name in names})
    cells += [(columns[name][0], top, text) for name, text in heads.items()]
    return cells, top + LINE * look.scale * max(map(_lines, heads.values())) + look.scale


def _tiles(look: Look, counts: dict[str, int]) -> np.ndarray:
    """Return where the tiles of each verdict begin (mm)."""
    return np.cumsum([0, *counts.values()])[:-1] * look.width / max(sum(counts.values()), 1)


def _draw_tiles(look: Pen, counts: dict[str, int]) -> None:
    """Draw a tile for each statement, in the colour of its verdict."""
    ax = look.ax
    each = look.width / max(sum(counts.values()), 1)
    for start, (verdict, count) in zip(_tiles(look, counts), counts.items(), strict=True):
        colour, marker = VERDICTS[verdict]
        for i in range(count):
            x, size = start + i * each, (0.94 * each, TILE * look.scale)
            ax.add_patch(Rectangle((x, 0), *size, facecolor=colour, edgecolor="none"))
        looks: dict[str, Any] = {"color": "white", "markersize": look.line(4)}
        ax.plot([start + 0.47 * each], [TILE * look.scale / 2], marker, **looks)


def _row(look: Look, row: Mapping[Any, Any], say: Say) -> tuple[list[Cell], float]:
    """Return the words of a statement, its verdict last, and how high they are (mm)."""
    statement = say.names.get(row["claim"], row["statement"])
    statement = re.sub(r"(?<!\w)-(?=\d)", "−", statement)
    texts = {"article": _article(row, say), "ours": _ours(row, say)}
    texts["verdict"] = say(f"verdict.{row['verdict']}")
    texts = _fill(look, {"statement": statement, **texts})
    statement, columns = texts.pop("statement"), _columns(look)
    above = _lines(statement) if columns["article"][0] == columns["statement"][0] else 0
    most = max(_lines(statement), above + max(map(_lines, texts.values())))
    line = LINE * look.scale
    cells = [(0.0, 0.0, row["claim"]), (columns["statement"][0], 0.0, statement)]
    cells += [(columns[name][0], above * line, text) for name, text in texts.items()]
    return cells, most * line + 2 * look.scale


def _write_cells(look: Pen, cells: Sequence[Cell], top: float, **looks: Any) -> None:
    for x, y, text in cells:
        look.ax.text(x, top + y, text, va="top", fontsize=look.size(7), **looks)


def _draw_numbers(look: Pen, row: Mapping[Any, Any], y: float, say: Say) -> list[Point]:
    """Draw the article's number and ours on the row's own scale; return our point."""
    ax = look.ax
    (start, stop), (verdict, _) = _columns(look)["picture"], _columns(look)["verdict"]
    colour, marker = VERDICTS[row["verdict"]]
    looks = {"color": colour, "marker": marker}
    look.draw_points(verdict - 2.5 * look.scale, y, **looks)
    numbers = np.array([row[end] for end in ENDS], "float64")
    low, high = np.nanmin([*numbers, np.inf]), np.nanmax([*numbers, -np.inf])
    if not low < high or np.isnan(row["value"]):
        return []

    def place(number: float, missing: float) -> float:
        part = 0.15 + 0.7 * (number - low) / (high - low)
        return missing if np.isnan(number) else start + part * (stop - start)

    below, above = row["article_lower"], row["article_upper"]
    if below == above:
        tick: dict[str, Any] = {"color": "0.5", "marker": "|", "markersize": look.line(8)}
        ax.plot([place(below, start)], [y], **tick)
    elif not np.isnan([below, above]).all():
        bar: dict[str, Any] = {"linewidth": look.line(6), "solid_capstyle": "butt"}
        ax.plot([place(below, start), place(above, stop)], [y, y], color="0.8", **bar)
    x, lower, upper = (place(row[name], np.nan) for name in ("value", "lower", "upper"))
    look.draw_points(x, y, xerr=[[x - lower], [upper - x]], elinewidth=1, **looks)
    return [Point(x, y, _tell(row, say))]


def _write(table: pd.DataFrame, say: Say) -> tuple[str, str]:
    """Write caption and alternative text of the whole ledger."""
    economy, edition = table["economy"].iloc[0], table["edition"].iloc[0]
    counts = _counts(table)
    listed = ", ".join(
        say("claims.count", count=count, verdict=say(f"verdict.{verdict}"))
        for verdict, count in counts.items()
    )
    finding = say("claims.counts", count=sum(counts.values()), listed=listed)
    parts = [say("claims.head", name=say.name(economy), edition=edition), finding]
    parts += [say("claims.bars"), say("claims.points")]
    rows = "; ".join(_tell(row, say) for row in table.to_dict("records"))
    return " ".join(parts), f"{finding} {say('claims.chart')} {rows}."


def _ours(row: Mapping[Any, Any], say: Say) -> str:
    """Write our number."""
    return _stated(row["ours"], say) or _number(row["value"], say)


def _article(row: Mapping[Any, Any], say: Say) -> str:
    """Write the article's number, or range or direction."""
    low, high = row["article_lower"], row["article_upper"]
    found = _stated(row["article"], say)
    if found or (pd.isna(low) and pd.isna(high)):
        return found or "–"
    if pd.isna(low):
        return say("claims.at_most", number=_number(high, say))
    if pd.isna(high):
        return say("claims.at_least", number=_number(low, say))
    return _number(low, say) if low == high else say.ends(low, high)


def _number(value: float, say: Say) -> str:
    return say.number(value, 0 if value % 1 == 0 else 2)


def _stated(text: str, say: Say) -> str:
    """Return a table's English numbers in the language; nothing if there are words of others."""
    text = re.sub(r"(?<!\w)-(?=\d)", "−", text) or "–"
    if say.language == "en":
        return text
    text = re.sub(r"(?<=\d),(?=\d{3})", "\u202f", text)
    text = re.sub(r"(?<=\d)\.(?=\d)", get_decimal_symbol(say.language), text)
    if text in ("up", "down"):
        return say(f"claims.{text}")
    part, of, whole = text.partition(" of ")
    text = say("claims.of", part=part, whole=whole) if of and whole.isdigit() else text
    return "" if re.search("[a-z]", text) else text


def _tell(row: Mapping[Any, Any], say: Say) -> str:
    """Write a claim: the article's number, ours with its interval, the verdict."""
    ours = _ours(row, say)
    if pd.notna(row["lower"]):
        unit = translate(row["unit"], "unit", say.language) if row["unit"] else ""
        digits = len(str(row["ours"]).split()[0].partition(".")[2])  # as many as ours has
        ends = say.ends(row["lower"], row["upper"], digits)
        ours = say("claims.ours", value=ours, interval=f"{ends} {unit}".strip())
    given = {"article": _article(row, say), "verdict": say(f"verdict.{row['verdict']}")}
    return say("claims.row", claim=row["claim"], ours=ours, **given)
