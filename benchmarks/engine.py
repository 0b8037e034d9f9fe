"""Runs of notebook 01 per second: the engine govlib next to papermill's own.

    python benchmarks/engine.py [RUNS] [ROUNDS]

By default 60 runs of each way, two workers, three rounds that alternate the ways, so that a busy
machine is busy for both. Each way has its start in its time. The medians are printed.
"""

import multiprocessing
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

NOTEBOOK = Path(__file__).resolve().parent.parent / "notebooks/01-effectiveness-and-voice.ipynb"
ECONOMIES = ("KAZ", "UZB", "KGZ", "TJK", "TKM", "RUS", "BLR", "ARM", "AZE", "GEO", "EST", "CHL")


def run_one(folder: str, number: int, engine: str) -> None:
    import papermill

    economy = ECONOMIES[number % len(ECONOMIES)]
    papermill.execute_notebook(
        NOTEBOOK,
        f"{folder}/{number}.ipynb",
        parameters={"figures_dir": f"{folder}/figures", "economy": economy},
        engine_name=engine,
        progress_bar=False,
    )


def run_stock(folder: str, runs: int) -> None:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.starmap(run_one, [(folder, n, "nbclient") for n in range(runs)], chunksize=1)


def run_own(folder: str, runs: int) -> None:
    from govlib.run import processes

    processes.warm_up()  # while papermill is imported
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda n: run_one(folder, n, "govlib"), range(runs)))


WAYS = {"papermill API, pool of 2": run_stock, "engine govlib, 2 threads": run_own}


def measure(way: str, runs: int) -> float:
    """Run one way in a process of its own; return notebooks per second."""
    with tempfile.TemporaryDirectory() as folder:
        begun = perf_counter()
        command = [sys.executable, __file__, "way", way, folder, str(runs)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        return runs / (perf_counter() - begun)


def compare(runs: int = 60, rounds: int = 3) -> None:
    rates = [[measure(way, runs) for way in WAYS] for _ in range(rounds)]
    for way, found in zip(WAYS, zip(*rates, strict=True), strict=True):
        print(f"{way:26} {statistics.median(found):.2f} runs/s")
    ratios = [own / stock for stock, own in rates]
    print(f"govlib is {statistics.median(ratios):.1f} times as fast ({runs} runs, {rounds} rounds)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["way"]:
        WAYS[sys.argv[2]](sys.argv[3], int(sys.argv[4]))
    else:
        compare(*map(int, sys.argv[1:]))
