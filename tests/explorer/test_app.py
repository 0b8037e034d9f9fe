"""The widgets: each control changes what is drawn, and nothing is thrown at the page."""

import json
import threading
import time

import pytest

import govlib as gov
from govlib.errors import UnknownName
from govlib.explorer.app import STORE, Explorer
from govlib.explorer.views import CHOICES, list_entries
from govlib.i18n import text
from govlib.run.notebooks import EXPLORER, find_notebooks, read_parameters, run_notebook

CELL = read_parameters(find_notebooks([EXPLORER])[0])


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Keep choices in a folder of the test."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(**given):
    """Make an explorer; return its controls by name, and its picture."""
    explorer = Explorer(CELL | given)
    return explorer.controls, explorer.picture


def test_each_control_changes_the_picture():
    controls, picture = make()
    assert picture.view["serial"] == 1
    for name, value, answer in [
        ("economy", "Узбекистан", "Uzbekistan (UZB)"),
        ("edition", 2024, ""),
        ("last_year", 2021, "2021"),
        ("first_year", 2010, "2010"),
        ("measure", "percentile_rank", text("measure.percentile_rank", "en")),
        ("rl", True, "Rule of Law"),
        ("language", "ru", "Узбекистан (UZB)"),
        ("view", "league", "из 10 показанных"),
        ("peers", "Estonia, eaeu", "Эстония (EST)"),
        ("group", "central_asia", "Таджикистан (TJK)"),
        ("view", "slope", ""),
        ("view", "gap", ""),
        ("view", "world", "Дания (DNK)"),
        ("view", "revisions", "Выпуск 2019"),
    ]:
        before = picture.view["image"]
        controls[name].value = value
        assert picture.view["message"] == ""
        assert picture.view["image"] != before, name
        assert any(answer in point["text"] for point in picture.view["points"]), (name, answer)
    assert controls["peers"].value == "central_asia"
    assert controls["view"].description == "Вид"
    assert controls["economy"].value == "UZB Узбекистан"
    assert controls["economy"].value in list_entries()["UZB"].replace("Uzbekistan · ", "")
    assert controls["measure"].disabled


def test_the_page_slides_and_plays_through_the_years():
    explorer = Explorer(CELL)
    view = explorer.picture.view
    assert (view["years"], view["year"]) == ([2019, 2020, 2021, 2022], 2022)  # after the first
    explorer.picture._handle_custom_msg({"year": 2020}, [])
    assert explorer.controls["last_year"].value == explorer.picture.view["year"] == 2020
    assert "2018–2020" in explorer.picture.view["caption"]
    explorer.controls["view"].value = "world"
    assert explorer.picture.view["years"][:3] == [1996, 1998, 2000]


def test_a_download_is_sent_as_a_file(monkeypatch):
    explorer, sent = Explorer(CELL), []
    monkeypatch.setattr(explorer.picture, "send", lambda *given: sent.append(given))
    for content in ({"shown": True}, {"download": "svg"}):
        explorer.picture._handle_custom_msg(content, [])
    [(named, [content])] = sent
    assert named == {"file": "explore-trend-KAZ-2023.svg"}
    assert content.endswith(b"</svg>\n") or b"</svg>" in content
    explorer.controls["edition"].value = 2019  # no figure, no file
    explorer.picture._handle_custom_msg({"download": "svg"}, [])
    assert len(sent) == 1


def test_the_survey_has_years_of_its_own():
    controls, picture = make()
    controls["view"].value = "waves"
    assert (controls["first_year"].value, controls["last_year"].value) == (2022, 2023)
    assert picture.view["message"] == ""
    table = picture.view["table"]  # shares are published, and rounded, to one decimal
    shares = [row[table["columns"].index("share")] for row in table["rows"]]
    assert "44.0" in shares
    controls["last_year"].value = 2024
    controls["view"].value = "trend"
    assert (controls["first_year"].value, controls["last_year"].value) == (2018, 2022)
    controls["view"].value = "waves"
    assert controls["last_year"].value == 2024


def test_the_impossible_is_explained_and_undone():
    controls, picture = make()
    controls["edition"].value = 2019
    assert "has no year 2022" in picture.view["message"]
    marked = text("explorer.not_in_edition", "en", year=2022)
    assert (marked, 2022) in controls["last_year"].options
    controls["save"].click()
    assert "has no year 2022" in picture.status
    controls["last_year"].value = 2018
    assert "2018 is not before last_year = 2018" in picture.view["message"]
    controls["first_year"].value = 2010
    assert picture.view["message"] == ""
    for code in ("ge", "va"):
        controls[code].value = False
    assert "`dimensions` is empty" in picture.view["message"]


