"""The commands, and what a reader asks a notebook's kernel: help and completion."""

import os
import pydoc
import subprocess

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import govlib
from govlib.project import project_folder


@pytest.mark.parametrize(
    ("arguments", "answers"),
    [
        (["--econmy", "UZB"], ["No such option '--econmy'", "Accepted: notebooks, --economy"]),
        (["--edition", "soon"], ["'soon' is not a valid integer", "--edition"]),
        (["--edition", "2030"], ["edition 2030", "2019"]),
        (["--economy", "Kazakstan"], ["Did you mean KAZ (Kazakhstan)?"]),
        (["--economy", "../outside"], ["'../outside'"]),
        (["--first-year", "2022", "--last-year", "2018"], ["2022 is not before last_year = 2018"]),
        (["--dimensions", "ge,vaa"], ["Did you mean va"]),
        (["--language", "xx"], ["language = 'xx'", "kk (Kazakh)"]),
        (["07-nothing"], ["no notebook '07-nothing'; there are: 00-explore, 01-effectiveness"]),
        (["02-trust-in-law-enforcement", "--economy", "UZB"], ["UZB"]),
    ],
)
def test_run_answers_a_mistake_before_any_cell_runs(govlib_command, tmp_path, arguments, answers):
    done = govlib_command("run", *arguments)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    for answer in answers:
        assert answer in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_notebooks_are_copied_edited_and_run_in_an_empty_folder(govlib_command, tmp_path):
    done = govlib_command("notebooks", "mine")
    assert done.returncode == 0, done.stderr
    copy = tmp_path / "mine/04-participation.ipynb"
    copy.write_text(copy.read_text().replace("govlib", "no_such_package", 1))
    done = govlib_command("run", "mine/04-participation.ipynb", "--economy", "kgz")
    assert "1 of 1: 04-participation.ipynb economy=KGZ" in done.stdout
    assert govlib_command("notebooks", "mine").returncode == 1


def test_the_claims_are_printed(govlib_command):
    done = govlib_command("claims", "--edition", "2024")
    assert done.returncode == 0, done.stderr
    assert "WGI edition 2024" in done.stdout
    assert "\nC2    explained" in done.stdout
    small = ["claims", "--ledger", "uzbekistan"]
    plain, detailed = (govlib_command(*small, *more).stdout for more in ([], ["--details"]))
    assert 0 < len(plain) < len(detailed)
    done = govlib_command("claims", "--economy", "uzb")
    assert "about KAZ: for UZB none is judged" in done.stdout
    assert "not checkable" not in done.stdout
    assert govlib_command("claims", "--edition", "2030").returncode == 1


@pytest.mark.parametrize("kind", ["md", "csv", "docx", "jsonld"])
def test_the_claims_are_written_in_a_format(govlib_command, tmp_path, kind):
    output = tmp_path / f"claims.{kind}"
    done = govlib_command("claims", "--ledger", "uzbekistan", "--output", str(output))
    assert done.returncode == 0, done.stderr
    assert output.stat().st_size > 500
    if kind in ("md", "jsonld"):  # who is cited, and the tally
        written = output.read_text("utf-8")
        assert "Uzbekistan" in written
        assert kind == "jsonld" or "6 statements: 6 reproduced." in written


def test_a_format_that_there_is_not_is_refused(govlib_command, tmp_path):
    done = govlib_command("claims", "--format", "pdf", "--output", str(tmp_path / "a.pdf"))
    assert done.returncode == 2
    assert "'pdf' is not one of 'md', 'csv', 'json', 'tex', 'html', 'docx'" in done.stderr


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("economies", "KAZ: Kazakhstan"),
        ("groups", "visegrad Visegrád Group: CZE HUN POL SVK"),
        ("editions", "2019"),
        ("surveys", f"bns-trust: {govlib.surveys.info('bns-trust')['title']}"),
        ("rankings", "cpi"),
        ("profiles", "nature-single"),
        ("notebooks", "07-claims"),
        ("ledgers", "georgia"),
    ],
)
def test_what_is_included_is_listed(govlib_command, what, line):
    done = govlib_command("list", what)
    assert done.returncode == 0
    assert line in done.stdout.splitlines()


def make(*arguments, **environment):
    given = {"cwd": project_folder(), "env": os.environ | environment}
    return subprocess.run(["make", "-n", *arguments], capture_output=True, text=True, **given)


def test_make_passes_what_it_is_given_to_govlib_which_names_a_misspelt_one():
    done = make("reproduce", "ECONOMY=UZB", "FIRST_YEAR=2019").stdout
    assert '--economy "$ECONOMY"' in done and '--first-year "$FIRST_YEAR"' in done
    assert 'govlib run --economi "$ECONOMI"' in make("reproduce", "ECONOMI=UZB").stdout
    # The language asked for, not that of the desktop.
    assert "--language" not in make("reproduce", LANGUAGE="en_US:en").stdout
    asked = make("reproduce", "LANGUAGE=kk", LANGUAGE="en_US:en").stdout
    assert '--language "$LANGUAGE"' in asked


def complete(text):
    """Return what Tab offers after a text."""
    shell = InteractiveShell.instance()
    shell.user_ns["govlib"] = govlib
    shell.user_ns["names"] = govlib.economies.names()
    with provisionalcompleter():
        return {found.text for found in shell.Completer.completions(text, len(text))}


def test_help_answers_with_columns_units_and_ranges():
    text = pydoc.plain(pydoc.render_doc(govlib.wgi.read))
    for words in ("read(edition", "standard deviations from", "0 to 100", "Raises"):
        assert words in text.replace("(\n    ", "(")  # Python 3.13 gives each parameter a line


@pytest.mark.parametrize(
    ("typed", "offered"), [("govlib.wg", "wgi"), ("govlib.plot.tr", "trend"), ('names["KA', "KAZ")]
)
def test_tab_completes_functions_and_economies(typed, offered):
    assert any(offered in text for text in complete(typed)), complete(typed)
