"""Editions side by side: closed forms, the published figures, and what is never subtracted."""

import numpy as np
import pandas as pd
import pytest
from wgitables import world as world_of

import govlib
from govlib import stats
from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.stats._tables import KEYS

FIVE = ["revision", "percentile_revision", "revision_in_errors", "beyond_error", "sign_changed"]


@pytest.fixture(scope="module")
def world():
    return stats.stack_editions(govlib.wgi.read(e) for e in govlib.wgi.editions())


@pytest.fixture(scope="module")
def revised(world):
    return stats.compare_editions(world)


def made_up(edition, estimates, year=2018):
    return world_of(estimates, edition=edition, year=year)


def pair(table, earlier, later, **keys):
    chosen = (table["earlier"] == earlier) & (table["later"] == later)
    for key, value in keys.items():
        chosen &= table[key] == value
    return table[chosen]


def test_stacked_editions_keep_the_published_ranks_and_positions_in_the_world(world):
    for edition in govlib.wgi.editions():
        published = govlib.wgi.read(edition)
        rows = world[world["edition"] == edition].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows[KEYS], published[KEYS])
        pd.testing.assert_series_equal(rows["estimate"], published["estimate"])
        assert set(rows["method"]) == {"from 2025" if edition >= 2025 else "before 2025"}
        if edition < 2025:
            assert (rows["percentile_rank"] - published["percentile_rank"]).abs().max() < 1e-5
        else:
            assert (rows["percentile_rank"].notna() == rows["estimate"].notna()).all()


def test_zero_is_the_mean_of_each_year_before_2025_and_another_place_from_then(world):
    groups = world.groupby(["method", "edition", "year", "dimension"], observed=True)["estimate"]
    means, spreads = groups.mean(), groups.std()
    assert means["before 2025"].abs().max() < 0.01
    assert (spreads["before 2025"] - 1).abs().max() < 0.01
    assert means["from 2025"].abs().max() > 0.1


def test_kazakhstans_effectiveness_of_2018_changes_sign(world, revised):
    kaz = revised[revised["economy"].eq("KAZ") & revised["dimension"].eq("ge")]
    shuffled = world[world["economy"].eq("KAZ")].sample(frac=1, random_state=1)
    found = stats.compare_editions(shuffled[shuffled["dimension"] == "ge"], reference=2023)
    expected = kaz[kaz["earlier"].eq(2023) | kaz["later"].eq(2023)].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected)
    kaz = kaz[kaz["year"] == 2018]
    [row] = pair(kaz, 2020, 2023).to_dict("records")
    assert (round(row["estimate_earlier"], 4), round(row["estimate_later"], 4)) == (0.0217, -0.0420)
    assert row["revision"] == row["estimate_later"] - row["estimate_earlier"]
    assert row["revision_in_errors"] == row["revision"] / row["standard_error_earlier"]
    assert (row["sign_changed"], row["beyond_error"], row["reason"]) == (True, False, "")
    assert (row["position_earlier"], row["position_later"]) == (96, 104)
    assert not pair(kaz, 2022, 2023)["sign_changed"].item()
    [row] = pair(kaz, 2023, 2025).to_dict("records")
    assert (round(row["estimate_later"], 4), round(row["percentile_rank_later"], 1)) == (
        -0.1036,
        47.1,
    )


@pytest.mark.parametrize(("earlier", "later"), [(2019, 2020), (2020, 2023), (2023, 2024)])
def test_every_revision_is_the_difference_of_two_published_numbers(revised, earlier, later):
    keys = ["economy", "year", "dimension"]
    a, b = (govlib.wgi.read(e).set_index(keys) for e in (earlier, later))
    rows = pair(revised, earlier, later).set_index(keys)
    assert len(rows) == len(a)
    assert rows.index.get_level_values("year").max() == earlier - 1
    for measure, revision in [
        ("estimate", "revision"),
        ("percentile_rank", "percentile_revision"),
    ]:
        expected = (b[measure] - a[measure]).reindex(rows.index)
        assert rows[revision].isna().equals(expected.isna())
        assert (rows[revision] - expected).abs().max() < 2e-5  # each rank within 1e-5
    beyond = (rows["revision"].abs() > 1.64 * a["standard_error"].reindex(rows.index)).astype(
        "boolean"
    )
    held = rows["revision"].notna()
    assert (rows["beyond_error"] == beyond)[held].all()
    assert rows["beyond_error"].isna().equals(~held)
    signs = np.sign(a["estimate"]).reindex(rows.index) != np.sign(b["estimate"]).reindex(rows.index)
    assert (rows["sign_changed"][held] == signs[held]).all()


