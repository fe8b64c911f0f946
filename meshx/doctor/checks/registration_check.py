"""What istiod knows of a machine."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.finding import Finding, fault, fine, note, unknown
from meshx.doctor.machine_view import MachineView

_SUBJECT = "istiod's view"


def check_registration(view: MachineView) -> Iterator[Finding]:
    """The WorkloadEntry must exist, and its proxy must be connected."""
    name, entry = view.wanted.workload_entry, view.entry
    if name is None:
        yield note(_SUBJECT, "a workload without ports has no WorkloadEntry; nobody calls it")
        return
    place = f"WorkloadEntry {view.wanted.namespace}/{name}"
    if view.entry_unknown:
        yield unknown(_SUBJECT, view.entry_unknown)
    elif entry is None:
        yield fault(
            _SUBJECT,
            f"{place} is not there",
            "it was deleted: istiod refuses the machine's proxy at its next connection, and callers do not find it",
            REPAIR,
        )
    elif entry.health.checked and entry.health.healthy is None:
        yield fault(
            _SUBJECT,
            f"{place} has no word of its health",
            "the proxy is not connected to istiod, or the entry was replaced while it was",
            f"{REPAIR}; it makes the sidecar reconnect",
        )
    elif entry.disconnected_at and not entry.istiod:
        yield fault(
            _SUBJECT,
            f"the proxy left istiod at {entry.disconnected_at}",
            "the sidecar does not run, or does not reach istiod",
            "see to the other faults first, then /var/log/istio on the machine",
        )
    else:
        since = f"connected to {entry.istiod} since {entry.connected_at}" if entry.istiod else "is there"
        yield fine(_SUBJECT, f"{place}: {since}")
