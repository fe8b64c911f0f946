"""The cluster's API server behind the mesh's gateway: for machines that do not reach its endpoint."""

import pulumi

from meshx.components.istiod.system_object import system_object
from meshx.components.shared.api_server import API_SERVER_HOST
from meshx.components.shared.mesh_context import MeshContext
from meshx.istio.namespaces import CLUSTER_DOMAIN
from meshx.istio.ports import ISTIOD_TLS_PORT

NAME = "meshx-api-server"
API_SERVER_PORT = 443
"""The port of the Service `kubernetes`, whatever port the API server itself listens on."""


class ApiServerExposure(pulumi.ComponentResource):
    """Passes TLS for the API server's name through the gateway, on the port that machines use for istiod.

    **Pulumi Type:** `meshx:index:ApiServerExposure`. Produces an Istio `Gateway` and a `VirtualService`. The gateway
    does not end the TLS, so a machine checks the cluster's own certificate, and the API server decides who may do what.
    istiod shares port 15012; its Gateway has every other name.
    """

    objects: list[pulumi.Resource]
    """Its objects; a machine can join only once they exist."""

    def __init__(self, name: str, context: MeshContext, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:ApiServerExposure", name, None, opts)
        # It needs the custom resource definitions and the webhook that validates them first.
        options = pulumi.ResourceOptions(parent=self, depends_on=context.control_plane.ready)
        server = {
            "port": {"name": "tls-api-server", "number": ISTIOD_TLS_PORT, "protocol": "TLS"},
            "tls": {"mode": "PASSTHROUGH"},
            "hosts": [API_SERVER_HOST],
        }
        destination = {"host": f"{API_SERVER_HOST}.{CLUSTER_DOMAIN}", "port": {"number": API_SERVER_PORT}}
        route = {
            "match": [{"port": ISTIOD_TLS_PORT, "sniHosts": [API_SERVER_HOST]}],
            "route": [{"destination": destination}],
        }
        gateway = {"selector": context.gateway_selector, "servers": [server]}
        leading = {"hosts": [API_SERVER_HOST], "gateways": [NAME], "tls": [route]}
        self.objects = [
            system_object(NAME, context.control_plane.facts, context.labels, gateway, options, kind="Gateway"),
            system_object(NAME, context.control_plane.facts, context.labels, leading, options, kind="VirtualService"),
        ]
        self.register_outputs({})
