"""Steady loops of calls beside a change, none of which may fail."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from sandbox import traffic
from sandbox.traffic.calls import Answer
from tests.e2e.stack.steady_calls import steady

HTTPBIN = "http://httpbin.bar.svc.cluster.local:8000/"
BATCH, EVERY = 10, "50ms"


def of_pod(host: str, port: int = 8080) -> Callable[[], list[Answer]]:
    return lambda: traffic.from_pod("sleep", f"http://{host}.vm.svc.cluster.local:{port}/", BATCH, EVERY)


def of_machine(machine: str) -> Callable[[], list[Answer]]:
    return lambda: traffic.from_machine(machine, HTTPBIN, BATCH, EVERY)


@contextmanager
def no_call_fails(what: str, **loops: Callable[[], list[Answer]]) -> Iterator[None]:
    """Make the calls until the block ends, print the counts, and take no failure."""
    with ExitStack() as stack:
        made = {name: stack.enter_context(steady(batch)) for name, batch in loops.items()}
        time.sleep(1)
        yield
        time.sleep(1)
    for name, calls in made.items():
        print(f"{what}: {name}: {calls.summary()}")
        assert calls.answers, name
        failed = [number for number, answer in enumerate(calls.answers) if not answer.succeeded]
        assert not failed, f"{name}: {calls.answers[failed[0]]}, calls number {failed}"
