"""The papermill engine ``govlib``: each notebook in a fresh process, forked from a warm one.

``papermill --engine govlib in.ipynb out.ipynb`` and ``papermill.execute_notebook(...,
engine_name="govlib")``. nbclient runs the cells and handles outputs as in papermill's own engine;
only the kernel is started and reached in another way (`govlib.kernels`). Papermill imports this
module by its entry point; import papermill first.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from papermill.engines import NBClientEngine
from papermill.log import logger

from govlib.run.kernels import ForkedKernel, find_obstacle


class GovlibEngine(NBClientEngine):  # type: ignore[misc]
    """Papermill's engine with kernels forked from a warm process."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
        """Run the notebook, in the stock engine where a fork is not possible or not safe."""
        kernel = None
        reason = find_obstacle(kernel_name)
        if reason is None:
            try:
                kernel = ForkedKernel()
            except OSError as error:
                reason = f"the warm process does not answer ({error})"
        if kernel is None:
            logger.warning(f"govlib engine: {reason}; the stock engine runs this notebook.")
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)
        with kernel, _saving_seldom(nb_man):
            return super().execute_managed_notebook(nb_man, kernel_name, km=kernel, **kwargs)


@contextlib.contextmanager
def _saving_seldom(nb_man: Any) -> Iterator[None]:
    """Save the notebook once a second at most; papermill saves it twice a cell."""
    save, seconds = nb_man.save, 1.0

    def save_seldom(nb: Any = None) -> None:
        """Save unless that was done a moment ago."""
        nb_man.nb = nb or nb_man.nb
        if (nb_man.now() - nb_man.last_save_time).total_seconds() >= seconds:
            save()

    nb_man.save = save_seldom
    try:
        yield
        seconds = float("inf")  # all cells are run or one has failed: papermill saves what there is
    except BaseException:
        nb_man.save = save
        raise
