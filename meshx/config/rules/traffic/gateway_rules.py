"""Where machines reach the gateway, beside what else depends on it."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.values.istio_version import written_line
from meshx.istio.versions import IstioLine

_MESH_NETWORKS = ("values", "istiod", "global", "meshNetworks")


def problems(stack: Written) -> Iterator[Problem]:
    """Two hosts at once, a host name before a CA, and a port for other networks without what it takes."""
    mesh = stack.get("mesh")
    gateway = mesh.get("gateway")
    address, name = gateway.get("address"), gateway.get("hostName")
    if address and name:
        yield Problem(name.location, "address says already where machines reach the gateway", "one of the two")
    behind = mesh.get("certificateAuthority", "throughGateway")
    if name and behind.flag(False):
        yield Problem(
            behind.location,
            "the gateway is reached by a host name, which stands in no /etc/hosts, so no machine would find the CA",
            "the gateway's address in place of hostName, or an address of the CA's own (reachedAt)",
        )
    services = gateway.get("ports", "services")
    if not services or written_line(mesh.get("istioVersion").text) is not IstioLine.ISTIOD:
        return
    if not address and not name:
        yield Problem(
            services.location,
            "istiod is told this port with a host, and there is none",
            "address or hostName beside ports; the ports of a Service that has an address of its own are its own",
        )
    installed = mesh.get("install", "controlPlane").flag(True)
    if installed and not mesh.get("network"):
        yield Problem(
            services.location,
            "the mesh has a single network without a name, so nobody calls through port 15443",
            "meshx:mesh.network: network1, or no such port",
        )
    if (own := mesh.get(*_MESH_NETWORKS)) and installed:
        yield Problem(own.location, "meshx sets this value from meshx:mesh.gateway.ports.services", "one of the two")
