"""The ledger: statements of an article, each with our figure and a verdict."""

from govlib.claims.identify import explain, identify, read_numbers
from govlib.claims.judge import check, count_verdicts, write_list
from govlib.claims.ledger import VERDICTS, read

__all__ = [
    "VERDICTS",
    "check",
    "count_verdicts",
    "explain",
    "identify",
    "read",
    "read_numbers",
    "write_list",
]
