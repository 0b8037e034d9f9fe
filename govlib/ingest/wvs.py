"""The World Values Survey, from a file that a registered user has downloaded."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from govlib.errors import BadParameter, BadTable, UnknownName, did_you_mean
from govlib.ingest.microdata import (
    Group,
    Item,
    MicrodataSpec,
    read_columns,
    read_respondents,
    tabulate,
)

MISSING = (-1, -2, -3, -4, -5)
"""Don't know, no answer, not applicable, not asked, missing or unknown."""

CONFIDENCE = {1: "a_great_deal", 2: "quite_a_lot", 3: "not_very_much", 4: "none_at_all"}
TRUST = {1: "completely", 2: "somewhat", 3: "not_very_much", 4: "not_at_all"}
MOST_PEOPLE = {1: "most_can_be_trusted", 2: "need_to_be_careful"}
VALUE_TYPES = {1: "materialist", 2: "mixed", 3: "postmaterialist"}
MATERIALIST = (1, 3)
"""Maintaining order in the nation, fighting rising prices; 2 and 4 are giving people more say in
important government decisions, and protecting freedom of speech."""

# Wave 7: Q64 to Q89 in the order of the master questionnaire.
_ORGANISATIONS = [
    "churches",
    "armed_forces",
    "press",
    "television",
    "labour_unions",
    "police",
    "courts",
    "government",
    "political_parties",
    "parliament",
    "civil_service",
    "universities",
    "elections",
    "major_companies",
    "banks",
    "environmental_organisations",
    "womens_organisations",
    "charities",
    "regional_organisation",
    "united_nations",
    "imf",
    "international_criminal_court",
    "nato",
    "world_bank",
    "who",
    "wto",
]
_PEOPLE = [
    "family",
    "neighbourhood",
    "people_known",
    "people_met_first",
    "people_of_other_religion",
    "people_of_other_nationality",
]
# The time series gives each organisation one number in all waves.
_SERIES = {
    "E069_01": "churches",
    "E069_02": "armed_forces",
    "E069_04": "press",
    "E069_05": "labour_unions",
    "E069_06": "police",
    "E069_07": "parliament",
    "E069_08": "civil_service",
    "E069_10": "television",
    "E069_11": "government",
    "E069_12": "political_parties",
    "E069_13": "major_companies",
    "E069_14": "environmental_organisations",
    "E069_15": "womens_organisations",
    "E069_17": "courts",
    "E069_20": "united_nations",
    "E069_64": "elections",
}
_AGES = (18, 25, 35, 45, 55, 65)
_SEXES = {1: "men", 2: "women"}
_LOCALITIES = {1: "urban", 2: "rural"}
_EDUCATION = {1: "lower", 2: "middle", 3: "higher"}


class _Layout(NamedTuple):
    """What the columns of one kind of file are called."""

    country: str
    year: str
    weight: str
    first: str
    second: str
    items: dict[str, Item]
    groups: dict[str, Group]


_WAVE_7 = _Layout(
    "B_COUNTRY_ALPHA",
    "A_YEAR",
    "W_WEIGHT",
    "Q154",
    "Q155",
    {"Q57": Item("trust_in_people", MOST_PEOPLE)}
    | {f"Q{n}": Item(name, TRUST) for n, name in enumerate(_PEOPLE, 58)}
    | {f"Q{n}": Item(name, CONFIDENCE) for n, name in enumerate(_ORGANISATIONS, 64)},
    {
        "age": Group("Q262", edges=_AGES),
        "sex": Group("Q260", _SEXES),
        "locality": Group("H_URBRURAL", _LOCALITIES),
        "education": Group("Q275R", _EDUCATION),
    },
)
_TIME_SERIES = _Layout(
    "COUNTRY_ALPHA",
    "S020",
    "S017",
    "E003",
    "E004",
    {"A165": Item("trust_in_people", MOST_PEOPLE)}
    | {column: Item(name, CONFIDENCE) for column, name in _SERIES.items()},
    {
        "age": Group("X003", edges=_AGES),
        "sex": Group("X001", _SEXES),
        "locality": Group("X050C", _LOCALITIES),
        "education": Group("X025R", _EDUCATION),
    },
)
_WAVE = "S002VS"


