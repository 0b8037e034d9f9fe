"""The parameters of the notebooks: what they mean, and the object that holds checked ones."""

import os
import re
import symtable
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from govlib.claims.ledger import read as read_claims
from govlib.datasets import economies, surveys, wgi
from govlib.errors import BadParameter, UnknownName, did_you_mean
from govlib.i18n import check_language
from govlib.plot.profiles import find_profile
from govlib.stats._tables import DIMENSIONS, MEASURES
from govlib.stats.shares import check_design_effect

VIEWS = ("trend", "countries", "league", "world", "slope", "gap", "revisions", "waves")
"""The views of the explorer."""


class Parameter(NamedTuple):
    """The definition of a parameter; the default, if any, is for notebooks without it."""

    kind: type
    meaning: str
    default: Any = None


PARAMETERS = {
    "economy": Parameter(str, "country: World Bank code or name"),
    "edition": Parameter(int, "WGI edition (year of release)"),
    "first_year": Parameter(int, "first year shown"),
    "last_year": Parameter(int, "last year shown"),
    "dimensions": Parameter(list, f"list of {' '.join(DIMENSIONS)}", tuple(DIMENSIONS)),
    "peers": Parameter(list, "countries to compare with: codes, names or groups such as eaeu", ()),
    "items": Parameter(list, "what a survey asks about, such as police; empty for all", ()),
    "design_effect": Parameter(
        float, "variance of a survey's shares relative to a simple random sample", 2.0
    ),
    "view": Parameter(str, f"view of the explorer: {' '.join(VIEWS)}", VIEWS[0]),
    "measure": Parameter(str, f"what is drawn: {' '.join(MEASURES)}", MEASURES[0]),
    "sources_file": Parameter(
        str, "file with the scores of the sources of the WGI; without one, simulated scores", ""
    ),
    "language": Parameter(str, "language of figures and captions: en, ru or kk", "en"),
    "profile": Parameter(str, "what figures are for: paper, nature-single, slides, ...", "paper"),
    "figures_dir": Parameter(
        str, "folder of the figures, below the working directory or a whole path", "figures"
    ),
}
"""All parameters, in the order of the command line."""

MOST_PEERS = 20
"""The most economies that can be read next to each other in a figure, the first included."""
REGIONS = ["eas", "ecs", "lcn", "mea", "nac", "sas", "ssf"]
INCOMES = ["hic", "umc", "lmc", "lic"]


