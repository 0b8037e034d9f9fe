"""Fetching from the World Bank's API, on loopback, with every fault that it can have."""

import hashlib
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from email.utils import formatdate
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wbgapi
import worldbank

import govlib
from govlib import cli as __main__
from govlib.datasets import package as catalog
from govlib.errors import BadParameter, BadTable, FailedFetch, UnknownName
from govlib.ingest import api, fetch, listing, pages, transport

ECONOMIES = worldbank.FEW
EDITIONS = catalog.held_editions()
KEYS = ["economy", "year", "dimension"]
ANSWERS, WHOLE_ANSWERS = {}, {}
"""Good answers are the same in each test: they are written once."""


@pytest.fixture(scope="session")
def edition_2026():
    """Give a made-up edition of twelve economies: 12,636 values on seven pages of 2,000."""
    table = worldbank.made_edition(2026)
    return table[table["economy"].isin(ECONOMIES)].reset_index(drop=True)


@pytest.fixture(autouse=True)
def haste(monkeypatch, tmp_path):
    """Wait less than in earnest, and keep pages apart from those of the project."""
    monkeypatch.setenv("GOVLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(pages, "PER_PAGE", 2000)
    monkeypatch.setattr(transport, "FIRST_WAIT", 0.01)


@pytest.fixture
def impatience(monkeypatch):
    """Give up on a silent or slow answer soon."""
    monkeypatch.setattr(transport, "READ_SECONDS", 0.25)
    monkeypatch.setattr(transport, "PAGE_SECONDS", 0.4)


@pytest.fixture(scope="session")
def few_held(tmp_path_factory):
    """Give a data folder with twelve economies in each edition held, and nothing else."""
    folder = tmp_path_factory.mktemp("few")
    entries = [catalog.find_resource("economies"), *map(catalog.find_edition, EDITIONS)]
    tables = [catalog.read_economies()]
    for entry in entries[1:]:
        columns = [field["name"] for field in entry["schema"]["fields"]]
        table = govlib.wgi.read(entry["edition"])
        tables.append(table.loc[table["economy"].isin(ECONOMIES), columns])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOVLIB_DATA", str(folder))
        for entry, table in zip(entries, tables, strict=True):
            catalog.add_resource(entry, table)
    return folder


@pytest.fixture
def data_few(few_held, tmp_path, monkeypatch):
    """Give a copy of that folder which a test may damage."""
    folder = tmp_path / "data"
    shutil.copytree(few_held, folder)
    monkeypatch.setenv("GOVLIB_DATA", str(folder))
    return folder


@pytest.fixture
def server(edition_2026, monkeypatch):
    """Give the API of the made-up edition; govlib is pointed to it."""
    with worldbank.serve(edition_2026) as api_server:
        api_server.bytes = ANSWERS
        monkeypatch.setenv("GOVLIB_ENDPOINT", api_server.endpoint)
        yield api_server


@pytest.fixture(scope="session")
def whole_2026():
    """Give estimates and scores of a made-up edition of all economies, which may be added."""
    return worldbank.only(worldbank.made_edition(2026), ["estimate", "score"])


@pytest.fixture
def whole_server(whole_2026, monkeypatch):
    """Give the API of an edition that may be added."""
    monkeypatch.setattr(pages, "PER_PAGE", 20_000)
    with worldbank.serve(whole_2026) as api_server:
        api_server.bytes = WHOLE_ANSWERS
        monkeypatch.setenv("GOVLIB_ENDPOINT", api_server.endpoint)
        yield api_server


@pytest.fixture
def command(monkeypatch, capsys):
    """Give a function that runs ``govlib`` and returns its exit code and what it printed."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["govlib", *words])
        with pytest.raises(SystemExit) as stop:
            __main__.main()
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return run


def contents(folder):
    """Return all bytes under a folder."""
    return {str(p): p.read_bytes() for p in sorted(Path(folder).rglob("*")) if p.is_file()}


def check_is_2026(table, edition_2026):
    pd.testing.assert_frame_equal(table, edition_2026, check_exact=True)


# What arrives when nothing is wrong.


def test_all_measures_of_all_economies_and_years_arrive(server, edition_2026):
    fetched = fetch.fetch_wgi()
    check_is_2026(fetched.table, edition_2026)
    assert fetched.remarks == []
    assert list(fetched.table.columns) == govlib.wgi.COLUMNS
    assert fetched.names == {code: catalog.economy_names()[code] for code in ECONOMIES}


def test_four_requests_at_most_are_under_way_at_once(server, monkeypatch):
    monkeypatch.setattr(pages, "PER_PAGE", 1000)
    server.latency = 0.1
    fetch.fetch_wgi()
    assert server.most_at_once == 4


def test_the_record_says_what_was_fetched_from_where_and_when(server):
    before = pd.Timestamp.now("UTC").floor("s")
    source = fetch.fetch_wgi().source
    assert source["path"].startswith(f"{server.endpoint}/en/sources/3/series/GOV_WGI_VA.EST;")
    assert source["lastupdated"] == "2026-12-05"
    assert before <= pd.Timestamp(source["accessed"]) <= pd.Timestamp.now("UTC")
    assert source["rows"] == {
        "announced": 13 * 27 * 36,
        "aggregates": 27 * 36,
        "table": 12 * 27 * 6,
    }


def test_real_figures_come_back_as_they_are_held():
    # In the names used to 2025, with errors and ranks; then in today's, without.
    wanted = [*ECONOMIES, "COD", "ROU"]
    for edition, names in [(2023, "legacy"), (2025, "current")]:
        held = govlib.wgi.read(edition, economies=wanted[:-2])
        with worldbank.serve(held, names=names) as server:
            fetched = fetch.fetch_wgi(endpoint=server.endpoint)
        values = held.dropna(subset="estimate").reset_index(drop=True)
        found = fetched.table.dropna(subset="estimate").reset_index(drop=True)
        pd.testing.assert_frame_equal(found, values, check_exact=True)
        assert len(fetched.remarks) == 1


def test_codes_become_those_of_today(edition_2026):
    old = edition_2026.replace({"economy": {"XKX": "KSV"}})
    with worldbank.serve(old, names_of={"KSV": "Kosovo"}) as server:
        check_is_2026(fetch.fetch_wgi(endpoint=server.endpoint).table, edition_2026)


def test_with_and_without_gzip_the_same_arrives(server, edition_2026):
    server.gzip = False
    check_is_2026(fetch.fetch_wgi().table, edition_2026)
    plain = contents(os.environ["GOVLIB_CACHE"])
    server.gzip = True
    pages.forget_pages(fetch.fetch_wgi().source["path"])
    assert not list(Path(os.environ["GOVLIB_CACHE"]).rglob("*.json"))
    check_is_2026(fetch.fetch_wgi().table, edition_2026)
    assert contents(os.environ["GOVLIB_CACHE"]) == plain


def test_nulls_are_missing_values(server, edition_2026):
    server.fault("nulls", page=1, rows=500)
    table = fetch.fetch_wgi().table
    assert len(table) == len(edition_2026)
    gone = int(table["estimate"].isna().sum() - edition_2026["estimate"].isna().sum())
    assert gone > 50
    kept = table["estimate"].notna()
    assert (table["estimate"][kept] == edition_2026["estimate"][kept]).all()


# The faults: those that pass are survived, those that stay end in a clear error.

PASSING = {
    "status_500": ("status", {"code": 500}),
    "status_502": ("status", {"code": 502}),
    "status_503": ("status", {"code": 503, "retry_after": 0}),
    "status_429": ("status", {"code": 429, "retry_after": 0}),
    "html": ("html", {}),
    "xml": ("xml", {}),
    "truncated": ("truncated", {}),
    "invalid": ("invalid", {}),
    "not_a_number": ("not_a_number", {}),
    "text_value": ("text_value", {}),
    "reset": ("reset", {}),
    "cut_off": ("cut_off", {}),
    "drip": ("drip", {}),
    "hang": ("hang", {}),
    "short": ("short", {}),
    "missing": ("missing", {}),
    "wrong_page": ("repeated", {"honest": True}),
    "broken_gzip": ("broken_gzip", {}),
}
ERRORS = {
    "status_500": "answered 500",
    "status_502": "answered 502",
    "status_503": "answered 503",
    "status_429": "answered 429",
    "html": "not JSON.*DOCTYPE",
    "xml": r"not JSON",
    "truncated": "not JSON",
    "invalid": "not JSON.*NaN",
    "not_a_number": "not JSON.*NaN",
    "text_value": "unknown shape .*float",
    "reset": "connection failed",
    "cut_off": "connection failed",
    "drip": "not complete after",
    "hang": "connection failed.*timed out",
    "short": "holds 1999 rows; 2000 were announced",
    "missing": "holds 0 rows; 2000 were announced",
    "wrong_page": "page 3 was asked for, page 1 came",
    "broken_gzip": "not whole gzip",
}


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_is_survived(server, edition_2026, request, name):
    if name in ("hang", "drip"):
        request.getfixturevalue("impatience")
    kind, options = PASSING[name]
    for page in (1, 3, 7):
        server.fault(kind, page=page, times=2 if page == 3 else 1, **options)
    fetched = fetch.fetch_wgi()
    check_is_2026(fetched.table, edition_2026)
    assert all(fault["times"] == 0 for fault in server.faults)


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_stays_ends_in_a_clear_error_and_changes_nothing(
    server, data_few, command, monkeypatch, request, name
):
    if name in ("hang", "drip"):
        request.getfixturevalue("impatience")
    monkeypatch.setattr(transport, "ATTEMPTS", 2)
    kind, options = PASSING[name]
    server.fault(kind, page=3, times=None, **options)
    before = contents(data_few)
    code, out, err = command("fetch")
    assert code == 1
    assert out == ""
    assert re.search(ERRORS[name], err, re.DOTALL), err
    assert "asked 2 times" in err
    assert "editions 2019, 2020" in err
    assert "Traceback" not in err
    assert contents(data_few) == before


@pytest.mark.parametrize("kind", ["status", "html", "truncated", "reset", "hang", "xml"])
@pytest.mark.usefixtures("impatience")
def test_a_fault_of_the_lists_is_met_like_one_of_the_values(
    server, edition_2026, monkeypatch, kind
):
    for route in ("/country/all$", "/region", "/concepts", "/time/all$"):
        server.fault(kind, route=route)
    check_is_2026(fetch.fetch_wgi().table, edition_2026)
    server.fault(kind, route="/v2/en/country/all", times=None)
    pages.forget_pages(fetch_path(server))
    times = 2 if kind == "hang" else transport.ATTEMPTS
    monkeypatch.setattr(transport, "ATTEMPTS", times)
    with pytest.raises(FailedFetch, match=rf"asked {times} times: .*/country/all"):
        fetch.fetch_wgi()


def fetch_path(server):
    """Return the address of the values of all series."""
    return f"{server.endpoint}/en/sources/3/series/{';'.join(api.CURRENT)}/country/all/time/all"


@pytest.mark.parametrize(
    ("kind", "options", "answer"),
    [
        ("repeated", {}, "rows came twice, the first: ANT, GOV_WGI_VA.EST, 1996. A page was rep"),
        ("updated", {}, "changed during the fetch: .* 2026-12-05 .* 2099-01-01 .* page 4"),
        ("updated", {"lastupdated": ""}, "does not say when"),
        ("total", {"by": -2001}, "changed during the fetch: .* 12636 rows .* 10635 rows at page 4"),
        ("total", {"by": 2000}, "changed during the fetch: .* 12636 rows .* 14636 rows"),
    ],
)
def test_pages_that_do_not_belong_together_are_refused(
    server, data_few, command, kind, options, answer
):
    server.fault(kind, page=4, times=None, **options)
    before = contents(data_few)
    code, _, err = command("fetch")
    assert code == 1
    assert re.search(answer, err, re.DOTALL), err
    assert contents(data_few) == before


def test_pages_that_do_not_belong_together_are_not_kept(server, edition_2026):
    server.fault("repeated", page=4)
    with pytest.raises(FailedFetch, match="rows came twice"):
        fetch.fetch_wgi()
    check_is_2026(fetch.fetch_wgi().table, edition_2026)


def test_a_wrong_total_on_the_last_page_is_found(server, edition_2026):
    server.fault("total", page=7, by=1)
    check_is_2026(fetch.fetch_wgi().table, edition_2026)
    pages.forget_pages(fetch_path(server))
    server.fault("total", page=7, by=1, times=None)
    with pytest.raises(FailedFetch, match="holds 636 rows; 637 were announced"):
        fetch.fetch_wgi()


def test_an_answer_that_is_short_throughout_is_found_by_the_list_of_economies(server, monkeypatch):
    # Header and rows agree, but the last economy is not there.
    monkeypatch.setattr(pages, "PER_PAGE", 20_000)
    server.fault("consistently_short", times=None)
    with pytest.raises(FailedFetch, match=r"1 economies have no row, though .* lists them: WLD"):
        fetch.fetch_wgi()


def test_the_server_says_how_long_to_wait(server, edition_2026):
    server.fault("status", code=429, retry_after=1, page=2)
    later = formatdate(time.time() + 2, usegmt=True)  # in whole seconds, so at least one
    server.fault("status", code=503, retry_after=later, page=3)
    start = time.monotonic()
    check_is_2026(fetch.fetch_wgi().table, edition_2026)
    for page in (2, 3):
        refused, answered = (when for when, asked in server.moments if asked == page)
        assert 0.9 < answered - refused < 3
    # The others did not wait.
    assert {asked for when, asked in server.moments if when < start + 0.9} == set(range(1, 8))


def test_a_wait_of_an_hour_is_left_to_the_user(server):
    server.fault("status", code=429, retry_after=3600, page=2)
    start = time.monotonic()
    with pytest.raises(FailedFetch, match="asks to wait 3600 s: fetch again after that"):
        fetch.fetch_wgi()
    assert time.monotonic() - start < 2
    assert server.asked().count(2) == 1


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410])
def test_a_plain_refusal_is_not_asked_again(server, code):
    server.fault("status", code=code, page=2, times=None)
    with pytest.raises(FailedFetch, match=f"answered {code}"):
        fetch.fetch_wgi()
    assert server.asked().count(2) == 1


def test_waits_grow_and_differ():
    states = [types_state(attempt) for attempt in (1, 2, 3, 4)]
    waits = np.array([[transport._seconds_to_wait(state) for state in states] for _ in range(50)])
    assert (np.diff(waits.min(axis=0)) > 0).all()
    assert len(set(waits[:, 0])) > 40
    assert waits.max() < transport.LONGEST_WAIT


def types_state(attempt):
    """Return tenacity's state after an attempt that failed."""
    import tenacity

    state = tenacity.RetryCallState(None, None, (), {})
    state.attempt_number = attempt
    state.set_exception((OSError, OSError(), None))
    return state


def test_a_server_that_comes_up_late_is_waited_for(edition_2026, monkeypatch):
    monkeypatch.setattr(transport, "FIRST_WAIT", 0.2)
    with worldbank.serve(edition_2026, refuse=0.5) as server:
        check_is_2026(fetch.fetch_wgi(endpoint=server.endpoint).table, edition_2026)


def test_offline_the_error_says_what_is_held_and_how_to_go_on(data_few, command, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("GOVLIB_ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}/v2")
        before = contents(data_few)
        code, _, err = command("fetch")
    assert code == 1
    assert "Connection refused" in err
    assert "2019, 2020, 2021, 2022, 2023, 2024, 2025" in err
    assert "govlib add-edition FILE" in err
    assert "HTTPS_PROXY" in err
    assert "Traceback" not in err
    assert contents(data_few) == before


# Economies and aggregates.


def test_an_aggregate_is_not_an_economy(edition_2026):
    with worldbank.serve(edition_2026, aggregates=("WLD", "ECS", "AFE")) as server:
        fetched = fetch.fetch_wgi(endpoint=server.endpoint)
    check_is_2026(fetched.table, edition_2026)
    assert fetched.source["rows"]["aggregates"] == 3 * 27 * 36
    assert not {"WLD", "ECS", "AFE"} & set(fetched.names)


def test_a_failure_of_wbgapi_before_does_not_make_the_world_an_economy(server, edition_2026):
    # The trap itself: after one failed list of countries wbgapi knows no aggregates any more.
    server.fault("status", route="/v2/en/country/all", times=1)
    saved, wbgapi.endpoint = wbgapi.endpoint, server.endpoint
    try:
        with pytest.raises(wbgapi.APIError):
            wbgapi.economy.aggregates()
        assert wbgapi.economy.aggregates() == set()
        check_is_2026(fetch.fetch_wgi().table, edition_2026)
        assert wbgapi.endpoint == server.endpoint
        assert "WLD" in wbgapi.economy.aggregates()
    finally:
        wbgapi.endpoint = saved
        listing._forget(wbgapi)


def test_a_failed_fetch_does_not_poison_the_next(server, edition_2026, monkeypatch):
    monkeypatch.setattr(transport, "ATTEMPTS", 1)
    server.fault("status", route="/v2/en/country/all", times=1)
    with pytest.raises(FailedFetch, match="500"):
        fetch.fetch_wgi()
    check_is_2026(fetch.fetch_wgi().table, edition_2026)
    assert wbgapi.endpoint.startswith("https://api.worldbank.org")
    assert wbgapi.requests.__name__ == "requests"


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("no_aggregates", r"WLD \(World\) is in no edition held nor in"),
        ("all_aggregates", r"CHL \(Chile\) is an economy in the editions held, but .* aggregate"),
    ],
)
def test_a_list_of_countries_that_cannot_be_right_is_refused(server, kind, answer):
    server.fault(kind, route="/v2/en/country/all", times=None)
    with pytest.raises(FailedFetch, match=answer):
        fetch.fetch_wgi()


