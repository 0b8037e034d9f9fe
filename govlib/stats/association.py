"""How two indicators are associated across economies when both have errors."""

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from govlib.errors import BadTable
from govlib.stats._tables import DIMENSIONS, Z90, check_columns, check_error, check_rhos, deviate

INDEX_ERROR = 0.05
"""Standard error assumed for the indices of the E-Government Survey (0 to 1): the United Nations
publish none, and there is no source for this one either."""

FEWEST = 10
"""Economies that a line is drawn through, at least: of fewer its interval covers too little."""

LARGEST_MISFIT = 2.0
"""Misfit above which York's slope is missing: it then depends on the errors assumed."""

OF_VOICE = "a source of the WGI, of Voice and Accountability"
CPI = "the Corruption Perceptions Index"

CIRCULAR = {
    frozenset(pair.split()): note
    for pair, note in {
        "wgi wjp-rule-of-law": "the WJP Rule of Law Index is a source of the WGI",
        "wgi freedom-house": f"Freedom in the World is {OF_VOICE}",
        "wgi open-budget-survey": f"the Open Budget Index is {OF_VOICE}",
        "wgi v-dem": "Varieties of Democracy is a source of the WGI",
        "wgi cpi": f"{CPI} is built from sources that the WGI use as well",
        "cpi wjp-rule-of-law": f"the WJP Rule of Law Index is a source of {CPI}",
        "cpi v-dem": f"Varieties of Democracy is a source of {CPI}",
    }.items()
}
"""Indicators of which one feeds the other or both share sources: Kaufmann and Kraay (2024), World
Bank Policy Research Working Paper 10952, list the sources of the WGI; Transparency International's
Technical Methodology Note (2022) those of the Corruption Perceptions Index."""


