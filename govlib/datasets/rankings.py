"""Rankings of others, as tidy tables: e-government, corruption, rule of law, budget, freedom."""

import io
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from python_calamine import CalamineError

from govlib.datasets.economies import RENAMED_CODES, find
from govlib.datasets.economies import names as economy_names
from govlib.datasets.package import add_resource, find_resource, names_with, read_bytes
from govlib.errors import BadParameter, BadTable, UnknownName, did_you_mean

COLUMNS = {
    "ranking": "str",
    "edition": "int64",
    "economy": "str",
    "measure": "str",
    "value": "float64",
    "standard_error": "float64",
    "position": "Int64",
    "ranked": "Int64",
}


class Layout(msgspec.Struct, forbid_unknown_fields=True):
    """A publisher's file; ``rankings.toml`` says what the keys mean."""

    measures: dict[str, str]
    ranking: str = ""
    code: str = ""
    name: str = ""
    edition: str = ""
    position: str = ""
    standard_error: str = ""
    only: dict[str, str] = {}
    tidy: bool = False

    @property
    def headers(self) -> list[str]:
        """The headers that a file must have."""
        return [self.code or self.name, *filter(None, [self.edition]), *self.measures, *self.only]


class _Declared(msgspec.Struct, forbid_unknown_fields=True):
    layout: list[Layout]


LAYOUTS = msgspec.toml.decode(
    Path(__file__).with_suffix(".toml").read_bytes(), type=_Declared
).layout


def read(
    name: str,
    *,
    economies: str | Iterable[str] | None = None,
    measures: str | Iterable[str] | None = None,
    editions: int | Iterable[int] | None = None,
    path: str | Path | None = None,
) -> pd.DataFrame:
    """Read a ranking of another publisher.

    Parameters
    ----------
    name : str
        ``egdi`` (UN E-Government Development Index, with e-participation), ``cpi`` (Corruption
        Perceptions Index), ``wjp-rule-of-law``, ``open-budget-survey``, ``freedom-house``.
    economies : str or iterable of str, optional
        World Bank codes; all by default.
    measures : str or iterable of str, optional
        All by default.
    editions : int or iterable of int, optional
        All by default; of an edition that is named by two years, the later.
    path : str or Path, optional
        A file of yours, read in place of the data here: the publisher's own (egdi: CSV; cpi,
        freedom-house, of which territories are left out, and wjp-rule-of-law: workbook), or for
        any ranking a CSV of the columns economy (World Bank code), edition, measure, value and,
        if you have them, standard_error, position, ranked. Of freedom-house, wjp-rule-of-law and
        most of open-budget-survey only the article's comparison group is included. `add` keeps
        a file for every later read.

    Returns
    -------
    DataFrame
        One row per edition, economy and measure, sorted so:

        ============== ====== =====================================================================
        column         type   unit, range
        ============== ====== =====================================================================
        ranking        str    the name asked for
        edition        int    year
        economy        str    World Bank code
        measure        str    see ``data/datapackage.json``
        value          float  score in the publisher's unit; higher is better
        standard_error float  same unit; missing if not published
        position       Int64  1 for the best: as published; where a whole edition is included and no
                              rank was published, counted from the values (ties share the best)
        ranked         Int64  number of economies ranked in the edition; missing if not known
        ============== ====== =====================================================================

    Raises
    ------
    UnknownName
        If a ranking, economy, measure or edition does not exist; names what does.
    BadParameter
        If a selection is empty.
    BadTable
        If a file of yours cannot be read, is not of a layout expected, repeats an economy or has
        economies without a code.
    AlteredFile
        If the file of the ranking is missing or altered.
    """
    entry = _find(name)
    if path is None:
        table, complete = _read_held(entry), entry["complete_editions"]
        if name in (own := _added()):
            added = _read_held(own[name])
            new = added["edition"].unique().tolist()
            table = pd.concat([table[~table["edition"].isin(new)], added])
            complete = [*complete, *new]
    else:
        table, _ = _read_download(Path(path), name)
        complete = table["edition"].unique().tolist()
    table = table.assign(ranking=name).reindex(columns=list(COLUMNS)).astype(COLUMNS)
    table = _count_positions(table, complete)
    for column, asked in (("economy", economies), ("measure", measures), ("edition", editions)):
        if asked is not None:
            table = _select(table, column, asked)
    keys = ["edition", "economy", "measure"]
    return table.sort_values(keys).reset_index(drop=True)


