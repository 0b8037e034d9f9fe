"""The World Values Survey from a file: layouts, missing codes, value types, weights."""

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import govlib
from govlib.errors import BadParameter, BadTable, UnknownName

WRITERS = {"sav": pyreadstat.write_sav, "dta": pyreadstat.write_dta}
# Priorities that make each type, by the numbers of the aims.
AIMS = {
    "materialist": [(1, 3), (3, 1)],
    "mixed": [(1, 2), (4, 3), (2, 1), (3, 4)],
    "postmaterialist": [(2, 4), (4, 2)],
    "no_answer": [(-1, 1), (1, -2), (-5, -5), (-2, -1)],
}
CONFIDENCE = {"a_great_deal": 1, "quite_a_lot": 2, "not_very_much": 3, "none_at_all": 4}


def counts(item):
    """Give how many of Kazakhstan's 1,276 respondents of 2018 gave each answer."""
    held = govlib.surveys.read("wvs7-kaz", items=item)
    held = held[(held["base"] == "valid") & (held["group_by"] == "total")]
    found = {r.answer: round(r.share / 100 * r.respondents) for r in held.itertuples()}
    return found | {"no_answer": 1276 - sum(found.values())}


@pytest.fixture
def kazakhstan():
    """Give respondents who answer as often as those of Kazakhstan did in 2018."""
    types, trust = counts("value_type"), counts("police")
    pairs = [AIMS[a][n % len(AIMS[a])] for a, count in types.items() for n in range(count)]
    police = [CONFIDENCE.get(a, -1 - n % 2) for a, count in trust.items() for n in range(count)]
    rng = np.random.default_rng(3)
    return pd.DataFrame({
        "B_COUNTRY_ALPHA": "KAZ", "A_YEAR": 2018.0, "W_WEIGHT": 1.0,
        "Q154": [float(a) for a, _ in pairs], "Q155": [float(b) for _, b in pairs],
        "Q69": rng.permutation(police).astype(float), "Q82": -4.0,
        "Q260": rng.choice([1.0, 2.0, -2.0], 1276, p=[0.45, 0.54, 0.01]),
        "Q262": rng.integers(18, 90, 1276).astype(float),
        "H_URBRURAL": rng.choice([1.0, 2.0], 1276), "Q275R": rng.choice([1.0, 2.0, 3.0], 1276),
    })  # fmt: skip


def other(frame):
    """Give respondents of another country, who would spoil every share."""
    return frame.head(300).assign(B_COUNTRY_ALPHA="UZB", Q69=1.0, A_YEAR=2022.0)


def write(frame, path):
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        WRITERS[path.suffix[1:]](frame, str(path))
    return path


@pytest.mark.parametrize("kind", ["sav", "dta", "csv"])
def test_held_shares_come_back_from_a_file_of_such_respondents(tmp_path, kazakhstan, kind):
    path = write(pd.concat([kazakhstan, other(kazakhstan)]), tmp_path / f"wvs.{kind}")
    table = govlib.surveys.read_wvs(path, "KAZ")
    govlib.surveys.check(table)
    assert set(table["item"]) == {"value_type", "police"}  # Q82 was asked of nobody
    held = govlib.surveys.read("wvs7-kaz", items=["value_type", "police"])
    held = held[held["group_by"] == "total"]
    keys = ["survey", "wave", "group", "item", "question", "answer", "answer_order", "base"]
    both = table.merge(held, on=[*keys, "respondents"], suffixes=("", "_held"))
    assert len(both) == len(table) == len(held)
    assert (both["share"] - both["share_held"]).abs().max() <= 0.05 + 1e-9


def test_the_article_s_shares_of_value_types(tmp_path, kazakhstan):
    table = govlib.surveys.read_wvs(
        write(kazakhstan, tmp_path / "kaz.sav"), "KAZ", items="value_type"
    )
    valid = table[table["base"] == "valid"].set_index("answer")
    assert valid["share"].round(1).to_dict() == {
        "materialist": 39.6, "mixed": 56.2, "postmaterialist": 4.2,
    }  # fmt: skip
    assert valid["count"].to_dict() == {"materialist": 467, "mixed": 663, "postmaterialist": 50}
    share = valid["share"] / 100
    assert valid["standard_error"].to_numpy() == pytest.approx(
        100 * (share * (1 - share) / 1179).to_numpy() ** 0.5, rel=0.005
    )


def test_value_types_of_every_pair_of_priorities():
    first, second = np.meshgrid([1, 2, 3, 4], [1, 2, 3, 4])
    types = govlib.surveys.derive_value_type(pd.Series(first.ravel()), pd.Series(second.ravel()))
    by_pair = dict(zip(zip(first.ravel(), second.ravel(), strict=True), types, strict=True))
    assert by_pair[1, 3] == by_pair[3, 1] == 1
    assert by_pair[2, 4] == by_pair[4, 2] == 3
    assert {by_pair[a, b] for a in (1, 3) for b in (2, 4)} == {2}
    assert {by_pair[b, a] for a in (1, 3) for b in (2, 4)} == {2}
    missing = govlib.surveys.derive_value_type(
        pd.Series([1, -1, np.nan, -5, 2]), pd.Series([-2, 3, 1, -4, np.nan])
    )
    assert missing.isna().all()
    with pytest.raises(BadTable, match="the code 5 is not one of the four aims"):
        govlib.surveys.derive_value_type(pd.Series([5.0], name="Q154"), pd.Series([1.0]))


