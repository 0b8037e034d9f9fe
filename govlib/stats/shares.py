"""Shares of the answers to surveys: denominators, confidence intervals, net trust, waves compared.

A survey table has one row per wave, group, item and answer: `check_survey` says which columns and
what makes it dependable; all functions raise `BadTable` as it does, and leave their table as it is.
Shares are percentages (0 to 100), changes percentage points. `level`: coverage of an interval,
between 0 and 1. `first_wave`, `last_wave`: names of waves; the change is last minus first. "Keys"
are `ITEM_KEYS`. Answers and waves that are not in the table raise `UnknownName`.

`design_effect` is the variance of a share in this sample relative to a simple random sample of its
size, 0.01 to 100, else `BadParameter`: the published one or a stated assumption (Kish 1965, Survey
Sampling). The effective number of respondents is respondents / design_effect: where it is needed
and respondents are missing, `BadTable` is raised.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from govlib.errors import BadParameter, BadTable, UnknownName, did_you_mean
from govlib.stats._tables import bisect, check_columns, deviate, is_number

LEVEL = 0.90
"""Coverage of every interval of a share, unless a caller says otherwise."""

COLUMNS = dict.fromkeys(
    ["survey", "wave", "start", "end", "population", "group_by", "group", "item", "question",
     "answer", "answer_order", "share", "base", "respondents"], "str",
) | {"answer_order": "int64", "share": "float64", "respondents": "Int64"}  # fmt: skip
"""The columns of every survey table in their order, with their types."""

ITEM_KEYS = ["survey", "wave", "group_by", "group", "item", "base"]
"""The columns that name one item asked of one group: its answers are its rows."""

ANSWER_KEYS = [*ITEM_KEYS, "answer"]
"""The columns that name a row."""

BASES = {
    "all": "all who were asked",
    "valid": "those who gave a valid answer (no don't know, no refusal)",
    "opinion": "those who gave an opinion (also without 'never encountered')",
}
"""Of whom the shares are percentages."""

NO_OPINION = ("never_encountered", "never_or_hard_to_say", "hard_to_say", "no_answer")
"""Answers that give no opinion, by their names in the surveys included."""

TOTAL = "total"
"""`group_by` and `group` of the whole population."""

_GROUP_KEYS = [key for key in ITEM_KEYS if key != "wave"]


def check_survey(table: pd.DataFrame) -> None:
    """Check that the shares of a survey table can be relied on; BadTable says what is wrong where.

    It has one row per wave, group, item and answer with at least these columns:

    ============ ====== ===========================================================
    column       type   meaning
    ============ ====== ===========================================================
    survey       str    name of the survey; one a table
    wave         str    name of the wave: year, or year and month of its start
    start, end   str    fieldwork, ISO 8601 as exact as published: 2022, 2023-10
    population   str    who was asked
    group_by     str    total, region, locality, sex, age, ...
    group        str    total, or the group
    item         str    what is asked about
    question     str    question that the item belongs to
    answer       str    answer
    answer_order int    place of the answer in the question, from 1
    share        float  percent of the base, 0 to 100
    base         str    all, valid, opinion: the denominator of the share
    respondents  Int64  number of respondents in the base; missing where not published
    ============ ====== ===========================================================

    No row is repeated, and the shares of an item sum to 100 within the rounding of their decimals:
    n shares published with d decimals may be off by n/2 units of the last decimal.
    """
    check_columns(table, COLUMNS, "The survey table")
    if table.empty:
        raise BadTable("The survey table has no rows: choose waves and items that exist.")
    surveys = sorted(set(table["survey"]))
    if len(surveys) > 1:
        raise BadTable(f"The table mixes the surveys {', '.join(surveys)}: pass one at a time.")
    _reject(table, table.duplicated(ANSWER_KEYS), "is repeated")
    _reject(table, table.duplicated([*ITEM_KEYS, "answer_order"]), "repeats an answer_order")
    _reject(table, ~table["base"].isin(list(BASES)), f"has a base that is not of {list(BASES)}")
    shares = pd.to_numeric(table["share"], errors="coerce")
    _reject(table, ~shares.between(0, 100), "has a share that is not a percentage from 0 to 100")
    respondents = pd.to_numeric(table["respondents"], errors="coerce")
    _reject(table, respondents.le(0).fillna(False), "has no respondents; leave unknown ones empty")
    _reject(table, table["start"].astype(str) > table["end"].astype(str), "ends before it starts")
    several = table.groupby(ITEM_KEYS, observed=True)["respondents"].nunique(dropna=False)
    if (several > 1).any():
        name = _name_item(several.index[several > 1][0])
        raise BadTable(f"{name}: respondents differ by answer.")
    sums = sum_shares(table)
    wrong = sums[(sums["sum"] - 100).abs() > sums["tolerance"]]
    if len(wrong):
        first = wrong.iloc[0]
        raise BadTable(
            f"{_name_item(wrong.index[0])}: the shares of its {first['answers']:.0f} answers sum "
            f"to {first['sum']:.10g}, not to 100 within rounding (±{first['tolerance']:.2g})"
            f"{f'; so do those of {len(wrong) - 1} more' if len(wrong) > 1 else ''}. "
            "An answer is missing, repeated or misprinted: compare with the publication."
        )


def check_one_base(table: pd.DataFrame) -> None:
    """Check a survey table whose shares must have one base; else BadTable."""
    check_survey(table)
    bases = sorted(set(table["base"]))
    if len(bases) > 1:
        raise BadTable(f"The table mixes the bases {', '.join(bases)}: choose one.")


def check_answers(table: pd.DataFrame, asked: Iterable[str]) -> None:
    """Check that a survey table has these answers (else UnknownName), one at least."""
    known = list(dict.fromkeys(table["answer"]))
    asked = list(asked)
    if not asked:
        raise BadParameter(f"No answer is named; there are: {', '.join(known)}.")
    for answer in asked:
        if answer not in known:
            raise UnknownName(
                f"There is no answer {answer!r}; there are: {', '.join(known)}."
                f"{did_you_mean(answer, known)}"
            )


def check_design_effect(design_effect: float) -> None:
    """Check that a design effect is a number from 0.01 to 100; else BadParameter."""
    if not is_number(design_effect) or not 0.01 <= design_effect <= 100:
        raise BadParameter(
            f"design_effect = {design_effect!r}: a number above 0, from 0.01 to 100, is needed; "
            "1 stands for a simple random sample, 1.5 to 4 are usual for households in clusters."
        )


def share_flip(share: float, bound: float, respondents: float, *, level: float = LEVEL) -> float:
    """Compute the design effect at which the (Wilson) interval of a share reaches a bound.

    Shares in percent, `bound` between 0 and 100 (else BadParameter). The bound lies outside the
    interval for every smaller design effect: ``(p - b)^2 n / (z^2 b (1 - b))``.
    """
    if not is_number(bound) or not 0 < bound < 100:
        raise BadParameter(f"bound = {bound!r}: a percentage between 0 and 100 is needed.")
    if not is_number(share) or not 0 <= share <= 100:
        raise BadParameter(f"share = {share!r}: a percentage from 0 to 100 is needed.")
    p, b = share / 100, bound / 100
    return (p - b) ** 2 * respondents / (deviate(level) ** 2 * b * (1 - b))


def sum_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Sum the shares of each item and compute how far rounding can move the sum.

    Indexed by `ITEM_KEYS`: `sum` (percent), `answers` (count), `tolerance` (percent): half a unit
    of the last decimal for each answer. The decimals are those of the wave's most precise share,
    since 66.0 may be written 66.
    """
    decimals = table["share"].map(lambda x: len(f"{x:.10f}".rstrip("0").partition(".")[2]))
    decimals = decimals.groupby(table["wave"]).transform("max")
    half = (0.5 * 10.0**-decimals).rename("tolerance")
    grouped = table.assign(tolerance=half).groupby(ITEM_KEYS, observed=True, sort=False)
    sums: pd.DataFrame = grouped.agg(
        sum=("share", "sum"), answers=("share", "size"), tolerance=("tolerance", "sum")
    )
    # Sums of binary fractions miss the decimal ones by less than this.
    return sums.assign(tolerance=sums["tolerance"] + 1e-9)


