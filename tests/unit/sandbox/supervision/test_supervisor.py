"""Raising parts: in order, at once where that is possible, and with errors that say what to read."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.supervision import cgroups, processes, supervisor
from sandbox.supervision.supervisor import NotReadyError, Part, PartError


@pytest.fixture(autouse=True)
def own_ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A state folder and control groups apart from a running sandbox's."""
    monkeypatch.setattr(processes, "STATE", tmp_path)
    monkeypatch.setattr(supervisor, "STATE", tmp_path)
    monkeypatch.setattr(cgroups, "NAME", "meshx-unit-tests")
    yield
    cgroups.kill()
    cgroups.remove()


def never_ready() -> None:
    raise NotReadyError("the moon is not full")


def no_report(*_: object) -> None:
    pass


def test_a_part_that_ends_while_starting_is_named_with_its_log() -> None:
    part = Part("brief", command=lambda: ["bash", "-c", "exit 3"], check=never_ready)
    with pytest.raises(PartError, match=r"brief has ended while it was starting; see .*/logs/brief\.log"):
        supervisor.start(part)


def test_a_part_that_does_not_get_ready_in_time_says_what_is_missing_and_where_its_log_is() -> None:
    part = Part("slow", command=lambda: ["sleep", "60"], check=never_ready, limit=0.2)
    with pytest.raises(PartError, match=r"slow is not ready after .*: the moon is not full; see .*/logs/slow\.log"):
        supervisor.start(part)


def test_a_running_part_is_left_as_it_is() -> None:
    part = Part("steady", command=lambda: ["sleep", "60"])
    assert supervisor.start(part) == "started"
    before = processes.find("steady")
    assert supervisor.start(part) == "was running"
    assert processes.find("steady") == before


def test_parts_wait_for_what_they_need() -> None:
    raised: list[str] = []
    parts = [
        Part("last", needs=("middle", "first"), prepare=lambda: raised.append("last")),
        Part("middle", needs=("first",), prepare=lambda: raised.append("middle")),
        Part("first", prepare=lambda: raised.append("first")),
    ]
    supervisor.start_all(parts, no_report)
    assert raised == ["first", "middle", "last"]


def test_parts_that_do_not_need_each_other_are_raised_at_once() -> None:
    both_there = threading.Barrier(2, timeout=5)

    def meet() -> None:
        both_there.wait()

    supervisor.start_all([Part(name, prepare=meet) for name in ("left", "right")], no_report)
    assert not both_there.broken


def test_after_a_failure_nothing_more_is_begun_and_the_failure_is_told() -> None:
    raised: list[str] = []

    def fail() -> None:
        raise PartError("broken on purpose")

    parts = [Part("broken", prepare=fail), Part("after", needs=("broken",), prepare=lambda: raised.append("after"))]
    with pytest.raises(PartError, match="broken on purpose"):
        supervisor.start_all(parts, no_report)
    assert raised == []


def test_a_failure_is_told_without_waiting_for_what_will_not_get_ready() -> None:
    def fail() -> None:
        raise PartError("broken on purpose")

    begun = time.monotonic()
    with pytest.raises(PartError, match="broken on purpose"):
        supervisor.start_all([Part("stuck", check=never_ready, limit=60), Part("broken", prepare=fail)], no_report)
    assert time.monotonic() - begun < 5


def test_a_part_without_a_process_cannot_be_stopped() -> None:
    with pytest.raises(PartError, match="network has no process"):
        supervisor.stop(Part("network"))


def test_a_second_command_waits_for_the_first_one() -> None:
    entered: list[str] = []

    def second() -> None:
        with supervisor.alone():
            entered.append("second")

    other = threading.Thread(target=second)
    with supervisor.alone():
        other.start()
        other.join(0.3)
        entered.append("first")
    other.join(5)
    assert entered == ["first", "second"]


def test_the_log_of_a_part_holds_what_its_process_says() -> None:
    part = Part(
        "speaker",
        command=lambda: ["bash", "-c", "echo hello; exec sleep 60"],
    )
    supervisor.start(part)
    log = processes.log_file("speaker")
    for _ in range(100):
        if log.read_text() == "hello\n":
            break
        threading.Event().wait(0.02)
    assert log.read_text() == "hello\n"
