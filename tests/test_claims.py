"""The article's statements: each verdict follows from the figures."""

import math
import re

import pandas as pd
import pytest

import govlib
from govlib.claims import ledger as claims
from govlib.claims.ledger import quantities, ranking_quantities, survey_quantities
from govlib.datasets import package as catalog
from govlib.datasets import world
from govlib.errors import BadParameter, GovlibError, NotHeld


def verdicts(edition=2023, **options):
    table = govlib.claims.check(edition, **options)
    return dict(zip(table["claim"], table["verdict"], strict=True))


def perturb(monkeypatch, edition, dimension, year, *, economy="KAZ", **values):
    """Change one row as `read_wgi` returns it."""
    read = quantities.read_wgi

    def changed(asked, **options):
        table = read(asked, **options)
        if asked == edition:
            row = table["economy"].eq(economy) & table["year"].eq(year)
            row &= table["dimension"].eq(dimension)
            for column, value in values.items():
                table.loc[row, column] = value
        return table

    for module in (quantities, world):
        monkeypatch.setattr(module, "read_wgi", changed)
    monkeypatch.setattr(world, "_RANKED", {})


ARTICLE = {
    "C1": "reproduced",
    "C2": "differs",
    "C3": "not supported",
    "C4": "reproduced",
    "C5": "reproduced",
    "C6": "reproduced",
    "C7": "not supported",
    "C8": "not supported",
    "C9": "not checkable",
    "C10": "not checkable",
    "C11": "plausible",
    "C12": "differs",
    "C13": "reproduced",
    "C14": "reproduced",
    "C15": "not supported",
    "C16": "not supported",
}


def test_the_articles_edition_and_the_next_give_the_same_verdicts():
    assert verdicts(2023) == ARTICLE
    assert verdicts(2024) == ARTICLE


def test_another_method_gives_other_verdicts():
    changed = dict.fromkeys(["C1", "C2", "C4", "C5"], "differs") | {"C3": "not checkable"}
    assert verdicts(2025) == ARTICLE | changed


def test_the_90th_of_214_is_explained():
    table = govlib.claims.check(2023).set_index("claim")
    assert table.loc["C2", "ours"] == "89 of 213"
    assert "Counting the 1 without data ahead would give 90 of 214" in table.loc["C2", "reason"]


def test_an_edition_that_ends_too_early_cannot_check():
    table = govlib.claims.check(2019).set_index("claim").loc["C1":"C5"]
    assert set(table["verdict"]) == {"not checkable"}
    assert table["reason"].str.contains("WGI edition 2019 has no year 20").all()


def test_another_economy_gets_its_numbers_and_no_verdict():
    table = govlib.claims.check(2023, economy="UZB").set_index("claim")
    assert set(table["verdict"]) == {"not checkable"}
    assert table.loc["C1":"C8", "reason"].str.startswith("The article speaks of KAZ.").all()
    expected = govlib.wgi.read(2023, economies="UZB", dimensions="ge", years=2022)
    assert table.loc["C1", "value"] == expected["estimate"].item()


WGI_PERTURBATIONS = [
    # dimension, year, values to set, verdicts that flip
    ("ge", 2022, {"estimate": 0.151}, {"C1": "differs", "C5": "differs"}),
    ("ge", 2022, {"estimate": 0.139}, {}),
    ("ge", 2022, {"economy": "ANT", "estimate": 1.5, "standard_error": 0.2}, {"C2": "reproduced"}),
    ("ge", 2022, {"economy": "ANT", "estimate": -1.5, "standard_error": 0.2}, {}),
    ("ge", 2020, {"estimate": 0.2}, {"C5": "differs"}),
    ("ge", 2018, {"estimate": -0.9}, {"C3": "reproduced", "C5": "differs"}),
    ("ge", 2018, {"standard_error": float("nan")}, {"C3": "not checkable"}),
    ("va", 2022, {"estimate": -1.08}, {"C4": "differs", "C5": "differs"}),
    ("va", 2019, {"estimate": -1.9}, {"C5": "differs"}),
    ("cc", 2022, {"estimate": -1.9}, {}),
]


@pytest.mark.parametrize(("dimension", "year", "values", "flipped"), WGI_PERTURBATIONS)
def test_a_changed_figure_flips_the_claims_that_rest_on_it(
    monkeypatch, dimension, year, values, flipped
):
    perturb(monkeypatch, 2023, dimension, year, **values)
    assert verdicts(2023) == ARTICLE | flipped


