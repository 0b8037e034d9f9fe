"""The gap of effectiveness and voice: the number, its error, its place, what is refused."""

import numpy as np
import pytest

import govlib
from govlib.errors import BadParameter, BadTable
from govlib.stats import gaps


def test_the_gap_of_effectiveness_and_voice_and_its_place_in_the_world():
    table = gaps.effectiveness_voice_gap(govlib.wgi.read(2023, years=2022))
    row = table[table["economy"] == "KAZ"].iloc[0]
    assert row["gap"] == pytest.approx(0.14343049 + 1.0667388)
    assert row["standard_error"] == pytest.approx(np.hypot(0.24789976, 0.12140888), abs=1e-5)
    assert row["gap"] - row["gap_lower"] == pytest.approx(1.64 * row["standard_error"])
    assert row["gap_upper"] - row["gap"] == pytest.approx(1.64 * row["standard_error"])
    assert (row["ranked"], row["listed"]) == (208, 214)
    held = table.dropna(subset="gap")
    assert row["position"] == 1 + (held["gap"] > row["gap"]).sum() == 13
    assert row["position_lower"] <= 13 <= row["position_upper"]
    closer = gaps.effectiveness_voice_gap(govlib.wgi.read(2023, years=2022), rho=0.5)
    assert (closer["standard_error"] < table["standard_error"]).sum() == 208
    assert closer["rho"].eq(0.5).all()


def test_the_place_is_among_economies_that_have_both():
    table = gaps.effectiveness_voice_gap(govlib.wgi.read(2023, years=2022))
    without = table[table["voice"].isna() & table["effectiveness"].notna()]
    assert len(without) == 5
    assert without[["gap", "position", "position_lower", "percentile_rank"]].isna().all(axis=None)
    assert table["position"].max() == 208


def test_what_cannot_be_computed_is_refused():
    table = govlib.wgi.read(2023, economies=["KAZ", "UZB"], years=2022)
    with pytest.raises(BadTable, match="no rows of va"):
        gaps.effectiveness_voice_gap(table[table["dimension"] == "ge"])
    with pytest.raises(BadParameter, match="rho"):
        gaps.effectiveness_voice_gap(table, rho=1)


def test_an_economy_listed_in_one_dimension_is_listed_and_not_ranked():
    table = govlib.wgi.read(2023, economies=["KAZ", "UZB", "EST"], years=2022)
    for dimension in ("ge", "va"):
        lacking = (table["economy"] == "EST") & (table["dimension"] == dimension)
        gap = gaps.effectiveness_voice_gap(table[~lacking]).set_index("economy")
        assert (gap["listed"] == 3).all()
        assert (gap["ranked"] == 2).all()
        assert gap.loc["EST", ["gap", "position"]].isna().all()


def test_an_error_assumed_in_one_dimension_is_carried():
    table = govlib.wgi.read(2023, economies=["KAZ", "UZB"], years=2022)
    for dimension in ("ge", "va"):
        bare = table.assign(
            standard_error=table["standard_error"].mask(table["dimension"] == dimension)
        )
        gap = gaps.effectiveness_voice_gap(bare, assumed_error=0.3)
        assert gap["assumed_error"].tolist() == [0.3, 0.3]
        other = table[(table["dimension"] != dimension) & table["dimension"].isin(["ge", "va"])]
        expected = np.hypot(0.3, other["standard_error"])
        assert gap["standard_error"].tolist() == pytest.approx(expected.tolist())
