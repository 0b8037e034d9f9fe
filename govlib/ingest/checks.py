"""Checks of a table that claims to be an edition of the WGI: each a few findings in words."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from govlib.datasets.economies import RENAMED_CODES
from govlib.datasets.economies import names as economy_names
from govlib.datasets.wgi import COLUMNS, MEASURES, RANGES
from govlib.datasets.wgi import editions as included_editions
from govlib.datasets.wgi import read as read_wgi
from govlib.errors import BadTable
from govlib.i18n import join_years
from govlib.ingest.worldbank_files import as_released
from govlib.stats._tables import DIMENSIONS, check_table
from govlib.stats.ranks import ranks as rank_economies

FIRST_SCORES = 2025
"""The first edition of the revised method: scores in place of percentile ranks."""

EXACT_RANKS = range(2019, 2025)
"""Editions of which each published rank is known to follow from the estimates."""

LIKENESS = 0.95
"""Lowest correlation with the nearest edition in a dimension: between any two held editions it is
0.978 or more within a dimension, 0.936 or less across dimensions."""

SHORT = 0.9
"""Lowest number of economies with data, as a share of the nearest edition's in a dimension and
year."""

Finding = tuple[str, str]  # verdict, sentence


def check(table: pd.DataFrame, *, names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Check a table that claims to be one edition, also against the editions held.

    Parameters
    ----------
    table : DataFrame
        One edition in the columns of `read_wgi`, as `read_wgi_file` returns it: the keys and all
        measures, those that the edition lacks missing.
    names : mapping of str to str, optional
        The World Bank's English name by code, for economies that no held edition lists.

    Returns
    -------
    DataFrame
        One row per finding: `check` (what was looked at), `verdict` (``passed``, ``remark`` for
        what a reader should know, ``refused`` for what makes it no edition) and `finding` (a
        sentence with numbers). Nothing is written.

    Raises
    ------
    BadTable
        If the columns are not those of `read_wgi`, editions are mixed, a row is repeated or the
        table is empty.
    """
    check_table(table, MEASURES)
    extra = [column for column in table if column not in COLUMNS]
    if extra:
        raise BadTable(f"The table has columns that no edition has: {', '.join(map(str, extra))}.")
    rows = []
    table = as_released(table)
    for look in (_economies(names or {}), _years, _dimensions, *CHECKS, _compare):
        name = look.__name__.strip("_").replace("_", " ")
        rows += [(name, *finding) for finding in look(table)]
    return pd.DataFrame(rows, columns=["check", "verdict", "finding"])


def _economies(names: Mapping[str, str]) -> Callable[[pd.DataFrame], Iterator[Finding]]:
    """Make the check of the economies, given names of new ones."""

    def economies(table: pd.DataFrame) -> Iterator[Finding]:
        """Check that codes are today's and each has a name."""
        codes = set(table["economy"])
        held = economy_names()
        old = sorted(codes & set(RENAMED_CODES))
        if old:
            today = ", ".join(f"{code} is {RENAMED_CODES[code]}" for code in old)
            yield "refused", f"Codes are not today's: {today}."
        new = sorted(codes - set(held) - set(old))
        taken = [code for code in new if names.get(code) in held.values()]
        nameless = [code for code in new if not names.get(code)]
        if taken:
            yield "refused", f"New codes for economies held under another: {', '.join(taken)}."
        elif nameless:
            yield (
                "refused",
                f"No edition held lists {', '.join(nameless)}, and no name is given for it.",
            )
        elif new:
            yield "remark", f"New economies: {', '.join(f'{c} ({names[c]})' for c in new)}."
        yield "passed", f"{len(codes)} economies, {len(table)} rows."

    return economies


def _years(table: pd.DataFrame) -> Iterator[Finding]:
    """Check that the years are those of a whole edition."""
    edition, years = int(table["edition"].iloc[0]), set(table["year"])
    expected = {year for year in range(1996, edition) if year not in (1997, 1999, 2001)}
    if years == expected:
        yield "passed", f"The years are {join_years(sorted(years))}."
    else:
        yield (
            "refused",
            f"Edition {edition} describes {join_years(sorted(expected))}; this table "
            f"{join_years(sorted(years))}.",
        )


