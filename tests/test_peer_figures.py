"""Figures of one economy among others: what the Axes hold."""

import itertools

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import govlib
from govlib.project import project_folder
from govlib.errors import BadTable, UnknownName
from govlib.stats._tables import DIMENSIONS

PEERS = govlib.economies.members("article")
TWENTY = ["KAZ", *sorted(set(govlib.economies.members("eu")) - {"EST", "MLT"})[:19]]


@pytest.fixture(autouse=True)
def style():
    with plt.style.context("govlib.paper"):
        yield
    plt.close("all")


def read(economies=PEERS, dimensions="ge", years=2022, edition=2023):
    return govlib.wgi.read(edition, economies=economies, dimensions=dimensions, years=years)


def drawn(ax):
    """Return the points of each economy, and half of the length of each interval."""
    found = {}
    for bars in ax.containers:
        line, _, ranges = bars.lines
        economies = bars.get_label().split()
        x, y = (
            np.asarray(values, float).reshape(len(economies), -1)[:, :2]
            for values in line.get_data()
        )
        middles = [
            (s.mean(axis=0), np.ptp(s, axis=0).max() / 2)
            for s in ranges and ranges[0].get_segments()
            if len(s)
        ]
        for i, economy in enumerate(economies):
            own = [
                half
                for middle, half in middles
                if np.isclose(middle, np.column_stack([x[i], y[i]])).all(axis=1).any()
            ]
            found[economy] = (x[i], y[i], own)
    return found


def leaders(ax):
    """Return the lines from the points to where those to the names begin, one each."""
    bars = [line for container in ax.containers for line in container.lines[2]]
    [lines] = [lines for lines in ax.collections[:-1] if lines not in bars]
    return lines.get_segments()


def names_leaders(ax):
    """Return start and end of the lines to the names, drawn last."""
    return ax.collections[-1].get_segments()


def inside(ax):
    """Return whether all text of the Axes is on the canvas."""
    ax.figure.canvas.draw()
    renderer = ax.figure.canvas.get_renderer()
    texts = [*ax.texts, ax.xaxis.label, ax.yaxis.label]
    for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        shown = [t for t in axis.get_major_ticks() if min(limits) <= t.get_loc() <= max(limits)]
        texts += [tick.label1 for tick in shown]
    boxes = [t.get_window_extent(renderer) for t in texts if t.get_text()]
    canvas = ax.figure.bbox
    return all(
        canvas.x0 <= b.x0 and b.x1 <= canvas.x1 and canvas.y0 <= b.y0 and b.y1 <= canvas.y1
        for b in boxes
    )


def apart(ax, texts):
    """Return whether no text covers another."""
    ax.figure.canvas.draw()
    renderer = ax.figure.canvas.get_renderer()
    boxes = sorted(
        (Text.get_window_extent(t, renderer) for t in texts if t.get_text()), key=lambda b: b.y0
    )
    return all(a.y1 <= b.y0 + 1.5 for a, b in itertools.pairwise(boxes))


@pytest.mark.parametrize("economies", [["KAZ"], PEERS, TWENTY], ids=[1, 11, 20])
def test_intervals_are_drawn_from_the_highest_down(economies):
    table = read(economies)
    ax = govlib.plot_intervals(table, highlight="KAZ", names=govlib.economies.names())
    series = drawn(ax)
    assert len(series) == len(economies)
    rows = table.sort_values("estimate", ascending=False)
    for i, row in enumerate(rows.to_dict("records")):
        x, y, half = series[row["economy"]]
        assert (x[0], y[0]) == (pytest.approx(row["estimate"]), i)
        assert half == [pytest.approx(1.64 * row["standard_error"])]
    low, high = ax.get_ylim()
    assert low > high  # the first row is on top
    assert ax.get_xlabel() == "Estimate (standard normal units)"
    assert inside(ax)
    assert apart(ax, ax.get_yticklabels())