def association(
    x: pd.DataFrame,
    y: pd.DataFrame,
    *,
    assumed_error_x: float | None = None,
    assumed_error_y: float | None = None,
    rho: float = 0.0,
) -> pd.DataFrame:
    """Fit a line through the economies of two tables, with errors in both.

    Ordinary regression takes x as exact, which flattens the slope: here each point has an error in
    x and in y.

    Parameters
    ----------
    x, y : DataFrame
        One row per economy, ten or more in both: `economy`, `standard_error` and `estimate` (a WGI
        table of one edition, year and dimension) or `value` (a ranking of one edition and measure).
    assumed_error_x, assumed_error_y : float, optional
        Standard error to assume where the table has none, above 0, in its unit.
    rho : float
        Correlation of the two errors of an economy; of two dimensions of the WGI, which share
        experts, it is positive and not published.

    Returns
    -------
    DataFrame
        One row:

        - `x`, `y` (what they are), `economies` (with both);
        - `slope` (units of y per unit of x), `standard_error`, `slope_lower`, `slope_upper` (90%
          interval), `intercept`: York's line; missing if `misfit` is above 2;
        - `misfit`: root of reduced chi-squared, above 1 if economies lie off the line by more
          than the errors;
        - `slope_scattered`, `slope_scattered_lower`, `slope_scattered_upper`: if what lies off
          the line is y's own; missing if errors account for all of x's variance;
        - `correlation` of the values as they are, weakened by their errors, with its 90% interval
          `correlation_lower`, `correlation_upper`; `correlation_without_error`, of what the errors
          blur, with `correlation_without_error_lower` and `_upper`; `rho`;
        - `circular` (empty, or why the association is partly built in), `assumed_error_x`,
          `assumed_error_y` (missing if errors are published).

    Notes
    -----
    The line is that of York, Evensen, Lopez Martinez and De Basabe Delgado (2004), American
    Journal of Physics 72, 367-375: weighted orthogonal distance regression, with equal errors
    that of Deming (1943). Its error is multiplied by the misfit if that is above 1. York's line
    takes all that lies off it for error; above a misfit of 2 its slope hangs on the errors
    assumed and is not given. `slope_scattered` gives what is not error to y,
    ``(S_xy - mean of rho s_x s_y) / (S_xx - mean of s_x^2)``: the corrected regression with an
    error in the equation (Fuller 1987, Measurement Error Models, sections 2.2 and 3.1), its error
    from the scatter of the economies' contributions. Intervals take the quantile of Student's t
    with n - 2 degrees of freedom. The correlation's interval is Fisher's (1915).
    `correlation_without_error` is ``(S_xy - mean of rho s_x s_y)`` over the root of the variances
    without error (Spearman 1904), its interval is Fisher's divided by the same attenuation, which
    is taken as known; it is missing if errors account for all of a variance, and may exceed 1.
    """
    [rho] = check_rhos([rho])
    left, name_x = _points(x, assumed_error_x, "x")
    right, name_y = _points(y, assumed_error_y, "y")
    both = left.merge(right, left_index=True, right_index=True, suffixes=("_x", "_y"))
    both = both.dropna(subset=["value_x", "value_y"])
    if len(both) < FEWEST or both[["value_x", "value_y"]].nunique().min() < 2:
        raise BadTable(
            f"{len(both)} countries have both {name_x} and {name_y}: ten or more are needed, "
            "with values that differ."
        )
    u, v, su, sv = (
        both[c].to_numpy("float64") for c in ("value_x", "value_y", "error_x", "error_y")
    )
    slope, error, intercept, chi2 = _fit_york(u, v, su, sv, rho)
    if np.isnan(slope):
        raise BadTable(f"No line through {name_x} and {name_y} was found.")
    misfit = np.sqrt(chi2 / (len(both) - 2))
    error *= max(1.0, misfit)
    r = float(np.corrcoef(u, v)[0, 1])
    half = deviate() / np.sqrt(len(both) - 3)
    lower, upper = np.tanh(np.arctanh(r) + half * np.array([-1, 1])) if abs(r) < 1 else (r, r)
    reliable = [1 - np.mean(s**2) / w.var(ddof=1) for w, s in ((u, su), (v, sv))]
    shared = rho * np.mean(su * sv) / np.sqrt(u.var(ddof=1) * v.var(ddof=1))
    root = np.sqrt(np.prod(reliable)) if min(reliable) > 0 else np.nan
    t = float(stdtrit(len(both) - 2, 0.95))
    if misfit > LARGEST_MISFIT:
        slope = error = intercept = np.nan
    row = {
        "x": name_x,
        "y": name_y,
        "economies": len(both),
        "slope": slope,
        "standard_error": error,
        "slope_lower": slope - t * error,
        "slope_upper": slope + t * error,
        "intercept": intercept,
        "misfit": misfit,
        **_fit_scattered(u, v, su, rho * su * sv, t),
        "correlation": r,
        "correlation_lower": lower,
        "correlation_upper": upper,
        "correlation_without_error": (r - shared) / root,
        "correlation_without_error_lower": (lower - shared) / root,
        "correlation_without_error_upper": (upper - shared) / root,
        "rho": rho,
        "circular": _note_circular(x, y),
        "assumed_error_x": both["assumed_x"].max(),
        "assumed_error_y": both["assumed_y"].max(),
    }
    return pd.DataFrame([row])


