"""Parameters: checked once, a wrong value is answered with what is accepted."""

import pytest

from govlib import economies
from govlib.errors import BadParameter, NotHeld, UnknownName
from govlib.run.notebooks import find_notebooks, read_parameters
from govlib.run.parameters import PARAMETERS, parameters

GOOD = {
    "economy": "KAZ",
    "edition": 2023,
    "first_year": 2018,
    "last_year": 2022,
    "dimensions": ["ge", "va"],
    "peers": ["central_asia", "EST"],
    "figures_dir": "figures",
}


def test_good_parameters_are_attributes_and_a_mapping_that_cannot_be_changed():
    p = parameters(GOOD | {"fig": object(), "years": [1], "econmy": "typed by hand"})
    assert dict(p) == GOOD
    assert (p.name, p.years) == ("Kazakhstan", range(2018, 2023))
    assert p.members == ["KAZ", "KGZ", "TJK", "TKM", "UZB", "EST"]
    assert (p.language, p.profile, p.design_effect) == ("en", "paper", 2.0)
    assert parameters(GOOD | {"language": "ru"}).name == "Казахстан"
    assert parameters(GOOD | {"edition": 2025, "measure": "score"}).measure == "score"
    with pytest.raises(AttributeError, match="cannot be set"):
        p.economy = "UZB"
    with pytest.raises(AttributeError, match="no parameter edition; it has economy"):
        print(parameters({"economy": "KAZ"}).edition)


@pytest.mark.parametrize(
    ("economy", "group"), [("KAZ", "article"), ("BRA", "lcn"), ("USA", "hic"), ("AIA", None)]
)
def test_without_peers_a_country_stands_among_its_own(economy, group):
    p = parameters({"economy": economy, "edition": 2023, "last_year": 2022, "peers": []})
    own, *others = p.members
    assert (own, len(others), len(set(p.members))) == (economy, 10, 11)
    assert group is None or set(others) <= set(economies.members(group))


def test_economies_and_groups_are_taken_in_any_case_and_by_name():
    asked = {"economy": "kazakhstan", "peers": ["Central Asia", "est", "Russia"]}
    p = parameters(GOOD | asked)
    assert (p.economy, p.peers) == ("KAZ", ["central_asia", "EST", "RUS"])


@pytest.mark.parametrize(
    ("wrong", "error", "answer"),
    [
        ({"economy": "KAZZ"}, UnknownName, "Did you mean KAZ"),
        ({"economy": ["KAZ"]}, BadParameter, "economy = .* is of type list; str is needed"),
        ({"edition": "2023"}, BadParameter, "type str; int is needed"),
        ({"edition": True}, BadParameter, "type bool; int is needed"),
        ({"edition": 2018}, UnknownName, "2019"),
        ({"first_year": 2017.5}, BadParameter, "type float; int"),
        ({"first_year": 1997}, UnknownName, "no year 1997; it has 1996, 1998"),
        ({"last_year": 2023}, UnknownName, "no year 2023"),
        ({"first_year": 2022, "last_year": 2018}, BadParameter, "2022 is not before .* 2018"),
        ({"first_year": 2022}, BadParameter, "two years or more"),
        ({"dimensions": "ge"}, BadParameter, "list is needed .*-y '{dimensions"),
        ({"dimensions": []}, BadParameter, "`dimensions` is empty"),
        ({"dimensions": ["ge", "ge"]}, BadParameter, "names one dimension twice"),
        ({"items": ["police", "police"]}, BadParameter, "names one item twice"),
        ({"dimensions": ["ge", "vaa"]}, UnknownName, "Did you mean va"),
        ({"dimensions": [["ge"]]}, BadParameter, r"dimensions = \[\['ge'\]\]: a list of words"),
        ({"peers": "eaeu"}, BadParameter, "peers = 'eaeu' is of type str; list"),
        ({"peers": ["KAZ"]}, BadParameter, "with KAZ itself that makes 1; 2 to 20"),
        ({"peers": ["ecs"]}, BadParameter, "that makes 5."),
        ({"peers": ["EST", "EST"]}, BadParameter, "twice"),
        ({"peers": ["eeu"]}, UnknownName, "There is no country 'eeu'"),
        ({"language": "kz"}, UnknownName, r"'kz' is not known.*kk \(Kazakh\)"),
        ({"language": 1}, BadParameter, "type int; str is needed"),
        ({"design_effect": "2"}, BadParameter, "type str; float is needed"),
        ({"design_effect": 0}, BadParameter, "design_effect = 0: a number above 0"),
        ({"measure": "scoer"}, UnknownName, "Did you mean score"),
        ({"measure": "score"}, BadParameter, "2023 has no score; it has estimate, percentile_rank"),
        ({"profile": "natur"}, UnknownName, "nature"),
        ({"figures_dir": "~/figures"}, BadParameter, "not a folder to write to: .*~ is not expan"),
        ({"figures_dir": " "}, BadParameter, "figures_dir = ' ' is not a folder"),
        ({"figures_dir": "../figures"}, BadParameter, "give one below the working directory"),
        ({"figures_dir": "a/../../b"}, BadParameter, "give one below the working directory"),
    ],
)
def test_a_wrong_value_is_answered_with_what_is_accepted(wrong, error, answer):
    with pytest.raises(error, match=answer):
        parameters(GOOD | wrong)


