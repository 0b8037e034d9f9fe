"""What a result was made with: data, parameters, notebook and the state of the code.

The state of the code is a digest of what the result depends on, not the id of a commit: a commit
cannot hold a file that holds the id of that commit, and a downloaded copy has no commits. Equal
code therefore gives equal bytes, in any clone and outside of one; `find_commits` looks up which
commits hold a state. Nothing here says who ran what, where or when.
"""

import functools
import hashlib
import io
import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from govlib import __version__
from govlib.catalog import project_folder, read_package
from govlib.errors import BadParameter

CITATION = (
    f"The govlib authors. govlib: a research compendium on good governance and public trust, "
    f"version {__version__}. Article: K. Sadykova, State governance and state service, 2 (89), "
    "2024, doi:10.52123/1994-2370-2024-1184."
)
"""How to cite a result; the data are cited beside it."""

LICENCE = "CC-BY-4.0"
"""The licence of figures and tables, as LICENSE says."""

PLACES = frozenset({"figures_dir"})
"""Parameters that say where to, not what: they are not recorded."""

CLAIMS = "data/claims.toml"
STUB = "govlib/__init__.pyi"
"""What is kept where, and what says which module holds a name of the package."""

TEXT = frozenset({".py", ".toml", ".mplstyle", ".json", ".csv", ".po"})
SUFFIXES = TEXT | {".ttf", ".otf"}
"""The files of the package whose bytes may change a result."""


def describe_result(
    stem: str, *, parameters: Mapping[str, Any], data: Any = None
) -> dict[str, Any]:
    """Say what a result was made with, the same in every clone and on every machine.

    Parameters
    ----------
    stem : str
        Name of the result's files: that of its notebook, or one that begins with it.
    parameters : mapping
        The notebook's parameters; those that name a folder to write to are left out.
    data : optional
        Hashes (SHA-256) of the data used, in any nesting of mappings and lists, as
        ``catalog.find_resource(name)["hash"]`` gives them; every resource held if there are none.

    Returns
    -------
    dict
        ``notebook`` (name or None), ``parameters``, ``data`` (one mapping per resource: name,
        title, publisher, sha256, citation, licence, and edition if it is one), ``state`` (16
        digits: `code_state`), ``software`` (names and versions), ``citation``, ``licence``.

    Raises
    ------
    BadParameter
        If a parameter is an absolute path: results must not say where they were made.
    """
    kept = {name: value for name, value in parameters.items() if name not in PLACES}
    for name, value in kept.items():
        if any(map(_is_absolute, _strings(value))):
            raise BadParameter(
                f"{name} = {value!r} is an absolute path, which would be written into files meant "
                "for others. Give a path relative to the project."
            )
    notebook = find_notebook(stem)
    return {
        "notebook": notebook,
        "parameters": kept,
        "data": _describe_data(set(_strings(data))),
        "state": code_state(notebook),
        "software": {"govlib": __version__, "matplotlib": _version("matplotlib")},
        "citation": CITATION,
        "licence": LICENCE,
    }


def find_notebook(stem: str) -> str | None:
    """Return the name of the notebook that a result is named after, None if there is none."""
    held = [path.stem for path in (project_folder() / "notebooks").glob("[0-9]*.ipynb")]
    return max((name for name in held if f"{stem}-".startswith(f"{name}-")), key=len, default=None)


def rebuild_command(
    made: Mapping[str, Any], *, defaults: Mapping[str, Any] | None = None
) -> str | None:
    """Write the shell command that makes a result anew.

    Parameters
    ----------
    made : mapping
        As `describe_result` returns it.
    defaults : mapping, optional
        The notebook's defaults (`runs.read_parameters`): parameters equal to theirs are left out.

    Returns
    -------
    str or None
        ``govlib run NOTEBOOK --economy UZB ...``; None if no notebook made the result.
    """
    if made["notebook"] is None:
        return None
    words = ["govlib", "run", made["notebook"]]
    for name, value in made["parameters"].items():
        if defaults is None or name not in defaults or defaults[name] != value:
            joined = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            words += [f"--{name.replace('_', '-')}", joined]
    return shlex.join(words)


