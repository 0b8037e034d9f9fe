"""What a ledger can name: each quantity computes one number of a text from the figures included.

A quantity is a function of keyword arguments, whose annotations are what a ledger may give them;
those in `ledger.FILLED` are keys of the claim. It returns a `Quantity`, whose note tells a reader
what to know of the number in plain sentences, and raises `NotHeld` where the figures that it needs
are not included, `NotComparable` where they are but do not measure the same.
"""

import contextlib
import datetime
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import pandas as pd
from msgspec import Meta

from govlib.datasets.economies import group_titles, names
from govlib.datasets.economies import members as economies_in
from govlib.datasets.package import find_resource
from govlib.datasets.rankings import breaks as breaks_of_rankings
from govlib.datasets.rankings import read as read_ranking
from govlib.datasets.surveys import fill_respondents, info, labels
from govlib.datasets.surveys import read as read_survey
from govlib.datasets.surveys import single_figures as read_single_figures
from govlib.datasets.wgi import change as change_between_years
from govlib.datasets.wgi import read as read_wgi
from govlib.errors import BadParameter, GovlibError, NotHeld, UnknownName
from govlib.i18n import join_years
from govlib.stats._tables import DIMENSIONS, Z90, add_interval, deviate
from govlib.stats.association import FEWEST, rank_correlation
from govlib.stats.ranks import rank_sets, simulate_ranks
from govlib.stats.ranks import ranks as rank_economies
from govlib.stats.shares import (
    LEVEL,
    NO_OPINION,
    TOTAL,
    check_answers,
    net_trust,
    newcombe,
    rebase_on_opinion,
    wilson,
)

Z = deviate(LEVEL)
DESIGN_EFFECT = 2.0
"""Assumed of a survey whose design effect is not published, as for a sample in clusters."""

Some = Annotated[list[str], Meta(min_length=1)]
Points = Annotated[list[float], Meta(min_length=1)]
Effect = Annotated[float, Meta(ge=0.01, le=100)]
Measure = Literal["estimate", "percentile_rank", "score"]
Group = str | list[str]
Ends = tuple[float, float]

FREEDOM = {"political_rights": (36, 30, 24, 18, 12, 6), "civil_liberties": (53, 44, 35, 26, 17, 8)}
"""Least points of Freedom House's ratings 1 to 6; fewer are 7. Not free: the mean is above 5."""

SCORES = {"egdi": "index", "freedom-house": "points"}
WHOM = {"all": "who were asked", "valid": "with a valid answer", "opinion": "with an opinion"}


class NotComparable(GovlibError, ValueError):
    """Figures that are included and do not measure the same thing."""


@dataclass(frozen=True)
class Quantity:
    """A number with its 90% interval, and what a reader should know of it."""

    value: float
    lower: float = math.nan
    upper: float = math.nan
    among: int | None = None
    note: str = ""
    kind: str = ""
    """What kind of interval it is, if not a confidence interval: "posterior "."""
    cases: tuple[Ends, ...] = ()
    """The intervals for all that is possible of something that is not known."""
    otherwise: tuple[tuple[str, float, int | None], ...] = ()
    """Other ways to count: a sentence, the number that it gives, among how many."""
    rho_flip: float | None = None
    """The correlation of errors above which a change is significant."""
    at: Callable[[float], Ends] | None = None
    """The interval for another design effect."""
    more: Callable[[], str] | None = None
    """What else a reader should know, where it takes long to compute."""

    @property
    def ends(self) -> Ends:
        """The ends of the interval; without one the number twice."""
        return (self.value, self.value) if math.isnan(self.lower) else (self.lower, self.upper)


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


def _of_country(measure: Measure) -> Callable[..., Quantity]:
    """Make the quantity that is a measure of a country."""

    def compute(*, edition: int, economy: str, year: int, dimension: str) -> Quantity:
        row = _row(_world(edition, dimension, year), edition, economy, dimension, year, measure)
        rank = f"{row['percentile_rank']:.1f} among {row['ranked']} countries."
        note = f"Its percentile rank is {rank}" if measure == "estimate" else ""
        return _measured(row, measure, note)

    return compute


