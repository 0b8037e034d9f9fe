"""Trends with correlated errors: closed forms, coverage, what is rejected."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from wgitables import over_years

import govlib
from govlib import stats
from govlib.errors import BadParameter


def test_with_equal_errors_the_slope_and_its_error_have_a_closed_form():
    y = np.array([-0.04, 0.07, 0.11, 0.03, 0.14])
    t = np.arange(5) - 2.0
    fits = stats.trend(over_years(y, 0.25), rho=(0.0, 0.6), decaying=False).to_dict("records")
    for fit in fits:
        assert fit["slope"] == pytest.approx((t * y).sum() / (t**2).sum())
        assert fit["level"] == pytest.approx(y.mean())
        error = 0.25 * np.sqrt((1 - fit["rho"]) / (t**2).sum())
        assert fit["standard_error"] == pytest.approx(error)
        residual = y - y.mean() - fit["slope"] * t
        chi2 = (residual**2).sum() / 0.25**2 / (1 - fit["rho"])
        assert fit["misfit"] == pytest.approx(np.sqrt(chi2 / 3))
        assert fit["slope_upper"] - fit["slope"] == pytest.approx(1.64 * error)


def test_a_line_that_the_years_do_not_follow_is_improbable():
    straight, bent = ([0.0, 0.1, 0.2, 0.3, 0.41], [0.0, 1.0, -1.0, 1.0, 0.0])
    fit = stats.trend(over_years([straight, bent], 0.2), rho=[0])
    assert fit["p_misfit"].iloc[0] > 0.9
    assert fit["p_misfit"].iloc[1] < 1e-6
    assert fit["misfit"].iloc[0] < 0.1 < 3 < fit["misfit"].iloc[1]
    [one] = stats.trend(over_years([0.0, 0.3, 0.0], 0.2), rho=[0]).to_dict("records")
    # One degree of freedom: chi-squared is the square of a normal deviate, 0.3 / (0.2 sqrt(1.5)).
    assert one["p_misfit"] == pytest.approx(2 * ndtr(-0.3 / (0.2 * np.sqrt(1.5))))


def test_errors_that_decay_and_differ_give_generalised_least_squares():
    kaz = govlib.wgi.read(2023, economies="KAZ", dimensions="ge")
    [fit] = stats.trend(kaz, rho=[0.6], decaying=True).to_dict("records")
    y, s, year = (kaz[c].to_numpy(float) for c in ("estimate", "standard_error", "year"))
    v = 0.6 ** np.abs(year[:, None] - year) * np.outer(s, s)
    lower = np.linalg.cholesky(np.linalg.inv(v)).T  # whitened, then ordinary least squares
    x = np.stack([year - year.mean(), np.ones_like(year)], axis=1)
    beta, chi2, *_ = np.linalg.lstsq(lower @ x, lower @ y, rcond=None)
    assert [fit["slope"], fit["level"]] == pytest.approx(beta)
    assert fit["misfit"] == pytest.approx(np.sqrt(chi2[0] / (len(y) - 2)))
    # As statsmodels 0.15 GLS(...).normalized_cov_params gives it.
    assert fit["standard_error"] == pytest.approx(0.008983677469791408)
    assert (fit["years"], fit["first_year"], fit["last_year"]) == (24, 1996, 2022)


@pytest.mark.parametrize(("rho", "decaying"), [(0.0, False), (0.6, False), (0.6, True)])
def test_nominal_90_percent_covers_as_much(rho, decaying):
    random = np.random.default_rng(5)
    years, worlds = np.arange(2010, 2020), 2000
    apart = np.abs(years[:, None] - years)
    matrix = rho**apart if decaying else np.where(apart == 0, 1.0, rho)
    s = random.uniform(0.1, 0.4, (worlds, 10))
    noise = s * random.multivariate_normal(np.zeros(10), matrix, worlds)
    slopes = random.normal(0, 0.05, worlds)
    table = over_years(slopes[:, None] * (years - 2014) + noise, s, years)
    fit = stats.trend(table, rho=[rho], decaying=decaying)
    covered = (fit["slope_lower"] <= slopes) & (slopes <= fit["slope_upper"])
    assert 0.88 <= covered.mean() <= 0.92
    assert (fit["p_misfit"] < 0.1).mean() == pytest.approx(0.1, abs=0.02)


@given(
    st.lists(st.floats(-2, 2), min_size=3, max_size=8),
    st.integers(-3, 3),
    st.integers(0, 2**31),
)
@settings(deadline=None, max_examples=25)
def test_trends_do_not_depend_on_order_or_origin(estimates, shift, seed):
    estimates = np.round(estimates, 3)
    fit = stats.trend(over_years(estimates), rho=0.6)
    mixed = stats.trend(over_years(estimates).sample(frac=1, random_state=seed), rho=0.6)
    pd.testing.assert_frame_equal(fit, mixed)
    moved = stats.trend(over_years(estimates + shift), rho=0.6)
    columns = ["slope", "standard_error", "misfit"]
    np.testing.assert_allclose(fit[columns], moved[columns], atol=1e-9)
    np.testing.assert_allclose(fit["level"] + shift, moved["level"], atol=1e-9)


def test_gaps_are_left_out_and_two_points_are_no_trend():
    table = over_years([[0.0, np.nan, 0.2, 0.3], [0.0, np.nan, np.nan, 0.3], [np.nan] * 4])
    table.loc[table["estimate"].isna(), "standard_error"] = np.nan
    fit = stats.trend(table, rho=[0])
    assert fit["years"].tolist() == [3, 2, 0]
    assert fit["slope"].isna().tolist() == [False, True, True]
    assert fit["slope"].iloc[0] == pytest.approx(0.1)
    assert fit["significant"].isna().tolist() == [False, True, True]
    assert fit["first_year"].isna().tolist() == [False, False, True]
    whole = stats.trend(
        govlib.wgi.read(2023, economies=["SSD", "ANT", "KAZ"]), rho=(0, 0.3, 0.6, 0.9)
    )
    assert len(whole) == 3 * 6 * 4


def test_decaying_is_true_or_false():
    with pytest.raises(BadParameter, match="decaying = 'no'"):
        stats.trend(over_years([0.0, 0.1, 0.2]), rho=0, decaying="no")