def test_an_added_economy_is_taken_if_the_list_of_countries_has_it(edition_2026):
    with worldbank.serve(edition_2026, added={"ZEM": "Zembla"}) as server:
        fetched = fetch.fetch_wgi(endpoint=server.endpoint)
    assert fetched.names["ZEM"] == "Zembla"
    added = fetched.table[fetched.table["economy"] == "ZEM"].reset_index(drop=True)
    model = edition_2026[edition_2026["economy"] == "KAZ"].reset_index(drop=True)
    pd.testing.assert_frame_equal(added, model.assign(economy="ZEM"))
    with (
        worldbank.serve(edition_2026, added={"ZEM": "Zembla"}, lists_added=False) as server,
        pytest.raises(
            FailedFetch, match=r"ZEM \(Zembla\) .* economy or an aggregate.* add-edition FILE"
        ),
    ):
        fetch.fetch_wgi(endpoint=server.endpoint)


# Series.


def test_without_series_in_source_3_the_wdi_serve_and_it_is_said(edition_2026):
    with worldbank.serve(edition_2026, names="none") as server:
        fetched = fetch.fetch_wgi(endpoint=server.endpoint)
        assert "/sources/2/" in fetched.source["path"]
    assert "source 2 (World Development Indicators)" in fetched.remarks[0]
    assert "no standard errors" in fetched.remarks[0]
    expected = edition_2026.copy()
    expected[["standard_error", "score_lower", "score_upper"]] = np.nan
    expected["sources"] = pd.array([pd.NA] * len(expected), dtype="Int64")
    check_is_2026(fetched.table, expected)  # no year before 1996, though the WDI list them


