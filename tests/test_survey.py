"""The surveys held: values as published, and answers to names that do not exist."""

import pandas as pd
import pytest

import govlib
from govlib.datasets import package as catalog
from govlib.datasets.surveys import COLUMNS
from govlib.errors import AlteredFile, BadParameter, BadTable, NotHeld, UnknownName


def share(name, wave, item, answer, **chosen):
    rows = govlib.read_survey(name, waves=wave, items=item)
    for column, value in ({"group": "total", "answer": answer} | chosen).items():
        rows = rows[rows[column] == value]
    return rows["share"].item()


@pytest.mark.parametrize("name", govlib.held_surveys())
def test_every_survey_keeps_its_contract_and_says_what_it_is(name):
    table = govlib.read_survey(name)
    assert list(table.columns) == list(COLUMNS)
    assert {c: str(t) for c, t in table.dtypes.items()} == COLUMNS
    entry = govlib.describe_survey(name)
    assert [wave["name"] for wave in entry["waves"]] == list(dict.fromkeys(table["wave"]))
    for wave in entry["waves"]:
        assert {"start", "end", "fieldwork", "respondents", "source"} <= wave.keys()
    for column in ("item", "question", "answer"):
        assert set(table[column]) <= entry[f"{column}s"].keys()
        for words in entry[f"{column}s"].values():
            assert words["en"]
            assert {"ru", "kk"} <= words.keys()
    for key in ("population", "sampling", "weights", "design_effect", "recoded", "breaks"):
        assert key in entry
    assert entry["sources"][0]["citation"]
    assert entry["economy"] in catalog.economy_names()


@pytest.mark.parametrize(
    ("item", "before", "after"),
    [
        ("prosecutor", 44.0, 63.8),
        ("police", 39.5, 63.1),
        ("anticorruption_service", 29.2, 51.1),
        ("economic_investigation", 24.9, 46.3),
    ],
)
def test_figure_2_has_the_published_shares(item, before, after):
    assert share("bns-trust", "2022", item, "fully_agree") == before
    assert share("bns-trust", "2023-10", item, "fully_agree") == after


def test_value_types_of_kazakhstan_are_those_of_the_survey():
    values = govlib.read_survey("wvs7-kaz", items="value_type")
    total = values[values["group"] == "total"]
    valid, asked = total[total["base"] == "valid"], total[total["base"] == "all"]
    assert valid["share"].tolist() == [39.6, 56.2, 4.2]
    assert asked["share"].tolist() == [36.6, 52.0, 3.9, 7.5]
    assert set(valid["respondents"]) == {1180}
    assert set(asked["respondents"]) == {1276}
    ages = values[values["group_by"] == "age"]
    assert len(set(ages["group"])) == 6
    assert ages.drop_duplicates("group")["respondents"].sum() == 1180


def test_waves_and_items_are_chosen_and_keep_their_order():
    table = govlib.read_survey("bns-trust", waves=["2023-10", "2022"], items="police")
    assert table["wave"].tolist() == ["2022"] * 5 + ["2023-10"] * 5
    assert set(table["item"]) == {"police"}
    assert table["answer_order"].tolist() == [1, 2, 3, 4, 5] * 2
    assert table["respondents"].isna().tolist() == [True] * 5 + [False] * 5


def test_what_was_published_wrongly_is_not_held_and_said_to_be():
    safety = govlib.read_survey("bns-safety", waves="2022")
    assert "rural" not in set(safety["group"])
    assert "100.3" in govlib.describe_survey("bns-safety")["not_held"][0]


@pytest.mark.parametrize(
    ("ask", "error", "answer"),
    [
        (lambda: govlib.read_survey("bns-trst"), UnknownName, "Did you mean bns-trust"),
        (
            lambda: govlib.read_survey("bns-trust", waves="2023"),
            UnknownName,
            "no wave '2023'; there are: 2016, .*Did you mean 2023-10",
        ),
        (
            lambda: govlib.read_survey("bns-trust", items=["police", "polise"]),
            UnknownName,
            "no item 'polise' .*Did you mean police",
        ),
        (
            lambda: govlib.read_survey("bns-trust", waves="2022", items="courts"),
            UnknownName,
            "no item 'courts' in the waves 2022; there are: prosecutor",
        ),
        (lambda: govlib.read_survey("bns-trust", items=[]), BadParameter, "`items` is empty"),
        (lambda: govlib.find_survey("wvs", "KAZ"), UnknownName, "Did you mean wvs7"),
        (lambda: govlib.find_survey("wvs7", "KZ"), UnknownName, "'KZ' is not.*Did you mean KAZ"),
        (lambda: govlib.read_survey("bns-trust", waves=2022), UnknownName, "wave 2022;.*'2022'"),
        (lambda: govlib.read_survey("bns-trust", waves=[2023]), UnknownName, "mean '2023-10'"),
        (lambda: govlib.find_survey("wvs7", "UZB"), NotHeld, "KAZ .Kazakhstan.*not of UZB"),
        (lambda: govlib.read_single_figures(economy="Kazakstan"), UnknownName, "mean KAZ"),
        (lambda: govlib.read_single_figures(items="Portal"), UnknownName, "no item 'Portal'"),
    ],
)
def test_what_does_not_exist_is_answered_with_what_does(ask, error, answer):
    with pytest.raises(error, match=answer):
        ask()


def test_surveys_are_found_by_economy():
    assert govlib.find_survey("wvs7", "KGZ") == "wvs7-kgz"
    assert govlib.find_survey("bns-trust", "KAZ") == "bns-trust"


def replace_share(folder, old, new):
    """Misprint one share of the trust survey and record the file anew."""
    entry = catalog.find_resource("bns-trust")
    table = pd.read_csv(folder / entry["path"], dtype={"wave": str}, keep_default_na=False)
    table["share"] = table["share"].replace(old, new)
    catalog.add_resource(entry, table, replace=True)


def test_a_misprinted_share_fails_the_reading(data_copy):
    replace_share(data_copy, 63.1, 36.1)
    with pytest.raises(BadTable, match=r"wave 2023-10.*police.*sum to 73.1"):
        govlib.read_survey("bns-trust", waves="2022")


def test_a_damaged_or_mistyped_file_is_refused(data_copy):
    replace_share(data_copy, 63.1, "sixty")
    with pytest.raises(BadTable, match=r"bns-trust\.csv is not a survey table"):
        govlib.read_survey("bns-trust")
    (data_copy / "surveys/bns-safety.csv").write_text("survey,wave\n")
    with pytest.raises(AlteredFile, match=r"bns-safety\.csv is not the file"):
        govlib.read_survey("bns-safety")


def test_single_figures_have_their_source_and_date():
    figures = govlib.read_single_figures()
    assert not figures.duplicated(["economy", "publisher", "item", "measure", "date"]).any()
    assert figures["source"].str.len().gt(0).all()
    kaziss = govlib.read_single_figures(economy="KAZ", items=["Government", "Parliament"])
    kaziss = kaziss[kaziss["date"] == "2022-02"].set_index("item")
    assert kaziss["value"].to_dict() == {"Government": 53.2, "Parliament": 50.4}
    assert set(kaziss["respondents"]) == {6800}
    assert govlib.read_single_figures(economy="ANT").empty
