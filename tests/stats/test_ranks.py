"""Ranks and how sure they are: the published ranks, closed forms, coverage, invariances."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from wgitables import world

import govlib
from govlib import stats
from govlib.errors import BadParameter, BadTable, UnknownName

PEERS = ["KAZ", "UZB", "KGZ", "TJK", "TKM", "RUS", "BLR", "ARM", "AZE", "GEO", "EST"]
RANKS = ["percentile_rank", "percentile_rank_lower", "percentile_rank_upper"]
INTERVAL = ["position_lower", "position_median", "position_upper"]


@pytest.fixture(scope="module")
def effectiveness():
    return govlib.wgi.read(2023, dimensions="ge", years=2022)


@pytest.mark.parametrize("edition", [2019, 2022, 2024])
def test_every_published_rank_and_bound_is_reproduced(edition):
    published = govlib.wgi.read(edition)
    ranked = stats.ranks(published)
    for column in RANKS:
        assert (ranked[column].isna() == published[column].isna()).all()
        difference = (ranked[column] - published[column]).abs()
        assert difference.max() < 1e-5
        assert difference.notna().sum() > 20_000


def test_kazakhstan_in_the_world_is_the_same_on_every_machine(effectiveness):
    table = stats.simulate_ranks(effectiveness)
    kaz = table[table["economy"] == "KAZ"].iloc[0]
    assert kaz[["position", "ranked", "listed"]].tolist() == [89, 213, 214]  # the article's 90th
    assert (table["estimate"] > kaz["estimate"]).sum() == 88
    assert round(kaz["percentile_rank"], 2) == 58.49
    assert kaz[INTERVAL].tolist() == [66, 92, 123]


def test_equal_estimates_share_the_best_rank_and_none_is_never_ranked():
    ranked = stats.simulate_ranks(world([1.0, 0.5, 0.5, -1.0, np.nan]), draws=100)
    assert ranked["position"].tolist()[:4] == [1, 2, 2, 4]
    assert ranked[["position", *INTERVAL]].isna().all(axis=1).tolist() == [False] * 4 + [True]
    assert (ranked["ranked"] == 4).all()
    assert (ranked["listed"] == 5).all()
    assert ranked["percentile_rank"].tolist()[:4] == pytest.approx([100, 200 / 3, 200 / 3, 0])
    none = stats.simulate_ranks(world([np.nan, np.nan]), draws=100)
    assert none[["position", *INTERVAL]].isna().all(axis=None)
    alone = stats.ranks(world([0.3]))
    assert alone["position"].tolist() == [1]
    assert alone["percentile_rank"].isna().all()
    without = stats.ranks(govlib.wgi.read(2025, years=2022))
    assert (without["percentile_rank"].notna() == without["estimate"].notna()).all()
    assert without[RANKS[1:]].isna().all(axis=None)


@given(
    st.lists(st.floats(-2.5, 2.5), min_size=2, max_size=20),
    st.integers(-5, 5),
    st.integers(0, 2**31),
)
@settings(deadline=None, max_examples=25)
def test_intervals_contain_the_median_and_order_and_origin_do_not_matter(estimates, shift, seed):
    estimates = np.round(estimates, 2)
    errors = np.linspace(0.1, 0.4, len(estimates))
    table = world(estimates, errors)
    result = stats.simulate_ranks(table, draws=300)
    lower, median, upper = (result[c] for c in INTERVAL)
    assert ((lower >= 1) & (lower <= median) & (median <= upper) & (upper <= len(table))).all()
    bounds = result["percentile_rank_lower"], result["percentile_rank_upper"]
    assert result["percentile_rank"].between(*bounds).all()
    mixed = stats.simulate_ranks(table.sample(frac=1, random_state=seed), draws=300)
    pd.testing.assert_frame_equal(result, mixed.sort_index())
    moved = stats.simulate_ranks(world(estimates + shift, errors), draws=300)
    # A step of the whole numbers may move a single draw across the 5% line.
    assert (result[INTERVAL] - moved[INTERVAL]).abs().max().max() <= 1
    assert (result["position"] == moved["position"]).all()


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=15, unique=True), st.floats(1, 4))
@settings(deadline=None, max_examples=25)
def test_the_interval_contains_the_rank_and_larger_errors_never_shrink_it(tenths, times):
    estimates = np.array(tenths) / 10
    result, wider = (
        stats.simulate_ranks(world(estimates, error), draws=500) for error in (0.02, 0.02 * times)
    )
    assert result["position"].between(result["position_lower"], result["position_upper"]).all()
    assert (wider["percentile_rank_lower"] <= result["percentile_rank_lower"]).all()
    assert (wider["percentile_rank_upper"] >= result["percentile_rank_upper"]).all()


def test_two_economies_have_a_closed_form():
    [row] = stats.probability_above(world([0.3, 0.0], 0.25), "A0000").to_dict("records")
    assert row["probability"] == pytest.approx(ndtr(0.3 / (0.25 * np.sqrt(2))))
    assert row["standard_error"] == pytest.approx(0.25 * np.sqrt(2))
    [back] = stats.probability_above(world([0.3, 0.0], 0.25), "A0001").to_dict("records")
    assert back["probability"] == pytest.approx(1 - row["probability"])
    assert stats.probability_above(world([0.1, 0.1]), "A0000")["significant"].tolist() == [False]
    gap = stats.probability_above(world([1.0, np.nan, 0.5], [0.1, np.nan, 0.1]), "A0000")
    columns = ["difference", "probability", "significant"]
    assert gap[columns].isna().all(axis=1).tolist() == [True, False]
    for distance, expected in ((0.10, [1, 2]), (0.40, [1, 2]), (0.50, [1, 1])):
        # P(first) = Phi(distance / 0.283): 0.64, 0.92, 0.96; 5% are left out at each end.
        row = stats.simulate_ranks(world([distance, 0.0])).iloc[0]
        assert row[["position_lower", "position_upper"]].tolist() == expected


@pytest.mark.parametrize("count", [30, 600])
def test_the_ranks_are_those_of_a_plain_simulation(count):
    random = np.random.default_rng(5)
    estimate, error = random.standard_normal(count), random.uniform(0.1, 0.5, count)
    result = stats.simulate_ranks(world(estimate, error), draws=2000)
    drawn = estimate + error * random.standard_normal((2000, count))
    plain = (-drawn).argsort(axis=1).argsort(axis=1) + 1
    expected = np.quantile(plain, [0.05, 0.5, 0.95], axis=0).T
    assert np.abs(result[INTERVAL].to_numpy(float) - expected).max() <= max(2, count / 25)


def test_nominal_90_percent_covers_as_much(effectiveness):
    """500 worlds of the WGI's model and size, with the errors of the 2023 edition."""
    random = np.random.default_rng(11)
    rows = effectiveness.dropna(subset="estimate")
    worlds, error = 500, rows["standard_error"].to_numpy()
    # Governance is standard normal; the error is what remains given the sources' signal.
    truth = random.standard_normal((worlds, len(rows)))
    noise = np.sqrt(error**2 / (1 - error**2))
    signal = truth + noise * random.standard_normal(truth.shape)
    table = world((signal / (1 + noise**2)).ravel(), np.tile(error, worlds))
    table["economy"] = np.tile(rows["economy"], worlds)
    table["year"] = np.repeat(np.arange(worlds), len(rows))
    true = (-truth).argsort(axis=1).argsort(axis=1).ravel() + 1
    result = stats.simulate_ranks(table, draws=1000)
    covered = (result["position_lower"] <= true) & (result["position_upper"] >= true)
    assert 0.88 <= covered.mean() <= 0.92


