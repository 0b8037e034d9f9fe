"""Choices: wrong ones are refused as the notebooks refuse them, good ones are kept."""

import json

import pytest
from explorechoices import CASES, CHOICES, name_case

from govlib.errors import GovlibError, UnknownName
from govlib.explorer import choices as explore_choices
from govlib.run.parameters import parameters


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Keep choices in a folder of the test."""
    monkeypatch.setattr(explore_choices, "project_folder", lambda: tmp_path)
    return tmp_path / explore_choices.STORE


@pytest.mark.parametrize("choices", CASES, ids=name_case)
def test_good_choices_pass(choices):
    explore_choices.check_choices(choices)


@pytest.mark.parametrize(
    "wrong",
    [
        {"view": "trnd"},
        {"measure": "rank"},
        {"language": "de"},
        {"economy": "KZA"},
        {"economy": ["KAZ"]},
        {"edition": 2018},
        {"edition": "2023"},
        {"first_year": 1997},
        {"last_year": 2023},
        {"first_year": 2022},
        {"dimensions": []},
        {"dimensions": ["ge", "ge"]},
        {"dimensions": ["ge", "x"]},
        {"dimensions": [["ge"]]},
        {"peers": []},
        {"peers": ["ecs"]},
        {"peers": ["KAZ"]},
        {"peers": ["UZB", "UZB"]},
        {"peers": ["nowhere"]},
        {"view": "waves", "first_year": 2022, "last_year": 2023, "economy": "UZB"},
    ],
)
def test_wrong_choices_are_refused_in_the_words_of_the_notebooks(wrong):
    choices = CHOICES | wrong
    survey = "bns-trust" if choices["view"] == "waves" else None
    with pytest.raises((GovlibError, TypeError)) as expected:
        parameters(choices, survey=survey)
    with pytest.raises(type(expected.value)) as found:
        explore_choices.check_choices(choices)
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("KAZ", "KAZ"),
        (" kaz ", "KAZ"),
        ("kazakhstan", "KAZ"),
        ("Казахстан", "KAZ"),
        ("қазақстан", "KAZ"),
        ("Korea, Rep.", "KOR"),
        ("Netherlands Antilles", "ANT"),
        ("Niger", "NER"),
        ("Russia", "RUS"),
        ("south korea", "KOR"),
        ("Turkey", "TUR"),
        ("turkiye", "TUR"),
        ("Cote d'Ivoire", "CIV"),
        ("Côte d’Ivoire", "CIV"),
    ],
)
def test_an_economy_is_found_by_code_or_by_name_in_three_languages(typed, code):
    assert explore_choices.find_economy(typed) == code


def test_every_entry_that_is_offered_is_found():
    entries = explore_choices.list_entries()
    assert len(entries) > 200
    for entry in entries:
        assert explore_choices.find_economy(entry) == entry[:3]
        assert explore_choices.find_entry(entry[:3]) == entry
    assert "KAZ Kazakhstan · Казахстан · Қазақстан" in entries


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("Kazakstan", r"Did you mean KAZ \(Kazakhstan\)"),
        ("Sout Korea", r"Did you mean KOR \(South Korea\)"),
        ("Казахстн", r"Did you mean KAZ \(Казахстан\)"),
        ("Korea", r"KOR \(Korea, Rep.\), PRK"),
        ("", "There is no economy ''"),
        ("<b>x</b>", "There is no economy '<b>x</b>'"),
    ],
)
def test_what_is_no_economy_is_answered_with_what_is_near(typed, answer):
    with pytest.raises(UnknownName, match=answer):
        explore_choices.find_economy(typed)


def test_choices_are_kept_as_long_as_the_parameters_cell_is_the_same(store):
    cell = CHOICES | {"other": object()}
    assert explore_choices.restore_choices(cell) == (CHOICES, "")
    chosen = CHOICES | {"economy": "UZB", "dimensions": ["cc"]}
    explore_choices.store_choices(cell, chosen)
    restored, note = explore_choices.restore_choices(cell)
    assert restored == chosen
    assert "Continued" in note
    changed = CHOICES | {"edition": 2024}
    assert explore_choices.restore_choices(changed) == (changed, "")


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"cell": 1}', None])
def test_choices_that_cannot_be_read_are_not_guessed(store, damage):
    explore_choices.store_choices(CHOICES, CHOICES | {"economy": "UZB"})
    kept = json.loads(store.read_text())
    kept["choices"]["edition"] = "2023"
    store.write_text(json.dumps(kept) if damage is None else damage)
    restored, note = explore_choices.restore_choices(CHOICES)
    assert restored == CHOICES
    assert "explore.json cannot be read" in note


def test_the_parameters_cell_that_is_copied_begins_with_the_choices():
    names = {}
    exec(explore_choices.write_parameters(CHOICES | {"economy": "UZB"}), names)
    assert {name: names[name] for name in CHOICES} == CHOICES | {"economy": "UZB"}
    assert list(names["__annotations__"]) == list(explore_choices.CHOICES)
