"""Small files in each layout of the World Bank, made from tables of ours."""

import csv
import io
import math
import zipfile

import openpyxl
import pandas as pd

import govlib
from govlib.datasets.wgi import MEASURES
from govlib.ingest.worldbank_files import SUFFIXES
from govlib.stats._tables import DIMENSIONS

SIX = list(MEASURES)[:6]
OLD_CODES = {"AND": "ADO", "ROU": "ROM", "XKX": "KSV", "PSE": "WBG", "TLS": "TMP", "COD": "ZAR"}
OLD_SERIES = {
    **dict(zip(SIX, ["EST", "STD.ERR", "NO.SRC", "PER.RNK"], strict=False)),
    "percentile_rank_lower": "PER.RNK.LOWER",
    "percentile_rank_upper": "PER.RNK.UPPER",
}
NEW_SERIES = {
    measure: suffix.replace(".", "_")
    for suffix, measure in SUFFIXES.items()
    if suffix not in OLD_SERIES.values() or suffix == "EST"
}
ECONOMIES = ["AND", "ANT", "KAZ", "NAM", "ROU"]  # an old code, no data, an "NA", an old code


def small(edition=2023, years=(1996, 1998, 2022)):
    """Return a few economies and years of an edition."""
    return govlib.wgi.read(edition, economies=ECONOMIES, years=years)


def scores():
    """Return a table with all measures of the editions from 2025, partly made up."""
    table = govlib.wgi.read(2025, economies=["AND", "KAZ", "NAM"], years=[1996, 2023, 2024])
    held = table["estimate"].notna()
    table["standard_error"] = (0.2 + table["estimate"].abs() / 100).round(7)
    table["sources"] = pd.array([5] * len(table), dtype="Int64")
    table["sources"] = table["sources"].where(held)
    table["score_lower"] = (table["score"] - 6.4).round(7)
    table["score_upper"] = (table["score"] + 6.4).round(7)
    return table


def rows_of(table, measures):
    """Give key and values of each row, None for a missing value."""
    for row in table.to_dict("records"):
        values = [None if pd.isna(row[m]) else row[m] for m in measures]
        yield row["economy"], row["year"], row["dimension"], values


def cube(table):
    """Return values by economy, dimension, measure and year."""
    return {
        (economy, dimension, measure, year): value
        for economy, year, dimension, values in rows_of(table, MEASURES)
        for measure, value in zip(MEASURES, values, strict=True)
    }


def six_sheets(table, *, rank="Rank", missing="#N/A", update="2023 Update", every_year=True):
    """Return the workbook of the editions to 2023 as sheets of rows."""
    values = cube(table)
    years = sorted(set(table["year"]))
    heads = ["Estimate", "StdErr", "NumSrc", rank, "Lower", "Upper"]
    sheets = {
        "Introduction": [[f"The Worldwide Governance Indicators, {update}"], ["1996-2022"]],
    }
    for dimension, name in DIMENSIONS.items():
        above = [[year] + [year if every_year else None] * 5 for year in years]
        rows = [
            [name],
            [f"Reflects perceptions of {name}."],
            [None],
            ["Estimate", "Estimate of governance"],
            [None, None, *(cell for block in above for cell in block)],
            ["Country/Territory", "Code", *(heads * len(years))],
        ]
        for economy in dict.fromkeys(table["economy"]):
            cells = [values[economy, dimension, m, year] for year in years for m in SIX]
            filled = [missing if cell is None else cell for cell in cells]
            rows.append([f"Name of {economy}", OLD_CODES.get(economy, economy), *filled])
        sheets[name.replace(" ", "").replace("/", "")[:30]] = rows
    return sheets


def long(table, *, missing=".."):
    """Return the rows of the long workbook, CSV and Stata file of 2024."""
    head = ["codeindyr", "code", "countryname", "year", "indicator", "estimate", "stddev"]
    rows = [[*head, "nsource", "pctrank", "pctranklower", "pctrankupper"]]
    for economy, year, dimension, values in rows_of(table, SIX):
        code = OLD_CODES.get(economy, economy)
        cells = [missing if value is None else value for value in values]
        rows.append([f"{code}{dimension}{year}", code, f"Name {code}", year, dimension, *cells])
    return rows


def stata_by_year(table):
    """Return the columns of the Stata file with a row per economy and year."""
    values = cube(table)
    keys = table[["economy", "year"]].drop_duplicates()
    columns = {"code": list(keys["economy"]), "countryname": list(keys["economy"])}
    columns["year"] = list(keys["year"])
    for dimension in DIMENSIONS:
        for letter, measure in zip("esnrlu", SIX, strict=True):
            cells = [values[e, dimension, measure, y] for e, y in keys.to_numpy()]
            columns[dimension + letter] = [math.nan if c is None else float(c) for c in cells]
    return pd.DataFrame(columns)


