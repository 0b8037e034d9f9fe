"""What a ledger can name: each quantity computes one number of a text from the figures included.

A quantity is a function whose parameters, with the fields of a `World` or `Sample` in place of the
first, are what a ledger may give it; those in `ledger.FILLED` are keys of the claim. It returns a
`Quantity`, whose note tells a reader what to know of the number in plain sentences, and raises
`NotHeld` where the figures that it needs are not included, `NotComparable` where they are but do
not measure the same.
"""

import contextlib
import datetime
import functools
import inspect
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

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
from govlib.datasets.wgi import ranked as ranked_wgi
from govlib.datasets.wgi import read as read_wgi
from govlib.errors import BadParameter, GovlibError, NotHeld, UnknownName
from govlib.i18n import join_years
from govlib.stats._tables import DIMENSIONS, Z90, deviate
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

Dimension = Annotated[str, Meta(pattern=f"^({'|'.join(DIMENSIONS)})$")]
Some = Annotated[list[str], Meta(min_length=1)]
Points = Annotated[list[float], Meta(min_length=1)]
Measure = Annotated[str, Meta(pattern="^(estimate|percentile_rank|score)$")]
Base = Annotated[str, Meta(pattern="^(all|valid|opinion)$")]
Group = str | list[str]
Pair = tuple[str, str]
Years = tuple[int, int]
Ends = tuple[float, float]
Interval = Callable[[float], Ends]
"""The interval of a number of surveys, by design effect."""

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
    at: Interval | None = None
    more: Callable[[], str] | None = None
    """What else a reader should know, where it takes long to compute."""

    @property
    def ends(self) -> Ends:
        """The ends of the interval; without one the number twice."""
        return (self.value, self.value) if math.isnan(self.lower) else (self.lower, self.upper)


