"""Tables as text and documents: every cell arrives, and nothing in it is taken for markup."""

import io
import json

import docx
import pandas as pd
import pytest

from govlib.errors import UnknownName
from govlib.publish.tables import FORMATS, format_table

TABLE = pd.DataFrame(
    {
        "name": ["a|b", "50% & more_less", "Қазақстан ₸"],
        "value": ["0.10", "-1.00", ""],
        "number": [1.5, None, 3.0],
    }
)


def test_markdown_keeps_cells_as_they_are_written():
    lines = format_table(TABLE, "md").decode().splitlines()
    assert len(lines) == 2 + len(TABLE)
    assert [cell.strip() for cell in lines[2].replace("\\|", "!").split("|")[1:-1]] == [
        "a!b",
        "0.10",
        "1.5",
    ]
    assert "nan" not in lines[3]


def test_csv_and_json_read_back():
    read = pd.read_csv(io.BytesIO(format_table(TABLE, "csv")), dtype={"value": str})
    assert read["name"].tolist() == TABLE["name"].tolist()
    rows = json.loads(format_table(TABLE, "json"))
    assert rows[1] == {"name": "50% & more_less", "value": "-1.00", "number": None}
    assert "Қазақстан" in format_table(TABLE, "json").decode()


def test_latex_is_escaped_ruled_and_wraps_sentences():
    text = format_table(TABLE, "tex").decode()
    assert r"50\% \& more\_less" in text
    assert text.count(r"\toprule") == text.count(r"\bottomrule") == 1
    assert r"\begin{tabular}{lll}" in text
    wide = TABLE.assign(name="a sentence that is too long for one line of a page")
    text = format_table(wide, "tex").decode()
    assert r"\begin{tabularx}{\linewidth}{Xll}" in text
    assert r"\end{tabularx}" in text


def test_word_holds_every_cell_and_repeats_its_head():
    document = docx.Document(io.BytesIO(format_table(TABLE, "docx")))
    [grid] = document.tables
    cells = [[cell.text for cell in row.cells] for row in grid.rows]
    assert cells[0] == list(TABLE.columns)
    assert cells[2] == ["50% & more_less", "-1.00", ""]
    assert "tblHeader" in grid.rows[0]._tr.xml


def test_an_unknown_format_is_answered():
    assert set(FORMATS) == {"md", "csv", "json", "tex", "html", "docx"}
    with pytest.raises(
        UnknownName, match=r"known: md, csv, json, tex, html, docx. Did you mean docx"
    ):
        format_table(TABLE, "doc")
