"""Where machines are, as far as it decides whom they reach and who reaches them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from meshx.config.resolved import Group, Machine
from meshx.google_cloud.firewall_rules import member

INSTANCES = (4,)
"""The families that a group's instances have."""


class Place(NamedTuple):
    """network: one of the mesh's, "" for the cluster's without a name. vpc: the VPC network of instances, "" for other
    machines. families: of the addresses there, 4 and 6; none where nothing says it."""

    network: str
    vpc: str = ""
    families: tuple[int, ...] = ()


def place_of(one: Machine | Group) -> Place:
    """Where a machine or a group is."""
    instances = member(one)
    return Place(
        one.network, instances.vpc if instances else "", one.families if isinstance(one, Machine) else INSTANCES
    )


def machines_on(network: str) -> str:
    """The label of a network's machines; network: "" for the cluster's without a name."""
    return f"machines on {network}" if network else "machines on the cluster's network"


def which_on_network(place: Place, among: Iterable[Place]) -> str:
    """Which of a network's machines are meant; "" if all of them are in one place."""
    here = [one for one in among if one.network == place.network]
    words = ""
    if any(one.vpc != place.vpc for one in here):
        words = f" in VPC network {place.vpc}" if place.vpc else " in no VPC network of the stack"
    if any(one.families != place.families for one in here):
        words += f" with {families_words(place.families)}"
    return words


def families_words(families: tuple[int, ...]) -> str:
    """Families of addresses in words: `IPv6 alone`, `IPv4 and IPv6`."""
    named = [f"IPv{family}" for family in families]
    return " and ".join(named) if len(named) > 1 else f"{named[0]} alone" if named else "addresses of any family"


def meet(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two sides have a family of addresses in common, as far as it is known."""
    return not one or not other or bool(set(one) & set(other))
