"""Each view: its code makes what is shown, points tell values, the impossible is explained."""

import json
import shlex

import matplotlib.pyplot as plt
import numpy as np
import pytest

import govlib as gov
from govlib.explorer.views import (
    CHOICES,
    VIEWS,
    check_choices,
    draw_view,
    list_entries,
    save_shown,
    write_code,
)
from govlib.i18n import text
from govlib.project import project_folder
from govlib.run.notebooks import find_notebooks, read_parameters

CELL = read_parameters(find_notebooks(["00-explore"])[0])
WAVES = {"view": "waves", "first_year": 2022, "last_year": 2023}
CASES = [
    *({"view": view} for view in VIEWS if view != "waves"),
    WAVES,
    WAVES | {"language": "ru"},
    {"measure": "percentile_rank", "language": "ru"},
    {"view": "countries", "peers": ["central_asia"], "measure": "percentile_rank"},
    {"measure": "score", "edition": 2025, "dimensions": ["cc"]},
    {"view": "league", "edition": 2025, "peers": ["eaeu"], "language": "kk"},
    {"view": "gap", "edition": 2025, "language": "ru"},
    {"economy": "ANT"},
    {"view": "world", "economy": "ANT", "dimensions": ["va", "pv", "rl"], "language": "kk"},
    {"view": "slope", "economy": "SSD", "first_year": 2010, "language": "ru"},
    {"view": "revisions", "economy": "SSD", "first_year": 2005, "language": "kk"},
]


@pytest.mark.parametrize("given", CASES, ids=lambda given: "-".join(map(str, given.values())))
def test_the_code_that_is_copied_makes_the_table_and_the_points(given):
    choices = CELL | given
    p = check_choices(choices)
    made = {}
    exec(write_code(p), made)
    table, found = made["table"], [panel.points for _, panel in gov.plot.panels(made["fig"])]
    # What is shown is these points, each value that the table has, inside the picture.
    drawn = draw_view(choices)
    assert drawn["message"] == ""
    assert drawn["image"].startswith(b"<?xml")
    assert b"</svg>" in drawn["image"]
    assert drawn["caption"] == gov.describe(made["fig"]).caption
    assert drawn["code"] == write_code(p)
    assert sorted(point["text"] for point in drawn["points"]) == sorted(
        point.label for points in found for point in points
    )
    assert all(0 <= point[axis] <= 1 for point in drawn["points"] for axis in "xy")
    assert drawn["points"] or p.economy == "ANT"
    assert len(drawn["table"]) == len(table)
    assert not plt.close("all")


def texts(**given):
    return [point["text"].splitlines() for point in draw_view(CELL | given)["points"]]


def test_a_point_tells_who_what_how_sure_from_how_many_and_which_rank():
    row = gov.wgi.ranked(2023, economies="KAZ", dimensions="ge", years=2022).iloc[0]
    ends = [gov.number(row[f"estimate_{end}"]) for end in ("lower", "upper")]
    assert [
        "Kazakhstan (KAZ)",
        f"{text('dimension.ge', 'en')}, 2022",
        f"{text('measure.estimate', 'en')}: {gov.number(row['estimate'])}",
        text("explorer.interval", "en", interval=" to ".join(ends)),
        text("explorer.sources", "en", number=row["sources"]),
        text("explorer.position", "en", position=row["position"], ranked=row["ranked"]),
    ] in texts()
    league = gov.stats.league(gov.wgi.read(2023, economies=["KAZ", *CELL["peers"]], years=2022))
    own = league[(league["economy"] == "KAZ") & (league["dimension"] == "ge")].iloc[0]
    ends = f"{own['position_lower']} to {own['position_upper']}"
    place = {"position": own["position"], "ranked": len(CELL["peers"]) + 1, "interval": ends}
    written = text("explorer.place", "en", **place)
    assert any(written in lines for lines in texts(view="league"))


def test_a_point_of_a_survey_tells_share_interval_and_respondents():
    [lines] = [
        lines for lines in texts(**WAVES) if lines[0] == "Police, Oct–Nov 2023" and lines[2:]
    ][:1]
    survey = gov.surveys.read(gov.surveys.find("bns-trust", "KAZ"), waves="2023-10")
    row = survey[(survey["item"] == "police") & (survey["answer"] == "fully_agree")].iloc[0]
    assert lines[1] == f"{text('axis.share', 'en')}: {gov.number(row['share'], digits=1)}"
    assert lines[2].startswith("90%")
    assert lines[3] == text("explorer.respondents", "en", number=18005)


def test_a_point_tells_what_an_edition_does_not_have():
    lines = texts(edition=2025, language="ru")[0]
    assert lines[0] == "Казахстан (KAZ)"
    assert {text(f"explorer.no_{what}", "ru") for what in ("interval", "sources")} <= set(lines)


def test_points_stand_where_their_values_are_drawn():
    points = draw_view(CELL | {"dimensions": ["ge"]})["points"]
    estimates = gov.wgi.read(2023, economies="KAZ", dimensions="ge", years="2018-2022")["estimate"]
    heights = [point["y"] for point in points]
    slope, start = np.polyfit(estimates, heights, 1)
    assert slope < 0
    assert np.allclose(slope * estimates + start, heights)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"edition": 2019}, "edition 2019 has no year 2022; it has 1996"),
        ({"economy": "NCL"}, "it is in: 2025."),
        ({"measure": "score"}, "Edition 2023 has no score; it has estimate, percentile_rank."),
        (
            WAVES | {"economy": "UZB"},
            "no survey on trust for Uzbekistan: the survey included covers",
        ),
        (WAVES | {"economy": "UZB", "language": "ru"}, "только одну страну (Казахстан)"),
        (WAVES | {"first_year": 2018, "last_year": 2019}, "two are needed"),
        ({"dimensions": []}, "`dimensions` is empty"),
        ({"peers": ["KAZ"]}, "that makes 1; 2 to 20"),
    ],
)
def test_what_is_impossible_is_explained(wrong, message):
    drawn = draw_view(CELL | wrong)
    assert message in drawn["message"]
    assert "image" not in drawn
    assert not plt.get_fignums()  # none is left half drawn


