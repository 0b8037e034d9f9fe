"""One edition of the WGI from the World Bank's API, asked through wbgapi in a process of its own.

wbgapi keeps its state in globals and waits without an end: the process that asks is ended when it
takes too much time or memory, or is no longer wanted.
"""

import contextlib
import importlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import msgspec
import pandas as pd
import requests
from tqdm import tqdm

from govlib.datasets.economies import RENAMED_CODES
from govlib.datasets.economies import names as economy_names
from govlib.datasets.package import as_list
from govlib.datasets.wgi import MEASURES
from govlib.datasets.wgi import editions as included_editions
from govlib.errors import BadAnswer, BadParameter, FailedFetch, UnknownName, did_you_mean
from govlib.ingest.download import ask_again, check_status, describe_error, hide_keys
from govlib.ingest.worldbank_files import SUFFIXES, check_edition, spread
from govlib.stats._tables import DIMENSIONS

ENDPOINT = "https://api.worldbank.org/v2"
SOURCES = {3: "Worldwide Governance Indicators", 2: "World Development Indicators"}
"""The World Bank's databases that have WGI series, by the API's number."""

Series = Mapping[str, tuple[str, str]]  # code -> dimension, measure
CURRENT, WDI = (
    {
        pattern.format(dimension.upper(), suffix): (dimension, SUFFIXES[suffix.replace("_", ".")])
        for suffix in suffixes.split()
        for dimension in DIMENSIONS
    }
    for pattern, suffixes in (
        ("GOV_WGI_{}.{}", "EST SE SR SC SC_LB SC_UB"),  # source 3
        ("GOV_WGI_{}_{}", "EST SC"),  # source 2
    )
)


@dataclass(frozen=True)
class Limits:
    """How often to ask, how long to wait for what (seconds), and how much to take (bytes)."""

    attempts: int = 6  # for each series
    read: float = 60.0  # for the next byte
    whole: float = 1800.0  # for all series
    memory: int = 3 << 30  # of the process that asks
    workers: int = 4  # requests at once


class Fetched(NamedTuple):
    """What a fetch brought; measures that were not fetched are missing in its table."""

    table: pd.DataFrame
    source: dict[str, Any]  # path, title, accessed, lastupdated, rows announced and in the table
    names: dict[str, str]
    remarks: list[str]  # to show to the user


