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
from policy.rules.rule import UNKNOWN, Resource, ResourceRule, Settings, items_of, value_at

MESH_PORTS = tuple(
    sorted((CITADEL_PORT, PILOT_PORT, ISTIOD_TLS_PORT, WEBHOOK_TLS_PORT, READINESS_PORT, CROSS_NETWORK_PORT))
)
_FIREWALL = "gcp:compute/firewall:Firewall"
_EVERYBODY = ("0.0.0.0/0", "::/0")
_TCP = ("tcp", "all", "6")


def violations(resource: Resource, _settings: Settings) -> Iterator[str]:
    """The mesh's ports that a Compute Engine firewall opens to everybody."""
    if resource.type != _FIREWALL or resource.at("disabled") is True or resource.at("direction") == "EGRESS":
        return
    everybody = _everybody(resource)
    open_ports = [port for port in MESH_PORTS if any(_allows(allow, port) for allow in items_of(resource.at("allows")))]
    if everybody and open_ports:
        yield (
            f"{everybody} may reach the mesh's ports {', '.join(map(str, open_ports))}. Name the machines' networks in "
            "`sourceRanges`, or their accounts in `sourceServiceAccounts`"
        )


def _everybody(firewall: Resource) -> str | None:
    ranges = firewall.at("sourceRanges")
    named = next((written for written in items_of(ranges) if written in _EVERYBODY), None)
    if named is not None or ranges is UNKNOWN or items_of(ranges):
        return named
    # Without a source, Compute Engine allows everybody.
    others = (firewall.at(key) for key in ("sourceTags", "sourceServiceAccounts"))
    return None if any(other is UNKNOWN or items_of(other) for other in others) else "everybody"


def _allows(allow: object, port: int) -> bool:
    if str(value_at(allow, "protocol")).lower() not in _TCP:
        return False
    ports = value_at(allow, "ports")
    if ports is UNKNOWN:
        return False
    return not items_of(ports) or any(_covers(str(written), port) for written in items_of(ports))


def _covers(written: str, port: int) -> bool:
    first, _, last = written.partition("-")
    return first.isdigit() and int(first) <= port <= int(last if last.isdigit() else first)


RULE = ResourceRule(
    "mesh-ports-not-open-to-all",
    f"No firewall opens the mesh's ports ({', '.join(map(str, MESH_PORTS))}) to 0.0.0.0/0.",
    violations,
)
