"""Quantities: what they compute, and that what is not available is never a number."""

import re

import pytest

import govlib
from govlib.claims.quantities import NotComparable, Variable, compute
from govlib.errors import NotHeld, UnknownName

TRUST = {"survey": "bns-trust", "items": ["police"]}
WAVES = {"waves": ("2022", "2023-10"), "base": "all"}


def test_an_answer_that_nobody_gave_is_never_a_share_of_nothing():
    asked = TRUST | {"wave": "2023-10"}
    assert compute("majorities", answer="fully_agree", **asked).among == 1
    with pytest.raises(NotHeld, match="fuly_agree is not an answer to each item"):
        compute("majorities", answer="fuly_agree", **asked)
    with pytest.raises(UnknownName, match="There is no answer 'partly'"):
        compute("smallest_change", answers=["fully_agree", "partly"], **TRUST, **WAVES)
    values = {"survey": "wvs7-kaz", "item": "value_type", "base": "valid"}
    with pytest.raises(UnknownName, match="There is no answer 'mixd'"):
        compute("share", answer="mixd", **values)
    with pytest.raises(UnknownName, match="There is no answer 'mixd'"):
        compute("share_lead", answers=("mixed", "mixd"), ranges=[(25, 33)], **values)
    with pytest.raises(UnknownName, match="There is no answer 'mixed'"):
        compute("group_difference", answer="mixed", groups=("18-24", "young"), **values)
    with pytest.raises(NotHeld, match="several waves of police"):
        compute("share", survey="bns-trust", item="police", answer="fully_agree", base="all")


def test_the_respondents_of_the_record_are_taken_for_the_wave_without_a_number():
    found = compute("smallest_change", answers=["fully_agree"], **TRUST, **WAVES)
    assert "18,005 respondents, also assumed for 2022" in found.note
    wider = compute("smallest_change", answers=["fully_agree"], design_effect=8, **TRUST, **WAVES)
    assert wider.value == found.value
    assert wider.upper - wider.lower == pytest.approx(2 * (found.upper - found.lower), rel=0.01)
    with pytest.raises(NotHeld, match=r"Feeling of safety.*no number of respondents"):
        compute(
            "smallest_change",
            survey="bns-safety",
            items=["safety"],
            answers=["fully_safe"],
            waves=("2019", "2022"),
            base="all",
        )


ASIA = {"year": 2022, "dimension": "va", "group": "central_asia"}


def test_quantities_of_a_group_are_of_its_members_with_data():
    table = govlib.wgi.read(2023, economies="central_asia", dimensions="va", years=2022)
    values = table.set_index("economy")["estimate"]
    assert compute("highest", edition=2023, **ASIA).value == values["KGZ"]
    assert compute("lowest", edition=2023, **ASIA).value == values["TKM"]
    assert compute("group_mean", edition=2023, **ASIA).value == pytest.approx(values.mean())
    above = compute("count_above", edition=2023, above=-1.2, **ASIA)
    assert (above.value, above.among) == (2, 5)
    below = compute("others_below", edition=2023, economy="KAZ", **ASIA)
    assert (below.value, below.among) == (3, 4)
    assert "Kyrgyz Republic -0.72" in below.note


def test_differences_and_changes_of_ranks():
    asked = {"edition": 2023, "year": 2022, "dimension": "ge"}
    gap = compute("difference", economy="KAZ", other="UZB", **asked)
    first, second = (compute("estimate", economy=code, **asked) for code in ("KAZ", "UZB"))
    assert gap.value == first.value - second.value
    assert gap.upper - gap.value == pytest.approx(
        ((first.upper - first.value) ** 2 + (second.upper - second.value) ** 2) ** 0.5
    )
    places = {"economy": "KAZ", "dimension": "ge", "years": (2018, 2022), "edition": 2023}
    gained = compute("change", measure="rank", **places).value
    ranks = [compute("rank", **asked | {"economy": "KAZ", "year": y}).value for y in (2018, 2022)]
    assert gained == ranks[0] - ranks[1]
    scores = {"measure": "score", "dimension": "ge", "economy": "KAZ", "years": (2018, 2022)}
    own = govlib.wgi.read(2025, economies="KAZ", dimensions="ge", years=[2018, 2022])["score"]
    found = compute("change", edition=2025, **scores).value
    assert found == pytest.approx(own.iloc[1] - own.iloc[0])
    with pytest.raises(NotHeld, match="2023 of the WGI has no scores"):
        compute("change", edition=2023, **scores)
    with pytest.raises(NotComparable, match="not on one scale"):
        compute("change", first_edition=2021, **places)


def test_steps_of_a_change_are_between_years_with_an_estimate():
    found = compute("change", edition=2023, economy="COK", dimension="va", years=(2012, 2019))
    assert re.match(r"It rose in \d of 3 steps", found.note)  # none from 2014 to 2017
    with pytest.raises(NotHeld, match="of Voice and Accountability for Cook Islands, 2012, 2015"):
        compute("change", edition=2023, economy="COK", dimension="va", years=(2012, 2015))


def test_rankings_are_looked_up_with_their_errors():
    asked = {"economy": "KAZ", "ranking": "cpi", "measure": "score"}
    value = compute("ranking_value", release=2022, **asked)
    assert value.value == 36 and value.upper - 36 == pytest.approx(1.64 * 3.287702)
    changed = compute("ranking_value", release=2022, since=2021, **asked)
    assert changed.value == -1 and changed.upper - changed.value > value.upper - value.value
    assert "37 in 2021, 36 in 2022" in changed.note
    assert compute("ranking_rank", release=2022, **asked).value == 101
    with pytest.raises(NotHeld, match="no rank of Kazakhstan"):
        asked |= {"ranking": "wjp-rule-of-law", "measure": "overall"}
        compute("ranking_rank", release=2023, **asked)
    improved = compute(
        "ranks_improved",
        economy="KAZ",
        years=(2018, 2023),
        measures=[("cpi", "score"), ("freedom-house", "total")],
    )
    assert (improved.value, improved.among) == (1, 1)
    assert "a change of 8.000 against 7.89" in improved.note
    assert "1 of unknown error" in improved.note


def test_a_correlation_across_few_countries_has_a_wide_interval_and_five_at_least():
    surveys = [f"wvs7-{code}" for code in ("arm", "kaz", "kgz", "mng", "rus", "tjk")]
    trust = {"item": "government", "answer": ["a_great_deal", "quite_a_lot"]}
    voice = Variable(dimension="va")
    found = compute("correlation", edition=2023, x=Variable(surveys=surveys, **trust), y=[voice])
    assert found.value == pytest.approx(-0.943, abs=0.001)
    assert found.lower < found.value < found.upper < 0
    assert found.note.endswith("Of so few the interval of a strong correlation is too short.")
    with pytest.raises(NotHeld, match="both figures: 4"):
        compute("correlation", edition=2023, x=Variable(surveys=surveys[:4], **trust), y=[voice])
