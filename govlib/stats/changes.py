"""Changes over time: how the verdict hangs on what is not published, and on how many are tested."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import ndtr

from govlib.errors import BadTable
from govlib.stats.compare import Z90, change_between_years, check_rhos, fill_errors

RHOS = tuple(step / 10 for step in range(10))
"""The grid of correlations between errors for which results are given: 0, 0.1, ... 0.9."""

LEVEL = 2 * float(ndtr(-Z90))
"""Chance of a change beyond 1.64 standard errors where there is none: 0.101."""

TESTED = ["edition", "economy", "dimension", "first_year", "last_year", "rho"]


def change_by_rho(
    table: pd.DataFrame,
    first_year: int,
    last_year: int,
    *,
    rhos: float | Iterable[float] = RHOS,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Compute each change between two years for a grid of correlations of the two errors.

    How the errors of one economy's estimates are correlated over time is not published. This
    shows what the verdict would be for each value, and at which value it flips.

    Parameters
    ----------
    table : DataFrame
        One edition, with `estimate` and `standard_error` (standard normal units).
    first_year, last_year : int
        Years in the table; the change is last minus first.
    rhos : float or iterable of float
        Correlations of the two errors, each from 0 to below 1.
    assumed_error : float, optional
        As in `compare.fill_errors`: needed where an estimate has no error.

    Returns
    -------
    DataFrame
        One row per edition, economy, dimension and rho, sorted so: the columns of
        `compare.change_between_years` and

        - `rho_flip`: the correlation above which the change is beyond its error. Below 0: it is
          beyond for every rho from 0; 1 or more: for none;
        - `intervals_overlap`: whether the 90% intervals of the two years overlap, the rule of
          thumb of the WGI's authors (no overlap: a change);
        - `assumed_error`: the error assumed, missing where errors are published.

    Raises
    ------
    UnknownName, BadParameter, BadTable
        As `compare.change_between_years`; BadParameter if `rhos` is empty or repeats a value;
        BadTable if an estimate has no error and none is assumed.

    Notes
    -----
    SE^2 = s1^2 + s2^2 - 2 rho s1 s2; the change d is beyond its error if abs(d) > 1.64 SE, hence
    ``rho_flip = (s1^2 + s2^2 - (d / 1.64)^2) / (2 s1 s2)``. The intervals overlap if
    ``abs(d) <= 1.64 (s1 + s2)``: the same as rho = -1, so the rule of thumb is the stricter one.
    Kaufmann, Kraay and Mastruzzi (2010), World Bank Policy Research Working Paper 5430, give the
    rule of thumb and discuss changes over time.
    """
    grid = check_rhos(rhos)
    change_between_years(table, first_year, last_year)  # checks years before errors are looked at
    two = fill_errors(
        table.loc[table["year"].isin([first_year, last_year])], assumed_error=assumed_error
    )
    keys = ["edition", "economy", "dimension"]
    # The variances at rho 0 and 0.5 hold what is needed of s1 and s2: they differ by s1 s2.
    once, half = (change_between_years(two, first_year, last_year, rho=rho) for rho in (0, 0.5))
    squares = once["standard_error"] ** 2
    product = squares - half["standard_error"] ** 2
    size = once["change"].abs()
    once["rho_flip"] = (squares - (size / Z90) ** 2) / (2 * product)
    overlap = size <= Z90 * np.sqrt(squares + 2 * product)
    once["intervals_overlap"] = overlap.astype("boolean").mask(size.isna())
    assumed = two.groupby(keys, observed=True)["assumed_error"].max()
    once["assumed_error"] = assumed.reindex(pd.MultiIndex.from_frame(once[keys])).to_numpy()
    at = np.tile(grid, len(once))
    result = once.loc[once.index.repeat(len(grid))].reset_index(drop=True)
    result["rho"] = at
    s11, s12 = (np.repeat(c.to_numpy("float64"), len(grid)) for c in (squares, product))
    result["standard_error"] = np.sqrt(s11 - 2 * at * s12)
    reach = Z90 * result["standard_error"]
    result["change_lower"], result["change_upper"] = (
        result["change"] - reach,
        result["change"] + reach,
    )
    beyond = (result["change"].abs() > reach).astype("boolean")
    result["beyond_error"] = beyond.mask(result["change"].isna())
    return result.sort_values([*keys, "rho"], kind="stable").reset_index(drop=True)


