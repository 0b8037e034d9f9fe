"""Economies: World Bank codes, names in three languages, groups, and selections by any of them."""

import functools
import io
import tomllib
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from govlib.datasets.package import find_resource, read_bytes
from govlib.errors import BadParameter, UnknownName, did_you_mean
from govlib.i18n import LANGUAGES, check_language, read_words, text
from govlib.stats._tables import check_columns

_CODES = tomllib.loads(Path(__file__).with_name("economies.toml").read_text("utf-8"))
RENAMED_CODES: dict[str, str] = _CODES["renamed"]
"""Codes that older World Bank files use, and today's."""

AGGREGATES = frozenset(_CODES["aggregates"].split())
"""The World Bank's codes of regions and groups, which are not economies."""


def _table(name: str) -> pd.DataFrame:
    return _parse(read_bytes(find_resource(name))).copy(deep=False)


@functools.lru_cache(maxsize=4)
def _parse(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), keep_default_na=False, dtype=str)


def names(language: str = "en") -> dict[str, str]:
    """Return the name of each economy that any edition lists, by its World Bank code.

    In "en" the World Bank's names; in "ru" and "kk" those of Unicode's CLDR (from Babel), or of
    ``words.toml`` where CLDR has none or another than the World Bank's. UnknownName of a language.
    """
    check_language(language)
    return dict(_names(language, read_bytes(find_resource("economies"))))


@functools.lru_cache(maxsize=6)
def _names(language: str, content: bytes) -> dict[str, str]:
    economies = _parse(content)
    english = dict(zip(economies["economy"], economies["name"], strict=True))
    if language == "en":
        return english
    ours, known = read_words()["economy"], _unicode_names(language)
    return {
        code: text(f"economy.{code}", language) if code in ours else (known.get(code) or name)
        for code, name in english.items()
    }


@functools.cache
def _unicode_names(language: str) -> dict[str, str]:
    """Return the names that CLDR has of economies, by World Bank code."""
    from babel import Locale
    from babel.core import get_global

    territories = Locale(language).territories
    short = get_global("territory_aliases")  # KAZ -> [KZ]
    codes = {code: short.get(code, [code])[0] for code in names()}
    return {code: territories[two] for code, two in codes.items() if two in territories}


def find(name: str, *, partial: bool = True) -> str:
    """Return the code of one economy.

    Parameters
    ----------
    name : str
        A World Bank code in any case, or a name in English, Russian or Kazakh, without regard to
        case and accents. With `partial`, also a part of a name that only one economy has, or a
        code followed by names.

    Raises
    ------
    UnknownName
        If there is no such economy, or several; names those that are near.
    """
    english = names()
    asked = _fold(" ".join(str(name).split()))
    if asked.upper() in english:
        return asked.upper()
    folded = _folded_names()
    found = [code for code, known in folded.items() if asked in known]
    if partial and not found and asked:
        if asked[:3].upper() in english and asked[3:4] == " ":
            return asked[:3].upper()
        found = [code for code, known in folded.items() if any(asked in one for one in known)]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{code} ({english[code]})" for code in found[:8])
        raise UnknownName(f"{name!r} is part of several names: {listed}. Write more of one.")
    if today := RENAMED_CODES.get(asked.upper()):
        hint = f" {asked.upper()} is {today} ({english[today]}) today."
    else:
        hint = next(filter(None, (did_you_mean(name, of, of) for of in _all_names())), "")
    raise UnknownName(
        f"There is no country {name!r}: give a World Bank code, or a name in English, Russian or "
        f"Kazakh.{hint}"
    )


def check_code(code: str, where: str = "") -> None:
    """Check that a code is one of the World Bank's; else UnknownName, which begins with `where`."""
    known = names()
    if code not in known:
        near = did_you_mean(code, known, known)
        raise UnknownName(f"{where}{code!r} is not a World Bank code.{near}")


def _all_names() -> list[dict[str, str]]:
    """Return the names in each language, and those in daily use: "Russia", "South Korea"."""
    return [*map(names, LANGUAGES), _unicode_names("en") | {"TUR": "Turkey"}]


def _folded_names() -> dict[str, set[str]]:
    """Return all names of each economy as they are compared."""
    known = _all_names()
    folded = {code: {_fold(of[code]) for of in known if code in of} for code in known[0]}
    for name, code in _CODES["names"].items():
        folded.get(code, set()).add(_fold(name))
    return folded


