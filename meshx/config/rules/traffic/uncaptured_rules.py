"""What stays out of the mesh, beside what has to stay in it: ports that are served, names' addresses, one another."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from meshx.config.errors.problems import Problem
from meshx.config.rules.port_rules import listens_on, served_ports
from meshx.config.rules.uniqueness import repeated
from meshx.config.rules.written import Written
from meshx.config.values.addresses import AUTO
from meshx.config.values.istio_version import written_line
from meshx.istio.uncaptured import is_part, overlap
from meshx.istio.versions import IstioLine, minor_version

DNS_PORT = 53
FIRST_WITH_PORTS = (1, 2)
"""The first version whose istio-iptables.sh lets outbound ports past (tools/packaging/common/istio-iptables.sh)."""
Range = IPv4Network | IPv6Network
OUT, ONLY = "excludeOutboundRanges", "includeOutboundRanges"
PORTS = ("excludeOutboundPorts", "excludeInboundPorts")


def problems(stack: Written) -> Iterator[Problem]:
    """Exclusions that would break the mesh's own calls, that others undo, or that change nothing."""
    version = stack.get("mesh", "istioVersion").text
    classic = written_line(version) is IstioLine.CLASSIC
    for workload in stack.get("workloads").items():
        machines = list(workload.get("machines").items())
        for place in (workload, *machines):
            for key in (*PORTS, OUT, ONLY):
                items = list(place.get(key).items())
                known = ((value, item) for item in items if (value := _value(item)) is not None)
                yield from repeated(known, "the port" if key in PORTS else "the range", "it once")
            yield from _served(workload, place)
            yield from _of_services(stack, place)
            yield from _classic(place, version) if classic else _istiod(stack, place)
        # A workload's own keys count for its instances, and for each machine beside the machine's own.
        yield from _together([[workload, machine] for machine in machines] or [[workload]], version, classic=classic)


def _value(item: Written) -> int | Range | None:
    return item.number or _range(item)


def _range(item: Written) -> Range | None:
    try:
        return ip_network(item.text)
    except ValueError:
        return None


def _ranges(places: Iterable[Written], key: str) -> Iterator[tuple[Written, Range]]:
    for place in places:
        for item in place.get(key).items():
            if (found := _range(item)) is not None:
                yield item, found


def _served(workload: Written, place: Written) -> Iterator[Problem]:
    served = {listens_on(port).number: port.get("name").text or "one of `ports`" for port in served_ports(workload)}
    for item in place.get("excludeInboundPorts").items():
        if item.number in served:
            yield Problem(
                item.location,
                f"port {item.number} serves {served[item.number]}: callers send mutual TLS to it, which the program "
                "behind it does not answer",
                "another port, or leave it out of `ports`: machines serve it beside the mesh",
            )


def _of_services(stack: Written, place: Written) -> Iterator[Problem]:
    services = _range(stack.get("cluster", "servicesCidr"))
    for item, found in _ranges([place], OUT):
        if services is not None and overlap(found, services):
            yield Problem(
                item.location,
                f"{found} holds addresses of {services}, the range of the cluster's services: calls to them would end "
                "nowhere",
                "smaller ranges, of those hosts alone that the mesh leaves to themselves",
            )


def _istiod(stack: Written, place: Written) -> Iterator[Problem]:
    for item in place.get("excludeOutboundPorts").items():
        if item.number == DNS_PORT:
            yield Problem(
                item.location,
                "look-ups go to port 53, and past the proxy nobody knows the mesh's names",
                "excludeOutboundRanges, for a server of names over TCP; look-ups stay with the proxy",
            )
    if place.get(ONLY).value and stack.get("cluster", "servicesCidr").text in ("", AUTO):
        yield Problem(
            place.get(ONLY).location,
            "machines then call through their proxy what is listed alone, and nothing says where the cluster's "
            "services are, which has to be among it",
            'meshx:cluster.servicesCidr, such as "10.96.0.0/16"',
        )


def _classic(place: Written, version: str) -> Iterator[Problem]:
    ports = place.get("excludeOutboundPorts")
    if ports.value and minor_version(version) < FIRST_WITH_PORTS:
        yield Problem(
            ports.location,
            f"without effect on Istio {version}: its packet rules let ranges past, and no ports before 1.2",
            "nothing",
        )
    for key in (OUT, ONLY):
        for item, found in _ranges([place], key):
            if found.version == 6:  # noqa: PLR2004 - the family
                yield Problem(
                    item.location, f"machines of Istio {version} hand no IPv6 traffic to their proxy", "leave it out"
                )


def _together(sets: list[list[Written]], version: str, *, classic: bool) -> Iterator[Problem]:
    """sets: the places whose keys count together."""
    needless: dict[str, Problem] = {}
    needed: set[str] = set()
    for places in sets:
        out, only = list(_ranges(places, OUT)), list(_ranges(places, ONLY))
        for item, inner in only:
            for other, outer in out:
                if is_part(inner, outer):
                    wrong = f"{inner} lies in {outer} of {other.path}, and what is excluded is never captured"
                    yield Problem(item.location, wrong, "one of the two, or a smaller range there")
        for item, found in out:
            if any(overlap(found, inner) for _, inner in only):
                needed.add(item.path)
            elif classic and found.version == 4:  # noqa: PLR2004 - the family
                needless[item.path] = Problem(
                    item.location,
                    f"without effect on Istio {version}: machines hand to their proxy what goes to the cluster's "
                    f"services alone, and to {ONLY}, and {found} is none of it",
                    "nothing",
                )
    yield from (problem for path, problem in needless.items() if path not in needed)