SURVEY_PERTURBATIONS = [
    # survey, wave, item, shares to set, verdicts that flip
    (
        "bns-trust",
        "2023-10",
        "prosecutor",
        {"fully_agree": 44.2, "partly_agree": 49.1},
        {"C6": "not supported", "C7": "not supported"},
    ),
    ("bns-trust", "2023-10", "courts", {"fully_agree": 40.0}, {}),
    (
        "bns-trust",
        "2023-10",
        ("police", "courts"),
        {"fully_agree": 45.0},
        {"C7": "reproduced"},
    ),
    (
        "bns-trust",
        "2022",
        ("prosecutor", "police", "anticorruption_service", "economic_investigation"),
        {"fully_agree": 5.0, "partly_agree": 5.0, "partly_disagree": 60.0},
        {"C8": "reproduced"},
    ),
    (
        "wvs7-kaz",
        "2018",
        "value_type",
        {"materialist": 30.0},
        {"C12": "reproduced", "C13": "differs"},
    ),
    ("wvs7-kaz", "2018", "value_type", {"mixed": 48.0}, {"C13": "differs"}),
    ("wvs7-kaz", "2018", "value_type", {"postmaterialist": 6.0}, {"C14": "differs"}),
    (
        "wvs7-kaz",
        "2018",
        "value_type",
        {"materialist": 60.0, "mixed": 36.0},
        {"C13": "differs", "C15": "reproduced"},
    ),
]


@pytest.mark.parametrize(("survey", "wave", "items", "shares", "flipped"), SURVEY_PERTURBATIONS)
def test_a_changed_share_flips_the_claims_that_rest_on_it(
    monkeypatch, survey, wave, items, shares, flipped
):
    read = survey_quantities.read_survey

    def changed(name, **options):
        table = read(name, **options)
        if name == survey:
            rows = table["wave"].eq(wave) & table["group"].eq("total")
            rows &= table["item"].isin([items] if isinstance(items, str) else items)
            for answer, share in shares.items():
                table.loc[rows & table["answer"].eq(answer), "share"] = share
            # The rest of each item takes what is left, so that it still sums to 100.
            for _, index in table[rows].groupby(["item", "base"]).groups.items():
                others = table.loc[index, "answer"].isin(shares)
                rest = index[~others]
                left = 100 - table.loc[index[others], "share"].sum()
                scaled = table.loc[rest, "share"] * left / table.loc[rest, "share"].sum()
                table.loc[rest, "share"] = scaled.round(1)
        return table

    monkeypatch.setattr(survey_quantities, "read_survey", changed)
    assert verdicts(2023) == ARTICLE | flipped


def test_a_changed_single_figure_flips_the_claim_that_rests_on_it(monkeypatch):
    read = survey_quantities.read_single_figures

    def changed(**options):
        table = read(**options)
        table.loc[table["date"].eq("2021-07-15"), "value"] = 70.0
        return table

    monkeypatch.setattr(survey_quantities, "read_single_figures", changed)
    assert verdicts(2023) == ARTICLE | {"C11": "differs"}


def test_a_changed_ranking_flips_the_claim_that_rests_on_it(monkeypatch):
    read = ranking_quantities.read_ranking

    def changed(name, **options):
        table = read(name, **options)
        table.loc[table["edition"].eq(2018), "value"] *= 0.5
        return table

    monkeypatch.setattr(ranking_quantities, "read_ranking", changed)
    assert verdicts(2023) == ARTICLE | {"C16": "reproduced"}


def test_every_claim_that_is_judged_is_flipped_by_one_of_the_changes_above():
    flipped = {"C11", "C16"}.union(*(row[-1] for row in WGI_PERTURBATIONS + SURVEY_PERTURBATIONS))
    ledger = claims.read_claims()["claim"]
    assert flipped == {claim["id"] for claim in ledger if claim["rule"] != "none"}


def test_a_rise_within_its_error_is_no_rise():
    reason = govlib.claims.check(2023).set_index("claim").loc["C16", "reason"]
    assert "cpi score 31 (2018) to " in reason
    assert "within its error" in reason
    assert "egdi egdi 0.7597 (2018) to 0.8628 (2022), position 39 to 28" in reason


