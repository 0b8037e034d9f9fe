"""Words and numbers of figures and captions in English, Russian and Kazakh.

All words stand in ``words.toml``, side by side; docs/languages.md says how to add one.
"""

import functools
import math
import textwrap
import tomllib
from pathlib import Path

from govlib.errors import BadParameter, UnknownName, did_you_mean

LANGUAGES = {"en": "English", "ru": "Russian", "kk": "Kazakh"}
"""The languages of figures and captions, by their code (ISO 639-1)."""

Words = dict[str, dict[str, dict[str, str]]]


def check_language(language: str) -> None:
    """Refuse a language that there are no words in.

    Raises
    ------
    UnknownName
        Names the languages that there are.
    """
    if language not in LANGUAGES:
        listed = ", ".join(f"{code} ({name})" for code, name in LANGUAGES.items())
        raise UnknownName(
            f"language = {language!r} is not known; known: {listed}."
            f"{did_you_mean(language, LANGUAGES, LANGUAGES)}"
        )


@functools.cache
def read_words() -> Words:
    """Return ``words.toml``: the words of each language by section and key."""
    text = Path(__file__).with_name("words.toml").read_text("utf-8")
    words: Words = tomllib.loads(text)
    return words


def word(key: str, language: str = "en", **values: object) -> str:
    """Return a word or sentence in one language.

    Parameters
    ----------
    key : str
        Section and name in ``words.toml``, such as "dimension.ge".
    language : str
        "en", "ru" or "kk".
    **values : object
        What replaces the names in braces: "{edition}" takes ``edition=2023``. Numbers that are not
        years or counts are written with `decimal` first.

    Returns
    -------
    str

    Raises
    ------
    UnknownName
        If there is no such language or word, or not in this language.
    BadParameter
        If the sentence needs a value that is not given.
    """
    check_language(language)
    section, _, name = key.partition(".")
    words = read_words()
    entry = words.get(section, {}).get(name)
    if entry is None:
        keys = [f"{first}.{second}" for first, names in words.items() for second in names]
        raise UnknownName(
            f"There is no word {key!r} in govlib/words.toml; docs/languages.md says how to add one."
            f"{did_you_mean(key, keys)}"
        )
    if language not in entry:
        raise UnknownName(
            f"govlib/words.toml has {key!r} in {', '.join(entry)}, not in {language}: add it there."
        )
    try:
        return entry[language].format(**values)
    except KeyError as error:
        raise BadParameter(f"The word {key!r} needs a value for {error}.") from None


def translate(text: str, section: str, language: str) -> str:
    """Return in another language what a table holds in English: a unit, a publisher, an item.

    Parameters
    ----------
    text : str
        English words as a table holds them; the key within `section`.
    section : str
        Section of ``words.toml``: "unit", "publisher", "item", ...
    language : str
        "en" (the text as it is), "ru" or "kk".

    Returns
    -------
    str

    Raises
    ------
    UnknownName
        As `word`.
    """
    check_language(language)
    return text if language == "en" else word(f"{section}.{text}", language)


def decimal(number: float, language: str = "en", digits: int = 2, *, sign: bool = False) -> str:
    """Write a number as a language does: "−18,005.5" in English, "−18 005,5" in Russian.

    Parameters
    ----------
    number : float
        A missing one is written as a word.
    language : str
        "en", "ru" or "kk".
    digits : int
        Decimals.
    sign : bool
        Whether numbers above 0 have a plus sign.

    Returns
    -------
    str
        With U+2212 for minus and, in Russian and Kazakh, a no-break space between thousands.

    Raises
    ------
    UnknownName
        If there is no such language.
    """
    if math.isnan(number):
        return word("number.missing", language)
    check_language(language)
    # Babel's own writing takes 0.1 ms a number; the explorer's hover texts have two thousand.
    text = f"{round(number, digits) + 0.0:,.{digits}f}".replace("inf", "∞")
    text = text.translate(_symbols(language))
    plus = "+" if sign and round(number, digits) > 0 else ""
    return plus + text


@functools.cache
def _symbols(language: str) -> dict[int, str]:
    """Return what stands in numbers of a language for what stands in Python's."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return str.maketrans(
        {"-": "−", ".": get_decimal_symbol(language), ",": get_group_symbol(language)}
    )


def interval(low: float, high: float, language: str = "en", digits: int = 2) -> str:
    """Write an interval as a language does: "−0.35 to 0.06", "[−0,35; 0,06]".

    Parameters
    ----------
    low, high : float
        Its ends.
    language, digits
        As in `decimal`.

    Returns
    -------
    str

    Raises
    ------
    UnknownName
        If there is no such language.
    """
    ends = {"low": decimal(low, language, digits), "high": decimal(high, language, digits)}
    return word("number.interval", language, **ends)


def wrap(text: str, width: int = 40) -> str:
    """Break a label into lines of at most so many letters, at spaces and hyphens.

    Parameters
    ----------
    text : str
        A label; a word that is longer than a line is broken.
    width : int
        Letters to a line.

    Returns
    -------
    str
        Lines joined by line feeds; a text that fits is returned as it is.
    """
    return "\n".join(textwrap.wrap(text, width))
