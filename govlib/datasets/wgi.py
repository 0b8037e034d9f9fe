"""The Worldwide Governance Indicators: one edition as one tidy table."""

from collections.abc import Iterable
from functools import lru_cache
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from govlib.datasets import economies as _economies
from govlib.datasets.package import as_list, find_edition, read_bytes, read_package, read_table
from govlib.errors import BadParameter, UnknownName, did_you_mean
from govlib.i18n import join_years
from govlib.stats._tables import DIMENSIONS, KEYS, add_interval, check_table, error_to_assume
from govlib.stats._tables import MEASURES as DRAWN
from govlib.stats.changes import change as change_between_years
from govlib.stats.changes import correlation_floor as floor_of
from govlib.stats.changes import probability_of_rise as probability_of
from govlib.stats.ranks import ranks
from govlib.stats.trends import trend as trend_of

_MEASURES: dict[str, tuple[str, float, float]] = {
    "estimate": ("float64", -4, 4),
    "standard_error": ("float64", 0.01, 2),
    "sources": ("Int64", 1, 100),
    **dict.fromkeys(
        [f"percentile_rank{end}" for end in ("", "_lower", "_upper")], ("float64", 0, 100)
    ),
    "score": ("float64", 0, 100),
    # An interval of a score near an end may reach beyond it: no edition held has these bounds.
    "score_lower": ("float64", -50, 150),
    "score_upper": ("float64", -50, 150),
}
MEASURES = {measure: kind for measure, (kind, *_) in _MEASURES.items()}
RANGES = {measure: (low, high) for measure, (_, low, high) in _MEASURES.items()}
"""Smallest and largest value that a measure can have: the plausible range of each measure."""

LAST_32_BIT = 2024
"""The last edition released as 32-bit numbers."""


COLUMNS = [*KEYS, *MEASURES]
DIMENSION_TYPE = pd.CategoricalDtype(list(DIMENSIONS), ordered=True)


def read(
    edition: int,
    *,
    economies: str | Iterable[str] | None = None,
    dimensions: str | Iterable[str] | None = None,
    years: int | str | Iterable[int] | None = None,
) -> pd.DataFrame:
    """Read one edition of the Worldwide Governance Indicators.

    Parameters
    ----------
    edition : int
        Year of release; see `editions`. The same year differs between editions, and the editions
        from 2025 follow another method than those before.
    economies : str or iterable of str, optional
        World Bank codes in any case, names, groups (``"central_asia"``, of which those that the
        edition lists); all by default.
    dimensions : str or iterable of str, optional
        Of ``va pv ge rq rl cc``; all by default.
    years : int, iterable of int, range or str, optional
        Years that the estimates describe: one, or several that must all exist; of a range or
        "2000-2023", those that the edition has. All by default.

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
        estimate                 float        standard deviations from the average of all economies,
                                              about -2.5 to 2.5
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
    >>> import govlib as gov
    >>> table = gov.wgi.read(2023, economies="Kazakhstan", dimensions="ge", years=2022)
    >>> table["estimate"].round(2).item()
    0.14
    """
    return _select(_edition(edition), economies, dimensions, years)


def ranked(
    edition: int, *, economies: Any = None, dimensions: Any = None, years: Any = None
) -> pd.DataFrame:
    """Read an edition with the rank of each economy among all that it lists.

    The rows of `read`, whose parameters and errors it has, with the columns of `stats.add_interval`
    and `stats.ranks`.
    """
    resource = find_edition(edition)
    return _select(_rank(resource["edition"], read_bytes(resource)), economies, dimensions, years)


def correlation_floor(
    edition: int | Iterable[int], first_year: int, last_year: int, **options: Any
) -> pd.DataFrame:
    """Compute the least mean correlation of errors that whole editions allow.

    As `stats.correlation_floor` (with its `options`, `lag` and `assumed_error`, and errors), one
    row per edition and dimension. Of several editions those that lack a year are left out; the
    correlations are missing for an edition without standard errors.
    """
    tables = [_edition(e) for e in (edition if isinstance(edition, Iterable) else [edition])]
    chosen = [t for t in tables if {first_year, last_year} <= set(t["year"])]
    return pd.concat([_floor(t, first_year, last_year, **options) for t in chosen or tables])


