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
from govlib.errors import GovlibError, NotHeld
from govlib.i18n import LANGUAGES, number, text
from govlib.plot import describe
from govlib.project import figures_folder
from govlib.publish.save import place_points, save
from govlib.run.notebooks import find_notebooks, read_parameters, run_notebook
from govlib.run.parameters import MOST_PEERS, PARAMETERS, Parameters, parameters

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
    decimals: int = 2


VIEWS = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=dict[str, View])


def check_choices(choices: Mapping[str, Any]) -> Parameters:
    """Check the values of `CHOICES`, as `run.parameters.parameters` does."""
    given = {name: choices[name] for name in CHOICES}
    if given["view"] != "waves":
        return parameters(given)
    del given["dimensions"]
    try:
        return parameters(given, survey=SURVEY)
    except NotHeld:
        about = map(surveys.info, surveys.names())
        covered = {one["economy"] for one in about if one["survey"] == SURVEY}
        names = economies.names(given["language"])
        if (own := economies.find(given["economy"])) in covered:
            raise
        listed = ", ".join(names[code] for code in sorted(covered))
        words = {"name": names[own], "covered": listed}
        raise NotHeld(text("explorer.no_survey", given["language"], **words)) from None


def draw_view(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Draw what was chosen (`CHOICES` and their values), or explain why it cannot be.

    Returns
    -------
    dict
        `message`: why there is no figure, else empty; nothing that a choice can cause is raised.
        With a figure: `figure`, `image` (SVG), `size` (pixels), `label`, `caption`, `notes` (list
        of str), `points` (list of dict: `x` and `y` as parts of the picture from its upper left,
        `text`), `table` (DataFrame, sorted and rounded), `code`, `given` (parameters of the view's
        notebook), `cut` (that these name fewer peers, or ""), `command` and `parameters` (the cell
        that begins with these choices).
    """
    others = plt.get_fignums()
    try:
        p = check_choices(choices)
        made: dict[str, Any] = {}
        exec(code := write_code(p), made)  # what is shown is what its code makes
    except GovlibError as error:
        return {"message": str(error)}
    finally:  # one that failed half drawn, too
        for number_of in set(plt.get_fignums()) - set(others):
            plt.close(number_of)
    table, fig, view = made["table"], made["fig"], VIEWS[p.view]
    fig.set_dpi(DPI)
    content = io.BytesIO()
    fig.savefig(content, format="svg", metadata={"Date": None})
    shown = table[[name for name in view.columns.split() if name in table]]
    shown = shown.dropna(axis="columns", how="all")
    order = [name for name in ORDER if name in shown]
    label = {"view": text(f"view.{p.view}", p.language), "name": p.name}
    given, cut = _print_parameters(p, choices, table)
    return {
        "message": "",
        "figure": fig,
        "image": content.getvalue(),
        "size": [round(inches * DPI) for inches in fig.get_size_inches()],
        "label": text("explorer.figure", p.language, **label),
        "caption": describe(fig).caption,
        "notes": _note_waves(p, table) if p.view == "waves" else _note_missing(p, table),
        "points": place_points(fig),
        "table": shown.sort_values(order, ignore_index=True).round(view.decimals),
        "code": code,
        "given": given,
        "cut": cut,
        "command": _write_command(view.notebook, given),
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
    values = dict(p) | {"words": words, "years": f"{p.first_year}-{p.last_year}"}
    values |= {"details": f", highlight={p.economy!r}{words}"}
    view = VIEWS[p.view]
    if "{members" in view.code:  # which take a moment to find
        values["members"] = p.members
        values["few"] = view.few.format(**values) if len(p.members) > view.most else ""
    return "import govlib as gov\n\n" + view.code.format(**values)


def _note_waves(p: Parameters, table: pd.DataFrame) -> list[str]:
    """Return what is assumed in a figure of the survey."""
    effect = number(table["design_effect"].iloc[0], p.language, 1)
    notes = [text("shares.bars", p.language, effect=effect)]
    survey = surveys.read(surveys.find(SURVEY, p.economy), waves=list(table["wave"].unique()))
    assumed = survey.loc[survey["respondents"].isna(), "wave"].unique()
    if len(assumed):
        taken = surveys.fill_respondents(survey)["respondents"].max()
        words = {"number": number(taken, p.language, 0), "waves": ", ".join(assumed)}
        notes.append(text("trust.assumed", p.language, **words))
    return notes


def _note_missing(p: Parameters, table: pd.DataFrame) -> list[str]:
    """Return what is missing in a figure of the WGI, and what is assumed."""
    view = VIEWS[p.view]
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
    if "peers" not in view.unused and len(p.members) > view.most:
        notes.append(_note_nearest(p, view.most))
    if (error := wgi.assumed_error(p.edition)) is not None:
        key = "explorer.assumed_error" if "assumed_error" in table else "explorer.no_errors"
        notes.append(text(key, p.language, error=number(error, p.language), edition=p.edition))
    return notes


def _note_nearest(p: Parameters, most: int) -> str:
    return text("explorer.nearest", p.language, most=most, all=len(p.members), name=p.name)


def _print_parameters(
    p: Parameters, choices: Mapping[str, Any], table: pd.DataFrame
) -> tuple[dict[str, Any], str]:
    """Return the parameters of the notebook that draws a view for print, and what is cut.

    It compares `MOST_PEERS` at most: of more those that are drawn, or the nearest of them.
    """
    declared = read_parameters(_notebook(p.view))
    given = {name: choices[name] for name in CHOICES if name in declared}
    if "peers" not in given or len(p.members) <= MOST_PEERS:
        return given, ""
    drawn = table[table["economy"].isin(p.members)]
    if drawn["economy"].nunique() > MOST_PEERS:
        drawn = economies.nearest(drawn, p.economy, MOST_PEERS)
    near = set(drawn["economy"])
    given["peers"] = [code for code in p.members if code in near and code != p.economy]
    return given, _note_nearest(p, len(near))


def _notebook(view: str) -> Path:
    return find_notebooks([VIEWS[view].notebook])[0]


def _write_command(notebook: str, given: Mapping[str, Any]) -> str:
    """Write the papermill command that runs the notebook which draws a view for print."""
    words = ["papermill", f"notebooks/{notebook}.ipynb", f"build/{notebook}.ipynb"]
    for name, value in given.items():  # a list with -p would be taken for a string
        is_list = isinstance(value, list)
        words += ["-y", json.dumps({name: value})] if is_list else ["-p", name, str(value)]
    return ".venv/bin/" + shlex.join(words)


def save_view(view: str, given: Mapping[str, Any]) -> list[Path]:
    """Save a view for publication, by running its notebook with the parameters of `draw_view`.

    Returns its files, the same bytes as any run of that notebook with these parameters. Errors are
    those of `run.notebooks.run_notebook`.
    """
    run_notebook(_notebook(view), given, progress=False)
    folder, stem = Path(figures_folder(given)), VIEWS[view].notebook + VIEWS[view].ending
    return [folder / f"{stem}.{kind}" for kind in ("pdf", "svg", "png", "csv", "json")]


def save_shown(drawn: Mapping[str, Any], name: str, kind: str) -> bytes:
    """Return the figure that is shown, or its table, as a file: pdf, svg, png or csv.

    As `publish.save.save` writes it; BadParameter if it is not fit for print.
    """
    with TemporaryDirectory() as folder:
        files = save(drawn["figure"], name, folder=folder, data=drawn["table"])
        return next(path for path in files if path.suffix == f".{kind}").read_bytes()


def list_entries() -> dict[str, str]:
    """Return what the field for countries offers: "KAZ Kazakhstan · Казахстан · Қазақстан"."""
    names = [economies.names(language) for language in LANGUAGES]
    codes = sorted(names[0], key=names[0].__getitem__)
    return {c: f"{c} " + " · ".join(dict.fromkeys(of[c] for of in names)) for c in codes}
