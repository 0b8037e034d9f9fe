"""The ledger: statements of an article, each with our figure and a verdict."""

from govlib.claims.judge import check_claims, count_verdicts, write_list
from govlib.claims.ledger import VERDICTS, read_claims

__all__ = ["VERDICTS", "check_claims", "count_verdicts", "read_claims", "write_list"]
