"""The firewall rules that instances need to take part in the mesh, as plain data.

By default a VPC network lets nothing in and everything out; answers always pass
(https://cloud.google.com/firewall/docs/firewalls). A rule allows outgoing traffic all the same, in case a network's
other rules block it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from meshx.config.owner import Owner
from meshx.config.resolved import Group, Machine
from meshx.config.stack import StackConfiguration
from meshx.google_cloud.cloud_names import (
    cloud_name,
    former_network_tag,
    former_workload_tag,
    network_tag,
    readable_name,
    workload_tag,
)
from meshx.istio.ports import CROSS_NETWORK_PORT, HBONE_PORT, READINESS_PORT
from meshx.networks.topology import Networks

HEALTH_CHECKERS = ("35.191.0.0/16", "130.211.0.0/22")
"""Google's health checkers (https://cloud.google.com/load-balancing/docs/health-checks#firewall_rules)."""


@dataclass(frozen=True)
class Member:
    """An instance, or a group, with what firewall rules match.

    ports: its workload's listening ports, and that for HBONE if its proxy listens there.
    """

    namespace: str
    workload: str
    network: str
    vpc: str
    ports: tuple[int, ...]
    grouped: bool = False


@dataclass(frozen=True)
class Rule:
    """One rule for TCP; ports: none means all. to_gateway: for outgoing traffic to the gateway's address; all others
    are for incoming traffic.

    A source matches a range or a tag; destination_ranges narrow the rule down. logical_name: in Pulumi's state. Tags
    are the present ones and those of earlier versions, which instances have until they are brought up to date: rules
    change first, and no call is lost in between.
    """

    name: str
    logical_name: str
    description: str
    vpc: str
    ports: tuple[int, ...] = ()
    target_tags: tuple[str, ...] = ()
    source_ranges: tuple[str, ...] = ()
    source_tags: tuple[str, ...] = ()
    destination_ranges: tuple[str, ...] = ()
    to_gateway: bool = False


def members(configuration: StackConfiguration) -> list[Member]:
    """All of a stack that firewalls go by."""
    found = [member(one) for one in (*configuration.machines, *configuration.groups)]
    return [one for one in found if one is not None]


def member(one: Machine | Group) -> Member | None:
    """A machine or a group, with what firewall rules match; None for a machine that is not an instance."""
    shape = one.shape if isinstance(one, Group) else one.gce.shape if one.gce else None
    if shape is None:
        return None
    return Member(
        namespace=one.workload.namespace,
        workload=one.workload.name,
        network=one.network,
        vpc=shape.vpc,
        ports=(
            *(port.listens_on for port in one.workload.listening),
            *((HBONE_PORT,) if one.workload.listening and one.workload.tunnel == "hbone" else ()),
        ),
        grouped=isinstance(one, Group),
    )


def firewall_rules(
    owner: Owner, networks: Networks, pods: str, control_ports: tuple[int, ...], members: Iterable[Member]
) -> Iterator[Rule]:
    """The rules of a stack. pods: the range of the pods' addresses; control_ports: the gateway's ports for the control
    plane.
    """
    rules = list(_rules(owner, networks, pods, control_ports, members))
    counted = Counter(rule.logical_name for rule in rules)
    for rule in rules:
        # Two that met never came into a state.
        yield rule if counted[rule.logical_name] == 1 else replace(rule, logical_name=rule.name)


def _rules(
    owner: Owner, networks: Networks, pods: str, control_ports: tuple[int, ...], members: Iterable[Member]
) -> Iterator[Rule]:
    placed: dict[tuple[str, str], list[Member]] = {}
    for member in members:
        placed.setdefault((member.network, member.vpc), []).append(member)
    for (network, vpc), here in placed.items():
        several = len({one for name, one in placed if name == network}) > 1
        names = _Names(owner, network, vpc, several)
        tags = (network_tag(owner, network), former_network_tag(owner, network))
        elsewhere = networks.is_elsewhere(network)
        yield Rule(
            *names.of("to-gateway"),
            f"Instances on {network} to the mesh's gateway: certificates and configuration"
            + (", and calls to the cluster's services" if elsewhere else ""),
            vpc,
            ports=(*control_ports, CROSS_NETWORK_PORT) if elsewhere else control_ports,
            target_tags=tags,
            to_gateway=True,
        )
        if not elsewhere:
            yield Rule(
                *names.of("to-pods"),
                f"Instances on {network} to pods, whichever services they call",
                vpc,
                source_tags=tags,
                destination_ranges=(pods,),
            )
        yield from _of_workloads(names, tags, pods, here)


@dataclass(frozen=True)
class _Names:
    """The names of the rules for one network in one VPC network; several: the network is in further ones."""

    owner: Owner
    network: str
    vpc: str
    several: bool

    def of(self, *what: str) -> tuple[str, str]:
        """The name in Google Cloud and the one in the state."""
        where = [self.network, self.vpc.rpartition("/")[2]] if self.several else [self.network]
        return cloud_name(self.owner, self.network, *what, self.vpc), readable_name(self.owner.name, *where, *what)


def _of_workloads(names: _Names, tags: tuple[str, ...], pods: str, members: list[Member]) -> Iterator[Rule]:
    seen: set[tuple[str, str]] = set()
    for member in members:
        name = (member.namespace, member.workload)
        if name in seen:
            continue
        seen.add(name)
        targets = (workload_tag(names.owner, *name), former_workload_tag(names.owner, *name))
        if member.ports:
            yield Rule(
                *names.of("to", *name),
                f"Pods, and instances on {names.network}, to the instances of {'/'.join(name)}",
                member.vpc,
                ports=tuple(sorted(member.ports)),
                target_tags=targets,
                source_ranges=(pods,),
                source_tags=tags,
            )
        if member.grouped:
            yield Rule(
                *names.of("health", *name),
                f"Google's health checkers to the instances of {'/'.join(name)}: one that is not ready is made anew",
                member.vpc,
                ports=(READINESS_PORT,),
                target_tags=targets,
                source_ranges=HEALTH_CHECKERS,
            )
