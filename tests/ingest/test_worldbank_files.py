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
from govlib.errors import BadFile, BadParameter, BadTable
from govlib.ingest import worldbank_files as files
from govlib.ingest.editions import as_released
from govlib.ingest.workbooks import cell_name
from govlib.stats._tables import DIMENSIONS

TABLE, LATER, SCORES = w.small(), w.small(2024), w.scores()
OLD, NEW = w.old_series(), w.new_series()


def check(path, expected, edition=None):
    pd.testing.assert_frame_equal(govlib.wgi.read_file(path, edition), expected, check_exact=True)


def only(table, *measures):
    """Blank all measures but some."""
    table = table.copy()
    for measure in set(wgi.MEASURES) - set(measures):
        table[measure] = pd.Series(float("nan"), table.index).astype(wgi.MEASURES[measure])
    return table


# Every layout.


def as_stata(path, frame, **options):
    frame.to_stata(path, write_index=False, **options)
    return path


def long_stata(path):
    head, *rows = w.long(LATER, missing=None)
    frame = pd.DataFrame(rows, columns=head).astype(dict.fromkeys(head[5:], "float32"))
    return as_stata(path / "a.dta", frame)


def stamped(path, version):
    """Write the Stata file by economy and year, with the date at which it was written."""
    frame = w.stata_by_year(TABLE)
    frame = frame.astype(dict.fromkeys(frame.columns[3:], "f4"))
    stamp = datetime.datetime(2023, 9, 20, 12, 0)
    return as_stata(path / "a.dta", frame, time_stamp=stamp, version=version)


def new_stata(path):
    frame = SCORES[["economy", "year", "dimension", "estimate", "score"]]
    frame = frame.astype({"dimension": str})
    frame.columns = ["econ_code", "wgi_year", *frame.columns[2:]]
    return as_stata(path / "a.dta", frame)


def bulk():
    rows = w.series_down(TABLE, OLD, code="Indicator Code", year="{}", missing="")
    return [[*row, ""] for row in rows]  # lines end with a comma


def bulk_zip(path):
    return w.write_zip(path / "a.zip", {
        "WGIData.csv": b"\xef\xbb\xbf" + w.as_csv(bulk(), quoting=1),
        "WGICountry.csv": w.as_csv([["Country Code", "Short Name"], ["KAZ", "Kazakhstan"]]),
        "WGISeries.csv": w.as_csv([["Series Code", "Topic"], ["GE.EST", "Government"]]),
        "WGIFootNote.csv": w.as_csv([["CountryCode", "SeriesCode", "Year", "DESCRIPTION"]] * 3),
        "readme.pdf": b"%PDF-1.4\0",
    })  # fmt: skip


METADATA = [["Code", "Indicator Name"], ["GE.EST", "Government Effectiveness"]]


def databank_zip(path):
    rows = w.as_csv(w.databank(TABLE, OLD))
    members = {"x_Data.csv": rows, "x_Series - Metadata.csv": w.as_csv(METADATA)}
    return w.write_zip(path / "a.zip", members)


def old_six(name):
    """Give the six sheets with an older header, or with years that are dates."""
    sheets = w.six_sheets(TABLE)
    for rows in list(sheets.values())[1:]:
        if name == "WBCode":
            rows[5][1] = "WBCode"
        else:  # a day of the year, or the number of a year shown as a date
            rows[4][2:8] = [datetime.date(1996, 12, 31)] * 6
            rows[4][8:14] = [datetime.date(1905, 6, 20)] * 6  # 1998
    return sheets


def text(path, encoding, delimiter):
    """Write a text as other programs save it."""
    rows = w.databank(TABLE, OLD)
    rows[1][0] = "Principauté d'Andorre"
    (path / "a.txt").write_bytes(w.as_csv(rows, delimiter=delimiter).decode().encode(encoding))
    return path / "a.txt"


def api_list(path):
    estimates = w.rows_of(SCORES, ["estimate"])
    rows = [[e, f"GOV_WGI_{d.upper()}.EST", y, v] for e, y, d, [v] in estimates]
    head = ["Country Code", "Indicator Code", "Year", "Value"]
    return w.write_csv(path / "a.csv", [head, *rows])


