"""Trends over the years, weighted by the errors and for a grid of their correlations."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from govlib.errors import BadParameter
from govlib.stats.compare import Z90, check_rhos, fill_errors

TREND_RHOS = (0.0, 0.3, 0.6, 0.9)
"""The grid of correlations between the errors of two years for which trends are given."""


def fit_trend(
    table: pd.DataFrame,
    *,
    rhos: float | Iterable[float] = TREND_RHOS,
    decaying: bool = False,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Fit a straight line to the years of each economy and dimension, weighted by the errors.

    Parameters
    ----------
    table : DataFrame
        One edition, the years of interest, with `estimate` and `standard_error` (standard normal
        units).
    rhos : float or iterable of float
        Correlations of the errors, each from 0 to below 1; they are not published.
    decaying : bool
        Whether rho is the correlation of two years next to each other and falls with the distance
        (rho to the power of the years between). Otherwise that of any two years, as in
        `changes.change_by_rho`.
    assumed_error : float, optional
        As in `compare.fill_errors`: needed where an estimate has no error.

    Returns
    -------
    DataFrame
        One row per edition, economy, dimension and rho, sorted so:

        - `first_year`, `last_year`, `years`: of the estimates used, and how many;
        - `slope`, `standard_error`, `slope_lower`, `slope_upper`: change per year with its 90%
          interval (standard normal units a year); `level`: the line's value at the mean of the
          years;
        - `beyond_error`: whether the interval leaves out 0;
        - `misfit`: root of chi-squared by degrees of freedom: about 1 if the line and the errors
          account for the scatter, above 1 if the years do not lie on a line, below 1 if the
          errors of the years move together more than rho says; `p_misfit`: chance of a chi-squared
          as large or larger; a line is no summary where this is small;
        - `rho`, `decaying`, `assumed_error`.

        With fewer than three estimates the fit is missing, never a line through two points.

    Raises
    ------
    BadTable, BadParameter
        As `compare.fill_errors` and `compare.check_rhos`; BadParameter also if `decaying` is
        neither True nor False.

    Notes
    -----
    Generalised least squares (Aitken 1935) with known covariance V, ``V_ij = rho_ij s_i s_j``:
    slope and level are ``(X' V^-1 X)^-1 X' V^-1 y`` with covariance ``(X' V^-1 X)^-1``. The errors
    are taken as given and not rescaled by the scatter. No R-squared: it says how straight the
    estimates lie, not how sure they are.
    """
    grid = check_rhos(rhos)
    if not isinstance(decaying, bool):
        raise BadParameter(f"decaying = {decaying!r}: True or False is needed.")
    filled = fill_errors(table, assumed_error=assumed_error)
    keys = ["edition", "economy", "dimension"]
    wide = {
        column: filled.pivot_table(
            index=keys, columns="year", values=column, observed=True, dropna=False
        )
        for column in ("estimate", "standard_error", "assumed_error")
        if filled[column].notna().any()
    }
    series = filled[keys].drop_duplicates().sort_values(keys)
    index = pd.MultiIndex.from_frame(series)
    years = np.array(sorted(set(filled["year"])), dtype="float64")
    estimates, errors = (
        _values(wide.get(column), index, years) for column in ("estimate", "standard_error")
    )
    held = ~np.isnan(estimates)
    assumed = filled.groupby(keys, observed=True)["assumed_error"].max()
    common = pd.DataFrame(
        {
            "first_year": pd.array(np.where(held.any(1), years[held.argmax(1)], np.nan)).astype(
                "Int64"
            ),
            "last_year": pd.array(
                np.where(held.any(1), years[::-1][held[:, ::-1].argmax(1)], np.nan)
            ).astype("Int64"),
            "years": held.sum(axis=1),
        },
        index=index,
    )
    parts = []
    for rho in grid:
        fit = np.full((5, len(index)), np.nan)
        # Economies with the same years held are solved together.
        patterns, which = np.unique(held, axis=0, return_inverse=True)
        for number, pattern in enumerate(patterns):
            if pattern.sum() >= 3:
                rows = np.flatnonzero(which.ravel() == number)
                fit[:, rows] = _fit_lines(
                    years[pattern],
                    estimates[rows][:, pattern],
                    errors[rows][:, pattern],
                    _correlations(years[pattern], rho, decaying),
                )
        names = ["slope", "standard_error", "level", "misfit", "p_misfit"]
        part = common.assign(**dict(zip(names, fit, strict=True)), rho=rho, decaying=decaying)
        part["assumed_error"] = assumed.reindex(index)
        parts.append(part.reset_index())
    result = pd.concat(parts, ignore_index=True)
    half = Z90 * result["standard_error"]
    place = result.columns.get_loc("standard_error")
    assert isinstance(place, int)
    result.insert(place + 1, "slope_lower", result["slope"] - half)
    result.insert(place + 2, "slope_upper", result["slope"] + half)
    beyond = (result["slope"].abs() > half).astype("boolean").mask(half.isna())
    result.insert(place + 4, "beyond_error", beyond)
    return result.sort_values([*keys, "rho"], kind="stable").reset_index(drop=True)


def _values(wide: pd.DataFrame | None, index: pd.MultiIndex, years: np.ndarray) -> np.ndarray:
    """Return one row per series and one column per year, missing where there is no estimate."""
    if wide is None:
        return np.full((len(index), len(years)), np.nan)
    return wide.reindex(index=index, columns=years).to_numpy("float64")


def _correlations(years: np.ndarray, rho: float, decaying: bool) -> np.ndarray:
    """Return the correlations of the errors of the years."""
    apart = np.abs(years[:, None] - years)
    matrix: np.ndarray = rho**apart if decaying else np.where(apart == 0, 1.0, rho)
    return matrix


def _fit_lines(
    years: np.ndarray, estimates: np.ndarray, errors: np.ndarray, correlations: np.ndarray
) -> np.ndarray:
    """Fit lines to rows of estimates: slope, its error, level, misfit and its probability."""
    design = np.stack([years - years.mean(), np.ones_like(years)])
    inverse = np.linalg.inv(correlations)
    scaled = design / errors[:, None, :]
    y = estimates / errors
    normal = scaled @ inverse @ scaled.transpose(0, 2, 1)
    right = (scaled @ inverse @ y[:, :, None])[:, :, 0]
    covariance = np.linalg.inv(normal)
    lines = (covariance @ right[:, :, None])[:, :, 0]
    residual = y - np.einsum("ek,ekt->et", lines, scaled)
    chi2 = np.einsum("et,ts,es->e", residual, inverse, residual)
    freedom = len(years) - 2
    return np.array(
        [
            lines[:, 0],
            np.sqrt(covariance[:, 0, 0]),
            lines[:, 1],
            np.sqrt(chi2 / freedom),
            chdtrc(freedom, chi2),
        ]
    )
