"""The ports of the mesh are not open to the whole internet."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.istio.ports import (
    CITADEL_PORT,
    CROSS_NETWORK_PORT,
    ISTIOD_TLS_PORT,
    PILOT_PORT,
    READINESS_PORT,
    WEBHOOK_TLS_PORT,
)
from meshx_policy.rules.firewalls import opened_by_firewall
from meshx_policy.rules.load_balancers import opened_by_load_balancer
from meshx_policy.rules.rule import Resource, ResourceRule, Settings

MESH_PORTS = tuple(
    sorted((CITADEL_PORT, PILOT_PORT, ISTIOD_TLS_PORT, WEBHOOK_TLS_PORT, READINESS_PORT, CROSS_NETWORK_PORT))
)


def violations(resource: Resource, _settings: Settings) -> Iterator[str]:
    """The mesh's ports that a firewall or a load balancer opens to everybody."""
    yield from opened_by_firewall(resource, MESH_PORTS)
    yield from opened_by_load_balancer(resource, MESH_PORTS)


RULE = ResourceRule(
    "mesh-ports-not-open-to-all",
    f"No firewall and no load balancer opens the mesh's ports ({', '.join(map(str, MESH_PORTS))}) to everybody.",
    violations,
)
