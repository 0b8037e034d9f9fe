"""How two indicators are associated across economies when both have errors."""

import numpy as np
import pandas as pd

from govlib.errors import BadTable
from govlib.stats._tables import DIMENSIONS, Z90, check_error

INDEX_ERROR = 0.05
"""Standard error assumed for the indices of the E-Government Survey (0 to 1): the United Nations
publish none, and there is no source for this one either."""

CIRCULAR = {
    frozenset(pair): note
    for *pair, note in (
        ("wgi", "wjp-rule-of-law", "the WJP Rule of Law Index is a source of the WGI"),
        (
            "wgi",
            "freedom-house",
            "Freedom in the World is a source of the WGI, of Voice and Accountability",
        ),
        (
            "wgi",
            "open-budget-survey",
            "the Open Budget Index is a source of the WGI, of Voice and Accountability",
        ),
        ("wgi", "v-dem", "Varieties of Democracy is a source of the WGI"),
        (
            "wgi",
            "cpi",
            "the Corruption Perceptions Index is built from sources that the WGI use as well",
        ),
        (
            "cpi",
            "wjp-rule-of-law",
            "the WJP Rule of Law Index is a source of the Corruption Perceptions Index",
        ),
        ("cpi", "v-dem", "Varieties of Democracy is a source of the Corruption Perceptions Index"),
    )
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
) -> pd.DataFrame:
    """Fit a line through the economies of two tables, with errors in both.

    Ordinary regression takes x as exact, which flattens the slope: here each point has an error
    in x and in y.

    Parameters
    ----------
    x, y : DataFrame
        One row per economy: `economy`, `standard_error` and `estimate` (a WGI table of one
        edition, year and dimension) or `value` (a ranking of one edition and measure).
    assumed_error_x, assumed_error_y : float, optional
        Standard error to assume where the table has none, above 0, in its unit.

    Returns
    -------
    DataFrame
        One row:

        - `x`, `y` (what they are), `economies` (with both);
        - `slope` (units of y per unit of x), `standard_error`, `slope_lower`, `slope_upper` (90%
          interval), `intercept`;
        - `misfit`: root of reduced chi-squared, above 1 if economies lie off the line by more
          than the errors;
        - `slope_scattered`, `slope_scattered_lower`, `slope_scattered_upper`: if what lies off
          the line is y's own; missing if errors account for all of x's variance;
        - `correlation` with its 90% interval `correlation_lower`, `correlation_upper`, and
          `correlation_without_error` (of what the errors blur);
        - `circular` (empty, or why the association is partly built in), `assumed_error_x`,
          `assumed_error_y` (missing if errors are published).

    Raises
    ------
    BadTable
        If a table has not one row per economy, mixes editions, lacks errors without an assumed
        one, fewer than four economies are in both, or the values of one do not vary.
    BadParameter
        If an assumed error is not a number above 0.

    Notes
    -----
    The line is that of York, Evensen, Lopez Martinez and De Basabe Delgado (2004), American
    Journal of Physics 72, 367-375: weighted orthogonal distance regression, with equal errors
    that of Deming (1943). The slope's error is multiplied by the misfit if that is above 1:
    economies differ for reasons other than errors, and a line is then a summary, no law. York's
    line shares these reasons out between x and y in proportion to the errors. Where they are many
    times the errors that is arbitrary and the slope too steep for what a unit of x goes with:
    `slope_scattered` gives them to y, ``S_xy / (S_xx - mean of s_x^2)``, the corrected regression
    with an error in the equation (Fuller 1987, Measurement Error Models, sections 2.2 and 3.1),
    its error from the scatter of the economies' contributions (90% intervals covered 88 to 89% of
    20,000 simulated slopes of 60 to 400 economies). The two agree if the misfit is
    about 1; if they do not, quote the second, with the misfit. The correlation's interval is
    Fisher's (1915); `correlation_without_error` divides by the root of the reliabilities
    (Spearman 1904), is missing if errors account for all of the variance and, being an estimate,
    may exceed 1.
    """
    left, name_x = _points(x, assumed_error_x, "x")
    right, name_y = _points(y, assumed_error_y, "y")
    both = left.merge(right, left_index=True, right_index=True, suffixes=("_x", "_y"))
    both = both.dropna(subset=["value_x", "value_y"])
    if len(both) < 4 or both[["value_x", "value_y"]].nunique().min() < 2:
        raise BadTable(
            f"{len(both)} economies have both {name_x} and {name_y}: four or more are needed, "
            "with values that differ."
        )
    u, v, su, sv = (
        both[c].to_numpy("float64") for c in ("value_x", "value_y", "error_x", "error_y")
    )
    slope, error, intercept, chi2 = _fit_york(u, v, su, sv)
    if np.isnan(slope):
        raise BadTable(f"No line through {name_x} and {name_y} was found.")
    misfit = np.sqrt(chi2 / (len(both) - 2))
    error *= max(1.0, misfit)
    r = float(np.corrcoef(u, v)[0, 1])
    half = Z90 / np.sqrt(len(both) - 3)
    reliable = [1 - np.mean(s**2) / w.var(ddof=1) for w, s in ((u, su), (v, sv))]
    known = min(reliable) > 0
    row = {
        "x": name_x,
        "y": name_y,
        "economies": len(both),
        "slope": slope,
        "standard_error": error,
        "slope_lower": slope - Z90 * error,
        "slope_upper": slope + Z90 * error,
        "intercept": intercept,
        "misfit": misfit,
        **_fit_scattered(u, v, su),
        "correlation": r,
        "correlation_lower": np.tanh(np.arctanh(r) - half) if abs(r) < 1 else r,
        "correlation_upper": np.tanh(np.arctanh(r) + half) if abs(r) < 1 else r,
        "correlation_without_error": r / np.sqrt(np.prod(reliable)) if known else np.nan,
        "circular": _note_circular(x, y),
        "assumed_error_x": both["assumed_x"].max(),
        "assumed_error_y": both["assumed_y"].max(),
    }
    return pd.DataFrame([row])


