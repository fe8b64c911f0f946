"""The networks of a stack, once it is known what the cluster's is called (`StackConfiguration.on_network`)."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.config.errors.paths import Location
from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.config.errors.words import enumerate_some
from meshx.config.rules.network_rules import mistyped
from meshx.config.stack import StackConfiguration
from meshx.istio.ports import CROSS_NETWORK_PORT
from meshx.networks.obstacles import Placed, obstacles
from meshx.networks.topology import Networks


def stack_networks(configuration: StackConfiguration, gateways: frozenset[str], *, passes: bool = False) -> Networks:
    """The networks; `gateways` are those of which the mesh knows one.

    passes: whether others had the cluster's gateway listen on port 15443 already.
    Raises ConfigurationError with every machine that cannot work where it is.
    """
    networks = Networks(
        own=configuration.mesh.network,
        gateways=gateways,
        secluded=configuration.secluded_networks,
        named_by_stack=configuration.mesh.install.control_plane,
        gateway_passes=passes or has_others(configuration),
    )
    listed = {network.name for network in configuration.networks}
    # Once more: of an adopted mesh it is known only now what its own network is called.
    problems = list(mistyped(_written(configuration), networks.own, listed))
    problems += [
        Problem(location, obstacle.wrong, obstacle.remedy)
        for location, placed in _placed(configuration)
        for obstacle in obstacles(networks, [placed])
    ]
    if problems:
        raise ConfigurationError(problems, configuration.origins)
    return networks


def undeclared_networks(configuration: StackConfiguration) -> list[str]:
    """What being on another network than the cluster's means, for each that `meshx:networks` does not list."""
    declared = {network.name for network in configuration.networks}
    own = configuration.mesh.network
    is_elsewhere = Networks(own=own).is_elsewhere
    on: dict[str, list[str]] = {}
    for _, placed in _placed(configuration):
        if is_elsewhere(placed.network) and placed.network not in declared:
            on.setdefault(placed.network, []).append(placed.name)
    return [
        f"{enumerate_some(names)} {'is' if len(names) == 1 else 'are'} on {network}, another network than the "
        f"cluster's, {own}. Their calls to pods go through the "
        f"gateway, port {CROSS_NETWORK_PORT}, and pods need a route to what serves there. If that is meant, list the "
        f"network, and this message ends: meshx:networks: [{{name: {network}}}]"
        for network, names in on.items()
    ]


def has_others(configuration: StackConfiguration) -> bool:
    """Whether any machine or group is on another network than the cluster's, or is to be by `networks`."""
    is_elsewhere = Networks(own=configuration.mesh.network).is_elsewhere
    used = {one.network for one in (*configuration.machines, *configuration.groups)}
    return any(map(is_elsewhere, used | {one.name for one in configuration.networks}))


def _written(configuration: StackConfiguration) -> Iterator[tuple[str, Location]]:
    """Each network that a machine or a workload names, with where."""
    for number, workload in enumerate(configuration.workloads):
        if workload.network:
            yield workload.network, ("workloads", number, "network")
        for position, machine in enumerate(workload.machines):
            if machine.network:
                yield machine.network, ("workloads", number, "machines", position, "network")


def _placed(configuration: StackConfiguration) -> Iterator[tuple[Location, Placed]]:
    """Each machine, or group of instances, by where its network is written."""
    for number, workload in enumerate(configuration.workloads):
        serves = bool(workload.ports)
        positions = [position for position, machine in enumerate(workload.machines) if not machine.revoked]
        for position, machine in zip(positions, configuration.machines_of(workload), strict=True):
            yield (
                ("workloads", number, "machines", position, "network"),
                Placed(machine.name, machine.network, machine.address, serves),
            )
        if (group := configuration.group_of(workload)) is not None:
            placed = Placed(f"the group of {workload.name}", group.network, "its instances' addresses", serves)
            yield ("workloads", number, "network"), placed