def fetch(
    *,
    edition: int | None = None,
    series: str | Iterable[str] | None = None,
    endpoint: str | None = None,
    progress: bool = False,
    limits: Limits | None = None,
) -> Fetched:
    """Fetch the edition of the WGI that the World Bank's API serves now; nothing is stored.

    Parameters
    ----------
    edition : int, optional
        Year of release to call it by. By default the year after the last year with values, if
        the source's date agrees.
    series : str or iterable of str, optional
        Only these series, as ``GOV_WGI_GE.EST`` (source 3) or ``GOV_WGI_GE_EST`` (source 2). By
        default all of source 3, or of source 2 if source 3 serves none.
    endpoint : str, optional
        Where the API is; ``$GOVLIB_ENDPOINT`` or the World Bank's address by default.
    progress : bool
        Whether to draw a progress bar on standard error.
    limits : Limits, optional
        Waiting times, attempts and memory.

    Raises
    ------
    FailedFetch
        If the network, the server or what it answers makes a complete table impossible.
    UnknownName
        If a series does not exist, or they are not all of one source.
    BadParameter
        If a parameter has the wrong form.
    """
    check_edition(edition)
    endpoint = (endpoint or os.environ.get("GOVLIB_ENDPOINT") or ENDPOINT).rstrip("/")
    shown = hide_keys(endpoint)
    if not re.match(r"https?://[^/\s:]", endpoint):
        raise BadParameter(
            f"endpoint = {shown!r}: an address such as {ENDPOINT} is needed (GOVLIB_ENDPOINT)."
        )
    wanted = None if series is None else as_list(series, "series")
    candidates = [_check_series(wanted)] if wanted else [(3, CURRENT), (2, WDI)]
    seen = []
    try:
        for source, names in candidates:
            answers = _ask(endpoint, source, names, limits or Limits(), progress)
            measures = [names[code][1] for code in answers.rows]
            if wanted or measures.count("estimate") == 6:
                break
            seen.append(f"source {source}: {answers.listed} series, {len(answers.rows)} known")
        else:
            raise FailedFetch(
                f"{shown} serves no estimates of all six dimensions under a known name "
                f"({'; '.join(seen)}). The World Bank may have renamed its series again."
            )
        if wanted and (absent := sorted(set(names) - set(answers.rows))):
            raise UnknownName(f"Source {source} does not list {', '.join(absent)} at the moment.")
        table = _make_table(answers, names)
        if table.empty:
            raise FailedFetch(f"Source {source} has no values of the series asked for.")
        named = edition or name_edition(table, answers.lastupdated, source=source)
    except FailedFetch as error:
        raise FailedFetch(
            f"{hide_keys(str(error))}\nNothing was changed. Available without the network: "
            f"editions {', '.join(map(str, included_editions()))}.\n"
            f"The address is {shown} (GOVLIB_ENDPOINT). Behind a proxy set HTTPS_PROXY, with your "
            "own certificates REQUESTS_CA_BUNDLE.\nOr download the edition elsewhere "
            "(www.govindicators.org) and add the file: govlib add-edition FILE"
        ) from error
    lacking = {measure for _, measure in CURRENT.values()} - set(measures)
    title, gone = f"{SOURCES[source]} (World Bank API, source {source})", ", ".join(sorted(lacking))
    remarks = [f"{title} lists no series for: {gone}."] if gone and not wanted else []
    table.insert(0, "edition", named)
    record = {
        "path": f"{shown}/en/sources/{source}/series/{';'.join(answers.rows)}"
        "/country/all/time/all?format=json",
        "title": title,
        "accessed": datetime.now(UTC).isoformat(timespec="seconds"),
        "lastupdated": answers.lastupdated,
        "rows": {"announced": sum(map(len, answers.rows.values())), "table": len(table)},
    }
    listed = answers.economies.items()
    economies = {RENAMED_CODES.get(code, code): name for code, (name, group) in listed if not group}
    return Fetched(table, record, economies, remarks)


def _check_series(asked: Sequence[str]) -> tuple[int, Series]:
    """Return the source that serves the series named, and what they are."""
    for source, names in ((3, CURRENT), (2, WDI)):
        if set(asked) <= set(names):
            return source, {code: names[code] for code in asked}
    code = next((code for code in asked if code not in CURRENT), asked[0])
    raise UnknownName(
        f"{code!r} is not a series of the WGI, or of another source than the first: they are named "
        "like GOV_WGI_GE.EST (source 3: EST, SE, SR, SC, SC_LB, SC_UB; GE.EST to 2025) or "
        "GOV_WGI_GE_EST (source 2: EST, SC). Ranks are computed by govlib.stats.ranks."
        f"{did_you_mean(code, [*CURRENT, *WDI])}"
    )


def _make_table(answers: Any, names: Series) -> pd.DataFrame:
    """Return a row per economy, year with any value, and dimension; without ``edition``."""
    known, kept = set(economy_names()), dict[str, str]()
    for code, (name, aggregate) in answers.economies.items():
        today = RENAMED_CODES.get(code, code)
        if (today in known and aggregate) or (today not in known and aggregate is None):
            raise FailedFetch(
                f"{code} ({name}) may be a country or an aggregate: the editions included and the "
                "World Bank's list of countries do not agree. Fetch again later, or add the "
                "edition from a file: govlib add-edition FILE"
            )
        if not aggregate and today in kept.values():
            raise FailedFetch(f"The source lists a country under two codes: {code} and {today}.")
        kept |= {} if aggregate else {code: today}
    values = pd.DataFrame(
        [(*names[code], *row) for code, rows in answers.rows.items() for row in rows],
        columns=["dimension", "measure", "economy", "year", "value"],
    )
    values = values.assign(economy=values["economy"].map(kept), value=values["value"].astype(float))
    values = values.dropna(subset="economy")
    values = values[values["year"].isin(values.loc[values["value"].notna(), "year"])]
    table = spread(values)
    if (table["sources"].dropna() % 1 != 0).any():
        raise FailedFetch("A number of sources is not a whole number.")
    return table.astype(MEASURES | {"economy": str, "year": "int64"})


