"""What a run that was killed while it wrote leaves in Pulumi's file backend, and how it is found and mended."""

import json
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engine.stack import REPOSITORY, Stack
from tests.pulumi_cli import CANNOT_READ


@dataclass(frozen=True)
class Answer:
    """What a command of meshx said."""

    code: int
    text: str


def meshx(stack: Stack, *words: str) -> Answer:
    """Run a command of meshx in the stack's project."""
    done = subprocess.run(
        [sys.executable, "-m", "meshx", *words],
        cwd=stack.project,
        env={**stack.environment, "PYTHONPATH": str(REPOSITORY)},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Answer(done.returncode, done.stdout + done.stderr)


@pytest.fixture
def state(stack: Stack) -> Path:
    """The state's file of a stack with one thing."""
    stack.declare({"name": "a", "content": "one"})
    stack.expect("up", "--yes", "--skip-preview")
    return stack.project.parent / "backend" / ".pulumi" / "stacks" / "things" / "dev.json"


def lock_of(state: Path, pid: int, host: str) -> Path:
    """A lock of another run, as Pulumi writes it."""
    folder = state.parents[2] / "locks" / "organization" / "things" / "dev"
    folder.mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = {
        "pid": pid,
        "username": "deployer",
        "hostname": host,
        "timestamp": "2026-11-29T18:00:00Z",
    }
    file = folder / "1f0c.json"
    file.write_text(json.dumps(content))
    return file


def dead_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_a_side_file_cut_off_by_a_kill_is_removed_and_all_goes_on(stack: Stack, state: Path) -> None:
    side_file, leftover = state.with_name("dev.json.attrs"), state.with_name("dev.json.18c0.tmp")
    side_file.write_bytes(b"")
    leftover.write_bytes(b'{"version"')
    lock = lock_of(state, dead_pid(), socket.gethostname())
    assert CANNOT_READ in stack.pulumi("preview").text
    assert CANNOT_READ in stack.pulumi("cancel", "--yes").text
    doctor = meshx(stack, "doctor", "--stack", "dev")
    assert doctor.code == 2 and str(side_file) in doctor.text and "make recover" in doctor.text
    assert side_file.exists() and lock.exists()
    said = meshx(stack, "recover", "--stack", "dev")
    assert said.code == 0, said.text
    assert f"Removed {side_file}" in said.text and f"Left over: {leftover} (10 bytes)" in said.text
    assert "State: 3 resources" in said.text and "is given up" in said.text
    assert not side_file.exists() and not lock.exists() and leftover.exists()
    assert stack.expect("preview", "--expect-no-changes")
    stack.expect("up", "--yes", "--skip-preview")
    assert side_file.read_bytes()


def test_the_state_is_compared_with_the_one_before_it(stack: Stack, state: Path) -> None:
    shutil.copy(state, state.with_name("kept"))
    stack.declare({"name": "b", "content": "two"})
    stack.expect("up", "--yes", "--skip-preview")
    shutil.move(state.with_name("kept"), state.with_name("dev.json.bak"))
    assert "new b, gone a." in meshx(stack, "recover", "--stack", "dev").text


def test_a_state_that_is_cut_off_itself_is_not_touched_and_the_copy_is_named(stack: Stack, state: Path) -> None:
    state.write_bytes(state.read_bytes()[:100])
    said = meshx(stack, "recover", "--stack", "dev")
    assert said.code == 1
    assert f"{state} can't be read" in said.text and f"{state}.bak is whole" in said.text
    assert state.stat().st_size == 100


def test_while_a_run_may_be_under_way_nothing_is_touched(stack: Stack, state: Path) -> None:
    side_file = state.with_name("dev.json.attrs")
    side_file.write_bytes(b"")
    lock_of(state, 4711, "another-computer")
    said = meshx(stack, "recover", "--stack", "dev")
    assert said.code == 1 and "deployer@another-computer (pid 4711)" in said.text and "can't tell" in said.text
    assert side_file.exists()


def test_a_run_that_is_under_way_keeps_its_lock_and_a_killed_one_does_not(stack: Stack) -> None:
    up = stack.hanging_up()
    try:
        alive = meshx(stack, "recover", "--stack", "dev")
        assert alive.code == 1 and f"(pid {up.pid}) is at work" in alive.text
    finally:
        up.kill()
        up.wait()
    dead = meshx(stack, "recover", "--stack", "dev")
    assert dead.code == 0 and f"(pid {up.pid})" in dead.text and "is given up" in dead.text
    stack.declare({"name": "a", "content": "one"})
    stack.expect("up", "--yes", "--skip-preview")
