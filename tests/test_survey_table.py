"""The contract of a survey table: damaged tables are named, good ones pass."""

import pandas as pd
import pytest

import govlib
from govlib.datasets.surveys import sum_shares
from govlib.errors import BadTable


def police(**changes):
    table = govlib.read_survey("bns-trust", waves=["2016", "2022"], items=["police", "prosecutor"])
    return table.assign(**changes)


def answers(*shares):
    return {f"answer {i}": share for i, share in enumerate(shares)}


def test_a_good_table_passes(survey_of):
    govlib.check_survey(police())
    govlib.check_survey(survey_of(**answers(0, 100)))


@pytest.mark.parametrize("shares", [(33.3, 33.3, 33.3), (29.8, 51.6, 6.6, 3.5, 8.7), (33, 33, 33)])
def test_rounding_is_allowed_for(survey_of, shares):
    govlib.check_survey(survey_of(**answers(*shares)))


@pytest.mark.parametrize(
    "shares",
    [
        (65.2, 33.1, 1.1, 0.4, 0.5),  # as published of rural areas in 2022
        (50.0, 49.89),  # two decimals: 0.11 is more than 0.01
        (50.1, 50.0, 50.0),
        (33.3, 33.3),
        (29.8, 51.6, 3.5, 8.7),
    ],
)
def test_shares_that_do_not_sum_to_100_are_refused_with_their_sum(survey_of, shares):
    with pytest.raises(BadTable, match=rf"{len(shares)} answers sum to {sum(shares):.10g}, not"):
        govlib.check_survey(survey_of(**answers(*shares)))


def test_a_share_written_without_its_zero_has_the_decimals_of_its_wave(survey_of):
    # 66 beside 24.1 was rounded to one decimal: three times 0.05, not 0.5 + 2 * 0.05.
    sums = sum_shares(survey_of(**answers(66, 24.1, 9.9)))
    assert sums["tolerance"].item() == pytest.approx(0.15)
    with pytest.raises(BadTable, match=r"sum to 100\.4"):
        govlib.check_survey(survey_of(**answers(66, 24.1, 10.3)))


@pytest.mark.parametrize(
    ("damage", "answer"),
    [
        (lambda t: t.drop(columns="base"), "lacks base; it has survey"),
        (lambda t: t.head(0), "no rows"),
        (lambda t: pd.concat([t, t.tail(1)]), "1 of 16 rows, .*is repeated"),
        (lambda t: pd.concat([t, t.assign(survey="other")]), "mixes the surveys bns-trust, other"),
        (lambda t: t.assign(share=t["share"] - 20), "not a percentage"),
        (lambda t: t.assign(share=t["share"].where(t.index > 0)), "not a percentage"),
        (lambda t: t.assign(base="everyone"), "has a base that is not of"),
        (lambda t: t.assign(respondents=0), "has no respondents"),
        (lambda t: t.assign(respondents=range(1, 16)), "respondents differ by answer"),
        (lambda t: t.assign(answer_order=1), "repeats an answer_order"),
        (lambda t: t.assign(start="2031"), "ends before it starts"),
        (lambda t: t.iloc[1:], "prosecutor, base all: the shares of its 4 answers sum to 61.2"),
        (lambda t: t[t["answer"] != "fully_agree"], "; so do those of 1 more"),
    ],
)
def test_a_damaged_table_is_refused_by_name(damage, answer):
    with pytest.raises(BadTable, match=answer):
        govlib.check_survey(damage(police()))
