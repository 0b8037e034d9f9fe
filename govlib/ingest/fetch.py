"""One edition from the World Bank's API.

The World Bank's lists (economies and aggregates, years, series) are asked through wbgapi, the
pages of values directly: docs/fetching.md has the measurements behind that.
"""

import json
import os
import re
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from tqdm import tqdm

from govlib.datasets import package as catalog
from govlib.errors import AlteredFile, BadParameter, FailedFetch, UnknownName
from govlib.ingest import api
from govlib.ingest.api import CURRENT, LEGACY, SOURCES, WDI, Series
from govlib.ingest.listing import Listing, list_series, list_source
from govlib.ingest.pages import (
    Page,
    brief,
    count_pages,
    describe_change,
    forget_pages,
    kept_pages,
    page_folder,
    page_url,
    read_answer,
    read_page,
    same_state,
)
from govlib.ingest.transport import Client, ask, open_session
from govlib.project import replace_file

ENDPOINT = "https://api.worldbank.org/v2"
WORKERS = 4
"""Requests under way at once."""


class Fetched(NamedTuple):
    """What a fetch brought: the table, its source for the record, names, and remarks."""

    table: pd.DataFrame
    source: dict[str, Any]
    names: dict[str, str]
    remarks: list[str]


def fetch_wgi(
    *,
    edition: int | None = None,
    series: str | Iterable[str] | None = None,
    endpoint: str | None = None,
    progress: bool = False,
) -> Fetched:
    """Fetch the edition of the WGI that the World Bank's API serves now.

    Nothing that is held is touched; ``govlib fetch`` hands the result to `add_edition`. Pages
    are kept until `forget_pages`, so that after an interrupt the next fetch goes on.

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
        If a series does not exist; a dead one is answered with its successor.
    BadParameter
        If a parameter has the wrong form.
    """
    if edition is not None and edition not in range(1997, 2200):
        raise BadParameter(f"edition = {edition!r}: the year of release is needed, as 2026.")
    endpoint = _check_endpoint(endpoint or os.environ.get("GOVLIB_ENDPOINT") or ENDPOINT)
    asked = [series] if isinstance(series, str) else None if series is None else list(series)
    if asked is not None and not asked:
        raise BadParameter("`series` is empty: name at least one, or leave it out for all.")
    wanted = None if asked is None else api.check_series(asked)
    remarks: list[str] = []
    with open_session() as session:
        client = Client(session, endpoint, threading.Event())
        try:
            if wanted:
                source, names = wanted
                pages, listing = _fetch_source(client, source, names, progress)
            else:
                source, names, remarks, (pages, listing) = _fetch_served(client, progress)
        except AlteredFile:
            raise
        except OSError as error:  # FailedFetch is one; so is a cache that cannot be written
            raise FailedFetch(f"{error}{_how_to_go_on(endpoint)}") from error
    url = _series_url(client, source, names)
    try:
        table = api.make_table(pages, names, listing)
    except FailedFetch as error:
        forget_pages(url)  # each was well in itself, so the next fetch would take them again
        raise FailedFetch(f"{error}\nNothing that is held was changed: {brief(url)}") from error
    if table.empty:
        raise FailedFetch(
            f"Source {source} holds no values of the series asked for ({brief(url)})."
        )
    lastupdated = pages[0].lastupdated
    named = api.name_edition(table, lastupdated, source=source) if edition is None else edition
    table.insert(0, "edition", named)
    aggregates = {code for code, (_, aggregate) in listing.economies.items() if aggregate}
    record = {
        "path": page_url(url, 1),
        "title": f"{SOURCES[source]} (World Bank API, source {source})",
        "accessed": datetime.now(UTC).isoformat(timespec="seconds"),
        "lastupdated": lastupdated,
        "rows": {
            "announced": pages[0].total,
            "aggregates": sum(code in aggregates for page in pages for code in page.economies),
            "table": len(table),
        },
    }
    economies = {
        catalog.RENAMED_CODES.get(code, code): name
        for code, (name, _) in listing.economies.items()
        if code not in aggregates
    }
    return Fetched(table, record, economies, remarks)


def _check_endpoint(endpoint: str) -> str:
    """Return the address of the API without a slash at its end."""
    if not re.match(r"https?://[^/\s:]", endpoint):
        raise BadParameter(
            f"endpoint = {endpoint!r}: an address such as {ENDPOINT} is needed (GOVLIB_ENDPOINT)."
        )
    return endpoint.rstrip("/")


