"""A ledger: every rule, and a bad entry is named with file, claim and key."""

import re

import pytest

import govlib
from govlib.claims.ledger import RULES, VERDICTS
from govlib.claims.ledger import read as read_claims
from govlib.claims.quantities import QUANTITIES
from govlib.errors import GovlibError
from govlib.project import project_folder


def ledger_with(tmp_path, **changes):
    """Write a ledger of one claim with keys changed (None removes one)."""
    claim = {
        "id": '"X1"',
        "statement": '"Voice was in place 167."',
        "compute": '"position"',
        "arguments": '{ dimension = "va", year = 2022 }',
        "rule": '"equal"',
        "value": "167",
        "among": "208",
        "decimals": "0",
    } | changes
    lines = [f"{key} = {value}" for key, value in claim.items() if value is not None]
    path = tmp_path / "ledger.toml"
    head = '[article]\ncitation = "Nobody (2024)."\neconomy = "KAZ"\nedition = 2023\n'
    path.write_text(head + "[[claim]]\n" + "\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({}, "reproduced", "167 of 208 equals the article's 167 of 208."),
        ({"among": "214"}, "differs", "is not the article's 167 of 214"),
        ({"value": "173", "among": "214"}, "differs", "Counting the 6 without data ahead .* 173"),
        ({"rule": '"range"', "range": "[160, 170]"}, "reproduced", "lies in 160 to 170"),
        ({"rule": '"range"', "range": "[100, 110]"}, "differs", "lies outside 100 to 110"),
        ({"rule": '"near"', "value": "165", "within": "3"}, "plausible", "is within 3 of 165"),
        ({"rule": '"near"', "value": "160", "within": "3"}, "differs", "is not within 3 of 160"),
        ({"rule": '"near"', "value": "166.7", "within": "0.3"}, "plausible", "is within 0.3 of"),
        ({"rule": '"at least"', "value": "100"}, "reproduced", "at least 100"),
        ({"rule": '"at most"', "value": "100"}, "not supported", "at most 100"),
        ({"rule": '"none"', "why": '"no table"'}, "not checkable", "no table"),
    ],
)
def test_every_rule_gives_its_verdicts(tmp_path, changes, verdict, reason):
    [row] = govlib.claims.check(2023, ledger=ledger_with(tmp_path, **changes)).to_dict("records")
    assert row["verdict"] == verdict
    assert re.search(reason, row["reason"])


BAD = [
    ({"id": None}, r"claim number 1: .*missing required field id"),
    ({"rule": '"equals"'}, r"claim X1: rule = 'equals' is not known.*Did you mean equal"),
    ({"rule": '["equal"]'}, r"rule = \['equal'\]: Expected str"),
    ({"decimals": None}, r"claim X1, rule 'equal': decimals is missing"),
    ({"decimals": '"two"'}, r"claim X1: decimals = 'two': Expected int"),
    ({"decimals": "true"}, r"decimals = True: Expected int"),
    ({"decimals": "-1"}, r"decimals = -1: Expected int >= 0"),
    ({"value": "nan"}, r"value = nan; needed: finite numbers"),
    ({"value": "166.9"}, r"value = 166.9 has more decimals than printed"),
    ({"rule": '"near"'}, r"claim X1, rule 'near': within is missing"),
    ({"rule": '"near"', "within": "-1"}, r"within = -1; needed: 0 or more"),
    ({"rule": '"range"', "range": "[5, 3]"}, r"range = \[5, 3\] is upside down"),
    ({"rule": '"range"', "range": "[1, 2, 3]"}, r"range = \[1, 2, 3\]: Expected array of length 2"),
    ({"rule": '"direction"', "direction": '"left"'}, r"direction = 'left': Invalid enum value"),
    ({"amongst": "208"}, r"claim X1: .*unknown field amongst; .*Did you mean among"),
    ({"check_of": '"X2"'}, r"claim X1: check_of = 'X2' is no id"),
    ({"compute": None}, r"claim X1: compute is missing"),
    ({"compute": '"positions"'}, r"compute = 'positions' is not known.*Did you mean position"),
    ({"compute": '"estimate"'}, r"claim X1: among = 208, but estimate counts among none"),
    ({"arguments": "5"}, r"claim X1: arguments = 5: Expected object"),
]
BAD_ARGUMENTS = [
    ("position", 'dimension = "va"', r"position, arguments: .*missing required field year"),
    (
        "position",
        'dimension = "vaa", year = 2022',
        r"dimension = 'vaa' is not known; known: va",
    ),
    ("position", 'dimension = "va", year = "2022"', r"claim X1, .*: year = '2022': Expected int"),
    # What the command fills in, a ledger cannot: it would be dropped.
    ("position", 'dimension = "va", year = 2022, economy = "UZB"', r"unknown field economy; keys"),
    ("single_figure", 'of = "KZA", item = "A", measure = "B", date = "2022"', r"Did you mean KAZ"),
    ("figure_points", "first_year = 2018, decimals = 2, points = {}", r"points = \{\}: Expected"),
    (
        "measures_risen",
        'of = "KAZ", measures = [["egdi"]], first_year = 1, last_year = 2',
        r"measures = \[\['egdi'\]\]: Expected array of length 2, got 1 \(measures\[0\]\)",
    ),
    ("change", 'dimension = "va", first_year = 2022, last_year = 2018', r"is not before last_year"),
]
BAD += [
    ({"compute": f'"{compute}"', "arguments": f"{{ {given} }}"}, answer)
    for compute, given, answer in BAD_ARGUMENTS
]


