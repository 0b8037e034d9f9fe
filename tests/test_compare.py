"""Intervals, positions and changes: closed forms, the published ranks, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import govlib
from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.stats import compare

RANKS = ["percentile_rank", "percentile_rank_lower", "percentile_rank_upper"]


def world(estimates, errors=0.2, **columns):
    """Make the table of one dimension and year."""
    return pd.DataFrame(
        {
            "edition": 2023,
            "economy": [f"A{i:02}" for i in range(len(estimates))],
            "year": 2022,
            "dimension": "ge",
            "estimate": estimates,
            "standard_error": errors,
        }
        | columns
    )


@pytest.mark.parametrize("edition", range(2019, 2025))
def test_every_published_rank_and_bound_is_reproduced(edition):
    published = govlib.wgi.read(edition)
    ranked = compare.rank_economies(published)
    for column in RANKS:
        assert (ranked[column].isna() == published[column].isna()).all()
        difference = (ranked[column] - published[column]).abs()
        assert difference.max() < 1e-5, (column, difference.max())
        assert difference.notna().sum() > 20_000


def test_the_place_of_the_articles_90th_of_214():
    row = compare.rank_economies(govlib.wgi.read(2023, dimensions="ge", years=2022))
    kaz = row[row["economy"] == "KAZ"].iloc[0]
    assert (kaz["position"], kaz["ranked"], kaz["listed"]) == (89, 213, 214)
    assert (row["estimate"] > kaz["estimate"]).sum() == 88
    assert (row["estimate"] < kaz["estimate"]).sum() == 124
    assert round(kaz["percentile_rank"], 2) == 58.49


def test_equal_estimates_share_the_best_position_and_none_is_never_ranked():
    ranked = compare.rank_economies(world([1.0, 0.5, 0.5, -1.0, np.nan]))
    assert ranked["position"].tolist()[:4] == [1, 2, 2, 4]
    assert ranked["position"].isna().tolist() == [False] * 4 + [True]
    assert (ranked["ranked"] == 4).all()
    assert (ranked["listed"] == 5).all()
    assert ranked["percentile_rank"].tolist()[:4] == pytest.approx([100, 200 / 3, 200 / 3, 0])


def test_without_errors_there_are_ranks_but_no_bounds():
    ranked = compare.rank_economies(govlib.wgi.read(2025, years=2022))
    held = ranked["estimate"].notna()
    assert (ranked["percentile_rank"].notna() == held).all()
    assert ranked[RANKS[1:]].isna().all(axis=None)


def test_one_economy_alone_has_a_position_but_no_percentile():
    ranked = compare.rank_economies(world([0.3]))
    assert ranked["position"].tolist() == [1]
    assert ranked["percentile_rank"].isna().all()


@given(
    st.lists(st.floats(-3, 3), min_size=2, max_size=30),
    st.integers(-5, 5),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=50)
def test_ranks_do_not_depend_on_order_or_origin(estimates, shift, random):
    estimates = np.round(estimates, 3)
    table = world(estimates)
    ranks = compare.rank_economies(table).set_index("economy")
    mixed = table.sample(frac=1, random_state=random.randrange(2**32))
    mixed = compare.rank_economies(mixed).set_index("economy").loc[ranks.index]
    pd.testing.assert_frame_equal(ranks, mixed)
    shifted = compare.rank_economies(world(estimates + shift)).set_index("economy")
    assert (shifted["position"] == ranks["position"]).all()


def test_the_caller_keeps_its_table():
    table = govlib.wgi.read(2023, years=2022)
    before = table.copy()
    compare.rank_economies(table)
    compare.add_interval(table)
    compare.change_between_years(govlib.wgi.read(2023), 2018, 2022)
    pd.testing.assert_frame_equal(table, before)


def test_the_interval_is_1_64_errors_wide_on_each_side():
    table = compare.add_interval(world([1.0, np.nan], [0.1, np.nan]))
    assert table.loc[0, ["estimate_lower", "estimate_upper"]].tolist() == pytest.approx(
        [0.836, 1.164]
    )
    assert table.loc[1, ["estimate_lower", "estimate_upper"]].isna().all()


def test_the_change_of_government_effectiveness_and_its_error():
    kaz = govlib.wgi.read(2023, economies="KAZ", dimensions="ge")
    [change] = compare.change_between_years(kaz, 2018, 2022).to_dict("records")
    assert change["change"] == pytest.approx(0.14343049 + 0.042007547)
    assert change["standard_error"] == pytest.approx(np.hypot(0.2109137, 0.24789976))
    assert change["change_upper"] - change["change"] == pytest.approx(
        1.64 * change["standard_error"]
    )
    assert change["beyond_error"] is np.False_ or change["beyond_error"] is False
    [close] = compare.change_between_years(kaz, 2018, 2022, rho=0.9).to_dict("records")
    assert close["standard_error"] < change["standard_error"]
    assert bool(close["beyond_error"])


def test_equal_errors_have_a_closed_form():
    both = pd.concat([world([0.0], 0.3), world([1.0], 0.3, year=2018)])
    for rho in (0, 0.5, 0.75):
        [change] = compare.change_between_years(both, 2018, 2022, rho=rho).to_dict("records")
        assert change["standard_error"] == pytest.approx(0.3 * np.sqrt(2 * (1 - rho)))


def test_a_change_without_errors_or_with_a_gap_has_no_verdict():
    without = compare.change_between_years(govlib.wgi.read(2025, economies="KAZ"), 2018, 2022)
    assert without["change"].notna().all()
    assert without[["standard_error", "beyond_error"]].isna().all(axis=None)
    gap = compare.change_between_years(govlib.wgi.read(2023, economies="SSD"), 2008, 2022)
    assert gap[["change", "beyond_error"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("years", "options", "error", "answer"),
    [
        ((2022, 2018), {}, BadParameter, "2022 is not before last year 2018"),
        ((2018, 2018), {}, BadParameter, "not before"),
        ((2017, 2018), {}, UnknownName, "no year 2017; it has 2018–2022"),
        ((2018, 2022), {"rho": 1}, BadParameter, "rho = 1"),
        ((2018, 2022), {"rho": -0.1}, BadParameter, "rho"),
        ((2018, 2022), {"rho": "0.5"}, BadParameter, "rho = '0.5'"),
        ((2018, 2022), {"rho": None}, BadParameter, "rho = None"),
        (("2018", 2022), {}, UnknownName, "no year '2018'; it has 2018–2022"),
    ],
)
def test_a_change_that_cannot_be_computed_is_refused(years, options, error, answer):
    table = govlib.wgi.read(2023, economies="KAZ", years=range(2018, 2023))
    with pytest.raises(error, match=answer):
        compare.change_between_years(table, *years, **options)


def test_mixed_editions_repeated_rows_and_missing_columns_are_refused():
    a, b = (govlib.wgi.read(e, economies="KAZ") for e in (2022, 2023))
    for function in (compare.rank_economies, compare.add_interval, compare.check_table):
        with pytest.raises(BadTable, match="mixes the editions 2022, 2023"):
            function(pd.concat([a, b]))
        with pytest.raises(BadTable, match="rows are repeated, the first: edition 2022"):
            function(pd.concat([a, a]))
        with pytest.raises(BadTable, match="no rows"):
            function(a.head(0))
    with pytest.raises(BadTable, match="lacks standard_error; it has edition"):
        compare.rank_economies(a.drop(columns="standard_error"))


@pytest.mark.parametrize(
    ("column", "value", "answer"),
    [
        ("standard_error", 0.0, r"1 values of standard_error are not finite numbers above 0.*A00"),
        ("standard_error", -0.2, "above 0, the first: -0.2"),
        ("standard_error", np.inf, "above 0, the first: inf"),
        ("estimate", np.inf, "of estimate are not finite numbers, the first: inf"),
        ("estimate", -np.inf, "first: -inf of edition 2023, economy A00, year 2022"),
        ("estimate", "..", r"first: \.\."),
    ],
)
def test_numbers_that_cannot_be_are_refused(column, value, answer):
    table = world([0.3, 0.5]).astype({column: object})
    table.loc[0, column] = value
    with pytest.raises(BadTable, match=answer):
        compare.rank_economies(table)
    table.loc[0, column] = None
    compare.check_table(table.astype({column: float}), [column])


@pytest.mark.parametrize("column", ["year", "dimension"])
def test_rows_without_a_year_or_dimension_are_not_ranked_together(column):
    table = world([0.3, 0.5, 0.7]).astype({column: object})
    table.loc[[0, 2], column] = None
    with pytest.raises(BadTable, match="2 rows lack year or dimension"):
        compare.rank_economies(table)


def test_what_is_no_table_is_refused():
    with pytest.raises(BadTable, match=r"DataFrame.* not str"):
        compare.rank_economies("KAZ")


def test_errors_are_filled_where_they_lack_and_the_table_says_where():
    table = world([0.3, 0.5, np.nan], [0.1, np.nan, np.nan])
    filled = compare.fill_errors(table, assumed_error=0.25)
    assert filled["standard_error"].tolist()[:2] == [0.1, 0.25]
    assert filled["assumed_error"].isna().tolist() == [True, False, True]
    assert list(filled)[-1] == "assumed_error"
    again = compare.fill_errors(filled[["assumed_error", *table]])
    pd.testing.assert_frame_equal(again, filled)
