"""Time of reading one edition, beside pandas.read_excel on the official workbook of it.

    GOVLIB_OFFICIAL_FILES=folder python benchmarks/reading.py

Without the folder only our own reading is timed. Each figure is the median of runs that
alternate in one process; the ratio is taken pair by pair.
"""

import os
import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pandas as pd

import govlib


def seconds(job: Callable[[], object]) -> float:
    start = perf_counter()
    job()
    return perf_counter() - start


def compare(ours: Callable[[], object], theirs: Callable[[], object], runs: int) -> None:
    ours()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(runs)]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"  ours {1000 * mine:.1f} ms, the other {1000 * other:.1f} ms, ratio {ratio:.1f}")


def main() -> None:
    print("whole 2023 edition (ours) against one economy of it (the other), 15 pairs")
    compare(lambda: govlib.wgi.read(2023), lambda: govlib.wgi.read(2023, economies="KAZ"), 15)
    path = govlib.catalog.data_folder() / "wgi/2023.csv"
    print("whole 2023 edition (ours) against a bare pandas.read_csv of the file, 15 pairs")
    compare(lambda: govlib.wgi.read(2023), lambda: pd.read_csv(path), 15)
    folder = os.environ.get("GOVLIB_OFFICIAL_FILES")
    if not folder:
        print("pandas.read_excel: skipped, GOVLIB_OFFICIAL_FILES names no folder")
        return
    workbook = Path(folder) / "wgidataset-2023.xlsx"
    print("whole 2023 edition (ours) against pandas.read_excel, all sheets (openpyxl), 3 pairs")
    compare(lambda: govlib.wgi.read(2023), lambda: pd.read_excel(workbook, sheet_name=None), 3)


if __name__ == "__main__":
    main()
