"""CSV and JSON of publishers, told by their content; what is answered to what is none of them."""

import csv
import io
import json
import re

import pandas as pd
import pyreadstat
import pytest
import test_survey_workbooks
import worldbank
from survey_file_samples import (
    ANSWERS_RU,
    bureau_csv,
    cover_sheets,
    taldau_json,
    trust_sheet,
    write_workbook,
)

import govlib
from govlib.datasets.package import project_folder
from govlib.errors import BadParameter, BadTable, FailedFetch
from govlib.ingest import download

REGIONS = ["РЕСПУБЛИКА КАЗАХСТАН", "ОБЛАСТЬ АБАЙ", "Г.АЛМАТЫ"]
SHARES = [39.5, 38.0, 5.2, 2.0, 15.3]
HELD = {  # how the SDG platform codes what the project holds
    "fully_safe": "_L_KZ_160104_1A",
    "fairly_safe": "_L_KZ_160104_1B",
    "not_safe": "_L_KZ_160104_1C",
    "not_safe_at_all": "_L_KZ_160104_1D",
    "hard_to_say": "_L_KZ_160104_1E",
}
CODES = {"urban": "U", "rural": "R", "men": "M", "women": "F", "60+": "Y_GE60"}


def save(tmp_path, content, name="saved.txt"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def bureau_rows(period="2023"):
    printed = [(a, str(s).replace(".", ",")) for a, s in zip(ANSWERS_RU, SHARES, strict=True)]
    return [(period, region, *pair) for region in REGIONS for pair in printed]


def sdg_csv(held, extra=()):
    """Give the platform's CSV of feeling safe: blank is the total of a breakdown."""
    lines = [["Year", "UNIT_MEASURE", "SERIES", "URBANISATION", "SEX", "AGE", "Value"]]
    for row in held.itertuples():
        code = CODES.get(row.group, f"Y{row.group[:2]}T{row.group[-2:]}")
        places = {"total": ["", "", ""], "locality": [code, "", ""], "sex": ["", code, ""]}
        where = places.get(row.group_by, ["", "", code])
        lines.append([row.wave, "PT", HELD[row.answer], *where, row.share])
        if row.answer_order == 1:
            lines.append([row.wave, "PT", "", *where, 100.0])
    out = io.StringIO()
    csv.writer(out).writerows([*lines, *extra])
    return out.getvalue()


def test_csv_of_the_bureau(tmp_path):
    table = govlib.read_survey_file(save(tmp_path, bureau_csv(bureau_rows("202310"))))
    assert set(table["wave"]) == {"2023-10"}
    assert set(table["item"]) == {"police"}
    assert set(table["question"]) == {"Доверие полиции"}
    for group in ["total", "Abai region", "Almaty"]:
        assert table.loc[table["group"] == group, "share"].tolist() == SHARES
    assert table["answer"].unique().tolist()[0] == "fully_agree"


def test_csv_of_the_sdg_platform_gives_back_every_held_share(tmp_path):
    held = govlib.read_survey("bns-safety")
    held = held[held["wave"].str.len() == 4]
    path = save(tmp_path, sdg_csv(held), "indicator_16-1-4.csv")
    table = govlib.read_survey_file(path, survey="bns-safety")
    keys = ["wave", "group_by", "group", "item", "answer", "answer_order", "share", "base"]
    read, expected = (t[keys].sort_values(keys).reset_index(drop=True) for t in (table, held))
    pd.testing.assert_frame_equal(read, expected)
    assert len(read) == 340


def test_a_published_sum_beyond_rounding_is_refused_or_listed(tmp_path):
    # As the platform publishes it: rural, 2022 sums to 100.3.
    held = govlib.read_survey("bns-safety", waves="2022")
    extra = [[2022, "PT", code, "R", "", "", share] for code, share in
             zip(HELD.values(), [65.2, 33.1, 1.1, 0.4, 0.5], strict=True)]  # fmt: skip
    path = save(tmp_path, sdg_csv(held, extra), "indicator_16-1-4.csv")
    with pytest.raises(BadTable, match=r"safety, rural, 2022: .*sum to 100\.3"):
        govlib.read_survey_file(path)
    table = govlib.read_survey_file(path, skip_incomplete=True)
    assert "rural" not in set(table["group"])
    assert len(table.attrs["left_out"]) == 1


def test_labels_of_the_sdg_platform_in_russian(tmp_path):
    lines = ["Year,UNIT_MEASURE,Правоохранительные органы,Степень доверия,Value"]
    answers = ["высокая", "средняя", "низкая", "не доверяют",
               "никогда не сталкивались с данной структурой"]  # fmt: skip
    lines += [f"2016,PT,к органам прокуратуры,{a},{s}" for a, s in
              zip(answers, [38.7, 43.3, 4.1, 2.0, 11.8], strict=True)]  # fmt: skip
    table = govlib.read_survey_file(save(tmp_path, "\n".join(lines)), survey="bns-trust")
    held = govlib.read_survey("bns-trust", waves="2016", items="prosecutor")
    columns = ["survey", "wave", "group", "item", "answer", "answer_order", "share"]
    pd.testing.assert_frame_equal(table[columns], held[columns])


def test_json_of_taldau(tmp_path):
    slices = [([region, sex, answer], {2022: share, 2023: str(share).replace(".", ",")})
              for region in REGIONS for sex in ["Всего", "Женщины"]
              for answer, share in zip(ANSWERS_RU, SHARES, strict=True)]  # fmt: skip
    path = save(tmp_path, taldau_json(slices), "Доверие полиции.json")
    table = govlib.read_survey_file(path)
    assert set(table["group"]) == {"total", "women", "Abai region", "Abai region, women",
                                   "Almaty", "Almaty, women"}  # fmt: skip
    assert set(table["wave"]) == {"2022", "2023"}
    assert set(table["item"]) == {"police"}
    assert len(table) == 3 * 2 * 5 * 2


def test_slices_of_the_same_terms_may_part_the_years_but_not_overlap(tmp_path):
    def slices(second):
        return [(["РЕСПУБЛИКА КАЗАХСТАН", answer], years)
                for answer, share in zip(ANSWERS_RU, SHARES, strict=True)
                for years in ({2019: share}, {second: share})]  # fmt: skip

    table = govlib.read_survey_file(save(tmp_path, taldau_json(slices(2020))))
    assert set(table["wave"]) == {"2019", "2020"}
    with pytest.raises(BadTable, match=r"entry 1, period 1 and .*entry 2, period 1 are both"):
        govlib.read_survey_file(save(tmp_path, taldau_json(slices(2019))))


def egov_rows():
    return [{"id": n, "god": 2023, "region_kz": "Абай облысы", "region_ru": "область Абай",
             "otvet": answer, "value": str(share).replace(".", ",")}
            for n, (answer, share) in enumerate(zip(ANSWERS_RU, SHARES, strict=True))]  # fmt: skip


def test_json_rows_of_the_open_data_portal(tmp_path):
    rows = egov_rows()
    for content in (rows, {"total": 5, "elements": rows}):
        table = govlib.read_survey_file(save(tmp_path, json.dumps(content)))
        assert table["share"].tolist() == SHARES
        assert set(table["group"]) == {"Abai region"}
        assert set(table["wave"]) == {"2023"}


SDG_HEAD = "Year,UNIT_MEASURE,SERIES,Value\n"
MALFORMED = {
    "nothing": (b"", "is empty"),
    "a web page": ("<!DOCTYPE html><html>404</html>", "is a web page"),
    "text in another encoding": (bureau_csv(bureau_rows())[3:].decode().encode("cp1251"),
                                 "neither a workbook nor text in UTF-8"),
    "another table": ("Region;Share\nAbai;5", "columns are Region;Share; expected PERIOD and VAL"),
    "a line cut off": (SDG_HEAD + "2023,PT,_L_TRST_HIGH,38.7\n2023,PT", "line 3: 2 values for 4"),
    "another unit": (SDG_HEAD + "2023,NUMBER,a,38.7\n", "UNIT_MEASURE is number"),
    "a share that is none": (SDG_HEAD + "2023,PT,_L_TRST_HIGH,many\n",
                             "line 2, column Value: 'many' is not a share"),
    "a year missing": (SDG_HEAD + "2023,PT,_L_TRST_HIGH,38.7\n,PT,_L_TRST_LOW,61.3\n",
                       "line 3, column Value: no year stands"),
    "a year that is none": (SDG_HEAD + "2023.0,PT,_L_TRST_HIGH,38.7\n",
                            "line 2, column Year: '2023.0' is not one year, month or quarter"),
    "a month that is none": (bureau_csv(bureau_rows("202313"), name="Доверие, 2022"),
                             "line 2, column PERIOD: '202313' is not one year, month or quarter"),
    "no answers": (SDG_HEAD.replace("SERIES", "SEX") + "2023,PT,M,50\n2023,PT,F,50\n",
                   "no answers were found"),
    "answers that do not sum": (SDG_HEAD + "2023,PT,_L_TRST_HIGH,60\n2023,PT,_L_TRST_LOW,30\n",
                                r"sum to 90, not to 100"),
    "shares of unknown answers": (SDG_HEAD + "2023,PT,a,60\n2023,PT,b,30\n",
                                  r"which labels are the answers cannot be told.*SERIES \(a, b"),
    "several indicators": (bureau_csv(bureau_rows()) +
                           bureau_csv(bureau_rows(), name="Иное").split(b"\n", 1)[1],
                           "several indicators"),
    "a region misspelt": (bureau_csv([(p, r.replace("АБАЙ", "АБАЙЙ"), a, v)
                                      for p, r, a, v in bureau_rows()]),
                          "line 7, column VAL: 'ОБЛАСТЬ АБАЙЙ' stands among groups of people"),
    "JSON cut off": (taldau_json([(["Казахстан", "a"], {2023: 5})])[:-9], "not complete JSON"),
    "JSON of brackets": ("[" * 100_000, "not complete JSON"),
    "an error of the server": ('{"error": "apiKey is invalid"}', "needs an apiKey"),
    "an empty list": ("[]", "is an empty list"),
    "a list of numbers": ("[1, 2]", "entry 1: 1 is not an object"),
    "a slice without periods": ('[{"termNames": ["a"]}]', "entry 1: expected `termNames`"),
    "terms that are no list": ('[{"termNames": 5, "periods": []}]',
                               "entry 1: expected `termNames`"),
    "a period without a value": ('[{"termNames": ["a"], "periods": [{"name": "2023 год"}]}]',
                                 "entry 1, period 1: .* has no `value`"),
    "a period without a year": ('[{"termNames": ["a"], "periods": [{"name": "I", "value": 5}]}]',
                                "entry 1, period 1: no year in 'I'"),
    "rows without a name of shares": ('[{"god": 2023, "otvet": "да", "itog": 5}]',
                                      "found: none among god, otvet, itog"),
    "rows that differ": (json.dumps([*egov_rows(), {"value": 5}]), "entry 6 lacks god, region_ru"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_file_is_refused_with_its_place_and_reason(tmp_path, name):
    content, answer = MALFORMED[name]
    with pytest.raises(BadTable, match=answer) as error:
        govlib.read_survey_file(save(tmp_path, content, "saved.dat"))
    assert "saved.dat" in str(error.value) or "not to 100" in str(error.value)


def test_the_documentation_lists_every_malformed_file_with_its_answer():
    text = (project_folder() / "docs/survey-files.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| ([^|]+) \| (.+) \|$", text, re.MULTILINE))
    for name, (_, answer) in (MALFORMED | test_survey_workbooks.MALFORMED).items():
        assert re.search(answer, rows[name]), name


def test_a_missing_file_a_wave_and_a_name(tmp_path):
    with pytest.raises(BadTable, match=r"none\.xlsx cannot be read \(No such file"):
        govlib.read_survey_file(tmp_path / "none.xlsx")
    path = save(tmp_path, bureau_csv(bureau_rows()), "police-2023.csv")
    assert set(govlib.read_survey_file(path)["survey"]) == {"police-2023"}
    assert set(govlib.read_survey_file(path, wave=2023)["wave"]) == {"2023"}
    with pytest.raises(BadParameter, match=r"wave = '2021': police-2023\.csv has 2023"):
        govlib.read_survey_file(path, wave="2021")


@pytest.fixture
def site(monkeypatch):
    """Give a function that serves content under a path on loopback and returns its address."""
    monkeypatch.setattr(download, "FIRST_WAIT", 0.01)
    server = worldbank.Server()

    def serve(content, path):
        server.files[path] = content
        return f"http://127.0.0.1:{server.server_port}{path}"

    serve.server = server
    yield serve
    server.closing.set()
    server.shutdown()
    server.server_close()


def test_an_address_gives_the_table_that_the_saved_file_gives(tmp_path, site):
    workbook = write_workbook(tmp_path / "trust-2023.xlsx", [*cover_sheets(), trust_sheet()])
    saved = [(workbook, {}), (save(tmp_path, bureau_csv(bureau_rows()), "police-2023.csv"), {})]
    before = sorted(tmp_path.iterdir())
    for path, options in saved:
        url = site(path.read_bytes(), f"/files/{path.name}")
        site.server.fault("status", route=path.name, code=503)
        site.server.fault("cut_off", route=path.name)
        fetched = govlib.read_survey_file(url, **options)
        expected = govlib.read_survey_file(path, **options)
        pd.testing.assert_frame_equal(fetched, expected)
        assert fetched.attrs["source"] == url
    assert len(site.server.requests) == 6  # each asked again twice
    assert sorted(tmp_path.iterdir()) == before


def test_an_address_without_the_name_of_a_file_needs_one(site):
    slices = [(["РЕСПУБЛИКА КАЗАХСТАН", answer], {2022: share})
              for answer, share in zip(ANSWERS_RU, SHARES, strict=True)]  # fmt: skip
    url = site(taldau_json(slices), "/api/iblock/element/1/json/file/ru/")
    with pytest.raises(BadParameter, match=r"file/ru/ ends in no file's name.*survey='bns-trust'"):
        govlib.read_survey_file(url)
    assert site.server.requests == []
    table = govlib.read_survey_file(url, survey="police")
    assert set(table["survey"]) == set(table["item"]) == {"police"}
    assert table["share"].tolist() == SHARES


def test_an_address_that_fails_says_what_to_do(site):
    url = site(b"<!DOCTYPE html>Log in", "/login.csv")
    with pytest.raises(BadTable, match=r"/login\.csv is a web page, not data"):
        govlib.read_survey_file(url)
    site.server.fault("status", route="login", code=404, times=None)
    with pytest.raises(FailedFetch, match=r"(?s)answered 404.*login\.csv.*Or save the file"):
        govlib.read_survey_file(url)
    assert len(site.server.requests) == 2
    nowhere = "HTTP://127.0.0.1:1/file.csv"
    with pytest.raises(FailedFetch, match=r"(?s)connection failed.*asked 6 times: HTTP://127"):
        govlib.read_survey_file(nowhere)


def test_the_examples_of_the_documentation_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_workbook(tmp_path / "trust-2023.xlsx", [*cover_sheets(), trust_sheet()])
    answers = {
        "Q154": [1.0, 2, 1],
        "Q155": [3.0, 4, 2],
        "Q260": [1.0, 2, 2],
        "Q262": [20.0, 40, 70],
    }
    wvs = pd.DataFrame({"B_COUNTRY_ALPHA": "KAZ", "A_YEAR": 2018.0, "W_WEIGHT": 1.0} | answers)
    pyreadstat.write_sav(wvs, "WVS_Cross-National_Wave_7.sav")
    panel = {"q7": [1.0, 2, 8, 1], "sex": [1.0, 2, 1, 2], "age": [20.0, 30, 40, 70]}
    panel |= {"weight": [1.0, 2, 1, 1], "stratum": [1.0, 1, 2, 2], "psu": [1.0, 2, 1, 2]}
    pyreadstat.write_dta(pd.DataFrame(panel), "panel.dta")
    text = (project_folder() / "docs/survey-files.md").read_text("utf-8")
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        names = {}
        exec(block, names)
        govlib.check_survey(names["table"])
