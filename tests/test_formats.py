"""Files of every layout give the table they were made from, or are refused."""

import datetime
import re
import zipfile

import pandas as pd
import pytest
import wgifiles as w

import govlib
from govlib.datasets import wgi
from govlib.errors import BadFile, BadParameter
from govlib.ingest import formats

TABLE = w.small()
SCORES = w.scores()


def check(path, expected, edition=None):
    pd.testing.assert_frame_equal(govlib.wgi.read_file(path, edition), expected, check_exact=True)


def only(table, *measures):
    """Blank all measures but some."""
    table = table.copy()
    for measure in set(wgi.MEASURES) - set(measures):
        table[measure] = pd.Series(float("nan"), table.index).astype(wgi.MEASURES[measure])
    return table


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rank": "P-Rank"},
        {"missing": ".."},
        {"missing": None},
        {"every_year": False},
        {"update": "2023 Edition"},
    ],
    ids=str,
)
def test_the_workbook_with_a_sheet_for_each_dimension(tmp_path, options):
    check(w.write_workbook(tmp_path / "a.xlsx", w.six_sheets(TABLE, **options)), TABLE)


def test_the_long_workbook_csv_and_stata_file(tmp_path):
    table = w.small(2024)
    check(w.write_workbook(tmp_path / "a.xlsx", {"Sheet1": w.long(table)}), table, 2024)
    check(w.write_csv(tmp_path / "a.csv", w.long(table)), table, 2024)
    head, *rows = w.long(table, missing=None)
    frame = pd.DataFrame(rows, columns=head).astype(dict.fromkeys(head[5:], "float32"))
    frame.to_stata(tmp_path / "a.dta", write_index=False)
    check(tmp_path / "a.dta", table, 2024)


@pytest.mark.parametrize("version", [114, 117, 118])
def test_the_stata_file_by_economy_and_year_says_its_edition_by_its_stamp(tmp_path, version):
    frame = w.stata_by_year(TABLE).astype(dict.fromkeys(w.stata_by_year(TABLE).columns[3:], "f4"))
    stamp = datetime.datetime(2023, 9, 20, 12, 0)
    frame.to_stata(tmp_path / "a.dta", write_index=False, time_stamp=stamp, version=version)
    check(tmp_path / "a.dta", TABLE)


def test_the_bulk_csv_and_its_zip(tmp_path):
    rows = w.series_down(TABLE, w.old_series(), code="Indicator Code", year="{}", missing="")
    rows = [[*row, ""] for row in rows]  # lines end with a comma
    check(w.write_csv(tmp_path / "WGIData.csv", rows, quoting=1), TABLE, 2023)
    members = {
        "WGIData.csv": b"\xef\xbb\xbf" + w.as_csv(rows, quoting=1),
        "WGICountry.csv": w.as_csv([["Country Code", "Short Name"], ["KAZ", "Kazakhstan"]]),
        "WGISeries.csv": w.as_csv([["Series Code", "Topic"], ["GE.EST", "Government"]]),
        "WGIFootNote.csv": w.as_csv([["CountryCode", "SeriesCode", "Year", "DESCRIPTION"]] * 3),
        "readme.pdf": b"%PDF-1.4\0",
    }
    check(w.write_zip(tmp_path / "WGI_csv.zip", members), TABLE, 2023)


@pytest.mark.parametrize("series", [w.old_series(), w.new_series()], ids=["old", "new"])
def test_databank_exports(tmp_path, series):
    new = "score" in series
    table, edition = (SCORES, 2025) if new else (TABLE, 2023)
    rows = w.databank(table, series, f"01/02/{edition}")
    metadata = [["Code", "Indicator Name"], ["GE.EST", "Government Effectiveness"]]
    sheets = {"Data": rows, "Series - Metadata": metadata}
    check(w.write_workbook(tmp_path / "a.xlsx", sheets), table)
    check(w.write_csv(tmp_path / "a.csv", rows), table)
    members = {"x_Data.csv": w.as_csv(rows), "x_Series - Metadata.csv": w.as_csv(metadata)}
    check(w.write_zip(tmp_path / "a.zip", members), table)
    check(w.write_csv(tmp_path / "b.csv", w.series_across(table, series)), table, edition)


def test_the_workbook_with_scores_keeps_the_errors_and_not_the_sources_columns(tmp_path):
    path = w.write_workbook(tmp_path / "a.xlsx", w.new_workbook(SCORES))
    check(path, SCORES, 2025)
    about = formats.open_wgi_file(path, 2025)[1]
    assert "EIU mean" in about["left_out"][0]


@pytest.mark.parametrize("across", [False, True])
def test_data360(tmp_path, across):
    path = w.write_csv(tmp_path / "a.csv", w.data360(SCORES, across=across))
    listed = SCORES[SCORES["estimate"].notna()].reset_index(drop=True)
    check(path, SCORES if across else listed, 2025)
    rows = w.data360(SCORES, across=across)
    rows[7][9] = 3
    with pytest.raises(BadFile, match=r"cell J8: values multiplied by ten to the power of '3'"):
        govlib.wgi.read_file(w.write_csv(tmp_path / "b.csv", rows), 2025)


