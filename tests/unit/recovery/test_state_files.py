"""What is found among a stack's files, and what is said of it; tests/engine has the real engine's own files."""

from __future__ import annotations

import gzip
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meshx.doctor.checks.state_check import check_state
from meshx.doctor.finding import State
from meshx.recovery import recovering, state_files
from meshx.recovery.recovering import NotRecoveredError, recovered
from meshx.recovery.state_files import StateFiles, look_at_state
from meshx.stack.stack_choice import ChosenStack

STATE = json.dumps({"checkpoint": {"latest": {"resources": [{"urn": "urn:pulumi:dev::meshx::t::vm-1"}]}}}).encode()
SIDE = b'{"md5":""}'
NOBODY = 2**22 + 1
"""Beyond what Linux gives a process as its number (kernel/pid.c, PID_MAX_LIMIT)."""
Write = Callable[..., ChosenStack]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a backend's files, by their paths below `.pulumi`: the stack whose they are."""
    said = json.dumps({"url": "file://./backend?no_tmp_dir=true"})
    for module in (state_files, recovering):
        monkeypatch.setattr(module, "pulumi", lambda folder, *words: said if words[0] == "whoami" else "")

    def make(**files: bytes) -> ChosenStack:
        for path, content in files.items():
            file = tmp_path / "backend" / ".pulumi" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return ChosenStack(tmp_path, "meshx", "organization/meshx/dev")

    return make


def lock(pid: int, host: str) -> bytes:
    return json.dumps({"pid": pid, "hostname": host, "username": "me", "timestamp": "2026-11-29T18:00:00Z"}).encode()


HERE = socket.gethostname()
LOCK = "locks/organization/meshx/dev/1.json"
IN_PROJECT, WITHOUT_PROJECT = "stacks/meshx/dev.json", "stacks/dev.json"


@pytest.mark.parametrize(
    ("files", "states"),
    [
        ({IN_PROJECT: STATE, f"{IN_PROJECT}.attrs": SIDE}, [State.OK]),
        ({WITHOUT_PROJECT: STATE}, [State.OK]),
        ({f"{IN_PROJECT}.gz": gzip.compress(STATE)}, [State.OK]),
        ({IN_PROJECT: STATE, f"{IN_PROJECT}.attrs": b""}, [State.FAULT]),
        ({IN_PROJECT: STATE, f"{IN_PROJECT}.attrs": b'{"md5"'}, [State.FAULT]),
        ({IN_PROJECT: STATE, "meta.yaml.attrs": b""}, [State.FAULT]),
        ({IN_PROJECT: STATE, "history/meshx/dev/dev-1.history.json.attrs": b""}, [State.FAULT]),
        ({IN_PROJECT: STATE, "stacks/meshx/dev2.json.attrs": b"", "stacks/other/dev.json.attrs": b""}, [State.OK]),
        ({IN_PROJECT: STATE[:20]}, [State.FAULT]),
        ({IN_PROJECT: b"[]"}, [State.FAULT]),
        ({}, [State.FAULT]),
        ({IN_PROJECT: STATE, f"{IN_PROJECT}.18c0.tmp": b"{"}, [State.NOTE, State.OK]),
        ({IN_PROJECT: STATE, LOCK: lock(NOBODY, HERE)}, [State.FAULT, State.OK]),
        ({IN_PROJECT: STATE, LOCK: lock(NOBODY, "elsewhere")}, [State.NOTE, State.OK]),
        ({IN_PROJECT: STATE, LOCK: b""}, [State.NOTE, State.OK]),
        ({IN_PROJECT: STATE, f"{IN_PROJECT}.attrs": b"", LOCK: lock(1, "elsewhere")}, [State.NOTE, State.NOTE]),
    ],
)
def test_what_keeps_the_next_run_from_beginning_is_a_fault(
    write: Write, files: dict[str, bytes], states: list[State]
) -> None:
    assert [finding.state for finding in check_state(look_at_state(write(**files)))] == states


def test_a_number_that_another_program_has_now_is_no_run(write: Write) -> None:
    (found,) = look_at_state(write(**{IN_PROJECT: STATE, LOCK: lock(os.getpid(), HERE)})).locks
    assert found.is_dead


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {IN_PROJECT: STATE, LOCK: lock(NOBODY, "elsewhere")},
            r"me@elsewhere \(pid \d+\), of which this computer can't",
        ),
        (
            {IN_PROJECT: b"", f"{IN_PROJECT}.bak": STATE},
            r"dev\.json\.bak is whole, with 1 resources: copy it to .*dev\.json",
        ),
        ({IN_PROJECT: b"", f"{IN_PROJECT}.bak": b""}, "not whole either: import one of `pulumi stack export`"),
        ({}, "the backend has no state of this stack"),
    ],
)
def test_what_is_not_to_be_mended_says_what_to_do(write: Write, files: dict[str, bytes], words: str) -> None:
    stack = write(**files)
    with pytest.raises(NotRecoveredError, match=words):
        list(recovered(stack))


def test_a_state_that_is_new_has_nothing_to_be_compared_with(write: Write) -> None:
    assert "The state before it is not there to compare with." in list(recovered(write(**{IN_PROJECT: STATE})))


def test_of_another_backend_only_its_kind_is_shown(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    answer: dict[str, Any] = {"url": "postgres://me:hunter2@db/state"}
    monkeypatch.setattr(state_files, "pulumi", lambda folder, *words: json.dumps(answer))
    stack = write()
    assert look_at_state(stack) == StateFiles("postgres")
    words = [*recovered(stack), *(finding.found for finding in check_state(look_at_state(stack)))]
    assert "hunter2" not in str(words) and "postgres" in str(words)
