"""Addresses of machines, compared with one another and with the cluster's; and where machines reach the gateway."""

import ipaddress
from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.uniqueness import repeated
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines
from meshx.config.values.addresses import AUTO
from meshx.config.values.istio_version import written_line
from meshx.istio.versions import IstioLine

_MESH_NETWORKS = ("values", "istiod", "global", "meshNetworks")


def problems(stack: Written) -> Iterator[Problem]:
    """Addresses that are taken, or lie among those of services or pods."""
    mesh_network = stack.get("mesh", "network").text
    # The address of a machine that was stolen may be its successor's.
    written = [
        (one.network.text, one.place.get("address"), one.workload) for one in machines(stack) if not one.is_revoked
    ]
    yield from repeated(
        (((network, _address(address.text)), address) for network, address, _ in written),
        "the address",
        "the machine's own address",
    )
    gateway = stack.get("mesh", "gateway", "address")
    for one in machines(stack):
        if gateway.text and _address(one.place.get("address").text) == _address(gateway.text):
            yield Problem(
                gateway.location,
                f"{gateway.text} is the address of {one.place.get('name').text or 'a machine'}",
                "the address by which machines reach the gateway",
            )
    services, pods = (stack.get("cluster", key).text for key in ("servicesCidr", "podsCidr"))
    for network, address, workload in written:
        if _lies_in(address.text, services):
            yield _among(address, services, "services")
        # Addresses of networks apart may be the same ones, as long as pods call none of them.
        if _lies_in(address.text, pods) and (network == mesh_network or any(workload.get("ports").items())):
            yield _among(address, pods, "pods")
    if _overlap(services, pods):
        wrong = f"{pods} overlaps the range of the services, {services}"
        yield Problem(("cluster", "podsCidr"), wrong, "both ranges as the cluster has them")
    yield from _gateway(stack)


def _gateway(stack: Written) -> Iterator[Problem]:
    """Where machines reach the gateway: two hosts at once, and a port for other networks without what it takes."""
    mesh = stack.get("mesh")
    gateway = mesh.get("gateway")
    address, name = gateway.get("address"), gateway.get("hostName")
    if address and name:
        yield Problem(name.location, "address says already where machines reach the gateway", "one of the two")
    services = gateway.get("ports", "services")
    if not services or written_line(mesh.get("istioVersion").text) is not IstioLine.ISTIOD:
        return
    if not address and not name:
        yield Problem(
            services.location,
            "istiod is told this port with a host, and there is none",
            "address or hostName beside ports; the ports of a Service that has an address of its own are its own",
        )
    installed = mesh.get("install", "controlPlane").flag(True)
    if installed and not mesh.get("network"):
        yield Problem(
            services.location,
            "the mesh has a single network without a name, so nobody calls through port 15443",
            "meshx:mesh.network: network1, or no such port",
        )
    if (own := mesh.get(*_MESH_NETWORKS)) and installed:
        yield Problem(own.location, "meshx sets this value from meshx:mesh.gateway.ports.services", "one of the two")


def _among(address: Written, addresses: str, whose: str) -> Problem:
    return Problem(
        address.location,
        f"{address.text} lies in {addresses}, the range of the cluster's {whose}",
        f"the machine's own address, or the right meshx:cluster.{whose}Cidr",
    )


def _overlap(one: str, other: str) -> bool:
    try:
        ranges = [ipaddress.ip_network(text, strict=False) for text in (one, other)]
        return ranges[0].version == ranges[1].version and ranges[0].overlaps(ranges[1])  # pyright: ignore[reportArgumentType]
    except ValueError:
        return False


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
