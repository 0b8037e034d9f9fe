"""From the scores of sources to estimates: the unobserved components model of the WGI.

In each year and dimension, source k scores country j as

    y_jk = alpha_k + beta_k (g_j + e_jk),   g_j ~ N(0, 1),   e_jk ~ N(0, sigma_k^2).

Kaufmann, Kraay and Zoido-Lobaton (1999), World Bank Policy Research Working Paper 2195; Kaufmann,
Kraay and Mastruzzi (2010), 5430; Kaufmann and Kraay (2024), 10952. This is the method of the
editions to 2024.

A table of scores has one row per edition, economy, year, dimension and source (`SCORES`): `type` of
the source, `representative` (True where it covers all kinds of countries, so that it sets the
scale), `score` (any unit, higher is better; a missing one counts as no score). BadTable is raised
where columns are missing, editions mixed or rows repeated, UnknownName where no source scores an
economy. Years, `draws` and `seed`: see `govlib.stats`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.stats._tables import DIMENSIONS, KEYS, SEED, check_columns, check_years
from govlib.stats.changes import change
from govlib.stats.ranks import ranks

SCORES = [*KEYS, "source", "type", "representative", "score"]
"""The columns of a table of scores."""

CELL = ["edition", "year", "dimension"]

FEWEST = 3
"""Fewest countries that two quantities are compared over, and fewest representative sources."""

LEAST_UNIQUENESS = 0.001
"""Least part of a source's variance that is error; a source there has not converged."""

BOOTSTRAP = 400


@dataclass(frozen=True)
class Fit:
    """What `fit` found.

    Attributes
    ----------
    estimates : DataFrame
        One row per edition, economy, year and dimension with the columns of `gov.wgi.read`.
    sources : DataFrame
        One row per edition, year, dimension and source: `type`, `representative`, `economies`
        (how many have a score), `alpha`, `beta` (in the score's unit), `sigma` (standard deviations
        of governance), `centre`, `scale` (mean and standard deviation of the estimates before they
        were standardised) and `converged`.
    scores : DataFrame
        The scores used.
    """

    estimates: pd.DataFrame
    sources: pd.DataFrame
    scores: pd.DataFrame


def fit(table: pd.DataFrame, *, representative: Iterable[str] | None = None) -> Fit:
    """Estimate governance, its errors, and the accuracy of each source.

    Parameters
    ----------
    table : DataFrame
        Scores of one edition.
    representative : iterable of str, optional
        Sources that set the scale, in all years and dimensions; by default the table's own. One
        that is not in the table raises UnknownName.

    Raises
    ------
    BadTable
        Also if a source cannot be used: its name, year, dimension, and why.

    Notes
    -----
    Representative sources: one factor fitted to their pairwise correlations by maximum likelihood.
    Others: regression on the estimate from these, its slope divided by the estimate's reliability
    1 - mean(error^2) / variance among the countries that the source covers. The estimate is
    sum(w z) / (1 + sum w) with z = (y - alpha) / beta and w = sigma^-2, its error
    (1 + sum w)^-1/2; both are divided by the standard deviation of all estimates of the year.
    """
    scores = _check_scores(table, representative)
    estimates, sources = [], []
    for cell, rows in scores.groupby(CELL, observed=True, sort=True):
        keys: dict[str, Any] = dict(zip(CELL, cell, strict=True))
        found, used = _fit_cell(rows, f"{keys['dimension']} {keys['year']}")
        estimates.append(found.assign(**keys))
        sources.append(used.assign(**keys))
    order = pd.CategoricalDtype(list(DIMENSIONS), ordered=True)
    whole = pd.concat(estimates, ignore_index=True).astype({"dimension": order})
    whole = whole.sort_values(KEYS, kind="stable", ignore_index=True)
    whole = ranks(whole).drop(columns=["position", "ranked", "listed"])
    measured = [column for column in whole if column not in KEYS]
    blank = dict.fromkeys(["score", "score_lower", "score_upper"], np.nan)
    used = pd.concat(sources, ignore_index=True)[[*CELL, *(c for c in used if c not in CELL)]]
    return Fit(whole[[*KEYS, *measured]].assign(**blank), used, scores)


