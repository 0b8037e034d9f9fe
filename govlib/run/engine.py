"""The papermill engine ``govlib``: each notebook in a fresh process that has its imports done.

``papermill --engine govlib in.ipynb out.ipynb`` and ``papermill.execute_notebook(...,
engine_name="govlib")``. Outputs are those of papermill's own engine, which runs the notebook where
this one cannot: elsewhere than on Linux, for other kernels, and with options that only it has. The
executed notebook is written once, at the end or when a cell fails.
"""

import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import NBClientEngine
from papermill.iorw import write_ipynb
from papermill.log import logger

import __main__
from govlib.run import processes

LANGUAGE_INFO = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": sys.version.split()[0],
}
_STARTING = threading.Lock()


class GovlibEngine(NBClientEngine):  # type: ignore[misc]  # papermill has no types
    """Papermill's engine with the cells run by IPython in a process of the forkserver."""

    @classmethod
    def execute_notebook(
        cls, nb: Any, kernel_name: str, output_path: str | None = None, **options: Any
    ) -> Any:
        """Run the notebook; papermill's managers would write it twice a cell."""
        try:
            return super().execute_notebook(nb, kernel_name, None, **options)
        finally:
            if output_path:
                write_ipynb(nb, output_path)

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Run the cells.

        Raises
        ------
        CellTimeoutError
            If a cell takes longer than ``execution_timeout`` or ``timeout_func(cell)`` seconds.
        DeadKernelError
            If the process of the cells ends: names the cell and how it ended.
        """
        reason = _find_obstacle(kernel_name, options)
        process = None if reason else _Cells(nb_man.nb)
        if process is None or not process.ready:
            reason = reason or "a process of the forkserver does not start"
            logger.warning(f"govlib engine: {reason}; papermill's own engine runs this notebook.")
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
                options["kernel_manager_class"] = _clean_kernels(Path(profile))
                return super().execute_managed_notebook(nb_man, kernel_name, **options)
        limit = options.get("execution_timeout") or options.get("timeout")
        limit_of = options.get("timeout_func") or (lambda cell: limit)
        with process:
            for index, cell in enumerate(nb_man.nb.cells):
                nb_man.cell_start(cell, index)
                try:
                    if process.run(cell, index, limit_of(cell)):
                        nb_man.cell_exception(cell, index)
                        break
                except (CellTimeoutError, DeadKernelError):
                    nb_man.cell_exception(cell, index)
                    raise
                finally:
                    nb_man.cell_complete(cell, index)
        nb_man.nb.metadata["language_info"] = LANGUAGE_INFO
        return nb_man.nb


def _find_obstacle(kernel_name: str, options: dict[str, Any]) -> str | None:
    """Say why a notebook cannot be run here, None if it can."""
    if sys.platform != "linux":
        return f"forking is not safe on {sys.platform}"
    script = Path(getattr(__main__, "__file__", None) or os.devnull)
    if script.is_file() and "__main__" not in script.read_text("utf-8", "replace"):
        # multiprocessing imports it in each new process, which would run it once more
        return f'{script.name} does not have its work under `if __name__ == "__main__":`'
    if kernel_name != "python3":
        return f"kernel {kernel_name!r} is not python3"
    asked = [name for name in ("log_output", "stdout_file", "stderr_file") if options.get(name)]
    return f"it has no option {asked[0]}" if asked else None


def _clean_kernels(profile: Path) -> type[AsyncKernelManager]:
    """Return what starts kernels with an empty profile and matplotlib's defaults."""
    startup = profile / "profile_default/startup/defaults.py"
    startup.parent.mkdir(parents=True)
    startup.write_text('__import__("matplotlib").rcdefaults()', "utf-8")
    clean = os.environ | {"IPYTHONDIR": str(profile)}

    async def start_kernel(manager: AsyncKernelManager, **options: Any) -> None:
        await AsyncKernelManager.start_kernel(manager, **options, env=clean)

    return type("CleanKernels", (AsyncKernelManager,), {"start_kernel": start_kernel})


class _Cells:
    """The process of one notebook's cells, ended by a ``with`` statement."""

    def __init__(self, notebook: NotebookNode) -> None:
        context = processes.context()
        self.connection, theirs = context.Pipe()
        given = (theirs, dict(os.environ), str(Path.cwd()))
        self.process = context.Process(target=processes.run_cells, args=given, name=processes.NAME)
        self.client = NotebookClient(notebook, record_timing=False)  # makes outputs of messages
        self.ready = False
        # AssertionError: a worker of multiprocessing.Pool may start no process
        with contextlib.suppress(OSError, EOFError, AssertionError):
            with _STARTING:
                self.process.start()
            theirs.close()
            self.ready = bool(self.connection.recv_bytes())

    def __enter__(self) -> "_Cells":
        return self

    def __exit__(self, error: object, *_: object) -> None:
        """Let the process end, or kill it after an error, with all that it has started."""
        self.connection.close()
        if error is None:
            self.process.join(5)
        processes.kill(self.process)

    def run(self, cell: NotebookNode, index: int, limit: float | None) -> bool:
        """Run a cell, put its outputs into it, and return True if the notebook stops there."""
        if cell.cell_type != "code" or not cell.source.strip():
            return False
        end = None if limit is None else time.monotonic() + limit
        self.client.clear_before_next_output = False
        with contextlib.suppress(OSError):  # it has ended, as is seen below
            self.connection.send(cell.source)
        with contextlib.suppress(CellExecutionComplete):
            while True:
                message = self._receive(cell, index, limit, end)
                added: Any = self.client.process_message(message, cell, index) or {}
                last = cell.outputs[-2] if added and len(cell.outputs) > 1 else {}
                if "name" in last and last["name"] == added.get("name"):  # of one stream
                    last["text"] += cell.outputs.pop().text
        failed = any(output.output_type == "error" for output in cell.outputs)
        return failed and "raises-exception" not in cell.metadata.get("tags", [])

    def _receive(self, cell: NotebookNode, index: int, limit: Any, end: float | None) -> Any:
        """Return the next message of a cell."""
        left = None if end is None else max(end - time.monotonic(), 0)
        sent = wait([self.connection, self.process.sentinel], left)
        if left == 0 or not sent:
            raise CellTimeoutError.error_from_timeout_and_cell("Cell timed out", int(limit), cell)
        with contextlib.suppress(EOFError, OSError):
            if self.connection in sent:
                return json.loads(self.connection.recv_bytes())
        self.process.join(5)
        code = self.process.exitcode or 0
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        where = f"cell {index + 1} (In [{cell.execution_count or ' '}])"
        raise DeadKernelError(f"The process of the notebook ended in {where}: {how}.")
