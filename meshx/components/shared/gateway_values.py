"""What follows from where machines reach the gateway, which may be known only once its Service has an address."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar, cast

import pulumi

from meshx.join.bundle import JoinBundle, bundle_inputs
from meshx.join.gateway_endpoint import AT_AN_ADDRESS, GatewayEndpoint

Gateway: TypeAlias = GatewayEndpoint | pulumi.Output[GatewayEndpoint]
T = TypeVar("T")


def of_gateway(gateway: Gateway, take: Callable[[GatewayEndpoint], T]) -> pulumi.Input[T]:
    """A value by the endpoint; unknown in a preview that does not know it."""
    return take(gateway) if isinstance(gateway, GatewayEndpoint) else gateway.apply(take)


def presumed(gateway: Gateway, take: Callable[[GatewayEndpoint], T]) -> pulumi.Input[T]:
    """A value by the endpoint; in a preview that does not know it, as at an address with the gateway's own ports."""
    if isinstance(gateway, GatewayEndpoint):
        return take(gateway)

    def known(found: object) -> T:
        return take(found if isinstance(found, GatewayEndpoint) else AT_AN_ADDRESS)

    return cast("pulumi.Output[object]", gateway).apply(known, run_with_unknowns=True)


def gateway_bundle(
    gateway: Gateway, root_certificate: object, render: Callable[[GatewayEndpoint], JoinBundle]
) -> dict[str, object]:
    """The input `bundle` of a Join (meshx/join/bundle.py), whose files `render` makes for an endpoint."""
    if isinstance(gateway, GatewayEndpoint):
        return bundle_inputs(render(gateway), root_certificate, gateway.hosts_address)
    bundle = render(AT_AN_ADDRESS)
    inputs = bundle_inputs(bundle, root_certificate, gateway.apply(lambda known: known.hosts_address))
    files = cast("dict[str, dict[str, object]]", inputs["files"])
    for path in bundle.files:
        files[path]["content"] = presumed(gateway, lambda known, path=path: render(known).files[path].content)
    return inputs
