"""Scores of sources: tables, workbooks, what is wrong in them, and the estimates of an edition."""

import os
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import govlib as gov
from govlib.errors import BadFile, UnknownName

ROWS = pd.DataFrame(
    [
        ("KAZ", 2018, "ge", "eiu", 0.5),
        ("ROM", 2018, "ge", "gcs", 0.4),
        ("ROM", 2002, "ge", "gcs", 0.3),
        ("KAZ", 2018, "va", "vdm", 0.2),
        ("KAZ", 2018, "ge", "wcy", None),
    ],
    columns=["economy", "year", "dimension", "source", "score"],
)


@pytest.fixture
def file(tmp_path):
    """Write a table and return its path."""

    def write(table, name="scores.csv"):
        path = tmp_path / name
        table.to_parquet(path) if name.endswith("parquet") else table.to_csv(path, index=False)
        return path

    return write


@pytest.mark.parametrize("name", ["scores.csv", "scores.parquet"])
def test_a_table_is_read_with_codes_of_today_and_what_is_known_of_each_source(file, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    table = gov.sources.read(file(ROWS, name), 2022).set_index(["economy", "year", "source"])
    assert len(table) == 4
    assert table.loc[("KAZ", 2018, "eiu"), ["type", "score"]].tolist() == ["expert", 0.5]
    representative = table["representative"]
    assert representative["ROU", 2018, "gcs"] and not representative["ROU", 2002, "gcs"]
    assert representative["KAZ", 2018, "eiu"] and not representative["KAZ", 2018, "vdm"]
    assert set(table["edition"]) == {2022}


def test_a_workbook_with_source_data_is_read(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    for dimension in ("va", "ge"):
        sheet = book.create_sheet(dimension)
        sheet.append(["Worldwide Governance Indicators"])
        heads = ["Economy (name)", "Economy (code)", "Year", "Number of sources"]
        sheet.append([*heads, "EIU mean", "FRH mean", "Region"])
        sheet.append(["Kazakhstan", "KAZ", 2023, 9, 0.25, "..", "Asia"])
        sheet.append(["Romania", "ROU", 2023, 9, None, 0.75, "Europe"])
    book.save(tmp_path / "with-sources.xlsx")
    table = gov.sources.read(tmp_path / "with-sources.xlsx", 2025)
    found = table[["economy", "dimension", "source", "score"]].to_numpy().tolist()
    assert [row for row in found if row[1] == "ge"] == [
        ["KAZ", "ge", "eiu", 0.25],
        ["ROU", "ge", "frh", 0.75],
    ]
    assert len(found) == 4


def test_an_unknown_source_is_rejected_unless_declared(file):
    path = file(ROWS.replace({"source": {"eiu": "own"}}))
    with pytest.raises(UnknownName, match="unknown sources: own"):
        gov.sources.read(path, 2022)
    table = gov.sources.read(path, 2022, declare={"own": ("survey", True)})
    own = table[table["source"] == "own"]
    assert own[["type", "representative"]].to_numpy().tolist() == [["survey", True]]
    with pytest.raises(UnknownName, match="'poll' is not a type"):
        gov.sources.read(path, 2022, declare={"own": ("poll", True)})


@pytest.mark.parametrize(
    ("table", "answer"),
    [
        (ROWS.drop(columns="score"), "lacks score; it has economy"),
        (
            ROWS.replace({"dimension": {"va": "xx"}}),
            "xx, vdm: one of the dimensions va pv",
        ),
        (pd.concat([ROWS, ROWS[:1]]), "KAZ, .*, ge, eiu: one score of each"),
        (ROWS.astype("object").replace({"score": {0.5: "high"}}), "score 'high' of KAZ"),
        (
            ROWS.astype({"year": "float"}).replace({"year": {2002: 2002.5}}),
            "whole number as year",
        ),
    ],
)
def test_what_is_wrong_in_a_table_is_named(file, table, answer):
    with pytest.raises(BadFile, match=answer):
        gov.sources.read(file(table), 2022)


def test_a_file_that_is_none_and_a_workbook_without_sources_are_named(tmp_path):
    with pytest.raises(BadFile, match=r"none\.csv: it cannot be read"):
        gov.sources.read(tmp_path / "none.csv", 2022)
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")
    with pytest.raises(BadFile, match="workbook with source data"):
        gov.sources.read(tmp_path / "empty.xlsx", 2022)


PANEL = Path(os.environ.get("GOVLIB_OFFICIAL_FILES", "nowhere"), "../sources")


@pytest.mark.skipif(not PANEL.is_dir(), reason="no sources/ next to GOVLIB_OFFICIAL_FILES")
def test_the_estimates_of_an_edition_are_given_back():
    pytest.importorskip("pyarrow")
    scores = gov.sources.read(PANEL / "panel-2022-to-2018.parquet", 2022)
    fit = gov.sources.fit(scores)
    assert fit.sources["converged"].all()
    published = gov.wgi.ranked(2022, years=range(1996, 2019)).dropna(subset="estimate")
    both = gov.stats.ranks(fit.estimates).merge(
        published, on=["economy", "year", "dimension"], suffixes=("", "_published"), how="outer"
    )
    assert len(both) == len(published) == len(fit.estimates) == 24_606
    assert (both["sources"] == both["sources_published"]).all()
    assert (both["estimate"] - both["estimate_published"]).abs().max() < 0.001
    assert (both["standard_error"] - both["standard_error_published"]).abs().max() < 0.0005
    assert (both["position"] == both["position_published"]).mean() > 0.995
