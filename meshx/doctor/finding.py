"""What the doctor says of one thing that it looked at, and which of many faults is the likely cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How a thing is. Only FAULT fails the run; UNKNOWN means that the doctor could not look at it."""

    OK = "ok"
    NOTE = "note"
    UNKNOWN = "unknown"
    FAULT = "FAULT"


@dataclass(frozen=True)
class Finding:
    """One line of the table: the subject, how it is, what was found; for a fault, the cause and the remedy."""

    subject: str
    state: State
    found: str
    cause: str = ""
    remedy: str = ""


def fine(subject: str, found: str) -> Finding:
    """A subject that is as it should be."""
    return Finding(subject, State.OK, found)


def note(subject: str, found: str) -> Finding:
    """Something worth knowing that is no fault."""
    return Finding(subject, State.NOTE, found)


def unknown(subject: str, found: str) -> Finding:
    """A subject that the doctor could not look at, and why."""
    return Finding(subject, State.UNKNOWN, found)


def fault(subject: str, found: str, cause: str, remedy: str) -> Finding:
    """What is wrong, the likely reason, and what to do."""
    return Finding(subject, State.FAULT, found, cause, remedy)


def likely_cause(findings: Iterable[Finding]) -> Finding | None:
    """Return the first fault, None if there is none.

    Each finding comes after those it depends on, so later faults may follow from the first.
    """
    return next((finding for finding in findings if finding.state is State.FAULT), None)
