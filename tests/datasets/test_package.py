"""The record of what is held, and the bytes it stands for."""

import itertools
import json
import multiprocessing
import os
import random
import resource
import subprocess
import sys
import textwrap
import time

import numpy as np
import pandas as pd
import pytest
from frictionless import Package

from govlib.datasets import economies, package, wgi
from govlib.errors import AlteredFile, BadTable
from govlib.project import data_folder, project_folder
from govlib.publish.provenance import describe_result

EDITIONS = list(range(2019, 2026))


def test_seven_editions_and_every_file_are_recorded_in_a_valid_package():
    folder = data_folder()
    assert wgi.editions() == EDITIONS
    assert sum(path.stat().st_size for path in (folder / "wgi").iterdir()) <= 15e6
    recorded = {entry["path"] for entry in package.read_package()["resources"]}
    assert recorded == {str(p.relative_to(folder)) for p in folder.rglob("*.csv")}
    report = Package(str(data_folder() / "datapackage.json")).validate(limit_rows=1000)
    assert report.valid, report.flatten(["name", "type", "message"])


def test_the_package_says_what_a_citing_reader_needs():
    for entry in package.read_package()["resources"]:
        assert entry["sources"][0]["publisher"]
        assert entry["licenses"][0]["title"]
        if entry["path"].startswith("wgi/"):
            assert entry["licenses"][0]["name"] == "CC-BY-4.0"
        for field in entry["schema"]["fields"]:
            assert field["description"]
            if field["type"] == "number":
                assert field["unit"]
                assert {"minimum", "maximum"} <= field["constraints"].keys()


@pytest.mark.parametrize("edition", EDITIONS)
def test_values_keep_the_precision_of_the_release(edition):
    table = wgi.read(edition)
    text = pd.read_csv(data_folder() / f"wgi/{edition}.csv", dtype=str, keep_default_na=False)[
        "estimate"
    ]
    read = table["estimate"]
    assert (text[read.isna()] == "").all()
    printed = text[read.notna()]
    assert (printed.map(float) == read.dropna()).all()
    if edition < 2025:  # released as 32-bit numbers: the shortest text that gives them back
        shortest = [str(x) for x in read.dropna().to_numpy("float32")]
        assert np.array_equal(np.array(shortest, dtype=float), read.dropna())


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1000],
        lambda content: content.replace(b"0.14343049", b"0.24343049"),
        lambda content: b"",
    ],
    ids=["truncated", "altered", "empty"],
)
def test_a_damaged_file_is_refused_with_its_name_and_expected_hash(data_copy, damage):
    path = data_copy / "wgi/2023.csv"
    wgi.read(2023)
    path.write_bytes(damage(path.read_bytes()))
    expected = package.find_edition(2023)["hash"]
    with pytest.raises(AlteredFile, match=r"2023\.csv") as error:
        wgi.read(2023)
    assert expected in str(error.value)
    assert "git restore" in str(error.value)
    assert len(wgi.read(2022)) == 29532  # another edition is still good


def test_a_file_that_was_good_is_looked_at_again(data_copy):
    path = data_copy / "wgi/2023.csv"
    good, size = path.read_bytes(), len(wgi.read(2023))
    path.write_bytes(good.replace(b"0.14343049", b"0.24343049"))
    os.utime(path, ns=(0, 0))  # however old it says it is
    with pytest.raises(AlteredFile, match=r"2023\.csv"):
        wgi.read(2023)
    path.write_bytes(good)
    assert len(wgi.read(2023)) == size
    record = data_copy / "datapackage.json"
    held = json.loads(record.read_text("utf-8"))
    held["resources"] = [r for r in held["resources"] if r.get("edition") != 2022]
    record.write_text(json.dumps(held), "utf-8")
    assert 2022 not in wgi.editions()


def test_what_a_caller_does_to_an_entry_stays_with_the_caller():
    title = package.find_edition(2023)["sources"][0]["title"]
    for entry in (
        package.find_edition(2023),
        package.find_resource("wgi-2023"),
        next(r for r in package.read_package()["resources"] if r.get("edition") == 2023),
    ):
        entry["sources"][0]["title"] = "changed"
    table = economies.groups()
    table.loc[0, "title"] = "changed"
    economies.names()["KAZ"] = "changed"
    assert package.find_edition(2023)["sources"][0]["title"] == title
    assert economies.groups()["title"][0] != "changed"
    assert economies.names()["KAZ"] == "Kazakhstan"


