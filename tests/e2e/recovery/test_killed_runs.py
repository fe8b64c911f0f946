"""`pulumi up` and `pulumi destroy` killed at random moments of every phase: `pulumi cancel` and the next run converge.

The tests of this file follow one stack, so each builds on the one before it. What needs the whole control plane anew
is killed twice in a life, run after run; the machine's part by itself, once each time.
"""

from __future__ import annotations

import pytest

from tests.e2e.recovery.story import DESTROY, THE_WORKLOAD, UP, Story, objects

pytestmark = pytest.mark.usefixtures("sandbox")

LIVES = (
    (("start", "istiod"), ("join", "gateway")),
    (("base", "gateway"), ("start", "istiod")),
    (("base", "istiod"), ("istiod", "remains")),
    (("istiod", "gateway"), ("base", "namespace")),
)
"""Of each life: the phases in which `up` is killed, then those in which `destroy` is."""
ROUNDS = (*(("join", "join"),) * 6, *(("join", "entry"),) * 2, *(("entry", "join"),) * 2, *(("join", ""),) * 2)
"""The phase in which a `destroy` of the workload is killed, and that in which the `up` after it is ("" for none)."""
UPGRADES = 2
GOAL = 20
MADE_UP_FOR = 5


def test_a_life_without_kills_shows_how_long_each_phase_takes(story: Story) -> None:
    story.watched(UP)
    story.check_up()
    story.watched(DESTROY)
    # What a plain life leaves is held to nothing by the tests of destroy.
    story.cluster = objects()
    story.check_destroyed()


@pytest.mark.parametrize(("of_up", "of_destroy"), LIVES)
def test_a_mesh_is_made_and_removed_whenever_its_runs_are_killed(
    story: Story, of_up: tuple[str, ...], of_destroy: tuple[str, ...]
) -> None:
    for phase in of_up:
        story.killed(UP, phase)
    story.project.expect(*UP)
    story.check_up()
    for phase in of_destroy:
        story.killed(DESTROY, phase)
    story.destroyed()
    story.check_destroyed()


def test_the_mesh_for_the_tests_that_follow_is_made(story: Story) -> None:
    story.project.expect(*UP)
    story.check_up()


@pytest.mark.parametrize(("of_destroy", "of_up"), ROUNDS)
def test_a_machine_leaves_and_joins_whenever_its_runs_are_killed(story: Story, of_destroy: str, of_up: str) -> None:
    _leave_and_join(story, of_destroy, of_up)


@pytest.mark.parametrize("number", range(UPGRADES))
def test_a_release_left_in_the_midst_of_an_upgrade_is_upgraded_by_the_next_run(story: Story, number: int) -> None:
    story.project.configure(lambda config: config["mesh"]["values"]["gateway"].update(labels={"round": f"r{number}"}))
    story.killed(UP, "gateway")
    story.project.expect(*UP)
    story.check_up()


def test_twenty_runs_of_each_kind_were_killed(story: Story) -> None:
    for _ in range(MADE_UP_FOR):
        if min(story.count("up"), story.count("destroy")) < GOAL:
            # A run may be faster than the one that was measured, and through before its moment comes.
            _leave_and_join(story, "join", "join")
    print(f"killed: {story.told()}")
    assert min(story.count("up"), story.count("destroy")) >= GOAL, story.told()


def _leave_and_join(story: Story, of_destroy: str, of_up: str) -> None:
    story.killed((*DESTROY, *THE_WORKLOAD), of_destroy)
    story.destroyed(*THE_WORKLOAD)
    story.check_left()
    if of_up:
        story.killed(UP, of_up)
    story.project.expect(*UP)
    story.check_up()