def test_what_is_missing_or_assumed_is_noted():
    def notes(**given):
        return draw_view(CELL | given)["notes"]

    assert notes() == []
    about = {"name": "New Caledonia", "edition": 2025}
    lacking = text("explorer.none_of", "en", dimension=text("dimension.ge", "en"), **about)
    errors = text("explorer.no_errors", "en", edition=2025)
    for view in ("trend", "world"):
        assert notes(economy="NCL", edition=2025, view=view) == [lacking, errors]
    assert "has no estimate" in notes(economy="ANT")[0]
    error = gov.number(gov.wgi.assumed_error(2025))
    assumed = text("explorer.assumed_error", "en", error=error, edition=2025)
    for view in ("league", "gap", "slope"):  # one or the other, never both
        assert notes(edition=2025, view=view) == [assumed]
    number = {"number": "18,005", "waves": "2022"}
    assert text("trust.assumed", "en", **number) in notes(**WAVES)


@pytest.mark.parametrize(("view", "most"), [("countries", 8), ("league", 20), ("slope", 20),
                                            ("gap", 20), ("world", 54)])  # fmt: skip
def test_of_a_large_group_the_nearest_are_drawn_and_it_is_said(view, most):
    drawn = draw_view(CELL | {"view": view, "peers": ["ecs"], "dimensions": ["ge", "va"]})
    assert drawn["message"] == ""
    shown = set(drawn["table"]["economy"])
    said = text("explorer.nearest", "en", most=min(most, 20), all=54, name="Kazakhstan")
    assert (said in drawn["notes"]) == (view != "world")
    assert "KAZ" in shown
    # The notebook compares 20 economies at most; it is given those that are drawn, and it is said.
    printed = set(drawn["given"]["peers"]) | {"KAZ"}
    assert (
        drawn["cut"] == said and json.dumps({"peers": drawn["given"]["peers"]}) in drawn["command"]
    )
    assert printed == shown if view != "world" else len(printed) == 20
    if view != "world":
        assert len(shown) == most
        made = {}
        exec(drawn["code"], made)
        assert set(made["table"]["economy"]) == shown
    if view == "gap":
        gaps = gov.stats.gap(gov.wgi.read(2023, years=2022)).set_index("economy")["gap"]
        gaps = gaps.loc[[code for code in gov.economies.members(["ecs", "KAZ"]) if code in gaps]]
        assert shown == set((gaps - gaps["KAZ"]).abs().sort_values().index[:20])


def test_near_an_economy_without_a_value_are_those_of_the_median():
    table = gov.wgi.read(2023, economies="ecs", years=2022, dimensions="ge")
    table.loc[table["economy"] == "KAZ", "estimate"] = np.nan
    near = gov.economies.nearest(table, "KAZ", 4)
    away = (table.set_index("economy")["estimate"] - table["estimate"].median()).abs()
    assert set(near["economy"]) == {"KAZ", *away.sort_values().index[:3]}


@pytest.mark.parametrize("kind", ["pdf", "svg", "png", "csv"])
def test_what_is_shown_is_kept_as_a_file(kind):
    drawn = draw_view(CELL)
    content = save_shown(drawn, "explore-trend-KAZ-2023", kind)
    begin = {"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG", "csv": b"dimension,year"}[kind]
    assert content.startswith(begin)
    if kind == "csv":
        assert content.count(b"\n") == len(drawn["table"]) + 1
    if kind == "svg":
        assert drawn["caption"][:40].encode() in content


@pytest.mark.parametrize("view", VIEWS)
def test_the_command_runs_the_notebook_that_draws_the_view_for_print(view):
    choices = CELL | {"view": view, "language": "ru"} | (WAVES if view == "waves" else {})
    program, path, output, *options = shlex.split(draw_view(choices)["command"])
    assert (program, path) == (".venv/bin/papermill", f"notebooks/{VIEWS[view].notebook}.ipynb")
    assert output.startswith("build/")
    declared = read_parameters(project_folder() / path)
    given = {name: value for name, value in choices.items() if name in declared}
    assert options == [
        word
        for name, value in given.items()
        for word in (
            ["-y", json.dumps({name: value})]  # papermill takes a list with -p for a string
            if isinstance(value, list)
            else ["-p", name, str(value)]
        )
    ]
    stem = VIEWS[view].notebook + VIEWS[view].ending
    assert (project_folder() / f"figures/2023/KAZ/{stem}.png").exists()


def test_the_parameters_cell_that_is_copied_begins_with_the_choices():
    names = {}
    exec(draw_view(CELL | {"economy": "UZB"})["parameters"], names)
    assert {name: names[name] for name in CHOICES} == CELL | {"economy": "UZB"}
    assert list(names["__annotations__"]) == list(CHOICES)


def test_every_entry_that_is_offered_is_found():
    entries = list_entries()
    assert len(entries) > 200
    assert all(gov.economies.find(entry) == code for code, entry in entries.items())
    assert entries["KAZ"] == "KAZ Kazakhstan · Казахстан · Қазақстан"
