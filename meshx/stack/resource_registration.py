"""Starts registering resources before a program's end, which saves a large stack most of its waiting.

At the end of a program the SDK waits for registrations one by one, and after each of them again for all outputs. If no
registration has begun by then, it waits for outputs from the first one on: thousands of them, thousands of times
(Pulumi SDK, pulumi/runtime/stack.py, wait_for_rpcs).
"""

import asyncio

# The SDK has no public name for it; functions that a program invokes do the same.
from pulumi.runtime.sync_await import _sync_await  # pyright: ignore[reportPrivateUsage]


def begin_registrations() -> None:
    """Start the registration of every resource made so far; call this at a program's end."""
    _sync_await(asyncio.sleep(0))
