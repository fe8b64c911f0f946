"""One endpoint of a call, as it is reached."""

from __future__ import annotations

from dataclasses import dataclass

from meshx.networks.routes import Route, Tls
from meshx.reachability.destinations import Endpoint


@dataclass(frozen=True)
class Leg:
    """How a proxy sends calls to one endpoint of the destination."""

    endpoint: Endpoint
    route: Route
    tls: Tls
