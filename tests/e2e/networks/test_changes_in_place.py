"""Changes while calls go on: the smallest one that does it, nothing replaced, and no call to the others fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox import machines, traffic
from tests.e2e.networks.calls import HTTPBIN, no_call_fails, of_machine, of_pod
from tests.e2e.networks.engine_changes import done, planned
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled


def test_a_machine_moves_to_another_network_and_back(project: MeshProject) -> None:
    def to(network: str) -> Callable[[dict[str, Any]], None]:
        return lambda config: config["workloads"][0]["machines"][0].update(network=network)

    loops = {"pod to the others": of_pod("vm-2.vmhttp"), "pod to all": of_pod("vmhttp"), "vm-2": of_machine("vm-2")}
    with no_call_fails("vm-1 moved to network2", **loops):
        # Its WorkloadEntry, its Join, who reaches what; and nobody on the cluster's network calls the exposed service
        # any more.
        assert planned(project, to("network2")) == {"updated": 3, "deleted": 1} == done(project)
    assert project.outputs()["machines"]["vm-1"]["network"] == "network2"
    for url in (HTTPBIN, "http://httpbin.bar.global:8000/"):
        assert settled(lambda url=url: traffic.from_machine("vm-1", url)[0]).status == 200
    with no_call_fails("vm-1 moved back", **loops):
        project.configure(to("network1"))
        assert done(project) == {"updated": 3, "created": 1}
    assert settled(lambda: traffic.from_machine("vm-1", HTTPBIN)[0]).status == 200


def test_a_port_is_added(project: MeshProject) -> None:
    port = {"name": "http-more", "port": 8081, "targetPort": 8081}
    with no_call_fails("port added", **{"pod to all": of_pod("vmhttp")}):
        # Service, WorkloadGroup, who reaches what, and of each machine WorkloadEntry, ServiceEntry and Join.
        assert planned(project, lambda config: config["workloads"][0]["ports"].append(port)) == {"updated": 9}
        assert done(project) == {"updated": 9}
    machines.execute("vm-2", ["systemd-run", "--unit=more", "echo-http", "serve", ":8081"])
    url = "http://vm-2.vmhttp.vm.svc.cluster.local:8081/"
    answer = settled(lambda: traffic.from_pod("sleep", url)[0])
    machines.execute("vm-2", ["systemctl", "stop", "more"])
    assert (answer.status, answer.host) == (200, "vm-2")


def test_a_label_of_the_far_machine_changes(project: MeshProject) -> None:
    def relabel(config: dict[str, Any]) -> None:
        config["workloads"][0]["machines"][1]["labels"] = {"version": "v2"}

    loops = {"pod to the other": of_pod("vm-1.vmhttp"), "pod to all": of_pod("vmhttp"), "vm-1": of_machine("vm-1")}
    with no_call_fails("label of vm-2 changed", **loops):
        project.configure(relabel)
        assert done(project) == {"updated": 2}
