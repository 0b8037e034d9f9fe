"""Labelled cells of a published file -> one survey table.

Each kind of file is read into cells: a value with the labels that stand at its row and column.
What the labels are (waves, groups of people, items, answers) is told here, for all kinds alike.
"""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from govlib.datasets.surveys import COLUMNS, ITEM_KEYS, TOTAL, check_survey, sum_shares
from govlib.errors import BadParameter, BadTable, did_you_mean
from govlib.ingest.survey_words import (
    AMBIGUOUS,
    DIVIDED,
    REGIONS,
    Wave,
    clean,
    find_group,
    find_wave,
    fold,
    is_answer,
    is_item,
    name_answer,
    name_item,
    read_share,
)

UNKNOWN_POPULATION = "not stated in the file"


class Cell(NamedTuple):
    """A value, the labels that it stands under, and where it is."""

    place: str
    labels: tuple[str, ...]
    value: object


class Block(NamedTuple):
    """The cells of one table, what each place of their labels is called, and what stands around."""

    names: tuple[str, ...]
    cells: list[Cell]
    title: str
    dated: str = ""
    population: str = UNKNOWN_POPULATION
    source: str = ""


def make_survey(
    block: Block, *, survey: str, wave: str | None = None, skip_incomplete: bool = False
) -> pd.DataFrame:
    """Make a survey table of labelled cells.

    Parameters
    ----------
    block : Block
        Cells; their labels are waves, groups of people, bodies and answers in any order.
    survey : str
        Name of the survey.
    wave : str, optional
        Year, or year and month, if the file names none.
    skip_incomplete : bool
        Whether to leave out, and to list in ``attrs["left_out"]``, each item of a group that has
        unpublished cells or does not sum to 100, instead of refusing the file.

    Returns
    -------
    DataFrame
        A survey table (see `check_survey`), base ``all``. ``attrs`` has ``source``, ``marks``
        (footnote marks at values, with their places) and ``left_out``.

    Raises
    ------
    BadTable
        If the labels or values do not make a survey table; names the place and the reason.
    BadParameter
        If no wave is known, or another one than the file's is asked for.
    """
    if not block.cells:
        raise BadTable(f"{block.source}: the table has no values.")
    wave = None if wave is None else str(wave)
    roles = [_role(block, number) for number in range(len(block.names))]
    waves = [_find_waves(block, roles, wave)] if "wave" not in roles else None
    rows, marks, reasons = [], [], dict[str, str]()
    for cell in block.cells:
        reading = read_share(cell.value, cell.place)
        labels = dict(enumerate(cell.labels))
        when = waves[0] if waves else _wave_of(cell, roles)
        group_by, group = _group_of(block, cell, roles)
        content = {n: label for n, label in labels.items() if roles[n] == "content"}
        row: dict[str, object] = {"wave": when.name, "start": when.start, "end": when.end}
        row |= {"place": cell.place, "group_by": group_by, "group": group, "share": reading.share}
        rows.append(row | {f"content {n}": _content(label) for n, label in content.items()})
        if reading.mark:
            marks.append(f"{cell.place}: {clean(cell.value)} is marked {reading.mark}")
        if reading.why:
            reasons[cell.place] = reading.why
    table = _mark_divided(pd.DataFrame(rows))
    if wave is not None and waves is None and set(table["wave"]) != {wave}:
        table = _choose_wave(table, wave, block)
    answers = _find_answers(table, block, roles)
    items = [f"content {n}" for n, role in enumerate(roles) if role == "content" and n != answers]
    table = table.rename(columns={f"content {answers}": "answer"})
    if items:
        table["item"] = table[items].agg(" / ".join, axis=1)
    else:
        table["item"] = name_item(block.title)
    table = table.assign(survey=survey, population=block.population, base="all")
    table = table.assign(question=block.title, respondents=pd.array([None] * len(table), "Int64"))
    table = table[table["answer"] != TOTAL]  # the sum itself: it is computed
    _refuse_repeated(table)
    table, left_out = _complete(table, block, reasons, skip_incomplete)
    table["item"] = table["item"].map(name_item)
    table["answer"] = table["answer"].map(name_answer)
    table["answer_order"] = table.groupby("wave")["answer"].transform(_number_answers)
    _refuse_repeated(table)
    table = table[list(COLUMNS)].astype(COLUMNS).reset_index(drop=True)
    check_survey(table)
    table.attrs = {"source": block.source, "marks": marks, "left_out": left_out}
    return table


