"""Addresses of machines, ranges of the cluster, hosts and ports to connect to."""

import contextlib
import ipaddress
import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.leaves import Kind, Leaf
from meshx.config.values.names import LONGEST_SUBDOMAIN

AUTO = "auto"
LARGEST_PORT = 65535
_BROADCAST = ipaddress.IPv4Address("255.255.255.255")
_THIS_NETWORK = ipaddress.IPv4Network("0.0.0.0/8")


def machine_address(text: str) -> str:
    """An IPv4 or IPv6 address that pods and the machine's neighbours can send packets to, in its shortest form."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        if "/" in text:
            refuse(f"{quote(text)} has a prefix length behind it", f"the address alone: {text.partition('/')[0]}")
        if _is_host_name(text) and not _is_number_like(text):
            refuse(
                f"{quote(text)} is a host name, and proxies send to addresses",
                f"the machine's IP address; the name can stand under ssh: ssh: {{host: {text}}}",
            )
        refuse(f"{quote(text)} is not an IP address", "an IPv4 or IPv6 address such as 10.77.0.11")
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id:
            refuse(f"{quote(text)} has a zone, which means something on one host only", "the address without '%...'")
        if address.ipv4_mapped:
            refuse(f"{quote(text)} is an IPv4 address written as an IPv6 one", str(address.ipv4_mapped))
    if kind := unusable_kind(address):
        refuse(f"{quote(text)} is {kind}: no pod can reach the machine by it", "the machine's own address")
    return str(address)


def unusable_kind(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Of what kind an address is that no host can be reached by from elsewhere; "" for one that may be.

    Source: the IANA registries of special-purpose addresses (RFC 6890), and of the IPv6 address space.
    """
    for kind, holds in (
        ("the broadcast address", address == _BROADCAST),
        ("the unspecified address", address.is_unspecified),
        ("an address of 0.0.0.0/8, which hosts can't have", address in _THIS_NETWORK),
        ("a loopback address", address.is_loopback),
        ("a multicast address", address.is_multicast),
        ("a link-local address", address.is_link_local),
        ("a reserved address, which hosts can't have", address.is_reserved),
    ):
        if holds:
            return kind
    return ""


def cluster_ranges(text: str) -> str:
    """`auto`, or a range of the cluster's, such as 10.96.0.0/16; two in a cluster of both families, with a comma
    between, as Kubernetes' own flags have them."""
    if text == AUTO:
        return text
    found = [_range(one.strip()) for one in text.split(",")]
    if len(found) > 1 and sorted(families(found)) != [4, 6]:
        refuse(
            f"{quote(text)} is not one range of IPv4 and one of IPv6",
            "a range of each family, such as 10.96.0.0/16,fd96::/112, or one alone",
        )
    return ",".join(found)


def families(addresses: Iterable[str]) -> tuple[int, ...]:
    """The families of addresses or ranges, 4 and 6, each time one is met; a text that is neither has none."""
    found: list[int] = []
    for text in addresses:
        with contextlib.suppress(ValueError):
            found.append(ipaddress.ip_network(text, strict=False).version)
    return tuple(found)


def socket_address(address: str, port: int) -> str:
    """An address with its port: `10.77.0.11:8080`, `[fd77::11]:8080` (RFC 3986, section 3.2.2)."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _range(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        refuse(f"{quote(text)} is not a range of addresses", "auto, or a range such as 10.96.0.0/16")
    if network.num_addresses == 1 or ipaddress.ip_interface(text).ip != network.network_address:
        refuse(f"{quote(text)} is an address, not a range", "auto, or the whole range, such as 10.96.0.0/16")
    return str(network)


def endpoint(text: str) -> str:
    """`auto`, or a host or address with an optional port: `10.0.0.2`, `10.0.0.2:6443`, `[fd00::2]:6443`."""
    if text == AUTO:
        return text
    found = re.fullmatch(r"(\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^\s/:\[\]]+))(:(?P<port>[0-9]{1,5}))?", text)
    if found is None or not 0 < int(found["port"] or 443) <= LARGEST_PORT:
        refuse(f"{quote(text)} is not an endpoint", "auto, or an address with its port, such as 10.0.0.2:443")
    host = host_name(found["six"] or found["host"])
    try:
        kind = unusable_kind(ipaddress.ip_address(host))
    except ValueError:
        kind = ""
    if kind:
        refuse(f"{quote(text)} has {kind}: no machine reaches the API server by it", "its address in the network")
    return text


def host_name(text: str) -> str:
    """A DNS name (any case, RFC 1123) or an IP address to connect to."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    if not _is_host_name(text) or _is_number_like(text):
        refuse(f"{quote(text)} is neither a host name nor an IP address", "such as vm-1.example.com or 10.77.0.11")
    return text


def _is_host_name(text: str) -> bool:
    return len(text) <= LONGEST_SUBDOMAIN and all(
        re.fullmatch(r"[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?", part) for part in text.split(".")
    )


def _is_number_like(text: str) -> bool:
    """Whether a text is meant as an IPv4 address: resolvers read one from names whose last part is a number."""
    return text.rpartition(".")[2].isdigit()


MachineAddress = Annotated[str, AfterValidator(machine_address), Words("an IP address (text)"), Leaf(Kind.ADDRESS)]
ServicesRange = Annotated[str, AfterValidator(cluster_ranges), Words("auto or a range of addresses (text)")]
PodsRange = Annotated[str, AfterValidator(cluster_ranges), Words("auto or a range of addresses (text)")]
Endpoint = Annotated[str, AfterValidator(endpoint), Words("auto or an address with its port (text)"), Leaf()]
HostName = Annotated[str, AfterValidator(host_name), Words("a host name or IP address (text)")]
SshHost = Annotated[HostName, Leaf()]
PortNumber = Annotated[int, Field(ge=1, le=65535), Words("a port number")]
