"""The names with which a machine of the classic line finds Citadel, Pilot, and services of the cluster."""

from __future__ import annotations

from meshx.join.facts import ControlPlaneFacts

CITADEL, PILOT = "istio-citadel", "istio-pilot"


def gateway_names(facts: ControlPlaneFacts) -> tuple[str, ...]:
    """Return the names that must resolve to the ingress gateway.

    The node agent connects to istio-citadel, and expects this name in Citadel's certificate; istio-start.sh uses
    istio-pilot.<namespace of the control plane>.
    """
    return (CITADEL, PILOT, pilot_host(facts))


def pilot_host(facts: ControlPlaneFacts) -> str:
    """Return the name that a machine's proxy uses for Pilot."""
    return f"{PILOT}.{facts.system_namespace}"


def is_gateway_name(name: str) -> bool:
    """Tell whether a name of a bundle's hosts is one of those above; services' names have more parts."""
    first, _, namespace = name.partition(".")
    return name == CITADEL or (first == PILOT and "." not in namespace)
