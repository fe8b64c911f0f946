"""A steady loop of calls that runs while something else is done, and what came of each call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sandbox.traffic.calls import Answer
from tests.e2e.stack.loops import repeated


@dataclass
class SteadyCalls:
    """The answers so far; whole when the loop has ended."""

    answers: list[Answer] = field(default_factory=list)

    @property
    def failed(self) -> list[Answer]:
        """The calls that got no good answer."""
        return [answer for answer in self.answers if not answer.succeeded]

    def served_by(self, host: str) -> int:
        """How many calls that host answered."""
        return sum(answer.host == host for answer in self.answers)

    def summary(self) -> str:
        """The counts, for the test's output."""
        hosts = sorted({answer.host for answer in self.answers if answer.host})
        served = ", ".join(f"{host} {self.served_by(host)}" for host in hosts)
        return f"{len(self.answers)} calls ({served}), {len(self.failed)} failed"


@contextmanager
def steady(batch: Callable[[], list[Answer]]) -> Iterator[SteadyCalls]:
    """Make `batch`es of calls, one after another, until the block ends; the one under way is waited for."""
    calls = SteadyCalls()
    with repeated(lambda: calls.answers.extend(batch())):
        yield calls
