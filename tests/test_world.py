"""Positions in the world: those of the whole edition, computed once, never another file's."""

import json

import pandas as pd
import pytest

import govlib
from govlib.datasets import world
from govlib.errors import AlteredFile, UnknownName


@pytest.mark.parametrize("edition", [2023, 2025])
def test_it_is_the_ranking_of_the_whole_edition(edition):
    ours = govlib.rank_economies(govlib.add_interval(govlib.read_wgi(edition)))
    pd.testing.assert_frame_equal(govlib.rank_world(edition), ours)


def test_it_is_computed_once_and_stays_as_it_was_when_a_caller_changes_it(monkeypatch):
    first = govlib.rank_world(2023)
    monkeypatch.setattr(world, "rank_economies", lambda table: pytest.fail("ranked again"))
    first["position"] = 1
    first.loc[:, "estimate"] = 0.0
    again = govlib.rank_world(2023)
    assert again["position"].max() > 200
    assert again["estimate"].max() > 2


def test_another_file_of_the_edition_is_ranked_anew(data_copy):
    govlib.rank_world(2023)
    record = data_copy / "datapackage.json"
    package = json.loads(record.read_text())
    entry = {e.get("edition"): e for e in package["resources"]}
    entry[2023]["path"], entry[2023]["hash"] = entry[2022]["path"], entry[2022]["hash"]
    record.write_text(json.dumps(package))
    table = govlib.rank_world(2023)
    assert table["year"].max() == 2021
    assert set(table["edition"]) == {2023}


def test_a_file_that_is_altered_after_it_was_ranked_is_refused(data_copy):
    govlib.rank_world(2023)
    path = data_copy / "wgi/2023.csv"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(AlteredFile, match=r"2023\.csv"):
        govlib.rank_world(2023)


def test_an_edition_that_is_not_held_is_named():
    with pytest.raises(UnknownName, match="1995 is not held; held: 2019"):
        govlib.rank_world(1995)
