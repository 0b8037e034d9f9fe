"""What the tests of reading in share."""

import json
from pathlib import Path

import pytest
import worldbank

import govlib
from govlib.datasets import package
from govlib.datasets.wgi import COLUMNS, MEASURES
from govlib.ingest.editions import as_released


@pytest.fixture
def few_data(data_copy) -> Path:
    """Give a data folder with twelve economies of the editions 2023 and 2025 only."""
    tables = {
        edition: govlib.wgi.read(edition, economies=worldbank.FEW) for edition in (2023, 2025)
    }
    record = data_copy / "datapackage.json"
    contents = json.loads(record.read_text("utf-8"))
    few = (2023, 2025, None)
    contents["resources"] = [e for e in contents["resources"] if e.get("edition") in few]
    record.write_text(json.dumps(contents), "utf-8")
    for edition, table in tables.items():
        if edition == 2023:
            table = govlib.stats.ranks(table)
        table = as_released(table[COLUMNS]).dropna(axis="columns", how="all")
        columns = [column for column in table if column in (*COLUMNS[1:4], *MEASURES)]
        package.add_resource(package.find_edition(edition), table[columns], replace=True)
    return data_copy
