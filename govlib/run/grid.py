"""A grid of runs: economies by editions by notebooks, planned, resumed and run on Dask.

Dask schedules the runs, on threads of this process or on a cluster, and repeats those of a worker
that died; `govlib.engine` gives each a process of its own. Ours are the plan and what makes a run
up to date: a record beside the executed notebook with the digest of all that it depends on.
"""

import hashlib
import json
import logging
import math
import os
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from govlib.datasets.economies import members as economies_in
from govlib.project import data_folder, figures_folder, project_folder
from govlib.datasets.package import read_package
from govlib.datasets.wgi import read as read_wgi
from govlib.errors import BadParameter, GovlibError, NotHeld
from govlib.project import remove_unfinished, replace_file
from govlib.publish.provenance import find_notebook
from govlib.run.execution import installed_packages
from govlib.run.kernels import package_times
from govlib.run.notebooks import find_output, plan_runs, read_parameters, run_notebook


class Run(NamedTuple):
    """One run of a grid: a notebook and the parameters that differ from its defaults."""

    notebook: Path
    parameters: dict[str, Any]
    key: str
    """Digest of what the run depends on."""
    record: Path
    """Where it is recorded once it has succeeded."""


def plan_grid(
    notebooks: Sequence[Path],
    economies: Sequence[str],
    editions: Sequence[int],
    parameters: Mapping[str, Any],
) -> tuple[list[Run], dict[str, list[str]]]:
    """Plan the runs of notebooks for economies and editions; check all before any is run.

    Parameters
    ----------
    notebooks : sequence of Path
        As `runs.find_notebooks` returns them.
    economies : sequence of str
        World Bank codes, groups as ``group:central-asia``, or ``all``: all that an edition lists.
        Of a group, the members that the edition lists.
    editions : sequence of int
        WGI editions (years of release).
    parameters : mapping
        Other parameters, the same for all runs, as `runs.plan_runs` takes them: each goes to the
        notebooks that declare it.

    Returns
    -------
    plan : list of Run
        Sorted by edition, economy and notebook.
    left_out : dict of str to list of str
        Reasons, and the runs left out for each: a survey that is not held for an economy or year.

    Raises
    ------
    UnknownName, BadParameter
        If an edition, economy, group or parameter does not exist, or something is named twice.
    """
    names = [notebook.stem for notebook in notebooks]
    for name, words in (("editions", editions), ("economies", economies), ("notebooks", names)):
        if not words or len(set(words)) < len(words):
            raise BadParameter(
                f"{name} = {','.join(map(str, words))!r} is empty or names one twice."
            )
    defaults = {notebook: read_parameters(notebook) for notebook in notebooks}
    accepted = set().union(*defaults.values())
    plan, left_out = [], dict[str, list[str]]()
    for edition in editions:
        for economy in _economies_of(edition, economies):
            for notebook in notebooks:
                declared = defaults[notebook]
                # One that no notebook declares is passed on, and refused.
                given = {"economy": economy, "edition": edition} | {
                    name: value
                    for name, value in parameters.items()
                    if name in declared or name not in accepted
                }
                try:
                    [(_, given)] = plan_runs([notebook], given)
                except NotHeld as reason:
                    run = f"{notebook.stem} {economy} {edition}"
                    left_out.setdefault(str(reason), []).append(run)
                    continue
                values = declared | given
                record = find_output(notebook, values).with_suffix(".run.json")
                plan.append(Run(notebook, given, make_key(notebook, values), record))
    return plan, left_out


def _economies_of(edition: int, words: Sequence[str]) -> list[str]:
    """Return the codes that words stand for in an edition, each once."""
    listed = sorted(read_wgi(edition)["economy"].unique())
    codes: list[str] = []
    for word in words:
        if word == "all":
            codes += listed
        elif word.startswith("group:"):
            members = economies_in([word.removeprefix("group:").replace("-", "_")])
            codes += [code for code in members if code in listed]
        else:
            read_wgi(edition, economies=word)
            codes.append(word)
    return sorted(set(codes))