def _role(block: Block, number: int) -> str:
    """Tell what the labels at one place are: wave, group, content, or nothing."""
    labels = list(dict.fromkeys(cell.labels[number] for cell in block.cells))
    said = [label for label in labels if label]
    if not said:
        return "nothing"
    if all(find_wave(label, whole=True) for label in said):
        if len(said) < len(labels):
            raise BadTable(f"{_first(block, number, '')}: no year stands at this value.")
        return "wave"
    strange = [label for label in said if not find_group(label) and fold(label) != AMBIGUOUS]
    if not strange:
        return "group"
    kinds = {find_group(label) for label in said} - {None, (TOTAL, TOTAL)}
    if kinds:
        hint = did_you_mean(strange[0], [*REGIONS, "urban", "rural", "men", "women"])
        raise BadTable(
            f"{_first(block, number, strange[0])}: {strange[0]!r} stands among groups of people "
            f"({', '.join(group for _, group in sorted(k for k in kinds if k)[:4])}, ...) but is "
            f"not a known region, locality, sex or age.{hint}"
        )
    return "content"


def _first(block: Block, number: int, label: str) -> str:
    """Return where a label is first used."""
    return next(cell.place for cell in block.cells if cell.labels[number] == label)


def _content(label: str) -> str:
    """Return the label of an item or answer; a total is named so in every language."""
    return TOTAL if not label or find_group(label) == (TOTAL, TOTAL) else label


def _find_waves(block: Block, roles: Sequence[str], wave: str | None) -> Wave:
    """Find the one wave of a table whose cells are not labelled with it."""
    found = find_wave(block.title) or find_wave(block.dated)
    asked = None if wave is None else find_wave(str(wave), whole=True) or _iso(str(wave))
    if wave is not None and asked is None:
        raise BadParameter(f"wave = {wave!r}: a year (2023) or a year and month (2023-10).")
    if found and asked and found.name[:4] != asked.name[:4]:
        raise BadParameter(
            f"wave = {wave!r}, but {block.source} is of {found.name} ({block.title!r})."
        )
    if not (found or asked):
        raise BadParameter(
            f"{block.source}: neither the table nor its title ({block.title!r}) names one year. "
            'Name it: wave="2023", or wave="2023-10" for the month in which fieldwork began.'
        )
    return asked or found  # type: ignore[return-value]  # one of them is found


def _iso(wave: str) -> Wave | None:
    """Read a wave such as 2023-10."""
    return find_wave(wave.replace("-", "")) if len(wave) == 7 else None


def _wave_of(cell: Cell, roles: Sequence[str]) -> Wave:
    """Return the wave that a cell is labelled with."""
    found = {
        find_wave(cell.labels[n], whole=True) for n, role in enumerate(roles) if role == "wave"
    }
    names = sorted(wave.name for wave in found if wave)
    if len(names) > 1:
        raise BadTable(f"{cell.place}: stands under two periods, {' and '.join(names)}.")
    return next(wave for wave in found if wave)


def _choose_wave(table: pd.DataFrame, wave: str, block: Block) -> pd.DataFrame:
    """Keep one of several waves of a file."""
    held = sorted(set(table["wave"]))
    if wave not in held:
        raise BadParameter(f"wave = {wave!r}: {block.source} has {', '.join(held)}.")
    return table[table["wave"] == wave]


def _group_of(block: Block, cell: Cell, roles: Sequence[str]) -> tuple[str, str]:
    """Return the group of people that a cell is about, of one or several breakdowns."""
    found = []
    for number, role in enumerate(roles):
        label = cell.labels[number]
        if role == "group" and label:
            found.append(find_group(label) or ("region", _almaty(block, cell, number)))
    found = [pair for pair in sorted(set(found), key=_order) if pair[0] != TOTAL]
    kinds = [kind for kind, _ in found]
    if len(set(kinds)) < len(kinds):
        raise BadTable(f"{cell.place}: stands under {' and '.join(group for _, group in found)}.")
    if not found:
        return TOTAL, TOTAL
    return ", ".join(kinds), ", ".join(group for _, group in found)


def _order(pair: tuple[str, str]) -> int:
    """Return where a breakdown stands in the name of a group of several: Abai region, urban."""
    return [TOTAL, "region", "locality", "sex", "age"].index(pair[0])


def _almaty(block: Block, cell: Cell, number: int) -> str:
    """Tell whether a bare "Алматы" is the city (Russian lists) or the region (Kazakh lists)."""
    others = {find_group(c.labels[number]) for c in block.cells if c.labels[number]}
    is_city, is_region = (("region", name) in others for name in ("Almaty region", "Almaty"))
    if is_city == is_region:
        raise BadTable(
            f"{cell.place}: {cell.labels[number]!r} is the region in Kazakh and the city in "
            "Russian, and the table does not tell which: write г. Алматы or Алматы облысы."
        )
    return "Almaty" if is_city else "Almaty region"


