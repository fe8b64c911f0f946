"""All pairs of a stack: who calls what, from its configuration and what is known of its mesh."""

from __future__ import annotations

from collections.abc import Sequence

from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.stack import StackConfiguration
from meshx.exposure.plan import ExposurePlan
from meshx.join.facts import ControlPlaneFacts
from meshx.networks.topology import Networks
from meshx.networks.ways import Tls
from meshx.reachability.callers import Caller, callers
from meshx.reachability.classic_destinations import classic_destinations
from meshx.reachability.classic_mutual_tls import always_mutual_tls, automatic_mutual_tls
from meshx.reachability.connections import Connection, Surroundings, connection
from meshx.reachability.destinations import Callers, Destination
from meshx.reachability.firewalls import stack_firewalls
from meshx.reachability.istiod_destinations import istiod_destinations
from meshx.reachability.name_resolution import NO_PROXIES, name_servers


def istiod_pairs(
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
        networks,
        name_servers(configuration.mesh, facts),
        stack_firewalls(configuration, networks, owner),
        strict="meshx:mesh.mutualTls: strict" if configuration.mesh.mutual_tls == "strict" else "",
    )
    calling = callers(configuration.machines, configuration.groups, facts.network, exposure)
    return _pairs(calling, istiod_destinations(configuration, facts, exposure), around)


def classic_pairs(
    configuration: StackConfiguration, networks: Networks, exposure: ExposurePlan
) -> tuple[Connection, ...]:
    """The same of Istio 1.1 to 1.4, which has no instances of Compute Engine.

    Root's own calls go past the machines' proxies (istio-iptables.sh, PROXY_UID).
    """
    mesh = configuration.mesh
    facts = ControlPlaneFacts(mesh.cluster_name, mesh.mesh_id, mesh.network, mesh.trust_domain)
    direct_tls = classic_direct_tls(mesh)
    strict = "global.mtls.enabled" if direct_tls is Tls.MUTUAL else ""
    around = Surroundings(networks, NO_PROXIES, direct_tls=direct_tls, strict=strict)
    calling = callers(configuration.machines, (), mesh.network, exposure, root_goes_past=True)
    return _pairs(calling, classic_destinations(configuration, facts, exposure), around)


def classic_direct_tls(mesh: MeshConfiguration) -> Tls | None:
    """How proxies of Istio 1.1 to 1.4 send to an endpoint's own address: in plain, unless the chart's values say else.

    None for 1.4's `global.mtls.auto`: by mutual TLS wherever it answers that. What holds in a control plane of others
    is not known here.
    """
    if not mesh.install.control_plane:
        return Tls.UNKNOWN
    if always_mutual_tls(mesh):
        return Tls.MUTUAL
    return None if automatic_mutual_tls(mesh) else Tls.PLAIN


def _pairs(calling: Sequence[Caller], called: Sequence[Destination], around: Surroundings) -> tuple[Connection, ...]:
    return tuple(
        connection(caller, destination, around)
        for destination in called
        for caller in calling
        if _is_looked_at(caller, destination.callers)
    )


def _is_looked_at(caller: Caller, wanted: Callers) -> bool:
    if wanted is Callers.BARE_PODS:
        return not caller.has_proxy
    return wanted is Callers.ALL or not caller.is_pods
