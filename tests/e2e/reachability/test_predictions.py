"""Every row of the reachability table, tried with real traffic: what the model says is what happens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from meshx.reachability.rows import rows
from sandbox.traffic import services
from tests.e2e.reachability.firewall import firewall
from tests.e2e.reachability.predictions import configuration, kept_rows, predicted
from tests.e2e.reachability.stacks import STACKS, Stack
from tests.e2e.reachability.trials import Fact, Trial, expected, trials, tried
from tests.e2e.stack.mesh_project import MeshProject

SETTLING_SECONDS = 30.0
"""How long a row may be other than said at first: proxies are told one by one."""
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


def settled(trial: Trial, wanted: Fact) -> Fact:
    """What comes of a row's calls: as wanted within some seconds, or the last there was."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while (found := tried(trial)) != wanted and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
def test_every_row_is_as_predicted(project: MeshProject, score: Score, stack: Stack) -> None:
    before = (project.folder / "Pulumi.dev.yaml").read_text()
    project.configure(stack.change)
    # The last configuration may do for another stack, too.
    if (project.folder / "Pulumi.dev.yaml").read_text() != before:
        project.expect("up", "--yes", "--skip-preview")
        services.restart_uninjected()
    stack.after()
    connections = predicted(project, stack.walled)
    assert stack.walled or rows(connections) == kept_rows(project), "the program's table is another"
    gateway = project.outputs()["controlPlane"]["gatewayAddress"]
    made = [trial for one in connections for trial in trials(one, configuration(project))]
    with ExitStack() as while_tried:
        if stack.walled:
            while_tried.enter_context(firewall())
        wanted = {trial.title: expected(trial, gateway) for trial in made}
        found = {trial.title: settled(trial, wanted[trial.title]) for trial in made}
        # Once more, now that all others have settled: a call may have failed for a proxy that was not told yet.
        again = {trial.title: tried(trial) for trial in made if not wanted[trial.title].answered}
    assert len(wanted) == len(made), "two trials of one title"
    differing = {title: (fact, wanted[title]) for title, fact in (found | again).items() if fact != wanted[title]}
    assert not differing, "\n".join(
        f"{title}:\n    found    {fact}\n    expected {said}" for title, (fact, said) in differing.items()
    )
    score.reached[stack.name] = sum(fact.answered for fact in wanted.values())
    score.missed[stack.name] = sum(not fact.answered for fact in wanted.values())


def test_enough_of_it_was_compared(score: Score) -> None:
    reached, missed = sum(score.reached.values()), sum(score.missed.values())
    print(f"{reached + missed} pairs of {len(score.reached)} stacks: {reached} reached, {missed} not, all as predicted")
    assert len(score.reached) >= LEAST_STACKS
    assert reached + missed >= LEAST_PAIRS
    assert missed