class World(msgspec.Struct, frozen=True, kw_only=True):
    """One dimension of the WGI in one year of an edition."""

    edition: int
    year: int
    dimension: Dimension

    def rows(self, group: Group | None = None) -> pd.DataFrame:
        """Return the countries of a group, or all, with their ranks among all."""
        rows = ranked_wgi(self.edition, dimensions=self.dimension, years=self.year)
        if group:
            rows = rows[rows["economy"].isin(economies_in(group))]
            if rows.empty:
                raise NotHeld(f"Edition {self.edition} of the WGI lists no country{_of(group)}.")
        return rows

    def row(
        self, economy: str, measure: str = "", rows: pd.DataFrame | None = None
    ) -> "pd.Series[Any]":
        """Return the row of a country with an estimate, and with a score if that is the measure."""
        rows = self.rows() if rows is None else rows
        rows = rows[(rows["economy"] == economy) & rows["estimate"].notna()]
        if rows.empty:
            raise _lacking(self.edition, economy, self.dimension, [self.year])
        if measure == "score" and rows["score"].isna().all():
            raise NotHeld(f"Edition {self.edition} of the WGI has no scores from 0 to 100.")
        return rows.iloc[0]

    def valued(self, group: Group | None, measure: Measure) -> pd.DataFrame:
        """Return the rows of a group that have a measure, from high to low."""
        rows = self.rows(group).dropna(subset=measure)
        if rows.empty:
            raise NotHeld(
                f"Edition {self.edition} of the WGI has no such figures{_of(group)}, {self.year}."
            )
        return rows.sort_values(measure, ascending=False)


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A survey, with the design effect that its intervals assume."""

    survey: str
    design_effect: Annotated[float, Meta(ge=0.01, le=100)] = DESIGN_EFFECT

    @property
    def title(self) -> str:
        """Which survey it is: its title without what it asks and its years."""
        return str(info(self.survey)["title"]).partition(":")[0]

    @property
    def assumed(self) -> str:
        """The design effect as a note says it."""
        return f"design effect {self.design_effect:g} (assumed)"

    def rows(self, **chosen: Any) -> pd.DataFrame:
        """Return the rows of the whole population."""
        return read_survey(self.survey, **chosen).query(f"group == {TOTAL!r}")

    def shares(self, item: str, base: str, wave: str | None = None) -> pd.DataFrame:
        """Return the rows of an item of the whole population in one base."""
        rows = self.rows(items=item, waves=wave)
        rows = rows[rows["base"] == base]
        if rows.empty:
            raise NotHeld(f"{self.title}: no shares of the base {base!r} are included.")
        if rows["answer"].duplicated().any():
            raise NotHeld(f"{self.title} has several waves of {item}; name one.")
        return rows

    def share(self, rows: pd.DataFrame, answer: str | list[str]) -> tuple[float, int]:
        """Return the joint share of answers to one item, and of how many respondents."""
        joint, asked = _joint(rows, answer), rows["respondents"].iloc[0]
        if pd.isna(asked):
            raise NotHeld(f"{self.title}: no number of respondents is published.")
        return joint, int(asked)

    def sampled(
        self, value: float, interval: Interval, note: str, among: int | None = None
    ) -> Quantity:
        """Return a number with its interval at the design effect."""
        lower, upper = map(float, interval(self.design_effect))
        return Quantity(value, lower, upper, among, note, at=interval)


class Variable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number of several countries: a dimension of the WGI, a ranking's, or a share of surveys."""

    dimension: Dimension = ""
    year: int = 0  # left out: for each country the year of the survey that it is compared with
    ranking: str = ""
    measure: str = ""
    release: int = 0
    surveys: list[str] = []
    item: str = ""
    answer: str | list[str] = ""
    base: Base = "valid"

    def values(self, edition: int, years: dict[str, int]) -> "pd.Series[float]":
        """Return the numbers by country; `years` are those of a dimension without a year."""
        if self.dimension:
            rows = read_wgi(edition, dimensions=self.dimension, years=self.year or None)
            if not self.year:
                rows = rows[rows["year"] == rows["economy"].map(years)]
            return rows.set_index("economy")["estimate"].rename("wgi")
        if self.ranking:
            rows = read_ranking(self.ranking, measures=self.measure, editions=self.release)
            return rows.set_index("economy")["value"]
        if not self.surveys:
            raise BadParameter("A variable of a correlation is a dimension, a ranking or surveys.")
        shares = {name: Sample(survey=name).shares(self.item, self.base) for name in self.surveys}
        found = {info(name)["economy"]: _joint(rows, self.answer) for name, rows in shares.items()}
        return pd.Series(found, name="share")

    def __str__(self) -> str:
        """Name the variable in a note."""
        if self.dimension:
            return f"{DIMENSIONS[self.dimension]} {self.year or 'in its year'}"
        if self.ranking:
            fields = find_resource(f"ranking-{self.ranking}")["schema"]["fields"]
            measures = next(field["description"] for field in fields if field["name"] == "measure")
            said = dict(part.split(": ", 1) for part in measures.split("; "))
            return f"{said[self.measure]} {self.release}"
        said = labels(self.surveys[0])
        answers = _listed(self.answer)
        return f"{said[self.item]} ({' or '.join(said[a].lower() for a in answers)})"


# The Worldwide Governance Indicators


def _of_country(measure: Measure) -> Callable[..., Quantity]:
    """Make the quantity that is a measure of a country."""

    def compute(of: World, *, economy: str) -> Quantity:
        row = of.row(economy, measure)
        rank = f"{row['percentile_rank']:.1f} among {row['ranked']} countries."
        note = f"Its percentile rank is {rank}" if measure == "estimate" else ""
        return _measured(row, measure, note)

    return compute


def rank(of: World, *, economy: str, group: Group | None = None) -> Quantity:
    """Compute the rank from the top among the countries with data, all or those of a group."""
    if group and economy not in economies_in(group):
        raise BadParameter(f"{names()[economy]} is not{_of(group)}: ask for a rank among its own.")
    world = of.rows(group)
    drawn = bool((world["standard_error"].notna() | world["estimate"].isna()).all())
    row = of.row(economy, rows=simulate_ranks(world) if drawn else rank_economies(world))
    place, ranked, listed = (int(row[name]) for name in ("position", "ranked", "listed"))
    have, score = "has" if ranked == 1 else "have", "scores" if place == 2 else "score"
    counted = f"Of the {listed} countries listed{_of(group)}, {ranked}"
    note = f"{counted} {have} data and {place - 1} {score} higher."
    others: tuple[tuple[str, float, int], ...] = ()
    if lacking := listed - ranked:
        which = "the one" if lacking == 1 else f"the {lacking}"
        others = (
            (f"Counting {which} without data as higher gives", place + lacking, listed),
            ("The rank is right: counting all that are listed,", place, listed),
        )

    def name_set() -> str:
        own = rank_sets(world.dropna(subset="estimate"), economy=economy).iloc[0]
        ends = f"{own['marginal_lower']} to {own['marginal_upper']}"
        return f"A confidence set of the rank, whatever the true ranks are, is {ends}."

    found = replace(_measured(row, "position", note), among=ranked, kind="posterior ")
    return replace(found, otherwise=others, more=name_set if drawn and ranked > 1 else None)


