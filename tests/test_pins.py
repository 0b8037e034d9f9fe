"""pyproject.toml, requirements.lock and environment.yml name the same packages."""

import itertools
import json
import re
import subprocess
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from govlib import __version__
from govlib.cli import cli
from govlib.project import project_folder
from govlib.publish.provenance import CITATION

PROJECT = tomllib.loads((project_folder() / "pyproject.toml").read_text())
LOCK = (project_folder() / "requirements.lock").read_text()
MAKEFILE = (project_folder() / "Makefile").read_text()
BROWSER_LOCK = (project_folder() / "requirements-browser.lock").read_text()


BROWSER = PROJECT["dependency-groups"]["browser"]


def direct():
    """Return the direct dependencies by name, with their bounds."""
    lines = [
        *PROJECT["project"]["dependencies"],
        *itertools.chain(*PROJECT["project"]["optional-dependencies"].values()),
        *PROJECT["dependency-groups"]["build"],
    ]
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): r.specifier for r in requirements}


def locked(lock=LOCK):
    """Return the exact versions of the lock by name: several where Python versions differ."""
    versions = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.MULTILINE):
        versions.setdefault(canonicalize_name(name), []).append(version)
    return versions


def test_direct_dependencies_have_lower_bounds_only():
    browser = {r.name: r.specifier for r in map(Requirement, BROWSER)}
    for name, specifier in (direct() | browser).items():
        assert [clause.operator for clause in specifier] == [">="], name


def test_reading_comparing_drawing_and_saving_needs_few_packages():
    assert len(PROJECT["project"]["dependencies"]) <= 20


def test_the_lock_holds_every_direct_dependency_within_its_bound():
    for name, specifier in direct().items():
        assert locked().get(name), f"{name} is not in requirements.lock: run `make lock`"
        for version in locked()[name]:
            assert specifier.contains(version), f"{name} {version} is locked; asked: {specifier}"


@pytest.mark.parametrize(("lock", "least"), [(LOCK, 100), (BROWSER_LOCK, 2)])
def test_every_locked_package_has_hashes_and_the_lock_names_no_registry(lock, least):
    entries = re.split(r"^(?=[\w.-]+==)", lock, flags=re.MULTILINE)[1:]
    assert len(entries) == sum(map(len, locked(lock).values())) > least
    for entry in entries:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
    assert not re.search(r"://|--(extra-)?index|--find-links|@ ", lock)


def test_the_lock_for_the_browser_agrees_with_the_other():
    versions = locked(BROWSER_LOCK)
    for requirement in map(Requirement, BROWSER):
        assert requirement.specifier.contains(versions[requirement.name][0]), requirement
    for name in set(versions) & set(locked()):
        assert versions[name] == locked()[name], name


def test_conda_users_and_binder_get_what_was_tested_and_no_test_tools():
    environment = yaml.safe_load((project_folder() / "environment.yml").read_text())
    *specs, last = environment["dependencies"]
    assert last == {"pip": ["-e ."]}
    conda = {canonicalize_name(r.name): r.specifier for r in map(Requirement, specs)}
    assert conda.pop("pip") == ""
    assert conda.pop("python").contains("3.11")
    tools = {Requirement(r).name for r in PROJECT["project"]["optional-dependencies"]["test"]}
    asked = {name: bounds for name, bounds in direct().items() if name not in tools}
    newest = {name: max(map(Version, locked()[name])) for name in asked}
    assert conda == {name: asked[name] & f"<={newest[name]}" for name in asked}


def test_the_metadata_for_archives_agree_with_each_other_and_with_the_package():
    """Fields that CFF 1.2 and CodeMeta require or that Zenodo and Software Heritage take."""
    cff = yaml.safe_load((project_folder() / "CITATION.cff").read_text())
    meta = json.loads((project_folder() / "codemeta.json").read_text())
    assert {"cff-version", "message", "title", "authors", "license", "version"} <= cff.keys()
    assert cff["cff-version"] == "1.2.0" and cff["type"] == "software"
    assert cff["version"] == meta["version"] == __version__
    assert meta["@type"] == "SoftwareSourceCode" and "codemeta" in meta["@context"]
    assert meta["license"].rpartition("/")[2] in cff["license"]
    assert {one["type"] for one in cff["references"]} == {"article", "data"}
    for one in cff["references"]:
        assert one["title"] and all("family-names" in author for author in one["authors"])
    [article] = [one for one in cff["references"] if one["type"] == "article"]
    [told] = meta["referencePublication"]
    assert told["identifier"] == f"https://doi.org/{article['doi']}"
    assert told["name"] == article["title"] and article["doi"] in CITATION


def test_workflows_ask_for_no_more_than_they_need_and_run_what_exists():
    scripts = PROJECT["project"]["scripts"]
    for path in (project_folder() / ".github/workflows").glob("*.yml"):
        flow = yaml.safe_load(path.read_text())
        assert flow["permissions"] == {"contents": "read"}, path.name
        for job in flow["jobs"].values():
            for step in job["steps"]:
                assert "uses" in step or "run" in step
                assert "${{ inputs" not in step.get("run", ""), "a value is part of a command"
                for command in re.findall(r"\.venv/bin/govlib (\S+)", step.get("run", "")):
                    assert command in cli.commands and "govlib" in scripts
    container = json.loads((project_folder() / ".devcontainer/devcontainer.json").read_text())
    assert re.search(rf"^{container['postCreateCommand'].split()[1]}:", MAKEFILE, re.MULTILINE)


def test_jupyterlab_is_for_this_machine_and_for_root_only_when_asked():
    def lab(*words):
        done = subprocess.run(
            ["make", "-n", "lab", *words], cwd=project_folder(), capture_output=True
        )
        return done.stdout.decode()

    assert "JUPYTER_NO_CONFIG=1" in lab() and "--ip=127.0.0.1" in lab()
    assert "--allow-root" not in lab()
    assert "--allow-root" in lab("ALLOW_ROOT=yes")


@pytest.mark.parametrize("command", ["reproduce", "test", "test-browser", "lint", "help"])
def test_the_makefile_has_the_targets_that_the_readme_names(command):
    assert re.search(rf"^{command}:", MAKEFILE, re.MULTILINE)
