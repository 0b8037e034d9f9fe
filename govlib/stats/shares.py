"""Arithmetic on the shares of a survey: bases, intervals, net trust."""

from collections.abc import Iterable, Mapping

import pandas as pd

from govlib.datasets.surveys import (
    ITEM_KEYS,
    NO_OPINION,
    check_answers,
    check_one_base,
    check_survey,
)
from govlib.errors import BadParameter, BadTable

LEVEL = 0.95
"""Coverage of every interval of a share."""


def rebase_on_opinion(table: pd.DataFrame, *, without: Iterable[str] = NO_OPINION) -> pd.DataFrame:
    """Express shares as percentages of those who gave an opinion.

    Parameters
    ----------
    table : DataFrame
        A survey table (see `check_survey`) of one base.
    without : iterable of str
        Answers that are no opinion; those of `survey_table.NO_OPINION` by default.

    Returns
    -------
    DataFrame
        The rows of the other answers with `base` opinion, `share` in percent of them and
        `respondents` reduced to them (rounded; missing where it was); a copy.

    Raises
    ------
    BadTable
        As `check_survey`; also if bases are mixed or an item has no opinions.
    UnknownName
        If answers that were named are not in the table.
    """
    check_one_base(table)
    dropped = [without] if isinstance(without, str) else list(without)
    if tuple(dropped) != NO_OPINION:
        check_answers(table, dropped)
    kept = table[~table["answer"].isin(dropped)].copy()
    sums = kept.groupby(ITEM_KEYS)["share"].transform("sum")
    lost = set(map(tuple, table[ITEM_KEYS].to_numpy())) - set(
        map(tuple, kept.loc[sums > 0, ITEM_KEYS].to_numpy())
    )
    if lost:
        raise BadTable(f"No one gave an opinion: {', '.join(map(str, sorted(lost)[0]))}.")
    kept["share"] = 100 * kept["share"] / sums
    kept["respondents"] = (kept["respondents"] * sums / 100).round().astype("Int64")
    kept["base"] = "opinion"
    kept["answer_order"] = kept.groupby(ITEM_KEYS).cumcount() + 1
    # What was left out may differ between waves: a comparison of them records it.
    left_out = list(dict.fromkeys(table.loc[table["answer"].isin(dropped), "answer"]))
    kept.attrs["left_out"] = left_out
    return kept.reset_index(drop=True)


def combine_answers(table: pd.DataFrame, mapping: Mapping[str, str]) -> pd.DataFrame:
    """Sum the shares of answers that are given one name.

    Parameters
    ----------
    table : DataFrame
        A survey table (see `check_survey`).
    mapping : mapping of str to str
        New name of an answer by its name; answers that are not named stay as they are.

    Returns
    -------
    DataFrame
        One row per item and new answer, at the place of the first answer that it holds.

    Raises
    ------
    BadTable
        As `check_survey`.
    UnknownName
        If the mapping names an answer that is not in the table.
    """
    check_survey(table)
    check_answers(table, mapping)
    renamed = table.assign(answer=table["answer"].map(lambda a: mapping.get(a, a)))
    sums = renamed.groupby([*ITEM_KEYS, "answer"])["share"].transform("sum")
    result = renamed.assign(share=sums).drop_duplicates([*ITEM_KEYS, "answer"])
    result["answer_order"] = result.groupby(ITEM_KEYS).cumcount() + 1
    # A comparison of waves records it.
    result.attrs["mapping"] = table.attrs.get("mapping", {}) | dict(mapping)
    return result.reset_index(drop=True)


def add_share_interval(
    table: pd.DataFrame, *, design_effect: float, simultaneous: bool = False
) -> pd.DataFrame:
    """Add the 95% interval of each share.

    Parameters
    ----------
    table : DataFrame
        A survey table (see `check_survey`) with `respondents`.
    design_effect : float
        Variance of a share in this sample relative to a simple random sample of its size, 0.01 to
        100: the published one or a stated assumption. The effective number of respondents is
        respondents / design_effect.
    simultaneous : bool
        Whether the intervals of all answers of an item shall hold at once, as a comparison of
        several answers needs.

    Returns
    -------
    DataFrame
        The same rows with `share_lower`, `share_upper` (percent) and `design_effect`.

    Raises
    ------
    BadTable
        As `check_survey`; also if respondents are missing.
    BadParameter
        If the design effect is not from 0.01 to 100.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22; for several answers Goodman
    (1965), Technometrics 7. Computed by statsmodels. Kish (1965), Survey Sampling, for the design
    effect.
    """
    from statsmodels.stats.proportion import multinomial_proportions_confint, proportion_confint

    check_survey(table)
    effective = effective_respondents(table, design_effect)
    counts = table["share"] / 100 * effective
    result = table.copy()
    if simultaneous:
        bounds = pd.DataFrame(index=table.index, columns=["lower", "upper"], dtype="float64")
        for rows in counts.groupby([table[key] for key in ITEM_KEYS]).groups.values():
            bounds.loc[rows] = multinomial_proportions_confint(
                counts.loc[rows], alpha=1 - LEVEL, method="goodman"
            )
        lower, upper = bounds["lower"], bounds["upper"]
    else:
        lower, upper = proportion_confint(counts, effective, alpha=1 - LEVEL, method="wilson")
    # A share of 0 or 100 may be missed by a rounding error of the last binary digit.
    result["share_lower"] = (100 * lower).clip(0, 100)
    result["share_upper"] = (100 * upper).clip(0, 100)
    result["design_effect"] = float(design_effect)
    return result


