"""Who calls: pods, and machines by what makes a difference to their calls, however many they are.

The instances of a group are machines, too: of names that nobody knows, so the group stands for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import ip_address

from meshx.config.machine import Group, Machine
from meshx.config.workload import WorkloadConfiguration
from meshx.exposure.plan import ExposurePlan
from meshx.gce.firewall_rules import member

PODS = "pods with a sidecar"
BARE_PODS = "pods without a sidecar"


class Asks(Enum):
    """Who answers a caller's questions for names. Without a proxy nobody of the mesh takes its connections either."""

    PROXY = "its proxy"
    PODS = "its proxy, where the mesh says so for pods"
    CLUSTER = "the cluster's DNS; it has no proxy"


@dataclass(frozen=True)
class Caller:
    """Those who call alike.

    network: "" for the cluster's without a name. vpc: the VPC network of instances, "" for all others. hosts: names
    that their hosts file leads to an address. machines: their names in the configuration. workloads: of these, as
    `<namespace>/<name>`. groups: those whose instances are among them (group_label). All three are empty for pods.
    root_goes_past: whether what root sends there goes past the proxy.
    """

    label: str
    network: str
    asks: Asks
    hosts: Mapping[str, str] = field(default_factory=dict[str, str])
    vpc: str = ""
    machines: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    root_goes_past: bool = False

    @property
    def is_pods(self) -> bool:
        """Whether they are pods, and not machines."""
        return not self.machines and not self.groups

    @property
    def has_proxy(self) -> bool:
        """Whether a proxy takes their connections."""
        return self.asks is not Asks.CLUSTER

    @property
    def captures_loopback(self) -> bool:
        """Whether connections to loopback addresses are taken, too: where a hosts line leads to one."""
        return any(is_loopback(address) for address in self.hosts.values())


def callers(
    machines: Sequence[Machine],
    groups: Sequence[Group],
    own: str,
    exposure: ExposurePlan,
    *,
    root_goes_past: bool = False,
) -> tuple[Caller, ...]:
    """The callers of a stack: pods with and without a sidecar, then machines by where they are and the names they know.

    own: the cluster's network. root_goes_past: whether machines' proxies do not take what root sends.
    """
    alike: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[Machine | Group]] = {}
    for one in (*machines, *groups):
        # Exposed services are told to machines by their names, which the instances of a group have not.
        known = exposure.names_of(one.name) if isinstance(one, Machine) else {}
        instances = member(one, own)
        key = (one.network or own, instances.vpc if instances else "", tuple(sorted(known.items())))
        alike.setdefault(key, []).append(one)
    networks = [network for network, _ in dict.fromkeys((network, vpc) for network, vpc, _ in alike)]
    places = [(network, vpc) for network, vpc, _ in alike]
    return (
        Caller(PODS, own, Asks.PODS),
        Caller(BARE_PODS, own, Asks.CLUSTER),
        *(
            Caller(
                label=machines_on(network)
                + (in_vpc(vpc) if networks.count(network) > 1 else "")
                + (_that_know([name for name, _ in hosts]) if places.count((network, vpc)) > 1 else ""),
                network=network,
                vpc=vpc,
                asks=Asks.PROXY,
                hosts=dict(hosts),
                machines=tuple(one.name for one in those if isinstance(one, Machine)),
                workloads=tuple(
                    dict.fromkeys(workload_label(one.workload) for one in those if isinstance(one, Machine))
                ),
                groups=tuple(group_label(one.workload) for one in those if isinstance(one, Group)),
                root_goes_past=root_goes_past,
            )
            for (network, vpc, hosts), those in sorted(alike.items(), key=lambda item: (item[0][0] != own, item[0]))
        ),
    )


def is_loopback(address: str) -> bool:
    """Whether this is a loopback address; words for an address are none."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def workload_label(workload: WorkloadConfiguration) -> str:
    """What a workload is called in a table."""
    return f"{workload.namespace}/{workload.name}"


def group_label(workload: WorkloadConfiguration) -> str:
    """What the instances of a workload's group are called, who have no names that anybody knows."""
    return f"the group of {workload_label(workload)}"


def machines_on(network: str) -> str:
    """What the machines of a network are called, "" for the cluster's without a name."""
    return f"machines on {network}" if network else "machines on the cluster's network"


def in_vpc(vpc: str) -> str:
    """Which of a network's machines, where not all of them are instances in one VPC network; "" for no instances."""
    return f" in VPC network {vpc}" if vpc else " in no VPC network of the stack"


def _that_know(names: Sequence[str]) -> str:
    return f" that know {', '.join(names) or 'no exposed name'}"