def add(path: str | Path, name: str | None = None) -> dict[str, Any]:
    """Keep a file of a ranking: its editions are read in place of those included from then on.

    Parameters
    ----------
    path : str or Path
        As for `read`.
    name : str, optional
        Which ranking it is, as for `read`; needed for a CSV in our own columns.

    Returns
    -------
    dict
        ``ranking``, ``rows``, ``editions`` (years), ``path`` (of what was written), ``compared``
        and ``differ``: how many values were there before, and how many of them differ.

    Raises
    ------
    UnknownName, BadTable
        As `read`; BadTable also if no layout fits, or a value cannot be one of the ranking.
    """
    table, name = _read_download(Path(path), name)
    entry, own = _find(name), _added().get(name)
    keys = ["edition", "economy", "measure"]
    for field in entry["schema"]["fields"][2:4]:
        limits = field["constraints"]
        known = limits.get("enum", list(table["measure"]))
        low, high = limits.get("minimum", -np.inf), limits.get("maximum", np.inf)
        wrong = ~(table["measure"].isin(known) & table["value"].astype(float).between(low, high))
        if wrong.any():
            row = table[wrong].iloc[0]
            raise BadTable(
                f"{path}: {row['measure']} {row['value']} of {row['economy']}, {row['edition']}, "
                f"cannot be of {name} ({field['description']})."
            )
    fields = [field["name"] for field in entry["schema"]["fields"]]
    numbers = ["edition", "position", "ranked"]
    table = table.reindex(columns=fields).astype(dict.fromkeys(numbers, "Int64"))
    held = read(name)
    counts = held.groupby("edition")["economy"].nunique()
    for edition, count in table.groupby("edition")["economy"].nunique().items():
        number = counts.get(edition, 0)
        if count < 0.9 * number:
            raise BadTable(
                f"{path} has {count} economies of {edition}, {number} are held: positions "
                "among so few would be wrong. Give the whole edition, or leave it out."
            )
    both = held.merge(table, on=keys, suffixes=("", "_new"))
    differ = int((both["value"] != both["value_new"]).sum())
    if own is not None:
        held = _read_held(own)
        table = pd.concat([held[~held["edition"].isin(table["edition"])], table])
    table = table.sort_values(keys)
    years = sorted({int(year) for year in table["edition"]})
    added = entry | {"name": f"added-{entry['name']}", "path": f"rankings/added-{name}.csv"}
    added |= {"ranking_added": name, "complete_editions": years}
    added["sources"] = [source | {"file": Path(path).name} for source in entry["sources"]]
    del added["ranking"]
    add_resource(added, table, replace=own is not None)
    about = {"ranking": name, "rows": len(table), "editions": years, "path": added["path"]}
    return about | {"compared": len(both), "differ": differ}


def _find(name: str) -> dict[str, Any]:
    """Return the entry of a ranking."""
    if name not in (held := names()):
        raise UnknownName(
            f"There is no ranking {name!r}; there are: {', '.join(held)}.{did_you_mean(name, held)}"
        )
    return find_resource(f"ranking-{name}")


def _added() -> dict[str, dict[str, Any]]:
    """Return the entries of what `add` kept, by ranking."""
    entries = map(find_resource, names_with("ranking_added"))
    return {entry["ranking_added"]: entry for entry in entries}


def _read_held(entry: dict[str, Any]) -> pd.DataFrame:
    """Return the table of an entry."""
    return pd.read_csv(io.BytesIO(read_bytes(entry)), keep_default_na=False, na_values=[""])


def names() -> list[str]:
    """Return the names of the rankings included."""
    return [name.removeprefix("ranking-") for name in names_with("ranking")]


def breaks() -> pd.DataFrame:
    """Return what breaks the rankings' series: editions that differ from those before.

    Returns
    -------
    DataFrame
        One row per break, sorted by ranking and edition: `ranking`, `edition`, `note`. A change
        of the number of economies ranked is a break of the positions too; see `ranked`.
    """
    rows = [
        {"ranking": entry["ranking"], **found}
        for entry in map(find_resource, names_with("ranking"))
        for found in entry.get("breaks", [])
    ]
    return pd.DataFrame(rows).sort_values(["ranking", "edition"]).reset_index(drop=True)


