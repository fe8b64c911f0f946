"""Names on a machine: its own, those in /etc/hosts, and the mesh's names in the sidecar's name proxy."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.finding import Finding, fault, fine, unknown
from meshx.doctor.machine_view import MachineView
from meshx.join.classic_hosts import is_gateway_name
from meshx.join.hosts import is_istiod_host


def check_own_name(view: MachineView) -> Iterator[Finding]:
    """The machine's own host name must resolve without a name server."""
    name, address = view.seen.host_name, view.symptoms.own_name
    if address:
        yield fine("own name", f"{name} is {address}")
    else:
        yield fault(
            "own name",
            f"{name} leads to no address",
            "/etc/hosts has no line for the machine's own name, so sudo and the sidecar's start wait for name servers",
            REPAIR,
        )


def check_hosts_lines(view: MachineView) -> Iterator[Finding]:
    """The control plane's names must lead to the gateway, and exposed services' names to their addresses."""
    if not view.wanted.bundle["hosts"]:
        yield unknown("hosts lines", "the gateway's address is not known")
    for name, wanted in view.wanted.bundle["hosts"].items():
        if not wanted:
            continue
        found = view.seen.addresses.get(name, "")
        if found == wanted:
            yield fine("hosts lines", f"{name} is {found}")
            continue
        of_control_plane = is_istiod_host(name) or is_gateway_name(name)
        leads_to, lost = ("the gateway is", view.control_plane) if of_control_plane else ("it should be", "the service")
        lost = view.signer if name == view.signer else lost
        yield fault(
            "hosts lines",
            f"{name} is {found or 'not there'}, and {leads_to} {wanted}",
            f"/etc/hosts was edited, or the name leads to another address now: the machine does not find {lost}",
            REPAIR,
        )


def check_gateway_name(view: MachineView) -> Iterator[Finding]:
    """The gateway's host name must lead the sidecar to an address; it asks the machine's name servers itself."""
    name, address = view.questions.gateway_name, view.symptoms.gateway_address
    if name and address:
        yield fine("gateway's name", f"{name} is {address}")
    elif name:
        yield fault(
            "gateway's name",
            f"{name} leads to no address",
            "the machine's name servers do not know it, or do not answer: the sidecar does not find istiod",
            f"`getent hosts {name}` and /etc/resolv.conf on the machine; meshx:mesh.gateway",
        )


def check_name_proxy(view: MachineView) -> Iterator[Finding]:
    """Look up a name of the mesh as the machine's programs do."""
    for name, address in view.symptoms.resolved.items():
        if address:
            yield fine("name proxy", f"{name} is {address}")
        else:
            yield fault(
                "name proxy",
                f"{name} leads to no address",
                "look-ups do not come to the sidecar's name proxy on port 15053, or it knows no such name",
                "see to the other faults first; programs that ask a name server by TCP or by DNS over HTTPS go past it",
            )