def test_the_two_measures_in_the_wdi(tmp_path):
    series = {m: w.new_series("_")[m] for m in ("estimate", "score")}
    table = only(SCORES, *series)
    rows = w.series_down(table, series, code="Indicator Code", year="{}", missing="")
    years = ["1960", "1997", "2025"]  # listed, without values
    rows = [[*row[:4], *(years if i == 0 else [""] * 3), *row[4:]] for i, row in enumerate(rows)]
    rows += [["World", "WLD", "n", row[3], *[""] * 6] for row in rows[1:13]]
    rows += [[row[0], row[1], "n", "NY.GDP.PCAP.CD", *["7001.5"] * 6] for row in rows[1:-12:12]]
    head = [
        ["Data Source", "World Development Indicators"],
        [],
        ["Last Updated Date", "2025-12-19"],
    ]
    path = w.write_csv(tmp_path / "a.csv", [*head, [], *rows])
    table, about = formats.open_wgi_file(path)
    pd.testing.assert_frame_equal(table, only(SCORES, *series), check_exact=True)
    left_out = " ".join(about["left_out"])
    assert "aggregates WLD" in left_out
    assert "NY.GDP.PCAP.CD" in left_out
    assert "years without values 1960, 1997, 2025" in left_out


def test_our_own_csv_is_read_and_says_its_edition(tmp_path):
    TABLE.to_csv(tmp_path / "a.csv", index=False)
    check(tmp_path / "a.csv", TABLE)


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-16", "\t"), ("utf-8", ";"), ("cp1252", ","), ("utf-8", "\t")]
)
def test_text_as_other_programs_save_it(tmp_path, encoding, delimiter):
    rows = w.databank(TABLE, w.old_series())
    rows[1][0] = "Principauté d'Andorre"
    text = w.as_csv(rows, delimiter=delimiter).decode()
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    check(tmp_path / "a.txt", TABLE)


@pytest.mark.parametrize("cell", ["#REF!", "#DIV/0!", "=1/0", "=C8", "=IF(1,0.5)"])
def test_an_error_or_a_formula_without_result_in_a_workbook_is_no_missing_value(tmp_path, cell):
    sheets = w.six_sheets(TABLE)
    sheets["RuleofLaw"][8][3] = cell
    answer = re.escape(f"sheet RuleofLaw, cell D9: {cell!r} is not a number")
    path = w.write_workbook(tmp_path / "a.xlsx", sheets)
    with pytest.raises(BadFile, match=answer):
        govlib.wgi.read_file(path)
    archive = w.write_zip(tmp_path / "a.zip", {"a.xlsx": path.read_bytes()})
    with pytest.raises(BadFile, match=answer):
        govlib.wgi.read_file(archive)
    # In a column of the user's own it is nobody's business; #N/A is how a value is missing.
    sheets = w.six_sheets(TABLE, missing=None)
    sheets["RuleofLaw"][5].append("mine")
    sheets["RuleofLaw"][8] += [cell]
    sheets["RuleofLaw"][7][2] = "#N/A"  # openpyxl writes it as an error; ANT has no values
    check(w.write_workbook(tmp_path / "b.xlsx", sheets), TABLE)


@pytest.mark.parametrize("edition", ["2023", True, 1990, 99999, [2023], -1])
def test_what_is_no_year_of_release_is_refused(tmp_path, edition):
    path = w.write_workbook(tmp_path / "a.xlsx", w.six_sheets(TABLE))
    with pytest.raises(BadParameter, match="the year of release is needed"):
        govlib.wgi.read_file(path, edition)


def read_with(tmp_path, update, updated, edition):
    sheets = w.six_sheets(TABLE, update=update)
    sheets["Introduction"].append([f"Last Updated: {updated}"])
    path = w.write_workbook(tmp_path / "a.xlsx", sheets)
    return formats.open_wgi_file(path, edition)


@pytest.mark.parametrize(
    ("update", "updated", "given"),
    [("2023 Update", "", None), ("", "9/29/2023", None), ("", "", 2023), ("", "3/1/2025", 2023)],
)
def test_the_edition_is_said_or_given(tmp_path, update, updated, given):
    table, about = read_with(tmp_path, update, updated, given)
    assert set(table["edition"]) == {2023}
    assert about["edition_from"] == "given" if given else "2023" in about["edition_from"]


