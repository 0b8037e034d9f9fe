"""A grid: planned before it runs, resumed after any death, the same on a cluster."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pandas as pd
import psutil
import pytest
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


def make_project(folder):
    """Make a project of its own: a copy of the package, the data, and one small notebook."""
    source = project_folder()
    shutil.copytree(source / "govlib", folder / "govlib", ignore=shutil.ignore_patterns("__py*"))
    (folder / "data").symlink_to(source / "data")
    write_notebook(folder / "notebooks/01-small.ipynb", *CELLS, parameters=DECLARED)
    return folder


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "project")


def environment(project):
    path = os.pathsep.join([str(project), *filter(None, [os.environ.get("PYTHONPATH")])])
    return os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def grid(project, *arguments, economies="KAZ,UZB", editions="2023", **options):
    return subprocess.run(
        [
            *[sys.executable, "-m", "govlib", "grid", "--economies", economies],
            *["--editions", editions, *map(str, arguments)],
        ],
        capture_output=True,
        text=True,
        cwd=project,
        env=environment(project),
        timeout=200,
        **options,
    )


def files_of(project):
    """Return the bytes of all results, the times of a run left out."""
    found = {}
    for folder in ("build", "figures"):
        for path in sorted((project / folder).rglob("*")):
            if path.is_file():
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


def test_a_grid_is_planned_run_resumed_and_gathered(project):
    options = {"economies": "group:central-asia,UZB", "editions": "2023,2024"}
    done = grid(project, "--dry-run", **options)
    assert done.returncode == 0, done.stderr
    assert "10 runs: 0 up to date, 10 to run" in done.stdout
    assert "govlib run 01-small --economy UZB --edition 2024" in done.stdout
    assert not (project / "build").exists()
    done = grid(project, **options)
    assert done.returncode == 0, done.stderr
    assert "10 of 10 runs ended, 0 failed" in done.stderr
    assert "runs/s, 0 s left" in done.stderr
    # No terminal, no bar.
    assert "\r" not in done.stderr
    numbers = pd.read_parquet(project / "build/grid/numbers.parquet")
    pd.testing.assert_frame_equal(
        numbers, pd.read_csv(project / "build/grid/numbers.csv", dtype=numbers.dtypes.to_dict())
    )
    assert len(numbers) == 10 * 5
    one = numbers[(numbers["economy"] == "UZB") & (numbers["edition"] == 2024)]
    assert one["name"].tolist() == ["caption", *["table"] * 4]
    assert one["row"].tolist()[1:] == [0, 0, 1, 1]
    assert one["column"].tolist()[1:] == ["a", "b", "a", "b"]
    assert one[["row", "column"]].isna().sum().tolist() == [1, 1]
    assert one["number"].dropna().tolist() == [1]
    before = files_of(project)
    assert "10 runs: 10 up to date, 0 to run" in grid(project, **options).stdout
    assert files_of(project) == before
    # A result that was altered or removed is made again, and no other.
    (project / "figures/2024/UZB/01-small.json").write_text("{}")
    (project / "figures/2023/KGZ/01-small.png").unlink()
    assert "10 runs: 8 up to date, 2 to run" in grid(project, **options).stdout
    assert files_of(project) == before


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("notebooks/01-small.ipynb", "0.05", "0.06"),
        ("govlib/datasets/package.py", "return", "return  "),
        ("data/datapackage.json", '"hash": "sha256:', '"hash": "sha256:0'),
    ],
)
def test_a_run_is_repeated_when_what_it_depends_on_has_changed(project, path, old, new):
    (project / "data").unlink()
    shutil.copytree(project_folder() / "data", project / "data")
    code = f"""from govlib.run import grid, notebooks
import pathlib
key = lambda economy="KAZ": grid.make_key(
    grid.find_conditions(notebooks.find_notebooks()[0]), {{"economy": economy}})
first = key(); assert key() == first and key("UZB") != first
path = pathlib.Path({str(project / path)!r}); text = path.read_text(); assert {old!r} in text
path.write_text(text.replace({old!r}, {new!r}, 1)); assert key() != first
path.write_text(text); assert key() == first
grid.installed_packages()["pandas"] = "0"; assert key() != first"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=project, env=environment(project))


