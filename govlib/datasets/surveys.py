"""The surveys included: one survey as one tidy table, its check, and single published figures."""

import datetime
from collections.abc import Iterable
from functools import lru_cache

import pandas as pd

from govlib.datasets import package
from govlib.datasets.economies import check_code
from govlib.datasets.economies import names as economy_names
from govlib.errors import AlteredFile, BadTable, NotHeld, UnknownName, did_you_mean
from govlib.i18n import LANGUAGES, check_language, read_words, text
from govlib.stats.shares import COLUMNS
from govlib.stats.shares import check_survey as check


def names() -> list[str]:
    """Return the names of the surveys included, sorted."""
    return sorted(package.names_with("survey"))


def info(name: str) -> package.Resource:
    """Return what is known about a survey besides its shares; UnknownName lists those included.

    Its entry of ``data/datapackage.json``: `title`, `economy`, `population`, `sampling`, `weights`,
    `design_effect`, `waves` (name, start, end, respondents, source), `questions` (wording by
    language), `items` and `answers` (labels by language), `recoded`, `breaks`, `not_held`,
    `sources` (publisher, citation), `licenses`.
    """
    if name not in names():
        titles = {key: package.find_resource(key)["title"] for key in names()}
        raise UnknownName(
            f"There is no survey {name!r}; included: {', '.join(titles)}."
            f"{did_you_mean(name, titles, titles)}"
        )
    return package.find_resource(name)


def describe(name: str) -> dict[str, str]:
    """Return what a survey has in words, for a list: waves, questions, items, answers, in English.

    Items and answers are by the names that `read` takes. UnknownName as of `info`.
    """
    record, table = info(name), read(name)
    found = {"title": record["title"], "economy": record["economy"]}
    for wave in record["waves"]:
        rows = table[table["wave"] == wave["name"]]
        items = ", ".join(dict.fromkeys(rows["item"]))
        found[f"wave {wave['name']}"] = f"{items or 'no items'}; respondents: {wave['respondents']}"
    found |= {f"question {key}": words["en"] for key, words in record["questions"].items()}
    found |= {f"item {key}": words["en"] for key, words in record["items"].items()}
    return found | {f"answer {key}": words["en"] for key, words in record["answers"].items()}


def labels(name: str, language: str = "en") -> dict[str, str]:
    """Return the labels of a survey's figures in one language, by their names in the table.

    They are of the survey's items and answers (from its record), its waves ("Oct–Nov 2023") and of
    groups of people; ``share`` and ``share_of_all`` are labels of axes. UnknownName if there is no
    such survey or language, or its record has no label in the language.
    """
    check_language(language)
    record = info(name)
    labels = {key: text(f"people.{key}", language) for key in read_words()["people"]}
    labels |= {key: text(f"axis.{key}", language) for key in ("share", "share_of_all")}
    labels |= {wave["name"]: _months(wave, language) for wave in record["waves"]}
    for key, words in (record["items"] | record["answers"]).items():
        if not words.get(language):
            raise UnknownName(
                f"The record of {name} in data/datapackage.json has no {LANGUAGES[language]} "
                f"label for {key!r} ({words['en']}): add it there."
            )
        labels[key] = words[language]
    return labels


def _months(wave: dict[str, str], language: str) -> str:
    """Write when a wave was, by month if its months are known."""
    from babel.dates import format_interval

    if len(wave["start"]) < 7:
        return wave["name"]
    start, end = (datetime.date.fromisoformat(f"{wave[key][:7]}-01") for key in ("start", "end"))
    written = str(format_interval(start, end, "yMMM", locale=language))
    return written.replace("\u2009", "").replace("\u202f", "\u00a0")


def find(survey: str, economy: str) -> str:
    """Return the name of the table of a survey for one economy.

    ``wvs7`` (a survey taken in several) and ``KAZ`` give ``wvs7-kaz``, a name for `read`.
    UnknownName if there is no such survey or World Bank code; NotHeld, with the economies that it
    covers, if the survey does not cover the economy.
    """
    found: dict[str, dict[str, str]] = {}
    for entry in map(package.find_resource, names()):
        found.setdefault(entry["survey"], {})[entry["economy"]] = entry["name"]
    if survey not in found:
        raise UnknownName(
            f"There is no survey {survey!r}; there are: {', '.join(sorted(found))}."
            f"{did_you_mean(survey, found)}"
        )
    if economy not in found[survey]:
        check_code(economy)
        known = economy_names()
        lacking, *covered = (f"{known[code]} ({code})" for code in (economy, *found[survey]))
        first, name = next(iter(found[survey].items()))
        title = package.find_resource(name)["title"].partition(f", {known[first]}")[0]
        raise NotHeld(f"{title!r} does not cover {lacking}, only {', '.join(covered)}.")
    return found[survey][economy]


