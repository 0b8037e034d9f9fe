"""What a result was made with: data, parameters, notebook and versions.

A file that is committed cannot contain the id of its own commit, so the code is named by the
package's version; `describe_commit` names the commit where nothing is committed, such as an
executed notebook. Nothing here says who ran what, where or when.
"""

import hashlib
import itertools
import shlex
import subprocess
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path, PureWindowsPath
from typing import Any

import pandas as pd

from govlib import __version__
from govlib.datasets.package import last_read, read_package
from govlib.errors import BadParameter, UnknownName, did_you_mean
from govlib.project import data_folder, project_folder
from govlib.publish.metadata import read_metadata
from govlib.stats._tables import DIMENSIONS

CITATION = (
    f"The govlib authors. govlib: a research compendium on good governance and public trust, "
    f"version {__version__}. Article: K. Sadykova, State governance and state service, 2 (89), "
    "2024, doi:10.52123/1994-2370-2024-1184."
)
"""How to cite a result; the data are cited with it."""

LICENCE = "CC-BY-4.0"
"""The licence of figures and tables, as LICENSE says."""

LEDGER = "claims"
"""The name under which the article's ledger (``claims/sadykova-2024.toml``) is recorded."""

TOLD_BY = ("survey", "ranking", "indicator", "edition", "dimension", "claim")
"""Columns that tell which data a row rests on."""


def describe_result(
    stem: str, *, parameters: Mapping[str, Any], data: str | Iterable[str] | None = None
) -> dict[str, Any]:
    """Describe what a result was made with, the same in every clone and on every machine.

    `stem` is the name of the result's files: that of its notebook, or one that begins with it;
    `data` a name or names of the data used, or None for all that is included, as for a notebook
    that may read any of it.

    Returns ``notebook`` (or None), ``parameters`` (without ``figures_dir``), ``data`` (per
    resource: name, title, publisher, sha256, citation, licence, any edition), ``software``
    (versions), ``citation``, ``licence``. Raises BadParameter if a parameter is an absolute path
    (results must not say where they were made), UnknownName if there is no such data.
    """
    kept = {name: value for name, value in parameters.items() if name != "figures_dir"}
    for name, value in kept.items():
        for word in _strings(value):
            if word.startswith(("/", "\\", "~")) or PureWindowsPath(word).drive:
                raise BadParameter(
                    f"{name} = {value!r} is an absolute path, which would be written into files "
                    "meant for others. Give a path relative to the project."
                )
    used = _included()
    if data is not None:
        known = {one["name"]: one for one in used}
        names = list(dict.fromkeys([data] if isinstance(data, str) else data))
        for name in names:
            if name not in known:
                raise UnknownName(
                    f"There is no data {name!r}; included: {', '.join(known)}."
                    f"{did_you_mean(name, known)}"
                )
        used = [known[name] for name in names]
    return {
        "notebook": find_notebook(stem),
        "parameters": kept,
        "data": used,
        "software": _installed(),
        "citation": CITATION,
        "licence": LICENCE,
    }


def find_sources(tables: Iterable[pd.DataFrame], *, edition: int | None = None) -> list[str]:
    """Return the names of the data that tables rest on, told from their rows.

    Columns that tell: ``survey`` (its name), ``ranking`` or ``indicator`` (a ranking's name or
    measure, or a dimension of the WGI), ``edition`` (of the WGI where there is no ranking; without
    the column, dimensions are of `edition`), ``item`` and ``date`` (single figures), ``claim`` and
    ``statement`` (the included ledger, with all that its claims compute from). The names are in the
    order of the package, `LEDGER` last.
    """
    resources = read_package()["resources"]
    names = [resource["name"] for resource in resources] + [LEDGER]
    measures = {  # EGDI's e-participation index is in the file of EGDI
        measure: resource["name"]
        for resource in resources
        for entry in resource["schema"]["fields"]
        if resource["name"].startswith("ranking-") and entry["name"] == "measure"
        for measure in entry.get("constraints", {}).get("enum", [])
    }
    found: set[str] = set()
    for table in tables:
        values = {name: set(table[name].dropna()) if name in table else set() for name in TOLD_BY}
        found |= values["survey"] | {measures.get(one, "") for one in values["indicator"]}
        found |= {f"ranking-{one}" for one in values["ranking"] | values["indicator"]}
        if "ranking" not in table:
            found |= {f"wgi-{float(one):.0f}" for one in values["edition"]}
        if "edition" not in table and (values["indicator"] | values["dimension"]) & {*DIMENSIONS}:
            found.add(f"wgi-{edition}")
        if {"item", "date"} <= set(table):
            found.add("single-figures")
        if {"claim", "statement"} <= set(table):
            found |= _sources_of_claims(values["claim"])
    return [name for name in names if name in found]


def _sources_of_claims(names: Iterable[str]) -> set[str]:
    """Return the ledger and what its claims compute from; nothing if it is another ledger."""
    claims = {claim["id"]: claim for claim in _ledger()[1].get("claim", [])}
    found = {LEDGER}
    for name in names:
        if name not in claims:
            return set()
        arguments = claims[name].get("arguments", {})
        found |= {word for one in _strings(arguments) for word in (one, f"ranking-{one}")}
        if "item" in arguments and "survey" not in arguments:
            found.add("single-figures")
    return found


def _ledger() -> tuple[bytes, dict[str, Any]]:
    """Return the included ledger, as bytes and read; empty if there is none."""
    path = data_folder() / "claims" / "sadykova-2024.toml"
    content = path.read_bytes() if path.is_file() else b""
    return content, tomllib.loads(content.decode())


def _installed() -> dict[str, str]:
    return {"govlib": __version__, "matplotlib": version("matplotlib")}


