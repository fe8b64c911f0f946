"""What the doctor makes of the facts of a machine: which fault, which cause, which remedy."""

import re
import time
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from meshx.cluster.certificate import read_chain
from meshx.cluster.registration import EntryHealth
from meshx.doctor.checks import examine, system_check
from meshx.doctor.finding import State, likely_cause
from meshx.doctor.machine_view import MachineView
from meshx.doctor.symptoms import Answer, Call
from meshx.doctor.wanted import trial_call
from meshx.istio.uncaptured import Uncaptured
from meshx.join.bundle import ROOT_CERTIFICATE
from meshx.join.facts import ControlPlaneFacts
from meshx.machine.observation import FoundFile, FoundPackage
from tests.unit.doctor.healthy_machine import GATEWAY, QUESTIONS, SYMPTOMS, VIEW, entry, seen, symptoms
from tests.unit.machine.test_drift import HEALTHY, IDENTITY, ROOT, ROOT_FILE
from tests.unit.stand_ins.certificates_for_tests import authority


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """This computer's clock is the healthy machine's: the facts are made at collection, which may be long before."""
    monkeypatch.setattr(system_check, "time", SimpleNamespace(time=lambda: HEALTHY.clock))


NO_PACKAGE = FoundPackage("", "", "", False)


def faults(view: MachineView) -> list[str]:
    return [finding.subject for finding in examine(view) if finding.state is State.FAULT]


def test_a_healthy_machine_has_only_what_is_fine() -> None:
    assert {finding.state for finding in examine(VIEW)} == {State.OK}


FAULTY = [
    (seen(addresses={"istiod.istio-system.svc": "10.9.9.9"}),
     "hosts lines", "10.9.9.9, and the gateway is 10.77.0.200", "does not find istiod", "pulumi up --refresh"),
    (seen(addresses={}), "hosts lines", "is not there", "does not find istiod", "pulumi up --refresh"),
    (symptoms(own_name=""), "own name", "leads to no address", "/etc/hosts", "pulumi up --refresh"),
    (seen(unit_state="failed"), "unit", "istio is failed", "stopped, or it fails", "systemctl status istio"),
    (seen(unit_state="activating"), "unit", "activating", "again and again", "/var/log/istio"),
    (seen(unit_enabled=False), "unit at boot", "not enabled", "after a reboot", "pulumi up --refresh"),
    (seen(rules=frozenset()), "packet rules", r"missing \(IPv4\)", "firewall", r"ISTIO_\*"),
    (seen(modes={"/var/lib/istio/envoy": ("istio-proxy:istio-proxy", "0755")}),
     "files", "/var/lib/istio/envoy is istio-proxy:istio-proxy 0755", "package gives it away", "pulumi up --refresh"),
    (seen(upkeep="meshx-upkeep.timer does not run"),
     "upkeep", "timer does not run", "nothing puts back", "pulumi up --refresh"),
    (seen(upkeep=""), "upkeep", "missing", "stopped or changed", "pulumi up --refresh"),
    (seen(upkeep="settings of others for unit istio leave ExecStartPre of meshx-upkeep.conf out"),
     "upkeep", "settings of others", "changed by hand", "istio must not empty its ExecStartPre"),
    (seen(clock=int(time.time()) + 7200), "clock", "[67][0-9]{3} s ahead of", "certificates", "synchronisation"),
    (seen(clock=int(time.time()) - 7200), "clock", "s behind", "certificates", "synchronisation"),
    (seen(certificate=None), "certificate", "none; no token", "were removed", "pulumi up --refresh"),
    (seen(certificate=None, token_end=int(time.time()) + 3600),
     "certificate", "none; token until", "not got one from istiod", "pulumi up --refresh"),
    (seen(certificate=read_chain(ROOT.sign(IDENTITY, timedelta(hours=-1)))),
     "certificate", "ended 20", "for longer than its certificate holds", "new token"),
    (seen(certificate=read_chain(authority().sign(IDENTITY))),
     "certificate", "another authority", "another mesh", "new token"),
    (seen(files={**HEALTHY.files, ROOT_FILE: FoundFile(b"altered", "root:root", "0644")}),
     "root certificate", "another content", "new root", "pulumi up --refresh"),
    (seen(package=NO_PACKAGE), "package", "not installed", "removed or replaced", "pulumi up --refresh"),
    (seen(package=NO_PACKAGE, joined=False), "package", "not installed", "has not joined yet", "pulumi up"),
    (seen(package=replace(HEALTHY.package, sha256="0" * 64)),
     "package", "another than the configured one", "another one is configured since", "pulumi up --refresh"),
    (symptoms(ways={(GATEWAY, 15012): "Connection refused"}),
     "gateway", "10.77.0.200 port 15012 is not reached from the machine: Connection refused", "firewall", "15012"),
    (symptoms(free={"/": 1 << 20, "/var": 99 << 10}), "space", "99 MiB free on /var; the sidecar's logs take 3 MiB",
     "full, or soon", "make room"),
    (symptoms(logs=701 << 10), "sidecar's logs", "takes 701 MiB", "nothing compresses", "meshx-logs"),
    (symptoms(processes={}), "processes", "pilot-agent and envoy do not run", "unit", "/var/log/istio"),
    (symptoms(processes={"pilot-agent": "istio-proxy"}), "processes", "envoy does not run", "istiod", "log"),
    (symptoms(listeners={15001: "x", 15006: "x", 15021: "x", 8080: "x"}),
     "sidecar's ports", "nobody listens on 15053", "proxy", "log"),
    (symptoms(listeners={port: who for port, who in SYMPTOMS.listeners.items() if port != 8080}),
     "own ports", r"nobody listens on 8080 \(http\)", "stopped", "start it"),
    (seen(ready=False, log="cannot reach istiod"), "proxy", "last words: cannot reach istiod", "istiod", "log"),
    (symptoms(resolved={"istiod.istio-system.svc.cluster.local": ""}),
     "name proxy", "leads to no address", "15053", "other faults"),
    (symptoms(answer=Answer(200, "nginx", "")), "calls from it", "past the proxy", "packet rules", "1.1 to 1.4"),
    (symptoms(answer=Answer(503, "envoy", "")), "calls from it", "503 by the proxy", "no endpoint", "network"),
    (symptoms(answer=Answer(0, "", "Connection refused")),
     "calls from it", "Connection refused", "lead to the proxy", "other faults"),
    (replace(VIEW, entry=None), "istiod's view", "vm/vm-1 is not there", "deleted", "pulumi up --refresh"),
    (entry(health=EntryHealth(True)), "istiod's view", "no word of its health", "not connected", "reconnect"),
    (entry(istiod="", disconnected_at="2026-11-22T17:00:00Z"),
     "istiod's view", "left istiod at 2026-11-22", "does not run", "log"),
    (entry(health=EntryHealth(True, False, "connection refused")),
     "calls to it", "nobody is sent to it: connection refused", "probe fails", "`probe`"),
]  # fmt: skip


