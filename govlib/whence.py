"""Where a figure comes from, and the command that makes it anew."""

import shlex
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from govlib import __version__
from govlib.catalog import read_package
from govlib.errors import UnknownName
from govlib.metadata import read_metadata
from govlib.provenance import code_state, describe_commit, find_commits, rebuild_command
from govlib.runs import find_notebooks, read_parameters


def explain_figure(path: str | Path) -> str:
    """Say where a figure comes from: data, parameters, code, and how to rebuild it.

    Parameters
    ----------
    path : str or Path
        A file that `save_figure` wrote.

    Returns
    -------
    str
        Lines to read; the last one is the shell command that makes the figure anew, after
        ``git checkout`` of the commit that holds its code where the code here differs.

    Raises
    ------
    UnknownName, BadFile
        As `metadata.read_metadata`.
    """
    about = read_metadata(path)
    made = about["made"]
    lines = [f"{Path(path).name}: {about['title']}"]
    lines += [f"  notebook    {made['notebook'] or 'none: saved from other code'}"]
    shown = [f"{key}={_word(value)}" for key, value in made["parameters"].items()]
    lines += [f"  parameters  {' '.join(shown) or 'not recorded'}"]
    held = {entry["name"]: entry["hash"] for entry in read_package()["resources"]}
    for data in made["data"]:
        lines += [f"  data        {data['title']} ({data['publisher']})"]
        lines += [f"              {data['name']}, sha256 {data['sha256']}, {_compare(data, held)}"]
    commit, words = find_code(made)
    lines += [f"  code        state {made['state']}: {words}"]
    here = {"govlib": __version__, "matplotlib": version("matplotlib")}
    for name, number in made["software"].items():
        other = "" if here.get(name, number) == number else f" (here: {here[name]})"
        lines += [f"  made with   {name} {number}{other}"]
    cited = dict.fromkeys(data["citation"] for data in made["data"] if data["citation"])
    lines += [f"  cite        {citation}" for citation in [made["citation"], *cited]]
    lines += [f"  licence     {made['licence']} (the data: as cited)"]
    command = rebuild_command(made, defaults=_defaults(made["notebook"]))
    if command is None:
        return "\n".join([*lines, "Made by no notebook of the collection: no command rebuilds it."])
    checkout = "" if commit is None else f"git checkout {shlex.quote(commit[:12])} && "
    return "\n".join([*lines, "Rebuild it with:", f"{checkout}{command}"])


def find_code(made: Mapping[str, Any]) -> tuple[str | None, str]:
    """Say where the code that made a result is.

    Parameters
    ----------
    made : mapping
        As `provenance.describe_result` returns it.

    Returns
    -------
    commit : str or None
        What to check out first; None if the code here is the same, or no commit holds it.
    words : str
        For reading: which commit holds the code, or that it was made with uncommitted changes.
    """
    same = code_state(made["notebook"]) == made["state"]
    here = "the code here" if same else "not the code here"
    if describe_commit() is None:
        return None, f"{here}; no commits to look at (this copy is not a clone)"
    commits = find_commits(made)
    if commits:
        return (None if same else commits[0]), f"{here}; commit {commits[0][:12]}"
    if same:
        return None, f"{here}, with uncommitted changes"
    return None, f"{here}; no commit of this clone holds it: made with uncommitted changes"


def _word(value: Any) -> str:
    """Return a parameter as it is typed."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _compare(data: Mapping[str, Any], held: Mapping[str, str]) -> str:
    """Say whether a file of the data is held as it was."""
    if data["name"] not in held:
        return "not held here"
    same = held[data["name"]].removeprefix("sha256:") == data["sha256"]
    return "held here" if same else "CHANGED: other bytes are held here"


def _defaults(notebook: str | None) -> dict[str, Any] | None:
    """Return a notebook's defaults; None if it is not here."""
    if notebook is None:
        return None
    try:
        return read_parameters(find_notebooks([notebook])[0])
    except UnknownName:
        return None
