"""The objects that make machines of the classic line known to callers, as plain specs.

Pilot reads the ServiceEntry, with an endpoint for each machine. Pods' DNS needs a Service without selector. `istioctl
register` also made Endpoints; with them Pilot would have each machine twice, the second time without labels (measured
on 1.4.10).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from meshx.config.resolved import Machine
from meshx.config.sections.ports import PortConfiguration
from meshx.config.sections.workload import Served
from meshx.istio.load_balancing import load_balancing
from meshx.istio.protocols import HTTP_PROTOCOLS, TLS_PROTOCOLS
from meshx.join.machine_bundle import classic_machine_labels

ANSWERS_MUTUAL_TLS = {"security.istio.io/tlsMode": "istio"}
"""With `global.mtls.auto` of 1.4, Pilot makes callers use mutual TLS to an endpoint with this label: without it they
use plain text, even to a machine that requires mutual TLS (pilot/pkg/model/service.go,
GetTLSModeFromEndpointLabels)."""
TOLD_APART_BY_NAME = (*HTTP_PROTOCOLS, *TLS_PROTOCOLS)
"""Protocols with a name in the request or handshake, which proxies choose by; they choose all others by address and
port (pilot/pkg/networking/core/v1alpha3/listener.go, buildSidecarOutboundTCPTLSFilterChainOpts)."""


def service_entry_spec(service: Served, machines: Sequence[Machine], address: object) -> dict[str, Any]:
    """Spec of the ServiceEntry of a workload's Service, callable as `<service>.<namespace>.svc.cluster.local`.

    address: its clusterIP, or an output of it.

    It differs from the guides in two points. It says MESH_INTERNAL: otherwise Pilot treats machines as outside the
    mesh, and callers use no mutual TLS with them. And it has an address, the clusterIP of that Service:
    otherwise every proxy would send all connections to a TCP port of this number to the machines, whatever their
    destination (measured on 1.4.10).
    """
    return {**_entry(service.host, service.ports, machines), "addresses": [address]}


def machine_entry_ports(machine: Machine) -> list[PortConfiguration]:
    """The ports of a single machine's name: those where proxies can choose by the name.

    It has no Service and so no address; a TCP port would capture connections to others.
    """
    return [port for port in machine.workload.ports if port.carries in TOLD_APART_BY_NAME]


def machine_entry_spec(machine: Machine) -> dict[str, Any]:
    """Spec of the ServiceEntry of one machine, callable as `<machine>.<workload>.<namespace>.svc.cluster.local`."""
    return _entry(machine.service_host, machine_entry_ports(machine), [machine])


def service_spec(service: Served) -> dict[str, Any]:
    """Spec of the Service without selector that has its name in pods' DNS."""
    return {"ports": [_service_port(port) for port in service.ports]}


def identity_rule_spec(host: str, identity: str) -> dict[str, Any]:
    """Spec of the DestinationRule that makes callers of a host use mutual TLS and accept only that identity.

    A Service's annotation with accounts counts only if its ServiceEntry is the older of the two; otherwise callers
    check no name (measured on 1.4.10). The rule always counts.
    """
    return {
        "host": host,
        "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL", "subjectAltNames": [identity]}},
    }


def _entry(host: str, ports: Sequence[PortConfiguration], machines: Sequence[Machine]) -> dict[str, Any]:
    return {
        "hosts": [host],
        "location": "MESH_INTERNAL",
        "ports": [{"number": port.port, "name": port.name, "protocol": port.carries} for port in ports],
        "resolution": "STATIC",
        "endpoints": [
            {
                "address": machine.address,
                "ports": {port.name: port.listens_on for port in ports},
                "labels": {**classic_machine_labels(machine), **ANSWERS_MUTUAL_TLS},
                **load_balancing(machine.locality, machine.weight),
            }
            for machine in machines
        ],
    }


def _service_port(port: PortConfiguration) -> dict[str, Any]:
    return {"name": port.name, "port": port.port, "targetPort": port.listens_on, "protocol": "TCP"}
