"""Puts the machines of files where they would stand in the stack's file: behind its own, workload by workload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from meshx.config.errors.origins import Origin, Origins
from meshx.config.errors.paths import Location
from meshx.config.errors.problems import Problem
from meshx.config.inventory.named_files import MachineFile, named_files, read
from meshx.config.rules.written import Written


@dataclass
class Inventory:
    """The values of a stack with the machines of all files in them.

    stated: by key without the namespace. origins: of the machines that come from files. problems: of the files.
    """

    stated: Mapping[str, object]
    origins: Origins = field(default_factory=dict[Location, Origin])
    problems: list[Problem] = field(default_factory=list[Problem])


def gathered(stated: Mapping[str, object], base: Path) -> Inventory:
    """Read every file that `machinesFrom` names. base: the folder that relative paths start from.

    What is not of the type that it should be is left as it is: the checks of the whole say so.
    """
    workloads = list(Written((), stated).get("workloads").items())
    if not any(workload.get("machinesFrom").value for workload in workloads):
        return Inventory(stated)
    problems: list[Problem] = []
    origins: dict[Location, Origin] = {}
    taken: dict[Path, MachineFile] = {}
    filled = [_filled(workload, base, taken, origins, problems) for workload in workloads]
    return Inventory({**stated, "workloads": filled}, origins, problems)


def _filled(
    workload: Written,
    base: Path,
    taken: dict[Path, MachineFile],
    origins: dict[Location, Origin],
    problems: list[Problem],
) -> object:
    """A workload with the machines of its files. taken: files that are read already."""
    written = workload.get("machines")
    if not isinstance(written.value or [], list):
        return workload.value
    machines = list(cast("list[Any]", written.value or []))
    for file in named_files(workload, base):
        if isinstance(file, Problem):
            problems.append(file)
            continue
        first = taken.setdefault(file.path.resolve(), file)
        if first is not file:
            if first.named.location[:2] != workload.location:
                wrong = f"{file.written} is read for {first.named.path} already"
                problems.append(Problem(file.named.location, wrong, "each machine in the files of one workload"))
            continue
        found = read(file)
        problems += [
            Problem(file.named.location, one.wrong, one.remedy, one.place(file.written)) for one in found.faults
        ]
        for machine in found.machines:
            origins[(*written.location, len(machines))] = Origin(file.written, machine.lines)
            machines.append(machine.value)
    return {**cast("dict[str, Any]", workload.value), "machines": machines} if machines else workload.value
