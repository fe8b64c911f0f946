"""The way that a connection takes from a caller to what it calls, and where it ends, or why it does not.

In the order in which it happens: the name leads to an address, the connection is captured or not, the proxy chooses by
name or address, and sends to endpoints by their networks, by mutual TLS or in plain.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from meshx.networks.obstacles import Obstacle, from_outside, into_cluster
from meshx.networks.topology import Networks
from meshx.networks.ways import Tls, Way, way
from meshx.reachability.callers import Caller, is_loopback
from meshx.reachability.destinations import Destination, Endpoint, Known
from meshx.reachability.firewalls import Firewalls
from meshx.reachability.name_resolution import NameServers, leads_to
from meshx.reachability.reasons import (
    closed_gateway,
    no_address,
    no_certificate,
    no_machine,
    no_mutual_tls,
    not_captured,
)

GATEWAY = "the gateway"


@dataclass(frozen=True)
class Leg:
    """How calls are sent to one endpoint of what is called."""

    endpoint: Endpoint
    way: Way
    tls: Tls


@dataclass(frozen=True)
class Connection:
    """What becomes of a call.

    address: what the name leads to, "" for nothing. captured: whether the caller's proxy takes it. listener: by what
    the proxy chooses, "" without one. legs: to which endpoints calls are sent, and how. obstacle: why it ends
    nowhere, None where it is answered.
    """

    caller: Caller
    destination: Destination
    address: str
    captured: bool = False
    listener: str = ""
    legs: tuple[Leg, ...] = ()
    obstacle: Obstacle | None = None

    @property
    def identities(self) -> tuple[str, ...]:
        """The identities that the caller's proxy demands of the other side, where it is said which."""
        return tuple(dict.fromkeys(one for leg in self.legs for one in leg.endpoint.identities or ()))

    @property
    def key(self) -> str:
        """Who calls what, the same from run to run."""
        return f"{self.caller.label} -> {self.destination.title}{self.destination.where}"


@dataclass(frozen=True)
class Surroundings:
    """What holds for all connections of a stack.

    direct_tls: how proxies send to an endpoint's own address, None for mutual TLS wherever it answers that (automatic
    mutual TLS). strict: the setting that has machines take nothing but mutual TLS, "" where they take calls in plain as
    well.
    """

    networks: Networks
    servers: NameServers
    firewalls: Firewalls = field(default_factory=Firewalls)
    direct_tls: Tls | None = None
    strict: str = ""


def connection(caller: Caller, destination: Destination, around: Surroundings) -> Connection:
    """What becomes of a caller's connections to a destination."""
    servers = around.servers
    if destination.known is Known.CONTROL_PLANE:
        # The agent's own connections, which its user's packet rules let pass; the gateway passes the TLS on.
        legs = tuple(Leg(one, Way.GATEWAY, Tls.SERVER) for one in destination.endpoints)
        return Connection(caller, destination, GATEWAY, legs=legs)
    address = leads_to(caller, destination, servers)
    if destination.known is Known.NOTHING or not address:
        far = around.networks.is_elsewhere(caller.network)
        return Connection(caller, destination, "", obstacle=no_address(caller, destination, servers, far=far))
    if not caller.has_proxy and destination.known is Known.ADDRESS:
        legs, obstacle = _sent_in_plain(caller, destination, around)
        return Connection(caller, destination, address, legs=legs, obstacle=obstacle)
    if not is_captured(caller, address):
        return Connection(caller, destination, address, obstacle=not_captured(caller, destination, address))
    port = destination.port or "<port>"
    listener = f"0.0.0.0:{port}, by name" if destination.by_name else f"{address}:{port}"
    called = _called(caller, destination, address, around.networks)
    legs, obstacle = _sent(caller, called, around)
    return Connection(caller, destination, address, True, listener, legs, obstacle)


