"""Which machine restarts in which wave: plain functions on names."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence

WHOLE = "100%"
_SIZE = re.compile(r"([1-9][0-9]?|100)%|[1-9][0-9]{0,5}")


def is_size(text: str) -> bool:
    """Whether a text is a size: a number from 1, or a share from "1%" to "100%"."""
    return _SIZE.fullmatch(text) is not None


def is_share(size: str) -> bool:
    """Whether a size is a share of the machines."""
    return size.endswith("%")


def reached(size: str, machines: int) -> int:
    """How many of so many machines a wave and all before it reach; parts of a machine count as a whole one."""
    return math.ceil(machines * int(size[:-1]) / 100) if is_share(size) else min(int(size), machines)


def waves(sizes: Sequence[str], machines: Mapping[str, str]) -> list[list[str]]:
    """The names of each wave's machines, waves without any left out.

    sizes: how many machines each wave and those before it reach, as "2" or as "25%"; the last is "100%".
    machines: the workload of each machine, by name.

    The order follows from the names alone, so that another order in the file, or a machine more, moves few. Of a
    workload with several machines one goes as early as it can, and never do all go in one wave: where the sizes would
    have it so, one goes a wave later, or out of the last wave a wave earlier. A single wave takes all the same.
    """
    order = _order(machines)
    ends = [reached(size, len(order)) for size in sizes]
    wave_of = {name: next(wave for wave, end in enumerate(ends) if place < end) for place, name in enumerate(order)}
    last = len(sizes) - 1
    for workload in sorted(set(machines.values())):
        members = [name for name in order if machines[name] == workload]
        (first, *others) = {wave_of[name] for name in members}
        if others or not members[1:] or last == 0:
            continue
        if first < last:
            wave_of[members[-1]] = first + 1
        else:
            wave_of[members[0]] = last - 1
    found = [[name for name in order if wave_of[name] == wave] for wave in range(len(sizes))]
    return [sorted(names) for names in found if names]


def _order(machines: Mapping[str, str]) -> list[str]:
    """First one machine of each workload, then all others."""
    by_chance = sorted(machines, key=lambda name: hashlib.sha256(name.encode()).digest())
    first = {workload: name for name, workload in reversed([(name, machines[name]) for name in by_chance])}
    leading = set(first.values())
    return sorted(by_chance, key=lambda name: name not in leading)
