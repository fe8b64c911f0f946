"""Calls that may fail at first: proxies learn of new pods and entries one by one."""

from __future__ import annotations

import time
from collections.abc import Callable

from sandbox.traffic.calls import Answer

SECONDS = 30.0


def settled(call: Callable[[], Answer]) -> Answer:
    """The first good answer within some seconds, or the last one."""
    deadline = time.monotonic() + SECONDS
    while True:
        answer = call()
        if answer.succeeded or time.monotonic() > deadline:
            return answer
        time.sleep(0.5)
