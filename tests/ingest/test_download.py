"""A file from an address on loopback: what is asked again, what is refused, what is never taken."""

import time

import pytest
import worldbank

from govlib.errors import FailedFetch
from govlib.ingest import download

FILE = b"PERIOD\tVAL\n" + b"2023\t39.5\n" * 400
PATH = "/files/police-2023.csv"


@pytest.fixture
def server(monkeypatch):
    """Give a server of one file."""
    monkeypatch.setattr(download, "FIRST_WAIT", 0.01)
    files = worldbank.Server()
    files.files[PATH] = FILE
    yield files
    files.closing.set()
    files.shutdown()
    files.server_close()


def fetch(server, query="", **limits):
    return download.download(server.address + PATH + query, **limits)


def test_what_may_pass_is_asked_again(server):
    for fault, options in [("status", {"code": 429}), ("status", {}), ("cut_off", {}),
                           ("status", {"code": 503, "Retry_After": 1}), ("hang", {})]:  # fmt: skip
        server.fault(fault, PATH, **options)
    assert fetch(server, read=0.3) == FILE
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("fault", "options", "answer"),
    [
        ("status", {"code": 404}, "the server answered 404 .*police-2023"),
        ("status", {"code": 503, "Retry_After": 3600}, "asks to wait 3600 s"),
        ("status", {"code": 403}, r"\?apiKey=\.\.\.&token=\.\.\.&sig=\.\.\."),
    ],
)
def test_a_refusal_is_not_asked_again_and_shows_no_keys(server, fault, options, answer):
    server.fault(fault, PATH, times=None, **options)
    with pytest.raises(FailedFetch, match=answer) as error:
        fetch(server, "?apiKey=SECRET&token=HIDDEN&sig=SECRET&x-amz-signature=SECRET")
    assert "SECRET" not in str(error.value)
    assert len(server.requests) == 1


def test_what_does_not_pass_is_asked_six_times(server):
    server.fault("cut_off", PATH, times=None)
    with pytest.raises(FailedFetch, match=r"connection failed.*asked 6 times"):
        fetch(server)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "drip": {},
    "headers": {"head": b"HTTP/1.1 200 OK\r\nX: ", "tail": b"x", "pause": 0.05},
    "continue": {"head": b"", "tail": b"HTTP/1.1 100 Continue\r\n\r\n"},
    "extension": {"head": CHUNKED + b"1;", "tail": b"x", "pause": 0.05},
    "trailers": {"head": CHUNKED + b"0\r\n", "tail": b"X: y\r\n"},
    "redirect": {"head": b"HTTP/1.1 302 OK\r\nLocation: \r\n\r\n", "tail": b" " * 65536},
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_what_has_no_end_is_ended(server, kind):
    server.fault("drip" if kind == "drip" else "raw", PATH, times=None, **ENDLESS[kind])
    start = time.monotonic()
    answer = r"not complete after 1 s|sends us on and on|asked 6 times"
    with pytest.raises(FailedFetch, match=answer):
        fetch(server, whole=1, read=5)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("fault", ["endless", None])
def test_a_file_that_is_too_large_is_refused_at_once(server, fault):
    if fault:
        server.fault(fault, PATH)
    with pytest.raises(FailedFetch, match="larger than 4,010 bytes"):
        fetch(server, most=len(FILE) - 1)
    assert len(server.requests) == 1
    assert fetch(server, most=len(FILE)) == FILE
