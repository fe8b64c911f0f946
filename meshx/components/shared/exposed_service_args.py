"""What the exposed services of both lines are made of."""

from typing import Any, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.components.shared.mesh_context import MeshContext
from meshx.exposure.plan import Offer
from meshx.istio.ports import CROSS_NETWORK_PORT


class ExposedServiceArgs(TypedDict):
    """What an exposed service needs."""

    offer: Offer
    context: MeshContext


def exposing_object(
    name: str,
    api_version: str,
    args: ExposedServiceArgs,
    spec: dict[str, Any],
    *,
    parent: pulumi.Resource,
    kind: str,
) -> None:
    """Make an object by which proxies know the name, in the service's namespace and of the name's name."""
    exposed, context = args["offer"].exposed, args["context"]
    kubernetes.apiextensions.CustomResource(
        name,
        api_version=api_version,
        kind=kind,
        metadata=context.metadata(exposed.namespace, exposed.host),
        spec=spec,
        # The custom resources' definitions and the webhook that validates them are needed first.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=context.control_plane.ready),
    )


def global_entry_spec(offer: Offer, gateway: pulumi.Input[str]) -> dict[str, Any]:
    """Spec of the ServiceEntry by which proxies take the name for a service behind the gateway.

    The endpoint's port has the name of the service's: Pilot and istiod join them by it.
    """
    exposed = offer.exposed
    port = f"{offer.protocol.lower()}-{exposed.port}"
    return {
        "hosts": [exposed.host],
        "location": "MESH_INTERNAL",
        "resolution": "DNS",
        "addresses": [offer.address],
        "ports": [{"name": port, "number": exposed.port, "protocol": offer.protocol}],
        "endpoints": [{"address": gateway, "ports": {port: CROSS_NETWORK_PORT}}],
    }
