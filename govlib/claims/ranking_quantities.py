"""The quantities of a ledger that the rankings of other publishers answer."""

from govlib.claims.quantities import Quantity
from govlib.datasets.rankings import read
from govlib.errors import BadParameter, NotHeld
from govlib.stats._tables import Z90


def measures_risen(
    *, of: str, measures: list[list[str]], first_year: int, last_year: int
) -> Quantity:
    """Count the measures of an economy that rose between two editions of their ranking.

    The editions are the first and the last within the years; of a ranking that publishes standard
    errors, those that have one. There a rise counts only if it is larger than 1.64 times the
    standard error of the change.

    Returns
    -------
    Quantity
        How many rose, among how many; the note lists values and positions.

    Raises
    ------
    UnknownName
        If a ranking or measure does not exist, or has fewer than two editions of these years.
    BadParameter
        If no measure is named, or one is not a ranking and a measure.
    """
    if not measures or any(len(pair) != 2 for pair in measures):
        raise BadParameter(f"measures = {measures}: pairs of a ranking and a measure are needed.")
    risen = 0
    parts = []
    for name, measure in measures:
        table = read(name, economies=of, measures=measure)
        rows = table[table["edition"].between(first_year, last_year)].sort_values("edition")
        if rows["standard_error"].notna().any():
            rows = rows.dropna(subset="standard_error")
        if len(rows) < 2:
            raise NotHeld(
                f"{name} ({measure}) of {of} has fewer than two editions from {first_year} to "
                f"{last_year}; held: {', '.join(map(str, table['edition']))}."
            )
        first, last = rows.iloc[0], rows.iloc[-1]
        change = float(last["value"] - first["value"])
        margin = Z90 * float((first["standard_error"] ** 2 + last["standard_error"] ** 2) ** 0.5)
        within = abs(change) <= margin
        risen += change > 0 and not within
        positions = ""
        if rows["position"].notna().all():
            positions = f", position {first['position']} to {last['position']}"
        parts.append(
            f"{name} {measure} {first['value']:.4g} ({first['edition']}) to {last['value']:.4g} "
            f"({last['edition']}){positions}{', within its error' if within else ''}"
        )
    return Quantity(risen, among=len(parts), note=f"{'; '.join(parts)}.")


RANKING_QUANTITIES = {"measures_risen": measures_risen}
"""What a ledger can compute of rankings, by name."""
