"""Values of a World Bank file as one table: each there once, and whole."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from govlib.errors import BadFile
from govlib.labels import DIMENSIONS
from govlib.layouts import cell_name
from govlib.wgi import DIMENSION_TYPE, MEASURES

PLACES = {name: place for place, name in enumerate(DIMENSIONS)}
MEASURE_PLACES = {name: place for place, name in enumerate(MEASURES)}


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
    pieces: Sequence[Values], sheets: Sequence[str], economies: list[str], about: dict[str, Any]
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
    about : dict
        As `cells.read_sheets` returns it; years without values are added to ``left_out``.

    Returns
    -------
    DataFrame
        As `read_wgi`, without ``edition``.

    Raises
    ------
    BadFile
        If a value is there twice, a rank or score is not between its bounds, one measure of a row
        is there and another is not, or there are no values at all.
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

    if count.max() > 1:
        first, second = np.flatnonzero(flat == np.argmax(count > 1))[:2]
        raise BadFile(
            f"{list(MEASURES)[values.measure[first]]} of {economies[values.economy[first]]} "
            f"{values.year[first]} {list(DIMENSIONS)[values.dimension[first]]} is there twice: "
            f"{at(first)} and {at(second)}."
        )
    matrix = np.full(shape, np.nan)
    matrix.reshape(-1)[flat] = values.value  # `flat` of an array takes several times as long
    for measure in ("percentile_rank", "score"):
        middle = MEASURE_PLACES[measure]
        value, low, high = (matrix[..., middle + step] for step in range(3))
        beyond = (low > value + 1e-6) | (value > high + 1e-6)
        if beyond.any():
            row = int(beyond.argmax())  # of the table: an economy, year and dimension
            [i] = np.flatnonzero(flat == row * len(MEASURES) + middle)
            raise BadFile(
                f"{at(i)}: {measure} {value.flat[row]} is not between its bounds {low.flat[row]} "
                f"and {high.flat[row]}: columns or rows may be mixed up."
            )
    _check_gaps(matrix, flat, economies, start, at)
    listed = count.reshape(shape).any(axis=3)
    held = np.bincount(values.year[~np.isnan(values.value)] - start, minlength=span) > 0
    if not held.any():
        raise BadFile("it lists economies, but has no values.")
    empty = sorted({int(year) for year in values.year[~held[values.year - start]]})
    if len(empty):
        about["left_out"].append(f"years without values {', '.join(map(str, empty))}")
    economy, year, dimension = np.nonzero(listed & held[None, :, None])
    table = pd.DataFrame(matrix[economy, year, dimension], columns=list(MEASURES)).astype(MEASURES)
    table.insert(0, "economy", np.array(sorted(economies), dtype=object)[economy])
    table.insert(1, "year", year + start)
    table.insert(
        2, "dimension", pd.Series(pd.Categorical.from_codes(dimension, dtype=DIMENSION_TYPE))
    )
    return table.astype({"economy": str})


def _check_gaps(
    matrix: np.ndarray[Any, Any],
    flat: np.ndarray[Any, Any],
    economies: list[str],
    start: int,
    at: Callable[[int], str],
) -> None:
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
    place = np.ravel_multi_index((economy, year, dimension, int(np.argmax(has))), matrix.shape)
    [i] = np.flatnonzero(flat == place)
    raise BadFile(
        f"{at(int(i))}: {sorted(economies)[economy]} {year + start} {list(DIMENSIONS)[dimension]} "
        f"has {', '.join(names[has])}, but no {', '.join(names[held & ~has])}: values may have "
        "been moved to a neighbouring year. Missing values are missing in every measure."
    )
