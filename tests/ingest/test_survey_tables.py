"""Workbooks, .xls and .xlsx: the table is found by its title, its cells by their labels."""

import pandas as pd
import pytest
from survey_file_samples import (
    ANSWERS_RU,
    KK_TITLE,
    RU_TITLE,
    SEX_TITLE,
    SHARES,
    body_rows,
    cover_sheets,
    sex_sheet,
    trust_sheet,
    write_workbook,
)

import govlib
from govlib.errors import BadParameter, BadTable, UnknownName

POLICE = SHARES["Республика Казахстан"][0]
ORDER = ["fully_agree", "partly_agree", "partly_disagree", "fully_disagree", "never_encountered"]


@pytest.fixture(params=["xlsx", "xls"])
def workbook(request, tmp_path):
    sheets = [*cover_sheets(), trust_sheet(), sex_sheet()]
    return write_workbook(tmp_path / f"bns.{request.param}", sheets)


def shares(table, group, item):
    rows = table[(table["group"] == group) & (table["item"] == item)]
    assert rows["answer_order"].tolist() == [1, 2, 3, 4, 5]
    assert rows["answer"].tolist() == ORDER
    return rows["share"].tolist()


@pytest.mark.parametrize(
    "title", [KK_TITLE, RU_TITLE, "уровень доверия населения", "сенім деңгейі"]
)
def test_a_table_is_read_whatever_the_language_of_its_title(workbook, title):
    table = govlib.read_survey_file(workbook, survey="bns-trust", table=title)
    govlib.check_survey(table)
    expected = dict(zip(SHARES, ["total", "urban", "rural", "Abai region",
                                 "East Kazakhstan region", "Almaty"], strict=True))  # fmt: skip
    for label, group in expected.items():
        for item, printed in zip(["police", "prosecutor"], SHARES[label], strict=True):
            assert shares(table, group, item) == printed
    assert len(table) == 6 * 2 * 5
    assert set(table["wave"]) == {"2023-10"}
    assert set(table["start"] + table["end"]) == {"2023-102023-11"}
    assert set(table["population"]) == {"население в возрасте 15-80 лет"}
    assert set(table["base"]) == {"all"}
    assert dict(zip(table["group"], table["group_by"], strict=True))["urban"] == "locality"


def test_a_footnote_mark_is_kept_with_its_place(workbook):
    table = govlib.read_survey_file(workbook, table=RU_TITLE)
    assert table.attrs["marks"] == [f"{workbook.name}, sheet 3, cell E10: 4,9* is marked *"]


def test_merged_labels_of_rows_and_years_across(workbook):
    table = govlib.read_survey_file(workbook, table=SEX_TITLE)
    assert set(table["wave"]) == {"2023", "2024"}
    assert set(table["item"]) == {"courts"}
    rows = table[(table["wave"] == "2024") & (table["answer"] == "доверяю")]
    assert dict(zip(rows["group"], rows["share"], strict=True)) == {
        "total": 61, "men": 59, "women": 63, "Ulytau region": 71,
        "Ulytau region, men": 69, "Ulytau region, women": 73,
    }  # fmt: skip
    assert set(rows["group_by"]) == {"total", "sex", "region", "region, sex"}
    chosen = govlib.read_survey_file(workbook, table=SEX_TITLE, wave="2023")
    assert len(chosen) == len(table) / 2


def test_the_order_of_the_sheets_does_not_matter(tmp_path):
    sheets = [*cover_sheets(), trust_sheet(), sex_sheet()]
    one = write_workbook(tmp_path / "a.xlsx", sheets)
    other = write_workbook(tmp_path / "b.xlsx", sheets[::-1])
    tables = [govlib.read_survey_file(p, survey="s", table=RU_TITLE) for p in (one, other)]
    pd.testing.assert_frame_equal(*tables)