def _fit_york(
    x: np.ndarray, y: np.ndarray, sx: np.ndarray, sy: np.ndarray
) -> tuple[float, float, float, float]:
    """Return York's slope, its error, the intercept and chi-squared; NaN if there is no line."""
    slope = y.std() / x.std() * (np.sign(np.corrcoef(x, y)[0, 1]) or 1)
    for _ in range(10_000):
        weight = 1 / (sy**2 + slope**2 * sx**2)
        mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
        dx, dy = x - mean_x, y - mean_y
        # Where York's line has each economy's x, from the mean.
        fitted = weight * (dx * sy**2 + slope * dy * sx**2)
        before, slope = slope, (weight * fitted * dy).sum() / (weight * fitted * dx).sum()
        if abs(slope - before) <= 1e-13 * abs(slope):
            break
    else:
        slope = np.nan
    spread = (weight * (fitted - np.average(fitted, weights=weight)) ** 2).sum()
    chi2 = (weight * (dy - slope * dx) ** 2).sum()
    return slope, spread**-0.5, mean_y - slope * mean_x, chi2


def _fit_scattered(x: np.ndarray, y: np.ndarray, errors: np.ndarray) -> dict[str, float]:
    """Fit the slope that gives all scatter off the line to y, with its 90% interval."""
    dx, dy = x - x.mean(), y - y.mean()
    squares = dx**2 * len(x) / (len(x) - 1) - errors**2  # each economy's share of x's variance
    slope, half = np.nan, np.nan
    if squares.sum() > 0:
        products = dx * dy * len(x) / (len(x) - 1)
        slope = products.sum() / squares.sum()
        parts = products - slope * squares
        half = Z90 * np.sqrt((parts**2).sum() * len(x) / (len(x) - 2)) / squares.sum()
    return {
        "slope_scattered": slope,
        "slope_scattered_lower": slope - half,
        "slope_scattered_upper": slope + half,
    }


def _points(table: pd.DataFrame, assumed: float | None, which: str) -> tuple[pd.DataFrame, str]:
    """Return value, error and assumption by economy, and the name of what the table has."""
    column = "estimate" if "estimate" in table else "value"
    missing = [c for c in ("economy", column, "standard_error", "edition") if c not in table]
    if missing:
        raise BadTable(f"The table {which} lacks {', '.join(missing)}.")
    if table.empty or len(set(table["edition"])) > 1 or table["economy"].duplicated().any():
        raise BadTable(
            f"The table {which} needs one row per economy of one edition: choose one edition, "
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
