"""A group of instances, grown, hurt and shrunk: istiod knows those that are there, and no call through it fails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kubernetes import client

from sandbox import cgroups, cluster, services, traffic
from sandbox.gce import cloud, instances
from tests.e2e.gce.cloud_project import instances_in_place
from tests.e2e.gce.package_mirror import Mirror
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.steady_calls import steady

pytestmark = pytest.mark.usefixtures("sandbox")

VMHTTP = "http://vmhttp.vm.svc.cluster.local:8080/"
SETTLE_SECONDS = 180


@pytest.fixture(scope="module")
def stack(project: MeshProject, mirror: Mirror) -> MeshProject:
    """The stack of a group, up."""
    group = {"size": 3, "gce": {"startup": "start-echo.sh"}}
    project.configure(instances_in_place(mirror, project.folder, group=group))
    project.expect("up", "--yes", "--skip-preview")
    services.restart_uninjected()
    return project


def resize(stack: MeshProject, size: int) -> None:
    def change(config: dict[str, Any]) -> None:
        config["workloads"][0]["group"]["size"] = size

    stack.configure(change)
    stack.expect("up", "--yes", "--skip-preview")


def members() -> dict[str, str]:
    """The cloud's instances: their addresses by their names."""
    found = cloud.everything("instances").values()
    return {one["name"]: one["networkInterfaces"][0]["networkIp"] for one in found}


def entries() -> set[str]:
    """The addresses of the workload entries that istiod calls healthy."""
    api = client.CustomObjectsApi(cluster.api())
    found = api.list_namespaced_custom_object("networking.istio.io", "v1", "vm", "workloadentries")["items"]
    return {
        one["spec"]["address"]
        for one in found
        for condition in one.get("status", {}).get("conditions", [])
        if condition["type"] == "Healthy" and condition["status"] == "True"
    }


def settled(size: int) -> None:
    """Wait until the group has its size and istiod knows those and no others."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while len(members()) != size or entries() != set(members().values()):
        assert time.monotonic() < deadline, (members(), entries())
        time.sleep(1)


@contextmanager
def no_call_fails(what: str) -> Iterator[None]:
    """Call the group's service from a pod, steadily, until the block ends; print the counts and take no failure."""
    with steady(lambda: traffic.from_pod("sleep", VMHTTP, 10, "50ms")) as calls:
        time.sleep(2)
        yield
        time.sleep(2)
    print(f"{what}: {calls.summary()}")
    assert calls.answers
    assert not calls.failed, calls.failed[0]


def test_a_group_grows_heals_and_shrinks_and_no_call_fails(stack: MeshProject) -> None:
    settled(3)
    with no_call_fails("group of 3 grown to 4"):
        resize(stack, 4)
        settled(4)
    before, dead = members(), next(iter(members()))
    with no_call_fails("one of 4 deleted by hand and replaced"):
        (path,) = (path for path in cloud.everything("instances") if path.endswith(f"/{dead}"))
        instances.delete(path)
        settled(4)
    assert set(members()) == set(before)
    with no_call_fails("group of 4 shrunk to 1"):
        resize(stack, 1)
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