def test_several_tables_need_a_title_and_a_wrong_one_names_those_there_are(workbook):
    with pytest.raises(UnknownName, match=r"2 tables; name one(.|\n)*доверия к судам по полу.*5"):
        govlib.read_survey_file(workbook)
    with pytest.raises(UnknownName, match=r"No title has the words 'занятость'(.|\n)*1\. Хал"):
        govlib.read_survey_file(workbook, table="занятость")
    with pytest.raises(UnknownName, match="Several titles have the words 'уровень доверия'"):
        govlib.read_survey_file(workbook, table="уровень доверия")


def test_regions_are_told_apart_before_and_after_the_division_of_2022(tmp_path):
    same = SHARES["Республика Казахстан"]
    whole = ["Алматинская", "Карагандинская", "Восточно-Казахстанская"]
    old = dict.fromkeys(["Республика Казахстан", *whole], same)
    new = old | dict.fromkeys(["Абай", "Жетісу", "Ұлытау"], same)
    groups = {}
    for year, rows in [(2021, old), (2022, old), (2022, new), (2023, old), (2024, new)]:
        cover = cover_sheets(f"{year} год")
        sheets = [*cover, trust_sheet(body_rows(rows))]
        path = write_workbook(tmp_path / f"{year}-{len(rows)}.xlsx", sheets)
        table = govlib.read_survey_file(path)
        groups[path.stem] = {g for g in table["group"] if g.startswith(("East", "Kar", "Almaty"))}
    before = {f"{n} region (to 2022)" for n in ("East Kazakhstan", "Karaganda", "Almaty")}
    after = {f"{n} region" for n in ("East Kazakhstan", "Karaganda", "Almaty")}
    assert groups["2021-4"] == groups["2022-4"] == before
    assert groups["2022-7"] == groups["2023-4"] == groups["2024-7"] == after


def test_urban_and_rural_under_each_region_and_after_a_list(tmp_path):
    values = SHARES["Республика Казахстан"][0]
    head = [["Доверие полиции, 2023 год"], ["", *ANSWERS_RU]]
    under = ["Республика Казахстан", "город", "село", "Абай", "город", "село"]
    after = ["Республика Казахстан", "Абай", "Акмолинская", "город", "село", "мужчины", "женщины"]
    found = []
    for labels in (under, after):
        grid = [*head, *([label, *values] for label in labels)]
        path = write_workbook(tmp_path / f"{len(labels)}.xlsx", [["1", grid, []]])
        found.append(list(dict.fromkeys(govlib.read_survey_file(path)["group"])))
    assert found[0] == ["total", "urban", "rural", "Abai region", "Abai region, urban",
                        "Abai region, rural"]  # fmt: skip
    assert found[1] == ["total", "Abai region", "Akmola region", "urban", "rural", "men", "women"]


