"""The route of a connection from a caller to its destination, and where it ends, or why it fails.

In order: the caller resolves the name, the proxy captures the connection or not, chooses a listener by name or address,
and sends to endpoints by their networks, with mutual TLS or in plain text.
"""

from __future__ import annotations

from dataclasses import dataclass

from meshx.networks.obstacles import Obstacle, from_outside, into_cluster
from meshx.networks.routes import Route, Tls, route
from meshx.networks.topology import Networks
from meshx.reachability.callers import Caller, is_loopback
from meshx.reachability.destinations import Destination, Endpoint, NameSource
from meshx.reachability.firewalls import Firewalls
from meshx.reachability.name_resolution import NameServers, resolved_address
from meshx.reachability.reasons import (
    closed_gateway,
    no_address,
    no_certificate,
    no_machine,
    no_mutual_tls,
    not_captured,
    refused,
)

GATEWAY = "the gateway"


@dataclass(frozen=True)
class Leg:
    """How a proxy sends calls to one endpoint of the destination."""

    endpoint: Endpoint
    route: Route
    tls: Tls


@dataclass(frozen=True)
class Connection:
    """The course of a call.

    address: what the name resolves to, "" for nothing. captured: whether the caller's proxy captures it. listener: the
    proxy's listener, "" without one. legs: the endpoints that get calls, and how. obstacle: why the call fails, None if
    it is answered.
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
        """The identities that the caller's proxy requires of the other side, if known."""
        return tuple(dict.fromkeys(one for leg in self.legs for one in leg.endpoint.identities or ()))

    @property
    def awaited_texts(self) -> tuple[str, ...]:
        """The settings that decide where it ends: the name's address, and the endpoints' own."""
        return (self.address, *(address for leg in self.legs for _, address in leg.endpoint.addresses))

    @property
    def key(self) -> str:
        """The pair of caller and destination, stable from run to run."""
        return f"{self.caller.label} -> {self.destination.title}{self.destination.where}"


@dataclass(frozen=True)
class RoutingContext:
    """What is the same for all connections of a stack.

    direct_tls: how proxies send to an endpoint's own address, None for mutual TLS wherever it answers that (automatic
    mutual TLS). strict: the setting that makes machines require mutual TLS, "" if they also accept plain text.
    """

    networks: Networks
    servers: NameServers
    firewalls: Firewalls
    direct_tls: Tls | None = None
    strict: str = ""


def connection(caller: Caller, destination: Destination, context: RoutingContext) -> Connection:
    """The course of a caller's connections to a destination."""
    servers = context.servers
    if destination.name_source is NameSource.CONTROL_PLANE:
        # The agent's own connections: the packet rules exempt its user, and the gateway passes the TLS through.
        legs = tuple(Leg(one, Route.GATEWAY, Tls.SERVER) for one in destination.endpoints)
        return Connection(caller, destination, GATEWAY, legs=legs)
    if caller.revoked and all(one.mutual_tls for one in destination.endpoints):
        return Connection(caller, destination, "", obstacle=refused(caller))
    address = resolved_address(caller, destination, servers)
    if destination.name_source is NameSource.NOTHING or not address:
        far = context.networks.is_elsewhere(caller.network)
        return Connection(caller, destination, "", obstacle=no_address(caller, destination, servers, far=far))
    if not caller.has_proxy and destination.name_source is NameSource.ADDRESS:
        legs, obstacle = _sent_in_plain(caller, destination, context)
        return Connection(caller, destination, address, legs=legs, obstacle=obstacle)
    if not is_captured(caller, address):
        return Connection(caller, destination, address, obstacle=not_captured(caller, destination, address))
    port = destination.port or "<port>"
    listener = f"0.0.0.0:{port}, by name" if destination.by_name else f"{address}:{port}"
    called = _called(caller, destination, address, context.networks)
    legs, obstacle = _sent(caller, called, context)
    return Connection(caller, destination, address, True, listener, legs, obstacle)


