"""What the explorer keeps: bounded, and never of other data than those held."""

import gc
import os
import threading
import time

import pytest
from explorechoices import CHOICES

import govlib
from govlib.datasets import world
from govlib.explorer import app as explore_widgets
from govlib.explorer import kept as explore_kept
from govlib.explorer import views as explore_views


def touch(folder):
    """Write the record anew, as a run does that changes what is held."""
    record = folder / "datapackage.json"
    beside = record.with_name("new")
    beside.write_bytes(record.read_bytes())
    os.replace(beside, record)


def test_what_is_kept_is_forgotten_when_the_data_change(data_copy):
    made = []
    ask = explore_kept.keep(2)(lambda number: made.append(number) or number)
    explore_views.run_view(CHOICES)
    assert [ask(number) for number in (1, 2, 2, 3, 1)] == [1, 2, 2, 3, 1]
    assert made == [1, 2, 3, 1]  # two are kept
    explore_kept.forget_changed()
    ask(1)
    assert made == [1, 2, 3, 1]
    kept = explore_kept.Kept(2)
    kept.put("a", 1)
    assert kept.find("a") == 1
    before = set(explore_views._TABLES)
    assert before
    touch(data_copy)
    assert kept.find("a") is None
    explore_kept.forget_changed()
    assert not explore_views._TABLES
    ask(1)
    assert made == [1, 2, 3, 1, 1]


def test_a_change_of_the_data_is_drawn(data_copy):
    def estimates():
        return explore_views.run_view(CHOICES)["table"]["estimate"].tolist()

    before = estimates()
    resource = govlib.catalog.find_edition(2023)
    table = govlib.wgi.read(2023).drop(columns="edition")
    fields = [field["name"] for field in resource["schema"]["fields"]]
    changed = table.assign(estimate=table["estimate"] / 2)
    entry = {key: value for key, value in resource.items() if key not in ("hash", "bytes")}
    govlib.catalog.add_resource(entry, changed[fields], replace=True)
    assert estimates() == pytest.approx([value / 2 for value in before])


def test_few_values_are_kept_and_the_oldest_goes_first():
    kept = explore_kept.Kept(2)
    for key in "ab":
        kept.put(key, key.upper())
    assert kept.find("a") == "A"
    kept.put("c", "C")
    assert [kept.find(key) for key in "abc"] == ["A", None, "C"]


def test_nothing_is_prepared_while_changes_are_made():
    turn, steps = threading.RLock(), []
    waiting = explore_kept.Waiting((steps.append(time.monotonic()) for _ in range(3)), turn)
    with turn:
        waiting.start()
        waiting.start()
        time.sleep(0.1)
        assert not steps
    waiting.pause()
    free = time.monotonic()
    waiting.thread.join(20)
    assert len(steps) == 3
    assert steps[-1] - free > explore_kept.QUIET / 2
    gc.unfreeze()


def test_what_is_prepared_is_what_the_first_look_at_a_view_needs():
    explore_views.forget_changed()
    explore_views._TABLES.clear()
    world._RANKED.clear()
    assert len(list(explore_views.warm_tables(CHOICES, (2022, 2023)))) > len(explore_views.BLOCKS)
    made = set(explore_views._TABLES)
    assert len(made) <= explore_views.MOST_TABLES
    for view in explore_views.BLOCKS:
        years = {"first_year": 2022, "last_year": 2023} if view == "waves" else {}
        explore_views.run_view({**CHOICES, "view": view, **years})
    assert set(explore_views._TABLES) == made
    assert {edition for edition, _ in world._RANKED} >= set(govlib.wgi.editions())
    without_survey = {**CHOICES, "economy": "UZB"}
    assert list(explore_views.warm_tables(without_survey, (2022, 2023)))


def test_a_picture_that_was_drawn_is_shown_again(monkeypatch):
    drawn = []
    real = explore_widgets.explore.draw_view
    monkeypatch.setattr(
        explore_widgets.explore, "draw_view", lambda c: drawn.append(c["economy"]) or real(c)
    )
    pictures = explore_kept.Kept(5)
    one = explore_widgets._draw_once(CHOICES, pictures)
    other = explore_widgets._draw_once({**CHOICES, "economy": "UZB"}, pictures)
    assert explore_widgets._draw_once(dict(CHOICES), pictures) == one != other
    assert drawn == ["KAZ", "UZB"]
    # What could not be drawn is tried again.
    impossible = {**CHOICES, "edition": 2019}
    for _ in range(2):
        assert "no year 2022" in explore_widgets._draw_once(impossible, pictures)["message"]
    assert drawn[2:] == ["KAZ", "KAZ"]


def test_garbage_is_looked_for_again_after_a_change_that_fails():
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), explore_kept.no_collection():
        assert not gc.isenabled()
        raise ZeroDivisionError
    assert gc.isenabled()