def test_failures_and_hung_runs_end_in_a_table_and_stop_nothing(project):
    done = grid(project, "--design-effect", "3", "--seconds", "12", economies="group:central-asia")
    assert done.returncode == 1
    assert "5 of 5 runs ended, 2 failed" in done.stderr
    assert "3 of 5 runs are up to date" in done.stdout
    assert "AssertionError: <b>no figure</b>" in done.stderr
    assert "failed in cell 5 (In [6], line 1): assert not (economy" in done.stderr
    assert "The run took longer than 12 s and was ended." in done.stderr
    repeat = "repeat it: govlib run 01-small --economy TJK --edition 2023 --design-effect 3.0"
    assert repeat in done.stderr
    assert (project / "build/2023/TJK/01-small.failed.ipynb").exists()
    assert not (project / "build/2023/TJK/01-small.ipynb").exists()
    page = (project / "build/grid/atlas.html").read_text()
    assert page.count('<img src="data:image/png;base64,') == 3
    assert page.count("<tr>\n<td>") == 5
    # What runs and errors say is text, not markup.
    assert "&lt;b&gt;no figure&lt;/b&gt;" in page
    assert "&lt;i&gt;KAZ&lt;/i&gt;" in page
    assert "<b>" not in page
    assert "http" not in page
    again = grid(project, "--design-effect", "3", "--dry-run", economies="group:central-asia")
    assert "5 runs: 3 up to date, 2 to run" in again.stdout


@pytest.mark.parametrize(
    ("options", "answers"),
    [
        ({"economies": "KAZZ"}, ["There is no economy 'KAZZ'", "Did you mean KAZ"]),
        ({"economies": "group:central-asa"}, ["Did you mean central_asia"]),
        ({"economies": "KAZ,KAZ"}, ["names one twice"]),
        ({"editions": "2030"}, ["no WGI edition 2030; available: 2019"]),
        ({"editions": "soon"}, ["'soon' is not a year of release"]),
        ({"more": ["--notebooks", "01-smal"]}, ["Did you mean 01-small"]),
        (
            {"more": ["--notebooks", "01-small,01-small"]},
            ["notebooks = '01-small,01-small'", "twice"],
        ),
        ({"more": ["--dimensions", "ge"]}, ["Unknown parameter: dimensions. Accepted: economy"]),
        ({"more": ["--workers", "0"]}, ["--workers", "x>=1"]),
        ({"more": ["--seconds", "nan"]}, ["seconds = nan: a number above 0"]),
        ({"more": ["--seconds", "inf", "--dry-run"]}, ["seconds = inf: a number above 0"]),
        ({"more": ["--economy", "KAZ"]}, ["No such option '--economy'", "--economies LIST"]),
        (
            {"more": ["--scheduler", "tcp://127.0.0.1:9"]},
            ["No Dask scheduler with workers answers"],
        ),
        (
            {"more": ["--scheduler", "tcp://127.0.0.1:9", "--workers", "2"]},
            ["workers counts runs on this machine"],
        ),
    ],
)
def test_a_grid_refuses_before_any_run(project, options, answers):
    done = grid(project, *options.pop("more", []), **options)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    for answer in answers:
        assert answer in done.stderr
    assert not (project / "build").exists()


def test_a_parameter_goes_to_the_notebooks_that_declare_it(project):
    small, other = project / "notebooks/01-small.ipynb", project / "notebooks/01-small-other.ipynb"
    declared = DECLARED.replace("design_effect: float = 2.0", 'language: str = "en"')
    cells = [cell.replace("design_effect == 3.0", "False") for cell in CELLS]
    write_notebook(other, *cells, parameters=declared)
    done = grid(project, "--design-effect", "4", "--dry-run", economies="KAZ")
    assert done.returncode == 0, done.stderr
    planned = [line.split("run ")[1] for line in done.stdout.splitlines() if "govlib run" in line]
    assert sorted(planned) == [
        "01-small --economy KAZ --edition 2023 --design-effect 4.0",
        "01-small-other --economy KAZ --edition 2023",
    ]
    # A file of the other notebook, written at the same time, is none of the first's.
    late = project / "figures/2023/KAZ/01-small-other.json"
    late.parent.mkdir(parents=True)
    late.write_text("{}")
    os.utime(late, (time.time() + 100,) * 2)
    assert grid(project, "--notebooks", "01-small", economies="KAZ").returncode == 0
    record = json.loads((project / "build/2023/KAZ/01-small.run.json").read_text())
    assert late.relative_to(project).as_posix() not in record["files"]
    # A notebook from elsewhere is repeated by its path.
    mine = small.rename(project / "mine.ipynb")
    said = grid(project, "--notebooks", mine.name, "--dry-run", economies="KAZ").stdout
    assert "govlib run mine.ipynb --economy KAZ" in said


