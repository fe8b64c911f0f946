"""All destinations in a stack of Istio 1.20 and later."""

from __future__ import annotations

from meshx.config.stack import StackConfiguration
from meshx.exposure.plan import ExposurePlan
from meshx.istio.ports import ISTIOD_TLS_PORT
from meshx.join.facts import ControlPlaneFacts
from meshx.join.hosts import istiod_host
from meshx.reachability.callers import AMBIENT_PODS, BARE_PODS, PODS
from meshx.reachability.destinations import ANY_SERVICE, Callers, Destination, Endpoint, NameSource
from meshx.reachability.exposed_destinations import exposed_destinations
from meshx.reachability.workload_destinations import workload_destinations

CA = "the mesh's CA"


def istiod_destinations(
    configuration: StackConfiguration, facts: ControlPlaneFacts, exposure: ExposurePlan
) -> tuple[Destination, ...]:
    """All destinations. The stack does not know the cluster's services, so one of each kind of pods stands for all."""
    pods, authority = configuration.cluster.families, facts.authority
    workloads = tuple(workload_destinations(configuration, facts))
    port = configuration.mesh.gateway.ports.control_plane or ISTIOD_TLS_PORT
    return (
        _control_plane(istiod_host(facts), "istiod", facts, port),
        *([_control_plane(authority.host, CA, facts, port)] if authority and authority.through_gateway else []),
        *exposed_destinations(exposure.offers, facts.network, pods, workloads),
        *(_any_service(facts, kind, pods) for kind in (PODS, BARE_PODS, *([AMBIENT_PODS] if facts.ambient else []))),
        *workloads,
    )


def _control_plane(host: str, label: str, facts: ControlPlaneFacts, port: int) -> Destination:
    end = Endpoint(label, facts.network, mutual_tls=False)
    return Destination(host, port, NameSource.CONTROL_PLANE, Callers.MACHINES, (end,))


def _any_service(facts: ControlPlaneFacts, kind: str, pods: tuple[int, ...]) -> Destination:
    end = Endpoint(kind, facts.network, mutual_tls=kind == PODS, families=pods, tunnel=kind == AMBIENT_PODS)
    return Destination(ANY_SERVICE, 0, NameSource.SERVICE, Callers.MACHINES, (end,), families=pods)
