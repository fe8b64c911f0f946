"""A group that is scaled between limits, and one of its instances that loses its power: no shutdown, no last packet.

The tests of this file follow one stack, so each builds on the one before it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from sandbox.gce import cloud
from sandbox.kubernetes import cluster
from sandbox.traffic import services
from tests.e2e.gce.cloud_project import instances_in_place
from tests.e2e.gce.one_group import SETTLE_SECONDS, calling, change_group, entries, members, settled
from tests.e2e.gce.package_mirror import Mirror
from tests.e2e.gce.silence import lose_power, silence
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

QUICK = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "DestinationRule",
    "metadata": {"name": "vmhttp", "namespace": "vm"},
    "spec": {
        "host": "vmhttp.vm.svc.cluster.local",
        "trafficPolicy": {
            "connectionPool": {"tcp": {"connectTimeout": "1s"}},
            "outlierDetection": {"consecutive5xxErrors": 1, "interval": "1s", "baseEjectionTime": "60s"},
        },
    },
}
"""What a user may write for callers."""
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


def quick_to_give_up(quick: bool) -> contextlib.AbstractContextManager[None]:
    """Callers of the group that take a second for long, where `quick`, until the block ends."""
    return applied("destinationrules", QUICK) if quick else contextlib.nullcontext()


@contextlib.contextmanager
def applied(plural: str, manifest: dict[str, Any]) -> Iterator[None]:
    """An object of Istio's that is there until the block ends."""
    custom = client.CustomObjectsApi(cluster.api())
    place = ("networking.istio.io", "v1", manifest["metadata"]["namespace"], plural)
    custom.create_namespaced_custom_object(*place, manifest)
    try:
        yield
    finally:
        custom.delete_namespaced_custom_object(*place, manifest["metadata"]["name"])


@pytest.mark.parametrize("quick", [False, True], ids=["as Istio has it", "callers that give up quickly"])
def test_calls_go_on_by_the_others_when_an_instance_loses_its_power(stack: MeshProject, quick: bool) -> None:
    name, address = next(iter(members().items()))
    first = cloud.everything("instances")
    with quick_to_give_up(quick), calling() as calls:
        begun, before = time.monotonic(), len(calls.answers)
        # Nobody hears of its death, and nobody is told that there is no such address any more.
        with silence(f"-s {address}", f"-d {address}"):
            lose_power(name, address)
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
