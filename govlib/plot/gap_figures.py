"""Figure, caption and alternative text of the gap between effectiveness and voice."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from govlib.errors import BadTable
from govlib.i18n import number, interval, text as word, wrap
from govlib.plot.peers import plot_intervals
from govlib.stats._tables import Z90


def plot_gaps(
    gaps: pd.DataFrame,
    *,
    highlight: str | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the gaps of economies in one year with their 90% intervals.

    Parameters
    ----------
    gaps : DataFrame
        Rows of `gaps.effectiveness_voice_gap`: one year, 1 to 20 economies.
    highlight, names, language, ax
        As in `peer_figures.plot_intervals`.

    Returns
    -------
    Axes
        One row per economy, the largest gap on top; those without one are listed at the bottom.

    Raises
    ------
    BadTable
        If a column is missing; also as `peer_figures.plot_intervals`.
    UnknownName
        If there is no such language.
    """
    _check(gaps)
    table = gaps.assign(dimension="ge-va", estimate=gaps["gap"])
    ax = plot_intervals(table, highlight=highlight, names=names, language=language, ax=ax)
    quantity, unit = word("gap.axis", language).split(" (", 1)
    ax.set_xlabel(f"{quantity}\n{wrap(f'({unit}', 48)}")
    return ax


def describe_gaps(
    gaps: pd.DataFrame,
    *,
    highlight: str,
    names: Mapping[str, str],
    language: str = "en",
) -> str:
    """Write the caption of `plot_gaps`, built from its table.

    Parameters
    ----------
    gaps : DataFrame
        As `plot_gaps` takes it.
    highlight : str
        World Bank code of the economy drawn in colour.
    names : mapping of str to str
        Words for the economies by their code, in the language.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    str
        What, of whom and when, what the bars are, on which errors and which correlation of theirs
        they rest, source and edition.

    Raises
    ------
    BadTable, UnknownName
        As `plot_gaps`.
    """
    _check(gaps)
    edition, year = gaps["edition"].iloc[0], gaps["year"].iloc[0]
    parts = [word("gap.head", language, name=names[highlight], year=year)]
    if gaps["gap"].isna().all():
        parts.append(word("trend.none", language, edition=edition))
    else:
        parts.append(word("trend.bars", language, z=number(Z90, language)))
        rho = float(gaps["rho"].iloc[0])
        if rho:
            parts.append(word("gap.correlated", language, rho=number(rho, language)))
        else:
            parts.append(word("gap.uncorrelated", language))
    assumed = gaps["assumed_error"].dropna()
    if len(assumed):
        error = number(assumed.iloc[0], language)
        parts.append(word("gap.assumed", language, edition=edition, error=error))
    parts.append(word("trend.source", language, edition=edition))
    return " ".join(parts)


def alternative_text_gaps(
    gaps: pd.DataFrame,
    *,
    highlight: str,
    names: Mapping[str, str],
    language: str = "en",
) -> str:
    """Write the alternative text of `plot_gaps`: what one who does not see it needs to know.

    Parameters
    ----------
    gaps, highlight, names, language
        As in `describe_gaps`.

    Returns
    -------
    str
        The kind of chart, its axis, and the gap of each economy from the largest to the smallest,
        that of the highlighted one with its interval.

    Raises
    ------
    BadTable, UnknownName
        As `plot_gaps`.
    """
    _check(gaps)
    parts = [word("gap.chart", language, axis=word("gap.axis", language))]
    values = []
    for row in gaps.sort_values(["gap", "economy"], ascending=[False, True]).to_dict("records"):
        if pd.isna(row["gap"]):
            continue
        text = f"{names[row['economy']]} {decimal(row['gap'], language)}"
        if row["economy"] == highlight:
            ends = interval(row["gap_lower"], row["gap_upper"], language)
            text += f" ({word('explorer.interval', language, interval=ends)})"
        values.append(text)
    nothing = word("trend.none", language, edition=gaps["edition"].iloc[0])
    parts.append(f"{'; '.join(values)}." if values else nothing)
    return " ".join(parts)


def _check(gaps: pd.DataFrame) -> None:
    """Refuse a table without gaps."""
    needed = ["edition", "economy", "year", "gap", "gap_lower", "gap_upper", "rho"]
    missing = [column for column in [*needed, "assumed_error"] if column not in gaps]
    if missing:
        raise BadTable(
            f"The table lacks {', '.join(missing)}: effectiveness_voice_gap returns them."
        )
    if gaps.empty:
        raise BadTable("The table has no rows: choose economies and a year that exist.")
