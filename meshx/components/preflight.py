"""What a stack finds before it makes anything: the mesh of others, the networks, the services to expose.

What cannot work is looked up and refused here, so that a preview tells it and nothing is made. A control plane of the
classic line that is there already is looked at where it is adopted, in meshx/components/classic/control_plane.py.
"""

from dataclasses import dataclass

import pulumi

from meshx.components.classic.gateway import gateway_labels
from meshx.components.classic.running_control_plane import RunningCluster, running_cluster
from meshx.components.istiod.control_plane import installed_facts
from meshx.components.istiod.running_control_plane import RunningMesh, running_mesh
from meshx.components.shared.control_plane_interface import SYSTEM_NAMESPACE
from meshx.config.stack import StackConfiguration
from meshx.config.stack_networks import has_others, stack_networks
from meshx.exposure.classic_plan import classic_exposure_plan
from meshx.exposure.found_services import FoundServices, found_services, looked_for
from meshx.exposure.plan import ExposurePlan, exposure_plan
from meshx.join.facts import ControlPlaneFacts
from meshx.networks.topology import Networks
from meshx.reachability.connections import Connection
from meshx.reachability.pairs import classic_pairs, istiod_pairs
from meshx.stack.plugin_functions import asked


@dataclass(frozen=True)
class Preflight:
    """What a mesh of either line is built on.

    configuration: the stack's, with the name that the mesh has for the cluster's network. other_networks: whether
    machines of other networks are to reach the cluster's services. connections: what becomes of each pair's calls.
    gateway_selector: the labels of the gateway's pods.
    """

    configuration: StackConfiguration
    other_networks: bool
    exposure: ExposurePlan
    connections: tuple[Connection, ...]
    gateway_selector: dict[str, str]


@dataclass(frozen=True)
class IstiodPreflight(Preflight):
    """What of the mesh is there already, and what its istiod says of itself, or will say."""

    running: RunningMesh
    facts: ControlPlaneFacts


@dataclass(frozen=True)
class ClassicPreflight(Preflight):
    """The cluster's Kubernetes, and the range of its services."""

    cluster: RunningCluster


def istiod_preflight(configuration: StackConfiguration, owner: str, parent: pulumi.Resource) -> IstiodPreflight:
    """Look at what is there; pulumi.RunError or ConfigurationError where it does not fit the configuration.

    owner: the value of this stack's owner label.
    """
    running = running_mesh(configuration.mesh, SYSTEM_NAMESPACE, owner, parent)
    facts = running.istiod.facts if running.istiod else installed_facts(configuration.mesh)
    configuration = configuration.on_network(facts.network)
    networks = stack_networks(
        configuration,
        running.network_gateways(facts.network),
        passes=running.gateway is not None and running.gateway.passes_networks,
    )
    exposure = _exposure(configuration, facts, networks, owner, parent)
    for warning in exposure.warnings:
        pulumi.log.warn(warning, parent)
    return IstiodPreflight(
        configuration=configuration,
        other_networks=has_others(configuration),
        exposure=exposure,
        connections=istiod_pairs(configuration, facts, networks, exposure, owner),
        gateway_selector=running.gateway.selector if running.gateway else configuration.mesh.gateway.pod_labels,
        running=running,
        facts=facts,
    )


def classic_preflight(configuration: StackConfiguration, owner: str, parent: pulumi.Resource) -> ClassicPreflight:
    """Look at the cluster and its services; pulumi.RunError or ConfigurationError where they do not fit.

    owner: the value of this stack's owner label.
    """
    cluster = running_cluster(configuration.cluster, parent)
    networks = Networks(
        own=configuration.mesh.network,
        secluded=configuration.secluded_networks,
        gateway_passes=has_others(configuration),
    )
    exposure = ExposurePlan()
    if configuration.exposed:
        seen = _seen(configuration, owner, parent)
        exposure = classic_exposure_plan(
            configuration.exposed, configuration.machines, seen, networks, cluster.services
        )
    for warning in exposure.warnings:
        pulumi.log.warn(warning, parent)
    return ClassicPreflight(
        configuration=configuration,
        other_networks=networks.gateway_passes,
        exposure=exposure,
        connections=classic_pairs(configuration, networks, exposure),
        gateway_selector=gateway_labels(configuration.mesh),
        cluster=cluster,
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
    seen = _seen(configuration, owner, parent)
    return exposure_plan(configuration.exposed, configuration.machines, seen, facts.trust_domain, networks)


def _seen(configuration: StackConfiguration, owner: str, parent: pulumi.Resource) -> FoundServices:
    line = configuration.mesh.line
    question = looked_for(configuration.exposed, line, owner)
    return found_services(asked("meshx:index:exposedServices", question, parent), line)
