"""A group that is scaled between limits, and one of its instances that loses its power: no shutdown, no last packet.

The tests of this file follow one stack, so each builds on the one before it.
"""

from __future__ import annotations

import time

import pytest

from sandbox import cgroups, services
from sandbox.gce import cloud
from tests.e2e.gce.cloud_project import instances_in_place
from tests.e2e.gce.one_group import SETTLE_SECONDS, calling, change_group, entries, members, settled
from tests.e2e.gce.package_mirror import Mirror
from tests.e2e.gce.silence import silence
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

LEARNS_SECONDS = 5
"""How long callers may take to hear from istiod what it knows."""


@pytest.fixture(scope="module")
def stack(project: MeshProject, mirror: Mirror) -> MeshProject:
    """The stack of a group with limits in place of a size, up."""
    group = {"autoscaling": {"minSize": 2, "maxSize": 4}, "gce": {"startup": "start-echo.sh"}}
    project.configure(instances_in_place(mirror, project.folder, group=group))
    project.expect("up", "--yes", "--skip-preview")
    services.restart_uninjected()
    return project


def test_a_group_with_limits_has_its_least_size_and_follows_it(stack: MeshProject) -> None:
    settled(2)
    first = set(members())
    assert stack.expect("up", "--yes", "--skip-preview", "--expect-no-changes").code == 0
    change_group(stack, autoscaling={"minSize": 3, "maxSize": 4})
    settled(3)
    assert first < set(members())
    assert stack.expect("up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes").code == 0


def test_calls_go_on_by_the_others_when_an_instance_loses_its_power(stack: MeshProject) -> None:
    name, address = next(iter(members().items()))
    first = cloud.everything("instances")
    with calling() as calls:
        begun, before = time.monotonic(), len(calls.answers)
        # Silent before it dies, so that nobody hears of its death: its processes' connections would be ended by them.
        with silence(f"-s {address}", f"-d {address}"):
            cgroups.kill(name)
            while address in entries():
                assert time.monotonic() - begun < SETTLE_SECONDS
                time.sleep(0.5)
            noticed = time.monotonic() - begun
            time.sleep(LEARNS_SECONDS)
            known = len(calls.answers)
            time.sleep(LEARNS_SECONDS)
        settled(3)
    gap, later = calls.answers[before:known], calls.answers[known:]
    print(
        f"istiod noticed after {noticed:.0f} s: {sum(not one.succeeded for one in gap)} of {len(gap)} calls failed "
        f"until then, {sum(not one.succeeded for one in later)} of {len(later)} afterwards; {calls.summary()}"
    )
    assert {one.host for one in gap if one.succeeded} >= set(members()) - {name}
    assert later
    assert all(one.succeeded for one in later)
    assert cloud.everything("instances").keys() == first.keys()
    assert cloud.everything("instances") != first