def waves(name: str, first_year: int, last_year: int) -> list[str]:
    """Return the waves of a survey in a range of years that can be compared.

    Two or more, in order: the last whose fieldwork began in the years `first_year` to `last_year`,
    and those that asked the same question. If there are fewer, NotHeld lists all waves.
    """
    table = read(name)
    asked = {str(wave): set(rows["question"]) for wave, rows in table.groupby("wave", sort=False)}
    within = [wave for wave in asked if first_year <= int(wave[:4]) <= last_year]
    chosen = [wave for wave in within if asked[wave] == asked[within[-1]]]
    if len(chosen) < 2:
        raise NotHeld(
            f"The survey {name} has {len(chosen) or 'no'} comparable wave(s) from {first_year} to "
            f"{last_year}; two are needed. It has {', '.join(asked)}."
        )
    return chosen


def read(
    name: str,
    *,
    waves: str | Iterable[str] | None = None,
    items: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Read one survey.

    Parameters
    ----------
    name : str
        See `names`; `info` has its wording, sampling, sources and breaks.
    waves : str or iterable of str, optional
        ``2022`` or ``2023-10`` (month in which fieldwork began), ...; all by default.
    items : str or iterable of str, optional
        What is asked about, such as ``police``; all by default.

    Returns
    -------
    DataFrame
        A survey table (see `check`), sorted by wave, group, item, base and answer_order.

    Raises
    ------
    UnknownName, BadParameter
        If the survey, a wave or an item does not exist; if a selection is empty.
    BadTable, AlteredFile
        If the file is not a survey table, missing or altered.

    Examples
    --------
    >>> import govlib
    >>> police = govlib.surveys.read("bns-trust", waves="2022", items="police")
    >>> police.set_index("answer")["share"].loc["fully_agree"].item()
    39.5
    """
    entry = info(name)
    table = _parse(name, entry["path"], package.read_bytes(entry))
    table = package.choose(table, "wave", waves, name)
    asked = f"{name}, waves {', '.join(table['wave'].unique())},"
    return package.choose(table, "item", items, asked).reset_index(drop=True)


def fill_respondents(table: pd.DataFrame) -> pd.DataFrame:
    """Fill missing numbers of respondents of a table of `read` with the largest of the record.

    An assumption: say it beside every interval that rests on it. NotHeld if the record has none.
    """
    if table["respondents"].notna().all():
        return table
    record = info(table["survey"].iloc[0])
    known = [w["respondents"] for w in record["waves"] if isinstance(w["respondents"], int)]
    if not known:
        raise NotHeld(f"{record['title']}: no number of respondents is published.")
    return table.fillna({"respondents": max(known)})


@lru_cache(maxsize=32)
def _parse(name: str, path: str, content: bytes) -> pd.DataFrame:
    """Return the checked table of a survey's bytes, parsed once a process."""
    try:
        table = package.read_table(content, COLUMNS)
    except ValueError as error:
        raise BadTable(f"{path} is not a survey table ({error}).") from error
    check(table)
    if set(table["survey"]) != {name}:
        raise AlteredFile(f"{path} is of the survey {table['survey'].iloc[0]}.")
    return table


def single_figures(
    *, economy: str | None = None, items: str | Iterable[str] | None = None
) -> pd.DataFrame:
    """Read the single published figures: polls, services, open data, each with its source.

    The other answers, or the tables behind these figures, were not found, so that sums cannot be
    checked. Of one `economy` (World Bank code) and of `items` (what they are about) if given.

    One row per figure, sorted by economy, publisher, item, measure and date: `economy`,
    `publisher`, `date` (ISO 8601 as exact as known), `item`, `measure`, `value`, `unit` (percent,
    count), `respondents` (missing where not published), `source`, `note`. No rows if there is none
    for a known economy. Errors are as of `read`; UnknownName also of an economy.
    """
    content = package.read_bytes(package.find_resource("single-figures"))
    kinds = dict.fromkeys(["economy", "date", "note"], "str") | {"respondents": "Int64"}
    table = package.read_table(content, kinds).fillna({"note": ""})
    if economy is not None:
        check_code(economy)
        table = table[table["economy"] == economy]
    if len(table):
        table = package.choose(table, "item", items, economy or "single_figures")
    return table.reset_index(drop=True)
