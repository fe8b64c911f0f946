"""Waits until something that is looked at again and again is so."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

_Seen = TypeVar("_Seen")


def awaited(look: Callable[[], _Seen], holds: Callable[[_Seen], bool], seconds: float = 30.0) -> _Seen:
    """What `look` says once it `holds`, or what it said last."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if holds(seen) or time.monotonic() > deadline:
            return seen
        time.sleep(0.5)
