"""Text of figures in one language: names, numbers, hover texts, dimensions, years."""

import re
from collections.abc import Iterable, Mapping, Sequence
from textwrap import shorten
from typing import Any, TypedDict, Unpack

import pandas as pd

from govlib.errors import BadTable, did_you_mean
from govlib.i18n import check_language, interval, join_years, text
from govlib.i18n import number as decimal
from govlib.stats._tables import DIMENSIONS, METHOD_CHANGED, Z90, check_columns

DIGITS = {"estimate": 2, "percentile_rank": 1, "score": 1}
"""The decimals that the measures are written with."""


class Words(TypedDict, total=False):
    """The options of all plot functions (see the package), as `Say` has them."""

    highlight: Any
    names: Mapping[str, str] | None
    language: str
    notes: str


class Say:
    """Writes what a figure says, as its options ask: ``say("axis.year")``."""

    def __init__(self, **options: Unpack[Words]) -> None:
        """Take the options; TypeError for one that no plot function has."""
        for name in options.keys() - Words.__annotations__.keys():
            known = ", ".join(Words.__annotations__)
            raise TypeError(
                f"There is no option {name!r}. Besides the parameters in its own help, every plot "
                f"function takes {known}.{did_you_mean(name, Words.__annotations__)}"
            )
        self.highlight: Any = options.get("highlight")
        self.names = options.get("names") or {}
        self.language = options.get("language", "en")
        self.notes = options.get("notes", "")
        check_language(self.language)

    def __call__(self, key: str, **values: object) -> str:
        """Return a sentence of ``words.toml``."""
        return text(key, self.language, **values)

    def name(self, code: object) -> str:
        """Return the name of a code, or the code itself; control characters become spaces."""
        age = re.sub(r"^(\d\d)-(\d\d)$", r"\1–\2", str(code))
        return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]+", " ", self.names.get(str(code), age))

    @property
    def own(self) -> str:
        """The name of the highlighted economy."""
        return self.name(self.highlight)

    def named(self, code: str) -> str:
        """Return name and code: "Kazakhstan (KAZ)"."""
        name = self.name(code)
        return code if name == code else f"{name} ({code})"

    def number(self, value: float, digits: int = 2) -> str:
        """Return a number."""
        return decimal(value, self.language, digits)

    def ends(self, low: float, high: float, digits: int = 2) -> str:
        """Return an interval."""
        return interval(low, high, self.language, digits)

    def dimensions(self, table: pd.DataFrame) -> dict[str, str]:
        """Return the names of a table's dimensions by code, in the order of the WGI."""
        there = set(table["dimension"].unique())
        return {code: self(f"dimension.{code}") for code in DIMENSIONS if code in there}

    def assumed(self, table: pd.DataFrame) -> list[str]:
        """Say which error is assumed, if one is."""
        if not assumed(table).any():
            return []
        return [self("peers.assumed", error=self.number(table["assumed_error"].max()))]

    def when(self, row: Mapping[Any, Any]) -> str:
        """Return dimension and year of a row."""
        return f"{self('dimension.' + row['dimension'])}, {row['year']}"

    def hover(
        self,
        heads: Iterable[str],
        measure: str,
        value: float,
        ends: Sequence[float],
        *,
        digits: int = 2,
        notes: Iterable[str] = (),
    ) -> str:
        """Return the hover text of a point: what and when, value, interval, notes, in lines."""
        if any(pd.isna(end) for end in ends):
            bounds = self("explorer.no_interval")
        else:
            bounds = self("explorer.interval", interval=self.ends(ends[0], ends[1], digits))
        value_line = f"{measure}: {self.number(value, digits)}"
        return "\n".join([*heads, value_line, bounds, *notes])

    def hover_row(
        self,
        row: Mapping[Any, Any],
        measure: str = "estimate",
        ends: Sequence[float] | None = None,
        *,
        of: str = "",
        notes: Iterable[str] = (),
    ) -> str:
        """Return the hover text of a row of a WGI table; `of` comes after its year."""
        more = []
        if "sources" in row and pd.notna(row["sources"]):
            more.append(self("explorer.sources", number=int(row["sources"])))
        elif "sources" in row:
            more.append(self("explorer.no_sources"))
        if not notes and pd.notna(row.get("position")) and pd.notna(row.get("ranked")):
            place = {"position": int(row["position"]), "ranked": int(row["ranked"])}
            more.append(self("explorer.position", **place))
        return self.hover(
            [self.named(row["economy"]), self.when(row) + of],
            self(f"measure.{measure}"),
            row[measure],
            ends or around(row["estimate"], row["standard_error"]),
            digits=DIGITS[measure],
            notes=[*more, *notes],
        )


def check_points(table: pd.DataFrame, columns: Sequence[str], key: Sequence[str]) -> None:
    """Check that a table has its columns, and that no two rows are one point."""
    check_columns(table, columns)
    for first in table[table.duplicated(list(key))].to_dict("records")[:1]:
        raise BadTable(
            f"Two rows are one point: {', '.join(str(first[column]) for column in key)}. Choose "
            "what tells them apart, such as one group, base and answer."
        )


def check_one(table: pd.DataFrame, columns: Iterable[str]) -> None:
    """Check that a table has one value of each column."""
    for column in columns:
        found = sorted(set(table[column].astype(str)))
        if len(found) > 1:
            raise BadTable(
                f"One {column.replace('economy', 'country')} is drawn at a time; the table has "
                f"{len(found)}: {shorten(', '.join(found), 80, placeholder=' ...')}."
            )


def assumed(table: pd.DataFrame) -> "pd.Series[bool]":
    """Return which rows rest on an assumed error."""
    return table.get("assumed_error", pd.Series(index=table.index, dtype="float64")).notna()


def points_key(edition: int) -> str:
    """Return the key of the sentence that says what the estimates of an edition are."""
    return "trend.points" if edition < METHOD_CHANGED else "trend.points_all_years"


def span_of(years: Iterable[int]) -> str:
    """Write the years from the first to the last."""
    years = list(years)
    return join_years(range(min(years), max(years) + 1))


def around(value: Any, error: Any) -> tuple[Any, Any]:
    """Return the 90% interval of an estimate, or of several."""
    return value - Z90 * error, value + Z90 * error
