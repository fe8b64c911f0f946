"""What keeps a machine in the mesh between two runs, whatever others write."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.finding import Finding, fault, fine, note
from meshx.doctor.machine_view import MachineView


def check_upkeep(view: MachineView) -> Iterator[Finding]:
    """Its units must run as the join placed them; what they had to put back is worth a note."""
    found = view.found["upkeep"]
    if found == view.wanted.bundle["upkeep"]:
        yield fine("upkeep", "in place")
    else:
        yield fault(
            "upkeep",
            str(found),
            "it was stopped or changed by hand, or another meshx placed it: nothing puts back what others write over",
            f"{REPAIR}. Others' settings of {view.wanted.bundle['unit']['name']} must not empty its ExecStartPre "
            "(`systemctl cat`)",
        )
    for words in view.seen.told:
        yield note("upkeep", words)
