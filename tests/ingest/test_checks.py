"""A table that is not a whole, sound edition is refused with the row; a sound one passes."""

import numpy as np
import pandas as pd
import pytest

import govlib
from govlib.errors import BadTable
from govlib.ingest import checks

TABLE = govlib.wgi.read(2023)
SCORES = govlib.wgi.read(2025)


def refused(table, **options):
    found = checks.check(table, **options)
    return " ".join(found.loc[found["verdict"] == "refused", "finding"])


@pytest.mark.parametrize("edition", govlib.wgi.editions())
def test_every_edition_held_passes(edition):
    found = checks.check(govlib.wgi.read(edition))
    assert set(found["verdict"]) <= {"passed", "remark"}
    assert set(found["check"]) >= {"economies", "years", "ranges", "presence", "compare"}


def test_remarks_say_what_changed():
    found = checks.check(SCORES)
    text = " ".join(found.loc[found["verdict"] == "remark", "finding"])
    assert "Against edition 2024 gained: NCL, PYF." in text
    assert "NIU 2022 ge -2.58" in text
    assert "4 economies and dimensions are not listed in all years, first NCL ge (0 of 26)" in text
    text = " ".join(checks.check(TABLE)["finding"])
    assert "Of 28376 values of the same years, 61.8% equal those of edition 2022" in text
    assert "All ranks and their bounds follow from the estimates to 1e-5." in text


def first(table, **values):
    """Change the first row that has values."""
    table = table.copy()
    row = table.index[table["estimate"].notna()][0]  # Aruba, 2004, va
    for column, value in values.items():
        table.loc[row, column] = value
    return table


def swapped(table, one, other):
    """Exchange the values of two dimensions."""
    names = {one: other, other: one}
    moved = table["dimension"].astype(str).replace(names).astype(table["dimension"].dtype)
    return table.assign(dimension=moved)


def shuffled(table):
    """Put the values of one dimension on other rows, as a sort of one column does."""
    table = table.copy()
    rows = table["dimension"] == "va"
    measures = [column for column in table if column not in checks.COLUMNS[:4]]
    mixed = table.loc[rows, measures].sample(frac=1, random_state=0).reset_index(drop=True)
    mixed.index = table.index[rows]
    return pd.concat([table[~rows], table.loc[rows, checks.COLUMNS[:4]].join(mixed)])


@pytest.mark.parametrize(
    ("damage", "answer"),
    [
        (
            lambda t: t[t["year"] != 2010],
            "Edition 2023 describes 1996, .*; this table 1996, .*2009",
        ),
        (lambda t: t[t["year"] < 2022], "Edition 2023 describes .*2002–2022; this table"),
        (lambda t: t.iloc[:-8], r"6 economies .* ZWE rl \(22 of 24\): .*been cut"),
        (lambda t: t.assign(edition=2024), "Edition 2024 describes .*2002–2023"),
        (lambda t: t[t["dimension"] != "rl"], "There are no estimates of rl"),
        (lambda t: t.replace({"economy": {"ROU": "ROM"}}), "not today's: ROM is ROU"),
        (lambda t: t.replace({"economy": {"KAZ": "KZZ"}}), "No edition included lists KZZ"),
        (lambda t: first(t, estimate=14.3), "1 of estimate not in -4 to 4, first ABW 2004 va"),
        (lambda t: first(t, standard_error=np.nan), "1 rows have some measures without the others"),
        (lambda t: first(t, estimate=np.nan), "rows have some measures without the others"),
        (
            lambda t: first(t, percentile_rank_lower=100.0),
            "are beyond their bounds, first ABW 2004",
        ),
        (lambda t: first(t, percentile_rank=80.0), "1 ranks or bounds do not follow .*ABW 2004 va"),
        (lambda t: first(t, estimate=-1.0), "ranks or bounds do not follow"),
        (lambda t: t[t["economy"] < "R"], "It is short: .* first 1996 va: 152 of 201"),
        (
            lambda t: t.assign(year=t["year"].replace({2017: 2018, 2018: 2017})),
            "estimates of 2017 are most like those of 2018 in edition 2022, and the reverse",
        ),
        (lambda t: swapped(t, "va", "pv"), "estimates of va are not like those of edition 2022"),
        (shuffled, r"estimates of va are not like .*correlation -?0\.0"),
    ],
)
def test_a_damaged_edition_is_refused_with_the_row(damage, answer):
    assert pd.Series([refused(damage(TABLE))]).str.contains(answer).item(), refused(damage(TABLE))


def test_scores_must_be_linear_in_the_estimate_and_within_their_bounds():
    assert "scores of va are not linear in the estimate, first ABW 2004 va" in refused(
        first(SCORES, score=20.0)
    )
    assert "1 of score are beyond their bounds" in refused(first(SCORES, score_lower=99.5))


def test_a_new_economy_needs_a_name_of_its_own():
    table = TABLE.replace({"economy": {"KAZ": "KZZ"}})
    assert "KZZ" not in refused(table, names={"KZZ": "New"})
    assert "included under another: KZZ" in refused(table, names={"KZZ": "Kazakhstan"})


def test_ranks_of_editions_not_known_to_follow_the_formula_are_a_remark(monkeypatch):
    monkeypatch.setattr(checks, "EXACT_RANKS", range(0))
    assert not refused(first(TABLE, percentile_rank=80.0))


def test_a_table_of_other_columns_or_rows_is_refused_before_any_check():
    with pytest.raises(BadTable, match="lacks score"):
        checks.check(TABLE.drop(columns="score"))
    with pytest.raises(BadTable, match="no edition has: note"):
        checks.check(TABLE.assign(note=1))
    with pytest.raises(BadTable, match="1 rows are repeated"):
        checks.check(pd.concat([TABLE, TABLE.head(1)]))


def test_the_callers_table_is_left_alone():
    before = TABLE.copy()
    checks.check(TABLE)
    pd.testing.assert_frame_equal(TABLE, before)
