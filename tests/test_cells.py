"""Copies that users have edited: read right, or refused with sheet and cell; nothing guessed."""

import datetime
import random
import re

import pandas as pd
import pytest
import wgifiles as w
from hypothesis import given, settings
from hypothesis import strategies as st

import govlib
from govlib.errors import BadFile
from govlib.ingest import cells
from govlib.ingest.layouts import cell_name
from govlib.stats._tables import DIMENSIONS

TABLE = w.small()
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
@settings(deadline=None, max_examples=60)
def test_an_edited_workbook_gives_the_same_table(seed, comma, drop_titles):
    rng = random.Random(seed)
    table, _ = cells.read_sheets(edit(SIX, rng, comma=comma, drop_titles=drop_titles))
    pd.testing.assert_frame_equal(table, TABLE.drop(columns="edition"), check_exact=True)


def test_an_edited_workbook_survives_excel(tmp_path):
    for seed in range(4):
        sheets = edit(SIX, random.Random(seed), comma=bool(seed % 2), drop_titles=seed > 1)
        path = w.write_workbook(tmp_path / "a.xlsx", dict(sheets))
        pd.testing.assert_frame_equal(govlib.wgi.read_file(path, 2023), TABLE, check_exact=True)


def test_reordered_columns_and_rows_of_other_layouts_read_right():
    rng = random.Random(7)
    for rows in (w.long(TABLE), w.series_down(TABLE, w.old_series())):
        order = rng.sample(range(len(rows[0])), len(rows[0]))
        body = rng.sample(rows[1:], len(rows) - 1)
        mixed = [[row[place] for place in order] + ["extra"] for row in [rows[0], *body]]
        table, _ = cells.read_sheets([("Data", mixed)])
        pd.testing.assert_frame_equal(table, TABLE.drop(columns="edition"), check_exact=True)


BAD = ["1.2.3", "0,14 (rev.)", "1 234,5", "n.d.", "12%", "=C7", "#REF!", "62.", 1e6, -99.0]
BAD += [True, datetime.date(2023, 1, 14), "1e400", float("inf")]


@given(st.data(), st.sampled_from(BAD))
@settings(deadline=None, max_examples=80)
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
        cells.read_sheets(list(sheets.items()))
    assert str(error.value).startswith(f"{cell_name(name, row, column)}: {bad!r} is not")


@pytest.mark.parametrize(
    ("place", "cell", "answer"),
    [
        ((1, 1), "KAZAKHSTAN", r"cell B2: 'KAZAKHSTAN' is not the World Bank code of an economy"),
        ((1, 1), "", r"cell B2: '' is not the World Bank code"),
        ((1, 1), 51, r"cell B2: 51 is not the World Bank code"),
        ((1, 3), "2022?", r"cell D2: '2022\?' is not a year"),
        ((1, 4), "Corruption", r"cell E2: 'Corruption' is no dimension or series"),
        ((1, 4), "pv", r"estimate of AND 1996 pv is there twice: .*cell F2 and .*cell F3"),
        ((1, 7), 2.5, r"cell H2: 2.5 is not a whole number of sources"),
        ((1, 6), 0.0, r"cell G2: 0.0 is not between 0.01 and 2.0, where standard_error is"),
    ],
)
def test_a_key_that_is_none_is_named(place, cell, answer):
    rows = w.long(TABLE)
    rows[place[0]][place[1]] = cell
    with pytest.raises(BadFile, match=answer):
        cells.read_sheets([("Sheet1", rows)])


def test_old_and_new_code_of_an_economy_are_not_both_read():
    rows = w.long(TABLE)
    rows += [[*row[:1], "ROU", *row[2:]] for row in rows if row[1] == "ROM"]
    with pytest.raises(BadFile, match="estimate of ROU 1996 va is there twice"):
        cells.read_sheets([("Sheet1", rows)])


def test_series_that_an_economy_lacks_are_named():
    rows = w.series_down(TABLE, w.old_series())
    short = [row for row in rows if row[1] != "KAZ" or row[3] != "GE.STD.ERR"]
    with pytest.raises(BadFile, match=r"KAZ has no row for ge standard_error.*not whole"):
        cells.read_sheets([("", short)])


