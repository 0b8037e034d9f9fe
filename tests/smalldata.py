"""A data folder of two small editions, for what reads and writes whole editions."""

import contextlib
import io
import json
import shutil
import sys

import pandas as pd
import pytest

import govlib
from govlib import cli
from govlib.ingest import editions
from govlib.project import data_folder
from govlib.stats.ranks import ranks

FEW = ["ANT", "CHL", "DEU", "EST", "KAZ", "KGZ", "NIU", "NOR", "RUS", "SSD", "TWN", "USA"]
FEW += ["UZB", "XKX"]


def small_edition(edition):
    """Return a few economies of an edition, ranked among themselves."""
    table = govlib.wgi.read(edition, economies=FEW)
    if table["percentile_rank"].notna().any():
        columns = [column for column in table if column.startswith("percentile")]
        table[columns] = ranks(table)[columns]
    return table


def make_folder(folder):
    """Write the folder: everything that is included but for the editions, and two small ones."""
    tables = {edition: small_edition(edition) for edition in (2022, 2023, 2025)}
    shutil.copytree(data_folder(), folder, ignore=shutil.ignore_patterns("20*.csv"))
    record = folder / "datapackage.json"
    package = json.loads(record.read_text("utf-8"))
    package["resources"] = [r for r in package["resources"] if "wgi-" not in r["name"]]
    record.write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOVLIB_DATA", str(folder))
        for table in tables.values():
            editions.add(table, source={"file": "made for a test", "accessed": "2026-11-23"})
    return folder


def next_edition():
    """Make an edition 2026: that of 2025 with a year more, all measures and a new economy."""
    table = govlib.wgi.read(2025, economies=FEW)
    table = pd.concat([table, table[table["year"] == 2024].assign(year=2025)])
    table = pd.concat([table, table[table["economy"] == "KAZ"].assign(economy="ZZA")])
    known = table["estimate"].notna()
    table["standard_error"] = pd.Series(0.2, table.index).where(known)
    table["sources"] = pd.Series(5, table.index).where(known).astype("Int64")
    table["score_lower"], table["score_upper"] = table["score"] - 6.4, table["score"] + 6.4
    return table.assign(edition=2026)


def command(*words):
    """Run ``govlib`` in this process and return its exit code and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as end,
    ):
        patch.setattr(sys, "argv", ["govlib", *map(str, words)])
        cli.main()
    return end.value.code or 0, out.getvalue(), err.getvalue()
