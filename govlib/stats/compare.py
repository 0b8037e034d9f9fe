"""Arithmetic on tidy tables: intervals, positions in the world, changes."""

from collections.abc import Iterable
from numbers import Real

import numpy as np
import pandas as pd

from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.i18n.labels import KEYS, join_years

Z90 = 1.64
"""Half-width, in standard errors, that the WGI use for their 90% bounds (1.64, not 1.645)."""


def check_table(table: pd.DataFrame, columns: Iterable[str] = ()) -> None:
    """Refuse a table that is not rows of one edition, each named once, with possible numbers.

    Parameters
    ----------
    table : DataFrame
        One row per edition, economy, year and dimension.
    columns : iterable of str
        Columns needed beside the four keys.

    Raises
    ------
    BadTable
        If it is no table, a column is missing, the table is empty, editions are mixed, a row is
        repeated, an estimate needed is infinite or an error needed not above 0.
    """
    if not isinstance(table, pd.DataFrame):
        raise BadTable(f"A table (DataFrame) is needed, not {type(table).__name__}.")
    columns = list(columns)
    missing = [column for column in [*KEYS, *columns] if column not in table]
    if missing:
        raise BadTable(f"The table lacks {', '.join(missing)}; it has {', '.join(table.columns)}.")
    if table.empty:
        raise BadTable("The table has no rows: choose economies, dimensions and years that exist.")
    editions = sorted(table["edition"].unique())
    if len(editions) > 1:
        raise BadTable(
            f"The table mixes the editions {', '.join(map(str, editions))}, whose estimates are "
            "not comparable: pass one edition at a time."
        )
    repeats = table.duplicated(KEYS[1:])  # there is one edition
    if repeats.any():
        repeated = table.loc[repeats, KEYS]
        raise BadTable(f"{len(repeated)} rows are repeated, the first: {_key(repeated)}.")
    for column, least in (("estimate", -np.inf), ("standard_error", 0.0)):
        if column in columns:
            _check_numbers(table, column, least)


def fill_errors(table: pd.DataFrame, *, assumed_error: float | None = None) -> pd.DataFrame:
    """Make sure that every estimate has an error, by assumption only if one is given.

    Parameters
    ----------
    table : DataFrame
        One edition, with `estimate` and `standard_error` (standard normal units).
    assumed_error : float, optional
        Standard error to assume where an estimate has none, above 0 (standard normal units).

    Returns
    -------
    DataFrame
        The same rows; `standard_error` is filled and a last column `assumed_error` says where:
        the value assumed, missing where the error is the published one. What an `assumed_error`
        of the table says of errors filled before is kept.

    Raises
    ------
    BadTable
        As `check_table`; also if an estimate has no error and none is assumed.
    BadParameter
        If the assumed error is not a number above 0.
    """
    check_table(table, ["estimate", "standard_error"])
    lacking = table["estimate"].notna() & table["standard_error"].isna()
    if assumed_error is not None:
        check_error(assumed_error)
    elif lacking.any():
        raise BadTable(
            f"{lacking.sum()} of {table['estimate'].notna().sum()} estimates of edition "
            f"{table['edition'].iloc[0]} have no standard error, so it cannot be said how sure a "
            "comparison is. Use an edition that has them, or pass assumed_error=0.2 or another "
            "value (standard normal units): the result then carries it in a column."
        )
    result = table.copy()
    result["assumed_error"] = result.pop("assumed_error") if "assumed_error" in table else np.nan
    result.loc[lacking, ["standard_error", "assumed_error"]] = assumed_error
    return result


def check_error(assumed_error: float) -> None:
    """Refuse an assumed standard error that is not a number above 0.

    Parameters
    ----------
    assumed_error : float
        What a caller passed.

    Raises
    ------
    BadParameter
        If it is not a finite number above 0.
    """
    number = isinstance(assumed_error, Real) and not isinstance(assumed_error, bool)
    if not number or not 0 < assumed_error < np.inf:
        raise BadParameter(f"assumed_error = {assumed_error!r}: a number above 0 is needed.")


