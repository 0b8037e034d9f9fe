"""The surveys held: one survey as one tidy table, and single published figures."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from govlib.datasets import package as catalog
from govlib.errors import AlteredFile, BadParameter, BadTable, NotHeld, UnknownName, did_you_mean
from govlib.i18n import LANGUAGES, check_language, read_words, text
from govlib.stats.shares import COLUMNS, check_survey


def held_surveys() -> list[str]:
    """Return the names of the surveys held, sorted."""
    entries = catalog.read_package()["resources"]
    return sorted(entry["name"] for entry in entries if "survey" in entry)


def describe_survey(name: str) -> catalog.Resource:
    """Return what is known of a survey beside its shares.

    Parameters
    ----------
    name : str
        See `held_surveys`.

    Returns
    -------
    dict
        Its entry of ``data/datapackage.json``: `title`, `economy`, `population`, `sampling`,
        `weights`, `design_effect`, `waves` (name, start, end, respondents, source), `questions`
        (wording by language), `items` and `answers` (labels by language), `recoded`, `breaks`,
        `not_held`, `sources` (publisher, citation), `licenses`.

    Raises
    ------
    UnknownName
        If no survey of that name is held; names those that are.
    """
    held = {e["name"]: e for e in catalog.read_package()["resources"] if "survey" in e}
    if name not in held:
        titles = {key: entry["title"] for key, entry in held.items()}
        raise UnknownName(
            f"No survey {name!r} is held; held: {', '.join(sorted(held))}."
            f"{did_you_mean(name, sorted(held), titles)}"
        )
    found: catalog.Resource = held[name]
    return found


def label_survey(name: str, language: str = "en") -> dict[str, str]:
    """Return the words of a survey's figures in one language.

    Parameters
    ----------
    name : str
        See `held_surveys`.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    dict of str to str
        Words for the items and answers of the survey (from its record) and for groups of people,
        by their name in the table, as the figures of surveys take them in `labels`; ``share`` and
        ``share_of_all`` are their axes.

    Raises
    ------
    UnknownName
        If no survey of that name is held, or there is no such language or no word in it.
    """
    check_language(language)
    record = describe_survey(name)
    labels = {key: text(f"people.{key}", language) for key in read_words()["people"]}
    for part in ("items", "answers"):
        for key, words in record[part].items():
            if not words.get(language):
                raise UnknownName(
                    f"The record of {name} in data/datapackage.json has no {LANGUAGES[language]} "
                    f"word for {key!r} ({words['en']}): add it there."
                )
            labels[key] = words[language]
    return labels | {
        "share": text("axis.share", language),
        "share_of_all": text("axis.share_of_all", language),
    }


def find_survey(survey: str, economy: str) -> str:
    """Return the name under which a survey of one economy is held.

    Parameters
    ----------
    survey : str
        A survey taken in one economy or several: ``bns-trust``, ``bns-safety``, ``wvs7``.
    economy : str
        World Bank code.

    Returns
    -------
    str
        Name for `read_survey`, such as ``wvs7-kaz``.

    Raises
    ------
    UnknownName
        If there is no such survey or economy.
    NotHeld
        If it is not held of that economy; names those of which it is.
    """
    entries = [e for e in catalog.read_package()["resources"] if "survey" in e]
    held = {e["economy"]: e["name"] for e in entries if e["survey"] == survey}
    if not held:
        known = sorted({e["survey"] for e in entries})
        raise UnknownName(
            f"There is no survey {survey!r}; there are: {', '.join(known)}."
            f"{did_you_mean(survey, known)}"
        )
    if economy not in held:
        names = catalog.economy_names()
        if economy not in names:
            raise UnknownName(
                f"{economy!r} is not a World Bank code.{did_you_mean(economy, names, names)}"
            )
        raise NotHeld(
            f"The survey {survey} is held of {', '.join(f'{c} ({names[c]})' for c in held)}, "
            f"not of {economy}."
        )
    return str(held[economy])


def choose_waves(name: str, first_year: int, last_year: int) -> list[str]:
    """Return the waves of a survey in a range of years that can be set side by side.

    Parameters
    ----------
    name : str
        See `held_surveys`.
    first_year, last_year : int
        Years in which fieldwork began; both count.

    Returns
    -------
    list of str
        Two names or more, in order: the last wave of these years and those that asked the same
        question as it.

    Raises
    ------
    UnknownName
        If the survey does not exist.
    NotHeld
        If fewer than two such waves are held; names the waves that are.
    """
    table = read_survey(name)
    asked = {wave: set(rows["question"]) for wave, rows in table.groupby("wave", sort=False)}
    within = [wave for wave in asked if first_year <= int(str(wave)[:4]) <= last_year]
    chosen = [str(wave) for wave in within if asked[wave] == asked[within[-1]]]
    if len(chosen) < 2:
        raise NotHeld(
            f"The survey {name} has {len(chosen) or 'no'} comparable wave(s) from {first_year} to "
            f"{last_year}; two are needed. It has {', '.join(map(str, asked))}."
        )
    return chosen


def read_survey(
    name: str,
    *,
    waves: str | Iterable[str] | None = None,
    items: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Read one survey.

    Parameters
    ----------
    name : str
        See `held_surveys`; `describe_survey` has its wording, sampling, sources and breaks.
    waves : str or iterable of str, optional
        Names of waves, such as ``2022`` or ``2023-10`` (month in which fieldwork began); all by
        default.
    items : str or iterable of str, optional
        What is asked about, such as ``police``; all by default.

    Returns
    -------
    DataFrame
        One row per wave, group, item and answer in the columns that `check_survey` states:
        survey, wave, start, end, population, group_by, group, item, question, answer,
        answer_order, share (percent of its base), base (all, valid, opinion), respondents
        (missing where not published). Sorted by wave, group, item, base and answer_order.

    Raises
    ------
    UnknownName
        If the survey, a wave or an item does not exist; names what does.
    BadParameter
        If a selection is empty.
    BadTable
        If the shares of an item do not sum to 100 within the rounding of their decimals, or the
        table breaks its contract otherwise.
    AlteredFile
        If the file is missing or altered.

    Examples
    --------
    >>> import govlib
    >>> police = govlib.surveys.read("bns-trust", waves="2022", items="police")
    >>> police.set_index("answer")["share"].loc["fully_agree"].item()
    39.5
    """
    entry = describe_survey(name)
    content = catalog.read_bytes(entry)
    try:
        table = pd.read_csv(
            io.BytesIO(content), dtype=COLUMNS, keep_default_na=False, na_values=[""]
        )
    except ValueError as error:
        raise BadTable(f"{entry['path']} is not a survey table ({error}).") from error
    check_survey(table)
    if set(table["survey"]) != {name}:
        raise AlteredFile(f"{entry['path']} is of the survey {table['survey'].iloc[0]}.")
    for column, asked in (("wave", waves), ("item", items)):
        if asked is not None:
            table = table[table[column].isin(_known(table, column, asked))]
    return table.reset_index(drop=True)


