"""What changes between editions: the same economy, year and dimension, released again.

Parameters and errors raised: see `govlib.stats`; here a table may have several editions, as
`stack_editions` puts them together: the functions take it, or rows of it.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.i18n import join_years
from govlib.stats._tables import (
    KEYS,
    METHOD_CHANGED,
    SERIES,
    Z90,
    check_columns,
    check_table,
    exceeds,
)
from govlib.stats.changes import change as change_between_years
from govlib.stats.ranks import ranks as rank_economies

METHODS = ("before 2025", "from 2025")
"""The methods, as the column `method` names them. Values of one are never subtracted from
those of the other: before, each year of a dimension has mean 0 and standard deviation 1 over
the economies; from 2025, means move over the years, so that even 0 means something else."""

ROW = ["economy", "year", "dimension"]
PAIR = ["earlier", "later"]
COMPARED = ["estimate", "standard_error", "percentile_rank", "position"]


def stack_editions(tables: pd.DataFrame | Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put editions into one table, each ranked on its own.

    Pass whole editions (in a table each, or several in one) and select economies and dimensions
    afterwards: the ranks then stay those in the world.

    Returns
    -------
    DataFrame
        The rows of all, sorted by edition, with `method` ("before 2025" or "from 2025") after
        `edition` and the columns of `ranks`. Its percentile ranks are those published to
        edition 2024, and counted in the same way for the editions that publish none.
    """
    parts = [tables] if isinstance(tables, pd.DataFrame) else tables
    if not isinstance(parts, Iterable):
        raise BadTable(f"{tables!r} is no table: pass those of one edition or more.")
    parts = list(parts)
    if not parts:
        raise BadTable("No edition is given: pass tables of one edition or more.")
    for part in parts:
        check_editions(part, ["estimate", "standard_error"])
    together = pd.concat(parts, ignore_index=True)
    ranked = [rank_economies(rows) for _, rows in together.groupby("edition")]
    table = pd.concat(ranked, ignore_index=True)
    later = table["edition"] >= METHOD_CHANGED
    table.insert(
        list(table.columns).index("edition") + 1, "method", np.where(later, *METHODS[::-1])
    )
    return table


def check_editions(table: pd.DataFrame, columns: Iterable[str] = ()) -> None:
    """Check a table as `check_table` does, but let editions be mixed; else BadTable."""
    columns = list(columns)
    if "method" in columns and "method" not in table:
        raise BadTable("The table lacks method: put its editions together with stack_editions.")
    if (
        not isinstance(table, pd.DataFrame)
        or table.empty
        or not {*KEYS, *columns} <= set(table.columns)
    ):
        check_table(table, columns)
    if table.duplicated(KEYS).any():
        for _, keys in table[KEYS].groupby("edition"):
            check_table(keys)


def comparable(first_edition: int, second_edition: int) -> bool:
    """Return True if the estimates of two editions are on one scale: both before 2025, or neither.

    From 2025 all years are recalculated by another method (`METHODS`).
    """
    return (first_edition < METHOD_CHANGED) == (second_edition < METHOD_CHANGED)


def list_editions(table: pd.DataFrame) -> pd.DataFrame:
    """Describe what each edition of a table contains.

    Returns
    -------
    DataFrame
        One row per edition: `edition`, `method`, `years` (as text), `standard_errors` (True if
        there is any), `listed` (economies), `with_estimate` (those with one in any year or
        dimension); as text, against the edition before it in the table: `gained`, `lost`
        (economies listed), `gained_estimate`, `lost_estimate` (economies with an estimate).
    """
    check_editions(table, ["method", "estimate", "standard_error"])
    rows = []
    before: tuple[set[str], set[str]] | None = None
    for edition, of_one in table.groupby("edition"):
        listed = set(of_one["economy"].unique())
        with_estimate = set(of_one.loc[of_one["estimate"].notna(), "economy"].unique())
        listed_before, with_before = before or (listed, with_estimate)
        rows.append(
            {
                "edition": edition,
                "method": of_one["method"].iloc[0],
                "years": join_years(of_one["year"].unique().tolist()),
                "standard_errors": bool(of_one["standard_error"].notna().any()),
                "listed": len(listed),
                "with_estimate": len(with_estimate),
                "gained": ", ".join(sorted(listed - listed_before)),
                "lost": ", ".join(sorted(listed_before - listed)),
                "gained_estimate": ", ".join(sorted(with_estimate - with_before)),
                "lost_estimate": ", ".join(sorted(with_before - with_estimate)),
            }
        )
        before = listed, with_estimate
    return pd.DataFrame(rows)