def lines(table, measures):
    """Give economy, dimension and measure with the values of all years, None for a missing one."""
    values, years = cube(table), sorted(set(table["year"]))
    for economy in dict.fromkeys(table["economy"]):
        for dimension in DIMENSIONS:
            for measure in measures:
                cells = [values[economy, dimension, measure, year] for year in years]
                yield economy, dimension, measure, cells


def series_down(table, series, *, code="Series Code", year="{0} [YR{0}]", missing=".."):
    """Return the rows of a DataBank export or bulk CSV: series down, years across."""
    rows = [["Country Name", "Country Code", code.replace("Code", "Name"), code]]
    rows[0] += [year.format(y) for y in sorted(set(table["year"]))]
    for economy, dimension, measure, cells in lines(table, series):
        name = series[measure].format(dimension.upper())
        filled = [missing if cell is None else cell for cell in cells]
        rows.append([f"Name of {economy}", economy, f"Name of {name}", name, *filled])
    return rows


def old_series():
    """Return the names of the withdrawn series by measure."""
    return {measure: f"{{}}.{suffix}" for measure, suffix in OLD_SERIES.items()}


def new_series(separator="."):
    """Return the names of today's series by measure."""
    return {measure: f"GOV_WGI_{{}}{separator}{s}" for measure, s in NEW_SERIES.items()}


def databank(table, series, updated="09/29/2023"):
    """Return the rows of a DataBank export with the lines below it."""
    note = [["Data from database: Worldwide Governance Indicators"], [f"Last Updated: {updated}"]]
    return [*series_down(table, series), [None], [None], [None], *note]


def series_across(table, series):
    """Return the rows of a DataBank export with a row per year, series across."""
    values = cube(table)
    pairs = [(d, m) for d in DIMENSIONS for m in series]
    rows = [["Time", "Time Code", "Country Name", "Country Code"]]
    rows[0] += [f"Name of it [{series[m].format(d.upper())}]" for d, m in pairs]
    for year in sorted(set(table["year"])):
        for economy in dict.fromkeys(table["economy"]):
            cells = [values[economy, d, m, year] for d, m in pairs]
            cells = [".." if cell is None else cell for cell in cells]
            rows.append([year, f"YR{year}", economy, economy, *cells])
    return rows


def new_workbook(table):
    """Return the workbook of the editions from 2025 as sheets of rows."""
    head = ["ID variable (economy code/ gov. dimension/ year)", "Economy (name)", "Economy (code)"]
    head += ["Region", "Income classification", "Year", "Governance dimension"]
    head += ["Number of sources", "Governance estimate (approx. -2.5 to +2.5)"]
    head += ["Standard error (estimate)", "Lower threshold (90% conf. int. estimate)"]
    head += ["Upper threshold (90% conf. int. estimate)", "Governance score (0-100)"]
    head += ["Standard error (gov. score)", "Lower threshold (90% conf. int. score)"]
    head += ["Upper threshold (90% conf. int. score)", "EIU mean", "VDM mean"]
    sheets = {dimension: [list(head)] for dimension in DIMENSIONS}
    order = ["sources", "estimate", "standard_error", "score", "score_lower", "score_upper"]
    for economy, year, dimension, values in rows_of(table, order):
        n, e, s, score, low, high = values
        bounds = [None, None] if e is None else [e - 1.64 * s, e + 1.64 * s]
        cells = [n, e, s, *bounds, score, None if s is None else s * 19, low, high, 0.4, None]
        key = f"{economy}{dimension}{year}"
        names = [key, economy, economy, "Region", "Income", year, dimension]
        sheets[dimension].append([*names, *cells])
    return sheets


def data360(table, *, across=False):
    """Return the rows of a Data360 CSV."""
    head = ["FREQ", "REF_AREA", "REF_AREA_LABEL", "INDICATOR", "INDICATOR_LABEL", "SEX"]
    head += ["COMP_BREAKDOWN_1", "COMP_BREAKDOWN_1_LABEL", "DATABASE_ID", "UNIT_MULT"]
    years = sorted(set(table["year"]))
    rows = [[*head, *(years if across else ["TIME_PERIOD", "OBS_VALUE"])]]
    for economy, dimension, measure, cells in lines(table, NEW_SERIES):
        key = ["A", economy, economy, f"GOV_WGI_{dimension.upper()}", "name", "_T"]
        key += [f"WGI_{NEW_SERIES[measure]}", "name", "WB_WGI", 0]
        pairs = [[*key, y, c] for y, c in zip(years, cells, strict=True) if c is not None]
        rows += [[*key, *cells]] if across else pairs
    return rows


def write_workbook(path, sheets):
    """Write sheets of rows as a workbook."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def as_csv(rows, **options):
    """Return rows as the bytes of a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, **options).writerows(rows)
    return text.getvalue().encode()


def write_csv(path, rows, **options):
    """Write rows as a CSV file."""
    path.write_bytes(as_csv(rows, **options))
    return path


def write_zip(path, members):
    """Write a zip of files by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path
