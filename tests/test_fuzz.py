"""Damaged files of every kind are read or refused by name: never a traceback of another kind.

GOVLIB_FUZZ says how many mutants of each kind are tried (by default 40; of answers of a server,
a tenth, two to a fetch); a failure names the kind and the seed of its mutant.
"""

import io
import os
import random
import zipfile

import pytest
import survey_file_samples as surveys
import wgifiles
import worldbank

import govlib
from govlib.errors import FailedFetch, GovlibError
from govlib.ingest import worldbank_api as api
from govlib.project import data_folder

COUNT = int(os.environ.get("GOVLIB_FUZZ", "40"))
WORDS = b'NaN -1 1e999 " , [[ ={} ]] ../../x 2022 KAZ <a/> [YR2022] ..'.split()
WORDS += [b"", b"\n", b"\x00", b"\xff\xfe", b"9" * 40, "é".encode("latin-1")]


def damage(content, dice):
    """Return bytes with one to four faults: a piece cut out, doubled, moved, replaced, flipped."""
    for _ in range(dice.randint(1, 4)):
        at, end = sorted(dice.randrange(len(content) + 1) for _ in range(2))
        end = min(end, at + dice.choice([1, 3, 20, 400]))
        piece = content[at:end]
        flipped = bytes(byte ^ 1 << dice.randrange(8) for byte in piece)
        other = dice.choice([dice.choice(WORDS), piece * 2, piece[::-1], flipped])
        content = content[:at] + other + content[end:]
        if dice.random() < 0.05:
            content = content[: dice.randrange(len(content) + 1)]
    return content


def damage_members(content, dice):
    """Damage one member of a zip (a workbook is one), or the zip itself."""
    if dice.random() < 0.2:
        return damage(content, dice)
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w") as new:
        chosen = dice.choice(old.namelist())
        for name in old.namelist():
            inner = old.read(name)
            new.writestr(name, damage(inner, dice) if name == chosen else inner)
    return result.getvalue()


def wgi_csv(path):
    wgifiles.write_csv(path, wgifiles.databank(wgifiles.small(), wgifiles.old_series()))


def wgi_workbook(path):
    wgifiles.write_workbook(path, wgifiles.six_sheets(wgifiles.small()))


def wgi_zip(path):
    rows = wgifiles.databank(wgifiles.small(), wgifiles.old_series())
    wgifiles.write_zip(path, {"data.csv": wgifiles.as_csv(rows)})


def survey_workbook(path):
    surveys.write_workbook(path, [*surveys.cover_sheets(), surveys.trust_sheet()])


def ledger(path):
    path.write_bytes((data_folder() / "claims/georgia.toml").read_bytes())


def read_wgi(path):
    govlib.stats.check_table(govlib.wgi.read_file(path, 2023), ["estimate", "standard_error"])


KINDS = {
    "wgi.csv": (wgi_csv, read_wgi),
    "wgi.xlsx": (wgi_workbook, read_wgi),
    "wgi.zip": (wgi_zip, read_wgi),
    "survey.xlsx": (survey_workbook, lambda p: govlib.surveys.check(govlib.surveys.read_file(p))),
    "ledger.toml": (ledger, govlib.claims.read),
}


def try_mutants(kind, path, read, mutate):
    """Read mutants of a file; none may end in another exception, or be written to."""
    content, told, wrong = path.read_bytes(), {"read": 0, "refused": 0}, []
    read(path)
    for seed in range(COUNT):
        mutant = mutate(content, random.Random(f"{kind} {seed}"))
        path.write_bytes(mutant)
        try:
            read(path)
            told["read"] += 1
        except GovlibError as error:
            told["refused"] += 1
            if not str(error).strip():
                wrong.append(f"seed {seed}: no words")
        except Exception as error:
            wrong.append(f"seed {seed}: {type(error).__name__}: {error}")
        if path.read_bytes() != mutant:
            wrong.append(f"seed {seed}: the file was changed")
    assert not wrong, f"{kind}: {wrong}"
    assert min(told.values()) > 0, told


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_are_read_or_refused(kind, tmp_path):
    write, read = KINDS[kind]
    path = tmp_path / kind
    write(path)
    zipped = kind.endswith(("xlsx", "zip"))
    try_mutants(kind, path, read, damage_members if zipped else damage)


def test_a_damaged_record_is_read_or_refused(data_copy):
    def read(path):
        govlib.economies.groups()
        govlib.wgi.read(2023, economies="KAZ", years=2022)

    try_mutants("record", data_copy / "datapackage.json", read, damage)


def test_damaged_answers_of_a_server_are_taken_or_refused():
    series, limits = list(api.CURRENT)[:3], api.Limits(attempts=1, read=5)
    with worldbank.serve(worldbank.made_edition(worldbank.FEW)) as server:
        api.fetch(series=series, endpoint=server.endpoint)
        answers = dict(server.made)
        for seed in range(COUNT // 20):
            dice = random.Random(f"server {seed}")
            server.made = dict(answers)
            for path in dice.sample(sorted(answers), 2):
                server.made[path] = damage(answers[path], dice)
            try:
                table = api.fetch(series=series, endpoint=server.endpoint, limits=limits).table
                assert set(table["economy"]) <= set(govlib.economies.names()), seed
            except FailedFetch as error:
                assert "Nothing was changed" in str(error), (seed, error)
            except GovlibError as error:
                assert str(error).strip(), seed
            except Exception as error:
                pytest.fail(f"server {seed}: {type(error).__name__}: {error}")
