"""The result of `meshx:index:exposedServices` for the services to expose, as typed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from meshx.config.owner import Owner
from meshx.config.sections.exposed import ExposedConfiguration
from meshx.istio.api_versions import READ_VERSION
from meshx.istio.protocols import Protocol, service_port_protocol
from meshx.istio.versions import IstioLine

ISTIO_API = {IstioLine.ISTIOD: READ_VERSION, IstioLine.CLASSIC: "v1alpha3"}
"""The version of networking.istio.io by which each line's ServiceEntries are read."""
_TCP = "TCP"


@dataclass(frozen=True)
class FoundService:
    """A Service.

    cluster_ip: "None" of a headless one. ports: what each that is TCP's carries, None where the Service does not say
    (istio.io, Protocol Selection). without_sidecar: its pods that have none, by name. injects: whether new pods get a
    sidecar. ambient: its pods in ambient mode, by name. external_name: where one of type ExternalName leads, "" for all
    others. other_ports: those that have no TCP, each with its protocol.
    """

    exists: bool
    cluster_ip: str
    ports: Mapping[int, Protocol | None]
    service_accounts: tuple[str, ...]
    pods: int
    without_sidecar: tuple[str, ...]
    injects: bool
    ambient: tuple[str, ...] = ()
    external_name: str = ""
    other_ports: Mapping[int, str] = field(default_factory=dict[int, str])

    @property
    def in_ambient(self) -> bool:
        """Whether its pods without a sidecar, of which there are some, are all in ambient mode."""
        return bool(self.ambient) and set(self.without_sidecar) <= set(self.ambient)

    @property
    def has_sidecars(self) -> bool:
        """Whether its pods have a sidecar, or get one with their next restart."""
        return self.injects or not self.without_sidecar


@dataclass(frozen=True)
class FoundEntry:
    """A host of a ServiceEntry with one of its addresses ("" without one), and whether it is this stack's.

    ports: their numbers, None if they are not known.
    """

    host: str
    address: str
    own: bool
    ports: frozenset[int] | None = None


@dataclass(frozen=True)
class FoundServices:
    """The services by namespace and name, and all ServiceEntries."""

    services: Mapping[tuple[str, str], FoundService]
    entries: tuple[FoundEntry, ...]


def looked_for(exposed: Sequence[ExposedConfiguration], line: IstioLine, owner: Owner) -> dict[str, Any]:
    """The arguments of `meshx:index:exposedServices`; owner is the stack."""
    return {
        "services": [{"namespace": one.namespace, "service": one.service} for one in exposed],
        "owners": list(owner.marks),
        "istioApi": ISTIO_API[line],
    }


def found_services(found: Mapping[str, Any], line: IstioLine) -> FoundServices:
    """The result of `meshx:index:exposedServices`, typed.

    On the classic line only a port's name gives its protocol: it does not know `appProtocol`.
    """
    return FoundServices(
        services={
            (one["namespace"], one["service"]): _found_service(one, by_name_alone=line is IstioLine.CLASSIC)
            for one in found["services"]
        },
        entries=tuple(
            FoundEntry(
                one["host"],
                one["address"],
                bool(one["own"]),
                frozenset(map(int, one["ports"])) if "ports" in one else None,
            )
            for one in found["entries"]
        ),
    )


def _found_service(one: Mapping[str, Any], *, by_name_alone: bool) -> FoundService:
    by_protocol: dict[str, list[Mapping[str, Any]]] = {}
    for port in one["ports"]:
        by_protocol.setdefault(port.get("protocol", _TCP), []).append(port)
    tcp = {int(port["port"]): port for port in by_protocol.pop(_TCP, [])}
    others = ((int(port["port"]), protocol) for protocol, ports in by_protocol.items() for port in ports)
    return FoundService(
        exists=bool(one["exists"]),
        cluster_ip=str(one["clusterIp"]),
        ports={
            number: service_port_protocol(number, port["name"], "" if by_name_alone else port["appProtocol"])
            for number, port in tcp.items()
        },
        service_accounts=tuple(one["serviceAccounts"]),
        pods=int(one["pods"]),
        without_sidecar=tuple(one["withoutSidecar"]),
        ambient=tuple(one.get("ambient") or ()),
        injects=bool(one["injects"]),
        external_name=str(one.get("externalName", "")),
        other_ports={number: protocol for number, protocol in others if number not in tcp},
    )
