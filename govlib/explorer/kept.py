"""What the explorer keeps from earlier changes: bounded, and forgotten when the data change.

Also what it does while nobody waits: prepare what may be asked for next, look for garbage.
"""

import contextlib
import functools
import gc
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

from govlib.project import data_folder

P = ParamSpec("P")
R = TypeVar("R")

_FORGET: list[Callable[[], None]] = []
"""What empties each thing that is kept."""

QUIET = 0.3
"""Seconds after a change in which nothing is prepared."""

_SEEN: list[Any] = [None]
"""The state of the data that what is kept was made of."""


def keep(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that keeps a function's last answers, until the data change.

    Parameters
    ----------
    most : int
        How many answers are kept.

    Returns
    -------
    callable
        For functions whose arguments can be hashed.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        kept: Any = functools.lru_cache(most)(function)
        forget_with_data(kept.cache_clear)
        answer: Callable[P, R] = kept
        return answer

    return decorate


def forget_with_data(forget: Callable[[], None]) -> None:
    """Have something emptied when the data change.

    Parameters
    ----------
    forget : callable
        Without arguments; called by `forget_changed`.
    """
    _FORGET.append(forget)


def data_state() -> tuple[Any, ...]:
    """Return what tells one state of the data from another.

    Returns
    -------
    tuple
        Of the record, which has the hash of every file: no file is read that differs from it.
    """
    record = data_folder() / "datapackage.json"
    try:
        found = record.stat()
    except OSError:
        return (str(record),)
    return str(record), found.st_ino, found.st_size, found.st_mtime_ns


def forget_changed() -> None:
    """Forget all that is kept if the data are others than when it was made."""
    state = data_state()
    if _SEEN[0] != state:
        for forget in _FORGET:
            forget()
        _SEEN[0] = state


class Kept(OrderedDict[Any, Any]):
    """The last values made, each by its key and of the same data; `most` are kept."""

    def __init__(self, most: int) -> None:
        """Keep nothing yet."""
        super().__init__()
        self.most = most

    def find(self, key: Any) -> Any:
        """Return what is kept under a key, as the newest of all; None if nothing is."""
        found = self.get((data_state(), key))
        if found is not None:
            self.move_to_end((data_state(), key))
        return found

    def put(self, key: Any, value: Any) -> None:
        """Keep a value in place of the one that has not been used for longest."""
        self[data_state(), key] = value
        if len(self) > self.most:
            self.popitem(last=False)


class Waiting:
    """Prepares step by step, in a thread of its own, what may be asked for next."""

    def __init__(self, steps: Iterator[None], turn: Any) -> None:
        """Take the steps, and the lock under which changes are made; `start` starts."""
        self._steps, self._turn, self._quiet_from = steps, turn, 0.0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self._started = False

    def start(self) -> None:
        """Start, once."""
        if not self._started:
            self._started = True
            self.thread.start()

    def pause(self) -> None:
        """Do nothing for a while: a reader is making changes."""
        self._quiet_from = time.monotonic() + QUIET

    def _run(self) -> None:
        """Make the steps, one in each turn; a view that fails says so when it is asked for."""
        with contextlib.suppress(Exception):
            while True:
                time.sleep(max(0.01, self._quiet_from - time.monotonic()))
                if self._quiet_from > time.monotonic():
                    continue
                with self._turn:
                    if next(self._steps, "end") == "end":
                        return freeze()


def freeze() -> None:
    """Have what is loaded by now never searched for garbage: that took 0.3 s of some changes."""
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """Look for no garbage while a reader waits: a figure is thousands of objects, all in use."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
