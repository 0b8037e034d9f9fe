"""A reviewer's package: made from two equal runs, and its check sees what was changed since."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
import yaml
from killing import SEEDS, kill
from notebookfiles import write_notebook

from govlib.errors import BadTable, FailedRun
from govlib.project import project_folder
from govlib.run.package import check_package, run_twice

CELLS = [
    "import govlib as gov",
    "p = gov.parameters(globals())",
    """table = gov.wgi.read(p.edition, economies=p.economy, dimensions="ge", years="2018-2022")
fig, ax = gov.plot.figure(profile=p.profile)
gov.plot.trend(table, ax=ax)
gov.save(fig, "01-small", p)
gov.show(fig, "01-small")""",
]
DECLARED = """economy: str = "KAZ"
edition: int = 2023
profile: str = "paper"
figures_dir: str = "figures\""""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Make a clone of its own with one small notebook."""
    folder, source = tmp_path_factory.mktemp("clone"), project_folder()
    for name in ("govlib", "data"):
        shutil.copytree(source / name, folder / name, ignore=shutil.ignore_patterns("__py*"))
    for name in ("LICENSE", "CITATION.cff", "requirements.lock"):
        shutil.copy(source / name, folder / name)
    write_notebook(folder / "notebooks/01-small.ipynb", *CELLS, parameters=DECLARED)
    about = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "-A"], [*about, "commit", "-qm", "All"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def make(folder, *arguments):
    environment = os.environ | {"PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "govlib", "package", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def package(checkout, tmp_path_factory):
    """Make a package and unpack it."""
    output = tmp_path_factory.mktemp("out")
    done = make(checkout, "--output", output)
    assert done.returncode == 0, done.stderr
    assert "Two runs gave equal bytes" in done.stdout
    [archive] = output.glob("*.zip")
    assert check_package(archive) == []
    with zipfile.ZipFile(archive) as content:
        content.extractall(output)
    return output / archive.stem


def test_a_reviewer_finds_sources_exhibits_hashes_and_what_to_compare(package):
    readme = (package / "README.md").read_text("utf-8")
    assert "| Worldwide Governance Indicators, 2023 edition | World Bank |" in readme
    exhibit = "| (none) | figures/2023/KAZ/01-small.* | notebooks/01-small.ipynb | `cell-3` |"
    assert exhibit in readme and "| C1 | text on Figure 1 | " in readme
    rows = list(csv.DictReader(io.StringIO((package / "hashes.csv").read_text())))
    assert {row["kind"] for row in rows} == {"input", "code", "output"}
    assert not [row["path"] for row in rows if row["path"].endswith(".ipynb.lock")]
    text = (package / "codecheck.yml").read_text("utf-8")
    check = yaml.safe_load(text)
    assert text.startswith("---\n")  # as the rules of CODECHECK want
    assert [entry["file"] for entry in check["manifest"]] == [FIGURE]
    cited = yaml.safe_load((package / "CITATION.cff").read_text("utf-8"))["references"]
    assert check["paper"]["title"] == cited[0]["title"]
    crate = json.loads((package / "ro-crate-metadata.json").read_text())["@graph"]
    files = {part["@id"] for part in crate if part["@type"] == "File"}
    assert "outputs/figures/2023/KAZ/01-small.pdf" in files
    assert all((package / name).exists() for name in files)


DATA, FIGURE = "code/data/wgi/2023.csv", "outputs/figures/2023/KAZ/01-small.png"
CRATE, RECORD = "ro-crate-metadata.json", "code/data/datapackage.json"
CHANGES = {
    "changed input": (DATA, lambda text: text + b"x", [f"{DATA} (input) is not the file"]),
    "changed README": ("README.md", lambda text: b"", ["README.md (code) is not the file"]),
    "missing output": (FIGURE, None, [f"{FIGURE} (output) is missing"]),
    "stale hash": (
        "hashes.csv",
        lambda text: re.sub(rb"(2023.csv,input,\d+,)\w+", rb"\g<1>0", text),
        [f"{DATA} (input) is not the file", "hashes.csv and its record disagree"],
    ),
    "more files": ("outputs/more.txt", lambda text: b"x", ["more.txt is not in hashes.csv"]),
    "no crate": (CRATE, None, [f"{CRATE} (code) is missing"]),
    "changed crate": (CRATE, lambda text: text[:-2], [f"{CRATE} (code) is not the file"]),
    "changed record": (RECORD, lambda text: text[1:], [f"{RECORD} (input) is not the file"]),
    "changed manifest": ("codecheck.yml", lambda text: b"[", ["codecheck.yml (code) is not the"]),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_what_was_changed_since_is_named(package, tmp_path, kind):
    name, change, said = CHANGES[kind]
    shutil.copytree(package, tmp_path / "copy")
    path = tmp_path / "copy" / name
    if change is None:
        path.unlink()
    else:
        path.write_bytes(change(path.read_bytes() if path.exists() else b""))
    found = check_package(tmp_path / "copy")
    assert [words for words in said if not any(words in one for one in found)] == [], found


def test_a_folder_or_file_that_is_no_package_is_told_so(tmp_path):
    (tmp_path / "a.zip").write_text("no zip")
    for path in (tmp_path, tmp_path / "a.zip"):
        with pytest.raises(BadTable, match=r"not a package that govlib wrote, .*hashes\.csv"):
            check_package(path)


def test_changes_that_are_not_committed_make_no_package(checkout, package, tmp_path):
    (checkout / "new.txt").write_text("not committed")
    assert "Commit or undo these changes first" in make(checkout, "--output", tmp_path).stderr
    (checkout / "new.txt").unlink()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import time; open('made.txt', 'w').write(str(time.time()))", "other bytes: made.txt"),
        ("import sys; sys.exit('no disk')", "do not run in .*first: no disk"),
    ],
)
def test_two_runs_that_differ_or_fail_are_told(tmp_path, program, said):
    (tmp_path / "govlib").mkdir()
    (tmp_path / "govlib/__init__.py").touch()
    (tmp_path / "govlib/__main__.py").write_text(program)
    with pytest.raises(FailedRun, match=said):
        run_twice(tmp_path, tmp_path)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_package_leaves_the_earlier_zip_or_a_whole_new_one(
    checkout, package, tmp_path, seed
):
    shutil.copy(package.parent / f"{package.name}.zip", tmp_path)
    words, started = ["package", "--output", tmp_path], lambda: True
    kill(checkout, *words, begun=started, seconds=30, seed=seed, code=checkout)
    [left] = tmp_path.glob("*.zip")
    assert check_package(left) == []
