"""What a ledger can name: each quantity computes one number of a text from the figures included.

A quantity is a function of keyword arguments, whose annotations are what a ledger may give them;
those in `ledger.FILLED` are keys of the claim. It returns a `Quantity`, whose note tells a reader
what to know of the number in plain sentences, and raises `NotHeld` where the figures that it needs
are not included, `NotComparable` where they are but do not measure the same.
"""

import datetime
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import pandas as pd
from msgspec import Meta

from govlib.datasets.economies import group_titles, names
from govlib.datasets.economies import members as economies_in
from govlib.datasets.package import read_package
from govlib.datasets.rankings import breaks as breaks_of_rankings
from govlib.datasets.rankings import read as read_ranking
from govlib.datasets.surveys import info, labels
from govlib.datasets.surveys import read as read_survey
from govlib.datasets.surveys import single_figures as read_single_figures
from govlib.datasets.wgi import read as read_wgi
from govlib.errors import BadParameter, BadTable, GovlibError, NotHeld, UnknownName
from govlib.i18n import join_years
from govlib.stats._tables import DIMENSIONS, Z90, add_interval
from govlib.stats.changes import correlation_floor
from govlib.stats.ranks import ranks as rank_economies
from govlib.stats.ranks import simulate_ranks
from govlib.stats.shares import (
    TOTAL,
    add_share_interval,
    bound_missing_opinions,
    change_between_waves,
    combine_answers,
    net_trust,
    rebase_on_opinion,
)

DESIGN_EFFECT = 2.0
"""Assumed of a survey whose design effect is not published, as for a sample in clusters."""

Some = Annotated[list[str], Meta(min_length=1)]
Points = Annotated[list[float], Meta(min_length=1)]
Measure = Literal["estimate", "percentile_rank", "score"]
Group = str | list[str]

FREEDOM = {"political_rights": (36, 30, 24, 18, 12, 6), "civil_liberties": (53, 44, 35, 26, 17, 8)}
"""Least points of Freedom House's ratings 1 to 6; fewer are 7. Not free: the mean is above 5."""

SCORES = {"egdi": "index", "cpi": "score", "wjp-rule-of-law": "score", "freedom-house": "points"}


class NotComparable(GovlibError, ValueError):
    """Figures that are included and do not measure the same thing."""


@dataclass(frozen=True)
class Quantity:
    """A number with its 90% confidence interval, and what a reader should know of it."""

    value: float
    lower: float | None = None
    upper: float | None = None
    among: int | None = None
    note: str = ""
    cases: tuple[tuple[float, float], ...] = ()
    """The intervals for all that is possible of something that is not known."""
    otherwise: tuple[tuple[str, float, int | None], ...] = ()
    """Other ways to count: a sentence, the number that it gives, among how many."""
    rho_flip: float | None = None
    """The correlation of errors above which a change is significant."""


class Variable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number of several countries: a dimension of the WGI, a ranking's, or a share of surveys."""

    dimension: str = ""
    year: int = 0  # left out: for each country the year of the survey that it is compared with
    ranking: str = ""
    measure: str = ""
    release: int = 0
    surveys: list[str] = []
    item: str = ""
    answer: str | list[str] = ""
    base: str = "valid"


# The Worldwide Governance Indicators


def estimate(*, edition: int, economy: str, year: int, dimension: str) -> Quantity:
    """Compute an estimate (standard deviations from the world average)."""
    row = _row(edition, economy, dimension, year)
    note = f"Its percentile rank is {row['percentile_rank']:.1f} among {row['ranked']} countries."
    return _measured(row, "estimate", note)


def percentile_rank(*, edition: int, economy: str, year: int, dimension: str) -> Quantity:
    """Compute a percentile rank: 0 for the lowest to 100 for the highest of those with data."""
    return _measured(_row(edition, economy, dimension, year), "percentile_rank")


def score(*, edition: int, economy: str, year: int, dimension: str) -> Quantity:
    """Look up a score from 0 to 100, which the editions from 2025 have."""
    row = _row(edition, economy, dimension, year)
    if pd.isna(row["score"]):
        raise NotHeld(f"Edition {edition} of the WGI has no scores from 0 to 100.")
    return _measured(row, "score")


def rank(
    *, edition: int, economy: str, year: int, dimension: str, group: Group | None = None
) -> Quantity:
    """Compute the rank from the top among the countries with data, all or those of a group."""
    world = _among(_world(edition, dimension, year), group, edition)
    row = _pick(rank_economies(world), edition, economy, dimension, year)
    place, ranked, listed = int(row["position"]), int(row["ranked"]), int(row["listed"])
    note = (
        f"Of the {listed} countries listed{_of(group)}, {ranked} have data and {place - 1} score "
        "higher."
    )
    lower = upper = None
    if (world["standard_error"].notna() | world["estimate"].isna()).all():
        drawn = _pick(simulate_ranks(world), edition, economy, dimension, year)
        lower, upper = float(drawn["position_lower"]), float(drawn["position_upper"])
    other: tuple[tuple[str, float, int | None], ...] = ()
    if ranked < listed:
        lacking = listed - ranked
        which = "the one" if lacking == 1 else f"the {lacking}"
        place_then = place + lacking
        other = ((f"Counting {which} without data as higher gives", place_then, listed),)
    return Quantity(place, lower, upper, ranked, note, otherwise=other)


