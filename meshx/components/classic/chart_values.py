"""Helm values for the charts istio-init and istio of Istio 1.1 to 1.4, from the configuration alone."""

from typing import Any

from meshx.components.shared.helm_values import merged
from meshx.config.sections.mesh import MeshConfiguration
from meshx.istio.namespaces import DEFAULT_TRUST_DOMAIN

MESH_EXPANSION: dict[str, Any] = {"global": {"meshExpansion": {"enabled": True}}}
"""What makes the charts expose Pilot and Citadel on the ingress gateway."""

GATEWAYS: dict[str, Any] = {
    "global": {
        "podDNSSearchNamespaces": ["global"],
        "multiCluster": {"enabled": True},
        "controlPlaneSecurityEnabled": True,
        "meshExpansion": {"enabled": True},
    },
    "istiocoredns": {"enabled": True},
    "gateways": {"istio-egressgateway": {"enabled": True, "env": {"ISTIO_META_REQUESTED_NETWORK_VIEW": "external"}}},
}
"""For machines on other networks: what the chart's example-values/values-istio-meshexpansion-gateways.yaml has from
1.3. Before, that file is not there; 1.1 and 1.2 know the same keys, in values-istio-multicluster-gateways.yaml without
mesh expansion. Up to 1.3 a rule without egress gateway would select every proxy, so that is on. What that file says of
Citadel's root, `security.selfSigned: false`, is said apart."""


class ContradictingValuesError(ValueError):
    """Values of the user's that can't stand beside what the machines' networks ask for."""


def istio_init_values(mesh: MeshConfiguration) -> dict[str, Any]:
    """Values of chart istio-init: the user's own."""
    return mesh.chart_values("istio-init")


def istio_values(mesh: MeshConfiguration, across_networks: bool, by_secret: bool = False) -> dict[str, Any]:
    """Values of chart istio: what meshx states above the user's own.

    across_networks: whether machines are on other networks than the cluster, behind gateways. by_secret: whether a
    Citadel that runs already signs by Secret cacerts; it goes on doing so, since a root of its own would be another one
    for all that have certificates. Raises ContradictingValuesError where that can't be what the values say.
    """
    own = mesh.chart_values("istio")
    stated = GATEWAYS if across_networks else MESH_EXPANSION
    signs_itself = _signs_itself(mesh, own, across_networks, by_secret)
    if across_networks or (not signs_itself and not needs_authority(own)):
        stated = merged(stated, {"security": {"selfSigned": signs_itself}})
    if mesh.trust_domain != DEFAULT_TRUST_DOMAIN:
        stated = merged(stated, {"global": {"trustDomain": mesh.trust_domain}})
    return merged(own, stated)


def _signs_itself(mesh: MeshConfiguration, own: dict[str, Any], across_networks: bool, by_secret: bool) -> bool:
    """Whether Citadel makes its own root: as the guides have it, but for a trust domain of the mesh's own.

    With `cacerts` it ignores `--trust-domain` and issues spiffe://cluster.local/... (measured on 1.4.10;
    security/cmd/istio_ca/main.go, createCA).
    """
    elsewhere = mesh.trust_domain != DEFAULT_TRUST_DOMAIN
    if across_networks and self_signed(own) and not elsewhere:
        raise ContradictingValuesError(
            "meshx:mesh.values.istio.security.selfSigned is true, and machines are on other networks than the cluster: "
            "clusters and machines behind gateways share a root, so leave the value out; the Secret cacerts is made, "
            "of the root that Citadel has, or taken where it is there"
        )
    if elsewhere and (needs_authority(own) or (by_secret and not self_signed(own))):
        stated = needs_authority(own)
        why = "as meshx:mesh.values.istio.security.selfSigned: false has it" if stated else "in this cluster already"
        raise ContradictingValuesError(
            f"meshx:mesh.trustDomain is {mesh.trust_domain}, and Citadel signs by Secret cacerts, {why}: then it "
            f"issues spiffe://{DEFAULT_TRUST_DOMAIN}/... whatever it is told, and no machine would get an identity of "
            f"{mesh.trust_domain}. Leave trustDomain out; or let Citadel make its own root, "
            + ("by leaving that value out" if stated else "by security.selfSigned: true among these values")
            + ", which is another root for all that have certificates now"
        )
    return self_signed(own) or elsewhere or not (needs_authority(own) or across_networks or by_secret)


def needs_authority(values: dict[str, Any]) -> bool:
    """Whether values of chart istio make Citadel take its certificate from the Secret cacerts; off, it makes one."""
    return values.get("security", {}).get("selfSigned", True) is False


def self_signed(values: dict[str, Any]) -> bool:
    """Whether values say themselves that Citadel is to make its own root; left out, they leave that to meshx."""
    return values.get("security", {}).get("selfSigned") is True
