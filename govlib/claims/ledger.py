"""Ledgers: the statements of a text, each with the quantity and the rule that judge it."""

import functools
import inspect
import math
import re
import tomllib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from govlib.claims.quantities import QUANTITIES, Quantity
from govlib.datasets.economies import members as economies_in
from govlib.datasets.economies import names as economy_names
from govlib.datasets.wgi import RANGES, editions
from govlib.errors import BadParameter, UnknownName, did_you_mean
from govlib.project import data_folder, read_text
from govlib.stats._tables import DIMENSIONS

RULES = {
    "equal": ("value", "decimals"),
    "near": ("value", "within", "decimals"),
    "range": ("range", "decimals"),
    "direction": ("direction", "decimals"),
    "at least": ("value", "decimals"),
    "at most": ("value", "decimals"),
    "all": (),
    "none": ("why",),
}
"""The rules of a ledger and the keys that each needs."""

VERDICTS = [
    "reproduced",
    "explained",
    "plausible",
    "undecided",
    "differs",
    "not supported",
    "not comparable",
    "not checkable",
]
"""The verdicts, in the order of every tally; docs/claims.md says when each is given."""

FILLED = ("edition", "economy", "year", "years", "group")
"""Arguments of quantities that are keys of a claim (edition and economy also of the text)."""

ARTICLE = "sadykova-2024"
"""The ledger that is read where none is named."""

Number = int | float
T = TypeVar("T", bound=msgspec.Struct)


