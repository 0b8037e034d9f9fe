"""Asking for a file on loopback: what is asked again, what is refused, what is never taken."""

import gzip
import threading
import time

import pytest
import worldbank

from govlib.errors import BadAnswer, FailedFetch
from govlib.ingest import transport

FILE = b"PERIOD\tVAL\n" + b"2023\t39.5\n" * 400
PATH = "/files/police-2023.csv"


@pytest.fixture
def server(monkeypatch):
    """Give a server of one file, that can have every fault of the World Bank's."""
    monkeypatch.setattr(transport, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(transport, "READ_SECONDS", 0.4)
    monkeypatch.setattr(transport, "PAGE_SECONDS", 0.8)
    files = worldbank.Server({}, latency=0, refuse=0, countries=[])
    files.bytes[PATH, ()] = FILE, gzip.compress(FILE)
    files.address = f"http://127.0.0.1:{files.server_port}{PATH}"
    yield files
    files.closing.set()
    files.shutdown()
    files.server_close()


def fetch(url, read=bytes):
    with transport.open_session() as session:
        return transport.ask(transport.Client(session, url, threading.Event()), url, read)


def test_a_file_comes_whole_packed_or_not(server):
    size, body, read = fetch(server.address, len)
    assert (body, read) == (FILE, len(FILE))
    assert size == len(gzip.compress(FILE))
    server.gzip = False
    assert fetch(server.address)[:2] == (len(FILE), FILE)


@pytest.mark.parametrize(
    ("fault", "options"),
    [("status", {"code": code}) for code in (429, 500, 502, 503, 504)]
    + [("reset", {}), ("cut_off", {}), ("hang", {}), ("drip", {})],
)
def test_what_may_pass_is_asked_again(server, fault, options):
    server.fault(fault, route=PATH, times=2, **options)
    assert fetch(server.address)[1] == FILE
    assert len(server.requests) == 3


@pytest.mark.parametrize("code", [301, 400, 401, 403, 404, 410])
def test_a_plain_refusal_is_not_asked_again(server, code):
    server.fault("status", route=PATH, code=code, times=None)
    with pytest.raises(FailedFetch, match=f"the server answered {code} .*police-2023"):
        fetch(server.address)
    assert len(server.requests) == 1


def test_an_answer_that_does_not_read_is_asked_for_six_times(server):
    def read(body):
        raise BadAnswer("the file is not whole")

    with pytest.raises(FailedFetch, match="the file is not whole; asked 6 times"):
        fetch(server.address, read)
    assert len(server.requests) == 6


def test_the_server_says_how_long_to_wait(server):
    server.fault("status", route=PATH, code=503, retry_after=1)
    start = time.monotonic()
    fetch(server.address)
    assert time.monotonic() - start >= 1
    server.fault("status", route=PATH, code=503, retry_after=3600)
    with pytest.raises(FailedFetch, match="asks to wait 3600 s"):
        fetch(server.address)


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_that_is_too_large_is_refused_at_once(server, monkeypatch, packed):
    server.gzip = packed  # packed it has few bytes: what it unpacks to counts
    monkeypatch.setattr(transport, "MOST_BYTES", len(FILE) - 1)
    with pytest.raises(
        FailedFetch, match=r"unpacks to over 4,010" if packed else "larger than 4,010"
    ):
        fetch(server.address)
    assert len(server.requests) == 1
    monkeypatch.setattr(transport, "MOST_BYTES", len(FILE))
    assert fetch(server.address)[1] == FILE


def test_a_large_file_is_not_downloaded_to_be_refused(server, monkeypatch):
    server.gzip = False
    server.fault("drip", route=PATH, times=None)
    monkeypatch.setattr(transport, "MOST_BYTES", 100)
    start = time.monotonic()
    with pytest.raises(FailedFetch, match="larger than 100 bytes"):
        fetch(server.address)
    assert time.monotonic() - start < 0.3


def test_errors_do_not_show_keys(server):
    url = server.address + "?source={}&apiKey=SECRET&token=HIDDEN"
    server.fault("status", route=PATH, code=403, times=None)
    with pytest.raises(FailedFetch, match=r"apiKey=\.\.\.&token=\.\.\.") as error:
        fetch(url)
    assert "SECRET" not in str(error.value) and "HIDDEN" not in str(error.value)