def code_state(notebook: str | None) -> str:
    """Return a digest of the code that a notebook's results depend on.

    That is the notebook's own code cells (not its outputs), the modules of the package that it
    names and those that they import, every other file of the package (styles, profiles, words)
    and, if statements are checked, ``data/claims.toml``. Line endings do not count.

    Parameters
    ----------
    notebook : str, optional
        Name without ending; None for the whole package.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    root = project_folder()
    held = [
        f"{Path(folder).relative_to(root).as_posix()}/{name}"
        for folder, _, names in os.walk(root / "govlib")  # three times as fast as rglob
        for name in names
    ]
    paths = [path for path in [*held, CLAIMS] if _counts(path)]
    files = {path: root / path for path in [*paths, STUB, f"notebooks/{notebook}.ipynb"]}
    return _state(notebook, {p: file.read_bytes() for p, file in files.items() if file.is_file()})


def find_commits(made: Mapping[str, Any]) -> list[str]:
    """Return commits of this clone that hold the state of the code that made a result.

    Parameters
    ----------
    made : mapping
        As `describe_result` returns it.

    Returns
    -------
    list of str
        Full ids, newest first, of commits that changed the package or the notebook; the search
        ends at the fifty commits where the state is first met. Empty outside a clone, for
        uncommitted changes and for commits of another clone.
    """
    name = made["notebook"]
    paths = ["govlib", CLAIMS, f"notebooks/{name}.ipynb"]
    # All parents: a state may exist on a merged branch only, or in a merge only.
    log = (_git("rev-list", "--all", "--full-history", "--", *paths) or b"").decode().split()
    for first in range(0, len(log), 50):
        held = _files_of(log[first : first + 50], name)
        found = [one for one, files in held.items() if _state(name, files) == made["state"]]
        if found:
            return found
    return []


def describe_commit() -> dict[str, Any] | None:
    """Return the commit of this clone and whether files differ from it.

    Not for files that are committed themselves: a commit cannot hold its own id.

    Returns
    -------
    dict or None
        ``commit`` (full id) and ``uncommitted_changes`` (of the code, the notebooks or the data);
        None outside a clone.
    """
    head = _git("rev-parse", "--verify", "--quiet", "HEAD")
    status = _git("status", "--porcelain", "--", "govlib", "notebooks", "data", "requirements.lock")
    if not head or status is None:
        return None
    return {"commit": head.decode().strip(), "uncommitted_changes": bool(status.strip())}


@functools.cache
def _version(package: str) -> str:
    """Return the version of an installed package, looked up once."""
    return version(package)


def _describe_data(hashes: set[str]) -> list[dict[str, Any]]:
    """Return what is recorded of the resources with these hashes, of all if there are none."""
    resources = read_package()["resources"]
    wanted = {word.removeprefix("sha256:") for word in hashes}
    known = [r for r in resources if r["hash"].removeprefix("sha256:") in wanted]
    described = []
    for resource in known or resources:
        source = (resource.get("sources") or [{}])[0]
        licences = [entry.get("name", "") for entry in resource.get("licenses", [])]
        entry = {
            "name": resource["name"],
            "title": resource.get("title", resource["name"]),
            "publisher": source.get("publisher", ""),
            "sha256": resource["hash"].removeprefix("sha256:"),
            "citation": source.get("citation", ""),
            "licence": ", ".join(licences),
        }
        if "edition" in resource:
            entry["edition"] = resource["edition"]
        described.append(entry)
    return described


def _strings(value: Any) -> Iterator[str]:
    """Give the words in any nesting of mappings and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from _strings(item)


def _is_absolute(word: str) -> bool:
    """Say whether a word is an absolute path on any system, or one in a home folder."""
    windows = PureWindowsPath(word)
    return bool(
        PurePosixPath(word).is_absolute() or windows.drive or windows.root or word.startswith("~")
    )


def _suffix(path: str) -> str:
    """Return the ending of a file's name; pathlib takes nine times as long, for 200 files a run."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return name[dot:] if dot > 0 else ""


def _stem(path: str) -> str:
    """Return a file's name without its ending."""
    return path.rpartition("/")[2].removesuffix(_suffix(path))


@functools.lru_cache(maxsize=512)
def _line(path: str, content: bytes) -> str:
    """Return a file's name and digest, whatever its line endings."""
    if _suffix(path) in TEXT:
        content = content.replace(b"\r\n", b"\n")
    return f"{hashlib.sha256(content).hexdigest()} {path}\n"


