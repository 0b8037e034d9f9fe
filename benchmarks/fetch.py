"""Rows per second of fetching six estimates, all economies and years, from a server on loopback.

    python benchmarks/fetch.py

The server (tests/worldbank.py) runs in a process of its own and has each page ready in memory.
Ours is `govlib.wgi.fetch`: lists, values, checks, pages kept on disk, one tidy table. The others
are `wbgapi.data.DataFrame` with pages of the same size, and a bare client that downloads and
parses the same pages one after the other in one session, and checks nothing. Medians of rounds
that alternate in one process; ratios are taken round by round.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from time import perf_counter

import requests
import wbgapi

from govlib.datasets import package as catalog
from govlib.ingest import api, fetch, listing, pages

SERIES = [code for code in api.CURRENT if code.endswith(".EST")]


def ours(endpoint: str) -> int:
    fetched = fetch.fetch_wgi(series=SERIES, endpoint=endpoint)
    pages.forget_pages(fetched.source["path"])
    return int(fetched.source["rows"]["announced"])


def bare(endpoint: str) -> int:
    url = f"{endpoint}/en/sources/3/series/{';'.join(SERIES)}/country/all/time/all"
    rows, number = 0, 1
    with requests.Session() as session:
        while True:
            answer = session.get(pages.page_url(url, number)).json()
            rows += len(answer["source"]["data"])
            if number == answer["pages"]:
                return rows
            number += 1


def theirs(endpoint: str) -> int:
    wbgapi.endpoint, wbgapi.per_page = endpoint, pages.PER_PAGE
    listing._forget(wbgapi)
    table = wbgapi.data.DataFrame(SERIES, db=3)
    return int(table.size)


def compare(endpoint: str, clients: list[Callable[[str], int]], rounds: int) -> None:
    rows = [client(endpoint) for client in clients]
    seconds: list[list[float]] = []
    for _ in range(rounds):
        seconds.append([])
        for client in clients:
            start = perf_counter()
            client(endpoint)
            seconds[-1].append(perf_counter() - start)
    for place, client in enumerate(clients):
        median = statistics.median(row[place] for row in seconds)
        ratio = statistics.median(row[place] / row[0] for row in seconds)
        print(
            f"  {client.__name__:7} {rows[place]} rows in {median:6.2f} s, "
            f"{rows[place] / median:8.0f} rows/s, {ratio:5.2f} times ours"
        )


def main() -> None:
    program = catalog.project_folder() / "tests/worldbank.py"
    os.environ["GOVLIB_CACHE"] = tempfile.mkdtemp()
    for latency in ("0", "0.1"):
        for words in ([], ["--plain"]):
            server = subprocess.Popen(
                [sys.executable, str(program), "--edition", "2025", "--latency", latency, *words],
                stdout=subprocess.PIPE,
                text=True,
            )
            assert server.stdout is not None
            try:
                endpoint = server.stdout.readline().strip()
                print(
                    f"latency {latency} s, {'plain' if words else 'gzip'}, {pages.PER_PAGE} a page"
                )
                compare(endpoint, [ours, bare], 15)
                compare(endpoint, [ours, theirs], 3)
            finally:
                server.terminate()
                server.communicate()


if __name__ == "__main__":
    main()