def change(
    *,
    edition: int,
    economy: str,
    years: Years,
    dimension: Dimension | Annotated[list[Dimension], Meta(min_length=1)],
    measure: Annotated[str, Meta(pattern="^(estimate|percentile_rank|rank|score)$")] = "estimate",
    first_edition: int | None = None,
    rho: float | None = None,
) -> Quantity:
    """Compute the change of a measure between two years; of a rank, the places gained.

    Of an estimate with its interval, over the correlation of the errors that the edition allows, or
    for one (`rho`; from `check` also a table, for the changes that it covers). Of several
    dimensions the smallest change counts. `first_edition` is that of the first year where a text
    compares two editions; percentile ranks and ranks only.
    """
    dimensions, before = _listed(dimension), first_edition or edition
    if measure != "estimate":
        column, sign = ("position", -1) if measure == "rank" else (measure, 1)
        found = []
        for one in dimensions:
            first, last = (
                float(World(edition=e, year=y, dimension=one).row(economy, column)[column])
                for e, y in zip((before, edition), years, strict=True)
            )
            found.append((sign * (last - first), first, last))
        value, first, last = min(found)
        which = f" (edition {before})" if before != edition else ""
        return Quantity(
            value, note=f"From {first:g} in {years[0]}{which} to {last:g} in {years[1]}."
        )
    if before != edition:
        raise NotComparable("Estimates of two editions are not on one scale.")
    rows = pd.concat([_changes(edition, one, years, [economy], rho) for one in dimensions])
    rows = rows.dropna(subset="change")
    if len(rows) < len(dimensions):
        raise _lacking(edition, economy, dimensions[0], list(years))
    row = rows.sort_values("change").iloc[0]
    own = read_wgi(edition, economies=economy, dimensions=row["dimension"])
    own = own[own["estimate"].notna() & own["year"].between(*years)]
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
    low, found_, high = (
        _around(row["change"], Z90 * (s1**2 + s2**2 - 2 * row[r] * s1 * s2) ** 0.5, note)
        for r in ("rho_lower", "rho", "rho_upper")
    )
    cases = (low.ends, found_.ends, high.ends)
    return replace(found_, cases=cases, rho_flip=float(row["rho_flip"]))


def difference(of: World, *, economy: str, other: str) -> Quantity:
    """Compute the estimate minus that of another country, errors taken as uncorrelated."""
    own, theirs = (of.row(code) for code in (economy, other))
    half = Z90 * math.hypot(own["standard_error"], theirs["standard_error"])
    note = f"{names()[economy]} {own['estimate']:.2f}, {names()[other]} {theirs['estimate']:.2f}."
    return _around(own["estimate"] - theirs["estimate"], half, note)


def _at_end(place: int) -> Callable[..., Quantity]:
    """Make the quantity that is the highest (0) or lowest (-1) of a group."""

    def compute(
        of: World, *, group: Group | None = None, measure: Measure = "estimate"
    ) -> Quantity:
        row = of.valued(group, measure).iloc[place]
        return _measured(row, measure, f"It is that of {names()[row['economy']]}.")

    return compute


def count_above(
    of: World, *, group: Group, above: float, measure: Measure = "estimate"
) -> Quantity:
    """Count the countries of a group that are above a number."""
    rows = of.valued(group, measure)
    over = rows[rows[measure] > above]
    return Quantity(len(over), among=len(rows), note=f"Above: {_list(over, measure)}.")


def others_below(
    of: World,
    *,
    economy: str,
    group: Group,
    below: float | None = None,
    measure: Measure = "estimate",
) -> Quantity:
    """Count the others of a group that are below a number, by default the country's own."""
    rows, own = of.valued(group, measure), of.row(economy)
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


def group_mean(of: World, *, group: Group | None = None, measure: Measure = "estimate") -> Quantity:
    """Compute the mean of a group, errors taken as uncorrelated."""
    rows = of.valued(group, measure)
    squares = float((rows["standard_error"] ** 2).sum(skipna=False))
    half = Z90 * math.sqrt(squares) / len(rows) if measure == "estimate" else math.nan
    return _around(float(rows[measure].mean()), half, f"The mean of {len(rows)} countries.")


