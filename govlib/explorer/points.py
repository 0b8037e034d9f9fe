"""What stands where in a figure of the explorer, and what a reader is told about it."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from govlib.datasets.wgi import ranked
from govlib.explorer.views import read_names
from govlib.i18n import number as decimal, interval, text
from govlib.stats._tables import DIMENSIONS

Point = tuple[dict[str, Any], float, float]

BOUNDED = {
    "estimate": ("estimate_lower", "estimate_upper"),
    "percentile_rank": ("percentile_rank_lower", "percentile_rank_upper"),
    "score": ("score_lower", "score_upper"),
}
COLUMNS = {
    "trend": "dimension year estimate estimate_lower estimate_upper sources percentile_rank score "
    "position ranked",
    "league": "dimension position economy estimate standard_error position_lower position_upper "
    "ranked groups assumed_error",
    "world": "dimension position economy estimate estimate_lower estimate_upper sources "
    "percentile_rank percentile_rank_lower percentile_rank_upper",
    "slope": "dimension economy year estimate standard_error sources",
    "gap": "position economy effectiveness voice gap gap_lower gap_upper ranked assumed_error",
    "revisions": "dimension year edition method estimate standard_error percentile_rank position "
    "ranked",
    "waves": "wave item answer share share_lower share_upper respondents",
}
"""What the table behind each view shows, in this order; the first ones sort it."""

PLACES = {
    "position": "place",
    "position_lower": "place_lower",
    "position_upper": "place_upper",
    "ranked": "of",
}
"""Positions among the economies of a league table, by their names beside those in the world."""

KEYS = ("edition", "economy", "year", "dimension")
"""What one row of an edition is told by."""

PLOTTED = ["estimate", "percentile_rank"]
"""What the view of the world plots."""

PANELLED = ("league", "world", "slope")
"""The views with a panel for each dimension, in the order of the choices."""


def find_points(choices: Mapping[str, Any], names: Mapping[str, Any]) -> pd.DataFrame:
    """Say where in a drawn figure each row of its table stands.

    Parameters
    ----------
    choices : mapping
        The choices that were drawn.
    names : mapping
        What `explore_views.run_view` returned, after `explore_views.render_figure`.

    Returns
    -------
    DataFrame
        One row per point, from left to right in each panel: `panel`, `x`, `y` (part of the
        figure's width and height from its upper left, 0 to 1), the plotted values `x_value` and
        `y_value`, and the key: `edition`, `economy`, `year` and `dimension`, of a survey `wave`
        and `item`. Estimates that are missing have no point.
    """
    return pd.DataFrame(_list_points(choices, names))


def describe_points(choices: Mapping[str, Any], names: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Write what a reader is told at each point.

    Parameters
    ----------
    choices, names
        As `find_points` takes them.

    Returns
    -------
    list of dict
        In the order of `find_points`: `x`, `y` and `text`, in the language of the choices: economy,
        dimension and year, value with its 90% interval, sources, position; lines apart by line
        breaks.
    """
    points = _list_points(choices, names)
    if choices["view"] == "waves":
        return [_answer_words(row, names, choices["language"]) for row in points]
    words = read_names(choices["language"])
    told = []
    known = _known_rows(choices, names)
    for point in points:
        row = known.get((point["edition"], point["economy"], point["year"], point["dimension"]), {})
        lines = _value_words(point | row, choices, words)
        told.append({"x": point["x"], "y": point["y"], "text": "\n".join(lines)})
    return told


def assumed_waves(names: Mapping[str, Any]) -> list[str]:
    """Name the waves of a survey whose number of respondents is assumed.

    Parameters
    ----------
    names : mapping
        What `explore_views.run_view` returned for the view of a survey.

    Returns
    -------
    list of str
        In the order of the survey.
    """
    survey: pd.DataFrame = names["survey"]
    return list(dict.fromkeys(survey.loc[survey["respondents"].isna(), "wave"]))


def table_behind(choices: Mapping[str, Any], names: Mapping[str, Any]) -> pd.DataFrame:
    """Return the table behind a view, as small as it can be read: sorted, rounded.

    Parameters
    ----------
    choices, names
        As `find_points` takes them.

    Returns
    -------
    DataFrame
        The plotted rows with the columns of `COLUMNS` that the edition has, rounded to two
        decimals; a column that is empty throughout is left out.
    """
    table: pd.DataFrame = names["table"]
    view = choices["view"]
    columns = [column for column in COLUMNS[view].split() if column in table]
    shown = table[columns].dropna(axis="columns", how="all").copy()
    keys = [column for column in columns[:3] if column in shown and column != "answer"]
    if view == "waves":
        return shown.round(1).reset_index(drop=True)
    order = {"league": ["dimension", "position"], "world": ["dimension", "position"]}
    return shown.sort_values(order.get(view, keys), ignore_index=True).round(2)


def _list_points(choices: Mapping[str, Any], names: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of `find_points`."""
    fig, view = names["fig"], choices["view"]
    _, _, width, height = fig.bbox.bounds
    found: list[dict[str, Any]] = []
    for place, ax in enumerate(ax for ax in fig.axes if ax.get_visible()):
        points = list(_of_axes(view, choices, names, ax, place))
        values = np.array([(x, y) for _, x, y in points], "float64").reshape(-1, 2)
        pixels = ax.transData.transform(values) / (width, height)
        shown = np.isfinite(values).all(axis=1)
        order = [i for i in np.lexsort((1 - pixels[:, 1], pixels[:, 0])) if shown[i]]
        for i in order:
            key, x, y = points[i]
            across, up = pixels[i].tolist()
            place_of = {"panel": place, "x": across, "y": 1 - up}
            found.append(place_of | {"x_value": x, "y_value": y} | key)
    return found


def _of_axes(
    view: str, choices: Mapping[str, Any], names: Mapping[str, Any], ax: Any, place: int
) -> Iterator[Point]:
    """Give the key and the place of each point of one Axes."""
    table = names["table"]
    key: dict[str, Any] = {
        "edition": choices["edition"],
        "economy": choices["economy"],
        "year": choices["last_year"],
        "dimension": [*choices["dimensions"], ""][place] if view in PANELLED else "",
    }
    # Dots without a line are no error bars; the names of dimensions differ between languages.
    marks = [
        (str(bars.get_label()), *bars.lines[0].get_data())
        for bars in ax.containers
        if hasattr(bars, "has_yerr") and bars.lines[0] is not None
    ]
    if view == "world":
        held = table.loc[table["dimension"] == key["dimension"], ["economy", *PLOTTED]]
        held = held.dropna(subset=PLOTTED)
        for economy, x, y in zip(held["economy"], *ax.lines[0].get_data(), strict=True):
            yield key | {"economy": economy}, x, y
        return
    if view == "waves":
        full = names["full"]
        items, waves = list(dict.fromkeys(full["item"])), list(dict.fromkeys(full["wave"]))
        for wave, (_, xs, ys) in zip(waves, marks, strict=False):
            for item, x, y in zip(items, xs, ys, strict=True):
                yield {"wave": wave, "item": item}, x, y
        return
    years = sorted({choices["first_year"], choices["last_year"]})
    dimensions = set(table["dimension"]) if view == "trend" else set()
    drawn = [code for code in DIMENSIONS if code in dimensions]
    for i, (label, xs, ys) in enumerate(marks):
        if view in ("league", "gap", "slope"):  # the label lists the economies that are drawn
            economies = np.repeat(label.split(), 3 if view == "slope" else 1)
            for economy, x, y in zip(economies, xs, ys, strict=True):
                found = key | {"economy": str(economy)}
                if view == "gap":
                    found["dimension"] = "ge-va"
                elif view == "slope" and not np.isnan(x):  # none between two economies
                    found["year"] = years[round(x)]
                yield found, x, y
            continue
        for x, y in zip(xs, ys, strict=True):
            if view == "trend":
                yield key | {"dimension": drawn[i], "year": round(x)}, x, y
            else:
                dimension = names["listed"][place // 2]
                yield key | {"edition": int(label), "year": round(x), "dimension": dimension}, x, y


def _known_rows(choices: Mapping[str, Any], names: Mapping[str, Any]) -> dict[Any, dict[str, Any]]:
    """Return what is known of each key: the plotted row, and its place in the world."""
    view, table = choices["view"], names["table"]
    if view == "gap":
        table = table.assign(dimension="ge-va")
    elif view in ("league", "slope"):
        world = ranked(choices["edition"])
        shown = world["year"].isin(table["year"]) & world["economy"].isin(table["economy"])
        table = world[shown]
    known = _by_key(table)
    if view == "league":
        places = names["table"].rename(columns=PLACES)
        for key, row in _by_key(places[[*KEYS, *PLACES.values()]]).items():
            known[key] |= row
    return known


def _by_key(table: pd.DataFrame) -> dict[Any, dict[Any, Any]]:
    """Return the rows of a table by their keys."""
    return {tuple(row[key] for key in KEYS): row for row in table.to_dict("records")}


def _value_words(
    row: Mapping[Any, Any], choices: Mapping[str, Any], names: Mapping[str, str]
) -> list[str]:
    """Write one point: who and when, value, interval, sources, position."""
    language, gap = choices["language"], row["dimension"] == "ge-va"
    measure = choices["measure"] if choices["view"] == "trend" else "estimate"
    if choices["view"] == "revisions" and row["panel"] % 2:
        measure = "percentile_rank"  # the panels on the right
    lower, upper = ("gap_lower", "gap_upper") if gap else BOUNDED[measure]
    head = f"{names[row['economy']]} ({row['economy']})"
    what = text("gap.label" if gap else f"dimension.{row['dimension']}", language)
    digits = 2 if measure == "estimate" else 1
    number = decimal(row["gap" if gap else measure], language, digits)
    value = f"{word(f'measure.{measure}', language)}: {number}"
    ends: list[Any] = [row.get(lower), row.get(upper)]
    if measure == "estimate" and lower not in row and pd.notna(row.get("standard_error")):
        ends = [row["estimate"] + sign * 1.64 * row["standard_error"] for sign in (-1, 1)]
    if any(pd.isna(end) for end in ends):
        bounds = text("explorer.no_interval", language)
    else:
        bounds = text(
            "explorer.interval", language, interval=interval(ends[0], ends[1], language, digits)
        )
    lines = [head, f"{what}, {row['year']}", value, bounds]
    if choices["view"] == "revisions":
        lines[1] += f" ({word('axis.edition', language)} {row['edition']})"
    if not gap and pd.notna(row.get("sources")):
        lines.append(text("explorer.sources", language, number=int(row["sources"])))
    elif not gap:
        lines.append(text("explorer.no_sources", language))
    if choices["view"] == "league":  # what is drawn
        drawn = {"position": int(row["place"]), "ranked": int(row["of"])}
        ends = [row["place_lower"], row["place_upper"]]
        bounds = interval(ends[0], ends[1], language, 0)
        lines.append(text("explorer.place", language, **drawn, interval=bounds))
    if pd.notna(row.get("position")):
        place = {"position": int(row["position"]), "ranked": int(row["ranked"])}
        lines.append(text("explorer.position", language, **place))
    return lines


def _answer_words(
    point: Mapping[Any, Any], names: Mapping[str, Any], language: str
) -> dict[str, Any]:
    """Write one point of a survey: which body and wave, share, interval, respondents."""
    full = names["full"]
    row = full[(full["wave"] == point["wave"]) & (full["item"] == point["item"])].iloc[0]
    bounds = interval(row["share_lower"], row["share_upper"], language, 1)
    lines = [
        f"{names['labels'].get(point['item'], point['item'])}, {point['wave']}",
        f"{word('measure.share', language)}: {decimal(row['share'], language, 1)}",
        text("explorer.interval_95", language, interval=bounds),
        _count_words(point["wave"], row, names, language),
    ]
    return {"x": point["x"], "y": point["y"], "text": "\n".join(lines)}


def _count_words(wave: str, row: Mapping[Any, Any], names: Mapping[str, Any], language: str) -> str:
    """Write how many were asked in a wave, or that their number is assumed."""
    if wave in assumed_waves(names):
        number = decimal(row["respondents"], language, 0)
        return text("trust.assumed", language, number=number, waves=wave)
    return text("explorer.respondents", language, number=int(row["respondents"]))
