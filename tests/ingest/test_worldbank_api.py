"""Fetching from the World Bank's API, on loopback, with every fault that it can have."""

import io
import re
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
import worldbank

import govlib
from govlib.datasets import package as catalog
from govlib.errors import BadParameter, FailedFetch, UnknownName
from govlib.ingest import worldbank_api as api

TABLE = worldbank.made_edition(worldbank.FEW)
QUICK = api.Limits(read=1)
ONCE = api.Limits(attempts=1, read=1)
FEW_SERIES = ["GOV_WGI_GE.EST", "GOV_WGI_VA.EST"]
GE, VA = "/series/GOV_WGI_GE.EST/", "/series/GOV_WGI_VA.EST/"


@pytest.fixture
def server(monkeypatch):
    """Give the API of a made-up edition; govlib is pointed to it."""
    with worldbank.serve(TABLE) as running:
        monkeypatch.setenv("GOVLIB_ENDPOINT", running.endpoint)
        yield running


def contents(folder):
    return {str(p): p.read_bytes() for p in sorted(Path(folder).rglob("*")) if p.is_file()}


def check_is_table(found, expected=TABLE):
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


# What arrives when nothing is wrong.


def test_all_measures_arrive_with_a_record_and_names(server):
    server.latency = 0.05
    before = pd.Timestamp.now("UTC").floor("s")
    fetched = api.fetch()
    check_is_table(fetched.table)
    assert fetched.remarks == []
    assert fetched.names == {code: govlib.economies.names()[code] for code in worldbank.FEW}
    source = fetched.source
    assert source["path"].startswith(f"{server.endpoint}/en/sources/3/series/GOV_WGI_VA.EST;")
    assert source["lastupdated"] == "2026-12-05"
    assert before <= pd.Timestamp(source["accessed"]) <= pd.Timestamp.now("UTC")
    # 1995 is listed, without values, and so is the world.
    assert source["rows"] == {"announced": 13 * 28 * 36, "table": 12 * 27 * 6}
    assert server.most_at_once == 4


def test_real_figures_come_back_exactly():
    # Estimates and scores without errors; an old code.
    wanted = govlib.wgi.read(2025, economies=worldbank.FEW, years=[1996, 2010, 2024])
    wanted = wanted.dropna(subset="estimate").reset_index(drop=True)
    with worldbank.serve(wanted, rename={"XKX": "KSV"}) as server:
        server.lastupdated = "2025-12-05"
        fetched = api.fetch(endpoint=server.endpoint)
    check_is_table(fetched.table.dropna(subset="estimate").reset_index(drop=True), wanted)
    assert len(fetched.remarks) == 1


# Faults: those that pass are survived, those that stay end in an error that names the series.

FAULTS = {
    "status": "answered 500",
    "html": "not JSON.*DOCTYPE",
    "xml": "not JSON",
    "truncated": "not JSON",
    "invalid": "not JSON",
    "not_a_number": "not JSON|not a number",
    "text_value": "not a number",
    "cut_off": "connection failed",
    "hang": "connection failed.*timed out",
    "short": "363 rows came, 364 were announced",
    "empty": "0 rows came, 364",
    "nested": "not JSON|connection failed.*recursion",
    "huge": "10000000000000 were announced",
    "total": "364 rows came, 365 were announced",
    "repeated": "364 rows came, 364 were announced, .* 364 .*; 1 are in one .* ANT 1995",
    "shorter": "363 rows came, 363 were announced, .* 364 .*; 1 are in one .* WLD 2025",
    "unknown": "knows no such value .message 120",
}


