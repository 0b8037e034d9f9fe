"""Rankings of others, as tidy tables: e-government, corruption, rule of law, budget, freedom."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from govlib.datasets.package import choose, find_resource, names_with, read_bytes, read_table
from govlib.errors import BadTable, UnknownName, did_you_mean
from govlib.stats._tables import check_columns

COLUMNS = {
    "ranking": "str",
    "edition": "int64",
    "economy": "str",
    "measure": "str",
    "value": "float64",
    "standard_error": "float64",
    "position": "Int64",
    "ranked": "Int64",
}


def read(
    name: str,
    *,
    economies: str | Iterable[str] | None = None,
    measures: str | Iterable[str] | None = None,
    editions: int | Iterable[int] | None = None,
    file: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Read a ranking, see `govlib.rankings.read`; `file`: tidy rows in place of the data here."""
    entry = find_ranking(name)
    if file is None:
        table, complete = read_held(entry), entry["complete_editions"]
        if name in (own := added_files()):
            added = read_held(own[name])
            new = added["edition"].unique().tolist()
            table = pd.concat([table[~table["edition"].isin(new)], added])
            complete = [*complete, *new]
    else:
        table, complete = file, file["edition"].unique().tolist()
    table = table.assign(ranking=name).reindex(columns=list(COLUMNS)).astype(COLUMNS)
    table = _count_positions(table, complete)
    for column, asked in (("economy", economies), ("measure", measures), ("edition", editions)):
        table = choose(table, column, asked, name)
    return table.sort_values(["edition", "economy", "measure"], ignore_index=True)


def find_ranking(name: str) -> dict[str, Any]:
    """Return the entry of a ranking."""
    if name not in (held := names()):
        raise UnknownName(
            f"There is no ranking {name!r}; there are: {', '.join(held)}.{did_you_mean(name, held)}"
        )
    return find_resource(f"ranking-{name}")


def added_files() -> dict[str, dict[str, Any]]:
    """Return the entries of the files that were added, by ranking."""
    entries = map(find_resource, names_with("ranking_added"))
    return {entry["ranking_added"]: entry for entry in entries}


def read_held(entry: dict[str, Any]) -> pd.DataFrame:
    """Return the table of an entry."""
    return read_table(read_bytes(entry))


def names() -> list[str]:
    """Return the names of the rankings included."""
    return [name.removeprefix("ranking-") for name in names_with("ranking")]


def breaks() -> pd.DataFrame:
    """Return what breaks the rankings' series: editions that differ from those before.

    One row per break, sorted so: `ranking`, `edition`, `note`. A change of the number of economies
    ranked is a break of the positions too; see `ranked`.
    """
    entries = map(find_resource, names_with("ranking"))
    rows = [{"ranking": e["ranking"], **found} for e in entries for found in e.get("breaks", [])]
    return pd.DataFrame(rows).sort_values(["ranking", "edition"], ignore_index=True)


def add_percentile(table: pd.DataFrame) -> pd.DataFrame:
    """Put positions of rankings on a common footing.

    Adds to a table with `position` (1 for the best) of `ranked`, N, as `read` returns it, the
    column `percentile`, ``100 (N - position) / (N - 1)``: 0 for the last to 100 for the first;
    missing where either is. Economies that share a position get that of its best, so that the value
    can be above the percentile rank of the WGI, which counts those at or below. BadTable if a
    column is missing or a position is beyond the number ranked.
    """
    check_columns(table, ["position", "ranked"])
    if (table["position"] > table["ranked"]).any():
        raise BadTable("A position is beyond the number of countries ranked.")
    ranked = table["ranked"].astype("Float64")
    share = (ranked - table["position"]) / (ranked - 1).mask(ranked < 2)
    return table.assign(percentile=(100 * share).astype("float64"))


def _count_positions(table: pd.DataFrame, complete: list[int]) -> pd.DataFrame:
    """Count positions where a whole edition is included without published ranks."""
    cells = table.groupby(["edition", "measure"])
    published = cells["position"].transform("count") > 0
    count = table["edition"].isin(complete) & ~published & table["value"].notna()
    counted = cells["value"].rank(method="min", ascending=False).astype("Int64")
    number = cells["value"].transform("count").astype("Int64")
    return table.assign(
        position=table["position"].mask(count, counted), ranked=table["ranked"].mask(count, number)
    )
