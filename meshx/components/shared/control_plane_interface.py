"""What every control plane provides: all that a machine needs to trust it and to find it."""

from typing import Any, Protocol, TypedDict

import pulumi

from meshx.components.shared.gateway_values import Gateway
from meshx.components.shared.preflight_interface import Preflight
from meshx.join.facts import ControlPlaneFacts


class ControlPlaneArgs(TypedDict):
    """The arguments of a control plane."""

    preflight: Preflight[Any]
    """The preflight of the same line."""
    labels: dict[str, str]
    """Labels of everything made in the cluster."""
    gateway_namespace: list[pulumi.Resource]
    """The gateway's namespace, where the stack makes it and it is not its own."""
    whole: bool
    """Whether there is nothing of the mesh elsewhere, in parts that the program adds."""


class ControlPlane(Protocol):
    """The interface of both lines; the configured Istio version selects the line."""

    @property
    def facts(self) -> ControlPlaneFacts:
        """Its facts: read from an adopted control plane, and known beforehand for an installed one."""
        ...

    root_certificate: pulumi.Output[str]
    """The mesh's root of trust as PEM text; empty if each machine gets it with its identity."""
    gateway: Gateway
    """Where machines reach the control plane."""
    gateway_for_ipv6: Gateway
    """Where those do that have IPv6 alone; the same where the gateway has a host name or one family, and on the classic
    line."""
    gateway_address: pulumi.Output[str]
    """The address or host name of that."""
    name_servers: list[pulumi.Output[str]]
    """The addresses of its own name servers for names below `global`; empty without any."""
    ready: list[pulumi.Resource]
    """What must exist before a machine joins."""
