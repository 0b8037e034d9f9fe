"""Changes between two years: their errors, for each correlation of errors, and many at once.

Tables, `rho`, `assumed_error` and the errors raised: see `govlib.stats._tables`.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import ndtr

from govlib.errors import BadTable
from govlib.stats._tables import (
    SERIES,
    Z90,
    check_rhos,
    check_table,
    check_years,
    exceeds,
    fill_errors,
)

RHOS = tuple(step / 10 for step in range(10))
"""Correlations of errors for which results are given: 0, 0.1, ... 0.9."""

LEVEL = 2 * float(ndtr(-Z90))
"""Chance of a change beyond 1.64 standard errors where there is none: 0.101."""

FEWEST = 30
"""Economies that a correlation is estimated from, at least."""

RESAMPLES = 2000

TESTED = [*SERIES, "first_year", "last_year", "rho"]


def correlation_floor(table: pd.DataFrame, first_year: int, last_year: int) -> pd.DataFrame:
    """Compute the least mean correlation of the errors of two years that an edition allows.

    Parameters
    ----------
    table : DataFrame
        A whole edition: 30 economies or more with an estimate and error in both years.
    first_year, last_year : int
        Years in the table.

    Returns
    -------
    DataFrame
        One row per dimension: `edition`, `dimension`, `first_year`, `last_year`, `economies`,
        `rho`, `rho_lower`, `rho_upper` (90% interval: percentiles of 2,000 resamples of the
        economies).

    Raises
    ------
    BadTable
        Also if a dimension has fewer than 30 economies.

    Notes
    -----
    The variance of the observed changes d is that of the true ones, at least 0, plus that of their
    errors: ``mean rho >= (mean(s1^2 + s2^2) - var(d)) / (2 mean(s1 s2))``. If the published errors
    are too large the floor is too high: the data cannot tell the two apart.
    """
    check_table(table, ["estimate", "standard_error"])
    check_years(table, first_year, last_year)
    pairs = _pair_years(table, first_year, last_year).dropna(subset=["change", "s1", "s2"])
    rows = []
    for (edition, dimension), own in pairs.groupby(["edition", "dimension"], observed=True):
        count = len(own)
        if count < FEWEST:
            raise BadTable(
                f"{count} economies have {dimension} with errors in both years; {FEWEST} are "
                "needed for a correlation: pass the whole edition (gov.wgi.read(edition))."
            )
        squares, products = own["s1"] ** 2 + own["s2"] ** 2, 2 * own["s1"] * own["s2"]
        scatter = (own["change"] - own["change"].mean()) ** 2
        values = np.column_stack([squares, products, scatter])
        bits = np.random.PCG64(2023).random_raw(RESAMPLES * count)  # the same on every machine
        cells = (bits % np.uint64(count)).astype("int64")
        cells += np.repeat(np.arange(RESAMPLES) * count, count)
        weights = np.bincount(cells, minlength=RESAMPLES * count).reshape(RESAMPLES, count)
        totals = np.vstack([values.sum(axis=0), weights @ values])
        rhos = (totals[:, 0] - totals[:, 2] * count / (count - 1)) / totals[:, 1]
        bounds = np.clip([rhos[0], *np.quantile(rhos[1:], [0.05, 0.95])], -1, 0.999)
        rows.append([edition, dimension, first_year, last_year, count, *bounds])
    columns = ["edition", "dimension", "first_year", "last_year", "economies"]
    return pd.DataFrame(rows, columns=[*columns, "rho", "rho_lower", "rho_upper"])


def change(
    table: pd.DataFrame, first_year: int, last_year: int, *, rho: float = 0.0
) -> pd.DataFrame:
    """Compute the change of each estimate between two years, with its error.

    Parameters
    ----------
    table : DataFrame
        One edition, with `estimate` and `standard_error`.
    first_year, last_year : int
        Years in the table; the change is last minus first.
    rho : float
        Correlation of the two errors. Errors of one economy are usually positively correlated
        over time, for which 0 gives too wide an interval.

    Returns
    -------
    DataFrame
        One row per edition, economy and dimension: `first_year`, `last_year`, `first`, `last`,
        `change`, `standard_error`, `change_lower`, `change_upper` (90% interval), `rho`,
        `beyond_error` (True if the interval leaves out 0).

    Raises
    ------
    UnknownName
        If a year is not in the table.
    BadParameter
        If the years are not in order.

    Notes
    -----
    SE^2 = s1^2 + s2^2 - 2 rho s1 s2: the variance of a difference. Kaufmann, Kraay and Mastruzzi
    (2010), World Bank Policy Research Working Paper 5430, discuss changes and their errors.
    """
    check_table(table, ["estimate", "standard_error"])
    check_rhos([rho])
    check_years(table, first_year, last_year)
    return _add_errors(_pair_years(table, first_year, last_year), rho).drop(columns=["s1", "s2"])


def change_by_rho(
    table: pd.DataFrame,
    first_year: int,
    last_year: int,
    *,
    rhos: float | Iterable[float] = RHOS,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Compute each change between two years for a grid of correlations of the two errors.

    How the errors of one economy are correlated over time is not published. This shows the
    verdict for each value, and the value at which it flips.

    Parameters
    ----------
    table, first_year, last_year
        As in `change`.
    rhos, assumed_error
        Correlations, and the error of estimates without one.

    Returns
    -------
    DataFrame
        One row per edition, economy, dimension and rho, sorted so: the columns of
        `change` and

        - `rho_flip`: the correlation above which the change is beyond its error. Below 0: it is
          beyond for every rho from 0; 1 or more: for none;
        - `intervals_overlap`: True if the 90% intervals of the two years overlap, the rule of
          thumb of the WGI's authors (no overlap: a change);
        - `assumed_error`: the error assumed, missing where errors are published.

    Notes
    -----
    The change d is beyond its error if abs(d) > 1.64 SE, hence
    ``rho_flip = (s1^2 + s2^2 - (d / 1.64)^2) / (2 s1 s2)``. The intervals overlap if
    ``abs(d) <= 1.64 (s1 + s2)``: the same as rho = -1, so the rule of thumb is stricter.
    """
    grid = check_rhos(rhos)
    check_table(table, ["estimate", "standard_error"])
    check_years(table, first_year, last_year)
    rows = table[table["year"].isin([first_year, last_year])]
    filled = fill_errors(rows, assumed_error=assumed_error)
    pairs = _pair_years(filled, first_year, last_year)
    assumed = filled.groupby(SERIES, observed=True)["assumed_error"].max()
    assumed = assumed.reindex(pd.MultiIndex.from_frame(pairs[SERIES]))
    result = pairs.loc[pairs.index.repeat(len(grid))].reset_index(drop=True)
    result = _add_errors(result, pd.Series(np.tile(grid, len(pairs))))
    s1, s2, size = result.pop("s1"), result.pop("s2"), result["change"].abs()
    result["rho_flip"] = (s1**2 + s2**2 - (size / Z90) ** 2) / (2 * s1 * s2)
    overlap = (size <= Z90 * (s1 + s2)).astype("boolean")
    result["intervals_overlap"] = overlap.mask(size.isna())
    result["assumed_error"] = np.repeat(assumed.to_numpy(), len(grid))
    return result.sort_values([*SERIES, "rho"], kind="stable").reset_index(drop=True)


