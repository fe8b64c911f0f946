"""The way that a call takes, from the networks of its two ends, and how its ends know each other.

Source: istio/pilot/pkg/xds/endpoints/ep_filters.go, EndpointsByNetworkFilter, and Proxy.InNetwork in pilot/pkg/model.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum


class Way(Enum):
    """How a proxy sends a call to an endpoint."""

    DIRECT = "to the endpoint's address"
    GATEWAY = "to the gateway of the endpoint's network, port 15443, by mutual TLS"


class Tls(Enum):
    """By what the two sides of a call know each other."""

    MUTUAL = "mutual TLS"
    SERVER = "TLS"
    PLAIN = "in plain"
    UNKNOWN = "as the mesh's rules say"


def way(caller: str, endpoint: str, gateways: Collection[str]) -> Way:
    """The way from a caller's network to an endpoint's ("" where either has none).

    gateways: the networks of which the mesh knows a gateway. To a network without one proxies send directly, whether
    there is a route or not.
    """
    if endpoint not in gateways or not endpoint:
        return Way.DIRECT
    return Way.DIRECT if caller == endpoint else Way.GATEWAY
