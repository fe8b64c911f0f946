"""What a firewall of Compute Engine opens to everybody."""

from __future__ import annotations

from collections.abc import Iterator

from meshx_policy.rules.rule import UNKNOWN, Resource, items_of, value_at
from meshx_policy.rules.sources import everybody_in

_FIREWALL = "gcp:compute/firewall:Firewall"
_TCP = ("tcp", "all", "6")


def opened_by_firewall(resource: Resource, ports: tuple[int, ...]) -> Iterator[str]:
    """Which of the ports a Compute Engine firewall opens to everybody, and what to write instead."""
    if resource.type != _FIREWALL or resource.at("disabled") is True or resource.at("direction") == "EGRESS":
        return
    everybody = _everybody(resource)
    open_ports = [port for port in ports if any(_allows(allow, port) for allow in items_of(resource.at("allows")))]
    if everybody and open_ports:
        yield (
            f"{everybody} may reach the mesh's ports {', '.join(map(str, open_ports))}. Name the machines' networks in "
            "`sourceRanges`, or their accounts in `sourceServiceAccounts`"
        )


def _everybody(firewall: Resource) -> str | None:
    ranges = firewall.at("sourceRanges")
    if ranges is UNKNOWN or items_of(ranges):
        return everybody_in(items_of(ranges))
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
