"""A whole, sound edition passes and is added, the bytes that are held; any other is refused."""

import json

import numpy as np
import pandas as pd
import pytest
import wgifiles as w
from frictionless import Package

import govlib
from govlib.datasets import package as catalog
from govlib.datasets.wgi import COLUMNS
from govlib.errors import BadTable
from govlib.ingest import editions

TABLE = govlib.wgi.read(2023)
SCORES = govlib.wgi.read(2025)
SOURCE = {"file": "a.xlsx", "accessed": "2026-11-23"}


def findings(table, verdict, **options):
    found = editions.check(table, **options)
    return " ".join(found.loc[found["verdict"] == verdict, "finding"])


@pytest.mark.parametrize("edition", govlib.wgi.editions())
def test_every_edition_held_passes(edition):
    found = editions.check(govlib.wgi.read(edition))
    assert set(found["verdict"]) <= {"passed", "remark"}
    assert set(found["check"]) >= {"economies", "years", "ranges", "presence", "compare"}


def test_remarks_say_what_changed():
    text = findings(SCORES, "remark")
    assert "Against edition 2024 gained: NCL, PYF." in text
    assert "NIU 2022 ge -2.58" in text
    assert "not listed in all years: 4. NCL ge (0 of 26)" in text
    before = TABLE.copy()
    text = " ".join(editions.check(TABLE)["finding"])
    assert "Of 28376 values of the same years, 61.8% equal those of edition 2022" in text
    assert "All ranks and their bounds follow from the estimates to 1e-5." in text
    pd.testing.assert_frame_equal(TABLE, before)


def first(table, **values):
    """Change the first row that has values."""
    table = table.copy()
    row = table.index[table["estimate"].notna()][0]  # Aruba, 2004, va
    for column, value in values.items():
        table.loc[row, column] = value
    return table


def swapped(table, one, other):
    """Exchange the values of two dimensions."""
    names = {one: other, other: one}
    moved = table["dimension"].astype(str).replace(names).astype(table["dimension"].dtype)
    return table.assign(dimension=moved)


def shuffled(table):
    """Put the values of one dimension on other rows, as a sort of one column does."""
    rows = table["dimension"] == "va"
    mixed = table.loc[rows, COLUMNS[4:]].sample(frac=1, random_state=0).reset_index(drop=True)
    mixed.index = table.index[rows]
    return pd.concat([table[~rows], table.loc[rows, COLUMNS[:4]].join(mixed)])


