"""The verdicts on an article's statements: each rule applied to the number that we compute."""

import inspect
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from govlib.claims.ledger import GIVEN, VERDICTS, Claim
from govlib.claims.ledger import read as read_claims
from govlib.claims.quantities import QUANTITIES, Quantity
from govlib.datasets.wgi import read as read_wgi
from govlib.errors import BadParameter, UnknownName


def check(
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
        (its confidence interval, 90%; missing without an error),
        `verdict` (one of `VERDICTS`), `reason` (a sentence built from the numbers), `flips` (what
        would change the verdict), `economy`, `edition`, `check_of` (for a check of our own, which
        is not a statement of the article: the id of the statement that it checks; else empty).

    Raises
    ------
    UnknownName
        If there is no such edition, the edition does not list the economy, or a claim does not
        exist.
    UnknownName, BadParameter
        As `read_claims`; BadParameter also if no claim is named, or a claim has arguments that its
        quantity cannot be computed with.
    """
    contents = read_claims(ledger)
    article = contents.article.economy
    economy = article if economy is None else economy
    if not isinstance(economy, str):
        raise BadParameter(f"economy = {economy!r}: one World Bank code is needed.")
    read_wgi(edition, economies=economy)
    known = {claim.id: claim for claim in contents.claims}
    chosen = [only] if isinstance(only, str) else list(known if only is None else only)
    if not chosen:
        raise BadParameter("No claim is named: one or more, or leave `only` out for all.")
    for name in chosen:
        if name not in known:
            raise UnknownName(f"There is no claim {name!r}; there are: {', '.join(known)}.")
    rows = []
    for claim in (known[name] for name in chosen):
        try:
            verdict, reason, quantity = _judge(claim, edition, economy, article)
        except BadParameter as error:
            of = "data/claims.toml" if ledger is None else ledger
            raise BadParameter(f"{of}, claim {claim.id}: {error}") from error
        lower, upper = _article_bounds(claim)
        own = f"(Our own check of {claim.check_of}, not the article's) " if claim.check_of else ""
        rows.append(
            {
                "claim": claim.id,
                "statement": own + claim.statement,
                "article": _print_article(claim),
                "ours": _print_ours(claim, quantity) if quantity else "",
                "unit": claim.unit,
                "article_lower": lower,
                "article_upper": upper,
                "value": quantity.value if quantity else None,
                "lower": quantity.lower if quantity else None,
                "upper": quantity.upper if quantity else None,
                "verdict": verdict,
                "reason": reason,
                "flips": claim.flips,
                "economy": economy,
                "edition": edition,
                "check_of": claim.check_of,
            }
        )
    numbers = ["article_lower", "article_upper", "value", "lower", "upper"]
    return pd.DataFrame(rows).astype(dict.fromkeys(numbers, "float64"))


def count_verdicts(table: pd.DataFrame) -> "pd.Series[int]":
    """Count the article's statements by verdict; our own checks are not statements of the article.

    Parameters
    ----------
    table : DataFrame
        As `check` returns it.

    Returns
    -------
    Series
        Number of statements by verdict, in the order of `VERDICTS`, without those that none has.
    """
    counts = table.loc[table["check_of"] == "", "verdict"].value_counts()
    return counts.reindex([verdict for verdict in VERDICTS if verdict in counts])


def write_list(table: pd.DataFrame, citation: str) -> str:
    """Write the claims for reading in a terminal, with the article's statements counted.

    Parameters
    ----------
    table : DataFrame
        As `check` returns it.
    citation : str
        The article's.

    Returns
    -------
    str
        A paragraph per claim and a last line such as "15 statements: 6 reproduced, ...".
    """
    lines = [citation, f"{table['economy'].iloc[0]}, WGI edition {table['edition'].iloc[0]}", ""]
    for row in table.to_dict("records"):
        lines.append(f"{row['claim']:4} {row['verdict']:14} {row['statement']}")
        if row["article"] or row["ours"]:
            whose = "to hold" if row["check_of"] else "article"
            lines.append(f"{'':19} {whose}: {row['article']}; here: {row['ours'] or 'no figure'}.")
        lines.append(f"{'':19} {row['reason']}")
    counts = count_verdicts(table)
    listed = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return "\n".join([*lines, "", f"{counts.sum()} statements: {listed}.", ""])


def _judge(
    claim: Claim, edition: int, economy: str, article: str
) -> tuple[str, str, Quantity | None]:
    """Compute one claim and return verdict, reason and quantity."""
    if not claim.compute:
        return "not checkable", claim.why, None
    function = QUANTITIES[claim.compute]
    accepted = inspect.signature(function).parameters
    elsewhere = f"The article speaks of {article}."
    if economy != article and "economy" not in accepted:
        return "not checkable", elsewhere, None
    filled = dict(zip(GIVEN, (edition, economy), strict=True))
    given = {name: value for name, value in filled.items() if name in accepted}
    try:
        quantity = function(**claim.arguments, **given)
    except UnknownName as error:
        return "not checkable", str(error), None
    if claim.rule == "none":
        return "not checkable", f"{claim.why} Related: {quantity.note}", None
    if claim.among is not None and quantity.among is None:
        raise BadParameter(f"among = {claim.among}, but {claim.compute} counts among none.")
    verdict, reason = _apply(claim, quantity)
    if economy != article:
        verdict, reason = "not checkable", elsewhere
    return verdict, f"{reason} {quantity.note}".strip(), quantity


def _apply(claim: Claim, quantity: Quantity) -> tuple[str, str]:
    """Apply a claim's rule to a quantity."""
    ours = _print_ours(claim, quantity)
    rounded = round(float(quantity.value), claim.decimals)
    if claim.rule == "direction":
        if quantity.lower is None or quantity.upper is None:
            return "not checkable", f"{ours}, but without errors it cannot be told from noise."
        bounds = f"{quantity.lower:+.{claim.decimals}f} to {quantity.upper:+.{claim.decimals}f}"
        interval = f"{quantity.level}% interval"
        sign = 1 if claim.direction == "up" else -1
        if min(sign * quantity.lower, sign * quantity.upper) > 0:
            return "reproduced", f"{ours}; its {interval}, {bounds}, leaves out 0."
        if sign * quantity.value < 0:
            return "not supported", f"{ours}: the other direction ({interval} {bounds})."
        return "not supported", f"{ours}, but its {interval}, {bounds}, includes 0."
    if claim.rule == "range":
        low, high = claim.range
        if low <= rounded <= high:
            return "reproduced", f"{ours} lies in {low} to {high}."
        return "differs", f"{ours} lies outside {low} to {high}."
    if claim.rule == "near":
        margin = f"within {claim.within} of {claim.value}."
        if round(abs(quantity.value - claim.value), 9) <= claim.within:
            return "plausible", f"{ours} is {margin}"
        return "differs", f"{ours} is not {margin}"
    if claim.rule in ("at least", "at most"):
        sign = 1 if claim.rule == "at least" else -1
        verdict = "reproduced" if sign * rounded >= sign * claim.value else "not supported"
        return verdict, f"{ours}; {claim.rule} {claim.value} would bear the statement out."
    printed = f"the article's {_print_article(claim)}."
    if rounded == claim.value and claim.among in (None, quantity.among):
        return "reproduced", f"{ours} equals {printed}"
    return "differs", f"{ours} is not {printed}"


def _article_bounds(claim: Claim) -> tuple[float | None, float | None]:
    """Return the numbers that a statement covers, None where it names none on that side."""
    if claim.rule == "range":
        return claim.range
    if claim.rule == "none":
        return None, None
    value = 0 if claim.rule == "direction" else claim.value
    below = claim.rule == "at most" or (claim.rule == "direction" and claim.direction == "down")
    above = claim.rule == "at least" or (claim.rule == "direction" and claim.direction == "up")
    return (None if below else value), (None if above else value)


def _print_article(claim: Claim) -> str:
    """Write what the article says as it would print it."""
    if claim.article or claim.rule == "none":
        return claim.article
    if claim.rule == "direction":
        return claim.direction
    if claim.rule == "range":
        return f"{claim.range[0]}–{claim.range[1]}"
    number = f"{claim.value:.{claim.decimals}f}"
    if claim.rule in ("at least", "at most"):
        return f"{claim.rule} {number}"
    return number if claim.among is None else f"{number} of {claim.among}"


def _print_ours(claim: Claim, quantity: Quantity) -> str:
    """Write our number at the article's decimals."""
    sign = "+" if claim.rule == "direction" else ""
    number = f"{quantity.value:{sign}.{claim.decimals}f}"
    return number if quantity.among is None else f"{number} of {quantity.among}"
