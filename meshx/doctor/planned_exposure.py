"""What the stack exposes of the cluster to machines, as the program would plan it now."""

from __future__ import annotations

from collections.abc import Callable

from meshx.cluster.cluster_client import Cluster
from meshx.config.errors.problems import ConfigurationError
from meshx.config.stack import StackConfiguration
from meshx.doctor.finding import Finding, fault, fine
from meshx.exposure.found_services import FoundServices, found_services, looked_for
from meshx.exposure.plan import ExposurePlan
from meshx.provider.exposed_services_function import exposed_services

_SUBJECT = "exposed services"


def look_at_exposed(
    configuration: StackConfiguration, cluster: Cluster, owner: str, plan_of: Callable[[FoundServices], ExposurePlan]
) -> tuple[ExposurePlan, list[Finding]]:
    """Return the plan, empty where it cannot be carried out, and what is to be said of it; ClusterError.

    ``plan_of`` makes the plan of what was found, and raises ConfigurationError where it cannot be carried out.
    """
    if not configuration.exposed:
        return ExposurePlan(), []
    line = configuration.mesh.line
    found = found_services(exposed_services(cluster, looked_for(configuration.exposed, line, owner)), line)
    try:
        plan = plan_of(found)
    except ConfigurationError as error:
        return ExposurePlan(), [
            fault(_SUBJECT, problem.wrong, f"{problem.path} does not fit the cluster", f"write {problem.remedy}")
            for problem in error.problems
        ]
    if plan.warnings:
        return plan, [
            fault(_SUBJECT, warning, "calls to it by this name fail until that is done", "as said there")
            for warning in plan.warnings
        ]
    return plan, [fine(_SUBJECT, ", ".join(offer.host for offer in plan.offers))]
