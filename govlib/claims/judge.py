"""The verdict on one statement: its rule, applied to the number that is computed."""

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from govlib.claims.ledger import VERDICTS, Article, Claim, also_claim, fill
from govlib.claims.quantities import NotComparable, Quantity, compute, rounds_to
from govlib.datasets.economies import names
from govlib.datasets.wgi import editions
from govlib.datasets.wgi import read as read_wgi
from govlib.errors import BadParameter, GovlibError, NotHeld, UnknownName
from govlib.i18n import join_years
from govlib.stats._tables import METHOD_CHANGED

Found = tuple[str, str]  # a verdict and how the number compares, to end the sentence with


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
    stated, asked = claim.economy or article.economy, changed.get("economy")
    elsewhere = ""
    if asked not in (None, stated):
        elsewhere = f"The text is about {names()[stated]}, not {names()[asked]}."
        if "economy" not in given:
            return Judged("not checkable", elsewhere)
    try:
        quantity = quantity or compute(claim.compute, **given)
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
    verdict, compared = _RULES[claim.rule](claim, quantity)
    sentence = f"{_said(claim, quantity)}{compared}"
    if (verdict, claim.rule) == ("differs", "equal") and (how := _explain(claim, quantity, given)):
        verdict, sentence = "explained", f"{sentence} {how}"
    reason = f"{sentence} {quantity.note}".strip()
    if claim.also and verdict == VERDICTS[0]:
        second = msgspec.convert(also_claim(msgspec.to_builtins(claim)), Claim)
        found = judge(second, article, **changed)
        verdict, reason = found.verdict, f"{reason} {found.reason}"
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
    value = claim.value
    direction = (0, None) if claim.direction == "up" else (None, 0)
    special: dict[str, tuple[float | None, float | None]]
    special = {"range": claim.range, "direction": direction, "none": (None, None)}
    special |= {"all": (None, None), "at least": (value, None), "at most": (None, value)}
    return special.get(claim.rule, (value, value))


def write_stated(claim: Claim) -> str:
    """Write what the text says as it would print it."""
    number = f"{claim.value:.{claim.decimals}f}"
    special = {"none": "", "direction": claim.direction, "all": "all"}
    special |= {"range": f"{claim.range[0]}–{claim.range[1]}"}
    special |= {rule: f"{rule} {number}" for rule in ("at least", "at most")}
    among = "" if claim.among is None else f" of {claim.among}"
    return claim.article or special.get(claim.rule, f"{number}{among}")


def write_ours(claim: Claim, quantity: Quantity) -> str:
    """Write the computed number at the decimals of the text: an exact half as the text does."""
    same = claim.rule == "equal" and rounds_to(quantity.value, claim.value, claim.decimals)
    number = _write(claim, claim.value if same else quantity.value)
    return number if quantity.among is None else f"{number} of {quantity.among}"


def _write(claim: Claim, number: float) -> str:
    sign = "+" if claim.rule == "direction" else ""
    return f"{round(float(number), claim.decimals) + 0.0:{sign}.{claim.decimals}f}"


def _editions_with(given: dict[str, Any]) -> str:
    """Say which editions have the years that a claim's edition lacks."""
    years = {given.get("year"), *given.get("years", ())} - {None}
    having = [edition for edition in editions() if years <= set(read_wgi(edition)["year"])]
    if "edition" not in given or not years or given["edition"] in having:
        return ""
    found = ", ".join(map(str, having)) or "none"
    hint = "Name the one that was used, or correct the year."
    return f" Editions with {join_years(years)}: {found}. {hint}"


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
                other = compute(claim.compute, **given | {"edition": edition})
                if is_printed(other.value, other.among):
                    how = f"Edition {edition} gives the printed {write_stated(claim)}"
                    return f"{how}: two editions are mixed."
    return ""


def _said(claim: Claim, quantity: Quantity) -> str:
    """Write the computed number with its interval, to begin a sentence with."""
    ours = write_ours(claim, quantity)
    if math.isnan(quantity.lower) or claim.rule == "all":
        return ours
    low, high = (_write(claim, end) for end in quantity.ends)
    return f"{ours} (90% {quantity.kind}interval {low} to {high})"


def _equal(claim: Claim, quantity: Quantity) -> Found:
    printed = f"the printed {write_stated(claim)}."
    same = rounds_to(quantity.value, claim.value, claim.decimals)
    if same and claim.among in (None, quantity.among):
        return "reproduced", f" equals {printed}"
    return "differs", f" is not {printed}"


def _near(claim: Claim, quantity: Quantity) -> Found:
    margin = f"within {claim.within} of the printed {claim.value}."
    if round(abs(quantity.value - claim.value), 9) <= claim.within:
        return "plausible", f" is {margin}"
    return "differs", f" is not {margin}"


def _range(claim: Claim, quantity: Quantity) -> Found:
    low, high = claim.range
    half = 0.5 * 10.0**-claim.decimals + 1e-9  # an exact half is rounded either way
    lower, upper = quantity.ends
    if low - half <= lower and upper <= high + half:
        return "reproduced", f" lies inside {low} to {high}."
    if lower <= high + half and low - half <= upper:
        return "plausible", f" overlaps {low} to {high} without lying inside."
    return "differs", f" lies outside {low} to {high}."


def _direction(claim: Claim, quantity: Quantity) -> Found:
    if math.isnan(quantity.lower):
        return "not checkable", ", but no error is published: it may be noise."
    sign = 1 if claim.direction == "up" else -1
    cases = quantity.cases or (quantity.ends,)
    held = [min(sign * end for end in case) > 0 for case in cases]
    if all(held):
        return "reproduced", ", significant."
    if any(held):
        return "undecided", ": significant or not, as far as the errors are correlated."
    if max(sign * end for end in quantity.ends) < 0:
        return "not supported", ": the direction is the other one."
    return "not supported", ": it cannot be told from no difference."


def _limit(claim: Claim, quantity: Quantity) -> Found:
    sign = 1 if claim.rule == "at least" else -1
    half = 0.5 * 10.0**-claim.decimals + 1e-9
    held = [sign * (end - claim.value) >= -half for end in quantity.ends]
    if all(held):
        return "reproduced", f" is {claim.rule} {claim.value}."
    if any(held):
        return "undecided", f": the interval reaches to both sides of {claim.value}."
    return "not supported", f"; the statement needs {claim.rule} {claim.value}."


def _all(claim: Claim, quantity: Quantity) -> Found:
    if quantity.value == quantity.among:
        return "reproduced", ": all."
    return "not supported", ", not all."


_RULES: dict[str, Callable[[Claim, Quantity], Found]] = {
    "equal": _equal,
    "near": _near,
    "range": _range,
    "direction": _direction,
    "at least": _limit,
    "at most": _limit,
    "all": _all,
}
