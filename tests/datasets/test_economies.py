"""Economies by code, name and group; what is not one of them stays unmatched."""

import pandas as pd
import pytest

from govlib.datasets import economies, wgi
from govlib.errors import BadParameter, BadTable, UnknownName

REGIONS = ["eas", "ecs", "lcn", "mea", "nac", "sas", "ssf"]
INCOMES = ["hic", "umc", "lmc", "lic"]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("kaz", "KAZ"),
        ("Kazakhstan", "KAZ"),
        ("Грузия", "GEO"),
        ("қазақстан", "KAZ"),
        ("Cote d'Ivoire", "CIV"),
        ("Republic of Moldova", "MDA"),
        ("Viet Nam", "VNM"),
        ("south korea", "KOR"),
        ("Turkey", "TUR"),
        ("Niger", "NER"),
        ("KAZ Kazakhstan · Казахстан", "KAZ"),
        ("kyrgyz", "KGZ"),
    ],
)
def test_an_economy_is_found_by_code_or_name(typed, code):
    assert economies.find(typed) == code


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("Kazakstan", r"Did you mean KAZ \(Kazakhstan\)"),
        ("KZA", "Did you mean KAZ"),
        ("Guin", "part of several names: .*GIN"),
        ("Atlantis", "no country 'Atlantis'"),
        ("", "no country ''"),
    ],
)
def test_what_is_none_or_several_is_answered(typed, answer):
    with pytest.raises(UnknownName, match=answer):
        economies.find(typed)


@pytest.mark.parametrize("name", ["Somaliland", "Northern Cyprus", "England", "Abkhazia", "Crimea"])
def test_territories_are_never_taken_for_a_state(name):
    with pytest.raises(UnknownName):
        economies.find(name)


def test_the_world_banks_regions_and_incomes_divide_its_economies():
    for kinds in (REGIONS, INCOMES):
        codes = [economy for group in kinds for economy in economies.members(group)]
        assert len(codes) == len(set(codes)) > 215
    regions, incomes = (set(economies.members(kinds)) for kinds in (REGIONS, INCOMES))
    assert regions - incomes == {"VEN"}
    outside = set(economies.names()) - regions
    assert outside == {"AIA", "ANT", "COK", "GUF", "JEY", "MTQ", "NIU", "REU"}
    assert "XKX" in economies.members("ecs")


def test_groups_and_codes_mix_and_each_economy_comes_once():
    mixed = economies.members(["eaeu", "Estonia", "KAZ"])
    assert mixed == ["ARM", "BLR", "KAZ", "KGZ", "RUS", "EST"]
    assert economies.members("UZB") == ["UZB"]
    assert len(economies.members("article")) == 11


def test_the_groups_of_kazakhstan():
    found = economies.groups_of("KAZ")
    assert "Eurasian Economic Union" in found
    assert "Upper middle income (World Bank)" in found
    assert all("KAZ" in members for members in found.values())
    assert len(found) == 6
    assert economies.groups_of("REU") == {}


def test_an_unknown_word_is_answered_with_the_groups():
    with pytest.raises(UnknownName, match=r"eaeu \(Eurasian Economic Union\)"):
        economies.members("eeu")
    with pytest.raises(UnknownName, match="Did you mean KAZ"):
        economies.members(["Kazakstan"])
    with pytest.raises(BadParameter, match="one or more"):
        economies.members([])
    with pytest.raises(BadParameter, match="5: a code"):
        economies.members(5)
    with pytest.raises(UnknownName):
        economies.groups_of("ZZZ")


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_every_economy_has_a_name_of_its_own_in_the_language(language):
    names = economies.names(language)
    assert set(names) == set(economies.names())
    assert len(set(names.values())) == len(names)
    assert not [name for name in names.values() if any("a" <= c.lower() <= "z" for c in name)]
    assert set(economies.group_titles(language)) == set(economies.groups()["group"])


def test_a_table_carries_names():
    table = wgi.read(2023, economies=["KAZ", "UZB"], dimensions="ge", years=2022)
    named = economies.add_names(table, "ru")
    assert named["name"].tolist() == ["Казахстан", "Узбекистан"]
    assert "name" not in table


def test_codes_of_other_data_sets():
    table = pd.DataFrame({"economy": ["KAZ", "DEU", "VNM", "SRB", "XKX", "HKG", "YEM"]})
    found = economies.add_codes(table).set_index("economy")
    assert found.loc["KAZ"].tolist() == ["KZ", 398, 705, 705, 121]
    assert found["cow"].tolist()[1:4] == [255, 816, 345]
    assert found["gw"].tolist()[1:4] == [260, 817, 340]
    assert found.loc["XKX", ["iso2", "iso_numeric"]].isna().all()
    assert pd.isna(found.loc["HKG", "cow"])
    assert found.loc["YEM", "gw"] == 678
    assert list(economies.add_codes(table, "vdem")) == ["economy", "vdem"]
    every = economies.add_codes(pd.DataFrame({"economy": list(economies.names())}), "un_m49")
    assert every["un_m49"].dropna().is_unique
    with pytest.raises(UnknownName, match="Did you mean cow"):
        economies.add_codes(table, "cown")
    with pytest.raises(BadTable, match="lacks economy"):
        economies.add_codes(table.rename(columns={"economy": "country"}))
