"""The gallery: every plot with the lines that make it and what its picture says first.

The lines stand in docs/gallery.md; ``python tests/plot/test_gallery.py`` writes the rest anew.
"""

import inspect
import re

import matplotlib.pyplot as plt
import pytest

import govlib
from govlib import plot
from govlib.project import project_folder

PAGE = project_folder() / "docs" / "gallery.md"
SECTION = re.compile(r"\n## (\w+)\n\n.*?\n\n```py\n(.*?)\n```\n\n> [^\n]*", re.DOTALL)
LINES = dict(SECTION.findall(PAGE.read_text("utf-8")))


def section(name, code):
    """Draw a plot by its lines; return its part of the page."""
    plt.close("all")
    there = {"gov": govlib}
    exec(code, there)
    text = plot.describe(there.get("fig") or there["ax"]).alternative_text
    does = inspect.getdoc(getattr(plot, name)).splitlines()[0]
    first = re.split(r"(?<=\.) (?=[A-Z])", text)[0]
    return f"\n## {name}\n\n{does}\n\n```py\n{code}\n```\n\n> {first}"


@pytest.mark.parametrize("name", LINES)
def test_the_lines_of_the_gallery_draw_what_it_says(name):
    assert section(name, LINES[name]) in PAGE.read_text("utf-8")


def test_every_plot_is_in_the_gallery():
    taken = {name: inspect.signature(getattr(plot, name)).parameters for name in plot.__all__}
    assert {name for name, names in taken.items() if "options" in names} == set(LINES)
    assert len(LINES) == PAGE.read_text("utf-8").count("\n## ")
    assert max(code.count("\n") for code in LINES.values()) <= 2


if __name__ == "__main__":
    text = SECTION.sub(lambda found: section(*found.groups()), PAGE.read_text("utf-8"))
    PAGE.write_text(text, "utf-8")
