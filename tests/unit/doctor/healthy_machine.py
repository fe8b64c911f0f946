"""A machine without a fault, as the doctor sees it; tests change what they are about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from meshx.cluster.registration import EntryHealth
from meshx.config.resolved import Machine, SshConnection
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.doctor.cluster_view import Entry
from meshx.doctor.machine_view import MachineView
from meshx.doctor.symptoms import Answer, Call, Questions, Symptoms
from tests.unit.machine.test_drift import HEALTHY, INPUTS

GATEWAY = "10.77.0.200"
CALL = Call("istiod.istio-system.svc.cluster.local", 15014, "/version")
WORKLOAD = WorkloadConfiguration.model_validate(
    {"name": "vmhttp", "namespace": "vm", "ports": [{"name": "http", "port": 8080}]}
)
MACHINE = Machine(
    name="vm-1",
    address="10.77.0.11",
    network="network1",
    labels={},
    workload=WORKLOAD,
    ssh=SshConnection("10.77.0.11", 22, "root", "", None, None, 15),
    sidecar=None,
)
QUESTIONS = Questions([(GATEWAY, 15012)], [15001, 15006, 15021, 15053, 8080], [CALL.host], CALL)
SYMPTOMS = Symptoms(
    own_addresses=["10.77.0.11"],
    own_name="127.0.1.1",
    processes={"pilot-agent": "istio-proxy", "envoy": "istio-proxy"},
    listeners=dict.fromkeys((15001, 15006, 15021, 15053), "istio-proxy") | {8080: "www-data"},
    ways={(GATEWAY, 15012): ""},
    resolved={CALL.host: "10.96.0.7"},
    answer=Answer(200, "envoy", ""),
    free={"/": 12 << 20},
    logs=3 << 10,
)
ENTRY = Entry(EntryHealth(True, True), "2026-11-22T16:54:04Z", "", "istiod-1")
VIEW = MachineView(
    machine=MACHINE,
    wanted=replace(INPUTS, workload_entry="vm-1"),
    questions=QUESTIONS,
    seen=HEALTHY,
    symptoms=SYMPTOMS,
    entry=ENTRY,
)


def seen(**changes: Any) -> MachineView:
    """The healthy machine with other facts."""
    return replace(VIEW, seen=replace(HEALTHY, **changes))


def symptoms(**changes: Any) -> MachineView:
    """The healthy machine with other symptoms."""
    return replace(VIEW, symptoms=replace(SYMPTOMS, **changes))


def entry(**changes: Any) -> MachineView:
    """The healthy machine, of which istiod knows something else."""
    return replace(VIEW, entry=replace(ENTRY, **changes))