def named(address: str) -> MachineView:
    """A machine that reaches its gateway by a host name, which leads the sidecar to that address."""
    view = symptoms(gateway_address=address)
    hosts = {**dict.fromkeys(view.wanted.bundle["hosts"], "")}
    wanted = replace(view.wanted, bundle={**view.wanted.bundle, "hosts": hosts})
    questions = replace(view.questions, gateway_name="lb.example.com")
    return replace(view, wanted=wanted, questions=questions, seen=replace(view.seen, addresses={}))


def test_a_gateways_host_name_takes_no_hosts_line_and_must_lead_to_an_address() -> None:
    assert likely_cause(examine(named("10.77.0.200"))) is None
    fault = likely_cause(examine(named("")))
    assert fault is not None
    assert (fault.subject, fault.found) == ("gateway's name", "lb.example.com leads to no address")
    assert "name servers" in fault.cause and "resolv.conf" in fault.remedy


@pytest.mark.parametrize(("view", "subject", "found", "cause", "remedy"), FAULTY)
def test_a_fault_is_the_likely_cause_with_its_words(
    view: MachineView, subject: str, found: str, cause: str, remedy: str
) -> None:
    first = likely_cause(examine(view))
    assert first is not None
    assert first.subject == subject
    for pattern, text in ((found, first.found), (cause, first.cause), (remedy, first.remedy)):
        assert re.search(pattern, text), text


CSR = ("csr.ca.svc", 443)
OTHER_CA = replace(VIEW, questions=replace(VIEW.questions, authorities=[CSR]), signer="csr.ca.svc")


def test_a_ca_other_than_istiod_has_to_be_reached_and_is_named_by_what_it_signed() -> None:
    reached = replace(OTHER_CA, symptoms=replace(SYMPTOMS, ways={**SYMPTOMS.ways, CSR: ""}))
    found = {one.subject: one for one in examine(reached)}
    assert (found["CA"].state, found["CA"].found) == (State.OK, "csr.ca.svc port 443 is reached")
    assert ", signed by O=cluster.local" in found["certificate"].found
    cut_off = replace(OTHER_CA, symptoms=replace(SYMPTOMS, ways={**SYMPTOMS.ways, CSR: "no answer in 4 s"}))
    first = likely_cause(examine(cut_off))
    assert first is not None
    assert (first.subject, first.found) == (
        "CA",
        "csr.ca.svc port 443 is not reached from the machine: no answer in 4 s",
    )
    without = replace(reached, seen=replace(HEALTHY, certificate=None, token_end=int(time.time()) + 3600))
    first = likely_cause(examine(without))
    assert first is not None and "not got one from csr.ca.svc yet" in first.cause


CLOSED = {"ports": [8080.0], "callsPastTheProxy": "refused"}


