"""What becomes of calls past the proxy, which may come while it is down."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.finding import Finding, fault, fine
from meshx.doctor.machine_view import MachineView


def check_when_down(view: MachineView) -> Iterator[Finding]:
    """They must be refused where `whenDown: closed` says so, and there alone; nothing where neither is so."""
    found, wanted = view.found.get("whenDown"), view.wanted.bundle.get("whenDown")
    if found is None:
        return
    if found == wanted:
        ports = ", ".join(str(int(port)) for port in found["ports"])
        yield fine("calls past the proxy", f"refused at {ports}")
    else:
        yield fault(
            "calls past the proxy",
            str(found["callsPastTheProxy"]),
            "changed by hand, or flushed with all of nftables' rules while `meshx-upkeep.timer` does not run"
            if wanted
            else "`whenDown: closed` stood in the configuration, and the machine has not had an `up` since",
            REPAIR,
        )
