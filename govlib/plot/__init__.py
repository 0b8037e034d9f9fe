"""Figures: tables in, matplotlib Axes out.

All plot functions take these options:

highlight : str, optional
    Code of what is emphasised: an economy drawn in colour, or in figures of one economy a
    dimension, item, indicator or claim. One that the table does not have changes nothing.
names : mapping of str to str, optional
    Names by code; the codes themselves by default.
language : str
    Of text and numbers: "en", "ru" or "kk".
ax : Axes, optional
    Where to draw; by default the current Axes, or a new figure for the profile `paper`.
notes : str
    Sentences added to the caption.
profile : str
    Of functions that make a figure: its profile (`find_profile`), "paper" by default.

They draw in the style of the figure's journal profile, register what they show for `describe`,
and return the Axes. They raise BadTable for a table that cannot be drawn and UnknownName for a
language that does not exist, or has no word for what the table has.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from govlib.plot._style import (
        Description,
        Panel,
        Point,
        by_dimension,
        describe,
        figure,
        height_of_list,
        label_outer,
        letter,
        panels,
        profile_of,
        register,
        style,
    )
    from govlib.plot.claims import ledger
    from govlib.plot.lines import small_trends, standings, trend
    from govlib.plot.profiles import find_profile, read_profiles
    from govlib.plot.revisions import by_method, editions
    from govlib.plot.rows import changes, gaps, intervals, left_out, positions, weights
    from govlib.plot.surveys import answers, shares
    from govlib.plot.world import against, distribution

# No module has the name of a function: an import of it would hide the function.
_NAMES = {
    name: module
    for module, names in {
        "_style": "Description Panel Point by_dimension describe figure height_of_list label_outer "
        "letter panels profile_of register style",
        "claims": "ledger",
        "lines": "small_trends standings trend",
        "profiles": "find_profile read_profiles",
        "revisions": "by_method editions",
        "rows": "changes gaps intervals left_out positions weights",
        "surveys": "answers shares",
        "world": "against distribution",
    }.items()
    for name in names.split()
}
__all__ = [
    "Description",
    "Panel",
    "Point",
    "against",
    "answers",
    "by_dimension",
    "by_method",
    "changes",
    "describe",
    "distribution",
    "editions",
    "figure",
    "find_profile",
    "gaps",
    "height_of_list",
    "intervals",
    "label_outer",
    "ledger",
    "left_out",
    "letter",
    "panels",
    "positions",
    "profile_of",
    "read_profiles",
    "register",
    "shares",
    "small_trends",
    "standings",
    "style",
    "trend",
    "weights",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for; nothing is imported before it is used (PEP 562)."""
    if name in _NAMES:
        return getattr(import_module(f"govlib.plot.{_NAMES[name]}"), name)
    raise AttributeError(f"module 'govlib.plot' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
