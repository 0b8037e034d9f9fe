"""What the functions on WGI tables share: names, constants, checks, errors and intervals."""

from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import TypeGuard

import numpy as np
import pandas as pd
from scipy.special import ndtri

from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.i18n import join_years

DIMENSIONS = {
    "va": "Voice and Accountability",
    "pv": "Political Stability and Absence of Violence/Terrorism",
    "ge": "Government Effectiveness",
    "rq": "Regulatory Quality",
    "rl": "Rule of Law",
    "cc": "Control of Corruption",
}
"""The six dimensions of the WGI by code, in the order of every table; other languages: `words`."""

KEYS = ["edition", "economy", "year", "dimension"]
"""The columns that name a row of a WGI table."""

SERIES = ["edition", "economy", "dimension"]
"""The columns that name the estimates of all years of one economy and dimension."""

MEASURES = ("estimate", "percentile_rank", "score")
"""The measures of an edition that a trend can be drawn of."""

METHOD_CHANGED = 2025
"""First edition on the method that recalculated all years: an estimate of 0 is then about the mean
of all economies and years, and the mean of a year moves."""

Z90 = 1.64
"""Half-width, in standard errors, of the WGI's 90% bounds (1.64, not 1.645): the factor that
reproduces the published bounds of the percentile ranks. Kaufmann, Kraay and Mastruzzi (2010),
World Bank Policy Research Working Paper 5430."""


SEED = 20240225
"""Seed of the draws unless another is given."""


def check_table(table: pd.DataFrame, columns: Iterable[str] = ()) -> None:
    """Check that a table has the keys and columns, one edition, no row twice, possible numbers.

    BadTable names the first row that is wrong, and what the table has instead.
    """
    columns = list(columns)
    check_columns(table, [*KEYS, *columns])
    if table.empty:
        raise BadTable("The table has no rows: choose countries, dimensions and years that exist.")
    editions = sorted(table["edition"].unique())
    if len(editions) > 1:
        raise BadTable(
            f"The table mixes the editions {', '.join(map(str, editions))}, whose estimates are "
            "not comparable: pass one edition at a time."
        )
    repeats = table.duplicated(KEYS[1:])  # there is one edition
    if repeats.any():
        repeated = table[repeats]
        raise BadTable(f"{len(repeated)} rows are repeated, the first: {_first_key(repeated)}.")
    for column, least in (("estimate", -np.inf), ("standard_error", 0.0)):
        if column in columns:
            _check_numbers(table, column, least)


def check_columns(table: pd.DataFrame, columns: Iterable[str], name: str = "The table") -> None:
    """Check that it is a table and has these columns; else BadTable."""
    if not isinstance(table, pd.DataFrame):
        raise BadTable(f"A table (DataFrame) is needed, not {type(table).__name__}.")
    if missing := [column for column in columns if column not in table]:
        has = ", ".join(map(str, table.columns))
        raise BadTable(f"{name} lacks {', '.join(missing)}; it has {has}.")


