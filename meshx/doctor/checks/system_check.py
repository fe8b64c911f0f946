"""The machine itself: its clock and its addresses."""

from __future__ import annotations

import time
from collections.abc import Iterator

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
    """Check whether the configured address is one of the machine's own."""
    address, own = view.machine.address, view.symptoms.own_addresses
    if not is_ip_address(address) or address in own:
        yield fine("addresses", ", ".join(own))
    else:
        # It is no fault if a router translates the address.
        yield note("addresses", f"has {', '.join(own) or 'none'}; callers are told {address}, which must lead here")
