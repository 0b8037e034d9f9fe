"""Changes by correlation and adjusted for many: closed forms, coverage, what is rejected."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from wgitables import over_years

import govlib
from govlib import stats
from govlib.errors import BadParameter, BadTable


def two_years(first, last, errors=(0.2, 0.2)):
    return over_years(np.transpose([first, last]), np.transpose(errors), [2018, 2022])


def test_kazakhstans_government_effectiveness_by_rho():
    kaz = govlib.wgi.read(2023, economies="KAZ", dimensions="ge")
    table = stats.change(kaz, 2018, 2022, rho=stats.RHOS).set_index("rho")
    assert list(table.index) == [i / 10 for i in range(10)]
    assert table["significant"].tolist() == [False] * 9 + [True]
    s1, s2, d = 0.2109137, 0.24789976, 0.14343049 + 0.042007547
    assert table["change"].tolist() == pytest.approx([d] * 10)
    flip = (s1**2 + s2**2 - (d / 1.64) ** 2) / (2 * s1 * s2)
    assert table["rho_flip"].tolist() == pytest.approx([flip] * 10)
    # The rule of thumb: the two intervals overlap, since the change is below 1.64 (s1 + s2).
    assert table["intervals_overlap"].all() == (d <= 1.64 * (s1 + s2))
    for rho in (0.0, 0.9):
        [one] = stats.change(kaz, 2018, 2022, rho=rho).to_dict("records")
        assert one["standard_error"] == pytest.approx(
            np.sqrt(s1**2 + s2**2 - 2 * rho * s1 * s2), rel=1e-6
        )
        assert one["change_upper"] - one["change"] == pytest.approx(1.64 * one["standard_error"])
        columns = list(one)
        [same] = table.loc[[rho]].reset_index()[columns].to_dict("records")
        numbers = [c for c in columns if isinstance(one[c], float)]
        assert [same[c] for c in numbers] == pytest.approx([one[c] for c in numbers], nan_ok=True)


def test_the_verdict_flips_at_rho_flip():
    table = govlib.wgi.read(2023, years=[2018, 2022])
    whole = stats.change(table, 2018, 2022, rho=(0.0, 0.9)).dropna(subset="change")
    for rho, rows in whole.groupby("rho"):
        assert (rows["significant"] == (rows["rho_flip"] < rho)).all()
    inside = whole[(whole["rho"] == 0) & whole["rho_flip"].between(0.1, 0.9)].head(10)
    for row in inside.to_dict("records"):
        one = table[(table["economy"] == row["economy"]) & (table["dimension"] == row["dimension"])]
        around = (row["rho_flip"] - 1e-6, row["rho_flip"] + 1e-6)
        found = stats.change(one, 2018, 2022, rho=around)
        assert found["significant"].tolist() == [False, True]


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_nominal_90_percent_covers_as_much(rho):
    """2,000 worlds whose two errors are correlated by rho: the interval holds the true change."""
    random = np.random.default_rng(7)
    s1, s2 = random.uniform(0.1, 0.4, (2, 2000))
    z1, z2 = random.standard_normal((2, 2000))
    truth = random.normal(0, 0.3, 2000)
    table = two_years(s1 * z1, truth + s2 * (rho * z1 + np.sqrt(1 - rho**2) * z2), (s1, s2))
    result = stats.change(table, 2018, 2022, rho=rho)
    covered = (result["change_lower"] <= truth) & (truth <= result["change_upper"])
    assert 0.88 <= covered.mean() <= 0.92


@given(
    st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=1, max_size=12),
    st.integers(-4, 4),
    st.floats(1, 3),
    st.integers(0, 2**31),
)
@settings(deadline=None, max_examples=25)
def test_order_and_origin_do_not_matter_and_larger_errors_never_shrink_an_interval(
    pairs, shift, times, seed
):
    first, last = np.round(np.array(pairs), 3).T
    result = stats.change(two_years(first, last), 2018, 2022, rho=stats.RHOS)
    mixed = two_years(first, last).sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(result, stats.change(mixed, 2018, 2022, rho=stats.RHOS))
    moved = stats.change(two_years(first + shift, last + shift), 2018, 2022, rho=stats.RHOS)
    columns = ["change", "standard_error", "rho_flip"]
    np.testing.assert_allclose(result[columns], moved[columns], atol=1e-9)
    wider = two_years(first, last, (0.2 * times, 0.2 * times))
    wider = stats.change(wider, 2018, 2022, rho=stats.RHOS)
    assert (wider["change_lower"] <= result["change_lower"]).all()
    assert (wider["change_upper"] >= result["change_upper"]).all()
    assert (result["significant"] | ~wider["significant"]).all()


def test_without_errors_or_with_a_gap_there_is_no_verdict():
    without = stats.change(govlib.wgi.read(2025, economies="KAZ"), 2018, 2022, rho=0)
    assert without["change"].notna().all()
    assert without[["standard_error", "significant"]].isna().all(axis=None)
    gap = stats.change(govlib.wgi.read(2023, economies="SSD"), 2008, 2022, rho=0)
    columns = ["change", "significant", "intervals_overlap", "rho_flip"]
    assert gap[columns].isna().all(axis=None)
    tested = stats.adjust_changes(gap)
    assert tested["family_size"].eq(0).all()
    assert tested["significant_family_wise"].isna().all()


def test_many_changes_are_adjusted_and_the_family_is_named():
    table = stats.change(govlib.wgi.read(2023), 2018, 2022, rho=(0.0, 0.9))
    result = stats.adjust_changes(table)
    for rho, rows in result.dropna(subset="p_value").groupby("rho"):
        p = rows["p_value"].to_numpy()
        np.testing.assert_allclose(rows["p_false_discovery"], false_discovery_control(p))
        order = np.argsort(p)
        steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)).clip(max=1)
        np.testing.assert_allclose(rows["p_family_wise"].to_numpy()[order], steps)
        n = f"{len(p)} changes: {rows['economy'].nunique()} economies, 6 dimensions"
        assert rows["family"].unique().tolist() == [f"{n}, 2018–2022, rho {rho:g}"]
        wise, found, alone = (
            rows[c].sum()
            for c in ("significant_family_wise", "significant_false_discovery", "significant")
        )
        assert 0 < wise < found < alone


def test_of_many_changes_that_are_none_few_remain():
    random = np.random.default_rng(3)
    none = stats.change(two_years([0.0] * 30, [0.0] * 30), 2018, 2022, rho=[0])
    worlds = [none.assign(rho=i / 300) for i in range(300)]  # a family for each rho
    table = pd.concat(worlds, ignore_index=True)
    table["change"] = table["standard_error"] * random.standard_normal(len(table))
    wrong = stats.adjust_changes(table).groupby("rho")["significant_family_wise"].any()
    assert 0.05 <= wrong.mean() <= 0.15  # nominal 0.101; unadjusted it would be 0.96


DAMAGED = [
    (lambda t: pd.concat([t, t]), "count twice"),
    (lambda t: pd.concat([t, t.assign(edition=2022)]), "One edition"),
    (lambda t: t.drop(columns="rho"), "lacks rho"),
    (lambda t: t.head(0), "no rows"),
    (lambda t: t.assign(standard_error=t["standard_error"].where(t.index > 0)), "cannot be tested"),
]


@pytest.mark.parametrize(("damage", "answer"), DAMAGED)
def test_what_cannot_be_tested_is_rejected(damage, answer):
    table = stats.change(two_years([0.0, 1.0], [0.5, 1.0]), 2018, 2022, rho=0)
    with pytest.raises(BadTable, match=answer):
        stats.adjust_changes(damage(table))


def test_the_floors_of_the_edition_of_2023():
    world = govlib.wgi.read(2023)
    floors = stats.correlation_floor(world, 2018, 2022).set_index("dimension")
    rows = floors.loc[["va", "ge", "cc"]].round(2)
    assert rows["rho"].tolist() == [0.27, 0.69, 0.46]
    assert rows.loc["ge", ["rho_lower", "rho_upper"]].tolist() == pytest.approx([0.63, 0.75])
    ge = world[world["dimension"] == "ge"]
    by_lag = [stats.correlation_floor(ge, 1996, 2022, lag=lag)["rho"].item() for lag in (1, 2, 4)]
    assert np.round(by_lag, 2).tolist() == [0.87, 0.76, 0.53]
    kaz = govlib.wgi.change(govlib.wgi.read(2023, economies="KAZ"), 2018, 2022)
    kaz = kaz.set_index("dimension")
    assert kaz.loc[["ge", "cc"], "verdict"].tolist() == ["within error", "rose"]
    assert kaz.loc["ge", ["sources_first", "sources_last"]].tolist() == [8, 7]
    with pytest.raises(BadParameter, match="lag = '1': no two years"):
        stats.correlation_floor(world, 2018, 2022, lag="1")
    with pytest.raises(BadTable, match="correlation needs 30"):
        stats.correlation_floor(world[world["economy"] < "BBB"], 2018, 2022)


@pytest.mark.parametrize("rho", [0.3, 0.8])
def test_the_floor_is_the_correlation_where_nothing_changed_and_below_it_where_something_did(rho):
    random = np.random.default_rng(8)
    z = random.multivariate_normal([0, 0], [[1, rho], [rho, 1]], 3000)
    truth = random.standard_normal(3000)
    e = truth[:, None] + 0.3 * z
    floor = stats.correlation_floor(two_years(*e.T, (0.3, 0.3)), 2018, 2022).iloc[0]
    assert floor["rho_lower"] < rho < floor["rho_upper"]
    e[:, 1] += 0.2 * random.standard_normal(3000)
    moved = stats.correlation_floor(two_years(*e.T, (0.3, 0.3)), 2018, 2022).iloc[0]
    assert moved["rho_upper"] < rho


def test_a_verdict_is_judged_over_the_interval_of_the_correlation():
    table = two_years([0.0], [0.4])
    flip = stats.change(table, 2018, 2022, rho=0)["rho_flip"].item()
    for lower, upper, verdict in (
        (flip + 0.01, 0.9, "rose"),
        (0.0, flip - 0.01, "within error"),
        (flip - 0.01, flip + 0.01, "undecided"),
    ):
        known = pd.DataFrame({"dimension": ["ge"], "rho": lower})
        known = known.assign(rho_lower=lower, rho_upper=upper)
        assert stats.change(table, 2018, 2022, rho=known)["verdict"].tolist() == [verdict]
    fell = stats.change(two_years([0.4], [0.0]), 2018, 2022, rho=0.9)
    assert fell["verdict"].tolist() == ["fell"]
    with pytest.raises(BadTable, match="no ge"):
        stats.change(table, 2018, 2022, rho=known.assign(dimension="va"))
    with pytest.raises(BadTable, match="once for each"):
        stats.change(table, 2018, 2022, rho=pd.concat([known, known]))


def test_a_rise_is_the_more_probable_the_more_errors_are_correlated():
    found = govlib.wgi.probability_of_rise(
        govlib.wgi.read(2023, economies="KAZ", dimensions="ge"), 2018, 2022
    )
    assert found["rho"].min() == 0.7  # the floor is 0.694
    assert found["probability"].is_monotonic_increasing
    assert found["probability"].round(2).tolist() == [0.57, 0.71, 0.79, 0.86, 0.93, 0.98]