def change(
    *,
    edition: int,
    economy: str,
    years: tuple[int, int],
    dimension: str | Some,
    measure: Literal["estimate", "percentile_rank", "rank"] = "estimate",
    first_edition: int | None = None,
    rho: float | None = None,
) -> Quantity:
    """Compute the change of a measure between two years; of a rank, the places gained.

    Of an estimate with its interval, over the correlation of the errors that the edition allows, or
    for one (`rho`). Of several dimensions the smallest change counts. `first_edition` is that of
    the first year where a text compares two editions; percentile ranks and ranks only.
    """
    dimensions = [dimension] if isinstance(dimension, str) else dimension
    if measure != "estimate":
        column, sign = ("position", -1) if measure == "rank" else (measure, 1)
        found = []
        for one in dimensions:
            first, last = (
                float(_row(used, economy, one, year)[column])
                for used, year in zip((first_edition or edition, edition), years, strict=True)
            )
            found.append((sign * (last - first), first, last))
        value, first, last = min(found)
        which = f" (edition {first_edition})" if first_edition else ""
        note = f"From {first:g} in {years[0]}{which} to {last:g} in {years[1]}."
        return Quantity(value, note=note)
    if first_edition not in (None, edition):
        raise NotComparable("Estimates of two editions are not on one scale.")
    rows = pd.concat([_changes(edition, one, years, rho, economy) for one in dimensions])
    rows = rows[rows["change"].notna()]
    if len(rows) < len(dimensions):
        raise _lacking(edition, economy, dimensions[0], list(years))
    row = rows.sort_values("change").iloc[0]
    own = read_wgi(edition, economies=economy, dimensions=str(row["dimension"]))
    own = own[own["year"].between(*years) & own["estimate"].notna()]
    steps = own["estimate"].diff().dropna()
    note = f"It rose in {(steps > 0).sum()} of {len(steps)} steps between."
    if len(rows) > 1:
        listed = ", ".join(
            f"{DIMENSIONS[str(r['dimension'])]} {r['change']:+.2f} ({r['change_lower']:+.2f} to "
            f"{r['change_upper']:+.2f})"
            for r in rows.to_dict("records")
        )
        note = f"{note} The smallest of several changes is judged: {listed}."
    if pd.isna(row["half"]):
        return Quantity(row["change"], note=note)
    if rho is None:
        sources = own["sources"].iloc[[0, -1]].tolist()
        note += (
            f" Its sources: {sources[0]}, then {sources[1]}. The errors of the two years are "
            f"correlated by {row['rho']:.2f} or more ({row['rho_lower']:.2f} to "
            f"{row['rho_upper']:.2f}, what all countries of the edition imply); the change is "
            f"significant above {row['rho_flip']:.2f}."
        )
    halves = [float(row[name]) for name in ("half_widest", "half", "half_narrowest")]
    cases = tuple((row["change"] - half, row["change"] + half) for half in halves)
    flip = float(row["rho_flip"])
    return Quantity(row["change"], *cases[1], note=note, cases=cases, rho_flip=flip)


def difference(*, edition: int, economy: str, year: int, dimension: str, other: str) -> Quantity:
    """Compute the estimate minus that of another country, errors taken as uncorrelated."""
    own, theirs = (_row(edition, code, dimension, year) for code in (economy, other))
    value = own["estimate"] - theirs["estimate"]
    half = Z90 * math.hypot(own["standard_error"], theirs["standard_error"])
    note = f"{names()[economy]} {own['estimate']:.2f}, {names()[other]} {theirs['estimate']:.2f}."
    return _around(value, half, note)


def highest(
    *,
    edition: int,
    year: int,
    dimension: str,
    group: Group | None = None,
    measure: Measure = "estimate",
) -> Quantity:
    """Find the highest of a group; the note says whose it is."""
    return _extreme(edition, year, dimension, group, measure, -1)


def lowest(
    *,
    edition: int,
    year: int,
    dimension: str,
    group: Group | None = None,
    measure: Measure = "estimate",
) -> Quantity:
    """Find the lowest of a group; the note says whose it is."""
    return _extreme(edition, year, dimension, group, measure, 0)


def count_above(
    *,
    edition: int,
    year: int,
    dimension: str,
    group: Group,
    above: float,
    measure: Measure = "estimate",
) -> Quantity:
    """Count the countries of a group that are above a number."""
    rows = _valued(edition, year, dimension, group, measure)
    over = rows[rows[measure] > above]
    return Quantity(len(over), among=len(rows), note=f"Above: {_list(over, measure)}.")


