"""Lines through economies with errors in both variables."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

import govlib
from govlib import stats
from govlib.errors import BadParameter, BadTable
from govlib.stats.association import rank_correlation


def points(values, errors, **columns):
    names = [f"A{i:03}" for i in range(len(values))]
    return pd.DataFrame(
        {"economy": names, "edition": 2023, "value": values, "standard_error": errors} | columns
    )


def test_pearsons_data_with_yorks_weights_give_yorks_line():
    # York (1966), Canadian Journal of Physics 44, 1079: the standard test of such programs.
    x = np.array([0.0, 0.9, 1.8, 2.6, 3.3, 4.4, 5.2, 6.1, 6.5, 7.4])
    y = np.array([5.9, 5.4, 4.4, 4.6, 3.5, 3.7, 2.8, 2.8, 2.4, 1.5])
    wx = np.array([1000, 1000, 500, 800, 200, 80, 60, 20, 1.8, 1.0])
    wy = np.array([1, 1.8, 4, 8, 20, 20, 70, 70, 100, 500.0])
    [fit] = stats.association(points(x, wx**-0.5), points(y, wy**-0.5)).to_dict("records")
    assert fit["slope"] == pytest.approx(-0.48053, abs=1e-5)
    assert fit["intercept"] == pytest.approx(5.47991, abs=1e-5)
    assert fit["misfit"] ** 2 == pytest.approx(1.48329, abs=1e-4)
    assert fit["standard_error"] == pytest.approx(0.0710, abs=1e-3)
    assert fit["circular"] == ""
    # What odrpack 0.4 gives.
    assert fit["slope"] == pytest.approx(-0.480533406, rel=1e-6)
    assert fit["standard_error"] == pytest.approx(0.0706202694, rel=1e-6)


def test_with_equal_errors_the_slope_is_demings():
    random = np.random.default_rng(2)
    truth = random.standard_normal(60)
    x, y = truth + 0.3 * random.standard_normal(60), truth + 0.3 * random.standard_normal(60)
    [fit] = stats.association(points(x, 0.3), points(y, 0.3)).to_dict("records")
    c = np.cov(x, y)
    deming = (c[1, 1] - c[0, 0] + np.sqrt((c[1, 1] - c[0, 0]) ** 2 + 4 * c[0, 1] ** 2)) / (
        2 * c[0, 1]
    )
    assert fit["slope"] == pytest.approx(deming, rel=1e-6)
    assert fit["slope"] > c[0, 1] / c[0, 0]  # ordinary regression is flatter
    r = np.corrcoef(x, y)[0, 1]
    reliable = np.prod([1 - 0.3**2 / w.var(ddof=1) for w in (x, y)])
    assert fit["correlation_without_error"] == pytest.approx(r / np.sqrt(reliable))
    z = [np.arctanh(fit[c]) for c in ("correlation_lower", "correlation", "correlation_upper")]
    assert np.diff(z) == pytest.approx([1.644854 / np.sqrt(57)] * 2)
    assert np.tanh(z[1]) == pytest.approx(r)
    wide, wider = (stats.association(points(x, s), points(y, s)).iloc[0] for s in (0.6, 1.2))
    assert 1 > wide["misfit"] == pytest.approx(2 * wider["misfit"])
    # A good fit makes the error no smaller than the errors have it.
    assert wider["standard_error"] == pytest.approx(2 * wide["standard_error"], rel=1e-4)


def test_nominal_90_percent_covers_as_much():
    random = np.random.default_rng(9)
    slopes = random.uniform(0.5, 1.5, 500)
    covered = 0
    for slope in slopes:
        truth = random.standard_normal(50)
        s, t = random.uniform(0.1, 0.3, (2, 50))
        x = points(truth + s * random.standard_normal(50), s)
        y = points(slope * truth + t * random.standard_normal(50), t)
        fit = stats.association(x, y).iloc[0]
        covered += fit["slope_lower"] <= slope <= fit["slope_upper"]
    # The error is never made smaller by a misfit below 1, so that it errs on the wide side.
    assert 0.88 <= covered / 500 <= 0.94


def test_where_economies_differ_by_more_than_errors_the_scattered_slope_is_right():
    """500 worlds whose y has scatter of its own: the line of both errors is far too steep."""
    random = np.random.default_rng(12)
    slopes = random.uniform(0.5, 1.5, 500)
    covered, steep = 0, []
    for slope in slopes:
        truth = random.standard_normal(100)
        s, t = random.uniform(0.2, 0.5, (2, 100))
        x = truth + s * random.standard_normal(100)
        y = slope * truth + 0.8 * random.standard_normal(100) + t * random.standard_normal(100)
        fit = stats.association(points(x, s), points(y, t)).iloc[0]
        covered += fit["slope_scattered_lower"] <= slope <= fit["slope_scattered_upper"]
        steep.append(fit["slope_scattered"] - slope)
    assert 0.85 <= covered / 500 <= 0.93  # 0.888 of 20,000
    assert np.mean(steep) == pytest.approx(0, abs=0.02)
    truth, s = random.standard_normal(900), np.full(900, 0.5)
    x = truth + s * random.standard_normal(900)
    y = truth + 0.8 * random.standard_normal(900)
    fit = stats.association(points(x, s), points(y, s)).iloc[0]
    assert fit["slope_scattered"] == pytest.approx(1, abs=0.15)  # more than 4 standard errors
    assert 1 < fit["misfit"] < 2


def test_nearly_without_errors_in_x_the_scattered_slope_is_that_of_ordinary_regression():
    x = np.array([0.0, 1.0, 2.0, 4.0, 5, 6, 7, 8, 9, 10])
    y = x + np.tile([0.1, -0.1], 5)
    [fit] = stats.association(points(x, 1e-9), points(y, 0.1)).to_dict("records")
    assert fit["slope_scattered"] == pytest.approx(np.polyfit(x, y, 1)[0])
    assert fit["slope"] == pytest.approx(np.polyfit(x, y, 1)[0])
    [blurred] = stats.association(points(x, 9.0), points(y, 0.1)).to_dict("records")
    assert np.isnan([blurred[c] for c in blurred if "scattered" in c]).all()


@pytest.mark.parametrize(
    ("x", "y", "note"),
    [
        ({"ranking": "freedom-house"}, {"dimension": "va"}, "Freedom in the World is a source"),
        ({"dimension": "rl"}, {"ranking": "v-dem"}, "Varieties of Democracy is a source of the"),
        ({"dimension": "cc"}, {"ranking": "cpi"}, "built from sources that the WGI use as well"),
        ({"ranking": "open-budget-survey"}, {"dimension": "va"}, "Open Budget Index is a source"),
        ({"ranking": "cpi"}, {"ranking": "wjp-rule-of-law"}, "source of the Corruption"),
        ({"ranking": "egdi"}, {"ranking": "egdi"}, "both are of one ranking"),
        ({"ranking": "egdi"}, {"dimension": "va"}, "^$"),
        ({}, {}, "^$"),
    ],
)
def test_the_note_says_which_indicator_feeds_which(x, y, note):
    line = [1.0, 2.0, 2.9, 4.1, 5, 6, 7, 8, 9, 10]
    for a, b in ((x, y), (y, x)):
        fit = stats.association(points(line, 0.1, **a), points(line, 0.1, **b))
        assert re.search(note, fit["circular"].item())


def test_what_cannot_be_fitted_is_rejected():
    good = points(np.arange(10.0), 0.1)
    with pytest.raises(BadTable, match="one row per country of one edition"):
        stats.association(pd.concat([good, good]), good)
    with pytest.raises(BadTable, match="one row per country of one edition"):
        stats.association(good, govlib.wgi.read(2023, dimensions="ge"))
    with pytest.raises(BadTable, match="3 countries have both"):
        stats.association(good.head(3), good)
    with pytest.raises(BadTable, match="values that differ"):
        stats.association(good.assign(value=1.0), good)
    bare = good.assign(standard_error=np.nan)
    with pytest.raises(BadTable, match="pass assumed_error_x"):
        stats.association(bare, good)
    with pytest.raises(BadParameter, match="above 0"):
        stats.association(bare, good, assumed_error_x=0)
    fit = stats.association(bare, good.assign(value=np.arange(10.0) ** 1.05), assumed_error_x=0.2)
    assert fit["assumed_error_x"].tolist() == [0.2]
    assert fit["assumed_error_y"].isna().all()
    with pytest.raises(BadTable, match="y has 1 errors that are not above 0, the first of"):
        stats.association(good, good.assign(standard_error=[0.0] + [0.1] * 9))
    assert stats.association(good, good)["correlation_upper"].item() == pytest.approx(1)
    with pytest.raises(BadTable, match="lacks standard_error"):
        stats.association(good.drop(columns="standard_error"), good)


def test_correlated_errors_are_taken_out_and_a_line_without_meaning_is_not_drawn():
    random = np.random.default_rng(4)
    truth = random.standard_normal(4000)
    shared = 0.5 * random.standard_normal(4000)
    x, y = truth + shared, truth + random.standard_normal(4000) + shared
    [told] = stats.association(points(x, 0.5), points(y, 0.5), rho=0.99).to_dict("records")
    [not_told] = stats.association(points(x, 0.5), points(y, 0.5)).to_dict("records")
    assert told["slope_scattered"] == pytest.approx(1, abs=0.06)
    assert not_told["slope_scattered"] > 1.15
    true = 1 / np.sqrt(2)
    bounds = ["correlation_without_error_lower", "correlation_without_error_upper"]
    assert told[bounds[0]] < true < told[bounds[1]]
    [fit] = stats.association(points(x, 0.1), points(y, 0.1)).to_dict("records")
    assert fit["misfit"] > 2
    assert np.isnan([fit[c] for c in ("slope", "slope_lower", "intercept")]).all()


def test_a_rank_correlation_is_that_of_scipy_inside_its_interval():
    x, y = np.random.default_rng(3).standard_normal((2, 12))
    y = np.round(x + y, 1)  # ties
    r, low, high = rank_correlation(x, y)
    assert r == pytest.approx(spearmanr(x, y).statistic)
    assert -1 <= low < r < high <= 1
    assert rank_correlation(x, np.exp(y)) == (r, low, high)