def rank(
    *, edition: int, economy: str, year: int, dimension: str, group: Group | None = None
) -> Quantity:
    """Compute the rank from the top among the countries with data, all or those of a group."""
    if group and economy not in economies_in(group):
        raise BadParameter(f"{names()[economy]} is not{_of(group)}: ask for a rank among its own.")
    world = _world(edition, dimension, year, group)
    drawn = bool((world["standard_error"].notna() | world["estimate"].isna()).all())
    places = simulate_ranks(world) if drawn else rank_economies(world)
    row = _row(places, edition, economy, dimension, year)
    place, ranked, listed = int(row["position"]), int(row["ranked"]), int(row["listed"])
    lower, upper = (float(row.get(f"position_{e}", math.nan)) for e in ("lower", "upper"))
    note = (
        f"Of the {listed} countries listed{_of(group)}, {ranked} have data and {place - 1} score "
        "higher."
    )
    lacking = listed - ranked
    which = "the one" if lacking == 1 else f"the {lacking}"
    other = (f"Counting {which} without data as higher gives", place + lacking, listed)

    def name_set() -> str:
        own = rank_sets(world.dropna(subset="estimate"), economy=economy).iloc[0]
        ends = f"{own['marginal_lower']} to {own['marginal_upper']}"
        return f"A confidence set of the rank, whatever the true ranks are, is {ends}."

    more = name_set if drawn and ranked > 1 else None
    listed_too = ("The rank is right: counting all that are listed,", place, listed)
    others = (other, listed_too) if lacking else ()
    return Quantity(place, lower, upper, ranked, note, "posterior ", otherwise=others, more=more)


def change(
    *,
    edition: int,
    economy: str,
    years: tuple[int, int],
    dimension: str | Some,
    measure: Literal["estimate", "percentile_rank", "rank", "score"] = "estimate",
    first_edition: int | None = None,
    rho: float | None = None,
) -> Quantity:
    """Compute the change of a measure between two years; of a rank, the places gained.

    Of an estimate with its interval, over the correlation of the errors that the edition allows, or
    for one (`rho`; from `check` also a table, for the changes that it covers). Of several
    dimensions the smallest change counts. `first_edition` is that of the first year where a text
    compares two editions; percentile ranks and ranks only.
    """
    dimensions = [dimension] if isinstance(dimension, str) else dimension
    if measure != "estimate":
        return _change_of_rank(
            (first_edition or edition, edition), economy, years, dimensions, measure
        )
    if first_edition not in (None, edition):
        raise NotComparable("Estimates of two editions are not on one scale.")
    listed = read_wgi(edition, economies=economy)
    rows = pd.concat([_changes(edition, one, years, [economy], rho) for one in dimensions])
    rows = rows[rows["change"].notna()]
    if len(rows) < len(dimensions):
        raise _lacking(edition, economy, dimensions[0], list(years))
    row = rows.sort_values("change").iloc[0]
    own = listed[(listed["dimension"] == row["dimension"]) & listed["estimate"].notna()]
    own = own[own["year"].between(*years)]
    steps = own["estimate"].diff().dropna()
    note = f"It rose in {(steps > 0).sum()} of {len(steps)} steps between."
    if len(rows) > 1:
        several = ", ".join(
            f"{DIMENSIONS[r['dimension']]} {r['change']:+.2f} ({r['change_lower']:+.2f} to "
            f"{r['change_upper']:+.2f})"
            for r in rows.to_dict("records")
        )
        note += f" The smallest of several changes is judged: {several}."
    if pd.isna(row["standard_error"]):
        return Quantity(row["change"], note=note)
    ends = f"{row['rho_lower']:.2f} to {row['rho_upper']:.2f}"
    taken = f"by {row['rho']:.2f} ({ends}), as given"
    if row["origin"] == "implied":
        taken = f"by {row['rho']:.2f} or more ({ends}, what all countries of the edition imply)"
    note += (
        f" Its sources: {row['sources_first']}, then {row['sources_last']}. The errors of the two "
        f"years are correlated {taken}; the change is significant above {row['rho_flip']:.2f}."
    )
    s1, s2 = own["standard_error"].iloc[[0, -1]]
    halves = [
        Z90 * (s1**2 + s2**2 - 2 * row[name] * s1 * s2) ** 0.5
        for name in ("rho_lower", "rho", "rho_upper")
    ]
    cases = tuple((row["change"] - half, row["change"] + half) for half in halves)
    flip = float(row["rho_flip"])
    return Quantity(row["change"], *cases[1], note=note, cases=cases, rho_flip=flip)


