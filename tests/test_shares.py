"""Arithmetic on shares: textbook intervals, the shares among those with an opinion."""

import math
from statistics import NormalDist

import pandas as pd
import pytest

import govlib
from govlib.datasets.surveys import NO_OPINION
from govlib.errors import BadParameter, BadTable, UnknownName

AGREE = {"fully_agree": "agree", "partly_agree": "agree"}


def trust(**chosen):
    return govlib.read_survey("bns-trust", waves=["2022", "2023-10"], **chosen)


def by_wave(table, answer):
    return table[table["answer"] == answer].set_index("wave")["share"].round(1).to_dict()


def test_police_among_those_with_an_opinion():
    opinion = govlib.rebase_on_opinion(trust(items="police"))
    assert by_wave(opinion, "fully_agree") == {"2022": 46.6, "2023-10": 64.1}
    agree = govlib.combine_answers(opinion, AGREE)
    assert by_wave(agree, "agree") == {"2022": 91.5, "2023-10": 92.4}
    assert set(opinion["base"]) == {"opinion"}
    assert opinion.loc[opinion["wave"] == "2023-10", "respondents"].unique() == [17717]
    assert opinion.loc[opinion["wave"] == "2022", "respondents"].isna().all()


def test_anticorruption_falls_among_those_with_an_opinion():
    agree = govlib.combine_answers(
        govlib.rebase_on_opinion(trust(items="anticorruption_service")), AGREE
    )
    assert by_wave(agree, "agree") == {"2022": 92.4, "2023-10": 89.9}


def test_the_callers_table_is_left_as_it_is():
    table = trust().fillna({"respondents": 18005})
    before = table.copy()
    govlib.rebase_on_opinion(table)
    govlib.combine_answers(table, AGREE)
    govlib.add_share_interval(table, design_effect=2)
    pd.testing.assert_frame_equal(table, before)


def test_combined_answers_stand_at_the_place_of_the_first():
    table = govlib.combine_answers(trust(items="police"), AGREE)
    assert table["answer"].tolist()[:4] == [
        *["agree", "partly_disagree", "fully_disagree", "never_encountered"]
    ]
    assert table["answer_order"].tolist() == [1, 2, 3, 4] * 2
    assert table["share"].iloc[0] == 77.5


def test_wilsons_interval_is_that_of_the_literature(survey_of):
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I: 81 of 263.
    table = survey_of(263, yes=100 * 81 / 263, no=100 * 182 / 263)
    row = govlib.add_share_interval(table, design_effect=1).iloc[0]
    assert (row["share_lower"], row["share_upper"]) == pytest.approx((25.53, 36.62), abs=0.005)


def test_a_design_effect_is_a_smaller_sample(survey_of):
    halved = govlib.add_share_interval(survey_of(1000, yes=30.0, no=70.0), design_effect=2)
    small = govlib.add_share_interval(survey_of(500, yes=30.0, no=70.0), design_effect=1)
    bounds = ["share_lower", "share_upper"]
    pd.testing.assert_frame_equal(halved[bounds], small[bounds])
    assert set(halved["design_effect"]) == {2.0}


def test_intervals_of_several_answers_hold_at_once(survey_of):
    # Goodman (1965): Wilson's interval at alpha / k, here by its closed form.
    table = survey_of(1180, a=39.6, b=56.2, c=4.2)
    both = govlib.add_share_interval(table, design_effect=1, simultaneous=True)
    z = NormalDist().inv_cdf(1 - 0.05 / 3 / 2)
    p, n = 0.396, 1180
    half = z * math.sqrt(p * (1 - p) / n + z**2 / 4 / n**2)
    bounds = [100 * (p + z**2 / 2 / n + sign * half) / (1 + z**2 / n) for sign in (-1, 1)]
    assert both.loc[0, ["share_lower", "share_upper"]].tolist() == pytest.approx(bounds)
    single = govlib.add_share_interval(table, design_effect=1)
    assert (both["share_lower"] < single["share_lower"]).all()


def test_a_share_of_none_or_all_has_an_interval_within_0_and_100(survey_of):
    table = govlib.add_share_interval(survey_of(100, yes=0.0, no=100.0), design_effect=1)
    assert table["share_lower"].tolist() == pytest.approx([0, 96.3], abs=0.01)
    assert table["share_upper"].tolist() == pytest.approx([3.7, 100], abs=0.01)


def test_net_trust_is_positive_minus_negative():
    table = trust(items="police").fillna({"respondents": 18005})
    sides = {"positive": list(AGREE), "negative": ["partly_disagree", "fully_disagree"]}
    net = govlib.net_trust(table, **sides, design_effect=2).set_index("wave")
    assert net["net"].round(1).to_dict() == {"2022": 70.3, "2023-10": 83.4}
    p, q, n = 0.775, 0.072, 18005 / 2
    half = 100 * 1.959964 * math.sqrt((p + q - (p - q) ** 2) / n)
    assert net.loc["2022", "net_upper"] - 70.3 == pytest.approx(half, abs=1e-6)
    one = govlib.net_trust(
        table, positive="fully_agree", negative="fully_disagree", design_effect=2
    )
    assert one["net"].round(1).tolist() == [37.5, 59.2]
    with pytest.raises(BadParameter, match="fully_agree: positive and negative"):
        govlib.net_trust(table, positive=["fully_agree"], negative=["fully_agree"], design_effect=1)


@pytest.mark.parametrize(
    ("compute", "error", "answer"),
    [
        (
            lambda t: govlib.add_share_interval(t, design_effect=2),
            BadTable,
            "not published for the waves 2022: .*fillna",
        ),
        (lambda t: govlib.add_share_interval(t, design_effect=0), BadParameter, "above 0"),
        (lambda t: govlib.add_share_interval(t, design_effect=True), BadParameter, "above 0"),
        (
            lambda t: govlib.rebase_on_opinion(t, without=["never_met"]),
            UnknownName,
            "no answer 'never_met'; there are: fully_agree",
        ),
        (lambda t: govlib.rebase_on_opinion(t, without=[]), BadParameter, "No answer is named"),
        (lambda t: govlib.combine_answers(t, {"agree": "yes"}), UnknownName, "no answer 'agree'"),
        (lambda t: govlib.rebase_on_opinion(t.iloc[1:]), BadTable, "sum to"),
        (
            lambda t: govlib.rebase_on_opinion(pd.concat([t, t.assign(base="valid")])),
            BadTable,
            "mixes the bases all, valid",
        ),
    ],
)
def test_what_cannot_be_computed_is_refused(compute, error, answer):
    with pytest.raises(error, match=answer):
        compute(trust())


def test_an_item_without_opinions_is_named(survey_of):
    with pytest.raises(BadTable, match="No one gave an opinion: x, 2022"):
        govlib.rebase_on_opinion(survey_of(yes=0.0, never_encountered=100.0))
    assert "never_encountered" in NO_OPINION
