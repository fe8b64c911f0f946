"""Machines take calls by their proxy alone, also while it is down."""

from __future__ import annotations

from collections.abc import Iterator

from meshx_policy.rules.rule import Resource, ResourceRule, Setting, Settings
from meshx_policy.rules.sidecars import sidecar_of

EXCEPTION = "exception"


def violations(resource: Resource, settings: Settings) -> Iterator[str]:
    """The ports of a machine that answer calls past the proxy."""
    sidecar = sidecar_of(resource)
    if sidecar is None or not sidecar.open_ports or settings[EXCEPTION]:
        return
    yield (
        f"while its sidecar is down, whoever reaches the machine gets answers at {_named(sidecar.open_ports)}, in "
        "plain text and past every rule of the mesh. Write `whenDown: closed` under its workload in meshx:workloads, "
        f"or give the reason in this rule's setting `{EXCEPTION}`"
    )


def _named(ports: tuple[int, ...]) -> str:
    return f"port{'s' if ports[1:] else ''} {', '.join(map(str, ports))}"


RULE = ResourceRule(
    "closed-when-down",
    "While a machine's sidecar is down its ports refuse calls, or the setting says why not.",
    violations,
    {EXCEPTION: Setting({"type": "string"}, "")},
)
