"""Compare every number in the figures' JSON of two folders: python .ci/compare_numbers.py OLD NEW.

Texts that describe (captions, alternative texts) and what a file was made with are left out; so is
the tally, since our own check C8 is no longer counted among the article's statements.
"""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LEFT_OUT = {"made_with", "caption", "alternative_text", "data", "parameters", "verdicts"}


def rows_of(value: Any) -> Any:
    """Return claims by their id, since their order is not a number."""
    if isinstance(value, list) and value and isinstance(value[0], dict) and "claim" in value[0]:
        return {f"{row['claim']} {row.get('edition', '')}": row for row in value}
    return value


def numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Give each number with its path."""
    value = rows_of(value)
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return
    if isinstance(value, (int, float)):
        yield path, float(value)
        return
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if key not in LEFT_OUT:
            yield from numbers(item, f"{path}/{key}")


def main(old: Path, new: Path) -> int:
    """Print what differs; return how much does."""
    found, compared = 0, 0
    for before in sorted(old.glob("*.json")):
        after = new / before.name
        if not after.exists():
            print(f"{before.name}: missing")
            found += 1
            continue
        earlier, later = (dict(numbers(json.loads(p.read_text("utf-8")))) for p in (before, after))
        for path in sorted(set(earlier) | set(later)):
            a, b = earlier.get(path), later.get(path)
            compared += 1
            if a is None or b is None or not math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12):
                found += 1
                print(f"{before.name}{path}: {a} -> {b}")
    print(f"{compared:,} numbers compared, {found:,} differ.")
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
