"""Tables as text and documents: every cell arrives, numbers with their uncertainty."""

import io
import json
import re
import sys

import docx
import pandas as pd
import pytest

from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.publish.tables import FORMATS, format_table, lay_out_table, show_table

TABLE = pd.DataFrame(
    {
        "name": ["a|b", "50% & more_less <x>", "Қазақстан ₸"],
        "value": ["0.10", "\u22121.00", ""],
        "number": [1.5, None, 3.0],
    }
)
AROUND = {"caption": "A caption, 50% & <more>.", "notes": ["A note, 100% of <cases>."]}


def test_markdown_csv_and_json_keep_cells_as_they_are_written():
    text = format_table(TABLE, "md", right=["number"], **AROUND).decode()
    assert text.startswith("**A caption, 50% & <more>.**\n\n|") and "---:|" in text
    assert text.endswith("\n\nA note, 100% of <cases>.\n")
    rows = [line.replace("\\|", "!") for line in text.splitlines() if line.startswith("|")]
    assert [cell.strip() for cell in rows[2].split("|")[1:-1]] == ["a!b", "0.10", "1.5"]
    assert len(rows) == 2 + len(TABLE) and "nan" not in text
    read = pd.read_csv(io.BytesIO(format_table(TABLE, "csv")), dtype={"value": str})
    assert read["name"].tolist() == TABLE["name"].tolist()
    rows = json.loads(format_table(TABLE, "json"))
    assert rows[1] == {"name": TABLE["name"][1], "value": "\u22121.00", "number": None}
    assert "Қазақстан" in format_table(TABLE, "json").decode()


def test_latex_is_escaped_ruled_and_wraps_sentences():
    text = format_table(TABLE, "tex").decode()
    assert r"50\% \& more\_less <x> & $-$1.00 &" in text
    assert text.count(r"\toprule") == text.count(r"\bottomrule") == 1
    assert r"\begin{tabular}{lll}" in text and "caption" not in text
    wide = pd.DataFrame({"a sentence too long for one line": ["x " * 100], "n": ["1.5"]})
    text = format_table(wide, "tex", right=["n"], **AROUND).decode()
    assert r"\begin{tabularx}{\linewidth}{Xr}" in text and r"\end{tabularx}" in text
    assert r"\caption{A caption, 50\% \& <more>.}" in text
    assert text.index(r"\bottomrule") < text.index(r"100\% of <cases>")


def test_html_is_escaped_and_aligned():
    page = format_table(TABLE, "html", right=["number"], **AROUND).decode()
    [read] = pd.read_html(io.StringIO(page), keep_default_na=False)
    assert read["name"].tolist()[:3] == TABLE["name"].tolist()
    assert "100% of &lt;cases&gt;" in page and "<tfoot>" in page
    assert "A caption, 50% &amp; &lt;more&gt;." in page
    assert re.search(r"\.col2 \{\s*text-align: right", page)


def test_word_has_every_cell_and_repeats_its_head(monkeypatch):
    content = format_table(TABLE, "docx", right=["number"], **AROUND)
    assert content == format_table(TABLE, "docx", right=["number"], **AROUND)
    document = docx.Document(io.BytesIO(content))
    [grid] = document.tables
    cells = [[cell.text for cell in row.cells] for row in grid.rows]
    numbers = ["1.5", "", "3.0"]
    assert cells == [list(TABLE), *TABLE.assign(number=numbers).to_numpy().tolist()]
    assert grid.rows[1].cells[2].paragraphs[0].alignment == 2  # right
    words = [paragraph.text for paragraph in document.paragraphs]
    assert words == [AROUND["caption"], *AROUND["notes"]]
    assert document.element.xml.count("tblHeader") == 1
    monkeypatch.setitem(sys.modules, "docx", None)  # as if it were not installed
    with pytest.raises(BadParameter, match=r'needs .*docx.*: pip install "govlib\[tables\]"'):
        format_table(TABLE, "docx")


@pytest.mark.parametrize("kind", sorted({*FORMATS} - {"csv", "json"}))
def test_a_control_character_is_named_wherever_it_is(kind):
    good = {"table": pd.DataFrame({"a": ["b"]}), "caption": "c", "notes": ["d"]}
    assert format_table(kind=kind, **good)
    for name, bad in {
        "table": pd.DataFrame({"a": ["b\x0b"]}),
        "caption": "\x0bc",
        "notes": "\x0b",
    }.items():
        with pytest.raises(BadTable, match=r"has the control character U\+000B"):
            format_table(kind=kind, **good | {name: bad})
    with pytest.raises(BadTable, match=r"'a.x0b' has"):
        format_table(pd.DataFrame({"a\x0b": ["b"]}), kind)


