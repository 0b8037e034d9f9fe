"""What is suggested for a near miss."""

import pytest

from govlib.errors import did_you_mean

NAMES = {"KAZ": "Kazakhstan", "KOR": "Korea, Rep.", "PRK": "Korea, Dem. Rep.", "VNM": "Viet Nam"}


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Kazakstan", " Did you mean KAZ (Kazakhstan)?"),
        ("  KAZAKHSTAN ", " Did you mean KAZ (Kazakhstan)?"),
        ("KZA", " Did you mean KAZ (Kazakhstan)?"),
        ("Vietnam", " Did you mean VNM (Viet Nam)?"),
        ("Atlantis", ""),
        (2023, ""),
    ],
)
def test_codes_and_names_are_matched_and_the_code_is_answered(asked, answer):
    assert did_you_mean(asked, NAMES, NAMES) == answer


def test_words_without_names_are_matched_too():
    assert did_you_mean("econmy", ["economy", "edition"]) == " Did you mean economy?"
    assert did_you_mean("x", ["economy", "edition"]) == ""


def test_of_a_word_in_another_case_nothing_else_is_suggested():
    known = ["GOV_WGI_GE.EST", "GOV_WGI_GE_EST", "GOV_WGI_GE.SE"]
    assert did_you_mean("gov_wgi_ge.est", known) == " Did you mean GOV_WGI_GE.EST?"
