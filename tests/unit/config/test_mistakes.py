"""Every mistake in `mistakes/*.yaml` is answered with the whole message that stands there."""

from pathlib import Path

import pytest
from mistakes_reader import answer, cases, project_folder

CASES = cases()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the mistakes name."""
    return project_folder(tmp_path_factory.mktemp("mistakes"))


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_told_with_its_place_its_cause_and_the_remedy(name: str, folder: Path) -> None:
    assert answer(CASES[name], folder) == CASES[name]["says"].rstrip("\n")


def test_what_the_mistakes_are_made_in_stands(folder: Path) -> None:
    assert [answer({"of": line}, folder) for line in ("istiod", "classic")] == ["(it stands)"] * 2
