"""Long-running processes: found again by record, ended with all that they started, never mistaken for others."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.supervision import cgroups, processes

PART = "part"
ENVIRONMENT = {"PATH": os.environ["PATH"]}


@pytest.fixture(autouse=True)
def own_ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A state folder and control groups apart from a running sandbox's."""
    monkeypatch.setattr(processes, "STATE", tmp_path)
    monkeypatch.setattr(cgroups, "NAME", "meshx-unit-tests")
    yield
    cgroups.kill()
    cgroups.remove()


def spawn(part: str, *command: str) -> processes.Process:
    started = processes.spawn(part, command, ENVIRONMENT)
    assert started is not None
    return started


def change_record(**values: object) -> None:
    record = processes.record_file(PART)
    record.write_text(json.dumps({**json.loads(record.read_text()), **values}))


def wait_for(file: Path) -> str:
    deadline = time.monotonic() + 5
    while not (file.exists() and file.read_text().endswith("\n")):
        assert time.monotonic() < deadline, f"{file} is not written"
        time.sleep(0.02)
    return file.read_text().strip()


def test_a_process_is_found_again_by_its_record() -> None:
    started = spawn(PART, "sleep", "60")
    assert processes.find(PART) == started


def test_a_record_whose_id_was_given_to_another_process_is_not_believed() -> None:
    started = spawn(PART, "sleep", "60")
    change_record(started=started.started - 1)
    assert processes.find(PART) is None


def test_a_record_of_an_earlier_boot_is_not_believed() -> None:
    spawn(PART, "sleep", "60")
    change_record(boot="another")
    assert processes.find(PART) is None


def test_a_torn_record_counts_as_none() -> None:
    spawn(PART, "sleep", "60")
    processes.record_file(PART).write_text('{"pid": 1')
    assert processes.find(PART) is None


def test_a_process_that_ended_by_itself_is_not_found() -> None:
    spawn(PART, "sleep", "0.5")
    deadline = time.monotonic() + 5
    while processes.find(PART):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_end_takes_along_a_child_that_left_session_and_parent(tmp_path: Path) -> None:
    words = f"setsid -f bash -c 'echo $$ >{tmp_path}/child; exec sleep 60'; sleep 60"
    spawn(PART, "bash", "-c", words)
    child = processes.identify(int(wait_for(tmp_path / "child")))
    assert child is not None
    processes.end(PART, grace=2)
    assert not child.lives()
    assert not list(cgroups.groups(PART))


def test_a_process_that_ignores_sigterm_is_killed_after_its_grace(tmp_path: Path) -> None:
    words = f"trap '' TERM; echo ready >{tmp_path}/ready; while :; do sleep 0.1; done"
    started = spawn(PART, "bash", "-c", words)
    wait_for(tmp_path / "ready")
    begun = time.monotonic()
    processes.end(PART, grace=0.5)
    assert not started.lives()
    assert 0.5 <= time.monotonic() - begun < 3


def test_a_start_ends_what_a_killed_start_left_without_a_record() -> None:
    orphan = spawn(PART, "sleep", "60")
    processes.record_file(PART).unlink()
    successor = spawn(PART, "sleep", "60")
    assert not orphan.lives()
    assert processes.find(PART) == successor


def test_end_leaves_a_process_alone_that_only_has_the_recorded_id() -> None:
    bystander = spawn("bystander", "sleep", "60")
    processes.record_file(PART).write_text(
        json.dumps({"pid": bystander.pid, "started": bystander.started - 1, "boot": bystander.boot})
    )
    processes.end(PART, grace=1)
    assert bystander.lives()
