"""The addresses at which a Service is reached from outside, and which of them machines get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any, TypedDict

from meshx.cluster.cluster_objects import part

_FOUR, _SIX = 4, 6


class Ingress(TypedDict):
    """One entry of a Service's `status.loadBalancer.ingress`: an IP address or a host name, the other empty."""

    ip: str
    hostname: str


def ingress(service: Mapping[str, Any]) -> list[Ingress]:
    """Return the entries of a Service's load balancer, else its external IPs as entries; empty without either.

    With external IPs every node takes the Service's own ports (Kubernetes API, Service v1, spec.externalIPs).
    """
    entries: list[dict[str, Any]] = part(part(service, "status"), "loadBalancer").get("ingress") or []
    external: list[str] = part(service, "spec").get("externalIPs") or []
    found = entries or [{"ip": address} for address in external]
    return [{"ip": entry.get("ip", ""), "hostname": entry.get("hostname", "")} for entry in found]


def service_type(service: Mapping[str, Any]) -> str:
    """`LoadBalancer`, `NodePort`, `ClusterIP` or `ExternalName`."""
    return str(part(service, "spec").get("type") or "ClusterIP")


def preferred(entries: Sequence[Ingress], written: str | None, machines: Iterable[str]) -> list[Ingress]:
    """The entries, with the one first that machines are to get.

    written: `meshx:mesh.gateway.address`, which replaces all of them: perhaps only the user knows what is in front of a
    gateway. machines: their addresses; without `written` an address of their family comes first, of IPv4 if they have
    both.
    """
    if written is not None:
        return [{"ip": written, "hostname": ""}]
    families = {_family(address) for address in machines}
    wanted = _SIX if families == {_SIX} else _FOUR
    return sorted(entries, key=lambda entry: not entry["ip"] or _family(entry["ip"]) != wanted)


def ambiguity(gateway: str, entries: Sequence[Ingress]) -> str:
    """What to say if another address would do as well as the first of ordered entries; else ""."""
    family = _family(entries[0]["ip"]) if entries and entries[0]["ip"] else 0
    alike = [entry["ip"] for entry in entries if entry["ip"] and _family(entry["ip"]) == family]
    if len(alike) <= 1:
        return ""
    return (
        f"the gateway {gateway} has the addresses {', '.join(alike)}: machines are told {alike[0]}. Say which one they "
        "reach by meshx:mesh.gateway.address"
    )


def _family(address: str) -> int:
    try:
        return ip_address(address).version
    except ValueError:
        return 0
