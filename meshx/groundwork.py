"""What a stack finds before it makes anything: the mesh of others, the networks, the services to expose.

All look-ups are made here, and all that cannot work is refused here, so that a preview tells it and nothing is made.
"""

from dataclasses import dataclass

import pulumi

from meshx.config.stack import StackConfiguration
from meshx.control_plane.istiod import SYSTEM_NAMESPACE, installed_facts
from meshx.control_plane.running_mesh import RunningMesh, asked, running_mesh
from meshx.exposure.plan import ExposurePlan, exposure_plan
from meshx.exposure.sighting import sighting
from meshx.join.facts import ControlPlaneFacts
from meshx.reachability.obstacles import Networks, elsewhere
from meshx.reachability.of_stack import stack_networks


@dataclass(frozen=True)
class Groundwork:
    """What is there and what follows from it.

    other_networks: whether machines of other networks are to reach the cluster's services.
    """

    running: RunningMesh
    facts: ControlPlaneFacts
    networks: Networks
    other_networks: bool
    exposure: ExposurePlan


def lay_groundwork(configuration: StackConfiguration, owner: str, parent: pulumi.Resource) -> Groundwork:
    """Look at what is there; pulumi.RunError or ConfigurationError where it does not fit the configuration.

    owner: the value of this stack's owner label.
    """
    running = running_mesh(configuration.mesh, SYSTEM_NAMESPACE, owner, parent)
    facts = running.istiod.facts if running.istiod else installed_facts(configuration.mesh)
    networks = stack_networks(configuration, facts.network, running.network_gateways(facts.network))
    exposure = _exposure(configuration, facts, networks, owner, parent)
    for warning in exposure.warnings:
        pulumi.log.warn(warning, parent)
    return Groundwork(
        running=running,
        facts=facts,
        networks=networks,
        other_networks=elsewhere(networks, [machine.network for machine in configuration.machines]),
        exposure=exposure,
    )


def _exposure(
    configuration: StackConfiguration,
    facts: ControlPlaneFacts,
    networks: Networks,
    owner: str,
    parent: pulumi.Resource,
) -> ExposurePlan:
    if not configuration.exposed:
        return ExposurePlan()
    found = asked(
        "meshx:index:exposedServices",
        {
            "services": [{"namespace": one.namespace, "service": one.service} for one in configuration.exposed],
            "owner": owner,
        },
        parent,
    )
    return exposure_plan(
        configuration.exposed,
        configuration.machines,
        sighting(found),
        facts.trust_domain,
        networks,
    )
