"""The one event loop of this process for SSH: operations come from many threads, and share connections on it."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

THREADS = 256
"""How many questions to clusters may wait at once: as many as a plugin takes operations."""

_Result = TypeVar("_Result")

_lock = threading.Lock()


def run(work: Coroutine[Any, Any, _Result]) -> _Result:
    """What the coroutine returns. It runs on that loop, and the calling thread waits for it."""
    # Another thread that comes meanwhile gets the same loop.
    with _lock:
        loop = _loop()
    return asyncio.run_coroutine_threadsafe(work, loop).result()


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="ssh"))
    threading.Thread(target=loop.run_forever, name="ssh", daemon=True).start()
    return loop
