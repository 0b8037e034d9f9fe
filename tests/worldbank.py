"""The World Bank's API v2 on loopback, as wbgapi asks it, with faults to order.

    python tests/worldbank.py [EDITION [LATENCY]]

serves an edition and prints the address for GOVLIB_ENDPOINT.
"""

import contextlib
import gzip
import json
import re
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

import pandas as pd

import govlib
from govlib.datasets.wgi import DIMENSION_TYPE, MEASURES
from govlib.ingest.worldbank_api import CURRENT, WDI

FEW = ["ANT", "CHL", "EST", "KAZ", "KGZ", "NOR", "RUS", "SSD", "TWN", "USA", "UZB", "XKX"]
ABROAD = {"AIA", "ANT", "COK", "GUF", "JEY", "MTQ", "NIU", "REU"}  # not in the list of countries
INVALID = [{"message": [{"id": "120", "key": "Invalid value", "value": "The value is not valid"}]}]
LISTS = {
    "region": [{"id": "7", "code": "ECS", "iso2code": "Z7", "name": "Europe & Central Asia"}],
    "incomelevel": [{"id": "UMC", "iso2code": "XT", "value": "Upper middle income"}],
    "lendingtype": [{"id": "IBD", "iso2code": "XF", "value": "IBRD"}],
}


def made_edition(economies=None):
    """Return a made-up edition 2026 with all measures: 2024's estimates, 2023 repeated twice."""
    table = govlib.wgi.read(2024, economies=economies)
    last = table[table["year"] == 2023]
    table = pd.concat([table, last.assign(year=2024), last.assign(year=2025)])
    half = 1.64 * table["standard_error"]
    for end, points in {"": 0, "_lower": -half, "_upper": half}.items():
        table[f"score{end}"] = (50 + 15 * (table["estimate"] + points)).clip(0, 100).round(7)
        table[f"percentile_rank{end}"] = float("nan")
    table = table.assign(edition=2026).astype({"dimension": DIMENSION_TYPE})
    return table.sort_values(["economy", "year", "dimension"], ignore_index=True)


def country(code, name, aggregate=False):
    """Return a row of the list of countries."""
    empty = {"id": "", "iso2code": "", "value": ""}
    region = empty | {"id": "NA" if aggregate else "ECS"}
    row = {"id": code, "iso2Code": code[:2], "name": name, "region": region}
    row |= {"adminregion": empty, "incomeLevel": empty, "lendingType": empty}
    return row | {"capitalCity": "", "longitude": "", "latitude": ""}


