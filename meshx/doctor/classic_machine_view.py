"""One machine of the classic line: what it should be, what it is, what it can do, and what the cluster has of it."""

from __future__ import annotations

from dataclasses import dataclass

from meshx.doctor.classic_records import ClassicRecords
from meshx.doctor.machine_view import MachineView


@dataclass(frozen=True, kw_only=True)
class ClassicMachineView(MachineView):
    """What the checks judge."""

    records: ClassicRecords