def others_below(
    *,
    edition: int,
    economy: str,
    year: int,
    dimension: str,
    group: Group,
    below: float | None = None,
    measure: Measure = "estimate",
) -> Quantity:
    """Count the others of a group that are below a number, by default the country's own."""
    rows = _valued(edition, year, dimension, group, measure)
    limit = float(_row(edition, economy, dimension, year)[measure]) if below is None else below
    others = rows[rows["economy"] != economy]
    not_below = others[others[measure] >= limit]
    what = f"{limit:.2f} ({names()[economy]})" if below is None else f"{limit:g}"
    note = f"Not below {what}: {_list(not_below, measure)}."
    if below is None and measure == "estimate":
        own = _row(edition, economy, dimension, year)
        error = (others["standard_error"] ** 2 + own["standard_error"] ** 2) ** 0.5
        far = (others["estimate"] - limit).abs() > Z90 * error
        note += f" The difference is significant for {far.sum()} of {len(others)}."
    return Quantity(len(others) - len(not_below), among=len(others), note=note)


def group_mean(
    *,
    edition: int,
    year: int,
    dimension: str,
    group: Group | None = None,
    measure: Measure = "estimate",
) -> Quantity:
    """Compute the mean of a group, errors taken as uncorrelated."""
    rows = _valued(edition, year, dimension, group, measure)
    value, note = float(rows[measure].mean()), f"The mean of {len(rows)} countries."
    squares = float((rows["standard_error"] ** 2).sum(skipna=False))
    half = Z90 * math.sqrt(squares) / len(rows) if measure == "estimate" else math.nan
    return _around(value, half, note)


def risen(*, edition: int, years: tuple[int, int], dimension: str, group: Group) -> Quantity:
    """Count the countries of a group whose estimate rose by more than its error."""
    rows = _changes(edition, dimension, years)
    rows = rows[rows["economy"].isin(_codes(group)) & rows["change"].notna()]
    if rows.empty:
        raise NotHeld(
            f"Edition {edition} of the WGI has no changes {join_years(years)}{_of(group)}."
        )
    rose = rows["verdict"] == "rose"
    listed = "; ".join(
        f"{_list(rows[rows['verdict'] == verdict], 'change')} ({verdict})"
        for verdict in dict.fromkeys(rows["verdict"])
    )
    return Quantity(int(rose.sum()), among=len(rows), note=f"{listed}.")


def figure_points(
    *,
    edition: int,
    economy: str,
    first_year: int,
    points: Annotated[dict[str, Points], Meta(min_length=1)],
    decimals: int,
) -> Quantity:
    """Count the points of a printed figure that equal the estimates at the printed decimals.

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


# Surveys


def share(
    *,
    survey: str,
    item: str,
    answer: str | Some,
    base: str,
    wave: str | None = None,
    design_effect: float = DESIGN_EFFECT,
) -> Quantity:
    """Compute the share of one answer, or of several together (percent), Wilson's interval."""
    rows = _shares(survey, item, base, wave)
    answers = [answer] if isinstance(answer, str) else answer
    _known(rows, answers, survey)
    if len(answers) > 1:
        mapping = {a: "counted" if a in answers else "other" for a in rows["answer"]}
        rows, answers = combine_answers(rows, mapping), ["counted"]
    rows = add_share_interval(rows, design_effect=design_effect)
    row = rows[rows["answer"] == answers[0]].iloc[0]
    note = f"{_survey(survey)}: {_base(row, base)}, {_effect(design_effect)}."
    return Quantity(row["share"], row["share_lower"], row["share_upper"], note=note)


def share_lead(
    *,
    survey: str,
    item: str,
    answers: tuple[str, str],
    base: str,
    ranges: tuple[tuple[float, float], ...] = (),
    design_effect: float = DESIGN_EFFECT,
) -> Quantity:
    """Compute the lead of the first answer over the second (percentage points), of one sample.

    The note says what the printed `ranges` of all answers can sum to.
    """
    rows = _shares(survey, item, base)
    _known(rows, answers, survey)
    row = net_trust(
        rows, positive=[answers[0]], negative=[answers[1]], design_effect=design_effect
    ).iloc[0]
    said, shares = labels(survey), rows.set_index("answer")["share"]
    note = f"The largest class is '{said[str(shares.idxmax())].lower()}', {shares.max():.1f}%."
    if ranges:
        low, high = (sum(bounds) for bounds in zip(*ranges, strict=True))
        asked = _shares(survey, item, "all").set_index("answer")["share"]
        total = asked[asked.index.isin(shares.index)].sum()
        note += f" The printed ranges sum to {low:g} to {high:g}"
        if not low <= 100 <= high:
            note += ", never 100"
            if low <= total <= high:
                note += (
                    f"; of all who were asked the classes sum to {total:.1f}, {100 - total:.1f} "
                    "giving no valid answer, which the ranges allow"
                )
        note += "."
    return Quantity(row["net"], row["net_lower"], row["net_upper"], note=note)


