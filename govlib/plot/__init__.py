"""Figures: a table in, Axes out."""