def risen(*, edition: int, years: Years, dimension: Dimension, group: Group) -> Quantity:
    """Count the countries of a group whose estimate rose by more than its error."""
    rows = _changes(edition, dimension, years, economies_in(group)).dropna(subset="change")
    if rows.empty:
        raise NotHeld(
            f"Edition {edition} of the WGI has no changes {join_years(years)}{_of(group)}."
        )
    listed = "; ".join(
        f"{_list(own, 'change')} ({verdict})"
        for verdict, own in rows.groupby("verdict", sort=False)
    )
    return Quantity(int((rows["verdict"] == "rose").sum()), among=len(rows), note=f"{listed}.")


def figure_points(
    *,
    edition: int,
    economy: str,
    first_year: int,
    points: Annotated[dict[Dimension, Points], Meta(min_length=1)],
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
    of: Sample, *, item: str, answer: str | Some, base: Base, wave: str | None = None
) -> Quantity:
    """Compute the share of one answer, or of several together, with Wilson's interval."""
    p, n = of.share(of.shares(item, base, wave), answer)
    others: list[tuple[str, float, int | None]] = []
    for other in WHOM:
        with contextlib.suppress(UnknownName):
            if other != base:
                value, _ = of.share(of.shares(item, other, wave), answer)
                others.append((f"Of those {WHOM[other]} it is", value, None))
    note = f"{of.title}: {n:,} respondents {WHOM[base]}, {of.assumed}."
    return replace(of.sampled(p, _wilson(p, n), note), otherwise=tuple(others))


def share_lead(
    of: Sample, *, item: str, answers: Pair, base: Base, ranges: tuple[Ends, ...] = ()
) -> Quantity:
    """Compute the lead of the first answer over the second, of one sample.

    The note says what the printed `ranges` of all answers can sum to.
    """
    rows = of.shares(item, base)
    check_answers(rows, answers)
    first, second = ([answer] for answer in answers)
    row = net_trust(rows, positive=first, negative=second, design_effect=1.0).iloc[0]
    lead, half = float(row["net"]), float(row["net_upper"] - row["net"])
    shares = rows.set_index("answer")["share"]
    largest = labels(of.survey)[str(shares.idxmax())].lower()
    note = f"The largest class is '{largest}', {shares.max():.1f}%."
    if ranges:
        low, high = (sum(ends) for ends in zip(*ranges, strict=True))
        asked = of.shares(item, "all").set_index("answer")["share"]
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
    return of.sampled(lead, lambda d: (lead - half * d**0.5, lead + half * d**0.5), note)


def smallest_change(of: Sample, *, items: Some, answers: Some, waves: Pair, base: Base) -> Quantity:
    """Compute the smallest change, among several items, of the joint share of some answers.

    With Newcombe's interval. Of base "opinion" those without one are left out.
    """
    rows = of.rows(waves=waves, items=items)
    rows, taken = fill_respondents(rows), _respondents(rows, of.survey)
    check_answers(rows, answers)
    if base not in ("all", "opinion"):
        raise NotHeld(f"{of.title}: no shares of the base {base!r} are included.")
    if base == "opinion":
        rows = rebase_on_opinion(rows)
    said = labels(of.survey)
    changed = " ".join(
        b["what"]
        for b in info(of.survey)["breaks"]
        if waves[0] <= b["between"][0] and b["between"][1] <= waves[1]
    )
    found = []
    for item, own in rows.groupby("item", sort=False):
        first, last = (own[own["wave"] == wave] for wave in waves)
        if set(first["question"]) != set(last["question"]):
            raise NotComparable(
                f"The question differs between {said[waves[0]]} and {said[waves[1]]}. "
                f"{changed}".strip()
            )
        shares = [of.share(part, answers) for part in (first, last)]
        none = [p["share"][p["answer"].isin(NO_OPINION)].sum() for p in (first, last)]
        rise = shares[1][0] - shares[0][0]
        found.append((rise, said[str(item)], shares, rise - max(none[0] - none[1], 0)))
    order = sorted(found, key=lambda one: one[0])
    listed = ", ".join(f"{name} {a[0]:.1f}% to {b[0]:.1f}%" for _, name, (a, b), _ in order)
    counted = " or ".join(said[a].lower() for a in answers)
    whom = "all who were asked" if base == "all" else "those with an opinion"
    note = f"Of {whom}, {counted}: {listed}. {taken}, {of.assumed}."
    if changed:
        note += f" The answers changed between the waves: {changed}"
    if base == "all" and changed:
        fell = ", ".join(f"{name} fell by {-v:.1f}" for _, name, _, v in found if v < 0)
        note += f" If all who stopped having no opinion now fully agree, {fell or 'all rose'}."
    return of.sampled(order[0][0], _newcombe(*order[0][2]), note)


