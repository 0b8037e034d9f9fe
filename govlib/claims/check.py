"""All statements of a ledger with their verdicts, and what would change each verdict."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from govlib.claims.judge import Judged, bounds, judge, write_ours, write_stated
from govlib.claims.ledger import VERDICTS, Claim, Ledger, fill, read
from govlib.datasets.economies import names
from govlib.datasets.package import as_list
from govlib.datasets.surveys import info, labels
from govlib.datasets.wgi import editions
from govlib.datasets.wgi import read as read_wgi
from govlib.errors import BadParameter, GovlibError, UnknownName
from govlib.stats.shares import BASES, check_design_effect

EFFECTS = (1000.0, 0.01)
"""How far the design effect that a verdict may hang on is varied."""

UNJUDGED = ("not comparable", "not checkable")
"""Verdicts that are none: nothing flips into them."""


def check(
    edition: int | None = None,
    *,
    economy: str | None = None,
    ledger: str | Path | None = None,
    only: str | Iterable[str] | None = None,
    design_effect: float | None = None,
    rho: float | pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Compute the statements of a text and judge each by its rule.

    Parameters
    ----------
    edition : int, optional
        WGI edition (year of release) for the claims that name none; by default the text's.
    economy : str, optional
        World Bank code; the text's by default. For another one numbers are computed, and the
        verdict is "not checkable": the text does not speak of it. BadParameter is raised for a
        ledger whose claims name theirs.
    ledger : str or Path, optional
        As `read` takes it; the article's by default. Its mistakes are named as `read` does.
    only : str or iterable of str, optional
        Ids of the claims to compute, one or more; all by default.
    design_effect : float, optional
        Of all surveys, in place of those that the ledger assumes.
    rho : float or DataFrame, optional
        Correlation of the errors of two years, in place of what the edition implies: a number, or
        a table as of `sources.error_correlation`, used for the edition, economy, dimension and
        years that it names.

    Returns
    -------
    DataFrame
        One row per claim: `claim`, `statement`, `article` and `ours` (as printed), `unit`,
        `article_lower` and `article_upper` (the numbers that the statement covers: one, a range,
        or open to one side; missing without one), `value` (ours, unrounded), `lower` and `upper`
        (its 90% interval; missing without an error), `verdict` (one of `VERDICTS`), `reason`
        (sentences built from the numbers; for the text's own country and edition, of statements
        with a figure, the last is on the nearest change of method that flips the verdict),
        `economy`, `edition`, `check_of` (for a check of our own: the statement that it checks;
        else empty), `worded` (True: states no number, so the figure is our choice).

    Raises
    ------
    UnknownName
        If there is no such edition, the edition does not list the economy, or a claim does not
        exist.
    """
    contents = read(ledger)
    given = _check_given(contents, edition, economy, design_effect) | {"rho": rho}
    article = contents.article
    as_stated = edition in (None, article.edition) and economy in (None, article.economy)
    rows = []
    for claim in _choose(contents, only):
        judged = _judge(contents, claim, given)
        quantity, about = judged.quantity, economy or claim.economy or article.economy
        reasons = [judged.reason]
        if quantity:
            reasons += [_warn(claim, about), quantity.more() if quantity.more else ""]
        if as_stated and not claim.worded:
            reasons.append(_nearest(contents, claim, judged, given))
        lower, upper = bounds(claim)
        mark = f"(Our own check of {claim.check_of}) " if claim.check_of else ""
        rows.append(
            {
                "claim": claim.id,
                "statement": mark + claim.statement,
                "where": claim.where,
                "article": write_stated(claim),
                "ours": write_ours(claim, quantity) if quantity else "",
                "unit": claim.unit,
                "article_lower": lower,
                "article_upper": upper,
                "value": quantity and quantity.value,
                "lower": quantity and quantity.lower,
                "upper": quantity and quantity.upper,
                "verdict": judged.verdict,
                "reason": " ".join(filter(None, reasons)),
                "economy": about,
                "edition": claim.edition or edition or article.edition,
                "check_of": claim.check_of,
                "worded": claim.worded,
            }
        )
    numbers = ["article_lower", "article_upper", "value", "lower", "upper"]
    return pd.DataFrame(rows).astype(dict.fromkeys(numbers, "float64"))


