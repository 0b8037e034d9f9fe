"""Where a figure comes from, and the command that makes it anew."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from govlib import __version__
from govlib.datasets.package import read_package
from govlib.errors import UnknownName
from govlib.publish.metadata import read_metadata
from govlib.publish.provenance import rebuild_command
from govlib.run.notebooks import find_notebooks, read_parameters


def explain_figure(path: str | Path) -> str:
    """Say where a figure comes from: data, parameters, code, and how to rebuild it.

    Parameters
    ----------
    path : str or Path
        A file that `save_figure` wrote.

    Returns
    -------
    str
        Lines to read; the last one is the shell command that makes the figure anew.

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
    return "\n".join([*lines, "Rebuild it with:", command])


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
