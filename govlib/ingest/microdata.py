"""Microdata, the answers of single respondents in a file that the user has -> one survey table.

They are read in place and never copied into the project: publishers such as the World Values Survey
Association do not allow them to be passed on. Questions and codes of that survey: ``wvs.toml``.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from govlib.datasets.package import as_list
from govlib.errors import BadParameter, BadTable, UnknownName, did_you_mean
from govlib.ingest.workbooks import named
from govlib.stats.shares import COLUMNS, TOTAL, check_survey

NO_ANSWER = "no_answer"
ERRORS = ["share_unweighted", "count", "standard_error", "design_effect"]
"""The columns of a table made of microdata, after those of every survey table."""


class Item(NamedTuple):
    """What one column asks: name of the item, answers by code, in their order."""

    name: str
    answers: Mapping[Any, str]
    question: str = ""


class Group(NamedTuple):
    """A breakdown: its column, and names by code or lower edges of intervals (for ages).

    Those below the first edge are a group of their own ("under 18").
    """

    column: str
    names: Mapping[Any, str] | None = None
    edges: Sequence[int] | None = None


class MicrodataSpec(NamedTuple):
    """What the columns of a file of microdata mean.

    `survey`, `wave`, `start`, `end` (by default the wave) and `population` are as in every survey
    table, `items` by column, `groups` (breakdowns beside the whole population) by name. `weight`,
    `strata`, `cluster` are columns of the sampling design: without them all count the same, the
    sample is one stratum, each respondent was drawn alone. `missing` are codes of no answer (don't
    know, refused, ...) beside empty cells; `where` gives columns the code that rows must have, such
    as the country of a pooled file.
    """

    survey: str
    wave: str
    items: Mapping[str, Item]
    population: str = "not stated"
    groups: Mapping[str, Group] = {}
    weight: str | None = None
    strata: str | None = None
    cluster: str | None = None
    missing: Sequence[Any] = ()
    start: str = ""
    end: str = ""
    where: Mapping[str, Any] = {}


def read_microdata(path: str | os.PathLike[str], spec: MicrodataSpec) -> pd.DataFrame:
    """Compute the shares of answers of any survey, with design-based standard errors.

    Parameters
    ----------
    path : path
        A file of SPSS (.sav), Stata (.dta) or .csv, one row per respondent.
    spec : MicrodataSpec
        What its columns mean. What SPSS declares missing, Stata has as ``.a`` to ``.z`` and CSV as
        ``NA``, ``None``, ``null`` is a code where it is named here, else missing.

    Returns
    -------
    DataFrame
        A survey table (see `check_survey`), each item with the bases ``all`` (with the answer
        ``no_answer``) and ``valid``. ``share`` is weighted; ``respondents`` is the unweighted size
        of the base. After its columns: ``share_unweighted`` (percent), ``count`` (unweighted,
        of the answer), ``standard_error`` (percentage points), ``design_effect`` (ratio of the
        variance to that of a simple random sample of as many respondents, p (1 - p) / (n - 1);
        missing where the share is 0 or 100).

    Raises
    ------
    BadTable
        If the file cannot be read, holds codes that `spec` does not name, weights that are missing,
        negative or 0 throughout a group, or a stratum with a single cluster.
    UnknownName, BadParameter
        If a column does not exist; if `spec` is not complete or contradicts itself.

    Notes
    -----
    Standard errors are by Taylor linearisation of the ratio of weighted totals, with clusters
    drawn with replacement within strata (no finite population correction), as R's ``survey`` has
    them without ``fpc``: with p the share, ``u_i = w_i (y_i - p) / sum(w)`` for those in the base
    and 0 for others, t_hc the sum of u over cluster c of stratum h, and n_h clusters in it,
    ``V = sum_h n_h / (n_h - 1) * sum_c (t_hc - mean(t_h))^2``. Groups and valid answers are
    domains: the strata and clusters of all respondents count. Sarndal, Swensson and Wretman (1992),
    Model Assisted Survey Sampling, sections 5.5 to 5.8; Wolter (2007), Introduction to Variance
    Estimation, chapter 6.
    """
    codes = [(column, item.answers) for column, item in _items(spec).items()]
    codes += [(group.column, group.names or {}) for group in spec.groups.values()]
    named_codes: dict[str, set[Any]] = {column: {code} for column, code in spec.where.items()}
    for column, known in codes:
        named_codes[column] = named_codes.get(column, set()) | set(known)
    design = filter(None, [spec.weight, spec.strata, spec.cluster])
    with named(path):
        columns = list(dict.fromkeys([*named_codes, *design]))
        frame = _read_respondents(Path(path), columns, named_codes)
        for column, code in spec.where.items():
            frame = _choose_rows(frame, column, code)
        return tabulate(frame.reset_index(drop=True), spec)


def _choose_rows(frame: pd.DataFrame, column: str, code: Any) -> pd.DataFrame:
    """Return the rows with a code; UnknownName lists those that there are."""
    chosen: pd.DataFrame = frame[frame[column] == code]
    if chosen.empty:
        known = sorted(set(frame[column].dropna().astype(str)))
        raise UnknownName(
            f"no row has {column} = {code!r}; there are: {', '.join(known[:12])}."
            f"{did_you_mean(code, known)}"
        )
    return chosen


def tabulate(frame: pd.DataFrame, spec: MicrodataSpec) -> pd.DataFrame:
    """Compute the shares of answers in rows that are in memory; see `read_microdata`."""
    items = _items(spec)
    if frame.empty:
        raise BadTable("there are no respondents.")
    sample = _design(frame, spec)
    groups = {TOTAL: pd.Series(TOTAL, index=frame.index)}
    groups |= {n: _group(frame, n, group, spec.missing) for n, group in spec.groups.items()}
    found = []
    for column, item in items.items():
        answers = _name(frame, column, item.name, item.answers, spec.missing).fillna(NO_ANSWER)
        given = [*dict.fromkeys(item.answers.values())]
        for group_by, group in groups.items():
            for base, order in (("all", [*given, NO_ANSWER]), ("valid", given)):
                asked = group.notna() & ((base == "all") | (answers != NO_ANSWER))
                if not asked.any():
                    raise BadTable(f"{column} ({item.name}): nobody gave a valid answer.")
                shares = _estimate(sample, answers.where(asked), group.where(asked), order)
                about = {"group_by": group_by, "item": item.name, "base": base}
                found.append(shares.assign(**about, question=item.question or column))
    table = pd.concat(found, ignore_index=True)
    table = table.assign(survey=spec.survey, wave=spec.wave, population=spec.population)
    table = table.assign(start=spec.start or spec.wave, end=spec.end or spec.start or spec.wave)
    table = table[[*COLUMNS, *ERRORS]].astype(COLUMNS)
    check_survey(table)
    return table


def _items(spec: MicrodataSpec) -> Mapping[str, Item]:
    """Return the items by column, each of its own name and without an answer called no_answer."""
    items = list(spec.items.values()) if isinstance(spec.items, Mapping) else []
    if (
        not items
        or not all(isinstance(item, Item) for item in items)
        or len({item.name for item in items}) < len(items)
        or any(NO_ANSWER in item.answers.values() for item in items)
    ):
        raise BadParameter(
            '`items` is an Item by column, as {"q7": Item("police", {1: "trust"})}, each of its '
            f"own name; codes of {NO_ANSWER} are listed in `missing`."
        )
    return spec.items


_NOTHING = {"NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "None", "."}
"""Words for a missing value in a CSV file, in a column where they are no code."""


def _read_respondents(
    path: Path, columns: list[str] | None, named: Mapping[str, set[Any]] | None = None
) -> pd.DataFrame:
    """Read some columns of a file of microdata, or, with None, their names alone.

    What a file calls missing stays a code in the columns where it is `named`.
    """
    try:
        import pyreadstat
    except ImportError as error:
        raise BadParameter('Microdata need pyreadstat: pip install "govlib[surveys]"') from error
    readers = {".sav": pyreadstat.read_sav, ".dta": pyreadstat.read_dta}
    kind = path.suffix.lower()
    if kind not in (*readers, ".csv"):
        raise BadParameter("microdata are read from .sav, .dta or .csv.")
    if not path.is_file():
        raise BadTable("it cannot be read: there is no such file.")
    try:
        if kind == ".csv":
            with path.open(encoding="utf-8-sig") as file:
                heading = file.readline()
            separator = next((s for s in ";\t" if s in heading), ",")
            names = list(pd.read_csv(path, nrows=0, sep=separator).columns)
        else:
            names = readers[kind](path, metadataonly=True)[1].column_names
        # Some releases of the World Values Survey head columns "Q69: Confidence: The Police".
        known = {name.split(":")[0].strip(): name for name in names}
        if columns is None:
            return pd.DataFrame(columns=list(known))
        for column in columns:
            if column not in known:
                few = ", ".join(list(known)[:8])
                raise UnknownName(
                    f"there is no column {column!r} among {len(known)}, as {few}."
                    f"{did_you_mean(column, known)}"
                )
        asked = [known[column] for column in columns]
        if kind == ".csv":
            # pyarrow's reader refuses a line of more or fewer values; pandas' own shifts them.
            options: Any = {"keep_default_na": False, "na_values": [""]}
            frame = pd.read_csv(path, usecols=asked, sep=separator, engine="pyarrow", **options)
            absent = dict.fromkeys(frame.select_dtypes(exclude="number"), _NOTHING)
        else:
            about: Any
            frame, about = readers[kind](path, usecols=asked, user_missing=True)
            absent = {
                name: {
                    code
                    for code in frame[name].unique()
                    if any(r["lo"] <= code <= r["hi"] for r in ranges)
                }
                for name, ranges in about.missing_ranges.items()
            }
            for name, letters in about.missing_user_values.items():  # Stata's .a to .z
                absent[name] = {f".{letter}" for letter in letters}
                frame[name] = frame[name].replace({letter: f".{letter}" for letter in letters})
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, OSError, ValueError) as error:
        raise BadTable(f"it cannot be read as {kind} ({error}): download it again.") from error
    frame = frame.rename(columns={name: short for short, name in known.items()})
    for column in columns:
        words = absent.get(known[column], set())
        if (lost := frame[column].isin(list(words))).any():
            kept = frame[column].mask(lost)
            numbers = pd.to_numeric(kept, errors="coerce")
            kept = numbers if numbers.notna().equals(kept.notna()) else kept
            codes = lost & frame[column].isin(list((named or {}).get(column, ())))
            frame[column] = kept.astype(object).mask(codes, frame[column]) if codes.any() else kept
    return pd.DataFrame(frame[columns])


def _name(
    frame: pd.DataFrame, column: str, what: str, names: Mapping[Any, str], missing: Iterable[Any]
) -> "pd.Series[str]":
    """Name the codes of a column; missing where they are said to be."""
    codes = frame[column]
    codes = codes.mask(codes.isin([code for code in missing if code not in names]))
    _reject(f"{column} ({what})", codes, codes.notna() & ~codes.isin(list(names)))
    return codes.map(dict(names)).astype(object)


def _group(
    frame: pd.DataFrame, name: str, group: Group, missing: Iterable[Any]
) -> "pd.Series[str]":
    """Name the group of each respondent; missing where it is not known."""
    if group.names is not None:
        return _name(frame, group.column, name, group.names, missing)
    edges = list(group.edges or ())
    if not edges or edges != sorted(set(edges)):
        raise BadParameter(f"group {name!r} has neither names by code nor rising edges: {edges}.")
    codes = frame[group.column]
    codes = codes.mask(codes.isin(list(missing)))
    numbers = pd.to_numeric(codes, errors="coerce")
    _reject(f"{group.column} ({name})", codes, codes.notna() & ~(numbers >= 0))
    inner = [f"{low}-{high - 1}" for low, high in pairwise(edges)]
    labels = [f"under {edges[0]}", *inner, f"{edges[-1]}+"]
    return pd.cut(numbers, [-np.inf, *edges, np.inf], right=False, labels=labels).astype(object)


def _reject(column: str, codes: "pd.Series[Any]", wrong: "pd.Series[bool]") -> None:
    """Name the first of the codes that are not known, if there are any."""
    if wrong.any():
        raise BadTable(
            f"{column}: {codes[wrong].iloc[0]} is neither a code named nor said to be missing "
            f"(row {int(np.flatnonzero(wrong)[0]) + 1}; {int(wrong.sum())} such rows)."
        )


def _design(frame: pd.DataFrame, spec: MicrodataSpec) -> pd.DataFrame:
    """Return weight, stratum and cluster (numbered) of each respondent, checked."""
    weight = frame[spec.weight] if spec.weight else pd.Series(1.0, index=frame.index)
    wrong = {spec.weight: ~(pd.to_numeric(weight, errors="coerce") >= 0)}
    wrong |= {name: frame[name].isna() for name in (spec.strata, spec.cluster) if name}
    for name, rows in wrong.items():
        if rows.any():
            raise BadTable(
                f"{name}: {int(rows.sum())} of {len(frame)} are missing, negative or no numbers; "
                f"the first in row {int(np.flatnonzero(rows)[0]) + 1}."
            )
    strata = frame[spec.strata].astype(str) if spec.strata else pd.Series("1", index=frame.index)
    cluster = frame[spec.cluster].astype(str) if spec.cluster else frame.index.to_series()
    counts = cluster.groupby(strata).nunique()
    if (counts < 2).any():
        raise BadTable(
            f"Stratum {counts.idxmin()!r} has a single cluster, so that its variance cannot be "
            "estimated: join it to a neighbouring stratum in the file."
        )
    # Numbers instead of names: they are grouped by hundreds of times.
    design = {"stratum": pd.factorize(strata)[0], "cluster": pd.factorize(cluster)[0]}
    return pd.DataFrame({"weight": weight.astype(float), **design}, index=frame.index)


def _estimate(
    sample: pd.DataFrame, answers: "pd.Series[str]", group: "pd.Series[str]", order: list[str]
) -> pd.DataFrame:
    """Estimate the share of each answer in each group, with its error, among those not missing."""
    found = []
    for name in sorted(group.dropna().unique()):
        asked = group == name
        weight, size = sample["weight"].where(asked, 0.0), int(asked.sum())
        if not weight.sum() > 0:
            raise BadTable(f"All {size} respondents of {name} have the weight 0.")
        given = pd.get_dummies(answers.where(asked), dtype=float)
        given = given.reindex(columns=order, fill_value=0.0)
        shares, count = given.mul(weight, axis=0).sum() / weight.sum(), given.sum().astype(int)
        # The linearised variance of the docstring of `read_microdata`.
        scores = (given - shares).mul(weight / weight.sum(), axis=0)
        totals = scores.groupby([sample["stratum"], sample["cluster"]]).sum()
        strata = totals.groupby(level="stratum")
        drawn = strata.transform("size")
        squares = (totals - strata.transform("mean")) ** 2
        errors = squares.mul(drawn / (drawn - 1), axis=0).sum().mask(count.isin([0, size])) ** 0.5
        columns = {
            "share": 100 * shares,
            "share_unweighted": 100 * count / size,
            "count": count,
            "respondents": size,
            "standard_error": 100 * errors.fillna(0.0),
            "design_effect": errors**2 / (shares * (1 - shares) / (size - 1)),
            "answer_order": range(1, len(order) + 1),
            "group": name,
        }
        found.append(pd.DataFrame(columns).rename_axis("answer").reset_index())
    return pd.concat(found, ignore_index=True)


@cache
def _questionnaire() -> Any:
    read = tomllib.loads(Path(__file__).with_name("wvs.toml").read_text("utf-8"))
    files = [SimpleNamespace(**{"wave": None} | file) for file in read["files"]]
    return SimpleNamespace(**read | {"files": files})


def read_wvs(
    path: str | os.PathLike[str],
    economy: str,
    *,
    wave: int = 7,
    items: str | Iterable[str] | None = None,
    groups: str | Iterable[str] = (),
) -> pd.DataFrame:
    """Compute value types, confidence and trust from a file of the World Values Survey.

    Register at www.worldvaluessurvey.org and download wave 7 or the time series (1981-2022). The
    file is read in place and nothing of it is stored.

    Parameters
    ----------
    path : path
        .sav, .dta or .csv as downloaded, of one country or pooled.
    economy : str
        Three-letter code (ISO 3166, as in the file): ``KAZ``.
    wave : int
        Wave of the survey; below 7 from the time series only.
    items : str or iterable of str, optional
        Of ``value_type``, ``police``, ``government``, ...; by default all that the economy was
        asked.
    groups : str or iterable of str
        Breakdowns besides the whole population: of ``age``, ``sex``, ``locality``, ``education``.

    Returns
    -------
    DataFrame
        As `read_microdata`; ``survey`` is such as ``wvs7-kaz``, ``wave`` the first year of
        fieldwork. ``value_type`` has the question ``Y002``.

    Raises
    ------
    UnknownName, BadTable
        As `read_microdata`; if what is asked for is not in the file, or it is another file.

    Notes
    -----
    Value types: see `derive_value_type`. Weights are those of the country (W_WEIGHT, S017). The
    survey publishes no strata or clusters that are valid across countries, so that errors are those
    of a weighted sample of single respondents: for a clustered sample they are too small; give
    strata and clusters in a `MicrodataSpec` where the country's file has them.
    """
    with named(path):
        survey, known = _questionnaire(), set(_read_respondents(Path(path), None).columns)
        file = next((file for file in survey.files if {file.country, file.first} <= known), None)
        if file is None:
            kinds = " nor ".join(f"{f.name} ({f.country}, {f.first}, ...)" for f in survey.files)
            raise BadTable(f"it is not a file of the World Values Survey: neither {kinds}.")
        if file.wave is None and wave != 7:
            raise BadParameter(f"wave = {wave!r}: it is of wave 7; others are in the time series.")
        codes = {
            kind: {n: answer for answer, n in given.items()}
            for kind, given in (survey.answers | survey.groups).items()
        }
        offered = {
            name: (column, Item(name, codes[kind]))
            for kind, columns in file.items.items()
            for column, name in columns.items()
            if column in known
        }
        offered = {"value_type": ("Y002", Item("value_type", codes["value_type"]))} | offered
        breakdowns = {
            name: Group(c, codes.get(name), None if name in codes else survey.ages)
            for name, c in file.groups.items()
            if c in known
        }
        chosen = dict(offered[name] for name in _choose(items, list(offered), "item"))
        asked = {name: breakdowns[name] for name in _choose(groups, list(breakdowns), "group")}
        wanted = [file.country, file.year, file.weight, file.first, file.second]
        wanted += [file.wave] if file.wave else []
        wanted += [*(c for c in chosen if c != "Y002"), *(group.column for group in asked.values())]
        frame = _choose_rows(
            _read_respondents(Path(path), list(dict.fromkeys(wanted))), file.country, economy
        )
        if file.wave:
            frame = _choose_rows(frame.astype({file.wave: int}), file.wave, wave)
        frame = frame.reset_index(drop=True)
        if "Y002" in chosen:
            frame = frame.assign(Y002=derive_value_type(frame[file.first], frame[file.second]))
        if items is None:
            chosen = {c: i for c, i in chosen.items() if frame[c].isin(list(i.answers)).any()}
        years = pd.to_numeric(frame[file.year], errors="coerce")
        if years.isna().any():
            raise BadTable(f"{file.year}, the year of fieldwork, is missing or no number.")
        spec = MicrodataSpec(
            survey=f"wvs{wave}-{economy.lower()}",
            wave=str(int(years.min())),
            end=str(int(years.max())),
            population=f"adults of {economy}, as the World Values Survey samples them",
            items=chosen,
            groups=asked,
            weight=file.weight,
            missing=survey.missing,
        )
        return tabulate(frame, spec)


def derive_value_type(first: pd.Series, second: pd.Series) -> pd.Series:
    """Derive the four-item index of value types from the two priority questions.

    Inglehart's index (Y002 of the World Values Survey): first and second priority among order in
    the nation (1), more say in government decisions (2), fighting rising prices (3), freedom of
    speech (4). Both of 1 and 3: materialist; both of 2 and 4: postmaterialist; one of each: mixed.

    `first` and `second` (Q154 and Q155; E003 and E004) are 1 to 4, or missing (-1 to -5, empty);
    else BadTable. Returns 1 materialist, 2 mixed, 3 postmaterialist, missing where either is.
    """
    survey = _questionnaire()
    for choice in (first, second):
        known = choice.isna() | choice.isin([1, 2, 3, 4, *survey.missing])
        _reject(f"{choice.name} (aims 1 to 4)", choice, ~known)
    aims = first.isin(survey.materialist).astype(int) + second.isin(survey.materialist).astype(int)
    return (3 - aims).where(first.between(1, 4) & second.between(1, 4))


def _choose(asked: str | Iterable[str] | None, offered: list[str], what: str) -> list[str]:
    """Return what was asked for, or all; reject what the file does not have."""
    if asked is None:
        return offered
    chosen = as_list(asked, "items") if what == "item" or isinstance(asked, str) else list(asked)
    for name in chosen:
        if name not in offered:
            raise UnknownName(
                f"there is no {what} {name!r}; there are: {', '.join(offered)}."
                f"{did_you_mean(name, offered)}"
            )
    return chosen
