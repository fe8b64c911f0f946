"""Raising the sandbox: again, after a killed run, part by part."""

import random
import time

import pytest

from sandbox import parts
from sandbox.machines import MACHINES
from sandbox.supervision import supervisor
from tests.e2e.sandbox_ground import commands

pytestmark = pytest.mark.usefixtures("sandbox")

PROCESSES = [part.name for part in parts.PARTS if part.command]


def test_a_second_up_changes_nothing_and_takes_seconds() -> None:
    before = commands.running()
    begun = time.monotonic()
    said = commands.run("up")
    seconds = time.monotonic() - begun
    print(f"second up: {seconds:.1f} s")
    assert commands.running() == before
    assert "started" not in said
    assert seconds < 10  # under 1 s on an idle machine


def test_an_up_killed_on_its_way_is_taken_up_by_the_next(chance: random.Random) -> None:
    for name in ("kube-scheduler", "kube-proxy", "loadbalancer", "vm-2"):
        parts.stop(name)
    untouched = {name: process for name, process in commands.running().items() if process}
    for _ in range(3):
        killed = commands.begin("up")
        time.sleep(chance.uniform(0.1, 1.5))
        killed.kill()
        killed.wait()
    commands.run("up")
    now = commands.running()
    assert None not in now.values()
    assert {name: now[name] for name in untouched} == untouched
    assert "kube-scheduler" in commands.run("status")


@pytest.mark.parametrize("name", PROCESSES)
def test_a_part_is_stopped_named_by_status_and_started_again(name: str) -> None:
    others = {other: process for other, process in commands.running().items() if other != name}
    parts.stop(name)
    assert supervisor.why_not_ready(parts.part(name)) == "not running"
    assert parts.start(name) == "started"
    after = commands.running()
    assert after.pop(name) is not None
    assert after == others


def test_status_fails_while_a_part_is_down() -> None:
    parts.stop("kube-scheduler")
    try:
        process = commands.begin("status")
        said, _ = process.communicate(timeout=commands.SECONDS)
        line = next(line for line in said.splitlines() if line.startswith("kube-scheduler"))
        assert "not running" in line
        assert process.returncode == 1
    finally:
        parts.start("kube-scheduler")


def test_a_name_that_is_no_part_is_answered_with_those_there_are() -> None:
    process = commands.begin("stop", "kube-schedular")
    said, _ = process.communicate(timeout=commands.SECONDS)
    assert process.returncode == 1
    assert said.startswith("there is no part kube-schedular; there are ")
    assert all(machine.name in said for machine in MACHINES)
    assert "Traceback" not in said
