"""The quantities that a ledger can name: each computes one number of an article from held data.

A quantity is a function of keyword arguments; `edition` and `economy` are handed to those that
declare them. It returns a `Quantity` and raises `UnknownName` where what it needs is not held.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from govlib.datasets.wgi import read
from govlib.datasets.wgi import ranked as rank_world
from govlib.errors import BadParameter, NotHeld
from govlib.i18n import join_years
from govlib.stats.changes import change as change_between_years


@dataclass(frozen=True)
class Quantity:
    """A number with its interval, and what a reader should know of it."""

    value: float
    lower: float | None = None
    upper: float | None = None
    among: int | None = None
    note: str = ""
    level: int = 90  # percent that the interval covers


def estimate(*, edition: int, economy: str, dimension: str, year: int) -> Quantity:
    """Compute the estimate of one dimension and year (standard normal units).

    Returns
    -------
    Quantity
        The estimate, its 90% interval where the edition has errors, and its percentile rank.

    Raises
    ------
    NotHeld
        If the edition has no estimate of it.
    """
    row = _ranked(edition, economy, dimension, year)
    note = f"Percentile rank {row['percentile_rank']:.1f} among {row['ranked']} economies."
    return Quantity(row["estimate"], *_bounds(row, "estimate"), note=note)


def position(*, edition: int, economy: str, dimension: str, year: int) -> Quantity:
    """Compute the position from the top among the economies with an estimate.

    Returns
    -------
    Quantity
        The position, among how many; the note gives the row of a spreadsheet sorted from high to
        low with blanks first, where it differs.

    Raises
    ------
    NotHeld
        If the edition has no estimate of it.
    """
    row = _ranked(edition, economy, dimension, year)
    place, ranked, listed = int(row["position"]), int(row["ranked"]), int(row["listed"])
    note = f"{ranked} of {listed} economies listed have data; {place - 1} are above."
    if ranked < listed:
        note += (
            f" Counting the {listed - ranked} without data ahead would give "
            f"{place + listed - ranked} of {listed}."
        )
    return Quantity(place, among=ranked, note=note)


def change(
    *, edition: int, economy: str, dimension: str, first_year: int, last_year: int
) -> Quantity:
    """Compute the change of an estimate between two years (standard normal units).

    Returns
    -------
    Quantity
        Last minus first, with its 90% interval for uncorrelated errors.

    Raises
    ------
    NotHeld
        If the edition lacks one of the years.
    BadParameter
        If the years are not in order.
    """
    if first_year >= last_year:
        raise BadParameter(f"first_year {first_year} is not before last_year {last_year}.")
    years = [first_year, last_year]
    own = read(edition, economies=economy, dimensions=dimension)
    between = own[own["year"].between(first_year, last_year) & own["estimate"].notna()]
    if not set(years) <= set(between["year"]):
        read(edition, economies=economy, years=years)
        raise NotHeld(_lacking(edition, economy, dimension, years))
    row = change_between_years(between, *years).iloc[0]
    steps = np.diff(between["estimate"])  # the years are in order
    note = f"Up in {(steps > 0).sum()} of {len(steps)} steps"
    note += "." if pd.isna(row["standard_error"]) else ", errors taken as uncorrelated."
    return Quantity(row["change"], *_bounds(row, "change"), note=note)


def figure_points(
    *, edition: int, economy: str, first_year: int, points: dict[str, list[float]], decimals: int
) -> Quantity:
    """Count the points of a printed figure that equal ours at the printed decimals.

    `points` holds, by dimension, the printed estimates of consecutive years from `first_year`.

    Returns
    -------
    Quantity
        How many are equal, among how many; the note gives the largest difference.

    Raises
    ------
    NotHeld
        If the edition lacks one of the points.
    BadParameter
        If there is no point.
    """
    if not points or not all(points.values()):
        raise BadParameter(f"points = {points}: each dimension needs one or more.")
    differences: list[float] = []
    equal = 0
    for dimension, printed in points.items():
        years = list(range(first_year, first_year + len(printed)))
        ours = read(edition, economies=economy, dimensions=dimension, years=years)
        if ours["estimate"].notna().sum() < len(years):
            raise NotHeld(_lacking(edition, economy, dimension, years))
        for mine, theirs in zip(ours["estimate"], printed, strict=True):
            equal += round(float(mine), decimals) == theirs
            differences.append(abs(float(mine) - theirs))
    note = f"The largest difference is {max(differences):.{decimals + 2}f}."
    return Quantity(equal, among=len(differences), note=note)


QUANTITIES: dict[str, Callable[..., Quantity]] = {
    function.__name__: function for function in (estimate, position, change, figure_points)
}
"""What a ledger can compute, by name."""


def _ranked(edition: int, economy: str, dimension: str, year: int) -> "pd.Series[float]":
    """Return one economy's row of a ranking of all."""
    world = rank_world(edition)
    of_row = (world["year"] == year) & (world["dimension"] == dimension)
    rows = world[of_row & (world["economy"] == economy) & world["estimate"].notna()]
    if rows.empty:
        read(edition, economies=economy, dimensions=dimension, years=year)
        raise NotHeld(_lacking(edition, economy, dimension, [year]))
    return rows.iloc[0]


def _bounds(row: "pd.Series[float]", name: str) -> tuple[float | None, float | None]:
    """Return the bounds of an interval, None where there is no error."""
    lower, upper = row[f"{name}_lower"], row[f"{name}_upper"]
    return (None, None) if pd.isna(lower) else (float(lower), float(upper))


def _lacking(edition: int, economy: str, dimension: str, years: list[int]) -> str:
    """Say that an edition lacks an estimate."""
    return (
        f"WGI edition {edition} has no estimate of {dimension} for {economy}, {join_years(years)}."
    )
