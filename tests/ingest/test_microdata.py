"""Shares and their errors from single answers: any survey, and the World Values Survey."""

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from govlib import surveys
from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.ingest.microdata import tabulate

YES_NO = surveys.Item("trust", {1: "yes", 2: "no"}, "Q1")


def spec(**changes):
    given = {"survey": "test", "wave": "2023", "items": {"q": YES_NO}, "missing": [-1, -2]}
    return surveys.MicrodataSpec(**(given | changes))


def row(table, answer="yes", group="total", base="valid"):
    chosen = {"answer": answer, "group": group, "base": base}
    [found] = table[(table[list(chosen)] == chosen).all(axis=1)].to_dict("records")
    return found


def linearised(y, weight, stratum, cluster, domain):
    """Compute a share and its standard error by the textbook's formula, cluster by cluster."""
    share = (weight * domain * y).sum() / (weight * domain).sum()
    u = weight * domain * (y - share) / (weight * domain).sum()
    variance = 0.0
    for h in np.unique(stratum):
        drawn = np.unique(cluster[stratum == h])
        totals = np.array([u[(stratum == h) & (cluster == c)].sum() for c in drawn])
        variance += len(drawn) / (len(drawn) - 1) * ((totals - totals.mean()) ** 2).sum()
    return 100 * share, 100 * variance**0.5


def test_a_simple_random_sample_has_the_error_of_the_textbook():
    frame = pd.DataFrame({"q": [1] * 30 + [2] * 70})
    found = row(tabulate(frame, spec()))
    assert found["share"] == pytest.approx(30)
    # s^2 / n with s^2 = n p (1 - p) / (n - 1)
    assert found["standard_error"] == pytest.approx(100 * (0.3 * 0.7 / 99) ** 0.5)
    assert found["design_effect"] == pytest.approx(1)
    assert (found["respondents"], found["count"]) == (100, 30)


def test_a_stratified_sample_has_the_error_of_the_textbook():
    # Strata of 9,000 and 1,000 people, 50 drawn of each: V = sum (N_h / N)^2 p_h q_h / (n_h - 1).
    frame = pd.DataFrame({
        "q": [1] * 10 + [2] * 40 + [1] * 45 + [2] * 5,
        "h": ["large"] * 50 + ["small"] * 50,
        "w": [180.0] * 50 + [20.0] * 50,
    })  # fmt: skip
    found = row(tabulate(frame, spec(weight="w", strata="h")))
    assert found["share"] == pytest.approx(90 * 0.2 + 10 * 0.9)
    variance = 0.9**2 * 0.2 * 0.8 / 49 + 0.1**2 * 0.9 * 0.1 / 49
    assert found["standard_error"] == pytest.approx(100 * variance**0.5)
    assert found["share_unweighted"] == pytest.approx(55)


def test_a_stratified_sample_of_clusters_has_the_error_that_other_programs_give():
    # Cardiac arrests and survivors by ambulance, two of each of three areas: Levy and Lemeshow,
    # Sampling of Populations; `scd` of R's package survey. svy 0.35.0 and samplics 0.6.1 answer
    # 0.1535063501 and 0.0098073036.
    arrests, alive = [120, 78, 185, 228, 670, 530], [25, 24, 30, 49, 80, 70]
    answers = np.concatenate([[1] * a + [2] * (n - a) for n, a in zip(arrests, alive, strict=True)])
    frame = pd.DataFrame({
        "q": answers, "c": np.repeat(range(6), arrests),
        "h": np.repeat([1, 1, 2, 2, 3, 3], arrests),
    })  # fmt: skip
    found = row(tabulate(frame, spec(strata="h", cluster="c")))
    assert found["share"] == pytest.approx(15.35063501, abs=1e-8)
    assert found["standard_error"] == pytest.approx(0.98073036, abs=1e-8)


@pytest.fixture
def survey():
    rng = np.random.default_rng(7)
    stratum = rng.integers(0, 6, 1500)
    cluster = rng.integers(0, 8, 1500)  # numbered anew in each stratum
    lean = 0.3 + 0.05 * stratum + 0.03 * cluster
    answer = np.where(rng.uniform(size=1500) < lean, 1.0, 2.0)
    answer[rng.uniform(size=1500) < 0.1] = -1
    answer[::97] = np.nan
    return pd.DataFrame({
        "q": answer, "h": stratum.astype(float), "c": cluster.astype(float),
        "w": rng.uniform(0.3, 3, 1500), "sex": rng.choice([1.0, 2.0], 1500),
        "age": rng.integers(15, 81, 1500).astype(float),
    })  # fmt: skip


DESIGN = {"weight": "w", "strata": "h", "cluster": "c"}
GROUPS = {"sex": surveys.Group("sex", {1: "men", 2: "women"}),
          "age": surveys.Group("age", edges=(15, 30, 60))}  # fmt: skip


