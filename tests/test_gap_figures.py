"""The figure of the gap shows what its table holds, in three languages."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import govlib
from govlib.errors import BadTable
from govlib.words import decimal

CODES = ["KAZ", "EST", "TKM"]


@pytest.fixture
def gaps():
    table = govlib.effectiveness_voice_gap(govlib.read_wgi(2023, years=2022))
    return table[table["economy"].isin(CODES)]


def test_each_gap_stands_at_its_value_with_its_interval(gaps):
    fig, ax = plt.subplots()
    assert govlib.plot_gaps(gaps, highlight="KAZ", ax=ax) is ax
    drawn = {bars.get_label(): bars for bars in ax.containers}
    assert list(drawn) == gaps.sort_values("gap", ascending=False)["economy"].tolist()
    for row in gaps.to_dict("records"):
        point, _, (bar,) = drawn[row["economy"]].lines
        assert point.get_xdata()[0] == pytest.approx(row["gap"])
        ends = np.sort(bar.get_segments()[0][:, 0])
        assert ends == pytest.approx([row["gap_lower"], row["gap_upper"]])
    assert ax.get_xlabel().replace("\n", " ") == (
        "Government Effectiveness minus Voice and Accountability"
    )
    plt.close(fig)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_caption_and_alternative_text_say_what_is_drawn(gaps, language):
    names = govlib.economy_names(language)
    given = {"highlight": "KAZ", "names": names, "language": language}
    caption = govlib.describe_gaps(gaps, **given)
    assert names["KAZ"] in caption
    assert "2022" in caption
    assert "2023" in caption
    text = govlib.alternative_text_gaps(gaps, **given)
    for row in gaps.to_dict("records"):
        assert f"{names[row['economy']]} {decimal(row['gap'], language)}" in text


def test_an_assumed_error_is_said():
    table = govlib.effectiveness_voice_gap(govlib.read_wgi(2025, years=2022), assumed_error=0.2)
    table = table[table["economy"].isin(CODES)]
    caption = govlib.describe_gaps(table, highlight="KAZ", names=govlib.economy_names())
    assert "errors of the 2025 edition are not held; 0.20 is assumed" in caption


def test_a_table_of_something_else_is_refused(gaps):
    with pytest.raises(BadTable, match=r"lacks gap, .*effectiveness_voice_gap returns them"):
        govlib.plot_gaps(govlib.read_wgi(2023, economies="KAZ", years=2022))
    with pytest.raises(BadTable, match="no rows"):
        govlib.plot_gaps(gaps[:0])
