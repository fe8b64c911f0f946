"""Source addresses that stand for everybody."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

BROADEST_IPV4 = 8
"""The shortest prefix that is still somebody's: 10.0.0.0/8 is private."""
BROADEST_IPV6 = 16


def everybody_in(ranges: Iterable[object]) -> str | None:
    """The written ranges that together let in more than any one network has, such as 0.0.0.0/1 and 128.0.0.0/1.

    Takes ranges in CIDR notation; what is none counts for nothing. None if the ranges are narrow.
    """
    written = [str(one) for one in ranges]
    return _everybody_of_ipv4(written) or _everybody_of_ipv6(written)


def _everybody_of_ipv4(written: Sequence[str]) -> str | None:
    read = {one: network for one in written if isinstance(network := _network(one), ipaddress.IPv4Network)}
    broad = [one for one in ipaddress.collapse_addresses(read.values()) if one.prefixlen < BROADEST_IPV4]
    return " with ".join(one for one, network in read.items() if any(network.subnet_of(wide) for wide in broad)) or None


def _everybody_of_ipv6(written: Sequence[str]) -> str | None:
    read = {one: network for one in written if isinstance(network := _network(one), ipaddress.IPv6Network)}
    broad = [one for one in ipaddress.collapse_addresses(read.values()) if one.prefixlen < BROADEST_IPV6]
    return " with ".join(one for one, network in read.items() if any(network.subnet_of(wide) for wide in broad)) or None


def _network(written: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(written, strict=False)
    except ValueError:
        return None
