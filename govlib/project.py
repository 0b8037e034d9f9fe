"""Folders, files that are never seen half written, and one writer at a time."""

import contextlib
import errno
import glob
import os
import secrets
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

UNFINISHED = ".unfinished"
"""What the hidden name of a file ends in until it is renamed to its place."""

PACKAGE = Path(__file__).resolve().parent

_HELD = threading.local()


def in_checkout() -> bool:
    """Return True if data and notebooks are next to the package, not inside as in a wheel."""
    return not (PACKAGE / "_included").is_dir()


def project_folder() -> Path:
    """Return the folder with ``data/`` and ``notebooks/``: the checkout, or inside the package."""
    return PACKAGE.parent if in_checkout() else PACKAGE / "_included"


def data_folder() -> Path:
    """Return the folder of ``datapackage.json``: ``$GOVLIB_DATA`` if set, else the project's."""
    return Path(os.environ.get("GOVLIB_DATA") or project_folder() / "data")


def user_data_folder() -> Path:
    """Return where added editions go: an installed package has a folder of the user's for them."""
    if os.environ.get("GOVLIB_DATA") or in_checkout():
        return data_folder()
    import platformdirs

    return Path(platformdirs.user_data_dir("govlib", appauthor=False))


def figures_folder(names: Mapping[str, Any]) -> str:
    """Return the folder of a run's figures: ``figures/2023/KAZ``, in Russian ``.../KAZ/ru``.

    Told by the parameters ``figures_dir`` (it is relative if that is), ``edition``, ``economy`` and
    ``language``.
    """
    folder = Path(names["figures_dir"]) / str(names["edition"]) / names["economy"]
    language = names.get("language", "en")
    return str(folder if language == "en" else folder / language)


def read_text(path: Path, most: int = 10_000_000) -> str:
    """Return the text of a user's file (UTF-8); OSError also if it has more bytes than `most`."""
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return content.decode("utf-8-sig")


def replace_file(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it, so that it is never seen half written."""
    replace_files({path: content})


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Write files beside their places, then rename all: a full disk leaves all as they were.

    A link is followed, a file keeps its permissions, and what is no regular file (a device, a
    pipe) is written to. OSError has the name of the file that cannot be written.
    """
    beside: dict[Path, Path] = {}
    path = Path()
    try:
        for path, content in contents.items():
            path = path.resolve() if path.is_symlink() else path
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if path.exists() and not path.is_file():
                path.write_bytes(content)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            beside[path] = path.with_name(f".{path.name}.{secrets.token_hex(4)}{UNFINISHED}")
            with beside[path].open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                beside[path].chmod(path.stat().st_mode)
        for path, written in beside.items():
            os.replace(written, path)
    except BaseException as error:
        if isinstance(error, OSError) and error.errno:
            error.filename, error.filename2 = str(path), None
        for written in beside.values():
            written.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def one_writer(path: Path) -> Iterator[None]:
    """Keep other threads and processes from writing a result while this one does; wait for them.

    The lock is SQLite's, in a hidden file beside the result: systems that SQLite knows let go of it
    when its process ends, however it ends. A thread that holds it may take it again.
    """
    held = _HELD.__dict__.setdefault("paths", set())
    path = path.resolve()
    if path in held:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    lock, said = path.with_name(f".{path.name}.lock"), False
    with contextlib.ExitStack() as stack:
        while path not in held:
            try:
                database = sqlite3.connect(lock, timeout=1, isolation_level=None)
                stack.enter_context(contextlib.closing(database)).execute("BEGIN EXCLUSIVE")
                held.add(path)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise PermissionError(errno.EACCES, str(error), str(lock)) from None
                stack.close()
                if not said:
                    print(f"waiting: another process writes {path}", file=sys.stderr)
                said = True
        stack.callback(held.discard, path)
        yield


def remove_unfinished(folder: Path, stem: str) -> None:
    """Remove what killed runs left half written in a folder, of files that begin with a stem.

    What was written in the last minute stays: another run may be writing it.
    """
    for path in folder.glob(f".{glob.escape(stem)}*{UNFINISHED}"):
        with contextlib.suppress(OSError):  # another run removes it too
            if path.stat().st_mtime < time.time() - 60:
                path.unlink()
