"""The address of a gateway that the stack installs, waited for."""

import pulumi

from meshx.control_plane.gateway_address import gateway_address
from meshx.stack.plugin_functions import asked_after


def awaited_gateway_address(
    release: pulumi.CustomResource, namespace: str, gateway: str, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """The address of a gateway that a release installs, known once its Service has it."""
    found = asked_after(release, "meshx:index:serviceAddresses", {"namespace": namespace, "name": gateway}, parent)
    return found.apply(lambda found: gateway_address(gateway, found["ingress"]))
