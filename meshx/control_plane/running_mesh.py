"""A control plane and a gateway that somebody else installed, read before anything is decided.

Errors name what is missing and the remedy, and the preview knows whether the stack must still expose istiod. They are
UnfitMeshError, or what the given `ask` raises.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from meshx.cluster.ownership import owner_in_values
from meshx.config.owner import Owner
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.stack import StackConfiguration
from meshx.config.stack_networks import has_others, stack_networks
from meshx.control_plane.adopted_control_plane import stated_facts
from meshx.control_plane.adopted_facts import adopted_facts, networks_with_gateways, revisioned
from meshx.control_plane.ask import Ask
from meshx.control_plane.gateway_address import BEFORE_A_CA, UNRESOLVED, GatewayAnswer, Told
from meshx.control_plane.installed_facts import gateways_namespace, installed_facts, installed_settings
from meshx.control_plane.join_conditions import refuse_unfit, running_settings, workload_namespaces
from meshx.control_plane.signing_authority import signing_authority
from meshx.control_plane.unfit_mesh import UnfitMeshError
from meshx.istio.api_versions import objects_version
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.join.facts import ControlPlaneFacts
from meshx.join.gateway_endpoint import GatewayEndpoint
from meshx.join.hosts import istiod_address
from meshx.networks.topology import Networks


@dataclass(frozen=True)
class RunningIstiod:
    """Facts of an adopted istiod, its root certificate as PEM text, and the networks whose gateways it knows."""

    facts: ControlPlaneFacts
    root_certificate: str
    network_gateways: frozenset[str]
    """From its own configuration; networks that only a Service's label names are not among them."""
    settings: Mapping[str, Mapping[str, str]]
    """Its ConfigMaps `istio` and `istio-sidecar-injector`, by name, each with the key that was read."""
    resolves_gateways: bool = True
    """Whether it takes gateways with host names."""
    owner: str | None = None
    """The mark of the stack that installed it, None for others."""


@dataclass(frozen=True)
class RunningGateway:
    """An adopted gateway.

    `endpoint` is where machines reach it, `selector` the labels of its pods. `gateway` is the other owner's Istio
    Gateway that opens port 15012 there (`namespace/name`, "" without one), `exposed` whether that routes to the right
    istiod. `network` is the network that istiod assigns to the gateway ("" for none), `passes_networks` whether others
    opened port 15443 there for calls from other networks.
    """

    endpoint: GatewayEndpoint
    selector: dict[str, str]
    gateway: str
    exposed: bool
    network: str
    passes_networks: bool
    ambiguity: str = ""
    """What to say if it has other addresses that would do as well."""
    answer: GatewayAnswer | None = None
    """What its address is chosen of, once the machines' own are known; None where it is assumed."""


@dataclass(frozen=True)
class RunningMesh:
    """The adopted parts of a mesh: None for what the stack installs itself."""

    istiod: RunningIstiod | None
    gateway: RunningGateway | None
    gateway_of_previous: RunningGateway | None = None
    """The same gateway as it leads to the previous istiod, where one stays."""

    def network_gateways(self, own: str) -> frozenset[str]:
        """The networks whose gateway the mesh knows; `own` is the cluster's, whose gateway the stack may make."""
        named = self.istiod.network_gateways if self.istiod else frozenset[str]()
        return named | {self.gateway.network if self.gateway else own}

    def networks(self, configuration: StackConfiguration) -> Networks:
        """The networks of a stack in it; ConfigurationError with every machine that cannot work on its network."""
        passes = self.gateway is not None and self.gateway.passes_networks
        return stack_networks(configuration, self.network_gateways(configuration.mesh.network), passes=passes)


def running_mesh(configuration: StackConfiguration, system_namespace: str, owner: Owner, ask: Ask) -> RunningMesh:
    """All adopted parts; an error if one is missing, differs from the configuration, or if machines cannot join.

    The settings of an istiod that the stack installs are held to the same conditions.
    """
    mesh, install = configuration.mesh, configuration.mesh.install
    if install.control_plane:
        refuse_unfit(configuration, installed_settings(mesh), installed_facts(mesh), {})
        demand_gateway_namespace(configuration, ask)
    istiod = None if install.control_plane else running_istiod(configuration, system_namespace, ask)
    facts = istiod.facts if istiod else installed_facts(mesh)
    told = told_by(configuration, istiod)
    if install.gateway:
        return RunningMesh(istiod, None)
    gateway = running_gateway(configuration, facts, told, owner, ask)
    if mesh.previous is None:
        return RunningMesh(istiod, gateway)
    before = configuration.model_copy(update={"mesh": mesh.previous})
    return RunningMesh(istiod, gateway, running_gateway(before, facts, told, owner, ask))


