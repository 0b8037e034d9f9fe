"""One economy over the years: what the Axes hold, and what the caption says."""

import numpy as np
import pytest

import govlib
from govlib import plot
from govlib.errors import BadTable, UnknownName

TREND = range(2015, 2023)


def read(economy="KAZ", dimensions=("ge", "va"), years=TREND, edition=2023):
    return govlib.wgi.read(edition, economies=economy, dimensions=dimensions, years=years)


def draw(table, **options):
    ax = plot.trend(table, ax=plot.figure()[1], **options)
    return ax, plot.describe(ax)


def test_the_articles_numbers_are_in_the_texts():
    table = read(years=range(2012, 2023))
    ax, described = draw(table, names=govlib.economies.names(), highlight="ge")
    for text in [
        "Voice and Accountability; Government Effectiveness. Kazakhstan, 2012–2022.",
        "0 is about the mean of all economies in a year",
        "90% intervals (estimate ± 1.64 standard errors)",
        "World Bank, Worldwide Governance Indicators, 2023 edition",
    ]:
        assert text in described.caption
    places = [bars.lines[0].get_xdata()[0] for bars in ax.containers]
    assert 0.05 < places[1] - places[0] < 0.5  # no interval hides another
    assert "0.14 in 2022 (90% interval −0.26 to 0.55)" in described.alternative_text
    assert "lowest −0.62 in 2013" in described.alternative_text
    hover = [p.label for p in plot.panels(ax)[0][1].points if "2022" in p.label][1]
    assert hover.split("\n")[:4] == [
        "Kazakhstan (KAZ)",
        "Government Effectiveness, 2022",
        "Estimate: 0.14",
        "90% interval −0.26 to 0.55",
    ]
    assert "all economies and years" in draw(read(edition=2025))[1].caption


def test_a_gap_is_not_bridged_and_is_shaded_and_named():
    ax, described = draw(read(years=[1996, 1998, 2000, 2002, 2003]))
    assert [round(patch.get_x() + 0.5) for patch in ax.patches] == [1997, 1999, 2001]
    [y] = [bars.lines[0].get_ydata() for bars in ax.containers][:1]
    assert np.isnan(np.asarray(y, float)).sum() == 3
    assert "Shaded, no estimate: 1997, 1999, 2001." in described.caption
    assert ax.get_legend().get_texts()[-1].get_text() == "no estimate"
    ax, described = draw(read("ANT"))
    assert "has no estimate of these" in described.caption
    assert ax.get_ylim() == (-2.5, 2.5)
    some = read().assign(standard_error=lambda t: t["standard_error"].where(t["year"] > 2016))
    assert "no published standard error" in draw(some)[1].caption


@pytest.mark.parametrize(("measure", "edition"), [("percentile_rank", 2023), ("score", 2025)])
def test_a_trend_of_another_measure_has_its_values_and_bounds(measure, edition):
    table = read(edition=edition, dimensions="ge")
    ax, described = draw(table, measure=measure)
    [bars] = ax.containers
    assert bars.lines[0].get_ydata() == pytest.approx(table[measure].to_numpy())
    bounds = table[[f"{measure}_lower", f"{measure}_upper"]].to_numpy("float64")
    if not np.isnan(bounds).all():
        ends = [segment[:, 1] for segment in bars.lines[2][0].get_segments()]
        assert np.array(ends) == pytest.approx(bounds)
    assert govlib.text(f"trend.points_{measure}") in described.caption
    assert govlib.text(f"axis.{measure}") in described.alternative_text


def test_what_cannot_be_drawn_is_rejected():
    with pytest.raises(BadTable, match="One economy is drawn at a time; the table has 2: KAZ, UZB"):
        plot.trend(read(["KAZ", "UZB"]))
    with pytest.raises(UnknownName, match=r"measure = 'scores' is not known.*Did you mean score"):
        plot.trend(read(), measure="scores")
    with pytest.raises(BadTable, match="Edition 2023 has no score; it has estimate, percentile"):
        plot.trend(read(), measure="score")
