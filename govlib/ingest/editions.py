"""Add an edition of the WGI to those that are included."""

import io
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from govlib.datasets import package
from govlib.datasets.wgi import COLUMNS, MEASURES, RANGES
from govlib.datasets.wgi import editions as included_editions
from govlib.datasets.wgi import read as read_wgi
from govlib.errors import BadTable
from govlib.ingest.checks import as_released, check
from govlib.stats._tables import DIMENSIONS, METHOD_CHANGED


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
    table = as_released(table)[COLUMNS].sort_values(["economy", "year", "dimension"])
    table = table.reset_index(drop=True)
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
        columns = ["economy", "year", "dimension", *held]
        package.add_resource(_make_entry(table, held, source), table[columns], replace=replace)
    entry = package.find_edition(edition)
    finding = f"data/{entry['path']}: {len(table)} rows, {entry['bytes']} bytes, {entry['hash']}."
    findings.loc[len(findings)] = ["written", verdict, finding]
    return findings


def _describe_difference(table: pd.DataFrame, included: pd.DataFrame) -> str:
    """Say how a table differs from the edition included; nothing if it does not."""
    keys = ["economy", "year", "dimension"]
    both = included.merge(table, on=keys, how="outer", suffixes=("_then", ""), indicator="of")
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
