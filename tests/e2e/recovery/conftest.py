"""The stack that the tests of this folder follow, file by file: what one has made the next goes on with."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.recovery.story import DESTROY, UP, Story
from tests.e2e.stack.mesh_project import make

DRAIN_SECONDS = 1
"""Machines leave and restart here by the dozen, and nobody counts their calls."""


@pytest.fixture(scope="package")
def story(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A new stack and the seed of its moments; destroyed in the end whatever happened."""
    services.apply()  # one of them is exposed by the stack
    new_project = make(tmp_path_factory.mktemp("stack"), {**os.environ, **prepare()})
    new_project.configure(lambda config: config["workloads"][0].update(drainSeconds=DRAIN_SECONDS))
    seed = random.randrange(10**6)  # noqa: S311 - moments to kill at, no secrets
    print(f"seed {seed}")
    story = Story(new_project, random.Random(seed))  # noqa: S311
    yield story
    new_project.unlock()
    new_project.pulumi(*DESTROY, "--refresh")


@pytest.fixture(scope="module")
def mesh(story: Story) -> Story:
    """The stack, up."""
    story.project.expect(*UP)
    story.check_up()
    return story
