"""The gap between two dimensions of one economy, and where it stands in the world."""

import numpy as np
import pandas as pd

from govlib.errors import BadTable
from govlib.stats.compare import Z90, check_rhos, fill_errors
from govlib.stats.positions import DRAWS, SEED, simulate_positions


def effectiveness_voice_gap(
    table: pd.DataFrame,
    *,
    rho: float = 0.0,
    draws: int = DRAWS,
    seed: int = SEED,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Compute Government Effectiveness minus Voice and Accountability and where each gap stands.

    A high gap: a state that works better than its citizens are heard, compared with others. Each
    dimension is measured against the mean of all economies in a year, so that a gap of 0 means
    equal standing in both, not equal amounts of both. In the editions from 2025 the mean is that
    of all years, so that the standing is equal only about.

    Parameters
    ----------
    table : DataFrame
        One edition with the dimensions ge and va, `estimate` and `standard_error` (standard
        normal units). Pass all economies for the place in the world.
    rho : float
        Correlation of the errors of the two dimensions, 0 to below 1. It is not published; some
        sources serve both, for which 0 gives too wide an interval.
    draws, seed, assumed_error
        As in `simulate_positions`.

    Returns
    -------
    DataFrame
        One row per economy and year, sorted so: `edition`, `economy`, `year`,
        `effectiveness`, `voice`, `gap`, `standard_error`, `gap_lower`, `gap_upper` (90%
        interval), `rho`, `position` (1 for the largest gap), `position_lower`,
        `position_median`, `position_upper`, `ranked` (economies with both), `listed`,
        `percentile_rank`, its bounds, and `assumed_error`.

    Raises
    ------
    BadTable
        As `compare.fill_errors`; also if a dimension is not in the table.
    BadParameter
        As `simulate_positions`; also if rho is out of range.
    """
    check_rhos([rho])
    filled = fill_errors(table, assumed_error=assumed_error)
    missing = {"ge", "va"} - set(filled["dimension"])
    if missing:
        raise BadTable(f"The table has no rows of {', '.join(sorted(missing))}: ge and va needed.")
    keys = ["edition", "economy", "year"]
    measures = ["estimate", "standard_error", "assumed_error"]
    ge, va = (filled.loc[filled["dimension"] == d, [*keys, *measures]] for d in ("ge", "va"))
    both = ge.merge(va, how="outer", on=keys, suffixes=("_ge", "_va")).sort_values(keys)
    both = both.reset_index(drop=True)
    s1, s2 = both["standard_error_ge"], both["standard_error_va"]
    gaps = both[keys].assign(
        dimension="ge-va",
        effectiveness=both["estimate_ge"],
        voice=both["estimate_va"],
        estimate=both["estimate_ge"] - both["estimate_va"],
        standard_error=np.sqrt(s1**2 + s2**2 - 2 * rho * s1 * s2),
    )
    half = Z90 * gaps["standard_error"]
    gaps["gap_lower"], gaps["gap_upper"] = gaps["estimate"] - half, gaps["estimate"] + half
    gaps["rho"] = rho
    result = simulate_positions(gaps, draws=draws, seed=seed)
    result["assumed_error"] = both[["assumed_error_ge", "assumed_error_va"]].max(axis=1)
    return result.drop(columns="dimension").rename(columns={"estimate": "gap"})
