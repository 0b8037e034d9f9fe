"""The texts of a figure: found, broken into lines, named in a message."""

import re
import textwrap

from matplotlib.figure import Figure
from matplotlib.text import Text


def find_texts(fig: Figure) -> list[Text]:
    """Return the texts of a figure that say something.

    Parameters
    ----------
    fig : Figure
        Of any kind; ticks that are yet to be made have no text.

    Returns
    -------
    list of Text
        In the order of the artists.
    """
    return [text for text in fig.findobj(Text) if isinstance(text, Text) and text.get_text()]


def find_labels(fig: Figure) -> list[Text]:
    """Return the labels of axes and the titles, which may be broken into lines.

    Parameters
    ----------
    fig : Figure
        Hidden Axes are left out.

    Returns
    -------
    list of Text
        The figure's own first, then those of each Axes.
    """
    parts = [getattr(fig, name, None) for name in ("_suptitle", "_supxlabel", "_supylabel")]
    for ax in fig.axes:
        if ax.get_visible():
            parts += [ax.title, ax.xaxis.label, ax.yaxis.label]
    return [part for part in parts if isinstance(part, Text) and part.get_text()]


def break_lines(text: Text, length: float) -> None:
    """Break a text into lines, so that each takes most of the room.

    Parameters
    ----------
    text : Text
        With or without lines.
    length : float
        Of its longest line, in multiples of the room.
    """
    # Lines that were broken at a hyphen before are one word again.
    words = " ".join(re.sub(r"(?<=\w-)\n(?=\w)", "", text.get_text()).split())
    longest = max(map(len, words.split()))
    line = max(map(len, text.get_text().split("\n")))  # it is this one that is too long
    width = max(int(line / length * 0.95), longest if longest <= 20 else 8)
    text.set_text("\n".join(textwrap.wrap(words, width)))


def shorten(text: str) -> str:
    """Return a text for a message.

    Parameters
    ----------
    text : str
        Of any length.

    Returns
    -------
    str
        In quotation marks, 40 letters at most.
    """
    return repr(text if len(text) <= 40 else f"{text[:37]}...")
