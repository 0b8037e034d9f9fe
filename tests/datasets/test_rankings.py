"""Rankings of others: positions, licences, names without codes, downloads."""

import numpy as np
import pandas as pd
import pytest

from govlib import rankings
from govlib.datasets import economies, wgi
from govlib.datasets.package import find_resource
from govlib.datasets.rankings import COLUMNS
from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.stats import ranks

NAMES = ["cpi", "egdi", "freedom-house", "open-budget-survey", "wjp-rule-of-law"]


@pytest.mark.parametrize("name", NAMES)
def test_every_ranking_is_one_tidy_table(name):
    table = rankings.read(name)
    assert table.dtypes.astype(str).to_dict() == COLUMNS
    assert not table.duplicated(["edition", "economy", "measure"]).any()
    assert set(table["economy"]) <= set(economies.names())
    assert (table["position"] <= table["ranked"])[table["ranked"].notna()].all()
    assert table["value"].notna().all()
    breaks = rankings.breaks().query("ranking == 'cpi'")
    assert breaks["edition"].tolist()[:1] == [2012]


def test_what_may_not_be_redistributed_is_held_for_the_comparison_group_only():
    article = set(economies.members("article"))
    for name in ("wjp-rule-of-law", "freedom-house"):
        assert set(rankings.read(name)["economy"]) <= article
    survey = rankings.read("open-budget-survey")
    assert set(survey.loc[survey["measure"] != "transparency", "economy"]) <= article
    # Nothing is counted among a comparison group.
    assert survey.loc[survey["edition"] == 2023, "ranked"].isna().all()
    licence = find_resource("ranking-wjp-rule-of-law")["licenses"][0]
    assert licence["name"] == "other-nc"


def test_the_articles_rankings():
    egdi = rankings.read("egdi", economies="KAZ", measures="egdi").set_index("edition")
    assert egdi.loc[[2018, 2020, 2022, 2024], "position"].tolist() == [39, 29, 28, 24]
    assert egdi.loc[2022, "ranked"] == 193
    cpi = rankings.read("cpi", economies="KAZ").set_index("edition")
    assert cpi.loc[range(2018, 2026), "value"].tolist() == [31, 34, 38, 37, 36, 39, 40, 38]
    assert cpi.loc[2022, "standard_error"] == pytest.approx(3.287702)
    assert cpi.loc[2023, ["position", "ranked"]].tolist() == [93, 180]
    wjp = rankings.read("wjp-rule-of-law", economies="KAZ").set_index("edition")["value"]
    assert [round(wjp[2018], 3), round(wjp[2023], 3)] == [0.517, 0.534]
    house = rankings.read(
        "freedom-house", economies="KAZ", measures="total", editions=range(2018, 2026)
    )
    assert house["value"].between(22, 23).all()


def test_positions_are_published_or_counted_from_whole_editions():
    cpi = rankings.read("cpi", editions=range(2012, 2023))
    assert cpi["position"].notna().all()
    counted = cpi.groupby("edition")["value"].rank(method="min", ascending=False)
    published = cpi["edition"] >= 2017
    # Ranks as published; a few differ from the rounded scores held.
    assert (counted == cpi["position"])[published].mean() > 0.99
    assert (counted == cpi["position"])[~published].all()
    assert cpi.groupby("edition")["ranked"].first().to_dict()[2015] == 168
    epi = rankings.read("egdi", measures="epi", editions=2022)
    best = epi.loc[epi["value"].idxmax()]
    assert (best["position"], best["ranked"]) == (1, 193)


def test_the_common_footing_is_the_percentile_among_those_ranked():
    egdi = rankings.read("egdi", measures="egdi", editions=2022)
    table = rankings.add_percentile(egdi).set_index("economy")
    assert table.loc["KAZ", "percentile"] == pytest.approx(100 * (193 - 28) / 192)
    assert table["percentile"].between(0, 100).all()
    house = rankings.add_percentile(rankings.read("freedom-house"))
    assert house["percentile"].isna().all()
    world = rankings.add_percentile(ranks(wgi.read(2023, years=2022)))
    held = world["estimate"].notna() & ~world.duplicated(["dimension", "estimate"], keep=False)
    difference = (world["percentile"] - world["percentile_rank"])[held]
    assert difference.abs().max() < 1e-9
    with pytest.raises(BadTable, match="beyond"):
        rankings.add_percentile(egdi.assign(ranked=100))
    with pytest.raises(BadTable, match="lacks ranked"):
        rankings.add_percentile(egdi.drop(columns="ranked"))


