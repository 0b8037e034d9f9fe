"""Shares and waves: textbook intervals, those with an opinion, only like compared with like."""

import math
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import govlib
from govlib import stats
from govlib.errors import BadParameter, BadTable, UnknownName

AGREE = {"fully_agree": "agree", "partly_agree": "agree"}


WAVES = ("2022", "2023-10")


def published(*waves, **chosen):
    return govlib.surveys.read("bns-trust", waves=list(waves or WAVES), **chosen)


def trust(*waves, **chosen):
    return govlib.surveys.fill_respondents(published(*waves, **chosen))


def change(table, first, last, **given):
    return stats.change_between_waves(table, first, last, **{"design_effect": 2} | given)


def bound(table, *waves, **given):
    return stats.bound_missing_opinions(table, *waves, **given)


def by_wave(table, answer):
    return table[table["answer"] == answer].set_index("wave")["share"].round(1).to_dict()


def test_police_among_those_with_an_opinion():
    opinion = stats.rebase_on_opinion(published(items="police"))
    assert by_wave(opinion, "fully_agree") == {"2022": 46.6, "2023-10": 64.1}
    agree = stats.combine_answers(opinion, AGREE)
    assert by_wave(agree, "agree") == {"2022": 91.5, "2023-10": 92.4}
    assert set(opinion["base"]) == {"opinion"}
    assert opinion.loc[opinion["wave"] == "2023-10", "respondents"].unique() == [17717]
    assert opinion.loc[opinion["wave"] == "2022", "respondents"].isna().all()


def test_the_callers_table_is_left_as_it_is():
    table = trust()
    before = table.copy()
    stats.rebase_on_opinion(table)
    stats.combine_answers(table, AGREE)
    stats.add_share_interval(table, design_effect=2)
    pd.testing.assert_frame_equal(table, before)


def test_combined_answers_stand_at_the_place_of_the_first():
    table = stats.combine_answers(trust(items="police"), AGREE)
    assert table["answer"].tolist()[:4] == [
        *["agree", "partly_disagree", "fully_disagree", "never_encountered"]
    ]
    assert table["answer_order"].tolist() == [1, 2, 3, 4] * 2
    assert table["share"].iloc[0] == 77.5


def test_wilsons_interval_is_that_of_the_literature(survey_of):
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I: 81 of 263.
    table = survey_of(263, yes=100 * 81 / 263, no=100 * 182 / 263)
    row = stats.add_share_interval(table, design_effect=1, level=0.95).iloc[0]
    assert (row["share_lower"], row["share_upper"]) == pytest.approx((25.53, 36.62), abs=0.005)


def test_a_design_effect_is_a_smaller_sample(survey_of):
    halved = stats.add_share_interval(survey_of(1000, yes=30.0, no=70.0), design_effect=2)
    small = stats.add_share_interval(survey_of(500, yes=30.0, no=70.0), design_effect=1)
    bounds = ["share_lower", "share_upper"]
    pd.testing.assert_frame_equal(halved[bounds], small[bounds])
    assert set(halved["design_effect"]) == {2.0}


def test_intervals_of_several_answers_hold_at_once(survey_of):
    # Goodman (1965): Wilson's interval at alpha / k, here by its closed form.
    table = survey_of(1180, a=39.6, b=56.2, c=4.2)
    both = stats.add_share_interval(table, design_effect=1, simultaneous=True)
    z = NormalDist().inv_cdf(1 - 0.1 / 3 / 2)
    p, n = 0.396, 1180
    half = z * math.sqrt(p * (1 - p) / n + z**2 / 4 / n**2)
    bounds = [100 * (p + z**2 / 2 / n + sign * half) / (1 + z**2 / n) for sign in (-1, 1)]
    assert both.loc[0, ["share_lower", "share_upper"]].tolist() == pytest.approx(bounds)
    single = stats.add_share_interval(table, design_effect=1)
    assert (both["share_lower"] < single["share_lower"]).all()


def test_net_trust_is_positive_minus_negative():
    table = trust(items="police")
    sides = {"positive": list(AGREE), "negative": ["partly_disagree", "fully_disagree"]}
    net = stats.net_trust(table, **sides, design_effect=2).set_index("wave")
    assert net["net"].round(1).to_dict() == {"2022": 70.3, "2023-10": 83.4}
    p, q, n = 0.775, 0.072, 18005 / 2
    half = 100 * 1.644854 * math.sqrt((p + q - (p - q) ** 2) / n)
    assert net.loc["2022", "net_upper"] - 70.3 == pytest.approx(half, abs=1e-6)
    one = stats.net_trust(table, positive="fully_agree", negative="fully_disagree", design_effect=2)
    assert one["net"].round(1).tolist() == [37.5, 59.2]
    with pytest.raises(BadParameter, match="fully_agree: positive and negative"):
        stats.net_trust(table, positive=["fully_agree"], negative=["fully_agree"], design_effect=1)


