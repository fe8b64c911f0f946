"""A cluster service behind its gateway, on the classic line: `<service>.<namespace>.global`."""

import pulumi

from meshx.components.shared.exposed_service_args import ExposedServiceArgs, exposing_object, global_entry_spec
from meshx.istio.api_versions import CLASSIC_NETWORKING


class ClassicExposedService(pulumi.ComponentResource):
    """The guides' ServiceEntry, which maps the name to a service behind the gateway.

    **Pulumi Type:** `meshx:index:ExposedService`. Produces a ServiceEntry and nothing else. The charts' DestinationRule
    for `*.global` sets mutual TLS and the SNI for the gateway (`outbound_.<port>_._.<service>.<namespace>.global`); the
    gateway's EnvoyFilter turns that into the real service's name. It makes no Gateway for port 15443.
    """

    def __init__(self, name: str, args: ExposedServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:ExposedService", name, None, opts)
        spec = global_entry_spec(args["offer"], args["context"].control_plane.gateway)
        exposing_object(name, CLASSIC_NETWORKING, args, spec, parent=self, kind="ServiceEntry")
        self.register_outputs({})
