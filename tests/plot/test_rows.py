"""A row for each economy, and all economies: what the Axes hold, and what the captions say."""

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
@pytest.mark.parametrize("kind", ["intervals", "changes"])
def test_rows_descend_and_are_filled_where_the_own_is_or_zero_is_left_out(kind, economies):
    table, column = read(economies), "estimate"
    if kind == "changes":
        table, column = govlib.wgi.change(read(economies, years=None), 2018, 2022), "change"
    _, ax = plot.figure(profile="nature-single", panel_height=plot.height_of_list(len(economies)))
    getattr(plot, kind)(table, highlight="KAZ", ax=ax)
    rows = table.sort_values(column, ascending=False)
    for i, row in enumerate(rows.to_dict("records")):
        x, y = drawn(ax)[row["economy"]]
        assert (x[0], y[0]) == (pytest.approx(row[column]), i)
    low, high = ax.get_ylim()
    assert low > high  # the first row is on top
    assert [tick.get_text() for tick in ax.get_yticklabels()] == rows["economy"].tolist()
    assert apart(ax, ax.get_yticklabels())
    filled = {
        code: bars.lines[0].get_markerfacecolor() != "white"
        for bars in ax.containers
        for code in bars.get_label().split()
    }
    beyond = rows["economy"] == "KAZ"
    if kind == "changes":
        beyond = (rows["change_lower"] > 0) | (rows["change_upper"] < 0)
        first = f"From 2018 to 2022, {beyond.sum()} of {len(rows)} changes are larger than their"
        assert plot.describe(ax).alternative_text.startswith(first)
    assert filled == dict(zip(rows["economy"], beyond, strict=True))
    value = table.loc[table["economy"] == "KAZ", column].iloc[0]
    assert [text.get_text() for text in ax.texts] == [govlib.number(value)]


def test_what_lacks_an_estimate_or_a_year_is_listed_at_the_bottom_without_a_point():
    ax = plot.intervals(read(["KAZ", "ANT"]), ax=plot.figure()[1])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["KAZ", "ANT (none)"]
    assert np.isnan(drawn(ax)["ANT"][0]).all()
    assert "Without an estimate: ANT." in plot.describe(ax).caption
    table = govlib.wgi.change(read(["KAZ", "SSD", "ANT"], years=None), 2003, 2022)
    ax = plot.changes(table, ax=plot.figure()[1])
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels[0] == "KAZ" and set(labels[1:]) <= {"SSD (none)", "ANT (none)"}
    assert len(plot.panels(ax)[0][1].points) == 1


def test_tiles_are_the_probabilities_of_positions_in_the_row_of_their_economy():
    league = govlib.stats.league(read())
    ax = plot.positions(league, highlight="KAZ", ax=plot.figure()[1])
    tiles = np.asarray(ax.collections[0].get_array()).reshape(11, 11)
    order = league.sort_values("position")["economy"].tolist()
    assert [tick.get_text() for tick in ax.get_yticklabels()] == order
    assert tiles.sum(axis=0) == pytest.approx(np.ones(11), abs=1e-4)
    rng = np.random.default_rng(1)
    rows = league.set_index("economy").loc[order]
    draws = rng.normal(rows["estimate"], rows["standard_error"], (20000, 11))
    places = (-draws).argsort(axis=1).argsort(axis=1)
    counted = [(places[:, [i]] == np.arange(11)).mean(axis=0) for i in range(11)]
    assert tiles == pytest.approx(np.array(counted), abs=0.015)
    assert ax.get_xlabel() == "Rank among 11"
    own = league[league["economy"] == "KAZ"].iloc[0]
    described = plot.describe(ax)
    assert described.alternative_text.startswith(
        f"Place of KAZ: Government Effectiveness {own['position']} of 11."
    )
    told = f"KAZ rank {own['position']} of 11 (90% posterior interval "
    told += f"{own['position_lower']:.0f} to"
    assert told in described.alternative_text


