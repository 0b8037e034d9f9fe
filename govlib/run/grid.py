"""A grid of runs: economies by editions by notebooks, planned, resumed and gathered.

The runs go to threads of this process, or to the workers of a Dask scheduler; the engine gives
each a process of its own. A record next to the executed notebook has the digest of all that a run
depends on, and says whether it must be repeated.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from govlib import project
from govlib.datasets.economies import expand
from govlib.datasets.economies import names as economy_names
from govlib.datasets.wgi import read as read_wgi
from govlib.errors import BadParameter, GovlibError, NotHeld
from govlib.publish.provenance import find_notebook, shell_command
from govlib.run import notebooks as runs
from govlib.run.parameters import PARAMETERS, reject_unknown

COLUMNS = {"edition": "int64"} | dict.fromkeys(["economy", "notebook", "figure", "name"], "str")
COLUMNS |= {"row": "Int64", "column": "str", "number": "float64", "text": "str"}
"""The columns of `collect_numbers` and their types."""

LEFT_OUT = ("made_with", "parameters", "data")
"""What the files of numbers say of their making: the same in every row, and in the file itself."""

START_DASK = "start them: dask scheduler; dask worker tcp://HOST:8786 --nworkers 2 --nthreads 1"


class Run(NamedTuple):
    """A notebook, the parameters given, a digest of what it depends on, where it is recorded."""

    notebook: Path
    parameters: dict[str, Any]
    key: str
    record: Path


def plan_grid(
    notebooks: Sequence[Path],
    economies: Sequence[str],
    editions: Sequence[int],
    parameters: Mapping[str, Any],
) -> tuple[list[Run], dict[str, list[str]]]:
    """Plan the runs of notebooks for economies and editions; check all before any is run.

    Economies are codes or names, groups as ``group:central-asia`` (the members that an edition
    lists), or ``all`` that it lists. Other parameters go to the notebooks that declare them.

    Returns the runs, sorted by edition, economy and notebook; and the runs left out, by reason: a
    survey does not cover an economy or year. Raises UnknownName or BadParameter if an edition,
    economy, group or parameter does not exist, or something is named twice.
    """
    names = [notebook.stem for notebook in notebooks]
    for name, words in (("editions", editions), ("economies", economies), ("notebooks", names)):
        if not words or len(set(words)) < len(words):
            raise BadParameter(
                f"{name} = {','.join(map(str, words))!r} is empty or names one twice."
            )
    declared = {notebook: runs.read_parameters(notebook) for notebook in notebooks}
    conditions = {notebook: find_conditions(notebook) for notebook in notebooks}
    accepted = [name for name in PARAMETERS if any(name in one for one in declared.values())]
    reject_unknown([name for name in parameters if name not in accepted], accepted)
    plan, left_out = [], dict[str, list[str]]()
    for edition in editions:
        for economy in _economies_of(edition, economies):
            for notebook, defaults in declared.items():
                asked = {"economy": economy, "edition": edition, **parameters}
                try:
                    _, checked = runs.check_parameters(notebook, asked)
                except NotHeld as reason:
                    run = f"{notebook.stem} {economy} {edition}"
                    left_out.setdefault(str(reason), []).append(run)
                    continue
                given = {name: checked[name] for name in asked if name in defaults}
                values = defaults | given
                record = runs.find_output(notebook, values).with_suffix(".run.json")
                plan.append(Run(notebook, given, make_key(conditions[notebook], values), record))
    return plan, left_out


def _economies_of(edition: int, words: Sequence[str]) -> list[str]:
    """Return the codes that words stand for in an edition, each once."""
    listed = set(read_wgi(edition)["economy"])
    named = [word.removeprefix("group:") for word in words if word != "all"]
    found = expand(named).values() if named else ()
    read_wgi(
        edition, economies=[code for code, *more in found if not more] or None
    )  # it lists them
    asked = listed if "all" in words else {code for codes in found for code in codes}
    return sorted(asked & listed)


def find_conditions(notebook: Path) -> list[Any]:
    """Return what the runs of a notebook depend on, other than their parameters.

    That is the notebook (code and prose, not its outputs), every file of data, the ledger, the
    package and the installed packages, whatever the files' line endings.
    """
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    sources = [[cell["cell_type"], "".join(cell["source"])] for cell in cells]
    files = sorted(Path(__file__).parents[1].rglob("*"))
    kept = [path for path in files if path.is_file() and "__pycache__" not in path.parts]
    kept += sorted((project.data_folder() / "claims").glob("*.toml"))
    code = hashlib.sha256(b"".join(p.read_bytes().replace(b"\r\n", b"\n") for p in kept))
    installed = runs.installed_packages()
    return [notebook.name, sources, code.hexdigest(), runs.recorded_data(), installed]


def make_key(conditions: Sequence[Any], values: Mapping[str, Any]) -> str:
    """Return a digest of what a run depends on: its conditions and all its parameters."""
    described = json.dumps([conditions, values], sort_keys=True)
    return hashlib.sha256(described.encode()).hexdigest()


def is_current(run: Run) -> bool:
    """Return True if a run's record has its key and all its files are as recorded."""
    try:
        record = _read_record(run.record)
        return bool(record["key"] == run.key) and all(
            hashlib.sha256(Path(path).read_bytes()).hexdigest() == digest
            for path, digest in record["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def repeat_command(run: Run) -> str:
    """Return the shell command that repeats a run alone."""
    included = run.notebook.resolve().parent == runs.notebooks_folder()
    name = run.notebook.stem if included else str(run.notebook)
    return shell_command("govlib", "run", name, parameters=run.parameters)


def run_grid(
    plan: Sequence[Run],
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    seconds: float | None = None,
) -> Iterator[tuple[Run, str | None]]:
    """Run a plan and give each run as it ends, its files and record written, or why it failed.

    `workers` are runs at a time on this machine (the number of processors by default), `seconds`
    what one may take. `scheduler` is the address of a Dask scheduler, ``tcp://host:8786``: the
    runs go to its workers, each of which needs the same project installed, and files come back
    over the connection. Raises BadParameter if no scheduler with workers answers there, Dask is not
    installed, or `workers` is given as well.
    """
    work = partial(_run, seconds=seconds)
    if scheduler is None:
        known = hasattr(os, "sched_getaffinity")  # which of the processors are ours
        ours = len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1
        jobs = workers or ours
        ended: Iterator[Any] = runs.run_all(plan, lambda run: work(_sent(run)), jobs=jobs)
    elif workers is None:
        ended = _run_elsewhere(plan, work, scheduler)
    else:
        raise BadParameter(
            "workers counts runs on this machine; with a scheduler, say how many where its workers "
            f"are started; {START_DASK}"
        )
    for run, future in ended:
        yield run, _keep(run, future)


def _run_elsewhere(
    plan: Sequence[Run], work: Callable[[Run], Any], scheduler: str
) -> Iterator[tuple[Run, Any]]:
    """Do what `runs.run_all` does with the workers of a Dask scheduler."""
    try:
        import distributed

        client = distributed.Client(scheduler, timeout=5)
        client.wait_for_workers(1, timeout=30)
    except ImportError as error:
        raise BadParameter(
            'A scheduler needs the package distributed: pip install "govlib[grid]"'
        ) from error
    except (OSError, ValueError, TimeoutError) as error:
        raise BadParameter(
            f"No Dask scheduler with workers answers at {scheduler} ({error}); {START_DASK}"
        ) from error
    with client:
        sent = {client.submit(work, _sent(run), key=run.key, pure=False): run for run in plan}
        for future in distributed.as_completed(list(sent)):
            yield sent.pop(future), future


def _sent(run: Run) -> Run:
    """Name an included notebook alone, as a worker has its own, and another by its whole path."""
    path = run.notebook.resolve()
    name = path.name if path.parent == runs.notebooks_folder() else path
    return run._replace(notebook=Path(name))


def _run(run: Run, *, seconds: float | None) -> dict[str, bytes]:
    """Run a notebook where a worker is and return its files by their place."""
    notebook, here = runs.notebooks_folder() / run.notebook, Path.cwd()
    values = runs.read_parameters(notebook) | run.parameters
    places = {"figures_dir": "figures", "edition": "all", "economy": "all"}
    figures = here / project.figures_folder(places | values)
    with project.one_writer(runs.find_output(notebook, values)):  # until its files have been read
        _check_key(run, notebook, values)
        begun = time.time() - 1  # a file system's clock may lag behind
        output = runs.run_notebook(notebook, run.parameters, progress=False, seconds=seconds)
        _check_key(run, notebook, values)  # a file may have changed under the run
        files = [output]
        for path in sorted(figures.rglob(f"{notebook.stem}*")):
            own = len(find_notebook(path.stem) or "") <= len(notebook.stem)  # no other notebook's
            if own and path.is_file() and path.stat().st_mtime >= begun:
                files.append(path)
        return {
            (path.relative_to(here) if path.is_relative_to(here) else path).as_posix(): content
            for path, content in ((path, path.read_bytes()) for path in files)
        }


def _check_key(run: Run, notebook: Path, values: Mapping[str, Any]) -> None:
    """Reject a run where it depends on other things than when it was planned."""
    if make_key(find_conditions(notebook), values) != run.key:
        raise BadParameter(
            "the worker has another notebook, package, data or installed packages than where the "
            "grid was planned, or a file changed since: install the same project and "
            "requirements.lock there, restart the worker and give the command again"
        )


def _keep(run: Run, future: Any) -> str | None:
    """Write the files of a run that has ended and its record, or say why it failed."""
    error = future.exception()
    if type(error).__name__ == "KilledWorker":
        return (
            "The workers that ran it died, several times: it may need more memory than they have."
        )
    if error is not None:
        known = isinstance(error, GovlibError)
        return str(error) if known else f"{type(error).__name__}: {error}"
    if getattr(future, "status", "finished") != "finished":
        return "The connection to the scheduler was lost before the run ended."
    files = {Path(name): content for name, content in future.result().items()}
    digests = {path.as_posix(): hashlib.sha256(new).hexdigest() for path, new in files.items()}
    record = {"key": run.key, "notebook": run.notebook.stem, "parameters": run.parameters}
    with project.one_writer(run.record.with_name(run.notebook.name)):
        for folder in {path.parent for path in files}:
            project.remove_unfinished(folder, run.notebook.stem)
        old = {path: path.read_bytes() if path.exists() else None for path in files}
        project.replace_files({path: new for path, new in files.items() if new != old[path]})
        text = json.dumps(record | {"files": digests}, indent=1) + "\n"
        project.replace_file(run.record, text.encode())
    return None


def gather(plan: Sequence[Run], failures: Mapping[Path, str]) -> list[Path]:
    """Write the numbers of a plan's runs as one table, and their figures on one page.

    `failures` are reasons by record. Return the files: build/grid/numbers.csv and atlas.html.
    """
    numbers = collect_numbers([run.record for run in plan if run.record not in failures])
    page = make_atlas([run.record for run in plan], failures)
    contents = {
        Path("build/grid/numbers.csv"): numbers.to_csv(index=False).encode(),
        Path("build/grid/atlas.html"): page.encode(),
    }
    with project.one_writer(Path("build/grid")):
        project.replace_files(contents)
    return list(contents)


def collect_numbers(records: Sequence[Path]) -> pd.DataFrame:
    """Gather the numbers that runs have written into one tidy table, sorted by run.

    One row per number or word: `figure` (stem of the file), `name` (such as ``estimates``), `row`
    and `column` (place in a table of that name; missing for a single one), `number` (missing for
    words) and `text`.
    """
    rows = []
    for record in records:
        about = _read_record(record)
        given = about["parameters"]
        run = [given.get("edition"), given.get("economy"), about["notebook"]]
        for path in _files(about, ".json"):
            for (name, *rest), value in _flat(json.loads(path.read_text("utf-8"))):
                if name in LEFT_OUT:
                    continue
                row = rest.pop(0) if rest and isinstance(rest[0], int) else None
                place = [path.stem, name, row, ".".join(map(str, rest)) or None]
                number = isinstance(value, (int, float)) and not isinstance(value, bool)
                # CSV knows no difference between an empty word and none.
                text = None if number or value in (None, "") else str(value)
                rows.append([*run, *place, value if number else None, text])
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _flat(entry: Any, places: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Give each value in any nesting with the names and numbers that lead to it."""
    if isinstance(entry, (dict, list)):
        for name, item in entry.items() if isinstance(entry, dict) else enumerate(entry):
            yield from _flat(item, (*places, name))
    else:
        yield places, entry


def make_atlas(records: Sequence[Path], failures: Mapping[Path, str]) -> str:
    """Make a page (HTML) of the figures of all runs, small, in a table that can be sorted.

    It needs no other file and no network; its links lead from ``build/grid/`` to the figures.
    """
    import jinja2

    rows = []
    for record in records:
        # build/2023/KAZ/, and below it folders of another language or profile
        edition, economy = record.relative_to(Path.cwd()).parts[1:3]
        about = {} if record in failures else _read_record(record)
        texts = [json.loads(path.read_text("utf-8")) for path in _files(about, ".json")]
        rows.append(
            {
                "economy": economy,
                "name": economy_names().get(economy, ""),
                "edition": edition,
                "notebook": record.name.removesuffix(".run.json"),
                "figures": _files(about, ".png"),
                "says": failures.get(record) or " ".join(t.get("caption") or "" for t in texts),
                "failed": not about,
            }
        )
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = (Path(__file__).parent / "atlas.html").read_text("utf-8")
    return environment.from_string(template).render(rows=rows)


def _read_record(record: Path) -> Any:
    return json.loads(record.read_text("utf-8")) if record.exists() else {}


def _files(about: Mapping[str, Any], suffix: str) -> list[Path]:
    """Return the files of a recorded run with an ending."""
    return [Path(name) for name in about.get("files", ()) if name.endswith(suffix)]
