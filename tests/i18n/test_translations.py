"""Every English text that the data have is translated."""

import re

import pytest

import govlib
from govlib.claims.ledger import VERDICTS, read_claims
from govlib.datasets.groups import group_titles, read_groups
from govlib.datasets.survey_table import BASES
from govlib.i18n.words import LANGUAGES, translate


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_data_has_a_translation(language):
    for name in govlib.held_surveys():
        labels = govlib.label_survey(name, language)
        table = govlib.read_survey(name)
        found = {*table["item"], *table["answer"], *table["group"]}
        assert [w for w in found if re.search("[a-z]", w) and w not in labels] == []
        record = govlib.describe_survey(name)
        assert all(question[language] for question in record["questions"].values())
        assert translate(record["sources"][0]["publisher"], "publisher", language)
    figures = govlib.read_single_figures()
    for item in set(figures["item"]):
        assert translate(item, "item", language)
    for publisher in set(figures["publisher"]):
        assert translate(publisher, "publisher", language)
    claims = read_claims()["claim"]
    for unit in {claim["unit"] for claim in claims}:
        assert translate(unit, "unit", language)
    for verdict in VERDICTS:
        assert govlib.word(f"verdict.{verdict}", language)
    for base in BASES:
        assert govlib.word(f"base.{base}", language)
    assert set(group_titles(language)) == set(read_groups()["group"])
