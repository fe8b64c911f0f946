"""All pairs of caller and destination of a stack, from its configuration and the facts of its mesh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from meshx.config.owner import Owner
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.stack import StackConfiguration
from meshx.exposure.plan import ExposurePlan
from meshx.istio.uncaptured import Uncaptured, mesh_ranges
from meshx.join.facts import ControlPlaneFacts
from meshx.join.mesh_defaults import mesh_uncaptured
from meshx.networks.routes import Tls
from meshx.networks.topology import Networks
from meshx.reachability.callers import Caller, callers, revoked_callers
from meshx.reachability.classic_destinations import classic_destinations
from meshx.reachability.classic_mutual_tls import always_mutual_tls, automatic_mutual_tls
from meshx.reachability.connections import Connection, RoutingContext, called_past_proxy, connection
from meshx.reachability.destinations import Callers, Destination
from meshx.reachability.firewalls import stack_firewalls
from meshx.reachability.istiod_destinations import istiod_destinations
from meshx.reachability.name_resolution import NO_PROXIES, name_servers


def istiod_pairs(
    configuration: StackConfiguration,
    facts: ControlPlaneFacts,
    networks: Networks,
    exposure: ExposurePlan,
    owner: Owner,
) -> tuple[Connection, ...]:
    """Every pair once: machines that make the same calls are one caller, and a workload's machines on a network one
    destination.

    So the number of pairs grows with workloads and networks, and not with machines. owner: the stack.
    """
    context = RoutingContext(
        networks,
        name_servers(configuration.mesh, facts),
        stack_firewalls(configuration, networks, owner),
        strict="meshx:mesh.mutualTls: strict" if configuration.mesh.mutual_tls == "strict" else "",
    )
    defaults = mesh_uncaptured(facts.proxy_defaults)

    def uncaptured(keys: Uncaptured) -> Uncaptured:
        own = mesh_ranges(configuration.cluster.services_cidr) if keys.only_ranges else ()
        return replace(defaults.beside(keys), mesh_ranges=own)

    calling = (
        *callers(
            configuration.machines,
            configuration.groups,
            facts.network,
            exposure,
            pods=configuration.cluster.families,
            uncaptured=uncaptured,
            ambient=facts.ambient,
        ),
        *revoked_callers(configuration.revoked_machines),
    )
    return _pairs(calling, istiod_destinations(configuration, facts, exposure), context)


def classic_pairs(
    configuration: StackConfiguration, networks: Networks, exposure: ExposurePlan, owner: Owner
) -> tuple[Connection, ...]:
    """The same for Istio 1.1 to 1.4.

    It has no groups of instances. Root's own calls bypass the machines' proxies (istio-iptables.sh,
    PROXY_UID).
    """
    mesh = configuration.mesh
    facts = ControlPlaneFacts(mesh.cluster_name, mesh.mesh_id, mesh.network, mesh.trust_domain)
    direct_tls = classic_direct_tls(mesh)
    strict = "global.mtls.enabled" if direct_tls is Tls.MUTUAL else ""
    firewalls = stack_firewalls(configuration, networks, owner)
    context = RoutingContext(networks, NO_PROXIES, firewalls, direct_tls, strict)
    calling = callers(
        configuration.machines,
        (),
        mesh.network,
        exposure,
        root_bypasses_proxy=True,
        pods=configuration.cluster.families,
        # Beside the services' range a proxy captures what is included alone, and no name leads there.
        uncaptured=lambda keys: replace(keys, only_ranges=()),
    )
    return _pairs(calling, classic_destinations(configuration, facts, exposure), context)


def classic_direct_tls(mesh: MeshConfiguration) -> Tls | None:
    """How proxies of Istio 1.1 to 1.4 send to an endpoint's own address: in plain text, unless the chart's values
    differ.

    None for 1.4's `global.mtls.auto`: mutual TLS wherever the endpoint answers it. UNKNOWN for an adopted control
    plane.
    """
    if not mesh.install.control_plane:
        return Tls.UNKNOWN
    if always_mutual_tls(mesh):
        return Tls.MUTUAL
    return None if automatic_mutual_tls(mesh) else Tls.PLAIN


def _pairs(calling: Sequence[Caller], called: Sequence[Destination], context: RoutingContext) -> tuple[Connection, ...]:
    return tuple(
        connection(caller, destination, context)
        for destination in called
        for caller in calling
        if _is_looked_at(caller, destination)
    )


def _is_looked_at(caller: Caller, destination: Destination) -> bool:
    wanted = destination.callers
    if wanted is Callers.PAST_PROXY and caller.has_proxy:
        return not caller.is_pods and bool(called_past_proxy(caller, destination).endpoints)
    return wanted in (Callers.ALL, Callers.PAST_PROXY) or not caller.is_pods
