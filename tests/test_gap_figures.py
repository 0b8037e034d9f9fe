"""The figure of the gap shows what its table holds, in three languages."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import govlib
from govlib.errors import BadTable
from govlib.i18n import number

CODES = ["KAZ", "EST", "TKM"]


@pytest.fixture
def gaps():
    table = govlib.stats.gap(govlib.wgi.read(2023, years=2022))
    return table[table["economy"].isin(CODES)]


def test_each_gap_stands_at_its_value_with_its_interval(gaps):
    fig, ax = plt.subplots()
    assert govlib.plot_gaps(gaps, highlight="KAZ", ax=ax) is ax
    drawn = {}
    for bars in ax.containers:
        points, _, (lines,) = bars.lines
        for economy, x, y in zip(bars.get_label().split(), *points.get_data(), strict=True):
            [line] = [line for line in lines.get_segments() if line[0, 1] == y]
            drawn[economy] = (x, y, *np.sort(line[:, 0]))
    rows = gaps.sort_values("gap", ascending=False)
    for i, row in enumerate(rows.to_dict("records")):
        expected = [row["gap"], i, row["gap_lower"], row["gap_upper"]]
        assert drawn.pop(row["economy"]) == pytest.approx(expected)
    assert not drawn
    plt.close(fig)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_the_unit_stands_below_the_quantity(gaps, language):
    fig, ax = plt.subplots()
    govlib.plot_gaps(gaps, language=language, ax=ax)
    quantity, unit = ax.get_xlabel().split("\n")
    assert f"{quantity} {unit}" == govlib.text("gap.axis", language)
    assert unit.startswith("(")
    plt.close(fig)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_caption_and_alternative_text_say_what_is_drawn(gaps, language):
    names = govlib.economies.names(language)
    given = {"highlight": "KAZ", "names": names, "language": language}
    caption = govlib.describe_gaps(gaps, **given)
    assert names["KAZ"] in caption
    assert "2022" in caption
    assert "2023" in caption
    text = govlib.alternative_text_gaps(gaps, **given)
    for row in gaps.to_dict("records"):
        assert f"{names[row['economy']]} {decimal(row['gap'], language)}" in text


@pytest.mark.parametrize(
    ("language", "none", "some"),
    [
        ("en", "errors of the two dimensions are taken as uncorrelated", "is taken as 0.50"),
        ("ru", "Ошибки двух измерений приняты некоррелированными", "принята равной 0,50"),
        ("kk", "қателері корреляцияланбаған деп алынды", "корреляциясы 0,50 деп алынды"),
    ],
)
def test_the_caption_says_how_the_errors_are_taken_to_be_correlated(gaps, language, none, some):
    given = {"highlight": "KAZ", "names": govlib.economies.names(language), "language": language}
    assert none in govlib.describe_gaps(gaps, **given)
    wgi = govlib.wgi.read(2023, years=2022, economies=CODES)
    caption = govlib.describe_gaps(govlib.stats.gap(wgi, rho=0.5), **given)
    assert some in caption and none not in caption
    empty = gaps.assign(gap=np.nan)
    assert none not in govlib.describe_gaps(empty, **given)  # without bars it says nothing


def test_an_assumed_error_is_said():
    table = govlib.stats.gap(govlib.wgi.read(2025, years=2022), assumed_error=0.2)
    table = table[table["economy"].isin(CODES)]
    caption = govlib.describe_gaps(table, highlight="KAZ", names=govlib.economies.names())
    assert "errors of the 2025 edition are not held; 0.20 is assumed" in caption


def test_a_table_of_something_else_is_refused(gaps):
    with pytest.raises(BadTable, match=r"lacks gap, .*effectiveness_voice_gap returns them"):
        govlib.plot_gaps(govlib.wgi.read(2023, economies="KAZ", years=2022))
    with pytest.raises(BadTable, match="no rows"):
        govlib.plot_gaps(gaps[:0])
