"""Figures: what the Axes hold, since an image that looks right may show the wrong column."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import govlib
from govlib.errors import BadTable
from govlib.stats._tables import DIMENSIONS


@pytest.fixture(autouse=True)
def style():
    with plt.style.context("govlib.paper"):
        yield
    plt.close("all")


def draw(edition=2023, economies="KAZ", dimensions=("ge", "va"), years=range(2018, 2023)):
    table = govlib.wgi.read(edition, economies=economies, dimensions=dimensions, years=years)
    fig, ax = plt.subplots()
    assert govlib.plot_trend(table, ax=ax) is ax
    fig.canvas.draw()
    return table, ax


def points(ax):
    """Return what is drawn of each dimension: years, estimates and half-widths."""
    drawn = {}
    for bars in ax.containers:
        line, _, ranges = bars.lines
        half = np.full(len(line.get_xdata()), np.nan)
        if ranges:
            for i, segment in enumerate(ranges[0].get_segments()):
                half[i] = np.ptp(segment[:, 1]) / 2 if len(segment) else np.nan
        drawn[bars.get_label()] = (line.get_xdata(), np.asarray(line.get_ydata(), float), half)
    return drawn


def test_every_estimate_is_drawn_at_its_year_with_its_interval():
    table, ax = draw()
    drawn = points(ax)
    assert list(drawn) == [DIMENSIONS["va"], DIMENSIONS["ge"]]
    for dimension in ("va", "ge"):
        rows = table[table["dimension"] == dimension]
        years, estimates, half = drawn[DIMENSIONS[dimension]]
        assert np.round(years).tolist() == rows["year"].tolist()
        assert estimates == pytest.approx(rows["estimate"].to_numpy())
        assert half == pytest.approx(1.64 * rows["standard_error"].to_numpy())


def test_figure_1_has_the_articles_two_numbers():
    _, ax = draw()
    drawn = points(ax)
    assert round(drawn["Government Effectiveness"][1][-1], 2) == 0.14
    assert round(drawn["Voice and Accountability"][1][-1], 2) == -1.07


def test_labels_name_quantity_and_unit_and_the_legend_every_dimension():
    _, ax = draw(dimensions=None)
    assert ax.get_xlabel() == "Year"
    assert ax.get_ylabel() == "Estimate (standard normal units)"
    shown = [text.get_text().replace("\n", " ") for text in ax.get_legend().get_texts()]
    assert shown == list(DIMENSIONS.values())
    looks = {
        (b.lines[0].get_color(), b.lines[0].get_marker(), str(b.lines[0].get_linestyle()))
        for b in ax.containers
    }
    for i in (0, 1):
        assert len({look[i] for look in looks}) == 6
    ticks = [tick.get_text() for tick in ax.get_xticklabels()]
    assert all(tick.isdigit() for tick in ticks)


@pytest.mark.parametrize("dimensions", [["ge"], ["ge", "va"], list(DIMENSIONS)])
def test_the_legend_does_not_cover_the_data_and_nothing_leaves_the_canvas(dimensions):
    _, ax = draw(dimensions=dimensions)
    renderer = ax.figure.canvas.get_renderer()
    legend = ax.get_legend().get_window_extent(renderer)
    assert legend.y1 <= ax.get_window_extent(renderer).y0
    for text in [*ax.get_legend().get_texts(), ax.xaxis.label, ax.yaxis.label]:
        box = text.get_window_extent(renderer)
        assert ax.figure.bbox.x0 <= box.x0 <= box.x1 <= ax.figure.bbox.x1
        assert ax.figure.bbox.y0 <= box.y0 <= box.y1 <= ax.figure.bbox.y1


def test_intervals_of_one_year_do_not_cover_each_other():
    _, ax = draw(dimensions=None)
    years = np.array([drawn[0] for drawn in points(ax).values()])
    assert (np.diff(years, axis=0) > 0.05).all()
    assert (np.abs(years - np.round(years)) < 0.4).all()


def test_a_gap_is_not_bridged_and_is_shaded():
    _, ax = draw(years=[1996, 1998, 2000, 2002, 2003])
    years, estimates, _ = points(ax)["Government Effectiveness"]
    assert np.round(years).tolist() == list(range(1996, 2004))
    assert np.isnan(estimates).tolist() == [False, True] * 3 + [False, False]
    spans = [round(patch.get_x() + 0.5) for patch in ax.patches]
    assert spans == [1997, 1999, 2001]
    assert ax.get_legend().get_texts()[-1].get_text() == "no estimate"


def test_an_edition_without_errors_is_drawn_without_intervals_and_the_caption_says_so():
    table, ax = draw(edition=2025)
    for years, estimates, half in points(ax).values():
        assert len(years) == len(estimates) == 5
        assert np.isnan(half).all()
    caption = govlib.describe_trend(table, "Kazakhstan")
    assert "standard errors of the 2025 edition are not held" in caption
    assert "90%" not in caption


def test_an_economy_without_data_gives_an_empty_frame_that_says_so():
    table, ax = draw(economies="ANT")
    assert [patch.get_x() + 0.5 for patch in ax.patches] == list(range(2018, 2023))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["no estimate"]
    assert "has no estimate of these" in govlib.describe_trend(table, "Netherlands Antilles")


def test_the_caption_says_who_what_when_how_sure_and_from_where():
    table = govlib.wgi.read(2023, economies="KAZ", dimensions=["ge", "va"], years=range(2018, 2023))
    caption = govlib.describe_trend(table, "Kazakhstan")
    for words in [
        "Voice and Accountability; Government Effectiveness. Kazakhstan, 2018–2022.",
        "standard normal units",
        "90% intervals (estimate ± 1.64 standard errors)",
        "World Bank, Worldwide Governance Indicators, 2023 edition",
    ]:
        assert words in caption


@pytest.mark.parametrize("edition", [2019, 2023, 2024, 2025])
def test_the_caption_says_what_the_mean_is_that_0_stands_for(edition):
    whole = govlib.wgi.read(edition)
    of_years = whole.groupby(["dimension", "year"], observed=True)["estimate"].mean()
    assert whole.groupby("dimension", observed=True)["estimate"].mean().abs().max() < 0.001
    each_year = of_years.abs().max() < 0.001
    assert each_year == (edition < 2025)  # up to 0.26 in the edition of 2025
    table = whole[(whole["economy"] == "KAZ") & (whole["year"] == 2018)]
    mean = "all economies in a year" if each_year else "all economies and years"
    assert f"(0 is about the mean of {mean}; " in govlib.describe_trend(table, "Kazakhstan")
    told = govlib.describe_peers(
        table, kind="intervals", highlight="KAZ", names={"KAZ": "Kazakhstan"}
    )
    assert f"(0 is about the mean of {mean}; " in told


def test_the_caption_names_the_years_that_lack_an_estimate():
    table = govlib.wgi.read(2023, economies="SSD", dimensions=["ge", "va"], years=range(2005, 2023))
    assert "no estimate: 2005–2010" in govlib.describe_trend(table, "South Sudan")
    table.loc[(table["year"] == 2015) & (table["dimension"] == "ge"), "estimate"] = np.nan
    caption = govlib.describe_trend(table, "South Sudan")
    assert "No estimate of Government Effectiveness: 2015." in caption


def test_the_current_axes_are_used_by_default():
    table = govlib.wgi.read(2023, economies="KAZ", years=range(2018, 2023))
    _, ax = plt.subplots()
    assert govlib.plot_trend(table) is ax


def test_two_economies_or_editions_are_refused():
    with pytest.raises(BadTable, match="One economy is drawn at a time; the table has 2: KAZ, UZB"):
        govlib.plot_trend(govlib.wgi.read(2023, economies=["KAZ", "UZB"]))
    with pytest.raises(BadTable, match="lacks standard_error"):
        govlib.plot_trend(govlib.wgi.read(2023, economies="KAZ").drop(columns="standard_error"))


@pytest.mark.parametrize(("measure", "edition"), [("percentile_rank", 2023), ("score", 2025)])
def test_a_trend_of_another_measure_has_its_values_and_bounds(measure, edition):
    table = govlib.stats.ranks(govlib.wgi.read(edition, dimensions="ge"))
    table = table[(table["economy"] == "KAZ") & table["year"].between(2018, 2022)]
    fig, ax = plt.subplots()
    ax = govlib.plot_trend(table, measure=measure, ax=ax)
    [bars] = ax.containers
    np.testing.assert_allclose(
        bars.lines[0].get_ydata().astype(float), table[measure].to_numpy("float64")
    )
    assert bars.has_yerr == (edition == 2023)  # the 2025 edition has no bounds
    if bars.has_yerr:
        ends = [segment[:, 1] for segment in bars.lines[2][0].get_segments()]
        bounds = table[[f"{measure}_lower", f"{measure}_upper"]].to_numpy()
        np.testing.assert_allclose(np.sort(ends), bounds)
    assert "0 to 100" in ax.get_ylabel()
    caption = govlib.describe_trend(table, "Kazakhstan", measure=measure)
    assert "standard normal units" not in caption
    text = govlib.alternative_text_trend(table, "Kazakhstan", measure=measure)
    assert f"{table[measure].iloc[0]:.1f} in 2018" in text
    plt.close(fig)


def test_a_measure_that_is_not_there_is_refused():
    table = govlib.stats.ranks(govlib.wgi.read(2023, economies="KAZ"))
    with pytest.raises(BadTable, match="Edition 2023 has no score; it has estimate"):
        govlib.plot_trend(table, measure="score")
    with pytest.raises(govlib.errors.UnknownName, match="Did you mean score"):
        govlib.plot_trend(table, measure="scor")