def own_csv(path):
    TABLE.to_csv(path / "a.csv", index=False)
    return path / "a.csv"


def book(sheets):
    return lambda path: w.write_workbook(path / "a.xlsx", sheets)


def rows(made, **options):
    return lambda path: w.write_csv(path / "a.csv", made, **options)


LISTED = SCORES[SCORES["estimate"].notna()].reset_index(drop=True)
FILES = {
    "six sheets": (book(w.six_sheets(TABLE)), TABLE, None),
    "P-Rank": (book(w.six_sheets(TABLE, rank="P-Rank", missing="..")), TABLE, None),
    "blanks": (book(w.six_sheets(TABLE, missing=None, every_year=False)), TABLE, None),
    "edition": (book(w.six_sheets(TABLE, update="2023 Edition")), TABLE, None),
    "WBCode": (book(old_six("WBCode")), TABLE, None),
    "years as dates": (book(old_six("dates")), TABLE, None),
    "long workbook": (book({"Sheet1": w.long(LATER)}), LATER, 2024),
    "long CSV": (rows(w.long(LATER)), LATER, 2024),
    "long Stata": (long_stata, LATER, 2024),
    "Stata 114": (lambda path: stamped(path, 114), TABLE, None),
    "Stata 118": (lambda path: stamped(path, 118), TABLE, None),
    "bulk CSV": (rows(bulk(), quoting=1), TABLE, 2023),
    "bulk zip": (bulk_zip, TABLE, 2023),
    "DataBank": (book({"Data": w.databank(TABLE, OLD), "Metadata": METADATA}), TABLE, None),
    "DataBank CSV": (rows(w.databank(SCORES, NEW, "01/02/2025")), SCORES, None),
    "DataBank zip": (databank_zip, TABLE, None),
    "series across": (rows(w.series_across(TABLE, OLD)), TABLE, 2023),
    "new series across": (rows(w.series_across(SCORES, NEW)), SCORES, 2025),
    "new workbook": (book(w.new_workbook(SCORES)), SCORES, 2025),
    "new Stata": (new_stata, only(SCORES, "estimate", "score"), 2025),
    "Data360": (rows(w.data360(SCORES)), LISTED, 2025),
    "Data360 across": (rows(w.data360(SCORES, across=True)), SCORES, 2025),
    "list of the API": (api_list, only(SCORES, "estimate"), 2025),
    "ours": (own_csv, TABLE, None),
    "UTF-16": (lambda path: text(path, "utf-16", "\t"), TABLE, None),
    "semicolons": (lambda path: text(path, "utf-8", ";"), TABLE, None),
    "cp1252": (lambda path: text(path, "cp1252", ","), TABLE, None),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_every_layout_gives_the_table_it_was_made_from(tmp_path, name):
    write, table, edition = FILES[name]
    path = write(tmp_path)
    before = path.read_bytes(), list(tmp_path.iterdir())
    check(path, table, edition)
    assert (path.read_bytes(), list(tmp_path.iterdir())) == before


def test_what_is_not_of_the_layout_is_left_out_and_named(tmp_path):
    series = {m: w.new_series("_")[m] for m in ("estimate", "score")}
    made = w.series_down(only(SCORES, *series), series, code="Indicator Code", year="{}",
                         missing="")  # fmt: skip
    years = ["1960", "1997", "2025"]  # listed, without values
    made = [[*row[:4], *(years if i == 0 else [""] * 3), *row[4:]] for i, row in enumerate(made)]
    made += [["World", "WLD", "n", row[3], *[""] * 6] for row in made[1:13]]
    made += [[row[0], row[1], "n", "NY.GDP.PCAP.CD", *["7001.5"] * 6] for row in made[1:-12:12]]
    head = [["Data Source", "WDI"], [], ["Last Updated Date", "2025-12-19"], []]
    table, about = files.open_wgi_file(w.write_csv(tmp_path / "a.csv", [*head, *made]))
    pd.testing.assert_frame_equal(table, only(SCORES, *series), check_exact=True)
    left_out = " ".join(about["left_out"])
    for what in ("aggregates WLD", "NY.GDP.PCAP.CD", "years without values 1960, 1997, 2025"):
        assert what in left_out
    path = w.write_workbook(tmp_path / "a.xlsx", w.new_workbook(SCORES))
    assert "EIU mean" in files.open_wgi_file(path, 2025)[1]["left_out"][0]
    words = {"Introduction": [["About Code and Estimate"], ["Code"]], "Metadata": METADATA * 9}
    _, notes = files.read_sheets([*words.items(), ("Sheet1", w.long(TABLE))])
    assert notes.left_out[:2] == ["sheet Introduction", "sheet Metadata"]


def test_an_answer_of_the_api_saved_as_json(tmp_path):
    names = govlib.economies.names()
    entries = [
        {"indicator": {"id": f"GOV_WGI_{d.upper()}.EST"}, "country": {"value": names[e]}}
        | {"date": str(y), "value": v, "countryiso3code": "" if e == "AND" else e}
        for e, y, d, [v] in w.rows_of(SCORES, ["estimate"])
    ]
    entries.append(entries[0] | {"country": {"value": "Arcadia"}, "countryiso3code": ""})
    answer = json.dumps([{"lastupdated": "2025-12-05"}, entries])
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf" + answer.encode())
    read, about = files.open_wgi_file(tmp_path / "a.json")
    pd.testing.assert_frame_equal(read, only(SCORES, "estimate"), check_exact=True)
    assert about["left_out"] == ["rows of Arcadia, which have no code"]


@pytest.mark.parametrize("cell", ["#REF!", "=IF(1,0.5)"])
def test_an_error_or_a_formula_without_result_in_a_workbook_is_no_missing_value(tmp_path, cell):
    sheets = w.six_sheets(TABLE)
    sheets["RuleofLaw"][8][3] = cell
    answer = re.escape(f"sheet RuleofLaw, cell D9: {cell!r} is not a number")
    path = w.write_workbook(tmp_path / "a.xlsx", sheets)
    archive = w.write_zip(tmp_path / "a.zip", {"a.xlsx": path.read_bytes()})
    for file in (path, archive):
        with pytest.raises(BadFile, match=answer):
            govlib.wgi.read_file(file)
    # In a column of the user's own it is nobody's business; #N/A is how a value is missing.
    sheets = w.six_sheets(TABLE, missing=None)
    sheets["RuleofLaw"][5].append("mine")
    sheets["RuleofLaw"][8] += [cell]
    sheets["RuleofLaw"][7][2] = "#N/A"  # openpyxl writes it as an error; ANT has no values
    check(w.write_workbook(tmp_path / "b.xlsx", sheets), TABLE)


@pytest.mark.parametrize("edition", ["2023", True, 1990])
def test_what_is_no_year_of_release_is_refused(tmp_path, edition):
    with pytest.raises(BadParameter, match="the year of release is needed"):
        govlib.wgi.read_file(tmp_path / "a.xlsx", edition)


EDITIONS = [
    # what the title and the date in the file say, what is given; the edition or the error
    ("2023 Update", "", None, 2023),
    ("", "9/29/2023", None, 2023),
    ("", "", 2023, 2023),
    ("", "3/1/2025", 2023, 2023),
    ("", "", None, "does not say of which edition .* pass edition=2023"),
    ("", "3/1/2024", None, "last updated in 2024, which need not be its edition"),
    ("2023 Update", "", 2024, "edition 2024 contradicts the file: Introduction: .*2023 Update"),
    ("", "9/29/2023", 2024, "edition 2024 contradicts the file: .*9/29/2023"),
    ("", "", 2022, "edition 2022 contradicts the file: it has values of 2022"),
    ("2022 Update", "", None, "edition 2022 contradicts the file: it has values of 2022"),
]


@pytest.mark.parametrize(("update", "updated", "given", "answer"), EDITIONS)
def test_the_edition_is_said_or_given_and_not_contradicted(
    tmp_path, update, updated, given, answer
):
    sheets = w.six_sheets(TABLE, update=update)
    sheets["Introduction"].append([f"Last Updated: {updated}"])
    path = w.write_workbook(tmp_path / "a.xlsx", sheets)
    if isinstance(answer, str):
        with pytest.raises(BadFile, match=answer):
            files.open_wgi_file(path, given)
    else:
        table, about = files.open_wgi_file(path, given)
        assert set(table["edition"]) == {answer}
        assert about["edition_from"] == "given" if given else "2023" in about["edition_from"]


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"", "a: it is empty"),
        (b"<!DOCTYPE html><title>Error 503</title>", "a page or a message of a server.*Error 503"),
        (b'[{"message": [{"id": "120"}]}]', "a message of a server"),
        (b"PK\x03\x04 torn", "the file is torn"),
        (b"\xd0\xcf\x11\xe0 not a workbook", "an .xls, .xlsb or .ods"),
        (b"s\x02\x01\x00 not Stata", "the Stata file cannot be read"),
        (b'a,b\n"c', "its quotes are broken"),
        (b"economy,gdp\nKAZ,1\n", "nothing in it is of a known layout"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path, content, answer):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(BadFile, match=answer):
        govlib.wgi.read_file(tmp_path / "a", 2023)


