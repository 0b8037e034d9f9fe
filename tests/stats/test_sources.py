"""The model of the sources: it finds what was simulated, and says what cannot be fitted."""

import numpy as np
import pandas as pd
import pytest

from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.stats import change
from govlib.stats import sources as model

COUNTRIES = [f"C{number:03d}" for number in range(200)]
YEARS = [2018, 2022]
SCORES, TRUTH = model.simulate(2023, COUNTRIES, YEARS, persistence=0.8)
FIT = model.fit(SCORES)
OWN = "C007"


def test_the_truth_of_a_simulation_is_found_with_its_accuracy():
    used = FIT.sources.set_index(["year", "source"])
    assert used["converged"].all()
    assert used["beta"].to_numpy() == pytest.approx(0.2, abs=0.05)
    assert used.loc[(2018, "expert-4"), "sigma"] == pytest.approx(0.63, abs=0.12)
    both = FIT.estimates.merge(TRUTH).merge(FIT.sources.drop_duplicates("year"), on="year")
    miss = both["estimate"] * both["scale"] + both["centre"] - both["truth"]
    assert 0.85 < (miss.abs() <= 1.64 * both["standard_error"] * both["scale"]).mean() < 0.95


def test_the_slope_of_a_source_that_is_not_representative_is_corrected_for_reliability():
    scores, _ = model.simulate(2023, [f"C{number}" for number in range(2000)], [2018])
    found = model.fit(scores).sources.query("not representative")
    assert (found["beta"] > 0.2).all()  # 0.18 without


def covered(shared):
    inside = []
    for seed in range(4):
        scores, truth = model.simulate(2023, COUNTRIES, [2018], shared=shared, seed=seed)
        found = model.fit(scores)
        both = found.estimates.merge(truth)
        scale, centre = found.sources[["scale", "centre"]].iloc[0]
        miss = (both["estimate"] * scale + centre - both["truth"]).abs()
        inside.append((miss <= 1.64 * both["standard_error"] * scale).mean())
    return np.mean(inside)


def test_shared_errors_of_experts_make_the_intervals_too_narrow():
    assert covered(0.0) > 0.84 > 0.7 > covered(0.5)


def test_estimates_are_those_of_an_edition_whatever_the_order_and_unit_of_the_scores():
    table = FIT.estimates
    assert list(table)[:4] == ["edition", "economy", "year", "dimension"]
    for _, rows in table.groupby("year"):
        assert rows["estimate"].mean() == pytest.approx(0, abs=1e-9)
        assert rows["estimate"].std() == pytest.approx(1)
    counts = SCORES.groupby(["economy", "year"]).size()
    assert (table.set_index(["economy", "year"])["sources"] == counts).all()
    other = SCORES.sample(frac=1, random_state=1)
    other["score"] = other["score"].where(other["source"] != "ngo-1", 7 - 50 * -other["score"])
    again = model.fit(other).estimates
    assert again["estimate"].to_numpy() == pytest.approx(table["estimate"].to_numpy(), abs=1e-5)


def test_weights_and_contributions_make_the_estimate():
    parts = model.weights(FIT, OWN).groupby("year")[["weight", "contribution"]].sum()
    own = FIT.estimates[FIT.estimates["economy"] == OWN].set_index("year")
    units = FIT.sources.groupby("year")[["centre", "scale"]].first()
    expected = own["estimate"] + units["centre"] / units["scale"]
    assert parts["contribution"].to_numpy() == pytest.approx(expected.to_numpy())
    assert (1 - parts["weight"]).to_numpy() == pytest.approx(
        (own["standard_error"] * units["scale"]).to_numpy() ** 2
    )


def test_a_source_left_out_is_a_fit_without_it():
    table = model.drop(SCORES, OWN, *YEARS, rho=0.5).set_index("dropped")
    assert list(table.index) == ["", *sorted(set(SCORES.query("economy == @OWN")["source"]))]
    without = model.fit(SCORES[SCORES["source"] != "expert-2"]).estimates
    ends = without[without["economy"] == OWN].set_index("year")["estimate"]
    assert table.loc["expert-2", "change"] == pytest.approx(ends[2022] - ends[2018])
    assert table.loc["expert-2", "rho"] == 0.5
    by_type = model.drop(SCORES, OWN, *YEARS, by="type").set_index("dropped")
    assert "Three representative sources" in by_type.loc["expert", "reason"]
    assert pd.isna(by_type.loc["expert", "change"])


def test_a_change_is_that_of_lasting_sources_and_of_entry_and_exit():
    gone = (SCORES["source"] == "ngo-1") & (SCORES["year"] == 2018)
    economy = SCORES[gone]["economy"].iloc[0]
    [row] = model.decompose_change(model.fit(SCORES[~gone]), economy, *YEARS).to_dict("records")
    assert row["entered"] == "ngo-1" and row["left"] == "" and row["exit"] == 0 != row["entry"]
    assert row["balanced"] + row["entry"] + row["exit"] == pytest.approx(row["change"])
    whole = model.decompose_change(FIT, economy, *YEARS)
    assert whole["balanced"].tolist() == pytest.approx(whole["change"].tolist())


