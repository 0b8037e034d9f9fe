"""One edition of the WGI from the World Bank's API, asked through wbgapi in a process of its own.

One series is one request, and what is asked again if it fails. wbgapi keeps its state in globals
(after one failed list of countries it takes every aggregate for an economy) and waits without an
end, so a process asks: each round of attempts begins with a new one, which is ended when it is
silent for too long, takes too much memory, or is no longer wanted.
"""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import pandas as pd
import requests
import tenacity
from tqdm import tqdm

from govlib.datasets.economies import RENAMED_CODES
from govlib.datasets.economies import names as economy_names
from govlib.datasets.wgi import COLUMNS, DIMENSION_TYPE, MEASURES
from govlib.datasets.wgi import editions as included_editions
from govlib.errors import BadAnswer, BadParameter, BadTable, FailedFetch, UnknownName, did_you_mean
from govlib.ingest.download import check_status, describe_error, seconds_to_wait
from govlib.ingest.worldbank_files import SUFFIXES
from govlib.stats._tables import DIMENSIONS

ENDPOINT = "https://api.worldbank.org/v2"
SOURCES = {3: "Worldwide Governance Indicators", 2: "World Development Indicators"}
"""The World Bank's databases that have WGI series, by the API's number."""

Series = Mapping[str, tuple[str, str]]  # code -> dimension, measure


def _name_series(pattern: str, *suffixes: str) -> Series:
    """Return dimension and measure of each series by its code."""
    return {
        pattern.format(dimension.upper(), suffix): (dimension, SUFFIXES[suffix.replace("_", ".")])
        for suffix in suffixes
        for dimension in DIMENSIONS
    }


CURRENT = _name_series("GOV_WGI_{}.{}", "EST", "SE", "SR", "SC", "SC_LB", "SC_UB")  # source 3
WDI = _name_series("GOV_WGI_{}_{}", "EST", "SC")  # source 2
LEGACY = _name_series(  # source 3 to 2025
    "{}.{}", "EST", "STD.ERR", "NO.SRC", "PER.RNK", "PER.RNK.LOWER", "PER.RNK.UPPER"
)


@dataclass(frozen=True)
class Limits:
    """How long to wait for what (seconds), how often to ask, and how much to take (bytes)."""

    attempts: int = 6
    connect: float = 10.0
    read: float = 60.0  # for the next byte
    series: float = 300.0  # for the next series to be complete
    memory: int = 3 << 30  # of the process that asks
    workers: int = 4  # requests at once