def test_groups_and_valid_answers_are_domains_of_the_whole_design(survey):
    table = tabulate(survey, spec(groups=GROUPS, **DESIGN))
    weight, stratum, cluster = survey[["w", "h", "c"]].to_numpy().T
    valid = survey["q"].isin([1, 2]).to_numpy()
    age, women = survey["age"], survey["sex"] == 2
    domains = {"total": valid, "women": valid & women, "15-29": valid & (age < 30)}
    domains["60+"] = valid & (age >= 60)
    for group, domain in domains.items():
        y = (survey["q"] == 1).to_numpy().astype(float)
        share, error = linearised(y, weight, stratum, cluster, np.asarray(domain, dtype=float))
        found = row(table, group=group)
        assert found["share"] == pytest.approx(share, abs=1e-9)
        assert found["standard_error"] == pytest.approx(error, rel=1e-9)
        assert found["respondents"] == domain.sum()
    assert set(table["group"]) == {"total", "men", "women", "15-29", "30-59", "60+"}


def test_missing_answers_count_in_the_base_all_only(survey):
    table = tabulate(survey, spec(**DESIGN))
    missing = ~survey["q"].isin([1, 2])
    everyone = row(table, answer="no_answer", base="all")
    assert everyone["count"] == missing.sum()
    assert everyone["respondents"] == 1500
    assert everyone["share"] == pytest.approx(100 * survey["w"][missing].sum() / survey["w"].sum())
    assert "no_answer" not in set(table.loc[table["base"] == "valid", "answer"])


def test_an_answer_that_nobody_gave_has_a_row_of_zero():
    item = surveys.Item("trust", {1: "yes", 2: "no", 3: "perhaps"})
    found = row(tabulate(pd.DataFrame({"q": [1, 1, 2]}), spec(items={"q": item})), "perhaps")
    assert [found[key] for key in ("share", "count", "standard_error", "answer_order")] == [
        0, 0, 0, 3,
    ]  # fmt: skip
    assert np.isnan(found["design_effect"])


@pytest.mark.parametrize("kind", ["sav", "dta", "csv"])
def test_sav_dta_and_csv_give_the_same_table(tmp_path, survey, kind):
    path = tmp_path / f"survey.{kind}"
    if kind == "sav":
        pyreadstat.write_sav(survey, str(path), missing_ranges={"q": [-1, -2]})
    elif kind == "dta":
        pyreadstat.write_dta(survey, str(path))
    else:
        survey.to_csv(path, index=False, sep=";")
    table = surveys.read_microdata(path, spec(groups=GROUPS, **DESIGN))
    expected = tabulate(survey, spec(groups=GROUPS, **DESIGN))
    pd.testing.assert_frame_equal(table, expected)
    surveys.check(table)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("kind", ["sav", "dta", "csv"])
def test_what_a_file_calls_missing_is_a_code_where_it_is_named(tmp_path, kind, named):
    code = {"sav": 8, "dta": ".a", "csv": "NA"}[kind]
    frame = pd.DataFrame({"q": [1, 1, 1, 2, code, 2, 1, 1], "area": ["NA", "KZ"] * 4})
    path = tmp_path / f"panel.{kind}"
    if kind == "sav":
        pyreadstat.write_sav(frame, str(path), missing_ranges={"q": [{"lo": 8, "hi": 9}]})
    elif kind == "dta":
        frame = frame.replace({code: "a"})
        pyreadstat.write_dta(frame, str(path), missing_user_values={"q": ["a"]})
    else:
        frame.to_csv(path, index=False)
    codes = {1: "yes", 2: "no"} | ({code: "dont_know"} if named else {})
    areas = surveys.Group("area", {"NA": "Namibia", "KZ": "Kazakhstan"})
    asked = spec(items={"q": surveys.Item("trust", codes)}, groups={"area": areas})
    table = surveys.read_microdata(path, asked)
    unnamed, answer = ("dont_know", "no_answer") if named else ("no_answer", "no_answer")
    assert row(table, unnamed, base="all")["share"] == 12.5
    assert row(table, answer, base="all")["count"] == (0 if named else 1)
    assert set(table["group"]) == {"total", "Namibia", "Kazakhstan"}
    assert row(table, group="Namibia", base="all")["respondents"] == 4


def test_rows_of_a_pooled_file_are_chosen(tmp_path, survey):
    path = tmp_path / "pooled.csv"
    survey.assign(country=["KAZ", "UZB"] * 750).to_csv(path, index=False)
    table = surveys.read_microdata(path, spec(where={"country": "UZB"}))
    assert row(table, base="all")["respondents"] == 750
    with pytest.raises(UnknownName, match=r"no row has country = 'KGZ'; there are: KAZ, UZB"):
        surveys.read_microdata(path, spec(where={"country": "KGZ"}))


