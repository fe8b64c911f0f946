"""The east-west gateway: the one address at which machines reach the control plane."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.cluster.ownership import owned_values
from meshx.components.istiod.chart_source import chart_source
from meshx.components.istiod.chart_values import gateway_values
from meshx.components.shared.awaited_gateway_address import awaited_gateway_address, chosen_address
from meshx.config.leaves import is_placeholder
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.values.addresses import families
from meshx.control_plane.gateway_address import Told
from meshx.control_plane.running_mesh import RunningGateway
from meshx.stack.logical_names import named

OF_IPV6 = ("::",)
"""Stands for machines that have IPv6 alone, where only the family counts."""


class EastWestGatewayArgs(TypedDict):
    """The arguments of an east-west gateway."""

    mesh: MeshConfiguration
    """The mesh's configuration: the gateway's name and namespace, whether it is installed or adopted, its chart."""
    machines: Sequence[str]
    """The addresses of the machines that must reach it."""
    labels: dict[str, str]
    """Labels of everything made in the cluster."""
    ready: list[pulumi.Resource]
    """What must exist before a gateway pod can start: its namespace, and istiod, which injects its proxy."""
    adopted: RunningGateway | None
    """The adopted gateway; None: the chart is installed."""


class EastWestGateway(pulumi.ComponentResource):
    """Installs the `gateway` chart as the east-west gateway, or adopts an existing one.

    **Pulumi Type:** `meshx:index:EastWestGateway`. Produces one `helm.v3.Release` when installing, nothing when
    adopting.
    """

    address: pulumi.Output[str]
    """The load balancer's IP address, known once the Service has it."""
    address_for_ipv6: pulumi.Output[str]
    """The one for machines that have IPv6 alone."""
    release: pulumi.CustomResource | None
    """Its Release, done once its pods run, and so once istiod has written the root certificate there; None: adopted."""

    def __init__(self, name: str, args: EastWestGatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:EastWestGateway", name, None, opts)
        adopted = args["adopted"]
        self.release = None
        if adopted is None:
            self._install(args)
        else:
            chosen = chosen_address(adopted.answer) if adopted.answer else adopted.address
            self.address = pulumi.Output.from_input(chosen)
            self.address_for_ipv6 = self.address
            if adopted.answer:
                for_ipv6 = replace(adopted.answer, told=replace(adopted.answer.told, machines=OF_IPV6))
                self.address_for_ipv6 = pulumi.Output.from_input(chosen_address(for_ipv6))
        # Stacks have the namespace in their state.
        self.register_outputs({"address": self.address, "namespace": args["mesh"].gateway.namespace})

    def _install(self, args: EastWestGatewayArgs) -> None:
        mesh = args["mesh"]
        release = kubernetes.helm.v3.Release(
            named(mesh.gateway.name),
            name=mesh.gateway.name,
            namespace=mesh.gateway.namespace,
            **chart_source(mesh, "gateway"),
            values=owned_values(gateway_values(mesh), args["labels"]),
            timeout=mesh.gateway.timeout_seconds,
            opts=pulumi.ResourceOptions(parent=self, depends_on=args["ready"]),
        )
        self.release = release
        told = Told(mesh.gateway.name, mesh.gateway.address, args["machines"])
        self.address = awaited_gateway_address(release, told, mesh.gateway.namespace, self)
        self.address_for_ipv6 = self.address
        if len(set(families(args["machines"]))) > 1 or any(map(is_placeholder, args["machines"])):
            for_ipv6 = replace(told, machines=OF_IPV6)
            self.address_for_ipv6 = awaited_gateway_address(release, for_ipv6, mesh.gateway.namespace, self)
