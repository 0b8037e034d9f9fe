"""What the World Bank's API calls its series, and the table that its pages make."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd

from govlib.datasets import package as catalog
from govlib.datasets.wgi import COLUMNS, DIMENSION_TYPE, MEASURES
from govlib.errors import BadTable, FailedFetch, UnknownName, did_you_mean
from govlib.ingest.layouts import SUFFIXES
from govlib.ingest.listing import Listing
from govlib.ingest.pages import Page
from govlib.stats._tables import DIMENSIONS

Series = Mapping[str, tuple[str, str]]
"""Series codes and what they hold: dimension and measure."""


def _name_series(pattern: str, suffixes: Iterable[str]) -> Series:
    """Write the code of each dimension and measure."""
    return {
        pattern.format(dimension.upper(), suffix): (dimension, SUFFIXES[suffix.replace("_", ".")])
        for suffix in suffixes
        for dimension in DIMENSIONS
    }


SOURCES = {3: "Worldwide Governance Indicators", 2: "World Development Indicators"}
"""The World Bank's databases that hold WGI series, by the API's number."""

CURRENT = _name_series("GOV_WGI_{}.{}", ["EST", "SE", "SR", "SC", "SC_LB", "SC_UB"])
"""Source 3 since 2026."""

WDI = _name_series("GOV_WGI_{}_{}", ["EST", "SC"])
"""Source 2: two measures."""

LEGACY = _name_series(
    "{}.{}", ["EST", "STD.ERR", "NO.SRC", "PER.RNK", "PER.RNK.LOWER", "PER.RNK.UPPER"]
)
"""Source 3 to 2025; the World Bank answers that they are deleted or archived."""


def check_series(asked: Sequence[str]) -> tuple[int, Series]:
    """Return the source that serves the series named and what they hold.

    Raises
    ------
    UnknownName
        If a code is not one of the WGI's series; a dead one is answered with its successor.
    BadTable
        If the codes belong to different sources.
    """
    successors = {kind: code for code, kind in CURRENT.items()}
    for code in asked:
        if code in LEGACY:
            dimension, measure = LEGACY[code]
            successor = successors.get((dimension, measure))
            nearest = successors[dimension, "score"]
            raise UnknownName(
                f"{code} is dead: the World Bank renamed its series in 2026. "
                + (
                    f"Its successor is {successor}."
                    if successor
                    else f"Percentile ranks are no longer served: govlib.stats.ranks computes "
                    f"them from the estimates; the 0-100 score is {nearest}."
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


def make_table(pages: Sequence[Page], names: Series, listing: Listing) -> pd.DataFrame:
    """Make the table of an edition from all pages of a source.

    Parameters
    ----------
    pages : sequence of Page
        All pages of one `lastupdated`.
    names : mapping
        The series asked for and what they hold.
    listing : Listing
        What the source lists: each economy and year must have a row.

    Returns
    -------
    DataFrame
        The columns of `govlib.wgi.read` except `edition`, one row per economy, year and
        dimension asked for. Aggregates are left out, also years without any value (source 2 lists
        years before the WGI); a cell that the source leaves empty is missing.

    Raises
    ------
    FailedFetch
        If rows are repeated, a series or a listed economy is absent, a number of sources is not
        whole, or it cannot be told whether a code is an economy.
    """
    codes, series, years = (
        pd.factorize(np.array([item for page in pages for item in column(page)], dtype=object))
        for column in (attrgetter("economies"), attrgetter("series"), attrgetter("years"))
    )
    values = np.array([number for page in pages for number in page.numbers], dtype=float)
    shape = len(codes[1]), len(years[1]), len(series[1])
    place = np.ravel_multi_index((codes[0], years[0], series[0]), shape)
    counts = np.bincount(place, minlength=int(np.prod(shape)))
    if counts.max(initial=0) > 1:
        e, t, s = np.unravel_index(int(counts.argmax()), shape)
        raise FailedFetch(
            f"{int((counts > 1).sum())} rows came twice, the first: {codes[1][e]}, "
            f"{series[1][s]}, {years[1][t]}. A page was repeated, so another is missing."
        )
    _check_listed("series", set(series[1]), set(names))
    _check_listed("economies", set(codes[1]), set(listing.economies))
    _check_listed("years", set(years[1]), listing.years)
    keep = _are_economies(codes[1], listing)
    today = pd.Index([catalog.RENAMED_CODES.get(code, code) for code in codes[1]])
    if today[keep].has_duplicates:
        raise FailedFetch(
            f"The source lists an economy under an old and a new code: "
            f"{', '.join(sorted(set(today[keep][today[keep].duplicated()])))}."
        )
    cube = np.full(counts.size, np.nan)
    cube[place] = values
    cube = cube.reshape(shape)[keep]
    when = np.array([int(year) for year in years[1]])
    dated = ~np.isnan(cube).all(axis=(0, 2))
    cube, when = cube[:, dated], when[dated]
    asked = {dimension for dimension, _ in names.values()}
    dimensions = [dimension for dimension in DIMENSIONS if dimension in asked]
    index = pd.MultiIndex.from_product(
        [today[keep], when, dimensions], names=["economy", "year", "dimension"]
    )
    table = pd.DataFrame(index=index, columns=list(MEASURES), dtype=float)
    places = {code: place for place, code in enumerate(series[1])}
    for measure in {measure for _, measure in names.values()}:
        block = np.full((*cube.shape[:2], len(dimensions)), np.nan)
        for code, (dimension, held) in names.items():
            if held == measure:
                block[:, :, dimensions.index(dimension)] = cube[:, :, places[code]]
        table[measure] = block.reshape(-1)
    whole = table["sources"].dropna() % 1 == 0
    if not whole.all():
        raise FailedFetch(f"A number of sources is not whole: {whole.idxmin()}.")
    table = table.reset_index().astype({**MEASURES, "dimension": DIMENSION_TYPE})
    table = table.sort_values(["economy", "year", "dimension"], ignore_index=True)
    return table[COLUMNS[1:]].astype({"economy": str, "year": "int64"})


def _check_listed(kind: str, found: set[str], listed: set[str]) -> None:
    """Refuse rows that do not cover what the source lists, or go beyond it."""
    for few, words in (
        (listed - found, "have no row, though the source lists them"),
        (found - listed, "came, though the source does not list them"),
    ):
        if few:
            shown = ", ".join(sorted(few)[:10]) + (", ..." if len(few) > 10 else "")
            raise FailedFetch(f"{len(few)} {kind} {words}: {shown}.")


def _are_economies(codes: Iterable[str], listing: Listing) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Say which codes are economies and not aggregates; refuse what cannot be told."""
    held = set(catalog.economy_names())
    keep = []
    for code in codes:
        name, aggregate = listing.economies[code]
        known = catalog.RENAMED_CODES.get(code, code) in held
        # Two lists must agree, since wbgapi remembers an empty list of aggregates after a failure.
        if known and aggregate:
            raise FailedFetch(
                f"{code} ({name}) is an economy in the editions held, but the World Bank's list "
                "of countries calls it an aggregate: the list cannot be trusted at the moment. "
                "Fetch again later."
            )
        if not known and aggregate is None:
            raise FailedFetch(
                f"{code} ({name}) is in no edition held nor in the World Bank's list of "
                "countries: it cannot be told whether it is an economy or an aggregate. Fetch "
                "again later, or add the edition from a file: govlib add-edition FILE"
            )
        keep.append(not aggregate)
    return np.array(keep, dtype=bool)


def name_edition(table: pd.DataFrame, lastupdated: str, *, source: int) -> int:
    """Name the edition of a fetched table: the year after the last year with values.

    Each edition so far (2019 to 2026) describes the years up to the one before its release. The
    source's date must agree: for source 3 it lies in the year of release or the next; source 2
    is updated for other reasons too, so there it must only not lie before.

    Raises
    ------
    FailedFetch
        If the date contradicts the years; says how to name the edition oneself.
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
