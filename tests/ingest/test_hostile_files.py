"""Files that would take all memory or time, or are none: refused in words, by each reader."""

import io
import json
import re
import subprocess
import sys
import zipfile

import pytest
import wgifiles as w

TABLE = w.small()
DATA = w.databank(TABLE, w.old_series())
OTHER = [["Country Name", "Country Code", "Series Name", "Series Code", "2023 [YR2023]"],
         ["Kazakhstan", "KAZ", "Population", "SP.POP.TOTL", 20]]  # fmt: skip

READ = """
import json, resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
import govlib
answers = {}
for path in json.load(sys.stdin):
    for reader in (govlib.wgi.read_file, govlib.surveys.read_file):
        start = time.monotonic()
        try:
            reader(path)
            answer = "read"
        except govlib.errors.GovlibError as error:
            answer = str(error)
        except BaseException as error:
            answer = f"TRACEBACK {error!r}"
        answers.setdefault(path, []).append([answer, time.monotonic() - start])
peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
print(json.dumps([answers, peak]))
"""


def sheet(cells="", rows=DATA):
    """Give a workbook of some rows with more XML among the cells of its sheet."""
    file = io.BytesIO()
    w.write_workbook(file, {"Data": rows})
    return changed(
        file.getvalue(), lambda xml: xml.replace(b"</sheetData>", cells.encode() + b"</sheetData>")
    )


def changed(book, change, ending="sheet1.xml"):
    """Give a workbook with one part changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(made, "w", 8) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(part) if name.endswith(ending) else part)
    return made.getvalue()


def packed(content, method=zipfile.ZIP_DEFLATED, **more):
    """Give a zip with a table, and more files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, text in {"Data.csv": content, **more}.items():
            archive.writestr(name, text)
    return made.getvalue()


def cell(place):
    """Give a workbook with a cell at a place."""
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return sheet(f'<row r="{row}"><c r="{place}"><v>1</v></c></row>')


def half(xml):
    return xml[: len(xml) // 2]


def without_sheets(xml):
    return xml.replace(b"<sheets>", b"<!--").replace(b"</sheets>", b"-->")


WORLD = [[row[0], "WLD", *row[2:]] for row in DATA[1:3]]
LARGE = b"Country Code,Series Code,2023\n" * 10_000_000
CR = w.as_csv(OTHER).replace(b"\r", b"").replace(b"\n", b"\r")

# What makes a file, and what the two readers answer.
FILES = {
    "a cell in the last corner": (lambda: cell("XFD1048576"), "row 1,048,576 and column 16,384"),
    "a row out of range": (lambda: cell("A9999999"), "cells to row 9,999,999"),
    "a column out of range": (lambda: cell("ZZZZZ90"), "column 12,356,630"),
    "a very large sheet": (
        lambda: sheet("<row><c><v>1</v></c></row>" * 4_000_000), "bytes when unpacked"),
    "many short cells": (
        lambda: sheet("<row>" + "<c/>" * 6_000_000 + "</row>"), "more than a table has"),
    "a large zip": (lambda: packed(LARGE), "300,000,000 bytes when unpacked"),
    "a zip of many files": (
        lambda: packed("a,b", **{f"{n}.csv": "a,b" for n in range(5000)}),
        "5,001 files; at most 1,000 are read",
    ),
    "a text of many cells": (lambda: b"a," * 6_000_000, "too many for a table"),
    "LZMA": (lambda: packed(w.as_csv(DATA), zipfile.ZIP_LZMA), "unusual way"),
    "bzip2": (lambda: packed(w.as_csv(DATA), zipfile.ZIP_BZIP2), "unusual way"),
    "damaged XML": (lambda: changed(sheet(), half), "cannot be read|nothing in it|no table"),
    "damaged XML, hidden rows": (lambda: sheet('<row hidden="1"></c>'), "cannot be read"),
    "no sheets": (
        lambda: changed(sheet(), without_sheets, "workbook.xml"), "no sheet|cannot be read"),
    "an empty zip": (lambda: b"PK\x05\x06" + b"\0" * 18, "nothing in it|no layout"),
    "dashes": (lambda: b"-,-,-,-\n", "nothing in it|no layout"),
    "other series": (lambda: w.as_csv(OTHER), r"no values.*series SP\.POP\.TOTL|no layout"),
    "the world alone": (lambda: w.as_csv([DATA[0], *WORLD]), "no values|no layout"),
    "a header alone": (lambda: w.as_csv(DATA[:1]), "no values|no layout"),
    "lines that end in CR": (lambda: CR, r"no values.*series SP\.POP\.TOTL|no layout"),
    "a long field": (lambda: w.as_csv([*DATA, ["x" * 200_000]]), "field larger"),
    "nested brackets": (lambda: b"[" * 200_000, "of a server|not complete JSON"),
    "Stata, damaged": (lambda: b"<stata_dta><header>" + b"\xff" * 400, "Stata|no workbook"),
    "a folder": (None, "is not a file"),
}  # fmt: skip


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Read all files with both readers in one process of limited memory."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = []
    for number, (make, _) in enumerate(FILES.values()):
        paths.append(str(folder / f"{number}.bin"))
        if make:
            (folder / f"{number}.bin").write_bytes(make())
        else:
            (folder / f"{number}.bin").mkdir()
    words = [sys.executable, "-c", READ]
    done = subprocess.run(words, input=json.dumps(paths), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found, peak = json.loads(done.stdout)
    return dict(zip(FILES, found.values(), strict=True)), peak


@pytest.mark.parametrize("kind", FILES)
def test_it_is_refused_in_words(answers, kind):
    for answer, seconds in answers[0][kind]:
        assert "TRACEBACK" not in answer
        assert answer != "read"
        assert seconds < 10
        assert re.search(FILES[kind][1], answer), answer


def test_the_memory_stays_below_a_gigabyte(answers):
    assert answers[1] < 1 << 20  # kB