KZZ = TABLE.replace({"economy": {"KAZ": "KZZ"}})
DAMAGED = {
    "years": (TABLE[TABLE["year"] != 2010], "Edition 2023 describes 1996, .*; this table .*2009"),
    "cut": (TABLE.iloc[:-8], r"not listed in all years: 6\. .*ZWE rl \(22 of 24\)"),
    "edition": (TABLE.assign(edition=2024), "Edition 2024 describes .*2002–2023"),
    "dimension": (TABLE[TABLE["dimension"] != "rl"], "Dimensions without estimates: rl"),
    "old code": (TABLE.replace({"economy": {"ROU": "ROM"}}), "not today's: ROM is ROU"),
    "new code": (KZZ, "No edition included lists these, nor is a name given: KZZ"),
    "range": (first(TABLE, estimate=14.3), "1 of estimate not in -4 to 4, first ABW 2004 va"),
    "error": (first(TABLE, standard_error=np.nan), "1 rows have some measures without the others"),
    "bounds": (first(TABLE, percentile_rank_lower=100.0), "beyond their bounds, first ABW 2004"),
    "rank": (first(TABLE, percentile_rank=80.0), "1 ranks or bounds do not follow .*ABW 2004 va"),
    "estimate": (first(TABLE, estimate=-1.0), "ranks or bounds do not follow"),
    "half": (TABLE[TABLE["economy"] < "R"], "It is short: .* first 1996 va: 152 of 201"),
    "swapped years": (TABLE.assign(year=TABLE["year"].replace({2017: 2018, 2018: 2017})),
                      "estimates of 2017 are most like those of 2018 in edition 2022, and the rev"),
    "swapped": (swapped(TABLE, "va", "pv"), "estimates of va are not like those of edition 2022"),
    "shuffled": (shuffled(TABLE), r"estimates of va are not like .*correlation -?0\.0"),
    "score": (first(SCORES, score=20.0), "scores of va are not linear in the estimate, first ABW"),
    "score's bound": (first(SCORES, score_lower=99.5), "1 of score are beyond their bounds"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_edition_is_refused_with_the_row(damage):
    table, answer = DAMAGED[damage]
    text = findings(table, "refused")
    assert pd.Series([text]).str.contains(answer).item(), text


def test_a_new_economy_needs_a_name_of_its_own():
    assert "KZZ" not in findings(KZZ, "refused", names={"KZZ": "New"})
    assert "included: KZZ" in findings(KZZ, "refused", names={"KZZ": "Kazakhstan"})


def test_a_table_of_other_columns_or_rows_is_refused_before_any_check():
    with pytest.raises(BadTable, match="lacks score"):
        editions.check(TABLE.drop(columns="score"))
    with pytest.raises(BadTable, match="no edition has: note"):
        editions.check(TABLE.assign(note=1))
    with pytest.raises(BadTable, match="1 rows are repeated"):
        editions.check(pd.concat([TABLE, TABLE.head(1)]))


# Adding.


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


@pytest.mark.parametrize("edition", [2019, 2025])
def test_an_edition_added_again_gives_the_same_bytes_and_record(data_copy, edition):
    table = govlib.wgi.read(edition).sample(frac=1, random_state=1)
    before = (data_copy / f"wgi/{edition}.csv").read_bytes()
    entry = catalog.find_edition(edition)
    forget(data_copy, edition)
    found = editions.add(table, source=SOURCE)
    assert (data_copy / f"wgi/{edition}.csv").read_bytes() == before
    added = catalog.find_edition(edition)
    same = ["name", "path", "hash", "bytes", "title", "edition", "licenses"]
    assert {key: added[key] for key in same} == {key: entry[key] for key in same}
    ours, held = added["schema"]["fields"], entry["schema"]["fields"]
    assert [field["name"] for field in ours] == [field["name"] for field in held]
    assert ours[3:] == held[3:]
    assert added["sources"][0]["citation"] == entry["sources"][0]["citation"]
    assert added["sources"][0]["file"] == "a.xlsx"
    assert found.iloc[-1]["verdict"] == "written"
    assert entry["hash"] in found.iloc[-1]["finding"]


def test_the_same_values_change_nothing_and_others_need_to_be_asked_for(data_copy):
    table = TABLE.copy()
    before = snapshot(data_copy)
    assert editions.add(table, source={"file": "other"}).iloc[-1]["verdict"] == "unchanged"
    table.loc[table["estimate"].notna().idxmax(), "sources"] = 99
    with pytest.raises(BadTable, match=r"other values: sources: 1 of [\d,]+ differ\. .*--replace"):
        editions.add(table, source=SOURCE)
    assert snapshot(data_copy) == before
    assert editions.add(table, source=SOURCE, replace=True).iloc[-1]["verdict"] == "written"
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
    before = snapshot(few_data)
    with pytest.raises(BadTable, match=r"not WGI edition 2026: .* nor is a name given: ZZA"):
        editions.add(next_edition(), source=SOURCE)
    assert snapshot(few_data) == before
    editions.add(next_edition(), source=SOURCE, names={"ZZA": "Zembla"})
    assert govlib.wgi.editions()[-1] == 2026
    row = govlib.wgi.read(2026, economies="ZZA", dimensions="ge", years=2025).iloc[0]
    assert row["sources"] == 5
    assert row["score_lower"] == pytest.approx(row["score"] - 6.4)
    assert govlib.economies.names()["ZZA"] == "Zembla"
    report = Package(str(few_data / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "type", "message"])


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
    for said in (
        "edition 2023 (Introduction: 'The Worldwide Governance Indicators, 2023 Update')",
        "left out: sheet Introduction",
        "passed    ranks",
        "written   written    data/wgi/2023.csv: 1728 rows",
    ):
        assert said in done.stdout
    source = catalog.find_edition(2023)["sources"][0]
    assert (source["file"], len(source["sha256"])) == ("any.xlsx", 64)
    assert (few_data / "wgi/2023.csv").read_bytes() == before
    assert "unchanged" in govlib_command("add-edition", str(path)).stdout
    done = govlib_command("add-edition", str(path), "--edition", "2024")
    assert done.returncode == 1
    assert "edition 2024 contradicts the file" in done.stderr
    done = govlib_command("add-edition", "none.xlsx")
    assert (done.returncode, "No such file" in done.stderr) == (1, True)
