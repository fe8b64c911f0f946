"""What the stack exposes of the cluster to machines, judged by the plan that the program would make now."""

from __future__ import annotations

from collections.abc import Callable

from meshx.config.errors.problems import ConfigurationError
from meshx.doctor.finding import Finding, fault, fine, note
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
    faults = [
        *(
            fault(_SUBJECT, warning, "calls to it by this name fail until that is done", "as said there")
            for warning in plan.warnings
        ),
        *(
            fault(_SUBJECT, told, "the Service's ports have changed since the last `pulumi up`", "`pulumi up`")
            for told in plan.outdated
        ),
    ]
    hosts = ", ".join(offer.host for offer in plan.offers)
    return plan, [*(faults or [fine(_SUBJECT, hosts)] if hosts else []), *(note(_SUBJECT, one) for one in plan.notes)]


def unfit(subject: str, error: ConfigurationError) -> list[Finding]:
    """Return a fault for each place of the stack's file that does not fit the cluster."""
    return [
        fault(subject, problem.wrong, f"{problem.path} does not fit the cluster", f"write {problem.remedy}")
        for problem in error.problems
    ]
