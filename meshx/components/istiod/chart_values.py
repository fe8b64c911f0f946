"""Helm values for Istio's charts, from the configuration alone (Istio 1.20 and later)."""

from typing import Any

from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.values.helm_values import merged
from meshx.control_plane.installed_facts import installed_mesh_config
from meshx.istio.ports import ISTIOD_TLS_PORT, READINESS_PORT, WEBHOOK_TLS_PORT


def base_values(mesh: MeshConfiguration) -> dict[str, Any]:
    """Values of chart `base`: the revision whose webhook validates; the user's own override it."""
    return merged({"defaultRevision": mesh.revision or "default"}, mesh.chart_values("base"))


def istiod_values(mesh: MeshConfiguration) -> dict[str, Any]:
    """Values of chart `istiod`.

    The configured names of the mesh (its ID, cluster, network, trust domain, revision) override the user's
    `values.istiod`, so that machines and control plane never differ.
    """
    stated = {
        "revision": mesh.revision,
        "global": {
            "meshID": mesh.mesh_id,
            "network": mesh.network,
            "multiCluster": {"clusterName": mesh.cluster_name},
        },
        "meshConfig": installed_mesh_config(mesh),
    }
    return merged(mesh.chart_values("istiod"), stated)


def gateway_values(mesh: MeshConfiguration) -> dict[str, Any]:
    """Values of chart `gateway` for the east-west gateway of the cluster's network.

    With a network the chart itself sets the four ports and the network's label (`networkGateway`). For a mesh of a
    single unnamed network the values list the ports, since the chart's defaults are those of an ingress gateway.
    """
    stated: dict[str, Any] = {"revision": mesh.revision}
    if mesh.network:
        stated["networkGateway"] = mesh.network
    else:
        ports = {"status-port": READINESS_PORT, "tls-istiod": ISTIOD_TLS_PORT, "tls-webhook": WEBHOOK_TLS_PORT}
        stated["service"] = {
            "ports": [
                {"name": name, "port": port, "targetPort": port, "protocol": "TCP"} for name, port in ports.items()
            ]
        }
    return merged(mesh.chart_values("gateway"), stated)