def test_an_economy_that_one_sheet_lacks_is_named():
    cut = {**SIX, "RuleofLaw": SIX["RuleofLaw"][:-2]}
    with pytest.raises(BadFile, match="sheet RuleofLaw has no row for NAM, ROU, which other"):
        cells.read_sheets(list(cut.items()))


@pytest.mark.parametrize(
    "header", ["", "2022*", "2022 (est.)", "2022 [YR1996]", "YR2022-23", "#REF!", "#name?", "#N/A"]
)
def test_a_column_whose_year_is_damaged_is_refused_and_not_left_out(header):
    rows = w.series_down(TABLE, w.old_series())
    rows[0][6] = header
    with pytest.raises(BadFile, match=r"sheet Data, cell G1: .* is not a year, such as 1996"):
        cells.read_sheets([("Data", rows)])


@pytest.mark.parametrize("header", ["", "#REF!"])
def test_a_column_whose_series_is_lost_is_refused_and_not_left_out(header):
    rows = w.series_across(TABLE, {"estimate": "{}.EST"})
    rows[0][9] = header
    with pytest.raises(BadFile, match=r"sheet Data, cell J1: .* is not a series"):
        cells.read_sheets([("Data", rows)])
    rows[0][9] = "mine"
    assert "cc" not in set(cells.read_sheets([("Data", rows)])[0]["dimension"])


