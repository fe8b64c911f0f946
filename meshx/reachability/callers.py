"""Who calls: pods, and machines by what makes a difference to their calls, however many they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import ip_address

from meshx.config.machine import Machine
from meshx.exposure.plan import ExposurePlan

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

    network: "" for the cluster's without a name. hosts: names that their hosts file leads to an address.
    machines: their names in the configuration, none for pods. workloads: of these, as `<namespace>/<name>`.
    """

    label: str
    network: str
    asks: Asks
    hosts: Mapping[str, str] = field(default_factory=dict[str, str])
    machines: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()

    @property
    def has_proxy(self) -> bool:
        """Whether a proxy takes their connections."""
        return self.asks is not Asks.CLUSTER

    @property
    def captures_loopback(self) -> bool:
        """Whether connections to loopback addresses are taken, too: where a hosts line leads to one."""
        return any(is_loopback(address) for address in self.hosts.values())


def callers(machines: Sequence[Machine], own: str, exposure: ExposurePlan) -> tuple[Caller, ...]:
    """The callers of a stack: pods with and without a sidecar, then machines by network and the names they know.

    own: the cluster's network.
    """
    groups: dict[tuple[str, tuple[tuple[str, str], ...]], list[Machine]] = {}
    for machine in machines:
        hosts = tuple(sorted(exposure.names_of(machine.name).items()))
        groups.setdefault((machine.network or own, hosts), []).append(machine)
    networks = [network for network, _ in groups]
    return (
        Caller(PODS, own, Asks.PODS),
        Caller(BARE_PODS, own, Asks.CLUSTER),
        *(
            Caller(
                label=_label(network, own, [name for name, _ in hosts] if networks.count(network) > 1 else None),
                network=network,
                asks=Asks.PROXY,
                hosts=dict(hosts),
                machines=tuple(machine.name for machine in group),
                workloads=tuple(dict.fromkeys(f"{one.workload.namespace}/{one.workload.name}" for one in group)),
            )
            for (network, hosts), group in sorted(groups.items(), key=lambda item: (item[0][0] != own, item[0]))
        ),
    )


def is_loopback(address: str) -> bool:
    """Whether this is a loopback address; words for an address are none."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def machines_on(network: str) -> str:
    """What the machines of a network are called, "" for the cluster's without a name."""
    return f"machines on {network}" if network else "machines on the cluster's network"


def _label(network: str, own: str, names: Sequence[str] | None) -> str:
    """names: the exposed names that they know, where others on the network know others."""
    place = machines_on(network or own)
    if names is None:
        return place
    return f"{place} that know {', '.join(names)}" if names else f"{place} that know no exposed name"
