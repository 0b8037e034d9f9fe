"""The world as tiles: every economy has a place of its own and the shade of its value."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

import govlib
from govlib import plot
from govlib.errors import BadTable, UnknownName
from govlib.publish.lint import SAVED, lint_figure


def world(edition=2023, **options):
    return govlib.wgi.read(edition, **({"dimensions": "ge", "years": 2022} | options))


@pytest.mark.parametrize("measure", ["estimate", "percentile_rank"])
def test_each_economy_is_a_tile_and_those_without_an_estimate_are_hatched(measure):
    table, names = world(), govlib.economies.names()
    fig = plot.tiles(table, measure=measure, highlight="KAZ", names=names)
    [(ax, panel)] = plot.panels(fig)
    values = ax.collections[0].get_array()
    known = table.dropna(subset="estimate").set_index("economy")[measure]
    assert len(panel.points) == len(known) == values.count()
    codes = {text.get_text(): text.get_position() for text in ax.texts}
    for code, value in known.items():  # each value in the tile with its code
        x, y = (int(place) for place in codes[code])
        assert values[y, x] == value
    hatched = [patch for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_hatch()]
    assert len(hatched) == len(table) - len(known) == 1  # the Netherlands Antilles
    assert {tuple(np.floor(patch.get_xy())) for patch in ax.patches if not patch.get_fill()} == {
        tuple(int(place) for place in codes["KAZ"])
    }
    first = plot.describe(fig).alternative_text.split(". ")[0]
    assert first == "Place of Kazakhstan: Government Effectiveness 89 of 213"
    without = plot.tiles(table, highlight="ANT", names=names).axes[0]
    assert any("(former): no estimate" in text.get_text() for text in without.texts)
    alone = plot.describe(plot.tiles(table)).alternative_text
    assert alone.startswith(f"{(table['estimate'] > 0).sum()} of 213 economies have an estimate")


@pytest.mark.parametrize(
    ("profile", "language"),
    [("nature-single", "kk"), ("springer-single", "ru"), ("slides", "ru"), ("web", "en")],
)
def test_tiles_can_be_saved_for_every_use_in_every_language(profile, language):
    names = govlib.economies.names(language) | {"STP": "x" * 40}
    for edition, own in ((2025, "STP"), (2023, "KAZ")):
        options = {"highlight": own, "names": names, "language": language}
        found = lint_figure(plot.tiles(world(edition), profile=profile, **options))
        failed = found[(found["verdict"] == "failed") & found["check"].isin([*SAVED, "contrast"])]
        assert failed.empty, failed["finding"].tolist()


def test_what_the_table_lacks_is_hatched_and_what_has_no_place_stands_below():
    few = world(economies=["KAZ", "UZB"]).replace({"economy": {"UZB": "QQQ"}})
    [(ax, panel)] = plot.panels(plot.tiles(few))
    assert len([patch for patch in ax.patches if patch.get_hatch()]) == 213
    assert sorted(point.y for point in panel.points) == [3.5, 20.5]
    with pytest.raises(BadTable, match="One year is drawn at a time"):
        plot.tiles(world(years=[2021, 2022]))
    with pytest.raises(UnknownName, match="measure = 'rank' is not known; known: estimate"):
        plot.tiles(few, measure="rank")
