"""What the tests of this folder ask of control planes that run beside each other, and change about them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kubernetes import client

from meshx.cluster.cluster_client import Cluster
from meshx.control_plane.revisions.control_planes_function import control_planes
from sandbox.kubernetes import cluster
from sandbox.kubernetes.control_plane import CONTEXT, KUBECONFIG
from sandbox.traffic import services
from tests.e2e.rollout.rollout_stack import of
from tests.e2e.stack.mesh_project import MeshProject

SYSTEM = "istio-system"
SECONDS = 90
CLUSTER_ENV = "/var/lib/istio/envoy/cluster.env"
TAG = "stable"


def revisions(present: str, previous: str) -> Callable[[dict[str, Any]], None]:
    """Name the control plane that machines go to, and the one that stays; "" leaves a key out."""

    def change(config: dict[str, Any]) -> None:
        for key, value in (("revision", present), ("previousRevision", previous)):
            config["mesh"].pop(key, None)
            if value:
                config["mesh"][key] = value

    return change


def tagged(config: dict[str, Any]) -> None:
    """Have a tag lead to the present control plane."""
    config["mesh"]["revisionTags"] = [TAG]


def connected(project: MeshProject) -> dict[str, list[str]]:
    """Who is connected to each control plane, by revision."""
    asked = {"namespace": SYSTEM, "owners": list(project.owner.marks), "stays": "", "asked": ""}
    found = control_planes(Cluster(str(KUBECONFIG), CONTEXT), asked)["controlPlanes"]
    assert all(one["owned"] and not one["trouble"] for one in found), found
    return {str(one["revision"]): list(one["proxies"]) for one in found}


def machines_of(project: MeshProject) -> dict[str, list[str]]:
    """The machines that are connected to each control plane, once none is connected to two."""
    deadline = time.monotonic() + SECONDS
    while True:
        found = {
            revision: [name for name in names if name.endswith(".vm")] for revision, names in connected(project).items()
        }
        if sum(map(len, found.values())) == len(set().union(*found.values())):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(1)


def starts_from(machine: str) -> str:
    """The istiod that a machine's sidecar is told, "" for the one without a revision."""
    return of(machine, "sh", "-c", "grep -ho 'istiod-[a-z]*' /etc/istio/config/mesh | head -1")


def label_pods_namespace(**labels: str | None) -> None:
    """Set labels of the pods' namespace, or take them away, and end its pods: new ones come by what is there then."""
    core = client.CoreV1Api(cluster.api())
    named = {{"injection": "istio-injection", "revision": "istio.io/rev"}[key]: value for key, value in labels.items()}
    core.patch_namespace(services.NAMESPACE, {"metadata": {"labels": named}})
    core.delete_collection_namespaced_pod(services.NAMESPACE)
