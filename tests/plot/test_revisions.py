"""Several editions: what the Axes hold, and what is never on one axis."""

import numpy as np
import pytest

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


def lines(ax):
    """Return the lines of each year: those of the methods, as editions and values."""
    found = {}
    for line in ax.lines:
        if line.get_label().isdigit():
            found.setdefault(int(line.get_label()), []).append(line)
    return found


@pytest.mark.parametrize("measure", ["estimate", "percentile_rank"])
def test_every_year_is_a_line_against_the_editions(world, measure):
    table = select(world, editions=range(2019, 2025))
    ax = draw(table, measure=measure)
    drawn = lines(ax)
    assert list(drawn) == list(range(2018, 2023))
    for year, [line] in drawn.items():
        rows = table[table["year"] == year].sort_values("edition")
        assert np.asarray(line.get_xydata()) == pytest.approx(rows[["edition", measure]].to_numpy())
    assert [text.get_text() for text in ax.texts if text.get_text().isdigit()] == [
        str(year) for year in drawn
    ]
    row = table[(table["year"] == 2022) & table["standard_error"].notna()].iloc[0]
    half = 1.64 * row["standard_error"]
    bounds = [row["estimate"] - half, row["estimate"] + half]
    if measure != "estimate":
        bounds = [row["percentile_rank_lower"], row["percentile_rank_upper"]]
    [bar] = ax.containers  # one interval, for scale
    assert bar.lines[2][0].get_segments()[0][:, 1] == pytest.approx(bounds)
    assert "90% confidence interval, 2022" in [t.get_text().replace("\n", " ") for t in ax.texts]
    low, high = ax.get_ylim()
    assert low <= bounds[0] < bounds[1] <= high


def test_estimates_of_two_methods_are_rejected_and_their_ranks_are_not_joined(world):
    with pytest.raises(BadTable, match=r"differ in method: draw one method, or measure="):
        draw(select(world))
    for old, new in lines(draw(select(world), measure="percentile_rank")).values():
        assert max(old.get_xdata()) < 2025 == min(new.get_xdata())
        assert new.get_markerfacecolor() == "white" != old.get_markerfacecolor()
        assert new.get_color() == old.get_color()


def test_an_economy_without_an_estimate_is_said_to_have_none(world):
    empty = draw(select(world, economy="ANT", editions=range(2019, 2025)))
    assert not lines(empty) and not empty.containers
    assert "No estimate of these in the editions 2019–2024" in plot.describe(empty).caption


def test_next_to_nothing_does_not_fill_an_axis_without_intervals(world):
    table = select(world, economy="NCL", dimension="va", years=(2023, 2024))
    assert np.ptp(table["estimate"]) < 0.01
    assert np.ptp(draw(table).get_ylim()) >= 0.5
    assert np.ptp(draw(table, measure="percentile_rank").get_ylim()) >= 20


def test_the_caption_says_which_method_and_from_where(world):
    names = {"KAZ": "Kazakhstan"}
    ax = draw(select(world), measure="percentile_rank", names=names, notes="And more.")
    for text in [
        "Government Effectiveness. Kazakhstan, 2018–2022.",
        "in the order of their release (2019–2025)",
        "90% confidence interval (estimate ± 1.64 standard errors",
        "standard errors of edition 2025 are not included",
        "edition 2025, on the method from 2025",
        "World Bank, Worldwide Governance Indicators, editions 2019–2025",
        "And more.",
    ]:
        assert text in plot.describe(ax).caption
    one_method = plot.describe(draw(select(world, editions=[2022, 2023]))).caption
    assert "Open markers" not in one_method and "not held" not in one_method
    bare = select(world, economy="PYF", dimension="va")  # listed in 2025 only, without errors
    assert plot.describe(draw(bare)).alternative_text.startswith("Line charts, one row of panels")


def test_what_cannot_be_drawn_is_rejected(world):
    with pytest.raises(BadParameter, match="measure = 'score': estimate or percentile_rank"):
        draw(select(world), measure="score")
    kaz = world[world["economy"] == "KAZ"]
    with pytest.raises(BadTable, match="One dimension is drawn at a time; the table has 6"):
        draw(kaz, measure="percentile_rank")
    two = world[world["economy"].isin(["KAZ", "UZB"]) & world["dimension"].eq("ge")]
    with pytest.raises(BadTable, match="One country is drawn at a time; the table has 2: KAZ, UZB"):
        draw(two, measure="percentile_rank")
    with pytest.raises(BadTable, match="lacks method"):
        draw(govlib.wgi.read(2023, economies="KAZ", dimensions="ge"))


@pytest.mark.parametrize(
    ("profile", "language"), [("paper", "en"), ("plos-column", "kk"), ("nature-single", "en")]
)
def test_methods_stand_side_by_side_and_words_and_years_have_room(world, profile, language):
    own = world[world["economy"].eq("UZB") & world["dimension"].isin(["ge", "va"])]
    own = own[own["year"].between(2019, 2023)]
    names = {"UZB": "Uzbekistan"}
    fig = plot.by_method(own, "before 2025", profile=profile, names=names, language=language)
    left, right = fig.axes[::2], fig.axes[1::2]
    titles = [ax.get_title().replace("\n", " ") for ax in left]
    assert titles == [govlib.text(f"dimension.{code}", language) for code in ("va", "ge")]
    ticks = [{tick.get_text() for tick in ax.get_xticklabels()} for ax in (*left, *right)]
    assert ["2025" in found for found in ticks] == [False, False, True, True]
    assert plot.describe(fig).caption.count("Uzbekistan") == 1
    found = govlib.lint_figure(fig, profile=profile).set_index("check")["verdict"]
    assert set(found[["tick-gap", "overlap", "canvas"]]) == {"passed"}
