"""Checks of a table that claims to be an edition of the WGI: each a few findings in words."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from govlib.datasets.economies import RENAMED_CODES
from govlib.datasets.economies import names as economy_names
from govlib.datasets.wgi import COLUMNS, LAST_32_BIT, MEASURES, RANGES
from govlib.datasets.wgi import editions as included_editions
from govlib.datasets.wgi import read as read_wgi
from govlib.errors import BadTable
from govlib.i18n import join_years
from govlib.stats._tables import DIMENSIONS, METHOD_CHANGED, check_table
from govlib.stats.ranks import ranks as rank_economies

EXACT_RANKS = range(2019, 2025)
"""Editions of which each published rank is known to follow from the estimates."""

LIKENESS = 0.95
"""Lowest correlation with the nearest edition in a dimension: between any two editions included it
is 0.978 or more within a dimension, 0.936 or less across dimensions."""

SHORT = 0.9
"""Lowest number of economies with data, as a share of the nearest edition's in a dimension and
year."""

Finding = tuple[str, str, str]  # what was looked at, verdict, sentence


def as_released(table: pd.DataFrame) -> pd.DataFrame:
    """Write each value of an edition in the digits of its release.

    World Bank files give one number in several forms: 0.14343049 as 0.143430486321449. To edition
    2024 (released as 32-bit numbers) each value becomes the shortest decimal that reads back as the
    same 32-bit number; from 2025 it is rounded to 15 significant digits, all that a workbook shows.
    """
    table = table.copy()
    single = bool((table["edition"] <= LAST_32_BIT).all())
    for column, kind in MEASURES.items():
        if kind == "float64":
            numbers, places = np.unique(table[column].to_numpy("float64"), return_inverse=True)
            if single:
                short = numbers.astype("float32").astype(str).astype("float64")
            else:
                short = np.array([float(f"{number:.15g}") for number in numbers])
            table[column] = short[places]
    return table


def beyond_bounds(table: pd.DataFrame) -> dict[str, "pd.Series[bool]"]:
    """Return which ranks and which scores are not between their bounds."""
    return {
        measure: (table[f"{measure}_lower"] > table[measure] + 1e-6)
        | (table[measure] > table[f"{measure}_upper"] + 1e-6)
        for measure in ("percentile_rank", "score")
    }


def incomplete(table: pd.DataFrame) -> "pd.Series[bool]":
    """Return which rows have some measures of their edition but not all."""
    there = table[list(MEASURES)].notna()
    there = there.loc[:, there.any()]
    return there.any(axis=1) & ~there.all(axis=1)


def check(table: pd.DataFrame, *, names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Check a table that claims to be one edition, also against the editions included.

    Parameters
    ----------
    table : DataFrame
        One edition in the columns of `read_wgi`, as `read_wgi_file` returns it; else, or if a row
        is repeated or there is none, BadTable.
    names : mapping of str to str, optional
        The World Bank's English name by code, for economies that no edition included lists.

    Returns
    -------
    DataFrame
        One row per finding: `check` (what was looked at), `verdict` (``passed``, ``remark`` for
        what a reader should know, ``refused`` for what makes it no edition) and `finding` (a
        sentence with numbers). Nothing is written.
    """
    check_table(table, MEASURES)
    extra = [column for column in table if column not in COLUMNS]
    if extra:
        raise BadTable(f"The table has columns that no edition has: {', '.join(map(str, extra))}.")
    table = as_released(table)
    looks = _content(table, names or {}), _values(table), _scores(table), _compare(table)
    rows = [finding for look in looks for finding in look]
    return pd.DataFrame(rows, columns=["check", "verdict", "finding"])


