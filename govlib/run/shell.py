"""The process that runs the cells of one notebook: IPython's shell, its outputs sent as JSON.

A process is forked from the standard library's forkserver, which has imported what notebooks use.
It starts with an empty profile and matplotlib's defaults, so that settings of the user's change no
result. `govlib.run.engine` is papermill's side.
"""

import asyncio
import base64
import builtins
import codecs
import contextlib
import gc
import io
import json
import multiprocessing
import os
import pkgutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from IPython.core import displayhook, displaypub
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Any as AnyTrait
from traitlets import Type
from traitlets.config import Config

NAME = "govlib cells"
"""Of the processes."""

INLINE = "module://matplotlib_inline.backend_inline"

LIBRARIES = """IPython.core.completer IPython.core.pylabtools IPython.display babel.dates jinja2
    matplotlib.backends.backend_pdf matplotlib.backends.backend_svg matplotlib.pyplot
    pandas.io.formats.csvs pandas.io.formats.html pandas.io.formats.style pypdf scipy.stats seaborn
    """
"""What notebooks import late, or through govlib."""


def context() -> Any:
    """Return multiprocessing's context of the forkserver, told what to import before it forks."""
    found = multiprocessing.get_context("forkserver")
    folder = Path(__file__).parents[1]
    parts = ("i18n", "datasets", "stats", "plot", "publish", "claims")
    ours = [
        f"govlib.{part}.{module.name}"
        for part in parts
        for module in pkgutil.iter_modules([str(folder / part)])
    ]
    # Each new process imports the caller's script, which may be the command papermill.
    theirs = [name for name in ("papermill",) if name in sys.modules]
    modules = [__name__, *LIBRARIES.split(), *ours, "govlib.run.parameters", *theirs]
    found.set_forkserver_preload(modules)
    return found


def warm_up() -> None:
    """Start the forkserver now: it does its imports while this process does its own."""
    if sys.platform == "linux":
        context()
        forkserver.ensure_running()


class Outputs:
    """What the cells give, in the order in which they give it."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.pid, self.lock = connection, os.getpid(), threading.RLock()
        self.name, self.parts, self.sent = "", list[str](), 0.0
        # Bytes that programs write to the standard streams go to files in memory.
        self.files = {"stdout": 1, "stderr": 2}
        self.read = dict.fromkeys(self.files, 0)
        for name, number in self.files.items():
            os.dup2(os.memfd_create(name), number)
        decoder = codecs.getincrementaldecoder("utf-8")
        self.decoders = {name: decoder("replace") for name in self.files}

    def write(self, name: str, text: str) -> None:
        """Take text that is written to a stream."""
        if os.getpid() != self.pid:  # in a process that a cell has forked
            os.write(self.files[name], text.encode(errors="replace"))
            return
        with self.lock:
            self._take_bytes()
            self._add(name, text)
            if time.monotonic() - self.sent > 0.1:
                self._send_text()

    def send(self, **message: Any) -> None:
        """Send an output or another message."""
        with self.lock:
            self._take_bytes()
            self._send_text()
            self.connection.send_bytes(json.dumps(message, default=_plain).encode())

    def _take_bytes(self) -> None:
        for name, number in self.files.items():
            while content := os.pread(number, 1 << 20, self.read[name]):
                self.read[name] += len(content)
                self._add(name, self.decoders[name].decode(content))

    def _add(self, name: str, text: str) -> None:
        if name != self.name:
            self._send_text()
        self.name = name
        self.parts.append(text)

    def _send_text(self) -> None:
        text, self.parts, self.sent = "".join(self.parts), [], time.monotonic()
        if text:
            message = {"output_type": "stream", "name": self.name, "text": text}
            self.connection.send_bytes(json.dumps(message).encode())


def _plain(value: Any) -> Any:
    """Write what JSON does not know: bytes in base64, numbers of numpy as numbers."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode() + "\n"
    return value.item() if hasattr(value, "item") else repr(value)


class Stream(io.TextIOBase):
    """Standard output or error."""

    encoding = "UTF-8"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.name, self.outputs = name, outputs

    def write(self, text: str) -> int:
        """Send text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if text:
            self.outputs.write(self.name, text)
        return len(text)

    def writable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the descriptor, for programs that write to it."""
        return self.outputs.files[self.name]