def is_captured(caller: Caller, address: str) -> bool:
    """Whether a caller's proxy captures connections to an address.

    The proxy captures no traffic over `lo` unless the settings name a loopback range
    (istio/tools/istio-iptables/pkg/capture/run.go, HasLoopBackIP). meshx names one if a hosts line has a loopback
    address (meshx/join/cluster_env.py).
    """
    return caller.has_proxy and (caller.captures_loopback or not is_loopback(address))


def _called(caller: Caller, destination: Destination, address: str, networks: Networks) -> Destination:
    """The destination itself, or its substitute on the cluster's network.

    By name a VirtualService substitutes it, and by address where groups need that; else the service's own address does
    (meshx/components/istiod/exposed_service.py).
    """
    near = destination.near
    if near is None or networks.is_elsewhere(caller.network):
        return destination
    substituted = destination.by_name or destination.near_by_address or address == near.address
    return near if substituted else destination


def _sent(caller: Caller, called: Destination, context: RoutingContext) -> tuple[tuple[Leg, ...], Obstacle | None]:
    """The endpoints that a proxy sends to, and the obstacle to one of them, or to all.

    Source: istio/pilot/pkg/xds/endpoints/ep_filters.go, EndpointsByNetworkFilter: it leaves out endpoints behind a
    gateway that answer no mutual TLS; so does the gateway itself (pilot/pkg/networking/core/gateway.go,
    builtAutoPassthroughFilterChains).
    """
    networks = context.networks
    if called.through_gateway and not networks.gateway_passes:
        return (), closed_gateway(caller)
    if not called.endpoints:
        return (), no_machine(caller, called)
    legs = [_leg(caller, called, one, context) for one in called.endpoints]
    taken = tuple(leg for leg in legs if leg.route is Route.DIRECT or leg.endpoint.mutual_tls)
    if not taken:
        return (), no_mutual_tls(caller, called, by_gateway=True)
    for leg in taken:
        if leg.route is Route.DIRECT and leg.tls is Tls.MUTUAL and not leg.endpoint.mutual_tls:
            return taken, no_mutual_tls(caller, called, by_gateway=False)
        if leg.route is Route.DIRECT and (obstacle := _in_between(caller, leg.endpoint, context)) is not None:
            return taken, obstacle
    return taken, None


def _sent_in_plain(
    caller: Caller, called: Destination, context: RoutingContext
) -> tuple[tuple[Leg, ...], Obstacle | None]:
    """The endpoints that callers without a proxy reach by address."""
    if not called.endpoints:
        return (), no_machine(caller, called)
    legs = tuple(Leg(one, Route.DIRECT, Tls.PLAIN) for one in called.endpoints)
    if context.strict:
        return legs, no_certificate(caller, context.strict)
    found = (_in_between(caller, one, context) for one in called.endpoints)
    return legs, next((one for one in found if one is not None), None)


def _leg(caller: Caller, called: Destination, endpoint: Endpoint, context: RoutingContext) -> Leg:
    if called.through_gateway or route(caller.network, endpoint.network, context.networks.gateways) is Route.GATEWAY:
        return Leg(endpoint, Route.GATEWAY, Tls.MUTUAL)
    by_endpoint = Tls.MUTUAL if endpoint.mutual_tls else Tls.PLAIN
    return Leg(endpoint, Route.DIRECT, context.direct_tls or by_endpoint)


def _in_between(caller: Caller, endpoint: Endpoint, context: RoutingContext) -> Obstacle | None:
    """What blocks a caller's packets to an endpoint's own address: separate networks, and firewalls."""
    if caller.network != endpoint.network and (obstacle := _apart(caller, endpoint, context.networks)) is not None:
        return obstacle
    return context.firewalls.obstacle(caller, endpoint.instances) if endpoint.instances else None


def _apart(caller: Caller, endpoint: Endpoint, networks: Networks) -> Obstacle | None:
    if not networks.is_elsewhere(endpoint.network):
        return into_cluster(networks, caller.label, caller.network)
    addresses = ", ".join(address for _, address in endpoint.addresses[:3]) or "its instances' addresses"
    return from_outside(networks, endpoint.label, endpoint.network, addresses)
