"""Published tables in files: workbooks, CSV, JSON, addresses and layouts of one's own."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import openpyxl
import pandas as pd
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from survey_file_samples import (
    ANSWERS_RU,
    KK_TITLE,
    RU_TITLE,
    SEX_TITLE,
    SHARES,
    body_rows,
    bureau_csv,
    cover_sheets,
    sex_sheet,
    taldau_json,
    trust_sheet,
    write_workbook,
)

from govlib.errors import BadParameter, BadTable, FailedFetch, UnknownName
from govlib.ingest import survey_tables
from govlib.surveys import check, read_file

POLICE = SHARES["Республика Казахстан"][0]
ORDER = ["fully_agree", "partly_agree", "partly_disagree", "fully_disagree", "never_encountered"]
REGIONS = ["РЕСПУБЛИКА КАЗАХСТАН", "ОБЛАСТЬ АБАЙ", "Г.АЛМАТЫ"]


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
    table = read_file(workbook, survey="bns-trust", table=title)
    check(table)
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

    assert table.attrs["marks"] == ["sheet 3, cell E10: 4,9* is marked *"]


def test_merged_labels_of_rows_and_years_across(workbook):
    table = read_file(workbook, table=SEX_TITLE)
    assert set(table["wave"]) == {"2023", "2024"}
    assert set(table["item"]) == {"courts"}
    rows = table[(table["wave"] == "2024") & (table["answer"] == "доверяю")]
    assert dict(zip(rows["group"], rows["share"], strict=True)) == {
        "total": 61, "men": 59, "women": 63, "Ulytau region": 71,
        "Ulytau region, men": 69, "Ulytau region, women": 73,
    }  # fmt: skip
    assert set(rows["group_by"]) == {"total", "sex", "region", "region, sex"}
    chosen = read_file(workbook, table=SEX_TITLE, wave="2023")
    assert len(chosen) == len(table) / 2


def test_regions_are_told_apart_before_and_after_the_division_of_2022(tmp_path):
    same = SHARES["Республика Казахстан"]
    whole = ["Алматинская", "Карагандинская", "Восточно-Казахстанская"]
    old = dict.fromkeys(["Республика Казахстан", *whole], same)
    new = old | dict.fromkeys(["Абай", "Жетісу", "Ұлытау"], same)
    names = {f"{name} region" for name in ("East Kazakhstan", "Karaganda", "Almaty")}
    for year, listed, end in [(2022, old, " (to 2022)"), (2022, new, ""), (2023, old, "")]:
        sheets = [*cover_sheets(f"{year} год"), trust_sheet(body_rows(listed))]
        table = read_file(write_workbook(tmp_path / "book.xlsx", sheets))
        assert {name + end for name in names} <= set(table["group"])


def test_urban_and_rural_under_each_region_and_after_a_list(tmp_path):
    head = [["Доверие полиции, 2023 год"], ["", *ANSWERS_RU]]
    under = ["Республика Казахстан", "город", "село", "Абай", "город", "село"]
    after = ["Республика Казахстан", "Абай", "Акмолинская", "город", "село", "мужчины", "женщины"]
    found = []
    for labels in (under, after):
        grid = [*head, *([label, *POLICE] for label in labels)]
        path = write_workbook(tmp_path / f"{len(labels)}.xlsx", [["1", grid, []]])
        found.append(list(dict.fromkeys(read_file(path)["group"])))
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
def test_other_layouts_of_the_same_table(tmp_path, grid, merges):
    title = "Доверие полиции, 2023 год"
    grid = [[title if value == "T" else value for value in row] for row in grid]
    path = write_workbook(tmp_path / "layout.xlsx", [["1", grid, merges]])
    table = read_file(path, table="доверие")
    assert shares(table, "Abai region", "police") == POLICE
    assert len(table) == 5
    assert set(table["wave"]) == {"2023"}


def test_sections_of_bodies_with_answers_down_the_rows(tmp_path):
    grid = [["2023 год"], ["", "Всего", "Мужчины"]]
    for body in ["Доверие полиции", "Доверие органам прокуратуры"]:
        grid.append([body])
        grid += [[a, v, v] for a, v in zip(ANSWERS_RU, POLICE, strict=True)]
        grid.append(["Итого", 100, 100])
    path = write_workbook(tmp_path / "sections.xlsx", [["1", grid, []]])
    table = read_file(path)
    assert len(table) == 2 * 2 * 5
    assert shares(table, "men", "prosecutor") == POLICE


def changed(cells, rows=None):
    """Give table 1 with some cells changed, by row and column of the sheet."""
    name, grid, merges = trust_sheet(rows)
    for (r, c), value in cells.items():
        grid[r][c] = value
    return name, grid, merges


CELLS = {
    "a word for a share": ({(6, 1): "тридцать"}, r"bad\.xlsx: sheet 3, cell B7: 'тридцать' is no"),
    "two decimal commas": ({(6, 1): "39,5,1"}, r"sheet 3, cell B7: .* is not a share"),
    "a share of 400": ({(7, 2): 400}, r"sheet 3, cell C8: 400\.?0? is not a share"),
    "a confidential cell": ({(8, 3): "x"}, r"rural, 2023-10: .*cell D9 is x \(confidential\)"),
    "a cell not available": ({(8, 3): "…"}, r"cell D9 is … \(not available\)"),
    "a blank first cell": ({(6, 1): ""}, r"cell B7 is blank, and the rest .* sum to 60.5"),
    "a formula never computed": ({(6, 1): "=SUM(A1)"}, r"cell B7(: .* is not a share| is blank)"),
    "a negative share": ({(6, 1): -3}, r"cell B7: -3\.?0? is not a share"),
    "shares that sum to 101": ({(6, 1): 40.5}, r"cell B7 the shares \(40.5, .*\) sum to 101,"),
    "a row twice": ({(7, 0): "Республика Казахстан"}, r"cell B7 and .*cell B8 are both полностью"),
    "a region misspelt in a row": ({(9, 0): "Абайй"}, r"cell B10: 'Абайй' stands among groups"),
    "a bare Алматы": ({(11, 0): "Алматы"}, r"cell B12: 'Алматы' is the region in Kazakh"),
    "a row without a label": ({(9, 0): ""}, r"cell B9 and .*cell B10 are both"),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_a_malformed_table_is_rejected_with_sheet_cell_and_reason(tmp_path, name):
    cells, answer = CELLS[name]
    path = write_workbook(tmp_path / "bad.xlsx", [*cover_sheets(), changed(cells)])
    with pytest.raises(BadTable, match=answer):
        read_file(path)


def test_incomplete_items_are_left_out_only_on_request_and_listed(tmp_path):
    sheets = [*cover_sheets(), changed({(8, 3): "x", (6, 1): 40.5})]
    path = write_workbook(tmp_path / "gaps.xlsx", sheets)
    table = read_file(path, skip_incomplete=True)
    assert len(table) == (6 * 2 - 2) * 5
    left = table.attrs["left_out"]
    assert len(left) == 2
    assert "cell D9 is x (confidential)" in left[1]
    assert "sum to 101" in left[0]


def test_a_wave_is_needed_and_must_be_that_of_the_file(tmp_path):
    path = write_workbook(tmp_path / "no-date.xlsx", [trust_sheet()])
    with pytest.raises(BadParameter, match=r"names one year. Name it: wave="):
        read_file(path)
    table = read_file(path, wave="2023-10")
    assert set(table["start"]) == {"2023-10"}
    dated = write_workbook(tmp_path / "dated.xlsx", [*cover_sheets(), trust_sheet()])
    with pytest.raises(BadParameter, match="is of 2023-10"):
        read_file(dated, wave="2022")
    with pytest.raises(BadParameter, match=r"wave = 'last year', .* Name it: wave="):
        read_file(path, wave="last year")


def test_what_is_hidden_is_left_out_and_a_superscript_is_a_mark(tmp_path):
    grid = [["Доверие полиции, 2023 год"], ["", *ANSWERS_RU], ["Всего", *POLICE],
            ["мужчины", *POLICE], ["город", *POLICE]]  # fmt: skip
    path = write_workbook(tmp_path / "book.xlsx", [["1", grid, []]])
    book = openpyxl.load_workbook(path)
    book["1"].row_dimensions[4].hidden = True
    raised = TextBlock(InlineFont(vertAlign="superscript"), "1")
    book["1"]["C3"] = CellRichText("38,0", raised)
    book.save(path)
    table = read_file(path)
    assert set(table["group"]) == {"total", "urban"}
    assert shares(table, "total", "police") == POLICE
    assert table.attrs["marks"] == ["sheet 1, cell C3: 38,0¹ is marked ¹"]
    assert table.attrs["left_out"] == ["sheet 1, hidden row 4"]
    book["1"]["B3"] = "#REF!"
    book.save(path)
    with pytest.raises(BadTable, match="cell B3: '#REF!' is not a share"):
        read_file(path)


# CSV and JSON


def save(tmp_path, content, name="saved.dat"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def bureau_rows(period="2023"):
    printed = [(a, str(s).replace(".", ",")) for a, s in zip(ANSWERS_RU, POLICE, strict=True)]
    return [(period, region, *pair) for region in REGIONS for pair in printed]


def egov_rows():
    return [{"id": n, "god": 2023, "region_kz": "Абай облысы", "region_ru": "область Абай",
             "otvet": answer, "value": str(share).replace(".", ",")}
            for n, (answer, share) in enumerate(zip(ANSWERS_RU, POLICE, strict=True))]  # fmt: skip


OECD = (
    "# Trust in government\nLOCATION,INDICATOR,SUBJECT,MEASURE,FREQUENCY,TIME,Value,Flag Codes\n"
    "EST,TRUSTGOV,TOT,PC,A,2021,48.5,\nNOR,TRUSTGOV,TOT,PC,A,2021,77,\n# Source: OECD\n"
)


def test_one_share_per_item_with_its_answer_named(tmp_path):
    (tmp_path / "oecd.csv").write_text(OECD)
    table = read_file(tmp_path / "oecd.csv", answer="trust")
    assert table[["group_by", "group", "wave", "item", "answer", "share"]].to_numpy().tolist() == [
        ["country", "Estonia", "2021", "TRUSTGOV", "trust", 48.5],
        ["country", "Norway", "2021", "TRUSTGOV", "trust", 77],
        ["country", "Estonia", "2021", "TRUSTGOV", "other", 51.5],
        ["country", "Norway", "2021", "TRUSTGOV", "other", 23],
    ]
    (tmp_path / "oecd.csv").write_text(OECD.replace("EST", "OECD"))
    with pytest.raises(UnknownName, match=r"oecd\.csv: There is no country 'OECD'"):
        read_file(tmp_path / "oecd.csv", answer="trust")
    bodies = [["Уровень доверия, 2023 год"], ["", "полиции", "судам"], ["Всего", 57.5, 41.2],
              ["город", 60.1, "…"]]  # fmt: skip
    path = write_workbook(tmp_path / "book.xlsx", [["1", bodies, []]])
    table = read_file(path, answer="trust", skip_incomplete=True)
    assert set(table["item"]) == {"police", "courts"}
    assert table.groupby(["group", "item"])["share"].sum().tolist() == [100, 100, 100]


def test_a_table_like_eurobarometers(tmp_path):
    head = "Year,UNIT_MEASURE,SERIES,Value\n"
    shares = {"Tend to trust": 33, "Tend not to trust": 60.5, "Don't know": 6.5}
    rows = [f"{year},PT,{answer},{share}\n"
            for year in (2022, 2023) for answer, share in shares.items()]  # fmt: skip
    path = save(tmp_path, head + "".join(rows), "police.csv")
    table = read_file(path, survey="eurobarometer")
    assert table[["wave", "item", "answer", "share"]].to_numpy().tolist() == [
        [wave, "police", *pair] for wave in ("2022", "2023") for pair in shares.items()
    ]


SDG_HEAD = "Year,UNIT_MEASURE,SERIES,URBANISATION,Value\n"
SDG = SDG_HEAD + "".join(f"2022,PT,_L_KZ_160104_1{code},{group},{share}\n" for group in ("", "U")
                         for code, share in zip("ABCDE", POLICE, strict=True))  # fmt: skip
TALDAU = [([region, "Женщины", answer], {2022: share, 2023: str(share).replace(".", ",")})
          for region in REGIONS
          for answer, share in zip(ANSWERS_RU, POLICE, strict=True)]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "item", "waves", "groups"),
    [
        (bureau_csv(bureau_rows("202310")), "police", ["2023-10"],
         ["total", "Abai region", "Almaty"]),
        (SDG, "16-1-4", ["2022"], ["total", "urban"]),
        (SDG.replace(",U,", ",Almaty,"), "16-1-4", ["2022"], ["total", "Almaty"]),
        (taldau_json(TALDAU), "16-1-4", ["2022", "2023"],
         ["women", "Abai region, women", "Almaty, women"]),
        (json.dumps(egov_rows()), "16-1-4", ["2023"], ["Abai region"]),
        (json.dumps({"total": 5, "elements": egov_rows()}), "16-1-4", ["2023"], ["Abai region"]),
    ],
)  # fmt: skip
def test_csv_and_json_of_every_publisher(tmp_path, content, item, waves, groups):
    table = read_file(save(tmp_path, content, "indicator 16-1-4.dat"))
    assert set(table["item"]) == {"safety" if item == "16-1-4" else item}
    assert sorted(set(table["wave"])) == waves
    assert table["group"].unique().tolist() == groups
    for _, rows in table.groupby(["wave", "group"]):
        assert rows["share"].tolist() == POLICE
        assert rows["answer"].tolist() in (ORDER, SAFE)


SAFE = ["fully_safe", "fairly_safe", "not_safe", "not_safe_at_all", "hard_to_say"]
MALFORMED = {
    "nothing": (b"", "it is empty"),
    "comments alone": ("# Source: OECD\n", "it has comments and no table"),
    "a web page": ("<!DOCTYPE html><html>404</html>", "a page or a message of a server"),
    "another encoding": (bureau_csv(bureau_rows())[3:].decode().encode("cp1251"), "no text in UTF"),
    "another table": ("Region;Share\nAbai;5", r"(?s)no layout fits.*Region, Share.*\[columns\]"),
    "a line cut off": (SDG_HEAD + "2023,PT", "line 2 has 2 cells, the header 5"),
    "another unit": (SDG_HEAD + "2023,NUMBER,a,,38.7\n", "line 2: UNIT_MEASURE is NUMBER"),
    "no share": (SDG_HEAD + "2023,PT,_L_TRST_HIGH,,many\n", "Value: 'many' is not a share"),
    "a year missing": (SDG + ",PT,_L_TRST_LOW,,61.3\n", "line 12, column Value: no year stands"),
    "no year": (SDG_HEAD + "2023.0,PT,_L_TRST_HIGH,,38.7\n", "Year: '2023.0' is not one year"),
    "no month": (bureau_csv(bureau_rows("202313")), "PERIOD: '202313' is not one year, month"),
    "one answer, not named": (OECD, r"answers cannot be told.*answer="),
    "another unit of the OECD": (OECD.replace("PC", "RT"), "MEASURE is RT"),
    "no answers": (SDG_HEAD + "2023,PT,,U,50\n2023,PT,,R,50\n", "answers cannot be told"),
    "a wrong sum": (SDG_HEAD + "2023,PT,a,,60\n2023,PT,b,,30\n", r"sum to 90, not to 100"),
    "answers unknown": (SDG_HEAD + "2023,PT,a,x,60\n2023,PT,b,y,30\n",
                        "(?s)which labels are the answers cannot be told.*SERIES: a, b"),
    "several indicators": (bureau_csv(bureau_rows()) +
                           bureau_csv(bureau_rows(), name="Иное").split(b"\n", 1)[1],
                           "several indicators"),
    "a region misspelt": (bureau_csv([(p, r.replace("АБАЙ", "АБАЙЙ"), a, v)
                                      for p, r, a, v in bureau_rows()]),
                          "line 7, column VAL: 'ОБЛАСТЬ АБАЙЙ' stands among groups of people"),
    "JSON cut off": (taldau_json(TALDAU)[:-9], "not complete JSON"),
    "JSON of brackets": ("[" * 100_000, "not complete JSON"),
    "an error": ('{"error": "apiKey is invalid"}', "of a server, .*apiKey is invalid"),
    "an empty list": ("[]", "a message of a server"),
    "a list of numbers": ("[1, 2]", "a message of a server"),
    "no list": ('[{"termNames": 5, "periods": []}]', "entry 1: expected lists termNames, periods"),
    "no period": ('[{"termNames": ["a"], "periods": [{"name": "I", "value": 5}]}]',
                  "'I' is not one year"),
    "rows that differ": (json.dumps([*egov_rows(), {"value": 5}]), "entry 6 lacks god, region_ru"),
    "a row twice": (taldau_json(TALDAU + TALDAU[:1]), "entry 1, .*and .*entry 16, .* are both"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_file_is_rejected_with_its_place_and_reason(tmp_path, name):
    content, answer = MALFORMED[name]
    with pytest.raises(BadTable, match=answer):
        read_file(save(tmp_path, content))


def test_a_layout_of_ones_own(tmp_path):
    path = save(tmp_path, "Country;When;Trust;Percent\nNorway;2023;high;60\nNorway;2023;no;40\n")
    declared = """publisher = "OECD"\nkind = "csv"\n[columns]\nCountry = "group"\nWhen = "year"