def name_edition(table: pd.DataFrame, lastupdated: str, *, source: int) -> int:
    """Return the edition of a fetched table: the year after the last year with values.

    Each edition so far (2019 to 2026) describes the years up to the one before its release. The
    source's date must agree: for source 3 it lies in the year of release or the next; source 2
    is updated for other reasons too, so there it must only not lie before. FailedFetch if not.
    """
    last = int(table["year"].max())
    edition = last + 1
    year = pd.to_datetime(lastupdated, errors="coerce").year
    if not edition <= year <= (edition + 1 if source == 3 else 9999):
        raise FailedFetch(
            f"The values end in {last}, which is edition {edition}, but the source was last "
            f"updated on {lastupdated}: they contradict each other. If you know which edition "
            "this is, name it: govlib fetch --edition N"
        )
    return edition


def _ask(endpoint: str, source: int, names: Series, limits: Limits, progress: bool) -> Any:
    """Return the lists of a source (`_list`) and all rows of those series that it lists."""
    job = {"endpoint": endpoint, "source": source, "series": [*names], "progress": progress}
    try:
        # Not multiprocessing: its processes run the user's script again, up to this very call.
        done = subprocess.run(
            [sys.executable, "-m", "govlib.ingest.worldbank_api"],
            input=json.dumps(job | {"limits": asdict(limits)}).encode(),
            stdout=subprocess.PIPE,
            timeout=limits.whole,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,  # an interrupt is ours to handle
        )
        found = msgspec.json.decode(done.stdout)
    except (subprocess.TimeoutExpired, msgspec.DecodeError) as error:
        raise FailedFetch(
            f"{next(iter(names))} and {len(names) - 1} more series: no complete answer "
            f"within {limits.whole:.0f} s and {limits.memory >> 20} MB of memory"
        ) from error
    if failed := found["failed"]:
        more = f"\nand {len(failed) - 3} more" if len(failed) > 3 else ""
        raise FailedFetch("\n".join(failed[:3]) + more)
    dates = {date: code for code, (date, _) in found["answers"].items()}
    if len(dates) > 1:
        (one, code), *_, (other, later) = sorted(dates.items())
        raise FailedFetch(
            f"The source changed during the fetch: it was last updated {one} when "
            f"{code} was asked for, {other} when {later} was. Fetch again."
        )
    rows = {code: found["answers"][code][1] for code in names if code in found["answers"]}
    return SimpleNamespace(**found, lastupdated=next(iter(dates), ""), rows=rows)


# In that process.


class _Page(msgspec.Struct, frozen=True):
    total: int
    lastupdated: str


_HEADERS = threading.local()  # those of the pages of a series


def _check_answer(response: requests.Response, *_: Any, **__: Any) -> None:
    """Check an answer before wbgapi reads it (a hook of requests); keep the header of a page."""
    if response.is_redirect:
        target = urljoin(response.url, response.headers["Location"])
        if urlsplit(target).hostname != urlsplit(response.url).hostname:
            raise FailedFetch(f"the server sends us to another address: {hide_keys(target)}")
        return
    check_status(response)
    body = response.content
    message = re.search(rb'"message":\s*\[\s*\{.*?"id":\s*"(\d+)"(.*?)\}', body[:2000], re.DOTALL)
    if message:
        number, text = message[1].decode(), message[2].decode("utf-8", "replace").strip(" ,")
        if number in ("120", "175"):
            raise UnknownName(
                f"the World Bank's API knows no such value (message {number}: {text})"
            )
        retry = number in ("105", "199")  # unavailable at the moment; unknown error
        raise (BadAnswer if retry else FailedFetch)(f"message {number}: {text}")
    try:
        if "/series/" in response.url and "/country/" in response.url:
            page = msgspec.json.decode(body, type=_Page)
            if page.total > 1_000_000:  # wbgapi would ask for all of them
                raise BadAnswer(f"it cannot be that {page.total} were announced")
            _HEADERS.pages.append(page)
        else:
            msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        start = " ".join(body[:60].decode("utf-8", "replace").split())
        raise BadAnswer(
            f"the answer is not JSON of the expected shape ({error}; {len(body)} bytes, beginning "
            f"{start!r})"
        ) from error


