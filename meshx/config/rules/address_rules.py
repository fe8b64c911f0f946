"""Addresses of machines, compared with one another and with the cluster's."""

import ipaddress
from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.uniqueness import repeated
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines
from meshx.config.values.addresses import AUTO


def problems(stack: Written) -> Iterator[Problem]:
    """Addresses that are taken or lie among the services'."""
    written = [(one.network.text, one.place.get("address")) for one in machines(stack)]
    yield from repeated(
        (((network, _address(address.text)), address) for network, address in written),
        "the address",
        "the machine's own address",
    )
    services = stack.get("cluster", "servicesCidr").text
    for _, address in written:
        if _lies_in(address.text, services):
            yield Problem(
                address.location,
                f"{address.text} lies in {services}, the range of the cluster's services",
                "the machine's own address, or the right meshx:cluster.servicesCidr",
            )


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