def test_what_is_broken_beside_the_data_in_a_zip_is_left_out_and_named(tmp_path):
    data = w.as_csv(w.databank(TABLE, OLD))
    path = w.write_zip(tmp_path / "a.zip", {"x_Data.csv": data, "x_Metadata.csv": b'a,b\n"c'})
    table, about = files.open_wgi_file(path)
    pd.testing.assert_frame_equal(table, TABLE, check_exact=True)
    assert about["left_out"][0].startswith("file x_Metadata.csv (its quotes are broken")
    w.write_zip(path, {"x_Data.csv": b'a,b\n"c'})
    with pytest.raises(BadFile, match=r"Not read: file x_Data\.csv \(its quotes"):
        govlib.wgi.read_file(path)


def test_hidden_sheets_rows_and_columns_are_left_out_and_named(tmp_path):
    data = w.databank(TABLE, OLD)
    path = w.write_workbook(tmp_path / "a.xlsx", {"Data": data, "Old": data})
    hidden = openpyxl.load_workbook(path)
    hidden["Old"].sheet_state = "hidden"
    hidden["Data"].column_dimensions["E"].hidden = True  # 1996
    hidden.save(path)
    table, about = files.open_wgi_file(path)
    assert set(table["year"]) == {1998, 2022}
    assert about["left_out"][:2] == ["hidden sheet Old", "sheet Data, hidden column E"]
    hidden["Data"].row_dimensions[2].hidden = True
    hidden.save(path)
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
    content = w.as_csv(w.series_down(TABLE, OLD))
    for size in range(len(content) - 400, len(content) - 5, 31):
        (tmp_path / "b.csv").write_bytes(content[:size])
        with pytest.raises(BadFile, match=r"cut off|not whole|not a number|quotes|World Bank code"):
            govlib.wgi.read_file(tmp_path / "b.csv", 2023)


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


