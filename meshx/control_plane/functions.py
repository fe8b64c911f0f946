"""The functions of meshx's plugin: what the program asks about a cluster, by token."""

from __future__ import annotations

from collections.abc import Callable

from meshx.cluster.cluster_client import Cluster
from meshx.control_plane.admission_policies_function import admission_policies
from meshx.control_plane.ambient.ambient_namespaces_function import ambient_namespaces
from meshx.control_plane.api_server_function import api_server
from meshx.control_plane.ask import Ask
from meshx.control_plane.exposed_services_function import exposed_services
from meshx.control_plane.former.former_mesh_function import former_mesh
from meshx.control_plane.kubernetes_cluster_function import kubernetes_cluster
from meshx.control_plane.missing_namespaces_function import missing_namespaces
from meshx.control_plane.release_owner_function import release_owner
from meshx.control_plane.revisions.control_planes_function import control_planes
from meshx.control_plane.root_certificate_function import root_certificate
from meshx.control_plane.running_citadel_function import running_citadel, signing_citadel
from meshx.control_plane.running_gateway_function import running_gateway
from meshx.control_plane.running_istiod_function import running_istiod
from meshx.control_plane.service_addresses_function import service_addresses
from meshx.plugin_base.property_values import Properties

FUNCTIONS: dict[str, Callable[[Cluster, Properties], Properties]] = {
    "meshx:index:admissionPolicies": admission_policies,
    "meshx:index:ambientNamespaces": ambient_namespaces,
    "meshx:index:apiServer": api_server,
    "meshx:index:controlPlanes": control_planes,
    "meshx:index:formerMesh": former_mesh,
    "meshx:index:kubernetesCluster": kubernetes_cluster,
    "meshx:index:missingNamespaces": missing_namespaces,
    "meshx:index:releaseOwner": release_owner,
    "meshx:index:runningCitadel": running_citadel,
    "meshx:index:signingCitadel": signing_citadel,
    "meshx:index:exposedServices": exposed_services,
    "meshx:index:runningIstiod": running_istiod,
    "meshx:index:runningGateway": running_gateway,
    "meshx:index:serviceAddresses": service_addresses,
    "meshx:index:rootCertificate": root_certificate,
}


def asking(cluster: Cluster) -> Ask:
    """Return an `Ask` that asks a cluster without the engine."""
    return lambda token, arguments: FUNCTIONS[token](cluster, arguments)
