"""What was measured, against what, and how the two compare."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """Two measures of the same unit; `goal` is the highest ratio that is wanted, None where there is none."""

    subject: str
    against: str
    measured: float
    base: float
    unit: str = "s"
    goal: float | None = None

    @property
    def value(self) -> float:
        """How many times the base it is."""
        return self.measured / self.base

    @property
    def verdict(self) -> str:
        """Whether the goal is met, in a word."""
        if self.goal is None:
            return ""
        return f"goal {self.goal:g}: {'met' if self.value <= self.goal else 'missed'}"

    def __str__(self) -> str:
        """The ratio on a line, with what it was made of."""
        figures = f"{self.measured:.2f} {self.unit} to {self.base:.2f} {self.unit}"
        return f"{self.subject} / {self.against}: {self.value:.2f}x ({figures}) {self.verdict}".rstrip()


def table(ratios: Sequence[Ratio]) -> str:
    """All ratios as a table in Markdown."""
    lines = ["", "| measured | against | ratio | goal |", "|---|---|---|---|"]
    lines += [f"| {one.subject} | {one.against} | {one.value:.2f} | {one.verdict} |" for one in ratios]
    return "\n".join(lines) + "\n"


def seconds(action: Callable[[], object]) -> float:
    """How long `action` takes."""
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


@dataclass(frozen=True)
class Cost:
    """What running programs took: seconds by the clock, and seconds of CPU time."""

    seconds: float
    cpu: float


def least_of_each(rounds: int, *actions: Callable[[], object]) -> list[Cost]:
    """The least that each cost, taken in turns: what else runs on the computer only ever makes it more."""
    costs = [[_cost(action) for action in actions] for _ in range(rounds)]
    return [_least(of_one) for of_one in zip(*costs, strict=True)]


def _cost(action: Callable[[], object]) -> Cost:
    begun = _childrens_cpu()
    taken = seconds(action)
    return Cost(taken, _childrens_cpu() - begun)


def _least(costs: Sequence[Cost]) -> Cost:
    return Cost(min(cost.seconds for cost in costs), min(cost.cpu for cost in costs))


def _childrens_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
