"""The result of `meshx:index:exposedServices` for the services to expose, as typed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshx.config.sections.exposed import ExposedConfiguration
from meshx.config.sections.ports import Protocol, named_protocol
from meshx.istio.versions import IstioLine

APP_PROTOCOLS: dict[str, Protocol] = {
    "kubernetes.io/h2c": "HTTP2",
    "kubernetes.io/ws": "HTTP",
    "kubernetes.io/wss": "TLS",
}
"""Kubernetes' own names (istio/pkg/config/kube/conversion.go)."""
ISTIO_API = {IstioLine.ISTIOD: "v1", IstioLine.CLASSIC: "v1alpha3"}
"""The version of networking.istio.io for reading each line's ServiceEntries."""


@dataclass(frozen=True)
class FoundService:
    """A Service.

    cluster_ip: "None" for a headless one. ports: the protocol of each, None if the Service does not say (istio.io,
    Protocol Selection). without_sidecar: names of its pods without one. injects: whether new pods get a sidecar.
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
class FoundEntry:
    """A host of a ServiceEntry with one of its addresses ("" without one), and whether it is this stack's."""

    host: str
    address: str
    own: bool


@dataclass(frozen=True)
class FoundServices:
    """The services by namespace and name, and all ServiceEntries."""

    services: Mapping[tuple[str, str], FoundService]
    entries: tuple[FoundEntry, ...]


def looked_for(exposed: Sequence[ExposedConfiguration], line: IstioLine, owner: str) -> dict[str, Any]:
    """The arguments of `meshx:index:exposedServices`; owner is the value of this stack's owner label."""
    return {
        "services": [{"namespace": one.namespace, "service": one.service} for one in exposed],
        "owner": owner,
        "istioApi": ISTIO_API[line],
    }


def found_services(found: Mapping[str, Any], line: IstioLine) -> FoundServices:
    """The result of `meshx:index:exposedServices`, typed.

    On the classic line only a port's name gives its protocol: it does not know `appProtocol`.
    """
    by_name_alone = line is IstioLine.CLASSIC
    return FoundServices(
        services={
            (one["namespace"], one["service"]): FoundService(
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
        entries=tuple(FoundEntry(one["host"], one["address"], bool(one["own"])) for one in found["entries"]),
    )


def _carries(name: str, app_protocol: str) -> Protocol | None:
    return APP_PROTOCOLS.get(app_protocol) or named_protocol(app_protocol or name)