def add_percentile(table: pd.DataFrame) -> pd.DataFrame:
    """Put positions of rankings on a common footing.

    Parameters
    ----------
    table : DataFrame
        With `position` (1 for the best) of `ranked`, as `read` or
        `compare.rank_economies` return it.

    Returns
    -------
    DataFrame
        The same rows with `percentile`: 0 for the last to 100 for the first of those ranked;
        missing where the position or the number ranked is.

    Raises
    ------
    BadTable
        If a column is missing or a position is beyond the number ranked.

    Notes
    -----
    ``100 (N - position) / (N - 1)``. Economies that share a position get that of its best, so
    that the value can be above the percentile rank of the WGI, which counts those at or below.
    """
    missing = [column for column in ("position", "ranked") if column not in table]
    if missing:
        raise BadTable(f"The table lacks {', '.join(missing)}: see rankings.read.")
    if (table["position"] > table["ranked"]).any():
        raise BadTable("A position is beyond the number of economies ranked.")
    ranked = table["ranked"].astype("Float64")
    share = (ranked - table["position"]) / (ranked - 1).mask(ranked < 2)
    return table.assign(percentile=(100 * share).astype("float64"))


def _count_positions(table: pd.DataFrame, complete: list[int]) -> pd.DataFrame:
    """Count positions where a whole edition is included without published ranks."""
    cells = table.groupby(["edition", "measure"])
    published = cells["position"].transform("count") > 0
    count = table["edition"].isin(complete) & ~published & table["value"].notna()
    counted = cells["value"].rank(method="min", ascending=False).astype("Int64")
    number = cells["value"].transform("count").astype("Int64")
    return table.assign(
        position=table["position"].mask(count, counted), ranked=table["ranked"].mask(count, number)
    )


def _select(table: pd.DataFrame, column: str, asked: Any) -> pd.DataFrame:
    """Keep the rows asked for, or say what does not exist."""
    words = [asked] if isinstance(asked, str) or not isinstance(asked, Iterable) else list(asked)
    if not words:
        raise BadParameter(f"No {column} is named: one or more, or leave it out for all.")
    known = sorted(set(table[column]))
    for word in words:
        if word not in known:
            listed = ", ".join(map(str, known[:30])) + (", ..." if len(known) > 30 else "")
            raise UnknownName(
                f"{table['ranking'].iloc[0]} has no {column} {word!r}; it has {listed}."
                f"{did_you_mean(word, map(str, known))}"
            )
    return table[table[column].isin(words)]


def _read_download(path: Path, name: str | None) -> tuple[pd.DataFrame, str]:
    """Read a user's file, the publisher's own or a tidy one, into tidy rows; and its ranking."""
    sheets = _read_sheets(path)
    offered = [layout for layout in LAYOUTS if layout.tidy or name in (None, layout.ranking)]
    found = [(layout, raw) for layout in offered for sheet in sheets
             for raw in _below_header(sheet, layout)]  # fmt: skip
    if not found:
        own = [layout for layout in offered if not layout.tidy]
        tidy = "Write a CSV of economy, edition, measure, value"
        if name is not None and not own:
            known = ", ".join(dict.fromkeys(layout.ranking for layout in LAYOUTS if layout.ranking))
            raise BadTable(
                f"{path}: no layout of {name}'s publisher is known, only of {known}. {tidy}."
            )
        has = [str(cell) for cell in sheets[0].iloc[0].dropna()] if len(sheets[0]) else []
        lacking = [head for layout in own for head in layout.headers if head not in has]
        raise BadTable(
            f"{path} is not the file of {name or 'any ranking'} that is expected: it lacks the "
            f"columns {', '.join(dict.fromkeys(lacking))}; it has {', '.join(has[:12])}. {tidy}."
        )
    layout, raw = max(found, key=lambda one: one[1].shape[1] if "{year}" in str(one[0]) else 0)
    if layout.tidy and name is None:
        raise BadTable(f"{path} does not say which ranking it is: name it (--ranking).")
    table = _tidy_download(raw, layout).dropna(subset="value")
    lost = sorted(set(table["economy"].astype(str)) - set(economy_names()))
    if lost:
        raise BadTable(
            f"{path}: no World Bank code was found for {', '.join(lost)}. Remove these rows or "
            "write the codes or names as the World Bank does."
        )
    for column in ("edition", "value", "standard_error", "position", "ranked"):
        if column in table:
            numbers = pd.to_numeric(table[column], errors="coerce")
            wrong = table[column].notna() & numbers.isna()
            if column not in ("value", "standard_error"):
                wrong |= numbers % 1 > 0
            if wrong.any():
                row = table[wrong].iloc[0]
                raise BadTable(
                    f"{path}: {column} {row[column]} of {row['economy']} is not a number that it "
                    "can be: correct it."
                )
            table[column] = numbers
    repeated = table.duplicated(["economy", "edition", "measure"])
    if repeated.any():
        row = table[repeated].iloc[0]
        raise BadTable(f"{path} has {row['economy']}, {row['edition']}, more than once.")
    return table, layout.ranking or str(name)