def test_a_missing_file_and_a_broken_record_are_refused_by_name(data_copy):
    (data_copy / "wgi/2023.csv").unlink()
    with pytest.raises(AlteredFile, match=r"2023\.csv cannot be read"):
        wgi.read(2023)
    for broken in ("", '{"resources": [', "{}", "[]", '{"resources": [{"name": "a", "path": ""}]}'):
        (data_copy / "datapackage.json").write_text(broken)
        with pytest.raises(AlteredFile, match=r"datapackage\.json is not a readable record"):
            wgi.editions()
    (data_copy / "datapackage.json").unlink()
    with pytest.raises(AlteredFile, match="GOVLIB_DATA"):
        wgi.read(2022)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"name": "wgi-2022"}, "name 'wgi-2022' is listed twice"),
        ({"path": "wgi/2022.csv"}, "path 'wgi/2022.csv' is listed twice"),
        ({"edition": 2022}, "edition 2022 is listed twice"),
        ({"edition": "2023"}, "edition '2023' of wgi-2023 is no year"),
        ({"path": "../outside.csv"}, "'../outside.csv' of wgi-2023 is not one inside data/"),
        ({"path": "/etc/passwd"}, "'/etc/passwd'"),
    ],
)
def test_a_record_that_would_mix_up_files_is_refused(data_copy, change, named):
    record = data_copy / "datapackage.json"
    held = json.loads(record.read_text("utf-8"))
    next(entry for entry in held["resources"] if entry["name"] == "wgi-2023").update(change)
    record.write_text(json.dumps(held), "utf-8")
    with pytest.raises(AlteredFile, match="not a readable record") as error:
        wgi.read(2022)
    assert named in str(error.value)


def test_a_link_that_leads_out_of_the_data_is_refused(data_copy, tmp_path):
    path = data_copy / "wgi/2023.csv"
    path.rename(tmp_path / "elsewhere.csv")
    path.symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(AlteredFile, match="leads out of the data folder"):
        wgi.read(2023)


def new_edition():
    entry = {**package.find_edition(2024), "name": "wgi-2031", "path": "wgi/2031.csv"}
    entry |= {"edition": 2031}
    fields = [field["name"] for field in entry["schema"]["fields"]]
    return entry, wgi.read(2024, economies=["KAZ", "UZB"])[fields]


def test_a_table_that_is_added_reads_back_and_can_only_be_replaced_on_request(data_copy):
    entry, table = new_edition()
    package.add_resource(entry, table)
    pd.testing.assert_frame_equal(
        wgi.read(2031).drop(columns="edition"),
        wgi.read(2024, economies=["KAZ", "UZB"]).drop(columns="edition"),
    )
    with pytest.raises(BadTable, match="included already"):
        package.add_resource(entry, table)
    package.add_resource(entry, table.head(6), replace=True)
    assert len(wgi.read(2031)) == 6
    with pytest.raises(BadTable, match="expected"):
        package.add_resource(entry, table.drop(columns="estimate"), replace=True)


def test_a_death_between_a_file_and_its_record_is_completed(data_copy):
    record, file = data_copy / "datapackage.json", data_copy / "wgi/economies.csv"
    before, old = record.read_bytes(), file.read_bytes()
    path = data_folder() / "wgi/economies.csv"
    names = pd.read_csv(path, keep_default_na=False)
    package.add_resource(package.find_resource("economies"), names[:-1], replace=True)
    after, new = record.read_bytes(), file.read_bytes()
    left = data_copy / ".datapackage.json.abcdefgh.unfinished"
    # The file was renamed and the record not.
    record.write_bytes(before)
    for content in (after[:99], b"{}", before):
        left.write_bytes(content)
        with pytest.raises(AlteredFile):
            economies.names()
    left.write_bytes(after)
    entry = package.find_resource("economies")
    package.read_bytes(entry)  # completes the record, and the entry names what was read
    assert entry["hash"] == package.find_resource("economies")["hash"]
    assert len(economies.names()) == len(names) - 1
    record.write_bytes(before)
    left.write_bytes(after)
    with package.writing():
        pass
    assert (record.read_bytes(), left.exists()) == (after, False)
    # Neither was: what is left is of no use, also a record that is torn or of other files.
    for content in (after, after[:99], b"{}", before.replace(b"wgi-2023", b"wgi-2033")):
        record.write_bytes(before)
        file.write_bytes(old)
        left.write_bytes(content)
        with package.writing():
            pass
        assert (record.read_bytes(), left.exists()) == (before, False)
    # The bytes of the file are of neither record: nothing is made of it.
    left.write_bytes(after)
    file.write_bytes(new + old)
    with package.writing():
        pass
    assert record.read_bytes() == before


