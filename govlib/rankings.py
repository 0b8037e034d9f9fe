"""Rankings of other publishers: corruption, e-government, rule of law, freedom, open budgets."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from govlib.datasets import rankings
from govlib.datasets.rankings import add_percentile, breaks, names
from govlib.ingest.ranking_files import add, read_file

__all__ = ["add", "add_percentile", "breaks", "names", "read", "read_file"]


def read(
    name: str,
    *,
    economies: str | Iterable[str] | None = None,
    measures: str | Iterable[str] | None = None,
    editions: int | Iterable[int] | None = None,
    path: str | Path | None = None,
) -> pd.DataFrame:
    """Read a ranking of another publisher.

    Parameters
    ----------
    name : str
        ``egdi`` (UN E-Government Development Index, with e-participation), ``cpi`` (Corruption
        Perceptions Index), ``wjp-rule-of-law``, ``open-budget-survey``, ``freedom-house``.
    economies, measures, editions : optional
        One or several; all by default. World Bank codes; of an edition that is named by two years,
        the later.
    path : str or Path, optional
        A file of yours (`read_file`), read in place of the data here. Of freedom-house,
        wjp-rule-of-law and most of open-budget-survey only the article's comparison group is
        included. `add` keeps a file for every later read.

    Returns
    -------
    DataFrame
        One row per edition, economy and measure, sorted so:

        ============== ====== =====================================================================
        column         type   unit, range
        ============== ====== =====================================================================
        ranking        str    the name asked for
        edition        int    year
        economy        str    World Bank code
        measure        str    see ``data/datapackage.json``
        value          float  score in the publisher's unit; higher is better
        standard_error float  same unit; missing if not published
        position       Int64  1 for the best: as published; where a whole edition is included and no
                              rank was published, counted from the values (ties share the best)
        ranked         Int64  number of economies ranked in the edition; missing if not known
        ============== ====== =====================================================================

    Raises
    ------
    UnknownName, BadParameter
        If a ranking, economy, measure or edition does not exist; if a selection is empty.
    BadTable, AlteredFile
        As `read_file`; if the file of the ranking is missing or altered.
    """
    rankings.find_ranking(name)
    file = None if path is None else read_file(path, name)[0]
    return rankings.read(name, economies=economies, measures=measures, editions=editions, file=file)
