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
    for calls of machines on the cluster's network, where they do not go by the service's own address. The gateway needs
    no configuration: it passes on calls whose SNI names the real service (the DestinationRule's `sni`), and nothing
    else.
    """

    def __init__(self, name: str, args: ExposedServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:ExposedService", name, None, opts)
        offer, context = args["offer"], args["context"]
        networking = context.control_plane.facts.networking
        entry = global_entry_spec(offer, context.control_plane.gateway)
        exposing_object(name, networking, args, entry, parent=self, kind="ServiceEntry")
        exposing_object(name, networking, args, _destination_rule(offer), parent=self, kind="DestinationRule")
        if routes := _near_routes(offer, context.configuration.mesh.network):
            route = {"hosts": [offer.exposed.host], **routes}
            exposing_object(name, networking, args, route, parent=self, kind="VirtualService")
        self.register_outputs({})


def _destination_rule(offer: Offer) -> dict[str, Any]:
    """Mutual TLS with the real service's name as SNI.

    The gateway passes no other name on (istio/pilot/pkg/networking/core/gateway.go, builtAutoPassthroughFilterChains),
    and its endpoint has no labels that would make istiod choose mutual TLS itself.
    """
    exposed = offer.exposed
    tls = {
        port.number: {
            "mode": "ISTIO_MUTUAL",
            "sni": f"outbound_.{port.number}_._.{exposed.real_host}",
            "subjectAltNames": list(offer.identities),
        }
        for port in offer.ports
    }
    if len(tls) == 1:
        return {"host": exposed.host, "trafficPolicy": {"tls": tls[offer.ports[0].number]}}
    settings = [{"port": {"number": number}, "tls": of_port} for number, of_port in tls.items()]
    return {"host": exposed.host, "trafficPolicy": {"portLevelSettings": settings}}


def _near_routes(offer: Offer, network: str) -> dict[str, list[dict[str, Any]]]:
    """On the cluster's network a call goes to the service itself, although it names another host or its address: a
    request by HTTP; and a connection of a group's instances, since only hosts lines have the service's own address.

    Istio gives every proxy its network's label (istio/pilot/pkg/xds/ads.go, setTopologyLabels). Where there is a single
    port, routes need not name it.
    """
    http = [port.number for port in offer.ports if offer.near and port.is_http]
    tcp = [port.number for port in offer.ports if offer.near_groups and port.takes_tcp_routes]
    routes = {"http": http, "tcp": tcp}
    alone = len(offer.ports) == 1
    return {
        kind: [route for number in numbers for route in _routes(offer, network, number, alone=alone)]
        for kind, numbers in routes.items()
        if numbers
    }


def _routes(offer: Offer, network: str, port: int, *, alone: bool) -> list[dict[str, Any]]:
    def to(host: str) -> list[dict[str, Any]]:
        return [{"destination": {"host": host, "port": {"number": port}}}]

    by_port = {} if alone else {"port": port}
    others = {} if alone else {"match": [by_port]}
    return [
        {"match": [{**by_port, "sourceLabels": {NETWORK_LABEL: network}}], "route": to(offer.exposed.real_host)},
        {**others, "route": to(offer.exposed.host)},
    ]