OFFICIAL = {
    "wgidataset-2023.xlsx": (2023, True, 30816),
    "wgidataset-2024.xlsx": (2024, False, 32100),
    "wgidataset-2022.dta": (2022, True, 29532),
    "WGIData-2023.csv": (2023, False, 30816),
    "databank-2023.xlsx": (2023, True, 30816),
}


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_files_equal_the_editions_held(official_files, name):
    edition, says, count = OFFICIAL[name]
    table = govlib.wgi.read_file(official_files / name, None if says else edition)
    assert len(table) == count
    pd.testing.assert_frame_equal(table, govlib.wgi.read(edition), check_exact=True)
    if not says:
        with pytest.raises(BadFile, match=f"pass edition={edition}"):
            govlib.wgi.read_file(official_files / name)


def test_the_official_export_of_scores_equals_those_held(official_files):
    table = govlib.wgi.read_file(official_files / "databank-2025.xlsx", 2025)
    keys = ["economy", "year", "dimension"]
    both = table.merge(govlib.wgi.read(2025), on=keys, how="left", suffixes=("", "_held"))
    assert (len(both), both["score"].notna().sum()) == (16848, 16189)
    np.testing.assert_array_equal(both["score"], both["score_held"])
    assert table["estimate"].isna().all()


# Header rows and cells.


