"""Cluster services under names of their own, called from both networks."""

from __future__ import annotations

import time
from typing import Any

from kubernetes import client

from sandbox import machines, traffic
from sandbox.kubernetes import cluster, pods
from tests.e2e.networks.calls import no_call_fails, of_machine, of_pod
from tests.e2e.networks.engine_changes import done, planned
from tests.e2e.networks.upstreams import upstreams
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled

NAME = "httpbin.bar.global"
REAL_NAME = "httpbin.bar.svc.cluster.local"
URL = f"http://{NAME}:8000/"
VM_IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"
VIRTUAL = "10.200.0.7"
MACHINES = ("vm-1", "vm-2")


def address_of(machine: str, name: str = NAME) -> str:
    """What a machine's programs get for a name."""
    return machines.execute(machine, ["getent", "hosts", name]).stdout.split()[0]


def started(machine: str) -> str:
    """When a machine's proxy was started."""
    return machines.execute(machine, ["systemctl", "show", "-p", "ActiveEnterTimestamp", "istio"]).stdout


def scaled(replicas: int) -> None:
    """Have so many pods of httpbin, and wait until there are."""
    apps = client.AppsV1Api(cluster.api())
    apps.patch_namespaced_deployment_scale("httpbin", "bar", {"spec": {"replicas": replicas}})
    deadline = time.monotonic() + 90
    while len(pods.list_pods("bar", "app=httpbin")) != replicas:
        assert time.monotonic() < deadline, "the pods do not come or go"
        time.sleep(0.5)


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
    for machine in MACHINES:
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


def test_a_service_scaled_to_zero_keeps_its_identity_and_every_preview_goes_on(project: MeshProject) -> None:
    scaled(0)
    try:
        shown = project.expect("preview", "--expect-no-changes").text
        project.expect("up", "--yes", "--skip-preview", "--expect-no-changes")
    finally:
        scaled(1)
    assert f"{NAME}: Service bar/httpbin has no pods now" in " ".join(shown.split())
    assert settled(lambda: traffic.from_machine("vm-2", URL)[0]).status == 200


def test_a_service_of_tcp_and_a_virtual_address_by_hand_do_as_well(project: MeshProject, others: None) -> None:
    before = address_of("vm-2")
    raw = {"service": "raw", "namespace": "bar", "port": 9000, "address": VIRTUAL}
    project.configure(lambda config: config["exposed"].append(raw))
    project.expect("up", "--yes", "--skip-preview")
    assert address_of("vm-2", "raw.bar.global") == VIRTUAL
    assert address_of("vm-2") == before
    for machine in ("vm-1", "vm-2"):
        answer = settled(lambda machine=machine: traffic.from_machine(machine, "http://raw.bar.global:9000/")[0])
        assert (answer.status, answer.caller) == (200, VM_IDENTITY), machine


def test_one_is_renamed_and_no_other_call_fails(project: MeshProject, others: None) -> None:
    def rename(config: dict[str, Any]) -> None:
        config["exposed"][0]["service"] = "web"

    kept = {machine: address_of(machine, "raw.bar.global") for machine in MACHINES}
    before = {machine: started(machine) for machine in MACHINES}
    loops = {"vm-1": of_machine("vm-1"), "vm-2": of_machine("vm-2"), "pod to all": of_pod("vmhttp")}
    with no_call_fails("exposed service renamed", **loops):
        # Its component with three objects anew, a hosts line on each machine, and who reaches what.
        assert planned(project, rename) == {"created": 4, "deleted": 4, "updated": 3} == done(project)
        assert {machine: started(machine) for machine in MACHINES} == before, "a proxy was restarted for a hosts line"
    for machine in MACHINES:
        answer = settled(lambda machine=machine: traffic.from_machine(machine, "http://web.bar.global:8000/")[0])
        assert answer.status == 200
        assert NAME not in machines.execute(machine, ["cat", "/etc/hosts"]).stdout
        assert address_of(machine, "raw.bar.global") == kept[machine]
