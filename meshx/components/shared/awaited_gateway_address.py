"""The address of a gateway that the stack installs, waited for."""

from collections.abc import Sequence

import pulumi

from meshx.cluster.load_balancers import Ingress
from meshx.components.shared.cluster_refusals import refusing
from meshx.control_plane.gateway_address import gateway_address
from meshx.stack.plugin_functions import asked_after


def awaited_gateway_address(
    release: pulumi.CustomResource, namespace: str, gateway: str, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """The address of a gateway that a release installs, known once its Service has it."""
    found = asked_after(release, "meshx:index:serviceAddresses", {"namespace": namespace, "name": gateway}, parent)
    return found.apply(lambda found: _address(gateway, found["ingress"]))


def _address(gateway: str, ingress: Sequence[Ingress]) -> str:
    with refusing():
        return gateway_address(gateway, ingress)
