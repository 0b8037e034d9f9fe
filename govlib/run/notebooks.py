"""Notebooks run with parameters: what they accept, one run, where its output goes.

Of an executed notebook only `VARYING` differs between equal runs: the times of its start and end.
"""

import ast
import contextlib
import glob
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from functools import cache, lru_cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, TypeVar

from govlib import claims
from govlib.datasets import economies
from govlib.datasets.package import read_package
from govlib.errors import (
    BadFile,
    BadParameter,
    FailedRun,
    GovlibError,
    NotHeld,
    UnknownName,
    did_you_mean,
)
from govlib.project import figures_folder, one_writer, project_folder, replace_files
from govlib.publish.provenance import describe_commit, describe_result
from govlib.run import parameters as checks
from govlib.run import processes
from govlib.run.parameters import PARAMETERS, Parameters

EXPLORER = "00-explore"
"""The notebook of the explorer, which makes no figure file of its own."""

TUTORIAL = "10-first-analysis"
"""The notebook to learn from; it is part of no reproduction."""

ARTICLE = ("07-claims", "09-trust-values-governance")
"""The notebooks that judge the article's statements, which are about one country."""

VARYING = ("start_time", "end_time", "duration")
"""The fields of the notebook's metadata ``papermill`` that differ between equal runs."""

STAMPED = ("python", "matplotlib", "numpy", "pandas", "papermill", "scipy", "seaborn")
"""Packages whose versions are written into an executed notebook."""

INJECTED = "injected-parameters"

T = TypeVar("T")


def notebooks_folder() -> Path:
    """Return the folder of the notebooks that come with govlib."""
    return project_folder() / "notebooks"


def find_notebooks(names: Sequence[str | Path] = ()) -> list[Path]:
    """Return the notebooks named; by default all but the explorer and the tutorial.

    `names` are paths, or names as in ``notebooks/`` with or without ending. UnknownName is raised
    for others, BadParameter for a notebook elsewhere that has the name of one of the collection,
    and would replace its results.
    """
    included = {path.stem: path for path in sorted(notebooks_folder().glob("[0-9]*.ipynb"))}
    found = []
    for path in map(Path, names):
        own = included.get(path.stem)
        if path.suffix == ".ipynb" and path.is_file():
            if own and not path.samefile(own) and Path.cwd() == project_folder():
                raise BadParameter(
                    f"{path} has the name of the project's own notebook, whose results its run "
                    "would replace: rename it."
                )
            found.append(path)
        elif own and path.parent in (Path(), Path("notebooks")):
            found.append(own)
        else:
            raise UnknownName(
                f"There is no notebook {str(path)!r}; there are: {', '.join(included)}."
                f"{did_you_mean(path.stem, included)}"
            )
    return found or [path for name, path in included.items() if name not in (EXPLORER, TUTORIAL)]


def read_parameters(notebook: Path) -> dict[str, Any]:
    """Return the parameters that a notebook declares, of `PARAMETERS`, with their defaults.

    They are the literals that its cell tagged ``parameters`` assigns. Raises BadFile if it is not a
    notebook, or that cell not Python; BadParameter if the cell assigns what is no parameter or
    literal, or another cell assigns a parameter: what is computed would not be what the folder and
    the record say.
    """
    cells = _read_code(notebook.read_bytes(), notebook)
    place = next((n for n, (tags, _) in enumerate(cells) if "parameters" in tags), len(cells))
    declared = dict[str, Any]()
    for _, source in cells[place : place + 1]:
        try:
            parts = ast.parse(checks.without_magics(source)).body
        except SyntaxError as error:
            raise BadFile(
                f"{notebook.name}: the cell of parameters is not Python ({error.msg}, line "
                f"{error.lineno}): correct it in JupyterLab."
            ) from error
        for part in parts:
            if isinstance(part, (ast.Assign, ast.AnnAssign)) and part.value is not None:
                declared |= _read_assignment(part, part.value, notebook)
    if unknown := [name for name in declared if name not in PARAMETERS]:
        raise BadParameter(
            f"{notebook.name} declares {unknown[0]}; known parameters are: {', '.join(PARAMETERS)}."
        )
    for number, (tags, source) in enumerate(cells, start=1):
        again = [name for name in checks.assigned(source) if name in declared]
        if again and number - 1 != place and INJECTED not in tags:
            raise BadParameter(
                f"{notebook.name} sets {again[0]} again in its code cell {number}, so that its "
                "results would not be those of the parameters: use another name there."
            )
    return declared