@pytest.mark.parametrize(
    ("wanted", "found", "words"),
    [
        (CLOSED, "answered: a table is missing", "flushed with all of nftables' rules"),
        (CLOSED, "refused until the next boot: the unit is disabled", "changed by hand"),
        (None, "refused, by a file", "has not had an `up` since"),
    ],
)
def test_calls_past_the_proxy_are_at_fault_where_the_configuration_says_otherwise(
    wanted: dict[str, object] | None, found: str, words: str
) -> None:
    machine = seen(past_the_proxy=found)
    if wanted:
        machine = replace(machine, wanted=replace(VIEW.wanted, bundle={**VIEW.wanted.bundle, "whenDown": wanted}))
    first = likely_cause(examine(machine))
    assert first is not None
    assert (first.subject, first.found, words in first.cause) == ("calls past the proxy", found, True)
    assert "pulumi up --refresh" in first.remedy


def test_what_stays_out_of_the_mesh_is_named_beside_the_rules() -> None:
    machine = replace(VIEW.machine, uncaptured=Uncaptured(outbound_ports=(2049,), outbound_ranges=("10.9.0.0/24",)))
    (said,) = [one for one in examine(replace(VIEW, machine=machine)) if one.subject == "packet rules"]
    assert (said.state, said.found) == (State.OK, "in place; past the proxy go calls to port 2049, 10.9.0.0/24")


def test_no_call_is_tried_that_stays_out_of_the_mesh() -> None:
    facts = ControlPlaneFacts("cluster1", "mesh1", "network1", "cluster.local")
    far = replace(VIEW.machine, network="network2")
    assert trial_call(far, facts) == Call("vmhttp.vm.svc.cluster.local", 8080, "/")
    assert trial_call(replace(far, uncaptured=Uncaptured(outbound_ports=(8080,))), facts) is None
    by_the_mesh = {"proxyMetadata": {"ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE": "8080"}}
    assert trial_call(far, replace(facts, proxy_defaults=by_the_mesh)) is None


def test_ports_that_refuse_calls_past_the_proxy_are_named() -> None:
    closed = replace(VIEW.wanted, bundle={**VIEW.wanted.bundle, "whenDown": CLOSED})
    (said,) = [one for one in examine(replace(seen(past_the_proxy="refused"), wanted=closed)) if "past" in one.subject]
    assert (said.state, said.found) == (State.OK, "refused at 8080")


def test_of_many_faults_the_one_that_the_others_follow_from_is_the_likely_cause() -> None:
    stopped = replace(
        seen(unit_state="inactive", rules=frozenset(), ready=False),
        symptoms=replace(SYMPTOMS, processes={}, listeners={8080: "x"}, resolved={"a": ""}, answer=Answer(0, "", "")),
    )
    assert set(faults(stopped)) >= {"unit", "processes", "packet rules", "sidecar's ports", "proxy", "name proxy"}
    assert faults(stopped)[0] == "unit"


def test_without_the_clusters_word_nothing_is_called_a_fault_that_only_it_can_tell() -> None:
    files = {path: file for path, file in VIEW.wanted.bundle["files"].items() if path != ROOT_CERTIFICATE}
    wanted = replace(VIEW.wanted, bundle={**VIEW.wanted.bundle, "files": files, "hosts": {}})
    view = replace(
        VIEW, wanted=wanted, entry=None, entry_unknown="no answer", questions=replace(QUESTIONS, gateways=[])
    )
    assert faults(view) == []
    unknown = {finding.subject for finding in examine(view) if finding.state is State.UNKNOWN}
    assert unknown == {"hosts lines", "gateway", "root certificate", "certificate", "istiod's view", "calls to it"}


def test_what_was_put_back_is_worth_a_note_and_no_fault() -> None:
    (noted,) = [finding for finding in examine(seen(told=("/etc/hosts was written",))) if finding.state is State.NOTE]
    assert (noted.subject, noted.found) == ("upkeep", "/etc/hosts was written")


def test_an_address_that_is_translated_is_worth_a_note_and_no_fault() -> None:
    view = symptoms(own_addresses=["192.168.1.5"])
    assert faults(view) == []
    (noted,) = [finding for finding in examine(view) if finding.state is State.NOTE]
    assert "callers are told 10.77.0.11" in noted.found


def test_an_address_of_a_family_that_the_proxy_does_not_take_is_worth_a_note() -> None:
    view = symptoms(own_addresses=["10.77.0.11", "fd77::11"])
    assert faults(view) == []
    (noted,) = [finding for finding in examine(view) if finding.state is State.NOTE]
    assert noted.found.startswith("has fd77::11 as well, and its proxy takes one family alone")
    both = replace(view, machine=replace(view.machine, second_address="fd77::11"))
    assert not [finding for finding in examine(both) if finding.state is State.NOTE]


def test_a_machine_without_a_probe_is_called_whatever_it_answers() -> None:
    view = entry(health=EntryHealth(False))
    assert faults(view) == []
    assert "it has no probe" in next(finding.found for finding in examine(view) if finding.state is State.NOTE)
