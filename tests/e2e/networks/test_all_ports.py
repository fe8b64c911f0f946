"""A service with several ports of several kinds, exposed as it is: called on each port from both networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from kubernetes import client

from sandbox import traffic
from sandbox.kubernetes import cluster, pods
from sandbox.traffic.calls import Answer
from tests.e2e.networks.calls import no_call_fails
from tests.e2e.networks.test_exposed_services import MACHINES, VM_IDENTITY, address_of, started
from tests.e2e.networks.upstreams import upstreams
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled

HOST, REAL_HOST = "both.bar.global", "both.bar.svc.cluster.local"
HTTP, TCP, FURTHER = 8000, 9000, 9001


def offers(*ports: client.V1ServicePort) -> client.V1Service:
    """The Service `both` before httpbin's pods, with these ports and one of UDP."""
    udp = client.V1ServicePort(name="udp-metrics", port=8125, target_port=8125, protocol="UDP")
    spec = client.V1ServiceSpec(selector={"app": "httpbin"}, ports=[*ports, udp])
    return client.V1Service(metadata=client.V1ObjectMeta(name="both"), spec=spec)


def port(number: int, kind: str) -> client.V1ServicePort:
    return client.V1ServicePort(name=f"{kind}-{number}", port=number, target_port=8080)


@pytest.fixture(scope="module")
def both(project: MeshProject) -> Iterator[None]:
    """The Service, there while these tests run; the stack exposes it no longer when it goes."""
    core = client.CoreV1Api(cluster.api())
    core.create_namespaced_service("bar", offers(port(HTTP, "http"), port(TCP, "tcp")))
    yield
    project.configure(lambda config: config["exposed"].pop())
    project.expect("up", "--yes", "--skip-preview")
    core.delete_namespaced_service("both", "bar")


def of(machine: str, number: int) -> Callable[[], list[Answer]]:
    return lambda: traffic.from_machine(machine, f"http://{HOST}:{number}/", 10, "50ms")


def every_call(what: str, *numbers: int) -> None:
    """Each machine calls each port, steadily for some seconds; the counts are printed, and none may fail."""
    for machine in MACHINES:
        for number in numbers:
            answer = settled(lambda machine=machine, number=number: of(machine, number)()[0])
            assert (answer.status, answer.caller) == (200, VM_IDENTITY), (machine, number)
    loops = {f"{machine} to port {number}": of(machine, number) for machine in MACHINES for number in numbers}
    with no_call_fails(what, **loops):
        pass


def test_all_ports_of_a_service_are_called_from_both_networks(project: MeshProject, both: None) -> None:
    project.configure(lambda config: config["exposed"].append({"service": "both", "namespace": "bar"}))
    shown = " ".join(project.expect("up", "--yes", "--skip-preview").text.split())
    assert f"{HOST}: without port 8125 (UDP) of Service bar/both, since Istio carries TCP alone" in shown
    assert address_of("vm-1", HOST).startswith("10.96.")
    assert address_of("vm-2", HOST).startswith("127.255.")
    every_call("all ports of a service", HTTP, TCP)
    exports = project.outputs()["exposed"]
    assert (exports["bar/both"], exports[f"bar/both:{TCP}"]) == (f"{HOST}:{HTTP}", f"{HOST}:{TCP}")
    gateway, (pod,) = project.outputs()["controlPlane"]["gatewayAddress"], pods.list_pods("bar", "app=httpbin")
    assert set(upstreams("vm-2", HOST)) == {f"{gateway}:15443"}
    assert upstreams("vm-1", REAL_HOST)[f"{pod.status.pod_ip}:8080"] > 0
    assert sum(upstreams("vm-1", HOST).values()) == 0
    project.expect("preview", "--expect-no-changes")


def test_a_port_that_comes_to_the_service_shows_in_a_preview_and_is_called_after_an_up(
    project: MeshProject, both: None
) -> None:
    before = {machine: started(machine) for machine in MACHINES}
    ports = port(HTTP, "http"), port(TCP, "tcp"), port(FURTHER, "http")
    client.CoreV1Api(cluster.api()).replace_namespaced_service("both", "bar", offers(*ports))
    with no_call_fails("a third port", **{f"{machine} to port {TCP}": of(machine, TCP) for machine in MACHINES}):
        changes = project.expect("preview").changes()
        # The ServiceEntry, the DestinationRule, the VirtualService, and who reaches what.
        assert (changes["update"], changes.get("create", 0), changes.get("delete", 0)) == (4, 0, 0)
        project.expect("up", "--yes", "--skip-preview")
    every_call("three ports", HTTP, TCP, FURTHER)
    assert {machine: started(machine) for machine in MACHINES} == before, "a proxy was restarted for a port"


def test_ports_that_are_named_are_exposed_alone(project: MeshProject, both: None) -> None:
    project.configure(lambda config: config["exposed"][-1].update(ports=[TCP]))
    project.expect("up", "--yes", "--skip-preview")
    assert project.outputs()["exposed"]["bar/both"] == f"{HOST}:{TCP}"
    assert settled(lambda: of("vm-2", TCP)()[0]).status == 200
    # Nobody listens for it on the loopback address, and the machine's proxy knows no such port.
    assert not any(answer.succeeded for answer in of("vm-2", FURTHER)()[-3:])


def test_a_port_of_udp_is_refused_in_words(project: MeshProject, both: None) -> None:
    project.configure(lambda config: config["exposed"][-1].update(ports=[TCP, 8125]))
    refused = project.pulumi("preview")
    project.configure(lambda config: config["exposed"][-1].update(ports=[TCP]))
    shown = " ".join(refused.text.split())
    assert refused.code != 0
    assert "meshx:exposed[1].ports[1]" in shown
    assert "port 8125 of Service bar/both is UDP, which Istio does not carry" in shown
