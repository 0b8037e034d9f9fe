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
from govlib.errors import BadTable


def two_years(first, last, errors=(0.2, 0.2)):
    return over_years(np.transpose([first, last]), np.transpose(errors), [2018, 2022])


def test_kazakhstans_government_effectiveness_by_rho():
    kaz = govlib.wgi.read(2023, economies="KAZ", dimensions="ge")
    table = stats.change_by_rho(kaz, 2018, 2022).set_index("rho")
    assert list(table.index) == [i / 10 for i in range(10)]
    assert table["beyond_error"].tolist() == [False] * 9 + [True]
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
        assert table.reset_index().set_index("rho").loc[[rho]].reset_index()[columns].to_dict(
            "records"
        ) == [pytest.approx(one)]


def test_the_verdict_flips_at_rho_flip():
    table = govlib.wgi.read(2023, years=[2018, 2022])
    whole = stats.change_by_rho(table, 2018, 2022, rhos=(0.0, 0.9)).dropna(subset="change")
    for rho, rows in whole.groupby("rho"):
        assert (rows["beyond_error"] == (rows["rho_flip"] < rho)).all()
    inside = whole[(whole["rho"] == 0) & whole["rho_flip"].between(0.1, 0.9)].head(10)
    for row in inside.to_dict("records"):
        one = table[(table["economy"] == row["economy"]) & (table["dimension"] == row["dimension"])]
        around = (row["rho_flip"] - 1e-6, row["rho_flip"] + 1e-6)
        found = stats.change_by_rho(one, 2018, 2022, rhos=around)
        assert found["beyond_error"].tolist() == [False, True]


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_nominal_90_percent_covers_as_much(rho):
    """2,000 worlds whose two errors are correlated by rho: the interval holds the true change."""
    random = np.random.default_rng(7)
    s1, s2 = random.uniform(0.1, 0.4, (2, 2000))
    z1, z2 = random.standard_normal((2, 2000))
    truth = random.normal(0, 0.3, 2000)
    table = two_years(s1 * z1, truth + s2 * (rho * z1 + np.sqrt(1 - rho**2) * z2), (s1, s2))
    result = stats.change_by_rho(table, 2018, 2022, rhos=rho)
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
    result = stats.change_by_rho(two_years(first, last), 2018, 2022)
    mixed = two_years(first, last).sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(result, stats.change_by_rho(mixed, 2018, 2022))
    moved = stats.change_by_rho(two_years(first + shift, last + shift), 2018, 2022)
    columns = ["change", "standard_error", "rho_flip"]
    np.testing.assert_allclose(result[columns], moved[columns], atol=1e-9)
    wider = two_years(first, last, (0.2 * times, 0.2 * times))
    wider = stats.change_by_rho(wider, 2018, 2022)
    assert (wider["change_lower"] <= result["change_lower"]).all()
    assert (wider["change_upper"] >= result["change_upper"]).all()
    assert (result["beyond_error"] | ~wider["beyond_error"]).all()


def test_without_errors_or_with_a_gap_there_is_no_verdict():
    without = stats.change(govlib.wgi.read(2025, economies="KAZ"), 2018, 2022)
    assert without["change"].notna().all()
    assert without[["standard_error", "beyond_error"]].isna().all(axis=None)
    gap = stats.change_by_rho(govlib.wgi.read(2023, economies="SSD"), 2008, 2022)
    columns = ["change", "beyond_error", "intervals_overlap", "rho_flip"]
    assert gap[columns].isna().all(axis=None)
    tested = stats.adjust_changes(gap)
    assert tested["family_size"].eq(0).all()
    assert tested["beyond_family_wise"].isna().all()


def test_many_changes_are_adjusted_and_the_family_is_named():
    table = stats.change_by_rho(govlib.wgi.read(2023), 2018, 2022, rhos=(0.0, 0.9))
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
            rows[c].sum() for c in ("beyond_family_wise", "beyond_false_discovery", "beyond_error")
        )
        assert 0 < wise < found < alone


def test_of_many_changes_that_are_none_few_remain():
    random = np.random.default_rng(3)
    none = stats.change_by_rho(two_years([0.0] * 30, [0.0] * 30), 2018, 2022, rhos=[0])
    worlds = [none.assign(rho=i / 300) for i in range(300)]  # a family for each rho
    table = pd.concat(worlds, ignore_index=True)
    table["change"] = table["standard_error"] * random.standard_normal(len(table))
    wrong = stats.adjust_changes(table).groupby("rho")["beyond_family_wise"].any()
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
    table = stats.change_by_rho(two_years([0.0, 1.0], [0.5, 1.0]), 2018, 2022)
    with pytest.raises(BadTable, match=answer):
        stats.adjust_changes(damage(table))


def test_the_floor_of_the_correlation_of_errors_is_that_of_all_countries():
    world = govlib.wgi.read(2023, dimensions=["va", "ge", "cc"], years=[2018, 2022])
    floors = stats.correlation_floor(world, 2018, 2022).set_index("dimension")
    expected = {"va": 0.27, "ge": 0.69, "cc": 0.46}
    assert floors["rho"].round(2).to_dict() == expected
    assert (floors["rho_lower"] < floors["rho"]).all() and (
        floors["rho"] < floors["rho_upper"]
    ).all()
    shuffled = stats.correlation_floor(world.sample(frac=1, random_state=1), 2018, 2022)
    pd.testing.assert_frame_equal(shuffled.set_index("dimension"), floors)
    with pytest.raises(BadTable, match="pass the whole edition"):
        stats.correlation_floor(world.head(60), 2018, 2022)
