"""Files of every layout give the table they were made from; damaged ones are named by cell."""

import datetime
import json
import random
import re
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
import wgifiles as w
from hypothesis import given, settings
from hypothesis import strategies as st

import govlib
from govlib.datasets import wgi
from govlib.errors import BadFile, BadParameter
from govlib.ingest import worldbank_files as files
from govlib.ingest.checks import as_released
from govlib.stats._tables import DIMENSIONS

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
    about = files.open_wgi_file(path, 2025)[1]
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
    table, about = files.open_wgi_file(path)
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


@pytest.mark.parametrize("cell", ["#REF!", "=IF(1,0.5)"])
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


@pytest.mark.parametrize("edition", ["2023", True, 1990])
def test_what_is_no_year_of_release_is_refused(tmp_path, edition):
    path = w.write_workbook(tmp_path / "a.xlsx", w.six_sheets(TABLE))
    with pytest.raises(BadParameter, match="the year of release is needed"):
        govlib.wgi.read_file(path, edition)


def read_with(tmp_path, update, updated, edition):
    sheets = w.six_sheets(TABLE, update=update)
    sheets["Introduction"].append([f"Last Updated: {updated}"])
    path = w.write_workbook(tmp_path / "a.xlsx", sheets)
    return files.open_wgi_file(path, edition)


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


@pytest.mark.parametrize("name", ["WBCode", "dates"])
def test_older_headers_and_years_as_dates(tmp_path, name):
    sheets = w.six_sheets(TABLE)
    for rows in list(sheets.values())[1:]:
        if name == "WBCode":
            rows[5][1] = "WBCode"
        else:  # a day of the year, or the number of a year shown as a date
            rows[4][2:8] = [datetime.date(1996, 12, 31)] * 6
            rows[4][8:14] = [datetime.date(1905, 6, 20)] * 6  # 1998
    check(w.write_workbook(tmp_path / "a.xlsx", sheets), TABLE)


def test_the_stata_file_from_2025(tmp_path):
    table = only(SCORES, "estimate", "score")
    frame = table[["economy", "year", "dimension", "estimate", "score"]].astype({"dimension": str})
    frame.columns = ["econ_code", "wgi_year", *frame.columns[2:]]
    frame.to_stata(tmp_path / "a.dta", write_index=False)
    check(tmp_path / "a.dta", table, 2025)


def test_lists_of_the_api(tmp_path):
    table = only(SCORES, "estimate")
    head = ["Country Code", "Indicator Code", "Year", "Value"]
    listed = [
        [e, f"GOV_WGI_{d.upper()}.EST", y, v] for e, y, d, [v] in w.rows_of(table, ["estimate"])
    ]
    check(w.write_csv(tmp_path / "a.csv", [head, *listed]), table, 2025)
    names = govlib.economies.names()
    entries = [
        {"indicator": {"id": s}, "country": {"value": names[e]}, "date": str(y), "value": v}
        | {"countryiso3code": "" if e == "AND" else e}
        for e, s, y, v in listed
    ]
    entries.append(entries[0] | {"country": {"value": "Arcadia"}, "countryiso3code": ""})
    answer = json.dumps([{"lastupdated": "2025-12-05"}, entries])
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf" + answer.encode())
    read, about = files.open_wgi_file(tmp_path / "a.json")
    pd.testing.assert_frame_equal(read, table, check_exact=True)
    assert about["left_out"] == ["rows of Arcadia, which have no code"]


def test_what_is_broken_beside_the_data_in_a_zip_is_left_out_and_named(tmp_path):
    data = w.as_csv(w.databank(TABLE, w.old_series()))
    path = w.write_zip(tmp_path / "a.zip", {"x_Data.csv": data, "x_Metadata.csv": b'a,b\n"c'})
    table, about = files.open_wgi_file(path)
    pd.testing.assert_frame_equal(table, TABLE, check_exact=True)
    assert about["left_out"][0].startswith("file x_Metadata.csv (the quoting of the text is broken")
    w.write_zip(path, {"x_Data.csv": b'a,b\n"c'})
    with pytest.raises(BadFile, match=r"Not read: file x_Data\.csv \(the quoting"):
        govlib.wgi.read_file(path)