@pytest.mark.parametrize(
    ("asked", "error", "answer"),
    [
        ({"name": "edgi"}, UnknownName, "there are: cpi, egdi.*Did you mean egdi"),
        ({"name": "cpi", "economies": "KZA"}, UnknownName, "no economy 'KZA'; it has AFG"),
        ({"editions": 2019}, UnknownName, "no edition 2019; it has 2003, 2004"),
        ({"editions": "2022"}, UnknownName, "no edition '2022'.*Did you mean 2022"),
        ({"measures": "score"}, UnknownName, "no measure 'score'"),
        ({"economies": []}, BadParameter, "`economies` is empty"),
    ],
)
def test_what_is_not_held_is_answered(asked, error, answer):
    with pytest.raises(error, match=answer):
        rankings.read(**{"name": "egdi"} | asked)


def test_the_users_own_download_is_read_in_place_of_what_is_held(tmp_path):
    path = tmp_path / "2023_wjp_rule_of_law_index_HISTORICAL_DATA_FILE.xlsx"
    made = pd.DataFrame(
        {
            "Country": ["Kazakhstan", "Kosovo", "Denmark", "Kazakhstan"],
            "Year": ["2017-2018", "2017-2018", "2017-2018", 2023],
            "Country Code": ["KAZ", "XKX", "DNK", "KAZ"],
            "WJP Rule of Law Index: Overall Score ": [0.51, 0.56, 0.89, 0.53],
        }
    )
    made.to_excel(path, sheet_name="Historical Data", index=False)
    table = rankings.read("wjp-rule-of-law", path=path)
    assert table["edition"].tolist() == [2018, 2018, 2018, 2023]
    assert table.loc[table["economy"] == "KAZ", "position"].tolist() == [3, 1]
    assert table["ranked"].tolist() == [3, 3, 3, 1]

    csv = tmp_path / "EGOV_DATA_2022.csv"
    names = ["Kazakhstan", "Côte d'Ivoire", "Denmark"]
    index = pd.DataFrame(
        {
            "Survey Year": 2022,
            "Country Name": names,
            "E-Government Rank": [28, 134, 1],
            "E-Government Index": [0.8628, 0.4, 0.97],
            "E-Participation Index": [0.8, 0.3, 0.9],
        }
    )
    index.to_csv(csv, index=False)
    table = rankings.read("egdi", path=csv, measures="egdi")
    assert table["economy"].tolist() == ["CIV", "DNK", "KAZ"]
    assert table["position"].tolist() == [134, 1, 28]
    for other in ("Atlantis", "Somaliland", "Northern Cyprus", "England", "Czechoslovakia"):
        index.loc[1, "Country Name"] = other  # no economy, or only a part of one
        index.to_csv(csv, index=False)
        with pytest.warns(UserWarning, match=f"Left out, .*: {other}"):
            assert set(rankings.read("egdi", path=csv)["economy"]) == {"DNK", "KAZ"}
    index.drop(columns="Survey Year").to_csv(csv, index=False)
    with pytest.raises(BadTable, match=r"no known layout: .*Known are: egdi \(.*Survey Year"):
        rankings.read("egdi", path=csv)
    with pytest.raises(BadTable, match="cannot be read"):
        rankings.read("egdi", path=tmp_path / "none.csv")
    with pytest.raises(BadTable, match=r"Known are: any .*Write a CSV of economy, edition"):
        rankings.read("open-budget-survey", path=csv)


