"""Port 15443 of the gateway is only for calls between networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meshx.istio.ports import CROSS_NETWORK_PORT
from meshx_policy.rules.kubernetes_types import is_istio
from meshx_policy.rules.rule import UNKNOWN, Resource, Settings, StackRule, Violation, items_of, value_at

PASSES_ON = "AUTO_PASSTHROUGH"


def violations(resources: Sequence[Resource], _settings: Settings) -> Iterator[Violation]:
    """The Gateways that end or redirect calls on 15443, in a stack that needs it for calls between networks."""
    gateways = [resource for resource in resources if is_istio(resource.type, "networking", "Gateway")]
    if not any(_passes_on(server) for gateway in gateways for server in _on_the_port(gateway)):
        return
    for gateway in gateways:
        if any(not _passes_on(server) for server in _on_the_port(gateway)):
            yield Violation(
                f"one of its servers is on port {CROSS_NETWORK_PORT} and does not pass TLS through ({PASSES_ON}): "
                "calls between networks, which use this port, would break. Use another port, or a separate gateway",
                gateway.urn,
            )


def _on_the_port(gateway: Resource) -> list[object]:
    return [
        server
        for server in items_of(gateway.at("spec", "servers"))
        if value_at(server, "port", "number") == CROSS_NETWORK_PORT
    ]


def _passes_on(server: object) -> bool:
    return value_at(server, "tls", "mode") in (PASSES_ON, UNKNOWN)


RULE = StackRule(
    "port-15443-is-for-networks",
    "No other Gateway uses port 15443 if calls between networks need it.",
    violations,
)
