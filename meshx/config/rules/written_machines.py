"""Machines and groups as they are written, with where their network is said."""

from collections.abc import Iterator
from dataclasses import dataclass

from meshx.config.resolved import network_of
from meshx.config.rules.written import Written


@dataclass(frozen=True)
class WrittenMachine:
    """A machine, or a group of instances: its place, its workload's, and that where its network is written."""

    place: Written
    workload: Written
    network: Written

    @property
    def is_group(self) -> bool:
        """Whether it is a group of instances."""
        return self.place.location[-1] == "group"

    @property
    def is_instance(self) -> bool:
        """Whether it is made as an instance, and so is not logged in to; `gce: {}` is one, too."""
        return self.is_group or self.place.get("gce").value is not None

    @property
    def is_revoked(self) -> bool:
        """Whether the mesh is to refuse it."""
        return self.place.get("revoked").flag(False)


def machines_and_groups(stack: Written) -> Iterator[WrittenMachine]:
    """Each machine and each group in the order of the file."""
    mesh = stack.get("mesh", "network")
    for workload in stack.get("workloads").items():
        for place in (*workload.get("machines").items(), workload.get("group")):
            if place:
                yield WrittenMachine(place, workload, network_of(place.get("network"), workload.get("network"), mesh))


def under_two_workloads(stack: Written) -> list[WrittenMachine]:
    """Each machine that an earlier workload has already, by its address and network; revoked ones do not count."""
    first: dict[tuple[str, str], Written] = {}
    found: list[WrittenMachine] = []
    for one in machines(stack):
        address = one.place.get("address").text
        if not address or one.is_revoked:
            continue
        workload = first.setdefault((one.network.text, address), one.workload)
        if workload.location != one.workload.location:
            found.append(one)
    return found


def machines(stack: Written) -> Iterator[WrittenMachine]:
    """Each machine in the order of the file."""
    return (one for one in machines_and_groups(stack) if not one.is_group)