def _how_to_go_on(endpoint: str) -> str:
    """Say what is held and what to do without the network."""
    held = ", ".join(map(str, catalog.held_editions()))
    return (
        "\nNothing that is held was changed; complete pages are kept: `govlib fetch` goes on from "
        f"here. Held and usable without the network: editions {held}.\n"
        f"The address is {endpoint} (GOVLIB_ENDPOINT). Behind a proxy set HTTPS_PROXY, with your "
        "own certificates REQUESTS_CA_BUNDLE.\nOr download the edition elsewhere "
        "(www.govindicators.org) and add the file: govlib add-edition FILE"
    )


def _fetch_served(
    client: Client, progress: bool
) -> tuple[int, Series, list[str], tuple[list[Page], Listing]]:
    """Fetch all measures from the best source: 3 in today's names, or the old ones, else 2."""
    try:
        return 3, CURRENT, [], _fetch_source(client, 3, CURRENT, progress)
    except UnknownName:
        pass  # Some or all of the series: the source's own list says which.
    seen = []
    for source, names in ((3, CURRENT), (3, LEGACY), (2, WDI)):
        listed = list_series(source, endpoint=client.endpoint, get=partial(_get, client))
        found = {code: kind for code, kind in names.items() if code in listed}
        measures = {measure for _, measure in found.values()}
        if sum(measure == "estimate" for _, measure in found.values()) < 6:
            seen.append(f"source {source}: {len(listed)} series, {len(found)} like {min(names)}")
            continue
        remarks = []
        if source == 2:
            remarks.append(
                "Source 3 (Worldwide Governance Indicators) serves no estimates at the moment; "
                "fetched from source 2 (World Development Indicators), which has estimates and "
                "scores only: no standard errors, numbers of sources or bounds."
            )
        elif names is LEGACY:
            remarks.append("The series have the names used to 2025, as GE.EST.")
        absent = {measure for _, measure in names.values()} - measures
        if absent:
            remarks.append(f"Source {source} lists no series for: {', '.join(sorted(absent))}.")
        return source, found, remarks, _fetch_source(client, source, found, progress)
    raise FailedFetch(
        f"{client.endpoint} serves no estimates of all six dimensions under a known name "
        f"({'; '.join(seen)}). The World Bank may have renamed its series again."
    )


def _fetch_source(
    client: Client, source: int, names: Series, progress: bool
) -> tuple[list[Page], Listing]:
    """Fetch all pages of a source, for one date of its last update, with what the source lists."""
    client = client._replace(stop=threading.Event())
    url = _series_url(client, source, names)
    folder = page_folder(url)
    kept = {page.number: page for page in kept_pages(folder)}
    with ThreadPoolExecutor(WORKERS) as pool:
        listing = pool.submit(
            list_source, source, endpoint=client.endpoint, get=partial(_get, client)
        )
        try:
            # Are the pages that an interrupted fetch left still of today? One row will tell.
            pages = {}
            if kept:
                received, _, first = ask(client, page_url(url, 1, 1), lambda b: read_page(b, 1))
                pages = {number: page for number, page in kept.items() if same_state(first, page)}
            else:
                received, first = _fetch_page(client, url, 1, folder)
                pages[1] = first
            count = count_pages(first.total)
            missing = [number for number in range(1, count + 1) if number not in pages]
            tasks = [pool.submit(_fetch_page, client, url, n, folder) for n in missing]
            with tqdm(
                total=first.total,
                initial=sum(len(page.numbers) for page in pages.values()),
                desc=f"source {source}",
                unit=" rows",
                disable=not progress,
            ) as bar:
                for task in as_completed(tasks):
                    size, page = task.result()
                    if not same_state(first, page):
                        raise FailedFetch(describe_change(first, page))
                    pages[page.number] = page
                    received += size
                    bar.set_postfix_str(f"{received / 1e6:.1f} MB", refresh=False)
                    bar.update(len(page.numbers))
            listed = listing.result()
        except BaseException:
            client.stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    rows = sum(len(page.numbers) for page in pages.values())
    if rows != first.total or len(pages) != count:
        raise FailedFetch(f"{rows} rows came of {first.total} that were announced.")
    return [pages[number] for number in sorted(pages)], listed


def _series_url(client: Client, source: int, names: Series) -> str:
    """Write the address of the values of some series, all economies and years."""
    codes = ";".join(names)
    return f"{client.endpoint}/en/sources/{source}/series/{codes}/country/all/time/all"


def _fetch_page(client: Client, url: str, number: int, folder: Path) -> tuple[int, Page]:
    """Fetch one page, keep it, and say how many bytes it took."""
    size, body, page = ask(client, page_url(url, number), lambda b: read_page(b, number))
    replace_file(folder / f"{number:05}.json", body)
    return size, page


def _get(client: Client, url: str) -> Any:
    """Fetch one list, complete, as Python objects."""
    return ask(client, url, lambda body: (read_answer(body), json.loads(body))[1])[2]
