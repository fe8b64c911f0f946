"""What the cluster has of a mesh: istiod, the gateway and its address, the root certificate, the machines' entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from meshx.cluster.cluster_client import REQUEST_SECONDS, Cluster, ClusterError
from meshx.cluster.load_balancers import Ingress
from meshx.cluster.registration import (
    CONNECTED_AT_ANNOTATION,
    CONTROLLER_ANNOTATION,
    DISCONNECTED_AT_ANNOTATION,
    EntryHealth,
    health_of,
    read_entry,
)
from meshx.components.istiod.adopted_facts import adopted_facts, revisioned
from meshx.components.istiod.control_plane import installed_facts
from meshx.components.shared.adopted_control_plane import stated_facts
from meshx.config.sections.mesh import MeshConfiguration
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.istio.root_certificate import ROOT_CERTIFICATE_CONFIG_MAP, ROOT_CERTIFICATE_KEY
from meshx.join.facts import ControlPlaneFacts
from meshx.join.hosts import is_named_revision

_NOT_FOUND = 404


@dataclass(frozen=True)
class Pod:
    """A pod: its name, whether it is ready, and the cluster's words for what keeps it from that."""

    name: str
    ready: bool
    waits_for: str


@dataclass(frozen=True)
class ClusterView:
    """What was found. `gateway_ingress` and `root_certificate` are None where there is no such object."""

    istiod: Sequence[Pod]
    gateway: Sequence[Pod]
    gateway_ingress: Sequence[Ingress] | None
    root_certificate: str | None


@dataclass(frozen=True)
class Entry:
    """What istiod has of a machine: its health, and the times at which its proxy came and went ("" never)."""

    health: EntryHealth
    connected_at: str
    disconnected_at: str
    istiod: str


def look_at_cluster(cluster: Cluster, mesh: MeshConfiguration) -> ClusterView:
    """Return what the cluster has; ClusterError where it does not answer, or not to this user."""
    revision = mesh.revision if is_named_revision(mesh.revision) else "default"
    gateway = f"{mesh.gateway.namespace}/{mesh.gateway.name}"
    service = _found(cluster, f"Service {gateway}", lambda api: api.read_namespaced_service(
        mesh.gateway.name, mesh.gateway.namespace, _request_timeout=REQUEST_SECONDS
    ))  # fmt: skip
    root = _config_map(cluster, ROOT_CERTIFICATE_CONFIG_MAP)
    labels = ",".join(f"{key}={value}" for key, value in sorted(mesh.gateway.pod_labels.items()))
    return ClusterView(
        istiod=_pods(cluster, SYSTEM_NAMESPACE, f"app=istiod,istio.io/rev={revision}"),
        gateway=_pods(cluster, mesh.gateway.namespace, labels),
        gateway_ingress=None if service is None else _ingress(service),
        root_certificate=None if root is None else root.get(ROOT_CERTIFICATE_KEY),
    )


def control_plane_facts(cluster: Cluster, mesh: MeshConfiguration) -> ControlPlaneFacts:
    """Return what machines are told of the control plane: as the program has it, installed or adopted.

    Raises ClusterError, and ForeignControlPlaneError where the running one is not the configured one.
    """
    if mesh.install.control_plane:
        return installed_facts(mesh)
    mesh_data, injector_data = (
        _config_map(cluster, revisioned(name, mesh.revision)) or {} for name in ("istio", "istio-sidecar-injector")
    )
    return adopted_facts(mesh_data, injector_data, mesh.revision, SYSTEM_NAMESPACE, stated_facts(mesh))


def look_at_entry(cluster: Cluster, namespace: str, name: str) -> Entry | None:
    """Return what istiod has of a machine, None where there is no WorkloadEntry; ClusterError."""
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


def _found(cluster: Cluster, what: str, request: Callable[[Any], Any]) -> Any:
    from kubernetes.client import CoreV1Api  # noqa: PLC0415 - see cluster_client.py

    try:
        return cluster.call(what, lambda client: request(CoreV1Api(client)))
    except ClusterError as error:
        if error.status == _NOT_FOUND:
            return None
        raise


def _config_map(cluster: Cluster, name: str) -> Mapping[str, str] | None:
    found = _found(cluster, f"ConfigMap {SYSTEM_NAMESPACE}/{name}", lambda api: api.read_namespaced_config_map(
        name, SYSTEM_NAMESPACE, _request_timeout=REQUEST_SECONDS
    ))  # fmt: skip
    return None if found is None else found.data or {}


def _pods(cluster: Cluster, namespace: str, labels: str) -> list[Pod]:
    found = _found(cluster, f"pods of {labels} in {namespace}", lambda api: api.list_namespaced_pod(
        namespace, label_selector=labels, _request_timeout=REQUEST_SECONDS
    ))  # fmt: skip
    return [_pod(pod) for pod in found.items if pod.metadata.deletion_timestamp is None]


def _pod(pod: Any) -> Pod:
    conditions: list[Any] = pod.status.conditions or []
    ready: Any = next((condition for condition in conditions if condition.type == "Ready"), None)
    containers: list[Any] = pod.status.container_statuses or []
    waiting = [str(one.state.waiting.reason) for one in containers if one.state and one.state.waiting]
    message = str(ready.message or "") if ready else ""
    is_ready = ready is not None and ready.status == "True"
    return Pod(str(pod.metadata.name), is_ready, ", ".join(waiting) or message or str(pod.status.phase))


def _ingress(service: Any) -> list[Ingress]:
    entries: list[Any] = service.status.load_balancer.ingress or []
    return [{"ip": entry.ip or "", "hostname": entry.hostname or ""} for entry in entries]
