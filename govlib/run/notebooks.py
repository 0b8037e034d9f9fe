"""Notebooks run with parameters: what they accept, one run, where its output goes."""

import ast
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from govlib.datasets.economies import members as economies_in, groups
from govlib.datasets.economies import names as economy_names
from govlib.project import figures_folder, project_folder
from govlib.datasets.surveys import waves as choose_waves, find, read
from govlib.datasets.wgi import check_measure, read
from govlib.errors import BadFile, BadParameter, NotHeld, UnknownName, did_you_mean
from govlib.run.parameters import VIEWS
from govlib.i18n import check_language
from govlib.plot.profiles import find_profile
from govlib.run.injection import find_undeclared
from govlib.stats._tables import DIMENSIONS, MEASURES
from govlib.stats.shares import check_design_effect

PARAMETERS: dict[str, tuple[type, str]] = {
    "economy": (str, "World Bank code"),
    "edition": (int, "WGI edition (year of release)"),
    "first_year": (int, "first year shown"),
    "last_year": (int, "last year shown"),
    "dimensions": (list, f"list of {' '.join(DIMENSIONS)}"),
    "peers": (list, "economies to compare with: World Bank codes or groups such as eaeu"),
    "items": (list, "what a survey asks about, such as police; empty for all"),
    "design_effect": (float, "variance of a survey's shares relative to a simple random sample"),
    "view": (str, f"view of the explorer: {' '.join(VIEWS)}"),
    "measure": (str, f"what is drawn: {' '.join(MEASURES)}"),
    "language": (str, "words in figures and captions: en, ru or kk"),
    "profile": (str, "what the figures are for: paper, nature-single, slides, ..."),
    "figures_dir": (str, "folder of the figures, relative to the project"),
}
"""The parameters of all notebooks: type and meaning."""


def check_parameters(names: Mapping[str, Any], *, survey: str | None = None) -> None:
    """Check the parameters of a notebook before anything is computed.

    Parameters
    ----------
    names : mapping
        Parameter names and values. A notebook passes its ``globals()``: names that are not
        parameters are ignored, except those that papermill injected, where a name that the
        notebook does not declare is a misspelt parameter.
    survey : str, optional
        The survey that the notebook is about, as `find_survey` takes it: years are then those of
        its waves, not of the WGI edition.

    Raises
    ------
    UnknownName
        If papermill injected a name that is not a parameter, or an edition, economy, dimension,
        year, language or profile does not exist.
    BadParameter
        If a value has the wrong type or is out of range, a dimension or item is repeated, or the
        first year is not before the last.
    NotHeld
        If the survey is not held of the economy, or not for two waves within the years.
    """
    if unknown := find_undeclared(names.get("In") or []):
        declared = [name for name in PARAMETERS if name in names and name not in unknown]
        raise UnknownName(_unknown_parameters(unknown, declared))
    given = {name: names[name] for name in PARAMETERS if name in names}
    for name, value in given.items():
        kind = PARAMETERS[name][0]
        accepted = (int, float) if kind is float else kind
        if not isinstance(value, accepted) or isinstance(value, bool):
            raise BadParameter(
                f"{name} = {value!r} is of type {type(value).__name__}; {kind.__name__} is needed "
                f"({PARAMETERS[name][1]}).{LIST_HINT if kind is list else ''}"
            )
        if kind is list and not all(isinstance(word, str) for word in given[name]):
            raise BadParameter(f"{name} = {value!r}: a list of words is needed.{LIST_HINT}")
    if "figures_dir" in given:
        _check_folder(given["figures_dir"])
    for name in ("dimensions", "items"):
        if len(set(map(repr, given.get(name, [])))) < len(given.get(name, [])):
            raise BadParameter(f"{name} = {given[name]!r} names one {name[:-1]} twice.")
    first, last = given.get("first_year"), given.get("last_year")
    if "edition" in given:
        # Reading is the check: it names what exists.
        read(
            given["edition"],
            economies=given.get("economy"),
            dimensions=given.get("dimensions"),
            years=None if survey else [year for year in (first, last) if year is not None] or None,
        )
    elif "economy" in given and given["economy"] not in (names_held := economy_names()):
        raise UnknownName(
            f"Economy {given['economy']!r} is not known: a World Bank code is needed."
            f"{did_you_mean(given['economy'], names_held, names_held)}"
        )
    for name, known in (("view", VIEWS), ("measure", MEASURES)):
        if given.get(name, known[0]) not in known:
            raise UnknownName(
                f"{name} = {given[name]!r} is not known; known: {', '.join(known)}."
                f"{did_you_mean(given[name], known)}"
            )
    # The explorer has views without a measure, and explains a missing one in place.
    if {"edition", "measure"} <= set(given) and "view" not in given:
        check_measure(given["edition"], given["measure"])
    if "language" in given:
        check_language(given["language"])
    if "peers" in given:
        _check_peers(given)
    if "profile" in given:
        find_profile(given["profile"])
    if first is not None and last is not None and first >= last:
        raise BadParameter(
            f"first_year = {first} is not before last_year = {last}: two years or more are needed."
        )
    check_design_effect(given.get("design_effect", 1))
    if survey:
        _check_survey_parameters(survey, given)


