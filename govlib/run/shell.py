"""The process that runs the cells of one notebook: IPython's shell, its outputs sent as JSON.

A process is forked from the standard library's forkserver, which has imported what notebooks use
and this module, at whose import one figure is drawn and one statement judged: the caches that this
fills (fonts, layouts, an edition, the ledger) are those that every notebook's process begins with.
It starts with an empty profile and matplotlib's defaults, so that settings of the user's change no
result. `govlib.run.engine` is papermill's side.
"""

import asyncio
import builtins
import contextlib
import gc
import io
import itertools
import multiprocessing
import operator
import os
import signal
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from ipykernel import zmqshell
from IPython.core.error import StdinNotImplementedError
from jupyter_client.session import Session
from matplotlib.figure import Figure
from traitlets.config import Config

from govlib import claims, plot
from govlib.datasets import wgi
from govlib.errors import GovlibError
from govlib.publish.save import save
from govlib.run.parameters import parameters

MOST_OUTPUT = 100_000_000
"""Bytes that a notebook may give: a browser opens no larger one."""

DONE = ("status", {"execution_state": "idle"})

INLINE = "module://matplotlib_inline.backend_inline"


class Outputs(Session):
    """Jupyter's messages of what the cells give, sent to a process and not to a socket."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(key=b"")
        self.connection, self.owner, self.lock = connection, os.getpid(), threading.RLock()
        self.texts, self.sent, self.bytes = list[tuple[str, str]](), 0.0, 0
        # Bytes that programs write to the standard streams go to files in memory.
        self.files = {"stdout": 1, "stderr": 2}
        self.written = {}
        for name, number in self.files.items():
            os.dup2(os.memfd_create(name), number)
            file = io.FileIO(f"/proc/self/fd/{number}")
            self.written[name] = io.TextIOWrapper(file, "utf-8", "replace", newline="")

    def write(self, name: str, text: str) -> None:
        """Take text that is written to a stream."""
        if os.getpid() != self.owner:  # in a process that a cell has forked
            os.write(self.files[name], text.encode(errors="replace"))
            return
        with self.lock:
            self._take_written()
            self.texts.append((name, text))
            if time.monotonic() - self.sent > 0.1:
                self.send(None, None)

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **__: Any) -> Any:
        """Send the text so far, and a message."""
        with self.lock:
            self._take_written()
            texts, self.texts, self.sent = self.texts, [], time.monotonic()
            for name, parts in itertools.groupby(texts, key=operator.itemgetter(0)):
                self._send("stream", {"name": name, "text": "".join(text for _, text in parts)})
            if isinstance(msg_or_type, dict):
                self._send(msg_or_type["msg_type"], msg_or_type["content"])
            elif msg_or_type:
                self._send(msg_or_type, content)

    def _send(self, kind: str, content: dict[str, Any]) -> None:
        head = {"msg_type": kind}
        message = self.pack(head | {"header": head, "parent_header": {}, "content": content})
        self.bytes += len(message)
        if self.bytes > MOST_OUTPUT:
            self.bytes = 0
            about = f"more than {MOST_OUTPUT / 1e6:.0f} MB of output: print or show less."
            self._send("error", {"ename": "TooMuchOutput", "evalue": about, "traceback": []})
            self._send(*DONE)
            os._exit(0)
        self.connection.send_bytes(message)

    def _take_written(self) -> None:
        self.texts += [(name, text) for name, file in self.written.items() if (text := file.read())]


class _Stream(io.TextIOBase):
    encoding = "UTF-8"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.name, self.outputs = name, outputs

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if text:
            self.outputs.write(self.name, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:  # for programs that write to it
        return self.outputs.files[self.name]


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """The shell of ipykernel without its kernel; pandas and tqdm tell a notebook by its name."""

    kernel = SimpleNamespace(eventloop=None)

    def enable_gui(self, gui: str | None = None) -> None:
        """Have no windows."""

    def show_usage_error(self, exc: Any) -> None:
        """Show what is wrong with a magic command as the error that it is."""
        error = {"evalue": str(exc), "traceback": [f"UsageError: {exc}"]}
        outputs: Any = self.display_pub
        outputs.session.send(None, "error", {"ename": type(exc).__name__} | error)


def run_cells(connection: Connection, environment: dict[str, str], folder: str) -> None:
    """Run each cell that is received until there are no more; the work of a process."""
    os.setsid()  # a group of its own, to be ended with all that it has started
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    client = multiprocessing.parent_process()
    threading.Thread(target=_end_with, args=[client], daemon=True).start()
    gc.freeze()  # what was imported is shared with the other processes while nothing touches it
    multiprocessing.set_start_method(multiprocessing.get_all_start_methods()[0], force=True)
    os.environ.clear()
    os.environ.update({"MPLBACKEND": INLINE} | environment)
    os.chdir(folder)
    sys.argv = ["govlib"]
    sys.path = ["", *(place for place in sys.path if place)]
    outputs = Outputs(connection)
    sys.stdout, sys.stderr = (_Stream(name, outputs) for name in outputs.files)
    with tempfile.TemporaryDirectory() as profile:
        config = Config(HistoryManager={"enabled": False})
        shell: Any = ZMQInteractiveShell.instance(config=config, ipython_dir=profile)
        shell.displayhook.session = shell.display_pub.session = outputs
        builtins.input = _no_input
        # What was imported before the fork gets the state that it has in a new process.
        np.random.seed()
        pd.set_option("display.max_columns", 20)  # its default in a notebook, told at its import
        mpl.rcdefaults()
        # Imported with the first figure, when it finds the shell that shows it.
        mpl.rcParams["backend"] = os.environ["MPLBACKEND"]
        outputs.send(None, "status", {"execution_state": "starting"})
        asyncio.run(_answer(connection, shell, outputs))
        shell.reset(new_session=False)  # closes the files that cells have left open
    connection.close()


def _end_with(client: Any) -> None:
    client.join()
    os.killpg(0, signal.SIGKILL)


def _no_input(prompt: object = "") -> str:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


async def _answer(connection: Connection, shell: Any, outputs: Outputs) -> None:
    """Run each cell in one event loop, where tasks that cells have begun go on."""
    while not shell.exit_now:
        try:
            source = await asyncio.to_thread(connection.recv)
        except EOFError:
            return
        outputs.send(None, "execute_input", {"execution_count": shell.execution_count})
        given: dict[str, Any] = {"transformed_cell": source}
        try:
            given["transformed_cell"] = shell.transform_cell(source)
        except Exception:
            given["preprocessing_exc_tuple"] = sys.exc_info()
        result = await shell.run_cell_async(source, store_history=True, **given)
        shell.events.trigger("post_execute")
        shell.events.trigger("post_run_cell", result)
        if shell.exit_now:
            about = "the cell ended the notebook: what follows was not run."
            outputs.send(None, "error", {"ename": "quit", "evalue": about, "traceback": []})
        outputs.send(None, *DONE)


def draw(folder: str) -> None:
    """Save a figure in a folder and judge a statement; no backend of pyplot's is settled on."""
    p = parameters({"economy": "KAZ", "edition": 2023, "first_year": 2018, "last_year": 2022})
    table = wgi.ranked(p.edition, economies=p.economy, dimensions="ge", years=p.years)
    fig = Figure(figsize=(7, 4.5), layout="constrained")
    plot.trend(table, names=p.names, ax=fig.subplots())
    save(fig, "01-warm", p, folder=Path(folder))
    claims.check(p.edition, only=["C1"])


with contextlib.suppress(GovlibError, OSError), tempfile.TemporaryDirectory() as _folder:
    draw(_folder)