@pytest.mark.parametrize("name", ["economy", "peers"])
def test_a_refused_text_never_stands_above_a_figure_nor_is_saved(name, folder):
    controls, picture = make(view="league")
    before = controls[name].value
    controls[name].value = "<img src=x>"
    assert "There is no country '<img src=x>'" in picture.view["message"]
    assert controls[name].value == "<img src=x>"
    controls["save"].click()
    assert "no country" in picture.status
    assert not list(folder.glob("figures"))
    controls["edition"].value = 2024
    assert picture.view["message"] == picture.status == ""
    assert controls[name].value == before


WRONG = {"economy": 7, "edition": "2023", "dimensions": [7], "peers": ["nowhere"], "view": "x"}
WRONG |= {"language": ["en"], "last_year": None}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_parameters_cell_is_explained_in_place(name):
    controls, picture = make(**{name: WRONG[name]})
    assert picture.view["message"]
    assert "govlib failed" not in picture.view["message"]
    controls["economy"].value = "UZB"
    assert picture.view["message"] == ""


def test_a_fault_of_ours_is_told_and_not_thrown(monkeypatch):
    controls, picture = make()
    monkeypatch.setattr("govlib.explorer.app.draw_view", lambda choices: 1 / 0)
    controls["economy"].value = "UZB"
    assert "govlib failed (ZeroDivisionError" in picture.view["message"]


def test_a_misspelt_name_from_papermill_is_refused():
    with pytest.raises(UnknownName, match=r"econmy.* Did you mean economy"):
        gov.explore(CELL | {"In": ["# Parameters\neconmy = 'UZB'\n"]})


def test_choices_go_on_as_long_as_the_parameters_cell_is_the_same(folder):
    controls, _ = make()
    controls["economy"].value = "UZB"
    controls["view"].value = "league"
    assert (folder / STORE).exists()
    controls, picture = make()
    assert controls["view"].value == "league"
    assert picture.view["notes"] == [text("explorer.continued", "en")]
    table = picture.view["table"]
    assert all(isinstance(value, str) for row in table["rows"] for value in row)
    place = table["columns"].index("economy")
    assert [table["rows"][i][place] for i in table["own"]] == ["UZB", "UZB"]
    controls, picture = make(edition=2024)  # another cell
    assert (controls["view"].value, picture.view["notes"]) == ("trend", [])


@pytest.mark.parametrize("language", ["xx", None])
def test_choices_that_cannot_be_read_are_not_guessed(language, folder):
    kept = {"cell": CELL, "choices": CELL | {"economy": "UZB", "language": language}}
    (folder / STORE).parent.mkdir()
    (folder / STORE).write_text(json.dumps(kept) if language else "{")
    explorer = Explorer(CELL)
    assert {name: explorer.choices[name] for name in CHOICES} == CELL
    said = text("explorer.from_cell", "en", file=STORE.as_posix())
    assert explorer.picture.view["notes"] == [said]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "01-effectiveness-and-voice"),
        ({"view": "league", "peers": ["ecs"]}, "03-position-among-peers"),  # 54 economies
    ],
)
def test_saving_runs_the_notebook_and_names_the_files(folder, given, name):
    controls, picture = make(**given)
    told = []
    picture.observe(lambda event: told.append(event["new"]), "status")
    controls["save"].click()
    assert told[0] == text("explorer.saving", "en", notebook=name)
    files, _, cut = told[1].removeprefix(text("explorer.saved", "en", files="")).partition(". ")
    most = {"most": 20, "all": 54, "name": "Kazakhstan"}
    assert cut == (text("explorer.nearest", "en", **most) if given else "")
    paths = [folder / file for file in files.split(", ")]
    assert len(paths) == 5
    peers = json.loads(paths[-1].read_text("utf-8"))["parameters"].get("peers")
    assert len(peers or []) == (19 if given else 0)
    if not given:  # the same bytes as any run of the notebook
        saved = [path.read_bytes() for path in paths]
        run_notebook(find_notebooks([name])[0], {}, progress=False)
        assert [path.read_bytes() for path in paths] == saved
    assert not controls["save"].disabled


def test_a_choice_made_while_the_controls_are_filled_is_not_lost():
    controls, picture = make()
    chosen = threading.Thread(target=setattr, args=(controls["edition"], "value", 2024))

    def choose(_):
        chosen.start()
        time.sleep(0.2)  # as long as the other thread takes to come to wait

    controls["save"].observe(choose, "description")  # written by `fill` in another language
    controls["language"].value = "ru"
    chosen.join(60)
    assert controls["edition"].value == 2024
    assert "-p edition 2024" in picture.view["command"]
