"""What makes connections between networks impossible, each with the reason and the smallest remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from meshx.networks.routes import Route, route
from meshx.networks.topology import Networks


@dataclass(frozen=True)
class Placed:
    """The facts of a machine that matter here: its network ("" for the cluster's), its address, and whether it
    serves."""

    name: str
    network: str
    address: str
    serves: bool


@dataclass(frozen=True)
class Obstacle:
    """What can't work: for which machine or caller, why, and what to write or do instead."""

    machine: str
    wrong: str
    remedy: str


def obstacles(networks: Networks, machines: Iterable[Placed]) -> Iterator[Obstacle]:
    """Everything that the configuration asks for and that can't work, machine by machine."""
    for machine in machines:
        if (found := into_cluster(networks, machine.name, machine.network)) is not None:
            yield found
        if machine.serves and (found := from_outside(networks, machine.name, machine.network, machine.address)):
            yield found


def into_cluster(networks: Networks, caller: str, network: str) -> Obstacle | None:
    """What keeps callers on a network from the cluster's pods; None if they reach them, directly or through a
    gateway."""
    if not networks.is_elsewhere(network):
        return None
    if not networks.own:
        return Obstacle(
            caller,
            f"{caller} is on {network}, and the cluster's own network has no name: its proxy would take pods for "
            "neighbours and send to their addresses, which it does not reach",
            "a name for the cluster's network, meshx:mesh.network: network1"
            if networks.named_by_stack
            else "no network here, or have whoever installed the control plane name its network: the value "
            "global.network, and the label topology.istio.io/network of istiod's namespace and of the gateway's "
            "Service",
        )
    if route(network, networks.own, networks.gateways) is not Route.GATEWAY:
        return Obstacle(
            caller,
            f"{caller} is on {network}, and the mesh knows no gateway of {networks.own} on port 15443: its proxy would "
            "send to pods' addresses, which it does not reach",
            f"network: {networks.own}, if it does reach them; otherwise install a gateway "
            f"(meshx:mesh.install.gateway: true), or add port 15443 and the label topology.istio.io/network="
            f"{networks.own} to the Service of the one that is there",
        )
    return None


def from_outside(networks: Networks, machine: str, network: str, address: str) -> Obstacle | None:
    """What keeps pods, and machines of other networks, from a machine's address; None if they reach it."""
    if not networks.is_elsewhere(network) or network not in networks.secluded:
        return None
    return Obstacle(
        machine,
        f"{machine} serves at {address} on {network}, which has no gateway and which meshx:networks says nobody "
        "reaches: calls to it would end nowhere",
        "a route from the pods to it (VPN, peering) and `reachable: true`, or a workload without `ports`, which only "
        "calls",
    )