def smallest_change(
    *,
    survey: str,
    items: Some,
    answers: Some,
    waves: tuple[str, str],
    base: Literal["all", "opinion"],
    design_effect: float = DESIGN_EFFECT,
) -> Quantity:
    """Compute the smallest change, among several items, of the joint share of some answers.

    Percentage points, Newcombe's interval. Of base "opinion" those without one are left out.
    """
    rows = _whole(read_survey(survey, waves=waves, items=items))
    rows, taken = _fill_respondents(rows, survey)
    _known(rows, answers, survey)
    if base not in ("all", "opinion"):
        raise NotHeld(f"{_survey(survey)}: no shares of the base {base!r} are included.")
    asked = rows
    if base == "opinion":
        rows = rebase_on_opinion(rows)
    mapping = {a: "counted" if a in answers else "other" for a in rows["answer"].unique()}
    joined = combine_answers(rows, mapping)
    changed = _changed(survey, waves)
    try:
        changes = change_between_waves(joined, *waves, design_effect=design_effect)
    except BadTable as error:
        raise NotComparable(
            f"The question differs between {_when(survey, waves[0])} and "
            f"{_when(survey, waves[1])}. {changed}".strip()
        ) from error
    changes = changes[changes["answer"] == "counted"].sort_values("change")
    row, said = changes.iloc[0], labels(survey)
    listed = ", ".join(
        f"{said[r['item']]} {r['first']:.1f}% to {r['last']:.1f}%"
        for r in changes.to_dict("records")
    )
    counted = " or ".join(said[a].lower() for a in answers)
    whom = "all who were asked" if base == "all" else "those with an opinion"
    note = f"Of {whom}, {counted}: {listed}. {taken}, {_effect(design_effect)}."
    if changed:
        note += f" The answers changed between the waves: {changed}"
    if base == "all" and changed:
        bounds = bound_missing_opinions(asked, *waves, answers=answers)
        left = bounds.set_index("item")["left_least"]
        fell = left[left < 0]
        note += (
            " If all who stopped having no opinion now fully agree, "
            + (", ".join(f"{said[str(i)]} fell by {-v:.1f}" for i, v in fell.items()) or "all rose")
            + "."
        )
    return Quantity(row["change"], row["change_lower"], row["change_upper"], note=note)


def majorities(
    *,
    survey: str,
    wave: str,
    items: Some,
    answer: str,
    besides: tuple[str, ...] = (),
    design_effect: float = DESIGN_EFFECT,
) -> Quantity:
    """Count the items for which an answer is given by more than half of all who were asked.

    The interval is from those surely above half to those possibly so. `besides` are items that the
    note alone counts.
    """
    asked = _whole(read_survey(survey, waves=wave, items=[*items, *besides]))
    asked, taken = _fill_respondents(asked[asked["base"] == "all"], survey)
    rows = asked[asked["answer"] == answer]
    if len(rows) != len({*items, *besides}):
        raise NotHeld(f"{_survey(survey)}: {answer} is not an answer to each item in wave {wave}.")
    ends = add_share_interval(asked, design_effect=design_effect)
    ends = ends[(ends["answer"] == answer) & ends["item"].isin(items)]
    said, own = labels(survey), rows["item"].isin(items)
    over = rows["share"] > 50
    lower, upper = (int((ends[f"share_{end}"] > 50).sum()) for end in ("lower", "upper"))
    listed = ", ".join(f"{said[r['item']]} {r['share']:.1f}%" for r in rows[own].to_dict("records"))
    edge = rows[own & ((rows["share"] - 50).abs() <= 2)]
    note = f"{said[answer]}, {_when(survey, wave)}: {listed}."
    if len(edge):
        close = " and ".join(
            f"{said[i]} ({s:.1f}%)" for i, s in zip(edge["item"], edge["share"], strict=True)
        )
        note += f" {close} is on the edge."
    if besides:
        note += f" Of all {len(rows)} bodies asked about then it is {over.sum()}."
    note = f"{note} {taken}, {_effect(design_effect)}."
    return Quantity(int((own & over).sum()), lower, upper, among=int(own.sum()), note=note)


def share_over(
    *,
    survey: str,
    others: Some,
    item: str,
    answer: str,
    base: str,
    design_effect: float = DESIGN_EFFECT,
) -> Quantity:
    """Compute by how much a share exceeds that of another survey, of several the smallest lead."""
    found = {}
    for name in [survey, *others]:
        found[name] = _shares(name, item, base)
        _known(found[name], [answer], name)
    leads = {name: _compare(found[name], found[survey], answer, design_effect) for name in others}
    least = min(leads.values())
    listed = ", ".join(
        f"{names()[info(name)['economy']]} {_share_of(rows, answer):.1f}%"
        for name, rows in found.items()
    )
    note = f"{labels(survey)[answer]}: {listed}; {_effect(design_effect)}."
    return Quantity(*least, note=note)


def group_difference(
    *,
    survey: str,
    item: str,
    answer: str,
    base: str,
    groups: tuple[str, str],
    design_effect: float = DESIGN_EFFECT,
) -> Quantity:
    """Compute a share in one group of people minus that in another (percentage points)."""
    table = read_survey(survey, items=item)
    table = table[table["base"] == base]
    parts = [table[table["group"] == group] for group in groups]
    for part in parts:
        _known(part, [answer], survey)
    found = _compare(parts[1], parts[0], answer, design_effect)
    listed = ", ".join(
        f"{group}: {_share_of(part, answer):.1f}% of {part['respondents'].iloc[0]}"
        for group, part in zip(groups, parts, strict=True)
    )
    note = f"{labels(survey)[answer]}, {listed}; {_effect(design_effect)}."
    return Quantity(*found, note=note)


