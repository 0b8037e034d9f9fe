"""The surveys included: values as published, names that do not exist, damaged tables."""

import contextlib

import pandas as pd
import pytest

from govlib import economies, surveys
from govlib.datasets import package as catalog
from govlib.errors import AlteredFile, BadParameter, BadTable, NotHeld, UnknownName
from govlib.stats.shares import COLUMNS, sum_shares


@pytest.mark.parametrize("name", surveys.names())
def test_every_survey_keeps_its_contract_and_says_what_it_is(name):
    table = surveys.read(name)
    assert list(table.columns) == list(COLUMNS)
    assert {c: str(t) for c, t in table.dtypes.items()} == COLUMNS
    entry = surveys.info(name)
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
    assert entry["economy"] in economies.names()


def test_a_survey_that_is_named_is_listed(govlib_command):
    done = govlib_command("list", "surveys", "bns-trust")
    lines = done.stdout.splitlines()
    entry = surveys.info("bns-trust")
    for kind in ("wave", "question", "item", "answer"):
        named = [line.split(": ")[0].split(" ", 1)[1] for line in lines if line.startswith(kind)]
        known = [w["name"] for w in entry["waves"]] if kind == "wave" else [*entry[f"{kind}s"]]
        assert named == known
    [wave] = [line for line in lines if line.startswith("wave 2023-10: ")]
    assert wave.endswith("; respondents: 18005")
    assert "courts" in wave
    done = govlib_command("list", "surveys", "bns-trst")
    assert (done.returncode, "Did you mean bns-trust" in done.stderr) == (1, True)
    done = govlib_command("list", "editions", "2023")
    assert (done.returncode, "editions take no name" in done.stderr) == (2, True)


def test_figure_2_has_the_published_shares():
    published = {
        "prosecutor": (44.0, 63.8), "police": (39.5, 63.1),
        "anticorruption_service": (29.2, 51.1), "economic_investigation": (24.9, 46.3),
    }  # fmt: skip
    held = surveys.read("bns-trust", waves=["2022", "2023-10"], items=published)
    held = held[(held["group"] == "total") & (held["answer"] == "fully_agree")]
    for item, (before, after) in published.items():
        shares = held[held["item"] == item].set_index("wave")["share"].to_dict()
        assert shares == {"2022": before, "2023-10": after}


def test_value_types_of_kazakhstan_are_those_of_the_survey():
    values = surveys.read("wvs7-kaz", items="value_type")
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
    table = surveys.read("bns-trust", waves=["2023-10", "2022"], items="police")
    assert table["wave"].tolist() == ["2022"] * 5 + ["2023-10"] * 5
    assert set(table["item"]) == {"police"}
    assert table["answer_order"].tolist() == [1, 2, 3, 4, 5] * 2
    assert table["respondents"].isna().tolist() == [True] * 5 + [False] * 5


def test_what_was_published_wrongly_is_not_held_and_said_to_be():
    safety = surveys.read("bns-safety", waves="2022")
    assert "rural" not in set(safety["group"])
    assert "100.3" in surveys.info("bns-safety")["not_held"][0]


