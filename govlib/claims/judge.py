"""The verdict on one statement: its rule, applied to the number that is computed."""

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from govlib.claims.ledger import VERDICTS, Article, Claim, also_claim, fill
from govlib.claims.quantities import QUANTITIES, NotComparable, Quantity, rounds_to
from govlib.datasets.economies import names
from govlib.datasets.wgi import editions
from govlib.datasets.wgi import read as read_wgi
from govlib.errors import BadParameter, GovlibError, NotHeld, UnknownName
from govlib.i18n import join_years
from govlib.stats._tables import METHOD_CHANGED

Found = tuple[str, str]  # a verdict and the sentence that says why


@dataclass(frozen=True)
class Judged:
    """A verdict, the reason for it in sentences, and the number if there is one."""

    verdict: str
    reason: str
    quantity: Quantity | None = None


def judge(
    claim: Claim, article: Article, *, quantity: Quantity | None = None, **changed: Any
) -> Judged:
    """Compute a claim's quantity and judge it by its rule.

    A `quantity` that is given is judged in place of the one that is computed. `changed` are other
    arguments than the ledger's: edition, economy, design_effect, rho, ...; None changes nothing,
    and one that the quantity does not have is ignored. For a country of which the text does not
    speak the verdict is "not checkable", with the number. BadParameter is raised if the quantity
    cannot be computed with the arguments of the claim.
    """
    if not claim.compute:
        return Judged("not checkable", claim.why)
    given = fill(claim, article, **changed)
    stated = claim.economy or article.economy
    elsewhere = ""
    if changed.get("economy") not in (None, stated):
        elsewhere = f"The text is about {names()[stated]}, not {names()[changed['economy']]}."
        if "economy" not in given:
            return Judged("not checkable", elsewhere)
    try:
        quantity = quantity or QUANTITIES[claim.compute](**given)
    except NotComparable as error:
        return Judged("not comparable", str(error))
    except UnknownName as error:
        if not isinstance(error, NotHeld) and all(value is None for value in changed.values()):
            hint = _editions_with(given)  # these are the ledger's own words
            raise BadParameter(f"{error}{hint}") from error
        return Judged("not checkable", str(error))
    if claim.among is not None and quantity.among is None:
        raise BadParameter(f"among = {claim.among}, but {claim.compute} counts among none.")
    if claim.rule == "none":
        return Judged("not checkable", f"{claim.why} {quantity.note}".strip())
    verdict, sentence = _RULES[claim.rule](claim, quantity)
    if (verdict, claim.rule) == ("differs", "equal") and (how := _explain(claim, quantity, given)):
        verdict, sentence = "explained", f"{sentence} {how}"
    reason = f"{sentence} {quantity.note}".strip()
    if claim.also and verdict == VERDICTS[0]:
        second = judge(_second(claim), article, **changed)
        verdict, reason = second.verdict, f"{reason} {second.reason}"
    edition = claim.edition or article.edition or METHOD_CHANGED
    if "edition" in given and edition < METHOD_CHANGED <= given["edition"]:
        verdict = "not comparable"
        reason = (
            f"The text used an edition before {METHOD_CHANGED}, when the World Bank changed the "
            f"method: numbers before and after are not on one scale. {reason}"
        )
    if elsewhere:
        verdict, reason = "not checkable", f"{elsewhere} {quantity.note}".strip()
    return Judged(verdict, reason, quantity)


def bounds(claim: Claim) -> tuple[float | None, float | None]:
    """Return the numbers that a statement covers, None where it names none on that side."""
    if claim.rule == "range":
        return claim.range
    if claim.rule in ("none", "all"):
        return None, None
    value = 0 if claim.rule == "direction" else claim.value
    below = claim.rule == "at most" or (claim.rule == "direction" and claim.direction == "down")
    above = claim.rule == "at least" or (claim.rule == "direction" and claim.direction == "up")
    return (None if below else value), (None if above else value)


def write_stated(claim: Claim) -> str:
    """Write what the text says as it would print it."""
    if claim.article or claim.rule == "none":
        return claim.article
    if claim.rule == "direction":
        return claim.direction
    if claim.rule == "all":
        return "all"
    if claim.rule == "range":
        return f"{claim.range[0]}–{claim.range[1]}"
    number = f"{claim.value:.{claim.decimals}f}"
    if claim.rule in ("at least", "at most"):
        return f"{claim.rule} {number}"
    return number if claim.among is None else f"{number} of {claim.among}"


def write_ours(claim: Claim, quantity: Quantity) -> str:
    """Write the computed number at the decimals of the text: an exact half as the text does."""
    sign = "+" if claim.rule == "direction" else ""
    same = claim.rule == "equal" and rounds_to(quantity.value, claim.value, claim.decimals)
    value = claim.value if same else round(float(quantity.value), claim.decimals)
    number = f"{value + 0.0:{sign}.{claim.decimals}f}"
    return number if quantity.among is None else f"{number} of {quantity.among}"


