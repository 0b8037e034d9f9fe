"""Words: every key, answer, item and dimension in every language, and numbers written so."""

import ast
import string

import numpy as np
import pytest
from babel.numbers import format_decimal

from govlib import i18n
from govlib.errors import BadParameter, UnknownName
from govlib.i18n import interval, join_years, number, text, wrap
from govlib.project import figures_folder, project_folder
from govlib.stats._tables import DIMENSIONS

# Sections whose English stands in the data: economies, units, publishers, items.
FROM_DATA = {"economy", "group", "method", "unit", "item", "publisher"}
ENTRIES = {
    f"{section}.{name}": (section, entry)
    for section, names in i18n.read_words().items()
    for name, entry in names.items()
}


def fields(sentence):
    found = set()
    for _, name, form, _ in string.Formatter().parse(sentence):
        if name:
            found |= {name, *fields(form)}  # "{count:of {all} is|of {all} are}"
    return found


@pytest.mark.parametrize("key", ENTRIES)
def test_every_word_is_in_every_language_and_takes_the_same_values(key):
    section, entry = ENTRIES[key]
    needed = set(i18n.LANGUAGES) - ({"en"} if section in FROM_DATA else set())
    assert set(entry) == needed
    assert all(one.strip() == one and one for one in entry.values())
    assert len({frozenset(fields(one)) for one in entry.values()}) == 1


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 of 3 changes are"), (1, "1 of 3 changes is"), (2, "2 of 3 changes are")],
)
def test_a_noun_and_a_verb_agree_with_their_count(count, said):
    given = {"first": 2018, "last": 2022, "count": count, "all": 3}
    assert said in text("peers.found_changes", **given)
    assert "1 of 1 change is" in text("peers.found_changes", **given | {"count": 1, "all": 1})
    assert "1 country" in text("peers.counted", dimension="Rule of Law", count=1)


def used_keys():
    """Return the keys that the code and the notebooks ask for; those made of parts as prefixes."""
    import json

    folder = project_folder()
    sources = {str(path): path.read_text("utf-8") for path in folder.glob("govlib/**/*.py")}
    for path in folder.glob("notebooks/*.ipynb"):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        for cell in cells:
            if cell["cell_type"] == "code":
                sources[f"{path.name} {cell['id']}"] = "".join(cell["source"])
    found, parts = {}, set()
    for place, code in sources.items():
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Constant) and node.value in ENTRIES:
                found[node.value] = (place, True)  # such as a key in a table of keys
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                part = str(node.values[0].value)
                if "." in part and any(key.startswith(part) for key in ENTRIES):
                    parts.add(part)
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            key = node.args[0]
            if name not in ("text", "word", "say", "self", "__call__") or isinstance(key, ast.Name):
                continue
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and "." in key.value:
                found[key.value] = (place, True)
    return found, parts


def test_every_key_that_is_used_exists_and_every_word_is_used():
    used, parts = used_keys()
    whole = set(used)
    assert whole, "no call of text() was found"
    assert whole <= set(ENTRIES), {key: used[key] for key in whole - set(ENTRIES)}
    from_data = tuple(f"{section}." for section in FROM_DATA)
    unused = {k for k in ENTRIES if k not in whole and not k.startswith((*parts, *from_data))}
    assert unused == set()


def test_the_dimensions_are_those_of_the_tables():
    entries = i18n.read_words()["dimension"]
    assert {code: entry["en"] for code, entry in entries.items()} == DIMENSIONS


def test_numbers_are_written_as_in_the_language():
    assert number(-18005.5, "en", 1) == "−18,005.5"
    assert number(-18005.5, "ru", 1) == "−18\u00a0005,5"
    assert number(-18005.5, "kk", 1) == "−18\u00a0005,5"
    assert number(0.145, "kk") == "0,14"
    assert number(-0.001, "en") == "0.00"
    assert number(0.14, "ru", sign=True) == "+0,14"
    assert number(0, "ru", 1, sign=True) == "0,0"
    assert number(float("nan"), "kk") == "мәні жоқ"
    assert interval(-0.349, 0.06, "en") == "−0.35 to 0.06"
    assert interval(-0.349, 0.06, "kk") == "[−0,35; 0,06]"


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
@pytest.mark.parametrize("digits", [0, 1, 2, 3])
def test_numbers_are_those_that_babel_writes(language, digits):
    numbers = [0, 7, 2.5, -0.005, 999.995, -1234.5, 1234567.891, 0.285, float("inf")]
    numbers += np.random.default_rng(1).normal(0, 3000, 300).tolist()
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    for value in numbers:
        written = format_decimal(round(value, digits) + 0.0, format=pattern, locale=language)
        assert number(value, language, digits) == written.replace("-", "−")


def test_what_does_not_exist_is_named_with_what_does():
    with pytest.raises(UnknownName, match=r"'kz' is not known; known: en "):
        text("axis.year", "kz")
    with pytest.raises(UnknownName, match=r"no text 'axis.yaer' .*Did you mean axis.year"):
        text("axis.yaer", "ru")
    with pytest.raises(UnknownName, match=r"'economy.KGZ' in ru, kk, not in en"):
        text("economy.KGZ", "en")
    with pytest.raises(BadParameter, match=r"'trend.none' needs a value for 'edition'"):
        text("trend.none", "kk")
    with pytest.raises(UnknownName, match="'kz' is not known"):
        number(1, "kz")


def test_figures_of_another_language_have_a_folder_of_their_own():
    run = {"figures_dir": "figures", "edition": 2023, "economy": "KAZ"}
    assert figures_folder(run) == "figures/2023/KAZ"
    assert figures_folder(run | {"language": "en"}) == "figures/2023/KAZ"
    assert figures_folder(run | {"language": "kk"}) == "figures/2023/KAZ/kk"


def test_long_labels_are_broken_and_short_ones_kept():
    assert wrap("Rule of Law", 28) == "Rule of Law"
    long = wrap(text("dimension.pv", "kk") * 4, 28)
    assert max(map(len, long.split("\n"))) <= 28
    assert wrap("x" * 200, 28).replace("\n", "") == "x" * 200


@pytest.mark.parametrize(
    ("years", "written"),
    [
        ([], ""),
        ([2022], "2022"),
        ([2018, 2019], "2018–2019"),
        ([1996, 1998, 2000, 2002, 2003, 2004], "1996, 1998, 2000, 2002–2004"),
        ([2003, 2002, 2003], "2002–2003"),
    ],
)
def test_years_are_written_as_ranges(years, written):
    assert join_years(years) == written
