"""Each economy's position in the world, in one edition."""

import pandas as pd

from govlib.datasets import package as catalog
from govlib.datasets.wgi import read_wgi
from govlib.stats._tables import add_interval
from govlib.stats.ranks import rank_economies

_RANKED: dict[tuple[int, str], pd.DataFrame] = {}
"""The editions ranked in this process, by the hash of their file too."""


def rank_world(edition: int) -> pd.DataFrame:
    """Read an edition and rank its economies among all that it lists, in each year and dimension.

    Parameters
    ----------
    edition : int
        Year of release.

    Returns
    -------
    DataFrame
        ``rank_economies(add_interval(read_wgi(edition)))``, computed once in a process.

    Raises
    ------
    UnknownName, AlteredFile
        As `read_wgi`.
    """
    resource = catalog.find_edition(edition)
    catalog.read_bytes(resource)  # refuses a file that has been altered since it was ranked
    key = resource["edition"], resource["hash"]
    if key not in _RANKED:
        _RANKED[key] = rank_economies(add_interval(read_wgi(edition)))
    return _RANKED[key].copy(deep=False)  # pandas copies what a caller changes
