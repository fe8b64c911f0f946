"""Every mistake in `mistakes/*.yaml` is answered with the whole message that stands there."""

from pathlib import Path
from typing import Any

import pytest
from mistakes_reader import answer, cases, project_folder

from meshx.config.program_arguments import arguments
from tests.python_keys import as_arguments

CASES = cases()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the mistakes name."""
    return project_folder(tmp_path_factory.mktemp("mistakes"))


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_told_with_its_place_its_cause_and_the_remedy(name: str, folder: Path) -> None:
    assert answer(CASES[name], folder) == CASES[name]["says"].rstrip("\n")


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_in_a_programs_arguments_is_told_in_the_same_words(name: str, folder: Path) -> None:
    assert answer(CASES[name], folder, as_program) == CASES[name]["says"].rstrip("\n")


def as_program(values: Any) -> Any:
    """What a program's arguments become, with keys as in Python."""
    return arguments(as_arguments(values, lambda value: value), lambda _: False).stated


def test_what_the_mistakes_are_made_in_stands(folder: Path) -> None:
    assert [answer({"of": line}, folder) for line in ("istiod", "classic")] == ["(it stands)"] * 2
