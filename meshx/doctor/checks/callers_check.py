"""Whether callers find a machine of the classic line: the objects that have its address."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.classic_machine_view import ClassicMachineView
from meshx.doctor.finding import Finding, fault, fine, note, unknown

_SUBJECT = "callers"


def check_callers(view: ClassicMachineView) -> Iterator[Finding]:
    """ServiceEntries must name it, and the Service must exist; nobody asks for its health here."""
    records = view.records
    if not view.machine.workload.ports:
        yield note(_SUBJECT, "a workload without ports is called by nobody")
    elif records.unknown:
        yield unknown(_SUBJECT, records.unknown)
    elif records.unnamed:
        yield fault(
            _SUBJECT,
            "; ".join(records.unnamed),
            "they were changed or removed by hand, or the machine has not joined yet: nobody is sent to it",
            REPAIR,
        )
    else:
        yield fine(_SUBJECT, f"are sent to {view.machine.address}, whether it answers or not")