def sensitivity(
    edition: int | None = None,
    *,
    ledger: str | Path | None = None,
    only: str | Iterable[str] | None = None,
    design_effect: float | None = None,
) -> pd.DataFrame:
    """Judge each statement again with other editions, windows, denominators, items and errors.

    Parameters are those of `check`: what is varied from.

    Returns
    -------
    DataFrame
        One row per claim and change of method, those of one thing first, the nearest before the
        others, then of denominator and answers together: `claim`, `varied` (edition, window,
        denominator, answers, items, correlation of errors, design effect), `setting`, `ours`,
        `lower`, `upper`, `verdict`, and `flips`: True if it is another verdict than that of
        `check`. Of a correlation or a design effect the row is the value where it flips; or, of a
        difference whose verdict no design effect changes, where its interval reaches 0.
    """
    contents = read(ledger)
    given = _check_given(contents, edition, None, design_effect)
    rows = []
    for claim in _choose(contents, only):
        judged = _judge(contents, claim, given)
        for varied, setting, other in _vary(contents, claim, judged, given):
            found = other.quantity
            ours = write_ours(claim, found) if found else ""
            ends = (found.lower, found.upper) if found else (None, None)
            rows.append((claim.id, varied, setting, ours, *ends, other.verdict))
            rows[-1] += (_flips(judged, other),)
    columns = ["claim", "varied", "setting", "ours", "lower", "upper", "verdict", "flips"]
    return pd.DataFrame(rows, columns=columns).astype({"lower": "float64", "upper": "float64"})


def count_verdicts(table: pd.DataFrame, *, worded: bool = False) -> "pd.Series[int]":
    """Count the statements of a table of `check` by verdict; our own checks are not statements.

    In the order of `VERDICTS`, without those that none has. If `worded`, those are counted that
    state no number, instead of those that a figure of the text bears.
    """
    stated = table[(table["check_of"] == "") & (table["worded"] == worded)]
    counts = stated["verdict"].value_counts()
    return counts.reindex([verdict for verdict in VERDICTS if verdict in counts])


def _check_given(
    contents: Ledger, edition: int | None, economy: str | None, design_effect: float | None
) -> dict[str, Any]:
    article = contents.article
    if design_effect is not None:
        check_design_effect(design_effect)
    if economy is not None:
        if not isinstance(economy, str):
            raise BadParameter(f"economy = {economy!r}: one World Bank code is needed.")
        named = [claim.id for claim in contents.claims if claim.economy]
        if named or not article.economy:
            raise BadParameter(
                f"economy = {economy!r}, but the claims of {contents.path} name theirs "
                f"({', '.join(named[:5]) or 'none in [article]'}): leave it out."
            )
    if (edition or economy) and (asked := edition or article.edition):
        read_wgi(asked, economies=economy or article.economy or None)
    return {"edition": edition, "economy": economy, "design_effect": design_effect}


def _choose(contents: Ledger, only: str | Iterable[str] | None) -> list[Claim]:
    own = {claim.id: claim for claim in contents.claims}
    chosen = list(own) if only is None else as_list(only, "only")
    if unknown := [name for name in chosen if name not in own]:
        raise UnknownName(f"There is no claim {unknown[0]!r}; there are: {', '.join(own)}.")
    return [own[name] for name in chosen]


def _judge(contents: Ledger, claim: Claim, given: dict[str, Any], **more: Any) -> Judged:
    """Judge a claim; an error names file and claim."""
    kept = given | ({"edition": None} if claim.edition else {}) | more
    try:
        return judge(claim, contents.article, **kept)
    except BadParameter as error:
        raise BadParameter(f"{contents.path}, claim {claim.id}: {error}") from error


def _warn(claim: Claim, economy: str) -> str:
    """Warn of a survey of another country than the claim's."""
    survey, known = claim.arguments.get("survey"), names()
    of = info(survey)["economy"] if survey else economy
    if not economy or of == economy:
        return ""
    return f"Mind that the survey {survey} is of {known[of]}, the text about {known[economy]}."


def _nearest(contents: Ledger, claim: Claim, judged: Judged, given: dict[str, Any]) -> str:
    """Write the nearest change of method that flips a verdict, and the design effect that does."""
    tried = list(_vary(contents, claim, judged, given, reach=1))
    if not tried:
        return ""
    flips = [one for one in tried if _flips(judged, one[2])]
    chosen = flips[:1] + [one for one in flips[1:] if one[0] == "design effect"]
    written = [
        f"'{other.verdict}' with {what} {setting}"
        + (f" ({write_ours(claim, other.quantity)})" if other.quantity else "")
        for what, setting, other in chosen
    ]
    found = "No other choice of method that was tried changes the verdict."
    if written:
        found = f"The verdict becomes {'; '.join(written)}."
    if tried[-1][0] == "design effect" and tried[-1] not in chosen:
        found += f" With design effect {tried[-1][1]} the interval reaches 0; the verdict stays."
    return found


