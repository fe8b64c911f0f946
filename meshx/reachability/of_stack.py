"""The networks of a stack once the control plane has said what its own is called."""

from __future__ import annotations

from meshx.config.problems import ConfigurationError, Problem
from meshx.config.stack import StackConfiguration
from meshx.reachability.obstacles import Networks, Placed, obstacles


def stack_networks(configuration: StackConfiguration, own: str, gateways: frozenset[str]) -> Networks:
    """The networks: `own` is the cluster's, `gateways` are those of which the mesh knows one.

    Raises ConfigurationError with every machine that cannot work where it is.
    """
    networks = Networks(
        own=own,
        gateways=gateways,
        secluded=configuration.secluded_networks,
        named_by_stack=configuration.mesh.install.control_plane,
    )
    problems = [
        Problem(("workloads", number, "machines", position, "network"), obstacle.wrong, obstacle.remedy)
        for number, workload in enumerate(configuration.workloads)
        for position, machine in enumerate(workload.machines)
        for obstacle in obstacles(
            networks,
            [Placed(machine.name, machine.network or workload.network or own, machine.address, bool(workload.ports))],
        )
    ]
    if problems:
        raise ConfigurationError(problems)
    return networks
