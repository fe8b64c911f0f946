"""Addresses and networks of machines, compared with one another and with the cluster's."""

import ipaddress
from collections.abc import Iterator

from meshx.config.addresses import AUTO
from meshx.config.checks.uniqueness import repeated
from meshx.config.problems import Problem
from meshx.config.written import Written


def problems(stack: Written) -> Iterator[Problem]:
    """Addresses that are taken or lie among the services', and networks that can't be served."""
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
    # Of an adopted control plane the network need not be written, and then is known only once it has been asked.
    if mesh_network or stack.get("mesh", "install", "controlPlane").flag(True):
        yield from _other_networks(stack, mesh_network.text)


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


def _other_networks(stack: Written, mesh_network: str) -> Iterator[Problem]:
    own = f"the cluster's network is {mesh_network}" if mesh_network else "the mesh has a single network without a name"
    for workload in stack.get("workloads").items():
        for place in (workload, *workload.get("machines").items()):
            network = place.get("network").text
            if network and network != mesh_network:
                yield Problem(
                    (*place.location, "network"),
                    f"not supported yet: machines on another network than the cluster's; {own}",
                    f"network: {mesh_network}" if mesh_network else "nothing, or the same name as meshx:mesh.network",
                )
