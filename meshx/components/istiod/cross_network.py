"""Port 15443 of the gateway: by it machines of other networks reach every service of the mesh that has a sidecar."""

from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.istio.ports import CROSS_NETWORK_PORT

SERVED_HOSTS = "*.local"
"""Names of services of the cluster. With others the gateway would pass calls on to itself (`*.global` leads to it)."""


class CrossNetworkArgs(TypedDict):
    """What the Gateway needs."""

    name: str
    namespace: str
    labels: dict[str, str]
    """Labels of everything that is made in the cluster."""
    selector: dict[str, str]
    """The labels of the gateway's pods."""
    control_plane: list[pulumi.Resource]
    """What must be there first: the custom resources' definitions and the webhook that validates them."""


def cross_network_gateway(args: CrossNetworkArgs, parent: pulumi.Resource) -> pulumi.Resource:
    """The Istio Gateway that passes TLS on by the service's name in it (SNI), without ending it.

    Source: istio/samples/multicluster/expose-services.yaml.
    """
    server = {
        "port": {"name": "tls", "number": CROSS_NETWORK_PORT, "protocol": "TLS"},
        "tls": {"mode": "AUTO_PASSTHROUGH"},
        "hosts": [SERVED_HOSTS],
    }
    return kubernetes.apiextensions.CustomResource(
        args["name"],
        api_version="networking.istio.io/v1",
        kind="Gateway",
        metadata={"name": args["name"], "namespace": args["namespace"], "labels": args["labels"]},
        spec={"selector": args["selector"], "servers": [server]},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=args["control_plane"]),
    )
