"""Quantities: what they compute, and that what is not available is never a number."""

import re

import pytest

from govlib.claims import quantities
from govlib.errors import BadParameter, NotHeld

TRUST = {"survey": "bns-trust", "items": ["police"]}
WAVES = {"waves": ("2022", "2023-10"), "base": "all"}


def test_an_answer_that_nobody_gave_is_never_a_share_of_nothing():
    asked = TRUST | {"wave": "2023-10"}
    assert quantities.majorities(answer="fully_agree", **asked).among == 1
    with pytest.raises(NotHeld, match="no share of fuly_agree to each item asked"):
        quantities.majorities(answer="fuly_agree", **asked)
    with pytest.raises(NotHeld, match="not all of the answers fully_agree, partly"):
        quantities.smallest_change(answers=["fully_agree", "partly"], **TRUST, **WAVES)
    values = {"survey": "wvs7-kaz", "item": "value_type", "base": "valid"}
    with pytest.raises(NotHeld, match="no share of mixd"):
        quantities.share(answer="mixd", **values)
    with pytest.raises(NotHeld, match="no shares of"):
        quantities.share_lead(answers=("mixed", "mixd"), ranges=[(25, 33)], **values)
    with pytest.raises(NotHeld, match="several waves of police"):
        quantities.share(survey="bns-trust", item="police", answer="fully_agree", base="all")


def test_the_published_number_of_respondents_is_taken_for_the_wave_without_one():
    found = quantities.smallest_change(answers=["fully_agree"], **TRUST, **WAVES)
    assert "Taken for each wave: 18005 respondents, design effect 2." in found.note
    given = quantities.smallest_change(
        answers=["fully_agree"], respondents=1000, design_effect=1, **TRUST, **WAVES
    )
    assert given.value == found.value
    assert given.upper - given.lower > 2 * (found.upper - found.lower)
    with pytest.raises(NotHeld, match="no number of respondents for 2021 or 2022"):
        quantities.smallest_change(
            answers=["fully_agree"], **TRUST, **WAVES | {"waves": ("2021", "2022")}
        )


def test_the_lead_has_the_variance_of_a_multinomial_sample():
    asked = {"survey": "wvs7-kaz", "item": "value_type", "base": "valid"}
    lead = quantities.share_lead(
        answers=("materialist", "mixed"), ranges=[(25, 33), (50, 60)], design_effect=1, **asked
    )
    first, second = (
        quantities.share(answer=answer, **asked).value / 100 for answer in ("materialist", "mixed")
    )
    error = ((first + second - (first - second) ** 2) / 1180) ** 0.5
    assert lead.value == pytest.approx(100 * (first - second))
    assert lead.upper - lead.value == pytest.approx(164.4854 * error)
    assert "sum to 75 to 93, never 100" in lead.note


def test_steps_of_a_change_are_between_years_with_an_estimate():
    years = {"first_year": 2012, "last_year": 2019}  # none from 2014 to 2017
    found = quantities.change(edition=2023, economy="COK", dimension="va", **years)
    assert re.match(r"Up in \d of 3 steps", found.note)
    with pytest.raises(NotHeld, match="no estimate of va for COK, 2012, 2015"):
        quantities.change(
            edition=2023, economy="COK", dimension="va", first_year=2012, last_year=2015
        )
    with pytest.raises(BadParameter, match="2022 is not before last_year 2018"):
        quantities.change(
            edition=2023, economy="KAZ", dimension="va", first_year=2022, last_year=2018
        )
