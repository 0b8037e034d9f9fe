"""Checks of a table that claims to be an edition of the WGI, and adding it to those included."""

import io
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from govlib.datasets import package
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

KEYS = COLUMNS[1:4]  # economy, year, dimension

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
    if extra := [str(column) for column in table if column not in COLUMNS]:
        raise BadTable(f"The table has columns that no edition has: {', '.join(extra)}.")
    table = as_released(table)
    looks = _content(table, names or {}), _values(table), _scores(table), _compare(table)
    rows = [finding for look in looks for finding in look]
    return pd.DataFrame(rows, columns=["check", "verdict", "finding"])


def _content(table: pd.DataFrame, names: Mapping[str, str]) -> Iterator[Finding]:
    """Check that economies, years and dimensions are those of a whole edition, of today's codes."""
    codes, known = set(table["economy"]), economy_names()
    new = sorted(codes - set(known) - set(RENAMED_CODES))
    for what, found in (
        ("Codes are not today's", [f"{c} is {RENAMED_CODES[c]}" for c in codes & {*RENAMED_CODES}]),
        ("New codes for countries included", [c for c in new if names.get(c) in known.values()]),
        (
            "No edition included lists these, nor is a name given",
            [c for c in new if not names.get(c)],
        ),
    ):
        if found:
            yield "economies", "refused", f"{what}: {', '.join(sorted(found))}."
    if listed := ", ".join(f"{code} ({names[code]})" for code in new if names.get(code)):
        yield "economies", "remark", f"New countries: {listed}."
    yield "economies", "passed", f"{len(codes)} countries, {len(table)} rows."
    edition, years = int(table["edition"].iloc[0]), sorted(set(table["year"]))
    whole = [year for year in range(1996, edition) if year not in (1997, 1999, 2001)]
    what = f"Edition {edition} describes {join_years(whole)}; this table {join_years(years)}."
    yield "years", "passed" if years == whole else "refused", what
    there = table.loc[table["estimate"].notna(), "dimension"].astype(str).unique()
    lacking = ", ".join(dimension for dimension in DIMENSIONS if dimension not in there) or "none"
    verdict = "passed" if lacking == "none" else "refused"
    yield "dimensions", verdict, f"Dimensions without estimates: {lacking}."
    counts = table.groupby(["economy", "dimension"], observed=False).size()
    counts.index = [" ".join(key) for key in counts.index]
    short = counts[counts < len(years)]
    # Some files from 2025 on list no rows without values.
    verdict = "remark" if edition >= METHOD_CHANGED else "refused"
    what = f"Economies and dimensions that are not listed in all years: {len(short)}"
    first = [f"{key} ({count} of {len(years)})" for key, count in short.head(5).items()]
    yield "rows", verdict if first else "passed", f"{what}. {', '.join(first)}".strip()


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
    yield "bounds", "passed", "Ranks and scores lie between their bounds where these are published."
    if table["percentile_rank"].notna().any():
        ranks = [measure for measure in MEASURES if measure.startswith("percentile")]
        wrong = (rank_economies(table)[ranks] - table[ranks]).abs().max(axis=1) > 1e-5
        verdict = "refused" if int(table["edition"].iloc[0]) in EXACT_RANKS else "remark"
        what = "ranks or bounds do not follow from the estimates"
        yield from _refuse("ranks", table, wrong, what, verdict)
        if not wrong.any():
            what = "All ranks and their bounds follow from the estimates to 1e-5."
            yield "ranks", "passed", what


def _scores(table: pd.DataFrame) -> Iterator[Finding]:
    """Check that the score is linear in the estimate within a dimension."""
    rows = table.dropna(subset=["estimate", "score"])
    worst = 0.0
    for dimension, group in rows.groupby("dimension", observed=True):
        if group["estimate"].nunique() > 2:
            slope, intercept = np.polyfit(group["estimate"], group["score"], 1)
            residual = (group["score"] - slope * group["estimate"] - intercept).abs()
            what = f"scores of {dimension} are not linear in the estimate"
            yield from _refuse("scores", group, residual > 0.5, what)
            worst = max(worst, residual.max())
    if len(rows):
        what = f"Scores are linear in the estimate within each dimension to {worst:.3f} points."
        yield "scores", "remark" if worst > 0.01 else "passed", what


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
            what = f"Against edition {nearest} {word}: {', '.join(sorted(changed))}."
            yield "compare", "remark", what
    pairs = table[[*KEYS, "estimate"]].merge(
        other.loc[other["year"].isin(table["year"]), [*KEYS, "estimate"]],
        on=KEYS,
        suffixes=("", "_then"),
        how="outer",
    )
    counts = pairs.groupby(KEYS[1:], observed=True)[["estimate", "estimate_then"]].count()
    short = counts[counts["estimate"] < SHORT * counts["estimate_then"]]
    if len(short):
        first, (now, then) = " ".join(map(str, short.index[0])), short.iloc[0]
        what = (
            f"It is short: {len(short)} years and dimensions have less than {SHORT:.0%} of the "
            f"countries with data of edition {nearest}, first {first}: "
            f"{now:.0f} of {then:.0f}."
        )
        yield "compare", "refused", what
    pairs = pairs.dropna()
    for dimension, group in pairs.groupby("dimension", observed=True):
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


