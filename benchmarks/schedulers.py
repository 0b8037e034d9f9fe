"""Workflow engines for a grid of runs: 200 runs of notebook 01 on two workers, side by side.

    python benchmarks/schedulers.py [RUNS] [ROUNDS]

Needs ``pip install pytask pytask-parallel snakemake`` in an environment of its own that has the
project as well: none of the three is a package of the project. Each way executes the same notebook
with the papermill engine govlib, two runs at a time, and has its start in its time:

- a bare pool of two processes, without any plan: the limit;
- ``govlib grid``'s own plan, records and Dask (`govlib.grid`);
- pytask with pytask-parallel, a task a run, two worker processes;
- Snakemake, a job a run, two cores: each job is a process of its own.

Rounds alternate the ways; ratios to the bare pool are taken round by round, and medians printed.
The second column is what a way takes when nothing has to be done.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

PROJECT = Path(__file__).resolve().parent.parent
NOTEBOOK = PROJECT / "notebooks/01-effectiveness-and-voice.ipynb"
RUN = f"""
import sys
from pathlib import Path
import papermill

def run(economy: str, output: Path) -> None:
    output = output.resolve()
    papermill.execute_notebook(
        {str(NOTEBOOK)!r}, output, engine_name="govlib", progress_bar=False,
        parameters={{"economy": economy, "figures_dir": str(output.parent / "figures")}})

if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]))
"""
POOL = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from govlib.run import processes
from one import run

if __name__ == "__main__":
    processes.warm_up()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda e: run(e, Path(f"out/{e}.ipynb")), sys.argv[1:]))
"""
GRID = """
import sys
from pathlib import Path
from govlib.run import grid

if __name__ == "__main__":
    notebook = Path(sys.argv[1])
    given = {"figures_dir": "build/schedulers"}
    plan, _ = grid.plan_grid([notebook], sys.argv[2:], [2023], given)
    waiting = [run for run in plan if not grid.is_current(run)]
    failed = [reason for _, reason in grid.run_grid(waiting, workers=2) if reason]
    sys.exit(failed[0] if failed else 0)
"""
PYTASK = """
from pathlib import Path
from typing import Annotated
from pytask import Product, task
from one import run

for economy in ECONOMIES:
    @task(id=economy)
    def task_run(
        economy: str = economy,
        output: Annotated[Path, Product] = Path(__file__).parent / f"out/{economy}.ipynb",
    ) -> None:
        run(economy, output)
"""
SNAKEFILE = """
rule all:
    input: expand("out/{economy}.ipynb", economy=ECONOMIES)

rule one:
    output: "out/{economy}.ipynb"
    shell: "PYTHON one.py {wildcards.economy} {output}"
"""


def lay_out(folder: Path, economies: list[str]) -> dict[str, list[str]]:
    """Write what the ways need into a folder; return the command of each."""
    (folder / "out").mkdir()
    words = {"ECONOMIES": repr(economies), "PYTHON": sys.executable}
    for name, text in {
        "one.py": RUN,
        "pool.py": POOL,
        "grid.py": GRID,
        "task_runs.py": PYTASK,
        "Snakefile": SNAKEFILE,
    }.items():
        for word, value in words.items():
            text = text.replace(word, value)
        (folder / name).write_text(text)
    python = [sys.executable]
    return {
        "bare pool of 2": [*python, "pool.py", *economies],
        "govlib grid (Dask)": [*python, "grid.py", str(NOTEBOOK), *economies],
        "pytask, pytask-parallel": [*python, "-m", "pytask", "-n", "2", "task_runs.py"],
        "Snakemake": [*python, "-m", "snakemake", "--cores", "2", "--quiet", "all"],
    }


def measure(way: str, economies: list[str]) -> tuple[float, float]:
    """Run one way in a new folder; return its seconds, and those of running it once more."""
    shutil.rmtree(PROJECT / "build/schedulers", ignore_errors=True)
    for record in (PROJECT / "build").glob("2023/*/01-*.run.json"):
        record.unlink()
    seconds = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = lay_out(folder, economies)[way]
        for _ in range(2):
            begun = perf_counter()
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            seconds.append(perf_counter() - begun)
            if done.returncode:
                raise SystemExit(f"{way} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return seconds[0], seconds[1]


def compare(runs: int, rounds: int) -> None:
    """Run all ways in turn and print their medians."""
    from govlib import read_wgi

    economies = sorted(set(read_wgi(2023)["economy"]))[:runs]
    with tempfile.TemporaryDirectory() as name:
        ways = list(lay_out(Path(name), economies))
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            found[way].append(measure(way, economies))
            print(way, *(f"{s:.1f} s" for s in found[way][-1]), file=sys.stderr, flush=True)
    bare = [first for first, _ in found[ways[0]]]
    print(f"{len(economies)} runs of {NOTEBOOK.stem} with the engine govlib, {rounds} rounds")
    for way, times in found.items():
        first, again = (statistics.median(column) for column in zip(*times, strict=True))
        ratio = statistics.median(a / b for (a, _), b in zip(times, bare, strict=True))
        over = 1000 * (first - statistics.median(bare)) / len(economies)
        print(
            f"{way:26} {first:6.1f} s   {ratio:5.2f} times the bare pool "
            f"({over:+5.0f} ms a run)   once more: {again:5.1f} s"
        )


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    compare(*(numbers + [200, 1][len(numbers) :]))