def _read_sheets(path: Path) -> list[pd.DataFrame]:
    """Return the cells of a CSV, or of each sheet of a workbook."""
    kind = "a workbook" if path.suffix == ".xlsx" else "CSV"
    try:
        if kind == "a workbook":
            return list(
                pd.read_excel(path, sheet_name=None, header=None, engine="calamine").values()
            )
        options: Any = {"keep_default_na": False, "na_values": [""]}
        return [pd.read_csv(path, header=None, dtype=object, **options)]
    except OSError as error:
        raise BadTable(f"{path} cannot be read ({error.strerror}).") from error
    except (CalamineError, ValueError) as error:  # also pandas' EmptyDataError and ParserError
        raise BadTable(
            f"{path} cannot be read as {kind} ({error}). Download it again, or name a CSV or .xlsx "
            "file."
        ) from error


def _below_header(sheet: pd.DataFrame, layout: Layout) -> Iterator[pd.DataFrame]:
    """Give the rows below a header of a layout in the first ten rows, if there is one."""
    for place in range(min(len(sheet), 10)):
        heads = sheet.iloc[place].astype(str).str.strip()
        if all(heads.str.fullmatch(_pattern(head)).any() for head in layout.headers):
            yield sheet.iloc[place + 1 :].set_axis(heads.to_list(), axis="columns")
            return


def _pattern(header: str) -> str:
    """Return what a header is like, with any year."""
    return "(?i:" + re.escape(header).replace(r"\{year\}", r"(\d{4})") + ")"


def _code(name: str) -> str | None:
    """Return the code of a name; None of territories and others that are not in the WGI."""
    try:
        return find(name, partial=False)
    except UnknownName:
        return None


def _later_year(editions: pd.Series) -> pd.Series:
    """Return the later year of editions that are named by two; others as they are."""
    words: pd.Series = editions.astype(str).str.strip()
    return editions.mask(words.str.fullmatch(r"\d{4}\D\d{4}"), words.str[-4:])


def _tidy_download(raw: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """Make tidy rows of a publisher's table."""
    if layout.tidy:
        columns = [column for column in COLUMNS if column in raw]
        economies = raw["economy"].replace(RENAMED_CODES)
        return raw[columns].assign(economy=economies, edition=_later_year(raw["edition"]))
    raw = raw.dropna(subset=layout.code or layout.name)
    for column, value in layout.only.items():
        raw = raw[raw[column] == value]
    words = raw[layout.code or layout.name].astype(str).str.strip()
    codes = {
        word: RENAMED_CODES.get(word, word) if layout.code else _code(word)
        for word in dict.fromkeys(words)
    }
    if left_out := [word for word, code in codes.items() if code is None]:
        warnings.warn(
            f"Left out, since no economy of the WGI has that name: {', '.join(left_out)}.",
            stacklevel=4,
        )
    raw = raw[words.map(codes).notna()].assign(economy=words.map(codes))
    first, *_ = layout.measures
    years = [found[1] for head in raw if (found := re.fullmatch(_pattern(first), str(head)))
             if "{year}" in first] or [""]  # fmt: skip
    parts = []
    for year in years:
        edition = year or _later_year(raw[layout.edition])
        for header, measure in layout.measures.items():
            part = raw[["economy"]].assign(edition=edition, measure=measure)
            part["value"] = raw[header.format(year=year)]
            for column in ("position", "standard_error") if header == first else ():
                if (own := getattr(layout, column).format(year=year)) in raw:
                    part[column] = raw[own].where(part["value"].notna())
            parts.append(part)
    tidy = pd.concat(parts, ignore_index=True).dropna(subset="value")
    if "position" in tidy:
        number = tidy.groupby(["edition", "measure"])["position"].transform("count")
        tidy["ranked"] = number.where(tidy["position"].notna())
    return tidy
