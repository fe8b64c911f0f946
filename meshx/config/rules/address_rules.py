"""Addresses of machines, compared with one another and with the cluster's, and their families."""

import ipaddress
from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.leaves import is_placeholder
from meshx.config.rules.uniqueness import repeated
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines, under_two_workloads
from meshx.config.values.addresses import AUTO, families
from meshx.config.values.istio_version import written_line
from meshx.istio.versions import IstioLine

IPV4 = 4


def problems(stack: Written) -> Iterator[Problem]:
    """Addresses that are taken, or lie among those of services or pods."""
    yield from _families(stack)
    mesh_network = stack.get("mesh", "network").text
    # The address of a machine that was stolen may be its successor's.
    written = [
        (one.network.text, one.place.get(key), one.workload)
        for one in machines(stack)
        for key in ("address", "secondAddress")
        if not one.is_revoked
    ]
    # A machine under two workloads is told by meshx/config/rules/name_rules.py.
    of_others = {(*one.place.location, "address") for one in under_two_workloads(stack)}
    yield from repeated(
        (
            ((network, _address(address.text)), address)
            for network, address, _ in written
            if address.location not in of_others
        ),
        "the address",
        "the machine's own address",
    )
    gateway = stack.get("mesh", "gateway", "address")
    for one in machines(stack):
        own = {_address(one.place.get(key).text) for key in ("address", "secondAddress")}
        if gateway.text and _address(gateway.text) in own:
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


def _families(stack: Written) -> Iterator[Problem]:
    """A second address that is none, or that this version of Istio knows nothing of; a mesh of others."""
    mesh = stack.get("mesh")
    version = mesh.get("istioVersion").text
    classic = written_line(version) is IstioLine.CLASSIC
    both = mesh.get("dualStack")
    if both.flag(False) and not classic and not mesh.get("install", "controlPlane").flag(True):
        yield Problem(
            both.location,
            "the control plane is adopted, and whether proxies take both families is up to its owner",
            "nothing; meshx reads it from istiod's own settings (ISTIO_DUAL_STACK)",
        )
    for machine in machines(stack):
        second = machine.place.get("secondAddress")
        if not second:
            continue
        if classic:
            yield Problem(
                second.location,
                f"Istio {version} takes one family of addresses alone",
                "nothing, or Istio 1.20 or later",
            )
            continue
        if machine.is_instance:
            yield Problem(
                second.location,
                "not supported yet: an instance with IPv6",
                "nothing; its subnetwork's IPv4 address alone is the instance's",
            )
            continue
        yield from _second(machine.place.get("address"), second)


def _second(first: Written, second: Written) -> Iterator[Problem]:
    if is_placeholder(first.value) or is_placeholder(second.value):
        return
    one, other = families([first.text]), families([second.text])
    if one and one == other:
        yield Problem(
            second.location,
            f"{second.text} is of the same family as address, {first.text}",
            f"the machine's address of {'IPv6' if one == (IPV4,) else 'IPv4'}, or nothing",
        )


def _among(address: Written, addresses: str, whose: str) -> Problem:
    return Problem(
        address.location,
        f"{address.text} lies in {addresses}, the range of the cluster's {whose}",
        f"the machine's own address, or the right meshx:cluster.{whose}Cidr",
    )


def _overlap(one: str, other: str) -> bool:
    return any(
        first.version == second.version and first.overlaps(second)  # pyright: ignore[reportArgumentType]
        for first in _ranges(one)
        for second in _ranges(other)
    )


def _ranges(text: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    try:
        return [ipaddress.ip_network(one.strip(), strict=False) for one in text.split(",")]
    except ValueError:
        return []


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


def _lies_in(address: str, services: str) -> bool:
    if not address or services in ("", AUTO):
        return False
    try:
        found = ipaddress.ip_address(address)
        return any(found in one for one in _ranges(services))
    except ValueError:
        return False
