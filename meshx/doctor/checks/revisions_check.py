"""The control planes of the cluster: which stays beside which, and whether others upgraded an adopted one."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.control_plane.revisions.revision_plan import RevisionPlan
from meshx.doctor.finding import Finding, fault, note


def check_revisions(plan: RevisionPlan) -> Iterator[Finding]:
    """Say what a preview says."""
    for words in plan.words:
        yield note("control planes", words)
    for warning in plan.warnings:
        found, _, remedy = warning.partition(": ")
        yield fault("istiod's version", found, "others upgraded it", remedy)
