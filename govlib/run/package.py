"""The reviewer's package: what a data editor or a CODECHECK asks for, made and proved in one go."""

import csv
import datetime
import hashlib
import io
import json
import mimetypes
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd

from govlib import __version__, claims
from govlib.datasets.package import read_package
from govlib.errors import BadParameter, BadTable, FailedRun
from govlib.project import in_checkout, replace_file
from govlib.publish.provenance import CITATION, git
from govlib.run.notebooks import VARYING

LARGEST = 20_000_000
"""Bytes that the zip may have: what repositories take by hand."""

NAME = f"govlib-{__version__}-reproduction"
HASHES = "hashes.csv"
FIELDS = ["path", "kind", "bytes", "sha256"]
CRATE = "ro-crate-metadata.json"
WRITTEN_LAST = {HASHES, CRATE}  # they describe the others


def make_package(output: Path) -> Path:
    """Run all notebooks twice, compare, write the package as a zip in a folder, and return it.

    Raises
    ------
    BadParameter
        If govlib is not used from its checkout, or has changes that are not committed.
    FailedRun
        If a run fails, or two runs give other bytes; names the files.
    BadTable
        If the zip would be larger than `LARGEST`.
    """
    rocrate, yaml = _import_extra()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / NAME
        _copy_code(folder / "code")
        first, seconds = run_twice(folder / "code", Path(scratch))
        shutil.copytree(first / "figures", folder / "outputs/figures")
        shutil.copytree(first / "build", folder / "outputs/notebooks")
        for name in ("LICENSE", "CITATION.cff"):
            shutil.copy(folder / "code" / name, folder)
        shutil.copy(Path(__file__).with_name("package.dockerfile"), folder / "Dockerfile")
        exhibits = find_exhibits(folder)
        (folder / "README.md").write_text(_write_readme(folder, exhibits, seconds), "utf-8")
        checked = yaml.safe_dump(_describe_check(exhibits), sort_keys=False, allow_unicode=True)
        (folder / "codecheck.yml").write_text(checked, "utf-8")
        rows = [(*row, _kind(row[0])) for row in _hash(folder)]
        table = pd.DataFrame(rows, columns=["path", "bytes", "sha256", "kind"])
        table[FIELDS].to_csv(folder / HASHES, index=False, lineterminator="\n")
        _write_crate(folder, exhibits, rocrate)
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as content:
            for name, written in _read_contents(folder):  # bytes depend on nothing but the files
                entry = zipfile.ZipInfo(f"{NAME}/{name}", (2020, 1, 1, 0, 0, 0))
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                content.writestr(entry, written)
    if (size := archive.tell()) > LARGEST:
        raise BadTable(
            f"The package has {size / 1e6:.1f} MB, more than the {LARGEST / 1e6:.0f} MB that "
            "repositories take: leave out notebooks or data."
        )
    replace_file(output / f"{NAME}.zip", archive.getvalue())
    return output / f"{NAME}.zip"


def check_package(path: Path) -> list[str]:
    """Compare a package, folder or zip, with its own list of hashes; return what is wrong.

    A sentence each: a changed, missing or unlisted file, an exhibit without its file, a record of
    the crate that names what is not there. Raises BadTable if it is no package: no list of hashes,
    or a zip that cannot be read.
    """
    try:
        contents = dict(_read_contents(path))
    except (OSError, zipfile.BadZipFile) as error:
        raise BadTable(f"{path} cannot be read as a package ({error}).") from None
    if HASHES not in contents:
        raise BadTable(f"{path} has no {HASHES}: it is not a package that govlib wrote.")
    rows = csv.DictReader(io.StringIO(contents[HASHES].decode("utf-8")))
    listed, found = {row["path"]: row for row in rows}, []
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
    crate = json.loads(contents.get(CRATE, b'{"@graph": []}'))["@graph"]
    named = [("codecheck.yml", entry["file"]) for entry in check["manifest"]]
    named += [(CRATE, part["@id"]) for part in crate if part["@type"] == "File"]
    found += [f"{by} names {name}, which is missing." for by, name in named if name not in contents]
    return found if crate else [*found, f"{CRATE} is missing."]