def rank_correlation(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """Return Spearman's correlation of numbers, five or more, with its 90% interval.

    The interval is Bonett and Wright's (2000, Psychometrika 65, 23-28). Of fewer than ten it is too
    short where the correlation is strong; the numbers' own errors are not in it.
    """
    r = float(np.corrcoef(pd.DataFrame({"x": x, "y": y}).rank(), rowvar=False)[0, 1])
    half = Z90 * np.sqrt((1 + r**2 / 2) / (len(x) - 3))
    centre = np.arctanh(np.clip(r, -0.999, 0.999))
    return r, float(np.tanh(centre - half)), float(np.tanh(centre + half))


def _fit_york(
    x: np.ndarray, y: np.ndarray, sx: np.ndarray, sy: np.ndarray, rho: float
) -> tuple[float, float, float, float]:
    """Return York's slope, its error, the intercept and chi-squared; NaN if there is no line."""
    slope = y.std() / x.std() * (np.sign(np.corrcoef(x, y)[0, 1]) or 1)
    for _ in range(10_000):
        weight = 1 / (sy**2 + slope**2 * sx**2 - 2 * slope * rho * sx * sy)
        mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
        dx, dy = x - mean_x, y - mean_y
        # Where York's line has each economy's x, from the mean.
        fitted = weight * (dx * sy**2 + slope * dy * sx**2 - (slope * dx + dy) * rho * sx * sy)
        before, slope = slope, (weight * fitted * dy).sum() / (weight * fitted * dx).sum()
        if abs(slope - before) <= 1e-13 * abs(slope):
            break
    else:
        slope = np.nan
    spread = (weight * (fitted - np.average(fitted, weights=weight)) ** 2).sum()
    chi2 = (weight * (dy - slope * dx) ** 2).sum()
    return slope, spread**-0.5, mean_y - slope * mean_x, chi2


def _fit_scattered(
    x: np.ndarray, y: np.ndarray, errors: np.ndarray, shared: np.ndarray, t: float
) -> dict[str, float]:
    """Fit the slope that gives all scatter off the line to y, with its 90% interval."""
    dx, dy = x - x.mean(), y - y.mean()
    squares = dx**2 * len(x) / (len(x) - 1) - errors**2  # each economy's share of x's variance
    slope, half = np.nan, np.nan
    if squares.sum() > 0:
        products = dx * dy * len(x) / (len(x) - 1) - shared
        slope = products.sum() / squares.sum()
        parts = products - slope * squares
        half = t * np.sqrt((parts**2).sum() * len(x) / (len(x) - 2)) / squares.sum()
    return {
        "slope_scattered": slope,
        "slope_scattered_lower": slope - half,
        "slope_scattered_upper": slope + half,
    }


def _points(table: pd.DataFrame, assumed: float | None, which: str) -> tuple[pd.DataFrame, str]:
    """Return value, error and assumption by economy, and the name of what the table has."""
    column = "estimate" if "estimate" in getattr(table, "columns", ()) else "value"
    check_columns(table, ("economy", column, "standard_error", "edition"), f"The table {which}")
    if (wrong := table["standard_error"] <= 0).any():
        first = table[wrong].iloc[0]
        raise BadTable(
            f"The table {which} has {wrong.sum()} errors that are not above 0, the first of "
            f"{first['economy']}: leave what is not known missing."
        )
    if table.empty or len(set(table["edition"])) > 1 or table["economy"].duplicated().any():
        raise BadTable(
            f"The table {which} needs one row per country of one edition: choose one edition, "
            "and one year and dimension or one measure."
        )
    if assumed is not None:
        check_error(assumed)
    lacking = table[column].notna() & table["standard_error"].isna()
    first = table.iloc[0]
    words = [str(first[c]) for c in ("ranking", "measure", "dimension", "year") if c in table]
    name = f"{DIMENSIONS.get(words[0], words[0])}, {', '.join(words[1:])}" if words else which
    name = f"{name}, edition {first['edition']}"
    if lacking.any() and assumed is None:
        raise BadTable(
            f"{lacking.sum()} values of {name} have no standard error: pass assumed_error_{which} "
            "(in the unit of the values); the result then carries it in a column."
        )
    points = pd.DataFrame(
        {
            "value": table[column].to_numpy("float64"),
            "error": table["standard_error"].where(~lacking, assumed).to_numpy("float64"),
            "assumed": np.where(lacking, np.nan if assumed is None else assumed, np.nan),
        },
        index=pd.Index(table["economy"].to_numpy()),
    )
    return points, name


def _note_circular(x: pd.DataFrame, y: pd.DataFrame) -> str:
    """Write why an association of two tables is partly built in, if it is."""
    names = {
        str(t["ranking"].iloc[0]) if "ranking" in t else "wgi" if "dimension" in t else ""
        for t in (x, y)
    }
    if names == {"wgi"}:
        return "dimensions of the WGI share sources, so that their errors go together"
    if len(names) == 1 and names != {""}:
        return "both are of one ranking, built by one publisher from much the same material"
    return CIRCULAR.get(frozenset(names), "")
