"""Exposed services, compared with one another, with the machines that know them and with the mesh's network."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.uniqueness import repeated
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines_and_groups
from meshx.config.values.istio_version import written_line
from meshx.istio.versions import IstioLine


def problems(stack: Written) -> Iterator[Problem]:
    """Services and addresses given twice, machines that there are not, and a mesh without a network to speak of."""
    exposed = list(stack.get("exposed").items())
    yield from repeated(
        (((place.get("namespace").text, place.get("service").text), place.get("service")) for place in exposed),
        "the service",
        "one entry, with all ports that are meant under `ports`",
    )
    yield from repeated(
        ((place.get("address").text, place.get("address")) for place in exposed), "the address", "another, or none"
    )
    mesh = stack.get("mesh")
    classic = written_line(mesh.get("istioVersion").text) is IstioLine.CLASSIC
    if exposed and not classic and not mesh.get("network") and mesh.get("install", "controlPlane").flag(True):
        yield Problem(
            stack.get("exposed").location,
            "the mesh has a single network without a name, so its gateway does not carry port 15443",
            "meshx:mesh.network: network1, or nothing here: machines call services by their own names, such as "
            "httpbin.bar.svc.cluster.local, as well",
        )
    names = {
        one.workload.get("name").text if one.is_group else one.place.get("name").text
        for one in machines_and_groups(stack)
    }
    for place in exposed:
        yield from _ports(place)
        for name in place.get("machines").items():
            if name.text and name.text not in names:
                yield Problem(
                    name.location,
                    f"there is no machine {name.text}",
                    f"one of {', '.join(sorted(names))}" if names else "machines under meshx:workloads first",
                )


def _ports(exposed: Written) -> Iterator[Problem]:
    ports, protocol = exposed.get("ports"), exposed.get("protocol")
    if ports.value == []:
        yield Problem(ports.location, "no port is named", "the ports to expose, or leave it out for all of them")
    if ports and exposed.get("port"):
        yield Problem(ports.location, "both `port` and `ports` say what is exposed", "one of them")
    if protocol and not exposed.get("port"):
        yield Problem(
            protocol.location,
            "it says what one port carries, and there is no `port`",
            "nothing: each port of the Service has its own by its `appProtocol` or name; or `port` for one port alone",
        )
    yield from repeated(((one.number, one) for one in ports.items()), "port", "each port once")
