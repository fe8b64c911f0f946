"""A control plane and a gateway that somebody else installed, read before anything is decided.

Errors name what is missing and the remedy, and the preview knows whether the stack must still expose istiod.
"""

from dataclasses import dataclass

import pulumi

from meshx.components.istiod.adopted_facts import adopted_facts, networks_with_gateways, revisioned
from meshx.components.shared.adopted_control_plane import ForeignControlPlaneError, stated_facts
from meshx.components.shared.gateway_address import GatewayAddressError, gateway_address
from meshx.config.moved_settings import moved_in_cluster
from meshx.config.sections.mesh import MeshConfiguration
from meshx.join.facts import ControlPlaneFacts
from meshx.stack.plugin_functions import asked


@dataclass(frozen=True)
class RunningIstiod:
    """Facts of an adopted istiod, its root certificate as PEM text, and the networks whose gateways it knows."""

    facts: ControlPlaneFacts
    root_certificate: str
    network_gateways: frozenset[str]
    """From its own configuration; networks that only a Service's label names are not among them."""


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


def running_mesh(mesh: MeshConfiguration, system_namespace: str, owner: str, parent: pulumi.Resource) -> RunningMesh:
    """All adopted parts; pulumi.RunError if one is missing, or differs from the configuration."""
    install = mesh.install
    return RunningMesh(
        None if install.control_plane else running_istiod(mesh, system_namespace, parent),
        None if install.gateway else running_gateway(mesh, system_namespace, owner, parent),
    )


def running_istiod(mesh: MeshConfiguration, system_namespace: str, parent: pulumi.Resource) -> RunningIstiod:
    """The istiod of the configured revision; pulumi.RunError if there is none, or it differs from the configuration."""
    found = asked("meshx:index:runningIstiod", {"namespace": system_namespace, "revision": mesh.revision}, parent)
    try:
        facts = adopted_facts(
            {"mesh": found["mesh"]},
            {"values": found["injectorValues"]},
            mesh.revision,
            system_namespace,
            stated_facts(mesh),
            namespace_network=found["network"],
        )
    except ForeignControlPlaneError as error:
        raise pulumi.RunError(str(error)) from None
    own_settings = {
        "istio": {"mesh": found["mesh"]},
        "istio-sidecar-injector": {"values": found["injectorValues"]},
    }
    for moved in moved_in_cluster(mesh, {revisioned(name, mesh.revision): own_settings[name] for name in own_settings}):
        pulumi.log.warn(str(moved), parent)
    return RunningIstiod(facts, found["rootCertificate"], networks_with_gateways(found.get("meshNetworks", "")))


def running_gateway(
    mesh: MeshConfiguration, system_namespace: str, owner: str, parent: pulumi.Resource
) -> RunningGateway:
    """The configured gateway; pulumi.RunError if there is none, or machines cannot use it.

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
    found = asked("meshx:index:runningGateway", arguments, parent)
    try:
        address = gateway_address(mesh.gateway.name, found["ingress"])
    except GatewayAddressError as error:
        raise pulumi.RunError(str(error)) from None
    return RunningGateway(
        address,
        dict(found["selector"]),
        found["gateway"],
        bool(found["exposed"]),
        found["network"],
        bool(found["crossNetwork"]),
    )
