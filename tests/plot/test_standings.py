"""Indicators of several publishers: what the Axes hold."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import govlib
from govlib import plot
from govlib.errors import BadTable


def standings():
    rows = [("egdi", 2018, 80.2, None, None), ("egdi", 2022, 85.9, None, None),
            ("va", 2022, 21.4, 15.1, 26.0), ("va", 2018, 16.1, 11.5, 22.4)]  # fmt: skip
    bounds = ["percentile_lower", "percentile_upper"]
    return pd.DataFrame(rows, columns=["indicator", "year", "percentile", *bounds])


def both(edition=2023):
    x = govlib.rankings.read("egdi", editions=2022, measures="epi")
    return x, govlib.wgi.read(edition, dimensions="va", years=2022)


def test_standings_are_lines_over_the_years_with_bounds_where_known():
    table = standings().assign(ranked=193)
    ax = plot.standings(table, names={"egdi": "E-gov"}, country="Kazakhstan")
    egdi, va = ax.containers
    assert (egdi.get_label(), va.get_label()) == ("E-gov", "va")
    band = ax.collections[0].get_paths()[0].vertices  # of va alone
    assert {tuple(end) for end in band} >= {(2018, 11.5), (2018, 22.4), (2022, 15.1), (2022, 26.0)}
    np.testing.assert_allclose(va[0].get_xydata(), [(2018, 16.1), (2022, 21.4)])
    assert egdi[0].get_linestyle() != va[0].get_linestyle()
    described = plot.describe(ax)
    assert "Kazakhstan among 193 countries" in described.caption
    assert "va: 16.1 in 2018 (90% interval 11.5 to 22.4); 21.4 in" in described.alternative_text
    assert [text.get_text() for text in ax.texts] == ["E-gov 86", "va 21"]
    assert described.alternative_text.startswith("Percentile ranks in 2022: E-gov 86, va 21.")
    for table in (standings().iloc[:0], standings().assign(percentile=np.nan)):
        ax = plot.standings(table, ax=plot.figure()[1])
        assert [t.get_text() for t in ax.texts] == ["no ranks held"]


def test_every_economy_with_both_is_a_point():
    x, y = both()
    options = {
        "highlight": "KAZ",
        "peers": ["EST"],
        "names": govlib.economies.names(),
        "axis": "Index",
    }
    ax = plot.against(x, y, **options)
    joined = x[["economy", "value"]].merge(y, on="economy").dropna(subset=["value", "estimate"])
    assert ax.lines[0].get_xydata() == pytest.approx(joined[["value", "estimate"]].to_numpy())
    assert {bars.get_label() for bars in ax.containers} == {"Kazakhstan", "Estonia"}
    assert {text.get_text().strip() for text in ax.texts} == {"Kazakhstan", "Estonia"}
    ax.figure.draw_without_rendering()
    for text in ax.texts:  # near its point, and not on another
        assert np.hypot(*text.get_position()) < 40
    boxes = [Text.get_window_extent(text) for text in ax.texts]
    assert not boxes[0].overlaps(boxes[1])
    ends, slope = ax.lines[1].get_xydata(), np.polyfit(joined["value"], joined["estimate"], 1)
    assert ends[:, 1] == pytest.approx(np.polyval(slope, ends[:, 0]))
    assert "Kazakhstan is below the line: −1.07" in plot.describe(ax).alternative_text
    assert "where its value across (Index: 0.81) leads" in plot.describe(ax).alternative_text
    assert "Kazakhstan: 0.81 across, −1.07 up." in plot.describe(ax).alternative_text
    [own] = [p for p in plot.panels(ax)[0][1].points if "(KAZ)" in p.label]
    assert own.label.startswith("Kazakhstan (KAZ)\nIndex: 0.81\nEstimate: −1.07\n90% interval")
    assert "Accountability against Index, 2022;" in plot.describe(ax).caption
    few = x[x["economy"].isin(joined["economy"].head(9))]
    ax = plot.against(few, y, about="trust", ax=plot.figure()[1])
    assert not [line for line in ax.lines if line.get_linestyle() == "--"]
    assert "against trust in the government" in plot.describe(ax).caption
    first = plot.describe(ax).alternative_text
    assert first.startswith("In these 9 countries") and "Scatter plot of 9 countries" in first
    empty = plot.against(x.iloc[:0], y, ax=plot.figure()[1])
    assert [text.get_text() for text in empty.texts] == ["no country has both"]
    assert "no edition" in plot.describe(empty).caption


def test_what_cannot_be_drawn_is_rejected():
    twice = pd.concat([standings(), standings().iloc[:1]])
    with pytest.raises(BadTable, match="Two rows are one point: egdi, 2018"):
        plot.standings(twice)
    with pytest.raises(BadTable, match="lacks percentile_upper"):
        plot.standings(standings().drop(columns="percentile_upper"))
    many = pd.concat([standings().assign(indicator=name) for name in "abcde"])
    with pytest.raises(BadTable, match="5 indicators cannot be read in one figure"):
        plot.standings(many.drop_duplicates(["indicator", "year"]))
    x, y = both()
    with pytest.raises(BadTable, match="Two rows are one point"):
        plot.against(pd.concat([x, x]), y)
