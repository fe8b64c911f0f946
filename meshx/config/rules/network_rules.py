"""Networks of machines against the mesh's: what can't be reached, and networks that nobody is on."""

from collections.abc import Collection, Iterable, Iterator

from meshx.config.errors.paths import Location
from meshx.config.errors.problems import Problem
from meshx.config.rules.uniqueness import repeated
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines_and_groups
from meshx.config.values.istio_version import written_line
from meshx.istio.versions import IstioLine
from meshx.networks.near_names import misspelling_of
from meshx.networks.obstacles import Placed, obstacles
from meshx.networks.topology import Networks


def problems(stack: Written) -> Iterator[Problem]:
    """Machines that can't work where they are, networks named twice, and networks without machines."""
    mesh = stack.get("mesh")
    own = mesh.get("network").text
    installed = mesh.get("install", "controlPlane").flag(True)
    # A control plane of the classic line never says it, whoever installed it.
    named_here = installed or written_line(mesh.get("istioVersion").text) is IstioLine.CLASSIC
    listed = list(stack.get("networks").items())
    yield from repeated(((place.get("name").text, place.get("name")) for place in listed), "the network", "one entry")
    machines = list(machines_and_groups(stack))
    # A workload's network stands once for all its machines.
    written = dict.fromkeys(
        (one.network.text, one.network.location) for one in machines if one.network.location[0] != "mesh"
    )
    yield from mistyped(filter(lambda one: one[0], written), own, [place.get("name").text for place in listed])
    # Of an adopted control plane the network need not be written, and then is known only once it has been asked; and
    # whether an adopted gateway serves it, too.
    if not own and not named_here:
        return
    networks = Networks(
        own=own,
        gateways=frozenset({own} - {""}),
        secluded=frozenset(place.get("name").text for place in listed if not place.get("reachable").flag(True)),
        named_by_stack=named_here,
    )
    for machine in machines:
        place, workload = machine.place, machine.workload
        serves = bool(list(workload.get("ports").items()))
        # A group has neither: its instances come and go.
        name = place.get("name").text or f"the group of {workload.get('name').text}"
        address = place.get("address").text or "its instances' addresses"
        for obstacle in obstacles(networks, [Placed(name, machine.network.text, address, serves)]):
            yield Problem(machine.network.location, obstacle.wrong, obstacle.remedy)


def unused(stack: Written) -> Iterator[Problem]:
    """Networks that no machine is on."""
    used = {machine.network.text for machine in machines_and_groups(stack)}
    for place in stack.get("networks").items():
        yield from _unused(place, stack.get("mesh", "network").text, used)


def mistyped(written: Iterable[tuple[str, Location]], own: str, listed: Collection[str]) -> Iterator[Problem]:
    """Networks that one place alone has, and whose name is close to another's.

    written: each network that a machine or a workload names, with where. own: the cluster's. listed: in `networks`.
    """
    places: dict[str, list[Location]] = {}
    for name, location in written:
        places.setdefault(name, []).append(location)
    # Those that are certain first: of two that one place each has, the later is told.
    known = [name for name in (own, *sorted(listed)) if name]
    known += [name for name, here in places.items() if len(here) > 1]
    for name, here in places.items():
        if name in known:
            continue
        if meant := misspelling_of(name, known):
            yield Problem(
                here[0],
                f"{name} is a network that nothing else has, and its name is close to {meant}: on a network of its own "
                "the machine would call through the gateway",
                f"{meant}; or, if there are both, meshx:networks: [{{name: {name}}}]",
            )
        known.append(name)


def any_elsewhere(stack: Written) -> bool:
    """Whether any machine is on another network than the one that the mesh's configuration names as the cluster's."""
    own = Networks(own=stack.get("mesh", "network").text)
    return any(own.is_elsewhere(machine.network.text) for machine in machines_and_groups(stack))


def _unused(place: Written, own: str, used: set[str]) -> Iterator[Problem]:
    name, reachable = place.get("name"), place.get("reachable")
    if name.text and name.text == own:
        if not place.get("apiServer"):
            yield Problem(name.location, f"{own} is the cluster's own network", "another network, or leave it out")
        elif reachable:
            yield Problem(
                reachable.location, f"{own} is the cluster's own network, where all reach each other", "nothing"
            )
    elif name.text and name.text not in used:
        yield Problem(
            name.location,
            f"no machine is on {name.text}",
            "a network that a machine, or its workload, has under `network`, or leave it out",
        )
