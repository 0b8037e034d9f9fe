"""What estimates are, by edition, and years as text."""

from collections.abc import Sequence

METHOD_CHANGED = 2025
"""First edition on the method that recalculated all years: an estimate of 0 is then about the mean
of all economies and years, and the mean of a year moves."""


def points_key(edition: int) -> str:
    """Return the key of the words that say what the estimates of an edition are."""
    return "trend.points" if edition < METHOD_CHANGED else "trend.points_all_years"


def join_years(years: Sequence[int]) -> str:
    """Write years as ranges: "1996, 1998, 2002-2022" (with an en dash)."""
    ranges: list[list[int]] = []
    for year in sorted(set(years)):
        if ranges and year == ranges[-1][-1] + 1:
            ranges[-1].append(year)
        else:
            ranges.append([year])
    return ", ".join(f"{r[0]}–{r[-1]}" if len(r) > 1 else str(r[0]) for r in ranges)


VIEWS = ("trend", "league", "world", "slope", "gap", "revisions", "waves")
"""The views of the explorer; their words are in words.toml."""