def _content(table: pd.DataFrame, names: Mapping[str, str]) -> Iterator[Finding]:
    """Check that economies, years and dimensions are those of a whole edition, of today's codes."""
    codes, known = set(table["economy"]), economy_names()
    old = sorted(codes & set(RENAMED_CODES))
    new = sorted(codes - set(known) - set(old))
    taken = [code for code in new if names.get(code) in known.values()]
    nameless = ", ".join(code for code in new if not names.get(code))
    if old:
        today = ", ".join(f"{code} is {RENAMED_CODES[code]}" for code in old)
        yield "economies", "refused", f"Codes are not today's: {today}."
    if taken:
        what = f"New codes for economies included under another: {', '.join(taken)}."
        yield "economies", "refused", what
    elif nameless:
        what = f"No edition included lists {nameless}, and no name is given for it."
        yield "economies", "refused", what
    elif new:
        listed = ", ".join(f"{code} ({names[code]})" for code in new)
        yield "economies", "remark", f"New economies: {listed}."
    yield "economies", "passed", f"{len(codes)} economies, {len(table)} rows."
    edition, years = int(table["edition"].iloc[0]), sorted(set(table["year"]))
    whole = [year for year in range(1996, edition) if year not in (1997, 1999, 2001)]
    described = join_years(years)
    if years == whole:
        yield "years", "passed", f"The years are {described}."
    else:
        what = f"Edition {edition} describes {join_years(whole)}; this table {described}."
        yield "years", "refused", what
    there = table.loc[table["estimate"].notna(), "dimension"].astype(str).unique()
    if lacking := [dimension for dimension in DIMENSIONS if dimension not in there]:
        yield "dimensions", "refused", f"There are no estimates of {', '.join(lacking)}."
    else:
        yield "dimensions", "passed", "All six dimensions have estimates."
    counts = pd.crosstab(table["economy"], table["dimension"].astype(str))
    short = [
        f"{economy} {dimension} ({row[dimension]} of {len(years)})"
        for economy, row in counts[(counts < len(years)).any(axis=1)].iterrows()
        for dimension in DIMENSIONS
        if row.get(dimension, len(years)) < len(years)  # one that nobody has was refused above
    ]
    if short:
        # Some files from 2025 on list no rows without values.
        verdict = "refused" if edition < METHOD_CHANGED else "remark"
        what = (
            f"{len(short)} economies and dimensions are not listed in all years, first "
            f"{', '.join(short[:5])}: has the file been cut?"
        )
        yield "rows", verdict, what
    else:
        yield "rows", "passed", "Each economy is listed in all years and dimensions."


def _values(table: pd.DataFrame) -> Iterator[Finding]:
    """Check that measures are in range, all there or none, within their bounds; then the ranks."""
    for measure, (low, high) in RANGES.items():
        wrong = table[measure].notna() & ~table[measure].between(low, high)
        yield from _refuse("ranges", table, wrong, f"of {measure} not in {low} to {high}")
    measures = ", ".join(measure for measure in MEASURES if table[measure].notna().any())
    yield "ranges", "passed", f"Measures: {measures}."
    what = "rows have some measures without the others"
    yield from _refuse("presence", table, incomplete(table), what)
    held = int(table["estimate"].notna().sum())
    yield "presence", "passed", f"{held} rows have values, {len(table) - held} are listed without."
    for measure, wrong in beyond_bounds(table).items():
        yield from _refuse("bounds", table, wrong, f"of {measure} are beyond their bounds")
    what = "Ranks and scores lie between their bounds where these are published."
    yield "bounds", "passed", what
    if table["percentile_rank"].notna().any():
        ranks = [measure for measure in MEASURES if measure.startswith("percentile")]
        difference = (rank_economies(table)[ranks] - table[ranks]).abs().max(axis=1)
        if (wrong := difference > 1e-5).any():
            verdict = "refused" if int(table["edition"].iloc[0]) in EXACT_RANKS else "remark"
            what = "ranks or bounds do not follow from the estimates"
            yield from _refuse("ranks", table, wrong, what, verdict)
        else:
            what = "All ranks and their bounds follow from the estimates to 1e-5."
            yield "ranks", "passed", what


def _scores(table: pd.DataFrame) -> Iterator[Finding]:
    """Check that the score is linear in the estimate within a dimension."""
    rows = table.dropna(subset=["estimate", "score"])
    for dimension, group in rows.groupby("dimension", observed=True):
        if group["estimate"].nunique() < 3:
            continue
        slope, intercept = np.polyfit(group["estimate"], group["score"], 1)
        residual = (group["score"] - slope * group["estimate"] - intercept).abs()
        if residual.max() > 0.5:
            what = f"scores of {dimension} are not linear in the estimate"
            yield from _refuse("scores", group, residual > 0.5, what)
        elif residual.max() > 0.01:
            yield (
                "scores",
                "remark",
                f"Scores of {dimension} are linear only to {residual.max():.3f} points.",
            )
    if len(rows):
        yield (
            "scores",
            "passed",
            "Scores were compared with a line in the estimate within each dimension.",
        )


