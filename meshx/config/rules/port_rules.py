"""The ports of one workload beside one another, and their protocols beside their names."""

from collections.abc import Iterator
from typing import get_args

from meshx.config.errors.problems import Problem
from meshx.config.rules.uniqueness import repeated
from meshx.config.rules.written import Written
from meshx.config.sections.ports import UDP
from meshx.istio.protocols import Protocol, named_protocol

PROTOCOLS = tuple(str(protocol) for protocol in get_args(Protocol))


def problems(stack: Written) -> Iterator[Problem]:
    """Names and numbers that are taken, protocols that are unknown or stated in two ways, and no ports to be closed."""
    for workload in stack.get("workloads").items():
        services = list(workload.get("services").items())
        ports = served_ports(workload)
        yield from repeated(((port.get("name").text, port.get("name")) for port in ports), "the name", "another name")
        for place in (workload, *services):
            own = [port.get("port") for port in place.get("ports").items()]
            yield from repeated(((port.number, port) for port in own), "port", "another port")
        listening = [listens_on(port) for port in ports]
        # Two ports of one Service without a targetPort of their own were compared above.
        if services or any(place.location[-1] == "targetPort" for place in listening):
            yield from repeated(
                ((place.number, place) for place in listening),
                "on the machine, port",
                "another targetPort: the proxy takes one protocol for each port of the machine",
            )
        yield from _without_ports(workload, services)
        for port in ports:
            yield from _protocol(port)
        when_down = workload.get("whenDown")
        if when_down.text == "closed" and not ports:
            yield Problem(
                when_down.location,
                "the workload has no ports: there is nothing to close",
                "the ports that it serves, or nothing here",
            )


def served_ports(workload: Written) -> list[Written]:
    """The ports of a workload's own Service, and of its further ones."""
    return [port for place in (workload, *workload.get("services").items()) for port in place.get("ports").items()]


def listens_on(port: Written) -> Written:
    """Where a machine's program listens for a port."""
    return port.get("targetPort") or port.get("port")


def _without_ports(workload: Written, services: list[Written]) -> Iterator[Problem]:
    if services and not any(workload.get("ports").items()):
        yield Problem(
            workload.get("services").location,
            "the workload has no ports of its own, so it only makes calls",
            "the ports of one of these under `ports`, with its name as the workload's",
        )
    for service in services:
        if service.get("ports").value == []:
            yield Problem(service.get("ports").location, "the Service has no ports", "its ports, or no such Service")


def _protocol(port: Written) -> Iterator[Problem]:
    name, protocol = port.get("name").text, port.get("protocol")
    named = named_protocol(name)
    if not protocol and name.partition("-")[0] == "udp":
        yield Problem(port.get("name").location, *UDP)
    elif name and not protocol and named is None:
        yield Problem(
            protocol.location,
            f"missing: Istio reads the protocol from the beginning of the port's name, and {name} begins with none",
            f"protocol: {PROTOCOLS[0]} (or another of {', '.join(PROTOCOLS[1:])}), or a name such as tcp-{name}",
        )
    elif protocol.text in PROTOCOLS and named is not None and named != protocol.text:
        yield Problem(
            protocol.location,
            f"the name {name} says {named}, and this says {protocol.text}",
            f"protocol: {named}, or another name",
        )
