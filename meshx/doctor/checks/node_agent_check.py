"""The node agent, which renews the machine's certificate beside the proxy."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.finding import Finding, fault, fine
from meshx.doctor.machine_view import MachineView
from meshx.machine.node_agent_messages import refusal


def check_node_agent(view: MachineView) -> Iterator[Finding]:
    """Its unit must run now and start at boot, and Citadel must not have refused its last request."""
    for unit in view.found["companions"]:
        name = unit["name"]
        if not unit["active"]:
            yield fault(
                "node agent",
                f"{name} is not active",
                "it was stopped, or it fails: the certificate ends and nobody renews it",
                f"{REPAIR}; if it fails again: `systemctl status {name}` and `journalctl -u {name}` on the machine",
            )
        elif not unit["enabled"]:
            yield fault(
                "node agent",
                f"{name} is not enabled",
                "it was disabled: after a reboot nobody renews the certificate",
                REPAIR,
            )
        elif words := view.seen.refusals.get(name):
            said, helps = refusal(words)
            yield fault(
                "node agent",
                f"{name} gets no certificate from Citadel: {said}",
                helps,
                f"what stands before this; `journalctl -u {name}` on the machine has all that it said",
            )
        else:
            yield fine("node agent", f"{name} is active, and enabled")
