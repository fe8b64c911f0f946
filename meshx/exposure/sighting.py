"""What `meshx:index:exposedServices` found of services that are to be exposed, as typed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshx.config.exposed import ExposedConfiguration
from meshx.config.istio_version import Generation
from meshx.config.ports import Protocol, named_protocol

APP_PROTOCOLS: dict[str, Protocol] = {
    "kubernetes.io/h2c": "HTTP2",
    "kubernetes.io/ws": "HTTP",
    "kubernetes.io/wss": "TLS",
}
"""Kubernetes' own names (istio/pkg/config/kube/conversion.go)."""
ISTIO_API = {Generation.ISTIOD: "v1", Generation.CLASSIC: "v1alpha3"}
"""The version of networking.istio.io by which each generation's ServiceEntries are read."""


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

    @property
    def has_sidecars(self) -> bool:
        """Whether its pods have a sidecar, or get one with their next restart."""
        return self.injects or not self.without_sidecar


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


def looked_for(exposed: Sequence[ExposedConfiguration], generation: Generation, owner: str) -> dict[str, Any]:
    """The arguments of `meshx:index:exposedServices`; owner is the value of this stack's owner label."""
    return {
        "services": [{"namespace": one.namespace, "service": one.service} for one in exposed],
        "owner": owner,
        "istioApi": ISTIO_API[generation],
    }


def sighting(found: Mapping[str, Any], generation: Generation) -> Sighting:
    """The result of `meshx:index:exposedServices`, typed.

    To the classic line a port says what it carries by its name alone: it knows no `appProtocol`.
    """
    by_name_alone = generation is Generation.CLASSIC
    return Sighting(
        services={
            (one["namespace"], one["service"]): SeenService(
                exists=bool(one["exists"]),
                cluster_ip=str(one["clusterIp"]),
                ports={
                    int(port["port"]): _carries(port["name"], "" if by_name_alone else port["appProtocol"])
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


def _carries(name: str, app_protocol: str) -> Protocol | None:
    return APP_PROTOCOLS.get(app_protocol) or named_protocol(app_protocol or name)
