"""Whether machines of the classic line need gateways: by their networks, no switch says it."""

from meshx.config.stack import StackConfiguration


def machines_elsewhere(configuration: StackConfiguration) -> bool:
    """Whether any machine is on another network than the cluster."""
    own = configuration.mesh.network
    return any(machine.network not in ("", own) for machine in configuration.machines)
