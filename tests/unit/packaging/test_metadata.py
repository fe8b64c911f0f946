"""What the package says of itself, held to the places that decide it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from meshx.new_project.project_files import TEMPLATE
from meshx.version import VERSION

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

ROOT = Path(__file__).parents[3]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PIN = re.compile(r"^(?P<name>[\w.-]+)(?:\[[\w,]+\])?==(?P<version>[\w.]+)", re.MULTILINE)


def _pins() -> dict[str, Version]:
    text = (ROOT / "requirements.txt").read_text()
    return {canonicalize_name(found["name"]): Version(found["version"]) for found in PIN.finditer(text)}


def _ranges() -> dict[str, Requirement]:
    extras = [one for listed in PROJECT["optional-dependencies"].values() for one in listed]
    ranges = [Requirement(text) for text in [*PROJECT["dependencies"], *extras]]
    return {canonicalize_name(one.name): one for one in ranges}


def test_the_package_needs_what_is_pinned_and_nothing_else() -> None:
    assert set(_ranges()) == set(_pins())


def test_each_range_begins_with_the_tested_version_and_ends_before_a_next_first_number() -> None:
    for name, pin in _pins().items():
        clauses = {one.operator: Version(one.version) for one in _ranges()[name].specifier}
        assert clauses.pop(">=") == pin, f"pyproject.toml: write {name}>={pin}"
        assert clauses.pop("<", Version(f"{pin.major + 1}")) == Version(f"{pin.major + 1}") and not clauses, name


def test_extras_are_there_for_what_not_everybody_has() -> None:
    assert set(PROJECT["optional-dependencies"]) == {"gce", "policy", "doctor"}


def test_a_version_is_one_that_python_and_pulumi_read_alike() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    for folder in (ROOT / "policy", TEMPLATE / "policy"):  # the SDK lets no program say it (pulumi_policy, PolicyPack)
        assert yaml.safe_load((folder / "PulumiPolicy.yaml").read_text())["version"] == VERSION


def test_the_changelog_has_the_version_or_what_comes_after_it() -> None:
    heads = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = [head for head in heads if head != "Unreleased"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+, \d{4}-\d{2}-\d{2}", head) for head in released)
    versions = [Version(head.partition(",")[0]) for head in released]
    assert versions == sorted(versions, reverse=True) and all(Version(VERSION) >= one for one in versions)
    assert "Unreleased" not in heads[1:]
