"""Addresses of machines, compared with one another and with the cluster's."""

import ipaddress
from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.uniqueness import repeated
from meshx.config.rules.written import Written
from meshx.config.values.addresses import AUTO


def problems(stack: Written) -> Iterator[Problem]:
    """Addresses that are taken or lie among the services'."""
    machines = [
        (workload, machine)
        for workload in stack.get("workloads").items()
        for machine in workload.get("machines").items()
    ]
    mesh_network = stack.get("mesh", "network")
    yield from repeated(
        (
            ((_network(workload, machine, mesh_network), _address(machine.get("address").text)), machine.get("address"))
            for workload, machine in machines
        ),
        "the address",
        "the machine's own address",
    )
    services = stack.get("cluster", "servicesCidr").text
    for _, machine in machines:
        if _lies_in(machine.get("address").text, services):
            yield Problem(
                (*machine.location, "address"),
                f"{machine.get('address').text} lies in {services}, the range of the cluster's services",
                "the machine's own address, or the right meshx:cluster.servicesCidr",
            )


def _network(workload: Written, machine: Written, mesh_network: Written) -> str:
    return machine.get("network").text or workload.get("network").text or mesh_network.text


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


def _lies_in(address: str, services: str) -> bool:
    if not address or services in ("", AUTO):
        return False
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(services, strict=False)
    except ValueError:
        return False
