"""Time of comparing every pair of the held editions, beside one pandas merge a pair.

    python benchmarks/comparing_editions.py

The merge computes the revision alone: no reason, error, sign or years held. Each figure is the
median of runs that alternate in one process; the ratio is taken pair by pair.
"""

import statistics
from itertools import combinations
from time import perf_counter

import pandas as pd

import govlib

RUNS = 9


def merge_pairs(tables: list[pd.DataFrame]) -> pd.DataFrame:
    keys = ["economy", "year", "dimension"]
    merged = []
    for a, b in combinations(tables, 2):
        both = a.merge(b, on=keys, how="outer", suffixes=("_earlier", "_later"))
        both["revision"] = both["estimate_later"] - both["estimate_earlier"]
        merged.append(both)
    return pd.concat(merged, ignore_index=True)


def main() -> None:
    tables = [govlib.wgi.read(edition) for edition in govlib.wgi.editions()]
    stacked = govlib.stats.stack_editions(tables)
    revised = govlib.stats.compare_editions(stacked)
    print(f"{len(tables)} editions, {len(stacked):,} rows; {len(revised):,} comparisons")
    jobs = {
        "stack_editions": lambda: govlib.stats.stack_editions(tables),
        "compare_editions": lambda: govlib.stats.compare_editions(stacked),
        "merges": lambda: merge_pairs(tables),
        "summarise_revisions": lambda: govlib.stats.summarise_revisions(revised),
        "change_by_edition": lambda: govlib.stats.change_by_edition(stacked, 2018, 2022),
    }
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(RUNS):
        for name, job in jobs.items():
            start = perf_counter()
            job()
            taken[name].append(perf_counter() - start)
    for name, seconds in taken.items():
        print(f"  {name:20} {1000 * statistics.median(seconds):6.0f} ms")
    pairs = zip(taken["merges"], taken["compare_editions"], strict=True)
    print(f"  merges / compare_editions: {statistics.median(a / b for a, b in pairs):.1f}")


if __name__ == "__main__":
    main()