def test_faults_that_pass_are_survived(server):
    codes = list(api.CURRENT)
    for code, kind in zip(codes, FAULTS, strict=False):
        server.fault(kind, f"/series/{re.escape(code)}/", times=2)
    server.fault("status", re.escape(codes[20]) + "/", code=429, Retry_After=1)
    server.fault("status", re.escape(codes[21]) + "/", code=503,
                 Retry_After=formatdate(time.time() + 2, usegmt=True))  # fmt: skip
    server.fault("moved", re.escape(codes[22]) + "/")
    server.fault("status", "/country/all$", code=502)  # wbgapi would forget all aggregates
    check_is_table(api.fetch(limits=QUICK).table)
    assert all(fault[2] == 0 for fault in server.faults)
    good = [path for path, _ in server.requests if f"/{codes[30]}/" in path]
    assert len(good) == 1  # what is complete is not asked for again


def test_faults_that_stay_are_errors_that_name_the_series(server):
    codes = list(api.CURRENT)
    kinds = list(FAULTS)
    for start in range(0, len(kinds), 3):
        three = dict(zip(codes, kinds[start : start + 3], strict=False))
        server.faults = []
        for code, kind in three.items():
            server.fault(kind, f"/series/{re.escape(code)}/", times=None)
        with pytest.raises(FailedFetch, match=r"asked 1 times") as error:
            api.fetch(series=three, limits=ONCE)
        for code, kind in three.items():
            assert re.search(f"(?m)^{code}: .*({FAULTS[kind]})", str(error.value)), error.value


def test_what_cannot_end_well_is_not_asked_for_to_the_end(server):
    server.fault("status", GE, code=301)
    with pytest.raises(FailedFetch, match=r"GOV_WGI_GE\.EST: the server answered 301"):
        api.fetch(series=FEW_SERIES)
    assert len([path for path, _ in server.requests if GE in path]) == 1
    server.requests.clear()
    server.fault("status", "/series/GOV.*/country", times=None, code=404)
    server.fault("moved", "/sources/2/", times=None, address="http://127.0.0.2:1")
    with pytest.raises(FailedFetch, match="answered 404"):
        api.fetch()
    assert len([path for path, _ in server.requests if "/country/" in path]) < 12  # of 36
    with pytest.raises(FailedFetch, match=r"sends us to another address: http://127\.0\.0\.2"):
        api.fetch(series="GOV_WGI_GE_EST")


@pytest.mark.parametrize("kind", ["drip", "endless"])
def test_an_answer_without_end_ends_with_its_process(server, kind):
    server.fault(kind, GE, times=None)
    limits = api.Limits(attempts=1, whole=4, memory=1 << 31)
    with pytest.raises(FailedFetch, match=r"GOV_WGI_GE.EST.*(no complete answer within|memory)"):
        api.fetch(series=FEW_SERIES, limits=limits)


@pytest.mark.parametrize("kind", ["html", "hang"])
def test_a_failing_list_is_an_error_and_a_failing_source_is_not_replaced(server, kind):
    server.fault(kind, "/sources/3/series/all", times=None)
    with pytest.raises(FailedFetch, match=r"lists of the source.*asked 1 times"):
        api.fetch(limits=ONCE)
    assert not [path for path, _ in server.requests if "/sources/2/" in path]


def test_a_source_that_changes_during_the_fetch_is_an_error(server):
    server.fault("updated", GE)
    with pytest.raises(FailedFetch, match=r"changed during .* 2026-12-05 .* 2099-01-01 when .*GE"):
        api.fetch(series=FEW_SERIES)
    server.fault("updated", GE, date="", times=None)
    with pytest.raises(FailedFetch, match="does not say when"):
        api.fetch(series=FEW_SERIES, limits=ONCE)


