"""Machines whose change went wrong, or whose run was killed, go back to what they had.

The tests of this file follow one stack of two machines through its life, so each builds on the one before it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import machines
from sandbox.builds import artifact
from sandbox.traffic import services
from tests.e2e.recovery.watched_run import WatchedRun
from tests.e2e.rollout.broken_packages import Fault, broken_package
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import calls_both_ways, two_machines
from tests.e2e.steady.test_steady_traffic import await_serving, quick_probe
from tests.pulumi_cli import Ran

pytestmark = pytest.mark.usefixtures("sandbox")

PATIENT_SECONDS = 400
"""For what a run undoes itself: longer than it waits for a proxy."""
SHORT_SECONDS = 60
BACK_SECONDS = 60.0
"""What going back may take beyond that."""
UP = ("up", "--yes", "--skip-preview")


def of(machine: str, *command: str) -> str:
    """What a command prints on a machine."""
    return machines.execute(machine, list(command)).stdout.strip()


def version(machine: str) -> str:
    return of(machine, "dpkg-query", "-W", "-f", "${Version}", "istio-sidecar")


def has(machine: str, path: str) -> bool:
    return of(machine, "sh", "-c", f"test -e {path} && echo yes || true") == "yes"


def way_back(seconds: int) -> Any:
    return lambda config: config.update(rollout={"wayBackSeconds": seconds})


def package_of_vm3(file: Path | None) -> Any:
    def change(config: dict[str, Any]) -> None:
        second = config["workloads"][0]["machines"][1]
        second.pop("sidecar", None)
        if file is not None:
            second["sidecar"] = {"file": str(file)}

    return change


@pytest.fixture(scope="module")
def project(new_project: MeshProject) -> Iterator[MeshProject]:
    """A stack of two machines, as one without a way back; destroyed in the end whatever happened."""
    new_project.configure(two_machines)
    new_project.configure(quick_probe)
    try:
        services.apply()
        new_project.expect(*UP)
        services.restart_uninjected()
        await_serving({"vm-1", "vm-3"})
        yield new_project
    finally:
        new_project.pulumi("cancel", "--yes")
        destroyed = new_project.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.code == 0, destroyed.text
    for machine in ("vm-1", "vm-3"):
        left = of(machine, "sh", "-c", "ls -d /var/lib/meshx /etc/systemd/system/*meshx* 2>/dev/null || true")
        assert left == "", f"{machine} keeps {left}"


def test_a_way_back_comes_to_machines_that_have_joined_without_a_restart(project: MeshProject) -> None:
    starts = [of(name, "systemctl", "show", "-p", "InvocationID", "istio") for name in ("vm-1", "vm-3")]
    project.configure(way_back(PATIENT_SECONDS))
    changed = project.expect(*UP).changes()
    assert changed["updated"] == 2, changed
    assert [of(name, "systemctl", "show", "-p", "InvocationID", "istio") for name in ("vm-1", "vm-3")] == starts
    for name in ("vm-1", "vm-3"):
        assert has(name, "/var/lib/meshx/good/now/disk/package")
        assert of(name, "stat", "-c", "%U %a", "/var/lib/meshx/good") == "root 700"
        secret = of(name, "sh", "-c", "find /var/lib/meshx/good -name token -o -name 'key*' -o -name identity")
        assert secret == "", secret
    assert project.expect("preview", "--refresh", "--expect-no-changes").code == 0


def failing_up(project: MeshProject, what: str) -> Ran:
    """An `up` that has to fail, while calls go to both machines and none of them fails."""
    begun = time.monotonic()
    with calls_both_ways(what) as calls:
        ran = project.pulumi(*UP, seconds=PATIENT_SECONDS)
    print(f"{what}: `up` took {time.monotonic() - begun:.0f} s")
    assert ran.code != 0, ran.text
    assert calls.to_machines.answers
    assert not calls.to_machines.failed, calls.summary()
    return ran


@pytest.mark.parametrize("fault", [Fault.CANNOT_START, Fault.FAILS_CALLS])
def test_a_package_that_fails_is_undone_at_once_and_no_call_to_the_workload_fails(
    project: MeshProject, fault: Fault, tmp_path: Path
) -> None:
    before = version("vm-3")
    project.configure(package_of_vm3(broken_package(fault, tmp_path)))
    ran = failing_up(project, f"a package of vm-3 that {fault.name.lower().replace('_', ' ')}")
    assert f"vm-3 went back to version {before}, and serves as before" in ran.text, ran.text
    assert version("vm-3") == before
    assert not has("vm-3", "/var/lib/meshx/good/armed")
    assert not has("vm-3", "/etc/systemd/system/meshx-back.timer")
    await_serving({"vm-1", "vm-3"})


def test_what_was_undone_is_drift_with_its_reason_until_the_next_run(project: MeshProject) -> None:
    project.configure(package_of_vm3(None))
    seen = project.expect("preview", "--refresh", "--diff")
    assert re.search(r"undone.*it went back to what it had before", seen.text), seen.text
    project.expect("up", "--yes", "--skip-preview", "--refresh")
    assert project.expect("preview", "--refresh", "--expect-no-changes").code == 0


def killed_once_armed(project: MeshProject) -> float:
    """Kill `up` with all its processes once vm-3's switch is armed and its package exchanged; when it was armed."""
    before = version("vm-3")
    run = WatchedRun(project, UP, {})
    deadline = time.monotonic() + 120
    while not (has("vm-3", "/var/lib/meshx/good/armed") and version("vm-3") != before):
        assert time.monotonic() < deadline, run.text
        time.sleep(0.2)
    armed = time.monotonic()
    assert run.kill_after(0.5)
    return armed


