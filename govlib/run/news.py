"""What a new edition of the WGI changed: method, statements of the article, a country's figures."""

from typing import Any

import pandas as pd

from govlib import claims, stats
from govlib.datasets import wgi
from govlib.datasets.economies import find, names
from govlib.errors import BadParameter, GovlibError


def news(edition: int | None = None, *, economy: str | None = None) -> str:
    """Write what an edition (the newest by default) changed against the one before it.

    Markdown: the editions and their methods; the country's latest year that both have, by
    dimension: estimates with 90% half-widths, ranks, changes of sign; the statements of the article
    whose verdict is another one, for its country (the default); the economies revised most. Raises
    UnknownName or BadParameter if there is no such edition or economy, or none is before it.
    """
    held = wgi.editions()
    edition = held[-1] if edition is None else edition
    wgi.read(edition)  # names those that there are
    if edition == held[0]:
        raise BadParameter(f"Edition {edition} is the first that is included.")
    before = held[held.index(edition) - 1]
    ledger = claims.read()
    code = find(economy or ledger.article.economy)
    both = stats.stack_editions([wgi.ranked(before), wgi.ranked(edition)])
    about = stats.list_editions(both).set_index("edition")
    lines = [f"# Edition {edition} against {before}", ""]
    for one, row in about.to_dict("index").items():
        errors = "with standard errors" if row["standard_errors"] else "without standard errors"
        lines.append(
            f"- {one}: {row['years']}, {row['with_estimate']} countries with an estimate, "
            f"{errors}; {row['method']}"
        )
    for what in ("gained", "lost"):
        if listed := str(about.loc[edition, what]):
            lines.append(f"- {what}: {listed}")
    revisions = stats.compare_editions(both)
    year = int(revisions["year"].max())
    lines += ["", f"## {names()[str(code)]}, {year}", ""]
    if not stats.comparable(before, edition):
        lines += ["The methods differ: estimates are not on one scale, ranks can be compared.", ""]
    own = revisions[(revisions["economy"] == code) & (revisions["year"] == year)]
    lines += [_write_row(row) for _, row in own.iterrows()]
    if code == ledger.article.economy:
        lines += ["", "## Statements of the article", "", *_flipped(before, edition)]
    lines += ["", "## Revised most", ""]
    largest = revisions.assign(size=revisions["revision"].abs()).dropna(subset="size")
    largest = largest.sort_values("size", ascending=False).head(5)
    lines += [
        f"- {names()[row['economy']]}, {stats.DIMENSIONS[row['dimension']]} {row['year']}: "
        f"{row['estimate_earlier']:.2f} to {row['estimate_later']:.2f}"
        for row in largest.to_dict("records")
    ] or ["Not comparable."]
    return "\n".join([*lines, ""])


def _flipped(before: int, edition: int) -> list[str]:
    """Write the statements whose verdict differs between two editions."""
    verdicts = []
    for one in (before, edition):
        try:
            verdicts.append(claims.check(one).set_index("claim")["verdict"])
        except GovlibError as error:
            return [f"Cannot be judged by edition {one}: {error}"]
    both = pd.concat(verdicts, axis="columns", keys=["before", "now"])
    changed = both[both["before"] != both["now"]]
    rows = changed.to_dict("index").items()
    listed = [f"- {claim}: {row['before']} -> {row['now']}" for claim, row in rows]
    return listed or ["No verdict changed."]


def _write_row(row: "pd.Series[Any]") -> str:
    """Write both estimates and ranks of a dimension."""
    parts = []
    for which in ("earlier", "later"):
        estimate, error = row[f"estimate_{which}"], row[f"standard_error_{which}"]
        half = "" if pd.isna(error) else f" ± {stats.Z90 * error:.2f}"
        rank = f"{estimate:.2f}{half} (rank {row[f'position_{which}']})"
        parts.append("no estimate" if pd.isna(estimate) else rank)
    sign = "; the sign changed" if row["sign_changed"] is True else ""
    return f"- {stats.DIMENSIONS[row['dimension']]}: {' -> '.join(parts)}{sign}"
