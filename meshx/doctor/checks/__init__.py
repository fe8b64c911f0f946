"""The checks of a machine, each after those it depends on: the first fault is the likely cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from meshx.doctor.checks.callers_check import check_callers
from meshx.doctor.checks.classic_traffic_check import check_call, check_endpoints
from meshx.doctor.checks.files_check import check_files
from meshx.doctor.checks.identity.authority_check import check_authority
from meshx.doctor.checks.identity.classic_identity_check import (
    check_certificate,
    check_key_material,
    check_root,
    check_secret,
)
from meshx.doctor.checks.identity.identity_check import check_identity
from meshx.doctor.checks.identity.machine_id_check import check_machine_id
from meshx.doctor.checks.names_check import (
    check_gateway_name,
    check_hosts_lines,
    check_name_proxy,
    check_own_name,
)
from meshx.doctor.checks.node_agent_check import check_node_agent
from meshx.doctor.checks.packet_rules_check import check_packet_rules
from meshx.doctor.checks.ports_check import check_gateway, check_own_ports, check_sidecar_ports
from meshx.doctor.checks.registration_check import check_registration
from meshx.doctor.checks.sidecar_check import check_package, check_processes, check_ready, check_unit
from meshx.doctor.checks.space_check import check_space
from meshx.doctor.checks.system_check import check_addresses, check_clock
from meshx.doctor.checks.traffic_check import check_calls_from_it, check_calls_to_it
from meshx.doctor.checks.upkeep_check import check_upkeep
from meshx.doctor.checks.when_down_check import check_when_down
from meshx.doctor.classic_machine_view import ClassicMachineView
from meshx.doctor.finding import Finding
from meshx.doctor.machine_view import MachineView

MACHINE_CHECKS: tuple[Callable[[MachineView], Iterable[Finding]], ...] = (
    check_machine_id,
    check_package,
    check_clock,
    check_space,
    check_addresses,
    check_own_name,
    check_hosts_lines,
    check_gateway_name,
    check_files,
    check_unit,
    check_gateway,
    check_authority,
    check_identity,
    check_processes,
    check_packet_rules,
    check_when_down,
    check_upkeep,
    check_sidecar_ports,
    check_registration,
    check_own_ports,
    check_ready,
    check_name_proxy,
    check_calls_from_it,
    check_calls_to_it,
)

CLASSIC_MACHINE_CHECKS: tuple[Callable[[ClassicMachineView], Iterable[Finding]], ...] = (
    check_machine_id,
    check_package,
    check_clock,
    check_space,
    check_addresses,
    check_own_name,
    check_hosts_lines,
    check_files,
    check_key_material,
    check_node_agent,
    check_unit,
    check_gateway,
    check_secret,
    check_root,
    check_certificate,
    check_processes,
    check_packet_rules,
    check_when_down,
    check_upkeep,
    check_sidecar_ports,
    check_callers,
    check_own_ports,
    check_ready,
    check_endpoints,
    check_call,
)
"""The checks with Istio 1.1 to 1.4."""


def examine(view: MachineView) -> list[Finding]:
    """Return all checks' findings on a machine."""
    return [finding for check in MACHINE_CHECKS for finding in check(view)]


def examine_classic(view: ClassicMachineView) -> list[Finding]:
    """Return all the classic line's checks' findings on a machine."""
    return [finding for check in CLASSIC_MACHINE_CHECKS for finding in check(view)]