def compare_editions(table: pd.DataFrame, *, reference: int | None = None) -> pd.DataFrame:
    """Compare each estimate with that of the same economy, year and dimension in other editions.

    All pairs of editions, or the `reference` with every other one.

    Returns
    -------
    DataFrame
        One row per pair of editions and economy, year and dimension that one of the two lists, in
        the years that both have:

        - `earlier`, `later`: the editions, in the order of their release;
        - `economy`, `year`, `dimension`;
        - `estimate`, `standard_error`, `percentile_rank` (0 to 100) and `position` (rank), each
          with the endings `_earlier` and `_later`;
        - `revision`, `percentile_revision`: later minus earlier, of the estimates and of the
          percentile ranks (points);
        - `revision_in_errors`: the revision over the standard error of the earlier edition;
        - `beyond_error`: True if the revision is larger than 1.64 times that standard error;
        - `sign_changed`: True if one estimate is above 0 and the other below;
        - `reason`: why these five, or the two that need an error, are missing; else empty.

        Between editions before and from 2025 the five are missing: the methods differ.

    Notes
    -----
    The standard error is a yardstick here and not a test: two editions share most of their
    sources, so that their errors are far from independent. With unchanged sources and method the
    revision is 0, whatever the error.
    """
    check_editions(table, ["method", *COMPARED])
    editions = sorted(set(table["edition"].tolist()))
    if len(editions) < 2:
        raise BadTable(f"The table has the edition {editions[0]} only: stack two or more.")
    if reference is not None and reference not in editions:
        raise UnknownName(
            f"The table has no edition {reference}; it has {', '.join(map(str, editions))}."
        )
    rows = table.drop_duplicates(ROW)[ROW].sort_values(ROW, ignore_index=True)
    index = pd.MultiIndex.from_frame(rows)
    aligned = {}
    for edition in editions:
        of_one = table[table["edition"] == edition].assign(listed=True)
        values = of_one.set_index(ROW)[[*COMPARED, "listed"]].reindex(index)
        values["listed"] = values["listed"].eq(True)
        values["has_year"] = rows["year"].isin(of_one["year"]).to_numpy()
        aligned[edition] = values.reset_index(drop=True)
    pairs = [
        _compare_two(rows, aligned, *pair)
        for pair in combinations(editions, 2)
        if reference is None or reference in pair
    ]
    return pd.concat(pairs, ignore_index=True)


def summarise_revisions(
    revisions: pd.DataFrame, *, by: Sequence[str] = ("dimension",)
) -> pd.DataFrame:
    """Summarise the revisions of all economies in a table that `compare_editions` returned.

    `by`: of economy, year and dimension, what each pair of editions is split by.

    Returns
    -------
    DataFrame
        One row per pair of editions and `by`:

        - `economies`, `compared`: economies and rows with an estimate in both editions;
        - `gained`, `lost`: rows with an estimate in the later, in the earlier edition only;
        - `changed`: rows whose estimate is not the same number;
        - `median_absolute_revision`, `p90_absolute_revision`, `largest_absolute_revision`:
          standard deviations; `median_absolute_percentile_revision`: points;
        - `beyond_error`, `economies_beyond_error`: rows, and economies with such a row, whose
          revision is larger than 1.64 standard errors of the earlier edition;
        - `signs_changed`: rows;
        - `rank_correlation`: of the percentile ranks, -1 to 1.

        Between editions before and from 2025 all but the counts of rows and the correlation of
        the ranks are missing; without errors, those that need them.
    """
    if not set(by) <= set(ROW) or len(set(by)) < len(by):
        raise BadParameter(f"by = {list(by)!r}: some of {', '.join(ROW)} are needed, each once.")
    needed = [*PAIR, *ROW, "revision", "percentile_revision", "beyond_error", "sign_changed"]
    check_columns(revisions, needed, "The table (make it with compare_editions)")
    keys = [*PAIR, *by]
    earlier, later = (revisions[f"estimate_{which}"].notna() for which in PAIR)
    work = revisions[[*PAIR, *ROW]].assign(
        compared=earlier & later,
        gained=later & ~earlier,
        lost=earlier & ~later,
        changed=revisions["revision"].ne(0).astype("Int64").where(revisions["revision"].notna()),
        absolute=revisions["revision"].abs(),
        points=revisions["percentile_revision"].abs(),
        beyond=revisions["beyond_error"].astype("Int64"),
        signs=revisions["sign_changed"].astype("Int64"),
    )
    groups = work.groupby(keys, observed=True)
    both = work[work["compared"]].groupby(keys, observed=True)
    result = groups[["compared", "gained", "lost"]].sum()
    result.insert(0, "economies", both["economy"].nunique().reindex(result.index, fill_value=0))
    result["changed"] = groups["changed"].sum(min_count=1)
    result["median_absolute_revision"] = groups["absolute"].median()
    result["p90_absolute_revision"] = groups["absolute"].quantile(0.9)
    result["largest_absolute_revision"] = groups["absolute"].max()
    result["median_absolute_percentile_revision"] = groups["points"].median()
    result["beyond_error"] = groups["beyond"].sum(min_count=1)
    of_one = work.groupby([*dict.fromkeys([*keys, "economy"])], observed=True)["beyond"].max()
    result["economies_beyond_error"] = of_one.groupby(keys, observed=True).sum(min_count=1)
    result["signs_changed"] = groups["signs"].sum(min_count=1)
    result["rank_correlation"] = _correlate(revisions, keys)
    return result.reset_index()