@pytest.mark.parametrize(
    ("frame", "changes", "error", "answer"),
    [
        ({"q": [1, 2, 7]}, {}, BadTable, r"q \(trust\): 7 is neither .* \(row 3; 1 such rows\)"),
        ({"q": [-1, -2]}, {}, BadTable, "nobody gave a valid answer"),
        ({"p": [1, 2]}, {}, UnknownName, "no column 'q' among 1, as p"),
        ({"q": [1, 2], "w": [1, None]}, {"weight": "w"}, BadTable, "w: 1 of 2 are missing"),
        ({"q": [1, 2], "w": [-1, 1]}, {"weight": "w"}, BadTable, "negative.*first in row 1"),
        ({"q": [1, 2], "w": [0, 0]}, {"weight": "w"}, BadTable, "respondents of total have the w"),
        ({"q": [1, 2, 1], "h": [1, 1, 2]}, {"strata": "h"}, BadTable, "Stratum '2' has a single"),
        ({"q": [1, 2], "c": [1, None]}, {"cluster": "c"}, BadTable, "c: 1 of 2 .*in row 2"),
        ({"q": []}, {}, BadTable, "no respondents"),
        *(({"q": [1, 2]}, {"items": items}, BadParameter, "`items` is an Item by column")
          for items in ({}, {"q": {1: "yes"}}, ["q"], {"q": YES_NO, "p": YES_NO},
                        {"q": surveys.Item("trust", {1: "yes", 2: "no_answer"})})),
        ({"q": [1, 2], "g": [1, 3]}, {"groups": {"sex": surveys.Group("g", {1: "men"})}}, BadTable,
         r"g \(sex\): 3 is neither a code named nor said to be missing \(row 2"),
        ({"q": [1, 2], "g": ["young", "9"]}, {"groups": {"age": surveys.Group("g", edges=[18])}},
         BadTable, r"g \(age\): young is neither"),
        *(({"q": [1, 2], "g": [1, 3]}, {"groups": {"age": surveys.Group("g", edges=edges)}},
           BadParameter, r"group 'age' has neither names by code nor rising edges")
          for edges in ([60, 18], None)),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_is_refused(tmp_path, frame, changes, error, answer):
    path = tmp_path / "bad.csv"
    pd.DataFrame(frame).to_csv(path, index=False)
    with pytest.raises(error, match=answer):
        surveys.read_microdata(path, spec(**changes))


def test_files_of_other_kinds_and_damaged_ones_are_refused(tmp_path):
    with pytest.raises(BadParameter, match=r"rds: .*read from \.sav, \.dta or \.csv"):
        surveys.read_microdata(tmp_path / "survey.rds", spec())
    for kind in ("sav", "dta"):
        path = tmp_path / f"survey.{kind}"
        with pytest.raises(BadTable, match=rf"{kind}: it cannot be read: there is no such file"):
            surveys.read_microdata(path, spec())
        path.write_bytes(b"not a file of microdata")
        with pytest.raises(BadTable, match=rf"cannot be read as \.{kind}"):
            surveys.read_microdata(path, spec())


@pytest.mark.parametrize("line", ["1,1,5", "1,0,5,2", "2"])
def test_a_line_of_more_or_fewer_values_than_columns_is_refused(tmp_path, line):
    # A decimal comma in a file parted by commas moves every value after it.
    path = tmp_path / "ragged.csv"
    path.write_text("\n".join(["q,w", "1,1", "2,1", line, "1,2", ""]))
    with pytest.raises(BadTable, match=r"cannot be read as \.csv.*Expected 2 columns"):
        surveys.read_microdata(path, spec(weight="w"))


# The World Values Survey

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
    held = surveys.read("wvs7-kaz", items=item)
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
    table = surveys.read_wvs(path, "KAZ", groups=["age", "sex", "locality", "education"])
    surveys.check(table)
    assert set(table["item"]) == {"value_type", "police"}  # Q82 was asked of nobody
    held = surveys.read("wvs7-kaz", items=["value_type", "police"])
    groups = [set(t[["group_by", "group"]].itertuples(index=False, name=None)) for t in (table,
              held)]  # fmt: skip
    assert groups[0] == groups[1]
    men = table[(table["group"] == "men") & (table["base"] == "all")]
    assert set(men["respondents"]) == {(kazakhstan["Q260"] == 1).sum()}
    table, held = (t[t["group_by"] == "total"] for t in (table, held))
    keys = ["survey", "wave", "group", "item", "question", "answer", "answer_order", "base"]
    both = table.merge(held, on=[*keys, "respondents"], suffixes=("", "_held"))
    assert len(both) == len(table) == len(held)
    assert (both["share"] - both["share_held"]).abs().max() <= 0.05 + 1e-9
    valid = table[(table["item"] == "value_type") & (table["base"] == "valid")]
    assert valid["answer"].tolist() == ["materialist", "mixed", "postmaterialist"]
    assert valid["share"].round(1).tolist() == [39.6, 56.2, 4.2]  # the article's
    assert valid["count"].tolist() == [467, 663, 50]
    share = valid["share"].to_numpy() / 100
    expected = 100 * (share * (1 - share) / 1179) ** 0.5
    assert valid["standard_error"].to_numpy() == pytest.approx(expected, rel=0.005)


def test_value_types_of_every_pair_of_priorities():
    pairs = [(a, b) for a in (1, 2, 3, 4) for b in (1, 2, 3, 4)]
    missing = [(1, -2), (-1, 3), (np.nan, 1), (-5, -4), (2, np.nan)]
    first, second = map(pd.Series, zip(*pairs, *missing, strict=True))
    types = surveys.derive_value_type(first, second)
    assert types[len(pairs) :].isna().all()
    for (a, b), kind in zip(pairs, types, strict=False):
        assert kind == {2: 1, 1: 2, 0: 3}[(a in (1, 3)) + (b in (1, 3))]
    with pytest.raises(BadTable, match=r"Q154 \(aims 1 to 4\): 5.0 is neither"):
        surveys.derive_value_type(pd.Series([5.0], name="Q154"), pd.Series([1.0]))


def test_the_time_series_gives_the_wave_asked_for(tmp_path, kazakhstan):
    names = {"B_COUNTRY_ALPHA": "COUNTRY_ALPHA", "A_YEAR": "S020", "W_WEIGHT": "S017",
             "Q154": "E003", "Q155": "E004", "Q69": "E069_06"}  # fmt: skip
    seventh = kazakhstan[list(names)].rename(columns=names).assign(S002VS=7.0)
    sixth = seventh.head(400).assign(S002VS=6.0, S020=2011.0, E069_06=2.0)
    path = write(pd.concat([sixth, seventh]), tmp_path / "series.sav")
    table = surveys.read_wvs(path, "KAZ")
    assert set(table["survey"]) == {"wvs7-kaz"}
    assert set(table.loc[table["base"] == "all", "respondents"]) == {1276}
    earlier = surveys.read_wvs(path, "KAZ", wave=6, items="police")
    assert set(earlier["wave"]) == {"2011"}
    assert earlier.loc[earlier["answer"] == "quite_a_lot", "share"].tolist() == [100, 100]
    with pytest.raises(UnknownName, match=r"no row has S002VS = 5; there are: 6, 7"):
        surveys.read_wvs(path, "KAZ", wave=5)


@pytest.mark.parametrize(
    ("asked", "error", "answer"),
    [
        (
            {"economy": "KGZ"},
            UnknownName,
            "no row has B_COUNTRY_ALPHA = 'KGZ'; there are: KAZ, UZB",
        ),
        ({"items": "polices"}, UnknownName, "no item 'polices'.*Did you mean police"),
        ({"groups": "region"}, UnknownName, "no group 'region'; there are: age, sex, locality"),
        ({"items": []}, BadParameter, "`items` is empty: name at least one"),
        ({"wave": 6}, BadParameter, "is of wave 7; others are in the time series"),
    ],
)
def test_what_the_file_does_not_have_is_answered_with_what_it_has(
    tmp_path, kazakhstan, asked, error, answer
):
    path = write(pd.concat([kazakhstan, other(kazakhstan)]), tmp_path / "wvs.sav")
    with pytest.raises(error, match=answer):
        surveys.read_wvs(path, **({"economy": "KAZ"} | asked))


def test_another_file_is_told_from_the_survey(tmp_path):
    path = write(pd.DataFrame({"Q1": [1.0, 2.0]}), tmp_path / "other.sav")
    with pytest.raises(BadTable, match=r"neither wave 7 .* nor time series"):
        surveys.read_wvs(path, "KAZ")


@pytest.mark.parametrize(
    ("damage", "item", "answer"),
    [
        ({"Q69": 9.0}, "police", r"Q69 \(police\): 9.0 is neither"),
        ({"Q154": "order"}, "value_type", r"Q154 \(aims 1 to 4\): order is neither"),
        ({"A_YEAR": np.nan}, None, "A_YEAR, the year of fieldwork, is missing"),
    ],
)
def test_a_code_that_the_survey_does_not_have_is_refused(
    tmp_path, kazakhstan, damage, item, answer
):
    path = write(kazakhstan.assign(**damage), tmp_path / "kaz.csv")
    with pytest.raises(BadTable, match=answer):
        surveys.read_wvs(path, "KAZ", items=item)
