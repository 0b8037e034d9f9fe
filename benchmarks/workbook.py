"""Time of reading the official 2023 workbook, beside pandas.read_excel with its default engine.

    GOVLIB_OFFICIAL_FILES=folder python benchmarks/workbook.py

Both read the six sheets of figures; pandas gives raw sheets (header rows as they are), govlib the
tidy table with every cell checked. Runs alternate in one process; the ratio is taken pair by pair.
"""

import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pandas as pd

import govlib


def seconds(job: Callable[[], object]) -> float:
    start = perf_counter()
    job()
    return perf_counter() - start


def main() -> None:
    folder = os.environ.get("GOVLIB_OFFICIAL_FILES")
    if not folder:
        sys.exit("GOVLIB_OFFICIAL_FILES names no folder of official WGI files")
    workbook = Path(folder) / "wgidataset-2023.xlsx"
    sheets = pd.ExcelFile(workbook, engine="openpyxl").sheet_names[1:]
    # The default engine is named: pandas 3 warns that openpyxl will not stay the default.
    jobs: list[Callable[[], object]] = [
        lambda: govlib.wgi.read_file(workbook),
        lambda: pd.read_excel(workbook, sheet_name=sheets, header=None, engine="openpyxl"),
        lambda: pd.read_excel(workbook, sheet_name=sheets, header=None, engine="calamine"),
    ]
    seconds(jobs[0])
    rounds = [[seconds(job) for job in jobs] for _ in range(5)]
    names = ["govlib.wgi.read_file", "pandas.read_excel (openpyxl)", "pandas.read_excel (calamine)"]
    for place, name in enumerate(names):
        median = statistics.median(row[place] for row in rounds)
        ratio = statistics.median(row[place] / row[0] for row in rounds)
        print(f"{name:30} {median:6.2f} s, {ratio:5.2f} times govlib")


if __name__ == "__main__":
    main()
