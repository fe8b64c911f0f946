"""What goes past a machine's proxy, and what istio-iptables captures whatever else is said.

Sources: istio/tools/istio-iptables/pkg/capture/run.go (1.20 and later), istio/tools/packaging/common/istio-iptables.sh
(1.1 to 1.4). Both let ports past first, then ranges, and then capture what is included.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeVar

ALLOCATED = (IPv4Network("240.240.0.0/16"), IPv6Network("2001:2::/48"))
"""What istiod gives ServiceEntries without an address (istio/pilot/pkg/features/pilot.go,
PILOT_IP_AUTOALLOCATE_IPV4_PREFIX and PILOT_IP_AUTOALLOCATE_IPV6_PREFIX; before 1.25 the same ranges)."""
Part = TypeVar("Part")
LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))


@dataclass(frozen=True)
class Uncaptured:
    """What stays out of the mesh.

    outbound_ports, inbound_ports: ports of calls by the machine, and to it. outbound_ranges: the destinations of its
    calls, as CIDR. only_ranges: the only destinations, beside the mesh's own, that its proxy captures; () for all.
    mesh_ranges: these, where they matter.
    """

    outbound_ports: tuple[int, ...] = ()
    outbound_ranges: tuple[str, ...] = ()
    inbound_ports: tuple[int, ...] = ()
    only_ranges: tuple[str, ...] = ()
    mesh_ranges: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The machine's own calls that stay out; "" for none."""
        ports = ", ".join(f"port {port}" for port in self.outbound_ports)
        only = f"all but the mesh and {', '.join(self.only_ranges)}" if self.only_ranges else ""
        return ", ".join(filter(None, (ports, *self.outbound_ranges, only)))

    def beside(self, other: Uncaptured) -> Uncaptured:
        """What stays out by both."""
        return Uncaptured(
            outbound_ports=_both(self.outbound_ports, other.outbound_ports),
            outbound_ranges=_both(self.outbound_ranges, other.outbound_ranges),
            inbound_ports=_both(self.inbound_ports, other.inbound_ports),
            only_ranges=_both(self.only_ranges, other.only_ranges),
        )

    def lets_past(self, address: str, port: int) -> bool:
        """Whether the machine's calls to an address go past its proxy."""
        within = any(is_within(address, one) for one in (*self.mesh_ranges, *self.only_ranges))
        out = any(is_within(address, one) for one in self.outbound_ranges)
        return port in self.outbound_ports or out or bool(self.only_ranges and not within)


NOTHING_UNCAPTURED = Uncaptured()


def _both(one: tuple[Part, ...], other: tuple[Part, ...]) -> tuple[Part, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def is_within(address: str, addresses: str) -> bool:
    """Whether an address lies in a range; both may be of any family."""
    return ip_address(address) in ip_network(addresses, strict=False)


def is_part(small: IPv4Network | IPv6Network, large: IPv4Network | IPv6Network) -> bool:
    """Whether a range lies in another one, or is the same."""
    return small.version == large.version and small.subnet_of(large)  # pyright: ignore[reportArgumentType]


def overlap(one: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    """Whether two ranges have an address in common."""
    return one.version == other.version and one.overlaps(other)  # pyright: ignore[reportArgumentType]


def mesh_ranges(services: str) -> tuple[str, ...]:
    """What names of the mesh lead to with Istio 1.20 and later, on a machine that knows no `.global` name.

    services: the ranges of the cluster's services, separated by commas.
    """
    return (*services.split(","), *map(str, ALLOCATED))