def test_hidden_sheets_rows_and_columns_are_left_out_and_named(tmp_path):
    rows = w.databank(TABLE, w.old_series())
    path = w.write_workbook(tmp_path / "a.xlsx", {"Data": rows, "Old": rows})
    book = openpyxl.load_workbook(path)
    book["Old"].sheet_state = "hidden"
    book["Data"].column_dimensions["E"].hidden = True  # 1996
    book.save(path)
    table, about = files.open_wgi_file(path)
    assert set(table["year"]) == {1998, 2022}
    assert about["left_out"][:2] == ["hidden sheet Old", "sheet Data, hidden column E"]
    book["Data"].row_dimensions[2].hidden = True
    book.save(path)
    with pytest.raises(BadFile, match=r"AND has no row.* Hidden, and so not read: .* row 2"):
        files.open_wgi_file(path)


def test_a_missing_or_cut_file_is_refused(tmp_path):
    with pytest.raises(BadFile, match="No such file"):
        govlib.wgi.read_file(tmp_path / "none.csv")
    content = w.write_workbook(tmp_path / "a.xlsx", w.six_sheets(TABLE)).read_bytes()
    for size in (100, len(content) // 2, len(content) - 100):
        (tmp_path / "b.xlsx").write_bytes(content[:size])
        with pytest.raises(BadFile, match=r"torn|cannot be read"):
            govlib.wgi.read_file(tmp_path / "b.xlsx")
    content = w.as_csv(w.series_down(TABLE, w.old_series()))
    for size in range(len(content) - 400, len(content) - 5, 31):
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


# Header rows.


@pytest.mark.parametrize(
    ("text", "series"),
    [
        ("GE.EST", ("ge", "estimate")),
        ("va.per.rnk.lower", ("va", "percentile_rank_lower")),
        ("GOV_WGI_RL.SC_UB", ("rl", "score_upper")),
        ("GOV_WGI_RL_SC", ("rl", "score")),
        ("WB_WGI_GOV_WGI_CC", ("cc", None)),
        ("GOV_WGI_CC.NEW", ("cc", "")),
        ("pv", ("pv", None)),
        ("Political Stability and Absence of Violence/Terrorism", ("pv", None)),
        ("NY.GDP.PCAP.CD", None),
        ("GE.EST.X", None),
        ("RL.TAX", None),
    ],
)
def test_series_are_parsed(text, series):
    assert files.parse_series(text) == series


@pytest.mark.parametrize(("place", "name"), [(0, "A1"), (25, "Z1"), (26, "AA1"), (145, "EP1")])
def test_cells_are_named_as_a_spreadsheet_does(place, name):
    assert files.cell_name("", 0, place) == f"cell {name}"
    assert files.cell_name("Data", 0, place) == f"sheet Data, cell {name}"


def read_sheet(name, rows):
    return files.read_sheets([(name, rows)])


def sheet(name="GovernmentEffectiveness"):
    return w.six_sheets(TABLE)[name]


def damaged(change):
    rows = sheet()
    change(rows)
    return rows


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (lambda r: r[5].__setitem__(1, "ISO"), "not in it: Code"),
        (lambda r: r[5].__setitem__(3, "Std. dev."), "not in it: standard_error of 1996"),
        (lambda r: r[4].__setitem__(2, "first"), "a year above each column"),
        (lambda r: r.__setitem__(4, [None]), "not in it: a row of years above"),
        (lambda r: r[5].__setitem__(0, "Code"), "'Code' is in .*cell A6 and .*cell B6"),
        (lambda r: r[5].__setitem__(3, "Estimate"), "C6 and .*D6 hold the same|standard_error of"),
        (lambda r: r.__setitem__(0, ["Rule of Law"]), "name and titles say ge and rl"),
        (lambda r: r.__delitem__(slice(4, 6)), "named after a dimension or has figures by economy"),
    ],
)
def test_a_sheet_that_is_nearly_of_a_layout_is_refused_with_what_is_wrong(change, answer):
    with pytest.raises(BadFile, match=answer):
        read_sheet("GovernmentEffectiveness", damaged(change))