def test_editions_of_two_methods_are_set_side_by_side_and_never_subtracted(revised):
    rows = revised[revised["later"] == 2025]
    assert rows[FIVE].isna().all(axis=None)
    assert (rows["reason"] != "").all()
    both = rows.dropna(subset=["estimate_earlier", "estimate_later"])
    assert len(both) > 100_000
    assert set(both["reason"]) == {"the methods differ (before 2025, from 2025)"}
    assert both[["percentile_rank_earlier", "percentile_rank_later"]].notna().all(axis=None)
    assert revised.loc[revised["later"] < 2025, "revision"].notna().sum() > 100_000


def test_editions_on_the_method_of_2025_are_subtracted():
    a = govlib.wgi.read(2025, years=2018)
    b = a.assign(edition=2026, estimate=a["estimate"] + 0.1, standard_error=0.2)
    rows = stats.compare_editions(stats.stack_editions([a, b]))
    held = rows["estimate_earlier"].notna()
    assert rows.loc[held, "revision"].to_numpy() == pytest.approx(0.1)
    assert set(rows.loc[held, "reason"]) == {"no standard error in the 2025 edition"}
    assert rows["beyond_error"].isna().all()
    assert rows.loc[held, "sign_changed"].notna().all()


def test_rows_that_one_edition_lacks_say_why():
    a, b = made_up(2022, [1, np.nan, np.nan, 0.5]), made_up(2023, [np.nan, 0.2, np.nan, 0.4, 0.3])
    b = b[b["economy"] != "A0003"]
    rows = stats.compare_editions(stats.stack_editions([a, b]))
    assert dict(zip(rows["economy"], rows["reason"], strict=True)) == {
        "A0000": "no estimate in the 2023 edition",
        "A0001": "no estimate in the 2022 edition",
        "A0002": "no estimate in either edition",
        "A0003": "not listed in the 2023 edition",
        "A0004": "not listed in the 2022 edition",
    }
    assert rows[FIVE].isna().all(axis=None)
    [summary] = stats.summarise_revisions(rows).to_dict("records")
    assert (summary["gained"], summary["lost"]) == (2, 2)
    assert (summary["compared"], summary["economies"]) == (0, 0)


def test_editions_say_which_years_and_economies_they_hold(world):
    listed = stats.list_editions(world).set_index("edition")
    assert listed.loc[2019, "years"] == "1996, 1998, 2000, 2002–2018"
    assert listed.loc[2025, "gained"] == listed.loc[2025, "gained_estimate"] == "NCL, PYF"
    assert listed.loc[2024, "gained"] == listed.loc[2024, "lost"] == ""
    assert listed["listed"].to_dict() == dict.fromkeys(range(2019, 2025), 214) | {2025: 216}
    assert listed.index[listed["standard_errors"]].tolist() == list(range(2019, 2025))
    fewer = world[(world["edition"] != 2023) | (world["economy"] != "KAZ")]
    without = stats.list_editions(fewer).set_index("edition")
    assert (without.loc[2023, "lost"], without.loc[2024, "gained"]) == ("KAZ", "KAZ")


def test_a_summary_of_known_revisions():
    a = pd.concat([made_up(2022, [1, 0.1, 0, -1], year=year) for year in (2018, 2019)])
    b = made_up(2023, [1, -0.2, 0.1, -0.6], year=2018)
    b = pd.concat([b, made_up(2023, [1, 0.1, 0, -0.6], year=2019)])
    rows = stats.compare_editions(stats.stack_editions([a, b]))
    [all_years] = stats.summarise_revisions(rows).to_dict("records")
    # Revisions: 0, 0.3, 0.1, 0.4 in 2018; 0, 0, 0, 0.4 in 2019; error 0.2 (0.328 at 90%).
    assert (all_years["compared"], all_years["gained"], all_years["lost"]) == (8, 0, 0)
    assert all_years["economies"] == 4
    assert all_years["changed"] == 4
    assert all_years["median_absolute_revision"] == pytest.approx(0.05)
    assert all_years["largest_absolute_revision"] == pytest.approx(0.4)
    assert all_years["p90_absolute_revision"] == pytest.approx(0.4)
    assert (all_years["beyond_error"], all_years["economies_beyond_error"]) == (2, 1)
    assert all_years["signs_changed"] == 1
    by_year = stats.summarise_revisions(rows, by=["dimension", "year"])
    assert by_year["median_absolute_revision"].tolist() == pytest.approx([0.2, 0])
    assert by_year["beyond_error"].tolist() == [1, 1]
    assert by_year.loc[by_year["year"] == 2019, "rank_correlation"].item() == pytest.approx(1)
    economies = stats.summarise_revisions(rows, by=["economy"])
    assert economies["economies_beyond_error"].tolist() == [0, 0, 0, 1]