@package.writing()
def add(
    table: pd.DataFrame,
    *,
    source: Mapping[str, Any],
    names: Mapping[str, str] | None = None,
    replace: bool = False,
) -> pd.DataFrame:
    """Check an edition and write it to ``data/wgi/<edition>.csv`` and into the record.

    Adding the same values again changes nothing, not even the record; a failure at any point
    leaves what was there. Of two processes that add, the second waits for the first.

    Parameters
    ----------
    table, names
        As for `check`; economies that are new are added to ``economies.csv``.
    source : mapping
        Where the figures are from, JSON values only: ``path`` (URL) or ``file`` (name),
        ``accessed`` (date) and whatever else identifies it (hash, rows, ``lastupdated``). Title,
        publisher and citation are filled in unless given.
    replace : bool
        Whether an edition that is included with other values may be replaced.

    Returns
    -------
    DataFrame
        The findings of `check`, then a row ``written``: its `verdict` is ``written`` or
        ``unchanged``, its `finding` says the file, rows and hash.

    Raises
    ------
    BadTable
        If a finding is ``refused`` (all of them are in the message), or the edition is included
        with other values and `replace` is false.
    """
    findings = check(table, names=names)
    edition = int(table["edition"].iloc[0])
    refused = findings.loc[findings["verdict"] == "refused", "finding"]
    if len(refused):
        raise BadTable(
            f"This is not WGI edition {edition}: {' '.join(refused)} Nothing was written: correct "
            "the file, or give the whole edition as the World Bank publishes it."
        )
    table = as_released(table)[COLUMNS].sort_values(KEYS, ignore_index=True)
    verdict = "written"
    if edition in included_editions():
        difference = _describe_difference(table, read_wgi(edition))
        if not difference:
            verdict = "unchanged"
        elif not replace:
            raise BadTable(
                f"WGI edition {edition} is included with other values: {difference} "
                "Ask for it to be replaced (--replace) to have these instead."
            )
    if verdict == "written":
        _add_economies(table, names or {})
        held = [column for column in MEASURES if table[column].notna().any()]
        package.add_resource(
            _make_entry(table, held, source), table[[*KEYS, *held]], replace=replace
        )
    entry = package.find_edition(edition)
    finding = f"data/{entry['path']}: {len(table)} rows, {entry['bytes']} bytes, {entry['hash']}."
    findings.loc[len(findings)] = ["written", verdict, finding]
    return findings


def _describe_difference(table: pd.DataFrame, included: pd.DataFrame) -> str:
    """Say how a table differs from the edition included; nothing if it does not."""
    both = included.merge(table, on=KEYS, how="outer", suffixes=("_then", ""), indicator="of")
    sides = {"left_only": "they lack", "right_only": "they add"}
    counts = both["of"].value_counts()
    parts = [f"{word} {counts[side]} rows" for side, word in sides.items() if counts[side]]
    both = both[both["of"] == "both"]
    for measure in MEASURES:
        then, now = both[f"{measure}_then"], both[measure]
        values = int((then.notna() | now.notna()).sum())
        count = int(((then != now).fillna(True) & ~(then.isna() & now.isna())).sum())
        if count:
            parts.append(f"{measure}: {count:,} of {values:,} differ")
    return f"{'; '.join(parts)}." if parts else ""


def _add_economies(table: pd.DataFrame, names: Mapping[str, str]) -> None:
    """Add economies that are new to the list of economies."""
    resource = package.find_resource("economies")
    economies = pd.read_csv(io.BytesIO(package.read_bytes(resource)), keep_default_na=False)
    new = sorted(set(table["economy"]) - set(economies["economy"]))
    if new:
        added = pd.DataFrame({"economy": new, "name": [names[code] for code in new]})
        economies = pd.concat([economies, added]).sort_values("economy")
        package.add_resource(resource, economies, replace=True)


def _make_entry(table: pd.DataFrame, held: list[str], source: Mapping[str, Any]) -> dict[str, Any]:
    """Make the package entry of an edition, as ``edition.toml`` has it."""
    edition = int(table["edition"].iloc[0])
    text = Path(__file__).with_name("edition.toml").read_text("utf-8")
    text = text.replace("{edition}", str(edition))
    listed = ", ".join(f"{code} {name}" for code, name in DIMENSIONS.items())
    entry = tomllib.loads(text.replace("{dimensions}", listed))
    if edition >= METHOD_CHANGED:
        entry["description"] += (
            " The edition of 2025 revised the method and recalculated all years: editions from it "
            "on are not comparable with earlier ones."
        )
    economy, year, dimension, *measures = entry["schema"]["fields"]
    year["constraints"]["enum"] = sorted({int(year) for year in table["year"]})
    dimension["constraints"]["enum"] = list(DIMENSIONS)
    for field in measures:
        field["constraints"] = dict(zip(("minimum", "maximum"), RANGES[field["name"]], strict=True))
        if field["name"] == "sources":
            del field["constraints"]["maximum"]
    fields = [economy, year, dimension, *(f for f in measures if f["name"] in held)]
    schema = {"fields": fields} | {k: v for k, v in entry.pop("schema").items() if k != "fields"}
    licences = package.find_resource("economies")["licenses"]
    [published] = entry.pop("sources")
    more = {"sources": [published | dict(source)], "licenses": licences, "schema": schema}
    return entry | {"edition": edition} | more
