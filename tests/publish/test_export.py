"""Tables for other programs come back as they were, with labels and sources."""

import pandas as pd
import pytest

import govlib as gov
from govlib.errors import BadParameter


@pytest.fixture(scope="module")
def table():
    table = gov.wgi.read(2023, economies=["KAZ", "UZB", "ANT"], dimensions=["ge", "va"])
    return gov.economies.add_codes(table)


def read(path):
    readers = {".dta": pd.read_stata, ".parquet": pd.read_parquet, ".csv": pd.read_csv}
    if path.suffix == ".xlsx":
        return pd.read_excel(path, engine="openpyxl", sheet_name="data")
    return readers[path.suffix](path)


@pytest.mark.parametrize("ending", ["dta", "xlsx", "parquet", "csv"])
def test_the_table_comes_back(table, ending, tmp_path):
    back = read(gov.export(table, tmp_path / f"t.{ending}")[0])
    assert list(back) == list(table)
    for name in ("estimate", "standard_error", "cow", "year"):
        pd.testing.assert_series_equal(
            back[name].astype("float64"),
            table[name].astype("float64").reset_index(drop=True),
        )
    assert back["economy"].tolist() == table["economy"].tolist()
    assert back["dimension"].tolist() == table["dimension"].astype(str).tolist()


def test_labels_and_sources_go_along(table, tmp_path):
    with pd.io.stata.StataReader(gov.export(table, tmp_path / "t.dta")[0]) as stata:
        labels, title = stata.variable_labels(), stata.data_label
    assert labels["cow"] == "Correlates of War (COWcode of V-Dem)"
    assert "standard deviations" in labels["standard_error"]
    assert title.startswith("Worldwide Governance Indicators, 2023 edition")
    book = gov.export(table, tmp_path / "t.xlsx")[0]
    about = pd.read_excel(book, engine="openpyxl", sheet_name="about").set_index("column")["about"]
    assert "Kaufmann" in about["source"]
    assert "Kaufmann" in read(gov.export(table, tmp_path / "t.parquet")[0]).attrs["sources"][0]
    assert "Kaufmann" in gov.export(table, tmp_path / "t.csv")[1].read_text("utf-8")


def test_yes_and_no_that_may_be_missing_are_numbers_in_stata(tmp_path):
    changes = gov.wgi.change(gov.wgi.read(2023, economies=["KAZ", "EST"]), 2018, 2022)
    back = read(gov.export(changes.drop(columns="assumed_error"), tmp_path / "c.dta")[0])
    assert set(back["significant"]) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("name", "said"),
    [("t.sav", r"\.dta, \.xlsx"), ("t", "the ending says the format"), ("t.dta", "rename")],
)
def test_what_cannot_be_written_is_answered_and_nothing_is_left(table, tmp_path, name, said):
    odd = table.rename(columns={"estimate": "estimate of governance"})
    with pytest.raises(BadParameter, match=said):
        gov.export(odd, tmp_path / name)
    with pytest.raises(BadParameter, match="rows"):
        gov.export(table.iloc[:0], tmp_path / "t.csv")
    assert list(tmp_path.iterdir()) == []
