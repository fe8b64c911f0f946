"""Who calls whom by IPv4 and IPv6, what the table says of it, and what leaving leaves."""

from __future__ import annotations

import pytest

from sandbox import machines, traffic
from sandbox.network import dual_stack
from sandbox.traffic.calls import Answer
from tests.e2e.dual_stack.kinds import BOTH, IPV4, IPV6, KINDS, SECOND_ADDRESS
from tests.e2e.networks.calls import no_call_fails, of_pod
from tests.e2e.reachability.predictions import predicted
from tests.e2e.stack.machine_listing import differences, listing
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled
from tests.e2e.stack.upkeep import STOP_UPKEEP

VM_IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"
POD_IDENTITY = "spiffe://cluster.local/ns/bar/sa/sleep"
SERVICE = "vmhttp.vm.svc.cluster.local"
FAMILY_WORDS = {IPV4: "IPv4 alone", IPV6: "IPv6 alone", BOTH: "IPv4 and IPv6"}


def of(machine: str) -> str:
    return f"http://{machine}.{SERVICE}:8080/"


def test_each_machine_finds_istiod_by_a_family_that_it_has(project: MeshProject) -> None:
    found = {name: machines.execute(name, ["getent", "ahosts", "istiod.istio-system.svc"]).stdout for name in KINDS}
    print(found)
    gateway = project.outputs()["controlPlane"]["gatewayAddress"]
    assert found[IPV4].split()[0] == found[BOTH].split()[0] == gateway
    assert found[IPV6].split()[0] in map(str, dual_stack.LOAD_BALANCERS)


def test_the_sidecar_captures_both_families_where_the_machine_has_them(project: MeshProject) -> None:
    rules = {
        (name, command): "ISTIO_INBOUND" in machines.execute(name, ["bash", "-c", f"{command}-save -t nat"]).stdout
        for name in KINDS
        for command in ("iptables", "ip6tables")
    }
    assert [pair for pair, there in rules.items() if not there] == [(IPV4, "ip6tables")]
    past = machines.execute(
        "vm-9", ["runuser", "-u", "istio-proxy", "--", "echo-http", "call", f"http://[{SECOND_ADDRESS}]:8080/"]
    )
    (answer,) = traffic.calls.answers(past.stdout, past.stderr)
    assert (answer.status, answer.host, answer.server) == (200, BOTH, "istio-envoy")


@pytest.mark.parametrize("called", KINDS)
def test_a_pod_calls_machines_of_every_kind(project: MeshProject, called: str) -> None:
    answer = settled(lambda: traffic.from_pod("sleep", of(called))[0])
    assert (answer.status, answer.host, answer.caller) == (200, called, POD_IDENTITY)


@pytest.mark.parametrize("caller", KINDS)
@pytest.mark.parametrize("called", KINDS)
def test_machines_call_each_other_as_the_table_says(project: MeshProject, caller: str, called: str) -> None:
    key = f"machines on network1 with {FAMILY_WORDS[caller]} -> {called}.{SERVICE}:8080"
    said = {one.key: one.obstacle is None for one in predicted(project)}[key]
    if said:
        answer = settled(lambda: traffic.from_machine(caller, of(called))[0])
        assert (answer.status, answer.host, answer.caller) == (200, called, VM_IDENTITY)
    else:
        answers = traffic.from_machine(caller, of(called), 3)
        print(f"{caller} -> {called}: {answers[0]}")
        assert not [answer for answer in answers if answer.succeeded]


@pytest.mark.parametrize("caller", KINDS)
def test_a_service_of_both_families_is_called_by_every_kind(project: MeshProject, caller: str) -> None:
    answer = settled(lambda: traffic.from_machine(caller, "http://both.bar.svc.cluster.local:8000/")[0])
    assert (answer.status, answer.caller) == (200, VM_IDENTITY)


def test_a_service_of_ipv4_alone_is_called_by_machines_that_have_it(project: MeshProject) -> None:
    url = "http://httpbin.bar.svc.cluster.local:8000/"
    for caller in (IPV4, BOTH):
        assert settled(lambda caller=caller: traffic.from_machine(caller, url)[0]).status == 200  # type: ignore[misc]
    answers: list[Answer] = traffic.from_machine(IPV6, url, 3)
    print(f"{IPV6} -> httpbin: {answers[0]}")
    assert not [answer for answer in answers if answer.succeeded]


def test_nothing_has_drifted_and_no_call_to_the_service_fails_while_a_label_changes(project: MeshProject) -> None:
    project.expect("refresh", "--preview-only", "--expect-no-changes")

    def relabelled(config: dict) -> None:  # type: ignore[type-arg]
        config["workloads"][0]["labels"] = {"version": "v2"}

    project.configure(relabelled)
    # Their sidecars restart one after another: nobody else answers at a machine's own name meanwhile.
    with no_call_fails("machines of each kind get another label", pod=of_pod("vmhttp")):
        project.expect("up", "--yes", "--skip-preview")


def test_rules_of_one_family_that_are_gone_are_missed_and_set_anew(project: MeshProject) -> None:
    machines.execute(BOTH, ["bash", "-c", f"{STOP_UPKEEP}; ip6tables -t nat -F"])
    told = project.expect("refresh", "--preview-only", "--diff").text
    assert "missing (IPv6)" in told
    project.expect("up", "--yes", "--skip-preview", "--refresh")
    saved = machines.execute(BOTH, ["ip6tables-save", "-t", "nat"]).stdout
    assert "-A OUTPUT -j ISTIO_OUTPUT" in saved
    project.expect("refresh", "--preview-only", "--expect-no-changes")


def test_leaving_leaves_machines_as_they_were(project: MeshProject, before: dict[str, dict[str, list[str]]]) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    left = {name: differences(before[name], listing(name)) for name in KINDS}
    print(left)
    assert not any(left.values())
