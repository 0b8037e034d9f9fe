"""Figures of surveys: what the Axes hold."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

import govlib
from govlib.errors import BadTable


@pytest.fixture(autouse=True)
def style():
    with plt.style.context("govlib.paper"):
        yield
    plt.close("all")


@pytest.fixture
def trust():
    table = govlib.surveys.read("bns-trust", waves=["2022", "2023-10"])
    return govlib.stats.add_share_interval(table.fillna({"respondents": 18005}), design_effect=2)


@pytest.fixture
def words():
    record = govlib.surveys.info("bns-trust")
    return {k: word["en"] for part in ("items", "answers") for k, word in record[part].items()}


def rows_of(ax):
    """Return the label of each row of the figure by its place."""
    texts = [tick.get_text().replace("\n", " ") for tick in ax.get_yticklabels()]
    return dict(zip(ax.get_yticks(), texts, strict=True))


def test_figure_2_draws_each_share_in_its_row_with_its_interval(trust, words):
    full = trust[trust["answer"] == "fully_agree"]
    ax = govlib.plot_shares(full, labels=words, ax=plt.subplots()[1])
    assert [bars.get_label() for bars in ax.containers] == ["2022", "2023-10"]
    rows = rows_of(ax)
    assert list(rows.values())[:2] == ["Prosecutor's office", "Police"]
    for bars, wave in zip(ax.containers, ["2022", "2023-10"], strict=True):
        line, _, (ranges,) = bars.lines
        expected = full[full["wave"] == wave].set_index("item")
        for x, y, segment in zip(*line.get_data(), ranges.get_segments(), strict=True):
            row = rows[min(rows, key=lambda place, y=y: abs(place - y))]
            item = next(key for key, word in words.items() if word == row)
            if item not in expected.index:
                assert np.isnan(x)
                continue
            assert x == expected.loc[item, "share"]
            bounds = expected.loc[item, ["share_lower", "share_upper"]].tolist()
            assert segment[:, 0] == pytest.approx(bounds)
    assert ax.get_xlim() == (0, 100)
    assert ax.get_xlabel() == "Share (percent)"


def test_bars_are_stacked_in_the_order_of_the_answers(trust, words):
    ax = govlib.plot_answers(trust, labels=words, ax=plt.subplots()[1])
    assert [bars.get_label().replace("\n", " ") for bars in ax.containers] == [
        *["Fully agree", "Partly agree", "Partly disagree", "Fully disagree"],
        *["Never encountered", "Never encountered or hard to say"],
    ]
    assert list(rows_of(ax).values())[:3] == [
        "Prosecutor's office, 2022",
        "2023-10",
        "Police, 2022",
    ]
    police = [bars[2] for bars in ax.containers]
    widths = [bar.get_width() for bar in police]
    assert widths == pytest.approx([39.5, 38.0, 5.2, 2.0, 15.3, 0.0])
    assert [bar.get_x() for bar in police] == pytest.approx([0, *np.cumsum(widths)[:-1]])
    written = [text.get_text() for text in ax.texts]
    # Halves go up: 39.5 and 30.5 of 2022 are written alike.
    assert "40" in written[:10] and "31" in written[10:20] and "30" not in written
    assert police[4].get_hatch()
    assert not police[0].get_hatch()
    assert len({bars[0].get_facecolor() for bars in ax.containers[:4]}) == 4


def test_value_types_are_drawn_over_the_ranges():
    values = govlib.surveys.read("wvs7-kaz", items="value_type")
    values = values[values["group_by"].isin(["total", "age"]) & (values["base"] == "valid")]
    values = govlib.stats.add_share_interval(values, design_effect=1, simultaneous=True)
    ax = govlib.plot_shares(values, rows="group", marks="answer", ax=plt.subplots()[1])
    claims = {claim.id: claim for claim in govlib.claims.read_claims().claims}
    ranges = [
        {
            "answer": claims[name].arguments["answer"],
            "lower": claims[name].range[0],
            "upper": claims[name].range[1],
        }
        for name in ("C12", "C13")
    ]
    govlib.plot_ranges(pd.DataFrame(ranges), ax=ax)
    spans = [(p.get_x(), p.get_x() + p.get_width()) for p in ax.patches]
    assert spans == [(25, 33), (50, 60)]
    for patch, bars in zip(ax.patches, ax.containers, strict=False):
        tint = [1 - 0.15 * (1 - part) for part in to_rgb(bars.lines[0].get_color())]
        assert patch.get_facecolor() == pytest.approx((*tint, 1))


def test_single_figures_are_lines_and_none_says_so():
    figures = govlib.surveys.single_figures(
        economy="KAZ", items="Satisfaction with public services"
    )
    ax = govlib.plot_single_figures(figures, ax=plt.subplots()[1])
    [line] = ax.lines
    assert list(line.get_xdata()) == list(range(2015, 2024))
    assert line.get_ydata()[-1] == 81.3
    empty = govlib.surveys.single_figures(economy="ANT")
    ax = govlib.plot_single_figures(empty, ax=plt.subplots()[1])
    assert [text.get_text() for text in ax.texts] == ["no figures held"]


@pytest.mark.parametrize("plot", [govlib.plot_shares, govlib.plot_answers])
def test_legend_and_labels_stay_on_the_canvas_and_off_the_data(trust, words, plot):
    table = trust[trust["answer"] == "fully_agree"] if plot is govlib.plot_shares else trust
    fig, ax = plt.subplots()
    plot(table, labels=words, ax=ax)
    fig.canvas.draw()
    legend = ax.get_legend().get_window_extent()
    assert legend.y1 <= ax.xaxis.label.get_window_extent().y0
    for text in [*ax.get_legend().get_texts(), *ax.get_yticklabels(), ax.xaxis.label]:
        box = text.get_window_extent()
        assert fig.bbox.x0 <= box.x0 <= box.x1 <= fig.bbox.x1
        assert fig.bbox.y0 <= box.y0 <= box.y1 <= fig.bbox.y1


def test_tables_that_are_not_one_point_a_row_are_refused(trust):
    with pytest.raises(BadTable, match="Two rows are one point: prosecutor, 2022"):
        govlib.plot_shares(trust)
    with pytest.raises(BadTable, match="lacks share_lower, share_upper; it has survey"):
        govlib.plot_shares(trust.drop(columns=["share_lower", "share_upper"]))
