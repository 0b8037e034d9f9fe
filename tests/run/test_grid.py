"""A grid: planned before it runs, resumed after any death, the same on a cluster."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pandas as pd
import pytest
from killing import SEEDS, kill
from notebookfiles import write_notebook

from govlib.project import project_folder
from govlib.run import grid as grids

CELLS = [
    """import json, time
from pathlib import Path
from PIL import Image
import govlib
from govlib.project import replace_file""",
    "p = govlib.parameters(globals())",
    "time.sleep({'KGZ': 60}.get(economy, 0.05) if design_effect == 3.0 else 0)",
    "assert not (economy == 'TJK' and design_effect == 3.0), '<b>no figure</b>'",
    """folder = Path(figures_dir) / str(edition) / economy
folder.mkdir(parents=True, exist_ok=True)
temporary = folder.parent / f"{economy}.tmp"
Image.new("RGB", (300, 200), (edition % 255, 0, 0)).save(temporary, "PNG")
temporary.replace(folder / "01-small.png")
numbers = {"caption": f"<i>{economy}</i>", "table": [{"a": 1, "b": "x"}, {"a": None, "b": ""}]}
replace_file(folder / "01-small.json", json.dumps(numbers).encode())""",
]
DECLARED = """economy: str = "KAZ"
edition: int = 2023
design_effect: float = 2.0
figures_dir: str = "figures\""""


ENVIRONMENT = os.environ | {"PYTHONPATH": str(project_folder())}


def make_notebook(folder, name="01-small.ipynb"):
    return write_notebook(folder / name, *CELLS, parameters=DECLARED)


@pytest.fixture
def grid(govlib_command, tmp_path):
    """Give a function that runs a grid of the small notebook in an empty folder.

    One run at a time: papermill leaves and enters the working directory, which tests change.
    """
    make_notebook(tmp_path)

    def call(*arguments, economies="KAZ,UZB", editions="2023", notebooks="01-small.ipynb"):
        words = ["--economies", economies, "--editions", editions, "--notebooks", notebooks]
        if not {"--workers", "--scheduler"} & set(arguments):
            words += ["--workers", "1"]
        return govlib_command("grid", *words, *arguments)

    return call


def files_of(project):
    """Return the bytes of all results, the times of a run left out."""
    found = {}
    for folder in ("build", "figures"):
        for path in sorted((project / folder).rglob("*")):
            if path.is_file() and path.suffix != ".lock":
                content = path.read_bytes()
                if path.suffix == ".ipynb":
                    notebook = json.loads(content)
                    for name in ("start_time", "end_time", "duration"):
                        del notebook["metadata"]["papermill"][name]
                    content = json.dumps(notebook).encode()
                if path.name.endswith(".run.json"):
                    record = json.loads(content)
                    record["files"] = sorted(record["files"])
                    content = json.dumps(record).encode()
                found[path.relative_to(project).as_posix()] = content
    return found


def test_a_grid_is_planned_run_resumed_and_gathered(grid, tmp_path):
    options = {"economies": "group:central-asia,UZB", "editions": "2023,2024"}
    done = grid("--dry-run", **options)
    assert "10 runs: 0 up to date, 10 to run" in done.stdout
    assert "govlib run 01-small.ipynb --economy UZB --edition 2024" in done.stdout
    assert not (tmp_path / "build").exists()
    options["economies"] = "UZB"
    done = grid(**options)
    assert done.returncode == 0, done.stderr
    assert "2 of 2: 01-small.ipynb --economy UZB" in done.stdout
    assert not done.stderr  # no terminal, no bar
    numbers = pd.read_csv(tmp_path / "build/grid/numbers.csv", dtype=grids.COLUMNS)
    assert len(numbers) == 2 * 5
    one = numbers[numbers["edition"] == 2024]
    assert one["name"].tolist() == ["caption", *["table"] * 4]
    assert one["row"].tolist()[1:] == [0, 0, 1, 1]
    assert one["column"].tolist()[1:] == ["a", "b", "a", "b"]
    assert one[["row", "column"]].isna().sum().tolist() == [1, 1]
    assert one["number"].dropna().tolist() == [1]
    before = files_of(tmp_path)
    assert "2 runs: 2 up to date, 0 to run" in grid(**options).stdout
    assert files_of(tmp_path) == before
    # A result that was altered or removed is made again, and no other.
    (tmp_path / "figures/2024/UZB/01-small.json").write_text("{}")
    assert "2 runs: 1 up to date, 1 to run" in grid("--dry-run", **options).stdout
    (tmp_path / "figures/2023/UZB/01-small.png").unlink()
    assert "2 runs: 0 up to date, 2 to run" in grid(**options).stdout
    assert files_of(tmp_path) == before