@pytest.mark.parametrize(
    ("grid", "merges"),
    [
        # columns numbered; codes before labels; numbers of rows and a column of sums
        ([["T"], ["", *ANSWERS_RU], ["А", 1, 2, 3, 4, 5], ["Абай", *POLICE]], []),
        ([["T"], ["Код КАТО", "Регион", *ANSWERS_RU], [100000000, "Абай", *POLICE]], []),
        ([["T"], ["№ п/п", "", "Всего", *ANSWERS_RU], [1, "Абай", 100, *POLICE]], []),
        # labels in Kazakh before and in Russian behind, two titles side by side, merged or not
        ([["", "", "", "", "", "", "T"], ["", *ANSWERS_RU], ["Абай", *POLICE, "Абай"]], []),
        ([["Сенім", "", "", "T"], ["", *ANSWERS_RU], ["Абай", *POLICE, "Абай"]],
         [(0, 0, 0, 2), (0, 3, 0, 6)]),
        # a title over the values; a heading over all of them; an earlier table on the sheet
        ([["", "T"], ["", *ANSWERS_RU], ["Абай", *POLICE]], [(0, 1, 0, 5)]),
        ([["T"], ["", "Полиция"], ["", *ANSWERS_RU], ["Абай", *POLICE]], [(1, 1, 1, 5)]),
        ([["Иное, 2021 год"], ["", "да", "нет"], ["Абай", 40, 60], ["* примечание"], [],
          ["T"], ["", *ANSWERS_RU], ["Абай", *POLICE]], []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_other_layouts_of_the_same_table(tmp_path, kind, grid, merges):
    title = "Доверие полиции, 2023 год"
    grid = [[title if value == "T" else value for value in row] for row in grid]
    path = write_workbook(tmp_path / f"layout.{kind}", [["1", grid, merges]])
    table = govlib.read_survey_file(path, table="доверие")
    assert shares(table, "Abai region", "police") == POLICE
    assert len(table) == 5
    assert set(table["wave"]) == {"2023"}


def test_a_bare_almaty_is_what_the_list_lacks(tmp_path):
    same = SHARES["Республика Казахстан"]
    for listed, found in [("Алматинская", "Almaty"), ("Алматы қаласы", "Almaty region")]:
        rows = dict.fromkeys(["Республика Казахстан", listed, "Алматы", "Жетісу"], same)
        path = write_workbook(
            tmp_path / "almaty.xlsx", [*cover_sheets(), trust_sheet(body_rows(rows))]
        )
        groups = govlib.read_survey_file(path)["group"].unique().tolist()
        assert groups == ["total", {"Almaty": "Almaty region"}.get(found, "Almaty"), found,
                          "Zhetysu region"]  # fmt: skip


def test_notes_between_rows_change_nothing(tmp_path):
    rows = body_rows()
    rows.insert(4, ["* Малое число наблюдений"])
    names = {(4, 1): "Первая служба", (4, 6): "Вторая служба"}
    plain, noted = (
        govlib.read_survey_file(
            write_workbook(tmp_path / f"{n}.xlsx", [*cover_sheets(), changed(names, given)]),
            survey="s",
        )
        for n, given in enumerate([body_rows(), rows])
    )
    assert set(plain["item"]) == {"Первая служба", "Вторая служба"}
    pd.testing.assert_frame_equal(plain, noted)


def test_sections_of_bodies_with_answers_down_the_rows(tmp_path):
    grid = [["2023 год"], ["", "Всего", "Мужчины"]]
    for body in ["Доверие полиции", "Доверие органам прокуратуры"]:
        grid.append([body])
        police = SHARES["Республика Казахстан"][0]
        grid += [[a, v, v] for a, v in zip(ANSWERS_RU, police, strict=True)]
        grid.append(["Итого", 100, 100])
    path = write_workbook(tmp_path / "sections.xlsx", [["1", grid, []]])
    table = govlib.read_survey_file(path)
    assert len(table) == 2 * 2 * 5
    assert shares(table, "men", "prosecutor") == SHARES["Республика Казахстан"][0]


def changed(cells, rows=None):
    """Give table 1 with some cells changed, by row and column of the sheet."""
    name, grid, merges = trust_sheet(rows)
    for (r, c), value in cells.items():
        grid[r][c] = value
    return name, grid, merges


MALFORMED = {
    "a word for a share": ({(6, 1): "тридцать"}, r"sheet 3, cell B7: 'тридцать' is not a share"),
    "two decimal commas": ({(6, 1): "39,5,1"}, r"sheet 3, cell B7: .* is not a share"),
    "a share of 400": ({(7, 2): 400}, r"sheet 3, cell C8: 400\.?0? is not a percentage"),
    "a confidential cell": ({(8, 3): "x"}, r"rural, 2023-10: .*cell D9 is x \(confidential\)"),
    "a cell not available": ({(8, 3): "…"}, r"cell D9 is … \(not available\)"),
    "a blank first cell": ({(6, 1): ""}, r"cell B7 is blank, and the rest .* sum to 60.5"),
    "a formula never computed": ({(6, 1): "=SUM(A1)"}, r"cell B7(: .* is not a share| is blank)"),
    "a negative share": ({(6, 1): -3}, r"cell B7: -3\.?0? is not a percentage"),
    "a blank cell": ({(8, 3): ""}, r"cell D9 is blank"),
    "shares that sum to 101": ({(6, 1): 40.5}, r"cell B7 the shares \(40.5, .*\) sum to 101,"),
    "a row twice": ({(7, 0): "Республика Казахстан"}, r"cell B7 and .*cell B8 are both полностью"),
    "a region misspelt in a row": ({(9, 0): "Абайй"}, r"cell B10: 'Абайй' stands among groups"),
    "a bare Алматы": ({(11, 0): "Алматы"}, r"cell B12: 'Алматы' is the region in Kazakh"),
    "a row without a label": ({(9, 0): ""}, r"cell B9 and .*cell B10 are both"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_a_malformed_table_is_refused_with_sheet_cell_and_reason(tmp_path, kind, name):
    cells, answer = MALFORMED[name]
    sheets = [*cover_sheets(), changed(cells)]
    path = write_workbook(tmp_path / f"bad.{kind}", sheets)
    with pytest.raises(BadTable, match=answer):
        govlib.read_survey_file(path)


def test_incomplete_items_are_left_out_only_on_request_and_listed(tmp_path):
    sheets = [*cover_sheets(), changed({(8, 3): "x", (6, 1): 40.5})]
    path = write_workbook(tmp_path / "gaps.xlsx", sheets)
    table = govlib.read_survey_file(path, skip_incomplete=True)
    assert len(table) == (6 * 2 - 2) * 5
    left = table.attrs["left_out"]
    assert len(left) == 2
    assert "cell D9 is x (confidential)" in left[1]
    assert "sum to 101" in left[0]


def test_an_answer_that_was_not_offered_has_no_row(tmp_path):
    cells = {(n, 5): "…" for n in range(6, 12)}
    for n in range(6, 12):  # what was "never encountered" is spread, so that the rest is 100
        printed = body_rows()[n - 6]
        rest = 100 - sum(float(str(v).replace(",", ".").strip("*")) for v in printed[2:5])
        cells[n, 1] = round(rest, 1)
    path = write_workbook(tmp_path / "offered.xlsx", [*cover_sheets(), changed(cells)])
    table = govlib.read_survey_file(path)
    assert "never_encountered" not in set(table.loc[table["item"] == "police", "answer"])
    assert "never_encountered" in set(table.loc[table["item"] == "prosecutor", "answer"])


def test_a_wave_is_needed_and_must_be_that_of_the_file(tmp_path):
    path = write_workbook(tmp_path / "no-date.xlsx", [trust_sheet()])
    with pytest.raises(BadParameter, match=r"names one year. Name it: wave="):
        govlib.read_survey_file(path)
    table = govlib.read_survey_file(path, wave="2023-10")
    assert set(table["start"]) == {"2023-10"}
    dated = write_workbook(tmp_path / "dated.xlsx", [*cover_sheets(), trust_sheet()])
    with pytest.raises(BadParameter, match="is of 2023-10"):
        govlib.read_survey_file(dated, wave="2022")
    with pytest.raises(BadParameter, match=r"a year \(2023\) or a year and month"):
        govlib.read_survey_file(path, wave="last year")


def test_damaged_and_empty_workbooks_are_refused(tmp_path):
    good = write_workbook(tmp_path / "good.xlsx", [*cover_sheets(), trust_sheet()])
    (tmp_path / "cut.xlsx").write_bytes(good.read_bytes()[:3000])
    with pytest.raises(BadTable, match=r"cut\.xlsx cannot be read as a workbook"):
        govlib.read_survey_file(tmp_path / "cut.xlsx")
    covers = write_workbook(tmp_path / "covers.xlsx", cover_sheets())
    with pytest.raises(BadTable, match="no table was found on the sheets Обложка"):
        govlib.read_survey_file(covers)