class Fetched(NamedTuple):
    """What a fetch brought: the table, its source for the record, names, and remarks."""

    table: pd.DataFrame
    source: dict[str, Any]
    names: dict[str, str]
    remarks: list[str]


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

    Returns
    -------
    Fetched
        ``table`` in the columns of `read_wgi`, measures that were not fetched missing; ``source``
        for the package entry: ``path`` (URL), ``lastupdated``, ``accessed`` (time, UTC), ``rows``
        (announced, of aggregates, in the table); ``names`` of the economies; ``remarks``,
        sentences to show to the user.

    Raises
    ------
    FailedFetch
        If the network, the server or what it answers makes a complete table impossible.
    UnknownName
        If a series does not exist; a withdrawn one is answered with its successor.
    BadParameter, BadTable
        If a parameter has the wrong form; if the series are of two sources.
    """
    if edition is not None and edition not in range(1997, 2200):
        raise BadParameter(f"edition = {edition!r}: the year of release is needed, as 2026.")
    endpoint = endpoint or os.environ.get("GOVLIB_ENDPOINT") or ENDPOINT
    if not re.match(r"https?://[^/\s:]", endpoint):
        raise BadParameter(
            f"endpoint = {endpoint!r}: an address such as {ENDPOINT} is needed (GOVLIB_ENDPOINT)."
        )
    wanted = [series] if isinstance(series, str) else None if series is None else list(series)
    if wanted == []:
        raise BadParameter("`series` is empty: name at least one, or leave it out for all.")
    remarks: list[str] = []
    candidates = [(3, CURRENT), (3, LEGACY), (2, WDI)]
    if wanted:
        candidates = [_check_series(wanted)]
    client = _Client(endpoint.rstrip("/"), limits or Limits(), progress)
    try:
        source, answers, seen = 0, None, []
        for source, names in candidates:
            answers = client.ask(source, names)
            measures = [names[code][1] for code in answers.rows]
            if wanted or measures.count("estimate") == 6:
                break
            seen.append(f"source {source}: {answers.listed} series, {len(answers.rows)} known")
        else:
            raise FailedFetch(
                f"{endpoint} serves no estimates of all six dimensions under a known name "
                f"({'; '.join(seen)}). The World Bank may have renamed its series again."
            )
        absent = sorted(set(names) - set(answers.rows))
        if wanted and absent:
            raise UnknownName(f"Source {source} does not list {', '.join(absent)} at the moment.")
        if source == 2 and not wanted:
            remarks.append(
                "Source 3 (Worldwide Governance Indicators) serves no estimates at the moment; "
                "fetched from source 2 (World Development Indicators), which has estimates and "
                "scores only: no standard errors, numbers of sources or bounds."
            )
        elif names is LEGACY:
            remarks.append("The series have the names used to 2025, as GE.EST.")
        lacking = {measure for _, measure in names.values()} - set(measures)
        if lacking and not wanted:
            remarks.append(f"Source {source} lists no series for: {', '.join(sorted(lacking))}.")
        table = _make_table(answers, names)
        if table.empty:
            raise FailedFetch(f"Source {source} has no values of the series asked for.")
        named = edition or name_edition(table, answers.lastupdated, source=source)
    except FailedFetch as error:
        raise FailedFetch(f"{error}{_how_to_go_on(endpoint)}") from error
    table.insert(0, "edition", named)
    size = len(answers.economies) * len(answers.years)
    aggregates = sum(aggregate is True for _, aggregate in answers.economies.values())
    record = {
        "path": f"{client.endpoint}/en/sources/{source}/series/{';'.join(answers.rows)}"
        "/country/all/time/all?format=json",
        "title": f"{SOURCES[source]} (World Bank API, source {source})",
        "accessed": datetime.now(UTC).isoformat(timespec="seconds"),
        "lastupdated": answers.lastupdated,
        "rows": {
            "announced": size * len(answers.rows),
            "aggregates": aggregates * len(answers.years) * len(answers.rows),
            "table": len(table),
        },
    }
    economies = {
        RENAMED_CODES.get(code, code): name
        for code, (name, aggregate) in answers.economies.items()
        if not aggregate
    }
    return Fetched(table, record, economies, remarks)


def _how_to_go_on(endpoint: str) -> str:
    """Return what is available and what to do without the network."""
    return (
        "\nNothing was changed. Available without the network: editions "
        f"{', '.join(map(str, included_editions()))}.\n"
        f"The address is {endpoint} (GOVLIB_ENDPOINT). Behind a proxy set HTTPS_PROXY, with your "
        "own certificates REQUESTS_CA_BUNDLE.\nOr download the edition elsewhere "
        "(www.govindicators.org) and add the file: govlib add-edition FILE"
    )


def _check_series(asked: Sequence[str]) -> tuple[int, Series]:
    """Return the source that serves the series named, and what they are."""
    successors = {kind: code for code, kind in CURRENT.items()}
    for code in asked:
        if code in LEGACY:
            dimension, measure = LEGACY[code]
            successor = successors.get((dimension, measure))
            raise UnknownName(
                f"{code} is dead: the World Bank renamed its series in 2026. "
                + (
                    f"Its successor is {successor}."
                    if successor
                    else "Percentile ranks are no longer served: govlib.stats.ranks computes "
                    "them from the estimates; the 0-100 score is "
                    f"{successors[dimension, 'score']}."
                )
            )
        if code not in CURRENT and code not in WDI:
            raise UnknownName(
                f"{code!r} is not a series of the WGI; they are named like GOV_WGI_GE.EST "
                f"(source 3: {', '.join(c.split('.')[1] for c in CURRENT if '_GE.' in c)}) or "
                f"GOV_WGI_GE_EST (source 2: EST, SC).{did_you_mean(code, [*CURRENT, *WDI])}"
            )
    for source, names in ((3, CURRENT), (2, WDI)):
        if set(asked) <= set(names):
            return source, {code: names[code] for code in asked}
    raise BadTable(
        f"{', '.join(asked)} are of two sources (GOV_WGI_GE.EST: 3; GOV_WGI_GE_EST: 2), which "
        "may be of different editions: ask for those of one at a time."
    )


def _make_table(answers: "_Answers", names: Series) -> pd.DataFrame:
    """Return a row per economy, year with any value, and dimension; without ``edition``."""
    known = set(economy_names())
    kept: dict[str, str] = {}
    for code, (name, aggregate) in answers.economies.items():
        today = RENAMED_CODES.get(code, code)
        if today in known and aggregate:
            raise FailedFetch(
                f"{code} ({name}) is an economy in the editions included, but the World Bank's "
                "list of countries calls it an aggregate: the list cannot be trusted at the "
                "moment. Fetch again later."
            )
        if today not in known and aggregate is None:
            raise FailedFetch(
                f"{code} ({name}) is neither in an edition included nor in the World Bank's list "
                "of countries: it may be an economy or an aggregate. Fetch again later, or add "
                "the edition from a file: govlib add-edition FILE"
            )
        if not aggregate and today in kept.values():
            raise FailedFetch(f"The source lists an economy under two codes: {code} and {today}.")
        if not aggregate:
            kept[code] = today
    parts = []
    for code, rows in answers.rows.items():
        part = pd.DataFrame(rows, columns=["economy", "year", "value"])
        dimension, measure = names[code]
        parts.append(part.assign(dimension=dimension, measure=measure))
    values = pd.concat(parts, ignore_index=True)
    values = values[values["economy"].isin(kept)]
    values["economy"] = values["economy"].map(kept)
    values["value"] = values["value"].astype(float)
    values["dimension"] = values["dimension"].astype(DIMENSION_TYPE)
    dated = values.loc[values["value"].notna(), "year"].unique()
    values = values[values["year"].isin(dated)]
    keys = COLUMNS[1:4]
    table = values.pivot(index=keys, columns="measure", values="value")  # noqa: PD010
    table = table.reset_index()
    table = table.astype({"dimension": DIMENSION_TYPE}).sort_values(keys, ignore_index=True)
    table = table.reindex(columns=COLUMNS[1:]).rename_axis(columns=None)
    if (table["sources"].dropna() % 1 != 0).any():
        raise FailedFetch("A number of sources is not a whole number.")
    return table.astype({**MEASURES, "economy": str, "year": "int64"})


def name_edition(table: pd.DataFrame, lastupdated: str, *, source: int) -> int:
    """Return the edition of a fetched table: the year after the last year with values.

    Each edition so far (2019 to 2026) describes the years up to the one before its release. The
    source's date must agree: for source 3 it lies in the year of release or the next; source 2
    is updated for other reasons too, so there it must only not lie before. FailedFetch if not.
    """
    last = int(table["year"].max())
    edition = last + 1
    year = pd.to_datetime(lastupdated, errors="coerce").year
    latest = edition + 1 if source == 3 else 9999
    if not edition <= year <= latest:
        raise FailedFetch(
            f"The values end in {last}, which is edition {edition}, but the source was last "
            f"updated on {lastupdated}: they contradict each other. If you know which edition "
            "this is, name it: govlib fetch --edition N"
        )
    return edition


# The process that asks, as seen from outside.


class _Answers(NamedTuple):
    """What a source answered; whether a code is an aggregate is None if no list says it."""

    listed: int  # series
    economies: dict[str, tuple[str, bool | None]]
    years: list[int]
    lastupdated: str
    rows: dict[str, list[tuple[str, int, float | None]]]


class _Client:
    """Asks for series, again where that may help."""

    def __init__(self, endpoint: str, limits: Limits, progress: bool) -> None:
        self.endpoint, self.limits, self.progress = endpoint, limits, progress

    def ask(self, source: int, names: Series) -> _Answers:
        """Return the lists of a source and all rows of those series that it lists."""
        rows: dict[str, Any] = {}
        dates: dict[str, str] = {}
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(BadAnswer),
            stop=tenacity.stop_after_attempt(self.limits.attempts),
            wait=seconds_to_wait,
            reraise=True,
        )
        with tqdm(
            total=len(names),
            desc=f"source {source}",
            unit=" series",
            disable=not self.progress,
        ) as bar:
            try:
                listing = attempts(self._ask_once, source, names, rows, dates, bar)
            except BadAnswer as error:
                times = attempts.statistics["attempt_number"]
                raise FailedFetch(f"{error}; asked {times} times.") from error
        if len(set(dates.values())) > 1:
            one, other = sorted(dates.items(), key=lambda item: item[1])[:: len(dates) - 1]
            raise FailedFetch(
                f"The source changed during the fetch: it was last updated {one[1]} when "
                f"{one[0]} was asked for, {other[1]} when {other[0]} was. Fetch again."
            )
        ordered = {code: rows[code] for code in names if code in rows}
        date = next(iter(dates.values()), "")
        economies = {code: (name, known) for code, name, known in listing["economies"]}
        return _Answers(listing["series"], economies, listing["years"], date, ordered)

    def _ask_once(
        self, source: int, names: Series, rows: dict[str, Any], dates: dict[str, str], bar: Any
    ) -> dict[str, Any]:
        """Start a process for the series that are still missing, and take what it finds."""
        left = [code for code in names if code not in rows]
        job = {"endpoint": self.endpoint, "source": source, "series": left}
        listing: dict[str, Any] = {}
        failed: list[BadAnswer] = []
        for answer in self._run(job | {"limits": asdict(self.limits)}):
            if "rows" in answer:
                rows[answer["code"]], dates[answer["code"]] = answer["rows"], answer["date"]
                bar.update()
            elif "economies" in answer:
                listing = answer
                bar.total = len(rows) + answer["wanted"]
            elif answer["kind"] == "BadAnswer":
                failed.append(BadAnswer(answer["text"], retry_after=answer["wait"]))
            else:
                raise FailedFetch(answer["text"])
        if failed:
            more = f"\nand {len(failed) - 3} more" if len(failed) > 3 else ""
            raise BadAnswer(
                "\n".join(map(str, failed[:3])) + more,
                retry_after=max((f.retry_after for f in failed if f.retry_after), default=None),
            )
        return listing

    def _run(self, job: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Give what a process finds, line by line; end it when it is silent or not wanted."""
        seconds = self.limits.series
        # Not multiprocessing: its processes run the user's script again, up to this very call.
        process = subprocess.Popen(
            [sys.executable, "-m", "govlib.ingest.worldbank_api"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,  # an interrupt is ours to handle
        )
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(job).encode())
            process.stdin.close()
            done: set[str] = set()
            while True:
                watch = threading.Timer(seconds, process.kill)
                watch.daemon = True
                watch.start()
                line = process.stdout.readline()
                watch.cancel()
                if not line.endswith(b"\n"):
                    break
                answer = msgspec.json.decode(line)
                if answer == "end":
                    return
                done.add(answer.get("code", ""))
                yield answer
            left = [code for code in job["series"] if code not in done]
            raise BadAnswer(
                f"{left[0]} and {len(left) - 1} more series: no complete answer within "
                f"{seconds:.0f} s and {self.limits.memory >> 20} MB of memory"
            )
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