def _read_assignment(
    part: ast.Assign | ast.AnnAssign, value: ast.expr, notebook: Path
) -> dict[str, Any]:
    """Return what a line of parameters assigns, by name."""
    target = part.targets[0] if isinstance(part, ast.Assign) else part.target
    try:
        literal = ast.literal_eval(value)
    except ValueError:
        raise BadParameter(
            f"{notebook.name} sets {ast.unparse(target)} = {ast.unparse(value)}: a literal is "
            "needed."
        ) from None
    if isinstance(target, ast.Tuple):  # first_year, last_year = 2018, 2022
        return dict(zip(map(ast.unparse, target.elts), literal, strict=True))
    return {ast.unparse(target): literal}


@lru_cache(maxsize=64)
def _read_code(content: bytes, notebook: Path) -> list[tuple[list[str], str]]:
    """Return tags and source of each cell of code; without nbformat, whose import takes seconds."""
    try:
        return [
            (cell["metadata"].get("tags", []), "".join(cell["source"]))
            for cell in json.loads(content)["cells"][:]  # of a list, no other
            if cell["cell_type"] == "code"
        ]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadFile(
            f"{notebook} is not a notebook that can be run ({type(error).__name__}: {error}): open "
            "it in JupyterLab, choose a kernel and save it."
        ) from error


def check_parameters(notebook: Path, given: Mapping[str, Any]) -> tuple[dict[str, Any], Parameters]:
    """Return a notebook's defaults, and all its parameters once they are checked.

    The survey that it is about is the one that it names where it checks them itself.
    """
    declared = read_parameters(notebook)
    asked = {name: value for name, value in given.items() if name in declared}
    code = "\n".join(source for _, source in _read_code(notebook.read_bytes(), notebook))
    survey = re.search(r"""parameters\(globals\(\), *survey *= *["']([^"']+)""", code)
    return declared, checks.parameters(declared | asked, survey=survey and survey[1])


def plan_runs(
    names: Sequence[str | Path], given: Mapping[str, Any]
) -> tuple[list[tuple[Path, dict[str, Any]]], dict[Path, str]]:
    """Return notebooks with those of the parameters given that each declares, all checked.

    If none is named: all that can be run, and why others are left out. Their survey does not cover
    the parameters; they read a `sources_file` and none is given; they are of `ARTICLE`, and the
    country is not the article's.

    Raises UnknownName, BadParameter and NotHeld as `find_notebooks` and `parameters` do, or if no
    notebook declares a parameter, before any notebook is run.
    """
    plan, reasons, accepted = [], dict[Path, str](), dict[str, Any]()
    own = claims.read().article.economy
    for notebook in find_notebooks(names):
        try:
            declared, checked = check_parameters(notebook, given)
        except NotHeld as reason:
            if names:
                raise
            reasons[notebook] = str(reason)
            continue
        if not names and notebook.stem in ARTICLE and checked["economy"] != own:
            about = economies.names()[own]
            reasons[notebook] = f"it judges an article about {about}, not {checked.name}"
        elif not (names or checked.get("sources_file", "given")):
            reasons[notebook] = "it needs a file with scores of sources (docs/sources.md)"
        else:
            accepted |= declared
            plan.append((notebook, {name: checked[name] for name in given if name in declared}))
    checks.reject_unknown([name for name in given if name not in accepted], list(accepted))
    return plan, reasons


def find_output(notebook: Path, values: Mapping[str, Any], top: str = "build") -> Path:
    """Return where an executed notebook goes: ``build/<edition>/<economy>/<name>.ipynb``.

    `values` are all its parameters. In another language than English, or for another profile than
    paper, it goes to a folder below.
    """
    names = {"edition": "all", "economy": "all"} | dict(values) | {"figures_dir": top}
    profile = str(names.get("profile", "paper")).replace("paper", "")
    return Path.cwd() / figures_folder(names) / profile / notebook.name


