"""The command line: ``govlib run``, ``claims``, ``whence`` and the others of ``govlib --help``."""

import contextlib
import datetime
import io
import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pandas as pd
from tqdm import tqdm

from govlib import __version__, claims
from govlib.datasets import economies, rankings, surveys, wgi
from govlib.errors import BadParameter, BadTable, GovlibError
from govlib.i18n import join_years
from govlib.ingest import editions, ranking_files, worldbank_files
from govlib.plot.profiles import read_profiles
from govlib.project import one_writer, replace_file
from govlib.publish import tables
from govlib.run import notebooks as runs
from govlib.run import processes
from govlib.run.parameters import PARAMETERS


class Words(click.ParamType[list[Any]]):
    """A list, its words separated by commas."""

    name = "list"

    def __init__(self, of: click.ParamType[Any] = click.STRING) -> None:
        self.of = of

    def convert(self, value: Any, param: Any, ctx: Any) -> list[Any]:
        """Split the words."""
        return [
            self.of.convert(word.strip(), param, ctx) for word in value.split(",") if word.strip()
        ]


PATH = click.Path(path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
EDITION = click.option(
    "--edition",
    type=int,
    help="Year of release of the WGI; by default that of the text or file, else the newest.",
)
ECONOMY = click.option("--economy", help="Code or name; the text's by default.")
NOTEBOOKS = click.argument("notebooks", nargs=-1)
KINDS = (*tables.FORMATS, "jsonld")
SHOWN = ["claim", "where", "statement", "article", "ours", "verdict", "reason"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """Reproduce, rerun and question published figures on governance and public trust."""


def parameter_options(*left_out: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that adds an option for each parameter of the notebooks."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for name, parameter in reversed(PARAMETERS.items()):
            if name not in left_out:
                word = f"--{name.replace('_', '-')}"
                kind: Any = Words() if parameter.kind is list else parameter.kind
                command = click.option(word, type=kind, help=parameter.meaning)(command)
        return command

    return add


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def _shown(path: Path) -> Path:
    """Return a path as it is written in the terminal."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _tell(ended: Iterable[tuple[str, str | None]], count: int) -> int:
    """Tell of runs as they end, by name and why one failed; return how many failed."""
    failed = 0
    bar = tqdm(ended, total=count, unit="run", disable=None, leave=False)  # on a terminal
    for number, (name, reason) in enumerate(bar, start=1):
        bar.clear()
        click.echo(f"{number} of {count}: {name}")
        if reason is not None:
            failed += 1
            click.echo(f"govlib: {reason}", err=True)
    return failed


@cli.command()
@NOTEBOOKS
@parameter_options()
@click.option(
    "--jobs", type=click.IntRange(1), default=2, help="Notebooks at a time; 2 by default."
)
def run(notebooks: tuple[str, ...], jobs: int, **options: Any) -> None:
    """Run notebooks (all by default) with other parameters.

    Executed notebooks go to build/EDITION/ECONOMY/, figures to figures/EDITION/ECONOMY/, both in
    the working directory. Of all notebooks, those whose survey does not cover the country or years
    are skipped and named.
    """
    plan, reasons = runs.plan_runs(notebooks, _given(options))
    processes.warm_up()  # while this process imports papermill, which takes it seconds
    for notebook, reason in reasons.items():
        click.echo(f"not run: {notebook.name}: {reason}")

    def ended() -> Iterator[tuple[str, str | None]]:
        for (notebook, given), future in runs.run_all(
            plan, lambda one: runs.run_notebook(*one, progress=False), jobs=jobs
        ):
            words = " ".join([notebook.name, *(f"{name}={value}" for name, value in given.items())])
            error = future.exception()
            known = isinstance(error, GovlibError)
            yield (words, str(error)) if known else (f"{words}: {_shown(future.result())}", None)

    sys.exit(1 if _tell(ended(), len(plan)) else 0)


@cli.command()
@click.option("--economies", type=Words(), required=True, help="Codes, group:NAME or all.")
@click.option("--editions", type=Words(click.INT), required=True, help="Years of release.")
@click.option("--notebooks", type=Words(), help="Names or paths; all by default.")
@click.option("--workers", type=click.IntRange(1), help="Runs at a time.")
@click.option("--seconds", type=click.IntRange(1), default=600, help="Time that one run may take.")
@click.option("--scheduler", help="Dask scheduler, such as tcp://host:8786.")
@click.option("--dry-run", is_flag=True, help="Say what would be run, and stop.")
@parameter_options("economy", "edition")
def grid(
    economies: list[str],
    editions: list[int],
    notebooks: list[str] | None,
    dry_run: bool,
    **options: Any,
) -> None:
    """Run notebooks for many economies and editions; repeat only what has changed.

    Economies are codes, group:central-asia or all, joined by commas. All numbers are gathered in
    build/grid/numbers.csv, all figures on build/grid/atlas.html.
    """
    from govlib.run import grid as grids

    how = {name: options.pop(name) for name in ("workers", "seconds", "scheduler")}
    if not (dry_run or how["scheduler"]):
        processes.warm_up()
    chosen = runs.find_notebooks(notebooks or ())
    plan, left_out = grids.plan_grid(chosen, economies, editions, _given(options))
    for missing, names in left_out.items():
        click.echo(f"left out, {len(names)} runs such as {names[0]}: {missing}")
    waiting = [one for one in plan if not grids.is_current(one)]
    click.echo(f"{len(plan)} runs: {len(plan) - len(waiting)} up to date, {len(waiting)} to run")
    if dry_run:
        click.echo("".join(f"  {grids.repeat_command(one)}\n" for one in waiting), nl=False)
        return
    failures: dict[Path, str] = {}

    def ended() -> Iterator[tuple[str, str | None]]:
        for one, reason in grids.run_grid(waiting, **how):
            failures.update({} if reason is None else {one.record: reason})
            yield grids.repeat_command(one).removeprefix("govlib run "), reason

    _tell(ended() if waiting else (), len(waiting))
    for one in waiting:
        if one.record in failures:
            click.echo(f"failed; repeat it: {grids.repeat_command(one)}", err=True)
    files = grids.gather(plan, failures)
    click.echo(f"{len(plan) - len(failures)} of {len(plan)} runs are up to date; gathered in:")
    click.echo("".join(f"  {name}\n" for name in files), nl=False)
    sys.exit(1 if failures else 0)


@cli.command()
@NOTEBOOKS
@parameter_options("figures_dir")  # the report keeps its figures in its own folder
@click.option(
    "--output",
    type=PATH,
    default=Path("build/report"),
    help="Folder of the report, relative to the working directory.",
)
def report(notebooks: tuple[str, ...], output: Path, **options: Any) -> None:
    """Run notebooks (all by default) and write the report of their results: pages to read offline.

    The first page is index.html in the folder of the report. The parameters are those of `run`.
    """
    from govlib.run.report import build_report  # its packages take a third of a second

    processes.warm_up()
    with one_writer(Path("build/figures")):  # of all reports made here
        start = build_report(_given(options), notebooks=notebooks, output=output, tell=click.echo)
    click.echo(f"report: {_shown(start)}")


@cli.command("notebooks")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def copy_notebooks(folder: Path) -> None:
    """Copy the notebooks to FOLDER, to be edited."""
    for path in runs.copy_notebooks(folder):
        click.echo(f"copied: {path}")


@cli.command("claims")
@EDITION
@ECONOMY
@click.option("--ledger", help="Name of an included ledger, or a file (TOML); the article's.")
@click.option("--design-effect", type=float, help="Of all surveys; as the ledger assumes.")
@click.option("--details", is_flag=True, help="Print the reason for each verdict.")
@click.option("--sensitivity", is_flag=True, help="Print what would change each verdict.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(KINDS),
    help="For others; told from the ending of --output.",
)
@click.option("--output", type=PATH, help="File to write instead.")
def print_claims(
    edition: int | None,
    economy: str | None,
    details: bool,
    sensitivity: bool,
    kind: str | None,
    output: Any,
    **given: Any,
) -> None:
    """Print each statement of a text with the recomputed number and a verdict.

    jsonld is ClaimReview of schema.org with terms of CiTO.
    """
    article = claims.read(given["ledger"]).article
    if kind is None and output is not None and output.suffix[1:] in KINDS:
        kind = output.suffix[1:]
    if sensitivity:
        if economy is not None or kind == "jsonld":
            raise BadParameter("--sensitivity is of the text's country, and is not a review.")
        table = claims.sensitivity(edition, **given).round(3)
        content = tables.format_table(table, kind or "md", caption=article.citation)
    elif kind is None and economy is not None and economies.find(economy) != article.economy:
        click.echo(
            f"The statements are about {article.economy}: for {economies.find(economy)} none is "
            "judged. The same quantities computed for it: --format csv."
        )
        return
    else:
        table = claims.check(edition, economy=economy, **given)
        if kind == "jsonld":
            content = claims.write_reviews(table, article)
        elif kind is None:
            text = claims.write_list(table, article.citation, details=details)
            text += "" if details else "The reason for each verdict: govlib claims --details\n"
            content = text.encode()
        else:
            title = f"{article.citation} {claims.write_head(table)}"
            tally = claims.write_tally(table)
            if kind not in ("csv", "json"):  # a document shows what a reader needs
                table = table[SHOWN]
            content = tables.format_table(table, kind, caption=title, notes=tally)
    if output is not None:
        replace_file(output, content)
    else:
        sys.stdout.buffer.write(content)


@cli.command("new-ledger")
@click.argument("file", type=FILE)
def new_ledger(file: Path) -> None:
    """Write a ledger to begin with: every key explained, three statements to replace."""
    if file.exists():
        raise BadParameter(f"{file} exists already: name a new file, or remove it.")
    replace_file(file, claims.starter().encode())
    click.echo(f"written: {file}; check it with: govlib claims --ledger {file}")


@cli.command("add-edition")
@click.argument("file", type=click.Path(dir_okay=False))
@EDITION
@click.option(
    "--replace", is_flag=True, help="Replace the edition if it is included with other values."
)
def add_edition(file: str, edition: int | None, replace: bool) -> None:
    """Check a World Bank file of the WGI and add it to the editions included."""
    table, about = worldbank_files.open_wgi_file(file, edition)
    click.echo(f"{about['file']}: {about['layout']}")
    click.echo(f"edition {table['edition'].iloc[0]} ({about['edition_from']})")
    click.echo("".join(f"left out: {what}\n" for what in about["left_out"]), nl=False)
    source = {key: about[key] for key in ("file", "sha256", "layout")}
    source["accessed"] = datetime.datetime.now(datetime.UTC).date().isoformat()
    _tell_findings(editions.add(table, source=source, names=about["names"], replace=replace))


@cli.command("add-ranking")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--ranking", help="Which it is, for a CSV in our own columns.")
def add_ranking(file: str, ranking: str | None) -> None:
    """Keep a publisher's file of a ranking, to be read in place of the one included."""
    about = ranking_files.add(file, ranking)
    click.echo(
        "data/{path}: {rows} rows of {ranking}, editions {editions}; of {compared} values included "
        "before {differ} differ.".format(**about | {"editions": join_years(about["editions"])})
    )


def _tell_findings(findings: pd.DataFrame) -> None:
    for row in findings.to_dict("records"):
        click.echo(f"{row['verdict']:9} {row['check']:10} {row['finding']}")


@cli.command("fetch")
@EDITION
@click.option("--series", type=Words(), help="Only these, printed as CSV; nothing is stored.")
def fetch_edition(edition: int | None, series: list[str] | None) -> None:
    """Fetch the newest edition from the World Bank and add it to those included."""
    from govlib.ingest import worldbank_api

    fetched = worldbank_api.fetch(edition=edition, series=series, progress=True)
    for remark in fetched.remarks:
        click.echo(remark, err=True)
    if series:
        click.echo(fetched.table.dropna(axis="columns", how="all").to_csv(index=False), nl=False)
        return
    try:
        _tell_findings(editions.add(fetched.table, source=fetched.source, names=fetched.names))
    except BadTable as error:
        if "--replace" not in str(error):
            raise
        raise BadTable(
            f"{error}\nA fetch never replaces what is included. Name the edition yourself with "
            "--edition N, or add a file in place of one included: "
            "govlib add-edition FILE --edition N --replace"
        ) from error


@cli.command("provenance")
@click.argument("figure", type=FILE)
def print_provenance(figure: Path) -> None:
    """Describe where a figure comes from, and the command that rebuilds it."""
    from govlib.publish.provenance import explain_figure

    def defaults(notebook: str) -> dict[str, Any]:
        return runs.read_parameters(runs.notebooks_folder() / f"{notebook}.ipynb")

    click.echo(explain_figure(figure, defaults=defaults))


cli.add_command(print_provenance, "whence")  # its name until 0.2.0


@cli.command("contact-sheet")
@click.argument("folder", default="figures/2023/KAZ", type=PATH)
@click.argument("page", default="figures/README.md", type=PATH)
def write_sheet(folder: Path, page: Path) -> None:
    """Write PAGE with a thumbnail of every figure in FOLDER (the article's by default)."""
    from govlib.run.report import write_contact_sheet

    click.echo(f"written: {write_contact_sheet(folder, page)}")


@cli.command()
@click.option(
    "--output",
    type=PATH,
    default=Path("build/package"),
    show_default=True,
    help="Folder for the zip.",
)
@click.option("--check", "checked", type=PATH, help="A package to check.")
def package(output: Path, checked: Path | None) -> None:
    """Make the package that a reviewer runs: code, data, outputs of two equal runs, hashes.

    With --check: compare a package, a folder or zip, with its list of hashes.
    """
    from govlib.run.package import check_package, make_package

    if checked is None:
        click.echo(f"Two runs gave equal bytes: {_shown(make_package(output))}")
        return
    found = check_package(checked)
    if found:
        raise BadTable(f"{checked} is not as it was made:\n" + "\n".join(found))
    click.echo(f"{checked} is as it was made.")


@cli.command()
@click.argument("file", required=False)
@click.option("--value", "values", multiple=True, help='A number: "KAZ ge 2022 0.14"; repeatable.')
def identify(file: str | None, values: tuple[str, ...]) -> None:
    """Find the editions of the WGI that have the numbers printed in a text.

    FILE is a CSV file with the columns economy, dimension, year, quantity and value.
    """
    if (file is None) == (not values):
        raise click.UsageError('Give a FILE, or numbers: --value "KAZ ge 2022 0.14".')
    found = claims.identify(list(values) if file is None else claims.read_numbers(file))
    click.echo(claims.explain(found))
    if not found.empty:
        shown = found.drop(columns=["misses", "from_other"]).dropna(axis=1, how="all")
        shown.columns = shown.columns.str.replace("_", " ")
        click.echo(shown.to_string(index=False, na_rep="", float_format="{:.2g}".format))


LISTS: dict[str, Callable[[], Any]] = {
    "economies": economies.names,
    "groups": lambda: {
        " ".join(map(str, key)): " ".join(rows["economy"])
        for key, rows in economies.groups().groupby(["group", "title"])
    },
    "editions": wgi.editions,
    "surveys": lambda: {name: surveys.info(name)["title"] for name in surveys.names()},
    "rankings": rankings.names,
    "profiles": lambda: list(read_profiles()),
    "notebooks": lambda: [path.stem for path in runs.find_notebooks()],
    "ledgers": claims.names,
}


@cli.command("list")
@click.argument("what", type=click.Choice(list(LISTS)))
@click.argument("name", required=False)
def list_names(what: str, name: str | None) -> None:
    """List what is included: names that the other commands and the functions take.

    Of a survey that is named: its waves, questions, items and answers.
    """
    if name is not None and what != "surveys":
        raise click.UsageError(f"{what} take no name; surveys do: govlib list surveys NAME.")
    found = LISTS[what]() if name is None else surveys.describe(name)
    for key in found:
        click.echo(f"{key}: {found[key]}" if isinstance(found, dict) else key)


@cli.command("news")
@EDITION
@ECONOMY
def print_news(edition: int | None, economy: str | None) -> None:
    """Print what an edition of the WGI changed against the one before it."""
    from govlib.run.news import news

    click.echo(news(edition, economy=economy), nl=False)


def _list_accepted(error: click.UsageError) -> str:
    """Write what the command takes that was called wrongly; of no command, the commands."""
    command = error.ctx and error.ctx.command
    names = [*command.commands] if isinstance(command, click.Group) else []
    names += [one.opts[0] for one in command.params] if command else []
    return f"\nAccepted: {', '.join(names)}" if names else ""


def main() -> None:
    """Run a command; answer what goes wrong in a line with what is accepted, never a traceback."""
    try:
        for stream in (sys.stdout, sys.stderr):  # a console may lack letters of Kazakh
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        sys.exit(cli.main(prog_name="govlib", standalone_mode=False))
    except click.UsageError as error:
        code, said = 2, f"{error.format_message()}{_list_accepted(error)}"
    except GovlibError as error:
        code, said = 1, str(error)
    except (click.Abort, KeyboardInterrupt):
        click.echo("govlib: interrupted; earlier files are as they were.", err=True)
        for thread in threading.enumerate():  # those of ended runs remove what is half written
            if thread is not threading.main_thread():
                thread.join(0.5)
        os._exit(130)  # a thread may wait for a process that is being started
    except BrokenPipeError:  # who reads, such as head, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        nowhere = "The working directory" if isinstance(error, FileNotFoundError) else "The output"
        what, why = error.filename or nowhere, error.strerror or error
        code, said = 1, f"{what} cannot be read or written ({why}); earlier files are as they were."
    except Exception as error:
        code, said = 70, f"this is a fault of govlib ({type(error).__name__}: {error})."
        text = f"govlib {__version__} {sys.argv[1:]}\n{traceback.format_exc()}"
        with contextlib.suppress(OSError):
            number, name = tempfile.mkstemp(".txt", "govlib-")
            os.write(number, text.encode(errors="backslashreplace"))
            said += f" Please report it with what is in {name}"
    click.echo(f"govlib: {said}", err=True)
    sys.exit(code)
