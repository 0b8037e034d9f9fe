"""The quantities that a ledger can name: each computes one number of an article.

A quantity is a function of keyword arguments, whose annotations are what a ledger may give them;
`edition` and `economy` are filled in by `check_claims`. It returns a `Quantity`, whose note says
what a reader should know of the number, and raises `UnknownName` (`NotHeld`) where the figures that
it needs are not available.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from msgspec import Meta

from govlib.datasets.rankings import read as read_ranking
from govlib.datasets.surveys import read as read_survey
from govlib.datasets.surveys import single_figures as read_single_figures
from govlib.datasets.wgi import change as change_between_years
from govlib.datasets.wgi import read as read_wgi
from govlib.errors import BadParameter, NotHeld
from govlib.i18n import join_years
from govlib.stats._tables import Z90, add_interval, deviate
from govlib.stats.ranks import ranks as rank_economies
from govlib.stats.shares import (
    LEVEL,
    TOTAL,
    add_share_interval,
    change_between_waves,
    rebase_on_opinion,
)

DESIGN_EFFECT = 2.0
"""Assumed of a survey whose design effect is not published, as for a sample in clusters."""

PERCENT = round(100 * LEVEL)

Items = Annotated[list[str], Meta(min_length=1)]
Points = Annotated[list[float], Meta(min_length=1)]


@dataclass(frozen=True)
class Quantity:
    """A number with its confidence interval, and what a reader should know of it."""

    value: float
    lower: float | None = None
    upper: float | None = None
    among: int | None = None
    note: str = ""
    level: int = 90  # percent that the interval covers


def estimate(*, edition: int, economy: str, dimension: str, year: int) -> Quantity:
    """Compute the estimate of a dimension and year (WGI units), with its 90% interval."""
    row = _ranked(edition, economy, dimension, year)
    note = f"Percentile rank {row['percentile_rank']:.1f} among {row['ranked']} economies."
    return Quantity(row["estimate"], *_bounds(row, "estimate"), note=note)


def position(*, edition: int, economy: str, dimension: str, year: int) -> Quantity:
    """Compute the rank from the top, among the economies with an estimate.

    The note gives the row of a spreadsheet sorted from high to low with blanks first, where it
    differs.
    """
    row = _ranked(edition, economy, dimension, year)
    place, ranked, listed = int(row["position"]), int(row["ranked"]), int(row["listed"])
    note = f"{ranked} of {listed} economies listed have data; {place - 1} are above."
    if ranked < listed:
        note += (
            f" Counting the {listed - ranked} without data ahead would give "
            f"{place + listed - ranked} of {listed}."
        )
    return Quantity(place, among=ranked, note=note)


def change(
    *, edition: int, economy: str, dimension: str, first_year: int, last_year: int
) -> Quantity:
    """Compute the change of an estimate between two years (WGI units).

    Its 90% interval takes the errors of the two years as uncorrelated. Raises BadParameter if the
    years are not in order.
    """
    if first_year >= last_year:
        raise BadParameter(f"first_year {first_year} is not before last_year {last_year}.")
    years = [first_year, last_year]
    own = read_wgi(edition, economies=economy, dimensions=dimension)
    between = own[own["year"].between(first_year, last_year) & own["estimate"].notna()]
    if not set(years) <= set(between["year"]):
        raise _lacking(edition, economy, dimension, years)
    row = change_between_years(between, *years, rho=0.0).iloc[0]
    steps = np.diff(between["estimate"])  # the years are in order
    note = f"Up in {(steps > 0).sum()} of {len(steps)} steps"
    note += "." if pd.isna(row["standard_error"]) else ", errors taken as uncorrelated."
    return Quantity(row["change"], *_bounds(row, "change"), note=note)


def figure_points(
    *,
    edition: int,
    economy: str,
    first_year: int,
    points: Annotated[dict[str, Points], Meta(min_length=1)],
    decimals: int,
) -> Quantity:
    """Count the points of a printed figure that equal ours at the printed decimals.

    `points` are the printed estimates of consecutive years from `first_year`, by dimension.
    """
    differences: list[float] = []
    equal = 0
    for dimension, printed in points.items():
        years = list(range(first_year, first_year + len(printed)))
        ours = read_wgi(edition, economies=economy, dimensions=dimension, years=years)
        if ours["estimate"].notna().sum() < len(years):
            raise _lacking(edition, economy, dimension, years)
        for mine, theirs in zip(ours["estimate"], printed, strict=True):
            equal += round(float(mine), decimals) == theirs
            differences.append(abs(float(mine) - theirs))
    note = f"The largest difference is {max(differences):.{decimals + 2}f}."
    return Quantity(equal, among=len(differences), note=note)


def share(
    *, survey: str, item: str, answer: str, base: str, design_effect: float = DESIGN_EFFECT
) -> Quantity:
    """Compute the share of one answer (percent of its base) with its Wilson interval."""
    rows = _shares(survey, item, base)
    if answer not in rows.index:
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
    answers: tuple[str, str],
    base: str,
    ranges: Annotated[list[tuple[float, float]], Meta(min_length=1)],
    design_effect: float = DESIGN_EFFECT,
) -> Quantity:
    """Compute the lead of the first answer over the second (percentage points).

    The two shares are of one multinomial sample: the variance of their difference is
    (p1 + p2 - (p1 - p2)^2) / n, n the effective number of respondents. The note says what the
    article's `ranges` can sum to.
    """
    rows = _shares(survey, item, base)
    shares = rows["share"].astype(float)
    if not set(answers) <= set(shares.index):
        raise NotHeld(f"The survey {survey} has no shares of {answers} to {item}, base {base}.")
    first, second = shares[list(answers)] / 100
    n = rows["respondents"].iloc[0] / design_effect
    half = deviate() * 100 * math.sqrt((first + second - (first - second) ** 2) / n)
    lead = 100 * (first - second)
    low, high = (sum(bounds) for bounds in zip(*ranges, strict=True))
    note = (
        f"The largest class is {shares.idxmax()}. The printed ranges sum to {low:g} to {high:g}"
        f"{', never 100' if not low <= 100 <= high else ''}."
    )
    return Quantity(lead, lead - half, lead + half, note=note, level=PERCENT)


def smallest_change(
    *,
    survey: str,
    items: Items,
    answers: Items,
    waves: tuple[str, str],
    base: Literal["all", "opinion"],
    respondents: int | None = None,
    design_effect: float = DESIGN_EFFECT,
) -> Quantity:
    """Compute the smallest change, among several items, of the joint share of some answers.

    Percentage points with Newcombe's interval; the note lists every item. Of base "opinion" those
    without one are left out, so that a change in how that is asked does not count; of base "all"
    they are one answer. `respondents` is taken for both waves: by default the largest number that
    is published for one of them.
    """
    rows = _whole(read_survey(survey, waves=waves, items=items))
    if respondents is None:
        if rows["respondents"].isna().all():
            raise NotHeld(
                f"The survey {survey} has no number of respondents for {' or '.join(waves)}: give "
                "respondents."
            )
        respondents = int(rows["respondents"].max())
    rows["respondents"] = pd.array([respondents] * len(rows), dtype="Int64")
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


def majorities(*, survey: str, wave: str, items: Items, answer: str) -> Quantity:
    """Count the items for which an answer is given by more than half of all who were asked."""
    rows = _whole(read_survey(survey, waves=wave, items=items))
    rows = rows[(rows["base"] == "all") & (rows["answer"] == answer)]
    if len(rows) != len(set(items)):
        raise NotHeld(f"The survey {survey}, {wave}, has no share of {answer} to each item asked.")
    listed = "; ".join(f"{r['item']} {r['share']:.1f}" for r in rows.to_dict("records"))
    note = f"{survey}, {wave}, {answer}, percent of all: {listed}."
    return Quantity(int((rows["share"] > 50).sum()), among=len(rows), note=note)


def single_figure(*, of: str, item: str, measure: str, date: str) -> Quantity:
    """Look up one published figure of an economy, in its own unit."""
    rows = read_single_figures(economy=of, items=item)
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
    """Compute how many of one published count there are for each hundred of another."""
    part = single_figure(of=of, item=item, measure=parts, date=date)
    whole = single_figure(of=of, item=item, measure=wholes, date=date)
    ratio = 100 * part.value / whole.value
    note = f"{part.value:,.0f} {parts} of {whole.value:,.0f} {wholes}: {ratio:.2f} per hundred."
    return Quantity(ratio, note=note)


def measures_risen(
    *,
    of: str,
    measures: Annotated[list[tuple[str, str]], Meta(min_length=1)],
    first_year: int,
    last_year: int,
) -> Quantity:
    """Count the measures (ranking and measure) that rose between two editions of their ranking.

    The editions are the first and the last within the years; of a ranking that publishes standard
    errors, those that have one. There a rise counts only if it is larger than 1.64 times the
    standard error of the change. The note lists values and ranks.
    """
    risen = 0
    parts = []
    for name, measure in measures:
        table = read_ranking(name, economies=of, measures=measure)
        rows = table[table["edition"].between(first_year, last_year)].sort_values("edition")
        if rows["standard_error"].notna().any():
            rows = rows.dropna(subset="standard_error")
        if len(rows) < 2:
            raise NotHeld(
                f"{name} ({measure}) of {of} has fewer than two editions from {first_year} to "
                f"{last_year}; held: {', '.join(map(str, table['edition']))}."
            )
        first, last = rows.iloc[0], rows.iloc[-1]
        change = float(last["value"] - first["value"])
        margin = Z90 * float((first["standard_error"] ** 2 + last["standard_error"] ** 2) ** 0.5)
        within = abs(change) <= margin
        risen += change > 0 and not within
        positions = ""
        if rows["position"].notna().all():
            positions = f", position {first['position']} to {last['position']}"
        parts.append(
            f"{name} {measure} {first['value']:.4g} ({first['edition']}) to {last['value']:.4g} "
            f"({last['edition']}){positions}{', within its error' if within else ''}"
        )
    return Quantity(risen, among=len(parts), note=f"{'; '.join(parts)}.")


QUANTITIES: dict[str, Callable[..., Quantity]] = {
    function.__name__: function
    for function in (
        *(estimate, position, change, figure_points),
        *(share, share_lead, smallest_change, majorities, single_figure, per_hundred),
        measures_risen,
    )
}
"""What a ledger can compute, by name."""


def _ranked(edition: int, economy: str, dimension: str, year: int) -> "pd.Series[float]":
    """Return an economy's row of a ranking of all."""
    world = read_wgi(edition, dimensions=dimension, years=year)
    rows = rank_economies(add_interval(world))
    rows = rows[(rows["economy"] == economy) & rows["estimate"].notna()]
    if rows.empty:
        raise _lacking(edition, economy, dimension, [year])
    return rows.iloc[0]


def _bounds(row: "pd.Series[float]", name: str) -> tuple[float | None, float | None]:
    """Return the bounds of an interval, None where there is no error."""
    lower, upper = row[f"{name}_lower"], row[f"{name}_upper"]
    return (None, None) if pd.isna(lower) else (float(lower), float(upper))


def _lacking(edition: int, economy: str, dimension: str, years: list[int]) -> NotHeld:
    """Return the error of an edition without an estimate; raise that of one without the years."""
    read_wgi(edition, economies=economy, years=years)
    return NotHeld(
        f"WGI edition {edition} has no estimate of {dimension} for {economy}, {join_years(years)}."
    )


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the whole population."""
    return table[table["group"] == TOTAL].copy()


def _shares(survey: str, item: str, base: str) -> pd.DataFrame:
    """Return the rows of an item of the whole population in one base, by answer."""
    rows = _whole(read_survey(survey, items=item))
    rows = rows[rows["base"] == base].set_index("answer", drop=False)
    if rows.index.has_duplicates:
        raise NotHeld(f"The survey {survey} has several waves of {item}; one is needed.")
    return rows.rename_axis(None)
