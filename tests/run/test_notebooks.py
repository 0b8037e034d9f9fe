"""Runs: a wrong parameter stops before any cell, a failed run loses nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from govlib.datasets import package as catalog
from govlib.errors import BadFile, BadParameter, FailedRun, NotHeld, UnknownName
from govlib.run import execution
from govlib.run import notebooks as runs

NOTEBOOK = catalog.project_folder() / "notebooks" / "01-effectiveness-and-voice.ipynb"
GOOD = {
    "economy": "KAZ",
    "edition": 2023,
    "first_year": 2018,
    "last_year": 2022,
    "dimensions": ["ge", "va"],
    "peers": ["central_asia", "EST"],
    "figures_dir": "figures",
}


def govlib_command(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "govlib", *arguments], capture_output=True, text=True, **options
    )


def papermill_command(tmp_path, *arguments):
    output = tmp_path / "out.ipynb"
    return subprocess.run(
        [
            *[sys.executable, "-m", "papermill", str(NOTEBOOK), str(output), *arguments],
            *["-p", "figures_dir", str(tmp_path / "figures"), "--no-progress-bar"],
        ],
        capture_output=True,
        text=True,
    )


def test_a_wrong_parameter_is_answered_without_building_a_grammar_that_nothing_needs():
    code = """import sys
from govlib.cli import main
sys.argv = ["govlib", "run", "01-effectiveness-and-voice", "--economy", "KAZZ"]
try:
    main()
finally:
    print("nbformat" in sys.modules, "lark" in sys.modules)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("True False\n", 1)
    assert "Did you mean KAZ" in done.stderr


def test_good_parameters_pass_and_other_names_are_left_alone():
    runs.check_parameters(GOOD | {"fig": object(), "years": [1], "econmy": "typed by hand"})
    runs.check_parameters(GOOD | {"edition": 2025, "measure": "score"})


@pytest.mark.parametrize(
    ("wrong", "error", "answer"),
    [
        ({"economy": "KAZZ"}, UnknownName, "Did you mean KAZ"),
        ({"economy": ["KAZ"]}, BadParameter, "economy = .* is of type list; str is needed"),
        ({"edition": "2023"}, BadParameter, "type str; int is needed"),
        ({"edition": True}, BadParameter, "type bool; int is needed"),
        ({"edition": 2018}, UnknownName, "held: 2019"),
        ({"first_year": 2017.5}, BadParameter, "type float; int"),
        ({"first_year": 1997}, UnknownName, "no year 1997; it has 1996, 1998"),
        ({"last_year": 2023}, UnknownName, "no year 2023"),
        ({"first_year": 2022, "last_year": 2018}, BadParameter, "2022 is not before .* 2018"),
        ({"first_year": 2022}, BadParameter, "two years or more"),
        ({"dimensions": "ge"}, BadParameter, "list is needed .*-y '{dimensions"),
        ({"dimensions": []}, BadParameter, "`dimensions` is empty"),
        ({"dimensions": ["ge", "ge"]}, BadParameter, "names one dimension twice"),
        ({"items": ["police", "police"]}, BadParameter, "names one item twice"),
        ({"dimensions": ["ge", "vaa"]}, UnknownName, "Did you mean va"),
        ({"peers": "eaeu"}, BadParameter, "peers = 'eaeu' is of type str; list"),
        ({"peers": []}, BadParameter, "No group or economy is named"),
        ({"peers": ["KAZ"]}, BadParameter, "gives 1 economies with KAZ itself; 2 to 20"),
        ({"peers": ["ecs"]}, BadParameter, "gives 5. economies"),
        ({"peers": ["EST", "EST"]}, BadParameter, "names one twice"),
        ({"peers": ["eeu"]}, UnknownName, "neither a group nor a World Bank code"),
        ({"language": "kz"}, UnknownName, r"'kz' is not known.*Did you mean kk \(Kazakh\)"),
        ({"language": 1}, BadParameter, "type int; str is needed"),
        ({"design_effect": "2"}, BadParameter, "type str; float is needed"),
        ({"design_effect": 0}, BadParameter, "design_effect = 0: a number above 0"),
        ({"design_effect": 1e300}, BadParameter, r"design_effect = 1e\+300: .* from 0.01 to 100"),
        ({"items": "police"}, BadParameter, "type str; list is needed"),
        ({"measure": "scoer"}, UnknownName, "Did you mean score"),
        ({"measure": "score"}, BadParameter, "2023 has no score; it has estimate, percentile_rank"),
        ({"figures_dir": 7}, BadParameter, "figures_dir = 7 is of type int; str"),
        ({"figures_dir": "~/figures"}, BadParameter, "is no folder to write to: .*~ is not expan"),
        ({"figures_dir": " "}, BadParameter, "figures_dir = ' ' is no folder"),
        ({"figures_dir": "README.md/figures"}, BadParameter, "is no folder to write to"),
        ({"dimensions": [["ge"]]}, BadParameter, r"dimensions = \[\['ge'\]\]: a list of words"),
        ({"peers": ["eaeu", 3]}, BadParameter, "a list of words is needed"),
    ],
)
def test_a_wrong_value_is_answered_with_what_is_accepted(wrong, error, answer):
    with pytest.raises(error, match=answer):
        runs.check_parameters(GOOD | wrong)


