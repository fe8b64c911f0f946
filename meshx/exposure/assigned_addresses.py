"""The addresses of `<name>.<namespace>.global` names on machines of other networks.

Machines send calls to these addresses to their proxy, which knows the service by its address; no packet on any network
has one. So each must belong to one service only; nothing else matters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from ipaddress import IPv4Address, IPv4Network

from meshx.istio.global_names import RANGE


class AddressesExhaustedError(ValueError):
    """The range has no free address left. The message names it and how many are taken."""


def assign(
    hosts: Collection[str], kept: Mapping[str, str], taken: Collection[str], among: IPv4Network = RANGE
) -> dict[str, str]:
    """A separate address for each of `hosts`.

    kept: the addresses that hosts have already. A host keeps its address while it is in the range, nobody else has
    taken it and no other host has it too (then the first by name keeps it). taken: addresses of others, in any range. A
    new host's address follows from its name alone, or is the next free one if that is taken. The first and the last
    address of the range stay unused. Raises AddressesExhaustedError.
    """
    used = {int(IPv4Address(address)) for address in taken}
    given: dict[str, str] = {}
    ordered = sorted(set(hosts))
    for host in ordered:
        own = kept.get(host)
        if own is not None and IPv4Address(own) in among and int(IPv4Address(own)) not in used:
            given[host] = own
            used.add(int(IPv4Address(own)))
    for host in ordered:
        if host not in given:
            address = _free(host, used, among)
            given[host] = str(IPv4Address(address))
            used.add(address)
    return given


def _free(host: str, used: set[int], among: IPv4Network) -> int:
    first, count = int(among.network_address) + 1, among.num_addresses - 2
    start = int.from_bytes(hashlib.sha256(host.encode()).digest()[:8], "big") % count
    for step in range(count):
        address = first + (start + step) % count
        if address not in used:
            return address
    raise AddressesExhaustedError(
        f"no address of {among} is free for {host}: all {count} are taken, by services of this stack and by other "
        "ServiceEntries of the cluster"
    )