def _change_of_rank(
    editions: tuple[int, int],
    economy: str,
    years: tuple[int, int],
    dimensions: list[str],
    measure: str,
) -> Quantity:
    """Compute the smallest change of a rank (places gained), percentile rank or score."""
    column, sign = ("position", -1) if measure == "rank" else (measure, 1)
    found = []
    for one in dimensions:
        first, last = (
            float(_row(_world(edition, one, year), edition, economy, one, year, column)[column])
            for edition, year in zip(editions, years, strict=True)
        )
        found.append((sign * (last - first), first, last))
    value, first, last = min(found)
    which = f" (edition {editions[0]})" if editions[0] != editions[1] else ""
    note = f"From {first:g} in {years[0]}{which} to {last:g} in {years[1]}."
    return Quantity(value, note=note)


def difference(*, edition: int, economy: str, year: int, dimension: str, other: str) -> Quantity:
    """Compute the estimate minus that of another country, errors taken as uncorrelated."""
    world = _world(edition, dimension, year)
    own, theirs = (_row(world, edition, code, dimension, year) for code in (economy, other))
    half = Z90 * math.hypot(own["standard_error"], theirs["standard_error"])
    note = f"{names()[economy]} {own['estimate']:.2f}, {names()[other]} {theirs['estimate']:.2f}."
    return _around(own["estimate"] - theirs["estimate"], half, note)


def _at_end(place: int) -> Callable[..., Quantity]:
    """Make the quantity that is the highest (0) or lowest (-1) of a group."""

    def compute(
        *,
        edition: int,
        year: int,
        dimension: str,
        group: Group | None = None,
        measure: Measure = "estimate",
    ) -> Quantity:
        row = _valued(edition, year, dimension, group, measure).iloc[place]
        return _measured(row, measure, f"It is that of {names()[row['economy']]}.")

    return compute


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
    own = _row(_world(edition, dimension, year), edition, economy, dimension, year)
    others = rows[rows["economy"] != economy]
    limit = float(own[measure]) if below is None else below
    not_below = others[others[measure] >= limit]
    what = f"{limit:.2f} ({names()[economy]})" if below is None else f"{limit:g}"
    note = f"Not below {what}: {_list(not_below, measure)}."
    if below is None and measure == "estimate":
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
    squares = float((rows["standard_error"] ** 2).sum(skipna=False))
    half = Z90 * math.sqrt(squares) / len(rows) if measure == "estimate" else math.nan
    return _around(float(rows[measure].mean()), half, f"The mean of {len(rows)} countries.")


def risen(*, edition: int, years: tuple[int, int], dimension: str, group: Group) -> Quantity:
    """Count the countries of a group whose estimate rose by more than its error."""
    rows = _changes(edition, dimension, years, economies_in(group))
    rows = rows[rows["change"].notna()]
    if rows.empty:
        raise NotHeld(
            f"Edition {edition} of the WGI has no changes {join_years(years)}{_of(group)}."
        )
    listed = "; ".join(
        f"{_list(rows[rows['verdict'] == verdict], 'change')} ({verdict})"
        for verdict in dict.fromkeys(rows["verdict"])
    )
    rose = int((rows["verdict"] == "rose").sum())
    return Quantity(rose, among=len(rows), note=f"{listed}.")


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
    pairs: list[tuple[float, float]] = []
    for dimension, theirs in points.items():
        years = list(range(first_year, first_year + len(theirs)))
        ours = read_wgi(edition, economies=economy, dimensions=dimension, years=years)["estimate"]
        if ours.notna().sum() < len(years):
            raise _lacking(edition, economy, dimension, years)
        pairs += zip(ours, theirs, strict=True)
    equal = sum(rounds_to(mine, theirs, decimals) for mine, theirs in pairs)
    largest = max(abs(mine - theirs) for mine, theirs in pairs)
    note = f"The largest difference is {largest:.{decimals + 2}f}."
    return Quantity(equal, among=len(pairs), note=note)


# Surveys: shares in percent, their differences in percentage points


