"""The shape of the package: imports point one way, and importing it costs little."""

import ast
import re
import subprocess
import sys

import pytest

import govlib
from govlib.catalog import project_folder

# What each module may import of the package: only what stands before it.
ALLOWED = {
    "errors": set(),
    "labels": set(),
    "words": {"errors"},
    "ticks": {"words"},
    "files": set(),
    "kinds": {"errors"},
    "catalog": {"errors", "files", "words"},
    "wgi": {"catalog", "errors", "labels"},
    "pages": {"catalog", "errors"},
    "listing": {"errors"},
    "api": {"catalog", "errors", "labels", "layouts", "listing", "pages", "wgi"},
    "transport": {"__version__", "errors", "pages"},
    "fetch": {"api", "catalog", "errors", "files", "listing", "pages", "transport"},
    "compare": {"errors", "labels"},
    "survey_table": {"errors"},
    "survey": {"catalog", "errors", "survey_table", "words"},
    "shares": {"errors", "survey_table"},
    "waves": {"errors", "shares", "survey_table"},
    "panels": set(),
    "survey_figures": {"errors", "panels", "survey_table", "ticks", "words"},
    "figures": {"compare", "errors", "labels", "ticks", "words"},
    "revisions": {"compare", "errors", "labels"},
    "revision_figures": {"compare", "errors", "labels", "revisions", "ticks", "words"},
    "changes": {"compare", "errors"},
    "positions": {"compare", "errors"},
    "gaps": {"compare", "errors", "positions"},
    "trends": {"compare", "errors"},
    "association": {"compare", "errors", "labels"},
    "groups": {"catalog", "errors", "words"},
    "rankings": {"catalog", "errors"},
    "provenance": {"__version__", "catalog", "errors"},
    "profiles": {"errors"},
    "postscript": set(),
    "drawings": {"errors", "postscript"},
    "metadata": {"errors"},
    "texts": set(),
    "copies": {"errors"},
    "fitting": {"copies", "drawings", "errors", "panels", "profiles", "texts"},
    "figure_lint": {"drawings", "errors", "metadata", "profiles"},
    "export": {"catalog", "errors", "files", "fitting", "metadata", "profiles", "provenance"},
    "survey_captions": {"errors", "labels", "survey_figures", "words"},
    "peer_captions": {"compare", "errors", "labels", "words"},
    "peer_figures": {"compare", "errors", "labels", "ticks", "words"},
    "standing_figures": {
        "compare",
        "errors",
        "labels",
        "panels",
        "survey_figures",
        "ticks",
        "words",
    },
    "world": {"catalog", "compare", "wgi"},
    "quantities": {"compare", "errors", "labels", "wgi", "world"},
    "survey_quantities": {"errors", "quantities", "shares", "survey", "survey_table", "waves"},
    "ranking_quantities": {"compare", "errors", "quantities", "rankings"},
    "claims": {
        "catalog",
        "errors",
        "kinds",
        "labels",
        "quantities",
        "ranking_quantities",
        "survey_quantities",
        "wgi",
    },
    "tables": {"errors"},
    "table_export": {
        "catalog",
        "errors",
        "export",
        "metadata",
        "profiles",
        "provenance",
        "tables",
        "words",
    },
    "contact_sheet": {"catalog", "drawings", "errors", "files", "metadata"},
    "whence": {"__version__", "catalog", "errors", "metadata", "provenance", "runs"},
    "claim_figures": {"errors", "ticks", "words"},
    "injection": set(),
    "runs": {
        "catalog",
        "errors",
        "execution",
        "groups",
        "injection",
        "labels",
        "profiles",
        "shares",
        "survey",
        "wgi",
        "words",
    },
    "frames": set(),
    "streams": set(),
    "forked": {"frames"},
    "warm": {
        "catalog",
        "claims",
        "errors",
        "export",
        "figures",
        "forked",
        "provenance",
        "words",
        "world",
    },
    "kernels": {"frames"},
    "engine": {"kernels"},
    "execution": {"catalog", "errors", "provenance"},
    "grid": {
        "catalog",
        "errors",
        "execution",
        "files",
        "groups",
        "kernels",
        "provenance",
        "runs",
        "wgi",
    },
    "gather": {"catalog"},
    "grid_command": {"catalog", "errors", "files", "gather", "grid", "kernels"},
    "report_text": set(),
    "report_figures": set(),
    "report_pages": {"catalog", "files", "report_figures", "report_text", "words"},
    "report": {
        "__version__",
        "catalog",
        "claims",
        "errors",
        "provenance",
        "report_figures",
        "report_pages",
        "report_text",
        "runs",
        "words",
    },
    "layouts": {"errors", "labels", "wgi"},
    "assembly": {"compare", "errors", "labels", "layouts", "wgi"},
    "cells": {"assembly", "catalog", "errors", "labels", "layouts", "wgi"},
    "formats": {"cells", "errors", "layouts", "wgi"},
    "checks": {"catalog", "compare", "errors", "labels", "wgi"},
    "editions": {"catalog", "checks", "errors", "labels", "wgi"},
    "__main__": {
        "__version__",
        "catalog",
        "claims",
        "contact_sheet",
        "editions",
        "errors",
        "fetch",
        "figure_lint",
        "files",
        "formats",
        "grid_command",
        "kernels",
        "pages",
        "report",
        "runs",
        "tables",
        "whence",
    },
    "survey_words": {"errors", "survey_table"},
    "survey_cells": {"errors", "survey_table", "survey_words"},
    "survey_workbooks": {"errors", "survey_cells", "survey_words"},
    "microdata": {"errors", "survey_table"},
    "wvs": {"errors", "microdata"},
    "gap_figures": {"compare", "errors", "peer_figures", "words"},
    "explore_kept": {"catalog"},
    "explore_views": {"catalog", "errors", "explore_kept", "groups", "wgi", "world"},
    "explore_points": {"explore_views", "labels", "words", "world"},
    "explore_choices": {
        "catalog",
        "errors",
        "explore_kept",
        "explore_views",
        "files",
        "groups",
        "labels",
        "runs",
        "wgi",
        "words",
    },
    "explore": {
        "catalog",
        "errors",
        "explore_choices",
        "explore_points",
        "explore_views",
        "runs",
        "words",
    },
    "explore_widgets": {
        "catalog",
        "errors",
        "explore",
        "explore_choices",
        "explore_kept",
        "explore_views",
        "groups",
        "labels",
        "runs",
        "survey",
        "words",
    },
    "survey_files": {"errors", "survey_cells", "survey_words", "survey_workbooks", "transport"},
    "__init__": set(),
}
MODULES = sorted((project_folder() / "govlib").glob("*.py"))


