"""Helm values for Istio's charts, from the configuration alone (Istio 1.20 and later)."""

from typing import Any

from meshx.cluster.load_balancers import NODE_PORT
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.values.helm_values import merged
from meshx.control_plane.adopted_facts import mapping
from meshx.control_plane.installed_facts import installed_mesh_config
from meshx.istio.join_settings import DUAL_STACK
from meshx.istio.labels import DEFAULT_REVISION, NETWORK_LABEL
from meshx.istio.ports import CROSS_NETWORK_PORT, ISTIOD_TLS_PORT, READINESS_PORT
from meshx.istio.versions import minor_version
from meshx.join.hosts import is_named_revision

BOTH_FAMILIES: dict[str, Any] = {"ipFamilyPolicy": "PreferDualStack"}
"""Of a Service: both families where the cluster has both. The user can override it."""
FIRST_WITHOUT_PILOT = (1, 24)
"""The first version whose chart `istiod` has its own values at the top, and not below `pilot`."""

NODES_ANNOTATION = "traffic.istio.io/nodeSelector"
"""With it istiod has other networks call a NodePort Service by the external addresses of the nodes that it selects, and
their ports (istio/pilot/pkg/serviceregistry/kube/conversion.go, ConvertService)."""


def base_values(mesh: MeshConfiguration) -> dict[str, Any]:
    """Values of chart `base`: the revision whose webhook validates; the user's own override it.

    That is the previous one for as long as it stays: the chart comes before a new istiod, whose webhook nobody answers
    yet.
    """
    validating = mesh.previous or mesh
    return merged({"defaultRevision": validating.revision or DEFAULT_REVISION}, mesh.chart_values("base"))


def istiod_values(mesh: MeshConfiguration) -> dict[str, Any]:
    """Values of chart `istiod`.

    The configured names of the mesh (its ID, cluster, network, trust domain, revision) override the user's
    `values.istiod`, so that machines and control plane never differ.
    """
    stated: dict[str, Any] = {
        "revision": mesh.revision if is_named_revision(mesh.revision) else "",
        "global": {
            "meshID": mesh.mesh_id,
            "network": mesh.network,
            "multiCluster": {"clusterName": mesh.cluster_name},
        },
        "meshConfig": installed_mesh_config(mesh),
    }
    if mesh.gateway.ports.services is not None:
        stated["global"]["meshNetworks"] = _mesh_networks(mesh)
    if not mesh.dual_stack:
        return merged(mesh.chart_values("istiod"), stated)
    both = {"env": {DUAL_STACK: "true"}}
    below_pilot = minor_version(mesh.istio_version) < FIRST_WITHOUT_PILOT
    given = merged(_of_istiod(BOTH_FAMILIES, below_pilot), mesh.chart_values("istiod"))
    return merged(given, merged(stated, _of_istiod(both, below_pilot)))


def _of_istiod(values: dict[str, Any], below_pilot: bool) -> dict[str, Any]:
    return {"pilot": values} if below_pilot else values


def _mesh_networks(mesh: MeshConfiguration) -> dict[str, Any]:
    """Where the gateway of the cluster's network is, for what the Service does not say (istio.io/api, MeshNetworks)."""
    place = {"address": mesh.gateway.address or mesh.gateway.host_name, "port": mesh.gateway.ports.services}
    return {mesh.network: {"endpoints": [{"fromRegistry": mesh.cluster_name}], "gateways": [place]}}


def gateway_values(mesh: MeshConfiguration) -> dict[str, Any]:
    """Values of chart `gateway` for the east-west gateway of the cluster's network.

    Not by `networkGateway`: that opens istiod's webhooks (15017) as well, which machines never call, and which ask
    nobody who they are (https://github.com/istio/istio/security/advisories/GHSA-8w5h-qr4r-2h6g). The values are all
    else that it does: the ports, the network's label and its variable (its templates service.yaml and deployment.yaml).
    """
    given = mesh.chart_values("gateway")
    ports = {"status-port": READINESS_PORT, "tls": CROSS_NETWORK_PORT, "tls-istiod": ISTIOD_TLS_PORT}
    if mesh.dual_stack:
        given = merged({"service": BOTH_FAMILIES}, given)
    stated: dict[str, Any] = {"revision": mesh.revision}
    if mesh.network:
        stated["labels"] = {NETWORK_LABEL: mesh.network}
        stated["env"] = {"ISTIO_META_REQUESTED_NETWORK_VIEW": mesh.network}
    else:
        del ports["tls"]
    own: dict[str, Any] = given.get("networkGatewayPorts") or {}
    stated["service"] = {
        "ports": [
            {"name": name, "port": port, "targetPort": port, "protocol": "TCP", **(own.get(name) or {})}
            for name, port in ports.items()
        ]
    }
    if mapping(given.get("service")).get("type") == NODE_PORT and not (mesh.gateway.address or mesh.gateway.host_name):
        given = merged({"service": {"annotations": {NODES_ANNOTATION: "{}"}}}, given)
    # The gateway passes TLS on and serves no certificate, so its pods need none of the namespace's Secrets, among which
    # is istiod's own key (templates/role.yaml).
    return merged(merged({"rbac": {"enabled": False}}, given), stated)
