"""Figures of several editions: what the Axes hold, and what is never on one axis."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

import govlib
from govlib.errors import BadParameter, BadTable


@pytest.fixture(scope="module")
def world():
    return govlib.stats.stack_editions(govlib.wgi.read(e) for e in govlib.wgi.editions())


@pytest.fixture(autouse=True)
def style():
    with plt.style.context("govlib.paper"):
        yield
    plt.close("all")


def select(world, economy="KAZ", dimension="ge", years=(2018, 2022), editions=range(2019, 2026)):
    chosen = world["economy"].eq(economy) & world["dimension"].eq(dimension)
    return world[chosen & world["year"].between(*years) & world["edition"].isin(editions)]


def draw(table, **options):
    fig, ax = plt.subplots(figsize=(3.5, 2.5))
    assert govlib.plot_editions(table, ax=ax, **options) is ax
    fig.canvas.draw()
    return ax


def points(ax):
    """Return what is drawn of each edition: places, values and the ends of the bars."""
    drawn = {}
    for bars in ax.containers:
        line, _, ranges = bars.lines
        ends = [segment[:, 1] for segment in ranges[0].get_segments()] if ranges else None
        x, y = (np.asarray(values, float) for values in (line.get_xdata(), line.get_ydata()))
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
        if measure == "estimate":
            half = 1.64 * rows["standard_error"]
            bounds = rows["estimate"] - half, rows["estimate"] + half
        else:
            bounds = rows["percentile_rank_lower"], rows["percentile_rank_upper"]
        assert np.array(ends) == pytest.approx(np.array(bounds).T)


def test_within_a_year_the_editions_stand_in_the_order_of_their_release(world):
    drawn = points(draw(select(world), measure="percentile_rank"))
    places = [x[np.round(x) == 2018][0] for x, _, _ in drawn.values()]
    assert (np.diff(places) > 0.05).all()
    assert np.abs(np.array(places) - 2018).max() < 0.5


def test_the_sign_change_of_2018_is_seen_at_the_zero_line(world):
    ax = draw(select(world, editions=range(2019, 2025)))
    of_2018 = {edition: y[np.round(x) == 2018][0] for edition, (x, y, _) in points(ax).items()}
    assert {e for e, y in of_2018.items() if y > 0} == {2019, 2020, 2021}
    assert {e for e, y in of_2018.items() if y < 0} == {2022, 2023, 2024}
    assert any(list(line.get_ydata()) == [0, 0] for line in ax.lines)


def test_estimates_of_two_methods_are_refused_and_their_ranks_are_not_joined(world):
    with pytest.raises(BadTable, match=r"differ in method: draw one method, or measure="):
        draw(select(world))
    ax = draw(select(world), measure="percentile_rank")
    new = points(ax)[2025]
    assert new[2] is None
    containers = [bars.lines[0] for bars in ax.containers]
    joining = [line for line in ax.lines if line not in containers and len(line.get_xdata()) > 1]
    joining = [line for line in joining if line.get_color() == "0.55"]
    assert joining
    for line in joining:
        assert not set(np.round(line.get_xdata(), 6)) & set(np.round(new[0], 6))
        assert len(set(np.round(line.get_xdata()))) == 1


def test_editions_differ_by_colour_marker_and_the_method_by_fill(world):
    ax = draw(select(world), measure="percentile_rank")
    lines = {int(bars.get_label()): bars.lines[0] for bars in ax.containers}
    before = [lines[e] for e in range(2019, 2025)]
    assert len({line.get_marker() for line in before}) == 6
    lightness = [sum(to_rgb(line.get_color())) for line in before]
    assert (np.diff(lightness) < 0).all()
    assert all(line.get_markerfacecolor() == line.get_color() for line in before)
    assert lines[2025].get_markerfacecolor() == "white"
    # The same edition looks the same in the panel of its method alone.
    alone = draw(select(world, editions=range(2019, 2025)))
    for bars in alone.containers:
        same = lines[int(bars.get_label())]
        assert bars.lines[0].get_color() == same.get_color()
        assert bars.lines[0].get_marker() == same.get_marker()


def test_years_without_an_estimate_are_shaded_and_named(world):
    ax = draw(select(world, years=(1996, 2003)), measure="percentile_rank")
    assert [round(patch.get_x() + 0.5) for patch in ax.patches] == [1997, 1999, 2001]
    assert ax.get_legend().get_texts()[0].get_text() == "no estimate"
    empty = draw(select(world, economy="ANT", editions=range(2019, 2025)))
    assert len(empty.patches) == 5
    assert not empty.containers
    assert [text.get_text() for text in empty.get_legend().get_texts()] == ["no estimate"]


def test_next_to_nothing_does_not_fill_an_axis_without_intervals(world):
    table = select(world, economy="NCL", dimension="va", years=(2023, 2024))
    ax = draw(table)
    assert np.ptp(table["estimate"]) < 0.01
    assert np.ptp(ax.get_ylim()) == pytest.approx(0.5)
    assert np.ptp(draw(table, measure="percentile_rank").get_ylim()) == pytest.approx(20)


@pytest.mark.parametrize("years", [(2018, 2022), (1996, 2022)])
@pytest.mark.parametrize("measure", ["estimate", "percentile_rank"])
def test_labels_name_the_quantity_and_nothing_leaves_the_canvas(world, years, measure):
    ax = draw(select(world, years=years, editions=range(2019, 2025)), measure=measure)
    unit = {
        "estimate": "Estimate\n(standard normal units)",
        "percentile_rank": "Percentile rank\n(0 to 100)",
    }
    assert ax.get_ylabel() == unit[measure]
    assert ax.get_xlabel() == "Year"
    renderer = ax.figure.canvas.get_renderer()
    legend = ax.get_legend().get_window_extent(renderer)
    assert legend.y1 <= ax.get_window_extent(renderer).y0
    for text in [*ax.get_legend().get_texts(), ax.xaxis.label, ax.yaxis.label]:
        box = text.get_window_extent(renderer)
        assert ax.figure.bbox.x0 <= box.x0 <= box.x1 <= ax.figure.bbox.x1
        assert ax.figure.bbox.y0 <= box.y0 <= box.y1 <= ax.figure.bbox.y1


def test_panels_of_a_figure_may_share_one_legend(world):
    assert draw(select(world), measure="percentile_rank", legend=False).get_legend() is None


def test_the_caption_says_who_what_when_which_method_and_from_where(world):
    caption = govlib.describe_editions(select(world), "Kazakhstan")
    for words in [
        "Government Effectiveness. Kazakhstan, 2018–2022.",
        "in the order of release (2019–2025)",
        "90% intervals (estimate ± 1.64 standard errors",
        "standard errors of edition 2025 are not held",
        "edition 2025, on the method from 2025",
        "World Bank, Worldwide Governance Indicators, editions 2019–2025",
    ]:
        assert words in caption
    one_method = govlib.describe_editions(select(world, editions=[2022, 2023]), "Kazakhstan")
    assert "Open markers" not in one_method
    assert "not held" not in one_method
    gap = govlib.describe_editions(select(world, years=(1996, 2003)), "Kazakhstan")
    assert "no estimate in any edition: 1997, 1999, 2001" in gap
    nothing = govlib.describe_editions(select(world, economy="ANT"), "Netherlands Antilles")
    assert "No estimate of these in the editions 2019–2025" in nothing
    assert "Bars" not in nothing


def test_the_alternative_text_names_bars_only_where_there_are_some(world):
    assert govlib.alternative_text_editions(select(world), "Kazakhstan").startswith(
        "Points with bars, one row of panels"
    )
    bare = select(world, economy="PYF", dimension="va")  # listed in 2025 only, without errors
    for language, start in [("en", "Points, one row"), ("ru", "Точки, ряд"), ("kk", "Нүктелер, ")]:
        text = govlib.alternative_text_editions(bare, "PYF", language=language)
        assert text.startswith(start)


def test_the_current_axes_are_used_by_default(world):
    _, ax = plt.subplots()
    assert govlib.plot_editions(select(world), measure="percentile_rank") is ax


def test_what_cannot_be_drawn_is_refused(world):
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