@pytest.mark.parametrize(("place", "name"), [(25, "Z1"), (26, "AA1"), (145, "EP1")])
def test_cells_are_named_as_a_spreadsheet_does(place, name):
    assert cell_name("Data", 0, place) == f"sheet Data, cell {name}"


# Copies that users have edited.


SIX = {name: made for name, made in w.six_sheets(TABLE).items() if name != "Introduction"}
LETTERS = w.stata_by_year(TABLE)
MADE = {
    "six": SIX,
    "long": {"": w.long(TABLE)},
    "letters": {"": [list(LETTERS.columns), *LETTERS.astype(object).to_numpy().tolist()]},
    "down": {"": w.series_down(TABLE, OLD)},
    "across": {"": w.series_across(TABLE, OLD)},
    "scores": w.new_workbook(SCORES),
    "360": {"": w.data360(SCORES, across=True)},
}


def copy_of(layout):
    return {name: [list(row) for row in made] for name, made in MADE[layout].items()}


def read(sheets):
    return files.read_sheets(list(sheets.items()))


def edit(made, head, rng, comma):
    """Edit a sheet as a user might, without changing a figure."""

    def as_text(cell):
        if cell == "#N/A":
            return rng.choice(["", "..", "#N/A", None])
        if not isinstance(cell, float) or rng.random() < 0.5:
            return cell
        text = repr(cell).replace(".", ",") if comma else repr(cell)
        return rng.choice([text, f" {text} ", text.replace("-", "\u2212")])

    place = rng.randrange(len(made[head]) + 1)
    for number, row in enumerate(made):
        row[:] = map(as_text, row) if number > head else row
        row += [None] * (place - len(row))
        row.insert(place, ["my note", None, 7.5][number > head and rng.randrange(1, 3)])
        row[place] = None if number < head else row[place]
    body = rng.sample(made[head + 1 :], len(made) - head - 1)
    return [["a note"], *made[: head + 1], *body, [None], ["Source: World Bank, edited"]]


@pytest.mark.parametrize("comma", [False, True])
@pytest.mark.parametrize(("layout", "head"), [("six", 5), ("long", 0), ("down", 0)])
def test_an_edited_copy_gives_the_same_table(layout, head, comma):
    rng = random.Random(f"{layout} {comma}")
    edited = [(name, edit(made, head, rng, comma)) for name, made in copy_of(layout).items()]
    edited.append(("my notes", [["to do"], ["ask", 3.5]]))
    table, _ = files.read_sheets(rng.sample(edited, len(edited)))
    pd.testing.assert_frame_equal(table, TABLE.drop(columns="edition"), check_exact=True)
    order = rng.sample(range(len(MADE["long"][""][0])), len(MADE["long"][""][0]))
    mixed = [[row[place] for place in order] for row in MADE["long"][""]]
    table, _ = files.read_sheets([("Data", mixed)])
    pd.testing.assert_frame_equal(table, TABLE.drop(columns="edition"), check_exact=True)


BAD = ["1.2.3", "0,14 (rev.)", "1 234,5", "n.d.", "12%", "=C7", "#REF!", "62.", 1e6, -99.0]
BAD += [True, datetime.date(2023, 1, 14), "1e400", float("inf")]


@given(st.data(), st.sampled_from(BAD))
@settings(deadline=None, max_examples=12)
def test_a_cell_that_is_no_value_is_named_wherever_it_is(data, bad):
    layout, first, columns = data.draw(
        st.sampled_from([("six", 6, (2, 19)), ("long", 1, (5, 10)), ("down", 1, (4, 6))])
    )
    sheets = copy_of(layout)
    name = data.draw(st.sampled_from(sorted(sheets)))
    row = data.draw(st.integers(first, len(sheets[name]) - 1))
    column = data.draw(st.integers(*columns))
    sheets[name][row][column] = bad
    with pytest.raises(BadFile) as error:
        read(sheets)
    assert str(error.value).startswith(f"{cell_name(name, row, column)}: {bad!r} is not")


def put(row, column, value, name=None):
    """Return a change of one cell, of the first sheet if none is named."""

    def change(sheets):
        sheets[name or next(iter(sheets))][row][column] = value

    return change