def adjust_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """Adjust the verdicts on many changes for their number.

    Of a hundred changes that are none, ten are beyond their 90% error by chance. The family is
    all rows of one correlation rho that have a change: choose them before looking.

    Parameters
    ----------
    changes : DataFrame
        As `change_by_rho` or `change` return it, one edition.

    Returns
    -------
    DataFrame
        The same rows with

        - `p_value`: two-sided, from the normal distribution;
        - `p_family_wise`: adjusted by Holm (1979, Scandinavian Journal of Statistics 6, 65-70),
          which holds however the changes depend on each other;
        - `p_false_discovery`: adjusted by Benjamini and Hochberg (1995), which holds if they are
          independent or positively dependent; of the changes below the level, about that share
          is expected to be none;
        - `beyond_family_wise`, `beyond_false_discovery`: True below the level 0.101, that of an
          interval of -/+ 1.64 standard errors;
        - `family`: what was tested together, as text, and `family_size`: how many changes.

    Raises
    ------
    BadTable
        If a column is missing, a row is repeated, editions are mixed, or the changes have no
        errors.
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
        for column, adjust in adjusted.items():
            if len(tested):
                result.loc[tested.index, column] = adjust(tested["p_value"].to_numpy())
        result.loc[rows.index, "family"] = _name_family(tested, float(str(rho)))
        result.loc[rows.index, "family_size"] = len(tested)
    for column in adjusted:
        below = (result[column] < LEVEL).astype("boolean").mask(result[column].isna())
        result[column.replace("p_", "beyond_")] = below
    return result.astype({"family_size": "int64"})


def _pair_years(table: pd.DataFrame, first_year: int, last_year: int) -> pd.DataFrame:
    """Return one row per series: both estimates, their change and errors (s1, s2)."""
    rows = table[table["year"].isin([first_year, last_year])]
    measures = ["estimate", "standard_error"]
    # Each is one row; pivot_table would average them.
    wide = rows.pivot(index=SERIES, columns="year", values=measures)  # noqa: PD010
    years = (first_year, last_year)
    e1, e2, s1, s2 = (
        wide[m, y].to_numpy("float64", na_value=np.nan) for m in measures for y in years
    )
    return wide.index.to_frame(index=False).assign(
        first_year=first_year, last_year=last_year, first=e1, last=e2, change=e2 - e1, s1=s1, s2=s2
    )


def _add_errors(pairs: pd.DataFrame, rho: "float | pd.Series[float]") -> pd.DataFrame:
    """Add the error of each change, its interval and verdict, for one correlation or one a row."""
    error = (pairs["s1"] ** 2 + pairs["s2"] ** 2 - 2 * rho * pairs["s1"] * pairs["s2"]) ** 0.5
    half = Z90 * error
    return pairs.assign(
        standard_error=error,
        change_lower=pairs["change"] - half,
        change_upper=pairs["change"] + half,
        rho=rho,
        beyond_error=exceeds(pairs["change"], half),
    )


def _adjust_holm(p: np.ndarray) -> np.ndarray:
    """Multiply the smallest of n by n, the next by n - 1, ...; never below the one before."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted


def _check_changes(changes: pd.DataFrame) -> None:
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
    """Write which changes were tested together."""
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