def read_single_figures(
    *, economy: str | None = None, items: str | Iterable[str] | None = None
) -> pd.DataFrame:
    """Read the single published figures: polls, services, open data, each with its source.

    They are figures of which the other answers, or the table behind them, were not found, so that
    nothing can be checked to sum to 100.

    Parameters
    ----------
    economy : str, optional
        World Bank code; all by default.
    items : str or iterable of str, optional
        What the figures are about; all by default.

    Returns
    -------
    DataFrame
        One row per figure, sorted by economy, publisher, item, measure and date: `economy`,
        `publisher`, `date` (ISO 8601 as exact as known), `item`, `measure`, `value`, `unit`
        (percent, count), `respondents` (missing where not published), `source`, `note`. No rows
        if none is held of a known economy.

    Raises
    ------
    UnknownName
        If the economy or an item does not exist; names the items that do.
    BadParameter
        If the selection of items is empty.
    AlteredFile
        If the file is missing or altered.
    """
    content = catalog.read_bytes(catalog.find_resource("single-figures"))
    kinds = dict.fromkeys(["economy", "date", "note"], "str") | {"respondents": "Int64"}
    table = pd.read_csv(io.BytesIO(content), dtype=kinds, keep_default_na=False, na_values=[""])
    table["note"] = table["note"].fillna("")
    if economy is not None:
        names = catalog.economy_names()
        if economy not in names:
            raise UnknownName(
                f"{economy!r} is not a World Bank code.{did_you_mean(economy, names, names)}"
            )
        table = table[table["economy"] == economy]
    if items is not None and not table.empty:
        table = table[table["item"].isin(_known(table, "item", items))]
    return table.reset_index(drop=True)


def _known(table: pd.DataFrame, column: str, asked: Any) -> Sequence[str]:
    """Return the waves or items asked for, or say which do not exist."""
    several = isinstance(asked, Iterable) and not isinstance(asked, str)
    chosen: list[str] = list(asked) if several else [asked]
    if not chosen:
        raise BadParameter(f"`{column}s` is empty: name at least one, or leave it out for all.")
    known = list(dict.fromkeys(table[column]))
    for wanted in chosen:
        if wanted not in known:
            begins = [w for w in known if str(wanted) and w.startswith(str(wanted))]
            near = " or ".join(begins if isinstance(wanted, str) else map(repr, begins))
            hint = f" Did you mean {near}?" if begins else did_you_mean(wanted, known)
            waves = (
                list(dict.fromkeys(table["wave"])) if column == "item" and "wave" in table else []
            )
            where = f" in the waves {', '.join(waves)}" if waves else ""
            raise UnknownName(
                f"There is no {column} {wanted!r}{where}; there are: {', '.join(known)}.{hint}"
            )
    return chosen
