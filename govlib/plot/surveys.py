"""Answers to surveys: shares in percent.

`names` has the names of items, answers and groups, as `surveys.labels` returns them, and of axes
(``share``, ``share_of_all``). BadTable is raised for a table that lacks a column, or in which two
rows are one point.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from govlib.errors import BadTable
from govlib.i18n import translate
from govlib.plot._style import Look, Point, drawing, figure, height_of_list, label_outer, letter
from govlib.plot._text import Say, Words, check_points
from govlib.plot.lines import ECONOMIES
from govlib.plot.rows import draw_dumbbells
from govlib.stats.shares import NO_OPINION

# From agreement to disagreement; those without an opinion are grey and hatched.
AGREEMENT = {
    2: ["#2166AC", "#EF8A62"],
    3: ["#2166AC", "#D9D9D9", "#B2182B"],
    4: ["#2166AC", "#92C5DE", "#FDDBC7", "#B2182B"],
}
DARK = ("#2166AC", "#B2182B", "#0072B2")


def shares(
    table: pd.DataFrame,
    *,
    rows: str = "item",
    marks: str = "wave",
    order: Sequence[str] | None = None,
    printed: tuple[float, float] | None = None,
    name_marks: bool = True,
    question: str = "",
    country: str = "",
    source: str = "",
    alternative_notes: str = "",
    ax: Axes | None = None,
    **options: Unpack[Words],
) -> Axes:
    """Draw shares as points with intervals: a row per item or group, from the largest last share.

    The marks of a row, such as waves, are joined. One ErrorbarContainer per mark.

    Parameters
    ----------
    table : DataFrame
        One row per `rows` and `marks` with `share`, `share_lower` and `share_upper` (percent), as
        `stats.add_share_interval` returns them. The caption also tells `wave`, `base`,
        `respondents` and `design_effect`, if the table has them.
    rows, marks : str
        Columns whose values become the rows of the figure and its points (four at most).
    order : sequence of str, optional
        The rows from the top.
    printed : pair of float, optional
        A range of an article (percent), drawn in the row "total" of a group.
    name_marks : bool
        Whether two marks are named in their first row; once is enough in panels side by side.
    question, country, source : str
        For the caption: what was asked and the country's name, in the language, and the publisher
        as the record of the survey has it.
    alternative_notes : str
        Sentences added to the alternative text.
    highlight : str, optional
        The value of `rows` that is named in bold.
    """
    say = Say(**options)
    check_points(table, [rows, marks, "share", "share_lower", "share_upper"], [rows, marks])
    if table[marks].nunique() > 4:
        raise BadTable(f"{table[marks].nunique()} points cannot be read in one row: four or fewer.")
    if order is not None:
        table = table[table[rows].isin(order)]
    with drawing(ax, say) as (ax, look):
        axis = _axis("share", say)
        given: dict[str, Any] = {"axis": axis, "order": order, "name_marks": name_marks}
        places = draw_dumbbells(look, table, rows, marks, say, **given)
        if printed and "total" in places:
            place, low, high = places["total"], *printed
            ax.barh(place, high - low, left=low, height=0.8, color="0.85", zorder=0)
            said = say("values.printed", low=say.number(low, 0), high=say.number(high, 0))
            looks: dict[str, Any] = {"ha": "center", "va": "bottom", "beside": (0, 1)}
            look.write((low + high) / 2, place - 0.4, said, 6.5, color="0.35", **looks)
    points = [
        Point(row["share"], places[row[rows]], _hover_share(row, rows, marks, say))
        for row in table.dropna(subset="share").to_dict("records")
        if row[rows] in places
    ]

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        caption = _describe_shares(drawn, question, country, source, say)
        text = _alternative_text_of_shares(drawn, rows, marks, say)
        return caption, f"{text} {alternative_notes}".strip()

    return look.keep("shares", table, points, write)


def share_panels(
    tables: Mapping[str, pd.DataFrame],
    *,
    printed: Mapping[str, tuple[float, float]] | None = None,
    order: Sequence[str],
    survey: pd.DataFrame | None = None,
    profile: str = "paper",
    **options: Any,
) -> Figure:
    """Draw `shares` in panels side by side, with one list of rows.

    `tables` and the ranges in `printed` are by the label of the panel's x axis; other options are
    those of `shares`. The caption says question, base, source and notes once, of the first panel,
    and which answers the waves of the `survey` do not share.
    """
    if not tables:
        raise BadTable("No panel is asked for: give a table of shares for each, by its label.")
    names, look = dict(options.pop("names", None) or {}), Look(profile)
    width = 55 if len(tables) > 2 else 72
    longest = max(look.measure(names.get(code, code)) for code in order) / look.scale
    height = height_of_list(round((1.6 if longest > 0.4 * width else 1) * len(order)))
    sizes: dict[str, Any] = {"panel_width": width, "panel_height": height}
    fig, axes = figure(profile=profile, panels=len(tables), **sizes)
    panels = np.atleast_1d(axes)
    if survey is not None:
        say = Say(names=names, language=options.get("language", "en"))
        told = _answer_breaks(survey, say)
        options["notes"] = " ".join(filter(None, [*told, options.get("notes")]))
    for ax, (label, table) in zip(panels, tables.items(), strict=True):
        if ax is panels[0]:
            options["question"] = ": ".join(filter(None, [options.get("question"), label]))
        else:
            options |= {"question": label, "source": "", "notes": "", "name_marks": False}
        given = {"names": names | {"share": label}, "printed": (printed or {}).get(label), "ax": ax}
        shares(table, order=order, **options | given)
    label_outer(list(panels))
    if len(panels) > 1:
        letter(panels, language=options.get("language", "en"))
    return fig


def answers(table: pd.DataFrame, *, ax: Axes | None = None, **options: Unpack[Words]) -> Axes:
    """Draw the answers of each item and wave as one stacked bar, from the top by item and wave.

    One labelled BarContainer per answer. Shares of 5 percent and more are written into their bar;
    the caption says which answers the waves do not share.
    The table is a survey's, of one question and one group; a highlighted item is named in bold.
    """
    say = Say(**options)
    check_points(table, ["wave", "item", "answer", "share"], ["wave", "item", "answer"])
    listed = list(dict.fromkeys(table["answer"]))
    opinions = [answer for answer in listed if answer not in NO_OPINION]
    listed = [*opinions, *(answer for answer in listed if answer in NO_OPINION)]
    colours = AGREEMENT.get(len(opinions)) or [c for c, _ in ECONOMIES[: len(opinions)]]
    by_bar = table.set_index(["item", "wave"])
    items = list(dict.fromkeys(table["item"]))
    bars = sorted(dict.fromkeys(by_bar.index), key=lambda bar: items.index(bar[0]))
    # A gap between items.
    places = [-(i + 0.6 * items.index(item)) for i, (item, _) in enumerate(bars)]
    left, points = np.zeros(len(bars)), []
    with drawing(ax, say) as (ax, look):
        for i, answer in enumerate(listed):
            share = by_bar.loc[by_bar["answer"] == answer, "share"].reindex(bars).fillna(0.0)
            opinion = answer in opinions
            looks: dict[str, Any] = {"color": "0.92", "edgecolor": "0.7"}
            looks["hatch"] = "///" if answer == NO_OPINION[0] else "..."
            if opinion:
                looks = {"color": colours[i], "edgecolor": "white"}
            looks |= {"label": say.name(answer), "linewidth": look.line(0.4)}
            drawn = ax.barh(places, share, left=left, **looks)
            # Halves up, as printed tables do: formatting would make 39.5 a 40 but 30.5 a 30.
            numbers = [f"{int(value + 0.5)}" if value >= 5 else "" for value in share]
            looks = {"color": "white" if looks["color"] in DARK else "black"}
            looks |= {"fontsize": look.size(6), "label_type": "center"}
            written = ax.bar_label(drawn, numbers, **looks)
            for text in filter(Text.get_text, [] if opinion else written):
                # No line of the hatching runs through a number.
                text.set_bbox({"facecolor": "0.92", "edgecolor": "none", "pad": 0.8 * look.scale})
            for (item, wave), value, x, y in zip(bars, share, left, places, strict=True):
                if value:
                    which = f"{say.name(item)}, {say.name(wave)}"
                    lines = f"{which}\n{say.name(answer)}: {_percent(value, say)}"
                    points.append(Point(x + value / 2, y, lines))
            left += share.to_numpy()
        # The item is named at its first bar only; the bars below it are its later waves.
        named = [item for item, _ in bars]
        heads = ["" if item in named[:i] else item for i, item in enumerate(named)]
        waves = [say.name(wave) for _, wave in bars]
        named = [f"{say.name(h)}, {w}" if h else w for h, w in zip(heads, waves, strict=True)]
        beside = look.name_rows(places, heads, named)
        ax.tick_params(axis="y", length=0)
        ax.set_xlim(0, 100)
        look.label_axes(x=_axis("share_of_all", say), beside=beside)
        look.legend_below(ax.containers)

    def write(drawn: pd.DataFrame) -> tuple[str, str]:
        caption = " ".join([say("trust.answers"), *_answer_breaks(drawn, say)])
        return caption, _alternative_text_of_answers(drawn, say)

    return look.keep("answers", table, points, write)


def _axis(key: str, say: Say) -> str:
    """Return the label of an axis: its name, or the usual one."""
    return say.names.get(key) or say(f"axis.{key}")


def _hover_share(row: Mapping[Any, Any], rows: str, marks: str, say: Say) -> str:
    """Write the hover text of a share."""
    known = pd.notna(row.get("respondents"))
    notes = [say("explorer.respondents", number=int(row["respondents"]))] if known else []
    heads = [f"{say.name(row[rows])}, {say.name(row[marks])}"]
    told: dict[str, Any] = {"digits": 1, "notes": notes}
    ends = row["share_lower"], row["share_upper"]
    return say.hover(heads, _axis("share", say), row["share"], ends, **told)


def _describe_shares(
    table: pd.DataFrame, question: str, country: str, source: str, say: Say
) -> str:
    """Write the caption of shares: question, waves, base, bars, respondents, source."""
    listed = dict.fromkeys(table["wave"].astype(str)) if "wave" in table else ()
    waves = ", ".join(map(say.name, listed))
    head = say("shares.head", question=question, name=country, waves=waves)
    if not (question and country):
        head = f"{', '.join(filter(None, [question, country, waves]))}."
    parts = [head.replace("?.", "?")]
    if "base" in table:
        parts += [say(f"base.{base}") for base in dict.fromkeys(table["base"])]
    if "design_effect" in table:
        effects = [say.number(d, 1) for d in dict.fromkeys(table["design_effect"])]
        parts.append(say("shares.bars", effect=", ".join(effects)))
    totals = table[table["group"] == "total"] if "group" in table else table
    numbers = []
    for wave, rows in totals.groupby("wave", sort=False) if "respondents" in table else ():
        counts = rows["respondents"].dropna()
        if len(counts):
            ends = [say.number(n, 0) for n in sorted({counts.min(), counts.max()})]
            numbers.append(f"{say.name(wave)}: {'–'.join(ends)}")
    if numbers:
        parts.append(say("shares.respondents", numbers="; ".join(numbers)))
    if source:
        parts.append(say("shares.source", source=translate(source, "publisher", say.language)))
    return " ".join(filter(None, parts))


def _answer_breaks(table: pd.DataFrame, say: Say) -> list[str]:
    """Write a sentence on each two neighbouring waves whose answers differ for the same item."""
    parts = []
    for pair in pairwise(dict.fromkeys(table["wave"])):
        told = []
        asked = [table[table["wave"] == wave] for wave in pair]
        for wave, rows, other in zip(pair, asked, reversed(asked), strict=True):
            both = rows[rows["item"].isin(other["item"])]
            known = set(zip(other["item"], other["answer"], strict=True))
            given = zip(both["item"], both["answer"], strict=True)
            only = dict.fromkeys(answer for item, answer in given if (item, answer) not in known)
            listed = [say("shares.quoted", text=say.name(answer)) for answer in only]
            if listed:
                told.append(say("shares.only", wave=say.name(wave), answers=", ".join(listed)))
        if told:
            parts.append(say("shares.break", answers="; ".join(told)))
    return parts


def _alternative_text_of_shares(table: pd.DataFrame, rows: str, marks: str, say: Say) -> str:
    """Write what moved, or of one mark from where to where it reaches, and each share."""
    known = table.dropna(subset="share").sort_values("share")
    kinds = sorted(set(table[marks]))
    parts = [say("shares.chart", marks=", ".join(map(say.name, kinds)))]
    wide = known.pivot(index=rows, columns=marks, values="share")
    if len(kinds) > 1 and len(wide := wide.reindex(columns=[kinds[0], kinds[-1]]).dropna()):
        moves = wide.iloc[:, 1] - wide.iloc[:, 0]
        rose, fell = int((moves > 0).sum()), int((moves < 0).sum())
        [(item, *both)] = wide.loc[moves.abs().nlargest(1).index].itertuples(name=None)
        found = {"from": say.name(kinds[0]), "to": say.name(kinds[-1]), "row": say.name(item)}
        found |= {"count": str(max(rose, fell)), "all": str(len(wide))}
        found |= {"first": say.number(both[0], 0), "last": say.number(both[1], 0)}
        parts.insert(0, say("shares.rose" if rose >= fell else "shares.fell", **found))
    elif len(kinds) == 1 and len(known):
        ends = known.iloc[[0, -1]].to_dict("records")
        low, high = (f"{say.number(row['share'], 0)}% ({say.name(row[rows])})" for row in ends)
        found = {"mark": say.name(kinds[0]), "low": low, "high": high}
        parts.insert(0, say("shares.from_to", **found))
        for of_all in known.loc[known[rows] == "total", "share"]:
            parts[0] = say("shares.of_all", share=say.number(of_all, 0), **found)
    for row, points in table.dropna(subset="share").groupby(rows, sort=False):
        told = [f"{say.name(p[marks])} {_share(p, say)}" for p in points.to_dict("records")]
        parts.append(say("shares.row", row=say.name(row), values="; ".join(told)))
    return " ".join(parts)


def _alternative_text_of_answers(table: pd.DataFrame, say: Say) -> str:
    """Write of each bar the most frequent answer, and the answers in their order."""
    listed = "; ".join(map(say.name, dict.fromkeys(table["answer"])))
    parts = []
    for item, rows in table.dropna(subset="share").groupby("item", sort=False):
        told = []
        for wave, of_wave in rows.groupby("wave", sort=False):
            [most] = of_wave.sort_values("share").tail(1).to_dict("records")
            given = {"answer": say.name(most["answer"]), "share": _percent(most["share"], say)}
            told.append(say("shares.answer", wave=say.name(wave), **given))
        parts.append(say("shares.most", row=say.name(item), values="; ".join(told)))
    return " ".join([*parts, say("shares.chart_answers", answers=listed)])


def _share(point: Mapping[Any, Any], say: Say) -> str:
    """Write a share with its interval."""
    text = _percent(point["share"], say)
    if pd.isna(point["share_lower"]):
        return text
    ends = say.ends(point["share_lower"], point["share_upper"], 1)
    return say("shares.share", share=text, interval=ends)


def _percent(share: float, say: Say) -> str:
    """Write a share in percent."""
    return f"{say.number(share, 1)}%"
