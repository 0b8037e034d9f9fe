"""Which edition did a text use? Printed numbers are compared with every edition and year."""

import io
import itertools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from govlib.datasets import wgi
from govlib.datasets.economies import find
from govlib.errors import BadParameter, BadTable, GovlibError, did_you_mean
from govlib.project import read_text
from govlib.stats._tables import DIMENSIONS

COLUMNS = ("economy", "dimension", "year", "quantity", "value")
RANGES: dict[str, tuple[float, float]] = {
    "estimate": (-4, 4),
    "rank": (1, 250),
    "percentile_rank": (0, 100),
    "score": (0, 100),
}
"""The quantities, each with the range of what can be printed; a change of one: NAME_change."""

CHANGE = "_change"
WAYS = ("rounded", "truncated")
CANDIDATE = ["edition", "other_edition", "first_year", "last_year", "fits", "numbers", "misses"]
CANDIDATE += ["from_other"]
COUNTED = ("among those with an estimate", "countries without an estimate counted ahead")


@dataclass(frozen=True)
class _Printed:
    """A number as it was printed."""

    text: str = field(compare=False)
    economy: str
    dimension: str
    years: tuple[int, ...]  # empty: not known
    quantity: str
    is_change: bool
    value: float = field(compare=False)
    decimals: int = field(compare=False)


def read_numbers(path: str | Path) -> pd.DataFrame:
    """Read printed numbers from a CSV file, as text, for `identify`.

    It has the columns `economy`, `dimension`, `value` and, where known, `year` ("2022"; "2018-2022"
    for a change) and `quantity` ("estimate" where empty). BadTable is raised if it cannot be read
    or lacks a column.
    """
    try:
        text = io.StringIO(read_text(Path(path)))
        table = pd.read_csv(text, dtype=str, keep_default_na=False, skipinitialspace=True)
    except pd.errors.EmptyDataError:
        table = pd.DataFrame()  # which lacks all columns
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error).strip()
        raise BadTable(f"{path} cannot be read ({why}).") from None
    table.columns = [str(name).strip() for name in table.columns]
    needed = {"economy", "dimension", "value"}
    has = set(map(str, table))
    if wrong := sorted((needed - has) | (has - set(COLUMNS))):
        raise BadTable(
            f"{path} lacks a column, or has an unknown one: {', '.join(wrong)}. A file of printed "
            f"numbers begins with the line {','.join(COLUMNS)}"
        )
    return table


def identify(numbers: pd.DataFrame | Iterable[str], *, limit: int = 10) -> pd.DataFrame:
    """Find the editions, years and ways of counting that fit numbers printed in a text.

    Parameters
    ----------
    numbers : DataFrame or iterable of str
        As `read_numbers` returns, or words in the order economy, dimension, year, quantity, value:
        ``"KAZ ge 2022 0.14"``, ``"GEO va 2020 percentile_rank 49.76"``, ``"UZB ge rank_change
        22"`` (places gained; the years unknown). The decimals printed count: keep trailing zeros.
        BadTable names one that cannot be read or is out of range, or two that contradict.
    limit : int
        Rows to return at most.

    Returns
    -------
    DataFrame
        One row per candidate, most likely first: `edition`, `other_edition` (of the numbers in
        `from_other`, or of the first year of every change; <NA> if one edition is enough),
        `first_year` and `last_year` (of numbers without a year), `rounding`, `counting` (of ranks),
        `fits` (numbers that come out as printed), `numbers`, `chance` (the probability that the
        numbers of economies drawn at random fit as many, over all candidates tried; 0-1), `misses`
        and `from_other` (lists of the numbers).

        Candidates are sorted by `fits`, then one edition before two, then fewer numbers of the
        other edition; rows that agree in these are equally likely.
    """
    printed = _parse(numbers)
    world = pd.concat([wgi.ranked(edition) for edition in wgi.editions()])
    ranked = any(one.quantity == "rank" for one in printed)
    figures = {way: _figures(world, printed, way) for way in COUNTED[: 2 if ranked else 1]}
    editions, years = wgi.editions(), sorted(world["year"].unique())
    ways: dict[str, dict[str, Any]] = {}  # one that says the same as an earlier one is left out
    tried = 0
    for rounding, counting in itertools.product(WAYS, figures):
        fits = _compare(printed, figures[counting], rounding)
        tried += fits[0].size
        for row in _candidates(printed, editions, years if fits.shape[-1] > 1 else [None], fits):
            ways.setdefault(repr(row), row | {"rounding": rounding, "counting": counting})
    found = sorted(
        ways.values(),
        key=lambda row: (
            -row["fits"],
            row["other_edition"] is not None,
            len(row["from_other"]),
            row["rounding"] == "truncated",
            row["counting"] == COUNTED[1],
            -row["edition"],
        ),
    )
    best = [row for row in found if row["fits"]][:limit]
    for row in best:
        row["chance"] = _chance(row, printed, figures[row["counting"]], tried)
    table = pd.DataFrame(best, columns=[*CANDIDATE, "rounding", "counting", "chance"])
    return table.astype(dict.fromkeys(CANDIDATE[:6], "Int64"))


