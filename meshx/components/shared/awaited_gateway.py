"""Where machines reach a gateway that the stack installs, waited for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi

from meshx.components.shared.cluster_refusals import refusing
from meshx.components.shared.gateway_values import Gateway
from meshx.config.leaves import is_placeholder
from meshx.control_plane.gateway_address import GatewayAnswer, Told
from meshx.join.gateway_endpoint import GatewayEndpoint
from meshx.stack.awaited_outputs import substituted
from meshx.stack.plugin_functions import asked_after


def awaited_gateway(
    release: pulumi.CustomResource, told: Told, namespace: str, parent: pulumi.Resource
) -> pulumi.Output[GatewayEndpoint]:
    """The endpoint of a gateway that a release installs, known once its Service has an address."""
    found = asked_after(release, "meshx:index:serviceAddresses", {"namespace": namespace, "name": told.gateway}, parent)
    return found.apply(lambda found: _endpoint(told, found, parent))


def _endpoint(told: Told, found: Mapping[str, Any], parent: pulumi.Resource) -> Gateway:
    if several := told.ambiguity(found):
        pulumi.log.warn(several, parent)
    return chosen_endpoint(GatewayAnswer(told, found))


def chosen_endpoint(answer: GatewayAnswer) -> Gateway:
    """The endpoint that machines get; it waits for their own addresses only if that depends on their family."""

    told = answer.told

    def endpoint(machines: Sequence[str]) -> GatewayEndpoint:
        with refusing():
            return replace(told, machines=machines).endpoint(answer.found)

    if not any(map(is_placeholder, told.machines)) or endpoint(["0.0.0.0"]) == endpoint(["::"]):  # noqa: S104 - no host
        return endpoint(told.machines)
    machines: pulumi.Output[Sequence[str]] = pulumi.Output.from_input(substituted(list(told.machines)))
    return machines.apply(endpoint)
