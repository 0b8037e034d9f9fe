"""What importing the package costs, and that every public name is there."""

import re
import subprocess
import sys

import pytest

import govlib
from govlib.project import project_folder


def test_importing_govlib_imports_nothing_heavy():
    heavy = ["matplotlib", "seaborn", "wbgapi", "papermill", "pandas", "numpy"]
    code = f"import sys, govlib; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    code = f"""import sys, govlib; govlib.wgi.read(2023)
print([m for m in {heavy[:4]} if m in sys.modules])"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_resolves():
    for name in govlib.__all__:
        assert getattr(govlib, name) is not None
    assert "wgi" in dir(govlib)


def test_git_changes_no_line_ending_on_checkout():
    if not (project_folder() / ".git").exists():
        pytest.skip("no clone")
    command = ["git", "-c", "core.autocrlf=true", "check-attr", "text", "data/wgi/2023.csv"]
    done = subprocess.run(command, cwd=project_folder(), capture_output=True, text=True)
    assert done.stdout == "data/wgi/2023.csv: text: unset\n"


def test_the_tests_that_the_promises_name_exist():
    folder = project_folder()
    named = re.findall(r"`(test_\w+)`", (folder / "docs/security.md").read_text("utf-8"))
    defined = set()
    for path in (folder / "tests").rglob("test_*.py"):
        defined |= set(re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))
    assert len(named) > 25 and [name for name in named if name not in defined] == []
