"""What the project holds: editions, economies, files and their hashes.

``data/datapackage.json`` (a Frictionless Data Package) is the only record; this module reads it,
hands out the bytes of a resource once they match their hash, and adds resources to it.
"""

import functools
import hashlib
import io
import json
import os
import pickle
import re
import time
from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import Any

import pandas as pd

from govlib.errors import AlteredFile, BadTable, UnknownName, did_you_mean
from govlib.i18n.words import check_language, read_words, word
from govlib.project import UNFINISHED, replace_files

RENAMED_CODES = {"ADO": "AND", "KSV": "XKX", "ROM": "ROU", "TMP": "TLS", "WBG": "PSE", "ZAR": "COD"}
"""Codes that older World Bank files use, and today's."""

AGGREGATES = frozenset(
    re.findall(
        r"\w+",
        """
        AFE AFR AFW ARB CEA CEB CEU CLA CME CSA CSS EAP EAR EAS ECA ECS EMU EUU FCS HIC HPC
        IBD IBT IDA IDB IDX INX LAC LCN LDC LIC LMC LMY LTE MDE MEA MIC MNA NAC NAF NRS NXS
        OED OSS PRE PSS PST SAS SSA SSF SST SXZ TEA TEC TLA TMN TSA TSS UMC WLD XZN
        """,
    )
)
"""The World Bank's codes of regions and groups, which are not economies."""

Resource = dict[str, Any]

_RECORD: list[Any] = [None, {}, b""]
"""The bytes of the record, what they say, and that as a pickle, which is read faster."""

_VERIFIED: dict[str, tuple[bytes, tuple[int, ...]]] = {}
"""The bytes of files as they were read last, by their hash, and which version of a file it was."""


def project_folder() -> Path:
    """Return the folder of the project: the clone that holds ``govlib/`` and ``data/``."""
    return Path(__file__).resolve().parents[2]


def data_folder() -> Path:
    """Return the folder of ``datapackage.json``: ``$GOVLIB_DATA`` if set, else ``data/``."""
    return Path(os.environ.get("GOVLIB_DATA") or project_folder() / "data")


def read_package() -> dict[str, Any]:
    """Return the record of what is held.

    Returns
    -------
    dict
        ``data/datapackage.json`` as Python objects; the list ``resources`` has one entry a file.

    Raises
    ------
    AlteredFile
        If the record is missing or is not JSON.
    """
    _package()
    package: dict[str, Any] = pickle.loads(_RECORD[2])
    return package


def _package() -> dict[str, Any]:
    """Return the record of what is held, parsed once for each content; not to be changed."""
    path = data_folder() / "datapackage.json"
    try:
        content = path.read_bytes()
        if _RECORD[0] != content:
            record = json.loads(content.decode("utf-8"))
            if not all(one["name"] and one["path"] and one["hash"] for one in record["resources"]):
                raise ValueError("an entry of resources lacks name, path or hash")
            _RECORD[:] = content, record, pickle.dumps(record)
    except FileNotFoundError:
        raise AlteredFile(
            f"{path} does not exist. govlib reads the data of its clone: install it from there "
            "with `pip install -e .`, or name the folder of datapackage.json in GOVLIB_DATA."
        ) from None
    except (ValueError, LookupError, TypeError) as error:
        raise AlteredFile(
            f"{path} is not a readable record ({type(error).__name__}: {error}). Restore it: git "
            "restore data"
        ) from None
    package: dict[str, Any] = _RECORD[1]
    return package


def find_resource(name: str) -> Resource:
    """Return the package entry of one file.

    Raises
    ------
    UnknownName
        If no resource has that name.
    """
    resources = {entry["name"]: entry for entry in _package()["resources"]}
    if name not in resources:
        raise UnknownName(
            f"No data is held under {name!r}; held: {', '.join(resources)}."
            f"{did_you_mean(name, resources)}"
        )
    return _copy(resources[name])


def _copy(entry: Resource) -> Resource:
    """Return a copy of an entry, which a caller may change."""
    copy: Resource = pickle.loads(pickle.dumps(entry))  # four times as fast as copy.deepcopy
    return copy


