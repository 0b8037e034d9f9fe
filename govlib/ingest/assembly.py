"""Values of a World Bank file as one table: each there once, and whole."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from govlib.datasets.wgi import DIMENSION_TYPE, MEASURES
from govlib.errors import BadFile
from govlib.ingest.layouts import Layout, cell_name
from govlib.stats._tables import DIMENSIONS, Z90

PLACES = {name: place for place, name in enumerate(DIMENSIONS)}
MEASURE_PLACES = {name: place for place, name in enumerate(MEASURES)}

FIRST_YEAR, YEARS_WITHOUT = 1996, (1997, 1999, 2001)
"""Where the WGI begin, and years since then that no edition describes."""

MARGIN = 0.3
"""How far two estimates, less or plus their intervals, must be apart to be told apart in a copy
with one decimal, or in an edition whose intervals take 1.645 standard errors."""

At = Callable[[int, int, int, int], str]
"""Returns the cell of a place in the matrix: economy, year, dimension, measure."""


class Values(NamedTuple):
    """The values of a sheet and where each belongs: places in lists, year, row and column."""

    economy: np.ndarray[Any, Any]
    year: np.ndarray[Any, Any]
    dimension: np.ndarray[Any, Any]
    measure: np.ndarray[Any, Any]
    value: np.ndarray[Any, Any]
    row: np.ndarray[Any, Any]
    column: np.ndarray[Any, Any]


def assemble_values(
    pieces: Sequence[Values],
    sheets: Sequence[str],
    economies: list[str],
    layout: Layout,
    about: dict[str, Any],
) -> pd.DataFrame:
    """Return values as a row per economy, year and dimension.

    Parameters
    ----------
    pieces : sequence of Values
        One of each sheet.
    sheets : sequence of str
        Their names, "" where a file has none.
    economies : list of str
        Codes; the values name their places in it.
    layout : Layout
        Of all sheets: it says what the World Bank publishes whole.
    about : dict
        As `cells.read_sheets` returns it; years without values are added to ``left_out``.

    Returns
    -------
    DataFrame
        As `read_wgi`, without ``edition``.

    Raises
    ------
    BadFile
        If a value is there twice or of a year that no edition describes, a rank or score is not
        between its bounds or falls while the estimate rises, one measure of a row is there and
        another is not, there are no values at all, or a layout that is published whole lacks a
        dimension or a row.
    """
    values = Values(*(np.concatenate(parts) for parts in zip(*pieces, strict=True)))
    order = np.argsort(np.argsort(np.array(economies)))
    start = int(values.year.min(initial=2100))
    span = int(values.year.max(initial=start)) - start + 1
    shape = (len(economies), span, len(DIMENSIONS), len(MEASURES))
    keys = (order[values.economy], values.year - start, values.dimension, values.measure)
    flat = np.ravel_multi_index(keys, shape)
    count = np.bincount(flat, minlength=np.prod(shape))
    owners = np.repeat(np.arange(len(pieces)), [len(piece.value) for piece in pieces])

    def at(i: Any) -> str:
        """Return where a value is."""
        return cell_name(sheets[owners[i]], int(values.row[i]), int(values.column[i]))

    def at_place(*place: int) -> str:
        """Return where the value of a place in the matrix is."""
        return at(int(np.flatnonzero(flat == np.ravel_multi_index(place, shape))[0]))

    if count.max() > 1:
        first, second = np.flatnonzero(flat == np.argmax(count > 1))[:2]
        raise BadFile(
            f"{list(MEASURES)[values.measure[first]]} of {economies[values.economy[first]]} "
            f"{values.year[first]} {list(DIMENSIONS)[values.dimension[first]]} is there twice: "
            f"{at(first)} and {at(second)}."
        )
    held = np.bincount(values.year[~np.isnan(values.value)] - start, minlength=span) > 0
    for described in (np.flatnonzero(held) + start).tolist():
        if described < FIRST_YEAR or described in YEARS_WITHOUT:
            first = np.argmax((values.year == described) & ~np.isnan(values.value))
            raise BadFile(
                f"{at(first)}: a value of {described}. The WGI describe {FIRST_YEAR}, 1998, 2000 "
                "and each year from 2002 on: correct the year."
            )
    matrix = np.full(shape, np.nan)
    matrix.reshape(-1)[flat] = values.value  # `flat` of an array takes several times as long
    for measure in ("percentile_rank", "score"):
        middle = MEASURE_PLACES[measure]
        value, low, high = (matrix[..., middle + step] for step in range(3))
        beyond = (low > value + 1e-6) | (value > high + 1e-6)
        if beyond.any():
            row = int(beyond.argmax())  # of the table: an economy, year and dimension
            place = np.unravel_index(row, beyond.shape)
            raise BadFile(
                f"{at_place(*map(int, place), middle)}: {measure} {value.flat[row]} is not between "
                f"its bounds {low.flat[row]} and {high.flat[row]}: columns or rows may be mixed up."
            )
    codes = sorted(economies)
    _check_gaps(matrix, codes, start, at_place)
    listed = (count > 0).reshape(shape).any(axis=3)
    if not held.any():
        raise BadFile("it lists economies, but has no values.")
    _check_order(matrix, codes, start, at_place)
    filled: list[bool] = (~np.isnan(matrix)).any(axis=(0, 1, 3)).tolist()
    _check_whole(np.asarray(listed)[:, held], filled, layout, codes, np.flatnonzero(held) + start)
    empty = sorted({int(year) for year in values.year[~held[values.year - start]]})
    if len(empty):
        about["left_out"].append(f"years without values {', '.join(map(str, empty))}")
    economy, year, dimension = np.nonzero(listed & held[None, :, None])
    table = pd.DataFrame(matrix[economy, year, dimension], columns=list(MEASURES)).astype(MEASURES)
    table.insert(0, "economy", np.array(codes, dtype=object)[economy])
    table.insert(1, "year", year + start)
    table.insert(
        2, "dimension", pd.Series(pd.Categorical.from_codes(dimension, dtype=DIMENSION_TYPE))
    )
    return table.astype({"economy": str})


def _check_gaps(matrix: np.ndarray[Any, Any], codes: list[str], start: int, at: At) -> None:
    """Refuse a row of which one measure has a value and another none: it has been moved or cut.

    In every edition all measures of an economy, year and dimension are there, or none is.
    """
    there = ~np.isnan(matrix)
    held = there.any(axis=(0, 1, 2))
    differ = there[..., held].any(axis=3) & ~there[..., held].all(axis=3)
    if not differ.any():
        return
    economy, year, dimension = np.argwhere(differ)[0]
    names = np.array(list(MEASURES))
    has = there[economy, year, dimension]
    raise BadFile(
        f"{at(economy, year, dimension, int(np.argmax(has)))}: {codes[economy]} {year + start} "
        f"{list(DIMENSIONS)[dimension]} has {', '.join(names[has])}, but no "
        f"{', '.join(names[held & ~has])}: values may have been moved to a neighbouring "
        "year. Missing values are missing in every measure."
    )


def _check_order(matrix: np.ndarray[Any, Any], codes: list[str], start: int, at: At) -> None:
    """Refuse ranks, bounds or scores that fall while the estimate rises: a value was changed.

    Within a year and dimension a rank is the place of the estimate, a bound that of the estimate
    less or plus its interval, and a score is linear in the estimate; rounding keeps the order.
    """
    measures = np.ascontiguousarray(matrix.T)  # by measure, dimension, year, economy
    estimate, error = measures[0], measures[1]
    for measure, key, margin, what in (
        ("percentile_rank", estimate, 0.0, "estimate"),
        ("score", estimate, 0.0, "estimate"),
        ("percentile_rank_lower", estimate - Z90 * error, MARGIN, "estimate less its interval"),
        ("percentile_rank_upper", estimate + Z90 * error, MARGIN, "estimate plus its interval"),
    ):
        value = measures[MEASURE_PLACES[measure]]
        if np.isnan(value).all():
            continue
        order = np.argsort(np.where(np.isnan(key), np.inf, key), axis=2)  # NaN: twice as long
        steps = np.diff(np.take_along_axis(value, order, axis=2), axis=2)
        # Few have such a step at all, so that only they are looked at pair by pair.
        for dimension, year in np.argwhere((steps < -1e-6).any(axis=2)).tolist():
            keys, values = key[dimension, year], value[dimension, year]
            above = keys[:, None] > keys + margin
            wrong = above & (values[:, None] < values - 1e-6)
            wrong |= wrong.T
            if not wrong.any():
                continue
            one = int(np.argmax(wrong.sum(axis=0)))  # at odds with most others
            other = int(np.argmax(wrong[one]))
            cells = [at(e, year, dimension, MEASURE_PLACES[measure]) for e in (one, other)]
            word = "lower" if keys[other] < keys[one] else "higher"
            beside = "lower" if values[other] < values[one] else "higher"
            raise BadFile(
                f"{cells[0]}: {measure} {values[one]} of {codes[one]} {year + start} "
                f"{list(DIMENSIONS)[dimension]} contradicts its estimate: {codes[other]} "
                f"({cells[1]}) has a {word} {what} and a {beside} {measure}, {values[other]}. A "
                "value of one was changed, or columns were sorted apart."
            )


def _check_whole(
    listed: np.ndarray[Any, Any],
    filled: list[bool],
    layout: Layout,
    economies: list[str],
    years: np.ndarray[Any, Any],
) -> None:
    """Refuse a file without a dimension, or a row, that its layout is published with.

    What DataBank, the API and Data360 export is a selection, and may be of any dimensions. Files
    in the layouts from 2025 need not list a row that has no values.
    """
    if layout.arrangement in ("years above", "measures", "letters") and not all(filled):
        lacking = [
            name for name, there in zip(DIMENSIONS.values(), filled, strict=True) if not there
        ]
        raise BadFile(
            f"it has no values of {', '.join(lacking)}. The World Bank publishes this layout with "
            "all six dimensions: put back the sheets, columns or rows that were taken out, or "
            "download the file again; select dimensions after reading."
        )
    if layout.arrangement in ("years", "value", "any measures") or "score" in layout.measures:
        return
    lacks = ~listed & listed.any(axis=(0, 1))
    if lacks.any():
        economy, year, dimension = np.argwhere(lacks)[0]
        raise BadFile(
            f"{economies[economy]} {years[year]} {list(DIMENSIONS)[dimension]} has no row, though "
            "this layout lists each economy in every year and dimension (lacking in all: "
            f"{lacks.sum()}): a row, column, code or year was taken out or changed. Put it back, "
            "or download the file again."
        )