def test_a_sheet_without_a_dimension_is_refused_not_guessed():
    rows = damaged(lambda r: r.__setitem__(0, ["Table 3"]))
    with pytest.raises(BadFile, match="sheet Sheet3: neither its name nor a title"):
        read_sheet("Sheet3", rows)


def test_a_measure_lacking_from_a_long_table_is_named():
    rows = [row[:6] + row[7:] for row in w.long(TABLE)]
    with pytest.raises(BadFile, match=r"long table.*not in it: stddev"):
        read_sheet("Sheet1", rows)
    rows = [[*row[:3], "rank", *row[4:]] if i == 0 else row for i, row in enumerate(w.long(TABLE))]
    with pytest.raises(BadFile, match="not in it: year"):
        read_sheet("Sheet1", rows)


def test_figures_without_a_header_are_refused_whatever_the_name_of_the_sheet():
    rows = sheet()
    del rows[:6]
    with pytest.raises(BadFile, match=r"sheet Sheet3: .*has figures by economy"):
        read_sheet("Sheet3", [*rows, *rows])
    rows = damaged(lambda r: r.__setitem__(5, ["", "Code", "Est.", *["?"] * 17]))
    with pytest.raises(BadFile, match="has figures by economy"):
        read_sheet("Sheet3", rows + rows[6:])


def test_a_page_of_words_is_left_alone():
    words = {"Introduction": [["About Code and Estimate"], ["Code"]]}
    words["Series - Metadata"] = [["Code", "Indicator Name"]] * 9
    _, notes = files.read_sheets([*words.items(), ("Sheet1", w.long(TABLE))])
    assert notes.left_out[:2] == ["sheet Introduction", "sheet Series - Metadata"]


# Copies that users have edited.


SIX = {name: rows for name, rows in w.six_sheets(TABLE).items() if name != "Introduction"}


def as_text(cell, comma, rng):
    """Write a number as text, sometimes as people do."""
    if not isinstance(cell, float) or not rng.random() < 0.5:
        return cell
    text = repr(cell).replace(".", ",") if comma else repr(cell)
    return rng.choice([text, f" {text} ", text.replace("-", "\u2212")])


def edit(sheets, rng, *, comma, drop_titles):
    """Edit a workbook as a user might, without changing a figure."""
    edited = []
    for name, rows in sheets.items():
        rows = [list(row) for row in rows]
        head = next(i for i, row in enumerate(rows) if "Code" in row)
        for i in range(head + 1, len(rows)):
            rows[i][2:] = [as_text(cell, comma, rng) for cell in rows[i][2:]]
            rows[i][2:] = [
                rng.choice(["", "..", "#N/A", None]) if c == "#N/A" else c for c in rows[i][2:]
            ]
        for number in range(rng.randrange(3)):  # columns of the user's own
            place = rng.randrange(len(rows[head]) + 1)
            for i, row in enumerate(rows):
                row += [None] * (place - len(row))
                row.insert(place, f"my note {number}" if i == head else rng.choice([None, 7.5]))
            for row in rows[:head]:
                row[place] = None
        body = rows[head + 1 :]
        rng.shuffle(body)
        above = rows[1:head] if drop_titles else [["a note"]] * rng.randrange(4) + rows[:head]
        below = [[None], ["Source: World Bank, edited"]][: rng.randrange(3)]
        named = (
            name if drop_titles else rng.choice([name, f"Sheet{len(edited)}", f"my {name}"[:31]])
        )
        edited.append((named, [*above, rows[head], *body, *below]))
    edited.insert(rng.randrange(7), ("my notes", [["to do"], ["ask", 3.5]]))
    rng.shuffle(edited)
    return edited


@given(st.integers(0, 10**6), st.booleans(), st.booleans())
@settings(deadline=None, max_examples=6)
def test_an_edited_workbook_gives_the_same_table(seed, comma, drop_titles):
    rng = random.Random(seed)
    table, _ = files.read_sheets(edit(SIX, rng, comma=comma, drop_titles=drop_titles))
    pd.testing.assert_frame_equal(table, TABLE.drop(columns="edition"), check_exact=True)


