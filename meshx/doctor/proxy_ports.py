"""Ports on which a machine's proxy listens."""

from meshx.config.resolved import Machine
from meshx.istio.classic_versions import Numbers
from meshx.istio.ports import (
    DNS_PORT,
    ENVOY_ADMINISTRATION_PORT,
    HBONE_PORT,
    INBOUND_PORT,
    OUTBOUND_PORT,
    READINESS_PORT,
)

SIDECAR_PORTS = (OUTBOUND_PORT, INBOUND_PORT, READINESS_PORT, DNS_PORT)


def sidecar_ports(machine: Machine) -> tuple[int, ...]:
    """The ports of a machine's proxy since Istio 1.20."""
    return (*SIDECAR_PORTS, HBONE_PORT) if machine.workload.tunnel == "hbone" else SIDECAR_PORTS


_INBOUND_SINCE: Numbers = (1, 3)


def classic_sidecar_ports(version: Numbers) -> tuple[int, ...]:
    """The ports with Istio 1.1 to 1.4: up to 1.2 one port serves both directions."""
    both = (ENVOY_ADMINISTRATION_PORT, OUTBOUND_PORT)
    return (*both, INBOUND_PORT) if version >= _INBOUND_SINCE else both
