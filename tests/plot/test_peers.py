"""One economy among others: what the Axes hold, and what the captions say."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import govlib
from govlib import plot
from govlib.errors import BadTable

PEERS = govlib.economies.members("article")
TWENTY = ["KAZ", *sorted(set(govlib.economies.members("eu")) - {"EST", "MLT"})[:19]]


def read(economies=PEERS, dimensions="ge", years=2022, edition=2023):
    return govlib.wgi.read(edition, economies=economies, dimensions=dimensions, years=years)


def drawn(ax):
    """Return the points of each economy."""
    found = {}
    for bars in ax.containers:
        economies = bars.get_label().split()
        x, y = (
            np.asarray(values, float).reshape(len(economies), -1)[:, :2]
            for values in bars.lines[0].get_data()
        )
        found |= dict(zip(economies, zip(x, y, strict=True), strict=True))
    return found


def apart(ax, texts):
    """Return True if no text covers another."""
    ax.figure.draw_without_rendering()
    boxes = sorted((Text.get_window_extent(t) for t in texts if t.get_text()), key=lambda b: b.y0)
    return all(a.y1 <= b.y0 + 1.5 for a, b in itertools.pairwise(boxes))


@pytest.mark.parametrize("economies", [["KAZ"], PEERS, TWENTY], ids=[1, 11, 20])
def test_intervals_are_drawn_from_the_highest_down(economies):
    table = read(economies)
    _, ax = plot.figure(panel_height=plot.height_of_list(len(economies)))
    plot.intervals(table, highlight="KAZ", names=govlib.economies.names(), ax=ax)
    series = drawn(ax)
    rows = table.sort_values("estimate", ascending=False)
    for i, row in enumerate(rows.to_dict("records")):
        x, y = series[row["economy"]]
        assert (x[0], y[0]) == (pytest.approx(row["estimate"]), i)
    low, high = ax.get_ylim()
    assert low > high  # the first row is on top
    assert apart(ax, ax.get_yticklabels())
    own = ax.containers[-1]
    assert own.get_label() == "KAZ"
    if len(economies) > 1:  # also without colour
        other = ax.containers[0].lines[0]
        assert own.lines[0].get_markerfacecolor() != other.get_markerfacecolor()


def test_an_economy_without_an_estimate_is_listed_at_the_bottom():
    ax = plot.intervals(read(["KAZ", "ANT"]), ax=plot.figure()[1])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["KAZ", "ANT (none)"]
    assert np.isnan(drawn(ax)["ANT"][0]).all()
    assert "Without an estimate: ANT." in plot.describe(ax).caption


def test_positions_are_drawn_best_on_top_and_right_with_their_intervals():
    league = govlib.stats.league(read())
    ax = plot.positions(league, highlight="KAZ", ax=plot.figure()[1])
    for i, row in enumerate(league.sort_values("position").to_dict("records")):
        assert [place[0] for place in drawn(ax)[row["economy"]]] == [row["position"], i]
    left, right = ax.get_xlim()
    assert left > right
    assert ax.get_xlabel() == "Position among 11"
    own = league[league["economy"] == "KAZ"].iloc[0]
    told = f"KAZ position {own['position']} of 11 (90% interval {own['position_lower']:.0f} to"
    assert told in plot.describe(ax).alternative_text
    assumed = govlib.stats.league(read(edition=2025), assumed_error=0.2)
    assert "assumed to be 0.20" in plot.describe(plot.positions(assumed)).caption


@pytest.mark.parametrize("economies", [["KAZ"], PEERS, TWENTY], ids=[1, 11, 20])
def test_slopes_join_two_years_and_names_do_not_cover_each_other(economies):
    table = read(economies, years=[2018, 2022])
    _, ax = plot.figure(profile="nature-single", panel_height=plot.height_of_list(len(economies)))
    plot.slopes(table, highlight="KAZ", ax=ax)
    series = drawn(ax)
    for economy in economies:
        x, y = series[economy]
        assert np.round(x).tolist() == [0, 1]
        assert y == pytest.approx(table.loc[table["economy"] == economy, "estimate"].to_numpy())
    assert len({x[1] for x, _ in series.values()}) == len(economies)  # side by side
    assert {text.get_text() for text in ax.texts} == set(economies)
    leaders = ax.collections[-1].get_segments()
    for text in ax.texts:  # each name's line leads from its estimate
        height = series[text.get_text()][1][1]
        near = [end[1] for start, end in leaders if start[1] == pytest.approx(height)]
        assert text.get_position()[1] in [pytest.approx(end) for end in near]
    assert apart(ax, ax.texts)


def test_a_slope_without_one_year_is_a_point_and_without_both_is_left_out():
    ax = plot.slopes(read(["KAZ", "SSD", "ANT"], years=[2003, 2022]))
    series = drawn(ax)
    assert set(series) == {"KAZ", "SSD"}
    assert np.isnan(series["SSD"][1]).tolist() == [True, False]
    assert ax.get_xlabel() == "Year (none: ANT)"
    assert len(ax.texts) == 2
    text = plot.describe(plot.slopes(read(years=[2018, 2022]), highlight="KAZ")).alternative_text
    assert "KAZ from 0.02 to 0.14" in text or "KAZ from −0.04 to 0.14" in text


def test_the_own_economy_of_the_distribution_has_the_bounds_of_its_rank():
    world = govlib.stats.ranks(read(None))
    ax = plot.distribution(world, highlight="KAZ", names=govlib.economies.names())
    [points] = [line for line in ax.lines if len(line.get_xdata()) > 100]
    assert len(points.get_xdata()) == len(ax.collections[0].get_segments()) == 213
    [bars] = ax.containers
    row = world[world["economy"] == "KAZ"].iloc[0]
    vertical = bars.lines[2][1].get_segments()[0][:, 1]
    assert vertical.tolist() == pytest.approx(
        [row["percentile_rank_lower"], row["percentile_rank_upper"]]
    )
    assert ax.get_ylabel() == "Percentile rank among 213"
    assert [text.get_text() for text in ax.texts] == ["Kazakhstan"]
    gone = plot.distribution(world, highlight="ANT", ax=plot.figure()[1])
    assert not gone.containers
    assert [text.get_text() for text in gone.texts] == ["ANT (none)"]
    assert "ANT: no estimate" in plot.describe(gone).alternative_text


@pytest.mark.parametrize("economy", ["KAZ", "SSD", "DNK", "PRK", "COD"])
def test_the_name_in_the_distribution_covers_no_estimate_on_a_narrow_panel(economy):
    names = govlib.economies.names()
    world = govlib.stats.ranks(read(None))
    fig, axes = plot.figure(columns=3)
    ax = plot.distribution(world, highlight=economy, names=names, ax=axes[0])
    fig.draw_without_rendering()
    [text] = ax.texts
    assert text.get_text().replace("\n", " ") == names[economy]
    box = text.get_window_extent()
    assert ax.bbox.x0 < box.x0 and box.x1 < ax.bbox.x1 and box.y1 < ax.bbox.y1
    known = world.dropna(subset="estimate")
    points = ax.transData.transform(known[["estimate", "percentile_rank"]].to_numpy())
    assert not box.count_contains(points)


@pytest.mark.parametrize("count", [1, 11, 20])
def test_small_trends_share_one_scale_and_one_legend(count):
    economies = list(dict.fromkeys(PEERS + TWENTY))[:count]
    table, names = read(economies, ["ge", "va"], range(2018, 2023)), govlib.economies.names()
    fig = plot.small_trends(table, names=names, highlight="KAZ")
    axes, shown = fig.axes, sorted(table["economy"].unique(), key=lambda code: code != "KAZ")
    assert [ax.get_title().replace("\n", " ") for ax in axes] == [names[e] for e in shown]
    assert len({ax.get_ylim() for ax in axes}) == len({ax.get_xlim() for ax in axes}) == 1
    assert all(ax.get_legend() is None for ax in axes)
    assert [text.get_text().replace("\n", " ") for text in fig.legends[0].get_texts()] == [
        *["Voice and Accountability", "Government Effectiveness", "90% confidence interval"]
    ]
    for ax, economy in zip(axes, shown, strict=True):
        [_, ge] = ax.containers
        expected = table[(table["economy"] == economy) & (table["dimension"] == "ge")]
        assert ge.lines[0].get_ydata() == pytest.approx(expected["estimate"].to_numpy())
    caption = plot.describe(fig).caption
    assert f"Kazakhstan among {len(shown)} economies, 2018–2022." in caption


def test_gaps_say_how_their_errors_are_taken():
    table = read(PEERS, ["ge", "va"])
    names = govlib.economies.names()
    gaps = govlib.stats.gap(table)
    ax = plot.gaps(gaps, highlight="KAZ", names=names, ax=plot.figure()[1])
    described = plot.describe(ax)
    assert "Kazakhstan and peers, 2022." in described.caption
    assert "taken as uncorrelated" in described.caption
    assert "Kazakhstan 1.21 (90% interval 0.76 to 1.66)" in described.alternative_text
    correlated = govlib.stats.gap(table, rho=0.5)
    assert "taken as 0.50" in plot.describe(plot.gaps(correlated)).caption
    new = govlib.stats.gap(read(PEERS, ["ge", "va"], edition=2025), assumed_error=0.2)
    assert "0.20 is assumed" in plot.describe(plot.gaps(new)).caption
    with pytest.raises(BadTable, match=r"lacks gap, .*; stats.gap returns them"):
        plot.gaps(table)


def test_a_caption_counts_the_economies_of_each_dimension_where_they_differ():
    world = govlib.stats.ranks(read(None, ["ge", "va"]))
    options = {"highlight": "KAZ", "names": govlib.economies.names()}
    fig = plot.by_dimension(world, plot.distribution, **options)
    assert plot.describe(fig).caption.startswith(
        "Voice and Accountability (208 economies); Government Effectiveness (213 economies). "
        "Kazakhstan among 213 economies, 2022."
    )
    alone = plot.by_dimension(read(dimensions=["ge", "va"]), plot.intervals)
    assert plot.describe(alone).caption.startswith(
        "Voice and Accountability (11 economies); Government Effectiveness (11 economies), 2022."
    )


def test_what_cannot_be_drawn_is_rejected():
    two = read(years=[2018, 2022])
    for function in (plot.intervals, plot.distribution):
        with pytest.raises(
            BadTable, match="One year is drawn at a time; the table has 2: 2018, 2022"
        ):
            function(govlib.stats.ranks(two))
    with pytest.raises(BadTable, match="lacks position_lower"):
        plot.positions(govlib.stats.ranks(two))
    with pytest.raises(BadTable, match="A slope joins two years; the table has 2022"):
        plot.slopes(read())
    with pytest.raises(BadTable, match="One dimension is drawn at a time"):
        plot.slopes(read(dimensions=["ge", "va"], years=[2018, 2022]))
    for function in (plot.intervals, plot.small_trends):
        with pytest.raises(BadTable, match="27 economies cannot be read side by side"):
            function(read(govlib.economies.members("eu")))
    with pytest.raises(BadTable, match="mixes the editions"):
        plot.intervals(pd.concat([read(), read(edition=2022, years=2021)]))
