"""The process that runs the cells of one notebook: IPython's shell, its outputs sent as JSON.

A process is forked from the standard library's forkserver, which has imported what notebooks use.
It starts with an empty profile and matplotlib's defaults, so that settings of the user's change no
result. `govlib.run.engine` is papermill's side.
"""

import asyncio
import base64
import builtins
import contextlib
import gc
import io
import itertools
import json
import multiprocessing
import operator
import os
import signal
import sys
import tempfile
import threading
import time
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from typing import Any

from IPython.core import displayhook, displaypub
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Any as AnyTrait
from traitlets import Type
from traitlets.config import Config

NAME = "govlib cells"
"""Of the processes."""

MOST_OUTPUT = 100_000_000
"""Bytes that a notebook may give: a browser opens no larger one."""

INLINE = "module://matplotlib_inline.backend_inline"

LIBRARIES = """IPython.core.completer IPython.core.pylabtools IPython.display babel.dates jinja2
    matplotlib.backends.backend_pdf matplotlib.backends.backend_svg matplotlib.pyplot
    pandas.io.formats.csvs pandas.io.formats.html pandas.io.formats.style pypdf scipy.stats seaborn
    govlib.plot.claims govlib.plot.revisions govlib.plot.surveys govlib.plot.world
    govlib.datasets.sources govlib.stats.sources"""
"""What notebooks import late, or through govlib."""


def context() -> Any:
    """Return multiprocessing's context of the forkserver, told what to import before it forks."""
    found = multiprocessing.get_context("forkserver")
    # Each new process imports the caller's script, which may be the command papermill.
    theirs = {"papermill"} & sys.modules.keys()
    found.set_forkserver_preload([__name__, *LIBRARIES.split(), "govlib.run.warm", *theirs])
    return found


def warm_up() -> None:
    """Start the forkserver now: it does its imports while this process does its own."""
    if sys.platform == "linux":
        context()
        # Ctrl-C is for this process, which ends the other. The tracker's start unblocks it.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        with contextlib.suppress(OSError):  # as of a long TMPDIR: the engine finds it too
            forkserver.ensure_running()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Outputs:
    """What the cells give, in the order in which they give it."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.pid, self.lock = connection, os.getpid(), threading.RLock()
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
        if os.getpid() != self.pid:  # in a process that a cell has forked
            os.write(self.files[name], text.encode(errors="replace"))
            return
        with self.lock:
            self._take_written()
            self.texts.append((name, text))
            if time.monotonic() - self.sent > 0.1:
                self.send()

    def send(self, **message: Any) -> None:
        """Send the text so far, and an output or another message."""
        with self.lock:
            self._take_written()
            texts, self.texts, self.sent = self.texts, [], time.monotonic()
            messages: list[dict[str, Any]] = [
                {"output_type": "stream", "name": name, "text": "".join(text for _, text in parts)}
                for name, parts in itertools.groupby(texts, key=operator.itemgetter(0))
            ]
            for each in [*messages, message] if message else messages:
                content = json.dumps(each, default=_plain).encode()
                self.bytes += len(content)
                if self.bytes > MOST_OUTPUT:
                    about = f"more than {MOST_OUTPUT / 1e6:.0f} MB of output: print or show less."
                    error = {"output_type": "error", "ename": "TooMuchOutput", "evalue": about}
                    self.connection.send_bytes(json.dumps(error | {"traceback": []}).encode())
                    self.connection.send_bytes(b'{"done": true}')
                    os._exit(0)
                self.connection.send_bytes(content)

    def _take_written(self) -> None:
        self.texts += [(name, text) for name, file in self.written.items() if (text := file.read())]


def _plain(value: Any) -> Any:
    """Write what JSON does not know: bytes in base64, numbers of numpy as numbers."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode() + "\n"
    return value.item() if hasattr(value, "item") else repr(value)


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


class _DisplayHook(displayhook.DisplayHook):
    """Sends the value of a cell's last expression."""

    def write_output_prompt(self) -> None: ...

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        shell: Any = self.shell
        result = {"data": format_dict, "metadata": md_dict or {}}
        shell.outputs.send(
            output_type="execute_result", **result, execution_count=self.prompt_count
        )


class _DisplayPublisher(displaypub.DisplayPublisher):
    """Sends what cells display."""

    def publish(self, data: Any, metadata: Any = None, *args: Any, **options: Any) -> None:
        name = (options.get("transient") or {}).get("display_id")
        shown = {"data": data, "metadata": metadata or {}, "display_id": name}
        update = options.get("update", False)
        self.shell.outputs.send(output_type="display_data", **shown, update=update)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.send(clear="wait" if wait else "now")


class ZMQInteractiveShell(InteractiveShell):
    """IPython's shell, named as ipykernel's is, by which pandas and tqdm tell a notebook."""

    displayhook_class = Type(_DisplayHook)
    display_pub_class = Type(_DisplayPublisher)
    outputs = AnyTrait()

    def enable_gui(self, gui: str | None = None) -> None:
        """Have no windows."""

    def ask_exit(self) -> None:
        """End after this cell."""
        self.exit_now = True

    def show_usage_error(self, exc: Any) -> None:
        """Show what is wrong with a magic command as the error that it is."""
        self._showtraceback(type(exc), exc, [f"UsageError: {exc}"])

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        # IPython: "Subclasses may override this method to put the traceback on a different place".
        name = etype.__name__
        self.outputs.send(output_type="error", ename=name, evalue=str(evalue), traceback=stb)


def run_cells(connection: Connection, environment: dict[str, str], folder: str) -> None:
    """Run each cell that is received until there are no more; the work of a process."""
    import matplotlib as mpl
    import numpy as np
    import pandas as pd

    os.setsid()  # a group of its own, to be ended with all that it has started
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    client = multiprocessing.parent_process()
    threading.Thread(target=_end_with, args=[client], daemon=True).start()
    gc.freeze()  # what was imported is shared with the other processes while nothing touches it
    multiprocessing.set_start_method(multiprocessing.get_all_start_methods()[0], force=True)
    os.environ.clear()
    os.environ.update({"MPLBACKEND": INLINE, "PAGER": "cat", "GIT_PAGER": "cat"} | environment)
    os.chdir(folder)
    sys.argv = ["govlib"]
    sys.path = ["", *(place for place in sys.path if place)]
    outputs = Outputs(connection)
    sys.stdout, sys.stderr = (_Stream(name, outputs) for name in outputs.files)
    with tempfile.TemporaryDirectory() as profile:
        config = Config(HistoryManager={"enabled": False}, IPKernelApp={})
        shell: Any = ZMQInteractiveShell.instance(
            outputs=outputs, config=config, ipython_dir=profile
        )
        shell.set_hook("show_in_pager", lambda *_, **__: None, 0)  # `abs?` gives nothing
        builtins.input = _no_input
        # What was imported before the fork gets the state that it has in a new process.
        np.random.seed()
        pd.set_option("display.max_columns", 20)  # its default in a notebook, told at its import
        mpl.rcdefaults()
        # Imported with the first figure, when it finds the shell that shows it.
        mpl.rcParams["backend"] = os.environ["MPLBACKEND"]
        outputs.send(ready=True)
        asyncio.run(_answer(connection, shell))
        shell.reset(new_session=False)  # closes the files that cells have left open
    connection.close()


def _end_with(client: Any) -> None:
    client.join()
    os.killpg(0, signal.SIGKILL)


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
            shell.outputs.send(output_type="error", ename="quit", evalue=about, traceback=[])
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
