"""What a Service of type LoadBalancer says of its addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict


class Ingress(TypedDict):
    """One entry of a Service's `status.loadBalancer.ingress`: an IP address or a host name, the other empty."""

    ip: str
    hostname: str


def ingress(service: Mapping[str, Any]) -> list[Ingress]:
    """Return the entries of a Service's load balancer, none where it has none yet."""
    status: dict[str, Any] = service.get("status") or {}
    balancer: dict[str, Any] = status.get("loadBalancer") or {}
    entries: list[dict[str, Any]] = balancer.get("ingress") or []
    return [{"ip": entry.get("ip", ""), "hostname": entry.get("hostname", "")} for entry in entries]