@pytest.mark.parametrize(("changes", "answer"), BAD)
def test_a_bad_ledger_is_refused_with_file_id_and_key(tmp_path, changes, answer):
    path = ledger_with(tmp_path, **changes)
    with pytest.raises(GovlibError, match=answer) as error:
        govlib.claims.check(2023, ledger=path)
    assert str(path) in str(error.value)


def test_a_ledger_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(GovlibError, match=r"none\.toml cannot be read"):
        govlib.claims.check(2023, ledger=tmp_path / "none.toml")
    path = ledger_with(tmp_path, value="= 3")
    with pytest.raises(GovlibError, match=r"ledger\.toml is not TOML"):
        govlib.claims.check(2023, ledger=path)
    path.write_text(ledger_with(tmp_path).read_text().replace('"KAZ"', '"Kazakhstan"'))
    with pytest.raises(GovlibError, match=r"economy = 'Kazakhstan'.*Did you mean KAZ"):
        govlib.claims.check(2023, ledger=path)
    text = ledger_with(tmp_path).read_text()
    path.write_text(text + text[text.index("[[claim]]") :])
    with pytest.raises(GovlibError, match="claim X1: this id is used twice"):
        govlib.claims.check(2023, ledger=path)
    path.write_text(text[: text.index("[[claim]]")])
    with pytest.raises(GovlibError, match=r"has no \[\[claim\]\]"):
        govlib.claims.check(2023, ledger=path)
    for claim in ("claim = 3\n", 'claim = ["X1"]\n', "[claim]\nid = 'X1'\n"):
        path.write_text(claim + text[: text.index("[[claim]]")])
        with pytest.raises(GovlibError, match=r"claim must be a list of tables"):
            govlib.claims.check(2023, ledger=path)


def test_a_ledger_that_changes_is_read_anew(tmp_path):
    path = ledger_with(tmp_path)
    assert set(govlib.claims.check(2023, ledger=path)["verdict"]) == {"reproduced"}
    read_claims(path).claims[0].arguments["year"] = 2021
    assert set(govlib.claims.check(2023, ledger=path)["verdict"]) == {"reproduced"}
    ledger_with(tmp_path, value="166")
    assert set(govlib.claims.check(2023, ledger=path)["verdict"]) == {"differs"}


def test_the_articles_ledger_is_complete():
    ledger = read_claims()
    assert len({claim.id for claim in ledger.claims}) == len(ledger.claims) == 16
    assert ledger.article.edition in govlib.wgi.editions()
    assert set(govlib.claims.check(2023)["verdict"]) == set(VERDICTS)
    [point] = [claim for claim in ledger.claims if claim.compute == "position"]
    assert point.arguments == {"dimension": "ge", "year": 2022}


def test_the_documentation_names_every_rule_and_quantity():
    text = (project_folder() / "docs/claims.md").read_text("utf-8")
    for name in [*RULES, *QUANTITIES]:
        assert f"`{name}`" in text
