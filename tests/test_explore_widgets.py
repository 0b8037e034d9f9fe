"""The widgets: each control changes what is drawn, and nothing is thrown at the page."""

import threading

import pytest
from explorechoices import CHOICES

from govlib.errors import UnknownName
from govlib.explorer import app as explore_widgets
from govlib.explorer import choices as explore_choices


@pytest.fixture
def explorer(tmp_path, monkeypatch):
    """Give a function that makes an explorer and returns its controls by name, and its picture."""
    monkeypatch.setattr(explore_choices, "project_folder", lambda: tmp_path)

    def make(**given):
        made = []
        real = explore_widgets._make_controls
        with monkeypatch.context() as patch:
            patch.setattr(explore_widgets, "_make_controls", lambda: made.append(real()) or made[0])
            box = explore_widgets.make_explorer(CHOICES | given)
        return made[0], box.children[1]

    return make


def told(picture):
    return [point["text"] for point in picture.view["points"]]


def test_each_control_changes_the_picture(explorer):
    controls, picture = explorer()
    assert picture.view["serial"] == 1
    for name, value, answer in [
        ("economy", "Узбекистан", "Uzbekistan (UZB)"),
        ("edition", 2024, None),
        ("last_year", 2021, "2021"),
        ("first_year", 2010, "2010"),
        ("measure", "percentile_rank", "Percentile position: "),
        ("rl", True, "Rule of Law"),
        ("language", "ru", "Узбекистан (UZB)"),
        ("view", "league", "Место"),
        ("peers", "Estonia, eaeu", "Эстония (EST)"),
        ("group", "central_asia", "Таджикистан (TJK)"),
        ("view", "slope", None),
        ("view", "gap", None),
        ("view", "world", "Дания (DNK)"),
        ("view", "revisions", "Выпуск 2019"),
    ]:
        before = picture.view["image"]
        controls[name].value = value
        assert picture.view["message"] == ""
        assert picture.view["image"] != before, name
        assert answer is None or any(answer in text for text in told(picture)), (
            name,
            told(picture),
        )
    assert controls["peers"].value == "central_asia"
    assert controls["view"].description == "Вид"
    assert controls["economy"].value == explore_choices.find_entry("UZB")
    assert controls["measure"].disabled


def test_the_survey_has_years_of_its_own(explorer):
    controls, picture = explorer()
    controls["view"].value = "waves"
    assert (controls["first_year"].value, controls["last_year"].value) == (2022, 2023)
    assert picture.view["message"] == ""
    table = picture.view["table"]  # shares are published, and rounded, to one decimal
    first = dict(zip(table["columns"], table["rows"][0], strict=True))
    assert (first["share"], first["share_lower"]) == ("44.0", "43.0")
    controls["last_year"].value = 2024
    controls["view"].value = "trend"
    assert (controls["first_year"].value, controls["last_year"].value) == (2018, 2022)
    controls["view"].value = "waves"
    assert controls["last_year"].value == 2024


def test_the_impossible_is_explained_and_undone(explorer):
    controls, picture = explorer()
    controls["edition"].value = 2019
    assert "has no year 2022" in picture.view["message"]
    assert dict(map(reversed, controls["last_year"].options))[2022] == "2022 (not in this edition)"
    controls["last_year"].value = 2018
    assert "2018 is not before last_year = 2018" in picture.view["message"]
    controls["first_year"].value = 2010
    assert picture.view["message"] == ""
    controls["economy"].value = "<img src=x onerror=alert(1)>"
    assert "There is no economy '<img src=x" in picture.view["message"]
    controls["peers"].value = "nowhere land"
    assert "There is no economy 'nowhere land'" in picture.view["message"]
    for code in ("ge", "va"):
        controls[code].value = False
    assert "`dimensions` is empty" in picture.view["message"]


