"""Pages of the World Bank's API: their address, what they say, where they wait for the others."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from govlib.datasets import package as catalog
from govlib.errors import BadAnswer, FailedFetch, UnknownName

PER_PAGE = 5000
"""Rows a page: about 1.4 MB of JSON, lost at most once by an interrupt."""


class Page(NamedTuple):
    """One page of values: its header, and its rows as four columns."""

    number: int
    total: int
    lastupdated: str
    economies: list[str]
    series: list[str]
    years: list[str]
    numbers: list[float | None]


class _Variable(msgspec.Struct, gc=False):
    """One of the three things that name a value."""

    concept: str
    id: str
    value: str


class _Row(msgspec.Struct, gc=False):
    """One value: a number or null, never text."""

    variable: tuple[_Variable, _Variable, _Variable]
    value: float | None


class _Source(msgspec.Struct):
    """The rows of an answer."""

    data: list[_Row]


class _Answer(msgspec.Struct):
    """A page of values as the API writes it; what else it says is not looked at."""

    page: int
    per_page: int
    total: int
    lastupdated: str
    source: _Source


# Decoding into this shape takes a third of the time of json.loads, and checks it on the way.
_DECODER = msgspec.json.Decoder(_Answer)


def page_url(url: str, number: int, per_page: int | None = None) -> str:
    """Write the address of one page, as wbgapi does."""
    return f"{url}?per_page={per_page or PER_PAGE}&page={number}&format=json"


def count_pages(total: int) -> int:
    """Return how many pages a number of rows makes."""
    return max(1, -(-total // PER_PAGE))


def page_folder(url: str) -> Path:
    """Return where pages are kept until a fetch is complete: $GOVLIB_CACHE or build/fetch."""
    folder = Path(os.environ.get("GOVLIB_CACHE") or catalog.project_folder() / "build/fetch")
    return folder / hashlib.sha256(page_url(url, 0).encode()).hexdigest()[:16]


def kept_pages(folder: Path) -> Iterator[Page]:
    """Read the pages that an earlier fetch left, as strictly as if they had just come.

    One that cannot be read, torn by a failing disk or of an older govlib, is removed.
    """
    for path in sorted(folder.glob("*.json")):
        try:
            yield read_page(path.read_bytes(), int(path.stem))
        except (OSError, ValueError, UnknownName):
            path.unlink(missing_ok=True)


def read_answer(body: bytes) -> tuple[Mapping[str, Any], list[Any]]:
    """Read an answer of the API: its header and as many rows as the header announces.

    Raises
    ------
    BadAnswer
        If it is not JSON of a known shape, or short: worth asking again.
    UnknownName
        If the API says that a value does not exist (message 120 or 175).
    FailedFetch
        If the API refuses for another reason.
    """
    try:
        answer = json.loads(body, parse_constant=_refuse_constant)
    except ValueError as error:
        start = body[:60].decode("utf-8", "replace").strip().replace("\n", " ")
        raise BadAnswer(
            f"the answer is not JSON ({error}; {len(body)} bytes, beginning {start!r})"
        ) from error
    header = answer[0] if isinstance(answer, list) and answer else answer
    if not isinstance(header, dict):
        raise BadAnswer(f"the answer is JSON of an unknown shape ({body[:60]!r})")
    if header.get("message"):
        _refuse_message(header["message"])
    try:
        rows = _find_rows(answer)
        number, per_page, total = (int(header[key]) for key in ("page", "per_page", "total"))
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise BadAnswer(f"the answer is JSON of an unknown shape (no {error})") from error
    _check_count(len(rows), number, per_page, total)
    return header, rows


def _check_count(rows: int, number: int, per_page: int, total: int) -> None:
    """Refuse a page that does not hold the rows that its header announces."""
    expected = max(0, min(per_page, total - (number - 1) * per_page))
    if rows != expected:
        raise BadAnswer(
            f"page {number} holds {rows} rows; {expected} were announced (total {total}, "
            f"{per_page} a page)"
        )


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which are not JSON."""
    raise ValueError(f"{name} is not a JSON value")


def _refuse_message(messages: Any) -> None:
    """Raise what a message of the API calls for."""
    message = messages[0] if isinstance(messages, list) and messages else {}
    number = str(message.get("id"))
    text = f"message {number}: {message.get('key')}: {message.get('value')}"
    if number in ("120", "175"):
        raise UnknownName(f"The World Bank's API knows no such value ({text}).")
    if number in ("105", "199"):  # unavailable at the moment; unknown error
        raise BadAnswer(text)
    raise FailedFetch(f"The World Bank's API refuses: {text}.")


def _find_rows(answer: Any) -> list[Any]:
    """Return the rows of an answer in any of the API's shapes."""
    rows: Any
    if isinstance(answer, list):
        rows = answer[1]
    elif isinstance(answer["source"], dict):
        rows = answer["source"]["data"]
    else:
        concepts = answer["source"][0]["concept"]
        rows = concepts[0].get("variable", concepts)
    if not isinstance(rows, list):
        raise TypeError("list of rows")
    return rows


def read_page(body: bytes, number: int) -> Page:
    """Read one page of values.

    Parameters
    ----------
    body : bytes
        The answer as it came.
    number : int
        The page that was asked for.

    Raises
    ------
    BadAnswer, UnknownName, FailedFetch
        As `read_answer`; `BadAnswer` also for another page than the one asked for, or values
        that are not numbers.
    """
    try:
        answer = _DECODER.decode(body)
    except msgspec.DecodeError as error:
        read_answer(body)  # says better what the answer is, if it is not a page at all
        raise BadAnswer(f"page {number} has rows of an unknown shape ({error})") from error
    rows = answer.source.data
    _check_count(len(rows), answer.page, answer.per_page, answer.total)
    if answer.page != number:
        raise BadAnswer(f"page {number} was asked for, page {answer.page} came")
    if not answer.lastupdated:
        raise BadAnswer("the answer does not say when its source was last updated")
    columns: dict[str, list[_Variable]] = {"Country": [], "Series": [], "Time": []}
    for place in range(3 if rows else 0):
        column = [row.variable[place] for row in rows]
        concepts = {variable.concept for variable in column}
        columns[concepts.pop()] = column
        if concepts or len(columns) > 3:
            raise BadAnswer(f"page {number} has rows of an unknown shape (mixed concepts)")
    return Page(
        number,
        answer.total,
        answer.lastupdated,
        [variable.id for variable in columns["Country"]],
        [variable.id for variable in columns["Series"]],
        [variable.value for variable in columns["Time"]],
        [row.value for row in rows],
    )


def forget_pages(path: str) -> None:
    """Remove the pages of a fetch, by the ``path`` of its source, once its table is safe."""
    shutil.rmtree(page_folder(path.split("?")[0]), ignore_errors=True)


def same_state(first: Page, page: Page) -> bool:
    """Say whether two pages are of the same state of the source."""
    return (first.lastupdated, first.total) == (page.lastupdated, page.total)


def describe_change(first: Page, page: Page) -> str:
    """Say how a page differs from the first."""
    return (
        f"The source changed during the fetch: it was last updated {first.lastupdated} with "
        f"{first.total} rows at the first answer, {page.lastupdated} with {page.total} rows at "
        f"page {page.number}. Fetch again."
    )


def brief(url: str) -> str:
    """Write an address with the first of many series only, and without what a key is."""
    url = re.sub(r"(series/[^/;]+);[^/]+", r"\1;...", url)
    return re.sub(r"(\w*(?:key|token)=)[^&#]+", r"\1...", url, flags=re.IGNORECASE)
