"""Positions and how sure they are: closed forms, coverage, the published bounds, invariances."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

import govlib
from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.stats import compare, gaps, positions

PEERS = ["KAZ", "UZB", "KGZ", "TJK", "TKM", "RUS", "BLR", "ARM", "AZE", "GEO", "EST"]
INTERVAL = ["position_lower", "position_median", "position_upper"]


def world(estimates, errors=0.2, **columns):
    """Make the table of one dimension and year."""
    return pd.DataFrame(
        {
            "edition": 2023,
            "economy": [f"A{i:04}" for i in range(len(estimates))],
            "year": 2022,
            "dimension": "ge",
            "estimate": estimates,
            "standard_error": errors,
        }
        | columns
    )


def test_two_economies_with_equal_errors_have_a_closed_form():
    table = world([0.3, 0.0], 0.25)
    [row] = positions.probability_above(table, "A0000").to_dict("records")
    assert row["probability"] == pytest.approx(ndtr(0.3 / (0.25 * np.sqrt(2))))
    assert row["standard_error"] == pytest.approx(0.25 * np.sqrt(2))
    [back] = positions.probability_above(table, "A0001").to_dict("records")
    assert back["probability"] == pytest.approx(1 - row["probability"])
    even = positions.probability_above(world([0.1, 0.1]), "A0000")
    assert even["probability"].tolist() == [0.5]
    assert even["told_apart"].tolist() == [False]


def test_positions_of_two_economies_follow_the_probability():
    for gap, expected in ((0.10, [1, 2]), (0.40, [1, 2]), (0.50, [1, 1])):
        # P(first) = Phi(gap / 0.283): 0.64, 0.92, 0.96; the interval leaves out 5% at each end.
        row = positions.simulate_positions(world([gap, 0.0])).iloc[0]
        assert row[["position_lower", "position_upper"]].tolist() == expected


def test_the_draws_agree_with_the_exact_probabilities():
    e, s = np.array([0.5, 0.3, 0.0, -0.4]), np.array([0.2, 0.3, 0.25, 0.2])
    deviates = positions._deviates(40_000, 4, 1)
    counts = positions._count_positions(e, s, deviates)
    assert (counts.sum(axis=0) == 40_000).all()
    assert (counts.sum(axis=1) == 40_000).all()
    # The mean position is 1 + the sum of the chances that each other economy is above.
    mean = counts @ np.arange(1, 5) / 40_000
    above = ndtr((e - e[:, None]) / np.hypot(s, s[:, None]))
    assert mean == pytest.approx(1 + above.sum(axis=1) - 0.5, abs=0.02)
    # Against a plain ranking of the same draws.
    ranks = (-(e + s * deviates)).argsort(axis=1).argsort(axis=1)
    plain = [np.bincount(ranks[:, i], minlength=4) for i in range(4)]
    assert np.array_equal(counts, plain)


def test_many_economies_take_wider_numbers_and_rank_the_same():
    random = np.random.default_rng(5)
    e, s = random.standard_normal(600), np.full(600, 0.3)
    deviates = positions._deviates(200, 600, 2)
    ranks = (-(e + s * deviates)).argsort(axis=1).argsort(axis=1)
    counts = positions._count_positions(e, s, deviates)
    assert all(
        np.array_equal(counts[i], np.bincount(ranks[:, i], minlength=600)) for i in range(600)
    )


def test_kazakhstan_in_the_world_is_the_same_on_every_machine():
    table = positions.simulate_positions(govlib.wgi.read(2023, dimensions="ge", years=2022))
    row = table[table["economy"] == "KAZ"].iloc[0]
    assert row[["position", "ranked", "listed"]].tolist() == [89, 213, 214]
    assert row[INTERVAL].tolist() == [66, 92, 123]
    # Raw bits and the inverse distribution function: no stream that NumPy may change.
    deviates = positions._deviates(100, 2, 20240225)
    assert deviates[:2].ravel().tolist() == pytest.approx(FIRST_DEVIATES, abs=1e-12)


FIRST_DEVIATES = [
    0.03238977969184181,
    -0.8265390106683915,
    0.8579871299926467,
    -0.42171371153729814,
]


def test_the_percentile_rank_and_its_bounds_are_the_published_ones():
    published = govlib.wgi.read(2022)
    table = positions.simulate_positions(published, draws=100)
    for column in ("percentile_rank", "percentile_rank_lower", "percentile_rank_upper"):
        assert (table[column] - published[column]).abs().max() < 1e-5
    assert (table["assumed_error"].isna()).all()
    held = table["estimate"].notna()
    assert (table["position_lower"] <= table["position_median"])[held].all()
    assert (table["position_median"] <= table["position_upper"])[held].all()
    assert (table["position_upper"] <= table["ranked"])[held].all()


def test_an_economy_without_an_estimate_is_never_ranked_and_moves_nobody():
    table = positions.simulate_positions(world([1.0, np.nan, 0.5], [0.1, np.nan, 0.1]))
    assert table["position"].isna().tolist() == [False, True, False]
    assert table[INTERVAL].isna().any(axis=1).tolist() == [False, True, False]
    assert table.loc[[0, 2], "position_upper"].tolist() == [1, 2]
    assert table["ranked"].tolist() == [2, 2, 2]
    none = positions.simulate_positions(world([np.nan, np.nan]))
    assert none[["position", *INTERVAL]].isna().all(axis=None)
    pairs = positions.probability_above(world([1.0, np.nan, 0.5], [0.1, np.nan, 0.1]), "A0000")
    columns = ["difference", "probability", "told_apart"]
    assert pairs[columns].isna().all(axis=1).tolist() == [True, False]
    league = positions.league_table(world([1.0, np.nan, 0.5], [0.1, np.nan, 0.1]))
    assert league["economy"].tolist() == ["A0000", "A0002", "A0001"]
    assert league["groups"].tolist() == ["1", "2", ""]


def test_nominal_90_percent_covers_as_much():
    """2,000 worlds of the WGI's model and size, with the errors of the 2023 edition."""
    random = np.random.default_rng(11)
    held = govlib.wgi.read(2023, dimensions="ge", years=2022).dropna(subset="estimate")
    worlds, economies, error = 2000, len(held), held["standard_error"].to_numpy()
    # Governance is standard normal; the error is what remains given the sources' signal.
    truth = random.standard_normal((worlds, economies))
    noise = np.sqrt(error**2 / (1 - error**2))
    signal = truth + noise * random.standard_normal((worlds, economies))
    table = pd.DataFrame(
        {
            "edition": 2023,
            "economy": np.tile(held["economy"], worlds),
            "year": np.repeat(np.arange(worlds), economies),
            "dimension": "ge",
            "estimate": (signal / (1 + noise**2)).ravel(),
            "standard_error": np.tile(error, worlds),
        }
    )
    true_positions = (-truth).argsort(axis=1).argsort(axis=1).ravel() + 1
    result = positions.simulate_positions(table, draws=1000)
    covered = result["position_lower"].le(true_positions) & result["position_upper"].ge(
        true_positions
    )
    assert 0.88 <= covered.mean() <= 0.92
    table = table.loc[table["economy"].isin(held["economy"].head(30))]
    truth = truth[:, :30]
    pairs = positions.probability_above(table, held["economy"].iloc[0])
    above = truth[:, :1] > truth[:, 1:]
    for low in np.arange(0, 1, 0.1):
        inside = pairs["probability"].between(low, low + 0.1).to_numpy()
        expected = pairs["probability"].to_numpy()[inside].mean()
        assert above.ravel()[inside].mean() == pytest.approx(expected, abs=0.02)