class Server(ThreadingHTTPServer):
    """The API: lists and values of sources, the faults still to come, and what was asked."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, latency=0.0):
        super().__init__(("127.0.0.1", 0), Handler)
        self.latency, self.lastupdated, self.series = latency, "2026-12-05", {}
        self.economies, self.countries, self.years, self.cells = {}, [], [], {}
        self.faults, self.requests, self.made, self.files = [], [], {}, {}
        self.busy, self.most_at_once, self.closing = 0, 0, threading.Event()
        self.lock = threading.Lock()
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.endpoint = f"{self.address}/v2"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def fault(self, kind, route, times=1, **options):
        """Order a fault for the next requests whose path has the route; None: for all."""
        self.faults.append([kind, route, times, options])

    def due(self, path):
        """Return the fault due for a path, or none."""
        with self.lock:
            for fault in self.faults:
                if fault[2] != 0 and re.search(fault[1], path):
                    fault[2] = fault[2] and fault[2] - 1
                    return fault[0], fault[3]
        return None, {}

    def handle_error(self, request, client_address):
        """Say nothing when a client hangs up: that is what the faults are for."""

    def answer(self, path):
        """Return the answer to a path as Python objects."""
        parts = [unquote(part) for part in path.strip("/").split("/")][2:]  # after v2/en
        if parts[0] != "sources":
            rows = LISTS.get(parts[0], self.countries)
            return [{"page": 1, "pages": 1, "per_page": "20000", "total": len(rows)}, rows]
        source = int(parts[1])
        names = self.series.get(source)
        if names is None:
            return INVALID
        header = {"page": 1, "pages": 1, "per_page": 20000, "total": 0}
        if len(parts) <= 4:
            concept, known = parts[2].capitalize(), {
                "concepts": dict.fromkeys(["Country", "Series", "Time"], ""),
                "country": self.economies,
                "series": dict.fromkeys(names, "A series"),
                "time": {f"YR{year}": str(year) for year in self.years},
            }[parts[2]]  # fmt: skip
            rows = [{"id": code, "value": name or code} for code, name in known.items()]
            concepts = rows if concept == "Concepts" else [{"id": concept, "variable": rows}]
            return header | {"total": len(rows), "source": [{"concept": concepts}]}
        if parts[3] not in names:
            return INVALID
        rows = []
        for code, name in self.economies.items():
            for year in self.years:
                variables = ("Country", code, name), ("Series", parts[3], ""), (
                    "Time", f"YR{year}", str(year))  # fmt: skip
                row = [dict(zip(("concept", "id", "value"), v, strict=True)) for v in variables]
                rows.append({"variable": row, "value": self.cells.get((code, year, parts[3]))})
        header |= {"total": len(rows), "lastupdated": self.lastupdated}
        return header | {"source": {"id": parts[1], "data": rows}}


class Handler(BaseHTTPRequestHandler):
    """Answer one request, well or with the fault that is due."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        """Keep silent; `Server.requests` is the log."""

    def do_GET(self):
        """Answer, well or badly."""
        server, path = self.server, urlsplit(self.path).path  # a proxy is asked for a whole address
        with server.lock:
            server.requests.append((path, dict(parse_qsl(urlsplit(self.path).query))))
            server.busy += 1
            server.most_at_once = max(server.most_at_once, server.busy)
        try:
            time.sleep(server.latency)
            kind, options = server.due(path)
            good = self.good(path) if kind is None else b""
        finally:  # before the client has the answer and asks for another
            with server.lock:
                server.busy -= 1
        if kind is None:
            self.send(good)
        elif kind in TEXTS:
            self.send(TEXTS[kind])
        elif kind in CHANGES:
            answer = json.loads(self.good(path))
            CHANGES[kind](answer, **options)
            self.send(json.dumps(answer).encode())
        else:
            getattr(self, kind)(path, **options)

    def good(self, path):
        """Return the bytes of a good answer, made once."""
        if path not in self.server.made:
            plain = self.server.files.get(path) or json.dumps(self.server.answer(path)).encode()
            self.server.made[path] = plain
        return self.server.made[path]

    def send(self, body, status=200, size=None, cut=None, **headers):
        """Send an answer, or a part of one as if it were whole."""
        if "gzip" in self.headers.get("Accept-Encoding", "") and status == 200:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(size or len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body[:cut])
        self.close_connection = cut is not None

    def status(self, path, code=500, **headers):
        """Send an error page."""
        self.send(b"<html>error</html>", status=code, **headers)

    def moved(self, path, address=""):
        """Send the client to where it came, or to another address."""
        self.status(path, 302, Location=f"{address or self.server.address}{self.path}")

    def cut_off(self, path):
        """End the connection early."""
        body = self.good(path)
        self.send(body, cut=len(body) // 50)

    def truncated(self, path):
        """Send half as if it were all."""
        body = self.good(path)
        self.send(body[: len(body) // 2])

    def drip(self, path, pause=0.05):
        """Send a byte now and then."""
        body = self.good(path)
        self.send(body, cut=1)
        for _ in body:
            self.wfile.write(b" ")
            if self.server.closing.wait(pause):
                break

    def hang(self, path):
        """Send nothing."""
        self.server.closing.wait(60)
        self.close_connection = True

    def raw(self, path, head, tail, pause=0.0):
        """Send a head, and after it the same bytes over and over."""
        self.close_connection = True
        self.wfile.write(head)
        while not self.server.closing.wait(pause):
            self.wfile.write(tail)

    def endless(self, path):
        """Send blanks as fast as they are taken."""
        self.send(b" ", size=1 << 40)
        while not self.server.closing.is_set():
            self.wfile.write(b" " * (1 << 20))


TEXTS = {
    "nested": b"[" * 200_000,
    "html": b"<!DOCTYPE html><title>Service unavailable</title>",
    "xml": b'\xef\xbb\xbf<?xml version="1.0"?><wb:error xmlns:wb="http://www.worldbank.org"/>',
    "invalid": b'{"page": 1, "total": 3, "lastupdated": "", "source": {"data": [1,, 2]}}',
    "unknown": json.dumps(INVALID).encode(),
}


def _rows(answer):
    return answer["source"]["data"]


CHANGES = {
    "not_a_number": lambda a: _rows(a)[0].update(value=float("nan")),
    "text_value": lambda a: _rows(a)[0].update(value="0.5"),
    "short": lambda a: _rows(a).pop(),
    "empty": lambda a: _rows(a).clear(),
    "huge": lambda a: a.update(total=10**13),
    "total": lambda a: a.update(total=a["total"] + 1),
    "repeated": lambda a: _rows(a).__setitem__(0, _rows(a)[1]),
    "shorter": lambda a: (_rows(a).pop(), a.update(total=a["total"] - 1)),
    "updated": lambda a, date="2099-01-01": a.update(lastupdated=date),
    "no_aggregates": lambda a: a.__setitem__(1, [r for r in a[1] if r["region"]["id"] != "NA"]),
    "all_aggregates": lambda a: [row["region"].update(id="NA") for row in a[1]],
}


@contextlib.contextmanager
def serve(table, *, sources=None, aggregates=("WLD",), added=(), listed=True, latency=0.0,
          rename=None, certificate=None):  # fmt: skip
    """Serve a table (in the columns of `read_wgi`) and yield the server.

    `sources` are the series of each source, today's of 3 and 2 by default; those without a value
    in the table are left out. `aggregates` and `added` are more economies with Kazakhstan's
    values; added ones are in the list of countries if `listed`. `rename` gives codes of old.
    """
    server = Server(latency)
    names = govlib.economies.names()
    has = {measure for measure in MEASURES if table[measure].notna().any()}
    for source, codes in (sources or {3: CURRENT, 2: WDI}).items():
        server.series[source] = {code: kind for code, kind in codes.items() if kind[1] in has}
    known = CURRENT | WDI
    columns = {kind: [code for code in known if known[code] == kind] for kind in known.values()}
    for row in table.to_dict("records"):
        places = [row["economy"]] + ([*aggregates, *added] if row["economy"] == "KAZ" else [])
        for measure in has:
            if pd.notna(row[measure]):
                for code in columns[row["dimension"], measure]:
                    for economy in places:
                        economy = (rename or {}).get(economy, economy)
                        server.cells[economy, row["year"], code] = row[measure]
    server.economies = {(rename or {}).get(e, e): names[e] for e in table["economy"].unique()}
    server.economies |= dict.fromkeys(aggregates, "World") | dict.fromkeys(added, "Zembla")
    server.years = sorted({int(year) for year in table["year"]} | {1995})
    server.countries = [country(c, n) for c, n in names.items() if c not in ABROAD]
    server.countries += [country(code, "World", aggregate=True) for code in aggregates]
    server.countries += [country(code, "Zembla") for code in (added if listed else ())]
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.endpoint = server.endpoint.replace("http:", "https:")
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    edition, latency, *_ = [*sys.argv[1:], 2025, 0]
    with serve(govlib.wgi.read(int(edition)), latency=float(latency)) as running:
        print(running.endpoint, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
