"""Whether the entries of a TOML file have the keys and the kinds of values that they need."""

import math
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from govlib.errors import BadParameter, UnknownName, did_you_mean


def require_keys(entry: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    """Refuse an entry that lacks a key.

    Parameters
    ----------
    entry : mapping
        As it stands in the file.
    keys : tuple of str
        Those that it needs.
    where : str
        File and entry, for the message.

    Raises
    ------
    BadParameter
        Names the keys that are missing.
    """
    missing = [key for key in keys if key not in entry]
    if missing:
        raise BadParameter(f"{where}: {', '.join(missing)} is missing; needed: {', '.join(keys)}.")


def check_kinds(entry: Mapping[str, Any], kinds: Mapping[str, Any], where: str) -> None:
    """Refuse a key that is not known and a value of another kind than its key's.

    Parameters
    ----------
    entry : mapping
        As it stands in the file.
    kinds : mapping
        Kind of each key, as `fits_kind` takes it.
    where : str
        File and entry, for the message.

    Raises
    ------
    UnknownName
        If a key is not known; names those that are.
    BadParameter
        If a value is of another kind; says which is needed.
    """
    for key, value in entry.items():
        if key not in kinds:
            raise UnknownName(
                f"{where}: {key} is not a key; keys: {', '.join(kinds)}.{did_you_mean(key, kinds)}"
            )
        if not fits_kind(value, kinds[key]):
            raise BadParameter(f"{where}: {key} = {value!r}; needed: {_form(kinds[key])}.")


def fits_kind(value: Any, kind: Any) -> bool:
    """Say whether a value is of a kind.

    Parameters
    ----------
    value : any
        As it stands in the file.
    kind : type
        Such as int, ``list[float]`` or ``dict[str, Any]``; a finite number is a float, True is no
        number.

    Returns
    -------
    bool
    """
    if kind is Any:
        return True
    if kind is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and math.isfinite(value)
    if not isinstance(value, get_origin(kind) or kind) or isinstance(value, bool):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return not get_args(kind) or all(fits_kind(item, get_args(kind)[-1]) for item in inside)


def _form(kind: Any) -> str:
    """Write a kind of value as it stands in TOML."""
    if get_origin(kind) is list:
        return f"[{_form(get_args(kind)[0])}, ...]"
    if get_origin(kind) is dict:
        return f"{{ name = {_form(get_args(kind)[1])}, ... }}"
    return {str: '"text"', int: "a whole number", float: "a number"}.get(kind, "a value")
