"""The checks of a machine, in the order in which things depend on each other: the first fault is the likely cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from meshx.doctor.checks.files import check_files
from meshx.doctor.checks.identity import check_identity
from meshx.doctor.checks.names import check_hosts_lines, check_name_proxy, check_own_name
from meshx.doctor.checks.ports import check_gateway, check_own_ports, check_sidecar_ports
from meshx.doctor.checks.registration import check_registration
from meshx.doctor.checks.rules import check_packet_rules
from meshx.doctor.checks.sidecar import check_package, check_processes, check_ready, check_unit
from meshx.doctor.checks.system import check_addresses, check_clock
from meshx.doctor.checks.traffic import check_calls_from_it, check_calls_to_it
from meshx.doctor.finding import Finding
from meshx.doctor.machine_view import MachineView

MACHINE_CHECKS: tuple[Callable[[MachineView], Iterable[Finding]], ...] = (
    check_package,
    check_clock,
    check_addresses,
    check_own_name,
    check_hosts_lines,
    check_files,
    check_unit,
    check_gateway,
    check_identity,
    check_processes,
    check_packet_rules,
    check_sidecar_ports,
    check_registration,
    check_own_ports,
    check_ready,
    check_name_proxy,
    check_calls_from_it,
    check_calls_to_it,
)


def examine(view: MachineView) -> list[Finding]:
    """Return what all checks find on a machine."""
    return [finding for check in MACHINE_CHECKS for finding in check(view)]
