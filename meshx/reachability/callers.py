"""Who calls: pods, and machines by what makes a difference to their calls, however many they are.

The instances of a group are machines, too: of names that nobody knows, so the group stands for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from meshx.config.resolved import Group, Machine
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.exposure.plan import ExposurePlan
from meshx.reachability.places import Place, machines_on, place_of, which_on_network

PODS = "pods with a sidecar"
BARE_PODS = "pods without a sidecar"


@dataclass(frozen=True)
class Caller:
    """Those who call alike.

    has_proxy: whether a proxy takes their connections. hosts: names that their hosts file leads to an address.
    machines: their names in the configuration. workloads: of these, as `<namespace>/<name>`. groups: those whose
    instances are among them (group_label). All three are empty for pods. root_goes_past: whether what root sends there
    goes past the proxy.
    """

    label: str
    place: Place
    has_proxy: bool = True
    hosts: Mapping[str, str] = field(default_factory=dict[str, str])
    machines: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    root_goes_past: bool = False

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
    alike: dict[tuple[Place, tuple[tuple[str, str], ...]], list[Machine | Group]] = {}
    for one in (*machines, *groups):
        # Exposed services are told to machines by their names, which the instances of a group have not.
        hosts = exposure.names_of(one.name) if isinstance(one, Machine) else {}
        alike.setdefault((place_of(one), tuple(sorted(hosts.items()))), []).append(one)
    places = [place for place, _ in alike]
    return (
        Caller(PODS, Place(own)),
        Caller(BARE_PODS, Place(own), has_proxy=False),
        *(
            Caller(
                label=machines_on(place.network)
                + which_on_network(place, places)
                + (_that_know([name for name, _ in hosts]) if places.count(place) > 1 else ""),
                place=place,
                hosts=dict(hosts),
                machines=tuple(one.name for one in those if isinstance(one, Machine)),
                workloads=tuple(
                    dict.fromkeys(workload_label(one.workload) for one in those if isinstance(one, Machine))
                ),
                groups=tuple(group_label(one.workload) for one in those if isinstance(one, Group)),
                root_goes_past=root_goes_past,
            )
            for (place, hosts), those in sorted(alike.items(), key=lambda item: (item[0][0].network != own, item[0]))
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


def _that_know(names: Sequence[str]) -> str:
    return f" that know {', '.join(names) or 'no exposed name'}"
