"""What the cluster has of a mesh of Istio 1.1 to 1.4: Deployments, gateway, mesh expansion, mesh configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshx.cluster import cluster_lookups
from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import found, part
from meshx.cluster.load_balancers import Ingress, ingress
from meshx.cluster.services_range import UnknownServicesRangeError, services_range
from meshx.components.classic.control_plane import DEPLOYMENTS
from meshx.components.classic.gateway import GLOBAL_NAMES_DEPLOYMENT, gateway_labels, gateway_name
from meshx.components.classic.running_control_plane import MUTUAL_TLS, mesh_facts
from meshx.components.resources.mesh_expansion import expansion_inputs
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.stack import StackConfiguration
from meshx.istio.classic_versions import classic_version
from meshx.istio.expansion_objects import expected_objects
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.istio.versions import minor_version
from meshx.join.facts import ClassicFacts
from meshx.provider.kubernetes_cluster_function import kubernetes_cluster
from meshx.provider.mesh_expansion_resource import MeshExpansion


@dataclass(frozen=True)
class ClassicClusterView:
    """What was found.

    deployments: the pods that are ready of each Deployment, None where there is none. gateway_ingress and
    gateway_ports: of the gateway's Service, None where there is none. missing and differing: the objects of mesh
    expansion that are not there, or not what they have to be, in words. mesh: key `mesh` of ConfigMap `istio`, None
    without one. services: the range of the cluster's services, "" where nothing here says it.
    """

    deployments: Mapping[str, int | None]
    gateway_ingress: Sequence[Ingress] | None
    gateway_ports: frozenset[int]
    missing: Sequence[str]
    differing: Sequence[str]
    mesh: str | None
    services: str


def look_at_classic_cluster(
    cluster: Cluster, configuration: StackConfiguration, across_networks: bool
) -> ClassicClusterView:
    """Return what the cluster has; ClusterError where it does not answer, or not to this user.

    across_networks: whether any machine is on another network than the cluster.
    """
    mesh = configuration.mesh
    service = cluster_lookups.service(cluster, mesh.gateway.namespace, gateway_name(mesh))
    objects = expected_objects(
        classic_version(minor_version(mesh.istio_version)), SYSTEM_NAMESPACE, across_networks, gateway_labels(mesh)
    )
    wanted = {"namespace": SYSTEM_NAMESPACE, "objects": expansion_inputs(objects)}
    expansion = MeshExpansion({"kubeconfigFile": cluster.kubeconfig_file, "context": configuration.cluster.context})
    return ClassicClusterView(
        deployments={name: _ready(cluster, name) for name in _deployments(mesh, across_networks)},
        gateway_ingress=None if service is None else ingress(service),
        gateway_ports=_ports(service or {}),
        missing=list(expansion.missing(wanted)),
        differing=list(expansion.differing(wanted)),
        mesh=(cluster_lookups.config_map(cluster, SYSTEM_NAMESPACE, "istio") or {}).get("mesh"),
        services=_services(cluster, configuration),
    )


def classic_facts(
    view: ClassicClusterView | None, configuration: StackConfiguration, across_networks: bool
) -> ClassicFacts:
    """Return what machines are told of the control plane: as the program has it, installed or adopted.

    Raises ForeignControlPlaneError where what runs holds no mesh configuration.
    """
    mesh = configuration.mesh
    mutual_tls, trust_domain = across_networks, mesh.trust_domain
    if view is not None and view.mesh is not None and not mesh.install.control_plane:
        said = mesh_facts(view.mesh)
        mutual_tls, trust_domain = said["controlPlaneAuthPolicy"] == MUTUAL_TLS, said["trustDomain"]
    return ClassicFacts(
        cluster_name="",
        mesh_id="",
        network=mesh.network,
        trust_domain=trust_domain,
        system_namespace=SYSTEM_NAMESPACE,
        services_cidr=view.services if view else "",
        mutual_tls=mutual_tls,
    )


def _deployments(mesh: MeshConfiguration, across_networks: bool) -> list[str]:
    # An adopted gateway is known by its Service alone.
    gateway = [gateway_name(mesh)] if mesh.install.control_plane else []
    return [*DEPLOYMENTS, *gateway, *([GLOBAL_NAMES_DEPLOYMENT] if across_networks else [])]


def _ready(cluster: Cluster, name: str) -> int | None:
    there = found(cluster, f"/apis/apps/v1/namespaces/{SYSTEM_NAMESPACE}/deployments/{name}")
    return None if there is None else int(part(there, "status").get("availableReplicas") or 0)


def _services(cluster: Cluster, configuration: StackConfiguration) -> str:
    try:
        return services_range(configuration.cluster.services_cidr, "", kubernetes_cluster(cluster, {})["servicesCidrs"])
    except UnknownServicesRangeError:
        # On GKE Google says it, to the program alone.
        return ""


def _ports(service: Mapping[str, Any]) -> frozenset[int]:
    ports: list[dict[str, Any]] = part(service, "spec").get("ports") or []
    return frozenset(int(port["port"]) for port in ports)
