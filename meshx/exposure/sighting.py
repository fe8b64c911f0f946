"""What `meshx:index:exposedServices` found of services that are to be exposed, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meshx.config.ports import Protocol, named_protocol

APP_PROTOCOLS: dict[str, Protocol] = {
    "kubernetes.io/h2c": "HTTP2",
    "kubernetes.io/ws": "HTTP",
    "kubernetes.io/wss": "TLS",
}
"""Kubernetes' own names (istio/pkg/config/kube/conversion.go)."""


@dataclass(frozen=True)
class SeenService:
    """A Service.

    cluster_ip: "None" of a headless one. ports: what each carries, None where the Service does not say (istio.io,
    Protocol Selection). without_sidecar: its pods that have none, by name. injects: whether new pods get a sidecar.
    """

    exists: bool
    cluster_ip: str
    ports: Mapping[int, Protocol | None]
    service_accounts: tuple[str, ...]
    pods: int
    without_sidecar: tuple[str, ...]
    injects: bool


@dataclass(frozen=True)
class SeenEntry:
    """A host of a ServiceEntry with one of its addresses ("" without one), and whether it is this stack's."""

    host: str
    address: str
    own: bool


@dataclass(frozen=True)
class Sighting:
    """The services by namespace and name, and all ServiceEntries."""

    services: Mapping[tuple[str, str], SeenService]
    entries: tuple[SeenEntry, ...]


def sighting(found: Mapping[str, Any]) -> Sighting:
    """The result of `meshx:index:exposedServices`, typed."""
    return Sighting(
        services={
            (one["namespace"], one["service"]): SeenService(
                exists=bool(one["exists"]),
                cluster_ip=str(one["clusterIp"]),
                ports={
                    int(port["port"]): APP_PROTOCOLS.get(port["appProtocol"])
                    or named_protocol(port["appProtocol"] or port["name"])
                    for port in one["ports"]
                },
                service_accounts=tuple(one["serviceAccounts"]),
                pods=int(one["pods"]),
                without_sidecar=tuple(one["withoutSidecar"]),
                injects=bool(one["injects"]),
            )
            for one in found["services"]
        },
        entries=tuple(SeenEntry(one["host"], one["address"], bool(one["own"])) for one in found["entries"]),
    )
