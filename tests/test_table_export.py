"""Tables as a journal takes them: aligned, with their uncertainty, notes and source underneath."""

import io
import json
import re
import subprocess
import sys

import docx
import pandas as pd
import pytest

import govlib
from govlib.datasets import package as catalog
from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.publish import metadata

STEM = "01-effectiveness-and-voice-table"
KINDS = ["csv", "json", "md", "tex", "html", "docx"]
ERRORS = {"estimate": "standard_error"}
NUMBERS = {
    "parameters": {"economy": "KAZ", "edition": 2023, "figures_dir": "/srv/x"},
    "data": catalog.find_edition(2023)["hash"],
    "caption": "Government Effectiveness, 50% & more_less.",
    "notes": ["Standard errors in parentheses; 100% of <cases>."],
}


def table():
    found = govlib.wgi.read(2023, economies="KAZ", dimensions="ge", years=range(2018, 2023))
    return found[["economy", "year", "estimate", "standard_error", "sources"]]


def save(folder, **options):
    options = {"numbers": NUMBERS, "uncertainty": ERRORS} | options
    return govlib.save_table(options.pop("table", table()), STEM, folder, **options)


def contents(folder):
    return {path.suffix[1:]: path.read_bytes() for path in folder.iterdir()}


def test_six_files_with_the_same_bytes_each_time(tmp_path):
    assert [path.suffix[1:] for path in save(tmp_path)] == KINDS
    first = contents(tmp_path)
    code = "import test_table_export as t, pathlib, sys; t.save(pathlib.Path(sys.argv[1]))"
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "again")],
        check=True,
        cwd=catalog.project_folder() / "tests",
        env={"TZ": "Asia/Almaty", "PYTHONHASHSEED": "5", "PATH": ""},
    )
    assert contents(tmp_path / "again") == first


def test_numbers_stand_with_their_errors_and_equal_decimals():
    shown = govlib.lay_out_table(table(), uncertainty=ERRORS)
    assert list(shown) == ["economy", "year", "estimate (standard_error)", "sources"]
    assert shown["estimate (standard_error)"].tolist()[-1] == "\u20070.14 (0.25)"
    assert shown["estimate (standard_error)"].tolist()[0].startswith("−0.04 (")
    assert shown["year"].tolist() == [str(year) for year in range(2018, 2023)]
    assert len({len(text) for text in shown["estimate (standard_error)"]}) == 1
    shown = govlib.lay_out_table(table(), uncertainty=ERRORS, profile="nature-single")
    assert shown["estimate ± standard_error"].tolist()[-1] == "\u20070.14 ± 0.25"
    shown = govlib.lay_out_table(table(), uncertainty=ERRORS, language="kk")
    assert shown["estimate (standard_error)"].tolist()[-1] == "\u20070,14 (0,25)"


def test_bounds_are_written_as_an_interval_and_what_is_missing_stays_empty():
    shares = pd.DataFrame(
        {"item": ["a", "b", "c"], "share": [41.26, 8.0, None]}
        | {"lower": [39.1, 7.2, None], "upper": [43.4, None, None]}
    )
    shown = govlib.lay_out_table(shares, uncertainty={"share": ("lower", "upper")})
    assert shown["share [lower; upper]"].tolist() == [
        "41.3 [39.1; 43.4]",
        "\u20078.0",
        "",
    ]


def test_decimals_follow_what_is_known():
    made = pd.DataFrame({"big": [1234.5, 99.0], "share": [41.26, 3.0], "count": [3.0, None]})
    shown = govlib.lay_out_table(made)
    assert shown["big"].tolist() == ["1234", "\u2007\u200799"]
    assert shown["share"].tolist() == ["41.3", "\u20073.0"]
    assert shown["count"].tolist() == ["3", ""]


def test_a_number_that_rounds_to_zero_has_no_minus():
    shown = govlib.lay_out_table(pd.DataFrame({"change": [-0.0001, -1.25]}))
    assert shown["change"].tolist() == ["\u20070.00", "−1.25"]


