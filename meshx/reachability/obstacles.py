"""Machines whose network makes what the configuration says impossible, each with the reason and the remedy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from meshx.reachability.ways import Way, way


@dataclass(frozen=True)
class Placed:
    """A machine by what matters here: its network ("" for the cluster's), its address, and whether it serves."""

    name: str
    network: str
    address: str
    serves: bool


@dataclass(frozen=True)
class Networks:
    """The networks of a mesh.

    own: the cluster's, "" where it has no name. gateways: those of which the mesh knows a gateway on port 15443.
    secluded: those whose machines nobody outside reaches. named_by_stack: whether the stack itself names the cluster's.
    """

    own: str
    gateways: frozenset[str] = frozenset()
    secluded: frozenset[str] = frozenset()
    named_by_stack: bool = True

    def is_elsewhere(self, network: str) -> bool:
        """Whether a machine's network is another than the cluster's."""
        return bool(network) and network != self.own


@dataclass(frozen=True)
class Obstacle:
    """What can't work: of which machine, why, and what to write instead."""

    machine: str
    wrong: str
    remedy: str


def obstacles(networks: Networks, machines: Iterable[Placed]) -> Iterator[Obstacle]:
    """Everything that can't work, machine by machine."""
    for machine in machines:
        if not networks.is_elsewhere(machine.network):
            continue
        if not networks.own:
            yield Obstacle(
                machine.name,
                f"{machine.name} is on {machine.network}, and the cluster's own network has no name: its proxy would "
                "take pods for neighbours and send to their addresses, which it does not reach",
                "a name for the cluster's network, meshx:mesh.network: network1"
                if networks.named_by_stack
                else "no network here, or have whoever installed the control plane name its network: the value "
                "global.network, and the label topology.istio.io/network of istiod's namespace and of the gateway's "
                "Service",
            )
        elif way(machine.network, networks.own, networks.gateways) is not Way.GATEWAY:
            yield Obstacle(
                machine.name,
                f"{machine.name} is on {machine.network}, and the mesh knows no gateway of {networks.own} on port "
                "15443: its proxy would send to pods' addresses, which it does not reach",
                f"network: {networks.own}, if it does reach them; otherwise install a gateway "
                f"(meshx:mesh.install.gateway: true), or add port 15443 and the label topology.istio.io/network="
                f"{networks.own} to the Service of the one that is there",
            )
        if machine.serves and machine.network in networks.secluded:
            yield Obstacle(
                machine.name,
                f"{machine.name} serves at {machine.address} on {machine.network}, which has no gateway and which "
                "meshx:networks says nobody reaches: calls to it would end nowhere",
                "a route from the pods to it (VPN, peering) and `reachable: true`, or a workload without `ports`, "
                "which only calls",
            )


def elsewhere(networks: Networks, machine_networks: Collection[str]) -> bool:
    """Whether any of these networks of machines is another than the cluster's."""
    return any(map(networks.is_elsewhere, machine_networks))
