"""A run or report that is killed at any point (`GOVLIB_KILLS`) leaves an old or a new state."""

import json

import pytest
from killing import SEEDS, kill
from notebookfiles import write_notebook

from govlib.errors import UnknownName
from govlib.run.notebooks import run_notebook
from govlib.run.report import build_report

DECLARED = 'economy = "KAZ"\nedition = 2023\nlanguage = "en"\nfigures_dir = "figures"'


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_run_leaves_the_earlier_notebook_or_the_new_one(tmp_path, monkeypatch, seed):
    monkeypatch.chdir(tmp_path)
    output = tmp_path / "build/2023/KAZ/one.ipynb"
    lock = output.with_name(".one.ipynb.lock")

    def shown():
        [result] = json.loads(output.read_text())["cells"][-1]["outputs"]
        return "".join(result["data"]["text/plain"])

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
    place = tmp_path / "build/report"

    def build(**given):
        build_report(given, notebooks=["one.ipynb"], output=place)
        return stored()

    def stored():
        files = [path for path in place.rglob("*") if path.is_file()]
        return {path.relative_to(place): path.read_bytes() for path in files}

    write_notebook(tmp_path / "one.ipynb", "print(language)", parameters=DECLARED)
    earlier = build()
    words = ["report", "one.ipynb", "--language", "ru"]
    begun = (tmp_path / "build/.figures.lock").exists
    kill(tmp_path, *words, begun=begun, seconds=10, seed=seed)
    found = stored()
    assert found in (earlier, {}, build(language="ru"))
    left = tmp_path / "build/.report.killed.unfinished"  # as between the two renames
    left.mkdir()
    place.rename(left / "old")
    with pytest.raises(UnknownName):
        build(economy="KAZZ")
    assert stored() and not list((tmp_path / "build").glob(".report.*"))
