"""Several editions: what the Axes hold, and what is never on one axis."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

import govlib
from govlib import plot
from govlib.errors import BadParameter, BadTable


@pytest.fixture(scope="module")
def world():
    return govlib.stats.stack_editions(govlib.wgi.read(e) for e in govlib.wgi.editions())


def select(world, economy="KAZ", dimension="ge", years=(2018, 2022), editions=range(2019, 2026)):
    chosen = world["economy"].eq(economy) & world["dimension"].eq(dimension)
    return world[chosen & world["year"].between(*years) & world["edition"].isin(editions)]


def draw(table, **options):
    return plot.editions(table, ax=plot.figure()[1], **options)


def points(ax):
    """Return what is drawn of each edition: places, values and the ends of the bars."""
    drawn = {}
    for bars in ax.containers:
        line, _, ranges = bars.lines
        ends = [segment[:, 1] for segment in ranges[0].get_segments()] if ranges else None
        x, y = (np.asarray(values, float) for values in line.get_data())
        drawn[int(bars.get_label())] = (x, y, ends)
    return drawn


@pytest.mark.parametrize("measure", ["estimate", "percentile_rank"])
def test_every_edition_is_drawn_at_its_years_with_its_interval(world, measure):
    table = select(world, editions=range(2019, 2025))
    drawn = points(draw(table, measure=measure))
    assert list(drawn) == list(range(2019, 2025))
    for edition, (x, y, ends) in drawn.items():
        rows = table[table["edition"] == edition]
        assert np.round(x).tolist() == rows["year"].tolist()
        assert y == pytest.approx(rows[measure].to_numpy())
        half = 1.64 * rows["standard_error"]
        bounds = rows["estimate"] - half, rows["estimate"] + half
        if measure != "estimate":
            bounds = rows["percentile_rank_lower"], rows["percentile_rank_upper"]
        assert np.array(ends) == pytest.approx(np.array(bounds).T)
    places = [x[np.round(x) == 2018][0] for x, _, _ in drawn.values()]
    assert (np.diff(places) > 0.05).all()  # in the order of their release
    assert np.abs(np.array(places) - 2018).max() < 0.5


def test_estimates_of_two_methods_are_rejected_and_their_ranks_are_not_joined(world):
    with pytest.raises(BadTable, match=r"differ in method: draw one method, or measure="):
        draw(select(world))
    ax = draw(select(world), measure="percentile_rank")
    x, _, ends = points(ax)[2025]
    assert ends is None
    joining = [line for line in ax.lines if line.get_color() == "0.55"]
    assert joining
    for line in joining:
        assert not set(np.round(line.get_xdata(), 6)) & set(np.round(x, 6))
        assert len(set(np.round(line.get_xdata()))) == 1


def test_editions_differ_by_colour_marker_and_the_method_by_fill(world):
    ax = draw(select(world), measure="percentile_rank")
    lines = {int(bars.get_label()): bars.lines[0] for bars in ax.containers}
    before = [lines[e] for e in range(2019, 2025)]
    assert len({line.get_marker() for line in before}) == 6
    lightness = [sum(to_rgb(line.get_color())) for line in before]
    assert (np.diff(lightness) < 0).all()
    assert lines[2025].get_markerfacecolor() == "white"
    # The same edition looks the same in the panel of its method alone.
    for bars in draw(select(world, editions=range(2019, 2025))).containers:
        same = lines[int(bars.get_label())]
        assert bars.lines[0].get_color() == same.get_color()
        assert bars.lines[0].get_marker() == same.get_marker()


def test_years_without_an_estimate_are_shaded_and_named(world):
    held = select(world, years=(1996, 2005))  # no WGI of 1997, 1999 and 2001: no gap
    ax = draw(held[held["year"] != 2004], measure="percentile_rank")
    assert [round(patch.get_x() + 0.5) for patch in ax.patches] == [2004]
    assert ax.get_legend().get_texts()[0].get_text() == "no estimate"
    assert "no estimate in any edition: 2004" in plot.describe(ax).caption
    empty = draw(select(world, economy="ANT", editions=range(2019, 2025)))
    assert len(empty.patches) == 5 and not empty.containers
    assert "No estimate of these in the editions 2019–2024" in plot.describe(empty).caption


def test_next_to_nothing_does_not_fill_an_axis_without_intervals(world):
    table = select(world, economy="NCL", dimension="va", years=(2023, 2024))
    assert np.ptp(table["estimate"]) < 0.01
    assert np.ptp(draw(table).get_ylim()) == pytest.approx(0.5)
    assert np.ptp(draw(table, measure="percentile_rank").get_ylim()) == pytest.approx(20)


def test_the_caption_says_which_method_and_from_where(world):
    names = {"KAZ": "Kazakhstan"}
    ax = draw(select(world), measure="percentile_rank", names=names, notes="And more.")
    for text in [
        "Government Effectiveness. Kazakhstan, 2018–2022.",
        "in the order of release (2019–2025)",
        "90% intervals (estimate ± 1.64 standard errors",
        "standard errors of edition 2025 are not held",
        "edition 2025, on the method from 2025",
        "World Bank, Worldwide Governance Indicators, editions 2019–2025",
        "And more.",
    ]:
        assert text in plot.describe(ax).caption
    one_method = plot.describe(draw(select(world, editions=[2022, 2023]))).caption
    assert "Open markers" not in one_method and "not held" not in one_method
    bare = select(world, economy="PYF", dimension="va")  # listed in 2025 only, without errors
    assert plot.describe(draw(bare)).alternative_text.startswith("Points, one row of panels")


@pytest.mark.parametrize("profile", ["paper", "nature-single", "slides"])
def test_methods_stand_side_by_side_with_one_legend(world, profile):
    chosen = world["economy"].eq("KAZ") & world["year"].between(2018, 2022)
    table = world[chosen & world["dimension"].isin(["ge", "va"])]
    method = table["method"].iloc[0]
    fig = plot.by_method(table, method, profile=profile, names=govlib.economies.names())
    left, right = fig.axes[::2], fig.axes[1::2]
    assert [ax.get_title().replace("\n", " ") for ax in left] == [
        *["Voice and Accountability", "Government Effectiveness"]
    ]
    assert all("2025" not in [bars.get_label() for bars in ax.containers] for ax in left)
    assert all("2025" in [bars.get_label() for bars in ax.containers] for ax in right)
    assert [text.get_text() for text in fig.legends[0].get_texts()] == [
        str(edition) for edition in range(2019, 2026)
    ]
    described = plot.describe(fig)
    assert "Left: editions" in described.caption
    assert described.caption.count("Kazakhstan") == 1
    fig.draw_without_rendering()
    box, size = fig.get_tightbbox(), fig.get_size_inches()
    assert box.x0 > -0.01 and box.x1 < size[0] + 0.01 and box.y1 < size[1] + 0.01


def test_what_cannot_be_drawn_is_rejected(world):
    with pytest.raises(BadParameter, match="measure = 'score': estimate or percentile_rank"):
        draw(select(world), measure="score")
    kaz = world[world["economy"] == "KAZ"]
    with pytest.raises(BadTable, match="One dimension is drawn at a time; the table has 6"):
        draw(kaz, measure="percentile_rank")
    two = world[world["economy"].isin(["KAZ", "UZB"]) & world["dimension"].eq("ge")]
    with pytest.raises(BadTable, match="One economy is drawn at a time; the table has 2: KAZ, UZB"):
        draw(two, measure="percentile_rank")
    with pytest.raises(BadTable, match="lacks method"):
        draw(govlib.wgi.read(2023, economies="KAZ", dimensions="ge"))
