"""The article's statements beside ours: a ledger, its rules and their verdicts."""

import copy
import functools
import inspect
import math
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from govlib.claims.quantities import QUANTITIES as WGI_QUANTITIES
from govlib.claims.quantities import Quantity
from govlib.claims.ranking_quantities import RANKING_QUANTITIES
from govlib.claims.survey_quantities import SURVEY_QUANTITIES
from govlib.datasets import package as catalog
from govlib.datasets.wgi import read
from govlib.errors import BadParameter, UnknownName, did_you_mean
from govlib.i18n.kinds import check_kinds, fits_kind, require_keys
from govlib.stats._tables import DIMENSIONS

Claim = dict[str, Any]

QUANTITIES = WGI_QUANTITIES | SURVEY_QUANTITIES | RANKING_QUANTITIES
"""What a ledger can compute, by name."""

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

ARTICLE = {"citation": str, "economy": str, "edition": int}
KINDS: dict[str, Any] = {
    "id": str,
    "statement": str,
    "where": str,
    "unit": str,
    "compute": str,
    "arguments": dict[str, Any],
    "rule": str,
    "value": float,
    "among": int,
    "within": float,
    "range": list[float],
    "direction": str,
    "decimals": int,
    "why": str,
    "article": str,
    "flips": str,
}
"""The keys of a claim and what each holds."""

VERDICTS = ["reproduced", "plausible", "differs", "not supported", "not checkable"]


def read_claims(ledger: str | Path | None = None) -> dict[str, Any]:
    """Read a ledger of an article's statements and check it.

    Parameters
    ----------
    ledger : str or Path, optional
        A TOML file as docs/claims.md describes it; the article's, ``data/claims.toml``, by default.

    Returns
    -------
    dict
        `article` (citation, economy, edition) and `claim`, a list with one dict a statement.

    Raises
    ------
    UnknownName, BadParameter
        If the file does not exist, is not TOML, or an entry lacks a key, names what does not exist,
        repeats an id or has a range upside down; names the file, the id and the key.
    """
    return copy.deepcopy(_read_claims(ledger))


def _read_claims(ledger: str | Path | None) -> dict[str, Any]:
    """Return the contents of a ledger, which are not to be changed."""
    path = catalog.data_folder() / "claims.toml" if ledger is None else Path(ledger)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnknownName(f"The ledger {path} cannot be read ({error.strerror}).") from error
    return _parse_claims(path, content, frozenset(catalog.economy_names()))


@functools.lru_cache(maxsize=4)
def _parse_claims(path: Path, content: bytes, codes: frozenset[str]) -> dict[str, Any]:
    """Parse and check a ledger, once for each content and each set of economies that are known."""
    try:
        contents = tomllib.loads(content.decode("utf-8"))
    except ValueError as error:
        raise BadParameter(f"{path} is not TOML: {error}") from error
    article = contents.get("article")
    article = article if isinstance(article, dict) else {}
    require_keys(article, tuple(ARTICLE), f"{path}, [article]")
    check_kinds({key: article[key] for key in ARTICLE}, ARTICLE, f"{path}, [article]")
    _check_economy(article["economy"], f"{path}, [article]: economy")
    listed = contents.get("claim", [])
    if not fits_kind(listed, list[dict[str, Any]]):
        raise BadParameter(f"{path}: claim is no list of tables: head each with [[claim]].")
    seen: set[str] = set()
    for number, claim in enumerate(listed, start=1):
        where = f"{path}, claim {claim.get('id', f'number {number}')}"
        check_kinds(claim, KINDS, where)
        require_keys(claim, ("id", "statement", "rule"), where)
        if claim["id"] in seen:
            raise BadParameter(f"{where}: this id is used twice.")
        seen.add(claim["id"])
        _check_claim(claim, where)
    if not seen:
        raise BadParameter(f"{path} has no [[claim]].")
    return contents