def rebase_on_opinion(table: pd.DataFrame, *, without: Iterable[str] = NO_OPINION) -> pd.DataFrame:
    """Express shares as percentages of those who gave an opinion.

    `without` are the answers that are no opinion. The rows of the others have `base` opinion,
    `share` in percent of them and `respondents` reduced to them (rounded; missing where it was).
    BadTable also if bases are mixed or an item has no opinions.
    """
    check_one_base(table)
    dropped = _as_list(without)
    if tuple(dropped) != NO_OPINION:
        check_answers(table, dropped)
    kept = table[~table["answer"].isin(dropped)].copy()
    sums = kept.groupby(ITEM_KEYS)["share"].transform("sum")
    asked, told = (set(rows[ITEM_KEYS].itertuples(index=False)) for rows in (table, kept[sums > 0]))
    if lost := asked - told:
        raise BadTable(f"No one gave an opinion: {', '.join(map(str, sorted(lost)[0]))}.")
    kept["share"] = 100 * kept["share"] / sums
    kept["respondents"] = (kept["respondents"] * sums / 100).round().astype("Int64")
    kept["base"] = "opinion"
    kept["answer_order"] = kept.groupby(ITEM_KEYS).cumcount() + 1
    # What was left out may differ between waves: a comparison of them records it.
    kept.attrs["left_out"] = [answer for answer in table["answer"].unique() if answer in dropped]
    return kept.reset_index(drop=True)


