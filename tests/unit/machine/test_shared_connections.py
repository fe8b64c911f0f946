"""What all connections of a process share."""

import asyncio
import threading
import time

import pytest

from meshx.machine.machine_errors import UntouchedError
from meshx.machine.ssh import loop
from meshx.machine.ssh.shared_connections import Connections, connections


def test_no_more_machines_are_connected_to_at_once_than_may_be() -> None:
    shared, inside, most = Connections(), [0], [0]

    async def one() -> None:
        async with shared.place(5, threading.Event()):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            await asyncio.sleep(0.02)
            inside[0] -= 1

    async def all_of_them() -> None:
        await asyncio.gather(*(one() for _ in range(30)))

    asyncio.run(all_of_them())
    assert most[0] == 5


def test_the_end_of_the_run_ends_waiting_for_a_place() -> None:
    shared, cancelled = Connections(), threading.Event()

    async def wait() -> None:
        async with shared.place(1, cancelled):
            threading.Timer(0.2, cancelled.set).start()
            async with shared.place(1, cancelled):
                pass

    begun = time.monotonic()
    with pytest.raises(UntouchedError, match="the run was cancelled"):
        asyncio.run(wait())
    assert time.monotonic() - begun < 3


def test_operations_of_all_threads_share_them() -> None:
    async def of_this_thread() -> Connections:
        return connections()

    found: list[Connections] = []
    threads = [threading.Thread(target=lambda: found.append(loop.run(of_this_thread()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(map(id, found))) == 1