def correlation(
    *,
    edition: int,
    x: Variable,
    y: Annotated[list[Variable], Meta(min_length=1)],
    group: Group | None = None,
    not_free: int | None = None,
) -> Quantity:
    """Compute Spearman's rank correlation of two numbers across countries; of several the largest.

    `not_free` keeps the countries whose rating by Freedom House in that edition is "not free". The
    interval is Bonett and Wright's (2000, Psychometrika 65, 23-28); errors of the numbers
    themselves, which draw a correlation towards 0, are not in it.
    """
    first = _values(x, edition, {})
    if group:
        first = first[first.index.isin(_codes(group))]
    if not_free:
        first = first[first.index.isin(_not_free(not_free))]
    found: list[tuple[float, float, float, int, str]] = []
    for one in y:
        second = _values(one, edition, _years(x))
        both = pd.concat([first, second], axis="columns", join="inner").dropna()
        n = len(both)
        if n < 5:
            raise NotHeld(f"{n} countries have both figures; five are needed for a correlation.")
        r = float(np.corrcoef(both.rank().to_numpy(), rowvar=False)[0, 1])
        half = Z90 * math.sqrt((1 + r**2 / 2) / (n - 3))
        centre = math.atanh(max(-0.999, min(0.999, r)))
        lower, upper = math.tanh(centre - half), math.tanh(centre + half)
        found.append((r, lower, upper, n, _name_variable(one)))
    r, lower, upper, n, _ = max(found)
    listed = ", ".join(f"{one[-1]} {one[0]:.2f} ({one[1]:.2f} to {one[2]:.2f})" for one in found)
    note = f"Rank correlation of {_name_variable(x)} across {n} countries with: {listed}."
    return Quantity(r, lower, upper, note=note)


# Single figures and rankings


def single_figure(*, economy: str, item: str, measure: str, date: str) -> Quantity:
    """Look up one published figure of a country, in its own unit."""
    rows = read_single_figures(economy=economy, items=item)
    rows = rows[(rows["measure"] == measure) & (rows["date"] == date)]
    if len(rows) != 1:
        raise NotHeld(f"No single figure {item!r}, {measure!r} of {date} is held for {economy}.")
    row = rows.iloc[0]
    sample = "" if pd.isna(row["respondents"]) else f", {row['respondents']} respondents"
    note = (
        f"The nearest figure is {row['value']:,g} {row['unit']} ({measure}), of {_date(date)} "
        f"({row['publisher']}{sample})."
    )
    return Quantity(float(row["value"]), note=note)


def per_hundred(*, economy: str, item: str, parts: str, wholes: str, date: str) -> Quantity:
    """Compute how many of one published count there are for each hundred of another."""
    part = single_figure(economy=economy, item=item, measure=parts, date=date)
    whole = single_figure(economy=economy, item=item, measure=wholes, date=date)
    ratio = 100 * part.value / whole.value
    note = f"{part.value:,.0f} {parts} to {whole.value:,.0f} {wholes}: {ratio:.2f} per hundred."
    return Quantity(ratio, note=note)


def per_inhabitant_year(
    *, count: float, inhabitants: float, first_day: str, last_day: str
) -> Quantity:
    """Compute a count per inhabitant and year from numbers that the ledger gives."""
    days = [datetime.date.fromisoformat(day) for day in (first_day, last_day)]
    years = (days[1] - days[0]).days / 365.25
    value = count / inhabitants / years
    note = f"{count:,.0f} in {years:.1f} years, {inhabitants:,.0f} inhabitants: "
    note += f"{value:.3f} each a year."
    return Quantity(value, note=note)


def printed(*, number: float) -> Quantity:
    """Return the text's own number, where its wording is judged by it."""
    return Quantity(number, note="The number is the text's own.")


def ranking_value(*, economy: str, ranking: str, measure: str, release: int) -> Quantity:
    """Look up the value of a ranking of another publisher, with its interval if it has an error."""
    row = _ranking(ranking, economy, measure, editions=release).iloc[0]
    half = Z90 * float(row["standard_error"])
    return _around(float(row["value"]), half, f"{_title(ranking)}, {release}.")


def ranking_rank(*, economy: str, ranking: str, measure: str, release: int) -> Quantity:
    """Look up the rank of a country in a ranking of another publisher."""
    row = _ranking(ranking, economy, measure, editions=release).iloc[0]
    if pd.isna(row["position"]):
        raise NotHeld(
            f"{_title(ranking)}: no rank of {names()[economy]} is published for {release}."
        )
    among = None if pd.isna(row["ranked"]) else int(row["ranked"])
    return Quantity(int(row["position"]), among=among, note=f"{_title(ranking)}, {release}.")


