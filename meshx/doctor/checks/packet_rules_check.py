"""The packet rules that lead traffic to the proxy."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.finding import Finding, fault, fine
from meshx.doctor.machine_view import MachineView


def check_packet_rules(view: MachineView) -> Iterator[Finding]:
    """Each family that the sidecar's start gave rules must still have them."""
    found = view.found["packetRules"]
    if found == view.wanted.bundle["packetRules"]:
        out = view.machine.uncaptured.words
        yield fine("packet rules", f"in place; past the proxy go calls to {out}" if out else "in place")
        return
    yield fault(
        "packet rules",
        str(found),
        "a firewall's reload flushed them, or the sidecar never started: traffic goes past the proxy",
        f"{REPAIR}. Let the firewall's reload keep the chains ISTIO_*",
    )