@functools.lru_cache(maxsize=2000)
def _fold(name: str) -> str:
    """Return a text without case, accents and curved apostrophes: as it is typed."""
    parts = unicodedata.normalize("NFKD", name.replace("\u2019", "'").casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def groups() -> pd.DataFrame:
    """Return the named groups of economies.

    One row per group and member, sorted so: `group` (the word to ask for), `title`, `economy`
    (World Bank code), `as_of` (the date that the membership describes).

    The groups: ``central_asia``, ``eaeu``, ``cis``, ``eu``, ``oecd``, ``g7``, ``g20``, ``brics``,
    ``asean``, ``nordic``, ``baltic``, ``visegrad``, the World Bank's regions (``eas ecs lcn mea nac
    sas ssf``) and income groups (``hic umc lmc lic``), and ``article``: Kazakhstan's comparison
    group. Sources are in ``data/datapackage.json``.
    """
    return _table("groups")


def group_titles(language: str = "en") -> dict[str, str]:
    """Return the title of each group by the word to ask for it; UnknownName of a language."""
    check_language(language)
    table = groups()
    titles = dict(zip(table["group"], table["title"], strict=True))
    return titles if language == "en" else {key: text(f"group.{key}", language) for key in titles}


def members(asked: str | Iterable[str]) -> list[str]:
    """Return the codes of the members of groups; single economies stand for themselves.

    `asked` are groups (`groups`), World Bank codes and names, mixed as you like: ``["eaeu",
    "Estonia"]``. The order is that asked for, each once; a member need not be in every edition of
    the WGI. UnknownName if a word is neither group nor economy, BadParameter if nothing is asked.
    """
    return list(dict.fromkeys(code for codes in expand(asked).values() for code in codes))


def expand(asked: str | Iterable[str]) -> dict[str, list[str]]:
    """Return the codes that each word of a selection stands for, as `members`."""
    if not isinstance(asked, Iterable):
        raise BadParameter(f"{asked!r}: a code, a name, a group or a list of them is needed.")
    words = [asked] if isinstance(asked, str) else list(asked)
    if not words:
        raise BadParameter("No group or country is named: one or more is needed.")
    return {str(word): _expand(word) for word in words}


def _expand(word: Any) -> list[str]:
    table = groups()
    group = str(word).strip().casefold().replace("-", "_")
    if (own := table["group"] == group).any():
        return table.loc[own, "economy"].tolist()
    try:
        return [find(word, partial=False)]
    except UnknownName as error:
        titles = group_titles()
        listed = ", ".join(f"{code} ({title})" for code, title in titles.items())
        near = did_you_mean(group, titles, titles)
        raise UnknownName(f"{error} Or a group: {listed}.{near}") from None


def groups_of(economy: str) -> dict[str, list[str]]:
    """Return the groups that an economy is in, members by the group's title; else UnknownName."""
    code, table = find(economy, partial=False), groups()
    own = set(table.loc[table["economy"] == code, "group"])
    return {
        str(rows["title"].iloc[0]): rows["economy"].tolist()
        for group, rows in table.groupby("group", sort=False)
        if group in own
    }


def add_codes(
    table: pd.DataFrame, codes: str | Iterable[str] = ("iso2", "iso_numeric", "cow", "gw", "vdem")
) -> pd.DataFrame:
    """Return a table with the codes of its economies in other data sets, for merging.

    Parameters
    ----------
    table : DataFrame
        With a column `economy` of World Bank codes.
    codes : str or iterable of str
        Of ``iso2``, ``iso_numeric``, ``un_m49``, ``cow`` (Correlates of War), ``gw`` (Gleditsch
        and Ward), ``vdem`` (V-Dem's country_id): the columns that are put last. Numbers, but for
        iso2; missing where a data set has no such unit. World Bank codes are ISO 3166-1 alpha-3
        but for Kosovo (XKX).

    Raises
    ------
    UnknownName, BadTable
        If there are no such codes; if the table has no column `economy`.

    Examples
    --------
    >>> import govlib as gov
    >>> wgi = gov.wgi.read(2023, economies="KAZ", dimensions="va", years=2022)
    >>> gov.economies.add_codes(wgi, ["cow", "vdem"])[["economy", "cow", "vdem"]].iloc[0].tolist()
    ['KAZ', 705, 121]
    """
    known = {str(name): column for name, column in _table("codes").set_index("economy").items()}
    chosen = [codes] if isinstance(codes, str) else list(codes)
    check_columns(table, ["economy"])
    for code in chosen:
        if code not in known:
            hint = did_you_mean(code, known)
            raise UnknownName(f"There are no codes {code!r}; there are: {', '.join(known)}.{hint}")
    result = table.copy()
    for code in chosen:
        values = table["economy"].map(known[code].where(known[code] != ""))
        result[code] = values if code == "iso2" else values.astype("Int64")
    return result


def add_names(table: pd.DataFrame, language: str = "en") -> pd.DataFrame:
    """Return a table with the column `name` after `economy`: names in a language by their codes."""
    result, place = table.copy(), list(table.columns).index("economy") + 1
    result.insert(place, "name", table["economy"].map(names(language)).astype("str"))
    return result


def nearest(table: pd.DataFrame, economy: str, most: int, column: str = "estimate") -> pd.DataFrame:
    """Return the rows of an economy and of the others nearest to it, `most` economies in all.

    Near is a small mean absolute difference in `column` over dimensions and years. Where the
    economy has no value, that of the median stands for it.
    """
    keys = [key for key in ("dimension", "year") if key in table]
    wide = table.pivot_table(column, "economy", keys, observed=True)
    own = wide.reindex([economy]).iloc[0].fillna(wide.median())
    away = (wide - own).abs().mean(axis=1).drop(economy, errors="ignore").sort_values(kind="stable")
    return table[table["economy"].isin([economy, *away.index[: most - 1]])]
