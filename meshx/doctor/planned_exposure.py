"""What the stack exposes of the cluster to machines, judged by the plan that the program would make now."""

from __future__ import annotations

from collections.abc import Callable

from meshx.config.errors.problems import ConfigurationError
from meshx.doctor.finding import Finding, fault, fine
from meshx.exposure.plan import ExposurePlan

_SUBJECT = "exposed services"


def judged_exposure(plan_of: Callable[[], ExposurePlan]) -> tuple[ExposurePlan, list[Finding]]:
    """Return the plan, empty if it cannot be carried out, and the findings on it; raises what `plan_of` raises.

    ``plan_of`` makes it, or raises ConfigurationError if it cannot be carried out.
    """
    try:
        plan = plan_of()
    except ConfigurationError as error:
        return ExposurePlan(), unfit(_SUBJECT, error)
    if plan.warnings:
        return plan, [
            fault(_SUBJECT, warning, "calls to it by this name fail until that is done", "as said there")
            for warning in plan.warnings
        ]
    return plan, [fine(_SUBJECT, ", ".join(offer.host for offer in plan.offers))] if plan.offers else []


def unfit(subject: str, error: ConfigurationError) -> list[Finding]:
    """Return a fault for each place of the stack's file that does not fit the cluster."""
    return [
        fault(subject, problem.wrong, f"{problem.path} does not fit the cluster", f"write {problem.remedy}")
        for problem in error.problems
    ]
