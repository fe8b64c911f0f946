"""Calls from outside the mesh, as anybody on the machine's network may make them: which are answered past the proxy."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox import machines
from tests.e2e.stack.loops import repeated

PAUSE_SECONDS = 0.03


@dataclass
class PlainCalls:
    """How many were made, and how many of them the machine's program answered with no proxy in between."""

    made: int = 0
    answered: int = 0


def is_answered(machine: str, port: int = 8080) -> bool:
    """Whether a plain call is answered past the proxy; an answer of Envoy's, or through it, is none."""
    url = f"http://{machines.machine(machine).address}:{port}/"
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return "envoy" not in answer.headers.get("server", "")
    except urllib.error.HTTPError as refusal:
        return "envoy" not in refusal.headers.get("server", "")
    except (OSError, http.client.HTTPException):
        return False


@contextmanager
def plain_calls(machine: str) -> Iterator[PlainCalls]:
    """Make such calls one after another until the block ends."""
    calls = PlainCalls()

    def call() -> None:
        answered = is_answered(machine)
        calls.made += 1
        calls.answered += answered
        time.sleep(PAUSE_SECONDS)

    with repeated(call):
        yield calls
    print(f"{calls.made} plain calls to {machine}, {calls.answered} answered past the proxy")