def test_the_league_of_kazakhstans_peers(effectiveness):
    table = effectiveness[effectiveness["economy"].isin(PEERS)]
    league = stats.league(table)
    assert league["economy"].tolist()[:3] == ["EST", "GEO", "KAZ"]
    kaz = league.set_index("economy").loc["KAZ"]
    assert kaz["tied_with"] == "GEO AZE ARM UZB"
    apart = stats.probability_above(table, "KAZ").set_index("other")["significant"]
    assert set(apart.index[~apart]) == set(kaz["tied_with"].split())
    with_gap = stats.league(world([1.0, np.nan, 0.5], [0.1, np.nan, 0.1]))
    assert with_gap["economy"].tolist() == ["A0000", "A0002", "A0001"]
    assert with_gap["groups"].tolist() == ["1", "2", ""]


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0.05, 0.5)), min_size=2, max_size=8))
@settings(deadline=None, max_examples=25)
def test_groups_are_the_largest_sets_that_cannot_be_told_apart(economies):
    e, s = np.round(np.array(economies), 3).T
    league = stats.league(world(e, s.clip(0.05)), draws=100).set_index("economy")
    alike = {
        frozenset((a, b))
        for a, b in itertools.combinations(league.index, 2)
        if abs(league["estimate"][a] - league["estimate"][b])
        <= 1.64 * np.hypot(league["standard_error"][a], league["standard_error"][b])
    }
    sets = [
        set(members)
        for size in range(1, len(e) + 1)
        for members in itertools.combinations(league.index, size)
        if all(frozenset(pair) in alike for pair in itertools.combinations(members, 2))
    ]
    largest = sorted(sorted(one) for one in sets if not any(one < other for other in sets))
    found: dict[str, list[str]] = {}
    for economy, row in league.iterrows():
        for number in row["groups"].split():
            found.setdefault(number, []).append(economy)
        others = {b for b in league.index if frozenset((economy, b)) in alike}
        assert set(row["tied_with"].split()) == others - {economy}
    assert sorted(sorted(members) for members in found.values()) == largest


