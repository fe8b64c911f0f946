"""All destinations in a stack of Istio 1.1 to 1.4."""

from __future__ import annotations

from meshx.config.stack import StackConfiguration
from meshx.exposure.plan import ExposurePlan
from meshx.istio.ports import CITADEL_PORT, PILOT_PORT
from meshx.join.classic_hosts import CITADEL, pilot_host
from meshx.join.facts import ControlPlaneFacts
from meshx.reachability.destinations import ANY_SERVICE, Callers, Destination, Endpoint, NameSource
from meshx.reachability.exposed_destinations import exposed_destinations
from meshx.reachability.workload_destinations import workload_destinations


def classic_destinations(
    configuration: StackConfiguration, facts: ControlPlaneFacts, exposure: ExposurePlan
) -> tuple[Destination, ...]:
    """All destinations. The stack does not know the cluster's services, so one stands for all that are not exposed."""
    workloads = tuple(workload_destinations(configuration, facts))
    families = configuration.cluster.families
    pods = Endpoint("pods", facts.network, mutual_tls=True, families=families)
    return (
        _control_plane(pilot_host(facts), PILOT_PORT, "Pilot", facts.network),
        _control_plane(CITADEL, CITADEL_PORT, "Citadel", facts.network),
        *exposed_destinations(exposure.offers, facts.network, families, workloads),
        Destination(ANY_SERVICE, 0, NameSource.SERVICE, Callers.MACHINES, (pods,)),
        *workloads,
    )


def _control_plane(host: str, port: int, label: str, own: str) -> Destination:
    end = Endpoint(label, own, mutual_tls=False)
    return Destination(host, port, NameSource.CONTROL_PLANE, Callers.MACHINES, (end,))