def check_rhos(rhos: float | Iterable[float]) -> list[float]:
    """Refuse what is not correlations of errors, and return them as a list.

    Parameters
    ----------
    rhos : float or iterable of float
        What a caller passed; one correlation stands for itself.

    Returns
    -------
    list of float
        The correlations in the order given.

    Raises
    ------
    BadParameter
        If there is none, one is repeated, or one is not a number from 0 to below 1.
    """
    several = isinstance(rhos, Iterable) and not isinstance(rhos, str)
    grid = list(rhos) if several else [rhos]  # type: ignore[arg-type]
    for rho in grid:
        number = isinstance(rho, Real) and not isinstance(rho, bool)
        if not number or not 0 <= rho < 1:  # type: ignore[operator]
            raise BadParameter(
                f"rho = {rho!r}: a correlation of errors from 0 to below 1 is needed."
            )
    if not grid or len(set(grid)) < len(grid):
        raise BadParameter(f"rhos = {grid!r}: one correlation or more is needed, each once.")
    return [float(rho) for rho in grid]  # type: ignore[arg-type]


def add_interval(table: pd.DataFrame) -> pd.DataFrame:
    """Add the 90% interval of each estimate.

    Parameters
    ----------
    table : DataFrame
        With `estimate` and `standard_error` (standard normal units).

    Returns
    -------
    DataFrame
        The same rows with `estimate_lower` and `estimate_upper` after `standard_error`: estimate
        -/+ 1.64 standard errors; missing where the error is.

    Raises
    ------
    BadTable
        As `check_table`.

    References
    ----------
    Kaufmann, Kraay and Mastruzzi (2010), The Worldwide Governance Indicators: Methodology and
    Analytical Issues, World Bank Policy Research Working Paper 5430. The factor 1.64 is the one
    that reproduces the published bounds of the percentile ranks.
    """
    check_table(table, ["estimate", "standard_error"])
    half = Z90 * table["standard_error"]
    table = table.copy()
    place = list(table.columns).index("standard_error") + 1
    table.insert(place, "estimate_lower", table["estimate"] - half)
    table.insert(place + 1, "estimate_upper", table["estimate"] + half)
    return table


def rank_economies(table: pd.DataFrame) -> pd.DataFrame:
    """Rank the economies of a table in each year and dimension.

    The ranking is among the economies *in the table*: pass a whole edition for the position in
    the world, a group for the position in it. Economies without an estimate are listed, never
    ranked.

    Parameters
    ----------
    table : DataFrame
        One edition, with `estimate` and `standard_error` (standard normal units).

    Returns
    -------
    DataFrame
        The same rows with the columns

        - `position`: 1 for the highest estimate; equal estimates share the best position of
          theirs (1, 2, 2, 4); missing where there is no estimate;
        - `ranked`: number of economies with an estimate in that year and dimension;
        - `listed`: number of economies in the table in that year and dimension;
        - `percentile_rank`: 0 (lowest) to 100 (highest);
        - `percentile_rank_lower`, `percentile_rank_upper`: those of estimate -/+ 1.64 standard
          errors; missing where the error is.

    Raises
    ------
    BadTable
        As `check_table`; also if a row lacks its year or dimension.

    Notes
    -----
    With e the estimates of the N economies ranked,
    ``f(x) = 100 * max(0, #{e <= x} - 1) / (N - 1)``; the percentile rank is f(estimate) and its
    bounds are f(estimate -/+ 1.64 standard errors). This gives back every percentile rank and
    bound that the World Bank published in the editions 2019-2024. With one economy ranked, the
    percentile rank is missing.
    """
    check_table(table, ["estimate", "standard_error"])
    estimate = table["estimate"].to_numpy("float64")
    half = Z90 * table["standard_error"].to_numpy("float64")
    points = np.array([estimate, estimate - half, estimate + half])
    ranks = np.full((3, len(table)), np.nan)
    position = np.full(len(table), np.nan)
    ranked, listed = np.zeros((2, len(table)), "int64")
    for rows in _indices(table, ["year", "dimension"]):
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


