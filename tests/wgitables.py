"""Small WGI tables, made for tests."""

import numpy as np
import pandas as pd


def world(estimates, errors=0.2, **columns):
    """Make the table of one dimension and year, one economy for each estimate."""
    table = {"edition": 2023, "economy": [f"A{i:04}" for i in range(len(estimates))]}
    table |= {"year": 2022, "dimension": "ge", "estimate": np.array(estimates, dtype=float)}
    return pd.DataFrame(table | {"standard_error": errors} | columns)


def over_years(estimates, errors=0.2, years=None, **columns):
    """Make the table of economies (rows of estimates) over years (columns), from 2018 on."""
    estimates = np.atleast_2d(estimates)
    years = range(2018, 2018 + estimates.shape[1]) if years is None else years
    errors = np.broadcast_to(errors, estimates.shape)
    parts = [world(e, s, year=y) for e, s, y in zip(estimates.T, errors.T, years, strict=True)]
    return pd.concat(parts, ignore_index=True).assign(**columns)
