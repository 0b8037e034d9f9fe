"""One edition of the Worldwide Governance Indicators as one tidy table."""

import io
from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from govlib.datasets import package as catalog
from govlib.errors import BadParameter, UnknownName, did_you_mean
from govlib.i18n.labels import DIMENSIONS, KEYS, join_years
from govlib.i18n.labels import MEASURES as DRAWN

MEASURES = {
    "estimate": "float64",
    "standard_error": "float64",
    "sources": "Int64",
    "percentile_rank": "float64",
    "percentile_rank_lower": "float64",
    "percentile_rank_upper": "float64",
    "score": "float64",
    "score_lower": "float64",
    "score_upper": "float64",
}
RANGES = {
    "estimate": (-4, 4),
    "standard_error": (0.01, 2),
    "sources": (1, 100),
    "percentile_rank": (0, 100),
    "percentile_rank_lower": (0, 100),
    "percentile_rank_upper": (0, 100),
    "score": (0, 100),
    # An interval of a score near an end may reach beyond it: no edition held has these bounds.
    "score_lower": (-50, 150),
    "score_upper": (-50, 150),
}
"""Smallest and largest value that a measure can have; anything else is another thing."""

LAST_32_BIT = 2024
"""The last edition released as 32-bit numbers."""

COLUMNS = [*KEYS, *MEASURES]
DIMENSION_TYPE = pd.CategoricalDtype(list(DIMENSIONS), ordered=True)


def read_wgi(
    edition: int,
    *,
    economies: str | Iterable[str] | None = None,
    dimensions: str | Iterable[str] | None = None,
    years: int | Iterable[int] | None = None,
) -> pd.DataFrame:
    """Read one edition of the Worldwide Governance Indicators.

    Parameters
    ----------
    edition : int
        Year of release; see `held_editions`. The same year differs between editions, and the
        editions from 2025 follow another method than those before.
    economies : str or iterable of str, optional
        World Bank codes, three capital letters; all by default.
    dimensions : str or iterable of str, optional
        Of ``va pv ge rq rl cc``; all by default.
    years : int or iterable of int, optional
        Years that the estimates describe; all by default.

    Returns
    -------
    DataFrame
        One row per edition, economy, year and dimension, sorted by economy, year and dimension;
        a row that the edition lists without values is kept, its measures missing.

        ======================== ============ ====================================================
        column                   type         unit, range
        ======================== ============ ====================================================
        edition                  int          year of release
        economy                  str          World Bank code of today
        year                     int          1996, 1998, 2000 and from 2002 each year
        dimension                category     va < pv < ge < rq < rl < cc
        estimate                 float        standard normal units, about -2.5 to 2.5
        standard_error           float        same unit, > 0; missing in the 2025 edition
        sources                  Int64        number of sources; missing in the 2025 edition
        percentile_rank          float        0 to 100 among economies with data; to edition 2024
        percentile_rank_lower    float        lower bound of its 90% interval; to edition 2024
        percentile_rank_upper    float        upper bound of its 90% interval; to edition 2024
        score                    float        0 to 100, linear in the estimate; from edition 2025
        score_lower, score_upper float        its 90% bounds; missing in the 2025 edition
        ======================== ============ ====================================================

    Raises
    ------
    UnknownName
        If an edition, economy, dimension or year does not exist; names what does.
    BadParameter
        If a selection is empty.
    AlteredFile
        If the file of the edition is missing or altered.

    Examples
    --------
    >>> import govlib
    >>> table = govlib.read_wgi(2023, economies="KAZ", dimensions="ge", years=2022)
    >>> table["estimate"].round(2).item()
    0.14
    """
    resource = catalog.find_edition(edition)
    # As recorded: 2023.0 equals 2023, and would be kept and handed to all who ask for 2023.
    parsed = _parse(resource["edition"], resource["hash"], catalog.read_bytes(resource))
    table = parsed.table
    chosen = []
    if years is not None:
        known_years = _known_years(parsed, _as_list(years, "years"))
    if economies is not None:
        codes = _known_economies(parsed, _as_list(economies, "economies"))
        chosen.append(np.isin(parsed.places, [parsed.listed[code] for code in codes]))
    if dimensions is not None:
        known = _known_dimensions(_as_list(dimensions, "dimensions"))
        codes_known = [list(DIMENSIONS).index(dimension) for dimension in known]
        chosen.append(np.isin(table["dimension"].cat.codes, codes_known))
    if years is not None:
        chosen.append(np.isin(table["year"], known_years))
    if chosen:
        table = table[np.logical_and.reduce(chosen)].reset_index(drop=True)
    # pandas copies what a caller changes: the table that is kept stays as it is.
    return table.copy(deep=False)