def explain(found: pd.DataFrame) -> str:
    """Say in a sentence what `identify` found, and whether it identifies an edition."""
    if found.empty:
        return "No edition included has any of these numbers."
    top = found.iloc[0]
    same = found[
        (found["fits"] == top["fits"])
        & (found["rounding"] == top["rounding"])
        & (found["counting"] == top["counting"])
        & (found["other_edition"].isna() == pd.isna(top["other_edition"]))
        & (found["from_other"].str.len() == len(top["from_other"]))
    ]
    count = f"{top['fits']} of {top['numbers']} numbers"
    names = list(dict.fromkeys(_name(row) for _, row in same.iterrows()))
    if top["from_other"]:
        names[0] += f" (from {top['other_edition']}: {', '.join(top['from_other'])})"
    by_chance = top["chance"] > 0.05
    sentence = "These numbers do not identify an edition: " if by_chance or names[1:] else ""
    sentence += f"{'; '.join(names)}: {count}{' each' if names[1:] else ''}"
    if by_chance:
        sentence += f", which chance gives with probability {top['chance']:.2g}"
    missing = f" Not in it: {', '.join(top['misses'])}." if top["misses"] else ""
    return f"{sentence}.{missing}"


def _name(row: Mapping[Any, Any]) -> str:
    """Return a candidate in words: "Edition 2021, years 2020 to 2021"."""
    name = f"Edition {row['edition']}"
    if pd.notna(row["other_edition"]):
        name = f"Editions {row['other_edition']} and {row['edition']}"
    if pd.notna(row["first_year"]) and row["first_year"] != row["last_year"]:
        name += f", years {row['first_year']} and {row['last_year']}"
    elif pd.notna(row["last_year"]):
        name += f", year {row['last_year']}"
    if row["counting"] != COUNTED[0]:
        name += f", {row['counting']}"
    return name + (", cut off and not rounded" if row["rounding"] == "truncated" else "")


def _parse(numbers: pd.DataFrame | Iterable[str]) -> list[_Printed]:
    """Read printed numbers, or say which cannot be read or contradict each other."""
    if isinstance(numbers, str):
        raise BadParameter(f"numbers = {numbers!r}: a list of numbers is needed.")
    if isinstance(numbers, pd.DataFrame):
        rows = [
            (f"row {number}", [str(row.get(name, "")).strip() for name in COLUMNS])
            for number, row in enumerate(numbers.to_dict("records"), start=2)
        ]
    else:
        rows = [(repr(text), _split(text)) for text in numbers]
    if not rows:
        raise BadTable("There is no number to compare: give one or more, as KAZ ge 2022 0.14.")
    printed = []
    for where, fields in rows:
        try:
            printed.append(_read_number(*fields))
        except (GovlibError, ValueError) as error:
            raise BadTable(f"{where}: {error}") from None
    for one, two in itertools.combinations(printed, 2):
        near = (10.0**-one.decimals + 10.0**-two.decimals) * 1.001
        if one == two and abs(one.value - two.value) > near:
            raise BadTable(
                f"{one.text} and {two.text} contradict each other: no edition has both. Correct "
                "the one that is misprinted, or ask for each apart, without the other: if both "
                "were printed, the text mixes editions."
            )
    return printed