class Article(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text whose statements a ledger lists; what it says of all claims that do not say else."""

    citation: str
    economy: str = ""
    edition: int | None = None
    url: str = ""


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One statement; docs/claims.md describes the keys, `RULES` says which of them a rule needs."""

    id: str
    statement: str
    rule: str
    where: str = ""
    unit: str = ""
    compute: str = ""
    arguments: dict[str, Any] = {}
    economy: str = ""
    edition: int | None = None
    year: int | None = None
    years: tuple[int, int] | None = None
    group: str | list[str] = ""
    value: Number = 0
    among: int | None = None
    within: Number = 0
    range: tuple[Number, Number] = (0, 0)
    direction: Literal["up", "down"] = "up"
    decimals: Annotated[int, msgspec.Meta(ge=0, le=15)] = 0
    why: str = ""
    article: str = ""
    table: dict[str, dict[str, Number]] = {}  # by country or year, then dimension: a claim a cell
    vary: dict[str, list[Any]] = {}  # other values of arguments, tried by `sensitivity`
    also: dict[str, Any] = {}  # a second test that the statement must pass: keys of a claim
    check_of: str = ""  # id of the statement that this one, our own and not the text's, checks
    worded: bool = False  # states no number: the figure that judges it is our choice


class Ledger(msgspec.Struct, frozen=True):
    """A text and what it states."""

    article: Article
    claims: tuple[Claim, ...]
    path: Path


def names() -> list[str]:
    """Return the names of the ledgers that are included, the article's first."""
    found = sorted(path.stem for path in (data_folder() / "claims").glob("*.toml"))
    return sorted(found, key=lambda name: name != ARTICLE)


def read(ledger: str | Path | None = None) -> Ledger:
    """Read a ledger and check it.

    `ledger` is a name of `names` or a TOML file as docs/claims.md describes it; by default the
    article's. A `Ledger` has `article` (citation, economy, edition, url), `claims` (a `Claim` per
    statement; of one with a `table`, one per cell), and `path`.

    Raises
    ------
    UnknownName, BadParameter
        If the file does not exist, is not TOML, or an entry lacks a key, has a value of the wrong
        type or out of range, names what does not exist, repeats an id or contradicts another;
        says which file, claim and key.
    """
    path = Path(ledger or ARTICLE)
    if path.name in names():
        path = data_folder() / "claims" / f"{path.name}.toml"
    try:
        contents = tomllib.loads(read_text(path))
    except OSError as error:
        raise UnknownName(
            f"The ledger {path} cannot be read ({error.strerror}); included: {', '.join(names())}."
            f"{did_you_mean(str(path), names())} Begin one with: govlib new-ledger {path.name}"
        ) from error
    except ValueError as error:
        raise BadParameter(
            f"{path} is not TOML: {error}. Numbers have a point and a plain hyphen (-0.56), texts "
            "straight quotes, and each statement begins with [[claim]]."
        ) from error
    if not contents:
        raise BadParameter(f"{path} is empty: begin it with [article], then a [[claim]] each.")
    article = _convert(contents.get("article", {}), Article, f"{path}, [article]")
    if article.economy:
        _check_economy(article.economy, f"{path}, [article]: economy")
    if article.edition is not None:
        _check_name(article.edition, editions(), f"{path}, [article]: edition")
    listed = contents.get("claim", [])
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise BadParameter(f"{path}: claim must be a list of tables: begin each with [[claim]].")
    if not listed:
        raise BadParameter(f"{path} has no [[claim]].")
    claims: dict[str, Claim] = {}
    stated: dict[Any, Claim] = {}
    for number, entry in enumerate(listed, start=1):
        for claim in _read_claim(entry, f"{path}, claim {entry.get('id', f'number {number}')}"):
            where = f"{path}, claim {claim.id}"
            if claim.id in claims:
                raise BadParameter(f"{where}: this id is used twice.")
            _check_given(claim, article, where)
            if claim.rule == "equal":
                other = stated.setdefault(_asked(claim, article), claim)
                if (other.value, other.among) != (claim.value, claim.among):
                    raise BadParameter(
                        f"{where}: value = {claim.value} contradicts {other.value} of claim "
                        f"{other.id}, which is of the same quantity: correct one of them."
                    )
            claims[claim.id] = claim
    for claim in claims.values():
        if claim.check_of and claim.check_of not in claims:
            raise UnknownName(f"{path}, claim {claim.id}: check_of = {claim.check_of!r} is no id.")
    return Ledger(article, tuple(claims.values()), path)


def starter() -> str:
    """Return the text of a ledger to begin with, its keys explained by comments."""
    return Path(__file__).with_name("starter.toml").read_text("utf-8")


def fill(claim: Claim, article: Article, **changed: Any) -> dict[str, Any]:
    """Return the arguments of a claim's quantity: its own, what its keys give, what is changed."""
    accepted = inspect.signature(QUANTITIES[claim.compute]).parameters
    given = {
        "edition": claim.edition or article.edition,
        "economy": claim.economy or article.economy or None,
        "year": claim.year,
        "years": claim.years,
        "group": claim.group or None,
    } | claim.arguments
    given |= {name: value for name, value in changed.items() if value is not None}
    return {k: v for k, v in given.items() if k in accepted and v is not None}


def _asked(claim: Claim, article: Article) -> str:
    """Write what a claim asks for: two that ask for the same must state the same."""
    return f"{claim.compute} {sorted(fill(claim, article).items())} {claim.decimals}"


def _read_claim(entry: dict[str, Any], where: str) -> Iterator[Claim]:
    """Check one entry: its keys and types, what its rule and its quantity need."""
    claim = _convert(entry, Claim, where)
    _check_name(claim.rule, RULES, f"{where}: rule")
    if "table" in entry:
        yield from _read_cells(claim, entry, where)
        return
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
        raise BadParameter(f"{where}: value = {claim.value} has more decimals than decimals.")
    if claim.economy:
        _check_economy(claim.economy, f"{where}: economy")
    if claim.group:
        try:
            economies_in(claim.group)
        except UnknownName as error:
            raise UnknownName(f"{where}: group = {claim.group!r}: {error}") from error
    if claim.edition is not None:
        _check_name(claim.edition, editions(), f"{where}: edition")
    if not claim.compute:
        if claim.rule == "none":
            yield claim
            return
        raise BadParameter(f"{where}: compute is missing; known: {', '.join(QUANTITIES)}.")
    _check_name(claim.compute, QUANTITIES, f"{where}: compute")
    least, most = (1, 300) if claim.compute == "rank" else RANGES.get(claim.compute, (-9e9, 9e9))
    if claim.rule in ("equal", "near") and not least <= claim.value <= most:
        raise BadParameter(
            f"{where}: value = {claim.value} is out of range: {claim.compute} is a number from "
            f"{least} to {most}."
        )
    form = _arguments_of(QUANTITIES[claim.compute])
    found = _convert(claim.arguments, form, f"{where}, {claim.compute}, arguments")
    arguments = msgspec.structs.asdict(found)
    dimensions = arguments.get("dimension") or []
    for dimension in [
        *([dimensions] if isinstance(dimensions, str) else dimensions),
        *arguments.get("points", {}),
    ]:
        _check_name(dimension, DIMENSIONS, f"{where}, arguments: dimension")
    if arguments.get("other"):
        _check_economy(arguments["other"], f"{where}, arguments: other")
    yield msgspec.structs.replace(claim, arguments=arguments)
    if claim.also:
        list(_read_claim(also_claim(entry), f"{where}, also"))


def also_claim(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entry of the second test of a claim: its keys over those of the first."""
    kept = {k: v for k, v in entry.items() if k not in ("also", "vary", "value", "range")}
    return {**kept, **entry["also"]}


def _read_cells(claim: Claim, entry: dict[str, Any], where: str) -> Iterator[Claim]:
    """Make a claim of each cell of a printed table, "G1 2020 va"; rows are countries or years."""
    if claim.rule != "equal":
        raise BadParameter(f"{where}: a table has the rule equal, not {claim.rule!r}.")
    if not any(claim.table.values()):
        raise BadParameter(f"{where}: table is empty.")
    own = {key: value for key, value in entry.items() if key != "table"}
    for row, cells in claim.table.items():
        key: dict[str, Any] = {"year": int(row)} if row.isdigit() else {"economy": row}
        for dimension, value in cells.items():
            _check_name(dimension, DIMENSIONS, f"{where}, table.{row}")
            about = f"{economy_names().get(row, row)}, {DIMENSIONS[dimension]}"
            more = {
                "id": f"{claim.id} {row} {dimension}",
                "statement": f"{claim.statement.rstrip('.')}: {about}.",
                "arguments": claim.arguments | {"dimension": dimension},
                "value": value,
            }
            yield from _read_claim(own | key | more, f"{where}, table.{row}.{dimension}")


def _check_given(claim: Claim, article: Article, where: str) -> None:
    """Reject a claim without a key that its quantity needs, or with one that it does not take."""
    if not claim.compute:
        return
    accepted = inspect.signature(QUANTITIES[claim.compute]).parameters
    given = fill(claim, article)
    for key in FILLED:
        if key in accepted and accepted[key].default is inspect.Parameter.empty:
            if key not in given:
                raise BadParameter(f"{where}: {claim.compute} needs {key}: give it a value.")
        elif key not in accepted and getattr(claim, key):
            raise BadParameter(f"{where}: {claim.compute} takes no {key}.")
    if claim.years and claim.years[0] >= claim.years[1]:
        raise BadParameter(f"{where}: years = {list(claim.years)}: the first is not the earlier.")


@functools.cache
def _arguments_of(function: Callable[..., Quantity]) -> type[msgspec.Struct]:
    """Make the type of the arguments that a ledger gives to a quantity."""
    fields: list[Any] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if name not in FILLED:
            default = () if parameter.default is parameter.empty else (parameter.default,)
            fields.append((name, parameter.annotation, *default))
    return msgspec.defstruct("Arguments", fields, kw_only=True, forbid_unknown_fields=True)


PLAIN = {
    "int | null": "a whole number",
    "int | float": "a number",
    "float": "a number",
    "int": "a whole number",
    "str": "a text",
    "str | array": "a text or a list",
    "object": "a table of keys",
    "array": "a list",
    "bool": "true or false",
}
"""What TOML's types are called for readers, by the names that msgspec gives them."""


def _convert(entry: Any, kind: type[T], where: str) -> T:
    """Convert an entry to a type; an error names the key, its value and what it takes."""
    try:
        return msgspec.convert(entry, kind)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$.")
        keys = [field.name for field in msgspec.structs.fields(kind)]
        if path:
            key = re.split(r"\W", path)[0]
            wanted = re.sub(r"Expected `(.*?)`(.*?)(, got .*)?$", _name_type, what)
            if key == "direction":
                wanted = "up or down is needed"
            raise BadParameter(f"{where}: {key} = {entry[key]!r}: {wanted}.") from error
        name = what.split("`")[1]
        if "missing" in what:
            raise BadParameter(f"{where}: {name} is missing.") from error
        inside = kind is Claim and any(
            name in inspect.signature(function).parameters for function in QUANTITIES.values()
        )
        near = " It belongs in arguments." if inside else did_you_mean(name, keys)
        raise BadParameter(
            f"{where}: unknown key {name}; keys: {', '.join(keys)}.{near}"
        ) from error


def _name_type(found: re.Match[str]) -> str:
    return f"{PLAIN.get(found[1], found[1])}{found[2]} is needed"


def _check_name(name: str | int, known: Collection[Any], where: str) -> None:
    if name not in known:
        listed = [str(one) for one in known]
        near = did_you_mean(str(name), listed)
        raise UnknownName(f"{where} = {name!r} is not known; known: {', '.join(listed)}.{near}")


def _check_economy(code: str, where: str) -> None:
    known = economy_names()
    if code not in known:
        raise UnknownName(
            f"{where} = {code!r} is not a World Bank code.{did_you_mean(code, known, known)}"
        )
