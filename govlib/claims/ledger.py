"""The ledger: an article's statements, each with the quantity and the rule that judge it."""

import functools
import inspect
import math
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from govlib.claims.quantities import QUANTITIES, Quantity
from govlib.datasets.economies import names as economy_names
from govlib.errors import BadParameter, UnknownName, did_you_mean
from govlib.project import data_folder
from govlib.stats._tables import DIMENSIONS

RULES = {
    "equal": ("value", "decimals"),
    "near": ("value", "within", "decimals"),
    "range": ("range", "decimals"),
    "direction": ("direction", "decimals"),
    "at least": ("value", "decimals"),
    "at most": ("value", "decimals"),
    "none": ("why",),
}
"""The rules of a ledger and the keys that each needs."""

VERDICTS = ["reproduced", "plausible", "differs", "not supported", "not checkable"]

GIVEN = ("edition", "economy")
"""Arguments of quantities that `check_claims` fills in, never the ledger."""

Number = int | float
T = TypeVar("T", bound=msgspec.Struct)


class Article(msgspec.Struct, frozen=True):
    """The article whose statements a ledger lists."""

    citation: str
    economy: str
    edition: int


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One statement; docs/claims.md describes the keys, `RULES` says which of them a rule needs."""

    id: str
    statement: str
    rule: str
    where: str = ""
    unit: str = ""
    compute: str = ""
    arguments: dict[str, Any] = {}
    value: Number = 0
    among: int | None = None
    within: Number = 0
    range: tuple[Number, Number] = (0, 0)
    direction: Literal["up", "down"] = "up"
    decimals: Annotated[int, msgspec.Meta(ge=0, le=15)] = 0
    why: str = ""
    article: str = ""
    flips: str = ""
    check_of: str = ""  # id of the statement that this one, our own and not the article's, checks


class Ledger(msgspec.Struct, frozen=True):
    """An article and what it states."""

    article: Article
    claims: tuple[Claim, ...]


def read(ledger: str | Path | None = None) -> Ledger:
    """Read a ledger of an article's statements and check it.

    Parameters
    ----------
    ledger : str or Path, optional
        A TOML file as docs/claims.md describes it; by default ``data/claims.toml``.

    Returns
    -------
    Ledger
        `article` (citation, economy, edition) and `claims`, one `Claim` per statement.

    Raises
    ------
    UnknownName, BadParameter
        If the file does not exist, is not TOML, or an entry lacks a key, has a value of the wrong
        type, names what does not exist or repeats an id; says which file, claim and key.
    """
    path = data_folder() / "claims.toml" if ledger is None else Path(ledger)
    try:
        contents = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UnknownName(f"The ledger {path} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise BadParameter(f"{path} is not TOML: {error}") from error
    article = _convert(contents.get("article", {}), Article, f"{path}, [article]")
    _check_economy(article.economy, f"{path}, [article]: economy")
    listed = contents.get("claim", [])
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise BadParameter(f"{path}: claim must be a list of tables: begin each with [[claim]].")
    if not listed:
        raise BadParameter(f"{path} has no [[claim]].")
    claims: dict[str, Claim] = {}
    for number, entry in enumerate(listed, start=1):
        where = f"{path}, claim {entry.get('id', f'number {number}')}"
        claim = _read_claim(entry, where)
        if claim.id in claims:
            raise BadParameter(f"{where}: this id is used twice.")
        claims[claim.id] = claim
    for claim in claims.values():
        if claim.check_of and claim.check_of not in claims:
            raise UnknownName(f"{path}, claim {claim.id}: check_of = {claim.check_of!r} is no id.")
    return Ledger(article, tuple(claims.values()))


def _read_claim(entry: dict[str, Any], where: str) -> Claim:
    """Check one entry: its keys and types, what its rule needs, what its quantity needs."""
    claim = _convert(entry, Claim, where)
    _check_name(claim.rule, RULES, f"{where}: rule")
    lacking = [key for key in RULES[claim.rule] if key not in entry]
    if lacking:
        raise BadParameter(f"{where}, rule {claim.rule!r}: {', '.join(lacking)} is missing.")
    for key, numbers in {"value": [claim.value], "range": claim.range}.items():
        if not all(map(math.isfinite, numbers)):
            raise BadParameter(f"{where}: {key} = {entry[key]}; needed: finite numbers.")
    if not 0 <= claim.within < math.inf:
        raise BadParameter(f"{where}: within = {claim.within}; needed: 0 or more.")
    if claim.rule == "range" and not claim.range[0] < claim.range[1]:
        raise BadParameter(f"{where}: range = {entry['range']} is upside down.")
    if claim.rule == "equal" and round(claim.value, claim.decimals) != claim.value:
        raise BadParameter(f"{where}: value = {claim.value} has more decimals than printed.")
    if not claim.compute:
        if claim.rule == "none":
            return claim
        raise BadParameter(f"{where}: compute is missing; known: {', '.join(QUANTITIES)}.")
    _check_name(claim.compute, QUANTITIES, f"{where}: compute")
    form = _arguments_of(QUANTITIES[claim.compute])
    found = _convert(claim.arguments, form, f"{where}, {claim.compute}, arguments")
    arguments = msgspec.structs.asdict(found)
    if "of" in arguments:
        _check_economy(arguments["of"], f"{where}, arguments: of")
    for dimension in [arguments.get("dimension", "ge"), *arguments.get("points", {})]:
        _check_name(dimension, DIMENSIONS, f"{where}, arguments: dimension")
    return msgspec.structs.replace(claim, arguments=arguments)


@functools.cache
def _arguments_of(function: Callable[..., Quantity]) -> type[msgspec.Struct]:
    """Make the type of the arguments that a ledger gives to a quantity."""
    fields: list[Any] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if name not in GIVEN:
            default = () if parameter.default is parameter.empty else (parameter.default,)
            fields.append((name, parameter.annotation, *default))
    return msgspec.defstruct("Arguments", fields, kw_only=True, forbid_unknown_fields=True)


def _convert(entry: Any, kind: type[T], where: str) -> T:
    """Convert an entry to a type; an error names the key, its value and what it takes."""
    try:
        return msgspec.convert(entry, kind)
    except msgspec.ValidationError as error:
        what, _, path = str(error).replace("`", "").partition(" - at $.")
        if path:
            key = re.split(r"\W", path)[0]
            raise BadParameter(f"{where}: {key} = {entry[key]!r}: {what} ({path}).") from error
        keys = [field.name for field in msgspec.structs.fields(kind)]
        near = did_you_mean(what.split()[-1], keys)
        raise BadParameter(f"{where}: {what}; keys: {', '.join(keys)}.{near}") from error


def _check_name(name: str, known: dict[str, Any], where: str) -> None:
    """Reject a name that does not exist."""
    if name not in known:
        near = did_you_mean(name, known)
        raise UnknownName(f"{where} = {name!r} is not known; known: {', '.join(known)}.{near}")


def _check_economy(code: str, where: str) -> None:
    """Reject what is not a World Bank code."""
    names = economy_names()
    if code not in names:
        raise UnknownName(
            f"{where} = {code!r} is not a World Bank code.{did_you_mean(code, names, names)}"
        )
