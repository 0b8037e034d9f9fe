"""Positions among economies with how sure they are: simulated intervals, league tables."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from numbers import Integral

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from govlib.errors import BadParameter, BadTable, UnknownName, did_you_mean
from govlib.stats.compare import Z90, fill_errors, rank_economies

SEED = 20240225
"""Seed of the draws unless another is given."""

DRAWS = 10_000
LIMIT = 8.0
"""Draws are within this many standard errors: beyond it lies one of 10^15."""

CELL = ["edition", "year", "dimension"]


def probability_above(
    table: pd.DataFrame, economy: str, *, assumed_error: float | None = None
) -> pd.DataFrame:
    """Compute how probable it is that one economy is above each other one of a table.

    Parameters
    ----------
    table : DataFrame
        One edition, with `estimate` and `standard_error` (standard normal units).
    economy : str
        World Bank code of an economy in the table.
    assumed_error : float, optional
        As in `compare.fill_errors`: needed where an estimate has no error.

    Returns
    -------
    DataFrame
        One row per year, dimension and other economy, sorted so: `edition`, `year`, `dimension`,
        `economy`, `other`, `difference` (its estimate minus the other's), `standard_error`,
        `difference_lower`, `difference_upper` (90% interval), `probability` (0 to 1),
        `told_apart` (whether the interval leaves out 0), `assumed_error`. Missing where one of
        the two has no estimate.

    Raises
    ------
    UnknownName
        If the economy is not in the table.
    BadTable, BadParameter
        As `compare.fill_errors`; BadTable also if the table has no other economy.

    Notes
    -----
    ``P = Phi(d / sqrt(s1^2 + s2^2))``. An estimate and its error are the mean and standard
    deviation of governance given the sources, normally distributed and independent between
    economies: the model of Kaufmann, Kraay and Mastruzzi (2010), World Bank Policy Research
    Working Paper 5430, section 3.
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
    apart = (result["difference"].abs() > half).astype("boolean")
    result["told_apart"] = apart.mask(result["difference"].isna())
    result["assumed_error"] = pairs[["assumed_error_1", "assumed_error_2"]].max(axis=1)
    return result.sort_values(["year", "dimension", "other"]).reset_index(drop=True)


def simulate_positions(
    table: pd.DataFrame,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Rank the economies of a table in each year and dimension, with an interval of each position.

    The ranking is among the economies *in the table*: pass a whole edition for the position in
    the world, a group for the position in it. Economies without an estimate are listed, never
    ranked.

    Parameters
    ----------
    table : DataFrame
        One edition, with `estimate` and `standard_error` (standard normal units).
    draws : int
        How often governance is drawn for all economies at once, 100 or more.
    seed : int
        Start of the draws, 0 or above. The same seed gives the same positions on every machine.
    assumed_error : float, optional
        As in `compare.fill_errors`: needed where an estimate has no error.

    Returns
    -------
    DataFrame
        The same rows with the columns of `compare.rank_economies` (`position` of `ranked`,
        percentile rank and its bounds as published) and

        - `position_lower`, `position_median`, `position_upper`: 5%, 50% and 95% points of the
          economy's positions over the draws, 1 for the highest; lower is the better end;
        - `assumed_error`: the error assumed, missing where errors are published.

    Raises
    ------
    BadTable, BadParameter
        As `compare.fill_errors`; BadParameter also if draws or seed are out of range.

    Notes
    -----
    Governance is drawn from the normal distribution of each estimate and its error, independently
    between economies (Kaufmann, Kraay and Mastruzzi 2010, section 3), and ranked in each draw.
    The bits are those of PCG64, turned into normal deviates by the inverse distribution function:
    NumPy keeps the stream of PCG64 the same for all versions, but not that of its normal
    deviates. One set of deviates serves all years and dimensions: the interval of each is right,
    but differences of positions between years are not to be read from it. At the ends of the
    ranking an economy can only move one way, so that the interval is not centred on the position.
    """
    for name, value, least in (("draws", draws, 100), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
            raise BadParameter(f"{name} = {value!r}: a whole number from {least} is needed.")
    result = rank_economies(fill_errors(table, assumed_error=assumed_error))
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
    result["assumed_error"] = result.pop("assumed_error")
    return result


def league_table(
    table: pd.DataFrame,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Rank a peer group, with intervals and the economies that cannot be told apart.

    Parameters
    ----------
    table : DataFrame
        One edition, only the economies of the group (2 to 60), with `estimate` and
        `standard_error` (standard normal units).
    draws, seed, assumed_error
        As in `simulate_positions`.

    Returns
    -------
    DataFrame
        As `simulate_positions`, sorted by year, dimension and position, with

        - `groups`: numbers of the groups that the economy is in. All economies of a group cannot
          be told apart from one another; two economies that share no number can;
        - `not_told_apart`: codes of all economies that it cannot be told apart from.

        Economies without an estimate come last, unranked and in no group.

    Raises
    ------
    BadTable
        As `simulate_positions`; also if the table has more than 60 economies.
    BadParameter
        As `simulate_positions`.

    Notes
    -----
    Two economies cannot be told apart if the 90% interval of their difference holds 0:
    ``abs(d) <= 1.64 sqrt(s1^2 + s2^2)``. This is for one pair at a time: of many pairs that are
    equal, one in ten would be told apart by chance. The groups are the largest sets of economies
    no two of which can be told apart (the letters of Piepho 2004, Journal of Computational and
    Graphical Statistics 13, 456-466).
    """
    count = table["economy"].nunique() if "economy" in table else 0
    if count > 60:
        raise BadTable(
            f"A league table of {count} economies has too many groups to read: pass the rows of a "
            "peer group of 60 or fewer, or use simulate_positions for all."
        )
    result = simulate_positions(table, draws=draws, seed=seed, assumed_error=assumed_error)
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
    result["groups"], result["not_told_apart"] = groups, alike_with
    return result


def positions_in_groups(
    table: pd.DataFrame,
    economy: str,
    groups: Mapping[str, Iterable[str]],
    *,
    seed: int = SEED,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Give the position of one economy in each of several groups.

    Parameters
    ----------
    table : DataFrame
        One edition with the economies of all groups, with `estimate` and `standard_error`
        (standard normal units).
    economy : str
        World Bank code of an economy in the table.
    groups : mapping of str to iterable of str
        Name of a group and World Bank codes of its members: as `groups.groups_of` gives them, or
        your own. The economy must be a member of each.
    seed, assumed_error
        As in `simulate_positions`.

    Returns
    -------
    DataFrame
        One row per group, year and dimension: `group`, the columns of `simulate_positions` and
        `not_in_table`, codes of the group that the table does not have and that the position
        does not count.

    Raises
    ------
    UnknownName
        If the economy is not in the table or not in a group.
    BadTable, BadParameter
        As `simulate_positions`; BadParameter also if `groups` is no mapping or empty.
    """
    if not isinstance(groups, Mapping):
        raise BadParameter(
            f"groups = {groups!r}: names with their members are needed, as groups_of({economy!r}) "
            'or {"mine": [codes]}.'
        )
    filled = fill_errors(table, assumed_error=assumed_error)
    _known_economy(filled, economy)
    parts = []
    for name, members in groups.items():
        listed = {members} if isinstance(members, str) else set(members)
        if economy not in listed:
            raise UnknownName(f"{economy} is not a member of {name}: {', '.join(sorted(listed))}.")
        rows = simulate_positions(filled.loc[filled["economy"].isin(listed)], seed=seed)
        rows = rows.loc[rows["economy"] == economy]
        rows.insert(0, "group", name)
        rows["not_in_table"] = " ".join(sorted(listed - set(filled["economy"])))
        parts.append(rows)
    if not parts:
        raise BadParameter("No group is named: one or more is needed.")
    return pd.concat(parts, ignore_index=True)


def _deviates(draws: int, columns: int, seed: int) -> np.ndarray:
    """Draw normal deviates that are the same on every machine and for every NumPy version."""
    bits: np.ndarray = np.random.PCG64(seed).random_raw(draws * columns)
    # 53 bits, the middle of each step: never 0 or 1.
    uniform = ((bits >> np.uint64(11)) + 0.5) * 2.0**-53
    deviates: np.ndarray = np.clip(ndtri(uniform), -LIMIT, LIMIT).reshape(draws, columns)
    return deviates


def _count_positions(estimate: np.ndarray, error: np.ndarray, deviates: np.ndarray) -> np.ndarray:
    """Count, for each economy (row), how often it comes at each position (column)."""
    count = len(estimate)
    held = ~np.isnan(estimate)
    bits = max(1, (count - 1).bit_length())
    whole, real = (np.int32, np.float32) if bits <= 9 else (np.int64, np.float64)
    deviates = deviates.astype(real, copy=False)
    # Each draw becomes a whole number with the economy in its last bits: sorting these gives the
    # order at a tenth of the cost of argsort, and the same on every machine. A step of the whole
    # numbers is about 10^-6; those without an estimate come last.
    last = 2 ** (np.iinfo(whole).bits - 2 - bits)
    centre = (np.nanmin(estimate) + np.nanmax(estimate)) / 2 if held.any() else 0.0
    extent = np.nanmax(np.abs(estimate - centre) + LIMIT * error) if held.any() else 1.0
    scale = last / 2.0 ** np.frexp(extent)[1]
    factor = np.where(held, -scale * error, 0).astype(real)
    start = np.where(held, -scale * (estimate - centre), last + 1).astype(real)
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
    """Refuse an economy that is not in the table."""
    known = sorted(table["economy"].unique())
    if economy not in known:
        raise UnknownName(
            f"{economy!r} is not in the table, which has {len(known)} economies: "
            f"{', '.join(known[:12])}{', ...' if len(known) > 12 else ''}."
            f"{did_you_mean(economy, known)}"
        )
