"""A file from an address on loopback: what is asked again, what is refused, what is never taken."""

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
    server.fault("drip", PATH, times=None)
    with pytest.raises(FailedFetch, match=r"not complete after 0 s; asked 6 times"):
        fetch(server, whole=0.1)


@pytest.mark.parametrize("fault", ["endless", None])
def test_a_file_that_is_too_large_is_refused_at_once(server, fault):
    if fault:
        server.fault(fault, PATH)
    with pytest.raises(FailedFetch, match="larger than 4,010 bytes"):
        fetch(server, most=len(FILE) - 1)
    assert len(server.requests) == 1
    assert fetch(server, most=len(FILE)) == FILE
