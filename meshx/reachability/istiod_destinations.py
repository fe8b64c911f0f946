"""All destinations in a stack of Istio 1.20 and later."""

from __future__ import annotations

from meshx.config.stack import StackConfiguration
from meshx.exposure.plan import ExposurePlan
from meshx.istio.ports import ISTIOD_TLS_PORT
from meshx.join.facts import ControlPlaneFacts
from meshx.join.hosts import istiod_host
from meshx.reachability.callers import BARE_PODS, PODS
from meshx.reachability.destinations import ANY_SERVICE, Callers, Destination, Endpoint, NameSource
from meshx.reachability.exposed_destinations import exposed_destinations
from meshx.reachability.workload_destinations import workload_destinations


def istiod_destinations(
    configuration: StackConfiguration, facts: ControlPlaneFacts, exposure: ExposurePlan
) -> tuple[Destination, ...]:
    """All destinations. The stack does not know the cluster's services, so two stand for all of them."""
    workloads = tuple(workload_destinations(configuration, facts))
    return (
        _istiod(facts, configuration.mesh.gateway.ports.control_plane or ISTIOD_TLS_PORT),
        *exposed_destinations(exposure.offers, facts.network, workloads),
        *(_any_service(facts, sidecar) for sidecar in (True, False)),
        *workloads,
    )


def _istiod(facts: ControlPlaneFacts, port: int) -> Destination:
    end = Endpoint("istiod", facts.network, mutual_tls=False)
    return Destination(istiod_host(facts), port, NameSource.CONTROL_PLANE, Callers.MACHINES, (end,))


def _any_service(facts: ControlPlaneFacts, sidecar: bool) -> Destination:
    end = Endpoint(PODS if sidecar else BARE_PODS, facts.network, sidecar)
    return Destination(ANY_SERVICE, 0, NameSource.SERVICE, Callers.MACHINES, (end,))