class Parameters(Mapping[str, Any]):
    """The checked parameters of a notebook, as attributes and as a mapping of those it declares.

    An attribute that is not declared has the default of `PARAMETERS`. Codes of economies and groups
    are as in the data, whatever their case was. The parameter items is ``p["items"]``, since
    ``p.items()`` are the pairs of the mapping.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__["_values"] = dict(values)

    def __getitem__(self, name: str) -> Any:
        """Return a declared parameter."""
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        """Give the names of the declared parameters."""
        return iter(self._values)

    def __len__(self) -> int:
        """Return how many parameters are declared."""
        return len(self._values)

    def __getattr__(self, name: str) -> Any:
        """Return a parameter, or its default if it is not declared."""
        default = PARAMETERS[name].default if name in PARAMETERS else None
        value = self.__dict__["_values"].get(name, default)
        if value is None:
            declared = ", ".join(self)
            raise AttributeError(f"This notebook has no parameter {name}; it has {declared}.")
        return list(value) if isinstance(value, tuple) else value

    def __setattr__(self, name: str, value: object) -> None:
        """Reject a change: parameters are set in the cell tagged `parameters`."""
        raise AttributeError(f"{name} cannot be set: parameters are set in the cell that has them.")

    def __repr__(self) -> str:
        """Return the declared parameters."""
        return f"Parameters({', '.join(f'{k}={v!r}' for k, v in self.items())})"

    @property
    def names(self) -> dict[str, str]:
        """Names of all economies in the language, by code."""
        return economies.names(self.language)

    @property
    def name(self) -> str:
        """Name of the economy in the language."""
        return self.names[self.economy]

    @property
    def years(self) -> range:
        """From the first to the last year, both included."""
        return range(self.first_year, self.last_year + 1)

    @property
    def members(self) -> list[str]:
        """The economy and its peers that the edition lists, in the order given.

        Without peers: those of the article for the article's economy, else the ten of its World
        Bank region (of its income group if the region is smaller) whose mean estimate in the last
        year is nearest.
        """
        peers = economies.members(self.peers) if self.peers else []
        if "peers" in self and not peers:
            peers = self._own_peers()
        asked = dict.fromkeys([self.economy, *peers])
        listed = set(wgi.read(self.edition)["economy"]) if "edition" in self else set(asked)
        return [code for code in asked if code in listed]

    def _own_peers(self) -> list[str]:
        """Return the peers of the article, or the ten nearest of its region or income group."""
        if self.economy == read_claims().article.economy:
            return economies.members("article")
        groups = economies.groups()
        own = set(groups.loc[groups["economy"] == self.economy, "group"])
        table = wgi.read(self.edition).dropna(subset="estimate")
        table = table[table["year"] == min(self.last_year, table["year"].max())]
        named = [name for name in REGIONS + INCOMES if name in own]
        like = (table[table["economy"].isin(economies.members(name))] for name in named)
        alike = next((rows for rows in like if rows["economy"].nunique() > 10), table)
        return list(economies.nearest(alike, self.economy, 11)["economy"].unique())


def parameters(names: Mapping[str, Any], *, survey: str | None = None) -> Parameters:
    """Check the parameters of a notebook before anything is computed.

    Parameters
    ----------
    names : mapping
        The notebook's ``globals()``, of which other names are ignored, except one that papermill
        injected and the notebook does not declare: a misspelt parameter.
    survey : str, optional
        The survey that the notebook is about, as `surveys.find` takes it: years are then those of
        its waves, not of the WGI edition.

    Returns
    -------
    p : `Parameters`
        Those that the notebook declares.

    Raises
    ------
    UnknownName
        If a parameter, edition, economy, dimension, year, language or profile does not exist.
    BadParameter
        If a value has the wrong type or is out of range, or something is named twice.
    NotHeld
        If the survey does not cover the economy, or has fewer than two waves within the years.
    """
    check_names(names)
    given = {name: names[name] for name in PARAMETERS if name in names}
    for name, value in given.items():
        _check_type(name, value)
        if isinstance(value, list) and len(set(value)) < len(value):
            raise BadParameter(f"{name} = {value!r} names one {name.rstrip('s')} twice.")
    if "economy" in given:
        given["economy"] = economies.find(given["economy"], partial=False)
    if "peers" in given:
        given["peers"] = list(map(_find, given["peers"]))
    _check_places(given)
    first, last = given.get("first_year"), given.get("last_year")
    if "edition" in given:  # reading names what exists
        years = [year for year in (first, last) if year is not None and not survey]
        asked = {"economies": given.get("economy"), "dimensions": given.get("dimensions")}
        wgi.read(given["edition"], **asked, years=years or None)
    for name, known in (("view", VIEWS), ("measure", MEASURES)):
        if given.get(name, known[0]) not in known:
            raise UnknownName(
                f"{name} = {given[name]!r} is not known; known: {', '.join(known)}."
                f"{did_you_mean(given[name], known)}"
            )
    # The explorer has views without a measure, and explains a missing one in place.
    if {"edition", "measure"} <= set(given) and "view" not in given:
        wgi.check_measure(given["edition"], given["measure"])
    check_language(given.get("language", "en"))
    find_profile(given.get("profile", "paper"))
    check_design_effect(given.get("design_effect", 1))
    checked = Parameters(given)
    if given.get("peers"):
        _check_peers(checked)
    if first is not None and last is not None and first >= last:
        raise BadParameter(
            f"first_year = {first} is not before last_year = {last}: two years or more are needed."
        )
    if survey:
        _check_survey(survey, given)
    return checked


def _check_type(name: str, value: Any) -> None:
    kind, meaning, _ = PARAMETERS[name]
    hint = " In papermill, give a list with -y '{dimensions: [ge, va]}'." if kind is list else ""
    if not isinstance(value, (int, float) if kind is float else kind) or isinstance(value, bool):
        raise BadParameter(
            f"{name} = {value!r} is of type {type(value).__name__}; {kind.__name__} is needed "
            f"({meaning}).{hint}"
        )
    if isinstance(value, list) and not all(isinstance(word, str) for word in value):
        raise BadParameter(f"{name} = {value!r}: a list of words is needed.{hint}")


def _find(word: str) -> str:
    """Return the group (in any case, with blanks or hyphens) or the code that a word stands for."""
    group = re.sub("[ -]", "_", word.strip().lower())
    return group if group in economies.group_titles() else economies.find(word, partial=False)


def _check_places(given: Mapping[str, Any]) -> None:
    folder, file = given.get("figures_dir", "figures"), given.get("sources_file", "")
    place = Path.cwd() / folder
    usable = folder.strip() and folder[0] != "~" and folder.isprintable()
    usable = usable and Path(os.path.normpath(folder)).parts[:1] != ("..",)
    if not usable or any(map(Path.is_file, [place, *place.parents])):
        raise BadParameter(
            f"figures_dir = {folder!r} is not a folder to write to: give one below the working "
            "directory, or its whole path (~ is not expanded here)."
        )
    if Path(file).is_absolute():
        raise BadParameter(
            f"sources_file = {file!r} would be written into files meant for others: give a path "
            "relative to the working directory, such as ../scores.parquet."
        )


def _check_peers(checked: Parameters) -> None:
    """Check that the edition lists the peers, and that a figure can show them."""
    economy = checked.get("economy")
    members = set(checked.members if economy else economies.members(checked.peers))
    if "edition" in checked:
        single = [word for word in checked.peers if word.isupper()]  # codes, not groups
        wgi.read(checked.edition, economies=single or None)
    count = len(members - {economy}) + 1
    # The explorer draws of many the nearest.
    if count < 2 or (count > MOST_PEERS and "view" not in checked):
        raise BadParameter(
            f"peers = {checked.peers!r}: with {economy} itself that makes {count}; 2 to "
            f"{MOST_PEERS} countries can be compared in a figure."
        )


def _check_survey(survey: str, given: Mapping[str, Any]) -> None:
    """Check that a survey covers the economy, the years and the items."""
    name = surveys.find(survey, given["economy"])
    items, waves = given.get("items") or None, None
    if {"first_year", "last_year"} <= set(given):
        waves = surveys.waves(name, given["first_year"], given["last_year"])
    asked = set(surveys.read(name, waves=waves, items=items)["wave"])
    for wave in (waves[0], waves[-1]) if waves else ():
        if wave not in asked:
            known = ", ".join(dict.fromkeys(surveys.read(name, waves=wave)["item"]))
            raise BadParameter(f"items = {items!r}: wave {wave} asked about none; it has {known}.")


def check_names(names: Mapping[str, Any]) -> None:
    """Raise UnknownName if papermill injected a name that the notebook does not declare.

    Papermill itself warns of one and exits 0. The cells that were run are in IPython's ``In``.
    """
    # So papermill heads the cell that it injects.
    cells = [(one.startswith("# Parameters\n"), assigned(one)) for one in names.get("In") or ()]
    declared = {name for injected, found in cells if not injected for name in found}
    injected = dict.fromkeys(name for injected, found in cells if injected for name in found)
    unknown = [name for name in injected if name not in declared]
    reject_unknown(unknown, [name for name in PARAMETERS if name in names and name not in unknown])


def assigned(source: str) -> list[str]:
    """Return the names that a cell assigns outside functions; none if it is not Python."""
    try:
        symbols = symtable.symtable(without_magics(source), "cell", "exec").get_symbols()
    except SyntaxError:
        return []
    return [symbol.get_name() for symbol in symbols if symbol.is_assigned()]


def without_magics(source: str) -> str:
    """Return the Python of a cell, IPython's commands (``%matplotlib inline``) left out."""
    return "" if source.startswith("%%") else re.sub(r"(?m)^(\s*)[%!].*", r"\1pass", source)


def reject_unknown(unknown: Sequence[str], accepted: Sequence[str]) -> None:
    """Raise UnknownName if there are unknown parameters; name those that are accepted."""
    if unknown:
        kinds = ", ".join(
            f"{name} ({PARAMETERS[name].kind.__name__}, {PARAMETERS[name].meaning})"
            for name in accepted
        )
        hints = "".join(did_you_mean(name, accepted) for name in unknown)
        raise UnknownName(f"Unknown parameter: {', '.join(unknown)}.{hints} Accepted: {kinds}.")
