"""Port 15443 of the gateway, through which machines of other networks reach every service with a sidecar."""

from typing import TypedDict

import pulumi

from meshx.components.istiod.system_object import system_object
from meshx.istio.ports import CROSS_NETWORK_PORT
from meshx.join.facts import ControlPlaneFacts

SERVED_HOSTS = "*.local"
"""Names of the cluster's services. With other names the gateway would pass calls on to itself (`*.global` resolves to
it)."""


class CrossNetworkArgs(TypedDict):
    """The arguments of the Gateway."""

    name: str
    facts: ControlPlaneFacts
    labels: dict[str, str]
    """Labels of everything made in the cluster."""
    selector: dict[str, str]
    """The labels of the gateway's pods."""
    control_plane: list[pulumi.Resource]
    """What must exist first: the custom resource definitions and the webhook that validates them."""


def cross_network_gateway(args: CrossNetworkArgs, parent: pulumi.Resource) -> pulumi.Resource:
    """The Istio Gateway that passes TLS through by the service's name (SNI), without ending it.

    Source: istio/samples/multicluster/expose-services.yaml.
    """
    server = {
        "port": {"name": "tls", "number": CROSS_NETWORK_PORT, "protocol": "TLS"},
        "tls": {"mode": "AUTO_PASSTHROUGH"},
        "hosts": [SERVED_HOSTS],
    }
    options = pulumi.ResourceOptions(parent=parent, depends_on=args["control_plane"])
    spec = {"selector": args["selector"], "servers": [server]}
    return system_object(args["name"], args["facts"], args["labels"], spec, options, kind="Gateway")
