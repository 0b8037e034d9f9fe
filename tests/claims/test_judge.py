"""Verdicts: each follows from the figures, and flips when the figures that it rests on change."""

import re

import pandas as pd
import pytest

import govlib
from govlib.claims import judge, quantities
from govlib.claims.ledger import read as read_claims
from govlib.errors import BadParameter, GovlibError
from govlib.project import project_folder


def verdicts(edition=2023, **options):
    table = govlib.claims.check(edition, **options)
    return dict(zip(table["claim"], table["verdict"], strict=True))


@pytest.fixture
def change_figures(monkeypatch):
    """Give a function that changes what a reader of figures returns to the quantities."""

    def change(reader, edit):
        read = getattr(quantities, reader)

        def changed(*asked, **options):
            table = read(*asked, **options)
            edit(table, *asked)
            return table

        monkeypatch.setattr(quantities, reader, changed)

    return change


VERDICTS = {
    "reproduced": "C1 C4 C5 C6 C13 C14",
    "plausible": "C11",
    "differs": "C2 C12",
    "not supported": "C3 C7 C8 C15 C16",
    "not checkable": "C9 C10",
}
ARTICLE = {claim: verdict for verdict, claims in VERDICTS.items() for claim in claims.split()}


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
    assert table.loc["C1":"C7", "reason"].str.startswith("The article speaks of KAZ.").all()
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
    change_figures, dimension, year, values, flipped
):
    def edit(table, edition):
        rows = table["economy"].eq(values.get("economy", "KAZ")) & table["year"].eq(year)
        columns = [column for column in values if column != "economy"]
        rows &= table["dimension"].eq(dimension)
        table.loc[rows, columns] = [values[column] for column in columns]

    change_figures("read_wgi", edit)
    assert verdicts() == ARTICLE | flipped


BODIES = ["prosecutor", "police", "anticorruption_service", "economic_investigation"]
NEW = {"fully_agree": 44.2, "partly_agree": 49.1}
OLD = {"fully_agree": 5.0, "partly_agree": 5.0, "partly_disagree": 60.0}
NO = "not supported"
SURVEY_PERTURBATIONS = [
    # wave, items, shares to set, verdicts that flip
    ("2023-10", ["prosecutor"], NEW, {"C6": NO, "C7": NO}),
    ("2023-10", ["courts"], {"fully_agree": 40.0}, {}),
    ("2023-10", ["police", "courts"], {"fully_agree": 45.0}, {"C7": "reproduced"}),
    ("2022", BODIES, OLD, {"C8": "reproduced"}),
    ("2018", ["value_type"], {"materialist": 30.0}, {"C12": "reproduced", "C13": "differs"}),
    ("2018", ["value_type"], {"mixed": 48.0}, {"C13": "differs"}),
    ("2018", ["value_type"], {"postmaterialist": 6.0}, {"C14": "differs"}),
    (
        "2018",
        ["value_type"],
        {"materialist": 60.0, "mixed": 36.0},
        {"C13": "differs", "C15": "reproduced"},
    ),
]


@pytest.mark.parametrize(("wave", "items", "shares", "flipped"), SURVEY_PERTURBATIONS)
def test_a_changed_share_flips_the_claims_that_rest_on_it(
    change_figures, wave, items, shares, flipped
):
    def edit(table, survey):
        rows = table["wave"].eq(wave) & table["group"].eq("total") & table["item"].isin(items)
        for answer, share in shares.items():
            table.loc[rows & table["answer"].eq(answer), "share"] = share
        # The other answers of each item take what is left, so that it still sums to 100.
        for _, index in table[rows].groupby(["item", "base"]).groups.items():
            others = table.loc[index, "answer"].isin(shares)
            rest = index[~others]
            left = 100 - table.loc[index[others], "share"].sum()
            scaled = table.loc[rest, "share"] * left / table.loc[rest, "share"].sum()
            table.loc[rest, "share"] = scaled.round(1)

    change_figures("read_survey", edit)
    assert verdicts() == ARTICLE | flipped


def test_a_changed_single_figure_and_ranking_flip_the_claims_that_rest_on_them(change_figures):
    def lower_figure(table):
        table.loc[table["date"].eq("2021-07-15"), "value"] = 70.0

    def lower_start(table, name):
        table.loc[table["edition"].eq(2018), "value"] *= 0.5

    change_figures("read_single_figures", lower_figure)
    assert verdicts() == ARTICLE | {"C11": "differs"}
    change_figures("read_ranking", lower_start)
    assert verdicts() == ARTICLE | {"C11": "differs", "C16": "reproduced"}


def test_every_claim_that_is_judged_is_flipped_by_one_of_the_changes_above():
    flipped = {"C11", "C16"}.union(*(row[-1] for row in WGI_PERTURBATIONS + SURVEY_PERTURBATIONS))
    assert flipped == {claim.id for claim in read_claims().claims if claim.rule != "none"}


def test_our_own_check_is_marked_and_never_counted():
    table = govlib.claims.check(2023)
    own = table[table["check_of"] != ""]
    assert own[["claim", "check_of"]].to_numpy().tolist() == [["C8", "C6"]]
    assert own["statement"].item().startswith("(Our own check of C6, not the article's) ")
    counts = judge.count_verdicts(table)
    assert counts.sum() == 15
    assert counts["not supported"] == 4
    text = judge.write_list(table, "The article.")
    assert text.index("\nC6 ") < text.index("\nC8 ") < text.index("\nC7 ")
    assert text.endswith(
        "15 statements: 6 reproduced, 1 plausible, 2 differs, 4 not supported, 2 not checkable.\n"
    )


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
    with pytest.raises(GovlibError, match="no WGI edition 2018"):
        govlib.claims.check(2018)
    with pytest.raises(GovlibError, match="Did you mean KAZ"):
        govlib.claims.check(2023, economy="Kazakstan")


def test_a_ledger_of_another_article_as_the_documentation_shows_it(tmp_path):
    text = (project_folder() / "docs/claims.md").read_text("utf-8")
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


def test_an_economy_that_the_articles_edition_does_not_list_has_no_verdict():
    table = govlib.claims.check(2025, economy="NCL").set_index("claim")
    assert set(table["verdict"]) == {"not checkable"}
    assert table.loc["C1", "ours"] == ""
    assert table.loc["C4", "value"] == pytest.approx(0.7376, abs=1e-4)
