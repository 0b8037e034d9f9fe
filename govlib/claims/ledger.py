"""Ledgers: the statements of a text, each with the quantity and the rule that judge it."""

import functools
import math
import re
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from govlib.claims.quantities import QUANTITIES, arguments
from govlib.datasets.economies import check_code
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
    direction: Annotated[str, msgspec.Meta(pattern="^(up|down)$")] = "up"
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


class _File(msgspec.Struct, forbid_unknown_fields=True):
    article: dict[str, Any]
    claim: Annotated[list[dict[str, Any]], msgspec.Meta(min_length=1)]


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
    file = _convert(contents, _File, f"{path}")
    article = _convert(file.article, Article, f"{path}, [article]")
    _check_names(article, f"{path}, [article]")
    claims: dict[str, Claim] = {}
    stated: dict[Any, Claim] = {}
    for number, entry in enumerate(file.claim, start=1):
        name = entry.get("id", f"number {number}")
        for claim in _read_claim(entry, article, f"{path}, claim {name}"):
            where = f"{path}, claim {claim.id}"
            if claim.id in claims:
                raise BadParameter(f"{where}: this id is used twice.")
            if claim.rule == "equal":
                # Two claims that ask for the same must state the same.
                asked = f"{claim.compute} {sorted(fill(claim, article).items())} {claim.decimals}"
                other = stated.setdefault(asked, claim)
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
    given = {key: getattr(claim, key) or getattr(article, key, None) or None for key in FILLED}
    given |= claim.arguments | {k: v for k, v in changed.items() if v is not None}
    return {k: v for k, v in given.items() if k in arguments(claim.compute) and v is not None}


def _read_claim(entry: dict[str, Any], article: Article, where: str) -> Iterator[Claim]:
    """Check one entry: its keys and types, what its rule and its quantity need."""
    claim = _convert(entry, Claim, where)
    _check_name(claim.rule, RULES, f"{where}: rule")
    if "table" in entry:
        yield from _read_cells(claim, entry, article, where)
        return
    if lacking := [key for key in RULES[claim.rule] if key not in entry]:
        raise BadParameter(f"{where}, rule {claim.rule!r}: {', '.join(lacking)} is missing.")
    if not all(map(math.isfinite, (claim.value, claim.within, *claim.range))) or claim.within < 0:
        raise BadParameter(f"{where}: value, within (0 or more) and range are finite numbers.")
    if claim.rule == "range" and not claim.range[0] < claim.range[1]:
        raise BadParameter(f"{where}: range = {entry['range']} is upside down.")
    if claim.rule == "equal" and round(claim.value, claim.decimals) != claim.value:
        raise BadParameter(f"{where}: value = {claim.value} has more decimals than decimals.")
    if claim.years and claim.years[0] >= claim.years[1]:
        raise BadParameter(f"{where}: years = {list(claim.years)}: the first is not the earlier.")
    _check_names(claim, where)
    if not claim.compute and claim.rule == "none":
        yield claim
        return
    _check_name(claim.compute, QUANTITIES, f"{where}: compute")
    least, most = (1, 300) if claim.compute == "rank" else RANGES.get(claim.compute, (-9e9, 9e9))
    if claim.rule in ("equal", "near") and not least <= claim.value <= most:
        raise BadParameter(
            f"{where}: value = {claim.value} is out of range: {claim.compute} is a number from "
            f"{least} to {most}."
        )
    if beside := [key for key in FILLED if key in claim.arguments]:
        raise BadParameter(f"{where}: {', '.join(beside)} is a key of the claim, not an argument.")
    own = {key: getattr(claim, key) for key in FILLED if getattr(claim, key)}
    given = fill(claim, article) | own | claim.arguments
    found = _convert(given, _arguments_of(claim.compute), f"{where}, {claim.compute}")
    checked = msgspec.structs.asdict(found)
    if "other" in checked:
        check_code(checked["other"], f"{where}: other = ")
    yield msgspec.structs.replace(
        claim, arguments={key: value for key, value in checked.items() if key not in FILLED}
    )
    if claim.also:
        list(_read_claim(also_claim(entry), article, f"{where}, also"))


def also_claim(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entry of the second test of a claim: its keys over those of the first."""
    kept = {k: v for k, v in entry.items() if k not in ("also", "vary", "value", "range")}
    return {**kept, **entry["also"]}


def _read_cells(
    claim: Claim, entry: dict[str, Any], article: Article, where: str
) -> Iterator[Claim]:
    """Make a claim of each cell of a printed table, "G1 2020 va"; rows are countries or years."""
    if claim.rule != "equal" or not any(claim.table.values()):
        raise BadParameter(f"{where}: a table has cells and the rule equal.")
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
            yield from _read_claim(own | key | more, article, f"{where}, table.{row}.{dimension}")


@functools.cache
def _arguments_of(quantity: str) -> type[msgspec.Struct]:
    """Make the type of what a ledger gives to a quantity."""
    fields = [(name, *one) for name, one in arguments(quantity).items()]
    return msgspec.defstruct("Arguments", fields, kw_only=True, forbid_unknown_fields=True)


PLAIN = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
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
        what, _, place = str(error).partition(" - at `$.")
        keys = [field.name for field in msgspec.structs.fields(kind)]
        if place:
            key = re.split(r"\W", place)[0]
            what = re.sub(r"Expected `(.*?)`(.*?)(, got .*)?$", _name_type, what)
            raise BadParameter(f"{where}: {key} = {entry[key]!r}: {what} is needed.") from error
        name = what.split("`")[1]
        if "missing" in what:
            raise BadParameter(f"{where}: {name} is missing.") from error
        inside = kind is Claim and any(name in arguments(one) for one in QUANTITIES)
        near = " It belongs in arguments." if inside else did_you_mean(name, keys)
        raise BadParameter(
            f"{where}: unknown key {name}; keys: {', '.join(keys)}.{near}"
        ) from error


def _name_type(found: re.Match[str]) -> str:
    if words := re.search(r"regex '\^\((.*)\)\$'", found[2]):
        return f"one of {words[1].replace('|', ', ')}"
    kinds = found[1].replace("int | float", "float").removesuffix(" | null").split(" | ")
    return f"{' or '.join(PLAIN.get(kind, kind) for kind in kinds)}{found[2]}"


def _check_names(one: Article | Claim, where: str) -> None:
    """Check the economy, edition and group that an article or a claim names."""
    if one.economy:
        check_code(one.economy, f"{where}: economy = ")
    if one.edition is not None:
        _check_name(one.edition, editions(), f"{where}: edition")
    if isinstance(one, Claim) and one.group:
        try:
            economies_in(one.group)
        except UnknownName as error:
            raise UnknownName(f"{where}: group = {one.group!r}: {error}") from error


def _check_name(name: str | int, known: Collection[Any], where: str) -> None:
    if name not in known:
        listed = [str(one) for one in known]
        near = did_you_mean(str(name), listed)
        raise UnknownName(f"{where} = {name!r} is not known; known: {', '.join(listed)}.{near}")
