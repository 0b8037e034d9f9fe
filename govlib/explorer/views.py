"""Views of the explorer: choices become a table and a figure, the code that makes them, files.

A view draws with the same functions that its code shows; a test runs the code and compares.
"""

import io
import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib.pyplot as plt
import msgspec
import pandas as pd

from govlib.datasets import economies, surveys, wgi
from govlib.errors import BadParameter, GovlibError
from govlib.i18n import number, text
from govlib.plot import describe
from govlib.project import figures_folder
from govlib.publish.save import place_points, save
from govlib.run.notebooks import find_notebooks, read_parameters, run_notebook
from govlib.run.parameters import PARAMETERS, Parameters, parameters

CHOICES = (
    *("view", "economy", "edition", "first_year", "last_year", "dimensions"),
    *("peers", "measure", "language", "figures_dir"),
)
"""The choices of the explorer, all of them parameters of its notebook."""

SURVEY = "bns-trust"
DPI = 144
"""Pixels an inch on the screen, and of the picture where there are no widgets."""

ORDER = ("wave", "dimension", "position", "economy", "year", "edition", "item")
"""What tables are sorted by."""


class View(msgspec.Struct, forbid_unknown_fields=True):
    """A view, as ``views.toml`` says: the code that draws it, the notebook for print."""

    notebook: str
    unused: list[str]
    columns: str
    code: str
    ending: str = ""
    most: int = 1000
    few: str = ""

    @property
    def stem(self) -> str:
        """The name of the figure's files for print."""
        return self.notebook + self.ending


VIEWS = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=dict[str, View])


def check_choices(choices: Mapping[str, Any]) -> Parameters:
    """Check `CHOICES` and their values, as `run.parameters.parameters` does."""
    if lacking := [name for name in CHOICES if name not in choices]:
        raise BadParameter(f"{', '.join(lacking)} not chosen; needed: {', '.join(CHOICES)}.")
    given = {name: choices[name] for name in CHOICES}
    if given["view"] != "waves":
        return parameters(given)
    return parameters(
        {name: value for name, value in given.items() if name != "dimensions"}, survey=SURVEY
    )


