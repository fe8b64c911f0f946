"""An adopted mesh in a cluster that a preview does not know yet, by what the configuration says of it."""

import pulumi

from meshx.config.leaves import Kind
from meshx.config.stack import StackConfiguration
from meshx.control_plane.installed_facts import installed_facts
from meshx.control_plane.running_mesh import RunningGateway, RunningIstiod, RunningMesh
from meshx.istio.ports import CROSS_NETWORK_PORT, ISTIOD_TLS_PORT
from meshx.join.gateway_endpoint import GatewayEndpoint
from meshx.stack.awaited_outputs import unknown_text


def assumed_mesh(configuration: StackConfiguration, parent: pulumi.Resource) -> RunningMesh:
    """The parts that the stack adopts, none of them exposed yet; says so in the preview."""
    mesh, install = configuration.mesh, configuration.mesh.install
    pulumi.log.warn(
        "this preview does not know the cluster yet: up looks at what is there, and its plan may differ from this one",
        parent,
    )
    root = unknown_text(Kind.TEXT, "the mesh's root certificate")
    written, ports = mesh.gateway.address or mesh.gateway.host_name, mesh.gateway.ports
    endpoint = GatewayEndpoint(
        written or unknown_text(Kind.ADDRESS, "the gateway's address"),
        ports.control_plane or ISTIOD_TLS_PORT,
        ports.services or CROSS_NETWORK_PORT,
    )
    istiod = RunningIstiod(installed_facts(mesh), root, frozenset(), {})
    gateway = RunningGateway(endpoint, mesh.gateway.pod_labels, "", False, mesh.network, False)
    return RunningMesh(None if install.control_plane else istiod, None if install.gateway else gateway)