def test_a_failing_source_3_is_not_replaced_by_the_poorer_wdi(server, monkeypatch):
    monkeypatch.setattr(transport, "ATTEMPTS", 2)
    server.fault("status", route="/sources/3/", times=None)
    with pytest.raises(FailedFetch, match="500"):
        fetch.fetch_wgi()
    assert not [path for path, _ in server.requests if "/sources/2/" in path]


def test_a_series_that_becomes_unknown_during_the_fetch_is_looked_up(
    server, data_few, command, edition_2026
):
    # Message 120 once: the source lists the series, so the fetch goes on.
    server.fault("unknown", page=3)
    check_is_2026(fetch.fetch_wgi().table, edition_2026)
    pages.forget_pages(fetch_path(server))
    server.fault("unknown", page=3, times=None)
    before = contents(data_few)
    code, _, err = command("fetch")
    assert code == 1
    assert re.search("knows no such value .*120.* Asked for: .*page=3", err), err
    assert "Traceback" not in err
    assert contents(data_few) == before


def test_series_that_nobody_serves_are_named(edition_2026):
    with (
        worldbank.serve(edition_2026, names="none", wdi=False) as server,
        pytest.raises(FailedFetch, match=r"no estimates of all six .*source 3: 0 .*source 2: 0"),
    ):
        fetch.fetch_wgi(endpoint=server.endpoint)


