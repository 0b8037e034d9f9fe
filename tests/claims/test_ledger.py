"""A ledger: every rule, and a bad entry is named with file, claim and key."""

import re

import pytest

import govlib
from govlib.claims.judge import judge
from govlib.claims.ledger import RULES
from govlib.claims.ledger import read as read_claims
from govlib.claims.quantities import QUANTITIES
from govlib.errors import GovlibError
from govlib.project import project_folder


def ledger_with(tmp_path, **changes):
    """Write a ledger of one claim with keys changed (None removes one)."""
    claim = {
        "id": '"X1"',
        "statement": '"Voice was in place 167."',
        "compute": '"rank"',
        "year": "2022",
        "arguments": '{ dimension = "va" }',
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
        ({}, "reproduced", r"167 of 208 \(90% posterior interval .* equals the printed 167 of 208"),
        ({"among": "214"}, "explained", "counting all that are listed, the printed 167 of 214"),
        (
            {"value": "173", "among": "214"},
            "explained",
            "Counting the 6 without data .* 173 of 214",
        ),
        ({"rule": '"range"', "range": "[100, 210]"}, "reproduced", "lies inside 100 to 210"),
        ({"rule": '"range"', "range": "[160, 170]"}, "plausible", "overlaps 160 to 170"),
        ({"rule": '"range"', "range": "[1, 10]"}, "differs", "lies outside 1 to 10"),
        ({"rule": '"near"', "value": "165", "within": "3"}, "plausible", "is within 3 of the"),
        ({"rule": '"near"', "value": "160", "within": "3"}, "differs", "is not within 3 of the"),
        ({"rule": '"at least"', "value": "100"}, "reproduced", "at least 100"),
        ({"rule": '"at most"', "value": "100"}, "not supported", "at most 100"),
        ({"rule": '"at most"', "value": "167"}, "undecided", "to both sides of 167"),
        ({"rule": '"all"'}, "not supported", "not all"),
        ({"rule": '"none"', "why": '"no table"'}, "not checkable", "no table"),
        ({"economy": '"UZB"'}, "differs", "is not the printed 167 of 208"),
        ({"edition": "2024", "value": "1"}, "differs", "is not the printed"),
        ({"group": '"central_asia"', "value": "2", "among": "5"}, "reproduced", "2 of 5"),
    ],
)
def test_every_rule_gives_its_verdicts(tmp_path, changes, verdict, reason):
    contents = read_claims(ledger_with(tmp_path, **changes))
    found = judge(contents.claims[0], contents.article)
    assert found.verdict == verdict
    assert re.search(reason, found.reason)


@pytest.mark.parametrize(
    ("value", "verdict"), [(46, "reproduced"), (47, "reproduced"), (45, "differs")]
)
def test_of_an_exact_half_either_neighbour_is_printed(tmp_path, value, verdict):
    share = '{ survey = "wvs7-kaz", item = "government", answer = "quite_a_lot", base = "all" }'
    changes = {"compute": '"share"', "year": None, "among": None, "arguments": share}
    path = ledger_with(tmp_path, **changes, value=str(value))
    [row] = govlib.claims.check(ledger=path).to_dict("records")
    assert (row["verdict"], row["value"]) == (verdict, 46.5)
    assert verdict == "differs" or row["ours"] == str(value)