def _state(notebook: str | None, files: Mapping[str, bytes]) -> str:
    """Return the digest of those of some files that a notebook's results depend on."""
    counted = {path: content for path, content in files.items() if _counts(path)}
    modules = {_stem(path): path for path in counted if path.endswith(".py")}
    chosen = set(modules)
    parts = []
    if notebook is not None:
        code = _code_of(files.get(f"notebooks/{notebook}.ipynb", b"{}"))
        parts.append(_line("notebook", code.encode()))
        stub = files.get(STUB, b"").decode()
        chosen = _reached(_roots(code, stub) | {"export"}, modules, files)
    for path, content in sorted(counted.items()):
        module = _stem(path) if path.endswith(".py") else "claims" if path == CLAIMS else ""
        if not module or module in chosen:
            parts.append(_line(path, content))
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:16]


def _files_of(commits: Sequence[str], notebook: str | None) -> dict[str, dict[str, bytes]]:
    """Read the files that may count as some commits hold them, each content once."""
    wanted = (CLAIMS, f"notebooks/{notebook}.ipynb")
    trees: dict[str, dict[str, str]] = {}
    for commit in commits:
        listed = _git("ls-tree", "-r", "-z", commit, "govlib", *wanted) or b""
        entries = [entry.split("\t") for entry in listed.decode().split("\0") if entry]
        trees[commit] = {path: about.split()[2] for about, path in entries}
    blobs = sorted({blob for tree in trees.values() for blob in tree.values()})
    stream = io.BytesIO(_git("cat-file", "--batch", given="\n".join(blobs)) or b"")
    contents = {}
    for blob in blobs:
        head = stream.readline().split()  # id, type, bytes
        contents[blob] = stream.read(int(head[2])) if len(head) == 3 else b""
        stream.readline()
    return {
        commit: {path: contents[blob] for path, blob in tree.items()}
        for commit, tree in trees.items()
    }


def _counts(name: str) -> bool:
    """Say whether a file is of a kind that may change a result."""
    hidden = any(part.startswith((".", "__pycache__")) for part in name.split("/"))
    return not hidden and _suffix(name) in SUFFIXES


def _code_of(notebook: bytes) -> str:
    """Return the code of a notebook, without outputs, prose and counts."""
    cells = json.loads(notebook).get("cells", [])
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


def _roots(code: str, stub: str) -> set[str]:
    """Return the modules that hold the names which a notebook uses of the package."""
    homes: dict[str, str] = {}
    for module, listed in re.findall(r"from \.(\w*) import (\([^)]*\)|[^\n]+)", stub):
        homes |= {name: module or name for name in re.findall(r"\w+", listed)}
    used = set(re.findall(r"\bgovlib\.(\w+)", code))
    for listed in re.findall(r"from govlib import (\([^)]*\)|[^\n]+)", code):
        used |= set(re.findall(r"\w+", listed))
    return {homes[name] for name in used if name in homes} | used


def _reached(roots: set[str], modules: Mapping[str, str], files: Mapping[str, bytes]) -> set[str]:
    """Return the modules named and those that they import, directly or not."""
    found = {"__init__"}
    waiting = set(roots)
    while waiting:
        name = waiting.pop()
        if name in found or name not in modules:
            continue
        found.add(name)
        waiting |= _imported(files[modules[name]])
    return found


@functools.lru_cache(maxsize=512)
def _imported(code: bytes) -> frozenset[str]:
    """Return the modules of the package that a module imports."""
    found: set[str] = set()
    pattern = r"(?:from|import) govlib(?:\.(\w+))?(?: import (\([^)]*\)|[^\n]+))?"
    for module, listed in re.findall(pattern, code.decode()):
        found |= {module} if module else set(re.findall(r"\w+", listed))
    return frozenset(found)


def _git(*arguments: str, given: str = "") -> bytes | None:
    """Ask git about this clone; None if the project's folder is not one, or git is missing."""
    root = project_folder()
    if not (root / ".git").exists():  # a copy unpacked inside another clone is not that clone
        return None
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(root), *arguments],
            input=given.encode(),
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout
