"""What the stack exposes of the cluster to machines, as the program would plan it now."""

from __future__ import annotations

from meshx.config.problems import ConfigurationError
from meshx.config.stack import StackConfiguration
from meshx.doctor.finding import Finding, fault, fine
from meshx.exposure.plan import ExposurePlan, exposure_plan
from meshx.exposure.sighting import looked_for, sighting
from meshx.join.facts import ControlPlaneFacts
from meshx.provider.cluster_client import Cluster
from meshx.provider.exposed_services import exposed_services
from meshx.reachability.obstacles import Networks

_SUBJECT = "exposed services"


def look_at_exposed(
    configuration: StackConfiguration, cluster: Cluster, facts: ControlPlaneFacts, owner: str
) -> tuple[ExposurePlan, list[Finding]]:
    """Return the plan, empty where it cannot be carried out, and what is to be said of it; ClusterError."""
    if not configuration.exposed:
        return ExposurePlan(), []
    generation = configuration.mesh.generation
    found = sighting(exposed_services(cluster, looked_for(configuration.exposed, generation, owner)), generation)
    try:
        plan = exposure_plan(
            configuration.exposed,
            configuration.machines,
            found,
            facts.trust_domain,
            Networks(own=facts.network),
        )
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
    return plan, [fine(_SUBJECT, ", ".join(offer.exposed.host for offer in plan.offers))]
