"""Captions and alternative texts of the figures of surveys."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pandas as pd

from govlib.i18n import join_years
from govlib.i18n import check_language, number, interval, translate, text as word
from govlib.plot.surveys import check_columns

MOST = 24
"""The most points that an alternative text lists one by one."""


def describe_shares(
    table: pd.DataFrame, question: str, *, name: str, source: str, language: str = "en"
) -> str:
    """Write the caption of a figure of shares, built from its table.

    Parameters
    ----------
    table : DataFrame
        A survey table of one base; with `share_lower`, `share_upper` and `design_effect` if
        intervals are drawn (`add_share_interval`).
    question : str
        What was asked, in the language: the record of the survey has it.
    name : str
        The economy's name in the language.
    source : str
        The publisher, in English as the record has it.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    str
        What was asked, whom and when, of whom the shares are, what the bars are, the number of
        respondents of each wave as far as the table has it, and the source.

    Raises
    ------
    BadTable
        If a column is missing.
    UnknownName
        If there is no such language, or no word for the base or the publisher in it.
    """
    check_language(language)
    check_columns(table, ["wave", "base", "share", "respondents"])
    waves = list(dict.fromkeys(table["wave"].astype(str)))
    parts = [word("shares.head", language, question=question, name=name, waves=", ".join(waves))]
    for base in dict.fromkeys(table["base"]):
        parts.append(word(f"base.{base}", language))
    if "share_lower" in table:
        effects = [number(d, language, 1) for d in dict.fromkeys(table["design_effect"])]
        parts.append(word("shares.bars", language, effect=", ".join(effects)))
    totals = table[table["group"] == "total"] if "group" in table else table
    numbers = []
    for wave, rows in totals.groupby("wave", sort=False):
        counts = rows["respondents"].dropna()
        if len(counts):
            ends = [number(n, language, 0) for n in sorted({counts.min(), counts.max()})]
            numbers.append(f"{wave}: {'–'.join(ends)}")
    if numbers:
        parts.append(word("shares.respondents", language, numbers="; ".join(numbers)))
    publisher = translate(source, "publisher", language)
    parts.append(word("shares.source", language, source=publisher))
    return " ".join(parts)


def describe_answer_breaks(
    table: pd.DataFrame, *, labels: Mapping[str, str], language: str = "en"
) -> str:
    """Write which answers the waves of a figure do not share, for its caption.

    Parameters
    ----------
    table : DataFrame
        A survey table of one question with all answers, its waves in order: `wave`, `item`,
        `answer`.
    labels : mapping of str to str
        Words for answers, as `survey.label_survey` returns them in the language.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    str
        A sentence on each two neighbouring waves whose lists of answers differ for an item asked
        in both; empty if there are none.

    Raises
    ------
    BadTable
        If a column is missing.
    UnknownName
        If there is no such language.
    """
    check_language(language)
    check_columns(table, ["wave", "item", "answer"])
    parts = []
    for pair in pairwise(dict.fromkeys(table["wave"])):
        told = []
        asked = [table[table["wave"] == wave] for wave in pair]
        for wave, rows, other in zip(pair, asked, reversed(asked), strict=True):
            both = rows[rows["item"].isin(other["item"])]
            known = set(zip(other["item"], other["answer"], strict=True))
            given = zip(both["item"], both["answer"], strict=True)
            only = dict.fromkeys(answer for item, answer in given if (item, answer) not in known)
            listed = [word("shares.quoted", language, text=labels.get(a, a)) for a in only]
            if listed:
                told.append(word("shares.only", language, wave=wave, answers=", ".join(listed)))
        if told:
            parts.append(word("shares.break", language, answers="; ".join(told)))
    return " ".join(parts)


def alternative_text_shares(
    table: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    rows: str = "item",
    marks: str = "wave",
    language: str = "en",
) -> str:
    """Write the alternative text of `survey_figures.plot_shares`.

    Parameters
    ----------
    table, labels, rows, marks
        As `plot_shares` takes them.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    str
        The kind of chart, its axis and each share with its interval; of more than 24, the largest
        and the smallest of each mark.

    Raises
    ------
    BadTable
        If a column is missing.
    UnknownName
        If there is no such language.
    """
    check_language(language)
    check_columns(table, [rows, marks, "share", "share_lower", "share_upper"])
    kinds = [labels.get(kind, kind) for kind in dict.fromkeys(table[marks].astype(str))]
    parts = [word("shares.chart", language, marks=", ".join(kinds))]
    held = table.dropna(subset="share")
    for row, points in held.groupby(rows, sort=False):
        told = [
            f"{labels.get(str(p[marks]), p[marks])} {_share(p, language)}"
            for p in points.to_dict("records")
        ]
        given = {"row": labels.get(str(row), row), "values": "; ".join(told)}
        parts.append(word("shares.row", language, **given))
    if len(held) > MOST:
        parts = parts[:1]
        for kind, points in held.groupby(marks, sort=False):
            points = points.sort_values("share")
            low, high = (
                {"row": labels.get(str(p[rows]), p[rows]), "share": _share(p, language)}
                for p in points.iloc[[0, -1]].to_dict("records")
            )
            ends = {"low": low["row"], "low_share": low["share"]}
            ends |= {"high": high["row"], "high_share": high["share"]}
            label = labels.get(str(kind), kind)
            parts.append(word("shares.ends", language, mark=label, **ends))
    return " ".join(parts)


def alternative_text_answers(
    table: pd.DataFrame, *, labels: Mapping[str, str], language: str = "en"
) -> str:
    """Write the alternative text of `survey_figures.plot_answers`.

    Parameters
    ----------
    table, labels
        As `plot_answers` takes them.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    str
        The kind of chart, the answers in their order and, of each bar, the most frequent answer.

    Raises
    ------
    BadTable
        If a column is missing.
    UnknownName
        If there is no such language.
    """
    check_language(language)
    check_columns(table, ["wave", "item", "answer", "share"])
    answers = [labels.get(answer, answer) for answer in dict.fromkeys(table["answer"])]
    parts = [word("shares.chart_answers", language, answers="; ".join(answers))]
    for item, rows in table.dropna(subset="share").groupby("item", sort=False):
        told = []
        for wave, answers_of in rows.groupby("wave", sort=False):
            most = answers_of.sort_values("share").iloc[-1]
            answer = labels.get(most["answer"], most["answer"])
            share = _percent(most["share"], language)
            told.append(word("shares.answer", language, wave=wave, answer=answer, share=share))
        given = {"row": labels.get(str(item), item), "values": "; ".join(told)}
        parts.append(word("shares.most", language, **given))
    return " ".join(parts)


def alternative_text_single_figures(table: pd.DataFrame, *, language: str = "en") -> str:
    """Write the alternative text of `survey_figures.plot_single_figures`.

    Parameters
    ----------
    table : DataFrame
        As `plot_single_figures` takes it.
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    str
        The kind of chart and, of each item, the first and the last figure.

    Raises
    ------
    BadTable
        If a column is missing.
    UnknownName
        If there is no such language, or no word for an item in it.
    """
    check_language(language)
    check_columns(table, ["date", "item", "value"])
    if table.empty:
        return word("shares.none", language)
    years = join_years(table["date"].str[:4].astype(int).tolist())
    parts = [word("shares.chart_lines", language, years=years)]
    for item, rows in table.groupby("item", sort=False):
        rows = rows.sort_values("date")
        told = [
            f"{row['date']}: {_percent(row['value'], language)}"
            for row in rows.iloc[sorted({0, len(rows) - 1})].to_dict("records")
        ]
        label = translate(str(item), "item", language)
        parts.append(word("shares.row", language, row=label, values="; ".join(told)))
    return " ".join(parts)


def _share(point: Mapping[Any, Any], language: str) -> str:
    """Write a share with its interval."""
    text = _percent(point["share"], language)
    if pd.isna(point["share_lower"]):
        return text
    ends = interval(point["share_lower"], point["share_upper"], language, 1)
    return word("shares.share", language, share=text, interval=ends)


def _percent(share: float, language: str) -> str:
    """Write a share in percent."""
    return f"{decimal(share, language, 1)}%"