def test_a_publishers_file_is_kept_and_read_in_place_of_what_is_held(data_copy, tmp_path):
    path = tmp_path / "CPI2026_Results.xlsx"
    made = pd.DataFrame({
        "Country / Territory": ["Denmark", "Kazakhstan", "Kosovo"], "ISO3": ["DNK", "KAZ", "KSV"],
        "CPI score 2026": [89, 41, 44], "Rank 2026": [1, 80, 73],
        "Standard error 2026": [2.1, 3.0, 1.5], "CPI score 2027": [90, 36, None],
    })  # fmt: skip
    made.to_excel(path, sheet_name="CPI Timeseries 2012 - 2026", index=False, startrow=3)
    before = rankings.read("cpi")
    assert rankings.add(path) == {
        "ranking": "cpi", "rows": 5, "editions": [2026, 2027], "path": "rankings/added-cpi.csv",
        "compared": 0, "differ": 0,
    }  # fmt: skip
    table = rankings.read("cpi")
    new = table[table["edition"] == 2026].set_index("economy")
    assert new.loc["XKX", ["value", "standard_error", "position", "ranked"]].tolist() == [
        44, 1.5, 73, 3,
    ]  # fmt: skip
    pd.testing.assert_frame_equal(table[table["edition"] < 2026], before)
    assert table[table["edition"] == 2027]["position"].tolist() == [1, 2]
    assert rankings.names() == NAMES
    made.drop(columns="CPI score 2027").assign(**{"CPI score 2026": 40}).to_excel(path)
    about = rankings.add(path)
    assert (about["compared"], about["differ"]) == (3, 3)
    assert set(rankings.read("cpi", editions=2026)["value"]) == {40}
    assert rankings.read("cpi", editions=2027)["ranked"].tolist() == [2, 2]
    made.rename(columns={"CPI score 2026": "CPI score 2022"}).to_excel(path)
    with pytest.raises(BadTable, match="has 3 countries of 2022, 180 are included"):
        rankings.add(path)
    made.assign(**{"CPI score 2026": 140}).to_excel(path)
    with pytest.raises(BadTable, match=r"score 140 of DNK, 2026, cannot be of cpi \(Score"):
        rankings.add(path)
    tidy = tmp_path / "obs.csv"
    tidy.write_text("economy,edition,measure,value\nKAZ,2025,transparency,64\n")
    with pytest.raises(BadTable, match="does not say which ranking"):
        rankings.add(tidy)
    assert rankings.add(tidy, "open-budget-survey")["editions"] == [2025]


def test_any_ranking_is_read_from_a_tidy_file(tmp_path):
    path = tmp_path / "obs.csv"
    made = pd.DataFrame(
        {
            "economy": ["KAZ", "ROM", "GEO", "KAZ", "GEO"],
            "edition": ["2023", "2023", "2023", "2020-2021", "2020-2021"],
            "measure": "transparency",
            "value": [62.2, 60.0, 87.4, 58.0, None],
        }
    )
    made.to_csv(path, index=False)
    table = rankings.read("open-budget-survey", path=path)
    assert table.dtypes.astype(str).to_dict() == COLUMNS
    assert table["edition"].tolist() == [2021, 2023, 2023, 2023]
    assert table["economy"].tolist() == ["KAZ", "GEO", "KAZ", "ROU"]
    assert table["position"].tolist() == [1, 1, 2, 3]
    assert table["ranked"].tolist() == [1, 3, 3, 3]
    errors = made.assign(standard_error=1.5, position=[28, 2, 1, 9, 9], ranked=125)
    errors.to_csv(path, index=False)
    table = rankings.read("cpi", path=path, economies="KAZ", editions=2023)
    row = [table[c].item() for c in ("standard_error", "position", "ranked")]
    assert row == [1.5, 28, 125]
    for column, value, answer in (
        ("economy", "KZA", "no World Bank code was found for KZA"),
        ("value", "n/a", "value n/a of KAZ is not a number"),
        ("position", 2.5, "position 2.5 of KAZ"),
        ("edition", "2023b", "edition 2023b of KAZ"),
    ):
        wrong = errors.astype({column: object})
        wrong.loc[0, column] = value
        wrong.to_csv(path, index=False)
        with pytest.raises(BadTable, match=answer):
            rankings.read("cpi", path=path)
    pd.concat([made, made]).to_csv(path, index=False)
    with pytest.raises(BadTable, match="KAZ, 2023, more than once"):
        rankings.read("cpi", path=path)


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"PK\x03\x04 no", "torn"),
        (b"\xff", "no text in UTF-8"),
        (b"", "empty"),
        (b"a,b\n1", "cut off"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, content, answer):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(BadTable, match=rf"a\.csv: .*{answer}"):
        rankings.read("egdi", path=path)


def test_freedom_houses_workbook_has_its_header_in_the_second_row(tmp_path):
    path = tmp_path / "All_data_FIW_2013-2024.xlsx"
    rows = [
        ["Freedom in the World", *[None] * 5],
        ["Country/Territory", "C/T", "Edition", "PR", "CL", "Total"],
        ["Kazakhstan", "c", 2024, 5, 18, 23],
        ["Estonia", "c", 2024, 39, 56, 95],
        ["Abkhazia", "t", 2024, 17, 22, 39],
    ]
    pd.DataFrame(rows).to_excel(path, sheet_name="FIW13-24", index=False, header=False)
    table = rankings.read("freedom-house", path=path, measures="total")
    held = rankings.read("freedom-house", economies="KAZ", editions=2024, measures="total")
    assert table["value"].tolist() == [95, 23]
    assert held["value"].tolist() == [23]
    assert np.array_equal(table["position"], [1, 2])