def adjust_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """Adjust the verdicts on many changes for their number.

    Of a hundred changes that are none, ten are beyond their 90% error by chance. The family is
    all rows of one correlation rho that have a change: choose them before looking.

    Parameters
    ----------
    changes : DataFrame
        As `change_by_rho` or `compare.change_between_years` return it, one edition.

    Returns
    -------
    DataFrame
        The same rows with

        - `p_value`: two-sided, from the normal distribution;
        - `p_family_wise`: adjusted by Holm (1979); below the level, a change that stands although
          some of the family would be beyond their error by chance;
        - `p_false_discovery`: adjusted by Benjamini and Hochberg (1995); of the changes below the
          level, about that share is expected to be none;
        - `beyond_family_wise`, `beyond_false_discovery`: whether they are below the level 0.101,
          that of an interval of -/+ 1.64 standard errors;
        - `family`: what was tested together, in words, and `family_size`: how many.

    Raises
    ------
    BadTable
        If a column is missing, a row is repeated, editions are mixed, or the changes have no
        errors.

    Notes
    -----
    Holm's (Scandinavian Journal of Statistics 6, 65-70) holds however the changes depend on each
    other; Benjamini and Hochberg's (``scipy.stats.false_discovery_control``) if they do not, or
    positively.
    """
    from scipy.stats import false_discovery_control  # takes a second to import

    _check_changes(changes)
    result = changes.copy()
    result["p_value"] = 2 * ndtr(-(result["change"] / result["standard_error"]).abs())
    adjusted = {"p_family_wise": _adjust_holm, "p_false_discovery": false_discovery_control}
    for column in adjusted:
        result[column] = np.nan
    for rho, rows in result.groupby("rho"):
        tested = rows.dropna(subset="p_value")
        place = tested.index
        for column, adjust in adjusted.items():
            if len(tested):
                result.loc[place, column] = adjust(tested["p_value"].to_numpy())
        result.loc[rows.index, "family"] = _name_family(tested, float(str(rho)))
        result.loc[rows.index, "family_size"] = len(tested)
    for column in adjusted:
        below = (result[column] < LEVEL).astype("boolean").mask(result[column].isna())
        result[column.replace("p_", "beyond_")] = below
    return result.astype({"family_size": "int64"})


def _adjust_holm(p: np.ndarray) -> np.ndarray:
    """Multiply the smallest of n by n, the next by n - 1, ...; never below the one before."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted


def _check_changes(changes: pd.DataFrame) -> None:
    """Refuse what is not a table of changes with errors, each once."""
    missing = [c for c in [*TESTED, "change", "standard_error"] if c not in changes]
    if missing:
        raise BadTable(f"The table of changes lacks {', '.join(missing)}; see change_by_rho.")
    if changes.empty:
        raise BadTable("The table of changes has no rows: there is nothing to adjust for.")
    if len(set(changes["edition"])) != 1:
        raise BadTable("One edition's changes are needed: estimates of two are not comparable.")
    if changes.duplicated(TESTED).any():
        raise BadTable("A change is repeated in the table: it would count twice in its family.")
    if (changes["change"].notna() & changes["standard_error"].isna()).any():
        raise BadTable(
            "Changes without standard errors cannot be tested. Compute them with "
            "change_by_rho(..., assumed_error=...), which says what it assumes."
        )


def _name_family(tested: pd.DataFrame, rho: float) -> str:
    """Say which changes were tested together."""
    if tested.empty:
        return f"no change at rho {rho:g}"
    spans = tested[["first_year", "last_year"]].drop_duplicates()
    years = ", ".join(f"{a}–{b}" for a, b in spans.itertuples(index=False))
    counts = [
        f"{n} {word}" if n > 1 else str(tested[column].iloc[0])
        for column, word in (("economy", "economies"), ("dimension", "dimensions"))
        for n in [tested[column].nunique()]
    ]
    return f"{len(tested)} changes: {', '.join(counts)}, {years}, rho {rho:g}"
