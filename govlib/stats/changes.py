"""Changes between two years: errors, how they are correlated, verdicts, and many at once.

The errors of an economy's estimates in two years are positively correlated; by how much is not
published. `correlation_floor` gives what an edition implies at least. Parameters and errors raised:
see `govlib.stats`.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import ndtr

from govlib.errors import BadParameter, BadTable
from govlib.stats._tables import (
    SERIES,
    Z90,
    add_rho,
    check_columns,
    check_table,
    check_years,
    exceeds,
    fill_errors,
    is_number,
    random_bits,
)

RHOS = tuple(step / 10 for step in range(10))
"""Correlations of errors for which results are given: 0, 0.1, ... 0.9."""

FINE_RHOS = tuple(twentieth / 20 for twentieth in range(20))

LEVEL = 2 * float(ndtr(-Z90))
"""Chance of a change beyond 1.64 standard errors where there is none: 0.101."""

FEWEST = 30
"""Economies that a correlation is estimated from, at least."""

RESAMPLES = 2000
TESTED = [*SERIES, "first_year", "last_year"]


def correlation_floor(
    table: pd.DataFrame,
    first_year: int,
    last_year: int,
    *,
    lag: int | None = None,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Compute the least mean correlation of the errors of two years that an edition allows.

    Parameters
    ----------
    table : DataFrame
        A whole edition: 30 economies or more with an estimate in both years, else BadTable.
    lag : int, optional
        Pool all pairs of years this far apart from the first year to the last (if there are none,
        BadParameter); by default the two years are the only pair.

    Returns
    -------
    DataFrame
        One row per dimension: `edition`, `dimension`, `first_year`, `last_year`, `lag` (years),
        `economies`, `rho`, `rho_lower`, `rho_upper` (90% interval: percentiles of 2,000 resamples
        of the economies). For `rho` of `change` and `trend`.

    Notes
    -----
    The variance of the observed changes d is that of the true ones, at least 0, plus that of their
    errors: ``mean rho >= (mean(s1^2 + s2^2) - var(d)) / (2 mean(s1 s2))``. If the published errors
    are too large the floor is too high: the data cannot tell the two apart.
    """
    check_table(table, ["estimate", "standard_error"])
    check_years(table, first_year, last_year)
    gap = last_year - first_year if lag is None else lag if is_number(lag) else 0
    years = [y for y in sorted(table["year"].unique()) if first_year <= y <= last_year]
    spans = [(y, y + gap) for y in years if y + gap in years]
    if not spans or gap < 1:
        raise BadParameter(f"lag = {lag!r}: no two years of {first_year} to {last_year} are so.")
    parts = []
    for span in spans:
        pairs = _pair_years(_fill(table, span, assumed_error), *span)
        pairs = pairs.dropna(subset=["change", "s1", "s2"])
        centre = pairs.groupby("dimension", observed=True)["change"].transform("mean")
        parts.append(
            pairs[["edition", "dimension", "economy"]].assign(
                squares=pairs["s1"] ** 2 + pairs["s2"] ** 2,
                products=2 * pairs["s1"] * pairs["s2"],
                scatter=(pairs["change"] - centre) ** 2,
            )
        )
    keys = ["edition", "dimension", "economy"]
    sums = pd.concat(parts).groupby(keys, observed=True).sum().reset_index()
    rows = []
    for (edition, dimension), own in sums.groupby(["edition", "dimension"], observed=True):
        count = len(own)
        if count < FEWEST:
            raise BadTable(
                f"{count} countries have {dimension} with errors in two years {gap} apart; a "
                f"correlation needs {FEWEST}: pass the whole edition (gov.wgi.read(edition))."
            )
        values = own[["squares", "products", "scatter"]].to_numpy()
        drawn = (random_bits(RESAMPLES * count) % np.uint64(count)).astype("int64")
        cells = drawn + np.repeat(np.arange(RESAMPLES) * count, count)
        weights = np.bincount(cells, minlength=RESAMPLES * count).reshape(RESAMPLES, count)
        totals = np.vstack([values.sum(axis=0), weights @ values])
        rhos = (totals[:, 0] - totals[:, 2] * count / (count - 1)) / totals[:, 1]
        # At 1 the error of a change could be 0.
        bounds = np.clip([rhos[0], *np.quantile(rhos[1:], [0.05, 0.95])], -1, 0.999)
        rows.append([edition, dimension, first_year, last_year, gap, count, *bounds])
    columns = ["edition", "dimension", "first_year", "last_year", "lag", "economies"]
    result = pd.DataFrame(rows, columns=[*columns, "rho", "rho_lower", "rho_upper"])
    return result.astype({"dimension": table["dimension"].dtype})