def share(
    *,
    survey: str,
    item: str,
    answer: str | Some,
    base: str,
    wave: str | None = None,
    design_effect: Effect = DESIGN_EFFECT,
) -> Quantity:
    """Compute the share of one answer, or of several together, with Wilson's interval."""
    p, n = _share(_shares(survey, item, base, wave), answer, survey)
    note = f"{_survey(survey)}: {n:,} respondents {WHOM[base]}, {_effect(design_effect)}."
    others: list[tuple[str, float, int | None]] = []
    for other, whom in WHOM.items():
        with contextlib.suppress(UnknownName):
            value, _ = _share(_shares(survey, item, other, wave), answer, survey)
            others += [(f"Of those {whom.removeprefix('who ')} it is", value, None)] * (
                other != base
            )
    return replace(_sampled(p, _wilson(p, n), design_effect, note), otherwise=tuple(others))


def share_lead(
    *,
    survey: str,
    item: str,
    answers: tuple[str, str],
    base: str,
    ranges: tuple[tuple[float, float], ...] = (),
    design_effect: Effect = DESIGN_EFFECT,
) -> Quantity:
    """Compute the lead of the first answer over the second, of one sample.

    The note says what the printed `ranges` of all answers can sum to.
    """
    rows = _shares(survey, item, base)
    check_answers(rows, answers)
    first, second = ([answer] for answer in answers)
    row = net_trust(rows, positive=first, negative=second, design_effect=1.0).iloc[0]
    lead, half = float(row["net"]), float(row["net_upper"] - row["net"])
    shares = rows.set_index("answer")["share"]
    largest = labels(survey)[str(shares.idxmax())].lower()
    note = f"The largest class is '{largest}', {shares.max():.1f}%."
    if ranges:
        low, high = (sum(ends) for ends in zip(*ranges, strict=True))
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

    def interval(effect: float) -> Ends:
        return lead - half * effect**0.5, lead + half * effect**0.5

    return _sampled(lead, interval, design_effect, note)


def smallest_change(
    *,
    survey: str,
    items: Some,
    answers: Some,
    waves: tuple[str, str],
    base: Literal["all", "opinion"],
    design_effect: Effect = DESIGN_EFFECT,
) -> Quantity:
    """Compute the smallest change, among several items, of the joint share of some answers.

    With Newcombe's interval. Of base "opinion" those without one are left out.
    """
    rows = _whole(survey, waves=waves, items=items)
    rows, taken = fill_respondents(rows), _respondents(rows, survey)
    check_answers(rows, answers)
    if base not in ("all", "opinion"):
        raise NotHeld(f"{_survey(survey)}: no shares of the base {base!r} are included.")
    if base == "opinion":
        rows = rebase_on_opinion(rows)
    said, changed = labels(survey), _changed(survey, waves)
    found = []
    for item, own in rows.groupby("item", sort=False):
        first, last = (own[own["wave"] == wave] for wave in waves)
        if set(first["question"]) != set(last["question"]):
            raise NotComparable(
                f"The question differs between {said[waves[0]]} and {said[waves[1]]}. "
                f"{changed}".strip()
            )
        shares = [_share(part, answers, survey) for part in (first, last)]
        none = [p["share"][p["answer"].isin(NO_OPINION)].sum() for p in (first, last)]
        rise = shares[1][0] - shares[0][0]
        found.append((rise, said[str(item)], shares, rise - max(none[0] - none[1], 0)))
    order = sorted(found, key=lambda one: one[0])
    listed = ", ".join(f"{name} {a[0]:.1f}% to {b[0]:.1f}%" for _, name, (a, b), _ in order)
    counted = " or ".join(said[a].lower() for a in answers)
    whom = "all who were asked" if base == "all" else "those with an opinion"
    note = f"Of {whom}, {counted}: {listed}. {taken}, {_effect(design_effect)}."
    if changed:
        note += f" The answers changed between the waves: {changed}"
    if base == "all" and changed:
        fell = ", ".join(f"{name} fell by {-v:.1f}" for _, name, _, v in found if v < 0)
        note += f" If all who stopped having no opinion now fully agree, {fell or 'all rose'}."
    change, _, pair, _ = order[0]
    return _sampled(change, _newcombe(*pair), design_effect, note)


