"""Statistics: a table in, a table out; no file is read.

Tables are those of `gov.wgi.read` (one row per economy, year and dimension), of `gov.rankings.read`
or of `gov.surveys.read` (see `govlib.stats.shares`). What the functions share:

- A WGI table has rows of one edition, each once, with `estimate` and `standard_error` (standard
  deviations, above 0), else `BadTable` is raised. It is left as it is, and the order of its rows
  does not matter. Missing values, never a verdict, stand where an estimate or an error is missing.
- `NAME_lower`, `NAME_upper`: the 90% confidence interval, estimate -/+ 1.64 standard errors, the
  half-width that the WGI use. `level`: another coverage, between 0 and 1.
- `assumed_error`: the standard error, above 0, of estimates without one; the result then carries it
  in a column. Where errors are needed and neither published nor assumed, `BadTable` is raised.
- `rho`: correlation of two errors, from -1 to below 1. It is not published.
- `first_year`, `last_year`: years of the table; a change is last minus first. `economy`: its World
  Bank code. What the table does not have raises `UnknownName`.
- `draws` (100 or more), `seed` (0 or above): whole numbers; the same give the same everywhere.
- Parameters that are out of range, or no group at all, raise `BadParameter`.
"""

from govlib.stats._tables import DIMENSIONS, MEASURES, Z90, add_interval, check_table
from govlib.stats.association import INDEX_ERROR, association
from govlib.stats.changes import (
    RHOS,
    adjust_changes,
    change,
    correlation_floor,
    probability_of_rise,
)
from govlib.stats.editions import (
    change_by_edition,
    check_editions,
    comparable,
    compare_editions,
    list_editions,
    stack_editions,
    summarise_revisions,
)
from govlib.stats.means import composite, dimension_correlations, group_means
from govlib.stats.ranks import (
    SETS,
    gap,
    league,
    probability_above,
    rank_sets,
    ranks,
    ranks_in_groups,
    simulate_ranks,
)
from govlib.stats.shares import (
    NO_OPINION,
    add_share_interval,
    bound_missing_opinions,
    change_between_waves,
    combine_answers,
    net_trust,
    rebase_on_opinion,
    share_flip,
)
from govlib.stats.trends import trend

__all__ = [
    "DIMENSIONS", "INDEX_ERROR", "MEASURES", "NO_OPINION", "RHOS", "SETS", "Z90", "add_interval",
    "add_share_interval", "adjust_changes", "association", "bound_missing_opinions", "change",
    "change_between_waves", "change_by_edition", "check_editions", "check_table", "combine_answers",
    "comparable", "compare_editions", "composite", "correlation_floor", "dimension_correlations",
    "gap", "group_means", "league", "list_editions", "net_trust", "probability_above",
    "probability_of_rise", "rank_sets", "ranks", "ranks_in_groups", "rebase_on_opinion",
    "share_flip", "simulate_ranks", "stack_editions", "summarise_revisions", "trend",
]  # fmt: skip

for _name in __all__:
    if callable(_one := globals()[_name]):
        _one.__doc__ = f"{_one.__doc__}\n    What the functions share: help(gov.stats).\n"
