"""Notebooks: what they accept, one run, a failed run loses nothing."""

import json
import re
from pathlib import Path

import nbformat
import papermill
import pytest
from notebookfiles import write_notebook

from govlib.datasets import package
from govlib.errors import BadFile, BadParameter, FailedRun, UnknownName
from govlib.project import project_folder
from govlib.run import notebooks as runs

NOTEBOOK = project_folder() / "notebooks" / "01-effectiveness-and-voice.ipynb"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give an empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_notebooks_of_surveys_that_are_not_held_are_left_out_and_named():
    plan, reasons = runs.plan_runs((), {"economy": "UZB"})
    assert (NOTEBOOK, {"economy": "UZB"}) in plan
    assert {path.stem for path in reasons} >= {"02-trust-in-law-enforcement", "05-basic-values"}
    needs_file = [reason for path, reason in reasons.items() if path.stem.startswith("08")]
    assert all("Uzbekistan" in reason for reason in reasons.values() if reason not in needs_file)
    _, reasons = runs.plan_runs((), {"economy": "KAZ"})
    assert [path.stem for path in reasons] == ["08-which-source-decides"]
    plan, reasons = runs.plan_runs((), {"economy": "KAZ", "sources_file": "scores.csv"})
    assert ([path for path, _ in plan], reasons) == (runs.find_notebooks(), {})
    with pytest.raises(UnknownName, match="Did you mean KAZ"):
        runs.plan_runs((), {"economy": "Kazakstan"})


HARD = {
    "no errors": ({"edition": 2025, "first_year": 2019, "last_year": 2024}, ("03",)),
    "a micro-state": ({"economy": "TUV", "first_year": 2002, "language": "ru"}, ("04",)),
    "no early years": ({"economy": "SSD", "first_year": 2008}, ("06",)),
}


@pytest.mark.parametrize("what", HARD)
def test_notebooks_run_where_figures_lack(folder, what):
    given, stems = HARD[what]
    for path in runs.find_notebooks():
        if path.stem[:2] in stems:
            declared = runs.read_parameters(path)
            values = {name: value for name, value in given.items() if name in declared}
            assert runs.run_notebook(path, values, progress=False).exists()


def test_a_failing_cell_is_named_and_yesterdays_result_stands(folder):
    good = write_notebook(folder / "one.ipynb", "economy")
    output = runs.run_notebook(good, {"economy": "uzb"}, progress=False)
    assert output == folder / "build/all/UZB/one.ipynb"
    before = output.read_bytes()
    bad = write_notebook(folder / "one.ipynb", "economy", "1 / 0")
    with pytest.raises(FailedRun, match=r"one.ipynb failed in cell 3 \(In \[4\], line 1\): 1 / 0"):
        runs.run_notebook(bad, {"economy": "UZB"}, progress=False)
    assert output.read_bytes() == before


@pytest.mark.parametrize("fault", ["a file for a folder", "no writing"])
def test_an_output_that_cannot_be_written_is_named_and_the_earlier_stays(folder, fault):
    notebook = write_notebook(folder / "01.ipynb", "1")
    output = folder / "build/all/KAZ/01.ipynb"
    earlier = output
    if fault == "no writing":
        (output.parent / ".01.ipynb.lock").mkdir(parents=True)
    else:
        earlier = output.parent
        earlier.parent.mkdir(parents=True)
    earlier.write_text("earlier")
    with pytest.raises(FailedRun, match=rf"{output.parent} \(.*; an earlier output there is as it"):
        runs.run_notebook(notebook, {}, progress=False)
    assert earlier.read_text() == "earlier"


@pytest.mark.parametrize(
    ("engine", "given", "answer"),
    [
        (None, {"econmy": "UZB"}, "Unknown parameter: econmy. Did you mean economy?"),
        ("govlib", {"economy": "UZZ"}, "Did you mean UZB"),
        ("govlib", {"dimensions": "ge"}, "list is needed"),
    ],
)
def test_plain_papermill_is_stopped_by_the_check_cell(folder, engine, given, answer):
    # papermill alone warns of an unknown parameter and runs on.
    with pytest.raises(papermill.PapermillExecutionError, match=re.escape(answer)):
        papermill.execute_notebook(
            NOTEBOOK, folder / "out.ipynb", given, engine_name=engine, progress_bar=False
        )
    assert not (folder / "figures").exists()