def majorities(
    *,
    survey: str,
    wave: str,
    items: Some,
    answer: str,
    besides: tuple[str, ...] = (),
    design_effect: Effect = DESIGN_EFFECT,
) -> Quantity:
    """Count the items for which an answer is given by more than half of all who were asked.

    The interval is from those surely above half to those possibly so. `besides` are items that the
    note alone counts.
    """
    asked = _whole(survey, waves=wave, items=[*items, *besides])
    asked = asked[asked["base"] == "all"]
    asked, taken = fill_respondents(asked), _respondents(asked, survey)
    rows = asked[asked["answer"] == answer]
    if len(rows) != len({*items, *besides}):
        raise NotHeld(f"{_survey(survey)}: {answer} is not an answer to each item in wave {wave}.")
    own, said = rows[rows["item"].isin(items)], labels(survey)
    shares = own["share"].to_numpy("float64")
    interval = _wilson(shares, own["respondents"].to_numpy("float64"))
    named = list(zip(own["item"].map(said), shares, strict=True))
    listed = ", ".join(f"{name} {p:.1f}%" for name, p in named)
    edge = [f"{name} ({p:.1f}%)" for name, p in named if abs(p - 50) <= 2]
    note = f"{said[answer]}, {said[wave]}: {listed}."
    if edge:
        note += f" {' and '.join(edge)} is on the edge."
    if besides:
        note += f" Of all {len(rows)} bodies asked about then it is {(rows['share'] > 50).sum()}."
    note = f"{note} {taken}, {_effect(design_effect)}."

    def count(effect: float) -> Ends:
        lower, upper = (int((end > 50).sum()) for end in interval(effect))
        return lower, upper

    return _sampled(int((shares > 50).sum()), count, design_effect, note, among=len(own))


def share_over(
    *,
    survey: str,
    others: Some,
    item: str,
    answer: str,
    base: str,
    design_effect: Effect = DESIGN_EFFECT,
) -> Quantity:
    """Compute by how much a share exceeds that of another survey, of several the smallest lead."""
    found = {
        name: _share(_shares(name, item, base), answer, name)
        for name in dict.fromkeys([survey, *others])
    }
    least = max((found[name] for name in others), key=lambda one: one[0])
    listed = ", ".join(f"{names()[info(n)['economy']]} {p:.1f}%" for n, (p, _) in found.items())
    note = f"{labels(survey)[answer]}: {listed}; {_effect(design_effect)}."
    lead = found[survey][0] - least[0]
    return _sampled(lead, _newcombe(least, found[survey]), design_effect, note)


def group_difference(
    *,
    survey: str,
    item: str,
    answer: str,
    base: str,
    groups: tuple[str, str],
    design_effect: Effect = DESIGN_EFFECT,
) -> Quantity:
    """Compute a share in one group of people minus that in another."""
    table = read_survey(survey, items=item)
    table = table[table["base"] == base]
    first, second = (_share(table[table["group"] == g], answer, survey) for g in groups)
    listed = ", ".join(
        f"{group}: {p:.1f}% of {n}" for group, (p, n) in zip(groups, (first, second), strict=True)
    )
    note = f"{labels(survey)[answer]}, {listed}; {_effect(design_effect)}."
    return _sampled(first[0] - second[0], _newcombe(second, first), design_effect, note)


def correlation(
    *,
    edition: int,
    x: Variable,
    y: Annotated[list[Variable], Meta(min_length=1)],
    group: Group | None = None,
    not_free: int | None = None,
) -> Quantity:
    """Compute Spearman's rank correlation of two numbers across countries; of several the largest.

    `not_free` keeps the countries whose rating by Freedom House in that edition is "not free".
    """
    # A dimension without a year is that of each country's survey.
    years = {one["economy"]: int(one["waves"][-1]["name"][:4]) for one in map(info, x.surveys)}
    first = _values(x, edition, years)
    if group:
        first = first[first.index.isin(economies_in(group))]
    if not_free:
        first = first[first.index.isin(_not_free(not_free))]
    found: list[tuple[float, float, float, int, str]] = []
    for one in y:
        second = _values(one, edition, years)
        both = pd.concat([first, second], axis="columns", join="inner").dropna()
        n = len(both)
        if n < 5:
            raise NotHeld(f"{n} countries have both figures; five are needed for a correlation.")
        found.append((*rank_correlation(*both.to_numpy().T), n, _name_variable(one)))
    r, lower, upper, n, _ = max(found)
    listed = ", ".join(f"{one[-1]} {one[0]:.2f} ({one[1]:.2f} to {one[2]:.2f})" for one in found)
    note = f"Rank correlation of {_name_variable(x)} across {n} countries with: {listed}."
    if n < FEWEST:
        note += " Of so few the interval of a strong correlation is too short."
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
    part, whole = (
        single_figure(economy=economy, item=item, measure=measure, date=date).value
        for measure in (parts, wholes)
    )
    ratio = 100 * part / whole
    note = f"{part:,.0f} {parts} to {whole:,.0f} {wholes}: {ratio:.2f} per hundred."
    return Quantity(ratio, note=note)


