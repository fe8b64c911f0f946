"""What the exposed services of both lines share."""

from typing import Any, TypedDict

import pulumi

from meshx.components.shared.gateway_values import Gateway, of_gateway, presumed
from meshx.components.shared.istio_object import istio_object
from meshx.components.shared.mesh_context import MeshContext
from meshx.exposure.plan import Offer


class ExposedServiceArgs(TypedDict):
    """The arguments of an exposed service."""

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
    """Make an object that makes the name known to proxies, in the service's namespace and with the host as its name."""
    exposed, context = args["offer"].exposed, args["context"]
    # The custom resources' definitions and the webhook that validates them are needed first.
    options = pulumi.ResourceOptions(parent=parent, depends_on=context.control_plane.ready)
    istio_object(name, api_version, context.metadata(exposed.namespace, exposed.host), spec, options, kind=kind)


def global_entry_spec(offer: Offer, gateway: Gateway) -> dict[str, Any]:
    """Spec of the ServiceEntry that maps the name to a service behind the gateway.

    The endpoint's ports have the same names as the service's, by which Pilot and istiod match them.
    """
    return {
        "hosts": [offer.exposed.host],
        "location": "MESH_INTERNAL",
        "resolution": "DNS",
        "addresses": [offer.address],
        "ports": [{"name": port.name, "number": port.number, "protocol": port.protocol} for port in offer.ports],
        # A host name is resolved by the caller's proxy, as often as its name server says.
        "endpoints": [
            {
                "address": of_gateway(gateway, lambda known: known.host),
                "ports": {port.name: presumed(gateway, lambda known: known.services) for port in offer.ports},
            }
        ],
    }
