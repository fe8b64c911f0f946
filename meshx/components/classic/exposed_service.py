"""A service of the cluster behind its gateway, for the classic line: `<service>.<namespace>.global`."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.components.shared.exposed_service_args import ExposedServiceArgs
from meshx.exposure.plan import Offer
from meshx.istio.expansion_objects import NETWORKING
from meshx.istio.ports import CROSS_NETWORK_PORT


class ClassicExposedService(pulumi.ComponentResource):
    """The ServiceEntry of the guides, by which proxies take the name for a service behind the gateway.

    **Pulumi Type:** `meshx:index:ExposedService`. Produces a ServiceEntry and nothing else. Mutual TLS and the name
    that the gateway is shown (`outbound_.<port>_._.<service>.<namespace>.global`) follow from the charts'
    DestinationRule for `*.global`; the gateway's EnvoyFilter makes the real service's name of it. No Gateway for port
    15443 is made.
    """

    def __init__(self, name: str, args: ExposedServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:ExposedService", name, None, opts)
        exposed = args["offer"].exposed
        kubernetes.apiextensions.CustomResource(
            name,
            api_version=NETWORKING,
            kind="ServiceEntry",
            metadata={"name": exposed.host, "namespace": exposed.namespace, "labels": args["labels"]},
            spec=global_entry_spec(args["offer"], args["gateway_address"]),
            opts=pulumi.ResourceOptions(parent=self, depends_on=args["ready"]),
        )
        self.register_outputs({})


def global_entry_spec(offer: Offer, gateway: pulumi.Input[str]) -> dict[str, Any]:
    """Spec of the ServiceEntry: the endpoint's port has the name of the service's, since Pilot joins them by it."""
    exposed = offer.exposed
    port = f"{offer.protocol.lower()}-{exposed.port}"
    return {
        "hosts": [exposed.host],
        "location": "MESH_INTERNAL",
        "ports": [{"name": port, "number": exposed.port, "protocol": offer.protocol}],
        "resolution": "DNS",
        "addresses": [offer.address],
        "endpoints": [{"address": gateway, "ports": {port: CROSS_NETWORK_PORT}}],
    }
