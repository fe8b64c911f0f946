"""All pairs of a stack: who calls what, from its configuration and what is known of its mesh."""

from __future__ import annotations

from meshx.config.stack import StackConfiguration
from meshx.exposure.plan import ExposurePlan
from meshx.join.facts import ControlPlaneFacts
from meshx.reachability.callers import callers
from meshx.reachability.connections import Connection, Surroundings, connection
from meshx.reachability.destinations import Callers
from meshx.reachability.firewalls import stack_firewalls
from meshx.reachability.istiod_destinations import istiod_destinations
from meshx.reachability.names import name_servers
from meshx.reachability.obstacles import Networks


def pairs(
    configuration: StackConfiguration,
    facts: ControlPlaneFacts,
    networks: Networks,
    exposure: ExposurePlan,
    owner: str,
) -> tuple[Connection, ...]:
    """Every pair once: machines that call alike are one caller, and those of a workload on a network one destination.

    So the number of pairs grows with workloads and networks, and not with machines. owner: the value of the stack's
    owner label.
    """
    around = Surroundings(
        networks, name_servers(configuration.mesh, facts), stack_firewalls(configuration, networks, owner)
    )
    calling = callers(configuration.machines, configuration.groups, facts.network, exposure)
    return tuple(
        connection(caller, destination, around)
        for destination in istiod_destinations(configuration, facts, exposure)
        for caller in calling
        if not caller.is_pods or destination.callers is Callers.ALL
    )
