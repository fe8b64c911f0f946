"""What was measured, against what, and how the two compare."""

from __future__ import annotations

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


def shortest_of_both(one: Callable[[], object], other: Callable[[], object], rounds: int) -> tuple[float, float]:
    """The shortest run of each, taken in turns: what else runs on the computer only ever makes them longer."""
    pairs = [(seconds(one), seconds(other)) for _ in range(rounds)]
    return min(first for first, _ in pairs), min(second for _, second in pairs)
