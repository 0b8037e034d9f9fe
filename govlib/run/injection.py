"""What papermill injected into a notebook: it only warns of a name that there is not."""

import ast
from collections.abc import Sequence


def find_undeclared(inputs: Sequence[str]) -> list[str]:
    """Return the names that papermill injected and no other cell assigns: misspelt parameters.

    Parameters
    ----------
    inputs : sequence of str
        The cells that were run, as IPython keeps them in ``In``.

    Returns
    -------
    list of str
        In the order injected.
    """
    injected: dict[str, None] = {}
    declared: set[str] = set()
    for source in inputs:
        # papermill heads the cell that it injects with this comment.
        is_injected = source.startswith("# Parameters\n")
        try:
            statements = ast.parse(source).body
        except SyntaxError:
            continue
        for statement in statements:
            targets = (
                statement.targets
                if isinstance(statement, ast.Assign)
                else [statement.target]
                if isinstance(statement, ast.AnnAssign)
                else []
            )
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            if is_injected:
                injected |= dict.fromkeys(names)
            else:
                declared |= set(names)
    return [name for name in injected if name not in declared]
