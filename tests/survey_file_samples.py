"""Small files in the forms that publishers use, written by the libraries that write such files."""

import json

import openpyxl
import xlwt

ANSWERS_RU = [
    "полностью согласен/согласна",
    "частично согласен/согласна",
    "частично не согласен/согласна",
    "полностью не согласен/согласна",
    "никогда не сталкивались с данной структурой",
]
KK_TITLE = "1. Халықтың құқық қорғау органдарына сенім деңгейі"
RU_TITLE = "1. Уровень доверия населения к правоохранительным органам"
SEX_TITLE = "2. Уровень доверия к судам по полу"
SHARES = {  # fully, partly, partly not, fully not, never: police and prosecutor
    "Республика Казахстан": ([39.5, 38.0, 5.2, 2.0, 15.3], [44.0, 31.6, 3.4, 1.7, 19.3]),
    "городская местность": ([36.1, 40.0, 6.2, 2.4, 15.3], [40.0, 35.6, 3.4, 1.7, 19.3]),
    "сельская местность": ([44.9, 35.0, 3.8, 1.0, 15.3], [48.0, 27.6, 3.4, 1.7, 19.3]),
    "Aбай": ([50.0, 25.0, 5.0, 4.9, 15.1], [60.0, 20.0, 5.0, 5.0, 10.0]),  # a Latin A
    "Восточно-Казахстанская": ([30.0, 45.0, 5.0, 5.0, 15.0], [60.0, 20.0, 5.0, 5.0, 10.0]),
    "г.\u00a0Алматы": ([20.0, 55.0, 10.0, 10.0, 5.0], [60.0, 20.0, 5.0, 0.0, 15.0]),
}


def body_rows(rows=None):
    """Give the rows of table 1 as Excel holds them: some numbers, some text."""
    printed = []
    for label, (police, prosecutor) in (rows or SHARES).items():
        values = [*police, *prosecutor]
        if label == "Aбай":  # decimal commas, a footnote mark, a no-break space
            values = [str(v).replace(".", ",") for v in values]
            values[3] = "4,9*"
            values[4] = "15,1\u00a0"
        if label.startswith("г."):
            values[8] = "-"
        printed.append([label, *values])
    return printed


def trust_sheet(rows=None):
    """Give table 1: Kazakh and Russian titles, unit, two rows of headings, body, note."""
    bodies = ["", "органам полиции можно доверять", *[""] * 4]
    bodies += ["органам прокуратуры можно доверять", *[""] * 4]
    grid = [
        [KK_TITLE],
        [RU_TITLE],
        [],
        [""] * 10 + ["в процентах"],
        bodies,
        ["", *ANSWERS_RU, *ANSWERS_RU],
        *(rows or body_rows()),
        [],
        ["* Малое число наблюдений"],
    ]
    merges = [(0, 0, 0, 10), (1, 0, 1, 10), (4, 0, 5, 0), (4, 1, 4, 5), (4, 6, 4, 10)]
    return "3", grid, merges


def sex_sheet():
    """Give table 2: merged labels of rows, years across, no merged headings."""
    grid = [
        [SEX_TITLE],
        ["", "", "2023 год", "", "", "2024 год", "", ""],
        ["", "", *["доверяю", "не доверяю", "затрудняюсь ответить"] * 2],
        ["Всего", "Всего", 60.0, 30.0, 10.0, 61.0, 29.0, 10.0],
        ["", "Мужчины", 58.0, 32.0, 10.0, 59.0, 31.0, 10.0],
        ["", "Женщины", 62.0, 28.0, 10.0, 63.0, 27.0, 10.0],
        ["Улытау", "Всего", 70.0, 20.0, 10.0, 71.0, 19.0, 10.0],
        ["", "Мужчины", 68.0, 22.0, 10.0, 69.0, 21.0, 10.0],
        ["", "Женщины", 72.0, 18.0, 10.0, 73.0, 17.0, 10.0],
    ]
    return "5", grid, [(3, 0, 5, 0), (6, 0, 8, 0)]


def cover_sheets(date="октябрь-ноябрь 2023 года"):
    """Give the cover, contents and metadata that stand before the tables."""
    cover = ["Обложка", [[], ["", "Қазақстан Республикасының Ұлттық статистика бюросы"]], []]
    cover[1] += [["", f"Выборочное обследование, {date}"]]
    contents = ["Содержание", [["Мазмұны / Содержание"], ["Наименование", "стр."]], []]
    contents[1] += [[RU_TITLE, 3], [SEX_TITLE, 5]]
    about = ["Метаданные", [["Охват", "население в возрасте 15-80 лет"]], []]
    return [cover, contents, about]


def write_workbook(path, sheets):
    """Write sheets as .xlsx (openpyxl) or .xls (xlwt), by the name of the file."""
    if path.suffix == ".xls":
        book = xlwt.Workbook()
        for name, grid, merges in sheets:
            sheet = book.add_sheet(name)
            spans = {(top, left): (bottom, right) for top, left, bottom, right in merges}
            for r, row in enumerate(grid):
                for c, value in enumerate(row):
                    if (r, c) in spans:
                        bottom, right = spans[r, c]
                        sheet.write_merge(r, bottom, c, right, value)
                    elif value != "":
                        sheet.write(r, c, value)
        book.save(str(path))
        return path
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, grid, merges in sheets:
        sheet = book.create_sheet(name)
        for row in grid:
            sheet.append([None if value == "" else value for value in row])
        for merge in merges:
            sheet.merge_cells(None, *(n + 1 for n in merge))
    book.save(path)
    return path


def bureau_csv(rows, *, name="Доверие полиции"):
    """Give the Bureau's CSV: tabs, a byte-order mark, levels beside labels."""
    head = "NAM\tDAT\tPERIOD\tКАТО(по каталогу)\tLКАТО(по каталогу)\tОтвет\tLОтвет\tVAL"
    lines = [f"{name}\t01.02.2024\t{p}\t{r}\t0\t{a}\t0\t{v}" for p, r, a, v in rows]
    return ("\ufeff" + "\n".join([head, *lines]) + "\n").encode()


def taldau_json(slices):
    """Give Taldau's JSON: a slice of the cube for each combination of terms."""
    read = [
        {"id": number, "terms": list(range(len(names))), "termNames": names, "periods": [
            {"name": f"{year} год", "date": f"31.12.{year}", "value": value}
            for year, value in values.items()]}
        for number, (names, values) in enumerate(slices)
    ]  # fmt: skip
    return json.dumps(read, ensure_ascii=False).encode()
