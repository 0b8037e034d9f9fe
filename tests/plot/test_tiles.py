"""The world as tiles and as a map: every economy has its place and the shade of its value."""

import itertools
import re

import pytest

import govlib
from govlib import plot
from govlib.errors import BadTable, UnknownName
from govlib.publish.lint import SAVED, lint_figure


def world(edition=2023, **options):
    return govlib.wgi.read(edition, **({"dimensions": "ge", "years": 2022} | options))


def shaded(ax):
    """Return the value of each shape by its corner at the top left, in whole tiles."""
    [mesh] = ax.collections
    corners = [tuple(map(int, path.vertices.min(axis=0))) for path in mesh.get_paths()]
    return dict(zip(corners, mesh.get_array(), strict=True))


@pytest.mark.parametrize("measure", ["estimate", "percentile_rank"])
def test_each_economy_is_a_tile_and_those_without_an_estimate_are_hatched(measure):
    table, names = world(), govlib.economies.names()
    fig = plot.tiles(table, measure=measure, highlight="KAZ", names=names)
    [(ax, panel)] = plot.panels(fig)
    values = shaded(ax)
    known = table.dropna(subset="estimate").set_index("economy")[measure]
    assert len(panel.points) == len(known) == len(values)
    codes = {text.get_text(): tuple(map(int, text.get_position())) for text in ax.texts}
    for code, value in known.items():  # each value in the tile with its code
        assert values[codes[code]] == value
    hatched = [patch for patch in ax.patches if patch.get_hatch()]
    assert len(hatched) == len(table) - len(known) == 1  # the Netherlands Antilles
    outlined = [patch.get_xy().min(axis=0) for patch in ax.patches if not patch.get_fill()]
    assert {tuple(map(int, place)) for place in outlined} == {codes["KAZ"]}
    first = plot.describe(fig).alternative_text.split(". ")[0]
    assert first == "Place of Kazakhstan: Government Effectiveness 89 of 213"
    without = plot.tiles(table, highlight="ANT", names=names).axes[0]
    assert any("(former): no estimate" in text.get_text() for text in without.texts)
    alone = plot.describe(plot.tiles(table)).alternative_text
    assert alone.startswith(f"{(table['estimate'] > 0).sum()} of 213 countries have an estimate")


@pytest.mark.parametrize(
    ("profile", "language"),
    [("nature-single", "kk"), ("springer-single", "ru"), ("slides", "ru"), ("web", "en")],
)
def test_tiles_can_be_saved_for_every_use_in_every_language(profile, language):
    names = govlib.economies.names(language) | {"STP": "x" * 40}
    draws = (plot.tiles, plot.choropleth)
    for draw, (edition, own) in itertools.product(draws, ((2025, "STP"), (2023, "KAZ"))):
        options = {"highlight": own, "names": names, "language": language}
        found = lint_figure(draw(world(edition), profile=profile, **options))
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


def test_on_the_map_a_country_has_its_value_where_it_lies_and_the_small_are_counted():
    table = world()
    names = govlib.economies.names()
    fig = plot.choropleth(table, highlight="KAZ", names=names)
    [(ax, panel)] = plot.panels(fig)
    [mesh] = ax.collections
    shapes = list(zip(mesh.get_paths(), mesh.get_array(), strict=True))
    at = {re.search(r"\((\w{3})\)", point.label)[1]: (point.x, point.y) for point in panel.points}
    estimates = table.set_index("economy")["estimate"]
    for code in ("KAZ", "BRA", "AUS", "LSO"):
        inside = [value for path, value in shapes if path.contains_point(at[code])]
        assert estimates[code] in inside, code
    kazakhstan, india, brazil = (at[code] for code in ("KAZ", "IND", "BRA"))
    assert brazil[0] < 14 < kazakhstan[0] < india[0] + 1  # 14 is Greenwich
    assert kazakhstan[1] < india[1] < 6.8 < brazil[1]  # 6.8 is the equator
    lacking = estimates.count() - len(panel.points)
    assert 30 < lacking < 60
    assert f"too small for the map: {lacking}" in plot.describe(fig).caption