def _compare(table: pd.DataFrame) -> Iterator[Finding]:
    """Compare with the nearest edition included: economies, coverage, values of the same years."""
    edition = int(table["edition"].iloc[0])
    others = [e for e in included_editions() if e != edition]
    alike = [e for e in others if (e >= METHOD_CHANGED) == (edition >= METHOD_CHANGED)]
    if not others:
        yield "compare", "remark", "No other edition is included to compare with."
        return
    nearest = min(alike or others, key=lambda e: (abs(e - edition), e))
    other = read_wgi(nearest)
    codes, before = set(table["economy"]), set(other["economy"])
    for word, changed in (("gained", codes - before), ("lost", before - codes)):
        if changed:
            yield (
                "compare",
                "remark",
                f"Against edition {nearest} {word}: {', '.join(sorted(changed))}.",
            )
    place = ["year", "dimension"]
    then, now = (t.groupby(place, observed=True)["estimate"].count() for t in (other, table))
    both = pd.concat([then.rename("then"), now.rename("now")], axis=1, join="inner")
    short = both[both["now"] < SHORT * both["then"]]
    if len(short):
        (year, dimension), row = short.index[0], short.iloc[0]
        what = (
            f"It is short: {len(short)} years and dimensions have less than {SHORT:.0%} of the "
            f"economies with data of edition {nearest}, first {year} {dimension}: "
            f"{row['now']:.0f} of {row['then']:.0f}."
        )
        yield "compare", "refused", what
    keys = ["economy", *place]
    pairs = table[[*keys, "estimate"]].merge(
        other[[*keys, "estimate"]], on=keys, suffixes=("", "_then")
    )
    pairs = pairs.dropna()
    for dimension in DIMENSIONS:
        group = pairs[pairs["dimension"] == dimension]
        likeness = group["estimate"].corr(group["estimate_then"])
        if likeness < LIKENESS:
            what = (
                f"The estimates of {dimension} are not like those of edition {nearest} "
                f"(correlation {likeness:.3f}, at least {LIKENESS} is needed): rows or "
                "dimensions may be mixed up."
            )
            yield "compare", "refused", what
    if alike:
        yield from _compare_years(pairs, nearest)
    shift = pairs["estimate"] - pairs["estimate_then"]
    what = (
        f"Of {len(pairs)} values of the same years, {(shift == 0).mean():.1%} equal those of "
        f"edition {nearest}; median shift {shift.abs().median():.4f}."
    )
    yield "compare", "remark", what
    far = pairs.assign(shift=shift)[shift.abs() > 1].sort_values("shift", key=abs, ascending=False)
    if len(far):
        rows = far.head(5).itertuples()
        listed = "; ".join(f"{r.economy} {r.year} {r.dimension} {r.shift:+.2f}" for r in rows)
        yield "compare", "remark", f"{len(far)} estimates shifted by more than 1: {listed}."


def _compare_years(pairs: pd.DataFrame, nearest: int) -> Iterator[Finding]:
    """Check that no two years are each most like the other: their headers were swapped.

    Between any two editions of one method a year differs from itself at most half as much as from
    the next most like.
    """
    rows = pairs.set_index(["economy", "dimension", "year"])
    # `pivot_table` averages what is one row each, and drops a year without values.
    now, then = rows["estimate"].unstack(), rows["estimate_then"].unstack()
    like: dict[Any, Any] = {}
    for year in now.columns.tolist():
        apart = then.sub(now[year], axis="index").abs().mean()
        like[year] = year if apart[year] <= apart.min() else apart.idxmin()
    for one, other in like.items():
        if one < other and like.get(other) == one:
            what = (
                f"The estimates of {one} are most like those of {other} in edition {nearest}, "
                "and the reverse: the years may have been swapped."
            )
            yield "compare", "refused", what


def _refuse(
    check: str, table: pd.DataFrame, wrong: "pd.Series[bool]", what: str, verdict: str = "refused"
) -> Iterator[Finding]:
    """Give the finding of wrong rows, if there are any: how many, and the first."""
    if wrong.any():
        row = table[wrong].iloc[0]
        first = f"first {row['economy']} {row['year']} {row['dimension']}"
        yield check, verdict, f"{int(wrong.sum())} {what}, {first}."