def weights(found: Fit, economy: str) -> pd.DataFrame:
    """Compute which sources make a country's estimates, and how much each.

    One row per year, dimension and source that scores the country, heaviest first: `type`, `weight`
    (0 to 1: w_k / (1 + sum w); what the weights lack to 1 goes to the world average) and
    `contribution` (standard deviations: those of one estimate sum to it, up to the centre of the
    year, -0.1 to 0.1).
    """
    own = _signals(found, economy)
    own["contribution"] = own["weight"] * own["signal"] / own["scale"]
    own = own.sort_values(["dimension", "year", "weight"], ascending=[True, True, False])
    columns = ["edition", "economy", "year", "dimension", "source", "type", "weight"]
    return own[[*columns, "contribution"]].reset_index(drop=True)


def drop(
    table: pd.DataFrame,
    economy: str,
    first_year: int,
    last_year: int,
    *,
    by: str = "source",
    rho: Any = 0.0,
) -> pd.DataFrame:
    """Leave each source out in turn, or all sources of one type, and fit the rest again.

    Parameters
    ----------
    economy : str
        Sources that score it in one of the years are left out.
    first_year, last_year : int
        Years of the change.
    by : str
        "source" or "type", else BadParameter.
    rho : float
        Correlation of the errors of the two years, as `change` takes it.

    Returns
    -------
    DataFrame
        One row per dimension and `dropped` (its first row, "": nothing): the columns of `change`,
        `position_first`, `position_last` (rank in the world) and `reason`, why there is no
        estimate, else "".
    """
    if by not in ("source", "type"):
        raise BadParameter(f'by = {by!r}: "source" or "type" is needed.')
    scores = _check_scores(table, None)
    check_years(scores, first_year, last_year)
    scores = scores[scores["year"].isin([first_year, last_year])]
    own = scores[scores["economy"] == economy]
    if own.empty:
        raise UnknownName(f"No source scores {economy} in {first_year} or {last_year}.")
    results = []
    for dimension, rows in own.groupby("dimension", observed=True):
        world = scores[scores["dimension"] == dimension]
        for left_out in ["", *sorted(rows[by].unique())]:
            kept = world[world[by] != left_out]
            row: dict[Any, Any] = {"dimension": dimension, "dropped": left_out, "reason": ""}
            try:
                estimates = ranks(fit(kept).estimates)
                both = estimates[estimates["economy"] == economy].set_index("year")
                if len(both) < 2:
                    raise BadTable(f"No other source scores {economy} in both years.")
                changed = change(both.reset_index(), first_year, last_year, rho=rho)
                row = changed.iloc[0].to_dict() | row
                row["position_first"] = both.loc[first_year, "position"]
                row["position_last"] = both.loc[last_year, "position"]
            except BadTable as error:
                if not left_out:
                    raise
                row["reason"] = str(error)
            results.append(row)
    result = pd.DataFrame(results).assign(economy=economy, edition=scores["edition"].iloc[0])
    first = ["edition", "economy", "dimension", "dropped"]
    return result[[*first, *(c for c in result if c not in [*first, "reason"]), "reason"]]


def decompose_change(found: Fit, economy: str, first_year: int, last_year: int) -> pd.DataFrame:
    """Split the change of each estimate into that of lasting sources, and entry and exit.

    One row per dimension: `first`, `last`, `change`; its parts `balanced` (the change of the
    estimate from the sources present in both years), `entry` and `exit` (what the sources of the
    last or the first year alone add to it); `lasting`, `entered` and `left`, the sources. Each
    year's parameters, centre and scale are those of the whole fit.
    """
    results, signals = [], _signals(found, economy)
    check_years(found.sources, first_year, last_year)
    for dimension, rows in signals.groupby("dimension", observed=True):
        years = {year: rows[rows["year"] == year] for year in (first_year, last_year)}
        names = {year: set(part["source"]) for year, part in years.items()}
        lasting = names[first_year] & names[last_year]
        if not lasting:
            continue
        whole = [_combine(part) for part in years.values()]
        balanced = [_combine(part[part["source"].isin(lasting)]) for part in years.values()]
        row: dict[str, Any] = {"edition": rows["edition"].iloc[0], "economy": economy}
        row |= {"dimension": dimension, "first_year": first_year, "last_year": last_year}
        row |= {"first": whole[0], "last": whole[1], "change": whole[1] - whole[0]}
        row["balanced"] = balanced[1] - balanced[0]
        row |= {"entry": whole[1] - balanced[1], "exit": balanced[0] - whole[0]}
        row["lasting"] = ", ".join(sorted(lasting))
        row["entered"] = ", ".join(sorted(names[last_year] - lasting))
        row["left"] = ", ".join(sorted(names[first_year] - lasting))
        results.append(row)
    if not results:
        raise UnknownName(f"No source scores {economy} in both {first_year} and {last_year}.")
    return pd.DataFrame(results)


