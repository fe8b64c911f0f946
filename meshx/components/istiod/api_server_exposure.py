"""The cluster's API server behind the mesh's gateway: for machines that do not reach its endpoint."""

from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.components.shared.api_server import API_SERVER_HOST
from meshx.istio.ports import ISTIOD_TLS_PORT

NAME = "meshx-api-server"


class ApiServerExposureArgs(TypedDict):
    """What the exposure needs."""

    namespace: str
    """The control plane's namespace, where the objects go."""
    labels: dict[str, str]
    """Labels of everything that is made in the cluster."""
    selector: dict[str, str]
    """The labels of the gateway's pods."""
    ready: list[pulumi.Resource]
    """What must be there first: the custom resources' definitions and the webhook that validates them."""


class ApiServerExposure(pulumi.ComponentResource):
    """TLS for the API server's name passed through the gateway, on the port by which machines reach istiod.

    **Pulumi Type:** `meshx:index:ApiServerExposure`. Produces an Istio `Gateway` and a `VirtualService`. The gateway
    does not end the TLS, so a machine knows the API server by the cluster's own certificate; who may do what there is
    the API server's to say. Port 15012 is shared with istiod, whose Gateway takes every other name.
    """

    objects: list[pulumi.Resource]
    """What it made; a machine can only join once it is there."""

    def __init__(self, name: str, args: ApiServerExposureArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:ApiServerExposure", name, None, opts)
        options = pulumi.ResourceOptions(parent=self, depends_on=args["ready"])
        metadata = {"name": NAME, "namespace": args["namespace"], "labels": args["labels"]}
        gateway = kubernetes.apiextensions.CustomResource(
            NAME,
            api_version="networking.istio.io/v1",
            kind="Gateway",
            metadata=metadata,
            spec={
                "selector": args["selector"],
                "servers": [
                    {
                        "port": {"name": "tls-api-server", "number": ISTIOD_TLS_PORT, "protocol": "TLS"},
                        "tls": {"mode": "PASSTHROUGH"},
                        "hosts": [API_SERVER_HOST],
                    }
                ],
            },
            opts=options,
        )
        virtual_service = kubernetes.apiextensions.CustomResource(
            NAME,
            api_version="networking.istio.io/v1",
            kind="VirtualService",
            metadata=metadata,
            spec={
                "hosts": [API_SERVER_HOST],
                "gateways": [NAME],
                "tls": [
                    {
                        "match": [{"port": ISTIOD_TLS_PORT, "sniHosts": [API_SERVER_HOST]}],
                        "route": [
                            {"destination": {"host": f"{API_SERVER_HOST}.cluster.local", "port": {"number": 443}}}
                        ],
                    }
                ],
            },
            opts=options,
        )
        self.objects = [gateway, virtual_service]
        self.register_outputs({})
