"""Choices of the explorer: checked, told from what a reader types, kept for the next time."""

import json
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from govlib.datasets.economies import members
from govlib.datasets.economies import everyday_names
from govlib.project import project_folder
from govlib.datasets.wgi import read
from govlib.errors import BadParameter, GovlibError, UnknownName, did_you_mean
from govlib.explorer.kept import keep
from govlib.explorer.views import NOTEBOOKS, list_economies, read_names
from govlib.i18n import LANGUAGES, text as word
from govlib.project import replace_file
from govlib.run.parameters import MOST_PEERS, PARAMETERS
from govlib.run.parameters import parameters as check_parameters

CHOICES = (
    *("view", "economy", "edition", "first_year", "last_year", "dimensions"),
    *("peers", "measure", "language", "figures_dir"),
)
"""The choices of the explorer, all of them parameters of its notebook."""

STORE = Path("build") / "explore.json"
"""Where the last choices are kept, relative to the project."""


def check_choices(choices: Mapping[str, Any]) -> None:
    """Refuse choices that name what does not exist.

    Parameters
    ----------
    choices : mapping
        `CHOICES` and their values; other names are ignored.

    Raises
    ------
    UnknownName, BadParameter, NotHeld
        As `runs.check_parameters`.
    """
    if lacking := [name for name in CHOICES if name not in choices]:
        raise BadParameter(f"{', '.join(lacking)} not chosen; needed: {', '.join(CHOICES)}.")
    given = {name: choices[name] for name in CHOICES}
    of_survey = given["view"] == "waves"
    plain = (
        have_types(given)
        and given["view"] in NOTEBOOKS
        and given["measure"] in MEASURES
        and given["language"] in LANGUAGES
        and set(given["dimensions"]) <= set(DIMENSIONS)
        and not of_survey
        and given["economy"] in list_economies(given["edition"])
        and {given["first_year"], given["last_year"]} <= list_years(given["edition"])
        and given["first_year"] < given["last_year"]
        and 0 < len(set(given["dimensions"])) == len(given["dimensions"])
        and _peers_pass(given["edition"], given["economy"], tuple(given["peers"]))
    )
    if of_survey:
        del given["dimensions"]
    if not plain:  # the answer in full takes longer
        check_parameters(given, survey="bns-trust" if of_survey else None)


def have_types(choices: Mapping[str, Any]) -> bool:
    """Say whether each choice is of its parameter's type.

    Parameters
    ----------
    choices : mapping
        `CHOICES` and their values.

    Returns
    -------
    bool
    """
    return all(
        isinstance(choices[name], PARAMETERS[name][0]) and not isinstance(choices[name], bool)
        for name in CHOICES
    ) and all(isinstance(word, str) for word in [*choices["dimensions"], *choices["peers"]])


@keep(20)
def list_years(edition: int) -> frozenset[int]:
    """Return the years of an edition.

    Parameters
    ----------
    edition : int
        Year of release.

    Returns
    -------
    frozenset of int

    Raises
    ------
    UnknownName
        If the edition is not held.
    """
    return frozenset(map(int, read(edition)["year"].unique()))


