"""Cluster services under names of their own, called from both networks."""

from __future__ import annotations

from typing import Any

from sandbox import machines, pods, traffic
from tests.e2e.networks.upstreams import upstreams
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled

NAME = "httpbin.bar.global"
REAL_NAME = "httpbin.bar.svc.cluster.local"
URL = f"http://{NAME}:8000/"
VM_IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"
VIRTUAL = "10.200.0.7"


def address_of(machine: str) -> str:
    """What a machine's programs get for the name."""
    return machines.execute(machine, ["getent", "hosts", NAME]).stdout.split()[0]


def exposed(project: MeshProject, **keys: Any) -> None:
    """Apply the stack with other keys of the exposed service; None takes a key out."""

    def change(config: dict[str, Any]) -> None:
        wanted = {**config["exposed"][0], **keys}
        config["exposed"][0] = {key: value for key, value in wanted.items() if value is not None}

    project.configure(change)
    project.expect("up", "--yes", "--skip-preview")


def test_both_machines_call_it_each_by_its_own_way(project: MeshProject) -> None:
    gateway = project.outputs()["controlPlane"]["gatewayAddress"]
    (pod,) = pods.list_pods("bar", "app=httpbin")
    for machine in ("vm-1", "vm-2"):
        answer = settled(lambda machine=machine: traffic.from_machine(machine, URL)[0])
        assert (answer.status, answer.server, answer.caller) == (200, "envoy", VM_IDENTITY), machine
    assert address_of("vm-1").startswith("10.96.")
    assert address_of("vm-2").startswith("127.255.")
    assert upstreams("vm-1", REAL_NAME)[f"{pod.status.pod_ip}:8080"] > 0
    assert sum(upstreams("vm-1", NAME).values()) == 0
    assert upstreams("vm-2", NAME)[f"{gateway}:15443"] > 0


def test_its_loopback_address_is_captured_only_where_the_machine_needs_it(project: MeshProject) -> None:
    near, far = (traffic.from_machine(machine, f"http://{address_of('vm-2')}:8000/")[0] for machine in ("vm-1", "vm-2"))
    assert (near.status, far.server) == (0, "envoy")
    assert "refused" in near.error


def test_the_far_machine_takes_nobody_else_for_it(project: MeshProject) -> None:
    exposed(project, serviceAccount="somebody-else")
    refused = traffic.from_machine("vm-2", URL, count=5, every="200ms")
    exposed(project, serviceAccount=None)
    assert {answer.status for answer in refused[-2:]} == {503}
    assert settled(lambda: traffic.from_machine("vm-2", URL)[0]).status == 200


def test_a_virtual_address_by_hand_and_another_protocol_do_as_well(project: MeshProject) -> None:
    before = address_of("vm-2")
    exposed(project, address=VIRTUAL, protocol="TCP")
    assert address_of("vm-2") == VIRTUAL
    for machine in ("vm-1", "vm-2"):
        answer = settled(lambda machine=machine: traffic.from_machine(machine, URL)[0])
        assert (answer.status, answer.caller) == (200, VM_IDENTITY), machine
    exposed(project, address=None, protocol=None)
    assert address_of("vm-2") == before
    assert settled(lambda: traffic.from_machine("vm-2", URL)[0]).server == "envoy"
