"""A fetch that is killed at any point (`GOVLIB_KILLS`)."""

import pytest
import worldbank
from killing import SEEDS, kill

from govlib.datasets import wgi

TABLE = worldbank.made_edition(worldbank.FEW)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_fetch_leaves_the_editions_as_they_were_or_with_the_new_one(
    few_data, govlib_command, monkeypatch, tmp_path, seed
):
    before = wgi.editions()
    with worldbank.serve(TABLE) as server:
        monkeypatch.setenv("GOVLIB_ENDPOINT", server.endpoint)
        kill(tmp_path, "fetch", begun=lambda: server.requests, seconds=4, seed=seed)
        rows = {edition: len(wgi.read(edition)) for edition in wgi.editions()}  # hashes are checked
        assert rows.pop(2026, len(TABLE)) == len(TABLE) and list(rows) == before
        done = govlib_command("fetch")
    assert done.returncode == 0, done.stderr
    assert len(wgi.read(2026)) == len(TABLE)