def make_key(notebook: Path, values: Mapping[str, Any]) -> str:
    """Return a digest of what a run depends on.

    That is the notebook (code and prose, not its outputs), all parameters, every file of data,
    the package and the installed packages.

    Parameters
    ----------
    notebook : Path
        The notebook.
    values : mapping
        All its parameters, defaults included.
    """
    read = (notebook, data_folder() / "datapackage.json", project_folder() / "data" / "claims.toml")
    times = tuple(path.stat().st_mtime_ns for path in read if path.exists())
    described = [_conditions(notebook, times, package_times()), values]
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


@cache
def _conditions(notebook: Path, *_: tuple[Any, ...]) -> list[Any]:
    """Return what the runs of a notebook depend on beside their parameters, by times of files."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    sources = [[cell["cell_type"], "".join(cell["source"])] for cell in cells]
    data = {entry["name"]: entry["hash"] for entry in read_package()["resources"]}
    return [notebook.name, sources, _code(), data, installed_packages()]


def _code() -> str:
    """Return a digest of the package's files and the ledger, whatever their line endings."""
    files = sorted((project_folder() / "govlib").rglob("*"))
    kept = [path for path in files if path.is_file() and "__pycache__" not in path.parts]
    contents = [path.read_bytes() for path in [*kept, project_folder() / "data" / "claims.toml"]]
    return hashlib.sha256(b"".join(c.replace(b"\r\n", b"\n") for c in contents)).hexdigest()


