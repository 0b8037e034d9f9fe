"""The explorer without widgets: the impossible is explained, what is saved is the notebook's."""

import shlex

import pytest
from explorechoices import CASES, CHOICES, name_case

from govlib.explorer import explore
from govlib.explorer.views import NOTEBOOKS
from govlib.project import project_folder
from govlib.run import notebooks as runs


@pytest.mark.parametrize("choices", CASES, ids=name_case)
def test_every_case_is_drawn(choices):
    drawn = explore.draw_view(choices)
    assert drawn["message"] == ""
    assert drawn["image"].startswith(b"\x89PNG")
    assert len(drawn["table"])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"edition": 2019}, "edition 2019 has no year 2022; it has 1996"),
        ({"economy": "NCL"}, "it is in: 2025."),
        ({"measure": "score"}, "Edition 2023 has no score; it has estimate, percentile_rank."),
        ({"view": "waves", "economy": "UZB"}, "not of UZB"),
        ({"dimensions": []}, "`dimensions` is empty"),
        ({"peers": ["ecs"]}, "2 to 20 can be compared"),
        ({"peers": 3}, "peers = 3 is of type int"),
        ({"dimensions": [["ge"]]}, "a list of words is needed"),
        ({"view": "<script>"}, "view = '<script>' is not known"),
    ],
)
def test_what_is_impossible_is_explained(wrong, message):
    drawn = explore.draw_view(CHOICES | wrong)
    assert message in drawn["message"]
    assert "image" not in drawn


def test_a_choice_that_is_not_made_is_named():
    drawn = explore.draw_view({name: CHOICES[name] for name in CHOICES if name != "peers"})
    assert drawn["message"].startswith("peers not chosen; needed: view, economy")


def test_what_is_missing_or_assumed_is_noted():
    def notes(**given):
        return " ".join(explore.draw_view(CHOICES | given)["notes"])

    assert notes() == ""
    assert "Netherlands Antilles (former) has no estimate" in notes(economy="ANT")
    caledonia = {"economy": "NCL", "edition": 2025, "dimensions": ["ge", "va"]}
    lacking = "New Caledonia has no estimate of Government Effectiveness here in edition 2025."
    for view in ("trend", "world"):
        said = notes(**caledonia, view=view)
        assert lacking in said
        assert "Voice" not in said
    assert "errors of edition 2025 are not held" in notes(edition=2025)
    assert "assumed standard error of 0." in notes(edition=2025, view="league")
    survey = notes(view="waves", first_year=2022, last_year=2023)
    assert "design effect 2.0 (assumed)" in survey
    assert "18,005 respondents are assumed for 2022:" in survey


@pytest.mark.parametrize("choices", CASES, ids=name_case)
def test_the_papermill_command_is_one_that_govlib_accepts(choices):
    program, notebook, output, *options = shlex.split(explore.write_command(choices))
    assert program == ".venv/bin/papermill"
    assert notebook == f"notebooks/{NOTEBOOKS[choices['view']][0]}.ipynb"
    assert output.startswith("build/")
    given = parse(options)
    [(_, planned)] = runs.plan_runs([project_folder() / notebook], given)
    assert planned == given
    declared = runs.read_parameters(project_folder() / notebook)
    assert given == {name: value for name, value in choices.items() if name in declared}


def parse(options):
    """Read options as papermill does."""
    import yaml
    from papermill.cli import _resolve_type

    given = {}
    while options:
        option = options.pop(0)
        if option == "-p":
            name, value = options.pop(0), options.pop(0)
            given[name] = _resolve_type(value)
        else:
            assert option == "-y"
            given |= yaml.safe_load(options.pop(0))
    return given


def test_a_figure_is_saved_as_its_notebook_saves_it(tmp_path):
    choices = CHOICES | {"economy": "UZB", "figures_dir": str(tmp_path / "explorer")}
    files = explore.save_view(choices)
    assert [path.suffix for path in files] == [".pdf", ".svg", ".png", ".csv", ".json"]
    [notebook] = runs.find_notebooks(["01-effectiveness-and-voice"])
    given = {"economy": "UZB", "figures_dir": str(tmp_path / "run")}
    runs.run_notebook(notebook, given, progress=False)
    for path in files:
        assert path.read_bytes() == (tmp_path / "run/2023/UZB" / path.name).read_bytes()


@pytest.mark.parametrize("view", NOTEBOOKS)
def test_the_notebook_of_a_view_saves_a_figure_of_that_name(view):
    notebook, end = NOTEBOOKS[view]
    assert (project_folder() / "figures/2023/KAZ" / f"{notebook}{end}.png").exists()
