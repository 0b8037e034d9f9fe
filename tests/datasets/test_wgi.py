"""One edition as one table: the contract, and what is said to a wrong name."""

import numpy as np
import pandas as pd
import pytest

from govlib.datasets import economies, wgi
from govlib.datasets.economies import RENAMED_CODES
from govlib.errors import BadParameter, UnknownName
from govlib.stats import add_interval, ranks
from govlib.stats._tables import DIMENSIONS

EDITIONS = list(range(2019, 2026))
COLUMNS = [
    "edition economy year dimension estimate standard_error sources percentile_rank",
    "percentile_rank_lower percentile_rank_upper score score_lower score_upper",
]


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_table_keeps_the_contract(edition):
    table = wgi.read(edition)
    assert list(table.columns) == " ".join(COLUMNS).split()
    assert (table["edition"] == edition).all()
    assert table["dimension"].cat.categories.tolist() == list(DIMENSIONS)
    assert table["dimension"].cat.ordered
    assert table["sources"].dtype == "Int64"
    keys = table[["economy", "year", "dimension"]]
    assert not keys.duplicated().any()
    pd.testing.assert_frame_equal(keys, keys.sort_values(["economy", "year", "dimension"]))
    assert set(table["year"]) == {1996, 1998, 2000, *range(2002, edition)}
    assert table["economy"].str.fullmatch("[A-Z]{3}").all()
    assert not set(table["economy"]) & set(RENAMED_CODES)
    assert set(table["economy"]) <= set(economies.names())


@pytest.mark.parametrize("edition", EDITIONS[:-1])
def test_measures_agree_with_each_other_to_edition_2024(edition):
    table = wgi.read(edition)
    held = table["estimate"].notna()
    for column in ["standard_error", "sources", "percentile_rank", "percentile_rank_lower"]:
        assert (table[column].notna() == held).all(), column
    rows = table[held]
    assert (rows["standard_error"] > 0).all()
    assert (rows["sources"] >= 1).all()
    assert rows["estimate"].between(-4, 4).all()
    assert (rows["percentile_rank_lower"] <= rows["percentile_rank"]).all()
    assert (rows["percentile_rank"] <= rows["percentile_rank_upper"]).all()
    assert table["score"].isna().all()


def test_the_2025_edition_has_scores_linear_in_the_estimate_and_nothing_invented():
    table = wgi.read(2025).dropna(subset="estimate")
    absent = [
        "standard_error",
        "sources",
        "percentile_rank",
        "percentile_rank_lower",
        "score_lower",
    ]
    assert table[absent].isna().all(axis=None)
    for dimension, intercept, slope in [("ge", 51.340, 19.444), ("va", 56.849, 17.502)]:
        rows = table[table["dimension"] == dimension]
        fitted = np.polyfit(rows["estimate"], rows["score"], 1)
        assert fitted == pytest.approx([slope, intercept], abs=2e-3)
        assert np.polyval(fitted, rows["estimate"]) == pytest.approx(rows["score"], abs=1e-3)


@pytest.mark.parametrize(
    ("edition", "printed"), [(2020, 0.0217), (2022, -0.0055), (2023, -0.0420), (2025, -0.1036)]
)
def test_the_same_year_differs_between_editions(edition, printed):
    row = wgi.read(edition, economies="KAZ", dimensions="ge", years=2018)
    assert round(row["estimate"].item(), 4) == printed


def test_what_a_caller_changes_is_not_handed_to_the_next():
    for chosen in ({}, {"economies": "KAZ"}):
        table = wgi.read(2023, **chosen)
        table.loc[:, "estimate"] = 9.0
        table["economy"] = "elsewhere"
        again = wgi.read(2023, **chosen)
        assert again["estimate"].max() < 4
        assert "KAZ" in set(again["economy"])


def test_selecting_gives_the_same_rows_as_filtering():
    whole = wgi.read(2023)
    chosen = wgi.read(
        2023, economies=["UZB", "KAZ"], dimensions=("va", "ge"), years=range(2018, 2023)
    )
    expected = whole[
        whole["economy"].isin(["KAZ", "UZB"])
        & whole["dimension"].isin(["va", "ge"])
        & (whole["year"] >= 2018)
    ].reset_index(drop=True)
    pd.testing.assert_frame_equal(chosen, expected)
    assert len(chosen) == 2 * 2 * 5