@pytest.mark.parametrize("persistence", [0.0, 0.9])
def test_the_correlation_of_errors_over_time_is_found(persistence):
    found = model.fit(model.simulate(2023, COUNTRIES, YEARS, persistence=persistence)[0])
    by_source = model.error_correlation(found, *YEARS, draws=50)
    assert by_source["rho"].mean() == pytest.approx(persistence**4, abs=0.15)
    [own] = model.error_correlation(found, *YEARS, economy=OWN, draws=50).to_dict("records")
    assert own["rho_lower"] < persistence**4 + 0.05 < own["rho_upper"] + 0.1
    assert own["possible"]


def test_a_moment_of_one_or_more_is_reported_and_not_called_a_correlation():
    scores, _ = model.simulate(2023, COUNTRIES, YEARS, shared=0.9, persistence=0.99)
    table = model.error_correlation(model.fit(scores), *YEARS, draws=20)
    assert (table["rho"] > 1).any()
    assert (table["possible"] == (table["rho"] < 1)).all()


def altered(source, **values):
    """Return the scores with those of one source in 2018 replaced, by functions of its rows."""
    here = (SCORES["source"] == source) & (SCORES["year"] == 2018)
    rows = SCORES[here].assign(**values)
    return pd.concat([SCORES[~here], rows], ignore_index=True)


BAD = {
    "one country": (
        lambda: SCORES.drop(SCORES.index[SCORES["source"] == "ngo-1"][1:]),
        "ngo-1 scores 1 countries in ge 2018",
    ),
    "constant": (
        lambda: altered("expert-3", score=0.5),
        "expert-3 gives all countries one score in ge 2018",
    ),
    "all missing": (lambda: SCORES.assign(score=np.nan), "all are missing"),
    "a single representative source": (
        lambda: SCORES.assign(representative=SCORES["source"] == "expert-1"),
        "ge 2018 has expert-1",
    ),
    "too few in common": (
        lambda: altered("survey-2", economy=lambda t: "X" + t["economy"]),
        "survey-2 covers 0 countries that representative sources cover in ge 2018",
    ),
    "a score twice": (lambda: pd.concat([SCORES, SCORES[:1]]), "given twice: C0"),
    "two editions": (lambda: altered("ngo-1", edition=2022), "mixes editions"),
    "infinite": (lambda: altered("ngo-1", score=np.inf), "infinite"),
    "no column": (lambda: SCORES.drop(columns="type"), "lacks type; it has edition"),
}


@pytest.mark.parametrize("case", BAD)
def test_scores_that_cannot_be_fitted_are_named(case):
    make, answer = BAD[case]
    with pytest.raises(BadTable, match=answer):
        model.fit(make())


def test_two_sources_that_are_copies_are_named():
    copy = SCORES[SCORES["source"] == "expert-2"].assign(source="expert-5")
    with pytest.raises(BadTable, match="expert-2 and expert-5 are perfectly correlated in ge 2018"):
        model.fit(pd.concat([SCORES, copy]))


def test_a_source_without_scores_of_its_own_changes_nothing():
    empty = SCORES[:5].assign(source="empty", score=np.nan)
    pd.testing.assert_frame_equal(model.fit(pd.concat([SCORES, empty])).estimates, FIT.estimates)


def test_who_sets_the_scale_can_be_chosen():
    chosen = ["expert-1", "expert-2", "survey-1", "ngo-1"]
    found = model.fit(SCORES, representative=chosen)
    assert set(found.sources.query("representative")["source"]) == set(chosen)
    with pytest.raises(UnknownName, match="No scores of expert-9; the table has expert-1"):
        model.fit(SCORES, representative=["expert-9"])


@pytest.mark.parametrize(
    ("function", "arguments", "error", "answer"),
    [
        (model.weights, [FIT, "ZZZ"], UnknownName, "No source scores ZZZ"),
        (model.drop, [SCORES, "ZZZ", *YEARS], UnknownName, "No source scores ZZZ"),
        (model.drop, [SCORES, OWN, 2018, 2020], UnknownName, "no year 2020"),
        (model.decompose_change, [FIT, OWN, 2022, 2018], BadParameter, "not before"),
        (model.error_correlation, [FIT, 2017, 2022], UnknownName, "no year 2017"),
        (model.weights, [SCORES, OWN], BadParameter, "A fit is needed, not a DataFrame"),
        (model.decompose_change, [SCORES, OWN, *YEARS], BadParameter, "A fit is needed"),
        (model.error_correlation, [SCORES, *YEARS], BadParameter, "A fit is needed"),
    ],
)
def test_what_does_not_exist_is_named(function, arguments, error, answer):
    with pytest.raises(error, match=answer):
        function(*arguments)
    with pytest.raises(BadParameter, match="shared = 1"):
        model.simulate(2023, COUNTRIES, YEARS, shared=1)


def test_the_correlation_of_the_sources_is_handed_to_a_change():
    rho = model.error_correlation(FIT, *YEARS, economy=OWN).query("dimension == 'ge'")
    own = FIT.estimates.query("economy == @OWN and dimension == 'ge'")
    [row] = change(own, *YEARS, rho=rho).to_dict("records")
    assert (row["rho"], row["rho_lower"]) == (rho["rho"].item(), rho["rho_lower"].item())
    assert row["standard_error"] < change(own, *YEARS, rho=0.0)["standard_error"].item()