def test_measures_that_are_not_served_are_said_and_missing(edition_2026):
    table = edition_2026.assign(score_lower=np.nan)
    with worldbank.serve(table) as server:
        fetched = fetch.fetch_wgi(endpoint=server.endpoint)
    assert fetched.remarks == ["Source 3 lists no series for: score_lower."]
    check_is_2026(fetched.table, table)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("GE.EST", "GE.EST is dead.*successor is GOV_WGI_GE.EST"),
        ("CC.STD.ERR", "successor is GOV_WGI_CC.SE"),
        ("VA.NO.SRC", "successor is GOV_WGI_VA.SR"),
        ("RL.PER.RNK.LOWER", "no longer served: govlib.stats.ranks .* GOV_WGI_RL.SC"),
        ("GOV_WGI_GE.ESTI", "Did you mean GOV_WGI_GE.EST"),
        ("SP.POP.TOTL", "not a series of the WGI; .* GOV_WGI_GE_EST"),
    ],
)
def test_an_unknown_series_is_answered_without_the_network(asked, answer):
    with pytest.raises(UnknownName, match=answer):
        fetch.fetch_wgi(series=asked, endpoint="http://127.0.0.1:9/v2")


def test_only_some_series_are_fetched_and_printed_on_request(server, data_few, command):
    before = contents(data_few)
    code, out, _ = command("fetch", "--series", "GOV_WGI_GE.EST,GOV_WGI_GE.SE")
    assert code == 0
    printed = pd.read_csv(io.StringIO(out))
    assert list(printed.columns) == ["edition", *KEYS, "estimate", "standard_error"]
    assert set(printed["dimension"]) == {"ge"}  # nobody asked whether the others have values
    assert contents(data_few) == before
    with pytest.raises(BadTable, match="two sources"):
        fetch.fetch_wgi(series=["GOV_WGI_GE.EST", "GOV_WGI_GE_SC"])


