"""The quantities of a ledger that surveys and single published figures answer."""

import math

import pandas as pd

from govlib.claims.quantities import Quantity
from govlib.datasets.surveys import TOTAL, read_single_figures, read_survey
from govlib.errors import BadParameter, NotHeld
from govlib.stats.shares import (
    LEVEL,
    TOTAL,
    add_share_interval,
    change_between_waves,
    rebase_on_opinion,
)

PERCENT = round(100 * LEVEL)


def share(*, survey: str, item: str, answer: str, base: str, design_effect: float) -> Quantity:
    """Compute the share of one answer (percent of its base) with its Wilson interval.

    Returns
    -------
    Quantity
        The share in the whole population; the note names the survey and its respondents.

    Raises
    ------
    UnknownName
        If the survey or item is not held, or the answer was not given in that base.
    """
    rows = _whole(read(survey, items=item))
    rows = rows[rows["base"] == base]
    if (rows["answer"] == answer).sum() != 1:
        raise NotHeld(f"The survey {survey} has no share of {answer} to {item}, base {base}.")
    rows = add_share_interval(rows, design_effect=design_effect)
    row = rows[rows["answer"] == answer].iloc[0]
    interval = f"{row['share_lower']:.1f} to {row['share_upper']:.1f}"
    note = (
        f"{survey}, {row['wave']}, {row['respondents']} respondents ({base}), design effect "
        f"{design_effect:g}; {PERCENT}% interval {interval}."
    )
    return Quantity(row["share"], row["share_lower"], row["share_upper"], note=note, level=PERCENT)


def share_lead(
    *,
    survey: str,
    item: str,
    answers: list[str],
    base: str,
    design_effect: float,
    ranges: list[list[float]],
) -> Quantity:
    """Compute the lead of the first answer over the second (percentage points).

    The two shares are of one multinomial sample: the variance of their difference is
    (p1 + p2 - (p1 - p2)^2) / n, n the effective number of respondents.

    Returns
    -------
    Quantity
        The lead and its interval; the note says what the article's `ranges` can sum to.

    Raises
    ------
    UnknownName
        If the survey or item is not held, or an answer was not given in that base.
    BadParameter
        If there are not two answers, or a range is not two numbers.
    """
    if len(answers) != 2 or not ranges or any(len(bounds) != 2 for bounds in ranges):
        raise BadParameter("share_lead needs two answers, and ranges of two numbers each.")
    rows = _whole(read(survey, items=item))
    rows = rows[rows["base"] == base]
    shares = dict(zip(rows["answer"], rows["share"].astype(float), strict=True))
    if not set(answers) <= set(shares):
        raise NotHeld(f"The survey {survey} has no shares of {answers} to {item}, base {base}.")
    first, second = (shares[answer] / 100 for answer in answers)
    n = rows["respondents"].iloc[0] / design_effect
    error = 100 * math.sqrt((first + second - (first - second) ** 2) / n)
    lead = 100 * (first - second)
    largest = max(shares, key=lambda answer: shares[answer])
    low, high = (sum(bounds) for bounds in zip(*ranges, strict=True))
    note = (
        f"The largest class is {largest}. The printed ranges sum to {low:g} to {high:g}"
        f"{', never 100' if not low <= 100 <= high else ''}."
    )
    half = 1.96 * error
    return Quantity(lead, lead - half, lead + half, note=note, level=PERCENT)