def told_by(configuration: StackConfiguration, istiod: RunningIstiod | None) -> Told:
    """What decides where machines reach the gateway; istiod: the adopted one."""
    resolves = istiod.resolves_gateways if istiod else installed_settings(configuration.mesh).resolves_gateways
    no_names, authority = "", configuration.mesh.certificate_authority
    if authority is not None and authority.through_gateway:
        no_names = BEFORE_A_CA
    elif has_others(configuration) and not resolves:
        no_names = UNRESOLVED
    return Told(configuration.mesh.gateway.name, configuration.mesh.gateway, configuration.addresses, no_names)


def demand_gateway_namespace(configuration: StackConfiguration, ask: Ask) -> None:
    """Raise UnfitMeshError if the stack installs a gateway in a namespace that neither exists nor is its own."""
    mesh = configuration.mesh
    namespace = mesh.gateway.namespace
    if not mesh.install.gateway or namespace in (SYSTEM_NAMESPACE, *configuration.own_namespaces):
        return
    if ask("meshx:index:missingNamespaces", {"names": [namespace]})["missing"]:
        raise UnfitMeshError(
            f"meshx:mesh.gateway.namespace is {namespace}, which is not in the cluster: have the stack make it "
            "(meshx:mesh.gateway.createNamespace: true), or make it first"
        )


def running_istiod(configuration: StackConfiguration, system_namespace: str, ask: Ask) -> RunningIstiod:
    """The istiod of the configured revision; an error if there is none, it differs from the configuration, or machines
    cannot join it.
    """
    mesh = configuration.mesh
    arguments = {
        "namespace": system_namespace,
        "revision": mesh.revision,
        "namespaces": workload_namespaces(configuration),
    }
    found = ask("meshx:index:runningIstiod", arguments)
    facts = adopted_facts(
        {"mesh": found["mesh"]},
        {"values": found["injectorValues"]},
        mesh.revision,
        system_namespace,
        stated_facts(mesh),
        namespace_network=found["network"],
    )
    own = running_settings(found)
    refuse_unfit(configuration, own, facts, found.get("namespaces") or {})
    facts = replace(
        facts,
        objects_api=objects_version(mesh.istio_version),
        gateways_namespace=gateways_namespace(mesh, own),
        authority=signing_authority(mesh, own, istiod_address(facts))[0],
        ambient=own.ambient,
        registers_tunnels=own.registers_tunnels(mesh.istio_version),
    )
    named = networks_with_gateways(found.get("meshNetworks", ""))
    _demand_mapped_services(mesh, facts.network, named)
    settings = {"istio": {"mesh": found["mesh"]}, "istio-sidecar-injector": {"values": found["injectorValues"]}}
    return RunningIstiod(
        facts,
        found["rootCertificate"],
        named,
        {revisioned(name, mesh.revision): data for name, data in settings.items()},
        own.resolves_gateways,
        owner_in_values(own.values),
    )


def _demand_mapped_services(mesh: MeshConfiguration, network: str, named: Collection[str]) -> None:
    """Raise UnfitMeshError if an istiod of others is not told the port by which other networks call services."""
    if mesh.gateway.ports.services is not None and network not in named:
        host, port = mesh.gateway.address or mesh.gateway.host_name, mesh.gateway.ports.services
        raise UnfitMeshError(
            f"meshx:mesh.gateway.ports.services is {port}, and the running istiod names no gateway of "
            f"{network or 'its network'} in its meshNetworks, so it would send machines of other networks elsewhere. "
            f"Remedy: global.meshNetworks: {{{network or 'network1'}: {{endpoints: [{{fromRegistry: <its cluster's "
            f"name>}}], gateways: [{{address: {host}, port: {port}}}]}}}} in its chart's values"
        )


def running_gateway(
    configuration: StackConfiguration, facts: ControlPlaneFacts, told: Told, owner: Owner, ask: Ask
) -> RunningGateway:
    """The configured gateway; an error if there is none, or machines cannot use it. `facts` are those of its istiod.

    `owner` is the stack: its own objects do not count as others' exposure.
    """
    mesh, scope = configuration.mesh, facts.gateways_namespace
    arguments = {
        "name": mesh.gateway.name,
        "namespace": mesh.gateway.namespace,
        "selector": dict(mesh.gateway.selector),
        "revision": mesh.revision,
        "systemNamespace": facts.system_namespace,
        "owners": list(owner.marks),
        "scope": scope if scope != facts.system_namespace else "",
    }
    found = ask("meshx:index:runningGateway", arguments)
    return RunningGateway(
        told.endpoint(found),
        dict(found["selector"]),
        found["gateway"],
        bool(found["exposed"]),
        found["network"],
        bool(found["crossNetwork"]),
        told.ambiguity(found),
        GatewayAnswer(told, found),
    )