def read_wvs(
    path: str | os.PathLike[str],
    economy: str,
    *,
    wave: int = 7,
    items: str | Iterable[str] | None = None,
    groups: str | Iterable[str] = (),
) -> pd.DataFrame:
    """Compute value types, confidence and trust from a file of the World Values Survey.

    Register at www.worldvaluessurvey.org and download wave 7 or the time series (1981-2022). The
    file is read where it lies and nothing of it is stored.

    Parameters
    ----------
    path : path
        .sav, .dta or .csv as downloaded, of one country or pooled.
    economy : str
        Three-letter code (ISO 3166, as in the file): ``KAZ``.
    wave : int
        Wave of the survey; below 7 from the time series only.
    items : str or iterable of str, optional
        Of ``value_type``, ``police``, ``government``, ...; by default all that the economy was
        asked.
    groups : str or iterable of str
        Breakdowns beside the whole population: of ``age``, ``sex``, ``locality``, ``education``.

    Returns
    -------
    DataFrame
        As `read_microdata`; ``survey`` is such as ``wvs7-kaz``, ``wave`` the first year of
        fieldwork. ``value_type`` has the question ``Y002``.

    Raises
    ------
    UnknownName
        If the economy, wave, an item or a breakdown is not in the file.
    BadTable
        As `read_microdata`; if the file is of no known layout.

    Notes
    -----
    The value type is the four-item index of Inglehart (Y002 of the survey): first and second
    priority among order in the nation (1), more say in government decisions (2), fighting rising
    prices (3), freedom of speech (4). Both of 1 and 3: materialist; both of 2 and 4:
    postmaterialist; one of each: mixed; missing (-1 to -5) in either: no answer. Weights are those
    of the country (W_WEIGHT, S017). The survey publishes no strata or clusters that hold across
    countries, so that errors are those of a weighted sample of single respondents: for a clustered
    sample they are too small; give strata and clusters in a `MicrodataSpec` where the country's
    file has them.
    """
    path = Path(path)
    held = set(read_columns(path))
    layout = next((w for w in (_WAVE_7, _TIME_SERIES) if {w.country, w.first} <= held), None)
    if layout is None:
        raise BadTable(
            f"{path} is neither wave 7 of the World Values Survey (columns {_WAVE_7.country}, "
            f"{_WAVE_7.first}, ...) nor its time series ({_TIME_SERIES.country}, "
            f"{_TIME_SERIES.first}, ...)."
        )
    if layout is _WAVE_7 and wave != 7:
        raise BadParameter(f"wave = {wave!r}: {path} is of wave 7; others are in the time series.")
    offered = {item.name: column for column, item in layout.items.items() if column in held}
    chosen = _choose(items, ["value_type", *offered], path, "item")
    breakdowns = {n: g for n, g in layout.groups.items() if g.column in held}
    asked = _choose(
        list([groups] if isinstance(groups, str) else groups), breakdowns, path, "group"
    )
    design = [layout.country, layout.year, layout.weight]
    wanted = [*design, *([_WAVE] if layout is _TIME_SERIES else []), layout.first, layout.second]
    wanted += [offered[name] for name in chosen if name != "value_type"]
    wanted += [breakdowns[name].column for name in asked]
    frame = _select(
        read_respondents(path, list(dict.fromkeys(wanted))), layout, economy, wave, path
    )
    answers = {offered[name]: layout.items[offered[name]] for name in chosen if name in offered}
    if "value_type" in chosen:
        frame = frame.assign(Y002=derive_value_type(frame[layout.first], frame[layout.second]))
        answers = {"Y002": Item("value_type", VALUE_TYPES)} | answers
    if items is None:
        answers = {
            c: item for c, item in answers.items() if frame[c].isin(list(item.answers)).any()
        }
    if not pd.to_numeric(frame[layout.year], errors="coerce").notna().all():
        raise BadTable(f"{path}: {layout.year}, the year of fieldwork, is missing or no number.")
    years = sorted({int(year) for year in frame[layout.year]})
    spec = MicrodataSpec(
        survey=f"wvs{wave}-{economy.lower()}",
        wave=str(years[0]),
        start=str(years[0]),
        end=str(years[-1]),
        population=f"adults of {economy}, as the World Values Survey samples them",
        items=answers,
        groups={name: breakdowns[name] for name in asked},
        weight=layout.weight,
        missing=MISSING,
    )
    return tabulate(frame, spec)


def derive_value_type(first: pd.Series, second: pd.Series) -> pd.Series:
    """Derive the four-item index of value types from the two priority questions.

    Parameters
    ----------
    first, second : Series
        First and second priority, 1 to 4 (Q154 and Q155; E003 and E004), or missing: -1 to -5 or
        empty.

    Returns
    -------
    Series
        1 materialist, 2 mixed, 3 postmaterialist, missing where either is.

    Raises
    ------
    BadTable
        If there are other codes.
    """
    for choice in (first, second):
        strange = choice[~(choice.isna() | choice.isin([1, 2, 3, 4, *MISSING]))]
        if len(strange):
            raise BadTable(
                f"{choice.name}: the code {str(strange.iloc[0]).removesuffix('.0')} is not one of "
                "the four aims (1 to 4) or missing (-1 to -5)."
            )
    valid = first.between(1, 4) & second.between(1, 4)
    aims = first.isin(MATERIALIST).astype(int) + second.isin(MATERIALIST).astype(int)
    return (3 - aims).where(valid)


def _choose(
    asked: str | Iterable[str] | None, offered: Iterable[str], path: Path, what: str
) -> list[str]:
    """Return what was asked for, or all, or say what the file has."""
    offered = list(offered)
    if asked is None:
        return offered
    chosen = [asked] if isinstance(asked, str) else list(asked)
    if not chosen and what == "item":
        raise BadParameter("`items` is empty: name at least one, or leave it out for all.")
    for name in chosen:
        if name not in offered:
            raise UnknownName(
                f"{path} has no {what} {name!r}; it has: {', '.join(offered)}."
                f"{did_you_mean(name, offered)}"
            )
    return chosen


def _select(
    frame: pd.DataFrame, layout: _Layout, economy: str, wave: int, path: Path
) -> pd.DataFrame:
    """Keep the respondents of one economy and wave."""
    if layout is _TIME_SERIES:
        waves = sorted({int(w) for w in frame.loc[frame[layout.country] == economy, _WAVE]})
        if waves and wave not in waves:
            raise UnknownName(f"{path}: {economy} took part in the waves {waves}, not in {wave}.")
        frame = frame[frame[_WAVE].eq(wave) | ~frame[layout.country].eq(economy)]
    held = sorted(set(frame[layout.country].dropna().astype(str)))
    if economy not in held:
        raise UnknownName(
            f"{path} has no respondents of {economy!r}; it has: {', '.join(held)}."
            f"{did_you_mean(economy, held)}"
        )
    return frame[frame[layout.country] == economy].reset_index(drop=True)
