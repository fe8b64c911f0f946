"""The addresses and ports at which a Service is reached from outside, and which of them machines get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any, TypedDict

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.cluster_objects import listed, part

NODE_PORT = "NodePort"
_FORBIDDEN = 403
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


def node_ports(service: Mapping[str, Any]) -> dict[str, int]:
    """Return the port that each node listens on, by the Service's own port (as text: a function's answer is JSON)."""
    ports: list[dict[str, Any]] = part(service, "spec").get("ports") or []
    return {str(port["port"]): int(port["nodePort"]) for port in ports if port.get("nodePort")}


def node_addresses(cluster: Cluster, service: Mapping[str, Any]) -> list[Ingress]:
    """Return entries for each ready node, by name, where nodes are the only way to a Service; empty where this user
    may not list them.

    Its external addresses, else its internal ones: of each of its families (Kubernetes API, Node v1, status.addresses).
    """
    if service_type(service) != NODE_PORT or ingress(service):
        return []
    try:
        nodes = sorted(listed(cluster, "/api/v1/nodes"), key=lambda node: str(node["metadata"]["name"]))
    except ClusterError as error:
        if error.status != _FORBIDDEN:
            raise
        return []
    found: list[Ingress] = []
    for node in nodes:
        status = part(node, "status")
        if any(one["type"] == "Ready" and one["status"] == "True" for one in status.get("conditions") or ()):
            addresses: list[dict[str, str]] = status.get("addresses") or []
            external, internal = (
                [one["address"] for one in addresses if one["type"] == kind] for kind in ("ExternalIP", "InternalIP")
            )
            found.extend({"ip": address, "hostname": ""} for address in external or internal)
    return found


def preferred(entries: Sequence[Ingress], machines: Iterable[str]) -> list[Ingress]:
    """The entries, with the one first that machines are to get: an address of their family, of IPv4 if they have both.

    machines: their addresses.
    """
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