def error_correlation(
    found: Fit,
    first_year: int,
    last_year: int,
    *,
    economy: str | None = None,
    draws: int = BOOTSTRAP,
    seed: int = SEED,
) -> pd.DataFrame:
    """Estimate how errors of one country are correlated between two years.

    Parameters
    ----------
    economy : str, optional
        Of whose estimates; by default of the errors of each source.
    draws, seed : int
        Of the bootstrap over countries.

    Returns
    -------
    DataFrame
        One row per dimension, or dimension and source of both years (with `economies`, how many
        it covers in both): `rho`, `rho_lower`, `rho_upper` (90% bootstrap interval) and `possible`,
        False if `rho` is 1 or more, which no correlation is: the sources then share errors, and
        the moment is a diagnostic, not an estimate. With one row per dimension it can be
        the `rho` of a change.

    Notes
    -----
    The covariance of a source's errors is that of its own two signals less that of its signal with
    the other sources' of the other year, over the countries that both cover. An estimate's
    correlation is (sum over lasting sources of rho_k sqrt(w_k1 w_k2) + cov(g_1, g_2)) /
    sqrt((1 + sum w_1) (1 + sum w_2)).
    """
    results, signals = [], _signals(found, None)
    check_years(found.sources, first_year, last_year)
    signals = signals[signals["year"].isin([first_year, last_year])]
    if economy is not None and economy not in set(signals["economy"]):
        raise UnknownName(f"No source scores {economy} in {first_year} or {last_year}.")
    for dimension, rows in signals.groupby("dimension", observed=True):
        pair = [rows[rows["year"] == year] for year in (first_year, last_year)]
        shared = sorted(set(pair[0]["source"]) & set(pair[1]["source"]))
        countries = sorted(set(rows["economy"]))
        z1, z2 = (_matrix(part, countries, shared, "signal") for part in pair)
        sigma = [part.groupby("source")["sigma"].first().reindex(shared) for part in pair]
        rng = np.random.default_rng(seed)
        counts = rng.multinomial(len(countries), [1 / len(countries)] * len(countries), draws)
        counts = np.vstack([np.ones(len(countries)), counts])
        rhos = _lag_moments(z1, z2, counts) / (sigma[0] * sigma[1]).to_numpy()
        keys = {"edition": rows["edition"].iloc[0], "dimension": dimension}
        keys |= {"first_year": first_year, "last_year": last_year}
        if economy is None:
            covered = (~np.isnan(z1 + z2)).sum(axis=0)
            results += [
                keys | {"source": source, "economies": count} | _describe_rho(values)
                for source, count, values in zip(shared, covered, rhos.T, strict=True)
                if not np.isnan(values[0])
            ]
            continue
        own = [part[part["economy"] == economy].set_index("source")["precision"] for part in pair]
        if own[0].empty or own[1].empty:
            continue
        w1, w2 = (part.reindex(shared).fillna(0).to_numpy() for part in own)
        both = np.nansum(rhos * np.sqrt(w1 * w2), axis=1)
        posterior = [part.groupby("economy")["posterior"].first() for part in pair]
        both += posterior[0].cov(posterior[1])
        whole = both / np.sqrt((1 + own[0].sum()) * (1 + own[1].sum()))
        results.append(keys | {"economy": economy} | _describe_rho(whole))
    if not results:
        raise UnknownName(f"No source has enough scores in both {first_year} and {last_year}.")
    return pd.DataFrame(results)


_SIMULATED = [
    # name, type, representative, share of countries covered, sigma
    *((f"expert-{n}", "expert", True, 1 - 0.06 * n, 0.35 + 0.07 * n) for n in range(1, 5)),
    ("survey-1", "survey", True, 0.7, 1.1),
    ("survey-2", "survey", False, 0.35, 0.8),
    ("ngo-1", "ngo", True, 0.9, 0.6),
    ("public-1", "public", False, 0.4, 0.5),
]