def find_economy(text: str) -> str:
    """Return the code of an economy from what a reader typed.

    Parameters
    ----------
    text : str
        A World Bank code, a name in English, Russian or Kazakh, part of a name that only one
        economy has, or an entry of `list_entries`.

    Returns
    -------
    str
        World Bank code.

    Raises
    ------
    UnknownName
        If there is no such economy, or several; names those that are near.
    """
    asked = _fold(" ".join(text.split()))
    names = {language: read_names(language) for language in LANGUAGES}
    if asked.upper() in names["en"]:
        return asked.upper()
    spoken = everyday_names()
    words = {
        code: [_fold(of[code]) for of in (*names.values(), spoken) if code in of]
        for code in names["en"]
    }
    entries = _entries()
    for found in (
        [code for code, entry in entries.items() if _fold(entry) == asked],
        [code for code, known in words.items() if asked in known],
        [code for code, known in words.items() if asked and any(asked in name for name in known)],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(f"{code} ({names['en'][code]})" for code in found[:8])
            raise UnknownName(f"{text!r} is part of several names: {listed}. Write more of one.")
    hints = [did_you_mean(text, of, of) for of in (*names.values(), spoken)]
    raise UnknownName(
        f"There is no economy {text!r}: type a World Bank code or a name in English, Russian or "
        f"Kazakh.{next(filter(None, hints), '')}"
    )


def _fold(text: str) -> str:
    """Return a text without case, accents and curved apostrophes: as it is typed."""
    parts = unicodedata.normalize("NFKD", text.replace("\u2019", "'").casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def find_entry(economy: str) -> str:
    """Return the entry of an economy in `list_entries`; what is none, as it is.

    Parameters
    ----------
    economy : str
        World Bank code.

    Returns
    -------
    str
    """
    return _entries().get(economy, economy)


def list_entries() -> list[str]:
    """Return what the field for economies offers: code and the names in three languages.

    Returns
    -------
    list of str
        "KAZ Kazakhstan · Казахстан · Қазақстан", sorted by the English name.
    """
    return list(_entries().values())


def write_parameters(choices: Mapping[str, Any]) -> str:
    """Write the parameters cell that begins with these choices.

    Parameters
    ----------
    choices : mapping
        As `check_choices` lets them pass.

    Returns
    -------
    str
        Python: one annotated literal a line.
    """
    return "".join(
        f"{name}: {PARAMETERS[name][0].__name__} = {choices[name]!r}  # {PARAMETERS[name][1]}\n"
        for name in CHOICES
    )


def store_choices(cell: Mapping[str, Any], choices: Mapping[str, Any]) -> None:
    """Keep the choices for the next run of the notebook.

    Parameters
    ----------
    cell : mapping
        The values of the parameters cell, of which `choices` are a continuation.
    choices : mapping
        `CHOICES` and their values.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    path = project_folder() / STORE
    path.parent.mkdir(exist_ok=True)
    kept = {"cell": _only_choices(cell), "choices": _only_choices(choices)}
    replace_file(path, (json.dumps(kept, ensure_ascii=False, indent=2) + "\n").encode())


def restore_choices(cell: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the choices to begin with: those made last, unless the parameters cell was changed.

    Parameters
    ----------
    cell : mapping
        The values of the parameters cell, with whatever papermill injected.

    Returns
    -------
    choices : dict
        `CHOICES` and their values.
    note : str
        What the reader is told: that the choices are a continuation, or why they are not.
    """
    given = _only_choices(cell)
    path = project_folder() / STORE
    language = given["language"] if given["language"] in list(LANGUAGES) else "en"
    try:
        kept = json.loads(path.read_text("utf-8"))
        chosen = {name: kept["choices"][name] for name in CHOICES}
        if kept["cell"] != given or chosen == given:
            return given, ""
        if not have_types(chosen):
            raise TypeError
    except FileNotFoundError:
        return given, ""
    except (OSError, ValueError, KeyError, TypeError):
        return given, word("explorer.from_cell", language, file=STORE.as_posix())
    language = chosen["language"] if chosen["language"] in LANGUAGES else "en"
    return chosen, word("explorer.continued", language)


@keep(1)
def _entries() -> dict[str, str]:
    """Return the entries of `list_entries` by code."""
    names = {language: read_names(language) for language in LANGUAGES}
    codes = sorted(names["en"], key=lambda code: names["en"][code])
    return {
        code: f"{code} " + " · ".join(dict.fromkeys(of[code] for of in names.values()))
        for code in codes
    }


def _peers_pass(edition: int, economy: str, peers: tuple[str, ...]) -> bool:
    """Say whether the peers pass their check."""
    return 1 <= len(_members(edition, peers) - {economy}) < MOST_PEERS


@keep(100)
def _members(edition: int, peers: tuple[str, ...]) -> frozenset[str]:
    """Return the peers that an edition lists, none if they do not pass their check."""
    try:
        check_parameters({"edition": edition, "peers": list(peers)})
    except GovlibError:
        return frozenset()
    return frozenset(members(peers)) & list_economies(edition)


def _only_choices(names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the choices among other names."""
    return {name: names[name] for name in CHOICES}