REJECTED = [
    (lambda t: stats.add_share_interval(t, design_effect=2), "not published for the waves 2022"),
    (lambda t: stats.add_share_interval(t, design_effect=0), "above 0"),
    (lambda t: stats.add_share_interval(t, design_effect=True), "above 0"),
    (lambda t: stats.rebase_on_opinion(t, without=["never_met"]), "no answer 'never_met'; there"),
    (lambda t: stats.rebase_on_opinion(t, without=[]), "No answer is named"),
    (lambda t: stats.rebase_on_opinion(t.iloc[1:]), "sum to"),
    (lambda t: stats.rebase_on_opinion(pd.concat([t, t.assign(base="valid")])), "bases all, valid"),
    (lambda t: stats.combine_answers(t, {"agree": "yes"}), "no answer 'agree'"),
    (lambda t: change(t, "2022", "2024"), "no wave '2024'; it has 2022, 2023-10"),
    (lambda t: change(t, "2022", "2022"), "are the same: 2022"),
    (lambda t: change(t, *WAVES, mapping={"never": "x"}), "no answer 'never'"),
    (lambda t: change(t, *WAVES, mapping={"hard_to_say": "x"}), "no answer 'hard_to_say'"),
    (lambda t: bound(t, *WAVES, answers="never_encountered"), "no answer 'never_encountered'"),
    (lambda t: bound(stats.rebase_on_opinion(t), *WAVES, answers="fully_agree"), "base all"),
    (
        lambda t: bound(t, *WAVES, answers="fully_agree", no_opinion=["never_encounterd"]),
        "Did you mean never_encountered",
    ),
]


@pytest.mark.parametrize(("compute", "answer"), REJECTED)
def test_what_cannot_be_computed_is_rejected(compute, answer):
    with pytest.raises((BadParameter, BadTable, UnknownName), match=answer):
        compute(published())


@given(
    st.lists(st.integers(0, 1000), min_size=2, max_size=6).filter(any),
    st.integers(1, 30_000),
    st.floats(1, 5),
    st.booleans(),
)
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_intervals_are_within_0_and_100_contain_the_share_and_never_shrink(
    survey_of, counts, respondents, effect, simultaneous
):
    share = {f"a{i}": 100 * n / sum(counts) for i, n in enumerate(counts)}
    table = survey_of(respondents, **{a: min(s, 100.0) for a, s in share.items()})
    one, more = (
        stats.add_share_interval(table, design_effect=d, simultaneous=simultaneous)
        for d in (1, effect)
    )
    assert one["share_lower"].between(0, one["share"] + 1e-9).all()
    assert one["share_upper"].between(one["share"] - 1e-9, 100).all()
    widths = (t["share_upper"] - t["share_lower"] for t in (more, one))
    assert (np.subtract(*widths) > -1e-9).all()


NONE = {"never_encountered": "no_opinion", "never_or_hard_to_say": "no_opinion"}


def test_newcombes_interval_is_that_of_the_literature(survey_of):
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10: 56/70 and 48/80.
    table = pd.concat(
        [survey_of(80, "2022", yes=60.0, no=40.0), survey_of(70, "2023", yes=80.0, no=20.0)]
    )
    row = stats.change_between_waves(table, "2022", "2023", design_effect=1, level=0.95).iloc[0]
    assert row["change"] == pytest.approx(20)
    bounds = row["change_lower"], row["change_upper"]
    assert bounds == pytest.approx((5.24, 33.39), abs=0.005)
    assert row["significant"]


def test_the_change_of_figure_2_needs_a_stated_mapping_which_is_recorded():
    with pytest.raises(BadTable, match=r"(?s)prosecutor differ: .*never_enc.*never_or.*mapping="):
        change(trust(), *WAVES)
    changes = change(trust(), *WAVES, mapping=NONE)
    assert set(changes["mapping"]) == {"never_encountered + never_or_hard_to_say = no_opinion"}
    fully = changes[changes["answer"] == "fully_agree"].set_index("item")
    asked_twice = fully.dropna(subset="first")
    assert asked_twice["change"].round(1).to_dict() == {
        "prosecutor": 19.8,
        "police": 23.6,
        "anticorruption_service": 21.9,
        "economic_investigation": 21.4,
    }
    assert asked_twice["significant"].all()
    assert fully.loc[["courts", "fire_service"], "significant"].isna().all()
    assert fully.loc["courts", "last"] == 61.0


