"""Waves compared: only like with like; what a break can account for is bounded."""

import pandas as pd
import pytest

import govlib
from govlib.errors import BadParameter, BadTable, UnknownName

NONE = {"never_encountered": "no_opinion", "never_or_hard_to_say": "no_opinion"}
WAVES = ("2022", "2023-10")


def trust(*waves, **chosen):
    table = govlib.surveys.read("bns-trust", waves=list(waves or WAVES), **chosen)
    return table.fillna({"respondents": 18005})


def test_newcombes_interval_is_that_of_the_literature(survey_of):
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10: 56/70 and 48/80.
    table = pd.concat(
        [survey_of(80, "2022", yes=60.0, no=40.0), survey_of(70, "2023", yes=80.0, no=20.0)]
    )
    row = govlib.stats.change_between_waves(table, "2022", "2023", design_effect=1).iloc[0]
    assert row["change"] == pytest.approx(20)
    bounds = row["change_lower"], row["change_upper"]
    assert bounds == pytest.approx((5.24, 33.39), abs=0.005)
    assert row["beyond_error"]


def test_the_change_of_figure_2_needs_a_stated_mapping_which_is_recorded():
    with pytest.raises(BadTable, match=r"(?s)prosecutor differ: .*never_enc.*never_or.*mapping="):
        govlib.stats.change_between_waves(trust(), *WAVES, design_effect=2)
    change = govlib.stats.change_between_waves(trust(), *WAVES, design_effect=2, mapping=NONE)
    assert set(change["mapping"]) == {"never_encountered + never_or_hard_to_say = no_opinion"}
    fully = change[change["answer"] == "fully_agree"].set_index("item")
    asked_twice = fully.dropna(subset="first")
    assert asked_twice["change"].round(1).to_dict() == {
        "prosecutor": 19.8,
        "police": 23.6,
        "anticorruption_service": 21.9,
        "economic_investigation": 21.4,
    }
    assert asked_twice["beyond_error"].all()
    assert fully.loc[["courts", "fire_service"], "beyond_error"].isna().all()
    assert fully.loc["courts", "last"] == 61.0


def test_what_was_left_out_or_combined_before_is_recorded_too():
    opinion = govlib.stats.rebase_on_opinion(trust())
    agree = govlib.stats.combine_answers(opinion, {"fully_agree": "agree", "partly_agree": "agree"})
    change = govlib.stats.change_between_waves(agree, *WAVES, design_effect=2)
    assert set(change["mapping"]) == {
        "fully_agree + partly_agree = agree; left out: never_encountered, never_or_hard_to_say"
    }
    police = change[(change["item"] == "police") & (change["answer"] == "agree")].iloc[0]
    assert police["change"] == pytest.approx(0.88, abs=0.005)


def test_waves_with_equal_answers_need_no_mapping():
    change = govlib.stats.change_between_waves(
        trust("2021", "2022"), "2021", "2022", design_effect=2
    )
    assert set(change["mapping"]) == {""}
    assert change["first"].notna().all()


def test_a_question_that_changed_is_a_break_too(survey_of):
    table = pd.concat(
        [
            survey_of(80, "2022", yes=60.0, no=40.0),
            survey_of(70, "2023", yes=80.0, no=20.0).assign(question="another"),
        ]
    )
    with pytest.raises(BadTable, match="questions of x differ"):
        govlib.stats.change_between_waves(table, "2022", "2023", design_effect=1)
    change = govlib.stats.change_between_waves(table, "2022", "2023", design_effect=1, mapping={})
    assert len(change) == 2


def test_a_mapping_that_does_not_reconcile_the_answers_is_not_enough():
    with pytest.raises(BadTable, match="answers of prosecutor differ"):
        govlib.stats.change_between_waves(
            trust(), *WAVES, design_effect=2, mapping={"never_encountered": "no_opinion"}
        )


def test_what_vanished_answers_account_for_is_bounded():
    bounds = govlib.stats.bound_missing_opinions(trust(), *WAVES, answers="fully_agree")
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


def test_one_answer_without_an_opinion_may_be_named_and_a_misspelt_one_is_refused():
    given = {"answers": "fully_agree", "no_opinion": "never_encountered"}
    bounds = govlib.stats.bound_missing_opinions(trust(items="police"), *WAVES, **given).iloc[0]
    assert (bounds["no_opinion_first"], bounds["no_opinion_last"]) == (15.3, 0)
    given["no_opinion"] = ["never_encounterd"]
    with pytest.raises(UnknownName, match="Did you mean never_encountered"):
        govlib.stats.bound_missing_opinions(trust(), *WAVES, **given)


def test_bounds_hold_where_the_share_without_an_opinion_grew():
    bounds = govlib.stats.bound_missing_opinions(
        trust("2019", "2020", items="police"), "2019", "2020", answers="fully_agree"
    ).iloc[0]
    assert bounds["vanished"] == pytest.approx(-10.7)
    assert bounds["left_least"] == pytest.approx(bounds["rise"])
    assert bounds["left_most"] == pytest.approx(bounds["rise"] + 10.7)
    assert bounds["left_least"] < bounds["left_like_others"] < bounds["left_most"]


@pytest.mark.parametrize(
    ("compute", "error", "answer"),
    [
        (
            lambda t: govlib.stats.change_between_waves(t, "2022", "2024", design_effect=1),
            UnknownName,
            "no wave '2024'; it has 2022, 2023-10",
        ),
        (
            lambda t: govlib.stats.change_between_waves(t, "2022", "2022", design_effect=1),
            BadParameter,
            "are one: 2022",
        ),
        (
            lambda t: govlib.stats.change_between_waves(
                t, *WAVES, design_effect=1, mapping={"never": "x"}
            ),
            UnknownName,
            "no answer 'never'",
        ),
        (
            lambda t: govlib.stats.bound_missing_opinions(t, *WAVES, answers="never_encountered"),
            UnknownName,
            "no answer 'never_encountered'; there are: fully_agree",
        ),
        (
            lambda t: govlib.stats.bound_missing_opinions(
                govlib.stats.rebase_on_opinion(t), *WAVES, answers="fully_agree"
            ),
            BadTable,
            "base all",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(compute, error, answer):
    with pytest.raises(error, match=answer):
        compute(trust())
