"""What the doctor makes of the facts of a machine of Istio 1.1 to 1.4: which fault, which cause, which remedy."""

import re
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from meshx.cluster.certificate import read_chain
from meshx.doctor.checks import examine_classic, system_check
from meshx.doctor.classic_machine_view import ClassicMachineView
from meshx.doctor.finding import State, likely_cause
from meshx.doctor.proxy_ports import classic_sidecar_ports
from meshx.doctor.symptoms import Answer
from meshx.join.bundle import ROOT_CERTIFICATE
from meshx.machine.observation import FoundFile
from tests.unit.doctor.healthy_classic_machine import (
    CLUSTER_ENV,
    ENDPOINT,
    IDENTITY,
    NINETY_DAYS,
    ROOT,
    SEEN,
    SYMPTOMS,
    VIEW,
    records,
    seen,
    symptoms,
)
from tests.unit.doctor.healthy_machine import GATEWAY
from tests.unit.stand_ins.certificates_for_tests import authority

OTHER = authority()
PROXY = "istio-proxy:istio-proxy"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """This computer's clock is the healthy machine's."""
    monkeypatch.setattr(system_check, "time", SimpleNamespace(time=lambda: SEEN.clock))


def faults(view: ClassicMachineView) -> list[str]:
    return [finding.subject for finding in examine_classic(view) if finding.state is State.FAULT]


def test_a_healthy_machine_has_no_fault_and_the_hint_as_whom_calls_are_made() -> None:
    found = examine_classic(VIEW)
    (noted,) = [finding for finding in found if finding.state is not State.OK]
    assert noted.state is State.NOTE
    assert "tried as nobody: what root and istio-proxy send goes past the proxy" in noted.found


