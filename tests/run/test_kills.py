"""Killed at any point, a command leaves an old or a new state, and the next one tidies up.

GOVLIB_KILLS (8 by default) says how often: each command an eighth of it, at points drawn by seed.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import worldbank
from notebookfiles import write_notebook

from govlib.datasets import wgi
from govlib.errors import UnknownName
from govlib.project import project_folder
from govlib.run.notebooks import run_notebook
from govlib.run.report import build_report

SEEDS = range(max(1, int(os.environ.get("GOVLIB_KILLS", "8")) // 8))
TABLE = worldbank.made_edition(worldbank.FEW)
DECLARED = 'economy = "KAZ"\nedition = 2023\nlanguage = "en"\nfigures_dir = "figures"'


def kill(folder, *words, begun, seconds, seed):
    """Start a command and kill it with all that it started, some time after it has begun."""
    running = subprocess.Popen(
        [sys.executable, "-m", "govlib", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(project_folder())},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while running.poll() is None and not begun():
        time.sleep(0.01)
    time.sleep(random.Random(f"{words} {seed}").random() * seconds)
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def stored(folder):
    found = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {path.relative_to(folder): path.read_bytes() for path in found}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_fetch_leaves_the_editions_as_they_were_or_with_the_new_one(
    data_copy, govlib_command, monkeypatch, tmp_path, seed
):
    before = wgi.editions()
    with worldbank.serve(TABLE) as server:
        monkeypatch.setenv("GOVLIB_ENDPOINT", server.endpoint)
        kill(tmp_path, "fetch", begun=lambda: server.requests, seconds=4, seed=seed)
        rows = {edition: len(wgi.read(edition)) for edition in wgi.editions()}  # hashes are checked
        assert rows.pop(2026, len(TABLE)) == len(TABLE) and list(rows) == before
        assert govlib_command("fetch").returncode == 0
    assert len(wgi.read(2026)) == len(TABLE)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_run_leaves_the_earlier_notebook_or_the_new_one(tmp_path, monkeypatch, seed):
    monkeypatch.chdir(tmp_path)
    output = tmp_path / "build/2023/KAZ/one.ipynb"
    lock = output.with_name(".one.ipynb.lock")

    def shown():
        return json.loads(output.read_text())["cells"][-1]["outputs"][0]["data"]["text/plain"]

    notebook = write_notebook(tmp_path / "one.ipynb", "1", parameters=DECLARED)
    run_notebook(notebook, {}, progress=False)
    lock.unlink()
    write_notebook(notebook, "2", parameters=DECLARED)
    kill(tmp_path, "run", "one.ipynb", begun=lock.exists, seconds=6, seed=seed)
    assert shown() in ("1", "2")
    write_notebook(notebook, "3", parameters=DECLARED)
    run_notebook(notebook, {}, progress=False)
    assert shown() == "3"
    assert {path.name for path in output.parent.iterdir()} == {lock.name, output.name}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_report_leaves_the_earlier_one_or_the_new_one(tmp_path, monkeypatch, seed):
    monkeypatch.chdir(tmp_path)
    write_notebook(tmp_path / "one.ipynb", "print(language)", parameters=DECLARED)
    states = []
    for language in ("ru", "en"):
        build_report({"language": language}, notebooks=["one.ipynb"], output="build/report")
        states.append(stored(tmp_path / "build/report"))
    words = ["report", "one.ipynb", "--language", "ru"]
    begun = (tmp_path / "build/.figures.lock").exists
    kill(tmp_path, *words, begun=begun, seconds=10, seed=seed)
    assert stored(tmp_path / "build/report") in [*states, {}]
    build_report({"language": "ru"}, notebooks=["one.ipynb"], output="build/report")
    assert stored(tmp_path / "build/report") == states[0]
    left = tmp_path / "build/.report.killed.unfinished"  # between two renames
    left.mkdir()
    (tmp_path / "build/report").rename(left / "old")
    with pytest.raises(UnknownName):
        build_report({"economy": "KAZZ"}, notebooks=["one.ipynb"], output="build/report")
    assert stored(tmp_path / "build/report") == states[0]
    assert not list((tmp_path / "build").glob(".report.*"))
