"""Health, and calls both ways that run on while the mesh changes around them.

The tests of this file follow one stack of two machines through its life, so each builds on the one before it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import machines, traffic
from sandbox.builds import artifact
from sandbox.kubernetes import pods
from sandbox.traffic import services
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import VMHTTP, BothWays, calls_both_ways, second_machine, two_machines

pytestmark = pytest.mark.usefixtures("sandbox")

SPREAD_SECONDS = 60.0
"""The longest until every caller knows that a machine is gone or back, on a slow computer."""


def quick_probe(config: dict[str, Any]) -> None:
    config["workloads"][0]["probe"] = {"tcp": {"port": 8080}, "periodSeconds": 1, "failureThreshold": 1}


@pytest.fixture(scope="module")
def project(new_project: MeshProject) -> Iterator[MeshProject]:
    """A stack of two machines; destroyed in the end whatever happened."""
    new_project.configure(two_machines)
    new_project.configure(quick_probe)
    try:
        services.apply()
        new_project.expect("up", "--yes", "--skip-preview")
        services.restart_uninjected()
        await_serving({"vm-1", "vm-3"})
        yield new_project
    finally:
        machines.execute("vm-3", ["systemctl", "start", "echo-http"])
        new_project.unlock()
        new_project.pulumi("destroy", "--yes", "--skip-preview")


def await_serving(wanted: set[str]) -> None:
    """Wait until calls reach all of the wanted machines and nobody else."""
    deadline = time.monotonic() + SPREAD_SECONDS
    while True:
        answers = traffic.from_pod("sleep", VMHTTP, count=20)
        seen = {answer.host for answer in answers if answer.succeeded}
        if seen == wanted and all(answer.succeeded for answer in answers):
            return
        assert time.monotonic() < deadline, f"calls reach {seen} and not {wanted}"
        time.sleep(0.3)


def changed_while_called(project: MeshProject, what: str) -> tuple[BothWays, dict[str, int]]:
    """Run `pulumi up` while calls go both ways; return the calls and what the engine changed."""
    with calls_both_ways(what) as calls:
        time.sleep(2)
        ran = project.expect("up", "--yes", "--skip-preview")
        time.sleep(2)
    return calls, ran.changes()


def test_a_machine_whose_probe_fails_gets_no_more_calls_and_comes_back_when_it_answers(project: MeshProject) -> None:
    machines.execute("vm-3", ["systemctl", "stop", "echo-http"])
    begun = time.monotonic()
    await_serving({"vm-1"})
    gone = time.monotonic() - begun
    answers = traffic.from_pod("sleep", VMHTTP, count=100)
    assert {answer.host for answer in answers} == {"vm-1"}
    assert all(answer.succeeded for answer in answers)
    machines.execute("vm-3", ["systemctl", "start", "echo-http"])
    begun = time.monotonic()
    await_serving({"vm-1", "vm-3"})
    print(f"callers knew of a failing probe after {gone:.1f} s, of its end after {time.monotonic() - begun:.1f} s")


def test_a_label_of_one_machine_changes_and_no_call_fails(project: MeshProject) -> None:
    def relabel(config: dict[str, Any]) -> None:
        config["workloads"][0]["machines"][1]["labels"] = {"version": "v2"}

    project.configure(relabel)
    calls, changes = changed_while_called(project, "label of vm-3 changed")
    assert changes["updated"] == 2, f"the WorkloadEntry and the Join of vm-3 and nothing else: {changes}"
    assert calls.none_failed(), calls.summary()
    await_serving({"vm-1", "vm-3"})


def test_a_label_of_the_whole_workload_changes_one_machine_at_a_time_and_no_call_to_it_fails(
    project: MeshProject,
) -> None:
    def relabel(config: dict[str, Any]) -> None:
        config["workloads"][0]["labels"]["team"] = "payments"

    project.configure(relabel)
    # vm-1 restarts as well, so its own calls are of what is touched.
    calls, _ = changed_while_called(project, "label of both changed")
    assert calls.to_machines.answers
    assert not calls.to_machines.failed, calls.summary()
    await_serving({"vm-1", "vm-3"})


def test_the_control_planes_values_change_and_no_call_fails(project: MeshProject) -> None:
    def annotate(config: dict[str, Any]) -> None:
        config["mesh"]["values"]["istiod"]["podAnnotations"] = {"meshx/values": "changed"}

    def istiods() -> set[str]:
        return {pod.metadata.uid for pod in pods.list_pods("istio-system", "app=istiod")}

    before = istiods()
    project.configure(annotate)
    calls, changes = changed_while_called(project, "istiod's values changed")
    assert changes["updated"] == 1, changes
    assert not before & istiods(), "istiod did not restart"
    assert calls.none_failed(), calls.summary()


def test_the_package_is_upgraded_on_one_machine_and_no_call_fails(project: MeshProject) -> None:
    def version(machine: str) -> str:
        return machines.execute(machine, ["dpkg-query", "-W", "-f", "${Version}", "istio-sidecar"]).stdout

    def upgrade(config: dict[str, Any]) -> None:
        package = artifact("sidecar-package") / "istio-sidecar-next.deb"
        config["workloads"][0]["machines"][1]["sidecar"] = {"file": str(package)}

    old = version("vm-1")
    project.configure(upgrade)
    calls, changes = changed_while_called(project, "package upgraded on vm-3")
    assert changes["updated"] == 1, changes
    assert (version("vm-1"), version("vm-3")) == (old, f"{old}+1")
    assert calls.none_failed(), calls.summary()
    await_serving({"vm-1", "vm-3"})


def test_a_machine_is_removed_and_added_again_and_no_call_fails(project: MeshProject) -> None:
    project.configure(lambda config: config["workloads"][0]["machines"].pop())
    removed, changes = changed_while_called(project, "vm-3 removed")
    assert set(changes) == {"deleted", "updated", "unchanged"}, changes
    assert removed.to_machines.served_by("vm-3") > 0, "the loop began when vm-3 was gone already"
    assert removed.none_failed(), removed.summary()
    project.configure(lambda config: config["workloads"][0]["machines"].append(second_machine()))
    added, changes = changed_while_called(project, "vm-3 added")
    assert set(changes) == {"created", "updated", "unchanged"}, changes
    assert added.none_failed(), added.summary()
    await_serving({"vm-1", "vm-3"})
