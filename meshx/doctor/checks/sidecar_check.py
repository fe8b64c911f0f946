"""The sidecar: its package, its unit, its processes, and whether the proxy reports that it is ready."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.finding import Finding, fault, fine
from meshx.doctor.machine_view import MachineView

_LOG = "/var/log/istio/istio.log and istio.err.log"


def check_package(view: MachineView) -> Iterator[Finding]:
    """The package must be the one that meshx installed, and complete."""
    wanted, found = view.wanted.bundle["package"], view.found["package"]
    name = wanted["name"]
    if found == wanted:
        yield fine("package", f"{name} {view.seen.package.version}")
    elif not view.seen.joined:
        yield fault(
            "package", f"{name} is {_installed(found)}", "the machine has not joined yet, or has left", "`pulumi up`"
        )
    else:
        yield fault(
            "package",
            f"{name} is {_installed(found)}",
            "it was removed or replaced by others, or another one is configured since",
            REPAIR,
        )


def check_unit(view: MachineView) -> Iterator[Finding]:
    """The unit must run now and start at boot."""
    name, state = view.wanted.bundle["unit"]["name"], view.seen.unit_state
    if state == "active":
        yield fine("unit", f"{name} is active")
    else:
        yield fault(
            "unit",
            f"{name} is {state or 'not there'}",
            "it was stopped, or it fails" if state != "activating" else "it starts and fails again and again",
            f"{REPAIR}; if it fails again: `systemctl status {name}` on the machine, {_LOG}",
        )
    if view.seen.settings:
        yield fault(
            "unit",
            view.seen.settings,
            "it was changed or removed by hand, or an older meshx made it: the next start may fail, or lose rules of "
            "the machine's own",
            REPAIR,
        )
    if view.seen.unit_enabled:
        yield fine("unit at boot", f"{name} is enabled")
    else:
        yield fault(
            "unit at boot",
            f"{name} is not enabled",
            "it was disabled: after a reboot the machine is out of the mesh",
            REPAIR,
        )


def check_processes(view: MachineView) -> Iterator[Finding]:
    """Agent and proxy must run."""
    running = view.symptoms.processes
    missing = [program for program in view.programs if program not in running]
    if not missing:
        yield fine("processes", ", ".join(f"{program} as {running[program]}" for program in view.programs))
        return
    yield fault(
        "processes",
        f"{' and '.join(missing)} does not run" if len(missing) == 1 else f"{' and '.join(missing)} do not run",
        f"the unit does not run, or the agent cannot get what the proxy needs from {view.control_plane}",
        f"see to the other faults first, then {_LOG} on the machine",
    )


def check_ready(view: MachineView) -> Iterator[Finding]:
    """The proxy itself says whether it has its configuration."""
    where = "by Envoy's own statistics" if "readiness" in view.wanted.bundle else "on port 15021"
    if view.seen.ready:
        yield fine("proxy", f"ready {where}")
        return
    said = f"; last words: {view.seen.log.splitlines()[-1]}" if view.seen.log else ""
    yield fault(
        "proxy",
        f"not ready {where}{said}",
        f"it does not run, or has no configuration from {view.control_plane}",
        f"see to the other faults first, then {_LOG} on the machine",
    )


def _installed(found: Mapping[str, Any]) -> str:
    return str(found.get("state") or "another than the configured one")
