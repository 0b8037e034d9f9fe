"""What a reader asks a notebook's kernel: help and completion answer."""

import pydoc

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import govlib


def complete(text):
    """Return what Tab offers after a text."""
    shell = InteractiveShell.instance()
    shell.user_ns["govlib"] = govlib
    shell.user_ns["names"] = govlib.economy_names()
    with provisionalcompleter():
        return {found.text for found in shell.Completer.completions(text, len(text))}


def test_help_answers_with_columns_units_and_ranges():
    text = pydoc.plain(pydoc.render_doc(govlib.read_wgi))
    text = text.replace("(\n    ", "(")  # Python 3.13 gives each parameter a line
    for words in (
        "read_wgi(edition",
        "standard normal units",
        "0 to 100",
        "Raises",
        "held_editions",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("govlib.read_w", "read_wgi"), ("govlib.plot_tr", "plot_trend"), ('names["KA', "KAZ")],
)
def test_tab_completes_functions_and_economies(typed, offered):
    assert any(offered in text for text in complete(typed)), complete(typed)


def test_a_mistake_is_answered_without_a_traceback():
    shell = InteractiveShell.instance()
    shell.user_ns["govlib"] = govlib
    shown = []
    shell._showtraceback = lambda kind, value, lines: shown.extend(lines)
    shell.run_cell("govlib.read_wgi(2023, economies='KZA')")
    place, *shown = shown
    assert place == "Cell In[1], line 1"
    assert len(shown) == 1
    assert shown[0].startswith("UnknownName: 'KZA' is not an economy of WGI edition 2023")