def adding(*editions, rows=12):
    """Begin a process that adds editions of so many rows, over and over."""

    def add():
        for edition in itertools.cycle(editions):
            entry, table = new_edition()
            entry |= {"edition": edition, "name": f"wgi-{edition}", "path": f"wgi/{edition}.csv"}
            package.add_resource(entry, table.head(rows), replace=edition in wgi.editions())

    process = multiprocessing.get_context("fork").Process(target=add)
    process.start()
    return process


def test_of_two_that_add_at_once_none_is_lost(data_copy):
    writers = [adding(2031, 2032), adding(2033, 2034, rows=6)]
    try:
        end = time.monotonic() + 60
        while not {2031, 2032, 2033, 2034} <= set(wgi.editions()):
            assert time.monotonic() < end and all(w.is_alive() for w in writers)
            assert len(wgi.read(2022)) == 29532
        for edition in (2031, 2032, 2033, 2034) * 5:  # read while it is replaced
            assert len(wgi.read(edition)) == (12 if edition < 2033 else 6)
    finally:
        for writer in writers:
            writer.kill()
            writer.join()


@pytest.mark.parametrize("seed", range(int(os.environ.get("GOVLIB_KILLS", "8"))))
def test_nothing_is_torn_or_false_after_a_kill_at_any_point(data_copy, seed):
    entry, table = new_edition()
    package.add_resource(entry, table.head(6))
    chance = random.Random(seed)
    for rows in (12, 18, 24, 12):
        before = len(wgi.read(2031))
        writer = adding(2031, rows=rows)
        time.sleep(0.12 * chance.random())
        writer.kill()
        writer.join()
        entry = package.find_edition(2031)
        content = package.read_bytes(entry)
        assert entry["hash"] == package.last_read(entry) == package.find_edition(2031)["hash"]
        assert content.count(b"\n") - 1 in (before, rows)
    package.add_resource(entry, table, replace=True)
    assert not list(data_copy.rglob("*.unfinished"))


def test_a_figure_names_the_bytes_that_were_read_not_those_that_came_since(data_copy):
    entry, table = new_edition()
    package.add_resource(entry, table)
    wgi.read(2031)
    read = package.find_edition(2031)["hash"].removeprefix("sha256:")
    package.add_resource(entry, table.head(6), replace=True)
    [told] = describe_result("x", parameters={}, data=["wgi-2031"])["data"]
    assert told["sha256"] == read


def test_a_full_disk_leaves_the_data_as_it_was(data_copy):
    # A limit on the size of a written file stands for the full disk: the same write fails.
    (data_copy / ".datapackage.json.lock").unlink(missing_ok=True)  # of the checkout's
    before = {p: p.read_bytes() for p in data_copy.rglob("*") if p.is_file()}
    code = f"""
        import resource, sys
        sys.path.insert(0, {str(project_folder() / "tests")!r})
        from datasets import test_package as t
        entry, table = t.new_edition()
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        t.package.add_resource(entry, table)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "File too large" in done.stderr
    after = {p: p.read_bytes() for p in data_copy.rglob("*") if p.is_file()}
    assert after.pop(data_copy / ".datapackage.json.lock") == b""
    assert after == before
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_resource_in_both_records_is_refused(data_copy, tmp_path, monkeypatch):
    # An installed package: its own data, and those that its user added.
    own = tmp_path / "own"
    monkeypatch.setattr(package, "user_data_folder", lambda: own)
    entry, table = new_edition()
    package.add_resource(entry, table)
    assert (own / "wgi/2031.csv").exists() and not (data_copy / "wgi/2031.csv").exists()
    assert wgi.editions()[-1] == 2031
    assert len(wgi.read(2031)) == len(table)
    with pytest.raises(BadTable, match="included already"):
        package.add_resource({**entry, "name": "wgi-2024"}, table)
    record = own / "datapackage.json"
    record.write_text(record.read_text().replace("wgi-2031", "wgi-2024"))
    with pytest.raises(AlteredFile, match="wgi-2024 is included in govlib and was added"):
        wgi.read(2023)
