"""Helm values for the charts istio-init and istio of Istio 1.1 to 1.4, from the configuration alone."""

from typing import Any

from meshx.config.mesh import MeshConfiguration
from meshx.control_plane.helm_values import merged

DEFAULT_TRUST_DOMAIN = "cluster.local"

MESH_EXPANSION: dict[str, Any] = {"global": {"meshExpansion": {"enabled": True}}}
"""What makes the charts expose Pilot and Citadel on the ingress gateway."""

GATEWAYS: dict[str, Any] = {
    "global": {
        "podDNSSearchNamespaces": ["global"],
        "multiCluster": {"enabled": True},
        "controlPlaneSecurityEnabled": True,
        "meshExpansion": {"enabled": True},
    },
    "security": {"selfSigned": False},
    "istiocoredns": {"enabled": True},
    "gateways": {"istio-egressgateway": {"enabled": True, "env": {"ISTIO_META_REQUESTED_NETWORK_VIEW": "external"}}},
}
"""For machines on other networks: what the chart's example-values/values-istio-meshexpansion-gateways.yaml has from
1.3. Before, that file is not there; 1.1 and 1.2 know the same keys, in values-istio-multicluster-gateways.yaml without
mesh expansion. Up to 1.3 a rule without egress gateway would select every proxy, so that is on."""


class ContradictingValuesError(ValueError):
    """Values of the user's that can't stand beside what the machines' networks ask for."""


def istio_init_values(mesh: MeshConfiguration) -> dict[str, Any]:
    """Values of chart istio-init: the user's own."""
    return mesh.chart_values("istio-init")


def istio_values(mesh: MeshConfiguration, across_networks: bool) -> dict[str, Any]:
    """Values of chart istio: what meshx states above the user's own.

    across_networks: whether machines are on other networks than the cluster, behind gateways. Raises
    ContradictingValuesError where Citadel is told then to make a root of its own.
    """
    own = mesh.chart_values("istio")
    if across_networks and self_signed(own):
        raise ContradictingValuesError(
            "meshx:mesh.values.istio.security.selfSigned is true, and machines are on other networks than the cluster: "
            "clusters and machines behind gateways share a root, so leave the value out; the Secret cacerts is made, "
            "or taken where it is there"
        )
    stated = GATEWAYS if across_networks else MESH_EXPANSION
    if mesh.trust_domain != DEFAULT_TRUST_DOMAIN:
        stated = merged(stated, {"global": {"trustDomain": mesh.trust_domain}})
    return merged(own, stated)


def needs_authority(values: dict[str, Any]) -> bool:
    """Whether values of chart istio make Citadel take its certificate from the Secret cacerts; off, it makes one."""
    return values.get("security", {}).get("selfSigned", True) is False


def self_signed(values: dict[str, Any]) -> bool:
    """Whether values say themselves that Citadel is to make its own root; left out, they leave that to meshx."""
    return values.get("security", {}).get("selfSigned") is True
