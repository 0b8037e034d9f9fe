"""Trends over the years, weighted by the errors, for a grid of their correlations.

Tables, `rhos`, `assumed_error` and the errors raised: see `govlib.stats._tables`.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from govlib.errors import BadParameter
from govlib.stats._tables import SERIES, Z90, check_rhos, exceeds, fill_errors

TREND_RHOS = (0.0, 0.3, 0.6, 0.9)
"""Correlations between the errors of two years for which trends are given."""

FITTED = ["slope", "standard_error", "level", "misfit", "p_misfit"]


def trend(
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
        One edition, the years of interest, with `estimate` and `standard_error`.
    rhos : float or iterable of float
        Correlations of the errors of two years.
    decaying : bool
        If True, rho is the correlation of two years next to each other and falls with the
        distance (rho to the power of the years between). Otherwise that of any two years.
    assumed_error : float, optional
        The error of estimates without one.

    Returns
    -------
    DataFrame
        One row per edition, economy, dimension and rho, sorted so:

        - `first_year`, `last_year`, `years`: of the estimates used, and how many;
        - `slope`, `standard_error`, `slope_lower`, `slope_upper`: change per year with its 90%
          interval (standard normal units a year); `level`: the line's value at the mean of the
          years; `beyond_error`: True if the interval leaves out 0;
        - `misfit`: root of reduced chi-squared: about 1 if the line and the errors account for
          the scatter, above 1 if the years do not lie on a line, below 1 if the errors are
          correlated more than rho says; `p_misfit`: chance of a chi-squared as large or larger;
          a line is no summary where this is small;
        - `rho`, `decaying`, `assumed_error`.

        With fewer than three estimates the fit is missing, never a line through two points.

    Raises
    ------
    BadParameter
        If `decaying` is neither True nor False.

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
    # Each is one row; pivot_table would average them.
    measures = ["estimate", "standard_error"]
    wide = filled.pivot(index=SERIES, columns="year", values=measures)  # noqa: PD010
    estimates, errors = (wide[m].to_numpy("float64", na_value=np.nan) for m in measures)
    years = wide["estimate"].columns.to_numpy("float64")
    known = ~np.isnan(estimates)
    filled["used"] = filled["year"].astype("Int64").mask(filled["estimate"].isna())
    groups = filled.groupby(SERIES, observed=True)
    used = groups["used"]
    common = pd.DataFrame(
        {"first_year": used.min(), "last_year": used.max(), "years": used.count().astype("int64")}
    ).reindex(wide.index)
    parts = []
    for rho in grid:
        fit = np.full((len(FITTED), len(wide)), np.nan)
        # Economies with estimates for the same years are solved together.
        patterns, which = np.unique(known, axis=0, return_inverse=True)
        for number, pattern in enumerate(patterns):
            if pattern.sum() >= 3:
                rows = np.flatnonzero(which.ravel() == number)
                apart = np.abs(years[pattern][:, None] - years[pattern])
                correlations = rho**apart if decaying else np.where(apart == 0, 1.0, rho)
                y, s = estimates[rows][:, pattern], errors[rows][:, pattern]
                fit[:, rows] = _fit_lines(years[pattern], y, s, correlations)
        part = common.assign(**dict(zip(FITTED, fit, strict=True)), rho=rho, decaying=decaying)
        parts.append(part.assign(assumed_error=groups["assumed_error"].max()).reset_index())
    result = pd.concat(parts, ignore_index=True)
    half = Z90 * result["standard_error"]
    result["slope_lower"], result["slope_upper"] = result["slope"] - half, result["slope"] + half
    result["beyond_error"] = exceeds(result["slope"], half)
    columns = [
        *[*SERIES, "first_year", "last_year", "years", "slope", "standard_error", "slope_lower"],
        *["slope_upper", "level", "beyond_error", "misfit", "p_misfit"],
        *["rho", "decaying", "assumed_error"],
    ]
    return result.sort_values([*SERIES, "rho"], kind="stable")[columns].reset_index(drop=True)


def _fit_lines(
    years: np.ndarray, estimates: np.ndarray, errors: np.ndarray, correlations: np.ndarray
) -> np.ndarray:
    """Fit a line to each row of estimates; return the rows of `FITTED`."""
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
    error, misfit = np.sqrt(covariance[:, 0, 0]), np.sqrt(chi2 / freedom)
    return np.array([lines[:, 0], error, lines[:, 1], misfit, chdtrc(freedom, chi2)])
