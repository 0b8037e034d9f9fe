"""Screens that pages are looked at on."""

WIDTHS = (390, 820, 1440)
"""Pixels across of a telephone, a tablet and a desk."""