def test_a_file_is_not_a_folder_for_figures(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(BadParameter, match="not a folder to write to"):
        parameters(GOOD | {"figures_dir": "file/figures"})


@pytest.mark.parametrize("value", ["../../x", "..", "/tmp/x", "KAZ/../x", "", ".", "KAZ\x00"])
@pytest.mark.parametrize("name", ["economy", "language", "edition", "dimensions", "peers"])
def test_no_parameter_leads_out_of_the_output_folder(name, value):
    wrong = [value] if isinstance(GOOD.get(name), list) else value
    with pytest.raises((UnknownName, BadParameter)):
        parameters(GOOD | {name: wrong})
    if name in ("economy", "language"):  # of a notebook that declares nothing else
        with pytest.raises((UnknownName, BadParameter)):
            parameters({name: value})


SURVEY = {"economy": "KAZ", "first_year": 2022, "last_year": 2023, "items": [], "design_effect": 2}


@pytest.mark.parametrize(
    ("wrong", "error", "answer"),
    [
        ({"economy": "UZB"}, NotHeld, "not of UZB|not for UZB|UZB"),
        ({"first_year": 1996, "last_year": 2003}, NotHeld, "2016, 2019"),
        ({"first_year": 2016, "last_year": 2019}, NotHeld, "1 comparable"),
        ({"items": ["polise"]}, UnknownName, "Did you mean police"),
        ({"items": ["courts"]}, BadParameter, "wave 2022 asked about none; it has prosecutor"),
    ],
)
def test_a_survey_has_years_and_items_of_its_own(wrong, error, answer):
    # The WGI edition of 2023 ends in 2022; the survey does not.
    parameters(SURVEY | {"edition": 2023}, survey="bns-trust")
    with pytest.raises(UnknownName, match="no year 2023"):
        parameters(SURVEY | {"edition": 2023})
    with pytest.raises(error, match=answer):
        parameters(SURVEY | wrong, survey="bns-trust")


def test_a_name_that_papermill_injected_and_no_cell_declares_is_rejected():
    declared = 'economy: str = "KAZ"\nedition: int = 2023'
    injected = '# Parameters\neconmy = "UZB"\nedition = 2024\n'
    with pytest.raises(UnknownName, match=r"econmy\. Did you mean economy\? Accepted: economy"):
        parameters(GOOD | {"econmy": "UZB", "In": ["", declared, injected, "%magic"]})
    parameters(GOOD | {"In": ["", declared, "# Parameters\nedition = 2024\n"]})


def test_every_notebook_declares_known_parameters():
    for notebook in find_notebooks():
        declared = read_parameters(notebook)
        assert {"economy", "edition", "language", "figures_dir"} <= declared.keys()
        assert all(type(value) is PARAMETERS[name].kind for name, value in declared.items())


def test_a_file_of_scores_is_named_by_a_relative_path():
    assert parameters(GOOD | {"sources_file": "../scores.csv"}).sources_file == "../scores.csv"
    with pytest.raises(BadParameter, match="relative to the working directory"):
        parameters(GOOD | {"sources_file": "/home/me/scores.csv"})