BAD = [
    ({"id": None}, r"claim number 1: id is missing"),
    ({"rule": '"equals"'}, r"claim X1: rule = 'equals' is not known.*Did you mean equal"),
    ({"rule": '["equal"]'}, r"rule = \['equal'\]: a text is needed"),
    ({"decimals": None}, r"claim X1, rule 'equal': decimals is missing"),
    ({"decimals": '"two"'}, r"claim X1: decimals = 'two': a whole number is needed"),
    ({"decimals": "true"}, r"decimals = True: a whole number is needed"),
    ({"decimals": "-1"}, r"decimals = -1: a whole number >= 0 is needed"),
    ({"value": "nan"}, r"claim X1: value, within \(0 or more\) and range are finite"),
    ({"value": "166.9"}, r"value = 166.9 has more decimals than decimals"),
    ({"rule": '"near"'}, r"claim X1, rule 'near': within is missing"),
    ({"rule": '"near"', "within": "-1"}, r"within \(0 or more\)"),
    ({"rule": '"range"', "range": "[5, 3]"}, r"range = \[5, 3\] is upside down"),
    (
        {"rule": '"range"', "range": "[1, 2, 3]"},
        r"range = \[1, 2, 3\]: a list of length 2 is needed",
    ),
    (
        {"rule": '"direction"', "direction": '"left"'},
        r"direction = 'left': one of up, down is needed",
    ),
    ({"amongst": "208"}, r"claim X1: .*unknown key amongst; .*Did you mean among"),
    ({"dimension": '"va"'}, r"unknown key dimension; .*It belongs in arguments"),
    ({"check_of": '"X2"'}, r"claim X1: check_of = 'X2' is no id"),
    ({"compute": None}, r"claim X1: compute = '' is not known; known: estimate"),
    ({"compute": '"ranks"'}, r"compute = 'ranks' is not known.*Did you mean rank"),
    (
        {"compute": '"estimate"', "value": "2"},
        r"claim X1: among = 208, but estimate counts among no",
    ),
    ({"compute": '"estimate"'}, r"claim X1: value = 167 is out of range: estimate .* -4 to 4"),
    ({"arguments": "5"}, r"claim X1: arguments = 5: a table of keys is needed"),
    ({"year": None}, r"claim X1, rank: year is missing"),
    ({"years": "[2018, 2022]"}, r"claim X1, rank: unknown key years; keys: edition, year, dim"),
    ({"year": '"2022"'}, r"claim X1: year = '2022': a whole number is needed"),
    ({"edition": "1990"}, r"claim X1: edition = 1990 is not known; known: 2019"),
    ({"economy": '"KZA"'}, r"claim X1: economy = 'KZA' is not a World Bank code.*Did you mean KAZ"),
    ({"group": '"central_asi"'}, r"claim X1: group = 'central_asi'"),
    ({"table": "{}"}, r"claim X1: a table has cells"),
    ({"table": "{ 2022 = { vaa = 1 } }"}, r"claim X1, table.2022 = 'vaa' is not known"),
    ({"table": "{ KZA = { va = 1 } }"}, r"table.KZA.va: economy = 'KZA' .*Did you mean KAZ"),
]
BAD_ARGUMENTS = [
    ("rank", 'dimension = "vaa"', r"dimension = 'vaa': one of va, pv, ge, rq, rl, cc is needed"),
    # What keys of the claim give, arguments cannot.
    ("rank", 'dimension = "va", economy = "UZB"', r"economy is a key of the claim"),
    ("rank", "", r"rank: dimension is missing"),
    (
        "share",
        'survey = "wvs7-kaz", item = "value_type", answer = "mixed", base = "vaild"',
        r"share: base = 'vaild': one of all, valid, opinion is needed",
    ),
    (
        "figure_points",
        "first_year = 2018, decimals = 2, points = {}",
        r"points = \{\}: a table of keys of length >= 1",
    ),
    (
        "ranks_improved",
        'measures = [["egdi"]]',
        r"measures = \[\['egdi'\]\]: a list of length 2",
    ),
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


HEAD = '[article]\ncitation = "A text"\n'
BAD_FILES = [
    (lambda text: text.replace("value = 167", "value == 3"), r"ledger\.toml is not TOML"),
    (lambda text: text.replace('"KAZ"', '"Kazakhstan"'), "'Kazakhstan'.*Did you mean KAZ"),
    (lambda text: text + text[text.index("[[claim]]") :], "claim X1: this id is used twice"),
    (
        lambda text: text + text[text.index("[[claim]]") :].replace("X1", "X2").replace("167", "1"),
        "claim X2: value = 1 contradicts 167 of claim X1",
    ),
    (lambda text: text.replace("edition = 2023\n", ""), "claim X1, rank: edition is missing"),
    (lambda text: text.replace("year = 2022", "year = 2023"), "Editions with 2023: 2024, 2025"),
    (lambda text: text.replace("[[claim]]", "[[claims]]"), "unknown key claims; .* mean claim"),
    (lambda _: "# nothing", r"ledger\.toml: article is missing"),
    (lambda _: HEAD, r"ledger\.toml: claim is missing"),
    (lambda _: f"claim = []\n{HEAD}", r"claim = \[\]: a list of length >= 1 is needed"),
    (lambda _: f"claim = 3\n{HEAD}", "claim = 3: a list is needed"),
    (lambda _: f'claim = ["X1"]\n{HEAD}', r"claim = \['X1'\]: a table of keys is needed"),
]


@pytest.mark.parametrize(("damage", "answer"), BAD_FILES)
def test_a_bad_file_is_named(tmp_path, damage, answer):
    path = ledger_with(tmp_path)
    path.write_text(damage(path.read_text()))
    with pytest.raises(GovlibError, match=answer) as error:
        govlib.claims.check(ledger=path)
    assert str(path) in str(error.value)
    path.unlink()
    with pytest.raises(GovlibError, match=r"ledger\.toml cannot be read"):
        govlib.claims.check(ledger=path)


def test_a_ledger_that_changes_is_read_anew(tmp_path):
    path = ledger_with(tmp_path)
    read_claims(path).claims[0].arguments["dimension"] = "ge"
    assert read_claims(path).claims[0].arguments["dimension"] == "va"
    ledger_with(tmp_path, value="166")
    assert read_claims(path).claims[0].value == 166


def test_a_table_is_judged_cell_by_cell(tmp_path):
    cells = "{ KAZ = { va = 167, ge = 1 }, TKM = { va = 207 } }"
    contents = read_claims(ledger_with(tmp_path, table=cells, among=None))
    found = {claim.id: judge(claim, contents.article).verdict for claim in contents.claims}
    assert found == {"X1 KAZ va": "reproduced", "X1 KAZ ge": "differs", "X1 TKM va": "reproduced"}
    assert [claim.economy for claim in contents.claims] == ["KAZ", "KAZ", "TKM"]


def test_the_documentation_names_every_rule_and_quantity():
    text = (project_folder() / "docs/claims.md").read_text("utf-8")
    for name in [*RULES, *QUANTITIES]:
        assert f"`{name}`" in text
