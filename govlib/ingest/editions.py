"""Add an edition of the WGI to what is held."""

import io
from collections.abc import Mapping
from typing import Any

import pandas as pd

from govlib.datasets import package
from govlib.datasets.wgi import COLUMNS, MEASURES, RANGES
from govlib.datasets.wgi import editions as included_editions
from govlib.datasets.wgi import read as read_wgi
from govlib.errors import BadTable
from govlib.ingest.checks import FIRST_SCORES, check
from govlib.ingest.worldbank_files import as_released
from govlib.stats._tables import DIMENSIONS

FIELDS = {
    "estimate": (
        "Estimate of governance, about -2.5 to 2.5; higher is better",
        "standard normal units",
    ),
    "standard_error": ("Standard error of the estimate", "standard normal units"),
    "sources": ("Number of sources that the estimate rests on", "count"),
    "percentile_rank": (
        "Percentile rank among the economies with data, 0 lowest to 100 highest",
        "percent",
    ),
    "percentile_rank_lower": ("Lower bound of its 90% interval", "percent"),
    "percentile_rank_upper": ("Upper bound of its 90% interval", "percent"),
    "score": ("Governance score, 0 to 100, linear in the estimate within a dimension", "points"),
    "score_lower": ("Lower bound of its 90% interval", "points"),
    "score_upper": ("Upper bound of its 90% interval", "points"),
}


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
    leaves what was held. Of two processes that add, the second waits for the first.

    Parameters
    ----------
    table : DataFrame
        As for `check_edition`; the order of its rows does not matter.
    source : mapping
        Where the figures are from, JSON values only, kept in the package entry as its source:
        ``path`` (URL) or ``file`` (name), ``accessed`` (date) and whatever else identifies it
        (hash, rows, ``lastupdated``). Title, publisher and citation are filled in unless given.
    names : mapping of str to str, optional
        As for `check_edition`; economies that are new are added to ``economies.csv`` with them.
    replace : bool
        Whether an edition that is held with other values may be replaced.

    Returns
    -------
    DataFrame
        The findings of `check_edition`, then a row ``written``: its `verdict` is ``written`` or
        ``unchanged``, its `finding` says the file, rows and hash.

    Raises
    ------
    BadTable
        If a finding is ``refused`` (all of them are in the message), or the edition is held with
        other values and `replace` is false.
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
                f"WGI edition {edition} is held with other values: {difference} "
                "Ask for it to be replaced (--replace) to hold these instead."
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


def _describe_difference(table: pd.DataFrame, held: pd.DataFrame) -> str:
    """Say how a table differs from the edition held; nothing if it does not."""
    keys = ["economy", "year", "dimension"]
    both = held.merge(table, on=keys, how="outer", suffixes=("_held", ""), indicator="of")
    parts = []
    for word, side in (("lack", "left_only"), ("add", "right_only")):
        count = int((both["of"] == side).sum())
        if count:
            parts.append(f"they {word} {count} rows")
    both = both[both["of"] == "both"]
    for measure in MEASURES:
        then, now = both[f"{measure}_held"], both[measure]
        count = int(((then != now).fillna(True) & ~(then.isna() & now.isna())).sum())
        if count:
            parts.append(f"{measure} differs in {count} rows")
    return f"{'; '.join(parts)}." if parts else ""


def _add_economies(table: pd.DataFrame, names: Mapping[str, str]) -> None:
    """Add economies that are new to the list of economies."""
    economies = pd.read_csv(
        io.BytesIO(package.read_bytes(package.find_resource("economies"))), keep_default_na=False
    )
    new = sorted(set(table["economy"]) - set(economies["economy"]))
    if new:
        added = pd.DataFrame({"economy": new, "name": [names[code] for code in new]})
        economies = pd.concat([economies, added]).sort_values("economy")
        package.add_resource(package.find_resource("economies"), economies, replace=True)


def _make_entry(table: pd.DataFrame, held: list[str], source: Mapping[str, Any]) -> dict[str, Any]:
    """Make the package entry of an edition, its keys described as those of the editions held."""
    edition = int(table["edition"].iloc[0])
    description = "All economies and years, also those that the edition lists without values."
    if edition >= FIRST_SCORES:
        description += (
            " The edition of 2025 revised the method and recalculated all years: editions from it "
            "on are not comparable with earlier ones."
        )
    years = sorted({int(year) for year in table["year"]})
    fields: list[dict[str, Any]] = [
        {
            "name": "economy",
            "type": "string",
            "description": "World Bank code",
            "constraints": {"required": True, "pattern": "[A-Z]{3}"},
        },
        {
            "name": "year",
            "type": "integer",
            "description": "Year that the estimate describes",
            "unit": "year",
            "constraints": {"required": True, "enum": years},
        },
        {
            "name": "dimension",
            "type": "string",
            "description": ", ".join(f"{code} {name}" for code, name in DIMENSIONS.items()),
            "constraints": {"required": True, "enum": list(DIMENSIONS)},
        },
    ]
    for measure in held:
        text, unit = FIELDS[measure]
        low, high = RANGES[measure]
        limits = {"minimum": low} if measure == "sources" else {"minimum": low, "maximum": high}
        kind = "integer" if measure == "sources" else "number"
        fields.append(
            {"name": measure, "type": kind, "description": text, "unit": unit}
            | {"constraints": limits}
        )
    citation = (
        f"Kaufmann, Daniel, and Aart Kraay ({edition}). Worldwide Governance Indicators, "
        f"{edition} edition. World Bank, www.govindicators.org."
    )
    return {
        "name": f"wgi-{edition}",
        "path": f"wgi/{edition}.csv",
        "title": f"Worldwide Governance Indicators, {edition} edition",
        "description": description,
        "edition": edition,
        "sources": [
            {"title": "Worldwide Governance Indicators", "publisher": "World Bank"}
            | {"path": "https://www.govindicators.org", "citation": citation}
            | dict(source)
        ],
        "licenses": package.find_resource("economies")["licenses"],
        "schema": {
            "fields": fields,
            "primaryKey": ["economy", "year", "dimension"],
            "foreignKeys": [
                {
                    "fields": ["economy"],
                    "reference": {"resource": "economies", "fields": ["economy"]},
                }
            ],
        },
    }
