"""What the documentation tells a reader to type works."""

import re
import shlex
import subprocess
import sys

import pytest

import govlib
from govlib.project import project_folder
from govlib.run import notebooks as runs

README = (project_folder() / "README.md").read_text("utf-8")
BASH = [
    line.split("#")[0].strip()
    for block in re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]


def call(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, cwd=project_folder())


@pytest.mark.parametrize("line", [line for line in BASH if line.startswith("make ")])
def test_make_knows_what_the_readme_types(line):
    done = call("make", "-n", *shlex.split(line)[1:])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", [line for line in BASH if line.startswith(".venv/bin/")])
def test_commands_of_the_readme_work(line, tmp_path):
    program, *arguments = shlex.split(line.removeprefix(".venv/bin/"))
    if program == "papermill":
        arguments[1] = str(tmp_path / arguments[1])
        arguments += ["-p", "figures_dir", str(tmp_path)]
    elif arguments[0] == "run":
        arguments += ["--figures-dir", str(tmp_path)]
    done = call(sys.executable, "-m", program, *arguments)
    assert done.returncode == 0, done.stderr


def test_the_python_of_the_readme_works():
    [block] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {}
    exec(block, names)
    assert set(names["table"]["economy"]) == {"KAZ", "UZB"}
    assert len(names["claims"]) >= 5


def test_the_python_of_the_survey_page_works():
    text = (project_folder() / "docs/surveys.md").read_text("utf-8")
    [block] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {"govlib": govlib}
    exec(block, names)
    assert set(names["change"]["last_wave"]) == {"2023-10"}
    assert len(names["bounds"]) == 6
    for name in govlib.surveys.names():
        assert f"`{name}`" in text or f"`-{name.removeprefix('wvs7-')}`" in text


def test_the_readme_lists_every_notebook_parameter_and_edition():
    for notebook in runs.find_notebooks():
        assert f"[{notebook.stem}](notebooks/{notebook.name})" in README
    for name in runs.PARAMETERS:
        assert f"`{name}`" in README
    assert f"{held_editions()[0]} to {held_editions()[-1]}" in README


@pytest.mark.parametrize("path", sorted(project_folder().glob("docs/*.md")), ids=lambda p: p.name)
def test_links_between_documents_lead_somewhere(path):
    for text, folder in [(path.read_text("utf-8"), path.parent), (README, project_folder())]:
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", text):
            assert (folder / target).exists(), target
