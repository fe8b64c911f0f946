"""Which workloads' machines answer HBONE, in a mesh with pods in ambient mode."""

from __future__ import annotations

from meshx.config.sections.workload import WorkloadConfiguration
from meshx.istio.ambient import TUNNEL, TUNNEL_LABEL
from meshx.join.facts import ControlPlaneFacts


def tunnelled(workload: WorkloadConfiguration, facts: ControlPlaneFacts) -> bool:
    """Whether istiod has pods in ambient mode use HBONE to a workload's machines, or to its group's instances."""
    return workload.tunnel == "hbone" or (workload.group is not None and facts.registers_tunnels)


def tunnel_labels(workload: WorkloadConfiguration) -> dict[str, str]:
    """Return the label by which istiod knows that a machine answers HBONE, {} where meshx sets none."""
    return {TUNNEL_LABEL: TUNNEL} if workload.tunnel == "hbone" else {}