# In that process.


class _Page(msgspec.Struct):
    """The header of a page of values."""

    total: int
    lastupdated: str


_HEADERS = threading.local()


def _check_answer(response: requests.Response, *_: Any, **__: Any) -> None:
    """Check an answer before wbgapi reads it (a hook of requests); keep the header of a page."""
    if response.is_redirect:
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
            _HEADERS.pages.append((page.total, page.lastupdated))
        else:
            msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        start = " ".join(body[:60].decode("utf-8", "replace").split())
        raise BadAnswer(
            f"the answer is not JSON of the expected shape ({error}; {len(body)} bytes, beginning "
            f"{start!r})"
        ) from error


def _ask_series(code: str, source: int, expected: set[tuple[str, int]]) -> dict[str, Any]:
    """Return all rows of a series: one for each economy and year that the source lists."""
    import wbgapi

    _HEADERS.pages = []
    rows = [
        (row["economy"], row["time"], row["value"])
        for row in wbgapi.data.fetch(code, db=source, numericTimeKeys=True)
    ]
    if not all(value is None or type(value) in (int, float) for _, _, value in rows):
        raise BadAnswer("a value is not a number")
    if len(set(_HEADERS.pages)) != 1:
        raise BadAnswer(f"its pages have different headers (total, lastupdated): {_HEADERS.pages}")
    [(total, date)] = set(_HEADERS.pages)
    if not date:
        raise BadAnswer("the answer does not say when its source was last updated")
    if len(rows) != total:
        raise BadAnswer(f"{len(rows)} rows came, {total} were announced")
    found = {(economy, year) for economy, year, _ in rows}
    for few, words in (
        (expected - found, "have no row, though the source lists them"),
        (found - expected, "came, though the source does not list them"),
    ):
        if few:
            economy, year = min(few)
            raise BadAnswer(f"{len(few)} economies and years {words}, the first {economy} {year}")
    if len(found) != total:
        raise BadAnswer(f"{total - len(found)} rows came twice")
    return {"code": code, "rows": rows, "date": date}


