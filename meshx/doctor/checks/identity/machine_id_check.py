"""Whether a machine is the one that joined, and no clone of it."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.finding import Finding, fault
from meshx.doctor.machine_view import MachineView


def check_machine_id(view: MachineView) -> Iterator[Finding]:
    """Compare /etc/machine-id with what it was at the last join."""
    if words := view.seen.other_machine(view.wanted):
        yield fault(
            "machine",
            words.partition(":")[0],
            "it is a clone of the machine that joined, or an image made from that; or its machine-id was made anew",
            f"{REPAIR}, which gives it a key of its own; if the other machine still runs, revoke it (docs/revoking.md)",
        )
