"""The ports of an exposed service: all that its Service has, or those that the stack names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshx.config.errors.problems import Problem
from meshx.config.sections.exposed import ExposedConfiguration
from meshx.exposure.found_services import FoundService
from meshx.istio.protocols import HTTP_PROTOCOLS, TLS_PROTOCOLS, Protocol


@dataclass(frozen=True)
class OfferedPort:
    """A port that machines call, and what it carries."""

    number: int
    protocol: Protocol

    @property
    def name(self) -> str:
        """Its name in a ServiceEntry."""
        return f"{self.protocol.lower()}-{self.number}"

    @property
    def is_http(self) -> bool:
        """Whether proxies route its calls by name."""
        return self.protocol in HTTP_PROTOCOLS

    @property
    def takes_tcp_routes(self) -> bool:
        """Whether the `tcp` routes of a VirtualService apply to it (istio/pilot/pkg/networking/core/tls.go,
        buildSidecarOutboundTCPFilterChainOpts: not where a port carries TLS)."""
        return not self.is_http and self.protocol not in TLS_PROTOCOLS


def offered_ports(one: ExposedConfiguration, service: FoundService) -> tuple[OfferedPort, ...]:
    """The ports that the stack names, else those of the Service in its order."""
    return tuple(
        OfferedPort(number, one.protocol or service.ports.get(number) or "TCP")
        for number in one.named_ports or service.ports
    )


def missing_ports(place: tuple[str | int, ...], one: ExposedConfiguration, service: FoundService) -> Iterator[Problem]:
    """Ports that the Service does not have, and a Service that has none for machines."""
    name = f"{one.namespace}/{one.service}"
    there = f"its TCP ports are {', '.join(map(str, service.ports)) or 'none'}"
    if not one.named_ports and not service.ports:
        yield Problem(
            (*place, "service"), f"Service {name} has no TCP port, and Istio carries no other", "a Service with one"
        )
    for position, number in enumerate(one.named_ports):
        if number in service.ports:
            continue
        other = service.other_ports.get(number)
        yield Problem(
            (*place, "ports", position) if one.ports else (*place, "port"),
            f"Service {name} has no TCP port {number}; {there}"
            if other is None
            else f"port {number} of Service {name} is {other}, which Istio does not carry; {there}",
            "one of them" if service.ports else "a Service with a TCP port",
        )


def left_out(one: ExposedConfiguration, service: FoundService) -> Iterator[str]:
    """In words, what a Service offers beside TCP where all its ports are meant."""
    if one.named_ports or not service.other_ports or not service.ports:
        return
    others = ", ".join(f"{number} ({protocol})" for number, protocol in service.other_ports.items())
    yield f"{one.host}: without port {others} of Service {one.namespace}/{one.service}, since Istio carries TCP alone"