def _dimensions(table: pd.DataFrame) -> Iterator[Finding]:
    """Check that all dimensions are there, with estimates."""
    there = table.loc[table["estimate"].notna(), "dimension"].astype(str).unique()
    lacking = [dimension for dimension in DIMENSIONS if dimension not in there]
    if lacking:
        yield "refused", f"There are no estimates of {', '.join(lacking)}."
    else:
        yield "passed", "All six dimensions have estimates."


def _rows(table: pd.DataFrame) -> Iterator[Finding]:
    """Check that each economy is listed in all years and dimensions, or say where it is not."""
    years = table["year"].nunique()
    counts = pd.crosstab(table["economy"], table["dimension"].astype(str))
    short = [
        f"{economy} {dimension} ({row[dimension]} of {years})"
        for economy, row in counts[(counts < years).any(axis=1)].iterrows()
        for dimension in DIMENSIONS
        if row.get(dimension, years) < years  # of a dimension that nobody has `_dimensions` speaks
    ]
    if short:
        # Some files from 2025 on list no rows without values.
        before = table["edition"].iloc[0] < FIRST_SCORES
        yield (
            "refused" if before else "remark",
            f"{len(short)} economies and dimensions are not listed in all years, first "
            f"{', '.join(short[:5])}: has the file been cut?",
        )
    else:
        yield "passed", "Each economy is listed in all years and dimensions."


def _ranges(table: pd.DataFrame) -> Iterator[Finding]:
    """Check that each measure is in its range."""
    for measure, (low, high) in RANGES.items():
        wrong = table[table[measure].notna() & ~table[measure].between(low, high)]
        if len(wrong):
            yield "refused", f"{len(wrong)} of {measure} not in {low} to {high}, {_at(wrong)}."
    held = [measure for measure in MEASURES if table[measure].notna().any()]
    yield "passed", f"Measures: {', '.join(held)}."


def _presence(table: pd.DataFrame) -> Iterator[Finding]:
    """Check that a row has all measures of its edition or none."""
    held = table["estimate"].notna()
    for measure in list(MEASURES)[1:]:
        there = table[measure].notna()
        wrong = table[there != held]
        if there.any() and len(wrong):
            yield (
                "refused",
                f"{len(wrong)} rows have {measure} without estimate or the reverse, {_at(wrong)}.",
            )
    yield "passed", f"{int(held.sum())} rows have values, {int((~held).sum())} are listed without."


def _bounds(table: pd.DataFrame) -> Iterator[Finding]:
    """Check that each rank and score lies between its bounds."""
    for measure in ("percentile_rank", "score"):
        low, high = table[f"{measure}_lower"], table[f"{measure}_upper"]
        wrong = table[(low > table[measure]) | (high < table[measure]) | (low > high)]
        if len(wrong):
            yield "refused", f"{len(wrong)} of {measure} are beyond their bounds, {_at(wrong)}."
    yield "passed", "Ranks and scores lie between their bounds where these are published."


def _ranks(table: pd.DataFrame) -> Iterator[Finding]:
    """Check that ranks follow from the estimates: see `rank_economies`."""
    if table["percentile_rank"].isna().all():
        return
    ranked = rank_economies(table)
    ranks = [measure for measure in MEASURES if measure.startswith("percentile")]
    difference = (ranked[ranks] - table[ranks]).abs().max(axis=1)
    wrong = table[difference > 1e-5]
    if len(wrong):
        known = int(table["edition"].iloc[0]) in EXACT_RANKS
        yield (
            "refused" if known else "remark",
            f"{len(wrong)} ranks or bounds do not follow from the estimates, {_at(wrong)}.",
        )
    else:
        yield "passed", "All ranks and their bounds follow from the estimates to 1e-5."


def _scores(table: pd.DataFrame) -> Iterator[Finding]:
    """Check that the score is linear in the estimate within a dimension."""
    rows = table.dropna(subset=["estimate", "score"])
    for dimension, group in rows.groupby("dimension", observed=True):
        if group["estimate"].nunique() < 3:
            continue
        slope, intercept = np.polyfit(group["estimate"], group["score"], 1)
        residual = (group["score"] - slope * group["estimate"] - intercept).abs()
        if residual.max() > 0.5:
            wrong = group[residual > 0.5]
            yield (
                "refused",
                f"{len(wrong)} scores of {dimension} are not linear in the estimate, {_at(wrong)}.",
            )
        elif residual.max() > 0.01:
            yield "remark", f"Scores of {dimension} are linear only to {residual.max():.3f} points."
    if len(rows):
        yield "passed", "Scores were compared with a line in the estimate within each dimension."


