"""A warm process: the imports are done once, and each notebook's kernel is forked from it.

It has one thread and executes nothing, so that forking it is safe and each kernel starts from the
same state. ``govlib.forked`` is what a kernel does, ``govlib.kernels`` what its client does.
"""

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PRELOADED = (
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "babel.dates",
    "govlib.stats.association",
    "govlib.stats.changes",
    "govlib.claims.ledger",
    "govlib.plot.claims",
    "govlib.publish.save",
    "govlib.plot.trend",
    "govlib.run.forked",
    "govlib.plot.gap_figures",
    "govlib.stats.ranks",
    "govlib.datasets.groups",
    "govlib.plot.peer_captions",
    "govlib.plot.peers",
    "govlib.plot.editions",
    "govlib.run.notebooks",
    "govlib.run.streams",
    "govlib.plot.survey_captions",
    "govlib.plot.surveys",
    "govlib.publish.tables",
    "govlib.stats.trends",
    "ipykernel.kernelapp",
    "ipykernel.inprocess.socket",
    "ipykernel.debugger",
    "IPython.display",
    "IPython.extensions.storemagic",
    "faulthandler",
    "jinja2",
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
    "matplotlib.pyplot",
    "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape",
    "pandas.io.formats.csvs",
    "pandas.io.formats.html",
    "pandas.io.formats.string",
    "pandas.io.formats.style",
    "pypdf",
    "pypdf.filters",
    "pypdfium2",
    "sqlite3",
    "tornado.platform.asyncio",
    "xml.etree.ElementTree",
)
"""What the notebooks import, and what these import late."""

LATER = (
    "scipy.linalg",
    "scipy.spatial",
    "scipy.optimize",
    "scipy.interpolate",
    "scipy.integrate",
    "scipy.stats",
    "seaborn",
)
"""What few notebooks import; in parts, so that nobody waits long for a kernel meanwhile."""


def serve(listener_fd: int) -> None:
    """Import, say how many threads there are, then fork a kernel for each connection.

    While nobody waits it rehearses what notebooks do; if that left a thread, it forks no more.
    Ends, with all kernels and what they have started, when standard input is closed.

    Parameters
    ----------
    listener_fd : int
        File descriptor of a listening Unix socket. A client sends its standard output and error
        as file descriptors, then one JSON object (see `forked.run_kernel`).
    """
    answer = os.dup(1)
    with Path(os.devnull).open("wb") as nothing:  # for what a package prints while it is imported
        os.dup2(nothing.fileno(), 1)
    _warm_up()
    from govlib.run import forked

    os.write(answer, str(_count_threads()).encode())
    os.close(answer)
    listener = socket.socket(fileno=listener_fd)
    listener.setblocking(False)
    kernels: set[int] = set()
    steps, watched, idle = _rehearse(), [sys.stdin, listener], 0.0
    while sys.stdin not in (ready := select.select(watched, [], [], idle)[0]):
        if not ready and idle == 0.0:
            idle = next(steps, 1.0)  # seconds to wait: none until there is no step left
            _freeze()
            if idle and _count_threads() != 1:
                watched.remove(listener)
                listener.close()
        if ready:
            with contextlib.suppress(BlockingIOError):
                connection, _ = listener.accept()
                kernel = os.fork()
                if kernel == 0:
                    listener.close()
                    connection.setblocking(True)
                    forked.run_kernel(connection)
                kernels.add(kernel)
                connection.close()
        kernels -= {kernel for kernel in kernels if os.waitpid(kernel, os.WNOHANG)[0]}
    for kernel in kernels:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(kernel, signal.SIGKILL)


def _warm_up() -> None:
    """Import what notebooks use."""
    # What a kernel sets before matplotlib is imported.
    if not os.environ.get("MPLBACKEND"):
        os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    # What ipykernel would debug with cannot be reached in a kernel without ports.
    loaded: dict[str, Any] = sys.modules
    loaded["debugpy"] = None
    for name in PRELOADED:
        importlib.import_module(name)
    del loaded["debugpy"]
    _freeze()


def _freeze() -> None:
    """Have what is here, which all kernels share, never touched by a search for garbage."""
    gc.collect()
    gc.freeze()


def _rehearse() -> Iterator[float]:
    """Draw, save, read what is held, import the rest; leave no figure, setting or file."""
    import matplotlib.style
    from matplotlib.figure import Figure

    from govlib.claims import ledger as claims
    from govlib.datasets import package as catalog
    from govlib.datasets import world
    from govlib.errors import GovlibError
    from govlib.i18n import words
    from govlib.plot import trend as figures
    from govlib.publish import save as export

    with contextlib.suppress(GovlibError, OSError):  # a notebook will say what is wrong there
        # Of an edition that has changed since, a kernel reads the bytes that are there then.
        editions = catalog.held_editions()
        ranked = world.rank_world(editions[-1])
        first = ranked.iloc[:1]
        ranked.loc[ranked["economy"] == first["economy"].item(), "year":"sources"].tail(1).to_html()
        yield 0.0
        with (
            tempfile.TemporaryDirectory() as folder,
            matplotlib.rc_context(),
            matplotlib.style.context("govlib.paper"),
        ):
            figure = Figure()
            figures.plot_trend(first, ax=figure.add_subplot())
            export.save_figure(figure, "rehearsal", folder, data=first, numbers={})
        yield 0.0
        claims.read_claims()
        for language in words.LANGUAGES:
            words.decimal(0.5, language)
            catalog.economy_names(language)
        for edition in editions:
            world.rank_world(edition)
            yield 0.0
    for name in LATER:
        with contextlib.suppress(Exception):  # a notebook that needs it will say what is wrong
            importlib.import_module(name)
        yield 0.0


def _count_threads() -> int:
    """Return the number of threads that a fork leaves behind, those of libraries included."""
    # A library that can be forked (OpenBLAS) ends its threads before a fork.
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return len(list(Path("/proc/self/task").iterdir()))