def net_trust(
    table: pd.DataFrame,
    *,
    positive: Iterable[str],
    negative: Iterable[str],
    design_effect: float,
) -> pd.DataFrame:
    """Compute the positive answers minus the negative ones.

    Parameters
    ----------
    table : DataFrame
        A survey table (see `check_survey`) with `respondents`.
    positive, negative : iterable of str
        Answers; none in both.
    design_effect : float
        As `add_share_interval`.

    Returns
    -------
    DataFrame
        One row per wave, group and item: the keys, `positive`, `negative` (percent), `net`
        (percentage points, -100 to 100), `net_lower`, `net_upper` (95% interval), `respondents`,
        `design_effect`.

    Raises
    ------
    BadTable
        As `add_share_interval`.
    BadParameter
        If an answer is both, or the design effect is not from 0.01 to 100.
    UnknownName
        If an answer is not in the table.

    Notes
    -----
    The variance of p - q from one sample is (p + q - (p - q)^2) / n: Scott and Seber (1983), The
    American Statistician 37, 319-320.
    """
    check_survey(table)
    sides = {
        side: [answers] if isinstance(answers, str) else list(answers)
        for side, answers in (("positive", positive), ("negative", negative))
    }
    both = sorted(set(sides["positive"]) & set(sides["negative"]))
    if both:
        raise BadParameter(f"{', '.join(both)}: positive and negative at once.")
    for answers in sides.values():
        check_answers(table, answers)
    effective = effective_respondents(table, design_effect)
    sums = table[[*ITEM_KEYS, "respondents"]].assign(n=effective)
    for side, answers in sides.items():
        sums[side] = table["share"].where(table["answer"].isin(answers), 0.0)
    grouped = sums.groupby(ITEM_KEYS, sort=False)
    result = grouped[list(sides)].sum().join(grouped[["respondents", "n"]].first())
    p, q = result["positive"] / 100, result["negative"] / 100
    half = 100 * _z() * ((p + q - (p - q) ** 2) / result["n"]) ** 0.5
    result["net"] = result["positive"] - result["negative"]
    result["net_lower"], result["net_upper"] = result["net"] - half, result["net"] + half
    result["design_effect"] = float(design_effect)
    columns = ["net", "net_lower", "net_upper", "respondents", "design_effect"]
    return result[[*sides, *columns]].reset_index()


def effective_respondents(table: pd.DataFrame, design_effect: float) -> "pd.Series[float]":
    """Divide the respondents of each row by the design effect.

    Parameters
    ----------
    table : DataFrame
        A survey table with `respondents`.
    design_effect : float
        As `check_design_effect` lets it pass.

    Returns
    -------
    Series of float
        One number a row.

    Raises
    ------
    BadParameter
        As `check_design_effect`.
    BadTable
        If respondents are missing.
    """
    check_design_effect(design_effect)
    missing = table.loc[table["respondents"].isna(), "wave"].unique()
    if len(missing):
        raise BadTable(
            f"Respondents are not published for the waves {', '.join(missing)}: without them there "
            "is no interval. To state an assumed number: table.fillna({'respondents': 18000})."
        )
    return table["respondents"].astype("float64") / design_effect


def check_design_effect(design_effect: float) -> None:
    """Refuse what no survey's design effect can be.

    Parameters
    ----------
    design_effect : float
        Variance of a survey's shares relative to a simple random sample of its size.

    Raises
    ------
    BadParameter
        If it is not a number from 0.01 to 100.
    """
    is_number = isinstance(design_effect, (int, float)) and not isinstance(design_effect, bool)
    if not is_number or not 0.01 <= design_effect <= 100:
        raise BadParameter(
            f"design_effect = {design_effect!r}: a number above 0, from 0.01 to 100, is needed; "
            "1 stands for a simple random sample, 1.5 to 4 are usual for households in clusters."
        )


def _z() -> float:
    """Return the half-width, in standard errors, of a 95% interval."""
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + LEVEL) / 2)
