"""The picture of the ledger: every number where it belongs."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import govlib
from govlib.errors import BadTable
from govlib.plot.claims import VERDICTS, verdict_handles


@pytest.fixture(scope="module")
def ledger():
    return govlib.claims.check(2023)


@pytest.fixture(autouse=True)
def style():
    with plt.style.context("govlib.paper"):
        yield
    plt.close("all")


def draw(rows):
    fig, ax = plt.subplots()
    assert govlib.plot_claims(rows, ax=ax) is ax
    fig.canvas.draw()
    labels = {tick.get_text(): place for place, tick in enumerate(ax.get_yticklabels())}
    return ax, dict(zip(labels, ax.get_yticks(), strict=True))


@pytest.mark.parametrize("unit", ["standard normal units", "percent", "percentage points"])
def test_every_number_of_ours_is_drawn_in_its_row_with_its_interval(ledger, unit):
    rows = ledger[ledger["unit"] == unit].dropna(subset="value").set_index("claim")
    ax, places = draw(rows.reset_index())
    assert set(places) == set(rows.index)
    assert ax.get_xlabel() == unit
    drawn = {}
    for bars in ax.containers:
        line, _, ranges = bars.lines
        [place] = line.get_ydata()
        spread = np.sort(ranges[0].get_segments()[0][:, 0]) if ranges else None
        drawn[place] = (line.get_xdata()[0], spread)
    for claim, place in places.items():
        value, spread = drawn[place]
        assert value == rows.loc[claim, "value"]
        if spread is None:
            assert np.isnan(rows.loc[claim, "lower"])
        else:
            assert spread == pytest.approx(rows.loc[claim, ["lower", "upper"]].tolist())


def test_the_articles_ranges_and_directions_are_bars(ledger):
    ax, places = draw(ledger[ledger["unit"] == "percent"].dropna(subset="value"))
    bars = {
        line.get_ydata()[0]: line.get_xdata().tolist()
        for line in ax.lines
        if line.get_linewidth() == 7
    }
    assert bars[places["C13"]] == [50, 60]
    ax, places = draw(ledger[ledger["unit"] == "percentage points"].dropna(subset="value"))
    start, stop = next(
        line.get_xdata()
        for line in ax.lines
        if line.get_linewidth() == 7 and line.get_ydata()[0] == places["C6"]
    )
    assert start == 0
    assert stop == ax.get_xlim()[1]


def test_rows_are_grouped_by_verdict_from_the_top(ledger):
    rows = ledger[ledger["unit"] == "percent"].dropna(subset="value")
    _, places = draw(rows)
    verdict = rows.set_index("claim")["verdict"]
    from_top = sorted(places, key=places.get, reverse=True)
    order = [list(VERDICTS).index(verdict[claim]) for claim in from_top]
    assert order == sorted(order)


def test_counts_are_marked_in_whole_numbers(ledger):
    ax, _ = draw(ledger[ledger["claim"] == "C2"])
    assert all(float(tick).is_integer() for tick in ax.get_xticks())


def test_the_legend_has_the_verdicts_that_are_drawn(ledger):
    labels = [handle.get_label() for handle in verdict_handles(ledger.head(2))]
    assert labels == ["reproduced", "differs", "the article"]
    assert set(VERDICTS) == set(govlib.claims.VERDICTS)


def test_the_caption_counts_and_names_what_is_not_drawn(ledger):
    caption = govlib.describe_claims(ledger)
    assert "KAZ, WGI edition 2023" in caption
    assert f"{len(ledger)} statements" in caption
    assert "Not drawn, without a figure of ours: C9, C10." in caption


def test_several_units_or_none_are_refused(ledger):
    with pytest.raises(BadTable, match="One unit is drawn at a time; the table has standard"):
        govlib.plot_claims(ledger)
    with pytest.raises(BadTable, match="none"):
        govlib.plot_claims(ledger[ledger["value"].isna()])


def test_the_whole_ledger_has_a_panel_for_each_unit_and_one_legend(ledger):
    fig = govlib.plot_ledger(ledger)
    units = list(dict.fromkeys(ledger.dropna(subset="value")["unit"]))
    assert [ax.get_xlabel() for ax in fig.axes] == units
    [legend] = fig.legends
    drawn = set(ledger.dropna(subset="value")["verdict"])
    assert {text.get_text() for text in legend.get_texts()} == {*drawn, "the article"}


def test_a_ledger_without_a_figure_of_ours_says_so(ledger):
    [ax] = govlib.plot_ledger(ledger.assign(value=np.nan, economy="ANT")).axes
    assert [text.get_text() for text in ax.texts] == ["No statement has a figure of ours for ANT"]
    assert not ax.axison
