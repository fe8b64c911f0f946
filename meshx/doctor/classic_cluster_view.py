"""What the cluster has of a mesh of Istio 1.1 to 1.4: Deployments, gateway, mesh expansion, mesh configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshx.cluster import cluster_lookups
from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import found, part
from meshx.cluster.services_range import UnknownServicesRangeError
from meshx.config.stack import StackConfiguration
from meshx.control_plane.classic_gateway import deployments, gateway_labels, gateway_name
from meshx.control_plane.expansion_found import differing, missing
from meshx.control_plane.functions import asking
from meshx.control_plane.gateway_address import service_answer
from meshx.control_plane.running_classic_mesh import running_cluster
from meshx.istio.classic_versions import classic_version
from meshx.istio.expansion_objects import expansion_inputs, expected_objects
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.istio.versions import minor_version


@dataclass(frozen=True)
class ClassicClusterView:
    """What was found.

    deployments: how many pods of each Deployment are ready, None if there is none. gateway_service
    (gateway_address.py, service_answer) and gateway_ports: the gateway Service's, None if there is none. missing and
    differing: the objects of mesh expansion that do not exist, or are not what they must be, in words. services: the
    range of the cluster's services, "" if nothing here says it.
    """

    deployments: Mapping[str, int | None]
    gateway_service: Mapping[str, Any] | None
    gateway_ports: frozenset[int]
    missing: Sequence[str]
    differing: Sequence[str]
    services: str


def look_at_classic_cluster(
    cluster: Cluster, configuration: StackConfiguration, across_networks: bool
) -> ClassicClusterView:
    """Return what the cluster has; ClusterError if it does not answer, or refuses this user.

    across_networks: whether any machine is on another network than the cluster.
    """
    mesh = configuration.mesh
    service = cluster_lookups.service(cluster, mesh.gateway.namespace, gateway_name(mesh))
    objects = expected_objects(
        classic_version(minor_version(mesh.istio_version)), SYSTEM_NAMESPACE, across_networks, gateway_labels(mesh)
    )
    wanted = expansion_inputs(objects)
    return ClassicClusterView(
        deployments={name: _ready(cluster, name) for name in deployments(mesh, across_networks)},
        gateway_service=None if service is None else service_answer(cluster, service),
        gateway_ports=_ports(service or {}),
        missing=list(missing(cluster, SYSTEM_NAMESPACE, wanted)),
        differing=list(differing(cluster, SYSTEM_NAMESPACE, wanted)),
        services=_services(cluster, configuration),
    )


def _ready(cluster: Cluster, name: str) -> int | None:
    there = found(cluster, f"/apis/apps/v1/namespaces/{SYSTEM_NAMESPACE}/deployments/{name}")
    return None if there is None else int(part(there, "status").get("availableReplicas") or 0)


def _services(cluster: Cluster, configuration: StackConfiguration) -> str:
    try:
        return running_cluster(configuration.cluster, "", asking(cluster)).services
    except UnknownServicesRangeError:
        # On GKE only Google says it, and only to the program.
        return ""


def _ports(service: Mapping[str, Any]) -> frozenset[int]:
    ports: list[dict[str, Any]] = part(service, "spec").get("ports") or []
    return frozenset(int(port["port"]) for port in ports)
