"""What stays out of the mesh: ports and ranges of addresses that go past a machine's proxy, or alone through it."""

import ipaddress
from typing import Annotated, Protocol

from pydantic import AfterValidator, Field

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.section import Listed
from meshx.config.sections.ports import TAKEN_PORTS
from meshx.config.values.addresses import PortNumber
from meshx.istio import ports
from meshx.istio.global_names import RANGE
from meshx.istio.uncaptured import ALLOCATED, LOOPBACK, Uncaptured, overlap
from meshx.rollout.effect import RESTART

# Traffic to these is nobody's but the mesh's. SSH is not: machines log in to others.
MESH_PORTS = {
    **{port: words for port, words in TAKEN_PORTS.items() if port != ports.SSH_PORT},
    ports.ISTIOD_TLS_PORT: "istiod",
    ports.ISTIOD_MONITORING_PORT: "istiod's monitoring",
    ports.CROSS_NETWORK_PORT: "gateways to other networks",
}


def outbound_port(port: int) -> int:
    """A port of calls that is none of the mesh's own."""
    if port in MESH_PORTS:
        refuse(f"port {port} is the mesh's own, for {MESH_PORTS[port]}", "a port of something else, or leave it out")
    return port


def inbound_port(port: int) -> int:
    """A port of the machine that no part of the mesh has; what has one is never captured."""
    if port in TAKEN_PORTS:
        refuse(f"port {port} is never captured: it is taken on every machine, by {TAKEN_PORTS[port]}", "leave it out")
    return port


def addresses(text: str) -> str:
    """A range of IPv4 or IPv6 addresses in its shortest form; one address is a range of one."""
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        refuse(f"{quote(text)} is not a range of addresses", "a range such as 10.9.0.0/24, or an address")
    if ipaddress.ip_interface(text).ip != found.network_address:
        refuse(f"{quote(text)} is an address of the range {found}, with the range's length", str(found))
    for range_ in LOOPBACK:
        if overlap(found, range_):
            refuse(
                f"{quote(text)} holds loopback addresses, which stay on the machine; its proxy captures those of "
                f"{RANGE} alone, for `.global` names",
                "ranges of other hosts",
            )
    return str(found)


def outside_range(text: str) -> str:
    """A range that has none of the addresses that names of the mesh lead to."""
    text = addresses(text)
    for own in ALLOCATED:
        if overlap(ipaddress.ip_network(text), own):
            refuse(
                f"{quote(text)} holds addresses of {own}, which istiod gives names of the mesh: calls to them would "
                "end nowhere",
                "smaller ranges, of those hosts alone that the mesh leaves to themselves",
            )
    return text


ExcludedOutboundPorts = Annotated[
    Listed[Annotated[PortNumber, AfterValidator(outbound_port)]],
    Words("a list of ports"),
    Field(
        description="Ports of other hosts that its machines call past the proxy. A machine's own come on top of its "
        "workload's: docs/machines.md.",
        examples=[[2049, 111]],
    ),
    RESTART,
]
ExcludedOutboundRanges = Annotated[
    Listed[Annotated[str, AfterValidator(outside_range)]],
    Words("a list of ranges of addresses"),
    Field(
        description="Addresses that its machines call past the proxy. A machine's own come on top of its workload's.",
        examples=[["10.9.0.0/24", "10.8.0.5"]],
    ),
    RESTART,
]
ExcludedInboundPorts = Annotated[
    Listed[Annotated[PortNumber, AfterValidator(inbound_port)]],
    Words("a list of ports"),
    Field(
        description="Ports of its machines that are never captured, and so never `ports`. A machine's own come on top "
        "of its workload's.",
        examples=[[9100]],
    ),
    RESTART,
]
IncludedOutboundRanges = Annotated[
    Listed[Annotated[str, AfterValidator(addresses)]],
    Words("a list of ranges of addresses"),
    Field(
        description="Addresses that its machines call through the proxy, beside what the mesh's names lead to. Left "
        "out: all; on the classic line none. A machine's own come on top of its workload's.",
        examples=[["10.244.0.0/16"]],
    ),
    RESTART,
]


class UncapturedKeys(Protocol):
    """What a workload and a machine have of these keys."""

    @property
    def exclude_outbound_ports(self) -> tuple[int, ...]: ...
    @property
    def exclude_outbound_ranges(self) -> tuple[str, ...]: ...
    @property
    def exclude_inbound_ports(self) -> tuple[int, ...]: ...
    @property
    def include_outbound_ranges(self) -> tuple[str, ...]: ...


def uncaptured_by(keys: UncapturedKeys) -> Uncaptured:
    """What the keys of one place say."""
    return Uncaptured(
        outbound_ports=keys.exclude_outbound_ports,
        outbound_ranges=keys.exclude_outbound_ranges,
        inbound_ports=keys.exclude_inbound_ports,
        only_ranges=keys.include_outbound_ranges,
    )