def run_notebook(
    notebook: Path,
    given: Mapping[str, Any],
    *,
    progress: bool = True,
    seconds: float | None = None,
) -> Path:
    """Run one notebook with papermill in the engine ``govlib``.

    `given` is what differs from its defaults; `progress` draws a bar over the cells on standard
    error; all cells together may take `seconds`. Returns the executed notebook, as `find_output`
    says, stamped with what was run: it replaces an earlier one only once all cells have run.

    Raises
    ------
    UnknownName, BadParameter, BadFile
        As `plan_runs`, before any cell is run, or if the notebook names no kernel.
    FailedRun
        If its kernel is not installed, the output cannot be written, or a cell fails, ends the
        notebook or takes too long: which one, its line and error, and where the notebook is.
    """
    [(_, given)], _ = plan_runs([notebook], given)
    values = read_parameters(notebook) | given
    output = find_output(notebook, values)
    if not _read(notebook).metadata.get("kernelspec", {}).get("name"):
        raise BadFile(
            f"{notebook.name} names no kernel: open it in JupyterLab, choose one and save it."
        )
    partial = output.with_suffix(".failed.ipynb")
    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(one_writer(output))
            for left in output.parent.glob(f".{glob.escape(output.stem)}.*.running"):
                shutil.rmtree(left, ignore_errors=True)  # of a run that was killed
            beside = tempfile.TemporaryDirectory(".running", f".{output.stem}.", output.parent)
            running = Path(stack.enter_context(beside), output.name)
            data = recorded_data()
            failure = _execute(notebook, running, given, progress, seconds)
            if failure is None and recorded_data() == data:
                _stamp(running, notebook, values, data)
                os.replace(running, output)
                partial.unlink(missing_ok=True)
                return output
            if failure is None:
                raise FailedRun(f"{notebook.name}: data were replaced during the run; repeat it.")
            where, line = _locate_failure(running, notebook)
            os.replace(running, partial)
    except OSError as error:
        if isinstance(error, GovlibError):
            raise
        raise FailedRun(
            f"{notebook.name} could not be run and written to {output.parent} "
            f"({error.strerror or error}); an earlier output there is as it was."
        ) from error
    raise FailedRun(
        f"{notebook.name} failed in {where}: {line}\n{failure}\n"
        f"The partly executed notebook is {partial}"
    )


def recorded_data() -> dict[str, str]:
    """Return the hash of every file of data, by name."""
    return {one["name"]: one["hash"].removeprefix("sha256:") for one in read_package()["resources"]}


def run_all(
    plan: Iterable[T], run: Callable[[T], Any], *, jobs: int
) -> Iterator[tuple[T, Future[Any]]]:
    """Run a plan in threads, `jobs` at a time, and give each of it as it ends; none stops another.

    An error or interrupt of the caller's ends what runs at once.
    """
    pool = ThreadPoolExecutor(jobs)
    try:
        started = {pool.submit(run, one): one for one in plan}
        for future in as_completed(started):
            yield started[future], future
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        processes.kill_all()
        raise
    pool.shutdown()


def copy_notebooks(folder: Path) -> list[Path]:
    """Copy the notebooks that come with govlib into a folder, to be edited; return the copies.

    Raises BadParameter if one of them exists there; nothing is copied then.
    """
    contents = {folder / p.name: p.read_bytes() for p in sorted(notebooks_folder().glob("*.ipynb"))}
    if there := [path for path in contents if path.exists()]:
        raise BadParameter(f"{there[0]} exists already: name another folder; nothing was copied.")
    replace_files(contents)
    return list(contents)