def per_inhabitant_year(
    *, count: float, inhabitants: float, first_day: str, last_day: str
) -> Quantity:
    """Compute a count per inhabitant and year from numbers that the ledger gives."""
    first, last = (datetime.date.fromisoformat(day) for day in (first_day, last_day))
    years = (last - first).days / 365.25
    value = count / inhabitants / years
    note = f"{count:,.0f} in {years:.1f} years, {inhabitants:,.0f} inhabitants: "
    return Quantity(value, note=f"{note}{value:.3f} each a year.")


def printed(*, number: float) -> Quantity:
    """Return the text's own number, where its wording is judged by it."""
    return Quantity(number, note="The number is the text's own.")


def ranking_value(
    *, economy: str, ranking: str, measure: str, release: int, since: int | None = None
) -> Quantity:
    """Look up the value of a ranking of another publisher, or its change since a release.

    With its interval if it has errors; those of two releases are taken as uncorrelated.
    """
    releases = [release] if since is None else [since, release]
    rows = [_ranking(ranking, economy, measure, editions=one).iloc[0] for one in releases]
    values, errors = ([float(row[c]) for row in rows] for c in ("value", "standard_error"))
    note = f"{_title(ranking)}, {release}."
    if since is not None:
        note = f"{_title(ranking)}: {values[0]:.4g} in {since}, {values[1]:.4g} in {release}."
    value = values[-1] - (values[0] if since is not None else 0)
    return _around(value, Z90 * math.hypot(*errors), note)


def ranking_rank(*, economy: str, ranking: str, measure: str, release: int) -> Quantity:
    """Look up the rank of a country in a ranking of another publisher."""
    row, title = _ranking(ranking, economy, measure, editions=release).iloc[0], _title(ranking)
    if pd.isna(row["position"]):
        raise NotHeld(f"{title}: no rank of {names()[economy]} is published for {release}.")
    among = None if pd.isna(row["ranked"]) else int(row["ranked"])
    return Quantity(int(row["position"]), among=among, note=f"{title}, {release}.")


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
    classes: Counter[str] = Counter()
    for name, measure in measures:
        table = _ranking(name, economy, measure)
        rows = table[table["edition"].between(*years)].sort_values("edition")
        if len(rows) < 2:
            continue
        first, last = rows.iloc[0], rows.iloc[-1]
        places = "no rank published"
        if pd.notna(first["position"]) and pd.notna(last["position"]):
            improved.append(bool(last["position"] < first["position"]))
            places = f"rank {first['position']} to {last['position']}"
        moved = float(last["value"] - first["value"])
        errors = rows["standard_error"].ffill().iloc[[0, -1]]
        kind, against = "of unknown error", ""
        if errors.notna().all():
            margin = Z90 * float((errors**2).sum() ** 0.5)
            kind = "risen beyond the error" if moved > margin else "not beyond the error"
            against = f", a change of {moved:.3f} against {margin:.3f}"
        classes[kind] += 1
        parts.append(
            f"{_title(name)}, {first['edition']} to {last['edition']}: {places}, "
            f"{SCORES.get(name, 'score')} {first['value']:.4g} to {last['value']:.4g}{against}"
        )
    if not improved:
        raise NotHeld(f"No ranking has two ranks of {names()[economy]}, {join_years(years)}.")
    kinds = ", ".join(f"{count} {kind}" for kind, count in classes.items())
    note = f"{'; '.join(parts)}. Scores: {kinds}."
    broken = breaks_of_rankings()
    broken = broken[broken["ranking"].isin([name for name, _ in measures])]
    listed = "; ".join(
        f"{_title(b['ranking'])} {b['edition']} ({b['note']})"
        for b in broken[broken["edition"].between(years[0] + 1, years[1])].to_dict("records")
    )
    if listed:
        note += f" Breaks of the series: {listed}."
    return Quantity(sum(improved), among=len(improved), note=note)


