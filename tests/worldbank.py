"""The World Bank's API v2 on loopback: the routes that wbgapi and govlib use, with faults to order.

    python tests/worldbank.py --edition 2025 --latency 0.1

serves the figures of an edition that is held and prints the endpoint for GOVLIB_ENDPOINT.
Routes and shapes follow wbgapi 1.0.14, which reads them, and the World Bank's help desk pages.
"""

import argparse
import contextlib
import functools
import gzip
import json
import re
import socket
import ssl
import struct
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

import govlib
from govlib.datasets import package as catalog

SUFFIXES = {
    "estimate": ("EST", "EST"),
    "standard_error": ("SE", "STD.ERR"),
    "sources": ("SR", "NO.SRC"),
    "score": ("SC", None),
    "score_lower": ("SC_LB", None),
    "score_upper": ("SC_UB", None),
    "percentile_rank": (None, "PER.RNK"),
    "percentile_rank_lower": (None, "PER.RNK.LOWER"),
    "percentile_rank_upper": (None, "PER.RNK.UPPER"),
}
"""What follows the dimension in the series' names: now and to 2025."""

FEW = ["ANT", "CHL", "EST", "KAZ", "KGZ", "NOR", "RUS", "SSD", "TWN", "USA", "UZB", "XKX"]
ABROAD = {"AIA", "ANT", "COK", "GUF", "JEY", "MTQ", "NIU", "REU"}
"""Economies of the WGI that the World Bank's own list of countries lacks."""

DATA = r"/series/.+/country/.+/time/"
INVALID = {
    "message": [
        {"id": "120", "key": "Invalid value", "value": "The provided parameter value is not valid"}
    ]
}


def made_edition(edition=2026):
    """Return a made-up edition with all measures: 2024's estimates, later years repeated.

    For tests only: scores and their bounds are linear in the estimate, as those of 2025 are.
    """
    table = govlib.wgi.read(2024)
    last = table[table["year"] == 2023]
    later = [last.assign(year=year) for year in range(2024, edition)]
    table = govlib.wgi.pd.concat([table, *later], ignore_index=True)
    half = 1.64 * table["standard_error"]
    for column, points in [
        ("score", table["estimate"]),
        ("score_lower", table["estimate"] - half),
        ("score_upper", table["estimate"] + half),
    ]:
        table[column] = (50 + 15 * points).clip(0, 100).round(7)
    absent = ["percentile_rank", "percentile_rank_lower", "percentile_rank_upper"]
    table[absent] = np.nan
    table["edition"] = edition
    order = ["economy", "year", "dimension"]
    return (
        table.astype({"dimension": "category"}).pipe(_ordered).sort_values(order, ignore_index=True)
    )


def only(table, measures):
    """Return a table with all measures but these missing."""
    kept = govlib.labels.KEYS + list(measures)
    return table[kept].reindex(columns=table.columns).astype(govlib.wgi.MEASURES)


def _ordered(table):
    """Give the dimensions their order."""
    return table.astype({"dimension": govlib.wgi.DIMENSION_TYPE})


