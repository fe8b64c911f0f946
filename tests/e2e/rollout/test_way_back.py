"""Machines whose change went wrong, or whose run was killed, go back to what they had."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from meshx.cluster.registration import OUT_OF_SERVICE
from sandbox import machines
from sandbox.kubernetes import cluster
from tests.e2e.recovery.watched_run import WatchedRun
from tests.e2e.rollout.broken_packages import Fault, broken_package
from tests.e2e.rollout.rollout_stack import GOOD, NAMES, UP, has, nothing_to_do, of, package_of_vm3, rollout, version
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import calls_both_ways
from tests.e2e.steady.test_steady_traffic import await_serving

pytestmark = pytest.mark.usefixtures("sandbox")

ENTRIES = ("networking.istio.io", "v1", "vm", "workloadentries")
PATIENT_SECONDS = 400
"""For what a run undoes itself: longer than it waits for a proxy."""
SHORT_SECONDS = 60
BACK_SECONDS = 60.0
"""What going back may take beyond that."""


@pytest.mark.parametrize("fault", [Fault.CANNOT_START, Fault.NEVER_READY])
def test_a_package_that_fails_is_undone_at_once_and_no_call_to_the_workload_fails(
    project: MeshProject, fault: Fault, tmp_path: Path
) -> None:
    before = version("vm-3")
    project.configure(rollout(wayBackSeconds=PATIENT_SECONDS))
    project.configure(package_of_vm3(broken_package(fault, tmp_path)))
    what = f"a package of vm-3 that {fault.name.lower().replace('_', ' ')}"
    begun = time.monotonic()
    with calls_both_ways(what) as calls:
        ran = project.pulumi(*UP, seconds=PATIENT_SECONDS)
    print(f"{what}: `up` took {time.monotonic() - begun:.0f} s")
    assert ran.code != 0, ran.text
    assert calls.none_failed(), calls.summary()
    assert f"vm-3 went back to version {before}, and serves as before" in ran.text, ran.text
    assert version("vm-3") == before
    assert not has("vm-3", GOOD / "armed")
    assert not has("vm-3", "/etc/systemd/system/meshx-back.timer")
    await_serving(set(NAMES))


def is_out_of_service(machine: str) -> bool:
    """Whether istiod sends nobody to a machine, since a run told it so."""
    entry: Any = client.CustomObjectsApi(cluster.api()).get_namespaced_custom_object(*ENTRIES, machine)
    return OUT_OF_SERVICE in {one.get("message") for one in entry.get("status", {}).get("conditions", [])}


def test_a_machine_whose_run_was_killed_while_its_callers_were_told_serves_again_by_itself(
    project: MeshProject, tmp_path: Path
) -> None:
    before = version("vm-3")
    project.configure(rollout(wayBackSeconds=SHORT_SECONDS))
    project.configure(package_of_vm3(broken_package(Fault.NEVER_READY, tmp_path)))
    run = WatchedRun(project, UP, {})
    deadline = time.monotonic() + 120
    while not is_out_of_service("vm-3"):
        assert time.monotonic() < deadline, run.text
        time.sleep(0.1)
    assert run.kill_after(0.1)
    killed = time.monotonic()
    assert version("vm-3") == before, "it was killed before anything changed"
    while has("vm-3", GOOD / "armed"):
        assert time.monotonic() < killed + SHORT_SECONDS + BACK_SECONDS
        time.sleep(1)
    await_serving(set(NAMES))
    print(f"killed while callers were told: called again {time.monotonic() - killed:.0f} s later")
    project.unlock()
    project.configure(package_of_vm3(None))
    project.expect(*UP, "--refresh")
    nothing_to_do(project)


def killed_once_armed(project: MeshProject) -> float:
    """Kill `up` with all its processes once vm-3's switch is armed and its package exchanged; when it was armed."""
    before = version("vm-3")
    run = WatchedRun(project, UP, {})
    deadline = time.monotonic() + 120
    while not (has("vm-3", GOOD / "armed") and version("vm-3") != before):
        assert time.monotonic() < deadline, run.text
        time.sleep(0.2)
    armed = time.monotonic()
    assert run.kill_after(0.5)
    return armed


@pytest.mark.parametrize("boots", [False, True], ids=["left alone", "with a boot in between"])
def test_a_machine_whose_run_was_killed_goes_back_by_itself(project: MeshProject, boots: bool, tmp_path: Path) -> None:
    before = version("vm-3")
    project.configure(rollout(wayBackSeconds=SHORT_SECONDS))
    project.configure(package_of_vm3(broken_package(Fault.NEVER_READY, tmp_path)))
    armed = killed_once_armed(project)
    if boots:
        machines.reboot("vm-3")
    deadline = time.monotonic() + SHORT_SECONDS + BACK_SECONDS
    while has("vm-3", GOOD / "armed") or version("vm-3") != before:
        assert time.monotonic() < deadline, of("vm-3", "journalctl", "-u", "meshx-back", "-n", "20", "--no-pager")
        time.sleep(1)
    back = time.monotonic() - armed
    await_serving(set(NAMES))
    how = "with a boot in between" if boots else "left alone"
    print(f"{how}: back {back:.0f} s after it was armed, called again after {time.monotonic() - armed:.0f} s")
    assert "nobody confirmed" in of("vm-3", "cat", "/var/lib/meshx/undone")
    assert "nobody confirmed" in of("vm-3", "journalctl", "-t", "meshx", "--no-pager")
    project.unlock()
    project.configure(package_of_vm3(None))
    told = project.expect(*UP, "--refresh")
    assert "it went back to what it had before" in told.text, told.text
    assert not has("vm-3", "/var/lib/meshx/undone")
    nothing_to_do(project)
