"""A cluster service under its name for machines: `<service>.<namespace>.global`."""

from typing import Any

import pulumi

from meshx.components.shared.exposed_service_args import ExposedServiceArgs, exposing_object, global_entry_spec
from meshx.exposure.plan import Offer
from meshx.istio.labels import NETWORK_LABEL


class ExposedService(pulumi.ComponentResource):
    """Makes the name known to proxies: as a service behind the gateway, and on the cluster's network as the service
    itself.

    **Pulumi Type:** `meshx:index:ExposedService`. Produces a ServiceEntry and a DestinationRule; and a VirtualService
    for HTTP calls of machines on the cluster's network. The gateway needs no configuration: it passes on calls whose
    SNI names the real service (the DestinationRule's `sni`), and nothing else.
    """

    def __init__(self, name: str, args: ExposedServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:ExposedService", name, None, opts)
        offer, context = args["offer"], args["context"]
        networking = context.control_plane.facts.networking
        entry = global_entry_spec(offer, context.control_plane.gateway)
        exposing_object(name, networking, args, entry, parent=self, kind="ServiceEntry")
        exposing_object(name, networking, args, _destination_rule(offer), parent=self, kind="DestinationRule")
        if offer.near and offer.is_http:
            route = _virtual_service(offer, context.configuration.mesh.network)
            exposing_object(name, networking, args, route, parent=self, kind="VirtualService")
        self.register_outputs({})


def _destination_rule(offer: Offer) -> dict[str, Any]:
    """Mutual TLS with the real service's name as SNI.

    The gateway passes no other name on (istio/pilot/pkg/networking/core/gateway.go, builtAutoPassthroughFilterChains),
    and its endpoint has no labels that would make istiod choose mutual TLS itself.
    """
    exposed = offer.exposed
    tls = {
        "mode": "ISTIO_MUTUAL",
        "sni": f"outbound_.{exposed.port}_._.{exposed.real_host}",
        "subjectAltNames": list(offer.identities),
    }
    return {"host": exposed.host, "trafficPolicy": {"tls": tls}}


def _virtual_service(offer: Offer, network: str) -> dict[str, Any]:
    """On the cluster's network a request goes to the service itself, although it names another host.

    Istio gives every proxy its network's label (istio/pilot/pkg/xds/ads.go, setTopologyLabels).
    """
    exposed = offer.exposed

    def to(host: str) -> list[dict[str, Any]]:
        return [{"destination": {"host": host, "port": {"number": exposed.port}}}]

    return {
        "hosts": [exposed.host],
        "http": [
            {"match": [{"sourceLabels": {NETWORK_LABEL: network}}], "route": to(exposed.real_host)},
            {"route": to(exposed.host)},
        ],
    }
