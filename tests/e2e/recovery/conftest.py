"""The stack that the tests of one file follow."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.e2e.recovery.story import DESTROY, Story
from tests.e2e.stack.conftest import new_project
from tests.e2e.stack.mesh_project import MeshProject

__all__ = ["new_project"]


@pytest.fixture(scope="module")
def story(new_project: MeshProject) -> Iterator[Story]:
    """A new stack and the seed of its moments; destroyed in the end whatever happened."""
    seed = random.randrange(10**6)  # noqa: S311 - moments to kill at, no secrets
    print(f"seed {seed}")
    story = Story(new_project, random.Random(seed))  # noqa: S311
    yield story
    new_project.pulumi("cancel", "--yes")
    new_project.pulumi(*DESTROY, "--refresh")
