"""Source addresses that stand for everybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import TypeVar

_Network = TypeVar("_Network", IPv4Network, IPv6Network)

BROADEST_IPV4 = 8
"""The shortest prefix that is still somebody's: 10.0.0.0/8 is private."""
BROADEST_IPV6 = 16


def everybody_in(ranges: Iterable[object]) -> str | None:
    """The written ranges that together let in more than any one network has, such as 0.0.0.0/1 and 128.0.0.0/1.

    Takes ranges in CIDR notation; what is none counts for nothing. None if the ranges are narrow.
    """
    written = [str(one) for one in ranges]
    return _everybody(written, IPv4Network, BROADEST_IPV4) or _everybody(written, IPv6Network, BROADEST_IPV6)


def _everybody(written: Sequence[str], version: type[_Network], broadest: int) -> str | None:
    read = {one: network for one in written if isinstance(network := _network(one), version)}
    broad = [one for one in collapse_addresses(read.values()) if one.prefixlen < broadest]
    return " with ".join(one for one, network in read.items() if any(network.subnet_of(wide) for wide in broad)) or None


def _network(written: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(written, strict=False)
    except ValueError:
        return None
