"""The command ``govlib grid``: plan, progress, table of failures, what is gathered."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from govlib.project import project_folder
from govlib.errors import BadParameter
from govlib.project import replace_file
from govlib.run import gather, grid, kernels

EVERY = 10.0
"""Seconds between lines of progress where there is no terminal."""


def run(
    notebooks: Sequence[Path],
    economies: Sequence[str],
    editions: Sequence[str],
    parameters: Mapping[str, Any],
    *,
    dry_run: bool,
    how: Mapping[str, Any],
) -> int:
    """Plan and run a grid, say how it goes, and gather what it has given.

    Parameters
    ----------
    notebooks, economies, parameters
        As `grid.plan_grid`.
    editions : sequence of str
        Years of release.
    dry_run : bool
        Whether to stop after the plan.
    how : mapping
        `workers`, `scheduler` and `seconds` of `grid.run_grid`.

    Returns
    -------
    int
        How many runs failed.

    Raises
    ------
    UnknownName, BadParameter
        As `grid.plan_grid` and `grid.run_grid`.
    """
    grid.check_seconds(how.get("seconds"))
    for edition in editions:
        if not edition.isdecimal():
            raise BadParameter(f"editions: {edition!r} is not a year of release, such as 2023.")
    years = [int(edition) for edition in editions]
    if not dry_run and how.get("scheduler") is None:
        kernels.warm_up()  # while this process imports papermill, which takes it seconds
    plan, left_out = grid.plan_grid(notebooks, economies, years, parameters)
    for missing, runs in left_out.items():
        click.echo(f"left out, {len(runs)} runs such as {runs[0]}: {missing}")
    waiting = [one for one in plan if not grid.is_current(one)]
    counts = f"{len(plan)} runs: {len(plan) - len(waiting)} up to date, {len(waiting)} to run"
    click.echo(counts)
    if dry_run:
        for one in waiting:
            click.echo(f"  {grid.repeat_command(one)}")
        return 0
    failures: dict[Path, str] = {}
    try:
        for one, reason in _show(grid.run_grid(waiting, **how) if waiting else iter(()), waiting):
            if reason is not None:
                failures[one.record] = reason
    except BaseException:
        kernels.stop()  # the kernels in flight, so that nothing waits for them
        raise
    for one in (one for one in plan if one.record in failures):
        command = grid.repeat_command(one)
        click.echo(
            f"failed: {command.removeprefix('govlib run ')}\n{_indent(failures[one.record])}",
            err=True,
        )
        click.echo(f"    repeat it: {command}", err=True)
    try:
        _gather(plan, failures)
    except OSError as error:
        raise BadParameter(
            f"build/grid cannot be written ({error.strerror}): move what is in its way and give "
            "the command again; the runs themselves are kept."
        ) from error
    click.echo(f"{len(plan) - len(failures)} of {len(plan)} runs are up to date; gathered in:")
    for name in ("numbers.parquet", "numbers.csv", "atlas.html"):
        click.echo(f"  build/grid/{name}")
    return len(failures)


def _gather(plan: Sequence[grid.Run], failures: Mapping[Path, str]) -> None:
    """Write all numbers of the runs of a plan as one table, and all figures on one page."""
    folder = project_folder() / "build/grid"
    folder.mkdir(parents=True, exist_ok=True)
    numbers = gather.collect_numbers([one.record for one in plan if one.record not in failures])
    replace_file(folder / "numbers.csv", numbers.to_csv(index=False).encode())
    replace_file(folder / "numbers.parquet", numbers.to_parquet(index=False))
    page = gather.make_atlas([one.record for one in plan], failures)
    replace_file(folder / "atlas.html", page.encode())


def _indent(reason: str) -> str:
    """Set a reason off from the run that it belongs to."""
    return "\n".join(f"    {line}" for line in reason.splitlines())


def _show(
    ended: Iterator[tuple[grid.Run, str | None]], waiting: Sequence[grid.Run]
) -> Iterator[tuple[grid.Run, str | None]]:
    """Show how many runs have ended, their rate and the time left; pass them on."""
    if sys.stderr.isatty():
        from tqdm import tqdm

        failed = 0
        with tqdm(total=len(waiting), unit="run") as bar:
            for one, reason in ended:
                failed += reason is not None
                bar.set_postfix(failed=failed)
                bar.update()
                yield one, reason
        return
    begun = said = time.monotonic()
    failed = 0
    for count, (one, reason) in enumerate(ended, start=1):
        failed += reason is not None
        now = time.monotonic()
        if now - said >= EVERY or count == len(waiting):
            said = now
            rate = count / max(now - begun, 1e-9)
            left = (len(waiting) - count) / rate
            click.echo(
                f"{count} of {len(waiting)} runs ended, {failed} failed, {rate:.2f} runs/s, "
                f"{left:.0f} s left",
                err=True,
            )
        yield one, reason
