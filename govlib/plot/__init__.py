"""Figures: tables in, matplotlib Axes out.

All plot functions take these options:

highlight : str, optional
    Code of what is emphasised: an economy drawn in colour, or in figures of one economy a
    dimension, item, indicator or claim. One that the table does not have changes nothing.
names : mapping of str to str, optional
    Names by code; the codes themselves by default.
language : str
    Of text and numbers: "en", "ru" or "kk".
notes : str
    Sentences added to the caption.
ax : Axes, optional
    Where to draw; by default the current Axes, or a new figure for the profile `paper`.
profile : str
    Of functions that make a figure, in place of `ax`: its profile (`find_profile`).

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
    from govlib.plot.lines import by_method, editions, small_trends, standings, trend
    from govlib.plot.profiles import find_profile, read_profiles
    from govlib.plot.rows import changes, gaps, intervals, left_out, positions, weights
    from govlib.plot.surveys import answers, share_panels, shares
    from govlib.plot.world import against, choropleth, distribution, tiles

__all__ = [
    "Description",
    "Panel",
    "Point",
    "against",
    "answers",
    "by_dimension",
    "by_method",
    "changes",
    "choropleth",
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
    "share_panels",
    "shares",
    "small_trends",
    "standings",
    "style",
    "tiles",
    "trend",
    "weights",
]
# In the order in which a name is looked for. None has the name of a function: an import of it would
# hide the function.
_MODULES = ("profiles", "_style", "lines", "rows", "surveys", "world", "claims")


def __getattr__(name: str) -> Any:
    """Import what is asked for; nothing is imported before it is used (PEP 562)."""
    for module in _MODULES if name in __all__ else ():
        there = vars(import_module(f"govlib.plot.{module}"))
        if name in there:
            return there[name]
    raise AttributeError(f"module 'govlib.plot' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
