"""What a reader is told of a point is what govlib says of it, and it stands where it is drawn."""

import numpy as np
import pandas as pd
import pytest
from explorechoices import CASES, CHOICES, name_case

import govlib
from govlib.explorer import points as explore_points
from govlib.explorer import views as explore_views
from govlib.i18n import number


def look(choices):
    """Draw and return the variables with the points."""
    names = explore_views.run_view(choices)
    content, (width, height) = explore_views.render_figure(names["fig"])
    assert content.startswith(b"\x89PNG")
    assert width > 600
    assert height > 200
    return names, explore_points.find_points(choices, names)


@pytest.mark.parametrize("choices", CASES, ids=name_case)
def test_every_value_that_is_drawn_has_its_point(choices):
    names, points = look(choices)
    table, view = names["table"], choices["view"]
    column = {"league": "position", "gap": "gap"}.get(view, "estimate")
    if view == "waves":
        expected = len(names["full"])
    else:
        held = table.dropna(subset=[column])
        expected = len(held)
        if view == "revisions":  # ranks of all editions, estimates of one method
            expected += int((held["edition"] <= 2024).sum())
    assert len(points) == expected
    if len(points):
        assert ((points[["x", "y"]] >= 0) & (points[["x", "y"]] <= 1)).all(axis=None)
    told = explore_points.describe_points(choices, names)
    assert [(point["x"], point["y"]) for point in told] == list(
        points.reindex(columns=["x", "y"]).itertuples(index=False, name=None)
    )


@pytest.mark.parametrize("view", ["trend", "league", "world", "slope", "gap", "revisions"])
def test_the_plotted_value_of_a_point_is_that_of_its_key(view):
    choices = CHOICES | {"view": view}
    names, points = look(choices)
    keys = ["edition", "economy", "year", "dimension"]
    table = names["table"].assign(dimension=names["table"].get("dimension", "ge-va"))
    table = table.astype({"dimension": str})
    both = points.merge(table, on=keys, how="left", suffixes=("_point", ""), validate="m:1")
    column, axis = {
        "league": ("position", "x_value"),
        "world": ("estimate", "x_value"),
        "gap": ("gap", "x_value"),
    }.get(view, ("estimate", "y_value"))
    if view == "revisions":  # panels take turns
        ranks = both["panel"] % 2 == 1
        drawn = both["estimate"].mask(ranks, both["percentile_rank"])
    else:
        drawn = both[column]
    assert np.allclose(both[axis], drawn.astype(float))


def test_a_point_says_who_what_how_sure_from_how_many_and_which_place():
    names, points = look(CHOICES)
    told = explore_points.describe_points(CHOICES, names)
    place = points[(points["year"] == 2022) & (points["dimension"] == "ge")].index[0]
    row = govlib.wgi.read(2023, economies="KAZ", dimensions="ge", years=2022).iloc[0]
    world = govlib.stats.ranks(govlib.wgi.read(2023, dimensions="ge", years=2022))
    own = world[world["economy"] == "KAZ"].iloc[0]
    low, high = (row["estimate"] + sign * 1.64 * row["standard_error"] for sign in (-1, 1))
    assert told[place]["text"].splitlines() == [
        "Kazakhstan (KAZ)",
        "Government Effectiveness, 2022",
        f"Estimate: {decimal(row['estimate'])}",
        f"90% interval {decimal(low)} to {decimal(high)}",
        f"Sources: {row['sources']}",
        f"Position {own['position']} of {own['ranked']} in the world",
    ]


def test_a_point_of_a_league_table_says_the_position_that_is_drawn():
    choices = CHOICES | {"view": "league"}
    names, points = look(choices)
    told = explore_points.describe_points(choices, names)
    rows = names["table"].set_index(["dimension", "economy"])
    for point, text in zip(points.to_dict("records"), told, strict=True):
        row = rows.loc[(point["dimension"], point["economy"])]
        assert point["x_value"] == row["position"]
        bounds = f"{row['position_lower']} to {row['position_upper']}"
        assert f"Position {row['position']} of 4 shown, 90% interval {bounds}" in text["text"]
        assert " in the world" in text["text"]


def test_a_point_of_revisions_says_the_measure_of_its_panel():
    choices = CHOICES | {"view": "revisions"}
    names, points = look(choices)
    told = explore_points.describe_points(choices, names)
    for point, text in zip(points.to_dict("records"), told, strict=True):
        value = text["text"].splitlines()[2]
        if point["panel"] % 2:
            assert value == f"Percentile position: {decimal(point['y_value'], digits=1)}"
        else:
            assert value == f"Estimate: {decimal(point['y_value'])}"
    row = govlib.wgi.read(2022, economies="KAZ", dimensions="ge", years=2018).iloc[0]
    bounds = [number(row[f"percentile_rank_{end}"], digits=1) for end in ("lower", "upper")]
    assert any(
        f"2018 (Edition 2022)\nPercentile position: {decimal(row['percentile_rank'], digits=1)}\n"
        f"90% interval {' to '.join(bounds)}" in text["text"]
        for text in told
    )


def test_what_an_edition_does_not_have_is_said():
    choices = CHOICES | {"edition": 2025, "language": "ru"}
    text = explore_points.describe_points(choices, look(choices)[0])[0]["text"]
    assert "Казахстан (KAZ)" in text
    assert "интервала нет" in text
    assert "числа источников нет" in text


def test_a_point_of_a_survey_says_share_interval_and_respondents():
    choices = CHOICES | {"view": "waves", "first_year": 2022, "last_year": 2023}
    names, _ = look(choices)
    texts = [point["text"] for point in explore_points.describe_points(choices, names)]
    survey = govlib.surveys.read(govlib.surveys.find("bns-trust", "KAZ"), waves="2022")
    row = survey[(survey["item"] == "police") & (survey["answer"] == "fully_agree")].iloc[0]
    [text] = [text for text in texts if text.startswith("Police, 2022\n")]
    assert f"Share who fully agree (percent): {decimal(row['share'], digits=1)}" in text
    assert "95% interval " in text
    # Only of 2023 the number is published.
    assert text.endswith("18,005 respondents are assumed for 2022: their number is not published.")
    [text] = [text for text in texts if text.startswith("Police, 2023-10\n")]
    assert text.endswith("Respondents: 18005")
    assert names["fig"].axes[0].get_xlabel() == govlib.text("trust.axis", "en")


@pytest.mark.parametrize("choices", CASES, ids=name_case)
def test_the_table_behind_is_sorted_and_short_of_empty_columns(choices):
    names = explore_views.run_view(choices)
    table = explore_points.table_behind(choices, names)
    assert len(table) == len(names["table"])
    assert not table.isna().all().any()
    if choices["view"] in ("league", "world"):
        ranked = table.dropna(subset="position")
        order = ranked.sort_values(["dimension", "position"], kind="stable")
        pd.testing.assert_frame_equal(ranked, order)
