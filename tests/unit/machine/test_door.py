"""Knocking at a host: few at a time, with growing pauses where it takes no more."""

import asyncio
import threading
import time

import pytest

from meshx.machine.ssh import door as doors
from meshx.machine.ssh.door import AT_ONCE, Door, ShutError


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(doors, "LONGEST_PAUSE", 2.0)


class Limited:
    """A host behind a rule of `ufw limit`: so many new connections in a span of time, and it counts the refused."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self.knocks: list[float] = []

    async def knock(self) -> str:
        now = time.monotonic()
        self.knocks.append(now)
        await asyncio.sleep(0.01)
        if sum(1 for one in self.knocks if now - one <= self._seconds) > self._most:
            raise ShutError("refused")
        return "in"


def test_no_more_than_a_few_log_in_to_a_host_at_a_time() -> None:
    door, inside, most = Door(), [0], [0]

    async def knock() -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        await asyncio.sleep(0.01)
        inside[0] -= 1

    async def all_of_them() -> None:
        await asyncio.gather(*(door.enter(knock, threading.Event()) for _ in range(40)))

    asyncio.run(all_of_them())
    assert most[0] == AT_ONCE
    assert door.let_in == 40


def test_a_host_that_limits_the_rate_lets_all_in_in_the_end() -> None:
    host, door = Limited(5, 1.0), Door()

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(door.enter(host.knock, threading.Event()) for _ in range(12)))

    assert asyncio.run(all_of_them()) == ["in"] * 12
    assert len(host.knocks) < 40


def test_a_door_that_stays_shut_is_given_up_for_the_reason_that_it_has() -> None:
    async def knock() -> None:
        raise ShutError("too many log in")

    begun = time.monotonic()
    with pytest.raises(ShutError, match="too many log in"):
        asyncio.run(Door().enter(knock, threading.Event(), patience=0.5))
    assert 0.5 < time.monotonic() - begun < 5


def test_the_end_of_the_run_ends_the_knocking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "FIRST_PAUSE", 60.0)
    monkeypatch.setattr(doors, "LONGEST_PAUSE", 60.0)
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()

    async def knock() -> None:
        raise ShutError("refused")

    begun = time.monotonic()
    with pytest.raises(ShutError):
        asyncio.run(Door().enter(knock, cancelled))
    assert time.monotonic() - begun < 5
