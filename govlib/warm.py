"""A warm process: the imports are done once, and each notebook's kernel is forked from it.

It has one thread and executes nothing, so that forking it is safe and each kernel starts from the
same state. A kernel is ipykernel's own; only its channels differ: one Unix socket to the client in
place of five ZMQ ports. ``govlib.engine`` starts the process and talks to the kernels.
"""

import asyncio
import atexit
import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

PRELOADED = (
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "babel.dates",
    "govlib.association",
    "govlib.changes",
    "govlib.claims",
    "govlib.claim_figures",
    "govlib.export",
    "govlib.figures",
    "govlib.gap_figures",
    "govlib.gaps",
    "govlib.groups",
    "govlib.peer_captions",
    "govlib.peer_figures",
    "govlib.revision_figures",
    "govlib.runs",
    "govlib.streams",
    "govlib.survey_captions",
    "govlib.survey_figures",
    "govlib.tables",
    "govlib.trends",
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
    "odrpack",
    "pandas.core.methods.to_dict",
    "pandas.io.formats.csvs",
    "pandas.io.formats.html",
    "pandas.io.formats.string",
    "pandas.io.formats.style",
    "pypdf",
    "pypdf.filters",
    "pypdfium2",
    "scipy.stats",
    "seaborn",
    "sqlite3",
    "statsmodels.stats.proportion",
    "tornado.platform.asyncio",
    "xml.etree.ElementTree",
)
"""What the notebooks import, and what these import late."""

SHELL, IOPUB, REQUEST = 1, 2, 3
HEAD = struct.Struct("!BI")
LENGTH = struct.Struct("!I")


def pack(channel: int, frames: Sequence[Any]) -> bytes:
    """Write the frames of a message as bytes: channel, how many, then each with its length."""
    parts = [HEAD.pack(channel, len(frames))]
    for frame in frames:
        content = bytes(frame)
        parts += [LENGTH.pack(len(content)), content]
    return b"".join(parts)


def unpack(received: bytearray) -> tuple[int, list[bytes]] | None:
    """Take the first message from what was received, or return None if it is not complete."""
    if len(received) < HEAD.size:
        return None
    channel, count = HEAD.unpack_from(received)
    frames, at = [], HEAD.size
    for _ in range(count):
        if len(received) < at + LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(received, at)
        at += LENGTH.size + length
        if len(received) < at:
            return None
        frames.append(bytes(received[at - length : at]))
    del received[:at]
    return channel, frames


def serve(listener_fd: int) -> None:
    """Import, say how many threads there are, then fork a kernel for each connection.

    While nobody waits it rehearses what notebooks do; if that left a thread, it forks no more.
    Ends, with all kernels and what they have started, when standard input is closed.

    Parameters
    ----------
    listener_fd : int
        File descriptor of a listening Unix socket. A client sends its standard output and error
        as file descriptors, then one JSON object (see `_run_kernel`).
    """
    answer = os.dup(1)
    with Path(os.devnull).open("wb") as nothing:  # for what a package prints while it is imported
        os.dup2(nothing.fileno(), 1)
    _warm_up()
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
                    _run_kernel(connection)
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
    for name in PRELOADED:
        importlib.import_module(name)
    _freeze()


def _freeze() -> None:
    """Have what is here, which all kernels share, never touched by a search for garbage."""
    gc.collect()
    gc.freeze()


def _rehearse() -> Iterator[float]:
    """Draw, save and read what is held, step by step; leave no figure, no setting and no file."""
    import matplotlib.style
    from matplotlib.figure import Figure

    from govlib import catalog, export, figures, provenance, words, world
    from govlib.errors import GovlibError

    with contextlib.suppress(GovlibError, OSError):  # a notebook will say what is wrong there
        # Of an edition that has changed since, a kernel reads the bytes that are there then.
        editions = catalog.held_editions()
        first = world.rank_world(editions[-1]).iloc[:1]
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
        for language in words.LANGUAGES:
            words.decimal(0.5, language)
        for edition in editions:
            world.rank_world(edition)
            yield 0.0
        for notebook in (catalog.project_folder() / "notebooks").glob("[0-9]*.ipynb"):
            provenance.code_state(notebook.stem)
            yield 0.0


