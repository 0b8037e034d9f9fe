"""The lines of code of the explorer: what is copied makes what was drawn."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from explorechoices import CASES, CHOICES, name_case

import govlib
from govlib.errors import NotHeld
from govlib.explorer import views as explore_views


@pytest.fixture(autouse=True)
def no_figures_of_others():
    """Close what tests before have left open."""
    plt.close("all")


def drawn(fig):
    """Return all that stands in the Axes of a figure: lines, bars, texts."""
    return [
        (
            [line.get_xydata().tolist() for line in ax.lines],
            [path.vertices.tolist() for part in ax.collections for path in part.get_paths()],
            [patch.get_bbox().bounds for patch in ax.patches if hasattr(patch, "get_bbox")],
            [text.get_text() for text in ax.texts],
            [label.get_text() for label in ax.get_yticklabels()],
            (ax.get_xlabel(), ax.get_ylabel(), ax.get_title(), ax.get_title("left")),
        )
        for ax in fig.axes
    ]


@pytest.mark.parametrize("choices", CASES, ids=name_case)
def test_the_code_that_is_copied_makes_the_figure_that_was_drawn(choices):
    shown = explore_views.run_view(choices)
    assert not plt.get_fignums()
    names = {}
    with plt.rc_context():
        exec(explore_views.write_code(choices), names)
        plt.close(names["fig"])
    pd.testing.assert_frame_equal(names["table"], shown["table"])
    np.testing.assert_equal(drawn(names["fig"]), drawn(shown["fig"]))
    assert len(explore_views.write_code(choices).splitlines()) < 30


def test_a_trend_is_that_of_the_notebook():
    fig = explore_views.run_view(CHOICES)["fig"]
    world = govlib.stats.ranks(govlib.stats.add_interval(govlib.wgi.read(2023)))
    table = world[(world["economy"] == "KAZ") & world["year"].between(2018, 2022)]
    with plt.rc_context():
        plt.style.use("govlib.paper")
        other, ax = plt.subplots()
        govlib.plot_trend(table[table["dimension"].isin(["ge", "va"])], ax=ax)
        plt.close(other)
    np.testing.assert_equal(drawn(fig), drawn(other))
    assert explore_views.render_figure(fig)[1] == (679, 453)


def test_only_what_changed_is_run_again(monkeypatch):
    read = []
    explore_views._TABLES.clear()
    for name in ("read_wgi", "rank_world"):
        real = getattr(govlib, name)

        def count(edition, name=name, real=real):
            read.append((name, edition))
            return real(edition)

        monkeypatch.setattr(govlib, name, count)
    explore_views.run_view(CHOICES)
    explore_views.run_view(CHOICES | {"economy": "UZB", "last_year": 2021})
    explore_views.run_view(CHOICES | {"view": "slope"})
    assert read == [("rank_world", 2023), ("read_wgi", 2023)]
    explore_views.run_view(CHOICES | {"edition": 2024})
    assert read[2:] == [("rank_world", 2024)]


def test_a_failed_figure_leaves_none_open():
    explore_views.run_view(CHOICES)
    with pytest.raises(govlib.GovlibError, match="has no score"):
        explore_views.run_view(CHOICES | {"measure": "score"})
    assert not plt.get_fignums()
    with pytest.raises(NotHeld, match="not of UZB"):
        explore_views.run_view(CHOICES | {"view": "waves", "economy": "UZB"})


def test_an_error_is_assumed_only_where_there_is_none():
    assert explore_views.assumed_error(2023) is None
    median = govlib.wgi.read(2024)["standard_error"].median()
    assert explore_views.assumed_error(2025) == round(median, 2)
    assert "assumed_error" not in explore_views.write_code(CHOICES | {"view": "league"})
    code = explore_views.write_code(CHOICES | {"view": "league", "edition": 2025})
    assert f"assumed_error={round(median, 2)}" in code


@pytest.mark.parametrize("view", ["league", "world", "slope"])
def test_an_economy_that_an_edition_lacks_in_one_dimension_is_drawn_in_the_other(view):
    """Edition 2025 lists New Caledonia in four of the six dimensions."""
    given = {"economy": "NCL", "edition": 2025, "dimensions": ["ge", "va"], "view": view}
    ge, va = explore_views.run_view(CHOICES | given)["fig"].axes
    assert "NCL" not in " ".join(bars.get_label() for bars in ge.containers)
    assert "NCL" in " ".join(bars.get_label() for bars in va.containers)