OUTSIDE = ["../../x", "..", "/tmp/x", "KAZ/../../x", "a/b", "", ".", "KAZ\x00"]


@pytest.mark.parametrize("value", OUTSIDE)
@pytest.mark.parametrize("name", ["economy", "language", "edition", "dimensions", "peers"])
def test_no_parameter_leads_out_of_the_output_folder(name, value):
    wrong = [value] if isinstance(GOOD.get(name), list) else value
    with pytest.raises((UnknownName, BadParameter)):
        runs.check_parameters(GOOD | {name: wrong})
    if name in ("economy", "language"):  # of a notebook that declares nothing else
        with pytest.raises((UnknownName, BadParameter)):
            runs.check_parameters({name: value})


def test_a_run_with_a_path_for_a_name_writes_nothing(tmp_path):
    cell = nbformat.v4.new_code_cell('economy: str = "KAZ"')
    cell["metadata"]["tags"] = ["parameters"]
    notebook = tmp_path / "mine.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel}
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=metadata), notebook)
    outside = catalog.project_folder() / "build" / "outside"
    with pytest.raises(UnknownName, match="not known: a World Bank code"):
        runs.run_notebook(notebook, {"economy": "../outside"})
    assert not outside.exists()
    done = govlib_command("run", str(NOTEBOOK), "--economy", "../outside")
    assert done.returncode == 1
    assert "'../outside'" in done.stderr
    assert not outside.exists()


@pytest.mark.parametrize("fault", ["a file for a folder", "no writing"])
def test_an_output_that_cannot_be_written_is_named_and_the_earlier_stays(tmp_path, fault):
    output = tmp_path / "out" / "01.ipynb"
    earlier = output
    if fault == "no writing":
        output.parent.mkdir()
        (output.parent / ".01.running.ipynb").mkdir()
    else:
        earlier = output.parent
    earlier.write_text("earlier")
    with pytest.raises(FailedRun, match=rf"{output.parent} \(.*; an earlier output there is as it"):
        execution.execute_notebook(NOTEBOOK, output, {}, values={})
    assert earlier.read_text() == "earlier"


SURVEY = {"economy": "KAZ", "first_year": 2022, "last_year": 2023, "items": [], "design_effect": 2}


def test_a_survey_has_years_of_its_own():
    # The WGI edition of 2023 ends in 2022; the survey does not.
    runs.check_parameters(SURVEY | {"edition": 2023}, survey="bns-trust")
    with pytest.raises(UnknownName, match="no year 2023"):
        runs.check_parameters(SURVEY | {"edition": 2023})


@pytest.mark.parametrize(
    ("wrong", "error", "answer"),
    [
        ({"economy": "UZB"}, NotHeld, "held of KAZ .Kazakhstan., not of UZB"),
        ({"first_year": 1996, "last_year": 2003}, NotHeld, "no comparable.*It has 2016, 2019"),
        ({"first_year": 2016, "last_year": 2019}, NotHeld, "has 1 comparable"),
        ({"items": ["polise"]}, UnknownName, "Did you mean police"),
        ({"items": ["courts"]}, BadParameter, "wave 2022 asked about none; it has prosecutor"),
    ],
)
def test_what_a_survey_does_not_hold_is_answered_with_what_it_does(wrong, error, answer):
    with pytest.raises(error, match=answer):
        runs.check_parameters(SURVEY | wrong, survey="bns-trust")


