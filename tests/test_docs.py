"""What the documentation tells a reader to type works, and prints what it says.

``python tests/test_docs.py`` writes docs/reference.md anew.
"""

import contextlib
import inspect
import io
import os
import re
import shlex
import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
import yaml

import govlib
from govlib.cli import cli
from govlib.plot import read_profiles
from govlib.project import project_folder
from govlib.run import notebooks as runs
from govlib.run.parameters import PARAMETERS

ROOT = project_folder()
PAGES = {path.name: path.read_text("utf-8") for path in sorted(ROOT.glob("docs/*.md"))}
README = (ROOT / "README.md").read_text("utf-8")
EVERYTHING = {"README.md": README, **PAGES}


def blocks(text, language):
    """Return the blocks of code of a page."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def lines(text, start):
    """Return the commands of a page that begin with some words."""
    shell = "".join(blocks(text, "bash")).splitlines()
    return [re.split("[#>]", line)[0].strip() for line in shell if line.startswith(start)]


def call(*arguments, cwd=ROOT):
    """Run a program, which finds this checkout wherever it runs."""
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": paths, "MPLBACKEND": "agg"}
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=cwd, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("line", [x for text in EVERYTHING.values() for x in lines(text, "make ")])
def test_make_knows_what_a_reader_types(line):
    call("make", "-n", *shlex.split(line)[1:])


@pytest.mark.parametrize("line", lines(README, ".venv/bin/"))
def test_commands_of_the_readme_work(line, tmp_path):
    program, *arguments = shlex.split(line.removeprefix(".venv/bin/"))
    if program == "papermill":
        arguments[0] = str(ROOT / arguments[0])
    call(sys.executable, "-m", program, *arguments, cwd=tmp_path)


def test_commands_and_options_of_the_pages_exist():
    for line in (line for text in PAGES.values() for line in lines(text, "govlib ")):
        name, *arguments = shlex.split(line)[1:]
        known = {option for one in cli.commands[name].params for option in one.opts}
        assert {word for word in arguments if word.startswith("--")} <= known, line


WITH_OUTPUT = r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?"
PYTHON = [
    (page, code, printed)
    for page, text in EVERYTHING.items()
    for code, printed in re.findall(WITH_OUTPUT, text, re.DOTALL)
]


@pytest.mark.parametrize(("page", "code", "printed"), PYTHON, ids=[one[0] for one in PYTHON])
def test_python_works_and_prints_what_is_shown(page, code, printed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plt.close("all")
    with contextlib.redirect_stdout(io.StringIO()) as told:
        exec(code, {})
    plt.close("all")
    assert not printed or told.getvalue().rstrip() == printed.rstrip()


def test_the_verdicts_that_the_readme_shows_are_those_that_are_printed():
    shown, *_ = blocks(README, "text")
    told = call(sys.executable, "-m", "govlib", "claims")
    printed = [line.split() for line in told.splitlines()]
    assert len(shown.splitlines()) == 6
    assert [line for line in shown.splitlines() if line.split() not in printed] == []


SUBJECTS = ("wgi", "economies", "surveys", "rankings", "sources", "stats", "plot", "claims")


def reference():
    """Write the page that lists all public functions by subject, from their docstrings."""
    text = (
        "# Reference\n\nAll public functions by subject; `help(gov.wgi.read)` gives columns, units,"
    )
    text += " ranges and errors. Made from the docstrings by `python tests/test_docs.py`.\n"
    for subject in ("", *SUBJECTS):
        module = getattr(govlib, subject) if subject else govlib
        prefix = f"gov.{subject}." if subject else "gov."
        about = inspect.getdoc(module).splitlines()[0]
        text += f"\n## {prefix.rstrip('.')}\n\n{about}\n\n| function | does |\n|---|---|\n"
        for name in sorted(module.__all__):
            one = getattr(module, name)
            if inspect.isfunction(one):
                bare = inspect.Parameter.empty
                taken = inspect.signature(one).parameters.values()
                short = [p.replace(default=bare, annotation=bare) for p in taken]
                shape = inspect.Signature(sorted(short, key=lambda p: p.kind))
                does = inspect.getdoc(one).splitlines()[0]
                text += f"| `{prefix}{name}{shape}` | {does} |\n"
    return text


def test_the_reference_says_what_the_docstrings_say():
    assert PAGES["reference.md"] == reference()


def test_the_functions_that_the_pages_name_exist():
    for page, text in EVERYTHING.items():
        for name in re.findall(r"\bgov\.([a-z_]+(?:\.\w+)?)", text):
            found = govlib
            for part in name.split("."):
                assert hasattr(found, part), f"{page}: gov.{name}"
                found = getattr(found, part)


def test_the_readme_and_the_pages_list_what_there_is():
    for notebook in runs.find_notebooks():
        assert f"[{notebook.stem}](../notebooks/{notebook.name})" in PAGES["reruns.md"]
    assert [name for name in PARAMETERS if f"`{name}`" not in PAGES["reruns.md"]] == []
    editions = govlib.wgi.editions()
    assert f"{editions[0]} to {editions[-1]}" in PAGES["reruns.md"]
    assert [name for name in read_profiles() if f"`{name}`" not in PAGES["figures.md"]] == []
    surveys = (
        name.replace("wvs7-", "-").replace("-kaz", "wvs7-kaz") for name in govlib.surveys.names()
    )
    assert [name for name in surveys if f"`{name}`" not in PAGES["surveys.md"]] == []


def test_versions_agree():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert cited["version"] == govlib.__version__
    assert re.findall(r"^## (\S+)", changes, re.MULTILINE)[0] == govlib.__version__


@pytest.mark.parametrize("page", [*EVERYTHING, "CHANGELOG.md", "CONTRIBUTING.md"])
def test_links_between_documents_lead_somewhere(page):
    path = ROOT / "docs" / page if page in PAGES else ROOT / page
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


if __name__ == "__main__":
    (ROOT / "docs" / "reference.md").write_text(reference(), "utf-8")