def await_old(before: str, armed: float, what: str) -> None:
    """Wait until vm-3 has its former version and serves by it."""
    deadline = time.monotonic() + SHORT_SECONDS + BACK_SECONDS
    while has("vm-3", "/var/lib/meshx/good/armed") or version("vm-3") != before:
        assert time.monotonic() < deadline, of("vm-3", "journalctl", "-u", "meshx-back", "-n", "20", "--no-pager")
        time.sleep(1)
    back = time.monotonic() - armed
    await_serving({"vm-1", "vm-3"})
    print(f"{what}: back {back:.0f} s after it was armed, called again after {time.monotonic() - armed:.0f} s")


@pytest.mark.parametrize("boots", [False, True], ids=["left alone", "with a boot in between"])
def test_a_machine_whose_run_was_killed_goes_back_by_itself(project: MeshProject, boots: bool, tmp_path: Path) -> None:
    before = version("vm-3")
    project.configure(way_back(SHORT_SECONDS))
    project.expect(*UP)
    project.configure(package_of_vm3(broken_package(Fault.NEVER_READY, tmp_path)))
    armed = killed_once_armed(project)
    if boots:
        machines.reboot("vm-3")
    await_old(before, armed, f"a killed run, {'with a boot' if boots else 'left alone'}")
    assert "nobody confirmed" in of("vm-3", "cat", "/var/lib/meshx/undone")
    assert "nobody confirmed" in of("vm-3", "journalctl", "-t", "meshx", "--no-pager")
    project.pulumi("cancel", "--yes")
    project.configure(package_of_vm3(None))
    told = project.expect("up", "--yes", "--skip-preview", "--refresh")
    assert "it went back to what it had before" in told.text, told.text
    assert not has("vm-3", "/var/lib/meshx/undone")


def test_a_good_package_is_confirmed_and_becomes_what_the_machine_goes_back_to(project: MeshProject) -> None:
    project.configure(way_back(PATIENT_SECONDS))
    project.configure(package_of_vm3(artifact("sidecar-package") / "istio-sidecar-next.deb"))
    with calls_both_ways("package upgraded on vm-3, with a way back") as calls:
        begun = time.monotonic()
        project.expect(*UP)
        print(f"an upgrade with a way back took {time.monotonic() - begun:.0f} s")
    assert calls.none_failed(), calls.summary()
    assert version("vm-3").endswith("+1")
    assert not has("vm-3", "/var/lib/meshx/good/armed")
    kept = of("vm-3", "dpkg-deb", "-f", "/var/lib/meshx/good/now/disk/package", "Version")
    assert kept == version("vm-3")
    await_serving({"vm-1", "vm-3"})
