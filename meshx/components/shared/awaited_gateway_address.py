"""The address of a gateway that the stack installs, waited for."""

from collections.abc import Mapping
from typing import Any

import pulumi

from meshx.components.shared.cluster_refusals import refusing
from meshx.control_plane.gateway_address import Told
from meshx.stack.plugin_functions import asked_after


def awaited_gateway_address(
    release: pulumi.CustomResource, told: Told, namespace: str, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """The address of a gateway that a release installs, known once its Service has it."""
    found = asked_after(release, "meshx:index:serviceAddresses", {"namespace": namespace, "name": told.gateway}, parent)
    return found.apply(lambda found: _address(told, found, parent))


def _address(told: Told, found: Mapping[str, Any], parent: pulumi.Resource) -> str:
    if several := told.ambiguity(found):
        pulumi.log.warn(several, parent)
    with refusing():
        return told.address(found)