def smallest_change(
    *,
    survey: str,
    items: list[str],
    answers: list[str],
    waves: list[str],
    respondents: int,
    design_effect: float,
    base: str,
) -> Quantity:
    """Compute the smallest change, among several items, of the joint share of some answers.

    Of base "opinion" those without one are left out, so that a change in how that is asked does
    not count; of base "all" they are one answer. `respondents` holds for each wave.

    Returns
    -------
    Quantity
        Percentage points with Newcombe's interval: that of the item whose change is the smallest;
        the note lists every item.

    Raises
    ------
    UnknownName
        If the survey, a wave or an item is not held, or an answer was never given.
    BadParameter
        If there are not two waves, no answer is named, or the base is neither of the two.
    """
    if len(waves) != 2 or not answers or base not in ("all", "opinion"):
        raise BadParameter(
            f"waves = {waves}, answers = {answers}, base = {base!r}; needed: two waves, one answer "
            "or more, base all or opinion."
        )
    rows = _whole(read(survey, waves=waves, items=items)).assign(respondents=respondents)
    rows["respondents"] = rows["respondents"].astype("Int64")
    if not set(answers) <= set(rows["answer"]):
        raise NotHeld(f"The survey {survey} has not all of the answers {', '.join(answers)}.")
    if base == "opinion":
        rows = rebase_on_opinion(rows)
    mapping = {a: "counted" if a in answers else "other" for a in rows["answer"].unique()}
    changes = change_between_waves(rows, *waves, design_effect=design_effect, mapping=mapping)
    changes = changes[changes["answer"] == "counted"].sort_values("change")
    row = changes.iloc[0]
    listed = "; ".join(
        f"{r['item']} {r['first']:.1f} to {r['last']:.1f}" for r in changes.to_dict("records")
    )
    note = (
        f"Base {base}, {' + '.join(answers)}: {listed}. Taken for each wave: {respondents} "
        f"respondents, design effect {design_effect:g}."
    )
    return Quantity(
        row["change"], row["change_lower"], row["change_upper"], note=note, level=PERCENT
    )


def majorities(*, survey: str, wave: str, items: list[str], answer: str) -> Quantity:
    """Count the items for which an answer is given by more than half of all who were asked.

    Returns
    -------
    Quantity
        How many, among how many items; the note lists the shares.

    Raises
    ------
    UnknownName
        If the survey, the wave or an item is not held, or the answer was not given to one.
    """
    rows = _whole(read(survey, waves=wave, items=items))
    rows = rows[(rows["base"] == "all") & (rows["answer"] == answer)]
    if len(rows) != len(set(items)):
        raise NotHeld(f"The survey {survey}, {wave}, has no share of {answer} to each item asked.")
    listed = "; ".join(f"{r['item']} {r['share']:.1f}" for r in rows.to_dict("records"))
    note = f"{survey}, {wave}, {answer}, percent of all: {listed}."
    return Quantity(int((rows["share"] > 50).sum()), among=len(rows), note=note)


def single_figure(*, of: str, item: str, measure: str, date: str) -> Quantity:
    """Look up one published figure of an economy, in its own unit.

    Returns
    -------
    Quantity
        The figure, without an interval; the note says whose it is.

    Raises
    ------
    UnknownName
        If it is not held.
    """
    rows = single_figures(economy=of, items=item)
    rows = rows[(rows["measure"] == measure) & (rows["date"] == date)]
    if len(rows) != 1:
        raise NotHeld(f"No single figure {item!r}, {measure!r} of {date} is held for {of}.")
    row = rows.iloc[0]
    sample = "" if pd.isna(row["respondents"]) else f", {row['respondents']} respondents"
    note = (
        f"{item}, {measure}: {row['value']:g} {row['unit']} ({row['publisher']}, {date}{sample})."
    )
    return Quantity(float(row["value"]), note=note)


def per_hundred(*, of: str, item: str, parts: str, wholes: str, date: str) -> Quantity:
    """Compute how many of one published count there are for each hundred of another.

    Returns
    -------
    Quantity
        The ratio times 100; the note gives both counts.

    Raises
    ------
    UnknownName
        If one of them is not held.
    """
    part, whole = (
        single_figure(of=of, item=item, measure=measure, date=date) for measure in (parts, wholes)
    )
    ratio = 100 * part.value / whole.value
    note = f"{part.value:,.0f} {parts} of {whole.value:,.0f} {wholes}: {ratio:.2f} per hundred."
    return Quantity(ratio, note=note)


SURVEY_QUANTITIES = {
    function.__name__: function
    for function in (share, share_lead, smallest_change, majorities, single_figure, per_hundred)
}
"""What a ledger can compute of surveys, by name."""


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the whole population."""
    return table[table["group"] == TOTAL]
