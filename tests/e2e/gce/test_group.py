"""A group of instances, grown, hurt and shrunk: istiod knows those that are there, and no call through it fails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox import traffic
from sandbox.gce import cloud, instances
from sandbox.supervision import cgroups
from sandbox.traffic import services
from tests.e2e.gce.cloud_project import instances_in_place
from tests.e2e.gce.one_group import SETTLE_SECONDS, VMHTTP, calling, change_group, members, settled
from tests.e2e.gce.package_mirror import Mirror
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")


@pytest.fixture(scope="module")
def stack(project: MeshProject, mirror: Mirror) -> MeshProject:
    """The stack of a group, up."""
    group = {"size": 3, "gce": {"startup": "start-echo.sh"}}
    project.configure(instances_in_place(mirror, project.folder, group=group))
    project.expect("up", "--yes", "--skip-preview")
    services.restart_uninjected()
    return project


@contextmanager
def no_call_fails(what: str) -> Iterator[None]:
    """Call the group's service from a pod, steadily, until the block ends; print the counts and take no failure."""
    with calling() as calls:
        yield
    print(f"{what}: {calls.summary()}")
    assert calls.answers
    assert not calls.failed, calls.failed[0]


def test_a_group_grows_heals_and_shrinks_and_no_call_fails(stack: MeshProject) -> None:
    settled(3)
    with no_call_fails("group of 3 grown to 4"):
        change_group(stack, size=4)
        settled(4)
    before, dead = members(), next(iter(members()))
    with no_call_fails("one of 4 deleted by hand and replaced"):
        (path,) = (path for path in cloud.everything("instances") if path.endswith(f"/{dead}"))
        instances.delete(path)
        settled(4)
    assert set(members()) == set(before)
    with no_call_fails("group of 4 shrunk to 1"):
        change_group(stack, size=1)
        settled(1)


def test_an_instance_that_dies_is_replaced(stack: MeshProject) -> None:
    (name,) = members()
    first = cloud.everything("instances")
    cgroups.kill(name)
    deadline = time.monotonic() + SETTLE_SECONDS
    while cloud.everything("instances").keys() != first.keys() or cloud.everything("instances") == first:
        assert time.monotonic() < deadline
        time.sleep(1)
    settled(1)
    while not traffic.from_pod("sleep", VMHTTP)[0].succeeded:
        assert time.monotonic() < deadline
        time.sleep(1)