def test_what_was_left_out_or_combined_before_is_recorded_too():
    opinion = stats.rebase_on_opinion(trust())
    agree = stats.combine_answers(opinion, {"fully_agree": "agree", "partly_agree": "agree"})
    changes = change(agree, *WAVES)
    assert set(changes["mapping"]) == {
        "fully_agree + partly_agree = agree; left out: never_encountered, never_or_hard_to_say"
    }
    police = changes[(changes["item"] == "police") & (changes["answer"] == "agree")].iloc[0]
    assert police["change"] == pytest.approx(0.88, abs=0.005)


def test_a_question_that_changed_is_a_break_too(survey_of):
    table = pd.concat(
        [
            survey_of(80, "2022", yes=60.0, no=40.0),
            survey_of(70, "2023", yes=80.0, no=20.0).assign(question="another"),
        ]
    )
    with pytest.raises(BadTable, match="questions of x differ"):
        stats.change_between_waves(table, "2022", "2023", design_effect=1)
    changes = stats.change_between_waves(table, "2022", "2023", design_effect=1, mapping={})
    assert len(changes) == 2


def test_what_vanished_answers_account_for_is_bounded():
    bounds = bound(trust(), *WAVES, answers="fully_agree")
    bounds = bounds.set_index("item").round(1)
    assert bounds.loc[["courts", "fire_service"], "rise"].isna().all()
    bounds = bounds.dropna(subset="rise")
    assert list(bounds.index) == [
        *["prosecutor", "police", "anticorruption_service", "economic_investigation"]
    ]
    police = bounds.loc["police"]
    assert police["rise"] == 23.6
    assert police["vanished"] == 13.6
    # 13.6 points split as the 39.5 of the 84.7 who had an opinion; or all; or none.
    assert police["accounted_like_others"] == 6.3
    assert (police["left_least"], police["left_like_others"], police["left_most"]) == (
        *(10.0, 17.3, 23.6),
    )
    # Of the other service the whole rise can be accounted for.
    assert bounds.loc["economic_investigation", "left_least"] == -8.7


def test_one_answer_without_an_opinion_may_be_named():
    given = {"answers": "fully_agree", "no_opinion": "never_encountered"}
    bounds = bound(trust(items="police"), *WAVES, **given).iloc[0]
    assert (bounds["no_opinion_first"], bounds["no_opinion_last"]) == (15.3, 0)


def test_bounds_hold_where_the_share_without_an_opinion_grew():
    bounds = stats.bound_missing_opinions(
        trust("2019", "2020", items="police"), "2019", "2020", answers="fully_agree"
    ).iloc[0]
    assert bounds["vanished"] == pytest.approx(-10.7)
    assert bounds["left_least"] == pytest.approx(bounds["rise"])
    assert bounds["left_most"] == pytest.approx(bounds["rise"] + 10.7)
    assert bounds["left_least"] < bounds["left_like_others"] < bounds["left_most"]


def test_the_design_effect_at_which_a_verdict_flips(survey_of):
    table = pd.concat(
        [survey_of(800, "2022", yes=60.0, no=40.0), survey_of(700, "2023", yes=80.0, no=20.0)]
    )
    flip = stats.change_between_waves(table, "2022", "2023", design_effect=3)
    flip = flip["design_effect_flip"].iloc[0]
    for factor, significant in ((0.999, True), (1.001, False)):
        found = stats.change_between_waves(table, "2022", "2023", design_effect=flip * factor)
        assert found["significant"].tolist() == [significant] * 2
    one = table[table["wave"] == "2022"]
    at = stats.share_flip(60, 55, 800)
    assert stats.add_share_interval(one, design_effect=at)["share_lower"].iloc[0] == pytest.approx(
        55
    )
    net = stats.net_trust(one, positive="yes", negative="no", design_effect=2).iloc[0]
    at = stats.net_trust(
        one, positive="yes", negative="no", design_effect=net["design_effect_flip"]
    )
    assert at["net_lower"].iloc[0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("level", [0, 1, -0.5, "0.9", True])
def test_a_level_is_a_number_between_0_and_1(level, survey_of):
    with pytest.raises(BadParameter, match="level = "):
        stats.add_share_interval(survey_of(80, yes=60.0, no=40.0), design_effect=1, level=level)


def test_an_interval_of_what_remains_is_that_of_imbens_and_manski():
    table = trust().assign(respondents=18005)
    found = stats.bound_missing_opinions(table, *WAVES, answers="fully_agree", design_effect=2)
    row = found.set_index("item").loc["police"]
    # The bounds are far apart, so that one side's quantile is enough: 1.2816 at 90%.
    p = [row["first"] / 100, row["last"] / 100]
    error = 100 * math.sqrt(sum(x * (1 - x) for x in p) / (18005 / 2))
    assert row["left_upper"] - row["left_most"] == pytest.approx(1.28155 * error, rel=1e-4)
    assert row["left_lower"] < row["left_least"]