def _count_threads() -> int:
    """Return the number of threads that a fork leaves behind, those of libraries included."""
    # A library that can be forked (OpenBLAS) ends its threads before a fork.
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return len(list(Path("/proc/self/task").iterdir()))


def _run_kernel(connection: socket.socket) -> None:
    """Be a kernel until the client says shutdown or goes away."""
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
    sys.argv = ["ipykernel_launcher.py", *setup["arguments"]]
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
        import zmq

        self.connection, self.channel, self.lock = connection, channel, lock
        self.context: Any = zmq.Context.instance()

    def send_multipart(self, frames: Sequence[Any], *_: Any, **__: Any) -> None:
        """Send the frames of one message."""
        content = pack(self.channel, frames)
        with self.lock:
            self.connection.sendall(content)

    def close(self) -> None:
        """Do nothing: the connection is closed with the process."""


def _make_app(connection: socket.socket, setup: dict[str, Any]) -> Any:
    """Make ipykernel's application with our channels and start its shell."""
    from ipykernel.iostream import IOPubThread
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelapp import IPKernelApp
    from traitlets import Any as AnyTrait
    from traitlets import DottedObjectName

    lock = threading.Lock()

    class Kernel(IPythonKernel):
        """A kernel without subshells, whose requests come one by one."""

        shell_stream = AnyTrait()
        _supports_kernel_subshells = False

        def _abort_queues(self, subshell_id: str | None = None) -> None:
            """Leave the next request alone: the client decides after an error."""

    class App(IPKernelApp):
        """The application of a kernel, without ports, connection file and heartbeat."""

        outstream_class = DottedObjectName("govlib.streams.Stream")

        def init_connection_file(self, **_: Any) -> None:
            """Have none."""

        write_connection_file = log_connection_info = init_connection_file
        init_poller = init_heartbeat = init_connection_file

        def init_sockets(self) -> None:
            """Take the connection as iopub and shell channel."""
            self.session.key = setup["key"].encode()
            self.session.pid = os.getpid()
            self.configure_tornado_logger()  # type: ignore[no-untyped-call]
            channel = Channel(connection, IOPUB, lock)
            threads: Any = IOPubThread
            self.iopub_thread = threads(channel, pipe=True, session=self.session)
            self.iopub_thread.start()
            self.iopub_socket = self.iopub_thread.background_socket

        def init_kernel(self) -> None:
            """Create the kernel."""
            self.kernel = Kernel.instance(
                parent=self,
                session=self.session,
                shell_stream=Channel(connection, SHELL, lock),
                shell_channel_thread=SimpleNamespace(parent_thread=threading.current_thread()),
                iopub_thread=self.iopub_thread,
                iopub_socket=self.iopub_socket,
                log=self.log,
                profile_dir=self.profile_dir,
                user_ns=self.user_ns,
            )
            self.displayhook.get_execution_count = lambda: self.kernel.execution_count

    asyncio.set_event_loop(asyncio.new_event_loop())
    app: Any = App.instance()
    app.initialize(setup["arguments"])
    return app


async def _answer(connection: socket.socket, app: Any) -> None:
    """Hand each request to the kernel, in order, until the client or a cell says to end."""
    import zmq
    from tornado.ioloop import IOLoop

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
    threading._shutdown()  # type: ignore[attr-defined]
    app.shell.user_ns.clear()
    app.shell.user_ns_hidden.clear()
    gc.collect()
    app.shell.displayhook.flush = lambda: None  # IPython would search for garbage once more
    atexit._run_exitfuncs()
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
    os.killpg(0, signal.SIGKILL)