def _execute(
    notebook: Path, running: Path, given: Mapping[str, Any], progress: bool, seconds: float | None
) -> str | None:
    """Execute a notebook; return what stopped it, None if all its cells have run."""
    import papermill
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import CellTimeoutError

    # It knows fewer types of parameters than Python has, and ours have been checked.
    papermill.log.logger.addFilter(_is_no_unknown_parameter)
    ends: list[float] = []

    def time_left(_: Any) -> float:  # counted from the first cell
        ends[:] = ends or [time.monotonic() + (seconds or 0)]
        return max(ends[0] - time.monotonic(), 0.1)

    try:
        papermill.execute_notebook(
            str(notebook),
            str(running),
            parameters=dict(given),
            engine_name="govlib",
            progress_bar={"desc": notebook.stem} if progress else False,
            record_timing=False,
            timeout_func=None if seconds is None else time_left,
        )
        if _read(running).metadata["papermill"].get("exception"):  # papermill lets SystemExit pass
            return "The cell ended the notebook (SystemExit): what follows was not run."
    except NoSuchKernel as error:
        raise FailedRun(
            f"{notebook.name} asks for the kernel {error.name!r}, which is not installed here: "
            "choose another in JupyterLab and save it."
        ) from error
    except CellTimeoutError:
        return f"The run took longer than {seconds:g} s and was ended."
    except RuntimeError as error:  # nbclient's: a kernel that died, or never started
        return f"{str(error).rstrip('.')}. It was killed, crashed or ran out of memory."
    except papermill.PapermillExecutionError as error:
        return f"{error.ename}: {error.evalue}"
    return None


def _is_no_unknown_parameter(record: Any) -> bool:
    return "unknown parameter" not in record.getMessage()


@cache
def installed_packages() -> dict[str, str]:
    """Return the version of each installed package, and of Python, by name."""
    versions = {one.name.lower().replace("_", "-"): one.version for one in distributions()}
    return {"python": sys.version.split()[0]} | dict(sorted(versions.items()))


def _stamp(executed: Path, notebook: Path, values: Mapping[str, Any], data: dict[str, str]) -> None:
    """Write into an executed notebook what was run, and take out what varies from run to run."""
    import nbformat

    content = _read(executed)
    made = describe_result(notebook.stem, parameters=values)
    packages = installed_packages()
    stamped = {name: packages[name] for name in STAMPED if name in packages}
    content.metadata["govlib"] = {
        "notebook": notebook.name,
        "parameters": made["parameters"],
        "data": {entry["name"]: entry["sha256"] for entry in made["data"]} | data,
        "code": describe_commit(),
        "software": made["software"] | stamped,
    }
    about = content.metadata["papermill"]
    path, folder = notebook.resolve(), project_folder()
    place = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    about |= {"input_path": place, "output_path": notebook.name}
    for cell in content.cells:
        for name in VARYING:
            cell.metadata.get("papermill", {}).pop(name, None)
        if INJECTED in cell.metadata.get("tags", []):
            cell["id"] = INJECTED  # papermill draws one at random
    nbformat.write(content, executed)


def _locate_failure(partial: Path, notebook: Path) -> tuple[str, str]:
    """Return the cell that failed, such as ``cell 7 (In [4], line 2)``, and that line of code.

    Cells are counted in the notebook that was run; the line is the first if the error names none.
    """
    places = {cell.get("id"): n for n, cell in enumerate(_read(notebook).cells, start=1)}
    cells = [cell for cell in _read(partial).cells if cell.cell_type == "code"]
    states = [cell.metadata.get("papermill", {}) for cell in cells]
    begun = [n for n, state in enumerate(states) if state.get("start_time")]
    failed = [n for n in begun if states[n].get("status") == "failed"]
    if not begun:
        return "no cell", "the kernel did not start"
    cell = cells[(failed or begun)[-1]]
    errors = [output for output in cell.outputs if output.output_type == "error"]
    text = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(line for e in errors for line in e.traceback))
    found = re.search(rf"Cell In\[{cell.execution_count}\], line (\d+)", text)
    number = int(found[1]) if found else 1
    place = places.get(cell.get("id"), "with the injected parameters")
    where = f"cell {place} (In [{cell.execution_count or ' '}], line {number})"
    return where, (cell.source.splitlines() or [""])[number - 1].strip()


def _read(path: Path) -> Any:
    import nbformat

    return nbformat.read(path, as_version=4)
