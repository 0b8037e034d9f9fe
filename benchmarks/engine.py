"""Notebooks per second: 60 runs of notebook 01 in every way to run them, side by side.

    python benchmarks/engine.py [RUNS] [ROUNDS]
    python benchmarks/engine.py figure [RUNS] [ROUNDS]
    python benchmarks/engine.py memory

The ways: the command papermill with its own engine, two at once; papermill's Python API with its
own engine in a pool of two; the same with the engine govlib, one worker and two; and the bare code
of the cells in one warm process. Each has its start in its time. Rounds alternate the ways, so
that a busy machine is busy for all; ratios are taken round by round, and their medians printed.
Memory is what a process has for itself and its part of what it shares (PSS), the largest seen.

With ``figure``: the same of a notebook that draws one line with seaborn and nothing else, which
shows what the engine saves where the notebook itself has little to compute.

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
from functools import partial
from pathlib import Path
from time import perf_counter, sleep

NOTEBOOK_01 = Path(__file__).resolve().parent.parent / "notebooks/01-effectiveness-and-voice.ipynb"
ECONOMIES = ("KAZ", "UZB", "KGZ", "TJK", "TKM", "RUS", "BLR", "ARM", "AZE", "GEO", "EST", "CHL")

FIGURE = (
    "import matplotlib.pyplot as plt\nimport pandas as pd\nimport seaborn as sns",
    "economy = 'KAZ'\nfigures_dir = 'figures'",
    "table = pd.DataFrame({'year': range(2000, 2023)})\ntable['value'] = table['year'] % 7",
    "sns.lineplot(table, x='year', y='value')\nplt.title(economy)\nplt.show()",
)
"""The code cells of a notebook of one figure; the second has its parameters."""


def write_figure_notebook(path: Path) -> Path:
    import nbformat

    cells = [nbformat.v4.new_code_cell(source) for source in FIGURE]
    cells[1].metadata["tags"] = ["parameters"]
    about = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=about), path)
    return path


def places(folder: Path, number: int) -> tuple[Path, str, str]:
    """Return where a run writes, and its economy."""
    return folder / f"{number}.ipynb", str(folder / "figures"), ECONOMIES[number % len(ECONOMIES)]


def in_shell(notebook: Path, folder: Path, number: int) -> None:
    output, figures, economy = places(folder, number)
    words = ["-p", "figures_dir", figures, "-p", "economy", economy, "--no-progress-bar"]
    command = [sys.executable, "-m", "papermill", str(notebook), str(output), *words]
    subprocess.run(command, check=True, capture_output=True)


def in_python(notebook: Path, folder: Path, number: int, engine: str) -> None:
    import papermill

    output, figures, economy = places(folder, number)
    papermill.execute_notebook(
        notebook,
        output,
        parameters={"figures_dir": figures, "economy": economy},
        engine_name=engine,
        progress_bar=False,
    )


def run_shells(notebook: Path, folder: Path, runs: int) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: in_shell(notebook, folder, number), range(runs)))


def run_pool(notebook: Path, folder: Path, runs: int, engine: str, workers: int) -> None:
    if engine == "govlib":
        from govlib.run import kernels

        kernels.warm_up()  # one warm process for the pool; it imports while papermill is imported
    importlib.import_module("papermill")  # once, before the fork
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        pool.starmap(in_python, [(notebook, folder, n, engine) for n in range(runs)], chunksize=1)


def run_bare(notebook: Path, folder: Path, runs: int) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    cells = json.loads(notebook.read_text())["cells"]
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


WAYS: dict[str, Callable[[Path, Path, int], None]] = {
    "papermill command, 2 at once": run_shells,
    "papermill API, pool of 2": partial(run_pool, engine="nbclient", workers=2),
    "engine govlib, pool of 1": partial(run_pool, engine="govlib", workers=1),
    "engine govlib, pool of 2": partial(run_pool, engine="govlib", workers=2),
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


def measure(way: str, notebook: Path | None, runs: int) -> tuple[float, float]:
    """Run one way in a process of its own; return notebooks per second and the most memory."""
    with tempfile.TemporaryDirectory() as folder:
        run = str(notebook or write_figure_notebook(Path(folder) / "figure.ipynb"))
        begun = perf_counter()
        process = subprocess.Popen([sys.executable, __file__, "way", way, run, folder, str(runs)])
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


def compare(notebook: Path | None, runs: int, rounds: int) -> None:
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    most: dict[str, float] = dict.fromkeys(WAYS, 0.0)
    for _ in range(rounds):
        for way in WAYS:
            rate, used = measure(way, notebook, runs)
            print(f"{way}: {rate:.2f} /s", file=sys.stderr, flush=True)
            rates[way].append(rate)
            most[way] = max(most[way], used)
    ours = rates["engine govlib, pool of 2"]
    name = notebook.stem if notebook else "a notebook of one figure"
    print(f"{runs} runs of {name}, {rounds} rounds, {os.cpu_count()} processors")
    for way, found in rates.items():
        ratios = [a / b for a, b in zip(ours, found, strict=True)]
        ratio, least, highest = statistics.median(ratios), min(ratios), max(ratios)
        print(
            f"{way:30} {statistics.median(found):6.2f} /s   ours is {ratio:5.2f} times "
            f"({least:.2f} to {highest:.2f})   {most[way]:5.0f} MiB in all"
        )


def watch_memory(runs: int) -> None:
    from govlib.run import kernels

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(runs + 1):
            in_python(NOTEBOOK_01, folder, number % 12, "govlib")
            if number % 100 == 0:
                said = []
                for pid in (os.getpid(), kernels._warm.process.pid):
                    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
                    threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
                    own = memory(pid, "Anonymous")
                    said.append(f"{own:6.1f} MiB {files:3} files {threads:2} threads")
                print(f"{number:5} runs   papermill: {said[0]}   warm: {said[1]}", flush=True)


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] == ["way"]:
        WAYS[words[1]](Path(words[2]), Path(words[3]), int(words[4]))
    elif words[:1] == ["memory"]:
        watch_memory(int(words[1]) if words[1:] else 1000)
    else:
        chosen = None if words[:1] == ["figure"] else NOTEBOOK_01
        numbers = [int(word) for word in words if word != "figure"]
        compare(chosen, *(numbers + [60, 3][len(numbers) :]))
