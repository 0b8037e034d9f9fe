"""One run of a notebook: its engine, what the executed notebook says of it, where it failed.

Of an executed notebook only `VARYING` differs between equal runs: the times of its start and end.
"""

import contextlib
import os
import re
import sys
import time
from collections.abc import Mapping
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from traitlets.config import Config

from govlib.project import project_folder
from govlib.errors import BadFile, FailedRun, GovlibError
from govlib.publish.provenance import describe_commit, describe_result

VARYING = ("start_time", "end_time", "duration")
"""The fields of the notebook's metadata ``papermill`` that differ between equal runs."""

STAMPED = ("ipykernel", "matplotlib", "numpy", "pandas", "papermill", "scipy", "seaborn")
"""Packages whose versions are written into an executed notebook."""

INJECTED = "injected-parameters"


@cache
def installed_packages() -> dict[str, str]:
    """Return the version of each installed package, and of Python, by name."""
    versions = {one.name.lower().replace("_", "-"): one.version for one in distributions()}
    return {"python": sys.version.split()[0]} | dict(sorted(versions.items()))


def execute_notebook(
    notebook: Path,
    output: Path,
    parameters: Mapping[str, Any],
    *,
    values: Mapping[str, Any],
    progress: bool = False,
    seconds: float | None = None,
) -> None:
    """Run a notebook in the engine ``govlib`` and stamp it with what was run.

    Parameters
    ----------
    notebook, output : Path
        The notebook, and where the executed one goes once all cells have run.
    parameters : mapping
        What differs from the notebook's defaults.
    values : mapping
        All its parameters, defaults included.
    progress : bool
        Whether to draw a progress bar over the cells on standard error.
    seconds : float, optional
        Time that all cells together may take; no limit by default.

    Raises
    ------
    BadFile
        If the notebook names no kernel.
    FailedRun
        If its kernel is not installed, or the output cannot be written. If a cell fails, ends the
        notebook or takes too long: which one, its line and error, and where the partly executed
        notebook is. An earlier output stays.
    """
    import papermill

    if not _read(notebook).metadata.get("kernelspec", {}).get("name"):
        raise BadFile(
            f"{notebook.name} names no kernel: open it in JupyterLab, choose one and save it."
        )
    running = output.with_name(f".{output.stem}.running.ipynb")
    partial = output.with_suffix(".failed.ipynb")
    ends: list[float] = []

    def time_left(_: Any) -> float:
        """Return the seconds left, counted from the first cell."""
        ends[:] = ends or [time.monotonic() + (seconds or 0)]
        return max(ends[0] - time.monotonic(), 0.1)

    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        papermill.execute_notebook(
            str(notebook),
            str(running),
            parameters=dict(parameters),
            engine_name="govlib",
            progress_bar={"desc": notebook.stem} if progress else False,
            record_timing=False,
            timeout_func=None if seconds is None else time_left,
            # What passes between notebook and kernel can be read on a shared machine otherwise.
            config=Config(KernelManager={"transport_encryption": "auto"}),
        )
        if _read(running).metadata["papermill"].get("exception"):  # papermill lets SystemExit pass
            what = "The cell ended the notebook (SystemExit): what follows was not run."
            raise _fail(notebook, running, partial, what)
        stamp_notebook(running, notebook, values)
    except NoSuchKernel as error:
        raise FailedRun(
            f"{notebook.name} asks for the kernel {error.name!r}, which is not installed here: "
            "choose another in JupyterLab and save it."
        ) from error
    except (papermill.PapermillExecutionError, CellTimeoutError, DeadKernelError) as error:
        if isinstance(error, CellTimeoutError):
            what = f"The run took longer than {seconds:g} s and was ended."
        elif isinstance(error, DeadKernelError):
            what = "The kernel died: it was killed, crashed or ran out of memory."
        else:
            what = f"{error.ename}: {error.evalue}"
        raise _fail(notebook, running, partial, what) from error
    except BaseException as error:
        # An interrupt or a full disk leaves nothing that looks like a result.
        with contextlib.suppress(OSError):
            running.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, GovlibError):
            raise FailedRun(
                f"{notebook.name} could not be run and written to {output.parent} "
                f"({error.strerror or error}); an earlier output there is as it was."
            ) from error
        raise
    os.replace(running, output)
    partial.unlink(missing_ok=True)


def _fail(notebook: Path, running: Path, partial: Path, what: str) -> FailedRun:
    """Put a partly executed notebook in its place; return the failure that says where it is."""
    where, line = locate_failure(running, notebook)
    os.replace(running, partial)
    return FailedRun(
        f"{notebook.name} failed in {where}: {line}\n{what}\n"
        f"The partly executed notebook is {partial}"
    )


def stamp_notebook(executed: Path, notebook: Path, values: Mapping[str, Any]) -> None:
    """Write into an executed notebook what was run, and take out what varies from run to run.

    The metadata ``govlib`` hold the notebook's name, all parameters, the hash (SHA-256) of every
    file of data by name, the commit (`provenance.describe_commit`) and versions of packages.
    Papermill's metadata keep the state of each cell; of times those of the whole run (`VARYING`).

    Parameters
    ----------
    executed : Path
        The executed notebook; it is written anew.
    notebook : Path
        The notebook that was run.
    values : mapping
        All its parameters, defaults included.

    Raises
    ------
    BadParameter
        If a parameter is an absolute path, other than a folder to write to.
    """
    content = _read(executed)
    made = describe_result(notebook.stem, parameters=values)
    packages = installed_packages()
    content.metadata["govlib"] = {
        "notebook": notebook.name,
        "parameters": made["parameters"],
        "data": {entry["name"]: entry["sha256"] for entry in made["data"]},
        "code": describe_commit(),
        "software": made["software"]
        | {"python": packages["python"]}
        | {name: packages[name] for name in STAMPED if name in packages},
    }
    about = content.metadata["papermill"]
    about |= {"input_path": _shown(notebook), "output_path": notebook.name}
    for cell in content.cells:
        for name in VARYING:
            cell.metadata.get("papermill", {}).pop(name, None)
        if INJECTED in cell.metadata.get("tags", []):
            cell["id"] = INJECTED  # papermill draws one at random
    nbformat.write(content, executed)  # type: ignore[no-untyped-call]


def locate_failure(partial: Path, notebook: Path) -> tuple[str, str]:
    """Say which cell of a partly executed notebook failed, and the line of code that did.

    Parameters
    ----------
    partial : Path
        The partly executed notebook.
    notebook : Path
        The notebook that was run.

    Returns
    -------
    where : str
        Such as ``cell 7 (In [4], line 2)``, counted in the notebook that was run.
    line : str
        That line, or the first of the cell if the error names none.
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
    """Read a notebook."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def _shown(path: Path) -> str:
    """Return a path relative to the project, or the name of a file elsewhere."""
    folder, path = project_folder(), path.resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