@given(
    st.lists(st.floats(-2.5, 2.5), min_size=2, max_size=20),
    st.integers(-5, 5),
    st.integers(0, 2**31),
)
@settings(deadline=None, max_examples=25)
def test_positions_do_not_depend_on_order_or_origin(estimates, shift, seed):
    estimates = np.round(estimates, 2)
    errors = np.linspace(0.1, 0.4, len(estimates))
    table = world(estimates, errors)
    result = positions.simulate_positions(table, draws=300)
    mixed = positions.simulate_positions(table.sample(frac=1, random_state=seed), draws=300)
    pd.testing.assert_frame_equal(result, mixed.sort_index())
    moved = positions.simulate_positions(world(estimates + shift, errors), draws=300)
    # A step of the whole numbers may move a single draw across the 5% line.
    assert (result[INTERVAL] - moved[INTERVAL]).abs().max().max() <= 1
    assert (result["position"] == moved["position"]).all()


def test_the_league_of_kazakhstans_peers():
    table = govlib.wgi.read(2023, economies=PEERS, dimensions="ge", years=2022)
    league = positions.league_table(table)
    assert league["economy"].tolist()[:3] == ["EST", "GEO", "KAZ"]
    kaz = league.set_index("economy").loc["KAZ"]
    assert kaz["not_told_apart"] == "GEO AZE ARM UZB"
    assert kaz["position_lower"] <= 3 <= kaz["position_upper"]
    apart = positions.probability_above(table, "KAZ").set_index("other")["told_apart"]
    assert set(apart.index[~apart]) == set(kaz["not_told_apart"].split())


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0.05, 0.5)), min_size=2, max_size=10))
@settings(deadline=None, max_examples=25)
def test_groups_hold_exactly_the_pairs_that_cannot_be_told_apart(economies):
    e, s = np.round(np.array(economies), 3).T
    s = s.clip(0.05)
    league = positions.league_table(world(e, s), draws=100).set_index("economy")
    for a, b in itertools.combinations(league.index, 2):
        shared = set(league["groups"][a].split()) & set(league["groups"][b].split())
        d = league["estimate"][a] - league["estimate"][b]
        alike = abs(d) <= 1.64 * np.hypot(league["standard_error"][a], league["standard_error"][b])
        assert bool(shared) == alike
        assert (b in league["not_told_apart"][a].split()) == alike


