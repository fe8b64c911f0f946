"""Where machines are, as far as it decides whom they reach and who reaches them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from meshx.config.resolved import Group, Machine
from meshx.google_cloud.firewall_rules import member


class Place(NamedTuple):
    """network: one of the mesh's, "" for the cluster's without a name. vpc: the VPC network of instances, "" for other
    machines."""

    network: str
    vpc: str = ""


def place_of(one: Machine | Group) -> Place:
    """Where a machine or a group is."""
    instances = member(one)
    return Place(one.network, instances.vpc if instances else "")


def machines_on(network: str) -> str:
    """The label of a network's machines; network: "" for the cluster's without a name."""
    return f"machines on {network}" if network else "machines on the cluster's network"


def which_on_network(place: Place, among: Iterable[Place]) -> str:
    """Which of a network's machines are meant; "" if all of them are in one place."""
    if all(one == place for one in among if one.network == place.network):
        return ""
    return f" in VPC network {place.vpc}" if place.vpc else " in no VPC network of the stack"
