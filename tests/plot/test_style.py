"""Figures made for a journal: sizes, fonts, lines, panels, whatever the user's settings are."""

import io
import itertools

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.collections import Collection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

import govlib
from govlib import plot
from govlib.errors import UnknownName
from govlib.plot._style import spread

MM = 25.4


@pytest.fixture(scope="module")
def kaz():
    return govlib.wgi.read(2023, economies="KAZ", dimensions=["ge", "va"], years=range(2015, 2023))


@pytest.mark.parametrize("name", plot.read_profiles())
def test_a_figure_has_the_sizes_of_its_profile_before_anything_is_scaled(kaz, name):
    profile = plot.find_profile(name)
    with mpl.rc_context({"font.size": 33, "lines.linewidth": 9, "axes.labelsize": 44}):
        fig, ax = plot.figure(profile=name)
        plot.trend(kaz, language="ru", ax=ax)
        fig.draw_without_rendering()
    width, height = (side * MM for side in fig.get_size_inches())
    assert width == pytest.approx(profile.width_mm or 120)
    assert height <= profile.max_height_mm + 0.01
    assert plot.profile_of(fig) == name
    assert ax.xaxis.label.get_fontsize() == profile.font_size_pt
    for text in fig.findobj(Text):
        if text.get_text():
            assert text.get_fontsize() >= profile.smallest_pt
            assert text.get_fontsize() <= (profile.largest_pt or 99)
            assert text.get_fontfamily() == list(profile.fonts)
    for mark in fig.findobj(lambda one: isinstance(one, (Line2D, Patch))):
        if mark.get_linewidth():
            assert mark.get_linewidth() >= profile.thinnest_pt
    for mark in fig.findobj(Collection):
        assert min(mark.get_linewidth()) >= profile.thinnest_pt


def test_the_picture_is_the_same_whatever_the_users_settings_are(kaz):
    def picture():
        fig, ax = plot.figure()
        plot.trend(kaz, ax=ax)
        content = io.BytesIO()
        with plot.style(plot.profile_of(fig)):
            fig.savefig(content, format="png", metadata={"Software": None})
        return content.getvalue()

    first = picture()
    with mpl.rc_context(), plt.style.context("dark_background"):
        mpl.rcParams["xtick.labelsize"] = 22
        assert picture() == first


@pytest.mark.parametrize(
    ("profile", "count", "shape"),
    [
        *[("paper", 1, (1, 1)), ("paper", 2, (1, 2)), ("paper", 5, (3, 2))],
        *[("nature-single", 3, (3, 1)), ("nature-double", 4, (2, 2)), ("slides", 4, (2, 2))],
    ],
)
def test_panels_stand_beside_each_other_as_the_width_has_room(profile, count, shape):
    fig, axes = plot.figure(profile=profile, panels=count, panel_height=45, sharex=True)
    assert fig.axes[0].get_gridspec().get_geometry() == shape
    assert len(fig.axes) == count
    if count > 1:
        assert axes.shape == (count,)
        lowest = [ax.xaxis.get_tick_params()["labelbottom"] for ax in fig.axes]
        assert all(lowest[-shape[1] :]) and not any(lowest[: -shape[1]])
    else:
        assert fig.axes == [axes]


def test_where_panels_would_be_too_high_the_text_is_smaller_but_not_below_the_least():
    fig, axes = plot.figure(profile="nature-single", panels=8, panel_height=60, narrowest=40)
    size = axes[0].xaxis.label.get_fontsize()
    assert 5 <= size < 7
    assert fig.get_size_inches()[1] * MM <= 170.01
    ratios = plot.figure(profile="slides", panels=2, panel_width=110, panel_height=[40, 80])[0]
    assert ratios.axes[0].get_gridspec().get_geometry() == (1, 2)  # not below each other


def test_a_users_own_figure_has_the_style_and_is_known_by_it():
    with plot.style("slides"):
        fig, ax = plt.subplots()
        ax.set_xlabel("x")
        assert plot.profile_of(fig) == "slides"
    assert plot.profile_of(fig) == "slides"
    assert ax.xaxis.label.get_fontsize() == 18
    assert plot.profile_of(plt.figure()) == "paper"
    with pytest.raises(UnknownName, match="Did you mean slides"), plot.style("slide"):
        pass
    with pytest.raises(UnknownName, match="profile 'slide' is not known"):
        plot.figure(profile="slide")


def test_what_was_registered_goes_with_its_axes(kaz):
    fig, ax = plot.figure()
    ax.clear()
    assert plot.panels(fig) == []
    plot.trend(kaz, ax=ax)
    [(_, panel)] = plot.panels(fig)
    assert panel.table is kaz
    other = plot.Panel("mine", kaz, "en", [], lambda table: (f"{len(table)} rows. More.", "text"))
    assert plot.register(ax, other) is ax
    described = plot.describe(fig)
    assert (described.caption, described.title) == ("16 rows. More.", "16 rows.")


def test_dollars_in_a_name_are_dollars():
    table = govlib.wgi.read(2023, economies=["KAZ", "UZB"], dimensions="ge", years=2022)

    def draw(name):
        fig, ax = plot.figure()
        plot.intervals(table, names={"KAZ": name, "UZB": "Uzbekistan"}, ax=ax)
        fig.draw_without_rendering()
        [label] = [one for one in ax.get_yticklabels() if one.get_text() == name]
        return label.get_window_extent().width

    assert draw("Income $5 to $10 a day") > 1.1 * draw("Income 5to10 a day")


@pytest.mark.parametrize("within", [None, (0.0, 10.0), (4.0, 5.0)])
def test_labels_are_spread_as_little_as_gives_each_its_size(within):
    places, sizes = [5.0, 5.1, 1.0, 9.9, 5.1], [1.0, 2.0, 0.5, 0.5, 1.0]
    moved = spread(places, sizes, within)
    order = sorted(range(5), key=lambda i: (places[i], i))
    ends = [(moved[i] - sizes[i] / 2, moved[i] + sizes[i] / 2) for i in order]
    assert all(end <= start + 1e-9 for (_, end), (start, _) in itertools.pairwise(ends))
    assert moved[2] == 1.0 and moved[3] == (9.75 if within == (0.0, 10.0) else 9.9)
    assert sum(moved[i] - places[i] for i in (0, 1, 4)) == pytest.approx(0)  # about their middle
    assert spread([], []) == []
