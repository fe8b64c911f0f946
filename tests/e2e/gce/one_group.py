"""The group of the tests that have one: its instances, what istiod knows of them, calls to its service."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kubernetes import client

from sandbox import traffic
from sandbox.gce import cloud
from sandbox.kubernetes import cluster
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.steady_calls import SteadyCalls, steady

VMHTTP = "http://vmhttp.vm.svc.cluster.local:8080/"
SETTLE_SECONDS = 180


def change_group(stack: MeshProject, **keys: Any) -> None:
    """Give the stack's group other values of some keys, and bring it up."""
    stack.configure(lambda config: config["workloads"][0]["group"].update(keys))
    stack.expect("up", "--yes", "--skip-preview")


def members() -> dict[str, str]:
    """The cloud's instances: their addresses by their names."""
    found = cloud.everything("instances").values()
    return {one["name"]: one["networkInterfaces"][0]["networkIp"] for one in found}


def entries() -> set[str]:
    """The addresses of the workload entries that istiod calls healthy."""
    api = client.CustomObjectsApi(cluster.api())
    found: Any = api.list_namespaced_custom_object("networking.istio.io", "v1", "vm", "workloadentries")
    return {
        one["spec"]["address"]
        for one in found["items"]
        for condition in one.get("status", {}).get("conditions", [])
        if condition["type"] == "Healthy" and condition["status"] == "True"
    }


def settled(size: int) -> None:
    """Wait until the group has its size and istiod knows those and no others."""
    deadline = time.monotonic() + SETTLE_SECONDS
    # One look at a time: of one that is being made again there is nothing for a moment.
    while len(there := members()) != size or entries() != set(there.values()):
        assert time.monotonic() < deadline, (there, entries())
        time.sleep(1)


@contextmanager
def calling() -> Iterator[SteadyCalls]:
    """Call the group's service from a pod, steadily, until the block ends."""
    with steady(lambda: traffic.from_pod("sleep", VMHTTP, 10, "50ms")) as calls:
        time.sleep(2)
        yield calls
        time.sleep(2)
