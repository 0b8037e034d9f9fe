"""Captions of figures of surveys: what a reader is told of the waves."""

import pytest

import govlib
from govlib.errors import BadTable


def describe(waves, language="en", **selection):
    table = govlib.surveys.read("bns-trust", waves=waves, **selection)
    labels = govlib.surveys.labels("bns-trust", language)
    return govlib.describe_answer_breaks(table, labels=labels, language=language)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            'only in 2022: "Never encountered"; '
            'only in 2023-10: "Never encountered or hard to say"',
        ),
        (
            "ru",
            "только 2022: «Никогда не сталкивался»; "
            "только 2023-10: «Не сталкивался или затрудняюсь ответить»",
        ),
        (
            "kk",
            "тек 2022: «Ешқашан кездеспедім»; тек 2023-10: «Кездеспедім немесе жауап беру қиын»",
        ),
    ],
)
def test_a_caption_says_which_answers_changed_between_the_waves(language, told):
    assert f"({told})" in describe(["2022", "2023-10"], language)
    assert f"({told})" in describe(["2022", "2023-10"], language, items="police")


@pytest.mark.parametrize("waves", [["2021", "2022"], ["2023-10", "2024-10"], ["2022"]])
def test_waves_with_the_same_answers_have_no_break(waves):
    assert describe(waves) == ""


def test_of_several_waves_only_those_on_both_sides_of_the_break_are_named():
    text = describe(["2021", "2022", "2023-10", "2024-10"])
    assert text.count("The list of answers changed") == 1
    assert "only in 2022" in text and "2021" not in text and "2024-10" not in text


def test_items_asked_in_one_wave_only_are_no_break():
    table = govlib.surveys.read("bns-trust", waves=["2022", "2023-10"], items=["police", "courts"])
    asked = {"2022": "police", "2023-10": "courts"}
    apart = table[table["item"] == table["wave"].map(asked)]
    assert govlib.describe_answer_breaks(apart, labels={}) == ""
    with pytest.raises(BadTable, match="lacks answer"):
        govlib.describe_answer_breaks(table.drop(columns="answer"), labels={})