def _split(text: str) -> list[str]:
    """Split "UZB ge 2020-2021 rank_change 22" into the columns of a file."""
    dimension = "|".join(DIMENSIONS)
    form = rf"(.+?)\s+({dimension})\s+(?:([\d?\u2013-]\S*)\s+)?(?:(\D.*?)\s+)?(\S+)"
    if not (found := re.fullmatch(form, text.strip(), re.IGNORECASE)):
        raise BadTable(
            f"{text!r}: economy, dimension ({', '.join(DIMENSIONS)}), year, quantity and value are "
            "needed, as in KAZ ge 2022 0.14."
        )
    return [re.sub(r"\s+", "_" if place == 4 else " ", found[place] or "") for place in range(1, 6)]


def _read_number(economy: str, dimension: str, year: str, quantity: str, value: str) -> _Printed:
    dimension, quantity = dimension.lower(), quantity.lower() or "estimate"
    quantity = "estimate_change" if quantity == "change" else quantity
    code, name, is_change = find(economy), quantity.removesuffix(CHANGE), CHANGE in quantity
    if name not in RANGES:
        known = [*RANGES, *(one + CHANGE for one in RANGES)]
        raise ValueError(
            f"{quantity!r} is not a quantity; known: {', '.join(known)}."
            f"{did_you_mean(quantity, known)}"
        )
    years = tuple(int(word) for word in re.findall(r"\d+", year))
    if year.strip("? ") and not re.fullmatch(r"\d{4}(\s*[-\u2013]\s*\d{4})?", year):
        raise ValueError(f"the year {year!r} is neither one year nor two, as 2018-2022.")
    wgi.read(wgi.editions()[-1], dimensions=dimension, years=years or None)  # which it must have
    is_change = is_change or len(years) == 2
    if is_change and years and (len(years) != 2 or years[0] >= years[1]):
        raise ValueError("a change needs two years in order, as 2018-2022, or none.")
    digits = value.strip().replace("\u2212", "-").lstrip("+").replace(",", ".")
    if not re.fullmatch(r"-?\d+(\.\d+)?", digits):
        raise ValueError(f"{value!r} is not a number.")
    lowest, highest = RANGES[name]
    if is_change:
        lowest, highest = lowest - highest, highest - lowest
    if not lowest <= float(digits) <= highest:
        raise ValueError(f"{value} is outside {lowest:g} to {highest:g}, the range of {quantity}.")
    text = " ".join(filter(None, [code, dimension, year, quantity, value]))
    decimals = len(digits.partition(".")[2])
    return _Printed(text, code, dimension, years, name, is_change, float(digits), decimals)


def _figures(world: pd.DataFrame, printed: list[_Printed], counting: str) -> list[pd.DataFrame]:
    """Return the figures of each number: a row an edition and year, a column an economy."""
    found: dict[tuple[str, str], pd.DataFrame] = {}
    every = pd.MultiIndex.from_product([sorted(world[k].unique()) for k in ("edition", "year")])
    for one in printed:
        rows = world[world["dimension"] == one.dimension]
        rows = rows.set_index(["edition", "year", "economy"])
        values = _values(rows, one.quantity, counting).astype(float)
        found[one.dimension, one.quantity] = values.unstack("economy").reindex(every)
    return [found[one.dimension, one.quantity] for one in printed]


def _values(table: pd.DataFrame, quantity: str, counting: str) -> pd.Series:
    place, among = table["position"].astype("Float64"), table["ranked"]
    if quantity == "rank":
        return place + (table["listed"] - among if counting == COUNTED[1] else 0)
    if quantity == "percentile_rank":  # computed where an edition prints none
        return table[quantity].fillna((100 * (among - place) / (among - 1)).astype(float))
    return table[quantity]


def _is_printed(values: np.ndarray, one: _Printed, rounding: str) -> np.ndarray:
    """Return where values come out as printed, rounded (a half either way) or cut off."""
    unit = 10.0**-one.decimals
    slack = unit * 1e-6
    if rounding == "rounded":
        return np.abs(values - one.value) <= unit / 2 + slack
    sign = math.copysign(1, one.value)
    beyond = values * sign - abs(one.value)
    return (beyond >= -slack) & (beyond < unit - slack)


