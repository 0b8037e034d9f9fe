"""Captions and alternative texts of the figures of one economy among others."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from govlib.errors import UnknownName, did_you_mean
from govlib.i18n import join_years
from govlib.plot._style import points_key
from govlib.i18n import check_language, number, interval, text
from govlib.stats._tables import DIMENSIONS, Z90, check_table

KINDS = ("intervals", "slopes", "positions", "distribution", "trends")
"""The figures by the name of the function that draws them; trends: `figures.plot_small_trends`."""


def describe_peers(
    table: pd.DataFrame,
    kind: str,
    *,
    highlight: str,
    names: Mapping[str, str],
    language: str = "en",
) -> str:
    """Write the caption of a figure of one economy among others, built from its table.

    Parameters
    ----------
    table : DataFrame
        What all panels of the figure are drawn from, as the function that draws them takes it.
    kind : str
        Which figure: "intervals", "slopes", "positions", "distribution" or "trends".
    highlight : str
        World Bank code of the economy that the figure is about.
    names : mapping of str to str
        Words for the economies by their code, in the language.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    str
        What, who among how many (of each dimension where that differs), when, what points and bars
        are, who has no estimate, what is assumed, source and edition.

    Raises
    ------
    BadTable
        As `compare.check_table`.
    UnknownName
        If there is no such kind of figure or language.
    """
    _check(table, kind, language)
    name = names.get(highlight, highlight)
    column = "position" if kind == "positions" else "estimate"
    values = table.groupby("economy")[column].count()
    labels = {d: text(f"dimension.{d}", language) for d in _dimensions(table)}
    rows = table.dropna(subset=column)
    counts = {d: rows.loc[rows["dimension"] == d, "economy"].nunique() for d in labels}
    if len(set(counts.values())) > 1:  # not all economies have all dimensions
        labels = {
            d: text("peers.counted", language, dimension=label, count=counts[d])
            for d, label in labels.items()
        }
    given = {"dimensions": "; ".join(labels.values()), "name": name, "years": _years(table, kind)}
    parts = [text("peers.head", language, count=int((values > 0).sum()), **given)]
    if kind in ("intervals", "trends"):
        parts.append(text(points_key(table["edition"].iloc[0]), language))
    else:
        parts.append(text(f"peers.points_{kind}", language, name=name))
    if kind != "positions":
        held = table.loc[table["estimate"].notna(), "standard_error"].notna()
        edition = table["edition"].iloc[0]
        if held.any():
            parts.append(text("trend.bars", language, z=number(Z90, language)))
        elif len(held):
            parts.append(text("trend.no_errors", language, edition=edition))
    elif "assumed_error" in table and table["assumed_error"].notna().any():
        error = number(table["assumed_error"].max(), language)
        parts.append(text("peers.assumed", language, error=error))
    none = [names.get(code, code) for code in values.index[values == 0]]
    if none and kind != "distribution":  # the world has too many to name
        parts.append(text("peers.none", language, names=", ".join(none)))
    parts.append(text("trend.source", language, edition=table["edition"].iloc[0]))
    return " ".join(parts)


def alternative_text_peers(
    table: pd.DataFrame,
    kind: str,
    *,
    highlight: str,
    names: Mapping[str, str],
    language: str = "en",
) -> str:
    """Write the alternative text of a figure of one economy among others.

    Parameters
    ----------
    table, kind, highlight, names, language
        As in `describe_peers`.

    Returns
    -------
    str
        The kind of chart, its axes and, for each dimension, where the economy stands and who is at
        the ends.

    Raises
    ------
    BadTable, UnknownName
        As `describe_peers`.
    """
    _check(table, kind, language)
    parts = [text(f"peers.chart_{kind}", language, years=_years(table, kind))]
    tell = {"positions": _tell_positions, "slopes": _tell_change, "trends": _tell_change}
    for dimension in _dimensions(table):
        rows = table[table["dimension"] == dimension]
        values = tell.get(kind, _tell_estimates)(rows, kind, highlight, names, language)
        label = text(f"dimension.{dimension}", language)
        given = {"year": _years(rows, kind), "values": "; ".join(values)}
        parts.append(text("peers.panel", language, dimension=label, **given))
    return " ".join(parts)


def _check(table: pd.DataFrame, kind: str, language: str) -> None:
    """Refuse a figure or language that does not exist, and a table that cannot be drawn."""
    check_language(language)
    if kind not in KINDS:
        raise UnknownName(
            f"kind = {kind!r} is no figure of peers; known: {', '.join(KINDS)}."
            f"{did_you_mean(kind, KINDS)}"
        )
    columns = {"positions": ["position", "position_lower", "position_upper", "ranked"]}
    check_table(table, columns.get(kind, ["estimate", "standard_error"]))


def _dimensions(table: pd.DataFrame) -> list[str]:
    """Return the dimensions of a table in their order."""
    held = set(table["dimension"].unique())
    return [code for code in DIMENSIONS if code in held]


def _years(table: pd.DataFrame, kind: str) -> str:
    """Write the years of a table: a slope has its two only."""
    years = sorted(set(table["year"]))
    if kind == "slopes":
        return ", ".join(map(str, years))
    return join_years(range(years[0], years[-1] + 1))


def _tell_estimates(
    rows: pd.DataFrame, kind: str, highlight: str, names: Mapping[str, str], language: str
) -> list[str]:
    """Say the highest, the own and the lowest estimate, or the own percentile rank."""
    held = rows.dropna(subset="estimate").sort_values(["estimate", "economy"])
    own = held[held["economy"] == highlight]
    told = [_own(own.iloc[0], names, language)] if len(own) else [_gone(highlight, names, language)]
    if kind == "distribution" and len(own):
        row = own.iloc[0]
        given = {"value": number(row["estimate"], language), "count": row["ranked"]}
        rank = number(row["percentile_rank"], language, 1)
        name = names.get(highlight, highlight)
        told = [text("peers.rank", language, name=name, rank=rank, **given)]
    if len(held):
        ends = [("highest", held.iloc[-1]), ("lowest", held.iloc[0])]
        for key, row in ends:
            name = names.get(row["economy"], row["economy"])
            value = number(row["estimate"], language)
            told.append(text(f"peers.end_{key}", language, name=name, value=value))
    return told


def _tell_positions(
    rows: pd.DataFrame, kind: str, highlight: str, names: Mapping[str, str], language: str
) -> list[str]:
    """Say the own position, and who is first and last."""
    held = rows.dropna(subset="position").sort_values(["position", "economy"])
    own = held[held["economy"] == highlight]
    told = [_gone(highlight, names, language)]
    if len(own):
        row = own.iloc[0]
        ends = interval(row["position_lower"], row["position_upper"], language, 0)
        given = {"position": int(row["position"]), "count": int(row["ranked"]), "interval": ends}
        told = [text("peers.place", language, name=names.get(highlight, highlight), **given)]
    if len(held):
        ends_of = [("first", held.iloc[0]["economy"]), ("last", held.iloc[-1]["economy"])]
        for key, economy in ends_of:
            told.append(text(f"peers.end_{key}", language, name=names.get(economy, economy)))
    return told


def _tell_change(
    rows: pd.DataFrame, kind: str, highlight: str, names: Mapping[str, str], language: str
) -> list[str]:
    """Say the own first and last estimate, and in how many economies the last is higher."""
    held = rows.dropna(subset="estimate").sort_values("year")
    ends = held.groupby("economy")["estimate"].agg(["first", "last", "size"])
    ends = ends[ends["size"] > 1]
    told = [_gone(highlight, names, language)]
    if highlight in ends.index:
        own = ends.loc[highlight].to_dict()
        first, last = (number(own[c], language) for c in ("first", "last"))
        name = names.get(highlight, highlight)
        told = [text("peers.moved", language, name=name, first=first, last=last)]
    if len(ends):
        count = int((ends["last"] > ends["first"]).sum())
        told.append(text("peers.rose", language, count=count, all=len(ends)))
    return told


def _own(row: Any, names: Mapping[str, str], language: str) -> str:
    """Write one economy's estimate and, if there is one, its interval."""
    name = names.get(row["economy"], row["economy"])
    value = number(row["estimate"], language)
    if pd.isna(row["standard_error"]):
        return text("peers.own_bare", language, name=name, value=value)
    half = Z90 * row["standard_error"]
    ends = interval(row["estimate"] - half, row["estimate"] + half, language)
    return text("peers.own", language, name=name, value=value, interval=ends)


def _gone(economy: str, names: Mapping[str, str], language: str) -> str:
    """Say that an economy has no estimate."""
    return text("peers.own_none", language, name=names.get(economy, economy))