def test_a_parameter_of_the_wrong_form_is_refused():
    for wrong in (
        {"edition": True},
        {"edition": 26},
        {"edition": "2026"},
        {"series": []},
        {"endpoint": "worldbank"},
    ):
        with pytest.raises(BadParameter):
            fetch.fetch_wgi(**wrong)


# Going on after an interrupt.


def test_complete_pages_are_not_asked_for_again(server, edition_2026, monkeypatch):
    monkeypatch.setattr(transport, "ATTEMPTS", 1)
    server.fault("status", page=5)
    with pytest.raises(FailedFetch, match="500"):
        fetch.fetch_wgi()
    kept = {int(path.stem) for path in Path(os.environ["GOVLIB_CACHE"]).rglob("*.json")}
    assert 1 in kept
    assert 5 not in kept
    server.requests.clear()
    check_is_2026(fetch.fetch_wgi().table, edition_2026)
    one_row, *asked = server.asked()  # the first asks for one row: is the source as it was?
    assert one_row == 1
    assert sorted(asked) == sorted(set(range(1, 8)) - kept)


@pytest.mark.parametrize("damage", [b"", b'{"page": 1', b"{}", b"[]", b"\xff\xfe"])
def test_a_torn_page_is_asked_for_again(server, edition_2026, damage):
    fetch.fetch_wgi()
    [torn] = Path(os.environ["GOVLIB_CACHE"]).rglob("00002.json")
    torn.write_bytes(damage)
    server.requests.clear()
    check_is_2026(fetch.fetch_wgi().table, edition_2026)
    assert server.asked() == [1, 2]