Trust = "answer"\nPercent = "share"\n[groups.country]\nNorway = ["norway"]
[answers]\nno_trust = ["no"]\n"""
    table = read_file(path, layout=save(tmp_path, declared, "oecd.toml"))
    assert table["answer"].tolist() == ["high", "no_trust"]
    assert set(table["group_by"]) == {"country"}
    wrong = save(tmp_path, declared.replace("[columns]", "[colums]"), "wrong.toml")
    with pytest.raises(BadParameter, match=r"wrong\.toml: Object contains unknown field `colums`"):
        read_file(path, layout=wrong)
    for place, why in (("/dev/zero", "it is not a file"), (tmp_path / "none.toml", "No such file")):
        with pytest.raises(BadParameter, match=why):
            read_file(path, layout=place)
    grid = [["Trust"], [], ["", 2022, "", 2023], ["", "yes", "no", "yes", "no"],
            ["Men", 60, 40, 70, 30], ["Women", 50, 50, 55, 45],
            ["n", 900, 900, 900, 900]]  # fmt: skip
    book = write_workbook(tmp_path / "book.xlsx", [["A", [["notes"]], []], ["B", grid, []]])
    declared = """publisher = "?"\nkind = "workbook"\nsheet = "B"\nheader_rows = [3, 4]
