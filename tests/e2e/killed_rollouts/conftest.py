"""The stack of four machines that the tests of this folder follow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import machines
from tests.e2e.killed_rollouts.four_machines import NAMES, SPARE, four_machines, rollout_of_two_waves
from tests.e2e.rollout.rollout_stack import serving
from tests.e2e.stack.conftest import new_project
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.steady.test_steady_traffic import quick_probe

__all__ = ["new_project"]


@pytest.fixture(scope="module")
def four(new_project: MeshProject) -> Iterator[MeshProject]:
    """A stack of four machines that go in two waves and have a way back; destroyed in the end whatever happened."""
    for name in SPARE:
        machines.start(name)
    for change in (four_machines, quick_probe, rollout_of_two_waves):
        new_project.configure(change)
    try:
        with serving(new_project, NAMES) as up:
            yield up
    finally:
        for name in SPARE:
            machines.stop(name)