def read_bytes(resource: Resource) -> bytes:
    """Return the bytes of a resource, checked against its record.

    A file that another run has just replaced, or was killed after replacing, is good if the
    record which that run wrote beside the old one describes it.

    Raises
    ------
    AlteredFile
        If the file is missing, truncated or altered; names the file and the expected hash.
    """
    path: Path = data_folder() / resource["path"]
    restore = f"Restore it: git restore {Path('data') / resource['path']}"
    known = _VERIFIED.get(resource["hash"])
    try:
        found_version = _version(path)
        if known and found_version and found_version == known[1]:
            return known[0]
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise AlteredFile(f"{path} cannot be read ({reason}). {restore}") from error
    found = resource["hash"]
    if known is None or content != known[0]:  # much faster than its hash
        found = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if found != resource["hash"] and not _is_replaced(resource, found):
        raise AlteredFile(
            f"{path} is not the file that was recorded: expected {resource['bytes']} bytes, "
            f"{resource['hash']}; found {len(content)} bytes, {found}. {restore}"
        )
    _VERIFIED[found] = content, found_version
    return content


def _version(path: Path) -> tuple[int, ...]:
    """Return what changes with a file's content; nothing where that cannot be relied on yet.

    A change within a tick of the system's clock leaves the times as they are.
    """
    found = path.stat()
    settled = found.st_ctime < time.time() - 2
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns) if settled else ()


def _is_replaced(resource: Resource, found: str) -> bool:
    """Say whether a record that is about to be put in place says that a file has this hash."""
    for left in data_folder().glob(f".datapackage.json.*{UNFINISHED}"):
        try:
            entries = json.loads(left.read_bytes())["resources"]
            if any(e["path"] == resource["path"] and e["hash"] == found for e in entries):
                return True
        except (OSError, ValueError, LookupError, TypeError):  # gone meanwhile, or half written
            continue
    return False


def held_editions() -> list[int]:
    """Return the WGI editions held (years of release), ascending."""
    return sorted(entry["edition"] for entry in _package()["resources"] if "edition" in entry)


def find_edition(edition: int) -> Resource:
    """Return the package entry of one WGI edition.

    Raises
    ------
    UnknownName
        If the edition is not held; names those that are.
    """
    held = {e["edition"]: e for e in _package()["resources"] if "edition" in e}
    if isinstance(edition, bool) or not isinstance(edition, Real) or edition not in held:
        newer = isinstance(edition, int) and edition > max(held, default=edition)
        raise UnknownName(
            f"WGI edition {edition!r} is not held; held: "
            f"{', '.join(map(str, sorted(held)))} (a whole number, the year of release)."
            + (" Get the newest with: govlib fetch" if newer else "")
        )
    return _copy(held[edition])


def read_economies() -> pd.DataFrame:
    """Return the economies that any held edition lists.

    Returns
    -------
    DataFrame
        One row per economy, sorted by code: ``economy`` (World Bank code, 3 letters) and
        ``name`` (the World Bank's English name).
    """
    return _parse_economies(read_bytes(find_resource("economies"))).copy(deep=False)


@functools.lru_cache(maxsize=2)
def _parse_economies(content: bytes) -> pd.DataFrame:
    """Return the table of economies, parsed once for each content; pandas copies on a change."""
    return pd.read_csv(io.BytesIO(content), keep_default_na=False, dtype=str)


def economy_names(language: str = "en") -> dict[str, str]:
    """Return the name of each economy that any held edition lists, by its code.

    Parameters
    ----------
    language : str
        "en": the World Bank's names. "ru", "kk": the names of Unicode's CLDR (from Babel), or those
        of ``words.toml`` where CLDR has none or another than the World Bank's.

    Returns
    -------
    dict of str to str

    Raises
    ------
    UnknownName
        If there is no such language, or no name in it.
    """
    check_language(language)
    names = _english_names(read_bytes(find_resource("economies")))
    if language == "en":
        return names.copy()
    ours = read_words()["economy"]
    known = _unicode_names(language)
    return {
        code: known[code]
        if code not in ours and code in known
        else word(f"economy.{code}", language)
        for code in names
    }


@functools.lru_cache(maxsize=2)
def _english_names(content: bytes) -> dict[str, str]:
    """Return the World Bank's names of the economies, by code; not to be changed."""
    economies = _parse_economies(content)
    return dict(zip(economies["economy"], economies["name"], strict=True))


def everyday_names() -> dict[str, str]:
    """Return English names by which economies are asked for, beside the World Bank's.

    Returns
    -------
    dict of str to str
        By code, those of Unicode's CLDR: "Russia", "South Korea"; and "Turkey", the World Bank's
        own until 2022. Economies without a name in CLDR are not in it.
    """
    return _unicode_names("en") | {"TUR": "Turkey"}


