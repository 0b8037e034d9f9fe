"""Ranks among economies and how sure they are: intervals, statistical ties, gaps.

A rank is one among the economies *in the table*: pass a whole edition for the rank in the world,
a group for the rank in it. Economies without an estimate are listed, never ranked. Governance is
taken as normally distributed, with estimate and standard error as mean and standard deviation,
independently between economies: the model of Kaufmann, Kraay and Mastruzzi (2010), World Bank
Policy Research Working Paper 5430, section 3. Parameters and errors raised: `govlib.stats`.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from numbers import Integral

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from govlib.errors import BadParameter, BadTable, UnknownName, did_you_mean
from govlib.stats._tables import (
    SEED,
    Z90,
    check_groups,
    check_rhos,
    check_table,
    deviate,
    exceeds,
    fill_errors,
    random_bits,
)

DRAWS = 10_000
LIMIT = 8.0
"""Draws are within this many standard errors: beyond it lies one of 10^15."""

CELL = ["edition", "year", "dimension"]

SETS = ("marginal", "joint", "kww")
"""Confidence sets of ranks; `rank_sets` says what each is."""

ENDS = ("lower", "upper")


def ranks(table: pd.DataFrame) -> pd.DataFrame:
    """Rank the economies of a table in each year and dimension.

    Returns
    -------
    DataFrame
        The same rows with the columns

        - `position`: rank, 1 for the highest estimate; equal estimates share the best rank (1, 2,
          2, 4);
        - `ranked`, `listed`: number of economies with an estimate, and in the table, in that year
          and dimension;
        - `percentile_rank`: 0 (lowest) to 100 (highest); missing if one economy is ranked;
        - `percentile_rank_lower`, `percentile_rank_upper`: those of estimate -/+ 1.64 standard
          errors.

    Notes
    -----
    With e the estimates of the N economies ranked,
    ``f(x) = 100 * max(0, #{e <= x} - 1) / (N - 1)``; the percentile rank is f(estimate) and its
    bounds are f(estimate -/+ 1.64 standard errors). This gives back every percentile rank and
    bound that the World Bank published in the editions 2019-2024.
    """
    check_table(table, ["estimate", "standard_error"])
    estimate = table["estimate"].to_numpy("float64")
    half = Z90 * table["standard_error"].to_numpy("float64")
    points = np.array([estimate, estimate - half, estimate + half])
    ranks = np.full((3, len(table)), np.nan)
    position = np.full(len(table), np.nan)
    ranked, listed = np.zeros((2, len(table)), "int64")
    cells = table.groupby(["year", "dimension"], observed=True).ngroup()
    if (lacking := cells.isna()).any():
        raise BadTable(f"{lacking.sum()} rows lack year or dimension: fill or drop them.")
    order = np.argsort(cells.to_numpy(), kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(cells.to_numpy()[order])) + 1):
        ordered = np.sort(estimate[rows])  # those without an estimate last
        count = len(rows) - np.isnan(ordered).sum()
        below_or_equal = np.searchsorted(ordered[:count], points[:, rows], side="right")
        position[rows] = count + 1 - below_or_equal[0]
        ranked[rows], listed[rows] = count, len(rows)
        if count > 1:
            ranks[:, rows] = 100 * np.maximum(0, below_or_equal - 1) / (count - 1)
    position[np.isnan(estimate)] = np.nan
    ranks[np.isnan(points)] = np.nan
    names = ["percentile_rank", "percentile_rank_lower", "percentile_rank_upper"]
    return table.assign(
        position=pd.array(position, dtype="Int64"),
        ranked=ranked,
        listed=listed,
        **dict(zip(names, ranks, strict=True)),
    )


def simulate_ranks(
    table: pd.DataFrame,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    assumed_error: float | None = None,
    interval: str = "posterior",
) -> pd.DataFrame:
    """Rank the economies of a table in each year and dimension, with an interval of each rank.

    By default a posterior interval under the WGI's own model: it covers 90% on average over
    worlds drawn from that model, not for each economy of one world. `rank_sets` promises that.

    Parameters
    ----------
    draws : int
        How often governance is drawn for all economies at once, 100 or more.
    interval : str
        "posterior", or one of `SETS`: whose bounds are returned.

    Returns
    -------
    DataFrame
        The same rows with the columns of `ranks` and

        - `position_lower`, `position_median`, `position_upper`: 5%, 50% and 95% points of the
          economy's ranks over the draws, or the bounds of the set; lower is the better end;
        - `interval`: which they are;
        - `assumed_error`: the error assumed, missing where errors are published.

    Notes
    -----
    The bits are those of PCG64, turned into normal deviates by the inverse distribution function:
    NumPy keeps the stream of PCG64 the same for all versions, but not that of its normal
    deviates. One set of deviates serves all years and dimensions: the interval of each is right,
    but differences of ranks between years are not to be read from it. At the ends of the ranking
    an economy can only move one way, so that the interval is not centred on the rank.
    """
    _check_whole(draws=(draws, 100), seed=(seed, 0))
    if interval not in ("posterior", *SETS):
        raise BadParameter(f"interval = {interval!r}: one of posterior, {', '.join(SETS)}.")
    result = ranks(fill_errors(table, assumed_error=assumed_error))
    # Rows of years and dimensions, columns of economies in the order of their codes, so that
    # neither draws nor ties depend on the order of the table's rows.
    cells = result.groupby(["year", "dimension"], observed=True).ngroup().to_numpy()
    place = pd.Categorical(result["economy"]).codes.astype("int64")
    shape = (cells.max() + 1, place.max() + 1)
    estimates, errors = np.full(shape, np.nan), np.full(shape, np.nan)
    estimates[cells, place] = result["estimate"]
    errors[cells, place] = result["standard_error"].where(result["estimate"].notna())
    deviates = _deviates(draws, shape[1], seed)
    if shape[1] <= 512:
        deviates = deviates.astype("float32")  # once, not for each year and dimension
    shares = np.array([0.05, 0.5, 0.95]) * draws

    def work(cell: int) -> np.ndarray:
        reached = np.cumsum(_count_positions(estimates[cell], errors[cell], deviates), axis=1)
        points: np.ndarray = 1 + (reached[:, None, :] >= shares[:, None]).argmax(axis=2)
        return points

    with ThreadPoolExecutor(2) as pool:  # sorting leaves Python's lock
        points = np.array(list(pool.map(work, range(shape[0]))))[cells, place]
    after = list(result.columns).index("position") + 1
    for i, name in ((2, "position_upper"), (1, "position_median"), (0, "position_lower")):
        values = pd.Series(points[:, i], index=result.index, dtype="Int64")
        result.insert(after, name, values.mask(result["estimate"].isna()))
    if interval != "posterior":
        sets = rank_sets(result, seed=seed)
        for end in ("lower", "upper"):
            result[f"position_{end}"] = sets[f"{interval}_{end}"]
    result["interval"] = interval
    result["assumed_error"] = result.pop("assumed_error")
    return result


def rank_sets(
    table: pd.DataFrame,
    *,
    economy: str | None = None,
    level: float = 0.9,
    draws: int = 5000,
    seed: int = SEED,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Compute confidence sets for the ranks of all economies in each year and dimension.

    The truth is taken as fixed, and may have ties: nothing is assumed of how it is distributed.

    Parameters
    ----------
    economy : str, optional
        World Bank code: only the rows of this economy, with its marginal set alone.

    Returns
    -------
    DataFrame
        The same rows with `position` and, each with `_lower` and `_upper`:

        - `marginal`: covers one economy's rank, of whichever you look at, with this probability;
        - `joint`: covers the ranks of all economies at once;
        - `kww`: the same, from simultaneous intervals of the estimates; simpler and wider.

    Notes
    -----
    `marginal` and `joint`: an economy is certainly ahead of another if the difference exceeds c
    standard errors, c the quantile of the largest standardised difference under equality; those
    found are left out and c is computed anew until no more are found (Mogstad, Romano, Shaikh and
    Wilhelm 2024, Review of Economic Studies 91, 476-518, with stepdown; the R package csranks).
    `kww`: ahead if the intervals at level^(1/K) of K economies do not overlap (Klein, Wright and
    Wieczorek 2020, Journal of the Royal Statistical Society A 183, 589-606). Economies that are
    certainly ahead, or behind, bound the rank.
    """
    deviate(level)
    _check_whole(draws=(draws, 100), seed=(seed, 0))
    result = ranks(fill_errors(table, assumed_error=assumed_error))
    if economy is not None:
        _known_economy(result, economy)
    kinds = SETS if economy is None else SETS[:1]
    bounds = pd.DataFrame(np.nan, result.index, [f"{s}_{e}" for s in kinds for e in ENDS])
    # Economies in the order of their codes: the draws do not depend on the order of rows.
    ordered = result.reset_index().dropna(subset="estimate").sort_values("economy")
    for _, rows in ordered.groupby(["year", "dimension"], observed=True):
        e, s = (rows[c].to_numpy("float64") for c in ("estimate", "standard_error"))
        scale = np.hypot(s[:, None], s)
        t = (e[:, None] - e) / scale
        noise = (_deviates(draws, len(e), seed) * s).T.astype("float32", order="C")
        counts = np.zeros((2, len(e)), int)
        wanted = rows["economy"].to_numpy() == economy if economy else np.full(len(e), True)
        for i in np.flatnonzero(wanted).tolist() if len(e) > 1 else []:
            counts[:, i] = _ahead_of_one(t[i], noise, scale[i], i, level)
        if economy is None:
            half = deviate(level ** (1 / len(e))) * s
            apart = (e - half)[:, None] > e + half
            joint = _ahead(t, noise, scale, level)
            counts = np.vstack([counts, joint.sum(0), joint.sum(1), apart.sum(0), apart.sum(1)])
        for column, count, end in zip(bounds, counts, ENDS * len(kinds), strict=True):
            value = 1 + count if end == "lower" else len(e) - count
            bounds.loc[rows["index"], column] = value
    keep = dict.fromkeys([*table.columns, "position", "ranked", "assumed_error"])
    sets = result[[*keep]].assign(**bounds.astype("Int64"))
    return sets if economy is None else sets[sets["economy"] == economy]


def _ahead_of_one(
    t: np.ndarray, noise: np.ndarray, scale: np.ndarray, own: int, level: float
) -> tuple[int, int]:
    """Count the economies certainly ahead of one, and behind it."""
    differences = (noise[own] - noise) / scale[:, None].astype("float32")
    open_ahead, open_behind = (np.arange(len(t)) != own for _ in range(2))
    while True:
        largest = np.fmax(
            differences[open_behind].max(axis=0, initial=-np.inf),
            -differences[open_ahead].min(axis=0, initial=np.inf),
        )
        c = np.quantile(largest, level)
        left = open_ahead & (t >= -c), open_behind & (t <= c)
        found = not np.array_equal(left, (open_ahead, open_behind))
        open_ahead, open_behind = left
        if not found or not (open_ahead.any() or open_behind.any()):
            break
    return len(t) - 1 - open_ahead.sum(), len(t) - 1 - open_behind.sum()


def _ahead(t: np.ndarray, noise: np.ndarray, scale: np.ndarray, level: float) -> np.ndarray:
    """Return who (row) is certainly ahead of whom (column), for all pairs at once."""
    count = len(t)
    undecided = ~np.eye(count, dtype=bool)
    while undecided.any():
        largest = np.full(noise.shape[1], -np.inf, dtype="float32")
        for i in np.flatnonzero(undecided.any(axis=1)):
            others = np.flatnonzero(undecided[i])
            row = (noise[i] - noise[others]) / scale[i, others, None].astype("float32")
            np.fmax(largest, row.max(axis=0), out=largest)
        found = undecided & (t > np.quantile(largest, level))
        if not found.any():
            break
        undecided &= ~found
    return ~undecided & ~np.eye(count, dtype=bool)


def _check_whole(**values: tuple[object, int]) -> None:
    """Check that parameters are whole numbers from a least one on; else BadParameter."""
    for name, (value, least) in values.items():
        if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
            raise BadParameter(f"{name} = {value!r}: a whole number from {least} is needed.")


def probability_above(
    table: pd.DataFrame, economy: str, *, assumed_error: float | None = None
) -> pd.DataFrame:
    """Compute how probable it is that one economy is above each other one of a table.

    Returns
    -------
    DataFrame
        One row per year, dimension and other economy, sorted so: `edition`, `year`, `dimension`,
        `economy`, `other`, `difference` (its estimate minus the other's) with its interval and
        `standard_error`, `probability` (0 to 1: ``Phi(d / sqrt(s1^2 + s2^2))``), `significant`
        (True if the interval leaves out 0), `assumed_error`.
    """
    filled = fill_errors(table, assumed_error=assumed_error)
    _known_economy(filled, economy)
    measures = ["estimate", "standard_error", "assumed_error"]
    own = filled["economy"] == economy
    if own.all():
        raise BadTable(f"The table has {economy} alone: pass those that it is compared with too.")
    pairs = filled.loc[own, [*CELL, *measures]].merge(
        filled.loc[~own, [*CELL, "economy", *measures]], on=CELL, suffixes=("_1", "_2")
    )
    result = pairs[CELL].assign(economy=economy, other=pairs["economy"])
    result["difference"] = pairs["estimate_1"] - pairs["estimate_2"]
    result["standard_error"] = np.hypot(pairs["standard_error_1"], pairs["standard_error_2"])
    half = Z90 * result["standard_error"]
    result["difference_lower"] = result["difference"] - half
    result["difference_upper"] = result["difference"] + half
    result["probability"] = ndtr(result["difference"] / result["standard_error"])
    result["significant"] = exceeds(result["difference"], half)
    result["assumed_error"] = pairs[["assumed_error_1", "assumed_error_2"]].max(axis=1)
    return result.sort_values(["year", "dimension", "other"]).reset_index(drop=True)


def league(
    table: pd.DataFrame,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    assumed_error: float | None = None,
    interval: str = "posterior",
) -> pd.DataFrame:
    """Rank a peer group, with intervals and statistical ties.

    Parameters
    ----------
    table : DataFrame
        Only the economies of the group (2 to 60; BadTable above).
    draws, interval
        As in `simulate_ranks`.

    Returns
    -------
    DataFrame
        As `simulate_ranks`, sorted by year, dimension and rank, with

        - `groups`: numbers of the groups that the economy is in. All economies of a group are
          statistically indistinguishable; two economies that share no number are not;
        - `tied_with`: codes of all economies that it is indistinguishable from.

        Economies without an estimate come last, unranked and in no group.

    Notes
    -----
    Two economies are indistinguishable if the 90% interval of their difference contains 0:
    ``abs(d) <= 1.64 sqrt(s1^2 + s2^2)``. This is for one pair at a time: of many pairs that are
    equal, one in ten would be told apart by chance. The groups are the largest sets of economies
    no two of which can be told apart (the letters of Piepho 2004, Journal of Computational and
    Graphical Statistics 13, 456-466).
    """
    count = table["economy"].nunique() if "economy" in table else 0
    if count > 60:
        raise BadTable(
            f"A league table of {count} countries has too many groups to read: pass the rows of a "
            "peer group of 60 or fewer, or use simulate_ranks for all."
        )
    result = simulate_ranks(
        table, interval=interval, draws=draws, seed=seed, assumed_error=assumed_error
    )
    result = result.sort_values([*CELL, "position", "economy"]).reset_index(drop=True)
    groups, alike_with = [""] * len(result), [""] * len(result)
    ranked = result.dropna(subset="estimate")
    for _, rows in ranked.groupby(["year", "dimension"], observed=True):
        e, s = (rows[c].to_numpy() for c in ("estimate", "standard_error"))
        alike = np.abs(e[:, None] - e) <= Z90 * np.hypot(s[:, None], s)
        np.fill_diagonal(alike, False)
        sets = sorted(sorted(found) for found in _largest_sets(alike))
        codes = rows["economy"].to_numpy()
        for i, row in enumerate(rows.index):
            groups[row] = " ".join(str(n) for n, members in enumerate(sets, 1) if i in members)
            alike_with[row] = " ".join(codes[alike[i]])
    result["groups"], result["tied_with"] = groups, alike_with
    return result


def position_probabilities(table: pd.DataFrame) -> pd.DataFrame:
    """Return how probable each position is, by the model of `simulate_ranks`, without draws.

    The table has one year and dimension, every `estimate` with its `standard_error`, such as the
    ranked rows of `league`. Rows are economies in the table's order, columns positions from 1; both
    sum to 1 (to about 10^-6).
    """
    table = fill_errors(table)
    e, s = (table[c].to_numpy("float64") for c in ("estimate", "standard_error"))
    count, nodes = len(e), np.linspace(-6, 6, 241)
    density = np.exp(-(nodes**2) / 2)
    density /= density.sum()
    found = np.zeros((count, count))
    for i in range(count):
        # At each value that i may have: how many of the others are above it (Poisson binomial).
        above = np.eye(1, count)[0][:, None] * np.ones(len(nodes))
        for j in set(range(count)) - {i}:
            p = ndtr((e[j] - (e[i] + s[i] * nodes)) / s[j])
            above[1:], above[0] = above[1:] * (1 - p) + above[:-1] * p, above[0] * (1 - p)
        found[i] = above @ density
    codes = pd.Index(table["economy"].astype(str), name="economy")
    return pd.DataFrame(found, index=codes, columns=range(1, count + 1))


def ranks_in_groups(
    table: pd.DataFrame,
    economy: str,
    groups: Mapping[str, Iterable[str]],
    *,
    seed: int = SEED,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Rank one economy in each of several groups.

    Parameters
    ----------
    groups : mapping of str to iterable of str
        Name of a group and World Bank codes of its members: as `groups_of` gives them, or your
        own. The economy must be a member of each, else UnknownName.

    Returns
    -------
    DataFrame
        One row per group, year and dimension: `group`, the columns of `simulate_ranks` and
        `not_in_table`, codes of the group that the table does not have and the rank does not
        count.
    """
    filled = fill_errors(table, assumed_error=assumed_error)
    _known_economy(filled, economy)
    parts = []
    for name, members in check_groups(groups).items():
        listed = set(members)
        if economy not in listed:
            raise UnknownName(f"{economy} is not a member of {name}: {', '.join(sorted(listed))}.")
        rows = simulate_ranks(filled.loc[filled["economy"].isin(listed)], seed=seed)
        rows = rows.loc[rows["economy"] == economy]
        rows.insert(0, "group", name)
        rows["not_in_table"] = " ".join(sorted(listed - set(filled["economy"])))
        parts.append(rows)
    return pd.concat(parts, ignore_index=True)


def gap(
    table: pd.DataFrame,
    *,
    dimensions: tuple[str, str] = ("ge", "va"),
    rho: float = 0.0,
    draws: int = DRAWS,
    seed: int = SEED,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Compute Government Effectiveness minus Voice and Accountability, or another gap, and rank it.

    A high gap: a state that works better than its citizens are heard, compared with others. Each
    dimension is measured against the mean of all economies in a year, so that a gap of 0 means
    equal standing in both, not equal amounts of both. In the editions from 2025 the mean is that
    of all years, so that the standing is equal only about.

    Parameters
    ----------
    dimensions : pair of str
        Codes: the gap is the first minus the second.
    rho : float
        Correlation of the errors of the two dimensions. Some sources serve both, for which 0
        gives too wide an interval.

    Returns
    -------
    DataFrame
        One row per economy and year, sorted so: `edition`, `economy`, `year`, the two estimates
        (`effectiveness`, `voice`; other dimensions by their codes), `gap` with its interval,
        `standard_error`, `rho`, `position` (1 for the largest gap) and the other columns of
        `simulate_ranks`.
    """
    check_rhos([rho])
    if isinstance(dimensions, str) or len(set(dimensions)) != 2 or len(dimensions) != 2:
        raise BadParameter(f"dimensions = {dimensions!r}: two codes are needed, as ('ge', 'va').")
    filled = fill_errors(table, assumed_error=assumed_error)
    first, second = dimensions
    if missing := {first, second} - set(filled["dimension"]):
        lacking = ", ".join(sorted(missing))
        raise BadTable(f"The table has no rows of {lacking}: {first} and {second} are needed.")
    keys = ["edition", "economy", "year"]
    measures = ["estimate", "standard_error", "assumed_error"]
    one, two = (filled.loc[filled["dimension"] == d, [*keys, *measures]] for d in dimensions)
    both = one.merge(two, how="outer", on=keys, suffixes=("_1", "_2"))
    both = both.sort_values(keys).reset_index(drop=True)
    s1, s2 = both["standard_error_1"], both["standard_error_2"]
    names = {"ge": "effectiveness", "va": "voice"}
    gaps = both[keys].assign(dimension=f"{first}-{second}")
    gaps[names.get(first, first)] = both["estimate_1"]
    gaps[names.get(second, second)] = both["estimate_2"]
    gaps["estimate"] = both["estimate_1"] - both["estimate_2"]
    gaps["standard_error"] = np.sqrt(s1**2 + s2**2 - 2 * rho * s1 * s2)
    half = Z90 * gaps["standard_error"]
    gaps["gap_lower"], gaps["gap_upper"] = gaps["estimate"] - half, gaps["estimate"] + half
    gaps["rho"] = rho
    result = simulate_ranks(gaps, draws=draws, seed=seed)
    result["assumed_error"] = both[["assumed_error_1", "assumed_error_2"]].max(axis=1)
    return result.drop(columns="dimension").rename(columns={"estimate": "gap"})


def _deviates(draws: int, columns: int, seed: int) -> np.ndarray:
    """Draw normal deviates: the same on every machine and for every NumPy version."""
    bits = random_bits(draws * columns, seed)
    # 53 bits, the middle of each step: never 0 or 1.
    uniform = ((bits >> np.uint64(11)) + 0.5) * 2.0**-53
    deviates: np.ndarray = np.clip(ndtri(uniform), -LIMIT, LIMIT).reshape(draws, columns)
    return deviates


def _count_positions(estimate: np.ndarray, error: np.ndarray, deviates: np.ndarray) -> np.ndarray:
    """Count, for each economy (row), how often it comes at each position (column)."""
    count = len(estimate)
    known = ~np.isnan(estimate)
    bits = max(1, (count - 1).bit_length())
    whole, real = (np.int32, np.float32) if bits <= 9 else (np.int64, np.float64)
    deviates = deviates.astype(real, copy=False)
    # Each draw becomes a whole number with the economy in its last bits: sorting these gives the
    # order at a tenth of the cost of argsort, and the same on every machine. A step of the whole
    # numbers is about 10^-6; those without an estimate come last.
    last = 2 ** (np.iinfo(whole).bits - 2 - bits)
    centre = (np.nanmin(estimate) + np.nanmax(estimate)) / 2 if known.any() else 0.0
    extent = np.nanmax(np.abs(estimate - centre) + LIMIT * error) if known.any() else 1.0
    scale = last / 2.0 ** np.frexp(extent)[1]
    factor = np.where(known, -scale * error, 0).astype(real)
    start = np.where(known, -scale * (estimate - centre), last + 1).astype(real)
    codes = np.arange(count, dtype=whole)
    counts = np.zeros(count**2, dtype="int64")
    for block in range(0, len(deviates), 1000):  # what the processor's cache holds
        keys = deviates[block : block + 1000] * factor
        keys += start
        order = np.rint(keys, out=keys).astype(whole)
        order <<= bits
        order |= codes
        order.sort(axis=1)
        order &= (1 << bits) - 1
        order = order * whole(count) + codes
        counts += np.bincount(order.ravel(), minlength=count**2)
    return counts.reshape(count, count)


def _largest_sets(alike: np.ndarray) -> list[set[int]]:
    """Return the largest sets of rows that are alike pair by pair (Bron and Kerbosch 1973)."""
    near = [set(np.flatnonzero(row).tolist()) for row in alike]
    found: list[set[int]] = []

    def grow(members: set[int], more: set[int], done: set[int]) -> None:
        if not more and not done:
            found.append(members)
            return
        pivot = max(more | done, key=lambda i: len(near[i] & more))
        for i in sorted(more - near[pivot]):
            grow(members | {i}, more & near[i], done & near[i])
            more, done = more - {i}, done | {i}

    grow(set(), set(range(len(near))), set())
    return found


def _known_economy(table: pd.DataFrame, economy: str) -> None:
    known = sorted(table["economy"].unique())
    if economy not in known:
        raise UnknownName(
            f"{economy!r} is not in the table, which has {len(known)} countries: "
            f"{', '.join(known[:12])}{', ...' if len(known) > 12 else ''}."
            f"{did_you_mean(economy, known)}"
        )
