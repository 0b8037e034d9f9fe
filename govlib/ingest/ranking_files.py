"""Files of rankings as their publishers give them out: read, or kept for every later read."""

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from govlib.datasets.economies import RENAMED_CODES, find
from govlib.datasets.economies import names as economy_names
from govlib.datasets.package import add_resource, writing
from govlib.datasets.rankings import COLUMNS, added_files, find_ranking, read, read_held
from govlib.errors import BadTable, UnknownName
from govlib.ingest.workbooks import WORKBOOK, decode, named, open_workbook, read_bytes, split


class Layout(msgspec.Struct, forbid_unknown_fields=True):
    """A publisher's file; ``ranking_files.toml`` says what the keys mean."""

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


LAYOUTS = msgspec.toml.decode(
    Path(__file__).with_suffix(".toml").read_bytes(), type=dict[str, list[Layout]]
)["layout"]


def read_file(path: str | Path, name: str | None = None) -> tuple[pd.DataFrame, str]:
    """Read a file of a ranking into tidy rows, and tell which it is.

    Parameters
    ----------
    path : str or Path
        The publisher's own (egdi: CSV; cpi, wjp-rule-of-law and freedom-house, of which territories
        are left out: workbook), or for any ranking a CSV of the columns economy (World Bank code),
        edition, measure, value and, if you have them, standard_error, position, ranked.
    name : str, optional
        Which ranking it is, as for `read`; needed for a CSV in our own columns.

    Raises
    ------
    BadTable
        If it cannot be read, is of no known layout, repeats an economy or has economies without a
        code.
    """
    with named(path):
        return _read(read_bytes(Path(path)), name)


def _read(content: bytes, name: str | None) -> tuple[pd.DataFrame, str]:
    sheets = _read_sheets(content)
    offered = [layout for layout in LAYOUTS if layout.tidy or name in (None, layout.ranking)]
    found = [
        (layout, raw)
        for layout in offered
        for sheet in sheets
        for raw in _below_header(sheet, layout)
    ]
    if not found:
        has = [str(cell) for cell in sheets[0].iloc[0].dropna()] if len(sheets[0]) else []
        expected = "; ".join(
            f"{one.ranking or 'any'} ({', '.join(one.headers)})" for one in offered
        )
        raise BadTable(
            f"it is of no known layout: it has the columns {', '.join(has[:12])}. Known are: "
            f"{expected}. Write a CSV of economy, edition, measure, value."
        )
    layout, raw = max(found, key=lambda one: one[1].shape[1] if "{year}" in str(one[0]) else 0)
    if layout.tidy and name is None:
        raise BadTable("it does not say which ranking it is: name it (--ranking).")
    table = _tidy_download(raw, layout).dropna(subset="value")
    if lost := sorted(set(table["economy"].astype(str)) - set(economy_names())):
        raise BadTable(
            f"no World Bank code was found for {', '.join(lost)}. Remove these rows or write the "
            "codes or names as the World Bank does."
        )
    for column in ("edition", "value", "standard_error", "position", "ranked"):
        if column in table:
            numbers = pd.to_numeric(table[column], errors="coerce")
            wrong = table[column].notna() & numbers.isna()
            if column not in ("value", "standard_error"):
                wrong |= numbers % 1 > 0
            for row in table[wrong].head(1).to_dict("records"):
                what = f"{column} {row[column]} of {row['economy']}"
                raise BadTable(f"{what} is not a number that it can be: correct it.")
            table[column] = numbers
    repeated = table.duplicated(["economy", "edition", "measure"])
    for row in table[repeated].head(1).to_dict("records"):
        raise BadTable(f"it has {row['economy']}, {row['edition']}, more than once.")
    return table, layout.ranking or str(name)


def _read_sheets(content: bytes) -> list[pd.DataFrame]:
    """Return the cells of a CSV, or of each sheet of a workbook; blank ones are missing."""
    if content.startswith(WORKBOOK):
        tables = [sheet.rows for sheet in open_workbook(content)[0]]
    else:
        tables = [split(decode(content))]
    frames = [pd.DataFrame(rows, dtype=object) for rows in tables]
    return [frame.mask(frame == "") for frame in frames]


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
            f"Left out, since no country of the WGI has that name: {', '.join(left_out)}.",
            stacklevel=5,
        )
    raw = raw[words.map(codes).notna()].assign(economy=words.map(codes))
    first, *_ = layout.measures
    years = [
        found[1]
        for head in raw
        if (found := re.fullmatch(_pattern(first), str(head)))
        if "{year}" in first
    ] or [""]
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


@writing()
def add(path: str | Path, name: str | None = None) -> dict[str, Any]:
    """Keep a file of a ranking: its editions are read in place of those included from then on.

    Parameters and errors are as of `read_file`; BadTable also if a value cannot be one of the
    ranking, or the file has few of the economies of an edition. Returns ``ranking``, ``rows``,
    ``editions`` (years), ``path`` (of what was written), ``compared`` and ``differ``: how many
    values were there before, and how many of them differ.
    """
    table, name = read_file(path, name)
    entry, own = find_ranking(name), added_files().get(name)
    keys = ["edition", "economy", "measure"]
    for field in entry["schema"]["fields"][2:4]:
        limits = field["constraints"]
        known = limits.get("enum", list(table["measure"]))
        low, high = limits.get("minimum", -np.inf), limits.get("maximum", np.inf)
        right = table["measure"].isin(known) & table["value"].astype(float).between(low, high)
        for row in table[~right].head(1).to_dict("records"):
            raise BadTable(
                f"{path}: {row['measure']} {row['value']:g} of {row['economy']}, {row['edition']}, "
                f"cannot be of {name} ({field['description']})."
            )
    fields = [field["name"] for field in entry["schema"]["fields"]]
    numbers = ["edition", "position", "ranked"]
    table = table.reindex(columns=fields).astype(dict.fromkeys(numbers, "Int64"))
    held = read(name)
    given, known = (t.groupby("edition")["economy"].nunique().to_dict() for t in (table, held))
    for edition, number in given.items():
        if number < 0.9 * known.get(edition, 0):
            raise BadTable(
                f"{path} has {number} countries of {edition}, {known[edition]} are included: ranks "
                "among so few would be wrong. Give the whole edition, or leave it out."
            )
    both = held.merge(table, on=keys, suffixes=("", "_new"))
    differ = int((both["value"] != both["value_new"]).sum())
    if own is not None:
        held = read_held(own)
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