class DisplayHook(displayhook.DisplayHook):
    """Sends the value of a cell's last expression."""

    def write_output_prompt(self) -> None:
        """Write none."""

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None
    ) -> None:
        """Send the value in all formats."""
        shell: Any = self.shell
        shell.outputs.send(
            output_type="execute_result",
            execution_count=self.prompt_count,
            data=format_dict,
            metadata=md_dict or {},
        )


class DisplayPublisher(displaypub.DisplayPublisher):
    """Sends what cells display."""

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        *args: Any,
        transient: Mapping[str, Any] | None = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        """Send a display or the update of one."""
        self.shell.outputs.send(
            output_type="display_data",
            data=data,
            metadata=metadata or {},
            display_id=(transient or {}).get("display_id"),
            update=update,
        )

    def clear_output(self, wait: bool = False) -> None:
        """Clear what the cell has given, or do so before its next output."""
        self.shell.outputs.send(clear="wait" if wait else "now")


class ZMQInteractiveShell(InteractiveShell):
    """IPython's shell, its outputs sent.

    The name is that of ipykernel's, by which pandas, tqdm and others tell a notebook.
    """

    displayhook_class = Type(DisplayHook)
    display_pub_class = Type(DisplayPublisher)
    outputs = AnyTrait()

    def enable_gui(self, gui: str | None = None) -> None:
        """Have no windows."""

    def ask_exit(self) -> None:
        """End after this cell."""
        self.exit_now = True

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        # IPython: "Subclasses may override this method to put the traceback on a different place".
        name = etype.__name__
        self.outputs.send(output_type="error", ename=name, evalue=str(evalue), traceback=stb)


def run_cells(connection: Connection, environment: dict[str, str], folder: str) -> None:
    """Run each cell that is received until there are no more; the work of a process."""
    os.setsid()  # a group of its own, to be ended with all that it has started
    threading.Thread(target=_end_with_client, daemon=True).start()
    gc.freeze()  # what was imported is shared with the other processes while nothing touches it
    multiprocessing.set_start_method(multiprocessing.get_all_start_methods()[0], force=True)
    os.environ.clear()
    os.environ.update({"MPLBACKEND": INLINE, "PAGER": "cat", "GIT_PAGER": "cat"} | environment)
    os.chdir(folder)
    sys.argv = ["govlib"]
    sys.path = ["", *(place for place in sys.path if place)]
    outputs = Outputs(connection)
    standard = sys.stdout, sys.stderr
    with tempfile.TemporaryDirectory() as profile:
        try:
            sys.stdout, sys.stderr = (Stream(name, outputs) for name in outputs.files)
            config = Config(HistoryManager={"enabled": False}, IPKernelApp={})
            shell: Any = ZMQInteractiveShell.instance(
                outputs=outputs, config=config, ipython_dir=profile
            )
            shell.set_hook("show_in_pager", lambda *_, **__: None, 0)  # `abs?` gives nothing
            builtins.input = _no_input
            _start_libraries()
            outputs.send(ready=True)
            asyncio.run(_answer(connection, shell))
            shell.reset(new_session=False)  # closes the files that cells have left open
        finally:
            sys.stdout, sys.stderr = standard
    connection.close()


def _end_with_client() -> None:
    client = multiprocessing.parent_process()
    if client is not None:
        client.join()
    os.killpg(0, signal.SIGKILL)


def _start_libraries() -> None:
    """Give the libraries that were imported before the fork the state of a new process."""
    import matplotlib as mpl
    import numpy as np
    import pandas as pd

    np.random.seed()
    pd.set_option("display.max_columns", 20)  # its default in a notebook, told at its import
    mpl.rcdefaults()
    # Imported with the first figure, when it finds the shell that shows it.
    mpl.rcParams["backend"] = os.environ["MPLBACKEND"]


def _no_input(prompt: object = "") -> str:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


async def _answer(connection: Connection, shell: Any) -> None:
    """Run each cell in one event loop, where tasks that cells have begun go on."""
    while not shell.exit_now:
        try:
            source = await asyncio.to_thread(connection.recv)
        except EOFError:
            return
        shell.outputs.send(execution_count=shell.execution_count)
        fault, cell = None, source
        try:
            cell = shell.transform_cell(source)
        except Exception:
            fault = sys.exc_info()
        result = await shell.run_cell_async(
            source, store_history=True, transformed_cell=cell, preprocessing_exc_tuple=fault
        )
        shell.events.trigger("post_execute")
        shell.events.trigger("post_run_cell", result)
        shell.outputs.send(done=True)


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
