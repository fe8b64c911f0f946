"""The route of a call, from the networks of its two ends, and how the ends identify each other.

Source: istio/pilot/pkg/xds/endpoints/ep_filters.go, EndpointsByNetworkFilter, and Proxy.InNetwork in pilot/pkg/model.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum


class Route(Enum):
    """How a proxy sends a call to an endpoint."""

    DIRECT = "to the endpoint's address"
    GATEWAY = "to the gateway of the endpoint's network, port 15443, by mutual TLS"


class Tls(Enum):
    """How the two sides of a call identify each other."""

    MUTUAL = "mutual TLS"
    SERVER = "TLS"
    PLAIN = "in plain"
    HBONE = "HBONE"
    UNKNOWN = "as the mesh's rules say"


def route(caller: str, endpoint: str, gateways: Collection[str]) -> Route:
    """The route from a caller's network to an endpoint's ("" for a network without a name).

    gateways: the networks whose gateway the mesh knows. Proxies send directly to a network without one, whether packets
    get there or not.
    """
    if endpoint not in gateways or not endpoint:
        return Route.DIRECT
    return Route.DIRECT if caller == endpoint else Route.GATEWAY
