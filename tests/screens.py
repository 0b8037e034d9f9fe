"""Screens that pages are looked at on."""

WIDTHS = (390, 768, 1280, 1600)
"""Pixels across of a telephone, a tablet, a laptop and a desk."""