def test_pages_of_another_state_of_the_source_are_not_used(server, edition_2026):
    fetch.fetch_wgi()
    server.bytes = {}
    server.sources[3].lastupdated = "2026-12-24"
    server.requests.clear()
    fetched = fetch.fetch_wgi()
    check_is_2026(fetched.table, edition_2026)
    assert fetched.source["lastupdated"] == "2026-12-24"
    assert set(server.asked()) == set(range(1, 8))


# The edition.


@pytest.mark.parametrize("lastupdated", ["2025-12-31", "2028-01-01", "yesterday"])
def test_a_date_that_contradicts_the_years_leaves_the_name_to_the_user(
    server, edition_2026, lastupdated
):
    server.bytes = {}
    server.sources[3].lastupdated = lastupdated
    with pytest.raises(FailedFetch, match=rf"edition 2026, but .* {lastupdated}.*--edition N"):
        fetch.fetch_wgi()
    assert set(fetch.fetch_wgi(edition=2027).table["edition"]) == {2027}


# Adding what was fetched.


def test_a_fetch_adds_one_edition_and_touches_no_other(
    whole_server, data_copy, command, whole_2026
):
    before = contents(data_copy)
    code, out, err = command("fetch")
    assert code == 0, err
    assert "2026" in out
    after = contents(data_copy)
    record = str(data_copy / "datapackage.json")
    assert {path for path in after if after[path] != before.get(path)} == {
        record,
        str(data_copy / "wgi/2026.csv"),
    }
    check_is_2026(govlib.wgi.read(2026), whole_2026)
    entry = catalog.find_edition(2026)
    [source] = entry["sources"]
    assert source["path"].startswith(whole_server.endpoint)
    assert source["lastupdated"] == "2026-12-05"
    assert source["accessed"]
    assert source["rows"]["announced"] == 215 * 27 * 12
    content = after[str(data_copy / "wgi/2026.csv")]
    assert entry["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert not list(Path(os.environ["GOVLIB_CACHE"]).rglob("*.json"))
    # The bar says bytes, rows and the time left.
    assert re.search(r"69660/69660 \[\d\d:\d\d<\d\d:\d\d, .*rows/s, [\d.]+ MB\]", err)


def test_an_identical_fetch_changes_nothing(server, data_few, command):
    assert command("fetch")[0] == 0
    before = contents(data_few)
    code, out, _ = command("fetch")
    assert code == 0
    assert "unchanged" in out
    assert contents(data_few) == before


def test_a_held_edition_with_other_values_is_refused(
    server, edition_2026, data_few, command, monkeypatch
):
    assert command("fetch")[0] == 0
    before = contents(data_few)
    other = edition_2026.replace({"economy": {"CHL": "EST", "EST": "CHL"}})
    with worldbank.serve(other) as server:
        monkeypatch.setenv("GOVLIB_ENDPOINT", server.endpoint)
        code, _, err = command("fetch")
        assert code == 1
        assert "edition 2026 is held with other values: estimate differs in 324 rows" in err
        assert "A fetch never replaces what is held" in err
        assert contents(data_few) == before
        code, _, err = command("fetch", "--edition", "2023")
        assert code == 1
        assert "not WGI edition 2023" in err
        assert contents(data_few) == before


# The environment: proxies and certificates.


def test_the_proxy_of_the_environment_is_used(server, edition_2026, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    fetched = fetch.fetch_wgi(endpoint="http://api.worldbank.invalid/v2")
    check_is_2026(fetched.table, edition_2026)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Give a certificate for 127.0.0.1 that nobody trusts, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    words += ["-subj", "/CN=loopback", "-addext", "subjectAltName=IP:127.0.0.1"]
    words += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    return folder / "certificate.pem", folder / "key.pem"


def test_the_certificates_of_the_environment_are_used(edition_2026, certificate, monkeypatch):
    with worldbank.serve(edition_2026, certificate=certificate) as server:
        with pytest.raises(
            FailedFetch, match=r"(?s)certificate is not trusted.*REQUESTS_CA_BUNDLE"
        ):
            fetch.fetch_wgi(endpoint=server.endpoint)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
        check_is_2026(fetch.fetch_wgi(endpoint=server.endpoint).table, edition_2026)


# Interrupts and sudden deaths, in processes of their own.


def test_an_interrupt_leaves_the_data_and_the_next_fetch_goes_on(
    server, data_few, command, monkeypatch, tmp_path
):
    server.latency = 0.2
    before = contents(data_few)
    code = "import sys; from govlib import pages, __main__; pages.PER_PAGE = 500; "
    code += "sys.argv = ['govlib', 'fetch']; __main__.main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    kept = 0
    while kept < 4 and process.poll() is None:
        time.sleep(0.05)
        kept = len(list((tmp_path / "cache").rglob("*.json")))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert contents(data_few) == before
    kept = len(list((tmp_path / "cache").rglob("*.json")))
    server.requests.clear()
    server.latency = 0
    monkeypatch.setattr(pages, "PER_PAGE", 500)
    assert command("fetch")[0] == 0
    assert len(server.asked()) == 1 + 26 - kept  # one row: is the source as it was?
    assert 2026 in catalog.held_editions()


KILLED = """
import os, random, signal, sys, time
from govlib import cli as __main__
from govlib.datasets import package as catalog
from govlib.ingest import editions
from govlib.ingest import fetch
from govlib.ingest import listing
from govlib.ingest import pages
import wbgapi, hashlib, json
pages.PER_PAGE = 2000
seed = int(sys.argv[1])
sys.argv = ["govlib", "fetch"]

def die_at(point):
    # Die before (0, 2, ...) or after (1, 3, ...) a file of the data folder is renamed.
    replace, passed = os.replace, iter(range(99))
    def deadly(source, target):
        if str(target).startswith(str(catalog.data_folder())) and next(passed) == point:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(source, target)
        if str(target).startswith(str(catalog.data_folder())) and next(passed) == point:
            os.kill(os.getpid(), signal.SIGKILL)
    os.replace = deadly

def run(death=None):
    child = os.fork()
    if child == 0:
        if death is not None:
            die_at(death)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1), os.dup2(null, 2)
        try:
            __main__.main()
        except SystemExit as stop:
            os._exit(stop.code or 0)
        os._exit(9)
    return child

def check():
    # Every file that the record names is whole and can be read, whatever else there is.
    for entry in catalog.read_package()["resources"]:
        catalog.read_bytes(entry)

def whole():
    start = time.monotonic()
    _, status = os.waitpid(run(), 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert 2026 in catalog.held_editions()
    return time.monotonic() - start

original = {p: p.read_bytes() for p in catalog.data_folder().rglob("*") if p.is_file()}
def restore():
    for path in catalog.data_folder().rglob("*"):
        if path.is_file() and path not in original:
            path.unlink()
    for path, content in original.items():
        path.write_bytes(content)

whole(); restore()
seconds = whole(); restore()
chance = random.Random(seed)
killed = 0
for turn in range(140):
    if killed == 34:
        break
    # First around each renaming; then half at any time, half when the files are written.
    child = run(turn if turn < 8 else None)
    if turn >= 8:
        point = chance.uniform(0, 1) if turn % 2 else chance.uniform(0.75, 1.05)
        time.sleep(point * seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        assert turn >= 8
        restore()
        continue
    killed += 1
    check()
    for path in catalog.data_folder().rglob(".*.unfinished"):
        os.utime(path, (0, 0))  # as if the death were of yesterday: leftovers are then removed
    whole()
    check()
    for entry in catalog.read_package()["resources"]:
        content = (catalog.data_folder() / entry["path"]).read_bytes()
        assert "sha256:" + hashlib.sha256(content).hexdigest() == entry["hash"], entry["path"]
    found = {p.name for p in catalog.data_folder().rglob("*") if p.is_file()}
    assert found == {p.name for p in original} | {"2026.csv"}
    restore()
print(killed)
"""


def test_kill_at_random_points_never_tears_a_file(edition_2026, few_held, tmp_path):
    # Two processes that fork a fresh fetch each time, so that 68 deaths take seconds.
    seeds = [int.from_bytes(os.urandom(4), "big") for _ in range(2)]
    processes = []
    with worldbank.serve(edition_2026, added={"ZEM": "Zembla"}) as server:
        for number, seed in enumerate(seeds):
            data, cache = tmp_path / f"data{number}", tmp_path / f"cache{number}"
            shutil.copytree(few_held, data)
            places = {"GOVLIB_DATA": str(data), "GOVLIB_CACHE": str(cache)}
            process = subprocess.Popen(
                [sys.executable, "-c", KILLED, str(seed)],
                env={**os.environ, **places, "GOVLIB_ENDPOINT": server.endpoint},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            processes.append(process)
        ended = [process.communicate() for process in processes]
    for seed, process, (out, err) in zip(seeds, processes, ended, strict=True):
        assert process.returncode == 0, f"seed {seed}\n{err}"
        assert int(out) == 34


ADDED = "Accepted: --edition INTEGER, --replace, FILE"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["add-editon"], "'add-editon'. Did you mean 'add-edition'?\nAccepted: run, grid, report"),
        (["add-edition"], f"Missing argument 'FILE'.\n{ADDED}"),
        (["add-edition", "a.csv", "b.csv"], f"unexpected extra argument (b.csv)\n{ADDED}"),
        (["add-edition", "a.csv", "--replce"], f"Did you mean '--replace'?\n{ADDED}"),
        (["add-edition", "a.csv", "--replace=yes"], f"'--replace' does not take a value.\n{ADDED}"),
        (["add-edition", "a.csv", "--edition"], f"'--edition' requires an argument.\n{ADDED}"),
        (["add-edition", "a.csv", "--edition", "x"], f"'x' is not a valid integer.\n{ADDED}"),
        (
            ["fetch", "--series"],
            "requires an argument.\nAccepted: --edition INTEGER, --series LIST",
        ),
        (["fetch", "2026"], "extra argument (2026)\nAccepted: --edition INTEGER, --series LIST"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_word_is_answered_with_all_that_the_command_takes(command, words, answer):
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert answer in err


@pytest.mark.parametrize("address", ["http://", "https:///v2", "http://:80/v2", "ftp://a", "a.org"])
def test_an_address_without_a_server_is_refused_before_it_is_asked(monkeypatch, address):
    monkeypatch.setenv("GOVLIB_ENDPOINT", address)
    with pytest.raises(BadParameter, match=r"an address such as https.* is needed"):
        fetch.fetch_wgi()