def test_each_format_has_caption_cells_notes_and_source(tmp_path):
    save(tmp_path)
    read = pd.read_csv(tmp_path / f"{STEM}.csv")
    assert read["estimate"].tolist() == table()["estimate"].tolist()
    rows = json.loads((tmp_path / f"{STEM}.json").read_text("utf-8"))
    assert rows["rows"][-1]["estimate"] == 0.14343049
    assert "/srv/x" not in json.dumps(rows)
    text = (tmp_path / f"{STEM}.md").read_text("utf-8")
    assert text.startswith("**Government Effectiveness")
    assert "---:|" in text
    assert text.index("0.14 (0.25)") < text.index("Standard errors in") < text.index("Kaufmann")
    tex = (tmp_path / f"{STEM}.tex").read_text("utf-8")
    assert r"\caption{Government Effectiveness, 50\% \& more\_less.}" in tex
    assert r"\begin{tabular}{lrrr}" in tex
    assert r"$-$0.04 (0.21)" in tex and r"\phantom{0}0.14 (0.25)" in tex
    assert tex.index(r"\bottomrule") < tex.index(r"100\% of <cases>") < tex.index("Kaufmann")
    [held] = pd.read_html(io.StringIO((tmp_path / f"{STEM}.html").read_text("utf-8")))
    assert held["year"].astype(str).tolist()[:5] == [str(y) for y in range(2018, 2023)]
    page = (tmp_path / f"{STEM}.html").read_text("utf-8")
    assert "100% of &lt;cases&gt;" in page and "<tfoot>" in page and "text-align: right" in page
    assert re.search(r"th\.col2 \{\s*text-align: right", page)  # as the numbers below
    document = docx.Document(tmp_path / f"{STEM}.docx")
    words = [paragraph.text for paragraph in document.paragraphs]
    assert words[0] == NUMBERS["caption"]
    assert words[1] == NUMBERS["notes"][0] and words[2].startswith("Kaufmann")
    cell = document.tables[0].rows[-1].cells[2]
    assert cell.text == "\u20070.14 (0.25)"
    assert cell.paragraphs[0].alignment == 2  # right


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_leads_back_to_what_made_it(tmp_path, kind):
    save(tmp_path, profile="web")
    about = metadata.read_metadata(tmp_path / "web" / f"{STEM}.{kind}")
    assert about["made"]["notebook"] == "01-effectiveness-and-voice"
    assert about["made"]["parameters"] == {"economy": "KAZ", "edition": 2023, "profile": "web"}


@pytest.mark.parametrize(
    ("options", "error", "answer"),
    [
        ({"table": pd.DataFrame()}, BadTable, "0 rows and 0 columns: there is nothing to save"),
        ({"table": pd.DataFrame({"a": []})}, BadTable, "0 rows and 1 columns"),
        ({"table": pd.DataFrame([[1, 2]], columns=["a", "a"])}, BadTable, "two columns a"),
        ({"uncertainty": {"estimate": "se"}}, BadTable, "names se; .* of: economy, year"),
        ({"uncertainty": {"estimate": ["year"] * 3}}, BadTable, "3 columns for estimate"),
        ({"uncertainty": {"economy": "standard_error"}}, BadTable, "economy, which holds no numb"),
        ({"uncertainty": {"estimate": "economy"}}, BadTable, "economy, which holds no numbers"),
        ({"table": table().set_index("year")}, BadTable, "year would be lost: .* reset_index"),
        ({"numbers": {"parameters": {"language": "xx"}}}, UnknownName, "'xx' is not known; known"),
        ({"profile": "natur-single"}, UnknownName, "Did you mean nature-single"),
        ({"numbers": {"parameters": {"x": "/home/me"}}}, BadParameter, "absolute path"),
    ],
)
def test_bad_input_is_answered_and_earlier_files_stay(tmp_path, options, error, answer):
    save(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(error, match=answer):
        save(tmp_path, **options)
    assert contents(tmp_path) == before


def test_a_heading_and_a_cell_of_two_hundred_letters_wrap_where_lines_can(tmp_path):
    words = ("a heading that goes on " * 9)[:200].strip()
    long = pd.DataFrame({words: ["x " * 100], "n": [1.5]})
    save(tmp_path, table=long, uncertainty=None)
    assert r"\begin{tabularx}{\linewidth}{Xr}" in (tmp_path / f"{STEM}.tex").read_text("utf-8")
    assert docx.Document(tmp_path / f"{STEM}.docx").tables[0].rows[0].cells[0].text == words
