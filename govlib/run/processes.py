"""The processes of cells, as those see them who start and end them.

They are forked from the standard library's forkserver, which has imported what notebooks use.
ipykernel is imported there alone: where it is, tqdm takes a terminal for a notebook.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
from typing import Any

NAME = "govlib cells"
"""Of the processes."""

LIBRARIES = """IPython.core.completer IPython.core.pylabtools IPython.display babel.dates jinja2
    matplotlib.backends.backend_pdf matplotlib.backends.backend_svg matplotlib.pyplot
    pandas.io.formats.csvs pandas.io.formats.html pandas.io.formats.style pypdf scipy.stats seaborn
    govlib.economies govlib.plot.claims govlib.plot.lines govlib.plot.surveys govlib.plot.world
    govlib.rankings govlib.sources govlib.surveys govlib.wgi"""
"""What notebooks import late, or through govlib."""


def context() -> Any:
    """Return multiprocessing's context of the forkserver, told what to import before it forks."""
    found = multiprocessing.get_context("forkserver")
    # Each new process imports the caller's script, which may be the command papermill.
    theirs = {"papermill"} & sys.modules.keys()
    found.set_forkserver_preload([*LIBRARIES.split(), "govlib.run.shell", *theirs])
    return found


def warm_up() -> None:
    """Start the forkserver now: it does its imports while this process does its own."""
    if sys.platform == "linux":
        from multiprocessing import forkserver, resource_tracker

        context()
        # Ctrl-C is for this process, which ends the other. The tracker's start unblocks it.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        with contextlib.suppress(OSError):  # as of a long TMPDIR: the engine finds it too
            forkserver.ensure_running()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run_cells(*given: Any) -> None:
    """Do the work of a process."""
    from govlib.run import shell

    shell.run_cells(*given)


def kill(process: Any) -> None:
    """End a process of cells and all that it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def kill_all() -> None:
    """End the cells that run in other threads, so that nothing waits for them."""
    for process in multiprocessing.active_children():
        if process.name == NAME:
            kill(process)
