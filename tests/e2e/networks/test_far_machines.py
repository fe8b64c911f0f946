"""A machine that reaches the gateway's address and nothing else of the cluster, and yet takes part in the mesh."""

from __future__ import annotations

import pytest

from sandbox import machines, traffic
from sandbox.kubernetes import pods
from sandbox.network.addresses import NODE_ADDRESS
from tests.e2e.networks.upstreams import upstreams
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled

HTTPBIN = "httpbin.bar.svc.cluster.local"
VMHTTP = "http://vmhttp.vm.svc.cluster.local:8080/"
VM_IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"
POD_IDENTITY = "spiffe://cluster.local/ns/bar/sa/sleep"
CALLS = 20


def reaches(machine: str, address: str, port: int) -> bool:
    """Whether a machine gets a TCP connection, past its proxy: as the user whose traffic is not captured."""
    connect = f"timeout 2 bash -c '</dev/tcp/{address}/{port}' 2>/dev/null"
    return machines.execute(machine, ["runuser", "-u", "istio-proxy", "--", "bash", "-c", connect]).returncode == 0


def test_the_far_machine_reaches_the_gateway_and_nothing_else_of_the_cluster(project: MeshProject) -> None:
    gateway = project.outputs()["controlPlane"]["gatewayAddress"]
    (pod,) = pods.list_pods("bar", "app=httpbin")
    assert reaches("vm-2", gateway, 15012)
    assert reaches("vm-2", gateway, 15443)
    assert reaches("vm-1", pod.status.pod_ip, 8080), "the pod is reached by nobody, so the drop proves nothing"
    for address, port in ((pod.status.pod_ip, 8080), ("10.96.0.10", 53), (str(NODE_ADDRESS), 6443), ("10.77.0.11", 22)):
        assert not reaches("vm-2", address, port), f"{address}:{port}"


@pytest.mark.parametrize("machine", ["vm-1", "vm-2"])
def test_a_machine_calls_a_service_by_its_own_name_as_itself(project: MeshProject, machine: str) -> None:
    answer = settled(lambda: traffic.from_machine(machine, f"http://{HTTPBIN}:8000/")[0])
    assert (answer.status, answer.server, answer.caller) == (200, "envoy", VM_IDENTITY)


def test_its_calls_go_through_the_gateway_and_those_of_the_near_one_do_not(project: MeshProject) -> None:
    gateway = project.outputs()["controlPlane"]["gatewayAddress"]
    (pod,) = pods.list_pods("bar", "app=httpbin")
    before = {machine: upstreams(machine, HTTPBIN) for machine in ("vm-1", "vm-2")}
    for machine in before:
        answers = traffic.from_machine(machine, f"http://{HTTPBIN}:8000/", CALLS)
        assert all(answer.succeeded for answer in answers)
    after = {machine: upstreams(machine, HTTPBIN) for machine in ("vm-1", "vm-2")}
    print(f"calls by address: {after}")
    for machine, address in (("vm-1", f"{pod.status.pod_ip}:8080"), ("vm-2", f"{gateway}:15443")):
        assert list(after[machine]) == [address]
        assert after[machine][address] >= before[machine].get(address, 0) + CALLS


def test_a_pods_calls_reach_every_machine_of_the_workload_on_both_networks(project: MeshProject) -> None:
    settled(lambda: traffic.from_pod("sleep", "http://vm-2.vmhttp.vm.svc.cluster.local:8080/")[0])
    answers = traffic.from_pod("sleep", VMHTTP, count=50)
    counts = {host: sum(answer.host == host for answer in answers) for host in ("vm-1", "vm-2")}
    print(f"calls from a pod: {counts}, {sum(not answer.succeeded for answer in answers)} failed")
    assert all(answer.succeeded and answer.caller == POD_IDENTITY for answer in answers)
    assert min(counts.values()) > 0


@pytest.mark.parametrize("machine", ["vm-1", "vm-2"])
def test_a_pod_calls_each_machine_by_its_own_name(project: MeshProject, machine: str) -> None:
    answer = settled(lambda: traffic.from_pod("sleep", f"http://{machine}.vmhttp.vm.svc.cluster.local:8080/")[0])
    assert (answer.status, answer.host, answer.caller) == (200, machine, POD_IDENTITY)


@pytest.mark.parametrize(("caller", "called"), [("vm-1", "vm-2"), ("vm-2", "vm-1")])
def test_machines_call_each_other_across_networks(project: MeshProject, caller: str, called: str) -> None:
    url = f"http://{called}.vmhttp.vm.svc.cluster.local:8080/"
    answer = settled(lambda: traffic.from_machine(caller, url)[0])
    assert (answer.status, answer.host, answer.caller) == (200, called, VM_IDENTITY)
