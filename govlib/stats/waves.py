"""Two waves of a survey compared: only like with like, and what a break can account for."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from govlib.datasets.surveys import ITEM_KEYS, NO_OPINION, check_answers, check_one_base
from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.stats.shares import LEVEL, combine_answers, effective_respondents

GROUP_KEYS = [key for key in ITEM_KEYS if key != "wave"]


def change_between_waves(
    table: pd.DataFrame,
    first_wave: str,
    last_wave: str,
    *,
    design_effect: float,
    mapping: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Compute the change of each share between two waves, with its 95% interval.

    Waves of which the questions or the lists of answers differ are not compared, unless a mapping
    says which answers are held to be the same: the mapping is recorded in the result.

    Parameters
    ----------
    table : DataFrame
        A survey table (see `check_survey`) of one base with `respondents`; the two waves are
        taken to be independent samples.
    first_wave, last_wave : str
        Names of waves; the change is last minus first.
    design_effect : float
        As `add_share_interval`, of both waves.
    mapping : mapping of str to str, optional
        As `combine_answers`, applied to both waves. An empty one states that differing questions
        are compared as they are.

    Returns
    -------
    DataFrame
        One row per group, item and answer: the keys, `answer`, `first_wave`, `last_wave`, `first`,
        `last` (percent), `change`, `change_lower`, `change_upper` (percentage points),
        `beyond_error` (whether the interval leaves out 0), `design_effect`, `mapping` (text: what
        was mapped, what `rebase_on_opinion` left out; else empty). An item that was asked in one
        wave only has missing values for the other.

    Raises
    ------
    UnknownName
        If a wave or an answer of the mapping is not in the table.
    BadTable
        As `add_share_interval`; also if question or answers differ and no mapping reconciles them.
    BadParameter
        If the waves are one, or the design effect is not from 0.01 to 100.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10 (from Wilson's intervals).
    Computed by statsmodels.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    pair = _two_waves(table, first_wave, last_wave)
    if mapping:
        pair = combine_answers(pair, mapping)
    if mapping is None:
        _refuse_breaks(pair, first_wave, last_wave, "question")
    _refuse_breaks(pair, first_wave, last_wave, "answer")
    keys = [*GROUP_KEYS, "answer"]
    pair = pair.assign(n=effective_respondents(pair, design_effect))
    waves = [pair[pair["wave"] == wave].set_index(keys) for wave in (first_wave, last_wave)]
    order = pd.MultiIndex.from_frame(pair[keys].drop_duplicates())
    first, last = (wave[["share", "n"]].reindex(order) for wave in waves)
    result = pd.DataFrame(
        {
            "first_wave": first_wave,
            "last_wave": last_wave,
            "first": first["share"],
            "last": last["share"],
            "change": last["share"] - first["share"],
        }
    )
    bounds = [
        (math.nan, math.nan)
        if math.isnan(n1 + n2)
        else confint_proportions_2indep(
            p2 / 100 * n2, n2, p1 / 100 * n1, n1, method="newcomb", alpha=1 - LEVEL
        )
        for p1, n1, p2, n2 in zip(first["share"], first["n"], last["share"], last["n"], strict=True)
    ]
    result["change_lower"] = [100 * lower for lower, _ in bounds]
    result["change_upper"] = [100 * upper for _, upper in bounds]
    beyond = (result["change_lower"] > 0) | (result["change_upper"] < 0)
    result["beyond_error"] = beyond.astype("boolean").mask(result["change_lower"].isna())
    result["design_effect"] = float(design_effect)
    result["mapping"] = _write(pair.attrs)
    return result.reset_index()


def bound_missing_opinions(
    table: pd.DataFrame,
    first_wave: str,
    last_wave: str,
    *,
    answers: Iterable[str],
    no_opinion: Iterable[str] = NO_OPINION,
) -> pd.DataFrame:
    """Bound how much of a rise those can account for who no longer say "no opinion".

    Between the waves the share without an opinion fell by `vanished` points. Had these people
    answered in the first wave, the share of `answers` would have been higher by nothing (all gave
    other answers), by their part among those with an opinion (they split like the others), or by
    all of `vanished` (all gave these answers).

    Parameters
    ----------
    table : DataFrame
        A survey table (see `check_survey`) of base all.
    first_wave, last_wave : str
        Names of waves.
    answers : iterable of str
        Answers whose joint share is compared; asked in both waves.
    no_opinion : iterable of str
        Answers that are no opinion, in either wave.

    Returns
    -------
    DataFrame
        One row per group and item, all in percent or percentage points and missing for an item
        that was asked in one wave only: the keys, `first`, `last`, `rise`, `no_opinion_first`,
        `no_opinion_last`, `vanished` (negative where the share without an opinion grew),
        `accounted_least`, `accounted_like_others`, `accounted_most`, and `left_least`,
        `left_like_others`, `left_most`: what remains of the rise if the most, as much as others,
        or the least is accounted for.

    Raises
    ------
    UnknownName
        If a wave or an answer is not in the table.
    BadTable
        As `check_survey`; also if the base is not all or everyone was without an opinion.
    """
    pair = _two_waves(table, first_wave, last_wave)
    if set(pair["base"]) != {"all"}:
        raise BadTable("Shares of all who were asked are needed (base all).")
    wanted = [answers] if isinstance(answers, str) else list(answers)
    missing = [no_opinion] if isinstance(no_opinion, str) else list(no_opinion)
    if tuple(missing) != NO_OPINION:
        check_answers(pair, missing)
    for wave in (first_wave, last_wave):
        check_answers(pair[pair["wave"] == wave], wanted)
    parts = {
        name: pair[pair["answer"].isin(chosen)].pivot_table(
            index=GROUP_KEYS, columns="wave", values="share", aggfunc="sum", sort=False
        )
        for name, chosen in {"wanted": wanted, "none": missing}.items()
    }
    wanted_share = parts["wanted"]
    none = parts["none"].reindex(index=wanted_share.index, columns=[first_wave, last_wave])
    # No one without an opinion is 0; an item that was not asked has no share at all.
    none = none.fillna(0.0).where(wanted_share.notna())
    if none[first_wave].ge(100).any():
        raise BadTable(f"No one gave an opinion in wave {first_wave}.")
    result = pd.DataFrame({"first": wanted_share[first_wave], "last": wanted_share[last_wave]})
    result["rise"] = result["last"] - result["first"]
    result["no_opinion_first"], result["no_opinion_last"] = none[first_wave], none[last_wave]
    vanished = none[first_wave] - none[last_wave]
    result["vanished"] = vanished
    result["accounted_least"] = vanished.clip(upper=0)
    result["accounted_like_others"] = vanished * result["first"] / (100 - none[first_wave])
    result["accounted_most"] = vanished.clip(lower=0)
    for left, accounted in (("least", "most"), ("like_others", "like_others"), ("most", "least")):
        result[f"left_{left}"] = result["rise"] - result[f"accounted_{accounted}"]
    return result.reset_index()


def _two_waves(table: pd.DataFrame, first_wave: str, last_wave: str) -> pd.DataFrame:
    """Return the rows of two waves, or say which the table does not have."""
    check_one_base(table)
    if first_wave == last_wave:
        raise BadParameter(f"The first wave and the last are one: {first_wave}.")
    known = list(dict.fromkeys(table["wave"]))
    for wave in (first_wave, last_wave):
        if wave not in known:
            raise UnknownName(f"The table has no wave {wave!r}; it has {', '.join(known)}.")
    return table[table["wave"].isin([first_wave, last_wave])]


def _refuse_breaks(pair: pd.DataFrame, first: str, last: str, column: str) -> None:
    """Refuse items whose question or answers differ between two waves."""
    for _, rows in pair.groupby(GROUP_KEYS, sort=False):
        words = {
            wave: list(dict.fromkeys(rows.loc[rows["wave"] == wave, column]))
            for wave in (first, last)
        }
        if all(words.values()) and set(words[first]) != set(words[last]):
            raise BadTable(
                f"The {column}s of {rows['item'].iloc[0]} differ: in wave {first} "
                f"{', '.join(words[first])}; in wave {last} {', '.join(words[last])}. The change "
                "is not one of opinion alone. To compare all the same, say which answers are held "
                "to be the same: mapping={'answer': 'new name', ...}."
            )


def _write(recorded: Mapping[Any, Any]) -> str:
    """Write what was mapped and left out: "a + b = c; left out: d"."""
    merged: dict[str, list[str]] = {}
    for old, new in recorded.get("mapping", {}).items():
        merged.setdefault(new, []).append(old)
    parts = [f"{' + '.join(old)} = {new}" for new, old in merged.items()]
    left = ", ".join(recorded.get("left_out", []))
    return "; ".join([*parts, f"left out: {left}"] if left else parts)
