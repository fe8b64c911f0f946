"""Every row of the reachability table, tried with real traffic: what the model says is what happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from sandbox.traffic import services
from tests.e2e.reachability.comparison import compared
from tests.e2e.reachability.firewall import firewall
from tests.e2e.reachability.stacks import STACKS, Stack
from tests.e2e.stack.mesh_project import MeshProject

LEAST_PAIRS, LEAST_STACKS = 40, 6


@dataclass
class Score:
    """What was compared so far: of each stack by name, how many rows were reached and how many were not."""

    reached: dict[str, int] = field(default_factory=dict)
    missed: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
def score() -> Iterator[Score]:
    """The figures, printed in the end."""
    kept = Score()
    yield kept
    for name, reached in kept.reached.items():
        print(f"{name}: {reached} pairs reached and {kept.missed[name]} not, all as predicted")


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
def test_every_row_is_as_predicted(project: MeshProject, score: Score, stack: Stack) -> None:
    before = (project.folder / "Pulumi.dev.yaml").read_text()
    project.configure(stack.change)
    # The last configuration may do for another stack, too.
    if (project.folder / "Pulumi.dev.yaml").read_text() != before:
        project.expect("up", "--yes", "--skip-preview")
        services.restart_uninjected()
    stack.after()
    with ExitStack() as while_tried:
        if stack.walled:
            while_tried.enter_context(firewall())
        gateway = project.outputs()["controlPlane"]["gatewayAddress"]
        score.reached[stack.name], score.missed[stack.name] = compared(project, gateway, stack.walled)


def test_enough_of_it_was_compared(score: Score) -> None:
    reached, missed = sum(score.reached.values()), sum(score.missed.values())
    print(f"{reached + missed} pairs of {len(score.reached)} stacks: {reached} reached, {missed} not, all as predicted")
    assert len(score.reached) >= LEAST_STACKS
    assert reached + missed >= LEAST_PAIRS
    assert missed
