"""Kernels forked from a warm process: the process, and what nbclient needs to talk to a kernel."""

import asyncio
import atexit
import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.client import KernelClient
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from traitlets import Any as AnyTrait

from govlib.run.frames import IOPUB, LENGTH, REQUEST, pack, unpack

PASSING = {"COLUMNS", "LINES", "OLDPWD", "PWD", "PYTEST_CURRENT_TEST", "SHLVL", "_"}
"""Variables that nothing reads while it is imported; GOVLIB_* are read when they are used."""

QUIET = {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow's allocator starts a thread
}
"""Set for the warm process only; a kernel gets the environment of its client."""

PATIENCE = 5.0
"""Seconds that a kernel is given to end by itself, as jupyter_client does."""


def find_obstacle(kernel_name: str) -> str | None:
    """Say why a notebook cannot run in a kernel forked from this Python, if it cannot.

    Parameters
    ----------
    kernel_name : str
        Name of the kernel, as in ``jupyter kernelspec list``.

    Returns
    -------
    str or None
        The reason; None where the engine can be used.
    """
    if sys.platform != "linux":
        # On macOS system libraries may fail after a fork (bugs.python.org/issue33725).
        return f"forking is not safe on {sys.platform}"
    try:
        spec = KernelSpecManager().get_kernel_spec(kernel_name)
    except NoSuchKernel:
        return f"there is no kernel {kernel_name!r} here"
    program, *arguments = spec.argv
    ours = {"python", "python3", f"python3.{sys.version_info.minor}", sys.executable}
    if program not in ours or arguments[:2] != ["-m", "ipykernel_launcher"] or spec.env:
        return f"kernel {kernel_name!r} is not the Python that runs papermill"
    return None


class WarmProcess:
    """A warm process of this environment; it ends with the last process that knows it."""

    def __init__(self) -> None:
        self.conditions = _conditions()
        self.owner = os.getpid()
        self.folder = tempfile.mkdtemp(prefix="govlib-")
        self.path = f"{self.folder}/warm"
        self.said, says = socket.socketpair()
        with socket.socket(socket.AF_UNIX) as listener, says:
            listener.bind(self.path)
            listener.listen(128)
            # Not this folder but the installed package: -c puts the folder first in the path.
            code = "import sys; del sys.path[0]; from govlib import warm; warm.serve({})"
            self.process = subprocess.Popen(
                [sys.executable, "-c", code.format(listener.fileno())],
                env=os.environ | QUIET,
                stdin=subprocess.PIPE,
                stdout=says.fileno(),
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )

    def connect(self) -> socket.socket:
        """Wait for its imports and connect to a kernel that is forked then; OSError if it ended."""
        # Looked at and left there, for the processes that are forked from this one.
        threads = int(self.said.recv(16, socket.MSG_PEEK) or 0)
        if threads != 1:
            raise OSError(
                f"it has {threads} threads after its imports" if threads else "its imports failed"
            )
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(self.path)
        except OSError:
            connection.close()
            raise
        return connection

    def stop(self) -> None:
        """End the process and its kernels, unless another process started it."""
        if self.owner != os.getpid():
            return
        if self.process.stdin:
            self.process.stdin.close()
        try:
            ready, _, _ = select.select([self.said], [], [], 0)
            self.process.wait(PATIENCE if ready else 0)  # it looks up once its imports are done
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.said.close()
        shutil.rmtree(self.folder, ignore_errors=True)


_LOCK = threading.Lock()
_warm: WarmProcess | None = None


def package_times() -> tuple[tuple[str, int], ...]:
    """Return the files of the package, each with the time (ns) when it was last changed."""
    paths = [
        f"{folder}/{name}"
        for folder, _, names in os.walk(Path(__file__).parents[1])  # three times as fast as rglob
        for name in names
        if not name.endswith(".pyc")
    ]
    return tuple(sorted((path, Path(path).stat().st_mtime_ns) for path in paths))


def _conditions() -> tuple[Any, dict[str, str]]:
    """Return what an import may have read: the package and variables of the environment."""
    return package_times(), {
        name: value
        for name, value in os.environ.items()
        if name not in PASSING and not name.startswith("GOVLIB_")
    }


def connect() -> socket.socket:
    """Connect to a new kernel; start a warm process if there is none of this state of things.

    Raises
    ------
    OSError
        If the warm process ends while it imports.
    """
    with _LOCK:
        if _warm is not None and _warm.conditions == _conditions():
            with contextlib.suppress(OSError):
                return _warm.connect()
        return _start().connect()


def warm_up() -> None:
    """Start the warm process now: it does its imports while this process does its own.

    Processes forked from this one share it. Where no kernel can be forked, nothing is started.
    """
    with _LOCK:
        if find_obstacle("python3") is not None:
            return
        if _warm is None or _warm.conditions != _conditions():
            _start()


def _start() -> WarmProcess:
    """Start a warm process in place of the one there is."""
    global _warm
    if _warm is not None:
        atexit.unregister(_warm.stop)
        _warm.stop()
    _warm = WarmProcess()
    atexit.register(_warm.stop)
    return _warm


