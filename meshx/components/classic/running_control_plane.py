"""Facts of a cluster of the classic line, read before anything is decided."""

from dataclasses import dataclass
from typing import Any, cast

import pulumi
import yaml

from meshx.cluster.services_range import UnknownServicesRangeError, services_range
from meshx.components.classic.gateway import GLOBAL_NAMES_DEPLOYMENT, gateway_name, gateway_ports
from meshx.components.shared.adopted_control_plane import ForeignControlPlaneError, stated_facts
from meshx.components.shared.gateway_address import GatewayAddressError, gateway_address
from meshx.components.shared.gke_cluster import gke_facts
from meshx.config.moved_settings import moved_in_cluster
from meshx.config.sections.cluster import ClusterConfiguration
from meshx.config.sections.mesh import MeshConfiguration
from meshx.istio.namespaces import DEFAULT_TRUST_DOMAIN
from meshx.stack.plugin_functions import asked

MUTUAL_TLS = "MUTUAL_TLS"


@dataclass(frozen=True)
class RunningCluster:
    """The first two numbers of its Kubernetes version, and the ranges of its services, separated by commas."""

    kubernetes: tuple[int, int]
    services: str


@dataclass(frozen=True)
class RunningCitadel:
    """An adopted control plane: its gateway's address, its trust domain, whether its parts use mutual TLS, and whether
    callers in its mesh do so by default.
    """

    gateway_address: str
    trust_domain: str
    mutual_tls: bool
    callers_mutual_tls: bool


def running_cluster(cluster: ClusterConfiguration, parent: pulumi.Resource) -> RunningCluster:
    """The cluster of this stack; pulumi.RunError if the range of its services is unknown."""
    found = asked("meshx:index:kubernetesCluster", {}, parent)
    try:
        services = services_range(cluster.services_cidr, _of_gke(cluster, parent), found["servicesCidrs"])
    except UnknownServicesRangeError as error:
        raise pulumi.RunError(str(error)) from None
    return RunningCluster((int(found["major"]), int(found["minor"])), services)


def running_citadel(
    mesh: MeshConfiguration, system_namespace: str, across_networks: bool, command: str, parent: pulumi.Resource
) -> RunningCitadel:
    """The existing control plane; pulumi.RunError if there is none, or if machines cannot join it.

    command: the command that turns on mesh expansion, for the error that says it is off.
    """
    if mesh.install.mesh_expansion and across_networks:
        raise pulumi.RunError(
            "meshx:mesh.install.meshExpansion is for machines on the cluster's network. Machines on other networks "
            "need gateways, which only values of the chart turn on; that restarts its parts and every proxy. Run "
            f"this, with the values that Istio runs with: {command}"
        )
    arguments = {
        "namespace": system_namespace,
        "gateway": {
            "name": gateway_name(mesh),
            "namespace": mesh.gateway.namespace,
            "ports": list(gateway_ports(across_networks)),
        },
        "deployments": [GLOBAL_NAMES_DEPLOYMENT] if across_networks else [],
        "command": command,
        "turnOn": mesh.install.mesh_expansion,
    }
    found = asked("meshx:index:runningCitadel", arguments, parent)
    try:
        facts = mesh_facts(found["mesh"])
        _compare(mesh, facts["trustDomain"])
        _refuse_unissued(facts["trustDomain"], found["bySecret"])
        address = gateway_address(gateway_name(mesh), found["ingress"])
    except (ForeignControlPlaneError, GatewayAddressError) as error:
        raise pulumi.RunError(str(error)) from None
    own_settings = {"istio": {"mesh": found["mesh"]}, "istio-sidecar-injector": found["injector"]}
    for moved in moved_in_cluster(mesh, own_settings):
        pulumi.log.warn(str(moved), parent)
    return RunningCitadel(
        address,
        facts["trustDomain"],
        facts["controlPlaneAuthPolicy"] == MUTUAL_TLS,
        bool(found["mutualTls"]) or facts["enableAutoMtls"] == "True",
    )


def signs_by_secret(system_namespace: str, parent: pulumi.Resource) -> bool:
    """Whether a Citadel runs that signs by Secret cacerts, and not by a root that it made itself."""
    return bool(asked("meshx:index:signingCitadel", {"namespace": system_namespace}, parent)["bySecret"])


def mesh_facts(text: str) -> dict[str, str]:
    """`trustDomain`, `controlPlaneAuthPolicy` and `enableAutoMtls` ("True" or "False") out of key `mesh` of ConfigMap
    `istio`, defaults filled in.

    Raises ForeignControlPlaneError for what is no mesh configuration.
    """
    # Values of 1.1 have tab characters after them, which Go's parser takes and PyYAML does not.
    lines = (line.rstrip() for line in text.splitlines())
    try:
        mesh: object = yaml.safe_load("\n".join(lines)) or {}
    except yaml.YAMLError as error:
        raise ForeignControlPlaneError(
            f"the ConfigMap istio of the running control plane can't be read as YAML: {error}. See what its key mesh "
            "holds: `kubectl -n istio-system get configmap istio -o yaml`"
        ) from None
    if not isinstance(mesh, dict):
        raise ForeignControlPlaneError(
            "the ConfigMap istio of the running control plane holds no mesh configuration under its key mesh: see "
            "`kubectl -n istio-system get configmap istio -o yaml`"
        )
    known = cast("dict[str, Any]", mesh)
    defaults = known.get("defaultConfig")
    of_proxies = cast("dict[str, Any]", defaults) if isinstance(defaults, dict) else {}
    return {
        "trustDomain": str(known.get("trustDomain") or DEFAULT_TRUST_DOMAIN),
        "controlPlaneAuthPolicy": str(of_proxies.get("controlPlaneAuthPolicy") or "NONE"),
        "enableAutoMtls": str(known.get("enableAutoMtls") is True),
    }


def _compare(mesh: MeshConfiguration, trust_domain: str) -> None:
    stated = stated_facts(mesh).get("trustDomain", trust_domain)
    if stated != trust_domain:
        raise ForeignControlPlaneError(
            f"meshx:mesh.trustDomain is {stated!r}, but the running control plane says {trust_domain!r}: write that, "
            "or leave the key out"
        )


def _refuse_unissued(trust_domain: str, by_secret: bool) -> None:
    if by_secret and trust_domain != DEFAULT_TRUST_DOMAIN:
        raise ForeignControlPlaneError(
            f"the running control plane's trust domain is {trust_domain!r}, but its Citadel signs with Secret cacerts: "
            f"then it issues spiffe://{DEFAULT_TRUST_DOMAIN}/... whatever its settings say, and no machine would get "
            f"an identity of {trust_domain}. Set global.trustDomain: {DEFAULT_TRUST_DOMAIN} in its charts' values, or "
            "security.selfSigned: true, a new root for everything that has certificates"
        )


def _of_gke(cluster: ClusterConfiguration, parent: pulumi.Resource) -> str:
    """servicesIpv4Cidr of a GKE cluster, "" for other clusters, or if Google does not say it."""
    found = gke_facts(cluster.context, parent) if cluster.services_cidr == "auto" else None
    return found.services if found else ""