def test_one_economy_is_drawn_apart_from_the_others():
    ax = govlib.plot_intervals(read(), highlight="KAZ")
    others, own = ax.containers
    assert own.get_label() == "KAZ"
    assert set(others.get_label().split()) == set(PEERS) - {"KAZ"}
    assert own.lines[0].get_color() != others.lines[0].get_color()
    # also without colour
    assert own.lines[0].get_markerfacecolor() != others.lines[0].get_markerfacecolor()


def test_without_an_error_or_an_estimate_none_is_drawn():
    ax = govlib.plot_intervals(read(edition=2025))
    assert all(half == [] for _, _, half in drawn(ax).values())
    fig, ax = plt.subplots()
    govlib.plot_intervals(read(["KAZ", "ANT"]), ax=ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["KAZ", "ANT (none)"]
    assert np.isnan(drawn(ax)["ANT"][0]).all()
    assert fig.axes == [ax]


def test_positions_and_their_intervals_are_drawn_best_on_top_and_right():
    league = govlib.stats.league(read())
    ax = govlib.plot_positions(league, highlight="KAZ")
    rows = league.sort_values("position").to_dict("records")
    assert len(rows) == 11
    for i, row in enumerate(rows):
        x, y, _ = drawn(ax)[row["economy"]]
        assert (x[0], y[0]) == (row["position"], i)
        [ends] = [
            sorted(segment[:, 0])
            for bars in ax.containers
            for segment in bars.lines[2][0].get_segments()
            if segment[0, 1] == i
        ]
        assert ends == [row["position_lower"], row["position_upper"]]
    left, right = ax.get_xlim()
    assert left > right
    assert ax.get_xlabel() == "Position among 11"
    assert inside(ax)


@pytest.mark.parametrize("economies", [["KAZ"], PEERS, TWENTY], ids=[1, 11, 20])
def test_slopes_join_two_years_and_names_do_not_cover_each_other(economies):
    table = read(economies, years=[2018, 2022])
    _, ax = plt.subplots(figsize=(4.72, 3.9))
    govlib.plot_slopes(table, highlight="KAZ", ax=ax)
    series = drawn(ax)
    assert set(series) == set(economies)
    for economy in economies:
        rows = table[table["economy"] == economy]
        x, y, halves = series[economy]
        assert halves == pytest.approx((1.64 * rows["standard_error"]).tolist())
        assert np.round(x).tolist() == [0, 1]
        assert y == pytest.approx(rows["estimate"].to_numpy())
    assert len({x[1] for x, _, _ in series.values()}) == len(economies)  # side by side
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["2018", "2022"]
    assert {text.get_text() for text in ax.texts} == set(economies)
    ax.figure.canvas.draw()
    for text in ax.texts:  # each name's line leads from its estimate and ends before the name
        height = series[text.get_text()][1][1]
        near = [one for one in names_leaders(ax) if one[0][1] == pytest.approx(height)]
        assert text.get_position()[1] in [pytest.approx(end[1]) for _, end in near]
        assert all(end[0] < text.get_position()[0] for _, end in near)
    starts = sorted(start.tolist() for start, _ in leaders(ax))
    assert starts == pytest.approx(np.array(sorted([x[1], y[1]] for x, y, _ in series.values())))
    left = [x[0] for x, _, _ in series.values()]
    assert max(np.abs(left)) <= 0.12
    assert max(np.diff(sorted(left)), default=0) <= 0.0301  # two are not drawn as if years apart
    assert inside(ax)
    assert apart(ax, ax.texts)


def test_a_slope_without_one_year_is_a_point_and_without_both_is_left_out():
    table = read(["KAZ", "SSD", "ANT"], years=[2003, 2022])
    series = drawn(govlib.plot_slopes(table))
    assert set(series) == {"KAZ", "SSD"}
    assert plt.gca().get_xlabel() == "Year (none: ANT)"
    assert len(plt.gca().texts) == 2
    table = read(["KAZ", "UZB"], years=[2018, 2022])
    gone = (table["economy"] == "UZB") & (table["year"] == 2022)
    _, ax = plt.subplots()
    govlib.plot_slopes(table[~gone], ax=ax)
    x, y, _ = drawn(ax)["UZB"]
    assert [x[0], y[0]] in [start.tolist() for start, _ in leaders(ax)]
    assert np.isnan(np.asarray(series["SSD"][1], float)).tolist() == [True, False]


def test_every_economy_is_a_point_of_the_distribution():
    world = govlib.stats.ranks(govlib.wgi.read(2023, dimensions="ge", years=2022))
    ax = govlib.plot_distribution(world, highlight="KAZ", names=govlib.economies.names())
    [points] = [line for line in ax.lines if len(line.get_xdata()) > 100]
    held = world.dropna(subset="estimate")
    assert len(points.get_xdata()) == 213
    assert sorted(points.get_xdata()) == pytest.approx(sorted(held["estimate"]))
    assert len(ax.collections[0].get_segments()) == 213  # each with its interval
    [bars] = ax.containers
    row = world[world["economy"] == "KAZ"].iloc[0]
    vertical = bars.lines[2][1].get_segments()[0][:, 1]
    assert vertical.tolist() == pytest.approx(
        [row["percentile_rank_lower"], row["percentile_rank_upper"]]
    )
    assert ax.get_ylabel() == "Percentile rank among 213"
    assert [text.get_text() for text in ax.texts] == ["Kazakhstan"]
    assert inside(ax)


def test_the_distribution_of_an_edition_without_errors_or_economy_without_data():
    new = govlib.stats.ranks(govlib.wgi.read(2025, dimensions="ge", years=2022))
    [bars] = govlib.plot_distribution(new, highlight="KAZ").containers
    assert bars.lines[2] == ()
    _, ax = plt.subplots()
    world = govlib.stats.ranks(govlib.wgi.read(2023, dimensions="ge", years=2022))
    govlib.plot_distribution(world, highlight="ANT", ax=ax)
    assert not ax.containers
    assert [text.get_text() for text in ax.texts] == ["ANT (none)"]


@pytest.mark.parametrize("economy", ["KAZ", "SSD", "DNK", "PRK", "COD"])
def test_the_name_in_the_distribution_covers_no_estimate_on_a_narrow_panel(economy):
    names = govlib.economies.names()
    world = govlib.stats.ranks(govlib.wgi.read(2023, dimensions="ge", years=2022))
    _, ax = plt.subplots(figsize=(1.9, 2), layout="constrained")
    govlib.plot_distribution(world, highlight=economy, names=names, ax=ax)
    ax.figure.draw_without_rendering()
    [text] = ax.texts
    assert text.get_text().replace("\n", " ") == names[economy]
    box = text.get_window_extent()
    assert ax.bbox.x0 < box.x0 and box.x1 < ax.bbox.x1 and box.y1 < ax.bbox.y1
    held = world.dropna(subset="estimate")
    points = ax.transData.transform(held[["estimate", "percentile_rank"]].to_numpy())
    assert not box.count_contains(points)


@pytest.mark.parametrize("count", [1, 11, 20])
def test_small_trends_share_one_scale_and_one_legend(count):
    economies = list(dict.fromkeys(PEERS + TWENTY))[:count]
    table = read(economies, ["ge", "va"], range(2018, 2023))
    fig, axes = plt.subplots(5, 4, figsize=(7.1, 8), squeeze=False)
    made = govlib.plot_small_trends(table, axes=list(axes.flat), names=govlib.economies.names())
    shown = table["economy"].unique()
    names = govlib.economies.names()
    assert [ax.get_title() for ax in made] == [names[e] for e in shown]
    assert len({ax.get_ylim() for ax in made}) == len({ax.get_xlim() for ax in made}) == 1
    assert [ax.get_visible() for ax in axes.flat] == [True] * len(shown) + [False] * (
        20 - len(shown)
    )
    assert all(ax.get_legend() is None for ax in made)
    [legend] = fig.legends
    words = [text.get_text() for text in legend.get_texts()]
    assert words == ["Voice and Accountability", "Government Effectiveness"]
    for ax, economy in zip(made, shown, strict=True):
        [_, ge] = ax.containers
        expected = table[(table["economy"] == economy) & (table["dimension"] == "ge")]
        assert ge.lines[0].get_ydata() == pytest.approx(expected["estimate"].to_numpy())


def test_what_cannot_be_drawn_is_refused():
    two = read(years=[2018, 2022])
    for plot in (govlib.plot_intervals, govlib.plot_distribution, govlib.plot_positions):
        with pytest.raises(BadTable, match=r"One year is drawn at a time|lacks position_lower"):
            plot(govlib.stats.ranks(two))
    with pytest.raises(BadTable, match="A slope joins two years; the table has 2022"):
        govlib.plot_slopes(read())
    with pytest.raises(BadTable, match="One dimension is drawn at a time"):
        govlib.plot_slopes(read(dimensions=["ge", "va"], years=[2018, 2022]))
    with pytest.raises(BadTable, match="27 economies cannot be read side by side"):
        govlib.plot_intervals(read(govlib.economies.members("eu")))
    league = govlib.stats.league(read(), draws=100)
    for plot, table in (
        (govlib.plot_intervals, read()),
        (govlib.plot_positions, league),
        (govlib.plot_slopes, read(years=[2018, 2022])),
        (govlib.plot_distribution, league),
    ):
        with pytest.raises(UnknownName, match=r"'KZA' is not among the 11 .*Did you mean KAZ"):
            plot(table, highlight="KZA")
    mixed = pd.concat([read(), read(edition=2022, years=2021)])
    with pytest.raises(BadTable, match="mixes the editions"):
        govlib.plot_intervals(mixed)
    _, axes = plt.subplots(1, 2)
    with pytest.raises(BadTable, match="11 economies do not fit: 2 Axes"):
        govlib.plot_small_trends(read(), axes=list(axes))


def run_notebook(name, **parameters):
    """Run the code cells of a notebook to the one that saves its figures; return its names."""
    notebook = nbformat.read(project_folder() / "notebooks" / f"{name}.ipynb", as_version=4)
    names = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and "save_figure" not in cell.source:
            exec(cell.source, names)
            if "parameters" in cell.metadata.get("tags", []):
                names |= parameters
    return names


@pytest.mark.parametrize("dimensions", [["ge", "va"], ["rl"]])
def test_captions_and_data_are_of_the_dimensions_that_the_panels_show(dimensions):
    names = run_notebook("03-position-among-peers", dimensions=dimensions)
    for part, (fig, data, kind) in names["plotted"].items():
        panels = [ax.get_title().replace("\n", " ") for ax in fig.axes if ax.get_visible()]
        if kind == "trends":  # its panels are economies
            panels = [text.get_text().replace("\n", " ") for text in fig.legends[0].get_texts()]
        if kind == "gaps":
            assert panels == [""]
            continue
        shown = [code for code, label in DIMENSIONS.items() if label in panels]
        assert len(shown) == len(panels), part
        assert set(shown) == (set(dimensions) if part else set(DIMENSIONS)), part
        assert set(data["dimension"]) == set(shown), part
        for text in names["texts"][part].values():
            assert [code for code, label in DIMENSIONS.items() if label in text] == shown, part


def test_a_caption_counts_the_economies_of_each_dimension_where_they_differ():
    world = read(None, ["ge", "va"])
    given = {"highlight": "KAZ", "names": govlib.economies.names()}
    caption = govlib.describe_peers(world, "distribution", **given)
    assert caption.startswith(
        "Voice and Accountability (208 economies); Government Effectiveness (213 economies). "
        "Kazakhstan among 213 economies, 2022."
    )
    peers = govlib.describe_peers(read(dimensions=["ge", "va"]), "intervals", **given)
    assert peers.startswith("Voice and Accountability; Government Effectiveness. Kazakhstan among")