def test_the_rank_in_groups_is_that_among_their_members(effectiveness):
    groups = {"Central Asia": PEERS[:5], "peers": PEERS, "typo": ["KAZ", "KZA"], "own": "KAZ"}
    result = stats.ranks_in_groups(effectiveness, "KAZ", groups).set_index("group")
    assert result["ranked"].tolist() == [5, 11, 1, 1]
    assert result["position"].tolist() == [1, 3, 1, 1]
    assert result["not_in_table"].tolist() == ["", "", "KZA", ""]


def test_the_gap_of_effectiveness_and_voice_and_its_rank_in_the_world():
    wgi = govlib.wgi.read(2023, years=2022)
    table = stats.gap(wgi)
    row = table[table["economy"] == "KAZ"].iloc[0]
    assert row["gap"] == pytest.approx(0.14343049 + 1.0667388)
    assert row["standard_error"] == pytest.approx(np.hypot(0.24789976, 0.12140888), abs=1e-5)
    assert row["gap_upper"] - row["gap"] == pytest.approx(1.64 * row["standard_error"])
    assert (row["position"], row["ranked"], row["listed"]) == (13, 208, 214)
    assert row["position_lower"] <= 13 <= row["position_upper"]
    without = table[table["voice"].isna() & table["effectiveness"].notna()]
    assert len(without) == 5
    assert without[["gap", "position", "position_lower"]].isna().all(axis=None)
    closer = stats.gap(wgi, rho=0.5, draws=100)
    assert (closer["standard_error"] < table["standard_error"]).sum() == 208
    back = stats.gap(wgi, dimensions=("va", "ge"), draws=100)
    pd.testing.assert_series_equal(back["gap"], -table["gap"])
    other = stats.gap(wgi, dimensions=("rl", "cc"), draws=100)
    np.testing.assert_allclose(other["gap"], other["rl"] - other["cc"])


@pytest.mark.parametrize("dimension", ["ge", "va"])
def test_a_gap_with_a_row_or_an_error_lacking_in_one_dimension(dimension):
    table = govlib.wgi.read(2023, economies=["KAZ", "UZB", "EST"], years=2022)
    lacking = (table["economy"] == "EST") & (table["dimension"] == dimension)
    gap = stats.gap(table[~lacking]).set_index("economy")
    assert gap[["listed", "ranked"]].eq([3, 2]).all(axis=None)
    assert gap.loc["EST", ["gap", "position"]].isna().all()
    bare = table["standard_error"].mask(table["dimension"] == dimension)
    gap = stats.gap(table.assign(standard_error=bare), assumed_error=0.3)
    assert gap["assumed_error"].tolist() == [0.3] * 3
    other = table[(table["dimension"] != dimension) & table["dimension"].isin(["ge", "va"])]
    expected = np.hypot(0.3, other["standard_error"].to_numpy())
    assert gap["standard_error"].to_numpy() == pytest.approx(expected)


