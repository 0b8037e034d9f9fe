"""The gallery: every plot with the lines that make it and what its picture says first.

``python tests/plot/test_gallery.py`` writes docs/gallery.md anew.
"""

import inspect
import re

import matplotlib.pyplot as plt
import pytest

import govlib
from govlib import plot
from govlib.project import project_folder

PAGE = project_folder() / "docs" / "gallery.md"
PEERS = 'economies=gov.economies.members("article")'
SEVERAL = f"gov.wgi.read(2023, {PEERS}, "
TRUST = 'gov.surveys.read("bns-trust", waves=["2022", "2023-10"], items=["police", "prosecutor"])'
LABELS = 'gov.surveys.labels("bns-trust"))'
WITH_ENDS = (
    'table = gov.stats.add_share_interval(trust.fillna({"respondents": 18005}), design_effect=2)'
)
OWN = '"KAZ", names=gov.economies.names()'
PANELS = "fig, ax = gov.plot.figure(panel_height=gov.plot.height_of_list({}))"
FIGURE = "fig, ax = gov.plot.figure()"
FIT = "scores, _ = gov.sources.simulate(2023, [f'C{i:02d}' for i in range(60)], [2018, 2022])"
STACK = "gov.stats.stack_editions(gov.wgi.read(e, economies='KAZ', dimensions='ge') for e in {})"
AXIS = 'axis="E-Participation Index, 2022 (0 to 1)"'
LINES = {
    "trend": [
        'table = gov.wgi.ranked(2023, economies="KAZ", dimensions=["ge", "va"], years="2018-2022")',
        FIGURE,
        "gov.plot.trend(table, names=gov.economies.names(), ax=ax)",
    ],
    "small_trends": [
        f'table = {SEVERAL}dimensions=["ge", "va"], years="2018-2022")',
        f"fig = gov.plot.small_trends(table, highlight={OWN})",
    ],
    "standings": [
        'ends = {"percentile_rank" + end: "percentile" + end for end in ("", "_lower", "_upper")}',
        'table = gov.wgi.read(2023, economies="KAZ", years="2018-2022", dimensions=["ge", "va"])',
        'ax = gov.plot.standings(table.rename(columns={"dimension": "indicator"} | ends))',
    ],
    "intervals": [
        f'table = {SEVERAL}dimensions="ge", years=2022)',
        PANELS.format("len(table)"),
        f"gov.plot.intervals(table, highlight={OWN}, ax=ax)",
    ],
    "changes": [
        f'table = gov.wgi.change({SEVERAL}dimensions="ge"), 2018, 2022)',
        PANELS.format("len(table)"),
        f"gov.plot.changes(table, highlight={OWN}, ax=ax)",
    ],
    "gaps": [
        f'table = gov.stats.gap({SEVERAL}dimensions=["ge", "va"], years=2022))',
        PANELS.format("len(table)"),
        f"gov.plot.gaps(table, highlight={OWN}, ax=ax)",
    ],
    "positions": [
        f'table = gov.stats.league({SEVERAL}dimensions="ge", years=2022))',
        PANELS.format("len(table)"),
        f"gov.plot.positions(table, highlight={OWN}, ax=ax)",
    ],
    "by_dimension": [
        f'table = {SEVERAL}dimensions=["ge", "va"], years=2022)',
        f"fig = gov.plot.by_dimension(table, gov.plot.intervals, highlight={OWN})",
    ],
    "distribution": [
        'table = gov.wgi.ranked(2023, dimensions=["ge", "va"], years=2022)',
        PANELS.format(18),
        f'gov.plot.distribution(table, peers=["EST", "GEO"], highlight={OWN}, ax=ax)',
    ],
    "tiles": [
        'table = gov.wgi.read(2023, dimensions="ge", years=2022)',
        f"fig = gov.plot.tiles(table, highlight={OWN})",
    ],
    "choropleth": [
        'table = gov.wgi.read(2023, dimensions="ge", years=2022)',
        f"fig = gov.plot.choropleth(table, highlight={OWN})",
    ],
    "against": [
        'x = gov.rankings.read("egdi").query("edition == 2022 and measure == \'epi\'")',
        'y = gov.wgi.read(2023, dimensions="va", years=2022)',
        f"ax = gov.plot.against(x, y, {AXIS}, highlight={OWN})",
    ],
    "editions": [
        f"table = {STACK.format('(2021, 2022, 2023)')}",
        "ax = gov.plot.editions(table, names=gov.economies.names())",
    ],
    "by_method": [
        f"table = {STACK.format('(2022, 2023, 2025)')}",
        'fig = gov.plot.by_method(table, table["method"].iloc[0], names=gov.economies.names())',
    ],
    "shares": [
        f"trust = {TRUST}",
        WITH_ENDS,
        'ax = gov.plot.shares(table[table["answer"] == "fully_agree"], names=' + LABELS,
    ],
    "answers": [
        f"table = {TRUST}",
        "ax = gov.plot.answers(table, names=" + LABELS,
    ],
    "share_panels": [
        f"trust = {TRUST}",
        WITH_ENDS,
        'fig = gov.plot.share_panels(dict([*table.groupby("answer")][:2]), order=["police"])',
    ],
    "left_out": [
        FIT,
        'table = gov.sources.drop(scores, "C07", 2018, 2022)',
        'ax = gov.plot.left_out(table, country="A country")',
    ],
    "weights": [
        FIT,
        'table = gov.sources.weights(gov.sources.fit(scores), "C07")',
        'ax = gov.plot.weights(table, country="A country")',
    ],
    "ledger": [
        "table = gov.claims.check(2023)",
        "fig = gov.plot.ledger(table, names=gov.economies.names())",
    ],
}


