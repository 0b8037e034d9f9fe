"""Rows per second of fetching six estimates, all economies and years, from a server on loopback.

    python benchmarks/fetch.py

The server (tests/worldbank.py) runs in a process of its own and has each answer ready in memory.
Ours is `govlib.wgi.fetch`: a process, lists, values, checks, one tidy table. The others are
`wbgapi.data.DataFrame` and a bare client that downloads and parses the same answers one after the
other, and checks nothing. Medians of rounds that alternate.
"""

import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import requests
import wbgapi

from govlib.ingest.worldbank_api import CURRENT
from govlib.ingest.worldbank_api import fetch as fetch_wgi

SERIES = [code for code in CURRENT if code.endswith(".EST")]


def ours(endpoint: str) -> int:
    return int(fetch_wgi(series=SERIES, endpoint=endpoint).source["rows"]["announced"])


def bare(endpoint: str) -> int:
    rows = 0
    for code in SERIES:
        url = f"{endpoint}/en/sources/3/series/{code}/country/all/time/all"
        answer = requests.get(f"{url}?per_page=20000&page=1&format=json", timeout=60).json()
        rows += len(answer["source"]["data"])
    return rows


def theirs(endpoint: str) -> int:
    wbgapi.endpoint, wbgapi.per_page = endpoint, 20_000
    return int(wbgapi.data.DataFrame(SERIES, db=3).size)


def main() -> None:
    program = Path(__file__).parents[1] / "tests/worldbank.py"
    for latency in ("0", "0.1"):
        words = [sys.executable, str(program), "2025", latency]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            endpoint = server.stdout.readline().strip()
            for client in (ours, bare, theirs):
                rows, seconds = client(endpoint), []
                for _ in range(1 if client is theirs else 5):
                    start = perf_counter()
                    client(endpoint)
                    seconds.append(perf_counter() - start)
                median = statistics.median(seconds)
                print(f"latency {latency} s: {client.__name__:7} {rows} rows in {median:6.2f} s")
            server.terminate()


if __name__ == "__main__":
    main()