FAULTY = [
    (seen(addresses={**SEEN.addresses, "istio-citadel": "10.9.9.9"}),
     "hosts lines", "istio-citadel is 10.9.9.9, and the gateway is 10.77.0.200", "Pilot", "pulumi up --refresh"),
    (seen(addresses={**SEEN.addresses, "httpbin.bar.svc.cluster.local": "10.9.9.9"}),
     "hosts lines", "it should be 172.21.4.7", "the service", "pulumi up --refresh"),
    (seen(files={**SEEN.files, CLUSTER_ENV: FoundFile(b"ISTIO_SERVICE_CIDR=10.0.0.0/8\n", "root:root", "0644")}),
     "files", "cluster.env has another content", "by hand", "pulumi up --refresh"),
    (seen(modes={**SEEN.modes, "/etc/certs/key.pem": ("root:root", "0600")}),
     "key material", f"key.pem is root:root 0600, and should be {PROXY} 0600", "may not read", "--refresh"),
    (seen(modes={path: mode for path, mode in SEEN.modes.items() if path != "/etc/certs"}),
     "files", "/etc/certs is missing", "by hand", "--refresh"),
    (seen(modes={**SEEN.modes, "/var/lib/istio/envoy": (PROXY, "0755")}),
     "files", f"envoy is {PROXY} 0755, and should be root:root 0755", "package gives it away", "--refresh"),
    (seen(companions={"istio-auth-node-agent": (True, False)}),
     "node agent", "not active", "nobody renews", "journalctl -u istio-auth-node-agent"),
    (seen(companions={"istio-auth-node-agent": (False, True)}),
     "node agent", "not enabled", "after a reboot", "--refresh"),
    (seen(refusals={"istio-auth-node-agent": "CSR signing failed: connection closed. Will retry in 5s"}),
     "node agent", "gets no certificate from Citadel: CSR signing failed: connection closed$", "has ended",
     "journalctl -u istio-auth-node-agent"),
    (seen(settings="/etc/systemd/system/istio.service.d/meshx.conf is missing"),
     "unit", "meshx.conf is missing", "the next start may fail", "--refresh"),
    (seen(unit_state="failed"), "unit", "istio is failed", "it fails", "systemctl status istio"),
    (symptoms(ways={**SYMPTOMS.ways, (GATEWAY, 8060): "Connection refused"}),
     "gateway", "port 8060 is not reached", "firewall", "TCP 8060"),
    (records(secret_problem="it is not there"),
     "Citadel's Secret", "vm/istio.vmhttp: it is not there", "Citadel does not run", "deployment/istio-citadel"),
    (records(root=OTHER.pem.encode()),
     "root certificate", "another than in vm/istio.vmhttp", "new root", "cert-chain.pem"),
    (seen(files={path: file for path, file in SEEN.files.items() if path != ROOT_CERTIFICATE}),
     "root certificate", "is missing", "removed", "--refresh"),
    (seen(certificate=None), "certificate", "there is none", "removed", "out of Citadel's Secret"),
    (seen(certificate=read_chain(ROOT.sign(IDENTITY, timedelta(hours=1)))),
     "certificate", "was not renewed on the machine", "node agent does not renew it", "--refresh"),
    (seen(certificate=read_chain(ROOT.sign("spiffe://cluster.local/ns/default/sa/default", NINETY_DAYS))),
     "certificate", "of another identity: spiffe://cluster.local/ns/default", "another workload", "--refresh"),
    (seen(certificate=read_chain(OTHER.sign(IDENTITY, NINETY_DAYS))),
     "certificate", "another authority", "another mesh", "--refresh"),
    (symptoms(processes={"pilot-agent": "istio-proxy", "envoy": "istio-proxy"}),
     "processes", "node_agent does not run", "unit", "log"),
    (seen(rules=frozenset()), "packet rules", r"missing \(IPv4\)", "firewall", r"ISTIO_\*"),
    (symptoms(listeners={8080: "x"}), "sidecar's ports", "15000, 15001, 15006", "from Pilot", "log"),
    (records(unnamed=("ServiceEntry vm/vmhttp does not have 10.77.0.11",)),
     "callers", "ServiceEntry vm/vmhttp does not have 10.77.0.11", "nobody is sent to it", "--refresh"),
    (symptoms(listeners={15000: "x", 15001: "x", 15006: "x"}), "own ports", "nobody listens on 8080", "", ""),
    (seen(ready=False, log="gRPC config stream closed"),
     "proxy", "not ready by Envoy's own statistics; last words: gRPC", "from Pilot", "istio.err.log"),
    (symptoms(ways={**SYMPTOMS.ways, ENDPOINT: "no answer in 4 s"}),
     "endpoints", "10.244.1.5 port 80 of bar/httpbin is not reached", "no route", "-n bar get endpoints httpbin"),
    (symptoms(answer=Answer(200, "nginx", "")), "calls from it", "past the proxy", "packet rules", "as root"),
    (symptoms(answer=Answer(503, "envoy", "")), "calls from it", "503 by the proxy", "no endpoint", "network"),
]  # fmt: skip


@pytest.mark.parametrize(("view", "subject", "found", "cause", "remedy"), FAULTY)
def test_a_fault_is_the_likely_cause_with_its_words(
    view: ClassicMachineView, subject: str, found: str, cause: str, remedy: str
) -> None:
    first = likely_cause(examine_classic(view))
    assert first is not None
    assert first.subject == subject
    for pattern, text in ((found, first.found), (cause, first.cause), (remedy, first.remedy)):
        assert re.search(pattern, text), text


def test_what_the_cluster_does_not_say_is_no_fault() -> None:
    view = replace(
        records(root=b"", unknown="no answer"),
        questions=replace(VIEW.questions, gateways=[], call=None, endpoints={}),
        symptoms=replace(SYMPTOMS, answer=None),
    )
    assert faults(view) == []
    unknown = {finding.subject for finding in examine_classic(view) if finding.state is State.UNKNOWN}
    assert unknown == {"gateway", "Citadel's Secret", "root certificate", "callers"}


def test_up_to_1_2_one_port_of_the_proxy_takes_both_ways() -> None:
    assert classic_sidecar_ports((1, 2)) == (15000, 15001)
    assert classic_sidecar_ports((1, 3)) == (15000, 15001, 15006)
