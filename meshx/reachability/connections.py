"""The route of a connection from a caller to its destination, and where it ends, or why it fails.

In order: the caller resolves the name, the proxy captures the connection or not, chooses a listener by name or address,
and sends to endpoints by their networks, with mutual TLS or in plain text. What stays out of the mesh goes to the
address itself, in plain text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from meshx.config.values.addresses import families
from meshx.networks.obstacles import Obstacle, from_outside, into_cluster
from meshx.networks.routes import Route, Tls, route
from meshx.networks.topology import Networks
from meshx.reachability.ambient_calls import sent_by_node
from meshx.reachability.callers import Caller, is_address, is_loopback
from meshx.reachability.destinations import Destination, Endpoint, NameSource, counted
from meshx.reachability.firewalls import Firewalls
from meshx.reachability.legs import Leg
from meshx.reachability.name_resolution import NameServers, resolved_address
from meshx.reachability.places import meet
from meshx.reachability.reasons import (
    closed_gateway,
    no_address,
    no_certificate,
    no_common_family,
    no_machine,
    no_mutual_tls,
    not_captured,
    past_gateway,
    refused,
)

GATEWAY = "the gateway"
PASSED_ON = "none: it is passed on to its address, in plain"
BY_NODE = "the node's proxy"


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
    if caller.by_node:
        legs, obstacle = sent_by_node(
            caller, destination, context.strict, lambda endpoint: _in_between(caller, endpoint, context)
        )
        return Connection(caller, destination, address, True, BY_NODE, legs, obstacle)
    if destination.name_source is NameSource.ADDRESS:
        called = called_past_proxy(caller, destination)
        captured = _passes_on(caller, called)
        legs, obstacle = _sent_in_plain(caller, called, context)
        return Connection(caller, destination, address, captured, PASSED_ON if captured else "", legs, obstacle)
    return _by_proxy(caller, destination, address, context)


def _by_proxy(caller: Caller, destination: Destination, address: str, context: RoutingContext) -> Connection:
    """The course of a call that works by the caller's own proxy alone."""
    obstacle = _other_family(caller, destination, address)
    if obstacle is None and not is_captured(caller, address, destination.port):
        obstacle = not_captured(caller, destination, address)
    if obstacle is not None:
        return Connection(caller, destination, address, obstacle=obstacle)
    port = destination.port or "<port>"
    listener = f"0.0.0.0:{port}, by name" if destination.by_name else f"{address}:{port}"
    called = _called(caller, destination, address, context.networks)
    legs, obstacle = _sent(caller, called, context)
    return Connection(caller, destination, address, True, listener, legs, obstacle)


def _other_family(caller: Caller, destination: Destination, address: str) -> Obstacle | None:
    """What keeps a caller from an address of a family that it has none of; its proxy listens by its own alone.

    istiod tells proxies a Service's addresses of their own families alone (istio/pilot/pkg/model/service.go,
    getAllAddressesForProxy, from 1.30 on; before that, addresses to which such a machine has no route).
    """
    by_service = destination.name_source is NameSource.SERVICE and destination.host not in caller.hosts
    found = destination.families if by_service else families([address])
    if meet(caller.place.families, found):
        return None
    return no_common_family(caller, destination.host, found)


def is_captured(caller: Caller, address: str, port: int) -> bool:
    """Whether a caller's proxy captures connections to an address, or to words for one, which is the mesh's own.

    What stays out by its port goes past before anything else. The proxy captures no traffic over `lo` unless the
    settings name a loopback range (istio/tools/istio-iptables/pkg/capture/run.go, HasLoopBackIP). meshx names one if a
    hosts line has a loopback address (meshx/join/cluster_env.py).
    """
    if not caller.has_proxy or port in caller.uncaptured.outbound_ports:
        return False
    if is_loopback(address):
        return caller.captures_loopback
    return not (is_address(address) and caller.uncaptured.lets_past(address, port))


def called_past_proxy(caller: Caller, destination: Destination) -> Destination:
    """What of a destination by address a caller's proxy does not capture, or passes on as it is.

    Nobody but a machine itself knows the addresses of a group's instances: of these only a port can stay out.
    """
    if caller.is_pods or not destination.endpoints[0].mutual_tls:
        return destination
    out, port = caller.uncaptured, destination.port
    past: list[Endpoint] = []
    for end in destination.endpoints:
        addresses = tuple(one for one in end.addresses if out.lets_past(one[1].rpartition(":")[0], port))
        # What a machine sends to itself comes to no other packet rules.
        alone = len(caller.machines) == 1 and not caller.groups
        others = set(dict(addresses)) - set(caller.machines if alone else ())
        if others or (not end.addresses and port in out.outbound_ports):
            past.append(replace(end, addresses=addresses, label=counted(list(dict(addresses))) or end.label))
    return replace(destination, endpoints=tuple(past))


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


def _passes_on(caller: Caller, called: Destination) -> bool:
    """Whether a proxy captures calls to addresses, for which it has no listener: those of pods, and since Istio 1.20 of
    machines where nothing is said."""
    if not caller.has_proxy or (caller.root_bypasses_proxy and not caller.is_pods):
        return False
    addresses = [address.rpartition(":")[0] for one in called.endpoints for _, address in one.addresses]
    past = [caller.uncaptured.lets_past(one, called.port) for one in addresses]
    return not (all(past) if past else called.port in caller.uncaptured.outbound_ports)


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
    """The endpoints that callers reach by address, past their proxies or without one."""
    if not called.endpoints:
        return (), no_machine(caller, called)
    legs = tuple(Leg(one, Route.DIRECT, Tls.PLAIN) for one in called.endpoints)
    # What its own proxy does not capture takes calls in plain, whatever the mesh demands.
    if context.strict and any(one.mutual_tls for one in called.endpoints):
        return legs, no_certificate(caller, context.strict)
    is_elsewhere = context.networks.is_elsewhere
    if is_elsewhere(caller.network) and not all(is_elsewhere(one.network) for one in called.endpoints):
        return legs, past_gateway(caller)
    found = (_in_between(caller, one, context) for one in called.endpoints)
    return legs, next((one for one in found if one is not None), None)


def _leg(caller: Caller, called: Destination, endpoint: Endpoint, context: RoutingContext) -> Leg:
    if called.through_gateway or route(caller.network, endpoint.network, context.networks.gateways) is Route.GATEWAY:
        return Leg(endpoint, Route.GATEWAY, Tls.MUTUAL)
    by_endpoint = Tls.MUTUAL if endpoint.mutual_tls else Tls.HBONE if endpoint.tunnel else Tls.PLAIN
    return Leg(endpoint, Route.DIRECT, context.direct_tls or by_endpoint)


def _in_between(caller: Caller, endpoint: Endpoint, context: RoutingContext) -> Obstacle | None:
    """What blocks a caller's packets to an endpoint's own address: families, separate networks, and firewalls."""
    if not meet(caller.place.families, endpoint.families):
        return no_common_family(caller, endpoint.label, endpoint.families)
    if caller.network != endpoint.network and (obstacle := _apart(caller, endpoint, context.networks)) is not None:
        return obstacle
    return context.firewalls.obstacle(caller, endpoint.instances) if endpoint.instances else None


def _apart(caller: Caller, endpoint: Endpoint, networks: Networks) -> Obstacle | None:
    if not networks.is_elsewhere(endpoint.network):
        return into_cluster(networks, caller.label, caller.network)
    addresses = ", ".join(address for _, address in endpoint.addresses[:3]) or "its instances' addresses"
    return from_outside(networks, endpoint.label, endpoint.network, addresses)