def test_a_run_is_repeated_when_what_it_depends_on_has_changed(tmp_path, data_copy, monkeypatch):
    notebook = make_notebook(tmp_path)

    def key(economy="KAZ"):
        return grids.make_key(grids.find_conditions(notebook), {"economy": economy})

    first = key()
    assert key() == first
    assert key("UZB") != first
    for path, old, new in (
        (notebook, "0.05", "0.06"),
        (data_copy / "datapackage.json", '"hash": "sha256:', '"hash": "sha256:0'),
    ):
        text = path.read_text()
        path.write_text(text.replace(old, new, 1))
        assert key() != first, path
        path.write_text(text)
        assert key() == first
    monkeypatch.setattr(grids.runs, "installed_packages", lambda: {"pandas": "0"})
    assert key() != first


def test_failures_and_hung_runs_end_in_a_table_and_stop_nothing(grid, tmp_path):
    central_asia = {"economies": "group:central-asia"}
    done = grid("--design-effect", "3", "--seconds", "5", **central_asia)
    assert done.returncode == 1
    assert "3 of 5 runs are up to date" in done.stdout
    assert "AssertionError: <b>no figure</b>" in done.stderr
    assert "failed in cell 5 (In [6], line 1): assert not (economy" in done.stderr
    assert "The run took longer than 5 s and was ended." in done.stderr
    repeat = "govlib run 01-small.ipynb --economy TJK --edition 2023 --design-effect 3.0"
    assert f"failed; repeat it: {repeat}" in done.stderr
    assert (tmp_path / "build/2023/TJK/01-small.failed.ipynb").exists()
    assert not (tmp_path / "build/2023/TJK/01-small.ipynb").exists()
    page = (tmp_path / "build/grid/atlas.html").read_text()
    assert page.count('<img src="../../figures/2023/') == 3
    assert page.count("<tr>\n<td>") == 5
    # What runs and errors say is text, not markup.
    assert "&lt;b&gt;no figure&lt;/b&gt;" in page
    assert "&lt;i&gt;KAZ&lt;/i&gt;" in page
    assert "<b>" not in page
    assert "http" not in page
    again = grid("--design-effect", "3", "--dry-run", **central_asia)
    assert "5 runs: 3 up to date, 2 to run" in again.stdout


REFUSED = {
    "--economies KAZZ": "Did you mean KAZ (Kazakhstan)?",
    "--economies group:central-asa": "Did you mean central_asia",
    "--economies KAZ,KAZ": "names one twice",
    "--editions 2030": "no WGI edition 2030; available: 2019",
    "--editions soon": "'soon' is not a valid integer",
    "--notebooks 01-effectiveness": "Did you mean 01-effectiveness-and-voice",
    "--notebooks 01-small.ipynb,01-small.ipynb": "'01-small,01-small' is empty or names one twice",
    "--dimensions ge": "Unknown parameter: dimensions. Accepted: economy",
    "--workers 0": "0 is not in the range x>=1",
    "--seconds nan": "'nan' is not a valid integer",
    "--seconds 0": "0 is not in the range x>=1",
    "--economy KAZ": "No such option '--economy'",
    "--scheduler tcp://127.0.0.1:9": "No Dask scheduler with workers answers",
    "--scheduler tcp://127.0.0.1:9 --workers 2": "workers counts runs on this machine",
}


@pytest.mark.parametrize("words", REFUSED)
def test_a_grid_refuses_before_any_run(grid, tmp_path, words):
    done = grid(*words.split())  # a later option stands for an earlier one
    assert done.returncode != 0
    assert REFUSED[words] in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "build").exists()


def test_a_parameter_goes_to_the_notebooks_that_declare_it(grid, tmp_path):
    declared = DECLARED.replace("design_effect: float = 2.0", 'language: str = "en"')
    cells = [cell.replace("design_effect == 3.0", "False") for cell in CELLS]
    write_notebook(tmp_path / "my own/01-small-other.ipynb", *cells, parameters=declared)
    both = "01-small.ipynb, my own/01-small-other.ipynb"
    done = grid("--design-effect", "4", "--dry-run", economies="KAZ", notebooks=both)
    assert done.returncode == 0, done.stderr
    planned = [line.split("run ")[1] for line in done.stdout.splitlines() if "govlib run" in line]
    assert sorted(planned) == [
        "'my own/01-small-other.ipynb' --economy KAZ --edition 2023",
        "01-small.ipynb --economy KAZ --edition 2023 --design-effect 4.0",
    ]


