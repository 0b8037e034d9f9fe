"""Layouts are found by their header rows; a sheet that is nearly one is refused in words."""

import pytest
import wgifiles as w

from govlib.errors import BadFile
from govlib.ingest import layouts

TABLE = w.small()


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
    assert layouts.parse_series(text) == series


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("Political StabilityNoViolence", "pv"),
        ("RuleofLaw", "rl"),
        ("Control of Corruption, 1996-2022", "cc"),
        ("GE", "ge"),
        ("Government Effectiveness measures perceptions of the quality of public services", None),
        ("Introduction", None),
        ("Sheet1", None),
    ],
)
def test_titles_name_a_dimension_and_sentences_do_not(text, dimension):
    assert layouts.name_dimension(text) == dimension


@pytest.mark.parametrize(
    ("cell", "year"),
    [(1996, 1996), (1996.0, 1996), ("1996 [YR1996]", 1996), ("YR2022", 2022), ("2022.0", 2022)]
    + [(cell, None) for cell in (True, None, 1996.5, "1996 [YR1998]", "96", "19966", "", "n/a")],
)
def test_years_are_parsed(cell, year):
    assert layouts.parse_year(cell) == year


@pytest.mark.parametrize(("place", "name"), [(0, "A1"), (25, "Z1"), (26, "AA1"), (145, "EP1")])
def test_cells_are_named_as_a_spreadsheet_does(place, name):
    assert layouts.cell_name("", 0, place) == f"cell {name}"
    assert layouts.cell_name("Data", 0, place) == f"sheet Data, cell {name}"


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
        layouts.find_layout("GovernmentEffectiveness", damaged(change))


def test_a_sheet_without_a_dimension_is_refused_not_guessed():
    rows = damaged(lambda r: r.__setitem__(0, ["Table 3"]))
    with pytest.raises(BadFile, match="sheet Sheet3: neither its name nor a title"):
        layouts.find_layout("Sheet3", rows)
    assert layouts.find_layout("ge", rows).dimension == "ge"


def test_a_measure_lacking_from_a_long_table_is_named():
    rows = [row[:6] + row[7:] for row in w.long(TABLE)]
    with pytest.raises(BadFile, match=r"long table.*not in it: stddev"):
        layouts.find_layout("Sheet1", rows)
    rows = [[*row[:3], "rank", *row[4:]] if i == 0 else row for i, row in enumerate(w.long(TABLE))]
    with pytest.raises(BadFile, match="not in it: year"):
        layouts.find_layout("Sheet1", rows)


def test_figures_without_a_header_are_refused_whatever_the_name_of_the_sheet():
    rows = sheet()
    del rows[:6]
    with pytest.raises(BadFile, match=r"sheet Sheet3: .*has figures by economy"):
        layouts.find_layout("Sheet3", [*rows, *rows])
    rows = damaged(lambda r: r.__setitem__(5, ["", "Code", "Est.", *["?"] * 17]))
    with pytest.raises(BadFile, match="has figures by economy"):
        layouts.find_layout("Sheet3", rows + rows[6:])


def test_a_page_of_words_is_left_alone():
    assert layouts.find_layout("Introduction", [["About Code and Estimate"], ["Code"]]) is None
    assert layouts.find_layout("Series - Metadata", [["Code", "Indicator Name"]] * 9) is None