def test_an_unknown_format_is_answered():
    assert set(FORMATS) == {"md", "csv", "json", "tex", "html", "docx"}
    with pytest.raises(UnknownName, match=r"known: md, csv, .* docx. Did you mean docx"):
        format_table(TABLE, "doc")


ERRORS = {"estimate": "standard_error"}


@pytest.mark.parametrize(
    ("options", "head", "last"),
    [
        ({}, "estimate (standard_error)", "\u20070.14 (0.25)"),
        ({"profile": "nature-single"}, "estimate ± standard_error", "\u20070.14 ± 0.25"),
        ({"language": "kk"}, "estimate (standard_error)", "\u20070,14 (0,25)"),
    ],
)
def test_numbers_have_their_errors_and_equal_decimals(estimates, options, head, last):
    columns = ["economy", "year", "estimate", "standard_error", "sources"]
    shown = lay_out_table(estimates[columns], uncertainty=ERRORS, **options)
    assert list(shown) == ["economy", "year", head, "sources"]
    assert shown[head].tolist()[-1] == last
    assert shown[head][0].startswith("\u22120")
    assert len({len(text) for text in shown[head]}) == 1
    assert shown["year"].tolist() == [str(year) for year in range(2018, 2023)]


def test_bounds_are_an_interval_decimals_follow_what_is_known_and_zero_has_no_minus():
    shares = pd.DataFrame(
        {"item": ["a", "b", "c"], "share": [41.26, 8.0, None]}
        | {"lower": [39.1, 7.2, None], "upper": [43.4, None, None]}
    )
    shown = lay_out_table(shares, uncertainty={"share": ("lower", "upper")})
    assert shown["share [lower; upper]"].tolist() == ["41.3 [39.1; 43.4]", "\u20078.0", ""]
    made = pd.DataFrame(
        {"big": [1234.5, 99.0], "share": [41.26, 3.0], "count": [3.0, None]}
        | {"change": [-0.0001, -1.25], "true": [True, False]}
    )
    assert lay_out_table(made).to_dict("list") == {
        "big": ["1234", "\u2007\u200799"],
        "share": ["41.3", "\u20073.0"],
        "count": ["3", ""],
        "change": ["\u20070.00", "\u22121.25"],
        "true": ["True", "False"],
    }


def test_a_table_for_readers_has_names_and_intervals_in_place_of_codes(estimates):
    middle = estimates["estimate"]
    ends = {"estimate_lower": middle - 0.3, "estimate_upper": middle + 0.3}
    columns = ["dimension", "year", "estimate", *ends, "sources"]
    shown = show_table(estimates.assign(**ends)[columns], language="ru").cells
    assert list(shown) == ["Dimension", "Year", "Estimate [interval]", "Sources"]
    assert shown["Dimension"].tolist() == ["Эффективность правительства"] * len(estimates)
    assert shown["Estimate [interval]"].str.fullmatch(r"[−\u2007\d,]+ \[.+; .+\]").all()


def test_in_a_notebook_texts_are_flush_left_numbers_right_and_truth_is_a_word():
    table = pd.DataFrame(
        {"body": ["<td>", "b"], "change": [0.5, -1.0], "significant": [True, None]}
    )
    page = show_table(table, language="kk")._repr_html_()
    cells = re.findall(r'<td style="text-align: (\w+)">(.*?)</td>', page)
    sides, values = zip(*cells, strict=True)
    assert sides == ("left", "right", "left") * 2
    assert (values[0], values[2], values[5]) == ("&lt;td&gt;", "иә", "")


@pytest.mark.parametrize(
    ("table", "options", "error", "answer"),
    [
        (pd.DataFrame(), {}, BadTable, "0 rows and 0 columns: there is nothing to save"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), {}, BadTable, "two columns a"),
        (TABLE.set_index("name"), {}, BadTable, "name would be lost: .* reset_index"),
        (TABLE, {"uncertainty": {"number": "se"}}, BadTable, r"not \['se'\]; there are: number"),
        (TABLE, {"uncertainty": {"number": ["number"] * 3}}, BadTable, "two bounds are to be"),
        (TABLE, {"uncertainty": {"name": "number"}}, BadTable, "'name' and its error"),
        (TABLE, {"language": "xx"}, UnknownName, "'xx' is not known; known"),
        (TABLE, {"profile": "natur-single"}, UnknownName, "Did you mean nature-single"),
    ],
)
def test_a_table_that_cannot_be_laid_out_is_answered(table, options, error, answer):
    with pytest.raises(error, match=answer):
        lay_out_table(table, **options)
