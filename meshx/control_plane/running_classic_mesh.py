"""Facts of a cluster of the classic line, read before anything is decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml

from meshx.cluster.services_range import services_range
from meshx.config.sections.cluster import ClusterConfiguration
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.stack import StackConfiguration
from meshx.config.stack_networks import has_others
from meshx.control_plane.adopted_control_plane import ForeignControlPlaneError, stated_facts
from meshx.control_plane.ask import Ask
from meshx.control_plane.classic_gateway import gateway_name, gateway_ports
from meshx.control_plane.gateway_address import UNNAMED, GatewayAnswer, Told
from meshx.istio.classic_parts import GLOBAL_NAMES_DEPLOYMENT
from meshx.istio.identities import is_trust_domain
from meshx.istio.namespaces import DEFAULT_TRUST_DOMAIN, SYSTEM_NAMESPACE
from meshx.join.facts import ClassicFacts
from meshx.networks.topology import Networks
from meshx.reachability.classic_mutual_tls import speaks_mutual_tls

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
    settings: Mapping[str, Mapping[str, str]]
    """Its ConfigMaps `istio` and `istio-sidecar-injector`, by name."""
    ambiguity: str = ""
    """What to say if its gateway has other addresses that would do as well."""
    answer: GatewayAnswer | None = None
    """What its gateway's address is chosen of, once the machines' own are known."""


def running_cluster(cluster: ClusterConfiguration, of_gke: str, ask: Ask) -> RunningCluster:
    """The cluster of this stack; UnknownServicesRangeError if the range of its services is unknown.

    of_gke: the range that Google names, "" if it names none.
    """
    found = ask("meshx:index:kubernetesCluster", {})
    services = services_range(cluster.services_cidr, of_gke, found["servicesCidrs"])
    return RunningCluster((int(found["major"]), int(found["minor"])), services)


def classic_networks(configuration: StackConfiguration) -> Networks:
    """The networks of a stack: its gateway forwards other networks' calls if any machine is on one."""
    return Networks(
        own=configuration.mesh.network,
        secluded=configuration.secluded_networks,
        gateway_passes=has_others(configuration),
    )


def running_citadel(
    configuration: StackConfiguration, system_namespace: str, across_networks: bool, command: str, ask: Ask
) -> RunningCitadel:
    """The existing control plane; UnfitMeshError, or what `ask` raises, if there is none or machines cannot join it.

    command: the command that turns on mesh expansion, for the error that says it is off.
    """
    mesh = configuration.mesh
    if mesh.install.mesh_expansion and across_networks:
        raise ForeignControlPlaneError(
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
        "namespaces": sorted({machine.workload.namespace for machine in configuration.machines}),
    }
    found = ask("meshx:index:runningCitadel", arguments)
    facts = mesh_facts(found["mesh"])
    _compare(mesh, facts["trustDomain"])
    _refuse_unissued(facts["trustDomain"], found["bySecret"])
    told = classic_told(configuration)
    return RunningCitadel(
        told.endpoint(found).host,
        facts["trustDomain"],
        facts["controlPlaneAuthPolicy"] == MUTUAL_TLS,
        bool(found["mutualTls"]) or facts["enableAutoMtls"] == "True",
        {"istio": {"mesh": found["mesh"]}, "istio-sidecar-injector": found["injector"]},
        told.ambiguity(found),
        GatewayAnswer(told, found),
    )


def classic_told(configuration: StackConfiguration) -> Told:
    """What decides which address of the gateway machines are told."""
    mesh = configuration.mesh
    return Told(gateway_name(mesh), mesh.gateway, configuration.addresses, UNNAMED, by_nodes=False)


def classic_facts(
    mesh: MeshConfiguration, across_networks: bool, services: str, running: RunningCitadel | None
) -> ClassicFacts:
    """What machines are told of the control plane: of the one that is there, or of the one that the stack installs.

    services: the ranges of the cluster's services, with commas between.
    """
    return ClassicFacts(
        cluster_name="",
        mesh_id="",
        network=mesh.network,
        trust_domain=running.trust_domain if running else mesh.trust_domain,
        system_namespace=SYSTEM_NAMESPACE,
        services_cidr=services,
        mutual_tls=running.mutual_tls if running else across_networks,
        callers_mutual_tls=running.callers_mutual_tls if running else speaks_mutual_tls(mesh),
    )


def signs_by_secret(system_namespace: str, ask: Ask) -> bool:
    """Whether a Citadel runs that signs by Secret cacerts, and not by a root that it made itself."""
    return bool(ask("meshx:index:signingCitadel", {"namespace": system_namespace})["bySecret"])


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
    trust_domain = str(known.get("trustDomain") or DEFAULT_TRUST_DOMAIN)
    if not is_trust_domain(trust_domain):
        raise ForeignControlPlaneError(
            f"the running control plane's trustDomain is {trust_domain!r}, which is no DNS name: correct it there"
        )
    of_proxies = cast("dict[str, Any]", defaults) if isinstance(defaults, dict) else {}
    return {
        "trustDomain": trust_domain,
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
