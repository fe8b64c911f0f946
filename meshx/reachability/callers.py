"""Who calls: pods, and machines, grouped by what makes a difference to their calls.

The instances of a group are machines, too. Nobody knows their names, so the group stands for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from meshx.config.resolved import Group, Machine
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.exposure.plan import ExposurePlan
from meshx.istio.uncaptured import NOTHING_UNCAPTURED, Uncaptured
from meshx.reachability.places import Place, machines_on, place_of, which_on_network

PODS = "pods with a sidecar"
BARE_PODS = "pods without a sidecar"
AMBIENT_PODS = "pods in ambient mode"
Names = tuple[tuple[str, str], ...]
"""Names with their addresses, in order."""


@dataclass(frozen=True)
class Caller:
    """Callers whose calls take the same routes.

    has_proxy: whether a proxy captures their connections. hosts: addresses by name, from their hosts file. looked_up:
    addresses of exposed names that their proxies answer with and capture, without a line in the hosts file. machines:
    their names in the configuration. workloads: the machines' workloads, as `<namespace>/<name>`. groups: the groups
    whose instances are among them (group_label). All three are empty for pods. root_bypasses_proxy: whether root's
    traffic there bypasses the proxy. revoked: whether the mesh refuses them. uncaptured: their calls that stay out of
    the mesh. by_node: whether the proxy of their node has their connections.
    """

    label: str
    place: Place
    has_proxy: bool = True
    hosts: Mapping[str, str] = field(default_factory=dict[str, str])
    looked_up: Mapping[str, str] = field(default_factory=dict[str, str])
    machines: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    root_bypasses_proxy: bool = False
    revoked: bool = False
    uncaptured: Uncaptured = NOTHING_UNCAPTURED
    by_node: bool = False

    @property
    def network(self) -> str:
        """The network that they are on."""
        return self.place.network

    @property
    def is_pods(self) -> bool:
        """Whether they are pods, and not machines."""
        return not self.machines and not self.groups

    @property
    def captures_loopback(self) -> bool:
        """Whether the proxy also captures connections to loopback addresses: it does if an exposed name has one."""
        return any(is_loopback(address) for address in (*self.hosts.values(), *self.looked_up.values()))


def callers(
    machines: Sequence[Machine],
    groups: Sequence[Group],
    own: str,
    exposure: ExposurePlan,
    *,
    root_bypasses_proxy: bool = False,
    pods: tuple[int, ...] = (),
    uncaptured: Callable[[Uncaptured], Uncaptured] = lambda own: own,
    ambient: bool = False,
) -> tuple[Caller, ...]:
    """The callers of a stack: pods with and without a sidecar, then machines by their place, the names that they know,
    and which of their calls stay out of the mesh.

    own: the cluster's network. pods: the families of its pods' addresses. root_bypasses_proxy: whether machines'
    proxies do not capture root's traffic. uncaptured: what stays out, of what a machine's keys say. ambient: whether
    pods may be in ambient mode.
    """
    alike: dict[tuple[Place, Names, Names, Uncaptured], list[Machine | Group]] = {}
    for one in (*machines, *groups):
        hosts = exposure.names_of(one.name) if isinstance(one, Machine) else {}
        looked_up = exposure.looked_up_by(one.name) if isinstance(one, Group) else {}
        keys = one.uncaptured if isinstance(one, Machine) else one.workload.uncaptured
        out = replace(uncaptured(keys), inbound_ports=())
        alike.setdefault((place_of(one), _sorted(hosts), _sorted(looked_up), out), []).append(one)
    places = [place for place, *_ in alike]
    known = Counter(place for place, *_ in dict.fromkeys((place, hosts, up) for place, hosts, up, _ in alike))
    differing = Counter(place for place, _ in dict.fromkeys((place, out) for place, *_, out in alike))
    return (
        Caller(PODS, Place(own, families=pods)),
        Caller(BARE_PODS, Place(own, families=pods), has_proxy=False),
        *([Caller(AMBIENT_PODS, Place(own, families=pods), has_proxy=False, by_node=True)] if ambient else []),
        *(
            Caller(
                label=machines_on(place.network)
                + which_on_network(place, places)
                + (_that_know(hosts, looked_up) if known[place] > 1 else "")
                + (_that_leave_out(out) if differing[place] > 1 else ""),
                place=place,
                hosts=dict(hosts),
                looked_up=dict(looked_up),
                machines=tuple(one.name for one in those if isinstance(one, Machine)),
                workloads=tuple(
                    dict.fromkeys(workload_label(one.workload) for one in those if isinstance(one, Machine))
                ),
                groups=tuple(group_label(one.workload) for one in those if isinstance(one, Group)),
                root_bypasses_proxy=root_bypasses_proxy,
                uncaptured=out,
            )
            for (place, hosts, looked_up, out), those in sorted(
                alike.items(), key=lambda item: (item[0][0].network != own, *item[0][:3], item[0][3].words)
            )
        ),
    )


def revoked_callers(machines: Sequence[Machine]) -> tuple[Caller, ...]:
    """The machines that the mesh refuses, as one caller by network."""
    by_place: dict[Place, list[Machine]] = {}
    for machine in machines:
        by_place.setdefault(place_of(machine), []).append(machine)
    return tuple(
        Caller(
            label=f"revoked {machines_on(place.network)}" + which_on_network(place, by_place),
            place=place,
            machines=tuple(one.name for one in those),
            workloads=tuple(dict.fromkeys(workload_label(one.workload) for one in those)),
            revoked=True,
        )
        for place, those in sorted(by_place.items())
    )


def is_address(text: str) -> bool:
    """Whether this is an IP address, and not words that describe one."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(address: str) -> bool:
    """Whether this is a loopback address; False for words that describe an address."""
    return is_address(address) and ip_address(address).is_loopback


def workload_label(workload: WorkloadConfiguration) -> str:
    """A workload's name in a table."""
    return f"{workload.namespace}/{workload.name}"


def group_label(workload: WorkloadConfiguration) -> str:
    """The label of the instances of a workload's group, whose names nobody knows."""
    return f"the group of {workload_label(workload)}"


def _sorted(names: Mapping[str, str]) -> Names:
    return tuple(sorted(names.items()))


def _that_know(hosts: Names, looked_up: Names) -> str:
    known = ", ".join(name for name, _ in hosts or looked_up)
    return f" whose proxies know {known}" if looked_up else f" that know {known or 'no exposed name'}"


def _that_leave_out(calls: Uncaptured) -> str:
    return f" that keep {calls.words or 'nothing'} out of the mesh"