def test_a_file_of_another_notebook_that_was_written_at_the_same_time_is_left_out(grid, tmp_path):
    make_notebook(tmp_path, "01-effectiveness.ipynb")
    late = tmp_path / "figures/2023/KAZ/01-effectiveness-and-voice.json"
    late.parent.mkdir(parents=True)
    late.write_text("{}")
    os.utime(late, (time.time() + 100,) * 2)
    assert grid(economies="KAZ", notebooks="01-effectiveness.ipynb").returncode == 0
    record = json.loads((tmp_path / "build/2023/KAZ/01-effectiveness.run.json").read_text())
    assert list(record["files"]) == ["build/2023/KAZ/01-effectiveness.ipynb"]


def test_a_failed_run_in_another_language_is_on_the_atlas_under_its_economy(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    record = tmp_path / "build/2023/KAZ/ru/01-small.run.json"
    page = grids.make_atlas([record], {record: "why"})
    assert "<td>KAZ</td><td>Kazakhstan</td><td>2023</td><td>01-small</td>" in page


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_grid_loses_only_runs_in_flight_and_leaves_no_half_file(
    grid, tmp_path, monkeypatch, seed
):
    economies = "KAZ,UZB"
    words = ["--workers", "2", "--economies", economies, "--editions", "2023"]
    begun = (tmp_path / "build/2023").exists
    kill(
        tmp_path, "grid", *words, "--notebooks", "01-small.ipynb", begun=begun, seconds=9, seed=seed
    )
    recorded = len(list((tmp_path / "build").rglob("*.run.json")))
    assert f" {recorded} up to date" in grid("--dry-run", economies=economies).stdout
    assert grid(economies=economies).returncode == 0
    make_notebook(tmp_path / "whole")
    monkeypatch.chdir(tmp_path / "whole")
    assert grid(economies=economies).returncode == 0
    left = files_of(tmp_path)
    left = {n: c for n, c in left.items() if "/." not in n and not n.endswith(".tmp")}
    assert left == files_of(tmp_path / "whole")


@pytest.fixture
def cluster(tmp_path):
    """Start a scheduler and two workers of Dask in a folder of their own; give its address."""

    def start(*words):
        command = [sys.executable, "-m", f"distributed.cli.dask_{words[0]}", *words[1:]]
        command += ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", address]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        there = tmp_path / words[-1]
        there.mkdir()
        done = subprocess.Popen(
            command, cwd=there, env=ENVIRONMENT, start_new_session=True, **quiet
        )
        processes.append(done)

    processes, address = [], str(tmp_path / "scheduler.json")
    start("scheduler", "--port", "0")
    while not (tmp_path / "scheduler.json").exists():
        assert processes[0].poll() is None
        time.sleep(0.1)
    for name in ("one", "other"):
        start("worker", "--no-nanny", "--nthreads", "1", "--name", name)
    yield json.loads((tmp_path / "scheduler.json").read_text())["address"], processes[1:]
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def test_a_cluster_gives_the_same_files_and_a_dead_worker_s_run_goes_to_the_other(
    grid, tmp_path, cluster, monkeypatch
):
    address, workers = cluster
    options = {"economies": "TJK,UZB"}

    def kill():
        while not (tmp_path / "one/build").exists():
            time.sleep(0.05)
        workers[0].kill()

    killer = threading.Thread(target=kill)
    killer.start()
    done = grid("--scheduler", address, **options)
    killer.join()
    assert done.returncode == 0, done.stderr
    # Files came back over the connection: the workers are in folders of their own.
    assert len(list((tmp_path / "other/build").rglob("*.ipynb"))) == 2
    there = files_of(tmp_path)
    assert "2 runs: 2 up to date" in grid("--dry-run", **options).stdout
    (tmp_path / "build/2023/UZB/01-small.run.json").unlink()
    assert "2 runs: 1 up to date" in grid(**options).stdout
    assert files_of(tmp_path) == there
    # A worker with other packages is not trusted.
    monkeypatch.setattr(grids.runs, "installed_packages", lambda: {"pandas": "0"})
    done = grid("--scheduler", address, economies="KAZ")
    assert done.returncode == 1
    assert "the worker has another notebook, package, data" in done.stderr