@pytest.mark.parametrize(
    ("ask", "given", "error", "answer"),
    [
        ("read", {"name": "bns-trst"}, UnknownName, "Did you mean bns-trust"),
        ("read", {"waves": "2023"}, UnknownName, "no wave '2023'.* 2016, .*Did you mean '2023-10'"),
        ("read", {"waves": 2022}, UnknownName, "wave 2022;.*'2022'"),
        ("read", {"waves": [2023]}, UnknownName, "mean '2023-10'"),
        ("read", {"items": ["police", "polise"]}, UnknownName, "'polise'; .*Did you mean police"),
        ("read", {"waves": "2022", "items": "courts"}, UnknownName,
         "bns-trust, waves 2022, has no item 'courts'; it has anticorr"),
        ("read", {"items": []}, BadParameter, "`items` is empty"),
        ("find", {"survey": "wvs", "economy": "KAZ"}, UnknownName, "Did you mean wvs7"),
        ("find", {"survey": "wvs7", "economy": "KZ"}, UnknownName, "'KZ' is not.*mean .*KAZ"),
        ("find", {"survey": "wvs7", "economy": "UZB"}, NotHeld, r"7' does not cover .*UZB.*KAZ"),
        ("single_figures", {"economy": "Kazakstan"}, UnknownName, "mean KAZ"),
        ("single_figures", {"items": "Portal"}, UnknownName, "no item 'Portal'"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_answered_with_what_does(ask, given, error, answer):
    default = {"name": "bns-trust"} if ask == "read" else {}
    with pytest.raises(error, match=answer):
        getattr(surveys, ask)(**default | given)


def replace_share(folder, old, new):
    """Misprint one share of the trust survey and record the file anew."""
    entry = catalog.find_resource("bns-trust")
    table = pd.read_csv(folder / entry["path"], dtype={"wave": str}, keep_default_na=False)
    table["share"] = table["share"].replace(old, new)
    catalog.add_resource(entry, table, replace=True)


def test_a_misprinted_share_fails_the_reading(data_copy):
    replace_share(data_copy, 63.1, 36.1)
    with pytest.raises(BadTable, match=r"wave 2023-10.*police.*sum to 73.1"):
        surveys.read("bns-trust", waves="2022")


def test_a_damaged_or_mistyped_file_is_refused(data_copy):
    replace_share(data_copy, 63.1, "sixty")
    with pytest.raises(BadTable, match=r"bns-trust\.csv is not a survey table"):
        surveys.read("bns-trust")
    (data_copy / "surveys/bns-safety.csv").write_text("survey,wave\n")
    with pytest.raises(AlteredFile, match=r"bns-safety\.csv is not the file"):
        surveys.read("bns-safety")


def test_single_figures_have_their_source_and_date():
    figures = surveys.single_figures()
    assert not figures.duplicated(["economy", "publisher", "item", "measure", "date"]).any()
    assert figures["source"].str.len().gt(0).all()
    kaziss = surveys.single_figures(economy="KAZ", items=["Government", "Parliament"])
    kaziss = kaziss[kaziss["date"] == "2022-02"].set_index("item")
    assert kaziss["value"].to_dict() == {"Government": 53.2, "Parliament": 50.4}
    assert set(kaziss["respondents"]) == {6800}
    assert surveys.single_figures(economy="ANT").empty


def police(**changes):
    table = surveys.read("bns-trust", waves=["2016", "2022"], items=["police", "prosecutor"])
    return table.assign(**changes)


def answers(*shares):
    return {f"answer {i}": share for i, share in enumerate(shares)}


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ((0, 100), ""),
        ((33.3, 33.3, 33.3), ""),
        ((29.8, 51.6, 6.6, 3.5, 8.7), ""),
        ((33, 33, 33), ""),
        ((65.2, 33.1, 1.1, 0.4, 0.5), "5 answers sum to 100.3, not"),  # as published of 2022
        ((50.0, 49.89), "2 answers sum to 99.89, not"),  # two decimals: 0.11 is more than 0.01
        ((50.1, 50.0, 50.0), "3 answers sum to 150.1, not"),
        ((29.8, 51.6, 3.5, 8.7), "4 answers sum to 93.6, not"),
    ],
)
def test_shares_sum_to_100_but_for_their_rounding(survey_of, shares, told):
    with pytest.raises(BadTable, match=told) if told else contextlib.nullcontext():
        surveys.check(survey_of(**answers(*shares)))


def test_a_share_written_without_its_zero_has_the_decimals_of_its_wave(survey_of):
    # 66 beside 24.1 was rounded to one decimal: three times 0.05, not 0.5 + 2 * 0.05.
    sums = sum_shares(survey_of(**answers(66, 24.1, 9.9)))
    assert sums["tolerance"].item() == pytest.approx(0.15)
    with pytest.raises(BadTable, match=r"sum to 100\.4"):
        surveys.check(survey_of(**answers(66, 24.1, 10.3)))


@pytest.mark.parametrize(
    ("damage", "answer"),
    [
        (lambda t: t.drop(columns="base"), "lacks base; it has survey"),
        (lambda t: t.head(0), "no rows"),
        (lambda t: pd.concat([t, t.tail(1)]), "1 of 16 rows, .*is repeated"),
        (lambda t: pd.concat([t, t.assign(survey="other")]), "mixes the surveys bns-trust, other"),
        (lambda t: t.assign(share=t["share"] - 20), "not a percentage"),
        (lambda t: t.assign(share=t["share"].where(t.index > 0)), "not a percentage"),
        (lambda t: t.assign(base="everyone"), "has a base that is not of"),
        (lambda t: t.assign(respondents=0), "has no respondents"),
        (lambda t: t.assign(respondents=range(1, 16)), "respondents differ by answer"),
        (lambda t: t.assign(answer_order=1), "repeats an answer_order"),
        (lambda t: t.assign(start="2031"), "ends before it starts"),
        (lambda t: t.iloc[1:], "prosecutor, base all: the shares of its 4 answers sum to 61.2"),
        (lambda t: t[t["answer"] != "fully_agree"], "; so do those of 1 more"),
    ],
)
def test_a_damaged_table_is_refused_by_name(damage, answer):
    with pytest.raises(BadTable, match=answer):
        surveys.check(damage(police()))


def test_waves_are_named_by_their_months_and_tables_by_their_economy():
    assert surveys.find("wvs7", "KGZ") == "wvs7-kgz"
    assert surveys.labels("bns-trust")["2023-10"] == "Oct–Nov 2023"
    assert surveys.labels("bns-trust", "ru")["2023-10"] == "окт. – нояб. 2023\u00a0г."
    assert surveys.labels("bns-trust", "kk")["2022"] == "2022"
