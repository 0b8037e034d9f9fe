"""Copies of a figure, and whether it has changed since one was made."""

import copyreg
import io
import pickle
from collections import ChainMap
from typing import Any, ClassVar

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cbook import CallbackRegistry
from matplotlib.figure import Figure

from govlib.errors import BadParameter

REFUSED = (pickle.PicklingError, AttributeError, TypeError)
"""What pickle raises of an object that it does not take."""


def pickle_figure(fig: Figure) -> bytes:
    """Return what a figure can be copied from.

    Parameters
    ----------
    fig : Figure
        Left as it is.

    Returns
    -------
    bytes
        Equal to those of before, in one process, unless the figure has changed.

    Raises
    ------
    BadParameter
        If the figure holds what cannot be copied, such as an open file.
    """
    content = io.BytesIO()
    pickler = pickle.Pickler(content)
    pickler.dispatch_table = copyreg.dispatch_table | {CallbackRegistry: _reduce_registry}
    try:
        pickler.dump(fig)
        # A function of a notebook is named only: what it reads may change and the name stays.
        if b"__main__" not in content.getvalue():
            return content.getvalue()
    except REFUSED:  # bar_label and formatters hold functions without a name
        pass
    try:
        return _pickle_functions(fig)
    except REFUSED as error:
        raise BadParameter(
            f"The figure cannot be copied to be fitted ({error}): draw it without open files "
            "and connections."
        ) from None


def _pickle_functions(fig: Figure) -> bytes:
    """Pickle a figure with its functions and what they read, which takes twice as long."""
    import cloudpickle

    # The mark is for a base class that has no types.
    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        dispatch_table: ClassVar = ChainMap(
            {CallbackRegistry: _reduce_registry}, cloudpickle.Pickler.dispatch_table
        )

    content = io.BytesIO()
    Pickler(content).dump(fig)
    return content.getvalue()


def _reduce_registry(registry: CallbackRegistry) -> tuple[Any, ...]:
    """Count a registry's callbacks on from those that it has, not from all it ever had."""
    state: Any = registry.__getstate__()
    used = [number for held in state["callbacks"].values() for number in held]
    state["_cid_gen"] = max(used, default=0) + 1
    return object.__new__, (CallbackRegistry,), state


def copy_figure(pickled: bytes) -> Figure:
    """Return a copy of a figure, which is measured in one way whatever the backend.

    Drawing a figure moves its layout by fractions of a point: the figure itself is not drawn.

    Parameters
    ----------
    pickled : bytes
        As `pickle_figure` returns them.

    Returns
    -------
    Figure
        With the Agg canvas.
    """
    copy = pickle.loads(pickled)
    assert isinstance(copy, Figure)
    manager = copy.canvas.manager
    FigureCanvasAgg(copy).manager = manager
    return copy
