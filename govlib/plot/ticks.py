"""Tick labels in the numbers of a language."""

from typing import Any

from babel.numbers import get_decimal_symbol
from matplotlib.axis import Axis
from matplotlib.ticker import ScalarFormatter

from govlib.i18n import check_language


class _DecimalSymbol(ScalarFormatter):
    """Writes numbers as matplotlib does, with another decimal symbol."""

    def __init__(self, symbol: str) -> None:
        """Keep the symbol."""
        super().__init__()
        self._symbol = symbol

    def __call__(self, x: float, pos: Any = None) -> str:
        """Return the label of a tick."""
        return super().__call__(x, pos).replace(".", self._symbol)


def write_ticks(axis: Axis, language: str) -> None:
    """Write the numbers of an axis with the decimal symbol of a language.

    Parameters
    ----------
    axis : Axis
        ``ax.xaxis`` or ``ax.yaxis`` with numbers.
    language : str
        "en", "ru" or "kk".

    Raises
    ------
    UnknownName
        If there is no such language.
    """
    check_language(language)
    symbol = get_decimal_symbol(language)
    if symbol != ".":
        axis.set_major_formatter(_DecimalSymbol(symbol))
