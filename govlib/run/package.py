"""The reviewer's package: what a data editor or a CODECHECK asks for, made and proved in one go."""

import csv
import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from govlib import __version__, claims
from govlib.datasets.package import read_package
from govlib.errors import BadParameter, BadTable, FailedRun
from govlib.project import in_checkout, project_folder, replace_file
from govlib.publish.provenance import CITATION

LARGEST = 20_000_000
"""Bytes that the zip may have: what repositories take by hand."""

NAME = f"govlib-{__version__}-reproduction"
HASHES = "hashes.csv"
FIELDS = ("path", "kind", "bytes", "sha256")
WRITTEN_LAST = {HASHES, "ro-crate-metadata.json"}  # they describe the others


@dataclass(frozen=True)
class Exhibit:
    """A figure or statement, where it is made, and its files in the package."""

    name: str
    notebook: str
    cell: str
    files: tuple[str, ...]


def make_package(output: Path, *, edition: int = 2023) -> Path:
    """Run all notebooks twice, compare, and write the package and its zip.

    Parameters
    ----------
    output : Path
        A folder, made if need be; the package is a folder and a zip in it.
    edition : int
        Edition of the WGI with which the statements in the exhibit map are judged.

    Returns
    -------
    Path
        The zip.

    Raises
    ------
    BadParameter
        If govlib is not used from its checkout, or has changes that are not committed.
    FailedRun
        If a run fails, or two runs give other bytes; names the files.
    BadTable
        If the zip would be larger than `LARGEST`.
    """
    _import_extra()
    if not in_checkout():
        raise BadParameter("A package is made from a checkout of govlib: git clone it first.")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / NAME
        folder.mkdir()
        _copy_code(folder / "code")
        first, seconds = _run(folder / "code", Path(scratch) / "first")
        second, _ = _run(folder / "code", Path(scratch) / "second")
        _compare(first, second)
        shutil.copytree(first / "figures", folder / "outputs/figures")
        shutil.copytree(first / "build", folder / "outputs/notebooks")
        for name in ("LICENSE", "CITATION.cff"):
            shutil.copy(folder / "code" / name, folder / name)
        exhibits = find_exhibits(folder)
        texts = {
            "README.md": _write_readme(folder, exhibits, seconds, edition),
            "codecheck.yml": _write_codecheck(exhibits),
            "Dockerfile": DOCKERFILE,
        }
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8")
        (folder / HASHES).write_text(_write_hashes(folder), "utf-8")
        _write_crate(folder, exhibits)
        archive = _write_zip(folder, Path(scratch) / f"{NAME}.zip")
        if archive.stat().st_size > LARGEST:
            raise BadTable(
                f"The package has {archive.stat().st_size / 1e6:.1f} MB, more than the "
                f"{LARGEST / 1e6:.0f} MB that repositories take: leave out notebooks or data."
            )
        replace_file(output / archive.name, archive.read_bytes())
    return output / archive.name


def check_package(path: Path) -> list[str]:
    """Compare a package, folder or zip, with its own list of hashes.

    Returns
    -------
    list of str
        What is wrong, a sentence each: a changed, missing or unlisted file, an exhibit without its
        file, a record of the crate that names what is not there. Empty if nothing is.

    Raises
    ------
    BadTable
        If it is no package: no list of hashes, or a zip that cannot be read.
    """
    try:
        contents = dict(_read_contents(path))
    except (OSError, zipfile.BadZipFile) as error:
        raise BadTable(f"{path} cannot be read as a package ({error}).") from None
    if HASHES not in contents:
        raise BadTable(f"{path} has no {HASHES}: it is not a package that govlib wrote.")
    rows = list(csv.DictReader(io.StringIO(contents[HASHES].decode("utf-8"))))
    listed = {row["path"]: row for row in rows}
    found = []
    for name, row in listed.items():
        if name not in contents:
            found.append(f"{name} ({row['kind']}) is missing.")
        elif hashlib.sha256(contents[name]).hexdigest() != row["sha256"]:
            found.append(f"{name} ({row['kind']}) is not the file that was recorded.")
    extra = contents.keys() - listed.keys() - WRITTEN_LAST
    found += [f"{name} is not in {HASHES}." for name in sorted(extra)]
    data = json.loads(contents.get("code/data/datapackage.json", b'{"resources": []}'))
    for entry in data["resources"]:
        row = listed.get(f"code/data/{entry['path']}", {"sha256": ""})
        if f"sha256:{row['sha256']}" != entry["hash"]:
            found.append(f"code/data/{entry['path']}: {HASHES} and datapackage.json disagree.")
    check = _import_extra()[1].safe_load(contents.get("codecheck.yml", b"manifest: []"))
    for entry in check["manifest"]:
        if entry["file"] not in contents:
            found.append(f"codecheck.yml names {entry['file']}, which is missing.")
    if "ro-crate-metadata.json" not in contents:
        return [*found, "ro-crate-metadata.json is missing."]
    for part in json.loads(contents["ro-crate-metadata.json"])["@graph"]:
        if part["@type"] == "File" and part["@id"] not in contents:
            found.append(f"ro-crate-metadata.json names {part['@id']}, which is missing.")
    return found


