"""Scores of the sources of the WGI: a user's own table, or the World Bank's workbook with them."""

import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from govlib.datasets.economies import RENAMED_CODES
from govlib.datasets.sources import info
from govlib.errors import BadFile, UnknownName, did_you_mean
from govlib.ingest.workbooks import WORKBOOK, Sheet, decode, named, open_workbook, read_bytes, split
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
    declared = {source.lower(): about for source, about in (declare or {}).items()}
    for source, (kind, _) in declared.items():
        if kind not in TYPES:
            raise UnknownName(f"{source}: {kind!r} is not a type; there are {', '.join(TYPES)}.")
    with named(Path(path).name, BadFile):
        table = _check(_open(read_bytes(Path(path))))
    table = _describe(table, declared).assign(edition=edition)
    return table[SCORES].sort_values([*KEYS, "source"], ignore_index=True)


def _check(table: pd.DataFrame) -> pd.DataFrame:
    """Return the scores with today's codes, after checks of every column."""
    if missing := [column for column in COLUMNS if column not in table]:
        raise BadFile(
            f"it lacks {', '.join(missing)}; it has {', '.join(map(str, table.columns))}."
        )
    table = table[COLUMNS].copy()
    for column in ("year", "score"):
        table[column] = _as_numbers(table, column)
    table = table.dropna(subset="score").reset_index(drop=True)
    for column in ("dimension", "source"):
        table[column] = table[column].str.strip().str.lower()
    table["economy"] = table["economy"].str.strip().str.upper().replace(RENAMED_CODES)
    for what, wrong in (
        ("economy, year, dimension and source", table.isna().any(axis=1)),
        ("a whole number as year", table["year"] % 1 != 0),
        (f"one of the dimensions {' '.join(DIMENSIONS)}", ~table["dimension"].isin(DIMENSIONS)),
        ("one score of each", table.duplicated(COLUMNS[:4])),
    ):
        for row in table[wrong].head(1).astype(str).to_numpy().tolist():
            raise BadFile(f"{', '.join(row[:4])}: {what} is needed.")
    return table.astype({"year": "int64"})


def _open(content: bytes) -> pd.DataFrame:
    """Return a file's table, long."""
    if content.startswith(WORKBOOK):
        return _read_sheets(open_workbook(content)[0])
    if not content.startswith(b"PAR1"):
        header, *rows = split(decode(content))
        return pd.DataFrame(rows, columns=header)
    try:
        return pd.read_parquet(io.BytesIO(content))
    except ImportError as error:
        raise BadFile("it is a Parquet file: install govlib[grid], or save it as CSV.") from error
    except (ValueError, OSError) as error:
        raise BadFile(f"it cannot be read ({error}).") from error


def _read_sheets(sheets: Iterable[Sheet]) -> pd.DataFrame:
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
            f"it has no sheet va, pv, ge, rq, rl or cc with {CODE}, Year and columns of "
            "sources: download the World Bank's workbook with source data."
        )
    return pd.concat(parts, ignore_index=True)


def _as_numbers(table: pd.DataFrame, column: str) -> pd.Series:
    """Return a column as numbers, missing ones as NaN."""
    numbers = pd.to_numeric(table[column], errors="coerce")
    text = table[column].astype("str").str.strip()
    wrong = numbers.isna() & table[column].notna() & ~text.isin(MISSING)
    for row in table[wrong].head(1).to_dict("records"):
        raise BadFile(f"{column} {row[column]!r} of {row['economy']} is not a number.")
    return numbers.astype("float64")


def _describe(table: pd.DataFrame, declared: Mapping[str, tuple[str, bool]]) -> pd.DataFrame:
    """Add type and representativeness of each source."""
    own = pd.DataFrame(declared, index=["type", "representative"]).T
    listed = info().set_index("source").drop(index=own.index, errors="ignore")
    known = pd.concat([listed, own]).astype({"type": "str"})
    if unknown := sorted(set(table["source"]) - set(known.index)):
        raise UnknownName(
            f"unknown sources: {', '.join(unknown)}.{did_you_mean(unknown[0], known.index)} "
            "gov.sources.info() lists those known; declare others: "
            f'declare={{"{unknown[0]}": ("survey", False)}}, its type and whether it is '
            "representative."
        )
    about = known.loc[table["source"]].reset_index()
    whole = about["representative"].eq(True)
    whole &= table["year"] >= about["representative_from"].fillna(0).astype("int64")
    gone = about["not_representative_in"].fillna("").str.split()
    whole &= np.array([d not in few for d, few in zip(table["dimension"], gone, strict=True)])
    return table.assign(type=about["type"], representative=whole)
