"""The facts of a running control plane, from the two ConfigMaps that istioctl reads too.

Source: istio/istioctl/pkg/workload/workload.go, createMeshConfig and extractClusterIDFromInjectionConfig.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

import yaml

from meshx.config.errors.words import enumerate_words
from meshx.control_plane.adopted_control_plane import ForeignControlPlaneError
from meshx.istio.identities import is_trust_domain
from meshx.istio.metadata_names import SET_BY_MESHX, refused_names
from meshx.istio.namespaces import DEFAULT_TRUST_DOMAIN
from meshx.join.facts import ControlPlaneFacts
from meshx.join.hosts import is_named_revision


def revisioned(name: str, revision: str) -> str:
    """`name` for a control plane of that revision: a named revision is a suffix, `default` is not."""
    return f"{name}-{revision}" if is_named_revision(revision) else name


def adopted_facts(
    mesh_data: Mapping[str, str],
    injector_data: Mapping[str, str],
    revision: str,
    system_namespace: str,
    stated: Mapping[str, str],
    *,
    namespace_network: str = "",
) -> ControlPlaneFacts:
    """The facts of a running control plane.

    `mesh_data` is the data of ConfigMap `istio[-rev]` (key `mesh`, YAML), `injector_data` that of
    `istio-sidecar-injector[-rev]` (key `values`, JSON), `stated` the result of stated_facts, `namespace_network` the
    network in the label of istiod's namespace. Raises ForeignControlPlaneError with every disagreement.
    """
    mesh = mapping(yaml.safe_load(mesh_data.get("mesh", "")))
    values = mapping(json.loads(injector_data.get("values", "{}")))
    proxy_defaults = mapping(mesh.get("defaultConfig"))
    settings = mapping(values.get("global"))
    cluster = mapping(settings.get("multiCluster"))
    found = {
        "meshId": str(proxy_defaults.get("meshId") or settings.get("meshID") or DEFAULT_TRUST_DOMAIN),
        "clusterName": str(cluster.get("clusterName") or "Kubernetes"),
        "network": str(settings.get("network") or namespace_network),
        "trustDomain": str(mesh.get("trustDomain") or DEFAULT_TRUST_DOMAIN),
    }
    disagreements = [
        f"meshx:mesh.{key} is {value!r}, but the running control plane says {found[key]!r}: "
        "write that, or leave the key out"
        for key, value in stated.items()
        if value != found[key]
    ]
    if names := refused_names(mapping(proxy_defaults.get("proxyMetadata")).keys() - SET_BY_MESHX):
        named = enumerate_words([repr(name) for name in names], "and")
        disagreements.append(
            f"the running control plane's defaultConfig.proxyMetadata has {named}: on a machine such a name decides "
            "what runs as root. Rename or remove it there"
        )
    if not is_trust_domain(found["trustDomain"]):
        disagreements.append(
            f"the running control plane's trustDomain is {found['trustDomain']!r}, which is no DNS name: correct it "
            "there"
        )
    if disagreements:
        raise ForeignControlPlaneError("\n".join(disagreements))
    return ControlPlaneFacts(
        cluster_name=found["clusterName"],
        mesh_id=found["meshId"],
        network=found["network"],
        trust_domain=found["trustDomain"],
        revision=revision,
        system_namespace=system_namespace,
        proxy_defaults=proxy_defaults,
        root_namespace=str(mesh.get("rootNamespace") or system_namespace),
    )


def networks_with_gateways(mesh_networks: str) -> frozenset[str]:
    """The networks of which key `meshNetworks` (YAML) of ConfigMap `istio[-rev]` names a gateway."""
    networks = mapping(mapping(yaml.safe_load(mesh_networks)).get("networks"))
    return frozenset(name for name, network in networks.items() if mapping(network).get("gateways"))


def mapping(value: object) -> dict[str, Any]:
    """A group of keys, empty where it is none."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
