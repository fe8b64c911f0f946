"""What a preview and the doctor say of pods in ambient mode."""

from __future__ import annotations

from meshx.config.errors.words import enumerate_some
from meshx.config.stack import StackConfiguration
from meshx.control_plane.ask import Ask
from meshx.join.facts import ControlPlaneFacts
from meshx.join.tunnels import tunnelled

IN_PLAIN = "in plain text"
BY_HBONE = "by HBONE"


def ambient_words(configuration: StackConfiguration, facts: ControlPlaneFacts, ask: Ask) -> str:
    """Where such pods are, and how they reach the stack's machines; "" in a mesh without that mode."""
    if not facts.ambient:
        return ""
    found = ask("meshx:index:ambientNamespaces", {})
    names: list[str] = found["names"]
    if found["known"] and not names:
        return "the mesh has the ambient mode, and no namespace is labelled for it"
    where = f"in namespace{'s' if names[1:] else ''} {enumerate_some(names)}" if names else "of labelled namespaces"
    ways = [
        f"{workload.namespace}/{workload.name} {way_to(by_tunnel=tunnelled(workload, facts))}"
        for workload in configuration.workloads
        if workload.ports
    ]
    return f"pods in ambient mode, {where}, reach {enumerate_some(ways) or 'no workload of the stack'}"


def way_to(*, by_tunnel: bool) -> str:
    """How such pods reach a workload's machines."""
    return BY_HBONE if by_tunnel else f"{IN_PLAIN} (`tunnel: hbone` under it has them use HBONE)"
