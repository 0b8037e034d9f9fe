"""The exceptions of govlib. Each says what was asked, what exists and what to do next."""

import sys
import traceback
from collections.abc import Iterable, Mapping
from difflib import get_close_matches


class GovlibError(Exception):
    """Anything that govlib cannot do as asked; catch this to catch all of them."""

    def _render_traceback_(self) -> list[str]:
        """Tell IPython to show what is wrong and in which line of the notebook, no others."""
        shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
        lines = []
        for frame, number in traceback.walk_tb(self.__traceback__):
            cell = shell and shell.compile.format_code_name(frame.f_code.co_filename)
            if cell:
                lines.append(f"{' '.join(cell)}, line {number}")
        return [*lines, f"{type(self).__name__}: {self}"]


class UnknownName(GovlibError, LookupError):
    """An edition, economy, dimension, year, notebook or parameter that does not exist."""


class NotHeld(UnknownName):
    """A survey, wave or year that may exist, for which no figures are included."""


class BadParameter(GovlibError, ValueError):
    """A value of the wrong type or outside its range."""


class BadTable(GovlibError, ValueError):
    """A table that breaks the contract: columns missing, keys repeated, editions mixed."""


class AlteredFile(GovlibError, OSError):
    """A data file that is missing or whose bytes are not those of its record."""


class BadFile(GovlibError, ValueError):
    """A file from elsewhere that is not what it should be; names the sheet and cell."""


class FailedRun(GovlibError, RuntimeError):
    """A notebook that stopped in a cell."""


class FailedFetch(GovlibError, OSError):
    """A fetch that cannot be finished: the network, the server or what it answered."""


class BadAnswer(FailedFetch):
    """An answer worth asking for again; `retry_after` holds the seconds if the server named any."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """Keep what the server asked for."""
        super().__init__(message)
        self.retry_after = retry_after


def did_you_mean(
    asked: object, known: Iterable[str], names: Mapping[str, str] | None = None
) -> str:
    """Return " Did you mean ...?" for a near miss of what is known, else an empty string.

    It begins with a space, so that it can follow a sentence. With `names` of what is known, a near
    miss of a name is answered with its code as well.
    """
    names, words = names or {}, dict[str, str]()
    for code in known:
        words[code.casefold()] = code
        if code in names:
            words[names[code].casefold()] = code
            words.setdefault(names[code].split(",")[0].casefold(), code)
    word = str(asked).strip().casefold()
    close = [word] if word in words else get_close_matches(word, words, n=3, cutoff=0.75)
    if not close and len(word) == 3:  # a code with one letter wrong, or two swapped
        near = [w for w in words if len(w) == 3 and sum(map(str.__ne__, w, word)) == 1]
        close = [w for w in words if len(w) == 3 and sorted(w) == sorted(word)] or near[:3]
    codes = dict.fromkeys(words[found] for found in close)
    listed = " or ".join(f"{code} ({names[code]})" if code in names else code for code in codes)
    return f" Did you mean {listed}?" if codes else ""