def _check_folder(folder: str) -> None:
    """Refuse a folder for figures that cannot be one."""
    place = project_folder() / folder
    if not folder.strip() or folder[0] == "~" or any(map(Path.is_file, [place, *place.parents])):
        raise BadParameter(
            f"figures_dir = {folder!r} is no folder to write to: give one relative to the project "
            "or its whole path (~ is not expanded here)."
        )


def _check_survey_parameters(survey: str, given: Mapping[str, Any]) -> None:
    """Refuse an economy, years or items that are not held of a survey."""
    name = find(survey, given["economy"])
    items = given.get("items") or None
    waves = None
    if "first_year" in given and "last_year" in given:
        waves = choose_waves(name, given["first_year"], given["last_year"])
    asked = read(name, waves=waves, items=items)
    for wave in (waves[0], waves[-1]) if waves else ():
        if wave not in set(asked["wave"]):
            known = ", ".join(dict.fromkeys(read(name, waves=wave)["item"]))
            raise BadParameter(f"items = {items!r}: wave {wave} asked about none; it has {known}.")


EXPLORER = "00-explore"
"""The notebook of the explorer, which makes no figure file of its own."""

LIST_HINT = " In papermill, give a list with -y '{dimensions: [ge, va]}'."

MOST_PEERS = 20
"""The most economies that can be read side by side in a figure, the economy itself included."""


def _check_peers(given: Mapping[str, Any]) -> None:
    """Refuse peers that do not exist, are none or are more than a figure can show."""
    peers, economy = given["peers"], given.get("economy")
    if len(set(peers)) < len(peers):
        raise BadParameter(f"peers = {peers!r} names one twice.")
    members = set(economies_in(peers))
    if "edition" in given:
        listed = set(read(given["edition"])["economy"].unique())
        missing = set(peers) - listed - set(groups()["group"])
        if missing:
            read(given["edition"], economies=[word for word in peers if word in missing])
        members &= listed
    count = len(members - {economy}) + 1
    if not 2 <= count <= MOST_PEERS:
        raise BadParameter(
            f"peers = {peers!r} gives {count} economies with {economy} itself; 2 to {MOST_PEERS} "
            "can be compared side by side."
        )


def find_notebooks(names: Sequence[str] = ()) -> list[Path]:
    """Return the notebooks named; by default all of the collection but the explorer.

    Parameters
    ----------
    names : sequence of str
        Paths, or names as in ``notebooks/`` with or without ending.

    Raises
    ------
    UnknownName
        If there is no such notebook; names those that exist.
    BadParameter
        If a notebook elsewhere has the name of one of ours.
    """
    folder = project_folder() / "notebooks"
    held = {path.stem: path for path in sorted(folder.glob("[0-9]*.ipynb"))}
    found = []
    for name in names:
        path = Path(name)
        if path.suffix == ".ipynb" and path.is_file():
            if path.stem in held and not path.samefile(held[path.stem]):
                raise BadParameter(
                    f"{name} has the name of the project's own notebook, whose results its run "
                    "would replace: rename it."
                )
            found.append(path)
        elif path.stem in held and path.parent in (Path(), Path("notebooks")):
            found.append(held[path.stem])
        else:
            raise UnknownName(
                f"There is no notebook {name!r}; there are: {', '.join(held)}."
                f"{did_you_mean(path.stem, held)}"
            )
    return found or [path for name, path in held.items() if name != EXPLORER]


def read_parameters(notebook: Path) -> dict[str, Any]:
    """Return the parameters that a notebook declares, with their default values.

    Raises
    ------
    BadFile
        If it is not a notebook.
    BadParameter
        If a default is not a literal or a name is not one of `PARAMETERS`.
    """
    import papermill
    from nbformat import ValidationError

    try:
        if not isinstance(json.loads(notebook.read_text("utf-8"))["cells"], list):
            raise TypeError("cells is no list")
        found = papermill.inspect_notebook(str(notebook))
    except (ValueError, LookupError, TypeError, AttributeError, ValidationError) as error:
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        raise BadFile(
            f"{notebook} is not a notebook that can be run ({what}): open it in JupyterLab, choose "
            "a kernel and save it."
        ) from error
    declared: dict[str, Any] = {}
    for name, parameter in found.items():
        try:
            declared[name] = ast.literal_eval(parameter["default"])
        except (ValueError, SyntaxError):
            raise BadParameter(
                f"{notebook.name} sets {name} = {parameter['default']}: a literal is needed."
            ) from None
        if name not in PARAMETERS:
            raise BadParameter(
                f"{notebook.name} declares {name}; the words for parameters are: "
                f"{', '.join(PARAMETERS)}."
            )
    return declared


