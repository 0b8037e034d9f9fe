"""Rankings of other publishers: corruption, e-government, rule of law, freedom, open budgets."""

from govlib.datasets.rankings import add, add_percentile, breaks, names, read

__all__ = ["add", "add_percentile", "breaks", "names", "read"]
