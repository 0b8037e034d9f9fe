"""Tables of checked claims: tallies, what flips a verdict, exports."""

import json

import pandas as pd
import pytest

import govlib
from govlib import stats, surveys
from govlib.claims import count_verdicts, export, read, sensitivity, starter
from govlib.errors import BadParameter, GovlibError


@pytest.fixture(scope="module")
def checked():
    return govlib.claims.check(only=["C1", "C6", "C8", "C9", "C18", "N1"])


def test_our_own_checks_and_statements_in_words_are_counted_apart(checked):
    assert count_verdicts(checked).to_dict() == {"reproduced": 2, "not checkable": 1}
    assert count_verdicts(checked, worded=True).sum() == 2
    own = checked[checked["check_of"] == "C6"]
    assert own["statement"].item().startswith("(Our own check of C6) ")
    text = govlib.claims.write_list(checked, "The article.")
    assert text.index("\nC6 ") < text.index("\nC8 ")
    assert "\n3 statements: 2 reproduced, 1 not checkable.\n" in text
    assert text.endswith(
        "2 further statements that state no number: 1 not supported, 1 not checkable.\n"
    )
    lines = govlib.claims.write_list(checked, "The article.", details=False).splitlines()
    assert [line.split()[0] for line in lines[4:8]] == ["C1", "C6", "C8", "C9"]
    assert lines[4].split(None, 4)[1:4] == ["reproduced", "0.14", "0.14"]
    assert lines[-2:] == text.splitlines()[-2:]


def test_the_articles_ledger_is_complete():
    claims = read().claims
    figures = [claim for claim in claims if not claim.worded]
    assert len([claim for claim in figures if not claim.check_of]) == 15
    named = {claim.id for claim in claims}
    assert named == {f"C{n}" for n in range(1, 31)} | {f"N{n}" for n in range(1, 9)}
    assert {c.rule for c in claims if c.id.startswith("N")} == {"none"}


def test_the_nearest_change_that_flips_is_in_the_reason_and_in_the_sensitivity(checked):
    reason = checked.set_index("claim").loc["C6", "reason"]
    assert "becomes 'not supported' with denominator and answers" in reason
    table = sensitivity(only=["C6", "C12"])
    flips = table[table["flips"]]
    assert set(flips.loc[flips["claim"] == "C6", "varied"]) <= {
        "denominator and answers",
        "design effect",
    }
    [found] = flips.loc[(flips["claim"] == "C6") & (flips["varied"] == "design effect"), "setting"]
    pair = surveys.read("bns-trust", waves=["2022", "2023-10"], items="prosecutor")
    pair = pair[pair["group"] == "total"].fillna({"respondents": 18005})
    mapping = {a: a if a == "fully_agree" else "other" for a in pair["answer"].unique()}
    changes = stats.change_between_waves(
        stats.combine_answers(pair, mapping), "2022", "2023-10", design_effect=2
    ).set_index("answer")
    assert float(found) == pytest.approx(changes.loc["fully_agree", "design_effect_flip"], rel=0.01)
    effect = flips[(flips["claim"] == "C12") & (flips["varied"] == "design effect")]
    flip = float(effect["setting"].item())
    for value, verdict in ((0.99 * flip, "differs"), (1.01 * flip, "plausible")):
        found = govlib.claims.check(only="C12", design_effect=value)
        assert found["verdict"].item() == verdict
    assert not table["setting"].str.contains("valid").loc[table["claim"] == "C6"].any()
    waves = table[table["varied"] == "waves"]
    assert "not comparable" in set(waves["verdict"])
    assert not waves["flips"].any()


def test_some_claims_can_be_computed_alone():
    assert govlib.claims.check(2024, only=["C4", "C1"])["claim"].tolist() == ["C4", "C1"]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({"only": ["C99"]}, "no claim 'C99'; there are: C1, C2"),
        ({"only": []}, "`only` is empty"),
        ({"edition": 2018}, "no WGI edition 2018"),
        ({"economy": "Kazakstan"}, "Did you mean KAZ"),
        ({"economy": ["KAZ"]}, "one World Bank code is needed"),
        ({"economy": "KAZ", "ledger": "caspiana"}, "claims of .* name theirs .K1, K2 ARM va"),
        ({"design_effect": 0}, "design_effect = 0"),
        ({"ledger": "gorgia"}, "included: sadykova-2024, caspiana, georgia.*Did you mean georgia"),
    ],
)
def test_what_cannot_be_checked_is_refused(asked, answer):
    with pytest.raises(GovlibError, match=answer):
        govlib.claims.check(**{"only": "C1"} | asked)