def first_sentence(name):
    """Draw a plot by its lines; return the first sentence of its alternative text."""
    plt.close("all")
    there = {"gov": govlib}
    exec("\n".join(LINES[name]), there)
    text = plot.describe(there.get("fig") or there["ax"]).alternative_text
    return re.split(r"(?<=\.) (?=[A-Z])", text)[0]


def gallery():
    """Write the page from docstrings, lines and pictures."""
    text = (
        "# Gallery\n\nEvery plot with the lines that make it, after `import govlib as gov`, and "
        "what a reader sees first: the beginning of the picture's\nalternative text, also the "
        "title that it has in the profiles `web` and `slides`. `gov.show(fig)` shows the picture, "
        "`gov.save`\nwrites it ([figures.md](figures.md)). Made by `python "
        "tests/plot/test_gallery.py`.\n"
    )
    for name, lines in LINES.items():
        does, code = inspect.getdoc(getattr(plot, name)).splitlines()[0], "\n".join(lines)
        text += f"\n## {name}\n\n{does}\n\n```py\n{code}\n```\n\n> {first_sentence(name)}\n"
    return text


@pytest.mark.parametrize("name", LINES)
def test_the_lines_of_the_gallery_draw_what_it_says(name):
    page = PAGE.read_text("utf-8").partition(f"\n## {name}\n\n")[2].partition("\n## ")[0]
    does = inspect.getdoc(getattr(plot, name)).splitlines()[0]
    code = "\n".join(LINES[name])
    assert page.strip() == f"{does}\n\n```py\n{code}\n```\n\n> {first_sentence(name)}"


def test_every_plot_is_in_the_gallery():
    taken = {name: inspect.signature(getattr(plot, name)).parameters for name in plot.__all__}
    assert {name for name, names in taken.items() if "options" in names} == set(LINES)
    assert len(LINES) == PAGE.read_text("utf-8").count("\n## ")
    assert max(map(len, LINES.values())) <= 3


if __name__ == "__main__":
    PAGE.write_text(gallery(), "utf-8")