def test_equal_runs_give_equal_notebooks_that_say_what_was_run(folder, caplog):
    declared = 'economy: str | None = "KAZ"'  # a type that papermill does not know
    notebook = write_notebook(folder / "one.ipynb", "print(economy)", "1", parameters=declared)
    contents = []
    for _ in range(2):
        output = runs.run_notebook(notebook, {"economy": "UZB"}, progress=False)
        executed = nbformat.read(output, as_version=4)
        for name in runs.VARYING:
            assert executed.metadata.papermill.pop(name)
        contents.append(nbformat.writes(executed))
    assert contents[0] == contents[1]
    stamp = executed.metadata["govlib"]
    assert stamp.parameters == {"economy": "UZB"}
    assert stamp.data["wgi-2023"] == package.find_edition(2023)["hash"].removeprefix("sha256:")
    assert {"python", "pandas", "matplotlib", "govlib"} <= stamp.software.keys()
    assert set(stamp.code) == {"commit", "uncommitted_changes"}
    assert str(folder) not in contents[0]
    assert "unknown parameter" not in caplog.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is not a notebook that can be run"),
        ('{"a": 1}', "is not a notebook that can be run"),
        (
            '{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
            "TypeError: 'int' obj",
        ),
        ('{"cells": {}, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "unhash|KeyError"),
        ('{"worksheets": [], "nbformat": 3, "nbformat_minor": 0, "metadata": {}}', "KeyError: 'ce"),
    ],
)
def test_what_is_no_notebook_is_refused_by_name(tmp_path, content, said):
    (tmp_path / "one.ipynb").write_text(content)
    with pytest.raises(BadFile, match=rf"one\.ipynb .*({said})"):
        runs.plan_runs([tmp_path / "one.ipynb"], {})


@pytest.mark.parametrize(
    ("declared", "error", "said"),
    [
        ("economy = [1][0]", BadParameter, r"sets economy = \[1\]\[0\]: a literal is needed"),
        ("colour = 'red'", BadParameter, "declares colour; known parameters are: economy"),
        ("economy <- 'KAZ'\nif", BadFile, r"parameters is not Python \(invalid syntax, line 2"),
    ],
)
def test_a_cell_of_parameters_that_cannot_be_read_is_told(tmp_path, declared, error, said):
    notebook = write_notebook(tmp_path / "one.ipynb", parameters=declared)
    with pytest.raises(error, match=rf"one\.ipynb.* {said}"):
        runs.read_parameters(notebook)


def test_parameters_are_read_with_their_types_comments_and_magics(tmp_path):
    lines = [
        "%matplotlib inline",
        'economy: str = "K#Z"; edition: int | None = 2023  # "; not this"',
        "first_year, last_year = 2018, 2022",
        "dimensions: list[str] = ['ge',  # ]",
        "    'va']",
    ]
    notebook = write_notebook(tmp_path / "one.ipynb", parameters="\n".join(lines))
    given = {"economy": "K#Z", "edition": 2023, "first_year": 2018, "last_year": 2022}
    assert runs.read_parameters(notebook) == given | {"dimensions": ["ge", "va"]}


@pytest.mark.parametrize(
    ("cell", "refused"),
    [
        ("economy = 'UZB'", True),
        ("%matplotlib inline\nif True:\n    for economy in ['UZB']: pass", True),
        ("a = economy; economy += '!'", True),
        ("[economy for economy in 'ab']\ndef f(economy):\n    economy = 1", False),
        ("%%bash\neconomy=UZB", False),
        ("economies = [economy]", False),
    ],
)
def test_a_parameter_that_a_later_cell_sets_again_is_refused(tmp_path, cell, refused):
    notebook = write_notebook(tmp_path / "one.ipynb", "1", cell)
    if refused:
        with pytest.raises(BadParameter, match="sets economy again in its code cell 3"):
            runs.plan_runs([notebook], {"economy": "KGZ"})
    else:
        plan = [(notebook, {"economy": "KGZ"})]
        assert runs.plan_runs([notebook], {"economy": "KGZ"}) == (plan, {})


def test_data_that_are_replaced_during_a_run_end_it(folder, monkeypatch):
    notebook = write_notebook(folder / "one.ipynb", "1")
    told = iter([{"wgi-2023": "a"}, {"wgi-2023": "b"}])
    monkeypatch.setattr(runs, "recorded_data", lambda: next(told))
    with pytest.raises(FailedRun, match="data were replaced during the run"):
        runs.run_notebook(notebook, {}, progress=False)
    assert not list(folder.rglob("build/**/*.ipynb"))