CHECKS = (_rows, _ranges, _presence, _bounds, _ranks, _scores)


def _compare(table: pd.DataFrame) -> Iterator[Finding]:
    """Compare with the nearest edition held: economies, coverage, values of the same years."""
    edition = int(table["edition"].iloc[0])
    others = [e for e in included_editions() if e != edition]
    alike = [e for e in others if (e >= FIRST_SCORES) == (edition >= FIRST_SCORES)]
    if not others:
        yield "remark", "No other edition is held to compare with."
        return
    nearest = min(alike or others, key=lambda e: (abs(e - edition), e))
    other = read_wgi(nearest)
    codes, before = set(table["economy"]), set(other["economy"])
    for word, changed in (("gained", codes - before), ("lost", before - codes)):
        if changed:
            yield "remark", f"Against edition {nearest} {word}: {', '.join(sorted(changed))}."
    place = ["year", "dimension"]
    counts = table.groupby(place, observed=True)["estimate"].count().rename("now")
    then = other.groupby(place, observed=True)["estimate"].count().rename("then")
    both = pd.concat([then, counts], axis=1, join="inner")
    short = both[both["now"] < SHORT * both["then"]]
    if len(short):
        (year, dimension), row = short.index[0], short.iloc[0]
        yield (
            "refused",
            f"It is short: {len(short)} years and dimensions have less than {SHORT:.0%} of the "
            f"economies with data of edition {nearest}, first {year} {dimension}: "
            f"{row['now']:.0f} of {row['then']:.0f}.",
        )
    keys = ["economy", *place]
    pairs = table[[*keys, "estimate"]].merge(
        other[[*keys, "estimate"]], on=keys, suffixes=("", "_then")
    )
    pairs = pairs.dropna()
    pairs["shift"] = pairs["estimate"] - pairs["estimate_then"]
    for dimension in DIMENSIONS:
        group = pairs[pairs["dimension"] == dimension]
        likeness = group["estimate"].corr(group["estimate_then"])
        if likeness < LIKENESS:
            yield (
                "refused",
                f"The estimates of {dimension} are not like those of edition {nearest} "
                f"(correlation {likeness:.3f}, at least {LIKENESS} is needed): rows or dimensions "
                "may be mixed up.",
            )
    if alike:
        yield from _compare_years(pairs, nearest)
    equal = (pairs["shift"] == 0).mean()
    yield (
        "remark",
        f"Of {len(pairs)} values of the same years, {equal:.1%} equal those of edition {nearest}; "
        f"median shift {pairs['shift'].abs().median():.4f}.",
    )
    far = pairs[pairs["shift"].abs() > 1].sort_values("shift", key=abs, ascending=False)
    if len(far):
        listed = "; ".join(
            f"{row.economy} {row.year} {row.dimension} {row.shift:+.2f}"
            for row in far.head(5).itertuples()
        )
        yield "remark", f"{len(far)} estimates shifted by more than 1: {listed}."


def _compare_years(pairs: pd.DataFrame, nearest: int) -> Iterator[Finding]:
    """Check that no two years are each most like the other: their headers were swapped.

    Between any two held editions of one method a year differs from itself at most half as much as
    from the next most like.
    """
    rows = pairs.set_index(["economy", "dimension", "year"])
    # `pivot_table` averages what is one row each, and drops a year without values.
    now, then = rows["estimate"].unstack(), rows["estimate_then"].unstack()  # noqa: PD010
    like: dict[Any, Any] = {}
    for year in now.columns.tolist():
        apart = then.sub(now[year], axis="index").abs().mean()
        like[year] = year if apart[year] <= apart.min() else apart.idxmin()
    for one, other in like.items():
        if one < other and like.get(other) == one:
            yield (
                "refused",
                f"The estimates of {one} are most like those of {other} in edition {nearest}, "
                "and the reverse: the years may have been swapped.",
            )


def _at(rows: pd.DataFrame) -> str:
    """Write the first of some rows."""
    row = rows.iloc[0]
    return f"first {row['economy']} {row['year']} {row['dimension']}"