def imported(path):
    """Return the modules of the package that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            if node.module == "govlib":
                found |= {alias.name for alias in node.names}
            elif node.module.startswith("govlib."):
                found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("govlib.")}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_imports_point_one_way_and_modules_stay_small(path):
    assert path.stem in ALLOWED, f"say in ALLOWED what {path.stem} may import"
    assert imported(path) <= ALLOWED[path.stem]
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_public_functions_say_what_they_take_return_and_raise(path):
    for node in ast.parse(path.read_text("utf-8")).body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        text = ast.get_docstring(node)
        assert text, f"{path.stem}.{node.name} has no docstring"


def test_importing_govlib_imports_nothing_heavy():
    heavy = ["matplotlib", "seaborn", "wbgapi", "papermill", "pandas", "numpy"]
    code = f"import sys, govlib; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    code = f"""import sys, govlib; govlib.read_wgi(2023)
print([m for m in {heavy[:4]} if m in sys.modules])"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_resolves():
    for name in govlib.__all__:
        assert getattr(govlib, name) is not None
    assert "read_wgi" in dir(govlib)


def test_contributing_lists_every_module_once_and_imports_point_down_its_list():
    table = (project_folder() / "CONTRIBUTING.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    listed = [(name, n) for n, row in enumerate(rows) for name in re.findall(r"`(\w+)`", row)]
    places = dict(listed)
    assert len(places) == len(listed)
    assert set(places) == {path.stem for path in MODULES} - {"__init__"}
    for path in MODULES:
        for other in imported(path) & set(places):
            assert path.stem == "__init__" or places[path.stem] <= places[other], (path.stem, other)
