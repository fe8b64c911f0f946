"""What a stack reads before it makes anything: the adopted mesh, the networks, the services to expose.

It refuses what cannot work, so that a preview reports it and nothing is made. meshx/components/classic/control_plane.py
reads an adopted control plane of the classic line.
"""

import contextlib

import pulumi

from meshx.components.istiod.assumed_mesh import assumed_mesh
from meshx.components.istiod.control_plane import FoundMesh
from meshx.components.shared.cluster_refusals import refusing
from meshx.components.shared.gke_cluster import gke_facts
from meshx.components.shared.preflight_interface import Preflight
from meshx.config.moved_settings import moved_in_cluster
from meshx.config.owner import Owner
from meshx.config.stack import StackConfiguration
from meshx.control_plane.ambient.ambient_mode import ambient_words
from meshx.control_plane.ask import Ask
from meshx.control_plane.classic_gateway import gateway_labels
from meshx.control_plane.exposed_services import classic_exposure, istiod_exposure
from meshx.control_plane.former.former_mesh import FormerMesh, former_mesh, may_share
from meshx.control_plane.installed_facts import installed_facts
from meshx.control_plane.revisions.revision_plan import RevisionPlan, revision_plan
from meshx.control_plane.running_classic_mesh import RunningCluster, classic_networks, running_cluster
from meshx.control_plane.running_mesh import running_mesh
from meshx.control_plane.signing_authority import authority_words
from meshx.exposure.plan import ExposurePlan
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.reachability.pairs import classic_pairs, istiod_pairs
from meshx.stack.plugin_functions import UnknownClusterError, asking

UNKNOWN_SERVICES = "this preview does not know the cluster yet: it leaves out what meshx:exposed names"


def istiod_preflight(configuration: StackConfiguration, owner: Owner, parent: pulumi.Resource) -> Preflight[FoundMesh]:
    """Read the existing mesh; pulumi.RunError or ConfigurationError if it does not fit the configuration.

    owner: whose the stack's objects are.
    """
    ask = asking(parent)
    try:
        with refusing():
            plan = revision_plan(configuration, SYSTEM_NAMESPACE, owner, ask)
            configuration = plan.configuration
            running = running_mesh(configuration, SYSTEM_NAMESPACE, owner, ask)
    except UnknownClusterError:
        plan, running = RevisionPlan(configuration), assumed_mesh(configuration, parent)
    for words in plan.words:
        pulumi.log.info(words, parent)
    for warning in plan.warnings:
        pulumi.log.warn(warning, parent)
    for moved in moved_in_cluster(configuration.mesh, running.istiod.settings if running.istiod else {}):
        pulumi.log.warn(str(moved), parent)
    if running.gateway and running.gateway.ambiguity:
        pulumi.log.warn(running.gateway.ambiguity, parent)
    former = _former(configuration, ask, parent)
    facts = running.istiod.facts if running.istiod else installed_facts(configuration.mesh)
    if facts.authority is not None:
        pulumi.log.info(authority_words(facts.authority, configuration.machines), parent)
    with contextlib.suppress(UnknownClusterError):
        if words := ambient_words(configuration, facts, ask):
            pulumi.log.info(words, parent)
    configuration = configuration.on_network(facts.network)
    networks = running.networks(configuration)
    try:
        exposure = istiod_exposure(configuration, facts, networks, owner, ask)
    except UnknownClusterError:
        exposure = ExposurePlan(warnings=(UNKNOWN_SERVICES,))
    _tell(exposure, parent)
    return Preflight(
        configuration=configuration,
        exposure=exposure,
        connections=istiod_pairs(configuration, facts, networks, exposure, owner),
        gateway_selector=running.gateway.selector if running.gateway else configuration.mesh.gateway.pod_labels,
        found=FoundMesh(running, facts, former.shares_authority, plan.newer_stays),
    )


def classic_preflight(
    configuration: StackConfiguration, owner: Owner, parent: pulumi.Resource
) -> Preflight[RunningCluster]:
    """Read the cluster and its services; pulumi.RunError or ConfigurationError if they do not fit the configuration.

    owner: whose the stack's objects are.
    """
    ask = asking(parent)
    gke = gke_facts(configuration.cluster.context, parent) if configuration.cluster.services_cidr == "auto" else None
    with refusing():
        cluster = running_cluster(configuration.cluster, gke.services if gke else "", ask)
    networks = classic_networks(configuration)
    exposure = classic_exposure(configuration, networks, cluster.services, owner, ask)
    _tell(exposure, parent)
    return Preflight(
        configuration=configuration,
        exposure=exposure,
        connections=classic_pairs(configuration, networks, exposure, owner),
        gateway_selector=gateway_labels(configuration.mesh),
        found=cluster,
    )


def _former(configuration: StackConfiguration, ask: Ask, parent: pulumi.Resource) -> FormerMesh:
    try:
        with refusing():
            former = former_mesh(configuration, SYSTEM_NAMESPACE, ask)
    except UnknownClusterError:
        return FormerMesh(shares_authority=may_share(configuration))
    if former.words:
        pulumi.log.info(former.words, parent)
    if former.warning:
        pulumi.log.warn(former.warning, parent)
    return former


def _tell(exposure: ExposurePlan, parent: pulumi.Resource) -> None:
    for warning in exposure.warnings:
        pulumi.log.warn(warning, parent)
    for note in exposure.notes:
        pulumi.log.info(note, parent)
