"""Connects to one host a few at a time, with growing pauses while it takes no more.

Two things shut a host for some time. sshd drops new connections before it has sent its version, once ten are logging in
(sshd_config(5), MaxStartups 10:30:100; sshd.c, drop_connection). A firewall's rule refuses or drops connections after
some in a span of time, and counts the refused ones, too (`ufw limit`, ufw(8): six in 30 s), so that an attempt a second
keeps it shut for ever.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from meshx.plugin_base.waiting import sleep

AT_ONCE = 4
"""So many log in at a time, which leaves room for others below sshd's ten."""
PATIENCE_SECONDS = 90.0
"""How long a host may let nobody in before it counts as shut for good; the longest pause is part of it."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 40.0
_DECREASE = 0.6

_Result = TypeVar("_Result")


class ShutError(Exception):
    """The host takes no more connections for now."""


class Door:
    """One host, as this process's connections find it."""

    def __init__(self) -> None:
        self._knocking = asyncio.Semaphore(AT_ONCE)
        self._pause = 0.0
        self._next = 0.0
        self._shut_at = 0.0
        self.let_in = 0
        """How many came in so far."""
        self._last_in = 0.0

    async def enter(
        self, knock: Callable[[], Awaitable[_Result]], cancelled: threading.Event, patience: float | None = None
    ) -> _Result:
        """What `knock` returns. Repeats it after each ShutError; raises the last one if nobody came in for so long."""
        begun, most = time.monotonic(), PATIENCE_SECONDS if patience is None else patience
        while True:
            async with self._knocking:
                await self._wait_for_turn(cancelled)
                knocked = time.monotonic()
                try:
                    entered = await knock()
                except ShutError:
                    now = time.monotonic()
                    # Those that knocked together are refused together: that counts as one refusal.
                    if knocked >= self._shut_at:
                        self._shut(now)
                    if cancelled.is_set() or now - max(begun, self._last_in) > most:
                        raise
                else:
                    self.let_in += 1
                    self._last_in = time.monotonic()
                    self._pause = self._pause * _DECREASE if self._pause > FIRST_PAUSE else 0.0
                    return entered

    async def _wait_for_turn(self, cancelled: threading.Event) -> None:
        """While the door is shut, let one knock after the other, with a pause between."""
        while self._pause and (left := self._next - time.monotonic()) > 0 and not cancelled.is_set():
            await sleep(left, cancelled)
        self._next = time.monotonic() + self._pause

    def _shut(self, now: float) -> None:
        grown = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        # Random, so that two runs do not knock together.
        self._pause = grown * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        self._shut_at, self._next = now, now + self._pause
