"""Waits until something holds: for how long, with which pauses, and what ends it early.

Pauses grow, since what does not come at once may take long. They are random, so that waiters that began together do
not ask together. The end of the run ends all of them at once (`Operation.cancelled`).
"""

from __future__ import annotations

import asyncio
import math
import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from meshx.plugin_base.custom_resource import ResourceError

FIRST_SECONDS = 0.2
MOST_SECONDS = 5.0
GROWTH = 1.5
_SLICE_SECONDS = 0.1
"""The longest delay until a coroutine notices the run's end, which it cannot wait for, or a waiter notices news."""

_Result = TypeVar("_Result")


class Wait:
    """One wait: at most `seconds` from now (infinite: no limit), pauses from `first` to `most` seconds.

    Look, and call `pause` before each further look::

        wait = Wait(operation.cancelled, 60)
        while not there():
            if not wait.pause():
                raise ...
    """

    def __init__(
        self,
        cancelled: threading.Event,
        seconds: float = math.inf,
        first: float = FIRST_SECONDS,
        most: float = MOST_SECONDS,
    ) -> None:
        self._cancelled = cancelled
        self._begun = time.monotonic()
        self._seconds = seconds
        self._pause = min(first, most)
        self._most = most

    @property
    def over(self) -> bool:
        """Whether its time is up, or the run was cancelled."""
        return self._cancelled.is_set() or self.waited > self._seconds

    @property
    def waited(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._begun

    def limit(self, seconds: float) -> None:
        """End the wait so many seconds after its beginning."""
        self._seconds = seconds

    def pause(self, news: Callable[[], bool] | None = None) -> bool:
        """Sleep until the next look is due, or earlier once `news` returns true.

        False if the wait is over, so that no look is due.
        """
        if self.over:
            return False
        end = time.monotonic() + self._next()
        while (left := end - time.monotonic()) > 0 and not (news is not None and news()):
            if self._cancelled.wait(left if news is None else min(left, _SLICE_SECONDS)):
                return False
        return True

    async def pause_async(self, news: Callable[[], bool] | None = None) -> bool:
        """As `pause`, for coroutines."""
        if self.over:
            return False
        await sleep(self._next(), self._cancelled, news)
        return not self._cancelled.is_set()

    def _next(self) -> float:
        pause = self._pause * random.uniform(0.7, 1.3)  # noqa: S311 - no secret
        self._pause = min(self._pause * GROWTH, self._most)
        return max(0.0, min(pause, self._seconds - self.waited))


async def sleep(seconds: float, cancelled: threading.Event, news: Callable[[], bool] | None = None) -> None:
    """Sleep so many seconds, or until the run is cancelled, or until `news` returns true."""
    end = time.monotonic() + seconds
    while not cancelled.is_set() and (left := end - time.monotonic()) > 0 and not (news is not None and news()):
        await asyncio.sleep(min(left, _SLICE_SECONDS))


def answered(ask: Callable[[], _Result], wait: Wait, tell: Callable[[str], None]) -> _Result:
    """What `ask` returns. Repeats it while it fails for a passing reason, until the wait is over.

    Raises the last error. `tell` gets the first one, once a second try is due.
    """
    told = False
    while True:
        try:
            return ask()
        except ResourceError as error:
            if not error.passes or wait.over:
                raise
            if not told:
                told = True
                tell(f"{error}; it is tried again")
            if not wait.pause():
                raise
