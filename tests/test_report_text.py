"""Text as HTML: our markup is markup, everybody else's is text."""

import pandas as pd
import pytest

from govlib.run.report_text import (
    plain_text,
    render_code,
    render_markdown,
    render_output,
    render_table,
)

HOSTILE = "<img src=x onerror=alert(1)>"
SHOWN = "&lt;img src=x onerror=alert(1)&gt;"


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "# {}",
        "**{}**",
        "- {}",
        "`{}`",
        "[{}](data.md)",
        "| a |\n|---|\n| {} |",
        "```python\n{}\n```",
        "    {}",
        "> {}",
    ],
)
def test_html_in_markdown_is_text(text):
    html = render_markdown(text.format(HOSTILE))
    assert "<img" not in html
    assert HOSTILE in plain_text(html)


def test_links_lead_to_pages_or_outside_but_never_to_a_script_or_a_file_that_is_not_there():
    html = render_markdown(
        "[a](../docs/data.md#codes) [b](claims.py) [c](javascript:alert(1)) [d](https://e.org/?a&b)"
        ' ![e](https://e.org/a.png) [f](https://e.org/"onclick="alert(1))',
        targets={"data.md": "data.html"},
    )
    assert '<a href="data.html#codes">a</a> b c <a href="https://e.org/?a&amp;b" rel' in html
    assert "<img" not in html
    assert "javascript" not in html
    assert '"onclick' not in html


def test_headings_have_ids_of_their_own_on_the_page():
    taken = set()
    first = render_markdown("# Data\n\n## The change, answer by answer\n\n## Data", taken=taken)
    assert 'id="data"' in first
    assert 'id="the-change-answer-by-answer"' in first
    assert 'id="data-2"' in first
    assert 'id="data-3"' in render_markdown("## Data", taken=taken)


def test_a_table_keeps_its_text_and_names_its_columns_and_rows():
    table = pd.DataFrame({HOSTILE: [HOSTILE, "-0.5"], "n": [1, 2]}, index=["a", "b"])
    html = render_table(table._repr_html_(), f"Table: {HOSTILE}")
    assert html.count(SHOWN) == 3
    assert "<img" not in html
    assert "<style" not in html
    assert f'<th scope="col">{SHOWN}</th>' in html
    assert '<th scope="row">a</th>' in html
    assert '<td class="number">2</td>' in html
    assert "<td>-0.5</td>" in html  # in a column of words
    assert "border=" not in html


def test_a_table_of_several_heads_keeps_its_spans():
    table = pd.DataFrame({("x", "a"): [1], ("x", "b"): [2], ("y", "a"): [3]})
    html = render_table(table._repr_html_(), "t")
    assert '<th scope="col" colspan="2"' in html.replace(
        '<th colspan="2" scope="col"', "<th scope="
    )
    assert "halign" not in html


def test_markup_that_a_table_must_not_have_is_text():
    html = render_table(f"<table><tbody><tr><td>{HOSTILE}</td></tr></tbody></table></main>", "t")
    assert SHOWN in html
    assert "</main>" not in html
    assert "onclick" not in render_table('<table onclick="alert(1)"></table>', "t")


def test_code_and_printed_text_are_text():
    assert HOSTILE in plain_text(render_code(f"print('{HOSTILE}')"))
    assert HOSTILE in plain_text(render_code(HOSTILE, "no-such-language"))
    assert render_output({"text/plain": HOSTILE}, "t").count(SHOWN) == 1
    assert SHOWN in render_output({"text/markdown": [HOSTILE]}, "t")
    assert render_output({}, "t") == ""


def test_the_richest_form_is_shown():
    data = {"text/plain": "plain", "text/html": "<table><tr><td>rich</td></tr></table>"}
    assert "rich" in render_output(data, "t")
    assert "plain" not in render_output(data, "t")
