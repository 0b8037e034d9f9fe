"""Weighted means: closed forms, weights, what is missing, and wrong input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wgitables import world

import govlib
from govlib import stats
from govlib.errors import BadParameter, BadTable, UnknownName

HALVES = st.lists(st.tuples(st.floats(-2, 2), st.floats(0.05, 0.5)), min_size=2, max_size=8)


@given(HALVES, st.floats(0, 0.99))
@settings(deadline=None, max_examples=25)
def test_a_mean_is_that_of_the_matrix_of_errors(pairs, rho):
    e, s = np.array(pairs).T
    table = world(e, s)
    codes = list(table["economy"])
    weights = dict(zip(codes, range(1, len(codes) + 1), strict=True))
    row = stats.group_means(table, {"all": codes}, weights=weights, rho=rho).iloc[0]
    w = np.array(list(weights.values())) / sum(weights.values())
    matrix = np.where(np.eye(len(s), dtype=bool), 1, rho) * np.outer(s, s)
    assert row["estimate"] == pytest.approx(w @ e)
    assert row["standard_error"] == pytest.approx((w @ matrix @ w) ** 0.5)
    assert row["estimate_upper"] - row["estimate"] == pytest.approx(1.64 * row["standard_error"])


def test_members_without_an_estimate_are_named_and_not_counted():
    table = world([1.0, 2.0, np.nan])
    row = stats.group_means(table, {"mine": ["A0002", "A0001", "A0000", "ZZZ"]}).iloc[0]
    assert (row["estimate"], row["economies"]) == (1.5, 2)
    assert row["without_estimate"] == "A0002 ZZZ"


def test_a_composite_can_be_ranked_and_lacks_what_a_dimension_lacks():
    edition = govlib.wgi.read(2023, years=2022)
    both = stats.composite(edition, ["ge", "va"])
    table = edition.set_index(["economy", "dimension"])["estimate"]
    kaz = both[both["economy"] == "KAZ"].iloc[0]
    assert kaz["estimate"] == pytest.approx((table["KAZ", "ge"] + table["KAZ", "va"]) / 2)
    lacking = table.unstack()[["ge", "va"]].isna().any(axis=1)
    assert set(both.loc[both["estimate"].isna(), "economy"]) == set(lacking.index[lacking])
    assert stats.ranks(both)["ranked"].iloc[0] == 208


def test_errors_in_common_widen_the_interval():
    edition = govlib.wgi.read(2023, years=2022)
    groups = {"g7": govlib.economies.members("g7")}
    alone, shared = (stats.group_means(edition, groups, rho=rho) for rho in (0, 0.5))
    assert (shared["standard_error"] > alone["standard_error"]).all()


def test_the_dimensions_correlate_and_more_without_errors():
    found = stats.dimension_correlations(govlib.wgi.read(2023, years=2022))
    assert len(found) == 15
    assert (found["correlation_without_error"] > found["correlation"]).all()
    row = found.set_index(["x", "y"]).loc[("ge", "rl")]
    assert row["correlation"] == pytest.approx(0.93, abs=0.01)


def test_wrong_input_is_answered():
    table = world([1.0, 2.0])
    with pytest.raises(BadParameter, match=r"rho = -0\.1"):
        stats.group_means(table, {"a": ["A0000"]}, rho=-0.1)
    with pytest.raises(BadParameter, match="above 0 is needed for A0001"):
        stats.group_means(table, {"a": ["A0000", "A0001"]}, weights={"A0000": 1})
    with pytest.raises(UnknownName, match="no member of a: KAZ"):
        stats.group_means(table, {"a": "KAZ"})
    with pytest.raises(BadTable, match="no rows of va"):
        stats.composite(table, ["ge", "va"])
    with pytest.raises(BadParameter, match="two or more"):
        stats.composite(table, ["ge"])
    with pytest.raises(BadTable, match="one dimension only"):
        stats.dimension_correlations(table)