header = ["year", "answer"]\nlabel_columns = ["A"]\nlabels = ["group"]\nlast_row = 6\n"""
    table = read_file(book, layout=save(tmp_path, declared, "book.toml"))
    assert table["share"].tolist() == [60, 40, 70, 30, 50, 50, 55, 45]
    assert table["wave"].tolist() == ["2022", "2022", "2023", "2023"] * 2
    for columns, error, answer in (
        ("Q", BadTable, "no labels before the values"),
        ("1", BadParameter, "matching regex"),
    ):
        other = save(tmp_path, declared.replace('["A"]', f'["{columns}"]'), "book.toml")
        with pytest.raises(error, match=answer):
            read_file(book, layout=other)
    with pytest.raises(BadTable, match=r"(?s)no table was found.*header_rows = \[2, 3\]"):
        read_file(write_workbook(tmp_path / "c.xlsx", [["A", [["notes"]], []]]))


# Addresses


@pytest.fixture
def site(monkeypatch):
    """Give a server on loopback: what it answers, in turn, and which paths were asked for."""
    monkeypatch.setattr("govlib.ingest.download.FIRST_WAIT", 0.01)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            answers = self.server.answers
            status, content = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(content) + 9 * (status == 299)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.url = [], f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_an_address_gives_the_table_that_the_saved_file_gives(tmp_path, site):
    path = save(tmp_path, bureau_csv(bureau_rows()), "police-2023.csv")
    site.answers = [(503, b""), (429, b""), (200, path.read_bytes())]
    fetched = read_file(f"{site.url}/police-2023.csv?apiKey=secret")
    pd.testing.assert_frame_equal(fetched, read_file(path))
    assert fetched.attrs["source"] == f"{site.url}/police-2023.csv"
    assert len(site.asked) == 3
    assert set(read_file(f"{site.url}/file/ru/")["survey"]) == {"ru"}


@pytest.mark.parametrize(("status", "times"), [(404, 1), (500, 6)])
def test_an_address_that_fails_says_what_to_do_and_hides_the_key(site, status, times):
    site.answers = [(status, b"no")]
    with pytest.raises(FailedFetch, match=rf"(?s)answered {status}.*Or save the file") as error:
        read_file(f"{site.url}/file.csv?apiKey=secret")
    assert "secret" not in str(error.value)
    assert len(site.asked) == times
    with pytest.raises(FailedFetch, match="connection failed"):
        read_file("HTTP://127.0.0.1:1/file.csv")


# Words


@pytest.mark.parametrize(
    ("label", "group"),
    [
        ("Барлығы / Всего", ("total", "total")),
        ("Абай облысы\nобласть Абай", ("region", "Abai region")),
        ("Aлматинcкая область", ("region", "Almaty region")),  # Latin A and c
        ("г.Астана", ("region", "Astana")),
        ("Ауылдық жер", ("locality", "rural")),
        ("F", ("sex", "women")),
        ("15 – 19 лет", ("age", "15-19")),
        ("Y_GE60", ("age", "60+")),
        ("60 жас және одан жоғары", ("age", "60+")),
        ("Алматы", None),
        ("Almaty", ("region", "Almaty")),  # govlib's own names are known
        ("Region Almaty", ("region", "Almaty region")),
        ("2023 жылғы қазан-қараша", ("2023-10", "2023-11")),
        ("4 квартал 2023 года", ("2023-10", "2023-12")),
        ("31.12.2004", ("2004", "2004")),
        ("2022 и 2023", None),
    ],
)
def test_groups_and_waves_are_known_in_three_languages_and_as_codes(label, group):
    words = survey_tables.Words(survey_tables.Layout("", "csv"))
    assert (words.group(label) or survey_tables.find_wave(label)) == group