def _mark_divided(table: pd.DataFrame) -> pd.DataFrame:
    """Tell regions as they were before the division of 2022 from what is left of them."""
    table = table.copy()
    groups = table["group"].str.split(", ")
    for old, formed in DIVIDED.items():
        has_old = groups.map(lambda parts, name=old: name in parts)
        with_formed = set(table.loc[groups.map(lambda parts, name=formed: name in parts), "wave"])
        before = has_old & ~table["wave"].isin(with_formed) & (table["wave"].str[:4] < "2023")
        table.loc[before, "group"] = table.loc[before, "group"].str.replace(
            old, f"{old} (to 2022)", regex=False
        )
    return table


def _find_answers(table: pd.DataFrame, block: Block, roles: Sequence[str]) -> int:
    """Tell which labels are the answers: known ones, or those whose shares sum to 100."""
    content = [n for n, role in enumerate(roles) if role == "content"]
    if not content:
        raise BadTable(
            f"{block.source}: no answers were found; the labels are only periods and groups of "
            "people. A table with one share for each answer is needed."
        )
    labels = {n: [x for x in table[f"content {n}"].unique() if x != TOTAL] for n in content}
    known = [n for n in content if any(is_answer(x) for x in labels[n])]
    if len(known) == 1:
        return known[0]
    open_ = [n for n in known or content if not all(is_item(x) for x in labels[n])]
    sums = {n: _share_complete(table, n, content) for n in open_}
    best = [n for n in open_ if sums[n] == max(sums.values()) > 0.5]
    if len(best) == 1:
        return best[0]
    what = "; ".join(
        f"{block.names[n]} ({', '.join(labels[n][:3])}, ...): {sums.get(n, 0):.0%}" for n in content
    )
    raise BadTable(
        f"{block.source}: which labels are the answers cannot be told. Shares of answers sum to "
        f"100; here they do so in this share of cases: {what}."
    )


def _share_complete(table: pd.DataFrame, number: int, content: Sequence[int]) -> float:
    """Return in which share of cases the values under one set of labels sum to 100."""
    held = table[table[f"content {number}"] != TOTAL].dropna(subset="share")
    keys = ["wave", "group_by", "group", *(f"content {n}" for n in content if n != number)]
    sums = held.groupby(keys)["share"].agg(["sum", "size"])
    close = (sums["sum"] - 100).abs() <= 0.05 * sums["size"] + 1e-9
    return float((close & (sums["size"] > 1)).mean()) if len(sums) else 0.0


def _complete(
    table: pd.DataFrame, block: Block, reasons: dict[str, str], skip: bool
) -> tuple[pd.DataFrame, list[str]]:
    """Keep the items whose published shares are all there; refuse or list the others."""
    published = table.dropna(subset="share")
    sums = sum_shares(published)
    whole = sums.index[(sums["sum"] - 100).abs() <= sums["tolerance"]]
    cases = table.groupby(ITEM_KEYS, sort=False)
    left_out = []
    for key, rows in cases:
        if key in whole:
            continue
        gone = rows[rows["share"].isna()]
        values = ", ".join(f"{v:g}" for v in rows["share"].dropna())
        total = rows["share"].sum()
        why = (
            f"{gone['place'].iloc[0]} is {reasons[gone['place'].iloc[0]]}, and the rest"
            if len(gone)
            else f"from {rows['place'].iloc[0]} the shares"
        )
        _, when, _, group, item, _ = key
        left_out.append(
            f"{item}, {group}, {when}: {why} ({values or 'nothing'}) sum to {total:.10g}, "
            "not to 100 within rounding"
        )
    if left_out and not skip:
        more = f" ({len(left_out)} such items of {cases.ngroups})" if len(left_out) > 1 else ""
        raise BadTable(
            f"{left_out[0]}{more}. Compare with the publication, or leave such items out and list "
            'them in table.attrs["left_out"]: skip_incomplete=True.'
        )
    kept = published[pd.MultiIndex.from_frame(published[ITEM_KEYS]).isin(whole)]
    if kept.empty:
        raise BadTable(f"{block.source}: no item is complete; the first: {left_out[0]}.")
    return kept, left_out


def _number_answers(answers: "pd.Series[str]") -> "pd.Series[int]":
    """Give each answer its number in the order in which a wave lists them."""
    return answers.map({answer: n for n, answer in enumerate(dict.fromkeys(answers), 1)})


def _refuse_repeated(table: pd.DataFrame) -> None:
    """Refuse a value that is given twice, and say where."""
    keys = [*ITEM_KEYS, "answer"]
    repeated = table[table.duplicated(keys)]
    if len(repeated):
        row = repeated.iloc[0]
        first, second = table.loc[(table[keys] == row[keys]).all(axis=1), "place"].iloc[:2]
        raise BadTable(
            f"{first} and {second} are both {row['answer']} of {row['item']}, {row['group']}, "
            f"{row['wave']}. Save one table at a time, without repeated rows."
        )
