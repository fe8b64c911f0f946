"""Changes while calls go on: the smallest one that does it, nothing replaced, and no call to the others fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kubernetes import client

from sandbox import cluster, machines, traffic
from sandbox.traffic import Answer
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled
from tests.e2e.stack.steady_calls import SteadyCalls, steady

HTTPBIN = "http://httpbin.bar.svc.cluster.local:8000/"
BATCH, EVERY = 10, "50ms"
KINDS = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced"}
"""What the engine calls a kind of change in a preview, and afterwards."""


def of_pod(host: str, port: int = 8080) -> Callable[[], list[Answer]]:
    return lambda: traffic.from_pod("sleep", f"http://{host}.vm.svc.cluster.local:{port}/", BATCH, EVERY)


def of_machine(machine: str) -> Callable[[], list[Answer]]:
    return lambda: traffic.from_machine(machine, HTTPBIN, BATCH, EVERY)


@contextmanager
def no_call_fails(what: str, **loops: Callable[[], list[Answer]]) -> Iterator[None]:
    """Make the calls until the block ends, print the counts, and take no failure."""
    made: dict[str, SteadyCalls] = {}

    @contextmanager
    def all_of(left: list[tuple[str, Callable[[], list[Answer]]]]) -> Iterator[None]:
        if not left:
            yield
            return
        with steady(left[0][1]) as made[left[0][0]], all_of(left[1:]):
            yield

    with all_of(list(loops.items())):
        time.sleep(1)
        yield
        time.sleep(1)
    for name, calls in made.items():
        print(f"{what}: {name}: {calls.summary()}")
        assert calls.answers, name
        assert not calls.failed, (name, calls.failed[:3])


def change(project: MeshProject, how: Callable[[dict[str, Any]], object]) -> dict[str, int]:
    """Apply a changed configuration; returns what the engine changed, which its preview said before."""
    project.configure(how)
    planned = project.expect("preview").changes()
    done = project.expect("up", "--yes", "--skip-preview").changes()
    assert {kind: planned.get(kind) for kind in KINDS} == {kind: done.get(past) for kind, past in KINDS.items()}
    return {kind: done[kind] for kind in KINDS.values() if kind in done}


def test_a_machine_moves_to_another_network_and_back(project: MeshProject) -> None:
    def to(network: str) -> Callable[[dict[str, Any]], None]:
        return lambda config: config["workloads"][0]["machines"][0].update(network=network)

    loops = {"pod to the others": of_pod("vm-2.vmhttp"), "pod to all": of_pod("vmhttp"), "vm-2": of_machine("vm-2")}
    with no_call_fails("vm-1 moved to network2", **loops):
        # Its WorkloadEntry and its Join; and nobody on the cluster's network calls the exposed service any more.
        assert change(project, to("network2")) == {"updated": 2, "deleted": 1}
    assert project.outputs()["machines"]["vm-1"]["network"] == "network2"
    for url in (HTTPBIN, "http://httpbin.bar.global:8000/"):
        assert settled(lambda url=url: traffic.from_machine("vm-1", url)[0]).status == 200
    with no_call_fails("vm-1 moved back", **loops):
        assert change(project, to("network1")) == {"updated": 2, "created": 1}
    assert settled(lambda: traffic.from_machine("vm-1", HTTPBIN)[0]).status == 200


def test_a_port_is_added(project: MeshProject) -> None:
    port = {"name": "http-more", "port": 8081, "targetPort": 8081}
    with no_call_fails("port added", **{"pod to all": of_pod("vmhttp")}):
        # Service, WorkloadGroup, and of each machine WorkloadEntry, ServiceEntry and Join.
        changes = change(project, lambda config: config["workloads"][0]["ports"].append(port))
    assert changes == {"updated": 8}
    machines.execute("vm-2", ["systemd-run", "--unit=more", "echo-http", "serve", ":8081"])
    url = "http://vm-2.vmhttp.vm.svc.cluster.local:8081/"
    answer = settled(lambda: traffic.from_pod("sleep", url)[0])
    machines.execute("vm-2", ["systemctl", "stop", "more"])
    assert (answer.status, answer.host) == (200, "vm-2")
    assert change(project, lambda config: config["workloads"][0]["ports"].pop()) == {"updated": 8}


def test_a_label_of_the_far_machine_changes(project: MeshProject) -> None:
    def relabel(config: dict[str, Any]) -> None:
        config["workloads"][0]["machines"][1]["labels"] = {"version": "v2"}

    loops = {"pod to the other": of_pod("vm-1.vmhttp"), "pod to all": of_pod("vmhttp"), "vm-1": of_machine("vm-1")}
    with no_call_fails("label of vm-2 changed", **loops):
        assert change(project, relabel) == {"updated": 2}


@pytest.fixture
def web() -> Iterator[str]:
    """Another Service in front of httpbin's pods."""
    core = client.CoreV1Api(cluster.api())
    port = client.V1ServicePort(name="http", port=8000, target_port=8080)
    service = client.V1Service(
        metadata=client.V1ObjectMeta(name="web"), spec=client.V1ServiceSpec(selector={"app": "httpbin"}, ports=[port])
    )
    core.create_namespaced_service("bar", service)
    yield "web"
    core.delete_namespaced_service("web", "bar")


def test_an_exposed_service_is_renamed(project: MeshProject, web: str) -> None:
    def rename(name: str) -> Callable[[dict[str, Any]], None]:
        return lambda config: config["exposed"][0].update(service=name)

    def started(machine: str) -> str:
        return machines.execute(machine, ["systemctl", "show", "-p", "ActiveEnterTimestamp", "istio"]).stdout

    before = {machine: started(machine) for machine in ("vm-1", "vm-2")}
    loops = {"vm-1": of_machine("vm-1"), "vm-2": of_machine("vm-2"), "pod to all": of_pod("vmhttp")}
    with no_call_fails("exposed service renamed", **loops):
        # Its three objects anew, and a hosts line on each machine.
        assert change(project, rename(web)) == {"created": 4, "deleted": 4, "updated": 2}
    assert {machine: started(machine) for machine in before} == before, "a proxy was restarted for a hosts line"
    for machine in before:
        assert (
            settled(lambda machine=machine: traffic.from_machine(machine, f"http://{web}.bar.global:8000/")[0]).status
            == 200
        )
        assert "httpbin.bar.global" not in machines.execute(machine, ["cat", "/etc/hosts"]).stdout
    change(project, rename("httpbin"))
