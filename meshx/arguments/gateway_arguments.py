"""Arguments of a mesh: gateway. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi
    from typing_extensions import NotRequired


class GatewayPortsArgs(TypedDict):
    """The ports by which machines reach the gateway, where they are not its own."""

    control_plane: NotRequired[int]
    """The one that leads to its port 15012, for certificates and configuration. Left out: 15012, or the nodes' own
    where a Service of type NodePort is all there is."""
    services: NotRequired[int]
    """The one that leads to its port 15443, for calls from other networks. Written, the stack's istiod is told this
    port and the `address` or `hostName` beside it. Left out: as above, with 15443."""


class GatewayArgs(TypedDict):
    """The east-west gateway, through which machines reach istiod."""

    name: NotRequired[str]
    """The name of its Service and Deployment, and of the Helm release. Left out on the classic line: `istio-
    ingressgateway`."""
    namespace: NotRequired[str]
    """The namespace that it runs in."""
    create_namespace: NotRequired[bool]
    """Make that namespace, where the stack installs the gateway and it is not istio-system. `false`: it has to be
    there."""
    selector: NotRequired[Mapping[str, str]]
    """Labels of its pods. Left out: what the chart sets, `istio: <name without istio->`."""
    address: NotRequired[pulumi.Input[str]]
    """The IP address by which machines reach it. Left out: what its Service says, of the machines' family (of IPv4
    where they have both), else the host name there, else a node's. Needed where that is not the one: of several the
    other, or that of a load balancer in front which the cluster does not know."""
    host_name: NotRequired[pulumi.Input[str]]
    """In place of `address`: the host name by which machines reach it. They resolve it themselves, so its addresses
    may change. Not on the classic line."""
    ports: NotRequired[GatewayPortsArgs]
    """The ports there, where something in front of the gateway maps them. Not on the classic line."""
    timeout_seconds: NotRequired[int]
    """How long to wait for its LoadBalancer address, in seconds."""