def find_notebook(stem: str) -> str | None:
    """Return the name of the notebook that a result is named after, None if there is none."""
    names = [path.stem for path in (project_folder() / "notebooks").glob("[0-9]*.ipynb")]
    return max((name for name in names if f"{stem}-".startswith(f"{name}-")), key=len, default=None)


def shell_command(*words: str, parameters: Mapping[str, Any]) -> str:
    """Return a command with parameters as its options, as it is typed."""
    options = ((f"--{name.replace('_', '-')}", _word(value)) for name, value in parameters.items())
    return shlex.join([*words, *itertools.chain(*options)])


def rebuild_command(
    made: Mapping[str, Any], *, defaults: Mapping[str, Any] | None = None
) -> str | None:
    """Return the shell command that makes a result anew; None if no notebook made it.

    `made` is as `describe_result` returns it; parameters equal to the notebook's `defaults` are
    left out of ``govlib run NOTEBOOK --economy UZB ...``.
    """
    if made["notebook"] is None:
        return None
    known, given = defaults or {}, made["parameters"].items()
    differ = {name: value for name, value in given if name not in known or known[name] != value}
    return shell_command("govlib", "run", made["notebook"], parameters=differ)


def git(*arguments: str) -> bytes:
    """Return what git answers about the project; raises BadParameter if it is no clone of its own.

    A copy unpacked inside another clone is not that clone. The code that runs here is this folder's
    whoever owns it (a Docker mount, another account), so that its git configuration is trusted too.
    """
    root, said = project_folder(), "it has no .git"
    try:
        if (root / ".git").exists():
            command = ["git", "--no-optional-locks", "-c", f"safe.directory={root}"]
            command += ["-C", str(root), *arguments]
            return subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"").decode(errors="replace").strip() or str(error)
    raise BadParameter(f"{root} is not a clone that git can read: {said}")


def describe_commit() -> dict[str, Any] | None:
    """Return the commit of this clone, for files that are not committed themselves.

    A mapping with ``commit`` (full id) and ``uncommitted_changes`` (of the code, the notebooks or
    the data); None outside a clone or without git.
    """
    try:
        head = git("rev-parse", "--verify", "HEAD").decode().strip()
        changed = git(
            "status", "--porcelain", "--", "govlib", "notebooks", "data", "requirements.lock"
        )
    except BadParameter:
        return None
    return {"commit": head, "uncommitted_changes": bool(changed)}


def explain_figure(
    path: str | Path, *, defaults: Callable[[str], Mapping[str, Any]] = lambda notebook: {}
) -> str:
    """Describe where a figure comes from: data, parameters, versions, and how to rebuild it.

    `path` is a file that `save` wrote; others raise UnknownName or BadFile. `defaults` returns the
    default parameters of an included notebook by its name: those equal to them are left out of the
    command. Returns lines to read; the last one is the shell command that makes the figure anew.
    """
    about = read_metadata(path)
    made = about["made"]
    shown = [f"{name}={_word(value)}" for name, value in made["parameters"].items()]
    lines = [
        f"{Path(path).name}: {about['title']}",
        f"  notebook    {made['notebook'] or 'none: saved from other code'}",
        f"  parameters  {' '.join(shown) or 'not recorded'}",
    ]
    recorded = {one["name"]: one["sha256"] for one in _included()}
    recorded |= {one["name"]: one["hash"] for one in read_package()["resources"]}
    for data in made["data"]:
        here = recorded.get(data["name"], "").removeprefix("sha256:")
        said = "CHANGED: other bytes are included here" if here else "not included here"
        said = "the same as included here" if here == data["sha256"] else said
        lines += [f"  data        {data['title']} ({data['publisher']})"]
        lines += [f"              {data['name']}, sha256 {data['sha256']}, {said}"]
    installed = _installed()
    for name, number in made["software"].items():
        other = installed.get(name, number)
        lines += [f"  made with   {name} {number}" + f" (here: {other})" * (other != number)]
    cited = dict.fromkeys(data["citation"] for data in made["data"] if data["citation"])
    lines += [f"  cite        {citation}" for citation in [made["citation"], *cited]]
    lines += [f"  licence     {made['licence']} (the data: as cited)"]
    notebook = made["notebook"]
    if notebook is None:
        return "\n".join([*lines, "No notebook made it, so there is no command that rebuilds it."])
    known = defaults(notebook) if find_notebook(notebook) == notebook else {}
    return "\n".join([*lines, "Rebuild it with:", str(rebuild_command(made, defaults=known))])


def _word(value: Any) -> str:
    """Return a parameter as it is typed."""
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _included() -> list[dict[str, Any]]:
    """Return what is recorded of all data that are included."""
    described = []
    for resource in read_package()["resources"]:
        source = (resource.get("sources") or [{}])[0]
        entry = {
            "name": resource["name"],
            "title": resource.get("title", resource["name"]),
            "publisher": source.get("publisher", ""),
            "sha256": last_read(resource).removeprefix("sha256:"),
            "citation": source.get("citation", ""),
            "licence": ", ".join(one.get("name", "") for one in resource.get("licenses", [])),
        }
        described.append(entry | {key: resource[key] for key in ("edition",) if key in resource})
    content, ledger = _ledger()
    if content:
        entry = {
            "name": LEDGER,
            "title": "Ledger of the article's quantitative statements",
            "publisher": "The govlib authors",
            "sha256": hashlib.sha256(content).hexdigest(),
            "citation": ledger.get("article", {}).get("citation", ""),
            "licence": LICENCE,
        }
        described.append(entry)
    return described


def _strings(value: Any) -> Iterator[str]:
    """Give the words in any nesting of mappings and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list, tuple, set)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _strings(item)