def test_notebooks_of_surveys_that_are_not_held_are_left_out_and_named():
    notebooks = runs.find_notebooks()
    covered, reasons = runs.leave_out_uncovered(notebooks, {"economy": "UZB"})
    assert NOTEBOOK in covered
    assert {path.stem for path in reasons} >= {"02-trust-in-law-enforcement", "05-basic-values"}
    assert all("not of UZB" in reason for reason in reasons.values())
    assert runs.leave_out_uncovered(notebooks, {"economy": "KAZ"}) == (notebooks, {})
    with pytest.raises(UnknownName, match="Did you mean KAZ"):
        runs.leave_out_uncovered(notebooks, {"economy": "Kazakstan"})


def test_a_survey_notebook_runs_for_other_waves_bodies_and_economies(tmp_path):
    options = "--first-year 2016 --last-year 2024 --items police,courts --design-effect 3"
    done = govlib_command(
        "run", "02-trust-in-law-enforcement", *options.split(), "--figures-dir", str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    numbers = json.loads((tmp_path / "2023/KAZ/02-trust-in-law-enforcement.json").read_text())
    assert {row["wave"] for row in numbers["fully_agree"]} == {"2019", "2024-10"}
    assert {row["item"] for row in numbers["fully_agree"]} == {"police", "courts"}
    assert 'only in 2019: "Never encountered"' in numbers["caption"]
    done = govlib_command(
        "run", "05-basic-values", "--economy", "KGZ", "--figures-dir", str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "2023/KGZ").iterdir())) == 6
    numbers = json.loads((tmp_path / "2023/KGZ/05-basic-values.json").read_text())
    assert "Kyrgyz" in numbers["caption"] and "ranges (Kazakhstan)" in numbers["caption"]


def test_the_caption_of_ranks_counts_the_economies_that_were_ranked(tmp_path):
    options = ["--economy", "KGZ", "--first-year", "2003", "--last-year", "2022"]
    done = govlib_command("run", "04-participation", *options, "--figures-dir", str(tmp_path))
    assert done.returncode == 0, done.stderr
    numbers = json.loads((tmp_path / "2023/KGZ/04-participation-standing.json").read_text())
    ranked = {row["ranked"] for row in numbers["standings"]}
    assert f"among {min(ranked)}–{max(ranked)} economies" in numbers["caption"]


def test_a_survey_notebook_that_is_asked_for_by_name_is_refused_where_it_is_not_held(tmp_path):
    done = govlib_command("run", "02-trust-in-law-enforcement", "--economy", "UZB")
    assert done.returncode == 1
    assert "not of UZB" in done.stderr


def test_a_name_that_papermill_injected_and_no_cell_declares_is_refused():
    declared = 'economy: str = "KAZ"\nedition: int = 2023'
    injected = '# Parameters\neconmy = "UZB"\nedition = 2024\n'
    with pytest.raises(UnknownName, match=r"econmy\. Did you mean economy\? Accepted: economy"):
        runs.check_parameters(GOOD | {"econmy": "UZB", "In": ["", declared, injected, "%magic"]})
    runs.check_parameters(GOOD | {"In": ["", declared, "# Parameters\nedition = 2024\n"]})


def test_every_notebook_declares_parameters_that_the_makefile_passes():
    makefile = (catalog.project_folder() / "Makefile").read_text()
    [line] = [line for line in makefile.splitlines() if line.startswith("PARAMETERS :=")]
    assert [word.lower() for word in line.split()[2:]] == list(runs.PARAMETERS)
    notebooks = runs.find_notebooks()
    assert NOTEBOOK in notebooks
    for notebook in notebooks:
        declared = runs.read_parameters(notebook)
        assert {"economy", "edition", "language", "figures_dir"} <= declared.keys()
        for name, value in declared.items():
            assert type(value) is runs.PARAMETERS[name][0]


def test_make_passes_the_language_asked_for_and_not_that_of_the_desktop():
    command = ["make", "--dry-run", "reproduce"]
    given = {"cwd": catalog.project_folder(), "capture_output": True, "text": True, "check": True}
    desktop = os.environ | {"LANGUAGE": "en_US:en"}
    assert "--language" not in subprocess.run(command, env=desktop, **given).stdout
    asked = subprocess.run([*command, "LANGUAGE=kk"], env=desktop, **given).stdout
    assert '--language "$LANGUAGE"' in asked


def test_notebooks_are_found_by_name_and_misspelt_ones_answered():
    assert runs.find_notebooks(["01-effectiveness-and-voice"]) == [NOTEBOOK]
    assert runs.find_notebooks([str(NOTEBOOK)]) == [NOTEBOOK]
    with pytest.raises(UnknownName, match="Did you mean 01-effectiveness-and-voice"):
        runs.find_notebooks(["01-efectiveness-and-voice"])


def test_a_parameter_that_no_notebook_declares_is_refused():
    with pytest.raises(UnknownName, match=r"econmy.*Did you mean economy.*edition .int, WGI"):
        runs.plan_runs([NOTEBOOK], {"econmy": "KAZ"})


def write_notebook(path, *cells):
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.metadata["language_info"] = {"name": "python"}
    first = nbformat.v4.new_code_cell('economy: str = "KAZ"', metadata={"tags": ["parameters"]})
    notebook.cells = [first, *(nbformat.v4.new_code_cell(cell) for cell in cells)]
    nbformat.write(notebook, path)
    return path


def test_a_failing_cell_is_named_and_yesterdays_result_stands(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "project_folder", lambda: tmp_path)
    good = write_notebook(tmp_path / "one.ipynb", "economy")
    output = runs.run_notebook(good, {"economy": "UZB"}, progress=False)
    assert output == tmp_path / "build/all/UZB/one.ipynb"
    before = output.read_bytes()
    bad = write_notebook(tmp_path / "one.ipynb", "economy", "1 / 0")
    with pytest.raises(
        FailedRun, match=r"(?s)one.ipynb failed in cell \d \(In \[4\], line 1\): 1 / 0.*ZeroDiv"
    ) as e:
        runs.run_notebook(bad, {"economy": "UZB"}, progress=False)
    assert output.read_bytes() == before
    partial = output.with_name("one.failed.ipynb")
    assert str(partial) in str(e.value)
    assert partial.exists()


def test_the_default_run_gives_the_committed_figures(tmp_path):
    done = govlib_command("run", "--figures-dir", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "executed: build/2023/KAZ/01-effectiveness-and-voice.ipynb" in done.stdout
    committed = catalog.project_folder() / "figures/2023/KAZ"
    made = {path.name: path.read_bytes() for path in (tmp_path / "2023/KAZ").iterdir()}
    kept = {path.name: path.read_bytes() for path in committed.iterdir()}
    # A notebook's files bear its name, with a word more where it draws several figures.
    stems = {Path(name).stem for name in made}
    assert len(made) == 6 * len(stems)
    notebooks = [notebook.stem for notebook in runs.find_notebooks()]
    assert set(notebooks) <= stems
    assert all(stem.startswith(tuple(notebooks)) for stem in stems)
    assert sorted(made) == sorted(kept)
    for name, content in made.items():
        assert content == kept[name], name


@pytest.mark.parametrize(
    "options",
    [
        "--economy UZB --edition 2024 --first-year 2019 --last-year 2023",
        "--economy KAZ --edition 2025 --dimensions ge",
        "--economy ANT",
        "--economy SSD --first-year 2005 --dimensions va,pv,ge,rq,rl,cc",
        "--economy KAZ --first-year 1996 --last-year 2003",
        "--economy NCL --edition 2025 --first-year 2023 --last-year 2024",
    ],
)
def test_it_runs_for_other_economies_editions_and_years(tmp_path, options):
    done = govlib_command("run", *options.split(), "--figures-dir", str(tmp_path))
    assert done.returncode == 0, done.stderr
    for notebook in runs.find_notebooks():
        made = [path for path in tmp_path.rglob(f"{notebook.stem}.*") if path.stat().st_size]
        # One whose survey is not held of the economy or years is named and left out.
        left_out = f"not run: {notebook.name}: " in done.stdout
        assert len(made) == (0 if left_out else 6), notebook.stem
    # What is saved as plotted, and what the caption names, is what is drawn.
    for path in tmp_path.rglob("03-position-among-peers-change.csv"):
        asked = json.loads(path.with_suffix(".json").read_text("utf-8"))["parameters"]["dimensions"]
        assert set(pd.read_csv(path)["dimension"]) == set(asked)


@pytest.mark.parametrize(
    ("arguments", "answers"),
    [
        (["--econmy", "UZB"], ["No such option '--econmy'", "--economy", "--edition INTEGER"]),
        (["--edition", "soon"], ["'soon' is not a valid integer", "--edition INTEGER"]),
        (["--edition", "2030"], ["edition 2030 is not held; held: 2019"]),
        (["--economy", "Kazakstan"], ["Did you mean KAZ (Kazakhstan)?"]),
        (["--first-year", "2022", "--last-year", "2018"], ["2022 is not before last_year = 2018"]),
        (["--dimensions", "ge,vaa"], ["Did you mean va"]),
        (["--language", "xx"], ["language = 'xx' is not known", "kk (Kazakh)"]),
        (
            ["07-nothing"],
            ["There is no notebook '07-nothing'; there are: 00-explore, 01-effectiveness"],
        ),
    ],
)
def test_the_command_refuses_before_any_cell_runs(tmp_path, arguments, answers):
    done = govlib_command("run", *arguments, "--figures-dir", str(tmp_path / "figures"))
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "Executing" not in done.stderr
    for answer in answers:
        assert answer in done.stderr
    assert not (tmp_path / "figures").exists()


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["-p", "econmy", "UZB"], "Unknown parameter: econmy. Did you mean economy?"),
        (["-p", "country", "UZB"], "Unknown parameter: country. Accepted: economy (str"),
        (["-p", "economy", "UZZ"], "Did you mean UZB"),
        (["-p", "edition", "2030"], "edition 2030 is not held"),
        (["-p", "dimensions", "ge"], "list is needed"),
    ],
)
def test_plain_papermill_is_stopped_by_the_check_cell(tmp_path, arguments, answer):
    # papermill alone warns of an unknown parameter and exits 0.
    done = papermill_command(tmp_path, *arguments)
    assert done.returncode != 0
    assert answer in done.stderr
    assert not (tmp_path / "figures").exists()