def draw_view(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Draw what was chosen (`CHOICES` and their values), or explain why it cannot be.

    Returns
    -------
    dict
        `message`: why there is no figure, else empty; nothing that a choice can cause is raised.
        With a figure: `figure`, `image` (SVG), `size` (pixels), `label`, `caption`, `notes` (list
        of str), `points` (list of dict: `x` and `y` as parts of the picture from its upper left,
        `text`), `table` (DataFrame, sorted and rounded), `code`, `command` and `parameters` (the
        cell that begins with these choices).
    """
    others = plt.get_fignums()
    try:
        p = check_choices(choices)
        made: dict[str, Any] = {}
        exec(write_code(p), made)  # what is shown is what its code makes
        table, fig = made["table"], made["fig"]
    except GovlibError as error:
        return {"message": str(error)}
    finally:  # one that failed half drawn, too
        for number_of in set(plt.get_fignums()) - set(others):
            plt.close(number_of)
    fig.set_dpi(DPI)
    content = io.BytesIO()
    fig.savefig(content, format="svg", metadata={"Date": None})
    width, height = fig.get_size_inches() * DPI
    columns = [name for name in VIEWS[p.view].columns.split() if name in table]
    shown = table[columns].dropna(axis="columns", how="all")
    order = [name for name in ORDER if name in shown]
    digits = 1 if p.view == "waves" else 2
    label = {"view": text(f"view.{p.view}", p.language), "name": p.name}
    return {
        "message": "",
        "figure": fig,
        "image": content.getvalue(),
        "size": [round(width), round(height)],
        "label": text("explorer.figure", p.language, **label),
        "caption": describe(fig).caption,
        "notes": _notes(p, table),
        "points": place_points(fig),
        "table": shown.sort_values(order, ignore_index=True).round(digits),
        "code": write_code(p),
        "command": write_command(choices),
        "parameters": "".join(
            f"{name}: {PARAMETERS[name].kind.__name__} = {choices[name]!r}"
            f"  # {PARAMETERS[name].meaning}\n"
            for name in CHOICES
        ),
    }


def write_code(p: Parameters) -> str:
    """Write the lines of govlib that make the table (``table``) and the figure (``fig``)."""
    english = p.language == "en"
    words = "" if english else f", language={p.language!r}"
    words += f", names=gov.economies.names({'' if english else repr(p.language)})"
    values = {name: p[name] for name in CHOICES if name in p}
    values |= {"words": words, "years": f"{p.first_year}-{p.last_year}"}
    values |= {"details": f", highlight={p.economy!r}{words}"}
    view, code = VIEWS[p.view], VIEWS[p.view].code
    if "{members" in code:  # which take a moment to find
        values["members"] = p.members
        values["few"] = view.few.format(**values) if len(p.members) > view.most else ""
    return "import govlib as gov\n\n" + code.format(**values)


def _notes(p: Parameters, table: pd.DataFrame) -> list[str]:
    """Return what is missing in a figure, and what is assumed."""
    if p.view == "waves":
        effect = number(table["design_effect"].iloc[0], p.language, 1)
        survey = surveys.read(surveys.find(SURVEY, p.economy), waves=list(table["wave"].unique()))
        assumed = survey.loc[survey["respondents"].isna(), "wave"].unique()
        notes = [text("shares.bars", p.language, effect=effect)]
        if len(assumed):
            taken = surveys.fill_respondents(survey)["respondents"].max()
            count = number(taken, p.language, 0)
            waves = ", ".join(assumed)
            notes.append(text("trust.assumed", p.language, number=count, waves=waves))
        return notes
    notes = []
    about = {"name": p.name, "edition": p.edition}
    known = table[table["economy"] == p.economy]
    known = known.dropna(subset={"gap": "gap", "slope": "change"}.get(p.view, "estimate"))
    if known.empty:
        notes.append(text("explorer.none_held", p.language, **about))
    elif p.view != "gap":
        for code in sorted(set(p.dimensions) - set(known["dimension"])):
            dimension = text(f"dimension.{code}", p.language)
            notes.append(text("explorer.none_of", p.language, dimension=dimension, **about))
    if len(p.members) > (most := VIEWS[p.view].most) and "peers" not in VIEWS[p.view].unused:
        notes.append(text("explorer.nearest", p.language, most=most, all=len(p.members), **about))
    error = wgi.assumed_error(p.edition)
    if error is not None:
        rests = "assumed_error" in table
        key = "explorer.assumed_error" if rests else "explorer.no_errors"
        notes.append(text(key, p.language, error=number(error, p.language), edition=p.edition))
    return notes


def write_command(choices: Mapping[str, Any]) -> str:
    """Write the papermill command that runs the notebook which draws a view for print."""
    notebook, given = _notebook_parameters(choices)
    words = ["papermill", f"notebooks/{notebook.name}", f"build/{notebook.name}"]
    for name, value in given.items():  # a list with -p would be taken for a string
        is_list = isinstance(value, list)
        words += ["-y", json.dumps({name: value})] if is_list else ["-p", name, str(value)]
    return ".venv/bin/" + shlex.join(words)


def save_view(choices: Mapping[str, Any]) -> list[Path]:
    """Save the figure of a view for publication, by running the notebook that draws it.

    Returns its files, the same bytes as any run of that notebook with these parameters. Errors are
    those of `run.notebooks.run_notebook`.
    """
    notebook, given = _notebook_parameters(choices)
    run_notebook(notebook, given, progress=False)
    folder, stem = Path(figures_folder(choices)), VIEWS[choices["view"]].stem
    return [folder / f"{stem}.{kind}" for kind in ("pdf", "svg", "png", "csv", "json")]


def _notebook_parameters(choices: Mapping[str, Any]) -> tuple[Path, dict[str, Any]]:
    """Return the notebook of a view, and which of its parameters are chosen."""
    [notebook] = find_notebooks([VIEWS[choices["view"]].notebook])
    declared = read_parameters(notebook)
    return notebook, {name: choices[name] for name in CHOICES if name in declared}


def save_shown(drawn: Mapping[str, Any], name: str, kind: str) -> bytes:
    """Return the figure that is shown, or its table, as a file: pdf, svg, png or csv.

    As `publish.save.save` writes it; BadParameter if it is not fit for print.
    """
    with TemporaryDirectory() as folder:
        files = save(drawn["figure"], name, folder=folder, data=drawn["table"])
        return next(path for path in files if path.suffix == f".{kind}").read_bytes()


def list_entries() -> dict[str, str]:
    """Return what the field for countries offers: "KAZ Kazakhstan · Казахстан · Қазақстан"."""
    names = [economies.names(language) for language in ("en", "ru", "kk")]
    codes = sorted(names[0], key=names[0].__getitem__)
    return {c: f"{c} " + " · ".join(dict.fromkeys(of[c] for of in names)) for c in codes}
