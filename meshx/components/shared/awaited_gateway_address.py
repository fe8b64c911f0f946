"""The address of a gateway that the stack installs, waited for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi

from meshx.components.shared.cluster_refusals import refusing
from meshx.config.leaves import is_placeholder
from meshx.control_plane.gateway_address import GatewayAnswer, Told
from meshx.stack.awaited_outputs import substituted
from meshx.stack.plugin_functions import asked_after


def awaited_gateway_address(
    release: pulumi.CustomResource, told: Told, namespace: str, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """The address of a gateway that a release installs, known once its Service has it."""
    found = asked_after(release, "meshx:index:serviceAddresses", {"namespace": namespace, "name": told.gateway}, parent)
    return found.apply(lambda found: _address(told, found, parent))


def _address(told: Told, found: Mapping[str, Any], parent: pulumi.Resource) -> pulumi.Input[str]:
    if several := told.ambiguity(found):
        pulumi.log.warn(several, parent)
    return chosen_address(GatewayAnswer(told, found))


def chosen_address(answer: GatewayAnswer) -> pulumi.Input[str]:
    """The address that machines get; it waits for their own addresses only if that depends on their family."""

    told = answer.told

    def address(machines: Sequence[str]) -> str:
        with refusing():
            return replace(told, machines=machines).address(answer.found)

    if not any(map(is_placeholder, told.machines)) or address(["0.0.0.0"]) == address(["::"]):  # noqa: S104 - no host
        return address(told.machines)
    machines: pulumi.Output[Sequence[str]] = pulumi.Output.from_input(substituted(list(told.machines)))
    return machines.apply(address)
