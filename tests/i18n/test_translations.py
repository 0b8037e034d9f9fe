"""Every English text that the data have is translated."""

import re

import pytest

import govlib
from govlib.claims.ledger import VERDICTS
from govlib.claims.ledger import names as ledgers
from govlib.claims.ledger import read as read_claims
from govlib.datasets.economies import group_titles
from govlib.datasets.economies import groups as read_groups
from govlib.i18n import LANGUAGES, translate
from govlib.stats.shares import BASES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_data_has_a_translation(language):
    for name in govlib.surveys.names():
        labels = govlib.surveys.labels(name, language)
        table = govlib.surveys.read(name)
        found = {*table["item"], *table["answer"], *table["group"]}
        assert [w for w in found if re.search("[a-z]", w) and w not in labels] == []
        record = govlib.surveys.info(name)
        assert all(question[language] for question in record["questions"].values())
        assert translate(record["sources"][0]["publisher"], "publisher", language)
    figures = govlib.surveys.single_figures()
    for item in set(figures["item"]):
        assert translate(item, "item", language)
    for publisher in set(figures["publisher"]):
        assert translate(publisher, "publisher", language)
    claims = [claim for name in ledgers() for claim in read_claims(name).claims]
    for unit in {claim.unit for claim in claims if claim.compute}:
        assert translate(unit, "unit", language)
    for verdict in VERDICTS:
        assert govlib.text(f"verdict.{verdict}", language)
    for base in BASES:
        assert govlib.text(f"base.{base}", language)
    assert set(group_titles(language)) == set(read_groups()["group"])
