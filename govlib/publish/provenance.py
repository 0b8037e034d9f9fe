"""What a result was made with: data, parameters, notebook and versions.

A file that is committed cannot hold the id of its own commit, so the code is named by the package's
version; `describe_commit` names the commit where nothing is committed, such as an executed
notebook. Nothing here says who ran what, where or when.
"""

import functools
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from govlib import __version__
from govlib.datasets.package import read_package
from govlib.errors import BadParameter
from govlib.project import project_folder

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
        title, publisher, sha256, citation, licence, and edition if it is one), ``software``
        (names and versions), ``citation``, ``licence``.

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