def test_wrong_names_and_values_are_answered(effectiveness):
    table = effectiveness[effectiveness["economy"].isin(["KAZ", "UZB"])]
    with pytest.raises(UnknownName, match="Did you mean KAZ"):
        stats.probability_above(table, "KZA")
    with pytest.raises(BadTable, match="KAZ alone"):
        stats.probability_above(table[table["economy"] == "KAZ"], "KAZ")
    for options in ({"draws": 99}, {"draws": 1e4}, {"seed": -1}, {"seed": True}):
        with pytest.raises(BadParameter, match="a whole number from"):
            stats.simulate_ranks(table, **options)
    stats.simulate_ranks(table, draws=np.int64(100), seed=np.int64(0))
    with pytest.raises(BadTable, match="214 countries has too many"):
        stats.league(effectiveness)
    with pytest.raises(BadTable, match="no rows of va"):
        stats.gap(table)
    for groups in ("central_asia", ["KAZ"], {}):
        for function in (lambda t, g: stats.ranks_in_groups(t, "KAZ", g), stats.group_means):
            with pytest.raises(BadParameter, match=r'groups_of\("KAZ"\)'):
                function(table, groups)
    for dimensions in (("ge", "va", "rl"), ("ge", "ge"), "ge"):
        with pytest.raises(BadParameter, match="two codes are needed"):
            stats.gap(table, dimensions=dimensions)
    with pytest.raises(UnknownName, match="KAZ is not a member of EU: EST, LVA"):
        stats.ranks_in_groups(table, "KAZ", {"EU": ["EST", "LVA"]})
    lacking = table.astype({"year": object}).assign(year=[None, 2022])
    with pytest.raises(BadTable, match="1 rows lack year or dimension"):
        stats.ranks(lacking)


def test_one_economy_is_first_of_one(effectiveness):
    own = effectiveness[effectiveness["economy"] == "KAZ"]
    found = stats.rank_sets(own).iloc[0]
    assert (
        found.filter(regex="_(lower|upper)$").filter(regex="^(marg|joint|kww)").tolist() == [1] * 6
    )


def test_one_seed_gives_one_result_and_another_hardly_another(effectiveness):
    a, b, c = (stats.simulate_ranks(effectiveness, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(a, b)
    assert (a[INTERVAL] != c[INTERVAL]).any(axis=None)
    assert (a[INTERVAL] - c[INTERVAL]).abs().max().max() <= 4


def sets_of(estimates, errors, **options):
    return stats.rank_sets(world(estimates, errors), **options)


@given(
    st.lists(st.tuples(st.integers(-20, 20), st.integers(1, 9)), min_size=2, max_size=12),
    st.floats(1, 4),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=25)
def test_sets_of_ranks_contain_the_rank_and_larger_errors_never_shrink_them(pairs, times, random):
    e, s = np.array(pairs).T / 10  # ties occur
    found, wider = (sets_of(e, errors, draws=500) for errors in (s, times * s))
    for kind in stats.SETS:
        assert found["position"].between(found[f"{kind}_lower"], found[f"{kind}_upper"]).all()
        assert (wider[f"{kind}_lower"] <= found[f"{kind}_lower"]).all()
        assert (wider[f"{kind}_upper"] >= found[f"{kind}_upper"]).all()
    assert (found["joint_lower"] <= found["marginal_lower"]).all()
    assert (found["joint_upper"] >= found["marginal_upper"]).all()
    order = random.sample(range(len(e)), len(e))
    mixed = stats.rank_sets(world(e, s).iloc[order], draws=500).sort_index()
    pd.testing.assert_frame_equal(found, mixed)


def test_of_two_economies_the_joint_set_is_a_test_of_their_difference():
    for distance, last in ((0.45, 2), (0.48, 1)):  # 1.645 standard errors are 0.465
        found = sets_of([distance, 0.0], 0.2, draws=100_000).iloc[0]
        assert (found["joint_lower"], found["joint_upper"]) == (1, last)
    # Klein, Wright and Wieczorek: intervals at sqrt(0.9) each, 1.949 standard errors.
    for distance, last in ((0.77, 2), (0.79, 1)):
        assert sets_of([distance, 0.0], 0.2)["kww_upper"].iloc[0] == last


def test_the_sets_of_kazakhstan(effectiveness):
    row = stats.rank_sets(effectiveness).set_index("economy").loc["KAZ"]
    ends = ["marginal_lower", "marginal_upper", "joint_lower", "joint_upper"]
    assert row[[*ends, "kww_lower", "kww_upper"]].tolist() == [23, 183, 7, 195, 4, 199]
    [alone] = stats.rank_sets(effectiveness, economy="KAZ").to_dict("records")
    assert [alone[end] for end in ends[:2]] == [23, 183]
    assert "joint_lower" not in alone
    with pytest.raises(UnknownName, match="Did you mean KAZ"):
        stats.rank_sets(effectiveness, economy="KZA")
    peers = effectiveness[effectiveness["economy"].isin(PEERS)]
    league = stats.league(peers, interval="joint").set_index("economy")
    sets = stats.rank_sets(peers).set_index("economy")
    assert set(league["interval"]) == {"joint"}
    assert (league["position_upper"] == sets["joint_upper"].reindex(league.index)).all()
    with pytest.raises(BadParameter, match="one of posterior, marginal"):
        stats.league(peers, interval="credible")


# Mean scores in mathematics of the OECD's 37 members and their errors, PISA 2018 (OECD).
PISA = """
    Australia 491.3600 1.9398 Austria 498.9423 2.9710 Belgium 508.0703 2.2627
    Canada 512.0169 2.3575 Chile 417.4066 2.4159 Colombia 390.9323 2.9896
    Czech_Republic 499.4677 2.4607 Denmark 509.3984 1.7350 Estonia 523.4146 1.7436
    Finland 507.3014 1.9679 France 495.4076 2.3202 Germany 500.0438 2.6471
    Greece 451.3703 3.0912 Hungary 481.0826 2.3196 Iceland 495.1874 1.9531
    Ireland 499.6329 2.1986 Israel 463.0345 3.4986 Italy 486.5899 2.7800
    Japan 526.9733 2.4715 Korea 525.9330 3.1214 Latvia 496.1263 1.9628
    Lithuania 481.1912 1.9533 Luxembourg 483.4215 1.0976 Mexico 408.8015 2.4932
    Netherlands 519.2310 2.6323 New_Zealand 494.4897 1.7059 Norway 500.9638 2.2190
    Poland 515.6479 2.6021 Portugal 492.4874 2.6846 Slovak_Republic 486.1649 2.5556
    Slovenia 508.8975 1.3639 Spain 481.3926 1.4624 Sweden 502.3877 2.6543
    Switzerland 515.3147 2.9080 Turkey 453.5078 2.2604 United_Kingdom 501.7699 2.5644
    United_States 478.2447 3.2354
"""


def test_the_sets_are_those_that_the_authors_of_the_method_print():
    """The vignette "Inference for Ranks" of csranks 1.2.2, the R package of Mogstad et al."""
    words = np.array(PISA.split()).reshape(-1, 3)
    table = world(words[:, 1].astype(float), words[:, 2].astype(float))
    table["economy"] = words[:, 0]
    sets = stats.rank_sets(table, level=0.95).set_index("economy")
    uk = sets.loc["United_Kingdom"]
    assert (uk["position"], uk["marginal_upper"]) == (13, 23)
    assert uk["marginal_lower"] in (7, 8)  # the vignette has both: it hangs on the draws
    last = sets.index.isin(["Chile", "Mexico", "Colombia"])
    assert sets["joint_upper"][~last].max() < sets["joint_lower"][last].min()
    assert sets.loc["Korea", "joint_upper"] == sets.loc["Germany", "joint_lower"] == 7
    sets = stats.rank_sets(table, level=0.75).set_index("economy")
    assert sets.loc["Korea", "joint_upper"] < sets.loc["Germany", "joint_lower"]
