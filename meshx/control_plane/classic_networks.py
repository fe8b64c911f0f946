"""Whether machines of the classic line need gateways: by their networks, no switch says it."""

from meshx.config.stack import StackConfiguration
from meshx.reachability.obstacles import Networks, elsewhere


def machines_elsewhere(configuration: StackConfiguration) -> bool:
    """Whether any machine is on another network than the cluster."""
    networks = Networks(own=configuration.mesh.network)
    return elsewhere(networks, [machine.network for machine in configuration.machines])