def test_a_kernel_that_is_not_installed_is_named(folder):
    notebook = write_notebook(folder / "one.ipynb", "1", kernel="ir")
    with pytest.raises(FailedRun, match="asks for the kernel 'ir', which is not installed"):
        runs.run_notebook(notebook, {"economy": "UZB"}, progress=False)
    content = json.loads(notebook.read_text())
    del content["metadata"]["kernelspec"]
    content["cells"] = content["cells"][-1:]  # no parameters either
    notebook.write_text(json.dumps(content))
    with pytest.raises(BadFile, match=r"one\.ipynb names no kernel: open it in JupyterLab"):
        runs.run_notebook(notebook, {}, progress=False)


def test_a_notebook_elsewhere_is_never_taken_for_one_of_the_project(tmp_path, monkeypatch):
    monkeypatch.chdir(project_folder())
    stem = NOTEBOOK.stem
    names = [stem, str(NOTEBOOK), f"notebooks/{stem}", f"{stem}.ipynb"]
    assert runs.find_notebooks(names) == [NOTEBOOK] * 4
    with pytest.raises(UnknownName, match=f"Did you mean {stem}"):
        runs.find_notebooks([stem.replace("ff", "f")])
    with pytest.raises(UnknownName, match="There is no notebook '/nowhere/01-eff"):
        runs.find_notebooks([f"/nowhere/{NOTEBOOK.name}"])
    copies = runs.copy_notebooks(tmp_path)
    with pytest.raises(BadParameter, match="exists already"):
        runs.copy_notebooks(tmp_path)
    [copy] = [path for path in copies if path.name == NOTEBOOK.name]
    with pytest.raises(BadParameter, match=r"the name of the project's own notebook.*rename"):
        runs.find_notebooks([str(copy)])
    monkeypatch.chdir(tmp_path)  # where its results replace none of the project's
    assert runs.find_notebooks([copy.name]) == [Path(copy.name)]


PLOT = """import matplotlib.pyplot as plt
plt.rcParams["text.usetex"] = True
plt.figure().text(0, 0, "a")"""
FAILURES = {
    "a = 1\na / 0  # here": ("[4], line 2): a / 0  # here", "ZeroDivisionError: div"),
    "import govlib\ngovlib.wgi.read(1900)": (
        "[4], line 2): govlib.wgi.read(1900)",
        "UnknownName: There is no WGI edition 1900",
    ),
    "import os\nfor x": ("[4], line 2): for x", "SyntaxError: "),
    "import sys\nsys.exit()": ("[4], line ", "(SystemExit): what follows was not"),
    "quit()": ("[4], line 1): quit()", "quit: the cell ended the notebook"),
    "import time\ntime.sleep(60)": ("[4], line 1): import", "longer than 2 s"),
    "import os\nos._exit(1)": ("[", "exit code 1. It was killed, crashed"),
    "%nosuchmagic 3": ("[4], line 1): %nosuchmagic 3", "UsageError: Line magic func"),
    "while True: print('x' * 10_000_000)": ("[4], line 1)", "TooMuchOutput: more than 100 MB"),
    PLOT: ("[4], line ", "RuntimeError: Failed to process string with tex because latex"),
}


@pytest.mark.parametrize("cell", FAILURES)
def test_a_failure_says_cell_line_and_error_in_three_lines(folder, cell):
    line, what = FAILURES[cell]
    notebook = write_notebook(folder / "one.ipynb", "1", cell)
    seconds = 2 if "sleep" in cell else 60
    with pytest.raises(FailedRun) as failure:
        runs.run_notebook(notebook, {"economy": "UZB"}, progress=False, seconds=seconds)
    first, second, third = str(failure.value).splitlines()
    assert first.startswith(f"one.ipynb failed in cell 3 (In {line}")
    assert what in second
    assert third.endswith("build/all/UZB/one.failed.ipynb")
    assert nbformat.read(third.split()[-1], as_version=4).cells
    left = {path.name for path in (folder / "build/all/UZB").iterdir()}
    assert left == {"one.failed.ipynb", ".one.ipynb.lock"}
