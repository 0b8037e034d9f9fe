"""The World Bank's lists (economies and aggregates, years, series), asked through wbgapi."""

import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from govlib.errors import FailedFetch, UnknownName

Get = Callable[[str], Any]
"""Returns the objects of an answer; has its own timeouts and retries, and checks completeness."""

_LOCK = threading.Lock()  # wbgapi's endpoint and caches are globals of the process


class Listing(NamedTuple):
    """What a source lists: economies by code (name, whether it is an aggregate), and years.

    Whether a code is an aggregate is None if the World Bank's list of countries lacks it.
    """

    economies: dict[str, tuple[str, bool | None]]
    years: set[str]


def list_source(source: int, *, endpoint: str, get: Get) -> Listing:
    """Return what a source lists, and which of its codes are aggregates.

    Parameters
    ----------
    source : int
        The API's number of the database: 3 (WGI) or 2 (WDI).
    endpoint : str
        Address of the API.
    get : callable
        Asks for an address and returns the objects of the answer.

    Raises
    ------
    FailedFetch, UnknownName
        As `get`; also if wbgapi misses something in the lists.
    """
    with _through_wbgapi(endpoint, get) as wbgapi:
        rows = list(wbgapi.economy.list(db=source))
        years = set(wbgapi.time.periods(db=source))
    return Listing({row["id"]: (row["value"], row.get("aggregate")) for row in rows}, years)


def list_series(source: int, *, endpoint: str, get: Get) -> set[str]:
    """Return the codes of the series of a source; none if there is no such source.

    Parameters and errors are those of `list_source`.
    """
    try:
        with _through_wbgapi(endpoint, get) as wbgapi:
            return {row["id"] for row in wbgapi.series.list(db=source)}
    except UnknownName:
        return set()


@contextmanager
def _through_wbgapi(endpoint: str, get: Get) -> Iterator[Any]:
    """Let wbgapi ask this endpoint through `get`, without its memory of earlier answers."""
    import wbgapi

    def answer(url: str, **_: Any) -> Any:
        """Stand in for requests.get, the one function through which wbgapi asks."""
        objects = get(url)
        return types.SimpleNamespace(status_code=200, json=lambda: objects)

    ours: dict[str, Any] = {"endpoint": endpoint, "lang": "en", "per_page": 1000}
    ours["requests"] = types.SimpleNamespace(get=answer)
    with _LOCK:
        theirs = {name: getattr(wbgapi, name) for name in ours}
        _forget(wbgapi)
        try:
            for name, value in ours.items():
                setattr(wbgapi, name, value)
            yield wbgapi
        except UnknownName:
            raise
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise FailedFetch(
                f"The World Bank's lists at {endpoint} lack what wbgapi needs ({error!r})."
            ) from error
        finally:
            for name, value in theirs.items():
                setattr(wbgapi, name, value)
            _forget(wbgapi)


def _forget(wbgapi: Any) -> None:
    """Empty wbgapi's caches: after a failure it takes every aggregate for an economy."""
    wbgapi.economy._localized_metadata = {}
    wbgapi.economy._class_data = None
    wbgapi.economy._aggs = None
    wbgapi.source._concepts = {}
    wbgapi.time._time_values = {}
