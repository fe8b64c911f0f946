"""The ConfigMaps with a control plane's settings, the same on both lines."""

from __future__ import annotations

from collections.abc import Mapping

from meshx.cluster import cluster_lookups
from meshx.cluster.cluster_client import Cluster
from meshx.config.sections.mesh import MeshConfiguration
from meshx.control_plane.adopted_facts import revisioned
from meshx.istio.namespaces import SYSTEM_NAMESPACE


def control_plane_settings(cluster: Cluster, mesh: MeshConfiguration) -> dict[str, Mapping[str, str]]:
    """Return the data of `istio` and `istio-sidecar-injector` by name, without missing ones; ClusterError."""
    names = [revisioned(name, mesh.revision) for name in ("istio", "istio-sidecar-injector")]
    found = {name: cluster_lookups.config_map(cluster, SYSTEM_NAMESPACE, name) for name in names}
    return {name: data for name, data in found.items() if data is not None}
