"""What the cluster has of a mesh: istiod, the gateway and its address, the root certificate, the machines' entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from meshx.cluster import cluster_lookups
from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import listed, part
from meshx.cluster.registration import (
    CONNECTED_AT_ANNOTATION,
    CONTROLLER_ANNOTATION,
    DISCONNECTED_AT_ANNOTATION,
    EntryHealth,
    health_of,
    read_entry,
)
from meshx.config.sections.mesh import MeshConfiguration
from meshx.control_plane.gateway_address import service_answer
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.istio.root_certificate import ROOT_CERTIFICATE_CONFIG_MAP, ROOT_CERTIFICATE_KEY
from meshx.join.hosts import is_named_revision


@dataclass(frozen=True)
class Pod:
    """A pod: its name, whether it is ready, and why not in the cluster's words."""

    name: str
    ready: bool
    waits_for: str


@dataclass(frozen=True)
class ClusterView:
    """What was found. `gateway_service` (gateway_address.py, service_answer) and `root_certificate` are None if there
    is no such object."""

    istiod: Sequence[Pod]
    gateway: Sequence[Pod]
    gateway_service: Mapping[str, Any] | None
    root_certificate: str | None


@dataclass(frozen=True)
class Entry:
    """What istiod has of a machine: its health, and the times at which its proxy came and went ("" never)."""

    health: EntryHealth
    connected_at: str
    disconnected_at: str
    istiod: str


def look_at_cluster(cluster: Cluster, mesh: MeshConfiguration) -> ClusterView:
    """Return what the cluster has; ClusterError if it does not answer, or refuses this user."""
    revision = mesh.revision if is_named_revision(mesh.revision) else "default"
    service = cluster_lookups.service(cluster, mesh.gateway.namespace, mesh.gateway.name)
    root = cluster_lookups.config_map(cluster, SYSTEM_NAMESPACE, ROOT_CERTIFICATE_CONFIG_MAP)
    labels = ",".join(f"{key}={value}" for key, value in sorted(mesh.gateway.pod_labels.items()))
    return ClusterView(
        istiod=_pods(cluster, SYSTEM_NAMESPACE, f"app=istiod,istio.io/rev={revision}"),
        gateway=_pods(cluster, mesh.gateway.namespace, labels),
        gateway_service=None if service is None else service_answer(cluster, service),
        root_certificate=(root or {}).get(ROOT_CERTIFICATE_KEY),
    )


def look_at_entry(cluster: Cluster, namespace: str, name: str) -> Entry | None:
    """Return what istiod has of a machine, None if there is no WorkloadEntry; ClusterError."""
    entry = read_entry(cluster, namespace, name)
    if entry is None:
        return None
    annotations = cast("Mapping[str, str]", entry["metadata"].get("annotations") or {})
    return Entry(
        health=health_of(entry),
        connected_at=annotations.get(CONNECTED_AT_ANNOTATION, ""),
        disconnected_at=annotations.get(DISCONNECTED_AT_ANNOTATION, ""),
        istiod=annotations.get(CONTROLLER_ANNOTATION, ""),
    )


def _pods(cluster: Cluster, namespace: str, labels: str) -> list[Pod]:
    found = listed(cluster, f"/api/v1/namespaces/{namespace}/pods", {"labelSelector": labels})
    return [_pod(pod) for pod in found if not pod["metadata"].get("deletionTimestamp")]


def _pod(pod: Mapping[str, Any]) -> Pod:
    status = part(pod, "status")
    conditions: list[dict[str, Any]] = status.get("conditions") or []
    none: dict[str, Any] = {}
    ready = next((condition for condition in conditions if condition["type"] == "Ready"), none)
    containers: list[dict[str, Any]] = status.get("containerStatuses") or []
    waiting = [str(part(part(one, "state"), "waiting").get("reason") or "") for one in containers]
    words = ", ".join(filter(None, waiting)) or str(ready.get("message") or "") or str(status.get("phase") or "")
    return Pod(str(pod["metadata"]["name"]), ready.get("status") == "True", words)