def change(
    table: pd.DataFrame,
    first_year: int,
    last_year: int,
    *,
    rho: Any = None,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Compute the change of each estimate between two years, as `stats.change` does.

    By default `rho` is the floors of the table's whole edition (`correlation_floor`).
    """
    if rho is None:
        rho = _floors_of(table, first_year, last_year, assumed_error=assumed_error)
    return change_between_years(table, first_year, last_year, rho=rho, assumed_error=assumed_error)


def trend(
    table: pd.DataFrame, *, rho: Any = None, assumed_error: float | None = None, **options: Any
) -> pd.DataFrame:
    """Fit a line to the years of each economy and dimension, as `stats.trend` does.

    By default `rho` is the floors of neighbouring years in the table's span and whole edition.
    """
    if rho is None:
        check_table(table, ["estimate", "standard_error"])
        span = int(table["year"].min()), int(table["year"].max())
        years = sorted(y for y in set(table["year"]) if y + 1 in set(table["year"]))
        lag = 1 if years else int(np.diff(sorted(set(table["year"]))).min())
        rho = _floors_of(table, *span, lag=lag, assumed_error=assumed_error)
    return trend_of(table, rho=rho, assumed_error=assumed_error, **options)


def probability_of_rise(
    table: pd.DataFrame, first_year: int, last_year: int, **options: Any
) -> pd.DataFrame:
    """Compute how probable a rise is for the rows of a table, as `stats.probability_of_rise` does.

    The curve of correlations is that of the table's whole edition.
    """
    check_table(table)
    edition = _edition(table["edition"].iloc[0])
    result = probability_of(edition, first_year, last_year, **options)
    return result[
        result["economy"].isin(table["economy"]) & result["dimension"].isin(table["dimension"])
    ].reset_index(drop=True)


def _floors_of(table: pd.DataFrame, *years: int, **options: Any) -> pd.DataFrame:
    """Compute the floors for the dimensions of a table, from its whole edition."""
    check_table(table, ["estimate", "standard_error"])
    whole = _edition(table["edition"].iloc[0])
    return _floor(whole[whole["dimension"].isin(table["dimension"])], *years, **options)


def _floor(table: pd.DataFrame, first_year: int, last_year: int, **options: Any) -> pd.DataFrame:
    """Compute the floors of an edition; missing if it has no errors and none is assumed."""
    if table["standard_error"].notna().any() or options.get("assumed_error") is not None:
        return floor_of(table, first_year, last_year, **options)
    keys = table[["edition", "dimension"]].drop_duplicates().reset_index(drop=True)
    return keys.assign(rho=np.nan, rho_lower=np.nan, rho_upper=np.nan)


def editions() -> list[int]:
    """Return the editions of the WGI that are available (years of release), ascending."""
    return sorted(entry["edition"] for entry in read_package()["resources"] if "edition" in entry)


def assumed_error(edition: int) -> float | None:
    """Return the standard error to assume for an edition that publishes none, else None.

    The median error of the newest edition with errors, to two decimals (standard deviations).
    UnknownName if there is no such edition.
    """
    return error_to_assume(_edition(edition), map(_edition, editions()))


def check_measure(edition: int, measure: str) -> None:
    """Raise BadParameter if an edition does not have a measure (`stats.MEASURES`)."""
    table = _edition(edition)
    if measure not in DRAWN or not table[measure].notna().any():
        known = [name for name in DRAWN if table[name].notna().any()]
        raise BadParameter(f"Edition {edition} has no {measure}; it has {', '.join(known)}.")


def _edition(edition: int) -> pd.DataFrame:
    resource = find_edition(edition)
    # As recorded: 2023.0 equals 2023, and would be kept and handed to all who ask for 2023.
    return _parse(resource["edition"], read_bytes(resource))


@lru_cache(maxsize=32)
def _parse(edition: int, content: bytes) -> pd.DataFrame:
    """Return the table of an edition's bytes, parsed once a process."""
    kinds: dict[str, Any] = {"economy": "str", "year": "int64", "dimension": DIMENSION_TYPE}
    table = read_table(content, kinds | MEASURES)
    table.insert(0, "edition", edition)
    lacking = {column: kind for column, kind in MEASURES.items() if column not in table}
    return table.reindex(columns=COLUMNS).astype(lacking)


@lru_cache(maxsize=32)
def _rank(edition: int, content: bytes) -> pd.DataFrame:
    """Return an edition with intervals and ranks, computed once a process."""
    return ranks(add_interval(_parse(edition, content)))


def _select(table: pd.DataFrame, economies: Any, dimensions: Any, years: Any) -> pd.DataFrame:
    """Return the rows asked for; pandas copies what a caller changes."""
    chosen = []
    if years is not None:
        chosen.append(table["year"].isin(_known_years(table, years)))
    if economies is not None:
        chosen.append(table["economy"].isin(_known_economies(table, economies)))
    if dimensions is not None:
        chosen.append(table["dimension"].isin(_known_dimensions(dimensions)))
    if chosen:
        table = table[np.logical_and.reduce(chosen)].reset_index(drop=True)
    return table.copy(deep=False)


def _known_economies(table: pd.DataFrame, asked: Any) -> list[str]:
    """Return the codes asked for, or say which the edition does not list."""
    listed, found = set(table["economy"].unique()), []
    for word, codes in _economies.expand(as_list(asked, "economies")).items():
        known = [code for code in codes if code in listed]
        if not known:
            edition, name = table["edition"].iloc[0], _economies.names().get(codes[0], word)
            having = [e for e in editions() if codes[0] in set(_edition(e)["economy"])]
            raise UnknownName(
                f"{codes[0]} ({name}) is not listed in WGI edition {edition}; it is in: "
                f"{', '.join(map(str, having)) or 'none'}."
            )
        found += known
    return found


def _known_dimensions(asked: Any) -> list[str]:
    """Return the dimensions asked for, or say which do not exist."""
    listed = as_list(asked, "dimensions")
    for dimension in listed:
        if dimension not in DIMENSIONS:
            raise UnknownName(
                f"{dimension!r} is not a dimension of the WGI; the dimensions are: "
                f"{', '.join(f'{code} ({name})' for code, name in DIMENSIONS.items())}."
                f"{did_you_mean(dimension, DIMENSIONS, DIMENSIONS)}"
            )
    return listed


def _known_years(table: pd.DataFrame, asked: Any) -> list[int]:
    """Return the years asked for, or say which the edition does not have."""
    known = sorted(table["year"].unique().tolist())
    if isinstance(asked, str):
        first, dash, last = asked.replace("\u2013", "-").partition("-")
        if not (first.strip().isdigit() and (last.strip().isdigit() or not dash)):
            raise BadParameter(f'years = {asked!r}: a range is written as "2000-2023".')
        asked = range(int(first), int(last) + 1) if dash else int(first)
    if isinstance(asked, range):
        if found := [year for year in asked if year in known]:
            return found
        asked = [asked.start, asked.stop - 1]
    listed = as_list(asked, "years")
    for year in listed:
        if isinstance(year, bool) or not isinstance(year, Real) or year not in known:
            raise UnknownName(
                f"WGI edition {table['edition'].iloc[0]} has no year {year!r}; "
                f"it has {join_years(known)}."
            )
    return listed
