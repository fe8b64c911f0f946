"""A machine of the classic line without a fault, as the doctor sees it; tests change what they are about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from meshx.cluster.certificate import read_chain
from meshx.doctor.classic_machine_view import ClassicMachineView
from meshx.doctor.classic_records import ClassicRecords
from meshx.doctor.symptoms import Answer, Call, Questions, Symptoms
from meshx.join.bundle import ROOT_CERTIFICATE, bundle_inputs
from meshx.join.classic_bundle import classic_join_bundle
from meshx.machine.join_inputs import join_inputs
from meshx.machine.observation import FoundFile, FoundPackage, Observation
from tests.unit.doctor.healthy_machine import GATEWAY, MACHINE
from tests.unit.join.join_examples import PACKAGE
from tests.unit.join.test_classic_bundle import GATEWAYS, WORKLOAD
from tests.unit.join.test_classic_bundle import MACHINE as MACHINE_FACTS
from tests.unit.stand_ins.certificates_for_tests import authority

ROOT = authority()
IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"
CLUSTER_ENV = "/var/lib/meshx/sidecar/cluster.env"
CALL = Call("httpbin.bar.svc.cluster.local", 8000, "/")
ENDPOINT = ("10.244.1.5", 80)
NINETY_DAYS = timedelta(days=90)
KNOWN = {"httpbin.bar.svc.cluster.local": "172.21.4.7"}
WANTED = join_inputs(
    {
        "machine": "vm-1",
        "namespace": "vm",
        "serviceAccount": "vmhttp",
        "connection": {"host": "h", "user": "root", "hostKey": ""},
        "bundle": bundle_inputs(
            classic_join_bundle(GATEWAYS, WORKLOAD, replace(MACHINE_FACTS, names=KNOWN), PACKAGE),
            None,
            GATEWAY,
        ),
    }
)
SEEN = Observation(
    machine_id="m-1",
    host_name="vm-1",
    clock=int(datetime.now(timezone.utc).timestamp()),
    joined=True,
    files={
        CLUSTER_ENV: FoundFile(WANTED.bundle["files"][CLUSTER_ENV]["content"].encode(), "root:root", "0644"),
        ROOT_CERTIFICATE: FoundFile(ROOT.pem.encode(), "istio-proxy:istio-proxy", "0644"),
    },
    addresses=dict(WANTED.bundle["hosts"]),
    unit_enabled=True,
    unit_state="active",
    package=FoundPackage("ii  1.4.10", WANTED.bundle["package"]["sha256"], "1.4.10", False),
    rules=frozenset({"ipv4"}),
    recorded_rules=frozenset({"ipv4"}),
    certificate=read_chain(ROOT.sign(IDENTITY, NINETY_DAYS)),
    token_end=None,
    ready=True,
    log="",
    upkeep="in place",
    modes={
        "/etc/certs": ("istio-proxy:istio-proxy", "0755"),
        "/etc/istio/config": ("root:root", "0755"),
        "/etc/istio/proxy": ("istio-proxy:istio-proxy", "0755"),
        "/var/lib/istio/envoy": ("root:root", "0755"),
        "/etc/certs/root-cert.pem": ("istio-proxy:istio-proxy", "0644"),
        "/etc/certs/cert-chain.pem": ("istio-proxy:istio-proxy", "0644"),
        "/etc/certs/key.pem": ("istio-proxy:istio-proxy", "0600"),
    },
    companions={"istio-auth-node-agent": (True, True)},
)
QUESTIONS = Questions(
    [(GATEWAY, 15011), (GATEWAY, 8060)], [15000, 15001, 15006, 8080], [], CALL, "nobody", {ENDPOINT: "bar/httpbin"}
)
SYMPTOMS = Symptoms(
    own_addresses=["10.77.0.11"],
    own_name="127.0.1.1",
    processes=dict.fromkeys(("node_agent", "pilot-agent", "envoy"), "istio-proxy"),
    listeners=dict.fromkeys((15000, 15001, 15006), "istio-proxy") | {8080: "www-data"},
    ways={(GATEWAY, 15011): "", (GATEWAY, 8060): "", ENDPOINT: ""},
    resolved={},
    answer=Answer(200, "envoy", ""),
    free={"/": 12 << 20},
    logs=3 << 10,
)
RECORDS = ClassicRecords("vm/istio.vmhttp", root=ROOT.pem.encode())
VIEW = ClassicMachineView(
    MACHINE,
    WANTED,
    QUESTIONS,
    SEEN,
    SYMPTOMS,
    control_plane="Pilot",
    sidecar_ports=(15000, 15001, 15006),
    programs=("node_agent", "pilot-agent", "envoy"),
    records=RECORDS,
)


def seen(**changes: Any) -> ClassicMachineView:
    """The healthy machine with other facts."""
    return replace(VIEW, seen=replace(SEEN, **changes))


def symptoms(**changes: Any) -> ClassicMachineView:
    """The healthy machine with other symptoms."""
    return replace(VIEW, symptoms=replace(SYMPTOMS, **changes))


def records(**changes: Any) -> ClassicMachineView:
    """The healthy machine, of which the cluster has something else."""
    return replace(VIEW, records=replace(RECORDS, **changes))