def simulate(
    edition: int,
    economies: Sequence[str],
    years: Sequence[int],
    *,
    dimension: str = "ge",
    shared: float = 0.0,
    persistence: float = 0.9,
    seed: int = SEED,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw scores of eight invented sources from a known truth.

    Parameters
    ----------
    edition, economies, years, dimension
        What the rows are named.
    shared : float
        Part of the variance of an expert's error that all experts have in common, 0 to below 1.
    persistence : float
        Correlation of a source's errors from year to year, 0 to below 1.

    Returns
    -------
    scores, truth : DataFrame
        A table of scores, and one row per economy and year with `truth`, the governance g of the
        model, with mean 0 and standard deviation 1 in each year. Sources that are not
        representative score only countries in the lower half.
    """
    for name, value in (("shared", shared), ("persistence", persistence)):
        if not 0 <= value < 1:
            raise BadParameter(f"{name} = {value!r}: a number from 0 to below 1 is needed.")
    rng = np.random.default_rng(seed)
    count = len(economies)
    g = _walk(rng, (count,), years, 0.98)
    g = (g - g.mean(axis=1, keepdims=True)) / g.std(axis=1, ddof=1, keepdims=True)
    common = _walk(rng, (count,), years, persistence)
    order = rng.random((len(_SIMULATED), count))
    errors = _walk(rng, (len(_SIMULATED), count), years, persistence)
    parts = []
    for k, (source, kind, whole, cover, sigma) in enumerate(_SIMULATED):
        part = shared if kind == "expert" else 0.0
        e = sigma * (np.sqrt(part) * common + np.sqrt(1 - part) * errors[:, k])
        among = order[k] if whole else np.where(g[0] < np.median(g[0]), order[k] / 2, 2)
        here = among < cover
        parts += [
            pd.DataFrame({"economy": economies, "year": year, "score": 0.5 + 0.2 * (g[t] + e[t])})
            .loc[here]
            .assign(source=source, type=kind, representative=whole)
            for t, year in enumerate(years)
        ]
    named: dict[str, Any] = {"edition": edition, "dimension": dimension}
    scores = pd.concat(parts, ignore_index=True).assign(**named)[SCORES]
    cells = pd.MultiIndex.from_product([years, economies], names=["year", "economy"])
    truth = pd.DataFrame({"truth": g.ravel()}, cells).reset_index().assign(**named)
    return scores, truth[[*KEYS, "truth"]]


def _walk(
    rng: np.random.Generator, shape: tuple[int, ...], years: Sequence[int], persistence: float
) -> np.ndarray:
    """Draw standard normal values for each year, correlated from year to year."""
    drawn = [rng.standard_normal(shape)]
    for before, year in pairwise(years):
        rho = persistence ** (year - before)
        drawn.append(rho * drawn[-1] + np.sqrt(1 - rho**2) * rng.standard_normal(shape))
    return np.array(drawn)


def _check_scores(table: pd.DataFrame, representative: Iterable[str] | None) -> pd.DataFrame:
    """Return the scores that there are, of a table that has its columns and each row once."""
    check_columns(table, SCORES, "The table of scores")
    scores = table[SCORES].dropna(subset="score")
    if scores.empty:
        raise BadTable("The table has no scores: all are missing.")
    if len(scores["edition"].unique()) > 1:
        raise BadTable("The table mixes editions: pass the scores of one edition at a time.")
    key = [*KEYS[1:], "source"]
    for row in scores[scores.duplicated(key)].head(1).to_dict("records"):
        raise BadTable(f"A score is given twice: {', '.join(str(row[column]) for column in key)}.")
    if not np.isfinite(scores["score"].to_numpy("float64")).all():
        raise BadTable("A score is infinite: leave what is not known missing.")
    if representative is None:
        return scores
    listed = list(representative)
    if unknown := sorted(set(listed) - set(scores["source"])):
        raise UnknownName(
            f"No scores of {', '.join(unknown)}; the table has "
            f"{', '.join(sorted(scores['source'].unique()))}."
        )
    return scores.assign(representative=scores["source"].isin(listed))


def _matrix(
    rows: pd.DataFrame, economies: Sequence[str], sources: Sequence[str], column: str
) -> np.ndarray:
    """Return a column as an array, economies down, sources across."""
    cells = pd.MultiIndex.from_product([economies, sources])
    values = rows.set_index(["economy", "source"])[column].reindex(cells)
    return values.to_numpy("float64").reshape(len(economies), -1)


def _fit_cell(rows: pd.DataFrame, where: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit one year and dimension; return estimates by economy, and sources."""
    about = rows.groupby("source", sort=True)[["type", "representative"]].first()
    sources, economies = list(about.index), sorted(rows["economy"].unique())
    y = _matrix(rows, economies, sources, "score")
    sets_scale = about["representative"].to_numpy(bool)
    count = (~np.isnan(y)).sum(axis=0)
    for source, number, span in zip(sources, count, np.nanmax(y, 0) - np.nanmin(y, 0), strict=True):
        if number < FEWEST:
            raise BadTable(f"{source} scores {number} countries in {where}: leave it out.")
        if span == 0:
            raise BadTable(f"{source} gives all countries one score in {where}: leave it out.")
    if sets_scale.sum() < FEWEST:
        named = ", ".join(about.index[sets_scale]) or "none"
        raise BadTable(
            f"Three representative sources or more are needed; {where} has {named}. Name others "
            "with representative=, or leave the year out."
        )
    alpha, deviation = np.nanmean(y, axis=0), np.nanstd(y, axis=0, ddof=1)
    beta, sigma = np.full(len(sources), np.nan), np.full(len(sources), np.nan)
    names = list(about.index[sets_scale])
    loading, converged = _fit_factor(_correlate(y[:, sets_scale], names, where))
    beta[sets_scale] = loading * deviation[sets_scale]
    sigma[sets_scale] = np.sqrt(1 / loading**2 - 1)
    g, error = _posterior(y[:, sets_scale], alpha[sets_scale], beta[sets_scale], sigma[sets_scale])
    known = ~np.isnan(y[:, sets_scale]).all(axis=1)
    for k in np.flatnonzero(~sets_scale):
        both = known & ~np.isnan(y[:, k])
        x, score = g[both], y[both, k]
        true_variance = (
            x.var(ddof=1) - np.mean(error[both] ** 2) if both.sum() >= FEWEST else np.nan
        )
        if not true_variance > 0:
            raise BadTable(
                f"{sources[k]} covers {both.sum()} countries that representative sources cover in "
                f"{where}, too few or too alike to tell its scale: leave it out."
            )
        beta[k] = np.cov(x, score)[0, 1] / true_variance
        alpha[k] = score.mean() - beta[k] * x.mean()
        sigma[k] = (score - alpha[k] - beta[k] * x).std(ddof=1) / abs(beta[k])
    g, error = _posterior(y, alpha, beta, sigma)
    centre, scale = g.mean(), g.std(ddof=1)
    estimates = {"economy": economies, "estimate": (g - centre) / scale}
    estimates |= {"standard_error": error / scale}
    counted = pd.array((~np.isnan(y)).sum(axis=1), dtype="Int64")
    found = {"economies": count, "alpha": alpha, "beta": beta, "sigma": sigma, "centre": centre}
    used = about.reset_index().assign(**found, scale=scale, converged=converged)
    return pd.DataFrame(estimates).assign(sources=counted), used


def _posterior(
    y: np.ndarray, alpha: np.ndarray, beta: np.ndarray, sigma: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of governance given scores."""
    z = (y - alpha) / beta
    w = np.where(np.isnan(z), 0, sigma**-2.0)
    whole = 1 + w.sum(axis=1)
    return np.nansum(w * z, axis=1) / whole, whole**-0.5


def _correlate(y: np.ndarray, names: Sequence[str], where: str) -> np.ndarray:
    """Return pairwise correlations of sources, each over the countries that both score."""
    there = (~np.isnan(y)).astype("float64")
    x = np.nan_to_num(y - np.nanmean(y, axis=0))
    n = there.T @ there
    sums, squares = x.T @ there, (x**2).T @ there
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = squares - sums**2 / n
        r = (x.T @ x - sums * sums.T / n) / np.sqrt(variance * variance.T)
    off = ~np.eye(len(names), dtype=bool)
    for wrong, why in (
        (off & ((n < FEWEST) | ~np.isfinite(r)), "have too few countries in common"),
        (off & (np.abs(r) > 1 - 1e-9), "are perfectly correlated"),
    ):
        for i, j in np.argwhere(wrong)[:1]:
            raise BadTable(f"{names[i]} and {names[j]} {why} in {where}: leave one out.")
    np.fill_diagonal(r, 1)
    return np.asarray(r)


def _fit_factor(r: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return the loadings of one factor by maximum likelihood, and whether it converged.

    For given uniquenesses the best loadings are known (Lawley and Maxwell 1971), so that only
    the former are searched, by a method without BLAS: L-BFGS-B starts threads that take ten times
    as long as the work. All other matrices are too small for threads.
    """

    def split(log_psi: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        psi = np.exp(log_psi)
        values, vectors = np.linalg.eigh(r / np.sqrt(np.outer(psi, psi)))
        top = max(float(values[-1]), 1.0)
        return psi, np.sqrt(psi * (top - 1)) * vectors[:, -1], top

    def loss(log_psi: np.ndarray) -> tuple[float, np.ndarray]:
        psi, loading, top = split(log_psi)
        value = log_psi.sum() + (1 / psi).sum() + np.log(top) - top + 1
        return float(value), (loading**2 + psi - 1) / psi

    start = np.full(len(r), np.log(0.3))
    least = np.log(LEAST_UNIQUENESS)
    options = {"ftol": 1e-15, "gtol": 1e-9, "maxfun": 2000}
    found = minimize(
        loss, start, jac=True, method="TNC", bounds=[(least, None)] * len(r), options=options
    )
    loading = split(found.x)[1]
    steep = np.abs(found.jac).max() > 1e-4
    return loading * np.sign(loading.sum()), not steep and bool((found.x > least).all())


def _signals(found: Fit, economy: str | None) -> pd.DataFrame:
    """Return scores in units of governance, with the weight of each in its estimate."""
    if not isinstance(found, Fit):
        raise BadParameter(
            f"A fit is needed, not a {type(found).__name__}: found = gov.sources.fit(table)."
        )
    scores = found.scores if economy is None else found.scores[found.scores["economy"] == economy]
    if scores.empty:
        raise UnknownName(f"No source scores {economy}.")
    parameters = found.sources.drop(columns=["type", "representative", "economies"])
    rows = scores.merge(parameters, on=[*CELL, "source"])
    rows["signal"] = (rows["score"] - rows["alpha"]) / rows["beta"]
    rows["precision"] = rows["sigma"] ** -2.0
    cells = [rows[key] for key in ("economy", "year", "dimension")]
    whole = 1 + rows["precision"].groupby(cells, observed=True).transform("sum")
    rows["weight"] = rows["precision"] / whole
    pulled = rows["weight"] * rows["signal"]
    return rows.assign(posterior=pulled.groupby(cells, observed=True).transform("sum"))


def _combine(rows: pd.DataFrame) -> float:
    """Return the estimate that some signals of one country and year give."""
    w = rows["precision"]
    g = (w * rows["signal"]).sum() / (1 + w.sum())
    return float((g - rows["centre"].iloc[0]) / rows["scale"].iloc[0])


def _lag_moments(z1: np.ndarray, z2: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the covariance over time of each source's errors, one row per draw of countries."""
    sources = z1.shape[1]
    total, weight = np.zeros((2, len(counts), sources))
    for k in range(sources):
        for other in range(sources):
            for own, later, beside in ((z1, z2, z2), (z2, z1, z1)):
                a, b = own[:, k], later[:, k] - beside[:, other]
                both = ~np.isnan(a + b)
                if other == k or both.sum() < FEWEST:
                    continue
                a, b = a[both], b[both]
                # Plain loops of einsum: as fast here, and BLAS starts no threads.
                n, sa, sb, sab = np.einsum(
                    "dj,mj->md", counts[:, both], np.array([np.ones_like(a), a, b, a * b])
                )
                n = np.maximum(n, 1)
                total[:, k] += sab - sa * sb / n
                weight[:, k] += n
    return np.asarray(np.where(weight > 0, total / np.maximum(weight, 1), np.nan))


def _describe_rho(values: np.ndarray) -> dict[str, Any]:
    """Return the first value with the bootstrap interval of the others."""
    lower, upper = np.nanquantile(values[1:], [0.05, 0.95])
    ends = {"rho_lower": float(lower), "rho_upper": float(upper)}
    return {"rho": float(values[0]), **ends, "possible": bool(values[0] < 1)}
