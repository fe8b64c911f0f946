"""The east-west gateway: the one address at which machines reach the control plane."""

from dataclasses import replace
from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.cluster.ownership import owned_values
from meshx.components.istiod.chart_source import chart_source
from meshx.components.istiod.chart_values import gateway_values
from meshx.components.shared.awaited_gateway import awaited_gateway, chosen_endpoint
from meshx.components.shared.gateway_values import Gateway, of_gateway
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
    told: Told
    """What decides where machines reach it."""
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

    endpoint: Gateway
    """Where machines reach it, known once its Service has an address."""
    endpoint_for_ipv6: Gateway
    """Where those do that have IPv6 alone."""
    address: pulumi.Output[str]
    """The address or host name of that."""
    release: pulumi.CustomResource | None
    """Its Release, done once its pods run, and so once istiod has written the root certificate there; None: adopted."""

    def __init__(self, name: str, args: EastWestGatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:EastWestGateway", name, None, opts)
        adopted = args["adopted"]
        self.release = None
        if adopted is None:
            self._install(args)
        else:
            answer = adopted.answer
            self.endpoint = self.endpoint_for_ipv6 = chosen_endpoint(answer) if answer else adopted.endpoint
            if answer:
                for_ipv6 = replace(answer, told=replace(answer.told, machines=OF_IPV6))
                self.endpoint_for_ipv6 = chosen_endpoint(for_ipv6)
        self.address = pulumi.Output.from_input(of_gateway(self.endpoint, lambda known: known.host))
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
        told, namespace = args["told"], mesh.gateway.namespace
        self.endpoint = self.endpoint_for_ipv6 = awaited_gateway(release, told, namespace, self)
        if len(set(families(told.machines))) > 1 or any(map(is_placeholder, told.machines)):
            for_ipv6 = replace(told, machines=OF_IPV6)
            self.endpoint_for_ipv6 = awaited_gateway(release, for_ipv6, namespace, self)