def _editions_with(given: dict[str, Any]) -> str:
    """Say which editions have the years that a claim's edition lacks."""
    years = {given.get("year"), *given.get("years", ())} - {None}
    having = [edition for edition in editions() if years <= set(read_wgi(edition)["year"])]
    if "edition" not in given or not years or given["edition"] in having:
        return ""
    found = ", ".join(map(str, having)) or "none"
    hint = "Name the one that was used, or correct the year."
    return f" Editions with {join_years(years)}: {found}. {hint}"


def _second(claim: Claim) -> Claim:
    entry = {k: v for k, v in msgspec.to_builtins(claim).items() if k not in ("within", "range")}
    return msgspec.convert(also_claim(entry), Claim)


def _explain(claim: Claim, quantity: Quantity, given: dict[str, Any]) -> str:
    """Look for another way to count, or an earlier edition, that gives the printed number."""

    def is_printed(value: float, among: int | None) -> bool:
        same = rounds_to(value, claim.value, claim.decimals)
        return same and claim.among in (None, among)

    for how, value, among in quantity.otherwise:
        if is_printed(value, among):
            return f"{how} the printed {write_stated(claim)}."
    for edition in reversed(editions() if "edition" in given else []):
        with contextlib.suppress(GovlibError):
            if edition < given["edition"]:
                other = QUANTITIES[claim.compute](**given | {"edition": edition})
                if is_printed(other.value, other.among):
                    how = f"Edition {edition} gives the printed {write_stated(claim)}"
                    return f"{how}: two editions are mixed."
    return ""


def _said(claim: Claim, quantity: Quantity) -> str:
    """Write the computed number with its interval, to begin a sentence with."""
    ours = write_ours(claim, quantity)
    if math.isnan(quantity.lower):
        return ours
    sign = "+" if claim.rule == "direction" else ""
    ends = (round(end, claim.decimals) + 0.0 for end in quantity.ends)
    low, high = (f"{end:{sign}.{claim.decimals}f}" for end in ends)
    return f"{ours} (90% {quantity.kind}interval {low} to {high})"


def _equal(claim: Claim, quantity: Quantity) -> Found:
    printed = f"the printed {write_stated(claim)}."
    same = rounds_to(quantity.value, claim.value, claim.decimals)
    if same and claim.among in (None, quantity.among):
        return "reproduced", f"{_said(claim, quantity)} equals {printed}"
    return "differs", f"{_said(claim, quantity)} is not {printed}"


def _near(claim: Claim, quantity: Quantity) -> Found:
    margin = f"within {claim.within} of the printed {claim.value}."
    if round(abs(quantity.value - claim.value), 9) <= claim.within:
        return "plausible", f"{_said(claim, quantity)} is {margin}"
    return "differs", f"{_said(claim, quantity)} is not {margin}"


def _range(claim: Claim, quantity: Quantity) -> Found:
    low, high = claim.range
    half = 0.5 * 10.0**-claim.decimals + 1e-9  # an exact half is rounded either way
    lower, upper = quantity.ends
    said = _said(claim, quantity)
    if low - half <= lower and upper <= high + half:
        return "reproduced", f"{said} lies inside {low} to {high}."
    if lower <= high + half and low - half <= upper:
        return "plausible", f"{said} overlaps {low} to {high} without lying inside."
    return "differs", f"{said} lies outside {low} to {high}."


def _direction(claim: Claim, quantity: Quantity) -> Found:
    said = _said(claim, quantity)
    if math.isnan(quantity.lower):
        return "not checkable", f"{said}, but no error is published: it may be noise."
    sign = 1 if claim.direction == "up" else -1
    cases = quantity.cases or (quantity.ends,)
    held = [min(sign * end for end in case) > 0 for case in cases]
    if all(held):
        return "reproduced", f"{said}, significant."
    if any(held):
        return "undecided", f"{said}: significant or not, as far as the errors are correlated."
    if max(sign * end for end in quantity.ends) < 0:
        return "not supported", f"{said}: the direction is the other one."
    return "not supported", f"{said}: it cannot be told from no difference."


def _limit(claim: Claim, quantity: Quantity) -> Found:
    sign = 1 if claim.rule == "at least" else -1
    said, limit = _said(claim, quantity), f"{claim.rule} {claim.value}"
    half = 0.5 * 10.0**-claim.decimals + 1e-9
    held = [sign * (end - claim.value) >= -half for end in quantity.ends]
    if all(held):
        return "reproduced", f"{said} is {limit}."
    if any(held):
        return "undecided", f"{said}: the interval reaches to both sides of {claim.value}."
    return "not supported", f"{said}; the statement needs {limit}."


def _all(claim: Claim, quantity: Quantity) -> Found:
    said = write_ours(claim, quantity)
    if quantity.value == quantity.among:
        return "reproduced", f"{said}: all."
    return "not supported", f"{said}, not all."


_RULES: dict[str, Callable[[Claim, Quantity], Found]] = {
    "equal": _equal,
    "near": _near,
    "range": _range,
    "direction": _direction,
    "at least": _limit,
    "at most": _limit,
    "all": _all,
}