def change(
    table: pd.DataFrame,
    first_year: int,
    last_year: int,
    *,
    rho: float | Iterable[float] | pd.DataFrame,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Compute the change of each estimate between two years, with its error and a verdict.

    Parameters
    ----------
    rho : float, iterable of float or DataFrame
        Correlation of the two errors: a number, several, or a table of `correlation_floor`, whose
        interval the verdict is judged over. `gov.wgi.change` looks the floors up.
    assumed_error : float, optional
        Without it changes of estimates that have no error have none.

    Returns
    -------
    DataFrame
        One row per edition, economy, dimension and rho, sorted so: `first_year`, `last_year`,
        `first`, `last`, `change`, `standard_error`, `change_lower`, `change_upper`, `rho`, and

        - `significant`: True if the interval leaves out 0;
        - `rho_lower`, `rho_upper`: the interval of rho; both rho where it is one number;
        - `rho_flip`: the correlation above which the change is significant. Below -1: it is for
          every rho; 1 or more: for none;
        - `verdict`: "rose" or "fell" if significant on all of the interval of rho, "within error"
          if on none of it, "undecided" if the flip lies inside, "not known" without an error;
        - `intervals_overlap`: True if the 90% intervals of the two years overlap, the rule of
          thumb of the WGI's authors (no overlap: a change);
        - `sources_first`, `sources_last`: if the table has `sources`; `assumed_error`.

    Notes
    -----
    ``SE^2 = s1^2 + s2^2 - 2 rho s1 s2``; the change d is significant if abs(d) > 1.64 SE, hence
    ``rho_flip = (s1^2 + s2^2 - (d / 1.64)^2) / (2 s1 s2)``. Kaufmann, Kraay and Mastruzzi (2010),
    World Bank Policy Research Working Paper 5430, discuss changes and their errors. Intervals
    overlap if ``abs(d) <= 1.64 (s1 + s2)``, as at rho = -1: the rule of thumb is stricter.
    """
    check_table(table, ["estimate", "standard_error"])
    check_years(table, first_year, last_year)
    filled = _fill(table, (first_year, last_year), assumed_error)
    result = add_rho(_pair_years(filled, first_year, last_year), rho)
    s1, s2, size = result.pop("s1"), result.pop("s2"), result["change"].abs()
    error = (s1**2 + s2**2 - 2 * result["rho"] * s1 * s2) ** 0.5
    flip = (s1**2 + s2**2 - (size / Z90) ** 2) / (2 * s1 * s2)
    significant = exceeds(result["change"], Z90 * error)
    moved = np.where(result["change"] > 0, "rose", "fell")
    decided = np.where(flip < result["rho_lower"], moved, "undecided")
    verdict = np.where(flip >= result["rho_upper"], "within error", decided)
    return result.assign(
        standard_error=error,
        change_lower=result["change"] - Z90 * error,
        change_upper=result["change"] + Z90 * error,
        significant=significant,
        rho_flip=flip,
        verdict=np.where(significant.isna(), "not known", verdict),
        intervals_overlap=~exceeds(result["change"], Z90 * (s1 + s2)),
    )[
        [
            *[*TESTED, "first", "last", "change", "standard_error", "change_lower"],
            *["change_upper", "rho", "significant", "rho_lower", "rho_upper", "rho_flip"],
            *["verdict", "intervals_overlap"],
            *[c for c in ("sources_first", "sources_last") if c in result],
            "assumed_error",
        ]
    ]


def probability_of_rise(
    table: pd.DataFrame,
    first_year: int,
    last_year: int,
    *,
    rhos: Iterable[float] = FINE_RHOS,
    assumed_error: float | None = None,
) -> pd.DataFrame:
    """Compute how probable a rise is, for each correlation of errors that the edition allows.

    The more the errors are correlated, the surer a change; the less governance itself moves, the
    less an observed change says. The scatter of all changes ties the two together.

    Parameters
    ----------
    table : DataFrame
        A whole edition, as for `correlation_floor`.
    rhos : iterable of float
        Correlations; those at or below the floor of a dimension are left out.

    Returns
    -------
    DataFrame
        One row per edition, economy, dimension and rho: `first_year`, `last_year`, `rho`,
        `true_sd` (standard deviation of the true changes of all economies at this rho) and
        `probability` (0 to 1; 0.5 at the floor, where nothing changed).

    Notes
    -----
    With ``omega^2 = var(d) - mean(SE^2)`` the probability is
    ``Phi(z omega / sqrt(omega^2 + SE^2))``, z = d / SE: normal true changes with mean that of all
    economies (Kaufmann and Kraay 2024, World Bank Policy Research Working Paper 10952, on changes).
    """
    floors = correlation_floor(table, first_year, last_year, assumed_error=assumed_error)
    rows = change(table, first_year, last_year, rho=rhos, assumed_error=assumed_error)
    rows = rows.dropna(subset="standard_error")
    by = rows.groupby(["dimension", "rho"], observed=True)
    squares = (rows["standard_error"] ** 2).groupby([rows["dimension"], rows["rho"]], observed=True)
    variance = (by["change"].transform("var") - squares.transform("mean")).clip(lower=0)
    shrunk = rows["change"] / rows["standard_error"]
    shrunk *= (variance / (variance + rows["standard_error"] ** 2)) ** 0.5
    result = rows[[*TESTED, "rho"]].assign(true_sd=variance**0.5, probability=ndtr(shrunk))
    least = result["dimension"].map(floors.set_index("dimension")["rho"]).astype(float)
    return result[result["rho"] > least].reset_index(drop=True)


def adjust_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """Adjust the verdicts on many changes, as `change` returns them, for their number.

    Of a hundred changes that are none, ten are significant at 90% by chance. The family is all rows
    that have a change (of each rho where there are several): choose them before looking.

    Returns
    -------
    DataFrame
        The same rows with

        - `p_value`: two-sided, from the normal distribution;
        - `p_family_wise`: adjusted by Holm (1979, Scandinavian Journal of Statistics 6, 65-70),
          which holds however the changes depend on each other;
        - `p_false_discovery`: adjusted by Benjamini and Hochberg (1995), which holds if they are
          independent or positively dependent; of the changes below the level, about that share
          is expected to be none;
        - `significant_family_wise`, `significant_false_discovery`: True below the level 0.101;
        - `family`: what was tested together, as text, and `family_size`: how many changes.

    Raises
    ------
    BadTable
        If a column is missing, a row is repeated, editions are mixed, or the changes have no
        errors.
    """
    from scipy.stats import false_discovery_control  # takes a second to import

    check_columns(
        changes, [*TESTED, "rho", "change", "standard_error"], "The table of changes (see change)"
    )
    if changes.empty:
        raise BadTable("The table of changes has no rows: there is nothing to adjust for.")
    if len(set(changes["edition"])) != 1:
        raise BadTable("One edition's changes are needed: estimates of two are not comparable.")
    if changes.duplicated([*TESTED, "rho"]).any():
        raise BadTable("A change is repeated in the table: it would count twice in its family.")
    if (changes["change"].notna() & changes["standard_error"].isna()).any():
        raise BadTable(
            "Changes without standard errors cannot be tested. Compute them with "
            "change(..., assumed_error=...), which says what it assumes."
        )
    result = changes.copy()
    result["p_value"] = 2 * ndtr(-(result["change"] / result["standard_error"]).abs())
    adjusted = ("family_wise", "false_discovery")
    result[[f"p_{name}" for name in adjusted]] = np.nan
    grid = result.duplicated(TESTED).any()
    for _, rows in result.groupby(result["rho"] if grid else np.zeros(len(result))):
        tested = rows.dropna(subset="p_value")
        p = tested["p_value"].sort_values(kind="stable")
        if len(p):
            holm = (p * np.arange(len(p), 0, -1)).cummax().clip(upper=1)
            result.loc[p.index, "p_family_wise"] = holm
            result.loc[p.index, "p_false_discovery"] = false_discovery_control(p.to_numpy())
        result.loc[rows.index, "family"] = _name_family(tested)
        result.loc[rows.index, "family_size"] = len(tested)
    for name in adjusted:
        p = result[f"p_{name}"]
        result[f"significant_{name}"] = (p < LEVEL).astype("boolean").mask(p.isna())
    return result.astype({"family_size": "int64"})


def _fill(table: pd.DataFrame, years: tuple[int, int], assumed: float | None) -> pd.DataFrame:
    """Return the rows of two years, their errors filled if one is assumed."""
    rows = table[table["year"].isin(years)]
    if assumed is not None:
        return fill_errors(rows, assumed_error=assumed)
    return rows if "assumed_error" in rows else rows.assign(assumed_error=np.nan)


def _pair_years(table: pd.DataFrame, first_year: int, last_year: int) -> pd.DataFrame:
    """Return one row per series: both estimates, their change, errors (s1, s2) and sources."""
    measures = ["estimate", "standard_error", "assumed_error"]
    measures += ["sources"] if "sources" in table else []
    # Each is one row; pivot_table would average them.
    wide = table.pivot(index=SERIES, columns="year", values=measures)
    years = (first_year, last_year)
    e1, e2, s1, s2, a1, a2 = (
        wide[m, y].to_numpy("float64", na_value=np.nan) for m in measures[:3] for y in years
    )
    pairs = wide.index.to_frame(index=False).assign(
        first_year=first_year,
        last_year=last_year,
        first=e1,
        last=e2,
        change=e2 - e1,
        s1=s1,
        s2=s2,
        assumed_error=np.fmax(a1, a2),
    )
    for name, year in (("sources_first", first_year), ("sources_last", last_year)):
        if "sources" in table:
            pairs[name] = wide["sources", year].astype("Int64").to_numpy()
    return pairs


def _name_family(tested: pd.DataFrame) -> str:
    """Write which changes were tested together."""
    if tested.empty:
        return "no change"
    spans = tested[["first_year", "last_year"]].drop_duplicates()
    years = ", ".join(f"{a}–{b}" for a, b in spans.itertuples(index=False))
    counts = [
        f"{n} {word}" if n > 1 else str(tested[column].iloc[0])
        for column, word in (("economy", "economies"), ("dimension", "dimensions"))
        for n in [tested[column].nunique()]
    ]
    rhos = "–".join(f"{rho:.2g}" for rho in sorted({tested["rho"].min(), tested["rho"].max()}))
    return f"{len(tested)} changes: {', '.join(counts)}, {years}, rho {rhos}"