def _flips(judged: Judged, other: Judged) -> bool:
    return other.verdict != judged.verdict and other.verdict not in UNJUDGED


Variation = tuple[str, str, dict[str, Any]]


def _vary(
    contents: Ledger, claim: Claim, judged: Judged, given: dict[str, Any], *, reach: int = 4
) -> Iterator[tuple[str, str, Judged]]:
    """Judge a claim by each other choice of method: single changes, pairs, numbers that flip it.

    The ends of a window move by two years at most, together by `reach`.
    """
    if judged.verdict in UNJUDGED:
        return
    arguments = fill(claim, contents.article, **given)
    single = list(_choices(claim, arguments, reach))
    pairs = [
        (f"{a[0]} and {b[0]}", f"{a[1]}; {b[1]}", a[2] | b[2])
        for a, b in product(single, single)
        if a[0] == "denominator" and b[0] == "answers"
    ]
    for what, setting, changed in [*single, *pairs]:
        with contextlib.suppress(GovlibError):
            other = _judge(contents, claim, given, **changed)
            if other.verdict != "not checkable":
                yield what, setting, other
    flip = judged.quantity.rho_flip if judged.quantity else None
    if flip is not None and -0.99 < flip < 0.999:
        other = _judge(contents, claim, given, rho=flip + 1e-6)
        if _flips(judged, other):
            yield "correlation of errors", f"{flip:.3g}", other
    if found := _flip_of_effect(contents, claim, judged, given):
        yield "design effect", f"{found[0]:.3g}", found[1]


def _choices(claim: Claim, arguments: dict[str, Any], reach: int) -> Iterator[Variation]:
    """List other values of a claim's arguments, one changed at a time, the nearest first."""
    said = labels(arguments["survey"]) if "survey" in arguments else {}
    for name, values in claim.vary.items():
        for value in values:
            yield name, _write(value, said), {name: value}
    if "base" in arguments:
        for base in BASES:
            if base != arguments["base"]:
                yield "denominator", BASES[base], {"base": base}
    items = arguments.get("items", [])
    for left_out in items if len(items) > 2 else ():
        others = [item for item in items if item != left_out]
        yield "items", f"without {said.get(left_out, left_out)}", {"items": others}
    if "years" in arguments:
        first, last = arguments["years"]
        moves = (-2, -1, 0, 1, 2)
        for a, b in sorted(product(moves, moves), key=lambda ab: (abs(ab[0]) + abs(ab[1]), ab)):
            if 0 < abs(a) + abs(b) <= reach and first + a < last + b:
                yield "window", f"{first + a}–{last + b}", {"years": (first + a, last + b)}
    if own := arguments.get("edition"):
        for edition in sorted(editions(), key=lambda e: (abs(e - own), e)):
            if edition != own:
                yield "edition", str(edition), {"edition": edition}


def _flip_of_effect(
    contents: Ledger, claim: Claim, judged: Judged, given: dict[str, Any]
) -> tuple[float, Judged] | None:
    """Find by bisection the design effect that flips a verdict, a larger one first.

    If none does: that at which the interval of a difference reaches 0.
    """
    quantity = judged.quantity
    if quantity is None or (interval := quantity.at) is None:
        return None

    def judge_at(effect: float) -> Judged:
        lower, upper = map(float, interval(effect))
        varied = replace(quantity, lower=lower, upper=upper)
        return _judge(contents, claim, given, quantity=varied)

    def flips(effect: float) -> bool:
        return _flips(judged, judge_at(effect))

    def reaches(effect: float) -> bool:
        lower, upper = interval(effect)
        return bool(lower <= 0 <= upper)

    own = fill(claim, contents.article, **given)["design_effect"]
    beyond = claim.rule == "direction" and quantity.lower * quantity.upper > 0
    for changes, end in product([flips, reaches] if beyond else [flips], EFFECTS):
        if changes(end):
            inside, outside = own, end
            for _ in range(30):
                middle = (inside * outside) ** 0.5
                inside, outside = (inside, middle) if changes(middle) else (middle, outside)
            return outside, judge_at(outside)
    return None


def _write(value: Any, said: dict[str, str]) -> str:
    if isinstance(value, list):
        return ", ".join(_write(one, said) for one in value)
    return said.get(value, str(value))