class Source:
    """One database of the API: economies, series, years and values [economy, series, year]."""

    def __init__(self, number, table, names, lastupdated, economies):
        """Take the series that the table has values for, in the names asked for."""
        self.number, self.lastupdated = number, lastupdated
        self.name = {2: "World Development Indicators", 3: "Worldwide Governance Indicators"}[
            number
        ]
        self.years = sorted(set(table["year"])) if number == 3 else list(range(1990, 2026))
        self.economies = dict(economies)
        self.series = {}
        columns = []
        dimensions = list(govlib.labels.DIMENSIONS)
        places = [list(self.economies), dimensions, self.years]
        every = govlib.wgi.pd.MultiIndex.from_product(places)
        cube = table.set_index(["economy", "dimension", "year"]).reindex(every)
        for measure, (current, legacy) in SUFFIXES.items():
            if table[measure].isna().all() or (
                number == 2 and measure not in ("estimate", "score")
            ):
                continue
            suffix = {"current": current, "legacy": legacy, "none": None}[names]
            if not suffix:
                continue
            for dimension in dimensions:
                point = "." if number == 3 else "_"
                code = f"{dimension.upper()}.{suffix}"
                if names == "current":
                    code = f"GOV_WGI_{dimension.upper()}{point}{suffix}"
                self.series[code] = f"{govlib.labels.DIMENSIONS[dimension]}: {measure}"
            values = cube[measure].to_numpy(dtype=object, na_value=None)
            columns.append(values.reshape([len(place) for place in places]))
        self.values = np.concatenate(columns, axis=1) if columns else None

    def variables(self, concept):
        """Return what a concept can be: identifier to name."""
        return {
            "country": self.economies,
            "series": self.series,
            "time": {f"YR{year}": str(year) for year in self.years},
        }[concept]

    @functools.lru_cache(maxsize=256)  # noqa: B019  (lives as long as the server)
    def rows(self, series, country, years, start, stop):
        """Return some of the selected rows and how many there are; None for an unknown value."""
        chosen = []
        for concept, asked in [("country", country), ("series", series), ("time", years)]:
            known = list(self.variables(concept))
            codes = known if asked == "all" else asked.split(";")
            if concept == "time":
                codes = [code if code.startswith("YR") else f"YR{code}" for code in codes]
            if not set(codes) <= set(known):
                return None
            chosen.append([known.index(code) for code in codes])
        total = int(np.prod([len(places) for places in chosen]))
        lists = [
            [
                {"concept": concept.capitalize(), "id": code, "value": name}
                for code, name in self.variables(concept).items()
            ]
            for concept in ("country", "series", "time")
        ]
        found = []
        for place in range(start, min(stop, total)):
            rest, t = divmod(place, len(chosen[2]))
            e, s = divmod(rest, len(chosen[1]))
            e, s, t = chosen[0][e], chosen[1][s], chosen[2][t]
            variable = [lists[0][e], lists[1][s], lists[2][t]]
            found.append({"variable": variable, "value": self.values[e, s, t]})
        return found, total