@given(st.lists(st.booleans(), min_size=21, max_size=21))
@settings(deadline=None, max_examples=50)
def test_the_groups_are_the_largest_sets_each_once(pairs):
    alike = np.zeros((7, 7), bool)
    alike[np.triu_indices(7, 1)] = pairs
    alike |= alike.T
    sets = [
        set(members)
        for size in range(1, 8)
        for members in itertools.combinations(range(7), size)
        if all(alike[a, b] for a, b in itertools.combinations(members, 2))
    ]
    largest = sorted(sorted(one) for one in sets if not any(one < other for other in sets))
    assert sorted(sorted(found) for found in positions._largest_sets(alike)) == largest


def test_the_position_in_groups_is_that_among_their_members():
    table = govlib.wgi.read(2023, dimensions="ge", years=2022)
    groups = {"Central Asia": ["KAZ", "UZB", "KGZ", "TJK", "TKM"], "peers": PEERS}
    result = positions.positions_in_groups(table, "KAZ", groups).set_index("group")
    assert result["ranked"].tolist() == [5, 11]
    assert result["position"].tolist() == [1, 3]
    assert result["not_in_table"].tolist() == ["", ""]
    mine = positions.positions_in_groups(
        table, "KAZ", {"mine": ["KAZ", "UZB", "KZA"], "own": "KAZ"}
    )
    assert mine["not_in_table"].tolist() == ["KZA", ""]
    assert mine["listed"].tolist() == [2, 1]
    with pytest.raises(BadParameter, match=r"groups_of\('KAZ'\)"):
        positions.positions_in_groups(table, "KAZ", "central_asia")
    with pytest.raises(UnknownName, match="KAZ is not a member of EU: EST, LVA"):
        positions.positions_in_groups(table, "KAZ", {"EU": ["EST", "LVA"]})
    with pytest.raises(BadParameter, match="No group"):
        positions.positions_in_groups(table, "KAZ", {})


FUNCTIONS = [
    positions.simulate_positions,
    positions.league_table,
    gaps.effectiveness_voice_gap,
    lambda table, **options: positions.probability_above(table, "KAZ", **options),
    lambda table, **options: positions.positions_in_groups(
        table, "KAZ", {"mine": ["KAZ", "UZB"]}, **options
    ),
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_mixed_editions_repeated_rows_and_missing_errors_are_refused(function):
    def read(edition):
        return govlib.wgi.read(edition, economies=["KAZ", "UZB"], years=2018)

    with pytest.raises(BadTable, match="mixes the editions 2022, 2023"):
        function(pd.concat([read(2022), read(2023)]))
    with pytest.raises(BadTable, match="rows are repeated"):
        function(pd.concat([read(2023), read(2023)]))
    with pytest.raises(BadTable, match="edition 2025 have no standard error"):
        function(read(2025))
    assumed = function(read(2025), assumed_error=0.2)
    assert assumed["assumed_error"].eq(0.2).all()
    filled = compare.fill_errors(read(2025), assumed_error=0.2)
    pd.testing.assert_frame_equal(function(filled), assumed)
    before = read(2023)
    function(before)
    pd.testing.assert_frame_equal(before, read(2023))


def test_wrong_words_and_values_are_answered():
    table = govlib.wgi.read(2023, economies=["KAZ", "UZB"], dimensions="ge", years=2022)
    with pytest.raises(UnknownName, match="Did you mean KAZ"):
        positions.probability_above(table, "KZA")
    with pytest.raises(BadTable, match="KAZ alone"):
        positions.probability_above(table.head(1), "KAZ")
    for options in ({"draws": 99}, {"draws": 1e4}, {"seed": -1}, {"seed": True}):
        with pytest.raises(BadParameter, match="a whole number from"):
            positions.simulate_positions(table, **options)
    positions.simulate_positions(table, draws=np.int64(100), seed=np.int64(0))
    with pytest.raises(BadTable, match="214 economies has too many"):
        positions.league_table(govlib.wgi.read(2023, dimensions="ge", years=2022))


def test_one_seed_gives_one_result_and_another_hardly_another():
    table = govlib.wgi.read(2023, dimensions="ge", years=2022)
    a, b, c = (positions.simulate_positions(table, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(a, b)
    assert (a[INTERVAL] != c[INTERVAL]).any(axis=None)
    assert (a[INTERVAL] - c[INTERVAL]).abs().max().max() <= 4
    assert compare.rank_economies(table)["position"].equals(a["position"])