def is_captured(caller: Caller, address: str) -> bool:
    """Whether a caller's proxy takes connections to an address.

    What goes over `lo` is not taken unless a loopback range is named (istio/tools/istio-iptables/pkg/capture/run.go,
    HasLoopBackIP), which meshx does where a hosts line leads there (meshx/join/cluster_env.py).
    """
    return caller.has_proxy and (caller.captures_loopback or not is_loopback(address))


def _called(caller: Caller, destination: Destination, address: str, networks: Networks) -> Destination:
    """The destination itself, or what stands in its place on the cluster's network.

    By name that is a VirtualService's doing, by address it is the service's own address
    (meshx/components/istiod/exposed_service.py).
    """
    near = destination.near
    if near is None or networks.is_elsewhere(caller.network):
        return destination
    return near if destination.by_name or address == near.address else destination


def _sent(caller: Caller, called: Destination, around: Surroundings) -> tuple[tuple[Leg, ...], Obstacle | None]:
    """To which endpoints a proxy sends, and what is in the way of one of them, or of all.

    Source: istio/pilot/pkg/xds/endpoints/ep_filters.go, EndpointsByNetworkFilter: endpoints behind a gateway that
    answer no mutual TLS are left out; so they are by the gateway itself (pilot/pkg/networking/core/gateway.go,
    builtAutoPassthroughFilterChains).
    """
    networks = around.networks
    if called.through_gateway and not networks.gateway_passes:
        return (), closed_gateway(caller)
    if not called.endpoints:
        return (), no_machine(caller, called)
    legs = [_leg(caller, called, one, around) for one in called.endpoints]
    taken = tuple(leg for leg in legs if leg.way is Way.DIRECT or leg.endpoint.mutual_tls)
    if not taken:
        return (), no_mutual_tls(caller, called, by_gateway=True)
    for leg in taken:
        if leg.way is Way.DIRECT and leg.tls is Tls.MUTUAL and not leg.endpoint.mutual_tls:
            return taken, no_mutual_tls(caller, called, by_gateway=False)
        if leg.way is Way.DIRECT and (obstacle := _in_between(caller, leg.endpoint, around)) is not None:
            return taken, obstacle
    return taken, None


def _sent_in_plain(
    caller: Caller, called: Destination, around: Surroundings
) -> tuple[tuple[Leg, ...], Obstacle | None]:
    """To which endpoints calls of those who have no proxy go, by an address."""
    if not called.endpoints:
        return (), no_machine(caller, called)
    legs = tuple(Leg(one, Way.DIRECT, Tls.PLAIN) for one in called.endpoints)
    if around.strict:
        return legs, no_certificate(caller, around.strict)
    found = (_in_between(caller, one, around) for one in called.endpoints)
    return legs, next((one for one in found if one is not None), None)


def _leg(caller: Caller, called: Destination, endpoint: Endpoint, around: Surroundings) -> Leg:
    if called.through_gateway or way(caller.network, endpoint.network, around.networks.gateways) is Way.GATEWAY:
        return Leg(endpoint, Way.GATEWAY, Tls.MUTUAL)
    by_endpoint = Tls.MUTUAL if endpoint.mutual_tls else Tls.PLAIN
    return Leg(endpoint, Way.DIRECT, around.direct_tls or by_endpoint)


def _in_between(caller: Caller, endpoint: Endpoint, around: Surroundings) -> Obstacle | None:
    """What keeps a caller's packets from an endpoint's own address: separation of networks, and firewalls."""
    if caller.network != endpoint.network and (obstacle := _apart(caller, endpoint, around.networks)) is not None:
        return obstacle
    return around.firewalls.obstacle(caller, endpoint.instances) if endpoint.instances else None


def _apart(caller: Caller, endpoint: Endpoint, networks: Networks) -> Obstacle | None:
    if not networks.is_elsewhere(endpoint.network):
        return into_cluster(networks, caller.label, caller.network)
    addresses = ", ".join(address for _, address in endpoint.addresses[:3]) or "its instances' addresses"
    return from_outside(networks, endpoint.label, endpoint.network, addresses)
