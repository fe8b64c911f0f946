"""A control plane and a gateway that somebody else installed, read before anything is decided.

Errors name what is missing and the remedy, and the preview knows whether the stack must still expose istiod. They are
UnfitMeshError, or what the given `ask` raises.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.stack import StackConfiguration
from meshx.config.stack_networks import stack_networks
from meshx.control_plane.adopted_control_plane import stated_facts
from meshx.control_plane.adopted_facts import adopted_facts, networks_with_gateways, revisioned
from meshx.control_plane.ask import Ask
from meshx.control_plane.gateway_address import gateway_address
from meshx.join.facts import ControlPlaneFacts
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


@dataclass(frozen=True)
class RunningGateway:
    """An adopted gateway.

    `address` is its IP address, `selector` the labels of its pods. `gateway` is the other owner's Istio Gateway that
    opens port 15012 there (`namespace/name`, "" without one), `exposed` whether that routes to the right istiod.
    `network` is the network that istiod assigns to the gateway ("" for none), `passes_networks` whether others opened
    port 15443 there for calls from other networks.
    """

    address: str
    selector: dict[str, str]
    gateway: str
    exposed: bool
    network: str
    passes_networks: bool


@dataclass(frozen=True)
class RunningMesh:
    """The adopted parts of a mesh: None for what the stack installs itself."""

    istiod: RunningIstiod | None
    gateway: RunningGateway | None

    def network_gateways(self, own: str) -> frozenset[str]:
        """The networks whose gateway the mesh knows; `own` is the cluster's, whose gateway the stack may make."""
        named = self.istiod.network_gateways if self.istiod else frozenset[str]()
        return named | {self.gateway.network if self.gateway else own}

    def networks(self, configuration: StackConfiguration) -> Networks:
        """The networks of a stack in it; ConfigurationError with every machine that cannot work on its network."""
        passes = self.gateway is not None and self.gateway.passes_networks
        return stack_networks(configuration, self.network_gateways(configuration.mesh.network), passes=passes)


def running_mesh(mesh: MeshConfiguration, system_namespace: str, owner: str, ask: Ask) -> RunningMesh:
    """All adopted parts; an error if one is missing, or differs from the configuration."""
    install = mesh.install
    return RunningMesh(
        None if install.control_plane else running_istiod(mesh, system_namespace, ask),
        None if install.gateway else running_gateway(mesh, system_namespace, owner, ask),
    )


def running_istiod(mesh: MeshConfiguration, system_namespace: str, ask: Ask) -> RunningIstiod:
    """The istiod of the configured revision; an error if there is none, or it differs from the configuration."""
    found = ask("meshx:index:runningIstiod", {"namespace": system_namespace, "revision": mesh.revision})
    facts = adopted_facts(
        {"mesh": found["mesh"]},
        {"values": found["injectorValues"]},
        mesh.revision,
        system_namespace,
        stated_facts(mesh),
        namespace_network=found["network"],
    )
    settings = {"istio": {"mesh": found["mesh"]}, "istio-sidecar-injector": {"values": found["injectorValues"]}}
    return RunningIstiod(
        facts,
        found["rootCertificate"],
        networks_with_gateways(found.get("meshNetworks", "")),
        {revisioned(name, mesh.revision): data for name, data in settings.items()},
    )


def running_gateway(mesh: MeshConfiguration, system_namespace: str, owner: str, ask: Ask) -> RunningGateway:
    """The configured gateway; an error if there is none, or machines cannot use it.

    `owner` is the value of this stack's owner label: its own objects do not count as others' exposure.
    """
    arguments = {
        "name": mesh.gateway.name,
        "namespace": mesh.gateway.namespace,
        "selector": dict(mesh.gateway.selector),
        "revision": mesh.revision,
        "systemNamespace": system_namespace,
        "owner": owner,
    }
    found = ask("meshx:index:runningGateway", arguments)
    address = gateway_address(mesh.gateway.name, found["ingress"])
    return RunningGateway(
        address,
        dict(found["selector"]),
        found["gateway"],
        bool(found["exposed"]),
        found["network"],
        bool(found["crossNetwork"]),
    )
