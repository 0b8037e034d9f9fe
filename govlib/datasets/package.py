"""The record of the data: what is included, with hashes that every read checks.

``datapackage.json`` (a Frictionless Data Package) is the only record. An installed package has a
second one in the user's data folder, of the editions that were added.
"""

import contextlib
import functools
import hashlib
import io
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from numbers import Real
from pathlib import Path
from typing import Any

import pandas as pd

from govlib.errors import AlteredFile, BadParameter, BadTable, UnknownName, did_you_mean
from govlib.project import UNFINISHED, data_folder, one_writer, replace_files, user_data_folder

RECORD = "datapackage.json"
Resource = dict[str, Any]

_last_read: dict[tuple[int, Path, str], str] = {}  # hash, by process, folder and name


def as_list(asked: Any, name: str) -> list[Any]:
    """Return what was asked for, one thing or several, as a list; BadParameter if it is empty."""
    listed = [asked] if isinstance(asked, str) or not isinstance(asked, Iterable) else list(asked)
    if not listed:
        raise BadParameter(f"`{name}` is empty: name at least one, or leave it out for all.")
    return listed


def choose(table: pd.DataFrame, column: str, asked: Any, of: str) -> pd.DataFrame:
    """Keep the rows asked for, all if None; UnknownName says what the table `of` something has."""
    if asked is None:
        return table
    words = as_list(asked, "economies" if column == "economy" else f"{column}s")
    known = sorted(set(table[column]))
    for word in words:
        if word not in known:
            begins = [repr(one) for one in known if str(word) and str(one).startswith(str(word))]
            near = f" Did you mean {' or '.join(begins)}?"
            hint = near if begins else did_you_mean(word, map(str, known))
            listed = ", ".join(map(str, known[:30])) + (", ..." if len(known) > 30 else "")
            raise UnknownName(f"{of} has no {column} {word!r}; it has {listed}.{hint}")
    return table[table[column].isin(words)]


def read_package() -> dict[str, Any]:
    """Return the record of the data: ``datapackage.json`` with what the user added.

    ``resources`` has one entry a file. AlteredFile if a record is missing or not readable, or one
    resource is in both.
    """
    return _copy(_read_all())


def _read_all() -> dict[str, Any]:
    """Return the record for reading only."""
    package, own = _read_record(data_folder()), user_data_folder()
    if own == data_folder() or not (own / RECORD).exists():
        return package
    added = _read_record(own)["resources"]
    names = {entry["name"] for entry in package["resources"]}
    if twice := [entry["name"] for entry in added if entry["name"] in names]:
        raise AlteredFile(
            f"{', '.join(twice)} is included in govlib and was added to {own}: delete the added "
            "files, or the whole folder."
        )
    both = [*package["resources"], *added]
    return package | {"resources": sorted(both, key=lambda one: one["path"])}


def _read_record(folder: Path) -> dict[str, Any]:
    path = folder / RECORD
    try:
        record = _parse(path, *_last_change(path))
    except FileNotFoundError:
        raise AlteredFile(
            f"{path} does not exist: install govlib again, or name the folder of {RECORD} in "
            "GOVLIB_DATA."
        ) from None
    except (ValueError, LookupError, TypeError) as error:
        raise AlteredFile(
            f"{path} is not a readable record ({type(error).__name__}: {error}). Restore it: git "
            "restore data"
        ) from None
    return record


@functools.lru_cache(maxsize=8)
def _parse(path: Path, *_: int) -> dict[str, Any]:
    """Parse a record, once for each change of its file: one figure asks for it 300 times."""
    record: dict[str, Any] = json.loads(path.read_bytes())
    entries = record["resources"]
    if not all(one["name"] and one["path"] and one["hash"] for one in entries):
        raise ValueError("an entry of resources lacks name, path or hash")
    for key in ("name", "path", "edition"):
        counts = Counter(one[key] for one in entries if key in one)
        if twice := [repr(value) for value, count in counts.items() if count > 1]:
            raise ValueError(f"{key} {', '.join(twice)} is listed twice")
    for one in entries:
        if not re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", one["path"]):
            raise ValueError(f"the path {one['path']!r} of {one['name']} is not one inside data/")
        if not isinstance(one.get("edition", 0), int):
            raise ValueError(f"the edition {one['edition']!r} of {one['name']} is no year")
    return record


def _last_change(path: Path) -> tuple[int, int, int]:
    """Return what tells a changed file; the time of any change (ctime) cannot be set back."""
    found = path.stat()
    return found.st_ctime_ns, found.st_mtime_ns, found.st_size


def _copy(entry: Resource) -> Resource:
    """Copy what JSON holds, in a thirtieth of the time that deepcopy takes."""
    copied: Resource = json.loads(json.dumps(entry))
    return copied


def names_with(key: str) -> list[str]:
    """Return the names of the resources whose entries have a key: "survey", "ranking"."""
    return [entry["name"] for entry in _read_all()["resources"] if key in entry]


def find_resource(name: str) -> Resource:
    """Return the entry of one file; UnknownName if there is none of that name."""
    resources = {entry["name"]: entry for entry in _read_all()["resources"]}
    if name not in resources:
        raise UnknownName(
            f"There is no data {name!r}; there is: {', '.join(resources)}."
            f"{did_you_mean(name, resources)}"
        )
    return _copy(resources[name])


def find_edition(edition: int) -> Resource:
    """Return the entry of one WGI edition; UnknownName names the editions that there are."""
    known = {e["edition"]: e for e in _read_all()["resources"] if "edition" in e}
    if isinstance(edition, bool) or not isinstance(edition, Real) or edition not in known:
        newer = isinstance(edition, int) and edition > max(known, default=edition)
        raise UnknownName(
            f"There is no WGI edition {edition!r}; available: {', '.join(map(str, sorted(known)))} "
            "(a whole number, the year of release)."
            + (" Get the newest with: govlib fetch" if newer else "")
        )
    return _copy(known[edition])