def test_every_economy_stands_at_its_estimate_in_the_strip_of_its_dimension():
    world, names = govlib.stats.ranks(read(None, ["va", "ge"])), govlib.economies.names()
    _, ax = plot.figure(panel_height=plot.height_of_list(18))
    plot.distribution(world, peers=PEERS, highlight="KAZ", names=names, ax=ax)
    ax.figure.draw_without_rendering()
    strips = [dots.get_offsets() for dots in ax.collections if len(dots.get_offsets()) > 100]
    for place, (code, dots) in enumerate(zip(["va", "ge"], strips, strict=True)):
        rows = world[(world["dimension"] == code) & world["estimate"].notna()]
        others = rows.loc[~rows["economy"].isin(PEERS), "estimate"]
        assert np.sort(np.asarray(dots[:, 0])) == pytest.approx(np.sort(others.to_numpy()))
        assert np.abs(dots[:, 1] - place).max() < 0.4
        row = rows[rows["economy"] == "KAZ"].iloc[0]
        [own] = [bars for bars in ax.containers if bars.get_label() == f"KAZ {code}"]
        assert own.lines[0].get_xydata().ravel() == pytest.approx([row["estimate"], place])
        reach = own.lines[2][0].get_segments()[0][:, 0]
        assert np.ptp(reach) == pytest.approx(2 * 1.64 * row["standard_error"])
        labels = {t.get_text() for t in ax.texts if round(t.get_position()[1] + 0.3) == place}
        assert any(label.startswith("Kazakhstan (percentile rank") for label in labels)
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    assert plot.describe(ax).alternative_text.startswith("Kazakhstan is above ")
    gone = plot.distribution(world, highlight="ANT", ax=plot.figure()[1])
    assert not [bars for bars in gone.containers if "ANT" in str(bars.get_label())]
    assert "ANT: no estimate" in plot.describe(gone).alternative_text


@pytest.mark.parametrize("count", [1, 11, 20])
def test_small_trends_share_one_scale_and_one_legend(count):
    economies = list(dict.fromkeys(PEERS + TWENTY))[:count]
    table, names = read(economies, ["ge", "va"], range(2018, 2023)), govlib.economies.names()
    fig = plot.small_trends(table, names=names, highlight="KAZ")
    axes, shown = fig.axes, list(table["economy"].unique())
    last = table[table["year"] == 2022].groupby("economy")["estimate"].mean()
    shown.sort(key=lambda code: (code != "KAZ", -last[code]))  # the own first, then as they stand
    assert [ax.get_title().replace("\n", " ") for ax in axes] == [names[e] for e in shown]
    assert all(len(ax.collections[0].get_segments()) == 2 * len(shown) for ax in axes)  # in grey
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
    among = f" among {len(shown)} countries" if len(shown) > 1 else ""
    assert f"Kazakhstan{among}, 2018–2022." in caption


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
    with pytest.raises(BadTable, match=r"lacks gap, .*; it has edition"):
        plot.gaps(table)


def test_a_caption_counts_the_economies_of_each_dimension_where_they_differ():
    world = govlib.stats.ranks(read(None, ["ge", "va"]))
    options = {"highlight": "KAZ", "names": govlib.economies.names()}
    ax = plot.distribution(world, **options)
    assert plot.describe(ax).caption.startswith(
        "Voice and Accountability (208 countries); Government Effectiveness (213 countries). "
        "Kazakhstan among 213 countries, 2022."
    )
    alone = plot.by_dimension(read(dimensions=["ge", "va"]), plot.intervals)
    assert plot.describe(alone).caption.startswith(
        "(a) Voice and Accountability (11 countries); (b) Government Effectiveness (11 countries), "
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
    with pytest.raises(BadTable, match="lacks change, change_lower"):
        plot.changes(read())
    with pytest.raises(BadTable, match="One dimension is drawn at a time"):
        plot.changes(govlib.wgi.change(read(dimensions=["ge", "va"], years=None), 2018, 2022))
    for function in (plot.intervals, plot.small_trends):
        with pytest.raises(BadTable, match="27 countries cannot be read side by side"):
            function(read(govlib.economies.members("eu")))
    with pytest.raises(BadTable, match="mixes the editions"):
        plot.intervals(pd.concat([read(), read(edition=2022, years=2021)]))


def test_ties_are_joined_beside_the_tiles_and_no_two_groups_cover_each_other():
    league = govlib.stats.league(read(), draws=500)
    ax = plot.positions(league, highlight="KAZ", ax=plot.figure()[1])
    drawn = [bars.lines[0].get_xydata() for bars in ax.containers]
    ranked = league.sort_values("position").reset_index(drop=True)
    groups = ranked["groups"].str.split().explode()
    expected = [list(of_one.index) for _, of_one in groups.groupby(groups) if len(of_one) > 1]
    assert sorted([y - 0.5 for _, y in xy] for xy in drawn) == sorted(expected)
    for one, other in itertools.combinations(drawn, 2):
        apart = one[-1, 1] < other[0, 1] or other[-1, 1] < one[0, 1]
        assert apart or one[0, 0] != other[0, 0]
    assert ax.get_xlim()[1] > max(xy[0, 0] for xy in drawn) > len(league)
    assert "cannot be told apart" in plot.describe(ax).caption
    alone = plot.positions(league.drop(columns="groups"), ax=plot.figure()[1])
    assert not alone.containers and "told apart" not in plot.describe(alone).caption


def test_control_characters_of_names_are_not_drawn():
    ax = plot.intervals(read(), names={"KAZ": "Kazakh\x07\tstan"}, ax=plot.figure()[1])
    assert "Kazakh stan" in [label.get_text() for label in ax.get_yticklabels()]
