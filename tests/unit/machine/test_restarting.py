"""Whose proxy restarts when."""

import asyncio
import threading
import time

import pytest

from meshx.machine.restarting import Turns
from meshx.plugin_base.waiting import Wait


def forever() -> Wait:
    return Wait(threading.Event())


@pytest.mark.parametrize(("machines", "together"), [(1, 1), (2, 1), (7, 1), (8, 2), (40, 10)])
def test_of_a_workloads_machines_a_quarter_restarts_at_once_and_one_of_few(machines: int, together: int) -> None:
    turns, running, most = Turns(), [0], [0]

    async def restart(workload: str) -> None:
        async with turns.turn(workload, forever()):
            running[0] += 1
            most[0] = max(most[0], running[0])
            await asyncio.sleep(0.01)
            running[0] -= 1

    async def all_of_them() -> None:
        await asyncio.gather(*(restart("vm/vmhttp") for _ in range(machines)))

    asyncio.run(all_of_them())
    assert most[0] == together


def test_a_machine_whose_turn_is_broken_off_lets_the_next_go_on() -> None:
    turns = Turns()

    async def break_off() -> None:
        async with turns.turn("vm/vmhttp", forever()):
            waiting = asyncio.create_task(turns.turn("vm/vmhttp", forever()).__aenter__())
            await asyncio.sleep(0.01)
            waiting.cancel()
        async with turns.turn("vm/vmhttp", forever()):
            pass

    asyncio.run(asyncio.wait_for(break_off(), 5))


def test_workloads_do_not_wait_for_one_another() -> None:
    turns = Turns()

    async def both() -> None:
        async with turns.turn("vm/vmhttp", forever()), turns.turn("vm/other", forever()):
            pass

    asyncio.run(asyncio.wait_for(both(), 5))


def test_waiting_for_a_turn_has_no_limit_but_the_end_of_the_run_ends_it_at_once() -> None:
    turns, cancelled = Turns(), threading.Event()

    async def wait_for_it() -> bool:
        async with turns.turn("vm/vmhttp", forever()):
            threading.Timer(0.3, cancelled.set).start()
            async with turns.turn("vm/vmhttp", Wait(cancelled)) as taken:
                return taken

    begun = time.monotonic()
    assert not asyncio.run(wait_for_it())
    assert time.monotonic() - begun < 3
    assert turns._taken["vm/vmhttp"] == turns._wanting["vm/vmhttp"] == 0
