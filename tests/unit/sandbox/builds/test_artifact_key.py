"""An artifact's key changes with anything that it is built from, and with nothing else."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.builds.recipe import Recipe, key_of


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    sources = tmp_path / "first" / "sources"
    (sources / "below").mkdir(parents=True)
    (sources / "go.mod").write_text("module one\n")
    (sources / "below" / "unit.service").write_text("[Service]\n")
    return Recipe("tool", lambda _folder, _needed: None, files=(sources,), facts=lambda: ["-s -w"], needs=("echo",))


def key(recipe: Recipe, echo: str = "e") -> str:
    return key_of(recipe, {"echo": echo})


def test_the_same_inputs_have_the_same_key_wherever_the_repository_lies(recipe: Recipe, tmp_path: Path) -> None:
    elsewhere = shutil.copytree(tmp_path / "first", tmp_path / "second") / "sources"
    assert key(replace(recipe, files=(elsewhere,))) == key(recipe)


def test_a_file_touched_without_change_keeps_the_key(recipe: Recipe) -> None:
    before = key(recipe)
    os.utime(recipe.files[0] / "go.mod", (0, 0))
    assert key(recipe) == before


def test_a_changed_file_changes_the_key(recipe: Recipe) -> None:
    before = key(recipe)
    (recipe.files[0] / "below" / "unit.service").write_text("[Service]\nRestart=always\n")
    assert key(recipe) != before


def test_a_new_file_changes_the_key(recipe: Recipe) -> None:
    before = key(recipe)
    (recipe.files[0] / "tools.go").write_text("")
    assert key(recipe) != before


def test_a_renamed_file_changes_the_key(recipe: Recipe) -> None:
    before = key(recipe)
    (recipe.files[0] / "go.mod").rename(recipe.files[0] / "go.sum")
    assert key(recipe) != before


def test_a_file_made_executable_changes_the_key(recipe: Recipe) -> None:
    before = key(recipe)
    (recipe.files[0] / "go.mod").chmod(0o755)
    assert key(recipe) != before


def test_a_changed_flag_changes_the_key(recipe: Recipe) -> None:
    assert key(replace(recipe, facts=lambda: ["-s"])) != key(recipe)


def test_text_moved_from_one_fact_to_the_next_changes_the_key(recipe: Recipe) -> None:
    one = replace(recipe, facts=lambda: ["ab", "c"])
    other = replace(recipe, facts=lambda: ["a", "bc"])
    assert key(one) != key(other)


def test_a_needed_artifact_built_anew_changes_the_key(recipe: Recipe) -> None:
    assert key(recipe, echo="f") != key(recipe, echo="e")
