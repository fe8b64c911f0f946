"""Ending the sandbox: nothing of it is left, whatever state it was in. These tests run last: the sandbox is theirs."""

import random
import time

import pytest

from sandbox import leftovers
from sandbox.gce import instances
from sandbox.gce.catalogue import PROJECT, ZONES
from sandbox.lifecycle import BOOT_FILE
from sandbox.network import namespace
from sandbox.paths import STATE
from sandbox.supervision import processes
from tests.e2e.sandbox_ground import commands

pytestmark = [pytest.mark.usefixtures("sandbox"), pytest.mark.ends_the_sandbox]


def test_down_leaves_nothing() -> None:
    wanted = {
        "machineType": "e2-small",
        "bootDisk": {"initializeParams": {"image": "debian-12"}},
        "networkInterfaces": [{"network": "default"}],
    }
    instances.create(PROJECT, ZONES[0], "left-over", wanted)
    recorded = [process for process in commands.running().values() if process]
    assert recorded
    begun = time.monotonic()
    commands.run("down")
    seconds = time.monotonic() - begun
    print(f"down: {seconds:.1f} s")
    assert leftovers.found() == []
    assert not any(process.lives() for process in recorded)
    assert not STATE.exists()
    assert seconds < 15


def test_down_with_nothing_there_says_so_and_succeeds() -> None:
    assert "nothing of it is left" in commands.run("down")


def test_what_killed_runs_leave_is_raised_or_removed_by_the_next_one(chance: random.Random) -> None:
    for wanted in ("up", "down", "up"):
        for _ in range(2):
            killed = commands.begin("up")
            time.sleep(chance.uniform(0.3, 6))
            killed.kill()
            killed.wait()
        commands.run(wanted)
        if wanted == "down":
            assert leftovers.found() == []
        else:
            commands.run("status")


def test_up_converges_after_a_reboot() -> None:
    commands.run("up")
    # What a reboot leaves: files, but no process, mount, link or namespace; and another boot's name.
    leftovers.end_running()
    assert not namespace.exists()
    BOOT_FILE.write_text("an earlier boot")
    assert processes.record_file("etcd").exists()
    commands.run("up")
    commands.run("status")
    commands.run("down")
    assert leftovers.found() == []
