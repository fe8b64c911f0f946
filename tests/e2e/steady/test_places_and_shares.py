"""How callers divide their calls by the machines' weights, and by where they and the callers are."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from sandbox import machines, traffic
from sandbox.kubernetes import cluster
from sandbox.traffic import services
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import VMHTTP, second_machine

pytestmark = pytest.mark.usefixtures("sandbox")

SPREAD_SECONDS = 60.0
CALLS = 400
EUROPE, AMERICA = "europe-west1/europe-west1-b", "us-east1/us-east1-c"
RULE = {
    "host": "vmhttp.vm.svc.cluster.local",
    "trafficPolicy": {
        "loadBalancer": {"simple": "ROUND_ROBIN", "localityLbSetting": {"enabled": True}},
        "outlierDetection": {"consecutive5xxErrors": 3, "interval": "1s", "baseEjectionTime": "30s"},
    },
}


def near_and_far(config: dict[str, Any]) -> None:
    """vm-1 and vm-2 serve, vm-3 only calls."""
    key = ".sandbox/machines/vm-2/ssh_host_ed25519_key.pub"
    near, workload = config["workloads"][0]["machines"][0], config["workloads"][0]
    far = {"name": "vm-2", "network": "network2", "address": "10.79.0.12", "ssh": {"hostKeyFile": key}}
    workload["machines"] = [{**near, "weight": 3}, far]
    workload["probe"] = {"tcp": {"port": 8080}, "periodSeconds": 1, "failureThreshold": 1}
    config["workloads"].append({"name": "job", "namespace": "batch", "machines": [second_machine()]})


@pytest.fixture(scope="module")
def project(new_project: MeshProject) -> Iterator[MeshProject]:
    """A stack of three machines; destroyed in the end whatever happened."""
    new_project.configure(near_and_far)
    try:
        services.apply()
        new_project.expect("up", "--yes", "--skip-preview")
        services.restart_uninjected()
        yield new_project
    finally:
        machines.execute("vm-1", ["systemctl", "start", "echo-http"])
        new_project.unlock()
        new_project.pulumi("destroy", "--yes", "--skip-preview")


def from_job(count: int) -> Counter[str]:
    """Who answered calls of vm-3, each of which succeeds."""
    answers = traffic.from_machine("vm-3", VMHTTP, count=count)
    assert all(answer.succeeded for answer in answers), answers
    return Counter(answer.host for answer in answers)


def await_answers_of(wanted: set[str]) -> None:
    """Wait until calls of vm-3 reach all of the wanted machines and nobody else, and none fails any more."""
    deadline = time.monotonic() + SPREAD_SECONDS
    while (seen := {answer.host for answer in traffic.from_machine("vm-3", VMHTTP, count=20)}) != wanted:
        assert time.monotonic() < deadline, f"calls reach {seen} and not {wanted}"
        time.sleep(0.5)


def test_a_machine_of_weight_three_gets_three_of_four_calls(project: MeshProject) -> None:
    await_answers_of({"vm-1", "vm-2"})
    for who, found in (
        ("vm-3", from_job(CALLS)),
        ("pod", Counter(one.host for one in traffic.from_pod("sleep", VMHTTP, CALLS))),
    ):
        print(f"{CALLS} calls of {who}, weights 3 and 1: vm-1 {found['vm-1']}, vm-2 {found['vm-2']}")
        assert found.total() == CALLS
        # Five standard deviations of so many independent choices.
        assert abs(found["vm-1"] - 0.75 * CALLS) <= 45


def test_callers_stay_where_they_are_while_somebody_serves_there(project: MeshProject) -> None:
    def places(config: dict[str, Any]) -> None:
        near, far = config["workloads"][0]["machines"]
        near["locality"], far["locality"] = EUROPE, AMERICA
        config["workloads"][1]["locality"] = EUROPE

    project.configure(places)
    project.expect("up", "--yes", "--skip-preview")
    assert set(from_job(80)) == {"vm-1", "vm-2"}, "a place means nothing until somebody balances by it"
    rules, where = client.CustomObjectsApi(cluster.api()), ("networking.istio.io", "v1", "vm", "destinationrules")
    body = {"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": {"name": "near"}}
    rules.create_namespaced_custom_object(*where, {**body, "spec": RULE})
    try:
        await_answers_of({"vm-1"})
        print(f"{CALLS} calls of vm-3 in Europe: {dict(from_job(CALLS))}")
        assert set(from_job(CALLS)) == {"vm-1"}
        machines.execute("vm-1", ["systemctl", "stop", "echo-http"])
        await_answers_of({"vm-2"})
        print(f"{CALLS} calls once nobody serves there: {dict(from_job(CALLS))}")
        machines.execute("vm-1", ["systemctl", "start", "echo-http"])
        await_answers_of({"vm-1"})
        project.configure(lambda config: config["workloads"][1].update(locality=AMERICA))
        project.expect("up", "--yes", "--skip-preview")
        await_answers_of({"vm-2"})
        print(f"{CALLS} calls of vm-3 in America: {dict(from_job(CALLS))}")
        assert set(from_job(CALLS)) == {"vm-2"}
    finally:
        rules.delete_namespaced_custom_object(*where, "near")