@pytest.mark.parametrize(
    ("update", "updated", "given", "answer"),
    [
        ("", "", None, "does not say of which edition .* pass edition=2023"),
        ("", "3/1/2024", None, "last updated in 2024, which need not be its edition"),
        ("2023 Update", "", 2024, "edition 2024 contradicts the file: Introduction: .*2023 Update"),
        ("", "9/29/2023", 2024, "edition 2024 contradicts the file: .*9/29/2023"),
        ("", "", 2022, "edition 2022 contradicts the file: it has values of 2022"),
        ("2022 Update", "", None, "edition 2022 contradicts the file: it has values of 2022"),
    ],
)
def test_an_edition_that_is_not_said_or_contradicted_is_an_error(
    tmp_path, update, updated, given, answer
):
    with pytest.raises(BadFile, match=answer):
        read_with(tmp_path, update, updated, given)


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"", "a: the file is empty"),
        (b"<!DOCTYPE html><title>Error 503</title>", "a page or a message of a server.*Error 503"),
        (b'[{"message": [{"id": "120"}]}]', "a message of a server"),
        (b"PK\x03\x04 torn", "the file is torn"),
        (b"\xd0\xcf\x11\xe0 not a workbook", "an .xls, .xlsb or .ods"),
        (b"s\x02\x01\x00 not Stata", "the Stata file cannot be read"),
        (b'a,b\n"c', "the quoting of the text is broken"),
        (b"economy,gdp\nKAZ,1\n", "nothing in it is of a known layout"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path, content, answer):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(BadFile, match=answer):
        govlib.wgi.read_file(tmp_path / "a", 2023)


def test_a_missing_or_cut_file_is_refused(tmp_path):
    with pytest.raises(BadFile, match="No such file"):
        govlib.wgi.read_file(tmp_path / "none.csv")
    content = w.write_workbook(tmp_path / "a.xlsx", w.six_sheets(TABLE)).read_bytes()
    for size in (100, len(content) // 2, len(content) - 100):
        (tmp_path / "b.xlsx").write_bytes(content[:size])
        with pytest.raises(BadFile, match=r"torn|cannot be read"):
            govlib.wgi.read_file(tmp_path / "b.xlsx")
    content = w.as_csv(w.series_down(TABLE, w.old_series()))
    for size in range(len(content) - 400, len(content) - 5, 7):
        (tmp_path / "b.csv").write_bytes(content[:size])
        with pytest.raises(
            BadFile, match=r"cut off|not whole|not a number|quoting|World Bank code"
        ):
            govlib.wgi.read_file(tmp_path / "b.csv", 2023)


OFFICIAL = {
    "wgidataset-2023.xlsx": (2023, True, 30816),
    "wgidataset-2024.xlsx": (2024, False, 32100),
    "wgidataset-2022.dta": (2022, True, 29532),
    "WGIData-2023.csv": (2023, False, 30816),
    "databank-2023.xlsx": (2023, True, 30816),
}


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_files_equal_the_editions_held(official_files, name):
    edition, says, rows = OFFICIAL[name]
    table = govlib.wgi.read_file(official_files / name, None if says else edition)
    assert len(table) == rows
    pd.testing.assert_frame_equal(table, govlib.wgi.read(edition), check_exact=True)
    if not says:
        with pytest.raises(BadFile, match=f"pass edition={edition}"):
            govlib.wgi.read_file(official_files / name)


def test_the_official_export_of_scores_equals_those_held(official_files):
    table = govlib.wgi.read_file(official_files / "databank-2025.xlsx", 2025)
    keys = ["economy", "year", "dimension"]
    both = table.merge(govlib.wgi.read(2025), on=keys, how="left", suffixes=("", "_held"))
    assert len(both) == 16848
    pd.testing.assert_series_equal(
        both["score"], both["score_held"], check_names=False, check_exact=True
    )
    assert both["score"].notna().sum() == 16189
    assert table["estimate"].isna().all()
    with pytest.raises(BadFile, match="last updated in 2026, which need not be its edition"):
        govlib.wgi.read_file(official_files / "databank-2025.xlsx")


@pytest.mark.parametrize("member", ["", "content.xml", "xl/workbook.bin"])
def test_a_workbook_that_hides_errors_of_formulas_is_to_be_saved_as_xlsx(tmp_path, member):
    path = tmp_path / "a workbook"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))  # .xls, or any with a password
    if member:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("[Content_Types].xml", "")
            archive.writestr(member, "")
    with pytest.raises(BadFile, match=r"a workbook: the file is an \.xls.* Save it as \.xlsx"):
        govlib.wgi.read_file(path)


def test_the_official_workbook_in_a_zip(official_files, tmp_path):
    name = "wgidataset-2023.xlsx"
    path = w.write_zip(tmp_path / "a.zip", {name: (official_files / name).read_bytes()})
    assert len(govlib.wgi.read_file(path)) == 30816


def test_reading_leaves_the_file(tmp_path):
    path = w.write_workbook(tmp_path / "a.xlsx", w.six_sheets(TABLE))
    before = path.read_bytes(), list(tmp_path.iterdir())
    govlib.wgi.read_file(path)
    assert (path.read_bytes(), list(tmp_path.iterdir())) == before