def test_rows_listed_without_values_are_kept():
    table = wgi.read(2023, dimensions="ge", years=2022)
    assert len(table) == 214
    assert table.loc[table["estimate"].isna(), "economy"].tolist() == ["ANT"]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({"edition": 2018}, r"no WGI edition 2018; available: 2019, .*2025"),
        (
            {"edition": 2031},
            r"no WGI edition 2031; .*2025 .*Get the newest with: govlib fetch$",
        ),
        ({"edition": "2023"}, r"no WGI edition '2023'.*whole number"),
        ({"edition": [2023]}, r"no WGI edition \[2023\].*whole number"),
        ({"edition": 2023, "economies": "Kazakstan"}, r"Did you mean KAZ \(Kazakhstan\)"),
        ({"edition": 2023, "economies": ["KAZ", "KZA"]}, r"no country 'KZA'.*Did you mean KAZ"),
        ({"edition": 2023, "economies": "Korea"}, r"KOR|PRK"),
        ({"edition": 2023, "economies": "ROM"}, r"ROM is ROU \(Romania\) today"),
        ({"edition": 2023, "economies": "NCL"}, r"NCL \(New Caledonia\) .* it is in: 2025"),
        ({"edition": 2023, "dimensions": "gee"}, r"Did you mean ge \(Government Effect"),
        ({"edition": 2023, "dimensions": "Rule of Law"}, r"Did you mean rl"),
        ({"edition": 2023, "years": 2023}, r"no year 2023; it has 1996, 1998, 2000, 2002–2022"),
        ({"edition": 2023, "years": [2021, 1997]}, r"no year 1997"),
        ({"edition": 2023, "years": range(2030, 2033)}, r"no year 2030"),
    ],
)
def test_an_unknown_name_is_answered_with_what_exists(asked, answer):
    with pytest.raises(UnknownName, match=answer):
        wgi.read(**asked)


@pytest.mark.parametrize("name", ["economies", "dimensions", "years"])
def test_an_empty_selection_is_refused(name):
    with pytest.raises(BadParameter, match=f"`{name}` is empty"):
        wgi.read(2023, **{name: []})


def test_the_example_in_the_docstring_is_true():
    import doctest

    assert doctest.testmod(wgi).attempted > 0
    assert doctest.testmod(wgi).failed == 0


@pytest.mark.parametrize(
    "asked",
    [
        {"economies": ["kaz", "Uzbekistan", "Эстония"], "years": "2018-2022"},
        {"economies": ["Қазақстан", "UZB", "est"], "years": range(2018, 2023)},
        {"economies": ["KAZ", "UZB", "EST"], "years": [2018, 2019, 2020, 2021, 2022]},
    ],
)
def test_selections_take_codes_names_and_ranges(asked):
    table = wgi.read(2023, dimensions="ge", **asked)
    assert sorted(set(table["economy"])) == ["EST", "KAZ", "UZB"]
    assert len(table) == 15


def test_groups_are_selected_as_far_as_the_edition_lists_them():
    for group in ("central_asia", "central-asia", "Central_Asia"):
        found = wgi.read(2023, economies=group, years=2022)["economy"]
        assert set(found) == {"KAZ", "KGZ", "TJK", "TKM", "UZB"}
    assert len(wgi.read(2019, economies="ecs", years="1996-1999")["year"].unique()) == 2
    assert wgi.read(2023, economies="KAZ", years="2022")["year"].unique().tolist() == [2022]
    for years in ("2018 to", "2018-", "", "-2018"):
        with pytest.raises(BadParameter, match='written as "2000-2023"'):
            wgi.read(2023, years=years)


@pytest.mark.parametrize("edition", [2023, 2025])
def test_ranks_are_among_the_whole_edition_whatever_is_selected(edition):
    whole = ranks(add_interval(wgi.read(edition)))
    pd.testing.assert_frame_equal(wgi.ranked(edition), whole)
    own = wgi.ranked(edition, economies="KAZ", dimensions="ge", years="2018-2022")
    expected = whole.query("economy == 'KAZ' and dimension == 'ge' and 2018 <= year <= 2022")
    pd.testing.assert_frame_equal(own, expected.reset_index(drop=True))
    own.loc[:, "estimate"] = 0.0
    assert wgi.ranked(edition)["estimate"].max() > 2


def test_an_error_is_assumed_only_of_an_edition_without_errors():
    assert wgi.assumed_error(2023) is None
    median = wgi.read(2024)["standard_error"].median()
    assert wgi.assumed_error(2025) == round(median, 2)