@pytest.mark.parametrize(("economy", "warned"), [("UZB", True), ("KAZ", False)])
def test_a_survey_of_another_country_than_the_texts_is_warned_of(tmp_path, economy, warned):
    path = tmp_path / "mine.toml"
    path.write_text(f"""article = {{ citation = "A text", economy = "{economy}", edition = 2023 }}
[[claim]]
id = "A"
statement = "Many trust the police."
compute = "share"
rule = "equal"
value = 63.1
decimals = 1
[claim.arguments]
survey = "bns-trust"
item = "police"
answer = "fully_agree"
base = "all"
wave = "2023-10"
""")
    [reason] = govlib.claims.check(ledger=path)["reason"]
    said = "Mind that the survey bns-trust is of Kazakhstan, the text about Uzbekistan."
    assert (said in reason) == warned, reason


def test_the_starter_is_a_ledger_that_checks(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(starter(), "utf-8")
    table = govlib.claims.check(ledger=path)
    assert table["verdict"].tolist() == ["reproduced", "reproduced", "not checkable"]
    path.write_text(starter().replace("# [", "[").replace("# id", "id"), "utf-8")
    with pytest.raises(GovlibError, match=r"mine\.toml"):
        govlib.claims.check(ledger=path)


def test_reviews_are_json_ld_with_the_rating_and_the_way_of_citing(checked):
    content = json.loads(export.write_reviews(checked, read().article))
    reviews = {review["identifier"]: review for review in content["@graph"]}
    assert set(reviews) == set(checked["claim"]) - {"C8"}
    assert content["@context"][0] == "https://schema.org"
    first = reviews["C1"]
    assert first["reviewRating"]["ratingValue"] == 5
    assert first["reviewRating"]["alternateName"] == "reproduced"
    assert first["cito:confirms"] == {"@id": read().article.url}
    assert "cito:disputes" in reviews["C18"]
    assert "ratingValue" not in reviews["C9"]["reviewRating"]
    assert checked.set_index("claim").loc["C9", "ours"] == ""  # not a related figure
    assert list(export.REVIEWS) == govlib.claims.VERDICTS


def test_a_correlation_of_errors_is_handed_to_the_changes_that_it_is_of():
    table = pd.DataFrame(
        {"edition": 2023, "dimension": ["ge"], "economy": "KAZ", "first_year": 2018}
        | {"last_year": 2022, "rho": 0.95, "rho_lower": 0.93, "rho_upper": 0.97}
    )
    for rho in (table, 0.95):
        [row] = govlib.claims.check(2023, only="C3", rho=rho).to_dict("records")
        assert row["verdict"] == "reproduced"
        assert "by 0.95" in row["reason"] and "as given" in row["reason"]
    own = govlib.claims.check(2023, only="C3").iloc[0]
    for column, other in (("edition", 2022), ("economy", "UZB"), ("first_year", 2017)):
        row = govlib.claims.check(2023, only="C3", rho=table.assign(**{column: other})).iloc[0]
        assert row["lower"] == own["lower"]
        assert "what all countries of the edition imply" in row["reason"]
    with pytest.raises(BadParameter, match=r"claim C3: rho = 1\.5: .* below 1 is needed"):
        govlib.claims.check(2023, only="C3", rho=1.5)


def test_a_reason_names_the_set_of_a_rank_and_the_design_effect_that_flips():
    reasons = govlib.claims.check(only=["C2", "C6", "C7", "C8"]).set_index("claim")["reason"]
    assert "89 of 213 (90% posterior interval 66 to 123)" in reasons["C2"]
    assert (
        "A confidence set of the rank, whatever the true ranks are, is 23 to 183." in reasons["C2"]
    )
    assert "'not supported' with denominator" in reasons["C6"]
    assert "'not supported' with design effect 528" in reasons["C6"]
    assert "'undecided' with design effect 3.2" in reasons["C7"]
    assert "With design effect 22.8 the interval reaches 0; the verdict stays." in reasons["C8"]
    table = sensitivity(only="C8")
    [row] = table[table["varied"] == "design effect"].to_dict("records")
    assert row["upper"] == pytest.approx(0, abs=1e-6) and not row["flips"]
