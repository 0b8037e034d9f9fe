"""What a kernel does that was forked from the warm process.

It is ipykernel's own; only its channels differ: one Unix socket to the client in place of five ZMQ
ports. The classes are made before the fork, and what takes a while but serves nothing here is left
out: a parser of options that are not given, and a list of all modules for a debugger that cannot be
reached.
"""

import asyncio
import atexit
import contextlib
import ctypes
import gc
import json
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import zmq
from ipykernel import ipkernel
from ipykernel.iostream import IOPubThread
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from tornado.ioloop import IOLoop
from traitlets import Any as AnyTrait
from traitlets import DottedObjectName

from govlib.run.frames import IOPUB, LENGTH, REQUEST, SHELL, pack, unpack

SETTING = re.compile(r"--\w+\.\w+=")
"""``--HistoryManager.hist_file=:memory:``, as nbclient starts a kernel."""


def run_kernel(connection: socket.socket) -> None:
    """Be a kernel until the client says shutdown or goes away; does not return.

    Parameters
    ----------
    connection : Socket
        To the client, which sends its standard output and error as descriptors with the length of
        one JSON object: ``folder`` to work in, ``environment``, ``arguments`` of the kernel and the
        ``key`` that messages are signed with.
    """
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: end with the warm process
    os.setsid()
    head, descriptors, _, _ = socket.recv_fds(connection, LENGTH.size, 2)
    if len(descriptors) < 2:  # the client went away before it asked for anything
        os._exit(0)
    for descriptor, standard in zip(descriptors, (1, 2), strict=True):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    with Path(os.devnull).open("rb") as nothing:  # the warm process's input never ends
        os.dup2(nothing.fileno(), 0)
    (length,) = LENGTH.unpack(head)
    setup = json.loads(_receive(connection, length))
    os.environ.clear()
    os.environ.update(setup["environment"])
    os.chdir(setup["folder"])
    sys.argv = ["ipykernel_launcher.py", "-f", "none", *setup["arguments"]]
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    app = _make_app(connection, setup)
    connection.sendall(pack(REQUEST, [json.dumps(os.getpid()).encode()]))
    asyncio.get_event_loop().run_until_complete(_answer(connection, app))
    _finish(app, connection)


def _receive(connection: socket.socket, length: int) -> bytes:
    """Receive exactly so many bytes."""
    content = bytearray()
    while len(content) < length:
        part = connection.recv(length - len(content))
        if not part:
            os._exit(1)
        content += part
    return bytes(content)


class Channel:
    """What the kernel takes for a ZMQ socket: sends frames over the connection."""

    def __init__(self, connection: socket.socket, channel: int, lock: threading.Lock) -> None:
        self.connection, self.channel, self.lock = connection, channel, lock
        self.context: Any = zmq.Context.instance()

    def send_multipart(self, frames: Sequence[Any], *_: Any, **__: Any) -> None:
        """Send the frames of one message."""
        content = pack(self.channel, frames)
        with self.lock:
            self.connection.sendall(content)

    def close(self) -> None:
        """Do nothing: the connection is closed with the process."""


class Kernel(IPythonKernel):
    """A kernel without subshells, whose requests come one by one."""

    shell_stream = AnyTrait()
    _supports_kernel_subshells = False

    def __init__(self, **given: Any) -> None:
        """Make a kernel without a list of all modules: looking at each copies its memory."""
        with mock.patch.object(ipkernel, "sys", SimpleNamespace(modules={})):
            # The mark is for a function of ipykernel that has no types.
            super().__init__(**given)  # type: ignore[no-untyped-call]

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """Leave the next request alone: the client decides after an error."""


class App(IPKernelApp):
    """The application of a kernel, without ports, connection file and heartbeat."""

    outstream_class = DottedObjectName("govlib.run.streams.Stream")
    connection: Any = None
    key = b""

    def _create_loader(self, argv: Any, aliases: Any, flags: Any, classes: Any) -> Any:
        """Read settings, which are all that nbclient gives, without a parser of all options."""
        if all(SETTING.match(word) for word in argv):
            aliases, flags, classes = {}, {}, []
        return super()._create_loader(argv, aliases, flags, classes)

    def init_connection_file(self, **_: Any) -> None:
        """Have none."""

    write_connection_file = log_connection_info = init_connection_file
    init_poller = init_heartbeat = init_connection_file

    def init_sockets(self) -> None:
        """Take the connection as iopub and shell channel."""
        self.session.key = self.key
        self.session.pid = os.getpid()
        # The mark is for a function of ipykernel that has no types.
        self.configure_tornado_logger()  # type: ignore[no-untyped-call]
        self.lock = threading.Lock()
        channel = Channel(self.connection, IOPUB, self.lock)
        threads: Any = IOPubThread
        self.iopub_thread = threads(channel, pipe=True, session=self.session)
        self.iopub_thread.start()
        self.iopub_socket = self.iopub_thread.background_socket

    def init_kernel(self) -> None:
        """Create the kernel."""
        self.kernel = Kernel.instance(
            parent=self,
            session=self.session,
            shell_stream=Channel(self.connection, SHELL, self.lock),
            shell_channel_thread=SimpleNamespace(parent_thread=threading.current_thread()),
            iopub_thread=self.iopub_thread,
            iopub_socket=self.iopub_socket,
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )
        self.displayhook.get_execution_count = lambda: self.kernel.execution_count


def _make_app(connection: socket.socket, setup: dict[str, Any]) -> Any:
    """Make ipykernel's application with our channels and start its shell."""
    App.connection, App.key = connection, setup["key"].encode()
    asyncio.set_event_loop(asyncio.new_event_loop())
    app: Any = App.instance()
    app.initialize(setup["arguments"])
    return app


async def _answer(connection: socket.socket, app: Any) -> None:
    """Hand each request to the kernel, in order, until the client or a cell says to end."""
    app.kernel.io_loop = IOLoop.current()
    app.kernel.shell.exit_now = False
    loop = asyncio.get_running_loop()
    requests: asyncio.Queue[list[bytes]] = asyncio.Queue()

    def read() -> None:
        """Read requests; end at once, with all that was started, when the client goes away."""
        received = bytearray()
        while part := connection.recv(65536):
            received += part
            while message := unpack(received):
                loop.call_soon_threadsafe(requests.put_nowait, message[1])
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=read, name="requests", daemon=True).start()
    while not app.kernel.shell.exit_now and (frames := await requests.get()):
        await app.kernel.dispatch_shell([zmq.Frame(frame) for frame in frames])


def _finish(app: Any, connection: socket.socket) -> None:
    """End as a Python process does: join threads, run exit functions, drop names, close files."""
    # What Python calls at its end; the mark is because its types do not name it.
    threading._shutdown()  # type: ignore[attr-defined]
    app.shell.user_ns.clear()
    app.shell.user_ns_hidden.clear()
    gc.collect()
    app.shell.displayhook.flush = lambda: None  # IPython would search for garbage once more
    atexit._run_exitfuncs()
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
    os.killpg(0, signal.SIGKILL)