def test_reordered_columns_and_rows_of_other_layouts_read_right():
    rng = random.Random(7)
    for rows in (w.long(TABLE), w.series_down(TABLE, w.old_series())):
        order = rng.sample(range(len(rows[0])), len(rows[0]))
        body = rng.sample(rows[1:], len(rows) - 1)
        mixed = [[row[place] for place in order] + ["extra"] for row in [rows[0], *body]]
        table, _ = files.read_sheets([("Data", mixed)])
        pd.testing.assert_frame_equal(table, TABLE.drop(columns="edition"), check_exact=True)


BAD = ["1.2.3", "0,14 (rev.)", "1 234,5", "n.d.", "12%", "=C7", "#REF!", "62.", 1e6, -99.0]
BAD += [True, datetime.date(2023, 1, 14), "1e400", float("inf")]


@given(st.data(), st.sampled_from(BAD))
@settings(deadline=None, max_examples=12)
def test_a_cell_that_is_no_value_is_named_wherever_it_is(data, bad):
    layout = data.draw(st.sampled_from(["six", "long", "down"]))
    if layout == "six":
        sheets = {name: [list(row) for row in rows] for name, rows in SIX.items()}
        name = data.draw(st.sampled_from(sorted(sheets)))
        first, last = 6, len(sheets[name])
        column = data.draw(st.integers(2, 19))
    else:
        name = "Data"
        rows = w.long(TABLE) if layout == "long" else w.series_down(TABLE, w.old_series())
        sheets = {name: rows}
        first, last = 1, len(rows)
        column = data.draw(st.integers(5, 10) if layout == "long" else st.integers(4, 6))
    row = data.draw(st.integers(first, last - 1))
    sheets[name][row][column] = bad
    with pytest.raises(BadFile) as error:
        files.read_sheets(list(sheets.items()))
    assert str(error.value).startswith(f"{files.cell_name(name, row, column)}: {bad!r} is not")


@pytest.mark.parametrize(
    ("place", "cell", "answer"),
    [
        ((1, 1), "KAZAKHSTAN", r"cell B2: 'KAZAKHSTAN' is not the World Bank code of an economy"),
        ((1, 1), "", r"cell B2: '' is not the World Bank code"),
        ((1, 1), 51, r"cell B2: 51 is not the World Bank code"),
        ((1, 3), "2022?", r"cell D2: '2022\?' is not a year"),
        ((1, 4), "Corruption", r"cell E2: 'Corruption' is not a dimension or series"),
        ((1, 4), "pv", r"estimate of AND 1996 pv is there twice: .*cell F2 and .*cell F3"),
        ((1, 7), 2.5, r"cell H2: 2.5 is not a whole number of sources"),
        ((1, 6), 0.0, r"cell G2: 0.0 is not between 0.01 and 2.0, where standard_error is"),
    ],
)
def test_a_key_that_is_none_is_named(place, cell, answer):
    rows = w.long(TABLE)
    rows[place[0]][place[1]] = cell
    with pytest.raises(BadFile, match=answer):
        files.read_sheets([("Sheet1", rows)])


def test_old_and_new_code_of_an_economy_are_not_both_read():
    rows = w.long(TABLE)
    rows += [[*row[:1], "ROU", *row[2:]] for row in rows if row[1] == "ROM"]
    with pytest.raises(BadFile, match="estimate of ROU 1996 va is there twice"):
        files.read_sheets([("Sheet1", rows)])


def test_series_that_an_economy_lacks_are_named():
    rows = w.series_down(TABLE, w.old_series())
    short = [row for row in rows if row[1] != "KAZ" or row[3] != "GE.STD.ERR"]
    with pytest.raises(BadFile, match=r"KAZ has no row for ge standard_error.*not whole"):
        files.read_sheets([("", short)])


@pytest.mark.parametrize(
    "header", ["", "2022*", "2022 (est.)", "2022 [YR1996]", "YR2022-23", "#REF!", "#name?", "#N/A"]
)
def test_a_column_whose_year_is_damaged_is_refused_and_not_left_out(header):
    rows = w.series_down(TABLE, w.old_series())
    rows[0][6] = header
    with pytest.raises(BadFile, match=r"sheet Data, cell G1: .* is not a year, such as 1996"):
        files.read_sheets([("Data", rows)])