def check_groups(groups: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Return the members of each group as a list; BadParameter if there is no group or no name."""
    if not isinstance(groups, Mapping) or not groups:
        raise BadParameter(
            f"groups = {groups!r}: names with their members are needed, one or more, as "
            'groups_of("KAZ") or {"mine": ["KAZ", "UZB"]}.'
        )
    return {name: [m] if isinstance(m, str) else list(m) for name, m in groups.items()}


def bisect(
    below: Callable[[np.ndarray], np.ndarray], least: np.ndarray, most: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds of where a condition that holds at `least` ends, each element on its own."""
    for _ in range(60):
        middle = (least + most) / 2
        under = below(middle)
        least, most = np.where(under, middle, least), np.where(under, most, middle)
    return least, most


def is_number(value: object) -> TypeGuard[float]:
    """Return whether a value is a real number."""
    return isinstance(value, Real) and not isinstance(value, bool)


def check_error(assumed_error: float) -> None:
    """Check that an assumed standard error is a finite number above 0; else BadParameter."""
    if not is_number(assumed_error) or not 0 < assumed_error < np.inf:
        raise BadParameter(f"assumed_error = {assumed_error!r}: a number above 0 is needed.")


def check_rhos(rhos: float | Iterable[float]) -> list[float]:
    """Return correlations of errors, one or several, as a list; BadParameter if one is repeated."""
    several = isinstance(rhos, Iterable) and not isinstance(rhos, str)
    grid = list(rhos) if several else [rhos]  # type: ignore[arg-type]  # narrowed by `several`
    for rho in grid:
        if not is_number(rho) or not -1 <= rho < 1:
            raise BadParameter(
                f"rho = {rho!r}: a correlation of errors from -1 to below 1 is needed."
            )
    if not grid or len(set(grid)) < len(grid):
        raise BadParameter(f"rho = {grid!r}: one correlation or more is needed, each once.")
    return [float(rho) for rho in grid]  # type: ignore[arg-type]  # checked above


def add_rho(rows: pd.DataFrame, rho: float | Iterable[float] | pd.DataFrame) -> pd.DataFrame:
    """Add `rho`, `rho_lower` and `rho_upper` to rows of series (`SERIES`).

    Numbers: each row once for each of them, the interval being the number itself. A table: the
    correlation of the row's edition, economy and dimension, as far as the table has these columns;
    BadTable if it has no `rho`, several for a row, or none for one.
    """
    if not isinstance(rho, pd.DataFrame):
        grid = check_rhos(rho)
        result = rows.loc[rows.index.repeat(len(grid))].reset_index(drop=True)
        result["rho"] = np.tile(grid, len(rows))
        result["rho_lower"] = result["rho_upper"] = result["rho"]
        return result.sort_values([*SERIES, "rho"], kind="stable", ignore_index=True)
    keys = [key for key in SERIES if key in rho]
    if "rho" not in rho or not keys or rho.duplicated(keys).any():
        raise BadTable(
            "A table of correlations needs `rho` once for each dimension (or edition, economy): "
            "make it with correlation_floor."
        )
    known = rho.assign(**{c: rho["rho"] for c in ("rho_lower", "rho_upper") if c not in rho})
    for value in known[["rho", "rho_lower", "rho_upper"]].to_numpy("float64").ravel():
        if not np.isnan(value):
            check_rhos(value)
    known = known[[*keys, "rho", "rho_lower", "rho_upper"]].astype(dict.fromkeys(keys, object))
    index = pd.MultiIndex.from_frame(rows[keys].astype(object))
    if lacking := sorted(set(index) - set(pd.MultiIndex.from_frame(known[keys]))):
        raise BadTable(f"The table of correlations has no {', '.join(map(str, lacking[0]))}.")
    values = known.set_index(keys).reindex(index if len(keys) > 1 else index.get_level_values(0))
    result = rows.copy()
    for column in ("rho", "rho_lower", "rho_upper"):
        result[column] = values[column].to_numpy("float64")
    return result


def check_years(table: pd.DataFrame, first_year: int, last_year: int) -> None:
    """Check that two years are in the table (else UnknownName) and in order (else BadParameter)."""
    known = sorted(table["year"].unique())
    for year in (first_year, last_year):
        if year not in known:
            raise UnknownName(f"The table has no year {year!r}; it has {join_years(known)}.")
    if first_year >= last_year:
        raise BadParameter(f"first year {first_year} is not before last year {last_year}.")


def fill_errors(table: pd.DataFrame, *, assumed_error: float | None = None) -> pd.DataFrame:
    """Make sure that every estimate has an error, by assumption only if one is given.

    `standard_error` is filled and the last column, `assumed_error`, has the value assumed, missing
    where the error is the published one. Values in an `assumed_error` column of the table are kept.
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
            "value (standard deviations): the result then carries it in a column."
        )
    result = table.copy()
    result["assumed_error"] = result.pop("assumed_error") if "assumed_error" in table else np.nan
    result.loc[lacking, ["standard_error", "assumed_error"]] = assumed_error
    return result


def error_to_assume(table: pd.DataFrame, editions: Iterable[pd.DataFrame]) -> float | None:
    """Choose the standard error to assume for an edition that publishes none.

    It is the median of the newest of the whole `editions` (read only if the table needs them) that
    has errors, rounded to two decimals; None if all estimates of the table have an error. BadTable
    is raised if no edition has any.
    """
    if table.loc[table["estimate"].notna(), "standard_error"].notna().all():
        return None
    medians = {e["edition"].iloc[0]: e["standard_error"].median() for e in editions}
    known = {edition: error for edition, error in medians.items() if pd.notna(error)}
    if not known:
        raise BadTable("No edition has standard errors to assume: pass assumed_error=0.2, say.")
    return round(float(known[max(known)]), 2)


def deviate(level: float = 0.9) -> float:
    """Return the half-width of a two-sided interval in standard errors: 1.645 at 90%."""
    if not is_number(level) or not 0 < level < 1:
        raise BadParameter(f"level = {level!r}: a number between 0 and 1, as 0.9, is needed.")
    return float(ndtri((1 + level) / 2))


def add_interval(table: pd.DataFrame) -> pd.DataFrame:
    """Add the 90% interval of each estimate: `estimate_lower`, `estimate_upper`."""
    check_table(table, ["estimate", "standard_error"])
    half = Z90 * table["standard_error"]
    table = table.copy()
    place = list(table.columns).index("standard_error") + 1
    table.insert(place, "estimate_lower", table["estimate"] - half)
    table.insert(place + 1, "estimate_upper", table["estimate"] + half)
    return table


def random_bits(count: int, seed: int = SEED) -> np.ndarray:
    """Draw 64-bit numbers: the same on every machine and for every NumPy version (PCG64)."""
    bits: np.ndarray = np.random.PCG64(seed).random_raw(count)
    return bits


def exceeds(values: pd.Series, half: pd.Series) -> pd.Series:
    """Return True where a value is further from 0 than the half-width; missing without one."""
    return (values.abs() > half).astype("boolean").mask(values.isna() | half.isna())


def _check_numbers(table: pd.DataFrame, column: str, least: float) -> None:
    values = pd.to_numeric(table[column], errors="coerce").to_numpy("float64", na_value=np.nan)
    wrong = table[column].notna().to_numpy() & ~((values > least) & (values < np.inf))
    if wrong.any():
        needed = "finite numbers" if least == -np.inf else f"finite numbers above {least:g}"
        raise BadTable(
            f"{wrong.sum()} values of {column} are not {needed}, the first: "
            f"{table.loc[wrong, column].iloc[0]} of {_first_key(table[wrong])}. Leave what is not "
            "known missing."
        )


def _first_key(rows: pd.DataFrame) -> str:
    return ", ".join(f"{key} {rows[key].iloc[0]}" for key in KEYS)