def read_bytes(resource: Resource) -> bytes:
    """Return the bytes of a resource, checked against its record.

    Where another process has replaced the file since, or was killed before it could put the new
    record in place, the record is completed and `resource` becomes the new entry.

    AlteredFile, with the file and the expected hash, if it is missing, truncated, altered or
    outside the data folder.
    """
    content, digest, path = _read_checked(resource)
    if digest != resource["hash"]:
        # Once no other process writes; the folder may be one that this one cannot write.
        with contextlib.suppress(OSError, UnknownName), writing():
            resource.update(find_resource(resource["name"]))
        content, digest, path = _read_checked(resource)
    if digest != resource["hash"]:
        raise AlteredFile(
            f"{path} is not the file that was recorded: expected {resource['bytes']} bytes, "
            f"{resource['hash']}; found {len(content)} bytes, {digest}. Restore it: git restore "
            f"data/{resource['path']}"
        )
    _last_read[os.getpid(), data_folder(), resource["name"]] = digest
    return content


def last_read(resource: Resource) -> str:
    """Return the hash of a resource's bytes as this process last read them, else as recorded."""
    return _last_read.get((os.getpid(), data_folder(), resource["name"])) or str(resource["hash"])


def _read_checked(resource: Resource) -> tuple[bytes, str, Path]:
    """Return the bytes of a resource, their hash and the path, which is inside a data folder."""
    advice = f"Restore it: git restore data/{resource['path']}"
    folders = dict.fromkeys([data_folder(), user_data_folder()])
    paths = [folder / resource["path"] for folder in folders]
    path = next((path for path in paths if path.exists()), paths[0])
    try:
        if not any(path.resolve(strict=True).is_relative_to(one.resolve()) for one in folders):
            raise AlteredFile(f"{path} leads out of the data folder. {advice}")
        return *_read(path, *_last_change(path)), path
    except OSError as error:
        raise AlteredFile(f"{path} cannot be read ({error.strerror or error}). {advice}") from error


@functools.lru_cache(maxsize=64)
def _read(path: Path, *_: int) -> tuple[bytes, str]:
    """Return a file's bytes and hash, read once for each change of the file."""
    content = path.read_bytes()
    return content, f"sha256:{hashlib.sha256(content).hexdigest()}"


def read_table(content: bytes, kinds: Any = None) -> pd.DataFrame:
    """Return the table of a file's bytes: only what is empty is missing, "NA" is a text."""
    return pd.read_csv(io.BytesIO(content), dtype=kinds, keep_default_na=False, na_values=[""])


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Be the only one who writes data, in place of those who were killed while they did.

    What they left half written is removed. A record is completed if they were killed between the
    renaming of a file and that of its record.
    """
    folder = user_data_folder()
    with one_writer(folder / RECORD):
        for path in folder.rglob(f".*{UNFINISHED}"):
            if path.is_file() and not _complete_record(path):
                path.unlink(missing_ok=True)
        yield


@writing()
def add_resource(entry: Resource, table: pd.DataFrame, *, replace: bool = False) -> None:
    """Write a table into the data folder (the user's, of an installed package) and record it.

    The file and then the record are written beside their places and renamed, so that a failure
    leaves what was there.

    The entry has ``name``, ``path`` and ``schema``; ``hash``, ``bytes`` and what every file has in
    common (format, encoding) are filled in. The table has exactly the fields of the schema, in its
    order, and is sorted by its key; else, or if the name exists and `replace` is false, BadTable.
    """
    fields = [field["name"] for field in entry["schema"]["fields"]]
    if list(table.columns) != fields:
        raise BadTable(f"{entry['name']}: columns {list(table.columns)}; expected {fields}.")
    folder = user_data_folder()
    package: Resource = {"name": "govlib", "resources": []}
    known = set[str]()
    if (folder / RECORD).exists():
        package = dict(_read_record(folder))
        known = {one["name"] for one in _read_all()["resources"]}
    others = [one for one in package["resources"] if one["name"] != entry["name"]]
    if entry["name"] in known and not (replace and len(others) < len(package["resources"])):
        raise BadTable(f"{entry['name']} is included already; ask for it to be replaced.")
    content = table.to_csv(index=False, lineterminator="\n").encode()
    entry = (
        {"name": entry["name"], "type": "table", "path": entry["path"], "scheme": "file"}
        | {"format": "csv", "mediatype": "text/csv", "encoding": "utf-8"}
        | {"hash": "", "bytes": 0}
        | entry
        | {"hash": f"sha256:{hashlib.sha256(content).hexdigest()}", "bytes": len(content)}
    )
    package["resources"] = sorted([*others, entry], key=lambda one: one["path"])
    record = json.dumps(package, ensure_ascii=False, indent=2) + "\n"
    replace_files({folder / entry["path"]: content, folder / RECORD: record.encode()})


def _complete_record(left: Path) -> bool:
    """Put a record that was left in place if only it describes a file as it is."""
    folder = user_data_folder()
    if left.parent != folder or not left.name.startswith(f".{RECORD}."):
        return False
    try:
        before = _read_record(folder)["resources"]
        after = json.loads(left.read_bytes())["resources"]
        [(then, now)] = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
        if _read_checked(now)[1] != now["hash"]:
            return False
    except (ValueError, LookupError, TypeError, AlteredFile):
        return False
    if then["path"] != now["path"] or then["hash"] == now["hash"]:
        return False
    os.replace(left, folder / RECORD)
    return True
