"""The east-west gateway: the one address by which machines reach the control plane."""

from typing import Any, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.addresses import Ingress, gateway_address
from meshx.config.mesh import MeshConfiguration
from meshx.control_plane.charts import chart_source
from meshx.control_plane.istiod_values import gateway_values
from meshx.control_plane.running_mesh import RunningGateway
from meshx.ownership import owned_values


class EastWestGatewayArgs(TypedDict):
    """What an east-west gateway needs."""

    mesh: MeshConfiguration
    """The mesh's configuration: the gateway's name and namespace, whether it is installed or adopted, its chart."""
    network: str
    """The cluster's network, "" where it has no name."""
    labels: dict[str, str]
    """Labels of everything that is made in the cluster."""
    control_plane: list[pulumi.Resource]
    """What must run before a gateway pod can start: istiod injects its proxy."""
    adopted: RunningGateway | None
    """The gateway that is there already; None: the chart is installed."""


class EastWestGateway(pulumi.ComponentResource):
    """Installs the `gateway` chart as the east-west gateway, or adopts the one that is there.

    **Pulumi Type:** `meshx:index:EastWestGateway`. Produces, when installing, one `helm.v3.Release` and a look-up of
    the gateway's Service; nothing when adopting.
    """

    address: pulumi.Output[str]
    """The IP address that the load balancer gave, known once the Service has it."""
    namespace: pulumi.Output[str]
    """The gateway's namespace; comes after its pods run, and so after istiod wrote the root certificate there."""

    def __init__(self, name: str, args: EastWestGatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:EastWestGateway", name, None, opts)
        adopted = args["adopted"]
        if adopted is None:
            self._install(args)
        else:
            self.namespace = pulumi.Output.from_input(args["mesh"].gateway.namespace)
            self.address = pulumi.Output.from_input(adopted.address)
        self.register_outputs({"address": self.address, "namespace": self.namespace})

    def _install(self, args: EastWestGatewayArgs) -> None:
        mesh = args["mesh"]
        release = kubernetes.helm.v3.Release(
            mesh.gateway.name,
            name=mesh.gateway.name,
            namespace=mesh.gateway.namespace,
            **chart_source(mesh, "gateway"),
            values=owned_values(gateway_values(mesh, args["network"]), args["labels"]),
            timeout=mesh.gateway.timeout_seconds,
            opts=pulumi.ResourceOptions(parent=self, depends_on=args["control_plane"]),
        )
        # The id comes out of the Release, so that a preview on an empty cluster knows that it can't know yet.
        service_id = pulumi.Output.all(release.status.namespace, release.name).apply("/".join)
        service = kubernetes.core.v1.Service.get(
            "gateway-service", service_id, opts=pulumi.ResourceOptions(parent=self)
        )
        self.namespace = service.metadata.apply(_namespace)
        self.address = service.status.apply(lambda status: gateway_address(mesh.gateway.name, ingress_of(status)))


def _namespace(metadata: Any) -> str:
    return str(metadata.namespace)


def ingress_of(status: Any) -> list[Ingress]:
    """The entries of the load balancer in a Service's status, as a look-up gives it."""
    balancer = getattr(status, "load_balancer", None)
    entries: list[Any] = getattr(balancer, "ingress", None) or []
    return [{"ip": entry.ip or "", "hostname": entry.hostname or ""} for entry in entries]
