"""Copies of a figure, and whether it has changed since one was made."""

import io
import pickle
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cbook import CallbackRegistry
from matplotlib.figure import Figure

from govlib.errors import BadParameter


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
    import cloudpickle  # bar_label and formatters hold lambdas, which pickle refuses

    # The mark is for a base class that has no types.
    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        """One that does not write how often a figure was pickled, as matplotlib does."""

        def reducer_override(self, item: Any) -> Any:
            """Count a registry's callbacks on from those that it has."""
            if not isinstance(item, CallbackRegistry):
                return super().reducer_override(item)
            state: Any = item.__getstate__()
            used = [number for held in state["callbacks"].values() for number in held]
            state["_cid_gen"] = max(used, default=0) + 1
            return object.__new__, (CallbackRegistry,), state

    content = io.BytesIO()
    try:
        Pickler(content).dump(fig)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise BadParameter(
            f"The figure cannot be copied to be fitted ({error}): draw it without open files and "
            "connections."
        ) from None
    return content.getvalue()


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
