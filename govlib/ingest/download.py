"""One file from an address, asked for again where that may help; what a failed request means."""

import random
import re
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import requests
import tenacity
import urllib3

from govlib.errors import BadAnswer, FailedFetch

ATTEMPTS, FIRST_WAIT, LONGEST_WAIT = 6, 0.5, 60.0
"""How often to ask; seconds before the second attempt (then doubled), and at most."""


def download(
    url: str, *, read: float = 60.0, whole: float = 300.0, most: int = 100_000_000
) -> bytes:
    """Return the bytes that an address serves.

    `read` and `whole` are the longest wait for the next bytes, and for the file with all attempts,
    in seconds; `most` is the largest file, in bytes. FailedFetch if the server refuses, asks to
    wait too long, is not trusted, has too large a file, or gave nothing complete in six attempts;
    it shows no value of the address's query, which may be a key.
    """
    found: list[Any] = []

    def work() -> None:
        try:
            found.append(ask_again(_download_once, url, read, most))
        except Exception as error:
            found.append(error)

    # A server can make a client wait where no limit of the client reaches: in a thread of its own.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(whole)
    [answer] = found or [FailedFetch(f"the file was not complete after {whole:.0f} s")]
    if isinstance(answer, FailedFetch):
        raise FailedFetch(hide_keys(f"{answer}: {url}")) from answer
    if isinstance(answer, Exception):
        raise answer
    return bytes(answer)


def ask_again(ask: Callable[..., Any], *arguments: Any, attempts: int = ATTEMPTS) -> Any:
    """Ask until there is a good answer, waiting longer each time, or as long as the server says.

    FailedFetch if it is refused, or was asked so many times.
    """
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(BadAnswer),
        stop=tenacity.stop_after_attempt(attempts),
        wait=_seconds_to_wait,
        reraise=True,
    )
    try:
        return retrying(ask, *arguments)
    except BadAnswer as error:
        times = retrying.statistics["attempt_number"]
        raise FailedFetch(f"{error}; asked {times} times") from error


def _seconds_to_wait(state: tenacity.RetryCallState) -> float:
    """Return the seconds before the next attempt: doubled each time, or as the server says."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, BadAnswer) else None
    doubled = min(FIRST_WAIT * 2 ** (state.attempt_number - 1), LONGEST_WAIT)
    return (doubled if asked is None else asked) + random.uniform(0, FIRST_WAIT)


def _download_once(url: str, read: float, most: int) -> bytes:
    """Ask once; what is worth another attempt is a BadAnswer."""
    body = bytearray()
    try:
        with _open(url, read) as response:
            check_status(response)
            size = int(response.headers.get("Content-Length") or 0)
            while size <= most and (part := response.raw.read1(1 << 18)):
                body += part
                size = max(size, len(body))
    except FailedFetch:
        raise
    except Exception as error:
        raise describe_error(error) from error
    if size > most:
        raise FailedFetch(f"the file is larger than {most:,} bytes")
    return bytes(body)


def _open(url: str, read: float) -> requests.Response:
    """Follow an address to an answer that leads no further; other bodies are not read."""
    headers = {"Accept-Encoding": "identity"}  # a decoder could make any size of any answer
    options: Any = {"stream": True, "allow_redirects": False, "headers": headers}
    for _ in range(6):
        response = requests.get(url, timeout=(10, read), **options)
        if not response.is_redirect:
            return response
        response.close()
        url = urljoin(url, response.headers["Location"])
    raise FailedFetch("the server sends us on and on")


def check_status(response: requests.Response) -> None:
    """Reject an answer that is not a plain 200; BadAnswer if it is worth asking again."""
    status = f"the server answered {response.status_code} {response.reason}"
    if response.status_code == 429 or response.status_code >= 500:
        asked = response.headers.get("Retry-After")
        try:
            seconds = None if asked is None else urllib3.Retry().parse_retry_after(asked)
        except urllib3.exceptions.InvalidHeader:
            seconds = None
        if seconds is not None and seconds > LONGEST_WAIT:
            raise FailedFetch(f"{status} and asks to wait {seconds:.0f} s: fetch again after that")
        raise BadAnswer(status, retry_after=seconds)
    if response.status_code != 200:
        raise FailedFetch(status)


def describe_error(error: BaseException) -> FailedFetch:
    """Return a failed request as an error: the innermost reason, worth asking again or not."""
    while isinstance(
        inner := getattr(error, "reason", None) or next(iter(error.args), None), BaseException
    ):
        error = inner
    reason = f"{type(error).__name__}: {error}"
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return FailedFetch(f"the certificate is not trusted ({reason})")
    return BadAnswer(f"the connection failed ({reason})")


def hide_keys(text: str) -> str:
    """Return a text without the passwords and the values of queries of the addresses in it."""
    text = re.sub(r"://[^/\s@]+@", "://...@", text)
    return re.sub(r"([?&;][^?&;=#\s]*)=[^&;#\s]*", r"\1=...", text)
