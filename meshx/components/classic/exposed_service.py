"""A service of the cluster behind its gateway, for the classic line: `<service>.<namespace>.global`."""

import pulumi

from meshx.components.shared.exposed_service_args import ExposedServiceArgs, exposing_object, global_entry_spec
from meshx.istio.api_versions import CLASSIC_NETWORKING


class ClassicExposedService(pulumi.ComponentResource):
    """The ServiceEntry of the guides, by which proxies take the name for a service behind the gateway.

    **Pulumi Type:** `meshx:index:ExposedService`. Produces a ServiceEntry and nothing else. Mutual TLS and the name
    that the gateway is shown (`outbound_.<port>_._.<service>.<namespace>.global`) follow from the charts'
    DestinationRule for `*.global`; the gateway's EnvoyFilter makes the real service's name of it. No Gateway for port
    15443 is made.
    """

    def __init__(self, name: str, args: ExposedServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:ExposedService", name, None, opts)
        spec = global_entry_spec(args["offer"], args["context"].control_plane.gateway_address)
        exposing_object(name, CLASSIC_NETWORKING, args, spec, parent=self, kind="ServiceEntry")
        self.register_outputs({})
