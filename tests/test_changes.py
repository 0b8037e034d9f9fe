"""Changes by correlation and adjusted for many: closed forms, coverage, what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

import govlib
from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.stats import changes, compare


def two_years(first, last, errors=(0.2, 0.2), **columns):
    """Make the table of two years, one economy for each pair of estimates."""
    rows = [
        {"edition": 2023, "economy": f"A{i:04}", "year": year, "dimension": "ge"}
        | {"estimate": estimates[i], "standard_error": np.broadcast_to(error, len(first))[i]}
        for year, estimates, error in ((2018, first, errors[0]), (2022, last, errors[1]))
        for i in range(len(first))
    ]
    return pd.DataFrame(rows).assign(**columns)


def test_kazakhstans_government_effectiveness_by_rho():
    kaz = govlib.wgi.read(2023, economies="KAZ", dimensions="ge")
    table = changes.change_by_rho(kaz, 2018, 2022).set_index("rho")
    assert list(table.index) == [i / 10 for i in range(10)]
    assert table["change"].round(4).unique().tolist() == [0.1854]
    assert table["beyond_error"].tolist() == [False] * 9 + [True]
    s1, s2, d = 0.2109137, 0.24789976, table["change"].iloc[0]
    flip = (s1**2 + s2**2 - (d / 1.64) ** 2) / (2 * s1 * s2)
    assert table["rho_flip"].unique() == pytest.approx([flip])
    assert 0.8 < flip < 0.9
    assert table["intervals_overlap"].all()
    assert table["assumed_error"].isna().all()


def test_the_verdict_flips_at_rho_flip():
    table = govlib.wgi.read(2023, years=[2018, 2022])
    whole = changes.change_by_rho(table, 2018, 2022, rhos=(0.0, 0.9)).dropna(subset="change")
    for rho, rows in whole.groupby("rho"):
        assert (rows["beyond_error"] == (rows["rho_flip"] < rho)).all()
    inside = whole[(whole["rho"] == 0) & whole["rho_flip"].between(0.1, 0.9)].head(20)
    for row in inside.to_dict("records"):
        one = table[(table["economy"] == row["economy"]) & (table["dimension"] == row["dimension"])]
        around = changes.change_by_rho(
            one, 2018, 2022, rhos=(row["rho_flip"] - 1e-6, row["rho_flip"] + 1e-6)
        )
        assert around["beyond_error"].tolist() == [False, True]


def test_the_rule_of_thumb_is_that_of_the_intervals_and_stricter():
    table = compare.add_interval(govlib.wgi.read(2023, years=[2018, 2022]))
    result = changes.change_by_rho(table, 2018, 2022, rhos=[0]).dropna(subset="change")
    first, last = (
        table[table["year"] == year].set_index(["economy", "dimension"]) for year in (2018, 2022)
    )
    overlap = (first["estimate_lower"] <= last["estimate_upper"]) & (
        last["estimate_lower"] <= first["estimate_upper"]
    )
    expected = overlap.loc[pd.MultiIndex.from_frame(result[["economy", "dimension"]])]
    assert (result["intervals_overlap"].to_numpy() == expected.to_numpy()).all()
    assert (~result["intervals_overlap"]).sum() < result["beyond_error"].sum()


def test_equal_errors_have_a_closed_form():
    [row] = changes.change_by_rho(
        two_years([0.0], [0.5], (0.25, 0.25)), 2018, 2022, rhos=[0]
    ).to_dict("records")
    assert row["rho_flip"] == pytest.approx(1 - (0.5 / 1.64) ** 2 / (2 * 0.25**2))
    [none] = changes.change_by_rho(two_years([0.3], [0.3]), 2018, 2022, rhos=[0.9]).to_dict(
        "records"
    )
    assert none["rho_flip"] == pytest.approx(1)
    assert not none["beyond_error"]


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_nominal_90_percent_covers_as_much(rho):
    """2,000 worlds whose two errors are correlated by rho: the interval holds the true change."""
    random = np.random.default_rng(7)
    s1, s2 = random.uniform(0.1, 0.4, (2, 2000))
    z1, z2 = random.standard_normal((2, 2000))
    truth = random.normal(0, 0.3, 2000)
    table = two_years(s1 * z1, truth + s2 * (rho * z1 + np.sqrt(1 - rho**2) * z2), (s1, s2))
    result = changes.change_by_rho(table, 2018, 2022, rhos=[rho])
    covered = (result["change_lower"].to_numpy() <= truth) & (
        truth <= result["change_upper"].to_numpy()
    )
    assert 0.88 <= covered.mean() <= 0.92


@given(
    st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=1, max_size=12),
    st.integers(-4, 4),
    st.integers(0, 2**31),
)
@settings(deadline=None, max_examples=25)
def test_changes_do_not_depend_on_order_or_origin(pairs, shift, seed):
    first, last = np.round(np.array(pairs), 3).T
    result = changes.change_by_rho(two_years(first, last), 2018, 2022)
    mixed = two_years(first, last).sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(result, changes.change_by_rho(mixed, 2018, 2022))
    moved = changes.change_by_rho(two_years(first + shift, last + shift), 2018, 2022)
    columns = ["change", "standard_error", "rho_flip"]
    np.testing.assert_allclose(result[columns], moved[columns], atol=1e-9)


def test_without_errors_it_refuses_unless_one_is_assumed_and_says_so():
    table = govlib.wgi.read(2025, economies=["KAZ", "UZB"], dimensions="ge")
    with pytest.raises(BadTable, match=r"edition 2025 have no standard error.*assumed_error=0.2"):
        changes.change_by_rho(table, 2018, 2022)
    assumed = changes.change_by_rho(table, 2018, 2022, rhos=[0], assumed_error=0.25)
    assert assumed["assumed_error"].tolist() == [0.25, 0.25]
    assert assumed["standard_error"].tolist() == pytest.approx([0.25 * np.sqrt(2)] * 2)
    published = changes.change_by_rho(
        govlib.wgi.read(2023, economies="KAZ"), 2018, 2022, assumed_error=0.25
    )
    assert published["assumed_error"].isna().all()
    for wrong in (0, -1, True, "0.2", np.nan):
        with pytest.raises(BadParameter, match="a number above 0"):
            changes.change_by_rho(table, 2018, 2022, assumed_error=wrong)


def test_a_gap_gives_no_verdict():
    gap = changes.change_by_rho(govlib.wgi.read(2023, economies="SSD"), 2008, 2022)
    columns = ["change", "beyond_error", "intervals_overlap", "rho_flip"]
    assert gap[columns].isna().all(axis=None)
    tested = changes.adjust_changes(gap)
    assert tested["family_size"].eq(0).all()
    assert tested["beyond_family_wise"].isna().all()


def test_many_changes_are_adjusted_and_the_family_is_named():
    table = changes.change_by_rho(govlib.wgi.read(2023), 2018, 2022, rhos=(0.0, 0.9))
    result = changes.adjust_changes(table)
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


def test_a_family_of_one_keeps_its_verdict():
    for change in (0.46, 0.47):  # 1.64 * 0.2 * sqrt(2) = 0.4639
        one = changes.change_by_rho(two_years([0.0], [change]), 2018, 2022, rhos=[0])
        [row] = changes.adjust_changes(one).to_dict("records")
        assert row["beyond_family_wise"] == row["beyond_false_discovery"] == row["beyond_error"]
        assert row["p_value"] == row["p_family_wise"]
        assert row["family"] == "1 changes: A0000, ge, 2018–2022, rho 0"


def test_of_many_changes_that_are_none_few_stand():
    random = np.random.default_rng(3)
    none = changes.change_by_rho(two_years([0.0] * 30, [0.0] * 30), 2018, 2022, rhos=[0])
    wrong = 0
    for _ in range(300):
        drawn = none.assign(change=none["standard_error"] * random.standard_normal(30))
        wrong += bool(changes.adjust_changes(drawn)["beyond_family_wise"].any())
    assert 0.05 <= wrong / 300 <= 0.15  # nominal 0.101; unadjusted it would be 0.96


def test_what_cannot_be_tested_is_refused():
    kaz = govlib.wgi.read(2023, economies="KAZ")
    with pytest.raises(UnknownName, match="no year 1997"):
        changes.change_by_rho(kaz, 1997, 2022)
    for rhos in ([], [0.5, 0.5], [1.0], "0.5"):
        with pytest.raises(BadParameter, match="rho"):
            changes.change_by_rho(kaz, 2018, 2022, rhos=rhos)
    both = pd.concat([kaz, govlib.wgi.read(2022, economies="KAZ")])
    with pytest.raises(BadTable, match="mixes the editions"):
        changes.change_by_rho(both, 2018, 2021)
    with pytest.raises(BadTable, match="repeated"):
        changes.change_by_rho(pd.concat([kaz, kaz]), 2018, 2021)
    table = changes.change_by_rho(kaz, 2018, 2022)
    with pytest.raises(BadTable, match="count twice"):
        changes.adjust_changes(pd.concat([table, table]))
    with pytest.raises(BadTable, match="One edition"):
        changes.adjust_changes(pd.concat([table, table.assign(edition=2022)]))
    with pytest.raises(BadTable, match="lacks rho"):
        changes.adjust_changes(table.drop(columns="rho"))
    with pytest.raises(BadTable, match="no rows"):
        changes.adjust_changes(table.head(0))
    assert changes.change_by_rho(kaz, 2018, 2022, rhos=0.5)["rho"].eq(0.5).all()
    bare = compare.change_between_years(govlib.wgi.read(2025, economies="KAZ"), 2018, 2022)
    with pytest.raises(BadTable, match="without standard errors cannot be tested"):
        changes.adjust_changes(bare)
    one = table.assign(standard_error=table["standard_error"].mask(table.index == 0))
    with pytest.raises(BadTable, match="without standard errors cannot be tested"):
        changes.adjust_changes(one)