ERRORS = ["#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("layout", ["six", "long", "letters", "down", "across", "scores", "360"])
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
        cells.read_sheets(list({**sheets, name: rows[:-1] + wrong}.items()))


def without(sheets, dimension):
    """Take a dimension's rows out of long sheets."""
    return {
        name: [row for row in rows if dimension not in row[:7]] for name, rows in sheets.items()
    }


def test_a_file_that_is_published_with_six_dimensions_and_lacks_some_is_refused():
    blank = {name: [list(row) for row in rows] for name, rows in SIX.items()}
    for row in blank["RuleofLaw"][6:]:
        row[2:] = ["#N/A"] * (len(row) - 2)
    frame = w.stata_by_year(TABLE)
    frame = frame[[column for column in frame if not column.startswith("rl")]]
    for sheets in (
        {name: rows for name, rows in SIX.items() if name != "RuleofLaw"},
        blank,
        without({"Sheet1": w.long(TABLE)}, "rl"),
        {"": [list(frame.columns), *frame.astype(object).to_numpy().tolist()]},
        {name: rows for name, rows in w.new_workbook(w.scores()).items() if name != "rl"},
        without(w.new_workbook(w.scores()), "rl"),
    ):
        with pytest.raises(BadFile, match=r"it has no values of Rule of Law\. The World Bank pub"):
            cells.read_sheets(list(sheets.items()))
    for name in ("VoiceandAccountability", "ControlofCorruption"):
        few = {other: rows for other, rows in SIX.items() if other != name}
        with pytest.raises(BadFile, match=r"no values of .* put back the sheets"):
            cells.read_sheets(list(few.items()))


def test_a_selection_from_databank_of_some_dimensions_economies_and_years_is_read():
    part = govlib.wgi.read(2023, economies=["KAZ"], dimensions=["ge", "rl"], years=[2018, 2022])
    whole = govlib.wgi.read(2023, economies=["KAZ"], years=[2018, 2022])
    for rows in (w.series_down(whole, w.old_series()), w.series_across(whole, w.old_series())):
        cut = [row for row in rows if row[3][:3] not in ("VA.", "PV.", "RQ.", "CC.")]
        series = [
            h for h in rows[0] if "[" in h and h.split("[")[1][:2] in ("VA", "PV", "RQ", "CC")
        ]
        keep = [c for c, h in enumerate(rows[0]) if h not in series]
        table, _ = cells.read_sheets([("Data", [[row[c] for c in keep] for row in cut])])
        pd.testing.assert_frame_equal(table, part.drop(columns="edition"), check_exact=True)


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
        cells.read_sheets([("Sheet1", rows)])


def test_a_row_that_a_table_by_economy_and_year_lacks_is_named():
    rows = w.series_across(TABLE, w.old_series())
    [place] = [i for i, row in enumerate(rows) if row[0] == 1998 and row[3] == "KAZ"]
    del rows[place]
    with pytest.raises(BadFile, match=r"KAZ 1998 va has no row, .*\(lacking in all: 6\)"):
        cells.read_sheets([("Data", rows)])
    sheets = {name: [list(row) for row in rows] for name, rows in SIX.items()}
    for row in sheets["RuleofLaw"]:
        del row[14:20]  # 2022
    with pytest.raises(BadFile, match=r"AND 2022 rl has no row, .*\(lacking in all: 5\)"):
        cells.read_sheets(list(sheets.items()))


@pytest.mark.parametrize("layout", ["six", "long", "down"])
@pytest.mark.parametrize("year", [1918, 1995, 1997, 1999, 2001])
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
        cells.read_sheets(list(sheets.items()))


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
        cells.read_sheets(list(sheets.items()))


@pytest.mark.parametrize("digits", [1, 2, 3])
def test_a_copy_with_rounded_figures_is_no_contradiction(digits):
    for table in (govlib.wgi.read(2023), govlib.wgi.read(2019)):
        table = table[table["year"] == 2016].reset_index(drop=True)
        figures = table.columns[4:].drop("sources")
        table[figures] = table[figures].round(digits)
        read, _ = cells.read_sheets([("", w.long(table))])
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
    answer = rf"{cell_name(name, place, column)}: .* stands beside the code ROU, but in .*cell"
    with pytest.raises(BadFile, match=answer):
        cells.read_sheets(list(sheets.items()))
    rows[-1][column] = "Kazakhstan"
    with pytest.raises(BadFile, match=r"'Kazakhstan' .* ROU, but in the editions held beside KAZ"):
        cells.read_sheets(list(sheets.items()))
    for none in ("", "#NAME?", "#N/A", None):
        rows[-1][column] = none
        rows[-2][column] = none
        assert none not in cells.read_sheets(list(sheets.items()))[1]["names"].values()


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
        cells.read_sheets(list(sheets.items()))


def test_sheets_of_different_layouts_or_twice_the_same_are_refused():
    with pytest.raises(BadFile, match=r"different layouts: VoiceandAccountability .*; Data"):
        cells.read_sheets([*SIX.items(), ("Data", w.series_down(TABLE, w.old_series()))])
    with pytest.raises(BadFile, match="is there twice: sheet RuleofLaw, cell C7 and sheet rl"):
        cells.read_sheets([*SIX.items(), ("rl", SIX["RuleofLaw"])])


def test_a_sheet_named_after_another_dimension_than_its_rows_is_refused():
    sheets = w.new_workbook(w.scores())
    sheets["va"], sheets["ge"] = sheets["ge"], sheets["va"]
    with pytest.raises(BadFile, match=r"sheet va, cell G2: 'ge' stands in a sheet .* after va"):
        cells.read_sheets(list(sheets.items()))
    sheets = {f"Sheet{i}": rows for i, rows in enumerate(sheets.values())}
    assert set(cells.read_sheets(list(sheets.items()))[0]["dimension"]) == set(DIMENSIONS)


def test_a_file_without_values_is_refused():
    rows = w.long(TABLE)
    empty = [rows[0], *([*row[:5], *[".."] * 6] for row in rows[1:])]
    with pytest.raises(BadFile, match="lists economies, but has no values"):
        cells.read_sheets([("Sheet1", empty)])


def test_a_row_shifted_left_in_a_text_whose_lines_end_with_a_comma_is_refused():
    rows = [[*row, ""] for row in w.series_down(TABLE, w.old_series())]  # as the bulk CSV
    del rows[2][4]
    with pytest.raises(BadFile, match=r"row 3 has 7 cells, the header 8: the file is cut off"):
        cells.read_sheets([("", rows)])


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
        cells.read_sheets([("Data", rows)])


def test_decimal_commas_without_quotes_are_refused_by_row():
    rows = w.series_down(TABLE, w.old_series())
    rows[1] = [*rows[1][:4], "-1", "29", "-1", "17", "-1", "27"]
    with pytest.raises(BadFile, match=r"row 2 has 10 cells, the header 7: .* not in quotes"):
        cells.read_sheets([("", rows)])
