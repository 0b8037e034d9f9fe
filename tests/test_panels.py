"""Panels set in another number of columns: every panel once, in order, nothing covered."""

import matplotlib.pyplot as plt
import pytest

from govlib.plot import fitting, panels, profiles

PROFILES = profiles.read_profiles()


def stacked(heights, **more):
    """Return a figure of panels below each other; panel 2 is told by its title."""
    fig, axes = plt.subplots(len(heights), figsize=(4.7, 6), height_ratios=heights, **more)
    for i, ax in enumerate(axes):
        ax.plot([2018, 2022], [i, i + 1], label=f"line {i}")
        ax.set_title(str(i))
        ax.set_xlabel("Year")
    return fig


@pytest.fixture(autouse=True)
def style():
    with plt.style.context("govlib.paper"):
        yield
        plt.close("all")


def places(fig):
    """Return (column, top) of each panel in pixels, rounded, by its title."""
    fig.draw_without_rendering()
    boxes = {ax.get_title(): ax.bbox for ax in fig.axes}
    return {title: (round(box.x0), round(box.y1)) for title, box in boxes.items()}


def in_columns(fig):
    """Return the titles of the panels by column, from the left and from the top."""
    fig.draw_without_rendering()
    found = {}
    for title, (_, top) in places(fig).items():
        [ax] = [ax for ax in fig.axes if ax.get_title() == title]
        found.setdefault(round(panels.column_edges(ax)[0]), []).append((-top, title))
    return [[title for _, title in sorted(found[left])] for left in sorted(found)]


@pytest.mark.parametrize(
    ("heights", "columns", "split"),
    [
        ([1, 1], 2, [["0"], ["1"]]),
        ([1, 9], 2, [["0"], ["1"]]),
        ([9, 1, 1], 2, [["0"], ["1", "2"]]),
        ([1, 1, 9], 2, [["0", "1"], ["2"]]),
        ([1, 2, 1, 2, 1, 2], 2, [["0", "1", "2"], ["3", "4", "5"]]),
        ([1, 1, 1], 3, [["0"], ["1"], ["2"]]),
        ([9, 1, 1, 1], 3, [["0"], ["1"], ["2", "3"]]),
    ],
)
def test_one_column_is_broken_into_several_of_about_the_same_height(heights, columns, split):
    fig = stacked(heights)
    assert panels.count_columns(fig) == 1
    higher = panels.arrange_panels(fig, columns)
    assert in_columns(fig) == split
    of_columns = [sum(heights[int(title)] for title in part) for part in split]
    assert higher == pytest.approx(max(of_columns) / sum(heights))


@pytest.mark.parametrize(("columns", "higher"), [(2, 1.5), (1, 3)])
def test_a_grid_is_filled_row_by_row_and_its_rows_are_level(columns, higher):
    fig, axes = plt.subplots(2, 3, sharex=True)
    for i, ax in enumerate(axes.flat):
        ax.set_title(str(i) if i != 2 else "2\nwith\nlines")
    assert panels.count_columns(fig) == 3
    assert panels.arrange_panels(fig, columns) == higher
    names = ["0", "1", "2\nwith\nlines", "3", "4", "5"]
    assert in_columns(fig) == [names[i::columns] for i in range(columns)]
    assert len({top for _, top in places(fig).values()}) == 6 / columns
    # A shared axis is written below each column, and there only.
    shown = {ax.get_title() for ax in fig.axes if ax.xaxis.get_tick_params()["labelbottom"]}
    assert shown == set(names[-columns:])


def test_a_grid_with_a_hidden_panel_or_one_across_is_left_as_it_is():
    fig, axes = plt.subplots(2, 2)
    axes[0, 0].set_visible(False)
    assert panels.count_columns(fig) == 0
    fig = plt.figure()
    grid = fig.add_gridspec(2, 2)
    for place in (grid[0, :], grid[1, 0], grid[1, 1]):
        fig.add_subplot(place)
    assert panels.count_columns(fig) == 0
    assert panels.count_columns(plt.figure()) == 0
    fig.add_axes((0.1, 0.1, 0.2, 0.2))
    assert panels.count_columns(fig) == 0


def test_on_a_slide_panels_stand_side_by_side_with_their_legends_below():
    fig = stacked([1, 1.4])
    for ax in fig.axes:
        panels.legend_below(ax, ax.lines)
    fitted, scale, *_ = fitting.fit_figure(fig, PROFILES["slides"])
    assert scale == PROFILES["slides"]["font_size_pt"] / 8
    assert in_columns(fitted) == [["0"], ["1"]]
    for ax in fitted.axes:
        legend = ax.get_legend().get_window_extent()
        left, right = panels.column_edges(ax)
        assert left < legend.x0 < legend.x1 < right
        assert legend.y1 < ax.bbox.y0
    assert in_columns(fig) == [["0", "1"]], "the figure that was handed over stays as it is"


def test_in_a_narrow_column_panels_that_would_not_fit_stand_below_each_other():
    fig, axes = plt.subplots(1, 2, figsize=(7, 3))
    for i, ax in enumerate(axes):
        ax.set_title(str(i))
        ax.plot(range(2018, 2025), range(7))
        ax.set_xticks(range(2018, 2025))
    assert panels.count_columns(fig) == 2
    fitted, *_ = fitting.fit_figure(fig, PROFILES["springer-single"])
    assert in_columns(fitted) == [["0", "1"]]
    assert in_columns(fitting.fit_figure(fig, PROFILES["springer-double"])[0]) == [["0"], ["1"]]


def test_a_legend_as_wide_as_its_figure_does_not_squeeze_its_panel():
    fig, ax = plt.subplots()
    for i in range(4):
        ax.plot([0, 1], [i, i], label=f"an answer of some words, number {i}")
    panels.legend_below(ax, ax.lines)
    fitted, *_ = fitting.fit_figure(fig, PROFILES["springer-single"])
    fitted.draw_without_rendering()
    assert fitted.axes[0].bbox.width > 0.8 * fitted.bbox.width


@pytest.mark.parametrize("name", ["springer-single", "slides"])
def test_a_legend_stands_clear_of_a_label_that_was_broken_into_lines(name):
    fig, axes = plt.subplots(2, figsize=(4.7, 6), layout="constrained")
    for ax in axes:
        lines = ax.plot([2018, 2022], [1, 2], label="agree")
        ax.set_xlabel("Share of those who agree that the body can be trusted, " * 2)
        panels.legend_below(ax, lines)
    fitted = fitting.fit_figure(fig, PROFILES[name]).figure
    fitted.draw_without_rendering()
    for ax in fitted.axes:
        assert "\n" in ax.get_xlabel()
        gap = ax.xaxis.label.get_window_extent().y0 - ax.get_legend().get_window_extent().y1
        assert gap > 0.3 * ax.xaxis.label.get_fontsize() * fitted.dpi / 72