def test_a_related_figure_is_told_and_never_taken_for_the_claimed_one():
    row = govlib.claims.check(2023).set_index("claim").loc["C9"]
    assert pd.isna(row["value"])
    assert row["ours"] == ""
    assert "Related: Government, trust and rather trust: 53.2 percent" in row["reason"]


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


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"id": None}, r"claim number 1: id is missing"),
        ({"rule": '"equals"'}, r"claim X1: rule = 'equals' is not known.*Did you mean equal"),
        ({"decimals": None}, r"claim X1, rule 'equal': decimals is missing"),
        ({"rule": '"near"'}, r"claim X1, rule 'near': within is missing"),
        ({"rule": '"range"', "range": "[5, 3]"}, r"range = \[5, 3\] is upside down"),
        ({"rule": '"direction"', "direction": '"left"'}, r"direction = 'left'; needed: up or down"),
        ({"compute": None}, r"claim X1: compute is missing"),
        ({"compute": '"positions"'}, r"compute = 'positions' is not known.*Did you mean position"),
        ({"arguments": '{ dimension = "va" }'}, r"position needs \['dimension', 'year'\]"),
        ({"arguments": '{ dimension = "vaa", year = 2022 }'}, r"'vaa' is not a dimension"),
        # What the command hands, a ledger cannot: it would be dropped.
        (
            {"arguments": '{ dimension = "va", year = 2022, economy = "UZB" }'},
            r"'economy', 'year'\]; position needs \['dimension', 'year'\]",
        ),
        (
            {
                "compute": '"single_figure"',
                "arguments": '{ of = "KZA", item = "A", measure = "B", date = "2022" }',
            },
            r"claim X1, arguments: of = 'KZA' is not a World Bank code. Did you mean KAZ",
        ),
        ({"amongst": "208"}, r"claim X1: amongst is not a key; .*Did you mean among"),
        ({"decimals": '"two"'}, r"claim X1: decimals = 'two'; needed: a whole number"),
        ({"decimals": "true"}, r"decimals = True; needed: a whole number"),
        ({"decimals": "-1"}, r"decimals = -1 is out of range"),
        ({"value": "nan"}, r"value = nan; needed: a number"),
        ({"value": "166.9"}, r"value = 166.9 has more decimals than printed"),
        ({"rule": '["equal"]'}, r"rule = \['equal'\]; needed: \"text\""),
        ({"rule": '"near"', "within": "-1"}, r"within = -1 is out of range"),
        ({"rule": '"range"', "range": "[1, 2, 3]"}, r"range = \[1, 2, 3\] has 3 numbers"),
        ({"rule": '"range"', "range": '["a", "b"]'}, r"range = .*; needed: \[a number, ...\]"),
        ({"arguments": "5"}, r"claim X1: arguments = 5; needed: \{ name = a value, ... \}"),
        ({"arguments": '{ dimension = "va", year = "2022" }'}, r"year = '2022'; needed: a whole"),
        ({"compute": '"estimate"'}, r"claim X1: among = 208, but estimate counts among none"),
        (
            {
                "compute": '"change"',
                "arguments": '{ dimension = "va", first_year = 2022, last_year = 2018 }',
            },
            r"claim X1: first_year 2022 is not before last_year 2018",
        ),
        (
            {
                "compute": '"figure_points"',
                "arguments": "{ first_year = 2018, decimals = 2, points = {} }",
            },
            r"claim X1: points = \{\}: each dimension needs one or more",
        ),
        (
            {
                "compute": '"measures_risen"',
                "arguments": '{ of = "KAZ", measures = [["egdi"]], first_year = 1, last_year = 2 }',
            },
            r"claim X1: measures = \[\['egdi'\]\]: pairs of a ranking and a measure",
        ),
    ],
)
def test_a_bad_ledger_is_refused_with_file_id_and_key(tmp_path, changes, answer):
    path = ledger_with(tmp_path, **changes)
    with pytest.raises(GovlibError, match=answer) as error:
        govlib.claims.check(2023, ledger=path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("head", ["claim = 3\n", 'claim = ["X1"]\n', "[claim]\nid = 'X1'\n"])
def test_claims_that_are_no_list_of_tables_are_refused(tmp_path, head):
    path = tmp_path / "ledger.toml"
    article = '[article]\ncitation = "Nobody (2024)."\neconomy = "KAZ"\nedition = 2023\n'
    path.write_text(head + article)
    with pytest.raises(GovlibError, match=r"ledger\.toml: claim is no list of tables"):
        govlib.claims.check(2023, ledger=path)
    path.write_text(article.replace("2023", '"2023"'))
    with pytest.raises(GovlibError, match=r"\[article\]: edition = '2023'; needed: a whole number"):
        govlib.claims.check(2023, ledger=path)


TRUST = {"survey": "bns-trust", "items": ["police"]}


def test_an_answer_that_nobody_gave_is_never_a_share_of_nothing():
    asked = TRUST | {"wave": "2023-10"}
    assert survey_quantities.majorities(answer="fully_agree", **asked).among == 1
    with pytest.raises(NotHeld, match="no share of fuly_agree to each item asked"):
        survey_quantities.majorities(answer="fuly_agree", **asked)
    change = TRUST | {"waves": ["2022", "2023-10"], "respondents": 18005, "design_effect": 2.0}
    with pytest.raises(NotHeld, match="not all of the answers fully_agree, partly"):
        survey_quantities.smallest_change(answers=["fully_agree", "partly"], base="all", **change)
    with pytest.raises(BadParameter, match=r"base = 'opinon'; needed: .*base all or opinion"):
        survey_quantities.smallest_change(answers=["fully_agree"], base="opinon", **change)
    with pytest.raises(BadParameter, match=r"waves = \['2022'\]"):
        survey_quantities.smallest_change(
            answers=["fully_agree"], base="all", **change | {"waves": ["2022"]}
        )
    with pytest.raises(BadParameter, match="two answers"):
        survey_quantities.share_lead(
            survey="wvs7-kaz",
            item="value_type",
            answers=["mixed"],
            base="valid",
            design_effect=1.0,
            ranges=[[25, 33]],
        )


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


def test_a_ledger_that_changes_is_read_anew_and_what_a_caller_changes_is_not_kept(tmp_path):
    path = ledger_with(tmp_path)
    assert set(govlib.claims.check(2023, ledger=path)["verdict"]) == {"reproduced"}
    claims.read_claims(path)["claim"][0]["arguments"]["year"] = 2021
    assert set(govlib.claims.check(2023, ledger=path)["verdict"]) == {"reproduced"}
    ledger_with(tmp_path, value="166")
    assert set(govlib.claims.check(2023, ledger=path)["verdict"]) == {"differs"}


def test_the_interval_of_a_change_is_given():
    row = govlib.claims.check(2023).set_index("claim").loc["C3"]
    assert row["lower"] < 0 < row["value"] < row["upper"]
    assert math.isclose(row["upper"] - row["value"], row["value"] - row["lower"])


def test_steps_of_a_change_are_between_years_with_an_estimate():
    years = {"first_year": 2012, "last_year": 2019}  # none from 2014 to 2017
    found = quantities.change(edition=2023, economy="COK", dimension="va", **years)
    assert re.match(r"Up in \d of 3 steps", found.note)


def test_some_claims_can_be_computed_alone():
    table = govlib.claims.check(2023, only=["C4", "C1"])
    assert table["claim"].tolist() == ["C4", "C1"]
    assert govlib.claims.check(2023, only="C4")["claim"].tolist() == ["C4"]
    with pytest.raises(GovlibError, match="no claim 'C99'; there are: C1, C2"):
        govlib.claims.check(2023, only=["C99"])
    with pytest.raises(BadParameter, match="No claim is named"):
        govlib.claims.check(2023, only=[])
    with pytest.raises(BadParameter, match="one World Bank code is needed"):
        govlib.claims.check(2023, economy=["KAZ"])


def test_unknown_editions_and_economies_are_named():
    with pytest.raises(GovlibError, match="edition 2018 is not held"):
        govlib.claims.check(2018)
    with pytest.raises(GovlibError, match="Did you mean KAZ"):
        govlib.claims.check(2023, economy="Kazakstan")


def test_the_ledger_restates_and_every_claim_has_its_id():
    ledger = claims.read_claims()
    ids = pd.Series([claim["id"] for claim in ledger["claim"]])
    assert ids.is_unique
    assert ledger["article"]["edition"] in catalog.held_editions()


def test_a_ledger_of_another_article_as_the_documentation_shows_it(tmp_path):
    text = (catalog.project_folder() / "docs/claims.md").read_text("utf-8")
    [example] = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    path = tmp_path / "uzbekistan.toml"
    path.write_text(example, "utf-8")
    table = govlib.claims.check(2024, ledger=path).set_index("claim")
    assert table.loc["U1", "verdict"] in ("reproduced", "not supported")
    rows = govlib.wgi.read(2024, economies="UZB", dimensions="rl", years=[2016, 2022])
    change = rows["estimate"].diff().iloc[-1]
    assert table.loc["U1", "value"] == pytest.approx(change)
    assert table.loc["U2", "value"] == rows["estimate"].iloc[-1]
    assert table.loc["U3", ["verdict", "reason"]].tolist() == [
        "not checkable",
        "No survey of this is held.",
    ]


def test_the_documentation_names_every_rule_and_quantity():
    text = (catalog.project_folder() / "docs/claims.md").read_text("utf-8")
    for name in [*claims.RULES, *claims.QUANTITIES]:
        assert f"`{name}`" in text


def test_an_economy_that_the_articles_edition_does_not_list_has_no_verdict():
    table = govlib.claims.check(2025, economy="NCL").set_index("claim")
    assert set(table["verdict"]) == {"not checkable"}
    assert table.loc["C1", "ours"] == ""
    assert table.loc["C4", "value"] == pytest.approx(0.7376, abs=1e-4)