def ranks_improved(
    *,
    economy: str,
    years: tuple[int, int],
    measures: Annotated[list[tuple[str, str]], Meta(min_length=1)],
) -> Quantity:
    """Count the rankings in which a country's rank improved, of those that publish one.

    From the first to the last edition within the years. The note counts the scores apart: risen by
    more than their error, within it, of unknown error.
    """
    improved, parts = [], []
    classes: dict[str, int] = {}
    for name, measure in measures:
        table = _ranking(name, economy, measure)
        rows = table[table["edition"].between(*years)].sort_values("edition")
        if len(rows) < 2:
            continue
        first, last = rows.iloc[0], rows.iloc[-1]
        if rows["position"].notna().iloc[[0, -1]].all():
            improved.append(bool(last["position"] < first["position"]))
            places = f"rank {first['position']} to {last['position']}"
        else:
            places = "no rank published"
        moved = float(last["value"] - first["value"])
        errors = rows["standard_error"].ffill().iloc[[0, -1]]
        margin = Z90 * float((errors**2).sum() ** 0.5) if errors.notna().all() else None
        if margin is None:
            kind = "of unknown error"
        else:
            kind = "risen beyond the error" if moved > margin else "not beyond the error"
        classes[kind] = classes.get(kind, 0) + 1
        against = "" if margin is None else f", a change of {moved:.3f} against {margin:.3f}"
        parts.append(
            f"{_title(name)}, {first['edition']} to {last['edition']}: {places}, "
            f"{SCORES.get(name, 'score')} {first['value']:.4g} to {last['value']:.4g}{against}"
        )
    if not improved:
        raise NotHeld(f"No ranking has two ranks of {names()[economy]}, {join_years(years)}.")
    kinds = ", ".join(f"{count} {kind}" for kind, count in classes.items())
    note = f"{'; '.join(parts)}. Scores: {kinds}."
    broken = breaks_of_rankings()
    broken = broken[broken["ranking"].isin([m[0] for m in measures])]
    broken = broken[broken["edition"].between(years[0] + 1, years[1])]
    if len(broken):
        listed = "; ".join(
            f"{_title(b['ranking'])} {b['edition']} ({b['note']})"
            for b in broken.to_dict("records")
        )
        note += f" Breaks of the series: {listed}."
    return Quantity(sum(improved), among=len(improved), note=note)


QUANTITIES: dict[str, Callable[..., Quantity]] = {
    function.__name__: function
    for function in (
        *(estimate, percentile_rank, score, rank, change, difference, highest, lowest),
        *(count_above, others_below, group_mean, risen, figure_points),
        *(share, share_lead, smallest_change, majorities, share_over, group_difference),
        *(correlation, single_figure, per_hundred, per_inhabitant_year, printed),
        *(ranking_value, ranking_rank, ranks_improved),
    )
}
"""What a ledger can compute, by name."""


def _world(edition: int, dimension: str, year: int) -> pd.DataFrame:
    """Return all countries in one year, with ranks."""
    rows = read_wgi(edition, dimensions=dimension, years=year)
    return rank_economies(add_interval(rows))


def _row(edition: int, economy: str, dimension: str, year: int) -> "pd.Series[float]":
    """Return a country's row in the ranking of all."""
    return _pick(_world(edition, dimension, year), edition, economy, dimension, year)


def _pick(
    table: pd.DataFrame, edition: int, economy: str, dimension: str, year: int
) -> "pd.Series[float]":
    """Return the row of a country with an estimate."""
    rows = table[(table["economy"] == economy) & table["estimate"].notna()]
    if rows.empty:
        raise _lacking(edition, economy, dimension, [year])
    return rows.iloc[0]


def _around(value: float, half: float, note: str) -> Quantity:
    """Return a number with its interval, or without one if the half-width is missing."""
    if math.isnan(half):
        return Quantity(value, note=note)
    return Quantity(value, value - half, value + half, note=note)


def _measured(row: "pd.Series[Any]", name: str, note: str = "") -> Quantity:
    """Return a measure with its interval if it has one."""
    if f"{name}_lower" not in row or pd.isna(row[f"{name}_lower"]):
        return Quantity(float(row[name]), note=note)
    lower, upper = float(row[f"{name}_lower"]), float(row[f"{name}_upper"])
    return Quantity(float(row[name]), lower, upper, note=note)


def _codes(group: Group) -> list[str]:
    return economies_in(group)


def _of(group: Group | None) -> str:
    """Write of which group."""
    if not group:
        return ""
    return f" in {group_titles().get(group, group)}" if isinstance(group, str) else " in the group"


def _among(table: pd.DataFrame, group: Group | None, edition: int) -> pd.DataFrame:
    """Return the rows of a group, or all."""
    if not group:
        return table
    rows = table[table["economy"].isin(_codes(group))]
    if rows.empty:
        raise NotHeld(f"Edition {edition} of the WGI lists no country{_of(group)}.")
    return rows


def _valued(
    edition: int, year: int, dimension: str, group: Group | None, measure: Measure
) -> pd.DataFrame:
    """Return the rows of a group that have a measure, from high to low."""
    rows = _among(_world(edition, dimension, year), group, edition).dropna(subset=measure)
    if rows.empty:
        raise NotHeld(f"Edition {edition} of the WGI has no such figures{_of(group)}, {year}.")
    return rows.sort_values(measure, ascending=False)