def check_measure(edition: int, measure: str) -> None:
    """Refuse a measure that an edition does not have.

    Parameters
    ----------
    edition : int
        Year of release.
    measure : str
        Of `labels.MEASURES`.

    Raises
    ------
    BadParameter
        If no row of the edition has it; names those that it has.
    """
    table = read_wgi(edition)
    if measure not in DRAWN or not table[measure].notna().any():
        held = [name for name in DRAWN if table[name].notna().any()]
        raise BadParameter(f"Edition {edition} has no {measure}; it has {', '.join(held)}.")


class Parsed(NamedTuple):
    """The table of an edition, the places of its economies among them, these by code, its years."""

    table: pd.DataFrame
    places: np.ndarray[Any, Any]
    listed: dict[str, int]
    years: set[int]


_PARSED: dict[tuple[int, str], Parsed] = {}


def _parse(edition: int, digest: str, content: bytes) -> Parsed:
    """Return the table of an edition's bytes, parsed once a process and hash."""
    if (edition, digest) not in _PARSED:
        kinds: dict[str, Any] = {
            "economy": "category",
            "year": "int64",
            "dimension": DIMENSION_TYPE,
            **MEASURES,
        }
        table = pd.read_csv(
            io.BytesIO(content),
            dtype=kinds,
            keep_default_na=False,
            na_values=[""],
        )
        table.insert(0, "edition", edition)
        places = table["economy"].cat.codes.to_numpy()
        listed = {code: place for place, code in enumerate(table["economy"].cat.categories)}
        table = table.reindex(columns=COLUMNS).astype(
            {column: kind for column, kind in MEASURES.items() if column not in table}
            | {"economy": str}
        )
        years = set(table["year"].tolist())
        _PARSED[edition, digest] = Parsed(table, places, listed, years)
    return _PARSED[edition, digest]


def _as_list(asked: Any, name: str) -> list[Any]:
    """Return what was asked, one thing or several, as a list that is not empty."""
    listed = [asked] if isinstance(asked, str) or not isinstance(asked, Iterable) else list(asked)
    if not listed:
        raise BadParameter(f"`{name}` is empty: name at least one, or leave it out for all.")
    return listed


def _known_economies(parsed: Parsed, asked: Sequence[str]) -> Sequence[str]:
    """Return the codes asked for, or say which the edition does not list."""
    table, listed = parsed.table, parsed.listed
    for code in asked:
        if code in listed:
            continue
        edition = table["edition"].iloc[0]
        names = catalog.economy_names()
        if code in names:
            editions = [e for e in catalog.held_editions() if e != edition]
            holding = [e for e in editions if code in set(read_wgi(e)["economy"])]
            raise UnknownName(
                f"{code} ({names[code]}) is not listed in WGI edition {edition}; "
                f"it is in: {', '.join(map(str, holding))}."
            )
        if code in catalog.RENAMED_CODES:
            today = catalog.RENAMED_CODES[code]
            hint = f" {code} is {today} ({names[today]}) today."
        else:
            hint = did_you_mean(code, sorted(listed), names) or did_you_mean(
                code, sorted(listed), catalog.everyday_names()
            )
        raise UnknownName(
            f"{code!r} is not an economy of WGI edition {edition}, which lists {len(listed)} by "
            f"World Bank code (three capital letters).{hint} All of them: govlib.read_economies()"
        )
    return asked


def _known_dimensions(asked: Sequence[str]) -> Sequence[str]:
    """Return the dimensions asked for, or say which do not exist."""
    for dimension in asked:
        if dimension not in DIMENSIONS:
            raise UnknownName(
                f"{dimension!r} is not a dimension of the WGI; the dimensions are: "
                f"{', '.join(f'{code} ({name})' for code, name in DIMENSIONS.items())}."
                f"{did_you_mean(dimension, DIMENSIONS, DIMENSIONS)}"
            )
    return asked


def _known_years(parsed: Parsed, asked: Sequence[int]) -> Sequence[int]:
    """Return the years asked for, or say which the edition does not have."""
    for year in asked:
        if isinstance(year, bool) or not isinstance(year, Real) or year not in parsed.years:
            raise UnknownName(
                f"WGI edition {parsed.table['edition'].iloc[0]} has no year {year!r}; "
                f"it has {join_years(sorted(parsed.years))}."
            )
    return asked
