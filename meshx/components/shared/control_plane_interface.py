"""What every line of control plane answers: all that a machine needs to trust it and to find it."""

from typing import Any, Protocol, TypedDict

import pulumi

from meshx.components.shared.preflight_interface import Preflight
from meshx.join.facts import ControlPlaneFacts


class ControlPlaneArgs(TypedDict):
    """What a control plane needs."""

    preflight: Preflight[Any]
    """That of the same line."""
    labels: dict[str, str]
    """Labels of everything that is made in the cluster."""


class ControlPlane(Protocol):
    """The one interface of the lines; chosen by the configured Istio version."""

    @property
    def facts(self) -> ControlPlaneFacts:
        """What it says of itself: read where it runs already, and known beforehand where it is installed."""
        ...

    root_certificate: pulumi.Output[str]
    """The mesh's root of trust as PEM text; empty where each machine gets it with its identity."""
    gateway_address: pulumi.Output[str]
    """The IP address by which machines reach the control plane."""
    name_servers: list[pulumi.Output[str]]
    """The addresses of its own name servers for names below `global`; none where it has none."""
    ready: list[pulumi.Resource]
    """What must be there before a machine joins."""
