"""The networks of a stack once the control plane has said what its own is called."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.config.errors.paths import Location
from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.config.stack import StackConfiguration
from meshx.networks.obstacles import Placed, obstacles
from meshx.networks.topology import Networks


def stack_networks(
    configuration: StackConfiguration, own: str, gateways: frozenset[str], *, passes: bool = False
) -> Networks:
    """The networks: `own` is the cluster's, `gateways` are those of which the mesh knows one.

    passes: whether others had the cluster's gateway listen on port 15443 already.
    Raises ConfigurationError with every machine that cannot work where it is.
    """
    networks = Networks(
        own=own,
        gateways=gateways,
        secluded=configuration.secluded_networks,
        named_by_stack=configuration.mesh.install.control_plane,
        gateway_passes=passes or has_others(configuration, own),
    )
    problems = [
        Problem(location, obstacle.wrong, obstacle.remedy)
        for location, placed in _placed(configuration, own)
        for obstacle in obstacles(networks, [placed])
    ]
    if problems:
        raise ConfigurationError(problems)
    return networks


def has_others(configuration: StackConfiguration, own: str) -> bool:
    """Whether any machine or group is on another network than the cluster's, which is `own`."""
    is_elsewhere = Networks(own=own).is_elsewhere
    return any(is_elsewhere(one.network) for one in (*configuration.machines, *configuration.groups))


def _placed(configuration: StackConfiguration, own: str) -> Iterator[tuple[Location, Placed]]:
    """Each machine, or group of instances, by where its network is written."""
    for number, workload in enumerate(configuration.workloads):
        network, serves = workload.network or own, bool(workload.ports)
        for position, machine in enumerate(workload.machines):
            yield (
                ("workloads", number, "machines", position, "network"),
                Placed(machine.name, machine.network or network, machine.address, serves),
            )
        if workload.group is not None:
            group = Placed(f"the group of {workload.name}", network, "its instances' addresses", serves)
            yield ("workloads", number, "network"), group