def test_weighted_and_unweighted_shares_differ_with_weights(tmp_path, kazakhstan):
    frame = kazakhstan.assign(W_WEIGHT=np.where(kazakhstan["Q69"] == 1, 2.0, 0.5))
    table = govlib.surveys.read_wvs(write(frame, tmp_path / "kaz.dta"), "KAZ", items="police")
    great = table[(table["base"] == "valid") & (table["answer"] == "a_great_deal")].iloc[0]
    valid = frame[frame["Q69"] > 0]
    assert great["share_unweighted"] == pytest.approx(100 * (valid["Q69"] == 1).mean())
    weights = valid["W_WEIGHT"]
    assert great["share"] == pytest.approx(100 * weights[valid["Q69"] == 1].sum() / weights.sum())
    assert great["share"] > great["share_unweighted"] + 20


def test_breakdowns_have_the_groups_of_the_tables_held(tmp_path, kazakhstan):
    path = write(kazakhstan, tmp_path / "kaz.sav")
    groups = ["age", "sex", "locality", "education"]
    table = govlib.surveys.read_wvs(path, "KAZ", items="value_type", groups=groups)
    held = govlib.surveys.read("wvs7-kaz", items="value_type")
    columns = ["group_by", "group"]
    found = {tuple(pair) for pair in table[columns].to_numpy()}
    assert found == {tuple(pair) for pair in held[columns].to_numpy()}
    men = table[(table["group"] == "men") & (table["base"] == "all")]
    assert set(men["respondents"]) == {(kazakhstan["Q260"] == 1).sum()}


def test_the_time_series_gives_the_wave_asked_for(tmp_path, kazakhstan):
    names = {"B_COUNTRY_ALPHA": "COUNTRY_ALPHA", "A_YEAR": "S020", "W_WEIGHT": "S017",
             "Q154": "E003", "Q155": "E004", "Q69": "E069_06"}  # fmt: skip
    seventh = kazakhstan[list(names)].rename(columns=names).assign(S002VS=7.0)
    sixth = seventh.head(400).assign(S002VS=6.0, S020=2011.0, E069_06=2.0)
    path = write(pd.concat([sixth, seventh]), tmp_path / "series.sav")
    table = govlib.surveys.read_wvs(path, "KAZ")
    assert set(table["survey"]) == {"wvs7-kaz"}
    assert set(table.loc[table["base"] == "all", "respondents"]) == {1276}
    earlier = govlib.surveys.read_wvs(path, "KAZ", wave=6, items="police")
    assert set(earlier["wave"]) == {"2011"}
    assert earlier.loc[earlier["answer"] == "quite_a_lot", "share"].tolist() == [100, 100]
    with pytest.raises(UnknownName, match=r"took part in the waves \[6, 7\], not in 5"):
        govlib.surveys.read_wvs(path, "KAZ", wave=5)


@pytest.mark.parametrize(
    ("asked", "error", "answer"),
    [
        ({"economy": "KGZ"}, UnknownName, "no respondents of 'KGZ'; it has: KAZ, UZB"),
        ({"items": "polices"}, UnknownName, "no item 'polices'.*Did you mean police"),
        ({"groups": "region"}, UnknownName, "no group 'region'; it has: age, sex, locality"),
        ({"items": []}, BadParameter, "`items` is empty: name at least one"),
        ({"wave": 6}, BadParameter, "is of wave 7; others are in the time series"),
    ],
)
def test_what_the_file_does_not_have_is_answered_with_what_it_has(
    tmp_path, kazakhstan, asked, error, answer
):
    path = write(pd.concat([kazakhstan, other(kazakhstan)]), tmp_path / "wvs.sav")
    with pytest.raises(error, match=answer):
        govlib.surveys.read_wvs(path, **({"economy": "KAZ"} | asked))


def test_another_file_is_told_from_the_survey(tmp_path):
    path = write(pd.DataFrame({"Q1": [1.0, 2.0]}), tmp_path / "other.sav")
    with pytest.raises(BadTable, match=r"neither wave 7 of the World Values Survey .* nor its t"):
        govlib.surveys.read_wvs(path, "KAZ")


def test_a_code_that_the_survey_does_not_have_is_refused(tmp_path, kazakhstan):
    path = write(kazakhstan.assign(Q69=9.0), tmp_path / "kaz.sav")
    with pytest.raises(BadTable, match=r"Q69 \(police\) has the code 9\.0"):
        govlib.surveys.read_wvs(path, "KAZ", items="police")
    path = write(kazakhstan.assign(Q154="order"), tmp_path / "kaz.csv")
    with pytest.raises(BadTable, match="Q154: the code order is not one of the four aims"):
        govlib.surveys.read_wvs(path, "KAZ", items="value_type")
    path = write(kazakhstan.assign(A_YEAR=np.nan), tmp_path / "kaz.csv")
    with pytest.raises(BadTable, match="A_YEAR, the year of fieldwork, is missing"):
        govlib.surveys.read_wvs(path, "KAZ")
