"""Notebooks per second: 60 runs of notebook 01 in every way to run them, side by side.

    python benchmarks/engine.py [RUNS] [ROUNDS]
    python benchmarks/engine.py memory

The ways: the command papermill with its own engine, two at once; papermill's Python API with its
own engine in a pool of two; the same with the engine govlib, one worker and two; and the bare code
of the cells in one warm process. Each has its start in its time. Rounds alternate the ways, so
that a busy machine is busy for all; ratios are taken round by round, and their medians printed.
Memory is what a process has for itself and its part of what it shares (PSS), the largest seen.

With ``memory``: 1,000 runs in a row in one process, and its own memory (what is not of a file),
open files and threads and those of the warm process after every 100.
"""

import contextlib
import importlib
import io
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter, sleep

NOTEBOOK = Path(__file__).resolve().parent.parent / "notebooks/01-effectiveness-and-voice.ipynb"
ECONOMIES = ("KAZ", "UZB", "KGZ", "TJK", "TKM", "RUS", "BLR", "ARM", "AZE", "GEO", "EST", "CHL")


def places(folder: Path, number: int) -> tuple[Path, str, str]:
    """Return where a run writes, and its economy."""
    return folder / f"{number}.ipynb", str(folder / "figures"), ECONOMIES[number % len(ECONOMIES)]


def in_shell(folder: Path, number: int) -> None:
    output, figures, economy = places(folder, number)
    words = ["-p", "figures_dir", figures, "-p", "economy", economy, "--no-progress-bar"]
    command = [sys.executable, "-m", "papermill", str(NOTEBOOK), str(output), *words]
    subprocess.run(command, check=True, capture_output=True)


def in_python(folder: Path, number: int, engine: str) -> None:
    import papermill

    output, figures, economy = places(folder, number)
    papermill.execute_notebook(
        NOTEBOOK,
        output,
        parameters={"figures_dir": figures, "economy": economy},
        engine_name=engine,
        progress_bar=False,
    )


def run_shells(folder: Path, runs: int) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: in_shell(folder, number), range(runs)))


def run_pool(folder: Path, runs: int, engine: str, workers: int) -> None:
    if engine == "govlib":
        from govlib import kernels

        kernels.warm_up()  # one warm process for the pool; it imports while papermill is imported
    importlib.import_module("papermill")  # once, before the fork
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        pool.starmap(in_python, [(folder, n, engine) for n in range(runs)], chunksize=1)


def run_bare(folder: Path, runs: int) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    cells = json.loads(NOTEBOOK.read_text())["cells"]
    for number in range(runs):
        _, figures, economy = places(folder, number)
        names: dict[str, object] = {}
        with contextlib.redirect_stdout(io.StringIO()):
            for cell in cells:
                if cell["cell_type"] == "code":
                    exec("".join(cell["source"]), names)
                if "parameters" in cell["metadata"].get("tags", []):
                    names |= {"figures_dir": figures, "economy": economy}
        plt.close("all")


WAYS: dict[str, Callable[[Path, int], None]] = {
    "papermill command, 2 at once": run_shells,
    "papermill API, pool of 2": lambda folder, runs: run_pool(folder, runs, "nbclient", 2),
    "engine govlib, pool of 1": lambda folder, runs: run_pool(folder, runs, "govlib", 1),
    "engine govlib, pool of 2": lambda folder, runs: run_pool(folder, runs, "govlib", 2),
    "bare cell code, 1 process": run_bare,
}


def family(pid: int) -> Iterator[int]:
    """Give a process and all that descend from it."""
    yield pid
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in path.read_text().split():
                yield from family(int(child))


def memory(pid: int, kind: str = "Pss") -> float:
    """Return the memory of a process, MiB: "Pss", or "Anonymous", its own whatever others share."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(text.split(f"\n{kind}:")[1].split()[0]) / 1024
    return 0.0


def measure(way: str, runs: int) -> tuple[float, float]:
    """Run one way in a process of its own; return notebooks per second and the most memory."""
    with tempfile.TemporaryDirectory() as folder:
        begun = perf_counter()
        process = subprocess.Popen([sys.executable, __file__, "way", way, folder, str(runs)])
        most = [0.0]

        def watch() -> None:
            while process.poll() is None:
                most[0] = max(most[0], sum(map(memory, list(family(process.pid)))))
                sleep(2)  # looking takes a processor some milliseconds a process

        watcher = threading.Thread(target=watch)
        watcher.start()
        if process.wait():
            raise SystemExit(f"{way} failed")
        seconds = perf_counter() - begun
        watcher.join()
    return runs / seconds, most[0]


def compare(runs: int, rounds: int) -> None:
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    most: dict[str, float] = dict.fromkeys(WAYS, 0.0)
    for _ in range(rounds):
        for way in WAYS:
            rate, used = measure(way, runs)
            print(f"{way}: {rate:.2f} /s", file=sys.stderr, flush=True)
            rates[way].append(rate)
            most[way] = max(most[way], used)
    ours = rates["engine govlib, pool of 2"]
    print(f"{runs} runs of {NOTEBOOK.stem}, {rounds} rounds, {os.cpu_count()} processors")
    for way, found in rates.items():
        ratios = [a / b for a, b in zip(ours, found, strict=True)]
        ratio, least, highest = statistics.median(ratios), min(ratios), max(ratios)
        print(
            f"{way:30} {statistics.median(found):6.2f} /s   ours is {ratio:5.2f} times "
            f"({least:.2f} to {highest:.2f})   {most[way]:5.0f} MiB in all"
        )


def watch_memory(runs: int) -> None:
    from govlib import kernels

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(runs + 1):
            in_python(folder, number % 12, "govlib")
            if number % 100 == 0:
                said = []
                for pid in (os.getpid(), kernels._warm.process.pid):
                    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
                    threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
                    own = memory(pid, "Anonymous")
                    said.append(f"{own:6.1f} MiB {files:3} files {threads:2} threads")
                print(f"{number:5} runs   papermill: {said[0]}   warm: {said[1]}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["way"]:
        WAYS[sys.argv[2]](Path(sys.argv[3]), int(sys.argv[4]))
    elif sys.argv[1:2] == ["memory"]:
        watch_memory(int(sys.argv[2]) if sys.argv[2:] else 1000)
    else:
        numbers = [int(word) for word in sys.argv[1:]]
        compare(*(numbers + [60, 3][len(numbers) :]))