def majorities(
    of: Sample, *, wave: str, items: Some, answer: str, besides: tuple[str, ...] = ()
) -> Quantity:
    """Count the items for which an answer is given by more than half of all who were asked.

    The interval is from those surely above half to those possibly so. `besides` are items that the
    note alone counts.
    """
    asked = of.rows(waves=wave, items=[*items, *besides]).query("base == 'all'")
    asked, taken = fill_respondents(asked), _respondents(asked, of.survey)
    rows = asked[asked["answer"] == answer]
    if len(rows) != len({*items, *besides}):
        raise NotHeld(f"{of.title}: {answer} is not an answer to each item in wave {wave}.")
    own, said = rows[rows["item"].isin(items)], labels(of.survey)
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

    def count(effect: float) -> Ends:
        lower, upper = (int((end > 50).sum()) for end in interval(effect))
        return lower, upper

    value = int((shares > 50).sum())
    return of.sampled(value, count, f"{note} {taken}, {of.assumed}.", len(own))


def share_over(of: Sample, *, others: Some, item: str, answer: str, base: Base) -> Quantity:
    """Compute by how much a share exceeds that of another survey, of several the smallest lead."""
    found = {}
    for name in dict.fromkeys([of.survey, *others]):
        one = Sample(survey=name)
        found[name] = one.share(one.shares(item, base), answer)
    least = max((found[name] for name in others), key=lambda one: one[0])
    listed = ", ".join(f"{names()[info(n)['economy']]} {p:.1f}%" for n, (p, _) in found.items())
    note = f"{labels(of.survey)[answer]}: {listed}; {of.assumed}."
    own = found[of.survey]
    return of.sampled(own[0] - least[0], _newcombe(least, own), note)


def group_difference(of: Sample, *, item: str, answer: str, base: Base, groups: Pair) -> Quantity:
    """Compute a share in one group of people minus that in another."""
    table = read_survey(of.survey, items=item).query(f"base == {base!r}")
    first, second = (of.share(table[table["group"] == g], answer) for g in groups)
    listed = ", ".join(
        f"{group}: {p:.1f}% of {n}" for group, (p, n) in zip(groups, (first, second), strict=True)
    )
    note = f"{labels(of.survey)[answer]}, {listed}; {of.assumed}."
    return of.sampled(first[0] - second[0], _newcombe(second, first), note)


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
    first = x.values(edition, years)
    if group:
        first = first[first.index.isin(economies_in(group))]
    if not_free:
        first = first[first.index.isin(_not_free(not_free))]
    found = []
    for one in y:
        both = pd.concat([first, one.values(edition, years)], axis="columns", join="inner").dropna()
        n = len(both)
        if n < 5:
            raise NotHeld(f"Countries with both figures: {n}; a correlation needs five.")
        found.append((*rank_correlation(*both.to_numpy().T), n, str(one)))
    r, lower, upper, n, _ = max(found)
    listed = ", ".join(f"{one[-1]} {one[0]:.2f} ({one[1]:.2f} to {one[2]:.2f})" for one in found)
    note = f"Rank correlation of {x} across {n} countries with: {listed}."
    if n < FEWEST:
        note += " Of so few the interval of a strong correlation is too short."
    return Quantity(r, lower, upper, note=note)


# Single figures and rankings


def single_figure(*, economy: str, item: str, measure: str, date: str) -> Quantity:
    """Look up one published figure of a country, in its own unit."""
    rows = read_single_figures(economy=economy, items=item)
    rows = rows[(rows["measure"] == measure) & (rows["date"] == date)]
    if len(rows) != 1:
        raise NotHeld(
            f"No single figure {item!r}, {measure!r} of {date} is included for {economy}."
        )
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
    last = _ranking(ranking, economy, measure, editions=release).iloc[0]
    if since is None:
        note = f"{_title(ranking)}, {release}."
        return _around(float(last["value"]), Z90 * last["standard_error"], note)
    first = _ranking(ranking, economy, measure, editions=since).iloc[0]
    note = f"{_title(ranking)}: {first['value']:.4g} in {since}, {last['value']:.4g} in {release}."
    half = Z90 * math.hypot(first["standard_error"], last["standard_error"])
    return _around(float(last["value"] - first["value"]), half, note)