def find_exhibits(folder: Path) -> list[Exhibit]:
    """Find each figure of the executed notebooks: the notebook, the cell and the files of it."""
    found = []
    for path in sorted((folder / "outputs/notebooks").rglob("*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            for shown in cell.get("outputs", []):
                name = shown.get("metadata", {}).get("govlib", {}).get("figure")
                files = sorted((folder / "outputs/figures").rglob(f"{name}.*")) if name else []
                if files:
                    names = tuple(file.relative_to(folder).as_posix() for file in files)
                    found.append(Exhibit(name, f"notebooks/{path.name}", cell["id"], names))
    return found


def _import_extra() -> tuple[Any, Any]:
    """Return what only packages need: rocrate and yaml."""
    try:
        import yaml
        from rocrate import rocrate
    except ImportError as error:
        raise BadParameter(f'A package needs {error.name}: pip install "govlib[package]"') from None
    return rocrate, yaml


def _copy_code(target: Path) -> None:
    """Copy what is committed: code, data, notebooks, lock."""
    root = project_folder()

    def git(*arguments: str) -> bytes:
        command = ["git", "--no-optional-locks", "-C", str(root), *arguments]
        return subprocess.run(command, capture_output=True, check=True).stdout

    try:
        changed = git("status", "--porcelain").decode()
        archive = git("archive", "--format=zip", "HEAD")
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", b"").decode(errors="replace").strip() or error
        raise BadParameter(f"{root} is not a clone that git can read: {reason}") from None
    if changed:
        raise BadParameter(f"Commit or undo these changes first:\n{changed.rstrip()}")
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        content.extractall(target)
    shutil.rmtree(target / "figures", ignore_errors=True)  # they are made anew


def _run(code: Path, folder: Path) -> tuple[Path, float]:
    """Run the notebooks of a copy of the code in a process and folder of their own."""
    folder.mkdir()
    environment = os.environ | {"PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1"}
    begun = perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "govlib", "run"],
        cwd=folder, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise FailedRun(f"The notebooks do not run in {folder}: {done.stderr[-2000:]}")
    for path in folder.glob("build/**/*.ipynb"):  # when it ran is not what it found
        content = json.loads(path.read_text("utf-8"))
        for name in ("start_time", "end_time", "duration"):
            content["metadata"]["papermill"].pop(name, None)
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return folder, perf_counter() - begun


def _compare(first: Path, second: Path) -> None:
    """Compare the outputs of two runs byte by byte."""
    one, two = (dict(_read_contents(folder)) for folder in (first, second))
    other = sorted(name for name in one | two if one.get(name) != two.get(name))
    if other:
        raise FailedRun(f"Two runs gave other bytes: {', '.join(other[:10])}.")


def _read_contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give the files of a folder or zip by their names in it."""
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file():
                yield file.relative_to(path).as_posix(), file.read_bytes()
        return
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                yield entry.filename.partition("/")[2], archive.read(entry)


def _write_hashes(folder: Path) -> str:
    """Return the list of hashes: inputs (data), code, outputs."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(FIELDS)
    for name, content in _read_contents(folder):
        kind = "output" if name.startswith("outputs/") else "code"
        kind = "input" if name.startswith("code/data/") else kind
        if name not in WRITTEN_LAST:
            rows.writerow([name, kind, len(content), hashlib.sha256(content).hexdigest()])
    return text.getvalue()


def _write_zip(folder: Path, path: Path) -> Path:
    """Write a zip whose bytes depend on nothing but its files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in _read_contents(folder):
            entry = zipfile.ZipInfo(f"{NAME}/{name}", (2020, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return path


def _write_codecheck(exhibits: list[Exhibit]) -> str:
    """Return the author's part of a CODECHECK: what is to be compared, and of which paper."""
    figures = {one.name: next(f for f in one.files if f.endswith(".png")) for one in exhibits}
    manifest = [{"file": file, "comment": name} for name, file in figures.items()]
    record = {
        "version": "https://codecheck.org.uk/spec/config/1.0",
        "paper": {
            "title": "Article on good governance and public trust in Kazakhstan",
            "authors": [{"name": "K. Sadykova"}],
            "reference": "https://doi.org/10.52123/1994-2370-2024-1184",
        },
        "manifest": manifest,
        "repository": "code",
    }
    return str(_import_extra()[1].safe_dump(record, sort_keys=False, allow_unicode=True))


def _write_crate(folder: Path, exhibits: list[Exhibit]) -> None:
    """Write ro-crate-metadata.json: inputs with their sources, outputs with their notebooks."""
    crate = _import_extra()[0].ROCrate()
    crate.name = f"Reproduction package of govlib {__version__}"
    crate.description = "Code, data, outputs and hashes; see README.md."
    crate.license = "https://creativecommons.org/licenses/by/4.0/"
    made_by = {file: one.notebook for one in exhibits for file in one.files}
    for name, content in _read_contents(folder):
        about: dict[str, Any] = {"name": Path(name).name, "contentSize": str(len(content))}
        about["sha256"] = hashlib.sha256(content).hexdigest()
        if name in made_by:
            about["description"] = f"Made by {made_by[name]}."
        crate.add_file(str(folder / name), name, properties=about)
    crate.datePublished = datetime.fromtimestamp(_seconds_of_commit(), UTC)
    record = crate.metadata.generate()
    path = folder / "ro-crate-metadata.json"
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _seconds_of_commit() -> int:
    command = ["git", "-C", str(project_folder()), "log", "-1", "--format=%ct"]
    return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


DOCKERFILE = """\
# docker build -t govlib-reproduction . && docker run --rm -v "$PWD/new:/new" govlib-reproduction
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends make git
COPY code /code
WORKDIR /code
RUN make .venv/installed
CMD ["sh", "-c", "make reproduce && cp -r figures build /new/"]
"""


def _write_readme(folder: Path, exhibits: list[Exhibit], seconds: float, edition: int) -> str:
    """Return the README in the order of the template of the AEA's and the World Bank's editors."""
    import jinja2

    resources = read_package()["resources"]
    ledger = claims.check(edition)
    files = [file for file in folder.rglob("*") if file.is_file()]
    pages = hasattr(os, "sysconf") and os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cited = [source.get("citation") for entry in resources for source in entry["sources"]]
    environment = jinja2.Environment(trim_blocks=True, keep_trailing_newline=True)
    template = (Path(__file__).parent / "package.md").read_text("utf-8")
    return environment.from_string(template).render(
        version=__version__,
        hashes=HASHES,
        outputs=sum("outputs" in file.relative_to(folder).parts for file in files),
        size=sum(file.stat().st_size for file in files) / 1e6,
        seconds=seconds,
        resources=resources,
        exhibits={one.name: one for one in exhibits}.values(),
        edition=edition,
        statements=ledger[ledger["check_of"] == ""].to_dict("records"),
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        processors=os.cpu_count(),
        memory=pages / 2**30,
        citation=CITATION,
        cited=dict.fromkeys(filter(None, cited)),
    )