def combine_answers(table: pd.DataFrame, mapping: Mapping[str, str]) -> pd.DataFrame:
    """Sum the shares of answers that are given one name.

    `mapping`: new name of an answer by its name; answers not named stay as they are. One row per
    item and new answer, in the place of the first answer that it combines.
    """
    check_survey(table)
    check_answers(table, mapping)
    renamed = table.assign(answer=table["answer"].map(lambda a: mapping.get(a, a)))
    sums = renamed.groupby(ANSWER_KEYS)["share"].transform("sum")
    result = renamed.assign(share=sums).drop_duplicates(ANSWER_KEYS)
    result["answer_order"] = result.groupby(ITEM_KEYS).cumcount() + 1
    # A comparison of waves records it.
    result.attrs["mapping"] = table.attrs.get("mapping", {}) | dict(mapping)
    return result.reset_index(drop=True)


def add_share_interval(
    table: pd.DataFrame,
    *,
    design_effect: float,
    simultaneous: bool = False,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Add the interval of each share: `share_lower`, `share_upper` (percent).

    If `simultaneous`, the intervals of all answers of an item hold at once, as a comparison of
    several answers needs. Also `design_effect`, `level` and `interval`: "single" (Wilson) or
    "simultaneous" (Goodman).

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22; for several answers Goodman
    (1965), Technometrics 7: Wilson's intervals, each at the level alpha / number of answers.
    """
    check_survey(table)
    effective = effective_respondents(table, design_effect)
    share, z = table["share"] / 100, deviate(level)
    if simultaneous:  # shares of their sum, which rounding may keep from 100
        counts = (share * effective).groupby([table[key] for key in ITEM_KEYS])
        effective = counts.transform("sum")
        share = share * (table["respondents"].astype("float64") / design_effect) / effective
        z = ndtri(1 - (1 - level) / 2 / counts.transform("size"))
    lower, upper = wilson(share, effective, z)
    return table.assign(
        share_lower=100 * lower,
        share_upper=100 * upper,
        design_effect=float(design_effect),
        level=level,
        interval="simultaneous" if simultaneous else "single",
    )


def net_trust(
    table: pd.DataFrame,
    *,
    positive: Iterable[str],
    negative: Iterable[str],
    design_effect: float,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Compute the positive answers minus the negative ones; BadParameter if an answer is both.

    Returns
    -------
    DataFrame
        One row per wave, group and item: the keys, `positive`, `negative` (percent), `net`
        (percentage points, -100 to 100), `net_lower`, `net_upper`, `respondents`,
        `design_effect` and `design_effect_flip`, at which the interval reaches 0.

    Notes
    -----
    The variance of p - q from one sample is (p + q - (p - q)^2) / n: Scott and Seber (1983), The
    American Statistician 37, 319-320.
    """
    check_survey(table)
    sides = {"positive": _as_list(positive), "negative": _as_list(negative)}
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
    half = 100 * deviate(level) * ((p + q - (p - q) ** 2) / result["n"]) ** 0.5
    result["net"] = result["positive"] - result["negative"]
    result["net_lower"], result["net_upper"] = result["net"] - half, result["net"] + half
    result["design_effect"] = float(design_effect)
    result["design_effect_flip"] = design_effect * (result["net"] / half) ** 2
    columns = ["net", "net_lower", "net_upper", "respondents", "design_effect"]
    columns += ["design_effect_flip"]
    return result[[*sides, *columns]].reset_index()


def effective_respondents(table: pd.DataFrame, design_effect: float) -> "pd.Series[float]":
    """Divide the respondents of each row by the design effect."""
    check_design_effect(design_effect)
    missing = table.loc[table["respondents"].isna(), "wave"].unique()
    if len(missing):
        raise BadTable(
            f"Respondents are not published for the waves {', '.join(missing)}: without them there "
            "is no interval. To state an assumed number: table.fillna({'respondents': 18000})."
        )
    return table["respondents"].astype("float64") / design_effect


def change_between_waves(
    table: pd.DataFrame,
    first_wave: str,
    last_wave: str,
    *,
    design_effect: float,
    mapping: Mapping[str, str] | None = None,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Compute the change of each share between two waves, with its interval.

    Waves whose questions or lists of answers differ are not compared (BadTable), unless a mapping
    says which answers count as the same: the mapping is recorded in the result. The two waves are
    taken to be independent samples of one base.

    Parameters
    ----------
    mapping : mapping of str to str, optional
        As `combine_answers`, applied to both waves. An empty one states that differing questions
        are compared as they are.

    Returns
    -------
    DataFrame
        One row per group, item and answer: the keys, `answer`, `first_wave`, `last_wave`, `first`,
        `last` (percent), `change`, `change_lower`, `change_upper` (percentage points),
        `significant` (True if the interval leaves out 0), `design_effect`,
        `design_effect_flip` (at which the interval reaches 0), `mapping` (text: what
        was mapped, what `rebase_on_opinion` left out; else empty). An item that was asked in one
        wave only has missing values for the other.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10 (from Wilson's intervals).
    """
    pair = _two_waves(table, first_wave, last_wave)
    if mapping:
        pair = combine_answers(pair, mapping)
    if mapping is None:
        _check_breaks(pair, first_wave, last_wave, "question")
    _check_breaks(pair, first_wave, last_wave, "answer")
    keys = [*_GROUP_KEYS, "answer"]
    pair = pair.assign(n=effective_respondents(pair, design_effect))
    waves = [pair[pair["wave"] == wave].set_index(keys) for wave in (first_wave, last_wave)]
    order = pd.MultiIndex.from_frame(pair[keys].drop_duplicates())
    first, last = (wave[["share", "n"]].reindex(order) for wave in waves)
    change = last["share"] - first["share"]
    (p1, n1), (p2, n2) = ((wave["share"] / 100, wave["n"]) for wave in (first, last))
    z = deviate(level)
    lower, upper = newcombe(p1, n1, p2, n2, z)

    def apart(power: np.ndarray) -> np.ndarray:
        low, up = newcombe(p1, n1 / 10**power, p2, n2 / 10**power, z)
        return np.asarray((low > 0) | (up < 0))

    power, _ = bisect(apart, np.full(len(change), -4.0), np.full(len(change), 8.0))
    flip = (design_effect * 10 ** pd.Series(power, change.index)).mask(change.isna())
    beyond = ((lower > 0) | (upper < 0)).astype("boolean").mask(lower.isna())
    columns = {
        "first_wave": first_wave,
        "last_wave": last_wave,
        "first": first["share"],
        "last": last["share"],
        "change": change,
        "change_lower": lower,
        "change_upper": upper,
        "significant": beyond,
        "design_effect": float(design_effect),
        "design_effect_flip": flip,
        "mapping": _write(pair.attrs),
    }
    return pd.DataFrame(columns).reset_index()


def bound_missing_opinions(
    table: pd.DataFrame,
    first_wave: str,
    last_wave: str,
    *,
    answers: Iterable[str],
    no_opinion: Iterable[str] = NO_OPINION,
    design_effect: float | None = None,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Bound how much of a rise is due to people who no longer say "no opinion"; of base all.

    Between the waves the share without an opinion fell by `vanished` points. If these people had
    given an opinion in the first wave, the share of `answers` would have been higher: by nothing
    (none gives these answers), in proportion (they answer like everyone else), or by all of
    `vanished` (all give them).

    Parameters
    ----------
    answers, no_opinion : iterable of str
        Answers whose joint share is compared, asked in both waves; those that are no opinion.
    design_effect : float, optional
        With it (and `respondents`) the result has an interval.

    Returns
    -------
    DataFrame
        One row per group and item, all in percent or percentage points and missing for an item
        that was asked in one wave only: the keys, `first`, `last`, `rise`, `no_opinion_first`,
        `no_opinion_last`, `vanished` (negative where the share without an opinion grew),
        `accounted_least`, `accounted_like_others`, `accounted_most`, and `left_least`,
        `left_like_others`, `left_most`: what remains of the rise if the most, as much as others,
        or the least is accounted for. With a design effect also `left_lower`, `left_upper`: the
        interval of Imbens and Manski (2004, Econometrica 72, 1845-1857), which covers what remains,
        wherever between the bounds it is, with the probability `level`.
    """
    pair = _two_waves(table, first_wave, last_wave)
    if set(pair["base"]) != {"all"}:
        raise BadTable("Shares of all who were asked are needed (base all).")
    wanted, missing = _as_list(answers), _as_list(no_opinion)
    if tuple(missing) != NO_OPINION:
        check_answers(pair, missing)
    for wave in (first_wave, last_wave):
        check_answers(pair[pair["wave"] == wave], wanted)
    wanted_share, none = (
        pair[pair["answer"].isin(chosen)].pivot_table(
            index=_GROUP_KEYS, columns="wave", values="share", aggfunc="sum", sort=False
        )
        for chosen in (wanted, missing)
    )
    none = none.reindex(index=wanted_share.index, columns=[first_wave, last_wave])
    # No one without an opinion is 0; an item that was not asked has no share at all.
    none = none.fillna(0.0).where(wanted_share.notna())
    if none[first_wave].ge(100).any():
        raise BadTable(f"No one gave an opinion in wave {first_wave}.")
    vanished = none[first_wave] - none[last_wave]
    accounted = {
        "least": vanished.clip(upper=0),
        "like_others": vanished * wanted_share[first_wave] / (100 - none[first_wave]),
        "most": vanished.clip(lower=0),
    }
    result = pd.DataFrame({"first": wanted_share[first_wave], "last": wanted_share[last_wave]})
    result["rise"] = result["last"] - result["first"]
    result["no_opinion_first"], result["no_opinion_last"] = none[first_wave], none[last_wave]
    result["vanished"] = vanished
    result = result.assign(**{f"accounted_{name}": share for name, share in accounted.items()})
    for left, name in zip(accounted, reversed(accounted), strict=True):
        result[f"left_{left}"] = result["rise"] - accounted[name]
    if design_effect is not None:
        asked = pair.assign(n=effective_respondents(pair, design_effect))
        counts = asked.pivot_table(index=_GROUP_KEYS, columns="wave", values="n", sort=False)
        counts = counts.reindex(result.index)
        errors = []
        # The bounds are the rises of these answers, and of these and those without an opinion.
        for share in (wanted_share, wanted_share + none):
            share = share / 100
            variance = share * (1 - share) / counts
            errors.append(100 * (variance[first_wave] + variance[last_wave]) ** 0.5)
        grew = vanished < 0
        at_least, at_most = errors[1].mask(grew, errors[0]), errors[0].mask(grew, errors[1])
        width: pd.Series = (result["left_most"] - result["left_least"]) / np.fmax(at_least, at_most)
        z = bisect(  # solves Phi(z + width) - Phi(-z) = level
            lambda z: ~(ndtr(z + width) - ndtr(-z) >= level),
            np.zeros(len(width)),
            np.full(len(width), deviate(level)),
        )[1]
        result["left_lower"] = result["left_least"] - z * at_least
        result["left_upper"] = result["left_most"] + z * at_most
    return result.reset_index()


def newcombe(p1: Any, n1: Any, p2: Any, n2: Any, z: float) -> tuple[Any, Any]:
    """Return the bounds of p2 - p1 (percentage points) of arrays or Series: method 10."""
    (low1, up1), (low2, up2) = wilson(p1, n1, z), wilson(p2, n2, z)
    below, above = np.hypot(p2 - low2, up1 - p1), np.hypot(p1 - low1, up2 - p2)
    return 100 * (p2 - p1) - 100 * below, 100 * (p2 - p1) + 100 * above


def _as_list(answers: str | Iterable[str]) -> list[str]:
    return [answers] if isinstance(answers, str) else list(answers)


def wilson(share: Any, n: Any, z: Any) -> tuple[Any, Any]:
    """Return the bounds (0 to 1) of Wilson's interval of shares (0 to 1), arrays or Series."""
    centre = share + z**2 / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    lower, upper = ((centre + sign * half) / (1 + z**2 / n) for sign in (-1, 1))
    # A share of 0 or 100 may be missed by a rounding error of the last binary digit.
    return lower.clip(0, 1), upper.clip(0, 1)


def _two_waves(table: pd.DataFrame, first_wave: str, last_wave: str) -> pd.DataFrame:
    """Return the rows of two waves, or name the one that the table does not have."""
    check_one_base(table)
    if first_wave == last_wave:
        raise BadParameter(f"The first wave and the last are the same: {first_wave}.")
    known = list(dict.fromkeys(table["wave"]))
    for wave in (first_wave, last_wave):
        if wave not in known:
            raise UnknownName(f"The table has no wave {wave!r}; it has {', '.join(known)}.")
    return table[table["wave"].isin([first_wave, last_wave])]


def _check_breaks(pair: pd.DataFrame, first: str, last: str, column: str) -> None:
    """Reject items whose question or answers differ between two waves."""
    for _, rows in pair.groupby(_GROUP_KEYS, sort=False):
        before, after = (
            list(rows.loc[rows["wave"] == wave, column].unique()) for wave in (first, last)
        )
        if before and after and set(before) != set(after):
            raise BadTable(
                f"The {column}s of {rows['item'].iloc[0]} differ: in wave {first} "
                f"{', '.join(before)}; in wave {last} {', '.join(after)}. The change "
                "is not one of opinion alone. To compare all the same, say which answers count "
                "as the same: mapping={'answer': 'new name', ...}."
            )


def _write(recorded: Mapping[Any, Any]) -> str:
    """Write what was mapped and left out: "a + b = c; left out: d"."""
    merged: dict[str, list[str]] = {}
    for old, new in recorded.get("mapping", {}).items():
        merged.setdefault(new, []).append(old)
    parts = [f"{' + '.join(old)} = {new}" for new, old in merged.items()]
    left = ", ".join(recorded.get("left_out", []))
    return "; ".join([*parts, f"left out: {left}"] if left else parts)


def _reject(table: pd.DataFrame, wrong: "pd.Series[bool]", what: str) -> None:
    """Name the first row for which a condition holds."""
    if wrong.any():
        row = table.loc[wrong.to_numpy()].iloc[0]
        key = ", ".join(f"{column} {row[column]}" for column in ANSWER_KEYS)
        raise BadTable(f"{int(wrong.sum())} of {len(table)} rows, the first: {key}, {what}.")


def _name_item(key: Hashable) -> str:
    values = key if isinstance(key, tuple) else (key,)
    return ", ".join(f"{column} {value}" for column, value in zip(ITEM_KEYS, values, strict=True))
