"""Asking a server: the only module that opens a socket.

Retries with growing waits and jitter, time limits, `Retry-After`, a largest size, the proxies and
certificates of the environment: docs/fetching.md lists what is answered to which fault.
"""

import gzip
import io
import random
import threading
import zlib
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple, TypeVar

import requests
import tenacity
import urllib3

from govlib import __version__
from govlib.errors import BadAnswer, FailedFetch, UnknownName
from govlib.ingest.pages import brief

ATTEMPTS = 6
CONNECT_SECONDS, READ_SECONDS, PAGE_SECONDS = 10.0, 60.0, 300.0
"""Longest wait for a connection, for the next byte, and for one whole answer."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
"""Seconds before the second attempt (then doubled, with jitter), and the longest in between."""
MOST_BYTES = 200_000_000
"""Largest answer, as sent and unpacked: the largest in use has about 5 MB."""

T = TypeVar("T")


class Client(NamedTuple):
    """Whom to ask, through what, and whether to stop."""

    session: requests.Session
    endpoint: str
    stop: threading.Event


def open_session() -> requests.Session:
    """Return a session that says who asks; use it as a context."""
    session = requests.Session()
    session.headers["Accept-Encoding"] = "gzip"
    session.headers["User-Agent"] = f"govlib/{__version__} python-requests"
    return session


def ask(client: Client, url: str, read: Callable[[bytes], T]) -> tuple[int, bytes, T]:
    """Ask until an answer reads right.

    Waits longer each time, with jitter, or as long as the server says.

    Parameters
    ----------
    client : Client
        Whose session asks; setting its `stop` ends waiting and downloading.
    url : str
        Address.
    read : callable
        Makes of the bytes what they say; raises BadAnswer for what is worth asking again.

    Returns
    -------
    tuple
        The size on the wire (bytes), the unpacked bytes, and what `read` made of them.

    Raises
    ------
    FailedFetch
        If the server refuses, answers too much, asks to wait too long, is not trusted, or gave
        nothing good in `ATTEMPTS` attempts.
    UnknownName
        As `read`.
    """
    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(BadAnswer),
        stop=tenacity.stop_after_attempt(ATTEMPTS) | tenacity.stop_when_event_set(client.stop),
        wait=_seconds_to_wait,
        sleep=tenacity.sleep_using_event(client.stop),
        reraise=True,
    )
    try:
        return attempts(_ask_once, client, url, read)
    except UnknownName as error:
        raise UnknownName(f"{error} Asked for: {brief(url)}") from error
    except BadAnswer as error:
        times = attempts.statistics["attempt_number"]
        raise FailedFetch(f"{error}; asked {times} times: {brief(url)}") from error


def _seconds_to_wait(state: tenacity.RetryCallState) -> float:
    """Return the seconds before the next attempt."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, BadAnswer) and error.retry_after is not None:
        return error.retry_after + random.uniform(0, FIRST_WAIT)
    wait = tenacity.wait_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT)
    return (wait + tenacity.wait_random(0, FIRST_WAIT))(state)


def _ask_once(client: Client, url: str, read: Callable[[bytes], T]) -> tuple[int, bytes, T]:
    """Ask once; what is worth another attempt is a BadAnswer."""
    timeouts = CONNECT_SECONDS, READ_SECONDS
    try:
        with client.session.get(url, timeout=timeouts, stream=True) as response:
            _check_status(response)
            body = _download(client, response)
            return response.raw.tell(), body, read(body)
    except (FailedFetch, UnknownName):
        raise
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        reason = _innermost(error)
        if "CERTIFICATE_VERIFY_FAILED" in reason:
            raise FailedFetch(f"the certificate is not trusted ({reason}): {brief(url)}") from error
        raise BadAnswer(f"the connection failed ({reason})") from error


def _innermost(error: BaseException) -> str:
    """Write what is behind an error that wraps another."""
    while True:
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        if not isinstance(inner, BaseException):
            return f"{type(error).__name__}: {error}"
        error = inner


def _check_status(response: requests.Response) -> None:
    """Refuse an answer that is not a plain 200; say whether it is worth asking again."""
    status = f"the server answered {response.status_code} {response.reason}"
    if response.status_code == 429 or response.status_code >= 500:
        asked = response.headers.get("Retry-After")
        try:
            seconds = None if asked is None else urllib3.Retry().parse_retry_after(asked)
        except urllib3.exceptions.InvalidHeader:
            seconds = None
        if seconds is not None and seconds > LONGEST_WAIT:
            raise FailedFetch(f"{status} and asks to wait {seconds:.0f} s: fetch again after that.")
        raise BadAnswer(status, retry_after=seconds)
    if response.status_code != 200:
        raise FailedFetch(f"{status}: {brief(response.url)}")


def _download(client: Client, response: requests.Response) -> bytes:
    """Return the body, unless it takes too long or is no longer wanted."""
    end = monotonic() + PAGE_SECONDS
    parts = []
    size = response.raw.length_remaining or 0
    # Not decoded here: the decoder would wait for its next block, past any time limit.
    while size <= MOST_BYTES and (part := response.raw.read1(1 << 18, decode_content=False)):
        parts.append(part)
        size = max(size, response.raw.tell())
        if client.stop.is_set():
            raise BadAnswer("stopped")
        if monotonic() > end:
            raise BadAnswer(f"the answer was not complete after {PAGE_SECONDS:.0f} s")
    if size > MOST_BYTES:
        raise FailedFetch(f"the answer is larger than {MOST_BYTES:,} bytes: {brief(response.url)}")
    body = b"".join(parts)
    coding = response.headers.get("Content-Encoding", "identity")
    if coding not in ("gzip", "identity"):
        raise BadAnswer(f"the answer is in {coding}, which was not asked for")
    try:
        if coding == "gzip":
            body = gzip.GzipFile(fileobj=io.BytesIO(body)).read(MOST_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadAnswer(f"the answer is not whole gzip ({error})") from error
    if len(body) > MOST_BYTES:
        raise FailedFetch(f"the answer unpacks to over {MOST_BYTES:,} bytes: {brief(response.url)}")
    return body