def ranking_rank(*, economy: str, ranking: str, measure: str, release: int) -> Quantity:
    """Look up the rank of a country in a ranking of another publisher."""
    row, title = _ranking(ranking, economy, measure, editions=release).iloc[0], _title(ranking)
    if pd.isna(row["position"]):
        raise NotHeld(f"{title}: no rank of {names()[economy]} is published for {release}.")
    among = None if pd.isna(row["ranked"]) else int(row["ranked"])
    return Quantity(int(row["position"]), among=among, note=f"{title}, {release}.")


def ranks_improved(
    *, economy: str, years: Years, measures: Annotated[list[Pair], Meta(min_length=1)]
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
    broken = breaks_of_rankings().query("@years[0] < edition <= @years[1]")
    broken = broken[broken["ranking"].isin([name for name, _ in measures])]
    if len(broken):
        listed = (
            f"{_title(one['ranking'])} {one['edition']} ({one['note']})"
            for one in broken.to_dict("records")
        )
        note += f" Breaks of the series: {'; '.join(listed)}."
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


@functools.cache
def arguments(name: str) -> dict[str, tuple[Any, Any]]:
    """Return the type and the default (or msgspec's NODEFAULT) of each argument of a quantity."""
    found: dict[str, tuple[Any, Any]] = {}
    for one in inspect.signature(QUANTITIES[name]).parameters.values():
        if one.annotation in (World, Sample):
            fields = msgspec.structs.fields(one.annotation)
            found |= {field.name: (field.type, field.default) for field in fields}
        else:
            missing = one.default is one.empty
            found[one.name] = (one.annotation, msgspec.NODEFAULT if missing else one.default)
    return found


def compute(name: str, **given: Any) -> Quantity:
    """Compute a quantity from its arguments."""
    first = next(iter(inspect.signature(QUANTITIES[name]).parameters.values()))
    if first.annotation in (World, Sample):
        own = {key: given.pop(key) for key in first.annotation.__struct_fields__ if key in given}
        return QUANTITIES[name](first.annotation(**own), **given)
    return QUANTITIES[name](**given)


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


def _listed(one: str | list[str]) -> list[str]:
    return [one] if isinstance(one, str) else one


def _list(rows: pd.DataFrame, column: str) -> str:
    listed = [f"{names()[r['economy']]} {r[column]:.2f}" for r in rows.to_dict("records")]
    return ", ".join(listed) or "none"


def _changes(
    edition: int,
    dimension: str,
    years: Years,
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


def _joint(rows: pd.DataFrame, answer: str | list[str]) -> float:
    """Return the joint share of answers."""
    check_answers(rows, _listed(answer))
    return float(rows.loc[rows["answer"].isin(_listed(answer)), "share"].sum())


def _wilson(share: Any, n: Any) -> Callable[[float], tuple[Any, Any]]:
    """Return the interval of a share, by design effect."""

    def interval(effect: float) -> tuple[Any, Any]:
        lower, upper = wilson(np.float64(1) * share / 100, n / effect, Z)
        return 100 * lower, 100 * upper

    return interval


def _newcombe(first: tuple[float, int], last: tuple[float, int]) -> Interval:
    """Return the interval of the difference of two samples' shares, by design effect."""
    (p1, n1), (p2, n2) = first, last
    shares = np.float64(p1) / 100, np.float64(p2) / 100
    return lambda effect: newcombe(shares[0], n1 / effect, shares[1], n2 / effect, Z)


def _respondents(rows: pd.DataFrame, survey: str) -> str:
    """Write how many respondents the rows have, and of which waves this is assumed."""
    note = f"{fill_respondents(rows)['respondents'].max():,} respondents"
    lacking = rows.loc[rows["respondents"].isna(), "wave"].unique()
    when = ", ".join(labels(survey)[wave] for wave in lacking)
    return f"{note}, also assumed for {when}, of which no number is published" if when else note


def _date(date: str) -> str:
    """Write a date as exact as it is known."""
    if len(date) == 10:
        day = datetime.date.fromisoformat(date)
        return f"{day.day} {day:%B %Y}"
    return f"{datetime.date.fromisoformat(f'{date}-01'):%B %Y}" if len(date) == 7 else date


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
