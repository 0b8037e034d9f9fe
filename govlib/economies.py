"""Economies: World Bank codes, names in three languages, groups."""

from govlib.datasets.economies import (
    add_codes,
    add_names,
    find,
    groups,
    groups_of,
    members,
    names,
    nearest,
)

__all__ = ["add_codes", "add_names", "find", "groups", "groups_of", "members", "names", "nearest"]