@pytest.mark.parametrize("header", ["", "#REF!"])
def test_a_column_whose_series_is_lost_is_refused_and_not_left_out(header):
    rows = w.series_across(TABLE, {"estimate": "{}.EST"})
    rows[0][9] = header
    with pytest.raises(BadFile, match=r"sheet Data, cell J1: .* is not a series"):
        files.read_sheets([("Data", rows)])
    rows[0][9] = "mine"
    assert "cc" not in set(files.read_sheets([("Data", rows)])[0]["dimension"])


@pytest.mark.parametrize(
    ("layout", "error"),
    [
        ("six", "#REF!"),
        ("long", "#VALUE!"),
        ("letters", "#DIV/0!"),
        ("down", "#NAME?"),
        ("across", "#NUM!"),
        ("scores", "#NULL!"),
        ("360", "#REF!"),
    ],
)
def test_an_error_in_every_measure_of_a_row_is_no_missing_value(layout, error):
    frame = w.stata_by_year(TABLE)
    sheets = {
        "six": lambda: SIX,
        "long": lambda: {"": w.long(TABLE)},
        "letters": lambda: {"": [list(frame.columns), *frame.astype(object).to_numpy().tolist()]},
        "down": lambda: {"": w.series_down(TABLE, w.old_series())},
        "across": lambda: {"": w.series_across(TABLE, w.old_series())},
        "scores": lambda: w.new_workbook(w.scores()),
        "360": lambda: {"": w.data360(w.scores(), across=True)},
    }[layout]()
    name, rows = list(sheets.items())[-1]
    first = next(c for c, cell in enumerate(rows[-1]) if isinstance(cell, float))
    wrong = [[*rows[-1][:first], *[error] * (len(rows[-1]) - first)]]
    with pytest.raises(BadFile, match=rf"cell [A-Z]+{len(rows)}: '{re.escape(error)}' is not a"):
        files.read_sheets(list({**sheets, name: rows[:-1] + wrong}.items()))


def without(sheets, dimension):
    """Take a dimension's rows out of long sheets."""
    return {
        name: [row for row in rows if dimension not in row[:7]] for name, rows in sheets.items()
    }


def test_a_file_that_is_published_with_six_dimensions_and_lacks_some_is_refused():
    blank = {name: [list(row) for row in rows] for name, rows in SIX.items()}
    for row in blank["RuleofLaw"][6:]:
        row[2:] = ["#N/A"] * (len(row) - 2)
    for sheets in (
        {name: rows for name, rows in SIX.items() if name != "RuleofLaw"},
        blank,
        without({"Sheet1": w.long(TABLE)}, "rl"),
        {name: rows for name, rows in w.new_workbook(w.scores()).items() if name != "rl"},
        without(w.new_workbook(w.scores()), "rl"),
    ):
        with pytest.raises(BadFile, match=r"it has no values of Rule of Law\. The World Bank pub"):
            files.read_sheets(list(sheets.items()))
    frame = w.stata_by_year(TABLE)
    frame = frame[[column for column in frame if not column.startswith("rl")]]
    with pytest.raises(BadFile, match=r"these are not in it: rle, rls, rln, rlr, rll, rlu\."):
        read_sheet("", [list(frame.columns), *frame.astype(object).to_numpy().tolist()])
    for name in ("VoiceandAccountability", "ControlofCorruption"):
        few = {other: rows for other, rows in SIX.items() if other != name}
        with pytest.raises(BadFile, match=r"no values of .* put back the sheets"):
            files.read_sheets(list(few.items()))