def check_claims(
    edition: int,
    *,
    economy: str | None = None,
    ledger: str | Path | None = None,
    only: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Compute an article's statements from one edition and judge each by its rule.

    Parameters
    ----------
    edition : int
        WGI edition (year of release).
    economy : str, optional
        World Bank code; the article's economy by default. For another one our numbers are
        computed, and the verdict is "not checkable": the article does not speak of it.
    ledger : str or Path, optional
        The ledger, as `read_claims` takes it.
    only : str or iterable of str, optional
        Ids of the claims to compute; all by default.

    Returns
    -------
    DataFrame
        One row per claim: `claim`, `statement`, `article` and `ours` (as printed), `unit`,
        `article_lower` and `article_upper` (the numbers that the statement covers: one, a range,
        or open to one side; missing without one), `value` (ours, unrounded), `lower` and `upper`
        (its interval, 90% for the WGI and 95% for shares; missing without an error), `verdict`
        (reproduced, plausible, differs, not supported or not checkable), `reason` (a sentence
        built from the numbers), `flips` (what would change the verdict), `economy`, `edition`.

    Raises
    ------
    UnknownName
        If the edition is not held or does not list the economy, or a claim does not exist.
    UnknownName, BadParameter
        As `read_claims`; BadParameter also if no claim is named, or a claim has arguments that its
        quantity cannot be computed with.
    """
    contents = _read_claims(ledger)
    article = contents["article"]["economy"]
    economy = article if economy is None else economy
    if not isinstance(economy, str):
        raise BadParameter(f"economy = {economy!r}: one World Bank code is needed.")
    read(edition, economies=economy)
    held = {claim["id"]: claim for claim in contents["claim"]}
    chosen = [only] if isinstance(only, str) else list(held if only is None else only)
    if not chosen:
        raise BadParameter("No claim is named: one or more, or leave `only` out for all.")
    for name in chosen:
        if name not in held:
            raise UnknownName(f"There is no claim {name!r}; there are: {', '.join(held)}.")
    rows = []
    for claim in (held[name] for name in chosen):
        try:
            verdict, reason, quantity = _judge(claim, edition, economy, article)
        except BadParameter as error:
            of = "data/claims.toml" if ledger is None else ledger
            raise BadParameter(f"{of}, claim {claim['id']}: {error}") from error
        rows.append(
            {
                "claim": claim["id"],
                "statement": claim["statement"],
                "article": _print_article(claim),
                "ours": _print_ours(claim, quantity),
                "unit": claim.get("unit", ""),
                "article_lower": _article_bounds(claim)[0],
                "article_upper": _article_bounds(claim)[1],
                "value": quantity.value if quantity else None,
                "lower": quantity.lower if quantity else None,
                "upper": quantity.upper if quantity else None,
                "verdict": verdict,
                "reason": reason,
                "flips": claim.get("flips", ""),
                "economy": economy,
                "edition": edition,
            }
        )
    numbers = ["article_lower", "article_upper", "value", "lower", "upper"]
    return pd.DataFrame(rows).astype(dict.fromkeys(numbers, "float64"))


def _judge(
    claim: Claim, edition: int, economy: str, article: str
) -> tuple[str, str, Quantity | None]:
    """Compute one claim and return verdict, reason and quantity."""
    if "compute" not in claim:
        return "not checkable", claim["why"], None
    function = QUANTITIES[claim["compute"]]
    arguments = dict(claim.get("arguments", {}))
    accepted = inspect.signature(function).parameters
    if economy != article and "economy" not in accepted:
        return "not checkable", f"The article speaks of {article}.", None
    arguments |= {"edition": edition} if "edition" in accepted else {}
    arguments |= {"economy": economy} if "economy" in accepted else {}
    try:
        quantity = function(**arguments)
    except UnknownName as error:
        return "not checkable", str(error), None
    if claim["rule"] == "none":
        return "not checkable", f"{claim['why']} Related: {quantity.note}", None
    if "among" in claim and quantity.among is None:
        raise BadParameter(f"among = {claim['among']}, but {claim['compute']} counts among none.")
    verdict, reason = _apply(claim, quantity)
    reason = f"{reason} {quantity.note}".strip()
    if economy != article:
        return (
            "not checkable",
            f"The article speaks of {article}. {quantity.note}".strip(),
            quantity,
        )
    return verdict, reason, quantity


def _apply(claim: Claim, quantity: Quantity) -> tuple[str, str]:
    """Apply a claim's rule to a quantity."""
    rule, decimals = claim["rule"], claim["decimals"]
    ours = _print_ours(claim, quantity)
    rounded = round(float(quantity.value), decimals)
    if rule == "direction":
        if quantity.lower is None or quantity.upper is None:
            return "not checkable", f"{ours}, but without errors it cannot be told from noise."
        sign = 1 if claim["direction"] == "up" else -1
        holds = min(sign * quantity.lower, sign * quantity.upper) > 0
        level = quantity.level
        interval = f"{quantity.lower:+.{decimals}f} to {quantity.upper:+.{decimals}f}"
        if holds:
            return "reproduced", f"{ours}; its {level}% interval, {interval}, leaves out 0."
        if sign * quantity.value < 0:
            return "not supported", f"{ours}: the other direction ({level}% interval {interval})."
        return "not supported", f"{ours}, but its {level}% interval, {interval}, includes 0."
    if rule == "range":
        low, high = claim["range"]
        holds = low <= rounded <= high
        return (
            ("reproduced", f"{ours} lies in {low} to {high}.")
            if holds
            else ("differs", f"{ours} lies outside {low} to {high}.")
        )
    if rule == "near":
        holds = round(abs(quantity.value - claim["value"]), 9) <= claim["within"]
        distance = f"{ours} is {'within' if holds else 'not within'} {claim['within']}"
        return ("plausible" if holds else "differs"), f"{distance} of {claim['value']}."
    if rule in ("at least", "at most"):
        sign = 1 if rule == "at least" else -1
        holds = sign * rounded >= sign * claim["value"]
        text = f"{ours}; {rule} {claim['value']} would bear the statement out."
        return ("reproduced" if holds else "not supported"), text
    same = rounded == claim["value"] and claim.get("among") in (None, quantity.among)
    printed = _print_article(claim)
    return (
        ("reproduced", f"{ours} equals the article's {printed}.")
        if same
        else ("differs", f"{ours} is not the article's {printed}.")
    )


def _article_bounds(claim: Claim) -> tuple[float | None, float | None]:
    """Return the numbers that a statement covers, None where it names none on that side."""
    rule = claim["rule"]
    if rule == "range":
        return claim["range"][0], claim["range"][1]
    if rule == "direction":
        return (0, None) if claim["direction"] == "up" else (None, 0)
    if rule == "none":
        return None, None
    value = claim["value"]
    return (None if rule == "at most" else value), (None if rule == "at least" else value)


def _print_article(claim: Claim) -> str:
    """Write what the article says as it would print it."""
    rule = claim["rule"]
    if "article" in claim or rule == "none":
        return str(claim.get("article", ""))
    if rule == "direction":
        return str(claim["direction"])
    if rule == "range":
        return f"{claim['range'][0]}–{claim['range'][1]}"
    number = f"{claim['value']:.{claim['decimals']}f}"
    if rule in ("at least", "at most"):
        return f"{rule} {number}"
    return f"{number} of {claim['among']}" if "among" in claim else number


def _print_ours(claim: Claim, quantity: Quantity | None) -> str:
    """Write our number at the article's decimals."""
    if quantity is None:
        return ""
    sign = "+" if claim["rule"] == "direction" else ""
    number = f"{quantity.value:{sign}.{claim['decimals']}f}"
    return number if quantity.among is None else f"{number} of {quantity.among}"


def _check_economy(code: str, where: str) -> None:
    """Refuse what is not a World Bank code."""
    names = catalog.economy_names()
    if code not in names:
        raise UnknownName(
            f"{where} = {code!r} is not a World Bank code.{did_you_mean(code, names, names)}"
        )


def _check_claim(claim: Claim, where: str) -> None:
    """Refuse a claim that could not be computed or judged."""
    rule = claim["rule"]
    if rule not in RULES:
        raise UnknownName(
            f"{where}: rule = {rule!r} is not known; known: {', '.join(RULES)}."
            f"{did_you_mean(rule, RULES)}"
        )
    require_keys(claim, RULES[rule], f"{where}, rule {rule!r}")
    if rule == "none" and "compute" not in claim:
        return
    if rule == "direction" and claim["direction"] not in ("up", "down"):
        raise BadParameter(f"{where}: direction = {claim['direction']!r}; needed: up or down.")
    ends = claim.get("range", [0, 1])
    if len(ends) != 2 or not ends[0] < ends[1]:
        wrong = "is upside down" if len(ends) == 2 else f"has {len(ends)} numbers"
        raise BadParameter(f"{where}: range = {ends} {wrong}; needed: [low, high].")
    for key, most in (("decimals", 15), ("within", math.inf)):
        if not 0 <= claim.get(key, 0) <= most:
            raise BadParameter(f"{where}: {key} = {claim[key]} is out of range.")
    if rule == "equal" and round(claim["value"], claim["decimals"]) != claim["value"]:
        raise BadParameter(f"{where}: value = {claim['value']} has more decimals than printed.")
    require_keys(claim, ("compute",), where)
    if claim["compute"] not in QUANTITIES:
        raise UnknownName(
            f"{where}: compute = {claim['compute']!r} is not known; known: "
            f"{', '.join(QUANTITIES)}.{did_you_mean(claim['compute'], QUANTITIES)}"
        )
    arguments = claim.get("arguments", {})
    accepted = inspect.signature(QUANTITIES[claim["compute"]]).parameters
    kinds = {
        name: parameter.annotation
        for name, parameter in accepted.items()
        if name not in ("edition", "economy")  # the command hands these
    }
    if set(arguments) != set(kinds):
        raise BadParameter(
            f"{where}: arguments = {sorted(arguments)}; {claim['compute']} needs {sorted(kinds)}."
        )
    check_kinds(arguments, kinds, f"{where}, arguments")
    if "of" in arguments:
        _check_economy(arguments["of"], f"{where}, arguments: of")
    for dimension in [arguments.get("dimension", "ge"), *arguments.get("points", {})]:
        if dimension not in DIMENSIONS:
            raise UnknownName(
                f"{where}: {dimension!r} is not a dimension; dimensions: {', '.join(DIMENSIONS)}."
            )
