"""Resources on their way to the engine before a program's end, which saves a large stack most of its waiting.

At the end of a program the SDK waits for registrations one by one, and for outputs all over again whenever one of them
comes. With no registration begun by then it is the outputs that it waits for from the first: thousands of them,
thousands of times (Pulumi SDK, pulumi/runtime/stack.py, wait_for_rpcs).
"""

import asyncio

# The SDK has no other name for it; functions that are invoked in the midst of a program do the same.
from pulumi.runtime.sync_await import _sync_await  # pyright: ignore[reportPrivateUsage]


def begin_registrations() -> None:
    """Let every resource that was made so far begin to be registered; to be called at a program's end."""
    _sync_await(asyncio.sleep(0))