def plan_runs(
    notebooks: Sequence[Path], parameters: Mapping[str, Any]
) -> list[tuple[Path, dict[str, Any]]]:
    """Say what each notebook will be run with; refuse what none of them accepts.

    Parameters
    ----------
    notebooks : sequence of Path
        As `find_notebooks` returns them.
    parameters : mapping
        What differs from the notebooks' defaults. A parameter goes to the notebooks that declare
        it; one that no notebook declares is refused.

    Returns
    -------
    list of (Path, dict)
        Each notebook with the parameters to pass.

    Raises
    ------
    UnknownName, BadParameter
        As `check_parameters`, before any notebook is run.
    """
    plan = []
    accepted: dict[str, Any] = {}
    for notebook in notebooks:
        declared = read_parameters(notebook)
        accepted |= declared
        given = {name: value for name, value in parameters.items() if name in declared}
        check_parameters(declared | given, survey=_survey_of(notebook))
        plan.append((notebook, given))
    unknown = [name for name in parameters if name not in accepted]
    if unknown:
        raise UnknownName(_unknown_parameters(unknown, list(accepted)))
    return plan


def leave_out_uncovered(
    notebooks: Sequence[Path], parameters: Mapping[str, Any]
) -> tuple[list[Path], dict[Path, str]]:
    """Part the notebooks whose survey is not held for the economy or years that are asked for.

    Parameters
    ----------
    notebooks : sequence of Path
        As `find_notebooks` returns them.
    parameters : mapping
        As `plan_runs`.

    Returns
    -------
    covered : list of Path
        The notebooks that can be run.
    reasons : dict of Path to str
        The others, and which survey is held of what.

    Raises
    ------
    UnknownName, BadParameter
        As `check_parameters`, for anything but a survey that is not held.
    """
    covered, reasons = [], {}
    for notebook in notebooks:
        declared = read_parameters(notebook)
        given = {name: value for name, value in parameters.items() if name in declared}
        try:
            check_parameters(declared | given, survey=_survey_of(notebook))
        except NotHeld as reason:
            reasons[notebook] = str(reason)
        else:
            covered.append(notebook)
    return covered, reasons


def find_output(notebook: Path, values: Mapping[str, Any]) -> Path:
    """Return where an executed notebook goes: ``build/<edition>/<economy>/<name>.ipynb``.

    In another language than English, or for another place than paper, in a folder below.

    Parameters
    ----------
    notebook : Path
        The notebook.
    values : mapping
        All its parameters, defaults included.
    """
    # Beside the figures' folders: a run in another language replaces no other.
    names = {"edition": "all", "economy": "all"} | dict(values) | {"figures_dir": "build"}
    profile = str(names.get("profile", "paper"))
    folder = project_folder() / figures_folder(names)
    return (folder if profile == "paper" else folder / profile) / notebook.name


def run_notebook(
    notebook: Path,
    parameters: Mapping[str, Any],
    *,
    progress: bool = True,
    seconds: float | None = None,
) -> Path:
    """Run one notebook with papermill in the engine ``govlib``.

    Parameters
    ----------
    notebook : Path
        A notebook with a cell tagged ``parameters``.
    parameters : mapping
        What differs from the notebook's defaults.
    progress : bool
        Whether to draw a progress bar over the cells on standard error.
    seconds : float, optional
        Time that all cells together may take; no limit by default.

    Returns
    -------
    Path
        The executed notebook, as `find_output` says, stamped with what was run.
        It replaces an earlier one only once all cells have run.

    Raises
    ------
    UnknownName, BadParameter
        As `check_parameters`, before any cell is run.
    FailedRun
        If a cell fails or takes too long: which one, its line and error, and where the partly
        executed notebook is.
    """
    from govlib.run.execution import execute_notebook

    [(_, given)] = plan_runs([notebook], parameters)
    values = read_parameters(notebook) | given
    output = find_output(notebook, values)
    execute_notebook(notebook, output, given, values=values, progress=progress, seconds=seconds)
    return output


def _survey_of(notebook: Path) -> str | None:
    """Return the survey that a notebook names where it checks its parameters."""
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code" and "check_parameters(" in (text := "".join(cell["source"])):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.keyword) and node.arg == "survey":
                    return str(ast.literal_eval(node.value))
    return None


def _unknown_parameters(unknown: Sequence[str], accepted: Sequence[str]) -> str:
    """Write which parameters are unknown and which are accepted."""
    kinds = ", ".join(
        f"{name} ({PARAMETERS[name][0].__name__}, {PARAMETERS[name][1]})" for name in accepted
    )
    hints = "".join(did_you_mean(name, accepted) for name in unknown)
    return f"Unknown parameter: {', '.join(unknown)}.{hints} Accepted: {kinds}."
