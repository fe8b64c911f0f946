"""Packages of 1.4 go through the machines in waves, and a machine goes back where one fails.

The tests of this file follow one stack of two machines, so each builds on the one before it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import machines, traffic
from sandbox.traffic.calls import Answer
from tests.e2e.classic.classic_stack import SYSTEM
from tests.e2e.classic.package.building import build
from tests.e2e.classic.stand_ins.authority import Authority
from tests.e2e.classic.stand_ins.followed_citadel import FollowedCitadel
from tests.e2e.classic.stand_ins.tls_server import ADDRESS, TlsServer
from tests.e2e.classic.workload_objects import FAR, NEAR, workload
from tests.e2e.machine.deliveries import shell
from tests.e2e.rollout.broken_packages import Fault, broken_package
from tests.e2e.rollout.rollout_stack import (
    GOOD,
    UP,
    destroyed_in_the_end,
    has,
    nothing_to_do,
    package_of_all,
    rollout,
    version,
)
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled
from tests.e2e.stack.steady_calls import steady

NAMES = (NEAR, FAR)
PAUSE_SECONDS = 5
PATIENT_SECONDS = 400
"""For what a run undoes itself: longer than it waits for a proxy."""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Packages by their versions."""
    folder = tmp_path_factory.mktemp("package")
    return {version: build(version, folder) for version in ("1.4.9", "1.4.10")}


@pytest.fixture(scope="module")
def citadel(
    bare_services: None, new_project: MeshProject, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FollowedCitadel]:
    """A Citadel whose root Pilot has from the start: one that a stack across networks makes comes too late for that."""
    authority = Authority()
    authority.give_to_cluster(SYSTEM, new_project.owner)
    running = FollowedCitadel(authority, tmp_path_factory.mktemp("citadel"), ["vm"])
    yield running
    running.close()


@pytest.fixture(scope="module")
def project(discovery: TlsServer, new_project: MeshProject, packages: dict[str, Path]) -> Iterator[MeshProject]:
    """The stack with both machines up, each with a way back; destroyed in the end whatever happened."""

    def configure(config: dict[str, Any]) -> None:
        config["mesh"]["values"] = {"istio": {"standIns": {"address": ADDRESS}}}
        config["workloads"] = [workload(far=True)]

    new_project.configure(configure)
    new_project.configure(package_of_all(packages["1.4.9"]))
    new_project.configure(rollout(waves=[1, "100%"], pauseSeconds=PAUSE_SECONDS, wayBackSeconds=PATIENT_SECONDS))
    with destroyed_in_the_end(new_project, NAMES):
        new_project.expect(*UP)
        yield new_project


def started(machine: str) -> str:
    """What tells one start of its sidecar from another."""
    return machines.execute(machine, ["systemctl", "show", "-p", "InvocationID", "istio"]).stdout


def batch(url: str) -> list[Answer]:
    """Calls of a pod, one after another."""
    return traffic.from_pod("sleep", url, count=10, every="50ms")


def test_an_upgrade_goes_wave_by_wave(project: MeshProject, vmhttp: str, packages: dict[str, Path]) -> None:
    assert [version(name) for name in NAMES] == ["1.4.9", "1.4.9"]
    assert settled(lambda: traffic.from_pod("sleep", vmhttp)[0]).succeeded
    project.configure(package_of_all(packages["1.4.10"]))
    plan = project.expect("preview").text
    for number in (1, 2):
        assert f"wave {number} of 2 restarts the sidecars of " in plan, plan
    with steady(lambda: batch(vmhttp)) as calls:
        begun = time.monotonic()
        project.expect(*UP)
        print(f"two waves of a machine each took {time.monotonic() - begun:.0f} s, {PAUSE_SECONDS} s of it the pause")
    print(f"to the workload of 1.4: {calls.summary()}")
    assert calls.answers
    assert [version(name) for name in NAMES] == ["1.4.10", "1.4.10"]
    assert not any(has(name, GOOD / "armed") for name in NAMES)
    nothing_to_do(project)


@pytest.mark.parametrize("fault", [Fault.CANNOT_START, Fault.NEVER_READY])
def test_a_package_that_fails_is_undone_in_the_first_wave_and_leaves_the_second_alone(
    project: MeshProject, vmhttp: str, packages: dict[str, Path], fault: Fault, tmp_path: Path
) -> None:
    before = {name: started(name) for name in NAMES}
    project.configure(package_of_all(broken_package(fault, tmp_path, packages["1.4.10"])))
    with steady(lambda: batch(vmhttp)) as calls:
        begun = time.monotonic()
        ran = project.pulumi(*UP, seconds=PATIENT_SECONDS)
    print(f"1.4, {fault.name}: `up` took {time.monotonic() - begun:.0f} s; {calls.summary()}")
    assert ran.code != 0, ran.text
    assert "went back to version 1.4.10, and serves as before" in ran.text, ran.text
    assert [version(name) for name in NAMES] == ["1.4.10", "1.4.10"]
    assert not any(has(name, GOOD / "armed") for name in NAMES)
    assert sum(started(name) != before[name] for name in NAMES) == 1
    for name in NAMES:
        assert shell(name, "systemctl is-active istio istio-auth-node-agent").split() == ["active", "active"]
    project.configure(package_of_all(packages["1.4.10"]))
    project.expect(*UP, "--refresh")
    nothing_to_do(project)
