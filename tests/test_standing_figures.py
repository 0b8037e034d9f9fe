"""Indicators of several publishers beside each other: what the Axes hold."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import govlib
from govlib.errors import BadTable


@pytest.fixture(autouse=True)
def style():
    with plt.style.context("govlib.paper"):
        yield
    plt.close("all")


def standings():
    rows = [("egdi", 2018, 80.2, None, None), ("egdi", 2022, 85.9, None, None),
            ("va", 2022, 21.4, 15.1, 26.0), ("va", 2018, 16.1, 11.5, 22.4)]  # fmt: skip
    columns = ["indicator", "year", "percentile", "percentile_lower", "percentile_upper"]
    return pd.DataFrame(rows, columns=columns)


def test_standings_are_lines_over_the_years_with_bounds_where_known():
    ax = govlib.plot_standings(standings(), labels={"egdi": "E-government"}, ax=plt.subplots()[1])
    egdi, va = ax.containers
    assert (egdi.get_label(), va.get_label()) == ("E-government", "va")
    assert not egdi.has_yerr
    assert va.has_yerr
    np.testing.assert_allclose(va[0].get_xydata(), [(2018, 16.1), (2022, 21.4)])
    np.testing.assert_allclose(va[2][0].get_segments()[1][:, 1], [15.1, 26.0])
    assert egdi[0].get_linestyle() != va[0].get_linestyle()
    assert ax.get_ylim() == (-3, 103)  # bars that end at 0 or 100 are seen whole


def test_without_ranks_the_axes_say_so():
    for table in (standings().iloc[:0], standings().assign(percentile=np.nan)):
        ax = govlib.plot_standings(table, ax=plt.subplots()[1])
        assert [t.get_text() for t in ax.texts] == ["no ranks held"]
        assert not ax.containers


def test_an_indicator_has_one_rank_a_year():
    twice = pd.concat([standings(), standings().iloc[:1]])
    with pytest.raises(BadTable, match="Two rows are one point: egdi, 2018"):
        govlib.plot_standings(twice)
    with pytest.raises(BadTable, match="lacks percentile_upper"):
        govlib.plot_standings(standings().drop(columns="percentile_upper"))
    many = pd.concat([standings().assign(indicator=name) for name in "abcde"])
    with pytest.raises(BadTable, match="5 indicators cannot be read in one figure"):
        govlib.plot_standings(many.drop_duplicates(["indicator", "year"]))


def both(edition=2023):
    x = govlib.rankings.read("egdi", editions=2022, measures="epi")
    return x, govlib.wgi.read(edition, dimensions="va", years=2022)


def test_every_economy_with_both_is_a_point_with_its_interval():
    x, y = both()
    ax = govlib.plot_against(x, y, named={"KAZ": "Kazakhstan"},
                             ax=plt.subplots()[1])  # fmt: skip
    points = ax.lines[0].get_xydata()
    assert len(points) == 193
    [own] = ax.containers
    assert own.get_label() == "Kazakhstan"
    row = y[y["economy"] == "KAZ"].iloc[0]
    value = x.loc[x["economy"] == "KAZ", "value"].item()
    np.testing.assert_allclose(own[0].get_xydata(), [(value, row["estimate"])])
    half = 1.64 * row["standard_error"]
    np.testing.assert_allclose(own[2][0].get_segments()[0][:, 1],
                               [row["estimate"] - half, row["estimate"] + half])  # fmt: skip
    # The grey intervals are there for all, each around its point.
    segments = np.array(ax.collections[0].get_segments())
    assert len(segments) == 193
    np.testing.assert_allclose(segments[:, :, 1].mean(axis=1), points[:, 1])
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words == ["Kazakhstan", "Other economies"]


def test_an_edition_without_errors_and_an_economy_without_both_are_drawn_as_they_are():
    x, y = both(2025)
    ax = govlib.plot_against(x, y, named={"KAZ": "Kazakhstan"}, ax=plt.subplots()[1])
    assert not ax.containers[0].has_yerr
    x, y = both()
    ax = govlib.plot_against(x, y, named={"HKG": "Hong Kong"}, ax=plt.subplots()[1])
    assert not ax.containers
    ax = govlib.plot_against(x.iloc[:0], y, ax=plt.subplots()[1])
    assert len(ax.lines[0].get_xydata()) == 0
    assert [t.get_text() for t in ax.texts] == ["no economy has both"]
    assert not any(len(line.get_xdata()) for line in ax.lines)  # none runs through the words


def test_a_year_a_measure_and_an_edition_are_chosen_before():
    x, y = both()
    with pytest.raises(BadTable, match="Two rows are one point: AFG"):
        govlib.plot_against(govlib.rankings.read("egdi", editions=2022), y)
    with pytest.raises(BadTable, match="lacks estimate"):
        govlib.plot_against(x, x)