def _extreme(
    edition: int, year: int, dimension: str, group: Group | None, measure: Measure, end: int
) -> Quantity:
    rows = _valued(edition, year, dimension, group, measure)
    row = rows.iloc[0 if end else -1]
    return _measured(row, measure, f"It is that of {names()[row['economy']]}.")


def _list(rows: pd.DataFrame, column: str) -> str:
    """Write countries with a number each, or "none"."""
    listed = [f"{names()[r['economy']]} {r[column]:.2f}" for r in rows.to_dict("records")]
    return ", ".join(listed) or "none"


def _changes(
    edition: int,
    dimension: str,
    years: tuple[int, int],
    rho: float | None = None,
    economy: str | None = None,
) -> pd.DataFrame:
    """Return the changes of one country or all; rho is what the edition implies unless given."""
    world = read_wgi(edition, dimensions=dimension, years=list(years))
    read_wgi(edition, economies=economy)  # names the editions that list the country
    own = world if economy is None else world[world["economy"] == economy]
    first, last = (own[own["year"] == year].set_index("economy") for year in years)
    first = first.reindex(last.index)
    rhos = [rho or 0.0] * 3
    if rho is None and world["standard_error"].notna().any():
        floor = correlation_floor(world, *years).iloc[0]
        rhos = [floor["rho_lower"], floor["rho"], floor["rho_upper"]]
    moved = last["estimate"] - first["estimate"]
    s1, s2 = first["standard_error"], last["standard_error"]
    halves: list[Any] = [Z90 * (s1**2 + s2**2 - 2 * r * s1 * s2) ** 0.5 for r in rhos]
    flip = (s1**2 + s2**2 - (moved / Z90) ** 2) / (2 * s1 * s2)
    decided = np.where(moved > 0, "rose", "fell")
    verdict = np.where(
        flip < rhos[0], decided, np.where(flip < rhos[2], "undecided", "within error")
    )
    found: dict[str, Any] = {
        "dimension": dimension,
        "change": moved,
        "half": halves[1],
        "half_widest": halves[0],
    }
    found |= {"half_narrowest": halves[2], "rho_flip": flip, "verdict": verdict}
    found |= {"change_lower": moved - halves[1], "change_upper": moved + halves[1]}
    found |= {"rho_lower": rhos[0], "rho": rhos[1], "rho_upper": rhos[2]}
    return pd.DataFrame(found).reset_index()


def _lacking(edition: int, economy: str, dimension: str, years: list[int]) -> NotHeld:
    """Return the error of an edition without an estimate; raise that of one without the years."""
    read_wgi(edition, economies=economy, years=years)
    return NotHeld(
        f"WGI edition {edition} has no estimate of {DIMENSIONS[dimension]} for {names()[economy]}, "
        f"{join_years(years)}."
    )


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the whole population."""
    return table[table["group"] == TOTAL].copy()


def _shares(survey: str, item: str, base: str, wave: str | None = None) -> pd.DataFrame:
    """Return the rows of an item of the whole population in one base."""
    rows = _whole(read_survey(survey, items=item, waves=wave))
    rows = rows[rows["base"] == base]
    if rows.empty:
        raise NotHeld(f"{_survey(survey)}: no shares of the base {base!r} are included.")
    if rows["answer"].duplicated().any():
        raise NotHeld(f"{_survey(survey)} has several waves of {item}; name one.")
    return rows


def _known(rows: pd.DataFrame, answers: Iterable[str], survey: str) -> None:
    """Raise NotHeld if one of the answers was not given."""
    for answer in answers:
        if answer not in set(rows["answer"]):
            known = ", ".join(dict.fromkeys(rows["answer"]))
            raise NotHeld(f"{_survey(survey)}: {answer!r} is not among the answers: {known}.")


def _share_of(rows: pd.DataFrame, answer: str) -> float:
    return float(rows.set_index("answer")["share"][answer])


def _compare(
    first: pd.DataFrame, last: pd.DataFrame, answer: str, design_effect: float
) -> tuple[float, float, float]:
    """Return the difference of a share of two samples, last minus first, with its interval."""
    same = {"survey": "both", "group_by": TOTAL, "group": TOTAL}
    parts = [rows.assign(wave=wave, **same) for wave, rows in (("1", first), ("2", last))]
    pair = pd.concat(parts)
    mapping = {a: "counted" if a == answer else "other" for a in pair["answer"].unique()}
    changes = change_between_waves(
        combine_answers(pair, mapping), "1", "2", design_effect=design_effect
    )
    row = changes[changes["answer"] == "counted"].iloc[0]
    return float(row["change"]), float(row["change_lower"]), float(row["change_upper"])


def _fill_respondents(rows: pd.DataFrame, survey: str) -> tuple[pd.DataFrame, str]:
    """Fill missing respondents with the largest number of the survey's record, and say so."""
    known = [w["respondents"] for w in info(survey)["waves"] if isinstance(w["respondents"], int)]
    lacking = rows.loc[rows["respondents"].isna(), "wave"].unique()
    if not len(lacking):
        return rows, f"{rows['respondents'].max():,} respondents"
    if not known:
        raise NotHeld(f"{_survey(survey)}: no number of respondents is published.")
    taken = max(known)
    when = ", ".join(_when(survey, wave) for wave in lacking)
    note = f"{taken:,} respondents, also assumed for {when}, of which no number is published"
    return rows.fillna({"respondents": taken}), note


