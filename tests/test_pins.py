"""pyproject.toml, requirements.lock and environment.yml name the same packages."""

import itertools
import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from govlib.project import project_folder

PROJECT = tomllib.loads((project_folder() / "pyproject.toml").read_text())
LOCK = (project_folder() / "requirements.lock").read_text()
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


def test_conda_users_get_the_same_packages_and_bounds():
    environment = yaml.safe_load((project_folder() / "environment.yml").read_text())
    *specs, last = environment["dependencies"]
    *from_pypi, itself = last["pip"]
    assert itself == "-e ."
    requirements = [Requirement(spec) for spec in [*specs, *from_pypi]]
    conda = {canonicalize_name(r.name): r.specifier for r in requirements}
    assert conda.pop("pip") == ""
    assert str(conda.pop("python")) == PROJECT["project"]["requires-python"]
    assert conda == direct()


@pytest.mark.parametrize("command", ["reproduce", "test", "test-browser", "lint", "help"])
def test_the_makefile_has_the_targets_that_the_readme_names(command):
    makefile = (project_folder() / "Makefile").read_text()
    assert re.search(rf"^{command}:", makefile, re.MULTILINE)