def test_a_selection_from_databank_of_some_dimensions_economies_and_years_is_read():
    some = ["ge", "rl", "cc"]  # in the order of the WGI, not of the alphabet
    part = govlib.wgi.read(2023, economies=["KAZ"], dimensions=some, years=[2018, 2022])
    whole = govlib.wgi.read(2023, economies=["KAZ"], years=[2018, 2022])
    for rows in (w.series_down(whole, w.old_series()), w.series_across(whole, w.old_series())):
        cut = [row for row in rows if row[3][:3] not in ("VA.", "PV.", "RQ.")]
        series = [h for h in rows[0] if "[" in h and h.split("[")[1][:2] in ("VA", "PV", "RQ")]
        keep = [c for c, h in enumerate(rows[0]) if h not in series]
        cut = [[row[c] for c in keep] for row in (cut[0], *reversed(cut[1:]))]
        table, _ = files.read_sheets([("Data", cut)])
        pd.testing.assert_frame_equal(table, part.drop(columns="edition"), check_exact=True)


def test_rows_of_one_measure_are_in_the_order_of_the_dimensions():
    head, *rows = w.series_down(TABLE, {"estimate": "{}.EST"})
    rows = sorted((row for row in rows if row[3][:2] in ("GE", "RL", "CC")), key=str)
    for few in (rows, rows[::-1]):
        table = files.read_sheets([("Data", [head, *few])])[0]
        assert list(dict.fromkeys(table["dimension"])) == ["ge", "rl", "cc"]


@pytest.mark.parametrize("change", ["row", "code", "year", "aggregate", "blank"])
def test_a_row_that_a_long_table_lacks_is_named(change):
    rows = w.long(TABLE, missing=None)
    [place] = [i for i, row in enumerate(rows) if row[0] == "KAZge2022"]
    if change == "row":
        del rows[place]
    elif change == "blank":
        rows[place] = ["KAZge2022", *[None] * (len(rows[0]) - 1)]
    else:
        column, value = {"code": (1, "KAX"), "year": (3, 2019), "aggregate": (1, "ECA")}[change]
        rows[place][column] = value
        rows[place][2] = ""
    with pytest.raises(BadFile, match=r"^(KAZ 2022 ge|AND 2019 va|KAX 1996 va) has no row, though"):
        files.read_sheets([("Sheet1", rows)])


def test_a_row_that_a_table_by_economy_and_year_lacks_is_named():
    rows = w.series_across(TABLE, w.old_series())
    [place] = [i for i, row in enumerate(rows) if row[0] == 1998 and row[3] == "KAZ"]
    del rows[place]
    with pytest.raises(BadFile, match=r"KAZ 1998 va has no row, .*\(lacking in all: 6\)"):
        files.read_sheets([("Data", rows)])
    sheets = {name: [list(row) for row in rows] for name, rows in SIX.items()}
    for row in sheets["RuleofLaw"]:
        del row[14:20]  # 2022
    with pytest.raises(BadFile, match=r"AND 2022 rl has no row, .*\(lacking in all: 5\)"):
        files.read_sheets(list(sheets.items()))


@pytest.mark.parametrize("layout", ["six", "long", "down"])
@pytest.mark.parametrize("year", [1918, 1997])
def test_a_value_of_a_year_that_no_edition_describes_is_refused(layout, year):
    if layout == "six":
        sheets = {name: [list(row) for row in rows] for name, rows in SIX.items()}
        sheets["RuleofLaw"][4][8:14] = [year] * 6
        place = "sheet RuleofLaw, cell I7"
    elif layout == "long":
        sheets = {"": [[year if cell == 1998 else cell for cell in r] for r in w.long(TABLE)]}
        place = "cell F"
    else:
        sheets, place = {"": w.series_down(TABLE, w.old_series())}, "cell F2"
        sheets[""][0][5] = f"{year} [YR{year}]"
    with pytest.raises(BadFile, match=rf"^{place}.*: a value of {year}\. The WGI describe 1996"):
        files.read_sheets(list(sheets.items()))


WORLD = govlib.wgi.read(2023, economies=["KAZ", "UZB", "KGZ", "RUS", "EST"], years=[2018, 2022])


