"""Copies that users have edited: read right, or refused with sheet and cell; nothing guessed."""

import datetime
import random

import pandas as pd
import pytest
import wgifiles as w
from hypothesis import given, settings
from hypothesis import strategies as st

import govlib
from govlib import cells
from govlib.errors import BadFile
from govlib.labels import DIMENSIONS
from govlib.layouts import cell_name

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
        pd.testing.assert_frame_equal(govlib.read_wgi_file(path, 2023), TABLE, check_exact=True)


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


@pytest.mark.parametrize("header", ["", "2022*", "2022 (est.)", "2022 [YR1996]", "YR2022-23"])
def test_a_column_whose_year_is_damaged_is_refused_and_not_left_out(header):
    rows = w.series_down(TABLE, w.old_series())
    rows[0][6] = header
    with pytest.raises(BadFile, match=r"sheet Data, cell G1: .* is not a year, such as 1996"):
        cells.read_sheets([("Data", rows)])


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
    table = govlib.read_wgi(2023, economies=["KAZ", "ANT", "GEO"])
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