def each(change):
    """Return a change of the rows of every sheet."""

    def change_all(sheets):
        for made in sheets.values():
            made[:] = change(made)

    return change_all


def swap(one, other, first):
    """Return a change that puts two columns' figures in each other's place."""

    def change(made):
        for row in made[first:]:
            row[one], row[other] = row[other], row[one]
        return made

    return each(change)


def shift(economy, step):
    """Return a change that moves a row of DataBank to neighbouring years."""

    def change(made):
        [row] = [row for row in made if row[1:4:2] == [economy, "GE.EST"]]
        moved = row[4:]
        row[4:] = [*moved[1:], ".."] if step < 0 else ["..", *moved[:-1]]
        return made

    return each(change)


def move(sheets, one, other):
    sheets[one], sheets[other] = sheets[other], sheets[one]


def lost_errors(layout, error):
    """Return a change that puts an error in every figure of the last row."""

    def change(sheets):
        row = list(sheets.values())[-1][-1]
        first = next(c for c, cell in enumerate(row) if isinstance(cell, float))
        row[first:] = [error] * (len(row) - first)

    return layout, change, rf"cell [A-Z]+\d+: '{re.escape(error)}' is not a number"


def lacking(key):
    """Return a change that takes a row out of the long table."""
    return each(lambda made: [row for row in made if row[0] != key])