def test_offline_the_error_says_what_is_available_and_how_to_go_on(data_copy, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/v2"
        with pytest.raises(FailedFetch) as error:
            api.fetch(endpoint=address, limits=ONCE)
    for words in ("Connection refused", "2019, 2020, 2021, 2022, 2023, 2024, 2025", "HTTPS_PROXY",
                  "govlib add-edition FILE", address):  # fmt: skip
        assert words in str(error.value)


def test_an_interrupt_ends_at_once_and_leaves_the_data(server, few_data):
    server.latency = 0.3
    before = contents(few_data)
    command = [sys.executable, "-m", "govlib", "fetch"]
    done = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not any(GE in path for path, _ in server.requests):
        time.sleep(0.02)
    done.send_signal(signal.SIGINT)
    said = done.communicate()[1]
    asked = len(server.requests)
    assert (done.returncode, "Traceback" in said) == (130, False)
    assert asked < 20  # of the 40 that the fetch would need
    time.sleep(0.7)
    assert len(server.requests) <= asked + 4  # the process that asks is gone as well
    assert contents(few_data) == before


# Economies and aggregates.


@pytest.mark.parametrize(
    ("kind", "code"), [("no_aggregates", r"WLD \(World\)"), ("all_aggregates", r"CHL \(Chile\)")]
)
def test_a_list_of_countries_that_cannot_be_right_is_an_error(server, kind, code):
    server.fault(kind, "/v2/en/country/all", times=None)
    with pytest.raises(FailedFetch, match=rf"{code} may be a country or an aggregate"):
        api.fetch(series=FEW_SERIES)


def test_an_added_economy_is_taken_if_the_list_of_countries_has_it():
    with worldbank.serve(TABLE, added=["ZEM"], aggregates=("WLD", "ECS")) as server:
        fetched = api.fetch(series=FEW_SERIES, endpoint=server.endpoint)
    assert fetched.names["ZEM"] == "Zembla"
    assert not {"WLD", "ECS"} & set(fetched.names)
    found = [fetched.table.query("economy == @e")["estimate"].tolist() for e in ("ZEM", "KAZ")]
    assert found[0] == found[1]
    with (
        worldbank.serve(TABLE, added=["ZEM"], listed=False) as server,
        pytest.raises(FailedFetch, match=r"ZEM \(Zembla\) .* an aggregate.* add-edition FILE"),
    ):
        api.fetch(series=FEW_SERIES, endpoint=server.endpoint)


# Series.


def test_without_series_in_source_3_the_wdi_serve_and_it_is_said():
    with worldbank.serve(TABLE, sources={3: {}, 2: api.WDI}) as server:
        fetched = api.fetch(endpoint=server.endpoint)
        assert "/sources/2/" in fetched.source["path"]
    assert "World Development Indicators (World Bank API, source 2) lists no" in fetched.remarks[0]
    expected = TABLE.assign(standard_error=np.nan, score_lower=np.nan, score_upper=np.nan)
    expected["sources"] = pd.array([pd.NA] * len(expected), dtype="Int64")
    check_is_table(fetched.table, expected)
    with (
        worldbank.serve(TABLE, sources={3: {}}) as server,
        pytest.raises(FailedFetch, match=r"no estimates of all six .*source 3: 0 .*source 2: 0"),
    ):
        api.fetch(endpoint=server.endpoint)


def test_measures_that_are_not_served_are_said_and_missing():
    table = TABLE.assign(score_lower=np.nan)
    with worldbank.serve(table) as server:
        fetched = api.fetch(endpoint=server.endpoint)
    [remark] = fetched.remarks
    assert remark.endswith("source 3) lists no series for: score_lower.")
    check_is_table(fetched.table, table)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("GE.EST", r"'GE\.EST' is not .* named like GOV_WGI_GE\.EST"),
        ("GOV_WGI_GE.ESTI", "Did you mean GOV_WGI_GE.EST"),
        (["GOV_WGI_GE.EST", "GOV_WGI_GE_SC"], "'GOV_WGI_GE_SC' .* of another source"),
    ],
)
def test_an_unknown_series_is_answered_without_the_network(asked, answer):
    with pytest.raises(UnknownName, match=answer):
        api.fetch(series=asked, endpoint="http://127.0.0.1:9/v2")


@pytest.mark.parametrize(
    "wrong",
    [{"edition": True}, {"edition": "2026"}, {"series": []}]
    + [{"endpoint": e} for e in ("worldbank", "https:///v2", "http://:80/v2", "ftp://a")],
    ids=str,
)
def test_a_parameter_of_the_wrong_form_is_rejected(wrong):
    with pytest.raises(BadParameter):
        api.fetch(**wrong)


