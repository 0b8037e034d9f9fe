"""Ledgers: the statements of a text, each with our figure and a verdict."""

from govlib.claims.check import check, count_verdicts, sensitivity
from govlib.claims.export import write_head, write_list, write_reviews, write_tally
from govlib.claims.identify import explain, identify, read_numbers
from govlib.claims.ledger import VERDICTS, names, read, starter

__all__ = [
    "VERDICTS",
    "check",
    "count_verdicts",
    "explain",
    "identify",
    "names",
    "read",
    "read_numbers",
    "sensitivity",
    "starter",
    "write_head",
    "write_list",
    "write_reviews",
    "write_tally",
]
