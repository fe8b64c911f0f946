"""Calls of pods in ambient mode, which the proxy of their node sends (meshx/istio/ambient.py has the sources)."""

from __future__ import annotations

from collections.abc import Callable

from meshx.networks.obstacles import Obstacle
from meshx.networks.routes import Route, Tls
from meshx.reachability.callers import Caller
from meshx.reachability.destinations import Destination, Endpoint, NameSource
from meshx.reachability.legs import Leg
from meshx.reachability.reasons import no_machine, no_tunnel_elsewhere, no_tunnel_in_strict_mesh


def sent_by_node(
    caller: Caller, called: Destination, strict: str, in_between: Callable[[Endpoint], Obstacle | None]
) -> tuple[tuple[Leg, ...], Obstacle | None]:
    """The endpoints that a node's proxy sends to, and the obstacle to one of them, or to all.

    strict: the setting that makes machines require mutual TLS. in_between: what blocks packets to an endpoint.
    """
    if not called.endpoints:
        return (), no_machine(caller, called)
    by_address = called.name_source is NameSource.ADDRESS
    legs = tuple(_leg(caller, one, by_address=by_address) for one in called.endpoints)
    for leg in legs:
        if not by_address and leg.endpoint.network != caller.network:
            return legs, no_tunnel_elsewhere(caller, leg.endpoint.network)
        if leg.tls is Tls.PLAIN and strict:
            return legs, no_tunnel_in_strict_mesh(caller, strict)
        if (obstacle := in_between(leg.endpoint)) is not None:
            return legs, obstacle
    return legs, None


def _leg(caller: Caller, endpoint: Endpoint, *, by_address: bool) -> Leg:
    # By address the node's proxy looks for workloads of its own network alone, and passes on what it does not know.
    known = endpoint.tunnel and (not by_address or endpoint.network == caller.network)
    return Leg(endpoint, Route.DIRECT, Tls.HBONE if known else Tls.PLAIN)
