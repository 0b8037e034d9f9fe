"""The picture of the ledger: every number where it belongs."""

import numpy as np
import pytest

import govlib
from govlib import plot


@pytest.fixture(scope="module")
def ledger():
    return govlib.claims.check(2023)


@pytest.mark.parametrize("profile", ["paper", "nature-single", "slides"])
def test_every_number_is_drawn_in_its_row_with_its_interval(ledger, profile):
    fig = plot.ledger(ledger, profile=profile, highlight="C1", names={"KAZ": "Kazakhstan"})
    drawn = {}
    for ax, panel in plot.panels(fig):
        rows = panel.table.set_index("claim")
        labels = [tick.get_text() for tick in ax.get_yticklabels()]
        assert set(labels) == set(rows.index)
        assert [t.get_fontweight() == "bold" for t in ax.get_yticklabels()] == [
            label == "C1" for label in labels
        ]
        place = dict(zip(labels, ax.get_yticks(), strict=True))
        for bars in ax.containers:
            [[x, y]] = bars.lines[0].get_xydata()
            [claim] = [label for label, at in place.items() if at == y]
            assert x == rows.loc[claim, "value"]
            drawn[claim] = x
            if bars.lines[2]:
                ends = bars.lines[2][0].get_segments()[0][:, 0]
                assert ends == pytest.approx(rows.loc[claim, ["lower", "upper"]].tolist())
            else:
                assert np.isnan(rows.loc[claim, "lower"])
        grey = {line.get_ydata()[0]: line for line in ax.lines if line.get_color() == "0.8"}
        low, high = ax.get_xlim()
        for claim, row in rows.iterrows():
            if np.isnan([row["article_lower"], row["article_upper"]]).all():
                assert place[claim] not in grey
                continue
            start, stop = grey[place[claim]].get_xdata()
            assert start == (low if np.isnan(row["article_lower"]) else row["article_lower"])
            assert stop == (high if np.isnan(row["article_upper"]) else row["article_upper"])
    assert set(drawn) == set(ledger.dropna(subset="value")["claim"])
    legend = [text.get_text().replace("\n", " ") for text in fig.legends[0].get_texts()]
    there = ledger.dropna(subset="value")["verdict"].unique()
    assert legend[-1] == "the article" and set(legend[:-1]) == set(there)


def test_the_texts_count_and_name_what_is_not_drawn(ledger):
    described = plot.describe(plot.ledger(ledger, names={"KAZ": "Kazakhstan"}))
    stated = ledger[ledger["check_of"] == ""]
    counts = stated["verdict"].value_counts()
    assert "Kazakhstan, WGI edition 2023" in described.caption
    assert f"{len(stated)} statements: {counts['reproduced']} reproduced" in described.caption
    left_out = ", ".join(ledger.loc[ledger["value"].isna(), "claim"])
    assert f"Not drawn, without a figure of ours: {left_out}." in described.caption
    assert "C1: article 0.14, ours 0.14 (−0.26 to 0.55), reproduced" in described.alternative_text
    units = "; ".join(dict.fromkeys(ledger.dropna(subset="value")["unit"]))
    assert units in described.alternative_text


def test_a_ledger_without_a_number_says_so(ledger):
    fig = plot.ledger(ledger.assign(value=np.nan))
    [ax] = fig.axes
    assert ax.texts[0].get_text().replace("\n", " ") == (
        "No statement has a figure of ours for KAZ"
    )
    assert plot.describe(fig).alternative_text == "No statement has a figure of ours for KAZ"


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_a_ledger_without_units_is_drawn_in_every_language(ledger, language):
    rows = ledger[ledger["claim"].isin(["C1", "C3"])].assign(unit="")
    fig = plot.ledger(rows, language=language)
    assert {ax.get_xlabel() for ax, _ in plot.panels(fig)} == {""}
