"""What a stack reads before it makes anything: the adopted mesh, the networks, the services to expose.

It refuses what cannot work, so that a preview reports it and nothing is made. meshx/components/classic/control_plane.py
reads an adopted control plane of the classic line.
"""

import pulumi

from meshx.components.classic.gateway import gateway_labels
from meshx.components.classic.running_control_plane import RunningCluster, running_cluster
from meshx.components.istiod.control_plane import FoundMesh, installed_facts
from meshx.components.istiod.running_control_plane import running_mesh
from meshx.components.shared.preflight_interface import Preflight
from meshx.config.stack import StackConfiguration
from meshx.config.stack_networks import has_others, stack_networks
from meshx.exposure.classic_plan import classic_exposure_plan
from meshx.exposure.found_services import FoundServices, found_services, looked_for
from meshx.exposure.plan import ExposurePlan, exposure_plan
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.join.facts import ControlPlaneFacts
from meshx.networks.topology import Networks
from meshx.reachability.pairs import classic_pairs, istiod_pairs
from meshx.stack.plugin_functions import asked


def istiod_preflight(configuration: StackConfiguration, owner: str, parent: pulumi.Resource) -> Preflight[FoundMesh]:
    """Read the existing mesh; pulumi.RunError or ConfigurationError if it does not fit the configuration.

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
    return Preflight(
        configuration=configuration,
        exposure=exposure,
        connections=istiod_pairs(configuration, facts, networks, exposure, owner),
        gateway_selector=running.gateway.selector if running.gateway else configuration.mesh.gateway.pod_labels,
        found=FoundMesh(running, facts),
    )


def classic_preflight(
    configuration: StackConfiguration, owner: str, parent: pulumi.Resource
) -> Preflight[RunningCluster]:
    """Read the cluster and its services; pulumi.RunError or ConfigurationError if they do not fit the configuration.

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
    return Preflight(
        configuration=configuration,
        exposure=exposure,
        connections=classic_pairs(configuration, networks, exposure),
        gateway_selector=gateway_labels(configuration.mesh),
        found=cluster,
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
