"""Waits: how long, in which pauses, and what ends them."""

import asyncio
import threading
import time

import pytest

from meshx.plugin_base.custom_resource import ResourceError
from meshx.plugin_base.waiting import Wait, answered, sleep


class PassingError(ResourceError):
    passes = True


def test_pauses_grow_to_the_most_and_differ_by_chance() -> None:
    wait = Wait(threading.Event(), first=1.0, most=4.0)
    pauses = [wait._next() for _ in range(40)]
    assert 0.7 <= pauses[0] <= 1.3
    assert all(2.8 <= pause <= 5.2 for pause in pauses[5:])
    assert len(set(pauses)) == len(pauses)


def test_a_wait_ends_with_its_time_after_a_last_look() -> None:
    wait, looks = Wait(threading.Event(), 0.3, first=0.1), 1
    while wait.pause():
        looks += 1
    assert 0.3 <= wait.waited < 1.0
    assert looks >= 2


def test_a_wait_may_be_given_more_time() -> None:
    wait = Wait(threading.Event(), 0.0, first=0.01)
    assert not wait.pause()
    wait.limit(30)
    assert wait.pause()


@pytest.mark.parametrize("asynchronous", [False, True])
def test_the_end_of_the_run_ends_every_sleep_at_once(asynchronous: bool) -> None:
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    wait = Wait(cancelled, first=60.0, most=60.0)
    assert not (asyncio.run(wait.pause_async()) if asynchronous else wait.pause())
    begun = time.monotonic()
    asyncio.run(sleep(60.0, cancelled))
    assert time.monotonic() - begun < 1
    assert wait.waited < 2


def test_a_failure_that_passes_is_told_once_and_waited_out() -> None:
    failures, told = [PassingError("busy"), PassingError("still busy")], list[str]()

    def ask() -> str:
        if failures:
            raise failures.pop(0)
        return "here"

    assert answered(ask, Wait(threading.Event(), 5, first=0.01), told.append) == "here"
    assert told == ["busy; it is tried again"]


@pytest.mark.parametrize("error", [ResourceError("forbidden"), PassingError("busy for ever")])
def test_a_failure_that_stays_is_raised(error: ResourceError) -> None:
    def ask() -> str:
        raise error

    with pytest.raises(ResourceError, match=str(error)):
        answered(ask, Wait(threading.Event(), 0.05, first=0.01), lambda _: None)