@pytest.mark.parametrize("edit", ["one", "bound", "upper", "apart", "score"])
def test_a_rank_bound_or_score_that_does_not_go_with_the_estimates_is_refused(edit):
    if edit == "score":
        table = govlib.wgi.read(2025, economies=["EST", "KAZ", "UZB"], years=2024, dimensions="ge")
        table = table[["economy", "year", "dimension", "estimate", "score"]].astype(object)
        sheets = {"": [list(table.columns), *table.to_numpy().tolist()]}
        sheets[""][1][3] = 0.0
        place = r"cell E\d: score .* 2024 ge contradicts its estimate: ... \(cell E\d\) has a"
    else:
        rows = w.long(WORLD)
        sheets = {"": rows}
        places = [i for i, row in enumerate(rows) if row[3:5] == [2022, "ge"]]
        [place] = [i for i in places if rows[i][1] == "KAZ"]
        if edit == "one":
            rows[place][5] = -rows[place][5] - 2
            place = rf"cell I{place + 1}: percentile_rank 58\.\d+ of KAZ 2022 ge contradicts"
        elif edit == "bound":
            rows[place][9] = 0
            place = rf"cell J{place + 1}: percentile_rank_lower 0\.0 of KAZ 2022 ge contradicts"
        elif edit == "upper":
            rows[place][10] = 100
            place = rf"EST 2022 ge contradicts its estimate: KAZ \(cell K{place + 1}\) has a lower"
        else:
            for i, cell in zip(places, sorted(rows[i][5] for i in places), strict=True):
                rows[i][5] = cell
            place = r"cell I\d+: percentile_rank .* 2022 ge contradicts its estimate: ... \(cell I"
    with pytest.raises(BadFile, match=place):
        files.read_sheets(list(sheets.items()))


@pytest.mark.parametrize("digits", [1, 2, 3])
def test_a_copy_with_rounded_figures_is_no_contradiction(digits):
    for table in (govlib.wgi.read(2023), govlib.wgi.read(2019)):
        table = table[table["year"] == 2016].reset_index(drop=True)
        figures = table.columns[4:].drop("sources")
        table[figures] = table[figures].round(digits)
        read, _ = files.read_sheets([("", w.long(table))])
        pd.testing.assert_frame_equal(read, table.drop(columns="edition"), check_exact=True)


@pytest.mark.parametrize("layout", ["six", "long", "down"])
def test_a_name_beside_another_economys_code_is_refused_by_cell(layout):
    made = {"six": SIX, "long": {"": w.long(TABLE)}}
    made["down"] = {"": w.series_down(TABLE, w.old_series())}
    sheets = {name: [list(row) for row in rows] for name, rows in made[layout].items()}
    name, rows = list(sheets.items())[-1]
    place, column = len(rows) - 1, 2 if layout == "long" else 0
    first = rows[-2][column] if layout == "six" else rows[1][column]
    rows[-1][column] = f" {first.upper()} "
    answer = rf"{files.cell_name(name, place, column)}: .* is next to the code ROU, .*cell"
    with pytest.raises(BadFile, match=answer):
        files.read_sheets(list(sheets.items()))
    rows[-1][column] = "Kazakhstan"
    with pytest.raises(BadFile, match=r"'Kazakhstan' .* ROU, but in the editions included next"):
        files.read_sheets(list(sheets.items()))
    for none in ("", "#NAME?", "#N/A", None):
        rows[-1][column] = none
        rows[-2][column] = none
        assert none not in files.read_sheets(list(sheets.items()))[1].names.values()


@pytest.mark.parametrize(
    ("layout", "one", "other", "place"),
    [
        ("six", 5, 6, "sheet VoiceandAccountability, cell F7: percentile_rank"),  # rank, lower
        ("six", 6, 7, "sheet VoiceandAccountability, cell F7: percentile_rank"),  # lower, upper
        ("long", 8, 10, "sheet Sheet1, cell I2: percentile_rank"),
        ("scores", 12, 13, "sheet va, cell M2: score"),  # score, its error
        ("scores", 14, 15, "sheet va, cell M2: score"),
    ],
)
def test_figures_in_each_others_columns_are_seen_by_their_bounds(layout, one, other, place):
    made = {"six": SIX, "long": {"Sheet1": w.long(TABLE)}, "scores": w.new_workbook(w.scores())}
    sheets = {name: [list(row) for row in rows] for name, rows in made[layout].items()}
    for rows in sheets.values():
        for row in rows[6 if layout == "six" else 1 :]:
            row[one], row[other] = row[other], row[one]
    with pytest.raises(BadFile, match=f"{place} .* is not between its bounds"):
        files.read_sheets(list(sheets.items()))