QUANTITIES: dict[str, Callable[..., Quantity]] = {
    "estimate": _of_country("estimate"),
    "percentile_rank": _of_country("percentile_rank"),
    "score": _of_country("score"),
    "highest": _at_end(0),
    "lowest": _at_end(-1),
} | {
    function.__name__: function
    for function in (
        *(rank, change, difference, count_above, others_below, group_mean, risen, figure_points),
        *(share, share_lead, smallest_change, majorities, share_over, group_difference),
        *(correlation, single_figure, per_hundred, per_inhabitant_year, printed),
        *(ranking_value, ranking_rank, ranks_improved),
    )
}
"""What a ledger can compute, by name."""


def _world(edition: int, dimension: str, year: int, group: Group | None = None) -> pd.DataFrame:
    """Return the countries of a group, or all, in one year, with their ranks among all."""
    rows = rank_economies(add_interval(read_wgi(edition, dimensions=dimension, years=year)))
    if group:
        rows = rows[rows["economy"].isin(economies_in(group))]
        if rows.empty:
            raise NotHeld(f"Edition {edition} of the WGI lists no country{_of(group)}.")
    return rows


def _row(
    table: pd.DataFrame, edition: int, economy: str, dimension: str, year: int, measure: str = ""
) -> "pd.Series[Any]":
    """Return the row of a country with an estimate, and with a score if that is the measure."""
    rows = table[(table["economy"] == economy) & table["estimate"].notna()]
    if rows.empty:
        raise _lacking(edition, economy, dimension, [year])
    if measure == "score" and rows["score"].isna().all():
        raise NotHeld(f"Edition {edition} of the WGI has no scores from 0 to 100.")
    return rows.iloc[0]


def rounds_to(value: float, printed: float, decimals: int) -> bool:
    """Return True if a value is printed so at some decimals: of an exact half either neighbour."""
    return abs(value - printed) <= 0.5 * 10.0**-decimals + 1e-9


def _around(value: float, half: float, note: str) -> Quantity:
    """Return a number with its interval, missing if the half-width is."""
    return Quantity(value, value - half, value + half, note=note)


def _measured(row: "pd.Series[Any]", name: str, note: str) -> Quantity:
    """Return a measure with its interval if it has one."""
    lower, upper = (float(row.get(f"{name}_{end}", math.nan)) for end in ("lower", "upper"))
    return Quantity(float(row[name]), lower, upper, note=note)


def _of(group: Group | None) -> str:
    if not group:
        return ""
    return f" in {group_titles().get(group, group)}" if isinstance(group, str) else " in the group"


def _valued(
    edition: int, year: int, dimension: str, group: Group | None, measure: Measure
) -> pd.DataFrame:
    """Return the rows of a group that have a measure, from high to low."""
    rows = _world(edition, dimension, year, group).dropna(subset=measure)
    if rows.empty:
        raise NotHeld(f"Edition {edition} of the WGI has no such figures{_of(group)}, {year}.")
    return rows.sort_values(measure, ascending=False)


def _list(rows: pd.DataFrame, column: str) -> str:
    listed = [f"{names()[r['economy']]} {r[column]:.2f}" for r in rows.to_dict("records")]
    return ", ".join(listed) or "none"


