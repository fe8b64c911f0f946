"""What makes machines of the classic line known to callers: their services, as plain specs.

Pilot reads the ServiceEntry, with an endpoint for each machine, and pods' DNS needs a Service, which has no selector
and, other than what `istioctl register` made, no Endpoints: Pilot would have each machine twice, once out of these,
without labels (measured on 1.4.10).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from meshx.config.resolved import Machine
from meshx.config.sections.ports import PortConfiguration
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.exposure.refusals import HTTP_PROTOCOLS

ANSWERS_MUTUAL_TLS = {"security.istio.io/tlsMode": "istio"}
"""The label by which Pilot has callers speak mutual TLS to an endpoint, with `global.mtls.auto` of 1.4: without it they
speak plain, to a machine that takes nothing else as well (pilot/pkg/model/service.go, GetTLSModeFromEndpointLabels)."""
TOLD_APART_BY_NAME = (*HTTP_PROTOCOLS, "HTTPS", "TLS")
"""What proxies know by a name in the request or handshake; all else goes by address and port
(pilot/pkg/networking/core/v1alpha3/listener.go, buildSidecarOutboundTCPTLSFilterChainOpts)."""


def service_entry_spec(workload: WorkloadConfiguration, machines: Sequence[Machine], address: object) -> dict[str, Any]:
    """Spec of the ServiceEntry of a workload, callable as `<workload>.<namespace>.svc.cluster.local`.

    address: the clusterIP of its Service, or an output of it.

    Other than in the guides it says MESH_INTERNAL: without that word Pilot takes machines for strangers outside the
    mesh, and callers speak no mutual TLS with them. And it has an address, the clusterIP of the workload's Service:
    without one every proxy would send all connections to a TCP port of this number to the machines, whoever is meant
    (measured on 1.4.10).
    """
    return {**_entry(workload.host, workload.ports, machines), "addresses": [address]}


def machine_entry_ports(machine: Machine) -> list[PortConfiguration]:
    """The ports at which one machine alone is called: those where proxies know it by its name.

    It has no Service and so no address; of a TCP port it would take what is meant for others.
    """
    return [port for port in machine.workload.ports if port.carries in TOLD_APART_BY_NAME]


def machine_entry_spec(machine: Machine) -> dict[str, Any]:
    """Spec of the ServiceEntry of one machine, callable as `<machine>.<workload>.<namespace>.svc.cluster.local`."""
    return _entry(machine.service_host, machine_entry_ports(machine), [machine])


def machine_labels(machine: Machine) -> dict[str, str]:
    """The labels of a machine's endpoint, by which subsets choose it: its workload's name, and those written for it."""
    return {"app": machine.workload.name, **machine.labels}


def service_spec(workload: WorkloadConfiguration) -> dict[str, Any]:
    """Spec of the Service without selector that gives a workload its name in pods' DNS."""
    return {"ports": [_service_port(port) for port in workload.ports]}


def identity_rule_spec(host: str, identity: str) -> dict[str, Any]:
    """Spec of the DestinationRule by which callers of a host speak mutual TLS and take that identity alone.

    The annotation of a Service that names accounts counts only where its ServiceEntry is the older of the two, and
    callers check no name otherwise (measured on 1.4.10); the rule counts in any case.
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
                "labels": {**machine_labels(machine), **ANSWERS_MUTUAL_TLS},
            }
            for machine in machines
        ],
    }


def _service_port(port: PortConfiguration) -> dict[str, Any]:
    return {"name": port.name, "port": port.port, "targetPort": port.listens_on, "protocol": "TCP"}
