"""Printed numbers are traced to the edition, years and way of counting that has them."""

import numpy as np
import pandas as pd
import pytest

import govlib as gov
from govlib.claims import explain, identify, read_numbers
from govlib.errors import BadTable

GEORGIA = {  # percentile ranks of 2020 and 2019: Agenda.ge, 27 September 2021
    "va": ("49.76", "52.66"),
    "pv": ("30.66", "27.83"),
    "ge": ("75.48", "76.92"),
    "rq": ("83.65", "82.69"),
    "rl": ("61.06", "62.02"),
    "cc": ("71.63", "74.04"),
}
UZBEKISTAN = {"ge": 22, "pv": 19, "rq": 33, "cc": 15, "rl": 13, "va": 12}  # places gained


def test_two_editions_that_a_text_mixes_are_found():
    numbers = [
        f"Georgia {dimension} {year} percentile_rank {value}"
        for dimension, values in GEORGIA.items()
        for year, value in zip((2020, 2019), values, strict=True)
    ]
    best, second = identify(numbers).head(2).to_dict("records")
    assert (best["edition"], best["other_edition"], best["fits"]) == (2021, 2020, 12)
    assert best["from_other"] == ["GEO cc 2019 percentile_rank 74.04"]
    assert (second["edition"], second["fits"], second["misses"]) == (2021, 11, best["from_other"])
    assert best["chance"] < 1e-9


def test_places_gained_are_traced_to_years_and_editions_that_the_text_does_not_name():
    found = identify([f"UZB {name} rank_change {places}" for name, places in UZBEKISTAN.items()])
    best = found.iloc[0]
    years = ["other_edition", "edition", "first_year", "last_year"]
    assert best[[*years, "fits"]].tolist() == [2021, 2022, 2020, 2021, 6]
    assert found["fits"].iloc[1] < 6


def test_a_rank_that_counts_economies_without_an_estimate_is_recognised():
    best = identify(["KAZ ge 2022 0.14", "KAZ va 2022 -1.07", "KAZ ge 2022 rank 90"]).iloc[0]
    assert best["fits"] == 3
    assert best["counting"] == "countries without an estimate counted ahead"


@pytest.mark.parametrize(
    ("edition", "way"), [(2019, "rounded"), (2022, "truncated"), (2025, "rounded")]
)
def test_numbers_of_an_edition_are_found_in_it_however_they_were_shortened(edition, way):
    table = gov.wgi.read(edition, economies=["KAZ", "GEO", "CHL"], years="2008-2017")
    table = table.sample(20, random_state=edition)
    values = table["estimate"] * 100
    values = (values.round() if way == "rounded" else np.trunc(values)) / 100
    texts = values.map("{:.2f}".format).str.replace("-0.00", "0.00")
    table = table.assign(value=texts, year=table["year"].astype(str))
    found = identify(table[["economy", "dimension", "year", "value"]])
    whole = found[(found["fits"] == 20) & found["other_edition"].isna()]
    assert (edition, way) in zip(whole["edition"], whole["rounding"], strict=True)
    assert len(whole) <= 3


def test_numbers_that_fit_several_editions_are_said_to_identify_none():
    found = identify(["KAZ ge 2022 0.14"])
    assert set(found.loc[found["fits"] == 1, "edition"]) == {2023, 2024}
    assert explain(found).startswith("These numbers do not identify an edition")
    assert "2023" in explain(found) and "2024" in explain(found)
    assert identify(["KAZ ge 2022 3.99"]).empty


@pytest.mark.parametrize(
    ("numbers", "named"),
    [
        ([], "no number"),
        (["KAZ ge"], "KAZ ge 2022 0.14"),
        (["Kazakstan ge 2022 0.1"], r"Did you mean KAZ"),
        (["KAZ gee 2022 0.1"], "va, pv, ge"),
        (["KAZ ge 2022 9"], "outside -4 to 4"),
        (["KAZ ge 2022 percentile_rank 101"], "outside 0 to 100"),
        (["KAZ ge 2022 ranc 5"], "Did you mean rank"),
        (["KAZ ge 2050 0.1"], "no year 2050; it has 1996, 1998, 2000, 2002"),
        (["KAZ ge 1997 0.1"], "no year 1997"),
        (["KAZ ge 2022-2018 0.1"], "in order"),
        (["KAZ ge 22 0.1"], "neither one year nor two"),
        (["KAZ ge 2022 low"], "not a number"),
        (
            ["KAZ ge 2022 0.14", "KAZ ge 2022 0.44"],
            r"0\.14 and .* 0\.44 contradict.*ask for each apart",
        ),
    ],
)
def test_a_number_that_cannot_be_compared_is_named(numbers, named):
    with pytest.raises(BadTable, match=named):
        identify(numbers)


def test_a_file_is_read_or_told_what_it_lacks(tmp_path):
    path = tmp_path / "numbers.csv"
    path.write_text("economy,dimension,year,value\nKAZ,ge,2022,0.14\nKAZ,ge,2022,0.9x\n")
    with pytest.raises(BadTable, match=r"row 3: '0.9x' is not a number"):
        identify(read_numbers(path))
    for text, wrong in (
        ("country,dimension,value\nKAZ,ge,0.14\n", "country, economy"),
        ("", "dimension, economy, value"),
    ):
        path.write_text(text)
        with pytest.raises(BadTable, match=f"lacks a column, or has an unknown one: {wrong}"):
            read_numbers(path)
    assert pd.isna(identify(["KAZ ge 2022 0.14"])["other_edition"]).all()
