"""Machines that renew their token themselves: over SSH, on a line that has tokens, with a way to the API server."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.gce_rules import ENDPOINT
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines
from meshx.config.values.istio_version import written_line
from meshx.istio.versions import IstioLine


def problems(stack: Written) -> Iterator[Problem]:
    """`renewAs` where it says nothing to anybody, or where the machine's network has no way to the API server."""
    version = stack.get("mesh", "istioVersion").text
    ways = {one.get("name").text: one.get("apiServer").text for one in stack.get("networks").items()}
    for machine in machines(stack):
        renewed, network = machine.place.get("renewAs"), machine.network.text
        if not renewed.value:
            continue
        if machine.is_instance:
            yield Problem(renewed.location, "an instance that meshx makes has an identity of its own", "nothing")
        elif written_line(version) is IstioLine.CLASSIC:
            yield Problem(
                renewed.location,
                f"machines of Istio {version} have no token: the node agent renews their certificate",
                "nothing",
            )
        elif ways.get(network) != "endpoint":
            yield Problem(
                renewed.location,
                f"a machine renews its token at the cluster's API server, and nothing says that those on "
                f"{network or 'its network'} reach it",
                f"networks: [{{name: {network or 'network1'}, {ENDPOINT}}}]",
            )
