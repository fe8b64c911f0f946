"""Ports: the gateway's as the machine reaches it, the sidecar's own, and the workload's."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.doctor.finding import Finding, fault, fine, unknown
from meshx.doctor.machine_view import MachineView


def check_gateway(view: MachineView) -> Iterator[Finding]:
    """The machine must reach the gateway, past its own proxy."""
    if not view.questions.gateways:
        yield unknown("gateway", "its address is not known")
    for address, port in view.questions.gateways:
        why_not = view.symptoms.ways[address, port]
        place = f"{address} port {port}"
        if not why_not:
            yield fine("gateway", f"{place} is reached")
        else:
            yield fault(
                "gateway",
                f"{place} is not reached from the machine: {why_not}",
                "a firewall or a missing route between the machine and the gateway",
                f"let TCP {port} through from the machine to {address}",
            )


def check_sidecar_ports(view: MachineView) -> Iterator[Finding]:
    """Proxy and agent must listen on the ports that traffic is redirected to."""
    open_ports = view.symptoms.listeners
    # If the workload has no ports, no inbound traffic is captured and nothing uses 15006; the proxy opens it anyway.
    missing = [str(port) for port in view.sidecar_ports if port not in open_ports]
    if missing:
        yield fault(
            "sidecar's ports",
            f"nobody listens on {', '.join(missing)}",
            f"the proxy does not run, or has no configuration from {view.control_plane}",
            "see to the other faults first, then /var/log/istio on the machine",
        )
        return
    holders = sorted({open_ports[port] for port in view.sidecar_ports})
    yield fine("sidecar's ports", f"{', '.join(map(str, view.sidecar_ports))} by {', '.join(holders)}")


def check_own_ports(view: MachineView) -> Iterator[Finding]:
    """The workload's own program must listen."""
    for port in view.machine.workload.listening:
        number = port.listens_on
        if number in view.symptoms.listeners:
            yield fine("own ports", f"{number} ({port.name}) by {view.symptoms.listeners[number]}")
        else:
            yield fault(
                "own ports",
                f"nobody listens on {number} ({port.name})",
                "the program that the machine runs for the mesh is stopped, or listens on another port",
                "start it, or correct the workload's `ports` (`targetPort`)",
            )
