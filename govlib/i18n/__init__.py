"""Text and numbers of figures and captions in English, Russian and Kazakh.

All text is in ``words.toml``, the languages side by side; docs/figures.md says how to add one.
Functions take a language as "en", "ru" or "kk" and raise UnknownName for any other.
"""

import functools
import math
import string
import textwrap
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from govlib.errors import BadParameter, UnknownName, did_you_mean

LANGUAGES = {"en": "English", "ru": "Russian", "kk": "Kazakh"}
"""The languages of figures and captions, by their code (ISO 639-1)."""


def check_language(language: str) -> None:
    """Raise UnknownName, with the languages that there are, if there is no text in a language."""
    if language not in LANGUAGES:
        listed = ", ".join(f"{code} ({name})" for code, name in LANGUAGES.items())
        raise UnknownName(
            f"language = {language!r} is not known; known: {listed}."
            f"{did_you_mean(language, LANGUAGES, LANGUAGES)}"
        )


@functools.cache
def read_words() -> dict[str, dict[str, dict[str, str]]]:
    """Return ``words.toml``: the text of each language by section and key."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


class _Sentence(string.Formatter):
    """Formats as `str.format` does, and "{count:country|countries}" as "1 country"."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, bar, more = format_spec.partition("|")
        return f"{value} {one if value == 1 else more}" if bar else format(value, format_spec)


def text(key: str, language: str = "en", **values: object) -> str:
    """Return a word or sentence in one language.

    Parameters
    ----------
    key : str
        Section and name in ``words.toml``, such as "dimension.ge".
    **values : object
        What replaces the names in braces: "{edition}" takes ``edition=2023``, and
        "{count:country|countries}" the count and its noun. Numbers that are not years or counts are
        written with `number` first.

    Raises
    ------
    UnknownName
        If there is no such key, or not in this language.
    BadParameter
        If the sentence needs a value that is not given.
    """
    check_language(language)
    section, _, name = key.partition(".")
    entry = read_words().get(section, {}).get(name)
    if entry is None:
        keys = [f"{first}.{second}" for first, names in read_words().items() for second in names]
        raise UnknownName(
            f"There is no text {key!r} in govlib/i18n/words.toml; docs/figures.md says how to "
            f"add one.{did_you_mean(key, keys)}"
        )
    if language not in entry:
        raise UnknownName(
            f"govlib/i18n/words.toml has {key!r} in {', '.join(entry)}, not in {language}: add it "
            "there."
        )
    try:
        return _Sentence().format(entry[language], **values)
    except KeyError as error:
        raise BadParameter(f"The text {key!r} needs a value for {error}.") from None


def translate(english: str, section: str, language: str) -> str:
    """Return in a language what a table has in English (a unit, a publisher), by its section."""
    check_language(language)
    return english if language == "en" else text(f"{section}.{english}", language)


def number(value: float, language: str = "en", digits: int = 2, *, sign: bool = False) -> str:
    """Write a number as a language does: "−18,005.5" in English, "−18 005,5" in Russian.

    The minus sign is U+2212; a missing value is written as a word; `sign` puts a plus sign before
    values above 0.
    """
    if math.isnan(value):
        return text("number.missing", language)
    check_language(language)
    written = f"{round(value, digits) + 0.0:,.{digits}f}".replace("inf", "∞")
    plus = "+" if sign and round(value, digits) > 0 else ""
    return plus + written.translate(_symbols(language))


@functools.cache
def _symbols(language: str) -> dict[int, str]:
    """Return what stands in numbers of a language for what stands in Python's."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return str.maketrans(
        {"-": "−", ".": get_decimal_symbol(language), ",": get_group_symbol(language)}
    )


def interval(low: float, high: float, language: str = "en", digits: int = 2) -> str:
    """Write an interval as a language does: "−0.35 to 0.06", "[−0,35; 0,06]"."""
    ends = {"low": number(low, language, digits), "high": number(high, language, digits)}
    return text("number.interval", language, **ends)


def wrap(label: str, width: int = 40) -> str:
    """Break a label into lines of at most so many letters, at spaces and hyphens."""
    return "\n".join(textwrap.wrap(label, width))


def join_years(years: Iterable[int]) -> str:
    """Write years as ranges: "1996, 1998, 2002–2022"."""
    ranges: list[list[int]] = []
    for year in sorted(set(years)):
        if ranges and year == ranges[-1][-1] + 1:
            ranges[-1].append(year)
        else:
            ranges.append([year])
    return ", ".join(f"{r[0]}–{r[-1]}" if len(r) > 1 else str(r[0]) for r in ranges)
