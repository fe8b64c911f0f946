"""A change goes through the machines in waves, and no further than a wave that does not hold."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.e2e.recovery.watched_run import WatchedRun
from tests.e2e.rollout.broken_packages import LATER, Fault, broken_package
from tests.e2e.rollout.rollout_stack import (
    GOOD,
    NAMES,
    UP,
    has,
    nothing_to_do,
    of,
    package_of_all,
    rollout,
    starts,
    version,
)
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import calls_both_ways
from tests.e2e.steady.test_steady_traffic import await_serving

pytestmark = pytest.mark.usefixtures("sandbox")

PAUSE_SECONDS = 15
FIRST, SECOND = NAMES
"""By the names' digests vm-1 goes first."""


def started(machine: str) -> float:
    """When its sidecar was started, in seconds since 1970."""
    began = of(machine, "systemctl", "show", "-p", "ActiveEnterTimestamp", "istio").partition("=")[2]
    return float(of(machine, "date", "-d", began, "+%s"))


def test_waves_and_a_way_back_come_to_machines_that_have_joined_without_a_restart(project: MeshProject) -> None:
    before = starts()
    project.configure(rollout(waves=[1, "100%"], pauseSeconds=PAUSE_SECONDS, wayBackSeconds=400, maxUnavailable=1))
    changed = project.expect(*UP).changes()
    # Joins, and the plugin's settings.
    assert changed["created"] == 2, changed
    assert starts() == before
    for name in NAMES:
        assert has(name, GOOD / "now/disk/package")
        assert of(name, "stat", "-c", "%U %a", str(GOOD)) == "root 700"
        assert of(name, "sh", "-c", f"find {GOOD} -name token -o -name 'key*' -o -name identity") == ""
    nothing_to_do(project)


def test_an_upgrade_of_all_goes_wave_by_wave_and_no_call_to_the_workload_fails(project: MeshProject) -> None:
    old = version(FIRST)
    project.configure(package_of_all("istio-sidecar-next.deb"))
    plan = project.expect("preview")
    assert f"wave 1 of 2 restarts the sidecars of {FIRST}, which then have to hold for 15 s" in plan.text, plan.text
    assert f"wave 2 of 2 restarts the sidecars of {SECOND}" in plan.text, plan.text
    with calls_both_ways("two waves of a machine each, with a way back") as calls:
        begun = time.monotonic()
        project.expect(*UP)
        print(f"two waves of a machine each took {time.monotonic() - begun:.0f} s, {PAUSE_SECONDS} s of it the pause")
    assert calls.to_machines.answers
    assert not calls.to_machines.failed, calls.summary()
    assert [version(name) for name in NAMES] == [f"{old}+1"] * 2
    assert started(SECOND) - started(FIRST) >= PAUSE_SECONDS
    for name in NAMES:
        assert not has(name, GOOD / "armed")
        assert of(name, "dpkg-deb", "-f", str(GOOD / "now/disk/package"), "Version") == f"{old}+1"
    nothing_to_do(project)


def test_a_package_that_fails_calls_is_undone_in_the_first_wave_and_leaves_the_second_alone(
    project: MeshProject, tmp_path: Path
) -> None:
    old, (_, untouched) = version(FIRST), starts()
    project.configure(package_of_all(broken_package(Fault.FAILS_CALLS, tmp_path)))
    with calls_both_ways("a package that fails calls") as calls:
        begun = time.monotonic()
        ran = project.pulumi(*UP)
        print(f"a package that fails calls was undone in {time.monotonic() - begun:.0f} s")
    assert ran.code != 0
    assert "a call to its port 8080 was answered before (open) and is not now" in ran.text, ran.text
    assert f"{FIRST} went back to version {old}, and serves as before" in ran.text, ran.text
    assert [version(name) for name in NAMES] == [old, old]
    assert starts()[1] == untouched
    print(f"of {len(calls.to_machines.answers)} calls {len(calls.to_machines.failed)} failed")
    await_serving(set(NAMES))


def test_a_machine_whose_calls_fail_while_its_wave_is_held_goes_back_too_and_the_second_is_left_alone(
    project: MeshProject, tmp_path: Path
) -> None:
    old, (_, untouched) = version(FIRST), starts()
    project.configure(package_of_all(broken_package(Fault.FAILS_CALLS_LATER, tmp_path)))
    with calls_both_ways("a package that fails calls in the pause") as calls:
        run = WatchedRun(project, UP, {})
        begun = time.monotonic()
        while version(FIRST) == old or has(FIRST, GOOD / "armed"):
            assert time.monotonic() < begun + 120, run.text
            time.sleep(0.2)
        # The wave has looked at how the machine serves by then.
        time.sleep(PAUSE_SECONDS / 3)
        of(FIRST, "touch", LATER)
        failing = time.monotonic()
        code = run.end()
        print(f"a package that fails calls in the pause was undone in {time.monotonic() - failing:.0f} s")
    of(FIRST, "rm", LATER)
    assert code != 0
    assert "wave 1 of 2 did not hold, and no later one begins" in run.text, run.text
    assert "a call to its port 8080 was answered before (open) and is not now" in run.text, run.text
    assert f"{FIRST} went back to version {old}, and serves as before" in run.text, run.text
    assert [version(name) for name in NAMES] == [old, old]
    assert starts()[1] == untouched
    assert not has(FIRST, GOOD / "former")
    print(f"of {len(calls.to_machines.answers)} calls {len(calls.to_machines.failed)} failed")
    await_serving(set(NAMES))
    again = project.pulumi(*UP)
    assert again.code != 0
    assert "`pulumi up --refresh` tries it once more" in again.text, again.text


def test_what_was_undone_is_drift_with_its_reason_until_the_next_run(project: MeshProject) -> None:
    project.configure(package_of_all("istio-sidecar-next.deb"))
    seen = project.expect("preview", "--refresh", "--diff")
    assert re.search(r"undone.*it went back to what it had before", seen.text), seen.text
    project.expect(*UP, "--refresh")
    nothing_to_do(project)
