"""Groups of economies: the documented table against a maintained library, and what is refused."""

import pytest

from govlib.datasets import groups, rankings
from govlib.datasets import package as catalog
from govlib.errors import BadParameter, UnknownName

REGIONS = ["eas", "ecs", "lcn", "mea", "nac", "sas", "ssf"]
INCOMES = ["hic", "umc", "lmc", "lic"]


def test_groups_are_those_of_country_converter_where_it_has_them():
    data = rankings._converter().data
    for group, column, value in (
        ("eu", "EU", "EU"),
        ("central_asia", "UNregion", "Central Asia"),
    ):
        assert groups.economies_in(group) == sorted(data.loc[data[column] == value, "ISO3"])
    assert groups.economies_in("oecd") == sorted(data.loc[data["OECD"].notna(), "ISO3"])
    # The library leaves out Kyrgyzstan, a member since 1991.
    assert set(groups.economies_in("cis")) - set(data.loc[data["CIS"].notna(), "ISO3"]) == {"KGZ"}


def test_the_world_banks_regions_and_incomes_divide_its_economies():
    for kinds in (REGIONS, INCOMES):
        members = [economy for group in kinds for economy in groups.economies_in(group)]
        assert len(members) == len(set(members)) > 215
    regions, incomes = (set(groups.economies_in(kinds)) for kinds in (REGIONS, INCOMES))
    assert regions - incomes == {"VEN"}
    outside = set(catalog.economy_names()) - regions
    assert outside == {"AIA", "ANT", "COK", "GUF", "JEY", "MTQ", "NIU", "REU"}
    assert "XKX" in groups.economies_in("ecs")


def test_groups_and_codes_mix_and_each_economy_comes_once():
    assert groups.economies_in(["eaeu", "EST", "KAZ"]) == ["ARM", "BLR", "KAZ", "KGZ", "RUS", "EST"]
    assert groups.economies_in("UZB") == ["UZB"]
    assert len(groups.economies_in("article")) == 11


def test_the_groups_of_kazakhstan():
    found = groups.groups_of("KAZ")
    assert "Eurasian Economic Union" in found
    assert "Upper middle income (World Bank)" in found
    assert all("KAZ" in members for members in found.values())
    assert len(found) == 6
    assert groups.groups_of("REU") == {}


def test_an_unknown_word_is_answered_with_the_groups():
    with pytest.raises(UnknownName, match=r"'eeu' is neither.*eaeu \(Eurasian Economic Union\)"):
        groups.economies_in("eeu")
    with pytest.raises(UnknownName, match="Did you mean KAZ"):
        groups.economies_in(["Kazakstan"])
    with pytest.raises(BadParameter, match="one or more"):
        groups.economies_in([])
    with pytest.raises(UnknownName):
        groups.groups_of("ZZZ")
    with pytest.raises(UnknownName, match="'eaeu' is no World Bank code"):
        groups.groups_of("eaeu")
    with pytest.raises(BadParameter, match="groups = 5"):
        groups.economies_in(5)
