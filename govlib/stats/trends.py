"""Trends over the years, weighted by the errors, whose correlation decays with the distance."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from govlib.errors import BadParameter
from govlib.stats._tables import SERIES, Z90, add_rho, exceeds, fill_errors

FITTED = ["slope", "standard_error", "level", "misfit", "p_misfit"]


def trend(
    table: pd.DataFrame,
    *,
    rho: float | Iterable[float] | pd.DataFrame,
    decaying: bool = True,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Fit a straight line to the years of each economy and dimension, weighted by the errors.

    Parameters
    ----------
    rho : float, iterable of float or DataFrame
        Correlation of the errors of two years next to each other: a number, several, or a table
        of `correlation_floor` with lag 1. `gov.wgi.trend` looks the floors up.
    decaying : bool
        If True, the correlation falls with the distance: rho to the power of the years between.
        Otherwise it is that of any two years.

    Returns
    -------
    DataFrame
        One row per edition, economy, dimension and rho, sorted so:

        - `first_year`, `last_year`, `years`: of the estimates used, and how many;
        - `slope`, `standard_error`, `slope_lower`, `slope_upper`: change per year with its 90%
          interval (standard deviations a year); `level`: the line's value at the mean of the
          years; `significant`: True if the interval leaves out 0;
        - `misfit`: root of reduced chi-squared: about 1 if the line and the errors account for
          the scatter, above 1 if the years do not lie on a line, below 1 if the errors are
          correlated more than rho says or too large; `p_misfit`: chance of a chi-squared as
          large or larger; a line is no summary where this is small;
        - `rho`, `rho_lower`, `rho_upper`, `decaying`, `assumed_error`.

        With fewer than three estimates the fit is missing, never a line through two points.

    Raises
    ------
    BadParameter
        Also if rho is too negative for so many years.

    Notes
    -----
    Generalised least squares (Aitken 1935) with known covariance V, ``V_ij = rho_ij s_i s_j``:
    slope and level are ``(X' V^-1 X)^-1 X' V^-1 y`` with covariance ``(X' V^-1 X)^-1``. The errors
    are taken as given and not rescaled by the scatter. No R-squared: it says how straight the
    estimates lie, not how sure they are.
    """
    if not isinstance(decaying, bool):
        raise BadParameter(f"decaying = {decaying!r}: True or False is needed.")
    filled = fill_errors(table, assumed_error=assumed_error)
    # Each is one row; pivot_table would average them.
    measures = ["estimate", "standard_error"]
    wide = filled.pivot(index=SERIES, columns="year", values=measures)
    estimates, errors = (wide[m].to_numpy("float64", na_value=np.nan) for m in measures)
    years = wide["estimate"].columns.to_numpy("float64")
    known = ~np.isnan(estimates)
    filled["used"] = filled["year"].astype("Int64").mask(filled["estimate"].isna())
    groups = filled.groupby(SERIES, observed=True)
    used = groups["used"]
    lines = pd.DataFrame(
        {
            "first_year": used.min(),
            "last_year": used.max(),
            "years": used.count().astype("int64"),
            "assumed_error": groups["assumed_error"].max(),
        }
    ).reindex(wide.index)
    result = add_rho(lines.reset_index().assign(row=np.arange(len(wide))), rho)
    fit = np.full((len(result), len(FITTED)), np.nan)
    # Those with estimates for the same years and one rho are solved together.
    patterns, which = np.unique(known, axis=0, return_inverse=True)
    alike = result.assign(pattern=which.ravel()[result["row"]])
    for key, of_one in alike.groupby(["pattern", "rho"]):
        number, correlation = np.array(key, dtype="float64")
        pattern, place = patterns[int(number)], of_one.index.to_numpy()
        if pattern.sum() < 3:
            continue
        apart = np.abs(years[pattern][:, None] - years[pattern])
        matrix = correlation**apart if decaying else np.where(apart == 0, 1.0, correlation)
        if np.linalg.eigvalsh(matrix)[0] < 1e-9:
            raise BadParameter(f"rho = {correlation:.3g} is impossible for {len(apart)} years.")
        rows = result["row"].to_numpy()[place]
        y, s = estimates[rows][:, pattern], errors[rows][:, pattern]
        fit[place] = _fit_lines(years[pattern], y, s, matrix).T
    result[FITTED] = fit
    half = Z90 * result["standard_error"]
    result["slope_lower"], result["slope_upper"] = result["slope"] - half, result["slope"] + half
    result["significant"] = exceeds(result["slope"], half)
    result["decaying"] = decaying
    columns = [
        *[*SERIES, "first_year", "last_year", "years", "slope", "standard_error", "slope_lower"],
        *["slope_upper", "level", "significant", "misfit", "p_misfit"],
        *["rho", "rho_lower", "rho_upper", "decaying", "assumed_error"],
    ]
    return result[columns]


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