def change_between_years(
    table: pd.DataFrame, first_year: int, last_year: int, *, rho: float = 0.0
) -> pd.DataFrame:
    """Compute the change of each estimate between two years, with its error.

    Parameters
    ----------
    table : DataFrame
        One edition, with `estimate` and `standard_error` (standard normal units).
    first_year, last_year : int
        Years in the table; the change is last minus first.
    rho : float
        Correlation of the two errors, 0 to below 1. It is not published. Errors of one economy are
        usually positively correlated over time, for which 0 gives too wide an interval.

    Returns
    -------
    DataFrame
        One row per edition, economy and dimension: `first_year`, `last_year`, `first`, `last`,
        `change`, `standard_error`, `change_lower`, `change_upper` (90% interval), `rho`,
        `beyond_error` (whether the interval leaves out 0; missing without errors).

    Raises
    ------
    UnknownName
        If a year is not in the table.
    BadParameter
        If the years are not in order or rho is out of range.
    BadTable
        As `check_table`.

    Notes
    -----
    SE^2 = s1^2 + s2^2 - 2 rho s1 s2: the variance of a difference. Kaufmann, Kraay and Mastruzzi
    (2010), Policy Research Working Paper 5430, discuss changes over time and their errors.
    """
    check_table(table, ["estimate", "standard_error"])
    check_rhos([rho])
    known = sorted(table["year"].unique())
    for year in (first_year, last_year):
        if year not in known:
            raise UnknownName(f"The table has no year {year!r}; it has {join_years(known)}.")
    if first_year >= last_year:
        raise BadParameter(f"first year {first_year} is not before last year {last_year}.")
    keys = ["edition", "economy", "dimension"]
    measures = ["estimate", "standard_error"]
    of_both = table[table["year"].isin([first_year, last_year])]
    # Each is one row; pivot_table would average them.
    pairs = of_both.pivot(index=keys, columns="year", values=measures)  # noqa: PD010
    e1, e2, s1, s2 = (
        pairs[measure, year].to_numpy("float64", na_value=np.nan)
        for measure in measures
        for year in (first_year, last_year)
    )
    change, error = e2 - e1, np.sqrt(s1**2 + s2**2 - 2 * rho * s1 * s2)
    half = Z90 * error
    return pd.DataFrame(
        {
            **{key: pairs.index.get_level_values(key) for key in keys},
            "first_year": first_year,
            "last_year": last_year,
            "first": e1,
            "last": e2,
            "change": change,
            "standard_error": error,
            "change_lower": change - half,
            "change_upper": change + half,
            "rho": rho,
            "beyond_error": pd.arrays.BooleanArray(np.abs(change) > half, np.isnan(change - half)),
        }
    )


def _indices(table: pd.DataFrame, columns: list[str]) -> list[np.ndarray]:
    """Return the places of the rows that are equal in some columns, group by group."""
    groups = table.groupby(columns, observed=True).ngroup()
    if (lacking := groups.isna()).any():
        raise BadTable(f"{lacking.sum()} rows lack {' or '.join(columns)}: fill or drop them.")
    order = np.argsort(groups.to_numpy(), kind="stable")
    return np.split(order, np.flatnonzero(np.diff(groups.to_numpy()[order])) + 1)


def _check_numbers(table: pd.DataFrame, column: str, least: float) -> None:
    """Refuse values that are neither missing nor finite and above the least."""
    values = pd.to_numeric(table[column], errors="coerce").to_numpy("float64", na_value=np.nan)
    wrong = table[column].notna().to_numpy() & ~((values > least) & (values < np.inf))
    if wrong.any():
        needed = "finite numbers" if least == -np.inf else f"finite numbers above {least:g}"
        raise BadTable(
            f"{wrong.sum()} values of {column} are not {needed}, the first: "
            f"{table.loc[wrong, column].iloc[0]} of {_key(table[wrong])}. Leave what is not "
            "known missing."
        )


def _key(rows: pd.DataFrame) -> str:
    """Write the key of the first row."""
    return ", ".join(f"{key} {rows[key].iloc[0]}" for key in KEYS)