@pytest.mark.parametrize(("name", "answer"), [("economy", "no economy"), ("peers", "no economy")])
def test_a_refused_text_never_stands_above_a_figure_nor_is_saved(
    explorer, monkeypatch, name, answer
):
    controls, picture = explorer(view="league")
    before = controls[name].value
    saved = []
    monkeypatch.setattr(explore_widgets.explore, "save_view", lambda choices: saved.append(1))
    controls[name].value = "Turkland"
    assert answer in picture.view["message"]
    assert controls[name].value == "Turkland"
    controls["save"].click()
    assert answer in picture.status
    assert not saved
    controls["edition"].value = 2024
    assert picture.view["message"] == picture.status == ""
    assert controls[name].value == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"economy": "KZA"},
        {"economy": 7},
        {"edition": 2030},
        {"edition": "2023"},
        {"dimensions": "ge"},
        {"dimensions": [7]},
        {"peers": ["nowhere"]},
        {"view": "x"},
        {"language": "de"},
        {"language": ["en"]},
        {"last_year": None},
    ],
)
def test_a_wrong_parameters_cell_is_explained_in_place(explorer, wrong):
    controls, picture = explorer(**wrong)
    assert "govlib failed" not in picture.view["message"]
    assert picture.view["message"]
    controls["economy"].value = "UZB"
    assert "govlib failed" not in picture.view["message"]


def test_a_fault_of_ours_is_said_and_not_thrown(explorer, monkeypatch):
    controls, picture = explorer()
    monkeypatch.setattr(explore_widgets.explore, "render_figure", lambda fig: 1 / 0)
    controls["economy"].value = "UZB"
    assert "govlib failed (ZeroDivisionError" in picture.view["message"]


def test_a_misspelt_name_from_papermill_is_refused():
    names = CHOICES | {"In": ["# Parameters\neconmy = 'UZB'\n"]}
    with pytest.raises(UnknownName, match=r"econmy.* Did you mean economy"):
        explore_widgets.make_explorer(names)


def test_choices_are_restored_and_the_table_is_text(explorer):
    controls, _ = explorer()
    controls["economy"].value = "UZB"
    controls["view"].value = "league"
    controls, picture = explorer()
    assert controls["view"].value == "league"
    assert "Continued" in picture.view["notes"][0]
    table = picture.view["table"]
    assert all(isinstance(value, str) for row in table["rows"] for value in row)
    place = table["columns"].index("economy")
    assert [table["rows"][i][place] for i in table["own"]] == ["UZB", "UZB"]


def test_saving_runs_the_notebook_and_names_the_files(explorer, monkeypatch, tmp_path):
    controls, picture = explorer()
    folder = explore_widgets.project_folder()
    said = []
    picture.observe(lambda event: said.append(event["new"]), "status")
    monkeypatch.setattr(
        explore_widgets.explore, "save_view", lambda choices: [folder / "figures" / "a.pdf"]
    )
    controls["save"].click()
    assert said == ["Running 01-effectiveness-and-voice ...", "Saved: figures/a.pdf"]
    assert not controls["save"].disabled
    controls["edition"].value = 2019
    controls["save"].click()
    assert "has no year 2022" in picture.status


def test_a_choice_made_while_another_is_drawn_is_not_lost(explorer, monkeypatch):
    controls, picture = explorer()
    drawing, go_on = threading.Event(), threading.Event()
    real = explore_widgets.explore.draw_view

    def slowly(choices):
        drawing.set()
        assert go_on.wait(20)
        return real(choices)

    monkeypatch.setattr(explore_widgets.explore, "draw_view", slowly)
    threads = [
        threading.Thread(target=setattr, args=(controls[name], "value", value))
        for name, value in (("economy", "UZB"), ("edition", 2024))
    ]
    threads[0].start()
    assert drawing.wait(20)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert controls["edition"].value == 2024
    assert "-p edition 2024" in picture.view["command"]
    assert "-p economy UZB" in picture.view["command"]
