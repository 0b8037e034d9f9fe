"""The explorer without its widgets: choices become a figure, lines of code, a command, files."""

import functools
import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from govlib.project import figures_folder, project_folder
from govlib.errors import GovlibError
from govlib.explorer.choices import CHOICES, check_choices, write_parameters
from govlib.explorer.points import assumed_waves, describe_points, table_behind
from govlib.explorer.views import (
    NOTEBOOKS,
    assumed_error,
    read_names,
    render_figure,
    run_view,
    write_code,
)
from govlib.i18n import number as decimal, text
from govlib.run.notebooks import find_notebooks, read_parameters, run_notebook


def draw_view(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Draw what was chosen, or explain why it cannot be.

    Parameters
    ----------
    choices : mapping
        `CHOICES` and their values.

    Returns
    -------
    dict
        `message`: why there is no figure, else empty. With a figure: `image` (PNG), `size`
        (pixels), `label`, `notes` (list of str), `points` (as `explore_points.describe_points`),
        `table` (DataFrame), `code`, `command` and `parameters`.

    Notes
    -----
    Raises nothing that a choice can cause: what govlib refuses is the message.
    """
    try:
        check_choices(choices)
        code = write_code(choices)
        names = run_view(choices)
    except GovlibError as error:
        return {"message": str(error)}
    image, size = render_figure(names["fig"])
    language = choices["language"]
    words = {
        "view": text(f"view.{choices['view']}", language),
        "name": read_names(language)[choices["economy"]],
    }
    return {
        "message": "",
        "image": image,
        "size": list(size),
        "label": text("explorer.figure", language, **words),
        "notes": _notes(choices, names),
        "points": describe_points(choices, names),
        "table": table_behind(choices, names),
        "code": code,
        "command": write_command(choices),
        "parameters": write_parameters(choices),
    }


def write_command(choices: Mapping[str, Any]) -> str:
    """Write the papermill command that draws the figure of a view for print.

    Parameters
    ----------
    choices : mapping
        As `check_choices` lets them pass.

    Returns
    -------
    str
        For a shell in the project's folder.
    """
    notebook, given = _notebook_parameters(choices)
    words = ["papermill", f"notebooks/{notebook.name}", f"build/{notebook.name}"]
    for name, value in given.items():
        # A list with -p would be taken for a string.
        words += ["-y", json.dumps({name: value})] if isinstance(value, list) else []
        words += [] if isinstance(value, list) else ["-p", name, str(value)]
    return ".venv/bin/" + shlex.join(words)


def save_view(choices: Mapping[str, Any]) -> list[Path]:
    """Save the figure of a view for publication: run the notebook that draws it.

    Parameters
    ----------
    choices : mapping
        As `check_choices` lets them pass.

    Returns
    -------
    list of Path
        The figure's files, the same bytes as a run of that notebook with these parameters: it is
        one.

    Raises
    ------
    GovlibError
        As `runs.run_notebook`.
    """
    notebook, given = _notebook_parameters(choices)
    run_notebook(notebook, given, progress=False)
    folder = project_folder() / figures_folder(choices)
    stem = "".join(NOTEBOOKS[choices["view"]])
    return [folder / f"{stem}.{kind}" for kind in ("pdf", "svg", "png", "csv", "json")]


@functools.lru_cache
def _declared(stem: str) -> tuple[Path, dict[str, Any]]:
    """Return a notebook and the parameters that it declares."""
    [notebook] = find_notebooks([stem])
    return notebook, read_parameters(notebook)


def _notebook_parameters(choices: Mapping[str, Any]) -> tuple[Path, dict[str, Any]]:
    """Return the notebook of a view and those of the choices that it declares."""
    notebook, declared = _declared(NOTEBOOKS[choices["view"]][0])
    return notebook, {name: choices[name] for name in CHOICES if name in declared}


def _notes(choices: Mapping[str, Any], names: Mapping[str, Any]) -> list[str]:
    """Say what is missing in a figure, and what is assumed."""
    view, language, edition = choices["view"], choices["language"], choices["edition"]
    if view == "waves":
        shares: pd.DataFrame = names["table"]
        effect = decimal(shares["design_effect"].iloc[0], language, 1)
        notes = [text("shares.bars", language, effect=effect)]
        waves = ", ".join(assumed_waves(names))
        number = decimal(shares["respondents"].max(), language, 0)
        if waves:
            notes.append(text("trust.assumed", language, number=number, waves=waves))
        return notes
    notes = []
    table: pd.DataFrame = names["table"]
    own = table[table["economy"] == choices["economy"]]
    about = {"name": read_names(language)[choices["economy"]], "edition": edition}
    held = own.dropna(subset="gap" if view == "gap" else "estimate")
    if held.empty:
        notes.append(text("explorer.none_held", language, **about))
    elif view != "gap":
        for code in sorted(set(choices["dimensions"]) - set(held["dimension"])):
            dimension = text(f"dimension.{code}", language)
            notes.append(text("explorer.none_of", language, dimension=dimension, **about))
    error = assumed_error(edition)
    if error is not None and view != "gap":
        notes.append(text("explorer.no_errors", language, edition=edition))
    if error is not None and view in ("league", "gap"):
        notes.append(text("explorer.assumed_error", language, error=decimal(error, language)))
    return notes