def change_by_edition(
    table: pd.DataFrame, first_year: int, last_year: int, *, rho: float | pd.DataFrame
) -> pd.DataFrame:
    """Compute from each edition whether the estimates rose or fell between two years.

    Each change is of one edition, so that no method is mixed with another. UnknownName is raised if
    no edition has both years.

    Parameters
    ----------
    rho : float or DataFrame
        Correlation of the errors of the two years, as in `change`: one number, or the floors of
        the editions (`gov.wgi.correlation_floor(editions, first_year, last_year)`).

    Returns
    -------
    DataFrame
        One row per edition, economy and dimension: the columns of `change`, with
        `percentile_rank_first`, `percentile_rank_last` (0 to 100) and `reason`, why a verdict is
        "not known".
    """
    check_editions(table, ["method", "estimate", "standard_error", "percentile_rank"])
    if first_year >= last_year:
        raise BadParameter(f"first year {first_year} is not before last year {last_year}.")
    parts = []
    years_of = {}
    for edition, rows in table.groupby("edition"):
        years_of[edition] = sorted(rows["year"].unique().tolist())
        absent = [year for year in (first_year, last_year) if year not in years_of[edition]]
        if absent:
            parts.append(rows[SERIES].drop_duplicates())
            parts[-1]["reason"] = f"no year {join_years(absent)} in the {edition} edition"
        else:
            change = change_between_years(rows, first_year, last_year, rho=rho)
            gap = np.where(change["change"].isna(), "no estimate in one of the years", "")
            lacking = np.where(change["significant"].isna(), "no standard errors", "")
            parts.append(change.assign(reason=np.where(gap == "", lacking, gap)))
    if all("change" not in part for part in parts):
        years = "; ".join(f"{one}: {join_years(of_one)}" for one, of_one in years_of.items())
        raise UnknownName(
            f"No edition of the table has both years {first_year} and {last_year}; it has {years}."
        )
    result = pd.concat(parts, ignore_index=True)
    result["first_year"], result["last_year"] = first_year, last_year
    for year, name in [(first_year, "percentile_rank_first"), (last_year, "percentile_rank_last")]:
        of_year = table.loc[table["year"] == year].set_index(SERIES)["percentile_rank"]
        result[name] = of_year.reindex(pd.MultiIndex.from_frame(result[SERIES])).to_numpy()
    result["verdict"] = result["verdict"].fillna("not known")
    result["reason"] = result.pop("reason")
    return result.sort_values(SERIES, ignore_index=True)


def _compare_two(
    rows: pd.DataFrame, aligned: dict[int, pd.DataFrame], earlier: int, later: int
) -> pd.DataFrame:
    """Compare two editions whose rows are aligned; see `compare_editions`."""
    keep = aligned[earlier]["has_year"] & aligned[later]["has_year"]
    keep &= aligned[earlier]["listed"] | aligned[later]["listed"]
    a, b = aligned[earlier][keep], aligned[later][keep]
    result = rows[keep].copy()
    result.insert(0, "earlier", earlier)
    result.insert(1, "later", later)
    for measure in COMPARED:
        result[f"{measure}_earlier"] = a[measure]
        result[f"{measure}_later"] = b[measure]
    one_method = comparable(earlier, later)
    allowed = 1.0 if one_method else np.nan
    result["revision"] = (b["estimate"] - a["estimate"]) * allowed
    result["percentile_revision"] = (b["percentile_rank"] - a["percentile_rank"]) * allowed
    result["revision_in_errors"] = result["revision"] / a["standard_error"]
    result["beyond_error"] = exceeds(result["revision"], Z90 * a["standard_error"])
    signs = (a["estimate"] * b["estimate"] < 0).astype("boolean")
    result["sign_changed"] = signs.mask(result["revision"].isna())
    none_a, none_b = a["estimate"].isna(), b["estimate"].isna()
    differ = "" if one_method else f"the methods differ ({METHODS[0]}, {METHODS[1]})"
    no_error = f"no standard error in the {earlier} edition"
    result["reason"] = differ or np.where(a["standard_error"].isna(), no_error, "")
    for where, reason in (  # what comes later takes precedence
        (none_b, f"no estimate in the {later} edition"),
        (none_a, f"no estimate in the {earlier} edition"),
        (none_a & none_b, "no estimate in either edition"),
        (~b["listed"], f"not listed in the {later} edition"),
        (~a["listed"], f"not listed in the {earlier} edition"),
    ):
        result.loc[where, "reason"] = reason
    return result


def _correlate(revisions: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Correlate the percentile ranks of two editions in each group, pooled over its rows."""
    both = revisions.dropna(subset=["percentile_rank_earlier", "percentile_rank_later"])
    ranks = both[["percentile_rank_earlier", "percentile_rank_later"]]
    by = [both[key] for key in keys]
    centred = ranks - ranks.groupby(by, observed=True).transform("mean")
    x, y = (centred[column] for column in ranks)
    sums = pd.DataFrame({"xy": x * y, "xx": x * x, "yy": y * y}).groupby(by, observed=True).sum()
    spread = (sums["xx"] * sums["yy"]) ** 0.5
    return sums["xy"] / spread.where(spread > 0)
