"""Files written beside their places and renamed, and what killed runs leave of them."""

import contextlib
import glob
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

UNFINISHED = ".unfinished"
"""What the hidden name of a file ends in until it is renamed to its place."""


def replace_file(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it, so that it is never seen half written."""
    replace_files({path: content})


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Write files beside their places, then rename all: a full disk leaves all as they were."""
    beside: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(UNFINISHED, f".{path.name}.", path.parent)
            beside[path] = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside[path].chmod(0o644)
        for path, written in beside.items():
            os.replace(written, path)
    except BaseException:
        for written in beside.values():
            written.unlink(missing_ok=True)
        raise


def remove_unfinished(folder: Path, stem: str) -> None:
    """Remove what killed runs left half written in a folder, of files that begin with a stem.

    What was written in the last minute stays: another run may be writing it.
    """
    for path in folder.glob(f".{glob.escape(stem)}*{UNFINISHED}"):
        with contextlib.suppress(OSError):  # another run removes it too
            if path.stat().st_mtime < time.time() - 60:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