def _changes(
    edition: int,
    dimension: str,
    years: tuple[int, int],
    economies: list[str],
    rho: float | pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the changes of countries; rho is what the edition implies unless given for them."""
    rows = read_wgi(edition, dimensions=dimension, years=list(years))
    rows = rows[rows["economy"].isin(economies)]
    if rows.empty:
        raise NotHeld(f"Edition {edition} of the WGI lists none of these countries.")
    if isinstance(rho, pd.DataFrame):
        asked: dict[str, list[Any]] = {"edition": [edition], "dimension": [dimension]}
        asked |= {"first_year": [years[0]], "last_year": [years[1]], "economy": economies}
        for column in asked.keys() & set(rho.columns):
            rho = rho[rho[column].isin(asked[column])]
        rho = None if rho.empty else rho
    changes = change_between_years(rows, *years, rho=rho)
    return changes.assign(origin="implied" if rho is None else "given")


def _lacking(edition: int, economy: str, dimension: str, years: list[int]) -> NotHeld:
    """Return the error of an edition without an estimate; raise that of one without the years."""
    read_wgi(edition, economies=economy, years=years)
    return NotHeld(
        f"WGI edition {edition} has no estimate of {DIMENSIONS[dimension]} for {names()[economy]}, "
        f"{join_years(years)}."
    )


def _whole(survey: str, **chosen: Any) -> pd.DataFrame:
    return read_survey(survey, **chosen).query(f"group == {TOTAL!r}")


def _shares(survey: str, item: str, base: str, wave: str | None = None) -> pd.DataFrame:
    """Return the rows of an item of the whole population in one base."""
    rows = _whole(survey, items=item, waves=wave)
    rows = rows[rows["base"] == base]
    if rows.empty:
        raise NotHeld(f"{_survey(survey)}: no shares of the base {base!r} are included.")
    if rows["answer"].duplicated().any():
        raise NotHeld(f"{_survey(survey)} has several waves of {item}; name one.")
    return rows


def _share(rows: pd.DataFrame, answer: str | list[str], survey: str) -> tuple[float, int]:
    """Return the joint share of answers to one item, and of how many respondents."""
    answers = [answer] if isinstance(answer, str) else answer
    check_answers(rows, answers)
    asked = rows["respondents"].iloc[0]
    if pd.isna(asked):
        raise NotHeld(f"{_survey(survey)}: no number of respondents is published.")
    return float(rows.loc[rows["answer"].isin(answers), "share"].sum()), int(asked)


def _wilson(share: Any, n: Any) -> Callable[[float], tuple[Any, Any]]:
    """Return the interval of a share, by design effect."""

    def interval(effect: float) -> tuple[Any, Any]:
        lower, upper = wilson(np.float64(1) * share / 100, n / effect, Z)
        return 100 * lower, 100 * upper

    return interval


def _newcombe(first: tuple[float, int], last: tuple[float, int]) -> Callable[[float], Ends]:
    """Return the interval of the difference of two samples' shares, by design effect."""
    (p1, n1), (p2, n2) = first, last
    shares = np.float64(p1) / 100, np.float64(p2) / 100
    return lambda effect: newcombe(shares[0], n1 / effect, shares[1], n2 / effect, Z)


def _sampled(
    value: float,
    interval: Callable[[float], Ends],
    design_effect: float,
    note: str,
    among: int | None = None,
) -> Quantity:
    lower, upper = map(float, interval(design_effect))
    return Quantity(value, lower, upper, among, note, at=interval)


def _respondents(rows: pd.DataFrame, survey: str) -> str:
    """Write how many respondents the rows have, and of which waves this is assumed."""
    note = f"{fill_respondents(rows)['respondents'].max():,} respondents"
    lacking = rows.loc[rows["respondents"].isna(), "wave"].unique()
    when = ", ".join(labels(survey)[wave] for wave in lacking)
    return f"{note}, also assumed for {when}, of which no number is published" if when else note


def _changed(survey: str, waves: tuple[str, str]) -> str:
    """Return what changed in a survey between two waves, as its record says."""
    between = [
        b["what"]
        for b in info(survey)["breaks"]
        if waves[0] <= b["between"][0] and b["between"][1] <= waves[1]
    ]
    return " ".join(between)


def _survey(survey: str) -> str:
    """Write which survey: its title without what it asks and its years."""
    return str(info(survey)["title"]).partition(":")[0]


def _date(date: str) -> str:
    """Write a date as exact as it is known."""
    if len(date) == 10:
        day = datetime.date.fromisoformat(date)
        return f"{day.day} {day:%B %Y}"
    return f"{datetime.date.fromisoformat(f'{date}-01'):%B %Y}" if len(date) == 7 else date


def _effect(design_effect: float) -> str:
    return f"design effect {design_effect:g} (assumed)"


def _values(variable: Variable, edition: int, years: dict[str, int]) -> "pd.Series[float]":
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
        check_answers(rows, answers)
        found[info(name)["economy"]] = rows.loc[rows["answer"].isin(answers), "share"].sum()
    return pd.Series(found, name="share")


def _name_variable(variable: Variable) -> str:
    if variable.dimension:
        return f"{DIMENSIONS[variable.dimension]} {variable.year or 'in its year'}"
    if variable.ranking:
        fields = find_resource(f"ranking-{variable.ranking}")["schema"]["fields"]
        measures = next(field["description"] for field in fields if field["name"] == "measure")
        said = dict(part.split(": ", 1) for part in measures.split("; "))
        return f"{said[variable.measure]} {variable.release}"
    said = labels(variable.surveys[0])
    answers = [variable.answer] if isinstance(variable.answer, str) else variable.answer
    return f"{said[variable.item]} ({' or '.join(said[a].lower() for a in answers)})"


def _title(ranking: str) -> str:
    return str(find_resource(f"ranking-{ranking}")["title"])


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
