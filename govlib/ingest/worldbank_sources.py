"""Scores of the sources of the WGI: a user's own table, or the World Bank's workbook with them."""

import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from govlib.datasets.economies import RENAMED_CODES
from govlib.datasets.sources import info
from govlib.errors import BadFile, UnknownName, did_you_mean
from govlib.ingest.workbooks import Sheet, open_workbook, read_bytes
from govlib.stats._tables import DIMENSIONS, KEYS
from govlib.stats.sources import SCORES

COLUMNS = ["economy", "year", "dimension", "source", "score"]
CODE = "Economy (code)"
SOURCE = re.compile(r"([A-Z]{3})(?: mean)?", re.IGNORECASE)
"""Headers of the workbook's columns of sources: "FRH mean" or "FRH"."""

MISSING = {"", "..", "#N/A"}
TYPES = ["expert", "survey", "ngo", "public"]


def read(
    path: str | Path, edition: int, *, declare: Mapping[str, tuple[str, bool]] | None = None
) -> pd.DataFrame:
    """Read the scores of sources. govlib includes none: most may not be redistributed.

    Parameters
    ----------
    path : str or Path
        A CSV or Parquet file with the columns economy, year, dimension, source and score, or a
        workbook of the World Bank with source data (from the edition of 2025 on: the columns
        behind the aggregates of the sheets va, pv, ge, rq, rl and cc).
    edition : int
        The edition that the scores belong to.
    declare : mapping of str to (str, bool), optional
        Type ("expert", "survey", "ngo" or "public") of sources that `gov.sources.info` does not
        list, and whether each is representative.

    Returns
    -------
    DataFrame
        One row per score: `edition`, `economy` (code of today), `year`, `dimension`, `source`,
        `type`, `representative`, `score` (mostly 0 to 1, higher is better).

    Raises
    ------
    BadFile, UnknownName
        If the file cannot be read, lacks a column, or has a value that cannot be: which. If a
        source is neither listed nor declared.
    """
    path, declared = Path(path), dict(declare or {})
    for source, (kind, _) in declared.items():
        if kind not in TYPES:
            raise UnknownName(f"{source}: {kind!r} is not a type; there are {', '.join(TYPES)}.")
    table = _open(path)
    if missing := [column for column in COLUMNS if column not in table]:
        raise BadFile(
            f"{path.name} lacks {', '.join(missing)}; it has {', '.join(map(str, table.columns))}."
        )
    table = table[COLUMNS].copy()
    for column in ("year", "score"):
        table[column] = _as_numbers(table, column, path.name)
    table = table.dropna(subset="score").reset_index(drop=True)
    for column in ("economy", "year", "dimension", "source"):
        if table[column].isna().any():
            raise BadFile(f"{path.name} has a score without {column}.")
    if (table["year"] % 1 != 0).any():
        raise BadFile(f"{path.name} has a year that is not a whole number.")
    for column in ("dimension", "source"):
        table[column] = table[column].str.strip().str.lower()
    table["economy"] = table["economy"].str.strip().str.upper().replace(RENAMED_CODES)
    table = table.astype({"year": "int64"})
    if wrong := sorted(set(table["dimension"]) - set(DIMENSIONS)):
        raise BadFile(
            f"{path.name} has the dimension {wrong[0]}; there are {' '.join(DIMENSIONS)}."
        )
    key = ["economy", "year", "dimension", "source"]
    for row in table[table.duplicated(key)].head(1).to_dict("records"):
        raise BadFile(f"{path.name} gives a score twice: {', '.join(str(row[k]) for k in key)}.")
    table = _describe(table, {source.lower(): about for source, about in declared.items()})
    return table.assign(edition=edition)[SCORES].sort_values([*KEYS, "source"], ignore_index=True)


def _open(path: Path) -> pd.DataFrame:
    """Return a file's table, long."""
    try:
        content = read_bytes(path)
        if content.startswith(b"PAR1"):
            return pd.read_parquet(io.BytesIO(content))
        if content.startswith(b"PK"):
            return _read_sheets(open_workbook(content)[0], path.name)
        return pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False)
    except BadFile:
        raise
    except ImportError as error:
        raise BadFile(
            f"{path.name} is a Parquet file, which needs pyarrow: install govlib[grid], or save "
            "it as CSV."
        ) from error
    except (ValueError, OSError) as error:  # also BadTable
        raise BadFile(f"{path.name} is not a table that can be read ({error}).") from error


def _read_sheets(sheets: Iterable[Sheet], name: str) -> pd.DataFrame:
    """Return the columns of sources of a workbook's sheets."""
    parts = []
    for sheet, cells, _ in sheets:
        rows = [[str(cell).strip() for cell in row] for row in cells]
        start = next((number for number, row in enumerate(rows) if CODE in row), None)
        if sheet.strip().lower() not in DIMENSIONS or start is None:
            continue
        heads = {CODE: "economy", "Year": "year"}
        heads |= {head: match[1] for head in rows[start] if (match := SOURCE.fullmatch(head))}
        table = pd.DataFrame(rows[start + 1 :], columns=rows[start])
        table = table[[head for head in heads if head in table]].rename(columns=heads)
        if "year" in table and table.shape[1] > 2:
            long = table.melt(["economy", "year"], var_name="source", value_name="score")
            parts.append(long.assign(dimension=sheet))
    if not parts:
        raise BadFile(
            f"{name} has no sheet va, pv, ge, rq, rl or cc with {CODE}, Year and columns of "
            "sources: download the World Bank's workbook with source data."
        )
    return pd.concat(parts, ignore_index=True)


def _as_numbers(table: pd.DataFrame, column: str, name: str) -> pd.Series:
    """Return a column as numbers, missing ones as NaN."""
    numbers = pd.to_numeric(table[column], errors="coerce")
    text = table[column].astype("str").str.strip()
    wrong = numbers.isna() & table[column].notna() & ~text.isin(MISSING)
    for row in table[wrong].head(1).to_dict("records"):
        raise BadFile(f"{name}: {column} {row[column]!r} of {row['economy']} is not a number.")
    return numbers.astype("float64")


def _describe(table: pd.DataFrame, declared: Mapping[str, tuple[str, bool]]) -> pd.DataFrame:
    """Add type and representativeness of each source."""
    listed = info().set_index("source")
    known = {*listed.index, *declared}
    if unknown := sorted(set(table["source"]) - known):
        raise UnknownName(
            f"Unknown sources: {', '.join(unknown)}.{did_you_mean(unknown[0], known)} "
            "gov.sources.info() lists those known; declare others: "
            f'declare={{"{unknown[0]}": ("survey", False)}}, its type and whether it is '
            "representative."
        )
    about = listed.reindex(table["source"])
    whole = pd.Series(about["representative"].eq(True).to_numpy())
    whole &= table["year"] >= about["representative_from"].fillna(0).to_numpy("int64")
    for source, dimensions in info()[["source", "not_representative_in"]].itertuples(index=False):
        whole &= ~(table["source"].eq(source) & table["dimension"].isin(dimensions.split()))
    own = table["source"].isin(declared)
    kinds = table["source"].map(listed["type"].to_dict() | {s: k for s, (k, _) in declared.items()})
    stated = table["source"].map({s: flag for s, (_, flag) in declared.items()}).eq(True)
    return table.assign(type=kinds, representative=stated.where(own, whole).astype(bool))
