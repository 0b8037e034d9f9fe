"""Time and memory of position intervals, beside a plain pandas loop.

python benchmarks/positions.py

All economies, dimensions and years of one edition, 10,000 draws. The loop (draw, rank, collect,
take quantiles, with pandas) is timed on some of the draws of one year and dimension and scaled.
"""

import resource
from time import perf_counter

import numpy as np
import pandas as pd

import govlib

LOOP_DRAWS = 500


def loop(table: pd.DataFrame, draws: int) -> pd.DataFrame:
    random = np.random.default_rng(1)
    columns = []
    for _ in range(draws):
        noise = random.standard_normal(len(table)) * table["standard_error"]
        columns.append((table["estimate"] + noise).rank(ascending=False, method="min"))
    return pd.concat(columns, axis=1).quantile([0.05, 0.5, 0.95], axis=1).T


def main() -> None:
    wgi = govlib.wgi.read(2023)
    cells = wgi.groupby(["year", "dimension"], observed=True).ngroups
    govlib.stats.simulate_ranks(wgi.head(60), draws=100)  # imports
    times = []
    for _ in range(5):
        start = perf_counter()
        result = govlib.stats.simulate_ranks(wgi)
        times.append(perf_counter() - start)
    ours = sorted(times)[2]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{wgi['economy'].nunique()} economies, {cells} years and dimensions, 10,000 draws: "
        f"{ours:.2f} s (median of 5), peak memory of the process {peak:.0f} MB"
    )
    one = wgi[(wgi["year"] == 2022) & (wgi["dimension"] == "ge")]
    start = perf_counter()
    theirs = loop(one, LOOP_DRAWS)
    seconds = (perf_counter() - start) * cells * 10_000 / LOOP_DRAWS
    print(
        f"pandas loop: {seconds:.0f} s ({LOOP_DRAWS} draws of one year and dimension, scaled); "
        f"ratio {seconds / ours:.0f}"
    )
    same = result.loc[one.index, ["position_lower", "position_upper"]].astype("float64")
    difference = np.nanmax(np.abs(same.to_numpy() - theirs[[0.05, 0.95]].to_numpy()))
    print(f"largest difference of a bound: {difference:.0f} positions (the loop's few draws)")


if __name__ == "__main__":
    main()
