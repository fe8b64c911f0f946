"""Helm values for the charts istio-init and istio of Istio 1.1 to 1.4, from the configuration alone."""

from typing import Any

from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.values.helm_values import merged
from meshx.istio.namespaces import DEFAULT_TRUST_DOMAIN

MESH_EXPANSION: dict[str, Any] = {"global": {"meshExpansion": {"enabled": True}}}
"""The values that make the charts expose Pilot and Citadel on the ingress gateway."""

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
"""For machines on other networks: the content of the chart's example-values/values-istio-meshexpansion-gateways.yaml,
which exists since 1.3. 1.1 and 1.2 know the same keys, in values-istio-multicluster-gateways.yaml without mesh
expansion. Up to 1.3 a rule without egress gateway would select every proxy, so the egress gateway is on. istio_values
sets `security.selfSigned` of that file, for Citadel's root."""


class ContradictingValuesError(ValueError):
    """The user's values contradict what the machines' networks need."""


def istio_init_values(mesh: MeshConfiguration) -> dict[str, Any]:
    """Values of chart istio-init: the user's own."""
    return mesh.chart_values("istio-init")


def istio_values(mesh: MeshConfiguration, across_networks: bool, by_secret: bool = False) -> dict[str, Any]:
    """Values of chart istio: meshx's own override the user's.

    across_networks: whether machines are on other networks than the cluster, behind gateways. by_secret: whether a
    running Citadel signs with Secret cacerts already. It continues to, since its own root would be a different one for
    everything that has certificates. Raises ContradictingValuesError if the values say otherwise.
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
    """Whether Citadel makes its own root: as in the guides, except with a custom trust domain.

    With `cacerts` it ignores `--trust-domain` and issues spiffe://cluster.local/... (measured on 1.4.10;
    security/cmd/istio_ca/main.go, createCA).
    """
    elsewhere = mesh.trust_domain != DEFAULT_TRUST_DOMAIN
    if across_networks and self_signed(own) and not elsewhere:
        raise ContradictingValuesError(
            "meshx:mesh.values.istio.security.selfSigned is true, but machines are on other networks than the "
            "cluster: clusters and machines behind gateways share a root, so leave the value out. The stack then uses "
            "the Secret cacerts, or makes it from Citadel's root"
        )
    if elsewhere and (needs_authority(own) or (by_secret and not self_signed(own))):
        stated = needs_authority(own)
        why = "because of meshx:mesh.values.istio.security.selfSigned: false" if stated else "in this cluster already"
        raise ContradictingValuesError(
            f"meshx:mesh.trustDomain is {mesh.trust_domain}, but Citadel signs with Secret cacerts, {why}: then it "
            f"issues spiffe://{DEFAULT_TRUST_DOMAIN}/... whatever its settings say, and no machine would get an "
            f"identity of {mesh.trust_domain}. Leave trustDomain out; or let Citadel make its own root, "
            + ("by leaving that value out" if stated else "with security.selfSigned: true among these values")
            + ", which is a new root for everything that has certificates now"
        )
    return self_signed(own) or elsewhere or not (needs_authority(own) or across_networks or by_secret)


def needs_authority(values: dict[str, Any]) -> bool:
    """Whether values of chart istio make Citadel use the certificate in Secret cacerts; else it makes its own."""
    return values.get("security", {}).get("selfSigned", True) is False


def self_signed(values: dict[str, Any]) -> bool:
    """Whether the values explicitly make Citadel use its own root; without the value meshx decides."""
    return values.get("security", {}).get("selfSigned") is True
