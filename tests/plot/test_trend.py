"""One economy over the years: what the Axes hold, and what the caption says."""

import itertools

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
        "the mean of all countries in a year (0)",
        "90% confidence intervals (estimate ± 1.64 standard errors)",
        "World Bank, Worldwide Governance Indicators, 2023 edition",
    ]:
        assert text in described.caption
    assert "0.14 in 2022 (90% interval −0.26 to 0.55)" in described.alternative_text
    assert "lowest −0.62 in 2013" in described.alternative_text
    hover = [p.label for p in plot.panels(ax)[0][1].points if "2022" in p.label][1]
    assert hover.split("\n")[:4] == [
        "Kazakhstan (KAZ)",
        "Government Effectiveness, 2022",
        "Estimate: 0.14",
        "90% interval −0.26 to 0.55",
    ]
    assert "all countries and years" in draw(read(edition=2025))[1].caption


def test_a_gap_is_not_bridged_and_is_named():
    ax, described = draw(read(years=[1996, 1998, 2000, 2002, 2003, 2005]))
    [y] = [bars.lines[0].get_ydata() for bars in ax.containers][:1]
    assert np.isnan(np.asarray(y, float)).sum() == 1
    alone = ax.containers[0].lines[2][0].get_segments()
    assert [segment[0, 0] for segment in alone if len(segment)] == [2005]  # no band, a bar
    assert "No estimate of Government Effectiveness: 2004." in described.caption  # nor a 1997
    ax, described = draw(read("ANT"))
    assert "has no estimate of these" in described.caption
    assert ax.get_ylim() == (-2.5, 2.5)
    some = read().assign(standard_error=lambda t: t["standard_error"].where(t["year"] > 2016))
    assert "no published standard error" in draw(some)[1].caption


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_several_economies_are_named_at_their_ends_and_no_name_covers_another(language):
    names = govlib.economies.names(language)
    codes = ["EST", "GEO", "KAZ", "KGZ", "RUS", "TJK", "TKM", "UZB"]
    table = read(codes, "ge", range(2018, 2023))
    ax, described = draw(table, names=names, language=language, highlight="KAZ")
    assert [bars.get_label() for bars in ax.containers] == [names[code] for code in codes]
    value = govlib.number(table["estimate"][table["economy"] == "EST"].iloc[-1], language)
    texts = [text.get_text().replace("\n", " ") for text in ax.texts]
    assert texts[0] == f"{names['EST']} {value}"
    assert texts[-1] == govlib.text("trend.average", language)
    assert all(names[code] in described.alternative_text for code in codes)
    ax.figure.draw_without_rendering()
    boxes = sorted((text.get_window_extent() for text in ax.texts), key=lambda box: box.y0)
    assert all(below.y1 <= above.y0 + 1 for below, above in itertools.pairwise(boxes))
    assert list(ax.get_xticks()) == list(range(2018, 2023)) and len(ax.get_yticks()) <= 5


@pytest.mark.parametrize(("measure", "edition"), [("percentile_rank", 2023), ("score", 2025)])
def test_a_trend_of_another_measure_has_its_values_and_bounds(measure, edition):
    table = read(edition=edition, dimensions="ge")
    ax, described = draw(table, measure=measure)
    [bars] = ax.containers
    assert bars.lines[0].get_ydata() == pytest.approx(table[measure].to_numpy())
    bounds = table[[f"{measure}_lower", f"{measure}_upper"]].to_numpy("float64")
    if not np.isnan(bounds).all():
        drawn = ax.collections[0].get_paths()[0].vertices
        for year, ends in zip(table["year"], bounds, strict=True):
            found = drawn[drawn[:, 0] == year, 1]
            assert [found.min(), found.max()] == pytest.approx(ends)
    assert govlib.text(f"trend.points_{measure}") in described.caption
    assert govlib.text(f"axis.{measure}") in described.alternative_text


def test_what_cannot_be_drawn_is_rejected():
    with pytest.raises(BadTable, match="One dimension is drawn at a time; the table has 2: ge, va"):
        plot.trend(read(["KAZ", "UZB"]))
    with pytest.raises(BadTable, match="choose 8 or fewer"):
        plot.trend(read(None, "ge"))
    with pytest.raises(UnknownName, match=r"measure = 'scores' is not known.*Did you mean score"):
        plot.trend(read(), measure="scores")
    with pytest.raises(BadTable, match="Edition 2023 has no score; it has estimate, percentile"):
        plot.trend(read(), measure="score")


@pytest.mark.parametrize("profile", ["paper", "nature-single", "elsevier-middle", "slides"])
@pytest.mark.parametrize("first", [1996, 2006, 2012, 2018])
def test_years_have_room_beside_the_names_of_the_lines(profile, first):
    table = govlib.wgi.ranked(2023, economies="KAZ", dimensions=["ge", "va"])
    table = table[table["year"] >= first]
    ranks = table.rename(columns=lambda name: name.replace("percentile_rank", "percentile"))
    ranks = ranks.rename(columns={"dimension": "indicator"}).astype({"indicator": str})
    for drawn, rows in ((plot.trend, table), (plot.standings, ranks)):
        fig, ax = plot.figure(profile=profile)
        drawn(rows, names={"ge": "E-government (EGDI)"}, ax=ax)
        found = govlib.lint_figure(fig, profile=profile).set_index("check")["verdict"]
        assert found["tick-gap"] == "passed", drawn
        assert {int(ax.get_xticks()[0]), int(ax.get_xticks()[-1])} == {first, 2022}


def test_panels_of_several_economies_tell_the_numbers_of_their_own_dimension():
    table = read(["KAZ", "UZB"])
    fig = plot.by_dimension(table, plot.trend, highlight="KAZ")
    assert len(fig.legends) == 1 and all(ax.get_legend() is None for ax in fig.axes)
    text = plot.describe(fig).alternative_text
    for sign, code in (("a", "va"), ("b", "ge")):
        ends = table[table["economy"].eq("KAZ") & table["dimension"].eq(code)]["estimate"]
        first, last = (govlib.number(end) for end in ends.iloc[[0, -1]])
        assert f"({sign}) 2015–2022: KAZ from {first} to {last};" in text