def _unicode_names(language: str) -> dict[str, str]:
    """Return the names that CLDR has of economies, by World Bank code."""
    from babel import Locale
    from babel.core import get_global

    territories = Locale(language).territories
    short = get_global("territory_aliases")  # KAZ -> [KZ]
    codes = {code: short.get(code, [code])[0] for code in read_economies()["economy"]}
    return {code: territories[two] for code, two in codes.items() if two in territories}


def figures_folder(names: Mapping[str, Any]) -> str:
    """Return the folder of a run's figures: ``figures/2023/KAZ``, in Russian ``.../KAZ/ru``.

    Parameters
    ----------
    names : mapping
        Parameters of a run and their values; a notebook passes its ``globals()``. Of these,
        ``figures_dir``, ``edition``, ``economy`` and ``language`` say the folder.

    Returns
    -------
    str
        Relative to the project's folder if ``figures_dir`` is.
    """
    folder = Path(names["figures_dir"]) / str(names["edition"]) / names["economy"]
    language = names.get("language", "en")
    return str(folder if language == "en" else folder / language)


def add_resource(entry: Resource, table: pd.DataFrame, *, replace: bool = False) -> None:
    """Write a table into the data folder and its entry into the record.

    The file and then the record are written beside their places and renamed, so that a failure
    leaves what was held.

    Parameters
    ----------
    entry : dict
        Package entry with ``name``, ``path`` and ``schema``; ``hash``, ``bytes`` and what every
        file has in common (format, encoding) are filled in here.
    table : DataFrame
        Exactly the fields of the schema, in its order; sorted by its key.
    replace : bool
        Whether a resource of that name may be replaced.

    Raises
    ------
    BadTable
        If the columns are not those of the schema, or the name is held and `replace` is false.
    """
    fields = [field["name"] for field in entry["schema"]["fields"]]
    if list(table.columns) != fields:
        raise BadTable(f"{entry['name']}: columns {list(table.columns)}; expected {fields}.")
    folder = data_folder()
    try:
        package = read_package()
    except AlteredFile:
        if (folder / "datapackage.json").exists():
            raise
        package = {"name": "govlib", "resources": []}
    others = [held for held in package["resources"] if held["name"] != entry["name"]]
    if len(others) < len(package["resources"]) and not replace:
        raise BadTable(f"{entry['name']} is held already; ask for it to be replaced.")
    content = table.to_csv(index=False, lineterminator="\n").encode()
    entry = (
        {"name": entry["name"], "type": "table", "path": entry["path"], "scheme": "file"}
        | {"format": "csv", "mediatype": "text/csv", "encoding": "utf-8"}
        | {"hash": "", "bytes": 0}
        | entry
        | {"hash": f"sha256:{hashlib.sha256(content).hexdigest()}", "bytes": len(content)}
    )
    package["resources"] = sorted([*others, entry], key=lambda held: held["path"])
    record = json.dumps(package, ensure_ascii=False, indent=2) + "\n"
    replace_files({folder / entry["path"]: content, folder / "datapackage.json": record.encode()})


def remove_leftovers() -> None:
    """Remove what killed runs left half written in the data folder.

    A run that was killed between the renaming of a file in place of another and that of its
    record is completed. Files of the last ten seconds stay: another run may be writing them.
    """
    for path in data_folder().rglob(f".*{UNFINISHED}"):
        if not path.is_file() or _complete_record(path):
            continue
        if path.stat().st_mtime < time.time() - 10:
            path.unlink(missing_ok=True)


def _complete_record(left: Path) -> bool:
    """Put a record that was left in place if only it describes a file as it is; say whether."""
    record = data_folder() / "datapackage.json"
    if left.parent != record.parent or not left.name.startswith(f".{record.name}."):
        return False
    try:
        package = json.loads(left.read_bytes())
        held = read_package()
        [(then, now)] = (
            pair
            for pair in zip(held["resources"], package["resources"], strict=True)
            if pair[0] != pair[1]
        )
        read_bytes(now)
    except (ValueError, LookupError, TypeError, AlteredFile):
        return False
    if then["path"] != now["path"] or then["hash"] == now["hash"]:
        return False
    os.replace(left, record)
    return True
