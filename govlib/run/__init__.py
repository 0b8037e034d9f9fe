"""Notebooks run with parameters: one, a grid of them, a report."""
