"""The machine itself: its clock and its addresses."""

from __future__ import annotations

import time
from collections.abc import Iterator

from meshx.config.values.addresses import families
from meshx.doctor.finding import Finding, fault, fine, note
from meshx.doctor.machine_view import MachineView
from meshx.join.cluster_env import is_ip_address
from meshx.machine.looking import CLOCK_SECONDS


def check_clock(view: MachineView) -> Iterator[Finding]:
    """Compare the machine's clock with this computer's; the clock decides whether certificates are valid."""
    difference = view.seen.clock - int(time.time())
    if abs(difference) <= CLOCK_SECONDS:
        yield fine("clock", f"{abs(difference)} s from this computer's")
        return
    where = "ahead of" if difference > 0 else "behind"
    yield fault(
        "clock",
        f"{abs(difference)} s {where} this computer's",
        "certificates and tokens count as ended, or as not begun, on a machine whose clock is wrong",
        "set up time synchronisation on the machine (systemd-timesyncd or chrony); see also this computer's clock",
    )


def check_addresses(view: MachineView) -> Iterator[Finding]:
    """Check whether the configured addresses are the machine's own, and whether it has one of a family of which the
    proxy takes nothing."""
    machine, own = view.machine, view.symptoms.own_addresses
    others = [address for address in machine.addresses if is_ip_address(address) and address not in own]
    untaken = [address for address in own if not set(families([address])) <= set(machine.families)]
    if not others and not untaken:
        yield fine("addresses", ", ".join(own))
    if others:
        # It is no fault if a router translates the address.
        told = ", ".join(others)
        yield note("addresses", f"has {', '.join(own) or 'none'}; callers are told {told}, which must lead here")
    if untaken:
        yield note(
            "addresses",
            f"has {', '.join(untaken)} as well, and its proxy takes one family alone, that of the machine's first "
            "address: calls of the other go past it. In a mesh of both (meshx:mesh.dualStack) name it: secondAddress",
        )
