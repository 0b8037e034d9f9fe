"""What importing the package costs, and that every public name is there."""

import subprocess
import sys

import govlib


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
