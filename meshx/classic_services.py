"""What makes machines of the classic line known to callers: their services, as plain specs.

Two objects say the same to two readers: Pilot reads the ServiceEntry, with an endpoint for each machine, and pods' DNS
needs a Service. `istioctl register` made that Service, without selector, and an Endpoints object to which it added the
address once more with every run; here both are declared, so that nothing ever stands twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from meshx.config.machine import Machine
from meshx.config.ports import PortConfiguration
from meshx.config.workload import WorkloadConfiguration

SERVICE_ACCOUNTS_ANNOTATION = "alpha.istio.io/kubernetes-serviceaccounts"
"""Who may answer for a Service without pods: Pilot puts it into what callers demand of the certificate they are shown
(pilot/pkg/serviceregistry/kube, KubeServiceAccountsOnVMAnnotation)."""


def service_entry_spec(workload: WorkloadConfiguration, machines: Sequence[Machine]) -> dict[str, Any]:
    """Spec of the ServiceEntry of a workload, callable as `<workload>.<namespace>.svc.cluster.local`.

    Other than in the guides it says MESH_INTERNAL: without that word Pilot takes machines for strangers outside the
    mesh, and callers speak no mutual TLS with them.
    """
    return _entry(workload.host, workload.ports, machines)


def machine_entry_spec(machine: Machine) -> dict[str, Any]:
    """Spec of the ServiceEntry of one machine, callable as `<machine>.<workload>.<namespace>.svc.cluster.local`."""
    return _entry(machine.service_host, machine.workload.ports, [machine])


def machine_labels(machine: Machine) -> dict[str, str]:
    """The labels of a machine's endpoint, by which subsets choose it: its workload's name, and those written for it."""
    return {"app": machine.workload.name, **machine.labels}


def service_spec(workload: WorkloadConfiguration) -> dict[str, Any]:
    """Spec of the Service without selector that gives a workload its name in pods' DNS."""
    return {"ports": [_service_port(port) for port in workload.ports]}


def service_annotations(workload: WorkloadConfiguration) -> dict[str, str]:
    """The annotation of that Service: the service account of its machines."""
    return {SERVICE_ACCOUNTS_ANNOTATION: workload.account}


def endpoint_subsets(workload: WorkloadConfiguration, machines: Sequence[Machine]) -> list[dict[str, Any]]:
    """Subsets of that Service's Endpoints: every machine once, in order of the addresses; none without machines."""
    if not machines:
        return []
    ports = [{"name": port.name, "port": port.listens_on, "protocol": "TCP"} for port in workload.ports]
    return [{"addresses": [{"ip": address} for address in sorted({one.address for one in machines})], "ports": ports}]


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
                "labels": machine_labels(machine),
            }
            for machine in machines
        ],
    }


def _service_port(port: PortConfiguration) -> dict[str, Any]:
    return {"name": port.name, "port": port.port, "targetPort": port.listens_on, "protocol": "TCP"}