def test_sheets_of_different_layouts_or_twice_the_same_are_refused():
    with pytest.raises(BadFile, match=r"different layouts: VoiceandAccountability .*; Data"):
        files.read_sheets([*SIX.items(), ("Data", w.series_down(TABLE, w.old_series()))])
    with pytest.raises(BadFile, match="is there twice: sheet RuleofLaw, cell C7 and sheet rl"):
        files.read_sheets([*SIX.items(), ("rl", SIX["RuleofLaw"])])


def test_a_sheet_named_after_another_dimension_than_its_rows_is_refused():
    sheets = w.new_workbook(w.scores())
    sheets["va"], sheets["ge"] = sheets["ge"], sheets["va"]
    with pytest.raises(BadFile, match=r"sheet va, cell G2: 'ge' is in a sheet .* after va"):
        files.read_sheets(list(sheets.items()))
    sheets = {f"Sheet{i}": rows for i, rows in enumerate(sheets.values())}
    assert set(files.read_sheets(list(sheets.items()))[0]["dimension"]) == set(DIMENSIONS)


def test_a_file_without_values_is_refused():
    rows = w.long(TABLE)
    empty = [rows[0], *([*row[:5], *[".."] * 6] for row in rows[1:])]
    with pytest.raises(BadFile, match="but no values of economies"):
        files.read_sheets([("Sheet1", empty)])


def test_a_row_shifted_left_in_a_text_whose_lines_end_with_a_comma_is_refused():
    rows = [[*row, ""] for row in w.series_down(TABLE, w.old_series())]  # as the bulk CSV
    del rows[2][4]
    with pytest.raises(BadFile, match=r"row 3 has 7 cells, the header 8: the file is cut off"):
        files.read_sheets([("", rows)])


@pytest.mark.parametrize("economy", ["KAZ", "ANT"])  # without gaps and with
@pytest.mark.parametrize("step", [-1, 1])
def test_a_row_of_a_workbook_shifted_to_a_neighbouring_year_is_refused(economy, step):
    table = govlib.wgi.read(2023, economies=["KAZ", "ANT", "GEO"])
    rows = w.databank(table, w.old_series())
    [place] = [i for i, row in enumerate(rows) if row[1:4:2] == [economy, "GE.EST"]]
    moved = rows[place][4:]
    rows[place][4:] = [*moved[1:], ".."] if step < 0 else ["..", *moved[:-1]]
    said = f"sheet Data, cell .*: {economy} .... ge has (estimate, but no|.*, but no estimate:)"
    with pytest.raises(BadFile, match=said):
        files.read_sheets([("Data", rows)])


def test_decimal_commas_without_quotes_are_refused_by_row():
    rows = w.series_down(TABLE, w.old_series())
    rows[1] = [*rows[1][:4], "-1", "29", "-1", "17", "-1", "27"]
    with pytest.raises(BadFile, match=r"row 2 has 10 cells, the header 7: .* not in quotes"):
        files.read_sheets([("", rows)])


# Digits of the release.


@pytest.mark.parametrize(
    ("edition", "value", "released"),
    [
        (2023, 0.143430486321449, 0.14343049),  # as a workbook or DataBank writes a 32-bit number
        (2023, 0.14, 0.14),
        (2025, 14.874578699999999, 14.8745787),
        (2025, 0.143430486321449, 0.143430486321449),
        (2025, float("nan"), float("nan")),
    ],
)
def test_values_are_written_in_the_digits_of_their_release(edition, value, released):
    table = govlib.wgi.read(edition, economies="KAZ", dimensions="ge").assign(estimate=value)
    found = as_released(table)["estimate"]
    np.testing.assert_array_equal(found, np.full(len(found), released))
    assert table["estimate"].equals(pd.Series(value, table.index))


@pytest.mark.parametrize("edition", [2019, 2023, 2025])
def test_editions_included_are_as_released(edition):
    table = govlib.wgi.read(edition)
    pd.testing.assert_frame_equal(as_released(table), table, check_exact=True)