def test_plain_papermill_runs_with_good_parameters(tmp_path):
    done = papermill_command(tmp_path, "-p", "economy", "UZB", "-y", "{dimensions: [rl]}")
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "figures/2023/UZB").iterdir())) == 6


def test_the_claims_are_printed():
    done = govlib_command("claims", "--edition", "2024")
    assert done.returncode == 0, done.stderr
    assert "WGI edition 2024" in done.stdout
    assert "C2   differs" in done.stdout
    assert govlib_command("claims", "--edition", "2030").returncode == 1


@pytest.mark.parametrize("kind", ["md", "csv", "json", "tex", "docx"])
def test_the_claims_are_written_in_every_format(tmp_path, kind):
    output = tmp_path / f"claims.{kind}"
    done = govlib_command("claims", "--format", kind, "--output", str(output))
    assert done.returncode == 0, done.stderr
    assert output.stat().st_size > 500
    done = govlib_command("claims", "--format", "pdf", "--output", str(output))
    assert done.returncode == 2
    assert "'pdf' is not one of 'md', 'csv', 'json', 'tex', 'html', 'docx'" in done.stderr


def test_claims_that_cannot_be_written_are_answered_in_a_line(tmp_path):
    done = govlib_command("claims", "--format", "md", "--output", str(tmp_path))
    assert done.returncode == 1
    assert f"{tmp_path} cannot be written (Is a directory)" in done.stderr
    assert "Traceback" not in done.stderr


def make(*arguments, **environment):
    return subprocess.run(
        ["make", "-n", *arguments],
        capture_output=True,
        text=True,
        cwd=catalog.project_folder(),
        env=os.environ | environment,
    )


def test_make_passes_parameters_as_they_are_and_refuses_a_misspelt_one():
    done = make("reproduce", "ECONOMY=UZB", "FIRST_YEAR=2019")
    assert 'govlib run --economy "$ECONOMY"  --first-year "$FIRST_YEAR"' in done.stdout
    done = make("reproduce", "ECONOMI=UZB")
    assert done.returncode != 0
    assert "Unknown variable: ECONOMI. Accepted: ECONOMY" in done.stderr
    assert not (Path(catalog.project_folder()) / "figures/ECONOMI").exists()


def test_equal_runs_give_equal_notebooks_that_say_what_was_run(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "project_folder", lambda: tmp_path)
    notebook = write_notebook(tmp_path / "one.ipynb", "print(economy)", "1 / 1")
    contents = []
    for _ in range(2):
        output = runs.run_notebook(notebook, {"economy": "UZB"}, progress=False)
        executed = nbformat.read(output, as_version=4)
        for name in execution.VARYING:
            assert executed.metadata.papermill.pop(name)
        contents.append(nbformat.writes(executed))
    assert contents[0] == contents[1]
    stamp = executed.metadata["govlib"]
    assert stamp.parameters == {"economy": "UZB"}
    assert stamp.data["wgi-2023"] == catalog.find_edition(2023)["hash"].removeprefix("sha256:")
    assert {"python", "pandas", "matplotlib", "govlib"} <= stamp.software.keys()
    assert set(stamp.code) == {"commit", "uncommitted_changes"}
    assert str(tmp_path) not in contents[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is not a notebook that can be run"),
        ("{", "is not a notebook that can be run"),
        ('{"a": 1}', "is not a notebook that can be run"),
        ('{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "cells is no list"),
        ('{"worksheets": [], "nbformat": 3, "nbformat_minor": 0, "metadata": {}}', "KeyError: 'ce"),
    ],
)
def test_what_is_no_notebook_is_refused_by_name(tmp_path, content, said):
    (tmp_path / "one.ipynb").write_text(content)
    with pytest.raises(BadFile, match=rf"one\.ipynb .*{said}"):
        runs.plan_runs([tmp_path / "one.ipynb"], {})


