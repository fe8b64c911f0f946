"""The address of each exposed service's `.global` name, apart from all taken ones."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, ip_network

from meshx.config.errors.problems import Problem
from meshx.config.sections.exposed import ExposedConfiguration
from meshx.exposure.assigned_addresses import AddressesExhaustedError, assign
from meshx.exposure.found_services import FoundServices
from meshx.istio.global_names import RANGE


def chosen_addresses(
    exposed: Sequence[ExposedConfiguration], seen: FoundServices, problems: list[Problem]
) -> dict[str, str]:
    """The address of each host; adds a problem if one is taken, or none is left."""
    own_hosts = {one.host for one in exposed}
    foreign = {address: entry.host for entry in seen.entries if not entry.own for address in _within(entry.address)}
    # A service that this run removes keeps its address until the run is over.
    leaving = {
        address
        for entry in seen.entries
        if entry.own and entry.host not in own_hosts
        for address in _within(entry.address)
    }
    stated = {one.host: one.address for one in exposed if one.address}
    for position, one in enumerate(exposed):
        if one.address in foreign:
            problems.append(
                Problem(
                    ("exposed", position, "address"),
                    f"{one.address} is taken by the ServiceEntry of {foreign[one.address]}",
                    "another address, or leave the key out for one that is free",
                )
            )
    kept = {entry.host: address for entry in seen.entries if entry.own for address in _within(entry.address)[:1]}
    try:
        found = assign(own_hosts - stated.keys(), kept, {*foreign, *leaving, *stated.values()})
    except AddressesExhaustedError as error:
        problems.append(Problem(("exposed",), str(error), f"addresses outside {RANGE} by hand, or fewer services"))
        return stated
    return found | stated


def _within(written: str) -> list[str]:
    """The addresses that a ServiceEntry's address or range covers: one, or the part of its range that matters here."""
    try:
        network = ip_network(written, strict=False)
    except ValueError:
        return []
    if not isinstance(network, IPv4Network):
        return []
    if network.num_addresses == 1:
        return [str(network.network_address)]
    common = network if network.subnet_of(RANGE) else RANGE if RANGE.subnet_of(network) else None
    return [str(address) for address in common] if common else []
