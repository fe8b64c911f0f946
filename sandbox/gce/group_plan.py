"""What a managed instance group does next: a pure function of what it should have and what it has.

cloud.google.com/compute/docs/instance-groups: repairs keep an instance's name; a proactive update replaces instances of
another template within maxSurge and maxUnavailable; an opportunistic one leaves them.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """One of a group's instances. template: its instance template."""

    name: str
    template: str
    made: float
    ready: bool
    """It runs, and its health check, if the group has one, finds it healthy."""
    broken: bool = False
    """It is gone, off, or unhealthy for too long, so it must be made again."""


@dataclass(frozen=True)
class Wanted:
    """What a group should have. surge, unavailable: how far an update may exceed and fall below the size."""

    size: int
    template: str
    surge: int
    unavailable: int
    proactive: bool = True


@dataclass(frozen=True)
class Plan:
    """What to do now: names to make again, how many new ones to make, names to remove."""

    again: tuple[str, ...] = ()
    new: int = 0
    remove: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.again or self.new or self.remove)


def plan(wanted: Wanted, members: Sequence[Member]) -> Plan:
    """What the group does now; a later look handles what must wait until instances are ready."""
    old = [one for one in members if one.template != wanted.template and wanted.proactive]
    present = len(members) - len(old)
    surplus = len(members) - wanted.size
    if not old:
        # Unhealthy ones go first, then the youngest.
        ordered = sorted(members, key=lambda one: (one.ready, not one.broken, -one.made))
        leaving = tuple(one.name for one in ordered[: max(surplus, 0)])
        return Plan(_broken(members, leaving), max(-surplus, 0), leaving)
    new = max(0, min(wanted.size - present, wanted.size + wanted.surge - len(members)))
    ready, leaving = sum(one.ready for one in members), ()
    for one in sorted(old, key=lambda one: (one.ready, one.made)):
        # Nobody misses one that serves nobody; the others go as the new ones get ready.
        spared = ready - one.ready >= wanted.size - wanted.unavailable
        if spared if one.ready else new == 0:
            leaving, ready = (*leaving, one.name), ready - one.ready
    return Plan(_broken(members, leaving), new, leaving)


def _broken(members: Sequence[Member], leaving: Sequence[str]) -> tuple[str, ...]:
    return tuple(one.name for one in members if one.broken and one.name not in leaving)