def _changed(survey: str, waves: tuple[str, str]) -> str:
    """Return what changed in a survey between two waves, as its record says."""
    found = info(survey)["breaks"]
    listed = [
        b["what"] for b in found if b["between"][0] >= waves[0] and b["between"][1] <= waves[1]
    ]
    return " ".join(listed)


def _survey(survey: str) -> str:
    """Write which survey: its title without what it asks and its years."""
    title: str = info(survey)["title"]
    return title.partition(":")[0]


def _when(survey: str, wave: str) -> str:
    """Write when a wave was: "October-November 2023"."""
    found = next((w for w in info(survey)["waves"] if w["name"] == wave), None)
    if found is None or len(found["start"]) < 7:
        return wave
    start, end = (datetime.date.fromisoformat(f"{found[key]}-01") for key in ("start", "end"))
    return f"{start:%B}–{end:%B %Y}" if start != end else f"{end:%B %Y}"


def _date(date: str) -> str:
    """Write a date as exact as it is known."""
    if len(date) == 10:
        day = datetime.date.fromisoformat(date)
        return f"{day.day} {day:%B %Y}"
    return f"{datetime.date.fromisoformat(f'{date}-01'):%B %Y}" if len(date) == 7 else date


def _base(row: "pd.Series[Any]", base: str) -> str:
    """Write of whom a share is."""
    whom = {"all": "who were asked", "valid": "with a valid answer", "opinion": "with an opinion"}
    return f"{row['respondents']:,} respondents {whom[base]}"


def _effect(design_effect: float) -> str:
    return f"design effect {design_effect:g} (assumed)"


def _years(variable: Variable) -> dict[str, int]:
    """Return the year of each country's survey."""
    records = map(info, variable.surveys)
    return {record["economy"]: int(record["waves"][-1]["name"][:4]) for record in records}


def _values(variable: Variable, edition: int, years: dict[str, int]) -> "pd.Series[float]":
    """Return the numbers of a variable by country."""
    if variable.dimension:
        rows = read_wgi(edition, dimensions=variable.dimension, years=variable.year or None)
        if not variable.year:
            rows = rows[rows["year"] == rows["economy"].map(years)]
        return rows.set_index("economy")["estimate"].rename("wgi")
    if variable.ranking:
        rows = read_ranking(variable.ranking, measures=variable.measure, editions=variable.release)
        return rows.set_index("economy")["value"]
    if not variable.surveys:
        raise BadParameter("A variable of a correlation is a dimension, a ranking or surveys.")
    answers = [variable.answer] if isinstance(variable.answer, str) else variable.answer
    found = {}
    for name in variable.surveys:
        rows = _shares(name, variable.item, variable.base)
        _known(rows, answers, name)
        found[info(name)["economy"]] = rows.loc[rows["answer"].isin(answers), "share"].sum()
    return pd.Series(found, name="share")


def _name_variable(variable: Variable) -> str:
    """Write what a variable is."""
    if variable.dimension:
        return f"{DIMENSIONS[variable.dimension]} {variable.year or 'in its year'}"
    if variable.ranking:
        return f"{_measure(variable.ranking, variable.measure)} {variable.release}"
    said = labels(variable.surveys[0])
    answers = [variable.answer] if isinstance(variable.answer, str) else variable.answer
    return f"{said[variable.item]} ({' or '.join(said[a].lower() for a in answers)})"


def _title(ranking: str) -> str:
    """Return a ranking's title."""
    entries = read_package()["resources"]
    return next(str(e["title"]) for e in entries if e.get("ranking") == ranking)


def _measure(ranking: str, measure: str) -> str:
    """Return what a ranking's record calls a measure."""
    entries = read_package()["resources"]
    entry = next(e for e in entries if e.get("ranking") == ranking)
    field = next(f for f in entry["schema"]["fields"] if f["name"] == "measure")
    said = dict(part.split(": ", 1) for part in field["description"].split("; "))
    return str(said[measure])


def _ranking(name: str, economy: str, measure: str, **chosen: Any) -> pd.DataFrame:
    """Return a country's rows of a ranking; NotHeld if there are none."""
    try:
        return read_ranking(name, economies=economy, measures=measure, **chosen)
    except UnknownName as error:
        raise NotHeld(f"{_title(name)}: {error}") from error


def _not_free(release: int) -> set[str]:
    """Return the countries included whose mean of the two ratings is above 5: "not free"."""
    table = read_ranking("freedom-house", editions=release, measures=list(FREEDOM))
    rated = table["value"].copy()
    for measure, least in FREEDOM.items():
        own = table["measure"] == measure
        rated[own] = 1 + sum((table.loc[own, "value"] < one).astype(int) for one in least)
    mean = rated.groupby(table["economy"]).mean()
    return set(mean.index[mean > 5])
