"""The ledger: statements of an article, each with our figure and a verdict."""