def test_the_edition_is_told_by_the_years_if_the_date_agrees_or_named(server):
    table = TABLE.head(5).assign(year=2025)
    for date, source in (("2026-12-05", 3), ("2027-02-01", 3), ("2030-01-01", 2)):
        assert api.name_edition(table, date, source=source) == 2026
    for date, source in (("2025-12-31", 2), ("2028-01-01", 3), ("yesterday", 3)):
        with pytest.raises(FailedFetch, match=rf"edition 2026, but .* {date}.*--edition N"):
            api.name_edition(table, date, source=source)
    server.lastupdated = "2028-01-01"
    fetched = api.fetch(edition=2027, series=FEW_SERIES)
    assert set(fetched.table["edition"]) == {2027}


# The command.


def test_some_series_are_printed_and_nothing_is_stored(server, few_data, govlib_command):
    before = contents(few_data)
    done = govlib_command("fetch", "--series", "GOV_WGI_GE.EST,GOV_WGI_GE.SE")
    assert done.returncode == 0
    printed = pd.read_csv(io.StringIO(done.stdout))
    assert list(printed) == ["edition", "economy", "year", "dimension", "estimate",
                             "standard_error"]  # fmt: skip
    assert set(printed["dimension"]) == {"ge"}
    assert contents(few_data) == before


def test_a_fetch_adds_one_edition_once_and_touches_no_other(few_data, govlib_command, monkeypatch):
    table = TABLE.copy()
    measures = ["standard_error", "sources", "score_lower", "score_upper"]
    table[measures] = float("nan")
    table = table.astype({"sources": "Int64"})
    before = contents(few_data)
    with worldbank.serve(table) as server:
        monkeypatch.setenv("GOVLIB_ENDPOINT", server.endpoint)
        command = [sys.executable, "-m", "govlib", "fetch"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "12/12" in done.stderr  # the progress bar
        after = contents(few_data)
        changed = {path for path in after if after[path] != before.get(path)}
        assert changed == {str(few_data / name) for name in ("datapackage.json", "wgi/2026.csv")}
        check_is_table(govlib.wgi.read(2026), table)
        [source] = catalog.find_edition(2026)["sources"]
        assert source["path"].startswith(server.endpoint)
        assert source["lastupdated"] == "2026-12-05"
        done = govlib_command("fetch")
        assert (done.returncode, "unchanged" in done.stdout) == (0, True)
        done = govlib_command("fetch", "--edition", "2023")
        assert (done.returncode, "not WGI edition 2023" in done.stderr) == (1, True)
    other = table.replace({"economy": {"CHL": "EST", "EST": "CHL"}})
    with worldbank.serve(other) as server:
        monkeypatch.setenv("GOVLIB_ENDPOINT", server.endpoint)
        done = govlib_command("fetch")
    assert done.returncode == 1
    assert re.search(r"with other values: estimate: 324 of [\d,]+ differ", done.stderr)
    assert "A fetch never replaces" in done.stderr
    assert contents(few_data) == after


# The environment: proxies and certificates.


def test_the_proxy_of_the_environment_is_used(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", server.address)
    monkeypatch.delenv("NO_PROXY", raising=False)
    fetched = api.fetch(series=FEW_SERIES, endpoint="http://api.worldbank.invalid/v2")
    assert len(fetched.table) == 12 * 27 * 2


def test_the_certificates_of_the_environment_are_used(tmp_path, monkeypatch):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    words += ["-subj", "/CN=loopback"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    with worldbank.serve(TABLE, certificate=(certificate, key)) as server:
        with pytest.raises(FailedFetch, match=r"(?s)certificate is not trusted.*REQUESTS_CA_BUND"):
            api.fetch(endpoint=server.endpoint)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        fetched = api.fetch(series=FEW_SERIES, endpoint=server.endpoint)
        assert len(fetched.table) == 12 * 27 * 2
