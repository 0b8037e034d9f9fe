"""What all functions on WGI tables share: checks, filled errors, intervals."""

import numpy as np
import pandas as pd
import pytest
from wgitables import over_years, world

import govlib
from govlib import stats
from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.stats import _tables

GROUP = {"mine": ["KAZ", "UZB"]}
FUNCTIONS = {
    "add_interval": _tables.add_interval,
    "fill_errors": _tables.fill_errors,
    "rank_economies": stats.ranks,
    "simulate_positions": stats.simulate_ranks,
    "league_table": stats.league,
    "gap": stats.gap,
    "probability_above": lambda t, **given: stats.probability_above(t, "KAZ", **given),
    "in_groups": lambda t, **given: stats.ranks_in_groups(t, "KAZ", GROUP, **given),
    "change": lambda t, **given: stats.change(t, 2018, 2020, rho=0, **given),
    "fit_trend": lambda t, **given: stats.trend(t, rho=0, **given),
}
ASSUMING = sorted(set(FUNCTIONS) - {"add_interval", "rank_economies", "change"})


def read(edition):
    return govlib.wgi.read(edition, economies=["KAZ", "UZB"], years=[2018, 2019, 2020])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_checks_its_table_and_leaves_it_as_it_is(name):
    function, good = FUNCTIONS[name], read(2023)
    with pytest.raises(BadTable, match="mixes the editions 2022, 2023"):
        function(pd.concat([read(2022), good]))
    with pytest.raises(BadTable, match="rows are repeated, the first: edition 2023"):
        function(pd.concat([good, good]))
    with pytest.raises(BadTable, match="no rows"):
        function(good.head(0))
    with pytest.raises(BadTable, match="lacks standard_error; it has edition"):
        function(good.drop(columns="standard_error"))
    with pytest.raises(BadTable, match=r"DataFrame.* not str"):
        function("KAZ")
    function(good)
    pd.testing.assert_frame_equal(good, read(2023))


@pytest.mark.parametrize("name", ASSUMING)
def test_an_error_is_assumed_only_if_given_and_the_result_says_so(name):
    function = FUNCTIONS[name]
    with pytest.raises(BadTable, match=r"edition 2025 have no standard error.*assumed_error=0.2"):
        function(read(2025))
    for wrong in (0, -1, True, "0.2", np.nan, np.inf):
        with pytest.raises(BadParameter, match="a number above 0"):
            function(read(2025), assumed_error=wrong)
    assumed = function(read(2025), assumed_error=0.2)
    assert assumed["assumed_error"].eq(0.2).all()
    filled = _tables.fill_errors(read(2025), assumed_error=0.2)
    pd.testing.assert_frame_equal(function(filled), assumed)
    assert function(read(2023), assumed_error=0.2)["assumed_error"].isna().all()


@pytest.mark.parametrize(
    ("column", "value", "answer"),
    [
        ("standard_error", 0.0, r"1 values of standard_error are not finite numbers above 0.*A00"),
        ("standard_error", -0.2, "above 0, the first: -0.2"),
        ("standard_error", np.inf, "above 0, the first: inf"),
        ("estimate", np.inf, "of estimate are not finite numbers, the first: inf"),
        ("estimate", -np.inf, "first: -inf of edition 2023, economy A0000, year 2022"),
        ("estimate", "..", r"first: \.\."),
    ],
)
def test_impossible_numbers_are_rejected(column, value, answer):
    table = world([0.3, 0.5]).astype({column: object})
    table.loc[0, column] = value
    with pytest.raises(BadTable, match=answer):
        _tables.check_table(table, [column])
    table.loc[0, column] = None
    _tables.check_table(table.astype({column: float}), [column])


@pytest.mark.parametrize("rho", [1, -1.1, "0.5", None, True, [], [0.5, 0.5], [0.3, "a"]])
def test_a_correlation_is_a_number_from_minus_1_to_below_1(rho):
    with pytest.raises(BadParameter, match=r"rhos? = "):
        stats.change(over_years([0, 1]), 2018, 2019, rho=rho)
    with pytest.raises(BadParameter, match=r"rhos? = "):
        stats.trend(over_years([0, 1]), rho=rho)
    if not isinstance(rho, list):
        with pytest.raises(BadParameter, match="rho = "):
            stats.gap(over_years([0, 1]), rho=rho)


@pytest.mark.parametrize(
    ("years", "error", "answer"),
    [
        ((2020, 2018), BadParameter, "2020 is not before last year 2018"),
        ((2018, 2018), BadParameter, "not before"),
        ((2017, 2018), UnknownName, "no year 2017; it has 2018–2020"),
        (("2018", 2020), UnknownName, "no year '2018'"),
    ],
)
def test_years_are_in_the_table_and_in_order(years, error, answer):
    with pytest.raises(error, match=answer):
        stats.change(over_years([0, 1, 2]), *years, rho=0)


def test_the_interval_is_1_64_errors_wide_on_each_side():
    table = _tables.add_interval(world([1.0, np.nan], [0.1, np.nan]))
    bounds = table[["estimate_lower", "estimate_upper"]]
    assert bounds.loc[0].tolist() == pytest.approx([0.836, 1.164])
    assert bounds.loc[1].isna().all()


def test_errors_are_filled_where_they_lack_and_the_table_says_where():
    table = world([0.3, 0.5, np.nan], [0.1, np.nan, np.nan])
    filled = _tables.fill_errors(table, assumed_error=0.25)
    assert filled["standard_error"].tolist()[:2] == [0.1, 0.25]
    assert filled["assumed_error"].isna().tolist() == [True, False, True]
    again = _tables.fill_errors(filled[["assumed_error", *table]])
    pd.testing.assert_frame_equal(again, filled)


def test_the_error_to_assume_is_the_median_of_the_newest_edition_that_has_errors():
    old, new = world([0, 1], [0.1, 0.2], edition=2022), world([0, 1], [0.2, 0.331])
    bare = world([0, 1], np.nan, edition=2025)
    assert _tables.error_to_assume(bare, [new, bare, old]) == 0.27
    assert _tables.error_to_assume(new, []) is None
    with pytest.raises(BadTable, match="No edition has standard errors"):
        _tables.error_to_assume(bare, [bare])


@pytest.mark.parametrize(
    "function",
    [
        stats.ranks,
        lambda t: stats.association(t, t),
        stats.adjust_changes,
        stats.summarise_revisions,
        lambda t: stats.combine_answers(t, {}),
        lambda t: stats.net_trust(t, positive=["a"], negative=["b"], design_effect=1),
    ],
)
def test_what_is_no_table_is_named(function):
    with pytest.raises(BadTable, match=r"A table \(DataFrame\) is needed, not dict"):
        function({})