def test_between_the_methods_only_counts_and_the_order_are_summarised(revised):
    summary = stats.summarise_revisions(revised)
    across = summary[summary["later"] == 2025]
    counted = ["economies", "compared", "gained", "lost", "rank_correlation"]
    empty = across.drop(columns=["earlier", "later", "dimension", *counted])
    assert empty.isna().all(axis=None)
    assert across[counted].notna().all(axis=None)
    rows = pair(revised, 2024, 2025, dimension="cc")
    expected = rows["percentile_rank_earlier"].corr(rows["percentile_rank_later"])
    found = pair(summary, 2024, 2025, dimension="cc")["rank_correlation"].item()
    assert found == pytest.approx(expected)
    assert 0.9 < found < 0.999


def test_the_change_is_that_of_each_edition_with_a_verdict(world):
    for edition in (2023, 2024):
        own = world[(world["edition"] == edition) & (world["dimension"] == "cc")]
        expected = stats.change(own, 2018, 2022, rho=0)
        found = stats.change_by_edition(own, 2018, 2022, rho=0)
        pd.testing.assert_frame_equal(found[expected.columns], expected)
        beyond = found["significant"].fillna(False)
        assert (found.loc[beyond & found["change"].gt(0), "verdict"] == "rose").all()
        assert (found.loc[beyond & found["change"].lt(0), "verdict"] == "fell").all()
        known = found["significant"].notna()
        assert (found.loc[known & ~beyond, "verdict"] == "within error").all()
        assert {"rose", "fell", "within error"} <= set(found["verdict"])
        last = own[own["year"] == 2022].set_index("economy")["percentile_rank"]
        assert found.set_index("economy")["percentile_rank_last"].equals(
            last.rename("percentile_rank_last")
        )


def test_an_edition_without_the_year_or_errors_has_no_verdict_and_says_why(world):
    kaz = world[world["economy"].eq("KAZ") & world["dimension"].eq("ge")]
    found = stats.change_by_edition(kaz, 2018, 2022, rho=0).set_index("edition")
    assert found["verdict"].tolist() == ["not known"] * 4 + ["within error"] * 2 + ["not known"]
    assert found.loc[2019, "reason"] == "no year 2022 in the 2019 edition"
    assert found.loc[2023, "reason"] == ""
    assert found.loc[2025, "reason"] == "no standard errors"
    assert found.loc[2025, "change"] == pytest.approx(0.160339 + 0.103620, abs=1e-5)
    gap = stats.change_by_edition(world[world["economy"] == "SSD"], 2008, 2018, rho=0)
    assert set(gap["reason"]) == {"no estimate in one of the years"}
    close = stats.change_by_edition(kaz, 2018, 2022, rho=0.9).set_index("edition")
    assert close.loc[2023, "verdict"] == "rose"


REJECTED = [
    (lambda t: stats.stack_editions([]), "No edition is given"),
    (lambda t: stats.stack_editions(3), "3 is no table"),
    (lambda t: stats.stack_editions([3]), "A table .DataFrame. is needed, not int"),
    (lambda t: stats.stack_editions([NEW, NEW]), "rows are repeated, the first: edition 2023"),
    (lambda t: stats.stack_editions([NEW.drop(columns="standard_error")]), "lacks standard_error"),
    (lambda t: stats.compare_editions(NEW), "lacks method: put its editions together"),
    (lambda t: stats.compare_editions(t[t["edition"] == 2023]), "has the edition 2023 only"),
    (lambda t: stats.compare_editions(t, reference=2018), "no edition 2018; it has 2022, 2023"),
    (lambda t: stats.compare_editions(t.head(0)), "no rows"),
    (lambda t: stats.summarise_revisions(t, by=["region"]), r"by = \['region'\]: some of economy"),
    (lambda t: stats.summarise_revisions(t), "compare_editions.* lacks earlier, later, revision"),
    (
        lambda t: stats.change_by_edition(t, 2018, 2030, rho=0),
        r"both years 2018 and 2030; it has 2022",
    ),
    (lambda t: stats.change_by_edition(t, 2022, 2018, rho=0), "2022 is not before last year 2018"),
    (lambda t: stats.change_by_edition(t, 2018, 2019, rho=1), "rho"),
]
NEW = made_up(2023, [0.1, 0.2])


@pytest.mark.parametrize(("compute", "answer"), REJECTED)
def test_what_cannot_be_compared_is_rejected(compute, answer):
    old = [made_up(2022, [0.0, 0.1], year=year) for year in (2018, 2019)]
    with pytest.raises((BadParameter, BadTable, UnknownName), match=answer):
        compute(stats.stack_editions([*old, NEW]))
