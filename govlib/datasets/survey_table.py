"""The contract of a survey table: its columns, its key, and what makes one dependable."""

from collections.abc import Hashable, Iterable

import pandas as pd

from govlib.errors import BadParameter, BadTable, UnknownName, did_you_mean

COLUMNS = {
    "survey": "str",
    "wave": "str",
    "start": "str",
    "end": "str",
    "population": "str",
    "group_by": "str",
    "group": "str",
    "item": "str",
    "question": "str",
    "answer": "str",
    "answer_order": "int64",
    "share": "float64",
    "base": "str",
    "respondents": "Int64",
}
"""The columns of every survey table in their order, with their types."""

ITEM_KEYS = ["survey", "wave", "group_by", "group", "item", "base"]
"""The columns that name one item asked of one group: its answers are its rows."""

KEYS = [*ITEM_KEYS, "answer"]
"""The columns that name a row."""

BASES = {
    "all": "all who were asked",
    "valid": "those who gave a valid answer (no don't know, no refusal)",
    "opinion": "those who gave an opinion (also without 'never encountered')",
}
"""Of whom the shares are percentages."""

NO_OPINION = ("never_encountered", "never_or_hard_to_say", "hard_to_say", "no_answer")
"""Answers that give no opinion, in the words of the surveys held."""

TOTAL = "total"
"""`group_by` and `group` of the whole population."""


def check_survey(table: pd.DataFrame) -> None:
    """Refuse a survey table whose shares cannot be relied on.

    Parameters
    ----------
    table : DataFrame
        One row per wave, group, item and answer with at least these columns:

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
        base         str    all, valid, opinion: of whom the share is a percentage
        respondents  Int64  number of respondents in the base; missing where not published
        ============ ====== ===========================================================

    Raises
    ------
    BadTable
        If columns are missing, there are no rows, surveys are mixed, a row is repeated, a value is
        out of range, or the shares of an item do not sum to 100 within the rounding of their
        decimals: n shares published with d decimals may be off by n/2 units of the last decimal.
    """
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise BadTable(
            f"The survey table lacks {', '.join(missing)}; it has {', '.join(table.columns)}."
        )
    if table.empty:
        raise BadTable("The survey table has no rows: choose waves and items that exist.")
    surveys = sorted(set(table["survey"]))
    if len(surveys) > 1:
        raise BadTable(f"The table mixes the surveys {', '.join(surveys)}: pass one at a time.")
    _refuse(table, table.duplicated(KEYS), "is repeated")
    _refuse(table, table.duplicated([*ITEM_KEYS, "answer_order"]), "repeats an answer_order")
    _refuse(table, ~table["base"].isin(list(BASES)), f"has a base that is not of {list(BASES)}")
    shares = pd.to_numeric(table["share"], errors="coerce")
    _refuse(table, ~shares.between(0, 100), "has a share that is not a percentage from 0 to 100")
    respondents = pd.to_numeric(table["respondents"], errors="coerce")
    _refuse(table, respondents.le(0).fillna(False), "has no respondents; leave unknown ones empty")
    _refuse(table, table["start"].astype(str) > table["end"].astype(str), "ends before it starts")
    several = table.groupby(ITEM_KEYS, observed=True)["respondents"].nunique(dropna=False)
    if (several > 1).any():
        raise BadTable(f"{_name(several.index[several > 1][0])}: respondents differ by answer.")
    sums = sum_shares(table)
    wrong = sums[(sums["sum"] - 100).abs() > sums["tolerance"]]
    if len(wrong):
        first = wrong.iloc[0]
        raise BadTable(
            f"{_name(wrong.index[0])}: the shares of its {first['answers']:.0f} answers sum to "
            f"{first['sum']:.10g}, not to 100 within rounding (±{first['tolerance']:.2g})"
            f"{f'; so do those of {len(wrong) - 1} more' if len(wrong) > 1 else ''}. "
            "An answer is missing, repeated or misprinted: compare with the publication."
        )


def check_one_base(table: pd.DataFrame) -> None:
    """Refuse a survey table that mixes bases.

    Raises
    ------
    BadTable
        As `check_survey`; also if shares of several bases are in the table.
    """
    check_survey(table)
    bases = sorted(set(table["base"]))
    if len(bases) > 1:
        raise BadTable(f"The table mixes the bases {', '.join(bases)}: choose one.")


def check_answers(table: pd.DataFrame, asked: Iterable[str]) -> None:
    """Refuse names of answers that a survey table does not have.

    Parameters
    ----------
    table : DataFrame
        A survey table.
    asked : iterable of str
        Names of answers.

    Raises
    ------
    UnknownName
        If an answer is not in the table; names those that are.
    BadParameter
        If none is named.
    """
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


def sum_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Sum the shares of each item and say how far rounding can move the sum.

    Parameters
    ----------
    table : DataFrame
        With the columns of `ITEM_KEYS` and `share` (percent).

    Returns
    -------
    DataFrame
        Indexed by `ITEM_KEYS`: `sum` (percent), `answers` (count), `tolerance` (percent): half a
        unit of the last decimal for each answer. The decimals are those of the wave's most
        precise share, since 66.0 may be written 66.
    """
    decimals = table["share"].map(_decimals).groupby(table["wave"]).transform("max")
    half = (0.5 * 10.0**-decimals).rename("tolerance")
    grouped = table.assign(tolerance=half).groupby(ITEM_KEYS, observed=True, sort=False)
    sums: pd.DataFrame = grouped.agg(
        sum=("share", "sum"), answers=("share", "size"), tolerance=("tolerance", "sum")
    )
    # Sums of binary fractions miss the decimal ones by less than this.
    sums["tolerance"] += 1e-9
    return sums


def _decimals(share: float) -> int:
    """Count the decimals that a number is written with."""
    return len(f"{share:.10f}".rstrip("0").partition(".")[2])


def _refuse(table: pd.DataFrame, wrong: "pd.Series[bool]", what: str) -> None:
    """Name the first row for which a condition holds."""
    if wrong.any():
        row = table.loc[wrong.to_numpy()].iloc[0]
        key = ", ".join(f"{column} {row[column]}" for column in KEYS)
        raise BadTable(f"{int(wrong.sum())} of {len(table)} rows, the first: {key}, {what}.")


def _name(key: Hashable) -> str:
    """Write which item of which wave and group a key names."""
    values = key if isinstance(key, tuple) else (key,)
    return ", ".join(f"{column} {value}" for column, value in zip(ITEM_KEYS, values, strict=True))