def test_a_failed_run_in_another_language_is_on_the_atlas_under_its_economy(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    record = tmp_path / "build/2023/KAZ/ru/01-small.run.json"
    page = grids.make_atlas([record], {record: "why"})
    assert "<td>KAZ</td><td>Kazakhstan</td><td>2023</td><td>01-small</td>" in page


def test_a_notebook_of_ones_own_may_lie_anywhere_and_make_no_figure(project, tmp_path):
    mine = write_notebook(tmp_path / "my own/mine.ipynb", parameters=DECLARED)
    done = grid(project, "--notebooks", f"01-small, {mine}", economies="KAZ")
    assert done.returncode == 0, done.stderr
    assert "2 of 2 runs are up to date" in done.stdout
    assert (project / "build/2023/KAZ/mine.run.json").exists()


def test_a_file_in_the_place_of_what_is_gathered_is_named_and_the_runs_are_kept(project):
    (project / "build").mkdir()
    (project / "build/grid").write_text("mine")
    done = grid(project, economies="KAZ")
    assert done.returncode == 1
    assert "build/grid cannot be written (File exists)" in done.stderr
    assert "Traceback" not in done.stderr
    (project / "build/grid").unlink()
    assert "1 runs: 1 up to date" in grid(project, economies="KAZ").stdout


def test_a_killed_grid_loses_only_runs_in_flight_and_leaves_no_half_file(project):
    options = {"economies": "group:cis", "editions": "2023"}
    command = [sys.executable, "-m", "govlib", "grid", "--workers", "2"]
    command += [f"--{name}={value}" for name, value in options.items()]
    running = subprocess.Popen(command, cwd=project, env=environment(project))
    while len(list((project / "build").rglob("*.run.json"))) < 3:
        assert running.poll() is None
        time.sleep(0.02)
    running.kill()
    running.wait()
    recorded = len(list((project / "build").rglob("*.run.json")))
    assert f" {recorded} up to date" in grid(project, "--dry-run", **options).stdout
    assert grid(project, **options).returncode == 0
    whole = make_project(project.parent / "whole")
    assert grid(whole, **options).returncode == 0
    left = {n: c for n, c in files_of(project).items() if "/." not in n and not n.endswith(".tmp")}
    assert left == files_of(whole)


def start_dask(folder, *arguments):
    """Start a command of Dask in a project."""
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *map(str, arguments[1:])],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def test_a_cluster_gives_the_same_files_and_replaces_a_dead_worker(project, tmp_path):
    options = {"economies": "group:cis", "editions": "2023"}
    assert grid(project, **options).returncode == 0
    # The workers have a project of their own: files come back over the connection.
    here, there = (make_project(tmp_path / name) for name in ("here", "there"))
    address = tmp_path / "scheduler.json"
    common = ["--scheduler-file", address, "--no-dashboard"]
    processes = [start_dask(here, "scheduler", "--host", "127.0.0.1", "--port", "0", *common)]
    try:
        end = time.monotonic() + 60
        while not address.exists():
            assert time.monotonic() < end
            time.sleep(0.1)
        processes.append(
            start_dask(
                there,
                "worker",
                *common,
                "--nworkers",
                "2",
                "--nthreads",
                "1",
                "--host",
                "127.0.0.1",
            )
        )
        scheduler = json.loads(address.read_text())["address"]
        running = subprocess.Popen(
            [sys.executable, "-m", "govlib", "grid", "--scheduler", scheduler]
            + [f"--{name}={value}" for name, value in options.items()],
            cwd=here,
            env=environment(here),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        while not list((here / "build").rglob("*.run.json")):
            assert running.poll() is None, running.communicate()[0]
            time.sleep(0.05)
        children = psutil.Process(processes[1].pid).children()
        workers = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
        workers[0].kill()
        said, _ = running.communicate(timeout=120)
        assert running.returncode == 0, said
        assert list((there / "build").rglob("*.ipynb"))
        assert files_of(here) == files_of(project)
        # A worker with other code is not trusted.
        module = here / "govlib/datasets/package.py"
        module.write_text(module.read_text() + "\n# changed\n")
        done = grid(here, "--scheduler", scheduler, economies="KAZ")
        assert done.returncode == 1
        assert "the worker has another notebook, package, data" in done.stderr
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)