def find_exhibits(folder: Path) -> list[dict[str, Any]]:
    """Find each figure of the executed notebooks: name, notebook, cell and files (of the PNG)."""
    found = []
    for path in sorted((folder / "outputs/notebooks").rglob("*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            for shown in cell.get("outputs", []):
                name = shown.get("metadata", {}).get("govlib", {}).get("figure")
                files = sorted((folder / "outputs/figures").rglob(f"{name}.*")) if name else []
                if files:
                    about = {"name": name, "notebook": f"notebooks/{path.name}", "cell": cell["id"]}
                    names = [file.relative_to(folder).as_posix() for file in files]
                    found.append(about | {"files": names})
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
    """Copy what is committed: code, data, notebooks, lock; figures are made anew."""
    if not in_checkout():
        raise BadParameter("A package is made from a checkout of govlib: git clone it first.")
    if changed := git("status", "--porcelain").decode().rstrip():
        raise BadParameter(f"Commit or undo these changes first:\n{changed}")
    with zipfile.ZipFile(io.BytesIO(git("archive", "--format=zip", "HEAD"))) as content:
        content.extractall(target)
    shutil.rmtree(target / "figures", ignore_errors=True)


def run_twice(code: Path, place: Path) -> tuple[Path, float]:
    """Run the notebooks of a copy of the code twice, each time in a process and folder of its own.

    Returns the first folder and its seconds; raises FailedRun if a run fails or the bytes differ.
    """
    environment = os.environ | {"PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1"}
    contents, seconds = [], []
    for folder in (place / "first", place / "second"):
        folder.mkdir()
        begun = perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "govlib", "run"],
            cwd=folder, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        seconds.append(perf_counter() - begun)
        if done.returncode:
            raise FailedRun(f"The notebooks do not run in {folder}: {done.stderr[-2000:]}")
        for path in folder.glob("build/**/*.ipynb"):  # when it ran is not what it found
            content = json.loads(path.read_text("utf-8"))
            for name in VARYING:
                content["metadata"]["papermill"].pop(name, None)
            path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
        contents.append(dict(_read_contents(folder)))
    one, two = contents
    if other := sorted(name for name in one | two if one.get(name) != two.get(name)):
        raise FailedRun(f"Two runs gave other bytes: {', '.join(other[:10])}.")
    return place / "first", seconds[0]


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


def _hash(folder: Path) -> list[tuple[str, int, str]]:
    """Return name, bytes and SHA-256 of each file."""
    contents = _read_contents(folder)
    return [(name, len(each), hashlib.sha256(each).hexdigest()) for name, each in contents]


def _kind(name: str) -> str:
    """Return what a file is: input (data), output or code."""
    if name.startswith("code/data/"):
        return "input"
    return "output" if name.startswith("outputs/") else "code"


def _describe_check(exhibits: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the author's part of a CODECHECK: what is to be compared, and of which paper."""
    figures = {one["name"]: next(f for f in one["files"] if f.endswith(".png")) for one in exhibits}
    return {
        "version": "https://codecheck.org.uk/spec/config/1.0",
        "paper": {
            "title": "[On good governance and public trust in Kazakhstan]",
            "authors": [{"name": "K. Sadykova"}],
            "reference": "https://doi.org/10.52123/1994-2370-2024-1184",
        },
        "manifest": [{"file": file, "comment": name} for name, file in figures.items()],
        "repository": "code",
    }


def _write_crate(folder: Path, exhibits: list[dict[str, Any]], rocrate: Any) -> None:
    """Write ro-crate-metadata.json: inputs with their sources, outputs with their notebooks."""
    crate = rocrate.ROCrate()
    crate.name = f"Reproduction package of govlib {__version__}"
    crate.description = "Code, data, outputs and hashes; see README.md."
    terms = {"@type": "CreativeWork", "name": "Creative Commons Attribution 4.0 International"}
    terms["description"] = "Of figures and texts; code is under MIT, data as README.md says."
    licence = "https://creativecommons.org/licenses/by/4.0/"
    crate.license = crate.add(rocrate.ContextEntity(crate, licence, terms))
    authors = {"@type": "Organization", "name": "The govlib authors"}
    crate.root_dataset["author"] = crate.add(rocrate.ContextEntity(crate, "#authors", authors))
    made_by = {file: one["notebook"] for one in exhibits for file in one["files"]}
    for name, size, digest in _hash(folder):
        about = {"name": Path(name).name, "contentSize": str(size), "sha256": digest}
        about["encodingFormat"] = mimetypes.guess_type(name)[0] or "text/plain"
        if name in made_by:
            about["description"] = f"Made by {made_by[name]}."
        crate.add_file(str(folder / name), name, properties=about)
    crate.datePublished = datetime.datetime.fromtimestamp(
        int(git("log", "-1", "--format=%ct")), datetime.UTC
    )
    record = json.dumps(crate.metadata.generate(), indent=2, ensure_ascii=False)
    (folder / CRATE).write_text(f"{record}\n", "utf-8")


def _write_readme(folder: Path, exhibits: list[dict[str, Any]], seconds: float) -> str:
    """Return the README in the order of the template of the AEA's and the World Bank's editors."""
    import jinja2

    resources = read_package()["resources"]
    statements = claims.check().query("check_of == ''")
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
        exhibits={one["name"]: one for one in exhibits}.values(),
        edition=claims.read().article.edition,
        statements=statements.to_dict("records"),
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        processors=os.cpu_count(),
        memory=pages / 2**30,
        citation=CITATION,
        cited=dict.fromkeys(filter(None, cited)),
    )
