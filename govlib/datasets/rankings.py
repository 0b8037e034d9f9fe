"""Rankings of others, as tidy tables: e-government, corruption, rule of law, budget, freedom."""

import io
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from python_calamine import CalamineError

from govlib.datasets.economies import RENAMED_CODES, find
from govlib.datasets.economies import names as economy_names
from govlib.datasets.package import find_resource, names_with, read_bytes
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

# How the publishers' own files name what we hold: sheet and row of the header, the economy
# (a code or a name), the edition, measures, and the published rank of the first measure.
LAYOUTS: dict[str, dict[str, Any]] = {
    "wjp-rule-of-law": {
        "sheet": "Historical Data",
        "code": "Country Code",
        "edition": "Year",
        "measures": {"WJP Rule of Law Index: Overall Score": "overall"},
    },
    "egdi": {
        "name": "Country Name",
        "edition": "Survey Year",
        "measures": {"E-Government Index": "egdi", "E-Participation Index": "epi"},
        "position": "E-Government Rank",
    },
    "freedom-house": {
        "sheet": "FIW",
        "header": 1,
        "name": "Country/Territory",
        "only": ("C/T", "c"),  # territories have no codes, and some are part of an economy
        "edition": "Edition",
        "measures": {
            "Total": "total",
            "PR": "political_rights",
            "CL": "civil_liberties",
        },
    },
}


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
        A file of yours, read in place of the data here: the publisher's own (egdi: CSV;
        freedom-house, of which territories are left out, and wjp-rule-of-law: workbook), or for
        any ranking a CSV of the columns economy (World Bank code), edition, measure, value and,
        if you have them, standard_error, position, ranked. Of freedom-house, wjp-rule-of-law and
        open-budget-survey only the article's comparison group is included.

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
    held = names()
    if name not in held:
        raise UnknownName(
            f"There is no ranking {name!r}; there are: {', '.join(held)}.{did_you_mean(name, held)}"
        )
    entry = find_resource(f"ranking-{name}")
    if path is None:
        table = pd.read_csv(io.BytesIO(read_bytes(entry)), keep_default_na=False, na_values=[""])
        complete = entry["complete_editions"]
    else:
        table = _read_download(name, Path(path))
        complete = table["edition"].unique().tolist()
    table = table.assign(ranking=name).reindex(columns=list(COLUMNS)).astype(COLUMNS)
    table = _count_positions(table, complete)
    for column, asked in (("economy", economies), ("measure", measures), ("edition", editions)):
        if asked is not None:
            table = _select(table, column, asked)
    keys = ["edition", "economy", "measure"]
    return table.sort_values(keys).reset_index(drop=True)


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


def _read_download(name: str, path: Path) -> pd.DataFrame:
    """Read a user's file, the publisher's own or a tidy one, into tidy rows."""
    layout = LAYOUTS.get(name)
    raw = _read_sheet(path, layout or {})
    tidy = {"economy", "edition", "measure", "value"}
    if tidy <= set(raw):
        table = raw.reindex(columns=[column for column in COLUMNS if column in raw])
        table["economy"] = table["economy"].replace(RENAMED_CODES)
        table["edition"] = _later_year(table["edition"])
    elif layout is None:
        raise BadTable(
            f"{path}: no layout of {name}'s publisher is known, only of {', '.join(LAYOUTS)}. "
            f"Write a CSV of {', '.join(sorted(tidy))}; it has {', '.join(raw.columns[:12])}."
        )
    else:
        table = _tidy_download(raw, layout, f"{path} is not the file of {name} that is expected")
    table = table.dropna(subset="value")
    codes = economy_names()
    lost = sorted(set(table["economy"].astype(str)) - set(codes))
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
    return table


def _read_sheet(path: Path, layout: dict[str, Any]) -> pd.DataFrame:
    """Read a CSV, or the sheet of a workbook that a layout names."""
    try:
        if path.suffix == ".xlsx":
            with pd.ExcelFile(path, engine="calamine") as book:
                names = [str(sheet) for sheet in book.sheet_names]
            sheets = [sheet for sheet in names if sheet.startswith(layout.get("sheet", ""))]
            if not sheets:
                raise BadTable(f"{path} has no sheet {layout['sheet']}: {', '.join(names)}.")
            raw = pd.read_excel(
                path, sheet_name=sheets[0], header=layout.get("header", 0), engine="calamine"
            )
        else:
            raw = pd.read_csv(path, keep_default_na=False, na_values=[""])
    except OSError as error:
        raise BadTable(f"{path} cannot be read ({error.strerror}).") from error
    except (CalamineError, ValueError) as error:  # also pandas' EmptyDataError and ParserError
        if isinstance(error, BadTable):
            raise
        raise BadTable(
            f"{path} cannot be read as {'a workbook' if path.suffix == '.xlsx' else 'CSV'} "
            f"({error}). Download it again, or name a CSV or .xlsx file."
        ) from error
    raw.columns = raw.columns.astype(str).str.strip()
    return raw


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


def _tidy_download(raw: pd.DataFrame, layout: dict[str, Any], wrong: str) -> pd.DataFrame:
    """Make tidy rows of a publisher's table."""
    economy = layout.get("code") or layout["name"]
    others = [layout.get("position"), layout.get("only", [None])[0]]
    needed = [economy, layout["edition"], *layout["measures"], *filter(None, others)]
    missing = [column for column in needed if column not in raw]
    if missing:
        raise BadTable(
            f"{wrong}: it lacks the columns {', '.join(missing)}; it has "
            f"{', '.join(raw.columns[:12])}."
        )
    raw = raw.dropna(subset=[economy])
    if "only" in layout:
        column, value = layout["only"]
        raw = raw[raw[column] == value]
    words = raw[economy].astype(str).str.strip()
    codes = {
        word: RENAMED_CODES.get(word, word) if "code" in layout else _code(word)
        for word in dict.fromkeys(words)
    }
    if left_out := [word for word, code in codes.items() if code is None]:
        warnings.warn(
            f"Left out, since no economy of the WGI has that name: {', '.join(left_out)}.",
            stacklevel=5,
        )
    raw = raw[words.map(codes).notna()]
    codes = words.map(codes)[raw.index]
    rows = raw[list(layout["measures"])].rename(columns=layout["measures"])
    rows = rows.assign(economy=codes, edition=_later_year(raw[layout["edition"]]))
    tidy = rows.melt(["economy", "edition"], var_name="measure").dropna(subset="value")
    if layout.get("position"):
        first = next(iter(layout["measures"].values()))
        ranks = rows[["economy", "edition"]].assign(measure=first, position=raw[layout["position"]])
        tidy = tidy.merge(ranks, how="left", on=["economy", "edition", "measure"])
        number = tidy.groupby(["edition", "measure"])["position"].transform("count")
        tidy["ranked"] = number.where(tidy["position"].notna())
    return tidy