def _describe_failure(error: Exception, code: str = "") -> dict[str, Any]:
    """Return an error as a message to the process outside."""
    if isinstance(error, MemoryError):
        error = FailedFetch("the answer does not fit into the memory allowed")
    if isinstance(error, UnknownName):
        error = BadAnswer(str(error))
    elif not isinstance(error, FailedFetch):
        error = describe_error(error)
    wait = error.retry_after if isinstance(error, BadAnswer) else None
    text = f"{code}: {error}" if code else f"The lists of the source: {error}"
    return {"kind": type(error).__name__, "text": text, "wait": wait}


def _work() -> None:
    """Do a job from standard input; write a line of JSON for each thing found."""
    job = json.load(sys.stdin)
    limits, source = Limits(**job["limits"]), job["source"]
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    except (ImportError, ValueError, OSError):  # not on Windows; not above what is allowed
        pass
    import wbgapi

    wbgapi.endpoint, wbgapi.lang, wbgapi.per_page = job["endpoint"], "en", 20_000
    wbgapi.get_options = {
        "timeout": (limits.connect, limits.read),
        "hooks": {"response": _check_answer},
    }
    lock = threading.Lock()

    def say(answer: Any) -> None:
        with lock:
            sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
            sys.stdout.buffer.flush()

    try:
        listed = {row["id"] for row in wbgapi.series.list(db=source)}
        economies = {row["id"]: row for row in wbgapi.economy.list(db=source)}
        years = [int(year) for year in wbgapi.time.periods(db=source)]
    except UnknownName:  # there is no such source
        listed, economies, years = set(), {}, []
    except Exception as error:
        say(_describe_failure(error))
        say("end")
        return
    wanted = [code for code in job["series"] if code in listed]
    said = [[code, row["value"], row.get("aggregate")] for code, row in economies.items()]
    say({"series": len(listed), "economies": said, "years": years, "wanted": len(wanted)})
    expected = {(economy, year) for economy in economies for year in years}

    def ask(code: str) -> None:
        try:
            say(_ask_series(code, source, expected))
        except Exception as error:
            say(_describe_failure(error, code))

    with ThreadPoolExecutor(limits.workers) as pool:
        list(pool.map(ask, wanted))
    say("end")


if __name__ == "__main__":
    _work()
