"""Weighted means with their errors: of a group's economies, of an economy's dimensions.

A mean of n errors s with weights w has ``SE^2 = (1 - rho) sum (w s)^2 + rho (sum w s)^2``: `rho`,
from 0 to below 1, is the correlation of any two of them. Economies share their sources, and so do
the dimensions, so that 0 gives too short an interval. Parameters and errors raised: see
`govlib.stats`; BadParameter also if a weight is lacking or not above 0.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.stats._tables import (
    DIMENSIONS,
    Z90,
    check_groups,
    check_rhos,
    check_table,
    fill_errors,
)
from govlib.stats.association import association


def group_means(
    table: pd.DataFrame,
    groups: Mapping[str, Iterable[str]],
    *,
    weights: Mapping[str, float] | None = None,
    rho: float = 0.0,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Compute the mean estimate of each group of economies.

    Parameters
    ----------
    groups : mapping of str to iterable of str
        Name of a group and World Bank codes of its members, one at least in the table.
    weights : mapping of str to float, optional
        Weight (above 0) of each economy by its code, as its population; equal by default.

    Returns
    -------
    DataFrame
        One row per group, year and dimension: `group`, `edition`, `year`, `dimension`, `estimate`
        with its interval, `standard_error`, `economies` (how many have an estimate and count),
        `rho` and `without_estimate` (members that are not).
    """
    filled = fill_errors(table, assumed_error=assumed_error)
    parts = []
    for name, codes in check_groups(groups).items():
        own = filled[filled["economy"].isin(codes)]
        if own.empty:
            raise UnknownName(f"The table has no member of {name}: {', '.join(codes) or 'none'}.")
        mean = _mean(own, ["edition", "year", "dimension"], "economy", weights, rho)
        known = own.dropna(subset="estimate").groupby(["year", "dimension"], observed=True)
        have = known["economy"].agg(set).to_dict()
        mean["without_estimate"] = [
            " ".join(c for c in codes if c not in have.get(key, set()))
            for key in zip(mean["year"], mean["dimension"], strict=True)
        ]
        parts.append(mean.assign(group=name))
    result = pd.concat(parts, ignore_index=True).rename(columns={"count": "economies"})
    return result[["group", *[column for column in result if column != "group"]]]


def composite(
    table: pd.DataFrame,
    dimensions: Iterable[str] = tuple(DIMENSIONS),
    *,
    weights: Mapping[str, float] | None = None,
    rho: float = 0.0,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Average several dimensions of each economy and year.

    The World Bank publishes no such number: which dimensions are averaged, and how, is a choice.

    Parameters
    ----------
    dimensions : iterable of str
        Codes of two dimensions or more.
    weights : mapping of str to float, optional
        Weight (above 0) of each dimension by its code; equal by default.

    Returns
    -------
    DataFrame
        One row per economy and year, as `ranks` and the plots take it: `edition`, `economy`,
        `year`, `dimension` ("ge+rl"), `estimate`, `standard_error`, `estimate_lower`,
        `estimate_upper` and `rho`. An economy without one of the dimensions has no estimate.
    """
    chosen = [dimensions] if isinstance(dimensions, str) else list(dict.fromkeys(dimensions))
    filled = fill_errors(table, assumed_error=assumed_error)
    if len(chosen) < 2:
        raise BadParameter(f"dimensions = {chosen}: two or more are needed.")
    if lacking := [one for one in chosen if one not in set(filled["dimension"])]:
        raise BadTable(f"The table has no rows of {', '.join(lacking)}.")
    own = filled[filled["dimension"].isin(chosen)]
    mean = _mean(own, ["edition", "economy", "year"], "dimension", weights, rho)
    numbers = ["estimate", "standard_error", "estimate_lower", "estimate_upper"]
    mean.loc[mean.pop("count") < len(chosen), numbers] = np.nan
    mean.insert(3, "dimension", "+".join(chosen))
    return mean


def dimension_correlations(
    table: pd.DataFrame, *, rho: float = 0.0, assumed_error: float | None = None
) -> pd.DataFrame:
    """Correlate the dimensions with each other across the economies of one year, ten or more.

    `rho` is the correlation of an economy's errors in two dimensions, which share experts. One row
    per pair: `x`, `y` (codes), `economies`, `correlation` with its 90% interval, which errors
    weaken, and `correlation_without_error` with its own: see `association`.
    """
    check_table(table, ["estimate", "standard_error"])
    codes = [one for one in DIMENSIONS if one in set(table["dimension"])]
    of = {one: table[table["dimension"] == one] for one in codes}
    rows = [
        association(
            of[x], of[y], assumed_error_x=assumed_error, assumed_error_y=assumed_error, rho=rho
        ).assign(x=x, y=y)
        for x, y in combinations(codes, 2)
    ]
    if not rows:
        raise BadTable("The table has one dimension only: two or more are needed.")
    ends = ["", "_lower", "_upper"]
    names = [
        f"{name}{end}" for name in ("correlation", "correlation_without_error") for end in ends
    ]
    return pd.concat(rows, ignore_index=True)[["x", "y", "economies", *names, "rho"]]


def _mean(
    rows: pd.DataFrame,
    keys: list[str],
    over: str,
    weights: Mapping[str, float] | None,
    rho: float,
) -> pd.DataFrame:
    """Average the estimates that there are over a column, with error, interval and count."""
    if check_rhos(rho)[0] < 0:
        raise BadParameter(f"rho = {rho!r}: a correlation from 0 to below 1 is needed.")
    weight = pd.Series(1.0, rows.index)
    if weights is not None:
        weight = rows[over].astype("object").map(weights).astype("float64")
        if not (wrong := rows.loc[~(weight > 0), over]).empty:
            raise BadParameter(f"weights: a number above 0 is needed for {wrong.iloc[0]}.")
    known = rows["estimate"].notna()
    weight = weight.where(known, 0.0)
    by = [rows[key] for key in keys]
    weight /= weight.groupby(by, observed=True).transform("sum")
    parts = rows[keys].assign(
        estimate=weight * rows["estimate"],
        errors=weight * rows["standard_error"],
        squares=(weight * rows["standard_error"]) ** 2,
        count=known.astype("int64"),
    )
    sums = parts.groupby(keys, observed=True).sum(min_count=1).reset_index()
    errors = (1 - rho) * sums.pop("squares") + rho * sums.pop("errors") ** 2
    sums.insert(len(keys) + 1, "standard_error", errors**0.5)
    half = Z90 * sums["standard_error"]
    sums.insert(len(keys) + 2, "estimate_lower", sums["estimate"] - half)
    sums.insert(len(keys) + 3, "estimate_upper", sums["estimate"] + half)
    return sums.assign(rho=rho)
