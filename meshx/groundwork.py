"""What a stack finds before it makes anything: the mesh of others, the networks, the services to expose.

All that cannot work with istiod is looked up and refused here, so that a preview tells it and nothing is made. On the
classic line the control plane looks at what is there itself, and nothing of the cluster is exposed to machines.
"""

from dataclasses import dataclass

import pulumi

from meshx.config.stack import StackConfiguration
from meshx.control_plane.classic_networks import machines_elsewhere
from meshx.control_plane.istiod import SYSTEM_NAMESPACE, installed_facts
from meshx.control_plane.running_mesh import RunningMesh, asked, running_mesh
from meshx.exposure.plan import ExposurePlan, exposure_plan
from meshx.exposure.sighting import sighting
from meshx.join.facts import ControlPlaneFacts
from meshx.reachability.obstacles import Networks, elsewhere
from meshx.reachability.of_stack import stack_networks


@dataclass(frozen=True)
class Groundwork:
    """What a mesh of either generation is built on.

    network: the cluster's ("" where it has no name). other_networks: whether machines of other networks are to reach
    the cluster's services.
    """

    network: str
    other_networks: bool
    exposure: ExposurePlan


@dataclass(frozen=True)
class IstiodGroundwork(Groundwork):
    """What of the mesh is there already, and what its istiod says of itself, or will say."""

    running: RunningMesh
    facts: ControlPlaneFacts


def istiod_groundwork(configuration: StackConfiguration, owner: str, parent: pulumi.Resource) -> IstiodGroundwork:
    """Look at what is there; pulumi.RunError or ConfigurationError where it does not fit the configuration.

    owner: the value of this stack's owner label.
    """
    running = running_mesh(configuration.mesh, SYSTEM_NAMESPACE, owner, parent)
    facts = running.istiod.facts if running.istiod else installed_facts(configuration.mesh)
    networks = stack_networks(configuration, facts.network, running.network_gateways(facts.network))
    exposure = _exposure(configuration, facts, networks, owner, parent)
    for warning in exposure.warnings:
        pulumi.log.warn(warning, parent)
    return IstiodGroundwork(
        network=facts.network,
        other_networks=elsewhere(networks, [machine.network for machine in configuration.machines]),
        exposure=exposure,
        running=running,
        facts=facts,
    )


def classic_groundwork(configuration: StackConfiguration, _owner: str, _parent: pulumi.Resource) -> Groundwork:
    """What follows from the configuration alone."""
    return Groundwork(
        network=configuration.mesh.network,
        other_networks=machines_elsewhere(configuration),
        exposure=ExposurePlan(),
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