GE = "GovernmentEffectiveness"
REFUSED = {
    # headers
    "code": ("six", put(5, 1, "ISO"), "not in it: Code"),
    "measure": ("six", put(5, 3, "Std. dev."), "not in it: standard_error of 1996"),
    "a year": ("six", put(4, 2, "first"), "a year above each column"),
    "years": ("six", each(lambda m: [*m[:4], [None], *m[5:]]), "not in it: a row of years above"),
    "code twice": ("six", put(5, 0, "Code"), "'Code' is in .*cell A6 and .*cell B6"),
    "a measure twice": ("six", put(5, 3, "Estimate"), "C6 and .*D6 hold|standard_error of"),
    "two titles": ("six", put(0, 0, "Rule of Law", GE), "titles above its header say ge and rl"),
    "no header": ("six", each(lambda m: m[6:]), "named after a dimension or has figures by cou"),
    "no measure": ("long", each(lambda m: [r[:6] + r[7:] for r in m]), "long table.*it: stddev"),
    "no year": ("long", put(0, 3, "rank"), "not in it: year"),
    "letters": ("letters", each(lambda m: [r[:27] + r[33:] for r in m]), "not in it: rle, rls, rl"),
    **{f"year {header!r}": ("down", put(0, 6, header), r"cell G1: .* is not a year, such as 1996")
       for header in ("", "2022*", "2022 [YR1996]", "YR2022-23", "#REF!", "#N/A")},
    "series": ("across", put(0, 9, "#REF!"), r"cell J1: .* is not a series"),
    # keys
    "no code": ("long", put(1, 1, "KAZAKHSTAN"), r"cell B2: 'KAZAKHSTAN' is not the World Bank"),
    "blank code": ("long", put(1, 1, ""), r"cell B2: '' is not the World Bank code"),
    "number": ("long", put(1, 1, 51), r"cell B2: 51 is not the World Bank code"),
    "which year": ("long", put(1, 3, "2022?"), r"cell D2: '2022\?' is not a year"),
    "dimension": ("long", put(1, 4, "Corruption"), r"cell E2: 'Corruption' is not a dimension"),
    "twice": ("long", put(1, 4, "pv"), r"AND 1996 pv is there twice: .*cell F2 and .*cell F3"),
    "old and new": ("long", each(lambda m: m + [[r[0], "ROU", *r[2:]] for r in m if "ROM" in r]),
                    "estimate of ROU 1996 va is there twice"),
    "fraction": ("long", put(1, 7, 2.5), r"cell H2: 2.5 is not a whole number of sources"),
    "range": ("long", put(1, 6, 0.0), r"cell G2: 0.0 is not between 0.01 and 2.0"),
    "1918": ("six", each(lambda m: [*m[:4], [1918 if c == 1998 else c for c in m[4]], *m[5:]]),
             r"cell I7: a value of 1918\. The WGI describe 1996"),
    "1997": ("down", put(0, 5, "1997 [YR1997]"), "cell F2: a value of 1997"),
    "thousands": ("360", put(6, 9, 3), "cell J7: multiplied values are not read"),
    # names beside another code
    "name six": ("six", lambda s: put(-1, 0, f" {s[GE][-2][0].upper()} ", GE)(s),
                 rf"sheet {GE}, cell A11: .* is next to the code ROU, .*cell"),
    "name long": ("long", put(-1, 2, "Kazakhstan"), "ROU, but in the editions included next to"),
    # errors are no missing values
    **{f"{layout} {error}": lost_errors(layout, error) for layout, error in zip(
        MADE, ["#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#REF!"], strict=True)},
    # what is published whole
    "sheet": ("six", lambda s: s.pop("RuleofLaw"), r"no values of Rule of Law\. .*put back"),
    "blank": ("six", lambda s: [put(n, slice(2, None), ["#N/A"] * 18, "RuleofLaw")(s)
                                for n in range(6, 11)], "no values of Rule of Law"),
    "rows": ("long", each(lambda m: [r for r in m if "rl" not in r]), "no values of Rule of Law"),
    "new sheet": ("scores", lambda s: s.pop("rl"), "no values of Rule of Law"),
    "row": ("long", lacking("KAZge2022"), r"^KAZ 2022 ge has no row \(lacking in all: 1\)"),
    "years of a row": ("long", put(-1, 3, 2019), "AND 2019 va has no row"),
    "row across": ("across", each(lambda m: [r for r in m if r[:4:3] != [1998, "KAZ"]]),
                   r"KAZ 1998 va has no row \(lacking in all: 6\)"),
    "year of a sheet": ("six", lambda s: s.update(RuleofLaw=[r[:14] for r in s["RuleofLaw"]]),
                        r"AND 2022 rl has no row \(lacking in all: 5\)"),
    "series of one": ("down", each(lambda m: [r for r in m if r[1:4:2] != ["KAZ", "GE.STD.ERR"]]),
                      "KAZ has no row for ge standard_error.*not whole"),
    # figures moved
    "rank, lower": ("six", swap(5, 6, 6), "sheet Voice.*cell F7: percentile_rank .* not between"),
    "lower, upper": ("long", swap(8, 10, 1), "cell I2: percentile_rank .* is not between its bou"),
    "score, error": ("scores", swap(12, 13, 1), "sheet va, cell M2: score .* is not between its b"),
    **{f"{economy} {step}": ("down", shift(economy, step), f"{economy} .... ge has .*but no")
       for economy in ("KAZ", "NAM") for step in (-1, 1)},
    "sheets named": ("scores", lambda s: move(s, "va", "ge"),
                     r"sheet va, cell G2: 'ge' is in a sheet .* after va"),
    # several sheets
    "two layouts": ("six", lambda s: s.update(Data=MADE["down"][""]), "layouts: Voice.*; Data"),
    "twice a sheet": ("six", lambda s: s.update(rl=s["RuleofLaw"]),
                      "is there twice: sheet RuleofLaw, cell C7 and sheet rl"),
    "no values": ("long", each(lambda m: m[:1] + [[*r[:5], *[".."] * 6] for r in m[1:]]),
                  "but no values of economies"),
    # rows of a text
    "cut off": ("down", each(lambda m: [[*r, ""] if n != 2 else r for n, r in enumerate(m)]),
                "row 3 has 7 cells, the header 8: the file is cut off"),
    "commas": ("down", lambda s: s[""].__setitem__(1, [*s[""][1][:4], *["-1", "29"] * 3]),
               "row 2 has 10 cells, the header 7: .* not in quotes"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_copy_that_was_damaged_is_refused_with_what_is_wrong_and_where(name):
    layout, change, answer = REFUSED[name]
    sheets = copy_of(layout)
    change(sheets)
    with pytest.raises((BadFile, BadTable), match=answer):
        read(sheets)


def test_a_sheet_is_not_guessed():
    made = copy_of("six")[GE]
    with pytest.raises(BadFile, match=r"sheet Sheet3: its name and titles .* say no dimension"):
        files.read_sheets([("Sheet3", [["Table 3"], *made[1:]])])
    with pytest.raises(BadFile, match=r"sheet Sheet3: .*has figures by country"):
        files.read_sheets([("Sheet3", made[6:] * 2)])
    # Sheets that say nothing are told by their rows.
    sheets = {f"Sheet{i}": made for i, made in enumerate(MADE["scores"].values())}
    assert set(read(sheets)[0]["dimension"]) == set(DIMENSIONS)


def test_names_that_are_lost_name_nobody(tmp_path):
    for none in ("", "#NAME?", None):
        sheets = copy_of("down")
        for row in sheets[""][-2:]:
            row[0] = none
        assert none not in read(sheets)[1].names.values()
        check(w.write_csv(tmp_path / "a.csv", sheets[""]), TABLE, 2023)


def test_a_selection_from_databank_of_some_dimensions_economies_and_years_is_read():
    some = ["ge", "rl", "cc"]  # in the order of the WGI, not of the alphabet
    part = govlib.wgi.read(2023, economies=["KAZ"], dimensions=some, years=[2018, 2022])
    whole = govlib.wgi.read(2023, economies=["KAZ"], years=[2018, 2022])
    for made in (w.series_down(whole, OLD), w.series_across(whole, OLD)):
        cut = [row for row in made if row[3][:3] not in ("VA.", "PV.", "RQ.")]
        series = [h for h in made[0] if "[" in h and h.split("[")[1][:2] in ("VA", "PV", "RQ")]
        keep = [c for c, h in enumerate(made[0]) if h not in series]
        for body in (cut[1:], cut[:0:-1]):
            few = [[row[c] for c in keep] for row in (cut[0], *body)]
            table, _ = files.read_sheets([("Data", few)])
            pd.testing.assert_frame_equal(table, part.drop(columns="edition"), check_exact=True)


WORLD = govlib.wgi.read(2023, economies=["KAZ", "UZB", "KGZ", "RUS", "EST"], years=[2018, 2022])


@pytest.mark.parametrize(
    ("edit", "answer"),
    [
        ("estimate", r"cell I\d+: percentile_rank 58\.\d+ of KAZ 2022 ge contradicts"),
        ("lower", r"cell J\d+: percentile_rank_lower 0\.0 of KAZ 2022 ge contradicts"),
        (
            "upper",
            r"cell K\d+: percentile_rank_upper .* of EST 2022 ge contradicts .* KAZ \(cell K",
        ),
        ("apart", r"cell I\d+: percentile_rank .* 2022 ge contradicts its estimate"),
        ("score", r"cell E\d: score .* 2024 ge contradicts its estimate"),
    ],
)
def test_a_rank_bound_or_score_that_does_not_go_with_the_estimates_is_refused(edit, answer):
    made = w.long(WORLD)
    places = [row for row in made if row[3:5] == [2022, "ge"]]
    [ours] = [row for row in places if row[1] == "KAZ"]
    if edit == "estimate":
        ours[5] = -ours[5] - 2
    elif edit in ("lower", "upper"):
        ours[9 if edit == "lower" else 10] = 0 if edit == "lower" else 100
    elif edit == "apart":
        for row, cell in zip(places, sorted(row[5] for row in places), strict=True):
            row[5] = cell
    else:
        table = govlib.wgi.read(2025, economies=["EST", "KAZ", "UZB"], years=2024, dimensions="ge")
        table = table[["economy", "year", "dimension", "estimate", "score"]].astype(object)
        made = [list(table.columns), *table.to_numpy().tolist()]
        made[1][3] = 0.0
    with pytest.raises(BadFile, match=answer):
        files.read_sheets([("", made)])


@pytest.mark.parametrize("digits", [1, 3])
def test_a_copy_with_rounded_figures_is_no_contradiction(digits):
    table = govlib.wgi.read(2019, years=2016)
    figures = table.columns[4:].drop("sources")
    table[figures] = table[figures].round(digits)
    found, _ = files.read_sheets([("", w.long(table))])
    pd.testing.assert_frame_equal(found, table.drop(columns="edition"), check_exact=True)


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
