"""Google Cloud firewalls, from the rules that the mesh needs."""

from collections.abc import Sequence
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from meshx.components.shared.gateway_values import Gateway, of_gateway, presumed
from meshx.google_cloud.firewall_rules import Rule
from meshx.join.gateway_endpoint import GatewayEndpoint
from meshx.stack.logical_names import named

EVERY_ADDRESS = "0.0.0.0/0"


class FirewallsArgs(TypedDict):
    """The arguments of the firewalls."""

    rules: Sequence[Rule]
    gateway: Gateway


class Firewalls(pulumi.ComponentResource):
    """The firewall rules of a stack's instances.

    **Pulumi Type:** `meshx:index:Firewalls`. Produces a `gcp.compute.Firewall` for each rule, by its logical name.
    """

    objects: list[pulumi.Resource]

    def __init__(self, name: str, args: FirewallsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:Firewalls", name, None, opts)
        self.objects = [_firewall(rule, args["gateway"], self) for rule in args["rules"]]
        self.register_outputs({})


def _firewall(rule: Rule, gateway: Gateway, parent: pulumi.Resource) -> pulumi.Resource:
    ports = presumed(gateway, lambda known: [str(known.port(port) if rule.to_gateway else port) for port in rule.ports])
    return gcp.compute.Firewall(
        named(rule.logical_name),
        name=rule.name,
        description=rule.description,
        network=rule.vpc,
        direction="EGRESS" if rule.to_gateway else "INGRESS",
        allows=[{"protocol": "tcp", **({"ports": ports} if rule.ports else {})}],
        target_tags=list(rule.target_tags) or None,
        source_ranges=list(rule.source_ranges) or None,
        source_tags=list(rule.source_tags) or None,
        destination_ranges=_destinations(rule, gateway),
        # One from before its name ended in a sum keeps it: another would replace the rule.
        opts=pulumi.ResourceOptions(parent=parent, ignore_changes=["name"]),
    )


def _destinations(rule: Rule, gateway: Gateway) -> list[pulumi.Input[str]] | None:
    return [of_gateway(gateway, gateway_range)] if rule.to_gateway else [*rule.destination_ranges] or None


def gateway_range(gateway: GatewayEndpoint) -> str:
    """The range with only the gateway's address; of a host name, which a rule can't have, all of IPv4."""
    if gateway.is_name:
        return EVERY_ADDRESS
    return f"{gateway.host}/{128 if ':' in gateway.host else 32}"