def is_current(run: Run) -> bool:
    """Tell whether a run needs no repetition: its record has its key and its files their hashes."""
    try:
        record = json.loads(run.record.read_text("utf-8"))
        return bool(record["key"] == run.key) and all(
            hashlib.sha256((project_folder() / path).read_bytes()).hexdigest() == digest
            for path, digest in record["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def repeat_command(run: Run) -> str:
    """Return the shell command that repeats a run alone."""
    held = run.notebook.resolve().parent == project_folder() / "notebooks"
    words = ["govlib", "run", run.notebook.stem if held else str(run.notebook)]
    for name, value in run.parameters.items():
        joined = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        words += [f"--{name.replace('_', '-')}", joined]
    return shlex.join(words)


def run_grid(
    plan: Sequence[Run],
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    seconds: float | None = None,
) -> Iterator[tuple[Run, str | None]]:
    """Run a plan and give each run as it ends, with the reason if it failed.

    Parameters
    ----------
    plan : sequence of Run
        As `plan_grid` returns it; those that are current are best left out.
    workers : int, optional
        Runs at a time on this machine; the number of processors that may be used by default.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``tcp://host:8786``: the runs go to its workers, each
        of which needs the same project installed. Files come back over the connection.
    seconds : float, optional
        Time that one run may take; no limit by default.

    Yields
    ------
    run : Run
        Its files and then its record have been written.
    reason : str or None
        Why it failed, None if it succeeded.

    Raises
    ------
    BadParameter
        If no scheduler answers at the address, it has no workers, or `workers` is given as well;
        if `seconds` is not a number above 0.
    """
    from distributed import as_completed

    check_seconds(seconds)
    with _connect(workers, scheduler) as client:
        waiting = {
            client.submit(
                _run_on_worker,
                _name_of(run.notebook),
                run.parameters,
                run.key,
                seconds,
                key=f"{run.notebook.stem}-{run.key[:16]}",
                pure=False,
            ): run
            for run in plan
        }
        for future in as_completed(list(waiting)):
            run = waiting.pop(future)
            if future.status == "finished":
                _keep(run, future.result())
                yield run, None
            else:
                yield run, _explain(future.exception())


def check_seconds(seconds: float | None) -> None:
    """Refuse a limit of time that is none.

    Parameters
    ----------
    seconds : float, optional
        As `run_grid` takes it.

    Raises
    ------
    BadParameter
        If it is not a number above 0.
    """
    if seconds is not None and not 0 < seconds < math.inf:
        raise BadParameter(f"seconds = {seconds}: a number above 0 is needed.")


def _connect(workers: int | None, scheduler: str | None) -> Any:
    """Return a Dask client of a cluster, or of threads in this process."""
    from distributed import Client, LocalCluster

    if scheduler is None:
        count = workers or len(os.sched_getaffinity(0))
        cluster = LocalCluster(
            n_workers=1,
            threads_per_worker=count,
            processes=False,
            # Dask serves its state over HTTP: to this machine only.
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            memory_limit=0,
            silence_logs=logging.CRITICAL,  # failures are reported by us, once
        )
        return Client(cluster)
    if workers is not None:
        raise BadParameter(
            "workers counts runs on this machine; with a scheduler, say how many where its workers "
            "are started: dask worker tcp://HOST:8786 --nworkers 2 --nthreads 1"
        )
    try:
        client = Client(scheduler, timeout=10)
        client.wait_for_workers(1, timeout=30)
    except (OSError, ValueError, TimeoutError) as error:
        raise BadParameter(
            f"No Dask scheduler with workers answers at {scheduler} ({error}). Start them: "
            "dask scheduler; dask worker tcp://HOST:8786 --nworkers 2 --nthreads 1"
        ) from error
    return client


def _run_on_worker(
    name: str, parameters: dict[str, Any], key: str, seconds: float | None
) -> dict[str, bytes]:
    """Run a notebook where a worker is and return its files by their place in the project."""
    notebook = project_folder() / name
    values = read_parameters(notebook) | parameters
    _check_key(notebook, values, key)
    begun = time.time() - 1  # a file system's clock may lag behind
    output = run_notebook(notebook, parameters, progress=False, seconds=seconds)
    _check_key(notebook, values, key)  # a file may have changed under the run
    places = {"figures_dir": "figures", "edition": "all", "economy": "all"}
    folder = project_folder() / figures_folder(places | values)
    made = [
        path
        for path in folder.rglob(f"{notebook.stem}*")
        # A longer name may be that of another notebook.
        if path.is_file() and len(find_notebook(path.stem) or "") <= len(notebook.stem)
    ]
    files = [output, *(path for path in made if path.stat().st_mtime >= begun)]
    return {_name_of(path): path.read_bytes() for path in sorted(files)}


def _check_key(notebook: Path, values: Mapping[str, Any], key: str) -> None:
    """Refuse a run where it depends on other things than when it was planned."""
    if make_key(notebook, values) != key:
        raise BadParameter(
            "the worker has another notebook, package, data or installed packages than where the "
            "grid was planned, or a file changed since: install the same project and "
            "requirements.lock there, restart the worker and give the command again"
        )


def _name_of(path: Path) -> str:
    """Return a path relative to the project, as it is if it lies elsewhere."""
    folder, path = project_folder(), path.resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _keep(run: Run, files: Mapping[str, bytes]) -> None:
    """Write the files of a run where they differ from what is there, and then its record."""
    for folder in {(project_folder() / name).parent for name in files}:
        remove_unfinished(folder, run.notebook.stem)
    for name, content in files.items():
        path = project_folder() / name
        if not path.exists() or path.read_bytes() != content:
            replace_file(path, content)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    record = {"key": run.key, "notebook": run.notebook.stem, "parameters": run.parameters}
    text = json.dumps(record | {"files": digests}, indent=1) + "\n"
    replace_file(run.record, text.encode())


def _explain(error: BaseException | None) -> str:
    """Say why a run failed."""
    if error is None:  # Dask gave it up
        return "The connection to the scheduler was lost before the run ended."
    if isinstance(error, GovlibError):
        return str(error)
    if type(error).__name__ == "KilledWorker":
        return (
            "The workers that ran it died, several times: it may need more memory than they have."
        )
    return f"{type(error).__name__}: {error}"