def _compare(printed: list[_Printed], figures: list[pd.DataFrame], rounding: str) -> np.ndarray:
    """Compare each number with editions and years.

    Returns an array of bool: number, edition of the first and of the last year, first year, last
    year (the last two of length 1 if every number has its years).
    """
    editions, years = (list(figures[0].index.unique(level)) for level in (0, 1))
    many = 1 if all(one.years for one in printed) else len(years)
    # The edition of the first year, and the first year itself, are the earlier ones.
    allowed = np.eye(len(editions), dtype=bool)[:, :, None, None] & np.eye(many, dtype=bool)
    if any(one.is_change for one in printed):
        before = np.tri(many, k=-1 if many > 1 else 0, dtype=bool).T
        allowed = np.tri(len(editions), dtype=bool).T[:, :, None, None] & before
    fits = []
    for one, table in zip(printed, figures, strict=True):
        own = table[one.economy].to_numpy().reshape(len(editions), len(years))
        at = [years.index(year) for year in one.years]
        values = own[None, :, None, at[-1:] or slice(None)]
        if one.is_change:
            values = _moved(one, own[:, None, at[:1] or slice(None), None], values)
        fits.append(_is_printed(values, one, rounding) & allowed)
    return np.array(fits)


def _moved(one: _Printed, first: Any, last: Any) -> Any:
    """Return a change; of a rank the places gained."""
    return first - last if one.quantity == "rank" else last - first


def _candidates(
    printed: list[_Printed], editions: list[int], years: list[Any], fits: np.ndarray
) -> list[dict[str, Any]]:
    """Return the best candidates of one way of counting: one edition, then mixtures of two."""
    counts = fits.sum(axis=0)
    texts = np.array([one.text for one in printed])

    def describe(one: int, other: int, y: int, z: int, hit: Any, more: Any) -> dict[str, Any]:
        return {
            "edition": editions[one],
            "other_edition": None if one == other else editions[other],
            "first_year": years[y],
            "last_year": years[z],
            "fits": int((hit | more).sum()),
            "numbers": len(printed),
            "misses": texts[~(hit | more)].tolist(),
            "from_other": texts[more].tolist(),
        }

    least = max(1, np.sort(counts, axis=None)[-10:].min())
    none = np.zeros(len(printed), bool)
    found = [
        describe(two, one, y, z, fits[:, one, two, y, z], none)
        for one, two, y, z in np.argwhere(counts >= least)
    ]
    if counts.max() == len(printed):
        return found
    single = fits[:, range(len(editions)), range(len(editions))]  # number, edition, years
    for one, two in itertools.permutations(range(len(editions)), 2):
        both = (single[:, one] | single[:, two]).sum(axis=0)
        y, z = (int(at) for at in np.unravel_index(np.argmax(both), both.shape))
        hit = single[:, one, y, z]
        more = single[:, two, y, z] & ~hit
        if more.any() and hit.sum() >= more.sum():
            found.append(describe(one, two, y, z, hit, more))
    return found


def _chance(
    row: dict[str, Any], printed: list[_Printed], figures: list[pd.DataFrame], tried: int
) -> float:
    """Compute the probability that economies drawn at random fit as well in one of all candidates.

    A number's probability is the share of economies of its edition, year and dimension whose own
    figure is printed alike; the number of fits is Poisson-binomial.
    """
    distribution = np.array([1.0])
    edition, other = row["edition"], row["other_edition"]
    for one, table in zip(printed, figures, strict=True):
        after = other if one.text in row["from_other"] else edition
        before = other if other is not None and not row["from_other"] else after
        years = one.years or (row["first_year"], row["last_year"])
        values = table.loc[(after, years[-1]), :]
        if one.is_change:
            values = _moved(one, table.loc[(before, years[0]), :], values)
        alike = _is_printed(values.dropna().to_numpy(), one, row["rounding"])
        share = max(alike.sum(), 1) / max(len(alike), 200)
        distribution = np.convolve(distribution, [1 - share, share])
    several = math.comb(len(printed), len(row["from_other"]))  # which are of the other edition
    return float(min(1.0, distribution[row["fits"] :].sum() * tried * several))