def _list(source: int, asked: list[str]) -> dict[str, Any]:
    """Return what a source lists: how many series, those wanted, economies and years."""
    import wbgapi

    # After one failed list of countries wbgapi would take every aggregate for an economy.
    importlib.reload(wbgapi.economy)
    try:
        listed = {row["id"] for row in wbgapi.series.list(db=source)}
    except UnknownName:  # there is no such source
        return {"listed": 0, "wanted": [], "economies": {}, "years": []}
    rows = wbgapi.economy.list(db=source)  # `aggregate` is None if no list says it
    economies = {row["id"]: (row["value"], row.get("aggregate")) for row in rows}
    years = [int(year) for year in wbgapi.time.periods(db=source)]
    wanted = [code for code in asked if code in listed]
    return {"listed": len(listed), "wanted": wanted, "economies": economies, "years": years}


def _ask_series(code: str, source: int, expected: set[tuple[str, int]]) -> tuple[str, list[Any]]:
    """Return date and rows of a series, one for each economy and year that the source lists."""
    import wbgapi

    _HEADERS.pages = []
    answered = wbgapi.data.fetch(code, db=source, numericTimeKeys=True)
    rows = [(row["economy"], row["time"], row["value"]) for row in answered]
    if not all(value is None or type(value) in (int, float) for _, _, value in rows):
        raise BadAnswer("a value is not a number")
    if len(set(_HEADERS.pages)) != 1:
        raise BadAnswer(f"its pages have different headers (total, lastupdated): {_HEADERS.pages}")
    page: _Page = _HEADERS.pages[0]
    if not page.lastupdated:
        raise BadAnswer("the answer does not say when its source was last updated")
    odd = sorted(expected ^ {(economy, year) for economy, year, _ in rows})
    if odd or not len(rows) == page.total == len(expected):
        first = f", the first {odd[0][0]} {odd[0][1]}" if odd else ""
        raise BadAnswer(
            f"{len(rows)} rows came, {page.total} were announced, the source lists {len(expected)} "
            f"countries and years; {len(odd)} are in one of them only{first}"
        )
    return page.lastupdated, rows


def _ask_once(ask: Callable[..., Any], *arguments: Any) -> Any:
    """Ask; what is worth another attempt is a BadAnswer, anything else a FailedFetch."""
    try:
        return ask(*arguments)
    except FailedFetch:
        raise
    except MemoryError as error:
        raise FailedFetch("the answer does not fit into the memory allowed") from error
    except UnknownName as error:
        raise BadAnswer(str(error)) from error
    except Exception as error:
        raise describe_error(error) from error


def _work() -> None:
    """Do a job from standard input; write as JSON what was found and what failed."""
    job = json.load(sys.stdin)
    limits, source, failed = Limits(**job["limits"]), job["source"], list[str]()
    parent = os.getppid()
    # Not on Windows; not above what is allowed.
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    import wbgapi

    wbgapi.endpoint, wbgapi.lang, wbgapi.per_page = job["endpoint"], "en", 20_000
    wbgapi.get_options = {"timeout": (10, limits.read), "hooks": {"response": _check_answer}}

    def ask(what: str, how: Callable[..., Any], *arguments: Any) -> Any:
        # An error shows three failures; without the process that asked nobody waits.
        if len(failed) < 3 and os.getppid() == parent:
            try:
                return ask_again(_ask_once, how, *arguments, attempts=limits.attempts)
            except FailedFetch as error:
                failed.append(f"{what}: {error}")
        return None

    found = ask("The lists of the source", _list, source, job["series"]) or {"wanted": []}
    expected = {(code, year) for code in found.get("economies", ()) for year in found["years"]}
    answers = dict[str, Any]()
    with ThreadPoolExecutor(limits.workers) as pool:
        tasks = {
            pool.submit(ask, code, _ask_series, code, source, expected): code
            for code in found["wanted"]
        }
        bar: Any = tqdm(
            as_completed(tasks),
            f"source {source}",
            len(tasks),
            unit=" series",
            disable=not job["progress"],
        )
        for task in bar:
            answers[tasks[task]] = task.result()
    sys.stdout.buffer.write(msgspec.json.encode(found | {"failed": failed, "answers": answers}))


if __name__ == "__main__":
    _work()
