"""Adding an edition: the bytes that are held, or nothing at all."""

import json

import pandas as pd
import pytest
import wgifiles as w
from frictionless import Package

import govlib
from govlib.datasets import package as catalog
from govlib.errors import BadTable
from govlib.ingest import editions

SOURCE = {"file": "a.xlsx", "accessed": "2026-11-23"}


def snapshot(folder):
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path: path.read_bytes() for path in found}


def forget(folder, edition):
    """Take an edition out of the data folder."""
    record = folder / "datapackage.json"
    package = json.loads(record.read_text("utf-8"))
    package["resources"] = [r for r in package["resources"] if r.get("edition") != edition]
    record.write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", "utf-8")
    (folder / f"wgi/{edition}.csv").unlink()


@pytest.mark.parametrize("edition", [2019, 2024, 2025])
def test_an_edition_added_again_gives_the_same_bytes_and_record(data_copy, edition):
    table = govlib.wgi.read(edition).sample(frac=1, random_state=1)
    before = (data_copy / f"wgi/{edition}.csv").read_bytes()
    entry = catalog.find_edition(edition)
    forget(data_copy, edition)
    findings = editions.add(table, source=SOURCE)
    assert (data_copy / f"wgi/{edition}.csv").read_bytes() == before
    added = catalog.find_edition(edition)
    same = ["name", "path", "hash", "bytes", "title", "edition", "licenses"]
    assert {key: added[key] for key in same} == {key: entry[key] for key in same}
    assert [f["name"] for f in added["schema"]["fields"]] == [
        f["name"] for f in entry["schema"]["fields"]
    ]
    for field in ("description", "unit", "constraints"):
        for ours, held in zip(
            added["schema"]["fields"][3:], entry["schema"]["fields"][3:], strict=True
        ):
            assert ours[field] == held[field], ours["name"]
    assert added["sources"][0]["citation"] == entry["sources"][0]["citation"]
    assert added["sources"][0]["file"] == "a.xlsx"
    assert findings.iloc[-1]["verdict"] == "written"
    assert entry["hash"] in findings.iloc[-1]["finding"]


def test_the_same_values_change_nothing_and_others_need_to_be_asked_for(data_copy):
    table = govlib.wgi.read(2023)
    before = snapshot(data_copy)
    findings = editions.add(table, source={"file": "another"})
    assert findings.iloc[-1]["verdict"] == "unchanged"
    assert snapshot(data_copy) == before
    table.loc[table["estimate"].notna().idxmax(), "sources"] = 99
    with pytest.raises(BadTable, match=r"other values: sources: 1 of [\d,]+ differ\. .*--replace"):
        editions.add(table, source=SOURCE)
    assert snapshot(data_copy) == before
    findings = editions.add(table, source=SOURCE, replace=True)
    assert findings.iloc[-1]["verdict"] == "written"
    assert govlib.wgi.read(2023)["sources"].max() == 99


def next_edition():
    """Make an edition 2026: that of 2025 with a year more, all measures and a new economy."""
    table = govlib.wgi.read(2025)
    table = pd.concat([table, table[table["year"] == 2024].assign(year=2025)])
    table = pd.concat([table, table[table["economy"] == "KAZ"].assign(economy="ZZA")])
    held = table["estimate"].notna()
    table["standard_error"] = pd.Series(0.2, table.index).where(held)
    table["sources"] = pd.Series(5, table.index).where(held).astype("Int64")
    table["score_lower"], table["score_upper"] = table["score"] - 6.4, table["score"] + 6.4
    return table.assign(edition=2026)


def test_a_new_edition_with_a_new_economy_is_read_like_any_other(few_data):
    editions.add(next_edition(), source=SOURCE, names={"ZZA": "Zembla"})
    assert govlib.wgi.editions()[-1] == 2026
    row = govlib.wgi.read(2026, economies="ZZA", dimensions="ge", years=2025).iloc[0]
    assert row["sources"] == 5
    assert row["score_lower"] == pytest.approx(row["score"] - 6.4)
    assert govlib.economies.names()["ZZA"] == "Zembla"
    report = Package(str(few_data / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "type", "message"])


def test_a_refused_edition_leaves_everything(data_copy):
    before = snapshot(data_copy)
    with pytest.raises(BadTable, match=r"not WGI edition 2026: No edition included lists ZZA"):
        editions.add(next_edition(), source=SOURCE)
    assert snapshot(data_copy) == before


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_failing_write_leaves_what_was_held(data_copy, monkeypatch, place):
    calls = []
    fsync = catalog.os.fsync

    def failing(handle):
        calls.append(handle)
        if len(calls) > place:
            raise OSError("No space left on device")
        fsync(handle)

    before = {p: c for p, c in snapshot(data_copy).items() if "economies" not in p.name}
    monkeypatch.setattr(catalog.os, "fsync", failing)
    with pytest.raises(OSError, match="No space"):
        editions.add(next_edition(), source=SOURCE, names={"ZZA": "Zembla"})
    monkeypatch.undo()
    monkeypatch.setenv("GOVLIB_DATA", str(data_copy))
    after = snapshot(data_copy)
    del before[data_copy / "datapackage.json"]
    assert {p: after.get(p) for p in before} == before
    assert set(govlib.wgi.editions()) == set(range(2019, 2026))
    assert len(govlib.wgi.read(2025)) == 33592
    assert set(govlib.wgi.read(2023)["economy"]) <= set(govlib.economies.names())
    assert not [p for p in after if p.name.startswith(".")]


def test_the_command_adds_a_file_and_says_what_it_did(few_data, govlib_command):
    path = w.write_workbook(few_data / "any.xlsx", w.six_sheets(govlib.wgi.read(2023)))
    before = (few_data / "wgi/2023.csv").read_bytes()
    forget(few_data, 2023)
    done = govlib_command("add-edition", str(path))
    assert done.returncode == 0, done.stderr
    assert "edition 2023 (Introduction: 'The Worldwide Governance Indicators, 2023 Update')" in (
        done.stdout
    )
    assert "left out: sheet Introduction" in done.stdout
    assert "passed    ranks" in done.stdout
    assert "written   written    data/wgi/2023.csv: 1728 rows" in done.stdout
    source = catalog.find_edition(2023)["sources"][0]
    assert (source["file"], len(source["sha256"])) == ("any.xlsx", 64)
    assert (few_data / "wgi/2023.csv").read_bytes() == before
    assert "unchanged" in govlib_command("add-edition", str(path)).stdout
    done = govlib_command("add-edition", str(path), "--edition", "2024")
    assert done.returncode == 1
    assert "edition 2024 contradicts the file" in done.stderr
    done = govlib_command("add-edition", "none.xlsx")
    assert (done.returncode, "No such file" in done.stderr) == (1, True)
