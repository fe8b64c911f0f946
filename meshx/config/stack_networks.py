"""The networks of a stack, once it is known what the cluster's is called (`StackConfiguration.on_network`)."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.config.errors.paths import Location
from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.config.stack import StackConfiguration
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
    problems = [
        Problem(location, obstacle.wrong, obstacle.remedy)
        for location, placed in _placed(configuration)
        for obstacle in obstacles(networks, [placed])
    ]
    if problems:
        raise ConfigurationError(problems)
    return networks


def has_others(configuration: StackConfiguration) -> bool:
    """Whether any machine or group is on another network than the cluster's."""
    is_elsewhere = Networks(own=configuration.mesh.network).is_elsewhere
    return any(is_elsewhere(one.network) for one in (*configuration.machines, *configuration.groups))


def _placed(configuration: StackConfiguration) -> Iterator[tuple[Location, Placed]]:
    """Each machine, or group of instances, by where its network is written."""
    for number, workload in enumerate(configuration.workloads):
        serves = bool(workload.ports)
        for position, machine in enumerate(configuration.machines_of(workload)):
            yield (
                ("workloads", number, "machines", position, "network"),
                Placed(machine.name, machine.network, machine.address, serves),
            )
        if (group := configuration.group_of(workload)) is not None:
            placed = Placed(f"the group of {workload.name}", group.network, "its instances' addresses", serves)
            yield ("workloads", number, "network"), placed
