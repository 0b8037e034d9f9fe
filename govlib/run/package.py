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
from importlib.util import find_spec
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
CRATE = "ro-crate-metadata.json"
KINDS = {  # by how a file's name begins
    "code/data/": ("input", "Data that the notebooks read, or their record."),
    "outputs/": ("output", "Made by the notebooks."),
    "": ("code", "Code, or a text about it."),
}
RECORD = "code/data/datapackage.json"
ARTICLE = {"01-effectiveness-and-voice": "Figure 1", "02-trust-in-law-enforcement": "Figure 2"}
"""The figures of the article, by the name of ours."""


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
    if not find_spec("rocrate"):
        raise BadParameter('A package needs rocrate: pip install "govlib[package]"')
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / NAME
        _copy_code(folder / "code")
        first, seconds = run_twice(folder / "code", Path(scratch))
        shutil.copytree(first / "figures", folder / "outputs/figures")
        ignored = shutil.ignore_patterns(".*.lock")
        shutil.copytree(first / "build", folder / "outputs/notebooks", ignore=ignored)
        for name in ("LICENSE", "CITATION.cff"):
            shutil.copy(folder / "code" / name, folder)
        shutil.copy(Path(__file__).with_name("package.dockerfile"), folder / "Dockerfile")
        exhibits = find_exhibits(folder)
        _write_texts(folder, exhibits, seconds)
        _write_crate(folder, exhibits)
        rows = [(name, _about(name)[0], size, digest) for name, size, digest in _hash(folder)]
        table = pd.DataFrame(rows, columns=["path", "kind", "bytes", "sha256"])
        table.to_csv(folder / HASHES, index=False, lineterminator="\n")
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

    A sentence each: a changed, missing or unlisted file, data whose hash is not that of their own
    record. Raises BadTable if it is no package.
    """
    try:
        contents = dict(_read_contents(path))
        rows = csv.DictReader(io.StringIO(contents[HASHES].decode("utf-8")))
        listed = {row["path"]: (row["kind"], row["sha256"]) for row in rows}
    except (OSError, zipfile.BadZipFile, LookupError, ValueError, csv.Error) as error:
        raise BadTable(
            f"{path} is not a package that govlib wrote, a folder or zip with a {HASHES} that can "
            f"be read ({error})."
        ) from None
    found = []
    for name, (kind, digest) in listed.items():
        if name not in contents:
            found.append(f"{name} ({kind}) is missing.")
        elif hashlib.sha256(contents[name]).hexdigest() != digest:
            found.append(f"{name} ({kind}) is not the file that was recorded.")
    extra = contents.keys() - listed.keys() - {HASHES}
    found += [f"{name} is not in {HASHES}." for name in sorted(extra)]
    if RECORD in contents and not any(RECORD in one for one in found):
        for entry in json.loads(contents[RECORD])["resources"]:
            name, digest = f"code/data/{entry['path']}", entry["hash"].removeprefix("sha256:")
            if name in listed and listed[name][1] != digest:
                found.append(f"{name}: {HASHES} and its record disagree.")
    return found


def find_exhibits(folder: Path) -> list[dict[str, Any]]:
    """Find each figure of the executed notebooks: name, place in the article, cell, files."""
    found = []
    for path in sorted((folder / "outputs/notebooks").rglob("*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            for shown in cell.get("outputs", []):
                name = shown.get("metadata", {}).get("govlib", {}).get("figure")
                files = sorted((folder / "outputs/figures").rglob(f"{name}.*")) if name else []
                if files:
                    about = {"name": name, "article": ARTICLE.get(name, ""), "cell": cell["id"]}
                    names = [file.relative_to(folder).as_posix() for file in files]
                    about |= {"notebook": f"notebooks/{path.name}", "files": names}
                    found.append(about)
    return found


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
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
        )
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


def _about(name: str) -> tuple[str, str]:
    """Return what a file is, in a word and a sentence."""
    return next(about for start, about in KINDS.items() if name.startswith(start))


def _write_crate(folder: Path, exhibits: list[dict[str, Any]]) -> None:
    """Write ro-crate-metadata.json: inputs with their sources, outputs with their notebooks."""
    from rocrate import rocrate

    crate = rocrate.ROCrate()
    crate.name = f"Reproduction package of govlib {__version__}"
    crate.description = "Code, data, outputs and hashes; see README.md."
    terms = {"@type": "CreativeWork", "name": "Creative Commons Attribution 4.0 International"}
    terms["description"] = "Of figures and texts; code is under MIT, data as README.md says."
    licence = "https://creativecommons.org/licenses/by/4.0/"
    crate.license = crate.add(rocrate.ContextEntity(crate, licence, terms))
    authors = {"@type": "Organization", "name": "The govlib authors"}
    made = crate.add(rocrate.ContextEntity(crate, "#authors", authors))
    crate.root_dataset["author"] = crate.root_dataset["publisher"] = made
    made_by = {file: one["notebook"] for one in exhibits for file in one["files"]}
    for name, size, digest in _hash(folder):
        about = {"name": Path(name).name, "contentSize": str(size), "sha256": digest}
        about["encodingFormat"] = mimetypes.guess_type(name)[0] or "text/plain"
        told = f"Made by {made_by[name]}." if name in made_by else _about(name)[1]
        about["description"] = told
        crate.add_file(str(folder / name), name, properties=about)
    about = {"name": HASHES, "encodingFormat": "text/csv", "description": "SHA-256 of every file."}
    crate.add_file(str(folder / HASHES), HASHES, properties=about)  # written last
    crate.datePublished = datetime.datetime.fromtimestamp(
        int(git("log", "-1", "--format=%ct")), datetime.UTC
    )
    record = json.dumps(crate.metadata.generate(), indent=2, ensure_ascii=False)
    (folder / CRATE).write_text(f"{record}\n", "utf-8")


def _write_texts(folder: Path, exhibits: list[dict[str, Any]], seconds: float) -> None:
    """Write codecheck.yml, and the README in the order of the AEA's and World Bank's editors."""
    import jinja2

    resources = read_package()["resources"]
    files = [file for file in folder.rglob("*") if file.is_file()]
    pages = hasattr(os, "sysconf") and os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cited = [source.get("citation") for entry in resources for source in entry["sources"]]
    values = {
        "version": __version__,
        "hashes": HASHES,
        "outputs": sum("outputs" in file.relative_to(folder).parts for file in files),
        "size": sum(file.stat().st_size for file in files) / 1e6,
        "seconds": seconds,
        "resources": resources,
        "exhibits": list({one["name"]: one for one in exhibits}.values()),
        "edition": claims.read().article.edition,
        "statements": claims.check().query("check_of == ''").to_dict("records"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "memory": pages / 2**30,
        "citation": CITATION,
        "cited": dict.fromkeys(filter(None, cited)),
    }
    environment = jinja2.Environment(trim_blocks=True, keep_trailing_newline=True)
    for name, template in {"README.md": "package.md", "codecheck.yml": "package.yml"}.items():
        text = Path(__file__).with_name(template).read_text("utf-8")
        (folder / name).write_text(environment.from_string(text).render(values), "utf-8")