class Server(ThreadingHTTPServer):
    """The API: its sources, the faults still to come and what was asked."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, sources, *, latency, refuse, countries):
        """Bind a free port; listen at once, or only after `refuse` seconds."""
        super().__init__(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self.sources, self.latency, self.countries = sources, latency, countries
        self.faults, self.requests, self.moments, self.bytes = [], [], [], {}
        self.gzip, self.busy, self.most_at_once = True, 0, 0
        self.lock, self.closing = threading.Lock(), threading.Event()
        self.server_bind()
        self.endpoint = f"http://127.0.0.1:{self.server_port}/v2"
        if refuse:
            threading.Timer(refuse, self._listen).start()
        else:
            self._listen()

    def _listen(self):
        """Begin to answer."""
        self.server_activate()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def fault(self, kind, *, page=None, route=DATA, times=1, **options):
        """Order a fault for the next `times` requests of a route (and page); None for all."""
        self.faults.append(
            {"kind": kind, "page": page, "route": route, "times": times, "options": options}
        )

    def due(self, path, page):
        """Return the fault due for a request, or none."""
        with self.lock:
            for fault in self.faults:
                if fault["times"] == 0 or not re.search(fault["route"], path):
                    continue
                if fault["page"] is None or fault["page"] == page:
                    if fault["times"] is not None:
                        fault["times"] -= 1
                    return fault["kind"], fault["options"]
        return None, {}

    def asked(self, route=DATA):
        """Return the pages asked for on a route, in order."""
        return [page for path, page in self.requests if re.search(route, path)]

    def handle_error(self, request, client_address):
        """Say nothing when a client hangs up: that is what the faults are for."""

    def answer(self, path, query):
        """Return the answer to a route as Python objects."""
        page, per_page = int(query.get("page", 1)), int(query.get("per_page", 50))
        parts = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]
        parts = parts[2:]  # v2, en
        if parts[0] == "sources":
            source = self.sources.get(int(parts[1]))
            if source is None:
                return [INVALID]
            return self._of_source(source, parts[2:], page, per_page)
        lists = {"country": self.countries, "region": REGIONS}
        rows = lists.get(parts[0], LEVELS)
        return [_header(page, per_page, len(rows), text=True), _cut(rows, page, per_page)]

    def _of_source(self, source, parts, page, per_page):
        """Return the answer to a route under one source."""
        if not parts:
            row = {"id": str(source.number), "name": source.name, "code": "", "concepts": "3"}
            row["lastupdated"] = source.lastupdated
            return [_header(1, per_page, 1, text=True), [row]]
        top = {"id": str(source.number), "name": source.name}
        if parts == ["concepts"]:
            words = ["Country", "Series", "Time"]
            concepts = [{"id": word, "value": word} for word in words]
            return {**_header(1, per_page, 3), "source": [{**top, "concept": concepts}]}
        if len(parts) == 2:
            known = source.variables(parts[0])
            codes = list(known) if parts[1] == "all" else parts[1].split(";")
            if not codes or not set(codes) <= set(known):
                return [INVALID]
            rows = [{"id": code, "value": known[code]} for code in codes]
            concept = {"id": parts[0].capitalize(), "variable": _cut(rows, page, per_page)}
            header = _header(page, per_page, len(rows))
            return {**header, "source": [{**top, "concept": [concept]}]}
        chosen = dict(zip(parts[::2], parts[1::2], strict=True))
        start = (page - 1) * per_page
        found = source.rows(
            chosen["series"], chosen["country"], chosen["time"], start, start + per_page
        )
        if found is None:
            return [INVALID]
        rows, total = found
        header = _header(page, per_page, total) | {"lastupdated": source.lastupdated}
        return {**header, "source": {**top, "data": rows}}


def _header(page, per_page, total, text=False):
    """Return the header of a page; the older routes write per_page as text."""
    pages = -(-total // per_page)
    size = str(per_page) if text else per_page
    return {"page": page, "pages": pages, "per_page": size, "total": total}


def _cut(rows, page, per_page):
    """Return the rows of a page."""
    return rows[(page - 1) * per_page : page * per_page]


REGIONS = [
    {"id": "7", "code": "ECS", "iso2code": "Z7", "name": "Europe & Central Asia"},
    {"id": "", "code": "NA", "iso2code": "NA", "name": "Aggregates"},
]
LEVELS = [{"id": "UMC", "iso2code": "XT", "value": "Upper middle income"}]


def _country(code, name, aggregate=False):
    """Return a row of the list of countries."""
    region = ("NA", "Aggregates") if aggregate else ("ECS", "Europe & Central Asia")
    kind = {"id": "" if aggregate else "UMC", "iso2code": "", "value": ""}
    return {
        "id": code,
        "iso2Code": code[:2],
        "name": name,
        "region": {"id": region[0], "iso2code": "", "value": region[1]},
        "adminregion": {"id": "", "iso2code": "", "value": ""},
        "incomeLevel": kind,
        "lendingType": kind,
        "capitalCity": "",
        "longitude": "",
        "latitude": "",
    }


class Handler(BaseHTTPRequestHandler):
    """Answer one connection, well or with the fault that is due."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format, *args):
        """Keep silent; `Server.requests` is the log."""

    def do_GET(self):
        """Answer, counting how many requests are under way at once."""
        server = self.server
        address = urllib.parse.urlsplit(self.path)  # as a proxy it is handed the whole address
        query = dict(urllib.parse.parse_qsl(address.query))
        page = int(query.get("page", 1))
        with server.lock:
            server.requests.append((address.path, page))
            if re.search(DATA, address.path):
                server.moments.append((time.monotonic(), page))
            server.busy += 1
            server.most_at_once = max(server.most_at_once, server.busy)
        try:
            if server.latency:
                time.sleep(server.latency)
            kind, options = server.due(address.path, page)
            getattr(self, f"_{kind}")(address.path, query, **options) if kind else self._send(
                self._body(address.path, query)
            )
        finally:
            with server.lock:
                server.busy -= 1

    def _body(self, path, query):
        """Return the bytes of a good answer, made once."""
        key = (path, tuple(sorted(query.items())))
        made = self.server.bytes
        if key not in made:
            answer = self.server.answer(path, query)
            plain = json.dumps(answer, separators=(",", ":")).encode()
            made[key] = plain, gzip.compress(plain, 5, mtime=0)
        packed = self.server.gzip and "gzip" in self.headers.get("Accept-Encoding", "")
        return made[key][1] if packed else made[key][0]

    def _send(self, body, *, status=200, headers=None, kind="application/json;charset=utf-8"):
        """Send an answer whole."""
        self._head(body, status, headers or {}, kind)
        self.wfile.write(body)

    def _head(self, body, status=200, headers=None, kind="application/json;charset=utf-8"):
        """Send status and headers."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if body[:2] == b"\x1f\x8b":
            self.send_header("Content-Encoding", "gzip")
        for name, value in (headers or {}).items():
            self.send_header(name, str(value))
        self.end_headers()

    def _changed(self, path, query, change):
        """Send a good answer after a change to its objects."""
        answer = json.loads(json.dumps(self.server.answer(path, query)))
        if answer != [INVALID]:
            change(answer)
        self._send(json.dumps(answer).encode())

    # The faults, by name.

    def _status(self, path, query, code=500, retry_after=None):
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        self._send(b"<html>error</html>", status=code, headers=headers, kind="text/html")

    def _html(self, path, query):
        self._send(b"<!DOCTYPE html><title>Service unavailable</title>", kind="text/html")

    def _xml(self, path, query):
        body = b'\xef\xbb\xbf<?xml version="1.0"?><wb:error xmlns:wb="http://www.worldbank.org"/>'
        self._send(body, kind="text/xml")

    def _truncated(self, path, query):
        body = json.dumps(self.server.answer(path, query)).encode()
        self._send(body[: len(body) // 2])

    def _invalid(self, path, query):
        self._send(b'{"page": 1, "pages": 1, "total": NaN, "source": {"data": [1,, 2]}}')

    def _not_a_number(self, path, query):
        def change(answer):
            answer["source"]["data"][0]["value"] = float("nan")

        self._changed(path, query, change)

    def _text_value(self, path, query, text="0.5"):
        def change(answer):
            answer["source"]["data"][0]["value"] = text

        self._changed(path, query, change)

    def _reset(self, path, query):
        body = self._body(path, query)
        self._head(body)
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        # A zero linger makes close() send RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _cut_off(self, path, query):
        body = self._body(path, query)
        self._head(body)
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    def _broken_gzip(self, path, query):
        body = gzip.compress(json.dumps(self.server.answer(path, query)).encode())
        self._send(body[:-20])

    def _drip(self, path, query, pause=0.05):
        body = self._body(path, query)
        self._head(body)
        for place in range(len(body)):
            self.wfile.write(body[place : place + 1])
            self.wfile.flush()
            if self.server.closing.wait(pause):
                break
        self.close_connection = True

    def _hang(self, path, query):
        self.server.closing.wait(60)
        self.close_connection = True

    def _total(self, path, query, by=1):
        def change(answer):
            answer["total"] += by

        self._changed(path, query, change)

    def _short(self, path, query, rows=1):
        def change(answer):
            del answer["source"]["data"][-rows:]

        self._changed(path, query, change)

    def _consistently_short(self, path, query, economies=1):
        def change(answer):
            data = answer["source"]["data"]
            last = {row["variable"][0]["id"] for row in data[-1:]}
            answer["source"]["data"] = [r for r in data if r["variable"][0]["id"] not in last]
            answer["total"] -= len(data) - len(answer["source"]["data"])

        self._changed(path, query, change)

    def _repeated(self, path, query, of=1, honest=False):
        def change(answer):
            other = self.server.answer(path, {**query, "page": str(of)})
            size = len(answer["source"]["data"])
            answer["source"]["data"] = other["source"]["data"][:size]
            if honest:
                answer["page"] = of

        self._changed(path, query, change)

    def _missing(self, path, query):
        def change(answer):
            answer["source"]["data"] = []

        self._changed(path, query, change)

    def _updated(self, path, query, lastupdated="2099-01-01"):
        def change(answer):
            answer["lastupdated"] = lastupdated

        self._changed(path, query, change)

    def _nulls(self, path, query, rows=10):
        def change(answer):
            for row in answer["source"]["data"][:rows]:
                row["value"] = None

        self._changed(path, query, change)

    def _unknown(self, path, query):
        self._send(json.dumps([INVALID]).encode())

    def _no_aggregates(self, path, query):
        def change(answer):
            answer[1] = [row for row in answer[1] if row["region"]["id"] != "NA"]
            answer[0]["total"] = len(answer[1])

        self._changed(path, query, change)

    def _all_aggregates(self, path, query):
        def change(answer):
            for row in answer[1]:
                row["region"]["id"] = "NA"

        self._changed(path, query, change)


@contextlib.contextmanager
def serve(
    table,
    *,
    names="current",
    wdi=True,
    latency=0.0,
    refuse=0.0,
    aggregates=("WLD",),
    added=None,
    lists_added=True,
    names_of=None,
    certificate=None,
):
    """Serve a table (in the columns of `read_wgi`) and yield the server.

    Source 3 has the series that the table has values for, in the names "current" or "legacy"
    ("none": no series); with `wdi`, source 2 has the estimates and scores. `aggregates` and
    `added` are more economies with Kazakhstan's values; `names_of` names codes of old.
    """
    known = catalog.economy_names() | (names_of or {})
    more = dict.fromkeys(aggregates, "World") | (added or {})
    copies = [table[table["economy"] == "KAZ"].assign(economy=code) for code in more]
    listed = {code: known[code] for code in sorted(set(table["economy"]))} | more
    table = govlib.wgi.pd.concat([table, *copies], ignore_index=True)
    date = f"{table['edition'].iloc[0]}-12-05"
    sources = {3: Source(3, table, names, date, listed)}
    if wdi:
        sources[2] = Source(2, table, "current", date, listed)
    countries = [_country(c, n) for c, n in known.items() if c not in ABROAD]
    countries += [_country(code, "World", aggregate=True) for code in aggregates]
    if lists_added:
        countries += [_country(code, name) for code, name in (added or {}).items()]
    server = Server(sources, latency=latency, refuse=refuse, countries=countries)
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


def main():
    """Serve a held edition until interrupted."""
    parser = argparse.ArgumentParser(description="Serve a held edition as the World Bank's API.")
    parser.add_argument("--edition", type=int, default=2025)
    parser.add_argument("--made", action="store_true", help="a made-up edition, all measures")
    parser.add_argument("--measure", action="append", help="only these measures, as estimate")
    parser.add_argument("--names", choices=["current", "legacy", "none"], default="current")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--plain", action="store_true", help="no gzip")
    given = parser.parse_args()
    table = made_edition(given.edition) if given.made else govlib.wgi.read(given.edition)
    if given.measure:
        table = only(table, given.measure)
    with serve(table, names=given.names, latency=given.latency) as server:
        server.gzip = not given.plain
        print(server.endpoint, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