def stop() -> None:
    """End the warm process and with it all kernels, if this process has started one."""
    if _warm is not None:
        _warm.stop()


class Channel:
    """One channel of a forked kernel, with what nbclient asks of a channel."""

    def __init__(self, kernel: "ForkedKernel") -> None:
        self.kernel = kernel
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def send(self, message: dict[str, Any]) -> None:
        """Send a request."""
        frames = self.kernel.session.serialize(message)
        self.kernel.connection.sendall(pack(REQUEST, [*frames, *message.get("buffers", [])]))

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """Return the next message; queue.Empty after `timeout` seconds."""
        self.kernel.watch()
        try:
            return await asyncio.wait_for(self.messages.get(), timeout)
        except TimeoutError:
            raise Empty from None


class ForkedKernel(KernelClient):
    """A kernel forked from the warm process: manager and client at once, as nbclient uses them."""

    shell_channel = AnyTrait()
    iopub_channel = AnyTrait()

    def __init__(self) -> None:
        super().__init__()
        self.session.key = secrets.token_hex(16).encode()
        self.connection = connect()
        self.shell_channel, self.iopub_channel = Channel(self), Channel(self)
        self.received = bytearray()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.pid = 0
        self.has_kernel, self.ipykernel, self.alive = False, True, True

    def __enter__(self) -> "ForkedKernel":
        """Be ended by a ``with`` statement."""
        return self

    def __exit__(self, error: object, *_: object) -> None:
        """Let the kernel end; kill it after an error."""
        self.end(now=error is not None)

    # What nbclient asks of a kernel manager.

    def start_kernel(self, extra_arguments: list[str], cwd: str | None = None) -> None:
        """Send what the kernel has to know."""
        setup = {
            "key": self.session.key.decode(),
            "folder": str(Path(cwd or ".").resolve()),
            "environment": dict(os.environ),
            "arguments": extra_arguments,
        }
        content = json.dumps(setup).encode()
        with Path(os.devnull).open("wb") as nothing:
            standard = [_descriptor(number, nothing.fileno()) for number in (1, 2)]
            socket.send_fds(self.connection, [LENGTH.pack(len(content))], standard)
        self.connection.sendall(content)
        self.has_kernel = True

    def client(self) -> "ForkedKernel":
        """Return the client: this object."""
        return self

    def interrupt_kernel(self) -> None:
        """Interrupt the cell and what it has started, as Ctrl-C does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGINT)

    def end(self, *, now: bool) -> None:
        """Let the kernel end as a Python process does, or kill it and what it has started."""
        self._stop_tasks()
        self.stop_channels()
        with contextlib.suppress(OSError):
            if not now:
                self.connection.sendall(pack(REQUEST, []))
                self.connection.settimeout(PATIENCE)
                while self.connection.recv(65536):
                    pass
                self.alive = False
        if self.alive and self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self.connection.close()

    def _stop_tasks(self) -> None:
        """Stop what nbclient leaves waiting for a kernel that does not answer."""
        loop = self.loop
        if loop is not None and not loop.is_closed() and not loop.is_running():
            waiting = asyncio.all_tasks(loop)
            for task in waiting:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))

    # What nbclient asks of a kernel client.

    def start_channels(self, *_: Any, **__: Any) -> None:
        """Do nothing: the connection is there."""

    def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for the kernel to say that it is ready; RuntimeError if it does not."""
        self.connection.settimeout(timeout)
        try:
            while not (message := unpack(self.received)):
                part = self.connection.recv(65536)
                if not part:
                    raise RuntimeError("The forked kernel died before it could answer.")
                self.received += part
        except TimeoutError:
            raise RuntimeError(f"The forked kernel did not answer in {timeout} s.") from None
        self.connection.settimeout(None)
        self.pid = json.loads(message[1][0])

    def stop_channels(self) -> None:
        """Stop listening."""
        if self.loop is not None:
            if not self.loop.is_closed():
                self.loop.remove_reader(self.connection)
            self.loop = None

    async def is_alive(self) -> bool:
        """Tell whether the kernel is still connected."""
        return self.alive

    def watch(self) -> None:
        """Sort what the kernel sends into channels, in the event loop that asks for it."""
        loop = asyncio.get_running_loop()
        if self.loop is not loop:
            self.stop_channels()
            loop.add_reader(self.connection, self._read)
            self.loop = loop

    def _read(self) -> None:
        """Take what is there; nbclient asks each second whether the kernel is alive."""
        part = b""
        with contextlib.suppress(OSError):
            part = self.connection.recv(1 << 20)
        if not part:
            self.alive = False
            self.stop_channels()
            return
        self.received += part
        while message := unpack(self.received):
            channel = self.iopub_channel if message[0] == IOPUB else self.shell_channel
            _, frames = self.session.feed_identities(message[1])
            channel.messages.put_nowait(self.session.deserialize(frames))


def _descriptor(number: int, otherwise: int) -> int:
    """Return a standard stream's descriptor, or another if that stream is closed."""
    try:
        os.fstat(number)
    except OSError:
        return otherwise
    return number