def test_a_kernel_that_is_not_installed_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "project_folder", lambda: tmp_path)
    notebook = write_notebook(tmp_path / "one.ipynb", "1")
    notebook.write_text(notebook.read_text().replace('"python3"', '"ir"'))
    with pytest.raises(FailedRun, match="asks for the kernel 'ir', which is not installed"):
        runs.run_notebook(notebook, {"economy": "UZB"}, progress=False)
    content = json.loads(notebook.read_text())
    del content["metadata"]["kernelspec"]
    notebook.write_text(json.dumps(content))
    with pytest.raises(
        BadFile, match=r"\(ValueError: No kernel name .*choose a kernel and save it"
    ):
        runs.run_notebook(notebook, {"economy": "UZB"}, progress=False)
    content["cells"] = content["cells"][-1:]  # no parameters either
    notebook.write_text(json.dumps(content))
    with pytest.raises(BadFile, match=r"one\.ipynb names no kernel: open it in JupyterLab"):
        runs.run_notebook(notebook, {}, progress=False)


def test_a_notebook_elsewhere_is_never_taken_for_one_of_ours(tmp_path):
    ours = catalog.project_folder() / "notebooks/01-effectiveness-and-voice.ipynb"
    found = runs.find_notebooks([str(ours), "notebooks/" + ours.stem, ours.name, ours.stem])
    assert found == [ours] * 4
    with pytest.raises(UnknownName, match="There is no notebook '/nowhere/01-eff"):
        runs.find_notebooks([f"/nowhere/{ours.name}"])
    copy = tmp_path / ours.name
    copy.write_bytes(ours.read_bytes())
    with pytest.raises(BadParameter, match=r"the name of the project's own notebook.*rename"):
        runs.find_notebooks([str(copy)])
    assert runs.find_notebooks([str(copy.rename(tmp_path / "mine.ipynb"))])


@pytest.mark.parametrize(
    ("cell", "line", "what"),
    [
        (
            "a = 1\na / 0  # here",
            "cell 3 (In [4], line 2): a / 0  # here",
            "ZeroDivisionError: div",
        ),
        (
            "import govlib\ngovlib.read_wgi(1900)  # here",
            "cell 3 (In [4], line 2): govlib.read_wgi(1900)  # here",
            "UnknownName: WGI edition 1900 is not held",
        ),
        (
            "import govlib\ndef read():\n    govlib.read_wgi(1900)\nread()  # here",
            "cell 3 (In [4], line 4): read()  # here",
            "UnknownName: WGI edition 1900 is not held",
        ),
        ("import os\nfor x", "cell 3 (In [4], line 2): for x", "SyntaxError: "),
        ("import sys\nsys.exit()", "cell 3 (In [4], line ", "(SystemExit): what follows was not"),
        ("import time\ntime.sleep(60)", "cell 3 (In [4], line 1): import", "longer than 2 s"),
        ("import os\nos._exit(1)", "cell 3 (In [", "The kernel died"),
    ],
)
def test_a_failure_says_cell_line_and_error_in_three_lines(tmp_path, monkeypatch, cell, line, what):
    monkeypatch.setattr(runs, "project_folder", lambda: tmp_path)
    notebook = write_notebook(tmp_path / "one.ipynb", "1", cell)
    with pytest.raises(FailedRun) as failure:
        runs.run_notebook(notebook, {"economy": "UZB"}, progress=False, seconds=2)
    first, second, third = str(failure.value).splitlines()
    assert first.startswith(f"one.ipynb failed in {line}")
    assert what in second
    assert third.endswith("build/all/UZB/one.failed.ipynb")
    assert nbformat.read(third.split()[-1], as_version=4).cells
    assert [path.name for path in (tmp_path / "build/all/UZB").iterdir()] == ["one.failed.ipynb"]
